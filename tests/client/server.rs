//! A server in memory: one document, its history, and the habits of real servers.

use std::collections::{BTreeMap, VecDeque};

use mergefetch::http::{Headers, Method, Request, Response};

/// Where the document lives.
pub const URL: &str = "https://example.org/notes/7";

/// How the server marks and compares versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tags {
    /// Strong tags, compared strongly.
    Strong,
    /// Weak tags, compared as strings, as in Express and many other servers.
    WeakAsString,
    /// Strong tags at the origin, weakened on the way to the reader (nginx with gzip).
    WeakenedOnTheWay,
    /// Weak tags, compared strongly: no `If-Match` ever matches (RFC 9110 §13.1.1).
    WeakNeverMatching,
    /// Strong tags at the origin, with a suffix on the way to the reader (Apache with gzip).
    Suffixed,
    /// Like `Suffixed`, with two dashes before the suffix (Jetty with gzip).
    TwiceDashed,
    /// Like `Suffixed`, for tags that end in a dash, as base64url may.
    DashedSuffixed,
    /// Tags without quotes. A write without quotes is answered with this status; 200: the server compares the octets.
    Unquoted(u16),
    /// No tag is readable.
    Hidden,
    /// The second of the last write: two writes within one second share it.
    Coarse,
    /// Strong hashes of the content, which come back with it.
    Hash,
    /// The same, weak and compared as strings.
    WeakHash,
    /// No tags, but times of modification, which `If-Unmodified-Since` is compared with.
    Dated,
}

/// The answer to a successful PUT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutAnswer {
    /// 204 with the new tag.
    Tag,
    /// 204 without a tag.
    Bare,
    /// 200 with the new tag and the new representation, which Content-Location says it is.
    Representation,
    /// As `Representation`, without Content-Location.
    Echo,
    /// 200 with the new tag and a status report.
    Report,
    /// 303 to the document; the read that follows still has the precondition, so that the answer is 412 (HTTP-RULES F7).
    SeeOther,
}

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    pub method: Method,
    pub url: String,
    pub if_match: Option<String>,
    pub if_none_match: Option<String>,
    pub body: Option<String>,
    pub status: u16,
}

/// A server with one document.
pub struct Server {
    /// Every state since the beginning; `None`: removed.
    pub history: Vec<Option<String>>,
    pub content_type: &'static str,
    pub tags: Tags,
    pub put_answer: PutAnswer,
    /// Status, content type and body of the refusal of a stale write.
    pub refusal: (u16, &'static str, &'static str),
    /// Whether a write without a precondition is 428.
    pub demands_precondition: bool,
    /// The part of a sent document that the server stores.
    pub transform: fn(&str) -> String,
    /// The status of every write, whatever it says.
    pub refuses_all: Option<u16>,
    /// Whether a member `stamp` with a new value is put into every JSON document that is stored.
    pub is_stamping: bool,
    /// Whether preconditions are ignored.
    pub ignores_versions: bool,
    /// Whether it compares the version of an update, but not the version of a removal.
    pub ignores_versions_of_removals: bool,
    /// Whether it overwrites an existing document despite `If-None-Match: *`.
    pub ignores_if_none_match: bool,
    /// Whether each update is answered 201, also where something was there.
    pub answers_with_201: bool,
    /// Whether a stale update of a removed document creates it again.
    pub recreates: bool,
    /// How many states behind the next reads are.
    pub lags: VecDeque<usize>,
    /// The answers that a shared cache before the server has stored, by URL. It ignores the directives of requests.
    pub cache: Option<BTreeMap<String, Response>>,
    /// The time by the server's own clock, in milliseconds from [`START_S`] on.
    pub clock_ms: u64,
    /// When each state of `history` was written; nothing where nobody looks at the clock.
    written_ms: Vec<u64>,
    pub log: Vec<Exchange>,
}

/// Sun, 06 Nov 1994 08:00:00 GMT, in seconds since 1970.
pub const START_S: u64 = 784_108_800;

impl Server {
    pub fn new(content_type: &'static str, document: &str) -> Self {
        Self {
            history: vec![Some(document.to_owned())],
            content_type,
            tags: Tags::Strong,
            put_answer: PutAnswer::Tag,
            refusal: (412, "", ""),
            demands_precondition: false,
            transform: str::to_owned,
            refuses_all: None,
            is_stamping: false,
            ignores_versions: false,
            ignores_versions_of_removals: false,
            ignores_if_none_match: false,
            answers_with_201: false,
            recreates: false,
            lags: VecDeque::new(),
            cache: None,
            clock_ms: 0,
            written_ms: vec![0],
            log: Vec::new(),
        }
    }

