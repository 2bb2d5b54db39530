//! A conflict that people decide while its writes and reads are under way.

use std::cell::RefCell;
use std::rc::Rc;

use super::get::newest;
use super::{
    ConflictState, Engine, Event, Get, Machine, Memory, Moment, Outcome, ReadOutcome, SavedKind, Snapshot, Step,
    Ticket, Write, WriteOptions,
};
use crate::conflict::{Decision, Document, MergeOptions};
use crate::error::Error;
use crate::http::{Format, Headers, Problem};

/// A conflict, shared by the page that decides it and the calls that send it.
pub type Held = Rc<RefCell<ConflictState>>;

/// Rebases the conflict on `theirs` after `sent` went out; returns the ids of the decisions that no longer hold.
pub(super) fn adopt(held: &Held, theirs: Option<Snapshot>, sent: Option<&Document>) -> Result<Vec<String>, Error> {
    let mut held = held.borrow_mut();
    let document = theirs.as_ref().map(|theirs| theirs.document.clone());
    let reopened = held.conflict.rebase(document, sent)?;
    held.reopenings += u32::from(!reopened.is_empty());
    let named = held.named_origin();
    held.theirs = theirs.map(|theirs| theirs.named(&named));
    Ok(reopened)
}

/// A conflict that a page has kept, or that it found before it sent anything.
#[derive(Debug, Clone)]
pub struct Found {
    /// What the edit started from.
    pub base: Option<Snapshot>,
    /// The edit; `None` removes.
    pub mine: Option<Document>,
    /// The server's document, as last read.
    pub theirs: Option<Snapshot>,
    /// What was decided: the id of a change, and the decision.
    pub decisions: Vec<(String, Decision)>,
}

impl ConflictState {
    /// The conflict with the decisions that still fit. It is about the document at `url`.
    ///
    /// # Errors
    /// Those of the merges.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{ConflictState, Engine, Found};
    /// use mergefetch::conflict::{Document, MergeOptions};
    /// use mergefetch::http::{Format, Problem};
    ///
    /// let url = "https://example.org/notes/7";
    /// let parse = |text: &str| Document::parse(Format::Json, text.as_bytes());
    /// let found = Found { base: None, mine: Some(parse("[1]")?), theirs: None, decisions: Vec::new() };
    /// let state = ConflictState::found(Engine::linked(), url, found, MergeOptions::default(), Problem::default())?;
    /// // Somebody has removed the document of the edit.
    /// assert_eq!(state.conflict.unresolved(), 1);
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn found(
        engine: Engine,
        url: &str,
        found: Found,
        merge: MergeOptions,
        problem: Problem,
    ) -> Result<Self, Error> {
        let Found { base, mine, theirs, decisions } = found;
        let document = |snapshot: &Option<Snapshot>| snapshot.as_ref().map(|snapshot| snapshot.document.clone());
        let mut conflict = engine.conflict([document(&base), mine, document(&theirs)], merge)?;
        for (id, decision) in decisions {
            // A change that is no more needs no decision.
            drop(match decision {
                Decision::Taken(choice) => conflict.take(choice, Some(&id)),
                Decision::Custom(value) => conflict.set(&id, value),
            });
        }
        let named = base.as_ref().or(theirs.as_ref()).and_then(|snapshot| snapshot.named.clone());
        Ok(Self { named, ..Self::new(url.into(), base, theirs, conflict, problem) })
    }
}

/// The meaning of a submit after an earlier submit of the same conflict.
enum Again {
    /// The server holds the result of the decisions.
    Done(Snapshot),
    /// The decisions now lead to this document, with the earlier edits of others.
    Send(Option<Document>),
    /// The decisions conflict with earlier edits of others.
    Undecided,
}

/// The meaning of a submit, if an earlier one has stored something; `None` without an earlier submit.
///
/// # Errors
/// The documents cannot be merged.
fn again(held: &Held, engine: Engine, merge: &MergeOptions) -> Result<Option<Again>, Error> {
    let (stored, before, now) = {
        let state = held.borrow();
        let (Some(stored), Some(before)) = (&state.stored, &state.submitted) else { return Ok(None) };
        (stored.clone(), before.clone(), state.conflict.merged()?)
    };
    if now.as_ref().is_some_and(|now| now.equals(&before)) {
        return Ok(Some(Again::Done(stored)));
    }
    let theirs = Some(stored.document.clone());
    let conflict = engine.conflict([Some(before.clone()), now, theirs], merge.clone())?;
    if conflict.unresolved() == 0 {
        return conflict.merged().map(|merged| Some(Again::Send(merged)));
    }
    held.borrow_mut().conflict.is_stored()?;
    adopt(held, Some(stored), Some(&before))?;
    let mut state = held.borrow_mut();
    (state.stored, state.submitted) = (None, None);
    Ok(Some(Again::Undecided))
}

