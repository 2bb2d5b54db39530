//! A read or a write as a state machine: it says what to do next and is told what happened; it does nothing itself.
//!
//! Time and random numbers come in with every event, so that a test, a simulator or a browser can drive the same machine.

mod accept;
mod answer;
mod begin;
mod caller;
mod fetch;
mod get;
mod held;
mod look;
mod memory;
mod origin;
mod patch;
mod read;
mod request;
mod save;
mod settle;
mod update;
mod write;

use std::rc::Rc;

use crate::conflict::{Conflict, Document, MergeOptions, Refusal};
use crate::error::{Error, Kind};
use crate::gather::chained;
use crate::http::{
    CacheMode, Format, Headers, Problem, Protection, Record, Request, RequestSource, Response, Version, Versioning,
    origin,
};
use crate::merge::ChangeState;

pub use caller::{UserId, bound, next_step};
pub use fetch::{Answer, CONDITIONS, Fetch, Fetched, FetchedWrite, Kept, answer_of};
pub use get::Get;
pub use held::{Held, Refresh, Refreshed};
pub use memory::{Memory, Recency, Ticket};
pub use origin::{Origin, PreconditionSupport, UpdateStatus};
pub use patch::UpdateMethod;
pub use read::{Read, ReadOutcome};
pub use save::{Save, changed_keys};
pub use update::{Update, Updated};
pub use write::Write;

/// A call of a client as a state machine. One driver carries out the steps of all machines.
pub trait Machine {
    /// The next step after `event`. `memory` is the client's memory.
    ///
    /// # Errors
    /// A defect, or documents that cannot be merged; the caller still holds mine. The call has then ended.
    fn step(&mut self, memory: &mut Memory, event: Event, moment: Moment) -> Result<Step<()>, Error>;

    /// A URL of the origin that the caller named.
    fn named(&self) -> Rc<str>;

    /// Takes the events for the client's observers.
    fn take_notices(&mut self) -> Vec<Notice> {
        Vec::new()
    }

    /// The call ends before its outcome: the caller aborted it, or an error occurred.
    fn abandon(&mut self, _memory: &mut Memory) {}
}

/// What the driver is to do next.
#[derive(Debug)]
pub enum Step<T> {
    /// Wait until a write of the same document has ended, and report with [`Event::Turn`].
    Turn,
    /// Read from the store, and report with [`Event::Loaded`].
    Load(String),
    /// Write into the store, and report with [`Event::Stored`].
    Keep(String, Vec<u8>),
    /// Delete from the store, and report with [`Event::Stored`].
    Forget(Vec<String>),
    /// Let the caller's function change this document, and report with [`Event::Changed`].
    Change(Document),
    /// Ask the application about this merge, and report with [`Event::Validated`].
    Validate(Document),
    /// Send it, and report with [`Event::Answered`] or [`Event::NoAnswer`].
    Send(Request),
    /// Let time pass, and report with [`Event::Waited`].
    Wait {
        /// Milliseconds.
        ms: u32,
    },
    /// Nothing more: this is what came of it.
    Done(T),
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// The driver is ready to carry out the first step.
    Started,
    /// An answer came, with or without its whole body.
    Answered(Response),
    /// None came: the connection failed or time ran out. The sentence says what is known of it.
    NoAnswer(String),
    /// The time has passed.
    Waited,
    /// Another write of the document has ended.
    Turn,
    /// The store holds this record; `None`: no record, or the store failed.
    Loaded(Option<Vec<u8>>),
    /// The store has finished, or failed.
    Stored,
    /// The caller's function returned this document.
    Changed(Document),
    /// The application's objection to the merge; `None`: no objection.
    Validated(Option<String>),
}

/// The moment of an event.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Milliseconds since 1970.
    pub now_ms: f64,
    /// A random number, at least 0 and below 1.
    pub random: f64,
}

impl Moment {
    /// A number for [`unique_url`].
    fn unique(self) -> u32 {
        (self.random * 1e9) as u32
    }
}

/// Where a snapshot came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Sent by the server just now.
    Network,
    /// The server said that the stored one still holds.
    Revalidated,
}

impl Source {
    /// The spelling used in `Snapshot.source`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Revalidated => "revalidated",
        }
    }
}

/// A value with its version, as read.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The final URL, after redirects: the identity of the document.
    pub url: Rc<str>,
    /// The value.
    pub document: Document,
    /// What a precondition names; `None` where none was readable.
    pub version: Option<Version>,
    /// Its media type as received, which a write names again.
    pub content_type: Option<Rc<str>>,
    /// Where it came from.
    pub source: Source,
    /// The origin that the caller named, if a redirect or a `Location` led to another one.
    pub named: Option<Rc<str>>,
}

