//! The facts about an origin that a write learns.

use super::{Intent, Write};
use crate::client::{Origin, PreconditionSupport};
use crate::http::{EtagForm, Response};

impl Write {
    /// How the origin treats the precondition of this write, as far as known.
    pub(in crate::client) fn support(&mut self) -> Option<&mut PreconditionSupport> {
        match self.intent {
            Intent::Update => Some(&mut self.options.origin.updates),
            Intent::Remove => Some(&mut self.options.origin.removals),
            Intent::Create => Some(&mut self.options.origin.creations),
            Intent::CreateBelow => None,
        }
    }

    /// Whether the server compares the version of this write, as far as known: a repeat is then safe.
    pub(in crate::client) fn is_compared(&self) -> bool {
        match self.options.origin.updates {
            PreconditionSupport::Enforced => true,
            PreconditionSupport::Unknown => self.is_deliberate(),
            PreconditionSupport::Suspect | PreconditionSupport::Ignored => false,
        }
    }

    /// Learns about the origin from the answer to a write.
    pub(in crate::client) fn learn(&mut self, response: &Response) {
        let is_named = self.version.is_some() || self.intent == Intent::Create;
        let is_write_stored = response.is_success() && matches!(self.intent, Intent::Update | Intent::Create);
        let Some(support) = self.support() else { return };
        if !matches!(support, PreconditionSupport::Unknown | PreconditionSupport::Suspect) {
            return;
        }
        if is_named && matches!(response.status, 412 | 428) {
            *support = PreconditionSupport::Enforced;
        } else if is_write_stored && response.headers.get("etag").is_none() {
            *support = PreconditionSupport::Suspect;
        }
    }

    /// The server has refused a stale write.
    pub(in crate::client) fn learn_refusal(&mut self) {
        if let Some(support) = self.support() {
            *support = PreconditionSupport::Enforced;
        }
    }

    /// The facts about the origin, including those that this write has learnt.
    pub fn origin(&self) -> Origin {
        Origin { form: self.accepted_form(), ..self.options.origin }
    }

    /// The form of its tag that the origin accepted in the end.
    fn accepted_form(&self) -> EtagForm {
        // A version with one form only says nothing about the others.
        let known = self.options.origin.form;
        let has_known_form = |version| self.options.versioning.has_form(version, known);
        let is_new = self.form != EtagForm::Verbatim || self.version.as_ref().is_some_and(has_known_form);
        if self.success.is_some() && is_new { self.form } else { known }
    }

    /// Another write has meanwhile learnt that the server compares nothing.
    pub(in crate::client) fn adopt_facts(&mut self, origin: Origin) {
        if origin.updates == PreconditionSupport::Ignored {
            self.options.origin.updates = PreconditionSupport::Ignored;
        }
    }
}
