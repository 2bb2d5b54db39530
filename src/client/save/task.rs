//! The start of a save, and the write that it becomes when its turn comes.

use std::rc::Rc;

use super::super::held::{Held, submitted};
use super::super::{Earlier, FetchedWrite, Memory, Outcome, Snapshot, Source, Write, WriteOptions};
use super::Save;
use crate::conflict::{Document, Refusal, RefusalKind};
use crate::error::Error;
use crate::http::{Problem, Version, origin};

/// The start of a write, which becomes a [`Write`] when its turn comes.
#[derive(Debug)]
pub(in crate::client) enum Task {
    Update {
        base: Snapshot,
        mine: Document,
        is_replaying: bool,
    },
    /// A removal if `mine` is `None`.
    OfCopy {
        version: Option<Version>,
        mine: Option<Document>,
        copied: Option<Document>,
    },
    Create {
        mine: Document,
        is_below: bool,
    },
    Remove {
        base: Snapshot,
    },
    /// A decided conflict, and its `reopenings` when the page called `submit`.
    Submit(Held, u32),
    Overwrite(Held),
    /// With the documents that `fetch` had handed out while another write was under way.
    Fetch(FetchedWrite, Vec<Snapshot>),
    Made(Box<Write>),
}

impl Task {
    /// The origin that the caller named with a URL, or when it read the document.
    pub(super) fn named_origin(&self, url: &str) -> Rc<str> {
        match self {
            Self::Update { base, .. } | Self::Remove { base } => base.named_origin(),
            Self::Submit(held, _) | Self::Overwrite(held) => held.borrow().named_origin(),
            _ => origin(url).into(),
        }
    }
}

impl Save {
    /// The caller's options, with the facts about the origin.
    pub(super) fn options(&mut self, memory: &Memory) -> WriteOptions {
        let options = self.options.knowing(memory.engine(), memory.origin(&self.url));
        self.known = options.origin;
        options
    }

    /// The write, now that nobody else writes the document.
    pub(super) fn write(&mut self, memory: &Memory) -> Result<Result<Write, Outcome>, Error> {
        let options = self.options(memory);
        let task = self.task.take().ok_or_else(|| Error::internal("a write that begins twice"))?;
        Ok(Ok(match task {
            Task::Update { base, mine, is_replaying } => {
                let mine = options.engine()?.in_digits_of(&base.document, &mine)?;
                let past = memory.past(&base, &options.merge);
                (self.base, self.mine) = (Some(base.clone()), Some(mine.clone()));
                if let (true, Some(Earlier { result: Some(result), .. })) = (is_replaying, &past.earlier) {
                    // An own write came first: the change is made again on its result.
                    return Ok(Err(Outcome::Replay(result.clone())));
                }
                let is_mixed = past.is_mixed && !is_replaying;
                let source = if memory.is_unread(&base) { Source::Sent } else { base.source };
                let write = Write::update(Snapshot { source, ..base }, mine, options).refused_before(&self.refused);
                let write = if is_replaying { write.replaying() } else { write }.behind(past);
                if is_mixed && write.counts() {
                    return Ok(Err(uncountable()));
                }
                self.delivered.clone_from(&write.past.delivered);
                match ((write.is_in_doubt() || write.past.is_undelivered) && !is_replaying, self.is_overtaking) {
                    (true, _) => write.after_silence(),
                    (false, true) => write.overtaking(),
                    (false, false) => write,
                }
            }
            Task::OfCopy { version, mine, copied } => self.write_of_copy(memory, version, mine, copied, options)?,
            Task::Create { mine, is_below: false } => Write::create(&self.url, mine, options),
            Task::Create { mine, is_below: true } => Write::create_below(&self.url, mine, options),
            Task::Remove { base } => removal(memory, base, options),
            Task::Submit(held, reopenings) => {
                let state = held.borrow().clone();
                self.base = state.base.clone();
                self.held = Some(held.clone());
                if state.conflict.unresolved() > 0 || state.reopenings != reopenings {
                    // Decisions may have been reopened since the call of `submit`: nothing undecided is sent.
                    return Ok(Err(Outcome::Conflict(Box::new(state))));
                }
                self.decided = state.conflict.merged()?;
                let doubted = state.is_in_doubt.then(|| state.doubted_version.clone());
                match (submitted(&held, state, &self.options.merge, options)?, doubted) {
                    (Ok(write), Some(version)) if write.may_count_again(version.as_ref()) => {
                        return Ok(Err(uncountable()));
                    }
                    (Ok(write), doubted) => write.doubting(doubted.is_some()),
                    (Err(outcome), _) => return Ok(Err(outcome)),
                }
            }
            Task::Overwrite(held) => {
                let state = held.borrow().clone();
                self.base = state.base.clone();
                self.held = Some(held);
                self.decided = state.conflict.mine().cloned();
                Write::overwrite(state, options)
            }
            Task::Fetch(call, handed_out) => {
                self.is_fetch = true;
                let write = call.write(memory, self.stored.take(), &handed_out, options);
                self.base = write.base().filter(|_| !write.states_condition()).cloned();
                match &self.base {
                    Some(base) => write.beside_unanswered(memory.past(base, &self.options.merge)),
                    None => write,
                }
            }
            Task::Made(write) => *write,
        }))
    }

