//! With any rules, decisions and bytes, nothing panics and every result is well-formed.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test may fail loudly")]

mod support;

use mergefetch::error::ErrorCode;
use mergefetch::merge::Pick;
use mergefetch::merge::json::{Document, Documents, Options, Rule, apply_patch, diff, merge};
use support::{Json, Random};

const POINTERS: [&str; 8] = ["", "/*", "/a", "/*/*", "/b/*/v", "/*/id", "/c", "/*/*/*"];

fn random_rule(random: &mut Random) -> (String, Rule) {
    let names = || vec!["id".to_owned(), "v".to_owned()];
    let rule = match random.below(10) {
        0 => Rule::Auto,
        1 => Rule::Atomic,
        2 => Rule::Text,
        3 => Rule::Set,
        4 => Rule::Sequence,
        5 => Rule::Key(vec!["id".to_owned()]),
        6 => Rule::Key(names()),
        7 => Rule::Group(vec!["a".to_owned(), "b".to_owned(), "v".to_owned(), "w".to_owned()]),
        8 => Rule::Counter,
        _ => Rule::Ignore,
    };
    ((*random.pick(&POINTERS)).to_owned(), rule)
}

#[test]
fn any_rules_and_any_decisions_give_well_formed_documents_or_typed_errors() {
    let mut random = Random(21);
    for round in 0..4_000 {
        let base = Json::random(&mut random, 4);
        let (mine_edits, theirs_edits) = (random.below(5), random.below(5));
        let (mine, theirs) = (base.edited(&mut random, mine_edits), base.edited(&mut random, theirs_edits));
        let [b, m, t] = [&base, &mine, &theirs].map(|side| Document::parse(side.text(None)).unwrap());
        let edit = Document::parse_edit(mine.text(None), Some(&b)).unwrap();
        let mine = if random.below(2) == 0 { &m } else { &edit };
        let based = random.below(8) > 0;
        let documents = Documents { base: based.then_some(&b), mine, theirs: &t };
        let count = random.below(4);
        let rules: Vec<(String, Rule)> = (0..count).map(|_| random_rule(&mut random)).collect();
        let options = Options { rules, ..Options::default() };
        let shown = format!("round {round}: {} | {} | {} {:?}", b.text(), mine.text(), t.text(), options.rules);
        let merged = merge(documents, &options).unwrap();
        let text = merged.text(documents).unwrap();
        let result = Document::parse(text.as_str()).unwrap_or_else(|error| panic!("{shown}: {text}: {error}"));
        let patched = apply_patch(&t, &merged.patch(documents).unwrap()).unwrap();
        assert!(Document::parse(patched).unwrap().root().equals(result.root()), "J13: {shown}");
        let both = diff(&b, &t, &options).unwrap();
        assert!(Document::parse(apply_patch(&b, &both).unwrap()).unwrap().root().equals(t.root()), "J13: {shown}");
        let choices = [
            Pick::Auto,
            Pick::Base,
            Pick::Mine,
            Pick::Theirs,
            Pick::Both,
            Pick::BothReversed,
            Pick::Suggested,
            Pick::Custom("[1,{}]"),
            Pick::Custom("{\"a\":null}"),
            Pick::Custom("\"x\\ny\""),
            Pick::Custom("nul"),
        ];
        for _ in 0..6 {
            let width = 4 + random.below(choices.len() - 3);
            let picks: Vec<Pick<'_>> = merged.changes().iter().map(|_| choices[random.below(width)]).collect();
            match merged.compose(documents, &picks) {
                Ok(text) => assert!(Document::parse(text.as_str()).is_ok(), "{shown}: {picks:?}: {text}"),
                Err(error) => assert!(
                    matches!(error.code(), ErrorCode::InvalidArgument | ErrorCode::InvalidJson),
                    "{shown}: {picks:?}: {error}"
                ),
            }
        }
    }
}

#[test]
fn any_bytes_are_parsed_or_refused() {
    let mut random = Random(33);
    let pieces = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "d800", "a", "0", "-", ".", "e", "+", "1", "true", "null",
        " ", "\n", "é", "\u{FEFF}", "\"a\"", "{}",
    ];
    let mut parsed = 0;
    for _ in 0..200_000 {
        let count = random.below(9);
        let text: String = (0..count).map(|_| *random.pick(&pieces)).collect();
        let ours = Document::parse(text.as_str());
        let witness = serde_json::from_str::<serde_json::Value>(text.trim_start_matches('\u{FEFF}'));
        match ours {
            Ok(document) => {
                parsed += 1;
                assert!(document.root().equals(document.root()));
            }
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::InvalidJson);
                // The other parser keeps the last of two equal members, and knows no second byte order mark.
                assert!(
                    witness.is_err() || error.to_string().contains("twice") || text.starts_with('\u{FEFF}'),
                    "{text}: {error}"
                );
            }
        }
    }
    assert!(parsed > 1_000);
}

