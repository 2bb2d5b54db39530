//! Finds the values of a text in a similar document that was parsed before, and copies them.

use super::super::bytes::{common, hash_bytes};
use super::super::{Children, NONE, Node, NodeData, Tree};
use super::{Parser, join};

/// If the next child of the similar document does not match, this many children around it are tried.
const WINDOW: u32 = 16;
/// After this many failures around the expected place, the children count as shuffled, and are found by a hash of their
/// beginnings.
const PATIENCE: u32 = 16;
/// This many bytes distinguish records, most of which begin with an identifier.
const BEGINNING: usize = 32;

impl Parser<'_> {
    /// The number of bytes for which this text equals the similar text from `there` on.
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

    /// The child of the similar document at this place, and whether the two are equal; `false` if the child was edited.
    pub(super) fn similar(&mut self) -> Option<(Node, bool)> {
        let like = self.like?;
        let (expected, end, of) = self.open.last().map(|open| (open.like, open.like_end, open.first_like))?;
        // The byte behind the value must be equal, too: otherwise a number could go on here.
        let stands = |node: Node, length: usize| length > like.data(node).end as usize - like.begin(node);
        // A prediction for another container does not count for these children.
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
            // The next two children, if this one is equal. Memory is slow, so both loads start together: the place of the second, and
            // the content of the first.
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
        // An unequal candidate is still the best document for the comparison of the members.
        open.like = like.data(expected).next;
        open.misses += 1;
        if open.passed_count < WINDOW {
            open.passed_count += 1;
        } else {
            open.passed = like.data(open.passed).next;
        }
        Some((expected, false))
    }

    /// Copies the child `first` of this place, and all equal children behind it.
    pub(super) fn copy(&mut self, first: Node) {
        let Some(like) = self.like else { return };
        let there = like.begin(first);
        let last_end = there + self.stretch(like, there);
        let Some(open) = self.open.last_mut() else { return };
        let (mut next, mut end) = (first, there);
        // A child that is too long in any case is not compared.
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
        // Once the beginnings are indexed, no other search finds more.
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
}

/// The hash by which a child is found: of its name, or of enough bytes to distinguish records.
fn beginning(here: &[u8], object: bool) -> u32 {
    let most = here.get(..BEGINNING).unwrap_or(here);
    let length = most.iter().position(|&byte| if object { byte == b':' } else { matches!(byte, b'}' | b']') });
    (hash_bytes(&most[..length.unwrap_or(most.len())]) >> 32) as u32
}

/// A child of the similar container.
#[derive(Clone, Copy)]
pub(super) struct Begun {
    hash: u32,
    node: Node,
    /// The offset, and the length with the name.
    begin: u32,
    length: u32,
}

/// Children by the hashes of their beginnings: open addressing, at most half full. Each entry has all data for a look ahead, so that
/// one memory access is enough.
pub(super) struct Beginnings {
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

    /// The child with the beginning of `here`.
    #[inline(never)]
    fn find(&self, here: &[u8], object: bool) -> Option<Begun> {
        Some(self.slots[self.slot(beginning(here, object))]).filter(|found| found.node != NONE)
    }
}

/// The children from `first` on, by their beginnings; one child for each beginning.
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
