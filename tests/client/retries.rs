//! Sending again: what is repeated, how long is waited, and what must not be repeated. HTTP-RULES 4.5.

use mergefetch::client::{Absorbed, SavedKind, Write, WriteOptions};
use mergefetch::conflict::{ConflictKind, RefusalKind};
use mergefetch::http::{Format, Method};

use super::drive::*;
use super::refusals::{BASE, BESIDE, CLASHING, MINE, competitor};
use super::server::{Server, Tags};

const COLLECTION: &str = "https://example.org/notes";

#[test]
fn r1_r2_automatic_rounds_are_bounded_back_off_and_never_name_a_refused_version_again() {
    let mut server = Server::json(BASE);
    // Somebody writes beside mine before every write of ours.
    let theirs = [
        "{\"a\":1,\"b\":10}",
        "{\"a\":1,\"b\":11}",
        "{\"a\":1,\"b\":12}",
        "{\"a\":1,\"b\":13}",
        "{\"a\":1,\"b\":14}",
        "{\"a\":1,\"b\":15}",
    ];
    let run = save(&mut server, MINE, on_writes(theirs.map(competitor)));
    let sent: Vec<_> = server.log.iter().filter_map(|one| one.if_match.clone()).collect();
    assert_eq!(sent, ["\"0\"", "\"1\"", "\"2\"", "\"3\"", "\"4\"", "\"5\""]);
    // Half of 400, 800, 1600 and 3200 ms, as the driver's random number is 0.5.
    assert_eq!(run.waited_ms, [400, 800, 1600, 2500]);
    let state = run.conflict();
    assert_eq!(state.conflict.unresolved(), 0, "it only ran out of rounds");
    assert_eq!(state.conflict.mine().unwrap().text(), Some(MINE));
}

#[test]
fn r3_a_short_retry_after_is_waited_for_and_a_long_one_is_told() {
    for status in [429, 503] {
        let mut server = Server::json(BASE);
        let soon = vec![Fault::AnswerWith(status, ("Retry-After", "1"), "")];
        let run = save(&mut server, MINE, on_writes([soon]));
        run.saved(SavedKind::Saved);
        assert!(run.waited_ms[0] >= 1000, "{status}");
        assert_eq!(server.requests(), ["PUT If-Match: \"0\"", "PUT If-Match: \"0\""]);

        let mut server = Server::json(BASE);
        let late = vec![Fault::AnswerWith(status, ("Retry-After", "3600"), "")];
        let run = save(&mut server, MINE, on_writes([late]));
        assert_eq!(run.refusal().kind, RefusalKind::Busy, "{status}");
        assert_eq!(run.refusal().problem.retry_after_ms, Some(3_600_000));
    }
}

#[test]
fn r7_a_post_is_never_repeated() {
    for fault in [Fault::LostBefore, Fault::LostAfter, Fault::Answer(500, "", ""), Fault::Answer(202, "", "")] {
        let mut server = Server::json(BASE);
        let mine = document(Format::Json, MINE);
        let write = Write::create_below("https://example.org/notes", mine, WriteOptions::default());
        let run = run(write, &mut server, on_writes([vec![fault.clone()]]));
        assert_eq!(run.refusal().kind, RefusalKind::Unknown, "{fault:?}");
        assert_eq!(server.log.len(), 1, "{fault:?}");
    }
}

#[test]
fn a_post_that_is_refused_is_told_by_the_words_of_the_server() {
    for (status, body, kind) in [
        (409, "", RefusalKind::Duplicate),
        (409, "{\"code\":\"DUPLICATE_EMAIL\"}", RefusalKind::Duplicate),
        (409, "{\"code\":\"ROOM_FULL\"}", RefusalKind::Constraint),
        (422, "{\"code\":\"INVALID_EMAIL\"}", RefusalKind::Constraint),
        (403, "", RefusalKind::Forbidden),
    ] {
        let mut server = Server::json(BASE);
        let mine = document(Format::Json, MINE);
        let write = Write::create_below("https://example.org/notes", mine, WriteOptions::default());
        let fault = vec![Fault::Answer(status, "application/json", body)];
        let run = run(write, &mut server, on_writes([fault]));
        assert_eq!(run.refusal().kind, kind, "{status} {body}");
    }
}

