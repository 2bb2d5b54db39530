//! Merges records that moved from one array of a document to another (law J16).
//!
//! A record is an element of an array that moves. A place is an array that has the record on one side. The holder is the side whose place
//! has the record in the result. A record is stranded if its new place may be missing in a result.

use std::ops::Range;
use std::rc::Rc;

use super::Documents;
use super::arrays::{Element, has_default};
use super::identity::push_identity;
use super::likeness::id_member;
use super::merge::Merger;
use super::plan::{Held, Item, NONE, Plan, Side, Three};
use super::pointer::Active;
use super::records;
use super::tree::{At, Kind, Node, Places, name};
use crate::gather::{Gather, both, chained, three};
use crate::merge::sort::{sort_hashes, sort_pairs};
use crate::merge::{ChangeOp, Clash};

/// A record that is in different arrays on the three sides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved {
    pub nodes: Three,
    /// Whether mine moved it, and whether theirs did.
    pub by: [bool; 2],
    /// The array of base in which mine has it, or [`NONE`] if base lacks this array.
    pub into: Node,
    /// Whether both moved it to the same array.
    pub is_same: bool,
    /// Whether mine has the record more than once, and whether theirs does.
    pub has_copies: [bool; 2],
    /// Whether an array of the record is anonymous: an element without id and name contains the array. The record may be in the same array
    /// on all sides, so that it is matched with its versions as any other element.
    pub is_in_anonymous: bool,
    /// Whether the result has the record in one place. Otherwise, the move is merged as a removal and an addition. This is the case for:
    /// - a record that a side has twice,
    /// - a record without an id, if a side lacks one of its places: equal content in a new array may be a copy,
    /// - a record in an array that nothing identifies,
    /// - records that contain each other on different sides.
    pub is_single: bool,
    /// The holder if nothing is picked, as the previous merge found it. `None` if no merge found it. Then the side that the change
    /// chooses is the holder.
    pub holder: Option<Side>,
}

impl Moved {
    /// Whether a side moved it.
    fn is_mover(&self, side: Side) -> bool {
        side != Side::Base && self.by[side as usize - 1]
    }

    /// The clash if both sides took the record out of its array of base.
    fn clash(&self) -> Clash {
        match (self.nodes.mine, self.nodes.theirs) {
            (_, NONE) => Clash::EditDelete,
            (NONE, _) => Clash::DeleteEdit,
            _ => Clash::MoveMove,
        }
    }
}

/// All moved records, and the decisions about them.
#[derive(Default)]
pub(super) struct Moves {
    pub all: Vec<Moved>,
    /// For each side and node the index in `all`, sorted.
    by_node: Vec<(u64, u32)>,
    /// For each record of `all`, whether it is inside of a value that is merged without moves.
    is_forbidden: Vec<bool>,
    /// The decision about each record of `all`; `None` until the walk reaches a place of the record.
    decided: Vec<Option<Decided>>,
    /// The nodes of base of the stranded records, sorted. The removal of a container of these nodes is a conflict.
    stranded: Vec<Node>,
    /// The containers of all nodes of each side, for paths. Filled when the merge needs the first path of this side.
    containers: [Places; 3],
}

impl Moves {
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
        let is_placed = |decided: &Decided| decided.is_placed || !has_default(&decided.plan);
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
    fn path(&mut self, documents: Documents<'_>, side: Side, node: Node) -> Option<String> {
        let document = documents.get(side)?;
        let containers = &mut self.containers[side as usize];
        if containers.is_empty() {
            *containers = Places::new(document);
        }
        Some(containers.path(document, node))
    }

