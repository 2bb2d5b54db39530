//! The meaning of a refusal: an edit conflict with its changes and decisions, or a refusal that no merge can help.

mod arrival;
mod decisions;
mod document;
mod engine;
mod holds;
mod linked;
mod merging;
mod refusal;
mod spelling;

use crate::gather::Gather;
use std::rc::Rc;

use arrival::Arrival;

use crate::error::Error;
use crate::http::Format;
use crate::merge::text::{TextMerge, Texts};
use crate::merge::{Change, ChangeOp, ChangeState, Clash, Ids, Known, json, text};

pub use decisions::{Choice, Decision};
pub use document::{Document, MAX_DOCUMENT_BYTES, check_size};
pub use engine::{Engine, PatchFormat};
pub use holds::holds;
pub use refusal::{
    REFUSAL_FIELD, Refusal, RefusalKind, asks_again, named_rule, quotes_database_on_duplicate, refused_creation,
    says_nothing, speaks_of_versions,
};
pub(crate) use spelling::{Names, has_arrived, is_respelt, is_respelt_at, lower};

/// The two edits that met.
///
/// # Examples
///
/// ```
/// use mergefetch::conflict::ConflictKind;
///
/// assert_eq!(ConflictKind::EditDelete.as_str(), "edit-delete");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictKind {
    /// Both sides edited.
    EditEdit,
    /// Mine edited the document, theirs removed it.
    EditDelete,
    /// Mine removed the document, theirs edited it.
    DeleteEdit,
    /// Both created the resource.
    CreateCreate,
}

impl ConflictKind {
    /// The spelling used in `Conflict.kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EditEdit => "edit-edit",
            Self::EditDelete => "edit-delete",
            Self::DeleteEdit => "delete-edit",
            Self::CreateCreate => "create-create",
        }
    }
}

/// How documents are merged.
#[derive(Debug, Clone, Default)]
pub struct MergeOptions {
    /// For JSON documents.
    pub json: json::Options,
    /// For text documents.
    pub text: text::Options,
}

/// The merge behind a conflict, without its changes.
#[derive(Debug)]
enum Merge {
    Json(json::JsonMerge),
    Text(TextMerge),
    /// One change for the whole document: bytes, documents of different formats, and documents that are gone.
    Whole,
}

/// An edit that met another edit: the three documents, every change, and the decision on each.
///
/// `None` for a document means that this side has none: no base is known, mine removed it, theirs is gone.
///
/// # Examples
///
/// ```
/// use mergefetch::conflict::{Choice, Conflict, ConflictKind, Document, Engine, MergeOptions};
/// use mergefetch::http::Format;
///
/// let sides = [r#"{"title":"Fair","guests":40}"#, r#"{"title":"Fair","guests":50}"#, r#"{"title":"Market","guests":60}"#];
/// let sides = sides.map(|text| Document::parse(Format::Json, text.as_bytes()).ok());
/// let mut conflict: Conflict = Engine::linked().conflict(sides, MergeOptions::default())?;
/// assert_eq!((conflict.kind(), conflict.format()), (ConflictKind::EditEdit, Format::Json));
/// assert_eq!((conflict.changes().len(), conflict.unresolved()), (2, 1));
/// assert!(!conflict.is_ambiguous() && !conflict.is_only_ignored());
///
/// conflict.take(Choice::Mine, Some("/guests"))?;
/// assert_eq!(conflict.decisions().iter().flatten().count(), 1);
/// let merged = conflict.merged()?;
/// assert_eq!(merged.as_ref().and_then(Document::text), Some(r#"{"title":"Market","guests":50}"#));
///
/// // A document that is gone is a side, too.
/// let [base, mine] = [conflict.base().cloned(), conflict.mine().cloned()];
/// let removed = Engine::linked().conflict([base, mine, None], MergeOptions::default())?;
/// assert_eq!((removed.kind(), removed.theirs().is_none()), (ConflictKind::EditDelete, true));
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Conflict {
    engine: Engine,
    base: Option<Document>,
    mine: Option<Document>,
    theirs: Option<Document>,
    options: MergeOptions,
    /// Shared with the copies that a write works on: no decision moves it.
    merge: Rc<Merge>,
    changes: Vec<Change>,
    /// Finds a change by its id.
    ids: Rc<Ids>,
    /// One for each change, in the same order.
    decisions: Vec<Option<Decision>>,
    /// The number of changes that wait for a decision. It is kept up to date, as a page reads it after each decision, and counting
    /// takes linear time.
    waiting: usize,
    /// An earlier save of this client from the same base.
    own: Option<Document>,
}

