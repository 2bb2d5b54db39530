//! The merge engine's exports.

use js_sys::Array;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::client::text;
use super::dto::{self, encode};
use super::error::{from_core, set};
use super::options::MergeCall;
use super::segment;

use crate::merge::json::{self, Document, Documents, Operation};
use crate::merge::text::{self as lines, Side, Texts, Utf16Index};

fn optional(value: &JsValue) -> Result<Option<String>, JsValue> {
    if value.is_null() || value.is_undefined() { Ok(None) } else { text(value).map(Some) }
}

/// `mergeText` of the public API; the facade has checked the options.
#[wasm_bindgen(js_name = mergeText)]
pub fn merge_text(base: &JsValue, mine: &JsValue, theirs: &JsValue, options: JsValue) -> Result<JsValue, JsValue> {
    let (base, mine, theirs) = (optional(base)?, text(mine)?, text(theirs)?);
    let options = MergeCall::read(options)?.text().map_err(from_core)?;
    let texts = Texts { base: base.as_deref(), mine: &mine, theirs: &theirs };
    dto::text_merge(&lines::merge(texts, &options).map_err(from_core)?, texts)
}

/// `diffText` of the public API.
#[wasm_bindgen(js_name = diffText)]
pub fn diff_text(before: &JsValue, after: &JsValue, granularity: &str) -> Result<JsValue, JsValue> {
    let (before, after) = (text(before)?, text(after)?);
    let (granularity, segmenter): (_, lines::Segmenter) = match granularity {
        "word" => (lines::Granularity::Word, segment::words),
        "grapheme" => (lines::Granularity::Grapheme, segment::graphemes),
        _ => (lines::Granularity::Line, segment::words),
    };
    let changes = lines::diff_with(&before, &after, granularity, Some(segmenter));
    dto::text_changes(&before, &after, &changes)
}

/// Where the offsets of one document lie in a merged text, in UTF-16 code units.
#[wasm_bindgen]
pub struct OffsetMap {
    document: Utf16Index,
    map: lines::OffsetMap,
    merged: Utf16Index,
}

impl OffsetMap {
    pub(super) fn of(merge: &lines::TextMerge, texts: Texts<'_>, side: &str) -> Self {
        let (side, document) = match side {
            "base" => (Side::Base, texts.base.unwrap_or_default()),
            "theirs" => (Side::Theirs, texts.theirs),
            _ => (Side::Mine, texts.mine),
        };
        Self {
            document: Utf16Index::new(document),
            map: merge.offset_map(texts, side),
            merged: Utf16Index::new(&merge.text(texts)),
        }
    }
}

#[wasm_bindgen]
impl OffsetMap {
    /// Where `offset` lies in the merged text.
    pub fn map(&self, offset: usize) -> usize {
        self.merged.utf16(self.map.map(self.document.byte(offset)))
    }
}

/// The map of a `mergeText` with the same arguments.
#[wasm_bindgen(js_name = offsetMap)]
pub fn offset_map(
    base: &JsValue,
    mine: &JsValue,
    theirs: &JsValue,
    options: JsValue,
    side: &str,
) -> Result<OffsetMap, JsValue> {
    let (base, mine, theirs) = (optional(base)?, text(mine)?, text(theirs)?);
    let options = MergeCall::read(options)?.text().map_err(from_core)?;
    let texts = Texts { base: base.as_deref(), mine: &mine, theirs: &theirs };
    Ok(OffsetMap::of(&lines::merge(texts, &options).map_err(from_core)?, texts, side))
}

/// `mergeJsonText` of the public API: values leave as JSON texts.
#[wasm_bindgen(js_name = mergeJsonText)]
pub fn merge_json_text(base: &JsValue, mine: &JsValue, theirs: &JsValue, options: JsValue) -> Result<JsValue, JsValue> {
    let parse = |text| Document::parse(text).map_err(from_core);
    let base = optional(base)?.map(parse).transpose()?;
    let (mine, theirs) = (parse(text(mine)?)?, parse(text(theirs)?)?);
    let options = MergeCall::read(options)?.json().map_err(from_core)?;
    let documents = Documents { base: base.as_ref(), mine: &mine, theirs: &theirs };
    let merge = json::merge(documents, &options).map_err(from_core)?;
    let object: JsValue = js_sys::Object::new().into();
    set(&object, "clean", &merge.is_clean().into());
    set(&object, "conflicts", &(merge.conflicts() as f64).into());
    set(&object, "ambiguous", &merge.is_ambiguous().into());
    set(&object, "text", &merge.text(documents).map_err(from_core)?.into());
    let texts_at =
        |path: &str| merge.text_at(path).map(|(_, [base, mine, theirs])| Texts { base: Some(base), mine, theirs });
    set(&object, "changes", &encode(&dto::changes(merge.changes(), texts_at, dto::undecided))?);
    set(&object, "patch", &operations(&merge.patch(documents).map_err(from_core)?)?);
    Ok(object)
}

/// `diffJson` of the public API on JSON texts.
#[wasm_bindgen(js_name = diffJsonText)]
pub fn diff_json_text(before: &JsValue, after: &JsValue, options: JsValue) -> Result<JsValue, JsValue> {
    let parse = |value| Document::parse(text(value)?).map_err(from_core);
    let options = MergeCall::read(options)?.json().map_err(from_core)?;
    operations(&json::diff(&parse(before)?, &parse(after)?, &options).map_err(from_core)?)
}

#[derive(Serialize)]
struct OperationDto<'a> {
    op: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    path: &'a str,
    /// A JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

fn operations(list: &[Operation]) -> Result<JsValue, JsValue> {
    let one = |operation: &Operation| {
        let (op, from, path, value): (_, Option<&String>, &String, Option<&String>) = match operation {
            Operation::Add { path, value } => ("add", None, path, Some(value)),
            Operation::Replace { path, value } => ("replace", None, path, Some(value)),
            Operation::Remove { path } => ("remove", None, path, None),
            Operation::Move { from, path } => ("move", Some(from), path, None),
            Operation::Copy { from, path } => ("copy", Some(from), path, None),
            Operation::Test { path, value } => ("test", None, path, Some(value)),
        };
        encode(&OperationDto { op, from: from.map(String::as_str), path, value: value.map(String::as_str) })
    };
    list.iter().map(one).collect::<Result<Array, _>>().map(JsValue::from)
}
