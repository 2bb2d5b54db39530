//! Adds the increments of counters.

use super::double::{is_held, is_infinite};
use super::scalar::Decimal;

/// The exact value of theirs + (mine − base). `None` if an exponent or a sum is too large: JavaScript would read infinity. Also `None` if JavaScript
/// would lose a unit of the sum, although it holds the three numbers. With `is_read`, mine is an edit of what JavaScript read for base, so
/// that it has to hold base, too.
pub(super) fn counter_sum(base: &str, mine: &str, theirs: &str, is_read: bool) -> Option<String> {
    let [base, mine, theirs] = [Decimal::parse(base)?, Decimal::parse(mine)?, Decimal::parse(theirs)?];
    let sum = theirs.add(&mine.add(&base.negated())?)?;
    let are_held = [&base, &mine, &theirs].into_iter().all(is_held);
    let is_lost = if are_held { !is_held(&sum) } else { is_infinite(&sum) || (is_read && !is_held(&base)) };
    (!is_lost).then(|| sum.to_json())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(counter_sum(base, mine, theirs, false).as_deref(), Some(sum), "{theirs} + ({mine} - {base})");
        }
        assert_eq!(counter_sum("0", "1", "1e99999", false), None);
    }

    #[test]
    fn a_sum_that_javascript_would_round_is_none() {
        let sum = |base, mine, theirs| counter_sum(base, mine, theirs, false);
        for [base, mine, theirs] in [
            ["0", "1.7976931348623157e308", "1.7976931348623157e308"],
            ["0", "-1.7976931348623157e308", "-1.7976931348623157e308"],
            ["0", "9e307", "9e307"],
            ["9007199254740991", "9007199254740992", "9007199254740992"],
            ["0", "9007199254740992", "1"],
            ["0", "-9007199254740992", "-1"],
            ["0", "18014398509481984", "2"],
            ["0", "9223372036854775808", "1"],
            ["0", "100000000000000000000", "1"],
        ] {
            assert_eq!(sum(base, mine, theirs), None, "{theirs} + ({mine} - {base})");
        }
        for ([base, mine, theirs], right) in [
            (["0", "1e308", "7e307"], "17e307"),
            (["0", "9007199254740992", "2"], "9007199254740994"),
            (["0", "9007199254740991", "1"], "9007199254740992"),
            (["0", "18014398509481984", "4"], "18014398509481988"),
            (["0.1", "0.30000000000000004", "0.4"], "0.60000000000000004"),
            (["0", "1e22", "1e22"], "20000000000000000000000"),
        ] {
            assert_eq!(sum(base, mine, theirs).as_deref(), Some(right));
        }
        // JavaScript read 9007199254740992, and added 2.
        assert_eq!(counter_sum("9007199254740993", "9007199254740994", "9007199254740993", true), None);
    }
}
