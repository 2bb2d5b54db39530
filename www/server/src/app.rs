//! What all handlers share.

use std::sync::{OnceLock, PoisonError, RwLock};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Uri;
use axum::response::Response;
use tower_service::Service;

use crate::answer::{Answer, Failure};
use crate::changes::Changes;
use crate::log::Log;
use crate::remembered::{Counters, Kept};
use crate::store::Store;
use crate::switches::Switches;

pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) log: Log,
    pub(crate) changes: Changes,
    pub(crate) counters: Counters,
    pub(crate) kept: Kept,
    switches: RwLock<Switches>,
    /// The resources without any misbehaviour.
    pub(crate) resources: OnceLock<Router>,
}

impl App {
    pub(crate) async fn new(store: Store) -> Result<Self, String> {
        let switches = store.read(Switches::load).await.map_err(|failure| match failure {
            Failure::Database(error) => format!("cannot read the switches: {error}"),
            other => format!("cannot read the switches: status {}", Answer::from(other).status),
        })?;
        Ok(Self {
            store,
            log: Log::start(),
            changes: Changes::default(),
            counters: Counters::default(),
            kept: Kept::default(),
            switches: RwLock::new(switches),
            resources: OnceLock::new(),
        })
    }

    /// What a read of `uri` is answered with where no query asks for a misbehaviour.
    pub(crate) async fn read(&self, uri: &Uri) -> Option<Response> {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = uri.path().parse().ok()?;
        let answered = self.resources.get()?.clone().call(request).await;
        answered.ok()
    }

    pub(crate) fn switches(&self) -> Switches {
        *self.switches.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_switches(&self, switches: Switches) {
        *self.switches.write().unwrap_or_else(PoisonError::into_inner) = switches;
    }
}
