//! How often, and after which pauses, a write and its reads are repeated.

use super::{Phase, Write};
use crate::client::{Moment, Outcome, Step, backoff_ms};
use crate::conflict::RefusalKind;
use crate::error::Error;

/// How often a write is repeated after lasting failures, and in which time span.
const MAX_REPEATS: u32 = 2;
const REPEATS_WITHIN_MS: f64 = 2_000.0;

/// The writes of this call so far.
#[derive(Debug, Default)]
pub(in crate::client) struct Attempts {
    /// How often the loop has repeated a write by itself.
    pub(in crate::client) round: u32,
    /// The number of lasting failures among the last answers, and the time of the first.
    failures: Option<(u32, f64)>,
    /// Whether the last write got no answer at all.
    pub(in crate::client) is_unanswered: bool,
    /// Whether a write has been sent.
    pub(in crate::client) has_written: bool,
    /// Whether the last write carried a patch, whose answer promises nothing about the stored octets.
    pub(in crate::client) is_patch: bool,
}

/// The reads of this call so far.
#[derive(Debug, Default)]
pub(in crate::client) struct Reads {
    /// Whether a read was repeated after a pause.
    pub(in crate::client) has_repeated: bool,
    /// Whether a read was discarded, as it seemed older than an earlier write.
    pub(in crate::client) has_lagged: bool,
    /// The number in the query of reads past shared caches.
    pub(in crate::client) unique: Option<u32>,
}

impl Write {
    /// The same write again, or a merged one, after a pause that grows with the rounds. The first comes at once.
    pub(in crate::client) fn send_again(&mut self, moment: Moment) -> Result<Step<Outcome>, Error> {
        self.attempts.round += 1;
        if self.is_protected_by_date() {
            return self.check_or_send();
        }
        if self.attempts.round == 1 {
            return self.send();
        }
        Ok(self.wait_to_write(self.pause_ms(moment)))
    }

    pub(in crate::client) fn wait_to_write(&mut self, ms: u32) -> Step<Outcome> {
        self.phase = Phase::WaitingToWrite;
        Step::Wait { ms }
    }

    /// Counts a lasting failure: a 500 is mostly a defect of the server, and a preflight stays blocked.
    pub(in crate::client) fn count_failure(&mut self, is_failure: bool, moment: Moment) {
        let (count, since_ms) = self.attempts.failures.unwrap_or((0, moment.now_ms));
        self.attempts.failures = is_failure.then_some((count + 1, since_ms));
    }

    /// Whether the write may be sent once more: within the rounds, and after lasting failures at most twice within two seconds.
    pub(in crate::client) fn may_send_again(&self, moment: Moment) -> bool {
        let asked_ms = self.refusal.problem.retry_after_ms.unwrap_or(0) as f64;
        let is_worth_it = self.attempts.failures.is_none_or(|(count, since_ms)| {
            count <= MAX_REPEATS && moment.now_ms + asked_ms < since_ms + REPEATS_WITHIN_MS
        });
        is_worth_it && !self.is_only_reading() && self.attempts.round < self.options.rounds
    }

    /// The pause before the next write.
    pub(in crate::client) fn pause_ms(&self, moment: Moment) -> u32 {
        let pause_ms = backoff_ms(&self.options, self.attempts.round, moment.random);
        let left_ms = |(_, since_ms)| (since_ms + REPEATS_WITHIN_MS - moment.now_ms) as u32;
        self.attempts.failures.map(left_ms).map_or(pause_ms, |left_ms| pause_ms.min(left_ms))
    }

    /// The server asks for a later retry: waits as long as it asks, if that is short, for a bounded number of rounds.
    pub(in crate::client) fn busy(&mut self, moment: Moment) -> Step<Outcome> {
        let asked_ms = self.refusal.problem.retry_after_ms.unwrap_or(0);
        let is_final = !self.options.may_repeat || self.is_fetch() || self.is_only_reading();
        if is_final || self.attempts.round >= self.options.rounds || asked_ms > u64::from(self.options.max_delay_ms) {
            return self.refuse(RefusalKind::Busy);
        }
        self.attempts.round += 1;
        let jitter_ms = backoff_ms(&self.options, self.attempts.round, moment.random);
        self.wait_to_write((asked_ms as u32).saturating_add(jitter_ms))
    }

    /// How long the server asks to wait, if that is short enough.
    pub(super) fn asked_wait_ms(&self) -> Option<u32> {
        let asked_ms = self.refusal.problem.retry_after_ms.filter(|ms| *ms <= u64::from(self.options.max_delay_ms))?;
        (self.attempts.round < self.options.rounds && !self.is_fetch()).then_some(asked_ms as u32)
    }

    /// The read after a refusal or a lost answer, when the server asks for it, if that is soon.
    pub(super) fn read_when_asked(&mut self, moment: Moment) -> Step<Outcome> {
        let is_soon = |ms: &u32| self.attempts.failures.is_none() || f64::from(*ms) < REPEATS_WITHIN_MS;
        let Some(asked_ms) = self.asked_wait_ms().filter(is_soon) else { return self.reread() };
        self.attempts.round += 1;
        self.phase = Phase::WaitingToRead;
        Step::Wait { ms: asked_ms.saturating_add(backoff_ms(&self.options, 0, moment.random)) }
    }
}