#[test]
fn what_another_parser_accepts_and_refuses_so_does_ours() {
    let mut random = Random(34);
    for _ in 0..20_000 {
        let mut bytes = Json::random(&mut random, 3).text(None).into_bytes();
        if !bytes.is_empty() && random.below(3) > 0 {
            let at = random.below(bytes.len());
            bytes[at] = *random.pick(b"{}[],:\"01e.- \\tn");
        }
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let (ours, witness) = (Document::parse(text.as_str()), serde_json::from_str::<serde_json::Value>(&text));
        match (&ours, &witness) {
            (Ok(_), Ok(_)) | (Err(_), Err(_)) => {}
            (Err(error), Ok(_)) => assert!(error.to_string().contains("twice"), "{text}: {error}"),
            // Numbers too large for doubles, and lone surrogates, are JSON.
            (Ok(_), Err(error)) => assert!(
                error.to_string().contains("out of range")
                    || error.to_string().contains("surrogate")
                    || error.to_string().contains("hex escape"),
                "{text}: {error}"
            ),
        }
    }
}

#[test]
fn l5_renaming_values_and_members_renames_the_result() {
    let mut random = Random(55);
    let rename = |text: &str| {
        text.replace("\"a\"", "\"__proto__\"")
            .replace("\"b\"", "\"constructor\"")
            .replace("\"c\"", "\"<<<<<<<\"")
            .replace("10", "11")
    };
    for _ in 0..1_500 {
        let base = Json::random(&mut random, 3);
        let (mine, theirs) = (base.edited(&mut random, 2).text(None), base.edited(&mut random, 2).text(None));
        let base = base.text(None);
        if [&base, &mine, &theirs].iter().any(|text| text.contains("__proto__") || text.contains("11")) {
            continue;
        }
        let run = |base: &str, mine: &str, theirs: &str| {
            let [base, mine, theirs] = [base, mine, theirs].map(|text| Document::parse(text).unwrap());
            let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
            let merged = merge(documents, &Options::default()).unwrap();
            let is_marked = merged.changes().iter().any(|change| change.ambiguous);
            (merged.conflicts(), is_marked, merged.text(documents).unwrap())
        };
        let (conflicts, ambiguous, text) = run(&base, &mine, &theirs);
        let (others, _, other) = run(&rename(&base), &rename(&mine), &rename(&theirs));
        assert_eq!(conflicts, others, "{base} | {mine} | {theirs}");
        // Insertions of two sides at one place get an order by value, which a renaming may reverse.
        let same =
            Document::parse(other.as_str()).unwrap().root().equals(Document::parse(rename(&text)).unwrap().root());
        assert!(ambiguous || same || text.contains("\"id\""), "{base} | {mine} | {theirs}: {text} {other}");
    }
}

/// Records that somebody edited, removed, moved, copied or put in another order.
fn records(random: &mut Random, base: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut records = base.to_vec();
    if random.below(3) == 0 {
        for at in (1..records.len()).rev() {
            records.swap(at, random.below(at + 1));
        }
    }
    for _ in 0..random.below(4).min(records.len()) {
        let (at, to) = (random.below(records.len()), random.below(records.len()));
        match random.below(5) {
            0 => records[at].1 += 100,
            1 => records[at].0 += 1,
            2 => records.insert(to, (records[at].0 * random.below(2), 7)),
            _ => {
                let record = records.remove(at);
                if random.below(3) > 0 {
                    records.insert(to, record);
                }
            }
        }
        if records.is_empty() {
            break;
        }
    }
    records
}

#[test]
fn documents_that_were_parsed_beside_base_merge_as_those_that_were_parsed_alone() {
    let mut random = Random(8);
    for round in 0..3_000 {
        let count = random.below(70);
        let unique = random.below(3) > 0;
        let base: Vec<_> = (0..count).map(|at| (if unique { at } else { at / 3 }, at)).collect();
        let (mine, theirs) = (records(&mut random, &base), records(&mut random, &base));
        let indent = if random.below(2) == 0 { "" } else { "\n  " };
        let [base, mine, theirs] = [base, mine, theirs].map(|records| {
            let list: Vec<String> =
                records.iter().map(|(id, value)| format!("{{\"id\":{id},\"v\":[{value}]}}")).collect();
            format!("{{{indent}\"list\":[{indent}{}]}}", list.join(&format!(",{indent}")))
        });
        let rules =
            if random.below(2) == 0 { vec![("/list".to_owned(), Rule::Key(vec!["id".to_owned()]))] } else { vec![] };
        let options = Options { rules, ..Options::default() };
        let alone = |text: &String| Document::parse(text.as_str()).unwrap();
        let (b, m, t) = (alone(&base), alone(&mine), alone(&theirs));
        let beside = |text: &String| Document::parse_like(text.as_str(), Some(&b)).unwrap();
        let (copied, other) = (beside(&mine), beside(&theirs));
        let [expected, found] = [(&m, &t), (&copied, &other)].map(|(mine, theirs)| {
            let documents = Documents { base: Some(&b), mine, theirs };
            let merged = merge(documents, &options).unwrap();
            (merged.changes().to_vec(), merged.text(documents).unwrap(), merged.patch(documents).unwrap())
        });
        assert_eq!(found, expected, "round {round}: {base} | {mine} | {theirs} {:?}", options.rules);
    }
}
