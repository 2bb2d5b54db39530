//! The conclusions from the end of a call.

use mergefetch::client::{Answer, Outcome, ReadOutcome, Snapshot, Updated, answer_of};

use super::model::{FIELDS, document, read, url};
use super::tab::{Call, Form, Running, Session};
use super::world::World;

impl World {
    pub fn ended(&mut self, id: usize, form: usize, mut call: Call) {
        let running = std::mem::replace(&mut call.running, Running::Get(self.reading(0)));
        match running {
            Running::Get(get) => self.was_read(id, form, &call, get.into_outcome().unwrap()),
            Running::Save(save) => self.came_of(id, form, call, save.into_outcome().unwrap().0),
            Running::Submit(save) => {
                if call.has_written {
                    self.came_of(id, form, call, save.into_outcome().unwrap().0);
                } else {
                    // Nothing went out, so the person knows exactly the content of the form.
                    call.session = self.tabs[id].forms[form].session.clone();
                    self.submitted(id, form, call, save.into_outcome().unwrap().0);
                }
            }
            Running::Update(update) => match update.into_outcome().unwrap() {
                (Updated::Written(outcome, _), base) => {
                    self.tabs[id].forms[form].session = call.session.clone();
                    self.tabs[id].forms[form].base = base;
                    self.came_of(id, form, call, outcome);
                }
                (Updated::Unread(_), _) => self.give_up(id, form),
            },
            Running::Refresh(refresh) => {
                if let Some(Ok(_)) = refresh.into_outcome() {
                    self.look_at_conflict(id, form);
                }
            }
            Running::Fetch(fetch) => self.fetch_answered(id, form, call, fetch.into_answer().unwrap()),
            Running::Put(save) => {
                let status = save.write_status();
                let (answer, conflict) = answer_of(save);
                self.put_answered(id, form, call, (status, answer), conflict.map(|state| *state));
            }
        }
    }

    fn was_read(&mut self, id: usize, form: usize, call: &Call, outcome: ReadOutcome) {
        match outcome {
            ReadOutcome::Read(snapshot, _) => {
                self.check_read(id, call, Some(&snapshot));
                self.opened(id, form, snapshot);
                self.edit_and_save(id, form);
            }
            ReadOutcome::Refused(problem) if problem.status == Some(404) => {
                self.check_read(id, call, None);
                if !self.is_draining {
                    self.create(id, form, call.session.resource);
                }
            }
            _ => {}
        }
    }

    /// Somebody brings it back.
    fn create(&mut self, id: usize, form: usize, resource: usize) {
        let all = FIELDS.map(|name| (name.to_owned(), self.token(id, name)));
        let session = Session {
            client: id,
            resource,
            mine: all.into_iter().collect(),
            edited: FIELDS.map(str::to_owned).into(),
            has_seen_removal: true,
            ..Session::default()
        };
        let mine = document(self.habits.kind, &session.mine);
        self.story.push(format!("{id}.{form} creates {:?}", session.mine));
        self.tabs[id].forms[form] = Form { session, ..Form::default() };
        let (at, options) = (url(resource), self.options());
        let save = mergefetch::client::Save::create(&mut self.tabs[id].memory, &at, mine.clone(), false, options);
        self.save(id, form, save, Some(mine));
    }

    /// A submit whose outcome was clear before anything went out.
    fn submitted(&mut self, id: usize, form: usize, call: Call, outcome: Outcome) {
        match outcome {
            // The stored document comes from an earlier submit, of which the form has heard.
            Outcome::Saved(_, snapshot) if self.tabs[id].forms[form].held.is_none() => {
                let _ = (snapshot, call);
            }
            outcome => self.came_of(id, form, call, outcome),
        }
    }

