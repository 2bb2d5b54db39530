//! Reads the document after a success whose answer did not contain it.

use super::success::{MAX_CONFIRMATIONS, Recreation, is_later};
use super::{Intent, Phase, Write};
use crate::client::{Moment, Outcome, SavedKind, Snapshot, Step, Trace, backoff_ms, trace_of};
use crate::conflict::{MergeOptions, RefusalKind, is_respelt};
use crate::error::Error;
use crate::http::{CacheMode, Problem, Response, Version};
use crate::merge::{Change, ChangeState};

impl Write {
    /// Reads the document after a success whose answer did not contain it.
    pub(in crate::client) fn confirm(&mut self) -> Step<Outcome> {
        self.phase = Phase::Confirming;
        // If both versions share one tag, the browser's cache would validate the old one (HTTP-RULES X5).
        Step::Send(self.read_of(CacheMode::Reload))
    }

    pub(in crate::client) fn confirmed(&mut self, response: &Response, moment: Moment) -> Result<Step<Outcome>, Error> {
        let is_gone = matches!(response.status, 404 | 410);
        if self.intent == Intent::Remove {
            return self.confirmed_removal(response, is_gone);
        }
        let Some(theirs) = (response.status == 200).then(|| self.snapshot(response).ok()).flatten() else {
            // Gone after a success: a replica lags, or somebody removed the document.
            return if is_gone { self.confirm_again(moment) } else { self.succeeded(None) };
        };
        let is_believed = match self.trace_in(&theirs) {
            // An older state has the old values, too. If two reads agree, people have restored them.
            Trace::Held => !self.is_old_value(&theirs) || self.agrees_with_last(&theirs),
            // The server may have respelled the edit: two reads that agree count.
            Trace::Replaced => self.answered_version().is_none() && self.agrees_with_last(&theirs),
            Trace::Missing if self.answered_version().is_some() => false,
            // The server may have undone the whole edit, under a new version: two reads that agree count. Under the old version the last
            // read decides, as a lagging replica returns that version, too.
            Trace::Missing => {
                (self.agrees_with_last(&theirs) && self.is_new_version(&theirs))
                    || (self.confirming_reads() >= self.max_confirmations() && self.is_only_spelt(&theirs))
            }
        };
        if is_believed {
            return self.succeeded(Some(theirs));
        }
        if let Some(success) = &mut self.success {
            success.last_read = Some(theirs.clone());
        }
        if self.is_unmoved(&theirs)
            && self.answered_version().is_none()
            && self.confirming_reads() >= self.max_confirmations()
        {
            // The server reported a success and wrote nothing (HTTP-RULES X2).
            self.refusal.problem =
                Problem::without_answer("the server accepted the write but still holds the old version");
            return Ok(self.refuse(RefusalKind::Unknown));
        }
        self.confirm_again(moment)
    }

    /// Whether the sent document only respelt `theirs`, the document before the write. A server that normalises documents then stores
    /// `theirs` again, and a tag that is a hash stays the same.
    fn is_only_spelt(&self, theirs: &Snapshot) -> bool {
        self.is_unmoved(theirs) && self.outgoing.as_ref().is_some_and(|sent| is_respelt(sent, &theirs.document))
    }

    fn agrees_with_last(&self, theirs: &Snapshot) -> bool {
        self.success.as_ref().and_then(|one| one.last_read.as_ref()).is_some_and(|last| last.equals(theirs))
    }

    /// Whether `theirs` may be an older state that also holds the edit: the write restored values of base, or `theirs` lacks changes that
    /// others made after base.
    fn is_old_value(&self, theirs: &Snapshot) -> bool {
        let (Some(base), Some(sent), Some(known)) = (&self.base, &self.outgoing, &self.theirs) else { return false };
        let has = |named: &Version| theirs.version.as_ref().is_some_and(|now| now.is_same(named));
        let is_exact = self.answered_version().is_some_and(has) || self.is_same_value(sent, &theirs.document);
        let is_put_back = || trace_of(self.options.engine, Some(&known.document), sent, &base.document) == Trace::Held;
        let lacks_others =
            || trace_of(self.options.engine, Some(&base.document), &known.document, &theirs.document) == Trace::Missing;
        // A write that changed nothing is in every read. It restores nothing, but an older read still lacks the changes of others.
        let restores = || !known.document.equals(sent) && is_put_back();
        !is_exact && (restores() || lacks_others())
    }

