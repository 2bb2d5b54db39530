//! The double that JavaScript reads for a decimal number.

use super::scalar::Decimal;

/// Ten times a larger power of two exceeds 64 bits.
const MAX_SHIFT: i64 = 60;

/// A double by its bits: the value is `mantissa × 2^exponent`. Infinity has the exponent `i32::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Double {
    negative: bool,
    mantissa: u64,
    exponent: i32,
}

/// What JavaScript reads for numbers that are too large, whatever their sign; it prints as null.
pub(super) const INFINITY: Double = Double { negative: false, mantissa: 1, exponent: i32::MAX };

impl Double {
    /// One number for each double. Mantissas have 53 bits, and 11 bits distinguish all exponents.
    pub(super) fn key(self) -> u64 {
        let key = self.mantissa | u64::from(self.exponent.cast_unsigned()) << 53;
        if self.negative { !key } else { key }
    }
}

/// The double nearest to a decimal, ties to even, as `JSON.parse` reads it.
///
/// Shifts the decimal by many bits at once: exact and small. Called only for numbers that no double represents.
pub(super) fn nearest_double(value: &Decimal) -> Double {
    // `JSON.stringify` prints -0 as 0.
    let zero = Double { negative: false, mantissa: 0, exponent: 0 };
    if value.digits.is_empty() || value.exponent < -330 {
        return zero;
    }
    if value.exponent > 310 {
        return INFINITY;
    }
    if value.digits.len() as i64 <= value.exponent && value.exponent < 20 {
        return nearest_to_whole(value);
    }
    let (mut digits, mut point) = (value.digits.clone(), value.exponent);
    let mut exponent = 0_i32;
    // A power of ten has more than three bits for each zero, so no shift is too large.
    let bits_of = |places: i64| (places * 3).clamp(1, MAX_SHIFT) as i32;
    while point > 0 {
        let bits = bits_of(point - 1);
        divide(&mut digits, bits);
        let zeros = digits.iter().take_while(|&&digit| digit == 0).count();
        digits.drain(..zeros);
        point -= zeros as i64;
        exponent += bits;
    }
    while point < 0 || digits.first().is_some_and(|&digit| digit < 5) {
        let bits = bits_of(-point);
        let mut carry = multiply(&mut digits, bits);
        while carry > 0 {
            digits.insert(0, (carry % 10) as u8);
            carry /= 10;
            point += 1;
        }
        while digits.last() == Some(&0) {
            digits.pop();
        }
        exponent -= bits;
    }
    // Subnormal doubles have fewer bits; below half of the smallest there is nothing.
    if exponent < -1074 {
        return zero;
    }
    let bits = 53 - (-1021 - exponent).max(0);
    let mut mantissa = multiply(&mut digits, bits);
    let half = digits.first().is_some_and(|&digit| digit >= 5);
    let above = digits.first().is_some_and(|&digit| digit > 5) || digits.iter().skip(1).any(|&digit| digit > 0);
    if half && (above || mantissa & 1 == 1) {
        mantissa += 1;
    }
    let mut exponent = exponent - bits;
    if mantissa == 1 << 53 {
        mantissa >>= 1;
        exponent += 1;
    }
    if mantissa == 0 {
        zero
    } else if exponent > 971 {
        INFINITY
    } else {
        Double { negative: value.negative, mantissa, exponent }
    }
}

/// Whether JavaScript reads this number without the loss of a whole unit: a double rounds only its fraction, or the number is not too large.
pub(super) fn is_held(value: &Decimal) -> bool {
    if is_infinite(value) {
        return false;
    }
    let digits = value.digits.len() as i64;
    if digits <= 15 || (digits > value.exponent && value.exponent <= 15) {
        return true;
    }
    let whole = (digits <= value.exponent && value.exponent < 20).then(|| nearest_to_whole(value));
    // A whole number is a double if the next one is another double, or if the double has no other digits.
    whole.is_some_and(|double| double.exponent <= 0 || is_whole_double(value, double))
}

/// Whether JavaScript reads infinity for this number.
pub(super) fn is_infinite(value: &Decimal) -> bool {
    value.exponent > 308 && nearest_double(value) == INFINITY
}

