//! The document that the server holds after a successful write.

use std::borrow::Cow;

use super::{Intent, Phase, Write};
use crate::client::{ObserverEvent, Outcome, SavedKind, Snapshot, Source, Step, UpdateStatus, Warning};
use crate::conflict::Document;
use crate::error::Error;
use crate::http::{Format, Problem, Protection, Response, Version, resolve};
use crate::merge::json::{Rule, Value};

/// Whether an update recreated a document that somebody had removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client) enum Recreation {
    /// The document was there.
    No,
    /// The answer was 201, and it is unknown whether this origin answers every update with 201.
    Perhaps,
    /// The document had been removed.
    Certain,
}

/// A success that the server has reported, and the documents and versions that prove it.
#[derive(Debug)]
pub(in crate::client) struct Success {
    /// Whether the update recreated a removed document.
    pub(super) recreation: Recreation,
    /// The version in the answer to the write.
    pub(super) version: Option<Version>,
    /// The new document, if the answer contains it.
    pub(super) answered: Option<Document>,
    /// The document in the answer, if only a read can show whether it is the new document or a report.
    pub(super) reported: Option<Document>,
    /// The last read that did not hold the edit.
    pub(super) last_read: Option<Snapshot>,
    /// How many reads did not hold the edit.
    pub(super) reads: u32,
}

/// The number of reads after a success that may lack the edit. After them the sent document is returned without a version.
pub(super) const MAX_CONFIRMATIONS: u32 = 3;

impl Success {
    fn new(recreation: Recreation) -> Self {
        Self { recreation, version: None, answered: None, reported: None, last_read: None, reads: 0 }
    }
}

impl Write {
    pub(in crate::client) fn accepted(&mut self, response: &Response) -> Result<Step<Outcome>, Error> {
        if self.intent == Intent::Remove {
            self.success = Some(Success::new(Recreation::No));
            // A file server that ignores the method answers with the document itself.
            if !self.is_fetch() && self.is_base(response) {
                return Ok(self.confirm());
            }
            return Ok(Step::Done(Outcome::Saved(SavedKind::Removed, None)));
        }
        let recreation = self.learn_recreation(response);
        self.read_success(Success::new(recreation), response)
    }

    /// The snapshot after a success: from its answer if that is sufficient, else from a read.
    fn read_success(&mut self, success: Success, response: &Response) -> Result<Step<Outcome>, Error> {
        self.success = Some(Success { answered: None, reported: None, ..success });
        if self.intent == Intent::CreateBelow {
            let Some(location) = self.location_of(response) else {
                let answer = Document::of_answer(response);
                return Ok(Step::Done(answer.map_or(Outcome::Saved(SavedKind::Created, None), Outcome::Created)));
            };
            self.url = location.into();
        }
        let named = self.options.versioning.version_after(response);
        let is_old = |named: &Version| self.version.as_ref().is_some_and(|old| old.is_same(named));
        let is_unwritten = named.as_ref().is_some_and(is_old);
        if let Some(success) = &mut self.success {
            if is_unwritten {
                // The answer itself says that nothing was written: one read confirms that.
                success.reads = MAX_CONFIRMATIONS;
            }
            success.version = named.filter(|_| !is_unwritten);
        }
        if let Some(snapshot) = self.answered_snapshot(response) {
            return self.succeeded(Some(snapshot));
        }
        if self.is_fetch() {
            // The caller of `fetch` waits only for the answer; the next write reads first.
            let version = self.answered_version().cloned();
            let reported = self.sent_snapshot().filter(|_| version.is_some());
            return self.succeeded(reported.map(|sent| Snapshot { version, source: Source::Reported, ..sent }));
        }
        let is_whole = matches!(response.status, 200 | 201) && !self.attempts.is_patch;
        let reported = self.echoed(response).filter(|_| is_whole).map(|found| found.document);
        if let Some(success) = &mut self.success {
            success.reported = reported;
        }
        Ok(self.confirm())
    }

    /// The version in the answer to the successful write.
    pub(in crate::client) fn answered_version(&self) -> Option<&Version> {
        self.success.as_ref()?.version.as_ref()
    }

    /// Whether the answer to the write named the version of `result`, or contained its document.
    pub(in crate::client) fn is_answered_with(&self, result: &Snapshot) -> bool {
        let reported = self.success.as_ref().and_then(|success| success.reported.as_ref());
        self.is_answered_version(result) || reported.is_some_and(|reported| reported.equals(&result.document))
    }

    /// Whether the answer to the write named the version of `found`.
    pub(super) fn is_answered_version(&self, found: &Snapshot) -> bool {
        let named = self.answered_version().zip(found.version.as_ref());
        named.is_some_and(|(named, now)| named.is_same(now))
    }

