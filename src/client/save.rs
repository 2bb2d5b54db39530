//! A write of the client: with its queue, memory and store.

use std::rc::Rc;

use super::held::Held;
use super::read::{SUPERSEDED_REREADS, UNKNOWN_REREADS};
use super::{
    Event, FetchedWrite, Machine, Memory, Moment, ObserverEvent, Origin, Outcome, Recency, Snapshot, Step, Ticket,
    Write, WriteOptions, backoff_ms, named_keys, origin_key, response_key,
};
use crate::conflict::Document;
use crate::error::Error;
use crate::gather::Gather;
use crate::http::{Headers, Method, Request, Response, StoredResponse, Version};

mod plain;
mod remember;
mod task;

use remember::Ending;
pub(super) use task::Task;

/// The phase of a save, with the data that only this phase needs.
#[derive(Debug)]
enum Phase {
    /// Earlier writes of this document are under way.
    Waiting(Box<Task>),
    /// The store loads the facts about the origin.
    LoadingOrigin(Box<Task>),
    /// The store loads the stored response.
    LoadingResponse(Box<Task>),
    /// A request of the write is under way, or a pause before it.
    Writing(Box<Exchange>),
    /// A read lags behind an earlier write of this client; a pause before its repeat.
    HoldingBack(Box<Exchange>, Request),
    /// The application validates a merge before this request goes out.
    Validating(Box<Exchange>, Request),
    /// The store deletes responses that a write has made invalid.
    Forgetting(Box<Exchange>, Event),
    /// The store saves the facts about the origin.
    StoringOrigin(Ending),
    /// The engine is being loaded. Then this phase continues with this event.
    LoadingEngine(Box<Phase>, Event),
    Ended,
}

/// A write from its first request on, with the facts that its answers are compared with.
#[derive(Debug)]
struct Exchange {
    write: Write,
    /// The facts about the origin when the write began.
    known: Origin,
    /// Whether a cache may reuse the stored response without a request.
    may_be_reused_unasked: bool,
    /// The last request, if it is a read.
    last_read: Option<Request>,
    /// How many answers to reads have been held back.
    held_back: u32,
}

/// The call behind a save, with the data that only this call needs.
#[derive(Debug)]
enum Purpose {
    /// `save`, `create`, `remove` or `fetch`.
    Edit,
    /// `update`: the caller makes its change again if somebody else has written. The versions were refused in this attempt and in
    /// earlier ones.
    Change { refused: Vec<Version> },
    /// `submit` or `overwrite`: the held conflict, and the result of the decisions that is sent.
    Decisions { held: Held, result: Option<Document> },
}

/// The edit, as the memory keeps it.
#[derive(Debug, Default)]
struct Edit {
    /// The snapshot that the edit started from; the memory finds later saves from it.
    base: Option<Snapshot>,
    mine: Option<Document>,
    /// The newest acknowledged edit from the same base whose result the page got.
    delivered: Option<Document>,
}

/// The traffic so far.
#[derive(Debug, Default)]
struct Traffic {
    /// Whether anything has been sent.
    has_asked: bool,
    /// The status of the last answer to a write.
    write_status: Option<u16>,
    probe_status: Option<u16>,
}

/// The results for the caller.
#[derive(Debug, Default)]
struct Results {
    outcome: Option<Outcome>,
    /// The number under which the memory keeps the write.
    remembered: Option<u32>,
    /// The document that was sent last.
    sent: Option<Document>,
    /// The decisions that no longer hold.
    reopened: Vec<String>,
    /// Base and edit of a request of `fetch` with its own condition.
    of_own_condition: Option<(Option<Snapshot>, Option<Document>)>,
}

