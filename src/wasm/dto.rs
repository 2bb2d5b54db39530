//! Results as plain objects. Values of documents leave as texts; the facade parses them with the page's own `JSON.parse`.

use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::error::{from_core, js_error, set};
use crate::client::{ConflictState, Snapshot};
use crate::conflict::{Conflict, Document};
use crate::http::{Field, Problem, Version};
use crate::merge::text::{ByteRange, Region, RegionKind, TextChange, TextChangeKind, TextMerge, Texts, Utf16Index};
use crate::merge::{Change, ChangeOp, ChangeState, Clash};

/// Makes a plain object. What is missing is `null`, unless its field is skipped.
pub(super) fn encode(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = Serializer::new().serialize_missing_as_null(true);
    value.serialize(&serializer).map_err(|error| js_error("internal", &error.to_string(), &[]))
}

/// A snapshot without its value, which stands beside it as `text` or `bytes`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SnapshotDto<'a> {
    url: &'a str,
    format: &'static str,
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<&'a str>,
    protection: &'static str,
    source: &'static str,
}

pub(super) fn snapshot(snapshot: &Snapshot) -> Result<JsValue, JsValue> {
    let object = encode(&SnapshotDto {
        url: &snapshot.url,
        format: snapshot.document.format().as_str(),
        version: snapshot.version.as_ref().map(Version::as_str),
        content_type: snapshot.content_type.as_deref(),
        modified: snapshot.version.as_ref().and_then(Version::modified),
        protection: snapshot.protection().as_str(),
        source: snapshot.source.as_str(),
    })?;
    set(&object, "body", &document(&snapshot.document));
    Ok(object)
}

/// A string for text and JSON, a `Uint8Array` for bytes.
pub(super) fn document(document: &Document) -> JsValue {
    match document.text() {
        Some(text) => text.into(),
        None => js_sys::Uint8Array::from(document.bytes()).into(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FieldDto<'a> {
    path: &'a str,
    /// A JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProblemDto<'a> {
    status: Option<u16>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    problem_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    fields: Vec<FieldDto<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_state: Option<&'a str>,
    allowed_states: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    body: Option<&'a str>,
    is_json: bool,
}

pub(super) fn problem(problem: &Problem) -> Result<JsValue, JsValue> {
    fn field(field: &Field) -> FieldDto<'_> {
        FieldDto { path: &field.path, value: field.value.as_deref(), detail: field.detail.as_deref() }
    }
    encode(&ProblemDto {
        status: problem.status,
        problem_type: problem.problem_type.as_deref(),
        code: problem.code.as_deref(),
        title: problem.title.as_deref(),
        detail: problem.detail.as_deref(),
        fields: problem.fields.iter().map(field).collect(),
        current_state: problem.current_state.as_deref(),
        allowed_states: &problem.allowed_states,
        retry_after_ms: problem.retry_after_ms.map(|ms| ms as f64),
        request_id: problem.request_id.as_deref(),
        body: problem.body.as_deref(),
        is_json: problem.is_json,
    })
}

/// The UTF-16 offsets of the three texts of a merge.
struct Indices {
    base: Utf16Index,
    mine: Utf16Index,
    theirs: Utf16Index,
}

impl Indices {
    fn new(texts: Texts<'_>) -> Self {
        Self {
            base: Utf16Index::new(texts.base.unwrap_or_default()),
            mine: Utf16Index::new(texts.mine),
            theirs: Utf16Index::new(texts.theirs),
        }
    }

    fn region<'a>(&self, region: &'a Region) -> RegionDto<'a> {
        let range = |index: &Utf16Index, range: ByteRange| [index.utf16(range.start), index.utf16(range.end)];
        RegionDto {
            kind: match region.kind {
                RegionKind::Unchanged => "unchanged",
                RegionKind::Mine => "mine",
                RegionKind::Theirs => "theirs",
                RegionKind::Both => "both",
                RegionKind::Conflict => "conflict",
            },
            base: range(&self.base, region.base),
            mine: range(&self.mine, region.mine),
            theirs: range(&self.theirs, region.theirs),
            ambiguous: region.ambiguous,
            suggestion: region.suggestion.as_deref(),
        }
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

#[derive(Serialize)]
struct RegionDto<'a> {
    kind: &'static str,
    base: [usize; 2],
    mine: [usize; 2],
    theirs: [usize; 2],
    #[serde(skip_serializing_if = "is_false")]
    ambiguous: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<&'a str>,
}

