//! JSON documents: a text, its tree, and whether its layout is intended.

use crate::gather::Gather;
use std::ops::Deref;

pub(super) use json_tree::{At, Kind, Members, NONE, Node, Tree, equal, same_name};
use json_tree::{Fault, decode_bytes};

use super::pointer;
use crate::error::{Error, Kind as ErrorKind};

/// Deeper documents are refused. Walks over a tree recurse, so this also limits the stack. Real documents have about 20 levels.
pub(crate) const MAX_DEPTH: usize = 512;

/// Whether two equal values differ in layout only: the same spellings in the same order.
pub(super) fn same_spelling(left: At<'_>, right: At<'_>) -> bool {
    if left.same_source(right) {
        return true;
    }
    let nodes = |at: At<'_>| at.node..at.document.data(at.node).next;
    let (left_nodes, right_nodes) = (nodes(left), nodes(right));
    left_nodes.len() == right_nodes.len()
        && left_nodes.zip(right_nodes).all(|(one, other)| {
            let kind = left.document.kind(one);
            let container = matches!(kind, Kind::Object | Kind::Array);
            kind == right.document.kind(other)
                && (container || left.document.source(one) == right.document.source(other))
                && (one == left.node || left.document.name_source(one) == right.document.name_source(other))
        })
}

/// A JSON text and its tree: source ranges, spellings and member order are kept.
///
/// # Examples
///
/// ```
/// use mergefetch::merge::json::Document;
///
/// let text = "{ \"price\": 2.50 }";
/// let document = Document::parse(text)?;
/// assert_eq!(document.text(), text);
/// assert_eq!(document.root().source(), text);
///
/// // A newer text that contains much of the older one is parsed faster beside it.
/// let newer = Document::parse_like("{ \"price\": 2.75 }", Some(&document))?;
/// assert!(!newer.root().equals(document.root()));
///
/// // JavaScript wrote this text, so its layout is no edit.
/// let written = Document::parse_values("{\"price\":2.5}")?;
/// assert!(written.root().equals(document.root()));
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
///
/// # Specification
/// RFC 8259.
#[derive(Debug, Clone)]
pub struct Document {
    tree: Tree,
    values_only: bool,
}

impl Deref for Document {
    type Target = Tree;

    #[inline]
    fn deref(&self) -> &Tree {
        &self.tree
    }
}

impl Document {
    /// Parses a JSON text (RFC 8259). A byte order mark before it is tolerated and kept.
    ///
    /// # Errors
    /// `invalid-json` with the position, also for a repeated member name in one object; `too-deep` beyond 512 levels;
    /// `too-large` beyond 4 GiB.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::error::ErrorCode;
    /// use mergefetch::merge::json::Document;
    ///
    /// assert_eq!(Document::parse("[1e2, -0]")?.text(), "[1e2, -0]");
    /// // Two members of one name have no common meaning (RFC 8259 §4).
    /// let repeated = Document::parse(r#"{"a":1,"a":2}"#);
    /// assert_eq!(repeated.unwrap_err().code(), ErrorCode::InvalidJson);
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn parse(text: impl Into<String>) -> Result<Self, Error> {
        Self::parse_within(text.into(), MAX_DEPTH, None)
    }

    /// Parses a JSON text as [`Document::parse`] does, in less time if `like` contains much of the text.
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn parse_like(text: impl Into<String>, like: Option<&Self>) -> Result<Self, Error> {
        Self::parse_within(text.into(), MAX_DEPTH, like)
    }

    pub(super) fn parse_within(text: String, max_depth: usize, like: Option<&Self>) -> Result<Self, Error> {
        match Tree::parse(text, max_depth, like.map(|like| &like.tree)) {
            Ok(tree) => Ok(Self { tree, values_only: false }),
            Err((fault, text)) => Err(error_of(fault, &text, max_depth)),
        }
    }

    /// Parses the output of `JSON.stringify`: layout, spellings and member order come from JavaScript.
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn parse_values(text: impl Into<String>) -> Result<Self, Error> {
        Ok(Self { values_only: true, ..Self::parse_like(text, None)? })
    }

    /// Without intended layout, spellings and member order.
    pub(super) fn with_values_only(self) -> Self {
        Self { values_only: true, ..self }
    }

    /// The whole text as it was parsed.
    pub fn text(&self) -> &str {
        self.tree.text()
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_> {
        Value { document: self, node: 0 }
    }

    /// Whether layout, spellings and member order are not intended ([`Document::parse_edit`]).
    pub(crate) fn is_values_only(&self) -> bool {
        self.values_only
    }
}

fn error_of(fault: Fault, text: &str, limit_levels: usize) -> Error {
    Error::new(match fault {
        Fault::TooDeep { offset } => ErrorKind::TooDeep { limit_levels, offset },
        Fault::TooLarge { limit_bytes } => ErrorKind::TooLarge { limit_bytes, found_bytes: text.len() },
        Fault::Unexpected { expected, offset } => {
            let (line, column) = position(text, offset);
            ErrorKind::InvalidJson { expected, offset, line, column }
        }
        Fault::Duplicate { start, end } => {
            let offset = start as usize;
            let (line, column) = position(text, offset);
            let name = decode(text.get(offset..end as usize).unwrap_or_default());
            ErrorKind::DuplicateMember { name, offset, line, column }
        }
    })
}

/// Line and column in characters, both from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    let (mut line, mut column) = (1, 1);
    for &byte in before {
        if byte == b'\n' {
            (line, column) = (line + 1, 1);
        } else if byte & 0xC0 != 0x80 {
            column += 1;
        }
    }
    (line, column)
}

