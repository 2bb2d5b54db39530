//! Looking before a write, where nobody knows that the server compares versions (HTTP-RULES X1).
//!
//! A server that ignores preconditions answers a stale write as it answers any other, so that nothing can be told afterwards.
//! So where versions look like those that servers of files and frameworks make by themselves, the client reads right before it
//! writes, and what moved is merged instead of overwritten. At the first such meeting it learns which kind of server this is:
//! see `probe`.

use super::classify::{classify_probe, classify_restored, is_restored};
use super::write::{Cause, Intent, Phase, Write};
use super::{
    Moment, Notice, Outcome, PreconditionSupport, SavedKind, Snapshot, Source, Step, Unreadable, Warning, read_request,
};
use crate::conflict::RefusalKind;
use crate::error::Error;
use crate::http::{CacheMode, Form, Method, Problem, Protection, Response, Version, parse_date};

/// A second, and what clocks and roads may add.
const SECOND_MS: f64 = 1_100.0;

/// A precondition that no document ever fulfils.
const NEVER_MATCHING: (&str, &str) = ("If-Match", "\"mergefetch-probe\"");
/// The same for times.
const NEVER_SINCE: (&str, &str) = ("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT");

impl Write {
    /// The first write, or one after a pause, with a pre-write check if needed.
    pub(super) fn look_or_send(&mut self) -> Result<Step<Outcome>, Error> {
        if self.must_look() { Ok(self.look()) } else { self.send() }
    }

    /// The pre-write check.
    pub(super) fn look(&mut self) -> Step<Outcome> {
        self.phase = Phase::Looking;
        if self.intent != Intent::Create {
            // Two versions may share one tag, which a validated answer of the browser's cache would hide (HTTP-RULES X5).
            return Step::Send(self.read_of(CacheMode::Reload));
        }
        // No cache may keep the 404 of a document that is about to be created (RFC 9111 §5.2.1.5, RFC 9110 §15.5.5).
        let mut request = self.read_of(CacheMode::NoStore);
        if self.options.is_same_origin {
            request.headers.set("Cache-Control", "no-store");
        }
        Step::Send(request)
    }

    /// How the origin treats the precondition of this write, as far as known.
    pub(super) fn support(&mut self) -> Option<&mut PreconditionSupport> {
        match self.intent {
            Intent::Update => Some(&mut self.options.origin.updates),
            Intent::Remove => Some(&mut self.options.origin.removals),
            Intent::Create => Some(&mut self.options.origin.creations),
            Intent::CreateBelow => None,
        }
    }

    fn must_look(&mut self) -> bool {
        let versioning = &self.options.versioning;
        let is_promised = versioning.promises_checks();
        let is_removal_named = versioning.names_removals();
        let is_removal_promised = is_promised && !versioning.promises_updates_only();
        let stands_on_something = self.base.is_some() || self.theirs.is_some();
        let is_dated = self.is_protected_by_date();
        let is_deliberate = self.is_deliberate();
        let Some(support) = self.support().copied() else { return false };
        match self.intent {
            Intent::Create => support != PreconditionSupport::Enforced,
            // There is nothing to compare a read with, or the caller's own condition does it.
            _ if !stands_on_something || self.states_condition() => false,
            // Without a version only a read before the write protects.
            _ if self.version.is_none() => true,
            // The version may belong to the report, not to the document (HTTP-RULES W7).
            _ if self.base.as_ref().is_some_and(|base| base.source == Source::Reported) => true,
            Intent::Remove if !is_removal_named => true,
            // Two writes within one second look the same to a server that compares times (HTTP-RULES V8). Once that second has
            // passed, a read finds the first write, and the precondition finds the second.
            _ if support == PreconditionSupport::Enforced => is_dated,
            _ if support == PreconditionSupport::Ignored => true,
            Intent::Remove => !is_removal_promised,
            _ => !is_promised && (support == PreconditionSupport::Suspect || !is_deliberate),
        }
    }

    /// Whether the version looks like one that is made for writes. Servers of files send a time along with their tags, and
    /// frameworks make weak ones of whatever goes out: both do so without a thought of writes.
    fn is_deliberate(&self) -> bool {
        let is_own = |version: &Version| version.protection() == Protection::Strong && version.modified().is_none();
        self.intent != Intent::Create && self.version.as_ref().is_some_and(is_own)
    }

    /// Whether the server compares the version of this write, as far as known: a repeat is then safe.
    pub(super) fn is_compared(&self) -> bool {
        match self.options.origin.updates {
            PreconditionSupport::Enforced => true,
            PreconditionSupport::Unknown => self.is_deliberate(),
            PreconditionSupport::Suspect | PreconditionSupport::Ignored => false,
        }
    }

