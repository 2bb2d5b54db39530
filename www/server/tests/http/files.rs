use crate::support::{Folder, Server, read_until};

fn start(folder: &Folder) -> Server {
    folder.write("www/index.html", "<!doctype html><title>page</title>");
    folder.write("www/app.js", "export {};");
    folder.write("www/sub/index.html", "sub");
    folder.write("www/a b.css", "a {}");
    folder.write("www/.hidden", "hidden");
    folder.write("www/server/src/main.rs", "secret");
    folder.write("pkg/index.js", "export const a = 1;");
    folder.write("pkg/x_bg.wasm", "\0asm");
    folder.write("outside.txt", "secret");
    Server::start_in(folder, &["--www", "www", "--pkg", "pkg"])
}

#[test]
fn page_and_package_have_their_types_and_are_checked_before_each_use() {
    let folder = Folder::new();
    let server = start(&folder);
    let cases = [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/index.html?answer=x&cors=y&times=z", "text/html; charset=utf-8"),
        ("/app.js", "text/javascript; charset=utf-8"),
        ("/sub/", "text/html; charset=utf-8"),
        ("/a%20b.css", "text/css; charset=utf-8"),
        ("/mergefetch/index.js", "text/javascript; charset=utf-8"),
        ("/mergefetch/x_bg.wasm", "application/wasm"),
    ];
    for (path, content_type) in cases {
        let reply = server.get(path);
        assert_eq!((reply.status, reply.header("content-type")), (200, Some(content_type)), "{path}");
        assert_eq!(reply.header("cache-control"), Some("no-cache"), "{path}");
        let etag = reply.header("etag").unwrap();
        let again = server.request("GET", path).with("if-none-match", etag).send();
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(etag)), "{path}");
    }
}

#[test]
fn a_file_that_was_rebuilt_has_another_tag() {
    let folder = Folder::new();
    let server = start(&folder);
    let etag = server.etag("/mergefetch/index.js");
    folder.write("pkg/index.js", "export const a = 2;");
    let reply = server.request("GET", "/mergefetch/index.js").with("if-none-match", &etag).send();
    assert_eq!((reply.status, reply.body.as_slice()), (200, b"export const a = 2;".as_slice()));
}

#[test]
fn nothing_outside_the_two_folders_can_be_read() {
    let folder = Folder::new();
    let server = start(&folder);
    #[cfg(unix)]
    std::os::unix::fs::symlink("../outside.txt", folder.0.join("www/link.txt")).unwrap();
    let paths = [
        "/../outside.txt",
        "/sub/../../outside.txt",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "/mergefetch/../outside.txt",
        "/mergefetch/%2e%2e/outside.txt",
        "/mergefetch//../../outside.txt",
        "//outside.txt",
        "/link.txt",
        "/.hidden",
        "/server/src/main.rs",
        "//server/src/main.rs",
        "/server",
        "/%73erver/src/main.rs",
        "/none",
        "/index.html/",
        "/mergefetch/",
    ];
    for path in paths {
        // Clients tidy such paths up before they send them, so the request is written by hand.
        let mut stream = server.raw(&format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        let answer = String::from_utf8(read_until(&mut stream, |_| false)).unwrap();
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
        assert!(!answer.contains("secret") && !answer.contains("hidden"), "{path}");
    }
}

#[test]
fn a_folder_is_asked_for_with_a_slash_and_files_are_read_only() {
    let folder = Folder::new();
    let server = start(&folder);
    let reply = server.get("/sub");
    assert_eq!((reply.status, reply.header("location")), (308, Some("/sub/")));
    let reply = server.request("PUT", "/index.html").body("text/plain", "x").send();
    assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, HEAD")));
    let head = server.request("HEAD", "/app.js").send();
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("10"), 0));
}
