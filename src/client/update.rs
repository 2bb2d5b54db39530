//! Read, change, save: after every certain refusal the caller's change is made again on the newest version.

use std::rc::Rc;

use super::{
    ConflictState, Event, Get, Machine, Memory, Moment, ObserverEvent, Outcome, ReadOutcome, Save, Snapshot, Step,
    WriteOptions, backoff_ms,
};
use crate::conflict::{Document, Refusal, RefusalKind};
use crate::error::Error;
use crate::http::{Format, Headers, Problem, Version};
use crate::merge::ChangeState;

#[derive(Debug)]
enum Phase {
    Reading(Box<Get>),
    /// The caller's function changes this snapshot.
    Changing(Box<Snapshot>),
    Saving(Box<Save>),
    /// A pause before the change is made again on this snapshot.
    Waiting(Box<Snapshot>),
    Ended,
}

/// The number of own writes that a change follows; more of them would be a cycle.
const MAX_FOLLOWED: u32 = 32;

/// The outcome of a change.
#[derive(Debug)]
pub enum Updated {
    /// The document could not be read; nothing was written.
    Unread(ReadOutcome),
    /// The change was made and sent, once or several times.
    Written(Outcome, Option<u32>),
}

/// One change of a document.
///
/// # Examples
///
/// ```
/// use mergefetch::client::{Event, Machine, Memory, Moment, Step, Update, WriteOptions};
/// use mergefetch::http::Headers;
///
/// let mut update = Update::new("https://example.org/notes/7", None, Headers::new(), WriteOptions::default());
/// // A change begins with a read.
/// let step = update.step(&mut Memory::default(), Event::Started, Moment { now_ms: 0.0, random: 0.5 })?;
/// assert!(matches!(step, Step::Load(_)));
/// assert!(update.into_outcome().is_none());
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
#[derive(Debug)]
pub struct Update {
    url: Rc<str>,
    options: WriteOptions,
    phase: Phase,
    base: Option<Snapshot>,
    /// How often the change was refused.
    round: u32,
    /// How many own writes the change has followed without a request.
    followed: u32,
    /// The versions that were refused.
    refused: Vec<Version>,
    /// Whether the change takes the next turn, as its base is the result of a write that has just ended.
    is_next: bool,
    events: Vec<ObserverEvent>,
    outcome: Option<Updated>,
}

impl Update {
    /// A change of the document at `url`.
    pub fn new(url: &str, format: Option<Format>, fields: Headers, options: WriteOptions) -> Self {
        Self {
            url: url.into(),
            phase: Phase::Reading(Box::new(Get::new(url, format, fields, options.clone()))),
            options,
            base: None,
            round: 0,
            followed: 0,
            refused: Vec::new(),
            is_next: false,
            events: Vec::new(),
            outcome: None,
        }
    }

    /// The outcome, and the base of the last attempt; `None` before the end.
    pub fn into_outcome(self) -> Option<(Updated, Option<Snapshot>)> {
        self.outcome.map(|outcome| (outcome, self.base))
    }

    fn read(
        &mut self,
        memory: &mut Memory,
        mut get: Box<Get>,
        event: Event,
        moment: Moment,
    ) -> Result<Step<()>, Error> {
        let step = get.step(memory, event, moment)?;
        if !matches!(step, Step::Done(())) {
            self.phase = Phase::Reading(get);
            return Ok(step);
        }
        match get.into_outcome() {
            Some(ReadOutcome::Read(snapshot, _)) => Ok(self.change(snapshot)),
            Some(failed) => Ok(self.end(Updated::Unread(failed))),
            None => Err(Error::internal("a read without an outcome")),
        }
    }

    fn change(&mut self, base: Snapshot) -> Step<()> {
        let document = base.document.clone();
        self.phase = Phase::Changing(Box::new(base));
        Step::Change(document)
    }

    fn save(&mut self, memory: &mut Memory, base: Snapshot, mine: Document) -> Save {
        self.base = Some(base.clone());
        let save = Save::replaying(memory, base, mine, self.options.clone()).without(&self.refused);
        if std::mem::take(&mut self.is_next) { save.next(memory) } else { save }
    }

