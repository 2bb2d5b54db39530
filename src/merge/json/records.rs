//! Finds the records that are in different arrays on the three sides.
//!
//! The id identifies a record. Without an id, its content does. The record that contains an array identifies the array, together with
//! the names between them. So the arrays inside a record stay the same when the record moves. A container without an id,
//! like the column of a board, is identified by its name or title.

use json_tree::mix;

use super::Documents;
use super::likeness::{are_alike, id_member, is_rich, usual_name};
use super::sides::{NONE, Side, Three};
use super::tree::{At, Document, Kind, MAX_DEPTH, Members, Node, equal};
use crate::gather::Gather;
use crate::merge::Clash;
use crate::merge::sort::{Index, sort_hashes, sort_pairs};

/// A record that is in different arrays on the three sides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved {
    pub nodes: Three,
    /// Whether mine moved it, and whether theirs did.
    pub by: [bool; 2],
    /// The array of base in which mine has it, or [`NONE`] if base lacks this array.
    pub into: Node,
    /// Whether both moved it to the same array.
    pub is_same: bool,
    /// Whether mine has the record more than once, and whether theirs does.
    pub has_copies: [bool; 2],
    /// Whether an array of the record is anonymous: an element without id and name contains the array. The record may be in the same array
    /// on all sides, so that it is matched with its versions as any other element.
    pub is_in_anonymous: bool,
    /// Whether the result has the record in one place. Otherwise, the move is merged as a removal and an addition. This is the case for:
    /// - a record that a side has twice,
    /// - a record without an id, if a side lacks one of its places: equal content in a new array may be a copy,
    /// - a record in an array that nothing identifies,
    /// - records that contain each other on different sides.
    pub is_single: bool,
    /// The holder if nothing is picked, as the previous merge found it. `None` if no merge found it. Then the side that the change
    /// chooses is the holder.
    pub holder: Option<Side>,
}

impl Moved {
    /// Whether a side moved it.
    pub(super) fn is_mover(&self, side: Side) -> bool {
        side != Side::Base && self.by[side as usize - 1]
    }

    /// The clash if both sides took the record out of its array of base.
    pub(super) fn clash(&self) -> Clash {
        match (self.nodes.mine, self.nodes.theirs) {
            (_, NONE) => Clash::EditDelete,
            (NONE, _) => Clash::DeleteEdit,
            _ => Clash::MoveMove,
        }
    }
}

/// Shorter objects without an id identify nothing: equal ones may be in two arrays by chance.
const MIN_CONTENT_BYTES: usize = 16;

/// An element of an array.
struct Record {
    /// The hash of its id or, without an id, of its content.
    identity: u64,
    /// Without an id, the hash of its content without numbers, because numbers may be positions. 0 if the rest has no text.
    rest: u64,
    has_id: bool,
    /// Whether its array is anonymous: nothing identifies the array, because an element without id and name contains it.
    is_in_anonymous: bool,
    /// Its array, as the hash of the record that contains the array and of the names between them.
    array: u64,
    /// The hash of the names that lead from the root to its array.
    names: u64,
    /// The identity of the record that contains it; 0 if no record does.
    parent: u64,
    node: Node,
}

/// A container that the walk has not entered yet.
#[derive(Clone, Copy)]
struct Open {
    node: Node,
    /// The identity of the record that contains it.
    parent: u64,
    /// The hash of that record and of the names from there. `None` inside an element without id and name: nothing identifies
    /// the arrays there.
    path: Option<u64>,
    /// The hash of the names that lead from the root to it.
    names: u64,
    /// The hash of the outermost element without id and name that contains it; 0 if there is no such element.
    anonymous: u64,
}

/// The elements of all arrays of one side.
struct Records {
    all: Vec<Record>,
    by_identity: Index,
    by_rest: Index,
    /// The arrays with their nodes, sorted.
    arrays: Vec<(u64, Node)>,
    /// The records with ids in anonymous arrays, such as the cards of a new column without an id.
    in_anonymous: Vec<Record>,
    by_id_in_anonymous: Index,
}

