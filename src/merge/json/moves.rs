//! Merges records that moved from one array of a document to another (law J16).
//!
//! A record is an element of an array that moves. A place is an array that has the record on one side. The holder is the side whose place
//! has the record in the result. A record is stranded if its new place may be missing in a result.

use std::ops::Range;
use std::rc::Rc;

use super::Documents;
use super::identity::Elements;
use super::plan::Plan;
use super::records::{self, Moved};
use super::sides::{Side, Three};
use super::tree::{At, Kind, Node, Places};
use crate::gather::Gather;
use crate::merge::Clash;
use crate::merge::sort::{sort_hashes, sort_pairs};

/// All moved records, and the decisions about them.
#[derive(Default)]
pub(super) struct Moves {
    pub all: Vec<Moved>,
    /// For each side and node the index in `all`, sorted.
    by_node: Vec<(u64, u32)>,
    /// For each record of `all`, whether it is inside of a value that is merged without moves.
    is_forbidden: Vec<bool>,
    /// The decision about each record of `all`; `None` until the walk reaches a place of the record.
    pub decided: Vec<Option<Decided>>,
    /// The nodes of base of the stranded records, sorted. The removal of a container of these nodes is a conflict.
    stranded: Vec<Node>,
    /// The containers of all nodes of each side, for paths. Filled when the merge needs the first path of this side.
    containers: [Places; 3],
}

impl Moves {
    /// For each element of each side, the index of its moved record, except in anonymous arrays.
    pub(super) fn in_elements(&self, elements: &Elements<'_>) -> [Vec<Option<u32>>; 3] {
        Side::ALL.map(|side| {
            let record = |&node: &u32| {
                self.of(Three::NOTHING.with(side, node)).filter(|&record| !self.all[record as usize].is_in_anonymous)
            };
            elements.nodes[side as usize].iter().map(record).gather()
        })
    }

    pub(super) fn new(documents: Documents<'_>) -> Self {
        Self::of_records(records::moved(documents), Vec::new())
    }

    fn of_records(all: Vec<Moved>, stranded: Vec<Node>) -> Self {
        let mut by_node = Vec::new();
        for (at, moved) in (0_u32..).zip(&all) {
            for side in Side::ALL {
                if let Some(node) = moved.nodes.get(side) {
                    by_node.push((node_key(side, node), at));
                }
            }
        }
        sort_pairs(&mut by_node);
        let decided = all.iter().map(|_| None).gather();
        let is_forbidden = vec![false; all.len()];
        Self { all, by_node, is_forbidden, decided, stranded, containers: Default::default() }
    }

    /// The moves of the other records, if records are inside of values that are merged without moves. `None` if no record is.
    pub(super) fn without_forbidden(&self) -> Option<Self> {
        let is_wrong = |(moved, is_forbidden): (&Moved, &bool)| moved.is_single && *is_forbidden;
        if !self.all.iter().zip(&self.is_forbidden).any(is_wrong) {
            return None;
        }
        let others = self.all.iter().zip(&self.is_forbidden);
        let others =
            others.map(|(moved, is_forbidden)| Moved { is_single: moved.is_single && !is_forbidden, ..*moved });
        Some(Self::of_records(others.gather(), self.stranded.clone()))
    }

    /// Whether the walk has placed each record of the result, and has found no new stranded record.
    pub(super) fn are_placed(&self) -> bool {
        let is_placed = |decided: &Decided| decided.is_placed || !decided.plan.has_default();
        self.decided.iter().flatten().all(is_placed) && self.all_stranded().len() == self.stranded.len()
    }

    /// The known nodes of base of stranded records, and the nodes that the walk has found.
    fn all_stranded(&self) -> Vec<Node> {
        let decided = self.all.iter().zip(&self.decided);
        let found = decided.filter(|(_, decided)| decided.as_ref().is_some_and(|decided| decided.is_contested));
        sorted(found.map(|(moved, _)| moved.nodes.base).chain(self.stranded.iter().copied()))
    }

