//! Classifies a refusal or a lost answer by a read, and chooses the next step: the table of HTTP-RULES 4.7.
//!
//! The read decides, never the status alone.

use super::write::{Cause, Intent};
use super::{
    Absorbed, ConflictState, Earlier, Engine, Moment, Notice, Outcome, SavedKind, Snapshot, Step, Warning, WhenClean,
    Write,
};
use crate::conflict::{
    Conflict, Document, RefusalKind, asks_again, named_rule, refused_creation, says_nothing, speaks_of_versions,
};
use crate::error::Error;
use crate::gather::Gather;
use crate::http::{Form, Protection, Version};

/// A tag may be weak as long as a second write could get the same tag. Apache waits for one second.
const FRESH_MS: f64 = 2_000.0;

impl Write {
    /// The server holds `theirs`.
    pub(super) fn settle(&mut self, theirs: Snapshot, moment: Moment) -> Result<Step<Outcome>, Error> {
        if self.is_back_at_base(&theirs) && !self.has_reloaded {
            // Either this read is older than the read of the conflict, or somebody has restored base: a second read decides.
            return Ok(self.reread_later(moment));
        }
        let holds = |document: &Option<Document>| {
            document.as_ref().is_some_and(|one| self.is_same_value(one, &theirs.document))
        };
        let is_held = holds(&self.outgoing) || (self.conflict.is_none() && holds(&self.mine));
        // After a certain refusal, an equal edit is somebody else's. A counter then adds both.
        let is_own = is_held && !(self.is_certain() && self.counts());
        if is_own && (!self.options.may_repeat || self.counts()) {
            return Ok(self.refuse(RefusalKind::Unknown));
        }
        if is_own && self.may_be_old() {
            return Ok(self.reread_later(moment));
        }
        if is_own {
            return Ok(Step::Done(self.already_saved(theirs)));
        }
        if self.cause == Cause::Locked {
            return Ok(self.refuse(RefusalKind::Locked));
        }
        if self.cause == Cause::Gone {
            // The write got a 404, but the document exists: a rule about this method or this user, not about the version.
            let kind = named_rule(&self.problem).unwrap_or(RefusalKind::Constraint);
            return Ok(self.refuse(kind));
        }
        if self.intent == Intent::Create {
            if matches!(self.cause, Cause::Conflict | Cause::PreconditionFailed) {
                self.learn_refusal();
            }
            // Never merged automatically: the caller of a creation does not expect to edit another person's document.
            return self.hand_out(Some(theirs));
        }
        let is_version_refused = self.cause != Cause::Looked
            && matches!((&theirs.version, &self.version), (Some(now), Some(sent)) if now.is_same(sent));
        if is_version_refused {
            self.name_block();
            return self.settle_same_version(theirs, moment);
        }
        let is_refused_before =
            |now: &Version| self.version.is_some() && self.refused.iter().any(|refused| now.is_same(refused));
        if theirs.version.as_ref().is_some_and(is_refused_before) {
            // The read comes from a replica that lags behind the one that refused this version (HTTP-RULES K8, R1).
            return Ok(self.stale(moment));
        }
        // After decisions, theirs is compared with the last theirs; before them, with base.
        let is_unmoved = self.is_unmoved(&theirs);
        if is_unmoved {
            self.name_block();
        }
        if is_unmoved && self.is_restored(&theirs) {
            return self.restored(theirs);
        }
        if is_unmoved {
            return self.settle_same_value(theirs, moment);
        }
        if matches!(self.cause, Cause::Conflict | Cause::PreconditionFailed) && self.version.is_some() {
            self.learn_refusal();
            // Only a read that bypassed shared caches has found the version that refused the write.
            self.options.origin.has_stale_cache |= self.unique.is_some();
        }
        if self.is_in_doubt && self.counts() {
            // The document may contain the change: making it again could count it twice.
            return Ok(self.refuse(RefusalKind::Unknown));
        }
        if self.intent == Intent::Remove && self.conflict.is_none() {
            let is_doubted = self.doubted.iter().any(|own| own.equals(&theirs.document));
            if is_doubted && !self.is_only_reading && self.round < self.options.rounds {
                // The page removes its own edit, whose answer was lost.
                self.adopt_version(theirs);
                return self.send_again(moment);
            }
            return self.hand_out(Some(theirs));
        }
        self.merge_with(Some(theirs), moment)
    }

    /// Whether the write was certainly not carried out: the refusal answered the first sending, or a pre-write check found the
    /// document changed.
    fn is_certain(&self) -> bool {
        !self.is_in_doubt && self.cause != Cause::Doubt && self.cause != Cause::Gone
    }

