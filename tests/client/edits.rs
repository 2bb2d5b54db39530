//! One's own earlier saves from the same base (R5, W10, W11).

use mergefetch::client::{Earlier, Event, Outcome, SavedKind, Snapshot, Step, Write, WriteOptions};
use mergefetch::http::Format;
use mergefetch::merge::json::Rule;

use super::drive::*;
use super::server::Server;

const BASE: &str = "{\"a\":1,\"b\":1,\"c\":1}";

/// Saves `mine` from `base` after an earlier save, as a driver does that remembers its saves.
fn save_after(server: &mut Server, base: &Snapshot, mine: &str, earlier: Option<Earlier>, faults: Faults) -> Run {
    let mine = document(Format::Json, mine);
    let write = Write::update(base.clone(), mine, WriteOptions::default()).after(earlier);
    run(write, server, faults)
}

fn earlier(sent: &str, result: &Snapshot) -> Option<Earlier> {
    Some(Earlier::new(document(Format::Json, sent), Some(result.clone())))
}

#[test]
fn a_second_save_from_the_same_base_is_based_on_the_first() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    let first = "{\"a\":2,\"b\":1,\"c\":1}";
    let run = save_after(&mut server, &base, first, None, no_faults());
    let saved = earlier(first, run.saved(SavedKind::Saved).unwrap());
    let second = "{\"a\":3,\"b\":1,\"c\":1}";
    let run = save_after(&mut server, &base, second, saved, no_faults());
    run.saved(SavedKind::Saved).unwrap();
    assert_eq!(server.requests(), ["PUT If-Match: \"0\"", "PUT If-Match: \"1\""]);
    assert_eq!(server.now(), Some(second));
}

#[test]
fn a_second_save_keeps_what_the_first_one_changed_and_it_did_not() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    let first = "{\"a\":2,\"b\":1,\"c\":1}";
    let run = save_after(&mut server, &base, first, None, no_faults());
    let saved = earlier(first, run.saved(SavedKind::Saved).unwrap());
    let second = "{\"a\":1,\"b\":2,\"c\":1}";
    save_after(&mut server, &base, second, saved, no_faults());
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":2,\"c\":1}"));
}

#[test]
fn a_second_save_with_somebody_else_between_asks_only_about_the_others_edit() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    let first = "{\"a\":2,\"b\":1,\"c\":1}";
    let run = save_after(&mut server, &base, first, None, no_faults());
    let saved = earlier(first, run.saved(SavedKind::Saved).unwrap());
    // Somebody edits /c on top of the first save; the second save edits /a again, and /c.
    server.compete(Some("{\"a\":2,\"b\":1,\"c\":9}"));
    let second = "{\"a\":3,\"b\":1,\"c\":3}";
    let state = save_after(&mut server, &base, second, saved, no_faults()).conflict();
    assert_eq!(state.conflict.unresolved(), 1);
    let waiting: Vec<_> = state
        .conflict
        .changes()
        .iter()
        .enumerate()
        .filter(|(index, _)| state.conflict.decision(*index).is_none())
        .map(|(_, change)| change.path.as_str())
        .collect();
    assert_eq!(waiting, ["/c"], "/a is only one's own earlier edit");
}

#[test]
fn what_somebody_else_wrote_into_a_merged_first_save_is_no_echo_of_ones_own() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    // The first save is merged with somebody's edit of /b; the page, which has not looked yet, edits /b in the second.
    server.compete(Some("{\"a\":1,\"b\":9,\"c\":1}"));
    let first = "{\"a\":2,\"b\":1,\"c\":1}";
    let mut write = Write::update(base.clone(), document(Format::Json, first), WriteOptions::default());
    let result = run_mut(&mut write, &mut server, no_faults());
    let saved = write.into_own().map(|sent| Earlier::new(sent, Some(result.merged().clone())));
    let second = "{\"a\":2,\"b\":3,\"c\":1}";
    let state = save_after(&mut server, &base, second, saved, no_faults()).conflict();
    assert_eq!(state.conflict.unresolved(), 1);
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":9,\"c\":1}"));
}

#[test]
fn a_third_save_knows_what_the_first_one_wrote_also_where_the_second_did_not() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    let mut earlier = None;
    // Somebody edits /c in between, so that no save can simply stand on the one before.
    for (mine, theirs) in [
        ("{\"a\":2,\"b\":1,\"c\":1}", "{\"a\":2,\"b\":1,\"c\":8}"),
        ("{\"a\":1,\"b\":2,\"c\":1}", "{\"a\":2,\"b\":2,\"c\":9}"),
        ("{\"a\":3,\"b\":1,\"c\":1}", ""),
    ] {
        let mine = document(Format::Json, mine);
        let mut write = Write::update(base.clone(), mine, WriteOptions::default()).after(earlier.take());
        let result = run_mut(&mut write, &mut server, no_faults());
        let snapshot = match &result.outcome {
            Outcome::Saved(_, Some(snapshot)) | Outcome::Merged(snapshot, _) => snapshot.clone(),
            other => panic!("expected no conflict with oneself, but found {other:?}"),
        };
        earlier = write.into_own().map(|sent| Earlier::new(sent, Some(snapshot)));
        if !theirs.is_empty() {
            server.compete(Some(theirs));
        }
    }
    assert_eq!(server.now(), Some("{\"a\":3,\"b\":2,\"c\":9}"));
}

