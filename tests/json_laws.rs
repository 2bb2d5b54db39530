//! The laws of `docs/MERGE-RULES.md` over all small arrays and over seeded random documents. Each test names its laws.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::too_many_lines,
    missing_docs,
    reason = "a table or a law may be long, and a test may fail loudly"
)]

mod support;

use std::collections::HashSet;

use mergefetch::merge::json::{Document, Documents, JsonMerge, Options, Value, merge};
use mergefetch::merge::{ChangeState, Pick};
use support::{Json, Random};

struct Triple {
    base: Document,
    mine: Document,
    theirs: Document,
}

impl Triple {
    fn new(base: &str, mine: &str, theirs: &str) -> Self {
        let [base, mine, theirs] = [base, mine, theirs].map(|text| Document::parse(text).unwrap());
        Self { base, mine, theirs }
    }

    fn documents(&self) -> Documents<'_> {
        Documents { base: Some(&self.base), mine: &self.mine, theirs: &self.theirs }
    }

    fn merge(&self) -> (JsonMerge, String) {
        let merged = merge(self.documents(), &Options::default()).unwrap();
        let text = merged.text(self.documents()).unwrap();
        (merged, text)
    }

    fn shown(&self) -> String {
        format!("{} | {} | {}", self.base.text(), self.mine.text(), self.theirs.text())
    }
}

fn equal(left: &str, right: &str) -> bool {
    Document::parse(left).unwrap().root().equals(Document::parse(right).unwrap().root())
}

/// All arrays of up to three elements out of three.
fn small_arrays() -> Vec<Vec<u32>> {
    let mut all = vec![Vec::new()];
    for length in 0..3 {
        let longer: Vec<Vec<u32>> = all
            .iter()
            .filter(|array| array.len() == length)
            .flat_map(|array| (0..3).map(move |last| array.iter().copied().chain([last]).collect()))
            .collect();
        all.extend(longer);
    }
    all
}

/// Whether the three symbols appear in order: all other triples are renamings of such a one.
fn canonical(arrays: [&[u32]; 3]) -> bool {
    let mut next = 0;
    arrays.into_iter().flatten().all(|&symbol| {
        let known = symbol <= next;
        next = next.max(symbol + 1);
        known
    })
}

fn text_of(array: &[u32]) -> String {
    format!("[{}]", array.iter().map(u32::to_string).collect::<Vec<_>>().join(","))
}

fn numbers(text: &str) -> Vec<u32> {
    Document::parse(text).unwrap().root().elements().iter().map(|value| value.source().parse().unwrap()).collect()
}

/// The conflicts without the names of their sides.
fn unsided(merged: &JsonMerge, swapped: bool) -> Vec<(ChangeState, Option<String>, [Option<String>; 2])> {
    let mut seen: Vec<_> = merged
        .changes()
        .iter()
        .map(|change| {
            let state = match change.state {
                ChangeState::Mine if swapped => ChangeState::Theirs,
                ChangeState::Theirs if swapped => ChangeState::Mine,
                state => state,
            };
            let sides = [change.mine.clone(), change.theirs.clone()];
            (state, change.base.clone(), if swapped { [sides[1].clone(), sides[0].clone()] } else { sides })
        })
        .collect();
    seen.sort_by_key(|entry| format!("{entry:?}"));
    seen
}

fn check_arrays(base: &[u32], mine: &[u32], theirs: &[u32]) {
    let triple = Triple::new(&text_of(base), &text_of(mine), &text_of(theirs));
    let (merged, text) = triple.merge();
    let shown = triple.shown();
    let result = numbers(&text);
    if base == mine {
        assert!(merged.is_clean() && result == theirs, "L1: {shown}: {text}");
    }
    if base == theirs || mine == theirs {
        assert!(merged.is_clean() && result == mine, "L1, L2: {shown}: {text}");
    }
    let swapped = Triple::new(&text_of(base), &text_of(theirs), &text_of(mine));
    let (other, other_text) = swapped.merge();
    assert_eq!(merged.is_clean(), other.is_clean(), "L3: {shown}");
    assert_eq!(unsided(&merged, false), unsided(&other, true), "L3: {shown}");
    if merged.is_clean() {
        assert_eq!(text, other_text, "L3: {shown}");
        check_counts(base, mine, theirs, &result, &merged, &shown);
    }
    check_picks(&triple, &merged, &shown);
}

