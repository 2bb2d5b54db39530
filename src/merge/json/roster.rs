//! The elements of an array on all sides, while the array is merged.

use super::plan::Run;
use super::sides::{NONE, Side, Three};
use super::tree::Node;
use crate::gather::Gather;

/// The meaning of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// Records: their identity matters more than their order.
    Keyed,
    /// Different scalars.
    Unique,
    /// Neither order nor number of equal elements matters.
    Set,
    /// Values that may repeat, in a meaningful order.
    Sequence,
}

/// An element while the array is being merged.
#[derive(Debug, Clone)]
pub(super) struct Element {
    pub nodes: Three,
    /// The text before its identity in ids of changes: the side, if an alignment found it on one side only.
    pub prefix: &'static str,
    /// The number of elements with the same identity before it.
    pub occurrence: u32,
    /// The hash of its value, or of all values of a run.
    pub hash: u64,
    /// Whether the three values are not versions of one element, so that they are never merged inside.
    pub atomic: bool,
    pub run: Option<Box<Run>>,
    pub ambiguous: bool,
    /// The number of sides with a known byte-for-byte copy of the value of base.
    pub copies: u8,
    /// Its index among the moved records, if the sides have it in different arrays.
    pub moved: Option<u32>,
}

impl Element {
    pub(super) fn new(prefix: &'static str, occurrence: u32, hash: u64, ambiguous: bool) -> Self {
        Self {
            nodes: Three::NOTHING,
            prefix,
            occurrence,
            hash,
            atomic: false,
            run: None,
            ambiguous,
            copies: 0,
            moved: None,
        }
    }
}

/// The elements of all sides, and their order on each side.
pub(super) struct Roster {
    pub policy: Policy,
    /// The members that identify the elements of a keyed array.
    pub key: Vec<String>,
    pub elements: Vec<Element>,
    pub orders: [Vec<u32>; 3],
    /// Equal values have equal tokens.
    pub tokens: Vec<u32>,
    /// Whether a side moved the item.
    pub moved: Vec<bool>,
    /// For each item, the number of pivots before it in mine and in theirs ([`super::arrange::Arrangement::pivots_before`]).
    pub pivots: [Vec<u32>; 2],
    /// The item into which each item was joined, or the item itself.
    pub alias: Vec<u32>,
    /// Runs without elements of base, each with the position of base after the run.
    pub base_runs: Vec<(usize, u32)>,
    /// For each position of base, whether an element before it is decided separately.
    pub separate: Vec<bool>,
    /// Whether moves and overlapping edits are so entangled that only the whole array can be decided.
    pub whole: bool,
}

impl Roster {
    pub(super) fn new(policy: Policy) -> Self {
        Self {
            policy,
            key: Vec::new(),
            elements: Vec::new(),
            orders: Default::default(),
            tokens: Vec::new(),
            moved: Vec::new(),
            pivots: Default::default(),
            alias: Vec::new(),
            base_runs: Vec::new(),
            separate: Vec::new(),
            whole: false,
        }
    }

    pub(super) fn add(&mut self, element: Element, token: u32) -> u32 {
        let item = self.elements.len() as u32;
        self.elements.push(element);
        self.tokens.push(token);
        self.alias.push(item);
        item
    }

    /// Makes the value of `item` on `side` a version of `of`.
    pub(super) fn join(&mut self, of: u32, item: u32, side: Side) {
        if of == item {
            return;
        }
        if let Some(node) = self.elements[item as usize].nodes.get(side) {
            self.elements[of as usize].nodes.set(side, node);
            self.elements[item as usize].nodes.set(side, NONE);
        }
        self.alias[item as usize] = of;
    }
}

/// The nodes of these items on one side.
pub(super) fn nodes_of(roster: &Roster, items: &[u32], side: Side) -> Vec<Node> {
    items.iter().filter_map(|&item| roster.elements[item as usize].nodes.get(side)).gather()
}
