//! The read after a refusal or a lost answer, and the next step by its verdict.

use super::{Cause, Intent, Phase, Write};
use crate::client::classify::{
    Known, Read, Relation, Validator, ValidatorVerdict, Verdict, classify, classify_gone, classify_unread,
    classify_validator, relate,
};
use crate::client::{
    Moment, ObserverEvent, Outcome, ResolvedSilently, SavedKind, Snapshot, Step, Warning, backoff_ms, read_request,
    unique_url,
};
use crate::conflict::{Document, RefusalKind};
use crate::error::Error;
use crate::http::{CacheMode, EtagForm, Problem, Protection, Request, Response, Version};

/// A tag may be weak as long as a second write could get the same tag. Apache waits for one second.
const FRESH_MS: f64 = 2_000.0;

impl Write {
    /// The server holds `theirs`.
    pub(in crate::client) fn classify_read(
        &mut self,
        theirs: Snapshot,
        moment: Moment,
    ) -> Result<Step<Outcome>, Error> {
        let (known, read) = (self.known(moment), self.compare(&theirs));
        let (relation, verdict) = (relate(&known, &read), classify(&known, &read));
        self.learn_from(relation);
        self.carry_out(verdict, Some(theirs), moment)
    }

    /// The document does not exist any more.
    pub(in crate::client) fn classify_removed(&mut self, moment: Moment) -> Result<Step<Outcome>, Error> {
        let verdict = classify_gone(&self.known(moment));
        if self.intent == Intent::Create && self.refusal.cause == Cause::Doubt {
            self.name_block();
        }
        self.carry_out(verdict, None, moment)
    }

    /// Gives reads a query of their own if a shared cache ignores directives.
    pub(in crate::client) fn choose_reads(&mut self, moment: Moment) {
        if self.options.origin.has_stale_cache && self.options.has_unique_reads {
            self.reads.unique = Some(moment.unique());
        }
    }

    /// Reads past every cache, as the browser's cache may still hold the refused version (HTTP-RULES F5).
    pub(in crate::client) fn reread(&mut self) -> Step<Outcome> {
        self.check.has_waited = false;
        self.phase = Phase::Rereading;
        Step::Send(self.read_of(CacheMode::Reload))
    }

    /// A read of the document, past shared caches if needed.
    pub(in crate::client) fn read_of(&mut self, cache: CacheMode) -> Request {
        // A new query, as a shared cache has stored the last one.
        self.reads.unique = self.reads.unique.map(|number| number.wrapping_add(1));
        let cache = self.options.cache(cache);
        match self.reads.unique {
            Some(number) => read_request(&unique_url(&self.url, number), cache),
            None => read_request(&self.url, cache),
        }
    }

    /// Whether a read past shared caches is allowed and has not been tried.
    pub(in crate::client) fn may_read_uniquely(&self) -> bool {
        self.options.has_unique_reads && self.reads.unique.is_none()
    }

    /// Repeats the read with a query that no cache has seen.
    pub(in crate::client) fn reread_uniquely(&mut self, moment: Moment) -> Step<Outcome> {
        self.reads.unique = Some(moment.unique());
        self.reread()
    }

    /// The same read once more, past every cache, after a pause.
    pub(in crate::client) fn reread_later(&mut self, moment: Moment) -> Step<Outcome> {
        self.reads.has_repeated = true;
        self.phase = Phase::WaitingToRead;
        // A tag is weak for the first second after a write (Apache); a replica needs at least some time.
        let is_weak = self.version.as_ref().is_some_and(|version| version.protection() == Protection::Weak);
        let least_ms = if is_weak { 1_100 } else { self.options.base_delay_ms };
        Step::Wait { ms: least_ms.saturating_add(backoff_ms(&self.options, 1, moment.random)) }
    }

    pub(super) fn reread_answered(&mut self, response: &Response, moment: Moment) -> Result<Step<Outcome>, Error> {
        match response.status {
            200 => {
                if let Ok(theirs) = self.snapshot(response) {
                    return self.classify_read(theirs, moment);
                }
            }
            404 | 410 => return self.classify_removed(moment),
            401 | 403 => self.refusal.problem = Problem::of(response, moment.now_ms),
            _ => {}
        }
        Ok(self.give_up(Some(response.status), "the newest version cannot be read", moment))
    }