/// Whether a double has exactly the digits of a whole number.
fn is_whole_double(value: &Decimal, double: Double) -> bool {
    let digits = value.digits.iter().copied().chain(std::iter::repeat(0));
    let whole = digits
        .take(usize::try_from(value.exponent).unwrap_or(0))
        .fold(0_u64, |whole, digit| whole * 10 + u64::from(digit));
    double.exponent < 12 && double.mantissa.checked_shl(double.exponent.cast_unsigned()) == Some(whole)
}

/// The same for whole numbers of up to 19 digits: most of what no double holds are identifiers.
fn nearest_to_whole(value: &Decimal) -> Double {
    let places = usize::try_from(value.exponent).unwrap_or(0);
    let digits = value.digits.iter().copied().chain(std::iter::repeat(0)).take(places);
    let whole = digits.fold(0_u64, |whole, digit| whole * 10 + u64::from(digit));
    let exponent = 64 - 53 - whole.leading_zeros() as i32;
    if exponent <= 0 {
        return Double { negative: value.negative, mantissa: whole << -exponent, exponent };
    }
    let mut mantissa = whole >> exponent;
    let (rest, half) = (whole - (mantissa << exponent), 1 << (exponent - 1));
    mantissa += u64::from(rest > half || (rest == half && mantissa & 1 == 1));
    if mantissa == 1 << 53 {
        return Double { negative: value.negative, mantissa: 1 << 52, exponent: exponent + 1 };
    }
    Double { negative: value.negative, mantissa, exponent }
}

/// Divides `0.digits` by `2^bits`.
fn divide(digits: &mut Vec<u8>, bits: i32) {
    let mut rest = 0_u64;
    let mut next = |digit: u8| {
        let value = rest * 10 + u64::from(digit);
        rest = value & ((1 << bits) - 1);
        ((value >> bits) as u8, rest > 0)
    };
    let mut has_more = false;
    for digit in digits.iter_mut() {
        (*digit, has_more) = next(*digit);
    }
    while has_more {
        let digit;
        (digit, has_more) = next(0);
        digits.push(digit);
    }
}

/// Multiplies `0.digits` by `2^bits`, and returns the integer part.
fn multiply(digits: &mut [u8], bits: i32) -> u64 {
    let mut carry = 0;
    for digit in digits.iter_mut().rev() {
        let value = (u64::from(*digit) << bits) + carry;
        *digit = (value % 10) as u8;
        carry = value / 10;
    }
    carry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(source: &str) -> Double {
        nearest_double(&Decimal::parse(source).unwrap())
    }

    fn of_float(value: f64) -> Double {
        let raw = value.abs().to_bits();
        let (biased, fraction) = ((raw >> 52) as i32, raw & ((1 << 52) - 1));
        let negative = value.is_sign_negative();
        match biased {
            0x7FF => Double { negative, mantissa: 1, exponent: i32::MAX },
            0 if fraction == 0 => Double { negative, mantissa: 0, exponent: 0 },
            0 => Double { negative, mantissa: fraction, exponent: -1074 },
            _ => Double { negative, mantissa: fraction | 1 << 52, exponent: biased - 1075 },
        }
    }

    #[test]
    fn the_nearest_double_is_that_of_the_standard_library() {
        for source in [
            "9007199254740993",
            "9007199254740992",
            "12345678901234567890",
            "0.1",
            "1.7976931348623157e308",
            "1.7976931348623159e308",
            "5e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "2.2250738585072011e-308",
            "123456789.123456789123456789",
            "-3.5",
            "1e23",
            "8.5e22",
            "179769313486231580793728971405301e276",
            "1",
            "10",
            "0.5",
            "0.25",
            "3",
            "9007199254740994000",
            "9999999999999999999",
            "9007199254740995",
            "18014398509481983",
            "18014398509481985e1",
            "-1234567890123456789",
            "4503599627370497.5",
        ] {
            assert_eq!(bits(source), of_float(source.parse().unwrap()), "{source}");
        }
        let mut state = 1_u64;
        for _ in 0..2000 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let source = format!("{}.{}e{}", state >> 20, state & 0xFFFFF, (state >> 40) as i64 % 330 - 330);
            assert_eq!(bits(&source), of_float(source.parse().unwrap()), "{source}");
        }
    }
}
