//! Conflicts that people decide, and the decisions that stay when theirs moves again: HTTP-RULES 4.8.

use std::cell::RefCell;
use std::rc::Rc;

use mergefetch::client::{
    Earlier, Engine, Event, Machine, Outcome, Save, SavedKind, Step, WhenClean, Write, WriteOptions,
};
use mergefetch::conflict::Choice;
use mergefetch::http::Format;

use super::drive::*;
use super::page::{Page, conflict, lines, saved};
use super::refusals::{BASE, BESIDE, MINE, clash, competitor, submit};
use super::server::{PutAnswer, Server};

#[test]
fn a_decision_is_sent_with_the_version_of_theirs() {
    for (choice, expected) in [(Choice::Mine, MINE), (Choice::Base, BASE)] {
        let mut server = Server::json(BASE);
        let mut state = clash(&mut server);
        state.conflict.take(choice, None).unwrap();
        submit(state, &mut server, no_faults()).saved(SavedKind::Saved);
        assert_eq!(server.requests()[2], "PUT If-Match: \"1\"");
        assert_eq!(server.now(), Some(expected));
    }
    let mut server = Server::json(BASE);
    let mut state = clash(&mut server);
    state.conflict.take(Choice::Theirs, None).unwrap();
    submit(state, &mut server, no_faults()).saved(SavedKind::Unchanged);
    assert_eq!(server.log.len(), 2, "there is nothing to send");
}

#[test]
fn l1_decisions_whose_inputs_did_not_move_are_kept_when_theirs_moves_again() {
    let mut server = Server::json("{\"a\":1,\"b\":1,\"c\":1}");
    let faults = on_writes([competitor("{\"a\":3,\"b\":3,\"c\":1}")]);
    let mut state = save(&mut server, "{\"a\":2,\"b\":2,\"c\":1}", faults).conflict();
    state.conflict.take(Choice::Mine, Some("/a")).unwrap();
    state.conflict.take(Choice::Theirs, Some("/b")).unwrap();
    // A third writer moves /c only: both decisions hold, and go out by themselves.
    let faults = on_writes([competitor("{\"a\":3,\"b\":3,\"c\":9}")]);
    let run = submit(state, &mut server, faults);
    assert!(!matches!(run.outcome, Outcome::Conflict(_)));
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":3,\"c\":9}"));
    assert_eq!(server.requests()[2..], ["PUT If-Match: \"1\"", "GET", "PUT If-Match: \"2\""]);
}

#[test]
fn l1_an_order_of_one_s_own_is_kept_when_theirs_moves_elsewhere() {
    let mut server = Server::json("{\"l\":[1,2,3,4],\"c\":1}");
    let faults = on_writes([competitor("{\"l\":[2,4,1,3],\"c\":1}")]);
    let mut state = save(&mut server, "{\"l\":[4,3,2,1],\"c\":1}", faults).conflict();
    state.conflict.set("/l#order", "[1,3,2,4]".to_owned()).unwrap();
    assert_eq!((state.conflict.unresolved(), state.conflict.decision(0)), (0, Some("custom")));
    assert!(state.conflict.set("/l#order", "[9]".to_owned()).is_err());
    assert_eq!(state.conflict.decision(0), Some("custom"), "what is refused changes nothing");
    let faults = on_writes([competitor("{\"l\":[2,4,1,3],\"c\":9}")]);
    assert!(!matches!(submit(state, &mut server, faults).outcome, Outcome::Conflict(_)));
    assert_eq!(server.now(), Some("{\"l\":[1,3,2,4],\"c\":9}"));
}

#[test]
fn l1_only_the_decision_whose_inputs_moved_is_asked_again() {
    let mut server = Server::json("{\"a\":1,\"b\":1}");
    let faults = on_writes([competitor("{\"a\":3,\"b\":3}")]);
    let mut state = save(&mut server, "{\"a\":2,\"b\":2}", faults).conflict();
    state.conflict.take(Choice::Mine, Some("/a")).unwrap();
    state.conflict.take(Choice::Mine, Some("/b")).unwrap();
    let faults = on_writes([competitor("{\"a\":4,\"b\":3}")]);
    let state = submit(state, &mut server, faults).conflict();
    assert_eq!(state.conflict.unresolved(), 1);
    let decisions: Vec<_> = (0..2).map(|index| state.conflict.decision(index)).collect();
    assert_eq!(decisions, [None, Some("mine")]);
    let mine = state.conflict.mine().unwrap();
    assert_eq!(mine.text(), Some("{\"a\":2,\"b\":2}"), "mine never changes (L2)");
}

