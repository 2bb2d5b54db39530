//! Finds names that the sides gave to different things (law J15): members of an object, and records with a name that identifies them.

use super::identity::{Elements, Tokens};
use super::likeness::{USUAL_NAMES, are_alike, is_id_name};
use super::merge::Merger;
use super::roster::Roster;
use super::sides::{NONE, Side, Three};
use super::tree::{At, Kind, Node, equal};
use crate::gather::Gather;
use crate::merge::sort::Index;

/// The limit of pairs of an old and a new member whose likeness is examined. Beyond it, only equal members are one member.
const MAX_PAIRS: usize = 4096;

impl Merger<'_> {
    /// Joins objects of base that both sides removed with the only like object that a side added: the side renamed and edited the object.
    /// Records of arrays have moves of their own.
    pub(super) fn join_alike(&self, items: &mut [Three], gone: &[usize]) {
        let is_gone = |nodes: &Three| nodes.mine == NONE && nodes.theirs == NONE;
        let is_object = |nodes: &Three, side| self.kind(*nodes, side) == Some(Kind::Object);
        let olds: Vec<usize> =
            gone.iter().copied().filter(|&at| is_gone(&items[at]) && is_object(&items[at], Side::Base)).gather();
        for (side, other) in [(Side::Mine, Side::Theirs), (Side::Theirs, Side::Mine)] {
            let is_new = |nodes: &Three| nodes.base == NONE && nodes.get(other).is_none() && is_object(nodes, side);
            let news: Vec<usize> = (0..items.len()).filter(|&at| is_new(&items[at])).gather();
            if olds.len() * news.len() > MAX_PAIRS {
                continue;
            }
            for &at in &olds {
                let Some(old) = self.at(items[at], Side::Base) else { continue };
                let like = |&new: &usize| self.at(items[new], side).is_some_and(|value| are_alike(old, value));
                let mut found = news.iter().copied().filter(like);
                if let (Some(new), None) = (found.next(), found.next()) {
                    let node = items[new].get(side).unwrap_or(NONE);
                    items[at].set(side, node);
                    items[new] = Three::NOTHING;
                }
            }
        }
    }

    /// The members that only one decision keeps apart: the sides gave one name to different members. Each member is in the result under its
    /// name on the side that people choose. Returns the positions in `items`, in order.
    pub(super) fn clashing_names(&self, items: &[Three]) -> Vec<u32> {
        let mut clashing = Vec::new();
        if self.documents.base.is_none() {
            return clashing;
        }
        let shared: Vec<usize> = (0..items.len()).filter(|&at| self.may_clash(items[at])).gather();
        if shared.is_empty() {
            return clashing;
        }
        let left = [Side::Mine, Side::Theirs].map(|side| self.left_names(items, side));
        let is_few = left.iter().all(|left| left.all.len() * shared.len() <= MAX_PAIRS);
        let mut is_clashing = vec![false; items.len()];
        for at in shared {
            let origins = |side: Side| self.origins(items, (at, side), &left[side as usize - 1], is_few);
            let [mine, theirs] = [origins(Side::Mine), origins(Side::Theirs)];
            let is_one = mine.iter().any(|origin| theirs.contains(origin));
            let is_clash = match (mine.is_empty(), theirs.is_empty()) {
                (true, true) => false,
                (false, false) => !is_one,
                // Only containers could be merged with each other. A new array with records of base is the same new array.
                (is_of_theirs, _) => {
                    let new = if is_of_theirs { Side::Mine } else { Side::Theirs };
                    self.are_mergeable(items[at]) && !self.has_moved_records(items[at], new)
                }
            };
            if is_clash {
                is_clashing[at] = true;
                mine.into_iter().chain(theirs).for_each(|origin| is_clashing[origin] = true);
            }
        }
        clashing.extend((0_u32..).zip(is_clashing).filter(|(_, is)| *is).map(|(at, _)| at));
        clashing
    }

    /// Whether both sides have another value under a name than base.
    fn may_clash(&self, nodes: Three) -> bool {
        if nodes.mine == NONE || nodes.theirs == NONE {
            return false;
        }
        // Records of arrays have moves of their own, so only objects would be merged with the wrong member.
        let is_other = |side| self.kind(nodes, side) == Some(Kind::Object) && !self.same(nodes, Side::Base, side);
        nodes.base == NONE
            || (is_other(Side::Mine) && is_other(Side::Theirs) && !self.same(nodes, Side::Mine, Side::Theirs))
    }

    fn are_mergeable(&self, nodes: Three) -> bool {
        let kind = |side| self.kind(nodes, side).filter(|kind| matches!(kind, Kind::Object | Kind::Array));
        kind(Side::Mine).is_some_and(|mine| kind(Side::Theirs) == Some(mine))
            && !self.same(nodes, Side::Mine, Side::Theirs)
    }

    fn has_moved_records(&self, nodes: Three, side: Side) -> bool {
        self.at(nodes, side).is_some_and(|array| {
            let mut children = array.document.children(array.node);
            children.any(|node| self.moves.of(Three::NOTHING.with(side, node)).is_some())
        })
    }

    /// The members of base that a side may have renamed: it has no member with this name, or the member has the content of another one.
    fn left_names(&self, items: &[Three], side: Side) -> Left {
        let is_free = |nodes: &Three| self.at(*nodes, side).is_none();
        let old = |at: usize| self.at(items[at], Side::Base);
        let free: Vec<usize> = (0..items.len()).filter(|&at| is_free(&items[at]) && old(at).is_some()).gather();
        let hashes = Index::new(free.iter().filter_map(|&at| old(at)).map(At::hash));
        let is_reused = |at: usize| {
            let (Some(old), Some(now)) = (old(at), self.at(items[at], side)) else { return false };
            let mut others = hashes.of(now.hash()).filter_map(|place| self.at(items[free[place]], Side::Base));
            !equal(old, now) && is_filled(now) && others.any(|other| equal(other, now))
        };
        let reused: Vec<usize> = (0..items.len()).filter(|&at| is_reused(at)).gather();
        let free_count = free.len();
        let all: Vec<usize> = free.into_iter().chain(reused).gather();
        let hashes = Index::new(all.iter().filter_map(|&at| old(at)).map(At::hash));
        Left { all, free_count, hashes }
    }

    /// The members of base that a side may have renamed to the name of the item `at`.
    fn origins(&self, items: &[Three], (at, side): (usize, Side), left: &Left, is_few: bool) -> Vec<usize> {
        let Some(value) = self.at(items[at], side) else { return Vec::new() };
        let is_other = |from: &usize| *from != at && items[*from].base != NONE;
        let is_equal = |from: &usize| self.at(items[*from], Side::Base).is_some_and(|old| equal(old, value));
        let found = left.hashes.of(value.hash()).map(|place| left.all[place]);
        let found: Vec<usize> = found.filter(|from| is_other(from) && is_equal(from)).gather();
        if items[at].base != NONE {
            // A value that replaced another one under its name is a rename if it is a value that has left its own name.
            return found.into_iter().filter(|_| is_filled(value)).gather();
        }
        if !found.is_empty() || !is_few {
            return found;
        }
        let is_like = |from: &usize| {
            self.at(items[*from], Side::Base)
                .is_some_and(|old| are_alike(old, value) || self.have_moved(old, (side, value)))
        };
        left.all[..left.free_count].iter().copied().filter(is_like).gather()
    }

    /// Whether at least half of the records of an array of base are in this array of a side.
    fn have_moved(&self, old: At<'_>, (side, now): (Side, At<'_>)) -> bool {
        if old.kind() != Kind::Array || self.moves.all.is_empty() {
            return false;
        }
        let inside = now.node..now.document.data(now.node).next;
        let (mut count, mut moved) = (0, 0);
        for node in old.document.children(old.node) {
            let record = self.moves.of(Three::NOTHING.with(Side::Base, node));
            let is_inside = |record: u32| {
                self.moves.all[record as usize].nodes.get(side).is_some_and(|node| inside.contains(&node))
            };
            count += 1;
            moved += usize::from(record.is_some_and(is_inside));
        }
        count > 0 && moved * 2 >= count
    }

    /// Finds records that would have one name in the result, although the name identifies them. People decide each new name of them.
    /// `key` is the member that identifies the records, if evidence supports one. Records with ids may have equal names.
    pub(super) fn contest_names(&mut self, elements: &Elements<'_>, roster: &Roster, key: Option<&str>) {
        if key.is_some_and(is_id_name) {
            return;
        }
        let usual = USUAL_NAMES.into_iter().filter(|&name| Some(name) != key);
        let mut found = 0;
        for name in key.into_iter().chain(usual) {
            // With `strict`, each element has the member, and no version has a name twice.
            if let Some(tokens) = elements.by_key(&[name.to_owned()], true) {
                self.contest_name(elements, roster, name, &tokens);
                found += 1;
            }
            if found > usize::from(key.is_some()) {
                return;
            }
        }
    }

    fn contest_name(&mut self, elements: &Elements<'_>, roster: &Roster, name: &str, tokens: &Tokens) {
        let of_item = [0, 1, 2].map(|side| {
            let mut of_item = vec![NONE; roster.elements.len()];
            for (&item, &token) in roster.orders[side].iter().zip(&tokens.of[side]) {
                of_item[item as usize] = token;
            }
            of_item
        });
        // The name of an item in the result. `None` if it is not in the result, or if it is in conflict anyway.
        let merged = |item: usize| {
            let [base, mine, theirs] = [0, 1, 2].map(|side: usize| of_item[side][item]);
            match (base, mine, theirs) {
                (NONE, NONE, one) | (NONE, one, NONE) => Some(one),
                (_, NONE, _) | (_, _, NONE) => None,
                (base, mine, theirs) if mine == base || mine == theirs => Some(theirs),
                (base, mine, theirs) if theirs == base => Some(mine),
                _ => None,
            }
        };
        let mut counts = vec![0; tokens.count];
        for token in (0..roster.elements.len()).filter_map(merged) {
            counts[token as usize] += 1;
        }
        for (item, element) in roster.elements.iter().enumerate() {
            let base = of_item[0][item];
            if base == NONE && self.have_other_origins(roster, element.nodes) {
                self.contest(Side::Mine, element.nodes.get(Side::Mine));
            }
            let is_twice = |token: &u32| *token != base && counts[*token as usize] > 1;
            if merged(item).filter(is_twice).is_none() {
                continue;
            }
            let nodes = element.nodes;
            if let Some(old) = nodes.get(Side::Base) {
                let member = elements.documents[0].and_then(|document| document.find_member(old, name));
                self.contest(Side::Base, member);
            } else if nodes.mine == NONE || nodes.theirs == NONE {
                // Without a key, two new records with one name are two records.
                self.contest(Side::Mine, nodes.get(Side::Mine));
                self.contest(Side::Theirs, nodes.get(Side::Theirs));
            }
        }
    }

    /// Whether both sides added this record, each with records that moved out of another removed record: the sides renamed different ones.
    fn have_other_origins(&self, roster: &Roster, nodes: Three) -> bool {
        let is_added = nodes.mine != NONE && nodes.theirs != NONE && !self.moves.all.is_empty();
        if !is_added || self.same(nodes, Side::Mine, Side::Theirs) {
            return false;
        }
        let [mine, theirs] = [Side::Mine, Side::Theirs].map(|side| {
            let Some(new) = self.at(nodes, side) else { return Vec::new() };
            let inside = new.node..new.document.data(new.node).next;
            let moved =
                self.moves.all.iter().filter(|moved| moved.nodes.get(side).is_some_and(|node| inside.contains(&node)));
            let origin = |base: Node| {
                let old = |item: &u32| roster.elements[*item as usize].nodes;
                let at = roster.orders[0].partition_point(|item| old(item).base <= base);
                let item = roster.orders[0].get(at.checked_sub(1)?)?;
                (old(item).get(side).is_none()).then_some(*item)
            };
            moved.filter_map(|moved| origin(moved.nodes.get(Side::Base)?)).gather()
        });
        !mine.is_empty() && !theirs.is_empty() && !mine.iter().any(|origin| theirs.contains(origin))
    }

    fn contest(&mut self, side: Side, node: Option<Node>) {
        let Some(node) = node.map(|node| node as usize) else { return };
        let contested = &mut self.contested[side as usize];
        contested.resize(contested.len().max(node + 1), false);
        contested[node] = true;
    }

    /// Whether people decide this value, although only one side changed it.
    pub(super) fn is_contested(&self, nodes: Three) -> bool {
        let is_marked = |side: Side| {
            nodes.get(side).is_some_and(|node| self.contested[side as usize].get(node as usize) == Some(&true))
        };
        if nodes.base != NONE { is_marked(Side::Base) } else { is_marked(Side::Mine) || is_marked(Side::Theirs) }
    }
}

/// Whether a value is a container with children.
fn is_filled(at: At<'_>) -> bool {
    let data = at.document.data(at.node);
    data.is_container() && data.next > at.node + 1
}

/// The members of base that a side may have renamed.
struct Left {
    /// First those whose names the side does not have.
    all: Vec<usize>,
    free_count: usize,
    /// By the hash of their values, their positions in `all`.
    hashes: Index,
}
