//! People: they open, edit, save, abort, press twice, decide, give up, and come back after a crash.

use std::cell::RefCell;
use std::rc::Rc;

use mergefetch::client::{Fetch, Fetched, FetchedWrite, Refresh, Save, Snapshot, Update};
use mergefetch::conflict::{Choice, Document};
use mergefetch::http::{Headers, Method, Versioning};

use super::model::{COUNTER, FIELDS, Fields, Kind, count, document, fields, fields_of, url, value_at};
use super::tab::{Draft, Form, Running, Session};
use super::world::World;

impl World {
    /// Somebody does something with a form that waits for nothing.
    pub fn act(&mut self, id: usize, form: usize) {
        let one = &self.tabs[id].forms[form];
        if one.draft.is_some() && one.base.is_none() && one.held.is_none() {
            self.restore(id, form);
        } else if one.held.is_some() {
            self.decide(id, form);
        } else if one.is_open {
            self.edit_and_save(id, form);
        } else {
            self.open(id, form);
        }
    }

    /// Somebody opens the document, takes the value of the form beside, or changes the document unseen.
    fn open(&mut self, id: usize, form: usize) {
        let beside = &self.tabs[id].forms[1 - form];
        let shared = beside.base.clone().filter(|_| beside.is_open || !beside.calls.is_empty());
        let resource = if shared.is_some() { beside.session.resource } else { self.random.below(self.servers.len()) };
        let session = Session { client: id, resource, lineage: self.lineage(), ..Session::default() };
        self.tabs[id].forms[form] = Form { session: session.clone(), ..Form::default() };
        if let Some(base) = shared.filter(|_| self.random.percent(40)) {
            self.story.push(format!("{id}.{form} shares {:?}", base.version));
            self.opened(id, form, base);
            return self.edit_and_save(id, form);
        }
        // Only one form of a page uses `fetch`: a client knows which documents the page has read, not which form read them.
        if form == 0 && self.random.percent(self.habits.fetch_percent) {
            let fetch = Fetch::new(self.fetched(resource), self.options());
            return self.begin(id, form, Running::Fetch(fetch), session, None);
        }
        if self.habits.kind == Kind::Json && self.random.percent(if self.habits.is_counting { 40 } else { 15 }) {
            return self.update(id, form, session);
        }
        let reading = self.reading(resource);
        self.begin(id, form, Running::Get(reading), session, None);
    }

    /// `update`: a change that is made on whatever the server holds.
    fn update(&mut self, id: usize, form: usize, mut session: Session) {
        session.is_change = true;
        if self.habits.is_counting {
            session.added = 1;
        }
        if !self.habits.is_counting || self.random.percent(30) {
            let name = FIELDS[self.random.below(FIELDS.len())].to_owned();
            let value = self.token(id, &name);
            session.mine.insert(name.clone(), value);
            session.edited.insert(name);
        }
        let update = Update::new(&url(session.resource), Some(Kind::Json.format()), Headers::new(), self.options());
        self.story.push(format!("{id}.{form} updates {:?}", session.mine));
        self.begin(id, form, Running::Update(update), session, None);
    }

    /// The document is there.
    pub fn opened(&mut self, id: usize, form: usize, base: Snapshot) {
        let now = fields(self.habits.kind, &base.document);
        let form = &mut self.tabs[id].forms[form];
        let session = &mut form.session;
        session.mine.clone_from(&now);
        session.base = now;
        form.base = Some(base);
        form.is_open = true;
    }

    pub fn fetched(&self, resource: usize) -> Fetched {
        let format = self.habits.kind.format();
        let fields = Headers::new().with("Content-Type", format.content_type());
        Fetched { url: url(resource), fields, format: Some(format), has_default_cache: true }
    }

    pub fn token(&mut self, id: usize, name: &str) -> String {
        self.tokens += 1;
        let is_common = self.habits.is_repeating && self.random.percent(60);
        let value = if is_common { format!("v{}", self.random.below(3)) } else { format!("c{id}t{}", self.tokens) };
        self.typed.insert((id, name.to_owned(), Some(value.clone())));
        value
    }

