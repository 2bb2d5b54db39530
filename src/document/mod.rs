//! A document in a form: what a person types, what others save meanwhile, and what becomes of both with the next save.
//!
//! [`OpenDocument`] is a state machine without time, network or page. It takes [`Event`]s and says what a save has to send. Edits of others
//! enter the draft as soon as they are known, by a three-way merge. Where both edited one place, the typed value stays in the draft, and
//! people are asked with the next save.
//!
//! # Why two documents besides the draft?
//!
//! `base` is what the server holds, without what the person has not seen yet: the parts of `theirs` that overlap with the draft. So a merge
//! of base, draft and theirs finds these parts again, and nothing else. `shown` is base as the form shows it: a server may respell a value,
//! for example trim it, while the person goes on typing in it.

mod meet;
mod settle;
mod spelling;

use crate::conflict::{Conflict, Document, Engine, MergeOptions};
use crate::error::Error;
use crate::gather::Gather;
use crate::merge::Change;

/// The number that the page gives to each version that it reads.
pub type Revision = u32;

/// What happens to an open document.
#[derive(Debug, Clone)]
pub enum Event {
    /// The person has typed; this is the whole draft.
    Typed(Document),
    /// The newest version was read.
    Read(Revision, Document),
    /// A save ended: the server holds this document. `others` are the paths that other people had changed meanwhile.
    Saved {
        /// The version.
        revision: Revision,
        /// The document.
        document: Document,
        /// The paths; one empty path for a decided conflict, where people decided about everything.
        others: Vec<String>,
    },
    /// Anything without a document.
    Happened(Happening),
    /// The store holds the draft as it was after so many edits.
    Kept(u32),
}

/// What happens to an open document without a new document.
///
/// # Examples
///
/// ```
/// use mergefetch::document::Happening;
///
/// assert_eq!(Happening::Announced.as_str(), "announced");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// The person wants to see what others have saved.
    Entered,
    /// A save ended with a conflict, for people to decide.
    Conflicted,
    /// A save ended with a refusal, or without an answer. The draft stays an edit of its base.
    Failed,
    /// The conflict was put aside without a decision.
    Dropped,
    /// Edits of others enter the draft from now on.
    Resumed,
    /// Somebody has saved the document elsewhere; the version was not read.
    Announced,
}

impl Happening {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Entered, Self::Conflicted, Self::Failed, Self::Dropped, Self::Resumed, Self::Announced];

    /// The spelling at the boundary.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::Conflicted => "conflicted",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
            Self::Resumed => "resumed",
            Self::Announced => "announced",
        }
    }
}

/// What a save has to send.
#[derive(Debug, Clone)]
pub enum Sending {
    /// `mine` is an edit of this version.
    Save {
        /// The version.
        base: Revision,
        /// The edit.
        mine: Document,
    },
    /// Both sides are known to overlap: a conflict to decide before anything is sent.
    Decide {
        /// What the edit started from.
        base: Document,
        /// The edit.
        mine: Document,
        /// The newest version.
        theirs: Revision,
    },
}

/// What the page shows about a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "a form shows each by itself")]
pub struct State {
    /// The version of the base.
    pub base: Revision,
    /// The newest version, if the draft does not hold all of it.
    pub theirs: Option<Revision>,
    /// Whether something typed is not saved.
    pub is_dirty: bool,
    /// Whether the server holds changes that the draft lacks.
    pub is_stale: bool,
    /// Whether a save is under way.
    pub is_saving: bool,
    /// Whether a conflict waits for decisions.
    pub is_deciding: bool,
    /// Whether everything that was typed is saved or kept.
    pub is_safe_to_leave: bool,
    /// Whether versions were read in an order that only another read clears up.
    pub needs_read: bool,
    /// How often the person has typed.
    pub edits: u32,
}

/// What a save sends.
#[derive(Debug, Clone)]
struct Sent {
    /// The base of the edit.
    before: Document,
    /// The draft at that moment.
    draft: Document,
    /// The saves of others that were announced until then: this save meets them.
    announced: u32,
}

#[derive(Debug, Clone)]
enum Phase {
    Idle,
    /// A save, perhaps while an earlier conflict is open.
    Saving(Sent, Option<Box<Sent>>),
    /// A conflict waits for decisions.
    Deciding(Sent),
    /// The decisions are being sent.
    Submitting(Sent),
}

