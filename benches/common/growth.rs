//! Inputs with many parts. The time must grow linearly with the number of parts.

use mergefetch::conflict::{Choice, Conflict, Document, Engine, MergeOptions};
use mergefetch::http::{Format, Headers, Problem, Response, StoredResponse};
use mergefetch::merge::json::{Editor, Options, Rule};

/// A measured call on an input of `count` parts.
pub struct Case {
    pub name: &'static str,
    pub count: usize,
    /// Makes the input, and returns the call to time.
    pub make: fn(usize) -> Box<dyn FnOnce()>,
}

pub const CASES: [Case; 25] = [
    Case { name: "fields of a response", count: 10_000, make: fields },
    Case { name: "decisions, one by one", count: 40_000, make: |count| decisions(count, Some(Choice::Theirs)) },
    Case { name: "own values, one by one", count: 40_000, make: |count| decisions(count, None) },
    Case { name: "both lists, one by one", count: 40_000, make: both_lists },
    Case { name: "regions of a text, one by one", count: 10_000, make: regions },
    Case { name: "rebase with decisions", count: 40_000, make: |count| rebase(count, 2, false) },
    Case { name: "rebase that reopens all", count: 40_000, make: |count| rebase(count, 1, false) },
    Case { name: "rebase after a lost answer", count: 40_000, make: |count| rebase(count, 2, true) },
    Case { name: "long texts in a rebase", count: 10_000, make: long_texts },
    Case { name: "tiny numbers, read again", count: 4_000, make: tiny_numbers },
    Case { name: "ids that share a double, read again", count: 10_000, make: shared_doubles },
    Case { name: "members that both sides renamed", count: 20_000, make: renamed },
    Case { name: "members that pass their names on", count: 20_000, make: passed_on },
    Case { name: "sentences that both sides moved", count: 10_000, make: moved_sentences },
    Case { name: "blocks of a document of an editor", count: 5_000, make: blocks },
    Case { name: "pieces of one paragraph", count: 10_000, make: pieces },
    Case { name: "cards that both sides moved", count: 10_000, make: boards },
    Case { name: "records that move at each level", count: 120, make: levels },
    Case { name: "lists that number their records", count: 10_000, make: own_ids },
    Case { name: "records with shared values, all edited", count: 200, make: shared_values },
    Case { name: "lists of 1, 2, 1, 2", count: 10_000, make: alternating },
    Case { name: "messages of a refusal", count: 100_000, make: |count| refusal(messages(count)) },
    Case { name: "columns of a refusal", count: 100_000, make: |count| refusal(columns(count)) },
    Case { name: "long names in a refusal", count: 1_000_000, make: |count| refusal(long_names(count)) },
    Case { name: "lists within lists in a refusal", count: 250, make: |count| refusal(nested(count)) },
];

fn fields(count: usize) -> Box<dyn FnOnce()> {
    let name = |n: usize| format!("X-Field-{n:06}");
    Box::new(move || {
        let mut headers = Headers::new();
        (0..count).for_each(|n| headers.set(&name(n), "one"));
        headers.set("Vary", (0..count).map(name).collect::<Vec<_>>().join(","));
        let response = Response {
            status: 200,
            url: "http://a/1".into(),
            is_redirected: false,
            headers: headers.clone(),
            body: Ok(b"{}".to_vec()),
        };
        let mut record = StoredResponse::of(&response).unwrap();
        record = StoredResponse::decode(&record.answering(&headers, 0).encode()).unwrap();
        record.update(&headers);
        assert!(record.matches_vary(&headers, 0));
        assert_eq!(record.headers.get("x-field-000007"), Some("one"));
    })
}

fn json(text: &str) -> Option<Document> {
    Some(Document::parse(Format::Json, text.as_bytes()).unwrap())
}

/// Mine gives each member the name of the next one, and theirs edits all members.
fn passed_on(count: usize) -> Box<dyn FnOnce()> {
    let named = |shift: usize, edit: &'static str| {
        let members: Vec<String> = (0..count).map(|n| format!("\"m{}\":[\"word {n}\"{edit}]", n + shift)).collect();
        json(&format!("{{{}}}", members.join(",")))
    };
    let (base, mine, theirs) = (named(0, ""), named(1, ""), named(0, ",\"new\""));
    Box::new(move || {
        let options = MergeOptions::default();
        let conflict = Engine::linked().conflict([base, mine, theirs], options).unwrap();
        assert_eq!(conflict.unresolved(), 1);
    })
}

