//! The memory of a client between its calls: its saves, the facts about origins, and the queue of writes.
//!
//! Documents and edits belong to a user. Facts about origins and the queue belong to the client.

mod known;
mod saves;
mod shown;
mod spelling;

pub(super) use spelling::Spelling;

use known::Known;
use saves::Save;
use shown::SeenVersions;

use super::{Engine, Origin, Snapshot, UserId};
use crate::conflict::{Choice, Document, MergeOptions};
use crate::http::{Version, origin};
use crate::merge::json;

/// The place of one write in the queue of its document.
pub type Ticket = u32;

/// The limit for documents in saves whose base the page no longer holds.
const MAX_UNHELD_BYTES: usize = 4 << 20;

/// The number of later saves that are followed from one save.
const MAX_FOLLOWED: u32 = 64;

/// The number of unanswered edits per base that are remembered.
const MAX_DOUBTED: usize = 4;

/// The number of acknowledged edits per base that are remembered one by one.
const MAX_EDITS: usize = 4;

/// The number of superseded versions that are remembered per document. A replica lags by a few versions.
const MAX_SUPERSEDED: usize = 32;

/// The limit for documents of users without a call under way, apart from users whose snapshots the page holds.
const MAX_IDLE_BYTES: usize = 32 << 20;

/// The memory of one client between its calls.
///
/// # Examples
///
/// ```
/// use mergefetch::client::{Engine, Memory, Snapshot, Source};
/// use mergefetch::conflict::{Document, MergeOptions};
/// use mergefetch::http::{Format, Versioning};
///
/// # let url = "https://example.org/notes/7";
/// # let snapshot = |text: &str, tag: &str| Snapshot {
/// #     url: url.into(),
/// #     document: Document::parse(Format::Json, text.as_bytes()).unwrap(),
/// #     version: Versioning::default().from_token(tag),
/// #     content_type: None,
/// #     source: Source::Network,
/// #     author: None,
/// #     named: None,
/// # };
/// let mut memory = Memory::default();
/// assert!(memory.engine().is_none());
/// memory.has_loaded(Engine::linked());
///
/// // One write of a document at a time.
/// let ticket = memory.enter(url);
/// memory.leave(url, ticket);
/// assert!(memory.take_moved());
///
/// // A save from a base is no conflict for the next save from it.
/// let (base, result) = (snapshot("[1]", "\"v1\""), snapshot("[2]", "\"v2\""));
/// let id = memory.remember(&base, result.document.clone(), Some(result.clone()));
/// memory.hold(id);
/// memory.adopt(id);
/// assert!(memory.earlier(&base, &MergeOptions::default()).is_some());
/// memory.release(id);
///
/// // Reads are compared with the last write.
/// memory.wrote(url, Some(&base), Some(&result));
/// memory.confirm(url, Some(&result));
/// memory.is_fresh(url);
/// assert!(!memory.is_stale(url));
///
/// // `fetch` handed out a document, so a PUT may be an edit of it.
/// memory.handed_out(result);
/// assert!(memory.tracks(url));
/// assert_eq!(memory.handed_out_of(url).count(), 1);
/// ```
#[derive(Debug, Default)]
pub struct Memory {
    /// The engine, once it is loaded.
    engine: Option<Engine>,
    origins: Vec<(String, Origin)>,
    /// The user of the call whose step is running.
    user: User,
    /// The other users of this client, newest first: a server process may act for many.
    others: Vec<User>,
    last_id: u32,
    /// URLs for which the browser's cache may still hold a version that a write of this client replaced.
    stale: Vec<String>,
    queues: Vec<(String, Vec<Ticket>)>,
    last_ticket: Ticket,
    /// Whether the turn may have passed to another write.
    has_moved: bool,
}

/// The documents and edits of one user. No other user's call sees them.
#[derive(Debug, Default)]
pub(super) struct User {
    id: UserId,
    /// Newest first.
    saves: Vec<Save>,
    documents: Vec<Known>,
    /// Documents that `fetch` handed out, newest last.
    fetched: Vec<Snapshot>,
    /// Versions of documents that nobody has read: the results of patches through `fetch`, and answers with a broken body.
    named: Vec<(String, Version)>,
    /// Newest last.
    seen: Vec<SeenVersions>,
}

