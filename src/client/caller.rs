//! The user of a call, and the origin that may receive the caller's fields.

use super::{Event, Machine, Memory, Moment, Step};
use crate::error::Error;
use crate::http::{Headers, Request, fingerprint, origin};

/// A number for a user of this client: equal credentials give equal numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserId(u64);

impl UserId {
    /// The user of a call with these fields. The credentials mode counts, as the browser sends other cookies with another mode.
    pub fn of(fields: &Headers, credentials: Option<&str>) -> Self {
        // `fetch` has this default.
        let credentials = credentials.unwrap_or("same-origin");
        // `Cookie` counts for server processes; browsers do not let scripts set it.
        Self(fingerprint([fields.get("authorization"), fields.get("cookie"), Some(credentials)]))
    }

    /// The number.
    pub fn number(self) -> u64 {
        self.0
    }
}

/// The next step of `machine`. A request to another origin than the one that the caller named is marked as foreign. A redirect or a
/// `Location` may lead there, and that origin must not get the caller's token.
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

/// `request`, marked as foreign if its origin is not the origin of the URL `named`.
#[must_use]
pub fn bound(request: Request, named: &str) -> Request {
    Request { is_foreign: origin(&request.url) != origin(named), ..request }
}
