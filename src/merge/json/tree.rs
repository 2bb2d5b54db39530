//! The lossless tree: nodes in one arena, in source order, each with its place in the text.

use super::parse;
use super::pointer;
use super::scalar::{Decimal, sort_pairs, unescape_into};
use crate::error::Error;

/// Index of a node in its document.
pub(super) type Node = u32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

/// What is known of one value. Children follow their parent; `next` is the first node after the whole subtree.
#[derive(Debug, Clone, Copy)]
pub(super) struct NodeData {
    /// Equal for equal values: 1 and 1.0, members in any order, escaped or not.
    pub hash: u64,
    pub start: u32,
    pub end: u32,
    /// The range of the member's name with its quotes; empty where this is no member.
    pub name_start: u32,
    pub name_end: u32,
    pub name_hash: u32,
    pub next: Node,
    pub kind: Kind,
    pub escaped: bool,
    pub name_escaped: bool,
}

/// A JSON text and its tree: source ranges, spellings and member order are kept.
#[derive(Debug, Clone)]
pub struct Document {
    text: String,
    nodes: Vec<NodeData>,
    values_only: bool,
}

impl Document {
    /// Parses a JSON text (RFC 8259). A byte order mark before it is tolerated and kept.
    ///
    /// # Errors
    /// `invalid-json` with the position, also for a member name that stands twice in one object; `too-deep` beyond
    /// 512 levels; `too-large` beyond 4 GiB.
    pub fn parse(text: impl Into<String>) -> Result<Self, Error> {
        Self::parse_within(text.into(), parse::MAX_DEPTH)
    }

    pub(super) fn parse_within(text: String, max_depth: usize) -> Result<Self, Error> {
        let nodes = parse::parse(&text, max_depth)?;
        Ok(Self { text, nodes, values_only: false })
    }

    /// Parses what `JSON.stringify` made of an edited copy of `base` as JavaScript sees it.
    ///
    /// Such a text has no layout, spelling or order of members of its own: none of them counts as an edit. Where a
    /// number of `base` has no exact double and the edit, at the same path, still holds the double that JavaScript
    /// read for it, the spelling of `base` is put back.
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn parse_edit(text: impl Into<String>, base: Option<&Self>) -> Result<Self, Error> {
        let mut document = Self::parse(text)?;
        if let Some(base) = base
            && let Some(text) = super::respell::respell(&document, base)
        {
            document = Self::parse(text)?;
        }
        document.values_only = true;
        Ok(document)
    }

    /// The whole text as it was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_> {
        Value { document: self, node: 0 }
    }

    /// Whether layout, spellings and member order carry no intention ([`Document::parse_edit`]).
    pub(super) fn is_values_only(&self) -> bool {
        self.values_only
    }

    pub(super) fn nodes(&self) -> &[NodeData] {
        &self.nodes
    }

    #[inline(always)]
    pub(super) fn data(&self, node: Node) -> &NodeData {
        &self.nodes[node as usize]
    }

    #[inline(always)]
    pub(super) fn kind(&self, node: Node) -> Kind {
        self.data(node).kind
    }

    pub(super) fn source(&self, node: Node) -> &str {
        let data = self.data(node);
        &self.text[data.start as usize..data.end as usize]
    }

    /// The member's name as written, with its quotes.
    pub(super) fn name_source(&self, node: Node) -> &str {
        let data = self.data(node);
        &self.text[data.name_start as usize..data.name_end as usize]
    }

    pub(super) fn children(&self, node: Node) -> Children<'_> {
        let data = self.data(node);
        let end = if matches!(data.kind, Kind::Array | Kind::Object) { data.next } else { node + 1 };
        Children { document: self, at: node + 1, end }
    }

    /// The decoded name; lone surrogates become U+FFFD.
    pub(super) fn name(&self, node: Node) -> String {
        decode(self.name_source(node), self.data(node).name_escaped)
    }

    /// The decoded string; lone surrogates become U+FFFD.
    pub(super) fn string(&self, node: Node) -> String {
        decode(self.source(node), self.data(node).escaped)
    }

    /// The decoded string; `None` where it is none or holds lone surrogates.
    pub(super) fn exact_string(&self, node: Node) -> Option<String> {
        if self.kind(node) != Kind::String {
            return None;
        }
        String::from_utf8(decode_bytes(self.source(node), self.data(node).escaped)).ok()
    }

    /// The node of the member `name` (decoded) of an object.
    pub(super) fn find_member(&self, object: Node, name: &str) -> Option<Node> {
        if self.kind(object) != Kind::Object {
            return None;
        }
        let hash = parse::name_hash(name);
        self.children(object).find(|&child| {
            let data = self.data(child);
            if data.name_hash != hash {
                return false;
            }
            let source = self.name_source(child);
            if data.name_escaped {
                decode_bytes(source, true) == name.as_bytes()
            } else {
                &source[1..source.len() - 1] == name
            }
        })
    }

    pub(super) fn find_pointer(&self, node: Node, path: &str) -> Option<Node> {
        let mut at = node;
        for token in pointer::tokens(path)? {
            at = match self.kind(at) {
                Kind::Object => self.find_member(at, &token)?,
                Kind::Array => self.children(at).nth(pointer::index(&token)?)?,
                _ => return None,
            };
        }
        Some(at)
    }
}

/// The content of a string literal in bytes, where lone surrogates keep their three-byte form.
pub(super) fn decode_bytes(literal: &str, escaped: bool) -> Vec<u8> {
    let content = &literal.as_bytes()[1..literal.len() - 1];
    if !escaped {
        return content.to_vec();
    }
    let mut out = Vec::with_capacity(content.len());
    unescape_into(content, &mut out);
    out
}

