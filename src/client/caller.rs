//! Whose call it is, and where the caller's fields may go.

use super::{Event, Machine, Memory, Moment, Step};
use crate::error::Error;
use crate::http::{Headers, Request, fingerprint, origin};

/// A number for a user of this client: equal credentials give equal numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserId(u64);

impl UserId {
    /// The user of a call with these fields and this credentials mode of `fetch`: with another mode the browser sends other cookies.
    pub fn of(fields: &Headers, credentials: Option<&str>) -> Self {
        // The default of `fetch`.
        let credentials = credentials.unwrap_or("same-origin");
        // Only a server process can set `Cookie`.
        Self(fingerprint([fields.get("authorization"), fields.get("cookie"), Some(credentials)]))
    }

    /// The number.
    pub fn number(self) -> u64 {
        self.0
    }
}

/// The next step of `machine`. The caller's own fields go only to the origin that the caller named: a redirect or a `Location` may lead to
/// another origin, which must not get the caller's token.
///
/// # Errors
/// As for [`Machine::step`].
pub fn next_step(
    machine: &mut dyn Machine,
    memory: &mut Memory,
    event: Event,
    moment: Moment,
) -> Result<Step<()>, Error> {
    Ok(match machine.step(memory, event, moment)? {
        Step::Send(request) => Step::Send(bound(request, &machine.named())),
        step => step,
    })
}

/// `request`, for a caller who named the origin of `named`.
#[must_use]
pub fn bound(request: Request, named: &str) -> Request {
    Request { is_foreign: origin(&request.url) != origin(named), ..request }
}
