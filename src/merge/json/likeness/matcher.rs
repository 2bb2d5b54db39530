//! Matches the elements of one side with the elements of base.

use std::cmp::Ordering;

use json_tree::mix;

use super::profile::{INFORMATION, Profile};
use crate::gather::Gather;
use crate::merge::json::sides::NONE;
use crate::merge::json::tree::Kind;
use crate::merge::sort::{sort_hashes, sort_pairs};

/// A part that more elements share is too common to propose a match.
const MAX_SHARERS: usize = 8;
/// The smallest weight of shared parts that can prove a match.
const ENOUGH: f32 = 0.4;

/// The match of one side with base.
pub(in crate::merge::json) struct Match {
    /// For each element of the side, its position in base or [`NONE`].
    pub of: Vec<u32>,
    /// For each element of base, whether its match or its removal is a guess.
    pub is_doubtful: Vec<bool>,
    /// For each element of base whether people can decide it alone if its match is a guess: it and its match are the only elements
    /// between two matched neighbours, or it has no match.
    pub is_alone: Vec<bool>,
    /// Whether the side has elements that base lacks.
    pub has_new: bool,
    /// Whether such an element has no id.
    pub has_new_without_id: bool,
}

/// The number of elements with each part, sorted by part.
struct Counts(Vec<(u64, u32)>);

impl Counts {
    fn new<'p>(profiles: impl Iterator<Item = &'p Profile>) -> Self {
        let mut all = Vec::new();
        for profile in profiles {
            all.extend_from_slice(&profile.parts);
        }
        sort_hashes(&mut all);
        let mut counts: Vec<(u64, u32)> = Vec::new();
        for part in all {
            match counts.last_mut().filter(|last| last.0 == part) {
                Some(last) => last.1 += 1,
                None => counts.push((part, 1)),
            }
        }
        Self(counts)
    }

    fn of(&self, part: u64) -> u32 {
        self.0.binary_search_by_key(&part, |known| known.0).map_or(0, |at| self.0[at].1)
    }
}

/// The likeness of two elements: the weight of their shared parts, and of all their parts.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Score {
    shared: f32,
    total: f32,
}

impl Score {
    fn is_half(self) -> bool {
        self.shared * 2.0 >= self.total
    }
}

pub(super) struct Matcher<'p> {
    base: &'p [Profile],
    side: &'p [Profile],
    of: Vec<u32>,
    /// For each element of base, its position in the side or [`NONE`].
    to: Vec<u32>,
    is_doubtful: Vec<bool>,
    is_alone: Vec<bool>,
    /// For each element of base, whether the side has more or fewer elements with its content.
    is_repeated: Vec<bool>,
    /// For each element of base and of the side, its index among the records that moved between arrays.
    moved: [&'p [Option<u32>]; 2],
}

