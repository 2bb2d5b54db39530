//! Merging arrays: elements get an identity, the two edits become hunks over base, overlaps become conflicts.

use crate::gather::{Gather, chained, joined};
use crate::gather::{both, three};
use std::cmp::Ordering;

use super::Rule;
use super::alignment::by_alignment;
use super::arrange::{Arrangement, Placed};
use super::hunks::{self, Hunk};
use super::identity::{Elements, Tokens, key_values};
use super::merge::Merger;
use super::plan::{Item, List, NONE, Plan, Run, Side, Three};
use super::pointer::Active;
use super::scalar::Decimal;
use super::tree::{At, Kind, Node};
use crate::merge::{Change, ChangeOp, ChangeState, Clash};

/// What an array means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// Elements are records: order matters little, identity is everything.
    Keyed,
    /// Scalars of which none stands twice.
    Unique,
    /// Neither order nor number of equal elements matters.
    Set,
    /// A list of values.
    Sequence,
}

/// An element while the array is being merged.
#[derive(Debug, Clone)]
pub(super) struct Element {
    pub nodes: Three,
    /// What stands in ids before its identity: not empty where only one side inserted it.
    pub prefix: &'static str,
    /// How many of the same identity stand before it.
    pub occurrence: u32,
    /// Of its value, or of all values of a run.
    pub hash: u64,
    /// The three values are not versions of one thing: never look inside.
    pub atomic: bool,
    pub run: Option<Box<Run>>,
    pub ambiguous: bool,
    /// How many sides are known to have a copy of what base has, to the byte.
    pub copies: u8,
}

impl Element {
    pub(super) fn new(prefix: &'static str, occurrence: u32, hash: u64, ambiguous: bool) -> Self {
        Self { nodes: Three::NOTHING, prefix, occurrence, hash, atomic: false, run: None, ambiguous, copies: 0 }
    }
}

/// The elements and the three orders of them.
pub(super) struct Roster {
    pub policy: Policy,
    /// The members that tell elements apart, where they are keyed.
    pub key: Vec<String>,
    pub elements: Vec<Element>,
    pub orders: [Vec<u32>; 3],
    /// Equal values have equal tokens.
    pub tokens: Vec<u32>,
    /// Which items somebody moved.
    pub moved: Vec<bool>,
    /// How many items that both put at one place stand before an item in mine and in theirs.
    pub pivots: [Vec<u32>; 2],
    /// What an item became a part of, itself where nothing.
    pub alias: Vec<u32>,
    /// Runs that stand before a position of base and hold nothing of it.
    pub base_runs: Vec<(usize, u32)>,
    /// Before which positions of base something stands that is decided by itself.
    pub apart: Vec<bool>,
    /// Moves and overlapping edits are so entangled that only the whole array can be decided.
    pub whole: bool,
}

impl<'a> Merger<'a> {
    /// An array, element by element; `None` where it can only be taken as a whole.
    pub(super) fn array(&mut self, nodes: Three, active: &Active) -> Option<Plan> {
        let documents =
            three([Side::Base, Side::Mine, Side::Theirs], |side| self.documents.get(side).map(|document| &**document));
        let elements = Elements::new(documents, nodes);
        // Two arrays that appeared under one name are united only where a rule says what their elements are.
        let ruled = matches!(self.rules.rule(active), Rule::Key(_) | Rule::Set);
        if self.kind(nodes, Side::Base) != Some(Kind::Array) && !ruled {
            return None;
        }
        let mut key = Vec::new();
        // Equal elements then do not prove that both sides made one edit.
        let counts = self.rules.counts(active);
        let (policy, tokens) = match self.rules.rule(active) {
            Rule::Key(names) => {
                key = names.clone();
                (Policy::Keyed, elements.by_key(names, false)?)
            }
            Rule::Set => (Policy::Set, elements.by_value()),
            Rule::Sequence => (Policy::Sequence, elements.by_value()),
            _ => {
                if let Some((found, tokens)) = elements.infer_key() {
                    self.inferred.push((self.path.clone(), found.clone()));
                    key = found;
                    (Policy::Keyed, tokens)
                } else if counts && let Some(tokens) = elements.by_place() {
                    (Policy::Keyed, tokens)
                } else {
                    let tokens = elements.by_value();
                    let unique = elements.all_scalars() && tokens.unique() && !counts;
                    (if unique { Policy::Unique } else { Policy::Sequence }, tokens)
                }
            }
        };
        let mut roster = match policy {
            Policy::Sequence => by_alignment(&elements, &tokens, counts),
            _ => by_identity(&elements, &tokens, policy),
        };
        if policy == Policy::Keyed && key.is_empty() {
            // Only places distinguish equal numbers, also in ids.
            for (place, element) in (0_u32..).zip(&mut roster.elements) {
                element.occurrence = place;
            }
        }
        roster.key = key;
        let mut arrangement = Arrangement::new(roster.elements.len(), roster.orders.clone());
        if matches!(policy, Policy::Unique | Policy::Sequence) {
            roster.moved = (0..roster.elements.len())
                .map(|item| arrangement.contested[item] || arrangement.moved[item] != [false; 2])
                .gather();
            roster.pivots = both([1, 2], |order| arrangement.pivots_before(order));
            let mut apart = vec![false; roster.orders[0].len() + 1];
            let [mine, theirs] = both([1, 2], |order| hunks::of(&roster, &arrangement, order, &mut apart));
            roster.apart = apart;
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

    /// Turns hunks that overlap into conflicts, and hunks that replace one by one into edits of elements.
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
        let ambiguous = self.neighbours(&roster, &arrangement, &order);
        if moves == Moves::Whole {
            list.order_change = self.order_change(nodes, &arrangement);
            if ambiguous.contains(&true) {
                self.mark_move(list.order_change);
            }
        }
        let both_moved = arrangement.movers() == [true, true];
        let mut index = 0;
        for &at in &order {
            let element = &roster.elements[at as usize];
            let moved = moves == Moves::Single && arrangement.is_moved(at as usize);
            let unsure = element.ambiguous || ambiguous[at as usize];
            let moved = moved.then(|| arrangement.move_of(at));
            let item = self.element(active, element, &roster.key, &mut index, moved.map(|by| (by, both_moved)));
            if unsure {
                self.mark_ambiguous(&item);
            }
            list.items.push(item);
        }
        if moves != Moves::None {
            list.arrangement = Some(Box::new((arrangement, order)));
        }
        Plan::List(Box::new(list))
    }

    /// One element of the result; `index` is where it stands, and then where the next one does.
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
            *index += run.get(run.auto).len();
            return Item { nodes, plan: None, moved: NONE, run: Some(Box::new(run)) };
        }
        let untouched = || if element.copies == 2 { Some(self.keep(nodes)) } else { self.untouched(nodes) };
        if moved.is_none()
            && let Some(plan) = untouched()
        {
            *index += 1;
            return Item { nodes, plan: Some(plan), moved: NONE, run: None };
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
        if plan.as_ref().is_some_and(stands) {
            *index += 1;
        }
        Item { nodes, plan, moved, run: None }
    }

