//! What is remembered of a write that has ended, or of which nobody knows how it ended.

use super::super::held::{Held, adopt};
use super::super::{Memory, Outcome, SavedKind, Snapshot, Step, Write};
use super::Save;
use crate::conflict::{Conflict, Document, RefusalKind};
use crate::error::Error;
use crate::http::Version;

/// What a held conflict has to know of a write that has ended.
#[derive(Debug)]
pub(super) struct Ending {
    is_in_doubt: bool,
    has_succeeded: bool,
    version: Option<Version>,
}

impl Ending {
    pub(super) fn of(write: &Write) -> Self {
        let (is_in_doubt, has_succeeded) = (write.is_in_doubt(), write.has_succeeded);
        Self { is_in_doubt, has_succeeded, version: write.version.clone() }
    }
}

impl Save {
    pub(super) fn remember(&mut self, memory: &mut Memory, write: Write, outcome: &Outcome) {
        let (superseded, stood_on) = (write.superseded(), write.stood_on().map(|known| known.document.clone()));
        match outcome {
            // A decided conflict does not stand on what was saved before, but a later save stands on what the page was told of.
            Outcome::Saved(SavedKind::Unchanged, result) if self.held.is_some() => {
                if let (Some(base), Some(own), Some(result)) = (self.base.take(), write.into_own(), result) {
                    memory.settle_doubt(&base, None);
                    let own = self.with_earlier(memory, &base, own, Some(result));
                    // Where own writes have led on from there, and back, the decisions are older than those.
                    if !memory.leads_to(result, &base) {
                        self.remembered = Some(memory.note(&base, own, Some(result.clone())));
                    }
                }
            }
            Outcome::Saved(SavedKind::Unchanged, Some(result)) if self.is_replaying && !self.refused.is_empty() => {
                // The change is in what a refusal has brought: a read from before that would take it back.
                memory.wrote(&self.url, None, Some(result));
                memory.supersede(&self.url, &self.refused);
            }
            Outcome::Saved(SavedKind::Unchanged, _) => {
                if let (Some(base), Some(own)) = (self.base.take(), write.into_own()) {
                    memory.is_held(&base, own);
                }
            }
            Outcome::Saved(SavedKind::Removed, _) if write.has_written() => memory.wrote(&self.url, write.base(), None),
            // It was decided that it stays removed: nothing went out, and somebody may have made it anew.
            Outcome::Saved(SavedKind::Removed, _) => {}
            Outcome::Saved(_, Some(result)) | Outcome::Merged(result, _) => {
                let base = self.base.take().or_else(|| write.base().cloned());
                let named = write.version.clone().filter(|_| write.has_succeeded && self.held.is_none());
                match (base, write.into_own()) {
                    (Some(base), Some(own)) => {
                        memory.settle_doubt(&base, named.as_ref());
                        self.remembered = Some(self.remember_as(memory, &base, own, Some(result.clone())));
                    }
                    (None, _) => memory.wrote(&result.url, None, Some(result)),
                    (Some(_), None) => {}
                }
                memory.supersede(&self.url, &superseded);
                if let Some(stood_on) = stood_on {
                    memory.stood_on(&self.url, &stood_on);
                }
            }
            // It may have been carried out; the next save from the same base is no conflict with it (HTTP-RULES F12).
            Outcome::Refused(refusal) if refusal.kind == RefusalKind::Unknown || write.is_in_doubt() => {
                self.doubt(memory, write);
            }
            _ => {}
        }
    }

    fn remember_as(&self, memory: &mut Memory, base: &Snapshot, own: Document, result: Option<Snapshot>) -> u32 {
        let own = if self.held.is_some() { self.with_earlier(memory, base, own, result.as_ref()) } else { own };
        if self.is_replaying { memory.remember_change(base, own, result) } else { memory.remember(base, own, result) }
    }

