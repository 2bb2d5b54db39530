//! The steps of a save without the engine. They are the steps of the whole machine, as long as nobody refuses the write, and nothing has to be
//! merged. Every other event waits for the engine.

use super::super::plain_edit::is_plain_edit;
use super::super::{Event, Memory, Moment, Outcome, SavedKind, Snapshot, Source, Step, Write, WriteOptions};
use super::remember::Ending;
use super::{Phase, Save, Task};
use crate::conflict::{Refusal, RefusalKind};
use crate::error::Error;
use crate::http::{Problem, StoredResponse};

impl Task {
    /// Whether the write of this task merges nothing before its first request.
    fn is_plain(&self, memory: &Memory, stored: Option<&StoredResponse>, options: &WriteOptions) -> bool {
        match self {
            Self::Update { base, mine, .. } => !memory.has_save_from(base) && is_plain_edit(&base.document, mine),
            Self::Create { .. } => true,
            Self::Remove { base } => !memory.has_save_from(base),
            Self::Fetch(call, handed_out) => call.is_plain(memory, stored, handed_out, options),
            // A copy is compared with what was read.
            Self::OfCopy { .. } | Self::Submit(..) | Self::Overwrite(_) | Self::Made(_) => false,
        }
    }
}

impl Save {
    /// The next step, or [`Step::LoadEngine`] if only the whole machine knows it.
    pub(super) fn step_plainly(
        &mut self,
        memory: &mut Memory,
        event: Event,
        moment: Moment,
    ) -> Result<Step<()>, Error> {
        match (std::mem::replace(&mut self.phase, Phase::Ended), event) {
            (Phase::Waiting, event @ (Event::Started | Event::Turn)) => Ok(self.wait(memory, &event)),
            (Phase::LoadingOrigin, Event::Loaded(kept)) => Ok(self.load_after(memory, kept)),
            (Phase::LoadingResponse, Event::Loaded(stored)) => {
                self.decode_stored(stored.as_deref());
                let Some(write) = self.plain_write(memory) else {
                    (self.phase, self.pending) = (Phase::LoadingResponse, Some(Event::Loaded(stored)));
                    return Ok(Step::LoadEngine);
                };
                let mut write = Box::new(write);
                let step = write.begin_plainly(moment)?;
                self.follow_plainly(memory, write, step)
            }
            (Phase::Writing(write), event @ (Event::Answered(_) | Event::NoAnswer(_))) if write.is_writing() => {
                Ok(self.answered(memory, write, event))
            }
            (Phase::Writing(mut write), event)
                if write.reads_plainly(memory, &event) && !self.lags_in(memory, &write, &event) =>
            {
                self.refresh_copy(memory, &event);
                self.adopt_facts(memory, &mut write);
                let step = write.read_plainly(&event, moment)?;
                self.follow_plainly(memory, write, step)
            }
            (Phase::Forgetting(mut write, Event::Answered(response)), Event::Stored) if write.is_done_by(&response) => {
                self.adopt_facts(memory, &mut write);
                let step = write.accepted_plainly(&response, moment)?;
                self.follow_plainly(memory, write, step)
            }
            (Phase::StoringOrigin(_), Event::Stored) => Ok(self.leave(memory)),
            (phase, event) => {
                (self.phase, self.pending) = (phase, Some(event));
                Ok(Step::LoadEngine)
            }
        }
    }

    /// Why no answer came, if the missing answer needs the engine.
    pub(super) fn lost_answer(&self) -> Option<&str> {
        match (&self.phase, &self.pending) {
            (Phase::Forgetting(_, Event::NoAnswer(why)), _) | (Phase::Writing(_), Some(Event::NoAnswer(why))) => {
                Some(why)
            }
            _ => None,
        }
    }

