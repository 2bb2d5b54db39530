//! Every example in `docs/JSON-MERGE.md` gives the result that the page shows.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::too_many_lines,
    missing_docs,
    reason = "a table or a law may be long, and a test may fail loudly"
)]

use mergefetch::merge::json::{Document, Documents, Options, Rule, merge};
use mergefetch::merge::{Change, ChangeState, Clash};

fn rule(line: &str) -> (String, Rule) {
    let mut words = line.split(' ');
    let pointer = words.next().unwrap().to_owned();
    let (kind, names) =
        (words.next().unwrap(), words.next().unwrap_or_default().split(',').map(str::to_owned).collect());
    let rule = match kind {
        "auto" => Rule::Auto,
        "atomic" => Rule::Atomic,
        "text" => Rule::Text,
        "set" => Rule::Set,
        "sequence" => Rule::Sequence,
        "key" => Rule::Key(names),
        "group" => Rule::Group(names),
        "counter" => Rule::Counter,
        "ignore" => Rule::Ignore,
        other => panic!("{other}"),
    };
    (pointer, rule)
}

fn clash_name(change: &Change) -> &'static str {
    match change.clash.unwrap() {
        Clash::EditEdit => "edit-edit",
        Clash::EditDelete => "edit-delete",
        Clash::DeleteEdit => "delete-edit",
        Clash::AddAdd => "add-add",
        Clash::InsertInsert => "insert-insert",
        Clash::Type => "type",
        Clash::MoveMove => "move-move",
        Clash::Order => "order",
        Clash::Group => "group",
        Clash::NoBase => "no-base",
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_example_of_the_page_does_what_it_says() {
    let page = include_str!("../docs/JSON-MERGE.md");
    let blocks: Vec<&str> =
        page.split("```json-merge\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 20);
    for block in blocks {
        let field =
            |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim_start);
        let document = |name: &str| Document::parse(field(name).unwrap()).unwrap();
        let (base, mine, theirs) = (document("base"), document("mine"), document("theirs"));
        let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
        let options = Options { rules: field("rule").map(rule).into_iter().collect(), ..Options::default() };
        let merged = merge(documents, &options).unwrap();
        let text = merged.text(documents).unwrap();
        let conflicts: Vec<&Change> =
            merged.changes().iter().filter(|change| change.state == ChangeState::Conflict).collect();
        match (field("result"), field("conflict")) {
            (Some(result), None) => {
                assert!(merged.is_clean(), "{block}{:?}", merged.changes());
                assert!(
                    Document::parse(text.as_str()).unwrap().root().equals(Document::parse(result).unwrap().root()),
                    "{block}{text}"
                );
            }
            (None, Some(expected)) => {
                let found = conflicts
                    .iter()
                    .map(|change| format!("{} at {}", clash_name(change), change.path).trim_end().to_owned());
                assert!(found.into_iter().any(|found| found == expected), "{block}{:?}", merged.changes());
            }
            _ => panic!("{block}"),
        }
        let marks = if merged.is_ambiguous() {
            Some("yes")
        } else {
            merged.changes().iter().any(|change| change.ambiguous).then_some("order")
        };
        assert_eq!(marks, field("ambiguous"), "{block}{:?}", merged.changes());
    }
}