/// A save of this client, and its result.
///
/// # Examples
///
/// ```
/// use mergefetch::client::{Earlier};
/// use mergefetch::conflict::Document;
/// use mergefetch::http::{Format, Versioning};
///
/// let sent = Document::parse(Format::Json, b"{}")?;
/// let lost = Earlier::new(sent, None);
/// assert!(lost.result.is_none() && lost.edits.is_empty());
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Earlier {
    /// The page's own edit: [`Write::into_own`](super::Write::into_own).
    pub sent: Document,
    /// The document that the server held after the save; `None` if it is unknown, as the save was aborted (HTTP-RULES F12).
    pub result: Option<Snapshot>,
    /// The last edits of this base, newest first, at most `MAX_EDITS`; empty after decisions. `sent` contains them, and others as well.
    pub edits: Vec<Document>,
}

impl Earlier {
    /// A save with this one edit.
    pub const fn new(sent: Document, result: Option<Snapshot>) -> Self {
        Self { sent, result, edits: Vec::new() }
    }
}

/// Earlier writes of this client from the same base.
#[derive(Debug, Default)]
pub(super) struct Past {
    pub(super) earlier: Option<Earlier>,
    /// Whether `earlier` is a change by `update`.
    pub(super) is_change: bool,
    /// Edits that were sent without an answer.
    pub(super) doubted: Vec<Document>,
    /// The earlier edit that somebody has reverted, if those reads did not lag.
    pub(super) reverted: Option<Document>,
    /// How many of the doubted edits came after the last acknowledged edit.
    pub(super) unanswered: usize,
    /// Whether the result of `earlier` may contain a doubted edit, so that the increment to add is unknown.
    pub(super) is_mixed: bool,
    /// Whether the page did not get the result of `earlier`.
    pub(super) is_undelivered: bool,
    /// The newest acknowledged edit whose result the page got.
    pub(super) delivered: Option<Document>,
}

/// How a read relates to the last write of this client (HTTP-RULES K8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recency {
    /// It holds the write, or this client has not written the document.
    Current,
    /// It seems to come from before the write: a replica or a cache lags.
    Doubtful,
}

impl Memory {
    /// The engine, once it is loaded.
    pub fn engine(&self) -> Option<Engine> {
        self.engine
    }

    /// Makes `id` the user of the following calls.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Memory, UserId};
    /// use mergefetch::http::Headers;
    ///
    /// let mut memory = Memory::default();
    /// memory.select(UserId::of(&Headers::new().with("authorization", "Bearer 2"), None));
    /// assert!(!memory.tracks("https://example.org/notes/7"));
    /// ```
    pub fn select(&mut self, id: UserId) {
        if self.user.id == id {
            return;
        }
        let known = self.others.iter().position(|user| user.id == id).map(|at| self.others.remove(at));
        let user = known.unwrap_or_else(|| User { id, ..User::default() });
        self.others.insert(0, std::mem::replace(&mut self.user, user));
        let mut bytes = 0;
        self.others.retain(|user| {
            bytes += user.bytes();
            bytes <= MAX_IDLE_BYTES || user.saves.iter().any(|save| save.holders > 0)
        });
    }

    /// The facts about the origin of `url`; `None` before any were loaded or learnt.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Memory, Origin};
    ///
    /// let mut memory = Memory::default();
    /// assert_eq!(memory.origin("https://example.org/"), None);
    /// memory.learn("https://example.org/notes/7", Origin::default());
    /// assert_eq!(memory.origin("https://example.org/"), Some(Origin::default()));
    /// ```
    pub fn origin(&self, url: &str) -> Option<Origin> {
        let origin = origin(url);
        self.origins.iter().find(|known| known.0 == origin).map(|known| known.1)
    }

