//! The request of a write: method, body and precondition, or a warning that it has none.

use super::{Intent, Phase, Write, refused};
use crate::client::classify::unprotected;
use crate::client::{Outcome, Step, Warning, patch, read_request};
use crate::conflict::{Document, RefusalKind};
use crate::error::Error;
use crate::gather::Gather;
use crate::http::{CacheMode, Method, Problem, Request, RequestSource};

impl Write {
    /// The next write, with its precondition.
    pub(in crate::client) fn send(&mut self) -> Result<Step<Outcome>, Error> {
        if let Some(warning) = self.lacks_protection() {
            if self.options.refuse_unprotected {
                let problem = Problem::without_answer(warning.words().1);
                return Ok(refused(RefusalKind::Unprotected, problem));
            }
            let is_known = std::mem::replace(&mut self.events.is_unprotected_named, true);
            if !is_known {
                self.events.warn(warning);
            }
        }
        self.phase = Phase::Writing;
        self.attempts.has_written = true;
        self.request().map(Step::Send)
    }

    /// The request of the next write.
    pub(in crate::client) fn request(&mut self) -> Result<Request, Error> {
        let mut request = read_request(&self.url, CacheMode::Default);
        request.method = match (self.fetch_request(), self.intent) {
            (Some(request), _) => request.method,
            (None, Intent::Update | Intent::Create) => Method::Put,
            (None, Intent::CreateBelow) => Method::Post,
            (None, Intent::Remove) => Method::Delete,
        };
        if self.is_fetch() {
            request.source = RequestSource::Caller;
        } else if let Some(document) = &self.outgoing {
            let known = self.replaced().filter(|_| self.intent == Intent::Update);
            let patch = patch::patch(self.options.update, known, document, &self.options)?;
            self.attempts.is_patch = patch.is_some();
            let (method, content_type, body) = match patch {
                Some((method, content_type, body)) => (method, content_type.into(), body),
                None => (request.method, self.content_type(document), self.body(document)),
            };
            request.headers.set("Content-Type", &*content_type);
            request.method = method;
            request.body = Some(body);
        }
        match (self.intent, &self.version) {
            _ if self.states_condition() => {}
            (Intent::Update | Intent::Remove, Some(version)) => {
                self.options.versioning.protect(&mut request, version, self.form);
            }
            (Intent::Create, _) => request.headers.set("If-None-Match", "*"),
            // The target of a POST is the collection, whose version says nothing here (RFC 9110 §9.3.3).
            (Intent::Update | Intent::Remove, None) | (Intent::CreateBelow, _) => {}
        }
        Ok(request)
    }

    /// The octets of `document`, without the members that only the server sets. A recreated document carries no version, as servers
    /// refuse the old one.
    pub(in crate::client) fn body(&self, document: &Document) -> Vec<u8> {
        let (read_only, versioning) = (&self.options.read_only, &self.options.versioning);
        let carried = versioning.carried_member();
        let is_again = self.intent == Intent::Create && self.resolution.conflict.is_some();
        let kept_back = read_only.iter().map(String::as_str).filter(|pointer| Some(*pointer) != carried);
        let is_cut = is_again || !read_only.is_empty();
        debug_assert!(self.options.engine.is_some() || !is_cut, "a write with such members loads the engine before");
        match (document, self.options.engine) {
            (Document::Json(tree), Some(engine)) if is_cut => {
                engine.without(tree, &kept_back.chain(carried.filter(|_| is_again)).gather()).into_bytes()
            }
            _ => document.bytes().to_vec(),
        }
    }

    fn lacks_protection(&self) -> Option<Warning> {
        let names_version = self.version.is_some();
        if self.states_condition() { None } else { unprotected(self.intent, names_version, &self.options.origin) }
    }
}
