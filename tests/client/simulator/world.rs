//! The servers, the tabs, and the next event.

use std::collections::{BTreeMap, BTreeSet};

use mergefetch::client::{Engine, Event, Get, Memory, Moment, Objection, Step, WriteOptions};
use mergefetch::conflict::{Document, MergeOptions};
use mergefetch::http::{Headers, Method, Request, RequestSource, Response};
use mergefetch::merge::json;

use super::model::{COUNTER, Kind, Random, Value, count, document, fields, start, url, write};
use super::tab::{Call, Form, Running, Session, Tab};
use crate::server::{PutAnswer, START_S, Server, Tags};

/// How a run goes.
#[derive(Debug, Clone)]
pub struct Habits {
    pub kind: Kind,
    pub tags: Tags,
    pub put_answer: PutAnswer,
    /// The status of every write, whatever it says.
    pub refuses_all: Option<u16>,
    /// Whether the server adds a member of its own to each stored document.
    pub is_stamping: bool,
    /// How many of a hundred exchanges go wrong.
    pub fault_percent: usize,
    /// Whether a request may arrive long after its sender gave up, also a second time.
    pub is_slow_to_arrive: bool,
    /// How many of a thousand steps of a tab are its last.
    pub death_permille: usize,
    /// Whether the server compares nothing.
    pub ignores_versions: bool,
    /// Whether time passes, so that two writes may fall into one second, and by how much the clocks of clients may be wrong.
    pub skew_ms: Option<i64>,
    /// Whether people type one of few values, so that edits are equal and old values come back.
    pub is_repeating: bool,
    /// How many of a hundred reads are answered by a replica that is some states behind, or by a shared cache.
    pub lag_percent: usize,
    /// Whether reads past a shared cache may carry a query of their own, which finds the newest state.
    pub has_unique_reads: bool,
    /// Whether documents have a counter, by rule, which people also `update`.
    pub is_counting: bool,
    /// Whether reads are redirected to where the document really lives.
    pub redirects: bool,
    /// The misbehaviour of the server: see [`Server`].
    pub quirks: Quirks,
    /// Whether nothing may go out unprotected.
    pub refuses_unprotected: bool,
    /// How many of a hundred people use `fetch`.
    pub fetch_percent: usize,
}

/// The misbehaviour of a server.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quirks {
    pub ignores_versions_of_removals: bool,
    pub ignores_if_none_match: bool,
    pub answers_with_201: bool,
    pub recreates: bool,
}

impl Habits {
    /// Whether the server cannot tell a stale write, so that only a read right before it protects it.
    pub fn is_blind(&self) -> bool {
        self.ignores_versions || self.tags == Tags::Hidden
    }
}

pub struct World {
    pub seed: u64,
    pub random: Random,
    pub habits: Habits,
    /// One for each document.
    pub servers: Vec<Server>,
    pub tabs: Vec<Tab>,
    /// Writes whose sender gave up and that still arrive.
    pub late: Vec<(Request, Session)>,
    pub tokens: usize,
    /// The right time.
    pub now_ms: u64,
    /// Which form of which tab wrote a value into a field, the latest last: a decision may bring an old one back.
    pub writers: BTreeMap<Value, Vec<(usize, usize)>>,
    /// Who typed which value.
    pub typed: BTreeSet<(usize, String, Option<String>)>,
    /// Who decided for which value. A later edit of the same person may replace it, as it may replace typed text of that person.
    pub chosen: BTreeSet<(usize, String, Option<String>)>,
    /// By its call, the states that a write has led to.
    pub committed: BTreeMap<usize, usize>,
    /// By lineage: the acknowledged increments of the counter, and the largest possible sum.
    pub counted: BTreeMap<(usize, usize), (i64, i64)>,
    /// Lineages of which the fate of a write is unknown.
    pub doubted: BTreeSet<usize>,
    lineages: usize,
    pub finished: usize,
    pub is_draining: bool,
    pub story: Vec<String>,
}

/// More steps than any call takes, with all that it loads and keeps.
const MOST_STEPS: usize = 250;