#[test]
fn w10_a_save_that_overtakes_another_can_take_its_edit_back() {
    let mut server = Server::json(BASE);
    let base = read(&mut server);
    let first = "{\"a\":2,\"b\":1,\"c\":1}";
    let run_first = save_after(&mut server, &base, first, None, no_faults());
    let saved = earlier(first, run_first.saved(SavedKind::Saved).unwrap());
    // Somebody else comes between: both stay.
    server.compete(Some("{\"a\":2,\"b\":5,\"c\":1}"));
    let write = Write::update(base, document(Format::Json, BASE), WriteOptions::default()).after(saved).overtaking();
    run(write, &mut server, no_faults()).merged();
    assert_eq!(server.now(), Some("{\"a\":1,\"b\":5,\"c\":1}"));
}

#[test]
fn f12_what_an_aborted_save_sent_is_no_conflict_with_the_next_one() {
    let mut server = Server::json("{\"a\":1,\"b\":1}");
    let base = read(&mut server);
    let mut aborted = Write::update(base.clone(), document(Format::Json, "{\"a\":2,\"b\":1}"), WriteOptions::default());
    let step = aborted.step(Event::Started, moment()).unwrap();
    let Step::Send(request) = step else { panic!("a request") };
    server.handle(&request);
    assert!(aborted.has_written());
    let earlier = aborted.into_own().map(|sent| Earlier::new(sent, None));
    let next = Write::update(base, document(Format::Json, "{\"a\":3,\"b\":1}"), WriteOptions::default()).after(earlier);
    let run = run(next, &mut server, no_faults());
    assert!(matches!(run.outcome, Outcome::Saved(..) | Outcome::Merged(..)), "{:?}", run.outcome);
    assert_eq!(server.now(), Some("{\"a\":3,\"b\":1}"));
}

#[test]
fn a_counter_that_is_saved_again_from_the_same_base_adds_only_what_came_on_top() {
    let options = || {
        let mut options = WriteOptions::default();
        options.merge.json.rules = vec![("/n".into(), Rule::Counter), ("/list/*/n".into(), Rule::Counter)];
        options
    };
    let save = |server: &mut Server, base: &Snapshot, mine: &str, earlier: Option<Earlier>| {
        let write = Write::update(base.clone(), document(Format::Json, mine), options()).after(earlier);
        run(write, server, no_faults()).saved(SavedKind::Saved).cloned()
    };
    let text = |n: i32, of_list: i32, a: i32| {
        format!("{{\"n\":{n},\"list\":[{{\"id\":1,\"n\":0}},{{\"id\":2,\"n\":{of_list}}}],\"a\":{a}}}")
    };
    // The second save, its merge with the first one, and that merge beside the fifth edit of somebody else.
    for (second, alone, beside) in [
        (text(13, 3, 1), text(13, 3, 1), text(18, 8, 1)),
        (text(12, 2, 1), text(12, 2, 1), text(17, 7, 1)),
        (text(11, 2, 1), text(11, 2, 1), text(16, 7, 1)),
        // A member that the second save left alone does not revert the first save.
        (text(10, 0, 2), text(12, 2, 2), text(17, 7, 2)),
    ] {
        for competes in [false, true] {
            let mut server = Server::json(&text(10, 0, 1));
            let base = read(&mut server);
            let first = text(12, 2, 1);
            let result = save(&mut server, &base, &first, None).unwrap();
            if competes {
                server.compete(Some(&text(17, 7, 1)));
            }
            let write = Write::update(base.clone(), document(Format::Json, &second), options());
            run(write.after(earlier(&first, &result)), &mut server, no_faults());
            assert_eq!(server.now(), Some(if competes { &*beside } else { &*alone }), "{second} {competes}");
        }
    }
}

#[test]
fn saves_from_one_base_lose_no_insertion_at_one_place() {
    for (format, base, saves, beside, expected) in [
        (
            Format::Text,
            "A\nB\nC\nD\n",
            ["A\nX\nB\nC\nD\n", "A\nY\nB\nC\nD\n", "A\nZ\nB\nC\nD\n"],
            ("D\n", "D2\n"),
            "A\nX\nY\nZ\nB\nC\nD\n",
        ),
        (Format::Json, "[0,0,9]", ["[0,1,0,9]", "[0,2,0,9]", "[0,3,0,9]"], ("9", "8"), "[0,1,2,3,0,9]"),
        (
            Format::Text,
            "A\nB\nC\nD\n",
            ["A\nHe\nB\nC\nD\n", "A\nHello\nB\nC\nD\n", "A\nHello world\nB\nC\nD\n"],
            ("D\n", "D2\n"),
            "A\nHello world\nB\nC\nD\n",
        ),
    ] {
        for competes in [false, true] {
            let media = if format == Format::Text { "text/plain" } else { "application/json" };
            let mut server = Server::new(media, base);
            let read_base = read(&mut server);
            let mut earlier = None;
            for (at, mine) in saves.iter().enumerate() {
                if competes && at == 1 {
                    let now = server.now().unwrap().replace(beside.0, beside.1);
                    server.compete(Some(&now));
                }
                let mine = document(format, mine);
                let mut write = Write::update(read_base.clone(), mine, WriteOptions::default()).after(earlier.take());
                let result = run_mut(&mut write, &mut server, no_faults());
                let snapshot = match &result.outcome {
                    Outcome::Saved(_, Some(snapshot)) | Outcome::Merged(snapshot, _) => snapshot.clone(),
                    other => panic!("expected no conflict with oneself, but found {other:?}"),
                };
                earlier = write.into_own().map(|sent| Earlier::new(sent, Some(snapshot)));
            }
            let expected = if competes { expected.replace(beside.0, beside.1) } else { expected.to_owned() };
            assert_eq!(server.now(), Some(&*expected), "{saves:?} {competes}");
        }
    }
}
