//! Preconditions of requests, and the conclusions from a success (W, V, X, L).

use mergefetch::client::{
    Event, Origin, Outcome, ResolvedSilently, SavedKind, Step, UpdateStatus, Warning, Write, WriteOptions,
};
use mergefetch::conflict::{Choice, ConflictKind, RefusalKind};
use mergefetch::http::{Format, Headers, Method};

use super::drive::*;
use super::server::{PutAnswer, Server, Tags, URL, answer};

const BASE: &str = "{\"a\":1,\"b\":1}";
const MINE: &str = "{\"a\":2,\"b\":1}";

#[test]
fn w1_the_precondition_names_the_version_that_the_edit_started_from() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    server.compete(Some("{\"a\":1,\"b\":9}"));
    // Somebody refreshes in the background; the edit does not care.
    read(&mut server);
    let mine = document(Format::Json, MINE);
    let run = run(Write::update(base, mine, WriteOptions::default()), &mut server, no_faults());
    assert_eq!(server.requests(), ["PUT If-Match: \"0\"", "GET", "PUT If-Match: \"1\""]);
    assert_eq!(run.merged().document.text(), Some("{\"a\":2,\"b\":9}"));
}

#[test]
fn w2_a_create_says_that_nothing_is_there() {
    let mut server = Server::json(BASE);
    server.compete(None);
    let mine = document(Format::Json, MINE);
    let run = run(Write::create(URL, mine, WriteOptions::default()), &mut server, no_faults());
    run.saved(SavedKind::Created).expect("its version is known");
    assert_eq!(server.requests(), ["PUT If-None-Match: *"]);
    assert_eq!(server.now(), Some(MINE));
}

#[test]
fn w3_a_removal_names_the_version_too() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    let run = run(Write::remove(base, WriteOptions::default()), &mut server, no_faults());
    assert!(run.saved(SavedKind::Removed).is_none());
    assert_eq!(server.requests(), ["DELETE If-Match: \"0\""]);
}

#[test]
fn w4_a_post_to_a_collection_has_no_precondition_and_is_read_where_location_says() {
    let mut server = Server::json(MINE);
    let created = Headers::new().with("Location", "7");
    let collection = "https://example.org/notes/";
    let mut write = Write::create_below(collection, document(Format::Json, MINE), WriteOptions::default());
    let Step::Send(request) = write.step(Event::Started, moment()).unwrap() else {
        panic!("the first step sends");
    };
    assert_eq!((request.method, request.url.as_str()), (Method::Post, collection));
    assert_eq!(request.headers.get("if-match"), None);
    assert_eq!(request.headers.get("if-none-match"), None);
    let answer = answer(201, created, "{\"id\":7}");
    let step = write.step(Event::Answered(answer), moment()).unwrap();
    let Step::Send(request) = step else {
        panic!("the new document is read: the body of a 201 is only a report (W7)");
    };
    assert_eq!((request.method, request.url.as_str()), (Method::Get, URL));
    let answer = server.handle(&request);
    let step = write.step(Event::Answered(answer), moment()).unwrap();
    let Step::Done(Outcome::Saved(kind, Some(snapshot))) = step else {
        panic!("it is saved");
    };
    assert_eq!((kind, &*snapshot.url), (SavedKind::Created, URL));
}

#[test]
fn w5_a_strong_tag_in_the_answer_to_a_put_needs_no_read() {
    let mut server = Server::json(BASE);
    let run = save(&mut server, MINE, no_faults());
    let snapshot = run.saved(SavedKind::Saved).unwrap();
    assert_eq!(snapshot.version.as_ref().unwrap().as_str(), "\"1\"");
    assert_eq!(snapshot.document.text(), Some(MINE));
    assert_eq!(server.requests(), ["PUT If-Match: \"0\""]);
}

#[test]
fn w5_a_weak_tag_promises_nothing_about_the_octets_so_they_are_read() {
    let mut server = Server::json(BASE);
    server.tags = Tags::WeakAsString;
    server.transform = |sent| sent.replace('}', ",\"updatedAt\":5}");
    let run = save(&mut server, MINE, no_faults());
    let snapshot = run.saved(SavedKind::Saved).unwrap();
    assert_eq!(snapshot.document.text(), Some("{\"a\":2,\"b\":1,\"updatedAt\":5}"));
    assert_eq!(server.requests(), ["PUT If-Match: W/\"0\"", "GET"]);
}

