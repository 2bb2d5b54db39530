//! Merges arrays: elements get an identity, the edits of both sides become hunks over base, and overlapping hunks become conflicts.

use crate::gather::{Gather, chained, joined};
use std::cmp::Ordering;

use super::alignment::by_alignment;
use super::arrange::Arrangement;
use super::hunks::{self, Hunk};
use super::identity::{Elements, Places, Tokens, push_identity, short_hash};
use super::likeness::{Matched, id_member, is_id_name, name_hashes};
use super::marks::free_neighbours;
use super::merge::Merger;
use super::order::MoveChanges;
use super::plan::{Item, List, Movable, Plan, Run};
use super::pointer::Active;
use super::roster::{Element, Policy, Roster};
use super::scalar::Decimal;
use super::sides::{NONE, Side, Three};
use super::tree::{At, Kind};
use super::{Inferred, Rule};
use crate::merge::{Change, ChangeOp, Clash};

/// How the elements of an array were identified.
enum By {
    Place,
    Evidence(Box<Matched>),
    Other,
}

impl<'a> Merger<'a> {
    /// Merges an array element by element. `None` if it can only be decided as a whole.
    pub(super) fn array(&mut self, nodes: Three, active: &Active) -> Option<Plan> {
        let documents = Side::ALL.map(|side| self.documents.get(side).map(|document| &**document));
        let elements = Elements::new(documents, nodes);
        // Equal names do not prove that two added arrays are one array. Two cases do: a rule defines the identity of their elements, or
        // records of base moved into both arrays, and all other elements have ids.
        let ruled = matches!(self.rules.rule(active), Rule::Key(_) | Rule::Set);
        let is_moved = |(side, node)| self.moves.of(Three::NOTHING.with(side, node)).is_some();
        let has_id = |(side, node)| id_member(At { document: self.document(side), node }).is_some();
        let have_moved_records = || {
            [Side::Mine, Side::Theirs].into_iter().all(|side| {
                let mut all = elements.nodes[side as usize].iter().map(|&node| (side, node));
                all.clone().any(is_moved) && all.all(|one| is_moved(one) || has_id(one))
            })
        };
        if self.kind(nodes, Side::Base) != Some(Kind::Array) && !ruled && !have_moved_records() {
            return None;
        }
        let (mut roster, by) = self.identified(&elements, active)?;
        let policy = roster.policy;
        let places = matches!(by, By::Place);
        if places {
            // Ids of changes need the place, because elements may be equal.
            for (place, element) in (0_u32..).zip(&mut roster.elements) {
                element.occurrence = place;
            }
        }
        if !places && matches!(policy, Policy::Keyed | Policy::Unique) {
            for element in &mut roster.elements {
                element.moved = self.moves.of(element.nodes);
            }
        } else {
            for element in &roster.elements {
                self.moves.forbid_element(element.nodes);
            }
        }
        let mut arrangement = Arrangement::new(roster.elements.len(), roster.orders.clone());
        if let By::Evidence(matched) = by {
            for item in self.guesses(&matched, &roster, &arrangement)? {
                let element = &mut roster.elements[item as usize];
                // A removal conflicts without this, and equal edits do not conflict.
                let nodes = element.nodes;
                element.atomic =
                    nodes.mine != NONE && nodes.theirs != NONE && !self.same(nodes, Side::Mine, Side::Theirs);
            }
        }
        if matches!(policy, Policy::Unique | Policy::Sequence) {
            roster.moved = (0..roster.elements.len())
                .map(|item| arrangement.contested[item] || arrangement.moved[item] != [false; 2])
                .gather();
            roster.pivots = [1, 2].map(|order| arrangement.pivots_before(order));
            let mut separate = vec![false; roster.orders[0].len() + 1];
            let [mine, theirs] = [1, 2].map(|order| hunks::of(&roster, &arrangement, order, &mut separate));
            roster.separate = separate;
            let settled = self.settle(&mut roster, &mine, &theirs);
            if roster.whole {
                return None;
            }
            if settled {
                arrangement = Arrangement::new(roster.elements.len(), roster.orders.clone());
            }
        }
        Some(self.arranged(nodes, active, roster, arrangement))
    }

