//! The documents and versions that `fetch` has handed out.

use super::super::Snapshot;
use super::Memory;
use crate::http::Version;

/// The limit for the documents that `fetch` handed out. Writes of `fetch` are compared with these documents.
const MAX_FETCHED_BYTES: usize = 8 << 20;

/// The number of URLs whose version is remembered without a document.
const MAX_NAMED: usize = 256;

/// The number of documents whose versions are remembered, and the number of older versions for each document.
const MAX_SEEN: usize = 64;
const MAX_OLDER: usize = 8;

/// The versions of a document that this client has read.
#[derive(Debug)]
pub(super) struct SeenVersions {
    url: String,
    now: Version,
    older: Vec<Version>,
}

impl Memory {
    /// Records that a read of `url` returned this document, and counts as current.
    pub(super) fn record_read(&mut self, url: &str, read: Option<&Snapshot>) {
        let Some(now) = read.and_then(|read| read.version.clone()) else { return };
        let at = self.user.seen.iter().position(|seen| seen.url == url);
        let mut seen = at.map(|at| self.user.seen.remove(at)).unwrap_or_else(|| SeenVersions {
            url: url.to_owned(),
            now: now.clone(),
            older: Vec::new(),
        });
        let before = std::mem::replace(&mut seen.now, now);
        seen.older.retain(|old| !old.is_same(&before));
        seen.older.push(before);
        // A version that is a hash may return.
        seen.older.retain(|old| !old.is_same(&seen.now));
        seen.older.drain(..seen.older.len().saturating_sub(MAX_OLDER));
        self.user.seen.push(seen);
        self.user.seen.drain(..self.user.seen.len().saturating_sub(MAX_SEEN));
    }

    /// Whether this client has read `version`, and later another version.
    pub(in crate::client) fn was_seen_before(&self, url: &str, version: &Version) -> bool {
        let seen = self.user.seen.iter().find(|seen| seen.url == url);
        seen.is_some_and(|seen| seen.older.iter().any(|old| old.is_same(version)))
    }

    /// `fetch` handed out `snapshot`: a PUT of its caller may be an edit of it.
    pub fn handed_out(&mut self, snapshot: Snapshot) {
        let is_same = |one: &Snapshot| one.equals(&snapshot) && one.url == snapshot.url;
        self.user.fetched.retain(|one| !is_same(one));
        self.user.fetched.push(snapshot);
        let mut bytes: usize = self.user.fetched.iter().map(|one| one.document.bytes().len()).sum();
        while bytes > MAX_FETCHED_BYTES {
            let oldest = self.user.fetched.remove(0);
            bytes -= oldest.document.bytes().len();
            // A write can still name its version.
            if let Some(version) = oldest.version.filter(|_| self.handed_out_of(&oldest.url).next().is_none()) {
                self.remember_version(&oldest.url, version);
            }
        }
    }

    /// The results and bases of saves of `url`, newest first: their callers have these documents.
    pub(in crate::client) fn known_by_saves<'a>(&'a self, url: &'a str) -> impl Iterator<Item = &'a Snapshot> {
        let saves = self.user.saves.iter().filter(move |save| &*save.base.url == url);
        saves.flat_map(|save| save.result().into_iter().chain([&save.base]))
    }

    /// A version that `fetch` handed out to a call with other credentials, such as a token before its renewal. A version reveals no
    /// content. The page of a renewed token has seen that document. Another user may not have seen it, and may overwrite it: pages with
    /// several users make one client for each (docs/guide/fetch.md).
    pub(in crate::client) fn version_for_others(&self, url: &str) -> Option<&Version> {
        self.others.iter().find_map(|user| {
            let read = user.fetched.iter().rev().filter(|one| &*one.url == url).find_map(|one| one.version.as_ref());
            read.or_else(|| user.named.iter().find(|named| named.0 == url).map(|named| &named.1))
        })
    }

    /// Documents of `url` that `fetch` handed out to calls with other credentials, newest first. Only their versions may be used. After
    /// a write with the present credentials the iterator is empty, as the page continues from the result of that write.
    pub(in crate::client) fn handed_out_to_others<'a>(&'a self, url: &'a str) -> impl Iterator<Item = &'a Snapshot> {
        let has_written = self.user.documents.iter().any(|known| known.url == url);
        let others = self.others.iter().filter(move |_| !has_written);
        others.flat_map(|user| user.fetched.iter().rev()).filter(move |one| &*one.url == url)
    }

    /// Whether a base or a version is known for a write of `url` through `fetch`.
    pub fn tracks(&self, url: &str) -> bool {
        let has_saved = self.user.saves.iter().any(|save| &*save.base.url == url);
        has_saved
            || self.handed_out_of(url).next().is_some()
            || self.version_of(url).or_else(|| self.version_for_others(url)).is_some()
    }

    /// The version of a document whose content is unknown, such as the result of a patch through `fetch`.
    pub(in crate::client) fn version_of(&self, url: &str) -> Option<&Version> {
        self.user.named.iter().find(|named| named.0 == url).map(|named| &named.1)
    }

    /// Remembers the version of a document whose content is unknown, such as the result of a patch through `fetch`.
    pub(in crate::client) fn remember_version(&mut self, url: &str, version: Version) {
        self.user.named.retain(|one| one.0 != url);
        self.user.named.push((url.to_owned(), version));
        self.user.named.drain(..self.user.named.len().saturating_sub(MAX_NAMED));
    }

    /// Documents of `url` that `fetch` handed out, newest first.
    pub fn handed_out_of<'a>(&'a self, url: &'a str) -> impl Iterator<Item = &'a Snapshot> {
        self.user.fetched.iter().rev().filter(move |one| &*one.url == url)
    }

    /// A write replaced the documents of `url` that `fetch` handed out.
    pub(in crate::client) fn forget_handed_out(&mut self, url: &str) {
        self.user.fetched.retain(|one| &*one.url != url);
        self.user.named.retain(|one| one.0 != url);
    }
}
