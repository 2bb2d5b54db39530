//! Documents as sequences of units: lines here, words in [`super::words`].

use super::ByteRange;
use super::intern::Interner;

/// The byte order mark that some editors put at the start of a document.
pub(super) const BOM: &str = "\u{feff}";

/// Half-open range of units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    pub(super) const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    pub(super) const fn len(self) -> u32 {
        self.end - self.start
    }

    pub(super) const fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// One document cut into units, with the number of each.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    /// Where each unit starts, and the length of the document at the end.
    pub(super) starts: Vec<u32>,
    pub(super) tokens: Vec<u32>,
}

impl Sequence {
    pub(super) fn len(&self) -> u32 {
        self.tokens.len() as u32
    }

    pub(super) fn tokens(&self, span: Span) -> &[u32] {
        self.tokens.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    pub(super) fn bytes(&self, span: Span) -> ByteRange {
        ByteRange { start: self.offset(span.start), end: self.offset(span.end) }
    }

    pub(super) fn slice<'t>(&self, text: &'t str, span: Span) -> &'t str {
        let range = self.bytes(span);
        text.get(range.start..range.end).unwrap_or_default()
    }

    fn offset(&self, unit: u32) -> usize {
        self.starts.get(unit as usize).map_or(0, |start| *start as usize)
    }
}

/// How a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The last line of a document without a final newline.
    None,
    Lf,
    CrLf,
    /// Only in documents of [`lone_cr_ends_lines`].
    Cr,
}

impl Ending {
    pub(super) fn of(line: &str) -> Self {
        match line.as_bytes() {
            [.., b'\r', b'\n'] => Self::CrLf,
            [.., b'\n'] => Self::Lf,
            [.., b'\r'] => Self::Cr,
            _ => Self::None,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }
}

/// `line` without its end and, at the start of a document, without the byte order mark.
pub(super) fn content(line: &str, lone_cr: bool) -> &str {
    let line = match Ending::of(line) {
        Ending::Cr if !lone_cr => line,
        ending => &line[..line.len() - ending.as_str().len()],
    };
    without_bom(line)
}

/// Called for every line, so the first byte decides before three are compared.
fn without_bom(line: &str) -> &str {
    if line.as_bytes().first() == BOM.as_bytes().first() { line.strip_prefix(BOM).unwrap_or(line) } else { line }
}

/// Whether a carriage return alone ends a line in these documents.
///
/// It does when one of them holds no line feed at all (a classic Mac file). Elsewhere it is content, as in Git.
pub(super) fn lone_cr_ends_lines(documents: &[&str]) -> bool {
    documents.iter().any(|text| find(text.as_bytes(), b'\r').is_some() && find(text.as_bytes(), b'\n').is_none())
}

/// Where `byte` stands first.
pub(super) fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    find_either(bytes, [byte, byte])
}

/// Where the first of two bytes stands. Eight bytes at once: the search of the standard library takes four on wasm, and one where
/// it looks for two.
pub(super) fn find_either(bytes: &[u8], wanted: [u8; 2]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let [one, other] = wanted.map(|byte| ONES * u64::from(byte));
    let (words, rest) = bytes.as_chunks::<8>();
    let mut at = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let (one, other) = (word ^ one, word ^ other);
        // In each half the lowest high bit that is left stands in the first byte that is zero.
        let zero = (one.wrapping_sub(ONES) & !one | other.wrapping_sub(ONES) & !other) & HIGH;
        if zero != 0 {
            return Some(at + (zero.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    for byte in rest {
        if wanted.contains(byte) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// What makes two lines equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineKey {
    /// The content; line end and byte order mark are attributes, merged on their own.
    Content,
    /// Every byte.
    Bytes,
}

/// Cuts a document into lines, each with its end.
pub(super) fn split_lines<'t>(text: &'t str, lone_cr: bool, key: LineKey, interner: &mut Interner<'t>) -> Sequence {
    let mut lines = Sequence { starts: vec![0], tokens: Vec::new() };
    let (mut start, mut end) = (0, 0);
    while start < text.len() {
        let next = find(&text.as_bytes()[start..], b'\n').map_or(text.len(), |at| start + at + 1);
        let mut rest = &text[start..next];
        start = next;
        while !rest.is_empty() {
            let line = if lone_cr { up_to_line_end(rest) } else { rest };
            rest = &rest[line.len()..];
            end += line.len();
            let unit = if key == LineKey::Bytes { line } else { first_content(line, lone_cr, lines.tokens.is_empty()) };
            lines.tokens.push(interner.intern(unit));
            lines.starts.push(end as u32);
        }
    }
    lines
}

/// The byte order mark counts only at the start of a document.
fn first_content(line: &str, lone_cr: bool, first: bool) -> &str {
    let stripped = content(line, lone_cr);
    if first || without_bom(line).len() == line.len() { stripped } else { &line[..BOM.len() + stripped.len()] }
}

fn up_to_line_end(text: &str) -> &str {
    match find_either(text.as_bytes(), *b"\r\n") {
        Some(at) if text[at..].starts_with("\r\n") => &text[..at + 2],
        Some(at) => &text[..at + 1],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_found_where_the_standard_library_finds_it() {
        let bytes: Vec<u8> = (0..=255).chain([10, 13, 11, 9, 138, 10]).collect();
        for start in 0..bytes.len() {
            for end in start..bytes.len() {
                for byte in [0, 9, 10, 13, 127, 128, 138, 255] {
                    let part = &bytes[start..end];
                    assert_eq!(find(part, byte), part.iter().position(|other| *other == byte));
                    let either = part.iter().position(|other| [byte, 11].contains(other));
                    assert_eq!(find_either(part, [byte, 11]), either);
                }
            }
        }
    }

    fn lines(text: &str) -> Vec<&str> {
        let sequence = split_lines(text, lone_cr_ends_lines(&[text]), LineKey::Content, &mut Interner::new());
        (0..sequence.len()).map(|line| sequence.slice(text, Span::new(line, line + 1))).collect()
    }

    #[test]
    fn a_document_is_cut_at_its_line_ends() {
        assert_eq!(lines(""), Vec::<&str>::new());
        assert_eq!(lines("a"), ["a"]);
        assert_eq!(lines("a\n\nb"), ["a\n", "\n", "b"]);
        assert_eq!(lines("a\r\nb\n"), ["a\r\n", "b\n"]);
    }

    #[test]
    fn a_lone_carriage_return_ends_lines_only_where_there_is_no_line_feed() {
        assert_eq!(lines("a\rb\r"), ["a\r", "b\r"]);
        assert_eq!(lines("10 %\r20 %\nb\n"), ["10 %\r20 %\n", "b\n"]);
    }

    #[test]
    fn line_ends_and_the_byte_order_mark_are_not_content() {
        let mut interner = Interner::new();
        let mut tokens = |text| split_lines(text, false, LineKey::Content, &mut interner).tokens;
        let plain = tokens("a\nb");
        assert_eq!(tokens("\u{feff}a\r\nb\n"), plain);
        assert_ne!(tokens("a\n\u{feff}b"), plain);
        let mut interner = Interner::new();
        let mut tokens = |text| split_lines(text, false, LineKey::Bytes, &mut interner).tokens;
        assert_ne!(tokens("a\n"), tokens("a\r\n"));
    }
}
