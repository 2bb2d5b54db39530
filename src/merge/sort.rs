//! One sort function for all merges, which keeps the download small, and an index that uses it.

use crate::gather::Gather;

/// Sorts without the standard library's sorts, which would be larger than the parser.
pub(super) fn sort_pairs(pairs: &mut [(u64, u32)]) {
    if pairs.is_sorted() {
        return;
    }
    let sift = |pairs: &mut [(u64, u32)], mut root: usize, end: usize| {
        while let Some(mut child) = (root * 2 + 1 < end).then_some(root * 2 + 1) {
            if child + 1 < end && pairs[child] < pairs[child + 1] {
                child += 1;
            }
            if pairs[root] >= pairs[child] {
                return;
            }
            pairs.swap(root, child);
            root = child;
        }
    };
    for root in (0..pairs.len() / 2).rev() {
        sift(pairs, root, pairs.len());
    }
    for end in (1..pairs.len()).rev() {
        pairs.swap(0, end);
        sift(pairs, 0, end);
    }
}

/// Sorts hashes.
pub(super) fn sort_hashes(hashes: &mut [u64]) {
    let mut pairs: Vec<(u64, u32)> = hashes.iter().map(|&hash| (hash, 0)).gather();
    sort_pairs(&mut pairs);
    for (slot, pair) in hashes.iter_mut().zip(pairs) {
        *slot = pair.0;
    }
}

/// Finds the positions of a key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    sorted: Vec<(u64, u32)>,
}

impl Index {
    pub(crate) fn new(keys: impl Iterator<Item = u64>) -> Self {
        let mut sorted: Vec<(u64, u32)> = keys.zip(0_u32..).gather();
        sort_pairs(&mut sorted);
        Self { sorted }
    }

    pub(crate) fn of(&self, key: u64) -> impl Iterator<Item = usize> + Clone {
        let first = self.sorted.partition_point(|entry| entry.0 < key);
        self.sorted[first..].iter().take_while(move |entry| entry.0 == key).map(|entry| entry.1 as usize)
    }
}

/// Positions by their keys. Each position is taken once, the first of a key first.
pub(super) struct Queues {
    sorted: Vec<(u64, u32)>,
    /// By the first place of a key, how many of its positions are taken.
    taken: Vec<usize>,
}

impl Queues {
    pub(super) fn new(keys: impl Iterator<Item = (u64, u32)>) -> Self {
        let mut sorted: Vec<(u64, u32)> = keys.gather();
        sort_pairs(&mut sorted);
        Self { taken: vec![0; sorted.len()], sorted }
    }

    pub(super) fn take(&mut self, key: u64) -> Option<u32> {
        let first = self.sorted.partition_point(|one| one.0 < key);
        let found = self.sorted.get(first + self.taken.get(first)?).filter(|one| one.0 == key)?;
        self.taken[first] += 1;
        Some(found.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_sorted() {
        for count in 0..40_u32 {
            let mut pairs: Vec<(u64, u32)> = (0..count).map(|at| (u64::from(at * 7919 % 13), at ^ 5)).collect();
            let mut expected = pairs.clone();
            expected.sort_unstable();
            sort_pairs(&mut pairs);
            assert_eq!(pairs, expected);
        }
    }
}
