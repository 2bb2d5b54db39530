//! The recorded exchanges of `tests/servers`, and a replay that holds a write against them.

use mergefetch::client::{
    Event, Memory, Moment, ObserverEvent, Outcome, Read, ReadOutcome, Snapshot, Step, Warning, Write, WriteOptions,
};
use mergefetch::http::{Headers, Method, Request, Response, Versioning};
use mergefetch::merge::json;

const PRECONDITIONS: [&str; 5] =
    ["if-match", "if-none-match", "if-unmodified-since", "schedule-tag", "if-schedule-tag-match"];

/// A long document, which the recordings shorten.
pub const LONG: &str = "{\"title\":\"one\",\"pad\":\"x\"}";

/// A request and its answer.
#[derive(Debug, Default)]
pub struct Exchange {
    pub title: String,
    pub method: String,
    pub path: String,
    pub sent: Headers,
    pub sent_body: String,
    pub status: u16,
    pub received: Headers,
    pub body: String,
}

/// The exchanges with one server, in their order.
pub struct Recording(Vec<Exchange>);

/// Parses one file: `### title`, then `>` lines of the request and `<` lines of the answer. `##` lines are remarks.
pub fn parse(text: &str) -> Recording {
    let mut exchanges: Vec<Exchange> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("### ") {
            exchanges.push(Exchange { title: title.to_owned(), ..Exchange::default() });
        } else if let (Some(last), Some(sent)) = (exchanges.last_mut(), line.strip_prefix("> ")) {
            match sent.strip_suffix(" HTTP/1.1").and_then(|line| line.split_once(' ')) {
                Some((method, path)) => (last.method, last.path) = (method.to_owned(), path.to_owned()),
                None => field(sent, &mut last.sent, &mut last.sent_body),
            }
        } else if let (Some(last), Some(received)) = (exchanges.last_mut(), line.strip_prefix("< ")) {
            match received.strip_prefix("HTTP/1.1 ") {
                Some(status) => last.status = status.split(' ').next().unwrap().parse().unwrap(),
                None => field(received, &mut last.received, &mut last.body),
            }
        }
    }
    assert!(exchanges.iter().all(|one| !one.method.is_empty() && one.status != 0), "every exchange is whole");
    Recording(exchanges)
}

fn field(line: &str, headers: &mut Headers, body: &mut String) {
    if let Some(text) = line.strip_prefix("body: ") {
        let is_shortened = text.ends_with(" bytes)") || text.ends_with(", binary)");
        text.clone_into(body);
        if is_shortened && !text.starts_with('<') {
            LONG.clone_into(body);
        }
        // A body in lines is recorded as a JSON text.
        if text.starts_with('"') {
            *body = json::Document::parse(text).unwrap().root().as_str().unwrap();
        }
    } else if let Some((name, value)) = line.split_once(": ") {
        headers.set(name, value);
    } else {
        assert!(line == "(no body)", "a line of another kind: {line}");
    }
}

/// How a replay ended.
#[derive(Debug)]
pub enum End {
    /// The write said that it is done.
    Done(Outcome),
    /// It would send this next, and nobody asked for more.
    Sends(Request),
}

/// The events of a replay.
#[derive(Debug)]
pub struct Replay {
    pub end: End,
    pub warnings: Vec<Warning>,
    pub waits: usize,
}

impl Recording {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn all(&self) -> impl Iterator<Item = &Exchange> {
        self.0.iter()
    }

    /// The first exchange with this title.
    #[track_caller]
    pub fn exchange(&self, title: &str) -> &Exchange {
        self.0.iter().find(|one| one.title == title).unwrap_or_else(|| panic!("no exchange \"{title}\""))
    }

