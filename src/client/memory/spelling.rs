//! The server's spelling of the page's own edits, which only the engine finds.

use super::super::{Engine, Snapshot};
use super::{Memory, User};
use crate::conflict::{Document, MergeOptions};
use crate::gather::Gather;
use crate::merge::{Change, ChangeState, Known};

/// The evidence for the server's spelling of an acknowledged edit.
#[derive(Debug)]
pub(in crate::client) struct Spelling {
    /// The sent document, if the answer to the write proves that nobody else wrote in between. Then every value that replaced a value of the
    /// page is the server's spelling of that value.
    pub(in crate::client) sent: Option<Document>,
    pub(in crate::client) options: MergeOptions,
}

impl Spelling {
    /// `own`, an edit of `base`, in the spelling of `result`.
    pub(in crate::client) fn spelt(
        &self,
        engine: Engine,
        base: &Snapshot,
        own: Document,
        result: &Snapshot,
    ) -> Document {
        if own.equals(&result.document) {
            return own;
        }
        let of_page = self.sent.as_ref().and_then(|sent| {
            let [old, mine, sent] = [&base.document, &own, sent].map(|document| Some(document.clone()));
            let met = engine.conflict([old, mine, sent], self.options.clone()).ok()?;
            Some(Known::new(met.changes().iter().filter(|one| one.state == ChangeState::Same).cloned().gather()))
        });
        let is_own = |change: &Change| of_page.as_ref().is_some_and(|own| own.has_id(&change.id));
        engine.spelt_as([&base.document, &own, &result.document], &self.options, &is_own)
    }
}

impl Memory {
    /// Keeps the evidence for the server's spelling of the save with this number until the engine is loaded.
    pub(in crate::client) fn respell_when_loaded(&mut self, id: u32, spelling: Spelling) {
        if let Some(save) = self.user.saves.iter_mut().find(|save| save.id == id) {
            save.spelling = Some(spelling);
        }
    }

    /// The engine is loaded, for all calls from now on.
    pub fn has_loaded(&mut self, engine: Engine) {
        self.engine = Some(engine);
        for user in std::iter::once(&mut self.user).chain(&mut self.others) {
            (engine.machines().respell_all)(user, engine);
        }
    }
}

impl User {
    /// Makes the comparisons that were not possible without the engine.
    pub(in crate::client) fn respell_all(&mut self, engine: Engine) {
        for save in &mut self.saves {
            for doubted in &mut save.doubted {
                // An edit that the page kept as JavaScript wrote it.
                if let Ok(edit) = engine.in_digits_of(&save.base.document, doubted) {
                    *doubted = edit;
                }
            }
            if let (Some(spelling), Some(earlier)) = (save.spelling.take(), &mut save.earlier)
                && let Some(result) = &earlier.result
            {
                earlier.sent = spelling.spelt(engine, &save.base, earlier.sent.clone(), result);
            }
        }
    }
}
