//! Merges the three orders of members or elements into one order.

use crate::gather::Gather;
use std::cmp::Ordering;

use super::sides::{NONE, Side};
use crate::merge::sort::sort_pairs;

/// Who decides the place of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placed {
    /// Nobody moved it: it keeps its place among the other unmoved items.
    Anchored,
    /// This side.
    By(Side),
    /// Mine and theirs, who put it at the same place. Such an item is called a pivot.
    ByBoth,
}

/// The places of items. The order can be computed again after a pick changed who decides the place of an item.
#[derive(Debug, Clone)]
pub(super) struct Arrangement {
    /// The items in the order of base, mine and theirs.
    pub orders: [Vec<u32>; 3],
    pub placed: Vec<Placed>,
    /// Whether mine or theirs moved the item.
    pub moved: Vec<[bool; 2]>,
    /// Whether it is unclear if mine, or theirs, moved this item or another one past it.
    pub maybe_moved: Vec<[bool; 2]>,
    /// Whether both moved or inserted the item, at different places.
    pub contested: Vec<bool>,
    /// Whether both put the item at places that are probably, but not surely, the same.
    pub unsure: Vec<bool>,
    /// Whether base, mine and theirs have the item.
    present: Vec<[bool; 3]>,
}

/// The position of each item in an order; [`NONE`] if the order lacks the item.
fn positions(count: usize, order: &[u32]) -> Vec<u32> {
    let mut positions = vec![NONE; count];
    for (at, &item) in (0_u32..).zip(order) {
        positions[item as usize] = at;
    }
    positions
}

/// Marks which of `values` belong to one longest increasing subsequence.
pub(super) fn longest_increasing(values: &[u32]) -> Vec<bool> {
    let mut kept = vec![true; values.len()];
    if values.is_sorted() {
        return kept;
    }
    kept.fill(false);
    // tails[k] is the index of the smallest last value of an increasing run of length k + 1.
    let mut tails: Vec<u32> = Vec::new();
    let mut before = vec![NONE; values.len()];
    for (at, value) in (0_u32..).zip(values) {
        let length = tails.partition_point(|&tail| values[tail as usize] < *value);
        if length > 0 {
            before[at as usize] = tails[length - 1];
        }
        if length == tails.len() {
            tails.push(at);
        } else {
            tails[length] = at;
        }
    }
    let mut at = tails.last().copied().unwrap_or(NONE);
    while at != NONE {
        kept[at as usize] = true;
        at = before[at as usize];
    }
    kept
}

/// Which values are larger than all before them and smaller than all after them.
fn in_order_with_all(values: &[u32]) -> Vec<bool> {
    let mut fits = Vec::with_capacity(values.len());
    let mut largest = None;
    for &value in values {
        fits.push(largest.is_none_or(|largest| largest < value));
        largest = largest.max(Some(value));
    }
    let mut smallest = NONE;
    for (fits, &value) in fits.iter_mut().zip(values).rev() {
        *fits &= value < smallest;
        smallest = smallest.min(value);
    }
    fits
}

impl Arrangement {
    /// Finds the moved items, and who decides each place. Each order has every item of its side once.
    pub(super) fn new(count: usize, orders: [Vec<u32>; 3]) -> Self {
        let base_positions = positions(count, &orders[0]);
        let mut moved = vec![[false; 2]; count];
        let mut maybe_moved = moved.clone();
        for side in 0..2 {
            let shared: Vec<u32> =
                orders[side + 1].iter().copied().filter(|&item| base_positions[item as usize] != NONE).gather();
            let values: Vec<u32> = shared.iter().map(|&item| base_positions[item as usize]).gather();
            let kept = longest_increasing(&values);
            // The search from the other end may keep other items. Then it is unclear which items moved.
            let mirrored: Vec<u32> = values.iter().rev().map(|value| NONE - value).gather();
            let others = longest_increasing(&mirrored);
            for (at, &item) in shared.iter().enumerate() {
                moved[item as usize][side] = !kept[at];
                maybe_moved[item as usize][side] = kept[at] != others[shared.len() - 1 - at];
            }
        }
        let mut present = vec![[false; 3]; count];
        for (side, order) in orders.iter().enumerate() {
            for &item in order {
                present[item as usize][side] = true;
            }
        }
        let mut arrangement = Self {
            orders,
            placed: vec![Placed::Anchored; count],
            moved,
            maybe_moved,
            contested: vec![false; count],
            unsure: vec![false; count],
            present,
        };
        arrangement.place(&base_positions);
        arrangement
    }

