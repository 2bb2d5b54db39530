//! The parts of `cargo xtask test`. Each says what it needs; a part without test files fails.

use std::cell::{OnceCell, RefCell};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench;
use crate::browser::{self, Browser};
use crate::chaos;
use crate::modules;
use crate::package;
use crate::process::{capture, run};
use crate::project::{Project, file_name, files_in, fresh_folder, make_folder};
use crate::server::{self, Server};
use crate::servers;
use crate::size;
use crate::supply;
use crate::term::{self, Context, Failure, Result, progress, table};
use crate::tools;
use crate::webkit::WebKit;

/// One test may take this long; the slowest end-to-end story takes seconds.
const TEST_LIMIT_MS: u32 = 300_000;

/// For the tools of tests/tools together, among them some that build for a minute; each test has a limit of its own.
const TOOLS_LIMIT_MS: u32 = 3_600_000;

/// For all tests in the browser together; the default of 20 s is too short where a browser starts on a busy machine.
const BROWSER_LIMIT_S: u32 = 900;

/// What does not run again in Firefox: files that open both browsers by themselves.
const IN_BROWSERS_OF_THEIR_OWN: &[&str] = &["elements.test.mjs", "elements-people.test.mjs"];

/// Crates that only the browser side may use.
const BROWSER_CRATES: &[&str] = &["wasm-bindgen", "js-sys", "web-sys", "gloo-net", "serde-wasm-bindgen"];

/// Public documentation gets no exception by the second: without private items, such a link is a broken one.
const RUSTDOC_FLAGS: &str = "-D warnings -A rustdoc::private-intra-doc-links";

type Run = fn(&Session) -> Result<()>;

/// Every part, in the order of `cargo xtask test`.
const PARTS: &[(&str, &str, Run)] = &[
    ("check", "format, lints, dependencies of the core, documentation", check),
    ("native", "cargo test --workspace", native),
    ("build", "the package in pkg/dist, and publint", build),
    ("supply", "licences, sources and advisories; both packages as they would be published", supply),
    ("size", "the download within its budget", sizes),
    ("wasm", "tests/web*.rs in headless Chromium, against the example server", wasm),
    ("firefox", "the same tests in headless Firefox", firefox),
    ("webkit", "the same tests in WebKit", webkit),
    ("types", "the package's declarations: tests/types/tsconfig*.json", types),
    ("npm", "the packed package in Node.js: tests/npm/*.test.mjs", npm),
    ("chaos", "1,000 saves of 14 clients on a server that misbehaves: tests/chaos", chaos::part),
    (
        "bench",
        "the answers of the benches on small inputs: natively, in Node.js, in Chromium; and what pages request",
        bench,
    ),
    (
        "browsers",
        "the package in Chromium, Firefox and WebKit, and docs/BROWSERS.md measured: tests/browsers",
        browsers,
    ),
    ("packaging", "the packed package in bundlers, pages and runtimes: tests/packaging/*.test.mjs", packaging),
    (
        "tools",
        "a page of each tool, opened until a save was merged; named, in all versions: tests/tools",
        tools_of_pages,
    ),
    ("docs", "the reference of the API, and every snippet of READMEs and guides", docs),
    ("examples", "mergefetch with other libraries: examples/tests/*.test.mjs", examples),
    ("e2e", "the example page in Chromium, the elements in Firefox too: tests/e2e/*.test.mjs", e2e),
    ("e2e-firefox", "the example page in Firefox", e2e_firefox),
];

/// What one run of xtask has built and found already.
#[derive(Debug)]
pub struct Session<'a> {
    project: &'a Project,
    built: OnceCell<bool>,
    webkit: OnceCell<Option<WebKit>>,
    /// Whether the parts were named: what takes long then does all of it.
    is_named: bool,
    /// What a part leaves out, and why.
    skipped: RefCell<Option<String>>,
}

impl<'a> Session<'a> {
    pub fn new(project: &'a Project) -> Self {
        let (built, webkit, skipped) = (OnceCell::new(), OnceCell::new(), RefCell::new(None));
        Self { project, built, webkit, is_named: false, skipped }
    }

