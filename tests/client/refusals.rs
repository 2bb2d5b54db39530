//! The meaning of a refused or doubtful write: the table of HTTP-RULES 4.7, K, R and L.

use mergefetch::client::{ConflictState, Event, Outcome, ResolvedSilently, SavedKind, Step, Write, WriteOptions};
use mergefetch::conflict::{Choice, ConflictKind, MergeOptions, RefusalKind};
use mergefetch::http::{CacheMode, Format, Headers, Method, Versioning};
use mergefetch::merge::json;

use super::drive::*;
use super::server::{Server, Tags, URL, answer};

pub const BASE: &str = "{\"a\":1,\"b\":1}";
pub const MINE: &str = "{\"a\":2,\"b\":1}";
/// An edit of the members that mine edits, too.
pub const CLASHING: &str = "{\"a\":3,\"b\":1}";
/// Touches something else.
pub const BESIDE: &str = "{\"a\":1,\"b\":9}";

pub fn competitor(document: &'static str) -> Vec<Fault> {
    vec![Fault::Competitor(Some(document))]
}

pub fn clash(server: &mut Server) -> ConflictState {
    save(server, MINE, on_writes([competitor(CLASHING)])).conflict()
}

pub fn submit(state: ConflictState, server: &mut Server, faults: Faults) -> Run {
    let write = Write::submit(state, WriteOptions::default()).unwrap();
    run(write, server, faults)
}

// ---------------------------------------------------------------------------------------------- the table of 4.7

#[test]
fn edit_edit_what_both_touched_is_asked_and_nothing_is_sent_again() {
    let mut server = Server::json(BASE);
    let state = clash(&mut server);
    assert_eq!(state.conflict.kind(), ConflictKind::EditEdit);
    assert_eq!(state.conflict.unresolved(), 1);
    assert_eq!(state.conflict.mine().unwrap().text(), Some(MINE));
    let theirs = state.theirs.as_ref().unwrap();
    assert_eq!(theirs.document.text(), Some(CLASHING));
    assert_eq!(theirs.version.as_ref().unwrap().as_str(), "\"1\"");
    assert_eq!(state.problem.status, Some(412));
    assert_eq!(server.requests(), ["PUT If-Match: \"0\"", "GET"]);
}

#[test]
fn mergeable_what_does_not_overlap_is_merged_and_sent_with_the_version_of_theirs() {
    let mut server = Server::json(BASE);
    let run = save(&mut server, MINE, on_writes([competitor(BESIDE)]));
    assert_eq!(run.merged().document.text(), Some("{\"a\":2,\"b\":9}"));
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":9}"));
}

#[test]
fn mergeable_texts_keep_the_lines_of_both() {
    let mut server = Server::text("one\r\ntwo\r\nthree\r\n");
    let theirs = on_writes([competitor("one\r\ntwo\r\nTHREE\r\n")]);
    let run = save(&mut server, "ONE\r\ntwo\r\nthree\r\n", theirs);
    assert_eq!(run.merged().document.text(), Some("ONE\r\ntwo\r\nTHREE\r\n"));
}

#[test]
fn same_edit_theirs_equals_mine_is_a_success_with_their_version() {
    let mut server = Server::json(BASE);
    // The same value in another layout.
    let run = save(&mut server, MINE, on_writes([competitor("{ \"b\": 1, \"a\": 2 }")]));
    let snapshot = run.saved(SavedKind::AlreadySaved).unwrap();
    assert_eq!(snapshot.version.as_ref().unwrap().as_str(), "\"1\"");
    assert_eq!(run.absorbed(), [ResolvedSilently::AlreadySaved]);
    assert_eq!(server.requests(), ["PUT If-Match: \"0\"", "GET"]);
}

#[test]
fn already_applied_r4_a_lost_answer_is_found_out_by_reading() {
    let mut server = Server::json(BASE);
    let run = save(&mut server, MINE, on_writes([vec![Fault::LostAfter]]));
    run.saved(SavedKind::AlreadySaved).unwrap();
    assert_eq!(server.requests(), ["PUT If-Match: \"0\"", "GET"]);
    assert_eq!(server.history.len(), 2, "it was written once");
}