impl Snapshot {
    /// The origin that the caller of the read or of the write named.
    fn named_origin(&self) -> Rc<str> {
        self.named.clone().unwrap_or_else(|| origin(&self.url).into())
    }

    /// The snapshot, as a call that named the origin `named` returns it.
    #[must_use]
    fn named(mut self, named: &Rc<str>) -> Self {
        self.named = (origin(&self.url) != &**named).then(|| named.clone());
        self
    }

    /// Whether both are one version. Compares the documents, too, as two versions may share one tag (HTTP-RULES X5).
    pub fn equals(&self, other: &Self) -> bool {
        self.version == other.version && self.document.equals(&other.document)
    }

    /// How well the version protects a write.
    pub fn protection(&self) -> Protection {
        self.version.as_ref().map_or(Protection::None, Version::protection)
    }

    /// The snapshot of a stored response.
    fn stored(record: &Record, format: Option<Format>, versioning: &Versioning) -> Result<Self, Unreadable> {
        let response = Response {
            status: 200,
            url: record.url.clone(),
            is_redirected: false,
            headers: record.headers.clone(),
            body: Ok(record.body.clone()),
        };
        Self::read(&response, format, versioning, Source::Revalidated)
    }

    fn read(
        response: &Response,
        format: Option<Format>,
        versioning: &Versioning,
        source: Source,
    ) -> Result<Self, Unreadable> {
        let bytes = response.body.as_ref().map_err(|failure| Unreadable::Body(*failure))?;
        let told = || Format::of_content_type(response.headers.get("content-type"));
        let format = format.or_else(|| versioning.format()).unwrap_or_else(told);
        let content_type = response.headers.get("content-type");
        // In UTF-16 and ISO-2022 the octets of a text may be valid UTF-8, and would mean other characters.
        let is_hidden = |byte: &u8| matches!(byte, 0 | 0x1b);
        if format != Format::Bytes
            && content_type.is_some_and(Format::is_of_other_charset)
            && let Some(offset) = bytes.iter().position(is_hidden)
        {
            return Err(Unreadable::Document(Error::new(Kind::InvalidText { offset })));
        }
        let document = Document::parse(format, bytes).map_err(Unreadable::Document)?;
        let tree = match &document {
            Document::Json(tree) => Some(&**tree),
            _ => None,
        };
        Ok(Self {
            url: response.url.as_str().into(),
            version: versioning.read(&response.headers, tree),
            document,
            content_type: content_type.map(Into::into),
            source,
            named: None,
        })
    }
}

/// A save that this client made, and what it led to.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// What the page itself wrote: [`Write::into_own`].
    pub sent: Document,
    /// What the server held then; `None` where nobody knows, as the save was aborted (HTTP-RULES F12).
    pub result: Option<Snapshot>,
}

/// Why a success could not be read.
#[derive(Debug, Clone, PartialEq)]
pub enum Unreadable {
    /// The bytes did not all come, or are too many.
    Body(crate::http::BodyFailure),
    /// The bytes are not what their format says.
    Document(Error),
}

/// What the caller wants of a write.
#[derive(Debug, Clone)]
pub struct WriteOptions {
    /// The user of the call: stored responses and memory belong to one user.
    pub user: UserId,
    /// How documents are merged.
    pub merge: MergeOptions,
    /// Where versions live.
    pub versioning: Versioning,
    /// The facts about the origin from earlier writes.
    pub origin: Origin,
    /// Whether page and document share an origin, so that an additional field costs no preflight.
    pub is_same_origin: bool,
    /// How an update is sent.
    pub update: UpdateMethod,
    /// What happens where nothing overlaps.
    pub when_clean: WhenClean,
    /// Whether a write without a version goes out.
    pub refuse_unprotected: bool,
    /// How many times the loop may send again by itself.
    pub rounds: u32,
    /// The first back-off, in milliseconds; doubled each round.
    pub base_delay_ms: u32,
    /// No single wait is longer, in milliseconds.
    pub max_delay_ms: u32,
    /// Whether an answer that was lost may lead to the same write again, and theirs that equals mine to a success. Not for what
    /// several writers claim with the same words (HTTP-RULES R6).
    pub may_repeat: bool,
    /// Whether the caller's fields name an `Idempotency-Key`, so that a creation below a collection may be repeated.
    pub has_idempotency_key: bool,
    /// Whether a read that keeps bringing a refused version may try a query of its own, past a shared cache (HTTP-RULES X7).
    pub has_unique_reads: bool,
    /// Fields of every request that the driver needs the machine to know: the format's `Content-Type` where the caller has none.
    pub content_type: Option<String>,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            user: UserId::default(),
            merge: MergeOptions::default(),
            versioning: Versioning::default(),
            origin: Origin::default(),
            is_same_origin: true,
            update: UpdateMethod::default(),
            when_clean: WhenClean::Merge,
            refuse_unprotected: false,
            // HTTP-RULES R2. 200 ms and 5 s span what people take for "at once" and "it hangs".
            rounds: 5,
            base_delay_ms: 200,
            max_delay_ms: 5_000,
            may_repeat: true,
            has_idempotency_key: false,
            has_unique_reads: false,
            content_type: None,
        }
    }
}