    /// Takes the facts about the origin of `url` from the store, unless a write has taught newer ones meanwhile.
    pub(super) fn load_facts(&mut self, url: &str, kept: Option<Vec<u8>>) {
        if self.origin(url).is_none() {
            self.learn(url, kept.and_then(|bytes| Origin::decode(&bytes)).unwrap_or_else(Origin::unknown));
        }
    }

    /// Adds the facts that a write to the origin of `url` learnt since `before`, as another write may have learnt others meanwhile.
    /// Returns all facts if they are new.
    pub(super) fn learn_since(&mut self, url: &str, before: Origin, learnt: Origin) -> Option<Origin> {
        let now = self.origin(url).unwrap_or_else(Origin::unknown).with_changes(before, learnt);
        self.learn(url, now).then_some(now)
    }

    /// Remembers the facts about the origin of `url`; returns whether they are new.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Memory, Origin};
    ///
    /// let mut memory = Memory::default();
    /// assert!(memory.learn("https://example.org/notes/7", Origin::default()));
    /// assert!(!memory.learn("https://example.org/notes/8", Origin::default()));
    /// assert_eq!(memory.origin("https://example.org/"), Some(Origin::default()));
    /// ```
    pub fn learn(&mut self, url: &str, learnt: Origin) -> bool {
        let origin = origin(url);
        match self.origins.iter_mut().find(|known| known.0 == origin) {
            Some(known) => std::mem::replace(&mut known.1, learnt) != learnt,
            None => {
                self.origins.push((origin, learnt));
                learnt != Origin::unknown()
            }
        }
    }

    /// Joins the queue of `url`: one write at a time, so that no save is refused because of another save of the same page
    /// (HTTP-RULES W10).
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::Memory;
    ///
    /// let (mut memory, url) = (Memory::default(), "https://example.org/notes/7");
    /// let [first, second] = [memory.enter(url), memory.enter(url)];
    /// assert_ne!(first, second);
    /// memory.leave(url, first);
    /// // The second write should check its turn.
    /// assert!(memory.take_moved() && !memory.take_moved());
    /// ```
    pub fn enter(&mut self, url: &str) -> Ticket {
        self.last_ticket = self.last_ticket.wrapping_add(1);
        match self.queues.iter_mut().find(|queue| queue.0 == url) {
            Some(queue) => queue.1.push(self.last_ticket),
            None => self.queues.push((url.to_owned(), vec![self.last_ticket])),
        }
        self.last_ticket
    }

    /// Whether a write of `url` is under way or waits.
    pub(super) fn is_busy(&self, url: &str) -> bool {
        self.queues.iter().any(|queue| queue.0 == url)
    }

    /// Whether it is this write's turn.
    pub(super) fn is_first(&self, url: &str, ticket: Ticket) -> bool {
        self.queues.iter().any(|queue| queue.0 == url && queue.1.first() == Some(&ticket))
    }

    /// Moves this write right behind the one that is under way.
    pub(super) fn overtake(&mut self, url: &str, ticket: Ticket) {
        if let Some((_, queue)) = self.queues.iter_mut().find(|queue| queue.0 == url) {
            queue.retain(|waiting| *waiting != ticket);
            queue.insert(queue.len().min(1), ticket);
        }
    }

    /// Leaves the queue, from any position.
    pub fn leave(&mut self, url: &str, ticket: Ticket) {
        if let Some(at) = self.queues.iter().position(|queue| queue.0 == url)
            && let Some(queue) = self.queues.get_mut(at)
        {
            queue.1.retain(|waiting| *waiting != ticket);
            if queue.1.is_empty() {
                self.queues.swap_remove(at);
            }
            self.has_moved = true;
        }
    }

    /// Whether a write has left the queue since the last call, so that waiting writes should check their turn.
    pub fn take_moved(&mut self) -> bool {
        std::mem::take(&mut self.has_moved)
    }

    /// This client's earlier save from `base`, unless it was reverted. Without a result, its fate is unknown.
    pub fn earlier(&self, base: &Snapshot, options: &MergeOptions) -> Option<Earlier> {
        let save = self.user.saves.iter().find(|save| save.is_of(base))?;
        let doubted = || save.doubted.last().map(|sent| Earlier::new(sent.clone(), None));
        let follow = |earlier: Earlier| if save.is_change { earlier } else { self.followed(earlier, options) };
        save.earlier.clone().map(follow).or_else(doubted)
    }

