//! The memory of a client between its calls: earlier saves, the queue, facts about origins (W10, F12, K8, X1, X5).

use std::cell::RefCell;
use std::rc::Rc;

use mergefetch::client::{
    Engine, Machine, Outcome, PreconditionSupport, Recency, Save, SavedKind, WhenClean, WriteOptions,
};
use mergefetch::conflict::{Choice, RefusalKind};
use mergefetch::http::Format;

use super::drive::{Fault, document, on_writes, snapshot};
use super::page::*;
use super::server::{PutAnswer, Server, Tags, URL};

const BASE: &str = "{\"a\":1,\"b\":1,\"n\":0}";

#[test]
fn x5_with_tags_that_are_hashes_on_off_and_on_again_is_written_three_times() {
    for tags in [Tags::Hash, Tags::WeakHash] {
        let mut server = Server::json("{\"a\":0}");
        server.tags = tags;
        let mut page = Page::default();
        for text in ["{\"a\":1}", "{\"a\":0}", "{\"a\":1}"] {
            let base = page.get(&mut server);
            is_kind(&page.save(&base, text, &mut server), SavedKind::Saved);
            assert_eq!(server.now(), Some(text));
        }
    }
}

#[test]
fn x5_a_value_that_somebody_else_restored_is_the_base_of_a_first_save_again() {
    let mut server = Server::json("{\"a\":0,\"n\":0}");
    server.tags = Tags::Hash;
    let mut page = Page::with(counting());
    let base = page.get(&mut server);
    page.save(&base, "{\"a\":0,\"n\":1}", &mut server);
    server.compete(Some("{\"a\":0,\"n\":0}"));
    let base = page.get(&mut server);
    page.faults = on_writes([vec![Fault::Competitor(Some("{\"a\":0,\"n\":3}"))]]);
    is_merged(&page.save(&base, "{\"a\":0,\"n\":1}", &mut server));
    assert_eq!(server.now(), Some("{\"a\":0,\"n\":4}"));
}

#[test]
fn two_saves_from_one_base_never_conflict_with_each_other_with_or_without_versions() {
    for tags in [Tags::Strong, Tags::Hidden, Tags::Hash, Tags::Dated] {
        let mut server = Server::json(BASE);
        server.tags = tags;
        let mut page = Page::default();
        let base = page.get(&mut server);
        for mine in ["{\"a\":2,\"b\":1,\"n\":0}", "{\"a\":3,\"b\":1,\"n\":0}", "{\"a\":3,\"b\":2,\"n\":0}"] {
            saved(page.save(&base, mine, &mut server));
        }
        assert_eq!(server.now(), Some("{\"a\":3,\"b\":2,\"n\":0}"), "{tags:?}");
    }
}

#[test]
fn two_forms_that_save_at_once_from_one_snapshot_lose_neither_edit() {
    let (mut server, mut page, base) = opened(BASE);
    let mut first = page.saving(&base, "{\"a\":2,\"b\":1,\"n\":0}");
    let mut second = page.saving(&base, "{\"a\":1,\"b\":2,\"n\":0}");
    page.run(&mut [Call::of(&mut second), Call::of(&mut first)], &mut server);
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":2,\"n\":0}"));
    assert_eq!(server.requests(), ["GET", "PUT If-Match: \"0\"", "PUT If-Match: \"1\""]);
}

#[test]
fn w10_a_save_that_is_aborted_while_it_waits_lets_the_next_one_go() {
    let (mut server, mut page, base) = opened(BASE);
    let mut first = page.saving(&base, "{\"a\":2,\"b\":1,\"n\":0}");
    let mut second = page.saving(&base, "{\"a\":9,\"b\":1,\"n\":0}");
    let mut third = page.saving(&base, "{\"a\":2,\"b\":3,\"n\":0}");
    second.abandon(&mut page.memory);
    page.run(&mut [Call::of(&mut third), Call::of(&mut first)], &mut server);
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":3,\"n\":0}"));
}

