//! Counts sentences, so that no merge doubles a sentence that moved, and none brings a removed sentence back.
//!
//! A comparison shows a moved sentence as a removal and an insertion. If the other side removed, edited or moved the sentence, too, both edits fit
//! together, although they are two edits of one sentence. So people decide the insertion.

use super::RegionKind;
use super::sentences::{may_be_prose, sentences};
use super::words::WordMerge;
use crate::gather::Gather;
use crate::merge::sort::Index;
use text_diff::{Interner, hash64};

/// A word that more added sentences share is too common to show a likeness.
const MAX_SHARERS: usize = 8;

/// A longer run of letters without a space is no word.
const MAX_WORD_BYTES: usize = 24;

/// A region of a merge with its texts: base, mine, theirs.
pub(super) struct Part<'t> {
    pub(super) kind: RegionKind,
    pub(super) texts: [&'t str; 3],
}

impl Part<'_> {
    /// The side that alone edited this part.
    fn editor(&self) -> Option<usize> {
        match self.kind {
            RegionKind::Mine => Some(1),
            RegionKind::Theirs => Some(2),
            _ => None,
        }
    }

    fn is_edited_by(&self, side: usize) -> bool {
        self.kind != RegionKind::Unchanged && self.editor().is_none_or(|editor| editor == side)
    }
}

/// A sentence of a part.
struct Entry {
    part: usize,
    side: usize,
    token: usize,
}

/// Whether a merge of one conflict puts a sentence into the result that the other side moved, removed or edited elsewhere.
pub(super) fn is_doubtful(merged: &WordMerge, [base, mine, theirs]: [&str; 3]) -> bool {
    let parts = merged.blocks.iter().map(|block| Part {
        kind: block.kind,
        texts: [
            merged.triple.base.slice(base, block.base),
            merged.triple.mine.slice(mine, block.mine),
            merged.triple.theirs.slice(theirs, block.theirs),
        ],
    });
    doubtful(&parts.gather()).contains(&true)
}

/// For each part, whether it puts a sentence into the result that the other side moved, removed or edited elsewhere.
pub(super) fn doubtful(parts: &[Part<'_>]) -> Vec<bool> {
    let mut found = vec![false; parts.len()];
    // An edit of one side alone is the result.
    let has = |is: &dyn Fn(&Part<'_>) -> bool| parts.iter().any(is);
    if !has(&|part| part.editor().is_some()) || !has(&|part| part.is_edited_by(1)) || !has(&|part| part.is_edited_by(2))
    {
        return found;
    }
    let mut interner = Interner::new();
    let mut entries = Vec::new();
    let is_changed =
        |part: &Part<'_>| part.kind != RegionKind::Unchanged && part.texts.iter().all(|text| may_be_prose(text));
    for (at, part) in parts.iter().enumerate().filter(|(_, part)| is_changed(part)) {
        for (side, text) in part.texts.iter().enumerate() {
            let tokens = sentences(text, &mut interner);
            entries.extend(tokens.into_iter().map(|token| Entry { part: at, side, token: token as usize }));
        }
    }
    // For each sentence, how often base, mine, theirs and the result have it. A conflict has no result yet.
    let mut counts = vec![[0_u32; 4]; interner.len()];
    for Entry { part, side, token } in &entries {
        counts[*token][*side] += 1;
        let is_result = match parts[*part].kind {
            RegionKind::Both => *side == 1,
            _ => parts[*part].editor() == Some(*side),
        };
        counts[*token][3] += u32::from(is_result);
    }
    // The part of base that has a sentence.
    let mut home = vec![usize::MAX; interner.len()];
    for entry in entries.iter().filter(|entry| entry.side == 0) {
        home[entry.token] = entry.part;
    }
    let is_inserted = |entry: &&Entry| {
        let is_edit = entry.side > 0 && parts[entry.part].editor() == Some(entry.side);
        is_edit && home[entry.token] != entry.part
    };
    let inserted: Vec<&Entry> = entries.iter().filter(is_inserted).gather();
    for entry in &inserted {
        let counts = counts[entry.token];
        // Which one of several equal sentences moved is a guess that other marks show.
        let is_single = counts[..3].iter().all(|count| *count <= 1);
        found[entry.part] |= is_single && counts[3] > wanted(counts);
    }
    let lost: Vec<&Entry> =
        entries.iter().filter(|entry| entry.side == 0 && counts[entry.token][..3] == [1, 0, 0]).gather();
    let new: Vec<&Entry> = inserted.into_iter().filter(|entry| counts[entry.token][0] == 0).gather();
    let sentence = |entry: &Entry| words(interner.unit(entry.token as u32));
    let mut keys: Vec<(u64, usize)> = Vec::new();
    let lengths: Vec<usize> = new
        .iter()
        .enumerate()
        .map(|(at, entry)| {
            let words = sentence(entry);
            keys.extend(words.iter().map(|word| (*word, at)));
            words.len()
        })
        .gather();
    let index = Index::new(keys.iter().map(|key| key.0));
    let mut shared = vec![0_usize; new.len()];
    for old in lost {
        let mut touched = Vec::new();
        let words = sentence(old);
        for &word in &words {
            if index.of(word).nth(MAX_SHARERS).is_some() {
                continue;
            }
            for at in index.of(word).map(|key| keys[key].1) {
                shared[at] += 1;
                touched.push(at);
            }
        }
        for at in touched {
            let is_like = shared[at] * 2 >= words.len().max(lengths[at]);
            found[new[at].part] |= is_like && new[at].part != old.part;
            shared[at] = 0;
        }
    }
    found
}

/// How often the result has a sentence if each edit counts. Two equal edits may be one.
fn wanted([base, mine, theirs, _]: [u32; 4]) -> u32 {
    if mine > base && theirs > base {
        mine.max(theirs)
    } else if mine < base && theirs < base {
        mine.min(theirs)
    } else {
        (mine + theirs).saturating_sub(base)
    }
}

/// The hashes of the words of a sentence; of its characters, if no spaces part its words.
fn words(sentence: &str) -> Vec<u64> {
    let mut found = Vec::new();
    for word in sentence.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty()) {
        if word.is_ascii() || word.len() <= MAX_WORD_BYTES {
            found.push(hash64(word.as_bytes()));
        } else {
            found.extend(word.chars().map(|character| u64::from(u32::from(character))));
        }
    }
    found
}
