//! What the server remembers of its misbehaviour: how often, and older answers.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::answer::Answer;

/// More keys than any test uses; beyond them the oldest counts are given up all at once.
const MAX_KEYS: usize = 10_000;

/// How often each key has misbehaved.
#[derive(Default)]
pub(crate) struct Counters(Mutex<HashMap<String, u64>>);

impl Counters {
    fn counts(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether `key` has misbehaved fewer than `times` times; counts this one.
    pub(crate) fn spend(&self, key: String, times: u64) -> bool {
        let mut counts = self.counts();
        if counts.len() >= MAX_KEYS && !counts.contains_key(&key) {
            counts.clear();
        }
        let count = counts.entry(key).or_default();
        let granted = *count < times;
        *count += u64::from(granted);
        granted
    }

    pub(crate) fn clear(&self) {
        self.counts().clear();
    }
}

/// What replicas that lag behind still have, by path.
#[derive(Default)]
pub(crate) struct Kept(Mutex<HashMap<String, Answer>>);

impl Kept {
    fn answers(&self) -> MutexGuard<'_, HashMap<String, Answer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put(&self, path: &str, answer: Answer) {
        let mut answers = self.answers();
        if answers.len() >= MAX_KEYS {
            answers.clear();
        }
        answers.insert(path.to_owned(), answer);
    }

    pub(crate) fn get(&self, path: &str) -> Option<Answer> {
        self.answers().get(path).cloned()
    }
}
