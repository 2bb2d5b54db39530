//! The order of the versions of a document that this client has written.

use super::super::{Engine, Snapshot, Trace, trace_of};
use super::{MAX_SUPERSEDED, bytes_of};
use crate::conflict::Document;
use crate::http::Version;

/// The versions of one document that this client has written or replaced.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) url: String,
    /// The result of the last write; `None`: removed.
    pub(super) newest: Option<Snapshot>,
    /// The document before that write; `None` if a later read has shown that the edit is gone.
    pub(super) base: Option<Document>,
    pub(super) superseded: Vec<Version>,
    /// The last read that counted as current, so that the same version is not compared again.
    pub(super) compared: Option<Snapshot>,
    /// Whether the write created the document, so that it has no base.
    pub(super) is_made: bool,
    /// Whether others have replaced values of the edit.
    pub(super) is_overwritten: bool,
}

impl Known {
    pub(super) fn is_doubtful(&self, engine: Option<Engine>, read: Option<&Snapshot>) -> bool {
        let Some(read) = read else { return self.newest.is_some() };
        let is_known = |one: &Option<Snapshot>| one.as_ref().is_some_and(|one| one.equals(read));
        let is_replaced = |now: &Version| self.superseded.iter().any(|old| old.is_same(now));
        !is_known(&self.compared)
            && (read.version.as_ref().is_some_and(is_replaced)
                || (!is_known(&self.newest) && self.lacks(engine, &read.document)))
    }

    /// `read` counts as the newest document from now on, and all versions before it as older.
    pub(super) fn accept(&mut self, read: Option<&Snapshot>) {
        for old in [self.newest.as_ref(), self.compared.as_ref()].into_iter().flatten() {
            let is_other = read.is_none_or(|read| !read.document.equals(&old.document));
            self.superseded.extend(old.version.clone().filter(|_| is_other));
        }
        let now = read.and_then(|read| read.version.as_ref());
        self.superseded.retain(|old| !now.is_some_and(|now| now.is_same(old)));
        self.superseded.drain(..self.superseded.len().saturating_sub(MAX_SUPERSEDED));
        self.compared = read.cloned();
    }

    /// Whether `read` lacks the last edit.
    pub(super) fn lacks(&self, engine: Option<Engine>, read: &Document) -> bool {
        match self.trace_in(engine, read) {
            Trace::Held => false,
            Trace::Replaced => !self.is_overwritten,
            Trace::Missing => true,
        }
    }

    /// Several reads agree: the server certainly holds `read`.
    pub(super) fn believe(&mut self, engine: Option<Engine>, read: Option<&Snapshot>) {
        self.accept(read);
        let trace = read.map(|read| self.trace_in(engine, &read.document));
        if trace == Some(Trace::Replaced) {
            // Somebody has edited the result since, so the document before the write still counts as old. Without the engine, a document
            // that lacks the whole edit looks the same: the next document is doubted, too.
            self.is_overwritten |= engine.is_some();
        } else {
            if trace != Some(Trace::Held) {
                self.base = None;
            }
            self.newest = read.cloned();
        }
    }

    /// Neither this version nor the document before the write counts as old any more.
    pub(super) fn forget(&mut self, version: Option<&Version>) {
        self.superseded.retain(|old| version.is_none_or(|now| !old.is_same(now)));
        self.base = None;
    }

    /// The trace of the last write in `read`.
    pub(super) fn trace_in(&self, engine: Option<Engine>, read: &Document) -> Trace {
        match (&self.base, &self.newest) {
            (Some(base), Some(newest)) => trace_of(engine, Some(base), &newest.document, read),
            // The write created the document: a read without the edit may come from before a removal.
            (None, Some(newest)) if self.is_made => trace_of(engine, None, &newest.document, read),
            (None, Some(_)) => Trace::Held,
            (_, None) => Trace::Missing,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let newest = self.newest.as_ref().map(|newest| &newest.document);
        let compared = self.compared.as_ref().map(|compared| &compared.document);
        bytes_of([newest, compared, self.base.as_ref()].into_iter())
    }
}