impl WriteOptions {
    /// These options with the facts about the origin.
    fn knowing(&self, origin: Option<Origin>) -> Self {
        let mut options = self.clone();
        options.origin = origin.unwrap_or_else(Origin::unknown);
        if options.origin.updates == PreconditionSupport::Ignored {
            options.versioning = options.versioning.ignored();
        }
        options
    }
}

/// What happens to a merge in which nothing overlaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenClean {
    /// It is saved.
    Merge,
    /// It is saved, unless another alignment would have given another result.
    AskIfAmbiguous,
    /// It is handed out like a conflict.
    Ask,
}

/// What came of a write.
#[derive(Debug)]
pub enum Outcome {
    /// The server has it.
    Saved(SavedKind, Option<Snapshot>),
    /// The server has it, merged with what somebody else saved.
    Merged(Snapshot, Box<Conflict>),
    /// People have to decide.
    Conflict(Box<ConflictState>),
    /// Not accepted, or nobody knows.
    Refused(Box<Refusal>),
    /// The write was refused for certain; the caller's change is to be made again on the server's document.
    Replay(Snapshot),
}

/// How a write succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SavedKind {
    /// Updated.
    Saved,
    /// Newly there.
    Created,
    /// No longer there.
    Removed,
    /// Nothing to do: mine equals base.
    Unchanged,
    /// The server already holds it: somebody made the same edit, or the first answer was lost.
    AlreadySaved,
}

impl SavedKind {
    /// The spelling used in `SaveResult.kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Created => "created",
            Self::Removed => "removed",
            Self::Unchanged => "unchanged",
            Self::AlreadySaved => "already-saved",
        }
    }
}

/// A conflict with what is needed to go on: the snapshots behind its documents and the refusal that led to it.
#[derive(Debug, Clone)]
pub struct ConflictState {
    /// The documents, changes and decisions.
    pub conflict: Conflict,
    /// Where the document lives.
    pub url: Rc<str>,
    /// The origin that the caller named, if it is another one.
    pub named: Option<Rc<str>>,
    /// What the edit started from.
    pub base: Option<Snapshot>,
    /// What the server held when it was last read.
    pub theirs: Option<Snapshot>,
    /// The server's document, if nobody decided it: an update recreated a removed document. Theirs is then `None`.
    pub stored: Option<Snapshot>,
    /// The result of the decisions that led to `stored`; `None` before the first submit.
    pub submitted: Option<Document>,
    /// How often decisions were dropped because theirs had moved. A submit from before a drop sends nothing.
    pub reopenings: u32,
    /// Whether a submit has gone out whose fate is unknown.
    pub is_in_doubt: bool,
    /// The version that this submit named: if a later write with it is accepted, the submit was not carried out.
    pub doubted_version: Option<Version>,
    /// The server's words.
    pub problem: Problem,
}

impl Outcome {
    /// The outcome of a call that named this origin.
    #[must_use]
    fn named(mut self, named: &Rc<str>) -> Self {
        let name = |snapshot: Snapshot| snapshot.named(named);
        match self {
            Self::Saved(kind, snapshot) => return Self::Saved(kind, snapshot.map(name)),
            Self::Merged(snapshot, conflict) => return Self::Merged(name(snapshot), conflict),
            Self::Replay(snapshot) => return Self::Replay(name(snapshot)),
            Self::Conflict(ref mut state) => {
                state.named = (origin(&state.url) != &**named).then(|| named.clone());
                state.base = state.base.take().map(name);
                state.theirs = state.theirs.take().map(name);
            }
            Self::Refused(_) => {}
        }
        self
    }
}

impl ConflictState {
    /// The origin that the caller of the write named.
    fn named_origin(&self) -> Rc<str> {
        self.named.clone().unwrap_or_else(|| origin(&self.url).into())
    }

    /// A conflict that nobody has submitted yet.
    fn new(
        url: Rc<str>,
        base: Option<Snapshot>,
        theirs: Option<Snapshot>,
        conflict: Conflict,
        problem: Problem,
    ) -> Self {
        Self {
            conflict,
            url,
            named: None,
            base,
            theirs,
            stored: None,
            submitted: None,
            reopenings: 0,
            is_in_doubt: false,
            doubted_version: None,
            problem,
        }
    }
}

/// Something that happened on the way and that only observers hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A refusal that needed nobody.
    Absorbed(Absorbed),
    /// Something that the developer of the app or the server should mend.
    Warning(Warning),
    /// The caller's fields were withheld from this origin, which the caller has not named.
    Withheld(String),
}

