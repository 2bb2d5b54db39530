//! Records that move from one array of a document to another (law J16).
//!
//! A record is known by its id or, without an id, by its whole content. An array is known by the record that contains it, and by the
//! names that lead from there to the array. So the arrays inside a record stay the same when the record moves.

use std::ops::Range;

use json_tree::mix;

use super::arrays::{Element, stands};
use super::merge::Merger;
use super::plan::{Held, Item, NONE, Plan, Side, Three};
use super::pointer::{self, Active};
use super::tree::{At, Document, Kind, Node, name};
use super::{Documents, likeness};
use crate::gather::{Gather, chained, three};
use crate::merge::sort::{sort_hashes, sort_pairs};
use crate::merge::{ChangeOp, Clash};

const SIDES: [Side; 3] = [Side::Base, Side::Mine, Side::Theirs];

/// A shorter value without an id may be in two arrays by chance.
const MIN_CONTENT_BYTES: usize = 16;

/// A record that is in different arrays on the three sides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved {
    pub nodes: Three,
    /// Whether mine, and theirs, moved it.
    pub by: [bool; 2],
    /// Whether both moved it to one array.
    pub is_same: bool,
    /// Whether mine, and theirs, has the record several times.
    pub has_copies: [bool; 2],
    /// Whether all sides have the arrays, and none has the record twice, so that the record can be in any of these arrays.
    pub is_in_known_arrays: bool,
}

/// All such records.
#[derive(Default)]
pub(super) struct Moves {
    pub all: Vec<Moved>,
    /// The side and the node, and the place in `all`; sorted.
    by_node: Vec<(u64, u32)>,
    /// By the place in `all`.
    decided: Vec<Option<Decided>>,
    /// The container of each node of base, and its place there; empty until something has moved.
    base_places: Vec<(Node, u32)>,
}

impl Moves {
    pub(super) fn new(documents: Documents<'_>) -> Self {
        let Some(base) = documents.base else { return Self::default() };
        let found = three([base, documents.mine, documents.theirs], Places::of);
        let all = moved(&found);
        if all.is_empty() || is_knotted(&found, &all) {
            return Self::default();
        }
        let all: Vec<Moved> = all.into_iter().map(|one| one.moved).gather();
        let mut by_node = Vec::new();
        for (at, moved) in (0_u32..).zip(&all) {
            for side in SIDES {
                if let Some(node) = moved.nodes.get(side) {
                    by_node.push((node_key(side, node), at));
                }
            }
        }
        sort_pairs(&mut by_node);
        let decided = all.iter().map(|_| None).gather();
        Self { all, by_node, decided, base_places: Vec::new() }
    }

    /// Whether a record has no place in the result, as its array there is decided as a whole.
    pub(super) fn has_lost_any(&self) -> bool {
        self.decided.iter().flatten().any(|decided| !decided.is_placed && stands(&decided.plan))
    }

    /// The path of a node of base.
    pub(super) fn path_in_base(&mut self, documents: Documents<'_>, node: Node) -> Option<String> {
        let base = documents.base.filter(|_| node != NONE)?;
        if self.base_places.is_empty() {
            self.base_places = vec![(NONE, 0); base.nodes().len()];
            for container in 0..base.nodes().len() as Node {
                if base.data(container).is_container() {
                    for (place, child) in (0_u32..).zip(base.children(container)) {
                        self.base_places[child as usize] = (container, place);
                    }
                }
            }
        }
        let mut nodes = vec![node];
        while let Some(&(container, _)) = nodes.last().and_then(|&last| self.base_places.get(last as usize))
            && container != NONE
        {
            nodes.push(container);
        }
        let mut path = String::new();
        // The outermost is the root, which has no name.
        for pair in nodes.windows(2).rev() {
            match base.kind(pair[1]) {
                Kind::Object => pointer::push(&mut path, &name(base, pair[0])),
                _ => pointer::push_index(&mut path, self.base_places[pair[0] as usize].1 as usize),
            }
        }
        Some(path)
    }

