//! Laws of JSON merges, and of patches.

use std::collections::HashSet;

use mergefetch::error::ErrorCode;
use mergefetch::merge::json::{Document, Documents, JsonMerge, Options, Value, apply_patch, diff, merge};
use mergefetch::merge::{Change, ChangeOp, ChangeState, Pick};

/// Parses, or gives the typed error that it should (J5, J14).
pub fn parse(text: &str) -> Option<Document> {
    match Document::parse(text) {
        Ok(document) => {
            assert!(document.root().equals(document.root()), "{text:?}");
            assert_eq!(document.text(), text, "J2");
            Some(document)
        }
        Err(error) => {
            assert!(matches!(error.code(), ErrorCode::InvalidJson | ErrorCode::TooDeep), "{text:?}: {error}");
            None
        }
    }
}

fn merged(base: &Document, mine: &Document, theirs: &Document) -> (JsonMerge, String) {
    let documents = Documents { base: Some(base), mine, theirs };
    let merged = merge(documents, &Options::default()).expect("valid documents merge");
    let text = merged.text(documents).expect("a merge has a text");
    (merged, text)
}

fn equal(one: &str, other: &str) -> bool {
    match (Document::parse(one), Document::parse(other)) {
        (Ok(one), Ok(other)) => one.root().equals(other.root()),
        _ => false,
    }
}

/// A change without the names of its sides.
fn unsided(merge: &JsonMerge, swapped: bool) -> Vec<String> {
    let one = |change: &Change| {
        let state = match change.state {
            ChangeState::Mine if swapped => ChangeState::Theirs,
            ChangeState::Theirs if swapped => ChangeState::Mine,
            state => state,
        };
        let mut sides = [&change.mine, &change.theirs];
        if swapped {
            sides.reverse();
        }
        format!("{state:?} {:?} {:?} {sides:?}", change.op, change.base)
    };
    let mut all: Vec<String> = merge.changes().iter().map(one).collect();
    all.sort();
    all
}

fn leaves<'d>(value: Value<'d>, out: &mut Vec<Value<'d>>) {
    let children: Vec<Value<'_>> =
        value.members().into_iter().map(|(_, child)| child).chain(value.elements()).collect();
    if children.is_empty() {
        out.push(value);
    }
    children.into_iter().for_each(|child| leaves(child, out));
}

/// S1: every leaf is one of a side, as it is written there, unless texts were merged into it.
fn check_leaves(sides: [&Document; 3], merge: &JsonMerge, result: &Document, shown: &str) {
    let mut known = Vec::new();
    sides.iter().for_each(|side| leaves(side.root(), &mut known));
    let known: HashSet<&str> = known.iter().map(|leaf| leaf.source()).collect();
    let mut found = Vec::new();
    leaves(result.root(), &mut found);
    let merged_texts = merge.changes().iter().any(|change| change.op == ChangeOp::Text);
    for leaf in found {
        let source = leaf.source();
        let is_text = merged_texts && source.starts_with('"');
        // An empty value has lost nothing but blanks, or its children.
        let is_empty = source.starts_with(['[', '{']);
        assert!(is_text || is_empty || known.contains(source), "S1: {shown}: {source}");
    }
}

/// L1, L2, L3, S1, S8, J13, R1, R5.
pub fn check_merge(base: &str, mine: &str, theirs: &str) {
    let (Some(b), Some(m), Some(t)) = (parse(base), parse(mine), parse(theirs)) else {
        return;
    };
    let shown = format!("{base} | {mine} | {theirs}");
    assert_eq!(merged(&b, &b, &t).1, theirs, "L1: {shown}");
    assert_eq!(merged(&b, &m, &b).1, mine, "L1: {shown}");
    let (same, same_text) = merged(&b, &m, &m);
    assert!(same.is_clean() && equal(&same_text, mine), "L2: {shown}: {same_text}");
    let (merge, text) = merged(&b, &m, &t);
    let (other, other_text) = merged(&b, &t, &m);
    assert_eq!(merge.conflicts(), other.conflicts(), "L3: {shown}");
    assert!(!merge.is_clean() || equal(&text, &other_text), "L3: {shown}: {text} {other_text}");
    assert_eq!(unsided(&merge, false), unsided(&other, true), "L3: {shown}");
    let result = parse(&text).unwrap_or_else(|| panic!("S8: {shown}: {text}"));
    check_leaves([&b, &m, &t], &merge, &result, &shown);
    if merge.is_clean() {
        assert!(equal(&merged(&t, &result, &t).1, &text), "R5: {shown}: {text}");
    }
    let documents = Documents { base: Some(&b), mine: &m, theirs: &t };
    let patch = merge.patch(documents).expect("a merge has a patch");
    assert!(equal(&apply_patch(&t, &patch).expect("a patch for theirs"), &text), "J13: {shown}: {text} {patch:?}");
    let patch = diff(&b, &t, &Options::default()).expect("two documents compare");
    assert!(equal(&apply_patch(&b, &patch).expect("a patch for base"), theirs), "J13: {shown}: {patch:?}");
    // The line ends of a long string are merged on their own, whatever is decided about its lines (E1).
    if shown.contains("\\r") {
        return;
    }
    for (pick, side) in [(Pick::Mine, mine), (Pick::Theirs, theirs)] {
        let composed =
            merge.compose(documents, &vec![pick; merge.changes().len()]).expect("a decision for each change");
        assert!(equal(&composed, side), "R1 {pick:?}: {shown}: {composed}");
    }
}
