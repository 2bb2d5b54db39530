//! A tab: one memory, one store, some forms, and the calls that are under way. Only the machines that ship are driven.

use std::collections::{BTreeMap, BTreeSet};

use mergefetch::client::{
    Event, Fetch, Get, Held, Machine, Memory, Moment, ObserverEvent, Refresh, Save, Snapshot, Step, Update, Warning,
};
use mergefetch::conflict::Document;
use mergefetch::error::Error;
use mergefetch::http::{Request, Response};

use super::model::Fields;

/// The knowledge and the intention of one person at the time of an edit.
#[derive(Debug, Clone, Default)]
pub struct Session {
    pub client: usize,
    /// Which form of the tab has the call.
    pub form: usize,
    /// Which document.
    pub resource: usize,
    pub base: Fields,
    pub mine: Fields,
    /// The fields that were typed in.
    pub edited: BTreeSet<String>,
    /// The decision for a field, also by overwriting.
    pub decided: BTreeMap<String, Option<String>>,
    /// Fields that were decided together with others, as one region of a text.
    pub joint: BTreeSet<String>,
    /// The decisions before an overwriting that is under way; they stand again where it meets a conflict.
    pub set_aside: Option<BTreeMap<String, Option<String>>>,
    /// The result of the decisions that were submitted behind another call: they may restore values that this call replaced.
    pub resumed: BTreeMap<String, Option<String>>,
    /// The edits of others that the person has seen since the base.
    pub shown: BTreeSet<(String, Option<String>)>,
    pub has_seen_removal: bool,
    pub is_removal: bool,
    /// Whether mine is a removal, whatever is decided about it.
    pub has_removed: bool,
    /// The newest value of each field that this form has saved from the same base.
    pub newest_own: BTreeMap<String, Option<String>>,
    /// Whether the tab has died since the base was read: its earlier saves are forgotten.
    pub is_restored: bool,
    /// Whether the edit is a change by `update`, which no form goes on with.
    pub is_change: bool,
    /// Which edit this is, by a number that grows with each.
    pub edit: usize,
    /// How much was added to the counter since base.
    pub added: i64,
    /// All saves that add to the counter of one base.
    pub lineage: usize,
    /// Which state the last read of the write under way got.
    pub looked_at: Option<usize>,
    /// The version that the request on its way names.
    pub sent: Option<String>,
    /// Whether the write under way has warned that nothing protects it.
    pub is_warned: bool,
    /// The call, with the states that it has committed.
    pub call: usize,
}

/// One call of the family.
pub enum Running {
    Get(Get),
    Save(Save),
    Submit(Save),
    Update(Update),
    Refresh(Refresh),
    Fetch(Fetch),
    Put(Save),
}

impl Running {
    pub fn machine(&mut self) -> &mut dyn Machine {
        match self {
            Self::Get(get) => get,
            Self::Save(save) | Self::Submit(save) | Self::Put(save) => save,
            Self::Update(update) => update,
            Self::Refresh(refresh) => refresh,
            Self::Fetch(fetch) => fetch,
        }
    }
}

pub struct Call {
    pub running: Running,
    /// The body of the caller's own request.
    pub body: Option<Vec<u8>>,
    pub event: Option<Event>,
    pub flying: Option<(Request, Session)>,
    pub session: Session,
    /// Versions that the server has refused.
    pub refused: BTreeSet<String>,
    pub steps: usize,
    pub due_ms: u64,
    /// How many reads were answered with an old state.
    pub lagging: usize,
    /// The state that the tab's newest acknowledged save had led to when the call began.
    pub acknowledged: usize,
    pub has_written: bool,
    /// The last answer to a read through `fetch`.
    pub answer: Option<Response>,
}

impl Call {
    pub fn step(&mut self, memory: &mut Memory, event: Event, moment: Moment) -> Result<Step<()>, Error> {
        self.steps += 1;
        let step = self.running.machine().step(memory, event, moment);
        for notice in self.running.machine().take_events() {
            let is_warning = matches!(notice, ObserverEvent::Warning(Warning::Unprotected | Warning::VersionIgnored));
            self.session.is_warned |= is_warning;
        }
        step
    }

    pub fn abandon(&mut self, memory: &mut Memory) {
        self.running.machine().abandon(memory);
    }
}

/// The part of an edit that a store keeps from the save until its outcome is known (HTTP-RULES D1, D2).
pub struct Draft {
    pub session: Session,
    pub base: Option<Snapshot>,
    pub mine: Option<Document>,
}

#[derive(Default)]
pub struct Form {
    pub session: Session,
    pub base: Option<Snapshot>,
    pub held: Option<Held>,
    pub calls: Vec<Call>,
    pub draft: Option<Draft>,
    /// Whether an edit is to be made, now that the base is there.
    pub is_open: bool,
}

#[derive(Default)]
pub struct Tab {
    pub memory: Memory,
    /// The state that survives the tab.
    pub store: BTreeMap<String, Vec<u8>>,
    pub forms: Vec<Form>,
    /// How much its clock is ahead.
    pub skew_ms: i64,
    /// For each document the state that its newest acknowledged save led to.
    pub acknowledged: Vec<usize>,
    /// For each document, whether the tab has read since others replaced or removed the changes of that save.
    pub is_replaced: Vec<bool>,
    /// By document, the states that a save of this tab has replaced: it knows their versions as old ones.
    pub superseded: BTreeSet<(usize, usize)>,
    /// Whether more lagging reads agreed than a client can hold back: the client has accepted them, and forgotten its saves.
    pub is_misled: bool,
    /// Bases of which a form has counted.
    pub counted: Vec<Snapshot>,
}

impl Tab {
    /// A save is acknowledged that led to the state `own`, and was reported as `state`.
    pub fn saved(&mut self, resource: usize, state: usize, own: Option<usize>) {
        self.acknowledged[resource] = state;
        self.is_replaced[resource] = false;
        self.superseded.extend(own.and_then(|own| own.checked_sub(1)).map(|before| (resource, before)));
    }

    pub fn has_calls(&self) -> bool {
        self.forms.iter().any(|form| !form.calls.is_empty())
    }
}
