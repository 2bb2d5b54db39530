//! Writing a document: send with the right precondition, and after a refusal read again, settle, and send again.
//!
//! What the re-read means is decided in `settle`.

use crate::gather::Gather;
use std::rc::Rc;

use super::update;
use super::{
    Absorbed, Checks, Earlier, Event, Moment, Notice, Outcome, SavedKind, Snapshot, Source, Step, Unreadable, Update,
    Warning, WriteOptions, backoff_ms, read_request,
};
use crate::conflict::{
    Conflict, Document, REFUSAL_FIELD, Refusal, RefusalKind, named_rule, quotes_database_on_duplicate,
    speaks_of_versions,
};
use crate::error::Error;
use crate::http::{CacheMode, Form, Format, Method, Problem, Protection, Response, Version, resolve};
use crate::merge::{ChangeState, json};

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
    /// Time passes before the next write.
    WaitingToWrite,
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
    /// None yet: a look before the write found that the document had moved.
    Looked,
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
    /// The versions that a server has refused so far.
    pub(super) refused: Vec<Version>,
    /// What the page itself wrote, in this save and in earlier ones from the same base; nothing that a merge took from theirs.
    pub(super) own: Option<Document>,
    pub(super) phase: Phase,
}

impl Write {
    /// Whether the write that is to go out is a merge that nobody has seen yet.
    pub fn proposes_merge(&self) -> bool {
        self.is_merge && self.phase == Phase::Writing
    }

    /// Hands the merge out instead of sending it, as the application refuses it with these words (HTTP-RULES K6).
    ///
    /// # Errors
    /// A defect: there is no merge.
    pub fn refuse_merge(&mut self, words: String) -> Result<Outcome, Error> {
        let mut conflict = self.conflict.take().ok_or_else(|| Error::internal("a merge without a conflict"))?;
        conflict.refuse_merge()?;
        self.problem.detail = Some(words);
        let theirs = self.theirs.take();
        Ok(self.handed_out(conflict, theirs))
    }

    /// The form of its tag that the origin took in the end.
    pub fn form(&self) -> Form {
        // A version with one form only tells nothing of the others.
        let has_known_form = |version| self.options.versioning.has_form(version, self.options.form);
        let is_telling = self.form != Form::Verbatim || self.version.as_ref().is_some_and(has_known_form);
        if is_telling { self.form } else { self.options.form }
    }

    /// What the last write carried.
    pub fn sent(&self) -> Option<&Document> {
        self.outgoing.as_ref()
    }

    /// Whether anything but reads has gone out.
    pub fn has_written(&self) -> bool {
        !matches!(self.phase, Phase::Start | Phase::Looking)
    }