#[test]
fn r4_a_write_that_never_arrived_is_sent_again_with_the_same_version() {
    for fault in [
        Fault::LostBefore,
        Fault::Answer(500, "", ""),
        Fault::Answer(502, "text/html", "<h1>Bad gateway</h1>"),
        Fault::Answer(503, "", ""),
        Fault::Answer(504, "", ""),
        Fault::Answer(303, "", ""),
    ] {
        let mut server = Server::json(BASE);
        let run = save(&mut server, MINE, on_writes([vec![fault.clone()]]));
        run.saved(SavedKind::Saved).unwrap();
        assert_eq!(server.requests(), ["PUT If-Match: \"0\"", "GET", "PUT If-Match: \"0\""], "{fault:?}");
    }
}

#[test]
fn r4_a_lost_answer_with_a_later_edit_of_somebody_else_is_no_conflict_with_oneself() {
    let mut server = Server::json(BASE);
    let faults = on_writes([vec![Fault::CompetitorAfter(Some("{\"a\":2,\"b\":9}")), Fault::LostAfter]]);
    let run = save(&mut server, MINE, faults);
    assert_eq!(run.merged().document.text(), Some("{\"a\":2,\"b\":9}"));
    assert_eq!(server.history.len(), 3, "nothing had to be sent again");
}

#[test]
fn r4_lines_that_somebody_added_to_an_edit_whose_answer_was_lost_are_no_conflict_with_it() {
    let mut server = Server::text("a\nb\n");
    let later = "mine\ntheirs\na\nB\n";
    let run =
        save(&mut server, "mine\na\nb\n", on_writes([vec![Fault::CompetitorAfter(Some(later)), Fault::LostAfter]]));
    assert_eq!(run.merged().document.text(), Some(later));
    assert_eq!(server.history.len(), 3, "nothing had to be sent again");
}

#[test]
fn spurious_metadata_what_the_server_manages_is_no_conflict() {
    let mut server = Server::json("{\"a\":1,\"at\":1}");
    let options = WriteOptions {
        merge: MergeOptions {
            json: json::Options { rules: vec![("/at".to_owned(), json::Rule::Ignore)], ..json::Options::default() },
            ..MergeOptions::default()
        },
        ..WriteOptions::default()
    };
    let faults = on_writes([competitor("{\"a\":1,\"at\":2}")]);
    let run = save_with(&mut server, "{\"a\":2,\"at\":1}", options, faults);
    run.saved(SavedKind::Saved);
    assert_eq!(run.absorbed(), [ResolvedSilently::OnlyIgnored]);
    assert_eq!(server.now(), Some("{\"a\":2,\"at\":2}"));
}

#[test]
fn spurious_validator_another_version_of_the_same_value_is_sent_again_with_it() {
    let mut server = Server::json(BASE);
    let run = save(&mut server, MINE, on_writes([competitor(BASE)]));
    run.saved(SavedKind::Saved);
    assert_eq!(run.absorbed(), [ResolvedSilently::Validator]);
    assert_eq!(server.requests(), ["PUT If-Match: \"0\"", "GET", "PUT If-Match: \"1\""]);
}

#[test]
fn edit_delete_r11_a_document_that_is_gone_is_asked_about_whatever_the_server_says() {
    for status in [404, 410, 412, 409] {
        let mut server = Server::json(BASE);
        let fault = vec![Fault::Competitor(None), Fault::Answer(status, "", "")];
        let state = save(&mut server, MINE, on_writes([fault])).conflict();
        assert_eq!(state.conflict.kind(), ConflictKind::EditDelete, "{status}");
        assert_eq!(state.conflict.mine().unwrap().text(), Some(MINE));
        assert!(state.theirs.is_none());
        assert_eq!(server.requests(), ["PUT If-Match: \"0\"", "GET"]);
    }
    // Whichever of the two the read says.
    let mut server = Server::json(BASE);
    let faults = on_writes([vec![Fault::Answer(412, "", "")]]).and_on_reads([vec![Fault::Answer(410, "", "")]]);
    assert_eq!(save(&mut server, MINE, faults).conflict().conflict.kind(), ConflictKind::EditDelete);
}