    /// Identifies the elements. `None` if their identity is unclear.
    fn identified(&mut self, elements: &Elements<'_>, active: &Active) -> Option<(Roster, By)> {
        // With counters, equal elements on both sides may be two increments.
        let counts = self.rules.counts(active);
        let keyed = |tokens: &Tokens, by: By| Some((by_identity(elements, tokens, Policy::Keyed), by));
        let sequence = |tokens: &Tokens| Some((by_alignment(elements, tokens, counts), By::Other));
        let rule = self.rules.rule(active).clone();
        let tokens = match &rule {
            // A rule with a name that no element has identifies nothing.
            Rule::Key(names) if elements.have_key(names) => {
                let mut tokens = elements.by_key(names, false)?;
                self.follow_new_keys(elements, &mut tokens, names);
                let roster = by_identity(elements, &tokens, Policy::Keyed);
                return Some((Roster { key: names.clone(), ..roster }, By::Other));
            }
            Rule::ByPlace => return keyed(&elements.by_index(), By::Place),
            Rule::Set => return Some((by_identity(elements, &elements.by_value(), Policy::Set), By::Other)),
            Rule::Sequence => return sequence(&elements.by_value()),
            _ => elements.by_value(),
        };
        if self.rich.is_some() && !elements.all_scalars() {
            let blocks = super::rich::matched(elements, &tokens)?;
            return keyed(&blocks, By::Other);
        }
        if counts {
            if let Some(places) = elements.by_place() {
                return keyed(&places, By::Place);
            }
        } else {
            match elements.places(&tokens) {
                Places::Kept => return keyed(&elements.by_index(), By::Place),
                Places::Unclear => return None,
                Places::Other => {}
            }
        }
        if elements.all_scalars() {
            let is_unique = tokens.unique() && !counts;
            return if is_unique {
                Some((by_identity(elements, &tokens, Policy::Unique), By::Other))
            } else {
                sequence(&tokens)
            };
        }
        let matched = Matched::new(elements, &self.moves.in_elements(elements), counts);
        if matched.has_clashing_ids() {
            return None;
        }
        if self.may_echo && matched.has_two_insertions() {
            return sequence(&tokens);
        }
        let key = matched.key();
        if !key.is_empty() {
            let sureness = matched.sureness();
            self.inferred.push(Inferred { path: self.path.clone(), key: key.clone(), sureness });
        }
        let roster = matched.roster(elements, &tokens, &key);
        let [base, mine, theirs] = &tokens.of;
        if mine != base && theirs != base && mine != theirs {
            if key.first().is_some_and(|key| !is_id_name(key)) {
                let items: Vec<Three> = roster.elements.iter().map(|element| element.nodes).gather();
                if !self.contested_chains(&items, &name_hashes(elements, &key), active).is_empty() {
                    return None;
                }
            }
            self.contest_names(elements, &roster, key.first().map(String::as_str));
        }
        Some((Roster { key, ..roster }, By::Evidence(Box::new(matched))))
    }

    /// The elements that both sides touched, and that a guess matches. People decide each of them as a whole. `None` if other elements
    /// may be meant, so that people have to decide the array. A side that moved any element touches all of them, because the guess then
    /// decides their places.
    fn guesses(&self, matched: &Matched, roster: &Roster, arrangement: &Arrangement) -> Option<Vec<u32>> {
        let is_moved_by = [0, 1].map(|by| {
            let is_moved = |&item: &u32| arrangement.moved[item as usize][by] || arrangement.contested[item as usize];
            roster.orders[by + 1].iter().any(is_moved)
        });
        let mut found = Vec::new();
        for (at, &item) in (0_u32..).zip(&roster.orders[0]) {
            let nodes = roster.elements[item as usize].nodes;
            let is_touched = |side: Side, by: usize| {
                is_moved_by[by] || nodes.get(side).is_none() || !self.same(nodes, Side::Base, side)
            };
            let is_guess = (matched.is_doubtful(0, at) && is_touched(Side::Theirs, 1))
                || (matched.is_doubtful(1, at) && is_touched(Side::Mine, 0));
            if !is_guess {
                continue;
            }
            // If both sides removed the element, no change can show the conflict. If one side removed it, records may have moved out of
            // it, and only a conflict of the whole array keeps them.
            let is_shown = match (nodes.mine, nodes.theirs) {
                (NONE, NONE) => false,
                (NONE, _) | (_, NONE) => self.moves.all.is_empty(),
                _ => true,
            };
            if is_moved_by != [false; 2] || !is_shown || matched.may_be_other(at) {
                return None;
            }
            found.push(item);
        }
        Some(found)
    }

    /// Turns overlapping hunks into conflicts, and hunks that replace elements one by one into edits. Returns whether the roster changed.
    fn settle(&mut self, roster: &mut Roster, mine: &[Hunk], theirs: &[Hunk]) -> bool {
        let mut settled = false;
        for cluster in hunks::clusters(roster.policy, mine, theirs) {
            settled |= hunks::settle(self, roster, &cluster);
        }
        if settled {
            hunks::compact(roster);
        }
        settled
    }

