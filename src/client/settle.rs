//! Classifies a refusal or a lost answer by a read, and chooses the next step: the table of HTTP-RULES 4.7.
//!
//! The read decides, never the status alone.

use super::classify::{
    Known, Merge, Read, Relation, Validator, ValidatorVerdict, Verdict, classify, classify_gone, classify_validator,
    may_be_old, may_send_merge, relate,
};
use super::write::{Cause, Intent};
use super::{
    Absorbed, ConflictState, Earlier, Engine, Moment, Notice, Outcome, SavedKind, Snapshot, Step, Warning, Write,
};
use crate::conflict::{Conflict, Document, RefusalKind};
use crate::error::Error;
use crate::gather::Gather;
use crate::http::{Form, Protection, Version};

/// A tag may be weak as long as a second write could get the same tag. Apache waits for one second.
const FRESH_MS: f64 = 2_000.0;

impl Write {
    /// The server holds `theirs`.
    pub(super) fn settle(&mut self, theirs: Snapshot, moment: Moment) -> Result<Step<Outcome>, Error> {
        let (known, read) = (self.known(moment), self.compare(&theirs));
        let (relation, verdict) = (relate(&known, &read), classify(&known, &read));
        self.learn_from(relation);
        self.carry_out(verdict, Some(theirs), moment)
    }

    /// The document does not exist any more.
    pub(super) fn settle_gone(&mut self, moment: Moment) -> Result<Step<Outcome>, Error> {
        let verdict = classify_gone(&self.known(moment));
        if self.intent == Intent::Create && self.cause == Cause::Doubt {
            self.name_block();
        }
        self.carry_out(verdict, None, moment)
    }

