//! Rich text: documents of editors, merged by blocks, sentences, words and marks.
//!
//! A document of ProseMirror (TipTap), Slate or Lexical is a tree of blocks. Blocks are matched by content, then by the words that they share
//! (`blocks`). The text of a block is merged as text, and the marks of each character as a set (`inline`). A Quill document is one long
//! text, whose line breaks have the formats of the lines.

mod blocks;
mod inline;

pub(super) use blocks::matched;
pub(super) use inline::{Merged, merge};

use super::tree::{At, Kind, Node, Tree};
use crate::gather::Gather;
use crate::merge::sort::Index;

/// The editor of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Editor {
    /// ProseMirror and TipTap: `content` and `marks`.
    ProseMirror,
    /// Lexical: `children`, and leaves with a `format`.
    Lexical,
    /// Slate: `children`, and leaves with a `text`.
    Slate,
    /// Quill: a delta with `ops`.
    Quill,
}

impl Editor {
    /// The member that holds the children of a block.
    pub(super) fn children(self) -> &'static str {
        match self {
            Self::ProseMirror => "content",
            Self::Lexical | Self::Slate => "children",
            Self::Quill => "ops",
        }
    }

    /// The member of a leaf that holds its text.
    fn text(self) -> &'static str {
        if self == Self::Quill { "insert" } else { "text" }
    }

    /// The text of a leaf.
    fn text_of(self, at: At<'_>) -> Option<Node> {
        if at.kind() != Kind::Object {
            return None;
        }
        let node = at.document.find_member(at.node, self.text())?;
        (at.document.kind(node) == Kind::String).then_some(node)
    }

    /// Whether an array holds text, not blocks.
    pub(super) fn is_inline(self, array: At<'_>) -> bool {
        let mut children = array.document.children(array.node).map(|node| At { node, ..array });
        array.kind() == Kind::Array && (self == Self::Quill || children.any(|child| self.text_of(child).is_some()))
    }
}

/// What is known of a whole document of an editor.
#[derive(Debug, Clone)]
pub(super) struct Rich {
    pub editor: Editor,
    /// Pairs of hashes of types of marks that a list of marks has in this order.
    orders: Vec<(u64, u64)>,
}

impl Rich {
    /// Learns the order of marks: an editor sorts the marks of a text by its schema.
    pub(super) fn new<'a>(editor: Editor, documents: impl Iterator<Item = (&'a Tree, Node)>) -> Self {
        let mut orders = Vec::new();
        for (document, root) in documents.filter(|_| editor == Editor::ProseMirror) {
            for node in root..document.data(root).next {
                if document.kind(node) != Kind::Array || document.name_source(node) != "\"marks\"" {
                    continue;
                }
                let types: Vec<u64> =
                    document.children(node).filter_map(|node| type_of(At { document, node })).gather();
                for pair in types.windows(2) {
                    if !orders.contains(&(pair[0], pair[1])) && orders.len() < MAX_ORDERS {
                        orders.push((pair[0], pair[1]));
                    }
                }
            }
        }
        Self { editor, orders }
    }

    /// Whether a mark comes before another one, as far as the documents show it.
    fn is_before(&self, one: u64, other: u64) -> Option<bool> {
        if self.orders.contains(&(one, other)) {
            return Some(true);
        }
        self.orders.contains(&(other, one)).then_some(false)
    }
}

/// The limit of pairs of marks whose order is learned; an editor has few types of marks.
const MAX_ORDERS: usize = 256;

/// The hash of the type of a node or a mark.
fn type_of(at: At<'_>) -> Option<u64> {
    let node = (at.kind() == Kind::Object).then(|| at.document.find_member(at.node, "type"))??;
    Some(At { node, ..at }.hash())
}

/// Whether two values have a word in common, by an index of the words of one of them.
fn shared(index: &Index, words: &[u64]) -> usize {
    words.iter().filter(|word| index.of(**word).next().is_some()).count()
}