    /// [`Self::earlier`], extended by later saves of this client from its result.
    /// Saves with counters are not followed: a sum does not show which part is this client's own.
    fn followed(&self, mut earlier: Earlier, options: &MergeOptions) -> Earlier {
        let counts = options.json.rules.iter().any(|(_, rule)| *rule == json::Rule::Counter);
        for _ in 0..if counts { 0 } else { MAX_FOLLOWED } {
            let Some(from) = &earlier.result else { break };
            let next = self.user.saves.iter().find(|save| save.is_of(from) && !save.is_change);
            let next = next.and_then(|save| save.earlier.as_ref());
            let Some((next, result)) = next.and_then(|next| Some((next, next.result.as_ref()?))) else { break };
            let [base, mine, theirs] = [from.document.clone(), next.sent.clone(), earlier.sent.clone()].map(Some);
            debug_assert!(self.engine.is_some(), "a second save from one base loads the engine before");
            let Some(engine) = self.engine else { break };
            let own = engine.conflict([base, mine, theirs], options.clone()).and_then(|mut own| {
                // The later save replaced another person's value, and its new value may contain parts of that value. So this change does
                // not count as an edit of this client.
                if own.unresolved() > 0 {
                    own.take(Choice::Theirs, None)?;
                }
                own.merged()
            });
            let Ok(Some(sent)) = own else { break };
            earlier = Earlier { sent, result: Some(result.clone()), edits: earlier.edits };
        }
        earlier
    }

    /// All earlier writes that matter to a write from `base`.
    pub(super) fn past(&self, base: &Snapshot, options: &MergeOptions) -> Past {
        match self.user.saves.iter().find(|save| save.is_of(base)) {
            Some(save) => {
                let earlier = self.earlier(base, options).filter(|earlier| earlier.result.is_some());
                let edit = earlier.as_ref().filter(|_| !save.is_change).map(|earlier| earlier.sent.clone());
                Past {
                    earlier,
                    is_undelivered: save.is_undelivered,
                    delivered: if save.is_undelivered { save.delivered.clone() } else { edit },
                    is_change: save.is_change,
                    doubted: save.doubted.clone(),
                    reverted: save.reverted.clone(),
                    unanswered: save.unanswered,
                    is_mixed: save.is_mixed,
                }
            }
            None => Past::default(),
        }
    }

    /// The base of a copied snapshot: the document that this client read or wrote under that URL and version, if still known.
    pub(super) fn base_of_copy(&self, url: &str, version: Option<&Version>) -> Option<Snapshot> {
        let version = version?;
        let saved = self.user.saves.iter().flat_map(|save| [Some(&save.base), save.result()]);
        let newest = self.user.documents.iter().map(|known| known.newest.as_ref());
        let mut known = saved.chain(newest).flatten().chain(&self.user.fetched);
        let first = known.find(|one| &*one.url == url && one.version.as_ref() == Some(version))?;
        // Two versions may share one tag (HTTP-RULES X5): a guess could lose somebody's edit.
        let is_clear = known.all(|one| one.version.as_ref() != Some(version) || one.document.equals(&first.document));
        is_clear.then(|| first.clone())
    }

