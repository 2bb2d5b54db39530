//! Two people type in one document, letter by letter, with the production machines: documents in a form, saves, and conflicts.
//!
//! Every word is typed once, so that the document at the end says whether one was lost. A word may be missing only if its author deleted
//! it, or if somebody decided a conflict against it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use mergefetch::client::{ConflictState, Engine, Found, Outcome, Save, Snapshot, WriteOptions};
use mergefetch::conflict::{Choice, Document};
use mergefetch::document::{Event, Happening, OpenDocument, Sending};
use mergefetch::http::{Format, Problem};
use mergefetch::merge::ChangeState;

use super::page::Page;
use super::server::{Server, URL};
use super::simulator::Random;

/// The runs without arguments.
const SCHEDULES: u64 = 200;
const STEPS: usize = 120;
const LINES: usize = 9;

/// The members of a draft, so that people edit it as a form does.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Form {
    title: String,
    lines: Vec<String>,
    rows: Vec<(u32, String)>,
}

fn string(text: &str) -> String {
    format!("{text:?}")
}

impl Form {
    fn new() -> Self {
        Self {
            title: "title".into(),
            lines: (0..LINES).map(|at| format!("line {at} of a text that is long enough")).collect(),
            rows: (1..4).map(|id| (id, format!("row{id}"))).collect(),
        }
    }

    fn text(&self) -> String {
        let rows: Vec<_> = self.rows.iter().map(|(id, v)| format!("{{\"id\":{id},\"v\":{}}}", string(v))).collect();
        let body = self.lines.join("\n") + "\n";
        format!("{{\"title\":{},\"body\":{},\"rows\":[{}]}}", string(&self.title), string(&body), rows.join(","))
    }

    fn of(document: &Document) -> Self {
        let Document::Json(tree) = document else { panic!("{document:?}") };
        let text = |name| tree.root().member(name).unwrap().as_str().unwrap();
        let row = |row: mergefetch::merge::json::Value<'_>| {
            (row.member("id").unwrap().source().parse().unwrap(), row.member("v").unwrap().as_str().unwrap())
        };
        Self {
            title: text("title"),
            lines: text("body").lines().map(str::to_owned).collect(),
            rows: tree.root().member("rows").unwrap().elements().into_iter().map(row).collect(),
        }
    }

    fn field(&mut self, at: usize) -> &mut String {
        let (lines, rows) = (self.lines.len(), self.rows.len());
        match at % (1 + lines + rows) {
            0 => &mut self.title,
            at if at <= lines => &mut self.lines[at - 1],
            at => &mut self.rows[at - 1 - lines].1,
        }
    }
}

/// One person with a page.
struct Person {
    name: char,
    page: Page,
    open: OpenDocument,
    /// The snapshot of each revision.
    read: Vec<Snapshot>,
    /// A save that has begun and is not yet answered.
    saving: Option<(Save, u32)>,
    /// The typed part of the current word.
    word: String,
    count: u32,
    row: u32,
}

struct World {
    server: Server,
    people: Vec<Person>,
    random: Random,
    typed: BTreeSet<char>,
    /// Words that somebody deleted, or decided against.
    given_up: BTreeSet<char>,
    conflicts: usize,
}

/// The first letter of a word; no other word has it. The first words of the second person follow those of the first.
fn first_letter(person: char, count: u32) -> char {
    char::from_u32(0x4e00 + (u32::from(person) - u32::from('a')) * 5_000 + count).unwrap()
}

/// The words in a text, as far as they are typed.
fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| word.starts_with(|first| first >= '\u{4e00}')).map(str::to_owned).collect()
}

fn first_of(word: &str) -> char {
    word.chars().next().unwrap()
}

impl Person {
    fn new(name: char, server: &mut Server) -> Self {
        let mut page = Page::with(WriteOptions::default());
        let base = page.get(server);
        let open = OpenDocument::new(*Engine::linked(), base.document.clone(), 0, WriteOptions::default().merge, false);
        Self { name, page, open, read: vec![base], saving: None, word: String::new(), count: 0, row: 0 }
    }

    fn form(&self) -> Form {
        Form::of(self.open.draft())
    }

    fn take(&mut self, form: &Form) {
        let draft = Document::parse(Format::Json, form.text().as_bytes()).unwrap();
        self.open.handle(Event::Typed(draft)).unwrap();
    }