impl Conflict {
    fn of(
        engine: Engine,
        [base, mine, theirs]: [Option<Document>; 3],
        options: MergeOptions,
        own: Option<Document>,
    ) -> Result<Self, Error> {
        let (merge, changes) = merge([&base, &mine, &theirs].map(Option::as_ref), &options, own.is_some())?;
        let (ids, decisions) = (Rc::new(Ids::new(&changes)), vec![None; changes.len()]);
        let mut conflict =
            Self { engine, base, mine, theirs, options, merge, changes, ids, decisions, waiting: 0, own };
        conflict.count_waiting();
        Ok(conflict)
    }

    /// The merge with another theirs.
    fn merge_with(&self, theirs: Option<&Document>) -> Result<(Rc<Merge>, Vec<Change>), Error> {
        merge([self.base.as_ref(), self.mine.as_ref(), theirs], &self.options, self.own.is_some())
    }

    /// The server has stored mine, so the increments of mine are not added again to a later theirs.
    ///
    /// # Errors
    /// The documents cannot be merged.
    pub(crate) fn is_stored(&mut self) -> Result<(), Error> {
        (self.engine.calls().is_stored)(self)
    }

    fn is_stored_here(&mut self) -> Result<(), Error> {
        if let Some(mine) = &self.mine {
            self.base = counted(mine, self.base.take(), Some(mine), &self.options)?;
        }
        Ok(())
    }

    /// The two edits that met.
    pub fn kind(&self) -> ConflictKind {
        match (&self.base, &self.mine, &self.theirs) {
            (_, Some(_), None) => ConflictKind::EditDelete,
            (_, None, _) => ConflictKind::DeleteEdit,
            (None, Some(_), Some(_)) => ConflictKind::CreateCreate,
            _ => ConflictKind::EditEdit,
        }
    }

    /// The format of the three documents.
    pub fn format(&self) -> Format {
        match *self.merge {
            Merge::Json(_) => Format::Json,
            Merge::Text(_) => Format::Text,
            Merge::Whole => [&self.mine, &self.theirs, &self.base]
                .into_iter()
                .flatten()
                .next()
                .map_or(Format::Bytes, Document::format),
        }
    }

    /// The document that the edit started from.
    pub fn base(&self) -> Option<&Document> {
        self.base.as_ref()
    }

    /// The edit; never changed through the whole life of a conflict.
    pub fn mine(&self) -> Option<&Document> {
        self.mine.as_ref()
    }

    /// The document of the server, as last read.
    pub fn theirs(&self) -> Option<&Document> {
        self.theirs.as_ref()
    }

    /// Every place where a side differs from base, in document order.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Whether another alignment would have given another result.
    pub fn is_ambiguous(&self) -> bool {
        self.changes.iter().any(|change| change.ambiguous && !change.is_order_free)
    }

    /// Whether theirs differs from base only in members that the server manages.
    pub fn is_only_ignored(&self) -> bool {
        self.changes.iter().all(|change| match change.state {
            ChangeState::Mine => change.clash.is_none(),
            state => state == ChangeState::Ignored,
        })
    }