    fn arranged(&mut self, nodes: Three, active: &Active, roster: Roster, mut arrangement: Arrangement) -> Plan {
        let mut list = List {
            nodes,
            object: false,
            items: Vec::with_capacity(roster.elements.len()),
            arrangement: None,
            order_change: NONE,
        };
        let policy = roster.policy;
        let moves = self.place(&mut arrangement, policy);
        let order = {
            let merger = &*self;
            let is_late = |item: u32| merger.theirs_first && roster.elements[item as usize].nodes.theirs == NONE;
            let tie = |left: u32, right: u32| {
                is_late(left).cmp(&is_late(right)).then_with(|| merger.compare(&roster, left, right))
            };
            arrangement.order(&tie)
        };
        let ambiguous = self.unsure_elements(&roster, &arrangement, &order);
        let free = free_neighbours(&roster, &arrangement, &order);
        if moves == MoveChanges::Whole {
            list.order_change = self.order_change(nodes, &arrangement);
            if ambiguous.contains(&true) {
                self.mark_move(list.order_change);
            }
        }
        let both_moved = arrangement.movers() == [true, true];
        let mut index = 0;
        for &at in &order {
            let element = &roster.elements[at as usize];
            let moved = moves == MoveChanges::Single && arrangement.is_moved(at as usize);
            let unsure = element.ambiguous || ambiguous[at as usize];
            let moved = moved.then(|| arrangement.move_of(at));
            let item = self.element(active, element, &roster.key, &mut index, moved.map(|by| (by, both_moved)));
            if unsure || free[at as usize] {
                self.mark_ambiguous(&item, !unsure);
            }
            list.items.push(item);
        }
        if moves != MoveChanges::None {
            list.arrangement = Some(Box::new(Movable { arrangement, elements: order, key: roster.key }));
        }
        Plan::List(Box::new(list))
    }

    /// Merges one element at position `index` of the result, and advances `index` to the next position.
    ///
    /// `moved` has the result of [`Arrangement::move_of`], and whether both sides moved elements.
    fn element(
        &mut self,
        active: &Active,
        element: &Element,
        key: &[String],
        index: &mut usize,
        moved: Option<([bool; 3], bool)>,
    ) -> Item {
        let nodes = element.nodes;
        if let Some(run) = &element.run {
            let run = self.run(run, element, *index);
            for side in Side::ALL {
                for (position, &node) in (*index..).zip(run.get(side)) {
                    let token = position.to_string();
                    let nodes = Three::NOTHING.with(side, node);
                    self.moves.forbid_element(nodes);
                    self.below(&token, &token, |merger| merger.decide_moves_inside(nodes, run.auto, true));
                }
            }
            *index += run.get(run.auto).len();
            return Item { run: Some(Box::new(run)), ..Item::new(nodes, None) };
        }
        if let Some(record) = element.moved {
            if self.moves.all[record as usize].is_single {
                return self.moved_record(active, record, (element, key), index);
            }
            if let Some(item) = self.removed_record(record, (element, key), *index) {
                *index += usize::from(item.plan.as_ref().is_some_and(Plan::has_default));
                return item;
            }
        }
        let untouched = || if element.copies == 2 { Some(self.keep(nodes)) } else { self.untouched(nodes) };
        if moved.is_none()
            && let Some(plan) = untouched()
        {
            *index += 1;
            return Item::new(nodes, Some(plan));
        }
        let token = (*index).to_string();
        let below = self.rules.below(active, &token);
        let id = self.identity_of(element, key);
        let (plan, moved) = self.below(&token, &id, |merger| {
            let moved = moved.map_or(NONE, |(by, both_moved)| merger.move_change(nodes, by, both_moved));
            let plan = if element.atomic {
                Some(merger.conflict(nodes, ChangeOp::Replace, Clash::EditEdit))
            } else {
                merger.value(nodes, &below)
            };
            (plan, moved)
        });
        if plan.as_ref().is_some_and(Plan::has_default) {
            *index += 1;
        }
        Item { moved, ..Item::new(nodes, plan) }
    }

