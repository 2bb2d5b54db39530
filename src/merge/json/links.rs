//! Finds renames: what a side made of the members of an object, or of the records of an array with a key.
//!
//! A name that a side gave to another thing links two names: the value of the first name in base is the value of the second name on the
//! side. Links form chains (`a` to `b`, `b` to `c`) and cycles. If the other side touched a name of a chain, a merge by names would mix
//! different things, so that people decide the whole chain.

use super::likeness::{are_alike_without, content_without, id_member, is_rich};
use super::merge::Merger;
use super::pointer::Active;
use super::sides::{NONE, Side, Three};
use super::tree::{At, Kind, Node, equal};
use crate::gather::Gather;
use crate::merge::sort::Index;

/// The limit of pairs of an old and a new value whose likeness is examined. Beyond it, only equal values are one.
pub(super) const MAX_PAIRS: usize = 4096;

/// The hash of no content.
const NOTHING: u64 = u64::MAX;

/// A side gave the value of the item `from` in base the name of the item `to`.
struct Link {
    side: Side,
    from: u32,
    to: u32,
    /// Whether the side has no value under the old name.
    is_lost: bool,
    /// Whether base has no value under the new name.
    is_new: bool,
    /// Whether the two values are equal.
    is_equal: bool,
    /// Whether the value is a container with children, or a text. Other values are equal by chance.
    is_filled: bool,
    /// Whether an empty container is at one of the two names. Anything may replace it, so that such a link counts only in a chain from a lost name
    /// to a new one.
    is_poor: bool,
    /// Whether the value at one of the two names may have been edited: it is still half the same.
    is_edit: bool,
    /// Whether several lost or new values are equal by chance, so that the link may lead elsewhere.
    is_guess: bool,
}

/// The items whose values a side changed.
struct Touched {
    side: Side,
    /// Whether the side changed no item.
    is_idle: bool,
    /// With a value in base that the side lacks or replaced.
    sources: Vec<u32>,
    /// With a value of the side that base lacks or that replaced another one.
    targets: Vec<u32>,
}

