//! The servers, the clients and their tabs, and what happens next.

use std::collections::{BTreeMap, BTreeSet};

use mergefetch::client::{
    ConflictState, Earlier, Event, Memory, Moment, Notice, Origin, Outcome, Read, ReadOutcome, Snapshot, Step, Warning,
    Write, WriteOptions,
};
use mergefetch::conflict::MergeOptions;
use mergefetch::http::Request;
use mergefetch::merge::json;

use super::model::{FIELDS, Fields, Kind, Random, document, fields, start, url, write};
use crate::drive::MOST_STEPS;
use crate::server::{PutAnswer, START_S, Server, Tags};

/// How a run goes.
#[derive(Debug, Clone)]
pub struct Habits {
    pub kind: Kind,
    pub tags: Tags,
    pub put_answer: PutAnswer,
    /// The status of every write, whatever it says.
    pub refuses_all: Option<u16>,
    /// Whether the server puts a member of its own into what it stores.
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
}

impl Habits {
    /// Whether the server cannot tell a stale write, so that only a read right before it protects it.
    pub fn is_blind(&self) -> bool {
        self.ignores_versions || self.tags == Tags::Hidden
    }
}

/// One edit of one person, from the reading to the end.
#[derive(Debug, Clone, Default)]
pub struct Session {
    pub client: usize,
    /// Which document.
    pub resource: usize,
    pub base: Fields,
    pub mine: Fields,
    /// The fields that were typed in.
    pub edited: BTreeSet<String>,
    /// What was decided for a field, also by overwriting.
    pub decided: BTreeMap<String, Option<String>>,
    /// Fields that were decided together with others, as one region of a text.
    pub joint: BTreeSet<String>,
    /// The decisions before an overwriting that is under way; they stand again where it meets a conflict.
    pub set_aside: Option<BTreeMap<String, Option<String>>>,
    /// What the person has seen of others since the base.
    pub shown: BTreeSet<(String, Option<String>)>,
    pub has_seen_removal: bool,
    pub is_removal: bool,
    /// What this client itself typed and sent earlier from the same base.
    pub own: BTreeSet<(String, Option<String>)>,
    /// The newest of those for each field; a replica may still show an older one.
    pub newest_own: BTreeMap<String, Option<String>>,
    /// Versions that the server has refused in the write under way.
    pub refused: BTreeSet<String>,
    /// The version that the request on its way names.
    pub sent: Option<String>,
    /// Which state the last read of the write under way got.
    pub looked_at: Option<usize>,
    /// Whether the write under way has told that nothing protects it.
    pub is_warned: bool,
    pub steps: usize,
}

pub enum Machine {
    Idle,
    Reading(Box<Read>),
    Writing(Box<Write>),
    Deciding(Box<ConflictState>),
}

/// What a store keeps of an edit from the moment at which it is saved until its outcome is known (HTTP-RULES D1, D2).
pub struct Draft {
    pub session: Session,
    pub base: Option<Snapshot>,
    pub earlier: Option<Earlier>,
}

pub struct Client {
    pub machine: Machine,
    /// A request on its way to the server, with the edit it stands for.
    pub flying: Option<Request>,
    /// What the machine is told next.
    pub event: Option<Event>,
    pub session: Session,
    pub base: Option<Snapshot>,
    pub earlier: Option<Earlier>,
    /// What writes have taught of the origin.
    pub origin: Origin,
    pub draft: Option<Draft>,
    /// How much its clock is ahead.
    pub skew_ms: i64,
    /// Until when it waits.
    pub due_ms: u64,
}

pub struct World {
    pub seed: u64,
    pub random: Random,
    pub habits: Habits,
    /// One for each document.
    pub servers: Vec<Server>,
    pub clients: Vec<Client>,
    /// Writes whose sender gave up and that still arrive.
    pub late: Vec<(Request, Session)>,
    pub tokens: usize,
    /// The right time.
    pub now_ms: u64,
    /// Who wrote a value into a field: a decision may bring an old one back.
    pub writers: BTreeMap<(String, Option<String>), BTreeSet<usize>>,
    pub finished: usize,
    pub story: Vec<String>,
}

impl World {
    pub fn new(seed: u64, habits: Habits) -> Self {
        let mut random = Random::new(seed);
        let content_type = match habits.kind {
            Kind::Json => "application/json",
            Kind::Text => "text/plain",
        };
        let server = |number| {
            let mut server = Server::new(content_type, &write(habits.kind, &start(number)));
            server.tags = habits.tags;
            server.put_answer = habits.put_answer;
            server.refuses_all = habits.refuses_all;
            server.is_stamping = habits.is_stamping;
            server.ignores_versions = habits.ignores_versions;
            server
        };
        let servers = (0..1 + random.below(3)).map(server).collect();
        let client = |number: usize| Client {
            machine: Machine::Idle,
            flying: None,
            event: None,
            session: Session::default(),
            base: None,
            earlier: None,
            origin: Origin::unknown(),
            draft: None,
            skew_ms: habits.skew_ms.unwrap_or_default() * [0, 1, -1][number % 3],
            due_ms: 0,
        };
        let clients = (0..2 + random.below(4)).map(client).collect();
        Self {
            seed,
            random,
            habits,
            servers,
            clients,
            late: Vec::new(),
            tokens: 0,
            now_ms: 0,
            writers: BTreeMap::new(),
            finished: 0,
            story: Vec::new(),
        }
    }

