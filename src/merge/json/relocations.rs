//! The operations of a JSON Patch (RFC 6902) that move records from one array to another.
//!
//! Records move in the reverse order of the document, and each goes to the end of its new array. So no move changes the path of a record
//! that has not moved yet.

use super::pointer;
use super::sides::NONE;
use super::tree::{Document, Kind, Node, Places};
use super::{Documents, Operation, records};
use crate::gather::Gather;
use crate::merge::sort::sort_pairs;

/// The moves from `before` to `after`. They do not set the order in an array.
pub(super) fn moves(before: &Document, after: &Document) -> Vec<Operation> {
    let all = records::moved(Documents { base: Some(before), mine: after, theirs: after });
    let mut moved: Vec<(u64, Node)> = all
        .iter()
        .filter(|one| one.by[0] && one.into != NONE)
        .map(|one| (u64::from(one.nodes.base), one.into))
        .gather();
    if moved.is_empty() {
        return Vec::new();
    }
    sort_pairs(&mut moved);
    let mut state = State {
        before,
        places: Places::new(before),
        is_moved: vec![false; before.nodes().len()],
        left: vec![Vec::new(); before.nodes().len()],
        length: vec![NONE; before.nodes().len()],
    };
    moved.into_iter().rev().filter_map(|(node, into)| state.go(node as Node, into)).gather()
}

struct State<'a> {
    before: &'a Document,
    places: Places,
    is_moved: Vec<bool>,
    /// By array, the indexes of the records that left it, the last one first.
    left: Vec<Vec<u32>>,
    /// By array, the present number of its elements, or [`NONE`] before its first move.
    length: Vec<u32>,
}

impl State<'_> {
    /// `None` if no JSON Pointer leads to the record or to its array, or if the array has moved itself.
    fn go(&mut self, node: Node, into: Node) -> Option<Operation> {
        let (from, mut path) = (self.path(node)?, self.path(into)?);
        let &(source, _, index) = self.places.steps(node).last()?;
        for array in [source, into] {
            let length = &mut self.length[array as usize];
            if *length == NONE {
                *length = self.before.children(array).count() as u32;
            }
        }
        pointer::push_index(&mut path, self.length[into as usize] as usize);
        self.is_moved[node as usize] = true;
        self.left[source as usize].push(index);
        self.length[source as usize] -= 1;
        self.length[into as usize] += 1;
        Some(Operation::Move { from, path })
    }

    /// The JSON Pointer of a node that is still in its place, after the moves so far.
    fn path(&self, node: Node) -> Option<String> {
        let mut path = String::new();
        for (container, child, index) in self.places.steps(node) {
            if self.is_moved[child as usize] {
                return None;
            }
            match self.before.kind(container) {
                Kind::Object => pointer::push(&mut path, &self.before.exact_name(child)?),
                _ => {
                    let left = &self.left[container as usize];
                    let before = left.len() - left.partition_point(|&one| one > index);
                    pointer::push_index(&mut path, index as usize - before);
                }
            }
        }
        Some(path)
    }
}
