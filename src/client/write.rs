//! Writing a document: send with the right precondition, and after a refusal read again, settle, and send again.
//!
//! What the re-read means is decided in `settle`.

use crate::gather::Gather;
use std::rc::Rc;

use super::accept::{Recreation, is_later};
use super::classify::{Verdict, classify_unread};
use super::plain::is_plain_edit;
use super::{
    Earlier, Engine, Event, Moment, Notice, Objection, Origin, Outcome, PreconditionSupport, SavedKind, Snapshot,
    Source, Step, Unreadable, WriteOptions, backoff_ms, read_request, unique_url,
};
use crate::conflict::{Conflict, Document, MergeOptions, Refusal, RefusalKind, is_respelt_at};
use crate::error::Error;
use crate::http::{CacheMode, Form, Format, Method, Problem, Protection, Request, Response, Version};
use crate::merge::{Change, ChangeOp, ChangeState, json};

/// What a write is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    /// Replace what the base is a version of.
    Update,
    /// Make something new at a known URL.
    Create,
    /// Make something new below a collection, whose URL the server chooses.
    CreateBelow,
    /// Remove what the base is a version of.
    Remove,
}

/// Where a write stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing has been sent.
    Start,
    /// A read right before a write is under way.
    Looking,
    /// A write that changes nothing and should be refused is under way.
    Probing,
    /// A write is under way.
    Writing,
    /// The last write was refused, or its fate is unknown; a read is under way.
    Rereading,
    /// A write succeeded but did not say what the server holds now; a read is under way.
    Confirming,
    /// A read after a success lagged; a pause before the next read.
    WaitingToConfirm,
    /// An update was answered 201 and is sent again, as the second answer shows the meaning of a 201 here.
    Repeating,
    /// Time passes before the next write.
    WaitingToWrite,
    /// A pause before the next read for a base.
    WaitingToLook,
    /// Time passes before the next read.
    WaitingToRead,
}

/// Why a write is followed by a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// 409, or a status that servers use like it.
    Conflict,
    /// 412.
    PreconditionFailed,
    /// 428.
    PreconditionRequired,
    /// 423.
    Locked,
    /// 404, 410.
    Gone,
    /// No answer, or one that says nothing of the fate: 202, 5xx.
    Doubt,
    /// No refusal yet: the pre-write check found that the document had moved.
    Looked,
}

/// The request of a caller of `fetch`, which goes out as it is.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) method: Method,
    /// Whether the body is a document that can be merged.
    pub(super) is_document: bool,
    /// Whether the caller states its own condition.
    pub(super) states_condition: bool,
}

