//! A JSON text (RFC 8259) and its tree: nodes in one arena, in source order, each with its place in the text.
//!
//! Every byte of a document goes through here, so this crate alone is compiled for speed. Nothing is known of merging.

#![forbid(unsafe_code)]

mod bytes;
mod names;
mod number;
mod parse;

use std::sync::Arc;

pub use bytes::{decode_bytes, hash_bytes, mix, same_bytes, unescape_into};
pub use names::{Members, NameTable};
pub use number::Number;

/// Index of a node in its document.
pub type Node = u32;

/// No node.
pub const NONE: Node = u32::MAX;

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of JSON")]
pub enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

/// The data of one value, in 32 bytes, as merges of large documents wait for memory. Children follow their parent.
#[derive(Debug, Clone, Copy)]
pub struct NodeData {
    /// Equal for equal values: 1 and 1.0, members in any order, escaped or not.
    pub hash: u64,
    /// Where the value begins, in bytes.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
    /// Where the member begins, with the quotes of its name; `start` if this is no member.
    pub begin: u32,
    /// The first node after the whole subtree.
    pub next: Node,
    /// The node of the similar document that this is a copy of, or [`NONE`].
    origin: Node,
    /// From the lowest bit: the kind in three, [`ESCAPED`], [`NAME_ESCAPED`], and the name's hash in the rest.
    marks: u32,
}

/// The string is written with escapes.
const ESCAPED: u32 = 1 << 3;
/// The name is.
const NAME_ESCAPED: u32 = 1 << 4;
/// Below it no bits of the name's hash.
const NAME_HASH_SHIFT: u32 = 5;

impl NodeData {
    /// Its type.
    #[inline(always)]
    pub fn kind(&self) -> Kind {
        match self.marks & 7 {
            0 => Kind::Null,
            1 => Kind::Bool,
            2 => Kind::Number,
            3 => Kind::String,
            4 => Kind::Array,
            _ => Kind::Object,
        }
    }

    /// Whether it is an array or an object.
    #[inline(always)]
    pub fn is_container(&self) -> bool {
        self.marks & 7 >= Kind::Array as u32
    }

    /// Equal for equal names; 27 bits.
    #[inline(always)]
    pub fn name_hash(&self) -> u32 {
        self.marks >> NAME_HASH_SHIFT
    }

    fn is_escaped(&self) -> bool {
        self.marks & ESCAPED != 0
    }

    fn is_name_escaped(&self) -> bool {
        self.marks & NAME_ESCAPED != 0
    }
}

/// Why a text is no document. Positions are offsets in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// More levels than allowed begin here.
    TooDeep {
        /// Where.
        offset: usize,
    },
    /// Too long for positions of 32 bits.
    TooLarge {
        /// The accepted tokens.
        limit_bytes: usize,
    },
    /// Another token is expected here.
    Unexpected {
        /// What.
        expected: &'static str,
        /// Where.
        offset: usize,
    },
    /// An object has two members of one name.
    Duplicate {
        /// Where the second begins, with its quotes.
        start: u32,
        /// Where it ends.
        end: u32,
    },
}

/// A text and its nodes.
#[derive(Debug, Clone)]
pub struct Tree {
    text: String,
    nodes: Vec<NodeData>,
    /// Identifies this tree among all others as long as anything refers to it.
    identity: Arc<()>,
    /// The identity of the similar document.
    like: Option<Arc<()>>,
}

