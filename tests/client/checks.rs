//! Pre-write checks, if the server is not known to compare versions (X1, X5, V8), and answers that prove less than
//! they seem to (W8, F7).

use mergefetch::client::{
    Event, Moment, Origin, Outcome, PreconditionSupport, SavedKind, Snapshot, Step, Warning, Write, WriteOptions,
};
use mergefetch::conflict::{ConflictKind, RefusalKind};
use mergefetch::http::{CacheMode, Format, Headers, Method, Protection, Versioning};

use super::drive::*;
use super::page::{Page, opened, saved};
use super::server::*;

const BASE: &str = "{\"title\":\"a\",\"n\":1}";

fn doubted() -> WriteOptions {
    WriteOptions { origin: Origin::with(PreconditionSupport::Suspect), ..WriteOptions::default() }
}

fn update(base: &Snapshot, mine: &str, options: WriteOptions) -> Write {
    Write::update(base.clone(), document(Format::Json, mine), options)
}

#[test]
fn x1_a_suspect_origin_has_a_pre_write_check() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    let mut write = update(&base, "{\"title\":\"b\",\"n\":1}", doubted());
    let Step::Send(look) = write.step(Event::Started, moment()).unwrap() else { panic!("a request") };
    assert_eq!((look.method, look.cache), (Method::Get, CacheMode::Reload));
    let mut write = update(&base, "{\"title\":\"b\",\"n\":1}", doubted());
    run_mut(&mut write, &mut server, no_faults()).saved(SavedKind::Saved);
    assert_eq!(server.requests(), ["GET", "PUT If-Match: \"0\""]);
    assert_eq!(write.origin().updates, PreconditionSupport::Suspect);
}

#[test]
fn x1_an_origin_that_has_refused_a_stale_version_has_no_pre_write_check() {
    let mut server = Server::json(BASE);
    let run = save(&mut server, "{\"title\":\"b\",\"n\":1}", no_faults());
    run.saved(SavedKind::Saved);
    assert_eq!(server.requests(), ["PUT If-Match: \"0\""]);
}

#[test]
fn x1_the_first_pre_write_check_is_for_versions_of_file_servers_and_frameworks() {
    let unproven = WriteOptions { origin: Origin::with(PreconditionSupport::Unknown), ..WriteOptions::default() };
    let first = |etag: &str, modified: Option<&str>| {
        let mut headers = Headers::new().with("ETag", etag);
        if let Some(date) = modified {
            headers.set("Last-Modified", date);
        }
        let mut base = snapshot(document(Format::Json, BASE), None);
        base.version = Versioning::default().read(&headers, None);
        let mut write = update(&base, "{\"title\":\"b\",\"n\":1}", unproven.clone());
        match write.step(Event::Started, moment()) {
            Ok(Step::Send(request)) => request.method,
            other => panic!("a request, but {other:?}"),
        }
    };
    assert_eq!(first("\"1\"", None), Method::Put);
    assert_eq!(first("W/\"1\"", None), Method::Get);
    assert_eq!(first("\"1\"", Some("Sun, 06 Nov 1994 08:49:37 GMT")), Method::Get);
}

#[test]
fn x1_a_success_without_the_new_version_raises_doubt_and_a_refusal_ends_it() {
    let unproven = WriteOptions { origin: Origin::with(PreconditionSupport::Unknown), ..WriteOptions::default() };
    for (put_answer, checks) in
        [(PutAnswer::Tag, PreconditionSupport::Unknown), (PutAnswer::Bare, PreconditionSupport::Suspect)]
    {
        let mut server = Server::json(BASE);
        server.put_answer = put_answer;
        let base = read(&mut server);
        let mut write = update(&base, "{\"title\":\"b\",\"n\":1}", unproven.clone());
        run_mut(&mut write, &mut server, no_faults()).saved(SavedKind::Saved);
        assert_eq!(write.origin().updates, checks);
        server.compete(Some(BASE));
        let mut write = update(&base, "{\"title\":\"c\",\"n\":1}", unproven.clone());
        run_mut(&mut write, &mut server, no_faults()).saved(SavedKind::Saved);
        assert_eq!(write.origin().updates, PreconditionSupport::Enforced);
    }
}