#[test]
fn thirty_documents_each_saved_twice_from_one_snapshot_never_conflict_with_themselves() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    let notes: Vec<_> = (0..30)
        .map(|number| {
            let mut note = page.get(&mut server);
            note.document = parse(&format!("{{\"a\":1,\"b\":{number}}}"));
            (format!("{{\"a\":1,\"b\":{number}}}"), note)
        })
        .collect();
    let mut held: Vec<_> = notes.iter().map(|(text, _)| Server::json(text)).collect();
    for value in [2, 3] {
        for (number, (_, note)) in notes.iter().enumerate() {
            let note = mergefetch::client::Snapshot { url: format!("{URL}/{number}").into(), ..note.clone() };
            let outcome = page.save(&note, &format!("{{\"a\":{value},\"b\":{number}}}"), &mut held[number]);
            is_kind(&outcome, SavedKind::Saved);
        }
    }
}

#[test]
fn f12_after_an_abort_the_next_save_from_the_same_base_is_no_conflict_with_the_one_that_arrived() {
    let (mut server, mut page, base) = opened(BASE);
    page.save_and_abort(&base, "{\"a\":2,\"b\":1,\"n\":0}", &mut server);
    saved(page.save(&base, "{\"a\":3,\"b\":1,\"n\":0}", &mut server));
    assert_eq!(server.now(), Some("{\"a\":3,\"b\":1,\"n\":0}"));
}

#[test]
fn f12_an_abort_between_two_saves_from_one_base_is_no_conflict_either() {
    let (mut server, mut page, base) = opened(BASE);
    saved(page.save(&base, "{\"a\":2,\"b\":1,\"n\":0}", &mut server));
    page.save_and_abort(&base, "{\"a\":3,\"b\":1,\"n\":0}", &mut server);
    saved(page.save(&base, "{\"a\":4,\"b\":1,\"n\":0}", &mut server));
    assert_eq!(server.now(), Some("{\"a\":4,\"b\":1,\"n\":0}"));
}

#[test]
fn f12_an_own_edit_that_was_aborted_is_not_asked_about_where_people_decide_each_merge() {
    let options = WriteOptions { when_clean: WhenClean::Ask, ..WriteOptions::default() };
    let (mut server, mut page, base) = opened_with(options, BASE);
    page.save_and_abort(&base, "{\"a\":2,\"b\":1,\"n\":0}", &mut server);
    is_merged(&page.save(&base, "{\"a\":1,\"b\":2,\"n\":0}", &mut server));
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":2,\"n\":0}"));
    // Another person's edit is asked about.
    server.compete(Some("{\"a\":2,\"b\":2,\"n\":7}"));
    conflict(page.save(&base, "{\"a\":3,\"b\":1,\"n\":0}", &mut server));
}

#[test]
fn f12_the_same_edit_again_after_an_abort_that_never_arrived_is_written() {
    let (mut server, mut page, base) = opened(BASE);
    saved(page.save(&base, "{\"a\":2,\"b\":1,\"n\":0}", &mut server));
    page.faults = on_writes([vec![Fault::LostBefore]]);
    page.save_and_abort(&base, "{\"a\":3,\"b\":1,\"n\":0}", &mut server);
    saved(page.save(&base, "{\"a\":3,\"b\":1,\"n\":0}", &mut server));
    assert_eq!(server.now(), Some("{\"a\":3,\"b\":1,\"n\":0}"));
}

#[test]
fn a_removal_after_a_save_from_the_same_base_removes_what_was_saved() {
    let (mut server, mut page, base) = opened(BASE);
    saved(page.save(&base, "{\"a\":2,\"b\":1,\"n\":0}", &mut server));
    is_kind(&page.remove(&base, &mut server), SavedKind::Removed);
    assert_eq!(server.now(), None);
}

