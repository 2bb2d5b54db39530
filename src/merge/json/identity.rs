//! Identifies the elements of arrays by value, by key members, or by place.

use super::sides::{NONE, Three};
use super::tree::{At, Kind, Node, Tree, equal};
use crate::gather::Gather;

/// Gives equal things equal numbers.
struct Interner {
    table: Vec<u32>,
    /// For each number, its hash and the first thing that got it.
    entries: Vec<(u64, u32)>,
    /// The expected number: the things of one side mostly have the order of another side.
    next: u32,
}

impl Interner {
    fn new(expected: usize) -> Self {
        let slots = (expected * 2).next_power_of_two().max(8);
        Self { table: vec![NONE; slots], entries: Vec::with_capacity(expected), next: 0 }
    }

    /// The number of a thing equal to `thing`, or a new number.
    fn intern(&mut self, hash: u64, thing: u32, same: &dyn Fn(u32, u32) -> bool) -> u32 {
        let is = |entry: Option<&(u64, u32)>| entry.is_some_and(|entry| entry.0 == hash && same(entry.1, thing));
        let expected = self.next;
        if is(self.entries.get(expected as usize)) {
            self.next += 1;
            return expected;
        }
        let mask = self.table.len() - 1;
        let mut slot = (hash ^ hash >> 32) as usize & mask;
        loop {
            let token = self.table[slot];
            let Some(entry) = self.entries.get(token as usize) else {
                let token = self.entries.len() as u32;
                self.table[slot] = token;
                self.entries.push((hash, thing));
                return token;
            };
            if is(Some(entry)) {
                self.next = token + 1;
                return token;
            }
            slot = (slot + 1) & mask;
        }
    }
}

/// The elements of an array on the three sides.
pub(super) struct Elements<'a> {
    pub documents: [Option<&'a Tree>; 3],
    pub nodes: [Vec<Node>; 3],
    /// A bit for each kind of value that occurs.
    kinds: u32,
}

/// A number for each element of each side. Elements with equal numbers have the same identity.
pub(super) struct Tokens {
    pub of: [Vec<u32>; 3],
    pub count: usize,
    /// For the elements of all sides in one list, the position in base of a byte-for-byte copy. Empty except after
    /// [`Elements::by_key`].
    pub copied: Vec<Option<usize>>,
}

/// Whether places identify the elements of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Places {
    /// Both sides replaced values and moved none.
    Kept,
    /// The lengths are equal, and values may have been moved or replaced.
    Unclear,
    /// Values or keys identify the elements.
    Other,
}

impl Tokens {
    /// The number of occurrences of each token on a side.
    pub(super) fn counts(&self, side: usize) -> Vec<u32> {
        let mut counts = vec![0; self.count];
        for &token in &self.of[side] {
            counts[token as usize] += 1;
        }
        counts
    }

    pub(super) fn unique(&self) -> bool {
        (0..3).all(|side| self.counts(side).iter().all(|&count| count <= 1))
    }
}