    fn recreation(&self) -> Recreation {
        self.success.as_ref().map_or(Recreation::No, |success| success.recreation)
    }

    /// The URL of the created document: `Location`, or `Content-Location` if the answer contains the document (RFC 9110 §8.7).
    fn location_of(&self, response: &Response) -> Option<String> {
        // An empty reference names the collection, which no server means.
        let given = |name| response.headers.get(name).filter(|location| !location.is_empty());
        let named = |name| given(name).and_then(|location| resolve(&self.url, location));
        // An answer without the new document is a receipt, and `Content-Location` names the receipt.
        let is_document =
            || response.status == 201 && self.echoed(response).is_some_and(|found| self.holds_sent(&found));
        named("location").or_else(|| named("content-location").filter(|at| *at != *self.url && is_document()))
    }

    /// Whether the answer contains every sent member.
    fn holds_sent(&self, answer: &Snapshot) -> bool {
        let holds = |sent: &Document| match self.options.engine {
            Some(engine) => engine.contains(&answer.document, sent),
            None => has_members(&answer.document, sent),
        };
        self.outgoing.as_ref().is_some_and(holds)
    }

    /// Whether a removal was answered with the document itself.
    fn is_base(&self, response: &Response) -> bool {
        let Some(base) = &self.base else { return false };
        self.snapshot(response).is_ok_and(|found| found.document.equals(&base.document))
    }

    fn learn_recreation(&mut self, response: &Response) -> Recreation {
        let recreation = self.recreation_in(response);
        let is_plain = matches!(response.status, 200 | 204 | 205) && self.shows_recreations();
        if is_plain && self.options.origin.update_status == UpdateStatus::Unknown && self.base.is_some() {
            self.options.origin.update_status = UpdateStatus::Updated;
        }
        recreation
    }

    /// Whether the status of an answer distinguishes a recreation from an update.
    fn shows_recreations(&self) -> bool {
        self.intent == Intent::Update && !self.attempts.is_patch && !self.options.versioning.answers_updates_with_201()
    }

    /// RFC 9110 §9.3.4: 201 answers a PUT that creates, 200 or 204 a PUT that replaces. Community Solid Server answers 205.
    pub(in crate::client) fn recreation_in(&self, response: &Response) -> Recreation {
        match self.options.origin.update_status {
            _ if response.status != 201 || !self.shows_recreations() => Recreation::No,
            UpdateStatus::Updated => Recreation::Certain,
            // The pre-write check found the document, so 201 is the usual answer of this server.
            UpdateStatus::Unknown if self.check.has_found => Recreation::No,
            UpdateStatus::Unknown => Recreation::Perhaps,
            UpdateStatus::Created => Recreation::No,
        }
    }

    /// The server has the edit; `snapshot` is `None` if no read returned it.
    pub(in crate::client) fn succeeded(&mut self, snapshot: Option<Snapshot>) -> Result<Step<Outcome>, Error> {
        if self.recreation() == Recreation::No {
            return Ok(Step::Done(self.success_with(snapshot)));
        }
        (self.options.engine()?.machines().recreation)(self, snapshot)
    }

    /// The update may have recreated a removed document.
    pub(in crate::client) fn succeeded_anew(&mut self, snapshot: Option<Snapshot>) -> Result<Step<Outcome>, Error> {
        match self.recreation() {
            Recreation::No => {}
            Recreation::Perhaps | Recreation::Certain if self.is_fetch() => {
                if self.recreation() == Recreation::Certain {
                    self.events.push(ObserverEvent::Warning(Warning::Recreated));
                }
            }
            Recreation::Certain => return self.recreated(snapshot),
            Recreation::Perhaps => {
                // The repeated update must not overwrite a document that somebody else has created since.
                let sent = snapshot.as_ref().filter(|snapshot| self.is_sent(snapshot));
                let version = sent.and_then(|snapshot| snapshot.version.clone());
                if let Some(version) = version.filter(|_| self.is_compared()) {
                    // The document exists now, so the answer to the same update shows whether 201 is a habit.
                    self.form = self.options.versioning.first_form(&version, self.form);
                    self.version = Some(version);
                    self.resolution.stored = None;
                    self.phase = Phase::Repeating(snapshot.map(Box::new));
                    return self.request().map(Step::Send);
                }
                self.events.push(ObserverEvent::Warning(Warning::Recreated));
            }
        }
        Ok(Step::Done(self.success_with(snapshot)))
    }

