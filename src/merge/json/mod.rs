//! Three-way merge of JSON documents: a lossless tree, merged by member and by element.
//!
//! (skeleton: signatures agreed, bodies to come)
#![allow(unused_variables, missing_docs, reason = "skeleton")]

use super::text::{self, TextMerge};
use super::{Change, Favor, Pick};
use crate::error::Error;

/// A JSON text and its tree: source ranges, spellings and member order are kept.
#[derive(Debug, Clone)]
pub struct Document {
    text: String,
}

/// A value inside a document.
#[derive(Debug, Clone, Copy)]
pub struct Value<'a> {
    document: &'a Document,
}

impl Document {
    /// # Errors
    /// `invalid-json`, `too-deep`, with position.
    pub fn parse(text: impl Into<String>) -> Result<Self, Error> {
        Ok(Self { text: text.into() })
    }
    /// Parses what `JSON.stringify` made of an edited copy of `base` as JavaScript sees it: where a number of `base` has no
    /// exact double, and the edit still holds the double that JavaScript read for it, the spelling of `base` is put back.
    pub fn parse_edit(text: impl Into<String>, base: Option<&Document>) -> Result<Self, Error> {
        Self::parse(text)
    }
    pub fn text(&self) -> &str {
        &self.text
    }
    pub fn root(&self) -> Value<'_> {
        Value { document: self }
    }
}

impl<'a> Value<'a> {
    /// The source text of this value.
    pub fn source(self) -> &'a str {
        ""
    }
    /// The member `name` of an object.
    pub fn member(self, name: &str) -> Option<Value<'a>> {
        None
    }
    /// The members of an object in source order; empty for other values.
    pub fn members(self) -> Vec<(String, Value<'a>)> {
        Vec::new()
    }
    /// The elements of an array; empty for other values.
    pub fn elements(self) -> Vec<Value<'a>> {
        Vec::new()
    }
    /// The decoded string, where this is one (lone surrogate escapes become U+FFFD here, never in `source`).
    pub fn as_str(self) -> Option<String> {
        None
    }
    pub fn is_object(self) -> bool {
        false
    }
    /// The value at a JSON Pointer below this one.
    pub fn pointer(self, pointer: &str) -> Option<Value<'a>> {
        None
    }
    /// Equality by value: 1 equals 1.0, member order never matters.
    pub fn equals(self, other: Value<'_>) -> bool {
        false
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Documents<'a> {
    pub base: Option<&'a Document>,
    pub mine: &'a Document,
    pub theirs: &'a Document,
}

/// How the value at a path is merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    Auto,
    Atomic,
    Text,
    Set,
    Sequence,
    Key(Vec<String>),
    Group(Vec<String>),
    Counter,
    Ignore,
}

#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Pointers, where `*` stands for any member or index, and their rules.
    pub rules: Vec<(String, Rule)>,
    pub favor: Option<Favor>,
    /// How long strings are merged.
    pub text: text::Options,
}

#[derive(Debug, Clone)]
pub struct JsonMerge {
    changes: Vec<Change>,
}

/// One operation of a JSON Patch (RFC 6902). Values are JSON texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    Add { path: String, value: String },
    Replace { path: String, value: String },
    Remove { path: String },
    Move { from: String, path: String },
    Copy { from: String, path: String },
    Test { path: String, value: String },
}

pub fn merge(documents: Documents<'_>, options: &Options) -> Result<JsonMerge, Error> {
    Ok(JsonMerge {
        changes: Vec::new(),
    })
}

/// The patch that turns `before` into `after`.
pub fn diff(
    before: &Document,
    after: &Document,
    options: &Options,
) -> Result<Vec<Operation>, Error> {
    Ok(Vec::new())
}

impl JsonMerge {
    pub fn is_clean(&self) -> bool {
        self.conflicts() == 0
    }
    pub fn conflicts(&self) -> usize {
        0
    }
    pub fn is_ambiguous(&self) -> bool {
        false
    }
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }
    /// The merged document in the layout of theirs; a place in conflict holds mine.
    pub fn text(&self, documents: Documents<'_>) -> Result<String, Error> {
        Ok(String::new())
    }
    /// The document that results from `picks`, one for each element of `changes`, in the same order. Always valid JSON.
    pub fn compose(&self, documents: Documents<'_>, picks: &[Pick<'_>]) -> Result<String, Error> {
        Ok(String::new())
    }
    /// Turns theirs into the merged document.
    pub fn patch(&self, documents: Documents<'_>) -> Result<Vec<Operation>, Error> {
        Ok(Vec::new())
    }
    /// The text merge of the string at `path`, where one was made, with its three decoded strings (base, mine, theirs).
    pub fn text_at(&self, path: &str) -> Option<(&TextMerge, [&str; 3])> {
        None
    }
}

/// One reference token of a JSON Pointer, escaped (RFC 6901 §3).
pub fn escape_token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
