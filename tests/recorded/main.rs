//! The conclusions of the client from recorded answers of real servers, and its next request.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod kubernetes;
mod rails;
mod recording;
mod xandikos;

use mergefetch::client::{
    ConflictState, Event, Moment, Origin, Outcome, PreconditionSupport, SavedKind, Snapshot, Step, UpdateMethod,
    UpdateStatus, Warning, Write, WriteOptions,
};
use mergefetch::conflict::{Choice, ConflictKind, Document, Refusal, RefusalKind};
use mergefetch::http::{Format, Headers, Method, Protection, Request, Response, Versioning, WeakTags};

use recording::{End, Recording, Replay, parse};

/// Long after every recording.
const LATER: f64 = 1_900_000_000_000.0;
/// Half a second after Apache's first write.
const APACHE_AT_ONCE: f64 = 1_795_200_244_500.0;

fn apache() -> Recording {
    parse(include_str!("../servers/exchanges/apache.txt"))
}

fn nginx() -> Recording {
    parse(include_str!("../servers/exchanges/nginx.txt"))
}

fn tomcat() -> Recording {
    parse(include_str!("../servers/exchanges/tomcat.txt"))
}

fn pouchdb() -> Recording {
    parse(include_str!("../servers/exchanges/pouchdb-server.txt"))
}

fn cap() -> Recording {
    parse(include_str!("../servers/exchanges/cap.txt"))
}

fn fhir() -> Recording {
    parse(include_str!("../servers/exchanges/fhir.txt"))
}

fn json(text: &str) -> Document {
    Document::parse(Format::Json, text.as_bytes()).unwrap()
}

fn etag() -> Versioning {
    Versioning::etag(WeakTags::Adaptive)
}

fn options(versioning: Versioning) -> WriteOptions {
    WriteOptions { versioning, ..WriteOptions::default() }
}

/// Base with `edit` put over its members.
fn edited(base: &Snapshot, edit: &str) -> Document {
    let Document::Json(tree) = &base.document else { panic!("JSON") };
    let mut members: Vec<(String, String)> =
        tree.root().members().into_iter().map(|(name, value)| (name, value.source().to_owned())).collect();
    let Document::Json(edit) = json(edit) else { panic!("JSON") };
    for (name, value) in edit.root().members() {
        members.retain(|(known, _)| *known != name);
        members.push((name, value.source().to_owned()));
    }
    let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    json(&format!("{{{}}}", members.join(",")))
}

fn update(base: &Snapshot, edit: &str, options: WriteOptions) -> Write {
    Write::update(base.clone(), edited(base, edit), options)
}

impl Replay {
    #[track_caller]
    fn outcome(self) -> Outcome {
        match self.end {
            End::Done(outcome) => outcome,
            End::Sends(request) => panic!("expected an end, but it sends {request:?}"),
        }
    }

    #[track_caller]
    fn conflict(self) -> ConflictState {
        match self.outcome() {
            Outcome::Conflict(state) => *state,
            other => panic!("expected a conflict, but found {other:?}"),
        }
    }

    #[track_caller]
    fn saved(self, kind: SavedKind) -> Option<Snapshot> {
        match self.outcome() {
            Outcome::Saved(found, snapshot) if found == kind => snapshot,
            other => panic!("expected {kind:?}, but found {other:?}"),
        }
    }

    #[track_caller]
    fn refused(self) -> Box<Refusal> {
        match self.outcome() {
            Outcome::Refused(refusal) => refusal,
            other => panic!("expected a refusal, but found {other:?}"),
        }
    }

    /// The precondition of the request that would go out.
    #[track_caller]
    fn body(&self) -> String {
        String::from_utf8(self.request().body.clone().unwrap()).unwrap()
    }

    #[track_caller]
    fn request(&self) -> &Request {
        match &self.end {
            End::Sends(request) => request,
            End::Done(outcome) => panic!("expected a request, but found {outcome:?}"),
        }
    }
}

#[test]
fn every_recording_is_read_whole() {
    let recordings = [
        (apache(), 55),
        (nginx(), 35),
        (tomcat(), 35),
        (pouchdb(), 25),
        (cap(), 27),
        (fhir(), 14),
        (kubernetes::recording(), 31),
        (rails::recording(), 17),
        (xandikos::recording(), 22),
    ];
    for (recording, count) in recordings {
        assert_eq!(recording.len(), count);
        assert!(recording.all().all(|one| one.path.starts_with('/')));
    }
}