impl<'p> Matcher<'p> {
    pub(super) fn new(base: &'p [Profile], side: &'p [Profile], moved: [&'p [Option<u32>]; 2]) -> Self {
        let (of, to) = (vec![NONE; side.len()], vec![NONE; base.len()]);
        let [is_doubtful, is_alone, is_repeated] = [(); 3].map(|()| vec![false; base.len()]);
        Self { base, side, of, to, is_doubtful, is_alone, is_repeated, moved }
    }

    pub(super) fn run(mut self, counts: bool) -> Match {
        self.match_by(|one| one.id);
        self.match_by(|one| one.key);
        self.doubt_repeated();
        self.is_repeated.clone_from(&self.is_doubtful);
        self.match_ends();
        self.match_by(|one| one.content.map(|content| mix(content, u64::from(one.id.is_some()))));
        self.match_by(|one| one.content);
        self.match_by_likeness();
        self.match_in_gaps(counts);
        let is_new = |at: &usize| self.of[*at] == NONE && self.moved[1][*at].is_none();
        let has_new = (0..self.side.len()).any(|at| is_new(&at));
        let has_new_without_id = (0..self.side.len()).filter(is_new).any(|at| self.side[at].id.is_none());
        for at in 0..self.base.len() {
            // A new element may be a large edit of an element without a match. An edit would have kept an id.
            let is_free = self.to[at] == NONE && self.base[at].id.is_none() && self.moved[0][at].is_none();
            self.is_doubtful[at] |= is_free && has_new_without_id;
            self.is_alone[at] |= self.to[at] == NONE && !self.is_repeated[at];
        }
        Match { of: self.of, is_doubtful: self.is_doubtful, is_alone: self.is_alone, has_new, has_new_without_id }
    }

    fn pair(&mut self, base: usize, side: usize) {
        self.of[side] = base as u32;
        self.to[base] = side as u32;
    }

    /// Whether kinds and ids allow the pair. An element can get an id later, but it cannot change or lose an id.
    fn is_allowed(&self, base: usize, side: usize) -> bool {
        self.base[base].kind == self.side[side].kind && self.is_allowed_in_gap(base, side)
    }

    /// Matches equal elements at both ends, so that only equal elements in between can be new or removed.
    fn match_ends(&mut self) {
        let most = self.base.len().min(self.side.len());
        let is_same = |matcher: &Self, base: usize, side: usize| {
            let is_free = matcher.to[base] == NONE && matcher.of[side] == NONE;
            is_free && matcher.is_allowed(base, side) && matcher.base[base].content == matcher.side[side].content
        };
        let is_passed =
            |matcher: &Self, base: usize, side: usize| matcher.to[base] == side as u32 || is_same(matcher, base, side);
        let mut first = 0;
        while first < most && is_passed(self, first, first) {
            self.pair(first, first);
            first += 1;
        }
        let mut last = 0;
        while first + last < most && is_passed(self, self.base.len() - 1 - last, self.side.len() - 1 - last) {
            self.pair(self.base.len() - 1 - last, self.side.len() - 1 - last);
            last += 1;
        }
    }

    /// Whether moves and ids allow the pair in a gap between matched elements. A value may replace a value of another kind there.
    fn is_allowed_in_gap(&self, base: usize, side: usize) -> bool {
        let is_one_record = self.moved[0][base] == self.moved[1][side];
        is_one_record && (self.base[base].id == self.side[side].id || self.base[base].id.is_none())
    }

    /// Matches elements with equal keys in order. Like all steps, it matches only free elements: they have no match yet.
    fn match_by(&mut self, key: impl Fn(&Profile) -> Option<u64>) {
        self.pair_groups(key, |matcher, old, new| {
            for (base, side) in old.iter().zip(new) {
                let (base, side) = (base.1 as usize, side.1 as usize);
                if matcher.is_allowed(base, side) {
                    matcher.pair(base, side);
                }
            }
        });
    }

    /// Marks equal elements as doubtful if the side has more or fewer of them: it is a guess which ones are new or removed.
    fn doubt_repeated(&mut self) {
        self.pair_groups(
            |one| one.content.filter(|_| one.id.is_none()),
            |matcher, old, new| {
                if old.len() != new.len() {
                    for one in old {
                        matcher.is_doubtful[one.1 as usize] = true;
                    }
                }
            },
        );
    }

    /// Calls `each` for each key that free elements of both base and the side have, with these elements.
    fn pair_groups(
        &mut self,
        key: impl Fn(&Profile) -> Option<u64>,
        mut each: impl FnMut(&mut Self, &[(u64, u32)], &[(u64, u32)]),
    ) {
        let free = |profiles: &[Profile], taken: &[u32]| {
            let keyed = (0_u32..).zip(profiles).zip(taken).filter(|(_, taken)| **taken == NONE);
            let mut keys: Vec<(u64, u32)> = keyed.filter_map(|((at, one), _)| Some((key(one)?, at))).gather();
            sort_pairs(&mut keys);
            keys
        };
        let (old, new) = (free(self.base, &self.to), free(self.side, &self.of));
        let (mut left, mut right) = (0, 0);
        while left < old.len() && right < new.len() {
            match old[left].0.cmp(&new[right].0) {
                Ordering::Less => left += 1,
                Ordering::Greater => right += 1,
                Ordering::Equal => {
                    let same = |keys: &[(u64, u32)], from: usize| {
                        keys[from..].iter().take_while(|one| one.0 == keys[from].0).count()
                    };
                    let (olds, news) = (same(&old, left), same(&new, right));
                    each(self, &old[left..left + olds], &new[right..right + news]);
                    left += olds;
                    right += news;
                }
            }
        }
    }

    /// Matches free elements that share half of their parts by weight, and twice as much as with any other free element.
    fn match_by_likeness(&mut self) {
        let taken = [&*self.to, &*self.of];
        if taken.iter().any(|taken| !taken.contains(&NONE)) {
            return;
        }
        let weights = Weights::new([self.base, self.side], taken);
        let pairs = self.candidates(&weights);
        // The bits of positive floats have the order of the floats. Inverted, they sort the best pair first.
        let mut order = pairs.iter().zip(0_u32..).map(|(pair, at)| (u64::from(!pair.0.shared.to_bits()), at)).gather();
        sort_pairs(&mut order);
        // For each element of base and of the side, its best and its second best weight.
        let (mut best_base, mut best_side) = (vec![[0.0_f32; 2]; self.base.len()], vec![[0.0_f32; 2]; self.side.len()]);
        for (score, (base, side)) in &pairs {
            for best in [&mut best_base[*base as usize], &mut best_side[*side as usize]] {
                if score.shared > best[0] {
                    *best = [score.shared, best[0]];
                } else if score.shared > best[1] {
                    best[1] = score.shared;
                }
            }
        }
        for (_, at) in order {
            let (score, (base, side)) = pairs[at as usize];
            let (base, side) = (base as usize, side as usize);
            if self.to[base] != NONE || self.of[side] != NONE {
                continue;
            }
            let rival = best_base[base][1].max(best_side[side][1]);
            let is_best = score.shared >= best_base[base][0].max(best_side[side][0]);
            if is_best && score.shared >= ENOUGH && score.is_half() && rival * 2.0 <= score.shared {
                self.pair(base, side);
            } else if score.shared >= ENOUGH {
                self.is_doubtful[base] = true;
            }
        }
    }

    /// The pairs of free elements that share a part of few elements, with their scores.
    fn candidates(&self, weights: &Weights) -> Vec<(Score, (u32, u32))> {
        let parts = |profiles: &[Profile], taken: &[u32]| {
            let mut parts = Vec::new();
            for ((at, profile), _) in (0_u32..).zip(profiles).zip(taken).filter(|(_, taken)| **taken == NONE) {
                parts.extend(profile.parts.iter().map(|&part| (part, at)));
            }
            sort_pairs(&mut parts);
            parts
        };
        let (old, new) = (parts(self.base, &self.to), parts(self.side, &self.of));
        let mut found: Vec<u64> = Vec::new();
        let mut right = 0;
        let mut left = 0;
        while left < old.len() {
            let part = old[left].0;
            let olds = old[left..].iter().take_while(|one| one.0 == part).count();
            while right < new.len() && new[right].0 < part {
                right += 1;
            }
            let news = new[right..].iter().take_while(|one| one.0 == part).count();
            if olds <= MAX_SHARERS && news <= MAX_SHARERS {
                for one in &old[left..left + olds] {
                    found.extend(
                        new[right..right + news].iter().map(|other| u64::from(one.1) << 32 | u64::from(other.1)),
                    );
                }
            }
            left += olds;
            right += news;
        }
        sort_hashes(&mut found);
        found.dedup();
        let pairs = found.into_iter().map(|pair| ((pair >> 32) as u32, pair as u32));
        let allowed = pairs.filter(|&(base, side)| self.is_allowed(base as usize, side as usize));
        allowed.map(|(base, side)| (self.score(weights, base as usize, side as usize), (base, side))).gather()
    }

    fn score(&self, weights: &Weights, base: usize, side: usize) -> Score {
        let (old, new) = (&self.base[base].parts, &self.side[side].parts);
        let (of_old, of_new) = (&weights.0[0][base], &weights.0[1][side]);
        let (mut left, mut right) = (0, 0);
        let mut score = Score { shared: 0.0, total: 0.0 };
        while left < old.len() || right < new.len() {
            let order = match (old.get(left), new.get(right)) {
                (Some(one), Some(other)) => one.cmp(other),
                (Some(_), None) => Ordering::Less,
                (None, _) => Ordering::Greater,
            };
            let weight = if order == Ordering::Greater { of_new[right] } else { of_old[left] };
            score.total += weight;
            if order == Ordering::Equal {
                score.shared += weight;
            }
            left += usize::from(order != Ordering::Greater);
            right += usize::from(order != Ordering::Less);
        }
        score
    }

    /// Matches free elements in order between two matched elements, if base and the side have equally many there. The match is a
    /// guess, except for a single element that is at least half equal. With `counts`, no such match is a guess.
    fn match_in_gaps(&mut self, counts: bool) {
        let mut pairs = Vec::new();
        let (mut side, mut base) = (0, 0);
        while side < self.side.len() {
            let free = self.of[side..].iter().take_while(|&&one| one == NONE).count();
            let next = self.of.get(side + free).map_or(self.base.len(), |&next| next as usize);
            let is_same_gap = next == base + free && self.to[base..next].iter().all(|&one| one == NONE);
            if is_same_gap && (0..free).all(|at| self.is_allowed_in_gap(base + at, side + at)) {
                for at in 0..free {
                    let is_doubtful = free > 1 || !self.is_alike(base + at, side + at);
                    self.is_alone[base + at] = free == 1 && !self.is_repeated[base + at];
                    pairs.push((base + at, side + at, is_doubtful && !counts));
                }
            }
            (side, base) = (side + free + 1, next + 1);
        }
        for (base, side, is_doubtful) in pairs {
            self.pair(base, side);
            self.is_doubtful[base] |= is_doubtful;
        }
    }

    /// Whether two elements are at least half equal, or both are scalars.
    fn is_alike(&self, base: usize, side: usize) -> bool {
        let is_container = |one: &Profile| matches!(one.kind, Kind::Object | Kind::Array);
        self.base[base].is_alike(&self.side[side])
            || !(is_container(&self.base[base]) || is_container(&self.side[side]))
    }
}

/// The weights of all parts of the free elements of base and of the side.
struct Weights([Vec<Vec<f32>>; 2]);

impl Weights {
    /// A part weighs more the rarer it is.
    fn new(profiles: [&[Profile]; 2], taken: [&[u32]; 2]) -> Self {
        let [base, side] = profiles.map(|profiles| Counts::new(profiles.iter()));
        let weight = |&part: &u64| {
            (part & INFORMATION) as f32 / INFORMATION as f32 / base.of(part).max(side.of(part)).max(1) as f32
        };
        Self([0, 1].map(|at| {
            let weights = |(one, &taken): (&Profile, &u32)| {
                if taken == NONE { one.parts.iter().map(weight).gather() } else { Vec::new() }
            };
            profiles[at].iter().zip(taken[at]).map(weights).gather()
        }))
    }
}