    /// The text merge of a text document (`path` is empty), or of a string inside a JSON document, with its three texts.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::conflict::{Document, Engine, MergeOptions};
    /// use mergefetch::http::Format;
    ///
    /// let sides = ["a\n", "b\n", "c\n"].map(|text| Document::parse(Format::Text, text.as_bytes()).ok());
    /// let conflict = Engine::linked().conflict(sides, MergeOptions::default())?;
    /// let (merge, texts) = conflict.text_at("").expect("a conflict of texts");
    /// assert_eq!((merge.conflicts(), texts.mine), (1, "b\n"));
    /// assert!(conflict.text_at("/title").is_none());
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn text_at(&self, path: &str) -> Option<(&TextMerge, Texts<'_>)> {
        match &*self.merge {
            Merge::Text(merge) if path.is_empty() => self.texts().map(|texts| (merge, texts)),
            Merge::Json(merge) => {
                let (merge, [base, mine, theirs]) = merge.text_at(path)?;
                Some((merge, Texts { base: Some(base), mine, theirs }))
            }
            _ => None,
        }
    }

    /// Takes the newest `theirs` and merges again. Every decision whose three values did not change is kept. `sent` is the result
    /// of the decisions, if it was sent: the parts that theirs took from it are settled, even if the answer was lost. Where theirs
    /// contains `sent` with edits of others, theirs stays.
    /// Returns the ids of the changes whose decisions were dropped and would lead to something else now.
    ///
    /// # Errors
    /// The documents cannot be merged; the conflict is then unchanged.
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
    ///
    /// // The same value in theirs: the decision stays. Another value: people decide again.
    /// assert!(conflict.rebase(Some(Document::parse(Format::Json, b"3")?), None)?.is_empty());
    /// assert_eq!(conflict.rebase(Some(Document::parse(Format::Json, b"4")?), None)?, [""]);
    /// assert_eq!(conflict.unresolved(), 1);
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn rebase(&mut self, theirs: Option<Document>, sent: Option<&Document>) -> Result<Vec<String>, Error> {
        (self.engine.calls().rebase)(self, theirs, sent)
    }

    fn rebase_here(&mut self, theirs: Option<Document>, sent: Option<&Document>) -> Result<Vec<String>, Error> {
        // People may have decided otherwise since the request went out.
        let is_all = match sent {
            Some(sent) => self.merged()?.is_some_and(|merged| merged.equals(sent)),
            None => false,
        };
        self.options.json.may_echo |= sent.is_some();
        let sent = self.spelt(sent, theirs.as_ref());
        let own = Known::new(if sent.is_some() { self.merge_with(sent.as_ref())?.1 } else { Vec::new() });
        let (merge, changes) = self.merge_with(theirs.as_ref())?;
        let arrival = match &sent {
            Some(sent) => self.arrival(sent, theirs.as_ref(), is_all)?,
            None => Arrival::default(),
        };
        self.ids = Rc::new(Ids::new(&changes));
        let old = std::mem::replace(&mut self.changes, changes);
        let old_decisions = std::mem::replace(&mut self.decisions, vec![None; self.changes.len()]);
        self.merge = merge;
        self.theirs = theirs;
        let mut reopened = Vec::new();
        let mut is_reopened = vec![false; self.changes.len()];
        for (change, decision) in old.into_iter().zip(old_decisions) {
            let Some(decision) = decision else { continue };
            let Some(at) = self.ids.first(&self.changes, &change.id) else {
                // If theirs equals the sent value at a place, that place may have no change any more, and needs no decision.
                if sent.is_none() || (!arrival.is_whole && own.has_id(&change.id)) {
                    reopened.push(change.id);
                }
                continue;
            };
            let (now, slot) = (&self.changes[at], &mut self.decisions[at]);
            // A decision for base is now in theirs: the decision keeps its meaning.
            let is_base_in_theirs = matches!(decision, Decision::Taken(Choice::Base)) && now.theirs == now.base;
            if now.has_values_of(&change) || is_base_in_theirs {
                *slot = Some(decision);
            } else if own.has(now) {
                // If mine is equal, nothing needs a decision, now or when theirs is reverted. A counter would add it again.
                if now.state == ChangeState::Conflict || is_sum(now) {
                    *slot = Some(Decision::Taken(Choice::Theirs));
                }
            } else if matches!(&decision, Decision::Custom(value) if now.theirs.as_ref() == Some(value)) {
                // It has arrived all the same.
                *slot = Some(Decision::Taken(Choice::Theirs));
            } else if arrival.is_whole && arrival.covers(now) {
                *slot = Some(Decision::Taken(Choice::Theirs));
            } else if !decision.is_moot(now) {
                is_reopened[at] = true;
                reopened.push(change.id);
            }
        }
        // Every place of the sent document was decided, so the parts that theirs took from it are.
        for ((change, slot), is_reopened) in self.changes.iter().zip(&mut self.decisions).zip(&is_reopened) {
            let is_own = change.state == ChangeState::Conflict && own.has(change);
            if slot.is_none() && !is_reopened && (is_own || arrival.covers(change)) {
                *slot = Some(Decision::Taken(Choice::Theirs));
            }
        }
        if let Some(own) = self.own.take() {
            self.settle_echo(own, &is_reopened)?;
        }
        self.count_waiting();
        Ok(reopened)
    }

