//! Represents edits of arrays as hunks over base, and merges hunks of the two sides that meet.

use crate::gather::Gather;

use json_tree::mix;

use super::arrange::Arrangement;
use super::merge::Merger;
use super::plan::Run;
use super::roster::{Element, Policy, Roster, nodes_of};
use super::sides::{NONE, Side, Three};
use super::tree::{At, Kind, Members, equal};

/// Up to this number, scalars that both sides replaced are paired by position, as in a vector or a colour. More are decided as a whole.
const MAX_PAIRED_SCALARS: usize = 16;

/// A range of base in which one side deleted items, and the items that it inserted there, in order.
#[derive(Debug, Clone)]
pub(super) struct Hunk {
    pub start: usize,
    pub end: usize,
    pub deleted: Vec<u32>,
    pub inserted: Vec<u32>,
    /// Whether moved elements, or elements that both inserted at different places, are or were in the range.
    pub mixed: bool,
}

/// Hunks that meet, or a single hunk of one side.
pub(super) struct Cluster<'h> {
    mine: &'h [Hunk],
    theirs: &'h [Hunk],
}

/// The edit of one side (1 mine, 2 theirs) as hunks, in the order of base. Moved elements are left out.
///
/// The number of an item of base is its position in base. `separate` marks positions of base before which an element is decided
/// separately: this side moved it there, or both sides inserted it at different places.
pub(super) fn of(roster: &Roster, arrangement: &Arrangement, order: usize, separate: &mut [bool]) -> Vec<Hunk> {
    let side = if order == 1 { Side::Mine } else { Side::Theirs };
    let mut hunks = Vec::new();
    let mut inserted = Vec::new();
    let mut cursor = 0;
    let mut mixed = false;
    let mut close = |cursor: usize, next: usize, inserted: &mut Vec<u32>, mixed: &mut bool| {
        let mixed = std::mem::take(mixed) || (cursor..next).any(|item| roster.moved[item]);
        let gone = |item: &u32| {
            let element = &roster.elements[*item as usize];
            element.nodes.get(side).is_none() && element.moved.is_none()
        };
        let deleted: Vec<u32> = (cursor as u32..next as u32).filter(gone).gather();
        if deleted.is_empty() && inserted.is_empty() {
            return;
        }
        let start = deleted.first().map_or(cursor, |&first| first as usize);
        let end = deleted.last().map_or(start, |&last| last as usize + 1);
        hunks.push(Hunk { start, end, deleted, inserted: std::mem::take(inserted), mixed });
    };
    for &item in &roster.orders[order] {
        let nodes = roster.elements[item as usize].nodes;
        if nodes.base == NONE {
            if roster.elements[item as usize].moved.is_some() {
                separate[cursor] = true;
                mixed = true;
            } else if nodes.mine == NONE || nodes.theirs == NONE {
                inserted.push(item);
            } else if arrangement.contested[item as usize] {
                separate[cursor] = true;
                mixed = true;
            }
        } else if arrangement.moved[item as usize][order - 1] {
            separate[cursor] = true;
            mixed = true;
        } else {
            close(cursor, item as usize, &mut inserted, &mut mixed);
            cursor = item as usize + 1;
        }
    }
    close(cursor, roster.orders[0].len(), &mut inserted, &mut mixed);
    hunks
}

impl Hunk {
    /// Whether it only inserts, between elements that `range` replaces.
    fn is_inside(&self, range: &Self) -> bool {
        self.start == self.end && range.start < self.start && self.start < range.end
    }

    /// Whether their ranges have an element in common.
    fn overlaps(&self, other: &Self) -> bool {
        self.start.max(other.start) < self.end.min(other.end)
    }
}