#[test]
fn x1_a_server_that_compares_is_known_by_its_own_refusal() {
    let mut server = Server::json(BASE);
    server.refusal = (409, "application/json", "{\"code\":\"STALE\"}");
    let base = read(&mut server);
    server.compete(Some("{\"title\":\"a\",\"n\":2}"));
    let mut write = update(&base, "{\"title\":\"b\",\"n\":1}", doubted());
    let run = run_mut(&mut write, &mut server, no_faults());
    run.merged();
    assert_eq!(server.requests(), ["GET", "PUT If-Match: \"mergefetch-probe\"", "PUT If-Match: \"1\""]);
    assert_eq!((write.origin().updates, run.warnings()), (PreconditionSupport::Enforced, vec![]));
    assert_eq!(server.now(), Some("{\"title\":\"b\",\"n\":2}"));
}

#[test]
fn x1_a_conflict_found_by_a_pre_write_check_has_the_words_of_the_server() {
    let mut server = Server::json(BASE);
    server.refusal = (409, "application/json", "{\"code\":\"STALE\"}");
    let base = read(&mut server);
    server.compete(Some("{\"title\":\"theirs\",\"n\":1}"));
    let state = run(update(&base, "{\"title\":\"mine\",\"n\":1}", doubted()), &mut server, no_faults()).conflict();
    assert_eq!(state.conflict.kind(), ConflictKind::EditEdit);
    assert_eq!((state.problem.status, state.problem.code.as_deref()), (Some(409), Some("STALE")));
    assert_eq!(server.requests(), ["GET", "PUT If-Match: \"mergefetch-probe\""]);
}

#[test]
fn x1_a_server_that_compares_nothing_loses_nothing_and_is_reported() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    server.compete(Some("{\"title\":\"a\",\"n\":2}"));
    let mut write = update(&base, "{\"title\":\"b\",\"n\":1}", doubted());
    let faults = on_writes([vec![Fault::NoPrecondition], vec![Fault::NoPrecondition]]);
    let run = run_mut(&mut write, &mut server, faults);
    assert_eq!(run.merged().protection(), Protection::None, "no protection is claimed because a tag exists");
    assert_eq!((write.origin().updates, run.warnings()), (PreconditionSupport::Ignored, vec![Warning::VersionIgnored]));
    let states: Vec<_> = server.history.iter().flatten().map(String::as_str).collect();
    let [first, theirs, probe, merged] = states[..] else { panic!("{states:?}") };
    assert_eq!((first, theirs), (BASE, "{\"title\":\"a\",\"n\":2}"));
    assert_eq!(probe, theirs, "the probe writes what is there already");
    assert_eq!(merged, "{\"title\":\"b\",\"n\":2}");
    assert_eq!(Warning::VersionIgnored.words().0, "unprotected");
}

#[test]
fn x1_k8_a_pre_write_check_answered_by_a_lagging_replica_reverts_nothing() {
    let mut server = Server::json(BASE);
    server.compete(Some("{\"title\":\"a\",\"n\":2}"));
    let base = read(&mut server);
    let faults = no_faults().and_on_reads([vec![Fault::Behind(1)]]);
    run(update(&base, "{\"title\":\"b\",\"n\":2}", doubted()), &mut server, faults);
    let states: Vec<_> = server.history.iter().flatten().map(String::as_str).collect();
    assert_eq!(states[2..], ["{\"title\":\"b\",\"n\":2}"], "the old document was never written over the newest");
}

#[test]
fn x1_removals_and_creations_have_pre_write_checks_too() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    server.compete(Some("{\"title\":\"theirs\",\"n\":1}"));
    let state = run(Write::remove(base.clone(), doubted()), &mut server, no_faults()).conflict();
    assert_eq!(state.conflict.kind(), ConflictKind::DeleteEdit);
    let create = Write::create(URL, document(Format::Json, "{}"), doubted());
    assert_eq!(run(create, &mut server, no_faults()).conflict().conflict.kind(), ConflictKind::CreateCreate);
    server.compete(None);
    let state = run(update(&base, "{\"title\":\"b\",\"n\":1}", doubted()), &mut server, no_faults()).conflict();
    assert_eq!(state.conflict.kind(), ConflictKind::EditDelete);
    let create = Write::create(URL, document(Format::Json, "{}"), doubted());
    run(create, &mut server, no_faults()).saved(SavedKind::Created);
}

