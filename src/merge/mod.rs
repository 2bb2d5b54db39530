//! Three-way merges: the parts that text and JSON share.
//!
//! `base` is what the edit started from, `mine` is the edit, `theirs` is what the server holds now.

mod combine;
pub mod json;
mod sort;
pub mod text;

pub(crate) use combine::Combined;
pub(crate) use sort::Index;
use text::Region;
use text_diff::hash64;

/// Who wins every conflict, where the caller asks for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Favor {
    /// The edit.
    Mine,
    /// What the server holds.
    Theirs,
    /// Both, mine first (text only).
    Union,
}

/// What a side did at the place of a [`Change`], and whether that clashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeState {
    /// Only mine differs from base.
    Mine,
    /// Only theirs differs from base.
    Theirs,
    /// Both made the same edit.
    Same,
    /// Both differ from base and from each other.
    Conflict,
    /// A value the server manages: theirs is taken.
    Ignored,
}

/// The kind of edit at the place of a [`Change`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeOp {
    /// Something that base does not have.
    Add,
    /// Something that only base has.
    Remove,
    /// Another value.
    Replace,
    /// Another place.
    Move,
    /// A region of a text.
    Text,
}

/// Why a [`Change`] is a conflict; always mine first, then theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Clash {
    /// Two different edits of one place.
    EditEdit,
    /// Mine edited what theirs removed.
    EditDelete,
    /// Mine removed what theirs edited.
    DeleteEdit,
    /// Both added a member of one name with different values.
    AddAdd,
    /// Both inserted at one point.
    InsertInsert,
    /// One changed the type of a value, the other edited inside it.
    Type,
    /// Both moved one element, to different places.
    MoveMove,
    /// Both reordered a list, differently.
    Order,
    /// Members that belong together were edited on both sides.
    Group,
    /// There is no base to compare with.
    NoBase,
    /// The merged value breaks a rule of the application.
    Invalid,
}

/// One place where a side differs from base.
///
/// Values are slices of the documents as written there: JSON texts for JSON documents, plain text for text documents.
/// `None` means that the side has nothing at this place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The path; for a region of a text the path, `#` and a token. Stays the same when only theirs moves elsewhere.
    pub id: String,
    /// A JSON Pointer (RFC 6901); empty for the whole document.
    pub path: String,
    /// Which sides changed the place.
    pub state: ChangeState,
    /// The kind of edit.
    pub op: ChangeOp,
    /// The path of a moved element in base, perhaps in another array.
    pub from: Option<String>,
    /// The paths of a moved element in mine and in theirs.
    pub into: [Option<String>; 2],
    /// Why it is a conflict, where it is one.
    pub clash: Option<Clash>,
    /// Another alignment, just as good, would have given another result.
    pub ambiguous: bool,
    /// The other result differs only in the order of values that both sides inserted at one place.
    pub is_order_free: bool,
    /// The value in base.
    pub base: Option<String>,
    /// The value in mine.
    pub mine: Option<String>,
    /// The value in theirs.
    pub theirs: Option<String>,
    /// What a finer merge would make of a conflict; never applied by itself.
    pub suggestion: Option<String>,
    /// Where the texts lie, for a region of a text (in the whole text, or in the decoded string of a JSON document).
    pub region: Option<Region>,
}

impl Change {
    pub(crate) fn has_values_of(&self, other: &Self) -> bool {
        self.base == other.base && self.mine == other.mine && self.theirs == other.theirs
    }
}

/// Finds changes by their ids, as a linear search for each change would take quadratic time in total.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ids(Index);

impl Ids {
    /// Indexes the ids of `changes`.
    pub(crate) fn new(changes: &[Change]) -> Self {
        Self(Index::new(changes.iter().map(|change| hash64(change.id.as_bytes()))))
    }

    /// The positions of the changes with this id. `changes` are those of [`Ids::new`].
    pub(crate) fn all(&self, changes: &[Change], id: &str) -> impl Iterator<Item = usize> {
        self.0.of(hash64(id.as_bytes())).filter(move |&at| changes.get(at).is_some_and(|change| change.id == id))
    }

    /// The first position of a change with this id.
    pub(crate) fn first(&self, changes: &[Change], id: &str) -> Option<usize> {
        self.all(changes, id).next()
    }
}

/// The changes of another merge, indexed by id.
#[derive(Debug, Default)]
pub(crate) struct Known {
    changes: Vec<Change>,
    ids: Ids,
}

impl Known {
    pub(crate) fn new(changes: Vec<Change>) -> Self {
        Self { ids: Ids::new(&changes), changes }
    }

    /// Whether one of these changes has this id.
    pub(crate) fn has_id(&self, id: &str) -> bool {
        self.ids.first(&self.changes, id).is_some()
    }

    /// Whether one of these changes has the place and the values of `change`.
    pub(crate) fn has(&self, change: &Change) -> bool {
        self.ids.all(&self.changes, &change.id).any(|at| self.changes[at].has_values_of(change))
    }
}

/// What was chosen for one change when a result is composed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick<'a> {
    /// What the merge itself made of it; a conflict holds mine.
    Auto,
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
    /// The suggestion of the finer merge.
    Suggested,
    /// A value of the user's own: a JSON text for JSON documents, plain text for text.
    Custom(&'a str),
}
