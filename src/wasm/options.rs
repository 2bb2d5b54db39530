//! Options as the facade hands them over: checked there, plain here.

use std::cell::Cell;

use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::error::from_core;
use super::wire::{merge, options as names, rule, versioning as preset};
use crate::client::{Origin, UpdateMethod, UserId, WhenClean, WriteOptions};
use crate::conflict::MergeOptions;
use crate::error::Error;
use crate::gather::Gather;
use crate::http::{Format, Versioning, WeakTags};
use crate::merge::Favor;
use crate::merge::json::{self, Editor, Rule};
use crate::merge::text::{self, Adjacency, Granularity, Style};

/// An object of the facade. It is read by hand, as serde would generate 15 kB of code for four small types. A value of the wrong type is
/// recorded here and reported once by [`Fields::checked`]: an error path for each value would drop everything read so far.
pub(super) struct Fields {
    object: JsValue,
    unsuited: Cell<Option<&'static str>>,
}

impl Fields {
    pub(super) fn of(object: &JsValue) -> Self {
        Self { object: object.clone(), unsuited: Cell::new(None) }
    }

    /// The options, if every value had its type.
    pub(super) fn checked<T>(&self, read: T) -> Result<T, JsValue> {
        match self.unsuited.get() {
            Some(name) => Err(unsuited(name)),
            None => Ok(read),
        }
    }

    fn unsuited<T: Default>(&self, name: &'static str) -> T {
        self.unsuited.set(Some(name));
        T::default()
    }

    pub(super) fn value(&self, name: &str) -> JsValue {
        Reflect::get(&self.object, &name.into()).unwrap_or_default()
    }

    /// The texts of a list; empty without a list.
    fn texts(&self, name: &'static str) -> Result<Vec<String>, JsValue> {
        if is_none(&self.value(name)) {
            return Ok(Vec::new());
        }
        self.list(name, |text| text.as_string().ok_or_else(|| unsuited("a text")))
    }

    /// A value of this type, which the facade has seen to; `None` where there is none.
    pub(super) fn present<T: JsCast>(&self, name: &str) -> Option<T> {
        Some(self.value(name)).filter(|value| !is_none(value)).map(JsCast::unchecked_into)
    }

    pub(super) fn text(&self, name: &'static str) -> String {
        self.value(name).as_string().unwrap_or_else(|| self.unsuited(name))
    }

    pub(super) fn optional_text(&self, name: &'static str) -> Option<String> {
        let value = self.value(name);
        if is_none(&value) { None } else { value.as_string().or_else(|| self.unsuited(name)) }
    }

    fn number(&self, name: &'static str) -> f64 {
        self.value(name).as_f64().unwrap_or_else(|| self.unsuited(name))
    }

    /// A whole number.
    fn count(&self, name: &'static str) -> u32 {
        let number = self.number(name);
        let count = number as u32;
        if f64::from(count) == number { count } else { self.unsuited(name) }
    }

    fn flag(&self, name: &'static str) -> bool {
        self.value(name).as_bool().unwrap_or_else(|| self.unsuited(name))
    }

    fn list<T>(&self, name: &'static str, read: fn(JsValue) -> Result<T, JsValue>) -> Result<Vec<T>, JsValue> {
        let value = self.value(name);
        let list = value.dyn_ref::<Array>().ok_or_else(|| unsuited(name))?;
        (0..list.length()).map(|index| read(list.get(index))).try_gather()
    }
}

/// Whether a value is missing: undefined, or null.
pub(super) fn is_none(value: &JsValue) -> bool {
    value.is_undefined() || value.is_null()
}

/// A mismatch is a defect between the facade and this module.
fn unsuited(name: &'static str) -> JsValue {
    from_core(Error::invalid_argument("an option of its type", name))
}

/// How text and JSON are merged.
#[derive(Default)]
pub(super) struct MergeCall {
    granularity: Option<String>,
    adjacency: Option<String>,
    style: Option<String>,
    favor: Option<String>,
    label_base: Option<String>,
    label_mine: Option<String>,
    label_theirs: Option<String>,
    marker_size: Option<u32>,
    rules: Vec<RuleCall>,
}

struct RuleCall {
    pointer: String,
    rule: String,
    members: Vec<String>,
}

/// One call of a client.
pub(super) struct Call {
    pub(super) url: String,
    pub(super) format: Option<String>,
    pub(super) is_same_origin: bool,
    pub(super) timeout_ms: f64,
    is_once: bool,
    has_idempotency_key: bool,
    has_unique_reads: bool,
    pub(super) is_no_store: bool,
    content_type: Option<String>,
    when_clean: String,
    refuse_unprotected: bool,
    update: String,
    read_only: Vec<String>,
    rounds: u32,
    base_delay_ms: u32,
    max_delay_ms: u32,
    merge: MergeCall,
    versioning: VersioningCall,
}

