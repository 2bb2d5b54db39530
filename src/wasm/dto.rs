//! Results on their way out. Values of documents leave as texts; the facade parses them with the page's own `JSON.parse`.
//!
//! A single value leaves the module as a plain object. A list that may have thousands of items (regions, changes) leaves as numbers in
//! one array and texts in another. `pkg/src/engine/packed.ts` makes objects from them, in a tenth of the time and with fewer bytes here.

use js_sys::{Array, Object, Uint8Array, Uint32Array};
use serde::ser::{Serialize, SerializeMap};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::error::{js_error, set, set_text};
use super::wire::{
    self, Numbered, base, changes as packed_changes, decision, field, problem as words, snapshot as names,
    text_merge as merged, view,
};
use crate::client::{ConflictState, Snapshot};
use crate::conflict::{Conflict, Decision, Document};
use crate::error::ErrorCode;
use crate::http::{Problem, Version};
use crate::merge::json::{Inferred, Operation};
use crate::merge::text::{ByteRange, Region, TextChange, TextMerge, Texts, Utf16Index};
use crate::merge::{Change, ChangeState};

/// Plain data of any shape. One type for all, as a derived writer for each type costs a kilobyte of the download.
enum Plain<'a> {
    Flag(bool),
    Number(f64),
    Text(&'a str),
    List(Vec<Plain<'a>>),
    Object(Vec<(&'static str, Plain<'a>)>),
}

impl Serialize for Plain<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(list) => serializer.collect_seq(list),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(None)?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl Plain<'_> {
    fn encoded(&self) -> Result<JsValue, JsValue> {
        let serializer = Serializer::new().serialize_missing_as_null(true).serialize_maps_as_objects(true);
        self.serialize(&serializer)
            .map_err(|_| js_error(ErrorCode::Internal.as_str(), "expected a result that JavaScript can hold", &[]))
    }
}

/// Sets the members that are present.
fn set_present(object: &JsValue, optional: &[(&str, Option<&str>)]) {
    for (name, text) in optional {
        if let Some(text) = text {
            set_text(object, name, text);
        }
    }
}

fn text_or_null(text: Option<&str>) -> JsValue {
    text.map_or(JsValue::NULL, JsValue::from_str)
}

/// A snapshot; `body` is a string or a `Uint8Array`.
pub(super) fn snapshot(snapshot: &Snapshot) -> JsValue {
    let version = snapshot.version.as_ref();
    let object: JsValue = Object::new().into();
    set_text(&object, base::URL, &snapshot.url);
    set_text(&object, base::FORMAT, snapshot.document.format().as_str());
    set(&object, base::VERSION, text_or_null(version.map(Version::as_str)));
    set_text(&object, names::PROTECTION, snapshot.protection().as_str());
    set_text(&object, names::SOURCE, snapshot.source.as_str());
    let optional = [
        (base::CONTENT_TYPE, snapshot.content_type.as_deref()),
        (base::MODIFIED, version.and_then(Version::modified)),
        (names::AUTHOR, snapshot.author.as_deref()),
        (base::NAMED, snapshot.named.as_deref()),
    ];
    set_present(&object, &optional);
    set(&object, names::BODY, document(&snapshot.document));
    object
}

/// A string for text and JSON, a `Uint8Array` for bytes.
pub(super) fn document(document: &Document) -> JsValue {
    match document.text() {
        Some(text) => text.into(),
        None => Uint8Array::from(document.bytes()).into(),
    }
}

/// The server's words; `value` in its `fields` is a JSON text.
pub(super) fn problem(problem: &Problem) -> JsValue {
    let object: JsValue = Object::new().into();
    let (fields, allowed) = (Array::new(), Array::new());
    for one in &problem.fields {
        let entry: JsValue = Object::new().into();
        set_text(&entry, field::PATH, &one.path);
        set_present(&entry, &[(field::VALUE, one.value.as_deref()), (field::DETAIL, one.detail.as_deref())]);
        fields.push(&entry);
    }
    for state in &problem.allowed_states {
        allowed.push(&state.into());
    }
    set(&object, words::STATUS, problem.status.map_or(JsValue::NULL, JsValue::from));
    set(&object, words::FIELDS, fields.into());
    set(&object, words::ALLOWED_STATES, allowed.into());
    set(&object, words::BODY, text_or_null(problem.body.as_deref()));
    set(&object, words::IS_JSON, problem.is_json.into());
    let optional = [
        (words::TYPE, problem.problem_type.as_deref()),
        (words::CODE, problem.code.as_deref()),
        (words::TITLE, problem.title.as_deref()),
        (words::DETAIL, problem.detail.as_deref()),
        (words::CURRENT_STATE, problem.current_state.as_deref()),
        (words::REQUEST_ID, problem.request_id.as_deref()),
    ];
    set_present(&object, &optional);
    if let Some(ms) = problem.retry_after_ms {
        set(&object, words::RETRY_AFTER_MS, (ms as f64).into());
    }
    object
}

