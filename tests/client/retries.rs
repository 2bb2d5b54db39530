//! Retries: repeated requests, their pauses, and requests that must not be repeated. HTTP-RULES 4.5.

use mergefetch::client::{Event, Moment, Origin, ResolvedSilently, SavedKind, Step, Warning, Write, WriteOptions};
use mergefetch::conflict::{ConflictKind, RefusalKind};
use mergefetch::http::{Format, Headers, Method};

use super::drive::*;
use super::refusals::{BASE, BESIDE, CLASHING, MINE, competitor};
use super::server::{Server, Tags, URL, answer};

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
        (
            409,
            "{\"statusCode\":409,\"message\":\"Email already exists\",\"error\":\"Conflict\"}",
            RefusalKind::Duplicate,
        ),
        (409, "{\"status\":409,\"error\":\"Conflict\",\"path\":\"/notes\"}", RefusalKind::Duplicate),
        (409, "{\"error\":\"ConflictError\"}", RefusalKind::Duplicate),
        (
            409,
            "{\"type\":\"https://tools.ietf.org/html/rfc9110#section-15.5.10\",\"title\":\"Conflict\",\"status\":409}",
            RefusalKind::Duplicate,
        ),
        (409, "{\"errors\":[{\"field\":\"email\",\"message\":\"someone has it\"}]}", RefusalKind::Duplicate),
        (
            409,
            "{\"code\":\"23505\",\"details\":\"Key (slug)=(s) already exists.\",\"hint\":null,\"message\":\"duplicate key value \
             violates unique constraint \\\"k\\\"\"}",
            RefusalKind::Duplicate,
        ),
        // A missing foreign key is not a taken value.
        (
            409,
            "{\"code\":\"23503\",\"details\":\"Key (author)=(7) is not present in table \\\"authors\\\".\",\"hint\":null,\
             \"message\":\"insert or update on table \\\"notes\\\" violates foreign key constraint \\\"k\\\"\"}",
            RefusalKind::Constraint,
        ),
        (409, "{\"error\":\"SCHEDULE_CONFLICT\"}", RefusalKind::Constraint),
        (409, "{\"code\":\"INVALID_STATE\",\"error\":\"Conflict\"}", RefusalKind::InvalidState),
        (422, "{\"error\":\"Unprocessable Entity\"}", RefusalKind::Constraint),
        (422, "{\"code\":\"INVALID_EMAIL\"}", RefusalKind::Constraint),
        (403, "", RefusalKind::Forbidden),
    ] {
        let mut server = Server::json(BASE);
        let mine = document(Format::Json, MINE);
        let write = Write::create_below("https://example.org/notes", mine, WriteOptions::default());
        is_refused_as(kind, write, &mut server, (status, body));
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
    // The wait would be too long: the page gets the refusal at once.
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
    assert_eq!(run.absorbed(), [ResolvedSilently::Validator]);
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
fn x11_a_tag_without_quotes_is_sent_once_with_quotes_after_a_400_or_a_412() {
    for status in [400, 412] {
        let mut server = Server::json(BASE);
        server.tags = Tags::Unquoted(status);
        let run = save(&mut server, MINE, no_faults());
        run.saved(SavedKind::Saved);
        let sent: Vec<_> = server.log.iter().filter_map(|one| one.if_match.clone()).collect();
        assert_eq!(sent, ["0", "\"0\""], "{status}");
        assert_eq!(run.absorbed(), [ResolvedSilently::Validator], "{status}");
    }
    // A server that compares the octets gets the tag as received. A 400 to both forms has another cause.
    let mut server = Server::json(BASE);
    server.tags = Tags::Unquoted(200);
    save(&mut server, MINE, no_faults()).saved(SavedKind::Saved);
    assert_eq!(server.log[0].if_match.as_deref(), Some("0"));
    let mut server = Server::json(BASE);
    server.tags = Tags::Unquoted(200);
    let run = save(&mut server, MINE, on_writes([(); 3].map(|()| vec![Fault::Answer(400, "", "")])));
    assert_eq!((run.refusal().kind, server.log.len()), (RefusalKind::Constraint, 2));
}

#[test]
fn r3_a_write_is_repeated_after_408_and_425() {
    for status in [408, 425] {
        let mut server = Server::json(BASE);
        save(&mut server, MINE, on_writes([vec![Fault::Answer(status, "", "")]])).saved(SavedKind::Saved);
        let mut server = Server::json(BASE);
        let always = on_writes([(); 9].map(|()| vec![Fault::Answer(status, "", "")]));
        assert_eq!(save(&mut server, MINE, always).refusal().kind, RefusalKind::Busy, "{status}");
        // A creation below a collection: 425 says that nothing was carried out; 408 may not be repeated without a key.
        let mut server = Server::json(BASE);
        let faults = on_writes([vec![Fault::Answer(status, "", "")], vec![CREATED]]);
        let write = Write::create_below(COLLECTION, document(Format::Json, MINE), WriteOptions::default());
        let below = run(write, &mut server, faults);
        match status {
            408 => assert_eq!((below.refusal().kind, server.log.len()), (RefusalKind::Busy, 1)),
            _ => assert!(below.saved(SavedKind::Created).is_none()),
        }
    }
    // A proxy may send a 408 after the write was carried out: the document is written once.
    let mut server = Server::json(BASE);
    save(&mut server, MINE, on_writes([vec![Fault::AnswerAfter(408, "", "")]])).saved(SavedKind::AlreadySaved);
    assert_eq!(server.history.len(), 2);
    // If the pre-write check is answered with 408 or 425, it shows nothing, and nothing is written.
    let mut server = Server::json(BASE);
    let write = Write::create(
        URL,
        document(Format::Json, MINE),
        WriteOptions { origin: Origin::unknown(), ..WriteOptions::default() },
    );
    let state =
        run(write, &mut server, no_faults().and_on_reads([408, 425].map(|status| vec![Fault::Answer(status, "", "")])));
    assert_eq!(state.conflict().conflict.kind(), ConflictKind::CreateCreate);
    assert!(server.log.iter().all(|one| one.method == Method::Get));
}

#[test]
fn x13_a_409_that_asks_to_try_again_is_repeated_and_busy_in_the_end() {
    const S3: &str = "<Error><Code>ConditionalRequestConflict</Code><Message>The conditional request cannot succeed due to a \
                      conflicting operation against this resource.</Message></Error>";
    let refused = || vec![Fault::Answer(409, "application/xml", S3)];
    let mut server = Server::json(BASE);
    save(&mut server, MINE, on_writes([refused(), refused()])).saved(SavedKind::Saved);
    let mut server = Server::json(BASE);
    let always = on_writes([(); 9].map(|()| refused()));
    assert_eq!(save(&mut server, MINE, always).refusal().kind, RefusalKind::Busy);
    // If somebody else wrote, the edit is merged, as after any 409.
    let mut server = Server::json(BASE);
    let theirs = vec![Fault::Competitor(Some(BESIDE)), Fault::Answer(409, "application/xml", S3)];
    save(&mut server, MINE, on_writes([theirs])).merged();
    // The classification of a refusal of `fetch` sends no write.
    let mut server = Server::json(BASE);
    let (base, mine) = (read(&mut server), document(Format::Json, MINE));
    let refusal = answer(409, Headers::new().with("Content-Type", "application/xml"), S3);
    let asked = Write::refused(Some(base), URL, Some(mine), &refusal, WriteOptions::default(), 0.0);
    assert_eq!(run(asked, &mut server, no_faults()).refusal().kind, RefusalKind::Busy);
    assert_eq!(server.requests(), ["GET"]);
    // A creation whose conflicting document was removed meanwhile.
    let mut server = Server::json(BASE);
    server.compete(None);
    let write = Write::create(URL, document(Format::Json, MINE), WriteOptions::default());
    run(write, &mut server, on_writes([refused()])).saved(SavedKind::Created);
}

#[test]
fn a_500_is_repeated_at_most_twice_within_two_seconds() {
    let sent = |server: &Server| server.log.iter().filter(|one| one.method != Method::Get).count();
    let broken = || on_writes([(); 9].map(|()| vec![Fault::Answer(500, "", "")]));
    for base_delay_ms in [200, 60_000] {
        let mut server = Server::json(BASE);
        let options = WriteOptions { base_delay_ms, max_delay_ms: 60_000, ..WriteOptions::default() };
        let saved = save_with(&mut server, MINE, options, broken());
        assert_eq!((saved.refusal().kind, sent(&server)), (RefusalKind::Unknown, 3));
        assert!(saved.waited_ms.iter().sum::<u32>() <= 2000, "{:?}", saved.waited_ms);
    }
    let mut server = Server::json(BASE);
    let created = create_with_key(&mut server, broken());
    assert_eq!((created.refusal().kind, server.log.len()), (RefusalKind::Unknown, 3));
    // A 502 comes from a proxy, and does not count as a defect of the server.
    let mut server = Server::json(BASE);
    save(&mut server, MINE, on_writes([(); 9].map(|()| vec![Fault::Answer(502, "", "")])));
    assert_eq!(sent(&server), 6);
    // The same for the read before a write.
    let mut server = Server::json(BASE);
    let options = WriteOptions { origin: Origin::unknown(), ..WriteOptions::default() };
    let write = Write::create(URL, document(Format::Json, MINE), options);
    let unseen = no_faults().and_on_reads([(); 9].map(|()| vec![Fault::Answer(500, "", "")]));
    let unseen = run(write, &mut server, unseen);
    assert_eq!((unseen.refusal().kind, server.log.len(), sent(&server)), (RefusalKind::Unknown, 3, 0));
    // A server that fails slowly gets only one repeat.
    let mut write = Write::update(read(&mut Server::json(BASE)), document(Format::Json, MINE), WriteOptions::default());
    let at = |now_ms| Moment { now_ms, random: 0.5 };
    let mut event = Event::Started;
    let mut puts = 0;
    for second in 0..20 {
        match write.step(event, at(f64::from(second) * 1000.0)).unwrap() {
            Step::Send(request) if request.method == Method::Get => {
                event = Event::Answered(Server::json(BASE).handle(&request));
            }
            Step::Send(_) => {
                puts += 1;
                event = Event::Answered(answer(500, Headers::new(), ""));
            }
            Step::Wait { .. } => event = Event::Waited,
            _ => break,
        }
    }
    assert_eq!(puts, 2, "the second fails two seconds after the first");
}

#[test]
fn x15_a_preflight_that_may_be_blocked_is_named_at_the_first_failure() {
    let elsewhere = || WriteOptions { is_same_origin: false, origin: Origin::unknown(), ..WriteOptions::default() };
    let mut server = Server::json(BASE);
    let once = save_with(&mut server, MINE, elsewhere(), on_writes([vec![Fault::LostBefore]]));
    once.saved(SavedKind::Saved);
    assert_eq!(once.warnings(), [Warning::NoWriteAnswered]);
    // If no write ever arrives, the save ends soon.
    let lost = || on_writes([(); 9].map(|()| vec![Fault::LostBefore]));
    let mut server = Server::json(BASE);
    let always = save_with(&mut server, MINE, elsewhere(), lost());
    assert_eq!((always.refusal().kind, always.warnings()), (RefusalKind::Unknown, vec![Warning::NoWriteAnswered]));
    assert!(always.refusal().problem.detail.as_ref().unwrap().contains("answers reads"));
    assert!(always.waited_ms.iter().sum::<u32>() <= 2000 && server.log.len() == 6, "{:?}", server.requests());
    // The same for a creation, and without a version that can be read.
    let mut server = Server::json(BASE);
    server.compete(None);
    let created = run(Write::create(URL, document(Format::Json, MINE), elsewhere()), &mut server, lost());
    assert_eq!(created.warnings(), [Warning::NoWriteAnswered]);
    assert!(created.refusal().problem.detail.as_ref().unwrap().contains("answers reads"));
    let mut server = Server::json(BASE);
    server.tags = Tags::Hidden;
    let run = save_with(&mut server, MINE, elsewhere(), lost());
    assert_eq!(run.warnings(), [Warning::Unprotected, Warning::NoWriteAnswered]);
    // A request to the own origin has no preflight, and an origin that has answered a write allows writes.
    for options in [WriteOptions::default(), WriteOptions { is_same_origin: false, ..WriteOptions::default() }] {
        let mut server = Server::json(BASE);
        let run = save_with(&mut server, MINE, options, lost());
        assert_eq!((run.warnings(), server.log.len()), (vec![], 12));
    }
    // If only the answer is lost, the preflight was allowed.
    let mut server = Server::json(BASE);
    let run = save_with(&mut server, MINE, elsewhere(), on_writes([vec![Fault::LostAfter]]));
    assert_eq!(run.warnings(), []);
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
    assert_eq!((state.conflict.kind(), &*state.url), (ConflictKind::EditEdit, URL));
    let urls: Vec<_> = server.log.iter().map(|one| one.url.as_str()).collect();
    assert!(urls.last().unwrap().starts_with("https://example.org/notes/7?mergefetch="), "{urls:?}");
}

#[test]
fn a_decision_about_theirs_without_a_version_has_a_pre_write_check() {
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
