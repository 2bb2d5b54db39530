//! A conflict that people decide while writes and reads of it are under way.

use std::cell::RefCell;
use std::rc::Rc;

use super::get::newest;
use super::{ConflictState, Event, Get, Machine, Memory, Moment, ReadOutcome, Snapshot, Step, WriteOptions};
use crate::conflict::Document;
use crate::error::Error;
use crate::http::{Format, Headers};

/// A conflict, shared by the page that decides it and by the calls that send it.
pub type Held = Rc<RefCell<ConflictState>>;

/// Rebases the conflict on `theirs` after `sent` went out; returns the ids of the decisions that no longer hold.
pub(super) fn adopt(held: &Held, theirs: Option<Snapshot>, sent: Option<&Document>) -> Result<Vec<String>, Error> {
    let mut held = held.borrow_mut();
    let document = theirs.as_ref().map(|theirs| theirs.document.clone());
    let reopened = held.conflict.rebase(document, sent)?;
    held.theirs = theirs;
    Ok(reopened)
}

/// What came of reading theirs again.
#[derive(Debug)]
pub struct Refreshed {
    /// Whether theirs is another document now.
    pub is_moved: bool,
    /// The ids of the decisions that no longer hold.
    pub reopened: Vec<String>,
}

/// Reads theirs again, and keeps every decision whose inputs did not change (HTTP-RULES L1).
#[derive(Debug)]
pub struct Refresh {
    held: Held,
    get: Option<Box<Get>>,
    outcome: Option<Result<Refreshed, ReadOutcome>>,
}

impl Refresh {
    /// A read of the other side of `held`.
    pub fn new(held: Held, format: Option<Format>, fields: Headers, options: WriteOptions) -> Self {
        let url = held.borrow().url.clone();
        Self { held, get: Some(Box::new(Get::new(&url, format, fields, options))), outcome: None }
    }

    /// What came of it, or why theirs could not be read; `None` before the end.
    pub fn into_outcome(self) -> Option<Result<Refreshed, ReadOutcome>> {
        self.outcome
    }

    fn read(&self, outcome: ReadOutcome) -> Result<Result<Refreshed, ReadOutcome>, Error> {
        let theirs = match newest(outcome) {
            Ok(theirs) => theirs,
            Err(failed) => return Ok(Err(failed)),
        };
        let is_moved = {
            let held = self.held.borrow();
            let is_equal = |known: &Snapshot, now: &Snapshot| known.document.equals(&now.document);
            match (&held.theirs, &held.stored, &theirs) {
                // What an own update made anew; the other side is still a removal.
                (None, Some(stored), Some(now)) if is_equal(stored, now) => {
                    return Ok(Ok(Refreshed { is_moved: false, reopened: Vec::new() }));
                }
                (Some(known), _, Some(now)) => !is_equal(known, now),
                (None, _, None) => false,
                _ => true,
            }
        };
        let reopened = adopt(&self.held, theirs, None)?;
        let mut held = self.held.borrow_mut();
        held.stored = None;
        held.settled = None;
        drop(held);
        Ok(Ok(Refreshed { is_moved, reopened }))
    }
}

impl Machine for Refresh {
    fn step(&mut self, memory: &mut Memory, event: Event, moment: Moment) -> Result<Step<()>, Error> {
        let mut get = self.get.take().ok_or_else(|| Error::internal("a read that has ended"))?;
        let step = get.step(memory, event, moment)?;
        if !matches!(step, Step::Done(())) {
            self.get = Some(get);
            return Ok(step);
        }
        let outcome = get.into_outcome().ok_or_else(|| Error::internal("a read without an outcome"))?;
        self.outcome = Some(self.read(outcome)?);
        Ok(Step::Done(()))
    }
}
