//! Merges mine with theirs and with the earlier edits of this client, and sends the result or hands the conflict out.

use super::{Intent, Write};
use crate::client::classify::{Merge, may_be_old, may_send_merge};
use crate::client::{ConflictState, Earlier, Engine, Moment, ObserverEvent, Outcome, ResolvedSilently, Snapshot, Step};
use crate::conflict::{Conflict, Document, RefusalKind};
use crate::error::Error;
use crate::gather::Gather;

impl Write {
    /// Merges, and sends the result or hands the conflict out.
    pub(super) fn merge_with(&mut self, theirs: Option<Snapshot>, moment: Moment) -> Result<Step<Outcome>, Error> {
        let is_decided_before = self.resolution.conflict.is_some();
        let (conflict, has_reopened) = self.conflict_with(theirs.as_ref())?;
        let is_only_ignored = conflict.is_only_ignored();
        let document = theirs.as_ref().map(|theirs| &theirs.document);
        let version = theirs.as_ref().and_then(|theirs| theirs.version.clone());
        let merge = Merge {
            unresolved: conflict.unresolved(),
            has_reopened,
            is_ambiguous: conflict.is_ambiguous(),
            is_only_ignored,
            is_own: document.is_some_and(|theirs| self.own_edits(Some(theirs)).any(|own| own.equals(theirs))),
            has_version: version.is_some() || self.version.is_none(),
        };
        let may_send = may_send_merge(&merge, self.options.when_clean, self.attempts.round < self.options.rounds);
        if let (true, Some(theirs), Some(sent)) = (may_send && self.is_fetch(), &theirs, &self.outgoing)
            && self.edit.past.doubted.iter().any(|own| self.spelt_as(own, document).equals(&theirs.document))
            && conflict.merged()?.is_some_and(|merged| merged.equals(sent))
        {
            // The server holds an earlier body of the same caller, whose answer was lost: nobody else has written.
            self.adopt_version(theirs.clone());
            return self.send_again(moment);
        }
        if !may_send || self.hands_out() {
            let conflict = self.shown(conflict, theirs.as_ref())?;
            return Ok(Step::Done(self.handed_out(conflict, theirs)));
        }
        let outgoing = conflict.merged()?;
        if let (Some(theirs), Some(outgoing)) = (&theirs, &outgoing)
            && theirs.document.equals(outgoing)
        {
            if may_be_old(&self.known(moment)) {
                self.resolution.conflict = Some(conflict).filter(|_| is_decided_before);
                return Ok(self.reread_later(moment));
            }
            // Theirs already contains every change of mine.
            return Ok(Step::Done(Outcome::Merged(theirs.clone(), Box::new(conflict))));
        }
        if is_only_ignored {
            self.events.push(ObserverEvent::ResolvedSilently(ResolvedSilently::OnlyIgnored));
        }
        self.resolution.is_merge = !is_only_ignored;
        self.outgoing = outgoing;
        self.intent = if self.outgoing.is_some() { Intent::Update } else { Intent::Remove };
        self.version = version;
        self.theirs = theirs;
        self.resolution.conflict = Some(conflict);
        self.send_again(moment)
    }

    pub(in crate::client) fn hand_out(&mut self, theirs: Option<Snapshot>) -> Result<Step<Outcome>, Error> {
        if self.has_no_document() {
            return Ok(self.refuse(RefusalKind::Constraint));
        }
        let (conflict, _) = self.conflict_with(theirs.as_ref())?;
        let conflict = self.shown(conflict, theirs.as_ref())?;
        Ok(Step::Done(self.handed_out(conflict, theirs)))
    }

    /// `conflict` as people decide it: with mine as they have it, without this client's earlier edits.
    pub(in crate::client) fn shown(
        &mut self,
        conflict: Conflict,
        theirs: Option<&Snapshot>,
    ) -> Result<Conflict, Error> {
        if self.edit.joined.take().is_none() || self.resolution.is_decided {
            return Ok(conflict);
        }
        self.conflict_with(theirs).map(|(conflict, _)| conflict)
    }

    /// The conflict with `theirs`, keeping the decisions that still hold, and whether some do not.
    pub(in crate::client) fn conflict_with(&mut self, theirs: Option<&Snapshot>) -> Result<(Conflict, bool), Error> {
        let document = theirs.map(|theirs| theirs.document.clone());
        match self.resolution.conflict.take().filter(|_| self.resolution.is_decided) {
            Some(mut conflict) => {
                // After a certain refusal, theirs contains nothing of the sent edit.
                let sent = self.outgoing.as_ref().filter(|_| self.refusal.is_in_doubt);
                let reopened = conflict.rebase(document, sent)?;
                Ok((conflict, !reopened.is_empty()))
            }
            None => {
                let own: Vec<_> = self.own_edits(document.as_ref()).gather();
                let mut conflict = self.new_conflict(document)?;
                for edit in &own {
                    conflict.settle_echo(edit.clone(), &[])?;
                }
                if conflict.unresolved() > 0
                    && let Some(all) = self.sum_of(&own)?
                {
                    conflict.settle_echo(all, &[])?;
                }
                if conflict.unresolved() > 0 && !own.is_empty() {
                    conflict.settle_additions(self.has_sent_mine());
                }
                Ok((conflict, false))
            }
        }
    }

