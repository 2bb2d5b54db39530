//! The start of a write: an edit of a base, a creation, a removal, a decided conflict, or a refusal that was met elsewhere.

use std::rc::Rc;

use super::caller::FetchRequest;
use super::{
    Attempts, Caller, Cause, Check, Copied, Edit, Intent, LastRefusal, ObserverEvents, Phase, Reads, Resolution,
};
use crate::client::classify::cause_of;
use crate::client::memory::Past;
use crate::client::{ConflictState, Earlier, Snapshot, Source, Trace, Write, WriteOptions, trace_of};
use crate::conflict::Document;
use crate::error::Error;
use crate::gather::Gather;
use crate::http::{EtagForm, Method, Problem, Response, Version};
use crate::merge::json;

impl Write {
    fn new(url: Rc<str>, intent: Intent, mut options: WriteOptions) -> Self {
        options.read_only.extend(options.versioning.kept_back().iter().map(|&pointer| pointer.to_owned()));
        for pointer in options.versioning.managed().iter().chain(&options.read_only) {
            options.merge.json.rules.push((pointer.clone(), json::Rule::Ignore));
        }
        Self {
            url,
            intent,
            caller: Caller::Save,
            options,
            base: None,
            edit: Edit::default(),
            outgoing: None,
            version: None,
            form: EtagForm::Verbatim,
            theirs: None,
            resolution: Resolution::default(),
            refusal: LastRefusal {
                problem: Problem::default(),
                cause: Cause::Doubt,
                versions: Vec::new(),
                is_in_doubt: false,
            },
            attempts: Attempts::default(),
            reads: Reads::default(),
            check: Check::default(),
            success: None,
            events: ObserverEvents::default(),
            phase: Phase::Start,
        }
    }

    /// Saves `mine`, an edit of `base`, where `base` came from.
    pub fn update(base: Snapshot, mine: Document, options: WriteOptions) -> Self {
        let mut write = Self::new(base.url.clone(), Intent::Update, options);
        write.version = base.version.clone();
        write.outgoing = Some(write.in_layout_of(&base.document, &mine).unwrap_or_else(|| mine.clone()));
        write.edit.own = Some(mine.clone());
        write.edit.mine = Some(mine);
        write.base = Some(base);
        write
    }

    /// Saves `mine`, an edit of a copied snapshot with known URL and version, but unknown document. The newest version is read
    /// first. It is the base if it has the same version. Otherwise the base is `copied`, the value in an unedited copy; without it
    /// the changes of the edit are unknown.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Event, Moment, Snapshot, Source, Step, Write, WriteOptions};
    /// use mergefetch::conflict::Document;
    /// use mergefetch::http::{Format, Method, Versioning};
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
    /// # let moment = Moment { now_ms: 0.0, random: 0.5 };
    /// let mine = snapshot("[2]", "\"v1\"").document;
    /// let version = Versioning::default().from_token("\"v1\"");
    /// let mut write = Write::update_of_copy(url, version, mine, None, WriteOptions::default());
    /// let Step::Send(request) = write.step(Event::Started, moment)? else { panic!("expected a request") };
    /// assert_eq!(request.method, Method::Get);
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn update_of_copy(
        url: &str,
        version: Option<Version>,
        mine: Document,
        copied: Option<Document>,
        options: WriteOptions,
    ) -> Self {
        let mut write = Self::new(url.into(), Intent::Update, options);
        write.phase = Phase::StartOfCopy(Box::new(Copied { value: copied }));
        write.version = version;
        write.outgoing = Some(mine.clone());
        write.edit.own = Some(mine.clone());
        write.edit.mine = Some(mine);
        write
    }

