//! What has changed, as server-sent events: the paths of resources and their versions, never their content.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde_json::json;
use tokio::sync::broadcast;

use crate::clock::now_ms;

/// How many changes a listener may have missed, and still learn each of them.
const CAPACITY: usize = 1000;

/// One change.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    n: u64,
    data: String,
}

/// The last changes, and those who listen.
pub(crate) struct Changes {
    /// Another one after each start, so that ids of an earlier run are not taken for those of this one.
    run: i64,
    kept: Mutex<(u64, VecDeque<Change>)>,
    sender: broadcast::Sender<Change>,
}

impl Default for Changes {
    fn default() -> Self {
        Self { run: now_ms(), kept: Mutex::default(), sender: broadcast::channel(CAPACITY).0 }
    }
}

impl Changes {
    fn kept(&self) -> MutexGuard<'_, (u64, VecDeque<Change>)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn publish(&self, path: &str, version: Option<&str>) {
        let mut kept = self.kept();
        kept.0 += 1;
        let change = Change { n: kept.0, data: json!({ "url": path, "version": version }).to_string() };
        if kept.1.len() == CAPACITY {
            kept.1.pop_front();
        }
        kept.1.push_back(change.clone());
        // Without a listener nobody hears it.
        let _ = self.sender.send(change);
    }

    pub(crate) fn event(&self, change: &Change) -> Bytes {
        format!("id: {}-{}\ndata: {}\n\n", self.run, change.n, change.data).into()
    }

    /// The events after `last`, the id that a listener has heard last, and the way to later ones.
    pub(crate) fn listen(&self, last: Option<&str>) -> (Bytes, broadcast::Receiver<Change>) {
        // Both under one lock, so that no change falls between them.
        let kept = self.kept();
        let receiver = self.sender.subscribe();
        let mut first = Vec::from(format!("retry: 1000\nid: {}-{}\n\n", self.run, kept.0));
        if let Some(last) = last {
            let known = last.split_once('-').filter(|(run, _)| *run == self.run.to_string());
            let known = known.and_then(|(_, n)| n.parse::<u64>().ok());
            let oldest = kept.1.front().map_or(kept.0 + 1, |change| change.n);
            match known.filter(|n| n + 1 >= oldest && *n <= kept.0) {
                Some(n) => {
                    first.clear();
                    for change in kept.1.iter().filter(|change| change.n > n) {
                        first.extend_from_slice(&self.event(change));
                    }
                }
                // More has happened than is known here.
                None => first.extend_from_slice(b"event: reset\ndata: {}\n\n"),
            }
        }
        first.extend_from_slice(b":\n\n");
        (first.into(), receiver)
    }
}
