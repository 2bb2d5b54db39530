//! Writing a document: send with the right precondition, and after a refusal read again, settle, and send again.
//!
//! What the re-read means is decided in `settle`.

use std::rc::Rc;

use super::update;
use super::{
    Checks, ConflictState, Earlier, Event, Moment, Notice, Outcome, SavedKind, Snapshot, Source, Step, Unreadable,
    Warning, WriteOptions, backoff_ms, read_request,
};
use crate::conflict::{
    Conflict, Document, REFUSAL_FIELD, Refusal, RefusalKind, named_rule, quotes_database_on_duplicate,
};
use crate::error::Error;
use crate::http::{CacheMode, Form, Format, Method, Problem, Protection, Response, Version};
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
    /// Whether the last write carried a patch, whose answer promises nothing about the bytes stored.
    pub(super) is_patch: bool,
    /// Whether a look found the document there.
    pub(super) has_looked: bool,
    /// What the server held when a probe was sent.
    pub(super) probed: Option<Snapshot>,
    pub(super) notices: Vec<Notice>,
    /// What this client itself saved from the same base before.
    pub(super) earlier: Option<Earlier>,
    /// The versions that a server has refused so far.
    pub(super) refused: Vec<Version>,
    /// What the page itself wrote, in this save and in earlier ones from the same base; nothing that a merge took from theirs.
    own: Option<Document>,
    pub(super) phase: Phase,
}

impl Write {
    fn new(url: Rc<str>, intent: Intent, mut options: WriteOptions) -> Self {
        let managed = options.versioning.managed().iter().map(|pointer| (pointer.clone(), json::Rule::Ignore));
        options.merge.json.rules.extend(managed);
        Self {
            form: Form::Verbatim,
            url,
            intent,
            options,
            base: None,
            mine: None,
            outgoing: None,
            version: None,
            conflict: None,
            theirs: None,
            is_merge: false,
            is_handing_out: false,
            is_only_reading: false,
            problem: Problem::default(),
            cause: Cause::Doubt,
            round: 0,
            has_reloaded: false,
            is_patch: false,
            has_looked: false,
            probed: None,
            notices: Vec::new(),
            earlier: None,
            refused: Vec::new(),
            own: None,
            phase: Phase::Start,
        }
    }

    /// Saves `mine`, an edit of `base`, where `base` came from.
    pub fn update(base: Snapshot, mine: Document, options: WriteOptions) -> Self {
        let mut write = Self::new(base.url.clone(), Intent::Update, options);
        write.version.clone_from(&base.version);
        write.outgoing = Some(write.in_layout_of(&base.document, &mine).unwrap_or_else(|| mine.clone()));
        write.own = Some(mine.clone());
        write.mine = Some(mine);
        write.base = Some(base);
        write
    }

    /// Tells of a save that this client made from the same base before: its own edits are then no conflict.
    #[must_use]
    pub fn after(mut self, earlier: Option<Earlier>) -> Self {
        self.earlier = earlier;
        self
    }

    /// Says that this save was asked for while the earlier one was under way, so that the page could not have its result yet. A
    /// `mine` that equals base is then no edit that changes nothing: it takes the earlier one back (HTTP-RULES W10).
    #[must_use]
    pub fn overtaking(mut self) -> Self {
        if let (Some(earlier), Some(base), Some(mine)) = (&self.earlier, &mut self.base, &self.mine)
            && base.document.equals(mine)
        {
            base.document = earlier.sent.clone();
        }
        self
    }

    /// Creates `mine` at `url`; refused where something is there.
    pub fn create(url: &str, mine: Document, options: WriteOptions) -> Self {
        let mut write = Self::new(url.into(), Intent::Create, options);
        write.outgoing = Some(mine.clone());
        write.mine = Some(mine);
        write
    }

    /// Creates `mine` below the collection at `url`, at a URL that the server chooses.
    pub fn create_below(url: &str, mine: Document, options: WriteOptions) -> Self {
        let mut write = Self::create(url, mine, options);
        write.intent = Intent::CreateBelow;
        write
    }

    /// Removes what `base` is a version of.
    pub fn remove(base: Snapshot, options: WriteOptions) -> Self {
        let mut write = Self::new(base.url.clone(), Intent::Remove, options);
        write.version.clone_from(&base.version);
        write.base = Some(base);
        write
    }

