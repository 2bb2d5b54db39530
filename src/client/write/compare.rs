//! Compares documents with those that a write knows.

use super::Write;
use super::success::is_later;
use crate::client::plain_edit::is_plain_edit;
use crate::client::{Engine, Snapshot, WriteOptions};
use crate::conflict::{Document, MergeOptions, is_respelt_at};
use crate::merge::{Change, ChangeOp, ChangeState};

impl Write {
    /// Whether a document that equals mine proves nothing, as each person's increment or change counts separately.
    pub(in crate::client) fn counts(&self) -> bool {
        let base = self.base.as_ref().map(|base| &base.document);
        let adds = |mine: &Document| self.adds(base, mine);
        self.is_replaying() || self.edit.mine.as_ref().is_some_and(adds)
    }

    /// Whether `mine` sets a counter of `base` to another number.
    pub(in crate::client) fn adds(&self, base: Option<&Document>, mine: &Document) -> bool {
        let WriteOptions { engine, merge, .. } = &self.options;
        debug_assert!(engine.is_some() || merge.json.rules.is_empty(), "a write with rules loads the engine before");
        engine.is_some_and(|engine| engine.changes_counter(base, mine, merge))
    }

    /// The document under the last write: the last theirs, or base before any theirs.
    pub(in crate::client) fn replaced(&self) -> Option<&Snapshot> {
        self.theirs.as_ref().or(self.base.as_ref())
    }

    /// Whether `theirs` has the value of the document under the last write.
    pub(in crate::client) fn is_unmoved(&self, theirs: &Snapshot) -> bool {
        let is_made_of =
            |sent: &Snapshot| self.is_fetch() && sent.is_unread() && is_made_of(self.options.engine, sent, theirs);
        self.replaced().is_some_and(|known| known.document.equals(&theirs.document) || is_made_of(known))
    }

    /// Whether both have the same value, apart from the members that the server manages.
    pub(in crate::client) fn is_same_value(&self, a: &Document, b: &Document) -> bool {
        let differs_in_managed_only = || {
            let (old, new) = (Some(a.clone()), Some(b.clone()));
            let engine = self.options.engine();
            debug_assert!(engine.is_ok(), "a write with rules loads the engine before");
            let compared =
                engine.and_then(|engine| engine.conflict([old.clone(), new, old], self.options.merge.clone()));
            compared.is_ok_and(|conflict| conflict.changes().iter().all(|one| one.state == ChangeState::Ignored))
        };
        a.equals(b) || (!self.options.merge.json.rules.is_empty() && differs_in_managed_only())
    }

    /// `mine` comes from JavaScript as a value. The document to send is `base` with only the edits put in. So the layout, the spelling of
    /// each untouched number, and the members that the server manages survive.
    pub(in crate::client) fn in_layout_of(&self, base: &Document, mine: &Document) -> Option<Document> {
        if is_plain_edit(base, mine) && !self.options.needs_engine() {
            return None;
        }
        let laid_out = self.options.engine().ok()?.in_layout_of(base, mine, &self.options.merge)?;
        // The caller's document is sent, even if the merge gives another one.
        self.is_same_value(mine, &laid_out).then_some(laid_out)
    }
}

/// Whether `theirs` is `sent` as the server stored it: in another spelling or, under the version that the answer named, with members
/// and times that the server added. For a caller of `fetch` that saw only the answer to its write, theirs then holds no edit of
/// others.
fn is_made_of(engine: Option<Engine>, sent: &Snapshot, theirs: &Snapshot) -> bool {
    let is_same_version = matches!((&sent.version, &theirs.version), (Some(sent), Some(now)) if sent.is_same(now));
    let [base, mine, now] = [&sent.document, &sent.document, &theirs.document].map(|one| Some(one.clone()));
    debug_assert!(engine.is_some(), "a step that compares documents loads the engine before");
    let met = engine.map(|engine| engine.conflict([base, mine, now], MergeOptions::default()));
    let Some(Ok(met)) = met else { return false };
    let is_own = |change: &Change| match (&change.base, &change.theirs) {
        (None, Some(_)) => is_same_version && change.op == ChangeOp::Add,
        (Some(before), Some(now)) if is_same_version && is_later(before, now) => true,
        (before, now) => is_respelt_at(change, met.format(), before.as_deref(), now.as_deref()),
    };
    met.changes().iter().all(is_own)
}