    fn read(&mut self, server: &mut Server) {
        let snapshot = self.page.get(server);
        let document = snapshot.document.clone();
        self.read.push(snapshot);
        self.open.handle(Event::Read(self.read.len() as u32 - 1, document)).unwrap();
    }

    /// Begins a save. A place that is known to overlap is decided at once.
    fn save(&mut self) -> Option<ConflictState> {
        let options = self.page.options.clone();
        match self.open.save().unwrap() {
            Sending::Save { base, mine } => {
                let base = self.read[base as usize].clone();
                self.saving = Some((Save::update(&mut self.page.memory, base, mine, options), 0));
                None
            }
            Sending::Decide { base, mine, theirs } => {
                let theirs = self.read[theirs as usize].clone();
                let base = Snapshot { document: base, version: None, ..theirs.clone() };
                let found = Found { base: Some(base), mine: Some(mine), theirs: Some(theirs), decisions: Vec::new() };
                let state =
                    ConflictState::found(Engine::linked(), URL, found, options.merge, Problem::default()).unwrap();
                Some(state)
            }
        }
    }

    /// The document as the server now holds it, with the changes of others.
    fn saved(&mut self, snapshot: Snapshot, others: Vec<String>) {
        let document = snapshot.document.clone();
        self.read.push(snapshot);
        let revision = self.read.len() as u32 - 1;
        self.open.handle(Event::Saved { revision, document, others }).unwrap();
    }
}

impl World {
    fn new(seed: u64, people: usize) -> Self {
        let mut server = Server::json(&Form::new().text());
        let people = ('a'..).take(people).map(|name| Person::new(name, &mut server)).collect();
        let random = Random::new(seed);
        Self { server, people, random, typed: BTreeSet::new(), given_up: BTreeSet::new(), conflicts: 0 }
    }

    /// One letter.
    fn key(&mut self, at: usize) {
        let person = &mut self.people[at];
        let mut form = person.form();
        let field = self.random.below(1 + LINES + 3);
        if person.word.is_empty() {
            match self.random.below(12) {
                0 => {
                    person.row += 1;
                    form.rows.push((person.row * 100 + u32::from(person.name), "new".into()));
                }
                1 => {
                    let row = self.random.below(form.rows.len());
                    let row = form.rows.remove(row);
                    form.rows.insert(0, row);
                }
                2 => {
                    let field = form.field(field);
                    self.given_up.extend(words(field).iter().map(|word| first_of(word)));
                    *field = "cut".into();
                }
                _ => {
                    person.count += 1;
                    person.word.push(first_letter(person.name, person.count));
                    let field = form.field(field);
                    field.push(' ');
                    field.push_str(&person.word);
                }
            }
            return person.take(&form);
        }
        let next = ['q', 'w', 'z'][person.word.chars().count() - 1];
        let longer = format!("{}{next}", person.word);
        let text = form.text();
        assert!(text.matches(&person.word).count() <= 1, "{} is doubled in {text}", person.word);
        let is_there = text.contains(&person.word);
        let first = first_of(&person.word);
        assert!(is_there || self.given_up.contains(&first), "{} vanished from {text}", person.word);
        if is_there {
            let all = std::iter::once(&mut form.title)
                .chain(&mut form.lines)
                .chain(form.rows.iter_mut().map(|row| &mut row.1));
            all.for_each(|field| *field = field.replace(&person.word, &longer));
            person.take(&form);
        }
        person.word = longer;
        if !is_there || next == 'z' {
            self.typed.insert(first);
            person.word.clear();
        }
    }

    /// The answer to the save of a person.
    fn answer(&mut self, at: usize) {
        let person = &mut self.people[at];
        let Some((mut save, _)) = person.saving.take() else { return };
        person.page.run_one(&mut save, &mut self.server);
        self.ended(at, save.into_outcome().unwrap().0);
    }

    fn ended(&mut self, at: usize, outcome: Outcome) {
        let person = &mut self.people[at];
        match outcome {
            Outcome::Saved(_, Some(snapshot)) => person.saved(snapshot, Vec::new()),
            Outcome::Merged(snapshot, met) => {
                let others = met.changes().iter().filter(|change| change.state != ChangeState::Mine);
                let others = others.map(|change| change.path.clone()).collect();
                person.saved(snapshot, others);
            }
            Outcome::Conflict(state) => self.decide(at, *state),
            other => panic!("{other:?}"),
        }
    }

