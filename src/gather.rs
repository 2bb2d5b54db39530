//! Lists from iterators, and texts from parts, in fewer bytes than by the standard library.

/// `collect` for lists.
pub(crate) trait Gather: Iterator + Sized {
    /// The items in their order, by one loop. `collect` has two functions for each type of iterator: they ask for its length, and treat its
    /// first item separately. docs/SIZE.md has the difference.
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

/// `join` for texts. The standard library unrolls it twice, for separators of every length.
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

/// The concatenated texts.
pub(crate) fn chained(parts: &[&str]) -> String {
    joined(parts, "")
}
