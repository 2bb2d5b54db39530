//! Set-up: each step runs only where something is missing, and says so.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::process::{capture, run, succeeds};
use crate::project::{Project, find_program};
use crate::term::{self, Context, Failure, Result};

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Pinned, as a newer one may ask for another wasm-bindgen CLI.
const WASM_PACK_VERSION: &str = "0.15.1";
const WASM_SPLIT: &str = "wasm_split_cli_support";
const WASM_SPLIT_VERSION: &str = "0.2.4";
const GECKODRIVER_VERSION: &str = "0.37.1";

/// `node --test` has all options used here since this version.
const OLDEST_NODE: (u32, u32) = (20, 14);

/// Held by each step: parts that run side by side need the same tools.
static STEP: Mutex<()> = Mutex::new(());

fn one_at_a_time() -> MutexGuard<'static, ()> {
    STEP.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The standard library for wasm.
pub fn wasm_target(project: &Project) -> Result<()> {
    let _guard = one_at_a_time();
    let folder =
        capture("rustc", project.command("rustc").args(["--print", "target-libdir", "--target", WASM_TARGET]))?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    run(
        &format!("set-up: rustup target add {WASM_TARGET}"),
        project.command("rustup").args(["target", "add", WASM_TARGET]),
    )
}

/// rustfmt and clippy, which rustup's minimal profile leaves out.
pub fn lint_components(project: &Project) -> Result<()> {
    let _guard = one_at_a_time();
    if succeeds(&mut project.cargo(&["clippy", "--version"])) && succeeds(&mut project.cargo(&["fmt", "--version"])) {
        return Ok(());
    }
    run(
        "set-up: rustup component add clippy rustfmt",
        project.command("rustup").args(["component", "add", "clippy", "rustfmt"]),
    )
}

/// The wasm-bindgen CLI in the version of the crate, which it gives back: glue and module must come from the same one.
pub fn wasm_bindgen(project: &Project) -> Result<String> {
    let manifest = project.root("Cargo.toml");
    let text = fs::read_to_string(&manifest).context(|| "read Cargo.toml".to_string())?;
    let version = pinned_version(&text, "wasm-bindgen")
        .ok_or_else(|| Failure::new("Cargo.toml must pin the crate with `wasm-bindgen = \"=x.y.z\"`"))?;
    install(project, "wasm-bindgen", "wasm-bindgen-cli", version)?;
    Ok(version.to_string())
}

/// The program that drives Firefox.
pub fn geckodriver(project: &Project) -> Result<PathBuf> {
    install(project, "geckodriver", "geckodriver", GECKODRIVER_VERSION)?;
    Ok(project.tool("geckodriver"))
}

/// The program that splits the linked module into core and engine.
pub fn wasm_split(project: &Project) -> Result<()> {
    let _guard = one_at_a_time();
    // It does not print its version, but cargo notes installed versions.
    let noted = format!("\"{WASM_SPLIT} {WASM_SPLIT_VERSION} ");
    let is_installed =
        || fs::read_to_string(project.target("tools/.crates.toml")).is_ok_and(|notes| notes.contains(&noted));
    if is_installed() && project.tool("wasm-split-cli").is_file() {
        return Ok(());
    }
    let mut command = installation(project, WASM_SPLIT, WASM_SPLIT_VERSION);
    command.args(["--features", "build-binary"]);
    run(&format!("set-up: cargo install {WASM_SPLIT} {WASM_SPLIT_VERSION} (some minutes, once)"), &mut command)?;
    match is_installed() {
        true => Ok(()),
        false => Err(Failure::new(format!("expected {WASM_SPLIT} {WASM_SPLIT_VERSION} after its installation"))),
    }
}

pub fn wasm_pack(project: &Project) -> Result<()> {
    install(project, "wasm-pack", "wasm-pack", WASM_PACK_VERSION)
}

/// The version in a line `name = "=x.y.z"` or `name = { version = "=x.y.z", … }`.
fn pinned_version<'a>(manifest: &'a str, name: &str) -> Option<&'a str> {
    let value = manifest.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='))?;
    value.split_once("\"=")?.1.split('"').next()
}

fn install(project: &Project, program: &str, package: &str, version: &str) -> Result<()> {
    let _guard = one_at_a_time();
    let expected = format!("{program} {version}");
    let installed = || {
        let told = capture(program, Command::new(project.tool(program)).arg("--version")).unwrap_or_default();
        // Some say more than their name and version.
        told.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
    };
    if installed() == expected {
        return Ok(());
    }
    let mut command = installation(project, package, version);
    run(&format!("set-up: cargo install {package} {version} (some minutes, once)"), &mut command)?;
    let found = installed();
    if found == expected {
        return Ok(());
    }
    Err(Failure::new(format!("expected {expected} after its installation, but found \"{found}\"")))
}