/// Whether two hunks cannot both be applied without guessing.
fn clash(policy: Policy, one: &Hunk, other: &Hunk) -> bool {
    if one.inserted.is_empty() && other.inserted.is_empty() {
        return false;
    }
    if one.overlaps(other) {
        return true;
    }
    // Different scalars identify themselves, so that two insertions at one point are both kept.
    if policy == Policy::Unique {
        return false;
    }
    let meets = |point: &Hunk, range: &Hunk| {
        let touching = range.start <= point.start && point.start <= range.end;
        point.is_inside(range) || (point.start == point.end && touching && !range.inserted.is_empty())
    };
    meets(one, other) || meets(other, one)
}

/// Groups hunks that clash. Each other hunk is a cluster of its own.
pub(super) fn clusters<'h>(policy: Policy, mine: &'h [Hunk], theirs: &'h [Hunk]) -> Vec<Cluster<'h>> {
    let mut clusters = Vec::new();
    let (mut left, mut right) = (0, 0);
    while left < mine.len() || right < theirs.len() {
        let (left_start, right_start) = (left, right);
        let mine_first = match (mine.get(left), theirs.get(right)) {
            (Some(one), Some(other)) => (one.start, one.end) <= (other.start, other.end),
            (one, _) => one.is_some(),
        };
        if mine_first {
            left += 1;
        } else {
            right += 1;
        }
        loop {
            let last_mine = mine[left_start..left].last();
            let last_theirs = theirs[right_start..right].last();
            // Insertions and removals inside a conflict are decided with its elements. Later hunks may clash with such a removal again.
            let is_conflict = last_mine.is_some() && last_theirs.is_some();
            let belongs = |next: &Hunk, last: &Hunk| {
                clash(policy, next, last) || (is_conflict && (next.is_inside(last) || next.overlaps(last)))
            };
            if let (Some(last), Some(next)) = (last_theirs, mine.get(left))
                && belongs(next, last)
            {
                left += 1;
            } else if let (Some(last), Some(next)) = (last_mine, theirs.get(right))
                && belongs(next, last)
            {
                right += 1;
            } else {
                break;
            }
        }
        clusters.push(Cluster { mine: &mine[left_start..left], theirs: &theirs[right_start..right] });
    }
    clusters
}

/// Applies one cluster to the roster. Returns `false` if the roster stays the same.
pub(super) fn settle(merger: &Merger<'_>, roster: &mut Roster, cluster: &Cluster<'_>) -> bool {
    match (cluster.mine, cluster.theirs) {
        ([hunk], []) => replace_one_by_one(roster, hunk, Side::Mine),
        ([], [hunk]) => replace_one_by_one(roster, hunk, Side::Theirs),
        ([one], [other]) if same_edit(roster, one, other) => {
            for (&item, &twin) in one.inserted.iter().zip(&other.inserted) {
                roster.join(item, twin, Side::Theirs);
            }
            if one.deleted.len() == one.inserted.len() {
                for (&old, &new) in one.deleted.iter().zip(&one.inserted) {
                    roster.join(old, new, Side::Mine);
                    roster.join(old, new, Side::Theirs);
                }
            }
            true
        }
        ([one], [other]) if one.deleted.is_empty() && other.deleted.is_empty() && one.start == other.start => {
            match (roster.rank(0, &one.inserted), roster.rank(1, &other.inserted)) {
                (Some(mine), Some(theirs)) if !one.mixed && !other.mixed => {
                    // With different ranks, a pivot separates the two insertions, and both are kept.
                    if mine == theirs {
                        insert_both(roster, one, other);
                    }
                }
                _ => roster.whole = true,
            }
            true
        }
        _ => {
            let region = Region::new(roster, cluster);
            // An element inside a region cannot be decided separately.
            let inside = (region.start + 1..region.end).any(|at| roster.separate[at]) || !region.is_undivided(roster);
            // Nor can an element that was moved away from its edge: its place in base would be unclear.
            let has_moved_neighbour = roster.has_moved_neighbour(&region);
            if inside || has_moved_neighbour || hunks_of(cluster).any(|hunk| hunk.mixed) {
                roster.whole = true;
            } else if !region.pair(merger, roster) {
                roster.run(region);
            }
            true
        }
    }
}

