//! Builds, tests and shows mergefetch: `cargo xtask help` lists the commands.
//!
//! Each command does the set-up it needs, once, and names in one sentence each step that a person has to do. Unix only.

#![forbid(unsafe_code)]

mod archive;
mod bench;
mod browser;
mod chaos;
mod documents;
mod modules;
mod node_tests;
mod package;
mod parts;
mod process;
mod project;
mod rename;
mod schedule;
mod server;
mod servers;
mod session;
mod size;
mod supply;
mod term;
mod tools;
mod tricks;
mod webkit;

use std::io::Write;
use std::process::ExitCode;

use project::Project;
use server::Server;
use session::{Session, Shared};
use term::{Context, Failure, Result, progress, table};

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
    if !matches!(name, "demo" | "test" | "bench" | "chaos" | "fuzz" | "servers" | "simulate" | "size")
        && !rest.is_empty()
    {
        return Err(Failure::new(format!("`cargo xtask {name}` takes no arguments, but found \"{}\"", rest.join(" "))));
    }
    match name {
        "demo" => demo(&project, rest),
        "test" => parts::test(&project, rest),
        "build" => Session::new(&Shared::new(&project, false)).package(),
        "size" => size_of(&project, rest),
        "check" => parts::check_all(&project),
        "docs" => site(&project),
        "bench" => bench::command(&project, rest),
        "chaos" => chaos::command(&project, rest),
        "servers" => servers::servers(&project, rest),
        "fuzz" => fuzz(&project, rest),
        "simulate" => simulate(&project, rest),
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
        ("size [--modules]", "builds, prints the download in bytes (and by module), fails over the budget"),
        (
            "size --write | --tricks",
            "writes the sizes into docs/SIZE.md; also the effect of each trick, by builds without it",
        ),
        ("servers [NAME ...]", "the full loop against real servers, which it installs in target/servers"),
        ("docs", "builds the documentation site, and prints its folder"),
        ("check", "format, lints, documentation, declarations, package, size"),
    ];
    if project.root("benches").is_dir() {
        rows.push(("bench [--quick] [--peers]", "merges timed natively, in Node.js, in Chromium, and beside others"));
        rows.push((
            "bench --page [--quick | --runs N]",
            "how soon a page on a slow network shows its document, save and conflict, beside others",
        ));
    }
    rows.push(("fuzz [--seconds N]", "random inputs for the laws, 60 seconds for each target"));
    rows.push((
        "simulate [--schedules N | --merges N] [--seed S]",
        "random schedules of clients, networks and servers, or random merges, from one seed on",
    ));
    rows.push((
        "chaos [--saves N] [--seed S] [--in-process]",
        "the packed package on a server that misbehaves; `--package FILE` takes another archive",
    ));
    rows.push(("help", "this list"));
    let layout = |rows: Vec<(&str, &str)>| {
        table(&rows.iter().map(|(left, right)| vec![format!("  {left}"), (*right).to_string()]).collect::<Vec<_>>())
    };
    let text =
        format!("cargo xtask COMMAND\n\n{}\nParts of the tests:\n\n{}", layout(rows), layout(parts::list().collect()));
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn site(project: &Project) -> Result<()> {
    let folder = documents::site(&Session::new(&Shared::new(project, false)))?;
    let text = format!("The site is in {}; any host of files can serve it.\n", folder.display());
    std::io::stdout().write_all(text.as_bytes()).context(|| "print".to_owned())
}

fn size_of(project: &Project, arguments: &[String]) -> Result<()> {
    let option = match arguments {
        [] => "",
        [option] if ["--modules", "--write", "--tricks", "--first"].contains(&option.as_str()) => option,
        _ => {
            let found = arguments.join(" ");
            return Err(Failure::new(format!(
                "expected `size [--modules | --write | --tricks]`, but found \"{found}\""
            )));
        }
    };
    if option == "--tricks" {
        size::write_tricks(project)?;
    }
    Session::new(&Shared::new(project, false)).package()?;
    match option {
        "--first" => return size::first(project),
        "--write" | "--tricks" => size::write(project)?,
        "--modules" => size::by_module(project)?,
        _ => {}
    }
    modules::crates_at_work(project)?;
    size::report(project)
}

fn demo(project: &Project, arguments: &[String]) -> Result<()> {
    let port = port(arguments)?;
    Session::new(&Shared::new(project, false)).package()?;
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

/// The simulators, for any number of schedules (tests/client) or merges (tests/merges). A failing schedule or merge prints the command
/// that repeats it alone.
fn simulate(project: &Project, arguments: &[String]) -> Result<()> {
    let Simulation { what, count, seed } = simulation(arguments)?;
    let filter: &[&str] = match what {
        "merges" => &["--test", "merges", "--"],
        _ => &["--test", "client", "simulator::", "--"],
    };
    let mut command = project.cargo(&["test", "--release", "--package", "mergefetch"]);
    command.args(filter).arg("--nocapture");
    let variable = format!("MERGEFETCH_{}", what.to_uppercase());
    command.env(variable, count.to_string()).env("MERGEFETCH_SEED", seed.to_string());
    process::run(&format!("simulate: {count} {what} from seed {seed} on"), &mut command)
}

struct Simulation {
    what: &'static str,
    count: u64,
    seed: u64,
}

/// `--schedules N`, by default 100,000, or `--merges N`, and `--seed S`, by default a seed from the process id.
fn simulation(arguments: &[String]) -> Result<Simulation> {
    let seed = u64::from(std::process::id()) * 1_000_000;
    let mut simulation = Simulation { what: "schedules", count: 100_000, seed };
    for pair in arguments.chunks(2) {
        let number = pair.get(1).and_then(|value| value.parse().ok());
        match (pair.first().map(String::as_str), number) {
            (Some("--schedules"), Some(number)) => simulation.count = number,
            (Some("--merges"), Some(number)) => (simulation.what, simulation.count) = ("merges", number),
            (Some("--seed"), Some(number)) => simulation.seed = number,
            _ => {
                let found = arguments.join(" ");
                return Err(Failure::new(format!(
                    "expected `simulate [--schedules N | --merges N] [--seed S]`, but found \"{found}\""
                )));
            }
        }
    }
    Ok(simulation)
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
    fn counts_and_seeds_are_numbers_in_any_order() {
        let of = |arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_string()).collect();
            simulation(&arguments).ok().map(|found| (found.what, found.count, found.seed))
        };
        assert_eq!(of(&["--seed", "7", "--schedules", "20"]), Some(("schedules", 20, 7)));
        assert_eq!(of(&["--merges", "20", "--seed", "7"]), Some(("merges", 20, 7)));
        assert_eq!(of(&["--seed", "7"]), Some(("schedules", 100_000, 7)));
        for wrong in [&["--seed"][..], &["--seed", "x"], &["7"], &["--schedule", "7"]] {
            assert_eq!(of(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_port_that_is_none_is_refused() {
        for arguments in [&["--port"][..], &["--port", "65536"], &["--port", "x"], &["9000"], &["--port", "1", "2"]] {
            assert_eq!(port_of(arguments), None, "{arguments:?}");
        }
    }
}