#[test]
fn l1_a_decision_that_no_longer_holds_is_never_replaced_in_silence() {
    // Decided for theirs at /a; then theirs takes that edit back, and a plain merge would send mine.
    let mut server = Server::json(BASE);
    let faults = on_writes([competitor("{\"a\":3,\"b\":3}")]);
    let mut state = save(&mut server, "{\"a\":2,\"b\":2}", faults).conflict();
    state.conflict.take(Choice::Theirs, Some("/a")).unwrap();
    state.conflict.take(Choice::Mine, Some("/b")).unwrap();
    let reverted = "{\"a\":1,\"b\":3}";
    let state = submit(state, &mut server, on_writes([competitor(reverted)])).conflict();
    assert_eq!(server.now(), Some(reverted));
    assert_eq!(state.conflict.decision(1), Some("mine"), "it still holds");
}

#[test]
fn l1_a_lost_answer_after_decisions_is_no_conflict_with_ones_own_decision() {
    let mut server = Server::json(BASE);
    let mut state = clash(&mut server);
    state.conflict.set("/a", "7".to_owned()).unwrap();
    // The decided value arrives, its answer is lost, and somebody edits beside it.
    let faults = on_writes([vec![Fault::CompetitorAfter(Some("{\"a\":7,\"b\":9}")), Fault::LostAfter]]);
    let run = submit(state, &mut server, faults);
    assert!(matches!(run.outcome, Outcome::Saved(..) | Outcome::Merged(..)), "{:?}", run.outcome);
    assert_eq!(server.now(), Some("{\"a\":7,\"b\":9}"));
}

#[test]
fn l5_overwriting_names_their_version_so_that_a_third_writer_is_still_protected() {
    let mut server = Server::json("{\"a\":1,\"b\":1}");
    let faults = on_writes([competitor("{\"a\":3,\"b\":3}")]);
    let state = save(&mut server, MINE, faults).conflict();
    let write = Write::overwrite(state.clone(), WriteOptions::default());
    run(write, &mut server, no_faults()).saved(SavedKind::Saved);
    assert_eq!(server.requests()[2], "PUT If-Match: \"1\"");
    assert_eq!(server.now(), Some(MINE), "all of mine, nothing of theirs");

    let mut server = Server::json("{\"a\":1,\"b\":1}");
    let faults = on_writes([competitor("{\"a\":3,\"b\":3}")]);
    let state = save(&mut server, MINE, faults).conflict();
    let write = Write::overwrite(state, WriteOptions::default());
    let third = on_writes([competitor("{\"a\":4,\"b\":4}")]);
    let state = run(write, &mut server, third).conflict();
    let theirs = state.theirs.as_ref().unwrap();
    assert_eq!(theirs.document.text(), Some("{\"a\":4,\"b\":4}"));
    assert_eq!(server.now(), Some("{\"a\":4,\"b\":4}"));
}

#[test]
fn whoever_wants_to_be_asked_is_asked_also_where_nothing_overlaps() {
    let mut server = Server::json(BASE);
    let options = WriteOptions { when_clean: WhenClean::Ask, ..WriteOptions::default() };
    let state = save_with(&mut server, MINE, options, on_writes([competitor(BESIDE)])).conflict();
    assert_eq!(state.conflict.unresolved(), 0);
    let merged = state.conflict.merged().unwrap().unwrap();
    assert_eq!(merged.text(), Some("{\"a\":2,\"b\":9}"));
    submit(state, &mut server, no_faults()).saved(SavedKind::Saved);
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":9}"));
}

#[test]
fn an_own_earlier_save_is_no_conflict_either_when_theirs_moves_under_a_conflict() {
    let mut server = Server::json("{\"a\":1,\"b\":1,\"c\":1}");
    let base = read(&mut server);
    let first = document(Format::Json, "{\"a\":2,\"b\":1,\"c\":1}");
    let mut write = Write::update(base.clone(), first, WriteOptions::default());
    let saved = run_mut(&mut write, &mut server, no_faults());
    let result = saved.saved(SavedKind::Saved).unwrap().clone();
    let earlier = write.into_own().map(|sent| Earlier::new(sent, Some(result)));
    // The second save meets a replica that does not have the first one yet, but somebody's edit of /c.
    server.history.insert(1, Some("{\"a\":1,\"b\":1,\"c\":9}".to_owned()));
    server.compete(Some("{\"a\":2,\"b\":1,\"c\":9}"));
    let second = document(Format::Json, "{\"a\":3,\"b\":1,\"c\":3}");
    let write = Write::update(base, second, WriteOptions::default()).after(earlier);
    let faults = no_faults().and_on_reads([vec![Fault::Behind(2)]]);
    let mut state = run(write, &mut server, faults).conflict();
    state.conflict.take(Choice::Mine, None).unwrap();
    submit(state, &mut server, no_faults());
    assert_eq!(server.now(), Some("{\"a\":3,\"b\":1,\"c\":3}"));
}

