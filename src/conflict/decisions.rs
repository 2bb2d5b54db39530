//! Decisions: the choice of people for each change, and the document that follows from these choices.

use super::arrival::Arrival;
use super::{Conflict, Document, Merge};
use crate::error::{Error, ErrorCode};
use crate::gather::Gather;
use crate::http::Format;
use crate::merge::json::respelled;
use crate::merge::{Change, ChangeState, Clash, Combined, Known, Pick};

/// A way to settle a change without typing.
///
/// # Examples
///
/// ```
/// use mergefetch::conflict::Choice;
///
/// assert_eq!(Choice::parse("both-reversed")?, Choice::BothReversed);
/// assert_eq!(Choice::BothReversed.as_str(), "both-reversed");
/// assert!(Choice::parse("ours").is_err());
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The value of base.
    Base,
    /// The value of mine.
    Mine,
    /// The value of theirs.
    Theirs,
    /// Mine, then theirs.
    Both,
    /// Theirs, then mine.
    BothReversed,
    /// The suggestion of a finer merge.
    Suggested,
}

impl Choice {
    const ALL: [Self; 6] = [Self::Base, Self::Mine, Self::Theirs, Self::Both, Self::BothReversed, Self::Suggested];

    /// The spelling used in `Change.decision`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Mine => "mine",
            Self::Theirs => "theirs",
            Self::Both => "both",
            Self::BothReversed => "both-reversed",
            Self::Suggested => "suggested",
        }
    }

    /// The choice of this spelling.
    ///
    /// # Errors
    /// `invalid-argument` for any other word.
    pub fn parse(word: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|choice| choice.as_str() == word);
        found.ok_or_else(|| Error::invalid_argument("base, mine, theirs, both, both-reversed or suggested", word))
    }
}

/// The decision on one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// One of the values at hand.
    Taken(Choice),
    /// A value of the user's own: a JSON text for JSON documents, plain text for text.
    Custom(String),
}

impl Decision {
    /// Whether the change leads to the decided value without a decision.
    pub(super) fn is_moot(&self, change: &Change) -> bool {
        matches!(change.state, ChangeState::Same | ChangeState::Mine)
            && !super::is_sum(change)
            && matches!(self, Self::Taken(Choice::Mine))
    }

    /// Whether this decision about the whole replaces the decisions about its parts.
    fn is_whole(&self) -> bool {
        *self != Self::Taken(Choice::Suggested)
    }

    fn pick(&self) -> Pick<'_> {
        match self {
            Self::Taken(Choice::Base) => Pick::Base,
            Self::Taken(Choice::Mine) => Pick::Mine,
            Self::Taken(Choice::Theirs) => Pick::Theirs,
            Self::Taken(Choice::Both) => Pick::Both,
            Self::Taken(Choice::BothReversed) => Pick::BothReversed,
            Self::Taken(Choice::Suggested) => Pick::Suggested,
            Self::Custom(value) => Pick::Custom(value),
        }
    }
}

impl Conflict {
    /// How many changes still wait for a decision.
    pub fn unresolved(&self) -> usize {
        self.waiting
    }

    /// Recounts the waiting changes, after several decisions changed at once.
    pub(super) fn count_waiting(&mut self) {
        let all = self.changes.iter().zip(&self.decisions);
        self.waiting = all.filter(|(change, decision)| waits(change, decision.as_ref())).count();
    }

    /// Sets one decision, and returns the previous one.
    fn put(&mut self, index: usize, decision: Option<Decision>) -> Option<Decision> {
        let (change, slot) = (&self.changes[index], &mut self.decisions[index]);
        self.waiting -= usize::from(waits(change, slot.as_ref()));
        self.waiting += usize::from(waits(change, decision.as_ref()));
        std::mem::replace(slot, decision)
    }

