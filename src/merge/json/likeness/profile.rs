//! Profiles of elements, for comparisons: ids, keys, contents, and parts.

use std::cmp::Ordering;

use json_tree::mix;

use crate::gather::Gather;
use crate::merge::json::identity::Elements;
use crate::merge::json::scalar::Decimal;
use crate::merge::json::tree::{At, Kind, Node, name};
use crate::merge::sort::{sort_hashes, sort_pairs};

/// Members with these names are ids if their values are distinct.
const ID_NAMES: [&str; 6] = ["id", "_id", "uuid", "guid", "uid", "@id"];

/// Members with these names usually hold the name of a record.
pub(in crate::merge::json) const USUAL_NAMES: [&str; 5] = ["key", "name", "slug", "code", "title"];

/// The approximate limit of compared parts of one element.
const MAX_PARTS: usize = 256;
/// Containers below this depth are compared as a whole.
const MAX_PART_DEPTH: usize = 8;
/// The limit of members that are examined as positions or keys.
const MAX_NAMES: usize = 64;

/// The features of an element for comparisons.
pub(super) struct Profile {
    pub kind: Kind,
    /// The hash of its id.
    pub id: Option<u64>,
    /// The hash of its key: the value of a member that identifies the elements, but is no id.
    pub key: Option<u64>,
    /// A hash of all content except the id and positions; `None` if there is no other content.
    pub content: Option<u64>,
    /// The same without lists, as the records in a list may move; `None` if there is no text. With the number of members with a text.
    own: Option<(u64, u32)>,
    /// Its sorted parts: hashes of a path and a value, with [`information`] in the last bits. The id and positions are left out.
    pub parts: Vec<u64>,
}

impl Profile {
    /// Whether two elements are at least half equal.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        let sum = |parts: &mut dyn Iterator<Item = &u64>| parts.map(|part| part & INFORMATION).sum::<u64>();
        let shared = sum(&mut self.parts.iter().filter(|part| other.parts.binary_search(part).is_ok()));
        shared * 2 >= sum(&mut self.parts.iter()).max(sum(&mut other.parts.iter()))
    }

    /// Whether it has a part with more information than a number has.
    fn is_rich(&self) -> bool {
        self.parts.iter().any(|&part| is_rich_part(part))
    }
}

fn is_rich_part(part: u64) -> bool {
    part & INFORMATION == INFORMATION
}

/// The mask of the bits of a part that hold its information.
pub(super) const INFORMATION: u64 = 15;

/// How strongly an equal value suggests a match, up to [`INFORMATION`]. Many elements share a flag, but few share a text.
fn information(at: At<'_>) -> u64 {
    match at.kind() {
        Kind::Null | Kind::Bool => 1,
        Kind::String if at.source() == "\"\"" => 1,
        Kind::Number => 4,
        _ => INFORMATION,
    }
}

/// Whether a value has more information than a number or a flag has.
pub(in crate::merge::json) fn is_rich(at: At<'_>) -> bool {
    information(at) == INFORMATION
}

fn part(hash: u64, information: u64) -> u64 {
    hash & !INFORMATION | information
}

/// The profiles of the elements of all sides.
pub(super) struct Profiles {
    pub of: [Vec<Profile>; 3],
    /// The member that identifies the elements.
    pub key: Option<String>,
    pub ids: Ids,
}

impl Profiles {
    pub(super) fn new(elements: &Elements<'_>) -> Self {
        let ranks = ranks(elements);
        let with_id = |id| {
            let of = profiles(elements, id, &ranks);
            // If an element has no text, its numbers are content, not positions: points, tiers, time series.
            let is_poor = !ranks.is_empty() && of[0].iter().any(|one| !one.is_rich());
            if is_poor { profiles(elements, id, &[]) } else { of }
        };
        let id = id_name(elements);
        let of = with_id(id);
        let ids = if id.is_some() { ids_of(&of[0], &of[1]).max(ids_of(&of[0], &of[2])) } else { Ids::Known };
        if id.is_some() && ids == Ids::Known {
            return Self { of, key: id.map(str::to_owned), ids };
        }
        let of = if id.is_some() { with_id(None) } else { of };
        let mut profiles = Self { of, key: None, ids };
        profiles.add_keys(elements, &ranks);
        profiles
    }

