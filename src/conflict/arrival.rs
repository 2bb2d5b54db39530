//! Whether theirs contains an edit that was sent without an answer.

use text_diff::{Interner, compare};

use super::{Conflict, Document, Merge, merge};
use crate::error::Error;
use crate::gather::Gather;
use crate::merge::{Change, ChangeState, Known};

/// How much of an unanswered edit theirs contains.
#[derive(Debug, Default)]
pub(super) struct Arrival {
    /// Theirs contains the whole edit.
    pub is_whole: bool,
    /// The places where the edit and theirs clash, but theirs contains the edit with later changes of others.
    places: Known,
}

impl Arrival {
    /// Whether theirs contains the edit at this place, and mine equals the edit there.
    pub(super) fn covers(&self, change: &Change) -> bool {
        let is_open = change.clash.is_some() || (self.is_whole && change.state == ChangeState::Mine);
        is_open && (self.is_whole || self.places.has(change))
    }
}

impl Conflict {
    /// How much of `sent` theirs contains. With `is_all` the decided mine equals `sent`.
    ///
    /// # Errors
    /// Errors of the merges.
    pub(super) fn arrival(&self, sent: &Document, theirs: Option<&Document>, is_all: bool) -> Result<Arrival, Error> {
        let documents = [self.base.as_ref(), Some(sent), theirs];
        let (merge, changes) = merge(documents, &self.options, false)?;
        let held = held(&merge, documents, &changes);
        // If both inserted a text at one place, and others changed text beside it, it may count as two insertions.
        let is_text = matches!(*merge, Merge::Text(_));
        let is_own = |change: &Change| change.clash.is_none() && change.state == ChangeState::Mine;
        let is_place = |change: &Change| change.clash.is_some() || (is_text && is_own(change));
        let is_missing = |change: &Change| is_place(change) || is_own(change) || super::is_sum(change);
        let is_whole = changes.iter().zip(&held).all(|(change, held)| *held || !is_missing(change));
        let has_trace = changes.iter().any(|change| change.state == ChangeState::Same);
        let places: Vec<Change> =
            changes.into_iter().zip(held).filter(|(change, held)| *held && is_place(change)).map(|one| one.0).gather();
        let is_whole = is_all && is_whole && (has_trace || !places.is_empty());
        Ok(Arrival { is_whole, places: Known::new(places) })
    }
}

/// For each change, whether theirs contains the edit at its place. Texts and arrays are compared as a whole, as a region excludes
/// insertions of both sides beside it.
pub(super) fn held(merge: &Merge, documents: [Option<&Document>; 3], changes: &[Change]) -> Vec<bool> {
    match merge {
        Merge::Text(_) => {
            let is_held = is_held(&lines(documents.map(|document| document.and_then(Document::text))));
            vec![is_held; changes.len()]
        }
        Merge::Json(merge) => {
            let in_text = |change: &Change| {
                let text = merge.text_at(&change.path).filter(|_| change.clash.is_some());
                text.is_some_and(|(_, texts)| is_held(&lines(texts.map(Some))))
            };
            let mut held: Vec<bool> = changes.iter().map(in_text).gather();
            for (places, units) in super::trees(documents).map(|trees| merge.clashing_arrays(trees)).unwrap_or_default()
            {
                let is_held = is_held(&units);
                for place in places {
                    if let Some(held) = held.get_mut(place) {
                        *held = is_held;
                    }
                }
            }
            held
        }
        Merge::Whole => vec![false; changes.len()],
    }
}

/// The lines of three texts as numbers; equal lines have equal numbers.
fn lines(texts: [Option<&str>; 3]) -> [Vec<u32>; 3] {
    let mut numbers = Interner::new();
    texts.map(|text| {
        numbers.restart();
        text.unwrap_or_default().split('\n').map(|line| numbers.intern(line)).gather()
    })
}

/// Whether theirs has every new unit of the edit, at its place among the units that both kept, and no unit that the edit removed. An edit
/// that only removes leaves no trace, as others may have replaced the same units.
fn is_held([base, sent, theirs]: &[Vec<u32>; 3]) -> bool {
    let [of_sent, of_theirs] = [sent, theirs].map(|edit| origins(base, edit));
    let [kept_sent, kept_theirs] = [&of_sent, &of_theirs].map(|origins| {
        let mut kept = vec![false; base.len()];
        for origin in origins.iter().flatten() {
            if let Some(kept) = kept.get_mut(*origin as usize) {
                *kept = true;
            }
        }
        kept
    });
    let is_back = kept_sent.iter().zip(&kept_theirs).any(|(sent, theirs)| !sent && *theirs);
    let is_gone = |origin: &Option<u32>| origin.is_some_and(|origin| kept_theirs.get(origin as usize) == Some(&false));
    let mut rest = theirs.iter().zip(&of_theirs);
    of_sent.contains(&None)
        && !is_back
        && sent.iter().zip(&of_sent).all(|unit| is_gone(unit.1) || rest.any(|other| other == unit))
}

/// For each unit of `edit`, its position in `base`.
fn origins(base: &[u32], edit: &[u32]) -> Vec<Option<u32>> {
    let mut origins = Vec::with_capacity(edit.len());
    let mut next = 0;
    for hunk in compare(base, edit).hunks {
        origins.extend((next..hunk.before.start).map(Some));
        origins.extend((hunk.after.start..hunk.after.end).map(|_| None));
        next = hunk.before.end;
    }
    origins.extend((next..base.len() as u32).map(Some));
    origins
}