impl World {
    pub fn new(seed: u64, habits: Habits) -> Self {
        let mut random = Random::new(seed);
        let content_type = match habits.kind {
            Kind::Json => "application/json",
            Kind::Text => "text/plain",
        };
        let server = |number| {
            let mut first = start(number);
            if habits.is_counting {
                first.insert(COUNTER.to_owned(), "0".to_owned());
            }
            let mut server = Server::new(content_type, &write(habits.kind, &first));
            server.tags = habits.tags;
            server.put_answer = habits.put_answer;
            server.refuses_all = habits.refuses_all;
            server.is_stamping = habits.is_stamping;
            server.ignores_versions = habits.ignores_versions;
            server.ignores_versions_of_removals = habits.quirks.ignores_versions_of_removals;
            server.ignores_if_none_match = habits.quirks.ignores_if_none_match;
            server.answers_with_201 = habits.quirks.answers_with_201;
            server.recreates = habits.quirks.recreates;
            server
        };
        let servers: Vec<_> = (0..1 + random.below(3)).map(server).collect();
        let documents = servers.len();
        // Some tabs have the engine from the start, the others load it when a machine asks for it.
        let memory = |has_engine: bool| {
            let mut memory = Memory::default();
            if has_engine {
                memory.has_loaded(Engine::linked());
            }
            memory
        };
        let tab = |number: usize| Tab {
            memory: memory((seed as usize + number).is_multiple_of(3)),
            skew_ms: habits.skew_ms.unwrap_or_default() * [0, 1, -1][number % 3],
            forms: (0..2).map(|_| Form::default()).collect(),
            acknowledged: vec![0; documents],
            is_replaced: vec![false; documents],
            ..Tab::default()
        };
        let tabs = (0..2 + random.below(3)).map(tab).collect();
        Self {
            seed,
            random,
            habits,
            servers,
            tabs,
            late: Vec::new(),
            tokens: 0,
            now_ms: 0,
            writers: BTreeMap::new(),
            typed: BTreeSet::new(),
            chosen: BTreeSet::new(),
            committed: BTreeMap::new(),
            counted: BTreeMap::new(),
            doubted: BTreeSet::new(),
            lineages: 0,
            finished: 0,
            is_draining: false,
            story: Vec::new(),
        }
    }

    /// How many edits came to a good end.
    pub fn run(mut self) -> usize {
        const TICKS: usize = 150;
        for _ in 0..TICKS {
            let tab = self.random.below(self.tabs.len());
            if self.random.below(1000) < self.habits.death_permille {
                self.die(tab);
            }
            let form = self.random.below(2);
            self.tick(tab, form);
            if !self.late.is_empty() && self.random.percent(10) {
                let at = self.random.below(self.late.len());
                let (request, session) = self.late.swap_remove(at);
                self.story.push("a late request arrives".into());
                self.arrive(&request, &session);
            }
        }
        self.drain();
        self.finished
    }

    /// Every call ends.
    fn drain(&mut self) {
        self.is_draining = true;
        self.now_ms += 10_000_000;
        for tab in 0..self.tabs.len() {
            for _ in 0..4 * MOST_STEPS {
                self.now_ms += 2_000;
                for form in 0..2 {
                    if !self.tabs[tab].forms[form].calls.is_empty() {
                        let call = self.random.below(self.tabs[tab].forms[form].calls.len());
                        self.advance(tab, form, call);
                    }
                }
                if !self.tabs[tab].has_calls() {
                    break;
                }
            }
            self.check(!self.tabs[tab].has_calls(), || format!("a call of {tab} does not end"));
        }
    }