    /// Handles the answer to the repeated update. The server held `stored` before it.
    pub(super) fn repeated(
        &mut self,
        stored: Option<Box<Snapshot>>,
        response: &Response,
    ) -> Result<Step<Outcome>, Error> {
        if !matches!(response.status, 200 | 201 | 204 | 205) {
            // Somebody else wrote in between, or the answer says nothing about creations. The first update was carried out.
            self.events.warn(Warning::Recreated);
            // The version may have changed unless the repeat was refused.
            let stored = stored.filter(|_| matches!(response.status, 409 | 412)).map(|stored| *stored);
            return Ok(Step::Done(self.success_with(stored)));
        }
        let is_habit = response.status == 201;
        let recreation = if is_habit { Recreation::No } else { Recreation::Certain };
        self.options.origin.update_status = if is_habit { UpdateStatus::Created } else { UpdateStatus::Updated };
        let success = self.success.take();
        let success = success.map_or_else(|| Success::new(recreation), |success| Success { recreation, ..success });
        self.read_success(success, response)
    }

    /// The outcome of an update that recreated a removed document: nobody has decided on this, but the server has stored the document.
    fn recreated(&mut self, snapshot: Option<Snapshot>) -> Result<Step<Outcome>, Error> {
        self.refusal.problem = Problem::without_answer("the document had been removed, and this update recreated it");
        self.refusal.problem.status = Some(201);
        if let Some(theirs) = snapshot.clone().filter(|snapshot| !self.is_sent(snapshot)) {
            // Somebody has edited the result since.
            return self.hand_out(Some(theirs));
        }
        let (conflict, _) = self.conflict_with(None)?;
        let conflict = self.shown(conflict, None)?;
        self.resolution.stored = snapshot.or_else(|| self.sent_snapshot());
        Ok(Step::Done(self.handed_out(conflict, None)))
    }

    /// Whether `snapshot` has the value that was sent.
    fn is_sent(&self, snapshot: &Snapshot) -> bool {
        self.outgoing.as_ref().is_some_and(|sent| self.is_same_value(sent, &snapshot.document))
    }

    /// Whether a JSON answer has one of the sent members, apart from the version. A report may have a version, too.
    fn shows_members(&self, response: &Response) -> bool {
        let Some(Document::Json(sent)) = &self.outgoing else { return true };
        let Ok(Snapshot { document: Document::Json(found), .. }) = self.snapshot(response) else { return false };
        let is_version = |name: &str| self.options.versioning.is_within_version(name);
        let mut named = sent.root().members().into_iter().filter(|(name, _)| !is_version(name)).peekable();
        named.peek().is_none() || named.any(|(name, _)| found.root().member(&name).is_some())
    }

    /// The document that the server holds now, if the answer to the write proves it.
    fn answered_snapshot(&mut self, response: &Response) -> Option<Snapshot> {
        let is_protocol = self.options.versioning.is_representation(response) && self.shows_members(response);
        let is_said = is_protocol.then_some(true).or_else(|| self.says_representation(response));
        let version = self.options.versioning.version_of(response);
        // A success with the old version is no success (HTTP-RULES X2).
        let is_old = |now: &Version| self.version.as_ref().is_some_and(|old| old.is_same(now));
        if !is_protocol && version.as_ref().is_some_and(is_old) {
            return None;
        }
        let is_put = self.intent != Intent::CreateBelow && !self.attempts.is_patch;
        // A weak tag may be the tag of the answer itself.
        let is_strong = version.as_ref().is_some_and(|version| version.protection() == Protection::Strong);
        if response.body.as_ref().ok().is_none_or(|body| body.is_empty()) {
            // The tag promises that the stored bytes are the sent bytes (RFC 9110 §9.3.4), unless fields describe a body.
            let is_bodiless = matches!(response.status, 204 | 205) || is_said.is_none();
            let sent = self.sent_snapshot().filter(|_| is_put && is_strong && is_bodiless);
            return sent.filter(|_| !self.has_managed_members()).map(|sent| Snapshot { version, ..sent });
        }
        let found = self.echoed(response).filter(|_| is_said != Some(false))?;
        let is_whole = matches!(response.status, 200 | 201) && !self.attempts.is_patch;
        if is_said.is_none() && !(is_whole && self.holds_sent(&found)) {
            return None;
        }
        if let Some(success) = &mut self.success {
            success.answered = Some(found.document.clone());
        }
        let is_proven = is_protocol || (version.is_some() && (is_said.is_some() || (is_put && is_strong)));
        is_proven.then_some(found)
    }

