//! `cargo xtask servers`: the full loop against real servers, in Node.js and in Chromium.
//!
//! Not a part of the tests: the servers are large to install. They go to `target/servers` and nowhere else.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::browser::Browser;
use crate::documents;
use crate::package;
use crate::process::{Group, capture, run};
use crate::project::{Project, make_folder};
use crate::term::{self, Context, Failure, Result, progress, table};
use crate::tools;

/// The scripts in `tests/servers`.
const NAMES: [&str; 18] = [
    "apache",
    "nginx",
    "tomcat",
    "pouchdb-server",
    "cap",
    "fhir",
    "rails",
    "xandikos",
    "kubernetes",
    "s3",
    "azure-blob",
    "azure-table",
    "solid",
    "kinto",
    "jupyter",
    "etcd",
    "remotestorage",
    "mediawiki",
];

/// A JVM on a busy machine is the slowest.
const START: Duration = Duration::from_secs(60);

/// The number of attempts to find free ports, as other programs open ports, too.
const PORT_TRIES: u32 = 100;

/// Runs the loop against the named servers, or all; and the recipes of docs/guide/servers.md that need one of them.
///
/// # Errors
/// When a name is unknown, a server cannot be installed or started, or a step did not end as promised.
pub fn servers(project: &Project, names: &[String]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| !NAMES.contains(&name.as_str())) {
        return Err(Failure::new(format!("expected a server ({}), but found \"{unknown}\"", NAMES.join(", "))));
    }
    package::build(project)?;
    tools::node_modules(project)?;
    let browser = Browser::find(project)?;
    let heading = ["server", "runtime", "step", "result", "requests", "protection"];
    let mut rows = vec![heading.map(str::to_string).to_vec()];
    let mut failures = Vec::new();
    let is_wanted =
        |name: &str| if names.is_empty() { is_to_be_had(name) } else { names.iter().any(|one| one == name) };
    for name in NAMES.into_iter().filter(|name| is_wanted(name)) {
        match against(project, name, &browser) {
            Ok(found) => rows.extend(found),
            Err(failure) => {
                term::error(&failure);
                failures.push(failure.to_string());
            }
        }
    }
    // Too large for the tests: Rails.
    if is_wanted("rails")
        && let Err(failure) = documents::recipes(project)
    {
        failures.push(failure.to_string());
    }
    let failed = rows.iter().filter(|row| row.get(3).is_some_and(|result| result.starts_with("FAILED"))).count();
    let steps = rows.len() - 1;
    let _ = writeln!(std::io::stdout(), "\n{}steps: {} passed, {failed} failed", table(&rows), steps - failed);
    if !failures.is_empty() {
        return Err(Failure::new(failures.join("; ")));
    }
    if failed == 0 { Ok(()) } else { Err(Failure::new(format!("{failed} steps did not end as promised"))) }
}

/// No package has the API server of Kubernetes, so an environment variable names it.
fn is_to_be_had(name: &str) -> bool {
    const PROGRAM: &str = "kube-apiserver";
    let is_in = |path: OsString| env::split_paths(&path).any(|folder| folder.join(PROGRAM).is_file());
    if name != "kubernetes" || env::var_os("KUBE_APISERVER").is_some() || env::var_os("PATH").is_some_and(is_in) {
        return true;
    }
    progress(format_args!("skipped: kubernetes: name {PROGRAM} by KUBE_APISERVER, see tests/servers/README.md"));
    false
}

fn against(project: &Project, name: &str, browser: &Browser) -> Result<Vec<Vec<String>>> {
    install(project, name)?;
    let port = free_port()?;
    let log = project.target(&format!("servers/{name}.log"));
    let file = File::create(&log).context(|| format!("write {}", log.display()))?;
    let mut command = project.command("bash");
    command.arg(project.root(&format!("tests/servers/{name}.sh"))).args(["start", &port.to_string()]);
    command.env("LAB", project.target("servers")).stdout(Stdio::null()).stderr(file);
    progress(format_args!("{name}: start on port {port}"));
    let mut server = Group::start(name, &mut command)?;
    wait_for(name, port, &mut server)?;
    progress(format_args!("{name}: the loop in Node.js and in Chromium"));
    let mut command = project.command("node");
    command.arg(project.root("tests/servers/run.mjs")).args([name, &format!("http://127.0.0.1:{port}")]);
    command.env("PKG_DIR", project.root("pkg/dist")).env("CHROME", &browser.chrome);
    let lines = capture(&format!("{name}: node tests/servers/run.mjs"), &mut command)?;
    Ok(lines.lines().map(|line| line.split('\t').map(str::to_string).collect()).collect())
}

/// Once: a stamp shows that the script ran to its end.
pub fn install(project: &Project, name: &str) -> Result<()> {
    make_folder(&project.target("servers"))?;
    let stamp = project.target(&format!("servers/{name}.installed"));
    if stamp.is_file() {
        return Ok(());
    }
    let mut command = project.command("bash");
    command.arg(project.root(&format!("tests/servers/{name}.sh"))).arg("install");
    run(&format!("{name}: install"), command.env("LAB", project.target("servers")))?;
    File::create(&stamp).context(|| format!("write {}", stamp.display())).map(drop)
}

/// A free port, followed by two free ports: a script may start its server there, behind a proxy.
fn free_port() -> Result<u16> {
    let listen = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).context(|| "find a free port".to_string());
    for _ in 0..PORT_TRIES {
        let first = listen(0)?;
        let port = first.local_addr().context(|| "find a free port".to_string())?.port();
        if (1..=2).all(|next| port.checked_add(next).is_some_and(|port| listen(port).is_ok())) {
            return Ok(port);
        }
    }
    Err(Failure::new("find three free ports in a row".to_string()))
}

fn wait_for(name: &str, port: u16, server: &mut Group) -> Result<()> {
    let started = term::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        let has_ended = matches!(server.child().try_wait(), Ok(Some(_)));
        if has_ended || started.elapsed() > START {
            return Err(Failure::new(format!("{name} did not start: see target/servers/{name}.log")));
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
