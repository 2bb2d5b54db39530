//! The words and the numbers of Rust's enums, and the places of the parts in packed numbers.

use crate::client::{ResolvedSilently, SavedKind, Source, Warning};
use crate::conflict::{Choice, ConflictKind, RefusalKind};
use crate::document::Happening as DocumentEvent;
use crate::error::ErrorCode;
use crate::http::{Format, Method, Protection};
use crate::merge::text::{RegionKind, TextChangeKind};
use crate::merge::{ChangeOp, ChangeState, Clash};
use crate::outbox::Answer as OutboxAnswer;

/// A type of the facade that consists of words.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// The name of the type.
    pub name: &'static str,
    /// Its documentation.
    pub docs: &'static [&'static str],
    /// The words; several values of Rust may share one.
    pub words: &'static [&'static str],
}

/// The words of enums. The compiler refuses an enum with a variant that is not listed.
macro_rules! words {
    ($($(#[doc = $about:literal])* $name:literal: $first:ident::$spelling:ident { $($one:ident),* } $(also $more:literal)*;)*) => {
        /// All types of words.
        pub const WORDS: &[Words] = &[$(Words {
            name: $name,
            docs: &[$($about),*],
            words: &[
                $($first::$one.$spelling(),)*
                $($more,)*
            ],
        }),*];
        $(
            const _: fn($first) = |value| match value { $($first::$one)|* => {} };
        )*
    };
}

words! {
    /// The format of a document.
    "Format": Format::as_str { Json, Text, Bytes };
    /// How well a version protects a write.
    "Protection": Protection::as_str { Strong, Weak, Date, Custom, None };
    /// Where a snapshot came from.
    "Source": Source::as_str { Network, Revalidated, Sent, Reported };
    /// A request method of the module.
    "Method": Method::as_str { Get, Put, Post, Patch, Delete };
    /// The meeting of two edits.
    "ConflictKind": ConflictKind::as_str { EditEdit, EditDelete, DeleteEdit, CreateCreate };
    /// A write that the server has stored.
    "SavedKind": SavedKind::as_str { Saved, Created, Removed, Unchanged, AlreadySaved } also "merged";
    /// A write that was not accepted, or whose fate is unknown.
    "RefusalKind": RefusalKind::as_str {
        Duplicate, InvalidState, Constraint, Locked, Busy, VersionRequired, StaleRead, Forbidden, Unprotected, Unknown
    };
    /// What happens to a document in a form, beside typing, reads and saves.
    "DocumentEvent": DocumentEvent::as_str { Entered, Conflicted, Failed, Dropped, Resumed, Announced };
    /// The end of a sending from the outbox.
    "OutboxAnswer": OutboxAnswer::as_str { Stored, Held, Missing };
    /// A refusal that was resolved without a person.
    "AbsorbedKind": ResolvedSilently::as_str { AlreadySaved, OnlyIgnored, Validator, VersionRequired };
    /// A problem that the developer of the app or the server should fix.
    "WarningCode": Warning::code {
        Unprotected, VersionIgnored, Recreated, WeakTag, OnlyDates, NoWriteAnswered
    } also "fields-withheld";
    /// A way to settle a change without typing.
    "Choice": Choice::as_str { Base, Mine, Theirs, Both, BothReversed, Suggested };
    /// The codes of the module's errors.
    "ModuleErrorCode": ErrorCode::as_str {
        InvalidArgument, InvalidText, InvalidJson, TooLarge, TooDeep, Internal
    } also "network" also "http" also "not-started";
}

/// The code of a warning about fields that another origin does not get.
pub const FIELDS_WITHHELD: &str = "fields-withheld";

/// The outcome of a write that was merged with another person's edit.
pub const MERGED: &str = "merged";

/// The outcome of a write on which people have to decide.
pub const CONFLICT: &str = "conflict";

/// The codes of errors outside of the core.
pub mod code {
    /// No answer came.
    pub const NETWORK: &str = "network";
    /// Another status than the one of a document.
    pub const HTTP: &str = "http";
    /// The engine is not loaded.
    pub const NOT_STARTED: &str = "not-started";
}

/// The events for observers, and `engine`: the next save of a document will need the engine.
pub mod event {
    /// See [`EVENTS`](super::EVENTS).
    pub const WARNING: &str = "warning";
    /// See [`EVENTS`](super::EVENTS).
    pub const ABSORBED: &str = "absorbed";
    /// See [`EVENTS`](super::EVENTS).
    pub const REQUEST: &str = "request";
    /// See [`EVENTS`](super::EVENTS).
    pub const ENGINE: &str = "engine";
}

/// The events by name, each with the type of its data.
pub const EVENTS: &[(&str, &str)] = &[
    (event::WARNING, "WarningEvent"),
    (event::ABSORBED, "AbsorbedEvent"),
    (event::REQUEST, "RequestEvent"),
    (event::ENGINE, "undefined"),
];

/// The presets of versions, in `RawVersioning.kind`.
pub const PRESETS: &[&str] = &["etag", "lastModified", "header", "field", "couchdb", "kubernetes", "odata", "fhir"];

/// A value that crosses as a number.
pub trait Numbered {
    /// Its number.
    fn number(self) -> u32;
}

/// A list of the facade: the word at each number.
#[derive(Debug, Clone, Copy)]
pub struct Numbers {
    /// The name of the list.
    pub name: &'static str,
    /// Numbers and words; the list has `undefined` at all other places.
    pub words: &'static [(u32, &'static str)],
}

