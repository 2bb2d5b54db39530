//! Two documents compared in lines, for people.
//!
//! Lines that stand once in both documents, in one order, are the anchors (the idea of Bram Cohen's *patience diff*); what lies between
//! them is compared as for a merge. A hunk that could stand in several places stands where its indentation begins.

use text_diff::{Comparison, Hunk, Parts, Span, slid};

/// Compares two sequences of lines; `line_of` gives the text of a token.
pub(super) fn compare_shown<'t>(before: &[u32], after: &[u32], line_of: impl Fn(u32) -> &'t str) -> Comparison {
    let mut parts = Parts::default();
    let mut found = Comparison::default();
    let (mut old, mut new) = (0, 0);
    let ends = (before.len() as u32, after.len() as u32);
    for (old_end, new_end) in anchors(before, after).into_iter().chain([ends]) {
        let (b, a) = (&before[old as usize..old_end as usize], &after[new as usize..new_end as usize]);
        if b != a {
            let part = parts.compare(b, a, None);
            for (hunks, all) in [(part.hunks, &mut found.hunks), (part.cut, &mut found.cut)] {
                for hunk in hunks {
                    all.push(Hunk { before: by(hunk.before, old), after: by(hunk.after, new) });
                }
            }
        }
        (old, new) = (old_end + 1, new_end + 1);
    }
    found.hunks = slid(&found.hunks, before, after);
    indent(&mut found.hunks, before, after, &line_of);
    found
}

fn by(span: Span, by: u32) -> Span {
    Span::new(span.start + by, span.end + by)
}

/// The most lines that stand once in either document, in one order, with their places in both.
fn anchors(before: &[u32], after: &[u32]) -> Vec<(u32, u32)> {
    /// In neither document, or more than once.
    const NONE: u32 = u32::MAX;
    let tokens = before.iter().chain(after).max().map_or(0, |token| *token as usize + 1);
    let places = |lines: &[u32]| {
        let mut places = vec![(NONE, false); tokens];
        for (place, token) in lines.iter().enumerate() {
            let known = &mut places[*token as usize];
            *known = if known.1 { (NONE, true) } else { (place as u32, true) };
        }
        places
    };
    let there = places(after);
    let here = places(before);
    let mut pairs = Vec::new();
    for (place, token) in before.iter().enumerate() {
        let (only, other) = (here[*token as usize].0, there[*token as usize].0);
        if only != NONE && other != NONE {
            pairs.push((place as u32, other));
        }
    }
    longest_rising(&pairs)
}

/// Of pairs that rise in the first number, the most that rise in the second too.
fn longest_rising(pairs: &[(u32, u32)]) -> Vec<(u32, u32)> {
    // For each length the pair with which a run of it ends lowest, and for each pair the one before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before = Vec::with_capacity(pairs.len());
    for (index, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < pair.1);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(index);
        } else {
            ends[length] = index;
        }
    }
    let mut rising = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(index) = next {
        rising.push(pairs[index]);
        next = before[index];
    }
    rising.reverse();
    rising
}

/// Moves each hunk that only inserts, or only deletes, to the best of the places where it could stand.
fn indent<'t>(hunks: &mut [Hunk], before: &[u32], after: &[u32], line_of: &dyn Fn(u32) -> &'t str) {
    for index in 0..hunks.len() {
        let hunk = hunks[index];
        // A line that both have stays between two hunks.
        let floor = index.checked_sub(1).map_or((0, 0), |last| (hunks[last].before.end + 1, hunks[last].after.end + 1));
        let (lines, run, floor) = match (hunk.before.is_empty(), hunk.after.is_empty()) {
            (true, _) => (after, hunk.after, floor.1),
            (_, true) => (before, hunk.before, floor.0),
            _ => continue,
        };
        let up = best_rise(lines, run, floor, line_of);
        let raised = |span: Span| Span::new(span.start - up, span.end - up);
        hunks[index] = Hunk { before: raised(hunk.before), after: raised(hunk.after) };
    }
}

