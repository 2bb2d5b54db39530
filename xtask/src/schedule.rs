//! The order of the parts: two lanes side by side, then the parts that measure time.

use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::term;

/// Where a part runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Cargo compiles for this part most of the time: two such parts would only wait for each other.
    Cargo,
    /// Needs the built package. The first of these parts builds it.
    Package,
    /// Runs alone, after all others, as its tests have deadlines or several browsers.
    Alone,
}

/// Runs `run` for each job: the lanes `Cargo` and `Package` side by side, then the lane `Alone`, each lane in its order.
/// The results come in the order of `jobs`.
///
/// In the two lanes, each line of output starts with the name of its job.
pub fn run_all<Job: Sync, Outcome: Send>(
    jobs: &[Job],
    lane: impl Fn(&Job) -> Lane + Sync,
    name: impl Fn(&Job) -> &str + Sync,
    run: impl Fn(&Job) -> Outcome + Sync,
) -> Vec<Outcome> {
    let outcomes: Mutex<Vec<Option<Outcome>>> = Mutex::new(jobs.iter().map(|_| None).collect());
    let run_lane = |wanted: Lane, is_prefixed: bool| {
        for (job, at) in jobs.iter().zip(0..).filter(|(job, _)| lane(job) == wanted) {
            term::prefix_lines_with(is_prefixed.then(|| name(job)));
            let outcome = run(job);
            term::prefix_lines_with(None);
            let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(place) = outcomes.get_mut::<usize>(at) {
                *place = Some(outcome);
            }
        }
    };
    let has = |wanted: Lane| jobs.iter().any(|job| lane(job) == wanted);
    let is_side_by_side = has(Lane::Cargo) && has(Lane::Package);
    thread::scope(|scope| {
        scope.spawn(|| run_lane(Lane::Package, is_side_by_side));
        run_lane(Lane::Cargo, is_side_by_side);
    });
    run_lane(Lane::Alone, false);
    outcomes.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn two_lanes_run_side_by_side_and_the_others_alone_afterwards() {
        let jobs = [("a", Lane::Cargo), ("b", Lane::Alone), ("c", Lane::Package), ("d", Lane::Cargo)];
        let (meeting, running, finished) = (Barrier::new(2), AtomicU32::new(0), AtomicU32::new(0));
        let outcomes = run_all(
            &jobs,
            |job| job.1,
            |job| job.0,
            |job| {
                let others = running.fetch_add(1, Ordering::SeqCst);
                match job.0 {
                    // Each waits for the other: one after the other, they would wait for ever.
                    "a" | "c" => drop(meeting.wait()),
                    "b" => assert_eq!((others, finished.load(Ordering::SeqCst)), (0, 3)),
                    _ => {}
                }
                running.fetch_sub(1, Ordering::SeqCst);
                finished.fetch_add(1, Ordering::SeqCst);
                job.0
            },
        );
        assert_eq!(outcomes, ["a", "b", "c", "d"]);
    }
}