    /// The snapshot of a read with the answer of this exchange.
    #[track_caller]
    pub fn base(&self, title: &str, versioning: &Versioning) -> Snapshot {
        let exchange = self.exchange(title);
        let mut read = Read::new(url(&exchange.path), None, None, true)
            .with(WriteOptions { versioning: versioning.clone(), ..WriteOptions::default() });
        drop(read.step(&mut Memory::default(), Event::Started, moment(0.0)));
        match read.step(&mut Memory::default(), Event::Answered(answer(exchange, 200)), moment(0.0)) {
            Step::Done(ReadOutcome::Read(snapshot, _)) => snapshot,
            other => panic!("expected a document in \"{title}\", but found {other:?}"),
        }
    }

    /// Drives `write` through the exchanges of these titles, at the time `now_ms`. Every request must be the recorded one:
    /// method, path, query and preconditions, and the body of a removal. A title is looked for after the one before; with `<` it is the last one before
    /// it; with `=` a read is answered with what that exchange returned. A probe is answered as what names a stale version.
    #[track_caller]
    pub fn replay(&self, write: &mut Write, titles: &[&str], now_ms: f64) -> Replay {
        let mut titles = titles.iter();
        let (mut cursor, mut waits, mut warnings) = (0, 0, Vec::new());
        let mut event = Event::Started;
        loop {
            let step = write.step(event, moment(now_ms)).unwrap();
            for notice in write.take_events() {
                if let ObserverEvent::Warning(warning) = notice {
                    warnings.push(warning);
                }
            }
            event = match step {
                Step::Wait { .. } => {
                    waits += 1;
                    Event::Waited
                }
                Step::Done(outcome) => {
                    assert_eq!(titles.next(), None, "it ended before: {outcome:?}");
                    return Replay { end: End::Done(outcome), warnings, waits };
                }
                Step::Send(request) => {
                    let Some(title) = titles.next() else {
                        return Replay { end: End::Sends(request), warnings, waits };
                    };
                    Event::Answered(self.answer(&mut cursor, title, &request))
                }
                other => panic!("a step of the client, not of a write: {other:?}"),
            };
        }
    }

    #[track_caller]
    fn answer(&self, cursor: &mut usize, title: &str, request: &Request) -> Response {
        if let Some(title) = title.strip_prefix('=') {
            assert_eq!(request.method, Method::Get, "{title}");
            return answer(self.exchange(title), 200);
        }
        let found = match title.strip_prefix('<') {
            Some(title) => self.0[..*cursor].iter().rposition(|one| one.title == title),
            None => self.0[*cursor..].iter().position(|one| one.title == title).map(|index| index + *cursor),
        };
        let index = found.unwrap_or_else(|| panic!("no exchange \"{title}\" from here"));
        *cursor = (*cursor).max(index + 1);
        let exchange = &self.0[index];
        assert_eq!(request.method.as_str(), exchange.method, "{title}");
        assert_eq!(request.url, url(&exchange.path), "{title}");
        for name in PRECONDITIONS {
            let sent = request.headers.get(name);
            // A tag that never matches is refused, or ignored, like a stale tag.
            let is_probe = sent == Some("\"mergefetch-probe\"") && title.contains("stale");
            assert!(is_probe || sent == exchange.sent.get(name), "{name} of \"{title}\": {sent:?}");
        }
        if request.method == Method::Delete {
            let body = request.body.clone().map(|body| String::from_utf8(body).unwrap()).unwrap_or_default();
            assert_eq!(body, exchange.sent_body, "{title}");
        }
        answer(exchange, exchange.status)
    }
}

pub fn url(path: &str) -> String {
    format!("http://127.0.0.1{path}")
}

fn moment(now_ms: f64) -> Moment {
    Moment { now_ms, random: 0.5 }
}

fn answer(exchange: &Exchange, status: u16) -> Response {
    let mut headers = exchange.received.clone();
    // Recorded on other ports.
    if let Some(path) = headers.get("location").and_then(|at| at.strip_prefix("http://")?.split_once('/')) {
        let path = format!("/{}", path.1);
        headers.set("location", path);
    }
    Response {
        status,
        url: url(&exchange.path),
        is_redirected: false,
        headers,
        body: Ok(exchange.body.clone().into_bytes()),
    }
}
