//! The parts of `cargo xtask test`. Each says what it needs; a part without test files fails.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use crate::archive::{consumer, install_tarball, pack};
use crate::bench;
use crate::browser::{self, Browser};
use crate::chaos;
use crate::documents;
use crate::modules;
use crate::node_tests::{expect_files, is_node_test, node_test, node_test_within};
use crate::package;
use crate::process::{capture, run};
use crate::project::{Project, copy_folder, file_name, files_in, make_folder};
use crate::schedule::{self, Lane};
use crate::server::{self, Server};
use crate::servers;
use crate::session::{Session, Shared};
use crate::size;
use crate::supply;
use crate::term::{self, Failure, Result, progress, table};
use crate::tools;

/// For the tools of tests/tools together, among them some that build for a minute; each test has a limit of its own.
const TOOLS_LIMIT_MS: u32 = 3_600_000;

/// For all tests in the browser together; the default of 20 s is too short where a browser starts on a busy machine.
const BROWSER_LIMIT_S: u32 = 900;

/// Files that do not run again in Firefox, as they open both browsers.
const IN_BROWSERS_OF_THEIR_OWN: &[&str] = &["elements.test.mjs", "elements-people.test.mjs", "elements-own.test.mjs"];

/// Crates that only the browser side may use.
const BROWSER_CRATES: &[&str] = &["wasm-bindgen", "js-sys", "web-sys", "gloo-net", "serde-wasm-bindgen"];

/// Public documentation gets no exception by the second: without private items, such a link is a broken one.
const RUSTDOC_FLAGS: &str = "-D warnings -A rustdoc::private-intra-doc-links";

/// A part of the tests.
#[derive(Debug)]
struct Part {
    name: &'static str,
    about: &'static str,
    lane: Lane,
    run: fn(&Session) -> Result<()>,
}

const fn part(name: &'static str, lane: Lane, run: fn(&Session) -> Result<()>, about: &'static str) -> Part {
    Part { name, about, lane, run }
}

/// Every part, in the order of the table that `cargo xtask test` prints.
const PARTS: &[Part] = &[
    part("check", Lane::Cargo, check, "format, lints, dependencies of the core, documentation"),
    part("native", Lane::Cargo, native, "cargo test --workspace"),
    part("build", Lane::Package, build, "the package in pkg/dist, and publint"),
    part("supply", Lane::Package, supply, "licences, sources and advisories; both packages as they would be published"),
    part("size", Lane::Package, sizes, "the download within its budget"),
    part("wasm", Lane::Cargo, wasm, "tests/web*.rs in headless Chromium, against the example server"),
    part("firefox", Lane::Cargo, firefox, "the same tests in headless Firefox"),
    part("webkit", Lane::Cargo, webkit, "the same tests in WebKit"),
    part("types", Lane::Package, types, "the package's declarations: tests/types/tsconfig*.json"),
    part("npm", Lane::Alone, npm, "the packed package in Node.js: tests/npm/*.test.mjs"),
    part("chaos", Lane::Alone, chaos::part, "1,000 saves of 14 clients on a server that misbehaves: tests/chaos"),
    part(
        "bench",
        Lane::Alone,
        bench,
        "the answers of the benches on small inputs: natively, in Node.js, in Chromium; and what pages request",
    ),
    part(
        "browsers",
        Lane::Alone,
        browsers,
        "the package in Chromium, Firefox and WebKit, and docs/BROWSERS.md measured: tests/browsers",
    ),
    part(
        "packaging",
        Lane::Package,
        packaging,
        "the packed package in bundlers, pages and runtimes: tests/packaging/*.test.mjs",
    ),
    part(
        "tools",
        Lane::Package,
        tools_of_pages,
        "a page of each tool, opened until a save was merged; named, in all versions: tests/tools",
    ),
    part("docs", Lane::Package, docs, "the reference of the API, and every snippet of READMEs and guides"),
    part("examples", Lane::Package, examples, "mergefetch with other libraries: examples/tests/*.test.mjs"),
    part("e2e", Lane::Alone, e2e, "the example page in Chromium, the elements in Firefox too: tests/e2e/*.test.mjs"),
    part("e2e-firefox", Lane::Alone, e2e_firefox, "the example page in Firefox"),
];

