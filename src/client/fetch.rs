//! `fetch` with validators and preconditions, for pages that keep their own calls.
//!
//! A read returns the answer, or after a 304 the stored response. A write is a [`Save`] that sends the caller's request.

mod plain;

use std::rc::Rc;

use super::read::{SUPERSEDED_REREADS, is_about};
use super::{
    ConflictState, Engine, Event, Machine, Memory, Moment, Outcome, Save, SavedKind, Snapshot, Source, Step, Write,
    WriteOptions, response_key,
};
use crate::conflict::{Document, MAX_DOCUMENT_BYTES, MergeOptions, RefusalKind};
use crate::error::Error;
use crate::http::{CacheMode, Format, Headers, Method, Request, RequestSource, Response, StoredResponse, Version};
use crate::merge::ChangeState;

/// Fields with which the caller states its own condition.
pub const CONDITIONS: [&str; 5] = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"];

/// The number of answers without a document that are read again.
const MAX_REREADS: u32 = 3;

/// A request of the caller of `fetch`.
///
/// # Examples
///
/// ```
/// use mergefetch::client::{Fetched, Kept, Memory, WriteOptions};
/// use mergefetch::http::{Headers, Response};
///
/// let url = "https://example.org/notes/7".to_owned();
/// let call = Fetched { url: url.clone(), fields: Headers::new(), format: None, has_default_cache: true };
/// assert_eq!(call.key(), "GET https://example.org/notes/7");
///
/// let headers = Headers::new().with("content-type", "application/json").with("etag", "\"v1\"");
/// let response = Response { status: 200, url, is_redirected: false, headers, body: Ok(b"{}".to_vec()) };
/// assert!(call.is_document(&response));
/// let kept = call.keep(&mut Memory::default(), &WriteOptions::default(), &response);
/// assert!(matches!(kept, Kept::Stored(record) if record.body == b"{}"));
/// ```
///
/// # Specification
/// RFC 9111 §3 (stored responses).
#[derive(Debug, Clone)]
pub struct Fetched {
    /// An absolute URL.
    pub url: String,
    /// The caller's fields.
    pub fields: Headers,
    /// The format of the document, if a route sets it.
    pub format: Option<Format>,
    /// Whether the request has the default cache mode.
    pub has_default_cache: bool,
}

impl Fetched {
    /// Whether the caller states its own condition, which goes out as it is.
    pub(super) fn states_condition(&self) -> bool {
        CONDITIONS.iter().any(|name| self.fields.get(name).is_some())
    }

    /// Whether `response` is a document that can be stored: no endless stream, and not too large.
    pub fn is_document(&self, response: &Response) -> bool {
        let content_type = response.headers.get("content-type");
        let is_stream = content_type.is_some_and(|found| found.trim_start().starts_with("text/event-stream"));
        let length = response.headers.content_length();
        let is_text = self.format.unwrap_or_else(|| Format::of_content_type(content_type)) != Format::Bytes;
        let is_tagged = response.headers.get("etag").is_some() && length > 0;
        let is_partial = self.fields.get("range").is_some();
        response.status == 200
            && !is_partial
            && !is_stream
            && (is_text || is_tagged)
            && length <= MAX_DOCUMENT_BYTES as u64
    }

    /// The key under which a store keeps the answer.
    pub fn key(&self) -> String {
        response_key(&self.url)
    }

    /// Remembers a copy of an answer that the caller got. If the body breaks off, is no document, or must not be kept, only the
    /// version is remembered, for the next write of the caller.
    pub fn keep(&self, memory: &mut Memory, options: &WriteOptions, response: &Response) -> Kept {
        let read = Snapshot::read(response, self.format, &options.versioning, Source::Network);
        let (Ok(snapshot), false) = (read, options.is_no_store) else {
            if let Some(version) = options.versioning.read(&response.headers, None) {
                memory.remember_version(&self.url, version);
            }
            return if options.is_no_store { Kept::Forgotten } else { Kept::Unread };
        };
        memory.handed_out(Snapshot { url: self.url.as_str().into(), ..snapshot });
        let record = StoredResponse::of(response).filter(|record| record.etag().is_some());
        record.map_or(Kept::Forgotten, |record| Kept::Stored(record.answering(&self.fields, options.user.number())))
    }
}