/// The records that are in different arrays on the three sides.
pub(super) fn moved(documents: Documents<'_>) -> Vec<Moved> {
    let Some(base) = documents.base else { return Vec::new() };
    let sides = [base, documents.mine, documents.theirs];
    let changed = changed(sides);
    let first = Records::of(base, &changed[0], &[]);
    let lists = first.lists_with_own_ids();
    let of = |side: usize| Records::of(sides[side], &changed[side], &lists);
    let found = [if lists.is_empty() { first } else { of(0) }, of(1), of(2)];
    let (identities, all) = found_moved(&found, sides);
    let are_outside = outside_cycles(&found, &identities);
    let checked = |(moved, is_outside): (Moved, bool)| Moved { is_single: moved.is_single && is_outside, ..moved };
    all.into_iter().zip(are_outside).map(checked).gather()
}

/// For each side the outermost containers that differ, except objects that all sides have. A record that moves leaves a container and
/// enters another one, so equal containers prove nothing. `mergeJson` does not even send them.
fn changed(sides: [&Document; 3]) -> [Vec<Open>; 3] {
    let mut found = [Vec::new(), Vec::new(), Vec::new()];
    let mut open = vec![([0; 3], 0, 0)];
    while let Some((nodes, path, names)) = open.pop() {
        let at = [0, 1, 2].map(|side| At { document: sides[side], node: nodes[side] });
        if nodes.contains(&NONE) || at.iter().any(|at| at.kind() != Kind::Object) {
            for (at, found) in at.iter().zip(&mut found) {
                if at.node != NONE && at.document.data(at.node).is_container() {
                    found.push(Open { node: at.node, parent: 0, path: Some(path), names, anonymous: 0 });
                }
            }
            continue;
        }
        let members = at.map(|at| Members::new(at.document, Some(at.node)));
        for side in 0..3 {
            for &node in &members[side].nodes {
                let member = At { node, ..at[side] };
                let find = |of: &Members<'_>| of.find(member).map_or(NONE, |place| of.nodes[place]);
                let nodes = [0, 1, 2].map(|other| if other == side { node } else { find(&members[other]) });
                let versions = [0, 1, 2].map(|other| At { node: nodes[other], ..at[other] });
                let is_seen = nodes[..side].iter().any(|&node| node != NONE);
                let [base, mine, theirs] = versions;
                if is_seen || (!nodes.contains(&NONE) && equal(base, mine) && equal(base, theirs)) {
                    continue;
                }
                let name = u64::from(member.document.data(node).name_hash());
                open.push((nodes, mix(path, name), mix(names, name)));
            }
        }
    }
    found
}

impl Records {
    /// Collects the records of a document. In arrays whose names are in `lists`, content identifies records, not ids.
    fn of(document: &Document, changed: &[Open], lists: &[u64]) -> Self {
        let (mut all, mut arrays, mut in_anonymous) = (Vec::new(), Vec::new(), Vec::new());
        // No recursion, as documents may be deep.
        let mut open = changed.to_vec();
        while let Some(Open { node, parent, path, names, anonymous }) = open.pop() {
            let is_array = document.kind(node) == Kind::Array;
            let has_ids = lists.binary_search(&names).is_err();
            if let (true, Some(array)) = (is_array, path) {
                arrays.push((array, node));
            }
            for child in document.children(node) {
                let at = At { document, node: child };
                let known_id = if is_array { id_member(at) } else { None };
                let id = known_id.filter(|_| has_ids).map(|node| At { node, ..at }.hash());
                let has_id = id.is_some();
                let record = |(identity, rest), array, is_in_anonymous| Record {
                    identity,
                    rest,
                    has_id,
                    is_in_anonymous,
                    array,
                    names,
                    parent,
                    node: child,
                };
                match (path, id) {
                    (Some(array), _) if is_array => {
                        let identity = id.map(|id| (id, 0)).or_else(|| content(at, known_id));
                        all.extend(identity.map(|identity| record(identity, array, false)));
                    }
                    // Only content can identify an anonymous array.
                    (None, Some(id)) => in_anonymous.push(record((id, 0), mix(anonymous, names), true)),
                    _ => {}
                }
                if !document.data(child).is_container() {
                    continue;
                }
                let name = u64::from(document.data(child).name_hash());
                let path = match path {
                    Some(path) if is_array => id.or_else(|| Some(mix(path, usual_name(at)?))),
                    _ => path.map(|path| mix(path, name)),
                };
                let parent = if path.is_some() { id.unwrap_or(parent) } else { parent };
                let anonymous = if path.is_none() && anonymous == 0 { at.hash() } else { anonymous };
                open.push(Open { node: child, parent, path, names: mix(names, name), anonymous });
            }
        }
        sort_pairs(&mut arrays);
        let by_identity = Index::new(all.iter().map(|record| record.identity));
        let by_rest = Index::new(all.iter().map(|record| record.rest));
        let by_id_in_anonymous = Index::new(in_anonymous.iter().map(|record| record.identity));
        Self { all, by_identity, by_rest, arrays, in_anonymous, by_id_in_anonymous }
    }