    /// Sends the result of the decisions with the version of theirs.
    ///
    /// # Errors
    /// Those of composing the result.
    pub fn submit(state: ConflictState, options: WriteOptions) -> Result<Self, Error> {
        let outgoing = state.conflict.merged()?;
        Ok(Self::resume(state, outgoing, options))
    }

    /// Sends mine with the version of theirs, so that a third writer is still protected (HTTP-RULES L5).
    pub fn overwrite(state: ConflictState, options: WriteOptions) -> Self {
        let (mine, theirs) = (state.conflict.mine().cloned(), state.theirs.clone());
        let mut write = Self::resume(state, mine, options);
        // A version that the document itself carries has to be theirs, too.
        if let Some(theirs) = theirs {
            write.adopt_version(theirs);
        }
        write.is_handing_out = true;
        write
    }

    /// Takes up a refusal that somebody else's request met: reads again and settles, but sends nothing.
    pub fn refused(
        base: Option<Snapshot>,
        url: &str,
        mine: Option<Document>,
        response: &Response,
        options: WriteOptions,
        now_ms: f64,
    ) -> Self {
        let intent = match (&base, &mine) {
            (_, None) => Intent::Remove,
            (Some(_), Some(_)) => Intent::Update,
            (None, Some(_)) => Intent::Create,
        };
        let mut write = Self::new(url.into(), intent, options);
        write.version = base.as_ref().and_then(|base| base.version.clone());
        write.outgoing.clone_from(&mine);
        write.mine = mine;
        write.base = base;
        write.is_handing_out = true;
        write.is_only_reading = true;
        write.cause = cause_of(response.status).unwrap_or(Cause::Doubt);
        write.problem = Problem::of(response, now_ms);
        write.phase = Phase::WaitingToRead;
        write
    }