macro_rules! numbers {
    ($($name:literal: $kind:ident { $($variant:ident = $number:literal $word:literal),* $(,)? })*) => {
        $(impl Numbered for $kind {
            fn number(self) -> u32 {
                match self {
                    $(Self::$variant => $number,)*
                }
            }
        })*

        /// All values of enums that cross as numbers.
        pub const NUMBERS: &[Numbers] = &[$(Numbers { name: $name, words: &[$(($number, $word)),*] }),*];
    };
}

numbers! {
    "REGION_KINDS": RegionKind { Unchanged = 0 "unchanged", Mine = 1 "mine", Theirs = 2 "theirs", Both = 3 "both", Conflict = 4 "conflict" }
    "CHANGE_KINDS": TextChangeKind { Equal = 0 "equal", Insert = 1 "insert", Delete = 2 "delete", Replace = 3 "replace" }
    "STATES": ChangeState { Mine = 0 "mine", Theirs = 1 "theirs", Same = 2 "same", Conflict = 3 "conflict", Ignored = 4 "ignored" }
    "OPS": ChangeOp { Add = 0 "add", Remove = 1 "remove", Replace = 2 "replace", Move = 3 "move", Text = 4 "text" }
    "CLASHES": Clash {
        EditEdit = 1 "edit-edit",
        EditDelete = 2 "edit-delete",
        DeleteEdit = 3 "delete-edit",
        AddAdd = 4 "add-add",
        InsertInsert = 5 "insert-insert",
        Type = 6 "type",
        MoveMove = 7 "move-move",
        Order = 8 "order",
        Group = 9 "group",
        NoBase = 10 "no-base",
        Invalid = 11 "invalid",
    }
    "CHOICES": Choice {
        Base = 2 "base", Mine = 3 "mine", Theirs = 4 "theirs", Both = 5 "both", BothReversed = 6 "both-reversed", Suggested = 7 "suggested",
    }
}

/// The decisions beside the choices of a person, by number.
pub mod decision {
    /// The conflict waits for a decision.
    pub const WAITING: u32 = 0;
    /// No conflict: merged by rule.
    pub const AUTO: u32 = 1;
    /// A value of the person's own.
    pub const CUSTOM: u32 = 8;
}

/// Numbers of the facade: names and values.
macro_rules! places {
    ($($(#[doc = $doc:literal])* $name:ident = $value:expr;)*) => {
        $($(#[doc = $doc])* pub const $name: u32 = $value;)*
        /// The places of the parts in packed numbers.
        pub const PLACES: &[(&str, u32, &[&str])] = &[$((stringify!($name), $name, &[$($doc),*])),*];
    };
}

places! {
    /// The numbers of a region: its kind, and the ranges in base, mine and theirs.
    REGION_NUMBERS = 7;
    /// The bit in the kind of an ambiguous region.
    REGION_AMBIGUOUS = 3;
    /// The bit in the kind of a change of a text whose alignment another one may beat.
    TEXT_CHANGE_IMPRECISE = 2;
    /// The first bit of the operation in the number of a change; the state has the bits before.
    CHANGE_OP = 3;
    /// The first bit of the clash.
    CHANGE_CLASH = 6;
    /// The bit of an ambiguous change.
    CHANGE_AMBIGUOUS = 10;
    /// The bit of a change with the text `from`.
    CHANGE_FROM = 11;
    /// The bit of a change with the text of base. The next bits mark mine, theirs and the suggestion.
    CHANGE_TEXTS = 12;
    /// The bit of a change with a region.
    CHANGE_REGION = 16;
    /// The bit of a change whose region has a suggestion.
    CHANGE_REGION_SUGGESTION = 17;
    /// The first bit of the decision.
    CHANGE_DECISION = 18;
    /// The bit of a change with the text `into` of mine; the next bit is for theirs.
    CHANGE_INTO = 22;
}

/// Limits that the facade checks, too.
pub const LIMITS: &[(&str, usize, &str)] = &[
    ("MAX_BYTES", crate::conflict::MAX_DOCUMENT_BYTES, "The module merges no larger bodies."),
    ("MAX_LEVELS", crate::merge::json::MAX_DEPTH, "The module reads no JSON with more levels."),
];

/// The name of the module's errors. The facade also uses it for errors that explain why an answer is useless.
pub const OF_MODULE: &str = "mergefetch";