fn create_with_key(server: &mut Server, faults: Faults) -> Run {
    let options = WriteOptions { has_idempotency_key: true, ..WriteOptions::default() };
    run(Write::create_below(COLLECTION, document(Format::Json, MINE), options), server, faults)
}

fn made(server: &Server) -> usize {
    server.log.iter().filter(|one| one.method == Method::Post && (200..300).contains(&one.status)).count()
}

const CREATED: Fault = Fault::Answer(201, "application/json", "{}");

#[test]
fn r8_a_creation_with_an_idempotency_key_is_repeated_unchanged_until_it_is_answered() {
    let in_progress = Fault::Answer(409, "application/json", "{\"code\":\"request_in_progress\"}");
    for fault in [Fault::LostBefore, Fault::Answer(502, "", ""), in_progress, Fault::Answer(409, "", "")] {
        let mut server = Server::json(BASE);
        let run = create_with_key(&mut server, on_writes([vec![fault.clone()], vec![fault.clone()], vec![CREATED]]));
        run.saved(SavedKind::Created);
        let bodies: Vec<_> = server.log.iter().map(|one| one.body.as_deref()).collect();
        assert_eq!(bodies, [Some(MINE); 3], "{fault:?}");
        assert_eq!((made(&server), run.waited_ms.len()), (1, 2), "{fault:?}");
    }
}

#[test]
fn r8_other_refusals_of_a_creation_with_a_key_are_told_and_never_repeated() {
    for (status, body, kind) in [
        (422, "{\"code\":\"IDEMPOTENCY_KEY_REUSED\"}", RefusalKind::Constraint),
        (400, "{\"code\":\"IDEMPOTENCY_KEY_REQUIRED\"}", RefusalKind::Constraint),
        (409, "{\"code\":\"DUPLICATE_EMAIL\"}", RefusalKind::Duplicate),
    ] {
        let mut server = Server::json(BASE);
        let run = create_with_key(&mut server, on_writes([vec![Fault::Answer(status, "application/json", body)]]));
        assert_eq!((run.refusal().kind, server.log.len()), (kind, 1), "{body}");
    }
    let mut server = Server::json(BASE);
    let run = create_with_key(&mut server, on_writes([(); 9].map(|()| vec![Fault::LostBefore])));
    assert_eq!((run.refusal().kind, server.log.len()), (RefusalKind::Unknown, 6), "five rounds, and no more");
}

#[test]
fn r3_a_refusal_that_asks_to_wait_is_read_again_only_then() {
    for status in [409, 412, 428] {
        let mut server = Server::json(BASE);
        let asks = Fault::AnswerWith(status, ("Retry-After", "2"), "");
        let run = save(&mut server, MINE, on_writes([vec![Fault::Competitor(Some(BESIDE)), asks]]));
        assert!(run.waited_ms[0] >= 2000, "{status}: {:?}", run.waited_ms);
        assert_eq!(run.merged().document.text(), Some("{\"a\":2,\"b\":9}"), "{status}");
    }
    // Too long to wait for: told, not waited for.
    let mut server = Server::json(BASE);
    let asks = Fault::AnswerWith(409, ("Retry-After", "600"), "{\"code\":\"WAIT\"}");
    let run = save(&mut server, MINE, on_writes([vec![asks]]));
    assert_eq!((run.waited_ms.len(), run.refusal().problem.retry_after_ms), (0, Some(600_000)));
}

#[test]
fn r3_r9_a_lock_that_names_a_time_is_waited_for() {
    let mut server = Server::json(BASE);
    let locked = Fault::AnswerWith(423, ("Retry-After", "1"), "");
    let run = save(&mut server, MINE, on_writes([vec![locked]]));
    run.saved(SavedKind::Saved);
    assert!(run.waited_ms[0] >= 1000);
}

