//! A write: send it with its precondition, and after a refusal read the document again, classify the refusal, and send again.
//!
//! A pure function classifies refusals: see [`classify`](super::classify).

mod answer;
mod attempts;
mod begin;
mod caller;
mod check;
mod compare;
mod confirm;
mod copy;
mod merge;
mod origin;
mod phase;
mod plain;
mod probe;
mod request;
mod reread;
mod start;
mod success;

pub(in crate::client) use attempts::{Attempts, Reads};
pub(in crate::client) use caller::Caller;
pub(in crate::client) use check::Check;
pub(in crate::client) use phase::{Copied, Phase, Stage};
pub(in crate::client) use success::Success;

use std::rc::Rc;

use super::memory::Past;
use super::{
    Event, Moment, Objection, ObserverEvent, Outcome, Snapshot, Source, Step, Unreadable, Warning, WriteOptions,
};
use crate::conflict::{Conflict, Document, Refusal, RefusalKind};
use crate::error::Error;
use crate::gather::Gather;
use crate::http::{EtagForm, Format, Problem, Response, Version};

/// The purpose of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client) enum Intent {
    /// Replace the document that the base is a version of.
    Update,
    /// Create a document at a known URL.
    Create,
    /// Create a document below a collection, at a URL that the server chooses.
    CreateBelow,
    /// Remove the document that the base is a version of.
    Remove,
}

/// Why a write is followed by a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client) enum Cause {
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
    /// The fate of the write is unknown: no answer, 202, 5xx.
    Doubt,
    /// No refusal: a pre-write check found the document changed.
    Moved,
}

/// One write, from the first request to its outcome.
///
/// # Examples
///
/// ```
/// use mergefetch::client::{Event, Moment, Outcome, SavedKind, Snapshot, Source, Step, UpdateStatus, Write, WriteOptions};
/// use mergefetch::conflict::Document;
/// use mergefetch::http::{Format, Headers, Method, Response, Versioning};
///
/// # let url = "https://example.org/notes/7";
/// # let snapshot = |text: &str, tag: &str| Snapshot {
/// #     url: url.into(),
/// #     document: Document::parse(Format::Json, text.as_bytes()).unwrap(),
/// #     version: Versioning::default().from_token(tag),
/// #     content_type: None,
/// #     source: Source::Network,
/// #     author: None,
/// #     named: None,
/// # };
/// # let moment = Moment { now_ms: 0.0, random: 0.5 };
/// let (base, mine) = (snapshot("[1]", "\"v1\""), snapshot("[2]", "\"v1\"").document);
/// let mut write = Write::update(base, mine, WriteOptions::default());
/// let Step::Send(request) = write.step(Event::Started, moment)? else { panic!("expected a request") };
/// assert_eq!((request.method, request.headers.get("if-match")), (Method::Put, Some("\"v1\"")));
/// assert_eq!(write.sent().and_then(Document::text), Some("[2]"));
///
/// let headers = Headers::new().with("etag", "\"v2\"");
/// let answer = Response { status: 204, url: url.into(), is_redirected: false, headers, body: Ok(Vec::new()) };
/// let step = write.step(Event::Answered(answer), moment)?;
/// let Step::Done(Outcome::Saved(SavedKind::Saved, Some(result))) = step else { panic!("expected a success") };
/// assert_eq!(result.version.as_ref().map(|version| version.as_str()), Some("\"v2\""));
///
/// // The facts for the memory: later saves from the same base need them.
/// assert!(write.has_written() && write.take_events().is_empty());
/// assert_eq!(write.origin().update_status, UpdateStatus::Updated);
/// assert_eq!(write.superseded()[0].as_str(), "\"v1\"");
/// assert_eq!(write.base().and_then(|base| base.document.text()), Some("[1]"));
/// assert_eq!(write.into_own().as_ref().and_then(Document::text), Some("[2]"));
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
///
/// # Specification
/// RFC 9110 §13.1.1 (`If-Match`).
#[derive(Debug)]
pub struct Write {
    pub(in crate::client) url: Rc<str>,
    pub(in crate::client) intent: Intent,
    pub(in crate::client) caller: Caller,
    pub(in crate::client) options: WriteOptions,
    pub(in crate::client) base: Option<Snapshot>,
    pub(in crate::client) edit: Edit,
    /// The document of the next, or last, request; `None` removes.
    pub(in crate::client) outgoing: Option<Document>,
    /// The version that the next, or last, request names.
    pub(in crate::client) version: Option<Version>,
    /// The form in which the version is named.
    pub(in crate::client) form: EtagForm,
    /// The server's document, as last read.
    pub(in crate::client) theirs: Option<Snapshot>,
    pub(in crate::client) resolution: Resolution,
    pub(in crate::client) refusal: LastRefusal,
    pub(in crate::client) attempts: Attempts,
    pub(in crate::client) reads: Reads,
    pub(in crate::client) check: Check,
    /// The success that the server has reported.
    pub(in crate::client) success: Option<Success>,
    pub(in crate::client) events: ObserverEvents,
    pub(in crate::client) phase: Phase,
}