#[test]
fn x1_a_failed_pre_write_check_is_retried_before_anything_is_written() {
    for fault in [Fault::LostBefore, Fault::Answer(500, "", ""), Fault::Answer(429, "", ""), Fault::Cut] {
        let mut server = Server::json(BASE);
        let base = read(&mut server);
        server.compete(Some("{\"title\":\"a\",\"n\":2}"));
        server.ignores_versions = true;
        let faults = no_faults().and_on_reads([vec![fault]]);
        run(update(&base, "{\"title\":\"b\",\"n\":1}", doubted()), &mut server, faults).merged();
        assert_eq!(server.now(), Some("{\"title\":\"b\",\"n\":2}"));
    }
    // A client that may not read its document can still write it.
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    let faults = no_faults().and_on_reads([vec![Fault::Answer(403, "", "")]]);
    run(update(&base, "{\"title\":\"b\",\"n\":1}", doubted()), &mut server, faults).saved(SavedKind::Saved);
}

#[test]
fn x1_if_every_pre_write_check_fails_nothing_is_written() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    server.ignores_versions = true;
    let faults = no_faults().and_on_reads([(); 20].map(|()| vec![Fault::Answer(500, "", "")]));
    let run = run(update(&base, "{\"title\":\"b\",\"n\":1}", doubted()), &mut server, faults);
    assert_eq!(run.refusal().kind, RefusalKind::Unknown);
    assert_eq!(server.now(), Some(BASE));
}

#[test]
fn x1_an_origin_that_ignores_versions_is_reported_at_every_write_or_gets_no_write() {
    let ignored = WriteOptions { origin: Origin::with(PreconditionSupport::Ignored), ..WriteOptions::default() };
    let mut server = Server::json(BASE);
    let run = save_with(&mut server, "{\"title\":\"b\",\"n\":1}", ignored.clone(), no_faults());
    run.saved(SavedKind::Saved);
    assert_eq!(run.warnings(), [Warning::VersionIgnored]);
    let refusing = WriteOptions { refuse_unprotected: true, ..ignored };
    let run = save_with(&mut server, "{\"title\":\"c\",\"n\":1}", refusing, no_faults());
    assert_eq!(run.refusal().kind, RefusalKind::Unprotected);
}

#[test]
fn x5_two_versions_with_one_tag_are_told_by_their_values() {
    let mut server = Server::json(BASE);
    let mut base = read(&mut server);
    server.compete(Some("{\"title\":\"a\",\"n\":2}"));
    base.version = read(&mut server).version;
    let run = run(update(&base, "{\"title\":\"b\",\"n\":1}", doubted()), &mut server, no_faults());
    run.merged();
    assert_eq!(server.now(), Some("{\"title\":\"b\",\"n\":2}"));
}

#[test]
fn x5_a_success_is_confirmed_past_the_browsers_cache_whose_copy_may_share_the_tag() {
    let mut server = Server::json(BASE);
    server.put_answer = PutAnswer::Bare;
    let base = read(&mut server);
    let mut write = update(&base, "{\"title\":\"b\",\"n\":1}", WriteOptions::default());
    drop(write.step(Event::Started, moment()));
    let Ok(Step::Send(confirm)) = write.step(Event::Answered(answer(204, Headers::new(), "")), moment()) else {
        panic!("a request")
    };
    assert_eq!((confirm.method, confirm.cache), (Method::Get, CacheMode::Reload));
}