    /// Removes the document of a copied snapshot; as [`Write::update_of_copy`].
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Event, Moment, Step, Write, WriteOptions};
    /// use mergefetch::http::{Method, Versioning};
    ///
    /// # let moment = Moment { now_ms: 0.0, random: 0.5 };
    /// let version = Versioning::default().from_token("\"v1\"");
    /// let mut write = Write::remove_of_copy("https://example.org/notes/7", version, WriteOptions::default());
    /// let Step::Send(request) = write.step(Event::Started, moment)? else { panic!("expected a request") };
    /// assert_eq!(request.method, Method::Get);
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn remove_of_copy(url: &str, version: Option<Version>, options: WriteOptions) -> Self {
        let mut write = Self::new(url.into(), Intent::Remove, options);
        write.phase = Phase::StartOfCopy(Box::new(Copied { value: None }));
        write.version = version;
        write
    }

    /// If somebody else has written, makes the caller's change again instead of merging it: see [`Outcome::Replay`](super::Outcome).
    #[must_use]
    pub(in crate::client) fn replaying(mut self) -> Self {
        self.caller = Caller::Update;
        self
    }

    /// A request of the caller of `fetch`: an edit of `base`, if that is known. `mine` is its body, if that is a document. A request
    /// with its own condition goes out as it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Event, Moment, Snapshot, Source, Step, Write, WriteOptions};
    /// use mergefetch::conflict::Document;
    /// use mergefetch::http::{Format, Method, Versioning};
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
    /// # let moment = Moment { now_ms: 0.0, random: 0.5 };
    /// let (base, mine) = (snapshot("[1]", "\"v1\""), snapshot("[2]", "\"v1\"").document);
    /// let mut write = Write::fetch(url, Method::Put, Some(base), Some(mine), false, WriteOptions::default());
    /// let Step::Send(request) = write.step(Event::Started, moment)? else { panic!("expected a request") };
    /// assert_eq!(request.headers.get("if-match"), Some("\"v1\""));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn fetch(
        url: &str,
        method: Method,
        base: Option<Snapshot>,
        mine: Option<Document>,
        states_condition: bool,
        options: WriteOptions,
    ) -> Self {
        let intent = if method == Method::Delete { Intent::Remove } else { Intent::Update };
        let mut write = Self::new(url.into(), intent, options);
        write.caller = Caller::Fetch(FetchRequest { method, is_document: mine.is_some(), states_condition });
        write.attempts.is_patch = method == Method::Patch;
        write.version = base.as_ref().and_then(|base| base.version.clone());
        write.outgoing = mine.clone();
        write.edit.own = mine.clone();
        write.edit.mine = mine;
        write.base = base;
        write
    }

    /// Names a version whose document is unknown: the result of a patch through `fetch`.
    #[must_use]
    pub(in crate::client) fn naming(mut self, version: Option<Version>) -> Self {
        self.version = version.or(self.version);
        self
    }

    /// Adds an earlier save of this client from the same base: its edits are then no conflict.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Earlier, Event, Moment, Snapshot, Source, Step, Write, WriteOptions};
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
    /// # let moment = Moment { now_ms: 0.0, random: 0.5 };
    /// let (base, result) = (snapshot("[1]", "\"v1\""), snapshot("[2]", "\"v2\""));
    /// let earlier = Earlier::new(result.document.clone(), Some(result));
    /// let mine = snapshot("[3]", "\"v1\"").document;
    /// let mut write = Write::update(base, mine, WriteOptions::default()).after(Some(earlier));
    /// let Step::Send(request) = write.step(Event::Started, moment)? else { panic!("expected a request") };
    /// // The second save names the version that the first one made.
    /// assert_eq!(request.headers.get("if-match"), Some("\"v2\""));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    #[must_use]
    pub fn after(mut self, earlier: Option<Earlier>) -> Self {
        self.edit.past.earlier = earlier;
        self
    }

    /// Adds this client's earlier writes from the same base. Edits that were sent without an answer may be part of the server's
    /// document. A change that is made again is a separate change, even if the earlier ones were carried out.
    #[must_use]
    pub(in crate::client) fn behind(mut self, past: Past) -> Self {
        self.refusal.is_in_doubt |= past.unanswered > 0 && !self.is_replaying();
        self.edit.past = past;
        self
    }

    /// Adds the earlier bodies of the caller of `fetch` whose answers were lost.
    #[must_use]
    pub(in crate::client) fn beside_unanswered(mut self, past: Past) -> Self {
        self.edit.past = Past { doubted: past.doubted, unanswered: past.unanswered, ..Past::default() };
        self.after_silence()
    }

    /// Says that an earlier submit of the same decisions may have been carried out: no refusal is certain then.
    #[must_use]
    pub(in crate::client) fn doubting(mut self, is_in_doubt: bool) -> Self {
        self.refusal.is_in_doubt |= is_in_doubt;
        self
    }

    /// Whether this write may add an increment to a counter twice, as the earlier submit, which named `doubted`, may have added it. A
    /// write that names `doubted` again is refused if that submit was carried out.
    pub(in crate::client) fn may_count_again(&self, doubted: Option<&Version>) -> bool {
        let is_named = match (&self.version, doubted) {
            (Some(version), Some(doubted)) => version.is_same(doubted),
            (version, doubted) => version.is_none() && doubted.is_none(),
        };
        let theirs = self.theirs.as_ref().map(|theirs| &theirs.document);
        let adds = |outgoing: &Document| self.adds(theirs, outgoing);
        !is_named && self.outgoing.as_ref().is_some_and(adds)
    }

    /// Marks that the page does not have the result of its earlier save: that save is under way, or was not answered. If `mine` equals
    /// base, this save then reverts the earlier edit (HTTP-RULES W10).
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Earlier, Event, Moment, Snapshot, Source, Step, Write, WriteOptions};
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
    /// let base = snapshot("[1]", "\"v1\"");
    /// let earlier = Earlier::new(snapshot("[2]", "\"v1\"").document, None);
    /// let (back, options) = (base.document.clone(), WriteOptions::default());
    /// // The person takes the edit back while its save is under way.
    /// let write = Write::update(base, back, options).after(Some(earlier)).overtaking();
    /// assert_eq!(write.base().and_then(|base| base.document.text()), Some("[2]"));
    /// ```
    #[must_use]
    pub fn overtaking(self) -> Self {
        let acknowledged = self.edit.past.earlier.as_ref().map(|earlier| earlier.sent.clone());
        self.reverting(acknowledged, None)
    }

    /// Marks that the page knows of no answer to earlier edits of the base. If `mine` equals base, this save reverts these edits, but no
    /// edit whose acknowledgement the page got.
    #[must_use]
    pub(in crate::client) fn after_silence(self) -> Self {
        // The server may hold any of the unanswered edits.
        let tail = self
            .edit
            .past
            .doubted
            .get(self.edit.past.doubted.len().saturating_sub(self.edit.past.unanswered)..)
            .unwrap_or_default();
        let untold = self
            .edit
            .past
            .earlier
            .as_ref()
            .filter(|_| self.edit.past.is_undelivered)
            .map(|earlier| earlier.sent.clone());
        let unanswered: Vec<_> = untold.into_iter().chain(tail.iter().cloned()).gather();
        let all = self.sum_of(&unanswered).ok().flatten().or_else(|| unanswered.last().cloned());
        let delivered = self.edit.past.delivered.clone();
        self.reverting(all, delivered)
    }

    /// If `mine` equals base, makes `from` the base, and `to` the edit (`None`: the old base). The save then reverts the edits in between.
    fn reverting(mut self, from: Option<Document>, to: Option<Document>) -> Self {
        let result = self.edit.past.earlier.as_ref().and_then(|earlier| earlier.result.as_ref());
        let is_read = self.edit.past.unanswered == 0 && result.is_some_and(|result| !result.is_unread());
        if let (Some(from), Some(base), Some(mine)) = (from, &mut self.base, &self.edit.mine)
            && base.document.equals(mine)
        {
            base.document = from;
            if !is_read {
                base.source = Source::Sent;
            }
            // The sent document is the base now, so only the fate of this write is unknown.
            self.refusal.is_in_doubt = false;
            if let Some(earlier) = &mut self.edit.past.earlier {
                earlier.edits.clear();
            }
            if let Some(to) = to {
                (self.edit.mine, self.edit.own, self.outgoing) = (Some(to.clone()), Some(to.clone()), Some(to));
            }
        }
        self
    }

    /// Creates `mine` at `url`; refused if a document exists there.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Event, Moment, Step, Write, WriteOptions};
    /// use mergefetch::conflict::Document;
    /// use mergefetch::http::{Format, Method};
    ///
    /// # let moment = Moment { now_ms: 0.0, random: 0.5 };
    /// let mine = Document::parse(Format::Json, b"[1]")?;
    /// let mut write = Write::create("https://example.org/notes/7", mine, WriteOptions::default());
    /// let Step::Send(request) = write.step(Event::Started, moment)? else { panic!("expected a request") };
    /// assert_eq!((request.method, request.headers.get("if-none-match")), (Method::Put, Some("*")));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    ///
    /// # Specification
    /// RFC 9110 §13.1.2 (`If-None-Match: *`).
    pub fn create(url: &str, mine: Document, options: WriteOptions) -> Self {
        let mut write = Self::new(url.into(), Intent::Create, options);
        // A read after the success cannot show the members that only the server sets, so they are not part of the sent document.
        let sendable = Document::parse(mine.format(), &write.body(&mine));
        write.outgoing = Some(sendable.unwrap_or_else(|_| mine.clone()));
        write.edit.mine = Some(mine);
        write
    }

    /// Creates `mine` below the collection at `url`, at a URL that the server chooses.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Event, Moment, Step, Write, WriteOptions};
    /// use mergefetch::conflict::Document;
    /// use mergefetch::http::{Format, Method};
    ///
    /// # let moment = Moment { now_ms: 0.0, random: 0.5 };
    /// let mine = Document::parse(Format::Json, b"[1]")?;
    /// let mut write = Write::create_below("https://example.org/notes", mine, WriteOptions::default());
    /// let Step::Send(request) = write.step(Event::Started, moment)? else { panic!("expected a request") };
    /// assert_eq!(request.method, Method::Post);
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    ///
    /// # Specification
    /// RFC 9110 §9.3.3 (POST).
    pub fn create_below(url: &str, mine: Document, options: WriteOptions) -> Self {
        let mut write = Self::create(url, mine, options);
        write.intent = Intent::CreateBelow;
        write
    }

    /// Removes the document of `base`.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Event, Moment, Snapshot, Source, Step, Write, WriteOptions};
    /// use mergefetch::conflict::Document;
    /// use mergefetch::http::{Format, Method, Versioning};
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
    /// # let moment = Moment { now_ms: 0.0, random: 0.5 };
    /// let mut write = Write::remove(snapshot("[1]", "\"v1\""), WriteOptions::default());
    /// let Step::Send(request) = write.step(Event::Started, moment)? else { panic!("expected a request") };
    /// assert_eq!((request.method, request.headers.get("if-match")), (Method::Delete, Some("\"v1\"")));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn remove(base: Snapshot, options: WriteOptions) -> Self {
        let mut write = Self::new(base.url.clone(), Intent::Remove, options);
        write.version = base.version.clone();
        write.base = Some(base);
        write
    }

    /// Sends the result of the decisions with the version of theirs.
    ///
    /// # Errors
    /// The result cannot be composed.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{ConflictState, Engine, Event, Found, Moment, Step, Write, WriteOptions};
    /// use mergefetch::conflict::{Choice, Document, MergeOptions};
    /// use mergefetch::http::{Format, Method, Problem};
    ///
    /// # let url = "https://example.org/notes/7";
    /// # let parse = |text: &str| Document::parse(Format::Json, text.as_bytes());
    /// # let found = Found { base: None, mine: Some(parse("[1]")?), theirs: None, decisions: Vec::new() };
    /// # let mut state = ConflictState::found(Engine::linked(), url, found, MergeOptions::default(), Problem::default())?;
    /// # let moment = Moment { now_ms: 0.0, random: 0.5 };
    /// // Somebody has removed the document of the edit; the person keeps it.
    /// state.conflict.take(Choice::Mine, None)?;
    /// let mut write = Write::submit(state, WriteOptions::default())?;
    /// let Step::Send(request) = write.step(Event::Started, moment)? else { panic!("expected a request") };
    /// assert_eq!((request.method, request.headers.get("if-none-match")), (Method::Put, Some("*")));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn submit(state: ConflictState, options: WriteOptions) -> Result<Self, Error> {
        let mut outgoing = state.conflict.merged()?;
        if let (Some(stored), None, Some(mine)) = (&state.stored, state.conflict.theirs(), state.conflict.mine())
            && outgoing.as_ref().is_some_and(|outgoing| outgoing.equals(mine))
        {
            // Mine is stored already, as part of a merge; the values that people decided otherwise are restored.
            let base = state.base.as_ref().map(|base| base.document.clone());
            let is_held = trace_of(options.engine, base.as_ref(), mine, &stored.document) == Trace::Held;
            let engine = options.engine()?;
            let is_whole = is_held || engine.changes_counter(base.as_ref(), mine, &options.merge);
            let theirs = Some(stored.document.clone());
            outgoing = match is_whole {
                true => theirs,
                false => engine.conflict([base, Some(mine.clone()), theirs], options.merge.clone())?.merged()?,
            };
        }
        Ok(Self::resume(state, outgoing, options))
    }

    /// Sends the result of other decisions, on top of the result of an earlier submit.
    pub(in crate::client) fn resubmit(state: ConflictState, outgoing: Option<Document>, options: WriteOptions) -> Self {
        Self::resume(state, outgoing, options)
    }

    /// Sends mine with the version of theirs, so that the write of a third person is not overwritten (HTTP-RULES L5).
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{ConflictState, Engine, Found, Write, WriteOptions};
    /// use mergefetch::conflict::{Document, MergeOptions};
    /// use mergefetch::http::{Format, Problem};
    ///
    /// # let url = "https://example.org/notes/7";
    /// # let parse = |text: &str| Document::parse(Format::Json, text.as_bytes());
    /// # let found = Found { base: None, mine: Some(parse("[1]")?), theirs: None, decisions: Vec::new() };
    /// # let state = ConflictState::found(Engine::linked(), url, found, MergeOptions::default(), Problem::default())?;
    /// let write = Write::overwrite(state, WriteOptions::default());
    /// assert_eq!(write.sent().and_then(Document::text), Some("[1]"));
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn overwrite(state: ConflictState, options: WriteOptions) -> Self {
        let known = state.stored.clone().or_else(|| state.theirs.clone());
        let mine = state.conflict.mine().cloned();
        let mut write = Self::resume(state, mine, options);
        // A version that the document itself carries has to be theirs, too.
        if let Some(known) = known {
            write.adopt_version(known);
        }
        write.caller = Caller::Overwrite;
        write
    }

    /// Classifies the refusal of a request that was sent elsewhere: reads the document again, but writes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Event, Moment, Snapshot, Source, Step, Write, WriteOptions};
    /// use mergefetch::conflict::Document;
    /// use mergefetch::http::{Format, Headers, Method, Response, Versioning};
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
    /// # let moment = Moment { now_ms: 0.0, random: 0.5 };
    /// let (base, mine) = (snapshot("[1]", "\"v1\""), snapshot("[2]", "\"v1\"").document);
    /// let (headers, body) = (Headers::new(), Ok(Vec::new()));
    /// let answer = Response { status: 412, url: url.into(), is_redirected: false, headers, body };
    /// let mut write = Write::refused(Some(base), url, Some(mine), &answer, WriteOptions::default(), 0.0);
    /// let Step::Send(request) = write.step(Event::Started, moment)? else { panic!("expected a request") };
    /// assert_eq!(request.method, Method::Get);
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn refused(
        base: Option<Snapshot>,
        url: &str,
        mine: Option<Document>,
        response: &Response,
        options: WriteOptions,
        now_ms: f64,
    ) -> Self {
        let intent = match (&base, &mine) {
            (_, None) => Intent::Remove,
            (Some(_), Some(_)) => Intent::Update,
            (None, Some(_)) => Intent::Create,
        };
        let mut write = Self::new(url.into(), intent, options);
        write.version = base.as_ref().and_then(|base| base.version.clone());
        write.outgoing = mine.clone();
        write.edit.mine = mine;
        write.base = base;
        write.caller = Caller::Refusal;
        write.refusal.cause = cause_of(response.status).unwrap_or(Cause::Doubt);
        write.refusal.problem = Problem::of(response, now_ms);
        write.phase = Phase::WaitingToRead;
        write
    }

    fn resume(state: ConflictState, outgoing: Option<Document>, options: WriteOptions) -> Self {
        let known = state.stored.clone().or(state.theirs);
        let intent = match (&outgoing, &known) {
            (None, _) => Intent::Remove,
            (Some(_), Some(_)) => Intent::Update,
            (Some(_), None) => Intent::Create,
        };
        let mut write = Self::new(state.url, intent, options);
        write.version = known.as_ref().and_then(|known| known.version.clone());
        write.base = state.base;
        write.edit.mine = state.conflict.mine().cloned();
        write.theirs = known;
        write.resolution.stored = state.stored;
        // Without the decisions: a page that continues from its old value knows neither the values of theirs nor the typed decisions.
        write.edit.own = write.edit.mine.clone();
        write.outgoing = outgoing;
        write.resolution.conflict = Some(state.conflict);
        write.resolution.is_decided = true;
        write.refusal.problem = state.problem;
        write
    }
}
