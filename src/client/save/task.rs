//! The start of a save, and the write that it becomes when its turn comes.

use std::rc::Rc;

use super::super::held::{Held, submitted};
use super::super::{Earlier, FetchedWrite, Memory, Outcome, Snapshot, Source, Write, WriteOptions};
use super::{Exchange, Purpose, Save};
use crate::conflict::{Document, Refusal, RefusalKind};
use crate::error::Error;
use crate::http::{Headers, Problem, StoredResponse, Version, origin};

/// The start of a write, which becomes a [`Write`] when its turn comes.
#[derive(Debug)]
pub(in crate::client) enum Task {
    Update {
        base: Snapshot,
        mine: Document,
        /// Whether another write of the document was under way when the page called.
        is_overtaking: bool,
    },
    /// A removal if `mine` is `None`.
    OfCopy {
        version: Option<Version>,
        mine: Option<Document>,
        copied: Option<Document>,
        /// The caller's own fields. They show whether the stored response may be the base.
        fields: Headers,
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
    /// The first step of the write, now that nobody else writes the document. `Err` is the outcome of a write that sends nothing.
    pub(super) fn begin(
        &mut self,
        memory: &Memory,
        task: Task,
        stored: Option<StoredResponse>,
    ) -> Result<Result<Exchange, Outcome>, Error> {
        let options = self.options.knowing(memory.engine(), memory.origin(&self.url));
        let known = options.origin;
        let may_be_reused_unasked = stored.as_ref().is_some_and(StoredResponse::may_be_reused_unasked);
        let write = self.write(memory, task, stored, options)?;
        Ok(write.map(|write| Exchange { write, known, may_be_reused_unasked, last_read: None, held_back: 0 }))
    }

    fn write(
        &mut self,
        memory: &Memory,
        task: Task,
        stored: Option<StoredResponse>,
        options: WriteOptions,
    ) -> Result<Result<Write, Outcome>, Error> {
        Ok(Ok(match task {
            Task::Update { base, mine, is_overtaking } => {
                return self.write_of_edit(memory, base, mine, is_overtaking, options);
            }
            Task::OfCopy { version, mine, copied, fields } => {
                let known = self.stored_base(stored.as_ref(), &fields, version.as_ref());
                self.write_of_copy(memory, known, version, (mine, copied), options)?
            }
            Task::Create { mine, is_below } => created(&self.url, mine, is_below, options),
            Task::Remove { base } => removal(memory, base, options),
            Task::Submit(held, reopenings) => return self.write_of_decisions(&held, reopenings, options),
            Task::Overwrite(held) => {
                let state = held.borrow().clone();
                self.edit.base = state.base.clone();
                self.decide(state.conflict.mine().cloned());
                Write::overwrite(state, options)
            }
            Task::Fetch(call, handed_out) => {
                let write = call.write(memory, stored, &handed_out, options);
                self.edit.base = write.base().filter(|_| !write.states_condition()).cloned();
                match &self.edit.base {
                    Some(base) => write.beside_unanswered(memory.past(base, &self.options.merge)),
                    None => write,
                }
            }
            Task::Made(write) => *write,
        }))
    }

    /// The write of an edit, behind the earlier saves from the same base.
    fn write_of_edit(
        &mut self,
        memory: &Memory,
        base: Snapshot,
        mine: Document,
        is_overtaking: bool,
        options: WriteOptions,
    ) -> Result<Result<Write, Outcome>, Error> {
        let mine = options.engine()?.in_digits_of(&base.document, &mine)?;
        let past = memory.past(&base, &options.merge);
        let is_replaying = self.is_replaying();
        if let (true, Some(Earlier { result: Some(result), .. })) = (is_replaying, &past.earlier) {
            // An own write came first: the change is made again on its result.
            (self.edit.base, self.edit.mine) = (Some(base), Some(mine));
            return Ok(Err(Outcome::Replay(result.clone())));
        }
        let is_mixed = past.is_mixed && !is_replaying;
        let write = self.update_of(memory, base, mine, options).behind(past);
        if is_mixed && write.counts() {
            return Ok(Err(uncountable()));
        }
        self.edit.delivered.clone_from(&write.edit.past.delivered);
        let is_silent = write.is_in_doubt() || write.edit.past.is_undelivered;
        Ok(Ok(match (is_silent && !is_replaying, is_overtaking) {
            (true, _) => write.after_silence(),
            (false, true) => write.overtaking(),
            (false, false) => write,
        }))
    }

    /// The write of an edit, without the earlier saves from the same base.
    pub(super) fn update_of(
        &mut self,
        memory: &Memory,
        base: Snapshot,
        mine: Document,
        options: WriteOptions,
    ) -> Write {
        (self.edit.base, self.edit.mine) = (Some(base.clone()), Some(mine.clone()));
        let source = if memory.is_unread(&base) { Source::Sent } else { base.source };
        let write = Write::update(Snapshot { source, ..base }, mine, options).refused_before(self.refused());
        if self.is_replaying() { write.replaying() } else { write }
    }

    /// The write of a decided conflict.
    fn write_of_decisions(
        &mut self,
        held: &Held,
        reopenings: u32,
        options: WriteOptions,
    ) -> Result<Result<Write, Outcome>, Error> {
        let state = held.borrow().clone();
        self.edit.base = state.base.clone();
        if state.conflict.unresolved() > 0 || state.reopenings != reopenings {
            // Decisions may have been reopened since the call of `submit`: nothing undecided is sent.
            return Ok(Err(Outcome::Conflict(Box::new(state))));
        }
        self.decide(state.conflict.merged()?);
        let doubted = state.is_in_doubt.then(|| state.doubted_version.clone());
        Ok(match (submitted(held, state, &self.options.merge, options)?, doubted) {
            (Ok(write), Some(version)) if write.may_count_again(version.as_ref()) => Err(uncountable()),
            (Ok(write), doubted) => Ok(write.doubting(doubted.is_some())),
            (Err(outcome), _) => Err(outcome),
        })
    }

    fn decide(&mut self, document: Option<Document>) {
        if let Purpose::Decisions { result, .. } = &mut self.purpose {
            *result = document;
        }
    }

    /// The write of a copied snapshot. `stored` is the stored document, if it may be the original.
    fn write_of_copy(
        &mut self,
        memory: &Memory,
        stored: Option<Snapshot>,
        version: Option<Version>,
        (mine, copied): (Option<Document>, Option<Document>),
        options: WriteOptions,
    ) -> Result<Write, Error> {
        let base = memory.base_of_copy(&self.url, version.as_ref()).or(stored);
        let mine = match (&base, &mine) {
            (Some(base), Some(mine)) => Some(options.engine()?.in_digits_of(&base.document, mine)?),
            _ => mine,
        };
        // Only the server's current document proves that a copy holds no edit.
        let is_edit = |base: &Snapshot| mine.as_ref().is_none_or(|mine| !base.document.equals(mine));
        let base = base.filter(is_edit);
        self.edit.base.clone_from(&base);
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
    fn stored_base(
        &self,
        stored: Option<&StoredResponse>,
        fields: &Headers,
        version: Option<&Version>,
    ) -> Option<Snapshot> {
        let record = stored.filter(|record| record.matches_vary(fields, self.options.user.number()))?;
        let stored = Snapshot::stored(record, None, &self.options.versioning).ok()?;
        (version.is_some() && stored.version.as_ref() == version)
            .then(|| Snapshot { url: self.url.as_str().into(), ..stored })
    }
}

/// The creation of `mine` at `url`, or below the collection there.
pub(super) fn created(url: &str, mine: Document, is_below: bool, options: WriteOptions) -> Write {
    if is_below { Write::create_below(url, mine, options) } else { Write::create(url, mine, options) }
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
