//! What must hold at every step: nothing acknowledged is lost, nothing typed is lost, no false conflict, no hidden overwrite.

use std::collections::BTreeSet;

use mergefetch::client::{ConflictState, Snapshot};
use mergefetch::http::{Method, Request};

use super::model::{FIELDS, Fields, Kind, fields, fields_of, is_typed, read};
use super::world::{Session, World, precondition};
use crate::server::Tags;

impl World {
    /// R1: never again a version that the server has refused.
    pub fn check_sent(&self, id: usize, request: &Request) {
        let Some(version) = precondition(request) else {
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

    /// Whether `holds` of the state that the writer has just looked at, where the server compares nothing or cannot tell two writes of
    /// one second apart: what came between that look and the write is beyond any client.
    fn is_beyond(&self, session: &Session, holds: impl Fn(Option<&Fields>) -> bool) -> bool {
        let server = self.server(session);
        let of = |index: usize| server.history[index].as_ref().map(|text| read(self.habits.kind, text));
        let at = match session.looked_at {
            Some(at) if self.habits.is_blind() => at,
            // What shares the version that the write names.
            _ if self.habits.tags == Tags::Coarse => {
                let same = |index: &usize| server.version(*index) == session.sent;
                return (0..server.history.len()).filter(same).any(|index| holds(of(index).as_ref()));
            }
            _ => return false,
        };
        (!self.habits.tags.eq(&Tags::Hidden) || session.is_warned) && holds(of(at).as_ref())
    }

    pub fn check_written(&mut self, session: &Session, before: Option<&Fields>, after: Option<&Fields>) {
        let none = Fields::new();
        let is_gone = before.is_none() || after.is_none();
        let is_removed_since = before.is_none() && self.is_beyond(session, |state| state.is_some());
        self.check(before.is_some() || session.has_seen_removal || is_removed_since, || {
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
            let is_known = |value: &Option<String>| {
                let entry = (name.to_owned(), value.clone());
                *value == base || session.shown.contains(&entry) || session.own.contains(&entry)
            };
            let is_beyond = self.is_beyond(session, |state| {
                let seen = state.unwrap_or(&none).get(name).cloned();
                let is_removal_known = state.is_none() && session.has_seen_removal;
                is_removal_known || seen != old && (seen == new || is_known(&seen))
            });
            self.check(is_known(&old) || before.is_none() || is_beyond, || {
                format!("{name}: {old:?} was overwritten unseen by {new:?}; looked at {:?}", session.looked_at)
            });
            let mine = session.mine.get(name).cloned();
            let is_wanted = session.edited.contains(name) && new == mine
                || session.decided.get(name).is_some_and(|decided| *decided == new)
                || session.own.contains(&(name.to_owned(), new.clone()));
            // What was looked at goes out again where a server is tried out, and in a merge; all of mine where nothing was there.
            let is_as_seen = is_beyond
                && self.is_beyond(session, |state| match state {
                    Some(state) => state.get(name).cloned() == new,
                    None => new == mine,
                });
            self.check(is_wanted || is_gone || is_as_seen, || {
                format!("{name}: nobody wrote {new:?} in the place of {old:?}")
            });
        }
    }

    /// What was acknowledged is in the server's history, field by field.
    pub fn check_acknowledged(&self, id: usize, snapshot: Option<&Snapshot>) {
        let session = &self.clients[id].session;
        let kind = self.habits.kind;
        let has_held = |name: &str, value: &Option<String>| {
            let held = |state: &Option<String>| state.as_ref().map(|text| read(kind, text).get(name).cloned());
            let mut states = self.server(session).history.iter().filter_map(held);
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
            // Where nobody could read the new version, the snapshot is what was sent.
            version.is_none()
                || version == self.server(session).version(index)
                    && state.as_ref().map(|text| read(kind, text)) == Some(told.clone())
        };
        self.check(self.server(session).history.iter().enumerate().any(is_state), || {
            format!("{id} was told of {told:?} as {:?}, which never was", snapshot.version)
        });
    }

    /// Mine comes back as it was, and no own echo is shown as somebody else's edit.
    pub fn check_conflict(&mut self, id: usize, state: &ConflictState) {
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
            let is_inserted = kind == Kind::Text && !session.base.contains_key(&name);
            if is_inserted || session.joint.contains(&name) {
                // What is inserted into a text at one place is one region, which comes apart and together again.
                continue;
            }
            let is_own = match session.decided.get(&name) {
                // What was decided against an older value may be asked again; but never against itself.
                Some(decided) => *decided == value && is_typed(id, value.as_ref()),
                None => session.newest_own.get(&name) == Some(&value) || session.mine.get(&name) == value.as_ref(),
            };
            let writers = self.writers.get(&(name.clone(), value.clone()));
            let is_own = is_own && writers.is_some_and(|writers| *writers == BTreeSet::from([id]));
            self.check(!is_own, || format!("{id} is shown its own {name}: {value:?} as a conflict"));
        }
        if let Some(stored) = &state.stored {
            // The server holds mine already, though nobody decided that.
            let stored = fields(kind, &stored.document);
            let all = FIELDS.map(|name| (name.to_owned(), stored.get(name).cloned()));
            self.clients[id].session.shown.extend(all);
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
