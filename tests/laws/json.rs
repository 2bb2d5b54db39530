//! Laws of JSON merges, and of patches.

use mergefetch::error::ErrorCode;
use mergefetch::merge::Pick;
use mergefetch::merge::json::{Document, Documents, JsonMerge, Options, apply_patch, diff, merge};

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

/// L1, L2, L3, S8, J13, R1, R5.
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
    let result = parse(&text).unwrap_or_else(|| panic!("S8: {shown}: {text}"));
    if merge.is_clean() {
        assert!(equal(&merged(&t, &result, &t).1, &text), "R5: {shown}: {text}");
    }
    let documents = Documents { base: Some(&b), mine: &m, theirs: &t };
    // No JSON Pointer in UTF-8 names a member whose name holds a lone surrogate (docs/LAWS.md).
    let lone_surrogate = |text: &str| text.to_ascii_lowercase().contains("\\ud");
    if [base, mine, theirs].into_iter().any(lone_surrogate) {
        return;
    }
    let patch = merge.patch(documents).expect("a merge has a patch");
    assert!(equal(&apply_patch(&t, &patch).expect("a patch for theirs"), &text), "J13: {shown}: {text} {patch:?}");
    let patch = diff(&b, &t, &Options::default()).expect("two documents compare");
    assert!(equal(&apply_patch(&b, &patch).expect("a patch for base"), theirs), "J13: {shown}: {patch:?}");
    for (pick, side) in [(Pick::Mine, mine), (Pick::Theirs, theirs)] {
        let composed =
            merge.compose(documents, &vec![pick; merge.changes().len()]).expect("a decision for each change");
        assert!(equal(&composed, side), "R1 {pick:?}: {shown}: {composed}");
    }
}