#[test]
fn w6_x9_a_success_without_a_tag_kills_the_old_one_and_is_read() {
    let mut server = Server::json(BASE);
    server.put_answer = PutAnswer::Bare;
    let run = save(&mut server, MINE, no_faults());
    let snapshot = run.saved(SavedKind::Saved).unwrap();
    assert_eq!(snapshot.version.as_ref().unwrap().as_str(), "\"1\"");
    assert_eq!(server.requests(), ["PUT If-Match: \"0\"", "GET"]);
}

#[test]
fn w6_a_success_that_cannot_be_read_hands_out_what_was_sent_without_a_version() {
    for read in [
        vec![Fault::LostBefore],
        vec![Fault::Answer(500, "", "")],
        vec![Fault::Answer(200, "application/json", "{")],
        vec![Fault::Answer(200, "text/html", "<h1>Sign in</h1>")],
        vec![Fault::Cut],
        vec![Fault::TooLarge],
    ] {
        let mut server = Server::json(BASE);
        server.put_answer = PutAnswer::Bare;
        let run = save(&mut server, MINE, no_faults().and_on_reads([read.clone()]));
        let snapshot = run.saved(SavedKind::Saved).unwrap();
        assert_eq!((snapshot.document.text(), &snapshot.version), (Some(MINE), &None), "{read:?}");
        assert_eq!(server.now(), Some(MINE), "{read:?}");
    }
}

#[test]
fn w7_a_body_is_the_new_representation_only_where_content_location_says_so() {
    let mut server = Server::json(BASE);
    server.put_answer = PutAnswer::Representation;
    server.transform = |sent| sent.replace('}', ",\"updatedAt\":5}");
    let run = save(&mut server, MINE, no_faults());
    let snapshot = run.saved(SavedKind::Saved).unwrap();
    assert_eq!(snapshot.document.text(), Some("{\"a\":2,\"b\":1,\"updatedAt\":5}"));
    assert_eq!(server.requests(), ["PUT If-Match: \"0\""]);

    let mut server = Server::json(BASE);
    server.put_answer = PutAnswer::Report;
    let run = save(&mut server, MINE, no_faults());
    let snapshot = run.saved(SavedKind::Saved).unwrap();
    assert_eq!(snapshot.document.text(), Some(MINE), "a report is no document");
}

#[test]
fn w8_202_is_not_saved_so_a_read_decides() {
    // Carried out by the time of the read.
    let mut server = Server::json(BASE);
    let done = on_writes([vec![Fault::AnswerAfter(202, "", "")]]);
    save(&mut server, MINE, done).saved(SavedKind::AlreadySaved);

    // Never carried out: unknown, and never called saved.
    let mut server = Server::json(BASE);
    let accepted = || vec![Fault::Answer(202, "", "")];
    let never = on_writes([(); 6].map(|()| accepted()));
    let run = save(&mut server, MINE, never);
    assert_eq!(run.refusal().kind, RefusalKind::Unknown);
    assert_eq!(server.now(), Some(BASE));
}

#[test]
fn w9_x12_a_refusal_with_nothing_the_tag_or_the_record_in_it_leads_to_the_same() {
    for refusal in [
        (412, "", ""),
        (409, "", ""),
        (409, "application/json", "{\"code\":\"STALE_RESOURCE\",\"current_etag\":\"\\\"1\\\"\"}"),
        (412, "application/json", "{\"a\":1,\"b\":9}"),
        (409, "text/html", "<h1>Conflict</h1>"),
        (409, "application/json", "{\"code\": \"STA"),
        (412, "application/problem+json", "{\"type\":\"about:blank\",\"status\":412}"),
    ] {
        let mut server = Server::json(BASE);
        server.refusal = refusal;
        let faults = on_writes([vec![Fault::Competitor(Some("{\"a\":1,\"b\":9}"))]]);
        let run = save(&mut server, MINE, faults);
        assert_eq!(run.merged().document.text(), Some("{\"a\":2,\"b\":9}"), "{refusal:?}");
        assert_eq!(server.requests(), ["PUT If-Match: \"0\"", "GET", "PUT If-Match: \"1\""], "{refusal:?}");
    }
}