    pub fn project(&self) -> &'a Project {
        self.project
    }

    /// WebKit; none where it cannot be had, which the table of parts then says.
    fn webkit(&self) -> Option<&WebKit> {
        let found = self.webkit.get_or_init(|| WebKit::start(self.project).inspect_err(term::error).ok());
        if found.is_none() {
            self.skip("WebKit: install webkit2gtk-driver and xvfb");
        }
        found.as_ref()
    }

    /// Says in the table of parts what is left out, and why.
    fn skip(&self, what: &str) {
        progress(format_args!("skipped: {what}"));
        let mut skipped = self.skipped.borrow_mut();
        let before = skipped.take().map(|before| before + "; ");
        *skipped = Some(before.unwrap_or_else(|| "skipped: ".to_string()) + what);
    }

    /// Builds the package, once.
    pub fn package(&self) -> Result<()> {
        match self.built.get() {
            Some(true) => Ok(()),
            Some(false) => Err(Failure::new("the package could not be built, see above")),
            None => {
                let result = package::build(self.project);
                let _ = self.built.set(result.is_ok());
                result
            }
        }
    }
}

/// The parts with one line about each.
pub fn list() -> impl Iterator<Item = (&'static str, &'static str)> {
    PARTS.iter().map(|&(name, about, _)| (name, about))
}

/// Runs the named parts, or all; a failure stops none of the later ones.
///
/// # Errors
/// When a name is unknown or a part failed.
pub fn test(project: &Project, names: &[String]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| !PARTS.iter().any(|part| part.0 == name.as_str())) {
        let known: Vec<&str> = list().map(|part| part.0).collect();
        return Err(Failure::new(format!(
            "expected a part of the tests ({}), but found \"{unknown}\"",
            known.join(", ")
        )));
    }
    let session = Session { is_named: !names.is_empty(), ..Session::new(project) };
    let mut rows = vec![["part", "result", "seconds", "reason"].map(str::to_string).to_vec()];
    let mut failed = 0;
    for (name, about, part) in PARTS.iter().filter(|part| names.is_empty() || names.iter().any(|name| name == part.0)) {
        progress(format_args!("== {name}: {about}"));
        let started = term::now();
        let result = part(&session);
        let seconds = started.elapsed().as_secs().to_string();
        let (word, reason) = match &result {
            Ok(()) => ("passed", session.skipped.take().unwrap_or_default()),
            Err(failure) => {
                failed += 1;
                term::error(failure);
                ("FAILED", failure.to_string())
            }
        };
        rows.push(vec![(*name).to_string(), word.to_string(), seconds, reason]);
    }
    let passed = rows.len() - 1 - failed;
    let _ = writeln!(std::io::stdout(), "\n{}parts: {passed} passed, {failed} failed", table(&rows));
    if failed == 0 { Ok(()) } else { Err(Failure::reported()) }
}

/// `cargo xtask check`: all that is checked without running a test.
pub fn check_all(project: &Project) -> Result<()> {
    let session = Session::new(project);
    all([check(&session), build(&session), types(&session), sizes(&session)])
}

/// Joins what failed in steps that do not need each other.
fn all(results: impl IntoIterator<Item = Result<()>>) -> Result<()> {
    let failures: Vec<String> =
        results.into_iter().filter_map(Result::err).map(|failure| failure.to_string()).collect();
    if failures.is_empty() { Ok(()) } else { Err(Failure::new(failures.join("; "))) }
}

fn check(session: &Session) -> Result<()> {
    let project = session.project;
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
    run("native: cargo test", &mut session.project.cargo(&["test", "--workspace"]))
}

fn build(session: &Session) -> Result<()> {
    session.package()?;
    package::lint(session.project)
}

fn supply(session: &Session) -> Result<()> {
    let project = session.project;
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
    modules::crates_at_work(session.project)?;
    size::report(session.project)
}

fn wasm(session: &Session) -> Result<()> {
    let browser = Browser::find(session.project)?;
    let capabilities = browser.capabilities(session.project)?;
    in_browser(session, "chrome", &browser.driver, &capabilities, |command| command)
}

fn firefox(session: &Session) -> Result<()> {
    let project = session.project;
    browser::firefox(project)?;
    let driver = tools::geckodriver(project)?;
    in_browser(session, "firefox", &driver, &project.root("webdriver.json"), |command| command)
}

fn webkit(session: &Session) -> Result<()> {
    let Some(webkit) = session.webkit() else { return Ok(()) };
    // WebKitGTK's driver takes what wasm-bindgen sends to Safari's.
    let capabilities = session.project.root("webdriver.json");
    in_browser(session, "safari", &webkit.driver, &capabilities, |command| webkit.environment(command))
}

