//! From text to tree, in one pass and without recursion.

use super::scalar::{Decimal, decimal_hash, hash_bytes, mix, sort_pairs, unescape_into};
use super::tree::{Kind, NodeData, decode_bytes};
use crate::error::{Error, Kind as ErrorKind};

/// Deeper documents are refused. Walks over a tree recurse, so this also bounds the stack; people nest about 20 levels.
pub(super) const MAX_DEPTH: usize = 512;
/// Positions are 32 bits wide.
const MAX_BYTES: usize = u32::MAX as usize - 1;

/// A container that is not closed yet.
struct Open {
    node: u32,
    children: u32,
    hash: u64,
}

/// A member's name that waits for its value.
#[derive(Clone, Copy, Default)]
struct Name {
    start: u32,
    end: u32,
    hash: u64,
    escaped: bool,
}

/// The hash of a number by its value.
fn number_hash(source: &str) -> u64 {
    let whole = source.len() <= 18 && source.bytes().all(|byte| byte.is_ascii_digit());
    if whole && source != "0" {
        // The same as below without the detour through a decimal: most numbers are small and whole.
        let mut digits = [0; 18];
        let mut count = 0;
        for (at, byte) in source.bytes().enumerate() {
            digits[at] = byte - b'0';
            if byte != b'0' {
                count = at + 1;
            }
        }
        return decimal_hash(false, &digits[..count], source.len() as i64);
    }
    match Decimal::parse(source) {
        Some(value) => decimal_hash(value.negative, &value.digits, value.exponent),
        None => hash_bytes(11, source.as_bytes()),
    }
}

/// What the parser notes of a member's name.
pub(super) fn name_hash(name: &str) -> u32 {
    (hash_bytes(7, name.as_bytes()) >> 32) as u32
}

struct Parser<'a> {
    text: &'a str,
    max_depth: usize,
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<NodeData>,
    open: Vec<Open>,
    scratch: Vec<u8>,
    sorted: Vec<(u64, u32)>,
}

pub(super) fn parse(text: &str, max_depth: usize) -> Result<Vec<NodeData>, Error> {
    if text.len() > MAX_BYTES {
        return Err(Error::new(ErrorKind::TooLarge { limit_bytes: MAX_BYTES, found_bytes: text.len() }));
    }
    let mut parser = Parser {
        text,
        max_depth,
        bytes: text.as_bytes(),
        at: if text.starts_with('\u{FEFF}') { 3 } else { 0 },
        nodes: Vec::with_capacity(text.len() / 24 + 1),
        open: Vec::new(),
        scratch: Vec::new(),
        sorted: Vec::new(),
    };
    parser.document()?;
    Ok(parser.nodes)
}