    pub fn edit_and_save(&mut self, id: usize, form: usize) {
        let Some(base) = self.tabs[id].forms[form].base.clone().filter(|_| !self.is_draining) else { return };
        self.tabs[id].forms[form].is_open = false;
        let session = self.tabs[id].forms[form].session.clone();
        if self.random.percent(4) && session.edited.is_empty() && !self.habits.is_counting {
            let session = &mut self.tabs[id].forms[form].session;
            (session.is_removal, session.has_removed) = (true, true);
            self.story.push(format!("{id}.{form} removes {:?}", base.version));
            let options = self.options();
            let save = Save::remove(&mut self.tabs[id].memory, base, options);
            return self.save(id, form, save, None);
        }
        self.edit(id, form, &base);
        let mine = document(self.habits.kind, &self.tabs[id].forms[form].session.mine);
        self.story.push(format!("{id}.{form} edits {:?}: {:?}", base.version, self.tabs[id].forms[form].session.mine));
        let options = self.options();
        let save = Save::update(&mut self.tabs[id].memory, base, mine.clone(), options);
        self.save(id, form, save, Some(mine));
    }

    fn edit(&mut self, id: usize, form: usize, base: &Snapshot) {
        for _ in 0..1 + self.random.below(2) {
            let name = FIELDS[self.random.below(FIELDS.len())].to_owned();
            let value = self.token(id, &name);
            let is_removed = self.habits.kind == Kind::Json && self.random.percent(10);
            let session = &mut self.tabs[id].forms[form].session;
            // A field that the same page edited before and takes back to base would be no edit of base at all.
            if is_removed && session.base.contains_key(&name) {
                session.mine.remove(&name);
                self.typed.insert((id, name.clone(), None));
            } else {
                session.mine.insert(name.clone(), value);
            }
            session.edited.insert(name);
        }
        // An edit that equals base reverts a save under way (W10). One form means it so, two forms do not.
        if self.tabs[id].forms[form].session.mine == self.tabs[id].forms[form].session.base {
            self.tokens += 1;
            let (name, value) = (FIELDS[0].to_owned(), format!("c{id}t{}", self.tokens));
            self.typed.insert((id, name.clone(), Some(value.clone())));
            let session = &mut self.tabs[id].forms[form].session;
            session.mine.insert(name.clone(), value);
            session.edited.insert(name);
        }
        self.tabs[id].forms[form].session.edit = self.tokens;
        // Of one base one form counts: for a client, all saves from it are one edit that goes on.
        let tab = &mut self.tabs[id];
        let is_known = tab.counted.iter().any(|one| one.url == base.url && one.equals(base));
        let session = &mut tab.forms[form].session;
        if self.habits.is_counting && (session.added > 0 || !is_known) && self.random.percent(60) {
            tab.counted.push(base.clone());
            session.added += 1 + self.random.below(2) as i64;
            let total = count(Some(&session.base)) + session.added;
            session.mine.insert(COUNTER.to_owned(), total.to_string());
        }
    }

    pub fn save(&mut self, id: usize, form: usize, save: Save, mine: Option<Document>) {
        let one = &mut self.tabs[id].forms[form];
        one.draft = Some(Draft { session: one.session.clone(), base: one.base.clone(), mine });
        let session = one.session.clone();
        self.begin(id, form, Running::Save(save), session, None);
    }

    /// The very same edit of the very same base once more: whoever is not sure presses "save" again.
    pub fn press_again(&mut self, id: usize, form: usize) {
        let one = &self.tabs[id].forms[form];
        let session = &one.session;
        let is_plain =
            session.decided.is_empty() && !session.is_removal && !session.is_change && !session.edited.is_empty();
        match one.base.clone() {
            Some(base) if is_plain && !self.is_draining && self.random.percent(70) => {
                self.story.push(format!("{id}.{form} presses save again"));
                let mine = document(self.habits.kind, &self.tabs[id].forms[form].session.mine);
                let options = self.options();
                let save = Save::update(&mut self.tabs[id].memory, base, mine.clone(), options);
                self.save(id, form, save, Some(mine));
            }
            _ => self.give_up(id, form),
        }
    }