    /// Whether `theirs`, which has the value of base, has another version although this write may have been carried out. Somebody has
    /// then restored base.
    pub(super) fn is_restored(&self, theirs: &Snapshot) -> bool {
        let is_other = matches!((&theirs.version, &self.version), (Some(now), Some(sent)) if !now.is_same(sent));
        self.is_in_doubt && is_other
    }

    /// Ends a write that may have been carried out, although the server holds base again: people decide whether they make the edit
    /// again.
    pub(super) fn restored(&mut self, theirs: Snapshot) -> Result<Step<Outcome>, Error> {
        if self.counts() {
            // Somebody else's decrement looks the same. The increment was then counted, and a submit would count it twice.
            return Ok(self.refuse(RefusalKind::Unknown));
        }
        self.hand_out(Some(theirs))
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

    /// The document does not exist any more.
    pub(super) fn settle_gone(&mut self, moment: Moment) -> Result<Step<Outcome>, Error> {
        match self.intent {
            Intent::Remove => Ok(Step::Done(Outcome::Saved(SavedKind::Removed, None))),
            // The creation was not carried out so far; `If-None-Match: *` makes a repeat safe.
            Intent::Create if self.cause == Cause::Doubt => {
                self.name_block();
                if self.may_send_again(moment) { self.send_again(moment) } else { Ok(self.refuse_doubtful()) }
            }
            Intent::Create if self.cause == Cause::Conflict && asks_again(&self.problem) => Ok(self.busy(moment)),
            // The creation was refused although no document exists: a rule of the server.
            Intent::Create | Intent::CreateBelow => {
                let kind = match self.cause {
                    Cause::Doubt => RefusalKind::Unknown,
                    Cause::Conflict => refused_creation(&self.problem),
                    _ => named_rule(&self.problem).unwrap_or(RefusalKind::Constraint),
                };
                Ok(self.refuse(kind))
            }
            Intent::Update => self.hand_out(None),
        }
    }

    fn already_saved(&mut self, theirs: Snapshot) -> Outcome {
        self.notices.push(Notice::Absorbed(Absorbed::AlreadySaved));
        match self.conflict.take() {
            Some(conflict) if self.is_merge => Outcome::Merged(theirs, Box::new(conflict)),
            _ => Outcome::Saved(SavedKind::AlreadySaved, Some(theirs)),
        }
    }

    /// The refused version is still the newest.
    fn settle_same_version(&mut self, theirs: Snapshot, moment: Moment) -> Result<Step<Outcome>, Error> {
        match self.cause {
            Cause::Conflict if self.may_be_in_progress(&self.problem) || asks_again(&self.problem) => {
                Ok(self.busy(moment))
            }
            // The reads lag behind the server that refused the version, as after a 412 (HTTP-RULES K7).
            Cause::Conflict if self.is_about_version() => self.settle_stale(theirs, moment),
            // The refusal gives no reason: one more read, as the first may have lagged.
            Cause::Conflict if says_nothing(&self.problem) && !self.has_reloaded && self.raw.is_none() => {
                Ok(self.reread_later(moment))
            }
            // Nobody else wrote, so it is no edit conflict: without this rule the loop would never end (HTTP-RULES K4).
            Cause::Conflict | Cause::Locked | Cause::Gone => {
                let kind = named_rule(&self.problem).unwrap_or(RefusalKind::Constraint);
                Ok(self.refuse(kind))
            }
            // Another condition failed, such as a lease, not the version (HTTP-RULES X13).
            Cause::PreconditionFailed if named_rule(&self.problem) == Some(RefusalKind::Locked) => {
                Ok(self.refuse(RefusalKind::Locked))
            }
            Cause::PreconditionFailed => self.settle_stale(theirs, moment),
            Cause::PreconditionRequired => Ok(self.refuse(RefusalKind::VersionRequired)),
            // The write was not carried out so far; the precondition makes a repeat safe (RFC 9110 §13.1.1).
            Cause::Doubt if !self.may_send_again(moment) => Ok(self.refuse_doubtful()),
            Cause::Doubt | Cause::Looked => self.send_again(moment),
        }
    }

    /// Whether a 409 means that the version is not the newest, by its words or by the protocol.
    fn is_about_version(&self) -> bool {
        let is_stale_by_protocol = self.problem.status == Some(409) && self.options.versioning.refuses_stale_with_409();
        named_rule(&self.problem).is_none() && (is_stale_by_protocol || speaks_of_versions(&self.problem))
    }

    /// Ends a write that may or may not have been carried out.
    fn refuse_doubtful(&mut self) -> Step<Outcome> {
        // With 408 the server asked for a later repeat.
        let is_asked = self.problem.status == Some(408);
        self.refuse(if is_asked { RefusalKind::Busy } else { RefusalKind::Unknown })
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

    /// Handles a 412 for the version that the read returns: a weak tag never matches, or the read lags behind the writes.
    fn settle_stale(&mut self, theirs: Snapshot, moment: Moment) -> Result<Step<Outcome>, Error> {
        let may_send = !self.is_only_reading && self.round < self.options.rounds;
        let (Some(now), true) = (theirs.version, may_send) else {
            return Ok(self.stale(moment));
        };
        let is_respelt = self.version.as_ref() != Some(&now);
        let next = self.options.versioning.next_form(&now, self.form);
        let is_fresh = now.is_modified_within(FRESH_MS, moment.now_ms);
        if is_respelt {
            // The read returned another spelling of the tag, such as the strong tag one second after a write (Apache).
            if now.protection() == Protection::Strong {
                self.options.origin.form = Form::Stripped;
            }
            self.form = self.options.versioning.first_form(&now, self.form);
        } else if !self.has_reloaded && (is_fresh || next.is_none_or(|form| form == Form::Date)) {
            // Before falling back to a date, which protects less, and before giving up: a pause, and a read that bypasses caches.
            return Ok(self.reread_later(moment));
        } else if next.is_none_or(|form| form == Form::Date) && self.may_read_uniquely() {
            return Ok(self.reread_uniquely(moment));
        } else if let Some(form) = next.filter(|form| *form != Form::Date || now.protection() == Protection::Weak) {
            // If reads return a strong tag that writes refuse, a cache answers the reads: its date protects nothing (HTTP-RULES X7).
            self.notices.push(Notice::Warning(if form == Form::Date { Warning::OnlyDates } else { Warning::WeakTag }));
            self.form = form;
        } else {
            return Ok(self.stale(moment));
        }
        self.notices.push(Notice::Absorbed(Absorbed::Validator));
        self.version = Some(now);
        self.send_again(moment)
    }

    /// Handles another version, or the first known version, of the document under the last write.
    fn settle_same_value(&mut self, theirs: Snapshot, moment: Moment) -> Result<Step<Outcome>, Error> {
        if theirs.version.is_none() {
            let kind = match self.cause {
                Cause::PreconditionFailed | Cause::PreconditionRequired => RefusalKind::VersionRequired,
                Cause::Doubt => RefusalKind::Unknown,
                _ => named_rule(&self.problem).unwrap_or(RefusalKind::Constraint),
            };
            return Ok(self.refuse(kind));
        }
        if self.is_only_reading {
            return self.hand_out(Some(theirs));
        }
        if self.round >= self.options.rounds {
            return Ok(self.refuse(RefusalKind::Busy));
        }
        let kind = if self.version.is_none() { Absorbed::VersionRequired } else { Absorbed::Validator };
        self.notices.push(Notice::Absorbed(kind));
        self.adopt_version(theirs);
        self.send_again(moment)
    }

    /// Merges, and sends the result or hands the conflict out.
    fn merge_with(&mut self, theirs: Option<Snapshot>, moment: Moment) -> Result<Step<Outcome>, Error> {
        if let (true, Some(theirs)) = (self.is_replaying, &theirs) {
            return Ok(Step::Done(Outcome::Replay(theirs.clone())));
        }
        if self.has_no_document() {
            return Ok(self.refuse(RefusalKind::Constraint));
        }
        let is_decided_before = self.conflict.is_some();
        let (conflict, has_reopened) = self.met(theirs.as_ref())?;
        let is_only_ignored = conflict.is_only_ignored();
        let document = theirs.as_ref().map(|theirs| &theirs.document);
        let is_own = document.is_some_and(|theirs| self.own_edits(Some(theirs)).any(|own| own.equals(theirs)));
        let is_wanted = match self.options.when_clean {
            WhenClean::Merge => true,
            _ if is_only_ignored || is_own => true,
            WhenClean::AskIfAmbiguous => !conflict.is_ambiguous(),
            WhenClean::Ask => false,
        };
        let version = theirs.as_ref().and_then(|theirs| theirs.version.clone());
        // People make a dropped decision again, even if a merge without it would succeed.
        let is_decided = conflict.unresolved() == 0 && !has_reopened;
        // The server shows no version to name.
        let has_version = version.is_some() || self.version.is_none();
        let may_send = is_wanted && is_decided && has_version && self.round < self.options.rounds;
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
            if self.may_be_old() {
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

    /// Whether a second read must agree before a save ends without a write: no write would detect an old answer.
    fn may_be_old(&self) -> bool {
        (self.cause == Cause::Looked || self.has_read_lag) && !self.has_reloaded
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
