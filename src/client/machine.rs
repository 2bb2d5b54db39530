//! A call as a state machine: its steps and its events.

use std::rc::Rc;

use super::{Engine, Memory, ObserverEvent};
use crate::conflict::Document;
use crate::error::Error;
use crate::http::{Field, Request, Response};

/// A call of a client as a state machine. One driver carries out the steps of all machines.
pub trait Machine {
    /// The next step after `event`. `memory` is the client's memory.
    ///
    /// # Errors
    /// A defect, or documents that cannot be merged. The call has then ended, and the caller still holds mine.
    fn step(&mut self, memory: &mut Memory, event: Event, moment: Moment) -> Result<Step<()>, Error>;

    /// A URL of the origin that the caller named.
    fn named(&self) -> Rc<str>;

    /// Takes the events for the client's observers.
    fn take_events(&mut self) -> Vec<ObserverEvent> {
        Vec::new()
    }

    /// The size of the stored response, which a 304 saves.
    fn saved_bytes(&self) -> usize {
        0
    }

    /// Whether the call has an outcome, too, if the engine that it has asked for cannot be loaded: without a network, both are missing.
    fn ends_without_engine(&self) -> bool {
        false
    }

    /// The call ends before its outcome: the caller aborted it, or an error occurred.
    fn abandon(&mut self, _memory: &mut Memory) {}
}

/// The next step for the driver.
#[derive(Debug)]
pub enum Step<T> {
    /// Wait until a write of the same document has ended, and report with [`Event::Turn`].
    Turn,
    /// Read from the store, and report with [`Event::Loaded`].
    Load(String),
    /// Load the engine, and report with [`Event::EngineLoaded`].
    LoadEngine,
    /// Write into the store, and report with [`Event::Stored`].
    Keep(String, Vec<u8>),
    /// Delete from the store, and report with [`Event::Stored`].
    Forget(Vec<String>),
    /// Let the caller's function change this document, and report with [`Event::Changed`].
    Change(Document),
    /// Ask the application about this merge, and report with [`Event::Validated`].
    Validate(Document),
    /// Send this request, and report with [`Event::Answered`] or [`Event::NoAnswer`].
    Send(Request),
    /// Let time pass, and report with [`Event::Waited`].
    Wait {
        /// Milliseconds.
        ms: u32,
    },
    /// The call has ended with this outcome.
    Done(T),
}

/// An event of the call.
#[derive(Debug)]
pub enum Event {
    /// The driver is ready to carry out the first step.
    Started,
    /// An answer came, with or without its whole body.
    Answered(Response),
    /// No answer came: the connection failed or the time ran out. The sentence describes the failure.
    NoAnswer(String),
    /// The time has passed.
    Waited,
    /// Another write of the document has ended.
    Turn,
    /// The store holds these octets; `None`: nothing, or the store failed.
    Loaded(Option<Vec<u8>>),
    /// The engine is there.
    EngineLoaded(Engine),
    /// The engine cannot be loaded. Only machines that [end without it](Machine::ends_without_engine) get this event.
    NoEngine,
    /// The store has finished, or failed.
    Stored,
    /// The caller's function returned this document.
    Changed(Document),
    /// The application's objection to the merge; `None`: no objection.
    Validated(Option<Objection>),
}

/// Why the application refuses a merge.
#[derive(Debug, Clone, Default)]
pub struct Objection {
    /// A message for people.
    pub words: String,
    /// The complaints about members.
    pub fields: Vec<Field>,
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
    /// A number for a query that no cache has seen.
    pub(super) fn unique(self) -> u32 {
        (self.random * 1e9) as u32
    }
}