/// Where versions live: the name of a preset, and its argument.
struct VersioningCall {
    kind: String,
    argument: Option<String>,
}

impl VersioningCall {
    fn read(&self) -> Result<Versioning, Error> {
        let argument = self.argument.as_deref();
        let weak = match argument {
            Some("verbatim") => WeakTags::Verbatim,
            Some("strip") => WeakTags::Strip,
            Some("refuse") => WeakTags::Refuse,
            _ => WeakTags::Adaptive,
        };
        match self.kind.as_str() {
            "etag" => Ok(Versioning::etag(weak)),
            "lastModified" => Ok(Versioning::last_modified()),
            "header" => {
                // No name of a field has a colon in it.
                let (name, precondition) = argument.and_then(|both| both.split_once(':')).unwrap_or_default();
                Ok(Versioning::header(name, precondition))
            }
            "field" => Ok(Versioning::member(argument.unwrap_or_default())),
            "couchdb" => Ok(Versioning::couchdb()),
            "kubernetes" => Ok(Versioning::kubernetes()),
            "odata" => Ok(Versioning::odata()),
            "fhir" => Ok(Versioning::fhir()),
            other => Err(Error::invalid_argument("a version adapter of this package", other)),
        }
    }
}

impl MergeCall {
    /// Reads the options that the facade passes.
    pub(super) fn read(options: JsValue) -> Result<Self, JsValue> {
        if options.is_undefined() {
            return Ok(Self::default());
        }
        let fields = Fields::of(&options);
        let rules = fields.list(merge::RULES, RuleCall::of)?;
        let has_size = !fields.value(merge::MARKER_SIZE).is_undefined();
        fields.checked(Self {
            granularity: fields.optional_text(merge::GRANULARITY),
            adjacency: fields.optional_text(merge::ADJACENCY),
            style: fields.optional_text(merge::STYLE),
            favor: fields.optional_text(merge::FAVOR),
            label_base: fields.optional_text(merge::LABEL_BASE),
            label_mine: fields.optional_text(merge::LABEL_MINE),
            label_theirs: fields.optional_text(merge::LABEL_THEIRS),
            marker_size: has_size.then(|| fields.count(merge::MARKER_SIZE)),
            rules,
        })
    }

    pub(super) fn text(&self) -> Result<text::Options, Error> {
        Ok(text::Options {
            granularity: word(
                self.granularity.as_deref(),
                &[("line", Granularity::Line), ("sentence", Granularity::Sentence), ("word", Granularity::Word)],
            )?,
            adjacency: word(self.adjacency.as_deref(), &[("git", Adjacency::Git), ("touch", Adjacency::Touch)])?,
            style: word(
                self.style.as_deref(),
                &[("merge", Style::Merge), ("diff3", Style::Diff3), ("zdiff3", Style::Zdiff3)],
            )?,
            favor: self.favor()?,
            label_base: self.label_base.clone(),
            label_mine: self.label_mine.clone(),
            label_theirs: self.label_theirs.clone(),
            marker_size: self.marker_size.map(|size| size as usize),
            segmenter: Some(super::segment::words),
        })
    }

    pub(super) fn json(&self) -> Result<json::Options, Error> {
        let rules = self.rules.iter().map(RuleCall::read).try_gather()?;
        Ok(json::Options { rules, favor: self.favor()?, text: self.text()?, may_echo: false })
    }

    fn both(&self) -> Result<MergeOptions, Error> {
        Ok(MergeOptions { json: self.json()?, text: self.text()? })
    }

    fn favor(&self) -> Result<Option<Favor>, Error> {
        let favors = [("mine", Some(Favor::Mine)), ("theirs", Some(Favor::Theirs)), ("union", Some(Favor::Union))];
        word(self.favor.as_deref(), &favors)
    }
}

impl RuleCall {
    fn of(rule: JsValue) -> Result<Self, JsValue> {
        let fields = Fields::of(&rule);
        let member = |name: JsValue| name.as_string().ok_or_else(|| unsuited(rule::MEMBERS));
        let members = fields.list(rule::MEMBERS, member)?;
        fields.checked(Self { pointer: fields.text(rule::POINTER), rule: fields.text(rule::RULE), members })
    }

    fn read(&self) -> Result<(String, Rule), Error> {
        let rule = match self.rule.as_str() {
            "auto" => Rule::Auto,
            "atomic" => Rule::Atomic,
            "text" => Rule::Text,
            "set" => Rule::Set,
            "sequence" => Rule::Sequence,
            "by-place" => Rule::ByPlace,
            "counter" => Rule::Counter,
            "ignore" => Rule::Ignore,
            "key" => Rule::Key(self.members.clone()),
            "group" => Rule::Group(self.members.clone()),
            "richText" => Rule::RichText(self.editor()?),
            other => return Err(Error::invalid_argument("a rule for JSON", other)),
        };
        Ok((self.pointer.clone(), rule))
    }