    /// Finds the first member that identifies the elements: usual names, then texts, then numbers.
    fn add_keys(&mut self, elements: &Elements<'_>, ranks: &[u32]) {
        let Some(first) = elements.side(0).next().filter(|_| elements.all_objects()) else { return };
        let document = first.document;
        let is_rank = |&node: &Node| ranks.contains(&document.data(node).name_hash());
        let members: Vec<Node> = document.children(first.node).take(MAX_NAMES).filter(|node| !is_rank(node)).gather();
        let names = |kind: Kind| {
            let of_kind = members.iter().filter(move |&&node| document.kind(node) == kind);
            of_kind.map(|&node| name(document, node))
        };
        let usual = USUAL_NAMES.iter().filter(|name| {
            let found = document.find_member(first.node, name);
            !found.as_ref().is_none_or(is_rank)
        });
        let usual = usual.map(|name| (*name).to_owned());
        let others = names(Kind::String).chain(names(Kind::Number)).map(|name| (name, 2));
        for (name, least) in usual.map(|name| (name, 1)).chain(others) {
            let Some(keys) = self.keys(elements, &name, least) else { continue };
            for (profiles, keys) in self.of.iter_mut().zip(keys) {
                for (profile, (key, _)) in profiles.iter_mut().zip(keys) {
                    profile.key = Some(key);
                }
            }
            self.key = Some(name);
            return;
        }
    }

    /// For each element, the hash of the member `name` and of its other members. `None` if the member does not identify elements: an
    /// element lacks it, or [`identifies`] refuses it.
    fn keys(&self, elements: &Elements<'_>, name: &str, least: usize) -> Option<[Vec<Keyed>; 3]> {
        let mut keys: [Vec<Keyed>; 3] = Default::default();
        for (side, keys) in keys.iter_mut().enumerate() {
            for (at, profile) in elements.side(side).zip(&self.of[side]) {
                let node = at.document.find_member(at.node, name)?;
                let member = At { node, ..at };
                if !matches!(member.kind(), Kind::String | Kind::Number) || member.source() == "\"\"" {
                    return None;
                }
                let of_name = u64::from(at.document.data(node).name_hash());
                let whole = mix(of_name, member.hash());
                let has_text = |texts: u32| texts > u32::from(is_rich(member));
                let own = profile.own.filter(|(_, texts)| has_text(*texts));
                let rest = own.map(|(all, _)| all.wrapping_sub(mix(whole, 1)));
                keys.push((member.hash(), rest));
            }
        }
        let is_steady = |side: usize| elements.documents[side].is_none() || identifies(&keys[0], &keys[side], least);
        (is_steady(1) && is_steady(2)).then_some(keys)
    }
}

/// The hash of a key, and the hash of the other members; `None` if these have no text.
type Keyed = (u64, Option<u64>);

/// Whether keys are distinct, at least half of them (and at least `least`) stay, and each stays with its other members.
fn identifies(base: &[Keyed], side: &[Keyed], least: usize) -> bool {
    let [old, new] = [base, side].map(|keys| {
        let mut keys: Vec<(u64, u32)> = keys.iter().zip(0_u32..).map(|(one, at)| (one.0, at)).gather();
        sort_pairs(&mut keys);
        keys
    });
    let is_distinct = |keys: &[(u64, u32)]| keys.windows(2).all(|pair| pair[0].0 != pair[1].0);
    if !is_distinct(&old) || !is_distinct(&new) {
        return false;
    }
    let [contents, others] = [base, side].map(|keys| {
        let mut contents: Vec<(u64, u32)> =
            keys.iter().zip(0_u32..).filter_map(|(one, at)| Some((one.1?, at))).gather();
        sort_pairs(&mut contents);
        contents
    });
    // The position of the only element with this content.
    let only = |contents: &[(u64, u32)], content: u64| {
        let from = contents.partition_point(|known| known.0 < content);
        let mut found = contents[from..].iter().take_while(|known| known.0 == content);
        found.next().filter(|_| found.next().is_none()).map(|known| known.1)
    };
    let mut stay = 0;
    for &(key, at) in &old {
        let Ok(found) = new.binary_search_by_key(&key, |known| known.0) else { continue };
        let now = new[found].1;
        stay += 1;
        let (was, is) = (base[at as usize].1, side[now as usize].1);
        let is_elsewhere = |contents, content: Option<u64>, here: u32| {
            content.and_then(|content| only(contents, content)).is_some_and(|found| found != here)
        };
        if was != is && (is_elsewhere(&others, was, now) || is_elsewhere(&contents, is, at)) {
            return false;
        }
    }
    stay >= least && stay * 2 >= base.len().min(side.len())
}