    /// The moves with these holders, for the next merge. A record without a holder becomes stranded. The move of a record that already was
    /// stranded is merged as a removal and an addition.
    pub(super) fn with_holders(&self, holders: &[Option<Side>]) -> Self {
        let records = self.all.iter().zip(holders);
        let lost = records.clone().filter(|(_, holder)| holder.is_none()).map(|(moved, _)| moved.nodes.base);
        let stranded = sorted(self.all_stranded().into_iter().chain(lost));
        let of = |(moved, &holder): (&Moved, &Option<Side>)| {
            let has_place = holder.is_some() || self.stranded.binary_search(&moved.nodes.base).is_err();
            Moved { holder, is_single: moved.is_single && has_place, ..*moved }
        };
        Self::of_records(records.map(of).gather(), stranded)
    }

    /// Whether a value of base contains a stranded record.
    pub(super) fn has_stranded(&self, base: At<'_>) -> bool {
        let at = self.stranded.partition_point(|&node| node <= base.node);
        self.stranded.get(at).is_some_and(|&node| node < base.document.data(base.node).next)
    }

    /// The JSON Pointer of a node.
    pub(super) fn path(&mut self, documents: Documents<'_>, side: Side, node: Node) -> Option<String> {
        let document = documents.get(side)?;
        let containers = &mut self.containers[side as usize];
        if containers.is_empty() {
            *containers = Places::new(document);
        }
        Some(containers.path(document, node))
    }

    /// The outermost records inside a node that have one place in the result (`is_single`). Returns the node and the index in `all` of each.
    pub(super) fn inside(&self, documents: Documents<'_>, side: Side, node: Node) -> Vec<(Node, u32)> {
        let Some(document) = documents.get(side).filter(|_| !self.all.is_empty()) else { return Vec::new() };
        let [from, to] = [node + 1, document.data(node).next].map(|node| self.lower_bound(node_key(side, node)));
        let mut end = 0;
        let found = self.by_node[from..to].iter().filter_map(|&(key, record)| {
            let inner = key as Node;
            let is_outer = inner >= end && self.all[record as usize].is_single;
            is_outer.then(|| {
                end = document.data(inner).next;
                (inner, record)
            })
        });
        found.gather()
    }

    /// Both sides removed the value `base`. Returns the clash of a record inside this value, if the record is not `is_single`, and the sides
    /// did not move it to the same array. Numbers do not count, as a number may be in another array by chance.
    pub(super) fn clash_inside(&self, base: At<'_>) -> Option<Clash> {
        let keys = [base.node + 1, base.document.data(base.node).next].map(|node| node_key(Side::Base, node));
        let [from, to] = keys.map(|key| self.lower_bound(key));
        let is_number = |key: u64| base.document.kind(key as Node) == Kind::Number;
        let moved =
            self.by_node[from..to].iter().filter(|(key, _)| !is_number(*key)).map(|&(_, at)| &self.all[at as usize]);
        let mut unclear = moved.filter(|moved| !moved.is_single && !moved.is_same);
        unclear.next().map(Moved::clash)
    }

    /// The index in `by_node` of the first entry whose key is at least `key`.
    fn lower_bound(&self, key: u64) -> usize {
        self.by_node.partition_point(|known| known.0 < key)
    }

    /// The index in `all` of the moved record with this node, if the result has the record in one place.
    pub(super) fn single(&self, side: Side, node: Node) -> Option<u32> {
        let record = self.of(Three::NOTHING.with(side, node))?;
        self.all[record as usize].is_single.then_some(record)
    }

    /// Whether a side left a record of base in its array.
    pub(super) fn has_stayed(&self, record: u32, side: Side) -> bool {
        let moved = &self.all[record as usize];
        moved.nodes.get(side).is_some() && !moved.is_mover(side)
    }

    /// The records inside of a value, and the value itself, do not move: the value is merged without moves.
    pub(super) fn forbid(&mut self, documents: Documents<'_>, nodes: Three) {
        self.forbid_until(nodes, |side, node| documents.get(side).map_or(node, |document| document.data(node).next));
    }

    /// An element does not move: its array is merged without moves.
    pub(super) fn forbid_element(&mut self, nodes: Three) {
        self.forbid_until(nodes, |_, node| node + 1);
    }