    /// A person decides, perhaps after typing on, and sends it until it is stored.
    fn decide(&mut self, at: usize, state: ConflictState) {
        self.conflicts += 1;
        assert!(self.people.len() > 1, "a conflict with oneself: {:?}", state.conflict.changes());
        self.people[at].open.handle(Event::Happened(Happening::Conflicted)).unwrap();
        let held = Rc::new(RefCell::new(state));
        for _ in 0..20 {
            let choice = if self.random.below(2) == 0 { Choice::Mine } else { Choice::Theirs };
            let ids: Vec<_> = {
                let held = held.borrow();
                let waiting = |at: &usize| held.conflict.decision(*at).is_none();
                (0..held.conflict.changes().len()).filter(waiting).collect()
            };
            for index in ids {
                let change = held.borrow().conflict.changes()[index].clone();
                let [base, mine, theirs] =
                    [&change.base, &change.mine, &change.theirs].map(|text| words(text.as_deref().unwrap_or_default()));
                let kept = if choice == Choice::Mine { &mine } else { &theirs };
                let dropped = base.union(&mine).chain(&theirs).filter(|word| !kept.contains(*word));
                self.given_up.extend(dropped.map(|word| first_of(word)));
                held.borrow_mut().conflict.take(choice, Some(&change.id)).unwrap();
            }
            if self.random.below(2) == 0 {
                self.key(at);
            }
            assert!(self.people[at].open.submit());
            let person = &mut self.people[at];
            match person.page.submit(&held, &mut self.server) {
                Outcome::Saved(_, Some(snapshot)) | Outcome::Merged(snapshot, _) => {
                    return person.saved(snapshot, vec![String::new()]);
                }
                Outcome::Conflict(_) => person.open.handle(Event::Happened(Happening::Conflicted)).unwrap(),
                other => panic!("{other:?}"),
            }
        }
        panic!("a conflict without an end");
    }

    fn save(&mut self, at: usize) {
        if self.people[at].saving.is_none()
            && let Some(state) = self.people[at].save()
        {
            self.decide(at, state);
        }
    }

    fn step(&mut self) {
        let at = self.random.below(self.people.len());
        match self.random.below(10) {
            0 => self.save(at),
            1 => self.answer(at),
            2 => self.people[at].read(&mut self.server),
            _ => self.key(at),
        }
    }

    /// Everybody saves until nobody has anything left.
    fn end(&mut self) {
        for round in 0..40 {
            for at in 0..self.people.len() {
                self.answer(at);
                self.people[at].read(&mut self.server);
                if self.people[at].open.state().is_dirty {
                    self.save(at);
                    self.answer(at);
                }
            }
            let now = super::page::parse(self.server.now().unwrap());
            let is_done = |person: &Person| {
                let state = person.open.state();
                !state.is_dirty && !state.is_stale && person.open.base().equals(&now)
            };
            if round > 0 && self.people.iter().all(is_done) {
                return;
            }
        }
        panic!(
            "somebody always has something left: {:?}",
            self.people.iter().map(|p| p.open.state()).collect::<Vec<_>>()
        );
    }
}

fn run(seed: u64, people: usize) -> usize {
    let mut world = World::new(seed, people);
    for _ in 0..STEPS {
        world.step();
    }
    world.end();
    let now = world.server.now().unwrap().to_owned();
    for first in world.typed.difference(&world.given_up) {
        assert_eq!(now.matches(&format!("{first}qwz")).count(), 1, "seed {seed}: {first} in {now}");
    }
    for person in &world.people {
        assert_eq!(Form::of(person.open.draft()), Form::of(&super::page::parse(&now)), "seed {seed}");
    }
    world.conflicts
}

fn schedules() -> u64 {
    std::env::var("MERGEFETCH_SCHEDULES").ok().and_then(|count| count.parse().ok()).unwrap_or(SCHEDULES)
}

#[test]
fn two_people_who_type_in_one_form_lose_no_word() {
    let conflicts: usize = (0..schedules()).map(|seed| run(seed, 2)).sum();
    assert!(conflicts > 10, "the schedules lead to conflicts");
}

#[test]
fn one_person_has_no_conflict_with_oneself() {
    for seed in 0..schedules() {
        assert_eq!(run(seed, 1), 0);
    }
}
