//! Kubernetes: `metadata.resourceVersion` and 409, with the preset of that name.

use mergefetch::client::{SavedKind, Snapshot, UpdateMethod, Write, WriteOptions};
use mergefetch::conflict::{Choice, ConflictKind, Document, RefusalKind};
use mergefetch::http::{Format, Method, Versioning};

use super::recording::{self, Recording, parse};
use super::{LATER, edited, json, options, update};

const ALL: &str = "/api/v1/namespaces/default/configmaps";

pub fn recording() -> Recording {
    parse(include_str!("../servers/exchanges/kubernetes.txt"))
}

fn base(title: &str) -> Snapshot {
    recording().base(title, &Versioning::kubernetes())
}

fn kubernetes() -> WriteOptions {
    options(Versioning::kubernetes())
}

/// The text of a member of a document.
#[track_caller]
fn member(document: &[u8], pointer: &str) -> String {
    let Ok(Document::Json(tree)) = Document::parse(Format::Json, document) else { panic!("JSON") };
    tree.root().pointer(pointer).and_then(|value| value.as_str()).unwrap()
}

#[test]
fn a_save_carries_the_version_and_its_answer_is_what_is_stored() {
    let base = base("GET");
    let old = member(base.document.bytes(), "/metadata/resourceVersion");
    assert_eq!(base.version.as_ref().unwrap().as_str(), old);
    let edit = r#"{"data":{"title":"two","n":"22"}}"#;
    let replay = recording().replay(&mut update(&base, edit, kubernetes()), &[], LATER);
    assert_eq!(member(replay.body().as_bytes(), "/metadata/resourceVersion"), old);
    let mut write = update(&base, edit, kubernetes());
    let replay = recording().replay(&mut write, &["PUT with the right resourceVersion"], LATER);
    assert_eq!(replay.warnings, []);
    let saved = replay.saved(SavedKind::Saved).unwrap();
    let now = recording().base("GET (new version)", &Versioning::kubernetes());
    assert_eq!((saved.version, saved.document.equals(&now.document)), (now.version, true));
}