#[test]
fn a_removal_after_a_save_whose_answer_was_lost_removes_it() {
    let (mut server, mut page, base) = opened(BASE);
    page.save_and_abort(&base, "{\"a\":2,\"b\":1,\"n\":0}", &mut server);
    is_kind(&page.remove(&base, &mut server), SavedKind::Removed);
    assert_eq!(server.now(), None);
}

#[test]
fn a_removal_after_a_merged_save_conflicts_as_its_page_has_not_seen_their_edit() {
    let (mut server, mut page, base) = opened(BASE);
    server.compete(Some("{\"a\":1,\"b\":5,\"n\":0}"));
    is_merged(&page.save(&base, "{\"a\":2,\"b\":1,\"n\":0}", &mut server));
    conflict(page.remove(&base, &mut server));
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":5,\"n\":0}"));
}

#[test]
fn a_counter_whose_save_got_no_answer_is_never_counted_twice_and_never_claims_the_count_of_somebody_else() {
    let mine = "{\"a\":1,\"b\":1,\"n\":1}";
    // The increment was carried out, or somebody else counted: nobody can know, and the page gets `unknown`.
    for (faults, now) in [
        (vec![Fault::LostAfter], "{\"a\":1,\"b\":1,\"n\":1}"),
        (vec![Fault::Competitor(Some(mine)), Fault::LostBefore], "{\"a\":1,\"b\":1,\"n\":1}"),
    ] {
        let (mut server, mut page, base) = opened_with(counting(), BASE);
        page.faults = on_writes([faults]);
        refused(&page.save(&base, mine, &mut server), RefusalKind::Unknown);
        // Again, and again.
        for _ in 0..2 {
            refused(&page.save(&base, mine, &mut server), RefusalKind::Unknown);
        }
        assert_eq!(server.now(), Some(now));
    }
}

#[test]
fn a_counter_counts_on_after_a_save_from_the_same_base_and_one_without_an_answer() {
    let (mut server, mut page, base) = opened_with(counting(), BASE);
    saved(page.save(&base, "{\"a\":1,\"b\":1,\"n\":1}", &mut server));
    page.faults = on_writes([vec![Fault::LostBefore]]);
    page.save_and_abort(&base, "{\"a\":1,\"b\":1,\"n\":2}", &mut server);
    saved(page.save(&base, "{\"a\":1,\"b\":1,\"n\":2}", &mut server));
    assert_eq!(server.now(), Some("{\"a\":1,\"b\":1,\"n\":2}"));
}

#[test]
fn r4_base_restored_under_another_version_after_a_lost_answer_is_asked_about_also_by_the_next_call() {
    let (mut server, mut page, base) = opened(BASE);
    page.save_and_abort(&base, "{\"a\":2,\"b\":1,\"n\":0}", &mut server);
    server.compete(Some(BASE));
    conflict(page.save(&base, "{\"a\":2,\"b\":1,\"n\":0}", &mut server));
    assert_eq!(server.now(), Some(BASE));
}

#[test]
fn r4_base_restored_is_asked_about_also_where_a_read_goes_before_each_write() {
    let mut server = Server::json(BASE);
    server.tags = Tags::WeakAsString;
    let mut page = Page::default();
    let base = page.get(&mut server);
    page.faults = on_writes([vec![Fault::LostAfter, Fault::CompetitorAfter(Some(BASE))]]);
    conflict(page.save(&base, "{\"a\":2,\"b\":1,\"n\":0}", &mut server));
    assert_eq!(server.now(), Some(BASE));
}

fn clash(page: &mut Page, server: &mut Server) -> Rc<RefCell<mergefetch::client::ConflictState>> {
    let base = page.get(server);
    server.compete(Some("{\"a\":5,\"b\":1,\"n\":0}"));
    Rc::new(RefCell::new(conflict(page.save(&base, "{\"a\":2,\"b\":2,\"n\":0}", server))))
}