    /// The outcome without an answer and without the engine: the fate of the write is unknown.
    pub(super) fn end_unanswered(&mut self, memory: &mut Memory) -> Result<Step<()>, Error> {
        let why =
            self.lost_answer().map(str::to_owned).ok_or_else(|| Error::internal("an answer without its engine"))?;
        self.pending = None;
        if let Phase::Forgetting(write, _) | Phase::Writing(write) = std::mem::replace(&mut self.phase, Phase::Ended) {
            memory.learn_since(&self.url, self.known, write.origin());
            self.sent = write.sent().cloned();
            self.doubt_plainly(memory, *write);
        }
        let refusal = Refusal { kind: RefusalKind::Unknown, problem: Problem::without_answer(why) };
        self.outcome = Some(Outcome::Refused(Box::new(refusal)));
        Ok(self.leave(memory))
    }

    /// The write of this task, if it merges nothing before its first request.
    fn plain_write(&mut self, memory: &Memory) -> Option<Write> {
        let options = self.options(memory);
        let task = self
            .task
            .take_if(|task| !options.needs_engine() && task.is_plain(memory, self.stored.as_ref(), &options))?;
        match task {
            Task::Update { base, mine, is_replaying } => {
                (self.base, self.mine) = (Some(base.clone()), Some(mine.clone()));
                let source = if memory.is_unread(&base) { Source::Sent } else { base.source };
                let write = Write::update(Snapshot { source, ..base }, mine, options).refused_before(&self.refused);
                Some(if is_replaying { write.replaying() } else { write })
            }
            Task::Create { mine, is_below: false } => Some(Write::create(&self.url, mine, options)),
            Task::Create { mine, is_below: true } => Some(Write::create_below(&self.url, mine, options)),
            Task::Remove { base } => Some(Write::remove(base, options)),
            Task::Fetch(call, handed_out) => {
                self.is_fetch = true;
                let write = call.write_plainly(memory, self.stored.take(), &handed_out, options);
                self.base = write.base().filter(|_| !write.states_condition()).cloned();
                Some(write)
            }
            _ => None,
        }
    }

    fn follow_plainly(
        &mut self,
        memory: &mut Memory,
        mut write: Box<Write>,
        step: Step<Outcome>,
    ) -> Result<Step<()>, Error> {
        self.notices.extend(write.take_notices());
        match step {
            Step::Send(request) => {
                self.track_request(&request);
                self.phase = Phase::Writing(write);
                Ok(Step::Send(request))
            }
            Step::Wait { ms } => {
                self.phase = Phase::Writing(write);
                Ok(Step::Wait { ms })
            }
            Step::Done(outcome) => {
                let (before, learnt, ending) = (self.known, write.origin(), Ending::of(&write));
                self.refused.clone_from(&write.refused);
                self.sent = write.sent().cloned();
                self.remember_fetched(memory, &write, &outcome);
                self.remember_plainly(memory, *write, &outcome);
                self.outcome = Some(outcome);
                Ok(match self.store_facts(memory, before, learnt) {
                    Some(step) => {
                        self.phase = Phase::StoringOrigin(ending);
                        step
                    }
                    None => self.leave(memory),
                })
            }
            _ => Err(Error::internal("a step that a plain write does not take")),
        }
    }

    fn remember_plainly(&mut self, memory: &mut Memory, write: Write, outcome: &Outcome) {
        match outcome {
            Outcome::Saved(SavedKind::Unchanged, _) => self.remember_held(memory, write),
            Outcome::Saved(SavedKind::Removed, _) if write.has_written() => memory.wrote(&self.url, write.base(), None),
            Outcome::Saved(_, Some(result)) => self.remember_result(memory, write, result, false),
            _ => {}
        }
    }

    /// The call has ended before its outcome: the write may have been carried out.
    pub(super) fn doubt_plainly(&mut self, memory: &mut Memory, write: Write) {
        if !write.has_written() {
            return;
        }
        let (result, named) = (write.unconfirmed(), write.version.clone());
        if let (Some(base), Some(own)) = (self.base.take(), write.into_own()) {
            let is_acknowledged = result.is_some();
            if is_acknowledged {
                memory.resolve_doubt(&base, named.as_ref());
            }
            let id = match self.is_replaying {
                true => memory.remember_change(&base, own, result),
                false => memory.remember(&base, own, result),
            };
            self.remembered = Some(id);
            if is_acknowledged {
                self.remember_undelivered(memory);
            }
        }
    }
}
