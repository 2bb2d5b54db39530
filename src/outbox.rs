//! Edits without an answer, which are sent again: in which order, and when.
//!
//! [`Outbox`] is a state machine without time, network or page. It gets the edits that a store holds, and says which one to send next. The
//! edits of one document go out in the order in which people saved them. An edit without an answer holds back the later edits of its
//! document, and is sent again after a pause that doubles (exponential back-off with jitter).

use crate::gather::Gather;

/// The pause after the first lost answer, in milliseconds.
const FIRST_PAUSE_MS: f64 = 1_000.0;

/// The longest pause, in milliseconds.
const LONGEST_PAUSE_MS: f64 = 300_000.0;

/// How long an edit of another page goes unwatched, in milliseconds: a page that crashes gives no notice.
const WATCH_MS: f64 = 10_000.0;

/// An edit that waits in the store.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// Identifies the edit.
    pub id: String,
    /// Identifies the document.
    pub document: String,
    /// When a person saved it, in milliseconds since 1970.
    pub saved_at_ms: f64,
    /// Whether another page that lives will send it.
    pub is_foreign: bool,
}

/// The end of a sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The server holds the edit, alone or merged.
    Stored,
    /// A person has to act: a conflict or a refusal.
    Held,
    /// No answer came.
    Missing,
}

impl Answer {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Stored, Self::Held, Self::Missing];

    /// The spelling at the boundary.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Held => "held",
            Self::Missing => "missing",
        }
    }
}

/// What the page does next.
#[derive(Debug, Clone, PartialEq)]
pub enum Turn {
    /// Send the edit with this id.
    Send(String),
    /// Ask again after so many milliseconds, or with the next event.
    Wait(f64),
    /// Ask again with the next event: nothing waits, or there is no network.
    Idle,
}

#[derive(Debug, Clone)]
struct Entry {
    edit: Waiting,
    /// A person has to act, so the edit is not sent again.
    is_held: bool,
    misses: u32,
    /// The end of the pause, in milliseconds since 1970.
    due_ms: f64,
}

/// The edits of one store.
#[derive(Debug, Clone)]
pub struct Outbox {
    is_online: bool,
    entries: Vec<Entry>,
    /// The edit that is being sent.
    sent: Option<String>,
}

impl Default for Outbox {
    /// An empty outbox with a network.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::outbox::{Outbox, Turn};
    ///
    /// assert_eq!(Outbox::default().next(0.0), Turn::Idle);
    /// ```
    fn default() -> Self {
        Self { is_online: true, entries: Vec::new(), sent: None }
    }
}

impl Outbox {
    /// Takes all edits that the store holds now. Edits that are known keep their pauses; others go out a second after their save.
    pub fn found(&mut self, edits: Vec<Waiting>) {
        let mut entries: Vec<Entry> = Vec::new();
        for edit in edits {
            let known = self.entries.iter().find(|entry| entry.edit.id == edit.id).cloned();
            let due_ms = edit.saved_at_ms + FIRST_PAUSE_MS;
            let entry = known.unwrap_or(Entry { edit: edit.clone(), is_held: false, misses: 0, due_ms });
            let at = entries.iter().position(|other| is_before(&edit, &other.edit)).unwrap_or(entries.len());
            entries.insert(at, Entry { edit, ..entry });
        }
        self.entries = entries;
    }

    /// The network came or went. With a network, no pause goes on.
    pub fn online(&mut self, is_online: bool) {
        self.is_online = is_online;
        if is_online {
            for entry in &mut self.entries {
                entry.due_ms = 0.0;
            }
        }
    }

    /// The next edit to send. Its [`Outbox::answered`] has to follow before another one goes out.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::outbox::{Answer, Outbox, Turn, Waiting};
    ///
    /// let edit = Waiting { id: "1".into(), document: "/notes/7".into(), saved_at_ms: 5.0, is_foreign: false };
    /// let mut outbox = Outbox::default();
    /// outbox.found(vec![edit]);
    /// assert_eq!(outbox.next(5.0), Turn::Wait(1_000.0));
    /// assert_eq!(outbox.next(1_005.0), Turn::Send("1".into()));
    /// // The chance of 0.5 makes the pause neither shorter nor longer.
    /// outbox.answered("1", Answer::Missing, 2_000.0, 0.5);
    /// assert_eq!(outbox.next(2_000.0), Turn::Wait(1_000.0));
    /// assert_eq!(outbox.next(3_000.0), Turn::Send("1".into()));
    /// ```
    pub fn next(&mut self, now_ms: f64) -> Turn {
        if !self.is_online || self.sent.is_some() {
            return Turn::Idle;
        }
        let first = |entry: &&Entry| self.is_first(entry);
        let ready = self.entries.iter().filter(first).gather();
        let (mut due, mut wait_ms) = (None, f64::INFINITY);
        for entry in ready {
            if !entry.edit.is_foreign {
                wait_ms = wait_ms.min(entry.due_ms - now_ms);
                due = due.or((entry.due_ms <= now_ms).then(|| entry.edit.id.clone()));
            } else {
                // No event says when the other page has sent its edit, or has gone.
                wait_ms = wait_ms.min(if self.holds_back(entry) { FIRST_PAUSE_MS } else { WATCH_MS });
            }
        }
        match due {
            Some(id) => {
                self.sent = Some(id.clone());
                Turn::Send(id)
            }
            None if wait_ms.is_finite() => Turn::Wait(wait_ms),
            None => Turn::Idle,
        }
    }

    /// A sending has ended.
    ///
    /// `chance` lies between 0 and 1. It makes the next pause half as long to half as long again, so that pages do not come back together.
    pub fn answered(&mut self, id: &str, answer: Answer, now_ms: f64, chance: f64) {
        self.sent = None;
        let Some(at) = self.entries.iter().position(|entry| entry.edit.id == id) else { return };
        let entry = &mut self.entries[at];
        match answer {
            Answer::Stored => drop(self.entries.remove(at)),
            Answer::Held => entry.is_held = true,
            Answer::Missing => {
                let doubled = FIRST_PAUSE_MS * f64::from(1_u32 << entry.misses.min(16));
                entry.misses += 1;
                entry.due_ms = now_ms + doubled.min(LONGEST_PAUSE_MS) * (0.5 + chance);
            }
        }
    }

    /// Whether no earlier edit of the document has to go first.
    fn is_first(&self, entry: &Entry) -> bool {
        let is_other = |one: &Entry| one.edit.document == entry.edit.document && !one.is_held;
        !entry.is_held && self.entries.iter().find(|one| is_other(one)).is_some_and(|one| one.edit.id == entry.edit.id)
    }

    /// Whether an edit of this page waits for this one.
    fn holds_back(&self, entry: &Entry) -> bool {
        let is_later = |one: &Entry| one.edit.document == entry.edit.document && !one.edit.is_foreign && !one.is_held;
        entry.edit.is_foreign && self.entries.iter().any(is_later)
    }
}

/// Whether a person saved this edit before the other one; two of one moment are ordered by their ids, so that all pages agree.
fn is_before(one: &Waiting, other: &Waiting) -> bool {
    one.saved_at_ms < other.saved_at_ms || (one.saved_at_ms == other.saved_at_ms && one.id < other.id)
}
