//! Leaves units out of a search: units that the other document does not have, and frequent units among them.
//!
//! The limits are Git's, so that the same units are left out as there.

/// From so many occurrences in the other document on, however long it is, a unit is frequent.
const MOST_FREQUENT: u32 = 1024;

/// How far around a frequent unit is looked at.
const WINDOW: usize = 100;

/// The units of one document that are searched for in the other.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) tokens: Vec<u32>,
    /// The place of each in the document.
    pub(crate) places: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Not in the other document.
    Alone,
    Matched,
    /// So often in the other document that a match says little: blank lines, closing braces.
    Frequent,
}

/// How often each token occurs, by token.
pub(crate) fn counted(tokens: &[u32]) -> Vec<u32> {
    let mut counts: Vec<u32> = Vec::new();
    for token in tokens {
        let token = *token as usize;
        if token >= counts.len() {
            counts.resize((token + 1).max(counts.len() * 2), 0);
        }
        counts[token] += 1;
    }
    counts
}

/// A square root, rounded up to a power of two.
pub(crate) fn rough_root(number: usize) -> u32 {
    1 << (usize::BITS - number.leading_zeros()).div_ceil(2).min(31)
}

/// Marks in `changed` the units of `tokens[from..to]` that are left out, and returns the rest. `others` are the counts of the other document.
pub(crate) fn kept(tokens: &[u32], from: usize, to: usize, others: &[u32], changed: &mut [u8]) -> Kept {
    let frequent = rough_root(tokens.len()).min(MOST_FREQUENT);
    let tokens = &tokens[from..to];
    let standing = |token: &u32| match others.get(*token as usize) {
        None | Some(0) => Standing::Alone,
        Some(count) if *count >= frequent => Standing::Frequent,
        Some(_) => Standing::Matched,
    };
    // One past the last unit that is alone.
    let mut alone_end = 0;
    let mut kept = Kept { tokens: Vec::with_capacity(to - from), places: Vec::with_capacity(to - from) };
    for (index, token) in tokens.iter().enumerate() {
        let out = match standing(token) {
            Standing::Alone => {
                alone_end = index + 1;
                true
            }
            Standing::Matched => false,
            Standing::Frequent => {
                alone_end + WINDOW > index && alone_end > 0 && is_among_alone(tokens, index, &standing)
            }
        };
        if out {
            changed[from + index] = 1;
        } else {
            kept.tokens.push(*token);
            kept.places.push((from + index) as u32);
        }
    }
    kept
}

/// Whether nearly all units around a frequent unit are missing in the other document.
fn is_among_alone(tokens: &[u32], at: usize, standing: &dyn Fn(&u32) -> Standing) -> bool {
    let before = &tokens[at.saturating_sub(WINDOW)..at];
    let after = &tokens[at + 1..tokens.len().min(at + 1 + WINDOW)];
    // The unit itself counts once on either side.
    let count = |tokens: &mut dyn Iterator<Item = &u32>| {
        let (mut alone, mut frequent) = (0, 1);
        for token in tokens {
            match standing(token) {
                Standing::Alone => alone += 1,
                Standing::Frequent => frequent += 1,
                Standing::Matched => break,
            }
        }
        (alone, frequent)
    };
    let (alone_before, frequent_before) = count(&mut before.iter().rev());
    if alone_before == 0 {
        return false;
    }
    let (alone_after, frequent_after) = count(&mut after.iter());
    alone_after > 0 && alone_before + alone_after > 3 * (frequent_before + frequent_after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_those_of_git() {
        let roots: Vec<u32> = [0, 1, 3, 4, 15, 16, 63, 64, 1000].map(rough_root).to_vec();
        assert_eq!(roots, [1, 2, 2, 4, 4, 8, 8, 16, 32]);
    }

    #[test]
    fn a_frequent_unit_stays_unless_it_is_among_many_that_are_alone() {
        let around = |before: usize, after: usize| {
            let mut tokens = vec![2; 300];
            tokens[150 - before..150].fill(0);
            tokens[150] = 1;
            tokens[151..151 + after].fill(0);
            let standings = [Standing::Alone, Standing::Frequent, Standing::Matched];
            is_among_alone(&tokens, 150, &|token| standings[*token as usize])
        };
        assert!(!around(3, 3) && around(3, 4) && around(6, 1));
        assert!(!around(0, 50) && !around(50, 0));
    }
}