    /// Adds one more conflict, about the document as a whole: the application refuses the merge, so people decide. Mine, theirs and
    /// base are the whole documents, and the suggestion is `merged`, the refused result.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::conflict::{Document, Engine, MergeOptions};
    /// use mergefetch::http::Format;
    ///
    /// let sides = [r#"{"a":1,"b":1}"#, r#"{"a":2,"b":1}"#, r#"{"a":1,"b":2}"#].map(|text| Document::parse(Format::Json, text.as_bytes()).ok());
    /// let mut conflict = Engine::linked().conflict(sides, MergeOptions::default())?;
    /// assert_eq!(conflict.unresolved(), 0);
    ///
    /// let merged = conflict.merged()?;
    /// conflict.refuse_merge(merged.as_ref());
    /// assert_eq!(conflict.unresolved(), 1);
    /// assert_eq!(conflict.changes()[2].suggestion.as_deref(), Some(r#"{"a":2,"b":2}"#));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn refuse_merge(&mut self, merged: Option<&Document>) {
        (self.engine.calls().refuse_merge)(self, merged);
    }

    fn refuse_merge_here(&mut self, merged: Option<&Document>) {
        let text = |document: Option<&Document>| document.and_then(Document::text).map(str::to_owned);
        self.changes.push(Change {
            id: "#invalid".to_owned(),
            path: String::new(),
            state: ChangeState::Conflict,
            op: ChangeOp::Replace,
            clash: Some(Clash::Invalid),
            ambiguous: false,
            is_order_free: false,
            from: None,
            into: [None, None],
            base: text(self.base.as_ref()),
            mine: text(self.mine.as_ref()),
            theirs: text(self.theirs.as_ref()),
            suggestion: text(merged),
            region: None,
        });
        self.ids = Rc::new(Ids::new(&self.changes));
        self.decisions.push(None);
        self.count_waiting();
    }

    fn json(&self) -> Option<json::Documents<'_>> {
        trees([&self.base, &self.mine, &self.theirs].map(Option::as_ref))
    }

    fn texts(&self) -> Option<Texts<'_>> {
        Some(Texts {
            base: self.base.as_ref().and_then(Document::text),
            mine: self.mine.as_ref()?.text()?,
            theirs: self.theirs.as_ref()?.text()?,
        })
    }
}

fn trees(documents: [Option<&Document>; 3]) -> Option<json::Documents<'_>> {
    let [base, mine, theirs] = documents.map(|document| match document {
        Some(Document::Json(tree)) => Some(&**tree),
        _ => None,
    });
    Some(json::Documents { base, mine: mine?, theirs: theirs? })
}