/// Both sides turn the sentences of a long text around, and edit them.
fn moved_sentences(count: usize) -> Box<dyn FnOnce()> {
    let text = |order: &dyn Fn(usize) -> usize, word: &str| {
        let sentences: Vec<String> = (0..count).map(|n| format!("Sentence {} is {word} long.", order(n))).collect();
        json(&format!("{{\"text\":\"{}\"}}", sentences.join(" ")))
    };
    let base = text(&|n| n, "very");
    let (mine, theirs) = (text(&|n| count - 1 - n, "not"), text(&|n| (n + count / 2) % count, "so"));
    Box::new(move || {
        let conflict = Engine::linked().conflict([base, mine, theirs], MergeOptions::default()).unwrap();
        assert!(conflict.unresolved() > 0);
    })
}

/// A document of ProseMirror under the rule for its editor.
fn rich(contents: [String; 3]) -> Box<dyn FnOnce()> {
    let documents = contents.map(|blocks| json(&format!("{{\"type\":\"doc\",\"content\":[{blocks}]}}")));
    let rules = vec![(String::new(), Rule::RichText(Editor::ProseMirror))];
    let options = MergeOptions { json: Options { rules, ..Options::default() }, ..MergeOptions::default() };
    Box::new(move || {
        let conflict = Engine::linked().conflict(documents, options).unwrap();
        assert_eq!(conflict.unresolved(), 0);
    })
}

/// Both sides edit many blocks.
fn blocks(count: usize) -> Box<dyn FnOnce()> {
    let of = |is_edited: &dyn Fn(usize) -> bool| {
        let block = |n: usize| {
            let word = if is_edited(n) { "edited" } else { "old" };
            format!(
                "{{\"type\":\"paragraph\",\"content\":[{{\"type\":\"text\",\"text\":\"The paragraph {n} is {word}. It has words.\"}}]}}"
            )
        };
        (0..count).map(block).collect::<Vec<_>>().join(",")
    };
    rich([of(&|_| false), of(&|n| n % 7 == 1), of(&|n| n % 7 == 4)])
}

/// One side edits the text of a paragraph whose words have other marks, and the other side marks it.
fn pieces(count: usize) -> Box<dyn FnOnce()> {
    let of = |edit: &str, mark: &str| {
        let piece = |n: usize| {
            let marks = if n % 2 == 1 { "{\"type\":\"em\"}".to_owned() } else { mark.to_owned() };
            let text = if n == count / 2 { edit } else { "Word" };
            format!("{{\"type\":\"text\",\"marks\":[{marks}],\"text\":\"{text} {n}. \"}}")
        };
        let pieces: Vec<String> = (0..count).map(piece).collect();
        format!("{{\"type\":\"paragraph\",\"content\":[{}]}}", pieces.join(","))
    };
    rich([of("Word", ""), of("New", ""), of("Word", "{\"type\":\"strong\"}")])
}

/// An object of `count` members with the values that `value` gives.
fn members(count: usize, value: impl Fn(usize) -> String) -> Option<Document> {
    let members: Vec<String> = (0..count).map(|n| format!("\"m{n}\":{}", value(n))).collect();
    json(&format!("{{{}}}", members.join(",")))
}

fn conflict(base: Option<Document>, mine: Option<Document>, theirs: Option<Document>) -> (Conflict, Vec<String>) {
    let conflict = Engine::linked().conflict([base, mine, theirs], MergeOptions::default()).unwrap();
    let ids = conflict.changes().iter().map(|change| change.id.clone()).collect();
    (conflict, ids)
}

fn plain(count: usize, side: usize) -> Option<Document> {
    members(count, |_| side.to_string())
}

/// Decides every change, and reads `unresolved` after each decision.
fn decide(mut conflict: Conflict, ids: Vec<String>, choice: Option<Choice>) -> Box<dyn FnOnce()> {
    Box::new(move || {
        for (at, id) in ids.iter().enumerate() {
            match choice {
                Some(choice) => conflict.take(choice, Some(id)).unwrap(),
                None => conflict.set(id, "\"my own\"".into()).unwrap(),
            }
            assert_eq!(conflict.unresolved(), ids.len() - at - 1);
        }
        for id in &ids {
            conflict.reopen(Some(id)).unwrap();
        }
        assert_eq!(conflict.unresolved(), ids.len());
    })
}

