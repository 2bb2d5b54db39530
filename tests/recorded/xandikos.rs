//! Xandikos, a CalDAV server: `Schedule-Tag` and `If-Schedule-Tag-Match` (RFC 6638, 3.2.10), with the preset `header`, on iCalendar texts.

use mergefetch::client::{SavedKind, Snapshot, Write};
use mergefetch::conflict::{Choice, ConflictKind, Document, RefusalKind};
use mergefetch::http::{Format, Method, Protection, Versioning};

use super::recording::{self, Recording, parse};
use super::{LATER, options};

const MEETING: &str = "/user/calendars/calendar/meeting.ics";

pub fn recording() -> Recording {
    parse(include_str!("../servers/exchanges/xandikos.txt"))
}

fn schedule_tag() -> Versioning {
    Versioning::header("Schedule-Tag", "If-Schedule-Tag-Match")
}

fn text(text: &str) -> Document {
    Document::parse(Format::Text, text.as_bytes()).unwrap()
}

/// An update that replaces one piece of the calendar's text.
fn update(base: &Snapshot, from: &str, to: &str) -> Write {
    let Document::Text(calendar) = &base.document else { panic!("text") };
    assert!(calendar.contains(from) && calendar.contains("\r\n"), "{calendar}");
    Write::update(base.clone(), text(&calendar.replace(from, to)), options(schedule_tag()))
}

#[test]
fn a_save_names_the_version_in_another_field_than_the_answer() {
    let recording = recording();
    let base = recording.base("GET", &schedule_tag());
    assert_eq!(base.protection(), Protection::Custom);
    let mut write = update(&base, "SUMMARY:one", "SUMMARY:two");
    let replay = recording.replay(&mut write, &["PUT If-Schedule-Tag-Match current", "GET (new tag)"], LATER);
    assert_eq!(replay.warnings, []);
    let saved = replay.saved(SavedKind::Saved).unwrap();
    assert!(saved.version.unwrap().as_str().starts_with("\"f2d4fa8b"));
}

#[test]
fn a_stale_write_is_a_conflict_of_one_line() {
    let recording = recording();
    let base = recording.base("GET", &schedule_tag());
    let mut write = update(&base, "SUMMARY:one", "SUMMARY:stale");
    let titles = ["PUT If-Schedule-Tag-Match stale", "GET (was the stale PUT applied?)"];
    let mut state = recording.replay(&mut write, &titles, LATER).conflict();
    assert_eq!((state.conflict.kind(), state.problem.status), (ConflictKind::EditEdit, Some(412)));
    assert_eq!(state.conflict.unresolved(), 1);
    state.conflict.take(Choice::Mine, None).unwrap();
    let mut submit = Write::submit(state, options(schedule_tag())).unwrap();
    let replay = recording.replay(&mut submit, &[], LATER);
    let named = replay.request().headers.get("if-schedule-tag-match").unwrap();
    assert!(named.starts_with("\"f2d4fa8b") && replay.body().contains("SUMMARY:stale\r\n"), "{named}");
}

#[test]
fn separate_lines_are_merged_and_their_tag_is_named() {
    let recording = recording();
    let base = recording.base("GET", &schedule_tag());
    let mut write = update(&base, "LOCATION:here", "LOCATION:mine");
    let titles = ["PUT If-Schedule-Tag-Match stale", "GET (was the stale PUT applied?)"];
    let replay = recording.replay(&mut write, &titles, LATER);
    let (request, body) = (replay.request(), replay.body());
    assert_eq!((request.method, request.headers.get("content-type")), (Method::Put, Some("text/calendar")));
    assert!(request.headers.get("if-schedule-tag-match").unwrap().starts_with("\"f2d4fa8b"));
    assert!(body.contains("SUMMARY:two\r\n") && body.contains("LOCATION:mine\r\n"), "{body}");
}

