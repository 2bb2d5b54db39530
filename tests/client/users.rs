//! Users of one client, and origins that the caller has not named.

use mergefetch::client::{
    Engine, Event, Get, Machine, Memory, Outcome, ReadOutcome, Save, SavedKind, Snapshot, Step, UserId, WriteOptions,
    next_step,
};
use mergefetch::http::{CacheMode, Headers, Method, Request};

use super::drive::{MOST_STEPS, moment};
use super::page::*;
use super::server::{Server, URL, answer};

const BASE: &str = "{\"a\":1,\"b\":1}";
const ELSEWHERE: &str = "https://other.example/notes/7";

fn user(token: &str) -> UserId {
    UserId::of(&Headers::new().with("Authorization", token), None)
}

fn opened_by_ann() -> (Server, Page, Snapshot) {
    opened_with(WriteOptions { user: user("Ann"), ..WriteOptions::default() }, BASE)
}

#[test]
fn an_edit_of_another_user_is_no_own_edit_and_each_user_is_remembered() {
    let (mut server, mut page, base) = opened_by_ann();
    saved(page.save(&base, "{\"a\":2,\"b\":1}", &mut server));
    page.options.user = user("Ben");
    conflict(page.save(&base, "{\"a\":3,\"b\":1}", &mut server));
    page.options.user = user("Ann");
    saved(page.save(&base, "{\"a\":4,\"b\":1}", &mut server));
    assert_eq!(server.now(), Some("{\"a\":4,\"b\":1}"));
}

#[test]
fn users_differ_by_token_cookie_and_credentials_mode() {
    let cookie = UserId::of(&Headers::new().with("Cookie", "Ann"), None);
    let users = [
        user("Ann"),
        user("Ben"),
        cookie,
        UserId::of(&Headers::new(), None),
        UserId::of(&Headers::new(), Some("omit")),
    ];
    for (at, one) in users.iter().enumerate() {
        assert!(!users[..at].contains(one));
    }
    let fields = Headers::new().with("authorization", "Ann").with("Accept", "*/*");
    assert_eq!(user("Ann"), UserId::of(&fields, Some("same-origin")));
}

#[test]
fn a_stored_response_of_another_user_is_not_the_base_of_a_copy() {
    let (mut server, mut page, base) = opened_by_ann();
    server.compete(Some("{\"a\":1,\"b\":5}"));
    for (token, is_known) in [("Ben", false), ("Ann", true)] {
        page.options.user = user(token);
        let (version, mine) = (base.version.clone(), parse("{\"a\":2,\"b\":1}"));
        let save = Save::update_of_copy(&mut page.memory, URL, version, (mine, None), page.options.clone());
        let outcome = page.end(save.asking(Headers::new()), &mut server);
        assert_eq!(matches!(outcome, Outcome::Merged(..)), is_known, "{token}: {outcome:?}");
    }
}

#[test]
fn a_stored_response_of_another_user_is_not_validated() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    for token in ["Ann", "Ben", "Ben"] {
        page.options.user = user(token);
        page.get(&mut server);
    }
    assert_eq!(server.requests(), ["GET", "GET", "GET If-None-Match: \"0\""]);
}

#[test]
fn a_user_whose_snapshot_the_page_holds_is_never_forgotten() {
    let (mut server, mut page, base) = opened_by_ann();
    let mut save = page.saving(&base, "{\"a\":2,\"b\":1}");
    page.run_one(&mut save, &mut server);
    let (_, id) = save.into_outcome().unwrap();
    page.memory.hold(id.unwrap());
    for number in 0..100 {
        page.memory.select(user(&number.to_string()));
    }
    page.memory.select(user("Ann"));
    saved(page.save(&base, "{\"a\":4,\"b\":1}", &mut server));
}

#[test]
fn with_a_renewed_token_the_next_save_from_one_snapshot_knows_what_the_first_one_wrote() {
    let (mut server, mut page, base) = opened_by_ann();
    let mut save = page.saving(&base, "{\"a\":2,\"b\":1}");
    page.run_one(&mut save, &mut server);
    let id = save.into_outcome().unwrap().1.unwrap();
    page.memory.hold(id);
    page.options.user = user("Ann, renewed");
    page.memory.select(user("Ann, renewed"));
    page.memory.adopt(id);
    saved(page.save(&base, "{\"a\":4,\"b\":1}", &mut server));
    assert_eq!(server.now(), Some("{\"a\":4,\"b\":1}"));
}

