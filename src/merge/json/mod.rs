//! Three-way merge of JSON documents: a lossless tree, merged by member and by element.
//!
//! The documents stay texts; a merge is a plan over their trees, and every result is written from that plan: in the
//! layout of theirs, with the spelling of whoever wrote a value. See `docs/JSON-MERGE.md` for what is merged how.
//!
//! Walks over trees recurse; the parser refuses documents nested deeper than 512 levels.

mod alignment;
mod apply;
mod arrange;
mod arrays;
mod combine;
mod compose;
mod counter;
mod double;
mod hunks;
mod identity;
mod likeness;
mod links;
mod marks;
mod members;
mod merge;
mod moves;
mod order;
mod own_order;
mod patch;
mod patch_text;
mod plan;
mod pointer;
mod records;
mod relocate;
mod relocations;
mod renames;
mod respell;
mod rich;
mod roster;
mod scalar;
mod sides;
mod tree;
mod write;

pub use apply::{apply_merge_patch, apply_patch, merge_patch, parse_patch, without};
pub use patch_text::patch_text;
pub use pointer::push as push_token;
pub use respell::respelled;
pub use rich::Editor;
pub(crate) use scalar::quote;
pub(crate) use tree::MAX_DEPTH;
pub use tree::{Document, Value};

use super::text::{self, TextMerge};
use super::{Change, Favor, Index, Known, Pick};
use crate::error::Error;
use text_diff::hash64;

/// The three documents of a merge.
#[derive(Debug, Clone, Copy)]
pub struct Documents<'a> {
    /// What the edit started from; without it every difference is a conflict.
    pub base: Option<&'a Document>,
    /// The edit.
    pub mine: &'a Document,
    /// What the server holds; the result keeps its layout.
    pub theirs: &'a Document,
}

/// How the value at a path is merged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// Objects by member, arrays of objects by identity where a key fits, other arrays as sequences, long strings as text.
    Auto,
    /// Never looked into: two different edits conflict.
    Atomic,
    /// A string merged as text.
    Text,
    /// An array whose order and duplicates mean nothing.
    Set,
    /// An array merged as text is by lines.
    Sequence,
    /// An array of fixed length, such as weekdays or a grid, merged element by element.
    ByPlace,
    /// An array of objects, told apart by these members.
    Key(Vec<String>),
    /// Members of the object here that belong together: edited on both sides, they conflict as one.
    Group(Vec<String>),
    /// A number: both increments are added.
    Counter,
    /// A value the server manages: theirs is taken.
    Ignore,
    /// A document of an editor: blocks, text and marks.
    RichText(Editor),
}

/// What the caller chooses for a merge.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Pointers, where `*` stands for any member or index, and their rules.
    pub rules: Vec<(String, Rule)>,
    /// Settles every conflict; `Union` means nothing for JSON and is refused.
    pub favor: Option<Favor>,
    /// How long strings are merged.
    pub text: text::Options,
    /// Theirs may contain an edit by the author of mine, perhaps in another spelling. If both inserted records without ids into one array,
    /// these may be the same records, so that two insertions at one place conflict.
    pub may_echo: bool,
}

/// The outcome of [`merge()`]: a list of changes, and a plan from which results are written.
///
/// # Examples
///
/// ```
/// use mergefetch::merge::json::{Document, Documents, Operation, Options, merge};
/// use mergefetch::merge::Pick;
///
/// let base = Document::parse(r#"[{"id":1,"n":1}]"#)?;
/// let mine = Document::parse(r#"[{"id":1,"n":2}]"#)?;
/// let theirs = Document::parse(r#"[{"id":1,"n":3},{"id":2,"n":1}]"#)?;
/// let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
/// let merged = merge(documents, &Options::default())?;
///
/// // Both changed `n` of the first record; theirs added the second.
/// assert!(!merged.is_clean() && !merged.is_ambiguous());
/// assert_eq!((merged.conflicts(), merged.changes().len()), (1, 2));
/// assert_eq!(merged.inferred()[0].key, ["id"]);
///
/// // A conflict holds mine, until people decide.
/// assert_eq!(merged.text(documents)?, r#"[{"id":1,"n":2},{"id":2,"n":1}]"#);
/// let patch = [Operation::Replace { path: "/0/n".into(), value: "2".into() }];
/// assert_eq!(merged.patch(documents)?, patch);
/// let decided = merged.compose(documents, &[Pick::Theirs, Pick::Auto])?;
/// assert_eq!(decided, r#"[{"id":1,"n":3},{"id":2,"n":1}]"#);
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct JsonMerge {
    changes: Vec<Change>,
    plan: plan::Plan,
    texts: Vec<plan::TextPlan>,
    text_paths: Index,
    /// The changes that are runs of elements, in order.
    runs: Vec<u32>,
    inferred: Vec<Inferred>,
    records: moves::MovedRecords,
    template: sides::Side,
    rules: pointer::Rules,
}

