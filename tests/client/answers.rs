//! The content of answers to writes, and its effect on the page (W5 to W7).

use mergefetch::client::{
    Answer, ConflictState, Event, Outcome, Save, SavedKind, Step, Write, WriteOptions, answer_of,
};
use mergefetch::conflict::Document;
use mergefetch::http::{Format, Headers, Method, Response};

use super::drive::*;
use super::page::{Page, saved};
use super::server::{PutAnswer, Server, Tags, URL, answer};

/// The fields of an answer to a PUT that holds JSON under a new, strong tag.
fn tagged() -> Headers {
    Headers::new().with("Content-Type", "application/json").with("ETag", "\"2\"")
}

/// The document that the client concludes from `response` to the PUT of `sent`; `None` if it reads next.
fn concluded(format: Format, before: &str, sent: &str, response: Response) -> Option<Document> {
    let base = snapshot(document(format, before), Some("\"1\""));
    let mut write = Write::update(base, document(format, sent), WriteOptions::default());
    let Step::Send(request) = write.step(Event::Started, moment()).unwrap() else { panic!("the first step sends") };
    assert_eq!(request.method, Method::Put);
    match write.step(Event::Answered(response), moment()).unwrap() {
        Step::Send(request) => {
            assert_eq!((request.method, request.url.as_str()), (Method::Get, URL));
            None
        }
        Step::Done(Outcome::Saved(SavedKind::Saved, Some(snapshot))) => {
            assert_eq!(snapshot.version.unwrap().as_str(), "\"2\"", "the tag of the answer belongs to its document");
            Some(snapshot.document)
        }
        other => panic!("{other:?}"),
    }
}

fn is_taken(before: &str, sent: &str, fields: Headers, body: &str) -> bool {
    match concluded(Format::Json, before, sent, answer(200, fields, body)) {
        Some(found) => {
            assert_eq!(found.text(), Some(body), "the answer is the document, to the octet");
            true
        }
        None => false,
    }
}

const BEFORE: &str = r#"{"t":"a","n":1}"#;