    /// The outermost records inside a node that have one place in the result (`is_single`). Returns the node and the index in `all` of each.
    fn inside(&self, documents: Documents<'_>, side: Side, node: Node) -> Vec<(Node, u32)> {
        let Some(document) = documents.get(side).filter(|_| !self.all.is_empty()) else { return Vec::new() };
        let [from, to] = both([node + 1, document.data(node).next], |node| self.lower_bound(node_key(side, node)));
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
            both([nodes.start, nodes.end], |node| self.by_node.partition_point(|known| known.0 < node_key(side, node)));
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
    change: u32,
    plan: Rc<Plan>,
    /// The side that the change chooses if nothing is picked.
    auto: Side,
    /// The side whose place has the record in the result if nothing is picked. This is another side if the result lacks the place of `auto`.
    holder: Side,
    /// The indexes of the changes and of the texts of the record.
    changes: Range<usize>,
    texts: Range<usize>,
    path: String,
    id: String,
    /// Whether the walk has reached the place that holds the record if nothing is picked.
    is_placed: bool,
    /// Whether a new place is inside a value in conflict, so that the result may lack this place. No side removed the record.
    is_contested: bool,
}

impl Merger<'_> {
    /// The item of a moved record in one of its arrays. Each of its arrays has such an item, and one of them holds the record.
    pub(super) fn moved_record(
        &mut self,
        active: &Active,
        record: u32,
        (element, key): (&Element, &[String]),
        index: &mut usize,
    ) -> Item {
        let is_here = three(Side::ALL, |side| element.nodes.get(side).is_some());
        let (token, id) = ((*index).to_string(), self.identity_of(element, key));
        let below = self.rules.below(active, &token);
        let mut decided = match self.moves.decided[record as usize].take() {
            Some(decided) => decided,
            None => self.below(&token, &id, |merger| merger.decide_move(record, &below)),
        };
        if is_here[Side::Base as usize] {
            self.below(&token, &id, |merger| merger.set_id(&mut decided));
        }
        if is_here[decided.holder as usize] {
            self.below(&token, &id, |merger| merger.set_path(&mut decided));
            *index += usize::from(has_default(&decided.plan));
            decided.is_placed = true;
        }
        let held = Held { record, is_here, holder: decided.holder };
        let item = Item { held: Some(held), ..Item::new(element.nodes, Some(Plan::Record(Rc::clone(&decided.plan)))) };
        self.moves.decided[record as usize] = Some(decided);
        item
    }

    /// Decides the moved records inside a value that is decided as a whole. `auto` is the side whose value is in the result if nothing is
    /// picked. If `is_contested`, the value is in conflict.
    pub(super) fn decide_moves_inside(&mut self, nodes: Three, auto: Side, is_contested: bool) {
        for side in Side::ALL {
            let Some(whole) = nodes.get(side) else { continue };
            for (node, record) in self.moves.inside(self.documents, side, whole) {
                let mut decided = self.moves.decided[record as usize].take();
                if decided.is_none() || side == auto || is_contested {
                    let (path, id) = (self.path.clone(), self.id.clone());
                    self.enter(side, whole, node);
                    if decided.is_none() {
                        let active = self.rules.active_at(&self.path);
                        decided = Some(self.decide_move(record, &active));
                    }
                    if let Some(decided) = &mut decided {
                        let moved = &self.moves.all[record as usize];
                        let is_removed = moved.nodes.mine == NONE || moved.nodes.theirs == NONE;
                        decided.is_contested |= is_contested && !is_removed && moved.is_mover(side);
                        if side == auto && decided.holder == auto {
                            self.set_path(decided);
                            decided.is_placed = true;
                        }
                    }
                    (self.path, self.id) = (path, id);
                }
                self.moves.decided[record as usize] = decided;
            }
        }
    }

    /// Completes the last change, which is a move, with the paths of the element on all sides and the end of its id.
    pub(super) fn complete_move_change(&mut self, nodes: Three) {
        let place = |side| nodes.get(side).and_then(|node| self.moves.path(self.documents, side, node));
        let [from, mine, theirs] = three(Side::ALL, place);
        if let Some(change) = self.changes.last_mut() {
            change.from = from;
            change.into = [mine, theirs];
            change.id.push_str("#move");
        }
    }

    /// Extends the current path and id, which lead to the value `whole`, to a record inside this value.
    fn enter(&mut self, side: Side, whole: Node, node: Node) {
        let mut path = |node| self.moves.path(self.documents, side, node).unwrap_or_default();
        let (around, inner) = (path(whole), path(node));
        let below = inner.get(around.len()..).unwrap_or_default();
        let parent = below.rfind('/').and_then(|at| below.get(..at)).unwrap_or_default();
        let at = self.at(Three::NOTHING.with(side, node), side);
        let key: Vec<String> = at.and_then(id_member).into_iter().map(|node| name(self.document(side), node)).gather();
        self.path = chained(&[&self.path, below]);
        self.id = chained(&[&self.id, parent, "/"]);
        if let Some(at) = at {
            push_identity(&mut self.id, at, &key, 0);
        }
    }

