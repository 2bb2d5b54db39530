//! The document that the server holds after a successful write.

use std::borrow::Cow;

use super::write::{Intent, Phase, Write};
use super::{
    Moment, Notice, Outcome, SavedKind, Snapshot, Source, Step, Trace, UpdateStatus, Warning, backoff_ms, trace_of,
};
use crate::conflict::{Document, MergeOptions, RefusalKind, is_respelt};
use crate::error::Error;
use crate::http::{CacheMode, Format, Problem, Protection, Response, Version, resolve};
use crate::merge::json::{Rule, Value};
use crate::merge::{Change, ChangeState};

/// Whether an update recreated a document that somebody had removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recreation {
    /// The document was there.
    No,
    /// The answer was 201, and it is unknown whether this origin answers every update with 201.
    Perhaps,
    /// The document had been removed.
    Certain,
}

/// The number of reads after a success that may lack the edit. After them the sent document is returned without a version.
const MAX_CONFIRMATIONS: u32 = 3;

impl Write {
    pub(super) fn accepted(&mut self, response: &Response) -> Result<Step<Outcome>, Error> {
        self.has_succeeded = true;
        if self.intent == Intent::Remove {
            // A file server that ignores the method answers with the document itself.
            if self.raw.is_none() && self.is_base(response) {
                return Ok(self.confirm());
            }
            return Ok(Step::Done(Outcome::Saved(SavedKind::Removed, None)));
        }
        self.recreation = self.recreation_of(response);
        self.learn_whereabouts(response)
    }

