//! The merges of the public API, as the engine carries them out; `engine.rs` exports them.

use js_sys::Uint32Array;
use wasm_bindgen::prelude::*;

use super::dto;
use super::error::{from_core, set};
use super::input::text;
use super::options::{MergeCall, is_none};
use super::segment;

use crate::merge::json::{self, Document, Documents};
use crate::merge::text::{self as lines, Side, Texts, Utf16Index};

fn optional(value: &JsValue) -> Result<Option<String>, JsValue> {
    if is_none(value) { Ok(None) } else { text(value).map(Some) }
}

/// `mergeText` of the public API; the facade has checked the options. With `maps` for `mapOffset` where they are asked for.
pub(super) fn merge_text(
    base: &JsValue,
    mine: &JsValue,
    theirs: &JsValue,
    options: JsValue,
    maps: bool,
) -> Result<JsValue, JsValue> {
    let (base, mine, theirs) = (optional(base)?, text(mine)?, text(theirs)?);
    let options = MergeCall::read(options)?.text().map_err(from_core)?;
    let texts = Texts { base: base.as_deref(), mine: &mine, theirs: &theirs };
    let merge = lines::merge(texts, &options).map_err(from_core)?;
    let object = dto::text_merge(&merge, texts)?;
    if maps {
        let maps: JsValue = js_sys::Object::new().into();
        for side in ["base", "mine", "theirs"] {
            set(&maps, side, offset_numbers(&merge, texts, side).into());
        }
        set(&object, "maps", maps);
    }
    Ok(object)
}

/// `diffText` of the public API.
pub(super) fn diff_text(before: &JsValue, after: &JsValue, granularity: &str) -> Result<JsValue, JsValue> {
    let (before, after) = (text(before)?, text(after)?);
    let (granularity, segmenter): (_, lines::Segmenter) = match granularity {
        "word" => (lines::Granularity::Word, segment::words),
        "grapheme" => (lines::Granularity::Grapheme, segment::graphemes),
        _ => (lines::Granularity::Line, segment::words),
    };
    let changes = lines::diff_with(&before, &after, granularity, Some(segmenter));
    Ok(dto::text_changes(&before, &after, &changes))
}

/// Where the offsets of one document lie in a merged text, in UTF-16 code units: three numbers for each stretch of it, where it starts,
/// where it lies, and whether all of it stands there.
pub(super) fn offset_numbers(merge: &lines::TextMerge, texts: Texts<'_>, side: &str) -> Uint32Array {
    let (side, document) = match side {
        "base" => (Side::Base, texts.base.unwrap_or_default()),
        "theirs" => (Side::Theirs, texts.theirs),
        _ => (Side::Mine, texts.mine),
    };
    let (document, merged) = (Utf16Index::new(document), Utf16Index::new(&merge.text(texts)));
    let mut numbers: Vec<u32> = Vec::new();
    for (start, to, kept) in merge.offset_map(texts, side).stretches() {
        numbers.push(document.utf16(start) as u32);
        numbers.push(merged.utf16(to) as u32);
        numbers.push(u32::from(kept));
    }
    Uint32Array::from(numbers.as_slice())
}

/// The map of a `mergeText` with the same arguments.
pub(super) fn offset_map(
    base: &JsValue,
    mine: &JsValue,
    theirs: &JsValue,
    options: JsValue,
    side: &str,
) -> Result<Uint32Array, JsValue> {
    let (base, mine, theirs) = (optional(base)?, text(mine)?, text(theirs)?);
    let options = MergeCall::read(options)?.text().map_err(from_core)?;
    let texts = Texts { base: base.as_deref(), mine: &mine, theirs: &theirs };
    Ok(offset_numbers(&lines::merge(texts, &options).map_err(from_core)?, texts, side))
}

/// `mergeJsonText` of the public API, without its patch: values leave as JSON texts.
pub(super) fn merge_json_text(
    base: &JsValue,
    mine: &JsValue,
    theirs: &JsValue,
    options: JsValue,
) -> Result<JsValue, JsValue> {
    let base = optional(base)?.map(|base| Document::parse(base).map_err(from_core)).transpose()?;
    let mine = Document::parse_like(text(mine)?, base.as_ref()).map_err(from_core)?;
    let theirs = Document::parse_like(text(theirs)?, base.as_ref().or(Some(&mine))).map_err(from_core)?;
    let options = MergeCall::read(options)?.json().map_err(from_core)?;
    let documents = Documents { base: base.as_ref(), mine: &mine, theirs: &theirs };
    let merge = json::merge(documents, &options).map_err(from_core)?;
    let object: JsValue = js_sys::Object::new().into();
    set(&object, "clean", merge.is_clean().into());
    set(&object, "conflicts", (merge.conflicts() as f64).into());
    set(&object, "ambiguous", merge.is_ambiguous().into());
    set(&object, "text", merge.text(documents).map_err(from_core)?.into());
    set(&object, "inferred", dto::inferred(merge.inferred()));
    let texts_at =
        |path: &str| merge.text_at(path).map(|(_, [base, mine, theirs])| Texts { base: Some(base), mine, theirs });
    set(&object, "changes", dto::changes(merge.changes(), &texts_at, &[]));
    Ok(object)
}

/// A JSON text with the spelling that `base` has for numbers that are equal in JavaScript: see [`json::respelled`].
pub(super) fn respelled(
    edit: &JsValue,
    base: &JsValue,
    from: &str,
    to: &str,
    later: Option<String>,
) -> Result<JsValue, JsValue> {
    json::respelled((text(edit)?, to), (text(base)?, from), later.as_deref()).map(Into::into).map_err(from_core)
}

/// `diffJson` of the public API on JSON texts.
pub(super) fn diff_json_text(before: &JsValue, after: &JsValue, options: JsValue) -> Result<JsValue, JsValue> {
    let options = MergeCall::read(options)?.json().map_err(from_core)?;
    let before = Document::parse(text(before)?).map_err(from_core)?;
    let after = Document::parse_like(text(after)?, Some(&before)).map_err(from_core)?;
    Ok(dto::operations(&json::diff(&before, &after, &options).map_err(from_core)?))
}
