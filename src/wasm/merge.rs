//! The merges of the public API, which the engine carries out.

use js_sys::{Array, Object, Uint32Array};
use wasm_bindgen::prelude::*;

use super::arguments::{taken, unlisted, word};
use super::document;
use super::dto;
use super::error::{Returned, from_core, set};
use super::input::text;
use super::options::{MergeCall, is_none};
use super::outbox;
use super::segment;
use super::wire::{self, ModuleCall, json_merge, of_module};
use crate::merge::json::{self, Document, Documents};
use crate::merge::text::{self as lines, Side, Texts, Utf16Index};

fn optional(value: &JsValue) -> Result<Option<String>, JsValue> {
    if is_none(value) { Ok(None) } else { text(value).map(Some) }
}

/// Carries out a call of the module that needs the engine.
pub(super) fn called(call: ModuleCall, arguments: &Array) -> Returned {
    match call {
        ModuleCall::MergeText => {
            let [base, mine, theirs, options, maps]: of_module::MergeText<JsValue> = taken(arguments);
            merge_text(&base, &mine, &theirs, options, maps.is_truthy())
        }
        ModuleCall::DiffText => {
            let [before, after, granularity]: of_module::DiffText<JsValue> = taken(arguments);
            diff_text(&before, &after, &word(&granularity)?)
        }
        ModuleCall::OffsetMap => {
            let [base, mine, theirs, options, side]: of_module::OffsetMap<JsValue> = taken(arguments);
            offset_map(&base, &mine, &theirs, options, &word(&side)?)
        }
        ModuleCall::MergeJsonText => {
            let [base, mine, theirs, options]: of_module::MergeJsonText<JsValue> = taken(arguments);
            merge_json_text(&base, &mine, &theirs, options)
        }
        ModuleCall::Respelled => {
            let [edit, base, from, to, later]: of_module::Respelled<JsValue> = taken(arguments);
            let later = if is_none(&later) { None } else { Some(word(&later)?) };
            let respelled =
                json::respelled((text(&edit)?, &word(&to)?), (text(&base)?, &word(&from)?), later.as_deref());
            respelled.map(Into::into).map_err(from_core)
        }
        ModuleCall::DiffJsonText => {
            let [before, after, options]: of_module::DiffJsonText<JsValue> = taken(arguments);
            diff_json_text(&before, &after, options)
        }
        ModuleCall::OpenDocument => document::opened(taken(arguments)),
        ModuleCall::Outbox => Ok(outbox::opened()),
        // The core carries out these.
        ModuleCall::Client | ModuleCall::EngineIsLoaded => Err(unlisted()),
    }
}

/// `mergeText` of the public API; the facade has checked the options. With `maps` for `mapOffset` where they are asked for.
fn merge_text(base: &JsValue, mine: &JsValue, theirs: &JsValue, options: JsValue, maps: bool) -> Returned {
    let (base, mine, theirs) = (optional(base)?, text(mine)?, text(theirs)?);
    let options = MergeCall::read(options)?.text().map_err(from_core)?;
    let texts = Texts { base: base.as_deref(), mine: &mine, theirs: &theirs };
    let merge = lines::merge(texts, &options).map_err(from_core)?;
    let object = dto::text_merge(&merge, texts)?;
    if maps {
        let maps: JsValue = Object::new().into();
        for side in [wire::maps::BASE, wire::maps::MINE, wire::maps::THEIRS] {
            set(&maps, side, offset_numbers(&merge, texts, side).into());
        }
        set(&object, wire::text_merge::MAPS, maps);
    }
    Ok(object)
}

/// `diffText` of the public API.
fn diff_text(before: &JsValue, after: &JsValue, granularity: &str) -> Returned {
    let (before, after) = (text(before)?, text(after)?);
    let (granularity, segmenter): (_, lines::Segmenter) = match granularity {
        "word" => (lines::Granularity::Word, segment::words),
        "grapheme" => (lines::Granularity::Grapheme, segment::graphemes),
        _ => (lines::Granularity::Line, segment::words),
    };
    let changes = lines::diff_with(&before, &after, granularity, Some(segmenter));
    Ok(dto::text_changes(&before, &after, &changes))
}

/// The places of one document in a merged text, in UTF-16 code units: for each stretch its start, its place in the merged text, and 1 if the
/// merged text has all of it.
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
fn offset_map(base: &JsValue, mine: &JsValue, theirs: &JsValue, options: JsValue, side: &str) -> Returned {
    let (base, mine, theirs) = (optional(base)?, text(mine)?, text(theirs)?);
    let options = MergeCall::read(options)?.text().map_err(from_core)?;
    let texts = Texts { base: base.as_deref(), mine: &mine, theirs: &theirs };
    Ok(offset_numbers(&lines::merge(texts, &options).map_err(from_core)?, texts, side).into())
}

/// `mergeJsonText` of the public API, without its patch: values leave as JSON texts.
fn merge_json_text(base: &JsValue, mine: &JsValue, theirs: &JsValue, options: JsValue) -> Returned {
    let base = optional(base)?.map(|base| Document::parse(base).map_err(from_core)).transpose()?;
    let mine = Document::parse_like(text(mine)?, base.as_ref()).map_err(from_core)?;
    let theirs = Document::parse_like(text(theirs)?, base.as_ref().or(Some(&mine))).map_err(from_core)?;
    let options = MergeCall::read(options)?.json().map_err(from_core)?;
    let documents = Documents { base: base.as_ref(), mine: &mine, theirs: &theirs };
    let merge = json::merge(documents, &options).map_err(from_core)?;
    let object: JsValue = Object::new().into();
    set(&object, json_merge::CLEAN, merge.is_clean().into());
    set(&object, json_merge::CONFLICTS, (merge.conflicts() as f64).into());
    set(&object, json_merge::AMBIGUOUS, merge.is_ambiguous().into());
    set(&object, json_merge::TEXT, merge.text(documents).map_err(from_core)?.into());
    set(&object, json_merge::INFERRED, dto::inferred(merge.inferred()));
    let texts_at =
        |path: &str| merge.text_at(path).map(|(_, [base, mine, theirs])| Texts { base: Some(base), mine, theirs });
    set(&object, json_merge::CHANGES, dto::changes(merge.changes(), &texts_at, &[]));
    Ok(object)
}

/// `diffJson` of the public API on JSON texts.
fn diff_json_text(before: &JsValue, after: &JsValue, options: JsValue) -> Returned {
    let options = MergeCall::read(options)?.json().map_err(from_core)?;
    let before = Document::parse(text(before)?).map_err(from_core)?;
    let after = Document::parse_like(text(after)?, Some(&before)).map_err(from_core)?;
    Ok(dto::operations(&json::diff(&before, &after, &options).map_err(from_core)?))
}