    fn place(&mut self, base_positions: &[u32]) {
        let count = self.placed.len();
        let mine = positions(count, &self.orders[1]);
        let theirs = positions(count, &self.orders[2]);
        let mut shared = Vec::new();
        for item in 0..count {
            let new = base_positions[item] == NONE;
            let by_mine = mine[item] != NONE && (new || self.moved[item][0]);
            let by_theirs = theirs[item] != NONE && (new || self.moved[item][1]);
            self.placed[item] = match (by_mine, by_theirs) {
                (false, false) => Placed::Anchored,
                (true, false) => Placed::By(Side::Mine),
                (false, true) => Placed::By(Side::Theirs),
                (true, true) => {
                    shared.push(item as u32);
                    Placed::ByBoth
                }
            };
        }
        if shared.is_empty() {
            return;
        }
        // Two places are the same if they are between the same unmoved items, and pivots there have the same order on both sides.
        let stays: Vec<bool> = (0..count)
            .map(|item| self.placed[item] == Placed::Anchored && self.present[item][1] && self.present[item][2])
            .gather();
        let (gaps_mine, gaps_theirs) = (self.gaps(1, &stays), self.gaps(2, &stays));
        let mut together: Vec<(u64, u32)> = Vec::new();
        for item in shared {
            if gaps_mine[item as usize] == gaps_theirs[item as usize] {
                together.push((u64::from(mine[item as usize]), item));
            } else {
                self.contested[item as usize] = true;
            }
        }
        sort_pairs(&mut together);
        let values: Vec<u32> = together.iter().map(|&(_, item)| theirs[item as usize]).gather();
        let mut pivots = Vec::with_capacity(together.len());
        for (&(_, item), fits) in together.iter().zip(in_order_with_all(&values)) {
            if fits {
                pivots.push(item);
            } else {
                self.contested[item as usize] = true;
            }
        }
        self.settle(Side::Mine);
        self.unite(&pivots);
    }

    /// Places the items around pivots that only one side kept. Such items can be before a pivot on one side and after it on the other,
    /// against their order in base. The side that kept such an item then decides its place.
    fn unite(&mut self, pivots: &[u32]) {
        let anchors = self.anchors();
        let (gaps_mine, gaps_theirs) = (self.gaps(1, &anchors), self.gaps(2, &anchors));
        let mut done = 0;
        for &item in pivots {
            let ((first, last), (other_first, other_last)) = (gaps_mine[item as usize], gaps_theirs[item as usize]);
            self.unsure[item as usize] = (first, last) != (other_first, other_last);
            let (from, to) = (last.min(other_last).max(done), first.max(other_first));
            for position in from..to {
                let between = self.orders[0][position as usize] as usize;
                self.placed[between] = match (self.placed[between], self.present[between]) {
                    (Placed::Anchored, [_, true, false]) => Placed::By(Side::Mine),
                    (Placed::Anchored, [_, false, true]) => Placed::By(Side::Theirs),
                    (placed, _) => placed,
                };
            }
            done = done.max(to);
        }
    }

    /// For each item of an order, the number of pivots before it.
    pub(super) fn pivots_before(&self, order: usize) -> Vec<u32> {
        let mut before = vec![0; self.placed.len()];
        let mut count = 0;
        for &item in &self.orders[order] {
            before[item as usize] = count;
            count += u32::from(self.placed[item as usize] == Placed::ByBoth);
        }
        before
    }

    fn anchors(&self) -> Vec<bool> {
        self.placed.iter().map(|placed| *placed == Placed::Anchored).gather()
    }

    /// Lets `side` place the contested items.
    pub(super) fn settle(&mut self, side: Side) {
        for (placed, contested) in self.placed.iter_mut().zip(&self.contested) {
            if *contested {
                *placed = Placed::By(side);
            }
        }
    }

    pub(super) fn is_contested(&self) -> bool {
        self.contested.contains(&true)
    }

    /// Whether a side moved an item that all sides have, or both put it at different places.
    pub(super) fn is_moved(&self, item: usize) -> bool {
        self.contested[item] || (self.present[item] == [true; 3] && self.moved[item] != [false; 2])
    }

    /// Whether mine moved the item, whether theirs did, and whether the places differ.
    pub(super) fn move_of(&self, item: u32) -> [bool; 3] {
        let [mine, theirs] = self.moved[item as usize];
        let contested = self.contested[item as usize];
        [mine || contested, theirs || contested, contested]
    }