    fn forbid_until(&mut self, nodes: Three, end: impl Fn(Side, Node) -> Node) {
        if self.all.is_empty() {
            return;
        }
        for side in Side::ALL {
            let Some(node) = nodes.get(side) else { continue };
            let [from, to] = [node, end(side, node)].map(|node| self.lower_bound(node_key(side, node)));
            for &(_, record) in &self.by_node[from..to] {
                self.is_forbidden[record as usize] = true;
            }
        }
    }

    /// The decided records, for the composition of results.
    pub(super) fn records(&self) -> MovedRecords {
        let of = |(moved, decided): (&Moved, &Option<Decided>)| {
            let decided = decided.as_ref().filter(|_| moved.is_single)?;
            let plan = Rc::clone(&decided.plan);
            Some(MovedRecord { nodes: moved.nodes, change: decided.change, auto: decided.auto, plan })
        };
        MovedRecords { all: self.all.iter().zip(&self.decided).map(of).gather(), by_node: self.by_node.clone() }
    }

    /// The index in `all` of the moved record that has one of these nodes.
    pub(super) fn of(&self, nodes: Three) -> Option<u32> {
        if self.all.is_empty() {
            return None;
        }
        Side::ALL.into_iter().find_map(|side| {
            let key = node_key(side, nodes.get(side)?);
            let at = self.by_node.binary_search_by_key(&key, |known| known.0).ok()?;
            Some(self.by_node[at].1)
        })
    }
}

/// A moved record of a finished merge.
#[derive(Debug, Clone)]
pub(super) struct MovedRecord {
    pub nodes: Three,
    /// The change that chooses the holder.
    pub change: u32,
    /// The side that the change chooses if nothing is picked.
    pub auto: Side,
    /// The merged content of the record.
    pub plan: Rc<Plan>,
}

/// The moved records of a finished merge.
#[derive(Debug, Clone)]
pub(super) struct MovedRecords {
    /// `None` for a record whose move is merged as a removal and an addition.
    pub all: Vec<Option<MovedRecord>>,
    by_node: Vec<(u64, u32)>,
}

impl MovedRecords {
    /// The index in `all` of the moved record with this node, and the record.
    pub(super) fn of(&self, side: Side, node: Node) -> Option<(u32, &MovedRecord)> {
        let at = self.by_node.binary_search_by_key(&node_key(side, node), |known| known.0).ok()?;
        let record = self.by_node[at].1;
        self.all[record as usize].as_ref().map(|moved| (record, moved))
    }

    /// Whether a moved record is among these nodes.
    pub(super) fn has_any_in(&self, side: Side, nodes: Range<Node>) -> bool {
        let [from, to] =
            [nodes.start, nodes.end].map(|node| self.by_node.partition_point(|known| known.0 < node_key(side, node)));
        self.by_node[from..to].iter().any(|&(_, record)| self.all[record as usize].is_some())
    }
}

/// The different nodes in their order.
fn sorted(nodes: impl Iterator<Item = Node>) -> Vec<Node> {
    let mut sorted: Vec<u64> = nodes.map(u64::from).gather();
    sort_hashes(&mut sorted);
    sorted.dedup();
    sorted.into_iter().map(|node| node as Node).gather()
}

fn node_key(side: Side, node: Node) -> u64 {
    (side as u64) << 32 | u64::from(node)
}

/// The decision about a moved record. The walk decides at the first place of the record that it reaches.
pub(super) struct Decided {
    pub change: u32,
    pub plan: Rc<Plan>,
    /// The side that the change chooses if nothing is picked.
    pub auto: Side,
    /// The side whose place has the record in the result if nothing is picked. This is another side if the result lacks the place of `auto`.
    pub holder: Side,
    /// The indexes of the changes and of the texts of the record.
    pub changes: Range<usize>,
    pub texts: Range<usize>,
    pub path: String,
    pub id: String,
    /// Whether the walk has reached the place that holds the record if nothing is picked.
    pub is_placed: bool,
    /// Whether a new place is inside a value in conflict, so that the result may lack this place. No side removed the record.
    pub is_contested: bool,
}