#[test]
fn edit_delete_restoring_creates_and_leaving_it_sends_nothing() {
    let removed = || on_writes([vec![Fault::Competitor(None)]]);
    let mut server = Server::json(BASE);
    let mut state = save(&mut server, MINE, removed()).conflict();
    state.conflict.take(Choice::Mine, None).unwrap();
    submit(state, &mut server, no_faults()).saved(SavedKind::Saved);
    assert_eq!(server.requests()[2], "PUT If-None-Match: *");
    assert_eq!(server.now(), Some(MINE));

    let mut server = Server::json(BASE);
    let mut state = save(&mut server, MINE, removed()).conflict();
    state.conflict.take(Choice::Theirs, None).unwrap();
    submit(state, &mut server, no_faults()).saved(SavedKind::Removed);
    assert_eq!(server.log.len(), 2, "nothing was sent");
}

#[test]
fn delete_edit_r12_a_removal_of_what_somebody_edited_is_asked_about() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    let faults = on_writes([competitor(CLASHING)]);
    let write = Write::remove(base, WriteOptions::default());
    let mut state = run(write, &mut server, faults).conflict();
    assert_eq!(state.conflict.kind(), ConflictKind::DeleteEdit);
    assert!(state.conflict.mine().is_none());
    assert_eq!(server.requests(), ["DELETE If-Match: \"0\"", "GET"]);

    state.conflict.take(Choice::Mine, None).unwrap();
    submit(state, &mut server, no_faults()).saved(SavedKind::Removed);
    assert_eq!(server.requests()[2], "DELETE If-Match: \"1\"");
    assert_eq!(server.now(), None);
}

#[test]
fn r12_removing_what_is_gone_is_a_success() {
    for status in [404, 410, 412] {
        let mut server = Server::json(BASE);
        let base = read(&mut server);
        let fault = vec![Fault::Competitor(None), Fault::Answer(status, "", "")];
        let write = Write::remove(base, WriteOptions::default());
        run(write, &mut server, on_writes([fault])).saved(SavedKind::Removed);
        let needs_read = status == 412;
        assert_eq!(server.log.len(), 1 + usize::from(needs_read), "{status} of a removal says enough");
    }
}

#[test]
fn create_create_w2_is_handed_out_without_a_base_and_never_merged_by_itself() {
    for status in [412, 409] {
        let mut server = Server::json(CLASHING);
        server.refusal = (status, "", "");
        let mine = document(Format::Json, MINE);
        let write = Write::create(URL, mine, WriteOptions::default());
        let state = run(write, &mut server, no_faults()).conflict();
        assert_eq!(state.conflict.kind(), ConflictKind::CreateCreate);
        assert!(state.conflict.base().is_none());
        assert_eq!(server.requests(), ["PUT If-None-Match: *", "GET"]);
    }
}

#[test]
fn create_create_of_the_same_value_is_already_saved() {
    let mut server = Server::json(MINE);
    let mine = document(Format::Json, MINE);
    let write = Write::create(URL, mine, WriteOptions::default());
    run(write, &mut server, no_faults()).saved(SavedKind::AlreadySaved);
}

#[test]
fn r10_428_is_answered_with_the_version_of_a_read_and_never_with_any() {
    let mut server = Server::json(BASE);
    server.demands_precondition = true;
    let base = snapshot(document(Format::Json, BASE), None);
    let write = Write::update(base, document(Format::Json, MINE), WriteOptions::default());
    // The pre-write check proves nothing.
    let run_ = run(write, &mut server, no_faults().and_on_reads([vec![Fault::Answer(403, "", "")]]));
    run_.saved(SavedKind::Saved);
    assert_eq!(run_.absorbed(), [ResolvedSilently::VersionRequired]);
    assert_eq!(server.requests(), ["GET", "PUT", "GET", "PUT If-Match: \"0\""]);

    // It moved meanwhile: a conflict, as anywhere else.
    let mut server = Server::json(CLASHING);
    server.demands_precondition = true;
    let base = snapshot(document(Format::Json, BASE), None);
    let write = Write::update(base, document(Format::Json, MINE), WriteOptions::default());
    let state = run(write, &mut server, no_faults()).conflict();
    assert_eq!(state.conflict.unresolved(), 1);

    // No version can be had.
    let mut server = Server::json(BASE);
    server.tags = Tags::Hidden;
    server.demands_precondition = true;
    let run = save(&mut server, MINE, no_faults());
    assert_eq!(run.refusal().kind, RefusalKind::VersionRequired);
    assert_eq!(server.requests(), ["GET", "PUT", "GET"]);
}