fn installation(project: &Project, package: &str, version: &str) -> Command {
    // Without `--locked`: a registry need not have the patch versions that were locked at publication.
    let mut command = project.cargo(&["install", "--force", "--version", version, package, "--root"]);
    command
        .arg(project.target("tools"))
        .env("CARGO_TARGET_DIR", project.target("tools/build"))
        .env("CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS", "fallback")
        // They run for a moment and are compiled for minutes.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    command
}

/// Deletes files that only the compilation of the tools needed.
pub fn clean_up(project: &Project) -> Result<()> {
    let _guard = one_at_a_time();
    let folder = project.target("tools/build");
    if folder.is_dir() {
        fs::remove_dir_all(&folder).context(|| format!("remove {}", folder.display()))?;
    }
    Ok(())
}

/// Node.js and the packages of package-lock.json.
pub fn node_modules(project: &Project) -> Result<()> {
    npm_ci(project, &project.root(""))
}

/// The packages of the lock file in `folder`, where they are not there yet.
pub fn npm_ci(project: &Project, folder: &Path) -> Result<()> {
    let _guard = one_at_a_time();
    node(project)?;
    let lock = folder.join("package-lock.json");
    let lock = fs::read(&lock).context(|| format!("read {}", lock.display()))?;
    let stamp = folder.join("node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let options = ["ci", "--no-audit", "--no-fund", "--no-update-notifier"];
    run("set-up: npm ci", project.command("npm").args(options).current_dir(folder))?;
    fs::write(&stamp, lock).context(|| format!("write {}", stamp.display()))
}

fn node(project: &Project) -> Result<()> {
    let (major, minor) = OLDEST_NODE;
    let wanted =
        || Failure::new(format!("install Node.js {major}.{minor} or newer together with npm, and start again"));
    if find_program(&["npm"]).is_none() {
        return Err(wanted());
    }
    let found = capture("node", project.command("node").arg("--version")).map_err(|_| wanted())?;
    match version(&found) {
        Some(version) if version >= OLDEST_NODE => Ok(()),
        _ => Err(Failure::new(format!("expected Node.js {major}.{minor} or newer, but found {}", found.trim()))),
    }
}

/// The first two numbers of the first word in `text` that has dots.
pub fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit() && c != '.').find(|word| word.contains('.'))?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Installs Debian packages where we may; otherwise the caller names the missing ones.
pub fn apt_install(project: &Project, packages: &[&str]) -> Result<()> {
    let _guard = one_at_a_time();
    let missing = || Failure::new(format!("install the packages {} and start again", packages.join(", ")));
    let apt = find_program(&["apt-get"]).ok_or_else(missing)?;
    let as_root = capture("id", project.command("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let with_sudo = || succeeds(project.command("sudo").args(["-n", "true"]));
    if !as_root && !with_sudo() {
        return Err(missing());
    }
    let apt_get = |arguments: &[&str]| {
        let mut command = if as_root { project.command("env") } else { project.command("sudo") };
        if !as_root {
            command.args(["-n", "env"]);
        }
        command.arg("DEBIAN_FRONTEND=noninteractive").arg(&apt).args(arguments);
        command
    };
    run("set-up: apt-get update", &mut apt_get(&["update"])).map_err(|_| missing())?;
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(packages);
    run(&format!("set-up: apt-get install {}", packages.join(" ")), &mut apt_get(&arguments)).map_err(|error| {
        term::error(&error);
        missing()
    })
}

/// A path from an environment variable, which must name a file.
pub fn from_environment(variable: &str) -> Result<Option<PathBuf>> {
    let Some(value) = std::env::var_os(variable).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let path = PathBuf::from(value);
    if path.is_file() {
        return Ok(Some(path));
    }
    Err(Failure::new(format!("expected {variable} to name a program, but found {}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pinned_version_is_read_from_both_forms_of_a_dependency() {
        assert_eq!(pinned_version("[dependencies]\nwasm-bindgen = \"=0.2.130\"\n", "wasm-bindgen"), Some("0.2.130"));
        let table = "wasm-bindgen-futures = \"0.4\"\nwasm-bindgen = { version = \"=1.2.3\", features = [] }";
        assert_eq!(pinned_version(table, "wasm-bindgen"), Some("1.2.3"));
    }

    #[test]
    fn a_version_that_is_not_pinned_is_none() {
        assert_eq!(pinned_version("wasm-bindgen = \"0.2.130\"", "wasm-bindgen"), None);
        assert_eq!(pinned_version("wasm-bindgen-test = \"=0.3.80\"", "wasm-bindgen"), None);
    }

    #[test]
    fn the_version_is_found_among_words() {
        assert_eq!(version("v20.20.2\n"), Some((20, 20)));
        let chromium = "Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)";
        assert_eq!(version(chromium), Some((156, 0)));
        assert_eq!(version("no version"), None);
        assert!(version("v9.14.0") < Some(OLDEST_NODE));
    }
}