impl Tree {
    /// Parses a JSON text; a byte order mark before it is tolerated. Parts that `like` has too are not parsed again.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: String, max_depth: usize, like: Option<&Self>) -> Result<Self, (Fault, String)> {
        match parse::parse(&text, max_depth, like) {
            Ok(nodes) => {
                Ok(Self { text, nodes, identity: Arc::default(), like: like.map(|like| Arc::clone(&like.identity)) })
            }
            Err(fault) => Err((fault, text)),
        }
    }

    /// The whole text.
    #[inline]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether both texts are the same to the byte.
    pub fn same_text(&self, other: &Self) -> bool {
        same_bytes(self.bytes(), other.bytes())
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// All nodes; the first is the outermost value.
    #[inline]
    pub fn nodes(&self) -> &[NodeData] {
        &self.nodes
    }

    /// The data of a node.
    #[inline(always)]
    pub fn data(&self, node: Node) -> &NodeData {
        &self.nodes[node as usize]
    }

    /// The type of a node.
    #[inline(always)]
    pub fn kind(&self, node: Node) -> Kind {
        self.data(node).kind()
    }

    /// The node of `like` that a node was copied from, with its name, if it was.
    #[inline]
    pub fn origin(&self, node: Node, like: &Self) -> Option<Node> {
        let origin = self.data(node).origin;
        let similar = self.like.as_ref().is_some_and(|known| Arc::ptr_eq(known, &like.identity));
        (similar && origin != NONE).then_some(origin)
    }

    /// The text of a value.
    pub fn source(&self, node: Node) -> &str {
        let data = self.data(node);
        &self.text[data.start as usize..data.end as usize]
    }

    fn source_bytes(&self, node: Node) -> &[u8] {
        let data = self.data(node);
        &self.bytes()[data.start as usize..data.end as usize]
    }

    /// The member's name as written, with its quotes; empty where this is no member.
    pub fn name_source(&self, node: Node) -> &str {
        &self.text[self.begin(node)..self.name_end(node)]
    }

    /// Where the member's name ends, behind its quotes. Only blanks and a colon are between it and the value.
    #[inline]
    pub fn name_end(&self, node: Node) -> usize {
        let data = self.data(node);
        name_end(self.bytes(), data)
    }

    /// Where a member (its name) or an element begins.
    #[inline(always)]
    pub fn begin(&self, node: Node) -> usize {
        self.data(node).begin as usize
    }

    /// The direct children of a container.
    pub fn children(&self, node: Node) -> Children<'_> {
        let data = self.data(node);
        let end = if data.is_container() { data.next } else { node + 1 };
        Children { tree: self, at: node + 1, end }
    }

    /// The decoded name; `None` where it holds lone surrogates.
    pub fn exact_name(&self, node: Node) -> Option<String> {
        decode(self.name_source(node), self.data(node).is_name_escaped())
    }

    /// The decoded string; `None` where it is none or holds lone surrogates.
    pub fn exact_string(&self, node: Node) -> Option<String> {
        if self.kind(node) != Kind::String {
            return None;
        }
        decode(self.source(node), self.data(node).is_escaped())
    }

    /// The node of the member `name` (decoded) of an object.
    pub fn find_member(&self, object: Node, name: &str) -> Option<Node> {
        if self.kind(object) != Kind::Object {
            return None;
        }
        let hash = parse::name_hash(name.as_bytes());
        self.children(object).find(|&child| {
            let data = self.data(child);
            if data.name_hash() != hash {
                return false;
            }
            let source = self.name_source(child);
            if data.is_name_escaped() {
                decode_bytes(source) == name.as_bytes()
            } else {
                &source[1..source.len() - 1] == name
            }
        })
    }
}

/// Where a member's name ends.
#[inline]
fn name_end(text: &[u8], data: &NodeData) -> usize {
    let mut end = data.start as usize;
    while end > data.begin as usize && text[end - 1] != b'"' {
        end -= 1;
    }
    end
}

fn decode(literal: &str, escaped: bool) -> Option<String> {
    if escaped {
        String::from_utf8(decode_bytes(literal)).ok()
    } else {
        literal.get(1..literal.len() - 1).map(str::to_owned)
    }
}

/// Walks the direct children of a container.
#[derive(Clone)]
pub struct Children<'a> {
    tree: &'a Tree,
    at: Node,
    end: Node,
}

impl Iterator for Children<'_> {
    type Item = Node;

    #[inline]
    fn next(&mut self) -> Option<Node> {
        let node = self.at;
        if node >= self.end {
            return None;
        }
        self.at = self.tree.data(node).next;
        Some(node)
    }
}