    pub fn json(document: &str) -> Self {
        Self::new("application/json", document)
    }

    pub fn text(document: &str) -> Self {
        Self::new("text/plain", document)
    }

    /// The current state.
    pub fn now(&self) -> Option<&str> {
        self.history.last().unwrap().as_deref()
    }

    /// The tag of the state at `index` of the history, as readers see it.
    pub fn tag(&self, index: usize) -> Option<String> {
        match self.tags {
            Tags::Strong => Some(format!("\"{index}\"")),
            Tags::Hidden | Tags::Dated => None,
            Tags::Coarse => Some(format!("\"s{}\"", self.written_s(index))),
            Tags::Suffixed => Some(format!("\"{index}-gzip\"")),
            Tags::TwiceDashed | Tags::DashedSuffixed => Some(format!("\"{index}--gzip\"")),
            Tags::Unquoted(_) => Some(index.to_string()),
            Tags::Hash => Some(format!("\"{}\"", self.hash(index))),
            Tags::WeakHash => Some(format!("W/\"{}\"", self.hash(index))),
            _ => Some(format!("W/\"{index}\"")),
        }
    }

    fn hash(&self, index: usize) -> u64 {
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        self.history[index].iter().flat_map(|text| text.bytes()).fold(0xCBF2_9CE4_8422_2325, mix)
    }

    /// Somebody else writes or removes.
    pub fn compete(&mut self, document: Option<&str>) {
        self.push(document.map(str::to_owned));
    }

    fn push(&mut self, document: Option<String>) {
        self.history.push(document);
        self.written_ms.resize(self.history.len(), self.clock_ms);
    }

    /// The second in which the state at `index` of the history was written.
    fn written_s(&self, index: usize) -> u64 {
        self.written_ms.get(index).copied().unwrap_or_default() / 1000
    }

    /// The version of the state at `index` of the history, as readers see it.
    pub fn version(&self, index: usize) -> Option<String> {
        if self.tags == Tags::Dated { Some(date(self.written_s(index))) } else { self.tag(index) }
    }

    /// The methods and preconditions of all requests, in one line each.
    pub fn requests(&self) -> Vec<String> {
        let line = |one: &Exchange| {
            let mut line = one.method.as_str().to_owned();
            for (name, value) in [("If-Match", &one.if_match), ("If-None-Match", &one.if_none_match)] {
                if let Some(value) = value {
                    line.push_str(&format!(" {name}: {value}"));
                }
            }
            line
        };
        self.log.iter().map(line).collect()
    }

    /// Carries out a request and answers it.
    pub fn handle(&mut self, request: &Request) -> Response {
        let response = match request.method {
            Method::Get => self.read_through_cache(request),
            Method::Post => answer(405, Headers::new(), ""),
            _ if self.refuses_all.is_some() => answer(self.refuses_all.unwrap_or_default(), Headers::new(), ""),
            Method::Put | Method::Patch | Method::Delete if !self.is_allowed(request) => {
                self.refuse(request.headers.get("if-match").is_some())
            }
            Method::Put | Method::Patch => self.put(request),
            Method::Delete => {
                self.push(None);
                answer(204, Headers::new(), "")
            }
        };
        self.note(request, response.status);
        response
    }

    /// Writes a request into the log that something else answered.
    pub fn note(&mut self, request: &Request, status: u16) {
        let body = request.body.clone();
        self.log.push(Exchange {
            method: request.method,
            url: request.url.clone(),
            if_match: request.headers.get("if-match").map(str::to_owned),
            if_none_match: request.headers.get("if-none-match").map(str::to_owned),
            body: body.map(|body| String::from_utf8(body).unwrap()),
            status,
        });
    }

    fn read_through_cache(&mut self, request: &Request) -> Response {
        let behind = self.lags.pop_front().unwrap_or_default();
        let index = (self.history.len() - 1).saturating_sub(behind);
        if let Some(cached) = self.cache.as_ref().and_then(|cache| cache.get(&request.url)) {
            return cached.clone();
        }
        let response = self.read(request, index);
        if let Some(cache) = &mut self.cache {
            cache.insert(request.url.clone(), response.clone());
        }
        response
    }

    /// The answer to a read of the state at `index` of the history: the newest state, or the older state of a lagging replica.
    pub fn read(&self, request: &Request, index: usize) -> Response {
        let Some(document) = &self.history[index] else {
            return answer(404, Headers::new(), "");
        };
        let mut headers = Headers::new().with("Content-Type", self.content_type);
        if let Some(tag) = self.tag(index) {
            if request.headers.get("if-none-match") == Some(&tag) {
                return answer(304, Headers::new().with("ETag", tag), "");
            }
            headers.set("ETag", tag);
        }
        if self.tags == Tags::Dated {
            headers.set("Last-Modified", date(self.written_s(index)));
            headers.set("Date", date(self.clock_ms / 1000));
        }
        answer(200, headers, document)
    }