    /// Whether somebody else could still write in the second that the version names, and nobody would see it (RFC 9110 §8.8.2.2). The
    /// server's own clock says so, where it can be read.
    fn is_in_its_second(&self, response: &Response, moment: Moment) -> bool {
        let told = response.headers.get("date").and_then(parse_date);
        let now_ms = told.map_or(moment.now_ms, |seconds| seconds as f64 * 1000.0);
        self.version.as_ref().is_some_and(|version| version.is_modified_within(SECOND_MS, now_ms))
    }

    pub(super) fn is_protected_by_date(&self) -> bool {
        let has_version = self.version.is_some();
        has_version
            && (self.form == Form::Date
                || self.version.as_ref().is_some_and(|version| version.protection() == Protection::Date))
    }

    /// Handles the answer to the pre-write check.
    pub(super) fn looked(&mut self, response: &Response, moment: Moment) -> Result<Step<Outcome>, Error> {
        match response.status {
            200 => match self.snapshot(response) {
                Ok(theirs) if self.is_copy => self.found_base(theirs, moment),
                Ok(theirs) => self.compared(theirs, response, moment),
                // Pages that route by themselves are served for every path, also where nothing is yet.
                Err(Unreadable::Document(_)) if self.intent == Intent::Create => self.send(),
                Err(_) => Ok(self.look_again(Problem::without_answer("the newest version cannot be read"), moment)),
            },
            404 | 410 if self.intent != Intent::Create => {
                self.moved_on(response, moment);
                self.settle_gone(moment)
            }
            // Nothing is there, or nothing that may be read, by this user or at all.
            400..500 if !matches!(response.status, 408 | 425 | 429) && !self.is_copy => self.send(),
            _ => Ok(self.look_again(Problem::of(response, moment.now_ms), moment)),
        }
    }

    /// The newest document is the base of a copied snapshot if it has the version of the copy, or its value.
    fn found_base(&mut self, theirs: Snapshot, moment: Moment) -> Result<Step<Outcome>, Error> {
        self.is_copy = false;
        // The page knew neither the format of a text nor numbers beyond those of JavaScript.
        let known = theirs.document.clone();
        let copied = self.copied.take().map(|copied| copied.clone().read_as(&known).unwrap_or(copied));
        let is_copied = || copied.as_ref().is_some_and(|copied| copied.equals(&known));
        let is_base = match (&theirs.version, &self.version) {
            // Two edits within one second have the same date.
            (Some(now), Some(version)) if now.protection() == Protection::Date => now.is_same(version) && is_copied(),
            (Some(now), Some(version)) => now.is_same(version),
            _ => is_copied(),
        };
        let edited = copied.as_ref().filter(|_| !is_base).unwrap_or(&known);
        self.mine = self.mine.take().map(|mine| mine.read_as(edited)).transpose()?;
        self.own.clone_from(&self.mine);
        self.outgoing.clone_from(&self.mine);
        if !is_base {
            let url = theirs.url.clone();
            self.base =
                copied.map(|document| Snapshot { document, url, version: self.version.clone(), ..theirs.clone() });
            self.moved("the document has another version than the copied snapshot");
            return self.settle(theirs, moment);
        }
        if let Some(mine) = &self.mine {
            self.outgoing = Some(self.in_layout_of(&theirs.document, mine).unwrap_or_else(|| mine.clone()));
        }
        self.base = Some(theirs);
        self.has_looked = true;
        self.follow()?;
        self.begin()
    }

    /// Nothing was seen: where nobody knows that the server compares versions, a write must not go out on that.
    pub(super) fn look_again(&mut self, problem: Problem, moment: Moment) -> Step<Outcome> {
        if problem.status == Some(500) {
            self.note_failure(true, moment);
        }
        self.problem = problem;
        if !self.may_send_again(moment) {
            return self.refuse(RefusalKind::Unknown);
        }
        self.round += 1;
        let ms = self.pause_ms(moment);
        if self.is_copy { self.wait_to_look(ms) } else { self.wait_to_write(ms) }
    }

    fn compared(&mut self, theirs: Snapshot, response: &Response, moment: Moment) -> Result<Step<Outcome>, Error> {
        self.has_looked = true;
        let is_unmoved = self.intent != Intent::Create && self.is_unmoved(&theirs);
        if is_unmoved && is_restored(&self.known(moment), &self.compare(&theirs)) {
            self.moved("an edit that may have been saved was reverted");
            let verdict = classify_restored(&self.known(moment));
            return self.carry_out(verdict, Some(theirs), moment);
        }
        if is_unmoved {
            return self.unmoved(theirs, response, moment);
        }
        self.has_aged = false;
        self.moved("the document had changed before this write was sent");
        let is_unknown =
            matches!(self.options.origin.updates, PreconditionSupport::Unknown | PreconditionSupport::Suspect);
        let is_moved = matches!((&self.version, &theirs.version), (Some(known), Some(now)) if !now.is_same(known));
        match self.intent {
            Intent::Update if is_unknown && is_moved && self.options.versioning.can_be_probed() => {
                Ok(self.probe(theirs))
            }
            _ => self.settle(theirs, moment),
        }
    }

