//! The table of all that crosses the boundary to JavaScript: calls, members of objects, words, and numbers.
//!
//! Rust takes each number and each name from here. `tests/wire.rs` writes the same table as TypeScript: `pkg/src/types/wire.ts` holds types
//! alone, `wire-core.ts` the calls of a client, and `wire-engine.ts` everything that only works with the engine.

mod objects;
mod words;

pub use objects::*;
pub use words::*;

/// A call of the facade.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Its number at the boundary.
    pub number: u32,
    /// Its name in the facade.
    pub name: &'static str,
    /// Its documentation.
    pub docs: &'static [&'static str],
    /// Names and types of the arguments, in their order.
    pub arguments: &'static [(&'static str, &'static str)],
    /// The type of the answer.
    pub answer: &'static str,
}

/// The calls of one receiver: an enum with explicit numbers, and for each call a type of arrays with as many places as it has arguments.
macro_rules! calls {
    ($(#[doc = $about:literal])* $receiver:ident, $arrays:ident {
        $($(#[doc = $doc:literal])*
        $variant:ident = $number:literal, $name:ident($($argument:ident: $kind:literal),*) -> $answer:literal;)*
    }) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $receiver {
            $($(#[doc = $doc])* $variant = $number,)*
        }

        impl $receiver {
            /// All calls of this receiver.
            pub const ALL: &'static [Call] = &[$(Call {
                number: $number,
                name: stringify!($name),
                docs: &[$($doc),*],
                arguments: &[$((stringify!($argument), $kind)),*],
                answer: $answer,
            }),*];

            /// The call with this number.
            pub const fn of(number: u32) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        #[doc = concat!("The arguments of each [`", stringify!($receiver), "`].")]
        pub mod $arrays {
            $(
                #[doc = concat!("The arguments of `", stringify!($name), "`.")]
                pub type $variant<T> = [T; { let names: &[&str] = &[$(stringify!($argument)),*]; names.len() }];
            )*
        }
    };
}

calls! {
    /// The calls of the module itself.
    ModuleCall, of_module {
        /// A client of the core. `fetch` is called with a `Request` and an init. The promise of `loadEngine` resolves when the engine is there.
        Client = 0, client(fetch: "Fetch", store: "KeyStore", emit: "Emit", loadEngine: "() => Promise<unknown>") -> "Handle<ClientCalls>";
        /// The engine's module has been instantiated beside the core.
        EngineIsLoaded = 1, engineIsLoaded() -> "void";
        /// `mergeText` of the public API; the facade has checked the options. With `maps` for `mapOffset` if they are asked for.
        MergeText = 2, mergeText(base: "string | null", mine: "string", theirs: "string", options: "RawMergeOptions | undefined", maps: "boolean") -> "RawTextMerge";
        /// The packed changes of `diffText`.
        DiffText = 3, diffText(before: "string", after: "string", granularity: "string") -> "Uint32Array";
        /// The map of a `mergeText` with the same arguments.
        OffsetMap = 4, offsetMap(base: "string | null", mine: "string", theirs: "string", options: "RawMergeOptions | undefined", side: "string") -> "Uint32Array";
        /// `mergeJsonText` of the public API, without its patch: values are JSON texts.
        MergeJsonText = 5, mergeJsonText(base: "string | null", mine: "string", theirs: "string", options: "RawMergeOptions | undefined") -> "RawJsonMerge";
        /// `edit` at `to`, with the spelling that `base` has at `from` for numbers that are equal in JavaScript.
        Respelled = 6, respelled(edit: "string", base: "string", from: "string", to: "string", later: "string | undefined") -> "string";
        /// The packed operations of `diffJson`, on JSON texts.
        DiffJsonText = 7, diffJsonText(before: "string", after: "string", options: "RawMergeOptions | undefined") -> "readonly RawOperation[]";
        /// A document in a form. With `isWaiting`, edits of others enter the draft only when the page asks for it.
        OpenDocument = 8, openDocument(format: "Format", body: "Body", revision: "number", options: "RawMergeOptions | undefined", isWaiting: "boolean") -> "Handle<DocumentCalls>";
        /// The order of edits without an answer.
        Outbox = 9, outbox() -> "Handle<OutboxCalls>";
    }
}

