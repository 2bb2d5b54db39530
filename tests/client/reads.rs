//! Reads: revalidation, the stored response of a 304, and unreadable answers (C, F).

use mergefetch::client::{Event, Get, Memory, Read, ReadOutcome, Source, Step, Unreadable, WriteOptions};
use mergefetch::conflict::MergeOptions;
use mergefetch::error::ErrorCode;
use mergefetch::http::{BodyFailure, CacheMode, Format, Headers, StoredResponse};

use super::drive::*;
use super::server::{Server, Tags, URL, answer};

const DOCUMENT: &str = "{\"a\":1}";

fn record(server: &mut Server) -> StoredResponse {
    let record = read_record(server).1.unwrap();
    server.log.clear();
    record
}

#[track_caller]
fn snapshot_of(outcome: &ReadOutcome) -> &mergefetch::client::Snapshot {
    match outcome {
        ReadOutcome::Read(snapshot, _) => snapshot,
        other => panic!("expected a document, but found {other:?}"),
    }
}

#[test]
fn a_stored_document_is_revalidated_with_its_tag_past_the_browsers_cache() {
    let mut server = Server::json(DOCUMENT);
    let record = record(&mut server);
    let mut read = Read::new(URL, None, Some(record), true);
    let Step::Send(request) = read.step(&mut Memory::default(), Event::Started, moment()) else {
        panic!("a read sends");
    };
    // F2: with any other mode some browsers add fields that make servers ignore the condition.
    assert_eq!(request.cache, CacheMode::NoCache);
    assert_eq!(request.headers.get("if-none-match"), Some("\"0\""));
    let Step::Done(outcome) = read.step(&mut Memory::default(), Event::Answered(server.handle(&request)), moment())
    else {
        panic!("a 304 ends the read");
    };
    let snapshot = snapshot_of(&outcome);
    assert_eq!(snapshot.source, Source::Revalidated);
    assert_eq!(snapshot.document.text(), Some(DOCUMENT));
    assert_eq!(server.log[0].status, 304);
}

#[test]
fn f3_across_origins_the_browser_itself_revalidates() {
    let mut server = Server::json(DOCUMENT);
    let record = record(&mut server);
    let read = Read::new(URL, None, Some(record), false);
    let outcome = run_read(read, &mut server, no_faults());
    assert_eq!(snapshot_of(&outcome).source, Source::Network);
    assert_eq!(server.requests(), ["GET"]);
}

#[test]
fn c6_a_304_without_a_stored_response_is_read_again_without_a_condition() {
    let mut server = Server::json(DOCUMENT);
    let faults = no_faults().and_on_reads([vec![Fault::Answer(304, "", "")]]);
    let outcome = run_read(Read::new(URL, None, None, true), &mut server, faults);
    assert_eq!(snapshot_of(&outcome).source, Source::Network);
    assert_eq!(server.requests(), ["GET", "GET"]);

    // And a server that has nothing but 304 for us does not keep us for ever.
    let again = || vec![Fault::Answer(304, "", "")];
    let faults = no_faults().and_on_reads([again(), again()]);
    let outcome = run_read(Read::new(URL, None, None, true), &mut server, faults);
    let ReadOutcome::Refused(problem) = outcome else {
        panic!("expected a refusal, but found {outcome:?}");
    };
    assert_eq!(problem.status, Some(304));
}

#[test]
fn c7_a_304_with_another_strong_tag_is_read_again_without_a_condition() {
    let mut server = Server::json(DOCUMENT);
    let record = record(&mut server);
    let faults = no_faults().and_on_reads([vec![Fault::AnswerWith(304, ("ETag", "\"other\""), "")]]);
    let read = Read::new(URL, None, Some(record), true);
    let outcome = run_read(read, &mut server, faults);
    assert_eq!(snapshot_of(&outcome).source, Source::Network);
    assert_eq!(server.requests(), ["GET If-None-Match: \"0\"", "GET"]);
}

#[test]
fn c8_c9_a_304_without_a_readable_tag_or_with_other_fields_leaves_tag_and_type_in_place() {
    for field in [("X-Request-Id", "5"), ("ETag", "W/\"0\""), ("Content-Type", "text/html"), ("Content-Length", "0")] {
        let mut server = Server::json(DOCUMENT);
        let record = record(&mut server);
        let faults = no_faults().and_on_reads([vec![Fault::AnswerWith(304, field, "")]]);
        let read = Read::new(URL, None, Some(record), true);
        let outcome = run_read(read, &mut server, faults);
        let snapshot = snapshot_of(&outcome);
        assert_eq!(snapshot.version.as_ref().unwrap().as_str(), "\"0\"", "{field:?}");
        assert_eq!(snapshot.content_type.as_deref(), Some("application/json"), "{field:?}");
        assert_eq!(snapshot.document.text(), Some(DOCUMENT), "{field:?}");
    }
}

