//! The laws over trees that proptest makes and shrinks, and over histories of decisions.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "a test may fail loudly")]

mod common;
mod laws;

use std::collections::BTreeMap;

use mergefetch::conflict::{Choice, Conflict, Document, Engine, MergeOptions};
use mergefetch::http::Format;
use mergefetch::merge::{Change, json};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::test_runner::Config;

#[derive(Debug, Clone, PartialEq)]
enum Tree {
    Scalar(String),
    Array(Vec<Tree>),
    Object(BTreeMap<String, Tree>),
}

const NAMES: [&str; 10] = ["a", "b", "id", "name", "", "__proto__", "a/b", "~0", "\\u0061b", "\\ud800"];

fn tree() -> impl Strategy<Value = Tree> {
    let scalars = [
        "0",
        "1",
        "1.0",
        "10e-1",
        "-0",
        "2",
        "12345678901234567890",
        "1e400",
        "true",
        "false",
        "null",
        "\"\"",
        "\"a\"",
        "\"\\u0061\"",
        "\"\\udc00\"",
        "\"one\\ntwo\\nthree\\n\"",
        "\"one\\nTWO\\nthree\\n\"",
        "\"é😀\"",
    ];
    let leaf = prop::sample::select(scalars.to_vec()).prop_map(|text| Tree::Scalar(text.to_owned()));
    leaf.prop_recursive(4, 40, 6, |inner| {
        let records = vec((0..6_u8, inner.clone()), 0..5).prop_map(|records| {
            let record = |(id, value)| {
                let members = [("id".to_owned(), Tree::Scalar(id_text(id))), ("v".to_owned(), value)];
                Tree::Object(members.into_iter().collect())
            };
            Tree::Array(records.into_iter().map(record).collect())
        });
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Tree::Array),
            records,
            btree_map(prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned), inner, 0..5).prop_map(Tree::Object),
        ]
    })
}

fn id_text(id: u8) -> String {
    id.to_string()
}

impl Tree {
    fn write(&self, out: &mut String) {
        match self {
            Self::Scalar(text) => out.push_str(text),
            Self::Array(elements) => {
                out.push('[');
                for (at, element) in elements.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    element.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    out.push_str(if at > 0 { ",\n \"" } else { "\"" });
                    out.push_str(name);
                    out.push_str("\": ");
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }
}

/// One edit: the way to a place, the kind of edit, and a value for it.
type Edit = (Vec<usize>, u8, Tree);

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    vec((vec(0..6_usize, 0..4), 0..5_u8, tree()), 0..4)
}

fn apply(tree: &mut Tree, (way, kind, value): &Edit) {
    let (Some((&first, rest)), false) = (way.split_first(), matches!(tree, Tree::Scalar(_))) else {
        *tree = value.clone();
        return;
    };
    let deeper = (rest.to_vec(), *kind, value.clone());
    match tree {
        Tree::Scalar(_) => {}
        Tree::Array(elements) => {
            let at = first % elements.len().max(1);
            match kind {
                0 => elements.insert(at, value.clone()),
                1 if !elements.is_empty() => drop(elements.remove(at)),
                2 if !elements.is_empty() => {
                    let moved = elements.remove(at);
                    elements.insert(rest.first().copied().unwrap_or(0) % (elements.len() + 1), moved);
                }
                _ => elements.get_mut(at).map_or((), |element| apply(element, &deeper)),
            }
        }
        Tree::Object(members) => {
            let name = NAMES[first % NAMES.len()].to_owned();
            let known = members.keys().nth(first % members.len().max(1)).cloned();
            match (kind, known) {
                (0, _) => drop(members.insert(name, value.clone())),
                (1, Some(known)) => drop(members.remove(&known)),
                (2, Some(known)) => {
                    let renamed = members.remove(&known).expect("a member that is there");
                    members.insert(name, renamed);
                }
                (_, Some(known)) => members.get_mut(&known).map_or((), |value| apply(value, &deeper)),
                _ => {}
            }
        }
    }
}

fn edited(base: &Tree, edits: &[Edit]) -> Tree {
    let mut tree = base.clone();
    edits.iter().for_each(|edit| apply(&mut tree, edit));
    tree
}

/// One step of a person, or of the server.
#[derive(Debug, Clone)]
enum Step {
    Take(usize, usize),
    TakeRest(usize),
    Set(usize, String),
    Reopen(usize),
    ReopenAll,
    Moved(Vec<Edit>),
}

const CHOICES: [Choice; 6] =
    [Choice::Base, Choice::Mine, Choice::Theirs, Choice::Both, Choice::BothReversed, Choice::Suggested];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..8_usize, 0..6_usize).prop_map(|(change, choice)| Step::Take(change, choice)),
        1 => (0..6_usize).prop_map(Step::TakeRest),
        2 => (0..8_usize, tree()).prop_map(|(change, value)| Step::Set(change, value.text())),
        1 => (0..8_usize).prop_map(Step::Reopen),
        1 => Just(Step::ReopenAll),
        2 => edits().prop_map(Step::Moved),
    ];
    vec(step, 0..12)
}