/// The first id name that at least half of the elements have, with distinct values on each side.
fn id_name(elements: &Elements<'_>) -> Option<&'static str> {
    ID_NAMES.into_iter().find(|name| {
        let (mut found, mut all) = (0, 0);
        let has_distinct = |side: usize| {
            let mut ids: Vec<u64> = elements.side(side).filter_map(|at| id_of(at, name)).gather();
            let count = ids.len();
            found += count;
            all += elements.nodes[side].len();
            sort_hashes(&mut ids);
            ids.dedup();
            ids.len() == count
        };
        (0..3).all(has_distinct) && found > 0 && found * 2 >= all
    })
}

/// The id member of a record: the first scalar member with an id name.
pub(in crate::merge::json) fn id_member(at: At<'_>) -> Option<Node> {
    ID_NAMES.iter().find_map(|name| scalar_member(at, name))
}

/// Whether members with this name are ids.
pub(in crate::merge::json) fn is_id_name(name: &str) -> bool {
    ID_NAMES.contains(&name)
}

/// The hash of the name of an object: of its first scalar member with a usual name.
pub(in crate::merge::json) fn usual_name(at: At<'_>) -> Option<u64> {
    let member = USUAL_NAMES.iter().find_map(|name| scalar_member(at, name));
    member.map(|node| At { node, ..at }.hash())
}

fn scalar_member(at: At<'_>, name: &str) -> Option<Node> {
    if at.kind() != Kind::Object {
        return None;
    }
    let node = at.document.find_member(at.node, name)?;
    matches!(at.document.kind(node), Kind::String | Kind::Number).then_some(node)
}

fn id_of(at: At<'_>, name: &str) -> Option<u64> {
    scalar_member(at, name).map(|node| At { node, ..at }.hash())
}

/// How ids and contents fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ids {
    /// The ids identify the elements.
    Known,
    /// A side gave the elements other ids.
    New,
    /// A side edited an element and inserted another one with its old content, or it gave the elements other ids.
    Unclear,
}

/// Whether a side gave the elements other ids: the content of an element of base has another id, and its id another content.
fn ids_of(base: &[Profile], side: &[Profile]) -> Ids {
    let sorted = |profiles: &[Profile], key: &dyn Fn(&Profile) -> Option<u64>| {
        let keyed = profiles.iter().zip(0_u32..).filter_map(|(one, at)| Some((key(one)?, at)));
        let mut pairs: Vec<(u64, u32)> = keyed.gather();
        sort_pairs(&mut pairs);
        pairs
    };
    let own = |one: &Profile| one.own.map(|own| own.0).filter(|_| one.id.is_some());
    let contents = sorted(base, &own);
    let ids = sorted(side, &|one| one.id);
    let of = |one: &Profile| {
        let (content, id) = (own(one)?, one.id?);
        let from = contents.partition_point(|known| known.0 < content);
        let mut known = contents[from..].iter().take_while(|known| known.0 == content);
        let (Some(only), None) = (known.next(), known.next()) else { return None };
        let old = &base[only.1 as usize];
        let kept = ids.binary_search_by_key(&old.id.filter(|&old| old != id)?, |known| known.0).ok()?;
        let kept = &side[ids[kept].1 as usize];
        // A copy has another id, too, but the original then keeps at least half of its content.
        if own(old) == own(kept) || old.is_alike(kept) {
            return None;
        }
        // If the ids were given again, the old id now has the content of another element of base.
        let is_known = own(kept).is_some_and(|now| contents.binary_search_by_key(&now, |known| known.0).is_ok());
        Some(if is_known { Ids::New } else { Ids::Unclear })
    };
    side.iter().filter_map(of).max().unwrap_or(Ids::Known)
}

/// The hashes of the names of members whose numbers rise or fall along the array: such numbers are positions.
fn ranks(elements: &Elements<'_>) -> Vec<u32> {
    let mut found = Vec::new();
    for side in 0..3 {
        let mut seen: Vec<Rank> = Vec::new();
        for at in elements.side(side).filter(|at| at.kind() == Kind::Object) {
            for node in at.document.children(at.node) {
                let data = at.document.data(node);
                let known = seen.iter().position(|rank| rank.name == data.name_hash());
                let place = known.unwrap_or(seen.len());
                if place == seen.len() && place < MAX_NAMES {
                    seen.push(Rank::new(data.name_hash()));
                }
                if let Some(rank) = seen.get_mut(place) {
                    rank.see(At { node, ..at });
                }
            }
        }
        for rank in seen.iter().filter(|rank| rank.is_rank && rank.count > 1) {
            if !found.contains(&rank.name) {
                found.push(rank.name);
            }
        }
    }
    found
}

/// The numbers of one member, in the order of the array.
struct Rank {
    name: u32,
    last: Option<Decimal>,
    direction: Option<Ordering>,
    is_rank: bool,
    count: usize,
}

impl Rank {
    fn new(name: u32) -> Self {
        Self { name, last: None, direction: None, is_rank: true, count: 0 }
    }