#[test]
fn with_a_renewed_token_a_put_through_fetch_names_the_version_that_was_read() {
    let (mut server, mut page) = (Server::json(BASE), Page::default());
    page.options.user = user("Ann");
    page.memory.select(user("Ann"));
    page.fetch(&mut server);
    server.compete(Some("{\"a\":9,\"b\":1}"));
    page.options.user = user("Ann, renewed");
    page.memory.select(user("Ann, renewed"));
    page.fetch_write(Method::Put, Some("{\"a\":2,\"b\":1}"), &mut server);
    assert_eq!(server.requests()[1], "PUT If-Match: \"0\"");
    assert_eq!(server.now(), Some("{\"a\":9,\"b\":1}"));
}

/// A page that calls `fetch`, and whose token was renewed between two reads.
fn read_with_two_tokens() -> (Server, Page) {
    let (mut server, mut page) = (Server::json(BASE), Page::default());
    for token in ["Ann", "Ann, renewed"] {
        page.options.user = user(token);
        page.memory.select(user(token));
        page.fetch(&mut server);
        server.compete(Some("{\"a\":1,\"b\":9}"));
    }
    (server, page)
}

#[test]
fn a_put_with_a_renewed_token_names_the_version_that_its_body_is_an_edit_of() {
    for token in ["Ann, renewed", "Ann, renewed twice"] {
        let (mut server, mut page) = read_with_two_tokens();
        page.options.user = user(token);
        page.memory.select(user(token));
        page.fetch_write(Method::Put, Some("{\"a\":2,\"b\":1}"), &mut server);
        assert_eq!(server.requests()[2], "PUT If-Match: \"0\"", "{token}: the body lacks the change of b");
        assert_eq!(server.now(), Some("{\"a\":1,\"b\":9}"));
    }
}

#[test]
fn after_a_put_with_a_renewed_token_a_value_can_be_set_back() {
    let (mut server, mut page, _) = opened_by_ann();
    page.fetch(&mut server);
    page.options.user = user("Ann, renewed");
    page.memory.select(user("Ann, renewed"));
    for body in ["{\"a\":2,\"b\":1}", BASE] {
        page.fetch_write(Method::Put, Some(body), &mut server);
        assert_eq!(server.now(), Some(body));
    }
}

/// The requests of `machine`, each answered with `answer`.
fn requests(machine: &mut dyn Machine, memory: &mut Memory, answer: impl Fn(&Request) -> Event) -> Vec<Request> {
    let (mut sent, mut event) = (Vec::new(), Event::Started);
    for _ in 0..MOST_STEPS {
        event = match next_step(machine, memory, event, moment()).unwrap() {
            Step::Send(request) => {
                sent.push(request.clone());
                answer(&request)
            }
            Step::Load(_) => Event::Loaded(None),
            Step::LoadEngine => Event::EngineLoaded(Engine::linked()),
            Step::Keep(..) | Step::Forget(_) => Event::Stored,
            Step::Wait { .. } => Event::Waited,
            Step::Done(()) => return sent,
            other => panic!("{other:?}"),
        };
    }
    panic!("the call does not end: {sent:?}");
}

fn found(url: &str) -> Event {
    let headers = Headers::new().with("ETag", "\"1\"").with("Content-Type", "application/json");
    let mut response = answer(200, headers, BASE);
    response.url = url.into();
    Event::Answered(response)
}

