//! Starts the binary, and speaks HTTP with it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::{HeaderMap, Request};

pub const JSON: &str = "application/json";
pub const TEXT: &str = "text/plain; charset=utf-8";

/// Far longer than any answer takes; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder of its own for each test, removed at the end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("server-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn write(&self, name: &str, content: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_example-server"))
}

/// A running server; killed when dropped.
pub struct Server {
    pub child: Child,
    pub authority: String,
    agent: Agent,
}

impl Server {
    pub fn start_in(folder: &Folder, more: &[&str]) -> Self {
        let mut child = program()
            .arg("--database")
            .arg(folder.0.join("test.sqlite"))
            .args(["--listen", "127.0.0.1:0"])
            .args(more)
            .current_dir(&folder.0)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.strip_prefix("listening on ").expect("the server says where it listens").trim_end();
        let authority = url.strip_prefix("http://").unwrap().to_owned();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(PATIENCE));
        Self { child, authority, agent: config.build().into() }
    }

    pub fn request(&self, method: &str, path: &str) -> Call<'_> {
        Call { server: self, method: method.to_owned(), path: path.to_owned(), headers: Vec::new(), body: None }
    }

    pub fn get(&self, path: &str) -> Reply {
        self.request("GET", path).send()
    }

    pub fn etag(&self, path: &str) -> String {
        self.get(path).header("etag").expect("a resource has an ETag").to_owned()
    }

    /// A PUT of JSON on the condition that the resource still has `etag`.
    pub fn update(&self, path: &str, etag: &str, body: &Value) -> Reply {
        self.request("PUT", path).with("if-match", etag).json(body).send()
    }

    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.request("POST", path).json(body).send()
    }

    /// Creates a JSON document, and returns its tag.
    pub fn create(&self, path: &str, body: &Value) -> String {
        let reply = self.request("PUT", path).with("if-none-match", "*").json(body).send();
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.header("etag").unwrap().to_owned()
    }

    /// Sends octets as they are, and returns the stream to read the answer from.
    pub fn raw(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.authority).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server with a folder of its own.
pub struct Fresh {
    // First, so that it is dead before its folder goes.
    server: Server,
    _folder: Folder,
}

impl Fresh {
    pub fn start() -> Self {
        let folder = Folder::new();
        Self { server: Server::start_in(&folder, &[]), _folder: folder }
    }

    pub fn child(&mut self) -> &mut Child {
        &mut self.server.child
    }
}

impl std::ops::Deref for Fresh {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

pub struct Call<'server> {
    server: &'server Server,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Call<'_> {
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.with("content-type", content_type)
    }

    pub fn json(self, body: &Value) -> Self {
        self.body(JSON, body.to_string())
    }

    /// The answer, or the error where none came.
    pub fn try_send(self) -> Result<Reply, ureq::Error> {
        let url = format!("http://{}{}", self.server.authority, self.path);
        let mut builder = Request::builder().method(self.method.as_str()).uri(url);
        for (name, value) in &self.headers {
            builder = builder.header(name, value);
        }
        let agent = &self.server.agent;
        let mut response = match self.body {
            Some(body) => agent.run(builder.body(body).unwrap())?,
            None => agent.run(builder.body(()).unwrap())?,
        };
        let body = response.body_mut().with_config().limit(1 << 27).read_to_vec()?;
        let (parts, _) = response.into_parts();
        Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    pub fn send(self) -> Reply {
        self.try_send().unwrap()
    }
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Status and `code`, which is what most refusals are looked at for.
    pub fn refusal(&self) -> (u16, String) {
        (self.status, self.json()["code"].as_str().unwrap_or_default().to_owned())
    }

    pub fn assert_refused(&self, status: u16, code: &str) {
        assert_eq!(self.refusal(), (status, code.to_owned()));
        assert!(self.json()["message"].as_str().is_some_and(|message| !message.is_empty()));
        assert_eq!(self.header("cache-control"), Some("no-store"));
    }
}

/// Runs both at the same moment.
pub fn race<T: Send>(one: impl FnOnce() -> T + Send, other: impl FnOnce() -> T + Send) -> [T; 2] {
    let start = Arc::new(Barrier::new(2));
    let at_start = Arc::clone(&start);
    thread::scope(|scope| {
        let other = scope.spawn(move || {
            at_start.wait();
            other()
        });
        start.wait();
        [one(), other.join().unwrap()]
    })
}

/// What arrives until `enough` says so, or the other end closes.
pub fn read_until(stream: &mut TcpStream, enough: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut received = Vec::new();
    let mut chunk = [0; 4096];
    while !enough(&received) {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => received.extend_from_slice(&chunk[..length]),
            Err(error) => panic!("{error} after {received:?}"),
        }
    }
    received
}