    fn is_allowed(&self, request: &Request) -> bool {
        let newest = self.history.len() - 1;
        if self.ignores_versions || (self.ignores_versions_of_removals && request.method == Method::Delete) {
            return true;
        }
        if let Some(sent) = request.headers.get("if-unmodified-since").filter(|_| self.tags == Tags::Dated) {
            return self.now().is_some() && second_of(sent) >= self.written_s(newest);
        }
        if request.headers.get("if-none-match") == Some("*") {
            return self.now().is_none() || self.ignores_if_none_match;
        }
        if self.recreates && self.now().is_none() {
            return true;
        }
        let Some(sent) = request.headers.get("if-match") else {
            return !self.demands_precondition;
        };
        let known = match self.tags {
            Tags::Strong | Tags::WeakenedOnTheWay | Tags::Suffixed | Tags::TwiceDashed => {
                format!("\"{newest}\"")
            }
            Tags::DashedSuffixed => format!("\"{newest}-\""),
            Tags::Unquoted(200) => newest.to_string(),
            Tags::Unquoted(_) => format!("\"{newest}\""),
            Tags::WeakAsString => format!("W/\"{newest}\""),
            Tags::Hash | Tags::WeakHash => self.tag(newest).unwrap_or_default(),
            Tags::Coarse => format!("\"s{}\"", self.written_s(newest)),
            Tags::WeakNeverMatching | Tags::Hidden | Tags::Dated => return false,
        };
        self.now().is_some() && sent == known
    }

    fn refuse(&self, has_precondition: bool) -> Response {
        if self.demands_precondition && !has_precondition {
            return answer(428, Headers::new(), "");
        }
        let (mut status, content_type, body) = self.refusal;
        if let Tags::Unquoted(other) = self.tags {
            status = other;
        }
        answer(status, Headers::new().with("Content-Type", content_type), body)
    }

    fn put(&mut self, request: &Request) -> Response {
        let is_new = self.now().is_none();
        let sent = String::from_utf8(request.body.clone().unwrap()).unwrap();
        let mut stored = (self.transform)(&sent);
        if self.is_stamping {
            stored = stamped(&stored, self.history.len());
        }
        self.push(Some(stored.clone()));
        let status = if is_new || self.answers_with_201 { 201 } else { 204 };
        let tagged = match self.tag(self.history.len() - 1) {
            Some(tag) => Headers::new().with("ETag", tag),
            None => Headers::new(),
        };
        match self.put_answer {
            PutAnswer::Tag => answer(status, tagged, ""),
            PutAnswer::SeeOther => Response { is_redirected: true, ..answer(412, Headers::new(), "") },
            PutAnswer::Bare => answer(status, Headers::new(), ""),
            PutAnswer::Report => answer(200, tagged.with("Content-Type", "application/json"), "{\"status\":\"done\"}"),
            PutAnswer::Echo => answer(200, tagged.with("Content-Type", self.content_type), &stored),
            PutAnswer::Representation => {
                let headers = tagged.with("Content-Type", self.content_type).with("Content-Location", &*request.url);
                answer(200, headers, &stored)
            }
        }
    }
}

/// A second of the hour from [`START_S`] on, as a date of HTTP.
fn date(second: u64) -> String {
    format!("Sun, 06 Nov 1994 08:{:02}:{:02} GMT", second / 60, second % 60)
}

/// The other way round; the first second for any date of another hour.
fn second_of(date: &str) -> u64 {
    let number = |range| date.get(range).and_then(|digits: &str| digits.parse::<u64>().ok()).unwrap_or_default();
    if date.starts_with("Sun, 06 Nov 1994 08:") { number(20..22) * 60 + number(23..25) } else { 0 }
}

/// An answer of the document's URL.
pub fn answer(status: u16, headers: Headers, body: &str) -> Response {
    Response { status, url: URL.to_owned(), is_redirected: false, headers, body: Ok(body.as_bytes().to_vec()) }
}

/// The document with `"stamp":"sN"` in the place of the one it has, or at its end.
fn stamped(document: &str, number: usize) -> String {
    let member = format!("\"stamp\":\"s{number}\"");
    match document.split_once("\"stamp\":\"") {
        Some((before, after)) => format!("{before}{member}{}", after.split_once('"').unwrap().1),
        None => format!("{},{member}}}", document.trim_end_matches('}')),
    }
}