#[test]
fn r9_locked_is_told_and_keeps_the_edit() {
    let mut server = Server::json(BASE);
    let locked = Fault::Answer(423, "application/json", "{\"code\":\"LOCKED\",\"details\":{\"holder\":\"cara\"}}");
    let run = save(&mut server, MINE, on_writes([vec![locked]]));
    assert_eq!(run.refusal().kind, RefusalKind::Locked);
    assert_eq!(run.refusal().problem.code.as_deref(), Some("LOCKED"));
    assert_eq!(server.log.len(), 2, "it is not sent again by itself");

    // Nor merged, where somebody wrote before the lock.
    let mut server = Server::json(BASE);
    let locked = vec![Fault::Competitor(Some(BESIDE)), Fault::Answer(423, "", "")];
    assert_eq!(save(&mut server, MINE, on_writes([locked])).refusal().kind, RefusalKind::Locked);
    assert_eq!(server.now(), Some(BESIDE));
}

#[test]
fn k7_stale_read_412_and_the_read_returns_the_version_that_was_refused() {
    let mut server = Server::json(BASE);
    let behind = || vec![Fault::Behind(1)];
    let faults = on_writes([competitor(CLASHING)]).and_on_reads([behind(), behind()]);
    let run = save(&mut server, MINE, faults);
    assert_eq!(run.refusal().kind, RefusalKind::StaleRead);
    assert_eq!(server.requests(), ["PUT If-Match: \"0\"", "GET", "GET"]);
    assert!(run.waited_ms[0] >= 200, "it gives the replica time");
}

#[test]
fn k7_a_replica_that_catches_up_leads_to_the_conflict() {
    let mut server = Server::json(BASE);
    let faults = on_writes([competitor(CLASHING)]).and_on_reads([vec![Fault::Behind(1)], vec![]]);
    let state = save(&mut server, MINE, faults).conflict();
    assert_eq!(state.conflict.unresolved(), 1);
}

#[test]
fn k4_409_with_the_version_unmoved_is_a_rule_of_the_server_and_not_sent_again() {
    for (body, kind) in [
        ("{\"code\":\"ROOM_FULL\"}", RefusalKind::Constraint),
        ("{\"code\":\"DUPLICATE_EMAIL\"}", RefusalKind::Duplicate),
        ("{\"code\":\"INVALID_ORDER_STATE\"}", RefusalKind::InvalidState),
        ("{\"error\":{\"code\":\"username_taken\"}}", RefusalKind::Duplicate),
        ("{\"code\":\"request_in_progress\"}", RefusalKind::Busy),
    ] {
        let mut server = Server::json(BASE);
        let fault = vec![Fault::Answer(409, "application/json", body)];
        let run = save(&mut server, MINE, on_writes([fault]));
        assert_eq!(run.refusal().kind, kind, "{body}");
        assert_eq!(run.refusal().problem.status, Some(409));
        assert_eq!(server.requests(), ["PUT If-Match: \"0\"", "GET"], "{body}");
    }
}

