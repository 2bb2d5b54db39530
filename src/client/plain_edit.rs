//! Which edits are sent as the page writes them, so that their save needs no engine until it is refused.

use super::{UpdateMethod, WriteOptions};
use crate::conflict::Document;

/// The digits of a number that JavaScript certainly keeps: any decimal of so many comes back from a double.
const SAFE_DIGITS: usize = 15;

impl WriteOptions {
    /// Whether a save of an edit of `base` needs the engine before anybody refuses it.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::WriteOptions;
    /// use mergefetch::conflict::Document;
    /// use mergefetch::http::Format;
    ///
    /// let parse = |text: &str| Document::parse(Format::Json, text.as_bytes());
    /// assert!(!WriteOptions::default().needs_engine_for(&parse(r#"{"price":2.5}"#)?));
    /// // JavaScript would write 2.5.
    /// assert!(WriteOptions::default().needs_engine_for(&parse(r#"{"price":2.50}"#)?));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn needs_engine_for(&self, base: &Document) -> bool {
        self.needs_engine() || !is_plain_edit(base, base)
    }

    /// Whether each write with these options merges, even without a refusal: for the members that the server manages, or for a patch.
    pub(super) fn needs_engine(&self) -> bool {
        !self.merge.json.rules.is_empty()
            || !self.read_only.is_empty()
            || !self.versioning.managed().is_empty()
            || !self.versioning.kept_back().is_empty()
            || self.versioning.carried_member().is_some()
            || self.update != UpdateMethod::Put
    }
}

/// Whether an edit of `base` is sent as the page writes it. A document in lines, or with numbers that JavaScript writes in another way,
/// keeps its layout and its numbers instead.
pub(super) fn is_plain_edit(base: &Document, mine: &Document) -> bool {
    match (base, mine) {
        (Document::Json(base), Document::Json(_)) => is_plain(base.text()),
        _ => true,
    }
}

/// Whether a JSON text is one line, perhaps with a line end, of which JavaScript keeps every number.
fn is_plain(text: &str) -> bool {
    let bytes = text.strip_suffix('\n').unwrap_or(text).as_bytes();
    let is_of_number = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
    let (mut at, mut is_in_string) = (0, false);
    while let Some(&byte) = bytes.get(at) {
        let mut next = at + 1;
        match byte {
            b'\\' if is_in_string => next += 1,
            b'"' => is_in_string = !is_in_string,
            _ if is_in_string => {}
            b'\n' | b'\r' | 0xEF => return false,
            b'-' | b'0'..=b'9' => {
                while bytes.get(next).is_some_and(|byte| is_of_number(*byte)) {
                    next += 1;
                }
                if !is_plain_number(&bytes[at..next]) {
                    return false;
                }
            }
            _ => {}
        }
        at = next;
    }
    true
}

/// Whether JavaScript writes the number in the same digits.
fn is_plain_number(number: &[u8]) -> bool {
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    let point = digits.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = digits.split_at(point.unwrap_or(digits.len()));
    let is_zero = whole == b"0";
    let count = digits.len() - usize::from(point.is_some());
    // Below a millionth, JavaScript writes an exponent.
    let is_tiny = is_zero && fraction.starts_with(b".000000");
    digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        && count <= SAFE_DIGITS
        && !matches!(fraction, [.., b'0'] | [b'.'])
        && !is_tiny
        && !(is_zero && fraction.is_empty() && number.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_javascript_writes_alike_are_plain() {
        for number in ["0", "7", "-7", "0.5", "-0.25", "123456789012345", "1234567.12345678", "0.000001"] {
            assert!(is_plain_number(number.as_bytes()), "{number}");
        }
        for number in ["-0", "1.0", "0.0", "1e3", "1E3", "1234567890123456", "0.0000001", "12345678.12345678", "1.50"] {
            assert!(!is_plain_number(number.as_bytes()), "{number}");
        }
    }

    #[test]
    fn a_document_in_lines_is_not_plain() {
        for text in [r#"{"a":1}"#, "{\"a\": [1, \"1.0\\\"\\n\"]}\n", r#""\\""#, r#"["é"]"#] {
            assert!(is_plain(text), "{text}");
        }
        for text in ["{\n\"a\":1}", "[1,\r2]", "[1.0]", "\u{FEFF}[1]", r#"["\\",1.0]"#, r#"["\"",1.0]"#] {
            assert!(!is_plain(text), "{text}");
        }
    }
}