/// The effect of an answer on the store.
#[derive(Debug)]
pub enum Kept {
    /// The stored response stays, as nothing was read.
    Unread,
    /// The stored response is deleted.
    Forgotten,
    /// This response is stored.
    Stored(StoredResponse),
}

/// The result for the caller of `fetch`.
#[derive(Debug)]
pub enum Answer {
    /// The answer to the caller's request, or to the probe.
    Own,
    /// The last answer, if it has this status; otherwise a made response with this status.
    Last(u16),
    /// The stored response, after a 304.
    Stored(StoredResponse),
    /// The current document: the server held the edit already.
    Document(Snapshot),
    /// A response with this status that no server sent, as the request did not go out.
    Made(u16),
    /// The error of the last request.
    Failed,
}

#[derive(Debug)]
enum Phase {
    Start,
    Loading,
    Reading(Option<StoredResponse>),
    /// The same without any condition.
    ReadingAgain,
    Storing(StoredResponse),
    Ended,
}

/// One read through `fetch`.
///
/// # Examples
///
/// ```
/// use mergefetch::client::{Fetch, Fetched, WriteOptions};
/// use mergefetch::http::Headers;
///
/// let url = "https://example.org/notes/7".to_owned();
/// let call = Fetched { url, fields: Headers::new(), format: None, has_default_cache: true };
/// let fetch = Fetch::new(call, WriteOptions::default());
/// assert_eq!(fetch.call().url, "https://example.org/notes/7");
/// assert!(fetch.into_answer().is_none());
/// ```
#[derive(Debug)]
pub struct Fetch {
    call: Fetched,
    options: WriteOptions,
    saved_bytes: usize,
    held_back: u32,
    phase: Phase,
    answer: Option<Answer>,
}

impl Fetch {
    /// A GET of the caller.
    pub fn new(call: Fetched, options: WriteOptions) -> Self {
        Self { call, options, saved_bytes: 0, held_back: 0, phase: Phase::Start, answer: None }
    }

    /// The request of the caller.
    pub fn call(&self) -> &Fetched {
        &self.call
    }

    /// The result for the caller; `None` before the end.
    pub fn into_answer(self) -> Option<Answer> {
        self.answer
    }

    fn request(&self, cache: CacheMode, source: RequestSource) -> Request {
        Request {
            method: Method::Get,
            url: self.call.url.clone(),
            headers: Headers::new(),
            body: None,
            cache: self.options.cache(cache),
            source,
            is_foreign: false,
        }
    }

    fn read(&mut self, memory: &Memory, stored: Option<StoredResponse>) -> Step<()> {
        let is_used = !self.options.is_no_store;
        let stored =
            stored.filter(|record| is_used && record.matches_vary(&self.call.fields, self.options.user.number()));
        self.saved_bytes = stored.as_ref().map_or(0, |record| record.body.len());
        let is_ours = self.call.has_default_cache && !self.call.states_condition();
        let etag = stored.as_ref().and_then(StoredResponse::etag).filter(|_| is_ours && self.options.is_same_origin);
        // Without this mode some browsers add fields that make servers ignore the condition (HTTP-RULES F2).
        let is_past_cache = etag.is_some() || (memory.is_stale(&self.call.url) && self.call.has_default_cache);
        let cache = if is_past_cache { CacheMode::NoCache } else { CacheMode::Default };
        let mut request = self.request(cache, RequestSource::Caller);
        if let Some(etag) = etag {
            request.headers.set("If-None-Match", etag);
        }
        self.phase = Phase::Reading(stored);
        Step::Send(request)
    }