#[test]
fn k7_a_stale_409_whose_reads_lag_is_a_stale_read() {
    let behind = || vec![Fault::Behind(1)];
    for body in [
        "{\"code\":\"STALE_RESOURCE\"}",
        "{\"title\":\"Version conflict\"}",
        "{\"message\":\"Attempted to update a stale object: Post.\"}",
        "{\"message\":\"Your copy is out of date.\"}",
        "{\"error\":\"Conflict\",\"message\":\"The record has been modified by another user.\"}",
    ] {
        let mut server = Server::json(BASE);
        server.refusal = (409, "application/json", body);
        let lagging = || on_writes([competitor(CLASHING)]).and_on_reads([behind(), behind()]);
        let run = save(&mut server, MINE, lagging());
        assert_eq!(run.refusal().kind, RefusalKind::StaleRead, "{body}");
        assert_eq!(server.requests(), ["PUT If-Match: \"0\"", "GET", "GET"], "{body}");
    }
    // A second read may find the newer version that the first one missed, even without such words.
    for body in ["", "{\"error\":\"Conflict\"}", "{\"code\":\"STALE_RESOURCE\"}"] {
        let mut server = Server::json(BASE);
        server.refusal = (409, "application/json", body);
        let catching_up = on_writes([competitor(CLASHING)]).and_on_reads([behind(), vec![]]);
        assert_eq!(save(&mut server, MINE, catching_up).conflict().conflict.unresolved(), 1, "{body}");
        // Nobody wrote, and the refusal gives no reason: a rule of the server.
        let mut server = Server::json(BASE);
        let kind = save(&mut server, MINE, on_writes([vec![Fault::Answer(409, "application/json", body)]]));
        let is_stale = body.contains("STALE");
        let expected = if is_stale { RefusalKind::StaleRead } else { RefusalKind::Constraint };
        assert_eq!((kind.refusal().kind, server.log.len()), (expected, 3), "{body}");
    }
}

#[test]
fn a_409_without_words_to_a_creation_at_a_known_url_is_a_duplicate() {
    for (status, body, kind) in [
        (409, "", RefusalKind::Duplicate),
        (409, "{\"error\":\"Conflict\"}", RefusalKind::Duplicate),
        (409, "{\"code\":\"ROOM_FULL\"}", RefusalKind::Constraint),
        (409, "{\"code\":\"INVALID_STATE\"}", RefusalKind::InvalidState),
        (422, "", RefusalKind::Constraint),
    ] {
        let mut server = Server::json(BASE);
        server.compete(None);
        let write = Write::create(URL, document(Format::Json, MINE), WriteOptions::default());
        is_refused_as(kind, write, &mut server, (status, body));
    }
}

#[test]
fn a_field_of_a_server_never_sets_the_kind_of_its_refusal() {
    for (field, value) in [("mergefetch-refusal", "busy"), ("mergefetch-refusal", "duplicate")] {
        for status in [409, 412] {
            let mut server = Server::json(BASE);
            let fault = vec![Fault::Competitor(Some(BESIDE)), Fault::AnswerWith(status, (field, value), "")];
            save(&mut server, MINE, on_writes([fault])).merged();
        }
        // With an adapter of the page, the field comes from the adapter.
        let mut server = Server::json(BASE);
        let versioning = Versioning::header("mergefetch-version", "mergefetch-version");
        let options = WriteOptions { versioning, ..WriteOptions::default() };
        let fault = vec![Fault::AnswerWith(412, (field, value), "")];
        let run = save_with(&mut server, MINE, options, on_writes([fault]));
        assert_eq!(run.refusal().kind, RefusalKind::parse(value).unwrap());
    }
}

#[test]
fn k2_the_read_decides_even_where_the_words_name_a_rule() {
    let mut server = Server::json(BASE);
    let words = "{\"code\":\"DUPLICATE_EMAIL\"}";
    let fault = vec![Fault::Competitor(Some(CLASHING)), Fault::Answer(409, "application/json", words)];
    let state = save(&mut server, MINE, on_writes([fault])).conflict();
    assert_eq!(state.conflict.unresolved(), 1);
    assert_eq!(state.problem.code.as_deref(), Some("DUPLICATE_EMAIL"));
}

#[test]
fn k3_problem_details_come_with_the_refusal() {
    let mut server = Server::json(BASE);
    let body = r##"{"type":"https://e.example/taken","title":"Unique value taken","status":409,
        "detail":"somebody has it","errors":[{"pointer":"#/a","detail":"taken"}],"extra":true}"##;
    let fault = vec![Fault::Answer(409, "application/problem+json", body)];
    let run = save(&mut server, MINE, on_writes([fault]));
    let problem = &run.refusal().problem;
    assert_eq!(problem.title.as_deref(), Some("Unique value taken"));
    assert_eq!(problem.fields[0].path, "/a");
    assert_eq!(problem.body.as_deref(), Some(body), "unknown members are kept");
    assert_eq!(run.refusal().kind, RefusalKind::Duplicate);
}

