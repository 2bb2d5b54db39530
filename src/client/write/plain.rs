//! The steps of a write that needs no engine: nobody refuses it, and only equal documents are compared.

use super::success::Recreation;
use super::{Intent, Phase, Write};
use crate::client::{Event, Memory, Moment, Outcome, SavedKind, Snapshot, Step};
use crate::error::Error;
use crate::http::Response;

impl Write {
    /// The first request.
    pub(in crate::client) fn begin_plainly(&mut self, moment: Moment) -> Result<Step<Outcome>, Error> {
        self.choose_reads(moment);
        self.begin()
    }

    /// Whether a write with this answer is done, and nobody has to decide on it.
    pub(in crate::client) fn is_done_by(&self, response: &Response) -> bool {
        let is_done = response.is_success() && !matches!(response.status, 202 | 207);
        let is_placed = self.intent != Intent::CreateBelow || response.headers.get("location").is_some();
        self.is_sending()
            && is_done
            && is_placed
            && !self.is_of_redirect(response)
            && self.recreation_in(response) == Recreation::No
    }

    /// The step after an answer that [`is_done_by`](Self::is_done_by) accepts.
    pub(in crate::client) fn accepted_plainly(
        &mut self,
        response: &Response,
        moment: Moment,
    ) -> Result<Step<Outcome>, Error> {
        self.attempts.is_unanswered = false;
        self.count_failure(false, moment);
        self.learn(response);
        self.accepted(response)
    }

    /// Whether `event` ends a pause, or is the answer to a read that finds the expected document.
    pub(in crate::client) fn reads_plainly(&self, memory: &Memory, event: &Event) -> bool {
        let response = match (&self.phase, event) {
            // The server has reported a success: without the read, the sent document is returned without a version.
            (Phase::WaitingToWrite, Event::Waited) | (Phase::Confirming, Event::NoAnswer(_)) => return true,
            (_, Event::Answered(response)) => response,
            _ => return false,
        };
        match (&self.phase, response.status) {
            (Phase::Checking, 200) if !self.refusal.is_in_doubt => self.snapshot(response).is_ok_and(|found| {
                let is_known = |known: &Snapshot| known.document.equals(&found.document);
                self.intent != Intent::Create && self.replaced().is_some_and(is_known) && !memory.compares(&found)
            }),
            (Phase::Checking, 404) => self.intent == Intent::Create,
            (Phase::Confirming, 200) => {
                let is_sent = |found: Snapshot| {
                    self.intent != Intent::Remove && (self.is_outgoing(&found) || self.is_answered_version(&found))
                };
                self.snapshot(response).is_ok_and(is_sent)
            }
            (Phase::Confirming, 404 | 410) => self.intent == Intent::Remove,
            _ => false,
        }
    }

    fn is_outgoing(&self, found: &Snapshot) -> bool {
        self.outgoing.as_ref().is_some_and(|sent| sent.equals(&found.document))
    }

    /// The step after an event that [`reads_plainly`](Self::reads_plainly) accepts.
    pub(in crate::client) fn read_plainly(&mut self, event: &Event, moment: Moment) -> Result<Step<Outcome>, Error> {
        let found = match event {
            Event::Answered(response) if response.status == 200 => {
                self.snapshot(response).ok().map(|found| (found, response))
            }
            _ => None,
        };
        match (&self.phase, found) {
            (Phase::WaitingToWrite, _) => self.check_or_send(),
            (Phase::Checking, Some((found, response))) => {
                self.check.has_found = true;
                self.unmoved(found, response, moment)
            }
            (Phase::Checking, None) => self.send(),
            (Phase::Confirming, None) if matches!(event, Event::NoAnswer(_)) => self.succeeded(None),
            (_, Some((found, _))) => self.succeeded(Some(found)),
            (_, None) => Ok(Step::Done(Outcome::Saved(SavedKind::Removed, None))),
        }
    }
}