    /// How many edits came to a good end.
    pub fn run(mut self) -> usize {
        const TICKS: usize = 150;
        for _ in 0..TICKS {
            let client = self.random.below(self.clients.len());
            if self.random.below(1000) < self.habits.death_permille {
                self.die(client);
            }
            self.tick(client);
            if !self.late.is_empty() && self.random.percent(10) {
                let at = self.random.below(self.late.len());
                let (request, session) = self.late.swap_remove(at);
                self.story.push("a late request arrives".into());
                self.arrive(&request, &session);
            }
        }
        self.finished
    }

    #[track_caller]
    pub fn check(&self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            let story = self.story.join("\n  ");
            let again = format!("cargo xtask simulate --schedules 1 --seed {}", self.seed);
            panic!("{}\n{:?}\n  {story}\n{again}", what(), self.habits);
        }
    }

    /// A tab is closed, or crashes: whatever it knew is gone, but what the store has. A request may be under way.
    fn die(&mut self, id: usize) {
        let client = &mut self.clients[id];
        client.machine = Machine::Idle;
        client.event = None;
        client.earlier = None;
        client.origin = Origin::unknown();
        client.due_ms = 0;
        let (flying, session) = (client.flying.take(), client.session.clone());
        self.story.push(format!("the tab of {id} dies"));
        if let Some(request) = flying {
            match self.random.below(3) {
                0 => drop(self.arrive(&request, &session)),
                1 if self.habits.is_slow_to_arrive => self.late.push((request, session)),
                _ => {}
            }
        }
    }

    fn tick(&mut self, id: usize) {
        if self.habits.skew_ms.is_some() {
            self.now_ms += self.random.below(60) as u64;
            if self.clients[id].due_ms > self.now_ms {
                return;
            }
        }
        if let Some(request) = self.clients[id].flying.take() {
            let event = self.exchange(id, &request);
            self.clients[id].event = Some(event);
            return;
        }
        let event = self.clients[id].event.take();
        let machine = std::mem::replace(&mut self.clients[id].machine, Machine::Idle);
        match (machine, event) {
            (Machine::Idle, _) if self.clients[id].draft.is_some() => self.restore(id),
            (Machine::Idle, _) => self.open(id),
            (Machine::Reading(read), Some(event)) => self.step_read(id, read, event),
            (Machine::Writing(write), Some(event)) => self.step_write(id, write, event),
            (Machine::Deciding(state), _) => self.decide(id, *state),
            _ => panic!("a machine waits for nothing"),
        }
    }

    fn moment(&mut self, id: usize) -> Moment {
        let now_ms = match self.habits.skew_ms {
            Some(_) => (START_S * 1000 + self.now_ms) as i64 + self.clients[id].skew_ms,
            None => 0,
        };
        Moment { now_ms: now_ms as f64, random: self.random.below(1000) as f64 / 1000.0 }
    }

    pub fn options(&self, id: usize) -> WriteOptions {
        let rules = if self.habits.is_stamping { vec![("/stamp".to_owned(), json::Rule::Ignore)] } else { Vec::new() };
        let merge =
            MergeOptions { json: json::Options { rules, ..json::Options::default() }, ..MergeOptions::default() };
        WriteOptions { merge, origin: self.clients[id].origin, ..WriteOptions::default() }
    }

    pub fn server(&self, session: &Session) -> &Server {
        &self.servers[session.resource]
    }

    fn step_read(&mut self, id: usize, mut read: Box<Read>, event: Event) {
        let moment = self.moment(id);
        match read.step(&mut Memory::default(), event, moment) {
            Step::Send(request) => {
                self.clients[id].flying = Some(request);
                self.clients[id].machine = Machine::Reading(read);
            }
            Step::Wait { .. } => {
                self.clients[id].event = Some(Event::Waited);
                self.clients[id].machine = Machine::Reading(read);
            }
            Step::Done(ReadOutcome::Read(snapshot, _)) => {
                let base = fields(self.habits.kind, &snapshot.document);
                let session = &mut self.clients[id].session;
                session.mine.clone_from(&base);
                session.base = base;
                self.clients[id].base = Some(snapshot);
                self.edit_and_save(id);
            }
            Step::Done(ReadOutcome::Refused(problem)) if problem.status == Some(404) => {
                // Somebody brings it back.
                let all = FIELDS.map(|name| (name.to_owned(), self.token(id)));
                let session = Session {
                    client: id,
                    resource: self.clients[id].session.resource,
                    mine: all.into_iter().collect(),
                    edited: FIELDS.map(str::to_owned).into(),
                    has_seen_removal: true,
                    ..Session::default()
                };
                let mine = document(self.habits.kind, &session.mine);
                let options = self.options(id);
                let at = url(session.resource);
                self.clients[id].base = None;
                self.story.push(format!("{id} creates {:?}", session.mine));
                self.clients[id].session = session;
                self.start(id, Write::create(&at, mine, options));
            }
            Step::Done(_) => {}
            other => panic!("a step of the client, not of a read: {other:?}"),
        }
    }

    pub fn start(&mut self, id: usize, write: Write) {
        let client = &mut self.clients[id];
        let (session, base, earlier) = (client.session.clone(), client.base.clone(), client.earlier.clone());
        client.draft = Some(Draft { session, base, earlier });
        client.session.steps = 0;
        client.session.refused.clear();
        client.session.looked_at = None;
        client.session.is_warned = false;
        client.machine = Machine::Writing(Box::new(write));
        client.event = Some(Event::Started);
    }

    fn step_write(&mut self, id: usize, mut write: Box<Write>, event: Event) {
        let moment = self.moment(id);
        let session = &mut self.clients[id].session;
        if let (Event::Answered(response), Some(version)) = (&event, session.sent.take())
            && matches!(response.status, 409 | 412)
        {
            session.refused.insert(version);
        }
        let step = write.step(event, moment).unwrap();
        let is_warning =
            |notice: &Notice| matches!(notice, Notice::Warning(Warning::Unprotected | Warning::VersionIgnored));
        self.clients[id].session.is_warned |= write.take_notices().iter().any(is_warning);
        self.clients[id].session.steps += 1;
        let steps = self.clients[id].session.steps;
        self.check(steps <= MOST_STEPS, || format!("the write of {id} does not end"));
        match step {
            Step::Send(request) => {
                self.check_sent(id, &request);
                self.story.push(format!("{id} sends {:?}", request.method));
                let version = precondition(&request).map(str::to_owned);
                self.clients[id].session.sent = version;
                self.clients[id].flying = Some(request);
                self.clients[id].machine = Machine::Writing(write);
            }
            Step::Wait { ms } => {
                self.check(ms <= 3_600_000, || format!("{id} waits {ms} ms"));
                self.clients[id].due_ms = self.now_ms + u64::from(ms);
                self.clients[id].event = Some(Event::Waited);
                self.clients[id].machine = Machine::Writing(write);
            }
            Step::Done(outcome) => self.ended(id, *write, outcome),
            other => panic!("a step of the client, not of a write: {other:?}"),
        }
    }

    fn ended(&mut self, id: usize, write: Write, outcome: Outcome) {
        self.clients[id].origin = write.origin();
        if matches!(outcome, Outcome::Saved(..) | Outcome::Merged(..)) {
            // Acknowledged, so that nobody has to keep it any more.
            self.clients[id].draft = None;
        }
        match outcome {
            Outcome::Conflict(state) => {
                self.story.push(format!("{id} meets a conflict"));
                self.check_conflict(id, &state);
                self.clients[id].machine = Machine::Deciding(state);
            }
            Outcome::Refused(refusal) => {
                self.story.push(format!("{id} is refused: {:?}", refusal.kind));
                // Whoever is not sure presses "save" again: the very same edit of the very same base.
                let base = self.clients[id].base.clone();
                let session = &self.clients[id].session;
                let is_plain = session.decided.is_empty() && !session.is_removal;
                if let Some(base) = base
                    && is_plain
                    && !session.edited.is_empty()
                    && self.random.percent(70)
                {
                    let mine = document(self.habits.kind, &self.clients[id].session.mine);
                    let earlier = self.clients[id].earlier.clone();
                    let write = Write::update(base, mine, self.options(id)).after(earlier);
                    self.start(id, write);
                } else {
                    self.give_up(id);
                }
            }
            Outcome::Saved(kind, snapshot) => {
                self.story.push(format!("{id} is told: {kind:?}"));
                self.check_acknowledged(id, snapshot.as_ref());
                self.go_on(id, write, snapshot);
            }
            Outcome::Replay(_) => panic!("only an update makes its change again"),
            Outcome::Merged(snapshot, _) => {
                self.story.push(format!("{id} is told: merged"));
                self.check_acknowledged(id, Some(&snapshot));
                self.go_on(id, write, Some(snapshot));
            }
        }
    }
}

/// The version that a request names.
pub fn precondition(request: &Request) -> Option<&str> {
    request.headers.get("if-match").or_else(|| request.headers.get("if-unmodified-since"))
}
