//! Lists made of iterators, in few bytes.

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
}

impl<I: Iterator> Gather for I {}
