//! Matches the elements of arrays by their overall likeness, for arrays without a trustworthy key.
//!
//! An element of a side is an edit of the element of base with which it shares the most, weighted by how rare it is. If documents do not
//! show which element was edited, the match is doubtful. People are then asked if the other side touched that element, too.

mod matcher;
mod profile;

use super::arrays::{Element, Policy, Roster};
use super::identity::{Elements, Tokens};
use super::moves::Moves;
use super::plan::{NONE, Side, Three};
use crate::gather::{Gather, three};
use matcher::Match;
use profile::Profiles;

pub(super) use profile::{id_member, is_rich, usual_name};

/// The matches of both sides with base.
pub(super) struct Matched {
    key: Option<String>,
    /// By side, mine and theirs.
    of: [Match; 2],
    /// For each element that theirs inserted, the element of mine that differs only in the lack of an id, or [`NONE`]: the server gave one
    /// of them its id.
    twins: Vec<u32>,
    /// Whether a side gave the elements other ids.
    has_new_ids: bool,
}

impl Matched {
    /// With `counts`, a number may be a counter, so that elements with other numbers are edits.
    pub(super) fn new(elements: &Elements<'_>, moves: &Moves, counts: bool) -> Self {
        let profiles = Profiles::new(elements);
        let moved = three([Side::Base, Side::Mine, Side::Theirs], |side| {
            let record = |&node: &u32| {
                let mut nodes = Three::NOTHING;
                nodes.set(side, node);
                moves.of(nodes)
            };
            elements.nodes[side as usize].iter().map(record).gather()
        });
        let matched = |side: usize| profiles.matched(side, [&moved[0], &moved[side]], counts);
        let of = [matched(1), matched(2)];
        let twins = profiles.twins(&of);
        Self { key: profiles.key, of, twins, has_new_ids: profiles.has_new_ids }
    }

    /// If there is no other side: for each element of mine the position in base, or [`NONE`], and for each element of base whether its
    /// match is a guess.
    pub(super) fn with_base(elements: &Elements<'_>) -> (Vec<u32>, Vec<bool>) {
        let [found, _] = Self::new(elements, &Moves::default(), false).of;
        (found.of, found.is_doubtful)
    }

    /// Whether the match of an element of base with a side (0 mine, 1 theirs) is a guess.
    pub(super) fn is_doubtful(&self, side: usize, base: u32) -> bool {
        self.of[side].is_doubtful[base as usize]
    }

    /// The member that identifies the elements; empty if none does.
    pub(super) fn key(&self) -> Vec<String> {
        self.key.clone().into_iter().gather()
    }

    /// Whether a side gave the elements other ids, and both inserted elements: two of these may have one id.
    pub(super) fn has_clashing_ids(&self) -> bool {
        self.has_new_ids && self.of.iter().all(|one| one.has_new)
    }

    /// Whether both sides inserted elements, some of them without an id.
    pub(super) fn has_two_insertions(&self) -> bool {
        self.of.iter().all(|one| one.has_new) && self.of.iter().any(|one| one.has_new_without_id)
    }

    /// The share of the elements of base whose match is no guess.
    pub(super) fn sureness(&self) -> f32 {
        let [mine, theirs] = &self.of;
        let all = mine.is_doubtful.len().max(1);
        let doubtful = mine.is_doubtful.iter().zip(&theirs.is_doubtful).filter(|(one, other)| **one || **other).count();
        1.0 - doubtful as f32 / all as f32
    }

    /// The elements with their versions. Equal elements that both sides inserted are one element.
    pub(super) fn roster(&self, elements: &Elements<'_>, tokens: &Tokens, key: &[String]) -> Roster {
        let mut roster = Roster::new(Policy::Keyed);
        let keyed = if key.is_empty() { None } else { elements.by_key(key, false) };
        let identity = keyed.as_ref().unwrap_or(tokens);
        let mut occurrences = vec![0; identity.count];
        // By token, the elements that mine inserted, and how many of them theirs has inserted, too.
        let mut inserted = vec![(Vec::new(), 0); identity.count];
        let is_same = tokens.of[1] == tokens.of[2];
        for (at, side) in [(0, Side::Base), (1, Side::Mine), (2, Side::Theirs)] {
            for (position, element) in elements.side(at).enumerate() {
                let token = identity.of[at][position] as usize;
                let mut item = if at == 0 { NONE } else { self.of[at - 1].of[position] };
                if at == 2 && is_same {
                    item = roster.orders[1][position];
                } else if at == 2 && item == NONE {
                    let (items, count) = &mut inserted[token];
                    item = items.get(*count).copied().unwrap_or(NONE);
                    *count += 1;
                    if let (NONE, Some(&twin)) = (item, self.twins.get(position).filter(|&&twin| twin != NONE)) {
                        item = roster.orders[1][twin as usize];
                    }
                }
                if item == NONE {
                    item = roster.add(Element::new("", occurrences[token], element.hash(), false), token as u32);
                    occurrences[token] += 1;
                    if at == 1 {
                        inserted[token].0.push(item);
                    }
                }
                roster.elements[item as usize].nodes.set(side, element.node);
                roster.orders[at].push(item);
            }
        }
        roster
    }
}