calls! {
    /// The calls of a client.
    ClientCall, of_client {
        /// Reads a document.
        Read = 10, read(call: "RawCall") -> "Promise<RawSnapshot>";
        /// Saves `mine`, an edit of `base`.
        Save = 11, save(call: "RawCall", base: "Base", mine: "Body") -> "Promise<RawResult>";
        /// Creates `mine`: at the URL, or, with `below`, below the collection that the URL names.
        Create = 12, create(call: "RawCall", mine: "Body", below: "boolean") -> "Promise<RawResult>";
        /// Removes the document of which `base` is a version.
        Remove = 13, remove(call: "RawCall", base: "Base") -> "Promise<RawResult>";
        /// Reads, calls the `change` of the call, and saves; repeats this if somebody else has written.
        Update = 14, update(call: "RawCall") -> "Promise<RawResult>";
        /// Sends the request of a caller of `fetch`, with validators and preconditions. `body` holds the octets of a PUT.
        Fetch = 15, fetch(call: "RawCall", hasDefaultCache: "boolean", body: "Uint8Array | undefined") -> "Promise<RawAnswer>";
        /// Keeps the answer to a read that went out before the core was there.
        Keep = 16, keep(call: "RawCall", response: "Response") -> "void";
        /// Whether a write of the document through `fetch` would name a version, so that its body may be needed twice.
        Tracks = 17, tracks(call: "RawCall") -> "boolean";
        /// Deletes the stored responses that a success names as changed (RFC 9111 §4.4).
        Forget = 18, forget(url: "string", response: "Response") -> "void";
        /// Whether the edit `later` contains all of `earlier`, an edit of `base`. An unknown or a removed document is undefined.
        Holds = 19, holds(call: "RawCall", format: "Format", base: "Body | undefined", earlier: "Body | undefined", later: "Body | undefined", isSameForm: "boolean") -> "boolean";
        /// The page holds a snapshot of the base of the save with this number.
        Hold = 20, hold(id: "number") -> "void";
        /// The page has dropped a snapshot of this base.
        Release = 21, release(id: "number") -> "void";
        /// A conflict that the page has kept, or found before it sent anything; three texts for each decision: an id, a choice, and the value of "custom".
        Restore = 22, restore(call: "RawCall", base: "Base | undefined", mine: "Body | null", theirs: "Base | null", decisions: "readonly string[]") -> "Handle<ConflictCalls>";
    }
}

calls! {
    /// The calls of a refusal that a caller of `fetch` got.
    RefusedCall, of_refused {
        /// The outcome behind the refusal. It sends at most reads, and can be asked for once.
        Settle = 30, settle(call: "RawCall") -> "Promise<RawResult>";
    }
}

calls! {
    /// The calls of a conflict.
    ConflictCall, of_conflict {
        /// Everything that the facade shows and no decision moves.
        View = 40, view() -> "RawView";
        /// The decision on each change, by its number among `DECISIONS`.
        Decisions = 41, decisions() -> "Uint8Array";
        /// The number of changes that wait for a decision.
        Unresolved = 42, unresolved() -> "number";
        /// The result as decided so far; null if the document is to be gone.
        Merged = 43, merged() -> "Body | null";
        /// Decides one change, or all that wait.
        Take = 44, take(choice: "Choice", id: "string | undefined") -> "void";
        /// Decides one change with a text: of JSON in a JSON document.
        Set = 45, set(id: "string", value: "Body") -> "void";
        /// Takes one decision back, or all.
        Reopen = 46, reopen(id: "string | undefined") -> "void";
        /// The regions of a text document, or of a string inside a JSON document; null without any.
        Text = 47, text(path: "string") -> "RawTextMerge | null";
        /// The place of each offset of one document in the text of `text`.
        OffsetMap = 48, offsetMap(path: "string", side: "string") -> "Uint32Array";
        /// Sends the result with the version of theirs.
        Submit = 49, submit(call: "RawCall") -> "Promise<RawResult | RawReopened>";
        /// Sends mine with the version of theirs.
        Overwrite = 50, overwrite(call: "RawCall") -> "Promise<RawResult | RawReopened>";
        /// Reads theirs again.
        Refresh = 51, refresh(call: "RawCall") -> "Promise<RawRefreshed>";
        /// What people decided, as `restore` takes it.
        Kept = 52, kept() -> "readonly string[]";
    }
}

calls! {
    /// The calls of a document in a form.
    DocumentCall, of_document {
        /// The person has typed; this is the whole draft.
        Typed = 60, typed(draft: "Body") -> "void";
        /// The newest version was read.
        Read = 61, read(revision: "number", body: "Body") -> "void";
        /// A save ended; `others` are the paths that other people had changed.
        Saved = 62, saved(revision: "number", body: "Body", others: "readonly string[]") -> "void";
        /// Another event.
        Happened = 63, happened(event: "DocumentEvent") -> "void";
        /// The store holds the draft as it was after so many edits.
        Kept = 64, kept(edits: "number") -> "void";
        /// Begins a save.
        Save = 65, save() -> "RawSending";
        /// Begins sending the decisions; false without a conflict.
        Submit = 66, submit() -> "boolean";
        /// What the page shows.
        State = 67, state() -> "RawDocument";
        /// The draft.
        Draft = 68, draft() -> "Body";
        /// What the draft is an edit of.
        Base = 69, base() -> "Body";
        /// The last changes of others that entered the draft.
        Entered = 70, entered() -> "PackedChanges";
        /// The changes of others that the draft lacks, and the places that both changed; null without any.
        Incoming = 71, incoming() -> "PackedChanges | null";
    }
}

calls! {
    /// The calls of an outbox.
    OutboxCall, of_outbox {
        /// All edits that the store holds now.
        Found = 80, found(edits: "readonly RawWaiting[]") -> "void";
        /// The network came or went.
        Online = 81, online(isOnline: "boolean") -> "void";
        /// The next edit to send, or the time until one may go out.
        Next = 82, next(nowMs: "number") -> "RawTurn";
        /// A sending has ended. `chance` lies between 0 and 1.
        Answered = 83, answered(id: "string", answer: "OutboxAnswer", nowMs: "number", chance: "number") -> "void";
    }
}