    /// Somebody presses something while a call is under way.
    pub fn meddle(&mut self, id: usize, form: usize) {
        let at = self.random.below(self.tabs[id].forms[form].calls.len());
        let (is_save, is_submit) = match self.tabs[id].forms[form].calls[at].running {
            Running::Save(_) => (true, false),
            Running::Submit(_) => (false, true),
            _ => (false, false),
        };
        let one = &self.tabs[id].forms[form];
        let is_few = one.calls.len() < 3;
        match (self.random.below(3), one.held.clone()) {
            (0, None) if is_save && is_few && !one.session.is_removal && one.base.is_some() => {
                self.edit_and_save(id, form);
            }
            (1, Some(held)) if is_submit && is_few => self.submit(id, form, held),
            (2, Some(held)) if is_submit && is_few => {
                self.refresh(id, form, held);
            }
            // The overwriting waits for its turn: earlier decisions come after it.
            _ if one.session.set_aside.is_some() => {}
            _ => {
                let mut call = self.tabs[id].forms[form].calls.remove(at);
                self.story.push(format!("{id}.{form} aborts"));
                call.abandon(&mut self.tabs[id].memory);
                self.forget(call);
                let one = &mut self.tabs[id].forms[form];
                if let Some(decided) = one.session.set_aside.take_if(|_| one.calls.is_empty()) {
                    one.session.decided = decided;
                }
                if is_save && self.tabs[id].forms[form].calls.is_empty() {
                    self.press_again(id, form);
                }
            }
        }
    }

    /// The page continues: with the old base, as a page does that saves during typing, or with the returned snapshot.
    pub fn go_on(&mut self, id: usize, form: usize, result: Option<Snapshot>) {
        self.finished += 1;
        let kind = self.habits.kind;
        let one = &mut self.tabs[id].forms[form];
        let held = one.held.take();
        let is_last = one.calls.is_empty();
        let session = &mut one.session;
        if let (Some(held), false) = (held, is_last) {
            // Another submit waits behind this one, or behind the overwriting: it sends the content of the screen.
            let merged = held.borrow().conflict.merged().unwrap().map(|document| fields(kind, &document));
            let merged = merged.unwrap_or_default();
            session.resumed = FIELDS.map(|name| (name.to_owned(), merged.get(name).cloned())).into();
        } else if is_last {
            session.resumed.clear();
        }
        let is_edit = !session.is_change && !session.is_removal && !session.has_removed;
        let is_plain = is_edit && !session.base.is_empty() && !session.mine.is_empty();
        // Decisions are no edits of the page, which continues from its own value.
        session.decided.clear();
        session.set_aside = None;
        if !one.calls.is_empty() {
            return;
        }
        one.draft = None;
        match (self.random.below(4), result) {
            (0, Some(_)) if is_plain && self.tabs[id].forms[form].base.is_some() => self.edit_and_save(id, form),
            (1, Some(result)) if is_plain => {
                let resource = self.tabs[id].forms[form].session.resource;
                let session = Session { client: id, resource, lineage: self.lineage(), ..Session::default() };
                self.tabs[id].forms[form].session = session;
                self.opened(id, form, result);
            }
            _ => self.give_up(id, form),
        }
    }

    fn submit(&mut self, id: usize, form: usize, held: mergefetch::client::Held) {
        let options = self.options();
        let save = Save::submit(&mut self.tabs[id].memory, held, options);
        let session = self.tabs[id].forms[form].session.clone();
        self.story.push(format!("{id}.{form} submits"));
        self.begin(id, form, Running::Submit(save), session, None);
    }

    fn refresh(&mut self, id: usize, form: usize, held: mergefetch::client::Held) {
        let format = Some(self.habits.kind.format());
        let refresh = Refresh::new(held, format, Headers::new(), self.options());
        let session = self.tabs[id].forms[form].session.clone();
        self.story.push(format!("{id}.{form} refreshes"));
        self.begin(id, form, Running::Refresh(refresh), session, None);
    }

