//! The objects that cross, by the names of their members.

/// An object that crosses.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Its type in the facade.
    pub name: &'static str,
    /// Its documentation.
    pub docs: &'static [&'static str],
    /// Its members.
    pub members: &'static [Member],
}

/// A member of an object.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// Whether the object may lack it.
    pub is_optional: bool,
    /// Whether the facade sets it.
    pub is_set: bool,
    /// Its type.
    pub kind: &'static str,
    /// Its documentation.
    pub docs: &'static [&'static str],
}

/// For each object a module with a constant for each name.
macro_rules! objects {
    ($($(#[doc = $about:literal])* $name:literal, $module:ident {
        $($(#[doc = $doc:literal])* $constant:ident = $($mark:ident)? $member:literal: $kind:literal;)*
    })*) => {
        $(
            #[doc = concat!("The members of `", $name, "`.")]
            pub mod $module {
                $(#[doc = concat!("The member `", $member, "`.")] pub const $constant: &str = $member;)*
            }
        )*

        /// All objects that cross.
        pub const OBJECTS: &[Shape] = &[$(Shape {
            name: $name,
            docs: &[$($about),*],
            members: &[$(Member {
                name: $member,
                is_optional: objects!(@optional $($mark)?),
                is_set: objects!(@set $($mark)?),
                kind: $kind,
                docs: &[$($doc),*],
            }),*],
        }),*];
    };
    (@optional optional) => { true };
    (@optional settable) => { true };
    (@optional $($mark:ident)?) => { false };
    (@set settable) => { true };
    (@set changing) => { true };
    (@set $($mark:ident)?) => { false };
}

objects! {
    /// One call of a client: plain options, with functions and objects of the page beside them.
    "RawCall", call {
        OPTIONS = "options": "CallOptions";
        /// Called with a merged document; the promise resolves with the objection, or undefined: a message, then a path and a message for each member.
        VALIDATE = optional "validate": "((body: Body) => Promise<readonly string[] | undefined>) | undefined";
        /// Called when the turn of the write has come; resolves once the draft is kept and no other tab writes the document.
        READY = settable "ready": "() => Promise<void>";
        /// The caller's change of a document.
        CHANGE = settable "change": "(body: Body, format: Format) => Promise<Body>";
        /// The caller's own request of `fetch`.
        REQUEST = settable "request": "Request";
        HEADERS = "headers": "Headers";
        /// A new object for each call.
        INIT = "init": "RequestInit";
        /// Aborts with the caller's signal, and, except for `fetch`, when the client is cleared.
        SIGNAL = "signal": "AbortSignal";
        /// Called right before each request. An error that it throws ends the call.
        SENDING = changing "sending": "(method: string) => void";
    }
    /// The options of one call, which the facade has checked.
    "CallOptions", options {
        URL = "url": "string";
        FORMAT = optional "format": "Format | undefined";
        /// Whether a function of the page takes the document out of its body. The module does not read it.
        IS_ENVELOPED = "isEnveloped": "boolean";
        IS_SAME_ORIGIN = "isSameOrigin": "boolean";
        IS_ONCE = optional "isOnce": "boolean | undefined";
        HAS_UNIQUE_READS = optional "hasUniqueReads": "boolean | undefined";
        HAS_IDEMPOTENCY_KEY = changing "hasIdempotencyKey": "boolean";
        TIMEOUT_MS = "timeoutMs": "number";
        IS_NO_STORE = "isNoStore": "boolean";
        CONTENT_TYPE = optional "contentType": "string | undefined";
        WHEN_CLEAN = "whenClean": "string";
        REFUSE_UNPROTECTED = "refuseUnprotected": "boolean";
        ROUNDS = "rounds": "number";
        BASE_DELAY_MS = "baseDelayMs": "number";
        MAX_DELAY_MS = "maxDelayMs": "number";
        MERGE = "merge": "RawMergeOptions";
        VERSIONING = "versioning": "RawVersioning";
        UPDATE = "update": "string";
        READ_ONLY = optional "readOnly": "readonly string[] | undefined";
    }
    /// The options of a merge.
    "RawMergeOptions", merge {
        GRANULARITY = optional "granularity": "string | undefined";
        ADJACENCY = optional "adjacency": "string | undefined";
        STYLE = optional "style": "string | undefined";
        FAVOR = optional "favor": "string | undefined";
        LABEL_BASE = optional "labelBase": "string | undefined";
        LABEL_MINE = optional "labelMine": "string | undefined";
        LABEL_THEIRS = optional "labelTheirs": "string | undefined";
        MARKER_SIZE = optional "markerSize": "number | undefined";
        RULES = "rules": "readonly RawRule[]";
    }
    /// A rule for a part of a JSON document.
    "RawRule", rule {
        POINTER = "pointer": "string";
        RULE = "rule": "string";
        MEMBERS = "members": "readonly string[]";
    }
    /// A preset of versions; the module contains its rules.
    "RawVersioning", versioning {
        KIND = "kind": "Preset";
        /// Of `header` the field of answers and the field of writes, with a colon between.
        ARGUMENT = optional "argument": "string";
    }
    /// The base of an edit.
    "Base", base {
        URL = "url": "string";
        FORMAT = "format": "Format";
        VERSION = optional "version": "string | null | undefined";
        /// The `Last-Modified` that came with a tag.
        MODIFIED = optional "modified": "string | undefined";
        CONTENT_TYPE = optional "contentType": "string | undefined";
        /// The origin that the caller named, if a redirect or a `Location` led to another one.
        NAMED = optional "named": "string | undefined";
        /// The document as it was read; undefined if unknown.
        BODY = optional "body": "Body | undefined";
        /// Set for a copy of a snapshot whose original is gone. If the newest version equals `version`, the newest document is the base.
        /// Otherwise `body` is the base: the value of the copy, with numbers as JavaScript holds them, or undefined if that value was edited.
        IS_COPY = optional "isCopy": "boolean | undefined";
        /// An edit of this base that another page may have sent.
        DOUBTED = settable "doubted": "Body | undefined";
        /// The number of the save that the module remembers for this base.
        REMEMBERED = settable "remembered": "number | undefined";
    }
    /// A snapshot as the module returns it, beside the members of `Base`.
    "RawSnapshot extends Base", snapshot {
        BODY = "body": "Body";
        PROTECTION = "protection": "Protection";
        SOURCE = "source": "Source";
        AUTHOR = optional "author": "string";
    }
    /// The server's message. `value` in its `fields` is a JSON text.
    "RawProblem", problem {
        STATUS = "status": "number | null";
        FIELDS = "fields": "readonly RawField[]";
        ALLOWED_STATES = "allowedStates": "readonly string[]";
        BODY = "body": "string | null";
        IS_JSON = "isJson": "boolean";
        TYPE = optional "type": "string";
        CODE = optional "code": "string";
        TITLE = optional "title": "string";
        DETAIL = optional "detail": "string";
        CURRENT_STATE = optional "currentState": "string";
        REQUEST_ID = optional "requestId": "string";
        RETRY_AFTER_MS = optional "retryAfterMs": "number";
    }
    /// A complaint about one member.
    "RawField", field {
        PATH = "path": "string";
        VALUE = optional "value": "string";
        DETAIL = optional "detail": "string";
    }
    /// The outcome of any write.
    "RawOutcome", result {
        KIND = "kind": "ResultKind";
        /// The number of the save, which the module remembers while the page holds a snapshot of its base.
        REMEMBERED = optional "remembered": "number";
    }
    /// The server has stored the edit.
    "RawSaved extends RawOutcome", saved {
        KIND = "kind": "Exclude<SavedKind, \"removed\" | \"created\" | \"merged\">";
        SNAPSHOT = "snapshot": "RawSnapshot";
    }
    /// The server has removed the document.
    "RawRemoved extends RawOutcome", removed {
        KIND = "kind": "\"removed\"";
        SNAPSHOT = "snapshot": "null";
    }
    /// The server has created the document. Without its URL, `body` holds the answer.
    "RawCreated extends RawOutcome", created {
        KIND = "kind": "\"created\"";
        SNAPSHOT = optional "snapshot": "RawSnapshot | null";
        FORMAT = optional "format": "Format";
        BODY = optional "body": "Body";
    }
    /// The server has stored the edit, merged with another person's edit.
    "RawMerged extends RawOutcome", merged {
        KIND = "kind": "\"merged\"";
        SNAPSHOT = "snapshot": "RawSnapshot";
        FORMAT = "format": "Format";
        CHANGES = "changes": "PackedChanges";
    }
    /// People have to decide.
    "RawUndecided extends RawOutcome", undecided {
        KIND = "kind": "\"conflict\"";
        CONFLICT = "conflict": "Handle<ConflictCalls>";
    }
    /// The write was not accepted, or its fate is unknown.
    "RawRefused extends RawOutcome", refused {
        KIND = "kind": "RefusalKind";
        PROBLEM = "problem": "RawProblem";
    }
    /// A submit has met a newer theirs. The conflict is updated.
    "RawReopened", reopened {
        KIND = "kind": "\"conflict\"";
        /// The ids of the decisions that no longer hold.
        REOPENED = "reopened": "readonly string[]";
    }
    /// The answer to a caller of `fetch`.
    "RawAnswer", answer {
        RESPONSE = "response": "Response";
        /// A response that the module made has no URL of its own.
        URL = optional "url": "string";
        REFUSED = optional "refused": "Handle<RefusedCalls>";
    }
    /// The outcome of reading theirs again.
    "RawRefreshed", refreshed {
        MOVED = "moved": "boolean";
        REOPENED = "reopened": "readonly string[]";
    }
    /// The parts of a conflict that only a newer theirs moves.
    "RawView", view {
        URL = "url": "string";
        KIND = "kind": "ConflictKind";
        FORMAT = "format": "Format";
        STATUS = "status": "number";
        BASE = "base": "RawSnapshot | null";
        THEIRS = "theirs": "RawSnapshot | null";
        MINE = "mine": "Body | null";
        PROBLEM = "problem": "RawProblem";
        CHANGES = "changes": "PackedChanges";
    }
    /// What a save of a document in a form sends: an edit of the version `base`, or a conflict with the version `theirs`.
    "RawSending", sending {
        MINE = "mine": "Body";
        BASE = optional "base": "number";
        THEIRS = optional "theirs": "number";
        /// What the edit of a conflict started from.
        FROM = optional "from": "Body";
    }
    /// The state of a document in a form.
    "RawDocument", open_document {
        BASE = "base": "number";
        THEIRS = "theirs": "number | null";
        IS_DIRTY = "isDirty": "boolean";
        IS_STALE = "isStale": "boolean";
        IS_SAVING = "isSaving": "boolean";
        IS_DECIDING = "isDeciding": "boolean";
        IS_SAFE_TO_LEAVE = "isSafeToLeave": "boolean";
        NEEDS_READ = "needsRead": "boolean";
        EDITS = "edits": "number";
    }
    /// An edit in the store of an outbox.
    "RawWaiting", waiting {
        ID = "id": "string";
        DOCUMENT = "document": "string";
        SAVED_AT = "savedAt": "number";
        /// Whether another page that lives will send it.
        IS_FOREIGN = "isForeign": "boolean";
    }
    /// What an outbox does next; neither, if it waits for an event.
    "RawTurn", turn {
        SEND = optional "send": "string";
        WAIT_MS = optional "waitMs": "number";
    }
    /// Changes as numbers and texts; long texts are UTF-8.
    "PackedChanges", changes {
        NUMBERS = "numbers": "Uint32Array";
        TEXTS = "texts": "readonly Body[]";
    }
    /// A merge of texts. Each region has `REGION_NUMBERS` numbers.
    "RawTextMerge", text_merge {
        CLEAN = "clean": "boolean";
        CONFLICTS = "conflicts": "number";
        AMBIGUOUS = "ambiguous": "boolean";
        PRECISE = "precise": "boolean";
        TEXT = "text": "string";
        SUGGESTIONS = "suggestions": "readonly (readonly [region: number, text: string])[]";
        REGIONS = "regions": "Uint32Array";
        /// From a worker, which the page cannot ask for them later.
        MAPS = optional "maps": "OffsetMaps";
    }
    /// For each side three numbers for each stretch of the document: its start, its place in the merged text, and 1 if all of it is there.
    "OffsetMaps", maps {
        BASE = "base": "Uint32Array";
        MINE = "mine": "Uint32Array";
        THEIRS = "theirs": "Uint32Array";
    }
    /// A merge of JSON texts.
    "RawJsonMerge", json_merge {
        CLEAN = "clean": "boolean";
        CONFLICTS = "conflicts": "number";
        AMBIGUOUS = "ambiguous": "boolean";
        TEXT = "text": "string";
        INFERRED = "inferred": "readonly RawInferred[]";
        CHANGES = "changes": "PackedChanges";
    }
    /// A problem that the developer of the app or the server should fix.
    "WarningEvent", warning {
        URL = "url": "string";
        CODE = "code": "WarningCode";
        MESSAGE = "message": "string";
    }
    /// A refusal that was resolved without a person.
    "AbsorbedEvent", absorbed {
        URL = "url": "string";
        KIND = "kind": "AbsorbedKind";
    }
    /// One exchange.
    "RequestEvent", request {
        URL = "url": "string";
        METHOD = "method": "Method";
        STATUS = "status": "number | null";
        MS = changing "ms": "number";
        BYTES_SAVED = "bytesSaved": "number";
    }
    /// The own properties of an error of the module, whose name is `OF_MODULE`.
    "RawError extends Error", error {
        CODE = "code": "Exclude<ModuleErrorCode, \"http\">";
        DETAILS = "details": "Readonly<Record<string, unknown>>";
    }
    /// The error of a read that the server refused.
    "RawHttpError extends Error", http_error {
        CODE = "code": "\"http\"";
        DETAILS = "details": "{ readonly url: string; readonly status: number; readonly problem: RawProblem }";
    }
}