    /// Whether mine moved an item, and whether theirs did.
    pub(super) fn movers(&self) -> [bool; 2] {
        [0, 1].map(|side| {
            (0..self.moved.len()).any(|item| self.is_moved(item) && (self.moved[item][side] || self.contested[item]))
        })
    }

    /// Whether mine and theirs differ in the order of the items that all sides have.
    pub(super) fn has_two_orders(&self) -> bool {
        let common = |order: usize| self.orders[order].iter().filter(|&&item| self.present[item as usize] == [true; 3]);
        !common(1).eq(common(2))
    }

    /// For each item in the order of a side, the range of positions of base where it may belong. The range begins after the
    /// anchor before the item, and ends at the anchor after it.
    fn gaps(&self, order: usize, anchors: &[bool]) -> Vec<(u32, u32)> {
        let base_positions = positions(self.placed.len(), &self.orders[0]);
        let mut gaps = vec![(0, 0); self.placed.len()];
        let mut gap = 0;
        for &item in &self.orders[order] {
            if anchors[item as usize] {
                gap = base_positions[item as usize] + 1;
            }
            gaps[item as usize].0 = gap;
        }
        let mut gap = self.orders[0].len() as u32;
        for &item in self.orders[order].iter().rev() {
            if anchors[item as usize] {
                gap = base_positions[item as usize];
            }
            gaps[item as usize].1 = gap;
        }
        gaps
    }

    /// Lets `side` place an item. For base, a side that did not move the item shows its place among the current neighbours.
    /// With `whole`, one pick places all moved items, so that the order of base itself can be used.
    pub(super) fn place_by(&mut self, item: usize, side: Side, whole: bool) {
        let has = |order: usize| self.present[item][order];
        let placed = match side {
            Side::Mine if has(1) => Placed::By(Side::Mine),
            Side::Theirs if has(2) => Placed::By(Side::Theirs),
            Side::Base if whole && has(0) => Placed::By(Side::Base),
            _ if has(2) && !self.moved[item][1] => Placed::By(Side::Theirs),
            _ if has(1) && !self.moved[item][0] => Placed::By(Side::Mine),
            _ if has(0) => Placed::By(Side::Base),
            _ => return,
        };
        self.placed[item] = placed;
    }

    /// The items with one order on all sides: the anchors, and the pivots between them.
    fn spine(&self) -> Vec<u32> {
        let anchors = self.anchors();
        let is_pivot = |item: &u32| self.placed[*item as usize] == Placed::ByBoth;
        let mut pivots = self.orders[1].iter().copied().filter(is_pivot).peekable();
        if pivots.peek().is_none() {
            return self.orders[0].iter().copied().filter(|&item| anchors[item as usize]).gather();
        }
        let (mine, theirs) = (self.gaps(1, &anchors), self.gaps(2, &anchors));
        let mut spine = Vec::with_capacity(self.placed.len());
        for (position, &item) in (0_u32..).zip(&self.orders[0]) {
            let is_before = |pivot: &u32| mine[*pivot as usize].0.max(theirs[*pivot as usize].0) <= position;
            while let Some(pivot) = pivots.next_if(is_before) {
                spine.push(pivot);
            }
            if anchors[item as usize] {
                spine.push(item);
            }
        }
        spine.extend(pivots);
        spine
    }

    /// All items in the merged order. `tie` orders different items that mine and theirs put at one place.
    pub(super) fn order(&self, tie: &dyn Fn(u32, u32) -> Ordering) -> Vec<u32> {
        let count = self.placed.len();
        let spine = self.spine();
        let places = positions(count, &spine);
        let mut lists: [Vec<(u32, u32)>; 3] = Default::default();
        for (at, side) in [(0, Side::Base), (1, Side::Mine), (2, Side::Theirs)] {
            let mut gap = 0;
            for &item in &self.orders[at] {
                match self.placed[item as usize] {
                    Placed::By(by) if by == side => lists[at].push((gap, item)),
                    // Both moved it, so its position in base is irrelevant.
                    Placed::ByBoth if at == 0 => {}
                    Placed::Anchored | Placed::ByBoth if places[item as usize] != NONE => {
                        gap = places[item as usize] + 1;
                    }
                    _ => {}
                }
            }
        }
        let mut out = Output { order: Vec::with_capacity(count), done: vec![false; count] };
        let mut cursors = [0; 3];
        fill(0, &lists, &mut cursors, &mut out, tie);
        for (gap, &item) in (1..).zip(&spine) {
            out.push(item);
            fill(gap, &lists, &mut cursors, &mut out, tie);
        }
        for item in 0..count as u32 {
            out.push(item);
        }
        out.order
    }
}

