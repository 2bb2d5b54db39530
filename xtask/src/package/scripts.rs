//! The scripts of the package: the TypeScript facade, folded with the glue into the entry points.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::glue;
use super::modules::LINK_SCRIPT;
use crate::process::run;
use crate::project::{Project, files_in, fresh_folder, make_folder};
use crate::term::{Context, Failure, Result};
use crate::tricks;

/// The scripts that a page imports, or loads later. All others are folded into these. The code that a page needs before its first document is in
/// one script, which each of them imports.
const ENTRIES: &[&str] = &[
    "index.js",
    "api.js",
    "helpers.js",
    "document.js",
    "watch.js",
    "outbox.js",
    "service-worker.js",
    "node.js",
    "worker.js",
];

/// The scripts that `index.js` loads when they are needed: the glue of the modules, and its callers.
const LATER: &[&str] = &["with-core.js", "with-engine.js", "own-adapter.js", "database.js"];

/// Scripts that load nothing later. Each is folded by itself: an import that one script needs at once, and another one later, would be a script
/// of its own.
const AT_ONCE: &[&str] = &["inline.js", "worker-thread.js"];

/// Entry points for frameworks. Folded by themselves, without the frameworks: a page has those, and needs none of these before its first document.
const FRAMEWORKS: &[&str] = &["react.js", "vue.js", "svelte.js", "react-hook-form.js", "tanstack-form.js"];

/// The entry points that people import by name; the other entry points are copies of these for some tool, or parts of them.
const NAMED: &[&str] = &[
    "index.js",
    "document.js",
    "helpers.js",
    "watch.js",
    "outbox.js",
    "service-worker.js",
    "inline.js",
    "worker.js",
    ELEMENT,
    DOCTOR,
];

const GLUE_SCRIPT: &str = "core/mergefetch.js";

/// Folded by itself, with an import of `api.js` for the code that it shares with the others: as one entry among them it would cut their common
/// script in two, which costs every page 430 bytes in brotli.
const ELEMENT: &str = "element.js";

/// The check of servers. Folded by itself, as [`ELEMENT`]: nothing else needs any of it.
const DOCTOR: &str = "doctor.js";

/// The script that the elements load when a conflict is first shown. Folded by itself: it imports shared code from the script of the elements.
const ELEMENT_LATER: &str = "element-later.js";

/// The sources of the entry points that people import by name.
pub fn documented(project: &Project) -> Vec<PathBuf> {
    let sources = NAMED
        .iter()
        .chain(FRAMEWORKS)
        .map(|entry| project.root(&format!("pkg/src/entries/{}", entry.replace(".js", ".ts"))));
    sources.filter(|source| source.is_file()).collect()
}

/// The modules as text. By itself: some entry points load it with themselves, others only when they need it.
const MODULE_TEXT: &str = "module-text.js";

/// The entry points that share the state of the modules: in development all of them come as they are, or none.
const FOR_DEVELOPMENT: [&str; 9] =
    ["index.js", ELEMENT, "document.js", "helpers.js", "watch.js", "outbox.js", "inline.js", "worker.js", DOCTOR];

/// Before they serve a page, development servers bundle the packages that it imports. Vite 5 to 7 forget about files beside a package:
/// the addresses of modules and worker then lead nowhere. They do not bundle a path that ends like a file that is no script, also in its query,
/// which browsers and other tools ignore.
const AS_IT_IS: &str = "?as-it-is.webmanifest";

/// No function here is called with `new`, or looked at for its `prototype`: any may be an arrow or a method.
const TERSER: &str = "passes=3,hoist_funs,unsafe_arrows,unsafe_methods";

/// The TypeScript facade in `pkg/dist`.
pub(super) fn build(project: &Project) -> Result<()> {
    let folder = project.root("pkg/dist");
    make_folder(&folder)?;
    // tsc leaves the output of removed sources.
    for file in files_in(&folder, |_| true)? {
        fs::remove_file(&file).context(|| format!("remove {}", file.display()))?;
    }
    for room in rooms(project)? {
        fresh_folder(&folder.join(room))?;
    }
    let scripts = project.target("xtask-facade");
    fresh_folder(&scripts)?;
    let tsc = |label: &str, options: &[&str], into: &Path| {
        let mut command = project.npm_tool("tsc");
        run(label, command.args(["--project", "pkg/tsconfig.json"]).args(options).arg("--outDir").arg(into))
    };
    tsc("build: tsc, declarations", &["--emitDeclarationOnly"], &folder)?;
    tsc("build: tsc, scripts", &["--declaration", "false"], &scripts)?;
    fold(project, &scripts)?;
    for_development(&folder.join("development"))
}

/// The folders of `pkg/src`. The package has their declarations; scripts lie beside each other.
fn rooms(project: &Project) -> Result<Vec<OsString>> {
    let sources = project.root("pkg/src");
    let entries = fs::read_dir(&sources).context(|| format!("read {}", sources.display()))?;
    Ok(entries.filter_map(|entry| Some(entry.ok()?.file_name())).filter(|name| sources.join(name).is_dir()).collect())
}

