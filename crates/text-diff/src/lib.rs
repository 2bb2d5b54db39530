//! The loops that every line of a document goes through: cutting, numbering, comparing, counting UTF-16.
//!
//! A crate of their own, because the module is compiled for size and these for speed (`[profile.wasm.package.mergefetch-text-diff]`): a
//! tenth of the code, in which nearly all of the time of a merge is spent. This crate does not know merges.

#![forbid(unsafe_code)]

mod bytes;
mod intern;
mod lines;
mod prune;
mod search;
mod slide;
mod utf16;

pub use bytes::{find, find_either, hash64, mix, same};
pub use intern::Interner;
pub use lines::{BOM, Ending, LineKey, Sequence, lone_cr_ends_lines, split_lines};
pub use search::{Comparison, Parts, align, compare, compare_within};
pub use slide::slid;
pub use utf16::Utf16Index;

/// Half-open range of units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// The first unit.
    pub start: u32,
    /// One past the last unit.
    pub end: u32,
}

impl Span {
    /// From the first unit to one past the last.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// How many units are in it.
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether none is in it.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// Half-open range of byte offsets in one document; always on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByteRange {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl ByteRange {
    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The part of `text` in this range.
    pub fn slice(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// A run of units that was replaced; one of the two spans may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hunk {
    /// The range before.
    pub before: Span,
    /// The range after.
    pub after: Span,
}