    fn answered(&mut self, memory: &mut Memory, stored: Option<StoredResponse>, response: &Response) -> Step<()> {
        if response.status != 304 {
            if response.status == 200 {
                memory.is_fresh(&self.call.url);
            }
            return if self.lags(memory, &response.url, &response.headers) {
                self.read_again()
            } else {
                self.end(Answer::Own)
            };
        }
        match stored {
            Some(record) if is_about(response, &record) && !self.lags(memory, &record.url, &record.headers) => {
                let mut record = record;
                record.update(&response.headers);
                let record = record.answering(&self.call.fields, self.options.user.number());
                let step = Step::Keep(response_key(&self.call.url), record.encode());
                self.phase = Phase::Storing(record);
                step
            }
            // No stored response belongs to this 304, so it must not reach the caller.
            _ => self.read_again(),
        }
    }

    /// Reads again without any condition, bypassing every cache.
    fn read_again(&mut self) -> Step<()> {
        self.held_back += 1;
        self.phase = Phase::ReadingAgain;
        Step::Send(self.request(CacheMode::Reload, RequestSource::CallerUnconditional))
    }

    /// Whether the answer has a version that this client has replaced: a replica lags (HTTP-RULES K8).
    fn lags(&self, memory: &mut Memory, url: &str, headers: &Headers) -> bool {
        let Some(version) = self.options.versioning.read(headers, None) else { return false };
        if !self.call.has_default_cache || !memory.is_superseded(url, &version) {
            return false;
        }
        if self.held_back >= SUPERSEDED_REREADS.min(self.options.rounds) {
            memory.confirm_version(url, &version);
            return false;
        }
        true
    }

    fn end(&mut self, answer: Answer) -> Step<()> {
        self.answer = Some(answer);
        Step::Done(())
    }
}

impl Machine for Fetch {
    fn saved_bytes(&self) -> usize {
        self.saved_bytes
    }

    fn named(&self) -> Rc<str> {
        self.call.url.as_str().into()
    }

    fn step(&mut self, memory: &mut Memory, event: Event, _moment: Moment) -> Result<Step<()>, Error> {
        Ok(match (std::mem::replace(&mut self.phase, Phase::Ended), event) {
            (Phase::Start, Event::Started) if self.call.fields.get("range").is_some() => {
                self.phase = Phase::Reading(None);
                Step::Send(self.request(CacheMode::Default, RequestSource::Caller))
            }
            (Phase::Start, Event::Started) => {
                self.phase = Phase::Loading;
                Step::Load(response_key(&self.call.url))
            }
            (Phase::Loading, Event::Loaded(stored)) => {
                self.read(memory, stored.and_then(|bytes| StoredResponse::decode(&bytes)))
            }
            (Phase::Reading(stored), Event::Answered(response)) => self.answered(memory, stored, &response),
            (Phase::ReadingAgain, Event::Answered(response)) if self.lags(memory, &response.url, &response.headers) => {
                self.read_again()
            }
            // Every read without a condition was answered with 304, so there is no document to return.
            (Phase::ReadingAgain, Event::Answered(response)) if response.status == 304 => {
                if self.held_back < MAX_REREADS { self.read_again() } else { self.end(Answer::Made(502)) }
            }
            (Phase::ReadingAgain, Event::Answered(_)) => self.end(Answer::Own),
            (Phase::Storing(record), Event::Stored) => {
                memory_of(memory, &self.call, &self.options, &record);
                self.end(Answer::Stored(record))
            }
            (_, Event::NoAnswer(_)) => self.end(Answer::Failed),
            _ => return Err(Error::internal("an event that this phase of a fetch does not know")),
        })
    }
}

/// Remembers that the caller got the stored document.
fn memory_of(memory: &mut Memory, call: &Fetched, options: &WriteOptions, record: &StoredResponse) {
    if let Ok(snapshot) = Snapshot::stored(record, call.format, &options.versioning) {
        memory.handed_out(Snapshot { url: call.url.as_str().into(), ..snapshot });
    }
}

