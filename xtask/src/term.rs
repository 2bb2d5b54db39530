//! The output for people: progress lines with the time since the start, tables, and errors of one sentence.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Write};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Why a command stopped, as one sentence without a final full stop.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// A failure of which a person has already read.
    pub fn reported() -> Self {
        Self(String::new())
    }
}

/// The result of every step.
pub type Result<T> = std::result::Result<T, Failure>;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Adds the action to an I/O error.
pub trait Context<T> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Failure(format!("cannot {}: {error}", what())))
    }
}

#[allow(clippy::disallowed_methods, reason = "xtask runs natively only and shows how long its steps take")]
pub fn now() -> Instant {
    Instant::now()
}

static START: OnceLock<Instant> = OnceLock::new();

/// Starts the clock of the progress lines, at its first call.
pub fn elapsed() -> Duration {
    START.get_or_init(now).elapsed()
}

thread_local! {
    static PREFIX: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Starts every line of this thread, and of the processes that it starts, with a name, or with nothing.
pub fn prefix_lines_with(name: Option<&str>) {
    PREFIX.set(name.map(|name| format!("{name}: ")).unwrap_or_default());
}

/// The start of every line of this thread.
pub fn prefix() -> String {
    PREFIX.with_borrow(String::clone)
}

/// Prints a progress line: seconds since the start, then the current step.
pub fn progress(line: impl fmt::Display) {
    // A closed pipe is no reason to stop a build.
    let _ = writeln!(io::stderr(), "{}[{:4} s] {line}", prefix(), elapsed().as_secs());
}

/// Prints one sentence about a failure.
pub fn error(failure: &Failure) {
    if !failure.0.is_empty() {
        let _ = writeln!(io::stderr(), "{}error: {failure}", prefix());
    }
}

/// Lays out rows in columns: the first column to the left, numbers to the right, the rest to the left.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let numeric: Vec<bool> = (0..columns)
        .map(|column| rows.iter().skip(1).filter_map(|row| row.get(column)).all(|cell| is_number(cell)))
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for ((cell, &width), &numeric) in row.iter().zip(&widths).zip(&numeric) {
            let padded = if numeric { format!("{cell:>width$}  ") } else { format!("{cell:<width$}  ") };
            line.push_str(&padded);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn is_number(cell: &str) -> bool {
    !cell.is_empty() && cell.chars().all(|c| c.is_ascii_digit() || c == ' ' || c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cells: &[&[&str]]) -> Vec<Vec<String>> {
        cells.iter().map(|row| row.iter().map(|cell| (*cell).to_string()).collect()).collect()
    }

    #[test]
    fn numbers_stand_right_and_words_left_without_blanks_at_the_end() {
        let text = table(&rows(&[&["part", "s", "why"], &["native", "7", ""], &["e2e", "123", "no page"]]));
        assert_eq!(text, "part      s  why\nnative    7\ne2e     123  no page\n");
    }

    #[test]
    fn a_table_without_rows_is_empty() {
        assert_eq!(table(&[]), "");
    }
}
