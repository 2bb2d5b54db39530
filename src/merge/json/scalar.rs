//! Strings and numbers as JSON writes them: decoding, encoding, canonical values, exact sums.

use std::cmp::Ordering;

/// Exponents beyond this are compared by their spelling: no document means them as numbers.
const MAX_EXPONENT_DIGITS: usize = 15;
/// Sums that would need more digits are refused, so that `1e999999999` cannot fill the memory.
const MAX_SUM_DIGITS: i64 = 4096;

const HASH_FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

#[inline(always)]
pub(super) fn mix(hash: u64, value: u64) -> u64 {
    let product = (hash ^ value).wrapping_mul(HASH_FACTOR);
    product ^ (product >> 29)
}

/// Sorts without the standard library's sorts, which would be larger than the parser.
pub(super) fn sort_pairs(pairs: &mut [(u64, u32)]) {
    if pairs.is_sorted() {
        return;
    }
    let sift = |pairs: &mut [(u64, u32)], mut root: usize, end: usize| {
        while let Some(mut child) = (root * 2 + 1 < end).then_some(root * 2 + 1) {
            if child + 1 < end && pairs[child] < pairs[child + 1] {
                child += 1;
            }
            if pairs[root] >= pairs[child] {
                return;
            }
            pairs.swap(root, child);
            root = child;
        }
    };
    for root in (0..pairs.len() / 2).rev() {
        sift(pairs, root, pairs.len());
    }
    for end in (1..pairs.len()).rev() {
        pairs.swap(0, end);
        sift(pairs, 0, end);
    }
}

pub(super) fn hash_bytes(seed: u64, bytes: &[u8]) -> u64 {
    let mut hash = mix(seed, bytes.len() as u64);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        hash = mix(hash, u64::from_le_bytes(*word));
    }
    for &byte in rest {
        hash = mix(hash, u64::from(byte));
    }
    hash
}

/// Appends the bytes of a string literal's content (without its quotes), escapes resolved.
///
/// Lone surrogates become their three-byte form, which is no UTF-8 but keeps them apart from everything else.
pub(super) fn unescape_into(content: &[u8], out: &mut Vec<u8>) {
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
    if let Some(character) = char::from_u32(code) {
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        out.extend_from_slice(&[
            0xE0 | (code >> 12) as u8,
            0x80 | (code >> 6 & 0x3F) as u8,
            0x80 | (code & 0x3F) as u8,
        ]);
    }
}

/// Writes `text` as a JSON string. With `ascii`, everything beyond ASCII is escaped.
pub(super) fn quote_into(text: &str, ascii: bool, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            control if control < ' ' => push_hex_escape(control as u16, out),
            wide if ascii && !wide.is_ascii() => {
                for unit in wide.encode_utf16(&mut [0; 2]) {
                    push_hex_escape(*unit, out);
                }
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

fn push_hex_escape(unit: u16, out: &mut String) {
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push(char::from_digit(u32::from(unit >> shift & 15), 16).unwrap_or('0'));
    }
}

pub(super) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote_into(text, false, &mut out);
    out
}

/// The hash of a [`Decimal`] by its parts.
pub(super) fn decimal_hash(negative: bool, digits: &[u8], exponent: i64) -> u64 {
    mix(hash_bytes(u64::from(negative), digits), exponent.cast_unsigned())
}

/// A number by its value: `0.digits × 10^exponent`, without zeros at either end of the digits. Zero has no digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    pub negative: bool,
    pub digits: Vec<u8>,
    pub exponent: i64,
}

