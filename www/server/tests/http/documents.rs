use std::collections::HashSet;

use serde_json::json;

use crate::support::{Folder, Fresh, JSON, Server, TEXT};

const DOCUMENT: &str = "/api/documents/shared-json";

fn put(server: &Server, path: &str, condition: (&str, &str), content_type: &str, body: &[u8]) -> u16 {
    server.request("PUT", path).with(condition.0, condition.1).body(content_type, body).send().status
}

#[test]
fn the_seed_documents_are_there_on_the_first_start() {
    let server = Fresh::start();
    let text = server.get("/api/documents/shared-text");
    assert_eq!((text.status, text.header("content-type")), (200, Some(TEXT)));
    assert!(String::from_utf8(text.body).unwrap().lines().count() >= 12);
    let form = server.get(DOCUMENT).json();
    let members = ["title", "owner", "tags", "description", "dueDate", "budget", "done"];
    assert!(members.iter().all(|member| form.get(member).is_some()), "{form}");
    assert_eq!(server.get("/api/documents/locked/lock").json(), json!({ "holder": "cara" }));
}

#[test]
fn a_read_carries_validators_and_must_be_checked_before_reuse() {
    let server = Fresh::start();
    let reply = server.get(DOCUMENT);
    assert_eq!(reply.header("cache-control"), Some("private, no-cache"));
    assert_eq!(reply.header("vary"), Some("Origin"));
    assert!(reply.header("last-modified").unwrap().ends_with(" GMT"));
    let etag = reply.header("etag").unwrap();
    assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 4, "{etag}");
}

#[test]
fn head_says_what_get_says_without_the_body() {
    let server = Fresh::start();
    let (head, get) = (server.request("HEAD", DOCUMENT).send(), server.get(DOCUMENT));
    assert_eq!(head.status, 200);
    assert!(head.body.is_empty());
    for name in ["etag", "content-type", "content-length", "last-modified", "cache-control"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
        assert!(head.header(name).is_some(), "{name}");
    }
}

#[test]
fn octets_and_content_type_come_back_as_they_were_sent() {
    let server = Fresh::start();
    let cases: [(&str, &[u8]); 6] = [
        (TEXT, b""),
        (TEXT, "\u{feff}a\r\nb\rc\n\0 no newline at the end \u{1f33f}".as_bytes()),
        ("Text/Plain;charset=\"UTF-8\"", b"x"),
        (JSON, b"  {\"b\":1.0000000000000000000000001,\n\t\"a\":1e400, \"a\": \"\\ud800\"}\r\n"),
        ("application/json; charset=utf-8", b"null"),
        (JSON, b"[[[[[[[[]]]]]]]]"),
    ];
    for (number, (content_type, octets)) in cases.into_iter().enumerate() {
        let path = format!("/api/documents/octets-{number}");
        assert_eq!(put(&server, &path, ("if-none-match", "*"), content_type, octets), 201);
        let reply = server.get(&path);
        assert_eq!((reply.header("content-type"), reply.body.as_slice()), (Some(content_type), octets));
    }
}

