//! Merges records that moved from one array of a document to another (law J16).

use std::ops::Range;
use std::rc::Rc;

use super::Documents;
use super::arrays::{Element, has_default};
use super::merge::Merger;
use super::plan::{Held, Item, NONE, Plan, Side, Three};
use super::pointer::Active;
use super::records;
use super::tree::{Node, Places};
use crate::gather::{Gather, chained, three};
use crate::merge::sort::sort_pairs;
use crate::merge::{ChangeOp, Clash};

const SIDES: [Side; 3] = [Side::Base, Side::Mine, Side::Theirs];

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
    /// The side that gives the array if base is picked: base, or another side if both removed the array of base.
    pub of_base: Side,
    /// Whether no side has the record twice, and all sides have its arrays. Any of these arrays can then hold it in the result.
    /// An array of base that both sides removed does not count.
    pub is_in_known_arrays: bool,
}

/// All moved records, and the decisions about them.
#[derive(Default)]
pub(super) struct Moves {
    pub all: Vec<Moved>,
    /// For each side and node the index in `all`, sorted.
    by_node: Vec<(u64, u32)>,
    /// For each record of `all`, the decision if the walk has reached one of its arrays.
    decided: Vec<Option<Decided>>,
    /// The places of the nodes of base. Filled for the first path that is needed.
    base_places: Places,
}

impl Moves {
    pub(super) fn new(documents: Documents<'_>) -> Self {
        Self::of_records(records::moved(documents))
    }

    fn of_records(all: Vec<Moved>) -> Self {
        let mut by_node = Vec::new();
        for (at, moved) in (0_u32..).zip(&all) {
            for side in SIDES {
                if let Some(node) = moved.nodes.get(side) {
                    by_node.push((node_key(side, node), at));
                }
            }
        }
        sort_pairs(&mut by_node);
        let decided = all.iter().map(|_| None).gather();
        Self { all, by_node, decided, base_places: Places::default() }
    }

    /// The moves without those of records that the result lacks, or `None` if it lacks no record. The result lacks a record if the array
    /// that should hold it is decided as a whole.
    pub(super) fn without_lost(&self) -> Option<Self> {
        let is_lost = |decided: &Option<Decided>| {
            decided.as_ref().is_some_and(|decided| !decided.is_placed && has_default(&decided.plan))
        };
        let kept = self.all.iter().zip(&self.decided).filter(|(_, decided)| !is_lost(decided));
        let kept: Vec<Moved> = kept.map(|(moved, _)| *moved).gather();
        (kept.len() < self.all.len()).then(|| Self::of_records(kept))
    }

    /// The JSON Pointer of a node of base.
    pub(super) fn path_in_base(&mut self, documents: Documents<'_>, node: Node) -> Option<String> {
        let base = documents.base.filter(|_| node != NONE)?;
        if self.base_places.is_empty() {
            self.base_places = Places::new(base);
        }
        Some(self.base_places.path(base, node))
    }

    /// The index in `all` of the moved record that has one of these nodes.
    pub(super) fn of(&self, nodes: Three) -> Option<u32> {
        if self.all.is_empty() {
            return None;
        }
        SIDES.into_iter().find_map(|side| {
            let key = node_key(side, nodes.get(side)?);
            let at = self.by_node.binary_search_by_key(&key, |known| known.0).ok()?;
            Some(self.by_node[at].1)
        })
    }
}

fn node_key(side: Side, node: Node) -> u64 {
    (side as u64) << 32 | u64::from(node)
}

/// The decision about a moved record. It is made when the walk reaches the first of its arrays.
pub(super) struct Decided {
    change: u32,
    plan: Rc<Plan>,
    auto: Side,
    /// The indexes of the changes and of the texts of the record.
    changes: Range<usize>,
    texts: Range<usize>,
    path: String,
    id: String,
    /// Whether the walk has reached the array that holds the record if nothing is picked.
    is_placed: bool,
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
        let mut is_here = three(SIDES, |side| element.nodes.get(side).is_some());
        is_here[Side::Base as usize] = is_here[self.moves.all[record as usize].of_base as usize];
        let (token, id) = (index.to_string(), self.identity_of(element, key));
        let below = self.rules.below(active, &token);
        let mut decided = match self.moves.decided[record as usize].take() {
            Some(decided) => decided,
            None => self.below(&token, &id, |merger| merger.decide_move(record, &below)),
        };
        if is_here[decided.auto as usize] {
            self.below(&token, &id, |merger| merger.set_path(&decided));
            *index += usize::from(has_default(&decided.plan));
            decided.is_placed = true;
        }
        let held = Held { change: decided.change, is_here, auto: decided.auto };
        let item = Item { held: Some(held), ..Item::new(element.nodes, Some(Plan::Record(Rc::clone(&decided.plan)))) };
        self.moves.decided[record as usize] = Some(decided);
        item
    }

    /// The conflict of a moved record in its array of base, if both sides took it away from there. `None` otherwise.
    /// This is for records that a side moved into a new array or copied. A side that kept the record here but has copies
    /// counts as one that took it away: a copy may be the move.
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
        let clash = match (moved.nodes.mine, moved.nodes.theirs) {
            (_, NONE) => Clash::EditDelete,
            (NONE, _) => Clash::DeleteEdit,
            _ => Clash::MoveMove,
        };
        let id = self.identity_of(element, key);
        let plan =
            self.below(&index.to_string(), &id, |merger| merger.conflict(element.nodes, ChangeOp::Remove, clash));
        Some(Item::new(element.nodes, Some(plan)))
    }

    /// Records the change of the move or removal, and merges the content of the record.
    fn decide_move(&mut self, record: u32, active: &Active) -> Decided {
        let Moved { nodes, by: [mine, theirs], is_same, .. } = self.moves.all[record as usize];
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
                let from = self.moves.path_in_base(self.documents, nodes.base);
                if let Some(change) = self.changes.last_mut() {
                    change.from = from;
                    change.id.push_str("#move");
                }
                let auto = match (is_contested, mine) {
                    (true, _) => self.settled().1,
                    (false, true) => Side::Mine,
                    (false, false) => Side::Theirs,
                };
                let plan = self.value(nodes, active).unwrap_or(Plan::Take(Side::Mine, nodes.mine));
                (change, plan, auto)
            }
        };
        Decided {
            change,
            plan: Rc::new(plan),
            auto,
            changes: first_change..self.changes.len(),
            texts: first_text..self.texts.len(),
            path: self.path.clone(),
            id: self.id.clone(),
            is_placed: false,
        }
    }

    /// Gives the changes of a record the path of its place in the result, which the walk has reached.
    fn set_path(&mut self, decided: &Decided) {
        let moved = |path: &mut String, from: &str, to: &str| {
            if let Some(rest) = path.strip_prefix(from) {
                *path = chained(&[to, rest]);
            }
        };
        for change in &mut self.changes[decided.changes.clone()] {
            moved(&mut change.path, &decided.path, &self.path);
            moved(&mut change.id, &decided.id, &self.id);
        }
        for text in &mut self.texts[decided.texts.clone()] {
            moved(&mut text.path, &decided.path, &self.path);
        }
    }
}