/// One write, from the queue to the memory.
///
/// # Examples
///
/// ```
/// use mergefetch::client::{Event, Machine, Memory, Moment, Save, Snapshot, Source, Step, Write, WriteOptions};
/// use mergefetch::conflict::Document;
/// use mergefetch::http::{Format, Versioning};
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
/// let (mut memory, moment) = (Memory::default(), Moment { now_ms: 0.0, random: 0.5 });
/// let (base, mine) = (snapshot("[1]", "\"v1\""), snapshot("[2]", "\"v1\"").document);
/// let mut save = Save::update(&mut memory, base.clone(), mine.clone(), WriteOptions::default());
/// let mut event = Event::Started;
/// let request = loop {
///     event = match save.step(&mut memory, event, moment).unwrap() {
///         Step::Load(_) => Event::Loaded(None),
///         Step::LoadEngine => Event::EngineLoaded(mergefetch::client::Engine::linked()),
///         Step::Send(request) => break request,
///         other => panic!("unexpected {other:?}"),
///     };
/// };
/// assert_eq!(request.url, url);
/// assert!(save.write_status().is_none() && save.reopened().is_empty() && save.into_outcome().is_none());
///
/// // Each call of a client is made in the same way.
/// let options = WriteOptions::default;
/// let created = Save::create(&mut memory, url, mine.clone(), false, options());
/// let removed = Save::remove(&mut memory, base.clone(), options());
/// let made = Save::of(&mut memory, url, Write::update(base.clone(), mine, options()), options());
/// assert!([created, removed, made].iter().all(|save| save.sent().is_none()));
/// ```
#[derive(Debug)]
pub struct Save {
    url: String,
    /// The origin that the caller named.
    named: Rc<str>,
    /// The place in the queue; `None` for a creation below a collection.
    ticket: Option<Ticket>,
    options: WriteOptions,
    purpose: Purpose,
    edit: Edit,
    traffic: Traffic,
    results: Results,
    events: Vec<ObserverEvent>,
    phase: Phase,
}

impl Exchange {
    /// Another write of this origin may have learnt something meanwhile.
    fn adopt_facts(&mut self, memory: &Memory, url: &str) {
        self.write.adopt_facts(memory.origin(url).unwrap_or(self.known));
    }
}

impl Save {
    fn new(memory: &mut Memory, url: &str, task: Task, options: WriteOptions) -> Self {
        let purpose = match &task {
            Task::Submit(held, _) | Task::Overwrite(held) => Purpose::Decisions { held: held.clone(), result: None },
            _ => Purpose::Edit,
        };
        Self {
            url: url.to_owned(),
            named: task.named_origin(url),
            ticket: (!matches!(task, Task::Create { is_below: true, .. })).then(|| memory.enter(url)),
            options,
            purpose,
            edit: Edit::default(),
            traffic: Traffic::default(),
            results: Results::default(),
            events: Vec::new(),
            phase: Phase::Waiting(Box::new(task)),
        }
    }

    /// Saves `mine`, an edit of `base`.
    pub fn update(memory: &mut Memory, base: Snapshot, mine: Document, options: WriteOptions) -> Self {
        let url = base.url.clone();
        let is_overtaking = memory.is_busy(&url);
        Self::new(memory, &url, Task::Update { base, mine, is_overtaking }, options)
    }

    /// Saves a change that is made again whenever somebody else has written: see [`Outcome::Replay`].
    pub(super) fn replaying(memory: &mut Memory, base: Snapshot, mine: Document, options: WriteOptions) -> Self {
        Self { purpose: Purpose::Change { refused: Vec::new() }, ..Self::update(memory, base, mine, options) }
    }

    /// Saves `mine`, an edit of a copied snapshot with known URL and version. `copied` is the value of the copy, if nobody edited it.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Memory, Save, WriteOptions};
    /// use mergefetch::conflict::Document;
    /// use mergefetch::http::{Format, Versioning};
    ///
    /// let (mut memory, url) = (Memory::default(), "https://example.org/notes/7");
    /// let (version, mine) = (Versioning::default().from_token("\"v1\""), Document::parse(Format::Json, b"[1]")?);
    /// let save = Save::update_of_copy(&mut memory, url, version, (mine, None), WriteOptions::default());
    /// assert!(save.refusal_of_caller().is_none());
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn update_of_copy(
        memory: &mut Memory,
        url: &str,
        version: Option<Version>,
        (mine, copied): (Document, Option<Document>),
        options: WriteOptions,
    ) -> Self {
        Self::new(memory, url, Task::OfCopy { version, mine: Some(mine), copied, fields: Headers::new() }, options)
    }

