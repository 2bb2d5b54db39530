//! Finds names that the sides gave to different things (law J15): members of an object, and records with a name that identifies them.

use super::identity::{Elements, Tokens};
use super::likeness::{USUAL_NAMES, are_alike, is_id_name};
use super::links::MAX_PAIRS;
use super::merge::Merger;
use super::roster::Roster;
use super::sides::{NONE, Side, Three};
use super::tree::{Kind, Node};
use crate::gather::{Gather, both, three};

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
        let of_item = three([0, 1, 2], |side| {
            let mut of_item = vec![NONE; roster.elements.len()];
            for (&item, &token) in roster.orders[side].iter().zip(&tokens.of[side]) {
                of_item[item as usize] = token;
            }
            of_item
        });
        // The name of an item in the result. `None` if it is not in the result, or if it is in conflict anyway.
        let merged = |item: usize| {
            let [base, mine, theirs] = three([0, 1, 2], |side: usize| of_item[side][item]);
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
        let [mine, theirs] = both([Side::Mine, Side::Theirs], |side| {
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