/// Appends the items of one gap of the spine.
fn fill(
    gap: u32,
    lists: &[Vec<(u32, u32)>; 3],
    cursors: &mut [usize; 3],
    out: &mut Output,
    tie: &dyn Fn(u32, u32) -> Ordering,
) {
    let [base, mine, theirs] = [0, 1, 2].map(|side: usize| {
        let list = &lists[side][cursors[side]..];
        let length = list.iter().take_while(|entry| entry.0 == gap).count();
        cursors[side] += length;
        &list[..length]
    });
    for &(_, item) in base {
        out.push(item);
    }
    merge_runs(mine, theirs, out, tie);
}

/// Merges two runs at one place. The smaller first item goes first, so that swapped sides have the same result.
fn merge_runs(mut left: &[(u32, u32)], mut right: &[(u32, u32)], out: &mut Output, tie: &dyn Fn(u32, u32) -> Ordering) {
    let compare = |left: &[(u32, u32)], right: &[(u32, u32)]| {
        let pairs = left.iter().zip(right);
        let orders = pairs.map(|(one, other)| tie(one.1, other.1));
        orders.fold(Ordering::Equal, Ordering::then).then(left.len().cmp(&right.len()))
    };
    while let (Some(&(_, first)), Some(&(_, second))) = (left.first(), right.first()) {
        let order = match tie(first, second) {
            Ordering::Equal => compare(left, right),
            order => order,
        };
        if order == Ordering::Greater {
            out.push(second);
            right = &right[1..];
        } else {
            out.push(first);
            left = &left[1..];
        }
    }
    for &(_, item) in left.iter().chain(right) {
        out.push(item);
    }
}

struct Output {
    order: Vec<u32>,
    done: Vec<bool>,
}

impl Output {
    /// Appends an item unless the order has it already: picks can place an item twice.
    fn push(&mut self, item: u32) {
        if !std::mem::replace(&mut self.done[item as usize], true) {
            self.order.push(item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arranged(base: &[u32], mine: &[u32], theirs: &[u32]) -> (Vec<u32>, Vec<u32>) {
        let count = base.iter().chain(mine).chain(theirs).max().map_or(0, |max| max + 1) as usize;
        let arrangement = Arrangement::new(count, [base.to_vec(), mine.to_vec(), theirs.to_vec()]);
        let present = |item: &u32| base.contains(item) || mine.contains(item) || theirs.contains(item);
        (
            arrangement.order(&|left, right| left.cmp(&right)).into_iter().filter(present).collect(),
            (0..count as u32).filter(|&item| arrangement.contested[item as usize]).collect(),
        )
    }

    #[test]
    fn one_mover_decides_and_insertions_follow_their_neighbours() {
        assert_eq!(arranged(&[1, 2, 3], &[3, 1, 2], &[1, 2, 3]), (vec![3, 1, 2], vec![]));
        assert_eq!(arranged(&[1, 2, 3], &[1, 2, 3], &[3, 2, 1]), (vec![3, 2, 1], vec![]));
        assert_eq!(arranged(&[1, 2], &[1, 8, 2], &[1, 2, 9]), (vec![1, 8, 2, 9], vec![]));
        assert_eq!(arranged(&[1, 2], &[1, 2, 8], &[1, 2, 7]), (vec![1, 2, 7, 8], vec![]));
        assert_eq!(arranged(&[1, 2], &[1, 2, 7], &[1, 2, 8]), (vec![1, 2, 7, 8], vec![]));
    }

    #[test]
    fn an_item_that_both_moved_is_in_the_order_once_and_contested_if_the_places_differ() {
        assert_eq!(arranged(&[1, 2, 3, 4], &[4, 1, 2, 3], &[1, 4, 2, 3]), (vec![4, 1, 2, 3], vec![4]));
        assert_eq!(arranged(&[1, 2, 3, 4], &[4, 1, 2, 3], &[4, 1, 2, 3]), (vec![4, 1, 2, 3], vec![]));
        assert_eq!(arranged(&[1, 2], &[8, 1, 2], &[1, 2, 8]), (vec![8, 1, 2], vec![8]));
    }

    #[test]
    fn the_longest_increasing_run_is_kept() {
        assert_eq!(longest_increasing(&[3, 0, 1, 2]), [false, true, true, true]);
        assert_eq!(longest_increasing(&[]), []);
        assert_eq!(longest_increasing(&[2, 5, 3, 7, 4, 6]).iter().filter(|&&kept| kept).count(), 4);
    }
}
