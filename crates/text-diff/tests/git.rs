//! Git as the oracle: `git diff` finds the same hunks, also where a search is so long that both stop at a limit.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may fail")]

use std::fs;
use std::path::Path;
use std::process::Command;

use text_diff::{Comparison, Interner, LineKey, compare_within, split_lines};

/// A small generator (xorshift64*): the same numbers on every machine.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit.max(1)
    }
}

fn found(before: &str, after: &str) -> Comparison {
    let mut interner = Interner::new();
    let mut tokens = |text| split_lines(text, false, LineKey::Bytes, &mut interner).tokens;
    let (before, after) = (tokens(before), tokens(after));
    compare_within(&before, &after, Some(u64::MAX))
}

/// The hunks as start and length in either document, counted from 0.
fn hunks_of_git(folder: &Path, before: &str, after: &str) -> Vec<[u32; 4]> {
    fs::write(folder.join("before"), before).unwrap();
    fs::write(folder.join("after"), after).unwrap();
    let mut git = Command::new("git");
    git.current_dir(folder).args([
        "diff",
        "--no-index",
        "--no-color",
        "--diff-algorithm=myers",
        "--no-indent-heuristic",
    ]);
    // Without context Git compares other documents: it takes the common end away first.
    let output = git.args(["-U1", "--", "before", "after"]).output().expect("Git, the oracle of this test");
    let (mut before, mut after) = (0, 0);
    let mut hunks: Vec<[u32; 4]> = Vec::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let side = |sign| -> u32 {
            let (_, rest) = line.split_once(sign).expect("a header of a hunk");
            rest.split([',', ' ']).next().and_then(|number| number.parse().ok()).expect("a number")
        };
        match line.as_bytes().first() {
            Some(b'@') => (before, after) = (side(" -").max(1) - 1, side(" +").max(1) - 1),
            Some(b' ') => (before, after) = (before + 1, after + 1),
            Some(b'-') if !line.starts_with("---") => {
                grow(&mut hunks, before, after, [1, 0]);
                before += 1;
            }
            Some(b'+') if !line.starts_with("+++") => {
                grow(&mut hunks, before, after, [0, 1]);
                after += 1;
            }
            _ => {}
        }
    }
    hunks
}

fn grow(hunks: &mut Vec<[u32; 4]>, before: u32, after: u32, [removed, added]: [u32; 2]) {
    match hunks.last_mut() {
        Some([b, bn, a, an]) if *b + *bn == before && *a + *an == after => {
            *bn += removed;
            *an += added;
        }
        _ => hunks.push([before, removed, after, added]),
    }
}

fn lines(random: &mut Random, count: usize, symbols: usize) -> Vec<String> {
    (0..count).map(|_| format!("line {}", random.below(symbols))).collect()
}

fn edited(random: &mut Random, lines: &[String], edits: usize, symbols: usize) -> Vec<String> {
    let mut lines = lines.to_vec();
    for _ in 0..edits {
        let at = random.below(lines.len() + 1);
        let line = format!("line {}", random.below(symbols));
        match random.below(4) {
            0 => lines.insert(at, line),
            1 if at < lines.len() => drop(lines.remove(at)),
            2 if at < lines.len() => lines[at] = line,
            _ if at < lines.len() => {
                let end = (at + random.below(40)).min(lines.len());
                let block: Vec<String> = lines.drain(at..end).collect();
                let to = random.below(lines.len() + 1);
                lines.splice(to..to, block);
            }
            _ => {}
        }
    }
    lines
}

#[test]
fn hunks_are_those_of_git_also_where_the_search_stops_at_a_limit() {
    let folder = std::env::temp_dir().join(format!("text-diff-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (mut cut, mut compared) = (0, 0);
    for seed in 0..240 {
        let mut random = Random::new(seed);
        let count = [20, 300, 1200, 4000][random.below(4)];
        let symbols = [2, 10, 60, 400, 3000, 100_000][random.below(6)];
        let before = lines(&mut random, count, symbols);
        let edits = [3, count / 20, count / 4, count][random.below(4)];
        let after = if random.below(6) == 0 {
            lines(&mut random, count, symbols)
        } else {
            edited(&mut random, &before, edits, symbols)
        };
        let text = |lines: &[String]| lines.join("\n") + "\n";
        let (before, after) = (text(&before), text(&after));
        let ours = found(&before, &after);
        let theirs = hunks_of_git(&folder, &before, &after);
        let hunks: Vec<[u32; 4]> = ours
            .hunks
            .iter()
            .map(|hunk| [hunk.before.start, hunk.before.len(), hunk.after.start, hunk.after.len()])
            .collect();
        assert_eq!(hunks, theirs, "seed {seed}: {count} lines of {symbols} symbols, {edits} edits");
        cut += usize::from(!ours.cut.is_empty());
        compared += 1;
    }
    fs::remove_dir_all(&folder).unwrap();
    println!("{compared} compared, in {cut} of them the search stopped at a limit");
    assert!(cut > 10, "the limits are not reached");
}
