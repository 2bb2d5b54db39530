//! Numbers by value: 1 is 1.0 and 10e-1.

use super::bytes::{hash_bytes, mix};

/// Exponents beyond this are compared by their spelling: no document means them as numbers.
const MAX_EXPONENT_DIGITS: usize = 15;
/// So many digits fit into 64 bits.
const BLOCK_DIGITS: u32 = 18;
pub(crate) const SMALL_DIGITS: usize = BLOCK_DIGITS as usize;

/// The value of a number: `0.digits × 10^exponent`, without zeros at either end of the digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number<'a> {
    /// Not for zero.
    pub negative: bool,
    /// How many digits come before the point, when the first is not zero.
    pub exponent: i64,
    /// From the first digit that is not zero to the last, perhaps with a point among them. Zero has none.
    digits: &'a [u8],
}

impl<'a> Number<'a> {
    /// Reads a JSON number; `None` if its exponent is too large to compare by value.
    pub fn parse(source: &'a str) -> Option<Self> {
        let mut bytes = source.as_bytes();
        let negative = bytes.first() == Some(&b'-');
        if negative {
            bytes = &bytes[1..];
        }
        let mut power = 0;
        if let Some(at) = bytes.iter().position(|byte| byte | 0x20 == b'e') {
            power = parse_exponent(&bytes[at + 1..])?;
            bytes = &bytes[..at];
        }
        let is_digit = |byte: &u8| matches!(byte, b'1'..=b'9');
        let Some(first) = bytes.iter().position(is_digit) else {
            return Some(Self { negative: false, exponent: 0, digits: &[] });
        };
        let last = bytes.iter().rposition(is_digit)?;
        let point = bytes.iter().position(|&byte| byte == b'.').unwrap_or(bytes.len());
        // Digits before the point count up, zeros behind it down.
        let places = if first < point { (point - first) as i64 } else { point as i64 + 1 - first as i64 };
        Some(Self { negative, exponent: places + power, digits: &bytes[first..=last] })
    }

    /// The digits as numbers, the most significant first.
    pub fn digits(&self) -> impl Iterator<Item = u8> + 'a {
        self.digits.iter().filter(|&&byte| byte != b'.').map(|byte| byte - b'0')
    }

    /// Equality by value.
    pub fn equals(&self, other: &Self) -> bool {
        self.negative == other.negative && self.exponent == other.exponent && self.digits().eq(other.digits())
    }

    fn hash(&self) -> u64 {
        let (mut hash, mut block, mut count) = (u64::from(self.negative), 0, 0);
        for digit in self.digits() {
            block = block * 10 + u64::from(digit);
            count += 1;
            if count == BLOCK_DIGITS {
                hash = mix(hash, block);
                (block, count) = (0, 0);
            }
        }
        mix(mix(hash, block), self.exponent.cast_unsigned())
    }
}

/// The hash of a number of fewer than [`SMALL_DIGITS`] digits: without those zeros at its end, and how many there were with them.
pub(crate) fn whole_hash(value: u64, digits: usize) -> u64 {
    mix(mix(0, value), digits as u64)
}

/// The hash of a number by its value.
#[inline]
pub(crate) fn number_hash(source: &str) -> u64 {
    Number::parse(source).map_or_else(|| hash_bytes(source.as_bytes()), |number| number.hash())
}

fn parse_exponent(power: &[u8]) -> Option<i64> {
    let (sign, digits) = match power {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] => (1, digits),
        digits => (1, digits),
    };
    let leading = digits.iter().take_while(|&&digit| digit == b'0').count();
    let digits = &digits[leading..];
    if digits.len() > MAX_EXPONENT_DIGITS {
        return None;
    }
    Some(sign * digits.iter().fold(0_i64, |value, digit| value * 10 + i64::from(digit.wrapping_sub(b'0'))))
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
            ("0.0", "-0e5"),
            ("0.001", "1E-3"),
            ("0.0101", "1.01e-2"),
            ("120.50", "0.1205e+003"),
            ("12345678901234567890", "1234567890123456789e1"),
        ] {
            let (one, other) = (Number::parse(left).unwrap(), Number::parse(right).unwrap());
            assert!(one.equals(&other), "{left} {right}");
            assert_eq!(number_hash(left), number_hash(right), "{left} {right}");
        }
        for (left, right) in [("9007199254740992", "9007199254740993"), ("1", "-1"), ("10", "1"), ("0.1", "0.01")] {
            assert!(!Number::parse(left).unwrap().equals(&Number::parse(right).unwrap()), "{left} {right}");
            assert_ne!(number_hash(left), number_hash(right), "{left} {right}");
        }
        assert_eq!(Number::parse("1e9999999999999999"), None);
    }
}