#[test]
fn a_409_is_a_conflict_of_the_data_only() {
    let titles = ["PUT with a stale resourceVersion", "GET (was the stale PUT applied?)"];
    let mut write = update(&base("GET"), r#"{"data":{"title":"stale","n":"1"}}"#, kubernetes());
    let state = recording().replay(&mut write, &titles, LATER).conflict();
    assert_eq!((state.conflict.kind(), state.conflict.unresolved()), (ConflictKind::EditEdit, 1));
    assert_eq!((state.problem.status, state.problem.code.as_deref()), (Some(409), Some("Conflict")));
    assert!(state.problem.detail.unwrap().contains("has been modified"));
}

#[test]
fn a_409_is_merged_where_nothing_overlaps_and_carries_their_version() {
    let titles = ["PUT with a stale resourceVersion", "GET (was the stale PUT applied?)"];
    let mut write = update(&base("GET"), r#"{"data":{"n":"1","title":"one","more":"x"}}"#, kubernetes());
    let replay = recording().replay(&mut write, &titles, LATER);
    let body = replay.body();
    assert_eq!(replay.request().method, Method::Put);
    let now = recording().base("GET (new version)", &Versioning::kubernetes()).version.unwrap();
    assert_eq!(member(body.as_bytes(), "/metadata/resourceVersion"), now.as_str());
    assert_eq!(
        (member(body.as_bytes(), "/data/title"), member(body.as_bytes(), "/data/more")),
        ("two".into(), "x".into())
    );
}

#[test]
fn patches_carry_the_version_and_a_stale_one_is_met_whatever_the_status() {
    let cases = [
        (UpdateMethod::MergePatch, "PATCH (merge patch) with a stale resourceVersion", Some(409)),
        // A `test` that fails is no 409 here.
        (UpdateMethod::JsonPatch, "PATCH (JSON Patch) with a stale test", Some(422)),
    ];
    for (how, title, status) in cases {
        let options = WriteOptions { update: how, ..kubernetes() };
        let mut write = update(&base("GET"), r#"{"data":{"title":"stale","n":"1"}}"#, options);
        let state = recording().replay(&mut write, &[title, "<GET (new version)"], LATER).conflict();
        assert_eq!((state.conflict.unresolved(), state.problem.status), (1, status));
    }
    let options = WriteOptions { update: UpdateMethod::MergePatch, ..kubernetes() };
    let mut write = update(&base("GET (new version)"), r#"{"data":{"title":"two","n":"333"}}"#, options);
    let replay = recording().replay(&mut write, &["PATCH (merge patch) with the right resourceVersion"], LATER);
    let saved = replay.saved(SavedKind::Saved).unwrap();
    assert_eq!(member(saved.document.bytes(), "/data/n"), "333");
}

#[test]
fn a_rule_of_the_kind_is_a_refusal_and_not_sent_again() {
    let base = base("PUT with no resourceVersion");
    let mut write = update(&base, r#"{"data":{"not a key":"x"}}"#, kubernetes());
    let refusal = recording().replay(&mut write, &["PUT what is no ConfigMap"], LATER).refused();
    assert_eq!((refusal.kind, refusal.problem.status), (RefusalKind::Constraint, Some(422)));
}

#[test]
fn a_refused_json_patch_with_the_version_unmoved_is_a_rule() {
    let base = base("GET");
    let options = WriteOptions { update: UpdateMethod::JsonPatch, ..kubernetes() };
    let mut write = update(&base, r#"{"data":{"title":"one","n":"4444"}}"#, options);
    let titles = ["PATCH (JSON Patch) with a stale test", "<GET"];
    let refusal = recording().replay(&mut write, &titles, LATER).refused();
    assert_eq!((refusal.kind, refusal.problem.status), (RefusalKind::Constraint, Some(422)));
}

#[test]
fn a_create_is_made_once() {
    let note = || json(r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"note"},"data":{"title":"one"}}"#);
    let mut write = Write::create_below(&recording::url(ALL), note(), kubernetes());
    // No Location names the URL. The answer contains the stored document.
    let outcome = recording().replay(&mut write, &["create: POST"], LATER).outcome();
    let mergefetch::client::Outcome::Created(answer) = outcome else {
        panic!("expected a creation, but found {outcome:?}")
    };
    assert!(answer.text().is_some_and(|text| text.contains("\"uid\"") && text.contains("\"name\":\"note\"")));
    let mut write = Write::create_below(&recording::url(ALL), note(), kubernetes());
    let refusal = recording().replay(&mut write, &["POST the same name again"], LATER).refused();
    assert_eq!((refusal.kind, refusal.problem.status), (RefusalKind::Duplicate, Some(409)));
}

#[test]
fn a_removal_names_the_version_in_its_preconditions() {
    let mut remove = Write::remove(base("GET"), kubernetes());
    let titles = ["DELETE with a stale resourceVersion", "=PUT with no resourceVersion"];
    let state = recording().replay(&mut remove, &titles, LATER).conflict();
    assert_eq!((state.conflict.kind(), state.problem.status), (ConflictKind::DeleteEdit, Some(409)));
    let mut remove = Write::remove(base("GET anew"), kubernetes());
    recording().replay(&mut remove, &["DELETE with the right resourceVersion"], LATER).saved(SavedKind::Removed);
    let mut remove = Write::remove(base("PUT with no resourceVersion"), kubernetes());
    recording().replay(&mut remove, &["DELETE on a deleted object"], LATER).saved(SavedKind::Removed);
}

#[test]
fn a_removal_that_a_finalizer_holds_back_is_a_removal() {
    let mut remove = Write::remove(base("PUT a finalizer"), kubernetes());
    let titles = ["DELETE with the right resourceVersion, held by a finalizer"];
    recording().replay(&mut remove, &titles, LATER).saved(SavedKind::Removed);
}

#[test]
fn an_edit_of_what_is_being_deleted_is_merged_with_that() {
    let mut write = update(&base("PUT a finalizer"), r#"{"data":{"title":"late"}}"#, kubernetes());
    let titles = ["PUT with a stale resourceVersion on what is being deleted", "<GET (deletionTimestamp)"];
    let body = recording().replay(&mut write, &titles, LATER).body();
    assert!(!member(body.as_bytes(), "/metadata/deletionTimestamp").is_empty());
    assert_eq!(member(body.as_bytes(), "/data/title"), "late");
}

#[test]
fn an_update_of_what_was_removed_is_asked_about_and_a_put_does_not_bring_it_back() {
    let mut write = update(&base("PUT with no resourceVersion"), r#"{"data":{"title":"zombie"}}"#, kubernetes());
    let mut state = recording().replay(&mut write, &["PUT on a deleted object", "<GET deleted"], LATER).conflict();
    assert_eq!((state.conflict.kind(), state.problem.status), (ConflictKind::EditDelete, Some(409)));
    state.conflict.take(Choice::Mine, None).unwrap();
    let restore = || Write::submit(state.clone(), kubernetes()).unwrap();
    let body = recording().replay(&mut restore(), &[], LATER).body();
    assert!(!body.contains("resourceVersion"), "{body}");
}

#[test]
fn what_was_made_anew_is_another_object_whose_uid_is_kept() {
    let titles = ["PUT with the resourceVersion of the one before", "<GET anew"];
    let anew = base("GET anew");
    let (version, uid) = (anew.version.unwrap(), member(anew.document.bytes(), "/metadata/uid"));
    let old = base("PUT with no resourceVersion");
    let mut write = Write::update(old.clone(), edited(&old, r#"{"data":{"title":"mine"}}"#), kubernetes());
    let state = recording().replay(&mut write, &titles, LATER).conflict();
    assert_eq!(state.conflict.unresolved(), 1);
    // With the uid of the one before, the server would refuse it for ever.
    let body = recording().replay(&mut Write::overwrite(state, kubernetes()), &[], LATER).body();
    assert_eq!(member(body.as_bytes(), "/metadata/uid"), uid);
    assert_eq!(member(body.as_bytes(), "/metadata/resourceVersion"), version.as_str());
}