fn hunks_of<'c>(cluster: &'c Cluster<'_>) -> impl Iterator<Item = &'c Hunk> {
    cluster.mine.iter().chain(cluster.theirs)
}

fn same_edit(roster: &Roster, one: &Hunk, other: &Hunk) -> bool {
    let tokens = |hunk: &Hunk| hunk.inserted.iter().map(|&item| roster.tokens[item as usize]).gather();
    one.deleted == other.deleted && tokens(one) == tokens(other)
}

/// Takes new elements as edits of old ones, if one side replaced old elements by equally many new ones. Returns `false` if a pivot is
/// between an old and its new element: an edit does not move an element.
fn replace_one_by_one(roster: &mut Roster, hunk: &Hunk, side: Side) -> bool {
    let (edited, other) = if side == Side::Mine { (0, 1) } else { (1, 0) };
    let in_place = |(&old, &new): (&u32, &u32)| {
        roster.moved[old as usize] || roster.pivots[edited][new as usize] == roster.pivots[other][old as usize]
    };
    if hunk.deleted.len() != hunk.inserted.len() || !hunk.deleted.iter().zip(&hunk.inserted).all(in_place) {
        return false;
    }
    for (&old, &new) in hunk.deleted.iter().zip(&hunk.inserted) {
        roster.join(old, new, side);
    }
    true
}

/// Merges two insertions at one point. Equal elements at both ends are the same edit. The rest is a conflict if both sides have a rest.
fn insert_both(roster: &mut Roster, one: &Hunk, other: &Hunk) {
    let token = |item: &u32| roster.tokens[*item as usize];
    let (mine, theirs) = (&one.inserted, &other.inserted);
    let prefix = mine.iter().zip(theirs).take_while(|(left, right)| token(left) == token(right)).count();
    let (mine_rest, theirs_rest) = (&mine[prefix..], &theirs[prefix..]);
    let suffix = mine_rest
        .iter()
        .rev()
        .zip(theirs_rest.iter().rev())
        .take_while(|(left, right)| token(left) == token(right))
        .count();
    let (mine_rest, mine_end) = mine_rest.split_at(mine_rest.len() - suffix);
    let (theirs_rest, theirs_end) = theirs_rest.split_at(theirs_rest.len() - suffix);
    for (&item, &twin) in mine[..prefix].iter().zip(&theirs[..prefix]).chain(mine_end.iter().zip(theirs_end)) {
        roster.join(item, twin, Side::Theirs);
    }
    if mine_rest.is_empty() || theirs_rest.is_empty() {
        for &item in mine_rest.iter().chain(theirs_rest) {
            roster.elements[item as usize].ambiguous = true;
        }
        return;
    }
    roster.run(Region {
        start: one.start,
        end: one.start,
        base: Vec::new(),
        mine: mine_rest.to_vec(),
        theirs: theirs_rest.to_vec(),
    });
}

/// A range of base that both sides edited, with the items of each side in it.
pub(super) struct Region {
    start: usize,
    end: usize,
    base: Vec<u32>,
    mine: Vec<u32>,
    theirs: Vec<u32>,
}

/// The search for a kept element beside a region ends after this number. Many regions without one would take quadratic time.
const MAX_PASSED: usize = 256;

impl Roster {
    /// The number of pivots before these items of a side (0 mine, 1 theirs). `None` if a pivot is between them.
    fn rank(&self, order: usize, items: &[u32]) -> Option<u32> {
        let before = |item: Option<&u32>| item.map_or(0, |&item| self.pivots[order][item as usize]);
        let (first, last) = (before(items.first()), before(items.last()));
        (first == last).then_some(first)
    }