    fn saving(
        &mut self,
        memory: &mut Memory,
        mut save: Box<Save>,
        event: Event,
        moment: Moment,
    ) -> Result<Step<()>, Error> {
        let step = save.step(memory, event, moment);
        self.events.extend(save.take_events());
        let step = step.inspect_err(|_| save.abandon(memory))?;
        if !matches!(step, Step::Done(())) {
            self.phase = Phase::Saving(save);
            return Ok(step);
        }
        let (has_written, mine) = (save.has_asked(), save.mine().cloned());
        self.refused = save.refused().to_vec();
        self.options.engine = memory.engine();
        match save.into_outcome() {
            Some((Outcome::Replay(theirs), _)) if !has_written && self.followed < MAX_FOLLOWED => {
                self.followed += 1;
                // Another write of this client came first, with a known result.
                self.is_next = true;
                Ok(self.change(theirs))
            }
            Some((Outcome::Replay(theirs), _)) => self.replay(theirs, mine, moment),
            Some((outcome, remembered)) => Ok(self.end(Updated::Written(outcome, remembered))),
            None => Err(Error::internal("a save without an outcome")),
        }
    }

    fn replay(&mut self, theirs: Snapshot, mine: Option<Document>, moment: Moment) -> Result<Step<()>, Error> {
        if self.round >= self.options.rounds {
            // People decide about the last attempt (HTTP-RULES R2).
            let (base, merge) = (self.base.clone(), self.options.merge.clone());
            let old = base.as_ref().map(|base| base.document.clone());
            let conflict = self.options.engine()?.conflict([old, mine, Some(theirs.document.clone())], merge)?;
            let problem =
                Problem { status: Some(412), ..Problem::without_answer("somebody else saved before each attempt") };
            // Nothing was written. Equal edits of a conflict count as one edit, but two equal increments are two.
            let is_same = conflict.changes().iter().any(|change| change.state == ChangeState::Same);
            if conflict.unresolved() == 0 || is_same {
                let refusal = Refusal { kind: RefusalKind::Busy, problem };
                return Ok(self.end(Updated::Written(Outcome::Refused(Box::new(refusal)), None)));
            }
            let state = ConflictState::new(theirs.url.clone(), base, Some(theirs), conflict, problem);
            return Ok(self.end(Updated::Written(Outcome::Conflict(Box::new(state)), None)));
        }
        self.round += 1;
        if self.round == 1 {
            return Ok(self.change(theirs));
        }
        self.phase = Phase::Waiting(Box::new(theirs));
        Ok(Step::Wait { ms: backoff_ms(&self.options, self.round, moment.random) })
    }

    fn end(&mut self, outcome: Updated) -> Step<()> {
        self.outcome = Some(outcome);
        Step::Done(())
    }
}

impl Machine for Update {
    fn named(&self) -> Rc<str> {
        self.url.clone()
    }

    fn step(&mut self, memory: &mut Memory, event: Event, moment: Moment) -> Result<Step<()>, Error> {
        match (std::mem::replace(&mut self.phase, Phase::Ended), event) {
            (Phase::Reading(get), event) => self.read(memory, get, event, moment),
            (Phase::Changing(base), Event::Changed(mine)) => {
                let save = Box::new(self.save(memory, *base, mine));
                self.saving(memory, save, Event::Started, moment)
            }
            (Phase::Saving(save), event) => self.saving(memory, save, event, moment),
            (Phase::Waiting(base), Event::Waited) => Ok(self.change(*base)),
            _ => Err(Error::internal("an event that this phase of an update does not know")),
        }
    }

    fn take_events(&mut self) -> Vec<ObserverEvent> {
        std::mem::take(&mut self.events)
    }

    fn ends_without_engine(&self) -> bool {
        match &self.phase {
            Phase::Reading(get) => get.ends_without_engine(),
            Phase::Saving(save) => save.ends_without_engine(),
            _ => false,
        }
    }

    fn abandon(&mut self, memory: &mut Memory) {
        if let Phase::Saving(save) = &mut self.phase {
            save.abandon(memory);
        }
    }
}