#[test]
fn k7_forbidden_on_the_read_keeps_the_edit_and_says_so() {
    let mut server = Server::json(BASE);
    let faults = on_writes([competitor(CLASHING)]).and_on_reads([vec![Fault::Answer(401, "", "")]]);
    let run = save(&mut server, MINE, faults);
    assert_eq!(run.refusal().kind, RefusalKind::Forbidden);
    assert_eq!(run.refusal().problem.status, Some(401));
}

#[test]
fn unknown_when_the_newest_version_cannot_be_read() {
    for read in [
        vec![Fault::LostBefore],
        vec![Fault::Answer(500, "", "")],
        vec![Fault::Answer(200, "text/html", "<h1>Sign in</h1>")],
        vec![Fault::Answer(200, "application/json", "")],
        vec![Fault::Cut],
        vec![Fault::TooLarge],
    ] {
        let mut server = Server::json(BASE);
        let faults = on_writes([competitor(CLASHING)]).and_on_reads([read.clone()]);
        let run = save(&mut server, MINE, faults);
        assert_eq!(run.refusal().kind, RefusalKind::Unknown, "{read:?}");
        assert_eq!(server.now(), Some(CLASHING), "{read:?}");
    }
}

#[test]
fn w14_statuses_that_come_before_the_precondition_say_nothing_of_the_version() {
    for (status, kind) in [
        (400, RefusalKind::Constraint),
        (401, RefusalKind::Forbidden),
        (403, RefusalKind::Forbidden),
        (405, RefusalKind::Constraint),
        (413, RefusalKind::Constraint),
        (415, RefusalKind::Constraint),
        (422, RefusalKind::Constraint),
    ] {
        let mut server = Server::json(BASE);
        let fault = vec![Fault::Answer(status, "", "")];
        let run = save(&mut server, MINE, on_writes([fault]));
        assert_eq!(run.refusal().kind, kind, "{status}");
        assert_eq!(server.log.len(), 1, "{status}");
    }
}

#[test]
fn a_404_for_the_write_of_what_can_be_read_is_a_rule_and_no_deletion() {
    let mut server = Server::json(BASE);
    let run = save(&mut server, MINE, on_writes([vec![Fault::Answer(404, "", "")]]));
    assert_eq!(run.refusal().kind, RefusalKind::Constraint);
}

#[test]
fn a_refusal_that_somebody_elses_request_met_is_read_but_nothing_is_sent() {
    for (theirs, is_conflict) in [(CLASHING, true), (BESIDE, true), (BASE, true), (MINE, false)] {
        let mut server = Server::json(BASE);
        let base = read(&mut server);
        server.compete(Some(theirs));
        let refused = answer(412, Headers::new(), "");
        let mine = Some(document(Format::Json, MINE));
        let options = WriteOptions::default();
        let write = Write::refused(Some(base), URL, mine, &refused, options, 0.0);
        let run = run(write, &mut server, no_faults());
        assert_eq!(server.requests(), ["GET"], "{theirs}");
        assert_eq!(matches!(run.outcome, Outcome::Conflict(_)), is_conflict, "{theirs}");
    }
}

#[test]
fn r1_k8_a_replica_that_goes_back_and_forth_never_brings_a_refused_version_back() {
    let mut server = Server::json("{\"a\":1,\"b\":0}");
    server.compete(Some(BASE));
    // Refused for version 1; the read gets version 0, which is refused as well; the next one gets version 1.
    let faults = on_writes([competitor(BESIDE)]).and_on_reads([vec![Fault::Behind(2)], vec![Fault::Behind(1)]]);
    let run = save(&mut server, MINE, faults);
    let sent: Vec<_> = server.log.iter().filter_map(|one| one.if_match.clone()).collect();
    assert_eq!(sent, ["\"1\"", "\"0\"", "\"2\""]);
    assert_eq!(run.merged().document.text(), Some("{\"a\":2,\"b\":9}"));
}

