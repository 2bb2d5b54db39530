//! Remembers a write that has ended, or whose fate is unknown.

use super::super::held::{Held, adopt};
use super::super::memory::Spelling;
use super::super::{Earlier, Memory, Outcome, SavedKind, Snapshot, Step, Write};
use super::{Purpose, Save};
use crate::conflict::{Document, RefusalKind};
use crate::error::Error;
use crate::http::Version;
use crate::merge::json::Rule;

/// The facts about an ended write that its held conflict needs.
#[derive(Debug)]
pub(super) struct Ending {
    is_in_doubt: bool,
    has_succeeded: bool,
    version: Option<Version>,
}

impl Ending {
    pub(super) fn of(write: &Write) -> Self {
        let (is_in_doubt, has_succeeded) = (write.is_in_doubt(), write.success.is_some());
        Self { is_in_doubt, has_succeeded, version: write.version.clone() }
    }
}

impl Save {
    pub(super) fn remember(&mut self, memory: &mut Memory, write: Write, outcome: &Outcome) {
        // The server already held the document to send.
        let is_unmoved = match outcome {
            Outcome::Saved(kind, _) => *kind == SavedKind::Unchanged,
            Outcome::Merged(result, _) => !write.has_written() && write.is_unmoved(result),
            _ => false,
        };
        match outcome {
            // A decided conflict does not include earlier saves, but a later save starts from the result that the page got.
            Outcome::Saved(SavedKind::Unchanged, result) if self.held().is_some() => {
                if let (Some(base), Some(own), Some(result)) = (self.edit.base.take(), write.into_own(), result) {
                    memory.resolve_doubt(&base, None);
                    let own = self.with_earlier(memory, &base, own, Some(result));
                    // If own writes led from the result back to base, those writes are newer than the decisions.
                    if !memory.leads_to(result, &base) {
                        self.results.remembered = Some(memory.remember_edit(&base, own, Some(result.clone())));
                    }
                }
            }
            Outcome::Saved(SavedKind::Unchanged, Some(result)) if !self.refused().is_empty() => {
                // The read after a refusal contains the change: an older read would revert it.
                memory.wrote(&self.url, None, Some(result));
                memory.supersede(&self.url, self.refused());
            }
            Outcome::Saved(SavedKind::Unchanged, _) | Outcome::Merged(..) if is_unmoved => {
                self.remember_held(memory, write);
            }
            Outcome::Saved(SavedKind::Removed, _) if write.has_written() => memory.wrote(&self.url, write.base(), None),
            // The decision is a removal and nothing was sent: somebody may have recreated the document.
            Outcome::Saved(SavedKind::Removed, _) => {}
            Outcome::Saved(_, Some(result)) => self.remember_result(memory, write, result, self.held().is_some()),
            Outcome::Merged(result, _) => self.remember_result(memory, write, result, true),
            // The write may have been carried out; the next save from its base must not conflict with it (HTTP-RULES F12).
            Outcome::Refused(refusal) if refusal.kind == RefusalKind::Unknown || write.is_in_doubt() => {
                self.doubt_fully(memory, write);
            }
            _ => {}
        }
    }

    /// The server held the document to send already.
    pub(super) fn remember_held(&mut self, memory: &mut Memory, write: Write) {
        if let (Some(base), Some(own)) = (self.edit.base.take(), write.into_own()) {
            memory.remember_held_edit(&base, own);
        }
    }

    /// The server holds `result` now.
    pub(super) fn remember_result(&mut self, memory: &mut Memory, write: Write, result: &Snapshot, is_merge: bool) {
        let (superseded, replaced) = (write.superseded(), write.replaced().map(|known| known.document.clone()));
        let base = self.edit.base.take().or_else(|| write.base().cloned());
        let named = write.version.clone().filter(|_| write.success.is_some() && self.held().is_none());
        let is_told = !is_merge && write.is_answered_with(result);
        // Decisions may take earlier edits back.
        let is_edit = matches!(self.purpose, Purpose::Edit);
        let edit = write.edit.mine.clone().filter(|_| is_edit);
        match (base, write.into_own()) {
            (Some(base), Some(own)) => {
                memory.resolve_doubt(&base, named.as_ref());
                let sent = self.results.sent.clone().filter(|_| is_told);
                let spelling = is_edit.then(|| Spelling { sent, options: self.options.merge.clone() });
                let own = match (memory.engine(), &spelling) {
                    (Some(engine), Some(spelling)) => (engine.machines().spelt)(spelling, engine, &base, own, result),
                    _ => own,
                };
                let id = self.remember_as(memory, &base, own, Some(result.clone()));
                self.results.remembered = Some(id);
                if let (None, Some(spelling)) = (memory.engine(), spelling) {
                    memory.respell_when_loaded(id, spelling);
                }
                memory.add_edit(&base, edit);
            }
            (None, _) => memory.wrote(&result.url, None, Some(result)),
            (Some(_), None) => {}
        }
        memory.supersede(&self.url, &superseded);
        if let Some(replaced) = replaced {
            memory.replaced(&self.url, &replaced);
        }
    }

