use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::json;

use crate::support::{Folder, Server};

const WRITERS: usize = 6;
const ROUNDS: usize = 5;
/// The server is killed once so many writes were acknowledged, with others on their way.
const KILL_AFTER: usize = 60;

/// Updates one document again and again until the server is gone; the last acknowledged number and tag, and the last number sent.
fn write_until_killed(server: &Server, path: &str, round: usize, acknowledged: &AtomicUsize) -> (usize, String, usize) {
    let mut etag = match server.get(path).header("etag") {
        Some(etag) => etag.to_owned(),
        None => server.create(path, &json!({ "round": round, "n": 0 })),
    };
    let mut last = 0;
    for n in 1.. {
        let sent = server.request("PUT", path).with("if-match", &etag).json(&json!({ "round": round, "n": n }));
        match sent.try_send() {
            Ok(reply) => {
                assert_eq!(reply.status, 204, "{reply:?}");
                etag = reply.header("etag").unwrap().to_owned();
                last = n;
                acknowledged.fetch_add(1, Ordering::SeqCst);
            }
            Err(_) => return (last, etag, n),
        }
    }
    unreachable!("the loop ends with the server")
}

#[test]
fn what_was_acknowledged_is_there_after_kill_9() {
    let folder = Folder::new();
    let paths: Vec<String> = (0..WRITERS).map(|writer| format!("/api/documents/w{writer}")).collect();
    for round in 0..ROUNDS {
        let server = Server::start_in(&folder, &[]);
        let acknowledged = AtomicUsize::new(0);
        let killer = server.child.id();
        let results: HashMap<&str, _> = thread::scope(|scope| {
            let writers: Vec<_> = paths
                .iter()
                .map(|path| {
                    let (server, acknowledged) = (&server, &acknowledged);
                    (path.as_str(), scope.spawn(move || write_until_killed(server, path, round, acknowledged)))
                })
                .collect();
            while acknowledged.load(Ordering::SeqCst) < KILL_AFTER {
                assert!(writers.iter().all(|(_, writer)| !writer.is_finished()), "a writer ended too early");
                thread::yield_now();
            }
            kill_9(killer);
            writers.into_iter().map(|(path, writer)| (path, writer.join().unwrap())).collect()
        });
        drop(server);
        let restarted = Server::start_in(&folder, &[]);
        for (path, (last, etag, sent)) in results {
            let reply = restarted.get(path);
            let body = reply.json();
            let (found, found_round) = (body["n"].as_u64().unwrap() as usize, body["round"].as_u64().unwrap() as usize);
            if last == 0 && sent == 1 && found_round != round {
                continue;
            }
            // The write that was on its way may have been done; nothing older, nothing else.
            assert_eq!(found_round, round, "{path}");
            assert!(found == last || found == sent, "{path}: acknowledged {last}, sent {sent}, found {found}");
            assert_eq!(reply.header("etag") == Some(etag.as_str()), found == last, "{path}");
        }
    }
    let database = rusqlite::Connection::open(folder.0.join("test.sqlite")).unwrap();
    let verdict: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}

#[test]
fn the_database_is_in_wal_mode() {
    let folder = Folder::new();
    let _server = Server::start_in(&folder, &[]);
    let database = rusqlite::Connection::open(folder.0.join("test.sqlite")).unwrap();
    let mode: String = database.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

fn kill_9(process: u32) {
    let killed = std::process::Command::new("kill").args(["-9", &process.to_string()]).status().unwrap();
    assert!(killed.success());
}
