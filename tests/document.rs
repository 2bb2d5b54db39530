//! A document in a form: typed text, saves of others meanwhile, and the merge of both.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper that fails is a test that fails")]

use mergefetch::conflict::{Document, Engine, MergeOptions};
use mergefetch::document::{Event, Happening, OpenDocument, Sending};
use mergefetch::http::Format;
use mergefetch::merge::json::{self, Rule};

fn document(text: &str) -> Document {
    let format = if text.starts_with(['{', '[', '"']) { Format::Json } else { Format::Text };
    Document::parse(format, text.as_bytes()).unwrap()
}

fn opened_with(text: &str, options: MergeOptions, is_waiting: bool) -> OpenDocument {
    OpenDocument::new(Engine::linked(), document(text), 1, options, is_waiting)
}

fn opened(text: &str) -> OpenDocument {
    opened_with(text, MergeOptions::default(), false)
}

#[track_caller]
fn handle(open: &mut OpenDocument, event: Event) {
    open.handle(event).unwrap();
}

fn typed(open: &mut OpenDocument, text: &str) {
    handle(open, Event::Typed(document(text)));
}

fn read(open: &mut OpenDocument, revision: u32, text: &str) {
    handle(open, Event::Read(revision, document(text)));
}

fn saved(open: &mut OpenDocument, revision: u32, text: &str, others: &[&str]) {
    let others = others.iter().map(|&path| path.to_owned()).collect();
    handle(open, Event::Saved { revision, document: document(text), others });
}

#[track_caller]
fn holds(open: &OpenDocument, text: &str) {
    assert!(open.draft().equals(&document(text)), "expected {text}, but found {}", open.draft().text().unwrap());
}

#[track_caller]
fn sends(open: &mut OpenDocument, base: u32, text: &str) {
    match open.save().unwrap() {
        Sending::Save { base: found, mine } => {
            assert_eq!((found, mine.text()), (base, Some(text)));
        }
        Sending::Decide { .. } => panic!("expected a save, but found a conflict"),
    }
}