#[test]
fn c1_c3_what_must_not_be_stored_is_read_but_not_kept() {
    for (field, value) in [("Cache-Control", "no-store"), ("Vary", "*")] {
        let headers = Headers::new().with("Content-Type", "application/json").with(field, value);
        let mut read = Read::new(URL, None, None, true);
        read.step(&mut Memory::default(), Event::Started, moment());
        let step = read.step(&mut Memory::default(), Event::Answered(answer(200, headers, DOCUMENT)), moment());
        assert!(matches!(step, Step::Done(ReadOutcome::Read(_, None))), "{field}: {value}");
    }
    // A part is never a base.
    let mut read = Read::new(URL, None, None, true);
    read.step(&mut Memory::default(), Event::Started, moment());
    let step = read.step(&mut Memory::default(), Event::Answered(answer(206, Headers::new(), DOCUMENT)), moment());
    assert!(matches!(step, Step::Done(ReadOutcome::Refused(_))));
}

#[test]
fn f8_the_final_url_after_redirects_is_the_identity_of_the_document() {
    let mut read = Read::new("https://example.org/latest", None, None, true);
    read.step(&mut Memory::default(), Event::Started, moment());
    let step = read.step(&mut Memory::default(), Event::Answered(answer(200, Headers::new(), DOCUMENT)), moment());
    let Step::Done(outcome) = step else {
        panic!("a 200 ends the read");
    };
    assert_eq!(&*snapshot_of(&outcome).url, URL);
}

#[test]
fn x16_the_format_is_the_callers_else_that_of_the_media_type() {
    for (content_type, wanted, expected) in [
        ("application/json", None, Format::Json),
        ("application/vnd.api+json; charset=utf-8", None, Format::Json),
        ("text/plain", None, Format::Text),
        ("text/markdown", None, Format::Text),
        ("application/octet-stream", None, Format::Bytes),
        ("", None, Format::Bytes),
        ("text/plain", Some(Format::Json), Format::Json),
    ] {
        let mut server = Server::new(content_type, DOCUMENT);
        let read = Read::new(URL, wanted, None, true);
        let outcome = run_read(read, &mut server, no_faults());
        assert_eq!(snapshot_of(&outcome).document.format(), expected, "{content_type}");
    }
}

#[test]
fn an_answer_that_cannot_be_read_is_an_error_with_its_own_code() {
    let unreadable = |fault: Fault| {
        let mut server = Server::json(DOCUMENT);
        let faults = no_faults().and_on_reads([vec![fault]]);
        let read = Read::new(URL, Some(Format::Json), None, true);
        match run_read(read, &mut server, faults) {
            ReadOutcome::Unreadable(why) => why,
            other => panic!("expected an unreadable answer, but found {other:?}"),
        }
    };
    let code = |fault| match unreadable(fault) {
        Unreadable::Document(error) => error.code(),
        Unreadable::Body(failure) => panic!("expected a document, but found {failure:?}"),
    };
    let html = Fault::Answer(200, "text/html", "<h1>Sign in</h1>");
    assert_eq!(code(html), ErrorCode::InvalidJson);
    let empty = Fault::Answer(200, "application/json", "");
    assert_eq!(code(empty), ErrorCode::InvalidJson);
    let broken = Fault::Answer(200, "application/json", "{\"a\": ");
    assert_eq!(code(broken), ErrorCode::InvalidJson);
    let twice = Fault::Answer(200, "application/json", "{\"a\":1,\"a\":2}");
    assert_eq!(code(twice), ErrorCode::InvalidJson);
    assert_eq!(unreadable(Fault::Cut), Unreadable::Body(BodyFailure::Cut));
    let large = BodyFailure::TooLarge { found_bytes: 50_000_000 };
    assert_eq!(unreadable(Fault::TooLarge), Unreadable::Body(large));
}

#[test]
fn another_status_and_no_answer_are_told_apart() {
    for status in [204, 301, 401, 404, 410, 412, 500, 503] {
        let mut server = Server::json(DOCUMENT);
        let faults = no_faults().and_on_reads([vec![Fault::Answer(status, "", "")]]);
        let outcome = run_read(Read::new(URL, None, None, true), &mut server, faults);
        let ReadOutcome::Refused(problem) = outcome else {
            panic!("{status}: expected a refusal, but found {outcome:?}");
        };
        assert_eq!(problem.status, Some(status));
    }
    let mut server = Server::json(DOCUMENT);
    let faults = no_faults().and_on_reads([vec![Fault::LostBefore]]);
    let outcome = run_read(Read::new(URL, None, None, true), &mut server, faults);
    assert!(matches!(outcome, ReadOutcome::NoAnswer(_)), "{outcome:?}");
}