    /// Remembers an edit of `base` and its result (`None`: fate unknown). Returns the number of the save.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Memory, Snapshot, Source};
    /// use mergefetch::conflict::{Document, MergeOptions};
    /// use mergefetch::http::{Format, Versioning};
    ///
    /// # let url = "https://example.org/notes/7";
    /// # let snapshot = |text: &str, tag: &str| Snapshot {
    /// #     url: url.into(),
    /// #     document: Document::parse(Format::Json, text.as_bytes()).unwrap(),
    /// #     version: Versioning::default().from_token(tag),
    /// #     content_type: None,
    /// #     source: Source::Network,
    /// #     author: None,
    /// #     named: None,
    /// # };
    /// let mut memory = Memory::default();
    /// let (base, result) = (snapshot("[1]", "\"v1\""), snapshot("[2]", "\"v2\""));
    /// let id = memory.remember(&base, result.document.clone(), Some(result));
    /// // The page keeps its base, and saves from it again.
    /// memory.hold(id);
    /// memory.adopt(id);
    /// let earlier = memory.earlier(&base, &MergeOptions::default()).expect("the save");
    /// assert_eq!(earlier.sent.text(), Some("[2]"));
    /// memory.release(id);
    /// ```
    pub fn remember(&mut self, base: &Snapshot, sent: Document, result: Option<Snapshot>) -> u32 {
        if let Some(result) = &result {
            self.wrote(&base.url, Some(base), Some(result));
        }
        self.remember_edit(base, sent, result)
    }

    /// Remembers an edit without a write: the server held `result` already.
    pub(super) fn remember_edit(&mut self, base: &Snapshot, sent: Document, result: Option<Snapshot>) -> u32 {
        let before = self.user.saves.iter().position(|save| save.is_of(base)).map(|at| self.user.saves.remove(at));
        let mut save = before.unwrap_or_else(|| {
            self.last_id = self.last_id.wrapping_add(1);
            Save::new(self.last_id, base.clone())
        });
        let id = save.id;
        match result {
            Some(result) => {
                save.reverted = None;
                let mut edits = Vec::new();
                match save.earlier.take() {
                    Some(change) if save.is_change => {
                        save.doubted.insert(0, change.sent);
                        save.doubted.truncate(MAX_DOUBTED);
                    }
                    Some(earlier) => edits = earlier.edits,
                    None => {}
                }
                // A result that equals base makes the next save the first.
                let is_base = result.url == save.base.url && result.equals(&save.base);
                save.earlier = (!is_base).then_some(Earlier { sent, result: Some(result), edits });
                (save.is_change, save.unanswered) = (false, 0);
                (save.is_undelivered, save.delivered) = (false, None);
            }
            None => {
                save.doubted.push(sent);
                save.doubted.drain(..save.doubted.len().saturating_sub(MAX_DOUBTED));
                save.unanswered = save.doubted.len().min(save.unanswered + 1);
            }
        }
        self.user.saves.insert(0, save);
        self.user.forget_unheld();
        id
    }

    /// Adds the newest edit to the edits that make up the save from `base`. With `None`, the single edits are unknown.
    pub(super) fn add_edit(&mut self, base: &Snapshot, edit: Option<Document>) {
        let save = self.user.saves.iter_mut().find(|save| save.is_of(base));
        let Some(earlier) = save.and_then(|save| save.earlier.as_mut()) else { return };
        match edit.filter(|edit| !edit.equals(&base.document)) {
            Some(edit) => earlier.edits.insert(0, edit),
            // Decisions, and a save of the base itself, revert earlier edits.
            None => earlier.edits.clear(),
        }
        earlier.edits.truncate(MAX_EDITS);
    }

    /// Whether `base` is the result of a save, and no answer has shown how the server spells it.
    pub(super) fn is_unread(&self, base: &Snapshot) -> bool {
        let results = self.user.saves.iter().filter_map(Save::result);
        let mut known = results.chain(self.user.documents.iter().filter_map(|known| known.newest.as_ref()));
        known.any(|one| one.is_unread() && one.url == base.url && one.equals(base))
    }

    /// Remembers `sent`, an edit of `base` that another page kept, and may have sent.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Memory, Snapshot, Source};
    /// use mergefetch::conflict::{Document, MergeOptions};
    /// use mergefetch::http::{Format, Versioning};
    ///
    /// # let url = "https://example.org/notes/7";
    /// # let snapshot = |text: &str, tag: &str| Snapshot {
    /// #     url: url.into(),
    /// #     document: Document::parse(Format::Json, text.as_bytes()).unwrap(),
    /// #     version: Versioning::default().from_token(tag),
    /// #     content_type: None,
    /// #     source: Source::Network,
    /// #     author: None,
    /// #     named: None,
    /// # };
    /// let (mut memory, base) = (Memory::default(), snapshot("[1]", "\"v1\""));
    /// memory.recover(&base, snapshot("[2]", "\"v1\"").document);
    /// let earlier = memory.earlier(&base, &MergeOptions::default()).expect("the kept edit");
    /// assert!(earlier.result.is_none()); // nobody knows whether it was sent
    /// ```
    pub fn recover(&mut self, base: &Snapshot, sent: Document) {
        if !self.has_save_from(base) {
            self.remember_edit(base, sent, None);
        }
    }

