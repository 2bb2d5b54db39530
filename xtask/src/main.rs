//! Builds, tests and shows mergefetch: `cargo xtask help` lists the commands.
//!
//! Each command does the set-up it needs, once, and says in one sentence what it cannot do itself. Unix only.

mod bench;
mod browser;
mod package;
mod parts;
mod process;
mod project;
mod server;
mod servers;
mod size;
mod slim;
mod term;
mod tools;
mod wasm;

use std::io::Write;
use std::process::ExitCode;

use parts::Session;
use project::Project;
use server::Server;
use term::{Failure, Result, progress, table};

/// Any other command than `demo --port N` uses free ports.
const DEMO_PORT: u16 = 8080;

fn main() -> ExitCode {
    term::elapsed();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match command(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            term::error(&failure);
            ExitCode::FAILURE
        }
    }
}

fn command(arguments: &[String]) -> Result<()> {
    let project = Project::find()?;
    process::end_children_on_signals()?;
    let (name, rest) = arguments.split_first().map_or(("help", arguments), |(name, rest)| (name.as_str(), rest));
    if !matches!(name, "demo" | "test" | "bench" | "fuzz" | "servers") && !rest.is_empty() {
        return Err(Failure::new(format!("`cargo xtask {name}` takes no arguments, but found \"{}\"", rest.join(" "))));
    }
    match name {
        "demo" => demo(&project, rest),
        "test" => parts::test(&project, rest),
        "build" => Session::new(&project).package(),
        "size" => Session::new(&project).package().and_then(|()| size::report(&project)),
        "check" => parts::check_all(&project),
        "bench" => bench::command(&project, rest),
        "servers" => servers::servers(&project, rest),
        "fuzz" => fuzz(&project, rest),
        "help" | "--help" | "-h" => {
            help(&project);
            Ok(())
        }
        unknown => Err(Failure::new(format!("there is no command \"{unknown}\": see `cargo xtask help`"))),
    }
}

fn help(project: &Project) {
    let mut rows = vec![
        ("demo [--port N]", "builds everything and serves the example page"),
        ("test [PART ...]", "runs every test, or the parts named"),
        ("build", "builds the npm package in pkg/dist"),
        ("size", "builds, prints the download in bytes, fails over the budget"),
        ("servers [NAME ...]", "the full loop against six real servers, which it installs in target/servers"),
        ("check", "format, lints, documentation, declarations, package, size"),
    ];
    if project.root("benches").is_dir() {
        rows.push(("bench [--quick] [--peers]", "merges timed natively, in Node.js, in Chromium, and beside others"));
    }
    rows.push(("fuzz [--seconds N]", "random inputs for the laws, 60 seconds for each target"));
    rows.push(("help", "this list"));
    let layout = |rows: Vec<(&str, &str)>| {
        table(&rows.iter().map(|(left, right)| vec![format!("  {left}"), (*right).to_string()]).collect::<Vec<_>>())
    };
    let text =
        format!("cargo xtask COMMAND\n\n{}\nParts of the tests:\n\n{}", layout(rows), layout(parts::list().collect()));
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn demo(project: &Project, arguments: &[String]) -> Result<()> {
    let port = port(arguments)?;
    Session::new(project).package()?;
    let server = Server::for_people(project, port)?;
    progress(format_args!("the example page is at {} (Ctrl-C ends it)", server.url()));
    server.wait()
}

/// `--port N` or `--port=N`; 0 takes any free port.
fn port(arguments: &[String]) -> Result<u16> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let value = match *arguments.as_slice() {
        [] => return Ok(DEMO_PORT),
        ["--port", value] => value,
        [option] if option.starts_with("--port=") => option.trim_start_matches("--port="),
        _ => {
            return Err(Failure::new(format!("expected `demo [--port N]`, but found \"{}\"", arguments.join(" "))));
        }
    };
    value.parse().map_err(|_| Failure::new(format!("expected a port between 0 and 65535, but found \"{value}\"")))
}

/// The targets of tests/fuzz.rs one after the other, each for a time, from another seed in every run.
fn fuzz(project: &Project, arguments: &[String]) -> Result<()> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let seconds = match *arguments.as_slice() {
        [] => Ok(60),
        ["--seconds", value] => value.parse::<u32>().map_err(|_| value),
        _ => Err("another option"),
    };
    let seconds =
        seconds.map_err(|found| Failure::new(format!("expected `fuzz [--seconds N]`, but found \"{found}\"")))?;
    let seed = std::process::id();
    let mut command = project.cargo(&["test", "--release", "--package", "mergefetch", "--test", "fuzz", "--"]);
    command.args(["--nocapture", "--test-threads=1"]);
    command.env("MERGEFETCH_FUZZ_SECONDS", seconds.to_string()).env("MERGEFETCH_FUZZ_SEED", seed.to_string());
    process::run(&format!("fuzz: {seconds} s for each target, seed {seed}"), &mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port_of(arguments: &[&str]) -> Option<u16> {
        port(&arguments.iter().map(|argument| (*argument).to_string()).collect::<Vec<_>>()).ok()
    }

    #[test]
    fn the_port_of_the_demo_is_read_from_both_forms() {
        assert_eq!(port_of(&[]), Some(DEMO_PORT));
        assert_eq!(port_of(&["--port", "9000"]), Some(9000));
        assert_eq!(port_of(&["--port=0"]), Some(0));
    }

    #[test]
    fn a_port_that_is_none_is_refused() {
        for arguments in [&["--port"][..], &["--port", "65536"], &["--port", "x"], &["9000"], &["--port", "1", "2"]] {
            assert_eq!(port_of(arguments), None, "{arguments:?}");
        }
    }
}
