//! Time grows with the input, not with its square. `cargo bench --bench growth` has the figures.
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

/// Ten times what the slowest case takes without optimizations; with a square in it each takes longer.
const DEADLINE: Duration = Duration::from_secs(10);

#[test]
fn many_parts_take_no_squares_of_their_number() {
    for case in &growth::CASES {
        let run = (case.make)(case.count);
        let start = Instant::now();
        run();
        let took = start.elapsed();
        assert!(took < DEADLINE, "{}: {} parts took {took:?}", case.name, case.count);
    }
}