fn decode(literal: &str, escaped: bool) -> String {
    if !escaped {
        return literal[1..literal.len() - 1].to_owned();
    }
    let bytes = decode_bytes(literal, true);
    String::from_utf8(bytes).unwrap_or_else(|error| replace_surrogates(error.as_bytes()))
}

/// Every lone surrogate (three bytes each) becomes one U+FFFD.
fn replace_surrogates(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        if chunk.invalid().first() == Some(&0xED) {
            out.push('\u{FFFD}');
        }
    }
    out
}

/// Walks the direct children of a container.
pub(super) struct Children<'a> {
    document: &'a Document,
    at: Node,
    end: Node,
}

impl Iterator for Children<'_> {
    type Item = Node;

    fn next(&mut self) -> Option<Node> {
        let node = self.at;
        if node >= self.end {
            return None;
        }
        self.at = self.document.data(node).next;
        Some(node)
    }
}

/// A node of a certain document.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'a> {
    pub document: &'a Document,
    pub node: Node,
}

impl<'a> At<'a> {
    pub(super) fn source(self) -> &'a str {
        self.document.source(self.node)
    }

    #[inline(always)]
    pub(super) fn kind(self) -> Kind {
        self.document.kind(self.node)
    }

    #[inline(always)]
    pub(super) fn hash(self) -> u64 {
        self.document.data(self.node).hash
    }
}

/// Equality of decoded member names.
pub(super) fn same_name(left: At<'_>, right: At<'_>) -> bool {
    let (a, b) = (left.document.data(left.node), right.document.data(right.node));
    if a.name_hash != b.name_hash {
        return false;
    }
    let (left, right) = (left.document.name_source(left.node), right.document.name_source(right.node));
    left == right || ((a.name_escaped || b.name_escaped) && decode_bytes(left, true) == decode_bytes(right, true))
}

/// Equality by value: 1 equals 1.0, member order never matters, `"\u0041"` equals `"A"`.
///
/// Recurses as deep as the documents do, which the parser bounds.
pub(super) fn equal(left: At<'_>, right: At<'_>) -> bool {
    if left.hash() != right.hash() || left.kind() != right.kind() {
        return false;
    }
    if left.source() == right.source() {
        return true;
    }
    match left.kind() {
        Kind::Null => true,
        Kind::Bool => false,
        Kind::Number => match (Decimal::parse(left.source()), Decimal::parse(right.source())) {
            (Some(left), Some(right)) => left == right,
            _ => false,
        },
        Kind::String => decode_bytes(left.source(), true) == decode_bytes(right.source(), true),
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
        let Some(at) = others.find(member, count) else {
            return false;
        };
        if !equal(member, At { node: others.nodes[at], ..right }) {
            return false;
        }
        count += 1;
    }
    count == others.nodes.len()
}

/// The members of one object, found by name in constant or logarithmic time.
pub(super) struct Members<'a> {
    document: &'a Document,
    pub nodes: Vec<Node>,
    sorted: std::cell::OnceCell<Vec<(u64, u32)>>,
}

impl<'a> Members<'a> {
    /// Without an object there are no members.
    pub(super) fn new(document: &'a Document, object: Option<Node>) -> Self {
        let nodes = object.map(|object| document.children(object).collect()).unwrap_or_default();
        Self { document, nodes, sorted: std::cell::OnceCell::new() }
    }

    /// The index of the member that has the name of `like`; `hint` is where it probably stands.
    pub(super) fn find(&self, like: At<'_>, hint: usize) -> Option<usize> {
        let matches = |at: usize| {
            let node = *self.nodes.get(at)?;
            same_name(At { document: self.document, node }, like).then_some(at)
        };
        if let Some(at) = matches(hint) {
            return Some(at);
        }
        if self.nodes.len() <= 8 {
            return (0..self.nodes.len()).find_map(matches);
        }
        let sorted = self.sorted.get_or_init(|| {
            let mut sorted: Vec<(u64, u32)> = (0_u32..)
                .zip(&self.nodes)
                .map(|(at, &node)| (u64::from(self.document.data(node).name_hash), at))
                .collect();
            sort_pairs(&mut sorted);
            sorted
        });
        let hash = u64::from(like.document.data(like.node).name_hash);
        let first = sorted.partition_point(|entry| entry.0 < hash);
        sorted[first..].iter().take_while(|entry| entry.0 == hash).find_map(|entry| matches(entry.1 as usize))
    }
}

/// A value inside a document.
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
        self.document.children(self.node).map(|node| (self.document.name(node), Value { node, ..self })).collect()
    }

    /// The elements of an array; empty for other values.
    pub fn elements(self) -> Vec<Self> {
        if self.document.kind(self.node) != Kind::Array {
            return Vec::new();
        }
        self.document.children(self.node).map(|node| Value { node, ..self }).collect()
    }

    /// The decoded string, where this is one (lone surrogate escapes become U+FFFD here, never in `source`).
    pub fn as_str(self) -> Option<String> {
        (self.document.kind(self.node) == Kind::String).then(|| self.document.string(self.node))
    }

    /// Whether this is an object.
    pub fn is_object(self) -> bool {
        self.document.kind(self.node) == Kind::Object
    }

    /// The value at a JSON Pointer (RFC 6901) below this one; `""` is this value itself.
    pub fn pointer(self, pointer: &str) -> Option<Self> {
        self.document.find_pointer(self.node, pointer).map(|node| Value { node, ..self })
    }

    /// Equality by value: 1 equals 1.0, member order never matters.
    pub fn equals(self, other: Value<'_>) -> bool {
        equal(At { document: self.document, node: self.node }, At { document: other.document, node: other.node })
    }
}
