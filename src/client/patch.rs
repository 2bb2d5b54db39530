//! The body of an update: the whole document, or a patch.

use super::{Snapshot, WriteOptions};
use crate::conflict::{Document, PatchFormat};
use crate::error::Error;
use crate::http::Method;

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
    options: &WriteOptions,
) -> Result<Option<Patch>, Error> {
    let format = match update {
        UpdateMethod::Put => return Ok(None),
        UpdateMethod::MergePatch => PatchFormat::MergePatch,
        UpdateMethod::JsonPatch => PatchFormat::JsonPatch,
    };
    let Some(known) = known else { return Ok(None) };
    let engine = options.engine()?;
    let patch = engine.patch(format, &known.document, outgoing, options.versioning.carried_member())?;
    let content_type = match format {
        PatchFormat::MergePatch => "application/merge-patch+json",
        PatchFormat::JsonPatch => "application/json-patch+json",
    };
    Ok(patch.map(|patch| (Method::Patch, content_type, patch.into_bytes())))
}
