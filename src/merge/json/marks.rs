//! Marks changes as ambiguous if another result would be equally good.

use super::arrange::{Arrangement, Placed};
use super::merge::Merger;
use super::plan::{Item, Plan};
use super::roster::{Policy, Roster};
use super::sides::{NONE, Side};

impl Merger<'_> {
    /// For each element, whether its identity or its place is uncertain.
    pub(super) fn unsure_elements(&self, roster: &Roster, arrangement: &Arrangement, order: &[u32]) -> Vec<bool> {
        let mut unsure = arrangement.unsure.clone();
        if !matches!(roster.policy, Policy::Unique | Policy::Sequence) {
            return unsure;
        }
        if arrangement.orders[1] != arrangement.orders[2] {
            self.mark_maybe_moved(roster, arrangement, order, &mut unsure);
        }
        // An element that was both moved and edited may be two elements: a removed one and an inserted one.
        for &item in order {
            let nodes = roster.elements[item as usize].nodes;
            let edited = || !self.same(nodes, Side::Base, Side::Mine) || !self.same(nodes, Side::Base, Side::Theirs);
            unsure[item as usize] |= arrangement.is_moved(item as usize) && edited();
        }
        unsure
    }

    /// Marks an element that a side may have moved, if the other side placed the same element or a neighbour. Marks that neighbour, too.
    fn mark_maybe_moved(&self, roster: &Roster, arrangement: &Arrangement, order: &[u32], unsure: &mut [bool]) {
        let put = |item: u32, by: usize| {
            let (at, nodes) = (item as usize, roster.elements[item as usize].nodes);
            let has = if by == 0 { nodes.mine } else { nodes.theirs } != NONE;
            arrangement.moved[at][by] || arrangement.maybe_moved[at][by] || (nodes.base == NONE && has)
        };
        for (at, &item) in order.iter().enumerate() {
            for &beside in &order[at.saturating_sub(1)..(at + 2).min(order.len())] {
                let is_unclear = |by: usize| arrangement.maybe_moved[item as usize][by] && put(beside, 1 - by);
                if is_unclear(0) || is_unclear(1) {
                    unsure[item as usize] = true;
                    unsure[beside as usize] = true;
                }
            }
        }
    }

    /// Marks the change and the move of an item. With `is_order_free`, only the order at this place is uncertain.
    pub(super) fn mark_ambiguous(&mut self, item: &Item, is_order_free: bool) {
        let change = match (item.plan.as_ref().map(Plan::of_value), &item.run) {
            (_, Some(run)) => run.change,
            (Some(Plan::Choose(choice)), _) => choice.change,
            _ => NONE,
        };
        if let Some(change) = self.changes.get_mut(change as usize) {
            change.is_order_free = is_order_free && (change.is_order_free || !change.ambiguous);
            change.ambiguous = true;
        }
        if let Some(change) = self.changes.get_mut(item.moved as usize) {
            change.is_order_free = is_order_free && !change.ambiguous;
        }
        self.mark_move(item.moved);
    }

    /// Marks a move, unless it is a conflict: people decide a conflict anyway.
    pub(super) fn mark_move(&mut self, change: u32) {
        if let Some(change) = self.changes.get_mut(change as usize) {
            change.ambiguous |= change.clash.is_none();
        }
    }
}

/// For each element, whether the other side put a neighbour at the same place, so that their order is free.
pub(super) fn free_neighbours(roster: &Roster, arrangement: &Arrangement, order: &[u32]) -> Vec<bool> {
    let mut free = vec![false; roster.elements.len()];
    let new = |item: u32| roster.elements[item as usize].nodes.base == NONE;
    for pair in order.windows(2) {
        let [left, right] = [pair[0], pair[1]];
        let placed = [arrangement.placed[left as usize], arrangement.placed[right as usize]];
        let crossed = matches!(
            placed,
            [Placed::By(Side::Mine), Placed::By(Side::Theirs)] | [Placed::By(Side::Theirs), Placed::By(Side::Mine)]
        );
        if crossed && roster.policy != Policy::Set && (new(left) || new(right)) {
            free[left as usize] = true;
            free[right as usize] = true;
        }
    }
    free
}