/// The UTF-16 offsets of the three texts of a merge.
struct Indices([Utf16Index; 3]);

impl Indices {
    fn new(texts: Texts<'_>) -> Self {
        Self([texts.base.unwrap_or_default(), texts.mine, texts.theirs].map(Utf16Index::new))
    }

    /// Seven numbers: the kind, plus 8 if ambiguous, and the ranges in base, mine and theirs.
    fn pack(&self, region: &Region, numbers: &mut Vec<u32>) {
        numbers.push(region.kind.number() | u32::from(region.ambiguous) << wire::REGION_AMBIGUOUS);
        for (index, range) in self.0.iter().zip([region.base, region.mine, region.theirs]) {
            pack_range(index, range, numbers);
        }
    }
}

fn pack_range(index: &Utf16Index, range: ByteRange, numbers: &mut Vec<u32>) {
    numbers.push(index.utf16(range.start) as u32);
    numbers.push(index.utf16(range.end) as u32);
}

/// For each change its kind, plus 4 if another alignment may keep more, its two ranges, how many details there are, and four numbers
/// for each of them.
pub(super) fn text_changes(before: &str, after: &str, changes: &[TextChange]) -> JsValue {
    let (old, new) = (Utf16Index::new(before), Utf16Index::new(after));
    let mut numbers = Vec::with_capacity(changes.len() * 6);
    for change in changes {
        numbers.push(change.kind.number() | u32::from(!change.precise) << wire::TEXT_CHANGE_IMPRECISE);
        pack_range(&old, change.before, &mut numbers);
        pack_range(&new, change.after, &mut numbers);
        numbers.push(change.detail.len() as u32);
        for (before, after) in &change.detail {
            pack_range(&old, *before, &mut numbers);
            pack_range(&new, *after, &mut numbers);
        }
    }
    Uint32Array::from(numbers.as_slice()).into()
}

/// A merge: `regions` are packed, `suggestions` are pairs of the number of a region and a text.
pub(super) fn text_merge(merge: &TextMerge, texts: Texts<'_>) -> Result<JsValue, JsValue> {
    let indices = Indices::new(texts);
    let mut numbers: Vec<u32> = Vec::with_capacity(merge.regions().len() * 7);
    let mut suggestions = Vec::new();
    for (number, region) in merge.regions().iter().enumerate() {
        indices.pack(region, &mut numbers);
        if let Some(suggestion) = &region.suggestion {
            suggestions.push(Plain::List(vec![Plain::Number(number as f64), Plain::Text(suggestion)]));
        }
    }
    let text = merge.text(texts);
    let object = Plain::Object(vec![
        (merged::CLEAN, Plain::Flag(merge.is_clean())),
        (merged::CONFLICTS, Plain::Number(merge.conflicts() as f64)),
        (merged::AMBIGUOUS, Plain::Flag(merge.is_ambiguous())),
        (merged::PRECISE, Plain::Flag(merge.is_precise())),
        (merged::TEXT, Plain::Text(&text)),
        (merged::SUGGESTIONS, Plain::List(suggestions)),
    ])
    .encoded()?;
    set(&object, merged::REGIONS, Uint32Array::from(numbers.as_slice()).into());
    Ok(object)
}

/// Changes: numbers and texts.
#[derive(Default)]
struct Packed {
    numbers: Vec<u32>,
    texts: Array,
}

/// Longer values of changes leave as UTF-8, and are decoded when somebody looks at them: the order of a long array has the array three
/// times.
const LONG_VALUE_BYTES: usize = 1000;

impl Packed {
    fn text(&self, text: &str) {
        self.texts.push(&text.into());
    }

    fn value(&self, text: &str) {
        if text.len() > LONG_VALUE_BYTES {
            self.texts.push(&Uint8Array::from(text.as_bytes()));
        } else {
            self.text(text);
        }
    }

    /// One number: state, operation (3 bits each), clash (4 bits, 0 for none), ambiguity, a bit for each part that follows, and the
    /// decision. Texts: id and path, then `from`, `into`, base, mine, theirs and the suggestion if they exist, and the suggestion of the region.
    fn change(&mut self, change: &Change, indices: Option<&Indices>, decision: Option<&Decision>) {
        self.text(&change.id);
        self.text(&change.path);
        let mut bits = decision_number(change, decision) << wire::CHANGE_DECISION;
        bits |= change.state.number() | change.op.number() << wire::CHANGE_OP;
        bits |= u32::from(change.ambiguous) << wire::CHANGE_AMBIGUOUS;
        if let Some(from) = &change.from {
            bits |= 1 << wire::CHANGE_FROM;
            self.text(from);
        }
        for (side, into) in change.into.iter().enumerate() {
            if let Some(into) = into {
                bits |= 1 << wire::CHANGE_INTO << side;
                self.text(into);
            }
        }
        bits |= change.clash.map_or(0, Numbered::number) << wire::CHANGE_CLASH;
        for (place, text) in [&change.base, &change.mine, &change.theirs, &change.suggestion].into_iter().enumerate() {
            if let Some(text) = text {
                bits |= 1 << wire::CHANGE_TEXTS << place;
                self.value(text);
            }
        }
        let at = self.numbers.len();
        self.numbers.push(0);
        if let (Some(region), Some(indices)) = (&change.region, indices) {
            bits |= 1 << wire::CHANGE_REGION;
            indices.pack(region, &mut self.numbers);
            if let Some(suggestion) = &region.suggestion {
                bits |= 1 << wire::CHANGE_REGION_SUGGESTION;
                self.text(suggestion);
            }
        }
        if let Some(slot) = self.numbers.get_mut(at) {
            *slot = bits;
        }
    }
}

