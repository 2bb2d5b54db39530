//! Merges records that are in different arrays on the three sides.

use std::rc::Rc;

use super::identity::push_identity;
use super::likeness::id_member;
use super::merge::Merger;
use super::moves::Decided;
use super::plan::{Held, Item, Plan};
use super::pointer::Active;
use super::records::Moved;
use super::roster::Element;
use super::sides::{NONE, Side, Three};
use super::tree::{Node, name};
use crate::gather::{Gather, chained};
use crate::merge::{ChangeOp, Clash};

impl Merger<'_> {
    /// The item of a moved record in one of its arrays. Each of its arrays has such an item, and one of them holds the record.
    pub(super) fn moved_record(
        &mut self,
        active: &Active,
        record: u32,
        (element, key): (&Element, &[String]),
        index: &mut usize,
    ) -> Item {
        let is_here = Side::ALL.map(|side| element.nodes.get(side).is_some());
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
            *index += usize::from(decided.plan.has_default());
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
        let [from, mine, theirs] = Side::ALL.map(place);
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