/// The parts with one line about each.
pub fn list() -> impl Iterator<Item = (&'static str, &'static str)> {
    PARTS.iter().map(|part| (part.name, part.about))
}

/// Runs the named parts, or all; a failure stops none of the later ones.
///
/// # Errors
/// When a name is unknown or a part failed.
pub fn test(project: &Project, names: &[String]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| !PARTS.iter().any(|part| part.name == name.as_str())) {
        let known: Vec<&str> = list().map(|part| part.0).collect();
        return Err(Failure::new(format!(
            "expected a part of the tests ({}), but found \"{unknown}\"",
            known.join(", ")
        )));
    }
    let shared = Shared::new(project, !names.is_empty());
    let wanted: Vec<&Part> =
        PARTS.iter().filter(|part| names.is_empty() || names.iter().any(|name| name == part.name)).collect();
    let mut rows = vec![["part", "result", "seconds", "reason"].map(str::to_string).to_vec()];
    rows.extend(schedule::run_all(&wanted, |part| part.lane, |part| part.name, |part| row(part, &shared)));
    let failed = rows.iter().filter(|row| row.get(1).is_some_and(|result| result == FAILED)).count();
    let passed = rows.len() - 1 - failed;
    let _ = writeln!(std::io::stdout(), "\n{}parts: {passed} passed, {failed} failed", table(&rows));
    if failed == 0 { Ok(()) } else { Err(Failure::reported()) }
}

const FAILED: &str = "FAILED";

/// Runs a part, and describes its end in a row of the table.
fn row(part: &Part, shared: &Shared) -> Vec<String> {
    progress(format_args!("== {}: {}", part.name, part.about));
    let session = Session::new(shared);
    let started = term::now();
    let result = (part.run)(&session);
    let seconds = started.elapsed().as_secs().to_string();
    let (word, reason) = match &result {
        Ok(()) => ("passed", session.notes()),
        Err(failure) => {
            term::error(failure);
            (FAILED, failure.to_string())
        }
    };
    vec![part.name.to_string(), word.to_string(), seconds, reason]
}

/// `cargo xtask check`: all that is checked without running a test.
pub fn check_all(project: &Project) -> Result<()> {
    let shared = Shared::new(project, false);
    let session = Session::new(&shared);
    all([check(&session), build(&session), types(&session), sizes(&session)])
}

/// Joins the failures of independent steps.
fn all(results: impl IntoIterator<Item = Result<()>>) -> Result<()> {
    let failures: Vec<String> =
        results.into_iter().filter_map(Result::err).map(|failure| failure.to_string()).collect();
    if failures.is_empty() { Ok(()) } else { Err(Failure::new(failures.join("; "))) }
}

fn check(session: &Session) -> Result<()> {
    let project = session.project();
    tools::lint_components(project)?;
    tools::wasm_target(project)?;
    let wasm = ["--package", "mergefetch", "--target", "wasm32-unknown-unknown"];
    let step = |name: &str, arguments: &[&[&str]]| {
        run(&format!("check: {name}"), project.cargo(&arguments.concat()).env("RUSTDOCFLAGS", RUSTDOC_FLAGS))
    };
    let strict: &[&str] = &["--", "-D", "warnings"];
    all([
        step("cargo fmt", &[&["fmt", "--all", "--check"]]),
        step("cargo clippy", &[&["clippy", "--workspace", "--all-targets"], strict]),
        step("cargo clippy for wasm", &[&["clippy", "--lib"], &wasm, strict]),
        step("cargo clippy for wasm with tests", &[&["clippy", "--lib", "--tests"], &wasm, strict]),
        core_dependencies(project),
        step("cargo doc", &[&["doc", "--workspace", "--no-deps"]]),
        step("cargo doc for wasm", &[&["doc", "--no-deps", "--document-private-items"], &wasm]),
    ])
}

/// The core must build without anything of the browser.
fn core_dependencies(project: &Project) -> Result<()> {
    progress("check: cargo tree");
    let arguments = ["tree", "--package", "mergefetch", "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    let tree = capture("cargo tree", &mut project.cargo(&arguments))?;
    let crates: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let found: Vec<&str> = BROWSER_CRATES.iter().copied().filter(|name| crates.contains(name)).collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("expected a core without crates of the browser, but it depends on {}", found.join(", "))))
}

