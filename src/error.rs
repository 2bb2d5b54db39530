//! The one error type of the core, and the stable codes that callers branch on.
//!
//! Expected outcomes (a conflict, a refusal, a 304) are values, never errors.

use std::fmt;

/// The stable, machine-readable code of an [`Error`]; `as_str` gives the spelling that JavaScript sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// A call that can never work: a wrong option, an unknown change id.
    InvalidArgument,
    /// Text that is not well-formed: a lone surrogate, bytes that are not UTF-8.
    InvalidText,
    /// JSON that does not follow RFC 8259, or has duplicate members.
    InvalidJson,
    /// A document over a limit of size.
    TooLarge,
    /// A document nested over the limit.
    TooDeep,
    /// A defect of this library.
    Internal,
}

impl ErrorCode {
    /// The kebab-case spelling used in `MergefetchError.code`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid-argument",
            Self::InvalidText => "invalid-text",
            Self::InvalidJson => "invalid-json",
            Self::TooLarge => "too-large",
            Self::TooDeep => "too-deep",
            Self::Internal => "internal",
        }
    }
}

/// What went wrong, with the numbers that belong to it. Positions are byte offsets unless their name says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `what` names the argument and what was expected of it.
    InvalidArgument { what: &'static str, found: String },
    /// No Unicode text from this offset on.
    InvalidText { offset: usize },
    /// `expected` names what could have stood at the offset. `line` and `column` (in characters) count from 1.
    InvalidJson { expected: &'static str, offset: usize, line: usize, column: usize },
    /// A member name that stands twice in one object.
    DuplicateMember { name: String, offset: usize, line: usize, column: usize },
    /// More bytes than the limit.
    TooLarge { limit_bytes: usize, found_bytes: usize },
    /// More levels than the limit.
    TooDeep { limit_levels: usize, offset: usize },
    /// An invariant that does not hold.
    Internal { what: &'static str },
}

/// An error of the core: a code, a message, and details as name and value pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: Box<Kind>,
}

/// One number or word that belongs to an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// A count or an offset.
    Number(usize),
    /// A short text.
    Text(String),
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind: Box::new(kind) }
    }

    pub(crate) fn invalid_argument(what: &'static str, found: impl Into<String>) -> Self {
        Self::new(Kind::InvalidArgument { what, found: found.into() })
    }

    pub(crate) fn internal(what: &'static str) -> Self {
        debug_assert!(false, "{what}");
        Self::new(Kind::Internal { what })
    }

    /// The code that callers branch on.
    pub fn code(&self) -> ErrorCode {
        match &*self.kind {
            Kind::InvalidArgument { .. } => ErrorCode::InvalidArgument,
            Kind::InvalidText { .. } => ErrorCode::InvalidText,
            Kind::InvalidJson { .. } | Kind::DuplicateMember { .. } => ErrorCode::InvalidJson,
            Kind::TooLarge { .. } => ErrorCode::TooLarge,
            Kind::TooDeep { .. } => ErrorCode::TooDeep,
            Kind::Internal { .. } => ErrorCode::Internal,
        }
    }

    /// The numbers of the error, under the names that `MergefetchError.details` uses.
    pub fn details(&self) -> Vec<(&'static str, Detail)> {
        use Detail::{Number, Text};
        match &*self.kind {
            Kind::InvalidArgument { found, .. } => vec![("found", Text(found.clone()))],
            Kind::InvalidText { offset } => vec![("offset", Number(*offset))],
            Kind::InvalidJson { offset, line, column, .. } => {
                vec![("offset", Number(*offset)), ("line", Number(*line)), ("column", Number(*column))]
            }
            Kind::DuplicateMember { name, offset, line, column } => vec![
                ("member", Text(name.clone())),
                ("offset", Number(*offset)),
                ("line", Number(*line)),
                ("column", Number(*column)),
            ],
            Kind::TooLarge { limit_bytes, found_bytes } => {
                vec![("limitBytes", Number(*limit_bytes)), ("foundBytes", Number(*found_bytes))]
            }
            Kind::TooDeep { limit_levels, offset } => {
                vec![("limitLevels", Number(*limit_levels)), ("offset", Number(*offset))]
            }
            Kind::Internal { .. } => Vec::new(),
        }
    }
}

impl Error {
    /// One sentence in English. Put together by hand, as the formatting of the standard library is 5 kB of the module.
    pub fn message(&self) -> String {
        let mut message = String::new();
        let mut say = |words: &[&str]| words.iter().for_each(|word| message.push_str(word));
        match &*self.kind {
            Kind::InvalidArgument { what, found } => say(&["expected ", what, ", but found ", found]),
            Kind::InvalidText { offset } => {
                say(&["expected well-formed Unicode text, but found none at offset ", &offset.to_string()]);
            }
            Kind::InvalidJson { expected, line, column, .. } => {
                say(&["expected ", expected]);
                say(&[" at line ", &line.to_string(), ", column ", &column.to_string(), " of the JSON text"]);
            }
            Kind::DuplicateMember { name, line, column, .. } => {
                let name = name.replace(char::is_control, "\u{fffd}");
                say(&["expected unique member names, but found \"", &name, "\" twice, again at line "]);
                say(&[&line.to_string(), ", column ", &column.to_string()]);
            }
            Kind::TooLarge { limit_bytes, found_bytes } => {
                say(&["expected at most ", &limit_bytes.to_string(), " bytes, but found ", &found_bytes.to_string()]);
            }
            Kind::TooDeep { limit_levels, .. } => {
                say(&["expected at most ", &limit_levels.to_string(), " levels of nesting, but found more"]);
            }
            Kind::Internal { what } => say(&["defect in mergefetch: ", what]),
        }
        message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for Error {}