#[test]
fn submit_twice_at_once_sends_nothing_that_nobody_decided() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    let held = clash(&mut page, &mut server);
    held.borrow_mut().conflict.take(Choice::Theirs, None).unwrap();
    server.compete(Some("{\"a\":7,\"b\":1,\"n\":0}"));
    let (mut first, mut second) = (page.submitting(&held), page.submitting(&held));
    page.run(&mut [Call::of(&mut first), Call::of(&mut second)], &mut server);
    assert_eq!(server.now(), Some("{\"a\":7,\"b\":1,\"n\":0}"));
    for save in [first, second] {
        conflict(save.into_outcome().unwrap().0);
    }
}

#[test]
fn submit_twice_never_takes_back_what_somebody_else_had_put_in_between() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    let held = clash(&mut page, &mut server);
    held.borrow_mut().conflict.take(Choice::Mine, None).unwrap();
    server.compete(Some("{\"a\":5,\"b\":1,\"n\":8}"));
    let (mut first, mut second) = (page.submitting(&held), page.submitting(&held));
    page.run(&mut [Call::of(&mut first), Call::of(&mut second)], &mut server);
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":2,\"n\":8}"));
    // Other decisions after that are an edit of the stored document.
    held.borrow_mut().conflict.take(Choice::Theirs, Some("/a")).unwrap();
    saved(page.submit(&held, &mut server));
    assert_eq!(server.now(), Some("{\"a\":5,\"b\":2,\"n\":8}"));
}

#[test]
fn other_decisions_after_a_submit_ask_where_they_meet_what_somebody_else_has_done_meanwhile() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    let held = clash(&mut page, &mut server);
    held.borrow_mut().conflict.take(Choice::Mine, None).unwrap();
    saved(page.submit(&held, &mut server));
    server.compete(Some("{\"a\":6,\"b\":2,\"n\":0}"));
    held.borrow_mut().conflict.take(Choice::Base, Some("/a")).unwrap();
    conflict(page.submit(&held, &mut server));
    assert_eq!(server.now(), Some("{\"a\":6,\"b\":2,\"n\":0}"));
}

#[test]
fn a_refresh_during_a_submit_waits_and_reopens_nothing() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    let held = clash(&mut page, &mut server);
    held.borrow_mut().conflict.take(Choice::Base, None).unwrap();
    let (mut submit, mut refresh) = (page.submitting(&held), page.refreshing(&held));
    page.run(&mut [Call::of(&mut refresh), Call::of(&mut submit)], &mut server);
    let refreshed = refresh.into_outcome().unwrap().unwrap();
    assert_eq!((refreshed.is_moved, refreshed.reopened.len()), (false, 0));
    assert_eq!(server.now(), Some("{\"a\":1,\"b\":2,\"n\":0}"));
    // And once more: nothing is sent.
    saved(page.submit(&held, &mut server));
    assert_eq!(server.now(), Some("{\"a\":1,\"b\":2,\"n\":0}"));
}

#[test]
fn a_refresh_that_reopens_a_decision_stops_the_submit_that_waits_behind_it() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    let held = clash(&mut page, &mut server);
    held.borrow_mut().conflict.take(Choice::Theirs, None).unwrap();
    server.compete(Some("{\"a\":7,\"b\":1,\"n\":0}"));
    let mut refresh = page.refreshing(&held);
    {
        let mut call = Call::of(&mut refresh);
        page.step(&mut call, &mut server);
        let mut submit = page.submitting(&held);
        page.run(&mut [Call::of(&mut submit), call], &mut server);
        conflict(submit.into_outcome().unwrap().0);
    }
    assert!(refresh.into_outcome().unwrap().unwrap().is_moved);
    assert_eq!(server.now(), Some("{\"a\":7,\"b\":1,\"n\":0}"));
}

