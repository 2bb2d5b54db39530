//! The body of an update: the whole document, or a patch.

use super::Snapshot;
use crate::conflict::Document;
use crate::error::Error;
use crate::http::{Method, Versioning};
use crate::merge::json::{self, Operation};

/// How an update is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UpdateMethod {
    /// PUT, with the whole document.
    #[default]
    Put,
    /// PATCH, with a merge patch (RFC 7396).
    MergePatch,
    /// PATCH, with a JSON Patch (RFC 6902).
    JsonPatch,
}

/// A method, a media type and a body.
pub(super) type Patch = (Method, &'static str, Vec<u8>);

/// The request that turns `known`, which the version names, into `outgoing`; `None` if the whole document is sent.
///
/// # Errors
/// `invalid-argument` with the path of a change that a merge patch cannot express, such as setting a member to null.
pub(super) fn patch(
    update: UpdateMethod,
    known: Option<&Snapshot>,
    outgoing: &Document,
    versioning: &Versioning,
) -> Result<Option<Patch>, Error> {
    let Some(Snapshot { document: Document::Json(known), .. }) = known else { return Ok(None) };
    let Document::Json(outgoing) = outgoing else { return Ok(None) };
    // A version inside the document is unchanged, but the patch must contain it, or the server compares nothing.
    let version = versioning.carried_member().and_then(|pointer| Some((pointer, known.root().pointer(pointer)?)));
    match update {
        UpdateMethod::Put => Ok(None),
        UpdateMethod::MergePatch => {
            let without = match version {
                Some((pointer, _)) => json::without(known, [pointer].into_iter()),
                None => known.text().to_owned(),
            };
            let patch = json::merge_patch(&json::Document::parse(without)?, outgoing)?;
            Ok(Some((Method::Patch, "application/merge-patch+json", patch.into_bytes())))
        }
        UpdateMethod::JsonPatch => {
            let mut operations = json::diff(known, outgoing, &json::Options::default())?;
            if let Some((pointer, value)) = version {
                let test = Operation::Test { path: pointer.to_owned(), value: value.source().to_owned() };
                operations.insert(0, test);
            }
            Ok(Some((Method::Patch, "application/json-patch+json", json::patch_text(&operations).into_bytes())))
        }
    }
}
