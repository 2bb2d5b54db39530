//! The user of a call, and the origin that may receive the caller's fields.

use super::{Event, Machine, Memory, Moment, Step};
use crate::error::Error;
use crate::http::{Headers, Request, fingerprint, origin};

/// A number for a user of this client: equal credentials give equal numbers.
///
/// # Examples
///
/// ```
/// use mergefetch::client::UserId;
/// use mergefetch::http::Headers;
///
/// let fields = Headers::new().with("authorization", "Bearer 1");
/// let [one, other] = ["same-origin", "omit"].map(|mode| UserId::of(&fields, Some(mode)));
/// assert_eq!(one.number(), UserId::of(&fields, None).number());
/// assert_ne!(one, other);
/// ```
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
///
/// # Examples
///
/// ```
/// use mergefetch::client::{Event, Get, Memory, Moment, Step, WriteOptions, next_step};
/// use mergefetch::http::Headers;
///
/// let mut get = Get::new("https://example.org/notes/7", None, Headers::new(), WriteOptions::default());
/// let moment = Moment { now_ms: 0.0, random: 0.5 };
/// let step = next_step(&mut get, &mut Memory::default(), Event::Started, moment)?;
/// assert!(matches!(step, Step::Load(key) if key == "ORIGIN https://example.org"));
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
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
///
/// # Examples
///
/// ```
/// use mergefetch::client::bound;
/// # use mergefetch::client::{Event, Machine, Memory, Moment, Get, Step, WriteOptions};
/// # use mergefetch::http::Headers;
/// # let mut get = Get::new("https://example.org/7", None, Headers::new(), WriteOptions::default());
/// # let (mut memory, moment) = (Memory::default(), Moment { now_ms: 0.0, random: 0.5 });
/// # get.step(&mut memory, Event::Started, moment)?;
/// # get.step(&mut memory, Event::Loaded(None), moment)?;
/// # let Step::Send(request) = get.step(&mut memory, Event::Loaded(None), moment)? else { panic!() };
///
/// // The request goes to example.org.
/// assert!(!bound(request.clone(), "https://example.org/other").is_foreign);
/// assert!(bound(request, "https://api.example.net").is_foreign);
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
///
/// # Specification
/// RFC 6454 §4 (origins).
#[must_use]
pub fn bound(request: Request, named: &str) -> Request {
    Request { is_foreign: origin(&request.url) != origin(named), ..request }
}