#[test]
fn v5_no_request_of_a_tracked_document_ever_says_if_match_any() {
    let any = snapshot(document(Format::Json, BASE), Some("*"));
    assert!(any.version.is_none(), "\"*\" is no version");
    let mut server = Server::json(BASE);
    server.demands_precondition = true;
    let mine = document(Format::Json, MINE);
    let faults = no_faults().and_on_reads([vec![Fault::Answer(403, "", "")]]);
    run(Write::update(any, mine, WriteOptions::default()), &mut server, faults);
    assert_eq!(server.requests(), ["GET", "PUT", "GET", "PUT If-Match: \"0\""]);
}

#[test]
fn v6_a_weak_tag_goes_out_as_it_came_and_stripped_once_where_the_server_never_matches_it() {
    for (tags, expected, is_saved) in [
        (Tags::WeakAsString, vec!["PUT If-Match: W/\"0\"", "GET"], true),
        (Tags::WeakenedOnTheWay, vec!["PUT If-Match: W/\"0\"", "GET", "PUT If-Match: \"0\"", "GET"], true),
        (
            // Nothing ever matches: one retry stripped, one read past a cache that may lag, and no more (X3).
            Tags::WeakNeverMatching,
            vec!["PUT If-Match: W/\"0\"", "GET", "PUT If-Match: \"0\"", "GET", "GET"],
            false,
        ),
    ] {
        let mut server = Server::json(BASE);
        server.tags = tags;
        let run = save(&mut server, MINE, no_faults());
        assert_eq!(server.requests(), expected, "{tags:?}");
        if is_saved {
            run.saved(SavedKind::Saved);
            assert_eq!(server.now(), Some(MINE), "{tags:?}");
        } else {
            assert_eq!(run.refusal().kind, RefusalKind::StaleRead, "{tags:?}");
        }
    }
}

#[test]
fn v6_a_409_that_speaks_of_versions_is_as_good_as_a_412() {
    for body in ["{\"code\":\"STALE_RESOURCE\"}", "{\"error\":\"VersionConflict\"}"] {
        let mut server = Server::json(BASE);
        server.tags = Tags::WeakenedOnTheWay;
        server.refusal = (409, "application/json", body);
        let run = save(&mut server, MINE, no_faults());
        run.saved(SavedKind::Saved);
        assert_eq!(run.warnings(), [Warning::WeakTag], "{body}");
    }
    // One that names a rule, or says nothing, is a rule of the server all the same (K4).
    for (body, reads) in [("{\"code\":\"ROOM_FULL\"}", 1), ("", 2)] {
        let mut server = Server::json(BASE);
        server.tags = Tags::WeakenedOnTheWay;
        server.refusal = (409, "application/json", body);
        let run = save(&mut server, MINE, no_faults());
        assert_eq!((run.refusal().kind, server.log.len()), (RefusalKind::Constraint, 1 + reads), "{body}");
    }
}

#[test]
fn x4_a_suffix_with_two_dashes_is_removed_and_a_dash_of_the_tag_stays() {
    for (tags, wanted) in [(Tags::Suffixed, "\"0\""), (Tags::TwiceDashed, "\"0\""), (Tags::DashedSuffixed, "\"0-\"")] {
        let mut server = Server::json(BASE);
        server.tags = tags;
        let run = save(&mut server, MINE, no_faults());
        run.saved(SavedKind::Saved);
        let sent = server.log.iter().rev().find_map(|one| one.if_match.clone());
        assert_eq!(sent.as_deref(), Some(wanted), "{tags:?}");
    }
}