impl Decimal {
    /// `None` where the exponent is beyond what is compared by value.
    pub(super) fn parse(source: &str) -> Option<Self> {
        let (negative, source) = match source.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, source),
        };
        let (mantissa, power) = match source.find(['e', 'E']) {
            Some(at) => (&source[..at], &source[at + 1..]),
            None => (source, ""),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = whole.bytes().chain(fraction.bytes()).map(|digit| digit.wrapping_sub(b'0'));
        let mut digits: Vec<u8> = digits.collect();
        let leading = digits.iter().take_while(|&&digit| digit == 0).count();
        digits.drain(..leading);
        while digits.last() == Some(&0) {
            digits.pop();
        }
        if digits.is_empty() {
            return Some(Self { negative: false, digits, exponent: 0 });
        }
        let exponent = i64::try_from(whole.len()).ok()? - i64::try_from(leading).ok()? + parse_exponent(power)?;
        Some(Self { negative, digits, exponent })
    }

    fn compare_magnitude(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            _ => self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits)),
        }
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.compare_magnitude(other),
            (true, true) => other.compare_magnitude(self),
        }
    }

    fn negated(&self) -> Self {
        Self { negative: !self.negative && !self.digits.is_empty(), ..self.clone() }
    }

    /// The place values from `low` up to `high`, most significant first.
    fn aligned(&self, low: i64, high: i64) -> Vec<u8> {
        (0..high - low)
            .map(|place| {
                usize::try_from(self.exponent - high + place)
                    .ok()
                    .and_then(|at| self.digits.get(at).copied())
                    .unwrap_or(0)
            })
            .collect()
    }

    /// The exact sum; `None` where it would need more than 4,096 digits.
    pub(super) fn add(&self, other: &Self) -> Option<Self> {
        if self.digits.is_empty() {
            return Some(other.clone());
        }
        if other.digits.is_empty() {
            return Some(self.clone());
        }
        let low = |value: &Self| value.exponent - i64::try_from(value.digits.len()).unwrap_or(i64::MAX / 4);
        let low_place = low(self).min(low(other));
        let high_place = self.exponent.max(other.exponent) + 1;
        if high_place - low_place > MAX_SUM_DIGITS {
            return None;
        }
        let (larger, smaller) =
            if self.compare_magnitude(other) == Ordering::Less { (other, self) } else { (self, other) };
        let mut digits = larger.aligned(low_place, high_place);
        let subtrahend = smaller.aligned(low_place, high_place);
        let subtract = larger.negative != smaller.negative;
        let mut carry = 0;
        for (digit, &with) in digits.iter_mut().zip(&subtrahend).rev() {
            let sum = if subtract { 10 + *digit - with - carry } else { *digit + with + carry };
            *digit = sum % 10;
            carry = if subtract { u8::from(sum < 10) } else { sum / 10 };
        }
        let leading = digits.iter().take_while(|&&digit| digit == 0).count();
        digits.drain(..leading);
        while digits.last() == Some(&0) {
            digits.pop();
        }
        let exponent = high_place - i64::try_from(leading).ok()?;
        let zero = digits.is_empty();
        Some(Self { negative: larger.negative && !zero, digits, exponent: if zero { 0 } else { exponent } })
    }

    /// A JSON number of this value: plain digits where that stays short, else with an exponent.
    pub(super) fn to_json(&self) -> String {
        let mut out = String::new();
        if self.negative {
            out.push('-');
        }
        let count = i64::try_from(self.digits.len()).unwrap_or(i64::MAX);
        let push_digits =
            |out: &mut String, digits: &[u8]| digits.iter().for_each(|digit| out.push(char::from(b'0' + digit)));
        if self.digits.is_empty() {
            out.push('0');
        } else if (1..=40).contains(&self.exponent) {
            let whole = usize::try_from(self.exponent).unwrap_or(0);
            push_digits(&mut out, &self.digits[..whole.min(self.digits.len())]);
            for _ in count..self.exponent {
                out.push('0');
            }
            if count > self.exponent {
                out.push('.');
                push_digits(&mut out, &self.digits[whole..]);
            }
        } else if (-20..=0).contains(&self.exponent) {
            out.push_str("0.");
            for _ in self.exponent..0 {
                out.push('0');
            }
            push_digits(&mut out, &self.digits);
        } else {
            push_digits(&mut out, &self.digits);
            out.push('e');
            out.push_str(&(self.exponent - count).to_string());
        }
        out
    }
}