fn in_browser(
    session: &Session,
    name: &str,
    driver: &Path,
    capabilities: &Path,
    environment: impl Fn(&mut Command) -> &mut Command,
) -> Result<()> {
    let project = session.project;
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
    let project = session.project;
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
    let project = session.project;
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
    let project = session.project;
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
    in_packaging(session, "packaging", |name| is_node_test(name) && !is_about_docs(name), |command| command)
}

/// One version of each tool, or all of them. What is installed stays in the target folder for the next run.
fn tools_of_pages(session: &Session) -> Result<()> {
    let project = session.project;
    let files = expect_files(project, "tests/tools", "*.test.mjs", is_node_test)?;
    session.package()?;
    let browser = Browser::find(project)?;
    let archive = pack(project)?;
    let mut command = node_test_within(project, &files, TOOLS_LIMIT_MS);
    command.env("MERGEFETCH_ARCHIVE", archive).env("MERGEFETCH_LAB", project.target("projects"));
    command.env("MERGEFETCH_TOOLS", if session.is_named { "all" } else { "first" }).env("CHROME", &browser.chrome);
    run("tools: node --test", &mut command)
}

fn docs(session: &Session) -> Result<()> {
    let project = session.project;
    reference(session)?;
    // What the recipes for servers run in, beside npm packages.
    for name in ["nginx", "apache", "python"] {
        if let Err(failure) = servers::install(project, name) {
            session.skip(&format!("{name}: {failure}"));
        }
    }
    following(session, "docs", is_about_docs)
}

/// The recipes of docs/guide/servers.md, among them those whose servers are there already.
///
/// # Errors
/// When one does not do as it promises.
pub fn recipes(project: &Project) -> Result<()> {
    following(&Session::new(project), "servers", |name| name == RECIPES)
}

/// Runs tests that follow the documents.
fn following(session: &Session, part: &str, wanted: fn(&str) -> bool) -> Result<()> {
    let project = session.project;
    let mut axum = project.cargo(&["build", "--package", "example-server", "--examples"]);
    run(&format!("{part}: the recipe for axum"), &mut axum)?;
    in_packaging(session, part, wanted, |command| {
        command.env("LAB", project.target("servers")).env("RECIPE_BIN", project.target("debug/examples/recipe"))
    })
}

const RECIPES: &str = "servers.test.mjs";

/// The tests in tests/packaging that follow the documents.
fn is_about_docs(name: &str) -> bool {
    ["guide.test.mjs", "readme.test.mjs", RECIPES].contains(&name)
}

fn in_packaging(
    session: &Session,
    part: &str,
    wanted: fn(&str) -> bool,
    environment: impl Fn(&mut Command) -> &mut Command,
) -> Result<()> {
    let project = session.project;
    expect_files(project, "tests/packaging", "*.test.mjs", wanted)?;
    session.package()?;
    let browser = Browser::find(project)?;
    let folder = project.target("packaging");
    let archive = consumer(project, "tests/packaging", &folder)?;
    let server = Server::for_tests(project, part)?;
    let mut command = node_test(project, &files_in(&folder, wanted)?);
    command.env("MERGEFETCH_TEST_SERVER", server.url()).env("CHROME", &browser.chrome);
    command.env("MERGEFETCH_ARCHIVE", archive).env("MERGEFETCH_ROOT", project.root(""));
    environment(&mut command);
    run(&format!("{part}: node --test"), command.current_dir(&folder))
}

/// The reference of the API in target/reference; a word without documentation is an error.
fn reference(session: &Session) -> Result<()> {
    let project = session.project;
    session.package()?;
    let folder = project.target("reference");
    make_folder(&folder)?;
    copy_folder(&project.root("docs/reference"), &folder)?;
    tools::npm_ci(project, &folder)?;
    let mut command = project.command(folder.join("node_modules/.bin/typedoc"));
    command.arg("--options").arg(project.root("docs/reference/typedoc.json"));
    for entry in package::documented(project) {
        command.arg("--entryPoints").arg(entry);
    }
    run("docs: typedoc", command.arg("--out").arg(folder.join("html")))
}