fn native(session: &Session) -> Result<()> {
    run("native: cargo test", &mut session.project().cargo(&["test", "--workspace"]))
}

fn build(session: &Session) -> Result<()> {
    session.package()?;
    package::lint(session.project())
}

fn supply(session: &Session) -> Result<()> {
    let project = session.project();
    session.package()?;
    let advisories = supply::advisories(project).map(|unasked| {
        if let Some(unasked) = unasked {
            session.skip(&unasked);
        }
    });
    all([
        supply::licences(project),
        supply::sources(project),
        supply::duplicates(project),
        supply::publication(project),
        pack(project).map(drop),
        advisories,
    ])
}

fn sizes(session: &Session) -> Result<()> {
    session.package()?;
    modules::crates_at_work(session.project())?;
    size::report(session.project())
}

fn wasm(session: &Session) -> Result<()> {
    let browser = Browser::find(session.project())?;
    let capabilities = browser.capabilities(session.project())?;
    in_browser(session, "chrome", &browser.driver, &capabilities, |command| command)
}

fn firefox(session: &Session) -> Result<()> {
    let project = session.project();
    browser::firefox(project)?;
    let driver = tools::geckodriver(project)?;
    in_browser(session, "firefox", &driver, &project.root("webdriver.json"), |command| command)
}

fn webkit(session: &Session) -> Result<()> {
    let Some(webkit) = session.webkit() else { return Ok(()) };
    // WebKitGTK's driver accepts the commands that wasm-bindgen sends to Safari's driver.
    let capabilities = session.project().root("webdriver.json");
    let run = || in_browser(session, "safari", &webkit.driver, &capabilities, |command| webkit.environment(command));
    // WebKitGTK 2.50 once read zeros from a tree of JSON. The same file with the same seeds passed before and afterwards, and passes in
    // all other engines: its compilers work beside the program. A fault of ours fails both runs.
    run().or_else(|first| {
        session.note(&format!("a second run, after: {first}"));
        run()
    })
}

fn in_browser(
    session: &Session,
    name: &str,
    driver: &Path,
    capabilities: &Path,
    environment: impl Fn(&mut Command) -> &mut Command,
) -> Result<()> {
    let project = session.project();
    let tests = expect_files(project, "tests", "web*.rs", |name| name.starts_with("web") && name.ends_with(".rs"))?;
    tools::wasm_target(project)?;
    tools::wasm_bindgen(project)?;
    tools::wasm_pack(project)?;
    tools::clean_up(project)?;
    let server = Server::for_tests(project, name)?;
    let mut command = project.command(project.tool("wasm-pack"));
    let program = if name == "firefox" { "gecko" } else { name };
    command.args(["test", "--headless", &format!("--{name}"), "--mode", "no-install"]);
    command.arg(format!("--{program}driver")).arg(driver);
    command.args([".", "--lib"]);
    for test in &tests {
        command.arg("--test").arg(file_name(test).trim_end_matches(".rs"));
    }
    command
        .env("MERGEFETCH_TEST_SERVER", server.url())
        .env("WASM_BINDGEN_TEST_TIMEOUT", BROWSER_LIMIT_S.to_string())
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities);
    environment(&mut command);
    run(&format!("{name}: wasm-pack test --headless --{name}"), &mut command)
}

fn types(session: &Session) -> Result<()> {
    let project = session.project();
    let configurations = expect_files(project, "tests/types", "tsconfig*.json", |name| {
        name.starts_with("tsconfig") && name.ends_with(".json")
    })?;
    session.package()?;
    all(configurations.iter().map(|file| {
        let name = format!("types: tsc --project tests/types/{}", file_name(file));
        run(&name, project.npm_tool("tsc").arg("--project").arg(file).arg("--noEmit"))
    }))
}

fn npm(session: &Session) -> Result<()> {
    let project = session.project();
    expect_files(project, "tests/npm", "*.test.mjs", is_node_test)?;
    session.package()?;
    let folder = project.target("test/npm");
    install_tarball(project, &folder)?;
    copy_folder(&project.root("tests/npm"), &folder.join("tests"))?;
    let server = Server::for_tests(project, "npm")?;
    let files = files_in(&folder.join("tests"), is_node_test)?;
    let mut command = node_test(project, &files);
    command.env("MERGEFETCH_TEST_SERVER", server.url()).env("MERGEFETCH_ROOT", project.root(""));
    run("npm: node --test", command.current_dir(&folder))
}

