//! The benches: natively, from JavaScript in Node.js and Chromium, and beside rivals, on the same inputs in one run.

use std::path::Path;

use crate::browser::Browser;
use crate::parts::Session;
use crate::process::run;
use crate::project::{Project, make_folder};
use crate::term::{Failure, Result};
use crate::tools;

/// `--quick` runs everything once on small inputs and only checks answers.
pub fn command(project: &Project, arguments: &[String]) -> Result<()> {
    let is = |name: &str| arguments.iter().any(|argument| argument == name);
    if let Some(unknown) = arguments.iter().find(|name| !["--quick", "--peers"].contains(&name.as_str())) {
        return Err(Failure::new(format!("expected `bench [--quick] [--peers]`, but found \"{unknown}\"")));
    }
    let session = Session::new(project);
    if is("--quick") {
        return quick(&session, is("--peers"));
    }
    session.package()?;
    for name in ["text", "json", "growth"] {
        let bench = ["bench", "--package", "mergefetch", "--bench", name];
        run(&format!("bench: cargo bench --bench {name}"), &mut project.cargo(&bench))?;
    }
    let answers = project.target("bench/answers");
    make_folder(&answers)?;
    let mut native = project.cargo(&["bench", "--package", "mergefetch", "--bench", "text", "--"]);
    run("bench: the native run for JavaScript", native.args(["--runs=9", &flag("answers", &answers)]))?;
    javascript(project, &answers, 9, is("--peers"))
}

/// The smoke run: the same answers natively and from JavaScript, on small inputs.
pub fn quick(session: &Session, peers: bool) -> Result<()> {
    let project = session.project();
    session.package()?;
    let answers = project.target("bench/quick");
    make_folder(&answers)?;
    // In the profile of the tests: what is built already is enough for answers.
    for name in ["text", "json", "growth"] {
        let smoke = ["test", "--package", "mergefetch", "--bench", name, "--", "--smoke"];
        run(&format!("bench: {name} on small inputs"), &mut project.cargo(&smoke))?;
    }
    let mut native = project.cargo(&["test", "--package", "mergefetch", "--bench", "text", "--", "--smoke"]);
    run("bench: the native answers", native.arg(flag("answers", &answers)))?;
    javascript(project, &answers, 1, peers)
}

fn flag(name: &str, path: &Path) -> String {
    format!("--{name}={}", path.display())
}

fn javascript(project: &Project, answers: &Path, runs: u32, peers: bool) -> Result<()> {
    let mut growth = project.command("node");
    growth.arg(project.root("benches/js/growth.mjs")).arg(flag("dist", &project.root("pkg/dist")));
    run("bench: growth from JavaScript", growth.arg(format!("--runs={runs}")))?;
    let browser = Browser::find(project)?;
    let mut command = project.command("node");
    command
        .arg(project.root("benches/js/bench.mjs"))
        .arg(flag("answers", answers))
        .arg(flag("dist", &project.root("pkg/dist")))
        .arg(flag("chrome", &browser.chrome))
        .arg(format!("--runs={runs}"));
    if peers {
        tools::npm_ci(project, &project.root("benches/peers"))?;
        command.arg("--peers");
    }
    run("bench: from JavaScript", &mut command)
}
