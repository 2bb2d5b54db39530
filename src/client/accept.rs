//! What a successful write says of what the server holds now.

use super::write::{Intent, Phase, Write};
use super::{Notice, Outcome, SavedKind, Snapshot, Source, Step, Warning, read_request};
use crate::conflict::{Document, RefusalKind};
use crate::http::{CacheMode, Format, Problem, Protection, Response, resolve};
use crate::merge::json::Rule;

impl Write {
    pub(super) fn accepted(&mut self, response: &Response) -> Step<Outcome> {
        if self.intent == Intent::Remove {
            return Step::Done(Outcome::Saved(SavedKind::Removed, None));
        }
        if self.is_recreated(response) {
            self.notices.push(Notice::Warning(Warning::Recreated));
        }
        let location = response.headers.get("location").map(|location| resolve(&self.url, location));
        if self.intent == Intent::CreateBelow {
            let Some(location) = location else {
                return Step::Done(Outcome::Saved(SavedKind::Created, None));
            };
            self.url = location.into();
        }
        match self.told(response) {
            Some(snapshot) => Step::Done(self.success(Some(snapshot))),
            None => {
                self.phase = Phase::Confirming;
                // A validated answer of the browser's cache could be the old version, where both share one tag (HTTP-RULES X5).
                Step::Send(read_request(&self.url, CacheMode::Reload))
            }
        }
    }

    /// What the server holds now, where the answer to the write says so for certain.
    fn told(&self, response: &Response) -> Option<Snapshot> {
        if self.options.versioning.is_representation(response) {
            return self.echoed(response);
        }
        let version = self.options.versioning.version_of(response)?;
        // A body is the new representation only where the answer says so (RFC 9110 §8.7, RFC 7240 §4.2).
        let is_located = |location| resolve(&self.url, location) == *self.url;
        if response.headers.get("content-location").is_some_and(is_located)
            || response.headers.get("preference-applied") == Some("return=representation")
        {
            return self.echoed(response);
        }
        // A strong tag in the answer to a PUT promises that the bytes sent are the bytes stored (RFC 9110 §9.3.4). A success
        // that names the old version is none (HTTP-RULES X2), so that a read must tell.
        let is_new = self.version.as_ref().is_none_or(|old| !old.is_same(&version));
        let is_promise = self.intent != Intent::CreateBelow
            && !self.is_patch
            && !self.has_managed_members()
            && version.protection() == Protection::Strong;
        let document = self.outgoing.clone().filter(|_| is_new && is_promise)?;
        Some(Snapshot {
            url: self.url.clone(),
            version: Some(version),
            content_type: Some(self.content_type(&document).into()),
            document,
            source: Source::Network,
        })
    }

    /// Whether the server has members of its own in the document, so that what is stored is not what was sent (HTTP-RULES W5).
    fn has_managed_members(&self) -> bool {
        self.options.merge.json.rules.iter().any(|(_, rule)| *rule == Rule::Ignore)
    }

    fn echoed(&self, response: &Response) -> Option<Snapshot> {
        let mut snapshot = self.snapshot(response).ok()?;
        snapshot.url = self.url.clone();
        Some(snapshot)
    }

    /// The caller's, else that of what was read, else that of the format.
    pub(super) fn content_type<'a>(&'a self, document: &Document) -> &'a str {
        let read = self.base.as_ref().or(self.theirs.as_ref());
        let known = self.options.content_type.as_deref();
        // Some servers send JSON as text, and yet do not take it back as such (CouchDB).
        let is_fit = |found: &&str| Format::of_content_type(Some(found)) == document.format();
        let own = document.format().content_type();
        known.or_else(|| read?.content_type.as_deref().filter(is_fit)).unwrap_or(own)
    }

    pub(super) fn confirmed(&mut self, response: &Response) -> Step<Outcome> {
        let read = (response.status == 200).then(|| self.snapshot(response).ok()).flatten();
        if let (Some(theirs), Some(base), Some(sent)) = (&read, &self.base, &self.outgoing) {
            let is_old_version = matches!((&theirs.version, &self.version), (Some(now), Some(old)) if now.is_same(old));
            if is_old_version && theirs.document.equals(&base.document) && !theirs.document.equals(sent) {
                // It said yes and wrote nothing (HTTP-RULES X2).
                self.problem = Problem::without_answer("the server accepted the write but still holds the old version");
                return self.refuse(RefusalKind::Unknown);
            }
        }
        Step::Done(self.success(read))
    }

    pub(super) fn success(&mut self, snapshot: Option<Snapshot>) -> Outcome {
        let is_creation = matches!(self.intent, Intent::Create | Intent::CreateBelow) && self.conflict.is_none();
        match (self.conflict.take(), snapshot) {
            (Some(conflict), Some(snapshot)) if self.is_merge => Outcome::Merged(snapshot, Box::new(conflict)),
            (_, snapshot) => Outcome::Saved(if is_creation { SavedKind::Created } else { SavedKind::Saved }, snapshot),
        }
    }
}