    /// The moved record that one of these nodes is a version of.
    pub(super) fn of(&self, nodes: Three) -> Option<u32> {
        if self.all.is_empty() {
            return None;
        }
        SIDES.into_iter().find_map(|side| {
            let key = node_key(side, nodes.get(side)?);
            let at = self.by_node.binary_search_by_key(&key, |known| known.0).ok()?;
            Some(self.by_node[at].1)
        })
    }
}

fn node_key(side: Side, node: Node) -> u64 {
    (side as u64) << 32 | u64::from(node)
}

/// What was decided about a moved record when the walk came to its first array.
pub(super) struct Decided {
    change: u32,
    plan: Plan,
    auto: Side,
    /// The changes and the texts of the record.
    changes: Range<usize>,
    texts: Range<usize>,
    path: String,
    id: String,
    /// Whether the walk has come to the array in which the record is, if nothing is picked.
    is_placed: bool,
}

impl Merger<'_> {
    /// A record that the sides have in different arrays, in one of these arrays. It is in the result once.
    pub(super) fn moved_record(
        &mut self,
        active: &Active,
        record: u32,
        (element, key): (&Element, &[String]),
        index: &mut usize,
    ) -> Item {
        let is_here = three(SIDES, |side| element.nodes.get(side).is_some());
        let (token, id) = (index.to_string(), self.identity_of(element, key));
        let below = self.rules.below(active, &token);
        let mut decided = match self.moves.decided[record as usize].take() {
            Some(decided) => decided,
            None => self.below(&token, &id, |merger| merger.decide_move(record, &below)),
        };
        if is_here[decided.auto as usize] {
            self.below(&token, &id, |merger| merger.tell_place(&decided));
            *index += usize::from(stands(&decided.plan));
            decided.is_placed = true;
        }
        let held = Held { change: decided.change, is_here, auto: decided.auto };
        let item = Item { held: Some(held), ..Item::new(element.nodes, Some(decided.plan.clone())) };
        self.moves.decided[record as usize] = Some(decided);
        item
    }

    /// A record that a side moved into a new array, in the array of base, or a record of which a side has copies. It is asked about if both sides took it away.
    pub(super) fn taken_record(
        &mut self,
        record: u32,
        (element, key): (&Element, &[String]),
        index: usize,
    ) -> Option<Item> {
        let moved = self.moves.all[record as usize];
        let Three { mine, theirs, .. } = element.nodes;
        let [mine_copied, theirs_copied] = moved.has_copies;
        let is_gone = match (mine == NONE, theirs == NONE) {
            (true, true) => true,
            (false, true) => mine_copied,
            (true, false) => theirs_copied,
            (false, false) => false,
        };
        if !is_gone || moved.is_same || element.nodes.base == NONE {
            return None;
        }
        let clash = match (moved.nodes.mine, moved.nodes.theirs) {
            (_, NONE) => Clash::EditDelete,
            (NONE, _) => Clash::DeleteEdit,
            _ => Clash::MoveMove,
        };
        let id = self.identity_of(element, key);
        let plan =
            self.below(&index.to_string(), &id, |merger| merger.conflict(element.nodes, ChangeOp::Remove, clash));
        Some(Item::new(element.nodes, Some(plan)))
    }

    fn decide_move(&mut self, record: u32, active: &Active) -> Decided {
        let Moved { nodes, by: [mine, theirs], is_same, .. } = self.moves.all[record as usize];
        let (first_change, first_text) = (self.changes.len(), self.texts.len());
        let removed = if nodes.theirs == NONE {
            Some(Clash::EditDelete)
        } else {
            (nodes.mine == NONE).then_some(Clash::DeleteEdit)
        };
        let (change, plan, auto) = match removed {
            Some(clash) => {
                let plan = self.conflict(nodes, ChangeOp::Remove, clash);
                (first_change as u32, plan, self.settled().1)
            }
            None => {
                let is_contested = mine && theirs && !is_same;
                let (state, clash) = self.move_state(mine, theirs, is_contested, Clash::MoveMove);
                let change = self.change(nodes, state, ChangeOp::Move, clash);
                let from = self.moves.path_in_base(self.documents, nodes.base);
                if let Some(change) = self.changes.last_mut() {
                    change.from = from;
                    change.id.push_str("#move");
                }
                let auto = match (is_contested, mine) {
                    (true, _) => self.settled().1,
                    (false, true) => Side::Mine,
                    (false, false) => Side::Theirs,
                };
                let plan = self.value(nodes, active).unwrap_or(Plan::Take(Side::Mine, nodes.mine));
                (change, plan, auto)
            }
        };
        Decided {
            change,
            plan,
            auto,
            changes: first_change..self.changes.len(),
            texts: first_text..self.texts.len(),
            path: self.path.clone(),
            id: self.id.clone(),
            is_placed: false,
        }
    }

    /// The walk has come to the place of the record in the result: its changes get that path.
    fn tell_place(&mut self, decided: &Decided) {
        let moved = |path: &mut String, from: &str, to: &str| {
            if let Some(rest) = path.strip_prefix(from) {
                *path = chained(&[to, rest]);
            }
        };
        for change in &mut self.changes[decided.changes.clone()] {
            moved(&mut change.path, &decided.path, &self.path);
            moved(&mut change.id, &decided.id, &self.id);
        }
        for text in &mut self.texts[decided.texts.clone()] {
            moved(&mut text.path, &decided.path, &self.path);
        }
    }
}