    /// The page's own edit of `base` after a decided conflict. The result of the decisions usually holds the page's earlier save from
    /// `base`, too. Decisions can also take the earlier save back.
    fn with_earlier(&self, memory: &mut Memory, base: &Snapshot, own: Document, result: Option<&Snapshot>) -> Document {
        let past = memory.past(base, &self.options.merge);
        memory.keep_echo(base);
        // A change by `update` counts by itself.
        let Some(earlier) = past.earlier.filter(|_| !past.is_change).map(|earlier| earlier.sent) else { return own };
        let old = Some(base.document.clone());
        let documents = (old.clone(), Some(own.clone()), Some(earlier.clone()));
        let both = Conflict::after(&earlier, documents.0, documents.1, documents.2, self.options.merge.clone());
        let Some(both) = both.and_then(|both| both.merged()).ok().flatten() else { return own };
        let is_held = |edit: &Document| {
            let Some(result) = result.map(|result| &result.document) else { return true };
            let documents = [edit, result].map(|one| Some(one.clone()));
            let [mine, theirs] = documents;
            let met = Conflict::new(old.clone(), mine, theirs, self.options.merge.clone());
            met.is_ok_and(|met| {
                met.unresolved() == 0 && met.merged().is_ok_and(|merged| merged.is_some_and(|one| one.equals(result)))
            })
        };
        if is_held(&own) && !is_held(&both) { own } else { both }
    }

    /// The caller is told what came of it.
    pub(super) fn tell(&mut self, memory: &mut Memory, ending: &Ending) -> Result<Step<()>, Error> {
        self.move_on(ending)?;
        Ok(self.leave(memory))
    }

    /// The decisions that were made meanwhile are those of the held conflict, so that one moves on, not the copy. Only now, as the caller
    /// is told: whoever overwrites names a version that people know of.
    fn move_on(&mut self, ending: &Ending) -> Result<(), Error> {
        let Some(held) = self.held.clone() else { return Ok(()) };
        match &self.outcome {
            Some(Outcome::Conflict(state)) => {
                let sent = self.sent.as_ref().filter(|_| ending.is_in_doubt);
                self.reopened = adopt(&held, state.theirs.clone(), sent)?;
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

    /// The caller has aborted before it was told: for the held conflict that is a write of which nobody knows how it ended.
    pub(super) fn was_not_told(&self, ending: &Ending) {
        if ending.is_in_doubt || ending.has_succeeded {
            self.doubt_held(&ending.version);
        }
    }

    fn doubt_held(&self, version: &Option<Version>) {
        let Some(held) = &self.held else { return };
        let mut held = held.borrow_mut();
        // Who names the version of the first one is refused after each of them.
        if !std::mem::replace(&mut held.is_in_doubt, true) {
            held.doubted_version.clone_from(version);
        }
    }

    /// The decisions may have been changed while the write was under way; what they led to when it began is what is stored.
    fn stored_as(&self, held: &Held, snapshot: Option<Snapshot>) {
        let mut held = held.borrow_mut();
        held.submitted = snapshot.as_ref().and(self.decided.clone());
        held.stored = snapshot;
        held.is_in_doubt = false;
    }

    /// What the caller of `fetch` has in hand now.
    pub(super) fn hand_out(&self, memory: &mut Memory, outcome: &Outcome, write: &Write) {
        let Outcome::Saved(kind, snapshot) = outcome else { return };
        memory.forget_handed_out(&self.url);
        // What was never read, and has no version now, is no tracked document.
        let is_known = |snapshot: &&Snapshot| write.base().is_some() || snapshot.version.is_some();
        if let (Some(snapshot), false) = (snapshot.as_ref().filter(is_known), *kind == SavedKind::Removed) {
            memory.handed_out(snapshot.clone());
        } else if let Some(version) = write.answered_version.clone().filter(|_| *kind == SavedKind::Saved) {
            memory.note_version(&self.url, version);
        }
    }

    pub(super) fn doubt(&mut self, memory: &mut Memory, write: Write) {
        if !write.has_written() {
            return;
        }
        if write.may_be_carried_out() {
            self.doubt_held(&write.version);
        }
        // The server has said yes; only the read that tells its version has not ended.
        let (result, named) = (write.unconfirmed(), write.version.clone().filter(|_| self.held.is_none()));
        if let (Some(base), Some(own)) = (self.base.take(), write.into_own()) {
            if result.is_some() {
                memory.settle_doubt(&base, named.as_ref());
            }
            self.remembered = Some(self.remember_as(memory, &base, own, result));
        }
    }
}
