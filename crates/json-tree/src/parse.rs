//! From text to tree, in one pass and without recursion. What stands in a document that was parsed before is copied from it.

use super::bytes::{common, hash_bytes, mix, plain_string, unescape_into};
use super::number::{SMALL_DIGITS, number_hash, whole_hash};
use super::{
    Children, ESCAPED, Fault, Kind, NAME_ESCAPED, NAME_HASH_SHIFT, NONE, NameTable, Node, NodeData, Tree, name_end,
};

/// Positions are 32 bits wide.
const MAX_BYTES: usize = u32::MAX as usize - 1;
/// Where the next child of the similar document does not come next, one of so many around it may.
const WINDOW: u32 = 16;
/// After so many that did not stand around there, the children are in no order like that of the similar document, and
/// are found by how they begin.
const PATIENCE: u32 = 16;
/// So many bytes tell records apart, most of which begin with an identifier.
const BEGINNING: usize = 32;

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
    /// What is known to be common: from a place here, from a place there, and for how long at least.
    known: (usize, usize, usize),
    /// Where what was copied last ended.
    ended: usize,
    /// Where the next two children may stand, and which they then are.
    ahead: [Option<(usize, Begun)>; 2],
    /// The first child of the similar container that these are children of.
    ahead_of: Node,
    /// How many children of similar containers may still be sorted by their beginnings: each once or twice, as several containers may
    /// be similar to one.
    to_sort: u32,
}