/// The decoded name; lone surrogates become U+FFFD.
pub(super) fn name(tree: &Tree, node: Node) -> String {
    tree.exact_name(node).unwrap_or_else(|| decode(tree.name_source(node)))
}

/// The content of a string literal; lone surrogates become U+FFFD.
fn decode(literal: &str) -> String {
    let bytes = decode_bytes(literal);
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        // A lone surrogate has three bytes.
        if chunk.invalid().first() == Some(&0xED) {
            out.push('\u{FFFD}');
        }
    }
    out
}

pub(super) fn find_pointer(tree: &Tree, node: Node, path: &str) -> Option<Node> {
    let mut at = node;
    for token in pointer::tokens(path)? {
        at = match tree.kind(at) {
            Kind::Object => tree.find_member(at, &token)?,
            Kind::Array => tree.children(at).nth(pointer::index(&token)?)?,
            _ => return None,
        };
    }
    Some(at)
}

/// The place of each node in its container.
#[derive(Default)]
pub(super) struct Places(Vec<(Node, u32)>);

impl Places {
    pub(super) fn new(tree: &Tree) -> Self {
        let mut places = vec![(NONE, 0); tree.nodes().len()];
        for container in 0..places.len() as Node {
            if tree.data(container).is_container() {
                for (index, child) in (0..).zip(tree.children(container)) {
                    places[child as usize] = (container, index);
                }
            }
        }
        Self(places)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The containers around a node, outermost first, each with the child that leads to the node, and with the index of this child.
    pub(super) fn steps(&self, node: Node) -> Vec<(Node, Node, u32)> {
        let mut steps = Vec::new();
        let mut child = node;
        while let Some(&(container, index)) = self.0.get(child as usize).filter(|place| place.0 != NONE) {
            steps.push((container, child, index));
            child = container;
        }
        steps.reverse();
        steps
    }

    /// The JSON Pointer of a node. Lone surrogates in names become U+FFFD.
    pub(super) fn path(&self, tree: &Tree, node: Node) -> String {
        let mut path = String::new();
        for (container, child, index) in self.steps(node) {
            match tree.kind(container) {
                Kind::Object => pointer::push(&mut path, &name(tree, child)),
                _ => pointer::push_index(&mut path, index as usize),
            }
        }
        path
    }
}

/// A value inside a document.
///
/// # Examples
///
/// ```
/// use mergefetch::merge::json::Document;
///
/// let document = Document::parse(r#"{"title":"Fair","tags":["a",1.0]}"#)?;
/// let root = document.root();
/// assert!(root.is_object());
/// assert_eq!(root.members().len(), 2);
/// assert_eq!(root.member("title").and_then(|title| title.as_str()), Some("Fair".to_owned()));
/// assert_eq!(root.pointer("/tags").map(|tags| tags.elements().len()), Some(2));
///
/// let number = root.pointer("/tags/1").expect("the second tag");
/// assert_eq!(number.source(), "1.0");
/// assert!(number.equals(Document::parse("1")?.root()));
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
///
/// # Specification
/// RFC 6901 for pointers; RFC 8259 §6 for numbers, compared by value.
#[derive(Debug, Clone, Copy)]
pub struct Value<'a> {
    document: &'a Document,
    node: Node,
}

impl<'a> Value<'a> {
    /// The source text of this value.
    pub fn source(self) -> &'a str {
        self.document.source(self.node)
    }

    /// The member `name` of an object.
    pub fn member(self, name: &str) -> Option<Self> {
        self.document.find_member(self.node, name).map(|node| Value { node, ..self })
    }

    /// The members of an object in source order; empty for other values.
    pub fn members(self) -> Vec<(String, Self)> {
        if !self.is_object() {
            return Vec::new();
        }
        self.document.children(self.node).map(|node| (name(self.document, node), Value { node, ..self })).gather()
    }

    /// The elements of an array; empty for other values.
    pub fn elements(self) -> Vec<Self> {
        if self.document.kind(self.node) != Kind::Array {
            return Vec::new();
        }
        self.document.children(self.node).map(|node| Value { node, ..self }).gather()
    }

    /// The decoded string, if this is a string. Lone surrogates become U+FFFD here, but not in `source`.
    pub fn as_str(self) -> Option<String> {
        (self.document.kind(self.node) == Kind::String)
            .then(|| self.document.exact_string(self.node).unwrap_or_else(|| decode(self.document.source(self.node))))
    }

    /// Whether this is an object.
    pub fn is_object(self) -> bool {
        self.document.kind(self.node) == Kind::Object
    }

    /// The value at a JSON Pointer (RFC 6901) below this one; `""` is this value itself.
    pub fn pointer(self, pointer: &str) -> Option<Self> {
        find_pointer(self.document, self.node, pointer).map(|node| Value { node, ..self })
    }

    /// Equality by value: 1 equals 1.0, member order never matters.
    pub fn equals(self, other: Value<'_>) -> bool {
        equal(At { document: self.document, node: self.node }, At { document: other.document, node: other.node })
    }
}
