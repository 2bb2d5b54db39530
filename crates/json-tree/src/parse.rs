//! From text to tree, in one pass and without recursion. Parts of a document that was parsed before are copied.

use super::bytes::{hash_bytes, mix, plain_string, unescape_into};
use super::number::{SMALL_DIGITS, number_hash, whole_hash};
use super::{ESCAPED, Fault, Kind, NAME_ESCAPED, NAME_HASH_SHIFT, NONE, NameTable, Node, NodeData, Tree, name_end};

mod similar;

use similar::{Beginnings, Begun};

/// Positions are 32 bits wide.
const MAX_BYTES: usize = u32::MAX as usize - 1;

/// A container that is not closed yet.
struct Open {
    node: Node,
    object: bool,
    children: u32,
    /// How many of the children were not copied, so that their names have to be looked at.
    fresh: u32,
    hash: u64,
    /// The child of the similar container that probably comes next, or [`NONE`].
    like: Node,
    like_end: Node,
    first_like: Node,
    /// The first child that was passed over, and how many were.
    passed: Node,
    passed_count: u32,
    /// How many children were not found, one after the other.
    misses: u32,
    /// The children of the similar container by the hash of their beginning, once they are looked for there.
    beginnings: Option<Beginnings>,
}

/// A member's name that waits for its value.
#[derive(Clone, Copy)]
struct Name {
    begin: u32,
    marks: u32,
}

struct Parser<'a> {
    bytes: &'a [u8],
    text: &'a str,
    max_depth: usize,
    at: usize,
    nodes: Vec<NodeData>,
    open: Vec<Open>,
    scratch: Vec<u8>,
    names: NameTable,
    like: Option<&'a Tree>,
    /// A common part: its place here, its place there, and its least length.
    known: (usize, usize, usize),
    /// The end of the last copied part.
    ended: usize,
    /// The possible places of the next two children, and their nodes.
    ahead: [Option<(usize, Begun)>; 2],
    /// The first child of the similar container that these are children of.
    ahead_of: Node,
    /// How many children of similar containers may still be sorted by their beginnings: each once or twice, as several containers may
    /// be similar to one.
    to_sort: u32,
}

/// The key by which a member's name is found.
pub(crate) fn name_hash(name: &[u8]) -> u32 {
    name_marks(hash_bytes(name)) >> NAME_HASH_SHIFT
}

fn name_marks(hash: u64) -> u32 {
    (hash >> 32) as u32 & !(NAME_ESCAPED * 2 - 1)
}

pub(crate) fn parse(text: &str, max_depth: usize, like: Option<&Tree>) -> Result<Vec<NodeData>, Fault> {
    if text.len() > MAX_BYTES {
        return Err(Fault::TooLarge { limit_bytes: MAX_BYTES });
    }
    let mut parser = Parser {
        bytes: text.as_bytes(),
        text,
        max_depth,
        at: if text.starts_with('\u{FEFF}') { 3 } else { 0 },
        nodes: Vec::with_capacity(
            like.map_or(text.len() / 16, |like| like.nodes().len() + like.nodes().len() / 32) + 8,
        ),
        open: Vec::new(),
        scratch: Vec::new(),
        names: NameTable::default(),
        like,
        known: (0, 0, 0),
        ended: 0,
        ahead: [None; 2],
        ahead_of: NONE,
        to_sort: like.map_or(0, |like| like.nodes().len() as u32).saturating_mul(2),
    };
    parser.document()?;
    Ok(parser.nodes)
}