impl Parser<'_> {
    fn document(&mut self) -> Result<(), Error> {
        self.space();
        let mut name = Name::default();
        loop {
            if self.value(name)? {
                name = self.member_name_if_object()?;
                continue;
            }
            if !self.after_value()? {
                break;
            }
            self.space();
            name = self.member_name_if_object()?;
        }
        self.space();
        if self.at < self.bytes.len() { Err(self.expected("the end")) } else { Ok(()) }
    }

    /// One value, or the start of a container with children (true).
    fn value(&mut self, name: Name) -> Result<bool, Error> {
        let start = self.at;
        let (kind, hash, escaped) = match self.peek() {
            Some(b'"') => {
                let (hash, escaped) = self.string()?;
                (Kind::String, mix(hash, 3), escaped)
            }
            Some(b'{') => return self.container(name, Kind::Object, b'}'),
            Some(b'[') => return self.container(name, Kind::Array, b']'),
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
            data.escaped = escaped;
        }
        self.count_child(name.hash, hash);
        Ok(false)
    }

    fn push(&mut self, name: Name, kind: Kind, start: usize) -> u32 {
        let node = self.nodes.len() as u32;
        self.nodes.push(NodeData {
            hash: 0,
            start: start as u32,
            end: 0,
            name_start: name.start,
            name_end: name.end,
            name_hash: (name.hash >> 32) as u32,
            next: 0,
            kind,
            escaped: false,
            name_escaped: name.escaped,
        });
        node
    }

    fn count_child(&mut self, name_hash: u64, hash: u64) {
        let Some(parent) = self.open.last_mut() else {
            return;
        };
        parent.children += 1;
        let object = self.nodes.get(parent.node as usize).is_some_and(|node| node.kind == Kind::Object);
        // A sum, so that the order of members does not matter.
        parent.hash = if object { parent.hash.wrapping_add(mix(name_hash, hash)) } else { mix(parent.hash, hash) };
    }

    /// Opens a container; true when a child follows, false when it was empty and is closed again.
    fn container(&mut self, name: Name, kind: Kind, close: u8) -> Result<bool, Error> {
        if self.open.len() >= self.max_depth {
            return Err(Error::new(ErrorKind::TooDeep { limit_levels: self.max_depth, offset: self.at }));
        }
        let node = self.push(name, kind, self.at);
        self.at += 1;
        self.open.push(Open { node, children: 0, hash: 0 });
        self.space();
        if self.peek() == Some(close) {
            self.close()?;
            return Ok(false);
        }
        Ok(true)
    }

    fn close(&mut self) -> Result<(), Error> {
        self.at += 1;
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let next = self.nodes.len() as u32;
        let object = self.nodes[open.node as usize].kind == Kind::Object;
        if object {
            self.refuse_duplicates(open.node, open.children as usize)?;
        }
        let hash = mix(open.hash, u64::from(open.children) << 1 | u64::from(object));
        let data = &mut self.nodes[open.node as usize];
        data.end = self.at as u32;
        data.next = next;
        data.hash = hash;
        let data = *data;
        let name_hash = if data.name_end > data.name_start { self.name_hash(&data) } else { 0 };
        self.count_child(name_hash, hash);
        Ok(())
    }

    fn name_hash(&mut self, data: &NodeData) -> u64 {
        let content = &self.bytes[data.name_start as usize + 1..data.name_end as usize - 1];
        self.hash_string(content, data.name_escaped)
    }

    /// After a value: true when another one follows in the same container, false at the end of the outermost value.
    fn after_value(&mut self) -> Result<bool, Error> {
        loop {
            let Some(open) = self.open.last() else {
                return Ok(false);
            };
            let object = self.nodes[open.node as usize].kind == Kind::Object;
            self.space();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    return Ok(true);
                }
                Some(b'}') if object => self.close()?,
                Some(b']') if !object => self.close()?,
                _ if object => return Err(self.expected("a comma or }")),
                _ => return Err(self.expected("a comma or ]")),
            }
        }
    }

    fn member_name_if_object(&mut self) -> Result<Name, Error> {
        let object = self.open.last().is_some_and(|open| self.nodes[open.node as usize].kind == Kind::Object);
        if !object {
            return Ok(Name::default());
        }
        if self.peek() != Some(b'"') {
            return Err(self.expected("a member name in quotes"));
        }
        let start = self.at as u32;
        let (hash, escaped) = self.string()?;
        let name = Name { start, end: self.at as u32, hash, escaped };
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

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// A string literal: the hash of its decoded content, and whether it holds escapes.
    fn string(&mut self) -> Result<(u64, bool), Error> {
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        loop {
            // The one loop that every byte of a text goes through.
            let plain = |byte: &&u8| !matches!(byte, b'"' | b'\\' | 0..=0x1F);
            self.at += self.bytes[self.at..].iter().take_while(plain).count();
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.expected("no control character in a string")),
                None => return Err(self.expected("the end of the string")),
            }
        }
        let content = &self.bytes[start..self.at];
        self.at += 1;
        Ok((self.hash_string(content, escaped), escaped))
    }

    fn hash_string(&mut self, content: &[u8], escaped: bool) -> u64 {
        if !escaped {
            return hash_bytes(7, content);
        }
        self.scratch.clear();
        unescape_into(content, &mut self.scratch);
        hash_bytes(7, &self.scratch)
    }

    fn escape(&mut self) -> Result<(), Error> {
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

    fn number(&mut self) -> Result<u64, Error> {
        let start = self.at;
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

    fn digits(&mut self) -> Result<(), Error> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.expected("a digit"));
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn literal(&mut self, word: &'static str, hash: u64) -> Result<u64, Error> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(mix(hash, 9))
        } else {
            Err(self.expected(word))
        }
    }

    /// # Errors
    /// The second occurrence of a name, where there is one.
    fn refuse_duplicates(&mut self, object: u32, count: usize) -> Result<(), Error> {
        if count < 2 {
            return Ok(());
        }
        let mut sorted = std::mem::take(&mut self.sorted);
        sorted.clear();
        let mut node = object + 1;
        for _ in 0..count {
            let data = &self.nodes[node as usize];
            sorted.push((u64::from(data.name_hash), node));
            node = data.next;
        }
        if count <= 8 {
            // Few enough to look at every pair.
            for right in 1..count {
                for left in 0..right {
                    if sorted[left].0 == sorted[right].0 {
                        self.refuse_same_name(sorted[left].1, sorted[right].1)?;
                    }
                }
            }
        } else {
            sort_pairs(&mut sorted);
            for right in 1..count {
                let mut left = right;
                while left > 0 && sorted[left - 1].0 == sorted[right].0 {
                    left -= 1;
                    self.refuse_same_name(sorted[left].1, sorted[right].1)?;
                }
            }
        }
        self.sorted = sorted;
        Ok(())
    }

    fn refuse_same_name(&self, first: u32, second: u32) -> Result<(), Error> {
        let literal = |node: u32| {
            let data = &self.nodes[node as usize];
            &self.text[data.name_start as usize..data.name_end as usize]
        };
        let (left, right) = (decode_bytes(literal(first), true), decode_bytes(literal(second), true));
        if left != right {
            return Ok(());
        }
        let offset = self.nodes[second as usize].name_start as usize;
        let (line, column) = self.position(offset);
        let name = String::from_utf8_lossy(&left).into_owned();
        Err(Error::new(ErrorKind::DuplicateMember { name, offset, line, column }))
    }

    fn expected(&self, expected: &'static str) -> Error {
        let (line, column) = self.position(self.at);
        Error::new(ErrorKind::InvalidJson { expected, offset: self.at, line, column })
    }

    /// Line and column in characters, both from 1.
    fn position(&self, offset: usize) -> (usize, usize) {
        let before = &self.bytes[..offset.min(self.bytes.len())];
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        let column = before[line_start..].iter().filter(|&&byte| byte & 0xC0 != 0x80).count() + 1;
        (line, column)
    }
}