    fn see(&mut self, value: At<'_>) {
        if !self.is_rank {
            return;
        }
        let number = if value.kind() == Kind::Number { Decimal::parse(value.source()) } else { None };
        let Some(number) = number else {
            self.is_rank = false;
            return;
        };
        if let Some(last) = &self.last {
            let direction = last.compare(&number);
            self.is_rank = direction != Ordering::Equal && self.direction.is_none_or(|known| known == direction);
            self.direction = Some(direction);
        }
        self.last = Some(number);
        self.count += 1;
    }
}

fn profiles(elements: &Elements<'_>, id: Option<&str>, ranks: &[u32]) -> [Vec<Profile>; 3] {
    [0, 1, 2].map(|side| elements.side(side).map(|at| profile(at, id, ranks)).gather())
}

fn profile(at: At<'_>, id: Option<&str>, ranks: &[u32]) -> Profile {
    let mut parts = Vec::new();
    let (mut content, mut own, mut texts) = (None, 0_u64, 0);
    let document = at.document;
    match at.kind() {
        Kind::Object => {
            let id_node = id.and_then(|name| document.find_member(at.node, name));
            for node in document.children(at.node) {
                let name = document.data(node).name_hash();
                if Some(node) == id_node || ranks.contains(&name) {
                    continue;
                }
                let member = At { node, ..at };
                let whole = mix(u64::from(name), member.hash());
                // A sum, because the order of members has no meaning.
                content = Some(content.unwrap_or(0_u64).wrapping_add(mix(whole, 1)));
                let mut within = (node..document.data(node).next).map(|node| At { node, ..at });
                if within.clone().all(|value| value.kind() != Kind::Array) {
                    own = own.wrapping_add(mix(whole, 1));
                    texts += u32::from(within.any(|value| value.kind() == Kind::String && is_rich(value)));
                }
                add_parts(member, u64::from(name), 0, &mut parts);
            }
        }
        Kind::Array => {
            content = Some(at.hash());
            for (index, node) in (1..).zip(document.children(at.node)) {
                add_parts(At { node, ..at }, index, 0, &mut parts);
            }
        }
        _ => {
            content = Some(at.hash());
            parts.push(part(at.hash(), information(at)));
        }
    }
    sort_hashes(&mut parts);
    parts.dedup();
    let own = (texts > 0).then_some((own, texts));
    Profile { kind: at.kind(), id: id.and_then(|name| id_of(at, name)), key: None, content, own, parts }
}

/// Whether two objects or two arrays are at least half equal.
pub(in crate::merge::json) fn are_alike(left: At<'_>, right: At<'_>) -> bool {
    are_alike_without(left, right, &[])
}

/// Whether two objects or two arrays are at least half equal. Members whose names have the hashes `key` do not count.
pub(in crate::merge::json) fn are_alike_without(left: At<'_>, right: At<'_>, key: &[u32]) -> bool {
    let is_container = matches!(left.kind(), Kind::Object | Kind::Array);
    is_container && left.kind() == right.kind() && profile(left, None, key).is_alike(&profile(right, None, key))
}

/// The hash of a value, or of the members of a record except `key`. `None` if it has no other members.
pub(in crate::merge::json) fn content_without(at: At<'_>, key: &[u32]) -> Option<u64> {
    if key.is_empty() { Some(at.hash()) } else { profile(at, None, key).content }
}

/// The hashes of the names of these members, as the records have them.
pub(in crate::merge::json) fn name_hashes(elements: &Elements<'_>, names: &[String]) -> Vec<u32> {
    let of = |name: &String| {
        let find = |at: At<'_>| at.document.find_member(at.node, name).map(|node| at.document.data(node).name_hash());
        (0..3).find_map(|side| elements.side(side).find_map(find))
    };
    names.iter().filter_map(of).gather()
}

/// Adds a part for each scalar in a value, with the names that lead to it, and for each line of a text.
fn add_parts(at: At<'_>, path: u64, depth: usize, parts: &mut Vec<u64>) {
    if parts.len() >= MAX_PARTS {
        return;
    }
    let document = at.document;
    match at.kind() {
        Kind::Object | Kind::Array if depth < MAX_PART_DEPTH && document.children(at.node).next().is_some() => {
            let is_object = at.kind() == Kind::Object;
            for node in document.children(at.node) {
                let name = if is_object { u64::from(document.data(node).name_hash()) } else { 0 };
                add_parts(At { node, ..at }, mix(path, name), depth + 1, parts);
            }
        }
        Kind::String if at.source().contains("\\n") => {
            for line in at.source().split("\\n") {
                parts.push(part(mix(path, json_tree::hash_bytes(line.as_bytes())), INFORMATION));
            }
        }
        _ => parts.push(part(mix(path, at.hash()), information(at))),
    }
}
