//! The engine as seen by code that may have to wait for it. On a page the engine is a separate module, loaded when it is needed.

use std::fmt;

use super::{Choice, Conflict, Document, MergeOptions};
use crate::error::Error;
use crate::merge::Change;
use crate::merge::json;

/// Proof that the engine is loaded. Every function that merges takes it, so that a call without the engine does not compile.
///
/// The calls are in a table, so that no call links the engine to its caller.
///
/// # Examples
///
/// ```
/// use mergefetch::conflict::Engine;
///
/// // Natively the engine is always there; a page loads it.
/// assert!(Engine::at_hand().is_some());
/// let engine = Engine::linked();
/// assert_eq!(format!("{engine:?}"), "Engine");
/// ```
#[derive(Clone, Copy)]
pub struct Engine(pub(super) &'static Calls);

/// Base, mine and theirs.
pub(super) type Sides = [Option<Document>; 3];

/// Whether a change is an own one.
pub(super) type IsOwn<'a> = &'a dyn Fn(&Change) -> bool;

/// A patch; `None` between documents that are no JSON.
type Patch = Result<Option<String>, Error>;

/// The ids of the decisions that no longer hold.
type Reopened = Result<Vec<String>, Error>;

/// The calls of the engine.
pub(super) struct Calls {
    pub(super) conflict: fn(Engine, Sides, MergeOptions) -> Result<Conflict, Error>,
    pub(super) conflict_after: fn(Engine, &Document, Sides, MergeOptions) -> Result<Conflict, Error>,
    pub(super) changes_counter: fn(Option<&Document>, &Document, &MergeOptions) -> bool,
    pub(super) spelt_as: fn(Engine, [&Document; 3], &MergeOptions, IsOwn<'_>) -> Document,
    pub(super) contains: fn(&Document, &Document) -> bool,
    pub(super) without: fn(&json::Document, &[&str]) -> String,
    pub(super) in_digits_of: fn(&Document, &Document) -> Result<Document, Error>,
    pub(super) in_layout_of: fn(&Document, &Document, &MergeOptions) -> Option<Document>,
    pub(super) patch: fn(PatchFormat, &Document, &Document, Option<&str>) -> Patch,
    pub(super) is_stored: fn(&mut Conflict) -> Result<(), Error>,
    pub(super) merged: fn(&Conflict) -> Result<Option<Document>, Error>,
    pub(super) rebase: fn(&mut Conflict, Option<Document>, Option<&Document>) -> Reopened,
    pub(super) refuse_merge: fn(&mut Conflict, Option<&Document>),
    pub(super) settle_additions: fn(&mut Conflict, bool),
    pub(super) settle_echo: fn(&mut Conflict, Document, &[bool]) -> Result<(), Error>,
    pub(super) settle_spelling: fn(&mut Conflict),
    pub(super) take: fn(&mut Conflict, Choice, Option<&str>) -> Result<(), Error>,
}

/// How a patch is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchFormat {
    /// RFC 7396.
    MergePatch,
    /// RFC 6902.
    JsonPatch,
}

impl Engine {
    pub(super) const fn calls(self) -> &'static Calls {
        self.0
    }

    /// Merges base, mine and theirs, with every conflict undecided.
    ///
    /// # Errors
    /// The documents cannot be merged.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::conflict::{Document, Engine, MergeOptions};
    /// use mergefetch::http::Format;
    ///
    /// let sides = ["1", "1", "2"].map(|text| Document::parse(Format::Json, text.as_bytes()).ok());
    /// let conflict = Engine::linked().conflict(sides, MergeOptions::default())?;
    /// assert_eq!((conflict.changes().len(), conflict.unresolved()), (1, 0));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn conflict(self, sides: [Option<Document>; 3], options: MergeOptions) -> Result<Conflict, Error> {
        (self.0.conflict)(self, sides, options)
    }

    /// The merge of an edit of base by a client that saved `own` from that base before. Where theirs equals `own`, nothing is left to
    /// decide: both edits keep their insertions, and where both replaced a value, the later edit, mine, stays. Increments in `own` are
    /// not added again.
    ///
    /// # Errors
    /// The documents cannot be merged.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::conflict::{Document, Engine, MergeOptions};
    /// use mergefetch::http::Format;
    ///
    /// let sides = ["1", "3", "2"].map(|text| Document::parse(Format::Json, text.as_bytes()).ok());
    /// let [_, _, own] = sides.clone();
    /// // Theirs is the earlier save, so the later one replaces it without a question.
    /// let conflict = Engine::linked().conflict_after(&own.expect("theirs"), sides, MergeOptions::default())?;
    /// assert_eq!(conflict.unresolved(), 0);
    /// assert_eq!(conflict.merged()?.as_ref().and_then(Document::text), Some("3"));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn conflict_after(
        self,
        own: &Document,
        sides: [Option<Document>; 3],
        options: MergeOptions,
    ) -> Result<Conflict, Error> {
        (self.0.conflict_after)(self, own, sides, options)
    }

    /// Whether `mine` sets a counter of `base` to another number. A theirs that equals mine then does not prove that the edit has
    /// arrived, as somebody else may have added the same increment.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::conflict::{Document, Engine, MergeOptions};
    /// use mergefetch::http::Format;
    /// use mergefetch::merge::json::Rule;
    ///
    /// let [base, mine] = ["10", "11"].map(|text| Document::parse(Format::Json, text.as_bytes()));
    /// let mut options = MergeOptions::default();
    /// options.json.rules.push((String::new(), Rule::Counter));
    /// assert!(Engine::linked().changes_counter(Some(&base?), &mine?, &options));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn changes_counter(self, base: Option<&Document>, mine: &Document, options: &MergeOptions) -> bool {
        (self.0.changes_counter)(base, mine, options)
    }

    /// `own`, an edit of `base`, with the values of `theirs` where theirs only respells the edit. The same applies where `is_own` confirms
    /// that nobody else changed the value.
    pub(crate) fn spelt_as(
        self,
        [base, own, theirs]: [&Document; 3],
        options: &MergeOptions,
        is_own: &dyn Fn(&Change) -> bool,
    ) -> Document {
        (self.0.spelt_as)(self, [base, own, theirs], options, is_own)
    }

    /// Whether `found` is a representation of `sent`: it contains every member of `sent`, with its value.
    pub(crate) fn contains(self, found: &Document, sent: &Document) -> bool {
        (self.0.contains)(found, sent)
    }

    /// The text without the members and elements at these pointers.
    pub(crate) fn without(self, document: &json::Document, pointers: &[&str]) -> String {
        (self.0.without)(document, pointers)
    }

    /// `edit`, which JavaScript wrote, with the digits of `base` that JavaScript cannot hold.
    ///
    /// # Errors
    /// `invalid-argument` for a number that may be one of several numbers of `base`.
    pub(crate) fn in_digits_of(self, base: &Document, edit: &Document) -> Result<Document, Error> {
        (self.0.in_digits_of)(base, edit)
    }

    /// `base` with only the edits put in that lead to `mine`; `None` where that is no JSON.
    pub(crate) fn in_layout_of(self, base: &Document, mine: &Document, options: &MergeOptions) -> Option<Document> {
        (self.0.in_layout_of)(base, mine, options)
    }

    /// The patch from `known` to `outgoing`; `None` where they are no JSON. `version` points to the version inside.
    ///
    /// # Errors
    /// `invalid-argument` with the path of a change that a merge patch cannot express, such as setting a member to null.
    pub(crate) fn patch(
        self,
        format: PatchFormat,
        known: &Document,
        outgoing: &Document,
        version: Option<&str>,
    ) -> Result<Option<String>, Error> {
        (self.0.patch)(format, known, outgoing, version)
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}