/// One write, from the first request to its outcome.
#[derive(Debug)]
pub struct Write {
    pub(super) url: Rc<str>,
    pub(super) intent: Intent,
    pub(super) options: WriteOptions,
    pub(super) base: Option<Snapshot>,
    pub(super) mine: Option<Document>,
    /// What the next, or last, request carries; `None` removes.
    pub(super) outgoing: Option<Document>,
    /// What the next, or last, request names as the version.
    pub(super) version: Option<Version>,
    /// The form in which the version is named.
    pub(super) form: Form,
    /// Set where `outgoing` is decided or merged: the decisions are kept when theirs moves again.
    pub(super) conflict: Option<Conflict>,
    /// What the last re-read found; the server's state as far as known.
    pub(super) theirs: Option<Snapshot>,
    /// Whether `outgoing` is a merge that nobody decided, whose changes the caller is to hear of.
    pub(super) is_merge: bool,
    /// Whether people have decided the conflict. An undecided conflict is made anew from the edit.
    pub(super) is_resumed: bool,
    /// Whether clean results are handed out instead of sent.
    pub(super) is_handing_out: bool,
    /// Whether nothing is to be sent but reads.
    pub(super) is_only_reading: bool,
    /// The words of the last refusal.
    pub(super) problem: Problem,
    pub(super) cause: Cause,
    pub(super) round: u32,
    pub(super) has_reloaded: bool,
    /// Whether the last write got no answer at all.
    pub(super) is_unanswered: bool,
    /// The number of lasting failures among the last answers, and the time of the first.
    pub(super) failures: Option<(u32, f64)>,
    /// Whether the warning was given that reads are answered and this write is not.
    pub(super) is_block_named: bool,
    /// Whether the fate of a write of this call is unknown: a later refusal is then not certain, as it may be caused by that write
    /// (HTTP-RULES R4).
    pub(super) is_in_doubt: bool,
    /// Whether the caller's change is made again, not merged, if somebody else has written.
    pub(super) is_replaying: bool,
    /// The request of the caller of `fetch`, if there is one.
    pub(super) raw: Option<Raw>,
    /// The server's document, if nobody decided it; see [`ConflictState::stored`](super::ConflictState).
    pub(super) stored: Option<Snapshot>,
    /// Whether the base is a copied snapshot with known URL and version, but unknown document.
    pub(super) is_copy: bool,
    /// Whether a read of this write was discarded, as it seemed older than an earlier write.
    pub(super) has_read_lag: bool,
    /// The value of the copied snapshot, if nobody edited it.
    pub(super) copied: Option<Document>,
    /// The new document, if the answer to the last write contains it.
    pub(super) answered: Option<Document>,
    /// The document in the answer to the last write, if only a read can show whether it is the new document or a report.
    pub(super) reported: Option<Document>,
    /// The version in the answer to the last write.
    pub(super) answered_version: Option<Version>,
    /// Whether a write of this call has gone out.
    pub(super) has_written: bool,
    /// Whether the last success recreated a removed document.
    pub(super) recreation: Recreation,
    /// Whether the server has accepted a write of this call.
    pub(super) has_succeeded: bool,
    /// The last read after a success that did not hold the edit.
    pub(super) last_confirmed: Option<Snapshot>,
    /// How many reads after a success did not hold the edit.
    pub(super) confirmations: u32,
    /// Whether the warning that nothing protects this write was given.
    pub(super) is_warned: bool,
    /// Set where reads carry a query of their own.
    pub(super) unique: Option<u32>,
    /// Whether the last write carried a patch, whose answer promises nothing about the bytes stored.
    pub(super) is_patch: bool,
    /// Whether a look found the document there.
    pub(super) has_looked: bool,
    /// Whether the second has passed in which a look found the document written.
    pub(super) has_aged: bool,
    /// What the server held when a probe was sent.
    pub(super) probed: Option<Snapshot>,
    pub(super) notices: Vec<Notice>,
    /// What this client itself saved from the same base before.
    pub(super) earlier: Option<Earlier>,
    /// Edits that this client sent from the same base without an answer.
    pub(super) doubted: Vec<Document>,
    /// How many of the doubted edits came after the last acknowledged edit.
    pub(super) unanswered: usize,
    /// Whether `earlier` is a change by `update`, which is separate from the edits of a form.
    pub(super) is_after_change: bool,
    /// Whether the page did not get the result of `earlier`.
    pub(super) is_untold: bool,
    /// The newest acknowledged edit whose result the page got.
    pub(super) told: Option<Document>,
    /// The versions that a server has refused so far.
    pub(super) refused: Vec<Version>,
    /// An earlier edit of base that somebody has reverted, according to reads. If base is refused, those reads may have lagged.
    pub(super) reverted: Option<Document>,
    /// Mine with this client's earlier edits of the same base, if there are several.
    pub(super) joined: Option<Document>,
    /// What the page itself wrote, in this save and in earlier ones from the same base; nothing that a merge took from theirs.
    pub(super) own: Option<Document>,
    pub(super) phase: Phase,
}

impl Write {
    /// Whether the write that is to go out is a merge that nobody has seen yet.
    pub fn proposes_merge(&self) -> bool {
        self.is_merge && self.phase == Phase::Writing
    }

    /// Hands the merge out instead of sending it, as the application objects to it (HTTP-RULES K6).
    ///
    /// # Errors
    /// A defect: there is no merge.
    pub fn refuse_merge(&mut self, objection: Objection) -> Result<Outcome, Error> {
        let mut conflict = self.conflict.take().ok_or_else(|| Error::internal("a merge without a conflict"))?;
        let (merged, theirs) = (conflict.merged()?, self.theirs.take());
        conflict = self.shown(conflict, theirs.as_ref())?;
        conflict.refuse_merge(merged.as_ref());
        self.problem.detail = Some(objection.words);
        self.problem.fields = objection.fields;
        Ok(self.handed_out(conflict, theirs))
    }

    /// The facts about the origin, including those that this write has learnt.
    pub fn origin(&self) -> Origin {
        Origin { form: self.form(), ..self.options.origin }
    }

    /// The form of its tag that the origin took in the end.
    fn form(&self) -> Form {
        // A version with one form only tells nothing of the others.
        let known = self.options.origin.form;
        let has_known_form = |version| self.options.versioning.has_form(version, known);
        let is_telling = self.form != Form::Verbatim || self.version.as_ref().is_some_and(has_known_form);
        if self.has_succeeded && is_telling { self.form } else { known }
    }

    /// What the last write carried.
    pub fn sent(&self) -> Option<&Document> {
        self.outgoing.as_ref()
    }

