//! Reading a document: revalidate the stored response, or fetch it; repeat a read that lags behind an own write.

use super::{Event, Memory, Moment, Recency, Snapshot, Source, Step, Unreadable, WriteOptions, backoff_ms};
use crate::gather::chained;
use crate::http::{
    CacheMode, Format, Headers, Method, Problem, Request, RequestSource, Response, StoredResponse, Versioning,
};

/// The outcome of a read.
#[derive(Debug)]
pub enum ReadOutcome {
    /// The document, and the response to store (`None`: the stored response must be deleted).
    Read(Snapshot, Option<StoredResponse>),
    /// The server answered without the document.
    Refused(Problem),
    /// A success that cannot be read.
    Unreadable(Unreadable),
    /// No answer.
    NoAnswer(String),
}

/// How often a version that this client has replaced is read again before it counts.
pub(super) const SUPERSEDED_REREADS: u32 = 3;

/// How often an unknown version without the last edit is read again before it counts.
pub(super) const UNKNOWN_REREADS: u32 = 2;

/// The maximum number of answers that are held back, whether they agree or not.
const MAX_REREADS: u32 = 8;

/// One read.
///
/// # Examples
///
/// ```
/// use mergefetch::client::{Event, Memory, Moment, Read, Step, WriteOptions};
/// use mergefetch::http::Headers;
///
/// let read = Read::new("https://example.org/notes/7", None, None, true);
/// let fields = Headers::new().with("accept-language", "de");
/// let mut read = read.with(WriteOptions::default()).asking(fields);
/// let step = read.step(&mut Memory::default(), Event::Started, Moment { now_ms: 0.0, random: 0.5 });
/// let Step::Send(request) = step else { panic!("expected a request") };
/// assert_eq!(request.url, "https://example.org/notes/7");
/// ```
///
/// # Specification
/// RFC 9110 §13.1.2 (`If-None-Match`), RFC 9111 §4.3.
#[derive(Debug)]
pub struct Read {
    url: String,
    format: Option<Format>,
    stored: Option<StoredResponse>,
    versioning: Versioning,
    is_own_condition_allowed: bool,
    /// After a 304 without a stored response, or after an answer that lags, the read goes past every cache.
    is_unconditional: bool,
    /// The caller's own fields.
    request: Headers,
    /// How many answers have been held back.
    held_back: u32,
    /// How many answers in a row agreed with `last`.
    agreed: u32,
    /// The last answer that was held back; `None` inside: no document.
    last: Option<Option<Snapshot>>,
    /// How often, and after which pauses, a lagging read is repeated.
    retry: WriteOptions,
    /// The number in the query of a read past shared caches.
    unique: Option<u32>,
}

impl Read {
    /// A read of `url`; `stored` is its stored response. `is_same_origin` says whether the page and the URL share an origin.
    pub fn new(
        url: impl Into<String>,
        format: Option<Format>,
        stored: Option<StoredResponse>,
        is_same_origin: bool,
    ) -> Self {
        Self {
            url: url.into(),
            format,
            stored,
            versioning: Versioning::default(),
            is_own_condition_allowed: is_same_origin,
            is_unconditional: false,
            request: Headers::new(),
            held_back: 0,
            agreed: 0,
            last: None,
            retry: WriteOptions::default(),
            unique: None,
        }
    }

    /// Sets the caller's own fields. A stored response to other fields is not used.
    #[must_use]
    pub fn asking(mut self, request: Headers) -> Self {
        let is_stored_used = !self.retry.is_no_store;
        self.stored =
            self.stored.filter(|record| is_stored_used && record.matches_vary(&request, self.retry.user.number()));
        self.request = request;
        self
    }

    /// Sets where versions live, how often a lagging read is repeated, and whether such a read may have a unique query.
    #[must_use]
    pub fn with(mut self, options: WriteOptions) -> Self {
        self.versioning = options.versioning.clone();
        self.retry = options;
        self
    }

    /// The next step after `event`.
    pub fn step(&mut self, memory: &mut Memory, event: Event, moment: Moment) -> Step<ReadOutcome> {
        match event {
            Event::Answered(response) if response.status == 304 => self.not_modified(memory, &response, moment),
            Event::Answered(response) if response.status == 200 => {
                let read = Snapshot::read(&response, self.format, &self.versioning, Source::Network);
                match read {
                    Ok(snapshot) => {
                        let record = StoredResponse::of(&response)
                            .map(|record| record.answering(&self.request, self.retry.user.number()));
                        self.accept(memory, snapshot, record, moment)
                    }
                    Err(why) => Step::Done(ReadOutcome::Unreadable(why)),
                }
            }
            Event::Answered(response) => {
                let is_gone = matches!(response.status, 404 | 410);
                if is_gone && let Some(again) = self.hold_back(memory, &response.url, None, moment) {
                    return again;
                }
                Step::Done(ReadOutcome::Refused(Problem::of_read(&response, moment.now_ms)))
            }
            Event::NoAnswer(why) => Step::Done(ReadOutcome::NoAnswer(why)),
            _ => self.send(),
        }
    }