#[derive(Serialize)]
struct DetailDto {
    before: [usize; 2],
    after: [usize; 2],
}

#[derive(Serialize)]
struct TextChangeDto {
    kind: &'static str,
    before: [usize; 2],
    after: [usize; 2],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    detail: Vec<DetailDto>,
}

pub(super) fn text_changes(before: &str, after: &str, changes: &[TextChange]) -> Result<JsValue, JsValue> {
    let (old, new) = (Utf16Index::new(before), Utf16Index::new(after));
    let range = |index: &Utf16Index, range: ByteRange| [index.utf16(range.start), index.utf16(range.end)];
    let pair = |(before, after): &(ByteRange, ByteRange)| DetailDto {
        before: range(&old, *before),
        after: range(&new, *after),
    };
    let one = |change: &TextChange| TextChangeDto {
        kind: match change.kind {
            TextChangeKind::Equal => "equal",
            TextChangeKind::Insert => "insert",
            TextChangeKind::Delete => "delete",
            TextChangeKind::Replace => "replace",
        },
        before: range(&old, change.before),
        after: range(&new, change.after),
        detail: change.detail.iter().map(pair).collect(),
    };
    encode(&changes.iter().map(one).collect::<Vec<_>>())
}

#[derive(Serialize)]
struct TextMergeDto<'a> {
    clean: bool,
    conflicts: usize,
    ambiguous: bool,
    text: String,
    /// With the number of the region.
    suggestions: Vec<(usize, &'a str)>,
}

/// A merge whose `regions` are seven numbers each: the kind, plus 8 if ambiguous, and the three ranges. Objects for 100,000 regions
/// take ten times longer to make from here than in the facade.
pub(super) fn text_merge(merge: &TextMerge, texts: Texts<'_>) -> Result<JsValue, JsValue> {
    let indices = Indices::new(texts);
    let mut numbers: Vec<u32> = Vec::with_capacity(merge.regions().len() * 7);
    let mut suggestions = Vec::new();
    for (number, region) in merge.regions().iter().enumerate() {
        numbers.push(region.kind as u32 + if region.ambiguous { 8 } else { 0 });
        let ranges = [(&indices.base, region.base), (&indices.mine, region.mine), (&indices.theirs, region.theirs)];
        for (index, range) in ranges {
            numbers.push(index.utf16(range.start) as u32);
            numbers.push(index.utf16(range.end) as u32);
        }
        suggestions.extend(region.suggestion.as_deref().map(|suggestion| (number, suggestion)));
    }
    let object = encode(&TextMergeDto {
        clean: merge.is_clean(),
        conflicts: merge.conflicts(),
        ambiguous: merge.is_ambiguous(),
        text: merge.text(texts),
        suggestions,
    })?;
    set(&object, "regions", &js_sys::Uint32Array::from(numbers.as_slice()));
    Ok(object)
}

/// One change. `base`, `mine`, `theirs`, `suggestion` are texts: of JSON where `Conflict.format` is `json`.
#[derive(Serialize)]
pub(super) struct ChangeDto<'a> {
    id: &'a str,
    path: &'a str,
    state: &'static str,
    op: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    clash: Option<&'static str>,
    #[serde(skip_serializing_if = "is_false")]
    ambiguous: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mine: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    theirs: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<RegionDto<'a>>,
    decision: Option<&'static str>,
}

const fn state(state: ChangeState) -> &'static str {
    match state {
        ChangeState::Mine => "mine",
        ChangeState::Theirs => "theirs",
        ChangeState::Same => "same",
        ChangeState::Conflict => "conflict",
        ChangeState::Ignored => "ignored",
    }
}

