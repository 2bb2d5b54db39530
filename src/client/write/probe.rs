//! The probe: a write that changes nothing, and that only a server refuses which compares versions.

use super::{Phase, Write};
use crate::client::classify::classify_probe;
use crate::client::{Moment, Outcome, PreconditionSupport, Snapshot, Step, Warning, read_request};
use crate::error::Error;
use crate::http::{CacheMode, Method, Problem, Response};

/// A precondition that no document ever fulfils.
const NEVER_MATCHING: (&str, &str) = ("If-Match", "\"mergefetch-probe\"");
/// The same for times.
const NEVER_SINCE: (&str, &str) = ("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT");

impl Write {
    /// Writes `theirs`, which the server holds already, and names a version that no document has. A server that compares versions refuses
    /// this in its own words; on any other server it changes nothing. The probe does not name a version that the client knows: if a lagging
    /// replica answered the check, that version may be the newest, and the server would replace its document with an old one.
    pub(super) fn probe(&mut self, theirs: Snapshot) -> Step<Outcome> {
        let mut request = read_request(&self.url, CacheMode::Default);
        request.method = Method::Put;
        request.headers.set("Content-Type", &*self.content_type(&theirs.document));
        request.body = Some(theirs.document.bytes().to_vec());
        let is_date = self.is_protected_by_date();
        let (name, value) = if is_date { NEVER_SINCE } else { NEVER_MATCHING };
        request.headers.set(self.options.versioning.precondition_field().unwrap_or(name), value);
        self.phase = Phase::Probing(Box::new(theirs));
        Step::Send(request)
    }

    pub(super) fn probe_answered(
        &mut self,
        theirs: Snapshot,
        response: &Response,
        moment: Moment,
    ) -> Result<Step<Outcome>, Error> {
        match classify_probe(response.status) {
            Some(PreconditionSupport::Ignored) => {
                self.options.origin.updates = PreconditionSupport::Ignored;
                self.options.versioning = self.options.versioning.clone().ignored();
                self.events.warn(Warning::VersionIgnored);
                self.events.is_unprotected_named = true;
                // Its version is a new one now.
                return Ok(self.reread());
            }
            Some(support) => {
                self.options.origin.updates = support;
                self.refusal.problem = Problem::of(response, moment.now_ms);
            }
            None => {}
        }
        self.classify_read(theirs, moment)
    }
}
