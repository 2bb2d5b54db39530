//! Bytes, eight at a time: comparing, hashing, and the content of string literals.

const HASH_FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;
const SEED: u64 = 7;

/// Joins a value to a hash.
#[inline(always)]
pub fn mix(hash: u64, value: u64) -> u64 {
    let product = (hash ^ value).wrapping_mul(HASH_FACTOR);
    product ^ (product >> 29)
}

/// Eight bytes from `at` on, the first in the lowest place; zeros follow the end.
#[inline(always)]
pub(crate) fn word(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..).and_then(<[u8]>::first_chunk) {
        Some(word) => u64::from_le_bytes(*word),
        None => last_word(bytes, at),
    }
}

#[inline(never)]
fn last_word(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).unwrap_or_default().iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// How many bytes from `left` and `right` on are the same.
#[inline]
pub(crate) fn common(a: &[u8], left: usize, b: &[u8], right: usize) -> usize {
    let most = (a.len() - left).min(b.len() - right);
    let mut length = 0;
    if most < 8 {
        while length < most && a[left + length] == b[right + length] {
            length += 1;
        }
        return length;
    }
    loop {
        let difference = word(a, left + length) ^ word(b, right + length);
        if difference != 0 {
            return length + difference.trailing_zeros() as usize / 8;
        }
        if length + 8 == most {
            return most;
        }
        // The last word begins among bytes that are known to be the same.
        length = (length + 8).min(most - 8);
    }
}

/// Equality. The standard library's goes byte by byte on wasm.
#[inline]
pub fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && common(a, 0, b, 0) == a.len()
}

/// The hash of some bytes, the same on every machine.
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hash = SEED;
    let mut at = 0;
    while at + 8 <= bytes.len() {
        hash = mix(hash, word(bytes, at));
        at += 8;
    }
    mix(mix(hash, word(bytes, at)), bytes.len() as u64)
}

/// From `at` on to a quote, a backslash, a control character or the end: the hash of the bytes before it, and its place.
#[inline(always)]
pub(crate) fn plain_string(bytes: &[u8], at: usize) -> (u64, usize) {
    let mut hash = SEED;
    let mut end = at;
    loop {
        let word = word(bytes, end);
        let zero_where = |other: u64| (word ^ other).wrapping_sub(ONES) & !(word ^ other);
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        // Borrows can mark too much, but only behind the first that is marked rightly.
        let special = (zero_where(ONES * 0x22) | zero_where(ONES * 0x5C) | control) & HIGHS;
        if special != 0 {
            let bits = (special.trailing_zeros() & !7) as u64;
            let kept = word & ((1 << bits) - 1);
            end += bits as usize / 8;
            return (mix(mix(hash, kept), (end - at) as u64), end);
        }
        hash = mix(hash, word);
        end += 8;
    }
}

/// Appends the bytes of a string literal's content (without its quotes), escapes resolved.
///
/// Lone surrogates become their three-byte form, which is no UTF-8 but keeps them apart from everything else.
pub fn unescape_into(content: &[u8], out: &mut Vec<u8>) {
    let mut rest = content;
    while let Some(at) = rest.iter().position(|&byte| byte == b'\\') {
        out.extend_from_slice(&rest[..at]);
        let (code, used) = unescape_one(&rest[at..]);
        push_code_point(code, out);
        rest = &rest[(at + used).min(rest.len())..];
    }
    out.extend_from_slice(rest);
}

/// The code point of the escape at the start of `bytes`, and how many bytes it takes.
fn unescape_one(bytes: &[u8]) -> (u32, usize) {
    let simple = |code: u8| (u32::from(code), 2);
    match bytes.get(1) {
        Some(b'b') => simple(8),
        Some(b'f') => simple(12),
        Some(b'n') => simple(b'\n'),
        Some(b'r') => simple(b'\r'),
        Some(b't') => simple(b'\t'),
        Some(b'u') => {
            let high = hex4(bytes, 2);
            let low = hex4(bytes, 8);
            let pair =
                (0xD800..0xDC00).contains(&high) && bytes.get(6..8) == Some(b"\\u") && (0xDC00..0xE000).contains(&low);
            if pair { (0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00), 12) } else { (high, 6) }
        }
        Some(&other) => simple(other),
        None => simple(b'\\'),
    }
}

fn hex4(bytes: &[u8], at: usize) -> u32 {
    let digits = bytes.get(at..at + 4).unwrap_or_default();
    digits.iter().fold(0, |value, &digit| value * 16 + char::from(digit).to_digit(16).unwrap_or(0))
}

fn push_code_point(code: u32, out: &mut Vec<u8>) {
    let tail = |shift: u32| 0x80 | (code >> shift & 0x3F) as u8;
    match code {
        0..0x80 => out.push(code as u8),
        0x80..0x800 => out.extend_from_slice(&[0xC0 | (code >> 6) as u8, tail(0)]),
        0x800..0x10000 => out.extend_from_slice(&[0xE0 | (code >> 12) as u8, tail(6), tail(0)]),
        _ => out.extend_from_slice(&[0xF0 | (code >> 18) as u8, tail(12), tail(6), tail(0)]),
    }
}

/// The content of a string literal in bytes, where lone surrogates keep their three-byte form; empty without two quotes.
pub fn decode_bytes(literal: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(literal.len());
    let content = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    unescape_into(content.as_bytes(), &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_decode_and_lone_surrogates_stay_distinct() {
        let decode = |content: &str| decode_bytes(&format!("\"{content}\""));
        assert_eq!(decode(r#"a\n\u00e9\/\"\\"#), "a\né/\"\\".as_bytes());
        assert_eq!(decode(r"\ud83d\ude00"), "😀".as_bytes());
        assert_eq!(decode(r"\ud83d"), [0xED, 0xA0, 0xBD]);
        assert_eq!(["", "\"", "a"].map(decode_bytes), [const { Vec::<u8>::new() }; 3]);
        assert_ne!(decode(r"\ud83d"), decode(r"\ud83c"));
        for character in ['\u{7f}', '\u{80}', '\u{7ff}', '\u{800}', '\u{ffff}'] {
            assert_eq!(decode(&format!("\\u{:04x}", character as u32)), character.to_string().as_bytes());
        }
    }

    #[test]
    fn the_hash_of_a_plain_string_is_that_of_its_bytes_at_any_length() {
        for length in 0..40 {
            for end in ["\"", "\\", "\n", "", "\" and more"] {
                let text = format!(
                    "{}{end}",
                    "aé\u{7f}zß0123456789abcdefghijklmnopqrstuvwxyz".chars().take(length).collect::<String>()
                );
                let content = text.len() - end.len();
                let expected = (hash_bytes(&text.as_bytes()[..content]), content);
                assert_eq!(plain_string(text.as_bytes(), 0), expected, "{text:?}");
            }
        }
    }

    #[test]
    fn what_is_common_ends_at_the_first_difference() {
        let text: Vec<u8> = (0..40).collect();
        for at in 0..40 {
            let mut other = text.clone();
            other[at] ^= 0x80;
            assert_eq!(common(&text, 0, &other, 0), at);
            assert_eq!(common(&text, 3, &text[..at.max(3)], 3), at.max(3) - 3);
            assert!(!same_bytes(&text, &other) && same_bytes(&text, &text.clone()));
        }
    }
}