impl Merger<'_> {
    /// The items of chains that the other side touched, chain by chain, each in order. `key` has the hashes of the names of the members that name
    /// the records of an array; it is empty for the members of an object.
    pub(super) fn contested_chains(&self, items: &[Three], key: &[u32], active: &Active) -> Vec<Vec<u32>> {
        if self.documents.base.is_none() {
            return Vec::new();
        }
        let touched = [Side::Mine, Side::Theirs].map(|side| self.touched(items, key, side));
        if touched.iter().any(|touched| touched.is_idle) {
            return Vec::new();
        }
        let mut links = Vec::new();
        for touched in &touched {
            self.add_links(items, key, touched, &mut links);
        }
        if links.is_empty() {
            return Vec::new();
        }
        let chains = Chains::new(items.len(), &links);
        let by_target = Index::new(links.iter().map(|link| u64::from(link.to)));
        let mut is_contested = vec![false; items.len()];
        let mut is_simple = vec![true; items.len()];
        let mut has_new = vec![[0_u32; 2]; items.len()];
        for link in &links {
            let root = chains.root(link.from);
            is_contested[root] |= self.is_touched_by_other(items, key, (&links, &by_target), link, active);
            // The new name of one member or record is decided elsewhere.
            let [from, to] = [items[link.from as usize], items[link.to as usize]];
            let is_gone = from.mine == NONE && from.theirs == NONE;
            let is_one_sided = to.mine == NONE || to.theirs == NONE;
            let is_object = self.kind(from, Side::Base) == Some(Kind::Object);
            let count = &mut has_new[root][link.side as usize - 1];
            *count += 1;
            is_simple[root] &= link.is_lost
                && link.is_new
                && (!key.is_empty() || (is_gone && is_one_sided && (link.is_equal || is_object) && *count == 1));
        }
        let mut found: Vec<Vec<u32>> = Vec::new();
        let mut place = vec![NONE; items.len()];
        for item in 0..items.len() as u32 {
            let root = chains.root(item);
            if !is_contested[root] || is_simple[root] {
                continue;
            }
            if place[root] == NONE {
                place[root] = found.len() as u32;
                found.push(Vec::new());
            }
            found[place[root] as usize].push(item);
        }
        found
    }

    fn touched(&self, items: &[Three], key: &[u32], side: Side) -> Touched {
        let mut touched = Touched { side, is_idle: true, sources: Vec::new(), targets: Vec::new() };
        let mut in_place = Vec::new();
        for (at, &nodes) in (0_u32..).zip(items) {
            if nodes == Three::NOTHING || self.same(nodes, Side::Base, side) {
                continue;
            }
            touched.is_idle = false;
            match (nodes.base != NONE, nodes.get(side).is_some()) {
                (true, true) => in_place.extend(self.are_values(nodes, side, key).then_some(at)),
                (true, false) => touched.sources.push(at),
                _ => touched.targets.push(at),
            }
        }
        // Lost and new values come first: without any other evidence, they are linked.
        touched.sources.extend_from_slice(&in_place);
        touched.targets.append(&mut in_place);
        touched
    }

    fn add_links(&self, items: &[Three], key: &[u32], touched: &Touched, links: &mut Vec<Link>) {
        let first = links.len();
        let Touched { side, sources, targets, .. } = touched;
        let old = |at: u32| self.at(items[at as usize], Side::Base);
        let new = |at: u32| self.at(items[at as usize], *side);
        // A record with a key alone has no content.
        let content = |at: Option<At<'_>>| at.and_then(|at| content_without(at, key)).unwrap_or(NOTHING);
        let [by_old, by_new] = [
            Index::new(sources.iter().map(|&at| content(old(at)))),
            Index::new(targets.iter().map(|&at| content(new(at)))),
        ];
        let (mut is_known, mut is_found) = (vec![false; items.len()], vec![false; items.len()]);
        for (place, &to) in targets.iter().enumerate() {
            let Some(value) = new(to) else { continue };
            let hash = content(Some(value));
            if hash == NOTHING {
                continue;
            }
            let has_twins = |index: &Index| index.of(hash).nth(1).is_some();
            let is_guess = !is_filled(value, key) && (has_twins(&by_old) || has_twins(&by_new));
            // Of several equal values, the first one links the others, so that the number of links is linear.
            let count = if by_new.of(hash).next() == Some(place) { usize::MAX } else { 1 };
            for from in by_old.of(hash).map(|at| sources[at]).take(count) {
                let is_same = !key.is_empty() || old(from).is_some_and(|old| equal(old, value));
                let is_plain = new(from).is_none() && old(to).is_none();
                if is_guess && !is_plain {
                    break;
                }
                if from != to && is_same && self.link(items, key, *side, (from, to), [true, is_guess], links) {
                    is_known[from as usize] = true;
                    is_found[to as usize] = true;
                }
            }
        }
        if sources.len() * targets.len() <= MAX_PAIRS {
            for &to in targets.iter().filter(|to| !is_found[**to as usize]) {
                for &from in sources.iter().filter(|from| **from != to && !is_known[**from as usize]) {
                    if self.descends(old(from), (*side, new(to)), key) {
                        self.link(items, key, *side, (from, to), [false; 2], links);
                    }
                }
            }
        }
        without_poor(links, first, items.len());
        without_loose(links, first, items.len());
    }

    /// Adds a link if the side moved its old value away, and put its new value there. Returns whether it did.
    fn link(
        &self,
        items: &[Three],
        key: &[u32],
        side: Side,
        (from, to): (u32, u32),
        [is_equal, is_guess]: [bool; 2],
        links: &mut Vec<Link>,
    ) -> bool {
        let [of_from, of_to] = [items[from as usize], items[to as usize]];
        let (is_lost, is_new) = (of_from.get(side).is_none(), of_to.base == NONE);
        let is_value = |nodes| self.are_values(nodes, side, key);
        let Some(old) =
            self.at(of_from, Side::Base).filter(|_| (is_lost || is_value(of_from)) && (is_new || is_value(of_to)))
        else {
            return false;
        };
        let are_things =
            |nodes| [Side::Base, side].into_iter().all(|side| self.at(nodes, side).is_some_and(|at| is_thing(at, key)));
        let is_edited = |nodes| self.descends(self.at(nodes, Side::Base), (side, self.at(nodes, side)), key);
        let is_poor = !(is_lost || are_things(of_from)) || !(is_new || are_things(of_to));
        let is_edit = (!is_lost && is_edited(of_from)) || (!is_new && is_edited(of_to));
        if (is_poor || is_edit) && !is_equal {
            return false;
        }
        let is_filled = is_filled(old, key);
        links.push(Link { side, from, to, is_lost, is_new, is_equal, is_filled, is_poor, is_edit, is_guess });
        true
    }

    /// Whether the values of base and of a side are more than flags, which anything may replace.
    fn are_values(&self, nodes: Three, side: Side, key: &[u32]) -> bool {
        let is_value = |at: At<'_>| is_thing(at, key) || (key.is_empty() && at.document.data(at.node).is_container());
        [Side::Base, side].into_iter().all(|side| self.at(nodes, side).is_some_and(is_value))
    }

    /// Whether at least half of a container of base is in a container of a side.
    fn descends(&self, old: Option<At<'_>>, (side, new): (Side, Option<At<'_>>), key: &[u32]) -> bool {
        let (Some(old), Some(new)) = (old, new) else { return false };
        if old.kind() != new.kind() || !old.document.data(old.node).is_container() {
            return false;
        }
        if old.kind() == Kind::Object {
            return are_alike_without(old, new, key);
        }
        let known = Index::new(new.document.children(new.node).map(|node| At { node, ..new }.hash()));
        let inside = new.node..new.document.data(new.node).next;
        let (mut count, mut shared) = (0, 0);
        for node in old.document.children(old.node) {
            let record = self.moves.of(Three::NOTHING.with(Side::Base, node));
            let is_inside = |record: u32| {
                self.moves.all[record as usize].nodes.get(side).is_some_and(|node| inside.contains(&node))
            };
            count += 1;
            shared +=
                usize::from(known.of(At { node, ..old }.hash()).next().is_some() || record.is_some_and(is_inside));
        }
        count > 0 && shared * 2 >= count
    }

    /// Whether the other side touched one of the two names, and not in the same way.
    fn is_touched_by_other(
        &self,
        items: &[Three],
        key: &[u32],
        (links, by_target): (&[Link], &Index),
        link: &Link,
        active: &Active,
    ) -> bool {
        let other = if link.side == Side::Mine { Side::Theirs } else { Side::Mine };
        let [from, to] = [items[link.from as usize], items[link.to as usize]];
        if link.is_guess && to.get(other).is_none() {
            return false;
        }
        let is_same = |nodes| self.same(nodes, Side::Mine, Side::Theirs);
        let is_untouched = |nodes: Three| {
            if nodes.base == NONE {
                return nodes.get(other).is_none();
            }
            // Without a rule, the rules below need no name.
            let name = if self.rules.any(active) && key.is_empty() { self.name(nodes) } else { String::new() };
            self.unedited(nodes, other, &self.rules.below(active, &name)) || self.has_only_moved(nodes, other)
        };
        if (is_same(from) && is_same(to)) || (is_untouched(from) && is_untouched(to)) {
            return false;
        }
        let mut by_other = by_target.of(u64::from(link.to)).map(|at| &links[at]).filter(|one| one.side == other);
        if by_other.clone().any(|one| one.from == link.from) {
            return false;
        }
        if to.get(other).is_some() && is_untouched(from) && by_other.next().is_none() {
            // Both sides set the same value, or put records of base into an array of one name.
            let has_records = to.base == NONE && self.kind(to, link.side) == Some(Kind::Array);
            if is_same(to) || (has_records && self.has_moved_records(to, other)) {
                return false;
            }
        }
        // The records of a renamed array have moved, so that the edits of the other side follow them.
        let is_moved = || {
            let [old, new] = [self.at(from, Side::Base), self.at(to, link.side)];
            old.is_some_and(|old| old.kind() == Kind::Array) && self.descends(old, (link.side, new), &[])
        };
        !(link.is_lost
            && link.is_new
            && to.get(other).is_none()
            && from.get(other).is_some()
            && has_ids(self, from)
            && is_moved())
    }

    /// Whether a side only moved records into an array or out of it, or removed records with ids. Moves have decisions of their own.
    fn has_only_moved(&self, nodes: Three, side: Side) -> bool {
        let children = |of: Side| {
            let at = self.at(nodes, of).filter(|at| at.kind() == Kind::Array && !self.moves.all.is_empty())?;
            let is_still = move |&node: &Node| self.moves.single(of, node).is_none();
            Some(at.document.children(at.node).filter(is_still).map(move |node| At { node, ..at }))
        };
        let Some(mut old) = children(Side::Base) else { return false };
        if nodes.get(side).is_none() {
            // It moved all records away, and has closed the array.
            return old.next().is_none() && self.at(nodes, Side::Base).is_some_and(|at| is_filled(at, &[]));
        }
        let Some(mut new) = children(side).map(Iterator::peekable) else { return false };
        for one in old {
            if new.peek().is_some_and(|&other| equal(one, other)) {
                new.next();
            } else if id_member(one).is_none() {
                return false;
            }
        }
        new.next().is_none()
    }

    fn has_moved_records(&self, nodes: Three, side: Side) -> bool {
        self.at(nodes, side).filter(|at| at.kind() == Kind::Array).is_some_and(|array| {
            let mut children = array.document.children(array.node);
            children.any(|node| self.moves.of(Three::NOTHING.with(side, node)).is_some())
        })
    }
}