    /// This client's edits of base that theirs may hold, apart from mine. If no read has shown the server's spelling of an edit, it
    /// gets the spelling of theirs.
    fn own_edits(&self, theirs: Option<&Document>) -> impl Iterator<Item = Document> {
        let sent = self.outgoing.as_ref().filter(|_| self.refusal.is_in_doubt);
        let reverted = self.edit.past.reverted.iter().filter(|_| !self.refusal.versions.is_empty());
        let unread =
            sent.into_iter().chain(&self.edit.past.doubted).chain(reverted).map(move |own| self.spelt_as(own, theirs));
        unread.chain(self.earlier_as(theirs))
    }

    /// Whether mine itself was sent without an answer.
    fn has_sent_mine(&self) -> bool {
        let sent = self.outgoing.as_ref().filter(|_| self.refusal.is_in_doubt);
        sent.into_iter()
            .chain(&self.edit.past.doubted)
            .any(|sent| self.edit.mine.as_ref().is_some_and(|mine| mine.equals(sent)))
    }

    /// The earlier save from the same base, in the spelling that theirs may have.
    fn earlier_as(&self, theirs: Option<&Document>) -> Option<Document> {
        let Earlier { sent, result, .. } = self.edit.past.earlier.as_ref()?;
        let is_read = result.as_ref().is_some_and(|result| !result.is_unread());
        Some(if is_read { sent.clone() } else { self.spelt_as(sent, theirs) })
    }

    fn spelt_as(&self, own: &Document, theirs: Option<&Document>) -> Document {
        match (&self.base, theirs) {
            (Some(base), Some(theirs)) => {
                let engine = self.options.engine.filter(|_| !own.equals(theirs));
                debug_assert!(engine.is_some() || own.equals(theirs), "a settling step loads the engine before");
                let spelt =
                    |engine: Engine| engine.spelt_as([&base.document, own, theirs], &self.options.merge, &|_| false);
                engine.map_or_else(|| own.clone(), spelt)
            }
            _ => own.clone(),
        }
    }

    /// The sum of several own edits, as theirs may contain two of them and equal neither.
    pub(in crate::client) fn sum_of(&self, own: &[Document]) -> Result<Option<Document>, Error> {
        let Some((first, others)) = own.split_first().filter(|(_, others)| !others.is_empty()) else { return Ok(None) };
        let base = self.base.as_ref().map(|base| &base.document);
        let mut sum = first.clone();
        for next in others {
            let sides = [base.cloned(), Some(next.clone()), Some(sum.clone())];
            let both = self.options.engine()?.conflict_after(&sum, sides, self.options.merge.clone())?;
            let Some(both) = both.merged()? else { return Ok(None) };
            sum = both;
        }
        Ok(Some(sum))
    }

    /// The conflict of the edit itself with `theirs`.
    pub(in crate::client) fn new_conflict(&self, theirs: Option<Document>) -> Result<Conflict, Error> {
        let base = self.base.as_ref().map(|base| base.document.clone());
        let (mine, mut options, engine) = (self.edit.mine.clone(), self.options.merge.clone(), self.options.engine()?);
        options.json.may_echo = self.refusal.is_in_doubt || !self.edit.past.doubted.is_empty();
        let mut conflict = match &self.edit.past.earlier {
            Some(Earlier { sent, result: Some(_), .. }) if !self.edit.past.is_change => {
                let earlier = self.earlier_as(theirs.as_ref()).unwrap_or_else(|| sent.clone());
                engine.conflict_after(&earlier, [base, self.edit.joined.clone().or(mine), theirs], options)
            }
            _ => engine.conflict([base, mine, theirs], options),
        }?;
        if self.base.as_ref().is_some_and(Snapshot::is_unread) {
            conflict.settle_spelling();
        }
        Ok(conflict)
    }

    pub(in crate::client) fn handed_out(&mut self, conflict: Conflict, theirs: Option<Snapshot>) -> Outcome {
        let (base, problem) = (self.base.clone(), std::mem::take(&mut self.refusal.problem));
        let state = ConflictState::new(self.url.clone(), base, theirs, conflict, problem);
        Outcome::Conflict(Box::new(ConflictState { stored: self.resolution.stored.take(), ..state }))
    }
}