/// What a member's name is found by.
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

    /// For how long this text goes on as the similar one does from `there` on.
    fn stretch(&mut self, like: &Tree, there: usize) -> usize {
        let (known_here, known_there, length) = self.known;
        let offset = self.at.wrapping_sub(known_here);
        if offset == there.wrapping_sub(known_there) && offset < length {
            return length - offset;
        }
        let length = common(self.bytes, self.at, like.bytes(), there);
        self.known = (self.at, there, length);
        length
    }

    /// The child of the similar document that stands here, and whether it does, or was edited.
    fn similar(&mut self) -> Option<(Node, bool)> {
        let like = self.like?;
        let (expected, end, of) = self.open.last().map(|open| (open.like, open.like_end, open.first_like))?;
        // The byte behind a value has to be the same too, so that a number ends here as it ends there.
        let stands = |node: Node, length: usize| length > like.data(node).end as usize - like.begin(node);
        // What was foreseen in another container is none of these children.
        if self.ahead_of != of {
            (self.ahead_of, self.ahead) = (of, [None; 2]);
        }
        let foreseen = self.ahead[0].filter(|(at, _)| *at == self.at);
        let in_order = expected < end && foreseen.is_none_or(|(_, child)| child.node == expected);
        let length = if in_order { self.stretch(like, like.begin(expected)) } else { 0 };
        if in_order && stands(expected, length) {
            return Some((expected, true));
        }
        let open = self.open.last_mut()?;
        let here = self.bytes.get(self.at..)?;
        let known = &mut self.known;
        let at = self.at;
        let mut stands_here = |node: Node| {
            let there = like.begin(node);
            let source = like.bytes().get(there..=like.data(node).end as usize).unwrap_or_default();
            *known = (at, there, common(here, 0, source, 0));
            stands(node, known.2)
        };
        let may_move = open.object || matches!(here.first(), Some(b'{' | b'['));
        if may_move && open.misses >= PATIENCE && length < BEGINNING {
            let object = open.object;
            let sort = || beginnings(like, of, end, object, &mut self.to_sort);
            let table = open.beginnings.get_or_insert_with(sort);
            let find = |at: usize| {
                let found = table.find(self.bytes.get(at..)?, object)?;
                Some((at, found))
            };
            let (_, child) = foreseen.or_else(|| find(self.at))?;
            // The two that stand behind it, if it is the same. Memory answers late, so it is asked for all at once: where the second is,
            // and what is in the first.
            let gap = self.at - self.ended;
            let behind = |at: usize, child: Begun| (at + child.length as usize).saturating_add(gap);
            let first = behind(self.at, child);
            let first = self.ahead[1].filter(|(at, _)| *at == first).or_else(|| find(first));
            self.ahead = [first, first.and_then(|(at, child)| find(behind(at, child)))];
            std::hint::black_box(
                first.map(|(_, child)| (like.data(child.node).marks, like.bytes()[child.begin as usize])),
            );
            let node = child.node;
            open.like = like.data(node).next;
            (open.passed, open.passed_count) = (open.like, 0);
            return Some((node, stands_here(node)));
        }
        if expected >= end {
            return None;
        }
        if may_move && open.misses < PATIENCE {
            let mut node = open.passed;
            for _ in 0..WINDOW + open.passed_count {
                if node >= end {
                    break;
                }
                if stands_here(node) {
                    return Some((node, true));
                }
                node = like.data(node).next;
            }
        }
        // What was tried and is not the same is still the best to compare the inside with.
        open.like = like.data(expected).next;
        open.misses += 1;
        if open.passed_count < WINDOW {
            open.passed_count += 1;
        } else {
            open.passed = like.data(open.passed).next;
        }
        Some((expected, false))
    }

    /// Copies the child `first`, which stands here, and as many behind it as are the same.
    fn copy(&mut self, first: Node) {
        let Some(like) = self.like else { return };
        let there = like.begin(first);
        let last_end = there + self.stretch(like, there);
        let Some(open) = self.open.last_mut() else { return };
        let (mut next, mut end) = (first, there);
        // What would be too long at any length is not even looked at.
        while next < open.like_end && end + 1 < last_end {
            let data = like.data(next);
            if data.end as usize >= last_end {
                break;
            }
            end = data.end as usize;
            open.children += 1;
            open.hash = join(open.object, open.hash, data);
            next = data.next;
        }
        open.like = next;
        (open.passed, open.passed_count) = (next, 0);
        // Where the beginnings are known there is nothing that finds more.
        if open.beginnings.is_none() {
            open.misses = 0;
        }
        let moved = (self.at as u32).wrapping_sub(there as u32);
        let renumbered = (self.nodes.len() as u32).wrapping_sub(first);
        let copied = like.nodes().get(first as usize..next as usize).unwrap_or_default();
        self.nodes.extend((first..next).zip(copied).map(|(origin, data)| NodeData {
            origin,
            start: data.start.wrapping_add(moved),
            end: data.end.wrapping_add(moved),
            begin: data.begin.wrapping_add(moved),
            next: data.next.wrapping_add(renumbered),
            ..*data
        }));
        self.at += end - there;
        self.ended = self.at;
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

    /// Adds a finished child to what is known of its container.
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

    /// What stands for the name of a value, which begins here, that has none.
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

/// What a child that stands here is found by: its name, or as much as can tell records apart.
fn beginning(here: &[u8], object: bool) -> u32 {
    let most = here.get(..BEGINNING).unwrap_or(here);
    let length = most.iter().position(|&byte| if object { byte == b':' } else { matches!(byte, b'}' | b']') });
    (hash_bytes(&most[..length.unwrap_or(most.len())]) >> 32) as u32
}

/// A child of the similar container.
#[derive(Clone, Copy)]
struct Begun {
    hash: u32,
    node: Node,
    /// Where it begins, and its length with the name.
    begin: u32,
    length: u32,
}

/// Children under the hashes of their beginnings: open addressing, at most half full. With all that it takes to look ahead, so that
/// memory is waited for once.
struct Beginnings {
    slots: Vec<Begun>,
}

impl Beginnings {
    fn slot(&self, hash: u32) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while self.slots[slot].node != NONE && self.slots[slot].hash != hash {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// The child that begins as `here` does.
    #[inline(never)]
    fn find(&self, here: &[u8], object: bool) -> Option<Begun> {
        Some(self.slots[self.slot(beginning(here, object))]).filter(|found| found.node != NONE)
    }
}

/// The children from `first` on by their beginnings; of those that begin alike, one.
fn beginnings(like: &Tree, first: Node, end: Node, object: bool, to_sort: &mut u32) -> Beginnings {
    let all = Children { tree: like, at: first, end };
    let count = all.clone().take(*to_sort as usize).count();
    *to_sort -= count as u32;
    let nothing = Begun { hash: 0, node: NONE, begin: 0, length: 0 };
    let mut table = Beginnings { slots: vec![nothing; (count * 2).next_power_of_two()] };
    for node in all.take(count) {
        let begin = like.begin(node);
        let hash = beginning(&like.bytes()[begin..], object);
        let slot = table.slot(hash);
        if table.slots[slot].node == NONE {
            table.slots[slot] = Begun { hash, node, begin: begin as u32, length: like.data(node).end - begin as u32 };
        }
    }
    table
}

/// The hash of a container with one more child. A sum for objects, so that the order of members does not matter.
#[inline(always)]
fn join(object: bool, hash: u64, child: &NodeData) -> u64 {
    if object { hash.wrapping_add(mix(u64::from(child.name_hash()), child.hash)) } else { mix(hash, child.hash) }
}