/// A node of a certain document.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// Its document.
    pub document: &'a Tree,
    /// Its index.
    pub node: Node,
}

impl<'a> At<'a> {
    /// The text of the value.
    pub fn source(self) -> &'a str {
        self.document.source(self.node)
    }

    /// Its type.
    #[inline(always)]
    pub fn kind(self) -> Kind {
        self.document.kind(self.node)
    }

    /// Equal for equal values.
    #[inline(always)]
    pub fn hash(self) -> u64 {
        self.document.data(self.node).hash
    }

    /// Whether one was copied from the other, or both from one node.
    fn is_copy(self, other: Self) -> bool {
        let (a, b) = (self.document.data(self.node).origin, other.document.data(other.node).origin);
        let (tree, like) = (&self.document.identity, self.document.like.as_ref());
        let (other_tree, other_like) = (&other.document.identity, other.document.like.as_ref());
        let same =
            |one: Option<&Arc<()>>, two: Option<&Arc<()>>| one.zip(two).is_some_and(|(one, two)| Arc::ptr_eq(one, two));
        b == self.node && same(Some(tree), other_like)
            || a == other.node && same(like, Some(other_tree))
            || a == b && a != NONE && same(like, other_like)
    }

    /// Whether both are written the same, to the byte.
    pub fn same_source(self, other: Self) -> bool {
        self.is_copy(other)
            || same_bytes(self.document.source_bytes(self.node), other.document.source_bytes(other.node))
    }
}

fn same_literal(left: &str, left_escaped: bool, right: &str, right_escaped: bool) -> bool {
    if left_escaped || right_escaped {
        decode_bytes(left) == decode_bytes(right)
    } else {
        same_bytes(left.as_bytes(), right.as_bytes())
    }
}

/// Equality of decoded member names.
pub fn same_name(left: At<'_>, right: At<'_>) -> bool {
    let (a, b) = (left.document.data(left.node), right.document.data(right.node));
    // A member is copied with its name.
    let same = || {
        same_literal(
            left.document.name_source(left.node),
            a.is_name_escaped(),
            right.document.name_source(right.node),
            b.is_name_escaped(),
        )
    };
    a.name_hash() == b.name_hash() && (left.is_copy(right) || same())
}

/// Equality by value: 1 equals 1.0, member order never matters, `"\u0041"` equals `"A"`.
///
/// Recurses as deep as the documents do, which the parser bounds.
#[inline]
pub fn equal(left: At<'_>, right: At<'_>) -> bool {
    left.hash() == right.hash() && left.kind() == right.kind() && (left.same_source(right) || equal_inside(left, right))
}

fn equal_inside(left: At<'_>, right: At<'_>) -> bool {
    match left.kind() {
        Kind::Null => true,
        Kind::Bool => false,
        Kind::Number => match (Number::parse(left.source()), Number::parse(right.source())) {
            (Some(left), Some(right)) => left.equals(&right),
            _ => false,
        },
        Kind::String => decode_bytes(left.source()) == decode_bytes(right.source()),
        Kind::Array => equal_elements(left, right),
        Kind::Object => equal_members(left, right),
    }
}

fn equal_elements(left: At<'_>, right: At<'_>) -> bool {
    let mut others = right.document.children(right.node);
    for node in left.document.children(left.node) {
        let Some(other) = others.next() else {
            return false;
        };
        if !equal(At { node, ..left }, At { node: other, ..right }) {
            return false;
        }
    }
    others.next().is_none()
}

fn equal_members(left: At<'_>, right: At<'_>) -> bool {
    let others = Members::new(right.document, Some(right.node));
    let mut count = 0;
    for node in left.document.children(left.node) {
        let member = At { node, ..left };
        let Some(at) = others.find(member) else {
            return false;
        };
        if !equal(member, At { node: others.nodes[at], ..right }) {
            return false;
        }
        count += 1;
    }
    count == others.nodes.len()
}