    /// The names of arrays that number their own records: arrays with equal names contain an id twice.
    fn lists_with_own_ids(&self) -> Vec<u64> {
        let with_id = self.all.iter().zip(0_u32..).filter(|(record, _)| record.has_id);
        let mut keys: Vec<(u64, u32)> = with_id.map(|(record, at)| (mix(record.names, record.identity), at)).gather();
        sort_pairs(&mut keys);
        let repeated = keys.windows(2).filter(|pair| pair[0].0 == pair[1].0);
        let mut lists: Vec<u64> = repeated.map(|pair| self.all[pair[0].1 as usize].names).gather();
        sort_hashes(&mut lists);
        lists.dedup();
        lists
    }

    fn with(&self, identity: u64) -> impl Iterator<Item = &Record> {
        self.by_identity.of(identity).map(|at| &self.all[at])
    }

    fn with_rest(&self, rest: u64) -> impl Iterator<Item = &Record> {
        let of = (rest != 0).then(|| self.by_rest.of(rest));
        of.into_iter().flatten().map(|at| &self.all[at])
    }

    /// This side's version of a record of base, and whether no other record of this side has its identity. A version in the same array
    /// comes first. If this side has no record with this identity, another record may be the version:
    /// - For an id, the only record with this id in an anonymous array.
    /// - Without an id, a record that differs only in numbers, if it is unique on both sides.
    ///
    /// An id in an anonymous array may number the records of this array. So the records must be at least half equal there.
    fn version(&self, base: &Self, of: &Record, documents: [&Document; 2]) -> (Option<&Record>, bool) {
        let is_version = |record: &&Record| {
            let [old, new] =
                [At { document: documents[0], node: of.node }, At { document: documents[1], node: record.node }];
            equal(old, new) || are_alike(old, new)
        };
        let here = self.with(of.identity).find(|record| record.array == of.array);
        if let Some(found) = here.or_else(|| self.with(of.identity).next()) {
            let is_sure = !of.is_in_anonymous || is_version(&found);
            return (is_sure.then_some(found), self.with(of.identity).nth(1).is_none());
        }
        if of.has_id {
            let mut in_anonymous = self.in_anonymous(of.identity);
            let only = in_anonymous.next().filter(|_| in_anonymous.next().is_none());
            return (only.filter(is_version), true);
        }
        let is_only = |records: &Self| records.with_rest(of.rest).nth(1).is_none();
        (self.with_rest(of.rest).next().filter(|_| is_only(self) && is_only(base)), true)
    }

    fn in_anonymous(&self, id: u64) -> impl Iterator<Item = &Record> {
        self.by_id_in_anonymous.of(id).map(|at| &self.in_anonymous[at])
    }

    fn array(&self, array: u64) -> Option<Node> {
        let at = self.arrays.binary_search_by_key(&array, |known| known.0).ok()?;
        Some(self.arrays[at].1)
    }

    fn parent(&self, identity: u64) -> u64 {
        self.with(identity).next().map_or(0, |record| record.parent)
    }
}

/// The hashes that identify a value without an id: of its content, and of its content without numbers. `None` if its content
/// identifies nothing. The member `id` does not count as content.
fn content(at: At<'_>, id: Option<Node>) -> Option<(u64, u64)> {
    match at.kind() {
        // An id in a list of ids is not the record with this id.
        Kind::String | Kind::Number => Some((mix(at.hash(), 1), 0)),
        Kind::Object if is_long(at) => {
            let (mut all, mut rest, mut has_text) = (0_u64, 0_u64, false);
            for node in at.document.children(at.node).filter(|&node| Some(node) != id) {
                let member = At { node, ..at };
                // A sum, because the order of members has no meaning.
                let hash = mix(mix(u64::from(at.document.data(node).name_hash()), member.hash()), 1);
                all = all.wrapping_add(hash);
                if member.kind() != Kind::Number {
                    rest = rest.wrapping_add(hash);
                    has_text |= is_rich(member);
                }
            }
            Some((all, if has_text { rest } else { 0 }))
        }
        _ => None,
    }
}