#[test]
fn a_result_that_a_submit_finds_at_the_server_does_not_conflict_with_the_next_edit() {
    let (mut server, mut page, base) = opened(BASE);
    let held = clash(&mut page, &mut server);
    server.compete(Some("{\"a\":2,\"b\":2,\"n\":0}"));
    let mut refresh = page.refreshing(&held);
    page.run_one(&mut refresh, &mut server);
    is_kind(&page.submit(&held, &mut server), SavedKind::Unchanged);
    // The page has heard that its edit is stored, and continues from it.
    saved(page.save(&base, "{\"a\":3,\"b\":2,\"n\":0}", &mut server));
    assert_eq!(server.now(), Some("{\"a\":3,\"b\":2,\"n\":0}"));
}

#[test]
fn values_that_a_submit_took_from_theirs_without_sending_conflict_with_the_next_edit() {
    let (mut server, mut page, base) = opened(BASE);
    let held = clash(&mut page, &mut server);
    server.compete(Some("{\"a\":5,\"b\":2,\"n\":0}"));
    held.borrow_mut().conflict.take(Choice::Theirs, None).unwrap();
    let mut refresh = page.refreshing(&held);
    page.run_one(&mut refresh, &mut server);
    is_kind(&page.submit(&held, &mut server), SavedKind::Unchanged);
    let state = conflict(page.save(&base, "{\"a\":3,\"b\":3,\"n\":0}", &mut server));
    assert_eq!((state.conflict.unresolved(), state.conflict.changes()[0].path.as_str()), (1, "/a"));
}

#[test]
fn an_update_ends_after_a_decision_for_a_version_that_this_client_has_replaced() {
    let mut server = Server::json(BASE);
    server.tags = Tags::Hash;
    let mut page = Page::default();
    let held = clash(&mut page, &mut server);
    held.borrow_mut().conflict.take(Choice::Theirs, None).unwrap();
    // Mine at `b`, too, so that there is nothing to send.
    held.borrow_mut().conflict.take(Choice::Theirs, Some("/b")).unwrap();
    let theirs = page.get(&mut server);
    saved(page.save(&theirs, BASE, &mut server));
    is_kind(&page.submit(&held, &mut server), SavedKind::Unchanged);
    let requests = server.log.len();
    is_kind(&page.update(one_more, &mut server), SavedKind::Saved);
    assert_eq!(server.now(), Some("{\"a\":1,\"b\":1,\"n\":1}"));
    assert_eq!(server.log.len(), requests + 2, "{:?}", server.requests());
}

#[test]
fn facts_about_an_origin_survive_a_reload() {
    let mut server = Server::json(BASE);
    server.tags = Tags::WeakAsString;
    server.ignores_versions = true;
    let mut page = Page::default();
    let base = page.get(&mut server);
    server.compete(Some("{\"a\":1,\"b\":5,\"n\":0}"));
    is_merged(&page.save(&base, "{\"a\":2,\"b\":1,\"n\":0}", &mut server));
    assert_eq!(page.memory.origin(URL).unwrap().updates, PreconditionSupport::Ignored);
    page.reload();
    assert!(page.memory.origin(URL).is_none());
    page.get(&mut server);
    assert_eq!(page.memory.origin(URL).unwrap().updates, PreconditionSupport::Ignored);
}