    /// Whether a side moved an element from inside a region, or from beside it without a kept element in between.
    fn has_moved_neighbour(&self, region: &Region) -> bool {
        let passes = |item: usize| {
            let nodes = self.elements[item].nodes;
            !self.moved[item] && (nodes.mine == NONE || nodes.theirs == NONE)
        };
        let (mut from, mut to) = (region.start, region.end);
        while from > 0 && region.start - from < MAX_PASSED && passes(from - 1) {
            from -= 1;
        }
        while to < self.orders[0].len() && to - region.end < MAX_PASSED && passes(to) {
            to += 1;
        }
        let (from, to) = (from.saturating_sub(1), (to + 1).min(self.orders[0].len()));
        self.moved[from..to].contains(&true)
    }
}

impl Region {
    fn new(roster: &Roster, cluster: &Cluster<'_>) -> Self {
        let hunks = || hunks_of(cluster);
        let start = hunks().map(|hunk| hunk.start).min().unwrap_or(0);
        let end = hunks().map(|hunk| hunk.end).max().unwrap_or(start);
        // Moved elements are decided separately.
        let stays = |item: &u32| !roster.moved[*item as usize];
        let on = |hunks: &[Hunk], side: Side| {
            let mut items = Vec::new();
            let mut next = hunks.iter().peekable();
            for position in start..=end {
                while let Some(hunk) = next.next_if(|hunk| hunk.start == position) {
                    items.extend_from_slice(&hunk.inserted);
                }
                let item = position as u32;
                if position < end && stays(&item) && roster.elements[position].nodes.get(side).is_some() {
                    items.push(item);
                }
            }
            items
        };
        let base = (start as u32..end as u32).filter(stays).gather();
        Self { start, end, base, mine: on(cluster.mine, Side::Mine), theirs: on(cluster.theirs, Side::Theirs) }
    }

    /// Whether no pivot is between its elements, or before the elements of one side and after the elements of the other.
    fn is_undivided(&self, roster: &Roster) -> bool {
        match (roster.rank(0, &self.mine), roster.rank(1, &self.theirs)) {
            (Some(mine), Some(theirs)) => mine == theirs || self.mine.is_empty() || self.theirs.is_empty(),
            _ => false,
        }
    }

    /// Pairs the elements of the three sides by position, if all sides have equally many. Returns whether they were paired.
    fn pair(&self, merger: &Merger<'_>, roster: &mut Roster) -> bool {
        let count = self.base.len();
        if count == 0 || self.mine.len() != count || self.theirs.len() != count {
            return false;
        }
        let scalar = |&item: &u32| {
            merger
                .kind(roster.elements[item as usize].nodes, Side::Base)
                .is_some_and(|kind| !matches!(kind, Kind::Object | Kind::Array))
        };
        if count > MAX_PAIRED_SCALARS && self.base.iter().all(scalar) {
            return false;
        }
        let fits = |old: u32, new: u32| old == new || roster.elements[new as usize].nodes.base == NONE;
        let fitting = |side: &[u32]| self.base.iter().zip(side).all(|(&old, &new)| fits(old, new));
        if !fitting(&self.mine) || !fitting(&self.theirs) {
            return false;
        }
        for ((&old, &mine), &theirs) in self.base.iter().zip(&self.mine).zip(&self.theirs) {
            let (both, changed) = (old != mine && old != theirs, mine != theirs);
            roster.join(old, mine, Side::Mine);
            roster.join(old, theirs, Side::Theirs);
            let nodes = roster.elements[old as usize].nodes;
            roster.elements[old as usize].atomic =
                both && changed && !(merger.similar(nodes, Side::Mine) && merger.similar(nodes, Side::Theirs));
        }
        true
    }
}

