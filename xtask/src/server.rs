//! The example server as a child process: started on a free port, ended when dropped.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::process::{Group, run};
use crate::project::{Project, make_folder};
use crate::term::{Context, Failure, Result};

/// Opening a database and a port takes no longer, even on a busy machine.
const START: Duration = Duration::from_secs(60);

/// Compiles the server.
pub fn compile(project: &Project) -> Result<()> {
    run("server: cargo build --package example-server", &mut project.cargo(&["build", "--package", "example-server"]))
}

/// The compiled server's path.
pub fn program(project: &Project) -> PathBuf {
    project.target("debug/example-server")
}

/// A running example server with a database of its own.
#[derive(Debug)]
pub struct Server {
    group: Group,
    url: String,
    scratch: Option<PathBuf>,
}

impl Server {
    /// Starts a server for the test part `part`, with a database that goes with it and a log in `target/test`.
    pub fn for_tests(project: &Project, part: &str) -> Result<Self> {
        compile(project)?;
        make_folder(&project.target("test"))?;
        let database = project.target(&format!("test/{part}-{}.sqlite", std::process::id()));
        let log = project.target(&format!("test/{part}-server.log"));
        let mut server = Self::start(project, "127.0.0.1:0", &database, Some(&log))?;
        server.scratch = Some(database);
        Ok(server)
    }

    /// Starts a server for people: it keeps its data and prints to the terminal.
    pub fn for_people(project: &Project, port: u16) -> Result<Self> {
        compile(project)?;
        Self::start(project, &format!("127.0.0.1:{port}"), &project.target("demo.sqlite"), None)
    }

    fn start(project: &Project, listen: &str, database: &Path, log: Option<&Path>) -> Result<Self> {
        let pages = project.root("pkg/dist");
        make_folder(&pages)?;
        let mut command = project.command(program(project));
        command.args(["--listen", listen]).arg("--database").arg(database);
        command.arg("--www").arg(project.root("www")).arg("--pkg").arg(pages).stdout(Stdio::piped());
        let mut lines: Option<File> = None;
        if let Some(log) = log {
            let file = File::create(log).context(|| format!("write {}", log.display()))?;
            command.stderr(file.try_clone().context(|| format!("write {}", log.display()))?);
            lines = Some(file);
        }
        let mut group = Group::start("example server", &mut command)?;
        let told = group.child().stdout.take().map(|stdout| listen_for_url(stdout, lines));
        let hint = log.map(|log| format!(": see {}", log.display())).unwrap_or_default();
        let url = match told.map(|told| told.recv_timeout(START)) {
            Some(Ok(url)) => url,
            Some(Err(RecvTimeoutError::Timeout)) => {
                return Err(Failure::new(format!(
                    "the example server did not listen within {} s{hint}",
                    START.as_secs()
                )));
            }
            Some(Err(RecvTimeoutError::Disconnected)) | None => {
                return Err(Failure::new(format!("the example server stopped before it listened on {listen}{hint}")));
            }
        };
        Ok(Self { group, url, scratch: None })
    }

    /// The address without a final slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits until the server ends by itself.
    pub fn wait(mut self) -> Result<()> {
        let status = self.group.child().wait().context(|| "wait for the example server".to_string())?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::new(format!("the example server ended with {status}")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.group.end();
        if let Some(database) = &self.scratch {
            for suffix in ["", "-wal", "-shm"] {
                let _ = fs::remove_file(format!("{}{suffix}", database.display()));
            }
        }
    }
}

/// Reads the server's lines until its end, to a log or to the terminal; sends the address once.
fn listen_for_url(stdout: ChildStdout, mut log: Option<File>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut sender = Some(sender);
        for line in BufReader::new(stdout).lines().map_while(std::io::Result::ok) {
            if let Some(url) = line.strip_prefix("listening on ")
                && let Some(sender) = sender.take()
            {
                let _ = sender.send(url.trim().trim_end_matches('/').to_string());
            }
            let _ = match &mut log {
                Some(file) => writeln!(file, "{line}"),
                None => writeln!(std::io::stdout(), "{line}"),
            };
        }
    });
    receiver
}