    /// The next step if the pre-write check found the document unchanged.
    pub(super) fn unmoved(
        &mut self,
        theirs: Snapshot,
        response: &Response,
        moment: Moment,
    ) -> Result<Step<Outcome>, Error> {
        let is_equal = self.outgoing.as_ref().is_some_and(|outgoing| theirs.document.equals(outgoing));
        // If reads disagree, it is unknown which is the newest: a conditional write shows it, or a second read has to agree.
        if is_equal && self.has_read_lag && !self.is_compared() && !self.has_reloaded {
            return Ok(self.reread_later(moment));
        }
        if is_equal && self.raw.is_none() && !(self.has_read_lag && self.is_compared()) {
            return Ok(Step::Done(self.unchanged(theirs)));
        }
        if theirs.version.is_some() {
            self.adopt_version(theirs);
        }
        // Once: what changes with every read tells no second (HTTP-RULES V8).
        if self.is_protected_by_date() && !self.has_aged && self.is_in_its_second(response, moment) {
            self.has_aged = true;
            return Ok(self.wait_to_write(SECOND_MS as u32));
        }
        self.send()
    }

    /// The outcome if nothing is left to send. An acknowledged save from the same base stays, even if `mine` has the value of base in
    /// that place. The server then holds another document than the caller passed.
    fn unchanged(&mut self, theirs: Snapshot) -> Outcome {
        let is_mine = self.mine.as_ref().is_none_or(|mine| self.is_same_value(mine, &theirs.document));
        match self.conflict.take().filter(|_| !is_mine && !self.is_resumed) {
            Some(conflict) => Outcome::Merged(theirs, Box::new(conflict)),
            None => Outcome::Saved(SavedKind::Unchanged, Some(theirs)),
        }
    }

    /// The pre-write check found another version than the base of the write.
    fn moved(&mut self, detail: &str) {
        self.problem = Problem::without_answer(detail);
        self.problem.status = Some(412);
        self.cause = Cause::Looked;
    }

    fn moved_on(&mut self, response: &Response, moment: Moment) {
        self.problem = Problem::of(response, moment.now_ms);
        self.cause = Cause::Looked;
    }

    /// Writes what the server holds already, and names a version that none ever had: a server that compares versions refuses it
    /// in its own words, and on any other it changes nothing. The version that this client knows must not be named: where a
    /// replica that lags behind answered the look, it is the newest one, and an old document would take its place.
    fn probe(&mut self, theirs: Snapshot) -> Step<Outcome> {
        let mut request = read_request(&self.url, CacheMode::Default);
        request.method = Method::Put;
        request.headers.set("Content-Type", &*self.content_type(&theirs.document));
        request.body = Some(theirs.document.bytes().to_vec());
        let is_date = self.is_protected_by_date();
        let (name, value) = if is_date { NEVER_SINCE } else { NEVER_MATCHING };
        request.headers.set(self.options.versioning.precondition_field().unwrap_or(name), value);
        self.probed = Some(theirs);
        self.phase = Phase::Probing;
        Step::Send(request)
    }

    pub(super) fn probe_answered(&mut self, response: &Response, moment: Moment) -> Result<Step<Outcome>, Error> {
        match classify_probe(response.status) {
            Some(PreconditionSupport::Ignored) => {
                self.options.origin.updates = PreconditionSupport::Ignored;
                self.options.versioning = self.options.versioning.clone().ignored();
                self.notices.push(Notice::Warning(Warning::VersionIgnored));
                self.is_warned = true;
                // Its version is a new one now.
                return Ok(self.reread());
            }
            Some(support) => {
                self.options.origin.updates = support;
                self.problem = Problem::of(response, moment.now_ms);
            }
            None => {}
        }
        self.settle_probed(moment)
    }

    pub(super) fn settle_probed(&mut self, moment: Moment) -> Result<Step<Outcome>, Error> {
        match self.probed.take() {
            Some(theirs) => self.settle(theirs, moment),
            None => Ok(self.reread()),
        }
    }

    /// Learns about the origin from the answer to a write.
    pub(super) fn learn(&mut self, response: &Response) {
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

    /// The server has refused a stale write, whoever sent it.
    pub(super) fn learn_refusal(&mut self) {
        if let Some(support) = self.support() {
            *support = PreconditionSupport::Enforced;
        }
    }

    /// Stands on another version of the value that the write stands on already.
    pub(super) fn adopt_version(&mut self, theirs: Snapshot) {
        if let Some(outgoing) = &self.outgoing
            && self.options.versioning.carried_member().is_some()
            && let Some(laid_out) = self.in_layout_of(&theirs.document, outgoing)
        {
            self.outgoing = Some(laid_out);
        }
        self.version = theirs.version.clone();
        if let Some(version) = &self.version {
            self.form = self.options.versioning.first_form(version, self.form);
        }
        if self.conflict.is_some() || self.options.versioning.carried_member().is_some() {
            self.theirs = Some(theirs);
        }
    }
}