#[test]
fn two_writes_at_once_both_add_their_facts_about_one_origin() {
    let mut page = Page::default();
    let (mut one, mut other) = (Server::json(BASE), Server::json(BASE));
    one.tags = Tags::WeakAsString;
    other.tags = Tags::WeakAsString;
    let first = page.get(&mut one);
    let second = mergefetch::client::Snapshot { url: format!("{URL}/2").into(), ..first.clone() };
    let mut slow = page.saving(&first, "{\"a\":2,\"b\":1,\"n\":0}");
    page.step(&mut Call::of(&mut slow), &mut one);
    // It knows nothing of the origin yet; meanwhile another one is refused.
    let mut event = mergefetch::client::Event::Loaded(None);
    let moment = super::drive::moment();
    let mut sent = None;
    if let mergefetch::client::Step::Send(request) = slow.step(&mut page.memory, event, moment).unwrap() {
        sent = Some(request);
    }
    other.compete(Some("{\"a\":1,\"b\":1,\"n\":4}"));
    is_merged(&page.save(&second, "{\"a\":3,\"b\":1,\"n\":0}", &mut other));
    assert_eq!(page.memory.origin(URL).unwrap().updates, PreconditionSupport::Enforced);
    event = page.faults.exchange(&mut one, &sent.unwrap());
    for _ in 0..20 {
        event = match slow.step(&mut page.memory, event, moment).unwrap() {
            mergefetch::client::Step::Send(request) => page.faults.exchange(&mut one, &request),
            mergefetch::client::Step::Done(()) => break,
            _ => mergefetch::client::Event::Stored,
        };
    }
    assert_eq!(page.memory.origin(URL).unwrap().updates, PreconditionSupport::Enforced);
}

#[test]
fn a_suspicion_of_one_write_never_replaces_a_fact_that_another_write_learnt() {
    let mut page = Page::default();
    let (mut one, mut other) = (Server::json(BASE), Server::json(BASE));
    (one.tags, other.tags) = (Tags::Dated, Tags::WeakAsString);
    let first = page.get(&mut one);
    let second = mergefetch::client::Snapshot { url: format!("{URL}/2").into(), ..page.get(&mut other) };
    let mut slow = page.saving(&first, "{\"a\":2,\"b\":1,\"n\":0}");
    {
        let mut call = Call::of(&mut slow);
        page.step_until(&mut call, &mut one, |server| server.history.len() >= 2);
        // Its answer has no tag, so that it suspects the server; meanwhile another write is refused.
        other.compete(Some("{\"a\":1,\"b\":1,\"n\":4}"));
        is_merged(&page.save(&second, "{\"a\":3,\"b\":1,\"n\":0}", &mut other));
        page.run(&mut [call], &mut one);
    }
    assert_eq!(page.memory.origin(URL).unwrap().updates, PreconditionSupport::Enforced);
}

#[test]
fn k8_a_state_that_several_reads_agree_on_stays_newer_than_the_base_of_the_last_write() {
    let (text, read) = (parse("{\"a\":2,\"b\":1,\"n\":0}"), parse("{\"a\":2,\"b\":5,\"n\":0}"));
    // All share one tag, as within one second.
    let [base, read] = [parse(BASE), read].map(|document| snapshot(document, Some("\"s0\"")));
    let mut page = Page::default();
    page.memory.has_loaded(Engine::linked());
    page.memory.wrote(URL, Some(&base), Some(&snapshot(text, None)));
    page.memory.confirm(URL, Some(&read));
    assert_eq!(page.memory.recency(URL, Some(&read)), Recency::Current);
    assert_eq!(page.memory.recency(URL, Some(&base)), Recency::Doubtful);
}

#[test]
fn a_copied_snapshot_finds_its_base_in_the_store_and_changes_nothing_else() {
    let (mut server, mut page, base) = opened(BASE);
    server.compete(Some("{\"a\":1,\"b\":5,\"n\":0}"));
    let (version, mine) = (base.version.clone(), parse("{\"a\":2,\"b\":1,\"n\":0}"));
    let save = Save::update_of_copy(&mut page.memory, URL, version, (mine, None), page.options.clone());
    is_merged(&page.end(save, &mut server));
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":5,\"n\":0}"));
}

#[test]
fn a_copied_snapshot_with_an_unknown_base_is_a_conflict() {
    let (mut server, _, base) = opened(BASE);
    server.compete(Some("{\"a\":1,\"b\":5,\"n\":0}"));
    let mut page = Page::default();
    let (version, mine) = (base.version.clone(), parse("{\"a\":2,\"b\":1,\"n\":0}"));
    let save = Save::update_of_copy(&mut page.memory, URL, version, (mine, None), page.options.clone());
    conflict(page.end(save, &mut server));
    assert_eq!(server.now(), Some("{\"a\":1,\"b\":5,\"n\":0}"));
}

