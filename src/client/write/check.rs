//! The pre-write check, where nobody knows that the server compares versions (HTTP-RULES X1).
//!
//! A server that ignores preconditions answers a stale write like any other write. So where versions look like those of file servers and
//! frameworks, the client reads the document right before it writes. It merges what has changed instead of overwriting it. A probe then
//! shows which kind of server this is.

use super::{Cause, Intent, Phase, Write};
use crate::client::classify::{classify_restored, is_restored};
use crate::client::{Moment, Outcome, PreconditionSupport, SavedKind, Snapshot, Source, Step, Unreadable};
use crate::conflict::RefusalKind;
use crate::error::Error;
use crate::http::{CacheMode, EtagForm, Problem, Protection, Response, Version, parse_date};

/// A second, and some time for differences between clocks and for the way.
const SECOND_MS: f64 = 1_100.0;

/// The pre-write checks of this call so far.
#[derive(Debug, Default)]
pub(in crate::client) struct Check {
    /// Whether a check found the document.
    pub(in crate::client) has_found: bool,
    /// Whether the second has passed in which a check found the document written.
    pub(in crate::client) has_waited: bool,
}

impl Write {
    /// The first write, or one after a pause, with a pre-write check if needed.
    pub(in crate::client) fn check_or_send(&mut self) -> Result<Step<Outcome>, Error> {
        if self.needs_check() { Ok(self.check_document()) } else { self.send() }
    }

    /// The pre-write check.
    pub(in crate::client) fn check_document(&mut self) -> Step<Outcome> {
        self.phase = Phase::Checking;
        if self.intent != Intent::Create {
            // Two versions may share one tag, which a validated answer of the browser's cache would hide (HTTP-RULES X5).
            return Step::Send(self.read_of(CacheMode::Reload));
        }
        // No cache may keep the 404 of a document that is about to be created (RFC 9111 §5.2.1.5, RFC 9110 §15.5.5).
        let mut request = self.read_of(CacheMode::NoStore);
        if self.options.is_same_origin {
            request.headers.set("Cache-Control", "no-store");
        }
        Step::Send(request)
    }

    fn needs_check(&mut self) -> bool {
        let versioning = &self.options.versioning;
        let is_promised = versioning.promises_checks();
        let is_removal_named = versioning.names_removals();
        let is_removal_promised = is_promised && !versioning.promises_updates_only();
        let has_predecessor = self.base.is_some() || self.theirs.is_some();
        let is_dated = self.is_protected_by_date();
        let is_deliberate = self.is_deliberate();
        let Some(support) = self.support().copied() else { return false };
        match self.intent {
            Intent::Create => support != PreconditionSupport::Enforced,
            // No document to compare a read with, or a condition of the caller.
            _ if !has_predecessor || self.states_condition() => false,
            // Without a version only a read before the write protects.
            _ if self.version.is_none() => true,
            // The version may belong to the report, not to the document (HTTP-RULES W7).
            _ if self.base.as_ref().is_some_and(|base| base.source == Source::Reported) => true,
            Intent::Remove if !is_removal_named => true,
            // A server that compares times cannot distinguish two writes within one second (HTTP-RULES V8). After that second,
            // a read finds the first write, and the precondition finds the second.
            _ if support == PreconditionSupport::Enforced => is_dated,
            _ if support == PreconditionSupport::Ignored => true,
            Intent::Remove => !is_removal_promised,
            _ => !is_promised && (support == PreconditionSupport::Suspect || !is_deliberate),
        }
    }

    /// Whether the version seems to be made for writes. File servers send a time with their tags, and frameworks make weak tags of
    /// every answer: both are not meant for writes.
    pub(super) fn is_deliberate(&self) -> bool {
        let is_own = |version: &Version| version.protection() == Protection::Strong && version.modified().is_none();
        self.intent != Intent::Create && self.version.as_ref().is_some_and(is_own)
    }

    /// Whether another write could still have the same time as the version (RFC 9110 §8.8.2.2). The server's own clock counts, if
    /// it can be read.
    fn is_in_its_second(&self, response: &Response, moment: Moment) -> bool {
        let date = response.headers.get("date").and_then(parse_date);
        let now_ms = date.map_or(moment.now_ms, |seconds| seconds as f64 * 1000.0);
        self.version.as_ref().is_some_and(|version| version.is_modified_within(SECOND_MS, now_ms))
    }

    pub(in crate::client) fn is_protected_by_date(&self) -> bool {
        let has_version = self.version.is_some();
        has_version
            && (self.form == EtagForm::Date
                || self.version.as_ref().is_some_and(|version| version.protection() == Protection::Date))
    }

    /// Handles the answer to the pre-write check.
    pub(in crate::client) fn checked(&mut self, response: &Response, moment: Moment) -> Result<Step<Outcome>, Error> {
        match response.status {
            200 => match self.snapshot(response) {
                Ok(theirs) => self.compared(theirs, response, moment),
                // Single-page apps are served for every path, also without a document.
                Err(Unreadable::Document(_)) if self.intent == Intent::Create => self.send(),
                Err(_) => Ok(self.check_again(Problem::without_answer("the newest version cannot be read"), moment)),
            },
            404 | 410 if self.intent != Intent::Create => self.check_found_nothing(response, moment),
            // No document exists, or this user may not read it.
            400..500 if !matches!(response.status, 408 | 425 | 429) => self.send(),
            _ => Ok(self.check_again(Problem::of(response, moment.now_ms), moment)),
        }
    }