/// The decision of a person: a choice, or a value.
type Decided = BTreeMap<String, Result<Choice, String>>;

fn document(format: Format, text: &str) -> Document {
    Document::parse(format, text.as_bytes()).unwrap()
}

/// A fresh conflict with the same decisions: a conflict knows nothing but its documents and them.
fn replayed(sides: [&Document; 3], decided: &Decided) -> Conflict {
    let [base, mine, theirs] = sides.map(|side| Some(side.clone()));
    let mut fresh = Engine::linked().conflict([base, mine, theirs], MergeOptions::default()).unwrap();
    for (id, decision) in decided.iter().rev() {
        match decision {
            Ok(choice) => fresh.take(*choice, Some(id)).unwrap(),
            Err(value) => fresh.set(id, value.clone()).unwrap(),
        }
    }
    fresh
}

fn bytes(conflict: &Conflict) -> Vec<u8> {
    conflict.merged().unwrap().expect("a document").bytes().to_vec()
}

fn values(change: &Change) -> [Option<&String>; 3] {
    [change.base.as_ref(), change.mine.as_ref(), change.theirs.as_ref()]
}

/// R2, R3, R4 and S8 along one history.
fn check_history(format: Format, texts: [String; 3], steps: Vec<Step>, moved: impl Fn(&str, &[Edit]) -> String) {
    let [base, mine, mut theirs] = texts.clone().map(|text| document(format, &text));
    let mut theirs_text = texts[2].clone();
    let mut decided = Decided::new();
    let mut conflict = replayed([&base, &mine, &theirs], &decided);
    for step in steps {
        let ids: Vec<String> = conflict.changes().iter().map(|change| change.id.clone()).collect();
        let id = |at: usize| ids.get(at % ids.len().max(1)).cloned().unwrap_or_else(|| "no such change".into());
        let before = bytes(&conflict);
        match step {
            Step::Take(change, choice) => match conflict.take(CHOICES[choice], Some(&id(change))) {
                Ok(()) => drop(decided.insert(id(change), Ok(CHOICES[choice]))),
                Err(_) => assert_eq!(bytes(&conflict), before, "what is refused changes nothing"),
            },
            Step::TakeRest(choice) => {
                let waiting: Vec<String> =
                    (0..ids.len()).filter(|&at| conflict.decision(at).is_none()).map(|at| ids[at].clone()).collect();
                match conflict.take(CHOICES[choice], None) {
                    Ok(()) => decided.extend(waiting.into_iter().map(|id| (id, Ok(CHOICES[choice])))),
                    Err(_) => assert_eq!(bytes(&conflict), before, "what is refused changes nothing"),
                }
            }
            Step::Set(change, value) => match conflict.set(&id(change), value.clone()) {
                Ok(()) => drop(decided.insert(id(change), Err(value))),
                Err(_) => assert_eq!(bytes(&conflict), before, "what is refused changes nothing"),
            },
            Step::Reopen(change) => {
                if conflict.reopen(Some(&id(change))).is_ok() {
                    decided.remove(&id(change));
                }
            }
            Step::ReopenAll => {
                conflict.reopen(None).unwrap();
                decided.clear();
            }
            Step::Moved(edits) => {
                theirs_text = moved(&theirs_text, &edits);
                theirs = document(format, &theirs_text);
                let old: Vec<Change> = conflict.changes().to_vec();
                let reopened = conflict.rebase(Some(theirs.clone()), None).unwrap();
                decided.retain(|id, decision| {
                    let arrived =
                        conflict.changes().iter().find(|change| change.id == *id).and_then(|now| now.theirs.as_ref());

                    let was = old.iter().find(|change| change.id == *id).expect("a decision has a change");
                    let now = conflict.changes().iter().find(|change| change.id == *id);
                    let is_kept = now.is_some_and(|now| values(now) == values(was));
                    assert!(!(is_kept && reopened.contains(id)), "R4: {id} is asked again: {reopened:?}");
                    if !is_kept && decision.as_ref().err() == arrived && arrived.is_some() {
                        // The server has the result of the decisions.
                        *decision = Ok(Choice::Theirs);
                        return true;
                    }
                    // A decision without an effect on the result may be dropped without a report.
                    let is_moot = *decision == Ok(Choice::Mine);
                    assert!(is_kept || is_moot || reopened.contains(id), "R4: {id} was dropped in silence");
                    is_kept
                });
            }
        }
        let fresh = replayed([&base, &mine, &theirs], &decided);
        assert_eq!(bytes(&conflict), bytes(&fresh), "R2: only the decisions count: {decided:?}");
        assert_eq!(conflict.unresolved(), fresh.unresolved(), "{decided:?}");
        document(format, std::str::from_utf8(&bytes(&conflict)).unwrap());
    }
    conflict.reopen(None).unwrap();
    assert_eq!(bytes(&conflict), bytes(&replayed([&base, &mine, &theirs], &Decided::new())), "R2: undone");
}

