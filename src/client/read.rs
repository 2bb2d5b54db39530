//! Reading a document: revalidate what is stored, or fetch it.

use super::{Event, Moment, Snapshot, Source, Step, Unreadable, read_request};
use crate::http::{CacheMode, Format, Headers, Problem, Record, Response, Version, Versioning};

/// What came of a read.
#[derive(Debug)]
pub enum ReadOutcome {
    /// The document, and what a store may keep of it (`None`: nothing, and what is kept must go).
    Read(Snapshot, Option<Record>),
    /// The server answered with something else than the document.
    Refused(Problem),
    /// A success that cannot be read.
    Unreadable(Unreadable),
    /// No answer.
    NoAnswer(String),
}

/// One read.
#[derive(Debug)]
pub struct Read {
    url: String,
    format: Option<Format>,
    stored: Option<Record>,
    versioning: Versioning,
    is_own_condition_allowed: bool,
    is_unconditional: bool,
    /// The caller's own fields.
    request: Headers,
    /// What a write of this client has replaced.
    superseded: Option<Version>,
}

impl Read {
    /// A read of `url`; `stored` is what a store holds of it. `is_same_origin` says whether the page and the URL share an origin.
    pub fn new(url: impl Into<String>, format: Option<Format>, stored: Option<Record>, is_same_origin: bool) -> Self {
        Self {
            url: url.into(),
            format,
            stored,
            versioning: Versioning::default(),
            is_own_condition_allowed: is_same_origin,
            is_unconditional: false,
            request: Headers::new(),
            superseded: None,
        }
    }

    /// Says what else the request carries: what is stored may be the answer to another one.
    #[must_use]
    pub fn asking(mut self, request: Headers) -> Self {
        self.stored = self.stored.filter(|record| record.suits(&request));
        self.request = request;
        self
    }

    /// Names the version that a write of this client has replaced. An answer with it comes from a replica that lags behind, or
    /// from a cache, and is held back until a second read confirms it (HTTP-RULES K8).
    #[must_use]
    pub fn after(mut self, superseded: Option<Version>) -> Self {
        self.superseded = superseded;
        self
    }

    /// Says where versions live, where that is not the `ETag` field.
    #[must_use]
    pub fn versioned_by(mut self, versioning: Versioning) -> Self {
        self.versioning = versioning;
        self
    }

    /// What to do now that `event` has happened.
    pub fn step(&mut self, event: Event, moment: Moment) -> Step<ReadOutcome> {
        match event {
            Event::Started | Event::Waited => self.send(),
            Event::NoAnswer(why) => Step::Done(ReadOutcome::NoAnswer(why)),
            Event::Answered(response) if response.status == 304 => self.not_modified(&response, moment),
            Event::Answered(response) if response.status == 200 => match self.accept(&response) {
                ReadOutcome::Read(snapshot, _) if self.is_held_back(&snapshot) => {
                    self.is_unconditional = true;
                    self.send()
                }
                outcome => Step::Done(outcome),
            },
            Event::Answered(response) => Step::Done(ReadOutcome::Refused(Problem::of(&response, moment.now_ms))),
        }
    }

    fn send(&self) -> Step<ReadOutcome> {
        // Reload after a 304 that nothing stands behind: whatever cache gave it must not answer again.
        let cache = if self.is_unconditional { CacheMode::Reload } else { CacheMode::NoCache };
        let mut request = read_request(&self.url, cache);
        // Across origins an own condition costs a preflight, and a 304 without CORS fields rejects; the browser revalidates
        // just as well by itself (HTTP-RULES F3).
        let etag = self.stored.as_ref().and_then(Record::etag);
        if let (Some(etag), true, false) = (etag, self.is_own_condition_allowed, self.is_unconditional) {
            request.headers.set("If-None-Match", etag);
        }
        Step::Send(request)
    }

    fn not_modified(&mut self, response: &Response, moment: Moment) -> Step<ReadOutcome> {
        match self.stored.take() {
            Some(mut record) if !record.is_contradicted_by(&response.headers) => {
                record.update(&response.headers);
                let record = record.answering(&self.request);
                let answer = Response {
                    status: 200,
                    url: record.url.clone(),
                    headers: record.headers.clone(),
                    body: Ok(record.body.clone()),
                };
                Step::Done(match Snapshot::read(&answer, self.format, &self.versioning, Source::Revalidated) {
                    Ok(snapshot) if self.is_held_back(&snapshot) => {
                        self.is_unconditional = true;
                        return self.send();
                    }
                    Ok(snapshot) => ReadOutcome::Read(snapshot, Some(record)),
                    Err(why) => ReadOutcome::Unreadable(why),
                })
            }
            // A 304 with nothing to stand on: read again without any condition (HTTP-RULES C6, C7), once.
            _ if !self.is_unconditional => {
                self.is_unconditional = true;
                self.send()
            }
            _ => Step::Done(ReadOutcome::Refused(Problem::of(response, moment.now_ms))),
        }
    }

    fn is_held_back(&self, snapshot: &Snapshot) -> bool {
        !self.is_unconditional && self.superseded.is_some() && snapshot.version == self.superseded
    }

    fn accept(&self, response: &Response) -> ReadOutcome {
        match Snapshot::read(response, self.format, &self.versioning, Source::Network) {
            Ok(snapshot) => {
                ReadOutcome::Read(snapshot, Record::of(response).map(|record| record.answering(&self.request)))
            }
            Err(why) => ReadOutcome::Unreadable(why),
        }
    }
}