fn has_ids(merger: &Merger<'_>, nodes: Three) -> bool {
    merger
        .at(nodes, Side::Base)
        .is_some_and(|old| !merger.moves.inside(merger.documents, Side::Base, old.node).is_empty())
}

/// Whether a value is more than a flag or an empty container.
fn is_thing(at: At<'_>, key: &[u32]) -> bool {
    is_filled(at, key) || at.kind() == Kind::Number
}

/// Whether a value is a container with children, or a text. A record has to have a text besides its key.
fn is_filled(at: At<'_>, key: &[u32]) -> bool {
    let data = at.document.data(at.node);
    if key.is_empty() {
        return if data.is_container() { data.next > at.node + 1 } else { is_rich(at) };
    }
    at.document.children(at.node).filter(|&node| !key.contains(&at.document.data(node).name_hash())).any(|member| {
        let mut values = (member..at.document.data(member).next).map(|node| At { node, ..at });
        values.any(|value| value.kind() == Kind::String && is_rich(value))
    })
}

/// Removes the poor links that are in no chain from a lost name to a new name.
fn without_poor(links: &mut Vec<Link>, first: usize, count: usize) {
    let own = &links[first..];
    if !own.iter().any(|link| link.is_poor) {
        return;
    }
    // The names that a chain from a lost name reaches, and those from which a chain reaches a new name.
    let reached = |is_end: &dyn Fn(&Link) -> bool, ends: &dyn Fn(&Link) -> [u32; 2]| {
        let by_near = Index::new(own.iter().map(|link| u64::from(ends(link)[0])));
        let mut is_reached = vec![false; count];
        let mut open: Vec<u32> = own.iter().filter(|link| is_end(link)).map(|link| ends(link)[1]).gather();
        while let Some(item) = open.pop() {
            if !std::mem::replace(&mut is_reached[item as usize], true) {
                open.extend(by_near.of(u64::from(item)).map(|at| ends(&own[at])[1]));
            }
        }
        is_reached
    };
    let from_lost = reached(&|link| link.is_lost, &|link| [link.from, link.to]);
    let to_new = reached(&|link| link.is_new, &|link| [link.to, link.from]);
    let is_whole =
        |link: &Link| (link.is_lost || from_lost[link.from as usize]) && (link.is_new || to_new[link.to as usize]);
    let mut at = 0;
    links.retain(|link| {
        at += 1;
        at <= first || !link.is_poor || is_whole(link)
    });
}

