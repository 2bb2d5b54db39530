//! Merges that the engine makes for a client, outside of a conflict.

use super::engine::{Engine, PatchFormat, Sides};
use super::{Conflict, Document, MergeOptions, counted};
use crate::error::Error;
use crate::gather::Gather;
use crate::http::Format;
use crate::merge::json::{self, Operation};

pub(super) fn conflict(engine: Engine, sides: Sides, options: MergeOptions) -> Result<Conflict, Error> {
    Conflict::of(engine, sides, options, None)
}

pub(super) fn conflict_after(
    engine: Engine,
    own: &Document,
    [base, mine, theirs]: Sides,
    options: MergeOptions,
) -> Result<Conflict, Error> {
    let base = counted(own, base, mine.as_ref(), &options)?;
    let mut conflict = Conflict::of(engine, [base, mine, theirs], options, Some(own.clone()))?;
    conflict.settle_echo(own.clone(), &[])?;
    Ok(conflict)
}

pub(super) fn without(document: &json::Document, pointers: &[&str]) -> String {
    json::without(document, pointers.iter().copied())
}

pub(super) fn in_digits_of(base: &Document, edit: &Document) -> Result<Document, Error> {
    match (base, edit) {
        (Document::Json(_), Document::Json(tree)) if tree.is_values_only() => {
            Document::parse_edit(Format::Json, edit.bytes(), Some(base))
        }
        _ => Ok(edit.clone()),
    }
}

pub(super) fn in_layout_of(base: &Document, mine: &Document, options: &MergeOptions) -> Option<Document> {
    let (Document::Json(tree), Document::Json(edit)) = (base, mine) else { return None };
    let documents = json::Documents { base: Some(tree), mine: edit, theirs: tree };
    let ignored = options.json.rules.iter().filter(|(_, rule)| *rule == json::Rule::Ignore);
    let options = json::Options { rules: ignored.cloned().gather(), ..json::Options::default() };
    let merge = json::merge(documents, &options).ok()?;
    Document::parse(Format::Json, merge.text(documents).ok()?.as_bytes()).ok()
}

pub(super) fn patch(
    format: PatchFormat,
    known: &Document,
    outgoing: &Document,
    version: Option<&str>,
) -> Result<Option<String>, Error> {
    let (Document::Json(known), Document::Json(outgoing)) = (known, outgoing) else { return Ok(None) };
    // A version inside the document is unchanged, but the patch must contain it, or the server compares nothing.
    let version = version.and_then(|pointer| Some((pointer, known.root().pointer(pointer)?)));
    let patch = match format {
        PatchFormat::MergePatch => {
            let without = match version {
                Some((pointer, _)) => json::without(known, [pointer].into_iter()),
                None => known.text().to_owned(),
            };
            json::merge_patch(&json::Document::parse(without)?, outgoing)?
        }
        PatchFormat::JsonPatch => {
            let mut operations = json::diff(known, outgoing, &json::Options::default())?;
            if let Some((pointer, value)) = version {
                let test = Operation::Test { path: pointer.to_owned(), value: value.source().to_owned() };
                operations.insert(0, test);
            }
            json::patch_text(&operations)
        }
    };
    Ok(Some(patch))
}