/// A document in a form.
///
/// # Examples
///
/// ```
/// use mergefetch::conflict::{Document, Engine, MergeOptions};
/// use mergefetch::document::{Event, OpenDocument, Sending};
/// use mergefetch::http::Format;
///
/// let parse = |text: &str| Document::parse(Format::Json, text.as_bytes());
/// let first = parse(r#"{"title":"Fair","guests":40}"#)?;
/// let mut open = OpenDocument::new(Engine::linked(), first, 1, MergeOptions::default(), false);
///
/// // The person types; somebody else has saved another member. Both are in the draft.
/// open.handle(Event::Typed(parse(r#"{"title":"Market","guests":40}"#)?))?;
/// open.handle(Event::Read(2, parse(r#"{"title":"Fair","guests":50}"#)?))?;
/// assert_eq!(open.draft().text(), Some(r#"{"title":"Market","guests":50}"#));
/// assert_eq!(open.base().text(), Some(r#"{"title":"Fair","guests":50}"#));
/// assert_eq!(open.entered()[0].path, "/guests");
/// assert!(open.state().is_dirty && open.incoming()?.is_none());
///
/// // A save sends the draft as an edit of the newest version. There is no conflict to submit.
/// assert!(matches!(open.save()?, Sending::Save { base: 2, .. }));
/// assert!(!open.submit());
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct OpenDocument {
    engine: Engine,
    options: MergeOptions,
    /// Whether edits of others wait until the person asks for them.
    is_waiting: bool,
    base: Document,
    base_at: Revision,
    shown: Document,
    draft: Document,
    /// Whether base lacks parts of the version `theirs`, because they overlap with the draft. No version of the server equals such a base.
    is_mixed: bool,
    /// The newest version, if base lacks parts of it.
    theirs: Option<(Revision, Document)>,
    phase: Phase,
    /// A version that was read during a save.
    late: Option<Document>,
    needs_read: bool,
    /// The saves of others that were announced, and not read since.
    announced: u32,
    edits: u32,
    kept: u32,
    /// The last changes of others that entered the draft.
    entered: Vec<Change>,
}

impl OpenDocument {
    /// A document as it was read. With `is_waiting`, edits of others do not enter the draft until [`Happening::Entered`].
    pub fn new(
        engine: Engine,
        document: Document,
        revision: Revision,
        options: MergeOptions,
        is_waiting: bool,
    ) -> Self {
        Self {
            engine,
            options,
            is_waiting,
            base: document.clone(),
            base_at: revision,
            shown: document.clone(),
            draft: document,
            is_mixed: false,
            theirs: None,
            phase: Phase::Idle,
            late: None,
            needs_read: false,
            announced: 0,
            edits: 0,
            kept: 0,
            entered: Vec::new(),
        }
    }

    /// Takes an event.
    ///
    /// # Errors
    /// Those of the merges; the document is then as it was.
    pub fn handle(&mut self, event: Event) -> Result<(), Error> {
        match event {
            Event::Typed(draft) => {
                self.edits += u32::from(!self.draft.equals(&draft));
                self.draft = draft;
            }
            Event::Read(revision, document) => self.read(revision, document),
            Event::Saved { revision, document, others } => {
                let others: Vec<_> = others.iter().map(|path| outside_arrays(path)).gather();
                self.saved(revision, document, &others)?;
            }
            Event::Happened(what) => self.happened(what)?,
            Event::Kept(edits) => self.kept = edits,
        }
        Ok(())
    }

    fn happened(&mut self, what: Happening) -> Result<(), Error> {
        match what {
            Happening::Entered => self.enter()?,
            Happening::Conflicted => {
                if let Phase::Saving(sent, _) | Phase::Submitting(sent) = self.take_phase() {
                    self.phase = Phase::Deciding(sent);
                }
            }
            Happening::Failed => {
                self.phase = match self.take_phase() {
                    Phase::Submitting(asked) => Phase::Deciding(asked),
                    Phase::Saving(_, Some(asked)) => Phase::Deciding(*asked),
                    _ => Phase::Idle,
                };
                self.take_late();
            }
            Happening::Resumed => self.is_waiting = false,
            Happening::Announced => {
                self.announced += 1;
                // Where it has to wait, nothing is read before the save or the person asks for it.
                let waits = self.is_waiting && !self.draft.equals(&self.shown);
                self.needs_read |= matches!(self.phase, Phase::Idle) && !waits;
            }
            Happening::Dropped => {
                self.phase = Phase::Idle;
                self.needs_read = true;
            }
        }
        Ok(())
    }