/// An element of an array.
struct Place {
    identity: u64,
    has_id: bool,
    array: u64,
    /// The identity of the record that contains it; 0 if none does.
    record: u64,
    node: Node,
}

/// The elements of all arrays of one side.
struct Places {
    elements: Vec<Place>,
    /// The identities of the elements, sorted, and their positions.
    order: Vec<(u64, u32)>,
    /// The arrays, sorted.
    arrays: Vec<u64>,
}

impl Places {
    fn of(document: &Document) -> Self {
        let mut places = Self { elements: Vec::new(), order: Vec::new(), arrays: Vec::new() };
        places.walk(At { document, node: 0 });
        let identities = places.elements.iter().map(|place| place.identity);
        places.order = identities.zip(0_u32..).gather();
        sort_pairs(&mut places.order);
        sort_hashes(&mut places.arrays);
        places
    }

    /// Notes all elements. A path is `None` below an element that has no id. No recursion, as documents may be deep.
    fn walk(&mut self, root: At<'_>) {
        let document = root.document;
        let mut open = vec![(root.node, 0, Some(0))];
        while let Some((node, record, path)) = open.pop() {
            let is_array = document.kind(node) == Kind::Array;
            if let (true, Some(path)) = (is_array, path) {
                self.arrays.push(path);
            }
            for child in document.children(node) {
                let id = if is_array { self.element(At { node: child, ..root }, record, path) } else { None };
                if !document.data(child).is_container() {
                    continue;
                }
                let name = u64::from(document.data(child).name_hash());
                open.push(match (is_array, id.filter(|_| path.is_some())) {
                    (false, _) => (child, record, path.map(|path| mix(path, name))),
                    (true, Some(id)) => (child, id, Some(id)),
                    (true, None) => (child, record, None),
                });
            }
        }
    }

    /// Notes an element. Returns its id.
    fn element(&mut self, at: At<'_>, record: u64, array: Option<u64>) -> Option<u64> {
        let id = likeness::id_of_any(at);
        let is_scalar = matches!(at.kind(), Kind::String | Kind::Number);
        let is_rich = is_scalar || (at.kind() == Kind::Object && at.source().len() >= MIN_CONTENT_BYTES);
        let identity = id.or_else(|| is_rich.then(|| at.hash()));
        if let (Some(identity), Some(array)) = (identity, array) {
            self.elements.push(Place { identity, has_id: id.is_some(), array, record, node: at.node });
        }
        id
    }

