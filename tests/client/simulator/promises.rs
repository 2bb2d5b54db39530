//! The promises that hold at every step: nothing acknowledged is lost, nothing typed is lost, no false conflict, no hidden overwrite, and
//! everything counts once.

use std::collections::BTreeSet;

use mergefetch::client::{ConflictState, PreconditionSupport, Snapshot};
use mergefetch::http::{Method, Request};

use super::model::{FIELDS, Fields, Kind, count, fields, fields_of, read};
use super::tab::{Call, Running, Session};
use super::world::{World, precondition};
use crate::server::Tags;

/// So many reads that agree are believed, whatever this client has saved (HTTP-RULES K8).
pub const HOLD: usize = 3;
/// So many that agree on another value than the one that was sent are taken for the server's own spelling.
const SPELLING: usize = 2;

impl World {
    /// R1: never again a version that the server has refused. Nothing undecided, and nothing unprotected where that is refused.
    pub fn check_sent(&self, id: usize, form: usize, call: &Call, request: &Request) {
        let one = &self.tabs[id].forms[form];
        if let (Running::Submit(_), Some(held), false) = (&call.running, &one.held, call.has_written) {
            let is_overwriting = call.session.set_aside.is_some();
            let unresolved = held.borrow().conflict.unresolved();
            self.check(is_overwriting || unresolved == 0, || format!("{id} sends what nobody decided"));
        }
        if self.habits.refuses_unprotected {
            let known = self.tabs[id].memory.origin(&request.url).map(|origin| origin.updates);
            // If the answer to a probe was replaced on its way, a refusal of this very write may prove that versions are compared.
            let is_found = self.habits.is_blind() && known == Some(PreconditionSupport::Ignored);
            let is_known = call.session.is_warned || is_found;
            self.check(!is_known, || {
                format!(
                    "{id} writes although nothing is compared: {:?} {:?} {:?}",
                    request.method,
                    precondition(request),
                    call.session.is_warned
                )
            });
        }
        let Some(version) = precondition(request) else {
            let is_update = matches!(request.method, Method::Put | Method::Delete)
                && request.headers.get("if-none-match").is_none();
            let has_version = one.base.as_ref().is_some_and(|base| base.version.is_some());
            let is_known = self.tabs[id].forms[form].session.has_seen_removal || call.session.has_seen_removal;
            self.check(!(is_update && has_version && !is_known), || format!("{id} writes without a precondition"));
            return;
        };
        // A tag that is a hash returns with the content.
        let server = self.server(&call.session);
        let is_back = matches!(self.habits.tags, Tags::Hash | Tags::WeakHash)
            && server.version(server.history.len() - 1).as_deref() == Some(version);
        self.check(is_back || !call.refused.contains(version), || {
            format!("{id} sends {version} again, which was refused")
        });
        self.check(version != "*", || format!("{id} sends If-Match: *"));
    }

