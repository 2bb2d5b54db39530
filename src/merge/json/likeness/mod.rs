//! Matches the elements of arrays by ids and keys that evidence supports, and else by likeness.
//!
//! By likeness, an element matches the element of base with which it shares most. Rare content weighs more than common content. A match
//! is doubtful if the documents do not show which element was edited. If the other side touched that element, too, people decide.

mod matcher;
mod profile;

use super::identity::{Elements, Tokens};
use super::roster::{Element, Policy, Roster};
use super::sides::{NONE, Side};
use crate::gather::Gather;
use crate::merge::sort::Queues;
use json_tree::mix;
pub(super) use matcher::Match;
use matcher::Matcher;
use profile::{Ids, Profile, Profiles};

pub(super) use profile::{
    USUAL_NAMES, are_alike, are_alike_without, content_without, id_member, is_id_name, is_rich, name_hashes, usual_name,
};

/// The matches of both sides with base.
pub(super) struct Matched {
    key: Option<String>,
    /// By side, mine and theirs.
    of: [Match; 2],
    /// For each element of theirs, its twin in mine or [`NONE`]. Both sides inserted the twins with equal content, and one of them has an
    /// id: a server gave it the id.
    twins: Vec<u32>,
    ids: Ids,
}

/// The match of one side with base, if there is no other side.
pub(super) struct WithBase {
    pub found: Match,
    /// The elements of base and of the side.
    of: [Vec<Profile>; 2],
}

impl WithBase {
    /// The side is mine of `elements`.
    pub(super) fn new(elements: &Elements<'_>) -> Self {
        let profiles = Profiles::new(elements);
        let [in_base, in_side] = [0, 1].map(|side| vec![None; elements.nodes[side].len()]);
        let found = profiles.matched(1, [&in_base, &in_side], false);
        let [base, side, _] = profiles.of;
        Self { found, of: [base, side] }
    }

    /// Whether an element of the side has a part that its match lacks, and that the element of base at `rival` has.
    pub(super) fn is_contradicted(&self, base: usize, side: usize, rival: usize) -> bool {
        let has = |at: usize, part: &u64| self.of[0].get(at).is_some_and(|one| one.parts.binary_search(part).is_ok());
        self.of[1][side].parts.iter().any(|part| !has(base, part) && has(rival, part))
    }
}

impl Matched {
    /// `moved` has the index of the moved record for each element. With `counts`, a number may be a counter, so that elements with other numbers are edits.
    pub(super) fn new(elements: &Elements<'_>, moved: &[Vec<Option<u32>>; 3], counts: bool) -> Self {
        let profiles = Profiles::new(elements);
        let matched = |side: usize| profiles.matched(side, [&moved[0], &moved[side]], counts);
        let of = [matched(1), matched(2)];
        let twins = profiles.twins(&of);
        Self { key: profiles.key, of, twins, ids: profiles.ids }
    }

    /// Whether the match of an element of base is a guess, and another element may be the match.
    pub(super) fn may_be_other(&self, base: u32) -> bool {
        self.of.iter().any(|one| one.is_doubtful[base as usize] && !one.is_alone[base as usize])
    }

    /// Whether the match of an element of base with a side (0 mine, 1 theirs) is a guess.
    pub(super) fn is_doubtful(&self, side: usize, base: u32) -> bool {
        self.of[side].is_doubtful[base as usize]
    }

    /// The name of the member that identifies the elements; empty if no member does.
    pub(super) fn key(&self) -> Vec<String> {
        self.key.clone().into_iter().gather()
    }

    /// Whether ids and contents contradict each other, so that people have to decide the array. If a side gave the elements other ids,
    /// two elements that both sides inserted may have one id.
    pub(super) fn has_clashing_ids(&self) -> bool {
        match self.ids {
            Ids::Known => false,
            Ids::New => self.of.iter().all(|one| one.has_new),
            Ids::Unclear => true,
        }
    }

    /// Whether both sides inserted elements, some of them without an id.
    pub(super) fn has_two_insertions(&self) -> bool {
        self.of.iter().all(|one| one.has_new) && self.of.iter().any(|one| one.has_new_without_id)
    }

    /// The share of the elements of base whose matches with both sides are certain.
    pub(super) fn sureness(&self) -> f32 {
        let [mine, theirs] = &self.of;
        let all = mine.is_doubtful.len().max(1);
        let doubtful = mine.is_doubtful.iter().zip(&theirs.is_doubtful).filter(|(one, other)| **one || **other).count();
        1.0 - doubtful as f32 / all as f32
    }

    /// The elements with their versions. Two equal elements become one element if both sides inserted them.
    pub(super) fn roster(&self, elements: &Elements<'_>, tokens: &Tokens, key: &[String]) -> Roster {
        let mut roster = Roster::new(Policy::Keyed);
        let keyed = if key.is_empty() { None } else { elements.by_key(key, false) };
        let identity = keyed.as_ref().unwrap_or(tokens);
        let mut occurrences = vec![0; identity.count];
        // For each token, the elements that mine inserted, and the number of them that theirs inserted, too.
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

impl Profiles {
    /// The twins of [`Matched`].
    pub(super) fn twins(&self, of: &[Match; 2]) -> Vec<u32> {
        let key = |side: usize, at: usize, has_id: bool| {
            let profile = &self.of[side + 1][at];
            let content = profile.content.filter(|_| of[side].of[at] == NONE)?;
            Some(mix(content, u64::from(profile.id.is_some() == has_id)))
        };
        let count = self.of[1].len() as u32;
        let mut known = Queues::new((0..count).filter_map(|at| Some((key(0, at as usize, true)?, at))));
        let mut twin = |at: usize| known.take(key(1, at, false)?);
        (0..self.of[2].len()).map(|at| twin(at).unwrap_or(NONE)).gather()
    }

    /// Matches the elements of a side (1 mine, 2 theirs) with the elements of base.
    pub(super) fn matched(&self, side: usize, moved: [&[Option<u32>]; 2], counts: bool) -> Match {
        Matcher::new(&self.of[0], &self.of[side], moved).run(counts)
    }
}