/// The edit to save, and the earlier edits of the same base by this client.
#[derive(Debug, Default)]
pub(in crate::client) struct Edit {
    pub(in crate::client) mine: Option<Document>,
    /// The edits of the page itself, in this save and in earlier ones from the same base, without anything that a merge took from theirs.
    pub(in crate::client) own: Option<Document>,
    /// Mine with this client's earlier edits of the same base, if there are several.
    pub(in crate::client) joined: Option<Document>,
    /// This client's earlier writes from the same base.
    pub(in crate::client) past: Past,
}

/// The conflict of mine with theirs, as far as a merge or people have resolved it.
#[derive(Debug, Default)]
pub(in crate::client) struct Resolution {
    /// The conflict behind the outgoing document, if that is decided or merged. It keeps its decisions when theirs moves again.
    pub(in crate::client) conflict: Option<Conflict>,
    /// Whether the outgoing document is a merge that nobody decided, whose changes the caller gets.
    pub(in crate::client) is_merge: bool,
    /// Whether people have decided the conflict. An undecided conflict is made anew from the edit.
    pub(in crate::client) is_decided: bool,
    /// The server's document, if nobody decided it; see [`ConflictState::stored`](super::ConflictState).
    pub(in crate::client) stored: Option<Snapshot>,
}

/// The last refusal or lost answer, and the versions of all refusals.
#[derive(Debug)]
pub(in crate::client) struct LastRefusal {
    /// The words of the last refusal.
    pub(in crate::client) problem: Problem,
    /// The reason for the last read.
    pub(in crate::client) cause: Cause,
    /// The versions that the server has refused so far.
    pub(in crate::client) versions: Vec<Version>,
    /// Whether the fate of a write of this call is unknown. A later refusal is then not certain, as that write may be its cause
    /// (HTTP-RULES R4).
    pub(in crate::client) is_in_doubt: bool,
}

/// The events for observers. Two warnings are given once for each write.
#[derive(Debug, Default)]
pub(in crate::client) struct ObserverEvents {
    list: Vec<ObserverEvent>,
    /// Whether the warning was given that nothing protects this write.
    pub(in crate::client) is_unprotected_named: bool,
    /// Whether the warning was given that reads are answered and this write is not.
    pub(in crate::client) is_block_named: bool,
}

impl ObserverEvents {
    pub(in crate::client) fn push(&mut self, event: ObserverEvent) {
        self.list.push(event);
    }

    pub(in crate::client) fn warn(&mut self, warning: Warning) {
        self.push(ObserverEvent::Warning(warning));
    }
}

impl Write {
    /// Whether the write that is to go out is a merge that the application has not seen yet.
    pub(super) fn proposes_merge(&self) -> bool {
        self.resolution.is_merge && matches!(self.phase, Phase::Writing)
    }

