//! The engine that is linked to its caller.

use super::engine::{Calls, Engine};
use super::{Conflict, merging};

static CALLS: Calls = Calls {
    conflict: merging::conflict,
    conflict_after: merging::conflict_after,
    changes_counter: super::changes_counter,
    spelt_as: super::spelling::spelt_as,
    contains: super::spelling::contains,
    without: merging::without,
    in_digits_of: merging::in_digits_of,
    in_layout_of: merging::in_layout_of,
    patch: merging::patch,
    is_stored: Conflict::is_stored_here,
    merged: Conflict::merged_here,
    rebase: Conflict::rebase_here,
    refuse_merge: Conflict::refuse_merge_here,
    settle_additions: Conflict::settle_additions_here,
    settle_echo: Conflict::settle_echo_here,
    settle_spelling: Conflict::settle_spelling_here,
    take: Conflict::take_here,
};

impl Engine {
    /// The engine that is linked to the caller. On a page only the engine's own module may call this, as the call links the engine
    /// to its caller.
    pub const fn linked() -> Self {
        Self(&CALLS)
    }

    /// The engine, where it need not be loaded: natively.
    pub const fn at_hand() -> Option<Self> {
        if cfg!(target_arch = "wasm32") { None } else { Some(Self::linked()) }
    }
}