#[test]
fn a_text_of_another_charset_is_sent_and_labelled_as_utf_8() {
    for (read_as, sent_as) in [
        ("text/html; charset=windows-1252", "text/html;charset=utf-8"),
        ("text/plain;format=flowed;Charset=\"ISO-8859-1\";x=y", "text/plain;format=flowed;x=y;charset=utf-8"),
        ("text/html; charset=UTF-8", "text/html; charset=UTF-8"),
        ("text/markdown", "text/markdown"),
    ] {
        let mut server = Server::new(read_as, "<p>cafe</p>");
        let base = read(&mut server);
        let mut write = Write::update(base, document(Format::Text, "<p>café</p>"), WriteOptions::default());
        let Ok(Step::Send(request)) = write.step(Event::Started, moment()) else { panic!("a write") };
        assert_eq!(request.headers.get("content-type"), Some(sent_as));
        assert_eq!(request.body.as_deref(), Some("<p>café</p>".as_bytes()));
    }
    // The same for a media type that the caller sets: a text is always sent as UTF-8.
    let options =
        || WriteOptions { content_type: Some("text/html; charset=windows-1252".into()), ..WriteOptions::default() };
    let mut write = Write::create(URL, document(Format::Text, "é"), options());
    let Ok(Step::Send(request)) = write.step(Event::Started, moment()) else { panic!("a write") };
    assert_eq!(request.headers.get("content-type"), Some("text/html;charset=utf-8"));
    let mut write = Write::create(URL, document(Format::Bytes, "e"), options());
    let Ok(Step::Send(request)) = write.step(Event::Started, moment()) else { panic!("a write") };
    assert_eq!(request.headers.get("content-type"), Some("text/html; charset=windows-1252"), "bytes are what they are");
}

#[test]
fn the_byte_order_mark_of_a_json_document_is_not_sent_back() {
    let mut server = Server::json("\u{feff}{\"a\":1,\"b\":1}");
    let run = save(&mut server, MINE, no_faults());
    run.saved(SavedKind::Saved);
    assert_eq!(server.now(), Some(MINE));
    // A text keeps its byte order mark, which is part of the text.
    let mut server = Server::text("\u{feff}a\n");
    save(&mut server, "\u{feff}b\n", no_faults()).saved(SavedKind::Saved);
    assert_eq!(server.now(), Some("\u{feff}b\n"));
}

#[test]
fn v6_the_stripped_retry_is_reported_and_never_overwrites_somebody() {
    let mut server = Server::json(BASE);
    server.tags = Tags::WeakenedOnTheWay;
    // The competitor comes between the read with the old tag and the repeat with the stripped tag.
    let faults = on_writes([vec![], vec![Fault::Competitor(Some("{\"a\":1,\"b\":9}"))]]);
    let run = save(&mut server, MINE, faults);
    // Once: the form that the server took back is kept for the merged write.
    assert_eq!(run.warnings(), [Warning::WeakTag]);
    assert_eq!(run.absorbed(), [ResolvedSilently::Validator]);
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":9}"));
    run.merged();
}

#[test]
fn v7_a_write_without_a_version_is_reported_or_not_sent() {
    let mut server = Server::json(BASE);
    server.tags = Tags::Hidden;
    let run = save(&mut server, MINE, no_faults());
    assert_eq!(run.warnings(), [Warning::Unprotected]);
    let snapshot = run.saved(SavedKind::Saved).unwrap();
    assert_eq!(snapshot.protection().as_str(), "none");

    let mut server = Server::json(BASE);
    server.tags = Tags::Hidden;
    let options = WriteOptions { refuse_unprotected: true, ..WriteOptions::default() };
    let run = save_with(&mut server, MINE, options, no_faults());
    assert_eq!(run.refusal().kind, RefusalKind::Unprotected);
    assert_eq!(server.requests(), ["GET"], "the read before the write finds no version either");
}

#[test]
fn x2_a_success_that_names_the_old_version_and_wrote_nothing_is_none() {
    // Where the answer names no version, a replica may lag: it is read again.
    for (tag, reads) in [("\"0\"", 1), ("", 4)] {
        let mut server = Server::json(BASE);
        let faults = on_writes([vec![match tag {
            "" => Fault::Answer(200, "", ""),
            tag => Fault::AnswerWith(200, ("ETag", tag), BASE),
        }]]);
        let run = save(&mut server, MINE, faults);
        assert_eq!(run.refusal().kind, RefusalKind::Unknown, "{tag:?}");
        assert_eq!(server.requests(), [vec!["PUT If-Match: \"0\""], vec!["GET"; reads]].concat(), "{tag:?}");
    }
}