    /// Whether fields of the answer say that its body is, or is not, the new representation (RFC 9110 §8.7, RFC 7240 §4.2).
    fn says_representation(&self, response: &Response) -> Option<bool> {
        let located = response
            .headers
            .get("content-location")
            .map(|location| resolve(&self.url, location).as_deref() == Some(&*self.url));
        let preferred = response.headers.get("preference-applied").and_then(applied_return);
        // A body of another media type is another representation or a report.
        let answered = response.headers.get("content-type").map(|found| Format::of_content_type(Some(found)));
        let read = self.base.as_ref().and_then(|base| base.content_type.as_deref());
        let known = read.map_or_else(|| self.format(), |read| Some(Format::of_content_type(Some(read))));
        let is_other = answered.is_some() && known.is_some() && answered != known;
        match (located, preferred) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), _) | (_, Some(true)) => (!is_other).then_some(true).or(Some(false)),
            (None, None) => None,
        }
    }

    /// Whether the server manages members of the document: the stored document then differs from the sent one (HTTP-RULES W5).
    fn has_managed_members(&self) -> bool {
        self.options.merge.json.rules.iter().any(|(_, rule)| *rule == Rule::Ignore)
    }

    fn echoed(&self, response: &Response) -> Option<Snapshot> {
        let mut snapshot = self.snapshot(response).ok()?;
        snapshot.url = self.url.clone();
        Some(snapshot)
    }

    /// The media type set by the caller, else the type of the read document, else the type of the format.
    pub(in crate::client) fn content_type<'a>(&'a self, document: &Document) -> Cow<'a, str> {
        let read = self.base.as_ref().or(self.theirs.as_ref());
        let known = self.options.content_type.as_deref();
        // Some servers send JSON as text, but do not accept it under that type (CouchDB).
        let is_fit = |found: &&str| Format::of_content_type(Some(found)) == document.format();
        let own = document.format().content_type();
        let content_type = known.or_else(|| read?.content_type.as_deref().filter(is_fit)).unwrap_or(own);
        // A text is sent as UTF-8: under another charset the server would read other characters.
        if document.format() == Format::Bytes { Cow::Borrowed(content_type) } else { Format::as_utf8(content_type) }
    }

    /// The sent document, or the one in the answer. It has no version, as no read returned one.
    pub(in crate::client) fn sent_snapshot(&self) -> Option<Snapshot> {
        let answered = self.success.as_ref().and_then(|success| success.answered.as_ref());
        let source = if answered.is_some() { Source::Network } else { Source::Sent };
        let document = answered.or(self.outgoing.as_ref())?.clone();
        Some(Snapshot {
            url: self.url.clone(),
            version: None,
            content_type: Some(self.content_type(&document).into()),
            document,
            source,
            author: None,
            named: None,
        })
    }

    pub(super) fn success_with(&mut self, snapshot: Option<Snapshot>) -> Outcome {
        let is_creation =
            matches!(self.intent, Intent::Create | Intent::CreateBelow) && self.resolution.conflict.is_none();
        let snapshot = snapshot.or_else(|| self.sent_snapshot());
        match (self.resolution.conflict.take(), snapshot) {
            (Some(conflict), Some(snapshot)) if self.resolution.is_merge => {
                Outcome::Merged(snapshot, Box::new(conflict))
            }
            (_, snapshot) => Outcome::Saved(if is_creation { SavedKind::Created } else { SavedKind::Saved }, snapshot),
        }
    }
}

/// Whether `found` is `sent`, or has each of its members and others beside them. Every report contains all members of an empty document, so
/// its answer proves nothing.
fn has_members(found: &Document, sent: &Document) -> bool {
    let (Document::Json(within), Document::Json(tree)) = (found, sent) else { return sent.equals(found) };
    let (sent, found) = (tree.root(), within.root());
    let members = sent.members();
    let is_there = |(name, value): &(String, Value<'_>)| found.member(name).is_some_and(|other| other.equals(*value));
    match members.is_empty() {
        true => !sent.elements().is_empty() && sent.equals(found),
        false => members.iter().all(is_there),
    }
}

/// Whether the JSON text `now` is a larger whole number than `before`, or a later time in the same notation.
pub(in crate::client) fn is_later(before: &str, now: &str) -> bool {
    let is_whole = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if is_whole(before) && is_whole(now) {
        return (now.len(), now) > (before.len(), before);
    }
    let is_alike = |(one, other): (u8, u8)| one == other || (one.is_ascii_digit() && other.is_ascii_digit());
    let is_time = before.len() == now.len() && before.bytes().filter(u8::is_ascii_digit).count() >= 8;
    is_time && before.bytes().zip(now.bytes()).all(is_alike) && now > before
}

/// Whether `Preference-Applied` says that the answer contains the representation; `None` if the field says nothing about this.
fn applied_return(field: &str) -> Option<bool> {
    field.split(',').find_map(|preference| {
        let (name, value) = preference.split(';').next()?.split_once('=')?;
        let value = value.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("return").then(|| value.eq_ignore_ascii_case("representation"))
    })
}
