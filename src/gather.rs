//! Lists made of iterators, and texts made of parts, in few bytes.

/// `collect` for lists.
pub(crate) trait Gather: Iterator + Sized {
    /// The items in their order. `Vec`'s own `collect` makes two functions for each kind of iterator, which ask it for its length
    /// and treat its first item apart; here it is one loop.
    fn gather(self) -> Vec<Self::Item> {
        let mut items = Vec::new();
        for item in self {
            items.push(item);
        }
        items
    }

    /// The items, or the first error among them.
    fn try_gather<T, E>(self) -> Result<Vec<T>, E>
    where
        Self: Iterator<Item = Result<T, E>>,
    {
        let mut items = Vec::new();
        for item in self {
            items.push(item?);
        }
        Ok(items)
    }
}

impl<I: Iterator> Gather for I {}

/// `map` for what there is one of for each side. That of arrays is written for any length, and takes care of the rest should `of` panic.
pub(crate) fn three<T, U>([base, mine, theirs]: [T; 3], mut of: impl FnMut(T) -> U) -> [U; 3] {
    [of(base), of(mine), of(theirs)]
}

/// `map` for pairs, as [`three`].
pub(crate) fn both<T, U>([one, other]: [T; 2], mut of: impl FnMut(T) -> U) -> [U; 2] {
    [of(one), of(other)]
}

/// `join` for texts, whose own is unrolled for separators of every length, twice.
pub(crate) fn joined<S: AsRef<str>>(parts: &[S], separator: &str) -> String {
    let mut text = String::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            text.push_str(separator);
        }
        text.push_str(part.as_ref());
    }
    text
}

/// The texts before and after `word`, like `str::split_once`, which would add 2 kB of substring search to the module.
pub(crate) fn around<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let at = text.as_bytes().windows(word.len()).position(|part| part == word.as_bytes())?;
    Some((text.get(..at)?, text.get(at + word.len()..)?))
}

/// The texts one behind the other.
pub(crate) fn chained(parts: &[&str]) -> String {
    joined(parts, "")
}
