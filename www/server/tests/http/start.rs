use std::net::TcpListener;
use std::process::{Output, Stdio};

use crate::support::{Folder, Server, program, race};

fn run(folder: &Folder, arguments: &[&str]) -> Output {
    program().args(arguments).current_dir(&folder.0).stdin(Stdio::null()).output().unwrap()
}

fn assert_dies(folder: &Folder, arguments: &[&str], status: i32, named: &str) {
    let output = run(folder, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
    assert!(said.contains(named), "{arguments:?}: {said}");
    assert_eq!(output.stdout, b"", "{arguments:?}");
}

#[test]
fn a_bad_argument_is_named() {
    let folder = Folder::new();
    assert_dies(&folder, &[], 2, "--database");
    assert_dies(&folder, &["--database", "a", "--listen", "nowhere"], 2, "nowhere");
    assert_dies(&folder, &["--database", "a", "--verbose"], 2, "--verbose");
    assert_dies(&folder, &["--database", "a", "--www", "missing-folder"], 1, "missing-folder");
    assert_dies(&folder, &["--database", "no-such-folder/a"], 1, "no-such-folder/a");
    let help = run(&folder, &["--help"]);
    assert!(help.status.success() && help.stdout.starts_with(b"usage: "));
}

#[test]
fn a_taken_port_is_named() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert_dies(&folder, &["--database", "a", "--listen", &address], 1, &address);
}

#[test]
fn a_file_that_is_not_ours_is_left_alone() {
    let folder = Folder::new();
    folder.write("letter.txt", &"Dear database, ".repeat(100));
    assert_dies(&folder, &["--database", "letter.txt"], 1, "letter.txt");
    let other = rusqlite::Connection::open(folder.0.join("other.sqlite")).unwrap();
    other.execute_batch("CREATE TABLE precious (a); INSERT INTO precious VALUES (1)").unwrap();
    assert_dies(&folder, &["--database", "other.sqlite"], 1, "other.sqlite");
    let tables: i64 = other.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    let mode: String = other.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!((tables, mode.as_str()), (1, "delete"));
}

#[test]
fn two_servers_may_start_at_once_on_a_new_file() {
    for _ in 0..10 {
        let folder = Folder::new();
        let start = || Server::start_in(&folder, &[]);
        let [one, other] = race(start, start);
        let path = "/api/documents/shared-text";
        assert_eq!(one.etag(path), other.etag(path));
    }
}

#[cfg(unix)]
#[test]
fn sigterm_and_sigint_end_the_server_in_good_order_even_while_requests_hang() {
    use crate::support::{Fresh, JSON};

    for signal in ["-TERM", "-INT"] {
        let mut fresh = Fresh::start();
        let _hanging = fresh.raw("GET /api/documents/locked?answer=hang HTTP/1.1\r\nHost: x\r\n\r\n");
        let body = fresh.request("PUT", "/api/documents/a").with("if-none-match", "*").body(JSON, "{}").send();
        assert_eq!(body.status, 201);
        let child = fresh.child();
        let killed = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}");
    }
}