impl Merger<'_> {
    /// Whether the element of `side` is probably an edit of the element of base: half of it is equal, or both are scalars.
    fn similar(&self, nodes: Three, side: Side) -> bool {
        let (Some(base), Some(other)) = (self.at(nodes, Side::Base), self.at(nodes, side)) else {
            return false;
        };
        match (base.kind(), other.kind()) {
            (Kind::Object, Kind::Object) => {
                let (members, others) =
                    (Members::new(base.document, Some(base.node)), Members::new(other.document, Some(other.node)));
                let kept = |&&node: &&u32| {
                    let member = At { node, ..base };
                    others.find(member).is_some_and(|at| equal(member, At { node: others.nodes[at], ..other }))
                };
                let count = members.nodes.iter().filter(|node| kept(node)).count();
                count * 2 >= members.nodes.len().max(others.nodes.len())
            }
            (Kind::Array, Kind::Array) => {
                let elements = |at: At<'_>| at.document.children(at.node).count();
                let pairs = base.document.children(base.node).zip(other.document.children(other.node));
                let kept = pairs
                    .filter(|&(left, right)| equal(At { node: left, ..base }, At { node: right, ..other }))
                    .count();
                kept * 2 >= elements(base).max(elements(other))
            }
            (left, right) => {
                !matches!(left, Kind::Object | Kind::Array) && !matches!(right, Kind::Object | Kind::Array)
            }
        }
    }
}

impl Roster {
    /// Turns a region into one item that is decided as a whole.
    fn run(&mut self, region: Region) {
        let Region { start, base, mine, theirs, .. } = region;
        let single = base.len() <= 1 && mine.len() <= 1 && theirs.len() <= 1;
        let before = start.checked_sub(1).map_or(0, |before| self.content_hash(before as u32));
        let hash = base.iter().chain(&mine).fold(before, |hash, &item| mix(hash, self.content_hash(item)));
        let run = Run {
            change: NONE,
            base: nodes_of(self, &base, Side::Base),
            mine: nodes_of(self, &mine, Side::Mine),
            theirs: nodes_of(self, &theirs, Side::Theirs),
            auto: Side::Mine,
            single,
        };
        let ambiguous = base.iter().chain(&mine).chain(&theirs).any(|&item| self.elements[item as usize].ambiguous);
        let element = Element { run: Some(Box::new(run)), ..Element::new("", 0, hash, ambiguous) };
        let item = self.add(element, NONE);
        if base.is_empty() {
            self.base_runs.push((start, item));
        }
        for &member in base.iter().chain(&mine).chain(&theirs) {
            self.alias[member as usize] = item;
            self.elements[member as usize].nodes = Three::NOTHING;
        }
    }

    /// The hash that identifies an element. It is the same in each merge.
    fn content_hash(&self, item: u32) -> u64 {
        self.elements[item as usize].hash
    }
}

/// Renumbers the elements after items were joined, so that each order has each remaining element once.
pub(super) fn compact(roster: &mut Roster) {
    let final_item = |mut item: u32| {
        while roster.alias[item as usize] != item {
            item = roster.alias[item as usize];
        }
        item
    };
    let aliases: Vec<u32> = (0..roster.elements.len() as u32).map(final_item).gather();
    let mut numbers = vec![NONE; aliases.len()];
    let mut kept = Vec::with_capacity(aliases.len());
    for (item, element) in roster.elements.drain(..).enumerate() {
        if aliases[item] == item as u32 {
            numbers[item] = kept.len() as u32;
            kept.push(element);
        }
    }
    roster.elements = kept;
    let base_runs = std::mem::take(&mut roster.base_runs);
    for (at, order) in roster.orders.iter_mut().enumerate() {
        let mut runs = base_runs.iter().filter(|_| at == 0).peekable();
        let mut seen = vec![false; roster.elements.len()];
        let mut renumbered = Vec::with_capacity(order.len());
        let mut push = |item: u32| {
            let item = numbers[aliases[item as usize] as usize];
            if !std::mem::replace(&mut seen[item as usize], true) {
                renumbered.push(item);
            }
        };
        for (position, &item) in order.iter().enumerate() {
            while let Some(run) = runs.next_if(|run| run.0 <= position) {
                push(run.1);
            }
            push(item);
        }
        runs.for_each(|run| push(run.1));
        *order = renumbered;
    }
}
