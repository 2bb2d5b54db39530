//! Reads and writes as state machines: each event leads to the next step, which a driver carries out.
//!
//! Time and random numbers come in with every event, so that a test, a simulator or a browser can drive the same machine.

mod caller;
mod classify;
mod engine;
mod fetch;
mod get;
mod held;
mod keys;
mod machine;
mod memory;
mod observer_events;
mod options;
mod origin;
mod outcome;
mod patch;
mod plain_edit;
mod read;
mod save;
mod snapshot;
mod trace;
mod update;
mod write;

pub use caller::{UserId, bound, next_step};
pub use engine::Engine;
pub use fetch::{Answer, CONDITIONS, Fetch, Fetched, FetchedWrite, Kept, answer_of};
pub use get::Get;
pub use held::{Found, Held, Refresh, Refreshed};
pub use keys::changed_keys;
pub use machine::{Event, Machine, Moment, Objection, Step};
pub use memory::{Earlier, Memory, Recency, Ticket};
pub use observer_events::{ObserverEvent, ResolvedSilently, Warning};
pub use options::{WhenClean, WriteOptions};
pub use origin::{Origin, PreconditionSupport, UpdateStatus};
pub use outcome::{ConflictState, Outcome, SavedKind};
pub use patch::UpdateMethod;
pub(crate) use read::read_request;
pub use read::{Read, ReadOutcome};
pub use save::Save;
pub use snapshot::{Snapshot, Source, Unreadable};
pub use update::{Update, Updated};
pub use write::Write;

use keys::{named_keys, origin_key, response_key};
use options::backoff_ms;
use read::unique_url;
use trace::{Trace, trace_of};
