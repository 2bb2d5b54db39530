//! The documents: the reference of the API, and tests that follow guides, READMEs and recipes.

use std::path::PathBuf;
use std::process::Command;

use crate::archive::consumer;
use crate::browser::Browser;
use crate::node_tests::{expect_files, node_test};
use crate::package;
use crate::process::run;
use crate::project::{Project, copy_folder, files_in, fresh_folder, make_folder};
use crate::server::Server;
use crate::session::{Session, Shared};
use crate::term::Result;
use crate::tools;

const RECIPES: &str = "servers.test.mjs";

/// The built site.
const SITE: &str = "site/.vitepress/dist";

/// The reference of the API in target/reference; a word without documentation is an error.
pub fn reference(session: &Session) -> Result<()> {
    let project = session.project();
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

/// The site in target/site, from the pages of the repository, the reference, and the built package. Returns its folder.
///
/// # Errors
/// When a page cannot be built, or a link leads nowhere.
pub fn site(session: &Session) -> Result<PathBuf> {
    let project = session.project();
    reference(session)?;
    let mut doc = project.cargo(&["doc", "--no-deps", "--package", "mergefetch", "--lib"]);
    run("docs: cargo doc", &mut doc)?;
    let folder = project.target("site");
    make_folder(&folder)?;
    copy_folder(&project.root("docs/site"), &folder)?;
    tools::npm_ci(project, &folder)?;
    let prepare = folder.join("prepare.mjs");
    run("docs: pages", project.command("node").arg(prepare).arg(project.root("")).arg(&folder))?;
    for (from, to) in [
        (project.root("pkg/dist"), "mergefetch"),
        (project.target("reference/html"), "reference"),
        (project.target("doc"), "rust"),
    ] {
        let to = folder.join("public").join(to);
        fresh_folder(&to)?;
        copy_folder(&from, &to)?;
    }
    let mut vitepress = project.command(folder.join("node_modules/.bin/vitepress"));
    vitepress.arg("build").current_dir(&folder).env("MERGEFETCH_ROOT", project.root(""));
    run("docs: vitepress build", &mut vitepress)?;
    Ok(project.target(SITE))
}

/// The recipes of docs/guide/servers.md, among them those whose servers are there already.
///
/// # Errors
/// When one does not do as it promises.
pub fn recipes(project: &Project) -> Result<()> {
    following(&Session::new(&Shared::new(project, false)), "servers", |name| name == RECIPES)
}

/// Runs tests that follow the documents.
pub fn following(session: &Session, part: &str, wanted: fn(&str) -> bool) -> Result<()> {
    let project = session.project();
    let mut axum = project.cargo(&["build", "--package", "example-server", "--examples"]);
    run(&format!("{part}: the recipe for axum"), &mut axum)?;
    in_packaging(session, part, wanted, |command| {
        command
            .env("MERGEFETCH_SITE", project.target(SITE))
            .env("LAB", project.target("servers"))
            .env("RECIPE_BIN", project.target("debug/examples/recipe"))
    })
}

/// The tests in tests/packaging that follow the documents.
pub fn is_about_docs(name: &str) -> bool {
    ["guide.test.mjs", "readme.test.mjs", "site.test.mjs", RECIPES].contains(&name)
}

pub fn in_packaging(
    session: &Session,
    part: &str,
    wanted: fn(&str) -> bool,
    environment: impl Fn(&mut Command) -> &mut Command,
) -> Result<()> {
    let project = session.project();
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