/// Somebody removes the document; the update is answered 201, as many servers of files do (X6).
fn recreating(update_status: UpdateStatus, faults: Faults) -> (Server, Run) {
    let mut server = Server::json(BASE);
    let options = WriteOptions { origin: Origin { update_status, ..Origin::default() }, ..WriteOptions::default() };
    let run = save_with(&mut server, MINE, options, faults);
    (server, run)
}

fn removed_and_made_anew() -> Vec<Fault> {
    vec![Fault::Competitor(None), Fault::Recreate]
}

#[test]
fn x6_an_update_that_made_a_removed_document_anew_is_an_edit_against_a_removal() {
    for (status, writes) in [(UpdateStatus::Updated, 1), (UpdateStatus::Unknown, 2)] {
        let (mut server, run) = recreating(status, on_writes([removed_and_made_anew()]));
        // If nobody knows the meaning of a 201 here, the same update is sent once more, with the new version.
        let expected = ["PUT If-Match: \"0\"", "PUT If-Match: \"2\""];
        assert_eq!(server.requests(), expected[..writes], "{status:?}");
        let state = run.conflict();
        assert_eq!(state.conflict.kind(), ConflictKind::EditDelete);
        assert_eq!(state.conflict.unresolved(), 1);
        let decided = |choice| {
            let mut state = state.clone();
            state.conflict.take(choice, None).unwrap();
            Write::submit(state, WriteOptions::default()).unwrap()
        };
        server.log.clear();
        run_mut(&mut decided(Choice::Mine), &mut server, no_faults()).saved(SavedKind::Saved).unwrap();
        assert_eq!(server.requests(), [""; 0], "mine is stored already");
        run_mut(&mut decided(Choice::Theirs), &mut server, no_faults()).saved(SavedKind::Removed);
        assert_eq!(server.now(), None);
    }
}

#[test]
fn x6_a_201_from_a_server_that_answers_updates_with_205_means_a_recreated_document() {
    // Community Solid Server.
    let repeated = vec![Fault::AnswerAfterWith(205, "ETag")];
    let (_, run) = recreating(UpdateStatus::Unknown, on_writes([removed_and_made_anew(), repeated]));
    assert_eq!(run.conflict().conflict.kind(), ConflictKind::EditDelete);
}

#[test]
fn x6_an_origin_that_answers_every_update_with_201_causes_no_warning() {
    let always = || vec![Fault::AnswerAfterWith(201, "ETag")];
    let (server, run) = recreating(UpdateStatus::Unknown, on_writes([always(), always()]));
    assert_eq!(run.warnings(), []);
    run.saved(SavedKind::Saved);
    assert_eq!(server.requests(), ["PUT If-Match: \"0\"", "PUT If-Match: \"1\""], "it is found out once");
    let (server, run) = recreating(UpdateStatus::Created, on_writes([always()]));
    assert_eq!(run.warnings(), []);
    run.saved(SavedKind::Saved);
    assert_eq!(server.requests(), ["PUT If-Match: \"0\""]);
}

#[test]
fn x14_a_server_that_stores_something_else_is_read_and_believed() {
    let mut server = Server::json(BASE);
    server.put_answer = PutAnswer::Bare;
    server.transform = |_| "{\"a\":3}".to_owned();
    let run = save(&mut server, MINE, no_faults());
    let snapshot = run.saved(SavedKind::Saved).unwrap();
    assert_eq!(snapshot.document.text(), Some("{\"a\":3}"));
}

#[test]
fn a_save_without_an_edit_sends_nothing() {
    let mut server = Server::json("{ \"a\": 1.0 }");
    let run = save(&mut server, "{\"a\":1}", no_faults());
    run.saved(SavedKind::Unchanged).unwrap();
    assert_eq!(server.requests(), [""; 0]);
}

