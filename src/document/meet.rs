//! A draft meets what others have saved.

use std::rc::Rc;

use super::settle::is_within;
use crate::conflict::{Conflict, Document, Engine, MergeOptions, is_respelt_at};
use crate::error::Error;
use crate::gather::Gather;
use crate::http::Format;
use crate::merge::{Change, ChangeState, Pick, json};

/// Base and draft after the edits of others have entered the draft.
#[derive(Debug)]
pub(super) struct Met {
    /// The newest version, without the parts that are open.
    pub(super) base: Document,
    pub(super) draft: Document,
    /// Whether both edited a place: base lacks theirs there, and the draft holds mine.
    pub(super) is_open: bool,
    /// The changes of others that the draft now holds.
    pub(super) entered: Vec<Change>,
}

/// Lets the edits of others enter the draft `mine`. Where both sides changed a place inside `others`, mine stays and the place is open.
/// Elsewhere theirs is the server's version of the person's own edit, and what was typed since replaces it.
///
/// `None` where no merge is certain: the sides then wait for the save, which asks.
///
/// # Errors
/// Those of the merges.
pub(super) fn meet(
    engine: Engine,
    [base, mine, theirs]: [&Document; 3],
    options: &MergeOptions,
    others: &[String],
) -> Result<Option<Met>, Error> {
    let conflict = |sides: [&Document; 3]| engine.conflict(sides.map(|one| Some(one.clone())), options.clone());
    let met = conflict([base, mine, theirs])?;
    if met.is_ambiguous() {
        return Ok(None);
    }
    let open: Vec<bool> = met.changes().iter().map(|change| is_open(&met, change, others)).gather();
    let all = || met.changes().iter().zip(&open);
    let picks: Vec<_> = all().map(|(change, _)| if is_clash(change) { Pick::Mine } else { Pick::Auto }).gather();
    let Ok(Some(draft)) = met.compose(&picks) else { return Ok(None) };
    let is_theirs = |change: &Change| change.state == ChangeState::Theirs;
    let entered = all().map(|(change, _)| change).filter(|change| is_theirs(change)).cloned().gather();
    let count = open.iter().filter(|is_open| **is_open).count();
    if count == 0 {
        return Ok(Some(Met { base: theirs.clone(), draft, is_open: false, entered }));
    }
    let picks: Vec<_> = all().map(|(_, is_open)| if *is_open { Pick::Base } else { Pick::Theirs }).gather();
    let Ok(Some(base)) = met.compose(&picks) else { return Ok(None) };
    // No place may be lost on the way: the parts must conflict with the new base as they did with the old one.
    let is_whole = conflict([&base, &draft, theirs]).is_ok_and(|again| again.unresolved() == count);
    Ok(is_whole.then_some(Met { base, draft, is_open: true, entered }))
}

fn is_clash(change: &Change) -> bool {
    change.state == ChangeState::Conflict
}

fn is_open(met: &Conflict, change: &Change, others: &[String]) -> bool {
    let is_of_others = || others.iter().any(|path| is_within(path, &change.path) || is_within(&change.path, path));
    let is_respelt = || is_respelt_at(change, met.format(), change.base.as_deref(), change.theirs.as_deref());
    is_clash(change) && is_of_others() && !is_respelt()
}

/// The edits from `from` to `to`, made in `onto`, whose value gives way at an edited place. `None` where that is not certain.
pub(super) fn transferred(engine: Engine, sides: [&Document; 3], options: &MergeOptions) -> Option<Document> {
    let met = engine.conflict(sides.map(|one| Some(one.clone())), options.clone()).ok()?;
    if met.is_ambiguous() { None } else { met.merged().ok()? }
}

/// The documents as trees; a text is a string of JSON. `None` for bytes.
pub(super) fn trees(documents: [&Document; 3]) -> Option<[Rc<json::Document>; 3]> {
    let tree = |document: &Document| match document {
        Document::Json(tree) => Some(tree.clone()),
        Document::Text(text) => json::Document::parse(json::quote(text)).ok().map(Rc::new),
        Document::Bytes(_) => None,
    };
    let [one, two, three] = documents.map(tree);
    Some([one?, two?, three?])
}

/// A text of [`trees`] as a document of this format.
pub(super) fn document(format: Format, text: &str) -> Option<Document> {
    match format {
        Format::Json => Document::parse(format, text.as_bytes()).ok(),
        _ => json::Document::parse(text).ok()?.root().as_str().map(|text| Document::Text(text.into())),
    }
}