#[test]
fn an_abort_while_a_success_is_being_confirmed_is_no_doubt() {
    let mut server = Server::json(BASE);
    server.put_answer = PutAnswer::Bare;
    let mut page = Page::with(counting());
    let base = page.get(&mut server);
    let mut save = page.saving(&base, "{\"a\":1,\"b\":1,\"n\":1}");
    {
        let mut call = Call::of(&mut save);
        page.step_until(&mut call, &mut server, |server| server.history.len() >= 2);
        // The store forgets, and the read is on its way.
        page.step(&mut call, &mut server);
        page.step(&mut call, &mut server);
    }
    save.abandon(&mut page.memory);
    let outcome = page.save(&base, "{\"a\":1,\"b\":1,\"n\":2}", &mut server);
    assert!(matches!(outcome, Outcome::Saved(..) | Outcome::Merged(..)), "{outcome:?}");
    assert_eq!(server.now(), Some("{\"a\":1,\"b\":1,\"n\":2}"));
}

#[test]
fn f12_a_removed_line_whose_answer_was_lost_does_not_conflict_with_an_own_line_beside_it() {
    let mut server = Server::text(&lines("1 2 3 4 5"));
    let mut page = Page::default();
    let base = page.get(&mut server);
    page.faults = on_writes([vec![Fault::LostAfter]]).and_on_reads([vec![Fault::LostBefore]]);
    page.options.rounds = 0;
    refused(&page.save_lines(&base, "1 2 4 5", &mut server), RefusalKind::Unknown);
    page.options.rounds = 5;
    is_merged(&page.save_lines(&base, "1 2 3 x 4 5", &mut server));
    assert_eq!(server.now(), Some(&*lines("1 2 x 4 5")));
    saved(page.save_lines(&base, "1 2 4 5", &mut server));
    assert_eq!(server.now(), Some(&*lines("1 2 x 4 5")));
}

#[test]
fn a_save_from_the_result_of_the_save_before_last_does_not_conflict_with_the_last_save() {
    for tags in [Tags::Strong, Tags::Hash, Tags::Hidden] {
        for others in [None, Some("{\"a\":1,\"b\":2,\"n\":9}")] {
            let mut server = Server::json(BASE);
            server.tags = tags;
            let mut page = Page::default();
            let base = page.get(&mut server);
            let first = saved(page.save(&base, "{\"a\":1,\"b\":2,\"n\":0}", &mut server));
            if others.is_some() {
                server.compete(others);
            }
            saved(page.save(&base, "{\"a\":10,\"b\":2,\"n\":0}", &mut server));
            saved(page.save(&first, "{\"a\":100,\"b\":2,\"n\":0}", &mut server));
            let n = if others.is_some() { 9 } else { 0 };
            assert_eq!(server.now(), Some(&*format!("{{\"a\":100,\"b\":2,\"n\":{n}}}")), "{tags:?}");
        }
    }
}