#[test]
fn what_nobody_edited_keeps_its_octets_on_the_way_to_the_server() {
    let base = "{\r\n  \"id\" : 12345678901234567890,\r\n  \"rate\": 1.0,\r\n  \"t\": \"a\"\r\n}\r\n";
    let mut server = Server::json(base);
    let snapshot = read(&mut server);
    // The result of `JSON.stringify(JSON.parse(…))` for it, with one edit.
    let mine = mergefetch::conflict::Document::parse_edit(
        Format::Json,
        b"{\"id\":12345678901234567000,\"rate\":1,\"t\":\"b\"}",
        Some(&snapshot.document),
    )
    .unwrap();
    run(Write::update(snapshot, mine, WriteOptions::default()), &mut server, no_faults()).saved(SavedKind::Saved);
    assert_eq!(server.now(), Some(base.replace("\"a\"", "\"b\"").as_str()));
}

#[test]
fn the_content_type_of_a_write_is_the_callers_else_that_of_the_read() {
    for (wanted, expected) in
        [(None, "application/merge+json;charset=utf-8"), (Some("application/json"), "application/json")]
    {
        let mut server = Server::new("application/merge+json;charset=utf-8", BASE);
        let base = read(&mut server);
        let options = WriteOptions { content_type: wanted.map(str::to_owned), ..WriteOptions::default() };
        let mut write = Write::update(base, document(Format::Json, MINE), options);
        let step = write.step(Event::Started, moment());
        let Ok(Step::Send(request)) = step else {
            panic!("the first step sends");
        };
        assert_eq!(request.headers.get("content-type"), Some(expected));
    }
}

#[test]
fn w7_the_answer_to_a_put_is_the_document_if_it_contains_every_sent_member() {
    const SENT: &str = "{\"a\":2,\"b\":1}";
    for (status, body, expected) in [
        // The server adds ids, times and other members.
        (200, "{\"id\":7,\"a\":2.0,\"b\":1}", Some("{\"id\":7,\"a\":2.0,\"b\":1}")),
        (201, "{\"id\":7,\"a\":2,\"b\":1}", Some("{\"id\":7,\"a\":2,\"b\":1}")),
        (200, "", Some(SENT)),
        (204, "", Some(SENT)),
        // A report, a list, or a document without the sent values: only a read shows the stored document.
        (200, "{\"status\":\"done\"}", None),
        (200, "{\"a\":2}", None),
        (200, "{\"a\":2,\"b\":3}", None),
        (200, "{\"data\":{\"a\":2,\"b\":1}}", None),
        (200, "[{\"a\":2,\"b\":1}]", None),
        (200, "done", None),
    ] {
        let mut server = Server::json(BASE);
        let options = WriteOptions {
            origin: Origin { update_status: UpdateStatus::Created, ..Origin::default() },
            ..WriteOptions::default()
        };
        let mut write = Write::update(read(&mut server), document(Format::Json, SENT), options);
        assert!(matches!(write.step(Event::Started, moment()), Ok(Step::Send(_))));
        let headers = Headers::new().with("ETag", "\"9\"").with("Content-Type", "application/json");
        match (write.step(Event::Answered(answer(status, headers, body)), moment()).unwrap(), expected) {
            (Step::Done(Outcome::Saved(_, Some(snapshot))), Some(expected)) => {
                assert_eq!(snapshot.document.text(), Some(expected), "{status} {body}");
                assert_eq!(snapshot.version.unwrap().as_str(), "\"9\"");
            }
            (Step::Send(read), None) => assert_eq!(read.method, Method::Get, "{body}"),
            other => panic!("{status} {body}: {other:?}"),
        }
    }
    // The same inside lists, where elements are compared by position.
    let mut server = Server::json("{\"lines\":[]}");
    server.put_answer = PutAnswer::Echo;
    server.transform = |sent| sent.replace("{\"sku\"", "{\"id\":1,\"sku\"");
    let run = save(&mut server, "{\"lines\":[{\"sku\":\"x\"}]}", no_faults());
    let snapshot = run.saved(SavedKind::Saved).unwrap();
    assert_eq!(snapshot.document.text(), Some("{\"lines\":[{\"id\":1,\"sku\":\"x\"}]}"));
    assert_eq!(server.requests(), ["PUT If-Match: \"0\""]);
    // Every report contains all members of an empty document.
    let mut server = Server::json(BASE);
    server.put_answer = PutAnswer::Report;
    let run = save(&mut server, "{}", no_faults());
    assert_eq!(run.saved(SavedKind::Saved).unwrap().document.text(), Some("{}"));
}

