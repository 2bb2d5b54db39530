//! An order of somebody's own: an array of elements as any side has them, which places the items of a list.

use super::Documents;
use super::identity::key_values;
use super::plan::List;
use super::sides::{NONE, Side};
use super::tree::{At, Document, Kind, MAX_DEPTH, equal};
use crate::error::Error;
use crate::merge::sort::sort_pairs;

/// What an order of somebody's own must be.
#[cold]
pub(super) fn refused() -> Error {
    let expected = "an array of the elements in their order, as base, mine or theirs has them; or one of these for a move elsewhere";
    Error::invalid_argument(expected, "another decision")
}

/// The items of `list` in the order in which `text` has their elements. An element is found by its key, and without one by its value.
/// If it is there twice, the first counts.
///
/// # Errors
/// `invalid-json`; `invalid-argument` for what is no array, and for an element that no side has.
pub(super) fn wanted(list: &List, key: &[String], documents: Documents<'_>, text: &str) -> Result<Vec<u32>, Error> {
    let order = Document::parse_within(text.to_owned(), MAX_DEPTH, None)?;
    if order.kind(0) != Kind::Array {
        return Err(refused());
    }
    let mut known: Vec<(u32, At<'_>)> = Vec::new();
    for (place, item) in (0_u32..).zip(&list.items) {
        for side in Side::ALL {
            let Some(document) = documents.get(side) else { continue };
            let node = item.nodes.get(side).unwrap_or(NONE);
            for &node in item.run.as_ref().map_or(std::slice::from_ref(&node), |run| run.get(side)) {
                if node != NONE {
                    known.push((place, At { document, node }));
                }
            }
        }
    }
    let mut index: Vec<(u64, u32)> = Vec::with_capacity(known.len());
    for (at, (_, element)) in (0_u32..).zip(&known) {
        index.push((identity(*element, key), at));
    }
    sort_pairs(&mut index);
    let mut is_used = vec![false; list.items.len()];
    let mut places = Vec::new();
    for node in order.children(0) {
        let element = At { document: &order, node };
        let hash = identity(element, key);
        let mut is_known = false;
        for &(_, at) in index.iter().skip(index.partition_point(|pair| pair.0 < hash)).take_while(|pair| pair.0 == hash)
        {
            let (place, version) = known[at as usize];
            if is_same(version, element, key) {
                is_known = true;
                if !is_used[place as usize] {
                    is_used[place as usize] = true;
                    places.push(place);
                    break;
                }
            }
        }
        if !is_known {
            return Err(refused());
        }
    }
    Ok(places)
}

fn identity(at: At<'_>, key: &[String]) -> u64 {
    key_values(at, key).map_or(at.hash(), |values| values.fold(1, |hash, value| json_tree::mix(hash, value.hash())))
}

fn is_same(one: At<'_>, other: At<'_>, key: &[String]) -> bool {
    match (key_values(one, key), key_values(other, key)) {
        (Some(one), Some(other)) => one.zip(other).all(|(one, other)| equal(one, other)),
        (None, None) => equal(one, other),
        _ => false,
    }
}

/// Puts the items in the order of `wanted`. An item that is not in there stays behind the one that it follows.
pub(super) fn arrange(order: &mut [u32], wanted: &[u32]) {
    let mut ranks = vec![0; order.len()];
    for (rank, &place) in (1_u64..).zip(wanted) {
        ranks[place as usize] = rank << 32;
    }
    let mut pairs: Vec<(u64, u32)> = Vec::with_capacity(order.len());
    let mut rank = 0;
    for (at, &place) in (0_u64..).zip(order.iter()) {
        if ranks[place as usize] != 0 {
            rank = ranks[place as usize];
        }
        pairs.push((rank | at, place));
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
    let mut before = None;
    for &place in wanted {
        if place == item {
            order.retain(|&place| place != item);
            let to = order.iter().position(|&place| Some(place) == before).map_or(0, |at| at + 1);
            order.insert(to, item);
            return Ok(());
        }
        before = Some(place);
    }
    Err(refused())
}