    fn resume(state: ConflictState, outgoing: Option<Document>, options: WriteOptions) -> Self {
        let intent = match (&outgoing, &state.theirs) {
            (None, _) => Intent::Remove,
            (Some(_), Some(_)) => Intent::Update,
            (Some(_), None) => Intent::Create,
        };
        let mut write = Self::new(state.url, intent, options);
        write.version = state.theirs.as_ref().and_then(|theirs| theirs.version.clone());
        write.base = state.base;
        write.mine = state.conflict.mine().cloned();
        write.theirs = state.theirs;
        write.own.clone_from(&outgoing);
        write.outgoing = outgoing;
        write.conflict = Some(state.conflict);
        write.problem = state.problem;
        write
    }

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
            (Phase::Start, Event::Started) => self.start(moment),
            (Phase::WaitingToRead, Event::Started) => Ok(self.reread()),
            (Phase::Looking, Event::Answered(response)) => self.looked(&response, moment),
            (Phase::Looking, Event::NoAnswer(_)) => self.send(),
            (Phase::Probing, Event::Answered(response)) => self.probe_answered(&response, moment),
            (Phase::Probing, Event::NoAnswer(_)) => Ok(self.reread()),
            (Phase::Writing, Event::Answered(response)) => Ok(self.answered(&response, moment)),
            (Phase::Writing, Event::NoAnswer(why)) => Ok(self.unanswered(why)),
            (Phase::Rereading, Event::Answered(response)) => self.reread_answered(&response, moment),
            (Phase::Rereading, Event::NoAnswer(why)) => Ok(self.give_up(why)),
            (Phase::Confirming, Event::Answered(response)) => Ok(self.confirmed(&response)),
            (Phase::Confirming, Event::NoAnswer(_)) => Ok(Step::Done(self.success(None))),
            (Phase::WaitingToWrite, Event::Waited) => self.look_or_send(moment),
            (Phase::WaitingToRead, Event::Waited) => Ok(self.reread()),
            _ => Err(Error::internal("an event that this phase does not know")),
        }
    }

    fn start(&mut self, moment: Moment) -> Result<Step<Outcome>, Error> {
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
        self.look_or_send(moment)
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
        let Some(Earlier { sent, result }) = self.earlier.clone() else { return Ok(()) };
        self.own = self.meet(Some(sent.clone()))?.merged()?;
        let (conflict, _) = self.met(Some(&result))?;
        if conflict.unresolved() == 0 && result.version.is_some() {
            self.outgoing = conflict.merged()?;
            self.version.clone_from(&result.version);
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
        if tree.root().pointer(pointer).is_none() {
            return Ok(document.bytes().to_vec());
        }
        Ok(json::apply_patch(tree, &[json::Operation::Remove { path: pointer.to_owned() }])?.into_bytes())
    }

    /// The same write again, or a merged one, after a pause that grows with the rounds. The first comes at once.
    pub(super) fn send_again(&mut self, moment: Moment) -> Result<Step<Outcome>, Error> {
        self.round += 1;
        if self.is_protected_by_date() {
            return self.look_or_send(moment);
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

    fn answered(&mut self, response: &Response, moment: Moment) -> Step<Outcome> {
        self.learn(response);
        // 202 is not saved, 207 says so of each part for itself (RFC 9110 §15.3.3, RFC 4918 §13): a read must tell.
        if response.is_success() && !matches!(response.status, 202 | 207) {
            return self.accepted(response);
        }
        self.problem = Problem::of(response, moment.now_ms);
        if let Some(kind) = response.headers.get(REFUSAL_FIELD).and_then(RefusalKind::parse) {
            return self.refuse(kind);
        }
        if self.intent == Intent::CreateBelow {
            return self.create_below_refused(response.status, moment);
        }
        match response.status {
            401 | 403 => self.refuse(RefusalKind::Forbidden),
            404 | 410 if self.intent == Intent::Remove => Step::Done(Outcome::Saved(SavedKind::Removed, None)),
            429 => self.busy(moment),
            503 if self.problem.retry_after_ms.is_some() => self.busy(moment),
            // The write may have been carried out, and its condition then met the new version (HTTP-RULES F7).
            412 if path_of(&response.url) != path_of(&self.url) => self.doubt(Cause::Doubt),
            status => match cause_of(status) {
                Some(cause) => self.doubt(cause),
                None if (400..500).contains(&status) => {
                    let kind = named_rule(&self.problem).unwrap_or(RefusalKind::Constraint);
                    self.refuse(kind)
                }
                // 202, 207, 3xx and 5xx tell nothing of what became of the write.
                None => self.doubt(Cause::Doubt),
            },
        }
    }

    fn unanswered(&mut self, why: String) -> Step<Outcome> {
        self.problem = Problem::without_answer(why);
        // A POST must not be repeated, and no read can tell whether it was carried out (RFC 9110 §9.2.2).
        if self.intent == Intent::CreateBelow { self.refuse(RefusalKind::Unknown) } else { self.doubt(Cause::Doubt) }
    }

    /// No re-read helps here: the collection says nothing about one member. So the words of the server decide.
    fn create_below_refused(&mut self, status: u16, moment: Moment) -> Step<Outcome> {
        match status {
            429 => self.busy(moment),
            401 | 403 => self.refuse(RefusalKind::Forbidden),
            503 if self.problem.retry_after_ms.is_some() => self.refuse(RefusalKind::Busy),
            409 | 412 if self.problem.code.is_none() && self.problem.problem_type.is_none() => {
                self.refuse(RefusalKind::Duplicate)
            }
            400..500 => {
                let kind = named_rule(&self.problem).unwrap_or(RefusalKind::Constraint);
                self.refuse(kind)
            }
            // Some report a constraint of their database as a failure of their own (SAP CAP).
            _ if quotes_database_on_duplicate(&self.problem) => self.refuse(RefusalKind::Duplicate),
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

    fn doubt(&mut self, cause: Cause) -> Step<Outcome> {
        self.cause = cause;
        if matches!(cause, Cause::Conflict | Cause::PreconditionFailed) {
            self.refused.extend(self.version.clone());
        }
        self.reread()
    }

    /// Reads past every cache: the browser's may still hold the version that was refused (HTTP-RULES F5).
    pub(super) fn reread(&mut self) -> Step<Outcome> {
        self.phase = Phase::Rereading;
        Step::Send(read_request(&self.url, CacheMode::Reload))
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
        let options = json::Options { rules: ignored.cloned().collect(), ..json::Options::default() };
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

fn cause_of(status: u16) -> Option<Cause> {
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
