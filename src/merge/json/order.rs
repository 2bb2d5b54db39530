//! The changes that report moves inside an array.

use super::arrange::{Arrangement, Placed};
use super::merge::Merger;
use super::roster::Policy;
use super::sides::{Side, Three};
use crate::merge::{ChangeOp, ChangeState, Clash};

/// The changes that report the moves in an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MoveChanges {
    None,
    /// One change for each moved element.
    Single,
    /// One change for the order of the array, because more elements moved than stayed.
    Whole,
}

impl Merger<'_> {
    /// Decides which side places each item, and which changes report the moves.
    pub(super) fn place(&mut self, arrangement: &mut Arrangement, policy: Policy) -> MoveChanges {
        if policy == Policy::Set {
            for item in 0..arrangement.placed.len() {
                if arrangement.is_moved(item) {
                    arrangement.place_by(item, Side::Theirs, false);
                }
            }
            return MoveChanges::None;
        }
        let (_, side) = self.settled();
        arrangement.settle(side);
        let moved = (0..arrangement.placed.len()).filter(|&item| arrangement.is_moved(item)).count();
        let anchored = arrangement.placed.iter().filter(|placed| **placed == Placed::Anchored).count();
        match moved {
            0 => MoveChanges::None,
            _ if moved > anchored => MoveChanges::Whole,
            _ => MoveChanges::Single,
        }
    }

    pub(super) fn order_change(&mut self, nodes: Three, arrangement: &Arrangement) -> u32 {
        let [mine, theirs] = arrangement.movers();
        let is_contested = arrangement.is_contested() || (mine && theirs && arrangement.has_two_orders());
        let (state, clash) = self.move_state(mine, theirs, is_contested, Clash::Order);
        let change = self.change(nodes, state, ChangeOp::Move, clash);
        if let Some(change) = self.changes.last_mut() {
            change.id.push_str("#order");
            change.ambiguous = clash.is_none() && mine && theirs && state != ChangeState::Same;
        }
        change
    }

    /// Adds the change of a moved element. `by` is the result of [`Arrangement::move_of`].
    pub(super) fn move_change(&mut self, nodes: Three, by: [bool; 3], have_both_moved: bool) -> u32 {
        let [mine, theirs, is_contested] = by;
        let (state, clash) = self.move_state(mine, theirs, is_contested, Clash::MoveMove);
        let change = self.change(nodes, state, ChangeOp::Move, clash);
        self.complete_move_change(nodes);
        if let Some(change) = self.changes.last_mut() {
            change.ambiguous = clash.is_none() && have_both_moved && state != ChangeState::Same;
        }
        change
    }

    /// The state of a move by mine, by theirs, or by both. Also returns `clash` if the move is contested.
    pub(super) fn move_state(
        &self,
        mine: bool,
        theirs: bool,
        is_contested: bool,
        clash: Clash,
    ) -> (ChangeState, Option<Clash>) {
        match (mine, theirs) {
            _ if is_contested => (self.settled().0, Some(clash)),
            (true, true) => (ChangeState::Same, None),
            (true, false) => (ChangeState::Mine, None),
            _ => (ChangeState::Theirs, None),
        }
    }
}