/// The write of the decisions of `held`, which `state` contains, or an outcome without a write.
///
/// # Errors
/// The documents cannot be merged.
pub(super) fn submitted(
    held: &Held,
    state: ConflictState,
    merge: &MergeOptions,
    options: WriteOptions,
) -> Result<Result<Write, Outcome>, Error> {
    Ok(match again(held, options.engine()?, merge)? {
        Some(Again::Done(stored)) => Err(Outcome::Saved(SavedKind::Saved, Some(stored))),
        Some(Again::Undecided) => Err(Outcome::Conflict(Box::new(held.borrow().clone()))),
        Some(Again::Send(outgoing)) => Ok(Write::resubmit(state, outgoing, options)),
        None => Ok(Write::submit(state, options)?),
    })
}

/// The outcome of reading theirs again.
#[derive(Debug)]
pub struct Refreshed {
    /// Whether theirs is another document now.
    pub is_moved: bool,
    /// The ids of the decisions that no longer hold.
    pub reopened: Vec<String>,
}

/// Reads theirs again, and keeps every decision whose inputs did not change (HTTP-RULES L1). It waits for its turn like a write: the
/// result of a submit under way is no edit of somebody else.
///
/// # Examples
///
/// ```
/// use std::cell::RefCell;
/// use std::rc::Rc;
///
/// use mergefetch::client::{ConflictState, Engine, Found, Refresh, WriteOptions};
/// use mergefetch::conflict::{Document, MergeOptions};
/// use mergefetch::http::{Format, Headers, Problem};
///
/// let url = "https://example.org/notes/7";
/// let parse = |text: &str| Document::parse(Format::Json, text.as_bytes());
/// let found = Found { base: None, mine: Some(parse("[1]")?), theirs: None, decisions: Vec::new() };
/// let state = ConflictState::found(Engine::linked(), url, found, MergeOptions::default(), Problem::default())?;
/// let held = Rc::new(RefCell::new(state));
/// let refresh = Refresh::new(held, None, Headers::new(), WriteOptions::default());
/// assert!(refresh.into_outcome().is_none());
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
#[derive(Debug)]
pub struct Refresh {
    held: Held,
    url: Rc<str>,
    ticket: Option<Ticket>,
    has_begun: bool,
    get: Option<Box<Get>>,
    outcome: Option<Result<Refreshed, ReadOutcome>>,
}

impl Refresh {
    /// A read of the other side of `held`.
    pub fn new(held: Held, format: Option<Format>, fields: Headers, options: WriteOptions) -> Self {
        let url = held.borrow().url.clone();
        let get = Some(Box::new(Get::new(&url, format, fields, options)));
        Self { held, url, ticket: None, has_begun: false, get, outcome: None }
    }

    /// The outcome, or why theirs could not be read; `None` before the end.
    pub fn into_outcome(self) -> Option<Result<Refreshed, ReadOutcome>> {
        self.outcome
    }

    fn has_turn(&mut self, memory: &mut Memory) -> bool {
        let ticket = *self.ticket.get_or_insert_with(|| memory.enter(&self.url));
        memory.is_first(&self.url, ticket)
    }

    fn read(&self, outcome: ReadOutcome) -> Result<Result<Refreshed, ReadOutcome>, Error> {
        let theirs = match newest(outcome) {
            Ok(theirs) => theirs,
            Err(failed) => return Ok(Err(*failed)),
        };
        let is_equal = |known: &Snapshot, now: &Snapshot| known.document.equals(&now.document);
        let is_moved = {
            let mut held = self.held.borrow_mut();
            if let (Some(stored), Some(now)) = (&held.stored, &theirs)
                && is_equal(stored, now)
            {
                // The read returned the result of an own write; theirs has not changed.
                held.stored = theirs;
                return Ok(Ok(Refreshed { is_moved: false, reopened: Vec::new() }));
            }
            match (&held.theirs, &theirs) {
                (Some(known), Some(now)) => !is_equal(known, now),
                (None, None) => false,
                _ => true,
            }
        };
        let submitted = self.held.borrow().submitted.clone();
        if submitted.is_some() {
            self.held.borrow_mut().conflict.is_stored()?;
        }
        let reopened = adopt(&self.held, theirs, submitted.as_ref())?;
        let mut held = self.held.borrow_mut();
        (held.stored, held.submitted) = (None, None);
        Ok(Ok(Refreshed { is_moved, reopened }))
    }
}

impl Machine for Refresh {
    fn named(&self) -> Rc<str> {
        self.held.borrow().named_origin()
    }

    fn step(&mut self, memory: &mut Memory, event: Event, moment: Moment) -> Result<Step<()>, Error> {
        let event = if self.has_begun { event } else { Event::Started };
        if !self.has_begun && !self.has_turn(memory) {
            return Ok(Step::Turn);
        }
        self.has_begun = true;
        let mut get = self.get.take().ok_or_else(|| Error::internal("a read that has ended"))?;
        let step = get.step(memory, event, moment)?;
        if !matches!(step, Step::Done(())) {
            self.get = Some(get);
            return Ok(step);
        }
        let outcome = get.into_outcome().ok_or_else(|| Error::internal("a read without an outcome"))?;
        self.outcome = Some(self.read(outcome)?);
        self.abandon(memory);
        Ok(Step::Done(()))
    }

    fn abandon(&mut self, memory: &mut Memory) {
        if let Some(ticket) = self.ticket.take() {
            memory.leave(&self.url, ticket);
        }
    }
}
