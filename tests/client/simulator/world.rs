//! The server, the clients and their people, and what must hold at every step.

use std::collections::{BTreeMap, BTreeSet};

use mergefetch::client::{
    ConflictState, Earlier, Event, Moment, Outcome, Read, ReadOutcome, Snapshot, Step, Write, WriteOptions,
};
use mergefetch::conflict::Choice;
use mergefetch::http::{Headers, Method, Request};

use super::model::{FIELDS, Fields, Kind, Random, document, fields, read, write};
use crate::drive::MOST_STEPS;
use crate::server::{PutAnswer, Server, Tags, URL, answer};

/// How a run goes.
#[derive(Debug, Clone)]
pub struct Habits {
    pub kind: Kind,
    pub tags: Tags,
    pub put_answer: PutAnswer,
    /// How many of a hundred exchanges go wrong.
    pub fault_percent: usize,
    /// Whether a request may arrive long after its sender gave up.
    pub is_slow_to_arrive: bool,
}

/// One edit of one person, from the reading to the end.
#[derive(Debug, Clone, Default)]
struct Session {
    client: usize,
    base: Fields,
    mine: Fields,
    /// The fields that were typed in.
    edited: BTreeSet<String>,
    /// What was decided for a field, also by overwriting.
    decided: BTreeMap<String, Option<String>>,
    /// The decisions before an overwriting that is under way; they stand again where it meets a conflict.
    set_aside: Option<BTreeMap<String, Option<String>>>,
    /// What the person has seen of others since the base.
    shown: BTreeSet<(String, Option<String>)>,
    has_seen_removal: bool,
    is_removal: bool,
    /// What this client itself typed and sent earlier from the same base.
    own: BTreeSet<(String, Option<String>)>,
    /// The newest of those for each field; a replica may still show an older one.
    newest_own: BTreeMap<String, Option<String>>,
    /// Versions that the server has refused in the write under way.
    refused: BTreeSet<String>,
    /// The version that the request on its way names.
    sent: Option<String>,
    steps: usize,
}

enum Machine {
    Idle,
    Reading(Read),
    Writing(Box<Write>),
    Deciding(Box<ConflictState>),
}

struct Client {
    machine: Machine,
    /// A request on its way to the server, with the edit it stands for.
    flying: Option<Request>,
    /// What the machine is told next.
    event: Option<Event>,
    session: Session,
    base: Option<Snapshot>,
    earlier: Option<Earlier>,
}

pub struct World {
    seed: u64,
    random: Random,
    habits: Habits,
    server: Server,
    clients: Vec<Client>,
    /// Writes whose sender gave up and that still arrive.
    late: Vec<(Request, Session)>,
    tokens: usize,
    /// Who wrote a value into a field: a decision may bring an old one back.
    writers: BTreeMap<(String, Option<String>), BTreeSet<usize>>,
    finished: usize,
    story: Vec<String>,
}