/// The members by which the records of an array were told apart without a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Inferred {
    /// The JSON Pointer of the array.
    pub path: String,
    /// The names of the members.
    pub key: Vec<String>,
    /// How sure the matches are, from 0 to 1: the share of the records of base whose match, on both sides, is no guess.
    pub sureness: f32,
}

/// One operation of a JSON Patch (RFC 6902). Values are JSON texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Adds a member, or inserts an element.
    Add {
        /// Where the value goes; its last token may be `-`.
        path: String,
        /// The value.
        value: String,
    },
    /// Replaces a value that is there.
    Replace {
        /// Where the value stands.
        path: String,
        /// The new value.
        value: String,
    },
    /// Removes a value that is there.
    Remove {
        /// Where the value stands.
        path: String,
    },
    /// Removes a value and adds it at another place.
    Move {
        /// Where the value stands.
        from: String,
        /// Where it goes, once it is removed.
        path: String,
    },
    /// Adds a value that stands elsewhere too.
    Copy {
        /// Where the value stands.
        from: String,
        /// Where the copy goes.
        path: String,
    },
    /// Requires a value.
    Test {
        /// Where the value stands.
        path: String,
        /// What it must equal.
        value: String,
    },
}

impl Operation {
    /// Its `op`, `from`, `path` and `value` (a JSON text), as far as it has them.
    pub(crate) fn members(&self) -> [Option<&str>; 4] {
        let (op, from, path, value): (_, Option<&String>, _, Option<&String>) = match self {
            Self::Add { path, value } => ("add", None, path, Some(value)),
            Self::Replace { path, value } => ("replace", None, path, Some(value)),
            Self::Remove { path } => ("remove", None, path, None),
            Self::Move { from, path } => ("move", Some(from), path, None),
            Self::Copy { from, path } => ("copy", Some(from), path, None),
            Self::Test { path, value } => ("test", None, path, Some(value)),
        };
        [Some(op), from.map(String::as_str), Some(path), value.map(String::as_str)]
    }
}

/// Merges the edits base→mine and base→theirs: members by name, records by identity, texts where a rule says so.
///
/// # Errors
/// `invalid-argument` for a rule whose pointer is no JSON Pointer (RFC 6901), and for [`Favor::Union`].
///
/// # Examples
///
/// ```
/// use mergefetch::merge::json::{Document, Documents, Options, merge};
///
/// let base = Document::parse(r#"[{"id":1,"done":false},{"id":2,"done":false}]"#)?;
/// let mine = Document::parse(r#"[{"id":1,"done":true},{"id":2,"done":false}]"#)?;
/// let theirs = Document::parse(r#"[{"id":2,"done":false},{"id":1,"done":false}]"#)?;
/// let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
/// let merged = merge(documents, &Options::default())?;
/// assert!(merged.is_clean());
/// assert_eq!(merged.text(documents)?, r#"[{"id":2,"done":false},{"id":1,"done":true}]"#);
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
pub fn merge(documents: Documents<'_>, options: &Options) -> Result<JsonMerge, Error> {
    merge::merge(documents, options, false)
}

/// [`merge()`], where theirs contains an earlier edit by the author of mine: of insertions at one place, theirs come first.
///
/// # Errors
/// As [`merge()`].
pub(crate) fn merge_after(documents: Documents<'_>, options: &Options) -> Result<JsonMerge, Error> {
    merge::merge(documents, options, true)
}

/// The patch (RFC 6902) that turns `before` into `after`.
///
/// # Errors
/// `invalid-argument` for a rule whose pointer is no JSON Pointer (RFC 6901).
///
/// # Examples
///
/// ```
/// use mergefetch::merge::json::{Document, Operation, Options, diff};
///
/// let before = Document::parse(r#"{"title":"Fair","guests":40}"#)?;
/// let after = Document::parse(r#"{"title":"Fair","guests":50}"#)?;
/// let patch = diff(&before, &after, &Options::default())?;
/// assert_eq!(patch, [Operation::Replace { path: "/guests".into(), value: "50".into() }]);
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
pub fn diff(before: &Document, after: &Document, options: &Options) -> Result<Vec<Operation>, Error> {
    patch::diff(before, after, options)
}

/// Whether `edit` sets a counter of `base` to another number.
///
/// # Examples
///
/// ```
/// use mergefetch::merge::json::{Document, Options, Rule, counts};
///
/// let [base, edit] = ["{\"likes\":10}", "{\"likes\":11}"].map(Document::parse);
/// let options = Options { rules: vec![("/likes".into(), Rule::Counter)], ..Options::default() };
/// assert!(counts(&base?, &edit?, &options));
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
pub fn counts(base: &Document, edit: &Document, options: &Options) -> bool {
    let documents = Documents { base: Some(base), mine: edit, theirs: base };
    has_counters(options)
        && merge(documents, options).is_ok_and(|merge| {
            merge.changes.iter().any(|change| {
                let is_number = |value: &Option<String>| {
                    value
                        .as_ref()
                        .is_some_and(|value| value.starts_with(|first: char| first == '-' || first.is_ascii_digit()))
                };
                is_number(&change.base) && is_number(&change.mine) && merge.rules.at(&change.path) == Rule::Counter
            })
        })
}