    fn decide(&mut self, id: usize, form: usize) {
        let Some(held) = self.tabs[id].forms[form].held.clone() else { return };
        if self.random.percent(10) {
            self.story.push(format!("{id} lets the conflict be"));
            return self.give_up(id, form);
        }
        let has_mine = held.borrow().conflict.mine().is_some();
        if self.random.percent(10) && has_mine && !self.habits.is_counting {
            return self.overwrite(id, form, held);
        }
        let waiting: Vec<_> = {
            let state = held.borrow();
            let changes = state.conflict.changes().iter().enumerate();
            changes.filter(|(index, _)| state.conflict.decision(*index).is_none()).map(|(_, one)| one.clone()).collect()
        };
        let mut is_whole = false;
        for change in waiting {
            is_whole |= change.id == "#invalid";
            self.decide_change(id, form, &held, &change);
        }
        if is_whole {
            let merged = held.borrow().conflict.merged().unwrap().map(|document| fields(self.habits.kind, &document));
            for name in FIELDS {
                let value = merged.as_ref().and_then(|merged| merged.get(name).cloned());
                self.decided(id, form, name.to_owned(), value);
            }
        }
        if self.random.percent(10) {
            self.refresh(id, form, held.clone());
        }
        self.submit(id, form, held.clone());
        if self.random.percent(15) {
            self.submit(id, form, held);
        }
    }

    fn overwrite(&mut self, id: usize, form: usize, held: mergefetch::client::Held) {
        self.story.push(format!("{id} overwrites"));
        let session = &mut self.tabs[id].forms[form].session;
        session.set_aside = Some(session.decided.clone());
        for name in FIELDS {
            let value = session.mine.get(name).cloned();
            session.decided.insert(name.to_owned(), value);
        }
        let options = self.options();
        let save = Save::overwrite(&mut self.tabs[id].memory, held, options);
        let session = self.tabs[id].forms[form].session.clone();
        self.begin(id, form, Running::Submit(save), session, None);
    }

