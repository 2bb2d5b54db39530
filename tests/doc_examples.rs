//! Every public function of merges, conflicts, documents and clients has an example, and names the errors that it returns.
//!
//! The rule: the doc comment of a public function has `# Examples`, or the examples of its type call the function. So getters share the
//! example of their type. A function that returns a `Result` has `# Errors`. `cargo test --doc` runs the examples.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails is a test that fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const FOLDERS: [&str; 4] = ["src/merge", "src/conflict", "src/document", "src/client"];

/// A public item with its doc comment.
struct Item {
    file: PathBuf,
    /// The type of the `impl` block around a function; empty for other items.
    of: String,
    name: String,
    signature: String,
    docs: String,
}

impl Item {
    fn has_example(&self) -> bool {
        self.docs.contains("# Examples") && self.docs.contains("assert")
    }
}

/// The identifier at the start of `text`.
fn identifier(text: &str) -> String {
    text.chars().take_while(|one| one.is_alphanumeric() || *one == '_').collect()
}

/// The name of the type that `impl Type {` or `impl<'a> Type<'a> {` is about. Traits have no public functions of their own.
fn type_of(line: &str) -> Option<String> {
    let rest = line.strip_prefix("impl")?;
    let rest = if rest.starts_with('<') { rest.split_once('>')?.1 } else { rest };
    Some(identifier(rest.trim_start()))
}

fn items(file: &Path, found: &mut Vec<Item>) {
    let text = fs::read_to_string(file).unwrap();
    let (mut docs, mut of) = (String::new(), String::new());
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        if let Some(doc) = code.strip_prefix("///") {
            docs.push_str(doc);
            docs.push('\n');
            continue;
        }
        if code.starts_with("#[") {
            continue;
        }
        of = type_of(line).unwrap_or(of);
        if *line == "}" {
            of.clear();
        }
        let public =
            code.strip_prefix("pub ").map(|rest| rest.trim_start_matches("const ").trim_start_matches("async "));
        for keyword in ["fn ", "struct ", "enum "] {
            let Some(rest) = public.and_then(|rest| rest.strip_prefix(keyword)) else { continue };
            let mut signature = String::new();
            for line in &lines[at..] {
                signature.push_str(line);
                if line.ends_with('{') || line.ends_with(';') {
                    break;
                }
            }
            let of = if keyword == "fn " { of.clone() } else { String::new() };
            let signature = if keyword == "fn " { signature } else { String::new() };
            found.push(Item { file: file.to_owned(), of, name: identifier(rest), signature, docs: docs.clone() });
        }
        docs.clear();
    }
}

fn walk(folder: &Path, found: &mut Vec<Item>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            items(&path, found);
        }
    }
}

fn all() -> Vec<Item> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    }
    assert!(found.iter().filter(|item| !item.signature.is_empty()).count() > 150, "the sources are read");
    found
}

/// The type of a function. Two types of one name lie in different folders, so the type in the nearest folder counts.
fn owner<'a>(all: &'a [Item], function: &Item) -> Option<&'a Item> {
    let common =
        |item: &Item| item.file.components().zip(function.file.components()).take_while(|(a, b)| a == b).count();
    let types = all.iter().filter(|item| item.signature.is_empty() && item.name == function.of);
    types.max_by_key(|item| common(item))
}

#[test]
fn every_public_function_has_an_example() {
    let all = all();
    let mut missing = BTreeSet::new();
    for function in all.iter().filter(|item| !item.signature.is_empty()) {
        let calls = [format!(".{}(", function.name), format!("::{}(", function.name)];
        let shares = owner(&all, function)
            .is_some_and(|of| of.has_example() && calls.iter().any(|call| of.docs.contains(call.as_str())));
        if !function.has_example() && !shares {
            missing.insert(format!("{}: {}::{}", function.file.display(), function.of, function.name));
        }
    }
    assert_eq!(missing, BTreeSet::new());
}

#[test]
fn every_public_function_that_can_fail_names_its_errors() {
    let fails = |item: &&Item| item.signature.contains("-> Result<");
    let silent = |item: &&Item| !item.docs.contains("# Errors");
    let missing: Vec<_> = all().iter().filter(fails).filter(silent).map(|item| item.name.clone()).collect();
    assert_eq!(missing, Vec::<String>::new());
}