#[test]
fn a_document_in_which_nobody_typed_shows_the_newest_version() {
    let mut open = opened(r#"{"a":1}"#);
    read(&mut open, 2, r#"{"a":2}"#);
    holds(&open, r#"{"a":2}"#);
    let state = open.state();
    assert_eq!((state.base, state.theirs, state.is_dirty, state.is_stale), (2, None, false, false));
    assert!(state.is_safe_to_leave);
}

#[test]
fn changes_of_others_enter_the_draft_and_typed_text_stays() {
    let mut open = opened(r#"{"title":"Fair","place":"Garden"}"#);
    typed(&mut open, r#"{"title":"Summer fair","place":"Garden"}"#);
    read(&mut open, 2, r#"{"title":"Fair","place":"Hall"}"#);
    holds(&open, r#"{"title":"Summer fair","place":"Hall"}"#);
    assert_eq!(open.entered().iter().map(|change| change.path.as_str()).collect::<Vec<_>>(), ["/place"]);
    let state = open.state();
    assert_eq!((state.base, state.is_dirty, state.is_stale, state.is_safe_to_leave), (2, true, false, false));
    sends(&mut open, 2, r#"{"title":"Summer fair","place":"Hall"}"#);
}

#[test]
fn a_place_that_both_changed_keeps_the_typed_value_and_is_asked_about_before_anything_is_sent() {
    let mut open = opened(r#"{"title":"Fair","place":"Garden"}"#);
    typed(&mut open, r#"{"title":"Summer fair","place":"Garden"}"#);
    read(&mut open, 2, r#"{"title":"Winter fair","place":"Hall"}"#);
    holds(&open, r#"{"title":"Summer fair","place":"Hall"}"#);
    assert!(open.state().is_stale);
    let incoming = open.incoming().unwrap().unwrap();
    let open_paths: Vec<_> = incoming.changes().iter().filter(|change| change.clash.is_some()).collect();
    assert_eq!(open_paths.len(), 1);
    assert_eq!((open_paths[0].path.as_str(), open_paths[0].theirs.as_deref()), ("/title", Some("\"Winter fair\"")));
    let Sending::Decide { base, mine, theirs } = open.save().unwrap() else {
        panic!("the overlap was not asked about")
    };
    assert_eq!(theirs, 2);
    assert!(base.equals(&document(r#"{"title":"Fair","place":"Hall"}"#)), "{base:?}");
    assert!(mine.equals(&document(r#"{"title":"Summer fair","place":"Hall"}"#)), "{mine:?}");
}

#[test]
fn an_overlap_ends_when_the_person_types_what_others_wrote_or_takes_the_own_edit_back() {
    for retyped in ["Winter fair", "Fair"] {
        let mut open = opened(r#"{"title":"Fair"}"#);
        typed(&mut open, r#"{"title":"Summer fair"}"#);
        read(&mut open, 2, r#"{"title":"Winter fair"}"#);
        typed(&mut open, &format!(r#"{{"title":"{retyped}"}}"#));
        sends(&mut open, 2, r#"{"title":"Winter fair"}"#);
        holds(&open, r#"{"title":"Winter fair"}"#);
    }
}

#[test]
fn typing_never_changes_more_than_what_was_typed() {
    let mut open = opened(r#"{"title":"Fair","n":1}"#);
    typed(&mut open, r#"{"title":"Summer fair","n":1}"#);
    read(&mut open, 2, r#"{"title":"Winter fair","n":1}"#);
    typed(&mut open, r#"{"title":"Fair","n":1}"#);
    holds(&open, r#"{"title":"Fair","n":1}"#);
}

#[test]
fn increments_of_a_counter_are_added_once_however_often_others_save() {
    let json = json::Options { rules: vec![("/n".to_owned(), Rule::Counter)], ..json::Options::default() };
    let options = MergeOptions { json, ..MergeOptions::default() };
    let mut open = opened_with(r#"{"n":1,"t":"a"}"#, options, false);
    typed(&mut open, r#"{"n":2,"t":"mine"}"#);
    read(&mut open, 2, r#"{"n":5,"t":"theirs"}"#);
    holds(&open, r#"{"n":6,"t":"mine"}"#);
    read(&mut open, 3, r#"{"n":6,"t":"theirs again"}"#);
    holds(&open, r#"{"n":7,"t":"mine"}"#);
}

#[test]
fn a_row_that_others_add_comes_in_once_beside_an_overlap() {
    let mut open = opened(r#"{"t":"a","rows":[{"id":1,"v":"x"}]}"#);
    typed(&mut open, r#"{"t":"mine","rows":[{"id":1,"v":"x"},{"v":"new"}]}"#);
    read(&mut open, 2, r#"{"t":"theirs","rows":[{"id":2,"v":"y"},{"id":1,"v":"x"}]}"#);
    holds(&open, r#"{"t":"mine","rows":[{"id":2,"v":"y"},{"id":1,"v":"x"},{"v":"new"}]}"#);
    read(&mut open, 3, r#"{"t":"theirs","rows":[{"id":2,"v":"y"},{"id":1,"v":"x"},{"id":3,"v":"z"}]}"#);
    holds(&open, r#"{"t":"mine","rows":[{"id":2,"v":"y"},{"id":1,"v":"x"},{"id":3,"v":"z"},{"v":"new"}]}"#);
    let incoming = open.incoming().unwrap().unwrap();
    assert_eq!(incoming.unresolved(), 1, "only the title is open");
}

#[test]
fn when_others_reorder_rows_no_row_is_doubled_or_lost_and_typed_text_stays_in_its_row() {
    let mut open = opened(r#"[{"id":1,"v":""},{"id":2,"v":""},{"id":3,"v":""}]"#);
    typed(&mut open, r#"[{"id":1,"v":"typed"},{"id":2,"v":""},{"id":3,"v":""}]"#);
    read(&mut open, 2, r#"[{"id":3,"v":""},{"id":2,"v":""},{"id":1,"v":""}]"#);
    holds(&open, r#"[{"id":3,"v":""},{"id":2,"v":""},{"id":1,"v":"typed"}]"#);
    // The same while a save is under way.
    let mut open = opened(r#"[{"id":1,"v":""},{"id":2,"v":""}]"#);
    typed(&mut open, r#"[{"id":1,"v":"a"},{"id":2,"v":""}]"#);
    open.save().unwrap();
    typed(&mut open, r#"[{"id":1,"v":"ab"},{"id":2,"v":""}]"#);
    saved(&mut open, 3, r#"[{"id":2,"v":""},{"id":1,"v":"a"}]"#, &["/0", "/1"]);
    holds(&open, r#"[{"id":2,"v":""},{"id":1,"v":"ab"}]"#);
}

#[test]
fn what_was_typed_during_a_save_stays_beside_what_the_server_added() {
    let mut open = opened(r#"{"t":"a","n":0}"#);
    typed(&mut open, r#"{"t":"b","n":0}"#);
    open.save().unwrap();
    typed(&mut open, r#"{"t":"bc","n":0}"#);
    saved(&mut open, 2, r#"{"t":"b","n":1}"#, &[]);
    holds(&open, r#"{"t":"bc","n":1}"#);
    sends(&mut open, 2, r#"{"t":"bc","n":1}"#);
}

#[test]
fn what_the_server_respells_stays_as_typed_and_is_no_edit() {
    let mut open = opened(r#"{"name":"","n":1}"#);
    typed(&mut open, r#"{"name":"Ann ","n":1}"#);
    open.save().unwrap();
    saved(&mut open, 2, r#"{"name":"Ann","n":1}"#, &[]);
    holds(&open, r#"{"name":"Ann ","n":1}"#);
    assert!(!open.state().is_dirty);
    typed(&mut open, r#"{"name":"Ann ","n":2}"#);
    sends(&mut open, 2, r#"{"name":"Ann","n":2}"#);
    saved(&mut open, 3, r#"{"name":"Ann","n":2}"#, &[]);
    // Others change the value: theirs is shown. Elsewhere the spelling stays.
    typed(&mut open, r#"{"name":"Ann ","n":3}"#);
    read(&mut open, 4, r#"{"name":"Annabel","n":2,"m":1}"#);
    holds(&open, r#"{"name":"Annabel","n":3,"m":1}"#);
    let mut open = opened(r#"{"name":"","n":1}"#);
    typed(&mut open, r#"{"name":"Ann ","n":1}"#);
    open.save().unwrap();
    saved(&mut open, 2, r#"{"name":"Ann","n":1}"#, &[]);
    read(&mut open, 3, r#"{"name":"Ann","n":9}"#);
    holds(&open, r#"{"name":"Ann ","n":9}"#);
    sends(&mut open, 3, r#"{"name":"Ann","n":9}"#);
}

#[test]
fn typing_on_in_a_text_that_the_server_trims_is_no_conflict() {
    let mut open = opened("");
    typed(&mut open, "one ");
    open.save().unwrap();
    typed(&mut open, "one two");
    saved(&mut open, 2, "one\n", &[]);
    holds(&open, "one two");
    sends(&mut open, 2, "one two");
}

#[test]
fn typing_in_a_place_that_others_changed_during_a_merged_save_is_asked_about() {
    let mut open = opened(r#"{"a":"s","b":"t"}"#);
    typed(&mut open, r#"{"a":"s","b":"mine"}"#);
    open.save().unwrap();
    typed(&mut open, r#"{"a":"typed","b":"mine"}"#);
    saved(&mut open, 3, r#"{"a":"theirs","b":"mine"}"#, &["/a"]);
    holds(&open, r#"{"a":"typed","b":"mine"}"#);
    assert!(open.state().is_stale);
    assert!(matches!(open.save().unwrap(), Sending::Decide { theirs: 3, .. }));
}

#[test]
fn typing_in_a_row_that_others_changed_and_that_has_moved_is_asked_about_too() {
    let mut open = opened(r#"[{"id":1,"v":"a"},{"id":2,"v":"b"}]"#);
    typed(&mut open, r#"[{"id":2,"v":"b"},{"id":1,"v":"a"}]"#);
    open.save().unwrap();
    typed(&mut open, r#"[{"id":2,"v":"b"},{"id":1,"v":"typed"}]"#);
    // Others saw the row at its old place.
    saved(&mut open, 3, r#"[{"id":2,"v":"b"},{"id":1,"v":"theirs"}]"#, &["/0/v"]);
    holds(&open, r#"[{"id":2,"v":"b"},{"id":1,"v":"typed"}]"#);
    assert!(matches!(open.save().unwrap(), Sending::Decide { theirs: 3, .. }));
}

#[test]
fn a_read_during_a_save_is_not_taken_for_an_edit_of_others() {
    let mut open = opened(r#"{"rows":[]}"#);
    typed(&mut open, r#"{"rows":[5]}"#);
    open.save().unwrap();
    read(&mut open, 2, r#"{"rows":[5]}"#);
    holds(&open, r#"{"rows":[5]}"#);
    saved(&mut open, 2, r#"{"rows":[5]}"#, &[]);
    holds(&open, r#"{"rows":[5]}"#);
    let state = open.state();
    assert_eq!((state.is_dirty, state.is_stale, state.needs_read), (false, false, false));
    // Another version may be older or newer than the result: only a read says which.
    typed(&mut open, r#"{"rows":[5,6]}"#);
    open.save().unwrap();
    read(&mut open, 3, r#"{"rows":[5],"x":1}"#);
    saved(&mut open, 4, r#"{"rows":[5,6]}"#, &[]);
    assert!(open.state().needs_read);
    read(&mut open, 4, r#"{"rows":[5,6]}"#);
    assert!(!open.state().needs_read);
}

fn announced(open: &mut OpenDocument) -> (bool, bool) {
    handle(open, Event::Happened(Happening::Announced));
    (open.state().is_stale, open.state().needs_read)
}

#[test]
fn an_announced_save_of_somebody_else_is_read_where_it_can_enter_and_marks_the_draft_stale_elsewhere() {
    let mut open = opened(r#"{"a":1}"#);
    assert_eq!(announced(&mut open), (true, true));
    read(&mut open, 2, r#"{"a":2}"#);
    assert_eq!((open.state().is_stale, open.state().needs_read), (false, false));
    let mut waiting = opened_with(r#"{"a":1,"b":1}"#, MergeOptions::default(), true);
    typed(&mut waiting, r#"{"a":1,"b":2}"#);
    assert_eq!(announced(&mut waiting), (true, false));
    // The announced save is part of the result; a later one may not be.
    waiting.save().unwrap();
    saved(&mut waiting, 3, r#"{"a":2,"b":2}"#, &["/a"]);
    assert_eq!((waiting.state().is_stale, waiting.state().needs_read), (false, false));
    typed(&mut waiting, r#"{"a":2,"b":3}"#);
    waiting.save().unwrap();
    assert_eq!(announced(&mut waiting), (true, false));
    saved(&mut waiting, 4, r#"{"a":2,"b":3}"#, &[]);
    assert_eq!((waiting.state().is_stale, waiting.state().needs_read), (true, true));
    // A conflict on the screen meets no other version; its decision is checked by the server.
    typed(&mut waiting, r#"{"a":2,"b":4}"#);
    waiting.save().unwrap();
    handle(&mut waiting, Event::Happened(Happening::Conflicted));
    assert_eq!(announced(&mut waiting), (true, false));
    assert!(waiting.submit());
    saved(&mut waiting, 5, r#"{"a":2,"b":5}"#, &[""]);
    assert_eq!((waiting.state().is_stale, waiting.state().needs_read), (false, false));
    // After a refusal the draft is as stale as before.
    typed(&mut waiting, r#"{"a":2,"b":6}"#);
    announced(&mut waiting);
    waiting.save().unwrap();
    handle(&mut waiting, Event::Happened(Happening::Failed));
    assert_eq!((waiting.state().is_stale, waiting.state().needs_read), (true, false));
}

#[test]
fn a_refused_save_leaves_the_draft_an_edit_of_its_base() {
    let mut open = opened(r#"{"a":1}"#);
    typed(&mut open, r#"{"a":2}"#);
    open.save().unwrap();
    assert!(open.state().is_saving);
    handle(&mut open, Event::Happened(Happening::Failed));
    let state = open.state();
    assert_eq!((state.is_saving, state.is_dirty, state.base), (false, true, 1));
    sends(&mut open, 1, r#"{"a":2}"#);
}

#[test]
fn what_was_typed_while_a_conflict_was_open_is_kept_beside_the_decisions() {
    for (decided, expected) in [("mine", "mine"), ("theirs", "theirs"), ("base", "base")] {
        let mut open = opened(r#"{"a":"base","b":1}"#);
        typed(&mut open, r#"{"a":"mine","b":1}"#);
        open.save().unwrap();
        handle(&mut open, Event::Happened(Happening::Conflicted));
        assert!(open.state().is_deciding && !open.state().is_safe_to_leave);
        typed(&mut open, r#"{"a":"mine","b":7}"#);
        assert!(open.submit());
        saved(&mut open, 3, &format!(r#"{{"a":"{decided}","b":1}}"#), &[""]);
        holds(&open, &format!(r#"{{"a":"{expected}","b":7}}"#));
        assert!(!open.state().is_deciding && !open.submit());
    }
}

#[test]
fn a_draft_that_the_store_holds_is_safe_to_leave_until_the_next_letter() {
    let mut open = opened(r#"{"a":1}"#);
    typed(&mut open, r#"{"a":2}"#);
    assert!(!open.state().is_safe_to_leave);
    let edits = open.state().edits;
    typed(&mut open, r#"{"a":3}"#);
    handle(&mut open, Event::Kept(edits));
    assert!(!open.state().is_safe_to_leave, "the store holds an older draft");
    let edits = open.state().edits;
    handle(&mut open, Event::Kept(edits));
    assert!(open.state().is_safe_to_leave && open.state().is_dirty);
}

#[test]
fn a_waiting_document_keeps_the_draft_and_says_that_it_is_stale() {
    let mut open = opened_with(r#"{"a":1,"b":1}"#, MergeOptions::default(), true);
    typed(&mut open, r#"{"a":2,"b":1}"#);
    read(&mut open, 2, r#"{"a":1,"b":9}"#);
    holds(&open, r#"{"a":2,"b":1}"#);
    assert!(open.state().is_stale);
    sends(&mut open, 1, r#"{"a":2,"b":1}"#);
    handle(&mut open, Event::Happened(Happening::Failed));
    handle(&mut open, Event::Happened(Happening::Entered));
    holds(&open, r#"{"a":2,"b":9}"#);
    assert!(!open.state().is_stale);
}

#[test]
fn an_uncertain_merge_waits_for_the_save() {
    // Nobody knows which of the equal lines the other person removed.
    let mut open = opened("x\ny\nx\ny\nx\n");
    let mine = "new\nx\ny\nx\ny\nx\n";
    typed(&mut open, mine);
    read(&mut open, 2, "x\ny\nx\n");
    holds(&open, mine);
    assert!(open.state().is_stale);
    sends(&mut open, 1, mine);
}
