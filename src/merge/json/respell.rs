//! Puts back numbers that JavaScript could not hold: `JSON.parse` rounds them to doubles, `JSON.stringify` prints those.

use crate::gather::Gather;
use json_tree::mix;

use super::scalar::Decimal;
use super::tree::{Document, Kind, Node};
use super::{Operation, apply_patch};
use crate::error::Error;
use crate::merge::sort::Index;

/// Decimals of so many digits survive the way through a double and back.
const SAFE_DIGITS: usize = 15;
/// Ten times a larger power of two exceeds 64 bits.
const MAX_SHIFT: i64 = 60;

/// A double by its bits: the value is `mantissa × 2^exponent`. Infinity has the exponent `i32::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Double {
    negative: bool,
    mantissa: u64,
    exponent: i32,
}

/// What JavaScript reads for numbers that are too large, whatever their sign; it prints as null.
const INFINITY: Double = Double { negative: false, mantissa: 1, exponent: i32::MAX };

impl Double {
    fn mixed_into(self, key: u64) -> u64 {
        mix(mix(key, self.mantissa), u64::from(self.exponent.cast_unsigned()) << 1 | u64::from(self.negative))
    }
}

/// The double nearest to a decimal, ties to even, as `JSON.parse` reads it.
///
/// Shifts the decimal by many bits at once: exact and small. Called only for numbers that no double represents.
fn nearest_double(value: &Decimal) -> Double {
    let zero = Double { negative: value.negative, mantissa: 0, exponent: 0 };
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

/// A number of base that changes on its way through JavaScript.
struct Imprecise {
    /// The path with every index, and with none.
    path: u64,
    pattern: u64,
    value: Decimal,
    node: Node,
}

/// Calls `visit` with the path, the pattern and the node of every leaf.
fn visit_leaves(document: &Document, node: Node, path: u64, pattern: u64, visit: &mut dyn FnMut(u64, u64, Node)) {
    let kind = document.kind(node);
    match kind {
        Kind::Array | Kind::Object => {
            for (index, child) in document.children(node).enumerate() {
                let (step, general) = if kind == Kind::Object {
                    let hash = u64::from(document.data(child).name_hash()) | 1 << 40;
                    (hash, hash)
                } else {
                    (index as u64, 1 << 41)
                };
                visit_leaves(document, child, mix(path, step), mix(pattern, general), visit);
            }
        }
        _ => visit(path, pattern, node),
    }
}

fn imprecise_numbers(base: &Document) -> Vec<Imprecise> {
    let mut found = Vec::new();
    visit_leaves(base, 0, 1, 1, &mut |path, pattern, node| {
        if base.kind(node) != Kind::Number {
            return;
        }
        // A number whose exponent is out of all bounds reads as zero or as infinity, which prints as null.
        let Some(value) = Decimal::parse(base.source(node)) else {
            return;
        };
        if value.digits.len() > SAFE_DIGITS || value.exponent.abs() > 300 {
            found.push(Imprecise { path, pattern, value, node });
        }
    });
    found
}

/// The text of `edit` with the spellings of `base` put back; `None` where there is nothing to put back.
pub(super) fn respell(edit: &Document, base: &Document) -> Option<String> {
    let mut numbers = imprecise_numbers(base);
    if numbers.is_empty() {
        return None;
    }
    // What still has all its digits, wherever it is now, needs nothing: most numbers of 17 digits are as JavaScript prints them.
    let known = |document: &Document, pattern, node| mix(pattern, document.data(node).hash);
    let intact = Index::new(numbers.iter().map(|number| known(base, number.pattern, number.node)));
    let mut is_intact = vec![false; numbers.len()];
    let mut lost = Vec::new();
    visit_leaves(edit, 0, 1, 1, &mut |path, pattern, node| {
        let mut found = false;
        for at in intact.of(known(edit, pattern, node)) {
            is_intact[at] = true;
            found = true;
        }
        if !found && matches!(edit.kind(node), Kind::Number | Kind::Null) {
            lost.push((path, pattern, node));
        }
    });
    let mut next = is_intact.into_iter();
    numbers.retain(|_| next.next() == Some(false));
    if numbers.is_empty() {
        return None;
    }
    let doubles: Vec<Double> = numbers.iter().map(|number| nearest_double(&number.value)).gather();
    let all = || numbers.iter().zip(&doubles);
    let patterns = Index::new(all().map(|(number, _)| number.pattern));
    let paths = Index::new(all().map(|(number, double)| double.mixed_into(number.path)));
    let fitting = Index::new(all().map(|(number, double)| double.mixed_into(number.pattern)));
    let mut out = String::with_capacity(edit.text().len() + 64);
    let mut copied = 0;
    for (path, pattern, node) in lost {
        if patterns.of(pattern).next().is_none() {
            continue;
        }
        let double = match edit.kind(node) {
            Kind::Null => INFINITY,
            _ => match Decimal::parse(edit.source(node)) {
                Some(value) => nearest_double(&value),
                None => continue,
            },
        };
        let among = |index: &Index, key: u64| {
            let mut found = index.of(double.mixed_into(key)).filter(|&at| doubles.get(at) == Some(&double));
            let first = numbers.get(found.next()?)?;
            let same = |at: usize| base.data(numbers[at].node).hash == base.data(first.node).hash;
            found.all(same).then_some(first)
        };
        // The same place first; else, when elements were inserted or moved, the only spelling that fits.
        if let Some(number) = among(&paths, path).or_else(|| among(&fitting, pattern)) {
            let data = edit.data(node);
            out.push_str(&edit.text()[copied..data.start as usize]);
            out.push_str(base.source(number.node));
            copied = data.end as usize;
        }
    }
    out.push_str(&edit.text()[copied..]);
    Some(out)
}

/// The text `edit`, which JavaScript wrote, with the spelling that `base` has for numbers that are equal in JavaScript. The value at
/// the pointer `to` in `edit` counts as an edit of the value at the pointer `from` in `base`.
///
/// # Errors
/// Those of parsing.
pub fn respelled((edit, to): (String, &str), (base, from): (String, &str)) -> Result<String, Error> {
    let (edit, base) = (Document::parse(edit)?, Document::parse(base)?);
    let (Some(part), Some(known)) = (edit.root().pointer(to), base.root().pointer(from)) else {
        return Ok(edit.text().to_owned());
    };
    let value = Document::parse_edit(part.source(), Some(&Document::parse(known.source())?))?.text().to_owned();
    apply_patch(&edit, &[Operation::Replace { path: to.to_owned(), value }])
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

    fn edit(base: &str, edit: &str) -> String {
        let base = Document::parse(base).unwrap();
        Document::parse_edit(edit, Some(&base)).unwrap().text().to_owned()
    }

    #[test]
    fn numbers_beyond_doubles_get_their_spelling_back() {
        assert_eq!(
            edit(r#"{"id":12345678901234567890,"n":1}"#, r#"{"id":12345678901234567000,"n":2}"#),
            r#"{"id":12345678901234567890,"n":2}"#
        );
        assert_eq!(edit("[1e400,0]", "[null,1]"), "[1e400,1]");
        assert_eq!(edit("0.1234567890123456789", "0.12345678901234568"), "0.1234567890123456789");
    }

    #[test]
    fn an_edited_number_stays_as_edited() {
        assert_eq!(edit("9007199254740993", "9007199254740994"), "9007199254740994");
        assert_eq!(edit("9007199254740993", "9007199254740992"), "9007199254740993");
        assert_eq!(edit("[12345678901234567890]", "[1]"), "[1]");
    }

    #[test]
    fn elements_that_moved_keep_their_digits() {
        assert_eq!(
            edit(
                r#"[{"id":12345678901234567890},{"id":22345678901234567890}]"#,
                r#"[{"id":7},{"id":22345678901234570000},{"id":12345678901234567000}]"#
            ),
            r#"[{"id":7},{"id":22345678901234567890},{"id":12345678901234567890}]"#
        );
    }
}
