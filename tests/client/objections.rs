//! Decisions about a clean merge that the application has refused: HTTP-RULES K6.

use mergefetch::client::{ConflictState, Engine, Outcome, SavedKind, WhenClean, WriteOptions};
use mergefetch::conflict::{Choice, Conflict, Document, MergeOptions};
use mergefetch::http::Format;

use super::drive::*;
use super::refusals::{competitor, submit};
use super::server::Server;

const READ: &str = "{\"title\":\"a\",\"text\":\"m\"}";
const TYPED: &str = "{\"title\":\"long\",\"text\":\"m\"}";
const THEIRS: &str = "{\"title\":\"a\",\"text\":\"me\"}";
const MERGED: &str = "{\"title\":\"long\",\"text\":\"me\"}";
const WHOLE: Option<&str> = Some("#invalid");

fn refused() -> Conflict {
    let [base, mine, theirs] = [READ, TYPED, THEIRS].map(|text| Some(document(Format::Json, text)));
    let mut conflict = Engine::linked().conflict([base, mine, theirs], MergeOptions::default()).unwrap();
    let merged = conflict.merged().unwrap();
    conflict.refuse_merge(merged.as_ref());
    conflict
}

fn state(server: &mut Server) -> ConflictState {
    let options = WriteOptions { when_clean: WhenClean::Ask, ..WriteOptions::default() };
    let mut state = save_with(server, TYPED, options, on_writes([competitor(THEIRS)])).conflict();
    let merged = state.conflict.merged().unwrap();
    state.conflict.refuse_merge(merged.as_ref());
    state
}

fn text(conflict: &Conflict) -> String {
    conflict.merged().unwrap().as_ref().and_then(Document::text).unwrap().to_owned()
}

fn decisions(conflict: &Conflict) -> Vec<Option<&'static str>> {
    (0..conflict.changes().len()).map(|at| conflict.decision(at)).collect()
}

#[test]
fn k6_a_decision_about_one_change_replaces_an_earlier_one_about_the_whole() {
    for (whole, part) in [
        (Choice::Mine, "{\"title\":\"short\",\"text\":\"m\"}"),
        (Choice::Theirs, "{\"title\":\"short\",\"text\":\"me\"}"),
        (Choice::Base, "{\"title\":\"short\",\"text\":\"m\"}"),
        (Choice::Suggested, "{\"title\":\"short\",\"text\":\"me\"}"),
    ] {
        let mut conflict = refused();
        conflict.take(whole, WHOLE).unwrap();
        conflict.set("/title", "\"short\"".to_owned()).unwrap();
        assert_eq!((text(&conflict).as_str(), conflict.unresolved()), (part, 0), "{whole:?}");
    }
    let mut conflict = refused();
    for choice in [Choice::Mine, Choice::Theirs, Choice::Base] {
        conflict.take(choice, WHOLE).unwrap();
        conflict.take(Choice::Suggested, WHOLE).unwrap();
        assert_eq!((text(&conflict).as_str(), conflict.unresolved()), (MERGED, 0), "{choice:?}");
    }
    let mut conflict = refused();
    conflict.take(Choice::Theirs, WHOLE).unwrap();
    conflict.take(Choice::Mine, Some("/title")).unwrap();
    assert_eq!(text(&conflict), MERGED);
}

#[test]
fn k6_a_decision_about_the_whole_shows_at_every_change() {
    for (whole, expected) in [(Choice::Mine, TYPED), (Choice::Theirs, THEIRS), (Choice::Base, READ)] {
        let mut conflict = refused();
        conflict.set("/title", "\"short\"".to_owned()).unwrap();
        assert_eq!((decisions(&conflict), conflict.unresolved()), (vec![Some("custom"), Some("auto"), None], 1));
        conflict.take(whole, WHOLE).unwrap();
        assert_eq!((text(&conflict).as_str(), conflict.unresolved()), (expected, 0));
        assert_eq!(decisions(&conflict), [Some(whole.as_str()); 3]);
        conflict.reopen(WHOLE).unwrap();
        assert_eq!((text(&conflict).as_str(), decisions(&conflict)), (MERGED, vec![Some("auto"), Some("auto"), None]));
    }
    let mut conflict = refused();
    conflict.set("/title", "\"short\"".to_owned()).unwrap();
    conflict.take(Choice::Suggested, WHOLE).unwrap();
    assert_eq!((text(&conflict).as_str(), conflict.unresolved()), ("{\"title\":\"short\",\"text\":\"me\"}", 0));
}