/// A write of the caller of `fetch`.
#[derive(Debug)]
pub struct FetchedWrite {
    /// The request.
    pub call: Fetched,
    /// PUT, PATCH or DELETE.
    pub method: Method,
    /// The body of a PUT; `None` if it is no document that can be merged.
    pub body: Option<Vec<u8>>,
}

impl FetchedWrite {
    /// The machine of this write. The base is the version that the caller has read, if known: one of `handed_out`, if there is any.
    pub(super) fn write(
        self,
        memory: &Memory,
        stored: Option<StoredResponse>,
        handed_out: &[Snapshot],
        options: WriteOptions,
    ) -> Write {
        let base = |mine: Option<&Document>| {
            let stored = self.stored_base(stored.as_ref(), &options);
            let by_saves = || base_of(options.engine, memory.known_by_saves(&self.call.url), mine);
            let now = || base_of(options.engine, memory.handed_out_of(&self.call.url), mine);
            base_of(options.engine, handed_out.iter(), mine).or_else(now).or_else(by_saves).or(stored)
        };
        let unparsed = self.document(None);
        let mut known = base(unparsed.as_ref());
        if let (Some(base), Some(mine)) = (&known, &unparsed)
            && let Some(result) = memory.earlier(base, &options.merge).and_then(|earlier| earlier.result)
            && holds_changes(options.engine, &base.document, &result.document, mine)
        {
            // A save of this client came in between, and the body contains its changes.
            known = Some(result);
        }
        let mine = self.document(known.as_ref().map(|known| &known.document));
        let mine = match (&known, mine, options.engine) {
            (Some(known), Some(mine), Some(engine)) => {
                // With a number that may be one of two, the body cannot be merged.
                let edit = engine.in_digits_of(&known.document, &mine);
                edit.or_else(|_| Document::parse(Format::Bytes, mine.bytes())).ok()
            }
            (_, mine, _) => mine,
        };
        known = self.with_own_condition(known);
        let states_condition = self.call.states_condition();
        // The token may be new, and the body may be an edit of an older answer to the old token.
        let others = || memory.handed_out_to_others(&self.call.url);
        let oldest =
            base_of(options.engine, known.iter().chain(others()), unparsed.as_ref()).filter(|_| !states_condition);
        let of_others = oldest.filter(|oldest| known.as_ref().is_none_or(|known| !known.equals(oldest)));
        if of_others.is_some() {
            known = None;
        }
        let earlier = known.as_ref().and_then(|known| memory.earlier(known, &options.merge));
        let version = memory
            .version_of(&self.call.url)
            .cloned()
            .or(of_others.and_then(|one| one.version))
            .or_else(|| memory.version_for_others(&self.call.url).cloned())
            .filter(|_| known.is_none() && !states_condition);
        let write = Write::fetch(&self.call.url, self.method, known, mine, states_condition, options);
        write.after(earlier).naming(version)
    }
}

impl FetchedWrite {
    /// The body of a PUT as a document: an edit of `known`.
    pub(super) fn document(&self, known: Option<&Document>) -> Option<Document> {
        let body = self.body.as_ref().filter(|_| self.method == Method::Put)?;
        let of_fields = || Format::of_content_type(self.call.fields.get("content-type"));
        let format = known.map_or_else(|| self.call.format.unwrap_or_else(of_fields), Document::format);
        let document = match known {
            Some(_) => Document::parse_values(format, body),
            None => Document::parse(format, body),
        };
        document.or_else(|_| Document::parse(Format::Bytes, body)).ok()
    }

    /// The stored document, if this user has read it.
    pub(super) fn stored_base(&self, stored: Option<&StoredResponse>, options: &WriteOptions) -> Option<Snapshot> {
        let record = stored.filter(|record| record.matches_vary(&self.call.fields, options.user.number()))?;
        Snapshot::stored(record, self.call.format, &options.versioning).ok()
    }