    /// The spelling of `Change.decision` of the change at `index`: `None` while a conflict waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::conflict::{Choice, Document, Engine, MergeOptions};
    /// use mergefetch::http::Format;
    ///
    /// let sides = ["1", "2", "3"].map(|text| Document::parse(Format::Json, text.as_bytes()).ok());
    /// let mut conflict = Engine::linked().conflict(sides, MergeOptions::default())?;
    /// assert_eq!(conflict.decision(0), None);
    /// conflict.take(Choice::Theirs, None)?;
    /// assert_eq!(conflict.decision(0), Some("theirs"));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn decision(&self, index: usize) -> Option<&'static str> {
        match self.decisions.get(index)? {
            Some(Decision::Taken(choice)) => Some(choice.as_str()),
            Some(Decision::Custom(_)) => Some("custom"),
            None if self.changes.get(index)?.state == ChangeState::Conflict => None,
            None => Some("auto"),
        }
    }

    /// The decision on each change, in the order of the changes.
    pub fn decisions(&self) -> &[Option<Decision>] {
        &self.decisions
    }

    /// Decides the change `id`, or, without one, all that still wait.
    ///
    /// # Errors
    /// `invalid-argument` for an id that is none, or a choice that makes no sense there; nothing is then decided.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::conflict::{Choice, Document, Engine, MergeOptions};
    /// use mergefetch::http::Format;
    ///
    /// let sides = ["1", "2", "3"].map(|text| Document::parse(Format::Json, text.as_bytes()).ok());
    /// let mut conflict = Engine::linked().conflict(sides, MergeOptions::default())?;
    /// // Numbers cannot follow each other, and there is no member `title`.
    /// assert!(conflict.take(Choice::Both, None).is_err());
    /// assert!(conflict.take(Choice::Mine, Some("/title")).is_err());
    /// conflict.take(Choice::Mine, None)?;
    /// assert_eq!(conflict.unresolved(), 0);
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn take(&mut self, choice: Choice, id: Option<&str>) -> Result<(), Error> {
        (self.engine.calls().take)(self, choice, id)
    }

    pub(super) fn take_here(&mut self, choice: Choice, id: Option<&str>) -> Result<(), Error> {
        self.decide(id, Decision::Taken(choice))
    }

    /// Decides the change `id` with a value of the user's own. Its numbers get the digits that JavaScript could not hold.
    ///
    /// # Errors
    /// As [`Conflict::take`]; `invalid-json` for a value of a JSON document that is not JSON; `invalid-argument` for a number that may
    /// be one of several numbers of the change.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::conflict::{Document, Engine, MergeOptions};
    /// use mergefetch::http::Format;
    ///
    /// let sides = ["1", "2", "3"].map(|text| Document::parse(Format::Json, text.as_bytes()).ok());
    /// let mut conflict = Engine::linked().conflict(sides, MergeOptions::default())?;
    /// assert!(conflict.set("", "five".into()).is_err());
    /// conflict.set("", "5".into())?;
    /// assert_eq!(conflict.merged()?.as_ref().and_then(Document::text), Some("5"));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn set(&mut self, id: &str, value: String) -> Result<(), Error> {
        let value = self.with_digits(id, value)?;
        self.decide(Some(id), Decision::Custom(value))
    }

    /// The value with its digits. It counts as an edit of the versions of the change, which have the digits.
    fn with_digits(&self, id: &str, value: String) -> Result<String, Error> {
        let change = &self.changes[self.index_of(id)?];
        if self.format() != Format::Json || change.region.is_some() {
            return Ok(value);
        }
        let list = |values: &[&str]| ["[", &values.join(","), "]"].concat();
        let versions =
            [&change.mine, &change.theirs, &change.base].into_iter().filter_map(|text| text.as_deref()).gather();
        match respelled((list(&[&value]), ""), (list(&versions), ""), None) {
            Ok(text) => Ok(text.get(1..text.len() - 1).map_or(value, str::to_owned)),
            Err(error) if error.code() == ErrorCode::InvalidArgument => Err(error),
            // `decide` reports a value that is not JSON.
            Err(_) => Ok(value),
        }
    }

    /// Takes the decision of the change `id` back, or, without one, all.
    ///
    /// # Errors
    /// `invalid-argument` for an id that is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::conflict::{Choice, Document, Engine, MergeOptions};
    /// use mergefetch::http::Format;
    ///
    /// let sides = ["1", "2", "3"].map(|text| Document::parse(Format::Json, text.as_bytes()).ok());
    /// let mut conflict = Engine::linked().conflict(sides, MergeOptions::default())?;
    /// conflict.take(Choice::Mine, None)?;
    /// conflict.reopen(Some(""))?;
    /// assert_eq!(conflict.unresolved(), 1);
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn reopen(&mut self, id: Option<&str>) -> Result<(), Error> {
        match id {
            Some(id) => {
                let index = self.index_of(id)?;
                // A decision about the whole has replaced the decisions about single changes.
                if self.put(index, None).is_some_and(|before| self.whole() == Some(index) && before.is_whole()) {
                    self.reset();
                }
            }
            None => self.reset(),
        }
        match self.own.take() {
            Some(own) => self.settle_echo(own, &[]),
            None => Ok(()),
        }
    }

    fn reset(&mut self) {
        self.decisions = vec![None; self.changes.len()];
        self.count_waiting();
    }

    /// The change about the document as a whole, if the application refused the merge.
    fn whole(&self) -> Option<usize> {
        let is_whole = self.changes.last().is_some_and(|change| change.clash == Some(Clash::Invalid));
        is_whole.then(|| self.changes.len() - 1)
    }

    /// Settles changes that conflict only with `own`, an earlier save of this client from the same base. They are no conflict between
    /// people, now and after any rebase. Where theirs equals `own`, both edits keep their insertions, and where both replaced a value,
    /// the later edit stays. Where mine equals `own`, and theirs also has edits of others, theirs stays. Changes for which `is_reopened`
    /// says that the decision of a person was dropped stay open.
    pub(crate) fn settle_echo(&mut self, own: Document, is_reopened: &[bool]) -> Result<(), Error> {
        (self.engine.calls().settle_echo)(self, own, is_reopened)
    }

    pub(super) fn settle_echo_here(&mut self, own: Document, is_reopened: &[bool]) -> Result<(), Error> {
        self.own = Some(own);
        // `favor` decides this conflict for one side, also for edits of this client.
        let waits = |change: &Change, decision: &Option<Decision>| change.clash.is_some() && decision.is_none();
        let is_sent = matches!((&self.own, &self.mine), (Some(own), Some(mine)) if own.equals(mine));
        if !is_sent && !self.changes.iter().zip(&self.decisions).any(|(change, decision)| waits(change, decision)) {
            return Ok(());
        }
        let echoes = Known::new(self.merge_with(self.own.as_ref())?.1);
        let arrival = match &self.own {
            Some(own) => self.arrival(own, self.theirs.as_ref(), is_sent)?,
            None => Arrival::default(),
        };
        let mut settled = vec![false; self.changes.len()];
        let all = self.changes.iter_mut().zip(&mut self.decisions).zip(&mut settled);
        for (at, ((change, slot), settled)) in all.enumerate() {
            let is_left = slot.is_some() || is_reopened.get(at) == Some(&true);
            *settled = !is_left && waits(change, slot) && echoes.has(change);
            if !is_left && !*settled && arrival.covers(change) {
                *slot = Some(Decision::Taken(Choice::Theirs));
                change.state = ChangeState::Theirs;
            } else if *settled {
                *slot = Some(Decision::Taken(Choice::Mine));
                // One person made both edits: no conflict is shown.
                change.state = ChangeState::Mine;
            }
        }
        for (at, combined) in self.combined(&mut |at| settled.get(at) == Some(&true))? {
            if let Some(slot) = self.decisions.get_mut(at) {
                *slot = Some(match combined {
                    Combined::Both => Decision::Taken(Choice::BothReversed),
                    Combined::Value(value) => Decision::Custom(value),
                });
            }
        }
        self.count_waiting();
        Ok(())
    }

    fn combined(&self, is_own: &mut dyn FnMut(usize) -> bool) -> Result<Vec<(usize, Combined)>, Error> {
        match (&*self.merge, self.json(), self.texts()) {
            (Merge::Json(merge), Some(documents), _) => merge.combined(documents, is_own),
            (Merge::Text(merge), _, Some(texts)) => Ok(merge.combined(texts, is_own)),
            _ => Ok(Vec::new()),
        }
    }

    /// The document as decided so far; places without a decision hold mine. `None`: the document is to be gone.
    ///
    /// # Errors
    /// `too-large` if the typed values together exceed the limit. Everything else is checked when a decision is made.
    pub fn merged(&self) -> Result<Option<Document>, Error> {
        (self.engine.calls().merged)(self)
    }

    pub(super) fn merged_here(&self) -> Result<Option<Document>, Error> {
        let undecided = Pick::Auto;
        let picks: Vec<_> = self.decisions.iter().map(|one| one.as_ref().map_or(undecided, Decision::pick)).gather();
        self.compose(&picks)
    }

    /// The document with every conflict settled as mine, all other changes as merged.
    ///
    /// # Errors
    /// The result cannot be composed.
    pub(crate) fn compose(&self, picks: &[Pick<'_>]) -> Result<Option<Document>, Error> {
        let is_refused = self.whole().is_some();
        match picks.split_last() {
            // A decision about a container goes before decisions about its parts.
            Some((Pick::Auto | Pick::Suggested, parts)) if is_refused => self.compose_parts(parts),
            Some((whole, _)) if is_refused => self.compose_whole(&[*whole]),
            _ => self.compose_parts(picks),
        }
    }

    fn compose_parts(&self, picks: &[Pick<'_>]) -> Result<Option<Document>, Error> {
        match (&*self.merge, self.json()) {
            (Merge::Json(merge), Some(documents)) => {
                let text = merge.compose(documents, picks)?;
                Document::parse(Format::Json, text.as_bytes()).map(Some)
            }
            (Merge::Text(merge), _) => {
                let texts = self.texts().ok_or_else(|| Error::internal("a text merge without texts"))?;
                Ok(Some(Document::Text(merge.compose(texts, picks)?.into())))
            }
            _ => self.compose_whole(picks),
        }
    }

    fn compose_whole(&self, picks: &[Pick<'_>]) -> Result<Option<Document>, Error> {
        let unsuited =
            |pick| Err(Error::invalid_argument("base, mine or theirs, as the document is decided as a whole", pick));
        match picks.first() {
            None => Ok(self.theirs.clone()),
            Some(Pick::Auto) if self.changes.first().is_some_and(|change| change.state == ChangeState::Theirs) => {
                Ok(self.theirs.clone())
            }
            Some(Pick::Auto | Pick::Mine) => Ok(self.mine.clone()),
            Some(Pick::Theirs) => Ok(self.theirs.clone()),
            Some(Pick::Base) => Ok(self.base.clone()),
            Some(Pick::Custom(value)) if self.format() != Format::Bytes => {
                Document::parse(self.format(), value.as_bytes()).map(Some)
            }
            Some(Pick::Custom(_)) => unsuited("a value"),
            Some(Pick::Both | Pick::BothReversed) => unsuited("both"),
            Some(Pick::Suggested) => unsuited("suggested"),
        }
    }

    /// Puts the decision in place, and takes it back if nothing can be composed of it.
    fn decide(&mut self, id: Option<&str>, decision: Decision) -> Result<(), Error> {
        let (whole, index) = (self.whole(), id.map(|id| self.index_of(id)).transpose()?);
        match index {
            Some(index) if whole == Some(index) => {
                if !decision.is_whole() && self.decisions[index].as_ref().is_some_and(Decision::is_whole) {
                    // The merge counts again, so the changes must not show the other decision any more.
                    self.reopen(id)?;
                }
                self.or_restore(|conflict| conflict.decide_whole(index, decision))
            }
            Some(index) => self.decide_one(index, whole, decision),
            None => self.or_restore(|conflict| conflict.decide_rest(whole, &decision)),
        }
    }

    /// Decides one change. An earlier decision about the whole stays at all other changes, which show it.
    fn decide_one(&mut self, index: usize, whole: Option<usize>, decision: Decision) -> Result<(), Error> {
        let is_possible = self.is_possible(index, &decision);
        let is_base = decision == Decision::Taken(Choice::Base);
        let before = self.put(index, Some(decision));
        let whole_before = whole.map(|at| (at, self.decisions[at].clone()));
        if let Some((at, Some(about))) = &whole_before
            && about.is_whole()
        {
            // No change shows a document typed over the whole, so the question is open again.
            let is_typed = matches!(about, Decision::Custom(_));
            self.put(*at, (!is_typed).then_some(Decision::Taken(Choice::Suggested)));
        }
        // Without a base, taking base everywhere results in no document.
        if is_possible && !(is_base && self.base.is_none() && self.waiting == 0) {
            return Ok(());
        }
        self.merged().map(drop).inspect_err(|_| {
            self.put(index, before);
            if let Some((at, about)) = whole_before {
                self.put(at, about);
            }
        })
    }

    /// Decides the document as a whole. All changes show this decision, as their own decisions no longer count. With `Suggested` they
    /// still count.
    fn decide_whole(&mut self, whole: usize, decision: Decision) {
        if decision.is_whole() {
            let shown = Some(decision.clone()).filter(|decision| !matches!(decision, Decision::Custom(_)));
            for (change, slot) in self.changes.iter().zip(&mut self.decisions) {
                // If a document is typed over the whole, a conflict keeps its decision, as it would wait without one.
                if shown.is_some() || change.state != ChangeState::Conflict {
                    slot.clone_from(&shown);
                }
            }
        }
        self.decisions[whole] = Some(decision);
    }

    /// Decides all changes that wait. If the merge as a whole waits, its parts are decided, so that earlier decisions stay. With `Mine`
    /// the edits of others stay, too, as only a decision about the whole may overwrite them.
    fn decide_rest(&mut self, whole: Option<usize>, decision: &Decision) {
        let is_open = whole.is_some_and(|at| self.decisions[at].is_none());
        let is_of_parts = is_open && matches!(decision, Decision::Taken(Choice::Theirs | Choice::Base));
        for (change, slot) in self.changes.iter().zip(&mut self.decisions) {
            if waits(change, slot.as_ref()) || (is_of_parts && slot.is_none()) {
                *slot = Some(decision.clone());
            }
        }
        if let (Some(at), true, Decision::Taken(Choice::Mine | Choice::Theirs | Choice::Base)) =
            (whole, is_open, decision)
        {
            self.decisions[at] = Some(Decision::Taken(Choice::Suggested));
        }
    }

    /// Runs `decide`, and restores all decisions if no document can be composed of the new ones.
    fn or_restore(&mut self, decide: impl FnOnce(&mut Self)) -> Result<(), Error> {
        let before = self.decisions.clone();
        decide(self);
        let composed = self.merged().map(drop).inspect_err(|_| self.decisions = before);
        self.count_waiting();
        composed
    }

    /// Whether the change alone proves that a document can be composed with this decision, whatever the other decisions are. Composing
    /// the whole document after each decision would take quadratic time.
    fn is_possible(&self, index: usize, decision: &Decision) -> bool {
        let change = &self.changes[index];
        match (&*self.merge, decision.pick()) {
            _ if change.clash == Some(Clash::Invalid) => false,
            (Merge::Json(_), Pick::Custom(value)) if !self.has_room(value) => false,
            (Merge::Json(merge), pick) => merge.surely_takes(index, pick),
            (Merge::Text(_), pick) => pick != Pick::Suggested || change.suggestion.is_some(),
            (Merge::Whole, _) => false,
        }
    }

    /// Whether even base, mine, theirs and this value together stay below the limit for a document.
    fn has_room(&self, value: &str) -> bool {
        let length = |document: &Option<Document>| document.as_ref().map_or(0, |document| document.bytes().len());
        let all = length(&self.base) + length(&self.mine) + length(&self.theirs) + value.len();
        all <= super::MAX_DOCUMENT_BYTES
    }

    fn index_of(&self, id: &str) -> Result<usize, Error> {
        self.ids
            .first(&self.changes, id)
            .ok_or_else(|| Error::invalid_argument("the id of a change of this conflict", id))
    }
}

fn waits(change: &Change, decision: Option<&Decision>) -> bool {
    change.state == ChangeState::Conflict && decision.is_none()
}