    /// Whether anything but reads has gone out.
    pub fn has_written(&self) -> bool {
        self.has_written
    }

    /// Whether the request under way is a write.
    pub fn is_writing(&self) -> bool {
        matches!(self.phase, Phase::Writing | Phase::Probing | Phase::Repeating)
    }

    /// Whether the request under way is the caller's request, or carries the edit.
    pub(super) fn is_sending(&self) -> bool {
        matches!(self.phase, Phase::Writing | Phase::Repeating)
    }

    /// The document under the last write: the last theirs, or base before any theirs.
    pub(super) fn stood_on(&self) -> Option<&Snapshot> {
        self.theirs.as_ref().or(self.base.as_ref())
    }

    /// Whether `theirs` has the value of the document under the last write.
    pub(super) fn is_unmoved(&self, theirs: &Snapshot) -> bool {
        let is_made_of =
            |sent: &Snapshot| self.raw.is_some() && sent.is_unread() && is_made_of(self.options.engine, sent, theirs);
        self.stood_on().is_some_and(|known| known.document.equals(&theirs.document) || is_made_of(known))
    }

    /// Another write has meanwhile learnt that the server compares nothing.
    pub(super) fn hear_of(&mut self, origin: Origin) {
        if origin.updates == PreconditionSupport::Ignored {
            self.options.origin.updates = PreconditionSupport::Ignored;
        }
    }

    /// Adds versions that were refused in earlier attempts of the same change.
    pub(super) fn refused_before(mut self, refused: &[Version]) -> Self {
        self.refused.extend_from_slice(refused);
        self
    }

    /// The base of the edit.
    pub fn base(&self) -> Option<&Snapshot> {
        self.base.as_ref()
    }

    /// What the page itself wrote since base: what an [`Earlier`] of a later save has as `sent`.
    pub fn into_own(self) -> Option<Document> {
        self.own
    }

    /// Whether the answer to the write named the version of `result`, or contained its document.
    pub(super) fn is_answered_with(&self, result: &Snapshot) -> bool {
        let named = self.answered_version.as_ref().zip(result.version.as_ref());
        named.is_some_and(|(named, now)| named.is_same(now))
            || self.reported.as_ref().is_some_and(|reported| reported.equals(&result.document))
    }

    /// The versions that are older than the result of this write.
    pub fn superseded(&self) -> Vec<Version> {
        self.refused.iter().cloned().chain(self.version.clone()).gather()
    }

    /// Whether the read under way follows a success, so that it should show the edit.
    pub(super) fn is_confirming(&self) -> bool {
        self.phase == Phase::Confirming
    }

    /// Whether the fate of this write is unknown.
    pub fn is_in_doubt(&self) -> bool {
        self.is_in_doubt
    }

    /// What observers are to hear; empties the list.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// What to do now that `event` has happened.
    ///
    /// # Errors
    /// A defect, or documents that a merge cannot take; the caller still holds mine.
    pub fn step(&mut self, event: Event, moment: Moment) -> Result<Step<Outcome>, Error> {
        match (self.phase, event) {
            (Phase::Start, Event::Started) => self.start(moment),
            (Phase::WaitingToRead, Event::Started) => Ok(self.reread()),
            (Phase::Looking, Event::Answered(response)) => self.looked(&response, moment),
            (Phase::Looking, Event::NoAnswer(why)) => Ok(self.look_again(Problem::without_answer(why), moment)),
            (Phase::Probing, Event::Answered(response)) => self.probe_answered(&response, moment),
            (Phase::Probing, Event::NoAnswer(_)) => Ok(self.reread()),
            (Phase::Writing, Event::Answered(response)) => self.answered(&response, moment),
            (Phase::Writing, Event::NoAnswer(why)) => Ok(self.unanswered(why, moment)),
            (Phase::Rereading, Event::Answered(response)) => self.reread_answered(&response, moment),
            (Phase::Rereading, Event::NoAnswer(why)) => Ok(self.give_up(None, &why, moment)),
            (Phase::Confirming, Event::Answered(response)) => self.confirmed(&response, moment),
            (Phase::Confirming, Event::NoAnswer(_)) => self.succeeded(None),
            (Phase::WaitingToConfirm, Event::Waited) => Ok(self.confirm()),
            (Phase::Repeating, Event::Answered(response)) => self.repeated(&response),
            (Phase::Repeating, Event::NoAnswer(_)) => Ok(Step::Done(self.success(None))),
            (Phase::WaitingToWrite, Event::Waited) => self.look_or_send(),
            (Phase::WaitingToLook, Event::Waited) => Ok(self.look()),
            (Phase::WaitingToRead, Event::Waited) => Ok(self.reread()),
            _ => Err(Error::internal("an event that this phase does not know")),
        }
    }

