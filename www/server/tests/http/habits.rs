use std::io::{ErrorKind, Read};
use std::time::Duration;

use serde_json::json;

use crate::support::{Fresh, Reply, Server, read_until};

const DOCUMENT: &str = "/api/documents/shared-json";

fn put(server: &Server, query: &str, condition: (&str, &str)) -> Reply {
    let call = server.request("PUT", &format!("{DOCUMENT}?{query}")).with(condition.0, condition.1);
    call.json(&json!({ "written": query })).send()
}

fn told(server: &Server, tags: &str) -> String {
    server.etag(&format!("{DOCUMENT}?tags={tags}"))
}

#[test]
fn weak_tags_are_taken_back_as_they_are_stripped_or_never() {
    let server = Fresh::start();
    let strong = server.etag(DOCUMENT);
    for tags in ["weak", "weakened", "never"] {
        assert_eq!(told(&server, tags), format!("W/{strong}"));
    }
    assert_eq!(told(&server, "suffix"), format!("{}-gzip\"", strong.trim_end_matches('"')));
    let mut forms = Vec::new();
    for tags in ["weak", "weakened", "never", "suffix"] {
        let status = |form: &dyn Fn(&str) -> String| {
            let tag = form(&server.etag(DOCUMENT));
            put(&server, &format!("tags={tags}"), ("if-match", &tag)).status
        };
        let weak = status(&|tag| format!("W/{tag}"));
        let suffixed = status(&|tag| format!("{}-gzip\"", tag.trim_end_matches('"')));
        let strong = status(&|tag| tag.to_owned());
        forms.push([weak, suffixed, strong]);
    }
    assert_eq!(forms, [[204, 409, 409], [409, 409, 204], [409, 409, 409], [409, 409, 204]]);
}

#[test]
fn a_tag_as_it_was_told_revalidates() {
    let server = Fresh::start();
    for tags in ["weak", "weakened", "never", "suffix", "coarse"] {
        let path = format!("{DOCUMENT}?tags={tags}");
        let told = server.etag(&path);
        let again = server.request("GET", &path).with("if-none-match", &told).send();
        assert_eq!((again.status, again.header("etag")), (304, Some(told.as_str())), "{tags}");
        assert_eq!(server.request("GET", &path).with("if-none-match", "\"x\"").send().status, 200, "{tags}");
    }
}

#[test]
fn two_writes_within_one_second_share_a_coarse_tag() {
    let server = Fresh::start();
    // Whichever second it is: of three writes in a row two fall into one.
    let shared = (0..20).any(|_| {
        let before = told(&server, "coarse");
        let reply = put(&server, "tags=coarse", ("if-match", &before));
        assert_eq!(reply.status, 204);
        reply.header("etag") == Some(before.as_str())
    });
    assert!(shared);
    assert_eq!(put(&server, "tags=coarse", ("if-match", "\"1\"")).status, 409);
}

#[test]
fn a_server_without_tags_takes_any_write_and_checks_times_where_they_are_named() {
    let server = Fresh::start();
    let read = server.get(&format!("{DOCUMENT}?tags=missing"));
    assert_eq!((read.status, read.header("etag")), (200, None));
    let reply = put(&server, "tags=missing", ("x-none", "x"));
    assert_eq!((reply.status, reply.header("etag")), (204, None));
    let old = put(&server, "tags=missing", ("if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT"));
    assert_eq!(old.status, 409);
}

#[test]
fn what_a_server_stamps_is_stored_with_every_write() {
    let server = Fresh::start();
    let tag = server.etag(DOCUMENT);
    assert_eq!(put(&server, "stamp=1", ("if-match", &tag)).status, 204);
    let stored = server.get(DOCUMENT).json();
    assert!(stored["written"] == "stamp=1" && stored["updatedAt"].is_number(), "{stored}");
}

#[test]
fn a_clock_that_is_wrong_is_wrong_in_every_date_and_consistent() {
    let server = Fresh::start();
    let right = server.get(DOCUMENT);
    for skew in [7200, -7200] {
        let path = format!("{DOCUMENT}?skew={skew}");
        let read = server.get(&path);
        let modified = read.header("last-modified").unwrap();
        assert_ne!(Some(modified), right.header("last-modified"));
        assert_ne!(read.header("date"), server.get(DOCUMENT).header("date"));
        assert_eq!(server.request("GET", &path).with("if-modified-since", modified).send().status, 304);
    }
}

#[test]
fn a_late_answer_is_late_and_comes() {
    let server = Fresh::start();
    let mut stream = server.raw(&format!("GET {DOCUMENT}?delay=1500 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let error = stream.read(&mut [0]).expect_err("nothing arrives yet");
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    assert!(read_until(&mut stream, |_| false).starts_with(b"HTTP/1.1 200 OK"));
}

#[test]
fn a_write_is_delivered_twice_or_sends_the_reader_on_or_says_nothing_of_its_version() {
    let server = Fresh::start();
    let tag = server.etag(DOCUMENT);
    put(&server, "refuse=twice", ("if-match", &tag)).assert_refused(409, "STALE_RESOURCE");
    assert_eq!(server.get(DOCUMENT).json()["written"], "refuse=twice");
    let tag = server.etag(DOCUMENT);
    let sent_on = put(&server, "refuse=see-other", ("if-match", &tag));
    assert_eq!((sent_on.status, sent_on.header("location")), (303, Some(DOCUMENT)));
    assert_eq!(server.request("GET", DOCUMENT).with("if-match", &tag).send().status, 412, "the reader still names it");
    let tag = server.etag(DOCUMENT);
    let bare = put(&server, "refuse=no-etag", ("if-match", &tag));
    assert_eq!((bare.status, bare.header("etag")), (204, None));
    assert_eq!(server.get(DOCUMENT).json()["written"], "refuse=no-etag");
}

#[test]
fn a_server_that_refuses_everything_does_so_with_the_right_version_too() {
    let server = Fresh::start();
    let tag = server.etag(DOCUMENT);
    put(&server, "refuse=409", ("if-match", &tag)).assert_refused(409, "CONFLICT");
    put(&server, "refuse=412", ("if-match", &tag)).assert_refused(412, "PRECONDITION_FAILED");
    assert_eq!(server.etag(DOCUMENT), tag);
}

#[test]
fn a_replica_that_lags_behind_answers_as_before_the_write_that_was_kept() {
    let server = Fresh::start();
    let before = server.get(DOCUMENT);
    assert_eq!(server.get(&format!("{DOCUMENT}?answer=stale")).body, before.body, "nothing was kept yet");
    assert_eq!(put(&server, "keep=1", ("if-match", before.header("etag").unwrap())).status, 204);
    let behind = server.get(&format!("{DOCUMENT}?answer=stale&times=1"));
    assert_eq!((&behind.body, behind.header("etag")), (&before.body, before.header("etag")));
    assert_eq!(server.get(&format!("{DOCUMENT}?answer=stale&times=1")).json()["written"], "keep=1");
}

#[test]
fn a_slow_body_comes_whole() {
    let server = Fresh::start();
    let whole = server.get(DOCUMENT);
    let slow = server.get(&format!("{DOCUMENT}?answer=slow-body"));
    assert_eq!((&slow.body, slow.header("content-length")), (&whole.body, whole.header("content-length")));
}

#[test]
fn an_unknown_habit_is_an_error() {
    let server = Fresh::start();
    server.get(&format!("{DOCUMENT}?tags=odd")).assert_refused(400, "UNKNOWN_SWITCH");
    server.get(&format!("{DOCUMENT}?skew=x")).assert_refused(400, "INVALID_QUERY");
}
