//! Finds names that the sides gave to different things (law J15): members of an object, and records with a name that identifies them.

use super::identity::{Elements, Tokens, key_values};
use super::likeness::{USUAL_NAMES, are_alike, are_alike_without, content_without, is_id_name, name_hashes};
use super::links::MAX_PAIRS;
use super::merge::Merger;
use super::roster::Roster;
use super::sides::{NONE, Side, Three};
use super::tree::{At, Kind, Node, equal};
use crate::gather::Gather;
use crate::merge::sort::Queues;

impl Merger<'_> {
    /// Joins objects of base that both sides removed with the only like object that a side added: the side renamed and edited the object.
    /// Records of arrays have moves of their own.
    pub(super) fn join_alike(&self, items: &mut [Three], gone: &[usize], is_chained: &[bool]) {
        let is_gone = |nodes: &Three| nodes.mine == NONE && nodes.theirs == NONE;
        let is_object = |nodes: &Three, side| self.kind(*nodes, side) == Some(Kind::Object);
        let olds: Vec<usize> =
            gone.iter().copied().filter(|&at| is_gone(&items[at]) && is_object(&items[at], Side::Base)).gather();
        for (side, other) in [(Side::Mine, Side::Theirs), (Side::Theirs, Side::Mine)] {
            let is_new = |nodes: &Three| nodes.base == NONE && nodes.get(other).is_none() && is_object(nodes, side);
            let news: Vec<usize> = (0..items.len()).filter(|&at| is_new(&items[at]) && !is_chained[at]).gather();
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

    /// Finds records whose key a side changed, although a rule says that the key identifies them. Their versions are one record. People decide its
    /// key if the other side touched it: two records have one new key, the record is removed or edited, or a new record has the new key.
    pub(super) fn follow_new_keys(&mut self, elements: &Elements<'_>, tokens: &mut Tokens, key: &[String]) {
        let [base, mine, theirs] = &tokens.of;
        if self.documents.base.is_none() || (mine == base && theirs == base) || !tokens.unique() {
            return;
        }
        let without = name_hashes(elements, key);
        // By token, the place of the record on each side.
        let places = [0, 1, 2].map(|side| {
            let mut places = vec![NONE; tokens.count];
            for (&token, place) in tokens.of[side].iter().zip(0_u32..) {
                places[token as usize] = place;
            }
            places
        });
        let at = |side: usize, token: u32| {
            let node = *elements.nodes[side].get(places[side][token as usize] as usize)?;
            Some(At { document: elements.documents[side]?, node })
        };
        let links = [1, 2].map(|side| new_keys(&tokens.of, &|of, token| at(of, token), &places, side, (key, &without)));
        let same = |one: Option<At<'_>>, other: Option<At<'_>>| match (one, other) {
            (Some(one), Some(other)) => equal(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        let mut contested: Vec<(u32, u32)> = Vec::new();
        let mut followed: Vec<(usize, u32, u32)> = Vec::new();
        for (side, other, own) in [(1, 2, &links[0]), (2, 1, &links[1])] {
            for &(from, to) in own {
                let is_old = same(at(0, from), at(other, from));
                let is_same = same(at(side, to), at(other, to));
                let has_same_link = links[other - 1].contains(&(from, to));
                let is_taken = at(other, to).is_some();
                let has_origin = links[other - 1].iter().any(|link| link.1 == to);
                if is_old && is_taken && is_same && !has_origin {
                    continue;
                }
                followed.push((side, from, to));
                if !has_same_link && (!is_old || is_taken) {
                    contested.push((from, to));
                }
            }
        }
        for (side, from, to) in followed {
            let place = places[side][to as usize] as usize;
            tokens.of[side][place] = from;
        }
        for (from, to) in contested {
            if let Some(old) = at(0, from) {
                for name in key {
                    let member = old.document.find_member(old.node, name);
                    self.contest(Side::Base, member);
                }
            }
            for side in [Side::Mine, Side::Theirs] {
                // A new record that still has this key.
                let place = places[side as usize][to as usize];
                let is_new = tokens.of[side as usize].get(place as usize) == Some(&to);
                self.contest(side, at(side as usize, to).filter(|_| is_new).map(|at| at.node));
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

/// The records to which a side gave new keys, as pairs of tokens: the old key is lost, and a record with a new key has the same content,
/// or is the only one that is at least half the same.
fn new_keys<'a>(
    tokens: &[Vec<u32>; 3],
    at: &dyn Fn(usize, u32) -> Option<At<'a>>,
    places: &[Vec<u32>; 3],
    side: usize,
    (names, key): (&[String], &[u32]),
) -> Vec<(u32, u32)> {
    let only = |one: usize, other: usize| -> Vec<u32> {
        let has_key = |token| at(one, token).is_some_and(|at| key_values(at, names).is_some());
        let is_only = |token: &u32| places[other][*token as usize] == NONE && has_key(*token);
        tokens[one].iter().copied().filter(is_only).gather()
    };
    let (lost, new) = (only(0, side), only(side, 0));
    let content = |side: usize, token: u32| at(side, token).and_then(|at| content_without(at, key)).unwrap_or(0);
    let mut equal = Queues::new((0_u32..).zip(&new).map(|(place, &token)| (content(side, token), place)));
    let is_few = lost.len() * new.len() <= MAX_PAIRS;
    let mut is_free = vec![true; new.len()];
    let mut found = Vec::new();
    // With equal contents, the order of the records is the best guess.
    for &from in &lost {
        if let Some(to) = equal.take(content(0, from)) {
            is_free[to as usize] = false;
            found.push((from, new[to as usize]));
        }
    }
    for &from in lost.iter().filter(|_| is_few) {
        let is_found = found.iter().any(|link| link.0 == from);
        let Some(old) = at(0, from).filter(|_| !is_found) else { continue };
        let is_like = |to: u32| at(side, to).is_some_and(|now| are_alike_without(old, now, key));
        let mut like = (0..new.len()).filter(|&to| is_free[to] && is_like(new[to]));
        if let (Some(to), None) = (like.next(), like.next()) {
            is_free[to] = false;
            found.push((from, new[to]));
        }
    }
    found
}
