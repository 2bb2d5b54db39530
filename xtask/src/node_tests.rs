//! Tests that run by `node --test`.

use std::path::PathBuf;
use std::process::Command;

use crate::project::{Project, files_in};
use crate::term::{Failure, Result};

/// One test may take this long; the slowest end-to-end story takes seconds.
const TEST_LIMIT_MS: u32 = 300_000;

pub fn is_node_test(name: &str) -> bool {
    name.ends_with(".test.mjs")
}

/// One file after the other: browsers side by side on two cores only wait for each other. A failed test may leave a
/// browser open, which must not keep Node.js from ending.
pub fn node_test(project: &Project, files: &[PathBuf]) -> Command {
    node_test_within(project, files, TEST_LIMIT_MS)
}

/// The limit is one for each test and for each file.
pub fn node_test_within(project: &Project, files: &[PathBuf], limit_ms: u32) -> Command {
    let mut command = project.command("node");
    command.args(["--test", "--test-reporter=spec", "--test-concurrency=1", "--test-force-exit"]);
    command.arg(format!("--test-timeout={limit_ms}")).args(files);
    command
}

pub fn expect_files(project: &Project, folder: &str, pattern: &str, wanted: fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let files = files_in(&project.root(folder), wanted)?;
    if files.is_empty() {
        return Err(Failure::new(format!("expected tests in {folder}/{pattern}, but found none")));
    }
    Ok(files)
}
