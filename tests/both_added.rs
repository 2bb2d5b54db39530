//! Items that both sides added: they conflict only if the two sides order common items in contradictory ways.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may fail loudly")]

use mergefetch::merge::json::{Document, Documents, JsonMerge, Options, Value, merge};
use mergefetch::merge::{ChangeState, Pick};

/// How a list of letters is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Values that are their own identity.
    Values,
    /// Records with a key.
    Records,
    /// Values in a list that is a member of a record.
    Nested,
    /// Values beside some that repeat.
    Sequence,
}

impl Form {
    fn text(self, list: &[char]) -> String {
        let join = |item: fn(&char) -> String| list.iter().map(item).collect::<Vec<_>>().join(",");
        let values = || join(|letter| format!("\"{letter}\""));
        match self {
            Self::Values => format!("[{}]", values()),
            Self::Records => format!("[{}]", join(|letter| format!(r#"{{"id":"{letter}"}}"#))),
            Self::Nested => format!(r#"[{{"id":0,"list":[{}]}}]"#, values()),
            Self::Sequence if list.is_empty() => "[0,0,0]".to_owned(),
            Self::Sequence => format!("[0,0,0,{}]", values()),
        }
    }

    /// The letters of a document.
    fn letters(document: &Document) -> Vec<char> {
        let mut found = Vec::new();
        let mut open = vec![document.root()];
        while let Some(value) = open.pop() {
            found.extend(value.as_str().and_then(|text| text.chars().next()));
            let mut below: Vec<Value<'_>> = value.members().into_iter().map(|(_, value)| value).collect();
            below.extend(value.elements());
            open.extend(below.into_iter().rev());
        }
        found
    }
}

struct Case {
    texts: [Document; 3],
}

impl Case {
    fn new(form: Form, lists: [&[char]; 3]) -> Self {
        Self { texts: lists.map(|list| Document::parse(form.text(list)).unwrap()) }
    }

    fn documents(&self) -> Documents<'_> {
        let [base, mine, theirs] = &self.texts;
        Documents { base: Some(base), mine, theirs }
    }

    fn merge(&self) -> JsonMerge {
        merge(self.documents(), &Options::default()).unwrap()
    }

    fn picked(&self, merged: &JsonMerge, pick: Pick<'_>) -> Vec<char> {
        let picks = vec![pick; merged.changes().len()];
        Form::letters(&Document::parse(merged.compose(self.documents(), &picks).unwrap()).unwrap())
    }
}

fn only(list: &[char], others: &[char]) -> Vec<char> {
    list.iter().copied().filter(|letter| others.contains(letter)).collect()
}

/// Every way to put `new`, in this order, into `list`.
fn put(list: &[char], new: &[char]) -> Vec<Vec<char>> {
    let Some((first, rest)) = new.split_first() else { return vec![list.to_vec()] };
    let mut all = Vec::new();
    for at in 0..=list.len() {
        for tail in put(&list[at..], rest) {
            all.push(list[..at].iter().copied().chain([*first]).chain(tail).collect());
        }
    }
    all
}

/// `base` without any of its items, with each of the lists of new ones put anywhere.
fn edits(base: &[char], new: &[&str]) -> Vec<Vec<char>> {
    let mut all = Vec::new();
    for kept in 0..1 << base.len() {
        let rest: Vec<char> =
            base.iter().enumerate().filter(|(at, _)| kept >> at & 1 == 1).map(|(_, &letter)| letter).collect();
        all.extend(new.iter().flat_map(|new| put(&rest, &new.chars().collect::<Vec<_>>())));
    }
    all.sort();
    all.dedup();
    all
}

/// The common items in the order of one side, and then in the order of the other side.
fn common(mine: &[char], theirs: &[char]) -> [Vec<char>; 2] {
    [only(mine, theirs), only(theirs, mine)]
}

/// The result, where there is one without asking.
fn check(form: Form, base: &[char], mine: &[char], theirs: &[char]) -> Option<Vec<char>> {
    let case = Case::new(form, [base, mine, theirs]);
    let merged = case.merge();
    let shown = format!("{form:?} {base:?} {mine:?} {theirs:?} {:?}", merged.changes());
    let [one, other] = common(mine, theirs);
    let is_consistent = one == other;
    for change in merged.changes() {
        let is_same = change.state == ChangeState::Conflict && change.mine == change.theirs;
        assert!(!(is_same && is_consistent), "{shown}");
    }
    assert!(is_consistent || !merged.is_clean(), "{shown}");
    assert!(!is_consistent || form != Form::Records || merged.is_clean(), "{shown}");
    // R1 and L3.
    assert_eq!(case.picked(&merged, Pick::Mine), mine, "{shown}");
    assert_eq!(case.picked(&merged, Pick::Theirs), theirs, "{shown}");
    let mut back = case.picked(&merged, Pick::Base);
    back.sort_unstable();
    assert_eq!(back, base, "{shown}");
    let swapped = Case::new(form, [base, theirs, mine]);
    let other = swapped.merge();
    assert_eq!(merged.conflicts(), other.conflicts(), "{shown}");
    if !merged.is_clean() {
        return None;
    }
    let result = case.picked(&merged, Pick::Auto);
    assert_eq!(swapped.picked(&other, Pick::Auto), result, "{shown}");
    // The insertions of one side are there, and its removals are not.
    let has = |list: &[char], letter: char| list.contains(&letter);
    for letter in ['a', 'b', 'c', 'x', 'y', 'm', 'n', 'p', 'q'] {
        let expected = if has(base, letter) {
            has(mine, letter) && has(theirs, letter)
        } else {
            has(mine, letter) || has(theirs, letter)
        };
        let count = result.iter().filter(|&&found| found == letter).count();
        assert_eq!(count, usize::from(expected), "{letter}: {result:?} {shown}");
    }
    // Nobody's order changed.
    assert_eq!(only(&result, mine), only(mine, &result), "{result:?} {shown}");
    assert_eq!(only(&result, theirs), only(theirs, &result), "{result:?} {shown}");
    Some(result)
}

fn letters(text: &str) -> Vec<char> {
    text.chars().collect()
}

#[test]
fn an_item_that_both_added_appears_once_if_either_side_changed_its_neighbours() {
    for (base, mine, theirs, expected) in [
        ("ab", "abx", "apqrx", "apqrx"),
        ("ab", "abx", "axpqr", "axpqr"),
        ("ab", "xab", "xpqb", "xpqb"),
        ("abc", "abxc", "apqxc", "apqxc"),
        ("abc", "abmxc", "apxqc", "apmxqc"),
        ("abcd", "acxd", "axbd", "axd"),
        ("abcd", "acmxd", "axpbd", "amxpd"),
        ("ab", "abxy", "apxqy", "apxqy"),
        ("ab", "xbmy", "axyp", "xmyp"),
    ] {
        let [base, mine, theirs] = [base, mine, theirs].map(letters);
        for form in [Form::Values, Form::Records, Form::Nested, Form::Sequence] {
            if form == Form::Values || form == Form::Records {
                assert_eq!(check(form, &base, &mine, &theirs), Some(letters(expected)), "{form:?}");
            } else {
                check(form, &base, &mine, &theirs);
            }
        }
    }
}

fn check_all(forms: &[Form], longest: usize, mine: &[&str], theirs: &[&str]) {
    for count in 0..=longest {
        let base = letters(&"abc"[..count]);
        let (all_mine, all_theirs) = (edits(&base, mine), edits(&base, theirs));
        let (mut clean, mut asked) = (0, 0);
        for mine in &all_mine {
            for theirs in &all_theirs {
                for &form in forms {
                    match check(form, &base, mine, theirs) {
                        Some(_) => clean += 1,
                        None => asked += 1,
                    }
                }
            }
        }
        println!("{count} in base: {clean} clean, {asked} asked");
    }
}

#[test]
fn one_item_that_both_added_is_asked_about_only_in_contradictory_orders() {
    let forms = [Form::Values, Form::Records, Form::Nested, Form::Sequence];
    check_all(&forms, 3, &["x"], &["x", "xp", "px"]);
    check_all(&forms, 3, &["xm", "mx"], &["xp", "px"]);
    check_all(&[Form::Values], 3, &["xm", "mx"], &["pqx", "pxq", "xpq"]);
}

#[test]
fn two_items_that_both_added_are_asked_about_only_in_contradictory_orders() {
    let forms = [Form::Values, Form::Records];
    check_all(&forms, 2, &["xy", "xym", "xmy", "mxy"], &["xyp", "xpy", "pxy", "yx", "yxp", "ypx", "pyx"]);
    check_all(&[Form::Values], 3, &["xy"], &["xyp", "xpy", "pxy", "pyx"]);
}
