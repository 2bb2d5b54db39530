//! Writes JSON strings, and compares and adds JSON numbers exactly.

use std::cmp::Ordering;

use crate::gather::Gather;
use json_tree::Number;

/// The limit of digits in a sum: without it, `1e999999999` could fill the memory.
const MAX_SUM_DIGITS: i64 = 4096;

/// Writes `text` as a JSON string. With `ascii`, all other characters are escaped.
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

pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote_into(text, false, &mut out);
    out
}

/// A number by its value: `0.digits × 10^exponent`, without zeros at either end of the digits. Zero has no digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    pub negative: bool,
    pub digits: Vec<u8>,
    pub exponent: i64,
}

impl Decimal {
    /// `None` if the exponent is too large for a comparison by value.
    pub(super) fn parse(source: &str) -> Option<Self> {
        let number = Number::parse(source)?;
        Some(Self { negative: number.negative, digits: number.digits().gather(), exponent: number.exponent })
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

    pub(super) fn negated(&self) -> Self {
        Self { negative: !self.negative && !self.digits.is_empty(), ..self.clone() }
    }

    /// The digits from place `high` down to place `low`, with zeros for missing digits.
    fn aligned(&self, low: i64, high: i64) -> Vec<u8> {
        (0..high - low)
            .map(|place| {
                usize::try_from(self.exponent - high + place)
                    .ok()
                    .and_then(|at| self.digits.get(at).copied())
                    .unwrap_or(0)
            })
            .gather()
    }

    /// The exact sum. `None` if it would need more than [`MAX_SUM_DIGITS`].
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

    /// A JSON number with this value: plain digits if they are short, else digits with an exponent.
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn quoting_equals_json_stringify() {
        assert_eq!(quote("a\"\\\n\u{1}é😀"), "\"a\\\"\\\\\\n\\u0001é😀\"");
        let mut ascii = String::new();
        quote_into("é😀", true, &mut ascii);
        assert_eq!(ascii, "\"\\u00e9\\ud83d\\ude00\"");
    }
}