#[test]
fn every_kind_of_tag_has_its_protection() {
    for (tags, protection) in [(Tags::Strong, "strong"), (Tags::WeakAsString, "weak"), (Tags::Hidden, "none")] {
        let mut server = Server::json(DOCUMENT);
        server.tags = tags;
        assert_eq!(read(&mut server).protection().as_str(), protection);
    }
    // X10: a value that is no entity tag is sent back unchanged, and counts as weak.
    let odd = snapshot(document(Format::Json, "1"), Some("3c1b6f0a-unquoted"));
    assert_eq!(odd.protection().as_str(), "weak");
}

#[test]
fn c4_what_answers_other_fields_is_not_revalidated_but_read() {
    let mut server = Server::json("{}");
    let german = || Headers::new().with("Accept-Language", "de");
    let read = |stored, headers| Read::new(URL, None, stored, true).asking(headers);
    let ReadOutcome::Read(_, record) = run_read(read(None, german()), &mut server, no_faults()) else { panic!("read") };
    let mut record = record.unwrap();
    record.headers.set("Vary", "Accept-Language");
    let record = record.answering(&german(), 0);
    drop(run_read(read(Some(record.clone()), german()), &mut server, no_faults()));
    drop(run_read(read(Some(record), Headers::new().with("Accept-Language", "en")), &mut server, no_faults()));
    assert_eq!(server.requests(), ["GET", "GET If-None-Match: \"0\"", "GET"]);
}

#[test]
fn k8_a_version_that_an_own_write_replaced_is_held_back_until_several_reads_confirm_it() {
    let mut server = Server::json("{\"a\":1}");
    let old = read(&mut server);
    server.compete(Some("{\"a\":2}"));
    let new = read(&mut server);
    let mut memory = Memory::default();
    memory.remember(&old, new.document.clone(), Some(new));
    let behind = |times| Faults { reads: vec![vec![Fault::Behind(1)]; times].into(), ..no_faults() };
    let mut value = |memory: &mut Memory, times| {
        let get = Get::new(URL, None, Headers::new(), WriteOptions::default());
        let ReadOutcome::Read(snapshot, _) = run_get(get, memory, &mut server, behind(times)) else { panic!("read") };
        snapshot.document.text().map(str::to_owned)
    };
    for times in 1..=3 {
        assert_eq!(value(&mut memory, times).as_deref(), Some("{\"a\":2}"), "a replica that lags {times} times");
    }
    // Somebody has restored the old one: a tag that is a hash of the content comes back, too.
    assert_eq!(value(&mut memory, 4).as_deref(), Some("{\"a\":1}"));
    assert!(memory.earlier(&old, &MergeOptions::default()).is_none(), "the next save from it is the first one");
}

#[test]
fn a_304_from_another_url_than_the_stored_one_is_read_again_without_a_condition() {
    let headers = Headers::new().with("Content-Type", "application/json").with("ETag", "\"1\"");
    let mut stored = StoredResponse::of(&answer(200, headers, "{}")).unwrap();
    stored.url = "https://example.org/docs/1".into();
    let mut read = Read::new("https://example.org/current", None, Some(stored), true);
    let mut memory = Memory::default();
    read.step(&mut memory, Event::Started, moment());
    let mut elsewhere = answer(304, Headers::new().with("ETag", "\"1\""), "");
    elsewhere.url = "https://example.org/docs/2".into();
    let Step::Send(again) = read.step(&mut memory, Event::Answered(elsewhere), moment()) else { panic!("a request") };
    assert_eq!((again.cache, again.headers.get("if-none-match")), (CacheMode::Reload, None));
}

#[test]
fn a_text_whose_charset_gives_its_octets_other_characters_is_refused() {
    // In these charsets the octets are valid UTF-8, but mean other characters.
    for (content_type, body) in
        [("text/plain; charset=utf-16le", "a\0b\0"), ("text/html; charset=ISO-2022-JP", "\u{1b}$B$\"\u{1b}(B")]
    {
        let mut server = Server::new(content_type, body);
        let outcome = run_read(Read::new(URL, None, None, true), &mut server, no_faults());
        assert!(matches!(outcome, ReadOutcome::Unreadable(Unreadable::Document(_))), "{content_type}: {outcome:?}");
    }
    let mut server = Server::new("text/plain; charset=utf-8", "a\0\u{1b}");
    assert_eq!(read(&mut server).document.text(), Some("a\0\u{1b}"));
}
