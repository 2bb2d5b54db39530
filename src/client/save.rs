//! A write of the client: with its queue, memory and store.

use std::rc::Rc;

use super::held::Held;
use super::read::{SUPERSEDED_REREADS, UNKNOWN_REREADS};
use super::{
    Event, FetchedWrite, Machine, Memory, Moment, Notice, Origin, Outcome, Recency, Snapshot, Step, Ticket, Write,
    WriteOptions, backoff_ms, named_keys, origin_key, response_key,
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

#[derive(Debug)]
enum Phase {
    /// Earlier writes of this document are under way.
    Waiting,
    LoadingOrigin,
    LoadingResponse,
    Writing(Box<Write>),
    /// A read lags behind an earlier write of this client; a pause before its repeat.
    HoldingBack(Box<Write>, Request),
    /// The application validates a merge before this request goes out.
    Validating(Box<Write>, Request),
    /// The store deletes responses that a write has made invalid.
    Forgetting(Box<Write>, Event),
    StoringOrigin(Ending),
    Ended,
}

/// One write, from the queue to the memory.
#[derive(Debug)]
pub struct Save {
    url: String,
    /// The origin that the caller named.
    named: Rc<str>,
    /// The place in the queue; `None` for a creation below a collection.
    ticket: Option<Ticket>,
    /// Whether another write of the document was under way when the page called.
    is_overtaking: bool,
    task: Option<Task>,
    options: WriteOptions,
    /// The number under which the memory keeps the write.
    base: Option<Snapshot>,
    held: Option<Held>,
    may_be_reused_unasked: bool,
    stored: Option<StoredResponse>,
    /// The caller's own fields. They show whether the stored response may be the base.
    fields: Headers,
    is_fetch: bool,
    /// The status of the last answer to a write.
    write_status: Option<u16>,
    probe_status: Option<u16>,
    /// Whether anything has been sent.
    has_asked: bool,
    /// The read under way.
    last_read: Option<Request>,
    /// How many answers to reads have been held back.
    held_back: u32,
    phase: Phase,
    /// The event that waits for the engine.
    pending: Option<Event>,
    notices: Vec<Notice>,
    outcome: Option<Outcome>,
    /// The document that was sent last.
    sent: Option<Document>,
    mine: Option<Document>,
    /// The newest acknowledged edit from the same base whose result the page got.
    delivered: Option<Document>,
    remembered: Option<u32>,
    reopened: Vec<String>,
    /// Whether the caller's change is made again if somebody else has written.
    is_replaying: bool,
    /// Refused versions, including those of earlier attempts of the same change.
    refused: Vec<Version>,
    /// The facts about the origin when the write began.
    known: Origin,
    /// The result of the decisions that are sent.
    decided: Option<Document>,
    refusal: Option<(Option<Snapshot>, Option<Document>)>,
}

impl Save {
    fn new(memory: &mut Memory, url: &str, task: Task, options: WriteOptions) -> Self {
        let is_overtaking = memory.is_busy(url);
        Self {
            url: url.to_owned(),
            named: task.named_origin(url),
            ticket: (!matches!(task, Task::Create { is_below: true, .. })).then(|| memory.enter(url)),
            is_overtaking,
            task: Some(task),
            options,
            base: None,
            held: None,
            may_be_reused_unasked: false,
            stored: None,
            fields: Headers::new(),
            is_fetch: false,
            write_status: None,
            probe_status: None,
            has_asked: false,
            last_read: None,
            held_back: 0,
            phase: Phase::Waiting,
            pending: None,
            notices: Vec::new(),
            outcome: None,
            sent: None,
            mine: None,
            delivered: None,
            remembered: None,
            reopened: Vec::new(),
            is_replaying: false,
            refused: Vec::new(),
            known: Origin::unknown(),
            decided: None,
            refusal: None,
        }
    }

    /// Saves `mine`, an edit of `base`.
    pub fn update(memory: &mut Memory, base: Snapshot, mine: Document, options: WriteOptions) -> Self {
        let url = base.url.clone();
        Self::new(memory, &url, Task::Update { base, mine, is_replaying: false }, options)
    }

    /// Saves a change that is made again whenever somebody else has written: see [`Outcome::Replay`].
    pub fn replaying(memory: &mut Memory, base: Snapshot, mine: Document, options: WriteOptions) -> Self {
        let url = base.url.clone();
        let save = Self::new(memory, &url, Task::Update { base, mine, is_replaying: true }, options);
        Self { is_replaying: true, ..save }
    }

    /// Saves `mine`, an edit of a copied snapshot with known URL and version. `copied` is the value of the copy, if nobody edited it.
    pub fn update_of_copy(
        memory: &mut Memory,
        url: &str,
        version: Option<Version>,
        (mine, copied): (Document, Option<Document>),
        options: WriteOptions,
    ) -> Self {
        Self::new(memory, url, Task::OfCopy { version, mine: Some(mine), copied }, options)
    }

    /// Sets the origin that the caller named when it read the copied document.
    #[must_use]
    pub fn named_at(self, named: Option<String>) -> Self {
        Self { named: named.map_or(self.named, Into::into), ..self }
    }

    /// Sets the caller's own fields, as the stored response may belong to another request or to another user.
    #[must_use]
    pub fn asking(self, fields: Headers) -> Self {
        Self { fields, ..self }
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
    pub fn remove_of_copy(memory: &mut Memory, url: &str, version: Option<Version>, options: WriteOptions) -> Self {
        Self::new(memory, url, Task::OfCopy { version, mine: None, copied: None }, options)
    }

    /// Sends the result of the decisions at the moment when the turn of this write comes.
    pub fn submit(memory: &mut Memory, held: Held, options: WriteOptions) -> Self {
        let (url, reopenings) = (held.borrow().url.clone(), held.borrow().reopenings);
        Self::new(memory, &url, Task::Submit(held, reopenings), options)
    }

    /// Sends mine with the version of theirs.
    pub fn overwrite(memory: &mut Memory, held: Held, options: WriteOptions) -> Self {
        let url = held.borrow().url.clone();
        Self::new(memory, &url, Task::Overwrite(held), options)
    }

    /// Sends a request of the caller of `fetch`.
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
        &self.reopened
    }

    /// The outcome, with the number under which the memory keeps the write; `None` before the end.
    pub fn into_outcome(self) -> Option<(Outcome, Option<u32>)> {
        let named = self.named;
        self.outcome.map(|outcome| (outcome.named(&named), self.remembered))
    }

    /// The status of the last answer to a write; `None` where there was no answer.
    pub fn write_status(&self) -> Option<u16> {
        self.write_status
    }

    /// The status of the answer to the probe.
    pub(super) fn probe_status(&self) -> Option<u16> {
        self.probe_status
    }

    /// Whether anything has been sent.
    pub(super) fn has_asked(&self) -> bool {
        self.has_asked
    }

    /// Base and edit behind the refusal of a request of `fetch` with its own condition.
    pub fn refusal_of_caller(&self) -> Option<(Option<Snapshot>, Option<Document>)> {
        let is_refusal = matches!(self.write_status, Some(409 | 412));
        self.refusal.clone().filter(|_| is_refusal)
    }

    /// Excludes versions that were refused in earlier attempts of the same change (HTTP-RULES R1).
    #[must_use]
    pub(super) fn without(mut self, refused: &[Version]) -> Self {
        self.refused = refused.to_vec();
        self
    }

    /// The versions that the server has refused.
    pub(super) fn refused(&self) -> &[Version] {
        &self.refused
    }

    /// The edit.
    pub(super) fn mine(&self) -> Option<&Document> {
        self.mine.as_ref()
    }

    /// The document that was sent last.
    pub fn sent(&self) -> Option<&Document> {
        self.sent.as_ref()
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
    fn load(&mut self, memory: &Memory) -> Step<()> {
        if memory.origin(&self.url).is_none() {
            self.phase = Phase::LoadingOrigin;
            return Step::Load(origin_key(&self.url));
        }
        self.phase = Phase::LoadingResponse;
        Step::Load(response_key(&self.url))
    }

    /// Waits for the turn of this write.
    fn wait(&mut self, memory: &Memory, event: &Event) -> Step<()> {
        if self.has_turn(memory) {
            return self.load(memory);
        }
        if let (Some(Task::Fetch(_, handed_out)), Event::Started) = (&mut self.task, event) {
            // The result of the write that is under way is no base of this request: nobody has it yet.
            *handed_out = memory.handed_out_of(&self.url).cloned().gather();
        }
        self.phase = Phase::Waiting;
        Step::Turn
    }

    /// Loads the stored response after the facts about the origin.
    fn load_after(&mut self, memory: &mut Memory, facts: Option<Vec<u8>>) -> Step<()> {
        memory.load_facts(&self.url, facts);
        self.load(memory)
    }

    fn decode_stored(&mut self, stored: Option<&[u8]>) {
        self.stored = stored.and_then(StoredResponse::decode);
        self.may_be_reused_unasked = self.stored.as_ref().is_some_and(StoredResponse::may_be_reused_unasked);
    }

    /// Another write of this origin may have learnt something meanwhile.
    fn adopt_facts(&self, memory: &Memory, write: &mut Write) {
        write.adopt_facts(memory.origin(&self.url).unwrap_or(self.known));
    }

    fn track_request(&mut self, request: &Request) {
        self.has_asked = true;
        self.last_read = (request.method == Method::Get).then(|| request.clone());
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
        mut write: Box<Write>,
        event: Event,
        moment: Moment,
    ) -> Result<Step<()>, Error> {
        self.adopt_facts(memory, &mut write);
        write.options.engine = memory.engine();
        let step = write.step(event, moment);
        self.notices.extend(write.take_notices());
        match step? {
            Step::Send(request) => {
                self.track_request(&request);
                let merged = write.sent().filter(|_| write.proposes_merge()).cloned();
                Ok(match merged {
                    Some(merged) => {
                        self.phase = Phase::Validating(write, request);
                        Step::Validate(merged)
                    }
                    None => {
                        self.phase = Phase::Writing(write);
                        Step::Send(request)
                    }
                })
            }
            Step::Done(outcome) => self.end(memory, *write, outcome),
            Step::Wait { ms } => {
                self.phase = Phase::Writing(write);
                Ok(Step::Wait { ms })
            }
            _ => Err(Error::internal("a step that a write does not take")),
        }
    }

    /// Every step, with the engine.
    ///
    /// # Errors
    /// As [`Machine::step`].
    pub(super) fn step_fully(&mut self, memory: &mut Memory, event: Event, moment: Moment) -> Result<Step<()>, Error> {
        match (std::mem::replace(&mut self.phase, Phase::Ended), event) {
            (Phase::Waiting, event @ (Event::Started | Event::Turn)) => Ok(self.wait(memory, &event)),
            (Phase::LoadingOrigin, Event::Loaded(kept)) => Ok(self.load_after(memory, kept)),
            (Phase::LoadingResponse, Event::Loaded(stored)) => {
                self.decode_stored(stored.as_deref());
                match self.write(memory)? {
                    Ok(write) => self.advance(memory, Box::new(write), Event::Started, moment),
                    Err(outcome) => {
                        self.outcome = Some(outcome);
                        Ok(self.leave(memory))
                    }
                }
            }
            (Phase::Validating(mut write, request), Event::Validated(objection)) => match objection {
                Some(objection) => {
                    let outcome = write.refuse_merge(objection)?;
                    self.end(memory, *write, outcome)
                }
                None => {
                    self.phase = Phase::Writing(write);
                    Ok(Step::Send(request))
                }
            },
            (Phase::Writing(write), event @ (Event::Answered(_) | Event::NoAnswer(_))) if write.is_writing() => {
                Ok(self.answered(memory, write, event))
            }
            (Phase::Writing(write), Event::Answered(response)) if self.lags(memory, &write, &response) => {
                Ok(self.hold_back(write, moment))
            }
            (Phase::HoldingBack(write, request), Event::Waited) => {
                self.phase = Phase::Writing(write);
                Ok(Step::Send(request))
            }
            (Phase::Writing(write), event) => {
                self.refresh_copy(memory, &event);
                self.advance(memory, write, event, moment)
            }
            (Phase::Forgetting(write, event), Event::Stored) => self.advance(memory, write, event, moment),
            (Phase::StoringOrigin(ending), Event::Stored) => self.deliver(memory, &ending),
            _ => Err(Error::internal("an event that this phase of a write does not know")),
        }
    }

    /// As [`Self::lags`].
    fn lags_in(&mut self, memory: &mut Memory, write: &Write, event: &Event) -> bool {
        matches!(event, Event::Answered(response) if self.lags(memory, write, response))
    }

    /// Whether a read within the write is older than an earlier write of this client: a replica or a cache lags (HTTP-RULES K8).
    fn lags(&mut self, memory: &mut Memory, write: &Write, response: &Response) -> bool {
        if response.status != 200 || self.last_read.is_none() {
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
        if is_doubtful && self.held_back >= most.min(self.options.rounds) {
            memory.confirm(&self.url, Some(&read));
            return false;
        }
        is_doubtful
    }

    /// Repeats the read, the first time at once.
    fn hold_back(&mut self, mut write: Box<Write>, moment: Moment) -> Step<()> {
        self.held_back += 1;
        write.reads.has_lagged = true;
        let Some(request) = self.last_read.clone() else { return Step::Done(()) };
        if self.held_back == 1 {
            self.phase = Phase::Writing(write);
            return Step::Send(request);
        }
        self.phase = Phase::HoldingBack(write, request);
        Step::Wait { ms: backoff_ms(&self.options, self.held_back, moment.random) }
    }

    /// Deletes the stored response after a write, whatever its answer (RFC 9111 §4.4).
    fn answered(&mut self, memory: &mut Memory, write: Box<Write>, event: Event) -> Step<()> {
        let mut keys = vec![response_key(&self.url)];
        let status = match &event {
            Event::Answered(response) => Some(response.status),
            _ => None,
        };
        if write.is_sending() {
            self.write_status = status;
        } else {
            self.probe_status = status;
        }
        if let Event::Answered(response) = &event
            && response.is_success()
        {
            keys.extend(named_keys(&self.url, &response.headers));
            if self.may_be_reused_unasked {
                memory.mark_stale(&self.url);
            }
        }
        self.phase = Phase::Forgetting(write, event);
        Step::Forget(keys)
    }

    fn end(&mut self, memory: &mut Memory, write: Write, outcome: Outcome) -> Result<Step<()>, Error> {
        let (before, learnt, ending) = (self.known, write.origin(), Ending::of(&write));
        self.refused.clone_from(&write.refused);
        self.sent = write.sent().cloned();
        self.remember_fetched(memory, &write, &outcome);
        self.remember(memory, write, &outcome);
        self.outcome = Some(outcome);
        match self.store_facts(memory, before, learnt) {
            Some(step) => {
                self.phase = Phase::StoringOrigin(ending);
                Ok(step)
            }
            None => self.deliver(memory, &ending),
        }
    }

    /// Remembers the document of the caller of `fetch` after its write, and the edit behind a refusal of its own condition.
    fn remember_fetched(&mut self, memory: &mut Memory, write: &Write, outcome: &Outcome) {
        if self.is_fetch && write.states_condition() && !write.has_no_document() {
            self.refusal = Some((write.base().cloned(), self.sent.clone()));
        }
        if self.is_fetch {
            self.hand_out(memory, outcome, write);
        }
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
                self.pending.take().ok_or_else(|| Error::internal("an engine that nothing waits for"))?
            }
            Event::NoEngine => return self.end_unanswered(memory),
            event => event,
        };
        match memory.engine() {
            Some(engine) => (engine.machines().save)(self, memory, event, moment),
            None => self.step_plainly(memory, event, moment),
        }
    }

    fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    fn ends_without_engine(&self) -> bool {
        self.lost_answer().is_some()
    }

    fn abandon(&mut self, memory: &mut Memory) {
        let phase = std::mem::replace(&mut self.phase, Phase::Ended);
        if let Phase::StoringOrigin(ending) = &phase {
            self.was_not_delivered(memory, ending);
        }
        if let Phase::Writing(write)
        | Phase::HoldingBack(write, _)
        | Phase::Validating(write, _)
        | Phase::Forgetting(write, _) = phase
        {
            memory.learn_since(&self.url, self.known, write.origin());
            match memory.engine() {
                Some(engine) => (engine.machines().doubt)(self, memory, *write),
                None => self.doubt_plainly(memory, *write),
            }
        }
        self.leave_queue(memory);
    }
}