fn browsers(session: &Session) -> Result<()> {
    let project = session.project();
    let files = expect_files(project, "tests/browsers", "*.test.mjs", is_node_test)?;
    session.package()?;
    let browser = Browser::find(project)?;
    browser::firefox(project)?;
    let gecko = tools::geckodriver(project)?;
    let webkit = session.webkit();
    let server = Server::for_tests(project, "browsers")?;
    let mut command = node_test(project, &files);
    command.env("MERGEFETCH_TEST_SERVER", server.url()).env("MERGEFETCH_ROOT", project.root(""));
    command.env("PKG_DIR", project.root("pkg/dist")).env("CHROME", &browser.chrome);
    command.env("CHROMEDRIVER", &browser.driver).env("GECKODRIVER", gecko);
    if let Some(webkit) = webkit {
        webkit.environment(&mut command);
    }
    run("browsers: node --test", &mut command)
}

fn packaging(session: &Session) -> Result<()> {
    documents::in_packaging(
        session,
        "packaging",
        |name| is_node_test(name) && !documents::is_about_docs(name),
        |command| command,
    )
}

/// One version of each tool, or all of them. Installed tools stay in the target folder for the next run.
fn tools_of_pages(session: &Session) -> Result<()> {
    let project = session.project();
    let files = expect_files(project, "tests/tools", "*.test.mjs", is_node_test)?;
    session.package()?;
    let browser = Browser::find(project)?;
    let archive = pack(project)?;
    let mut command = node_test_within(project, &files, TOOLS_LIMIT_MS);
    command.env("MERGEFETCH_ARCHIVE", archive).env("MERGEFETCH_LAB", project.target("projects"));
    command.env("MERGEFETCH_TOOLS", if session.is_named() { "all" } else { "first" }).env("CHROME", &browser.chrome);
    run("tools: node --test", &mut command)
}

fn docs(session: &Session) -> Result<()> {
    let project = session.project();
    documents::site(session)?;
    // Runtimes of the recipes for servers, beside npm packages.
    for name in ["nginx", "apache", "python"] {
        if let Err(failure) = servers::install(project, name) {
            session.skip(&format!("{name}: {failure}"));
        }
    }
    documents::following(session, "docs", documents::is_about_docs)
}

fn examples(session: &Session) -> Result<()> {
    let project = session.project();
    expect_files(project, "examples/tests", "*.test.mjs", is_node_test)?;
    session.package()?;
    let folder = project.target("examples");
    consumer(project, "examples", &folder)?;
    let server = Server::for_tests(project, "examples")?;
    let mut command = node_test(project, &files_in(&folder.join("tests"), is_node_test)?);
    run("examples: node --test", command.env("MERGEFETCH_TEST_SERVER", server.url()).current_dir(&folder))
}

fn e2e(session: &Session) -> Result<()> {
    stories(session, "chromium", |_| true)
}

fn e2e_firefox(session: &Session) -> Result<()> {
    stories(session, "firefox", |name| !IN_BROWSERS_OF_THEIR_OWN.contains(&name))
}

fn stories(session: &Session, name: &str, wanted: fn(&str) -> bool) -> Result<()> {
    let project = session.project();
    let mut files = expect_files(project, "tests/e2e", "*.test.mjs", is_node_test)?;
    files.retain(|file| wanted(&file_name(file)));
    session.package()?;
    let browser = Browser::find(project)?;
    let firefox = browser::firefox(project)?;
    server::compile(project)?;
    make_folder(&project.target("test"))?;
    let mut command = node_test(project, &files);
    command
        .env("EXAMPLE_SERVER_BIN", server::program(project))
        .env("CHROME", &browser.chrome)
        .env("FIREFOX", &firefox)
        .env("E2E_BROWSER", name)
        .env("WWW_DIR", project.root("www"))
        .env("PKG_DIR", project.root("pkg/dist"));
    run(&format!("e2e: node --test, {name}"), &mut command)
}

fn bench(session: &Session) -> Result<()> {
    bench::quick(session, false)
}