    /// Whether `holds` of the state that the writer has just looked at, where the server compares nothing or cannot tell two writes of
    /// one second apart: what came between that look and the write is beyond any client.
    fn is_beyond(&self, session: &Session, holds: impl Fn(Option<&Fields>) -> bool) -> bool {
        let server = self.server(session);
        let of = |index: usize| server.history[index].as_ref().map(|text| read(self.habits.kind, text));
        let is_blind = self.habits.is_blind()
            || (session.is_removal && self.habits.quirks.ignores_versions_of_removals)
            || (session.sent.is_none() && self.habits.quirks.ignores_if_none_match);
        let at = match session.looked_at {
            Some(at) if is_blind => at,
            // The states that share the version of the write.
            _ if matches!(self.habits.tags, Tags::Coarse | Tags::Hash | Tags::WeakHash) => {
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
        // A server that recreates does so on its own account; the client asks afterwards.
        let is_allowed = session.has_seen_removal || is_removed_since || self.habits.quirks.recreates;
        self.check(before.is_some() || is_allowed, || {
            "a removed document came back although nobody had seen that".into()
        });
        self.check(after.is_some() || session.is_removal, || {
            "a document was removed that nobody wanted to remove".into()
        });
        for name in FIELDS {
            let old = before.unwrap_or(&none).get(name).cloned();
            let new = after.unwrap_or(&none).get(name).cloned();
            if old != new {
                let writer = (session.client, session.form);
                self.writers.entry((name.to_owned(), new.clone())).or_default().push(writer);
                self.check_field(session, name, (&old, &new), (before.is_none(), is_gone));
            }
        }
        if self.habits.is_counting {
            self.check_count(session.resource);
        }
    }

    fn check_field(
        &self,
        session: &Session,
        name: &str,
        (old, new): (&Option<String>, &Option<String>),
        (is_made, is_gone): (bool, bool),
    ) {
        let none = Fields::new();
        let base = session.base.get(name).cloned();
        let has_typed = |value: &Option<String>| self.typed.contains(&(session.client, name.to_owned(), value.clone()));
        let has_chosen =
            |value: &Option<String>| self.chosen.contains(&(session.client, name.to_owned(), value.clone()));
        let is_known = |value: &Option<String>| {
            let is_own = has_typed(value) || has_chosen(value);
            *value == base || session.shown.contains(&(name.to_owned(), value.clone())) || is_own
        };
        let is_beyond = self.is_beyond(session, |state| {
            let seen = state.unwrap_or(&none).get(name).cloned();
            let is_removal_known = state.is_none() && session.has_seen_removal;
            is_removal_known || seen != *old && (seen == *new || is_known(&seen))
        });
        self.check(is_known(old) || is_made || is_beyond, || {
            format!("{name}: {old:?} was overwritten unseen by {new:?}; looked at {:?}", session.looked_at)
        });
        let mine = session.mine.get(name).cloned();
        let is_wanted = session.edited.contains(name) && *new == mine
            || [&session.decided, &session.resumed].iter().any(|decided| decided.get(name) == Some(new))
            || has_typed(new)
            // A save that overtakes another one of the same base takes it back, where it equals base.
            || (has_typed(old) && *new == base);
        // A probe and a merge send the document of the check again; a creation sends all of mine.
        let is_as_seen = is_beyond
            && self.is_beyond(session, |state| match state {
                Some(state) => state.get(name) == new.as_ref(),
                None => *new == mine,
            });
        self.check(is_wanted || is_gone || is_as_seen, || {
            format!("{name}: nobody wrote {new:?} in the place of {old:?}")
        });
    }

    /// The counter holds every acknowledged increment, and no more than the increments that may have been carried out.
    pub fn check_count(&self, resource: usize) {
        let now = self.servers[resource].now().map(|text| read(self.habits.kind, text));
        let of_document = self.counted.iter().filter(|((document, _), _)| *document == resource);
        let (least, most) = of_document.fold((0, 0), |(least, most), (_, (acknowledged, possible))| {
            (least + acknowledged, most + possible.max(acknowledged))
        });
        let count = count(now.as_ref());
        self.check((least..=most).contains(&count), || {
            format!("{count} are counted; {least} were acknowledged, and {most} may have been made: {:?}", self.counted)
        });
    }

    /// The write of this call is acknowledged.
    pub fn count_in(&mut self, call: &Call) {
        if call.session.added == 0 {
            return;
        }
        let known = self.counted.entry((call.session.resource, call.session.lineage)).or_default();
        *known = (call.session.added, call.session.added);
        self.check_count(call.session.resource);
    }

    /// The write of this call may have been carried out.
    pub fn uncertain(&mut self, call: &Call) {
        if call.session.added > 0 && call.has_written {
            let known = self.counted.entry((call.session.resource, call.session.lineage)).or_default();
            known.1 = known.1.max(call.session.added);
        }
    }

    /// The write of this call was not carried out.
    pub fn certain(&mut self, call: &Call) {
        if let Some(known) = self.counted.get_mut(&(call.session.resource, call.session.lineage))
            && !self.doubted.contains(&call.session.lineage)
        {
            known.1 = known.0;
        }
    }

    /// The newest state that `snapshot` is.
    fn state_of(&self, resource: usize, snapshot: &Snapshot) -> Option<usize> {
        let kind = self.habits.kind;
        let told = fields(kind, &snapshot.document);
        let version = snapshot.version.as_ref().map(|version| version.as_str().to_owned());
        let server = &self.servers[resource];
        let is_it = |index: &usize| {
            (version.is_none() || version == server.version(*index))
                && server.history[*index].as_ref().map(|text| read(kind, text)) == Some(told.clone())
        };
        (0..server.history.len()).rev().find(is_it)
    }

    /// A read never takes back an acknowledged save of its own tab, but after several that agree.
    pub fn check_read(&mut self, id: usize, call: &Call, snapshot: Option<&Snapshot>) {
        let resource = call.session.resource;
        let history = &self.servers[resource].history;
        let state = match snapshot {
            Some(snapshot) => self.state_of(resource, snapshot),
            None => history.iter().rposition(Option::is_none),
        };
        let is_newer = state.is_some_and(|state| state >= call.acknowledged);
        // Once others have replaced all that it knows of its save, or where the save has put old values back, a client tells only those
        // versions for old that it has replaced itself.
        let is_beyond = state.is_some_and(|state| {
            let tab = &self.tabs[id];
            let save = tab.acknowledged[resource];
            let is_alike =
                tab.is_replaced[resource] || self.holds(resource, save, state) || self.is_third(resource, save, state);
            is_alike && !tab.superseded.contains(&(resource, state))
        });
        self.check(is_newer || is_beyond || call.lagging >= HOLD || self.tabs[id].is_misled, || {
            format!("{id} reads {state:?}, although its save {} was acknowledged", call.acknowledged)
        });
        let Some(state) = state else { return };
        if !is_newer {
            self.tabs[id].acknowledged[resource] = state;
        } else if !self.holds(resource, self.tabs[id].acknowledged[resource], state) {
            self.tabs[id].is_replaced[resource] = true;
        }
    }

    /// An `update` of this tab has got `now` to change.
    pub fn was_changed(&mut self, id: usize, resource: usize, now: &Fields) {
        let history = &self.servers[resource].history;
        let is_it = |state: &Option<String>| state.as_ref().is_some_and(|text| read(self.habits.kind, text) == *now);
        let save = self.tabs[id].acknowledged[resource];
        let state = history.iter().rposition(is_it).filter(|state| *state >= save);
        self.tabs[id].is_replaced[resource] |= state.is_some_and(|state| !self.holds(resource, save, state));
    }

    /// Whether `state` contains, at every changed place, the values of the write that led to `save`.
    fn holds(&self, resource: usize, save: usize, state: usize) -> bool {
        let of = |index: usize| self.servers[resource].history[index].as_ref().map(|text| read(self.habits.kind, text));
        match (save.checked_sub(1).and_then(of), of(save), of(state)) {
            (Some(before), Some(saved), Some(now)) => {
                let mut names = before.keys().chain(saved.keys());
                names.all(|name| before.get(name) == saved.get(name) || now.get(name) == saved.get(name))
            }
            _ => save == state,
        }
    }

    /// A tab gets the answer to a read, perhaps to one before a write. It may show that others have replaced the acknowledged save.
    pub fn saw_state(&mut self, id: usize, resource: usize, state: usize) {
        let save = self.tabs[id].acknowledged[resource];
        if state > save && !self.holds(resource, save, state) {
            self.tabs[id].is_replaced[resource] = true;
        }
    }

    /// Whether `state` has a third value somewhere, and nowhere the value before the write that led to `save`. For a client that never
    /// saw such a state, somebody has edited the document since.
    fn is_third(&self, resource: usize, save: usize, state: usize) -> bool {
        let of = |index: usize| self.servers[resource].history[index].as_ref().map(|text| read(self.habits.kind, text));
        let (Some(before), Some(saved), Some(now)) = (save.checked_sub(1).and_then(of), of(save), of(state)) else {
            return false;
        };
        let names = before.keys().chain(saved.keys()).filter(|name| name.as_str() != "stamp");
        let mut edited = names.filter(|name| before.get(*name) != saved.get(*name)).peekable();
        edited.peek().is_some() && edited.all(|name| ![before.get(name), saved.get(name)].contains(&now.get(name)))
    }

    /// An acknowledged edit is in the server's history, field by field, and in the snapshot.
    pub fn check_acknowledged(&mut self, id: usize, call: &Call, snapshot: Option<&Snapshot>) {
        let session = &call.session;
        let kind = self.habits.kind;
        let wanted = |name: &String| match session.decided.get(name).or_else(|| session.resumed.get(name)) {
            Some(decided) => decided.clone(),
            None => session.mine.get(name).cloned(),
        };
        let has_held = |name: &str, value: &Option<String>| {
            let held = |state: &Option<String>| state.as_ref().map(|text| read(kind, text).get(name).cloned());
            self.server(session).history.iter().filter_map(held).any(|found| found == *value)
        };
        for name in &session.edited {
            let wanted = wanted(name);
            self.check(session.is_removal || has_held(name, &wanted), || {
                format!("{id} was told that {name}: {wanted:?} is saved, but no state ever held it")
            });
        }
        let own = self.committed.get(&session.call).copied();
        // A creation whose redirect leads elsewhere is unknown at the URL where reads end.
        let is_known_by_reads = !(self.habits.redirects && session.base.is_empty());
        let Some(snapshot) = snapshot else {
            if let Some(own) = own.filter(|_| is_known_by_reads) {
                self.tabs[id].saved(session.resource, own, Some(own));
            }
            return;
        };
        let told = fields(kind, &snapshot.document);
        let state = self.state_of(session.resource, snapshot);
        // If nobody could read the new version, the snapshot is the sent document.
        self.check(snapshot.version.is_none() || state.is_some(), || {
            format!("{id} was told of {told:?} as {:?}, which never was", snapshot.version)
        });
        let is_same =
            |own: usize| self.server(session).history[own].as_ref().map(|text| read(kind, text)) == Some(told.clone());
        let is_old = matches!((own, state), (Some(own), Some(state)) if state < own && !is_same(own));
        let is_old = is_old && snapshot.version.is_some() && call.has_written;
        self.check(!is_old || call.lagging >= SPELLING, || {
            format!("{id} was told of the state {state:?}, which is older than its save {own:?}")
        });
        let is_edit = |name: &&String| wanted(name) != session.base.get(*name).cloned();
        let lacks = session.edited.iter().filter(is_edit).find(|name| told.get(*name).cloned() != wanted(name));
        // Somebody may have gone on from there.
        let is_latest = own.is_none() || state == own;
        self.check(lacks.is_none() || !is_latest || session.is_removal, || {
            format!("{id} was told of {told:?}, without its {lacks:?}")
        });
        if let Some(state) = state.or(own).filter(|_| call.has_written && is_known_by_reads) {
            let resource = session.resource;
            self.tabs[id].saved(resource, state, own);
            // Others may have put back all that it changed before it was told: it has then nothing to tell its own state from, whose
            // version it has never heard of, nor replaced itself.
            let history = &self.servers[resource].history;
            let before = own.and_then(|own| own.checked_sub(1));
            self.tabs[id].is_replaced[resource] = before.is_some_and(|before| history[before] == history[state]);
        }
    }

    /// Mine comes back as it was, and no own echo is shown as somebody else's edit.
    pub fn check_conflict(&mut self, id: usize, form: usize, state: &ConflictState) {
        let kind = self.habits.kind;
        let session = &mut self.tabs[id].forms[form].session;
        if let Some(decided) = session.set_aside.take() {
            session.decided = decided;
        }
        let session = &self.tabs[id].forms[form].session;
        if let Some(mine) = state.conflict.mine() {
            let mine = fields(kind, mine);
            self.check(mine == session.mine, || {
                format!("mine of {id} changed: {mine:?} instead of {:?}", session.mine)
            });
        } else {
            self.check(session.has_removed, || format!("mine of {id} is lost"));
        }
        let theirs = state.conflict.theirs().map(|document| fields(kind, document));
        self.check_echo(id, form, state, theirs.as_ref());
        self.see(id, form, state, theirs);
    }

    fn check_echo(&self, id: usize, form: usize, state: &ConflictState, theirs: Option<&Fields>) {
        let (kind, session) = (self.habits.kind, &self.tabs[id].forms[form].session);
        if self.tabs[id].is_misled {
            return;
        }
        for (index, change) in state.conflict.changes().iter().enumerate() {
            if change.id.is_empty() || state.conflict.decision(index).is_some() || session.is_restored {
                continue;
            }
            let names = fields_of(kind, change);
            let [name] = names.as_slice() else { continue };
            let value = theirs.and_then(|theirs| theirs.get(name).cloned());
            let is_inserted = kind == Kind::Text && !session.base.contains_key(name);
            if is_inserted || session.joint.contains(name) {
                // All insertions into a text at one place are one region, which may split and join again.
                continue;
            }
            let has_typed = self.typed.contains(&(id, name.clone(), value.clone()));
            let is_own = match session.decided.get(name) {
                // People may be asked again about a decision against an older value, but never about a decision against the same value.
                Some(decided) => *decided == value && has_typed,
                None => session.newest_own.get(name) == Some(&value) || session.mine.get(name) == value.as_ref(),
            };
            let writers = self.writers.get(&(name.clone(), value.clone()));
            // A value that another form restored is an edit of that form, even if this form had the same value before.
            let is_from_here = |writers: &Vec<(usize, usize)>| {
                writers.iter().all(|writer| writer.0 == id) && writers.last() == Some(&(id, form))
            };
            let is_own = is_own && writers.is_some_and(is_from_here);
            self.check(!is_own, || format!("{id} is shown its own {name}: {value:?} as a conflict"));
        }
    }

    /// The facts that people know from now on.
    fn see(&mut self, id: usize, form: usize, state: &ConflictState, theirs: Option<Fields>) {
        let kind = self.habits.kind;
        let session = &mut self.tabs[id].forms[form].session;
        if let Some(base) = state.conflict.base() {
            // A page may have fetched another version than the one that the client takes for the base: the screen shows that one.
            session.shown.extend(fields(kind, base).into_iter().map(|(name, value)| (name, Some(value))));
        }
        if let Some(stored) = &state.stored {
            // The server holds mine already, though nobody decided that.
            let stored = fields(kind, &stored.document);
            session.shown.extend(FIELDS.map(|name| (name.to_owned(), stored.get(name).cloned())));
        }
        // A decision that does not stand any more is seen as such, and made again or left to the merge.
        let changes = state.conflict.changes().iter().enumerate();
        let standing = changes.filter(|(index, _)| !matches!(state.conflict.decision(*index), None | Some("auto")));
        let standing: BTreeSet<String> = standing.flat_map(|(_, change)| fields_of(kind, change)).collect();
        session.decided.retain(|name, _| standing.contains(name));
        if state.conflict.unresolved() == 0 {
            // If theirs is base again, a removal remains that people had decided against: the screen shows it.
            session.is_removal = state.conflict.merged().unwrap().is_none();
        }
        match theirs {
            Some(theirs) => {
                session.shown.extend(FIELDS.map(|name| (name.to_owned(), theirs.get(name).cloned())));
            }
            None => session.has_seen_removal = true,
        }
    }
}