#[test]
fn v8_a_modification_time_is_named_only_after_its_second_and_after_a_pre_write_check() {
    let modified_ms = 784_111_777_000.0;
    let headers = || {
        Headers::new().with("Content-Type", "application/json").with("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")
    };
    let versioning = Versioning::last_modified();
    let mut base = snapshot(document(Format::Json, BASE), None);
    base.version = versioning.read(&headers(), None);
    let options = WriteOptions { versioning, ..WriteOptions::default() };
    // The clock that counts is the server's, which also this answer is dated by; that of the reader may be hours away.
    for (date, skew_ms) in [(Some("Sun, 06 Nov 1994 08:49:37 GMT"), 7_200_000.0), (None, 0.0)] {
        let mut write = update(&base, "{\"title\":\"b\",\"n\":1}", options.clone());
        let at = |now_ms| Moment { now_ms: now_ms + skew_ms, random: 0.5 };
        let unmoved = || {
            let dated = headers();
            let dated = if let Some(date) = date { dated.with("Date", date) } else { dated };
            Event::Answered(answer(200, dated, BASE))
        };
        let Ok(Step::Send(look)) = write.step(Event::Started, at(modified_ms + 400.0)) else { panic!("a look") };
        assert_eq!(look.method, Method::Get);
        assert!(matches!(write.step(unmoved(), at(modified_ms + 500.0)), Ok(Step::Wait { ms: 1_100 })), "{date:?}");
        let Ok(Step::Send(look)) = write.step(Event::Waited, at(modified_ms + 1_700.0)) else { panic!("a look") };
        assert_eq!(look.method, Method::Get);
        let Ok(Step::Send(put)) = write.step(unmoved(), at(modified_ms + 1_800.0)) else { panic!("a write") };
        assert_eq!(put.headers.get("if-unmodified-since"), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
        assert_eq!(put.headers.get("if-match"), None);
    }
}

#[test]
fn w8_207_is_not_saved_so_a_read_decides() {
    let mut server = Server::json(BASE);
    let multi = Fault::AnswerAfter(207, "application/xml", "<multistatus/>");
    save(&mut server, "{\"title\":\"b\",\"n\":1}", on_writes([vec![multi]])).saved(SavedKind::AlreadySaved);
    let never = Fault::Answer(207, "application/xml", "<multistatus/>");
    let run = save(&mut server, "{\"title\":\"c\",\"n\":1}", on_writes([vec![never]]));
    run.saved(SavedKind::Saved);
    assert_eq!(server.now(), Some("{\"title\":\"c\",\"n\":1}"));
}

#[test]
fn f7_a_412_after_a_redirect_says_nothing_of_the_write_so_a_read_does() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    let mut write = update(&base, "{\"title\":\"b\",\"n\":1}", WriteOptions::default());
    drop(write.step(Event::Started, moment()));
    let mut redirected = answer(412, Headers::new(), "");
    redirected.url.push_str("/latest");
    assert!(matches!(write.step(Event::Answered(redirected), moment()), Ok(Step::Send(_))));
    let now = answer(
        200,
        Headers::new().with("Content-Type", "application/json").with("ETag", "\"1\""),
        "{\"title\":\"b\",\"n\":1}",
    );
    match write.step(Event::Answered(now), moment()) {
        Ok(Step::Done(Outcome::Saved(SavedKind::AlreadySaved, _))) => {}
        other => panic!("expected a save, but found {other:?}"),
    }
}

#[test]
fn f7_a_412_after_a_redirect_of_a_write_that_was_not_carried_out_is_no_refusal_of_its_version() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    let mut write = update(&base, "{\"title\":\"b\",\"n\":1}", WriteOptions::default());
    assert!(matches!(write.step(Event::Started, moment()), Ok(Step::Send(_))));
    let mut redirected = answer(412, Headers::new(), "");
    redirected.url = "https://example.org/elsewhere".into();
    let Ok(Step::Send(reread)) = write.step(Event::Answered(redirected), moment()) else { panic!("a read") };
    assert_eq!((reread.method, reread.cache), (Method::Get, CacheMode::Reload));
    let unmoved = Event::Answered(server.handle(&reread));
    let Ok(Step::Send(again)) = write.step(unmoved, moment()) else { panic!("the write again") };
    assert_eq!((again.method, again.headers.get("if-match")), (Method::Put, Some("\"0\"")));
}

