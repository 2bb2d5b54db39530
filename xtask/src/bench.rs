//! The benches: natively, from JavaScript in Node.js and Chromium, and beside rivals, on the same inputs in one run; and the speed of a page.

use std::path::Path;

use crate::browser::Browser;
use crate::process::run;
use crate::project::{Project, make_folder};
use crate::session::{Session, Shared};
use crate::term::{Failure, Result};
use crate::tools;

/// How often each page runs, where nobody says it.
const PAGE_RUNS: u32 = 5;

#[derive(Debug, PartialEq, Eq)]
struct Options {
    is_quick: bool,
    peers: bool,
    /// The runs of each page; none for the benches of merges.
    page: Option<u32>,
}

/// `--quick` runs everything once on small inputs and only checks answers.
pub fn command(project: &Project, arguments: &[String]) -> Result<()> {
    let Options { is_quick, peers, page: page_runs } = options(arguments)?;
    let shared = Shared::new(project, false);
    let session = Session::new(&shared);
    if let Some(runs) = page_runs {
        session.package()?;
        return page(project, (!is_quick).then_some(runs));
    }
    if is_quick {
        return quick(&session, peers);
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
    javascript(project, &answers, 9, peers)
}

fn options(arguments: &[String]) -> Result<Options> {
    let wrong = || {
        let found = arguments.join(" ");
        Failure::new(format!("expected `bench [--quick] [--peers | --page [--runs N]]`, but found \"{found}\""))
    };
    let mut options = Options { is_quick: false, peers: false, page: None };
    let mut runs = None;
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        match argument {
            "--quick" => options.is_quick = true,
            "--peers" => options.peers = true,
            "--page" => options.page = Some(PAGE_RUNS),
            "--runs" => {
                let number = rest.next().and_then(|value| value.parse().ok()).filter(|number| *number > 0);
                runs = Some(number.ok_or_else(wrong)?);
            }
            _ => return Err(wrong()),
        }
    }
    let is_contradiction = if options.page.is_some() { options.peers } else { runs.is_some() };
    options.page = options.page.map(|default| runs.unwrap_or(default));
    if is_contradiction { Err(wrong()) } else { Ok(options) }
}

/// The quick run: the same answers natively and from JavaScript on small inputs, and the content of the pages.
pub fn quick(session: &Session, peers: bool) -> Result<()> {
    let project = session.project();
    session.package()?;
    let answers = project.target("bench/quick");
    make_folder(&answers)?;
    // In the profile of the tests, as that build exists already and answers are independent of it.
    for name in ["text", "json", "growth"] {
        let smoke = ["test", "--package", "mergefetch", "--bench", name, "--", "--smoke"];
        run(&format!("bench: {name} on small inputs"), &mut project.cargo(&smoke))?;
    }
    let mut native = project.cargo(&["test", "--package", "mergefetch", "--bench", "text", "--", "--smoke"]);
    run("bench: the native answers", native.arg(flag("answers", &answers)))?;
    javascript(project, &answers, 1, peers)?;
    page(project, None)
}

/// The time until the page of an application shows its document: beside others, in so many runs. Without a number each page runs once, and only what
/// it shows and requests is checked.
fn page(project: &Project, runs: Option<u32>) -> Result<()> {
    tools::npm_ci(project, &project.root("benches/peers"))?;
    let browser = Browser::find(project)?;
    let mut command = project.command("node");
    command
        .arg(project.root("benches/page/bench.mjs"))
        .arg(flag("dist", &project.root("pkg/dist")))
        .arg(flag("out", &project.target("bench/page")))
        .arg(flag("chrome", &browser.chrome));
    match runs {
        Some(runs) => run("bench: pages on a slow network", command.arg(format!("--runs={runs}"))),
        None => run("bench: what pages show and request", command.arg("--quick")),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_in_any_order() {
        let of = |line: &str| options(&line.split_whitespace().map(str::to_string).collect::<Vec<_>>()).ok();
        let given = |is_quick, peers, page| Some(Options { is_quick, peers, page });
        assert_eq!(of(""), given(false, false, None));
        assert_eq!(of("--peers --quick"), given(true, true, None));
        assert_eq!(of("--page"), given(false, false, Some(PAGE_RUNS)));
        assert_eq!(of("--runs 9 --page"), given(false, false, Some(9)));
        assert_eq!(of("--page --quick"), given(true, false, Some(PAGE_RUNS)));
        for wrong in ["--runs 9", "--page --runs", "--page --runs 0", "--page --runs x", "--page --peers", "page"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