    /// Whether a save of this client is known from `base`.
    pub(super) fn has_save_from(&self, base: &Snapshot) -> bool {
        self.user.saves.iter().any(|save| save.is_of(base))
    }

    /// Whether saves of this client have led from `from` to `to`.
    pub(super) fn leads_to(&self, from: &Snapshot, to: &Snapshot) -> bool {
        let result = |base: &Snapshot| self.user.saves.iter().find(|save| save.is_of(base)).and_then(Save::result);
        let mut steps = std::iter::successors(Some(from), |known| result(known)).take(MAX_FOLLOWED as usize);
        steps.any(|known| known.url == to.url && known.equals(to))
    }

    /// Keeps the edit saved from `base` as doubted, before a save from `base` that does not contain it.
    pub(super) fn keep_as_doubted(&mut self, base: &Snapshot) {
        if let Some(save) = self.user.saves.iter_mut().find(|save| save.is_of(base)) {
            save.doubted.splice(..0, save.earlier.as_ref().map(|earlier| earlier.sent.clone()));
            save.doubted.truncate(MAX_DOUBTED);
        }
    }

    /// A save from `base` that named `version` is acknowledged. If `version` is older than the unanswered write, that write was not
    /// carried out, or the server would have refused this save. Otherwise the result may contain the unanswered edit.
    pub(super) fn resolve_doubt(&mut self, base: &Snapshot, version: Option<&Version>) {
        let Some(save) = self.user.saves.iter_mut().find(|save| save.is_of(base)) else { return };
        let result = save.earlier.as_ref().and_then(|earlier| earlier.result.as_ref());
        let mut known = [Some(&save.base), result].into_iter().flatten().filter_map(|one| one.version.as_ref());
        let is_settled = version.is_some_and(|version| known.any(|one| one.is_same(version)));
        save.is_mixed |= save.unanswered > 0 && !is_settled;
    }

    /// Remembers a change by `update`.
    pub(super) fn remember_change(&mut self, base: &Snapshot, sent: Document, result: Option<Snapshot>) -> u32 {
        let before = self.user.saves.iter().find(|save| save.is_of(base)).map_or(0, |save| save.unanswered);
        let is_acknowledged = result.is_some();
        let id = self.remember(base, sent, result);
        if let Some(save) = self.user.saves.iter_mut().find(|save| save.id == id) {
            // Each call is a separate change, so this one resolves no earlier doubt.
            save.unanswered = before;
            save.is_change |= is_acknowledged;
        }
        id
    }

    /// A save from `base` had nothing to send: `own` is now the page's earlier save.
    pub(super) fn remember_held_edit(&mut self, base: &Snapshot, own: Document) {
        let Some(save) = self.user.saves.iter_mut().find(|save| save.is_of(base)) else { return };
        (save.is_undelivered, save.delivered) = (false, None);
        if let Some(earlier) = &mut save.earlier {
            earlier.sent = own;
        }
    }

    /// The page saves again from the snapshot of this save. The snapshot proves that its holder made the save, even if the token is
    /// new.
    pub fn adopt(&mut self, id: u32) {
        for other in &mut self.others {
            if let Some(at) = other.saves.iter().position(|save| save.id == id) {
                self.user.saves.insert(0, other.saves.remove(at));
                return;
            }
        }
    }

    /// The caller holds a snapshot of the base of this save.
    pub fn hold(&mut self, id: u32) {
        if let Some(save) = self.users().flat_map(|user| &mut user.saves).find(|save| save.id == id) {
            save.holders += 1;
        }
    }