#[test]
fn k6_a_document_typed_over_the_whole_waits_again_after_a_decision_about_one_change() {
    let mut conflict = refused();
    conflict.set("/title", "\"short\"".to_owned()).unwrap();
    conflict.set("#invalid", "{\"title\":\"b\"}".to_owned()).unwrap();
    assert_eq!((text(&conflict).as_str(), conflict.unresolved()), ("{\"title\":\"b\"}", 0));
    assert_eq!(decisions(&conflict), [Some("auto"), Some("auto"), Some("custom")]);
    conflict.take(Choice::Mine, Some("/title")).unwrap();
    assert_eq!((decisions(&conflict)[2], conflict.unresolved()), (None, 1));
}

#[test]
fn k6_taking_all_that_waits_keeps_the_edits_of_others_and_earlier_decisions() {
    for (choice, expected) in
        [(Choice::Mine, MERGED), (Choice::Theirs, THEIRS), (Choice::Base, READ), (Choice::Suggested, MERGED)]
    {
        let mut conflict = refused();
        conflict.take(choice, None).unwrap();
        assert_eq!((text(&conflict).as_str(), conflict.unresolved()), (expected, 0), "{choice:?}");
        let mut conflict = refused();
        conflict.set("/title", "\"short\"".to_owned()).unwrap();
        conflict.take(choice, None).unwrap();
        let expected = expected.replace("long", "short").replace("\"a\"", "\"short\"");
        assert_eq!((text(&conflict), conflict.unresolved()), (expected, 0), "{choice:?}");
    }
}

#[test]
fn k6_an_impossible_decision_changes_no_decision() {
    let mut conflict = refused();
    conflict.set("/title", "\"short\"".to_owned()).unwrap();
    let before = decisions(&conflict);
    assert!(conflict.take(Choice::Both, WHOLE).is_err());
    assert!(conflict.take(Choice::Both, None).is_err());
    assert!(conflict.set("#invalid", "{".to_owned()).is_err());
    assert_eq!((decisions(&conflict), conflict.unresolved()), (before, 1));
    conflict.take(Choice::Mine, WHOLE).unwrap();
    assert!(conflict.set("/title", "{".to_owned()).is_err());
    assert_eq!(
        (decisions(&conflict), conflict.unresolved(), text(&conflict).as_str()),
        (vec![Some("mine"); 3], 0, TYPED)
    );
}

#[test]
fn k6_a_document_typed_over_the_whole_is_asked_about_again_when_theirs_moves() {
    let mut server = Server::json(READ);
    let mut state = state(&mut server);
    state.conflict.set("#invalid", "{\"title\":\"b\",\"text\":\"m\"}".to_owned()).unwrap();
    let moved = "{\"title\":\"a\",\"text\":\"mine\"}";
    let run = submit(state, &mut server, on_writes([competitor(moved)]));
    assert!(matches!(run.outcome, Outcome::Conflict(_)), "{:?}", run.outcome);
    assert_eq!(server.now(), Some(moved));
}

#[test]
fn k6_mine_as_a_whole_does_not_overwrite_an_edit_that_nobody_has_seen() {
    let mut server = Server::json(READ);
    let mut decided = state(&mut server);
    decided.conflict.take(Choice::Mine, WHOLE).unwrap();
    submit(decided.clone(), &mut server, no_faults()).saved(SavedKind::Saved);
    assert_eq!(server.now(), Some(TYPED));
    server.compete(Some(THEIRS));
    let moved = "{\"title\":\"a\",\"text\":\"other\"}";
    let run = submit(decided, &mut server, on_writes([competitor(moved)]));
    assert!(matches!(run.outcome, Outcome::Conflict(_)), "{:?}", run.outcome);
    assert_eq!(server.now(), Some(moved));
}

#[test]
fn k6_decisions_about_a_text_as_a_whole_and_about_its_regions_agree() {
    let [base, mine, theirs] = ["1\n2\n3\n4\n", "one\n2\n3\n4\n", "1\n2\n3\nfour\n"];
    let refused = || {
        let [base, mine, theirs] = [base, mine, theirs].map(|text| Some(document(Format::Text, text)));
        let mut conflict = Engine::linked().conflict([base, mine, theirs], MergeOptions::default()).unwrap();
        let merged = conflict.merged().unwrap();
        conflict.refuse_merge(merged.as_ref());
        conflict
    };
    for (choice, whole, part) in [
        (Choice::Mine, mine, "ein\n2\n3\n4\n"),
        (Choice::Theirs, theirs, "ein\n2\n3\nfour\n"),
        (Choice::Base, base, "ein\n2\n3\n4\n"),
    ] {
        let mut conflict = refused();
        let id = conflict.changes()[0].id.clone();
        conflict.take(choice, WHOLE).unwrap();
        assert_eq!(text(&conflict), whole);
        conflict.set(&id, "ein\n".to_owned()).unwrap();
        assert_eq!((text(&conflict).as_str(), conflict.unresolved()), (part, 0), "{choice:?}");
    }
    let mut conflict = refused();
    conflict.take(Choice::Mine, None).unwrap();
    assert_eq!(text(&conflict), "one\n2\n3\nfour\n");
}
