//! Two saves of one client from one snapshot, of which the first gets no answer. The server names its versions by dates only.

use mergefetch::client::{Outcome, Save, Snapshot};
use mergefetch::http::Format;

use super::drive::{Fault, Faults, document};
use super::page::*;
use super::server::{Server, Tags};

const BASE: &str = "one two three four five";
const FIRST: &str = "ONE two three four five";

/// The second edit: with the first one, beside it, and in its place.
const SECOND: [&str; 3] = ["ONE two three four FIVE", "one two three four FIVE", "uno two three four five"];

fn opened_text() -> (Server, Page, Snapshot) {
    let mut server = Server::text(&lines(BASE));
    server.tags = Tags::Dated;
    let mut page = Page::default();
    let base = page.get(&mut server);
    (server, page, base)
}

/// The first write is carried out and its answer is lost; so are the answers to the reads that follow.
fn lost(fault: Fault, lost_reads: usize) -> Faults {
    // The first read is the pre-write check.
    let mut reads = vec![vec![]];
    reads.extend(vec![vec![Fault::Answer(504, "", "")]; lost_reads]);
    Faults { writes: [vec![fault]].into(), reads: reads.into() }
}

fn all_ways(mut check: impl FnMut(Fault, usize, u64, &str)) {
    for fault in [Fault::LostAfter, Fault::AnswerAfter(504, "text/html", "<h1>Gateway timeout</h1>")] {
        for lost_reads in [0, 1, 12] {
            for later_ms in [0, 400, 1_000, 5_000] {
                for second in SECOND {
                    check(fault.clone(), lost_reads, later_ms, second);
                }
            }
        }
    }
}

fn is_stored(outcome: Outcome, server: &Server, second: &str, way: &str) {
    let kind = format!("{outcome:?}");
    assert!(matches!(outcome, Outcome::Saved(..) | Outcome::Merged(..)), "{way}: {kind}");
    let now = server.now().unwrap_or_default();
    let changed = if second.starts_with("uno") { "uno" } else { "FIVE" };
    assert!(now.contains(changed), "{way}: {now}");
    let has_others = server.history.iter().flatten().any(|text| text.contains("THREE"));
    assert!(!has_others || now.contains("THREE"), "{way}: {now}");
}

/// Saves twice from one base, where the answer to the first save is lost. `others` is an edit of somebody else in between.
fn saves_after_a_lost_answer(others: Option<&str>) {
    all_ways(|fault, lost_reads, later_ms, second| {
        let (mut server, mut page, base) = opened_text();
        server.clock_ms = 5_000;
        page.faults = lost(fault.clone(), lost_reads);
        drop(page.save_lines(&base, FIRST, &mut server));
        page.faults = Faults::default();
        server.clock_ms += later_ms;
        if let Some(others) = others {
            server.compete(Some(&lines(others)));
            server.clock_ms += 1_000;
        }
        let outcome = page.save_lines(&base, second, &mut server);
        is_stored(outcome, &server, second, &format!("{fault:?}, {lost_reads} reads lost, {later_ms} ms, {second}"));
    });
}

#[test]
fn a_save_after_one_whose_answer_was_lost_has_no_conflict_with_it_where_versions_are_dates() {
    saves_after_a_lost_answer(None);
}

#[test]
fn a_later_edit_of_somebody_else_changes_nothing_about_that() {
    saves_after_a_lost_answer(Some("ONE two THREE four five"));
}

#[test]
fn a_save_that_waits_for_one_whose_answer_is_lost_has_no_conflict_with_it_where_versions_are_dates() {
    all_ways(|fault, lost_reads, later_ms, second| {
        let (mut server, mut page, base) = opened_text();
        server.clock_ms = 5_000 + later_ms;
        // The second save has no doubt of its own.
        page.faults = lost(fault.clone(), lost_reads.min(1));
        let saving = |page: &mut Page, mine: &str| {
            let mine = document(Format::Text, &lines(mine));
            Save::update(&mut page.memory, base.clone(), mine, page.options.clone())
        };
        let mut earlier = saving(&mut page, FIRST);
        let mut later = saving(&mut page, second);
        page.run(&mut [Call::of(&mut earlier), Call::of(&mut later)], &mut server);
        let outcome = later.into_outcome().unwrap().0;
        is_stored(outcome, &server, second, &format!("{fault:?}, {lost_reads} reads lost, {later_ms} ms, {second}"));
    });
}

#[test]
fn a_save_after_an_aborted_one_has_no_conflict_with_it_where_versions_are_dates() {
    for fault in [vec![], vec![Fault::LostAfter], vec![Fault::AnswerAfter(504, "", "")]] {
        for second in SECOND {
            let (mut server, mut page, base) = opened_text();
            server.clock_ms = 5_000;
            page.faults = Faults { writes: [fault.clone()].into(), ..Faults::default() };
            let mine = document(Format::Text, &lines(FIRST));
            let mut save = Save::update(&mut page.memory, base.clone(), mine, page.options.clone());
            let mut call = Call::of(&mut save);
            page.step_until(&mut call, &mut server, |server| server.history.len() == 2);
            page.abandon(call);
            let outcome = page.save_lines(&base, second, &mut server);
            is_stored(outcome, &server, second, &format!("{fault:?}, {second}"));
        }
    }
}
