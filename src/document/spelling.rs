//! Whether a server only respelled a value that a person typed.
//!
//! A server trims, folds case, makes slugs, rounds, and fills up with zeros. The person may be about to type the next word, so such a value
//! must not replace what is in the field.

use crate::conflict::lower;
use crate::merge::json::Value;

/// More digits do not fit into 64 bits.
const MAX_DIGITS: usize = 18;

/// The letters without their accents from À to ÿ. The standard library cannot decompose a letter.
const PLAIN: &[u8; 64] = b"aaaaaa?ceeeeiiiidnooooo ouuuuy??aaaaaa?ceeeeiiiidnooooo ouuuuy?y";

/// Whether `stored` may be the server's spelling of `sent`: fewer letters and digits, another case, other characters between them,
/// leading zeros; the same or a rounded number; additional members.
pub(super) fn is_spelling(sent: Value<'_>, stored: Value<'_>) -> bool {
    if sent.equals(stored) {
        return true;
    }
    if sent.is_object() {
        let mut members = sent.members().into_iter();
        return stored.is_object()
            && members.all(|(name, value)| stored.member(&name).is_some_and(|found| is_spelling(value, found)));
    }
    if is_array(sent) {
        return are_rows(sent, stored);
    }
    if stored.is_object() || is_array(stored) {
        return false;
    }
    let [sent, stored] = [sent, stored].map(|value| value.as_str().unwrap_or_else(|| plain_source(value)));
    match (Decimal::of(&sent), Decimal::of(&stored)) {
        (Some(one), Some(other)) => one.is_rounded_to(other),
        _ => has_letters_of(&sent, &stored),
    }
}

/// Whether both hold the same rows in the same order, as far as a page can know.
pub(super) fn are_rows(one: Value<'_>, other: Value<'_>) -> bool {
    let (rows, others) = (one.elements(), other.elements());
    let is_same_row = |(row, found): (&Value<'_>, &Value<'_>)| {
        let has_id =
            |name: &&str| matches!((row.member(name), found.member(name)), (Some(id), Some(of)) if id.equals(of));
        is_spelling(*row, *found) || ["id", "_id", "key"].iter().any(has_id)
    };
    is_array(one) && is_array(other) && rows.len() == others.len() && rows.iter().zip(&others).all(is_same_row)
}

pub(super) fn is_array(value: Value<'_>) -> bool {
    value.source().starts_with('[')
}

fn plain_source(value: Value<'_>) -> String {
    match value.source() {
        "null" => String::new(),
        source => source.to_owned(),
    }
}

/// Whether the letters and digits of `stored` are among those of `sent`, in their order.
fn has_letters_of(sent: &str, stored: &str) -> bool {
    let mut left = letters_of(sent).into_iter();
    letters_of(stored).into_iter().all(|letter| left.any(|other| other == letter))
}

/// Letters and digits, without case, accents and zeros in front of a number.
fn letters_of(text: &str) -> Vec<char> {
    let mut letters = Vec::new();
    let mut characters = text.chars().peekable();
    let mut is_in_word = false;
    while let Some(character) = characters.next() {
        let is_zero = character == '0' && !is_in_word && characters.peek().is_some_and(char::is_ascii_digit);
        if character.is_alphanumeric() && !is_zero {
            letters.push(folded(character));
        }
        is_in_word = character.is_alphanumeric() && !is_zero;
    }
    letters
}

/// The letter in lower case and without its accent.
fn folded(letter: char) -> char {
    let plain = if ('À'..='ÿ').contains(&letter) { PLAIN.get(letter as usize - 'À' as usize) } else { None };
    match plain {
        Some(b'?') | None => lower(letter),
        Some(plain) => char::from(*plain),
    }
}

/// A decimal number without an exponent.
#[derive(Clone, Copy)]
struct Decimal {
    /// The number without its point.
    digits: i64,
    decimals: u32,
}

impl Decimal {
    fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let is_number =
            !whole.is_empty() && [whole, part].iter().all(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        if !is_number || whole.len() + part.len() > MAX_DIGITS {
            return None;
        }
        let value = |start: i64, byte: u8| start * 10 + i64::from(byte - b'0');
        let digits = whole.bytes().chain(part.bytes()).fold(0, value);
        Some(Self { digits: if unsigned.len() < text.len() { -digits } else { digits }, decimals: part.len() as u32 })
    }

    /// Whether both differ by less than one unit in the last decimal of `stored`.
    fn is_rounded_to(self, stored: Self) -> bool {
        let scale = self.decimals.max(stored.decimals);
        let scaled = |number: Self| number.digits.checked_mul(10_i64.checked_pow(scale - number.decimals)?);
        match (scaled(self), scaled(stored), 10_i64.checked_pow(scale - stored.decimals)) {
            (Some(one), Some(other), Some(unit)) => one.abs_diff(other) < unit.unsigned_abs(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::json::Document;

    fn is_respelt(sent: &str, stored: &str) -> bool {
        let [sent, stored] = [sent, stored].map(|text| Document::parse(text).unwrap());
        is_spelling(sent.root(), stored.root())
    }

    #[test]
    fn what_a_server_does_to_spaces_case_accents_zeros_and_decimals_is_spelling() {
        for (sent, stored) in [
            (r#""the ""#, r#""the""#),
            (r#""a  b\n\n""#, r#""a b""#),
            (r#""Ann@Example""#, r#""ann@example""#),
            (r#""My New Page""#, r#""my-new-page""#),
            (r#""é""#, "\"e\u{301}\""),
            (r#""Ünsal""#, r#""unsal""#),
            (r#""+49 30-1234""#, r#""49301234""#),
            (r#""2026-1""#, r#""2026-01""#),
            (r#""abcdefg""#, r#""abcde""#),
            ("1.239", "1.24"),
            (r#""5""#, r#""5.00""#),
            (r#"{"a":"x ","b":null}"#, r#"{"a":"x","b":null,"id":1}"#),
            (r#"[{"sku":"x "}]"#, r#"[{"id":1,"sku":"x"}]"#),
            (r#"[{"id":1,"n":"a"}]"#, r#"[{"id":1,"n":"another"}]"#),
        ] {
            assert!(is_respelt(sent, stored), "{sent} {stored}");
        }
    }

    #[test]
    fn another_value_is_no_spelling() {
        for (sent, stored) in [
            (r#""a""#, r#""ab""#),
            ("500", "10"),
            ("1.239", "1.25"),
            (r#""a""#, "{}"),
            ("[1]", "[1,2]"),
            (r#"{"a":1,"b":2}"#, r#"{"a":1}"#),
            (r#"[{"id":1,"n":"a"},{"id":2,"n":"b"}]"#, r#"[{"id":2,"n":"b"},{"id":1,"n":"a"}]"#),
        ] {
            assert!(!is_respelt(sent, stored), "{sent} {stored}");
        }
    }
}