    /// Begins a save: what has to be sent.
    ///
    /// # Errors
    /// Those of the merges.
    pub fn save(&mut self) -> Result<Sending, Error> {
        if self.theirs.is_some() && (self.is_mixed || !self.is_waiting) {
            // What overlapped before may not overlap with what was typed since.
            self.enter()?;
        }
        let (before, mine) = (self.base.clone(), self.mine());
        let asked = match self.take_phase() {
            Phase::Deciding(asked) => Some(Box::new(asked)),
            _ => None,
        };
        self.phase =
            Phase::Saving(Sent { before: before.clone(), draft: self.draft.clone(), announced: self.announced }, asked);
        self.late = None;
        Ok(match &self.theirs {
            Some((theirs, _)) if self.is_mixed => Sending::Decide { base: before, mine, theirs: *theirs },
            _ => Sending::Save { base: self.base_at, mine },
        })
    }

    /// Begins sending the decisions of the conflict; false without one.
    pub fn submit(&mut self) -> bool {
        let phase = self.take_phase();
        let Phase::Deciding(mut sent) = phase else {
            self.phase = phase;
            return false;
        };
        sent.announced = self.announced;
        self.phase = Phase::Submitting(sent);
        true
    }

    /// The draft.
    pub fn draft(&self) -> &Document {
        &self.draft
    }

    /// What the draft is an edit of.
    pub fn base(&self) -> &Document {
        &self.base
    }

    /// The last changes of others that entered the draft.
    pub fn entered(&self) -> &[Change] {
        &self.entered
    }

    /// What the page shows.
    pub fn state(&self) -> State {
        let is_dirty = !self.draft.equals(&self.shown);
        let is_deciding = matches!(self.phase, Phase::Deciding(_) | Phase::Submitting(_));
        State {
            base: self.base_at,
            theirs: self.theirs.as_ref().map(|theirs| theirs.0),
            is_dirty,
            is_stale: self.theirs.is_some() || self.announced > 0,
            is_saving: matches!(self.phase, Phase::Saving(..) | Phase::Submitting(_)),
            is_deciding,
            is_safe_to_leave: (!is_dirty && matches!(self.phase, Phase::Idle))
                || self.kept == self.edits && self.edits > 0,
            needs_read: self.needs_read && matches!(self.phase, Phase::Idle),
            edits: self.edits,
        }
    }

    /// The merge of base, draft and the newest version: its changes are what the draft lacks, and what both changed. `None` if the draft
    /// holds all of it.
    ///
    /// # Errors
    /// Those of the merges.
    pub fn incoming(&self) -> Result<Option<Conflict>, Error> {
        let Some((_, theirs)) = &self.theirs else { return Ok(None) };
        let sides = [Some(self.base.clone()), Some(self.mine()), Some(theirs.clone())];
        self.engine.conflict(sides, self.options.clone()).map(Some)
    }

    /// The draft with the server's spelling of values that the person has not edited since.
    fn mine(&self) -> Document {
        if self.draft.equals(&self.shown) {
            return self.base.clone();
        }
        if self.shown.equals(&self.base) {
            return self.draft.clone();
        }
        self.transferred([&self.shown, &self.draft, &self.base])
    }

    fn take_phase(&mut self) -> Phase {
        std::mem::replace(&mut self.phase, Phase::Idle)
    }

    fn read(&mut self, revision: Revision, document: Document) {
        match self.phase {
            Phase::Idle => self.arrived(revision, document),
            // It may be older or newer than the result of the save.
            Phase::Saving(..) | Phase::Submitting(_) => self.late = Some(document),
            Phase::Deciding(_) => {
                self.announced = 0;
                self.late = Some(document.clone());
                if !document.equals(&self.base) {
                    self.theirs = Some((revision, document));
                }
            }
        }
    }

    /// A version that was read while a save was under way counts only if it is the result of the save.
    fn take_late(&mut self) {
        let late = self.late.take();
        self.needs_read |= late.is_some_and(|late| !late.equals(&self.base));
    }

    fn arrived(&mut self, revision: Revision, document: Document) {
        (self.needs_read, self.announced) = (false, 0);
        let is_clean = self.draft.equals(&self.shown);
        self.theirs = Some((revision, document));
        if is_clean || !self.is_waiting || self.theirs.as_ref().is_some_and(|theirs| theirs.1.equals(&self.base)) {
            // If the merge fails, theirs waits.
            drop(self.enter());
        }
    }

