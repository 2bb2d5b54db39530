//! An order of somebody's own: an array of elements as any side has them, which places the items of a list.

use super::identity::key_values;
use super::plan::List;
use super::sides::{NONE, Side};
use super::tree::{At, Document, Kind, equal};
use super::Documents;
use crate::error::Error;
use crate::merge::Index;
use crate::merge::sort::sort_pairs;

/// The items of `list` in the order in which `text` has their elements. An element is found by its value on any side, or by its key.
/// If it is there twice, the first counts.
///
/// # Errors
/// `invalid-json`; `invalid-argument` for what is no array, and for an element that no side has.
pub(super) fn wanted(list: &List, key: &[String], documents: Documents<'_>, text: &str) -> Result<Vec<u32>, Error> {
    let order = Document::parse(text)?;
    if order.kind(0) != Kind::Array {
        return Err(Error::invalid_argument("an array of the elements in their order", "another value"));
    }
    let mut versions: Vec<(u32, At<'_>)> = Vec::new();
    for (place, item) in (0_u32..).zip(&list.items) {
        for side in Side::ALL {
            let Some(document) = documents.get(side) else { continue };
            let run = item.run.iter().flat_map(|run| run.get(side));
            let nodes = item.nodes.get(side).into_iter().chain(run.copied());
            versions.extend(nodes.map(|node| (place, At { document, node })));
        }
    }
    let values = Index::new(versions.iter().map(|(_, at)| at.hash()));
    let keyed = versions.iter().filter(|_| !key.is_empty());
    let keys = Index::new(keyed.map(|(_, at)| key_hash(*at, key)));
    let mut is_used = vec![false; list.items.len()];
    let mut places = Vec::new();
    for node in order.children(0) {
        let element = At { document: &order, node };
        let equals = values.of(element.hash()).filter(|&at| equal(versions[at].1, element));
        let same = keys.of(key_hash(element, key)).filter(|&at| has_key_of(versions[at].1, element, key));
        let mut is_known = false;
        let free = equals.chain(same).map(|at| versions[at].0).find(|&place| {
            is_known = true;
            !is_used[place as usize]
        });
        match free {
            Some(place) => {
                is_used[place as usize] = true;
                places.push(place);
            }
            None if is_known => {}
            None => return Err(Error::invalid_argument("elements of the array as base, mine or theirs has them", "another")),
        }
    }
    Ok(places)
}

fn key_hash(at: At<'_>, key: &[String]) -> u64 {
    key_values(at, key).map_or(0, |values| values.fold(1, |hash, value| json_tree::mix(hash, value.hash())))
}

fn has_key_of(one: At<'_>, other: At<'_>, key: &[String]) -> bool {
    match (key_values(one, key), key_values(other, key)) {
        (Some(mut one), Some(mut other)) => one.by_ref().zip(other.by_ref()).all(|(one, other)| equal(one, other)),
        _ => false,
    }
}

/// Puts the items in the order of `wanted`. An item that is not in there stays behind the one that it follows.
pub(super) fn arrange(order: &mut [u32], wanted: &[u32]) {
    let mut ranks = vec![NONE; order.len()];
    for (rank, &place) in (1_u32..).zip(wanted) {
        ranks[place as usize] = rank;
    }
    let mut rank = 0;
    let mut pairs: Vec<(u64, u32)> = Vec::with_capacity(order.len());
    for (at, &place) in (0_u64..).zip(order.iter()) {
        if ranks[place as usize] != NONE {
            rank = ranks[place as usize];
        }
        pairs.push((u64::from(rank) << 32 | at, place));
    }
    sort_pairs(&mut pairs);
    for (slot, (_, place)) in order.iter_mut().zip(pairs) {
        *slot = place;
    }
}

/// Puts one item behind the element that is before it in `wanted`; first if it is the first there.
///
/// # Errors
/// `invalid-argument` if `wanted` lacks the item.
pub(super) fn put(order: &mut Vec<u32>, item: u32, wanted: &[u32]) -> Result<(), Error> {
    let Some(at) = wanted.iter().position(|&place| place == item) else {
        return Err(Error::invalid_argument("an array with the moved element", "one without it"));
    };
    order.retain(|&place| place != item);
    let before = at.checked_sub(1).and_then(|before| wanted.get(before));
    let to = before.and_then(|before| order.iter().position(|place| place == before)).map_or(0, |at| at + 1);
    order.insert(to, item);
    Ok(())
}
