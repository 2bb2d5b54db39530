//! `Retry-After` (RFC 9110 §10.2.3).

use super::date;

/// A server that asks for more than a day means "not today": the caller decides long before.
const MAX_MS: u64 = 24 * 60 * 60 * 1000;

/// How long to wait, in milliseconds: delta-seconds or an HTTP-date against `now_ms` (since 1970). Past dates are 0, absurd
/// values are cut to one day, anything else is `None`.
pub fn retry_after_ms(value: &str, now_ms: f64) -> Option<u64> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Too long for a u64 is just a very long time.
        return Some(value.parse::<u64>().map_or(MAX_MS, |seconds| seconds.saturating_mul(1000).min(MAX_MS)));
    }
    let at_ms = date::parse(value)?.saturating_mul(1000);
    // Saturating casts: a clock before 1970 counts as 1970.
    Some(at_ms.saturating_sub(now_ms as u64).min(MAX_MS))
}

#[cfg(test)]
mod tests {
    use super::retry_after_ms;

    const NOW_MS: f64 = 784_111_777_000.0; // Sun, 06 Nov 1994 08:49:37 GMT

    #[test]
    fn both_forms_are_read_and_cut_to_what_makes_sense() {
        for (value, expected) in [
            ("0", Some(0)),
            (" 120 ", Some(120_000)),
            ("99999999999999999999999", Some(86_400_000)),
            ("Sun, 06 Nov 1994 08:49:40 GMT", Some(3_000)),
            ("Sun, 06 Nov 1994 08:49:30 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(86_400_000)),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after_ms(value, NOW_MS), expected, "{value:?}");
        }
    }
}