    /// Lets the newest version into the draft.
    fn enter(&mut self) -> Result<(), Error> {
        let Some((revision, theirs)) = self.theirs.clone() else { return Ok(()) };
        let mine = self.mine();
        let met = meet::meet(self.engine, [&self.base, &mine, &theirs], &self.options, &[String::new()])?;
        let Some(met) = met else { return Ok(()) };
        let draft =
            if self.shown.equals(&self.base) { met.draft } else { self.transferred([&mine, &met.draft, &self.draft]) };
        self.shown = if self.shown.equals(&self.base) {
            met.base.clone()
        } else {
            self.transferred([&self.base, &met.base, &self.shown])
        };
        if !met.entered.is_empty() {
            self.entered = met.entered;
        }
        self.replace_draft(draft);
        self.base = met.base;
        self.is_mixed = met.is_open;
        if !met.is_open {
            (self.base_at, self.theirs) = (revision, None);
        }
        Ok(())
    }

    fn saved(&mut self, revision: Revision, document: Document, others: &[String]) -> Result<(), Error> {
        let phase = self.take_phase();
        let (Phase::Saving(sent, _) | Phase::Submitting(sent) | Phase::Deciding(sent)) = &phase else {
            self.arrived(revision, document);
            return Ok(());
        };
        let is_decision = !matches!(phase, Phase::Saving(..));
        // What was announced since may not be in the result.
        self.announced = self.announced.saturating_sub(sent.announced);
        let shown = if is_decision { document.clone() } else { shown(sent, &document, others) };
        let (draft, open) = match self.retyped(sent, &shown, others) {
            Ok(found) => found,
            Err(error) => {
                self.phase = phase;
                return Err(error);
            }
        };
        self.replace_draft(draft);
        self.is_mixed = open.is_some();
        self.theirs = open.is_some().then(|| (revision, document.clone()));
        (self.base, self.shown) = match open {
            Some(base) => (base.clone(), base),
            None => (document, shown),
        };
        self.base_at = revision;
        self.needs_read = self.announced > 0;
        self.take_late();
        Ok(())
    }

    /// The draft after the save of `sent`, with what was typed since; and its base, if that lacks parts of the new version.
    ///
    /// # Errors
    /// Those of the merges.
    fn retyped(&self, sent: &Sent, shown: &Document, others: &[String]) -> Result<(Document, Option<Document>), Error> {
        if self.draft.equals(&sent.draft) {
            return Ok((shown.clone(), None));
        }
        let carried = meet::trees([&sent.draft, &self.draft, shown])
            .and_then(|[from, to, onto]| settle::carried(&from, &to, &onto).ok())
            .and_then(|text| meet::document(self.draft.format(), &text));
        if let Some(draft) = carried {
            return Ok((draft, None));
        }
        Ok(match meet::meet(self.engine, [&sent.draft, &self.draft, shown], &self.options, others)? {
            Some(met) => (met.draft, met.is_open.then_some(met.base)),
            None => (self.draft.clone(), Some(sent.draft.clone())),
        })
    }

    /// The edits from `from` to `to`, made in `onto`.
    fn transferred(&self, sides: [&Document; 3]) -> Document {
        meet::transferred(self.engine, sides, &self.options).unwrap_or_else(|| sides[1].clone())
    }

    /// Keeps the draft as the page has it where it holds the same.
    fn replace_draft(&mut self, draft: Document) {
        if !self.draft.equals(&draft) {
            self.draft = draft;
        }
    }
}

/// The path as far as the first element of an array: a row has another index in another version. A member whose name is a number counts as
/// an element, too; that makes the path no longer.
fn outside_arrays(path: &str) -> String {
    let is_index = |token: &str| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit());
    let tokens: Vec<_> = path.split('/').take_while(|token| !is_index(token)).gather();
    tokens.join("/")
}

/// The document as the form shows it after its save.
fn shown(sent: &Sent, stored: &Document, others: &[String]) -> Document {
    let text = meet::trees([&sent.before, &sent.draft, stored])
        .map(|[before, typed, found]| settle::shown(&before, &typed, &found, others));
    text.and_then(|text| meet::document(stored.format(), &text)).unwrap_or_else(|| stored.clone())
}