    /// The facts about this write.
    pub(super) fn known(&self, moment: Moment) -> Known<'_> {
        Known {
            intent: self.intent,
            cause: self.cause,
            problem: &self.problem,
            is_in_doubt: self.is_in_doubt,
            counts: self.counts(),
            is_replaying: self.is_replaying,
            names_version: self.version.is_some(),
            has_conflict: self.conflict.is_some(),
            has_no_document: self.has_no_document(),
            is_fetch: self.raw.is_some(),
            may_repeat: self.options.may_repeat,
            is_only_reading: self.is_only_reading,
            has_rounds: self.round < self.options.rounds,
            may_send_again: self.may_send_again(moment),
            has_reread: self.has_reloaded,
            has_lagged: self.has_read_lag,
            may_read_uniquely: self.may_read_uniquely(),
            may_be_in_progress: self.may_be_in_progress(&self.problem),
            is_stale_by_protocol: self.problem.status == Some(409) && self.options.versioning.refuses_stale_with_409(),
        }
    }

    /// Compares `theirs` with the documents and versions that this write knows.
    pub(super) fn compare(&self, theirs: &Snapshot) -> Read {
        let has_value =
            |one: &Option<Document>| one.as_ref().is_some_and(|one| self.is_same_value(one, &theirs.document));
        let has = |version: &Version| theirs.version.as_ref().is_some_and(|now| now.is_same(version));
        Read {
            has_mine: has_value(&self.outgoing) || (self.conflict.is_none() && has_value(&self.mine)),
            has_version: theirs.version.is_some(),
            has_named_version: self.version.as_ref().is_some_and(has),
            has_refused_version: self.version.is_some() && self.refused.iter().any(has),
            // After decisions, theirs is compared with the last theirs; before them, with base.
            is_unmoved: self.is_unmoved(theirs),
            is_back_at_base: self.is_back_at_base(theirs),
            is_doubted_edit: self.doubted.iter().any(|own| own.equals(&theirs.document)),
        }
    }

    /// Whether `theirs` has the version of base, although the decisions were made about a later version.
    fn is_back_at_base(&self, theirs: &Snapshot) -> bool {
        let versions =
            [self.base.as_ref(), self.theirs.as_ref()].map(|known| known.and_then(|one| one.version.as_ref()));
        match (&theirs.version, versions) {
            (Some(now), [Some(base), Some(known)]) if self.is_resumed => now.is_same(base) && !now.is_same(known),
            _ => false,
        }
    }

    /// Learns about the origin from a read after a refusal.
    fn learn_from(&mut self, relation: Relation) {
        let is_refused = matches!(self.cause, Cause::Conflict | Cause::PreconditionFailed);
        match relation {
            Relation::Occupied if is_refused => self.learn_refusal(),
            Relation::SameVersion | Relation::SameValue => self.name_block(),
            Relation::Changed if is_refused && self.version.is_some() => {
                self.learn_refusal();
                // Only a read that bypassed shared caches has found the version that refused the write.
                self.options.origin.has_stale_cache |= self.unique.is_some();
            }
            _ => {}
        }
    }

    /// Carries out a verdict on what was read: `theirs`, or nothing.
    pub(super) fn carry_out(
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
        self.notices.push(Notice::Absorbed(Absorbed::AlreadySaved));
        match self.conflict.take() {
            Some(conflict) if self.is_merge => Outcome::Merged(theirs, Box::new(conflict)),
            _ => Outcome::Saved(SavedKind::AlreadySaved, Some(theirs)),
        }
    }

    /// If reads are answered and the write is not, the network works (HTTP-RULES X15). Names the likely cause at once, as repeats take
    /// seconds.
    fn name_block(&mut self) {
        if self.is_unanswered {
            self.problem.detail = Some(Warning::NoWriteAnswered.words().1.to_owned());
            if self.may_be_blocked() && !std::mem::replace(&mut self.is_block_named, true) {
                self.notices.push(Notice::Warning(Warning::NoWriteAnswered));
            }
        }
    }

    /// Sends the write again with another version of the document under it.
    fn name_new_version(&mut self, theirs: Snapshot, moment: Moment) -> Result<Step<Outcome>, Error> {
        // A removal names the version of the page's own edit, which is no trouble with validators.
        if self.is_unmoved(&theirs) {
            let kind = if self.version.is_none() { Absorbed::VersionRequired } else { Absorbed::Validator };
            self.notices.push(Notice::Absorbed(kind));
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
                    self.options.origin.form = Form::Stripped;
                }
                self.form = self.options.versioning.first_form(&now, self.form);
            }
            ValidatorVerdict::Form(form) => {
                let warning = if form == Form::Date { Warning::OnlyDates } else { Warning::WeakTag };
                self.notices.push(Notice::Warning(warning));
                self.form = form;
            }
            ValidatorVerdict::Read(_) => return self.doubt_read(verdict, moment),
        }
        self.notices.push(Notice::Absorbed(Absorbed::Validator));
        self.version = Some(now);
        self.send_again(moment)
    }

    fn doubt_read(&mut self, verdict: ValidatorVerdict, moment: Moment) -> Result<Step<Outcome>, Error> {
        match verdict {
            ValidatorVerdict::Read(verdict) => self.carry_out(verdict, None, moment),
            _ => Err(Error::internal("a form of no version")),
        }
    }

    /// Merges, and sends the result or hands the conflict out.
    fn merge_with(&mut self, theirs: Option<Snapshot>, moment: Moment) -> Result<Step<Outcome>, Error> {
        let is_decided_before = self.conflict.is_some();
        let (conflict, has_reopened) = self.met(theirs.as_ref())?;
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
        let may_send = may_send_merge(&merge, self.options.when_clean, self.round < self.options.rounds);
        if let (true, Some(theirs), Some(sent)) = (may_send && self.raw.is_some(), &theirs, &self.outgoing)
            && self.doubted.iter().any(|own| self.spelt_as(own, document).equals(&theirs.document))
            && conflict.merged()?.is_some_and(|merged| merged.equals(sent))
        {
            // The server holds an earlier body of the same caller, whose answer was lost: nobody else has written.
            self.adopt_version(theirs.clone());
            return self.send_again(moment);
        }
        if !may_send || self.is_handing_out {
            let conflict = self.shown(conflict, theirs.as_ref())?;
            return Ok(Step::Done(self.handed_out(conflict, theirs)));
        }
        let outgoing = conflict.merged()?;
        if let (Some(theirs), Some(outgoing)) = (&theirs, &outgoing)
            && theirs.document.equals(outgoing)
        {
            if may_be_old(&self.known(moment)) {
                self.conflict = Some(conflict).filter(|_| is_decided_before);
                return Ok(self.reread_later(moment));
            }
            // Theirs already contains every change of mine.
            return Ok(Step::Done(Outcome::Merged(theirs.clone(), Box::new(conflict))));
        }
        if is_only_ignored {
            self.notices.push(Notice::Absorbed(Absorbed::OnlyIgnored));
        }
        self.is_merge = !is_only_ignored;
        self.outgoing = outgoing;
        self.intent = if self.outgoing.is_some() { Intent::Update } else { Intent::Remove };
        self.version = version;
        self.theirs = theirs;
        self.conflict = Some(conflict);
        self.send_again(moment)
    }

    pub(super) fn hand_out(&mut self, theirs: Option<Snapshot>) -> Result<Step<Outcome>, Error> {
        if self.has_no_document() {
            return Ok(self.refuse(RefusalKind::Constraint));
        }
        let (conflict, _) = self.met(theirs.as_ref())?;
        let conflict = self.shown(conflict, theirs.as_ref())?;
        Ok(Step::Done(self.handed_out(conflict, theirs)))
    }

    /// `conflict` as people decide it: with mine as they have it, without this client's earlier edits.
    pub(super) fn shown(&mut self, conflict: Conflict, theirs: Option<&Snapshot>) -> Result<Conflict, Error> {
        if self.joined.take().is_none() || self.is_resumed {
            return Ok(conflict);
        }
        self.met(theirs).map(|(conflict, _)| conflict)
    }

    /// The conflict with `theirs`, keeping the decisions that still hold, and whether some do not.
    pub(super) fn met(&mut self, theirs: Option<&Snapshot>) -> Result<(Conflict, bool), Error> {
        let document = theirs.map(|theirs| theirs.document.clone());
        match self.conflict.take().filter(|_| self.is_resumed) {
            Some(mut conflict) => {
                // After a certain refusal, theirs contains nothing of the sent edit.
                let sent = self.outgoing.as_ref().filter(|_| self.is_in_doubt);
                let reopened = conflict.rebase(document, sent)?;
                Ok((conflict, !reopened.is_empty()))
            }
            None => {
                let own: Vec<_> = self.own_edits(document.as_ref()).gather();
                let mut conflict = self.meet(document)?;
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
        let sent = self.outgoing.as_ref().filter(|_| self.is_in_doubt);
        let reverted = self.reverted.iter().filter(|_| !self.refused.is_empty());
        let unread = sent.into_iter().chain(&self.doubted).chain(reverted).map(move |own| self.spelt_as(own, theirs));
        unread.chain(self.earlier_as(theirs))
    }

    /// Whether mine itself was sent without an answer.
    fn has_sent_mine(&self) -> bool {
        let sent = self.outgoing.as_ref().filter(|_| self.is_in_doubt);
        sent.into_iter().chain(&self.doubted).any(|sent| self.mine.as_ref().is_some_and(|mine| mine.equals(sent)))
    }

    /// The earlier save from the same base, in the spelling that theirs may have.
    fn earlier_as(&self, theirs: Option<&Document>) -> Option<Document> {
        let Earlier { sent, result, .. } = self.earlier.as_ref()?;
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
    pub(super) fn sum_of(&self, own: &[Document]) -> Result<Option<Document>, Error> {
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
    pub(super) fn meet(&self, theirs: Option<Document>) -> Result<Conflict, Error> {
        let base = self.base.as_ref().map(|base| base.document.clone());
        let (mine, mut options, engine) = (self.mine.clone(), self.options.merge.clone(), self.options.engine()?);
        options.json.may_echo = self.is_in_doubt || !self.doubted.is_empty();
        let mut conflict = match &self.earlier {
            Some(Earlier { sent, result: Some(_), .. }) if !self.is_after_change => {
                let earlier = self.earlier_as(theirs.as_ref()).unwrap_or_else(|| sent.clone());
                engine.conflict_after(&earlier, [base, self.joined.clone().or(mine), theirs], options)
            }
            _ => engine.conflict([base, mine, theirs], options),
        }?;
        if self.base.as_ref().is_some_and(Snapshot::is_unread) {
            conflict.settle_spelling();
        }
        Ok(conflict)
    }

    pub(super) fn handed_out(&mut self, conflict: Conflict, theirs: Option<Snapshot>) -> Outcome {
        let (base, problem) = (self.base.clone(), std::mem::take(&mut self.problem));
        let state = ConflictState::new(self.url.clone(), base, theirs, conflict, problem);
        Outcome::Conflict(Box::new(ConflictState { stored: self.stored.take(), ..state }))
    }
}