    /// The change for a run of elements that both sides edited.
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
            id: chained(&[&self.id, "#", &hunks::short_hash(element.hash)]),
            path: self.path.clone(),
            state,
            op,
            clash: Some(clash),
            ambiguous: element.ambiguous,
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

    /// Decides who places what, and how the moves are reported.
    fn place(&mut self, arrangement: &mut Arrangement, policy: Policy) -> Moves {
        if policy == Policy::Set {
            for item in 0..arrangement.placed.len() {
                if arrangement.is_moved(item) {
                    arrangement.place_by(item, Side::Theirs, false);
                }
            }
            return Moves::None;
        }
        let (_, side) = self.settled();
        arrangement.settle(side);
        let moved = (0..arrangement.placed.len()).filter(|&item| arrangement.is_moved(item)).count();
        let anchored = arrangement.placed.iter().filter(|placed| **placed == Placed::Anchored).count();
        match moved {
            0 => Moves::None,
            _ if moved > anchored => Moves::Whole,
            _ => Moves::Single,
        }
    }

    fn order_change(&mut self, nodes: Three, arrangement: &Arrangement) -> u32 {
        let [mine, theirs] = arrangement.movers();
        let (state, clash) = self.move_state(mine, theirs, arrangement.is_contested(), Clash::Order);
        let change = self.change(nodes, state, ChangeOp::Move, clash);
        if let Some(change) = self.changes.last_mut() {
            change.id.push_str("#order");
            change.ambiguous = clash.is_none() && mine && theirs && state != ChangeState::Same;
        }
        change
    }

    /// `by`: mine moved it, theirs did, to different places.
    fn move_change(&mut self, nodes: Three, by: [bool; 3], both_moved: bool) -> u32 {
        let [mine, theirs, contested] = by;
        let (state, clash) = self.move_state(mine, theirs, contested, Clash::MoveMove);
        let change = self.change(nodes, state, ChangeOp::Move, clash);
        if let Some(change) = self.changes.last_mut() {
            change.id.push_str("#move");
            change.ambiguous = clash.is_none() && both_moved && state != ChangeState::Same;
        }
        change
    }

    fn move_state(&self, mine: bool, theirs: bool, contested: bool, clash: Clash) -> (ChangeState, Option<Clash>) {
        match (mine, theirs) {
            _ if contested => (self.settled().0, Some(clash)),
            (true, true) => (ChangeState::Same, None),
            (true, false) => (ChangeState::Mine, None),
            _ => (ChangeState::Theirs, None),
        }
    }