#[test]
fn w7_the_body_of_a_200_is_the_document_where_every_member_that_was_sent_is_in_it() {
    for (sent, body) in [
        (r#"{"t":"b","n":1}"#, r#"{"t":"b","n":1}"#),
        // Reordered, in another layout, with the server's members, or with numbers in another spelling.
        (r#"{"t":"b","n":1}"#, "{\n  \"n\": 1,\n  \"t\": \"\\u0062\"\n}\n"),
        (r#"{"t":"b","n":1}"#, r#"{"id":7,"t":"b","n":1,"updatedAt":"2026-11-29T10:00:00Z"}"#),
        (r#"{"t":"b","n":1}"#, r#"{"t":"b","n":1.0}"#),
        (r#"{"t":"b","n":null}"#, r#"{"t":"b","n":null,"c":0}"#),
        (r#"{"o":{"x":1}}"#, r#"{"o":{"x":1,"y":2}}"#),
        (r#"{"o":{},"l":[]}"#, r#"{"o":{},"l":[]}"#),
        (r#"{"l":[{"sku":"x"},{"sku":"y"}]}"#, r#"{"l":[{"id":1,"sku":"x"},{"id":2,"sku":"y"}]}"#),
        (r#"[{"sku":"x"}]"#, r#"[{"id":1,"sku":"x"}]"#),
        ("[1,[2]]", "[1,[2]]"),
    ] {
        assert!(is_taken(BEFORE, sent, tagged(), body), "{sent} answered {body}");
    }
}

#[test]
fn w7_any_other_body_is_a_report_and_is_read_before_the_next_save() {
    for (sent, body) in [
        // Envelopes and reports.
        (r#"{"t":"b","n":1}"#, r#"{"ok":true}"#),
        (r#"{"t":"b","n":1}"#, r#"{"message":"saved"}"#),
        (r#"{"t":"b","n":1}"#, r#"{"status":"success","data":{"t":"b","n":1}}"#),
        (r#"{"t":"b","n":1}"#, r#"{"d":{"results":[{"t":"b","n":1}]}}"#),
        (r#"{"t":"b","n":1}"#, r#"[{"t":"b","n":1}]"#),
        (r#"{"t":"b","n":1}"#, "[1]"),
        (r#"{"t":"b","n":1}"#, "{}"),
        (r#"{"t":"b","n":1}"#, "null"),
        (r#"{"t":"b","n":1}"#, "true"),
        (r#"{"t":"b","n":1}"#, "\"saved\""),
        (r#"{"t":"b","n":1}"#, "<h1>Saved</h1>"),
        (r#"{"t":"b","n":1}"#, " \n"),
        (r#"[{"t":"b"}]"#, r#"{"data":[{"t":"b"}],"total":1}"#),
        // Parts of the document.
        (r#"{"t":"b","n":1}"#, r#"{"t":"b"}"#),
        (r#"{"o":{"x":1,"y":2}}"#, r#"{"o":{"x":1}}"#),
        (r#"{"l":[{"sku":"x"},{"sku":"y"}]}"#, r#"{"l":[{"id":1,"sku":"x"}]}"#),
        (r#"{"l":[{"sku":"x"}]}"#, r#"{"l":[{"sku":"x"},{"sku":"y"}]}"#),
        // A member that the server changed in a usual way.
        (r#"{"t":"b ","n":1}"#, r#"{"t":"b","n":1}"#),
        (r#"{"t":"B","n":1}"#, r#"{"t":"b","n":1}"#),
        (r#"{"t":"b","n":1}"#, r#"{"T":"b","N":1}"#),
        (r#"{"t":"b","n":1}"#, r#"{"t":"b","n":"1"}"#),
        (r#"{"t":"b","n":1.239}"#, r#"{"t":"b","n":1.24}"#),
        (r#"{"t":"b","n":12345678901234567890}"#, r#"{"t":"b","n":12345678901234567000}"#),
        (r#"{"t":"b","n":null}"#, r#"{"t":"b"}"#),
        (r#"{"t":"b","n":null}"#, r#"{"t":"b","n":""}"#),
        (r#"{"t":"b","l":[2,1]}"#, r#"{"t":"b","l":[1,2]}"#),
        (r#"{"t":"b","l":[]}"#, r#"{"t":"b"}"#),
        (r#"{"t":"b","l":[]}"#, r#"{"t":"b","l":[0]}"#),
        (r#"{"t":"b","l":[]}"#, r#"{"t":"b","l":{}}"#),
        (r#"{"t":"b","o":{}}"#, r#"{"t":"b","o":{"x":1}}"#),
        (r#"{"t":"b","o":{}}"#, r#"{"t":"b","o":null}"#),
        (r#"{"t":"b","at":1}"#, r#"{"t":"b","at":2}"#),
    ] {
        assert!(!is_taken(BEFORE, sent, tagged(), body), "{sent} answered {body}");
    }
}

#[test]
fn w7_a_document_without_members_is_in_every_report_so_its_answer_proves_nothing() {
    for sent in ["{}", "[]", "null", "true", "0", "\"ok\""] {
        for body in [sent, "{}", "[]", r#"{"id":7}"#, r#"{"ok":true}"#] {
            assert!(!is_taken(BEFORE, sent, tagged(), body), "{sent} answered {body}");
        }
    }
}

#[test]
fn w7_the_fields_of_the_answer_say_what_its_body_is() {
    let sent = r#"{"t":"b ","n":1}"#;
    let (stored, whole, report) = (r#"{"t":"b","n":1}"#, r#"{"t":"b ","n":1,"id":7}"#, r#"{"ok":true}"#);
    for (name, value) in [
        ("Content-Location", URL),
        ("Content-Location", "/notes/7"),
        ("Content-Location", "7"),
        ("Preference-Applied", "return=representation"),
        ("Preference-Applied", "Return = \"representation\""),
        ("Preference-Applied", "respond-async, return=representation"),
        ("Preference-Applied", "return=representation; foo=bar"),
    ] {
        for body in [stored, whole] {
            assert!(is_taken(BEFORE, sent, tagged().with(name, value), body), "{name}: {value} with {body}");
        }
        assert!(!is_taken(BEFORE, sent, tagged().with(name, value), ""), "{name}: {value} without a body");
    }
    // The fields may also say that the body is something else, whatever the body contains.
    for (name, value) in [
        ("Content-Location", "/notes/7/reports/1"),
        ("Content-Location", "https://other.example/notes/7"),
        ("Content-Location", "/notes/7?format=summary"),
        ("Preference-Applied", "return=minimal"),
        ("Preference-Applied", "respond-async, return=minimal"),
    ] {
        for body in [stored, whole, report] {
            assert!(!is_taken(BEFORE, sent, tagged().with(name, value), body), "{name}: {value} with {body}");
        }
    }
    // A preference about something else says nothing about the body.
    let strict = || tagged().with("Preference-Applied", "handling=strict");
    assert!(is_taken(BEFORE, sent, strict(), whole) && !is_taken(BEFORE, sent, strict(), report));
}

#[test]
fn w7_only_a_whole_answer_under_a_new_strong_tag_is_the_document() {
    let sent = r#"{"t":"b","n":1}"#;
    let fields = |tag: &str| Headers::new().with("Content-Type", "application/json").with("ETag", tag);
    for tag in ["\"1\"", "W/\"2\"", "W/\"1\""] {
        assert!(!is_taken(BEFORE, sent, fields(tag), sent), "{tag}");
    }
    assert!(!is_taken(BEFORE, sent, Headers::new().with("Content-Type", "application/json"), sent), "no tag");
    // A proxy changed the answer, or the answer is a part (RFC 9110 §15.3.4, §15.3.7).
    for status in [203, 206, 226] {
        assert!(concluded(Format::Json, BEFORE, sent, answer(status, tagged(), sent)).is_none(), "{status}");
    }
}

#[test]
fn w7_the_answer_to_a_text_is_the_text_only_where_it_is_that_text() {
    let fields = |media_type: &str| Headers::new().with("Content-Type", media_type).with("ETag", "\"2\"");
    let conclude =
        |fields: Headers, body: &str| concluded(Format::Text, "one\n", "one\ntwo \n", answer(200, fields, body));
    let taken = conclude(fields("text/plain"), "one\ntwo \n").expect("it is what was sent");
    assert_eq!(taken.text(), Some("one\ntwo \n"));
    for body in ["one\ntwo\n", "one\ntwo ", "OK", "{\"ok\":true}", "Saved: one\ntwo \n"] {
        assert!(conclude(fields("text/plain"), body).is_none(), "{body}");
    }
    let located = |media_type| fields(media_type).with("Content-Location", URL);
    let taken = conclude(located("text/plain; charset=utf-8"), "one\ntwo\n").expect("the answer says so");
    assert_eq!(taken.text(), Some("one\ntwo\n"));
    // A report of another media type is not the text, even under the text's URL. A missing body is not an empty text.
    assert!(conclude(located("application/json"), "{\"ok\":true}").is_none());
    assert!(conclude(located("text/plain"), "").is_none());
    for status in [204, 205] {
        let fields = Headers::new().with("ETag", "\"2\"").with("Content-Location", URL);
        let found = concluded(Format::Text, "one\n", "one\ntwo \n", answer(status, fields, ""));
        assert_eq!(
            found.as_ref().and_then(Document::text),
            Some("one\ntwo \n"),
            "{status}: its tag is that of what was sent"
        );
    }
}

/// A document after the server has normalised it: strings trimmed and in lower case, members in another order, a time added.
fn normalised(sent: &str) -> String {
    let text = |name: &str| {
        let rest = sent.split_once(&format!("\"{name}\":\"")).unwrap().1;
        rest.split_once('"').unwrap().0.trim().to_lowercase()
    };
    let count = sent.split_once("\"count\":").unwrap().1;
    let count = &count[..count.find([',', '}']).unwrap()];
    let count = count.trim_end_matches(".0");
    format!(
        "{{\"updatedAt\":{},\"count\":{count},\"other\":\"{}\",\"body\":\"{}\"}}",
        sent.len(),
        text("other"),
        text("body")
    )
}

/// How a server sends its versions, and how it answers a PUT.
const WAYS: [(Tags, PutAnswer); 12] = [
    (Tags::Strong, PutAnswer::Tag),
    (Tags::Strong, PutAnswer::Bare),
    (Tags::Strong, PutAnswer::Echo),
    (Tags::Strong, PutAnswer::Report),
    (Tags::Strong, PutAnswer::Representation),
    (Tags::WeakAsString, PutAnswer::Tag),
    (Tags::WeakAsString, PutAnswer::Bare),
    (Tags::WeakAsString, PutAnswer::Echo),
    (Tags::WeakAsString, PutAnswer::Report),
    (Tags::Hidden, PutAnswer::Bare),
    (Tags::Hidden, PutAnswer::Echo),
    (Tags::Hash, PutAnswer::Tag),
];

const WORDS: [&str; 4] = ["The ", "Quick  ", "Fox ", "Jumps"];

fn note(body: &str, other: &str, at: &str) -> String {
    format!("{{\"body\":\"{body}\",\"other\":\"{other}\",\"count\":1.0{at}}}")
}

/// Saves word after word. `is_from_result` selects the base of each save: the last result or the first snapshot.
fn typed(
    way: (Tags, PutAnswer),
    is_from_result: bool,
    others_at: &[usize],
    is_read_between: bool,
) -> Result<(), String> {
    let mut server = Server::json(&normalised(&note("", "x", "")));
    (server.tags, server.put_answer, server.transform) = (way.0, way.1, normalised);
    let mut page = Page::default();
    let first = page.get(&mut server);
    let (mut base, mut body) = (first, String::new());
    for (at, word) in WORDS.iter().enumerate() {
        let other = format!("o{at}");
        if others_at.contains(&at) {
            let body = server.now().unwrap().split("\"body\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
            server.compete(Some(&normalised(&note(&body, &other, ""))));
        }
        body.push_str(word);
        // Beside the words, the page keeps the values of the base.
        let text = base.document.text().unwrap();
        let shown = text.split("\"body\":\"").nth(1).unwrap().split('"').next().unwrap();
        let mine = text.replace(&format!("\"body\":\"{shown}\""), &format!("\"body\":\"{body}\""));
        let outcome = page.save(&base, &mine, &mut server);
        let snapshot = match outcome {
            Outcome::Saved(_, Some(snapshot)) | Outcome::Merged(snapshot, _) => snapshot,
            other => return Err(format!("word {at}: {other:?}")),
        };
        if is_from_result {
            base = snapshot;
        }
        if is_read_between {
            let read = page.get(&mut server);
            if is_from_result {
                base = read;
            }
        }
    }
    let expected = body.trim().to_lowercase();
    let now = server.now().unwrap();
    if !now.contains(&format!("\"body\":\"{expected}\"")) {
        return Err(format!("the server holds {now}"));
    }
    if let Some(last) = others_at.last()
        && !now.contains(&format!("\"other\":\"o{last}\""))
    {
        return Err(format!("the edit of others is gone: {now}"));
    }
    Ok(())
}

#[test]
fn a_server_that_normalises_causes_no_conflict_with_oneself_whatever_it_answers() {
    let mut failed = Vec::new();
    for way in WAYS {
        for is_from_result in [false, true] {
            for is_read_between in [false, true] {
                for others_at in [&[][..], &[1], &[2], &[1, 2, 3]] {
                    if let Err(why) = typed(way, is_from_result, others_at, is_read_between) {
                        let why: String = why.chars().take(300).collect();
                        failed.push(format!("{way:?} from result {is_from_result}, others at {others_at:?}, read {is_read_between}: {why}"));
                    }
                }
            }
        }
    }
    assert!(failed.is_empty(), "{} of {}\n{}", failed.len(), WAYS.len() * 16, failed.join("\n"));
}

/// The text without spaces at the ends of lines, and with exactly one line break at the end.
fn trimmed_lines(sent: &str) -> String {
    sent.trim_end().lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

#[test]
fn a_server_that_trims_the_lines_of_a_text_causes_no_conflict_with_oneself() {
    for way in WAYS {
        for is_from_result in [false, true] {
            for others_at in [&[][..], &[1], &[1, 2]] {
                let what = format!("{way:?} from result {is_from_result}, others at {others_at:?}");
                let mut server = Server::text("theirs 0\n\nfar\n\nmine\n");
                (server.tags, server.put_answer, server.transform) = (way.0, way.1, trimmed_lines);
                let mut page = Page::default();
                let mut base = page.get(&mut server);
                let mut line = "mine ".to_owned();
                for (at, word) in ["the ", "quick  ", "fox"].iter().enumerate() {
                    if others_at.contains(&at) {
                        let now = server.now().unwrap().replace("theirs", "theirs and");
                        server.compete(Some(&now));
                    }
                    line.push_str(word);
                    let text = base.document.text().unwrap();
                    let head = text.rsplit_once("\nmine").unwrap().0;
                    let mine = document(Format::Text, &format!("{head}\n{line}"));
                    let save = Save::update(&mut page.memory, base.clone(), mine, page.options.clone());
                    let snapshot = match page.end(save, &mut server) {
                        Outcome::Saved(_, Some(snapshot)) | Outcome::Merged(snapshot, _) => snapshot,
                        other => panic!("{what}, word {at}: {other:?}"),
                    };
                    if is_from_result {
                        base = snapshot;
                    }
                }
                let now = server.now().unwrap();
                assert!(now.ends_with("\nmine the quick  fox\n"), "{what}: {now}");
                assert_eq!(now.matches(" and").count(), others_at.len(), "{what}: {now}");
            }
        }
    }
}

/// A page saves, somebody else makes `theirs` of the result, and the page saves again, from its first base or from the result.
fn met(way: (Tags, PutAnswer), is_from_result: bool, theirs: &str) -> Outcome {
    let mut server = Server::json(&note("", "x", ""));
    (server.tags, server.put_answer, server.transform) = (way.0, way.1, |sent: &str| sent.replace(" \"", "\""));
    let mut page = Page::default();
    let first = page.get(&mut server);
    let result = saved(page.save(&first, &note("Hello ", "x", ""), &mut server));
    server.compete(Some(&note(theirs, "x", "")));
    let base = if is_from_result { result } else { first };
    page.save(&base, &note("Hello world", "x", ""), &mut server)
}

#[test]
fn an_edit_of_others_is_asked_about_however_the_server_spells_it() {
    for way in WAYS {
        for is_from_result in [false, true] {
            for theirs in ["Hello you", "Hell", "Hello.", "hello, world"] {
                let outcome = met(way, is_from_result, theirs);
                assert!(matches!(outcome, Outcome::Conflict(_)), "{way:?} {is_from_result} {theirs}: {outcome:?}");
            }
        }
    }
}

#[test]
fn where_a_read_has_shown_how_the_server_spells_a_value_another_spelling_is_an_edit_of_somebody_else() {
    for way in WAYS {
        if way.1 == PutAnswer::Tag && way.0 != Tags::WeakAsString {
            // No read has shown the spelling: the new text continues the value, whoever trimmed it.
            saved(met(way, true, "HELLO"));
            continue;
        }
        for is_from_result in [false, true] {
            let outcome = met(way, is_from_result, "HELLO");
            assert!(matches!(outcome, Outcome::Conflict(_)), "{way:?} {is_from_result}: {outcome:?}");
        }
    }
}

#[test]
fn w7_where_no_read_brings_the_new_version_the_snapshot_has_the_document_of_the_answer() {
    for (fields, body, expected) in [
        (tagged().with("ETag", "W/\"2\""), r#"{"id":7,"t":"b"}"#, r#"{"id":7,"t":"b"}"#),
        (Headers::new(), r#"{"id":7,"t":"b"}"#, r#"{"id":7,"t":"b"}"#),
        (Headers::new().with("Content-Location", URL), r#"{"id":7,"t":"B"}"#, r#"{"id":7,"t":"B"}"#),
        (Headers::new(), r#"{"ok":true}"#, r#"{"t":"b"}"#),
        (tagged(), r#"{"ok":true}"#, r#"{"t":"b"}"#),
        (tagged().with("Preference-Applied", "return=minimal"), r#"{"id":7,"t":"b"}"#, r#"{"t":"b"}"#),
        // An answer with the old tag has written nothing, so it proves nothing.
        (tagged().with("ETag", "\"1\""), r#"{"id":7,"t":"b"}"#, r#"{"t":"b"}"#),
    ] {
        let base = snapshot(document(Format::Json, r#"{"t":"a"}"#), Some("\"1\""));
        let mut write = Write::update(base, document(Format::Json, r#"{"t":"b"}"#), WriteOptions::default());
        let mut event = Event::Started;
        let outcome = loop {
            event = match write.step(event, moment()).unwrap() {
                Step::Send(request) if request.method == Method::Put => {
                    Event::Answered(answer(200, fields.clone().with("Content-Type", "application/json"), body))
                }
                Step::Send(_) => Event::NoAnswer("lost".into()),
                Step::Done(outcome) => break outcome,
                other => panic!("{other:?}"),
            };
        };
        let found = saved(outcome);
        assert_eq!((found.document.text(), found.version), (Some(expected), None), "{fields:?} {body}");
    }
}

/// The outcome of a creation below a collection with this answer, and the requests. The new document is `stored`.
fn created(status: u16, fields: Headers, body: &str, stored: Option<&str>) -> (Outcome, Vec<String>) {
    let sent = document(Format::Json, r#"{"t":"b"}"#);
    let mut write = Write::create_below("https://example.org/notes", sent, WriteOptions::default());
    let (mut event, mut requests) = (Event::Started, Vec::new());
    loop {
        event = match write.step(event, moment()).unwrap() {
            Step::Send(request) => {
                requests.push(format!("{} {}", request.method.as_str(), request.url));
                match request.method {
                    Method::Post => Event::Answered(answer(status, fields.clone(), body)),
                    _ => stored.map_or(Event::NoAnswer("lost".into()), |stored| {
                        Event::Answered(answer(200, tagged(), stored))
                    }),
                }
            }
            Step::Wait { .. } => Event::Waited,
            Step::Done(outcome) => return (outcome, requests),
            other => panic!("{other:?}"),
        };
    }
}

#[test]
fn a_creation_without_a_location_gives_its_answer() {
    let json = || Headers::new().with("Content-Type", "application/json");
    let text = || Headers::new().with("Content-Type", "text/plain");
    for (status, fields, body) in [
        (201, json(), r#"{"id":7,"t":"b"}"#),
        (201, tagged(), r#"{"id":7,"t":"b"}"#),
        (200, json(), r#"{"id":7}"#),
        (201, json(), r#"[{"id":7,"t":"b"}]"#),
        (201, json(), "{broken"),
        (201, text(), "7"),
        (201, Headers::new(), "7"),
        // A receipt, and the collection itself.
        (201, json().with("Content-Location", "/receipts/1"), r#"{"ok":true}"#),
        (200, json().with("Content-Location", "/notes/7"), r#"{"id":7,"t":"b"}"#),
        (201, json().with("Content-Location", "/notes"), r#"{"id":7,"t":"b"}"#),
    ] {
        match created(status, fields.clone(), body, None) {
            (Outcome::Created(found), requests) => {
                assert_eq!(found.bytes(), body.as_bytes(), "{fields:?}");
                assert_eq!(requests, ["POST https://example.org/notes"], "{body}");
            }
            other => panic!("{body}: {other:?}"),
        }
    }
    for status in [201, 204] {
        let (outcome, _) = created(status, json(), "", None);
        assert!(matches!(outcome, Outcome::Saved(SavedKind::Created, None)), "{outcome:?}");
    }
}

#[test]
fn a_creation_whose_url_is_known_gives_a_snapshot() {
    let at = |name: &str| tagged().with(name, "/notes/7");
    let whole = r#"{"id":7,"t":"b"}"#;
    // The answer is the representation at the URL that it names, with its tag.
    for fields in [at("Content-Location"), at("Content-Location").with("Location", "/notes/7")] {
        let (outcome, requests) = created(201, fields, whole, None);
        let found = saved(outcome);
        assert_eq!((&*found.url, found.document.text()), (URL, Some(whole)));
        assert_eq!(found.version.unwrap().as_str(), "\"2\"");
        assert_eq!(requests.len(), 1);
    }
    // Otherwise the document is read. If that fails, the snapshot has the document of the answer.
    for fields in
        [at("Location"), at("Location").with("ETag", "W/\"2\""), at("Content-Location").with("ETag", "W/\"9\"")]
    {
        for stored in [Some(r#"{"id":7,"t":"b","n":1}"#), None] {
            let (outcome, requests) = created(201, fields.clone(), whole, stored);
            let found = saved(outcome);
            if requests.len() > 1 {
                assert_eq!(requests[1], format!("GET {URL}"));
                assert_eq!(
                    (found.document.text(), found.version.is_some()),
                    (stored.or(Some(whole)), stored.is_some())
                );
            }
            assert_eq!(&*found.url, URL);
        }
    }
}

/// The same without a time, so that only the spelling differs.
fn respelt(sent: &str) -> String {
    let (_, rest) = normalised(sent).split_once(',').map(|(head, rest)| (head.to_owned(), rest.to_owned())).unwrap();
    format!("{{{rest}")
}

/// PUTs word after word through `fetch`, with one GET before the first.
fn fetched(way: (Tags, PutAnswer), transform: fn(&str) -> String, more: &str) -> Result<Server, Box<ConflictState>> {
    let mut server = Server::json(&transform(&note("", "x", more)));
    (server.tags, server.put_answer, server.transform) = (way.0, way.1, transform);
    let mut page = Page::default();
    page.fetch(&mut server);
    let mut body = String::new();
    for word in WORDS {
        body.push_str(word);
        let save = page.fetch_write(Method::Put, Some(&note(&body, "x", more)), &mut server);
        match answer_of(save) {
            (Answer::Own, None) => {}
            (Answer::Made(412), Some(conflict)) => return Err(conflict),
            other => panic!("{way:?} {word}: {other:?}"),
        }
    }
    assert!(server.now().unwrap().contains("\"the quick  fox jumps\""), "{way:?}: {:?}", server.now());
    Ok(server)
}

#[test]
fn fetch_is_not_refused_for_its_own_puts_on_a_server_that_normalises() {
    for way in WAYS {
        assert!(fetched(way, respelt, "").is_ok(), "{way:?}");
        let is_version_told = way.0 != Tags::Hidden && way.1 != PutAnswer::Bare;
        match fetched(way, normalised, ",\"updatedAt\":1") {
            Ok(_) => assert!(is_version_told, "{way:?}: nothing tells that nobody else has changed the time"),
            // No answer named a version, so somebody else may have changed the time. There are no changes to decide.
            Err(state) => assert!(!is_version_told && state.conflict.unresolved() == 0, "{way:?}: {state:?}"),
        }
    }
}

#[test]
fn fetch_is_refused_where_somebody_else_wrote_after_its_own_put() {
    for way in WAYS {
        for theirs in [note("other", "x", ""), note("the", "y", ""), note("the", "x", ",\"added\":1")] {
            let mut server = Server::json(&respelt(&note("", "x", "")));
            (server.tags, server.put_answer, server.transform) = (way.0, way.1, respelt);
            let mut page = Page::default();
            page.fetch(&mut server);
            page.fetch_write(Method::Put, Some(&note("The ", "x", "")), &mut server);
            server.compete(Some(&theirs));
            let save = page.fetch_write(Method::Put, Some(&note("The quick", "x", "")), &mut server);
            assert!(answer_of(save).1.is_some(), "{way:?} {theirs}");
            assert_eq!(server.now(), Some(&*theirs), "{way:?}");
        }
    }
}

#[test]
fn where_others_edit_the_same_prose_no_words_are_glued_or_lost_on_a_server_that_trims() {
    const PROSE: &str = r"One fine day the fox went out.\n\nIt saw a hen.\n\nIt stopped for a while to look at her. ";
    let trimmed: fn(&str) -> String = |sent| {
        let (head, tail) = sent.rsplit_once("\",\"n\"").unwrap();
        format!("{}\",\"n\"{tail}", head.trim_end())
    };
    let put = |text: &str| format!("{{\"body\":\"{text}\",\"n\":1}}");
    for way in WAYS {
        for is_from_result in [false, true] {
            let mut server = Server::json(&trimmed(&put(PROSE)));
            (server.tags, server.put_answer, server.transform) = (way.0, way.1, trimmed);
            let mut page = Page::default();
            let mut base = page.get(&mut server);
            let mut text = PROSE.to_owned();
            for (at, word) in ["Then ", "the ", "dog ", "came."].iter().enumerate() {
                if at > 0 {
                    let now = server.now().unwrap().replace(" fine", " very fine");
                    server.compete(Some(&now));
                }
                text.push_str(word);
                match page.save(&base, &put(&text), &mut server) {
                    Outcome::Saved(_, Some(snapshot)) | Outcome::Merged(snapshot, _) if is_from_result => {
                        // The page shows the text of others, and the typed text stays.
                        let begin = snapshot.document.text().unwrap().matches("very ").collect::<String>();
                        text = text.replace("very ", "").replace("One fine", &format!("One {begin}fine"));
                        base = snapshot;
                    }
                    Outcome::Saved(..) | Outcome::Merged(..) => {}
                    other => panic!("{way:?} {is_from_result} word {at}: {other:?}"),
                }
                let now = server.now().unwrap();
                assert!(
                    now.contains(text.trim_end().rsplit_once("look").unwrap().1),
                    "{way:?} {is_from_result}: {now}"
                );
                assert_eq!(now.matches("very ").count(), at, "{way:?} {is_from_result}: {now}");
            }
        }
    }
}