#[test]
fn a_copied_snapshot_keeps_numbers_and_the_format_that_javascript_lost() {
    for (held, copied, mine, moved, expected) in [
        // JavaScript holds 12345678901234567890 as 12345678901234567000.
        (
            "{\"id\":12345678901234567890,\"t\":\"a\"}",
            parse("{\"id\":12345678901234567000,\"t\":\"a\"}"),
            parse("{\"id\":12345678901234567000,\"t\":\"b\"}"),
            Some("{\"id\":12345678901234567890,\"t\":\"a\",\"u\":1}"),
            ["{\"id\":12345678901234567890,\"t\":\"b\"}", "{\"id\":12345678901234567890,\"t\":\"b\",\"u\":1}"],
        ),
        (
            "\"hello\"",
            document(Format::Text, "hello"),
            document(Format::Text, "world"),
            None,
            ["\"world\"", "\"world\""],
        ),
    ] {
        for tags in [Tags::Strong, Tags::Hidden] {
            for (moved, expected) in [None, moved].into_iter().zip(expected) {
                let mut server = Server::json(held);
                server.tags = tags;
                let version = Page::default().get(&mut server).version;
                if moved.is_some() {
                    server.compete(moved);
                }
                let mut page = Page::default();
                let edit = (mine.clone(), Some(copied.clone()));
                let save = Save::update_of_copy(&mut page.memory, URL, version, edit, page.options.clone());
                let result = saved(page.end(save, &mut server));
                assert_eq!(server.now(), Some(expected), "{tags:?}");
                assert_eq!(result.content_type.as_deref(), Some("application/json"));
            }
        }
    }
}

#[test]
fn a_respelled_save_whose_answer_names_its_version_does_not_conflict_with_the_next_save_from_its_base() {
    let mut server = Server::json("{\"a\":\"x\",\"b\":1}");
    server.transform = str::to_lowercase;
    server.tags = Tags::WeakAsString;
    let mut page = Page::default();
    let base = page.get(&mut server);
    saved(page.save(&base, "{\"a\":\"xY\",\"b\":1}", &mut server));
    saved(page.save(&base, "{\"a\":\"xYz\",\"b\":1}", &mut server));
    assert_eq!(server.now(), Some("{\"a\":\"xyz\",\"b\":1}"));
}

#[test]
fn an_edit_that_the_server_trims_away_while_it_stamps_the_document_is_no_conflict_with_the_next_word() {
    let mut server = Server::json("{\"a\":\"Hello\",\"stamp\":\"2026-11-29T10:00:00Z\"}");
    server.transform = |text| text.replace(" \"", "\"").replace(":00:00Z", ":00:01Z");
    server.put_answer = PutAnswer::Bare;
    let mut page = Page::default();
    let base = page.get(&mut server);
    let mine = base.document.text().unwrap().replace("Hello", "Hello ");
    let trimmed = saved(page.save(&base, &mine, &mut server));
    assert_eq!(trimmed.document.text(), server.now());
    let mine = trimmed.document.text().unwrap().replace("Hello", "Hello world");
    saved(page.save(&trimmed, &mine, &mut server));
    assert!(server.now().unwrap().contains("Hello world"));
}

#[test]
fn f12_two_own_edits_in_a_list_that_others_edited_too_do_not_conflict_with_the_first_of_them_again() {
    let list = |items: &str| format!("{{\"list\":[{}]}}", items.replace(' ', ","));
    let (mut server, mut page, base) = opened(&list("1 2 3 4 5"));
    page.faults = on_writes([vec![Fault::LostAfter]]).and_on_reads([vec![Fault::LostBefore]]);
    page.options.rounds = 0;
    refused(&page.save(&base, &list("1 2 4 5"), &mut server), RefusalKind::Unknown);
    page.options.rounds = 5;
    server.compete(Some(Box::leak(list("9 2 4 5").into_boxed_str())));
    is_merged(&page.save(&base, &list("1 2 7 4 5"), &mut server));
    saved(page.save(&base, &list("1 2 4 5"), &mut server));
    assert_eq!(server.now(), Some(&*list("9 2 7 4 5")));
}

#[test]
fn of_three_saves_from_one_base_none_loses_what_another_one_inserted() {
    let (mut server, mut page, base) = opened(r#"["a","b","c"]"#);
    for mine in [r#"["a","c"]"#, r#"["a","X","b","c"]"#, r#"["a","Y","c"]"#] {
        saved(page.save(&base, mine, &mut server));
    }
    assert_eq!(server.now(), Some(r#"["a","X","Y","c"]"#));
}