    /// Which elements stand beside one that the other side put at the same place: another order is as good.
    fn neighbours(&self, roster: &Roster, arrangement: &Arrangement, order: &[u32]) -> Vec<bool> {
        let mut unsure = arrangement.unsure.clone();
        if !matches!(roster.policy, Policy::Unique | Policy::Sequence) {
            return unsure;
        }
        let new = |item: u32| roster.elements[item as usize].nodes.base == NONE;
        for pair in order.windows(2) {
            let [left, right] = [pair[0], pair[1]];
            let placed = [arrangement.placed[left as usize], arrangement.placed[right as usize]];
            let crossed = matches!(
                placed,
                [Placed::By(Side::Mine), Placed::By(Side::Theirs)] | [Placed::By(Side::Theirs), Placed::By(Side::Mine)]
            );
            if crossed && (new(left) || new(right)) {
                unsure[left as usize] = true;
                unsure[right as usize] = true;
            }
        }
        if arrangement.orders[1] != arrangement.orders[2] {
            self.slips(roster, arrangement, order, &mut unsure);
        }
        // That a value of its own replaced another is only likely where that other one went elsewhere.
        for &item in order {
            let nodes = roster.elements[item as usize].nodes;
            let edited = || !self.same(nodes, Side::Base, Side::Mine) || !self.same(nodes, Side::Base, Side::Theirs);
            unsure[item as usize] |= arrangement.is_moved(item as usize) && edited();
        }
        unsure
    }

    /// Which elements stand at, or beside, one that a side may or may not have moved, where the other side put something too.
    fn slips(&self, roster: &Roster, arrangement: &Arrangement, order: &[u32], unsure: &mut [bool]) {
        let put = |item: u32, by: usize| {
            let (at, nodes) = (item as usize, roster.elements[item as usize].nodes);
            let has = if by == 0 { nodes.mine } else { nodes.theirs } != NONE;
            arrangement.moved[at][by] || arrangement.slippery[at][by] || (nodes.base == NONE && has)
        };
        for (at, &item) in order.iter().enumerate() {
            for &beside in &order[at.saturating_sub(1)..(at + 2).min(order.len())] {
                let slips = |by: usize| arrangement.slippery[item as usize][by] && put(beside, 1 - by);
                if slips(0) || slips(1) {
                    unsure[item as usize] = true;
                    unsure[beside as usize] = true;
                }
            }
        }
    }

    fn mark_ambiguous(&mut self, item: &Item) {
        let change = match (&item.plan, &item.run) {
            (_, Some(run)) => run.change,
            (Some(Plan::Choose(choice)), _) => choice.change,
            _ => NONE,
        };
        if let Some(change) = self.changes.get_mut(change as usize) {
            change.ambiguous = true;
        }
        self.mark_move(item.moved);
    }

    /// A move that people are asked about anyway needs no mark.
    fn mark_move(&mut self, change: u32) {
        if let Some(change) = self.changes.get_mut(change as usize) {
            change.ambiguous |= change.clash.is_none();
        }
    }

    /// What stands in ids for an element that is no run.
    fn identity_of(&self, element: &Element, key: &[String]) -> String {
        let mut id = String::from(element.prefix);
        let at = [Side::Base, Side::Mine, Side::Theirs].into_iter().find_map(|side| self.at(element.nodes, side));
        if let Some(at) = at {
            push_identity(&mut id, at, key, element.occurrence);
        }
        id
    }

    /// An order of elements that does not depend on who is called mine: by identity, then by what the sides have.
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moves {
    None,
    /// A change for each element that moved.
    Single,
    /// More moved than stayed: one change for the order of the array.
    Whole,
}

/// Whether something stands in the result when nothing is decided.
fn stands(plan: &Plan) -> bool {
    match plan {
        Plan::Choose(choice) => {
            choice.made.is_some() || choice.auto.is_some_and(|side| choice.nodes.get(side).is_some())
        }
        _ => true,
    }
}

/// Elements of one token, or of the n-th occurrence of one, are one element.
fn by_identity(elements: &Elements<'_>, tokens: &Tokens, policy: Policy) -> Roster {
    let mut roster = Roster::new(policy);
    // For each token its first and its last element, and for each element the next of the same token.
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

/// What stands in ids for an element: its key or its value, shortened where that is long.
fn push_identity(id: &mut String, element: At<'_>, key: &[String], occurrence: u32) {
    id.push('=');
    match key_values(element, key) {
        Some(values) => {
            for (at, value) in values.enumerate() {
                if at > 0 {
                    id.push(',');
                }
                push_short(id, value);
            }
        }
        None => push_short(id, element),
    }
    if occurrence > 0 {
        id.push('+');
        id.push_str(&occurrence.to_string());
    }
}

fn push_short(id: &mut String, value: At<'_>) {
    let source = value.source();
    if source.len() <= 40 && !matches!(value.kind(), Kind::Array | Kind::Object) {
        id.push_str(source);
        return;
    }
    id.push_str(&hunks::short_hash(value.hash()));
}

/// The nodes of a stretch of elements on one side.
pub(super) fn nodes_of(roster: &Roster, items: &[u32], side: Side) -> Vec<Node> {
    items.iter().filter_map(|&item| roster.elements[item as usize].nodes.get(side)).gather()
}
