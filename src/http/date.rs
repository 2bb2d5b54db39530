//! HTTP dates (RFC 9110 §5.6.7).

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Seconds since 1970 of a date in any of the three forms; `None` for anything else, and for a date that does not exist or falls
/// on another day of the week.
///
/// A year of two digits lies from 1970 to 2069: the RFC's own rule needs a clock, which matters only for dates that nobody sends.
///
/// ```text
/// Sun, 06 Nov 1994 08:49:37 GMT      IMF-fixdate
/// Sunday, 06-Nov-94 08:49:37 GMT     RFC 850
/// Sun Nov  6 08:49:37 1994           asctime
/// ```
pub(crate) fn parse(value: &str) -> Option<u64> {
    let value = value.trim_ascii();
    let Some((weekday, rest)) = value.split_once(',') else {
        let day = value.get(8..10)?;
        let day = number(day.strip_prefix(' ').unwrap_or(day))?;
        let date = (number_of(value, 20..24)?, month(value.get(4..7)?)?, day);
        let is_spaced = [3, 7, 10, 19].iter().all(|at| value.as_bytes().get(*at) == Some(&b' '));
        return seconds(value.get(..3)?, date, value.get(11..19)?).filter(|_| is_spaced && value.len() == 24);
    };
    let rest = rest.strip_prefix(' ')?.strip_suffix(" GMT")?;
    let (date, time) = rest.split_at_checked(rest.len().checked_sub(9)?)?;
    let (day, month) = (number_of(date, 0..2)?, month(date.get(3..6)?)?);
    let (separators, year) = (date.get(2..3)?, date.get(7..)?);
    let year = match (weekday.len(), separators, year.len()) {
        (3, " ", 4) => number(year)?,
        (6.., "-", 2) => number(year).map(|year| if year < 70 { 2000 + year } else { 1900 + year })?,
        _ => return None,
    };
    let is_separated = date.get(6..7)? == separators;
    seconds(weekday, (year, month, day), time.strip_prefix(' ')?).filter(|_| is_separated)
}

fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.bytes().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

fn number_of(text: &str, range: std::ops::Range<usize>) -> Option<u64> {
    number(text.get(range)?)
}

/// From 0.
fn month(name: &str) -> Option<u64> {
    MONTHS.iter().position(|month| *month == name).map(|at| at as u64)
}

/// `weekday` in full or by its first three letters, `time` as `08:49:37`.
fn seconds(weekday: &str, (year, month, day): (u64, u64, u64), time: &str) -> Option<u64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length_of = |month: u64| match month {
        1 => 28 + u64::from(is_leap),
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    };
    let (hour, minute, second) = (number_of(time, 0..2)?, number_of(time, 3..5)?, number_of(time, 6..8)?);
    let has_colons = time.len() == 8 && [2, 5].iter().all(|at| time.as_bytes().get(*at) == Some(&b':'));
    let is_real = year >= 1970 && (1..=length_of(month)).contains(&day) && hour < 24 && minute < 60 && second < 60;
    if !has_colons || !is_real {
        return None;
    }
    // Leap years before `year`, less those before 1970.
    let leap_days = (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 - 477;
    let days = (year - 1970) * 365 + leap_days + (0..month).map(length_of).sum::<u64>() + day - 1;
    // 1 January 1970 was a Thursday.
    let name = WEEKDAYS.get((days + 3) as usize % 7)?;
    let is_that_day = weekday == *name || (weekday.len() == 3 && name.starts_with(weekday));
    is_that_day.then_some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

// Beside the code, yet native only: the other implementation is no dependency of the browser side.
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::parse;
    use std::time::{Duration, UNIX_EPOCH};

    fn other(value: &str) -> Option<u64> {
        // That crate takes any byte between the year and the time of the second form.
        if value.ends_with(" GMT") && !value.get(..value.len() - 12)?.ends_with(' ') {
            return None;
        }
        let date = httpdate::parse_http_date(value).ok()?;
        date.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
    }

    /// The three forms of the moment so many seconds after 1970.
    fn forms(seconds: u64) -> [String; 3] {
        let fixdate = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
        let part = |from: usize, to: usize| fixdate.get(from..to).unwrap_or_default();
        let (short, day, month, year, time) = (part(0, 3), part(5, 7), part(8, 11), part(12, 16), part(17, 25));
        let long = super::WEEKDAYS.iter().find(|name| name.starts_with(short)).copied().unwrap_or_default();
        let padded = day.strip_prefix('0').map_or_else(|| day.to_owned(), |one| format!(" {one}"));
        [
            fixdate.clone(),
            format!("{long}, {day}-{month}-{} {time} GMT", &year[2..]),
            format!("{short} {month} {padded} {time} {year}"),
        ]
    }

    #[test]
    fn the_examples_of_the_rfc_are_one_moment() {
        for value in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(parse(value), Some(784_111_777), "{value}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_is_read_as_another_implementation_reads_it() {
        for day in 0..400 * 366 {
            let [fixdate, rfc850, asctime] = forms(day * 86_400 + day * 7919 % 86_400);
            assert_eq!(parse(&fixdate), other(&fixdate), "{fixdate}");
            assert!(parse(&fixdate).is_some(), "{fixdate}");
            assert_eq!(parse(&rfc850), other(&rfc850), "{rfc850}");
            assert_eq!(parse(&asctime), other(&asctime), "{asctime}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused_as_another_implementation_refuses_it() {
        let replacements = ["", " ", "0", "9", "-", ":", ",", "a", "ä", "GMT", "24", "60", "31", "00"];
        for seconds in [0, 951_782_400, 784_111_777, 4_102_444_799, 253_402_300_799] {
            for form in forms(seconds) {
                for at in 0..form.len() {
                    for length in 0..=(form.len() - at).min(3) {
                        for replacement in replacements {
                            let mut value = form.clone();
                            value.replace_range(at..at + length, replacement);
                            assert_eq!(parse(&value), other(&value), "{value:?}");
                        }
                    }
                }
            }
        }
        assert_eq!(parse(""), None);
    }
}