    fn came_of(&mut self, id: usize, form: usize, call: Call, outcome: Outcome) {
        match outcome {
            Outcome::Saved(kind, snapshot) => {
                self.story.push(format!("{id}.{form} is told: {kind:?}"));
                self.acknowledged(id, form, &call, snapshot);
            }
            Outcome::Merged(snapshot, _) => {
                self.story.push(format!("{id}.{form} is told: merged"));
                self.acknowledged(id, form, &call, Some(snapshot));
            }
            Outcome::Conflict(state) => {
                self.story.push(format!("{id}.{form} meets a conflict"));
                self.certain(&call);
                let is_held = self.tabs[id].forms[form].held.is_some();
                let url = state.url.clone();
                if !is_held {
                    self.tabs[id].forms[form].session = call.session;
                    self.tabs[id].forms[form].base.clone_from(&state.base);
                    self.hold(id, form, *state);
                }
                self.check(!url.is_empty(), || "a conflict without a URL".into());
                self.look_at_conflict(id, form);
            }
            Outcome::Refused(refusal) => {
                self.story.push(format!("{id}.{form} is refused: {:?}", refusal.kind));
                self.doubted.insert(call.session.lineage);
                if self.tabs[id].forms[form].calls.is_empty() {
                    self.press_again(id, form);
                }
            }
            Outcome::Created(_) => self.check(false, || "a creation without a URL that nobody asked for".into()),
            Outcome::Replay(_) => self.check(false, || "a change is to be made again by the caller".into()),
        }
    }

    fn acknowledged(&mut self, id: usize, form: usize, call: &Call, snapshot: Option<Snapshot>) {
        self.count_in(call);
        self.check_acknowledged(id, call, snapshot.as_ref());
        // The document that this call has sent: the page may have typed more meanwhile.
        let saved = |name: &String| (name.clone(), call.session.mine.get(name).cloned());
        let session = &mut self.tabs[id].forms[form].session;
        session.newest_own.extend(call.session.edited.iter().map(saved));
        if call.session.edit > session.edit {
            // The conflict of an earlier save was on the screen; the page goes on with the newest edit, not with that one.
            session.edit = call.session.edit;
            session.added = call.session.added;
            session.mine.clone_from(&call.session.mine);
            session.edited.extend(call.session.edited.iter().cloned());
        }
        self.go_on(id, form, snapshot);
    }

    /// People see the conflict as it is now.
    fn look_at_conflict(&mut self, id: usize, form: usize) {
        let Some(held) = self.tabs[id].forms[form].held.clone() else { return };
        let state = held.borrow().clone();
        self.check_conflict(id, form, &state);
    }

    fn fetch_answered(&mut self, id: usize, form: usize, mut call: Call, answer: Answer) {
        let kind = self.habits.kind;
        let base = match answer {
            Answer::Own => {
                let Some(response) = call.answer.take().filter(|response| response.status == 200) else { return };
                let called = self.fetched(call.session.resource);
                if !called.is_document(&response) || response.body.is_err() || response.headers.get("etag").is_none() {
                    return;
                }
                let options = self.options();
                if let mergefetch::client::Kept::Stored(record) =
                    called.keep(&mut self.tabs[id].memory, &options, &response)
                {
                    self.tabs[id].store.insert(called.key(), record.encode());
                }
                String::from_utf8(response.body.unwrap()).unwrap()
            }
            Answer::Stored(record) => String::from_utf8(record.body).unwrap(),
            _ => return,
        };
        let resource = call.session.resource;
        self.tabs[id].forms[form].session = Session { client: id, resource, ..Session::default() };
        self.story.push(format!("{id}.{form} has fetched {base}"));
        self.put(id, form, read(kind, &base));
    }

    fn put_answered(
        &mut self,
        id: usize,
        form: usize,
        call: Call,
        (status, answer): (Option<u16>, Answer),
        conflict: Option<mergefetch::client::ConflictState>,
    ) {
        self.story.push(format!("{id}.{form} is answered {status:?}, {answer:?}"));
        let is_success = status.is_some_and(|status| matches!(status, 200..=201 | 203..=206));
        match (answer, conflict) {
            (_, Some(state)) => {
                self.tabs[id].forms[form].session = call.session;
                self.tabs[id].forms[form].base.clone_from(&state.base);
                self.hold(id, form, state);
                self.look_at_conflict(id, form);
            }
            (Answer::Document(snapshot), None) => self.acknowledged(id, form, &call, Some(snapshot)),
            (Answer::Own, None) if is_success => self.acknowledged(id, form, &call, None),
            _ => self.give_up(id, form),
        }
    }
}