#[test]
fn r6_where_a_repeat_is_forbidden_a_lost_answer_stays_unknown_and_theirs_is_never_taken_for_ours() {
    let claim = WriteOptions { may_repeat: false, ..WriteOptions::default() };
    for fault in [Fault::LostBefore, Fault::LostAfter, Fault::Answer(504, "", ""), Fault::AnswerAfter(202, "", "")] {
        let mut server = Server::json(BASE);
        let run = save_with(&mut server, MINE, claim.clone(), on_writes([vec![fault.clone()]]));
        assert_eq!((run.refusal().kind, server.log.len()), (RefusalKind::Unknown, 1), "{fault:?}");
    }
    // Somebody else has made the same claim: theirs equals mine, and yet it is not ours.
    let mut server = Server::json(BASE);
    let run = save_with(&mut server, MINE, claim, on_writes([competitor(MINE)]));
    assert_eq!((run.refusal().kind, run.refusal().problem.status), (RefusalKind::Unknown, Some(412)));
}

#[test]
fn x11_a_server_that_takes_no_weak_tag_gets_the_strong_form_once() {
    let mut server = Server::json(BASE);
    server.tags = Tags::WeakenedOnTheWay;
    let run = save(&mut server, MINE, on_writes([vec![Fault::Answer(400, "", "")]]));
    run.saved(SavedKind::Saved);
    assert_eq!(server.requests()[..2], ["PUT If-Match: W/\"0\"", "PUT If-Match: \"0\""]);
    assert_eq!(run.absorbed(), [Absorbed::Validator]);
    let mut server = Server::json(BASE);
    server.tags = Tags::WeakenedOnTheWay;
    let run = save(&mut server, MINE, on_writes([(); 2].map(|()| vec![Fault::Answer(400, "", "")])));
    assert_eq!(
        (run.refusal().kind, server.log.len()),
        (RefusalKind::Constraint, 2),
        "a 400 for both is no matter of tags"
    );
}

#[test]
fn x15_a_write_that_never_gets_through_while_reads_do_is_told_in_one_sentence() {
    let mut server = Server::json(BASE);
    let run = save(&mut server, MINE, on_writes([(); 9].map(|()| vec![Fault::LostBefore])));
    assert_eq!(run.refusal().kind, RefusalKind::Unknown);
    let detail = run.refusal().problem.detail.clone().unwrap_or_default();
    assert!(detail.contains("answers reads") && detail.contains("If-Match"), "{detail}");
}

#[test]
fn x7_a_unique_query_is_the_last_resort_against_a_shared_cache_and_only_where_it_is_wanted() {
    let behind = || on_writes([competitor(CLASHING)]).and_on_reads([vec![Fault::Behind(1)], vec![Fault::Behind(1)]]);
    let mut server = Server::json(BASE);
    assert_eq!(save(&mut server, MINE, behind()).refusal().kind, RefusalKind::StaleRead);
    let mut server = Server::json(BASE);
    let options = WriteOptions { has_unique_reads: true, ..WriteOptions::default() };
    let state = save_with(&mut server, MINE, options, behind()).conflict();
    assert_eq!((state.conflict.kind(), &*state.url), (ConflictKind::EditEdit, super::server::URL));
    let urls: Vec<_> = server.log.iter().map(|one| one.url.as_str()).collect();
    assert!(urls.last().unwrap().starts_with("https://example.org/notes/7?mergefetch="), "{urls:?}");
}

#[test]
fn a_decision_about_theirs_without_a_version_is_looked_at_right_before_it_goes_out() {
    let mut server = Server::json(BASE);
    let mut state = save(&mut server, MINE, on_writes([competitor(CLASHING)])).conflict();
    server.tags = Tags::Hidden;
    state.theirs.as_mut().unwrap().version = None;
    state.conflict.take(mergefetch::conflict::Choice::Mine, None).unwrap();
    server.compete(Some("{\"a\":5,\"b\":1}"));
    let write = Write::submit(state, WriteOptions::default()).unwrap();
    let state = run(write, &mut server, no_faults()).conflict();
    assert_eq!(state.theirs.unwrap().document.text(), Some("{\"a\":5,\"b\":1}"), "a third writer is not overwritten");
}