    /// Hands the merge out instead of sending it, as the application objects to it (HTTP-RULES K6).
    ///
    /// # Errors
    /// A defect: there is no merge.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Event, Moment, Objection, Outcome, Snapshot, Source, Step, Write, WriteOptions};
    /// use mergefetch::conflict::Document;
    /// use mergefetch::http::{Format, Headers, Method, Response, Versioning};
    ///
    /// # let url = "https://example.org/notes/7";
    /// # let snapshot = |text: &str, tag: &str| Snapshot {
    /// #     url: url.into(),
    /// #     document: Document::parse(Format::Json, text.as_bytes()).unwrap(),
    /// #     version: Versioning::default().from_token(tag),
    /// #     content_type: None,
    /// #     source: Source::Network,
    /// #     author: None,
    /// #     named: None,
    /// # };
    /// # let moment = Moment { now_ms: 0.0, random: 0.5 };
    /// # let answer = |status, body: &str| {
    /// #     let headers = Headers::new().with("content-type", "application/json").with("etag", "\"v2\"");
    /// #     let body = Ok(body.as_bytes().to_vec());
    /// #     Event::Answered(Response { status, url: url.into(), is_redirected: false, headers, body })
    /// # };
    /// let base = snapshot(r#"{"a":1,"b":1}"#, "\"v1\"");
    /// let mine = snapshot(r#"{"a":2,"b":1}"#, "\"v1\"").document;
    /// let mut write = Write::update(base, mine, WriteOptions::default());
    /// write.step(Event::Started, moment)?;
    /// // The server refuses the edit, and a read returns the edit of somebody else.
    /// write.step(answer(412, ""), moment)?;
    /// let Step::Send(merged) = write.step(answer(200, r#"{"a":1,"b":2}"#), moment)? else { panic!("expected a merge") };
    /// assert_eq!(merged.method, Method::Put);
    ///
    /// let outcome = write.refuse_merge(Objection { words: "b needs an a".into(), fields: Vec::new() })?;
    /// assert!(matches!(outcome, Outcome::Conflict(state) if state.conflict.unresolved() == 1));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn refuse_merge(&mut self, objection: Objection) -> Result<Outcome, Error> {
        let mut conflict =
            self.resolution.conflict.take().ok_or_else(|| Error::internal("a merge without a conflict"))?;
        let (merged, theirs) = (conflict.merged()?, self.theirs.take());
        conflict = self.shown(conflict, theirs.as_ref())?;
        conflict.refuse_merge(merged.as_ref());
        self.refusal.problem.detail = Some(objection.words);
        self.refusal.problem.fields = objection.fields;
        Ok(self.handed_out(conflict, theirs))
    }

    /// The document that was sent last.
    pub fn sent(&self) -> Option<&Document> {
        self.outgoing.as_ref()
    }

    /// Whether anything but reads has been sent.
    pub fn has_written(&self) -> bool {
        self.attempts.has_written
    }

    /// Whether the request under way is a write.
    pub(super) fn is_writing(&self) -> bool {
        matches!(self.phase.stage(), Stage::Sending | Stage::Probing)
    }

    /// Whether the request under way is the caller's request, or carries the edit.
    pub(in crate::client) fn is_sending(&self) -> bool {
        self.phase.stage() == Stage::Sending
    }

    /// Whether the read under way follows a success, so that it should show the edit.
    pub(in crate::client) fn is_confirming(&self) -> bool {
        self.phase.stage() == Stage::Confirming
    }

    /// Adds versions that were refused in earlier attempts of the same change.
    pub(in crate::client) fn refused_before(mut self, refused: &[Version]) -> Self {
        self.refusal.versions.extend_from_slice(refused);
        self
    }

    /// The base of the edit.
    pub fn base(&self) -> Option<&Snapshot> {
        self.base.as_ref()
    }

    /// The edits of the page itself since base: [`Earlier::sent`](super::Earlier) of a later save.
    pub fn into_own(self) -> Option<Document> {
        self.edit.own
    }

    /// The versions that are older than the result of this write.
    pub fn superseded(&self) -> Vec<Version> {
        self.refusal.versions.iter().cloned().chain(self.version.clone()).gather()
    }

    /// Whether the fate of this write is unknown.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.refusal.is_in_doubt
    }

    /// Takes the events for observers.
    pub fn take_events(&mut self) -> Vec<ObserverEvent> {
        std::mem::take(&mut self.events.list)
    }

    /// The next step after `event`.
    ///
    /// # Errors
    /// A defect, or documents that cannot be merged; the caller still holds mine.
    pub fn step(&mut self, event: Event, moment: Moment) -> Result<Step<Outcome>, Error> {
        match (self.phase.leave(), event) {
            (Phase::Start, Event::Started) => self.start(moment),
            (Phase::StartOfCopy(copied), Event::Started) => Ok(self.start_of_copy(copied, moment)),
            (Phase::CheckingCopy(copied), Event::Answered(response)) => self.copy_checked(copied, &response, moment),
            (Phase::CheckingCopy(copied), Event::NoAnswer(why)) => {
                Ok(self.check_copy_again(copied, Problem::without_answer(why), moment))
            }
            (Phase::WaitingToCheckCopy(copied), Event::Waited) => Ok(self.check_copy(copied)),
            (Phase::Checking, Event::Answered(response)) => self.checked(&response, moment),
            (Phase::Checking, Event::NoAnswer(why)) => Ok(self.check_again(Problem::without_answer(why), moment)),
            (Phase::Probing(theirs), Event::Answered(response)) => self.probe_answered(*theirs, &response, moment),
            (Phase::Writing, Event::Answered(response)) => self.answered(&response, moment),
            (Phase::Writing, Event::NoAnswer(why)) => Ok(self.unanswered(why, moment)),
            (Phase::WaitingToWrite, Event::Waited) => self.check_or_send(),
            (Phase::Rereading, Event::Answered(response)) => self.reread_answered(&response, moment),
            (Phase::Rereading, Event::NoAnswer(why)) => Ok(self.give_up(None, &why, moment)),
            (Phase::Probing(_), Event::NoAnswer(_))
            | (Phase::WaitingToRead, Event::Waited)
            | (Phase::WaitingToRead, Event::Started) => Ok(self.reread()),
            (Phase::Confirming, Event::Answered(response)) => self.confirmed(&response, moment),
            (Phase::Confirming, Event::NoAnswer(_)) => self.succeeded(None),
            (Phase::WaitingToConfirm, Event::Waited) => Ok(self.confirm()),
            (Phase::Repeating(stored), Event::Answered(response)) => self.repeated(stored, &response),
            (Phase::Repeating(_), Event::NoAnswer(_)) => Ok(Step::Done(self.success_with(None))),
            _ => Err(Error::internal("an event that this phase does not know")),
        }
    }

    /// Ends the write with the words of the last refusal.
    pub(in crate::client) fn refuse(&mut self, kind: RefusalKind) -> Step<Outcome> {
        refused(kind, std::mem::take(&mut self.refusal.problem))
    }

    /// The document in the answer to a read.
    pub(in crate::client) fn snapshot(&self, response: &Response) -> Result<Snapshot, Unreadable> {
        self.snapshot_as(response, self.format())
    }

    fn snapshot_as(&self, response: &Response, format: Option<Format>) -> Result<Snapshot, Unreadable> {
        let mut snapshot = Snapshot::read(response, format, &self.options.versioning, Source::Network)?;
        if self.reads.unique.is_some() {
            // The document belongs to the URL without our query.
            snapshot.url = self.url.clone();
        }
        Ok(snapshot)
    }

    fn format(&self) -> Option<Format> {
        let known = self.base.as_ref().map(|base| &base.document).or(self.edit.mine.as_ref()).map(Document::format);
        if self.phase.is_of_copy() { known.filter(is_known_of_copy) } else { known }
    }
}

/// Whether the page knows this format of a copied document. A string may have been a text, or a JSON string.
fn is_known_of_copy(format: &Format) -> bool {
    *format != Format::Text
}

pub(in crate::client) fn refused(kind: RefusalKind, problem: Problem) -> Step<Outcome> {
    Step::Done(Outcome::Refused(Box::new(Refusal { kind, problem })))
}