/// Why a refusal needed nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absorbed {
    /// Theirs is what was sent.
    AlreadySaved,
    /// Only what the server manages had moved.
    OnlyIgnored,
    /// The version had another form, or moved without the value.
    Validator,
    /// The version was missing and could be had.
    VersionRequired,
}

impl Absorbed {
    /// The spelling used in `Observers.absorbed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AlreadySaved => "already-saved",
            Self::OnlyIgnored => "only-ignored",
            Self::Validator => "validator",
            Self::VersionRequired => "version-required",
        }
    }
}

/// What should be mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A write went out without a precondition.
    Unprotected,
    /// The server has accepted a stale write.
    VersionIgnored,
    /// The server answered an update with 201: the document was gone, and is there again.
    Recreated,
    /// The tag that the server sends is not the one that it takes.
    WeakTag,
    /// The server takes no form of its tags, only times of modification.
    OnlyDates,
    /// Reads are answered and a write is not: across origins, its preflight may be blocked.
    NoWriteAnswered,
}

impl Warning {
    /// A stable code and one sentence.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Unprotected => (
                "unprotected",
                "this write carried no version, so it may have overwritten somebody else's: let the server send an ETag and, across origins, expose it",
            ),
            Self::VersionIgnored => (
                "unprotected",
                "the server accepts writes that name a stale version, so only a read right before each write protects it: let the server check If-Match",
            ),
            Self::Recreated => (
                "recreated",
                "the server answered an update with 201, so the document had been removed and is there again: let it check If-Match first",
            ),
            Self::WeakTag => (
                "weak-tag",
                "the server refuses the ETag that it sends: let it send strong tags, or switch off what changes them on the way, such as compression",
            ),
            Self::OnlyDates => (
                "only-dates",
                "the server takes back no form of its ETags, so that writes are protected by times of modification, to the second: let it send strong tags",
            ),
            Self::NoWriteAnswered => (
                "no-write-answered",
                "the server answers reads, but not this write: across origins, the answer to the preflight must allow the method and If-Match (Access-Control-Allow-Methods, Access-Control-Allow-Headers)",
            ),
        }
    }
}

/// Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"): anything between nothing and the doubled delay.
fn backoff_ms(options: &WriteOptions, round: u32, random: f64) -> u32 {
    let ceiling =
        options.base_delay_ms.saturating_mul(1u32.checked_shl(round).unwrap_or(u32::MAX)).min(options.max_delay_ms);
    (f64::from(ceiling) * random) as u32
}

/// The fields of a read that the loop makes for itself.
pub(crate) fn read_request(url: &str, cache: CacheMode) -> Request {
    Request {
        method: crate::http::Method::Get,
        url: url.to_owned(),
        headers: Headers::new(),
        body: None,
        cache,
        source: RequestSource::Loop,
        is_foreign: false,
    }
}

/// `url` with a query that no cache has seen (HTTP-RULES X7).
fn unique_url(url: &str, number: u32) -> String {
    let mut unique = chained(&[url, if url.contains('?') { "&mergefetch=" } else { "?mergefetch=" }]);
    for place in 0..9 {
        unique.push(char::from(b'0' + (number / 10u32.pow(place) % 10) as u8));
    }
    unique
}

/// The trace of an edit in a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trace {
    /// The read holds the edit.
    Held,
    /// Somewhere the read has a third value, neither the edited nor the previous one.
    Replaced,
    /// Somewhere the read has the previous value.
    Missing,
}

/// The trace in `read` of the edit that led from `base`, or from nothing, to `sent`.
fn trace_of(base: Option<&Document>, sent: &Document, read: &Document) -> Trace {
    if read.equals(sent) || base.is_some_and(|base| base.equals(sent)) {
        return Trace::Held;
    }
    if base.is_some_and(|base| base.equals(read)) {
        return Trace::Missing;
    }
    // Servers add members to a created document: only the sent members are the edit.
    let nothing = || Document::parse(Format::Json, b"{}").ok().filter(|_| sent.format() == Format::Json);
    let base = base.cloned().or_else(nothing);
    let (sent, read) = (Some(sent.clone()), Some(read.clone()));
    let Ok(conflict) = Conflict::new(base, sent, read, MergeOptions::default()) else { return Trace::Replaced };
    let is_any = |state| conflict.changes().iter().any(|one| one.state == state);
    match (is_any(ChangeState::Mine), is_any(ChangeState::Conflict)) {
        (true, _) => Trace::Missing,
        (false, true) => Trace::Replaced,
        (false, false) => Trace::Held,
    }
}

/// The key of a stored response.
fn response_key(url: &str) -> String {
    chained(&["GET ", url])
}

/// The key of the facts about the origin of `url`.
fn origin_key(url: &str) -> String {
    chained(&["ORIGIN ", origin(url)])
}