/// Removes the links that are neither in a chain from a lost name nor in a cycle: with the same names, equal values are other values. A chain of
/// values that may be equal by chance, or that are edits, has to lead to a new name or into a cycle, too.
fn without_loose(links: &mut Vec<Link>, first: usize, count: usize) {
    let own = &links[first..];
    // The numbers of links that lead to a name, and from a name.
    let (mut into, mut out_of) = (vec![0_u32; count], vec![0_u32; count]);
    for link in own {
        into[link.to as usize] += 1;
        out_of[link.from as usize] += 1;
    }
    let by_from = Index::new(own.iter().map(|link| u64::from(link.from)));
    let by_to = Index::new(own.iter().map(|link| u64::from(link.to)));
    let mut is_loose = vec![false; own.len()];
    let mut open: Vec<usize> = (0..own.len()).gather();
    while let Some(at) = open.pop() {
        let link = &own[at];
        let has_start = link.is_lost || into[link.from as usize] > 0;
        let has_end = (link.is_filled && !link.is_edit) || link.is_new || out_of[link.to as usize] > 0;
        if is_loose[at] || (has_start && has_end) {
            continue;
        }
        is_loose[at] = true;
        into[link.to as usize] -= 1;
        out_of[link.from as usize] -= 1;
        if into[link.to as usize] == 0 {
            open.extend(by_from.of(u64::from(link.to)));
        }
        if out_of[link.from as usize] == 0 {
            open.extend(by_to.of(u64::from(link.from)));
        }
    }
    let mut is_loose = is_loose.into_iter();
    let mut at = 0;
    links.retain(|_| {
        at += 1;
        at <= first || is_loose.next() != Some(true)
    });
}

/// The chains of items that links connect.
struct Chains(Vec<u32>);

impl Chains {
    fn new(count: usize, links: &[Link]) -> Self {
        let mut chains = Self((0..count as u32).gather());
        for link in links {
            let (one, other) = (chains.shortened(link.from), chains.shortened(link.to));
            // The first item is the root, whatever the order of the links is.
            chains.0[one.max(other)] = one.min(other) as u32;
        }
        for at in 0..count {
            chains.0[at] = chains.0[chains.0[at] as usize];
        }
        chains
    }

    fn root(&self, item: u32) -> usize {
        self.0[item as usize] as usize
    }

    /// The root of an item, with a shorter way for the next call.
    fn shortened(&mut self, item: u32) -> usize {
        let mut at = item as usize;
        while self.0[at] as usize != at {
            self.0[at] = self.0[self.0[at] as usize];
            at = self.0[at] as usize;
        }
        at
    }
}
