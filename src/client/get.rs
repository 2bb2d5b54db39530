//! A read of the client: with the store, and with the memory of its own writes.

use std::rc::Rc;

use super::{
    Event, Machine, Memory, Moment, Read, ReadOutcome, Snapshot, Step, WriteOptions, origin_key, response_key,
};
use crate::error::Error;
use crate::http::{Format, Headers, StoredResponse, origin};

#[derive(Debug)]
enum Phase {
    Start,
    /// Loading the facts about the origin from the store.
    LoadingOrigin,
    LoadingResponse,
    Reading(Box<Read>),
    Storing(ReadOutcome),
    Done(ReadOutcome),
}

/// One read, which begins and ends with the store.
///
/// # Examples
///
/// ```
/// use mergefetch::client::{Get, WriteOptions};
/// use mergefetch::http::Headers;
///
/// // The example of the crate drives a read to its end.
/// let get = Get::new("https://example.org/notes/7", None, Headers::new(), WriteOptions::default());
/// assert!(get.into_outcome().is_none());
/// ```
#[derive(Debug)]
pub struct Get {
    url: String,
    format: Option<Format>,
    fields: Headers,
    options: WriteOptions,
    saved_bytes: usize,
    /// The event that waits for the engine.
    pending: Option<Event>,
    /// Whether the engine cannot be loaded. The read then compares only equal documents, and repeats itself where others have written.
    has_no_engine: bool,
    phase: Phase,
}

impl Get {
    /// A read of `url`, with the caller's own `fields`. `options` has the place of versions, and the repeats of the client.
    pub fn new(url: &str, format: Option<Format>, fields: Headers, options: WriteOptions) -> Self {
        let (url, saved_bytes, has_no_engine) = (url.to_owned(), 0, false);
        Self { url, format, fields, options, saved_bytes, pending: None, has_no_engine, phase: Phase::Start }
    }

    /// The outcome; `None` before the end.
    pub fn into_outcome(self) -> Option<ReadOutcome> {
        match self.phase {
            Phase::Done(ReadOutcome::Read(snapshot, record)) => {
                let named = origin(&self.url).into();
                Some(ReadOutcome::Read(snapshot.named(&named), record))
            }
            Phase::Done(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// Whether the answer is compared with what this client wrote.
    fn needs_engine(&self, memory: &Memory, event: &Event) -> bool {
        match &self.phase {
            Phase::Reading(read) if memory.engine().is_none() && !self.has_no_engine => read.compares(memory, event),
            _ => false,
        }
    }

    fn load(&mut self) -> Step<()> {
        self.phase = Phase::LoadingResponse;
        Step::Load(response_key(&self.url))
    }

    fn begin(&mut self, memory: &Memory, stored: Option<Vec<u8>>) -> Read {
        let stored = stored.and_then(|bytes| StoredResponse::decode(&bytes));
        self.saved_bytes = stored.as_ref().map_or(0, |record| record.body.len());
        let options = self.options.knowing(memory.engine(), memory.origin(&self.url));
        let read = Read::new(self.url.as_str(), self.format, stored, self.options.is_same_origin);
        read.with(options).asking(self.fields.clone())
    }

    fn read(&mut self, memory: &mut Memory, mut read: Box<Read>, event: Event, moment: Moment) -> Step<()> {
        match read.step(memory, event, moment) {
            Step::Send(request) => {
                self.phase = Phase::Reading(read);
                Step::Send(request)
            }
            Step::Wait { ms } => {
                self.phase = Phase::Reading(read);
                Step::Wait { ms }
            }
            Step::Done(outcome) => self.store(outcome),
            // A read has no other steps.
            _ => Step::Done(()),
        }
    }

    fn store(&mut self, outcome: ReadOutcome) -> Step<()> {
        let key = response_key(&self.url);
        let step = match &outcome {
            ReadOutcome::Read(_, Some(record)) => Step::Keep(key, record.encode()),
            ReadOutcome::Read(_, None) => Step::Forget(vec![key]),
            _ => {
                self.phase = Phase::Done(outcome);
                return Step::Done(());
            }
        };
        self.phase = Phase::Storing(outcome);
        step
    }
}

impl Machine for Get {
    fn saved_bytes(&self) -> usize {
        self.saved_bytes
    }

    fn named(&self) -> Rc<str> {
        self.url.as_str().into()
    }

    fn ends_without_engine(&self) -> bool {
        self.pending.is_some()
    }

    fn step(&mut self, memory: &mut Memory, event: Event, moment: Moment) -> Result<Step<()>, Error> {
        let event = match event {
            Event::EngineLoaded(engine) => {
                memory.has_loaded(engine);
                self.pending.take().ok_or_else(|| Error::internal("an engine that nothing waits for"))?
            }
            Event::NoEngine => {
                self.has_no_engine = true;
                self.pending.take().ok_or_else(|| Error::internal("an engine that nothing waits for"))?
            }
            event if self.needs_engine(memory, &event) => {
                self.pending = Some(event);
                return Ok(Step::LoadEngine);
            }
            event => event,
        };
        Ok(match (std::mem::replace(&mut self.phase, Phase::Start), event) {
            (Phase::Start, Event::Started) if memory.origin(&self.url).is_none() => {
                self.phase = Phase::LoadingOrigin;
                Step::Load(origin_key(&self.url))
            }
            (Phase::Start, Event::Started) => self.load(),
            (Phase::LoadingOrigin, Event::Loaded(kept)) => {
                memory.load_facts(&self.url, kept);
                self.load()
            }
            (Phase::LoadingResponse, Event::Loaded(stored)) => {
                let read = Box::new(self.begin(memory, stored));
                self.read(memory, read, Event::Started, moment)
            }
            (Phase::Reading(read), event) => self.read(memory, read, event, moment),
            (Phase::Storing(outcome), Event::Stored) => {
                self.phase = Phase::Done(outcome);
                Step::Done(())
            }
            _ => return Err(Error::internal("an event that this phase of a read does not know")),
        })
    }
}

/// The newest snapshot of a finished read; `None` if no document exists.
pub(super) fn newest(outcome: ReadOutcome) -> Result<Option<Snapshot>, Box<ReadOutcome>> {
    match outcome {
        ReadOutcome::Read(snapshot, _) => Ok(Some(snapshot)),
        ReadOutcome::Refused(problem) if matches!(problem.status, Some(404 | 410)) => Ok(None),
        failed => Err(Box::new(failed)),
    }
}