    /// `base`, unless the caller's own condition names another version.
    pub(super) fn with_own_condition(&self, base: Option<Snapshot>) -> Option<Snapshot> {
        let named = self.call.fields.get("if-match");
        let is_named = |base: &Snapshot| base.version.as_ref().map(Version::as_str) == named;
        base.filter(|base| !self.call.states_condition() || is_named(base))
    }
}

/// The snapshot that `mine` is an edit of, among those that `fetch` handed out, the newest first.
///
/// If `mine` lacks the changes that an answer brought, `mine` is an edit of an older answer: a background read must not move the
/// base of a form (HTTP-RULES W1).
fn base_of<'a>(
    engine: Option<Engine>,
    handed_out: impl Iterator<Item = &'a Snapshot>,
    mine: Option<&Document>,
) -> Option<Snapshot> {
    let mut base: Option<&Snapshot> = None;
    for older in handed_out {
        let Some(newer) = base else {
            base = Some(older);
            continue;
        };
        let Some(mine) = mine else { break };
        if !holds_changes(engine, &older.document, &newer.document, mine) {
            base = Some(older);
        }
    }
    base.cloned()
}

/// Whether `mine` contains all changes from `older` to `newer`.
fn holds_changes(engine: Option<Engine>, older: &Document, newer: &Document, mine: &Document) -> bool {
    if older.equals(newer) {
        return true;
    }
    let documents = [older, mine, newer].map(|one| Some(one.clone()));
    let [older, mine, newer] = documents;
    debug_assert!(engine.is_some(), "a step that compares documents loads the engine before");
    let met = engine.and_then(|engine| engine.conflict([older, mine, newer], MergeOptions::default()).ok());
    met.is_some_and(|conflict| {
        let is_any = |state| conflict.changes().iter().any(|change| change.state == state);
        // A value that mine changed further proves nothing if mine also contains another change of `newer`.
        !is_any(ChangeState::Theirs) && (is_any(ChangeState::Same) || !is_any(ChangeState::Conflict))
    })
}

/// The result for the caller of `fetch` after a write, and its conflict.
///
/// # Examples
///
/// ```
/// use mergefetch::client::{Answer, Memory, Save, WriteOptions, answer_of};
/// use mergefetch::conflict::Document;
/// use mergefetch::http::Format;
///
/// let mine = Document::parse(Format::Json, b"{}")?;
/// let save = Save::create(&mut Memory::default(), "https://example.org/notes/7", mine, false, WriteOptions::default());
/// // The write has not begun, so there is no answer.
/// assert!(matches!(answer_of(save), (Answer::Failed, None)));
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
pub fn answer_of(save: Save) -> (Answer, Option<Box<ConflictState>>) {
    let is_refused_by_server = save.write_status().is_some_and(|status| status >= 400);
    let is_probe_refused = matches!(save.probe_status(), Some(409 | 412));
    let has_answer = save.write_status().is_some();
    match save.into_outcome().map(|(outcome, _)| outcome) {
        Some(Outcome::Conflict(state)) if is_refused_by_server || is_probe_refused => (Answer::Own, Some(state)),
        Some(Outcome::Conflict(state)) => (Answer::Made(412), Some(state)),
        Some(Outcome::Saved(SavedKind::AlreadySaved, Some(snapshot))) => (Answer::Document(snapshot), None),
        Some(Outcome::Saved(SavedKind::Removed, _)) if !has_answer => (Answer::Made(404), None),
        Some(Outcome::Refused(refusal)) if !has_answer => {
            let answer = match (refusal.kind, refusal.problem.status) {
                (RefusalKind::Unprotected, _) => Answer::Made(428),
                // A read before the write found another version, and nothing can be merged.
                (RefusalKind::Constraint, Some(412)) => Answer::Made(412),
                (_, Some(status)) => Answer::Last(status),
                (_, None) => Answer::Failed,
            };
            (answer, None)
        }
        Some(_) => (Answer::Own, None),
        None => (Answer::Failed, None),
    }
}