/// A document that was read at `URL`, from where a redirect led elsewhere.
fn redirected(page: &Page) -> Snapshot {
    let mut get = Get::new(URL, None, Headers::new(), page.options.clone());
    assert!(requests(&mut get, &mut Memory::default(), |_| found(ELSEWHERE)).iter().all(|request| !request.is_foreign));
    match get.into_outcome() {
        Some(ReadOutcome::Read(snapshot, _)) => snapshot,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_callers_fields_are_not_sent_to_the_origin_of_a_redirect() {
    let mut page = Page::default();
    let base = redirected(&page);
    assert_eq!((&*base.url, base.named.as_deref()), (ELSEWHERE, Some("https://example.org")));
    let mut save = page.saving(&base, "{\"a\":2,\"b\":1}");
    let sent = requests(&mut save, &mut page.memory, |_| {
        let mut response = answer(204, Headers::new().with("ETag", "\"2\""), "");
        response.url = ELSEWHERE.into();
        Event::Answered(response)
    });
    assert!(!sent.is_empty() && sent.iter().all(|request| request.is_foreign), "{sent:?}");
    // The result keeps the origin that the caller named, for its next save.
    let (outcome, _) = save.into_outcome().unwrap();
    is_kind(&outcome, SavedKind::Saved);
    assert_eq!(saved(outcome).named.as_deref(), Some("https://example.org"));
}

#[test]
fn the_callers_fields_are_not_sent_to_the_origin_of_a_location() {
    let mut memory = Memory::default();
    let mut create = Save::create(&mut memory, URL, parse(BASE), true, Page::default().options);
    let sent = requests(&mut create, &mut memory, |request| match request.body {
        Some(_) => Event::Answered(answer(201, Headers::new().with("Location", ELSEWHERE), "")),
        None => found(ELSEWHERE),
    });
    let foreign: Vec<_> = sent.iter().map(|request| (request.url.as_str(), request.is_foreign)).collect();
    assert_eq!(foreign, [(URL, false), (ELSEWHERE, true)]);
}

#[test]
fn c1_a_request_with_no_store_keeps_no_document_beyond_the_snapshot() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    page.get(&mut server);
    page.fetch(&mut server);
    page.options.is_no_store = true;
    // The response stored before is neither used nor kept: the caller does not want the document in the store.
    let stored = page.store.clone();
    for is_fetch in [false, true] {
        (page.memory, page.store) = (Memory::default(), stored.clone());
        match is_fetch {
            true => drop(page.fetch(&mut server)),
            false => drop(page.get(&mut server)),
        }
        assert_eq!(page.memory.handed_out_of(URL).count(), 0);
        assert!(page.store.keys().all(|key| !key.starts_with("GET ")), "{:?}", page.store.keys());
    }
    assert_eq!(server.requests()[2..], ["GET", "GET"]);
}

#[test]
fn no_read_of_a_save_with_no_store_goes_into_the_browsers_cache() {
    let (mut server, mut page, base) = opened_with(WriteOptions { is_no_store: true, ..WriteOptions::default() }, BASE);
    server.compete(Some("{\"a\":1,\"b\":9}"));
    let mut save = page.saving(&base, "{\"a\":2,\"b\":1}");
    let mut event = Event::Started;
    for _ in 0..MOST_STEPS {
        event = match next_step(&mut save, &mut page.memory, event, moment()).unwrap() {
            Step::Load(_) => Event::Loaded(None),
            Step::LoadEngine => Event::EngineLoaded(Engine::linked()),
            Step::Validate(_) => Event::Validated(None),
            Step::Keep(key, _) if !key.starts_with("GET ") => Event::Stored,
            Step::Forget(_) => Event::Stored,
            Step::Send(request) => {
                assert!(request.method != Method::Get || request.cache == CacheMode::NoStore, "{request:?}");
                Event::Answered(server.handle(&request))
            }
            Step::Done(()) => break,
            other => panic!("{other:?}"),
        };
    }
    assert!(matches!(save.into_outcome(), Some((Outcome::Merged(..), _))));
}

#[test]
fn the_next_put_of_fetch_names_the_version_of_a_read_with_no_store() {
    let mut server = Server::json(BASE);
    let mut page = Page::with(WriteOptions { is_no_store: true, ..WriteOptions::default() });
    page.fetch(&mut server);
    server.compete(Some("{\"a\":9,\"b\":1}"));
    page.fetch_write(Method::Put, Some("{\"a\":2,\"b\":1}"), &mut server);
    assert_eq!(server.now(), Some("{\"a\":9,\"b\":1}"), "nothing is overwritten unseen");
}
