//! Whether a read holds an edit.

use super::Engine;
use crate::conflict::{Document, MergeOptions, has_arrived, is_respelt_at};
use crate::http::Format;
use crate::merge::{Change, ChangeState};

/// The trace of an edit in a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trace {
    /// The read holds the edit, perhaps in the server's spelling.
    Held,
    /// Somewhere the read has a third value, neither the edited nor the previous one.
    Replaced,
    /// Somewhere the read has the previous value.
    Missing,
}

/// The trace in `read` of the edit that led from `base`, or from nothing, to `sent`.
pub(super) fn trace_of(engine: Option<Engine>, base: Option<&Document>, sent: &Document, read: &Document) -> Trace {
    if read.equals(sent) || base.is_some_and(|base| base.equals(sent)) {
        return Trace::Held;
    }
    if base.is_some_and(|base| base.equals(read)) {
        return Trace::Missing;
    }
    // Without the engine, somebody may have edited the document, or a replica lags: the read is repeated.
    engine.map_or(Trace::Replaced, |engine| (engine.machines().trace)(engine, base, sent, read))
}

/// [`trace_of`], if no two of the documents are equal.
pub(super) fn trace_by_merge(engine: Engine, base: Option<&Document>, sent: &Document, read: &Document) -> Trace {
    if has_arrived(base, sent, read) {
        return Trace::Held;
    }
    // Servers add members to a created document, so only the sent members are the edit.
    let nothing = || Document::parse(Format::Json, b"{}").ok().filter(|_| sent.format() == Format::Json);
    let base = base.cloned().or_else(nothing);
    let (sent, read) = (Some(sent.clone()), Some(read.clone()));
    let Ok(conflict) = engine.conflict([base, sent, read], MergeOptions::default()) else { return Trace::Replaced };
    let format = conflict.format();
    let is_replaced = |change: &Change| {
        change.state == ChangeState::Conflict
            && !is_respelt_at(change, format, change.mine.as_deref(), change.theirs.as_deref())
    };
    let is_missing = |change: &Change| change.state == ChangeState::Mine;
    let is_spelt = |change: &Change| is_respelt_at(change, format, change.base.as_deref(), change.mine.as_deref());
    let is_held =
        |change: &Change| change.state == ChangeState::Same || (change.clash.is_some() && !is_replaced(change));
    match conflict.changes() {
        // The server may undo an edit that only respells the previous value. An older document does not hold the rest of the edit.
        changes if changes.iter().any(is_missing) => {
            let is_newer = changes.iter().any(is_held) && changes.iter().all(|one| !is_missing(one) || is_spelt(one));
            if is_newer { Trace::Replaced } else { Trace::Missing }
        }
        changes if changes.iter().any(is_replaced) => Trace::Replaced,
        _ => Trace::Held,
    }
}