#[test]
fn f7_a_redirect_that_ends_busy_or_forbidden_leaves_in_doubt_whether_the_write_was_carried_out() {
    for status in [403, 404, 429, 503] {
        let (mut server, mut page, base) = opened(BASE);
        page.options.rounds = 0;
        page.faults = on_writes([vec![Fault::RedirectedAfter(status)]]);
        page.save(&base, "{\"title\":\"first\",\"n\":1}", &mut server);
        page.options.rounds = 5;
        let outcome = page.save(&base, "{\"title\":\"second\",\"n\":1}", &mut server);
        assert!(!matches!(outcome, Outcome::Conflict(_)), "{status}: {outcome:?}");
        assert_eq!(server.now(), Some("{\"title\":\"second\",\"n\":1}"), "{status}");
    }
}

#[test]
fn x1_a_creation_goes_out_where_a_page_that_routes_by_itself_answers_every_read() {
    let mut server = Server::json(BASE);
    server.compete(None);
    let faults = no_faults().and_on_reads([vec![Fault::Answer(200, "text/html", "<!doctype html>")]]);
    let write = Write::create(URL, document(Format::Json, BASE), doubted());
    run(write, &mut server, faults).saved(SavedKind::Created);
}

#[test]
fn x1_a_refusal_that_was_met_on_the_way_proves_the_origin() {
    let mut server = Server::json(BASE);
    server.refusal = (409, "", "");
    let base = read(&mut server);
    server.compete(Some("{\"title\":\"theirs\",\"n\":1}"));
    let unproven = WriteOptions { origin: Origin::with(PreconditionSupport::Unknown), ..WriteOptions::default() };
    let mut write = update(&base, "{\"title\":\"mine\",\"n\":1}", unproven);
    run_mut(&mut write, &mut server, no_faults()).conflict();
    assert_eq!(server.requests(), ["PUT If-Match: \"0\"", "GET"]);
    assert_eq!(write.origin().updates, PreconditionSupport::Enforced);
}

#[test]
fn v7_a_write_without_a_version_has_a_pre_write_check_even_if_the_origin_compares_versions() {
    let mut server = Server::json(BASE);
    server.tags = Tags::Hidden;
    let base = read(&mut server);
    server.compete(Some("{\"title\":\"a\",\"n\":2}"));
    let options = WriteOptions { origin: Origin::with(PreconditionSupport::Enforced), ..WriteOptions::default() };
    let run = run(update(&base, "{\"title\":\"b\",\"n\":1}", options), &mut server, no_faults());
    assert_eq!(run.merged().document.text(), Some("{\"title\":\"b\",\"n\":2}"), "separate edits are merged");
    assert_eq!(server.requests(), ["GET", "PUT", "GET"]);
    assert_eq!(run.warnings(), [Warning::Unprotected]);
}

#[test]
fn k8_an_old_answer_that_equals_mine_is_read_again_before_the_save_counts_as_done() {
    let (mut server, mut page) = (Server::json("{\"on\":true}"), Page::default());
    server.tags = Tags::WeakAsString;
    server.compete(Some("{\"on\":false}"));
    let base = page.get(&mut server);
    page.faults.reads.push_back(vec![Fault::Behind(1)]);
    saved(page.save(&base, "{\"on\":true}", &mut server));
    assert_eq!(server.now(), Some("{\"on\":true}"));
}

#[test]
fn k8_an_old_answer_that_equals_the_merge_is_read_again_before_the_save_counts_as_merged() {
    let (mut server, mut page) = (Server::json("{\"done\":false,\"open\":true}"), Page::default());
    server.tags = Tags::Hash;
    server.compete(Some("{\"done\":true,\"open\":true}"));
    let base = page.get(&mut server);
    let result = saved(page.save(&base, "{\"done\":true,\"open\":false}", &mut server));
    server.compete(Some("{\"done\":true,\"open\":true}"));
    page.faults.reads.extend([vec![], vec![], vec![], vec![Fault::Behind(3)]]);
    saved_or_merged(page.save(&result, "{\"done\":false,\"open\":false}", &mut server));
    assert_eq!(server.now(), Some("{\"done\":false,\"open\":true}"));
}

fn saved_or_merged(outcome: Outcome) {
    assert!(matches!(outcome, Outcome::Saved(..) | Outcome::Merged(..)), "{outcome:?}");
}
