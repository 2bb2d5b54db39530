//! Documents cut into lines.

use crate::bytes::{find, find_either};
use crate::{ByteRange, Interner, Span};

/// The byte order mark that some editors put at the start of a document.
pub const BOM: &str = "\u{feff}";

/// One document cut into units, with the number of each.
#[derive(Debug, Default)]
pub struct Sequence {
    /// Where each unit starts, and the length of the document at the end.
    pub starts: Vec<u32>,
    /// The number of each unit.
    pub tokens: Vec<u32>,
}

impl Sequence {
    /// How many units there are.
    pub fn len(&self) -> u32 {
        self.tokens.len() as u32
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The numbers of some units.
    pub fn tokens(&self, span: Span) -> &[u32] {
        self.tokens.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Where some units lie in the document.
    pub fn bytes(&self, span: Span) -> ByteRange {
        ByteRange { start: self.offset(span.start), end: self.offset(span.end) }
    }

    /// The text of some units.
    pub fn slice<'t>(&self, text: &'t str, span: Span) -> &'t str {
        self.bytes(span).slice(text)
    }

    fn offset(&self, unit: u32) -> usize {
        self.starts.get(unit as usize).map_or(0, |start| *start as usize)
    }
}

/// How a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The last line of a document without a final newline.
    None,
    /// A line feed.
    Lf,
    /// A carriage return and a line feed.
    CrLf,
    /// A carriage return alone. Only in documents of [`lone_cr_ends_lines`].
    Cr,
}

impl Ending {
    /// How `line` ends.
    pub fn of(line: &str) -> Self {
        match line.as_bytes() {
            [.., b'\r', b'\n'] => Self::CrLf,
            [.., b'\n'] => Self::Lf,
            [.., b'\r'] => Self::Cr,
            _ => Self::None,
        }
    }

    /// The characters of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }
}

/// `line` without its end.
fn without_end(line: &str, lone_cr: bool) -> &str {
    match Ending::of(line) {
        Ending::Cr if !lone_cr => line,
        ending => &line[..line.len() - ending.as_str().len()],
    }
}

/// Whether a carriage return alone ends a line in these documents.
///
/// It does when one of them holds no line feed at all (a classic Mac file). Elsewhere it is content, as in Git.
pub fn lone_cr_ends_lines(documents: &[&str]) -> bool {
    documents.iter().any(|text| find(text.as_bytes(), b'\r').is_some() && find(text.as_bytes(), b'\n').is_none())
}

/// The comparison of two lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKey {
    /// The content; line end and byte order mark are attributes, merged on their own.
    Content,
    /// Every byte.
    Bytes,
}

/// Cuts a document into lines, each with its end.
pub fn split_lines<'t>(text: &'t str, lone_cr: bool, key: LineKey, interner: &mut Interner<'t>) -> Sequence {
    interner.restart();
    // Shorter lines make room for themselves.
    let room = text.len() / 32;
    let mut lines = Sequence { starts: Vec::with_capacity(room + 1), tokens: Vec::with_capacity(room) };
    if key == LineKey::Content && text == BOM {
        lines.starts.push(text.len() as u32);
        return lines;
    }
    lines.starts.push(0);
    let mut add = |start: usize, end: usize| {
        // The byte order mark is none anywhere but at the start of a document.
        let line = &text[start..end];
        let unit = match key {
            LineKey::Bytes => line,
            LineKey::Content if start == 0 => without_end(line.strip_prefix(BOM).unwrap_or(line), lone_cr),
            LineKey::Content => without_end(line, lone_cr),
        };
        lines.tokens.push(interner.intern(unit));
        lines.starts.push(end as u32);
    };
    let mut start = 0;
    while start < text.len() {
        let rest = &text.as_bytes()[start..];
        let end = start + find(rest, b'\n').map_or(rest.len(), |at| at + 1);
        if lone_cr {
            while start < end {
                let line = up_to_line_end(&text[start..end]);
                add(start, start + line.len());
                start += line.len();
            }
        } else {
            add(start, end);
            start = end;
        }
    }
    lines
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
        assert_eq!(tokens(BOM), [0; 0]);
        let mut interner = Interner::new();
        let mut tokens = |text| split_lines(text, false, LineKey::Bytes, &mut interner).tokens;
        assert_ne!(tokens("a\n"), tokens("a\r\n"));
    }
}