/// `base`, with the increments of `own` if `mine` contains them.
fn counted(
    own: &Document,
    base: Option<Document>,
    mine: Option<&Document>,
    options: &MergeOptions,
) -> Result<Option<Document>, Error> {
    if let (Document::Json(own), Some(Document::Json(old)), Some(Document::Json(edit))) = (own, &base, mine)
        && let Some(counted) = json::counted(old, own, edit, &options.json)?
    {
        return Ok(Some(Document::Json(Rc::new(counted))));
    }
    Ok(base)
}

fn changes_counter(base: Option<&Document>, mine: &Document, options: &MergeOptions) -> bool {
    matches!((base, mine), (Some(Document::Json(base)), Document::Json(mine)) if json::counts(base, mine, &options.json))
}

/// Whether the merge adds both edits, so that its value is neither mine nor theirs.
fn is_sum(change: &Change) -> bool {
    change.state == ChangeState::Same && change.suggestion.is_some()
}

/// With `is_after` theirs may contain an earlier edit by the author of mine.
fn merge(
    [base, mine, theirs]: [Option<&Document>; 3],
    options: &MergeOptions,
    is_after: bool,
) -> Result<(Rc<Merge>, Vec<Change>), Error> {
    let (merge, changes) = match (base, mine, theirs) {
        (Some(Document::Json(_)) | None, Some(Document::Json(mine)), Some(Document::Json(theirs))) => {
            let base = match base {
                Some(Document::Json(base)) => Some(&**base),
                _ => None,
            };
            let documents = json::Documents { base, mine, theirs };
            let merge = if is_after {
                json::merge_after(documents, &options.json)
            } else {
                json::merge(documents, &options.json)
            }?;
            let changes = merge.changes().to_vec();
            (Merge::Json(merge), changes)
        }
        (Some(Document::Text(_)) | None, Some(Document::Text(mine)), Some(Document::Text(theirs))) => {
            let texts = Texts { base: base.and_then(Document::text), mine, theirs };
            let merge = text::merge(texts, &options.text)?;
            let changes = merge.changes(texts, "");
            (Merge::Text(merge), changes)
        }
        _ => (Merge::Whole, whole(base, mine, theirs).into_iter().gather()),
    };
    Ok((Rc::new(merge), changes))
}

/// The one change between documents that cannot be looked into; `None` where mine and theirs are the same.
fn whole(base: Option<&Document>, mine: Option<&Document>, theirs: Option<&Document>) -> Option<Change> {
    let is_same = |a: Option<&Document>, b: Option<&Document>| match (a, b) {
        (Some(a), Some(b)) => a.equals(b),
        (None, None) => true,
        _ => false,
    };
    let (state, clash) = if is_same(mine, theirs) {
        return None;
    } else if base.is_some() && is_same(base, theirs) {
        (ChangeState::Mine, None)
    } else if base.is_some() && is_same(base, mine) {
        (ChangeState::Theirs, None)
    } else {
        let clash = match (base, mine, theirs) {
            (_, Some(_), None) => Clash::EditDelete,
            (_, None, _) => Clash::DeleteEdit,
            (None, ..) => Clash::NoBase,
            _ => Clash::EditEdit,
        };
        (ChangeState::Conflict, Some(clash))
    };
    let op = if mine.is_none() || theirs.is_none() { ChangeOp::Remove } else { ChangeOp::Replace };
    let value = |document: Option<&Document>| document.and_then(Document::text).map(str::to_owned);
    Some(Change {
        id: String::new(),
        path: String::new(),
        state,
        op,
        clash,
        ambiguous: false,
        is_order_free: false,
        from: None,
        into: [None, None],
        base: value(base),
        mine: value(mine),
        theirs: value(theirs),
        suggestion: None,
        region: None,
    })
}