#[test]
fn w7_a_body_that_is_located_elsewhere_is_a_report_and_not_the_document() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    for (location, is_document) in [("/notes/7", true), (URL, true), ("/notes/7/status", false), ("/notes/8", false)] {
        let mut write = Write::update(base.clone(), document(Format::Json, MINE), WriteOptions::default());
        assert!(matches!(write.step(Event::Started, moment()), Ok(Step::Send(_))));
        let headers = Headers::new()
            .with("ETag", "W/\"9\"")
            .with("Content-Type", "application/json")
            .with("Content-Location", location);
        let answered = write.step(Event::Answered(answer(200, headers, "{\"a\":2,\"b\":7}")), moment()).unwrap();
        match answered {
            Step::Done(Outcome::Saved(_, Some(snapshot))) if is_document => {
                assert_eq!(snapshot.document.text(), Some("{\"a\":2,\"b\":7}"));
            }
            Step::Send(read) if !is_document => assert_eq!(read.method, Method::Get),
            other => panic!("{location}: {other:?}"),
        }
    }
}

#[test]
fn w7_a_body_that_was_asked_for_is_the_new_representation() {
    let mut server = Server::json("{\"a\":1}");
    let base = read(&mut server);
    let headers = Headers::new().with("ETag", "\"9\"").with("Preference-Applied", "return=representation");
    let stored = answer(200, headers.with("Content-Type", "application/json"), "{\"a\":2,\"by\":\"server\"}");
    let mut write = Write::update(base, document(Format::Json, "{\"a\":2}"), WriteOptions::default());
    drop(write.step(Event::Started, moment()).unwrap());
    let Step::Done(Outcome::Saved(_, Some(snapshot))) = write.step(Event::Answered(stored), moment()).unwrap() else {
        panic!("nothing is left to read");
    };
    assert_eq!(snapshot.document.text(), Some("{\"a\":2,\"by\":\"server\"}"));
}

#[test]
fn w9_a_refusal_that_brings_the_newest_version_saves_the_read() {
    for (status, location) in [(409, URL), (412, "/notes/7")] {
        let mut server = Server::json("{\"a\":1,\"b\":1}");
        let base = read(&mut server);
        server.compete(Some("{\"a\":1,\"b\":9}"));
        let headers = Headers::new().with("ETag", "\"1\"").with("Content-Location", location);
        let refusal = answer(status, headers.with("Content-Type", "application/json"), "{\"a\":1,\"b\":9}");
        let mut write = Write::update(base, document(Format::Json, "{\"a\":2,\"b\":1}"), WriteOptions::default());
        drop(write.step(Event::Started, moment()).unwrap());
        let Step::Send(request) = write.step(Event::Answered(refusal), moment()).unwrap() else { panic!("a request") };
        assert_eq!((request.method, request.headers.get("if-match")), (Method::Put, Some("\"1\"")), "{status}");
        assert_eq!(request.body.as_deref(), Some(&b"{\"a\":2,\"b\":9}"[..]));
    }
}

#[test]
fn w9_a_refusal_that_brings_another_document_is_read_again() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    for (location, is_theirs) in [("/notes/7", true), ("/notes/8", false)] {
        let mut write = Write::update(base.clone(), document(Format::Json, MINE), WriteOptions::default());
        assert!(matches!(write.step(Event::Started, moment()), Ok(Step::Send(_))));
        let headers = Headers::new()
            .with("ETag", "\"9\"")
            .with("Content-Type", "application/json")
            .with("Content-Location", location);
        let refused = Event::Answered(answer(412, headers, "{\"a\":1,\"b\":7}"));
        let Step::Send(next) = write.step(refused, moment()).unwrap() else { panic!("a request") };
        assert_eq!(next.method, if is_theirs { Method::Put } else { Method::Get }, "{location}");
    }
}