/// Whether a value has at least [`MIN_CONTENT_BYTES`] without blanks.
fn is_long(at: At<'_>) -> bool {
    let document = at.document;
    let mut bytes = 1;
    for node in at.node + 1..document.data(at.node).next {
        let data = document.data(node);
        let name = document.name_source(node).len();
        // After a name comes a colon, after a value a comma or a bracket.
        bytes += name + usize::from(name > 0) + 1;
        bytes += if data.is_container() { 1 } else { (data.end - data.start) as usize };
        if bytes >= MIN_CONTENT_BYTES {
            return true;
        }
    }
    false
}

/// The records of base that a side has in another array, and their identities.
fn found_moved(found: &[Records; 3], sides: [&Document; 3]) -> (Vec<u64>, Vec<Moved>) {
    let [base, mine, theirs] = found;
    let (mut identities, mut all) = (Vec::new(), Vec::new());
    for old in base.all.iter().chain(&base.in_anonymous) {
        let in_anonymous = base.in_anonymous(old.identity).take(if old.is_in_anonymous { 2 } else { 0 });
        if base.with(old.identity).chain(in_anonymous).nth(1).is_some() {
            continue;
        }
        let [(own, is_only), (other, is_only_other)] =
            [(mine, 1), (theirs, 2)].map(|(side, at)| side.version(base, old, [sides[0], sides[at]]));
        let has_copies = [!is_only, !is_only_other];
        let is_in_anonymous = [Some(old), own, other].iter().flatten().any(|now| now.is_in_anonymous);
        if old.has_id && has_copies != [false; 2] {
            // The side has several records with this id, so that it identifies no record there.
            continue;
        }
        let by = [own, other].map(|now| now.is_some_and(|now| now.array != old.array));
        if by == [false; 2] {
            continue;
        }
        let node = |record: Option<&Record>| record.map_or(NONE, |record| record.node);
        let has = |side: &Records, record: &Record| side.array(record.array).is_some();
        let is_known = |record: &Record| found.iter().all(|side| has(side, record));
        // An array of base that both sides removed does not count.
        let is_gone = !has(mine, old) && !has(theirs, old);
        let are_known = || (is_gone || is_known(old)) && own.is_none_or(is_known) && other.is_none_or(is_known);
        identities.push(old.identity);
        all.push(Moved {
            nodes: Three { base: old.node, mine: node(own), theirs: node(other) },
            by,
            into: own.and_then(|now| base.array(now.array)).unwrap_or(NONE),
            is_same: by == [true; 2] && own.map(|now| now.array) == other.map(|now| now.array),
            has_copies,
            is_in_anonymous,
            is_single: has_copies == [false; 2] && !is_in_anonymous && (old.has_id || are_known()),
            holder: None,
        });
    }
    (identities, all)
}

/// For each moved record whether a topological order reaches it. It does not reach records that contain each other on different sides, as
/// the result could lack all of them.
fn outside_cycles(found: &[Records; 3], moved: &[u64]) -> Vec<bool> {
    let places = Index::new(moved.iter().copied());
    // The innermost moved record that contains a record on a side.
    let around = |side: &Records, identity: u64| {
        let mut parent = side.parent(identity);
        for _ in 0..MAX_DEPTH {
            if let (0, _) | (_, Some(_)) = (parent, places.of(parent).next()) {
                break;
            }
            parent = side.parent(parent);
        }
        places.of(parent).next()
    };
    let mut inside = vec![Vec::new(); moved.len()];
    let mut around_count = vec![0; moved.len()];
    for (at, &identity) in moved.iter().enumerate() {
        for outer in found.iter().filter_map(|side| around(side, identity)) {
            inside[outer].push(at);
            around_count[at] += 1;
        }
    }
    let mut outermost: Vec<usize> = (0..moved.len()).filter(|&at| around_count[at] == 0).gather();
    let mut is_reached = vec![false; moved.len()];
    while let Some(outer) = outermost.pop() {
        is_reached[outer] = true;
        for &at in &inside[outer] {
            around_count[at] -= 1;
            if around_count[at] == 0 {
                outermost.push(at);
            }
        }
    }
    is_reached
}
