//! People: they open, edit, save, decide, give up, and come back after a crash.

use mergefetch::client::{ConflictState, Earlier, Event, Read, Snapshot, Write};
use mergefetch::conflict::{Choice, Document};
use mergefetch::http::Versioning;

use super::model::{FIELDS, Kind, document, fields, fields_of, url, value_at};
use super::world::{Draft, Machine, Session, World};

impl World {
    /// Somebody opens the document.
    pub fn open(&mut self, id: usize) {
        let resource = self.random.below(self.servers.len());
        let client = &mut self.clients[id];
        client.session = Session { client: id, resource, ..Session::default() };
        client.earlier = None;
        client.machine =
            Machine::Reading(Box::new(Read::new(url(resource), Some(self.habits.kind.format()), None, true)));
        client.event = Some(Event::Started);
    }

    pub fn token(&mut self, id: usize) -> String {
        self.tokens += 1;
        format!("c{id}t{}", self.tokens)
    }

    pub fn edit_and_save(&mut self, id: usize) {
        let base = self.clients[id].base.clone().unwrap();
        if self.random.percent(4) && self.clients[id].earlier.is_none() {
            self.clients[id].session.is_removal = true;
            self.story.push(format!("{id} removes {:?}", base.version));
            self.start(id, Write::remove(base, self.options(id)));
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
        self.start(id, Write::update(base, mine, self.options(id)).after(earlier));
    }

    /// The page goes on with the old base, as one does that saves while it is edited.
    pub fn go_on(&mut self, id: usize, write: Write, result: Option<Snapshot>) {
        self.finished += 1;
        let session = &self.clients[id].session;
        let is_plain = !session.is_removal && !session.base.is_empty() && !session.mine.is_empty();
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
        // Decisions are no edits of the page, which goes on with what it had.
        client.session.decided.clear();
        client.session.set_aside = None;
        client.earlier = Some(Earlier { sent, result: Some(result) });
        self.edit_and_save(id);
    }

    pub fn decide(&mut self, id: usize, mut state: ConflictState) {
        let kind = self.habits.kind;
        if self.random.percent(10) {
            self.story.push(format!("{id} lets the conflict be"));
            self.give_up(id);
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
            self.start(id, Write::overwrite(state, self.options(id)));
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
                    let is_one = names.len() == 1;
                    if !is_one {
                        self.clients[id].session.joint.extend(names.clone());
                    }
                    for name in names {
                        let value = value_at(kind, side.as_deref(), &name);
                        let merged = || state.conflict.merged().unwrap().map(|document| fields(kind, &document));
                        // Beside a region of several fields there may be others of the same fields: what people see is the result.
                        let is_alone = is_one && !self.clients[id].session.joint.contains(&name);
                        let seen = if is_alone { value } else { merged().and_then(|mut merged| merged.remove(&name)) };
                        self.decided(id, name, seen);
                    }
                }
            }
        }
        let write = Write::submit(state, self.options(id)).unwrap();
        self.start(id, write);
    }

    fn decided(&mut self, id: usize, name: String, value: Option<String>) {
        self.story.push(format!("{id} decides {name}: {value:?}"));
        self.clients[id].session.decided.insert(name, value);
    }

    /// Whoever gives up knows it: nothing is lost that they still want.
    pub fn give_up(&mut self, id: usize) {
        self.clients[id].draft = None;
    }

    /// A new tab finds what was not acknowledged, as a store gives it back: by what was written down of it.
    pub fn restore(&mut self, id: usize) {
        let Some(Draft { session, base, earlier }) = self.clients[id].draft.take() else { return };
        self.story.push(format!(
            "{id} finds the draft {:?} of {:?}",
            session.mine,
            base.as_ref().map(|base| &base.version)
        ));
        let base = base.map(written_down);
        let own = Session {
            client: id,
            resource: session.resource,
            base: session.base.clone(),
            mine: session.mine.clone(),
            edited: session.edited.clone(),
            // The tab forgets, not the person.
            shown: session.shown.clone(),
            has_seen_removal: session.has_seen_removal,
            is_removal: session.is_removal && session.edited.is_empty(),
            own: session.own.clone(),
            newest_own: session.newest_own.clone(),
            ..Session::default()
        };
        let mine = document(self.habits.kind, &own.mine);
        let (is_removal, at, options) = (own.is_removal, url(own.resource), self.options(id));
        let client = &mut self.clients[id];
        client.session = own;
        client.base.clone_from(&base);
        client.earlier = earlier.map(|Earlier { sent, result }| Earlier { sent, result: result.map(written_down) });
        let earlier = client.earlier.clone();
        let write = match base {
            None => Write::create(&at, mine, options),
            Some(base) if is_removal => Write::remove(base, options),
            Some(base) => Write::update(base, mine, options).after(earlier),
        };
        self.start(id, write);
    }
}

/// A snapshot as it comes back from a store: octets, and the token of its version.
fn written_down(snapshot: Snapshot) -> Snapshot {
    let document = Document::parse(snapshot.document.format(), snapshot.document.bytes()).unwrap();
    let token = snapshot.version.as_ref().map(|version| version.as_str().to_owned());
    Snapshot { document, version: token.and_then(|token| Versioning::default().from_token(&token)), ..snapshot }
}
