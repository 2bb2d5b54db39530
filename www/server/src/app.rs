//! What all handlers share.

use std::sync::{PoisonError, RwLock};

use crate::answer::{Answer, Failure};
use crate::log::Log;
use crate::misbehave::Counters;
use crate::store::Store;
use crate::switches::Switches;

pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) log: Log,
    pub(crate) counters: Counters,
    switches: RwLock<Switches>,
}

impl App {
    pub(crate) async fn new(store: Store) -> Result<Self, String> {
        let switches = store.read(Switches::load).await.map_err(|failure| match failure {
            Failure::Database(error) => format!("cannot read the switches: {error}"),
            other => format!("cannot read the switches: status {}", Answer::from(other).status),
        })?;
        Ok(Self { store, log: Log::start(), counters: Counters::default(), switches: RwLock::new(switches) })
    }

    pub(crate) fn switches(&self) -> Switches {
        *self.switches.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_switches(&self, switches: Switches) {
        *self.switches.write().unwrap_or_else(PoisonError::into_inner) = switches;
    }
}