fn decisions(count: usize, choice: Option<Choice>) -> Box<dyn FnOnce()> {
    let (conflict, ids) = conflict(plain(count, 0), plain(count, 1), plain(count, 2));
    assert_eq!(ids.len(), count);
    decide(conflict, ids, choice)
}

fn both_lists(count: usize) -> Box<dyn FnOnce()> {
    // As base has a number there, each list is one change.
    let list = |side: usize| members(count, |n| format!("[{side},{n}]"));
    let (conflict, ids) = conflict(plain(count, 0), list(1), list(2));
    decide(conflict, ids, Some(Choice::Both))
}

fn regions(count: usize) -> Box<dyn FnOnce()> {
    let text = |word: &str| {
        let lines: Vec<String> = (0..count).map(|n| format!("{word} {n}\n{}", "same\n".repeat(5))).collect();
        Some(Document::parse(Format::Text, lines.concat().as_bytes()).unwrap())
    };
    let (conflict, ids) = conflict(text("base"), text("mine"), text("theirs"));
    assert_eq!(ids.len(), count);
    decide(conflict, ids, Some(Choice::BothReversed))
}

/// A rebase onto a newer theirs with the values `now` and one more member.
fn rebase(count: usize, now: usize, is_sent: bool) -> Box<dyn FnOnce()> {
    let (mut conflict, _) = conflict(plain(count, 0), plain(count, 1), plain(count, 2));
    conflict.take(Choice::Mine, None).unwrap();
    let sent = is_sent.then(|| plain(count, 1).unwrap());
    let theirs = members(count + 1, |n| if now == 2 { "2".into() } else { (n + 3).to_string() });
    Box::new(move || {
        let reopened = conflict.rebase(theirs, sent.as_ref()).unwrap();
        assert_eq!(reopened.len(), if now == 2 { 0 } else { count });
    })
}

fn long_texts(count: usize) -> Box<dyn FnOnce()> {
    let text = |word: &str| members(count, |n| format!("\"{word} {n}\\nand {}\"", "more ".repeat(20)));
    let (mut conflict, ids) = conflict(text("base"), text("mine"), text("theirs"));
    conflict.take(Choice::Mine, None).unwrap();
    let (sent, theirs) = (text("mine").unwrap(), text("others"));
    Box::new(move || {
        conflict.rebase(theirs, Some(&sent)).unwrap();
        for at in 0..count {
            assert!(conflict.text_at(&format!("/m{at}")).is_some());
        }
        assert!(conflict.changes().len() >= ids.len());
    })
}

/// Rows whose ids share a few doubles. The edit reverses their order.
fn shared_doubles(count: usize) -> Box<dyn FnOnce()> {
    let row = |id: String, n: usize| format!("{{\"id\":{id},\"text\":\"row {n}\"}}");
    let id = |n: usize| 1_234_567_890_123_456_700 + n as u64;
    let base: Vec<String> = (0..count).map(|n| row(id(n).to_string(), n)).collect();
    let read: Vec<String> = (0..count).rev().map(|n| row(format!("{:e}", id(n) as f64), n)).collect();
    let [base, edit] = [base, read].map(|rows| format!("[{}]", rows.join(",")));
    let base = json(&base);
    Box::new(move || drop(Document::parse_edit(Format::Json, edit.as_bytes(), base.as_ref()).unwrap()))
}

/// A merge of three JSON texts.
fn merged(texts: [String; 3]) -> Box<dyn FnOnce()> {
    let [base, mine, theirs] = texts.map(|text| json(&text));
    Box::new(move || {
        let conflict = Engine::linked().conflict([base, mine, theirs], MergeOptions::default()).unwrap();
        assert!(!conflict.changes().is_empty());
    })
}

fn renamed(count: usize) -> Box<dyn FnOnce()> {
    merged([1, 3, 4].map(|side| {
        let name = |n: usize| if side > 1 && n.is_multiple_of(side) { format!("m{n}-{side}") } else { format!("m{n}") };
        let members: Vec<String> = (0..count).map(|n| format!("\"{}\":[{n}]", name(n))).collect();
        format!("{{{}}}", members.join(","))
    }))
}

fn boards(count: usize) -> Box<dyn FnOnce()> {
    merged([1, 3, 4].map(|side| {
        let column = |n: usize| if side > 1 && n.is_multiple_of(side) { (n + side) % 5 } else { n % 5 };
        let columns = (0..5).map(|at| {
            let cards = (0..count).filter(|&n| column(n) == at);
            let cards: Vec<String> = cards.map(|n| format!("{{\"id\":{n},\"text\":\"card {n}\"}}")).collect();
            format!("\"c{at}\":[{}]", cards.join(","))
        });
        format!("{{{}}}", columns.collect::<Vec<_>>().join(","))
    }))
}