/// By how many lines to move a run up, which stands as far down as it can.
fn best_rise<'t>(lines: &[u32], run: Span, floor: u32, line_of: &dyn Fn(u32) -> &'t str) -> u32 {
    /// Further than that nobody sees that it is one place of many (Git's figure).
    const FURTHEST: u32 = 100;
    let mut best = (u32::MAX, 0);
    for up in 0..=FURTHEST.min(run.start.saturating_sub(floor)) {
        let (start, end) = ((run.start - up) as usize, (run.end - up) as usize);
        let strangeness = strangeness(lines, start, line_of) + strangeness(lines, end, line_of);
        if strangeness < best.0 {
            best = (strangeness, up);
        }
        if start == 0 || lines[start - 1] != lines[end - 1] {
            break;
        }
    }
    best.1
}

/// How strange an edge of a hunk before the line `at` looks: a person would have cut before a line that is indented as little as
/// possible, behind a blank line, and not before the end of a block.
fn strangeness<'t>(lines: &[u32], at: usize, line_of: &dyn Fn(u32) -> &'t str) -> u32 {
    const DEEPER: u32 = 8;
    let indent_of = |token: &u32| indent_width(line_of(*token));
    let Some(below) = lines[at..].iter().take(20).find_map(indent_of) else {
        return 0;
    };
    let above = lines[..at].iter().rev().take(20).find_map(indent_of).unwrap_or(0);
    let is_blank = |at: Option<usize>| at.and_then(|at| lines.get(at)).is_some_and(|line| indent_of(line).is_none());
    let behind_blank = at == 0 || is_blank(at.checked_sub(1));
    let before_blank = is_blank(Some(at));
    below * DEEPER + 2 * u32::from(below < above && !behind_blank) + u32::from(!behind_blank) + u32::from(before_blank)
}

/// How many columns the text of a line is indented; none for a blank line.
fn indent_width(line: &str) -> Option<u32> {
    let mut width = 0;
    for byte in line.bytes().take(200) {
        match byte {
            b' ' => width += 1,
            b'\t' => width += 8 - width % 8,
            b'\r' | b'\n' | b'\x0b' | b'\x0c' => {}
            _ => return Some(width),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of `after` that are shown as inserted.
    fn inserted(before: &str, after: &str) -> String {
        let mut interner = text_diff::Interner::new();
        let mut tokens =
            |text: &'static str| -> Vec<u32> { text.split_inclusive('\n').map(|line| interner.intern(line)).collect() };
        let (old, new) = (tokens(Box::leak(before.into())), tokens(Box::leak(after.into())));
        let found = compare_shown(&old, &new, |token| interner.unit(token));
        let lines: Vec<&str> = after.split_inclusive('\n').collect();
        found.hunks.iter().flat_map(|hunk| lines[hunk.after.start as usize..hunk.after.end as usize].to_vec()).collect()
    }

    #[test]
    fn a_run_is_put_where_a_person_would_have_written_it() {
        let cases = [
            // Before and after, and what is shown as inserted.
            (
                "fn a() {\n    1\n}\n\nfn c() {\n    3\n}\n",
                "fn a() {\n    1\n}\n\nfn b() {\n    2\n}\n\nfn c() {\n    3\n}\n",
                "fn b() {\n    2\n}\n\n",
            ),
            ("fn a() {\n    1\n}\n", "fn a() {\n    1\n}\n\nfn b() {\n    1\n}\n", "\nfn b() {\n    1\n}\n"),
            (
                "def a():\n    x\ndef c():\n    x\n",
                "def a():\n    x\ndef b():\n    x\ndef c():\n    x\n",
                "def b():\n    x\n",
            ),
            ("if a {\n  if b {\n  }\n}\n", "if a {\n  if b {\n  }\n  if b {\n  }\n}\n", "  if b {\n  }\n"),
            ("- one\n\n- three\n", "- one\n\n- two\n\n- three\n", "- two\n\n"),
            (
                "/**\n * A.\n */\na();\n",
                "/**\n * B.\n */\nb();\n\n/**\n * A.\n */\na();\n",
                "/**\n * B.\n */\nb();\n\n",
            ),
        ];
        for (before, after, expected) in cases {
            assert_eq!(inserted(before, after), expected, "{after}");
        }
    }

    #[test]
    fn the_most_anchors_in_one_order_are_kept() {
        assert_eq!(anchors(&[1, 2, 3, 4], &[4, 1, 2, 9, 3]), [(0, 1), (1, 2), (2, 4)]);
        assert_eq!(anchors(&[1, 1, 2], &[1, 2, 2]), []);
    }
}