    fn decide_change(
        &mut self,
        id: usize,
        form: usize,
        held: &mergefetch::client::Held,
        change: &mergefetch::merge::Change,
    ) {
        let kind = self.habits.kind;
        if change.id.is_empty() {
            // The whole document: it is gone on one side.
            let choice = [Choice::Mine, Choice::Theirs][self.random.below(2)];
            self.story.push(format!("{id} decides for all of {choice:?}"));
            held.borrow_mut().conflict.take(choice, Some("")).unwrap();
            let is_removal = held.borrow().conflict.merged().unwrap().is_none();
            self.tabs[id].forms[form].session.is_removal = is_removal;
            return;
        }
        let names = fields_of(kind, change);
        let choice = self.random.below(4);
        if choice == 3 && names.len() == 1 && !names[0].is_empty() {
            let name = names[0].clone();
            let value = self.token(id, &name);
            let text = match kind {
                Kind::Json => format!("\"{value}\""),
                Kind::Text => format!("{name} {value}\n"),
            };
            held.borrow_mut().conflict.set(&change.id, text).unwrap();
            return self.decided(id, form, name, Some(value));
        }
        let mut choice = [Choice::Mine, Choice::Theirs, Choice::Base][choice % 3];
        if held.borrow_mut().conflict.take(choice, Some(&change.id)).is_err() {
            // Without a base there is none to take.
            choice = Choice::Mine;
            held.borrow_mut().conflict.take(choice, Some(&change.id)).unwrap();
        }
        let side = match choice {
            Choice::Mine => &change.mine,
            Choice::Theirs => &change.theirs,
            _ => &change.base,
        };
        let is_one = names.len() == 1;
        if !is_one {
            self.tabs[id].forms[form].session.joint.extend(names.clone());
        }
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            let value = value_at(kind, side.as_deref(), &name);
            let merged = || held.borrow().conflict.merged().unwrap().map(|document| fields(kind, &document));
            // Beside a region of several fields there may be other regions of the same fields: people see the result.
            let is_alone = is_one && !self.tabs[id].forms[form].session.joint.contains(&name);
            let seen = if is_alone { value } else { merged().and_then(|mut merged| merged.remove(&name)) };
            self.decided(id, form, name, seen);
        }
    }

    fn decided(&mut self, id: usize, form: usize, name: String, value: Option<String>) {
        self.story.push(format!("{id}.{form} decides {name}: {value:?}"));
        self.chosen.insert((id, name.clone(), value.clone()));
        let session = &mut self.tabs[id].forms[form].session;
        // It was on the screen: a page may have fetched another version than the one that the client takes for the base.
        session.shown.insert((name.clone(), value.clone()));
        session.decided.insert(name, value);
    }

    /// Whoever gives up knows it: nothing is lost that they still want.
    pub fn give_up(&mut self, id: usize, form: usize) {
        let one = &mut self.tabs[id].forms[form];
        (one.draft, one.held, one.is_open) = (None, None, false);
        if one.calls.is_empty() {
            one.base = None;
        }
    }

    /// A conflict is on the screen.
    pub fn hold(&mut self, id: usize, form: usize, state: mergefetch::client::ConflictState) {
        self.tabs[id].forms[form].held = Some(Rc::new(RefCell::new(state)));
    }

    /// A new tab finds the edits without an acknowledgement in the store, in the form in which the store kept them.
    fn restore(&mut self, id: usize, form: usize) {
        let Some(Draft { session, base, mine }) = self.tabs[id].forms[form].draft.take() else { return };
        self.story.push(format!("{id}.{form} finds the draft {:?}", session.mine));
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
            is_removal: session.has_removed,
            has_removed: session.has_removed,
            is_restored: true,
            added: session.added,
            lineage: session.lineage,
            ..Session::default()
        };
        let (options, at) = (self.options(), url(own.resource));
        let tab = &mut self.tabs[id];
        let is_of = |one: &Snapshot| base.as_ref().is_some_and(|base| one.url == base.url && one.equals(base));
        if own.added > 0 && tab.counted.iter().any(is_of) {
            // The form beside has counted from this base meanwhile, and of one base one form counts.
            return;
        }
        tab.forms[form] = Form { session: own, base: base.clone(), ..Form::default() };
        let save = match (base, &mine) {
            (None, Some(mine)) => Save::create(&mut tab.memory, &at, mine.clone(), false, options),
            (Some(base), None) => Save::remove(&mut tab.memory, base, options),
            (Some(base), Some(mine)) => {
                // It may have been carried out before the tab died.
                tab.memory.remember(&base, mine.clone(), None);
                tab.counted.push(base.clone());
                Save::update(&mut tab.memory, base, mine.clone(), options)
            }
            (None, None) => return,
        };
        self.save(id, form, save, mine);
    }

    /// A PUT through `fetch`, of a document that was read through `fetch`.
    pub fn put(&mut self, id: usize, form: usize, base: Fields) {
        if self.is_draining || self.random.percent(20) {
            return;
        }
        self.tabs[id].forms[form].session.mine.clone_from(&base);
        self.tabs[id].forms[form].session.base = base;
        let name = FIELDS[self.random.below(FIELDS.len())].to_owned();
        let value = self.token(id, &name);
        let session = &mut self.tabs[id].forms[form].session;
        let is_removal = self.random.percent(5);
        (session.is_removal, session.has_removed) = (is_removal, is_removal);
        if !is_removal {
            session.mine.insert(name.clone(), value);
            session.edited.insert(name);
        }
        let session = session.clone();
        let body = document(self.habits.kind, &session.mine).bytes().to_vec();
        let (method, body) = if is_removal { (Method::Delete, None) } else { (Method::Put, Some(body)) };
        let call = FetchedWrite { call: self.fetched(session.resource), method, body: body.clone() };
        self.story.push(format!("{id}.{form} sends {method:?} through fetch: {:?}", session.mine));
        let options = self.options();
        let save = Save::fetch(&mut self.tabs[id].memory, call, options);
        self.begin(id, form, Running::Put(save), session, body);
    }
}

/// A snapshot as it comes back from a store: octets, and the token of its version.
fn written_down(snapshot: Snapshot) -> Snapshot {
    let document = Document::parse(snapshot.document.format(), snapshot.document.bytes()).unwrap();
    let token = snapshot.version.as_ref().map(|version| version.as_str().to_owned());
    Snapshot { document, version: token.and_then(|token| Versioning::default().from_token(&token)), ..snapshot }
}
