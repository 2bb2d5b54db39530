//! Matches the blocks of a document without ids: equal blocks first, then blocks that share most of their words, then single blocks at one place.

use super::{shared, type_of};
use crate::gather::Gather;
use crate::merge::json::identity::{Elements, Tokens};
use crate::merge::json::sides::NONE;
use crate::merge::json::tree::{At, Kind};
use crate::merge::sort::{Index, Queues};
use text_diff::hash64;

/// The limit of pairs of blocks in one gap whose words are compared.
const MAX_PAIRS: usize = 1024;

/// Gives the versions of one block one number. `None` if the sides have no block in common and none is new: the result could be empty, which few
/// schemas allow.
pub(in crate::merge::json) fn matched(elements: &Elements<'_>, values: &Tokens) -> Option<Tokens> {
    let blocks = [0, 1, 2].map(|side| elements.side(side).map(Block::of).gather());
    let count = values.of[0].len() as u32;
    let mut next = count;
    let mut of = [(0..count).gather(), Vec::new(), Vec::new()];
    // Equal blocks that both sides added are one block.
    let mut added = Queues::new(std::iter::empty());
    for side in [1, 2] {
        let found = pairs(values, &blocks, side);
        let mut own: Vec<(u64, u32)> = Vec::new();
        for (at, &base) in found.iter().enumerate() {
            let value = u64::from(values.of[side][at]);
            let token = match base {
                NONE => added.take(value).unwrap_or_else(|| {
                    next += 1;
                    own.push((value, next - 1));
                    next - 1
                }),
                base => base,
            };
            of[side].push(token);
        }
        added = Queues::new(own.into_iter());
    }
    let mut is_in_mine = vec![false; next as usize];
    of[1].iter().for_each(|&token: &u32| is_in_mine[token as usize] = true);
    let is_new = |token: u32| token >= count;
    let is_empty = of[2].iter().all(|&token| !is_new(token) && !is_in_mine[token as usize])
        && !of[1].iter().any(|&token| is_new(token));
    let is_emptied = of.iter().any(Vec::is_empty);
    (is_emptied || !is_empty).then_some(Tokens { of, count: next as usize, copied: Vec::new() })
}

/// A block, for comparisons.
struct Block {
    kind: Option<u64>,
    words: Vec<u64>,
}

impl Block {
    fn of(at: At<'_>) -> Self {
        let mut words = Vec::new();
        for node in at.node..at.document.data(at.node).next {
            if at.document.kind(node) == Kind::String && is_text(at.document.name_source(node)) {
                let text = at.document.source(node);
                words.extend(
                    text.split([' ', '"', '.', ','])
                        .filter(|word| !word.is_empty())
                        .map(|word| hash64(word.as_bytes())),
                );
            }
        }
        Self { kind: type_of(at), words }
    }

    fn is_like(&self, other: &Self, index: &Index) -> bool {
        // A block that grew or shrank is still the same one.
        let least = self.words.len().min(other.words.len());
        least > 0 && shared(index, &self.words) * 2 >= least
    }
}

fn is_text(name: &str) -> bool {
    matches!(name, "\"text\"" | "\"insert\"" | "\"src\"" | "\"url\"" | "\"href\"")
}

/// For each block of a side, its position in base or [`NONE`].
fn pairs(values: &Tokens, blocks: &[Vec<Block>; 3], side: usize) -> Vec<u32> {
    let (base, edit, count) = (&values.of[0], &values.of[side], values.count);
    let mut found = vec![NONE; edit.len()];
    let mut is_free = vec![true; base.len()];
    let hunks = text_diff::align(base, edit);
    let (mut old, mut new) = (0, 0);
    for hunk in hunks.iter().map(Some).chain([None]) {
        let until = hunk.map_or(base.len() as u32, |hunk| hunk.before.start);
        for at in old..until {
            found[(new + at - old) as usize] = at;
            is_free[at as usize] = false;
        }
        if let Some(hunk) = hunk {
            (old, new) = (hunk.before.end, hunk.after.end);
        }
    }
    // A block that is once on both sides has moved.
    let only = |tokens: &[u32], is_free: &dyn Fn(usize) -> bool| {
        let mut places = vec![NONE; count];
        let mut is_repeated = vec![false; count];
        for (&token, at) in tokens.iter().zip(0_u32..).filter(|(_, at)| is_free(*at as usize)) {
            is_repeated[token as usize] |= places[token as usize] != NONE;
            places[token as usize] = at;
        }
        places.iter_mut().zip(is_repeated).filter(|(_, is)| *is).for_each(|(place, _)| *place = NONE);
        places
    };
    let (gone, added) = (only(base, &|at| is_free[at]), only(edit, &|at| found[at] == NONE));
    for (&from, &to) in gone.iter().zip(&added).filter(|(from, to)| **from != NONE && **to != NONE) {
        found[to as usize] = from;
        is_free[from as usize] = false;
    }
    for hunk in &hunks {
        let olds: Vec<u32> = (hunk.before.start..hunk.before.end).filter(|&at| is_free[at as usize]).gather();
        let news: Vec<u32> = (hunk.after.start..hunk.after.end).filter(|&at| found[at as usize] == NONE).gather();
        if olds.len() * news.len() > MAX_PAIRS {
            continue;
        }
        let indexes: Vec<Index> =
            news.iter().map(|&at| Index::new(blocks[side][at as usize].words.iter().copied())).gather();
        for &from in &olds {
            let old = &blocks[0][from as usize];
            let is_like = |place: &usize| {
                found[news[*place] as usize] == NONE
                    && old.is_like(&blocks[side][news[*place] as usize], &indexes[*place])
            };
            if let Some(place) = (0..news.len()).find(is_like) {
                found[news[place] as usize] = from;
                is_free[from as usize] = false;
            }
        }
        // The only block of a gap is an edit of the only old block.
        let mut olds = olds.into_iter().filter(|&at| is_free[at as usize]);
        let mut news = news.into_iter().filter(|&at| found[at as usize] == NONE);
        if let (Some(old), None, Some(new), None) = (olds.next(), olds.next(), news.next(), news.next())
            && blocks[0][old as usize].kind == blocks[side][new as usize].kind
        {
            found[new as usize] = old;
        }
    }
    found
}
