//! Merges objects member by member.

use text_diff::hash64;

use super::arrange::Arrangement;
use super::merge::Merger;
use super::plan::{Choice, Item, List, Plan};
use super::pointer::Active;
use super::sides::{NONE, Side, Three};
use super::tree::{At, Kind, Members, equal, name, same_name};
use crate::gather::{Gather, chained, joined};
use crate::merge::sort::{Index, Queues, sort_pairs};
use crate::merge::{Change, ChangeOp, Clash};

impl Merger<'_> {
    /// Merges an object. If base is missing or is no object, all members are new.
    pub(super) fn object(&mut self, nodes: Three, active: &Active) -> Plan {
        let items = self.same_members(nodes).unwrap_or_else(|| self.member_items(nodes));
        let mut groups = Vec::new();
        let mut is_chained = vec![false; items.len()];
        // The names in a document of an editor are those of its schema.
        let chains = if self.rich.is_some() { self.typed(&items) } else { self.contested_chains(&items, &[], active) };
        for chain in chains {
            let names: Vec<String> = chain.iter().map(|&item| self.name(items[item as usize])).gather();
            chain.iter().for_each(|&item| is_chained[item as usize] = true);
            groups.push(self.group_conflict(&items, chain, &names));
        }
        let (items, renamed) =
            if self.rich.is_some() { (items, Vec::new()) } else { self.with_renamed(items, &is_chained) };
        groups.extend(self.grouped_conflicts(&items, active));
        let mut group_of = vec![NONE; if groups.is_empty() { 0 } else { items.len() }];
        // If an item is in several groups, the first one counts.
        for (at, group) in groups.iter().enumerate().rev() {
            for &item in &group.items {
                group_of[item as usize] = at as u32;
            }
        }
        let mut list =
            List { nodes, object: true, items: Vec::with_capacity(items.len()), arrangement: None, order_change: NONE };
        for (item, nodes) in (0_u32..).zip(items) {
            if renamed.binary_search(&item).is_ok() {
                list.items.push(Item { is_renamed: true, ..self.renamed(nodes) });
                continue;
            }
            let plan = match group_of.get(item as usize).and_then(|&at| groups.get(at as usize)) {
                Some(group) => Some(self.grouped(nodes, group)),
                None => match self.untouched(nodes) {
                    Some(plan) => Some(plan),
                    None => {
                        let (name, id) = self.names(nodes);
                        let below = self.rules.below(active, &name);
                        self.below(&name, &id, |merger| merger.value(nodes, &below))
                    }
                },
            };
            if plan.is_some() {
                list.items.push(Item::new(nodes, plan));
            }
        }
        Plan::List(Box::new(list))
    }

    /// The type of a block and its attributes are decided as one if a side changed the type and the other one any of them.
    fn typed(&self, items: &[Three]) -> Vec<Vec<u32>> {
        let Some(rich) = &self.rich else { return Vec::new() };
        let children = rich.editor.children();
        let own: Vec<u32> =
            (0_u32..).zip(items).filter(|(_, nodes)| self.name(**nodes) != children).map(|(at, _)| at).gather();
        let is_type = |nodes: Three| self.name(nodes) == "type";
        let has = |side: Side, is: &dyn Fn(Three) -> bool| {
            own.iter().map(|&at| items[at as usize]).any(|nodes| is(nodes) && !self.same(nodes, Side::Base, side))
        };
        let are_same = own.iter().all(|&at| self.same(items[at as usize], Side::Mine, Side::Theirs));
        let has_type = has(Side::Mine, &is_type) || has(Side::Theirs, &is_type);
        let is_clash = has_type && !are_same && has(Side::Mine, &|_| true) && has(Side::Theirs, &|_| true);
        if is_clash { vec![own] } else { Vec::new() }
    }

    /// Joins a member of base with its new names, if both sides renamed it differently, or one side renamed and the other removed it.
    /// A renamed member has another name, and its value is the same or a like container. Members of chains are decided already. Also returns the indexes of the joined members.
    fn with_renamed(&self, mut items: Vec<Three>, is_chained: &[bool]) -> (Vec<Three>, Vec<u32>) {
        let is_gone = |nodes: &Three| nodes.base != NONE && nodes.mine == NONE && nodes.theirs == NONE;
        let gone: Vec<usize> = (0..items.len()).filter(|&at| is_gone(&items[at]) && !is_chained[at]).gather();
        let mut renamed = Vec::new();
        if gone.is_empty() {
            return (items, renamed);
        }
        let mut new = [Side::Mine, Side::Theirs].map(|side| {
            let is_only = |nodes: &Three| nodes.base == NONE && (nodes.mine == NONE || nodes.theirs == NONE);
            let of_side = (0_u32..).zip(&items).filter(|(at, nodes)| is_only(nodes) && !is_chained[*at as usize]);
            Queues::new(of_side.filter_map(|(at, &nodes)| Some((self.at(nodes, side)?.hash(), at))))
        });
        for &at in &gone {
            let Some(old) = self.at(items[at], Side::Base) else { continue };
            for (side, new) in [Side::Mine, Side::Theirs].into_iter().zip(&mut new) {
                let Some(found) = new.take(old.hash()).map(|found| found as usize) else { continue };
                if let Some(value) = self.at(items[found], side).filter(|&value| equal(old, value)) {
                    items[at].set(side, value.node);
                    items[found] = Three::NOTHING;
                }
            }
        }
        self.join_alike(&mut items, &gone, is_chained);
        renamed.extend(
            (0_u32..)
                .zip(&items)
                .filter(|(at, nodes)| gone.binary_search(&(*at as usize)).is_ok() && !is_gone(nodes))
                .map(|(at, _)| at),
        );
        (items, renamed)
    }

    fn renamed(&mut self, nodes: Three) -> Item {
        let (op, clash) = match (nodes.mine, nodes.theirs) {
            (_, NONE) => (ChangeOp::Remove, Clash::EditDelete),
            (NONE, _) => (ChangeOp::Remove, Clash::DeleteEdit),
            _ => (ChangeOp::Replace, Clash::EditEdit),
        };
        if nodes.mine != NONE && nodes.theirs != NONE {
            // The chosen side gives the whole value, and its records with it. A side that removed the value may have moved records out of it.
            self.moves.forbid(self.documents, nodes);
        }
        let (name, id) = self.names(nodes);
        let plan = self.below(&name, &id, |merger| merger.conflict(nodes, op, clash));
        Item::new(nodes, Some(plan))
    }

    /// The members, if all sides have the same names in the same order. This is the usual case, and needs no lookup of names.
    fn same_members(&self, nodes: Three) -> Option<Vec<Three>> {
        let at = |side| self.at(nodes, side).filter(|at| at.kind() == Kind::Object);
        let [base, mine, theirs] = [at(Side::Base)?, at(Side::Mine)?, at(Side::Theirs)?];
        let [mut of_mine, mut of_theirs] = [mine, theirs].map(|at| at.document.children(at.node));
        let mut items = Vec::new();
        for node in base.document.children(base.node) {
            let nodes = Three { base: node, mine: of_mine.next()?, theirs: of_theirs.next()? };
            let member = At { node, ..base };
            if !same_name(member, At { node: nodes.mine, ..mine })
                || !same_name(member, At { node: nodes.theirs, ..theirs })
            {
                return None;
            }
            items.push(nodes);
        }
        (of_mine.next().is_none() && of_theirs.next().is_none()).then_some(items)
    }

    /// Each name once, with its nodes, in the merged order.
    fn member_items(&self, nodes: Three) -> Vec<Three> {
        let object = |side| self.at(nodes, side).filter(|at| at.kind() == Kind::Object).map(|at| at.node);
        let members = |side| Members::new(self.document(side), object(side));
        let (base, mine, theirs) = (members(Side::Base), members(Side::Mine), members(Side::Theirs));
        let mut items: Vec<Three> = base.nodes.iter().map(|&node| Three { base: node, ..Three::NOTHING }).gather();
        let mut orders = [
            (0..items.len() as u32).gather(),
            Vec::with_capacity(mine.nodes.len()),
            Vec::with_capacity(theirs.nodes.len()),
        ];
        let mut of_theirs = Vec::with_capacity(theirs.nodes.len());
        for &node in &theirs.nodes {
            let item = base.find(At { document: self.document(Side::Theirs), node }).unwrap_or(items.len());
            if item == items.len() {
                items.push(Three::NOTHING);
            }
            items[item].theirs = node;
            of_theirs.push(item);
            orders[2].push(item as u32);
        }
        for &node in &mine.nodes {
            let at = At { document: self.document(Side::Mine), node };
            let known = base.find(at).or_else(|| theirs.find(at).map(|found| of_theirs[found]));
            let item = known.unwrap_or(items.len());
            if item == items.len() {
                items.push(Three::NOTHING);
            }
            items[item].mine = node;
            orders[1].push(item as u32);
        }
        if self.documents.mine.is_values_only() {
            // JavaScript sorts names that look like numbers, so its order is no edit. Members of base keep the order of base.
            let known: Vec<u32> = orders[0].iter().copied().filter(|&item| items[item as usize].mine != NONE).gather();
            let mut next = known.into_iter();
            for slot in orders[1].iter_mut().filter(|item| items[**item as usize].base != NONE) {
                *slot = next.next().unwrap_or(*slot);
            }
        }
        let mut arrangement = Arrangement::new(items.len(), orders);
        arrangement.settle(Side::Theirs);
        let name = |item: u32| items.get(item as usize).map(|&nodes| self.name(nodes));
        let order = arrangement.order(&|left, right| name(left).cmp(&name(right)));
        order.into_iter().map(|item| items[item as usize]).gather()
    }

    pub(super) fn name(&self, nodes: Three) -> String {
        let at = [Side::Theirs, Side::Mine, Side::Base].into_iter().find_map(|side| self.at(nodes, side));
        at.map(|at| name(at.document, at.node)).unwrap_or_default()
    }

    /// The names in paths and in ids. If a name has a lone surrogate, the path replaces it, and the id has the name as it is written.
    pub(super) fn names(&self, nodes: Three) -> (String, String) {
        let at = [Side::Theirs, Side::Mine, Side::Base].into_iter().find_map(|side| self.at(nodes, side));
        let Some(at) = at else { return Default::default() };
        match at.document.exact_name(at.node) {
            Some(name) => (name.clone(), name),
            None => (name(at.document, at.node), at.document.name_source(at.node).to_owned()),
        }
    }

    /// Records a conflict for each group whose members both sides edited differently.
    fn grouped_conflicts(&mut self, items: &[Three], active: &Active) -> Vec<Group> {
        if !self.rules.any(active) {
            return Vec::new();
        }
        let groups: Vec<Vec<String>> = self.rules.groups(active).map(<[String]>::to_vec).gather();
        let mut found = Vec::new();
        if groups.is_empty() {
            return found;
        }
        let all: Vec<String> = items.iter().map(|&nodes| self.name(nodes)).gather();
        let places = Index::new(all.iter().map(|name| hash64(name.as_bytes())));
        for names in groups {
            let with_name = |name: &String| places.of(hash64(name.as_bytes())).find(|&at| all[at] == *name);
            let mut found_at: Vec<(u64, u32)> =
                names.iter().filter_map(with_name).map(|at| (at as u64, at as u32)).gather();
            sort_pairs(&mut found_at);
            found_at.dedup();
            let members: Vec<u32> = found_at.into_iter().map(|(_, at)| at).gather();
            let differs = |left, right| members.iter().any(|&item| !self.same(items[item as usize], left, right));
            if differs(Side::Base, Side::Mine) && differs(Side::Base, Side::Theirs) && differs(Side::Mine, Side::Theirs)
            {
                found.push(self.group_conflict(items, members, &names));
            }
        }
        found
    }

    /// Records the conflict of members that are decided as one: their positions in `items`.
    fn group_conflict(&mut self, items: &[Three], members: Vec<u32>, names: &[String]) -> Group {
        let (state, side) = self.settled();
        let value = |side| {
            let parts: Vec<String> =
                members.iter().filter_map(|&item| self.at(items[item as usize], side)).map(member_source).gather();
            Some(chained(&["{", &joined(&parts, ","), "}"]))
        };
        let change = Change {
            id: chained(&[&self.id, "#", &joined(names, "+")]),
            path: self.path.clone(),
            state,
            op: ChangeOp::Replace,
            clash: Some(if self.documents.base.is_some() { Clash::Group } else { Clash::NoBase }),
            ambiguous: false,
            is_order_free: false,
            from: None,
            into: [None, None],
            base: value(Side::Base).filter(|_| self.documents.base.is_some()),
            mine: value(Side::Mine),
            theirs: value(Side::Theirs),
            suggestion: None,
            region: None,
        };
        let change = self.push(change);
        for &item in &members {
            let (name, id) = self.names(items[item as usize]);
            self.below(&name, &id, |merger| merger.decide_moves_inside(items[item as usize], side, true));
        }
        Group { change, side, items: members }
    }

    fn grouped(&self, nodes: Three, group: &Group) -> Plan {
        Plan::Choose(Choice { change: group.change, nodes, auto: Some(group.side), made: None, grouped: true })
    }
}

/// Members that belong together, and that both sides edited.
struct Group {
    change: u32,
    side: Side,
    items: Vec<u32>,
}

fn member_source(at: At<'_>) -> String {
    chained(&[at.document.name_source(at.node), ":", at.source()])
}