    /// Whether the answer is compared with what this client wrote.
    pub(super) fn compares(&self, memory: &Memory, event: &Event) -> bool {
        let Event::Answered(response) = event else { return false };
        let read = match (response.status, &self.stored) {
            (200, _) => Snapshot::read(response, self.format, &self.versioning, Source::Network),
            (304, Some(record)) => Snapshot::stored(record, self.format, &self.versioning),
            _ => return false,
        };
        read.is_ok_and(|read| {
            // A read past shared caches is remembered by the URL that was asked for.
            memory.compares(&read) || memory.compares(&Snapshot { url: self.url.as_str().into(), ..read })
        })
    }

    fn send(&self) -> Step<ReadOutcome> {
        // Reload after a 304 without a stored response: the cache that sent it must not answer again.
        let cache = self.retry.cache(if self.is_unconditional { CacheMode::Reload } else { CacheMode::NoCache });
        let mut request = match self.unique {
            Some(number) => read_request(&unique_url(&self.url, number), cache),
            None => read_request(&self.url, cache),
        };
        // Across origins an own condition costs a preflight, and a 304 without CORS fields rejects; the browser revalidates
        // just as well by itself (HTTP-RULES F3).
        let etag = self.stored.as_ref().and_then(StoredResponse::etag);
        if let (Some(etag), true, false) = (etag, self.is_own_condition_allowed, self.is_unconditional) {
            request.headers.set("If-None-Match", etag);
        }
        Step::Send(request)
    }

    fn not_modified(&mut self, memory: &mut Memory, response: &Response, moment: Moment) -> Step<ReadOutcome> {
        match self.stored.take() {
            Some(mut record) if is_about(response, &record) => {
                record.update(&response.headers);
                let record = record.answering(&self.request, self.retry.user.number());
                match Snapshot::stored(&record, self.format, &self.versioning) {
                    Ok(snapshot) => self.accept(memory, snapshot, Some(record), moment),
                    Err(why) => Step::Done(ReadOutcome::Unreadable(why)),
                }
            }
            // A 304 without a stored response: read again without any condition (HTTP-RULES C6, C7), once.
            _ if !self.is_unconditional => {
                self.is_unconditional = true;
                self.send()
            }
            _ => Step::Done(ReadOutcome::Refused(Problem::of_read(response, moment.now_ms))),
        }
    }

    fn accept(
        &mut self,
        memory: &mut Memory,
        mut snapshot: Snapshot,
        mut record: Option<StoredResponse>,
        moment: Moment,
    ) -> Step<ReadOutcome> {
        if self.unique.is_some() {
            // The document belongs to the URL without our query.
            snapshot.url = self.url.as_str().into();
        }
        if self.unique.is_some() || self.retry.is_no_store {
            record = None;
        }
        let url = snapshot.url.clone();
        if let Some(again) = self.hold_back(memory, &url, Some(&snapshot), moment) {
            return again;
        }
        Step::Done(ReadOutcome::Read(snapshot, record))
    }

    /// Repeats the read if its answer seems to come from before the last write of this client: from a lagging replica, or a cache
    /// (HTTP-RULES K8). As a hash returns with its content, the repeats are bounded: several reads that agree count.
    fn hold_back(
        &mut self,
        memory: &mut Memory,
        url: &str,
        read: Option<&Snapshot>,
        moment: Moment,
    ) -> Option<Step<ReadOutcome>> {
        // The URL after redirects, by which writes are remembered (HTTP-RULES F8).
        let url = if self.unique.is_some() { self.url.clone() } else { url.to_owned() };
        if memory.recency(&url, read) == Recency::Current {
            return None;
        }
        let is_superseded =
            read.and_then(|read| read.version.as_ref()).is_some_and(|one| memory.is_superseded(&url, one));
        let most = if is_superseded { SUPERSEDED_REREADS } else { UNKNOWN_REREADS };
        let agrees = match (&self.last, read) {
            (Some(Some(last)), Some(read)) => last.equals(read),
            (Some(None), None) => true,
            _ => false,
        };
        self.agreed = if agrees { self.agreed + 1 } else { 0 };
        self.last = Some(read.cloned());
        if self.agreed >= most.min(self.retry.rounds) || self.held_back >= MAX_REREADS {
            memory.confirm(&url, read);
            return None;
        }
        self.held_back += 1;
        self.is_unconditional = true;
        if self.retry.has_unique_reads {
            self.unique = Some(moment.unique());
        }
        // The first repeat is immediate, as it already passes most caches and replicas.
        if self.held_back == 1 {
            return Some(self.send());
        }
        Some(Step::Wait { ms: backoff_ms(&self.retry, self.held_back, moment.random) })
    }
}

/// Whether a 304 validates the stored response `record`: a redirect may now lead to another document with an equal tag (HTTP-RULES V10).
pub(super) fn is_about(response: &Response, record: &StoredResponse) -> bool {
    (response.url.is_empty() || response.url == record.url) && !record.is_contradicted_by(&response.headers)
}

/// The fields of a read that the loop makes for itself.
pub(crate) fn read_request(url: &str, cache: CacheMode) -> Request {
    Request {
        method: Method::Get,
        url: url.to_owned(),
        headers: Headers::new(),
        body: None,
        cache,
        source: RequestSource::Loop,
        is_foreign: false,
    }
}

/// `url` with a query that no cache has seen (HTTP-RULES X7).
pub(super) fn unique_url(url: &str, number: u32) -> String {
    let mut unique = chained(&[url, if url.contains('?') { "&mergefetch=" } else { "?mergefetch=" }]);
    for place in 0..9 {
        unique.push(char::from(b'0' + (number / 10u32.pow(place) % 10) as u8));
    }
    unique
}