    /// The caller has dropped a snapshot that it held.
    pub fn release(&mut self, id: u32) {
        if let Some(user) = self.users().find(|user| user.saves.iter().any(|save| save.id == id)) {
            for save in user.saves.iter_mut().filter(|save| save.id == id) {
                save.holders = save.holders.saturating_sub(1);
            }
            user.forget_unheld();
        }
    }

    fn users(&mut self) -> impl Iterator<Item = &mut User> {
        std::iter::once(&mut self.user).chain(&mut self.others)
    }

    /// A write of this client led from `base` to `result`, or with `None` to the removal of the document.
    pub fn wrote(&mut self, url: &str, base: Option<&Snapshot>, result: Option<&Snapshot>) {
        let at = self.user.documents.iter().position(|known| known.url == url);
        let mut superseded = at.map(|at| self.user.documents.remove(at)).map_or_else(Vec::new, |known| {
            let newest = known.newest.and_then(|newest| newest.version);
            known.superseded.into_iter().chain(newest).collect()
        });
        superseded.extend(base.and_then(|base| base.version.clone()));
        let newest = result.cloned();
        // A tag that is a hash returns with the content.
        if let Some(version) = newest.as_ref().and_then(|newest| newest.version.as_ref()) {
            superseded.retain(|old| !old.is_same(version));
        }
        superseded.drain(..superseded.len().saturating_sub(MAX_SUPERSEDED));
        if let Some(newest) = &newest {
            self.is_current_again(newest);
        }
        let known = Known {
            url: url.to_owned(),
            newest,
            base: base.map(|base| base.document.clone()),
            superseded,
            compared: None,
            is_made: base.is_none(),
            is_overwritten: false,
        };
        self.user.documents.insert(0, known);
        self.user.forget_unheld();
    }

    /// The last write replaced `document`, not its base: a read that equals `document` is older than the write.
    pub(super) fn replaced(&mut self, url: &str, document: &Document) {
        if let Some(known) = self.user.documents.iter_mut().find(|known| known.url == url) {
            known.base = Some(document.clone());
        }
    }

    /// Adds versions that are older than the result of a write of this client.
    pub(super) fn supersede(&mut self, url: &str, versions: &[Version]) {
        let Some(known) = self.user.documents.iter_mut().find(|known| known.url == url) else { return };
        for version in versions {
            let newest = known.newest.as_ref().and_then(|newest| newest.version.as_ref());
            if newest.is_none_or(|newest| !newest.is_same(version)) {
                known.superseded.push(version.clone());
            }
        }
    }

    /// Whether `read` (`None`: a 404) seems older than the last write of this client.
    ///
    /// A read is doubtful if this client has replaced its version, or if its version is unknown and it lacks the last edit.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Memory, Recency, Snapshot, Source};
    /// use mergefetch::conflict::Document;
    /// use mergefetch::http::{Format, Versioning};
    ///
    /// # let url = "https://example.org/notes/7";
    /// # let snapshot = |text: &str, tag: &str| Snapshot {
    /// #     url: url.into(),
    /// #     document: Document::parse(Format::Json, text.as_bytes()).unwrap(),
    /// #     version: Versioning::default().from_token(tag),
    /// #     content_type: None,
    /// #     source: Source::Network,
    /// #     author: None,
    /// #     named: None,
    /// # };
    /// let mut memory = Memory::default();
    /// let (old, new) = (snapshot("[1]", "\"v1\""), snapshot("[2]", "\"v2\""));
    /// memory.wrote(url, Some(&old), Some(&new));
    /// assert_eq!(memory.recency(url, Some(&new)), Recency::Current);
    /// // A replica lags.
    /// assert_eq!(memory.recency(url, Some(&old)), Recency::Doubtful);
    /// // Several reads agree: somebody has restored the old document.
    /// memory.confirm(url, Some(&old));
    /// assert_eq!(memory.recency(url, Some(&old)), Recency::Current);
    /// ```
    pub fn recency(&mut self, url: &str, read: Option<&Snapshot>) -> Recency {
        let engine = self.engine;
        if let Some(known) = self.user.documents.iter_mut().find(|known| known.url == url) {
            if known.is_doubtful(engine, read) {
                return Recency::Doubtful;
            }
            known.accept(read);
        }
        self.record_read(url, read);
        Recency::Current
    }