const fn op(op: ChangeOp) -> &'static str {
    match op {
        ChangeOp::Add => "add",
        ChangeOp::Remove => "remove",
        ChangeOp::Replace => "replace",
        ChangeOp::Move => "move",
        ChangeOp::Text => "text",
    }
}

const fn clash(clash: Clash) -> &'static str {
    match clash {
        Clash::EditEdit => "edit-edit",
        Clash::EditDelete => "edit-delete",
        Clash::DeleteEdit => "delete-edit",
        Clash::AddAdd => "add-add",
        Clash::InsertInsert => "insert-insert",
        Clash::Type => "type",
        Clash::MoveMove => "move-move",
        Clash::Order => "order",
        Clash::Group => "group",
        Clash::NoBase => "no-base",
        Clash::Invalid => "invalid",
    }
}

fn change<'a>(change: &'a Change, indices: Option<&Indices>, decision: Option<&'static str>) -> ChangeDto<'a> {
    ChangeDto {
        id: &change.id,
        path: &change.path,
        state: state(change.state),
        op: op(change.op),
        clash: change.clash.map(clash),
        ambiguous: change.ambiguous,
        base: change.base.as_deref(),
        mine: change.mine.as_deref(),
        theirs: change.theirs.as_deref(),
        suggestion: change.suggestion.as_deref(),
        region: change.region.as_ref().zip(indices).map(|(region, indices)| indices.region(region)),
        decision,
    }
}

/// The changes of a merge, with the offsets of each text counted once; `texts_at` gives the texts behind a path.
pub(super) fn changes<'a>(
    changes: &'a [Change],
    texts_at: impl Fn(&str) -> Option<Texts<'a>>,
    decision: impl Fn(usize, &Change) -> Option<&'static str>,
) -> Vec<ChangeDto<'a>> {
    let mut last: Option<(&str, Indices)> = None;
    let mut list = Vec::with_capacity(changes.len());
    for (index, one) in changes.iter().enumerate() {
        if one.region.is_some() && last.as_ref().is_none_or(|(path, _)| *path != one.path) {
            last = texts_at(&one.path).map(|texts| (one.path.as_str(), Indices::new(texts)));
        }
        let indices = last.as_ref().filter(|(path, _)| *path == one.path).map(|(_, indices)| indices);
        list.push(change(one, indices, decision(index, one)));
    }
    list
}

/// What a merge that nobody decided says of a change.
pub(super) fn undecided(_: usize, change: &Change) -> Option<&'static str> {
    (change.state != ChangeState::Conflict).then_some("auto")
}

/// Changes of a conflict with their decisions.
pub(super) fn changes_of(conflict: &Conflict) -> Result<JsValue, JsValue> {
    let texts_at = |path: &str| conflict.text_at(path).map(|(_, texts)| texts);
    encode(&changes(conflict.changes(), texts_at, |index, _| conflict.decision(index)))
}

#[derive(Serialize)]
struct ConflictDto<'a> {
    url: &'a str,
    kind: &'static str,
    format: &'static str,
    status: u16,
    unresolved: usize,
}

/// A conflict as it stands, with `base`, `mine`, `theirs`, `merged`, `problem` and `changes` beside it.
pub(super) fn conflict(held: &ConflictState) -> Result<JsValue, JsValue> {
    let object = encode(&ConflictDto {
        url: &held.url,
        kind: held.conflict.kind().as_str(),
        format: held.conflict.format().as_str(),
        status: held.problem.status.unwrap_or(0),
        unresolved: held.conflict.unresolved(),
    })?;
    let optional = |one: Option<&Snapshot>| one.map_or(Ok(JsValue::NULL), snapshot);
    set(&object, "base", &optional(held.base.as_ref())?);
    set(&object, "theirs", &optional(held.theirs.as_ref())?);
    set(&object, "mine", &held.conflict.mine().map_or(JsValue::NULL, document));
    set(&object, "merged", &held.conflict.merged().map_err(from_core)?.as_ref().map_or(JsValue::NULL, document));
    set(&object, "problem", &problem(&held.problem)?);
    set(&object, "changes", &changes_of(&held.conflict)?);
    Ok(object)
}