fn check_counts(base: &[u32], mine: &[u32], theirs: &[u32], result: &[u32], merged: &JsonMerge, shown: &str) {
    let is_unique = |array: &&[u32]| array.iter().collect::<HashSet<_>>().len() == array.len();
    let arrays = [base, mine, theirs];
    if arrays.iter().all(|array| array.len() == base.len()) && !arrays.iter().all(is_unique) {
        // Values belong to their places there (law J17).
        return;
    }
    for symbol in 0..3 {
        let count = |array: &[u32]| array.iter().filter(|&&element| element == symbol).count() as i64;
        let (b, m, t, r) = (count(base), count(mine), count(theirs), count(result));
        if b <= 1 && m <= 1 && t <= 1 {
            let deltas = [0, m - b, t - b, m + t - 2 * b];
            assert!(
                (*deltas.iter().min().unwrap()..=*deltas.iter().max().unwrap()).contains(&(r - b)),
                "S3 of {symbol}: {shown}: {result:?} {:?}",
                merged.changes()
            );
            assert!(r <= 1, "S4 of {symbol}: {shown}: {result:?}");
            if b == 1 && (m == 0) != (t == 0) {
                assert_eq!(r, 0, "S2 of {symbol}: {shown}: {result:?}");
            }
            if b == 0 && m + t > 0 {
                assert_eq!(r, 1, "S2 of {symbol}: {shown}: {result:?}");
            }
        }
    }
}

fn check_picks(triple: &Triple, merged: &JsonMerge, shown: &str) {
    let count = merged.changes().len();
    let compose = |pick: Pick<'_>| merged.compose(triple.documents(), &vec![pick; count]).unwrap();
    assert_eq!(compose(Pick::Auto), triple.merge().1, "{shown}");
    assert!(
        equal(&compose(Pick::Mine), triple.mine.text()),
        "R1 mine: {shown}: {} {:?}",
        compose(Pick::Mine),
        merged.changes()
    );
    assert!(
        equal(&compose(Pick::Theirs), triple.theirs.text()),
        "R1 theirs: {shown}: {} {:?}",
        compose(Pick::Theirs),
        merged.changes()
    );
    // An element that one side removed and the other moved comes back where the other moved it: order is not compared.
    let (back, base) = (Document::parse(compose(Pick::Base)).unwrap(), &triple.base);
    assert_eq!(
        unordered(back.root()),
        unordered(base.root()),
        "R1 base: {shown}: {} {:?}",
        back.text(),
        merged.changes()
    );
}

/// A value up to the order of its elements and members.
fn unordered(value: Value<'_>) -> String {
    let mut parts: Vec<String> = value.elements().into_iter().map(unordered).collect();
    parts.extend(value.members().into_iter().map(|(name, value)| format!("{name}:{}", unordered(value))));
    parts.sort();
    if parts.is_empty() {
        value.as_str().unwrap_or_else(|| value.source().replace("1.0", "1"))
    } else {
        format!("{}{parts:?}", &value.source()[..1])
    }
}

#[test]
fn l1_l2_l3_s2_s3_s4_r1_hold_for_all_arrays_of_up_to_three_elements() {
    let all = small_arrays();
    for base in &all {
        for mine in &all {
            for theirs in &all {
                if canonical([base, mine, theirs]) {
                    check_arrays(base, mine, theirs);
                }
            }
        }
    }
}

#[test]
fn l1_l2_l3_s2_s3_s4_r1_hold_for_permutations_with_insertions_and_removals() {
    let mut random = Random(3);
    for _ in 0..6_000 {
        let count = 2 + random.below(6) as u32;
        let base: Vec<u32> = (3..3 + count).collect();
        let edit = |random: &mut Random| {
            let mut side = base.clone();
            for _ in 0..random.below(4) {
                match random.below(3) {
                    0 if !side.is_empty() => {
                        side.remove(random.below(side.len()));
                    }
                    1 if side.len() > 1 => {
                        let element = side.remove(random.below(side.len()));
                        side.insert(random.below(side.len() + 1), element);
                    }
                    _ => {
                        let new = random.below(3) as u32;
                        if !side.contains(&new) {
                            side.insert(random.below(side.len() + 1), new);
                        }
                    }
                }
            }
            side
        };
        let (mine, theirs) = (edit(&mut random), edit(&mut random));
        check_arrays(&base, &mine, &theirs);
    }
}

#[test]
fn l1_l2_l3_s2_s3_s4_r1_hold_for_unrelated_arrays_without_repetition() {
    let mut random = Random(5);
    for _ in 0..20_000 {
        let mut array = || {
            let mut symbols: Vec<u32> = (0..8).collect();
            let length = random.below(7);
            (0..length).map(|_| symbols.remove(random.below(symbols.len()))).collect::<Vec<u32>>()
        };
        check_arrays(&array(), &array(), &array());
    }
}