#[test]
fn l1_a_typed_decision_is_asked_again_also_where_mine_and_theirs_became_the_same() {
    let mut server = Server::json(BASE);
    let mut state = clash(&mut server);
    state.conflict.set("/a", "7".to_owned()).unwrap();
    let state = submit(state, &mut server, on_writes([competitor(MINE)])).conflict();
    assert_eq!(state.theirs.unwrap().document.text(), Some(MINE));
}

#[test]
fn an_own_earlier_save_is_no_conflict_either_where_a_replica_brings_it_back() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    let mut write = Write::update(base.clone(), document(Format::Json, "{\"a\":1,\"b\":2}"), WriteOptions::default());
    let saved = run_mut(&mut write, &mut server, no_faults());
    let result = saved.saved(SavedKind::Saved).unwrap().clone();
    let earlier = write.into_own().map(|sent| Earlier::new(sent, Some(result)));
    server.compete(Some("{\"a\":9,\"b\":2}"));
    let second = document(Format::Json, "{\"a\":5,\"b\":3}");
    let write = Write::update(base, second, WriteOptions::default()).after(earlier);
    let mut state = run(write, &mut server, no_faults()).conflict();
    state.conflict.set("/a", "7".to_owned()).unwrap();
    let lost = on_writes([vec![Fault::LostAfter, Fault::CompetitorAfter(Some("{\"a\":8,\"b\":3}"))]]);
    let mut state = submit(state, &mut server, lost).conflict();
    state.conflict.set("/a", "6".to_owned()).unwrap();
    // The server fails, and a lagging replica answers with the first save of this client.
    let faults = on_writes([vec![Fault::Answer(500, "", "")]]).and_on_reads([vec![Fault::Behind(2)]]);
    let state = submit(state, &mut server, faults).conflict();
    let waiting: Vec<_> = (0..state.conflict.changes().len())
        .filter(|index| state.conflict.decision(*index).is_none())
        .map(|index| state.conflict.changes()[index].path.as_str())
        .collect();
    assert_eq!(waiting, ["/a"], "what only meets an own edit is not asked about");
}

#[test]
fn w11_what_was_taken_from_theirs_in_a_decision_is_never_overwritten_as_an_own_edit() {
    let mut server = Server::text("one\ntwo\nthree\n");
    let base = read(&mut server);
    let first = document(Format::Text, "ONE\ntwo\nthree\n");
    let write = Write::update(base.clone(), first, WriteOptions::default());
    let theirs = "eins\nzwei\nthree\n";
    let mut state = run(write, &mut server, on_writes([competitor(theirs)])).conflict();
    state.conflict.take(Choice::Theirs, None).unwrap();
    let mut write = Write::submit(state, WriteOptions::default()).unwrap();
    let done = run_mut(&mut write, &mut server, no_faults());
    let result = done.saved(SavedKind::Unchanged).unwrap().clone();
    // The page continues from its own value: the second line is theirs, and nobody typed in its place.
    let earlier = write.into_own().map(|sent| Earlier::new(sent, Some(result)));
    let second = document(Format::Text, "ONCE\ntwo\nthree\n");
    let write = Write::update(base, second, WriteOptions::default()).after(earlier);
    let state = run(write, &mut server, no_faults()).conflict();
    assert_eq!((state.conflict.unresolved(), server.now()), (1, Some(theirs)));
}

#[test]
fn l1_a_typed_decision_that_theirs_has_come_to_hold_is_not_asked_about_again() {
    let mut server = Server::json(BASE);
    let mut state = clash(&mut server);
    state.conflict.set("/a", "7".to_owned()).unwrap();
    // It went out, came late, and nobody saw the answer.
    let theirs = document(Format::Json, "{\"a\":7,\"b\":1}");
    assert_eq!(state.conflict.rebase(Some(theirs), None).unwrap(), Vec::<String>::new());
    assert_eq!(state.conflict.unresolved(), 0);
    assert_eq!(state.conflict.merged().unwrap().unwrap().text(), Some("{\"a\":7,\"b\":1}"));
}