    /// The check found no document.
    pub(super) fn check_found_nothing(&mut self, response: &Response, moment: Moment) -> Result<Step<Outcome>, Error> {
        self.refusal.problem = Problem::of(response, moment.now_ms);
        self.refusal.cause = Cause::Moved;
        self.classify_removed(moment)
    }

    /// Repeats an inconclusive check: where nobody knows that the server compares versions, no write goes out without one.
    pub(super) fn check_again(&mut self, problem: Problem, moment: Moment) -> Step<Outcome> {
        match self.pause_before_check_ms(problem, moment) {
            Some(ms) => self.wait_to_write(ms),
            None => self.refuse(RefusalKind::Unknown),
        }
    }

    /// The pause before the next check; `None` if no repeat is left.
    pub(super) fn pause_before_check_ms(&mut self, problem: Problem, moment: Moment) -> Option<u32> {
        if problem.status == Some(500) {
            self.count_failure(true, moment);
        }
        self.refusal.problem = problem;
        if !self.may_send_again(moment) {
            return None;
        }
        self.attempts.round += 1;
        Some(self.pause_ms(moment))
    }

    fn compared(&mut self, theirs: Snapshot, response: &Response, moment: Moment) -> Result<Step<Outcome>, Error> {
        self.check.has_found = true;
        let is_unmoved = self.intent != Intent::Create && self.is_unmoved(&theirs);
        if is_unmoved && self.refusal.is_in_doubt && is_restored(&self.known(moment), &self.compare(&theirs)) {
            self.found_moved("an edit that may have been saved was reverted");
            let verdict = classify_restored(&self.known(moment));
            return self.carry_out(verdict, Some(theirs), moment);
        }
        if is_unmoved {
            return self.unmoved(theirs, response, moment);
        }
        self.check.has_waited = false;
        self.found_moved("the document had changed before this write was sent");
        let is_unknown =
            matches!(self.options.origin.updates, PreconditionSupport::Unknown | PreconditionSupport::Suspect);
        let is_moved = matches!((&self.version, &theirs.version), (Some(known), Some(now)) if !now.is_same(known));
        match self.intent {
            Intent::Update if is_unknown && is_moved && self.options.versioning.can_be_probed() => {
                Ok(self.probe(theirs))
            }
            _ => self.classify_read(theirs, moment),
        }
    }

    /// The next step if the pre-write check found the document unchanged.
    pub(in crate::client) fn unmoved(
        &mut self,
        theirs: Snapshot,
        response: &Response,
        moment: Moment,
    ) -> Result<Step<Outcome>, Error> {
        let is_equal = self.outgoing.as_ref().is_some_and(|outgoing| theirs.document.equals(outgoing));
        // If reads disagree, it is unknown which is the newest: a conditional write shows it, or a second read has to agree.
        if is_equal && self.reads.has_lagged && !self.is_compared() && !self.reads.has_repeated {
            return Ok(self.reread_later(moment));
        }
        if is_equal && !self.is_fetch() && !(self.reads.has_lagged && self.is_compared()) {
            return Ok(Step::Done(self.unchanged(theirs)));
        }
        if theirs.version.is_some() {
            self.adopt_version(theirs);
        }
        // Only once: a time that changes with every read shows no second (HTTP-RULES V8).
        if self.is_protected_by_date() && !self.check.has_waited && self.is_in_its_second(response, moment) {
            self.check.has_waited = true;
            return Ok(self.wait_to_write(SECOND_MS as u32));
        }
        self.send()
    }

    /// The outcome if nothing is left to send. An acknowledged save from the same base stays, even if `mine` has the value of base in
    /// that place. The server then holds another document than the caller passed.
    fn unchanged(&mut self, theirs: Snapshot) -> Outcome {
        let is_mine = self.edit.mine.as_ref().is_none_or(|mine| self.is_same_value(mine, &theirs.document));
        match self.resolution.conflict.take().filter(|_| !is_mine && !self.resolution.is_decided) {
            Some(conflict) => Outcome::Merged(theirs, Box::new(conflict)),
            None => Outcome::Saved(SavedKind::Unchanged, Some(theirs)),
        }
    }

    /// The pre-write check found another version than the base of the write.
    pub(super) fn found_moved(&mut self, detail: &str) {
        self.refusal.problem = Problem::without_answer(detail);
        self.refusal.problem.status = Some(412);
        self.refusal.cause = Cause::Moved;
    }

    /// Makes `theirs`, another version of the same value, the document under the write.
    pub(in crate::client) fn adopt_version(&mut self, theirs: Snapshot) {
        if let Some(outgoing) = &self.outgoing
            && self.options.versioning.carried_member().is_some()
            && let Some(laid_out) = self.in_layout_of(&theirs.document, outgoing)
        {
            self.outgoing = Some(laid_out);
        }
        self.version = theirs.version.clone();
        if let Some(version) = &self.version {
            self.form = self.options.versioning.first_form(version, self.form);
        }
        if self.resolution.conflict.is_some() || self.options.versioning.carried_member().is_some() {
            self.theirs = Some(theirs);
        }
    }
}
