//! Ruby on Rails: Active Record's optimistic locking by `lock_version`, with the preset `field`.

use mergefetch::client::{Outcome, SavedKind, Write};
use mergefetch::conflict::{Choice, ConflictKind, RefusalKind};
use mergefetch::http::{Method, Versioning};

use super::recording::{self, Recording, parse};
use super::{LATER, json, options, update};

pub fn recording() -> Recording {
    parse(include_str!("../servers/exchanges/rails.txt"))
}

fn lock_version() -> Versioning {
    Versioning::member("/lock_version")
}

#[test]
fn the_version_is_a_number_in_the_document_whatever_the_etag_says() {
    let base = recording().base("GET", &lock_version());
    assert_eq!(base.version.unwrap().as_str(), "0");
    let next = recording().base("GET (new version)", &lock_version());
    assert_eq!(next.version.unwrap().as_str(), "1");
}

#[test]
fn a_save_carries_the_number_and_is_read_again() {
    let base = recording().base("GET", &lock_version());
    let mut write = update(&base, r#"{"title":"two","n":22}"#, options(lock_version()));
    let replay = recording().replay(&mut write, &[], LATER);
    assert!(replay.body().contains(r#""lock_version":0"#), "{}", replay.body());
    let mut write = update(&base, r#"{"title":"two","n":22}"#, options(lock_version()));
    let replay = recording().replay(&mut write, &["PUT with the right lock_version", "GET (new version)"], LATER);
    assert_eq!(replay.warnings, []);
    assert_eq!(replay.saved(SavedKind::Saved).unwrap().version.unwrap().as_str(), "1");
}

#[test]
fn a_409_without_a_word_is_a_conflict_and_the_servers_times_are_none() {
    let base = recording().base("GET", &lock_version());
    let titles = ["PUT with a stale lock_version", "GET (was the stale PUT applied?)"];
    let mut write = update(&base, r#"{"title":"stale"}"#, options(lock_version()));
    let mut state = recording().replay(&mut write, &titles, LATER).conflict();
    assert_eq!((state.conflict.kind(), state.problem.status), (ConflictKind::EditEdit, Some(409)));
    assert_eq!(state.conflict.unresolved(), 1, "the title, and neither lock_version nor updated_at");
    state.conflict.take(Choice::Mine, None).unwrap();
    let mut submit = Write::submit(state, options(lock_version())).unwrap();
    let replay = recording().replay(&mut submit, &[], LATER);
    let body = replay.body();
    assert!(body.contains(r#""lock_version":1"#) && body.contains(r#""title":"stale""#), "{body}");
    assert!(body.contains(r#""n":22"#), "theirs, where only they wrote: {body}");
}

#[test]
fn a_409_is_merged_where_nothing_overlaps_and_carries_their_number() {
    let base = recording().base("GET", &lock_version());
    let mut write = update(&base, r#"{"more":true}"#, options(lock_version()));
    let titles = ["PUT with a stale lock_version", "GET (was the stale PUT applied?)"];
    let replay = recording().replay(&mut write, &titles, LATER);
    let body = replay.body();
    assert_eq!(replay.request().method, Method::Put);
    for part in [r#""lock_version":1"#, r#""title":"two""#, r#""more":true"#] {
        assert!(body.contains(part), "{body}");
    }
}

#[test]
fn a_create_is_where_location_says_and_never_twice_the_same() {
    let url = recording::url("/notes");
    let mut write = Write::create_below(&url, json(r#"{"title":"one","n":1}"#), options(lock_version()));
    let snapshot = recording().replay(&mut write, &["create: POST", "GET"], LATER).saved(SavedKind::Created).unwrap();
    assert_eq!((&*snapshot.url, snapshot.version.unwrap().as_str()), (&*recording::url("/notes/1"), "0"));
    // The server makes another one, with an address of its own.
    let mut write = Write::create_below(&url, json(r#"{"title":"one","n":1}"#), options(lock_version()));
    let replay = recording().replay(&mut write, &["POST the same again"], LATER);
    assert_eq!((replay.request().method, &*replay.request().url), (Method::Get, &*recording::url("/notes/2")));
}

#[test]
fn a_rule_of_the_model_is_a_refusal_and_not_sent_again() {
    let base = recording().base("GET after that", &lock_version());
    let mut write = update(&base, r#"{"title":"long"}"#, options(lock_version()));
    let refusal = recording().replay(&mut write, &["PUT what the model does not take"], LATER).refused();
    assert_eq!((refusal.kind, refusal.problem.status), (RefusalKind::Constraint, Some(422)));
}

#[test]
fn a_removal_without_a_version_has_a_pre_write_check_that_shows_the_loss() {
    let recording = recording();
    let base = recording.base("GET", &lock_version());
    let mut remove = Write::remove(base, options(lock_version()));
    let state = recording.replay(&mut remove, &["GET (new version)"], LATER).conflict();
    assert_eq!(state.conflict.kind(), ConflictKind::DeleteEdit);
    let base = recording.base("GET after that", &lock_version());
    let mut remove = Write::remove(base, options(lock_version()));
    let titles = ["=GET after that", "DELETE names no version"];
    recording.replay(&mut remove, &titles, LATER).saved(SavedKind::Removed);
}

#[test]
fn an_update_of_what_was_removed_is_asked_about() {
    let recording = recording();
    let base = recording.base("GET", &lock_version());
    let mut write = update(&base, r#"{"title":"two"}"#, options(lock_version()));
    let titles = ["PUT on a deleted resource", "<GET deleted"];
    assert_eq!(recording.replay(&mut write, &titles, LATER).conflict().conflict.kind(), ConflictKind::EditDelete);
    let mut remove = Write::remove(base, options(lock_version()));
    let replay = recording.replay(&mut remove, &["GET deleted"], LATER);
    assert!(matches!(replay.outcome(), Outcome::Saved(SavedKind::Removed, None)));
}

#[test]
fn without_the_version_number_a_read_precedes_the_write() {
    let recording = recording();
    let mut base = recording.base("GET (was the stale PUT applied?)", &lock_version());
    base.version = None;
    let mut write = update(&base, r#"{"title":"blind"}"#, options(lock_version()));
    let replay = recording.replay(&mut write, &["=GET (was the stale PUT applied?)"], LATER);
    let sent = String::from_utf8(replay.request().body.clone().unwrap()).unwrap();
    assert!(sent.contains("\"lock_version\""), "{sent}");
    assert_eq!(replay.warnings, []);
}