    /// The snapshot after a success: from its answer if that is sufficient, else from a read.
    fn learn_whereabouts(&mut self, response: &Response) -> Result<Step<Outcome>, Error> {
        (self.answered, self.reported) = (None, None);
        if self.intent == Intent::CreateBelow {
            let Some(location) = self.location_of(response) else {
                let answer = Document::of_answer(response);
                return Ok(Step::Done(answer.map_or(Outcome::Saved(SavedKind::Created, None), Outcome::Created)));
            };
            self.url = location.into();
        }
        let told = self.options.versioning.version_after(response);
        let is_old = |told: &Version| self.version.as_ref().is_some_and(|old| old.is_same(told));
        if told.as_ref().is_some_and(is_old) {
            // The answer itself says that nothing was written: one read confirms that.
            self.confirmations = MAX_CONFIRMATIONS;
        }
        self.answered_version = told.filter(|told| !is_old(told));
        match self.told(response) {
            Some(snapshot) => self.succeeded(Some(snapshot)),
            // The caller of `fetch` waits only for the answer; the next write reads first.
            None if self.raw.is_some() => {
                let reported = self.sent_snapshot().filter(|_| self.answered_version.is_some());
                let version = self.answered_version.clone();
                self.succeeded(reported.map(|sent| Snapshot { version, source: Source::Reported, ..sent }))
            }
            None => {
                let is_whole = matches!(response.status, 200 | 201) && !self.is_patch;
                self.reported = self.echoed(response).filter(|_| is_whole).map(|found| found.document);
                Ok(self.confirm())
            }
        }
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

    fn recreation_of(&mut self, response: &Response) -> Recreation {
        let recreation = self.recreation_in(response);
        let is_plain = matches!(response.status, 200 | 204 | 205) && self.tells_recreations();
        if is_plain && self.options.origin.update_status == UpdateStatus::Unknown && self.base.is_some() {
            self.options.origin.update_status = UpdateStatus::Updated;
        }
        recreation
    }

    /// Whether the status of an answer can tell a recreation from an update.
    fn tells_recreations(&self) -> bool {
        self.intent == Intent::Update && !self.is_patch && !self.options.versioning.answers_updates_with_201()
    }

    /// RFC 9110 §9.3.4: 201 answers a PUT that creates, 200 or 204 a PUT that replaces. Community Solid Server answers 205.
    pub(super) fn recreation_in(&self, response: &Response) -> Recreation {
        match self.options.origin.update_status {
            _ if response.status != 201 || !self.tells_recreations() => Recreation::No,
            UpdateStatus::Updated => Recreation::Certain,
            // The pre-write check found the document, so 201 is the usual answer of this server.
            UpdateStatus::Unknown if self.has_looked => Recreation::No,
            UpdateStatus::Unknown => Recreation::Perhaps,
            UpdateStatus::Created => Recreation::No,
        }
    }

    /// The server has the edit; `snapshot` is `None` if no read returned it.
    pub(super) fn succeeded(&mut self, snapshot: Option<Snapshot>) -> Result<Step<Outcome>, Error> {
        if self.recreation == Recreation::No {
            return Ok(Step::Done(self.success(snapshot)));
        }
        (self.options.engine()?.machines().recreation)(self, snapshot)
    }

    /// The update may have recreated a removed document.
    pub(super) fn succeeded_anew(&mut self, snapshot: Option<Snapshot>) -> Result<Step<Outcome>, Error> {
        match self.recreation {
            Recreation::No => {}
            Recreation::Perhaps | Recreation::Certain if self.raw.is_some() => {
                if self.recreation == Recreation::Certain {
                    self.notices.push(Notice::Warning(Warning::Recreated));
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
                    self.stored = snapshot;
                    self.phase = Phase::Repeating;
                    return self.request().map(Step::Send);
                }
                self.notices.push(Notice::Warning(Warning::Recreated));
            }
        }
        Ok(Step::Done(self.success(snapshot)))
    }

    /// Handles the answer to the repeated update.
    pub(super) fn repeated(&mut self, response: &Response) -> Result<Step<Outcome>, Error> {
        if !matches!(response.status, 200 | 201 | 204 | 205) {
            // Somebody else wrote in between, or the answer says nothing about creations. The first update was carried out.
            self.notices.push(Notice::Warning(Warning::Recreated));
            self.recreation = Recreation::No;
            let stored = self.stored.take();
            // The version may have changed unless the repeat was refused.
            return self.succeeded(stored.filter(|_| matches!(response.status, 409 | 412)));
        }
        let is_habit = response.status == 201;
        self.recreation = if is_habit { Recreation::No } else { Recreation::Certain };
        self.options.origin.update_status = if is_habit { UpdateStatus::Created } else { UpdateStatus::Updated };
        self.stored = None;
        self.learn_whereabouts(response)
    }

    /// The outcome of an update that recreated a removed document: nobody has decided on this, but the server has stored the document.
    fn recreated(&mut self, snapshot: Option<Snapshot>) -> Result<Step<Outcome>, Error> {
        self.problem = Problem::without_answer("the document had been removed, and this update recreated it");
        self.problem.status = Some(201);
        if let Some(theirs) = snapshot.clone().filter(|snapshot| !self.is_sent(snapshot)) {
            // Somebody has edited the result since.
            return self.hand_out(Some(theirs));
        }
        let (conflict, _) = self.met(None)?;
        let conflict = self.shown(conflict, None)?;
        self.stored = snapshot.or_else(|| self.sent_snapshot());
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
    fn told(&mut self, response: &Response) -> Option<Snapshot> {
        let is_protocol = self.options.versioning.is_representation(response) && self.shows_members(response);
        let is_said = is_protocol.then_some(true).or_else(|| self.says_representation(response));
        let version = self.options.versioning.version_of(response);
        // A success with the old version is no success (HTTP-RULES X2).
        let is_old = |now: &Version| self.version.as_ref().is_some_and(|old| old.is_same(now));
        if !is_protocol && version.as_ref().is_some_and(is_old) {
            return None;
        }
        let is_put = self.intent != Intent::CreateBelow && !self.is_patch;
        // A weak tag may be the tag of the answer itself.
        let is_strong = version.as_ref().is_some_and(|version| version.protection() == Protection::Strong);
        if response.body.as_ref().ok().is_none_or(|body| body.is_empty()) {
            // The tag promises that the stored bytes are the sent bytes (RFC 9110 §9.3.4), unless fields describe a body.
            let is_bodiless = matches!(response.status, 204 | 205) || is_said.is_none();
            let sent = self.sent_snapshot().filter(|_| is_put && is_strong && is_bodiless);
            return sent.filter(|_| !self.has_managed_members()).map(|sent| Snapshot { version, ..sent });
        }
        let found = self.echoed(response).filter(|_| is_said != Some(false))?;
        let is_whole = matches!(response.status, 200 | 201) && !self.is_patch;
        if is_said.is_none() && !(is_whole && self.holds_sent(&found)) {
            return None;
        }
        self.answered = Some(found.document.clone());
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
        let told = response.headers.get("content-type").map(|told| Format::of_content_type(Some(told)));
        let read = self.base.as_ref().and_then(|base| base.content_type.as_deref());
        let known = read.map_or_else(|| self.format(), |read| Some(Format::of_content_type(Some(read))));
        let is_other = told.is_some() && known.is_some() && told != known;
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

    /// The media type that the caller set, else that of the read document, else that of the format.
    pub(super) fn content_type<'a>(&'a self, document: &Document) -> Cow<'a, str> {
        let read = self.base.as_ref().or(self.theirs.as_ref());
        let known = self.options.content_type.as_deref();
        // Some servers send JSON as text, but do not accept it under that type (CouchDB).
        let is_fit = |found: &&str| Format::of_content_type(Some(found)) == document.format();
        let own = document.format().content_type();
        let told = known.or_else(|| read?.content_type.as_deref().filter(is_fit)).unwrap_or(own);
        // A text is sent as UTF-8: under another charset the server would read other characters.
        if document.format() == Format::Bytes { Cow::Borrowed(told) } else { Format::as_utf8(told) }
    }

    /// Reads the document after a success whose answer did not contain it.
    pub(super) fn confirm(&mut self) -> Step<Outcome> {
        self.phase = Phase::Confirming;
        // If both versions share one tag, the browser's cache would validate the old one (HTTP-RULES X5).
        Step::Send(self.read_of(CacheMode::Reload))
    }

    pub(super) fn confirmed(&mut self, response: &Response, moment: Moment) -> Result<Step<Outcome>, Error> {
        let is_gone = matches!(response.status, 404 | 410);
        if self.intent == Intent::Remove {
            return self.confirmed_removal(response, is_gone);
        }
        let Some(theirs) = (response.status == 200).then(|| self.snapshot(response).ok()).flatten() else {
            // Gone after a success: a replica lags, or somebody removed the document.
            return if is_gone { self.confirm_again(moment) } else { self.succeeded(None) };
        };
        let is_believed = match self.trace_in(&theirs) {
            // An older state has the old values, too. If two reads agree, people have restored them.
            Trace::Held => !self.is_old_value(&theirs) || self.agrees_with_last(&theirs),
            // The server may have respelled the edit: two reads that agree count.
            Trace::Replaced => self.answered_version.is_none() && self.agrees_with_last(&theirs),
            Trace::Missing if self.answered_version.is_some() => false,
            // The server may have undone the whole edit, under a new version: two reads that agree count. Under the old version the last
            // read decides, as a lagging replica returns that version, too.
            Trace::Missing => {
                (self.agrees_with_last(&theirs) && self.is_new_version(&theirs))
                    || (self.confirmations >= self.max_confirmations() && self.is_only_spelt(&theirs))
            }
        };
        if is_believed {
            return self.succeeded(Some(theirs));
        }
        self.last_confirmed = Some(theirs.clone());
        if self.is_unmoved(&theirs) && self.answered_version.is_none() && self.confirmations >= self.max_confirmations()
        {
            // The server reported a success and wrote nothing (HTTP-RULES X2).
            self.problem = Problem::without_answer("the server accepted the write but still holds the old version");
            return Ok(self.refuse(RefusalKind::Unknown));
        }
        self.confirm_again(moment)
    }

    /// Whether the sent document only respelt `theirs`, the document before the write. A server that normalises documents then stores
    /// `theirs` again, and a tag that is a hash stays the same.
    fn is_only_spelt(&self, theirs: &Snapshot) -> bool {
        self.is_unmoved(theirs) && self.outgoing.as_ref().is_some_and(|sent| is_respelt(sent, &theirs.document))
    }

    fn agrees_with_last(&self, theirs: &Snapshot) -> bool {
        self.last_confirmed.as_ref().is_some_and(|last| last.equals(theirs))
    }

    /// Whether `theirs` may be an older state that also holds the edit: the write restored values of base, or `theirs` lacks changes that
    /// others made after base.
    fn is_old_value(&self, theirs: &Snapshot) -> bool {
        let (Some(base), Some(sent), Some(known)) = (&self.base, &self.outgoing, &self.theirs) else { return false };
        let is_told = |told: &Version| theirs.version.as_ref().is_some_and(|now| now.is_same(told));
        let is_exact =
            self.answered_version.as_ref().is_some_and(is_told) || self.is_same_value(sent, &theirs.document);
        let is_put_back = trace_of(self.options.engine, Some(&known.document), sent, &base.document) == Trace::Held;
        let lacks_others =
            || trace_of(self.options.engine, Some(&base.document), &known.document, &theirs.document) == Trace::Missing;
        !is_exact && !known.document.equals(sent) && (is_put_back || lacks_others())
    }

    fn confirmed_removal(&mut self, response: &Response, is_gone: bool) -> Result<Step<Outcome>, Error> {
        let theirs = (response.status == 200).then(|| self.snapshot(response).ok()).flatten();
        let is_still_there = |theirs: &Snapshot| {
            let base = self.base.as_ref();
            base.is_some_and(|base| base.document.equals(&theirs.document))
        };
        match theirs {
            Some(theirs) if is_still_there(&theirs) => {
                self.problem = Problem::without_answer("the server accepted the removal but still holds the document");
                Ok(self.refuse(RefusalKind::Unknown))
            }
            Some(theirs) if !is_gone => self.hand_out(Some(theirs)),
            _ => Ok(Step::Done(Outcome::Saved(SavedKind::Removed, None))),
        }
    }

    /// Whether this write has neither named the version nor seen it refused.
    fn is_new_version(&self, theirs: &Snapshot) -> bool {
        let Some(now) = &theirs.version else { return false };
        let base = self.base.as_ref().and_then(|base| base.version.as_ref());
        (self.is_unmoved(theirs) || self.has_newer_stamp(theirs))
            && !self.version.iter().chain(&self.refused).chain(base).any(|known| known.is_same(now))
    }

    /// Whether the server undid the edit and only raised times or counts: such a state is not an older one.
    fn has_newer_stamp(&self, theirs: &Snapshot) -> bool {
        let (Some(known), Some(sent)) = (self.stood_on(), &self.outgoing) else { return false };
        let [base, mine, now] = [&known.document, sent, &theirs.document].map(|document| Some(document.clone()));
        let engine = self.options.engine();
        debug_assert!(engine.is_ok(), "a step that compares documents loads the engine before");
        let met = engine.and_then(|engine| engine.conflict([base, mine, now], MergeOptions::default()));
        let Ok(met) = met else { return false };
        let has_grown = |change: &Change| match (&change.base, &change.theirs) {
            (Some(before), Some(now)) => is_later(before, now),
            _ => false,
        };
        let mut stamps = met.changes().iter().filter(|change| change.state != ChangeState::Mine).peekable();
        stamps.peek().is_some() && stamps.all(|change| change.state == ChangeState::Theirs && has_grown(change))
    }

    /// The trace of the edit in a read after a success. The read may be older than the write, as replicas lag and shared caches
    /// answer.
    fn trace_in(&self, theirs: &Snapshot) -> Trace {
        let Some(sent) = &self.outgoing else { return Trace::Held };
        let is_version = |known: &Version| theirs.version.as_ref().is_some_and(|now| now.is_same(known));
        if self.answered_version.as_ref().is_some_and(is_version) || self.is_same_value(sent, &theirs.document) {
            return Trace::Held;
        }
        let base_version = self.base.as_ref().and_then(|base| base.version.as_ref());
        if self.version.iter().chain(&self.refused).chain(base_version).any(is_version) {
            return Trace::Missing;
        }
        trace_of(self.options.engine, self.stood_on().map(|known| &known.document), sent, &theirs.document)
    }

    /// The sent document, if the server reported a success and only the read after it is missing.
    pub(super) fn unconfirmed(&self) -> Option<Snapshot> {
        let is_confirming = matches!(self.phase, Phase::Confirming | Phase::WaitingToConfirm);
        if is_confirming && self.recreation == Recreation::No { self.sent_snapshot() } else { None }
    }

    /// Whether a request of this write may have been carried out although the write failed.
    pub(super) fn may_be_carried_out(&self) -> bool {
        self.is_in_doubt || self.is_sending() || self.has_succeeded
    }

    fn max_confirmations(&self) -> u32 {
        MAX_CONFIRMATIONS.min(self.options.rounds)
    }

    fn confirm_again(&mut self, moment: Moment) -> Result<Step<Outcome>, Error> {
        if self.confirmations >= self.max_confirmations() {
            return self.succeeded(None);
        }
        self.confirmations += 1;
        if self.may_read_uniquely() {
            self.unique = Some(moment.unique());
        }
        self.phase = Phase::WaitingToConfirm;
        Ok(Step::Wait { ms: backoff_ms(&self.options, self.confirmations, moment.random) })
    }

    /// The sent document, or the one in the answer. It has no version, as no read returned one.
    pub(super) fn sent_snapshot(&self) -> Option<Snapshot> {
        let source = if self.answered.is_some() { Source::Network } else { Source::Sent };
        let document = self.answered.as_ref().or(self.outgoing.as_ref())?.clone();
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

    pub(super) fn success(&mut self, snapshot: Option<Snapshot>) -> Outcome {
        let is_creation = matches!(self.intent, Intent::Create | Intent::CreateBelow) && self.conflict.is_none();
        let snapshot = snapshot.or_else(|| self.sent_snapshot());
        match (self.conflict.take(), snapshot) {
            (Some(conflict), Some(snapshot)) if self.is_merge => Outcome::Merged(snapshot, Box::new(conflict)),
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
pub(super) fn is_later(before: &str, now: &str) -> bool {
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