    fn confirmed_removal(&mut self, response: &Response, is_gone: bool) -> Result<Step<Outcome>, Error> {
        let theirs = (response.status == 200).then(|| self.snapshot(response).ok()).flatten();
        let is_still_there = |theirs: &Snapshot| {
            let base = self.base.as_ref();
            base.is_some_and(|base| base.document.equals(&theirs.document))
        };
        match theirs {
            Some(theirs) if is_still_there(&theirs) => {
                self.refusal.problem =
                    Problem::without_answer("the server accepted the removal but still holds the document");
                Ok(self.refuse(RefusalKind::Unknown))
            }
            Some(theirs) if !is_gone => self.hand_out(Some(theirs)),
            _ => Ok(Step::Done(Outcome::Saved(SavedKind::Removed, None))),
        }
    }

    /// Whether this write has neither named the version nor seen it refused.
    fn is_new_version(&self, theirs: &Snapshot) -> bool {
        let Some(now) = &theirs.version else { return false };
        let base = self.base.as_ref().and_then(|base| base.version.as_ref());
        (self.is_unmoved(theirs) || self.has_newer_stamp(theirs))
            && !self.version.iter().chain(&self.refusal.versions).chain(base).any(|known| known.is_same(now))
    }

    /// Whether the server undid the edit and only raised times or counts: such a state is not an older one.
    fn has_newer_stamp(&self, theirs: &Snapshot) -> bool {
        let (Some(known), Some(sent)) = (self.replaced(), &self.outgoing) else { return false };
        let [base, mine, now] = [&known.document, sent, &theirs.document].map(|document| Some(document.clone()));
        let engine = self.options.engine();
        debug_assert!(engine.is_ok(), "a step that compares documents loads the engine before");
        let met = engine.and_then(|engine| engine.conflict([base, mine, now], MergeOptions::default()));
        let Ok(met) = met else { return false };
        let has_grown = |change: &Change| match (&change.base, &change.theirs) {
            (Some(before), Some(now)) => is_later(before, now),
            _ => false,
        };
        let mut stamps = met.changes().iter().filter(|change| change.state != ChangeState::Mine).peekable();
        stamps.peek().is_some() && stamps.all(|change| change.state == ChangeState::Theirs && has_grown(change))
    }

    /// The trace of the edit in a read after a success. The read may be older than the write, as replicas lag and shared caches
    /// answer.
    fn trace_in(&self, theirs: &Snapshot) -> Trace {
        let Some(sent) = &self.outgoing else { return Trace::Held };
        let is_version = |known: &Version| theirs.version.as_ref().is_some_and(|now| now.is_same(known));
        if self.answered_version().is_some_and(is_version) || self.is_same_value(sent, &theirs.document) {
            return Trace::Held;
        }
        let base_version = self.base.as_ref().and_then(|base| base.version.as_ref());
        if self.version.iter().chain(&self.refusal.versions).chain(base_version).any(is_version) {
            return Trace::Missing;
        }
        trace_of(self.options.engine, self.replaced().map(|known| &known.document), sent, &theirs.document)
    }

    /// The sent document, if the server reported a success and only the read after it is missing.
    pub(in crate::client) fn unconfirmed(&self) -> Option<Snapshot> {
        let success = self.success.as_ref().filter(|_| self.is_confirming());
        success.filter(|success| success.recreation == Recreation::No).and_then(|_| self.sent_snapshot())
    }

    /// Whether a request of this write may have been carried out although the write failed.
    pub(in crate::client) fn may_be_carried_out(&self) -> bool {
        self.refusal.is_in_doubt || self.is_sending() || self.success.is_some()
    }

    /// How many reads after the success did not hold the edit.
    fn confirming_reads(&self) -> u32 {
        self.success.as_ref().map_or(0, |success| success.reads)
    }

    fn max_confirmations(&self) -> u32 {
        MAX_CONFIRMATIONS.min(self.options.rounds)
    }

    fn confirm_again(&mut self, moment: Moment) -> Result<Step<Outcome>, Error> {
        if self.confirming_reads() >= self.max_confirmations() {
            return self.succeeded(None);
        }
        let reads = self.confirming_reads() + 1;
        if let Some(success) = &mut self.success {
            success.reads = reads;
        }
        if self.may_read_uniquely() {
            self.reads.unique = Some(moment.unique());
        }
        self.phase = Phase::WaitingToConfirm;
        Ok(Step::Wait { ms: backoff_ms(&self.options, reads, moment.random) })
    }
}