    /// The write of a copied snapshot.
    fn write_of_copy(
        &mut self,
        memory: &Memory,
        version: Option<Version>,
        mine: Option<Document>,
        copied: Option<Document>,
        options: WriteOptions,
    ) -> Result<Write, Error> {
        let base = memory.base_of_copy(&self.url, version.as_ref()).or_else(|| self.stored_base(version.as_ref()));
        let mine = match (&base, &mine) {
            (Some(base), Some(mine)) => Some(options.engine()?.in_digits_of(&base.document, mine)?),
            _ => mine,
        };
        // Only the server's current document proves that a copy holds no edit.
        let is_edit = |base: &Snapshot| mine.as_ref().is_none_or(|mine| !base.document.equals(mine));
        let base = base.filter(is_edit);
        self.base.clone_from(&base);
        Ok(match (base, mine) {
            (Some(base), Some(mine)) => {
                let past = memory.past(&base, &options.merge);
                Write::update(base, mine, options).behind(past)
            }
            (Some(base), None) => removal(memory, base, options),
            (None, Some(mine)) => Write::update_of_copy(&self.url, version, mine, copied, options),
            (None, None) => Write::remove_of_copy(&self.url, version, options),
        })
    }

    /// The stored document, if it has this version and this user has read it: most likely the page copied its snapshot.
    fn stored_base(&self, version: Option<&Version>) -> Option<Snapshot> {
        let record =
            self.stored.as_ref().filter(|record| record.matches_vary(&self.fields, self.options.user.number()))?;
        let stored = Snapshot::stored(record, None, &self.options.versioning).ok()?;
        (version.is_some() && stored.version.as_ref() == version)
            .then(|| Snapshot { url: self.url.as_str().into(), ..stored })
    }
}

/// The outcome if nobody knows whether the server's document contains an increment.
fn uncountable() -> Outcome {
    let words = "an earlier save of this edit got no answer, and may have been counted";
    Outcome::Refused(Box::new(Refusal { kind: RefusalKind::Unknown, problem: Problem::without_answer(words) }))
}

/// The removal of `base`, or of this client's later result. An edit of somebody else is a conflict.
fn removal(memory: &Memory, base: Snapshot, options: WriteOptions) -> Write {
    let mut past = memory.past(&base, &options.merge);
    let own = past.earlier.take().and_then(|earlier| {
        let result = earlier.result?;
        result.document.equals(&earlier.sent).then_some(result)
    });
    Write::remove(own.unwrap_or(base), options).behind(past)
}
