//! Measures how time grows with the number of parts: `cargo bench --bench growth`. Prints a table; checks results, never times.
//!
//! `cargo bench --bench growth -- --smoke` runs every case once on a small input, `--only NAME` the cases with NAME in their name.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a program that measures time")]

#[path = "common/growth.rs"]
mod growth;

use std::time::{Duration, Instant};

fn main() {
    let smoke = std::env::args().any(|argument| argument == "--smoke");
    let wanted = std::env::args().skip_while(|argument| argument != "--only").nth(1).unwrap_or_default();
    println!("{:<32} {:>8} {:>10} {:>10} {:>10}", "best of 3, ms", "parts", "a quarter", "all", "ratio");
    for case in growth::CASES.iter().filter(|case| case.name.contains(wanted.as_str())) {
        // At least 4 parts, so that a quarter of the input is not empty.
        let count = if smoke { (case.count / 100).max(4) } else { case.count };
        let time = |count: usize| {
            let mut best = Duration::MAX;
            for _ in 0..if smoke { 1 } else { 3 } {
                let run = (case.make)(count);
                let start = Instant::now();
                run();
                best = best.min(start.elapsed());
            }
            best.as_secs_f64() * 1000.0
        };
        let (quarter, all) = (time(count / 4), time(count));
        println!("{:<32} {count:>8} {quarter:>10.2} {all:>10.2} {:>10.1}", case.name, all / quarter);
    }
}
