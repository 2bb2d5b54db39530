//! One sort for everything that is sorted.

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
