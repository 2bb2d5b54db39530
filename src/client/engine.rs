//! The calls of the machines into the engine: merges, and the steps of a save that is not plain.
//!
//! On a page the engine is a module of its own. A save that nobody refuses never needs it: see `save/plain.rs`.

use std::fmt;
use std::ops::Deref;

use super::memory::{Spelling, User};
use super::trace::trace_by_merge;
use super::{Event, Memory, Moment, Outcome, Save, Snapshot, Step, Trace, Write};
use crate::conflict::{self, Document};
use crate::error::Error;

/// Proof that the engine is loaded. Each function that merges, or goes beyond a plain save, takes it.
///
/// The calls are in a table, so that no call links the engine to its caller.
///
/// # Examples
///
/// ```
/// use mergefetch::client::{Engine, Memory};
///
/// // Natively the engine is always there; a page loads it.
/// assert!(Engine::at_hand().is_some());
/// let mut memory = Memory::default();
/// memory.has_loaded(Engine::linked());
/// assert!(memory.engine().is_some());
/// ```
#[derive(Clone, Copy)]
pub struct Engine {
    merges: conflict::Engine,
    machines: &'static Machines,
}

/// The next step of a machine.
type Next<T> = Result<Step<T>, Error>;

/// The steps of the machines that the engine carries out.
pub(super) struct Machines {
    pub(super) save: fn(&mut Save, &mut Memory, Event, Moment) -> Next<()>,
    pub(super) doubt: fn(&mut Save, &mut Memory, Write),
    pub(super) remember: fn(&Save, &mut Memory, &Snapshot, Document, Option<Snapshot>) -> u32,
    pub(super) spelt: fn(&Spelling, Engine, &Snapshot, Document, &Snapshot) -> Document,
    pub(super) trace: fn(Engine, Option<&Document>, &Document, &Document) -> Trace,
    pub(super) respell_all: fn(&mut User, Engine),
    pub(super) recreation: fn(&mut Write, Option<Snapshot>) -> Next<Outcome>,
}

static MACHINES: Machines = Machines {
    save: Save::step_fully,
    doubt: Save::doubt_fully,
    remember: Save::remember_fully,
    spelt: Spelling::spelt,
    trace: trace_by_merge,
    respell_all: User::respell_all,
    recreation: Write::succeeded_anew,
};

impl Engine {
    /// The engine that is linked to the caller. On a page only the engine's own module may call this, as the call links the engine to its
    /// caller.
    pub const fn linked() -> Self {
        Self { merges: conflict::Engine::linked(), machines: &MACHINES }
    }

    /// The engine, where it need not be loaded: natively.
    pub const fn at_hand() -> Option<Self> {
        if cfg!(target_arch = "wasm32") { None } else { Some(Self::linked()) }
    }

    pub(super) const fn machines(self) -> &'static Machines {
        self.machines
    }
}

impl Deref for Engine {
    type Target = conflict::Engine;

    fn deref(&self) -> &conflict::Engine {
        &self.merges
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}