    /// The conflict, in the array of base, about a record whose move is merged as a removal and an addition. `None` if a side kept the record
    /// in this array. A side with copies of the record did not keep it, because a copy may be the move.
    pub(super) fn removed_record(
        &mut self,
        record: u32,
        (element, key): (&Element, &[String]),
        index: usize,
    ) -> Option<Item> {
        let moved = self.moves.all[record as usize];
        let Three { mine, theirs, .. } = element.nodes;
        let [mine_copied, theirs_copied] = moved.has_copies;
        let is_gone = match (mine == NONE, theirs == NONE) {
            (true, true) => true,
            (false, true) => mine_copied,
            (true, false) => theirs_copied,
            (false, false) => false,
        };
        if !is_gone || moved.is_same || element.nodes.base == NONE {
            return None;
        }
        let clash = moved.clash();
        let id = self.identity_of(element, key);
        let plan =
            self.below(&index.to_string(), &id, |merger| merger.conflict(element.nodes, ChangeOp::Remove, clash));
        Some(Item::new(element.nodes, Some(plan)))
    }

    /// Records the change of the move or removal, and merges the content of the record.
    fn decide_move(&mut self, record: u32, active: &Active) -> Decided {
        let Moved { nodes, by: [mine, theirs], is_same, holder, .. } = self.moves.all[record as usize];
        let (first_change, first_text) = (self.changes.len(), self.texts.len());
        let removed = if nodes.theirs == NONE {
            Some(Clash::EditDelete)
        } else {
            (nodes.mine == NONE).then_some(Clash::DeleteEdit)
        };
        let (change, plan, auto) = match removed {
            Some(clash) => {
                let plan = self.conflict(nodes, ChangeOp::Remove, clash);
                (first_change as u32, plan, self.settled().1)
            }
            None => {
                let is_contested = mine && theirs && !is_same;
                let (state, clash) = self.move_state(mine, theirs, is_contested, Clash::MoveMove);
                let change = self.change(nodes, state, ChangeOp::Move, clash);
                self.complete_move_change(nodes);
                let auto = match (is_contested, mine) {
                    (true, _) => self.settled().1,
                    // If both sides moved the record to the same new array, the result has the array of theirs.
                    (false, true) if !is_same => Side::Mine,
                    (false, _) => Side::Theirs,
                };
                let plan = self.value(nodes, active).unwrap_or(Plan::Take(Side::Mine, nodes.mine));
                (change, plan, auto)
            }
        };
        Decided {
            change,
            plan: Rc::new(plan),
            auto,
            holder: holder.unwrap_or(auto),
            changes: first_change..self.changes.len(),
            texts: first_text..self.texts.len(),
            path: self.path.clone(),
            id: self.id.clone(),
            is_placed: false,
            is_contested: false,
        }
    }

    /// Replaces the path of a record in its changes and texts with the current path, which leads to its place in the result.
    fn set_path(&mut self, decided: &mut Decided) {
        for change in &mut self.changes[decided.changes.clone()] {
            replace_start(&mut change.path, &decided.path, &self.path);
        }
        for text in &mut self.texts[decided.texts.clone()] {
            replace_start(&mut text.path, &decided.path, &self.path);
        }
        decided.path.clone_from(&self.path);
    }

    /// Replaces the id of a record in its changes with the current id, which is its id in base. A move on one side then changes no id.
    fn set_id(&mut self, decided: &mut Decided) {
        for change in &mut self.changes[decided.changes.clone()] {
            replace_start(&mut change.id, &decided.id, &self.id);
        }
        decided.id.clone_from(&self.id);
    }
}

fn replace_start(text: &mut String, from: &str, to: &str) {
    if let Some(rest) = text.strip_prefix(from) {
        *text = chained(&[to, rest]);
    }
}
