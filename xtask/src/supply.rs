//! Dependencies and published files: licences, sources and duplicates of crates, advisories, and the content of the published packages.
//!
//! `cargo deny` would say the same and compiles for ten minutes; its advisories come from a Git repository that need not be
//! reachable. So the offline part is done here, from `cargo tree` and Cargo.lock.

use std::fs;

use crate::process::{capture, run};
use crate::project::Project;
use crate::term::{Context, Failure, Result, progress};

/// Licences that may be linked into a work under MIT OR Apache-2.0.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

const CRATES_IO: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

/// Folders with a lock file of npm.
pub const NPM_FOLDERS: &[&str] = &["", "tests/packaging", "examples", "benches/peers", "docs/reference", "docs/site"];

/// Licences of all crates, for every platform.
pub fn licences(project: &Project) -> Result<()> {
    progress("supply: licences of crates");
    let arguments = ["tree", "--workspace", "--target", "all", "--edges", "normal,build,dev", "--prefix", "none"];
    let mut command = project.cargo(&[&arguments[..], &["--locked", "--no-dedupe", "--format", "{p}\t{l}"]].concat());
    let tree = capture("cargo tree", &mut command)?;
    let mut refused: Vec<&str> = tree
        .lines()
        .filter(|line| !line.is_empty())
        .filter(|line| line.split_once('\t').is_none_or(|(_, licence)| !is_allowed(licence.trim_end_matches(" (*)"))))
        .collect();
    refused.sort_unstable();
    refused.dedup();
    if tree.lines().count() > 10 && refused.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("expected licences that go with MIT OR Apache-2.0, but found: {}", refused.join("; "))))
}

/// An SPDX expression; of "OR" one side is enough. Older crates write "/".
fn is_allowed(expression: &str) -> bool {
    let expression = expression.trim();
    if let Some((left, right)) = split(expression, &["/", " OR "]) {
        return is_allowed(left) || is_allowed(right);
    }
    if let Some((left, right)) = split(expression, &[" AND "]) {
        return is_allowed(left) && is_allowed(right);
    }
    match expression.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => is_allowed(inner),
        None => LICENCES.contains(&expression),
    }
}

/// At the first of these words outside of parentheses.
fn split<'a>(expression: &'a str, words: &[&str]) -> Option<(&'a str, &'a str)> {
    let mut depth = 0;
    for (at, character) in expression.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if let Some(word) = words.iter().find(|word| depth == 0 && expression[at..].starts_with(**word)) {
            return Some((&expression[..at], &expression[at + word.len()..]));
        }
    }
    None
}

/// Every crate that is not of this workspace comes from crates.io, with a checksum.
pub fn sources(project: &Project) -> Result<()> {
    progress("supply: sources of crates");
    let lock = fs::read_to_string(project.root("Cargo.lock")).context(|| "read Cargo.lock".to_string())?;
    let strange: Vec<&str> = lock
        .split("[[package]]")
        .skip(1)
        .filter(|package| {
            // Crates of this workspace have no source.
            package.contains("\nsource = ") && !(package.contains(CRATES_IO) && package.contains("\nchecksum = "))
        })
        .filter_map(|package| package.lines().find(|line| line.starts_with("name = ")))
        .collect();
    if strange.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("expected crates of crates.io with checksums, but found {}", strange.join(", "))))
}

/// The download of a page has no crate in two versions.
pub fn duplicates(project: &Project) -> Result<()> {
    progress("supply: crates in two versions");
    let arguments = ["tree", "--package", "mergefetch", "--target", "wasm32-unknown-unknown", "--edges", "normal"];
    let mut command = project.cargo(&[&arguments[..], &["--locked", "--duplicates", "--depth", "0"]].concat());
    let found = capture("cargo tree", &mut command)?;
    let found: Vec<&str> = found.lines().filter(|line| !line.is_empty()).collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("expected each crate once in the module, but found {}", found.join(", "))))
}

/// Both packages as they would be published; a clone with changes of its own is welcome, too.
pub fn publication(project: &Project) -> Result<()> {
    let manifest = fs::read_to_string(project.root("pkg/package.json")).context(|| "read package.json".to_string())?;
    let installed = ["\"dependencies\"", "\"optionalDependencies\"", "\"bundleDependencies\"", "\"scripts\""];
    // Peers are for pages that have them: each is optional.
    let peers = manifest.split_once("\"peerDependencies\": {").and_then(|(_, rest)| rest.split_once('}'));
    let peers = peers.map_or(0, |(peers, _)| peers.lines().filter(|line| line.contains(':')).count());
    if installed.iter().any(|member| manifest.contains(member))
        || manifest.matches("\"optional\": true").count() != peers
    {
        return Err(Failure::new("expected a package without dependencies and scripts, see pkg/package.json"));
    }
    let arguments = ["publish", "--dry-run", "--allow-dirty", "--quiet"];
    run("supply: cargo publish --dry-run", &mut project.cargo(&arguments))
}

/// The advisories of npm's registry, and the folders for which it did not answer.
pub fn advisories(project: &Project) -> Result<Option<String>> {
    for folder in NPM_FOLDERS.iter().filter(|folder| project.root(folder).join("package-lock.json").is_file()) {
        progress(format_args!("supply: npm audit {folder}"));
        let mut command = project.command("npm");
        command.args(["audit", "--json", "--package-lock-only", "--audit-level=high"]);
        let output = command
            .current_dir(project.root(folder))
            .output()
            .map_err(|error| Failure::new(format!("npm audit: cannot start: {error}")))?;
        let report = String::from_utf8_lossy(&output.stdout);
        if !report.contains("\"auditReportVersion\"") {
            return Ok(Some("npm audit: the registry does not answer it".to_string()));
        }
        if !output.status.success() {
            return Err(Failure::new(format!("npm audit reports severe advisories: see `npm audit` in ./{folder}")));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_or_one_side_is_enough_and_of_and_both_are_needed() {
        for allowed in [
            "MIT",
            "MIT/Apache-2.0",
            "Unlicense OR MIT",
            "GPL-3.0 OR MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
            "MIT AND (GPL-3.0 OR Zlib)",
        ] {
            assert!(is_allowed(allowed), "{allowed}");
        }
        for refused in
            ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND GPL-3.0", "MIT AND (GPL-3.0 OR AGPL-3.0)"]
        {
            assert!(!is_allowed(refused), "{refused}");
        }
    }
}
