//! Three-way merge of texts: regions first, everything else is a view of them.
//!
//! (skeleton: signatures agreed, bodies to come)
#![allow(unused_variables, missing_docs, reason = "skeleton")]

use super::{Change, Favor, Pick};
use crate::error::Error;

/// Half-open range of byte offsets in one document; always on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByteRange {
    pub start: usize,
    pub end: usize,
}

/// The three documents of a merge.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    pub base: Option<&'a str>,
    pub mine: &'a str,
    pub theirs: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Granularity {
    #[default]
    Line,
    Word,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Adjacency {
    #[default]
    Git,
    Touch,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    #[default]
    Merge,
    Diff3,
    Zdiff3,
}

#[derive(Debug, Clone, Default)]
pub struct Options {
    pub granularity: Granularity,
    pub adjacency: Adjacency,
    pub style: Style,
    pub favor: Option<Favor>,
    pub label_base: Option<String>,
    pub label_mine: Option<String>,
    pub label_theirs: Option<String>,
    /// `None`: 7, grown where the content already holds such a marker line.
    pub marker_size: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionKind {
    Unchanged,
    Mine,
    Theirs,
    Both,
    Conflict,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    pub kind: RegionKind,
    pub base: ByteRange,
    pub mine: ByteRange,
    pub theirs: ByteRange,
    pub ambiguous: bool,
    pub suggestion: Option<String>,
}

#[derive(Debug, Clone)]
pub struct TextMerge {
    regions: Vec<Region>,
}

/// Merges the edits base→mine and base→theirs.
pub fn merge(texts: Texts<'_>, options: &Options) -> Result<TextMerge, Error> {
    Ok(TextMerge {
        regions: Vec::new(),
    })
}

impl TextMerge {
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }
    pub fn is_clean(&self) -> bool {
        self.conflicts() == 0
    }
    pub fn conflicts(&self) -> usize {
        0
    }
    pub fn is_ambiguous(&self) -> bool {
        false
    }
    /// The merged text, conflicts as markers.
    pub fn text(&self, texts: Texts<'_>) -> String {
        String::new()
    }
    /// Every region that is not unchanged, in document order; `path` is the pointer put into the changes.
    pub fn changes(&self, texts: Texts<'_>, path: &str) -> Vec<Change> {
        Vec::new()
    }
    /// The text that results from `picks`, one for each element of `changes`, in the same order.
    pub fn compose(&self, texts: Texts<'_>, picks: &[Pick<'_>]) -> Result<String, Error> {
        Ok(String::new())
    }
}

/// Converts byte offsets of one text to UTF-16 code units and back, in one pass over the text.
#[derive(Debug, Clone)]
pub struct Utf16Index {}

impl Utf16Index {
    pub fn new(text: &str) -> Self {
        Self {}
    }
    pub fn utf16(&self, byte: usize) -> usize {
        0
    }
    pub fn byte(&self, utf16: usize) -> usize {
        0
    }
}
