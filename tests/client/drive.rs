//! Drives a machine against the server, with faults at chosen requests.

use std::collections::VecDeque;

use mergefetch::client::{
    ConflictState, Engine, Event, Get, Machine, Memory, Moment, ObserverEvent, Outcome, Read, ReadOutcome,
    ResolvedSilently, SavedKind, Snapshot, Source, Step, Warning, Write, WriteOptions,
};
use mergefetch::conflict::{Document, Refusal, RefusalKind};
use mergefetch::http::{BodyFailure, Format, Headers, Method, Request, Response, StoredResponse, Versioning};

use super::server::{Server, URL, answer};

/// The fault of one request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Somebody else writes just before the request arrives; `None` removes.
    Competitor(Option<&'static str>),
    /// Somebody else writes between the request and its answer.
    CompetitorAfter(Option<&'static str>),
    /// The connection breaks before the request arrives.
    LostBefore,
    /// The connection breaks after it was carried out.
    LostAfter,
    /// Something else answers; the request never arrives.
    Answer(u16, &'static str, &'static str),
    /// The same, with one field more.
    AnswerWith(u16, (&'static str, &'static str), &'static str),
    /// It is carried out, and answered like this.
    AnswerAfter(u16, &'static str, &'static str),
    /// It is carried out, and answered with this status and the field of the answer that is named.
    AnswerAfterWith(u16, &'static str),
    /// The server treats a stale update of a removed document as a creation.
    Recreate,
    /// It is carried out, and the answer of another URL with this status is what comes of the redirect that follows.
    RedirectedAfter(u16),
    /// The server does not look at the precondition.
    NoPrecondition,
    /// The body of the answer breaks off.
    Cut,
    /// The body of the answer is larger than the limit.
    TooLarge,
    /// A replica answers, so many states behind.
    Behind(usize),
}

/// The faults of the next requests, one list for each request.
#[derive(Default)]
pub struct Faults {
    pub writes: VecDeque<Vec<Fault>>,
    pub reads: VecDeque<Vec<Fault>>,
}

pub fn no_faults() -> Faults {
    Faults::default()
}

/// One list of faults for each write, in their order.
pub fn on_writes<const N: usize>(faults: [Vec<Fault>; N]) -> Faults {
    Faults { writes: faults.into(), ..Faults::default() }
}

impl Faults {
    /// One list of faults for each read, in their order.
    pub fn and_on_reads<const N: usize>(mut self, faults: [Vec<Fault>; N]) -> Self {
        self.reads = faults.into();
        self
    }

    fn next(&mut self, method: Method) -> Vec<Fault> {
        let queue = match method {
            Method::Get => &mut self.reads,
            _ => &mut self.writes,
        };
        queue.pop_front().unwrap_or_default()
    }

    pub fn exchange(&mut self, server: &mut Server, request: &Request) -> Event {
        let mut request = request.clone();
        let mut lost_after = false;
        let (mut answer_after, mut kept_field) = (None, None);
        let sent = request.headers.get("if-match").map(str::to_owned);
        let mut competitor = None;
        let mut body = None;
        let mut instead = None;
        for fault in self.next(request.method) {
            match fault {
                Fault::Competitor(document) => server.compete(document),
                Fault::CompetitorAfter(document) => competitor = Some(document),
                Fault::LostBefore => {
                    server.note(&request, 0);
                    return Event::NoAnswer("the connection broke".into());
                }
                Fault::LostAfter => lost_after = true,
                Fault::Answer(status, content_type, body) => {
                    instead = Some(typed(status, content_type, body));
                }
                Fault::AnswerWith(status, (name, value), body) => {
                    instead = Some(answer(status, Headers::new().with(name, value), body));
                }
                Fault::AnswerAfter(status, content_type, body) => {
                    answer_after = Some(typed(status, content_type, body));
                }
                Fault::RedirectedAfter(status) => {
                    let elsewhere = answer(status, Headers::new(), "");
                    answer_after = Some(Response { url: "https://example.org/elsewhere".into(), ..elsewhere });
                }
                Fault::AnswerAfterWith(status, field) => kept_field = Some((status, field)),
                Fault::NoPrecondition | Fault::Recreate => request.headers.remove("if-match"),
                Fault::Cut => body = Some(BodyFailure::Cut),
                Fault::TooLarge => {
                    body = Some(BodyFailure::TooLarge { found_bytes: 50_000_000 });
                }
                Fault::Behind(states) => {
                    instead = Some(server.read(&request, server.history.len() - 1 - states));
                }
            }
        }
        let mut response = match instead {
            Some(instead) => {
                server.note(&request, instead.status);
                instead
            }
            None => server.handle(&request),
        };
        if let Some(document) = competitor {
            server.compete(document);
        }
        if lost_after {
            return Event::NoAnswer("the connection broke".into());
        }
        if let (Some(sent), Some(noted)) = (sent, server.log.last_mut()) {
            noted.if_match = Some(sent);
        }
        if let Some((status, field)) = kept_field {
            let value = response.headers.get(field).unwrap_or_default().to_owned();
            answer_after = Some(answer(status, Headers::new().with(field, value), ""));
        }
        response = answer_after.unwrap_or(response);
        if let Some(failure) = body {
            response.body = Err(failure);
        }
        Event::Answered(response)
    }
}

fn typed(status: u16, content_type: &str, body: &str) -> Response {
    let headers = match content_type {
        "" => Headers::new(),
        content_type => Headers::new().with("Content-Type", content_type),
    };
    answer(status, headers, body)
}

/// More steps than any machine may take with five rounds: each round is a wait, a write, a read, a wait and a read.
pub const MOST_STEPS: usize = 5 * 6 + 5;

/// The outcome of a write, with its events.
#[derive(Debug)]
pub struct Run {
    pub outcome: Outcome,
    pub events: Vec<ObserverEvent>,
    pub waited_ms: Vec<u32>,
}

pub fn moment() -> Moment {
    Moment { now_ms: 1_000_000.0, random: 0.5 }
}

/// Runs `write` to its end.
pub fn run(mut write: Write, server: &mut Server, faults: Faults) -> Run {
    run_mut(&mut write, server, faults)
}

/// The same, for who asks the write about itself afterwards.
pub fn run_mut(write: &mut Write, server: &mut Server, mut faults: Faults) -> Run {
    let mut events = Vec::new();
    let mut waited_ms = Vec::new();
    let mut event = Event::Started;
    for _ in 0..MOST_STEPS {
        let step = write.step(event, moment()).unwrap();
        events.extend(write.take_events());
        event = match step {
            Step::Send(request) => faults.exchange(server, &request),
            Step::Wait { ms } => {
                waited_ms.push(ms);
                Event::Waited
            }
            Step::Done(outcome) => {
                return Run { outcome, events, waited_ms };
            }
            other => panic!("a step of the client, not of a write: {other:?}"),
        };
    }
    panic!("the write did not end within {MOST_STEPS} steps: {:?}", server.requests());
}

/// Runs a read to its end.
pub fn run_read(mut read: Read, server: &mut Server, mut faults: Faults) -> ReadOutcome {
    let mut event = Event::Started;
    for _ in 0..MOST_STEPS {
        event = match read.step(&mut Memory::default(), event, moment()) {
            Step::Send(request) => faults.exchange(server, &request),
            Step::Wait { .. } => Event::Waited,
            Step::Done(outcome) => return outcome,
            other => panic!("a step of the client, not of a read: {other:?}"),
        };
    }
    panic!("the read did not end: {:?}", server.requests());
}

/// Runs a machine of the client to its end, with a store that holds nothing; every write has its turn at once.
pub fn run_call(
    call: &mut dyn Machine,
    memory: &mut Memory,
    server: &mut Server,
    mut faults: Faults,
) -> Vec<ObserverEvent> {
    let mut events = Vec::new();
    let mut event = Event::Started;
    for _ in 0..4 * MOST_STEPS {
        let step = call.step(memory, event, moment()).unwrap();
        events.extend(call.take_events());
        event = match step {
            Step::Send(request) => faults.exchange(server, &request),
            Step::Wait { .. } => Event::Waited,
            Step::Load(_) => Event::Loaded(None),
            Step::LoadEngine => Event::EngineLoaded(Engine::linked()),
            Step::Keep(..) | Step::Forget(_) => Event::Stored,
            Step::Validate(_) => Event::Validated(None),
            Step::Done(()) => return events,
            Step::Turn | Step::Change(_) => panic!("{step:?}"),
        };
    }
    panic!("the call did not end: {:?}", server.requests());
}

/// Runs a read of the client to its end.
pub fn run_get(mut get: Get, memory: &mut Memory, server: &mut Server, faults: Faults) -> ReadOutcome {
    run_call(&mut get, memory, server, faults);
    get.into_outcome().unwrap()
}

/// The current document, and its record.
pub fn read_record(server: &mut Server) -> (Snapshot, Option<StoredResponse>) {
    match run_read(Read::new(URL, None, None, true), server, no_faults()) {
        ReadOutcome::Read(snapshot, record) => (snapshot, record),
        other => panic!("expected the document, but found {other:?}"),
    }
}

/// The current document, without an entry in the log.
pub fn read(server: &mut Server) -> Snapshot {
    let snapshot = read_record(server).0;
    server.log.pop();
    snapshot
}

/// Reads, lets `compete` happen, and saves `mine`.
pub fn save(server: &mut Server, mine: &str, faults: Faults) -> Run {
    save_with(server, mine, WriteOptions::default(), faults)
}

pub fn save_with(server: &mut Server, mine: &str, options: WriteOptions, faults: Faults) -> Run {
    let base = read(server);
    let mine = document(base.document.format(), mine);
    run(Write::update(base, mine, options), server, faults)
}

/// Runs `write`. The server does not carry it out, and answers with this status and message.
#[track_caller]
pub fn is_refused_as(kind: RefusalKind, write: Write, server: &mut Server, (status, body): (u16, &'static str)) {
    let run = run(write, server, on_writes([vec![Fault::Answer(status, "application/json", body)]]));
    assert_eq!(run.refusal().kind, kind, "{status} {body}");
}

pub fn document(format: Format, text: &str) -> Document {
    Document::parse(format, text.as_bytes()).unwrap()
}

/// A snapshot that this page never read: an answer of the server once named its version.
pub fn snapshot(document: Document, version: Option<&str>) -> Snapshot {
    Snapshot {
        url: URL.into(),
        document,
        version: version.and_then(|token| Versioning::default().from_token(token)),
        content_type: None,
        source: Source::Network,
        author: None,
        named: None,
    }
}

impl Run {
    #[track_caller]
    pub fn saved(&self, kind: SavedKind) -> Option<&Snapshot> {
        match &self.outcome {
            Outcome::Saved(found, snapshot) if *found == kind => snapshot.as_ref(),
            Outcome::Created(_) if kind == SavedKind::Created => None,
            other => panic!("expected {kind:?}, but found {other:?}"),
        }
    }

    #[track_caller]
    pub fn merged(&self) -> &Snapshot {
        match &self.outcome {
            Outcome::Merged(snapshot, _) => snapshot,
            other => panic!("expected a merge, but found {other:?}"),
        }
    }

    #[track_caller]
    pub fn refusal(&self) -> &Refusal {
        match &self.outcome {
            Outcome::Refused(refusal) => refusal,
            other => panic!("expected a refusal, but found {other:?}"),
        }
    }

    #[track_caller]
    pub fn conflict(self) -> ConflictState {
        match self.outcome {
            Outcome::Conflict(state) => *state,
            other => panic!("expected a conflict, but found {other:?}"),
        }
    }

    pub fn absorbed(&self) -> Vec<ResolvedSilently> {
        let absorbed = |notice: &ObserverEvent| match notice {
            ObserverEvent::ResolvedSilently(kind) => Some(*kind),
            ObserverEvent::Warning(_) | ObserverEvent::Withheld(_) => None,
        };
        self.events.iter().filter_map(absorbed).collect()
    }

    pub fn warnings(&self) -> Vec<Warning> {
        let warning = |notice: &ObserverEvent| match notice {
            ObserverEvent::Warning(warning) => Some(*warning),
            ObserverEvent::ResolvedSilently(_) | ObserverEvent::Withheld(_) => None,
        };
        self.events.iter().filter_map(warning).collect()
    }
}
