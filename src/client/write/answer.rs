//! The meaning of the answer to a write, before any read.

use super::{Cause, Intent, Write};
use crate::client::classify::{Answer, AnswerVerdict, classify_answer, classify_creation_below};
use crate::client::{
    Moment, ObserverEvent, Outcome, PreconditionSupport, ResolvedSilently, SavedKind, Snapshot, Step, UpdateMethod,
    UpdateStatus,
};
use crate::conflict::{REFUSAL_FIELD, RefusalKind, named_rule};
use crate::error::Error;
use crate::http::{EtagForm, Problem, Response, resolve};

impl Write {
    pub(in crate::client) fn answered(&mut self, response: &Response, moment: Moment) -> Result<Step<Outcome>, Error> {
        self.attempts.is_unanswered = false;
        self.count_failure(response.status == 500, moment);
        if !self.is_of_redirect(response) {
            self.learn(response);
        } else if response.status >= 400 {
            // After a redirect this may be the answer to a read, and the write was carried out (HTTP-RULES F7).
            self.refusal.is_in_doubt = true;
        }
        if response.status == 409 && self.may_be_in_progress(&Problem::of(response, moment.now_ms)) {
            self.refusal.is_in_doubt = true;
        }
        // 202 is not saved yet, and 207 has a status for each part (RFC 9110 §15.3.3, RFC 4918 §13): a read must decide.
        if response.is_success() && !matches!(response.status, 202 | 207) {
            return self.accepted(response);
        }
        self.refusal.problem = Problem::of(response, moment.now_ms);
        if self.states_condition() {
            return Ok(self.refuse(RefusalKind::Constraint));
        }
        // The field counts only with an adapter of the page: a server that sent it could steer the client.
        let kind = response.headers.get(REFUSAL_FIELD).filter(|_| self.options.versioning.has_own_adapter());
        if let Some(kind) = kind.and_then(RefusalKind::parse) {
            return Ok(self.refuse(kind));
        }
        if let (400, Some(form)) = (response.status, self.form_after_400()) {
            self.form = form;
            self.events.push(ObserverEvent::ResolvedSilently(ResolvedSilently::Validator));
            return self.send_again(moment);
        }
        match self.verdict_on(response, moment) {
            AnswerVerdict::Read(cause) => match self.brought(response).filter(|_| cause != Cause::Doubt) {
                Some(theirs) => {
                    self.refused_for(cause);
                    self.classify_read(theirs, moment)
                }
                None => Ok(self.doubt(cause, moment)),
            },
            AnswerVerdict::Doubt => {
                self.refusal.is_in_doubt = true;
                Ok(self.doubt(Cause::Doubt, moment))
            }
            AnswerVerdict::Wait => Ok(self.busy(moment)),
            AnswerVerdict::WaitInDoubt => {
                self.refusal.is_in_doubt = true;
                Ok(self.busy(moment))
            }
            AnswerVerdict::Repeat => Ok(self.repeat_with_key(moment)),
            AnswerVerdict::Removed => Ok(Step::Done(Outcome::Saved(SavedKind::Removed, None))),
            AnswerVerdict::Refused(kind) => Ok(self.refuse(kind)),
        }
    }

    fn verdict_on(&self, response: &Response, moment: Moment) -> AnswerVerdict {
        let answer = Answer {
            status: response.status,
            is_of_redirect: self.is_of_redirect(response),
            may_wait: self.asked_wait_ms().is_some(),
            is_tested_by_patch: self.options.update == UpdateMethod::JsonPatch
                && self.options.versioning.carried_member().is_some(),
            has_key: self.options.has_idempotency_key,
        };
        match self.intent {
            Intent::CreateBelow => classify_creation_below(&self.known(moment), &answer),
            _ => classify_answer(&self.known(moment), &answer),
        }
    }

    /// The form of the tag to try after a 400: some servers accept no weak tag in `If-Match` (HTTP-RULES X11), and some send a
    /// tag without the quotes that they want back. Each form is tried once.
    fn form_after_400(&self) -> Option<EtagForm> {
        let next = self.options.versioning.next_form(self.version.as_ref()?, self.form);
        next.filter(|form| matches!(form, EtagForm::Stripped | EtagForm::Quoted))
    }

    /// The newest version, if a refusal contains it and says so (RFC 9110 §8.7, RFC 8144 §3.2).
    fn brought(&self, response: &Response) -> Option<Snapshot> {
        let location = response.headers.get("content-location")?;
        let is_refusal =
            matches!(response.status, 409 | 412) && resolve(&self.url, location).as_deref() == Some(&*self.url);
        let theirs = if is_refusal { self.snapshot(response).ok()? } else { return None };
        theirs.version.is_some().then(|| Snapshot { url: self.url.clone(), ..theirs })
    }

    /// Whether a redirect was followed, so that the status may belong to a read (HTTP-RULES F7).
    pub(in crate::client) fn is_of_redirect(&self, response: &Response) -> bool {
        response.is_redirected || path_of(&response.url) != path_of(&self.url)
    }

    /// Whether a 409 may mean that the first request with this `Idempotency-Key` is still in progress (HTTP-RULES R8).
    pub(in crate::client) fn may_be_in_progress(&self, problem: &Problem) -> bool {
        self.options.has_idempotency_key && matches!(named_rule(problem), None | Some(RefusalKind::Busy))
    }

    pub(in crate::client) fn unanswered(&mut self, why: String, moment: Moment) -> Step<Outcome> {
        self.attempts.is_unanswered = true;
        self.refusal.problem = Problem::without_answer(why);
        let is_blocked = self.may_be_blocked();
        self.count_failure(is_blocked, moment);
        // A POST must not be repeated, and no read shows whether it was carried out (RFC 9110 §9.2.2).
        if self.intent == Intent::CreateBelow { self.repeat_with_key(moment) } else { self.doubt(Cause::Doubt, moment) }
    }

    /// Repeats a creation if its key lets the server recognise it.
    fn repeat_with_key(&mut self, moment: Moment) -> Step<Outcome> {
        if !self.options.may_repeat || !self.options.has_idempotency_key || !self.may_send_again(moment) {
            return self.refuse(RefusalKind::Unknown);
        }
        self.attempts.round += 1;
        self.wait_to_write(self.pause_ms(moment))
    }

    /// Whether a blocked preflight may be the cause: the write goes to another origin, which has answered no write of this kind so
    /// far (HTTP-RULES F14).
    pub(in crate::client) fn may_be_blocked(&mut self) -> bool {
        let is_update = self.intent == Intent::Update;
        let has_answered_updates = self.options.origin.update_status != UpdateStatus::Unknown;
        let support = self.support().copied();
        !self.options.is_same_origin
            && support == Some(PreconditionSupport::Unknown)
            && !(is_update && has_answered_updates)
    }

    fn refused_for(&mut self, cause: Cause) {
        self.refusal.cause = cause;
        if matches!(cause, Cause::Conflict | Cause::PreconditionFailed)
            && let Some(version) = &self.version
        {
            self.refusal.versions.push(version.clone());
        }
    }

    fn doubt(&mut self, cause: Cause, moment: Moment) -> Step<Outcome> {
        self.refused_for(cause);
        if cause == Cause::Doubt {
            self.refusal.is_in_doubt = true;
            // The caller of `fetch` gets the answer itself.
            if !self.options.may_repeat || self.is_fetch() {
                return self.refuse(RefusalKind::Unknown);
            }
        }
        self.read_when_asked(moment)
    }
}

/// A URL without its query.
fn path_of(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}