/// Seeds are fixed: the same trees on every machine, and no files of failures.
fn config(cases: u32) -> Config {
    let rng_seed = proptest::test_runner::RngSeed::Fixed(4);
    Config { cases, failure_persistence: None, rng_seed, max_shrink_iters: 20_000, ..Config::default() }
}

#[test]
fn the_laws_hold_for_trees_and_their_edits() {
    proptest!(config(3_000), |(base in tree(), mine in edits(), theirs in edits())| {
        let (mine, theirs) = (edited(&base, &mine), edited(&base, &theirs));
        laws::json::check_merge(&base.text(), &mine.text(), &theirs.text());
    });
}

#[test]
fn the_laws_hold_for_unrelated_trees() {
    proptest!(config(3_000), |(base in tree(), mine in tree(), theirs in tree())| {
        laws::json::check_merge(&base.text(), &mine.text(), &theirs.text());
    });
}

/// Writes a tree with blanks of any kind around every token; where the scalars stand comes back, without those that tell records apart.
fn write_wildly(
    tree: &Tree,
    blanks: &mut impl FnMut() -> &'static str,
    out: &mut String,
    places: &mut Vec<(usize, usize)>,
) {
    out.push_str(blanks());
    let start = out.len();
    match tree {
        Tree::Scalar(text) => {
            out.push_str(text);
            places.push((start, out.len()));
        }
        Tree::Array(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                write_wildly(element, blanks, out, places);
            }
            out.push_str(blanks());
            out.push(']');
        }
        Tree::Object(members) => {
            out.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(blanks());
                out.push_str(&format!("\"{name}\""));
                out.push_str(blanks());
                out.push(':');
                let known = places.len();
                write_wildly(value, blanks, out, places);
                if matches!(name.as_str(), "id" | "name") {
                    places.truncate(known);
                }
            }
            out.push_str(blanks());
            out.push('}');
        }
    }
    out.push_str(blanks());
}