    fn remember_as(&self, memory: &mut Memory, base: &Snapshot, own: Document, result: Option<Snapshot>) -> u32 {
        match memory.engine() {
            Some(engine) => (engine.machines().remember)(self, memory, base, own, result),
            None if self.is_replaying() => memory.remember_change(base, own, result),
            None => memory.remember(base, own, result),
        }
    }

    /// [`Self::remember_as`], with the earlier edits from the same base.
    pub(in crate::client) fn remember_fully(
        &self,
        memory: &mut Memory,
        base: &Snapshot,
        own: Document,
        result: Option<Snapshot>,
    ) -> u32 {
        let own = if self.held().is_some() { self.with_earlier(memory, base, own, result.as_ref()) } else { own };
        if self.is_replaying() {
            return memory.remember_change(base, own, result);
        }
        if let (None, Some(result), false) = (self.held(), &result, self.has_counters()) {
            self.remember_step(memory, base, &own, result);
        }
        memory.remember(base, own, result)
    }

    /// Whether any value is a counter: a sum does not show which part is the page's own.
    fn has_counters(&self) -> bool {
        self.options.merge.json.rules.iter().any(|(_, rule)| *rule == Rule::Counter)
    }

    /// Remembers this save also as a save from the result of the previous save from this base, as the page may hold that result.
    fn remember_step(&self, memory: &mut Memory, base: &Snapshot, own: &Document, result: &Snapshot) {
        let past = memory.past(base, &self.options.merge);
        let Some(Earlier { sent, result: Some(before), .. }) = past.earlier.filter(|_| !past.is_change) else { return };
        let sides = [&base.document, own, &before.document].map(|one| Some(one.clone()));
        let Some(engine) = memory.engine() else { return };
        let step = engine.conflict_after(&sent, sides, self.options.merge.clone());
        let step = step.and_then(|step| if step.unresolved() == 0 { step.merged() } else { Ok(None) });
        if let Ok(Some(step)) = step
            && !memory.has_save_from(&before)
        {
            memory.remember_edit(&before, step, Some(result.clone()));
        }
    }

    /// The page's own edit of `base` after a decided conflict. The result of the decisions usually contains the page's earlier save
    /// from `base`, too, but decisions can also revert that save.
    fn with_earlier(&self, memory: &mut Memory, base: &Snapshot, own: Document, result: Option<&Snapshot>) -> Document {
        let past = memory.past(base, &self.options.merge);
        memory.keep_as_doubted(base);
        // A change by `update` is separate from the edits of a form.
        let Some(earlier) = past.earlier.filter(|_| !past.is_change).map(|earlier| earlier.sent) else { return own };
        let old = Some(base.document.clone());
        let sides = [old.clone(), Some(own.clone()), Some(earlier.clone())];
        let Some(engine) = memory.engine() else { return own };
        let both = engine.conflict_after(&earlier, sides, self.options.merge.clone());
        let Some(both) = both.and_then(|both| both.merged()).ok().flatten() else { return own };
        let is_held = |edit: &Document| {
            let Some(result) = result.map(|result| &result.document) else { return true };
            let documents = [edit, result].map(|one| Some(one.clone()));
            let [mine, theirs] = documents;
            let met = engine.conflict([old.clone(), mine, theirs], self.options.merge.clone());
            met.is_ok_and(|met| {
                met.unresolved() == 0 && met.merged().is_ok_and(|merged| merged.is_some_and(|one| one.equals(result)))
            })
        };
        if !self.has_counters() && is_held(&own) && !is_held(&both) { own } else { both }
    }