#[test]
fn the_laws_hold_for_random_documents() {
    let mut random = Random(11);
    for round in 0..3_000 {
        let base = Json::random(&mut random, 4);
        let mine_edits = random.below(4);
        let mine = base.edited(&mut random, mine_edits);
        let theirs_edits = random.below(4);
        let theirs = base.edited(&mut random, theirs_edits);
        let indent = [None, Some("  "), Some("\t")][round % 3];
        let [b, m, t] = [&base, &mine, &theirs].map(|side| side.text(indent));
        let triple = Triple::new(&b, &m, &t);
        let shown = format!("round {round}: {}", triple.shown());
        let (merged, text) = triple.merge();
        let result = Document::parse(text.as_str()).unwrap_or_else(|error| panic!("S8: {shown}: {text}: {error}"));
        let same = |left: &str, right: &str| Triple::new(left, right, left).merge().1 == right;
        assert!(same(&b, &m), "L1: {shown}");
        assert_eq!(Triple::new(&b, &b, &t).merge().1, t, "L1: {shown}");
        assert!(Triple::new(&b, &m, &m).merge().0.is_clean(), "L2: {shown}");
        assert!(equal(&Triple::new(&b, &m, &m).merge().1, &m), "L2: {shown}");
        let (other, other_text) = Triple::new(&b, &t, &m).merge();
        assert_eq!(unsided(&merged, false), unsided(&other, true), "L3: {shown}");
        if merged.is_clean() {
            assert!(equal(&text, &other_text), "L3: {shown}: {text} {other_text}");
            assert!(equal(&Triple::new(&t, &text, &t).merge().1, &text), "R5: {shown}");
        }
        check_scalars(&[&base, &mine, &theirs], result.root(), &shown);
        check_picks(&triple, &merged, &shown);
        let ids: HashSet<&str> = merged.changes().iter().map(|change| change.id.as_str()).collect();
        assert_eq!(ids.len(), merged.changes().len(), "ids are unique: {shown}: {:?}", merged.changes());
        check_random_picks(&mut random, &triple, &merged, &shown);
        check_paths(&triple, &merged, &result, &shown);
    }
}

/// S1: every scalar comes from a side, with its spelling (J2).
fn check_scalars(sides: &[&Json], result: Value<'_>, shown: &str) {
    let mut known = Vec::new();
    for side in sides {
        side.scalars(&mut known);
    }
    let known: HashSet<String> = known.into_iter().collect();
    let mut open = vec![result];
    while let Some(value) = open.pop() {
        let children: Vec<Value<'_>> =
            value.members().into_iter().map(|(_, child)| child).chain(value.elements()).collect();
        if children.is_empty() && !matches!(value.source(), "{}" | "[]") {
            assert!(known.contains(value.source()), "S1: {shown}: {}", value.source());
        }
        open.extend(children);
    }
}

/// R2: every choice gives a well-formed result.
fn check_random_picks(random: &mut Random, triple: &Triple, merged: &JsonMerge, shown: &str) {
    for _ in 0..3 {
        let choices = [Pick::Auto, Pick::Base, Pick::Mine, Pick::Theirs];
        let picks: Vec<Pick<'_>> = merged.changes().iter().map(|_| *random.pick(&choices)).collect();
        let text = merged.compose(triple.documents(), &picks).unwrap();
        assert!(Document::parse(text.as_str()).is_ok(), "R2: {shown}: {picks:?}: {text}");
    }
}

/// A change of a value in the result has the path of that value.
fn check_paths(triple: &Triple, merged: &JsonMerge, result: &Document, shown: &str) {
    for change in merged.changes() {
        let value = match change.state {
            ChangeState::Theirs => &change.theirs,
            _ => &change.mine,
        };
        // A moved record inside the value has its own change.
        let below = format!("{}/", change.path);
        let plain = !change.id.contains('#') && merged.changes().iter().all(|other| !other.path.starts_with(&below));
        if let (Some(value), true) = (value, plain) {
            let found =
                result.root().pointer(&change.path).unwrap_or_else(|| panic!("{shown}: {change:?} {}", result.text()));
            assert!(
                found.equals(Document::parse(value.as_str()).unwrap().root()),
                "{shown}: {change:?} {}",
                result.text()
            );
        }
        let _ = triple;
    }
}

#[test]
fn l4_mirrored_arrays_merge_alike_or_are_marked_ambiguous() {
    let all = small_arrays();
    let (mut bad, mut clean, mut ambiguous, mut alike) = (Vec::new(), 0, 0, 0);
    let merged = |base: &[u32], mine: &[u32], theirs: &[u32]| {
        let (merged, text) = Triple::new(&text_of(base), &text_of(mine), &text_of(theirs)).merge();
        (merged.is_clean(), merged.changes().iter().any(|change| change.ambiguous), numbers(&text))
    };
    let mirror = |array: &[u32]| array.iter().rev().copied().collect::<Vec<u32>>();
    for base in &all {
        for mine in &all {
            for theirs in &all {
                if !canonical([base, mine, theirs]) {
                    continue;
                }
                let (is_clean, unsure, result) = merged(base, mine, theirs);
                if !is_clean {
                    continue;
                }
                clean += 1;
                let (other_clean, _, other) = merged(&mirror(base), &mirror(mine), &mirror(theirs));
                if unsure {
                    ambiguous += 1;
                    alike += usize::from(other_clean && mirror(&other) == result);
                } else if !other_clean || mirror(&other) != result {
                    bad.push(format!("{base:?} {mine:?} {theirs:?}: {result:?} {other_clean} {:?}", mirror(&other)));
                }
            }
        }
    }
    println!("{clean} clean, {ambiguous} of them ambiguous, of which {alike} merge alike when mirrored");
    assert_eq!(bad, Vec::<String>::new());
}
