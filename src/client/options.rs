//! The options of a write, and the pauses of the loop.

use super::{Engine, Origin, PreconditionSupport, UpdateMethod, UserId};
use crate::conflict::MergeOptions;
use crate::error::Error;
use crate::http::{CacheMode, Versioning};

/// The options of a write.
#[derive(Debug, Clone)]
pub struct WriteOptions {
    /// The user of the call: stored responses and memory belong to one user.
    pub user: UserId,
    /// The engine, once it is loaded.
    pub engine: Option<Engine>,
    /// How documents are merged.
    pub merge: MergeOptions,
    /// The place of versions in answers and requests.
    pub versioning: Versioning,
    /// The facts about the origin from earlier writes.
    pub origin: Origin,
    /// Whether page and document share an origin, so that an additional field costs no preflight.
    pub is_same_origin: bool,
    /// Pointers, which may contain `*`, to members that only the server sets.
    pub read_only: Vec<String>,
    /// How an update is sent.
    pub update: UpdateMethod,
    /// The treatment of a merge without overlaps.
    pub when_clean: WhenClean,
    /// Whether a write without a version is refused instead of sent.
    pub refuse_unprotected: bool,
    /// How many times the loop may repeat a write by itself.
    pub rounds: u32,
    /// The first back-off, in milliseconds; doubled each round.
    pub base_delay_ms: u32,
    /// The longest single wait, in milliseconds.
    pub max_delay_ms: u32,
    /// Whether the loop may repeat a write after a lost answer, and count theirs that equals mine as a success. Not if several writers
    /// may claim something with equal documents (HTTP-RULES R6).
    pub may_repeat: bool,
    /// Whether the caller's fields name an `Idempotency-Key`, so that a creation below a collection may be repeated.
    pub has_idempotency_key: bool,
    /// Whether reads that keep returning a refused version may add a unique query, to bypass a shared cache (HTTP-RULES X7).
    pub has_unique_reads: bool,
    /// Whether the caller forbids keeping any answer (`no-store`): beyond the snapshot, only versions are remembered.
    pub is_no_store: bool,
    /// The `Content-Type` that the caller sets, if any.
    pub content_type: Option<String>,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            user: UserId::default(),
            engine: Engine::at_hand(),
            merge: MergeOptions::default(),
            versioning: Versioning::default(),
            origin: Origin::default(),
            is_same_origin: true,
            read_only: Vec::new(),
            update: UpdateMethod::default(),
            when_clean: WhenClean::Merge,
            refuse_unprotected: false,
            // HTTP-RULES R2. 200 ms and 5 s span what people take for "at once" and "it hangs".
            rounds: 5,
            base_delay_ms: 200,
            max_delay_ms: 5_000,
            may_repeat: true,
            has_idempotency_key: false,
            has_unique_reads: false,
            is_no_store: false,
            content_type: None,
        }
    }
}

impl WriteOptions {
    /// The cache mode of a read whose usual mode is `usual`.
    pub(super) fn cache(&self, usual: CacheMode) -> CacheMode {
        if self.is_no_store { CacheMode::NoStore } else { usual }
    }

    /// The engine, where a step has made sure that it is loaded.
    ///
    /// # Errors
    /// A defect: no step has.
    pub(super) fn engine(&self) -> Result<Engine, Error> {
        self.engine.ok_or_else(|| Error::internal("a merge before its engine is loaded"))
    }

    /// These options with the engine, if it is loaded, and the facts about the origin.
    pub(super) fn knowing(&self, engine: Option<Engine>, origin: Option<Origin>) -> Self {
        let mut options = self.clone();
        options.engine = engine;
        options.origin = origin.unwrap_or_else(Origin::unknown);
        if options.origin.updates == PreconditionSupport::Ignored {
            options.versioning = options.versioning.ignored();
        }
        options
    }
}

/// The treatment of a merge without overlaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenClean {
    /// It is saved.
    Merge,
    /// It is saved, unless another alignment would have given another result.
    AskIfAmbiguous,
    /// It is handed out as a conflict.
    Ask,
}

/// Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"): a random wait between zero and the doubled delay.
pub(super) fn backoff_ms(options: &WriteOptions, round: u32, random: f64) -> u32 {
    let ceiling =
        options.base_delay_ms.saturating_mul(1u32.checked_shl(round).unwrap_or(u32::MAX)).min(options.max_delay_ms);
    (f64::from(ceiling) * random) as u32
}