    /// Ends the write without a document to compare it with.
    pub(in crate::client) fn give_up(&mut self, status: Option<u16>, why: &str, moment: Moment) -> Step<Outcome> {
        let verdict = classify_unread(&self.known(moment), status);
        if self.refusal.problem.detail.is_none() && !matches!(status, Some(401 | 403)) {
            self.refusal.problem.detail = Some(why.to_owned());
        }
        match verdict {
            Verdict::Refused(kind) => self.refuse(kind),
            _ => self.refuse(RefusalKind::Unknown),
        }
    }

    /// The facts about this write.
    pub(in crate::client) fn known(&self, moment: Moment) -> Known<'_> {
        Known {
            intent: self.intent,
            cause: self.refusal.cause,
            problem: &self.refusal.problem,
            is_in_doubt: self.refusal.is_in_doubt,
            counts: self.counts(),
            is_replaying: self.is_replaying(),
            names_version: self.version.is_some(),
            has_conflict: self.resolution.conflict.is_some(),
            has_no_document: self.has_no_document(),
            is_fetch: self.is_fetch(),
            may_repeat: self.options.may_repeat,
            is_only_reading: self.is_only_reading(),
            has_rounds: self.attempts.round < self.options.rounds,
            may_send_again: self.may_send_again(moment),
            has_reread: self.reads.has_repeated,
            has_lagged: self.reads.has_lagged,
            may_read_uniquely: self.may_read_uniquely(),
            may_be_in_progress: self.may_be_in_progress(&self.refusal.problem),
            is_stale_by_protocol: self.refusal.problem.status == Some(409)
                && self.options.versioning.refuses_stale_with_409(),
        }
    }

    /// Compares `theirs` with the documents and versions that this write knows.
    pub(in crate::client) fn compare(&self, theirs: &Snapshot) -> Read {
        let has_value =
            |one: &Option<Document>| one.as_ref().is_some_and(|one| self.is_same_value(one, &theirs.document));
        let has = |version: &Version| theirs.version.as_ref().is_some_and(|now| now.is_same(version));
        Read {
            has_mine: has_value(&self.outgoing) || (self.resolution.conflict.is_none() && has_value(&self.edit.mine)),
            has_version: theirs.version.is_some(),
            has_named_version: self.version.as_ref().is_some_and(has),
            has_refused_version: self.version.is_some() && self.refusal.versions.iter().any(has),
            // After decisions, theirs is compared with the last theirs; before them, with base.
            is_unmoved: self.is_unmoved(theirs),
            is_back_at_base: self.is_back_at_base(theirs),
            is_doubted_edit: self.edit.past.doubted.iter().any(|own| own.equals(&theirs.document)),
        }
    }

    /// Whether `theirs` has the version of base, although the decisions were made about a later version.
    fn is_back_at_base(&self, theirs: &Snapshot) -> bool {
        let versions =
            [self.base.as_ref(), self.theirs.as_ref()].map(|known| known.and_then(|one| one.version.as_ref()));
        match (&theirs.version, versions) {
            (Some(now), [Some(base), Some(known)]) if self.resolution.is_decided => {
                now.is_same(base) && !now.is_same(known)
            }
            _ => false,
        }
    }

    /// Learns about the origin from a read after a refusal.
    fn learn_from(&mut self, relation: Relation) {
        let is_refused = matches!(self.refusal.cause, Cause::Conflict | Cause::PreconditionFailed);
        match relation {
            Relation::Occupied if is_refused => self.learn_refusal(),
            Relation::SameVersion | Relation::SameValue => self.name_block(),
            Relation::Changed if is_refused && self.version.is_some() => {
                self.learn_refusal();
                // Only a read that bypassed shared caches has found the version that refused the write.
                self.options.origin.has_stale_cache |= self.reads.unique.is_some();
            }
            _ => {}
        }
    }

    /// Carries out the verdict. `theirs` is the document that was read, if there is one.
    pub(in crate::client) fn carry_out(
        &mut self,
        verdict: Verdict,
        theirs: Option<Snapshot>,
        moment: Moment,
    ) -> Result<Step<Outcome>, Error> {
        match (verdict, theirs) {
            (Verdict::AlreadySaved, Some(theirs)) => Ok(Step::Done(self.already_saved(theirs))),
            (Verdict::Replay, Some(theirs)) => Ok(Step::Done(Outcome::Replay(theirs))),
            (Verdict::NameNewVersion, Some(theirs)) => self.name_new_version(theirs, moment),
            (Verdict::Validator, Some(theirs)) => self.name_again(theirs, moment),
            (Verdict::Merge, theirs) => self.merge_with(theirs, moment),
            (Verdict::Conflict, theirs) => self.hand_out(theirs),
            (Verdict::Removed, _) => Ok(Step::Done(Outcome::Saved(SavedKind::Removed, None))),
            (Verdict::SendAgain, _) => self.send_again(moment),
            (Verdict::ReadAgain, _) => Ok(self.reread_later(moment)),
            (Verdict::ReadUniquely, _) => Ok(self.reread_uniquely(moment)),
            (Verdict::Wait, _) => Ok(self.busy(moment)),
            (Verdict::Refused(kind), _) => Ok(self.refuse(kind)),
            (Verdict::AlreadySaved | Verdict::Replay | Verdict::NameNewVersion | Verdict::Validator, None) => {
                Err(Error::internal("a verdict without the document that it is about"))
            }
        }
    }

    fn already_saved(&mut self, theirs: Snapshot) -> Outcome {
        self.events.push(ObserverEvent::ResolvedSilently(ResolvedSilently::AlreadySaved));
        match self.resolution.conflict.take() {
            Some(conflict) if self.resolution.is_merge => Outcome::Merged(theirs, Box::new(conflict)),
            _ => Outcome::Saved(SavedKind::AlreadySaved, Some(theirs)),
        }
    }

    /// If reads are answered and the write is not, the network works (HTTP-RULES X15). Names the likely cause at once, as repeats take
    /// seconds.
    fn name_block(&mut self) {
        if self.attempts.is_unanswered {
            self.refusal.problem.detail = Some(Warning::NoWriteAnswered.words().1.to_owned());
            if self.may_be_blocked() && !std::mem::replace(&mut self.events.is_block_named, true) {
                self.events.push(ObserverEvent::Warning(Warning::NoWriteAnswered));
            }
        }
    }

    /// Sends the write again with another version of the document under it.
    fn name_new_version(&mut self, theirs: Snapshot, moment: Moment) -> Result<Step<Outcome>, Error> {
        // A removal of the page's own edit is no trouble with validators.
        if self.is_unmoved(&theirs) {
            let kind =
                if self.version.is_none() { ResolvedSilently::VersionRequired } else { ResolvedSilently::Validator };
            self.events.push(ObserverEvent::ResolvedSilently(kind));
        }
        self.adopt_version(theirs);
        self.send_again(moment)
    }

    /// Names the refused version again, in another spelling or form, or doubts the read.
    fn name_again(&mut self, theirs: Snapshot, moment: Moment) -> Result<Step<Outcome>, Error> {
        let validator = theirs.version.as_ref().map(|now| Validator {
            protection: now.protection(),
            is_respelt: self.version.as_ref() != Some(now),
            is_fresh: now.is_modified_within(FRESH_MS, moment.now_ms),
            next_form: self.options.versioning.next_form(now, self.form),
        });
        let verdict = classify_validator(&self.known(moment), validator);
        let Some(now) = theirs.version else { return self.doubt_read(verdict, moment) };
        match verdict {
            ValidatorVerdict::Respelt => {
                if now.protection() == Protection::Strong {
                    self.options.origin.form = EtagForm::Stripped;
                }
                self.form = self.options.versioning.first_form(&now, self.form);
            }
            ValidatorVerdict::Form(form) => {
                let warning = if form == EtagForm::Date { Warning::OnlyDates } else { Warning::WeakTag };
                self.events.push(ObserverEvent::Warning(warning));
                self.form = form;
            }
            ValidatorVerdict::Read(_) => return self.doubt_read(verdict, moment),
        }
        self.events.push(ObserverEvent::ResolvedSilently(ResolvedSilently::Validator));
        self.version = Some(now);
        self.send_again(moment)
    }

    fn doubt_read(&mut self, verdict: ValidatorVerdict, moment: Moment) -> Result<Step<Outcome>, Error> {
        match verdict {
            ValidatorVerdict::Read(verdict) => self.carry_out(verdict, None, moment),
            _ => Err(Error::internal("a form of no version")),
        }
    }
}
