//! The documents for developers name files, functions and commands that exist.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails is a test that fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PAGES: [&str; 7] = [
    "docs/HACKING.md",
    "docs/DESIGN.md",
    "docs/SIZE.md",
    "docs/LAWS.md",
    "CONTRIBUTING.md",
    "RELEASING.md",
    "SECURITY.md",
];

/// Folders that the build makes, and a file of the user's choice.
const MADE: [&str; 6] = ["dist/", "pkg/dist", "target/", "core/", "NAME", "node_modules"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The code spans of a page, outside of its examples.
fn spans(page: &str) -> Vec<String> {
    let mut is_example = false;
    let mut text = String::new();
    for line in page.lines() {
        let is_fence = line.trim_start().starts_with("```");
        is_example ^= is_fence;
        if !is_example && !is_fence {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Whether a span is the path of a file or folder of the project. Paths that start in a folder of their row are relative to it.
fn is_path(span: &str) -> bool {
    const ROOTS: [&str; 10] =
        ["src/", "pkg/", "tests/", "crates/", "xtask/", "www/", "docs/", "benches/", "fuzz/", "examples/"];
    let is_plain = span.chars().all(|one| one.is_alphanumeric() || "/._-".contains(one));
    is_plain && ROOTS.iter().any(|start| span.starts_with(start)) && !MADE.iter().any(|made| span.contains(made))
}

/// The Rust sources of the library as one text.
fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_path_in_a_document_exists() {
    let mut missing = BTreeSet::new();
    for page in PAGES {
        for span in spans(&read(page)) {
            let file = span.split("::").next().unwrap_or_default();
            if is_path(file) && !root().join(file).exists() {
                missing.insert(format!("{page}: {file}"));
            }
        }
    }
    assert_eq!(missing, BTreeSet::new());
}

#[test]
fn every_function_that_hacking_names_with_its_type_exists() {
    let mut code = String::new();
    for folder in ["src", "crates", "xtask/src", "www/server/src"] {
        sources(&root().join(folder), &mut code);
    }
    let names = |text: &str| text.chars().all(|one| one.is_alphanumeric() || one == '_');
    let mut missing = BTreeSet::new();
    let mut found = 0;
    for span in spans(&read("docs/HACKING.md")) {
        let Some((of, name)) = span.rsplit_once("::").filter(|(of, name)| names(of) && names(name)) else { continue };
        let forms =
            [format!("fn {name}("), format!("fn {name}<"), format!("{name}:"), format!("{name}("), format!("{name},")];
        let is_there = of.starts_with(char::is_uppercase) && !forms.iter().any(|form| code.contains(form.as_str()));
        found += 1;
        if is_there || !code.contains(of) {
            missing.insert(span);
        }
    }
    assert!(found > 15, "only {found} names of functions");
    assert_eq!(missing, BTreeSet::new());
}

#[test]
fn hacking_has_a_place_for_each_typical_change() {
    let page = read("docs/HACKING.md");
    let from = page.find("## Where does this change belong?").expect("the section");
    let section = &page[from..page[from..].find("\n## One save").map_or(page.len(), |end| from + end)];
    let rows: Vec<_> = section
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| change") && !line.starts_with("| ---"))
        .collect();
    assert!(rows.len() >= 20, "{} rows", rows.len());
    for row in rows {
        assert_eq!(
            row.replace("\\|", "").matches('|').count(),
            6,
            "a change, its code, tests, part and documents: {row}"
        );
        assert!(spans(row).iter().any(|span| is_path(span)), "no file: {row}");
    }
}

#[test]
fn the_search_finds_paths_outside_of_examples() {
    let found = spans("`src/lib.rs` and\n```sh\n`src/none.rs`\n```\n`cargo xtask`");
    assert_eq!(found, ["src/lib.rs", "cargo xtask"]);
    assert!(
        is_path("tests/npm") && !is_path("cargo xtask") && !is_path("pkg/dist/core/link.js") && !is_path("src/*.rs")
    );
}

/// The options in a declaration, each with the comment in front of it.
fn documented(source: &str, interface: &str) -> Vec<(String, String)> {
    let from = source.find(&format!("interface {interface} {{\n")).expect("the interface");
    let body = &source[from..from + source[from..].find("\n}\n").expect("its end")];
    let mut comment = String::new();
    let mut found = Vec::new();
    for line in body.lines().skip(1) {
        let start = line.trim_start();
        if start.starts_with('*') || start.starts_with("/*") {
            comment.push_str(start);
        } else if line.starts_with("  readonly ") {
            let name = start.trim_start_matches("readonly ");
            found.push((name.split(['?', ':']).next().unwrap_or_default().to_owned(), std::mem::take(&mut comment)));
        }
    }
    found
}

/// The functions that a declaration starts with `start`, each with the comment in front of it.
fn functions(source: &str, start: &str) -> Vec<(String, String)> {
    let mut comment = String::new();
    let mut found = Vec::new();
    for line in source.lines() {
        let text = line.trim_start();
        if text.starts_with("/*") {
            comment.clear();
        }
        if text.starts_with('*') || text.starts_with("/*") {
            comment.push_str(text);
        } else if let Some(name) = line.strip_prefix(start).filter(|rest| rest.contains('(')) {
            found.push((name.split(['(', '<']).next().unwrap_or_default().to_owned(), std::mem::take(&mut comment)));
        }
    }
    found
}

#[test]
fn every_function_of_merges_and_clients_says_its_errors_and_has_an_example() {
    let types = read("pkg/src/types/types.ts");
    let client = &types[types.find("export interface Client {").expect("the client")..];
    let client = &client[..client.find("\n}\n").expect("its end")];
    let merges = ["pkg/src/engine/merge.ts", "pkg/src/engine/offsets.ts"].map(read).concat();
    let all = [functions(client, "  "), functions(&merges, "export function ")].concat();
    assert!(all.len() >= 15, "{} functions", all.len());
    let lacks = |(name, comment): &&(String, String)| {
        let is_internal = comment.contains("@internal");
        // It only returns numbers.
        let says_errors = comment.contains("@throws") || name == "stats";
        !(is_internal || says_errors && comment.contains("@example"))
    };
    let lacking: Vec<_> = all.iter().filter(lacks).map(|(name, _)| name).collect();
    assert_eq!(lacking, Vec::<&String>::new());
}

#[test]
fn every_option_says_its_default_and_has_an_example() {
    let mut lacking = Vec::new();
    let mut count = 0;
    for (file, interface) in [
        ("types", "ClientOptions"),
        ("types", "RouteRule"),
        ("merge", "TextMergeOptions"),
        ("merge", "JsonMergeOptions"),
    ] {
        for (name, comment) in documented(&read(format!("pkg/src/types/{file}.ts")), interface) {
            count += 1;
            // The pattern of a route has no default.
            let is_told = comment.contains("@default ") || name == "match";
            if !is_told || !comment.contains("@example") {
                lacking.push(format!("{interface}.{name}"));
            }
        }
    }
    assert!(count >= 28, "{count} options");
    assert_eq!(lacking, Vec::<String>::new());
}
