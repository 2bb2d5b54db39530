//! A page as it ships: one memory, one store, and calls that run one after the other or at once.

use std::collections::BTreeMap;

use mergefetch::client::{
    ConflictState, Engine, Event, Fetch, Fetched, FetchedWrite, Get, Held, Kept, Machine, Memory, Moment,
    ObserverEvent, Outcome, ReadOutcome, Refresh, Save, SavedKind, Snapshot, Step, Update, Updated, Warning,
    WriteOptions, next_step,
};
use mergefetch::conflict::{Document, MergeOptions, RefusalKind};
use mergefetch::http::{Format, Headers, Method, RequestSource};
use mergefetch::merge::json::{self, Rule};

use super::drive::{Faults, MOST_STEPS, document, moment, no_faults};
use super::server::{Server, URL};

/// The change that the caller's function of `update` makes.
pub type Change = fn(&Document) -> Document;

pub struct Page {
    pub memory: Memory,
    pub store: BTreeMap<String, Vec<u8>>,
    pub options: WriteOptions,
    pub heard: Vec<ObserverEvent>,
    pub faults: Faults,
    pub change: Change,
    /// Whether the engine cannot be loaded.
    pub has_no_engine: bool,
    steps: u32,
}

/// One call of a page.
pub struct Call<'a> {
    machine: &'a mut dyn Machine,
    event: Option<Event>,
    is_done: bool,
    /// The body of the caller's own request through `fetch`.
    body: Option<Vec<u8>>,
}

impl<'a> Call<'a> {
    pub fn of(machine: &'a mut dyn Machine) -> Self {
        Self { machine, event: Some(Event::Started), is_done: false, body: None }
    }

    pub fn with_body(self, body: Option<&str>) -> Self {
        Self { body: body.map(|body| body.as_bytes().to_vec()), ..self }
    }
}

impl Default for Page {
    fn default() -> Self {
        Self {
            memory: Memory::default(),
            store: BTreeMap::new(),
            options: WriteOptions::default(),
            heard: Vec::new(),
            faults: no_faults(),
            change: |document| document.clone(),
            has_no_engine: false,
            steps: 0,
        }
    }
}

pub fn parse(text: &str) -> Document {
    document(Format::Json, text)
}

/// A text with these lines.
pub fn lines(words: &str) -> String {
    words.split(' ').flat_map(|line| [line, "\n"]).collect()
}

/// A server with a document, a page, and the snapshot that the page has read.
pub fn opened(document: &str) -> (Server, Page, Snapshot) {
    opened_with(WriteOptions::default(), document)
}

pub fn opened_with(options: WriteOptions, document: &str) -> (Server, Page, Snapshot) {
    let (mut server, mut page) = (Server::json(document), Page::with(options));
    let base = page.get(&mut server);
    (server, page, base)
}

/// One more in the member `n`.
pub fn one_more(document: &Document) -> Document {
    let text = document.text().unwrap();
    let (before, after) = text.split_once("\"n\":").unwrap();
    let end = after.find([',', '}']).unwrap();
    let number: u64 = after[..end].parse().unwrap();
    parse(&format!("{before}\"n\":{}{}", number + 1, &after[end..]))
}

/// `/n` is a counter.
pub fn counting() -> WriteOptions {
    let rules = vec![("/n".to_owned(), Rule::Counter)];
    let merge = MergeOptions { json: json::Options { rules, ..json::Options::default() }, ..MergeOptions::default() };
    WriteOptions { merge, ..WriteOptions::default() }
}

impl Page {
    pub fn with(options: WriteOptions) -> Self {
        Self { options, ..Self::default() }
    }

    /// The tab is closed and opened again: only the content of the store survives.
    pub fn reload(&mut self) {
        self.memory = Memory::default();
    }

    /// One step of one call.
    pub fn step(&mut self, call: &mut Call<'_>, server: &mut Server) {
        let Some(event) = call.event.take() else { return };
        self.steps += 1;
        // Another random number for each event, as they come in the browser.
        let random = f64::from(self.steps % 1000) / 1000.0;
        self.memory.select(self.options.user);
        let step = next_step(call.machine, &mut self.memory, event, Moment { random, ..moment() }).unwrap();
        self.heard.extend(call.machine.take_events());
        call.event = Some(match step {
            Step::Turn => Event::Turn,
            Step::LoadEngine if self.has_no_engine => {
                assert!(call.machine.ends_without_engine(), "a call that has no outcome without the engine");
                Event::NoEngine
            }
            Step::LoadEngine => Event::EngineLoaded(Engine::linked()),
            Step::Load(key) => Event::Loaded(self.store.get(&key).cloned()),
            Step::Keep(key, bytes) => {
                self.store.insert(key, bytes);
                Event::Stored
            }
            Step::Forget(keys) => {
                self.store.retain(|key, _| !keys.contains(key));
                Event::Stored
            }
            Step::Change(document) => Event::Changed((self.change)(&document)),
            Step::Validate(_) => Event::Validated(None),
            Step::Send(mut request) => {
                if request.source == RequestSource::Caller {
                    request.body.clone_from(&call.body);
                }
                self.faults.exchange(server, &request)
            }
            Step::Wait { .. } => Event::Waited,
            Step::Done(()) => {
                call.is_done = true;
                return;
            }
        });
    }

