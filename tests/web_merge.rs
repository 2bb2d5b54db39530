//! The laws of merges once more, in a browser: the same functions as in the native tests, on the module's own code for wasm.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a helper that fails is a test that fails")]

mod common;
mod laws;
mod support;

use common::{all_sequences, edited, text_of};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn texts_all_small_ones_keep_the_laws() {
    let documents: Vec<String> = all_sequences(&["a", "b"], 3).iter().map(|lines| text_of(lines)).collect();
    for base in &documents {
        for mine in &documents {
            for theirs in &documents {
                laws::text::check_merge(base, mine, theirs);
            }
        }
    }
}

#[wasm_bindgen_test]
fn texts_of_any_parts_keep_the_laws() {
    let parts = [
        "a", "b", "\n", "\n", "\r\n", "\r", "\u{feff}", "é", "e\u{301}", "😀", "<<<<<<<", " ", "100", ".5", "中文",
        "\0",
    ];
    for seed in 0..1_500 {
        let mut random = common::Random::new(seed);
        let length = random.below(14);
        let base = edited(&mut random, &[], length * 2, &parts);
        let (m, t) = (random.below(5), random.below(5));
        let (mine, theirs) = (edited(&mut random, &base, m, &parts), edited(&mut random, &base, t, &parts));
        let [base, mine, theirs] = [base, mine, theirs].map(|parts| parts.concat());
        laws::text::check_merge(&base, &mine, &theirs);
        laws::text::check_diff(&base, &mine);
    }
}

#[wasm_bindgen_test]
fn json_documents_keep_the_laws() {
    let mut random = support::Random(11);
    for _ in 0..500 {
        let base = support::Json::random(&mut random, 4);
        let (m, t) = (random.below(4), random.below(4));
        let (mine, theirs) = (base.edited(&mut random, m), base.edited(&mut random, t));
        laws::json::check_merge(&base.text(None), &mine.text(Some("  ")), &theirs.text(None));
        laws::json::check_merge(&base.text(None), &mine.text(None), &theirs.text(None));
    }
}

#[wasm_bindgen_test]
fn bytes_of_servers_and_stores_are_read_or_refused() {
    let pieces: [&[u8]; 12] = [
        b"W/",
        b"\"",
        b"abc",
        b"{",
        b"}",
        b"\"status\":",
        b"409",
        b"<Code>",
        b"Sun, 06 Nov 1994",
        b"\x01\0\0\0",
        b"\xff",
        b",",
    ];
    let mut random = common::Random::new(5);
    for _ in 0..5_000 {
        let data: Vec<u8> = (0..random.below(10)).flat_map(|_| pieces[random.below(12)].to_vec()).collect();
        laws::http::check(&data);
    }
}