    /// Sets the origin that the caller named when it read the copied document.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Machine, Memory, Save, WriteOptions};
    ///
    /// let (mut memory, url) = (Memory::default(), "https://example.org/notes/7");
    /// let save = Save::remove_of_copy(&mut memory, url, None, WriteOptions::default());
    /// let save = save.named_at(Some("https://example.net".into()));
    /// assert_eq!(&*save.named(), "https://example.net");
    /// ```
    #[must_use]
    pub fn named_at(self, named: Option<String>) -> Self {
        Self { named: named.map_or(self.named, Into::into), ..self }
    }

    /// Sets the caller's own fields, as the stored response may belong to another request or to another user.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Memory, Save, WriteOptions};
    /// use mergefetch::http::Headers;
    ///
    /// let (mut memory, url) = (Memory::default(), "https://example.org/notes/7");
    /// let save = Save::remove_of_copy(&mut memory, url, None, WriteOptions::default());
    /// let save = save.asking(Headers::new().with("accept-language", "de"));
    /// assert!(save.sent().is_none());
    /// ```
    #[must_use]
    pub fn asking(mut self, asked: Headers) -> Self {
        if let Phase::Waiting(task) = &mut self.phase
            && let Task::OfCopy { fields, .. } = &mut **task
        {
            *fields = asked;
        }
        self
    }

    /// Creates `mine` at `url`, or, with `is_below`, below the collection there, at a URL that the server chooses.
    pub fn create(memory: &mut Memory, url: &str, mine: Document, is_below: bool, options: WriteOptions) -> Self {
        Self::new(memory, url, Task::Create { mine, is_below }, options)
    }

    /// Removes the document of `base`.
    pub fn remove(memory: &mut Memory, base: Snapshot, options: WriteOptions) -> Self {
        let url = base.url.clone();
        Self::new(memory, &url, Task::Remove { base }, options)
    }