    #[track_caller]
    pub fn check(&self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            let story = self.story.join("\n  ");
            let again = format!("cargo xtask simulate --schedules 1 --seed {}", self.seed);
            panic!("{}\n{:?}\n  {story}\n{again}", what(), self.habits);
        }
    }

    /// A tab is closed, or crashes: it loses everything but the store. A request may be under way.
    fn die(&mut self, id: usize) {
        self.story.push(format!("the tab of {id} dies"));
        let tab = &mut self.tabs[id];
        let forms = std::mem::take(&mut tab.forms);
        tab.memory = Memory::default();
        tab.counted.clear();
        tab.acknowledged.fill(0);
        tab.is_replaced.fill(false);
        tab.superseded.clear();
        for Form { calls, draft, .. } in forms {
            for call in calls {
                self.forget(call);
            }
            self.tabs[id].forms.push(Form { draft, ..Form::default() });
        }
    }

    /// Nobody hears of a call any more; its request may arrive.
    pub fn forget(&mut self, call: Call) {
        self.doubted.insert(call.session.lineage);
        if let Some((request, session)) = call.flying {
            match self.random.below(3) {
                0 => drop(self.arrive(&request, &session)),
                1 if self.habits.is_slow_to_arrive => self.late.push((request, session)),
                _ => {}
            }
        }
    }

    fn tick(&mut self, id: usize, form: usize) {
        if self.habits.skew_ms.is_some() {
            self.now_ms += self.random.below(60) as u64;
        }
        let calls = self.tabs[id].forms[form].calls.len();
        if calls == 0 {
            return self.act(id, form);
        }
        if self.random.percent(6) {
            return self.meddle(id, form);
        }
        let call = self.random.below(calls);
        self.advance(id, form, call);
    }

    /// One exchange, or one step, of one call.
    fn advance(&mut self, id: usize, form: usize, at: usize) {
        let mut call = self.tabs[id].forms[form].calls.remove(at);
        if call.due_ms > self.now_ms {
            self.tabs[id].forms[form].calls.insert(at, call);
            return;
        }
        if let Some((request, session)) = call.flying.take() {
            let event = self.exchange(id, &mut call, &request, &session);
            Self::hear(&mut call, &request, &event);
            call.event = Some(event);
            self.tabs[id].forms[form].calls.insert(at, call);
            return;
        }
        while let Some(event) = call.event.take() {
            let moment = self.moment(id);
            let step = call.step(&mut self.tabs[id].memory, event, moment).unwrap();
            let steps = call.steps;
            self.check(steps <= MOST_STEPS, || format!("a call of {id} does not end"));
            match step {
                Step::Done(()) => return self.ended(id, form, call),
                Step::Turn => {
                    call.event = Some(Event::Turn);
                    call.steps -= 1;
                    break;
                }
                Step::Wait { ms } => {
                    self.check(ms <= 3_600_000, || format!("{id} waits {ms} ms"));
                    call.due_ms = if self.habits.skew_ms.is_some() { self.now_ms + u64::from(ms) } else { 0 };
                    call.event = Some(Event::Waited);
                    break;
                }
                Step::Send(request) => {
                    self.send(id, form, &mut call, request);
                    break;
                }
                other => call.event = Some(self.store(id, &mut call, other)),
            }
            // The store, and the caller's function, take their time.
            if self.random.percent(10) {
                break;
            }
        }
        self.tabs[id].forms[form].calls.insert(at, call);
    }

    fn store(&mut self, id: usize, call: &mut Call, step: Step<()>) -> Event {
        let store = &mut self.tabs[id].store;
        match step {
            Step::Load(key) => Event::Loaded(store.get(&key).cloned()),
            // Without a network, the engine may be missing as well as the answer.
            Step::LoadEngine if call.running.machine().ends_without_engine() && self.random.percent(30) => {
                Event::NoEngine
            }
            Step::LoadEngine => Event::EngineLoaded(Engine::linked()),
            Step::Keep(key, bytes) => {
                store.insert(key, bytes);
                Event::Stored
            }
            Step::Forget(keys) => {
                store.retain(|key, _| !keys.contains(key));
                Event::Stored
            }
            Step::Validate(_) => {
                let objects = !self.habits.is_counting && self.random.percent(3);
                Event::Validated(objects.then(Objection::default))
            }
            Step::Change(document) => Event::Changed(self.change(id, call, &document)),
            other => panic!("a step that a driver does not know: {other:?}"),
        }
    }

    /// The result of the caller's function of `update` for the newest document.
    fn change(&mut self, id: usize, call: &mut Call, document_now: &Document) -> Document {
        let kind = self.habits.kind;
        let mut now = fields(kind, document_now);
        self.was_changed(id, call.session.resource, &now);
        call.session.base.clone_from(&now);
        for name in call.session.edited.clone() {
            let value = call.session.mine.get(&name).cloned().unwrap_or_default();
            now.insert(name, value);
        }
        if call.session.added > 0 {
            now.insert(COUNTER.to_owned(), (count(Some(&now)) + call.session.added).to_string());
        }
        self.story.push(format!("{id} changes {:?} into {now:?}", call.session.base));
        call.session.mine.clone_from(&now);
        document(kind, &now)
    }

    fn send(&mut self, id: usize, form: usize, call: &mut Call, mut request: Request) {
        if request.source == RequestSource::Caller {
            request.body.clone_from(&call.body);
        }
        if request.method != Method::Get {
            self.check_sent(id, form, call, &request);
            call.has_written = true;
            self.uncertain(call);
        }
        let at = call.session.resource;
        self.story.push(format!("{id}.{form} sends {:?} {:?} to {at}", request.method, precondition(&request)));
        if matches!(call.running, Running::Submit(_)) {
            let now = self.tabs[id].forms[form].session.clone();
            let Session { looked_at, is_warned, call: number, .. } = call.session;
            call.session = Session { looked_at, is_warned, call: number, form, ..now };
        }
        call.session.sent = precondition(&request).map(str::to_owned);
        call.flying = Some((request, call.session.clone()));
    }

    /// The facts that a test notes of an answer.
    fn hear(call: &mut Call, request: &Request, event: &Event) {
        let Event::Answered(response) = event else { return };
        if let Some(version) = call.session.sent.take()
            && request.method != Method::Get
            && !response.is_redirected
            && matches!(response.status, 409 | 412)
        {
            call.refused.insert(version);
        }
        if let Running::Fetch(_) = &call.running {
            call.answer = Some(response.clone());
        }
    }

    fn moment(&mut self, id: usize) -> Moment {
        let now_ms = match self.habits.skew_ms {
            Some(_) => (START_S * 1000 + self.now_ms) as i64 + self.tabs[id].skew_ms,
            None => 0,
        };
        Moment { now_ms: now_ms as f64, random: self.random.below(1000) as f64 / 1000.0 }
    }

    pub fn options(&self) -> WriteOptions {
        let mut rules = Vec::new();
        if self.habits.is_stamping {
            rules.push(("/stamp".to_owned(), json::Rule::Ignore));
        }
        if self.habits.is_counting {
            rules.push((format!("/{COUNTER}"), json::Rule::Counter));
        }
        let merge =
            MergeOptions { json: json::Options { rules, ..json::Options::default() }, ..MergeOptions::default() };
        WriteOptions {
            merge,
            has_unique_reads: self.habits.has_unique_reads,
            refuse_unprotected: self.habits.refuses_unprotected,
            ..WriteOptions::default()
        }
    }

    pub fn lineage(&mut self) -> usize {
        self.lineages += 1;
        self.lineages
    }

    pub fn server(&self, session: &Session) -> &Server {
        &self.servers[session.resource]
    }

    /// A call of this form begins.
    pub fn begin(&mut self, id: usize, form: usize, running: Running, mut session: Session, body: Option<Vec<u8>>) {
        self.tokens += 1;
        (session.call, session.form) = (self.tokens, form);
        (session.looked_at, session.is_warned, session.sent) = (None, false, None);
        let acknowledged = self.tabs[id].acknowledged[session.resource];
        self.tabs[id].forms[form].calls.push(Call {
            running,
            body,
            event: Some(Event::Started),
            flying: None,
            session,
            refused: BTreeSet::new(),
            steps: 0,
            due_ms: 0,
            lagging: 0,
            acknowledged,
            has_written: false,
            answer: None,
        });
    }

    pub fn reading(&self, resource: usize) -> Get {
        Get::new(&url(resource), Some(self.habits.kind.format()), Headers::new(), self.options())
    }

    /// The answer as it reaches the client, from where a redirect has led.
    pub fn located(&self, request: &Request, mut response: Response) -> Response {
        response.url.clone_from(&request.url);
        if self.habits.redirects {
            response.url = response.url.replace("/notes/", "/final/");
            response.is_redirected = response.url != request.url;
        }
        response
    }
}

/// The version that a request names.
pub fn precondition(request: &Request) -> Option<&str> {
    request.headers.get("if-match").or_else(|| request.headers.get("if-unmodified-since"))
}
