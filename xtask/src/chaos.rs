//! `cargo xtask chaos`: 14 clients of the packed package against a server that misbehaves (`tests/chaos`).

use std::path::{Path, PathBuf};

use crate::archive::{install_archive, pack};
use crate::process::run;
use crate::project::{Project, copy_folder};
use crate::session::{Session, Shared};
use crate::term::{Failure, Result};

/// The run of `cargo xtask test`, from a fixed seed. The checks themselves are checked first: they may find nothing in
/// a client that takes no chances.
const PART: [&[&str]; 2] =
    [&["--reference", "--in-process", "--saves", "2000", "--seed", "1"], &["--saves", "1000", "--seed", "1"]];

/// Options with a value that the script takes as they are.
const NUMBERS: [&str; 5] = ["--saves", "--seed", "--round", "--saves-per-round", "--trouble"];

/// Options without a value.
const SWITCHES: [&str; 4] = ["--in-process", "--reference", "--fail-fast", "--brief"];

/// The options of `chaos`.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    /// An archive of the package; by default the one that is built here.
    package: Option<PathBuf>,
    /// For the script.
    script: Vec<String>,
}

/// Plays rounds until enough saves are made, and prints each broken promise.
///
/// # Errors
/// When an option is unknown, the package cannot be built or installed, or an invariant did not hold.
pub fn command(project: &Project, arguments: &[String]) -> Result<()> {
    let asked = options(arguments)?;
    if asked.package.is_none() {
        Session::new(&Shared::new(project, false)).package()?;
    }
    let folder = installed(project, asked.package.as_deref())?;
    play(project, &folder, &asked.script)
}

/// The part of the tests.
///
/// # Errors
/// As for [`command`].
pub fn part(session: &Session) -> Result<()> {
    session.package()?;
    let folder = installed(session.project(), None)?;
    for script in PART {
        let script: Vec<String> = script.iter().map(|argument| (*argument).to_string()).collect();
        play(session.project(), &folder, &script)?;
    }
    Ok(())
}

/// A folder with the packed package and the script.
fn installed(project: &Project, archive: Option<&Path>) -> Result<PathBuf> {
    let archive = archive.map_or_else(|| pack(project), |archive| Ok(archive.to_path_buf()))?;
    let folder = project.target("test/chaos");
    install_archive(project, &archive, &folder)?;
    copy_folder(&project.root("tests/chaos"), &folder.join("tests"))?;
    Ok(folder)
}

fn play(project: &Project, folder: &Path, script: &[String]) -> Result<()> {
    let mut command = project.command("node");
    command.arg("tests/run.mjs").args(script).current_dir(folder);
    run(&format!("chaos: node tests/chaos/run.mjs {}", script.join(" ")), &mut command)
}

/// `--package FILE`, also as the environment variable `MERGEFETCH_ARCHIVE`; everything else goes to the script.
fn options(arguments: &[String]) -> Result<Asked> {
    let mut asked = Asked { package: std::env::var_os("MERGEFETCH_ARCHIVE").map(PathBuf::from), script: Vec::new() };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let name = argument.as_str();
        if SWITCHES.contains(&name) {
            asked.script.push(argument.clone());
            continue;
        }
        match (name, rest.next()) {
            ("--package", Some(file)) => asked.package = Some(absolute(Path::new(file))?),
            (_, Some(value)) if NUMBERS.contains(&name) && value.parse::<f64>().is_ok() => {
                asked.script.extend([argument.clone(), value.clone()]);
            }
            _ => return Err(unknown(arguments)),
        }
    }
    Ok(asked)
}

/// Programs run in the root of the repository, even if the command was given in another folder.
fn absolute(file: &Path) -> Result<PathBuf> {
    std::path::absolute(file).map_err(|error| Failure::new(format!("cannot find {}: {error}", file.display())))
}

fn unknown(arguments: &[String]) -> Failure {
    Failure::new(format!(
        "expected `chaos [--saves N] [--seed S] [--in-process] [--package FILE] [--round R] [--trouble P] \
         [--saves-per-round N] [--reference] [--fail-fast] [--brief]`, but found \"{}\"",
        arguments.join(" ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(arguments: &[&str]) -> Option<Asked> {
        options(&arguments.iter().map(|argument| (*argument).to_string()).collect::<Vec<_>>()).ok()
    }

    #[test]
    fn options_go_to_the_script_in_their_order() {
        let found = asked(&["--seed", "7", "--in-process", "--saves", "20"]).map(|asked| asked.script.join(" "));
        assert_eq!(found.as_deref(), Some("--seed 7 --in-process --saves 20"));
    }

    #[test]
    fn an_archive_is_named_by_a_path() {
        let found = asked(&["--package", "/tmp/a.tgz"]).and_then(|asked| asked.package);
        assert_eq!(found.as_deref(), Some(Path::new("/tmp/a.tgz")));
    }

    #[test]
    fn a_wrong_option_is_refused() {
        for wrong in [&["--seed"][..], &["--seed", "x"], &["7"], &["--save", "7"], &["--package"]] {
            assert_eq!(asked(wrong), None, "{wrong:?}");
        }
    }
}