    fn all(&self, identity: u64) -> impl Iterator<Item = &Place> {
        let from = self.order.partition_point(|one| one.0 < identity);
        let found = self.order[from..].iter().take_while(move |one| one.0 == identity);
        found.map(|one| &self.elements[one.1 as usize])
    }

    /// The version of an element of base, and whether it is the only one. Of several, the one in the same array counts.
    fn version(&self, of: &Place) -> (Option<&Place>, bool) {
        let here = self.all(of.identity).find(|place| place.array == of.array);
        (here.or_else(|| self.all(of.identity).next()), self.all(of.identity).nth(1).is_none())
    }

    fn parent(&self, identity: u64) -> u64 {
        self.all(identity).next().map_or(0, |place| place.record)
    }
}

struct Found {
    identity: u64,
    moved: Moved,
}

fn moved(found: &[Places; 3]) -> Vec<Found> {
    let [base, mine, theirs] = found;
    let mut all = Vec::new();
    let mut last = None;
    for place in base.order.iter().map(|one| &base.elements[one.1 as usize]) {
        if last.replace(place.identity) == Some(place.identity) {
            continue;
        }
        if base.all(place.identity).nth(1).is_some() {
            continue;
        }
        let (old, [(own, is_only), (other, is_only_other)]) =
            (Some(place), [mine, theirs].map(|side| side.version(place)));
        let has_copies = [!is_only, !is_only_other];
        if place.has_id && has_copies != [false; 2] {
            // Such an id identifies records of one list only.
            continue;
        }
        let array = |place: Option<&Place>| place.map(|place| place.array);
        let by = [own, other].map(|now| now.is_some() && array(now) != array(old));
        if by == [false; 2] {
            continue;
        }
        let node = |place: Option<&Place>| place.map_or(NONE, |place| place.node);
        let is_known = |place: Option<&Place>| {
            place.is_none_or(|place| found.iter().all(|side| side.arrays.binary_search(&place.array).is_ok()))
        };
        all.push(Found {
            identity: place.identity,
            moved: Moved {
                nodes: Three { base: node(old), mine: node(own), theirs: node(other) },
                by,
                is_same: by == [true; 2] && array(own) == array(other),
                has_copies,
                is_in_known_arrays: has_copies == [false; 2] && is_known(old) && is_known(own) && is_known(other),
            },
        });
    }
    all
}

/// Whether moved records contain each other, on different sides: the result could then contain neither.
fn is_knotted(found: &[Places; 3], all: &[Found]) -> bool {
    let moved = |identity: u64| all.binary_search_by_key(&identity, |one| one.identity).ok();
    // By record, the moved records that contain it on some side.
    let mut open: Vec<Vec<usize>> = Vec::with_capacity(all.len());
    for one in all {
        let mut around = Vec::new();
        for side in found {
            let mut parent = side.parent(one.identity);
            for _ in 0..super::tree::MAX_DEPTH {
                if parent == 0 {
                    break;
                }
                if let Some(at) = moved(parent) {
                    around.push(at);
                    break;
                }
                parent = side.parent(parent);
            }
        }
        open.push(around);
    }
    // A record that no open record contains is closed. In a knot every record is contained in another one.
    let mut is_closed = vec![false; all.len()];
    for _ in 0..super::tree::MAX_DEPTH {
        let mut has_changed = false;
        for at in 0..all.len() {
            if !is_closed[at] && open[at].iter().all(|&around| is_closed[around]) {
                is_closed[at] = true;
                has_changed = true;
            }
        }
        if !has_changed {
            break;
        }
    }
    is_closed.contains(&false)
}