    /// The caller gets the outcome.
    pub(super) fn deliver(&mut self, memory: &mut Memory, ending: &Ending) -> Result<Step<()>, Error> {
        self.move_on(ending)?;
        Ok(self.leave(memory))
    }

    /// Updates the held conflict, not the write's copy of it, as people may have decided more in the held one. Called only when the
    /// caller gets the outcome, as `overwrite` must name a version that people know.
    fn move_on(&mut self, ending: &Ending) -> Result<(), Error> {
        let Some(held) = self.held().cloned() else { return Ok(()) };
        match &self.results.outcome {
            Some(Outcome::Conflict(state)) => {
                let sent = self.results.sent.as_ref().filter(|_| ending.is_in_doubt);
                self.results.reopened = adopt(&held, state.theirs.clone(), sent)?;
                let mut held = held.borrow_mut();
                held.problem = state.problem.clone();
                held.stored = state.stored.clone();
                held.submitted = None;
            }
            Some(Outcome::Saved(_, snapshot)) => self.stored_as(&held, snapshot.clone()),
            Some(Outcome::Merged(snapshot, _)) => self.stored_as(&held, Some(snapshot.clone())),
            _ => {}
        }
        Ok(())
    }

    /// The caller has aborted before it got the outcome: for the page, the fate of the write is unknown.
    pub(super) fn was_not_delivered(&mut self, memory: &mut Memory, ending: &Ending) {
        self.remember_undelivered(memory);
        if ending.is_in_doubt || ending.has_succeeded {
            self.doubt_held(&ending.version);
        }
    }

    /// Remembers that the page did not get the result. A value that is typed back then reverts the acknowledged edit. Decisions and changes by
    /// `update` are not typed, so they do not count.
    pub(super) fn remember_undelivered(&mut self, memory: &mut Memory) {
        if let (Some(id), Purpose::Edit) = (self.results.remembered, &self.purpose) {
            memory.was_not_delivered(id, self.edit.delivered.take());
        }
    }

    fn doubt_held(&self, version: &Option<Version>) {
        let Some(held) = self.held() else { return };
        let mut held = held.borrow_mut();
        // The first version is enough: once any of these writes is carried out, the server refuses a write that names it.
        if !std::mem::replace(&mut held.is_in_doubt, true) {
            held.doubted_version.clone_from(version);
        }
    }

    /// Remembers the stored result of the decisions at the start of the write, as people may have changed them since.
    fn stored_as(&self, held: &Held, snapshot: Option<Snapshot>) {
        let Purpose::Decisions { result, .. } = &self.purpose else { return };
        let mut held = held.borrow_mut();
        held.submitted = snapshot.as_ref().and(result.clone());
        held.stored = snapshot;
        held.is_in_doubt = false;
    }

    /// Remembers the document that the caller of `fetch` has after its write.
    pub(super) fn hand_out(&self, memory: &mut Memory, outcome: &Outcome, write: &Write) {
        let Outcome::Saved(kind, snapshot) = outcome else { return };
        memory.forget_handed_out(&self.url);
        // A document that was never read, and has no version, is not tracked.
        let is_known = |snapshot: &&Snapshot| write.base().is_some() || snapshot.version.is_some();
        let may_keep = *kind != SavedKind::Removed && !self.options.is_no_store;
        if let (Some(snapshot), true) = (snapshot.as_ref().filter(is_known), may_keep) {
            memory.handed_out(snapshot.clone());
        } else if let Some(version) = write.answered_version().cloned().filter(|_| *kind == SavedKind::Saved) {
            memory.remember_version(&self.url, version);
        }
    }

    pub(in crate::client) fn doubt_fully(&mut self, memory: &mut Memory, write: Write) {
        if !write.has_written() {
            return;
        }
        if write.may_be_carried_out() {
            self.doubt_held(&write.version);
        }
        // The server may have reported a success, with only the read of the version missing.
        let (result, named) = (write.unconfirmed(), write.version.clone().filter(|_| self.held().is_none()));
        if let (Some(base), Some(own)) = (self.edit.base.take(), write.into_own()) {
            let is_acknowledged = result.is_some();
            if is_acknowledged {
                memory.resolve_doubt(&base, named.as_ref());
            }
            self.results.remembered = Some(self.remember_as(memory, &base, own, result));
            if is_acknowledged {
                self.remember_undelivered(memory);
            }
        }
    }
}