#[test]
fn x13_one_status_means_many_things_and_the_words_and_the_read_tell_which() {
    const LEASE: &str = "<?xml version=\"1.0\"?><Error><Code>LeaseIdMissing</Code><Message>There is currently a lease on the \
                         blob and no lease ID was specified in the request.</Message></Error>";
    // Nobody else wrote.
    for (status, content_type, body, kind) in [
        (412, "application/xml", LEASE, RefusalKind::Locked),
        (412, "", "", RefusalKind::StaleRead),
        (409, "application/json", "{\"code\":\"AlreadyExists\"}", RefusalKind::Duplicate),
        (409, "application/problem+json", "{\"type\":\"urn:x:name-taken\"}", RefusalKind::Duplicate),
        (409, "text/plain", "The triple to delete is not there", RefusalKind::Constraint),
        (400, "application/json", "{\"code\":\"MissingPrecondition\"}", RefusalKind::Constraint),
    ] {
        let mut server = Server::json(BASE);
        let refused = || vec![Fault::Answer(status, content_type, body)];
        let run = save(&mut server, MINE, on_writes([refused(), refused(), refused()]));
        assert_eq!(run.refusal().kind, kind, "{status} {body}");
        assert_eq!(server.now(), Some(BASE));
    }
    // The same words where somebody did: a version or a generation that is not the newest any more, whatever else they may mean.
    for (status, content_type, body) in [
        (412, "application/json", "{\"error\":{\"code\":412,\"errors\":[{\"reason\":\"conditionNotMet\"}]}}"),
        (409, "application/json", "{\"error\":{\"code\":409,\"message\":\"the generation does not match\"}}"),
        (409, "application/json", "{\"code\":\"AlreadyExists\"}"),
        (412, "application/xml", LEASE),
    ] {
        let mut server = Server::json(BASE);
        let refused = vec![Fault::Competitor(Some(BESIDE)), Fault::Answer(status, content_type, body)];
        save(&mut server, MINE, on_writes([refused])).merged();
        assert_eq!(server.now(), Some("{\"a\":2,\"b\":9}"), "{status} {body}");
    }
    // A precondition is missing: 428 elsewhere. Nothing could be read before it.
    let save_unversioned = |refusal: Fault| {
        let mut server = Server::json(BASE);
        let base = snapshot(document(Format::Json, BASE), None);
        let write = Write::update(base, document(Format::Json, MINE), WriteOptions::default());
        let faults = on_writes([vec![refusal]]).and_on_reads([vec![Fault::Answer(403, "", "")]]);
        (run(write, &mut server, faults), server.requests())
    };
    let (run, requests) =
        save_unversioned(Fault::Answer(400, "application/json", "{\"code\":\"MissingPrecondition\"}"));
    run.saved(SavedKind::Saved);
    assert_eq!(requests, ["GET", "PUT", "GET", "PUT If-Match: \"0\""]);
    let (run, requests) = save_unversioned(Fault::Answer(400, "application/json", "{\"code\":\"INVALID_NAME\"}"));
    assert_eq!((run.refusal().kind, requests.len()), (RefusalKind::Constraint, 2));
}

#[test]
fn f5_what_is_read_after_a_refusal_does_not_come_from_a_cache() {
    for status in [409, 412, 428] {
        let mut server = Server::json(BASE);
        let base = read(&mut server);
        let mut write = Write::update(base, document(Format::Json, MINE), WriteOptions::default());
        assert!(matches!(write.step(Event::Started, moment()), Ok(Step::Send(_))));
        let refused = write.step(Event::Answered(answer(status, Headers::new(), "")), moment());
        let Ok(Step::Send(reread)) = refused else { panic!("a read after {status}") };
        assert_eq!((reread.method, reread.cache), (Method::Get, CacheMode::Reload), "{status}");
    }
}

#[test]
fn x3_a_weak_tag_is_given_the_second_after_which_apache_makes_it_strong() {
    let mut server = Server::json(BASE);
    server.tags = Tags::WeakNeverMatching;
    let run = save(&mut server, MINE, no_faults());
    assert_eq!(run.refusal().kind, RefusalKind::StaleRead);
    assert!(run.waited_ms.iter().any(|ms| *ms >= 1_100), "{:?}", run.waited_ms);
}
