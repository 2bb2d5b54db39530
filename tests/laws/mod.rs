//! The laws as functions of any input: run natively, in browsers (`tests/web_merge.rs`), over the seed corpus and its mutations
//! (`tests/fuzz.rs`), and by cargo-fuzz (`fuzz/`). Each panics where a law is broken.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a law that is broken is a panic")]

pub mod http;
pub mod http_loop;
pub mod json;
pub mod text;

/// One that takes any bytes.
pub type Target = fn(&[u8]);

/// Every target of fuzzing, under the name of its folder in `fuzz/corpus`.
pub const TARGETS: &[(&str, Target)] = &[
    ("text_merge", text_merge),
    ("text_diff", text_diff),
    ("json_merge", json_merge),
    ("http_parse", http::check),
    ("http_loop", http_loop::check),
];

/// The octet 0x1E, which is otherwise rare, separates base, mine and theirs; octets that are not UTF-8 are replaced.
fn parts(data: &[u8]) -> [String; 3] {
    let mut parts = data.splitn(3, |byte| *byte == 0x1e).map(|part| String::from_utf8_lossy(part).into_owned());
    [(); 3].map(|()| parts.next().unwrap_or_default())
}

fn text_merge(data: &[u8]) {
    let [base, mine, theirs] = parts(data);
    text::check_merge(&base, &mine, &theirs);
}

fn text_diff(data: &[u8]) {
    let [before, after, _] = parts(data);
    text::check_diff(&before, &after);
}

fn json_merge(data: &[u8]) {
    let [base, mine, theirs] = parts(data);
    json::check_merge(&base, &mine, &theirs);
}