    /// Whether reads carry a query of their own.
    pub(super) fn choose_reads(&mut self, moment: Moment) {
        if self.options.origin.has_stale_cache && self.options.has_unique_reads {
            self.unique = Some(moment.unique());
        }
    }

    fn start(&mut self, moment: Moment) -> Result<Step<Outcome>, Error> {
        self.choose_reads(moment);
        if self.is_copy {
            return Ok(self.look());
        }
        self.follow()?;
        self.begin()
    }

    /// The first request, once the base is known.
    pub(super) fn begin(&mut self) -> Result<Step<Outcome>, Error> {
        // After decisions the result is held against theirs, before them against base.
        let known = if self.conflict.is_some() { &self.theirs } else { &self.base };
        match (known, &self.outgoing) {
            _ if self.raw.is_some() => {}
            (Some(known), Some(outgoing)) if self.is_same_value(&known.document, outgoing) => {
                let is_after = self.earlier.is_some() && self.stored.is_none() && self.conflict.is_some();
                if is_after || self.is_in_doubt {
                    // An earlier save had this result, or may have replaced it; only the server knows whether it still holds (A-B-A).
                    return Ok(self.look());
                }
                // The undecided document is stored already.
                let kind = if self.stored.is_some() { SavedKind::Saved } else { SavedKind::Unchanged };
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
        self.look_or_send()
    }

    /// Whether a document that equals mine proves nothing, as each person's increment or change counts separately.
    pub(super) fn counts(&self) -> bool {
        let base = self.base.as_ref().map(|base| &base.document);
        let adds = |mine: &Document| self.adds(base, mine);
        self.is_replaying || self.mine.as_ref().is_some_and(adds)
    }

    /// Whether `mine` sets a counter of `base` to another number.
    pub(super) fn adds(&self, base: Option<&Document>, mine: &Document) -> bool {
        let WriteOptions { engine, merge, .. } = &self.options;
        debug_assert!(engine.is_some() || merge.json.rules.is_empty(), "a write with rules loads the engine before");
        engine.is_some_and(|engine| engine.changes_counter(base, mine, merge))
    }

    /// Stands on what this client saved from the same base before, where that goes without a question. Otherwise the write
    /// goes out as it is: the server refuses it, and the conflict has the newest version in it.
    pub(super) fn follow(&mut self) -> Result<(), Error> {
        // The request of a caller of `fetch` goes out as it is.
        let Some(Earlier { sent, result, edits }) = self.earlier.clone().filter(|_| self.raw.is_none()) else {
            return Ok(());
        };
        if !self.is_after_change {
            self.joined = self.joined_with(&edits)?;
            self.own = self.meet(Some(sent.clone()))?.merged()?;
        }
        let Some(result) = result else { return Ok(()) };
        let (conflict, _) = self.met(Some(&result))?;
        if conflict.unresolved() == 0 {
            self.outgoing = conflict.merged()?;
            self.version = result.version.clone();
            self.is_merge = !self.is_same_value(&result.document, &sent);
            self.conflict = Some(conflict);
            self.theirs = Some(result);
        }
        Ok(())
    }

    /// Mine with this client's earlier edits of the same base, joined one by one. In a single merge, an inserted item of one edit
    /// could count as the replacement of a removed item of another. Mine would then replace the item.
    fn joined_with(&self, edits: &[Document]) -> Result<Option<Document>, Error> {
        // A sum does not show which part belongs to which edit.
        let counts = self.options.merge.json.rules.iter().any(|(_, rule)| *rule == json::Rule::Counter);
        let Some(mine) = self.mine.as_ref().filter(|_| edits.len() > 1 && !counts) else { return Ok(None) };
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

    /// The same write again, or a merged one, after a pause that grows with the rounds. The first comes at once.
    pub(super) fn send_again(&mut self, moment: Moment) -> Result<Step<Outcome>, Error> {
        self.round += 1;
        if self.is_protected_by_date() {
            return self.look_or_send();
        }
        if self.round == 1 {
            return self.send();
        }
        Ok(self.wait_to_write(self.pause_ms(moment)))
    }

    pub(super) fn wait_to_look(&mut self, ms: u32) -> Step<Outcome> {
        self.phase = Phase::WaitingToLook;
        Step::Wait { ms }
    }

    pub(super) fn wait_to_write(&mut self, ms: u32) -> Step<Outcome> {
        self.phase = Phase::WaitingToWrite;
        Step::Wait { ms }
    }

    /// Reads past every cache: the browser's may still hold the version that was refused (HTTP-RULES F5).
    pub(super) fn reread(&mut self) -> Step<Outcome> {
        self.has_aged = false;
        self.phase = Phase::Rereading;
        Step::Send(self.read_of(CacheMode::Reload))
    }

    /// A read of the document, past shared caches if needed.
    pub(super) fn read_of(&mut self, cache: CacheMode) -> Request {
        // A new query, as a shared cache has stored the last one.
        self.unique = self.unique.map(|number| number.wrapping_add(1));
        let cache = self.options.cache(cache);
        match self.unique {
            Some(number) => read_request(&unique_url(&self.url, number), cache),
            None => read_request(&self.url, cache),
        }
    }

    /// Whether a read past shared caches is allowed and has not been tried.
    pub(super) fn may_read_uniquely(&self) -> bool {
        self.options.has_unique_reads && self.unique.is_none()
    }

    /// Repeats the read with a query that no cache has seen.
    pub(super) fn reread_uniquely(&mut self, moment: Moment) -> Step<Outcome> {
        self.unique = Some(moment.unique());
        self.reread()
    }

    /// The same read once more, past what may have answered it, after a pause.
    pub(super) fn reread_later(&mut self, moment: Moment) -> Step<Outcome> {
        self.has_reloaded = true;
        self.phase = Phase::WaitingToRead;
        // A tag is weak for the first second after a write (Apache); a replica needs at least some time.
        let is_weak = self.version.as_ref().is_some_and(|version| version.protection() == Protection::Weak);
        let least_ms = if is_weak { 1_100 } else { self.options.base_delay_ms };
        Step::Wait { ms: least_ms.saturating_add(backoff_ms(&self.options, 1, moment.random)) }
    }

    fn reread_answered(&mut self, response: &Response, moment: Moment) -> Result<Step<Outcome>, Error> {
        match response.status {
            200 => match self.snapshot(response) {
                Ok(theirs) => return self.settle(theirs, moment),
                Err(_) => {}
            },
            404 | 410 => return self.settle_gone(moment),
            401 | 403 => self.problem = Problem::of(response, moment.now_ms),
            _ => {}
        }
        Ok(self.give_up(Some(response.status), "the newest version cannot be read", moment))
    }

    /// Ends the write without a document to compare it with.
    pub(super) fn give_up(&mut self, status: Option<u16>, why: &str, moment: Moment) -> Step<Outcome> {
        let verdict = classify_unread(&self.known(moment), status);
        if self.problem.detail.is_none() && !matches!(status, Some(401 | 403)) {
            self.problem.detail = Some(why.to_owned());
        }
        match verdict {
            Verdict::Refused(kind) => self.refuse(kind),
            _ => self.refuse(RefusalKind::Unknown),
        }
    }

    pub(super) fn refuse(&mut self, kind: RefusalKind) -> Step<Outcome> {
        refused(kind, std::mem::take(&mut self.problem))
    }

    pub(super) fn snapshot(&self, response: &Response) -> Result<Snapshot, Unreadable> {
        let mut snapshot = Snapshot::read(response, self.format(), &self.options.versioning, Source::Network)?;
        if self.unique.is_some() {
            // The document belongs to the URL without our query.
            snapshot.url = self.url.clone();
        }
        Ok(snapshot)
    }

    /// Whether both mean the same, leaving out what the server manages.
    pub(super) fn is_same_value(&self, a: &Document, b: &Document) -> bool {
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

    /// `mine` comes from JavaScript as a value; what is sent is `base` with only the edits put in, so that the layout, the
    /// spelling of every number that nobody touched, and the members that the server manages survive.
    pub(super) fn in_layout_of(&self, base: &Document, mine: &Document) -> Option<Document> {
        if is_plain_edit(base, mine) && !self.options.needs_engine() {
            return None;
        }
        let laid_out = self.options.engine().ok()?.in_layout_of(base, mine, &self.options.merge)?;
        // Whatever a merge does: what is sent is what the caller asked to save.
        self.is_same_value(mine, &laid_out).then_some(laid_out)
    }

    pub(super) fn format(&self) -> Option<Format> {
        let known = self.base.as_ref().map(|base| &base.document).or(self.mine.as_ref());
        // A string in a copied snapshot may have been a text, or a JSON string.
        let is_unknown = |format: &Format| self.is_copy && *format == Format::Text;
        known.map(Document::format).filter(|format| !is_unknown(format))
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

pub(super) fn refused(kind: RefusalKind, problem: Problem) -> Step<Outcome> {
    Step::Done(Outcome::Refused(Box::new(Refusal { kind, problem })))
}
