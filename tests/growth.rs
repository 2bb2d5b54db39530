//! Time grows linearly with the input. `cargo bench --bench growth` measures it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a test may fail loudly, and measures time"
)]

#[path = "../benches/common/growth.rs"]
mod growth;

use std::time::{Duration, Instant};

/// Ten times the time of the slowest case without optimizations. A quadratic algorithm takes longer in every case.
const DEADLINE: Duration = Duration::from_secs(10);

#[test]
fn time_does_not_grow_quadratically_with_the_number_of_parts() {
    for case in &growth::CASES {
        let run = (case.make)(case.count);
        let start = Instant::now();
        run();
        let took = start.elapsed();
        assert!(took < DEADLINE, "{}: {} parts took {took:?}", case.name, case.count);
    }
}
