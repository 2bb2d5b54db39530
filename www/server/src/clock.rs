//! The one place that asks what time it is.
#![allow(clippy::disallowed_methods, reason = "the ban is for the core, which also runs on wasm; a server has a clock")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch; 0 on a machine whose clock is set before it.
pub(crate) fn now_ms() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// The moment `ms` milliseconds after the Unix epoch, as an HTTP-date (RFC 9110 §5.6.7), cut to whole seconds.
pub(crate) fn http_date(ms: i64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(whole_seconds(ms)))
}

/// An HTTP-date as seconds since the Unix epoch; `None` when it is none, or lies before 1970.
pub(crate) fn parse_http_date(text: &str) -> Option<u64> {
    let moment = httpdate::parse_http_date(text).ok()?;
    Some(moment.duration_since(UNIX_EPOCH).ok()?.as_secs())
}

/// Milliseconds since the Unix epoch, cut to the whole seconds that an HTTP-date can carry.
pub(crate) fn whole_seconds(ms: i64) -> u64 {
    u64::try_from(ms / 1000).unwrap_or(0)
}

/// Measures from a start that no clock change moves.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