fn alternating(count: usize) -> Box<dyn FnOnce()> {
    merged([1, 7, 5].map(|side| {
        let kept = (0..count).filter(|n| side == 1 || n % side != 0);
        let numbers: Vec<String> = kept.map(|n| (n % 2 + 1).to_string()).collect();
        format!("[{}]", numbers.join(","))
    }))
}

/// Records in records. Each record moves from one array of its parent to another one.
fn levels(count: usize) -> Box<dyn FnOnce()> {
    let nested = |from: &str, to: &str, last: &str| {
        let outer: Vec<String> = (0..count).map(|n| format!("{{\"id\":{n},\"{to}\":[],\"{from}\":[")).collect();
        format!("{}{last}{}", outer.concat(), "]}".repeat(count))
    };
    merged([nested("a", "b", ""), nested("b", "a", ""), nested("a", "b", "{\"id\":\"new\"}")])
}

/// Lists with the ids 1 and 2 each.
fn own_ids(count: usize) -> Box<dyn FnOnce()> {
    merged([0, 1, 2].map(|side| {
        let lists: Vec<String> = (0..count).map(|n| format!("\"k{n}\":[{{\"id\":1}},{{\"id\":1}}]")).collect();
        format!("[{{\"id\":7,\"n\":{side},{}}}]", lists.join(","))
    }))
}

/// Records without ids. Each value is in eight of them, and both sides edit each record.
fn shared_values(count: usize) -> Box<dyn FnOnce()> {
    merged([0, 1, 2].map(|side| {
        let record = |n: usize| {
            let value = |at: usize| format!("\"m{at}\":\"value {at} {}\"", (n + at * 7) % count / 8);
            let values: Vec<String> = (0..200).map(value).collect();
            format!("{{\"side\":\"{side} {n}\",{}}}", values.join(","))
        };
        format!("[{}]", (0..count).map(record).collect::<Vec<_>>().join(","))
    }))
}

/// Reads a refusal with this body.
fn refusal(body: String) -> Box<dyn FnOnce()> {
    let headers = Headers::new().with("Content-Type", "application/json");
    let body = Ok(body.into_bytes());
    let response = Response { status: 422, url: String::new(), is_redirected: false, headers, body };
    Box::new(move || assert!(Problem::of(&response, 0.0).is_json))
}

fn messages(count: usize) -> String {
    let messages: Vec<String> = (0..count).map(|n| format!("\"{n} is odd\"")).collect();
    format!("{{\"errors\":[{}]}}", messages.join(","))
}

fn columns(count: usize) -> String {
    let columns: Vec<String> = (0..count).map(|n| format!("c{n}")).collect();
    format!("{{\"message\":\"Key ({})=(1) already exists.\"}}", columns.join(", "))
}

/// A member with a name of `count / 2` octets, with many complaints below it.
fn long_names(count: usize) -> String {
    let below: Vec<String> = (0..count / 20).map(|n| format!("\"m{n}\":[\"odd\"]")).collect();
    format!("{{\"errors\":{{\"{}\":{{{}}}}}}}", "n".repeat(count / 2), below.join(","))
}

/// Lists within lists, with many complaints in the innermost list.
fn nested(count: usize) -> String {
    let inner: Vec<String> = (0..count * 400).map(|n| format!("\"m{n}\":[\"odd\"]")).collect();
    format!("{{\"errors\":{}{{{}}}{}}}", "[{\"m\":".repeat(count), inner.join(","), "}]".repeat(count))
}

/// An edit of numbers close to the smallest double, whose digits are restored. Neighbours share a double.
fn tiny_numbers(count: usize) -> Box<dyn FnOnce()> {
    let numbers: Vec<String> = (0..count).map(|n| format!("1.23456789012{:05}671000e-305", n + 10_000)).collect();
    let read: Vec<String> = numbers.iter().map(|number| format!("{:e}", number.parse::<f64>().unwrap())).collect();
    let [base, edit] = [numbers, read].map(|numbers| format!("[{}]", numbers.join(",")));
    let base = json(&base);
    Box::new(move || {
        let edit = Document::parse_edit(Format::Json, edit.as_bytes(), base.as_ref()).unwrap();
        assert!(edit.bytes().len() > count);
    })
}