    /// The page aborts a call.
    pub fn abandon(&mut self, call: Call<'_>) {
        call.machine.abandon(&mut self.memory);
    }

    /// Steps of one call until `holds` is true of the server.
    #[track_caller]
    pub fn step_until(&mut self, call: &mut Call<'_>, server: &mut Server, holds: fn(&Server) -> bool) {
        for _ in 0..MOST_STEPS {
            if holds(server) {
                return;
            }
            self.step(call, server);
        }
        panic!("the call does not lead there: {:?}", server.requests());
    }

    /// Runs calls at once, one step each in turn.
    pub fn run(&mut self, calls: &mut [Call<'_>], server: &mut Server) {
        for _ in 0..8 * MOST_STEPS {
            if calls.iter().all(|call| call.is_done) {
                return;
            }
            for call in &mut *calls {
                self.step(call, server);
            }
        }
        panic!("a call does not end: {:?}", server.requests());
    }

    pub fn run_one(&mut self, machine: &mut dyn Machine, server: &mut Server) {
        self.run(&mut [Call::of(machine)], server);
    }

    pub fn try_get(&mut self, server: &mut Server) -> ReadOutcome {
        let mut get = Get::new(URL, None, Headers::new(), self.options.clone());
        self.run_one(&mut get, server);
        get.into_outcome().unwrap()
    }

    #[track_caller]
    pub fn get(&mut self, server: &mut Server) -> Snapshot {
        match self.try_get(server) {
            ReadOutcome::Read(snapshot, _) => snapshot,
            other => panic!("expected the document, but found {other:?}"),
        }
    }

    pub fn end(&mut self, mut save: Save, server: &mut Server) -> Outcome {
        self.run_one(&mut save, server);
        save.into_outcome().unwrap().0
    }

    pub fn saving(&mut self, base: &Snapshot, mine: &str) -> Save {
        Save::update(&mut self.memory, base.clone(), parse(mine), self.options.clone())
    }

    pub fn save(&mut self, base: &Snapshot, mine: &str, server: &mut Server) -> Outcome {
        let save = self.saving(base, mine);
        self.end(save, server)
    }

    /// Saves a text; `mine` has its lines, separated by spaces.
    pub fn save_lines(&mut self, base: &Snapshot, mine: &str, server: &mut Server) -> Outcome {
        let mine = document(Format::Text, &lines(mine));
        let save = Save::update(&mut self.memory, base.clone(), mine, self.options.clone());
        self.end(save, server)
    }

    /// Starts a save, and aborts it when its first write has been answered or lost on the way.
    pub fn save_and_abort(&mut self, base: &Snapshot, mine: &str, server: &mut Server) {
        let mut save = self.saving(base, mine);
        let writes = server.log.iter().filter(|one| one.method != Method::Get).count();
        let mut event = Event::Started;
        for _ in 0..MOST_STEPS {
            match save.step(&mut self.memory, event, moment()).unwrap() {
                Step::Load(_) => event = Event::Loaded(None),
                Step::LoadEngine => event = Event::EngineLoaded(Engine::linked()),
                Step::Send(request) => event = self.faults.exchange(server, &request),
                other => panic!("{other:?}"),
            }
            if server.log.iter().filter(|one| one.method != Method::Get).count() > writes {
                save.abandon(&mut self.memory);
                return;
            }
        }
        panic!("nothing was written");
    }

    pub fn create(&mut self, mine: &str, server: &mut Server) -> Outcome {
        let save = Save::create(&mut self.memory, URL, parse(mine), false, self.options.clone());
        self.end(save, server)
    }

    pub fn remove(&mut self, base: &Snapshot, server: &mut Server) -> Outcome {
        let save = Save::remove(&mut self.memory, base.clone(), self.options.clone());
        self.end(save, server)
    }

    pub fn updating(&mut self, change: Change) -> Update {
        self.change = change;
        Update::new(URL, None, Headers::new(), self.options.clone())
    }

    #[track_caller]
    pub fn update(&mut self, change: Change, server: &mut Server) -> Outcome {
        let mut update = self.updating(change);
        self.run_one(&mut update, server);
        written(update)
    }

    pub fn submitting(&mut self, held: &Held) -> Save {
        Save::submit(&mut self.memory, held.clone(), self.options.clone())
    }

    pub fn submit(&mut self, held: &Held, server: &mut Server) -> Outcome {
        let save = self.submitting(held);
        self.end(save, server)
    }

    pub fn refreshing(&self, held: &Held) -> Refresh {
        Refresh::new(held.clone(), None, Headers::new(), self.options.clone())
    }

    /// A GET through `fetch`; its answer is remembered, as the driver does it.
    pub fn fetch(&mut self, server: &mut Server) -> Fetch {
        let call = fetched();
        let mut fetch = Fetch::new(call.clone(), self.options.clone());
        let mut event = Event::Started;
        for _ in 0..MOST_STEPS {
            let step = fetch.step(&mut self.memory, event, moment()).unwrap();
            event = match step {
                Step::Load(key) => Event::Loaded(self.store.get(&key).cloned()),
                Step::LoadEngine => Event::EngineLoaded(Engine::linked()),
                Step::Keep(key, bytes) => {
                    self.store.insert(key, bytes);
                    Event::Stored
                }
                Step::Send(request) => {
                    let event = self.faults.exchange(server, &request);
                    if let Event::Answered(response) = &event
                        && call.is_document(response)
                    {
                        match call.keep(&mut self.memory, &self.options, response) {
                            Kept::Stored(record) => drop(self.store.insert(call.key(), record.encode())),
                            Kept::Forgotten => drop(self.store.remove(&call.key())),
                            Kept::Unread => {}
                        }
                    }
                    event
                }
                Step::Done(()) => return fetch,
                other => panic!("{other:?}"),
            };
        }
        panic!("a fetch does not end: {:?}", server.requests());
    }

    /// A write through `fetch`, not yet sent. The call also needs the body.
    pub fn fetch_writing(&mut self, method: Method, body: Option<&str>) -> Save {
        let body = body.map(|body| body.as_bytes().to_vec());
        let call = FetchedWrite { call: fetched(), method, body };
        Save::fetch(&mut self.memory, call, self.options.clone())
    }

    /// A write through `fetch`.
    pub fn fetch_write(&mut self, method: Method, body: Option<&str>, server: &mut Server) -> Save {
        let mut save = self.fetch_writing(method, body);
        self.run(&mut [Call::of(&mut save).with_body(body)], server);
        save
    }

    pub fn warnings(&self) -> Vec<Warning> {
        let warning = |notice: &ObserverEvent| match notice {
            ObserverEvent::Warning(warning) => Some(*warning),
            ObserverEvent::ResolvedSilently(_) | ObserverEvent::Withheld(_) => None,
        };
        self.heard.iter().filter_map(warning).collect()
    }
}

/// A call of `fetch` with JSON.
pub fn fetched() -> Fetched {
    let fields = Headers::new().with("Content-Type", "application/json");
    Fetched { url: URL.to_owned(), fields, format: None, has_default_cache: true }
}

#[track_caller]
pub fn written(update: Update) -> Outcome {
    match update.into_outcome() {
        Some((Updated::Written(outcome, _), _)) => outcome,
        other => panic!("expected a write, but found {other:?}"),
    }
}

#[track_caller]
pub fn saved(outcome: Outcome) -> Snapshot {
    match outcome {
        Outcome::Saved(_, Some(snapshot)) | Outcome::Merged(snapshot, _) => snapshot,
        other => panic!("expected a success with a snapshot, but found {other:?}"),
    }
}

#[track_caller]
pub fn is_kind(outcome: &Outcome, kind: SavedKind) {
    assert!(matches!(outcome, Outcome::Saved(found, _) if *found == kind), "expected {kind:?}, but found {outcome:?}");
}

#[track_caller]
pub fn is_merged(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Merged(..)), "expected a merge, but found {outcome:?}");
}

#[track_caller]
pub fn refused(outcome: &Outcome, kind: RefusalKind) {
    assert!(
        matches!(outcome, Outcome::Refused(refusal) if refusal.kind == kind),
        "expected {kind:?}, but found {outcome:?}"
    );
}

#[track_caller]
pub fn conflict(outcome: Outcome) -> ConflictState {
    match outcome {
        Outcome::Conflict(state) => *state,
        other => panic!("expected a conflict, but found {other:?}"),
    }
}