    fn editor(&self) -> Result<Editor, Error> {
        match self.members.first().map(String::as_str) {
            Some("prosemirror") => Ok(Editor::ProseMirror),
            Some("lexical") => Ok(Editor::Lexical),
            Some("slate") => Ok(Editor::Slate),
            Some("quill") => Ok(Editor::Quill),
            other => Err(Error::invalid_argument("an editor of rich text", other.unwrap_or_default())),
        }
    }
}

/// The value of a word, or the default where there is none.
fn word<T: Copy + Default>(found: Option<&str>, known: &[(&str, T)]) -> Result<T, Error> {
    let Some(found) = found else {
        return Ok(T::default());
    };
    let value = known.iter().find(|(name, _)| *name == found).map(|(_, value)| *value);
    value.ok_or_else(|| Error::invalid_argument("one of the words that this option knows", found))
}

impl Call {
    /// Reads the options that the facade passes.
    pub(super) fn read(options: JsValue) -> Result<Self, JsValue> {
        let fields = Fields::of(&options);
        let merge = MergeCall::read(fields.value(names::MERGE))?;
        let versioning = Fields::of(&fields.value(names::VERSIONING));
        let versioning = versioning.checked(VersioningCall {
            kind: versioning.text(preset::KIND),
            argument: versioning.optional_text(preset::ARGUMENT),
        })?;
        fields.checked(Self {
            url: fields.text(names::URL),
            format: fields.optional_text(names::FORMAT),
            is_same_origin: fields.flag(names::IS_SAME_ORIGIN),
            timeout_ms: fields.number(names::TIMEOUT_MS),
            content_type: fields.optional_text(names::CONTENT_TYPE),
            when_clean: fields.text(names::WHEN_CLEAN),
            refuse_unprotected: fields.flag(names::REFUSE_UNPROTECTED),
            update: fields.text(names::UPDATE),
            read_only: fields.texts(names::READ_ONLY)?,
            rounds: fields.count(names::ROUNDS),
            base_delay_ms: fields.count(names::BASE_DELAY_MS),
            max_delay_ms: fields.count(names::MAX_DELAY_MS),
            is_once: fields.value(names::IS_ONCE).is_truthy(),
            has_idempotency_key: fields.value(names::HAS_IDEMPOTENCY_KEY).is_truthy(),
            has_unique_reads: fields.value(names::HAS_UNIQUE_READS).is_truthy(),
            is_no_store: fields.value(names::IS_NO_STORE).is_truthy(),
            merge,
            versioning,
        })
    }

    pub(super) fn format(&self) -> Result<Option<Format>, JsValue> {
        self.format.as_deref().map(format).transpose()
    }

    pub(super) fn versioning(&self) -> Result<Versioning, JsValue> {
        self.versioning.read().map_err(from_core)
    }

    /// The caller's options, without the facts about the origin.
    pub(super) fn write_options(&self) -> Result<WriteOptions, JsValue> {
        let when_clean = match self.when_clean.as_str() {
            "ask" => WhenClean::Ask,
            "ask-if-ambiguous" => WhenClean::AskIfAmbiguous,
            _ => WhenClean::Merge,
        };
        Ok(WriteOptions {
            // The client's memory has it, once it is loaded.
            engine: None,
            user: UserId::default(),
            merge: self.merge.both().map_err(from_core)?,
            versioning: self.versioning()?,
            origin: Origin::unknown(),
            is_same_origin: self.is_same_origin,
            update: match self.update.as_str() {
                "merge-patch" => UpdateMethod::MergePatch,
                "json-patch" => UpdateMethod::JsonPatch,
                _ => UpdateMethod::Put,
            },
            read_only: self.read_only.clone(),
            when_clean,
            refuse_unprotected: self.refuse_unprotected,
            rounds: self.rounds,
            base_delay_ms: self.base_delay_ms,
            max_delay_ms: self.max_delay_ms,
            may_repeat: !self.is_once,
            has_idempotency_key: self.has_idempotency_key,
            has_unique_reads: self.has_unique_reads,
            is_no_store: self.is_no_store,
            content_type: self.content_type.clone(),
        })
    }
}

/// The format of this name.
pub(super) fn format(name: &str) -> Result<Format, JsValue> {
    match name {
        "json" => Ok(Format::Json),
        "text" => Ok(Format::Text),
        "bytes" => Ok(Format::Bytes),
        other => Err(from_core(Error::invalid_argument("json, text or bytes", other))),
    }
}
