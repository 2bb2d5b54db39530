//! Looking before a write, where nobody knows that the server compares versions (HTTP-RULES X1).
//!
//! A server that ignores preconditions answers a stale write as it answers any other, so that nothing can be told afterwards.
//! So where versions look like those that servers of files and frameworks make by themselves, the client reads right before it
//! writes, and what moved is merged instead of overwritten. At the first such meeting it learns which kind of server this is:
//! see `probe`.

use super::write::{Cause, Intent, Phase, Write};
use super::{Moment, Notice, Outcome, Snapshot, Step, Unreadable, Warning, backoff_ms, read_request};
use crate::conflict::RefusalKind;
use crate::error::Error;
use crate::http::{CacheMode, Form, Method, Problem, Protection, Response, Version, parse_date};

/// What is known of how an origin treats a stale version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Checks {
    /// Nothing: it has refused no write so far.
    Unproven,
    /// The same, and it has answered a write without the new version, as servers do that never think of versions.
    Doubted,
    /// It has refused a write for its precondition.
    #[default]
    Proven,
    /// It has accepted a stale one.
    Ignored,
}

/// A second, and what clocks and roads may add.
const SECOND_MS: f64 = 1_100.0;

/// A precondition that no document ever fulfils.
pub const NEVER_MATCHING: (&str, &str) = ("If-Match", "\"mergefetch-probe\"");
/// The same for times.
const NEVER_SINCE: (&str, &str) = ("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT");

impl Write {
    /// What this write has learnt of the origin.
    pub fn checks(&self) -> Checks {
        self.options.checks
    }

    /// The first write, or one after a pause: with a look before it where that is needed.
    pub(super) fn look_or_send(&mut self) -> Result<Step<Outcome>, Error> {
        if !self.must_look() {
            return self.send();
        }
        self.phase = Phase::Looking;
        // Two versions may share one tag, which a validated answer of the browser's cache would hide (HTTP-RULES X5).
        Ok(Step::Send(read_request(&self.url, CacheMode::Reload)))
    }

    fn must_look(&self) -> bool {
        if self.intent == Intent::CreateBelow {
            return false;
        }
        let is_removal = self.intent == Intent::Remove;
        let is_creation = self.intent == Intent::Create;
        let is_promised = self.options.versioning.promises_checks();
        match self.options.checks {
            _ if is_removal && self.options.versioning.promises_updates_only() => true,
            // Two writes within one second look the same to a server that compares times (HTTP-RULES V8). Once that second has
            // passed, a look finds the one and the precondition the other. Without a version there is nothing else than a look.
            Checks::Proven if self.version.is_none() => !is_creation && (!is_promised || self.conflict.is_some()),
            Checks::Proven => !is_creation && self.is_protected_by_date(),
            Checks::Unproven => !is_promised && !self.is_deliberate(),
            Checks::Doubted => !is_promised,
            Checks::Ignored => true,
        }
    }

    /// Whether the version looks like one that is made for writes. Servers of files send a time along with their tags, and
    /// frameworks make weak ones of whatever goes out: both do so without a thought of writes.
    fn is_deliberate(&self) -> bool {
        let is_own = |version: &Version| version.protection() == Protection::Strong && version.modified().is_none();
        self.intent != Intent::Create && self.version.as_ref().is_some_and(is_own)
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

    /// The look was answered. What it does not tell for certain, the write itself will.
    pub(super) fn looked(&mut self, response: &Response, moment: Moment) -> Result<Step<Outcome>, Error> {
        match response.status {
            200 => match self.snapshot(response) {
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
            400..500 if response.status != 429 => self.send(),
            _ => Ok(self.look_again(Problem::of(response, moment.now_ms), moment)),
        }
    }

    /// Nothing was seen: where nobody knows that the server compares versions, a write must not go out on that.
    pub(super) fn look_again(&mut self, problem: Problem, moment: Moment) -> Step<Outcome> {
        self.problem = problem;
        if self.round >= self.options.rounds {
            return self.refuse(RefusalKind::Unknown);
        }
        self.round += 1;
        self.wait_to_write(backoff_ms(&self.options, self.round, moment.random))
    }

    fn compared(&mut self, theirs: Snapshot, response: &Response, moment: Moment) -> Result<Step<Outcome>, Error> {
        self.has_looked = true;
        let stood_on = self.theirs.as_ref().or(self.base.as_ref());
        let is_unmoved =
            self.intent != Intent::Create && stood_on.is_some_and(|known| known.document.equals(&theirs.document));
        if is_unmoved {
            if theirs.version.is_some() {
                self.adopt_version(theirs);
            }
            // Once: what changes with every read tells no second (HTTP-RULES V8).
            if self.is_protected_by_date() && !self.has_aged && self.is_in_its_second(response, moment) {
                self.has_aged = true;
                return Ok(self.wait_to_write(SECOND_MS as u32));
            }
            return self.send();
        }
        self.has_aged = false;
        self.problem = Problem::without_answer("the document had moved on before this write was sent");
        self.problem.status = Some(412);
        self.cause = Cause::Looked;
        let is_unknown = matches!(self.options.checks, Checks::Unproven | Checks::Doubted);
        let is_moved = matches!((&self.version, &theirs.version), (Some(known), Some(now)) if !now.is_same(known));
        match self.intent {
            Intent::Update if is_unknown && is_moved => Ok(self.probe(theirs)),
            _ => self.settle(theirs, moment),
        }
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
        request.headers.set("Content-Type", self.content_type(&theirs.document));
        request.body = Some(theirs.document.bytes().to_vec());
        let is_date = self.is_protected_by_date();
        let (name, value) = if is_date { NEVER_SINCE } else { NEVER_MATCHING };
        request.headers.set(name, value);
        self.probed = Some(theirs);
        self.phase = Phase::Probing;
        Step::Send(request)
    }

    pub(super) fn probe_answered(&mut self, response: &Response, moment: Moment) -> Result<Step<Outcome>, Error> {
        if response.is_success() {
            self.options.checks = Checks::Ignored;
            self.options.versioning = self.options.versioning.clone().ignored();
            self.notices.push(Notice::Warning(Warning::VersionIgnored));
            // Its version is a new one now.
            return Ok(self.reread());
        }
        if matches!(response.status, 409 | 412 | 428) {
            self.options.checks = Checks::Proven;
            self.problem = Problem::of(response, moment.now_ms);
        }
        self.settle_probed(moment)
    }

    pub(super) fn settle_probed(&mut self, moment: Moment) -> Result<Step<Outcome>, Error> {
        match self.probed.take() {
            Some(theirs) => self.settle(theirs, moment),
            None => Ok(self.reread()),
        }
    }

    /// What the answer to a write tells about the origin.
    pub(super) fn learn(&mut self, response: &Response) {
        if !matches!(self.options.checks, Checks::Unproven | Checks::Doubted) {
            return;
        }
        let is_named = self.version.is_some() || self.intent == Intent::Create;
        let is_stored = response.is_success() && matches!(self.intent, Intent::Update | Intent::Create);
        if is_named && matches!(response.status, 412 | 428) {
            self.options.checks = Checks::Proven;
        } else if is_stored && response.headers.get("etag").is_none() {
            self.options.checks = Checks::Doubted;
        }
    }

    /// Whether an update was answered as if nothing had been there. Some servers always answer so; where a look has just seen
    /// the document, it is their habit.
    pub(super) fn is_recreated(&self, response: &Response) -> bool {
        let is_habit = self.has_looked || self.options.versioning.answers_updates_with_201();
        self.intent == Intent::Update && response.status == 201 && !is_habit
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
