//! The saves that a client remembers.

use super::super::Snapshot;
use super::{Earlier, Memory, Spelling, bytes_of};
use crate::conflict::Document;

/// One save, identified by its base.
#[derive(Debug)]
pub(super) struct Save {
    pub(super) id: u32,
    pub(super) base: Snapshot,
    /// The newest acknowledged edit.
    pub(super) earlier: Option<Earlier>,
    /// The earlier edit, if several reads agree that somebody has reverted it. A refused write from this base shows that these reads
    /// lagged.
    pub(super) reverted: Option<Document>,
    /// Whether `earlier` is a change by `update`, which is separate from the edits of a form.
    pub(super) is_change: bool,
    /// Edits that were sent without an answer, newest last (HTTP-RULES F12).
    pub(super) doubted: Vec<Document>,
    /// How many of the doubted edits came after the last acknowledged edit.
    pub(super) unanswered: usize,
    /// Whether the result of `earlier` may contain a doubted edit.
    pub(super) is_mixed: bool,
    /// Whether the page did not get the result of `earlier`, as it aborted the call.
    pub(super) is_undelivered: bool,
    /// The acknowledged edit before `earlier`, if the page did not get the result of `earlier`.
    pub(super) delivered: Option<Document>,
    /// The evidence for the server's spelling of `earlier`, until the engine is loaded.
    pub(super) spelling: Option<Spelling>,
    /// How many snapshots of the base the caller still holds.
    pub(super) holders: u32,
}

impl Memory {
    /// The page aborted the call of this acknowledged save. `delivered` is the newest acknowledged edit that the page knows.
    pub(in crate::client) fn was_not_delivered(&mut self, id: u32, delivered: Option<Document>) {
        if let Some(save) = self.user.saves.iter_mut().find(|save| save.id == id) {
            (save.is_undelivered, save.delivered) = (true, delivered);
        }
    }
}

impl Save {
    pub(super) fn new(id: u32, base: Snapshot) -> Self {
        let (earlier, reverted, doubted, delivered) = (None, None, Vec::new(), None);
        let (is_change, is_mixed, is_undelivered) = (false, false, false);
        let (spelling, unanswered, holders) = (None, 0, 0);
        Self {
            id,
            base,
            earlier,
            reverted,
            doubted,
            is_change,
            unanswered,
            is_mixed,
            is_undelivered,
            delivered,
            spelling,
            holders,
        }
    }

    /// Compares the documents, too, as two versions may share one tag (HTTP-RULES X5).
    pub(super) fn is_of(&self, base: &Snapshot) -> bool {
        self.base.url == base.url && self.base.equals(base)
    }

    pub(super) fn result(&self) -> Option<&Snapshot> {
        self.earlier.as_ref()?.result.as_ref()
    }

    pub(super) fn bytes(&self) -> usize {
        let (sent, edits) = self.earlier.as_ref().map(|earlier| (&earlier.sent, &earlier.edits)).unzip();
        let result = self.result().map(|result| &result.document);
        let edits = edits.into_iter().flatten().chain(&self.doubted).chain(&self.reverted).chain(&self.delivered);
        bytes_of([sent, result, Some(&self.base.document)].into_iter().chain(edits.map(Some)))
    }
}