impl World {
    pub fn new(seed: u64, habits: Habits) -> Self {
        let mut random = Random::new(seed);
        let start: Fields = FIELDS.iter().map(|name| ((*name).to_owned(), format!("{name}start"))).collect();
        let content_type = match habits.kind {
            Kind::Json => "application/json",
            Kind::Text => "text/plain",
        };
        let mut server = Server::new(content_type, &write(habits.kind, &start));
        server.tags = habits.tags;
        server.put_answer = habits.put_answer;
        let client = |_| Client {
            machine: Machine::Idle,
            flying: None,
            event: None,
            session: Session::default(),
            base: None,
            earlier: None,
        };
        let clients = (0..2 + random.below(4)).map(client).collect();
        Self {
            seed,
            random,
            habits,
            server,
            clients,
            late: Vec::new(),
            tokens: 0,
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
    fn check(&self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            let story = self.story.join("\n  ");
            panic!("MERGEFETCH_SEED={}: {}\n{:?}\n  {story}", self.seed, what(), self.habits);
        }
    }

    fn tick(&mut self, id: usize) {
        if let Some(request) = self.clients[id].flying.take() {
            let event = self.exchange(id, &request);
            self.clients[id].event = Some(event);
            return;
        }
        let event = self.clients[id].event.take();
        let machine = std::mem::replace(&mut self.clients[id].machine, Machine::Idle);
        match (machine, event) {
            (Machine::Idle, _) => self.open(id),
            (Machine::Reading(read), Some(event)) => self.step_read(id, read, event),
            (Machine::Writing(write), Some(event)) => self.step_write(id, write, event),
            (Machine::Deciding(state), _) => self.decide(id, *state),
            _ => panic!("a machine waits for nothing"),
        }
    }

    fn moment(&mut self) -> Moment {
        Moment { now_ms: 0.0, random: self.random.below(1000) as f64 / 1000.0 }
    }

    // ------------------------------------------------------------------------------------------ people

    /// Somebody opens the document.
    fn open(&mut self, id: usize) {
        let client = &mut self.clients[id];
        client.session = Session { client: id, ..Session::default() };
        client.earlier = None;
        client.machine = Machine::Reading(Read::new(URL, Some(self.habits.kind.format()), None, true));
        client.event = Some(Event::Started);
    }

    fn step_read(&mut self, id: usize, mut read: Read, event: Event) {
        let moment = self.moment();
        match read.step(event, moment) {
            Step::Send(request) => {
                self.clients[id].flying = Some(request);
                self.clients[id].machine = Machine::Reading(read);
            }
            Step::Wait { .. } => panic!("a read does not wait"),
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
                    mine: all.into_iter().collect(),
                    edited: FIELDS.map(str::to_owned).into(),
                    has_seen_removal: true,
                    ..Session::default()
                };
                let mine = document(self.habits.kind, &session.mine);
                self.story.push(format!("{id} creates {:?}", session.mine));
                self.clients[id].session = session;
                self.start(id, Write::create(URL, mine, WriteOptions::default()));
            }
            Step::Done(_) => {}
        }
    }

    fn token(&mut self, id: usize) -> String {
        self.tokens += 1;
        format!("c{id}t{}", self.tokens)
    }

    fn edit_and_save(&mut self, id: usize) {
        let base = self.clients[id].base.clone().unwrap();
        if self.random.percent(4) && self.clients[id].earlier.is_none() {
            self.clients[id].session.is_removal = true;
            self.story.push(format!("{id} removes {:?}", base.version));
            self.start(id, Write::remove(base, WriteOptions::default()));
            return;
        }
        for _ in 0..1 + self.random.below(2) {
            let name = FIELDS[self.random.below(FIELDS.len())].to_owned();
            let value = self.token(id);
            let is_removed = self.habits.kind == Kind::Json && self.random.percent(10);
            let session = &mut self.clients[id].session;
            // A field that the same page edited before and takes back to base would be no edit of base at all.
            if is_removed && session.base.contains_key(&name) {
                session.mine.remove(&name);
            } else {
                session.mine.insert(name.clone(), value);
            }
            session.edited.insert(name);
        }
        let client = &mut self.clients[id];
        let mine = document(self.habits.kind, &client.session.mine);
        let earlier = client.earlier.clone();
        self.story.push(format!(
            "{id} edits {:?}: {:?}{}",
            base.version,
            client.session.mine,
            if earlier.is_some() { ", again" } else { "" }
        ));
        self.start(id, Write::update(base, mine, WriteOptions::default()).after(earlier));
    }

    fn start(&mut self, id: usize, write: Write) {
        let client = &mut self.clients[id];
        client.session.steps = 0;
        client.session.refused.clear();
        client.machine = Machine::Writing(Box::new(write));
        client.event = Some(Event::Started);
    }

    fn step_write(&mut self, id: usize, mut write: Box<Write>, event: Event) {
        let moment = self.moment();
        let session = &mut self.clients[id].session;
        if let (Event::Answered(response), Some(version)) = (&event, session.sent.take())
            && matches!(response.status, 409 | 412)
        {
            session.refused.insert(version);
        }
        let step = write.step(event, moment).unwrap();
        self.clients[id].session.steps += 1;
        let steps = self.clients[id].session.steps;
        self.check(steps <= MOST_STEPS, || format!("the write of {id} does not end"));
        match step {
            Step::Send(request) => {
                self.check_sent(id, &request);
                let version = request.headers.get("if-match").map(str::to_owned);
                self.clients[id].session.sent = version;
                self.clients[id].flying = Some(request);
                self.clients[id].machine = Machine::Writing(write);
            }
            Step::Wait { ms } => {
                self.check(ms <= 3_600_000, || format!("{id} waits {ms} ms"));
                self.clients[id].event = Some(Event::Waited);
                self.clients[id].machine = Machine::Writing(write);
            }
            Step::Done(outcome) => self.ended(id, *write, outcome),
        }
    }

    fn ended(&mut self, id: usize, write: Write, outcome: Outcome) {
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
                    let write = Write::update(base, mine, WriteOptions::default()).after(earlier);
                    self.start(id, write);
                }
            }
            Outcome::Saved(kind, snapshot) => {
                self.story.push(format!("{id} is told: {kind:?}"));
                self.check_acknowledged(id, snapshot.as_ref());
                self.go_on(id, write, snapshot);
            }
            Outcome::Merged(snapshot, _) => {
                self.story.push(format!("{id} is told: merged"));
                self.check_acknowledged(id, Some(&snapshot));
                self.go_on(id, write, Some(snapshot));
            }
        }
    }

    /// The page goes on with the old base, as one does that saves while it is edited.
    fn go_on(&mut self, id: usize, write: Write, result: Option<Snapshot>) {
        self.finished += 1;
        let session = &self.clients[id].session;
        let is_plain = session.decided.is_empty() && !session.is_removal && !session.base.is_empty();
        let (Some(sent), Some(result), true, true) = (write.into_own(), result, is_plain, self.random.percent(30))
        else {
            return;
        };
        let client = &mut self.clients[id];
        for name in client.session.edited.clone() {
            let value = client.session.mine.get(&name).cloned();
            client.session.own.insert((name.clone(), value.clone()));
            client.session.newest_own.insert(name, value);
        }
        client.earlier = Some(Earlier { sent, result });
        self.edit_and_save(id);
    }

    fn decide(&mut self, id: usize, mut state: ConflictState) {
        let kind = self.habits.kind;
        if self.random.percent(10) {
            self.story.push(format!("{id} lets the conflict be"));
            return;
        }
        if self.random.percent(10) && state.conflict.mine().is_some() {
            self.story.push(format!("{id} overwrites"));
            let session = &mut self.clients[id].session;
            session.set_aside = Some(session.decided.clone());
            for name in FIELDS {
                let value = session.mine.get(name).cloned();
                session.decided.insert(name.to_owned(), value);
            }
            self.start(id, Write::overwrite(state, WriteOptions::default()));
            return;
        }
        let waiting: Vec<_> = (0..state.conflict.changes().len())
            .filter(|index| state.conflict.decision(*index).is_none())
            .map(|index| state.conflict.changes()[index].clone())
            .collect();
        for change in waiting {
            if change.id.is_empty() {
                // The whole document: it is gone on one side.
                let choice = [Choice::Mine, Choice::Theirs][self.random.below(2)];
                self.story.push(format!("{id} decides for all of {choice:?}"));
                state.conflict.take(choice, Some("")).unwrap();
                self.clients[id].session.is_removal = state.conflict.merged().unwrap().is_none();
                continue;
            }
            let names = fields_of(kind, &change);
            let choices = [Choice::Mine, Choice::Theirs, Choice::Base];
            match self.random.below(4) {
                3 if names.len() == 1 => {
                    let (name, value) = (names[0].clone(), self.token(id));
                    let text = match kind {
                        Kind::Json => format!("\"{value}\""),
                        Kind::Text => format!("{name} {value}\n"),
                    };
                    state.conflict.set(&change.id, text).unwrap();
                    self.decided(id, name, Some(value));
                }
                choice => {
                    let mut choice = choices[choice % 3];
                    if state.conflict.take(choice, Some(&change.id)).is_err() {
                        // Without a base there is none to take.
                        choice = Choice::Mine;
                        state.conflict.take(choice, Some(&change.id)).unwrap();
                    }
                    let side = match choice {
                        Choice::Mine => &change.mine,
                        Choice::Theirs => &change.theirs,
                        _ => &change.base,
                    };
                    for name in names {
                        let value = value_at(kind, side.as_deref(), &name);
                        self.decided(id, name, value);
                    }
                }
            }
        }
        let write = Write::submit(state, WriteOptions::default()).unwrap();
        self.start(id, write);
    }

    fn decided(&mut self, id: usize, name: String, value: Option<String>) {
        self.story.push(format!("{id} decides {name}: {value:?}"));
        self.clients[id].session.decided.insert(name, value);
    }

    // ------------------------------------------------------------------------------------------ the network

    fn exchange(&mut self, id: usize, request: &Request) -> Event {
        let session = self.clients[id].session.clone();
        if !self.random.percent(self.habits.fault_percent) {
            return Event::Answered(self.arrive(request, &session));
        }
        let is_read = request.method == Method::Get;
        let broken = || Event::NoAnswer("the connection broke".into());
        let canned = |status, body| Event::Answered(answer(status, Headers::new(), body));
        let fault = self.random.below(8);
        self.story.push(format!("fault {fault} for {id}"));
        match fault {
            0 => broken(),
            1 => canned([500, 502, 504][self.random.below(3)], "<h1>Oops</h1>"),
            2 => Event::Answered(answer(503, Headers::new().with("Retry-After", "1"), "")),
            3 if is_read && self.habits.kind == Kind::Json => canned(200, "<h1>Sign in</h1>"),
            4 if is_read => {
                let behind = self.random.below(self.server.history.len());
                Event::Answered(self.server.read(request, behind))
            }
            3 | 4 if self.habits.is_slow_to_arrive => {
                self.late.push((request.clone(), session));
                broken()
            }
            5 => {
                self.arrive(request, &session);
                canned([202, 500, 504][self.random.below(3)], "")
            }
            6 => {
                self.arrive(request, &session);
                broken()
            }
            // A tag that is hidden from a read is another story: what is written then is unprotected, and told so.
            _ => {
                let mut response = self.arrive(request, &session);
                if !is_read {
                    response.headers.remove("etag");
                }
                Event::Answered(response)
            }
        }
    }

    /// The request reaches the server: whatever it changes, its sender must have seen what was there.
    fn arrive(&mut self, request: &Request, session: &Session) -> mergefetch::http::Response {
        let kind = self.habits.kind;
        let before = self.server.now().map(|text| read(kind, text));
        let length = self.server.history.len();
        // One way to refuse after the other.
        let refusals = [
            (412, "", ""),
            (409, "text/html", "<h1>Conflict</h1>"),
            (409, "application/json", "{\"code\":\"STALE_RESOURCE\"}"),
        ];
        self.server.refusal = refusals[self.random.below(refusals.len())];
        let response = self.server.handle(request);
        if self.server.history.len() > length {
            let after = self.server.now().map(|text| read(kind, text));
            self.story.push(format!("the server holds \"{}\": {after:?}", self.server.history.len() - 1));
            self.check_written(session, before.as_ref(), after.as_ref());
        }
        response
    }

    // ------------------------------------------------------------------------------------------ promises

    /// R1: never again a version that the server has refused.
    fn check_sent(&self, id: usize, request: &Request) {
        let Some(version) = request.headers.get("if-match") else {
            let is_update = matches!(request.method, Method::Put | Method::Delete)
                && request.headers.get("if-none-match").is_none();
            let has_version = self.clients[id].base.as_ref().is_some_and(|base| base.version.is_some());
            self.check(!(is_update && has_version && !self.clients[id].session.has_seen_removal), || {
                format!("{id} writes without a precondition")
            });
            return;
        };
        let refused = &self.clients[id].session.refused;
        self.check(!refused.contains(version), || format!("{id} sends {version} again, which was refused"));
        self.check(version != "*", || format!("{id} sends If-Match: *"));
    }

    fn check_written(&mut self, session: &Session, before: Option<&Fields>, after: Option<&Fields>) {
        let none = Fields::new();
        let is_gone = before.is_none() || after.is_none();
        self.check(before.is_some() || session.has_seen_removal, || {
            "a removed document came back although nobody had seen that".into()
        });
        self.check(after.is_some() || session.is_removal, || {
            "a document was removed that nobody wanted to remove".into()
        });
        for name in FIELDS {
            let old = before.unwrap_or(&none).get(name).cloned();
            let new = after.unwrap_or(&none).get(name).cloned();
            if old == new {
                continue;
            }
            self.writers.entry((name.to_owned(), new.clone())).or_default().insert(session.client);
            let base = session.base.get(name).cloned();
            let entry = (name.to_owned(), old.clone());
            let is_known = old == base || session.shown.contains(&entry) || session.own.contains(&entry);
            self.check(is_known || before.is_none(), || format!("{name}: {old:?} was overwritten unseen by {new:?}"));
            let mine = session.mine.get(name).cloned();
            let is_wanted = session.edited.contains(name) && new == mine
                || session.decided.get(name).is_some_and(|decided| *decided == new)
                || session.own.contains(&(name.to_owned(), new.clone()));
            self.check(is_wanted || is_gone, || format!("{name}: nobody wrote {new:?} in the place of {old:?}"));
        }
    }

    /// What was acknowledged is in the server's history, field by field.
    fn check_acknowledged(&self, id: usize, snapshot: Option<&Snapshot>) {
        let session = &self.clients[id].session;
        let kind = self.habits.kind;
        let has_held = |name: &str, value: &Option<String>| {
            let held = |state: &Option<String>| state.as_ref().map(|text| read(kind, text).get(name).cloned());
            let mut states = self.server.history.iter().filter_map(held);
            states.any(|found| found == *value)
        };
        for name in &session.edited {
            let wanted = match session.decided.get(name) {
                Some(decided) => decided.clone(),
                None => session.mine.get(name).cloned(),
            };
            let is_kept = session.is_removal || has_held(name, &wanted);
            self.check(is_kept, || {
                format!("{id} was told that {name}: {wanted:?} is saved, but no state ever held it")
            });
        }
        let Some(snapshot) = snapshot else { return };
        // The snapshot is what the server holds under that version.
        let told = fields(kind, &snapshot.document);
        let is_state = |(index, state): (usize, &Option<String>)| {
            let version = snapshot.version.as_ref().map(|version| version.as_str().to_owned());
            (version.is_none() || version == self.server.tag(index))
                && state.as_ref().map(|text| read(kind, text)) == Some(told.clone())
        };
        self.check(self.server.history.iter().enumerate().any(is_state), || {
            format!("{id} was told of {told:?} as {:?}, which never was", snapshot.version)
        });
    }

    /// Mine comes back as it was, and no own echo is shown as somebody else's edit.
    fn check_conflict(&mut self, id: usize, state: &ConflictState) {
        let kind = self.habits.kind;
        let session = &mut self.clients[id].session;
        if let Some(decided) = session.set_aside.take() {
            session.decided = decided;
        }
        let session = &self.clients[id].session;
        if let Some(mine) = state.conflict.mine() {
            let mine = fields(kind, mine);
            self.check(mine == session.mine, || {
                format!("mine of {id} changed: {mine:?} instead of {:?}", session.mine)
            });
        } else {
            self.check(session.is_removal, || format!("mine of {id} is lost"));
        }
        let theirs = state.conflict.theirs().map(|document| fields(kind, document));
        for (index, change) in state.conflict.changes().iter().enumerate() {
            if change.id.is_empty() || state.conflict.decision(index).is_some() {
                continue;
            }
            let names = fields_of(kind, change);
            let [name] = names.as_slice() else { continue };
            let name = name.clone();
            let value = theirs.as_ref().and_then(|theirs| theirs.get(&name).cloned());
            let is_own = match session.decided.get(&name) {
                // What was decided against an older value may be asked again; but never against itself.
                Some(decided) => *decided == value && is_typed(id, value.as_ref()),
                None => session.newest_own.get(&name) == Some(&value) || session.mine.get(&name) == value.as_ref(),
            };
            let writers = self.writers.get(&(name.clone(), value.clone()));
            let is_own = is_own && writers.is_some_and(|writers| *writers == BTreeSet::from([id]));
            self.check(!is_own, || format!("{id} is shown its own {name}: {value:?} as a conflict"));
        }
        let session = &mut self.clients[id].session;
        // A decision that does not stand any more is seen as such, and made again or left to the merge.
        let changes = state.conflict.changes().iter().enumerate();
        let standing = changes.filter(|(index, _)| !matches!(state.conflict.decision(*index), None | Some("auto")));
        let standing: BTreeSet<String> = standing.flat_map(|(_, change)| fields_of(kind, change)).collect();
        session.decided.retain(|name, _| standing.contains(name));
        match theirs {
            Some(theirs) => {
                for name in FIELDS {
                    session.shown.insert((name.to_owned(), theirs.get(name).cloned()));
                }
            }
            None => session.has_seen_removal = true,
        }
    }
}

/// The fields that a change is about: without a base a text is one region.
fn fields_of(kind: Kind, change: &mergefetch::merge::Change) -> Vec<String> {
    match kind {
        Kind::Json => vec![change.path.trim_start_matches('/').to_owned()],
        Kind::Text => {
            let sides = [&change.base, &change.mine, &change.theirs];
            let names = sides.into_iter().flatten().flat_map(|text| read(kind, text));
            let names: BTreeSet<String> = names.map(|(name, _)| name).collect();
            names.into_iter().collect()
        }
    }
}

fn value_at(kind: Kind, side: Option<&str>, name: &str) -> Option<String> {
    match kind {
        Kind::Json => Some(side?.trim_matches('"').to_owned()),
        Kind::Text => read(kind, side?).remove(name),
    }
}

fn is_typed(id: usize, value: Option<&String>) -> bool {
    value.is_some_and(|value| value.starts_with(&format!("c{id}t")))
}
