//! The order of members and elements: three orders of the same things become one.

use crate::gather::Gather;
use crate::gather::{both, three};
use std::cmp::Ordering;

use super::plan::{NONE, Side};
use crate::merge::sort::sort_pairs;

/// Who decides where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placed {
    /// Nobody moved it: it keeps its place among the others that nobody moved.
    Anchored,
    /// This side.
    By(Side),
    /// Mine and theirs, who put it at the same place.
    ByBoth,
}

/// What is needed to put items in order again when a decision changes who places one.
#[derive(Debug, Clone)]
pub(super) struct Arrangement {
    /// Items in the order of base, mine, theirs.
    pub orders: [Vec<u32>; 3],
    pub placed: Vec<Placed>,
    /// Whether mine or theirs moved the item.
    pub moved: Vec<[bool; 2]>,
    /// Whether mine or theirs moved the item, or another one in its stead, as one pleases.
    pub slippery: Vec<[bool; 2]>,
    /// Both moved (or inserted) the item, to different places.
    pub contested: Vec<bool>,
    /// Both inserted the item, and it is only likely that they mean the same place.
    pub unsure: Vec<bool>,
    /// Which of base, mine, theirs hold the item.
    present: Vec<[bool; 3]>,
}

/// Positions of the items in one order; [`NONE`] where the item is not in it.
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
    /// Finds what moved, and who places what. `orders` hold every item of a side once.
    pub(super) fn new(count: usize, orders: [Vec<u32>; 3]) -> Self {
        let base_positions = positions(count, &orders[0]);
        let mut moved = vec![[false; 2]; count];
        let mut slippery = moved.clone();
        for side in 0..2 {
            let shared: Vec<u32> =
                orders[side + 1].iter().copied().filter(|&item| base_positions[item as usize] != NONE).gather();
            let values: Vec<u32> = shared.iter().map(|&item| base_positions[item as usize]).gather();
            let kept = longest_increasing(&values);
            // The same from the other end: where that keeps others, either may be the ones that moved.
            let mirrored: Vec<u32> = values.iter().rev().map(|value| NONE - value).gather();
            let others = longest_increasing(&mirrored);
            for (at, &item) in shared.iter().enumerate() {
                moved[item as usize][side] = !kept[at];
                slippery[item as usize][side] = kept[at] != others[shared.len() - 1 - at];
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
            slippery,
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
        // Same place: between the same unmoved items, and in the same order among the items that both put there.
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

    /// Makes room for items that both put at one place. A removed item may stand before such an item on one side and behind it on the
    /// other; it then takes its place on the side that kept it.
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

    /// How many items that both put at one place stand before each item in an order.
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

    /// Lets `side` place what is contested.
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

    /// Whether somebody moved an item that both still have, or both inserted it at different places.
    pub(super) fn is_moved(&self, item: usize) -> bool {
        self.contested[item] || (self.present[item] == [true; 3] && self.moved[item] != [false; 2])
    }

    /// Whether mine moved the item, whether theirs did, and whether to different places.
    pub(super) fn move_of(&self, item: u32) -> [bool; 3] {
        let [mine, theirs] = self.moved[item as usize];
        let contested = self.contested[item as usize];
        [mine || contested, theirs || contested, contested]
    }

    /// Whether mine and theirs moved anything.
    pub(super) fn movers(&self) -> [bool; 2] {
        both([0, 1], |side| {
            (0..self.moved.len()).any(|item| self.is_moved(item) && (self.moved[item][side] || self.contested[item]))
        })
    }

    /// Whether mine and theirs have what all sides have in different orders.
    pub(super) fn has_two_orders(&self) -> bool {
        let common = |order: usize| self.orders[order].iter().filter(|&&item| self.present[item as usize] == [true; 3]);
        !common(1).eq(common(2))
    }

    /// For each item in one side's order the gaps of base where it may be meant to stand: after the anchor before it
    /// (its position plus one, or 0), up to before the anchor after it.
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

    /// Lets a side place an item; a side that did not move it means its place in base. With `whole` all that anybody moved
    /// goes the same way.
    pub(super) fn place_by(&mut self, item: usize, side: Side, whole: bool) {
        let stands = |order: usize| self.present[item][order];
        let placed = match side {
            Side::Mine if stands(1) => Placed::By(Side::Mine),
            Side::Theirs if stands(2) => Placed::By(Side::Theirs),
            Side::Base if whole && stands(0) => Placed::By(Side::Base),
            // The place in base, seen from a side that left it there, so that its neighbours are right too.
            _ if stands(2) && !self.moved[item][1] => Placed::By(Side::Theirs),
            _ if stands(1) && !self.moved[item][0] => Placed::By(Side::Mine),
            _ if stands(0) => Placed::By(Side::Base),
            _ => return,
        };
        self.placed[item] = placed;
    }

    /// The items with one order on every side: the anchors, and between them the items that both put at one place.
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

    /// Every item once. `tie` orders what mine and theirs independently put at one place.
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
                    // Its position in base is irrelevant now.
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

/// All items of one gap of the spine.
fn fill(
    gap: u32,
    lists: &[Vec<(u32, u32)>; 3],
    cursors: &mut [usize; 3],
    out: &mut Output,
    tie: &dyn Fn(u32, u32) -> Ordering,
) {
    let [base, mine, theirs] = three([0, 1, 2], |side: usize| {
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

/// Two runs that belong to one place: the smaller head goes first, so that swapping the sides changes nothing.
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
    /// Whatever the decisions, nothing stands twice.
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
    fn an_item_moved_to_two_places_stands_once_and_is_contested() {
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