    /// Records the change of a run of elements that both sides edited.
    fn run(&mut self, run: &Run, element: &Element, index: usize) -> Run {
        let (state, auto) = self.settled();
        let clash = match (run.base.len(), run.mine.len(), run.theirs.len()) {
            (0, ..) => Clash::InsertInsert,
            (_, 0, _) => Clash::DeleteEdit,
            (_, _, 0) => Clash::EditDelete,
            _ => Clash::EditEdit,
        };
        let op = match clash {
            Clash::InsertInsert => ChangeOp::Add,
            Clash::DeleteEdit | Clash::EditDelete => ChangeOp::Remove,
            _ => ChangeOp::Replace,
        };
        let value = |side: Side| {
            let document = self.documents.get(side)?;
            let sources: Vec<&str> = run.get(side).iter().map(|&node| document.source(node)).gather();
            if run.single {
                return sources.first().map(|source| (*source).to_owned());
            }
            Some(chained(&["[", &joined(&sources, ","), "]"]))
        };
        let (base, mine, theirs) = (value(Side::Base), value(Side::Mine), value(Side::Theirs));
        let mut change = Change {
            id: chained(&[&self.id, "#", &short_hash(element.hash)]),
            path: self.path.clone(),
            state,
            op,
            clash: Some(clash),
            ambiguous: element.ambiguous,
            is_order_free: false,
            from: None,
            into: [None, None],
            base,
            mine,
            theirs,
            suggestion: None,
            region: None,
        };
        if run.single {
            super::pointer::push_index(&mut change.path, index);
        }
        let change = self.push(change);
        self.runs.push(change);
        Run { change, auto, ..run.clone() }
    }

    /// The part of an id that identifies an element; runs have ids of their own.
    pub(super) fn identity_of(&self, element: &Element, key: &[String]) -> String {
        let mut id = String::from(element.prefix);
        let at = Side::ALL.into_iter().find_map(|side| self.at(element.nodes, side));
        if let Some(at) = at {
            push_identity(&mut id, at, key, element.occurrence);
        }
        id
    }

    /// Orders elements by identity, then by their values on both sides. Swapped sides have the same order.
    fn compare(&self, roster: &Roster, left: u32, right: u32) -> Ordering {
        let identity = |item: u32| match roster.elements.get(item as usize) {
            Some(element) if element.run.is_none() => {
                self.identity_of(element, &roster.key)[element.prefix.len() + 1..].to_owned()
            }
            _ => String::new(),
        };
        let (one, other) = (identity(left), identity(right));
        let number = |text: &str| {
            let numeric = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
            if numeric && !text.is_empty() { Decimal::parse(text) } else { None }
        };
        let order = match (number(&one), number(&other)) {
            (Some(one), Some(other)) => one.compare(&other),
            _ => one.cmp(&other),
        };
        let sources = |item: u32| {
            let nodes = roster.elements.get(item as usize).map(|element| element.nodes);
            let source = |side| nodes.and_then(|nodes| self.at(nodes, side)).map(At::source);
            let [one, other] = [source(Side::Mine), source(Side::Theirs)];
            if one <= other { [one, other] } else { [other, one] }
        };
        order.then_with(|| sources(left).cmp(&sources(right)))
    }
}

/// Unites elements with equal tokens. The n-th occurrences of a token on the three sides are one element.
fn by_identity(elements: &Elements<'_>, tokens: &Tokens, policy: Policy) -> Roster {
    let mut roster = Roster::new(policy);
    // For each token its first and last element, and for each element the next one with the same token.
    let (mut first, mut last) = (vec![NONE; tokens.count], vec![NONE; tokens.count]);
    let mut next: Vec<u32> = Vec::new();
    let mut copied = tokens.copied.iter();
    for (at, side) in [(0, Side::Base), (1, Side::Mine), (2, Side::Theirs)] {
        let mut cursor = first.clone();
        let mut occurrences = vec![0; tokens.count];
        for (position, element) in elements.side(at).enumerate() {
            let token = tokens.of[at][position] as usize;
            let mut item = cursor[token];
            if item == NONE {
                let occurrence = occurrences[token];
                let ambiguous = occurrence > 0 && policy == Policy::Keyed;
                item = roster.add(Element::new("", occurrence, element.hash(), ambiguous), token as u32);
                next.push(NONE);
                if last[token] == NONE {
                    first[token] = item;
                } else {
                    next[last[token] as usize] = item;
                }
                last[token] = item;
            } else {
                cursor[token] = next[item as usize];
            }
            occurrences[token] += 1;
            let known = &mut roster.elements[item as usize];
            known.nodes.set(side, element.node);
            let origin = copied.next().and_then(|of_base| elements.nodes[0].get((*of_base)?));
            known.copies += u8::from(origin == Some(&known.nodes.base));
            roster.orders[at].push(item);
        }
    }
    roster
}