fn decision_number(change: &Change, made: Option<&Decision>) -> u32 {
    match made {
        Some(Decision::Taken(choice)) => choice.number(),
        Some(Decision::Custom(_)) => decision::CUSTOM,
        None if change.state == ChangeState::Conflict => decision::WAITING,
        None => decision::AUTO,
    }
}

/// The decision on each change of a conflict, as a number.
pub(super) fn decisions(conflict: &Conflict) -> Uint8Array {
    let mut numbers = Vec::with_capacity(conflict.changes().len());
    for (change, decision) in conflict.changes().iter().zip(conflict.decisions()) {
        numbers.push(decision_number(change, decision.as_ref()) as u8);
    }
    Uint8Array::from(numbers.as_slice())
}

/// The changes of a merge, with the offsets of each text counted once; `texts_at` gives the texts behind a path. `decisions` may be
/// empty, where nobody decided.
pub(super) fn changes<'a>(
    changes: &'a [Change],
    texts_at: &dyn Fn(&str) -> Option<Texts<'a>>,
    decisions: &[Option<Decision>],
) -> JsValue {
    let mut last: Option<(&str, Indices)> = None;
    let mut packed = Packed::default();
    for (index, one) in changes.iter().enumerate() {
        if one.region.is_some() && last.as_ref().is_none_or(|(path, _)| *path != one.path) {
            last = texts_at(&one.path).map(|texts| (one.path.as_str(), Indices::new(texts)));
        }
        let indices = last.as_ref().filter(|(path, _)| *path == one.path).map(|(_, indices)| indices);
        packed.change(one, indices, decisions.get(index).and_then(Option::as_ref));
    }
    let object: JsValue = Object::new().into();
    set(&object, packed_changes::NUMBERS, Uint32Array::from(packed.numbers.as_slice()).into());
    set(&object, packed_changes::TEXTS, packed.texts.into());
    object
}

/// Changes of a conflict with their decisions.
pub(super) fn changes_of(conflict: &Conflict) -> JsValue {
    let texts_at = |path: &str| conflict.text_at(path).map(|(_, texts)| texts);
    changes(conflict.changes(), &texts_at, conflict.decisions())
}

/// The inferred keys: the path of each array, the names, and how sure the key is.
pub(super) fn inferred(list: &[Inferred]) -> JsValue {
    let all = Array::new();
    for one in list {
        let names = Array::new();
        for name in &one.key {
            names.push(&name.as_str().into());
        }
        all.push(&Array::of3(&one.path.as_str().into(), &names, &f64::from(one.sureness).into()));
    }
    all.into()
}

/// A patch: for each operation its name, its path, and the JSON text of its value or the path of its origin.
pub(super) fn operations(list: &[Operation]) -> JsValue {
    let all = Array::new();
    for operation in list {
        let [op, from, path, value] = operation.members().map(|text| text.map_or(JsValue::NULL, JsValue::from));
        let data = if value.is_null() { from } else { value };
        all.push(&Array::of3(&op, &path, &data));
    }
    all.into()
}

/// A conflict, with `base`, `mine`, `theirs`, `problem` and `changes`: everything that only a newer theirs changes, without the
/// decisions.
pub(super) fn conflict(held: &ConflictState) -> Result<JsValue, JsValue> {
    let object = Plain::Object(vec![
        (view::URL, Plain::Text(&held.url)),
        (view::KIND, Plain::Text(held.conflict.kind().as_str())),
        (view::FORMAT, Plain::Text(held.conflict.format().as_str())),
        (view::STATUS, Plain::Number(f64::from(held.problem.status.unwrap_or(0)))),
    ])
    .encoded()?;
    let optional = |one: Option<&Snapshot>| one.map_or(JsValue::NULL, snapshot);
    set(&object, view::BASE, optional(held.base.as_ref()));
    set(&object, view::THEIRS, optional(held.theirs.as_ref()));
    set(&object, view::MINE, held.conflict.mine().map_or(JsValue::NULL, document));
    set(&object, view::PROBLEM, problem(&held.problem));
    set(&object, view::CHANGES, changes_of(&held.conflict));
    Ok(object)
}