#[test]
fn a_create_of_what_is_there_is_handed_out() {
    let recording = recording();
    let event = || text("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n");
    let mut write = Write::create(&recording::url(MEETING), event(), options(schedule_tag()));
    let titles = ["create: PUT If-None-Match: *", "GET"];
    // The server orders the lines itself, so the client reads its document.
    let created = recording.replay(&mut write, &titles, LATER).saved(SavedKind::Created).unwrap();
    assert!(matches!(&created.document, Document::Text(text) if text.contains("SUMMARY:one")));
    let mut write = Write::create(&recording::url(MEETING), event(), options(schedule_tag()));
    let titles = ["PUT If-None-Match: * on an existing resource", "GET (new tag)"];
    let state = recording.replay(&mut write, &titles, LATER).conflict();
    assert_eq!(state.conflict.kind(), ConflictKind::CreateCreate);
}

#[test]
fn a_removal_is_checked() {
    let recording = recording();
    let base = recording.base("GET", &schedule_tag());
    let mut remove = Write::remove(base, options(schedule_tag()));
    let titles = ["DELETE If-Schedule-Tag-Match stale", "GET (was the stale DELETE applied?)"];
    let state = recording.replay(&mut remove, &titles, LATER).conflict();
    assert_eq!(state.conflict.kind(), ConflictKind::DeleteEdit);
    let base = recording.base("GET after that", &schedule_tag());
    let mut remove = Write::remove(base, options(schedule_tag()));
    recording.replay(&mut remove, &["DELETE If-Schedule-Tag-Match current"], LATER).saved(SavedKind::Removed);
}

#[test]
fn what_was_removed_is_asked_about_and_can_be_made_again() {
    let recording = recording();
    let base = recording.base("GET after that", &schedule_tag());
    let mut write = update(&base, "SUMMARY:two", "SUMMARY:three");
    let titles = ["PUT If-Schedule-Tag-Match on a deleted resource", "<GET deleted"];
    let mut state = recording.replay(&mut write, &titles, LATER).conflict();
    assert_eq!((state.conflict.kind(), state.problem.status), (ConflictKind::EditDelete, Some(412)));
    state.conflict.take(Choice::Mine, None).unwrap();
    let mut restore = Write::submit(state, options(schedule_tag())).unwrap();
    let replay = recording.replay(&mut restore, &["PUT If-None-Match: * on a deleted resource"], LATER);
    assert_eq!(replay.request().method, Method::Get, "what it holds is read");
}

#[test]
fn a_save_that_leaves_the_tag_as_it_was_is_a_save() {
    // RFC 6638, 3.2.10: the answer to an invitation moves the ETag only.
    let recording = recording();
    let base = recording.base("an invitation: GET", &schedule_tag());
    let mut write = update(&base, "NEEDS-ACTION", "ACCEPTED");
    let titles = [
        "an invitation: PUT If-Schedule-Tag-Match current, own status only",
        "an invitation: GET (another ETag, the same Schedule-Tag)",
    ];
    let saved = recording.replay(&mut write, &titles, LATER).saved(SavedKind::Saved).unwrap();
    assert_eq!(saved.version, base.version);
    assert!(matches!(&saved.document, Document::Text(text) if text.contains("ACCEPTED")));
}

#[test]
fn a_412_for_a_rule_of_calendars_keeps_the_edit_and_ends() {
    let recording = recording();
    let base = recording.base("GET after that", &schedule_tag());
    let mut write = Write::update(base, text("nothing of the kind"), options(schedule_tag()));
    let titles = ["PUT what is no calendar", "<GET after that", "<GET after that"];
    let replay = recording.replay(&mut write, &titles, LATER);
    assert_eq!(replay.waits, 1);
    // No 412 is called a rule (HTTP-RULES K7), but its words are there.
    let refusal = replay.refused();
    assert_eq!((refusal.kind, refusal.problem.status), (RefusalKind::StaleRead, Some(412)));
}