    /// Whether only a merge shows how `read` relates to the writes of this client.
    pub(super) fn compares(&self, read: &Snapshot) -> bool {
        let known = self.user.documents.iter().find(|known| known.url == *read.url);
        known.is_some_and(|known| !known.newest.as_ref().is_some_and(|newest| newest.document.equals(&read.document)))
    }

    /// Whether this client has replaced the version.
    pub(super) fn is_superseded(&self, url: &str, version: &Version) -> bool {
        let known = self.user.documents.iter().find(|known| known.url == url);
        known.is_some_and(|known| known.superseded.iter().any(|old| old.is_same(version)))
    }

    /// Several reads agree on `read`: somebody has changed or restored the document since this client's write.
    pub fn confirm(&mut self, url: &str, read: Option<&Snapshot>) {
        let engine = self.engine;
        if let Some(known) = self.user.documents.iter_mut().find(|known| known.url == url) {
            known.believe(engine, read);
        }
        self.record_read(url, read);
        let Some(read) = read else { return };
        for save in self.user.saves.iter_mut().filter(|save| save.is_of(read)) {
            save.reverted = save.earlier.take().map(|earlier| earlier.sent).or(save.reverted.take());
        }
    }

    /// Several reads agree on this version; their documents were not compared.
    pub(super) fn confirm_version(&mut self, url: &str, version: &Version) {
        if let Some(known) = self.user.documents.iter_mut().find(|known| known.url == url) {
            known.forget(Some(version));
        }
        for save in self.user.saves.iter_mut().filter(|save| &*save.base.url == url) {
            if save.base.version.as_ref().is_some_and(|base| base.is_same(version)) {
                save.earlier = None;
            }
        }
    }

    /// The server holds `now`: somebody has reverted earlier saves from it (A-B-A), so the next save is the first.
    fn is_current_again(&mut self, now: &Snapshot) {
        for save in self.user.saves.iter_mut().filter(|save| save.is_of(now)) {
            (save.earlier, save.reverted) = (None, None);
        }
    }

    /// The browser's cache may still hold an older version of `url` than the server (HTTP-RULES F6).
    pub(super) fn mark_stale(&mut self, url: &str) {
        if !self.is_stale(url) {
            self.stale.push(url.to_owned());
        }
    }

    /// Whether a plain read may be answered with a version that this client has replaced.
    pub fn is_stale(&self, url: &str) -> bool {
        self.stale.iter().any(|known| known == url)
    }

    /// A read that bypassed the browser's cache has renewed the copy.
    pub fn is_fresh(&mut self, url: &str) {
        self.stale.retain(|known| known != url);
    }
}

impl User {
    fn bytes(&self) -> usize {
        let saves: usize = self.saves.iter().map(Save::bytes).sum();
        let documents: usize = self.documents.iter().map(Known::bytes).sum();
        saves + documents + bytes_of(self.fetched.iter().map(|one| Some(&one.document)))
    }

    fn forget_unheld(&mut self) {
        // The newest entry stays, even above the limit.
        let (mut bytes, mut is_newest) = (0, true);
        self.saves.retain(|save| {
            bytes += if save.holders == 0 { save.bytes() } else { 0 };
            std::mem::take(&mut is_newest) || save.holders > 0 || bytes <= MAX_UNHELD_BYTES
        });
        let (mut bytes, mut is_newest) = (0, true);
        self.documents.retain(|known| {
            bytes += known.bytes();
            std::mem::take(&mut is_newest) || bytes <= MAX_UNHELD_BYTES
        });
    }
}

fn bytes_of<'a>(documents: impl Iterator<Item = Option<&'a Document>>) -> usize {
    documents.flatten().map(|one| one.bytes().len()).sum()
}