/// Writes the entry points of the condition `development`.
fn for_development(folder: &Path) -> Result<()> {
    fresh_folder(folder)?;
    for entry in FOR_DEVELOPMENT.iter().chain(FRAMEWORKS) {
        fs::write(folder.join(entry), format!("export * from \"../{entry}{AS_IT_IS}\";\n"))
            .context(|| format!("write development/{entry}"))?;
    }
    Ok(())
}

/// Folds modules and glue into the entry points, without comments and long names: those are for the declarations.
fn fold(project: &Project, scripts: &Path) -> Result<()> {
    make_folder(&scripts.join("core"))?;
    for script in [GLUE_SCRIPT, LINK_SCRIPT, "core/inline.js"] {
        let made = project.root("pkg/dist").join(script);
        let mut text = fs::read_to_string(&made).context(|| format!("read {}", made.display()))?;
        if script == GLUE_SCRIPT {
            text = glue::without_unused(&text)
                .ok_or_else(|| Failure::new("expected glue as wasm-bindgen writes it, but found another"))?;
        }
        fs::write(scripts.join(script), text).context(|| format!("write {script}"))?;
    }
    let entries = |names: &[&str]| names.iter().map(|name| entry(scripts, name)).collect::<Vec<OsString>>();
    let texts = files_in(&scripts.join("element/texts"), |name| name.ends_with(".js"))?;
    let elements = entries(&[ELEMENT]).into_iter().chain(texts.into_iter().map(PathBuf::into_os_string));
    run(
        "build: esbuild",
        esbuild(project, &mut project.npm_tool("esbuild"), scripts)
            .args(entries(ENTRIES))
            .args(entries(LATER))
            .args(["--splitting", "--external:*/module-text.js"]),
    )?;
    let shared = LATER.iter().chain(&["api.js", MODULE_TEXT]).map(|script| format!("--external:*/{script}"));
    run(
        "build: esbuild, what loads nothing later",
        esbuild(project, &mut project.npm_tool("esbuild"), scripts).args(entries(AT_ONCE)).args(shared),
    )?;
    run(
        "build: esbuild, the modules as text",
        esbuild(project, &mut project.npm_tool("esbuild"), scripts).args(entries(&[MODULE_TEXT])),
    )?;
    run(
        "build: esbuild, the elements",
        esbuild(project, &mut project.npm_tool("esbuild"), scripts)
            .args(elements)
            .arg("--external:*/api.js")
            .arg(format!("--external:*/{ELEMENT_LATER}")),
    )?;
    run(
        "build: esbuild, what the elements load later",
        esbuild(project, &mut project.npm_tool("esbuild"), scripts)
            .args(entries(&[ELEMENT_LATER]))
            .arg("--external:*/api.js")
            .arg(format!("--external:*/{ELEMENT}")),
    )?;
    run(
        "build: esbuild, for frameworks",
        esbuild(project, &mut project.npm_tool("esbuild"), scripts).args(entries(FRAMEWORKS)).args([
            "--external:*/api.js",
            "--external:*/document.js",
            "--external:react",
            "--external:vue",
        ]),
    )?;
    run(
        "build: esbuild, the check of servers",
        esbuild(project, &mut project.npm_tool("esbuild"), scripts).args(entries(&[DOCTOR])).arg("--external:*/api.js"),
    )?;
    if tricks::is_without(&tricks::TERSER) {
        return Ok(());
    }
    // terser makes the output of esbuild 3 % smaller, as it simplifies an expression more than once.
    for folder in ["pkg/dist", "pkg/dist/element/texts"] {
        for script in files_in(&project.root(folder), |name| name.ends_with(".js"))? {
            let mut terser = project.npm_tool("terser");
            terser.arg(&script).args(["--module", "--ecma", "2020", "--mangle", "--compress", TERSER, "--output"]);
            run("build: terser", terser.arg(&script))?;
        }
    }
    Ok(())
}

/// An entry point as esbuild takes it, with the name of the script that it makes.
fn entry(scripts: &Path, name: &str) -> OsString {
    let mut made_of = OsString::from(name.strip_suffix(".js").unwrap_or(name));
    made_of.push("=");
    made_of.push(scripts.join("entries").join(name));
    made_of
}

fn esbuild<'a>(project: &Project, command: &'a mut Command, scripts: &Path) -> &'a mut Command {
    let [mut outdir, mut outbase] = ["--outdir=", "--outbase="].map(OsString::from);
    outdir.push(project.root("pkg/dist"));
    outbase.push(scripts);
    command
        .args(["--bundle", "--format=esm", "--target=es2022", "--minify"])
        .args(["--legal-comments=none", "--log-level=warning", "--external:node:*"])
        .args([outdir, outbase])
}