    /// Removes the document of a copied snapshot.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Event, Machine, Memory, Moment, Save, Step, WriteOptions};
    /// use mergefetch::http::{Headers, Versioning};
    ///
    /// # let moment = Moment { now_ms: 0.0, random: 0.5 };
    /// let (mut memory, url) = (Memory::default(), "https://example.org/notes/7");
    /// let version = Versioning::default().from_token("\"v1\"");
    /// let save = Save::remove_of_copy(&mut memory, url, version, WriteOptions::default());
    /// let mut save = save.named_at(Some("https://example.net".into())).asking(Headers::new());
    /// assert_eq!(&*save.named(), "https://example.net");
    /// assert!(matches!(save.step(&mut memory, Event::Started, moment)?, Step::Load(_)));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn remove_of_copy(memory: &mut Memory, url: &str, version: Option<Version>, options: WriteOptions) -> Self {
        Self::new(memory, url, Task::OfCopy { version, mine: None, copied: None, fields: Headers::new() }, options)
    }

    /// Sends the result of the decisions at the moment when the turn of this write comes.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::RefCell;
    /// use std::rc::Rc;
    ///
    /// use mergefetch::client::{ConflictState, Engine, Found, Memory, Save, WriteOptions};
    /// use mergefetch::conflict::{Document, MergeOptions};
    /// use mergefetch::http::{Format, Problem};
    ///
    /// # let url = "https://example.org/notes/7";
    /// # let parse = |text: &str| Document::parse(Format::Json, text.as_bytes());
    /// # let found = Found { base: None, mine: Some(parse("[1]")?), theirs: None, decisions: Vec::new() };
    /// # let state = ConflictState::found(Engine::linked(), url, found, MergeOptions::default(), Problem::default())?;
    /// let held = Rc::new(RefCell::new(state));
    /// let save = Save::submit(&mut Memory::default(), held.clone(), WriteOptions::default());
    /// // The page may go on deciding until the turn of the write comes.
    /// assert_eq!((Rc::strong_count(&held) > 1, save.sent().is_none()), (true, true));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn submit(memory: &mut Memory, held: Held, options: WriteOptions) -> Self {
        let (url, reopenings) = (held.borrow().url.clone(), held.borrow().reopenings);
        Self::new(memory, &url, Task::Submit(held, reopenings), options)
    }

    /// Sends mine with the version of theirs.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::RefCell;
    /// use std::rc::Rc;
    ///
    /// use mergefetch::client::{ConflictState, Engine, Found, Memory, Save, WriteOptions};
    /// use mergefetch::conflict::{Document, MergeOptions};
    /// use mergefetch::http::{Format, Problem};
    ///
    /// # let url = "https://example.org/notes/7";
    /// # let parse = |text: &str| Document::parse(Format::Json, text.as_bytes());
    /// # let found = Found { base: None, mine: Some(parse("[1]")?), theirs: None, decisions: Vec::new() };
    /// # let state = ConflictState::found(Engine::linked(), url, found, MergeOptions::default(), Problem::default())?;
    /// let held = Rc::new(RefCell::new(state));
    /// let save = Save::overwrite(&mut Memory::default(), held.clone(), WriteOptions::default());
    /// // The page may go on deciding until the turn of the write comes.
    /// assert_eq!((Rc::strong_count(&held) > 1, save.sent().is_none()), (true, true));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn overwrite(memory: &mut Memory, held: Held, options: WriteOptions) -> Self {
        let url = held.borrow().url.clone();
        Self::new(memory, &url, Task::Overwrite(held), options)
    }

    /// Sends a request of the caller of `fetch`.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Fetched, FetchedWrite, Machine, Memory, Save, WriteOptions};
    /// use mergefetch::http::{Headers, Method};
    ///
    /// let url = "https://example.org/notes/7".to_owned();
    /// let call = Fetched { url, fields: Headers::new(), format: None, has_default_cache: true };
    /// let call = FetchedWrite { call, method: Method::Delete, body: None };
    /// let save = Save::fetch(&mut Memory::default(), call, WriteOptions::default());
    /// assert_eq!(&*save.named(), "https://example.org");
    /// assert!(save.refusal_of_caller().is_none());
    /// ```
    pub fn fetch(memory: &mut Memory, call: FetchedWrite, options: WriteOptions) -> Self {
        let url = call.call.url.clone();
        Self::new(memory, &url, Task::Fetch(call, Vec::new()), options)
    }

    /// Takes the turn right behind the write that is under way.
    #[must_use]
    pub(super) fn next(self, memory: &mut Memory) -> Self {
        if let Some(ticket) = self.ticket {
            memory.overtake(&self.url, ticket);
        }
        self
    }

    /// Carries out `write`, which was made elsewhere.
    pub fn of(memory: &mut Memory, url: &str, write: Write, options: WriteOptions) -> Self {
        Self::new(memory, url, Task::Made(Box::new(write)), options)
    }

    /// The ids of the decisions that no longer hold, where a decided conflict was refused again.
    pub fn reopened(&self) -> &[String] {
        &self.results.reopened
    }

    /// The outcome, with the number under which the memory keeps the write; `None` before the end.
    pub fn into_outcome(self) -> Option<(Outcome, Option<u32>)> {
        let named = self.named;
        let Results { outcome, remembered, .. } = self.results;
        outcome.map(|outcome| (outcome.named(&named), remembered))
    }

    /// The status of the last answer to a write; `None` where there was no answer.
    pub fn write_status(&self) -> Option<u16> {
        self.traffic.write_status
    }

    /// The status of the answer to the probe.
    pub(super) fn probe_status(&self) -> Option<u16> {
        self.traffic.probe_status
    }

    /// Whether anything has been sent.
    pub(super) fn has_asked(&self) -> bool {
        self.traffic.has_asked
    }

    /// Base and edit behind the refusal of a request of `fetch` with its own condition.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Fetched, FetchedWrite, Memory, Save, WriteOptions};
    /// use mergefetch::http::{Headers, Method};
    ///
    /// let (url, fields) = ("https://example.org/notes/7".to_owned(), Headers::new().with("if-match", "\"v1\""));
    /// let call = Fetched { url, fields, format: None, has_default_cache: true };
    /// let call = FetchedWrite { call, method: Method::Delete, body: None };
    /// // Nothing was refused yet.
    /// let save = Save::fetch(&mut Memory::default(), call, WriteOptions::default());
    /// assert!(save.refusal_of_caller().is_none());
    /// ```
    pub fn refusal_of_caller(&self) -> Option<(Option<Snapshot>, Option<Document>)> {
        let is_refusal = matches!(self.traffic.write_status, Some(409 | 412));
        self.results.of_own_condition.clone().filter(|_| is_refusal)
    }

    /// Excludes versions that were refused in earlier attempts of the same change (HTTP-RULES R1).
    #[must_use]
    pub(super) fn without(self, refused: &[Version]) -> Self {
        Self { purpose: Purpose::Change { refused: refused.to_vec() }, ..self }
    }

    /// The versions that the server has refused.
    pub(super) fn refused(&self) -> &[Version] {
        match &self.purpose {
            Purpose::Change { refused } => refused,
            _ => &[],
        }
    }

    /// The edit.
    pub(super) fn mine(&self) -> Option<&Document> {
        self.edit.mine.as_ref()
    }

    /// The document that was sent last.
    pub fn sent(&self) -> Option<&Document> {
        self.results.sent.as_ref()
    }

    /// Whether the caller's change is made again if somebody else has written.
    fn is_replaying(&self) -> bool {
        matches!(self.purpose, Purpose::Change { .. })
    }

    /// The conflict that was decided.
    fn held(&self) -> Option<&Held> {
        match &self.purpose {
            Purpose::Decisions { held, .. } => Some(held),
            _ => None,
        }
    }

    fn has_turn(&self, memory: &Memory) -> bool {
        self.ticket.is_none_or(|ticket| memory.is_first(&self.url, ticket))
    }

    fn leave_queue(&mut self, memory: &mut Memory) {
        if let Some(ticket) = self.ticket.take() {
            memory.leave(&self.url, ticket);
        }
    }

    /// Loads facts and the stored response before the first request.
    fn load(&mut self, memory: &Memory, task: Box<Task>) -> Step<()> {
        if memory.origin(&self.url).is_none() {
            self.phase = Phase::LoadingOrigin(task);
            return Step::Load(origin_key(&self.url));
        }
        self.phase = Phase::LoadingResponse(task);
        Step::Load(response_key(&self.url))
    }

    /// Waits for the turn of this write.
    fn wait(&mut self, memory: &Memory, mut task: Box<Task>, event: &Event) -> Step<()> {
        if self.has_turn(memory) {
            return self.load(memory, task);
        }
        if let (Task::Fetch(_, handed_out), Event::Started) = (&mut *task, event) {
            // The result of the write that is under way is no base of this request: nobody has it yet.
            *handed_out = memory.handed_out_of(&self.url).cloned().gather();
        }
        self.phase = Phase::Waiting(task);
        Step::Turn
    }

    /// Loads the stored response after the facts about the origin.
    fn load_after(&mut self, memory: &mut Memory, task: Box<Task>, facts: Option<Vec<u8>>) -> Step<()> {
        memory.load_facts(&self.url, facts);
        self.load(memory, task)
    }

    fn track_request(&mut self, exchange: &mut Exchange, request: &Request) {
        self.traffic.has_asked = true;
        exchange.last_read = (request.method == Method::Get).then(|| request.clone());
    }

    /// A read past every cache has replaced the copy in the browser's cache.
    fn refresh_copy(&self, memory: &mut Memory, event: &Event) {
        if matches!(event, Event::Answered(response) if response.status == 200) {
            memory.is_fresh(&self.url);
        }
    }

    /// Passes an event to the write, and returns its step.
    fn advance(
        &mut self,
        memory: &mut Memory,
        mut exchange: Box<Exchange>,
        event: Event,
        moment: Moment,
    ) -> Result<Step<()>, Error> {
        exchange.adopt_facts(memory, &self.url);
        let write = &mut exchange.write;
        write.options.engine = memory.engine();
        let step = write.step(event, moment);
        self.events.extend(write.take_events());
        match step? {
            Step::Send(request) => {
                let merged = write.sent().filter(|_| write.proposes_merge()).cloned();
                self.track_request(&mut exchange, &request);
                Ok(match merged {
                    Some(merged) => {
                        self.phase = Phase::Validating(exchange, request);
                        Step::Validate(merged)
                    }
                    None => self.send(exchange, request),
                })
            }
            Step::Done(outcome) => self.end(memory, *exchange, outcome),
            Step::Wait { ms } => {
                self.phase = Phase::Writing(exchange);
                Ok(Step::Wait { ms })
            }
            _ => Err(Error::internal("a step that a write does not take")),
        }
    }

    fn send(&mut self, exchange: Box<Exchange>, request: Request) -> Step<()> {
        self.phase = Phase::Writing(exchange);
        Step::Send(request)
    }

    /// Every step, with the engine.
    ///
    /// # Errors
    /// As [`Machine::step`].
    pub(super) fn step_fully(&mut self, memory: &mut Memory, event: Event, moment: Moment) -> Result<Step<()>, Error> {
        match (std::mem::replace(&mut self.phase, Phase::Ended), event) {
            (Phase::Waiting(task), event @ (Event::Started | Event::Turn)) => Ok(self.wait(memory, task, &event)),
            (Phase::LoadingOrigin(task), Event::Loaded(kept)) => Ok(self.load_after(memory, task, kept)),
            (Phase::LoadingResponse(task), Event::Loaded(stored)) => {
                let stored = stored.as_deref().and_then(StoredResponse::decode);
                match self.begin(memory, *task, stored)? {
                    Ok(exchange) => self.advance(memory, Box::new(exchange), Event::Started, moment),
                    Err(outcome) => {
                        self.results.outcome = Some(outcome);
                        Ok(self.leave(memory))
                    }
                }
            }
            (Phase::Validating(mut exchange, request), Event::Validated(objection)) => match objection {
                Some(objection) => {
                    let outcome = exchange.write.refuse_merge(objection)?;
                    self.end(memory, *exchange, outcome)
                }
                None => Ok(self.send(exchange, request)),
            },
            (Phase::Writing(exchange), event @ (Event::Answered(_) | Event::NoAnswer(_)))
                if exchange.write.is_writing() =>
            {
                Ok(self.answered(memory, exchange, event))
            }
            (Phase::Writing(exchange), Event::Answered(response)) if self.lags(memory, &exchange, &response) => {
                Ok(self.hold_back(exchange, moment))
            }
            (Phase::HoldingBack(exchange, request), Event::Waited) => Ok(self.send(exchange, request)),
            (Phase::Writing(exchange), event) => {
                self.refresh_copy(memory, &event);
                self.advance(memory, exchange, event, moment)
            }
            (Phase::Forgetting(exchange, event), Event::Stored) => self.advance(memory, exchange, event, moment),
            (Phase::StoringOrigin(ending), Event::Stored) => self.deliver(memory, &ending),
            _ => Err(Error::internal("an event that this phase of a write does not know")),
        }
    }

    /// As [`Self::lags`].
    fn lags_in(&self, memory: &mut Memory, exchange: &Exchange, event: &Event) -> bool {
        matches!(event, Event::Answered(response) if self.lags(memory, exchange, response))
    }

    /// Whether a read within the write is older than an earlier write of this client: a replica or a cache lags (HTTP-RULES K8).
    fn lags(&self, memory: &mut Memory, exchange: &Exchange, response: &Response) -> bool {
        let write = &exchange.write;
        if response.status != 200 || exchange.last_read.is_none() {
            return false;
        }
        let Ok(read) = write.snapshot(response) else { return false };
        let is_old =
            |version: &Version| memory.is_superseded(&self.url, version) || memory.was_seen_before(&self.url, version);
        let is_superseded = read.version.as_ref().is_some_and(is_old);
        // After a success the write itself compares the read with its edit.
        let is_doubtful =
            is_superseded || (!write.is_confirming() && memory.recency(&self.url, Some(&read)) == Recency::Doubtful);
        let most = if is_superseded { SUPERSEDED_REREADS } else { UNKNOWN_REREADS };
        if is_doubtful && exchange.held_back >= most.min(self.options.rounds) {
            memory.confirm(&self.url, Some(&read));
            return false;
        }
        is_doubtful
    }

    /// Repeats the read, the first time at once.
    fn hold_back(&mut self, mut exchange: Box<Exchange>, moment: Moment) -> Step<()> {
        exchange.held_back += 1;
        exchange.write.reads.has_lagged = true;
        let Some(request) = exchange.last_read.clone() else { return Step::Done(()) };
        if exchange.held_back == 1 {
            return self.send(exchange, request);
        }
        let ms = backoff_ms(&self.options, exchange.held_back, moment.random);
        self.phase = Phase::HoldingBack(exchange, request);
        Step::Wait { ms }
    }

    /// Deletes the stored response after a write, whatever its answer (RFC 9111 §4.4).
    fn answered(&mut self, memory: &mut Memory, exchange: Box<Exchange>, event: Event) -> Step<()> {
        let mut keys = vec![response_key(&self.url)];
        let status = match &event {
            Event::Answered(response) => Some(response.status),
            _ => None,
        };
        if exchange.write.is_sending() {
            self.traffic.write_status = status;
        } else {
            self.traffic.probe_status = status;
        }
        if let Event::Answered(response) = &event
            && response.is_success()
        {
            keys.extend(named_keys(&self.url, &response.headers));
            if exchange.may_be_reused_unasked {
                memory.mark_stale(&self.url);
            }
        }
        self.phase = Phase::Forgetting(exchange, event);
        Step::Forget(keys)
    }

    fn end(&mut self, memory: &mut Memory, exchange: Exchange, outcome: Outcome) -> Result<Step<()>, Error> {
        let Exchange { write, known, .. } = exchange;
        let (learnt, ending) = (write.origin(), self.track_end(memory, &write, &outcome));
        self.remember(memory, write, &outcome);
        self.results.outcome = Some(outcome);
        match self.store_facts(memory, known, learnt) {
            Some(step) => {
                self.phase = Phase::StoringOrigin(ending);
                Ok(step)
            }
            None => self.deliver(memory, &ending),
        }
    }

    /// Notes the results of a write that has ended, before the memory takes the write itself.
    fn track_end(&mut self, memory: &mut Memory, write: &Write, outcome: &Outcome) -> Ending {
        if let Purpose::Change { refused } = &mut self.purpose {
            refused.clone_from(&write.refusal.versions);
        }
        self.results.sent = write.sent().cloned();
        if write.is_fetch() {
            // The edit behind a refusal of the caller's own condition.
            if write.states_condition() && !write.has_no_document() {
                self.results.of_own_condition = Some((write.base().cloned(), self.results.sent.clone()));
            }
            self.hand_out(memory, outcome, write);
        }
        Ending::of(write)
    }

    /// Stores the facts about the origin that the write has learnt.
    fn store_facts(&self, memory: &mut Memory, before: Origin, learnt: Origin) -> Option<Step<()>> {
        let now = memory.learn_since(&self.url, before, learnt)?;
        Some(Step::Keep(origin_key(&self.url), now.encode()))
    }

    fn leave(&mut self, memory: &mut Memory) -> Step<()> {
        self.phase = Phase::Ended;
        self.leave_queue(memory);
        Step::Done(())
    }
}