fn examples(session: &Session) -> Result<()> {
    let project = session.project;
    expect_files(project, "examples/tests", "*.test.mjs", is_node_test)?;
    session.package()?;
    let folder = project.target("examples");
    consumer(project, "examples", &folder)?;
    let server = Server::for_tests(project, "examples")?;
    let mut command = node_test(project, &files_in(&folder.join("tests"), is_node_test)?);
    run("examples: node --test", command.env("MERGEFETCH_TEST_SERVER", server.url()).current_dir(&folder))
}

/// A project in `folder` made of the files in `tests`, with the packages of its own lock file, which are kept between runs, and
/// with the packed package among them; its archive.
fn consumer(project: &Project, tests: &str, folder: &Path) -> Result<PathBuf> {
    let archive = pack(project)?;
    make_folder(folder)?;
    // What is not there any more must not be tested any more.
    for file in files_in(folder, |_| true)? {
        fs::remove_file(&file).context(|| format!("remove {}", file.display()))?;
    }
    copy_folder(&project.root(tests), folder)?;
    tools::npm_ci(project, folder)?;
    let package = folder.join("node_modules/mergefetch");
    fresh_folder(&package)?;
    let mut tar = project.command("tar");
    tar.args(["--extract", "--strip-components=1", "--file"]).arg(&archive).arg("--directory").arg(&package);
    run(&format!("{tests}: the archive among its packages"), &mut tar)?;
    Ok(archive)
}

/// Packs pkg/ as `npm publish` would; the archive.
pub fn pack(project: &Project) -> Result<PathBuf> {
    let archives = project.target("test/pack");
    fresh_folder(&archives)?;
    run("npm: npm pack", project.command("npm").args(["pack", "./pkg", "--pack-destination"]).arg(&archives))?;
    let packed = files_in(&archives, |name| name.ends_with(".tgz"))?;
    let [archive] = packed.as_slice() else {
        return Err(Failure::new(format!("expected npm pack to write one archive, but found {}", packed.len())));
    };
    Ok(archive.clone())
}

/// Installs the packed package where nothing else is.
fn install_tarball(project: &Project, folder: &Path) -> Result<()> {
    install_archive(project, &pack(project)?, folder)
}

/// Installs an archive of the package where nothing else is.
pub fn install_archive(project: &Project, archive: &Path, folder: &Path) -> Result<()> {
    fresh_folder(folder)?;
    let manifest = folder.join("package.json");
    fs::write(&manifest, "{ \"name\": \"consumer\", \"private\": true, \"type\": \"module\" }\n")
        .context(|| format!("write {}", manifest.display()))?;
    let mut command = project.command("npm");
    command.args(["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts"]).arg(archive);
    run("npm: npm install of the archive", command.current_dir(folder))
}

fn e2e(session: &Session) -> Result<()> {
    stories(session, "chromium", |_| true)
}

fn e2e_firefox(session: &Session) -> Result<()> {
    stories(session, "firefox", |name| !IN_BROWSERS_OF_THEIR_OWN.contains(&name))
}

fn stories(session: &Session, name: &str, wanted: fn(&str) -> bool) -> Result<()> {
    let project = session.project;
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

fn is_node_test(name: &str) -> bool {
    name.ends_with(".test.mjs")
}

/// One file after the other: browsers side by side on two cores only wait for each other. A failed test may leave a
/// browser open, which must not keep Node.js from ending.
fn node_test(project: &Project, files: &[PathBuf]) -> Command {
    node_test_within(project, files, TEST_LIMIT_MS)
}

/// The limit is one for each test and for each file.
fn node_test_within(project: &Project, files: &[PathBuf], limit_ms: u32) -> Command {
    let mut command = project.command("node");
    command.args(["--test", "--test-reporter=spec", "--test-concurrency=1", "--test-force-exit"]);
    command.arg(format!("--test-timeout={limit_ms}")).args(files);
    command
}

fn expect_files(project: &Project, folder: &str, pattern: &str, wanted: fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let files = files_in(&project.root(folder), wanted)?;
    if files.is_empty() {
        return Err(Failure::new(format!("expected tests in {folder}/{pattern}, but found none")));
    }
    Ok(files)
}

pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    make_folder(to)?;
    for entry in fs::read_dir(from).context(|| format!("read the folder {}", from.display()))? {
        let path = entry.context(|| format!("read the folder {}", from.display()))?.path();
        let copy = to.join(file_name(&path));
        if path.is_dir() {
            copy_folder(&path, &copy)?;
        } else {
            fs::copy(&path, &copy).context(|| format!("copy {}", path.display()))?;
        }
    }
    Ok(())
}
