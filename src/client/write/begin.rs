//! The first request of a write.

use super::Write;
use crate::client::{Earlier, Moment, Outcome, PreconditionSupport, SavedKind, Step};
use crate::conflict::Document;
use crate::error::Error;
use crate::merge::json;

impl Write {
    pub(super) fn start(&mut self, moment: Moment) -> Result<Step<Outcome>, Error> {
        self.choose_reads(moment);
        self.rebase_on_earlier()?;
        self.begin()
    }

    /// The first request, once the base is known.
    pub(in crate::client) fn begin(&mut self) -> Result<Step<Outcome>, Error> {
        // After decisions the result is held against theirs, before them against base.
        let known = if self.resolution.conflict.is_some() { &self.theirs } else { &self.base };
        match (known, &self.outgoing) {
            _ if self.is_fetch() => {}
            (Some(known), Some(outgoing)) if self.is_same_value(&known.document, outgoing) => {
                let is_after = self.edit.past.earlier.is_some()
                    && self.resolution.stored.is_none()
                    && self.resolution.conflict.is_some();
                if is_after || self.refusal.is_in_doubt {
                    // An earlier save had this result, or may have replaced it; only the server knows whether it still holds (A-B-A).
                    return Ok(self.check_document());
                }
                // The undecided document is stored already.
                let kind = if self.resolution.stored.is_some() { SavedKind::Saved } else { SavedKind::Unchanged };
                return Ok(Step::Done(Outcome::Saved(kind, Some(known.clone()))));
            }
            // Decided to let it stay removed: there is nothing to send.
            (None, None) => return Ok(Step::Done(Outcome::Saved(SavedKind::Removed, None))),
            _ => {}
        }
        if self.options.refuse_unprotected && self.options.origin.updates == PreconditionSupport::Ignored {
            return self.send();
        }
        if let Some(version) = &self.version {
            self.form = self.options.versioning.first_form(version, self.options.origin.form);
        }
        self.check_or_send()
    }

    /// Rebases the edit on the result of this client's earlier save from the same base, if that needs no decision. Otherwise the write
    /// goes out unchanged: the server refuses it, and the conflict contains the newest version.
    pub(in crate::client) fn rebase_on_earlier(&mut self) -> Result<(), Error> {
        // The request of a caller of `fetch` goes out as it is.
        let Some(Earlier { sent, result, edits }) = self.edit.past.earlier.clone().filter(|_| !self.is_fetch()) else {
            return Ok(());
        };
        if !self.edit.past.is_change {
            self.edit.joined = self.joined_with(&edits)?;
            self.edit.own = self.new_conflict(Some(sent.clone()))?.merged()?;
        }
        let Some(result) = result else { return Ok(()) };
        let (conflict, _) = self.conflict_with(Some(&result))?;
        if conflict.unresolved() == 0 {
            self.outgoing = conflict.merged()?;
            self.version = result.version.clone();
            self.resolution.is_merge = !self.is_same_value(&result.document, &sent);
            self.resolution.conflict = Some(conflict);
            self.theirs = Some(result);
        }
        Ok(())
    }

    /// Mine with this client's earlier edits of the same base, joined one by one. In a single merge, an inserted item of one edit
    /// could count as the replacement of a removed item of another. Mine would then replace the item.
    fn joined_with(&self, edits: &[Document]) -> Result<Option<Document>, Error> {
        // A sum does not show which part belongs to which edit.
        let counts = self.options.merge.json.rules.iter().any(|(_, rule)| *rule == json::Rule::Counter);
        let Some(mine) = self.edit.mine.as_ref().filter(|_| edits.len() > 1 && !counts) else { return Ok(None) };
        let base = self.base.as_ref().map(|base| &base.document);
        let mut joined = mine.clone();
        for edit in edits {
            let sides = [base.cloned(), Some(joined.clone()), Some(edit.clone())];
            let both = self.options.engine()?.conflict_after(edit, sides, self.options.merge.clone())?;
            if let Some(both) = both.merged()? {
                joined = both;
            }
        }
        Ok(Some(joined))
    }
}
