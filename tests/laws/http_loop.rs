//! With any answers in any order, a read and a write end, and mine is never changed.

use mergefetch::client::{
    Event, Memory, Moment, Origin, Outcome, PreconditionSupport, Read, Snapshot, Source, Step, UpdateMethod, WhenClean,
    Write, WriteOptions,
};
use mergefetch::conflict::{Choice, Document};
use mergefetch::http::{Format, Headers, Method, Request, Response, Versioning};

const URL: &str = "https://example.org/a?b=1";

/// Each of five rounds is a wait, a write, a read, a wait and a read; a look, a probe and a unique read come on top.
const MOST_STEPS: usize = 5 * 6 + 8;

/// Exchanges as octets: separated by 0x1E, each a line with the status, lines with fields, an empty line, and a body. A status that is
/// none is no answer. The first octets choose the kind of write.
struct Network<'a> {
    messages: Box<dyn Iterator<Item = &'a [u8]> + 'a>,
}

impl Network<'_> {
    fn answer(&mut self, request: &Request) -> Event {
        assert_ne!(request.headers.get("if-match"), Some("*"), "no write names any version");
        assert!(request.method != Method::Get || request.body.is_none(), "a read has no body");
        let Some(message) = self.messages.next() else { return Event::NoAnswer("nothing more".into()) };
        let (head, body) = match message.windows(2).position(|two| two == b"\n\n") {
            Some(end) => (&message[..end], &message[end + 2..]),
            None => (message, &b""[..]),
        };
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.trim().parse().ok());
        let Some(status) = status.filter(|status| (100..600).contains(status)) else {
            return Event::NoAnswer(head.into_owned());
        };
        let mut headers = Headers::new();
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            headers.set(name.trim(), value.trim());
        }
        Event::Answered(Response {
            status,
            url: request.url.clone(),
            is_redirected: false,
            headers,
            body: Ok(body.to_vec()),
        })
    }
}

fn moment(random: u8) -> Moment {
    Moment { now_ms: 1_700_000_000_000.0, random: f64::from(random) / 256.0 }
}

/// Drives a read and a write with these answers.
pub fn check(data: &[u8]) {
    let mut messages = data.split(|byte| *byte == 0x1e);
    let choice = messages.next().unwrap_or_default();
    let choose = |at: usize| choice.get(at).copied().unwrap_or_default();
    let rest: Vec<&[u8]> = messages.collect();
    let network = || Network { messages: Box::new(rest.clone().into_iter()) };
    let format = [Format::Json, Format::Text, Format::Bytes][usize::from(choose(0)) % 3];
    check_read(format, network(), choose(1));
    let versioning = || match choose(2) % 7 {
        0 => Versioning::couchdb(),
        1 => Versioning::odata(),
        2 => Versioning::fhir(),
        3 => Versioning::last_modified(),
        4 => Versioning::member("/v"),
        _ => Versioning::default(),
    };
    let options = WriteOptions {
        versioning: versioning(),
        origin: Origin::with(
            [
                PreconditionSupport::Unknown,
                PreconditionSupport::Suspect,
                PreconditionSupport::Enforced,
                PreconditionSupport::Ignored,
            ][usize::from(choose(3)) % 4],
        ),
        update: [UpdateMethod::Put, UpdateMethod::MergePatch, UpdateMethod::JsonPatch][usize::from(choose(4)) % 3],
        when_clean: [WhenClean::Merge, WhenClean::Ask, WhenClean::AskIfAmbiguous][usize::from(choose(5)) % 3],
        may_repeat: choose(6) % 4 != 0,
        has_idempotency_key: choose(6) % 3 == 0,
        has_unique_reads: choose(6) % 2 == 0,
        ..WriteOptions::default()
    };
    let (base, mine) = match format {
        Format::Json => ("{\"a\":1,\"b\":[1,2]}", "{\"a\":2,\"b\":[1,2,3]}"),
        _ => ("one\ntwo\nthree\n", "one\n2\nthree\n"),
    };
    let document = |text: &str| Document::parse(format, text.as_bytes()).unwrap();
    let snapshot = Snapshot {
        url: URL.into(),
        document: document(base),
        version: options.versioning.from_token(["\"1\"", "W/\"1\"", "1", ""][usize::from(choose(7)) % 4]),
        content_type: None,
        source: Source::Network,
        author: None,
        named: None,
    };
    let write = match choose(8) % 4 {
        0 => Write::create(URL, document(mine), options.clone()),
        1 => Write::create_below(URL, document(mine), options.clone()),
        2 => Write::remove(snapshot, options.clone()),
        _ => Write::update(snapshot, document(mine), options.clone()),
    };
    let is_removal = choose(8) % 4 == 2;
    let mut network = network();
    let Some(Outcome::Conflict(mut state)) = ended(write, &mut network, choose(1)) else { return };
    match state.conflict.mine() {
        Some(kept) => assert!(kept.equals(&document(mine)), "mine is what the caller gave"),
        None => assert!(is_removal),
    }
    // Once decided, the conflict goes out, and meets the remaining answers.
    if state.conflict.take([Choice::Mine, Choice::Theirs][usize::from(choose(9)) % 2], None).is_ok()
        && let Ok(write) = Write::submit(*state, options)
    {
        drop(ended(write, &mut network, choose(1)));
    }
}

fn check_read(format: Format, mut network: Network<'_>, random: u8) {
    let mut read = Read::new(URL, Some(format), None, true);
    let (mut memory, mut event) = (Memory::default(), Event::Started);
    for _ in 0..8 {
        event = match read.step(&mut memory, event, moment(random)) {
            Step::Send(request) => network.answer(&request),
            Step::Wait { .. } => Event::Waited,
            Step::Done(_) => return,
            other => panic!("{other:?}"),
        };
    }
    panic!("a read ends");
}

fn ended(mut write: Write, network: &mut Network<'_>, random: u8) -> Option<Outcome> {
    let mut event = Event::Started;
    for _ in 0..MOST_STEPS {
        drop(write.take_events());
        event = match write.step(event, moment(random)) {
            Ok(Step::Send(request)) => network.answer(&request),
            Ok(Step::Wait { ms }) => {
                assert!(ms <= 60_000, "{ms} ms");
                Event::Waited
            }
            Ok(Step::Done(outcome)) => return Some(outcome),
            Ok(other) => panic!("{other:?}"),
            // Documents that a merge cannot take, or that a patch cannot say: told, and mine is with the caller.
            Err(error) => {
                assert_ne!(error.code().as_str(), "internal", "{error}");
                return None;
            }
        };
    }
    panic!("a write ends");
}
