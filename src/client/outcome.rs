//! The outcome of a write.

use std::rc::Rc;

use super::Snapshot;
use crate::conflict::{Conflict, Document, Refusal};
use crate::http::{Problem, Version, origin};

/// The outcome of a write.
#[derive(Debug)]
pub enum Outcome {
    /// The server has stored the edit.
    Saved(SavedKind, Option<Snapshot>),
    /// Created, but the server did not name the URL. This is the body of its answer.
    Created(Document),
    /// The server has stored the edit, merged with another person's edit.
    Merged(Snapshot, Box<Conflict>),
    /// People have to decide.
    Conflict(Box<ConflictState>),
    /// The write was not accepted, or its fate is unknown.
    Refused(Box<Refusal>),
    /// The write was refused for certain; the caller's change must be repeated on the server's document.
    Replay(Snapshot),
}

/// How a write succeeded.
///
/// # Examples
///
/// ```
/// use mergefetch::client::SavedKind;
///
/// assert_eq!(SavedKind::AlreadySaved.as_str(), "already-saved");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SavedKind {
    /// Updated.
    Saved,
    /// Created.
    Created,
    /// Removed.
    Removed,
    /// Nothing to do: mine equals base.
    Unchanged,
    /// The server already holds the edit: somebody made the same edit, or the first answer was lost.
    AlreadySaved,
}

impl SavedKind {
    /// The spelling used in `SaveResult.kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Created => "created",
            Self::Removed => "removed",
            Self::Unchanged => "unchanged",
            Self::AlreadySaved => "already-saved",
        }
    }
}

/// A conflict with everything that its submit needs: the snapshots of its documents and the refusal that led to it.
#[derive(Debug, Clone)]
pub struct ConflictState {
    /// The documents, changes and decisions.
    pub conflict: Conflict,
    /// The URL of the document.
    pub url: Rc<str>,
    /// The origin that the caller named, if it is another one.
    pub named: Option<Rc<str>>,
    /// The snapshot that the edit started from.
    pub base: Option<Snapshot>,
    /// The server's document, as last read.
    pub theirs: Option<Snapshot>,
    /// The server's document, if an update recreated a removed document and nobody has decided on it. Theirs is then `None`.
    pub stored: Option<Snapshot>,
    /// The result of the decisions that led to `stored`; `None` before the first submit.
    pub submitted: Option<Document>,
    /// How often decisions were dropped because theirs had moved. A submit that began before a drop sends nothing.
    pub reopenings: u32,
    /// Whether a submit was sent whose fate is unknown.
    pub is_in_doubt: bool,
    /// The version that this submit named: if a later write with it is accepted, the submit was not carried out.
    pub doubted_version: Option<Version>,
    /// The server's message.
    pub problem: Problem,
}

impl Outcome {
    /// The outcome of a call that named this origin.
    #[must_use]
    pub(super) fn named(mut self, named: &Rc<str>) -> Self {
        let name = |snapshot: Snapshot| snapshot.named(named);
        match self {
            Self::Saved(kind, snapshot) => return Self::Saved(kind, snapshot.map(name)),
            Self::Merged(snapshot, conflict) => return Self::Merged(name(snapshot), conflict),
            Self::Replay(snapshot) => return Self::Replay(name(snapshot)),
            Self::Conflict(ref mut state) => {
                state.named = (*origin(&state.url) != **named).then(|| named.clone());
                state.base = state.base.take().map(name);
                state.theirs = state.theirs.take().map(name);
            }
            Self::Created(_) | Self::Refused(_) => {}
        }
        self
    }
}

impl ConflictState {
    /// The origin that the caller of the write named.
    pub(super) fn named_origin(&self) -> Rc<str> {
        self.named.clone().unwrap_or_else(|| origin(&self.url).into())
    }

    /// A conflict that nobody has submitted yet.
    pub(super) fn new(
        url: Rc<str>,
        base: Option<Snapshot>,
        theirs: Option<Snapshot>,
        conflict: Conflict,
        problem: Problem,
    ) -> Self {
        Self {
            conflict,
            url,
            named: None,
            base,
            theirs,
            stored: None,
            submitted: None,
            reopenings: 0,
            is_in_doubt: false,
            doubted_version: None,
            problem,
        }
    }
}
