//! Documents drawn by proptest, which makes them smaller where a law fails. Every machine draws the same; `PROPTEST_RNG_SEED=N` draws
//! others, `PROPTEST_CASES=N` so many of each.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::panic, reason = "a law that is broken is a panic")]

use std::cell::RefCell;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};

/// Checks a law on `cases` random inputs.
pub fn all<S: Strategy>(cases: u32, strategy: &S, each: impl FnMut(S::Value)) {
    let asked = |name: &str| std::env::var(name).is_ok();
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if !asked("PROPTEST_CASES") {
        config.cases = cases;
    }
    if !asked("PROPTEST_RNG_SEED") {
        config.rng_seed = RngSeed::Fixed(1);
    }
    let each = RefCell::new(each);
    let result = TestRunner::new(config).run(strategy, |drawn| {
        each.borrow_mut()(drawn);
        Ok(())
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, drawn)) => panic!("{reason}\nfor {drawn:?}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

/// An operation on a sequence: its place, its target, and the new items.
type Edit = (u8, Index, Index, String);

fn edited(base: &[String], edits: Vec<Edit>) -> Vec<String> {
    let mut lines = base.to_vec();
    for (kind, at, to, word) in edits {
        let at = at.index(lines.len() + 1);
        match kind {
            0 | 1 => lines.insert(at, word),
            _ if at == lines.len() => {}
            2 => drop(lines.remove(at)),
            3 => lines[at] = word,
            4 => {
                let line = lines.remove(at);
                lines.insert(to.index(lines.len() + 1), line);
            }
            _ => {
                let line = lines[at].clone();
                lines.insert(to.index(lines.len() + 1), line);
            }
        }
    }
    lines
}

/// A base of fewer than `longest` of these words, and two copies with fewer than `edits` insertions, deletions, replacements, moves and
/// copies each.
pub fn triples(words: &[&str], longest: usize, edits: usize) -> impl Strategy<Value = [Vec<String>; 3]> {
    let word = select(words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>());
    let edits = vec((0_u8..6, any::<Index>(), any::<Index>(), word.clone()), 0..edits);
    (vec(word, 0..longest), edits.clone(), edits).prop_map(|(base, mine, theirs)| {
        let (mine, theirs) = (edited(&base, mine), edited(&base, theirs));
        [base, mine, theirs]
    })
}

/// A base of lines that are all different, and two copies with fewer than `edits` insertions, deletions, replacements and, where asked
/// for, moves each.
pub fn unique_triples(longest: usize, edits: usize, moves: bool) -> impl Strategy<Value = [Vec<String>; 3]> {
    // No copies: they would repeat a line.
    let edits = vec((0..if moves { 5_u8 } else { 4 }, any::<Index>(), any::<Index>()), 0..edits);
    (0..longest, edits.clone(), edits).prop_map(|(length, mine, theirs)| {
        let base: Vec<String> = (0..length).map(|line| format!("line {line}")).collect();
        let side = |name: &str, edits: Vec<(u8, Index, Index)>| {
            let named = edits.into_iter().enumerate();
            edited(&base, named.map(|(number, (kind, at, to))| (kind, at, to, format!("{name} {number}"))).collect())
        };
        let (mine, theirs) = (side("mine", mine), side("theirs", theirs));
        [base, mine, theirs]
    })
}

/// How a document is written: the end of its lines, whether the last one has it, and whether a byte order mark stands before it.
pub fn layouts() -> impl Strategy<Value = [(String, bool, bool); 3]> {
    let end = select(vec!["\n", "\n", "\n", "\r\n"]).prop_map(str::to_owned);
    let one = (end, (0..4).prop_map(|number| number > 0), (0..8).prop_map(|number| number == 0));
    [one.clone(), one.clone(), one]
}

/// The text of lines in a layout.
pub fn text_in(lines: &[String], (end, ended, marked): &(String, bool, bool)) -> String {
    let mut text = if *marked { "\u{feff}".to_owned() } else { String::new() };
    text.push_str(&lines.join(end));
    if *ended && !lines.is_empty() {
        text.push_str(end);
    }
    text
}