impl<'a> Elements<'a> {
    pub(super) fn new(documents: [Option<&'a Tree>; 3], nodes: Three) -> Self {
        let mut elements = Self { documents, nodes: Default::default(), kinds: 0 };
        for (side, node) in [nodes.base, nodes.mine, nodes.theirs].into_iter().enumerate() {
            let Some(document) = documents[side].filter(|document| node != NONE && document.kind(node) == Kind::Array)
            else {
                continue;
            };
            for child in document.children(node) {
                elements.kinds |= 1 << document.kind(child) as u32;
                elements.nodes[side].push(child);
            }
        }
        elements
    }

    /// Some elements of an array. The kinds are not collected, so only [`Elements::by_value`] applies.
    pub(super) fn of(documents: [Option<&'a Tree>; 3], nodes: [Vec<Node>; 3]) -> Self {
        Self { documents, nodes, kinds: 0 }
    }

    fn total(&self) -> usize {
        self.nodes.iter().map(Vec::len).sum()
    }

    pub(super) fn side(&self, side: usize) -> impl Iterator<Item = At<'a>> + '_ {
        let document = self.documents[side];
        self.nodes[side].iter().filter_map(move |&node| document.map(|document| At { document, node }))
    }

    fn all(&self, test: impl Fn(At<'a>) -> bool) -> bool {
        (0..3).all(|side| self.side(side).all(&test))
    }

    pub(super) fn all_scalars(&self) -> bool {
        self.kinds & (1 << Kind::Array as u32 | 1 << Kind::Object as u32) == 0
    }

    pub(super) fn all_objects(&self) -> bool {
        self.kinds & !(1 << Kind::Object as u32) == 0
    }

    /// Equal values have equal tokens.
    pub(super) fn by_value(&self) -> Tokens {
        let all: Vec<At<'a>> = (0..3).flat_map(|side| self.side(side)).gather();
        let mut interner = Interner::new(all.len());
        let same = |left: u32, right: u32| equal(all[left as usize], all[right as usize]);
        let mut things = 0..;
        let of = [0, 1, 2].map(|side| {
            let elements = self.side(side).zip(things.by_ref());
            elements.map(|(at, thing)| interner.intern(at.hash(), thing, &same)).gather()
        });
        Tokens { of, count: interner.entries.len(), copied: Vec::new() }
    }

    /// Identifies elements by position if all sides have equally many, and all are numbers. This is for arrays of counters.
    pub(super) fn by_place(&self) -> Option<Tokens> {
        let count = self.nodes[0].len();
        let fits = self.kinds == 1 << Kind::Number as u32 && self.nodes.iter().all(|nodes| nodes.len() == count);
        fits.then(|| Tokens { of: [0, 1, 2].map(|_| (0..count as u32).gather()), count, copied: Vec::new() })
    }

    /// Elements at equal positions have equal tokens.
    pub(super) fn by_index(&self) -> Tokens {
        let count = self.nodes.iter().map(Vec::len).max().unwrap_or(0);
        Tokens { of: [0, 1, 2].map(|side| (0..self.nodes[side].len() as u32).gather()), count, copied: Vec::new() }
    }

    /// Whether both sides replaced values and moved none. Typical arrays are flags, vectors, and grids.
    pub(super) fn places(&self, tokens: &Tokens) -> Places {
        let count = self.nodes[0].len();
        let is_kind = |kind: Kind| self.kinds == 1 << kind as u32;
        let is_grid = is_kind(Kind::Array);
        if self.nodes.iter().any(|nodes| nodes.len() != count) || !(self.all_scalars() || is_grid) {
            return Places::Other;
        }
        if is_kind(Kind::Bool) {
            return Places::Kept;
        }
        let [base, mine, theirs] = &tokens.of;
        // Different scalars identify themselves.
        let is_unique = !is_grid && tokens.unique();
        let counts = [0, 1, 2].map(|side| tokens.counts(side));
        // A text that both sides added is one element at any place.
        let is_shared = |(at, token): (usize, &u32)| {
            let is_text = self.documents[1].is_some_and(|mine| mine.kind(self.nodes[1][at]) == Kind::String);
            let is_in = |side: usize| counts[side][*token as usize] > 0;
            is_text && base[at] != *token && theirs[at] != *token && is_in(2) && !is_in(0)
        };
        if !is_unique && is_replaced(base, mine) && is_replaced(base, theirs) && !mine.iter().enumerate().any(is_shared)
        {
            return Places::Kept;
        }
        if mine == base || theirs == base || mine == theirs {
            return Places::Other;
        }
        let is_permuted = |side: usize| counts[side] == counts[0];
        let is_moved = |side: &[u32]| !is_replaced(base, side);
        // Texts identify themselves, so that their moves are evident. A move of different numbers is evident if no number changed.
        // Other values may have been moved or replaced.
        let is_evident = if is_grid {
            !self.all(is_row_of_numbers)
        } else if is_unique {
            !is_kind(Kind::Number) || !(is_moved(mine) || is_moved(theirs)) || (is_permuted(1) && is_permuted(2))
        } else {
            false
        };
        if is_evident { Places::Other } else { Places::Unclear }
    }

    /// Whether any element has all key members.
    pub(super) fn have_key(&self, key: &[String]) -> bool {
        let has_all = |at| key_values(at, key).is_some();
        (0..3).any(|side| self.side(side).any(has_all))
    }

    /// Identifies elements by key members, and elements that lack one by their whole value.
    ///
    /// With `strict`, `None` if an element lacks a key member, or a key occurs twice on one side.
    pub(super) fn by_key(&self, key: &[String], strict: bool) -> Option<Tokens> {
        let total = self.total();
        // The values of the key members, `key.len()` for each element. The element itself fills the places if it lacks one or is a copy.
        let mut values: Vec<At<'a>> = Vec::with_capacity(total * key.len());
        let mut complete = Vec::with_capacity(total);
        let mut copied = Vec::with_capacity(total);
        for side in 0..3 {
            // Most elements are copies of elements of base, in the order of base.
            let mut next = 0;
            for at in self.side(side) {
                let origin = self.documents[0].and_then(|base| at.document.origin(at.node, base));
                let of_base = origin.and_then(|origin| {
                    let here = self.nodes[0].get(next) == Some(&origin);
                    if here { Some(next) } else { self.nodes[0].binary_search(&origin).ok() }
                });
                copied.push(of_base);
                if let Some(of_base) = of_base {
                    complete.push(complete[of_base]);
                    values.resize(values.len() + key.len(), at);
                    next = of_base + 1;
                    continue;
                }
                let known = values.len();
                values.extend(key.iter().filter_map(|name| key_value(at, name)));
                let found = !key.is_empty() && values.len() == known + key.len();
                if strict && !found {
                    return None;
                }
                if !found {
                    values.truncate(known);
                    values.resize(known + key.len(), at);
                }
                complete.push(found);
            }
        }
        let of_thing = |thing: usize| values.get(thing * key.len()..(thing + 1) * key.len()).unwrap_or_default();
        let same = |left: u32, right: u32| {
            let (left, right) = (left as usize, right as usize);
            let mut pairs = of_thing(left).iter().zip(of_thing(right));
            complete[left] == complete[right] && pairs.all(|(left, right)| equal(*left, *right))
        };
        let mut interner = Interner::new(total);
        let mut seen: Vec<u8> = vec![3; if strict { total } else { 0 }];
        let mut of: [Vec<u32>; 3] = Default::default();
        let mut thing = 0;
        for side in 0..3 {
            for _ in 0..self.nodes[side].len() {
                let token = if let Some(of_base) = copied[thing] {
                    of[0][of_base]
                } else {
                    let hashes = of_thing(thing).iter().map(|value| value.hash());
                    let hash = hashes.fold(u64::from(complete[thing]), json_tree::mix);
                    interner.intern(hash, thing as u32, &same)
                };
                if strict && std::mem::replace(&mut seen[token as usize], side as u8) == side as u8 {
                    return None;
                }
                of[side].push(token);
                thing += 1;
            }
        }
        Some(Tokens { of, count: interner.entries.len(), copied })
    }
}

/// Whether an edit replaced values at their places: no alignment is shorter, and no replaced value is at another replaced place.
fn is_replaced(base: &[u32], edit: &[u32]) -> bool {
    let replaced = || base.iter().zip(edit).filter(|(old, new)| old != new);
    let aligned: u32 = text_diff::align(base, edit).iter().map(|hunk| hunk.before.len() + hunk.after.len()).sum();
    let mut is_gone = vec![false; base.iter().chain(edit).max().map_or(0, |max| *max as usize + 1)];
    for (old, _) in replaced() {
        is_gone[*old as usize] = true;
    }
    replaced().count() * 2 == aligned as usize && replaced().all(|pair| !is_gone[*pair.1 as usize])
}

fn is_row_of_numbers(row: At<'_>) -> bool {
    let mut cells = row.document.children(row.node).map(|node| row.document.kind(node));
    cells.all(|kind| matches!(kind, Kind::Number | Kind::Bool | Kind::Null))
}

fn key_value<'a>(at: At<'a>, name: &str) -> Option<At<'a>> {
    let node = at.document.find_member(at.node, name)?;
    let scalar = matches!(at.document.kind(node), Kind::String | Kind::Number);
    scalar.then_some(At { node, ..at })
}

/// The strings or numbers of the key members of an element. `None` if it lacks one.
pub(super) fn key_values<'a, 'k>(at: At<'a>, key: &'k [String]) -> Option<impl Iterator<Item = At<'a>> + use<'a, 'k>> {
    let complete = !key.is_empty() && key.iter().all(|name| key_value(at, name).is_some());
    complete.then(|| key.iter().filter_map(move |name| key_value(at, name)))
}

/// Appends the identity of an element to an id: its key or value, or a hash of a long value.
pub(super) fn push_identity(id: &mut String, element: At<'_>, key: &[String], occurrence: u32) {
    id.push('=');
    match key_values(element, key) {
        Some(values) => {
            for (at, value) in values.enumerate() {
                if at > 0 {
                    id.push(',');
                }
                push_short(id, value);
            }
        }
        // A hash, because the value itself may equal the key of another element.
        None if !key.is_empty() => id.push_str(&short_hash(element.hash())),
        None => push_short(id, element),
    }
    if occurrence > 0 {
        id.push('+');
        id.push_str(&occurrence.to_string());
    }
}

fn push_short(id: &mut String, value: At<'_>) {
    let source = value.source();
    if source.len() <= 40 && !matches!(value.kind(), Kind::Array | Kind::Object) {
        id.push_str(source);
        return;
    }
    id.push_str(&short_hash(value.hash()));
}

/// Ten characters of a hash, for ids of changes.
pub(super) fn short_hash(mut hash: u64) -> String {
    let mut out = String::with_capacity(10);
    for _ in 0..10 {
        out.push(char::from_digit((hash % 36) as u32, 36).unwrap_or('0'));
        hash /= 36;
    }
    out
}
