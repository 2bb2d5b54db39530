//! The steps of a save without the engine. They are the steps of the whole machine, as long as nobody refuses the write, and nothing has to be
//! merged. Every other event waits for the engine.

use super::super::plain_edit::is_plain_edit;
use super::super::{Event, Memory, Moment, Outcome, SavedKind, Step, Write, WriteOptions};
use super::task::created;
use super::{Exchange, Phase, Save, Task};
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
            // A copy is compared with documents that were read.
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
            (Phase::Waiting(task), event @ (Event::Started | Event::Turn)) => Ok(self.wait(memory, task, &event)),
            (Phase::LoadingOrigin(task), Event::Loaded(kept)) => Ok(self.load_after(memory, task, kept)),
            (Phase::LoadingResponse(task), Event::Loaded(octets)) => {
                let stored = octets.as_deref().and_then(StoredResponse::decode);
                let options = self.options.knowing(None, memory.origin(&self.url));
                if options.needs_engine() || !task.is_plain(memory, stored.as_ref(), &options) {
                    return Ok(self.load_engine(Phase::LoadingResponse(task), Event::Loaded(octets)));
                }
                let mut exchange = self.begin_plainly(memory, *task, stored, options)?;
                let step = exchange.write.begin_plainly(moment)?;
                self.follow_plainly(memory, Box::new(exchange), step)
            }
            (Phase::Writing(exchange), event @ (Event::Answered(_) | Event::NoAnswer(_)))
                if exchange.write.is_writing() =>
            {
                Ok(self.answered(memory, exchange, event))
            }
            (Phase::Writing(mut exchange), event)
                if exchange.write.reads_plainly(memory, &event) && !self.lags_in(memory, &exchange, &event) =>
            {
                self.refresh_copy(memory, &event);
                exchange.adopt_facts(memory, &self.url);
                let step = exchange.write.read_plainly(&event, moment)?;
                self.follow_plainly(memory, exchange, step)
            }
            (Phase::Forgetting(mut exchange, Event::Answered(response)), Event::Stored)
                if exchange.write.is_done_by(&response) =>
            {
                exchange.adopt_facts(memory, &self.url);
                let step = exchange.write.accepted_plainly(&response, moment)?;
                self.follow_plainly(memory, exchange, step)
            }
            (Phase::StoringOrigin(_), Event::Stored) => Ok(self.leave(memory)),
            (phase, event) => Ok(self.load_engine(phase, event)),
        }
    }

    /// Loads the engine, and continues `phase` with `event` then.
    fn load_engine(&mut self, phase: Phase, event: Event) -> Step<()> {
        self.phase = Phase::LoadingEngine(Box::new(phase), event);
        Step::LoadEngine
    }

    /// Returns to the phase that waited for the engine, and to its event.
    pub(super) fn resume(&mut self) -> Result<Event, Error> {
        match std::mem::replace(&mut self.phase, Phase::Ended) {
            Phase::LoadingEngine(phase, event) => {
                self.phase = *phase;
                Ok(event)
            }
            phase => {
                self.phase = phase;
                Err(Error::internal("an engine that nothing waits for"))
            }
        }
    }

    /// The reason why no answer came, if the missing answer needs the engine.
    pub(super) fn lost_answer(&self) -> Option<&str> {
        let Phase::LoadingEngine(phase, event) = &self.phase else { return None };
        match (&**phase, event) {
            (Phase::Forgetting(_, Event::NoAnswer(why)), _) | (Phase::Writing(_), Event::NoAnswer(why)) => Some(why),
            _ => None,
        }
    }

    /// The outcome without an answer and without the engine: the fate of the write is unknown.
    pub(super) fn end_unanswered(&mut self, memory: &mut Memory) -> Result<Step<()>, Error> {
        let why =
            self.lost_answer().map(str::to_owned).ok_or_else(|| Error::internal("an answer without its engine"))?;
        self.resume()?;
        if let Phase::Forgetting(exchange, _) | Phase::Writing(exchange) =
            std::mem::replace(&mut self.phase, Phase::Ended)
        {
            let Exchange { write, known, .. } = *exchange;
            memory.learn_since(&self.url, known, write.origin());
            self.results.sent = write.sent().cloned();
            self.doubt_plainly(memory, write);
        }
        let refusal = Refusal { kind: RefusalKind::Unknown, problem: Problem::without_answer(why) };
        self.results.outcome = Some(Outcome::Refused(Box::new(refusal)));
        Ok(self.leave(memory))
    }

    /// The write of a task that [is plain](Task::is_plain).
    fn begin_plainly(
        &mut self,
        memory: &Memory,
        task: Task,
        stored: Option<StoredResponse>,
        options: WriteOptions,
    ) -> Result<Exchange, Error> {
        let known = options.origin;
        let may_be_reused_unasked = stored.as_ref().is_some_and(StoredResponse::may_be_reused_unasked);
        let write = match task {
            Task::Update { base, mine, .. } => self.update_of(memory, base, mine, options),
            Task::Create { mine, is_below } => created(&self.url, mine, is_below, options),
            Task::Remove { base } => Write::remove(base, options),
            Task::Fetch(call, handed_out) => {
                let write = call.write_plainly(memory, stored, &handed_out, options);
                self.edit.base = write.base().filter(|_| !write.states_condition()).cloned();
                write
            }
            _ => return Err(Error::internal("a task that needs the engine")),
        };
        Ok(Exchange { write, known, may_be_reused_unasked, last_read: None, held_back: 0 })
    }

    fn follow_plainly(
        &mut self,
        memory: &mut Memory,
        mut exchange: Box<Exchange>,
        step: Step<Outcome>,
    ) -> Result<Step<()>, Error> {
        self.events.extend(exchange.write.take_events());
        match step {
            Step::Send(request) => {
                self.track_request(&mut exchange, &request);
                Ok(self.send(exchange, request))
            }
            Step::Wait { ms } => {
                self.phase = Phase::Writing(exchange);
                Ok(Step::Wait { ms })
            }
            Step::Done(outcome) => {
                let Exchange { write, known, .. } = *exchange;
                let (learnt, ending) = (write.origin(), self.track_end(memory, &write, &outcome));
                self.remember_plainly(memory, write, &outcome);
                self.results.outcome = Some(outcome);
                Ok(match self.store_facts(memory, known, learnt) {
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
        if let (Some(base), Some(own)) = (self.edit.base.take(), write.into_own()) {
            let is_acknowledged = result.is_some();
            if is_acknowledged {
                memory.resolve_doubt(&base, named.as_ref());
            }
            let id = match self.is_replaying() {
                true => memory.remember_change(&base, own, result),
                false => memory.remember(&base, own, result),
            };
            self.results.remembered = Some(id);
            if is_acknowledged {
                self.remember_undelivered(memory);
            }
        }
    }
}