impl Parser<'_> {
    fn document(&mut self) -> Result<(), Fault> {
        self.space();
        let like = if self.like.is_some() { 0 } else { NONE };
        let mut more = self.value(self.unnamed(), like)?;
        while more {
            more = self.child()?;
        }
        self.space();
        if self.at < self.bytes.len() { Err(self.expected("the end")) } else { Ok(()) }
    }

    /// The next child of the innermost container, or several; false at the end of the outermost value.
    fn child(&mut self) -> Result<bool, Fault> {
        let like = match self.similar() {
            Some((first, true)) => {
                self.copy(first);
                return self.after_value();
            }
            Some((edited, false)) => edited,
            None => NONE,
        };
        let Some(open) = self.open.last_mut() else {
            return Ok(false);
        };
        open.fresh += 1;
        let name = if open.object { self.name()? } else { self.unnamed() };
        self.value(name, like)
    }

    /// One value, and all that closes behind it; false at the end of the outermost value.
    fn value(&mut self, name: Name, like: Node) -> Result<bool, Fault> {
        let start = self.at;
        let (kind, hash, escaped) = match self.peek() {
            Some(b'"') => {
                let (hash, escaped) = self.string()?;
                (Kind::String, mix(hash, 3), escaped)
            }
            Some(b'{') => return self.container(name, Kind::Object, like),
            Some(b'[') => return self.container(name, Kind::Array, like),
            Some(b'-' | b'0'..=b'9') => (Kind::Number, self.number()?, false),
            Some(b't') => (Kind::Bool, self.literal("true", 1)?, false),
            Some(b'f') => (Kind::Bool, self.literal("false", 2)?, false),
            Some(b'n') => (Kind::Null, self.literal("null", 4)?, false),
            _ => return Err(self.expected("a value")),
        };
        let node = self.push(name, kind, start);
        if let Some(data) = self.nodes.last_mut() {
            data.end = self.at as u32;
            data.next = node + 1;
            data.hash = hash;
            data.marks |= u32::from(escaped) * ESCAPED;
        }
        self.count(node);
        self.after_value()
    }

    fn push(&mut self, name: Name, kind: Kind, start: usize) -> Node {
        let node = self.nodes.len() as u32;
        self.nodes.push(NodeData {
            hash: 0,
            start: start as u32,
            end: 0,
            begin: name.begin,
            next: 0,
            origin: NONE,
            marks: name.marks | kind as u32,
        });
        node
    }

    /// Adds a finished child to the data of its container.
    fn count(&mut self, node: Node) {
        if let (Some(open), Some(data)) = (self.open.last_mut(), self.nodes.get(node as usize)) {
            open.children += 1;
            open.hash = join(open.object, open.hash, data);
        }
    }

    /// Opens a container, and closes it where it is empty.
    fn container(&mut self, name: Name, kind: Kind, like: Node) -> Result<bool, Fault> {
        if self.open.len() >= self.max_depth {
            return Err(Fault::TooDeep { offset: self.at });
        }
        let node = self.push(name, kind, self.at);
        let similar = self.like.and_then(|tree| tree.nodes().get(like as usize)).filter(|data| data.kind() == kind);
        let (like, like_end) = similar.map_or((NONE, NONE), |data| (like + 1, data.next));
        let object = kind == Kind::Object;
        self.at += 1;
        self.open.push(Open {
            node,
            object,
            children: 0,
            fresh: 0,
            hash: 0,
            like,
            like_end,
            first_like: like,
            passed: like,
            passed_count: 0,
            misses: 0,
            beginnings: None,
        });
        self.space();
        if self.peek() == Some(if object { b'}' } else { b']' }) {
            self.close()?;
            return self.after_value();
        }
        Ok(true)
    }

    fn close(&mut self) -> Result<(), Fault> {
        self.at += 1;
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        if open.object && open.fresh > 0 && open.children > 1 {
            self.refuse_duplicates(open.node, open.children as usize)?;
        }
        let next = self.nodes.len() as u32;
        if let Some(data) = self.nodes.get_mut(open.node as usize) {
            data.end = self.at as u32;
            data.next = next;
            data.hash = mix(open.hash, u64::from(open.children) << 1 | u64::from(open.object));
        }
        self.count(open.node);
        Ok(())
    }

    /// After a value: true when another one follows in some container, false at the end of the outermost value.
    fn after_value(&mut self) -> Result<bool, Fault> {
        loop {
            let Some(open) = self.open.last() else {
                return Ok(false);
            };
            let object = open.object;
            self.space();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    self.space();
                    return Ok(true);
                }
                Some(b'}') if object => self.close()?,
                Some(b']') if !object => self.close()?,
                _ if object => return Err(self.expected("a comma or }")),
                _ => return Err(self.expected("a comma or ]")),
            }
        }
    }

    /// The substitute for the name of a value without a name that begins here.
    fn unnamed(&self) -> Name {
        Name { begin: self.at as u32, marks: 0 }
    }

    fn name(&mut self) -> Result<Name, Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.expected("a member name in quotes"));
        }
        let begin = self.at as u32;
        let (hash, escaped) = self.string()?;
        let name = Name { begin, marks: name_marks(hash) | (u32::from(escaped) * NAME_ESCAPED) };
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.expected("a colon"));
        }
        self.at += 1;
        self.space();
        Ok(name)
    }

    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline(always)]
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// A string literal: the hash of its decoded content, and whether it holds escapes.
    fn string(&mut self) -> Result<(u64, bool), Fault> {
        self.at += 1;
        let start = self.at;
        let (hash, end) = plain_string(self.bytes, start);
        self.at = end;
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok((hash, false));
        }
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.expected("no control character in a string")),
                None => return Err(self.expected("the end of the string")),
            }
            self.at = plain_string(self.bytes, self.at).1;
        }
        self.scratch.clear();
        unescape_into(&self.bytes[start..self.at], &mut self.scratch);
        self.at += 1;
        Ok((hash_bytes(&self.scratch), true))
    }

    fn escape(&mut self) -> Result<(), Fault> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                for _ in 0..4 {
                    self.at += 1;
                    if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.expected("four hexadecimal digits"));
                    }
                }
                self.at += 1;
                Ok(())
            }
            _ => Err(self.expected("an escape that JSON knows")),
        }
    }

    fn number(&mut self) -> Result<u64, Fault> {
        let start = self.at;
        let whole = self.small_whole();
        if let Some(hash) = whole {
            return Ok(mix(hash, 5));
        }
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(mix(number_hash(&self.text[start..self.at]), 5))
    }

    /// Most numbers are small and whole: their hash without a detour.
    fn small_whole(&mut self) -> Option<u64> {
        let (mut value, mut end) = (0, self.at);
        while let Some(digit @ b'0'..=b'9') = self.bytes.get(end) {
            value = value * 10 + u64::from(digit - b'0');
            end += 1;
            if end - self.at == SMALL_DIGITS {
                return None;
            }
        }
        let digits = end - self.at;
        if value == 0 || self.peek() == Some(b'0') || matches!(self.bytes.get(end), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        while value % 10 == 0 {
            value /= 10;
        }
        self.at = end;
        Some(whole_hash(value, digits))
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(self.expected("a digit")) }
    }

    fn literal(&mut self, word: &'static str, hash: u64) -> Result<u64, Fault> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(mix(hash, 9))
        } else {
            Err(self.expected(word))
        }
    }

    /// # Errors
    /// The second occurrence of a name, where there is one.
    fn refuse_duplicates(&mut self, object: Node, count: usize) -> Result<(), Fault> {
        let mut names = std::mem::take(&mut self.names);
        names.clear(count);
        let mut node = object + 1;
        for _ in 0..count {
            let data = self.nodes[node as usize];
            let same = |other: Node| self.is_same_name(other, node);
            if names.insert(data.name_hash(), node, same).is_some() {
                return Err(Fault::Duplicate { start: data.begin, end: name_end(self.bytes, &data) as u32 });
            }
            node = data.next;
        }
        self.names = names;
        Ok(())
    }

    fn is_same_name(&self, first: Node, second: Node) -> bool {
        let literal = |node: Node| {
            let data = &self.nodes[node as usize];
            (&self.text[data.begin as usize..name_end(self.bytes, data)], data.is_name_escaped())
        };
        let ((left, left_escaped), (right, right_escaped)) = (literal(first), literal(second));
        super::same_literal(left, left_escaped, right, right_escaped)
    }

    #[cold]
    fn expected(&self, expected: &'static str) -> Fault {
        Fault::Unexpected { expected, offset: self.at }
    }
}

/// The hash of a container with one more child. A sum for objects, so that the order of members does not matter.
#[inline(always)]
fn join(object: bool, hash: u64, child: &NodeData) -> u64 {
    if object { hash.wrapping_add(mix(u64::from(child.name_hash()), child.hash)) } else { mix(hash, child.hash) }
}
