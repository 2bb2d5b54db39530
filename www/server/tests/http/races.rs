use serde_json::json;

use crate::support::{Folder, Fresh, Server, race};

const DOCUMENT: &str = "/api/documents/shared-json";

#[test]
fn of_two_parallel_writers_exactly_one_wins() {
    let server = Fresh::start();
    let mut etag = server.etag(DOCUMENT);
    for round in 0..50 {
        let write = |who: &str| server.update(DOCUMENT, &etag, &json!({ "round": round, "who": who }));
        let replies = race(|| write("a"), || write("b"));
        let won: Vec<usize> = (0..2).filter(|&writer| replies[writer].status == 204).collect();
        assert_eq!(won.len(), 1, "round {round}: {replies:?}");
        replies[1 - won[0]].assert_refused(409, "STALE_RESOURCE");
        let next = replies[won[0]].header("etag").unwrap().to_owned();
        let now = server.get(DOCUMENT);
        assert_eq!(now.header("etag"), Some(next.as_str()));
        assert_eq!(now.json()["who"], ["a", "b"][won[0]]);
        assert_eq!(replies[1 - won[0]].json()["current_etag"], next);
        etag = next;
    }
}

#[test]
fn of_two_writers_in_two_processes_on_one_file_exactly_one_wins() {
    let folder = Folder::new();
    let (one, other) = (Server::start_in(&folder, &[]), Server::start_in(&folder, &[]));
    for round in 0..50 {
        let etag = one.etag(DOCUMENT);
        let write = |server: &Server, who: &str| server.update(DOCUMENT, &etag, &json!({ "who": who })).status;
        let mut statuses = race(|| write(&one, "a"), || write(&other, "b"));
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409], "round {round}");
        assert_eq!(one.get(DOCUMENT).body, other.get(DOCUMENT).body);
    }
}

#[test]
fn of_two_parallel_creators_exactly_one_wins() {
    let server = Fresh::start();
    for round in 0..50 {
        let path = format!("/api/documents/race-{round}");
        let create = || server.request("PUT", &path).with("if-none-match", "*").json(&json!({})).send().status;
        let mut statuses = race(create, create);
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "round {round}");
    }
}

#[test]
fn of_a_parallel_update_and_deletion_exactly_one_wins() {
    let server = Fresh::start();
    for round in 0..50 {
        let path = format!("/api/documents/race-{round}");
        let etag = server.create(&path, &json!({}));
        let update = || server.update(&path, &etag, &json!({ "a": 1 })).status;
        let delete = || server.request("DELETE", &path).with("if-match", &etag).send().status;
        let outcome = race(update, delete);
        let exists = server.get(&path).status == 200;
        assert!(matches!((outcome, exists), ([204, 409], true) | ([404, 204], false)), "round {round}: {outcome:?}");
    }
}