#[test]
fn k8_a_replica_that_still_has_base_does_not_prove_decisions_about_a_later_version() {
    let mut server = Server::json(BASE);
    let mut state = clash(&mut server);
    state.conflict.take(Choice::Base, None).unwrap();
    // The answer to the write is lost, and one to the read comes from before the conflict: it looks as if all had arrived.
    let lost = on_writes([vec![Fault::LostAfter, Fault::CompetitorAfter(Some(BESIDE))]]);
    let run = submit(state, &mut server, lost.and_on_reads([vec![Fault::Behind(3)]]));
    assert_eq!(run.merged().document.text(), Some(BESIDE));
}

#[test]
fn k8_a_read_after_a_decision_for_base_counts_if_it_shows_the_write_or_a_second_read_agrees() {
    let mut server = Server::json("{\"a\":1,\"b\":0}");
    // It has the old value, too, and is older than anything that this page has read.
    server.compete(Some(BASE));
    let mut state = clash(&mut server);
    state.conflict.take(Choice::Base, None).unwrap();
    server.put_answer = PutAnswer::Bare;
    let faults = no_faults().and_on_reads([vec![Fault::Behind(3)]]);
    let run = submit(state, &mut server, faults);
    assert_eq!(run.saved(SavedKind::Saved).unwrap().document.text(), Some(BASE));
}

#[test]
fn k8_an_own_write_without_an_answer_does_not_prove_the_merge_after_it() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    for text in [MINE, BESIDE] {
        server.compete(Some(text));
    }
    server.put_answer = PutAnswer::Bare;
    let write = Write::update(base, document(Format::Json, MINE), WriteOptions::default());
    let run = run(write, &mut server, no_faults().and_on_reads([vec![], vec![Fault::Behind(2)]]));
    assert_eq!(run.merged().document.text(), Some("{\"a\":2,\"b\":9}"));
}

#[test]
fn l5_overwriting_after_an_aborted_submit_names_only_a_version_that_the_page_knows() {
    let mut server = Server::json(BASE);
    server.put_answer = PutAnswer::Bare;
    let mut page = Page::default();
    let base = page.get(&mut server);
    server.compete(Some("{\"a\":3,\"b\":1}"));
    let held = Rc::new(RefCell::new(conflict(page.save(&base, MINE, &mut server))));
    held.borrow_mut().conflict.take(Choice::Mine, None).unwrap();
    // Somebody continues from the result before the client has read its version, and the page aborts before it gets this version.
    let theirs = "{\"a\":2,\"b\":9}";
    page.faults = on_writes([vec![Fault::CompetitorAfter(Some(theirs))]]);
    let mut submit = page.submitting(&held);
    let mut event = Event::Started;
    loop {
        event = match submit.step(&mut page.memory, event, moment()).unwrap() {
            Step::Load(_) => Event::Loaded(None),
            Step::LoadEngine => Event::EngineLoaded(Engine::linked()),
            Step::Forget(_) => Event::Stored,
            Step::Send(request) => page.faults.exchange(&mut server, &request),
            Step::Keep(..) => break,
            other => panic!("{other:?}"),
        };
    }
    submit.abandon(&mut page.memory);
    assert_eq!(server.now(), Some(theirs));
    let overwriting = Save::overwrite(&mut page.memory, held, WriteOptions::default());
    conflict(page.end(overwriting, &mut server));
    assert_eq!(server.now(), Some(theirs), "nobody has seen their edit");
}

#[test]
fn a_decision_that_takes_an_own_earlier_save_back_does_not_conflict_with_the_next_save() {
    let mut server = Server::text(&lines("1 2 3 4 5 6"));
    let mut page = Page::default();
    let base = page.get(&mut server);
    server.compete(Some("x\n2\n3\n4\n5\n6\n"));
    // The first save removes a line, and the decision about the second one brings it back.
    saved(page.save_lines(&base, "1 2 4 5 6", &mut server));
    let held = Rc::new(RefCell::new(conflict(page.save_lines(&base, "1 y 3 4 5 6", &mut server))));
    held.borrow_mut().conflict.take(Choice::Mine, None).unwrap();
    saved(page.submit(&held, &mut server));
    assert_eq!(server.now(), Some(&*lines("1 y 3 4 5 6")));
    saved(page.save_lines(&base, "z 2 3 4 5 6", &mut server));
    assert_eq!(server.now(), Some(&*lines("z y 3 4 5 6")));
}