#[test]
fn one_value_of_mine_changes_one_place_of_theirs_whatever_its_layout() {
    const BLANKS: [&str; 7] = ["", " ", "\n", "\r\n\t", "   ", "\n  ", "\t "];
    let written = |tree: &Tree, seed: u64| {
        let (mut state, mut text, mut places) = (seed | 1, String::new(), Vec::new());
        let mut blanks = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            BLANKS[(state >> 33) as usize % BLANKS.len()]
        };
        write_wildly(tree, &mut blanks, &mut text, &mut places);
        (text, places)
    };
    proptest!(config(4_000), |(tree in tree(), which in 0..40_usize, ours in any::<u64>(), others in any::<u64>())| {
        let ((base, places), (theirs, of_theirs)) = (written(&tree, ours), written(&tree, others));
        if places.is_empty() || base == theirs {
            return Ok(());
        }
        let replaced = |text: &str, (start, end): (usize, usize)| format!("{}\"new\"{}", &text[..start], &text[end..]);
        let which = which % places.len();
        let mine = replaced(&base, places[which]);
        let [b, m, t] = [&base, &mine, &theirs].map(|text| json::Document::parse(text.as_str()).unwrap());
        let documents = json::Documents { base: Some(&b), mine: &m, theirs: &t };
        let merged = json::merge(documents, &json::Options::default()).unwrap();
        prop_assert_eq!(merged.text(documents).unwrap(), replaced(&theirs, of_theirs[which]));
    });
}

#[test]
fn any_history_of_decisions_on_json_is_its_last_decisions() {
    proptest!(config(3_000), |(base in tree(), mine in edits(), theirs in edits(), steps in steps())| {
        let texts = [base.text(), edited(&base, &mine).text(), edited(&base, &theirs).text()];
        let all = std::cell::RefCell::new(edited(&base, &theirs));
        check_history(Format::Json, texts, steps, |_, edits| {
            let moved = edited(&all.borrow(), edits);
            all.replace(moved.clone());
            moved.text()
        });
    });
}

#[test]
fn any_history_of_decisions_on_texts_is_its_last_decisions() {
    proptest!(config(3_000), |(base in lines(), mine in line_edits(), theirs in line_edits(), steps in steps())| {
        let texts = [base.concat(), moved_lines(&base, &mine), moved_lines(&base, &theirs)];
        check_history(Format::Text, texts, steps, |text, edits| {
            let lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
            let edits: Vec<LineEdit> = edits
                .iter()
                .map(|(way, kind, value)| (way.iter().sum::<usize>() * 3, *kind, value.text().replace('\n', " ")))
                .collect();
            moved_lines(&lines, &edits)
        });
    });
}

fn lines() -> impl Strategy<Value = Vec<String>> {
    vec(prop::sample::select(vec!["a\n", "b\n", "c\r\n", "\n", "one two three\n", "é😀\n"]), 0..14)
        .prop_map(|lines| lines.into_iter().map(str::to_owned).collect())
}

type LineEdit = (usize, u8, String);

fn line_edits() -> impl Strategy<Value = Vec<LineEdit>> {
    let words = prop::sample::select(vec!["x", "one two", "one TWO three", "y", ""]).prop_map(str::to_owned);
    vec((0..14_usize, 0..3_u8, words), 0..5)
}

fn moved_lines(lines: &[String], edits: &[LineEdit]) -> String {
    let mut lines = lines.to_vec();
    for (at, kind, words) in edits {
        let at = at % (lines.len() + 1);
        match kind {
            0 => lines.insert(at, format!("{words}\n")),
            1 if at < lines.len() => drop(lines.remove(at)),
            _ if at < lines.len() => lines[at] = format!("{words}\n"),
            _ => {}
        }
    }
    lines.concat()
}