#[test]
fn what_is_not_what_its_type_says_is_refused_and_not_stored() {
    let server = Fresh::start();
    let put = |content_type: &str, body: &[u8]| {
        let call = server.request("PUT", "/api/documents/bad").with("if-none-match", "*");
        call.body(content_type, body).send()
    };
    for bad in [b"".as_slice(), b"{", b"{} {}", b"{'a':1}", b"\"\xff\"", b"\xef\xbb\xbf{}"] {
        put(JSON, bad).assert_refused(400, "INVALID_JSON");
    }
    put(TEXT, b"caf\xe9").assert_refused(400, "INVALID_TEXT");
    for other in ["text/html", "application/octet-stream", "text/plain; charset=iso-8859-1", "application/jsonx"] {
        put(other, b"{}").assert_refused(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    assert_eq!(server.get("/api/documents/bad").status, 404);
}

#[test]
fn deeply_nested_json_is_stored_and_not_a_crash() {
    let server = Fresh::start();
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(put(&server, "/api/documents/deep", ("if-none-match", "*"), JSON, deep.as_bytes()), 201);
    assert_eq!(server.get("/api/documents/deep").body, deep.as_bytes());
}

#[test]
fn a_document_of_64_mib_is_stored_and_one_octet_more_is_too_large() {
    let server = Fresh::start();
    let mut body = vec![b'a'; 64 << 20];
    assert_eq!(put(&server, "/api/documents/large", ("if-none-match", "*"), TEXT, &body), 201);
    assert_eq!(server.get("/api/documents/large").body.len(), 64 << 20);
    body.push(b'a');
    let call = server.request("PUT", "/api/documents/larger").with("if-none-match", "*");
    call.body(TEXT, body).send().assert_refused(413, "TOO_LARGE");
    assert_eq!(server.get("/api/documents/larger").status, 404);
}

#[test]
fn if_none_match_answers_304_with_the_tag() {
    let server = Fresh::start();
    let etag = server.etag(DOCUMENT);
    let matching =
        [etag.clone(), format!("W/{etag}"), format!("\"a,b\", {etag}"), format!("\"x\" ,, W/{etag},"), "*".to_owned()];
    for value in matching {
        let reply = server.request("GET", DOCUMENT).with("if-none-match", &value).send();
        assert_eq!((reply.status, reply.header("etag")), (304, Some(etag.as_str())), "{value}");
        assert!(reply.body.is_empty());
        assert_eq!(reply.header("cache-control"), Some("private, no-cache"));
        assert_eq!(reply.header("content-type"), None);
    }
    let inner = etag.trim_matches('"');
    for value in ["\"x\"", inner, &format!("\"a,{inner}\""), "nonsense"] {
        assert_eq!(server.request("GET", DOCUMENT).with("if-none-match", value).send().status, 200, "{value}");
    }
}

#[test]
fn if_modified_since_counts_only_without_if_none_match() {
    let server = Fresh::start();
    let date = server.get(DOCUMENT).header("last-modified").unwrap().to_owned();
    let read = || server.request("GET", DOCUMENT).with("if-modified-since", &date);
    assert_eq!(read().send().status, 304);
    assert_eq!(read().with("if-none-match", "\"x\"").send().status, 200);
}

#[test]
fn a_create_says_where_and_which_version_and_is_refused_the_second_time() {
    let server = Fresh::start();
    let create = |query: &str| {
        let call = server.request("PUT", &format!("/api/documents/new{query}")).with("if-none-match", "*");
        call.json(&json!({ "a": 1 })).send()
    };
    let created = create("");
    assert_eq!((created.status, created.header("location")), (201, Some("/api/documents/new")));
    let etag = created.header("etag").unwrap();
    assert_eq!(server.etag("/api/documents/new"), etag);
    create("").assert_refused(409, "ALREADY_EXISTS");
    let again = create("?refusal=412");
    again.assert_refused(412, "ALREADY_EXISTS");
    assert_eq!(again.json()["current_etag"], etag);
}

#[test]
fn an_update_needs_the_current_strong_tag() {
    let server = Fresh::start();
    let old = server.etag(DOCUMENT);
    let updated = server.update(DOCUMENT, &old, &json!({ "n": 1 }));
    assert_eq!(updated.status, 204);
    let new = updated.header("etag").unwrap().to_owned();
    assert_ne!(old, new);
    assert_eq!((server.etag(DOCUMENT), server.get(DOCUMENT).json()), (new.clone(), json!({ "n": 1 })));
    for stale in [old.clone(), format!("W/{new}"), "\"\"".to_owned(), format!("\"x\", {old}")] {
        let refused = server.update(DOCUMENT, &stale, &json!({ "n": 2 }));
        refused.assert_refused(409, "STALE_RESOURCE");
        assert_eq!(refused.json()["current_etag"], new, "{stale}");
    }
    assert_eq!(server.get(DOCUMENT).json(), json!({ "n": 1 }));
    let listed = format!("{old}, \"a,b\", {new}");
    assert_eq!(server.update(DOCUMENT, &listed, &json!({ "n": 3 })).status, 204);
    assert_eq!(server.update(DOCUMENT, "*", &json!({ "n": 4 })).status, 204);
}

#[test]
fn an_if_match_that_cannot_be_read_is_refused_and_not_ignored() {
    let server = Fresh::start();
    let etag = server.etag(DOCUMENT);
    for bad in [etag.trim_matches('"'), "\"open", "w/\"a\"", ""] {
        server.update(DOCUMENT, bad, &json!({})).assert_refused(400, "INVALID_PRECONDITION");
    }
    assert_eq!(server.etag(DOCUMENT), etag);
}

#[test]
fn a_stale_write_is_refused_as_the_switch_says() {
    let server = Fresh::start();
    let update = |query: &str| server.update(&format!("{DOCUMENT}{query}"), "\"old\"", &json!({}));
    update("?refusal=409").assert_refused(409, "STALE_RESOURCE");
    update("?refusal=412").assert_refused(412, "STALE_RESOURCE");
    update("?refusal=418").assert_refused(400, "UNKNOWN_SWITCH");
    let problem = update("?refusal=problem");
    assert_eq!((problem.status, problem.header("content-type")), (409, Some("application/problem+json")));
    let body = problem.json();
    assert_eq!(body["status"], 409);
    assert_eq!(body["instance"], DOCUMENT);
    assert_eq!(body["current_etag"], server.etag(DOCUMENT).as_str());
    assert!(["type", "title", "detail"].iter().all(|member| body[member].is_string()), "{body}");
}

#[test]
fn a_write_without_a_precondition_is_428_and_changes_nothing() {
    let server = Fresh::start();
    let etag = server.etag(DOCUMENT);
    let put = |path: &str| server.request("PUT", path).json(&json!({})).send();
    put(DOCUMENT).assert_refused(428, "PRECONDITION_REQUIRED");
    put("/api/documents/new").assert_refused(428, "PRECONDITION_REQUIRED");
    server.request("DELETE", DOCUMENT).send().assert_refused(428, "PRECONDITION_REQUIRED");
    assert_eq!(server.etag(DOCUMENT), etag);
    assert_eq!(server.get("/api/documents/new").status, 404);
}

#[test]
fn an_update_of_a_missing_document_is_404_and_never_creates_it() {
    let server = Fresh::start();
    for condition in ["\"x\"", "*"] {
        server.update("/api/documents/gone", condition, &json!({})).assert_refused(404, "NOT_FOUND");
    }
    server.get("/api/documents/gone").assert_refused(404, "NOT_FOUND");
}

#[test]
fn a_deletion_needs_the_version_and_leaves_404() {
    let server = Fresh::start();
    let etag = server.etag(DOCUMENT);
    let delete = |etag: &str| server.request("DELETE", DOCUMENT).with("if-match", etag).send();
    delete("\"old\"").assert_refused(409, "STALE_RESOURCE");
    assert_eq!(delete(&etag).status, 204);
    server.get(DOCUMENT).assert_refused(404, "NOT_FOUND");
    delete(&etag).assert_refused(404, "NOT_FOUND");
    server.update(DOCUMENT, &etag, &json!({})).assert_refused(404, "NOT_FOUND");
}

#[test]
fn a_tag_never_comes_back() {
    let folder = Folder::new();
    let mut seen = HashSet::new();
    for _ in 0..3 {
        let server = Server::start_in(&folder, &[]);
        for round in 0..5 {
            let path = "/api/documents/again";
            let etag = server.create(path, &json!({ "same": true }));
            assert!(seen.insert(etag.clone()), "{etag}");
            let updated = server.update(path, &etag, &json!({ "same": true }));
            assert!(seen.insert(updated.header("etag").unwrap().to_owned()), "round {round}");
            let etag = updated.header("etag").unwrap();
            assert_eq!(server.request("DELETE", path).with("if-match", etag).send().status, 204);
            assert_eq!(server.request("POST", "/api/reset").send().status, 204);
            assert!(seen.insert(server.etag(DOCUMENT)));
        }
    }
}

#[test]
fn a_database_put_back_from_a_copy_hands_out_other_tags() {
    let folder = Folder::new();
    let etag = drop_and(Server::start_in(&folder, &[]), |server| server.etag(DOCUMENT));
    for suffix in ["", "-wal", "-shm"] {
        let from = folder.0.join(format!("test.sqlite{suffix}"));
        if from.exists() {
            std::fs::copy(&from, folder.0.join(format!("copy.sqlite{suffix}"))).unwrap();
        }
    }
    let update = |server: &Server| {
        let reply = server.update(DOCUMENT, &etag, &json!({}));
        assert_eq!(reply.status, 204);
        reply.header("etag").unwrap().to_owned()
    };
    let first = drop_and(Server::start_in(&folder, &[]), update);
    for suffix in ["", "-wal", "-shm"] {
        let (from, to) = (folder.0.join(format!("copy.sqlite{suffix}")), folder.0.join(format!("test.sqlite{suffix}")));
        let _ = std::fs::remove_file(&to);
        if from.exists() {
            std::fs::copy(from, to).unwrap();
        }
    }
    assert_ne!(drop_and(Server::start_in(&folder, &[]), update), first);
}

fn drop_and<T>(server: Server, work: impl FnOnce(&Server) -> T) -> T {
    work(&server)
}

#[test]
fn if_unmodified_since_protects_where_there_is_no_if_match() {
    let server = Fresh::start();
    let date = server.get(DOCUMENT).header("last-modified").unwrap().to_owned();
    let put = |date: &str| server.request("PUT", DOCUMENT).with("if-unmodified-since", date).json(&json!({}));
    put("Sat, 01 Jan 2000 00:00:00 GMT").send().assert_refused(409, "STALE_RESOURCE");
    put(&date).with("if-match", "\"old\"").send().assert_refused(409, "STALE_RESOURCE");
    put("no date").send().assert_refused(428, "PRECONDITION_REQUIRED");
    assert_eq!(put(&date).send().status, 204);
}

#[test]
fn a_writer_who_prefers_it_gets_the_representation_back() {
    let server = Fresh::start();
    let put = server.request("PUT", DOCUMENT).with("if-match", &server.etag(DOCUMENT));
    let reply = put.with("prefer", "respond-async, return=representation").json(&json!({ "a": 1 })).send();
    assert_eq!((reply.status, reply.json()), (200, json!({ "a": 1 })));
    assert_eq!(reply.header("content-location"), Some(DOCUMENT));
    assert_eq!(reply.header("preference-applied"), Some("return=representation"));
    assert_eq!(reply.header("etag"), Some(server.etag(DOCUMENT).as_str()));
}

#[test]
fn an_id_that_could_not_stand_in_an_address_is_refused() {
    let server = Fresh::start();
    for id in ["a%20b", "%C3%A9", "a%2Fb", &"a".repeat(129)] {
        let call = server.request("PUT", &format!("/api/documents/{id}")).with("if-none-match", "*");
        call.json(&json!({})).send().assert_refused(400, "INVALID_ID");
    }
}