#[test]
fn apache_weak_for_a_second_then_strong_is_waited_for_once() {
    let recording = apache();
    let base = recording.base("GET", &etag());
    assert_eq!(base.protection(), Protection::Weak);
    let mut write = update(&base, r#"{"title":"two","n":22}"#, options(etag()));
    let titles = [
        "PUT If-Match current, at once after the GET",
        "GET",
        "GET 1.3 s later, nothing written meanwhile",
        "PUT If-Match current",
        "GET (new tag)",
    ];
    let replay = recording.replay(&mut write, &titles, APACHE_AT_ONCE);
    assert_eq!((replay.waits, replay.warnings.len()), (1, 0));
    let saved = replay.saved(SavedKind::Saved).unwrap();
    assert_eq!(saved.version.unwrap().as_str(), "W/\"ad0079-16-660b9a0fecfaa\"");
    // Next time the strong form goes out at once.
    let second = recording.base("GET (new tag)", &etag());
    let known = WriteOptions { origin: write.origin(), ..options(etag()) };
    let replay = recording.replay(&mut update(&second, r#"{"n":1}"#, known), &[], LATER);
    assert_eq!(replay.request().headers.get("if-match"), Some("\"ad0079-16-660b9a0fecfaa\""));
}

#[test]
fn apache_a_stale_write_is_a_conflict_and_a_stale_removal_is_asked_about() {
    let recording = apache();
    let base = recording.base("GET 1.3 s later, nothing written meanwhile", &etag());
    let mut write = update(&base, r#"{"title":"stale","n":333}"#, options(etag()));
    let titles = ["PUT If-Match stale", "GET (was the stale PUT applied?)"];
    let state = recording.replay(&mut write, &titles, LATER).conflict();
    assert_eq!((state.conflict.kind(), state.problem.status), (ConflictKind::EditEdit, Some(412)));
    let mut remove = Write::remove(base, options(etag()));
    let titles = ["DELETE If-Match stale", "GET (was the stale DELETE applied?)"];
    let state = recording.replay(&mut remove, &titles, LATER).conflict();
    assert_eq!(state.conflict.kind(), ConflictKind::DeleteEdit);
}

#[test]
fn apache_a_create_of_what_is_there_is_handed_out() {
    let recording = apache();
    let mut write = Write::create(&recording::url("/doc.json"), json(r#"{"title":"dup"}"#), options(etag()));
    let titles = ["PUT If-None-Match: * on an existing resource", "GET (was the stale DELETE applied?)"];
    let state = recording.replay(&mut write, &titles, LATER).conflict();
    assert_eq!(state.conflict.kind(), ConflictKind::CreateCreate);
}

#[test]
fn apache_the_suffix_of_compression_is_cut_and_remembered() {
    let recording = apache();
    let base = recording.base("mod_deflate AddSuffix: GET Accept-Encoding: gzip", &etag());
    let mut write = update(&base, r#"{"title":"two"}"#, options(etag()));
    let titles = [
        "mod_deflate AddSuffix: PUT If-Match with the gzip tag (nothing changed meanwhile)",
        "mod_deflate AddSuffix: GET gzip again",
        "mod_deflate AddSuffix: PUT If-Match with the identity tag",
    ];
    let replay = recording.replay(&mut write, &titles, LATER);
    assert_eq!(replay.request().method, Method::Get);
    assert_eq!(replay.warnings, [Warning::WeakTag]);
    let known = WriteOptions { origin: write.origin(), ..options(etag()) };
    let replay = recording.replay(&mut update(&base, r#"{"title":"three"}"#, known), &[], LATER);
    assert_eq!(replay.request().headers.get("if-match"), Some("\"ad007b-bd1-660b9a123208a\""));
}

#[test]
fn apache_the_suffix_of_brotli_is_cut() {
    let recording = apache();
    let base = recording.base("mod_brotli: GET br", &etag());
    let mut write = update(&base, r#"{"title":"two"}"#, options(etag()));
    let replay = recording.replay(&mut write, &["mod_brotli: PUT If-Match br tag", "=mod_brotli: GET br"], LATER);
    assert_eq!(replay.request().headers.get("if-match"), Some("\"ad007c-bd1-660b9a16fc98a\""));
}

#[test]
fn nginx_what_moved_is_found_before_it_is_overwritten() {
    let recording = nginx();
    let base = recording.base("GET", &etag());
    let unproven = WriteOptions { origin: Origin::with(PreconditionSupport::Unknown), ..options(etag()) };
    let mut write = update(&base, r#"{"title":"mine"}"#, unproven);
    // The PUT in between writes the stored document again; only its precondition is wrong.
    let titles = ["GET (new tag)", "PUT If-Match stale", "GET (was the stale PUT applied?)"];
    let state = recording.replay(&mut write, &titles, LATER).conflict();
    assert_eq!((state.conflict.kind(), state.problem.status), (ConflictKind::EditEdit, Some(412)));
    assert_eq!(write.origin().updates, PreconditionSupport::Ignored);
}

const NOW: Moment = Moment { now_ms: LATER, random: 0.0 };

/// A read finds `document` under a version that is in no recording.
fn held(document: &Document) -> Event {
    Event::Answered(Response {
        status: 200,
        url: recording::url("/doc.json"),
        is_redirected: false,
        headers: Headers::new().with("Content-Type", "application/json").with("ETag", "\"new\""),
        body: Ok(document.text().unwrap().as_bytes().to_vec()),
    })
}

#[test]
fn nginx_a_probe_that_names_no_version_shows_that_nothing_is_compared() {
    let recording = nginx();
    let base = recording.base("GET", &etag());
    let unproven = WriteOptions { origin: Origin::with(PreconditionSupport::Unknown), ..options(etag()) };
    let mut write = update(&base, r#"{"more":true}"#, unproven.clone());
    let titles = [
        "GET (new tag)",
        "PUT If-Match stale",
        "GET (was the stale PUT applied?)",
        "PUT If-Match strong form of the current tag",
    ];
    let replay = recording.replay(&mut write, &titles, LATER);
    assert_eq!(replay.request().method, Method::Get, "the answer names no version");
    assert_eq!(
        (replay.warnings.as_slice(), write.origin().updates),
        (&[Warning::VersionIgnored][..], PreconditionSupport::Ignored)
    );
    let stored = edited(&recording.base("GET (new tag)", &etag()), r#"{"more":true}"#);
    let Ok(Step::Done(Outcome::Merged(snapshot, _))) = write.step(held(&stored), NOW) else { panic!("merged") };
    assert_eq!(snapshot.protection(), Protection::None);
    // From now on every write warns, or does not go out.
    let known =
        WriteOptions { origin: Origin::with(PreconditionSupport::Ignored), refuse_unprotected: true, ..unproven };
    let replay = recording.replay(&mut update(&base, r#"{"n":2}"#, known), &[], LATER);
    let Outcome::Refused(refusal) = replay.outcome() else { panic!("refused") };
    assert_eq!(refusal.kind, RefusalKind::Unprotected);
}

#[test]
fn apache_a_probe_that_names_no_version_shows_that_versions_are_compared() {
    let recording = apache();
    let base = recording.base("GET 1.3 s later, nothing written meanwhile", &etag());
    let unproven = WriteOptions { origin: Origin::with(PreconditionSupport::Unknown), ..options(etag()) };
    let mut write = update(&base, r#"{"more":true}"#, unproven);
    let titles = ["GET (new tag)", "PUT If-Match stale", "PUT If-Match weak form of the current tag"];
    let replay = recording.replay(&mut write, &titles, LATER);
    assert_eq!((replay.request().method, write.origin().updates), (Method::Get, PreconditionSupport::Enforced));
}

#[test]
fn nginx_the_pre_write_check_hands_out_the_document_that_a_create_would_replace() {
    let recording = nginx();
    let unproven = WriteOptions { origin: Origin::with(PreconditionSupport::Unknown), ..options(etag()) };
    let mut write = Write::create(&recording::url("/doc.json"), json(r#"{"title":"dup"}"#), unproven);
    let titles = ["GET"];
    let state = recording.replay(&mut write, &titles, LATER).conflict();
    assert_eq!(state.conflict.kind(), ConflictKind::CreateCreate);
}

#[test]
fn nginx_an_update_of_a_removed_document_is_reported() {
    let recording = nginx();
    let base = recording.base("GET", &etag());
    let origin = Origin { update_status: UpdateStatus::Updated, ..Origin::default() };
    let known = WriteOptions { origin, ..options(etag()) };
    let mut write = update(&base, r#"{"title":"zombie"}"#, known);
    let replay = recording.replay(&mut write, &["PUT If-Match on a deleted resource"], LATER);
    assert_eq!((replay.request().method, replay.warnings.as_slice()), (Method::Get, &[][..]), "nothing is claimed yet");
    let Ok(Step::Done(Outcome::Conflict(state))) = write.step(held(&edited(&base, r#"{"title":"zombie"}"#)), NOW)
    else {
        panic!("a conflict")
    };
    assert_eq!((state.conflict.kind(), state.stored.is_some()), (ConflictKind::EditDelete, true));
}

#[test]
fn tomcat_no_form_of_the_tag_matches_so_the_date_is_the_next_honest_precondition() {
    let recording = tomcat();
    let base = recording.base("GET", &etag());
    let mut write = update(&base, r#"{"n":2}"#, options(etag()));
    let titles =
        ["PUT If-Match current", "GET (new tag)", "PUT If-Match strong form of the current tag", "GET", "<GET", "<GET"];
    let replay = recording.replay(&mut write, &titles, LATER);
    // One wait. Then a pre-write check, as a date does not show a second write within its second.
    assert_eq!(replay.waits, 1);
    assert_eq!(replay.request().headers.get("if-unmodified-since"), Some("Fri, 20 Nov 2026 18:45:22 GMT"));
    assert_eq!(replay.request().headers.get("if-match"), None);
    assert_eq!(replay.warnings, [Warning::WeakTag, Warning::OnlyDates]);
}

#[test]
fn dates_alone_are_versions_that_apache_and_tomcat_compare() {
    let cases = [
        (apache(), "Fri, 20 Nov 2026 18:44:04 GMT", "<GET (was the stale PUT applied?)"),
        (tomcat(), "Fri, 20 Nov 2026 18:45:22 GMT", "GET (was the stale DELETE applied?)"),
    ];
    for (recording, date, newest) in cases {
        let base = recording.base("GET", &Versioning::last_modified());
        assert_eq!((base.protection(), base.version.as_ref().unwrap().as_str()), (Protection::Date, date));
        let mut write = update(&base, r#"{"title":"ius","n":777}"#, options(Versioning::last_modified()));
        // A date does not show a second write within its second, so a pre-write check goes before it.
        let titles = ["=GET", "PUT If-Unmodified-Since stale", newest];
        let state = recording.replay(&mut write, &titles, LATER).conflict();
        assert_eq!((state.conflict.kind(), state.problem.status), (ConflictKind::EditEdit, Some(412)));
    }
}

#[test]
fn pouchdb_the_version_is_rev_whatever_the_etag_says() {
    let recording = pouchdb();
    let base = recording.base("GET", &Versioning::couchdb());
    assert_eq!(base.version.as_ref().unwrap().as_str(), "1-423ef27b6240dd23106c17247ef2e6cc");
    let mut write = update(&base, r#"{"title":"two","n":2}"#, options(Versioning::couchdb()));
    let replay = recording.replay(&mut write, &["PUT with the right _rev in the body", "GET (new tag)"], LATER);
    assert_eq!(replay.warnings, [], "201 is how this server answers an update");
    let saved = replay.saved(SavedKind::Saved).unwrap();
    assert_eq!(saved.version.unwrap().as_str(), "2-b0e5ab729fbec3d787484c994434d06f");
}

#[test]
fn pouchdb_a_409_is_merged_and_carries_their_rev() {
    let recording = pouchdb();
    let base = recording.base("GET", &Versioning::couchdb());
    let mut write = update(&base, r#"{"more":true}"#, options(Versioning::couchdb()));
    let replay = recording.replay(&mut write, &["PUT with a stale _rev", "<GET (new tag)"], LATER);
    let request = replay.request();
    let body = String::from_utf8(request.body.clone().unwrap()).unwrap();
    assert!(body.contains("\"_rev\":\"2-b0e5ab729fbec3d787484c994434d06f\""), "{body}");
    assert!(body.contains("\"more\":true") && body.contains("\"title\":\"two\""), "{body}");
    assert_eq!(request.headers.get("content-type"), Some("application/json"), "not the text/plain of the read");
}

#[test]
fn pouchdb_overwriting_carries_their_rev_and_restoring_none() {
    let recording = pouchdb();
    let base = recording.base("GET", &Versioning::couchdb());
    let stale = || update(&base, r#"{"title":"stale","n":3}"#, options(Versioning::couchdb()));
    let state = recording.replay(&mut stale(), &["PUT with a stale _rev", "<GET (new tag)"], LATER).conflict();
    assert_eq!(state.problem.status, Some(409));
    let mut overwrite = Write::overwrite(state, options(Versioning::couchdb()));
    let replay = recording.replay(&mut overwrite, &[], LATER);
    let body = String::from_utf8(replay.request().body.clone().unwrap()).unwrap();
    assert!(body.contains("\"2-b0e5ab729fbec3d787484c994434d06f\"") && body.contains("\"stale\""), "{body}");

    let mut state = recording.replay(&mut stale(), &["PUT with a stale _rev", "GET deleted"], LATER).conflict();
    assert_eq!(state.conflict.kind(), ConflictKind::EditDelete);
    state.conflict.take(Choice::Mine, None).unwrap();
    let mut restore = Write::submit(state, options(Versioning::couchdb())).unwrap();
    let replay = recording.replay(&mut restore, &[], LATER);
    let body = String::from_utf8(replay.request().body.clone().unwrap()).unwrap();
    assert!(!body.contains("_rev") && body.contains("\"stale\""), "{body}");
}

#[test]
fn pouchdb_a_removal_names_rev_in_its_query() {
    let recording = pouchdb();
    let base = recording.base("GET", &Versioning::couchdb());
    let mut remove = Write::remove(base, options(Versioning::couchdb()));
    let titles = ["DELETE with a stale rev", "=GET (new tag)"];
    let state = recording.replay(&mut remove, &titles, LATER).conflict();
    assert_eq!(state.conflict.kind(), ConflictKind::DeleteEdit);
}

#[test]
fn pouchdb_a_create_of_what_is_there_is_handed_out() {
    let recording = pouchdb();
    let mut write =
        Write::create(&recording::url("/lab/doc1"), json(r#"{"title":"dup"}"#), options(Versioning::couchdb()));
    let titles = ["PUT If-None-Match: * on an existing document", "<GET (new tag)"];
    let state = recording.replay(&mut write, &titles, LATER).conflict();
    assert_eq!((state.conflict.kind(), state.problem.status), (ConflictKind::CreateCreate, Some(409)));
}

#[test]
fn cap_the_answer_to_an_update_is_the_new_representation_so_nothing_is_read() {
    let recording = cap();
    let base = recording.base("PATCH If-Match current (weak tag)", &Versioning::odata());
    let mut write = update(&base, r#"{"title":"three","n":3}"#, options(Versioning::odata()));
    let replay = recording.replay(&mut write, &["PUT If-Match current (weak tag)"], LATER);
    let saved = replay.saved(SavedKind::Saved).unwrap();
    assert_eq!(saved.version.unwrap().as_str(), "W/\"2026-11-20T19:06:33.269Z\"");
}

#[test]
fn cap_a_stale_write_meets_the_newest_version() {
    let recording = cap();
    let base = recording.base("GET", &Versioning::odata());
    let mut write = update(&base, r#"{"title":"stale"}"#, options(Versioning::odata()));
    let titles = ["PUT If-Match stale", "GET"];
    let state = recording.replay(&mut write, &titles, LATER).conflict();
    assert_eq!(state.problem.code.as_deref(), Some("412"));
    let mut remove = Write::remove(base.clone(), options(Versioning::odata()));
    let state = recording.replay(&mut remove, &["DELETE If-Match stale", "GET"], LATER).conflict();
    assert_eq!(state.conflict.kind(), ConflictKind::DeleteEdit);
    let mut gone = update(&base, r#"{"title":"zombie"}"#, options(Versioning::odata()));
    let titles = ["PUT If-Match on a deleted entity", "<GET deleted"];
    assert_eq!(recording.replay(&mut gone, &titles, LATER).conflict().conflict.kind(), ConflictKind::EditDelete);
}

#[test]
fn cap_a_write_without_a_version_reads_one_first() {
    let recording = cap();
    let mut base = recording.base("GET", &Versioning::odata());
    let version = base.version.take().unwrap();
    let patch = WriteOptions { update: UpdateMethod::MergePatch, ..options(Versioning::odata()) };
    let replay = recording.replay(&mut update(&base, r#"{"title":"blind"}"#, patch), &["=GET"], LATER);
    assert_eq!(replay.request().headers.get("if-match"), Some(version.as_str()));
    assert_eq!(replay.warnings, []);
}

#[test]
fn cap_a_duplicate_that_is_reported_as_500_is_a_duplicate() {
    let recording = cap();
    let (url, value) = (recording::url("/odata/Notes"), json(r#"{"ID":1,"title":"dup"}"#));
    let mut write = Write::create_below(&url, value, options(Versioning::odata()));
    let Outcome::Refused(refusal) = recording.replay(&mut write, &["POST the same key again"], LATER).outcome() else {
        panic!("refused")
    };
    assert_eq!(refusal.kind, RefusalKind::Duplicate);
    let url = recording::url("/odata/Notes(1)");
    let mut write = Write::create(&url, json(r#"{"title":"dup"}"#), options(Versioning::odata()));
    let titles = ["PUT If-None-Match: * on an existing resource", "GET"];
    let state = recording.replay(&mut write, &titles, LATER).conflict();
    assert_eq!(state.conflict.kind(), ConflictKind::CreateCreate);
}

#[test]
fn fhir_versions_are_weak_tags_that_the_server_compares() {
    let recording = fhir();
    let base = recording.base("GET", &Versioning::fhir());
    let mut write = update(&base, r#"{"gender":"male"}"#, options(Versioning::fhir()));
    let replay = recording.replay(&mut write, &["PUT If-Match current (weak tag)"], LATER);
    let saved = replay.saved(SavedKind::Saved).unwrap();
    assert_eq!(saved.version.unwrap().as_str(), "W/\"6ae42933-07af-4f85-9d42-c4807ec4367a\"");
    let mut stale = update(&base, r#"{"gender":"other"}"#, options(Versioning::fhir()));
    let titles = ["PUT If-Match stale", "=PUT If-Match current (weak tag)"];
    let state = recording.replay(&mut stale, &titles, LATER).conflict();
    assert_eq!(state.conflict.unresolved(), 1, "the server's own members are no conflict");
    let mut gone = update(&base, r#"{"gender":"male"}"#, options(Versioning::fhir()));
    let titles = ["PUT If-Match on a deleted resource", "<GET deleted"];
    assert_eq!(recording.replay(&mut gone, &titles, LATER).conflict().conflict.kind(), ConflictKind::EditDelete);
}

#[test]
fn fhir_a_removal_has_a_pre_write_check_as_the_server_ignores_its_version() {
    let recording = fhir();
    let base = recording.base("GET", &Versioning::fhir());
    let origin = Origin { removals: PreconditionSupport::Unknown, ..Origin::default() };
    let options = |versioning| WriteOptions { origin, ..options(versioning) };
    let mut remove = Write::remove(base.clone(), options(Versioning::fhir()));
    let state = recording.replay(&mut remove, &["=PUT If-Match current (weak tag)"], LATER).conflict();
    assert_eq!(state.conflict.kind(), ConflictKind::DeleteEdit);
    let mut remove = Write::remove(base, options(Versioning::fhir()));
    recording.replay(&mut remove, &["GET", "DELETE If-Match stale"], LATER).saved(SavedKind::Removed);
}

#[test]
fn fhir_a_create_is_where_location_says_and_as_the_answer_shows() {
    let recording = fhir();
    let value = json(r#"{"resourceType":"Patient","gender":"female"}"#);
    let mut write = Write::create_below(&recording::url("/fhir/R4/Patient"), value, options(Versioning::fhir()));
    let created = recording.replay(&mut write, &["create: POST"], LATER).saved(SavedKind::Created).unwrap();
    assert_eq!(&*created.url, recording::url("/fhir/R4/Patient/55cb60d7-7162-4445-a074-a2c736b34a9c"));
    assert_eq!(created.version.unwrap().as_str(), "W/\"2b6ea92f-d3e4-44c9-ba8c-d26f010bc010\"");
}
