//! Counters: each increment is added once, with any other saves, submits and refreshes of the page.

use std::cell::RefCell;
use std::rc::Rc;

use mergefetch::conflict::Choice;

use super::page::*;

const BASE: &str = "{\"a\":1,\"b\":1,\"n\":0}";

#[test]
fn a_save_that_leaves_a_counter_alone_keeps_what_three_earlier_saves_from_its_base_have_counted() {
    let (mut server, mut page, base) = opened_with(counting(), BASE);
    for mine in [
        "{\"a\":1,\"b\":1,\"n\":2}",
        "{\"a\":1,\"b\":1,\"n\":4}",
        "{\"a\":1,\"b\":2,\"n\":0}",
        "{\"a\":2,\"b\":1,\"n\":0}",
    ] {
        saved(page.save(&base, mine, &mut server));
    }
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":2,\"n\":4}"));
}

#[test]
fn an_increment_that_a_submit_has_stored_is_not_added_again_after_a_refresh() {
    let (mut server, mut page, base) = opened_with(counting(), BASE);
    server.compete(Some("{\"a\":5,\"b\":1,\"n\":1}"));
    let held = Rc::new(RefCell::new(conflict(page.save(&base, "{\"a\":2,\"b\":1,\"n\":2}", &mut server))));
    held.borrow_mut().conflict.take(Choice::Mine, None).unwrap();
    saved(page.submit(&held, &mut server));
    server.compete(Some("{\"a\":2,\"b\":1,\"n\":4}"));
    let mut refresh = page.refreshing(&held);
    page.run_one(&mut refresh, &mut server);
    saved(page.submit(&held, &mut server));
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":1,\"n\":4}"));
}