    /// What the page itself wrote since base: what an [`Earlier`] of a later save has as `sent`.
    pub fn into_own(self) -> Option<Document> {
        self.own
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
            (Phase::Start, Event::Started) => self.start(),
            (Phase::WaitingToRead, Event::Started) => Ok(self.reread()),
            (Phase::Looking, Event::Answered(response)) => self.looked(&response, moment),
            (Phase::Looking, Event::NoAnswer(why)) => Ok(self.look_again(Problem::without_answer(why), moment)),
            (Phase::Probing, Event::Answered(response)) => self.probe_answered(&response, moment),
            (Phase::Probing, Event::NoAnswer(_)) => Ok(self.reread()),
            (Phase::Writing, Event::Answered(response)) => self.answered(&response, moment),
            (Phase::Writing, Event::NoAnswer(why)) => Ok(self.unanswered(why, moment)),
            (Phase::Rereading, Event::Answered(response)) => self.reread_answered(&response, moment),
            (Phase::Rereading, Event::NoAnswer(why)) => Ok(self.give_up(why)),
            (Phase::Confirming, Event::Answered(response)) => Ok(self.confirmed(&response)),
            (Phase::Confirming, Event::NoAnswer(_)) => Ok(Step::Done(self.success(None))),
            (Phase::WaitingToWrite, Event::Waited) => self.look_or_send(),
            (Phase::WaitingToRead, Event::Waited) => Ok(self.reread()),
            _ => Err(Error::internal("an event that this phase does not know")),
        }
    }

    fn start(&mut self) -> Result<Step<Outcome>, Error> {
        self.follow()?;
        // After decisions the result is held against theirs, before them against base.
        let known = if self.conflict.is_some() { &self.theirs } else { &self.base };
        match (known, &self.outgoing) {
            (Some(known), Some(outgoing)) if self.is_same_value(&known.document, outgoing) => {
                return Ok(Step::Done(Outcome::Saved(SavedKind::Unchanged, Some(known.clone()))));
            }
            // Decided to let it stay removed: there is nothing to send.
            (None, None) => return Ok(Step::Done(Outcome::Saved(SavedKind::Removed, None))),
            _ => {}
        }
        if let Some(warning) = self.lacks_protection() {
            if self.options.refuse_unprotected {
                let problem = Problem::without_answer(warning.words().1);
                return Ok(refused(RefusalKind::Unprotected, problem));
            }
            self.notices.push(Notice::Warning(warning));
        }
        if let Some(version) = &self.version {
            self.form = self.options.versioning.first_form(version, self.options.form);
        }
        self.look_or_send()
    }

    fn lacks_protection(&self) -> Option<Warning> {
        if !matches!(self.intent, Intent::Update | Intent::Remove) {
            None
        } else if self.version.is_none() {
            Some(Warning::Unprotected)
        } else {
            (self.options.checks == Checks::Ignored).then_some(Warning::VersionIgnored)
        }
    }

    /// Stands on what this client saved from the same base before, where that goes without a question. Otherwise the write
    /// goes out as it is: the server refuses it, and the conflict has the newest version in it.
    fn follow(&mut self) -> Result<(), Error> {
        let Some(Earlier { sent, result: Some(result) }) = self.earlier.clone() else { return Ok(()) };
        self.own = self.meet(Some(sent.clone()))?.merged()?;
        let (conflict, _) = self.met(Some(&result))?;
        if conflict.unresolved() == 0 && result.version.is_some() {
            self.outgoing = conflict.merged()?;
            self.version = result.version.clone();
            self.is_merge = !self.is_same_value(&result.document, &sent);
            self.conflict = Some(conflict);
            self.theirs = Some(result);
        }
        Ok(())
    }

    /// The next write, with its precondition.
    pub(super) fn send(&mut self) -> Result<Step<Outcome>, Error> {
        self.phase = Phase::Writing;
        let mut request = read_request(&self.url, CacheMode::Default);
        request.method = match self.intent {
            Intent::Update | Intent::Create => Method::Put,
            Intent::CreateBelow => Method::Post,
            Intent::Remove => Method::Delete,
        };
        if let Some(document) = &self.outgoing {
            let known = self.theirs.as_ref().or(self.base.as_ref()).filter(|_| self.intent == Intent::Update);
            let patch = update::patch(self.options.update, known, document, &self.options.versioning)?;
            self.is_patch = patch.is_some();
            let (method, content_type, body) = match patch {
                Some(patch) => patch,
                None => (request.method, self.content_type(document), self.body(document)?),
            };
            request.headers.set("Content-Type", content_type);
            request.method = method;
            request.body = Some(body);
        }
        match (self.intent, &self.version) {
            (Intent::Update | Intent::Remove, Some(version)) => {
                self.options.versioning.protect(&mut request, version, self.form);
            }
            (Intent::Create, _) => request.headers.set("If-None-Match", "*"),
            // The target of a POST is the collection, whose version says nothing here (RFC 9110 §9.3.3).
            (Intent::Update | Intent::Remove, None) | (Intent::CreateBelow, _) => {}
        }
        Ok(Step::Send(request))
    }

    /// The octets of `document`. What is restored names no version: there is none, and servers refuse the old one.
    fn body(&self, document: &Document) -> Result<Vec<u8>, Error> {
        let carried = self
            .options
            .versioning
            .carried_member()
            .filter(|_| self.intent == Intent::Create && self.conflict.is_some());
        let (Document::Json(tree), Some(pointer)) = (document, carried) else { return Ok(document.bytes().to_vec()) };
        Ok(json::without(tree, pointer).into_bytes())
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
        Ok(self.wait_to_write(backoff_ms(&self.options, self.round, moment.random)))
    }

    pub(super) fn wait_to_write(&mut self, ms: u32) -> Step<Outcome> {
        self.phase = Phase::WaitingToWrite;
        Step::Wait { ms }
    }

    fn answered(&mut self, response: &Response, moment: Moment) -> Result<Step<Outcome>, Error> {
        self.is_unanswered = false;
        self.learn(response);
        // 202 is not saved, 207 says so of each part for itself (RFC 9110 §15.3.3, RFC 4918 §13): a read must tell.
        if response.is_success() && !matches!(response.status, 202 | 207) {
            return Ok(self.accepted(response));
        }
        self.problem = Problem::of(response, moment.now_ms);
        if let Some(kind) = response.headers.get(REFUSAL_FIELD).and_then(RefusalKind::parse) {
            return Ok(self.refuse(kind));
        }
        if self.intent == Intent::CreateBelow {
            return Ok(self.create_below_refused(response.status, moment));
        }
        Ok(match response.status {
            400 if self.takes_no_weak_tag() => {
                self.form = Form::Stripped;
                self.notices.push(Notice::Absorbed(Absorbed::Validator));
                return self.send_again(moment);
            }
            // Some say so what others say with 428.
            400 if self.version.is_none() && speaks_of_versions(&self.problem) => {
                self.doubt(Cause::PreconditionRequired, moment)
            }
            401 | 403 => self.refuse(RefusalKind::Forbidden),
            404 | 410 if self.intent == Intent::Remove => Step::Done(Outcome::Saved(SavedKind::Removed, None)),
            429 => self.busy(moment),
            503 if self.problem.retry_after_ms.is_some() => self.busy(moment),
            423 if self.asked_wait_ms().is_some() => self.busy(moment),
            // The write may have been carried out, and its condition then met the new version (HTTP-RULES F7).
            412 if path_of(&response.url) != path_of(&self.url) => self.doubt(Cause::Doubt, moment),
            // The version was a `test` of the patch; one that fails has no status of its own (Kubernetes).
            422 if self.options.update == Update::JsonPatch && self.options.versioning.carried_member().is_some() => {
                self.doubt(Cause::Conflict, moment)
            }
            status => match cause_of(status) {
                Some(cause) => match self.brought(response) {
                    Some(theirs) => {
                        self.note(cause);
                        return self.settle(theirs, moment);
                    }
                    None => self.doubt(cause, moment),
                },
                None if (400..500).contains(&status) => {
                    let kind = named_rule(&self.problem).unwrap_or(RefusalKind::Constraint);
                    self.refuse(kind)
                }
                // 202, 207, 3xx and 5xx tell nothing of what became of the write.
                None => self.doubt(Cause::Doubt, moment),
            },
        })
    }

    /// Whether a 400 may be about the weak tag that the write named: some servers take none in `If-Match` (HTTP-RULES X11).
    fn takes_no_weak_tag(&self) -> bool {
        let next = self.version.as_ref().and_then(|version| self.options.versioning.next_form(version, self.form));
        next == Some(Form::Stripped) && self.round == 0
    }

    /// The newest version, where a refusal brings it along and says so (RFC 9110 §8.7, RFC 8144 §3.2).
    fn brought(&self, response: &Response) -> Option<Snapshot> {
        let location = response.headers.get("content-location")?;
        let is_refusal = matches!(response.status, 409 | 412) && resolve(&self.url, location) == *self.url;
        let theirs = if is_refusal { self.snapshot(response).ok()? } else { return None };
        theirs.version.is_some().then(|| Snapshot { url: self.url.clone(), ..theirs })
    }

    fn unanswered(&mut self, why: String, moment: Moment) -> Step<Outcome> {
        self.is_unanswered = true;
        self.problem = Problem::without_answer(why);
        // A POST must not be repeated, and no read can tell whether it was carried out (RFC 9110 §9.2.2).
        if self.intent == Intent::CreateBelow { self.repeat_with_key(moment) } else { self.doubt(Cause::Doubt, moment) }
    }

    /// The same creation once more, where its key lets the server know it again.
    fn repeat_with_key(&mut self, moment: Moment) -> Step<Outcome> {
        if !self.options.has_idempotency_key || self.round >= self.options.rounds {
            return self.refuse(RefusalKind::Unknown);
        }
        self.round += 1;
        self.wait_to_write(backoff_ms(&self.options, self.round, moment.random))
    }

    /// No re-read helps here: the collection says nothing about one member. So the words of the server decide.
    fn create_below_refused(&mut self, status: u16, moment: Moment) -> Step<Outcome> {
        let named = named_rule(&self.problem);
        let has_key = self.options.has_idempotency_key;
        match status {
            429 => self.busy(moment),
            401 | 403 => self.refuse(RefusalKind::Forbidden),
            503 if self.problem.retry_after_ms.is_some() && !has_key => self.refuse(RefusalKind::Busy),
            // The first request of this key is under way still.
            409 if has_key && matches!(named, None | Some(RefusalKind::Busy)) => self.busy(moment),
            409 | 412 if self.problem.code.is_none() && self.problem.problem_type.is_none() => {
                self.refuse(RefusalKind::Duplicate)
            }
            400..500 => self.refuse(named.unwrap_or(RefusalKind::Constraint)),
            // Some report a constraint of their database as a failure of their own (SAP CAP).
            _ if quotes_database_on_duplicate(&self.problem) => self.refuse(RefusalKind::Duplicate),
            500.. => self.repeat_with_key(moment),
            _ => self.refuse(RefusalKind::Unknown),
        }
    }

    /// The server asks to come back: waits as long as it says, if that is short, and not for ever.
    fn busy(&mut self, moment: Moment) -> Step<Outcome> {
        let asked_ms = self.problem.retry_after_ms.unwrap_or(0);
        if self.round >= self.options.rounds || asked_ms > u64::from(self.options.max_delay_ms) {
            return self.refuse(RefusalKind::Busy);
        }
        self.round += 1;
        let jitter_ms = backoff_ms(&self.options, self.round, moment.random);
        self.wait_to_write((asked_ms as u32).saturating_add(jitter_ms))
    }

    /// How long the server asks to wait, where that is short enough to do so.
    fn asked_wait_ms(&self) -> Option<u32> {
        let asked_ms = self.problem.retry_after_ms.filter(|ms| *ms <= u64::from(self.options.max_delay_ms))?;
        (self.round < self.options.rounds).then_some(asked_ms as u32)
    }

    fn note(&mut self, cause: Cause) {
        self.cause = cause;
        if matches!(cause, Cause::Conflict | Cause::PreconditionFailed)
            && let Some(version) = &self.version
        {
            self.refused.push(version.clone());
        }
    }

    fn doubt(&mut self, cause: Cause, moment: Moment) -> Step<Outcome> {
        self.note(cause);
        if cause == Cause::Doubt && !self.options.may_repeat {
            return self.refuse(RefusalKind::Unknown);
        }
        let Some(asked_ms) = self.asked_wait_ms() else { return self.reread() };
        self.round += 1;
        self.phase = Phase::WaitingToRead;
        Step::Wait { ms: asked_ms.saturating_add(backoff_ms(&self.options, 0, moment.random)) }
    }

    /// Reads past every cache: the browser's may still hold the version that was refused (HTTP-RULES F5).
    pub(super) fn reread(&mut self) -> Step<Outcome> {
        self.has_aged = false;
        self.phase = Phase::Rereading;
        let mut request = read_request(&self.url, CacheMode::Reload);
        if let Some(number) = self.unique {
            request.url.push_str(if request.url.contains('?') { "&mergefetch=" } else { "?mergefetch=" });
            for place in 0..9 {
                request.url.push(char::from(b'0' + (number / 10u32.pow(place) % 10) as u8));
            }
        }
        Step::Send(request)
    }

    /// The server, or what stands before it, keeps answering with what was refused.
    pub(super) fn stale(&mut self, moment: Moment) -> Step<Outcome> {
        if !self.has_reloaded {
            return self.reread_later(moment);
        }
        if !self.options.has_unique_reads || self.unique.is_some() {
            return self.refuse(RefusalKind::StaleRead);
        }
        self.unique = Some((moment.random * 1e9) as u32);
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
                Ok(theirs) if self.unique.is_some() => {
                    self.settle(Snapshot { url: self.url.clone(), ..theirs }, moment)
                }
                Ok(theirs) => self.settle(theirs, moment),
                Err(_) => Ok(self.give_up("the newest version cannot be read".to_owned())),
            },
            404 | 410 => self.settle_gone(moment),
            401 | 403 => {
                self.problem = Problem::of(response, moment.now_ms);
                Ok(self.refuse(RefusalKind::Forbidden))
            }
            _ => Ok(self.give_up("the newest version cannot be read".to_owned())),
        }
    }

    /// Nobody knows what the server holds: its own words, where it had some, are all there is.
    fn give_up(&mut self, why: String) -> Step<Outcome> {
        if self.problem.detail.is_none() {
            self.problem.detail = Some(why);
        }
        let kind = match self.cause {
            Cause::Doubt => RefusalKind::Unknown,
            _ => named_rule(&self.problem).unwrap_or(RefusalKind::Unknown),
        };
        self.refuse(kind)
    }

    pub(super) fn refuse(&mut self, kind: RefusalKind) -> Step<Outcome> {
        refused(kind, std::mem::take(&mut self.problem))
    }

    pub(super) fn snapshot(&self, response: &Response) -> Result<Snapshot, Unreadable> {
        Snapshot::read(response, self.format(), &self.options.versioning, Source::Network)
    }

    /// Whether both mean the same, leaving out what the server manages.
    pub(super) fn is_same_value(&self, a: &Document, b: &Document) -> bool {
        let differs_in_managed_only = || {
            let (old, new) = (Some(a.clone()), Some(b.clone()));
            let compared = Conflict::new(old.clone(), new, old, self.options.merge.clone());
            compared.is_ok_and(|conflict| conflict.changes().iter().all(|one| one.state == ChangeState::Ignored))
        };
        a.equals(b) || (!self.options.merge.json.rules.is_empty() && differs_in_managed_only())
    }

    /// `mine` comes from JavaScript as a value; what is sent is `base` with only the edits put in, so that the layout, the
    /// spelling of every number that nobody touched, and the members that the server manages survive.
    pub(super) fn in_layout_of(&self, base: &Document, mine: &Document) -> Option<Document> {
        let (Document::Json(tree), Document::Json(edit)) = (base, mine) else { return None };
        let documents = json::Documents { base: Some(tree), mine: edit, theirs: tree };
        let ignored = self.options.merge.json.rules.iter().filter(|(_, rule)| *rule == json::Rule::Ignore);
        let options = json::Options { rules: ignored.cloned().gather(), ..json::Options::default() };
        let merge = json::merge(documents, &options).ok()?;
        let laid_out = Document::parse(Format::Json, merge.text(documents).ok()?.as_bytes()).ok()?;
        // Whatever a merge does: what is sent is what the caller asked to save.
        self.is_same_value(mine, &laid_out).then_some(laid_out)
    }

    pub(super) fn format(&self) -> Option<Format> {
        let known = self.base.as_ref().map(|base| &base.document).or(self.mine.as_ref());
        known.map(Document::format)
    }
}

fn refused(kind: RefusalKind, problem: Problem) -> Step<Outcome> {
    Step::Done(Outcome::Refused(Box::new(Refusal { kind, problem })))
}

pub(super) fn cause_of(status: u16) -> Option<Cause> {
    match status {
        409 => Some(Cause::Conflict),
        412 => Some(Cause::PreconditionFailed),
        423 => Some(Cause::Locked),
        428 => Some(Cause::PreconditionRequired),
        404 | 410 => Some(Cause::Gone),
        _ => None,
    }
}

/// A URL without its query.
fn path_of(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}