impl Machine for Save {
    fn named(&self) -> Rc<str> {
        self.named.clone()
    }

    fn step(&mut self, memory: &mut Memory, event: Event, moment: Moment) -> Result<Step<()>, Error> {
        let event = match event {
            Event::EngineLoaded(engine) => {
                memory.has_loaded(engine);
                self.resume()?
            }
            Event::NoEngine => return self.end_unanswered(memory),
            event => event,
        };
        match memory.engine() {
            Some(engine) => (engine.machines().save)(self, memory, event, moment),
            None => self.step_plainly(memory, event, moment),
        }
    }

    fn take_events(&mut self) -> Vec<ObserverEvent> {
        std::mem::take(&mut self.events)
    }

    fn ends_without_engine(&self) -> bool {
        self.lost_answer().is_some()
    }

    fn abandon(&mut self, memory: &mut Memory) {
        let phase = match std::mem::replace(&mut self.phase, Phase::Ended) {
            Phase::LoadingEngine(phase, _) => *phase,
            phase => phase,
        };
        match phase {
            Phase::StoringOrigin(ending) => self.was_not_delivered(memory, &ending),
            Phase::Writing(exchange)
            | Phase::HoldingBack(exchange, _)
            | Phase::Validating(exchange, _)
            | Phase::Forgetting(exchange, _) => {
                let Exchange { write, known, .. } = *exchange;
                memory.learn_since(&self.url, known, write.origin());
                match memory.engine() {
                    Some(engine) => (engine.machines().doubt)(self, memory, write),
                    None => self.doubt_plainly(memory, write),
                }
            }
            _ => {}
        }
        self.leave_queue(memory);
    }
}