fn parse_exponent(power: &str) -> Option<i64> {
    let (sign, digits) = match power.as_bytes().first() {
        Some(b'-') => (-1, &power[1..]),
        Some(b'+') => (1, &power[1..]),
        _ => (1, power),
    };
    let digits = digits.trim_start_matches('0');
    if digits.len() > MAX_EXPONENT_DIGITS {
        return None;
    }
    Some(sign * digits.bytes().fold(0_i64, |value, digit| value * 10 + i64::from(digit.wrapping_sub(b'0'))))
}

/// theirs + (mine − base), exactly. `None` where one of them is no number that can be summed.
pub(super) fn counter_sum(base: &str, mine: &str, theirs: &str) -> Option<String> {
    let difference = Decimal::parse(mine)?.add(&Decimal::parse(base)?.negated())?;
    Some(Decimal::parse(theirs)?.add(&difference)?.to_json())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_equal_by_value_whatever_their_spelling() {
        for (left, right) in [
            ("1", "1.0"),
            ("100", "1e2"),
            ("-0", "0"),
            ("0.001", "1E-3"),
            ("12345678901234567890", "1234567890123456789e1"),
        ] {
            assert_eq!(Decimal::parse(left), Decimal::parse(right), "{left} {right}");
        }
        assert_ne!(Decimal::parse("9007199254740992"), Decimal::parse("9007199254740993"));
        assert_eq!(Decimal::parse("1e9999999999999999"), None);
    }

    #[test]
    fn sums_are_exact() {
        for (base, mine, theirs, sum) in [
            ("1", "2", "3", "4"),
            ("0.1", "0.3", "0.1", "0.3"),
            ("10", "5", "7", "2"),
            ("10", "0", "5", "-5"),
            ("9007199254740992", "9007199254740993", "9007199254740993", "9007199254740994"),
            ("5", "5", "1e50", "1e50"),
            ("0", "0.0000000000000000000001", "0", "1e-22"),
            ("99", "100", "99", "100"),
            ("3", "2", "1", "0"),
        ] {
            assert_eq!(counter_sum(base, mine, theirs).as_deref(), Some(sum), "{theirs} + ({mine} - {base})");
        }
        assert_eq!(counter_sum("0", "1", "1e99999"), None);
    }

    #[test]
    fn sums_agree_with_machine_integers() {
        for left in -30_i64..30 {
            for right in -30_i64..30 {
                let sum = Decimal::parse(&(left * 7).to_string())
                    .unwrap()
                    .add(&Decimal::parse(&(right * 13).to_string()).unwrap())
                    .unwrap();
                assert_eq!(sum.to_json(), (left * 7 + right * 13).to_string());
            }
        }
    }

    #[test]
    fn pairs_are_sorted() {
        for count in 0..40_u32 {
            let mut pairs: Vec<(u64, u32)> = (0..count).map(|at| (u64::from(at * 7919 % 13), at ^ 5)).collect();
            let mut expected = pairs.clone();
            expected.sort_unstable();
            sort_pairs(&mut pairs);
            assert_eq!(pairs, expected);
        }
    }

    #[test]
    fn escapes_decode_and_lone_surrogates_stay_distinct() {
        let decode = |content: &str| {
            let mut out = Vec::new();
            unescape_into(content.as_bytes(), &mut out);
            out
        };
        assert_eq!(decode(r#"a\n\u00e9\/\"\\"#), "a\né/\"\\".as_bytes());
        assert_eq!(decode(r"\ud83d\ude00"), "😀".as_bytes());
        assert_eq!(decode(r"\ud83d"), [0xED, 0xA0, 0xBD]);
        assert_ne!(decode(r"\ud83d"), decode(r"\ud83c"));
    }

    #[test]
    fn quoting_writes_what_json_stringify_writes() {
        assert_eq!(quote("a\"\\\n\u{1}é😀"), "\"a\\\"\\\\\\n\\u0001é😀\"");
        let mut ascii = String::new();
        quote_into("é😀", true, &mut ascii);
        assert_eq!(ascii, "\"\\u00e9\\ud83d\\ude00\"");
    }
}