fn has_counters(options: &Options) -> bool {
    options.rules.iter().any(|(_, rule)| *rule == Rule::Counter)
}

/// `base` with the counters that `own`, an edit of it, has set and `mine` sets again: what `mine` adds is on top of that.
/// `None` where there are none.
///
/// # Errors
/// Those of the merges.
///
/// # Examples
///
/// ```
/// use mergefetch::merge::json::{Document, Options, Rule, counted};
///
/// let [base, own, mine] = ["10", "11", "12"].map(|likes| Document::parse(format!("{{\"likes\":{likes}}}")));
/// let options = Options { rules: vec![("/likes".into(), Rule::Counter)], ..Options::default() };
/// // The first save counted from 10 to 11, so the second one counts from 11.
/// let base = counted(&base?, &own?, &mine?, &options)?;
/// assert!(base.is_some_and(|base| base.text() == "{\"likes\":11}"));
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
pub fn counted(base: &Document, own: &Document, mine: &Document, options: &Options) -> Result<Option<Document>, Error> {
    if !has_counters(options) {
        return Ok(None);
    }
    let documents = Documents { base: Some(base), mine: own, theirs: base };
    let (before, now) = (merge(documents, options)?, merge(Documents { mine, ..documents }, options)?);
    let now = Known::new(now.changes);
    let mut picks = Vec::with_capacity(before.changes.len());
    for change in &before.changes {
        let again = before.rules.at(&change.path) == Rule::Counter && now.has_id(&change.id);
        picks.push(if again { Pick::Mine } else { Pick::Base });
    }
    before.compose(documents, &picks).and_then(Document::parse).map(Some)
}

impl JsonMerge {
    /// Whether nothing waits for a decision.
    pub fn is_clean(&self) -> bool {
        self.conflicts() == 0
    }

    /// How many changes wait for a decision.
    pub fn conflicts(&self) -> usize {
        self.changes.iter().filter(|change| change.state == super::ChangeState::Conflict).count()
    }

    /// Whether another alignment, just as good, would have given another result. The order of what both inserted at one place does not
    /// count.
    pub fn is_ambiguous(&self) -> bool {
        self.changes.iter().any(|change| change.ambiguous && !change.is_order_free)
    }

    /// Every place where a side differs from base, in document order.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The arrays without a rule, and the members that identify their records.
    pub fn inferred(&self) -> &[Inferred] {
        &self.inferred
    }

    /// The merged document in the layout of theirs; a place in conflict holds mine.
    ///
    /// # Errors
    /// `internal` where `documents` are not those of the merge.
    pub fn text(&self, documents: Documents<'_>) -> Result<String, Error> {
        compose::compose(self, documents, None)
    }

    /// The document that results from `picks`, one for each element of `changes`, in the same order. Always valid JSON.
    ///
    /// # Errors
    /// `invalid-argument` for a wrong number of picks, and for a pick that means nothing at its change; `invalid-json`
    /// or `too-deep` for a value of the user's own.
    pub fn compose(&self, documents: Documents<'_>, picks: &[Pick<'_>]) -> Result<String, Error> {
        compose::compose(self, documents, Some(picks))
    }

    /// Turns theirs into the merged document.
    ///
    /// # Errors
    /// As [`JsonMerge::text`].
    pub fn patch(&self, documents: Documents<'_>) -> Result<Vec<Operation>, Error> {
        let merged = Document::parse_like(self.text(documents)?, Some(documents.theirs))?;
        Ok(patch::diff_with(documents.theirs, &merged, &self.rules))
    }

    /// The text merge of the string at `path`, where one was made, with its three decoded strings (base, mine, theirs).
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::merge::json::{Document, Documents, Options, Rule, merge};
    ///
    /// let [base, mine, theirs] = ["a\\nb\\nc\\n", "A\\nb\\nc\\n", "a\\nb\\nC\\n"].map(|text| Document::parse(format!("{{\"text\":\"{text}\"}}")));
    /// let (base, mine, theirs) = (base?, mine?, theirs?);
    /// let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
    /// let options = Options { rules: vec![("/text".into(), Rule::Text)], ..Options::default() };
    /// let merged = merge(documents, &options)?;
    /// let (text, [_, mine, _]) = merged.text_at("/text").expect("a merge of texts");
    /// assert_eq!((text.conflicts(), mine), (0, "A\nb\nc\n"));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn text_at(&self, path: &str) -> Option<(&TextMerge, [&str; 3])> {
        let mut places = self.text_paths.of(hash64(path.as_bytes()));
        let found = &self.texts[places.find(|&at| self.texts[at].path == path)?];
        let [base, mine, theirs] = &found.strings;
        Some((&found.merge, [base, mine, theirs]))
    }
}
