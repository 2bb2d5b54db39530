//! How many bytes a page downloads for the library, by when it needs them, and whether that is within the limits.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::modules;
use crate::package::{ENGINE, MODULE, NAMED_MODULE, is_split};
use crate::process::capture;
use crate::project::Project;
use crate::term::{Context, Failure, Result, progress, table};
use crate::tricks::{self, TRICKS};

/// The most that the core may have; brotli, in bytes. A change that needs more must save it elsewhere; docs/SIZE.md explains each raise.
/// Code that moves into the engine lowers this.
const CORE_CEILING: u64 = 88_900;

/// The same for the scripts that the core needs, beyond those before the first document.
const WITH_CORE_CEILING: u64 = 5_500;
/// The engine with its scripts.
const ENGINE_CEILING: u64 = 207_000;

/// The files that a page loads at some moment, beyond the files that it has. Limits are bytes in brotli; docs/DESIGN.md has the goals.
struct Part {
    name: &'static str,
    module: Option<&'static str>,
    /// The script that the page asks for, with all that it imports.
    entry: &'static str,
    /// The scripts that the page has already.
    has: &'static [&'static str],
    /// Scripts that count as well, as the page had to load them before.
    with: &'static [&'static str],
    ceiling: u64,
    design: u64,
}

const FIRST: &str = "index.js";
const WITH_CORE: &str = "with-core.js";

/// An entry for a framework, beyond documents in forms and without the framework.
const fn for_framework(name: &'static str, entry: &'static str) -> Part {
    Part { name, module: None, entry, has: &[FIRST, "document.js"], with: &[], ceiling: 2_000, design: 2_000 }
}

const PARTS: &[Part] = &[
    Part {
        name: "scripts before the first document",
        module: None,
        entry: FIRST,
        has: &[],
        with: &[],
        ceiling: 13_000,
        design: 13_000,
    },
    Part {
        name: "these, the core and its scripts",
        module: Some(MODULE),
        entry: WITH_CORE,
        has: &[],
        with: &[FIRST],
        ceiling: 13_000 + CORE_CEILING + WITH_CORE_CEILING,
        design: 70_000,
    },
    Part {
        name: "the engine and its scripts",
        module: Some(ENGINE),
        entry: "with-engine.js",
        has: &[FIRST, WITH_CORE],
        with: &[],
        ceiling: ENGINE_CEILING,
        design: 115_000,
    },
    Part {
        name: "mergefetch/document",
        module: None,
        entry: "document.js",
        has: &[FIRST],
        with: &[],
        ceiling: 9_000,
        design: 9_000,
    },
    Part {
        name: "mergefetch/outbox",
        module: None,
        entry: "outbox.js",
        has: &[FIRST, "document.js"],
        with: &[],
        ceiling: 2_000,
        design: 2_000,
    },
    Part {
        name: "mergefetch/watch",
        module: None,
        entry: "watch.js",
        has: &[FIRST, "document.js"],
        with: &[],
        ceiling: 1_500,
        design: 1_500,
    },
    Part {
        name: "mergefetch/doctor",
        module: None,
        entry: "doctor.js",
        has: &[FIRST],
        with: &[],
        ceiling: 6_000,
        design: 6_000,
    },
    for_framework("mergefetch/react", "react.js"),
    for_framework("mergefetch/vue", "vue.js"),
    for_framework("mergefetch/svelte", "svelte.js"),
    for_framework("mergefetch/react-hook-form", "react-hook-form.js"),
    for_framework("mergefetch/tanstack-form", "tanstack-form.js"),
    Part {
        name: "the element until a first conflict",
        module: None,
        entry: "element.js",
        has: &[FIRST],
        with: &[],
        ceiling: 22_000,
        design: 22_000,
    },
    Part {
        name: "what the element loads later",
        module: None,
        entry: "element-later.js",
        has: &[FIRST, "element.js"],
        with: &[],
        ceiling: 10_000,
        design: 10_000,
    },
];

/// Node has both compressors, at the levels that servers use for files that do not change.
const SCRIPT: &str = "
const { readFileSync } = require('node:fs');
const { brotliCompressSync, gzipSync, constants: c } = require('node:zlib');
for (const file of process.argv.slice(1)) {
  const bytes = readFileSync(file);
  const params = { [c.BROTLI_PARAM_QUALITY]: 11, [c.BROTLI_PARAM_LGWIN]: 22, [c.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  console.log(bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes, { params }).length);
}";

/// Bytes of some files, each compressed by itself, as a server sends them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Bytes {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

impl Bytes {
    fn plus(self, other: Self) -> Self {
        Self { raw: self.raw + other.raw, gzip: self.gzip + other.gzip, brotli: self.brotli + other.brotli }
    }
}

/// The document with the sizes, between markers.
const PAGE: &str = "docs/SIZE.md";
/// Builds of the same sources in different folders differ by less than this.
const TOLERANCE: u64 = 400;
/// A trick that saves less of the first download is not worth its code.
const LEAST_SAVING: u64 = 500;
/// All that a page loads which reads and saves.
const FIRST_DOWNLOAD: &str = "these, the core and its scripts";

fn markers(name: &str) -> [String; 2] {
    [format!("<!-- {name}: written by cargo xtask size -->\n"), format!("<!-- end of {name} -->")]
}

/// The text between the markers of `name`.
fn between<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let [start, end] = markers(name);
    Some(page.split_once(&start)?.1.split_once(&end)?.0)
}

fn read_page(project: &Project) -> Result<String> {
    fs::read_to_string(project.root(PAGE)).context(|| format!("read {PAGE}"))
}

fn write_between(project: &Project, name: &str, text: &str) -> Result<()> {
    let page = read_page(project)?;
    let old = between(&page, name).ok_or_else(|| Failure::new(format!("expected the markers of {name} in {PAGE}")))?;
    let [start, end] = markers(name);
    let page = page.replace(&format!("{start}{old}{end}"), &format!("{start}{text}{end}"));
    fs::write(project.root(PAGE), page).context(|| format!("write {PAGE}"))
}

/// The sizes of the built package in brotli: the core, then each part.
fn sizes(project: &Project) -> Result<Vec<(&'static str, u64)>> {
    let mut all = vec![("the core alone", measure(project, &[project.root(MODULE)])?.brotli)];
    for part in PARTS {
        all.push((part.name, measure(project, &files_of(project, part)?)?.brotli));
    }
    Ok(all)
}

/// Writes the sizes of the built package into the document.
///
/// # Errors
/// When something is missing.
pub fn write(project: &Project) -> Result<()> {
    let row = |(name, bytes): (&str, u64)| format!("| {name} | {bytes} |\n");
    let rows: String = sizes(project)?.into_iter().map(row).collect();
    write_between(project, "sizes", &format!("| part | bytes in brotli |\n|---|---|\n{rows}"))
}

/// The rows of a table of the document: a text and a number each.
fn rows(table: &str) -> Vec<(String, u64)> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        Some((cells.first()?.to_string(), cells.last()?.parse().ok()?))
    };
    table.lines().filter_map(row).collect()
}

/// The parts whose size in the document is not the size of the build.
fn stale(page: &str, found: &[(&str, u64)]) -> Vec<String> {
    let known = rows(between(page, "sizes").unwrap_or_default());
    let is_stale = |(name, bytes): &&(&str, u64)| {
        !known.iter().any(|(other, written)| other == name && written.abs_diff(*bytes) <= TOLERANCE)
    };
    let words = |(name, bytes): &(&str, u64)| {
        format!("{PAGE} has another size of {name} than {bytes}: cargo xtask size --write")
    };
    found.iter().filter(is_stale).map(words).collect()
}

/// Prints the size of the first download alone, for [`write_tricks`].
///
/// # Errors
/// When something is missing.
pub fn first(project: &Project) -> Result<()> {
    let part = PARTS.iter().find(|part| part.name == FIRST_DOWNLOAD);
    let part = part.ok_or_else(|| Failure::new("expected a part that is the first download"))?;
    let bytes = measure(project, &files_of(project, part)?)?.brotli;
    let _ = writeln!(std::io::stdout(), "first download: {bytes}");
    Ok(())
}

/// Builds the package once without each trick, and writes into the document how much each saves.
///
/// # Errors
/// When a build fails, or a trick saves too little.
pub fn write_tricks(project: &Project) -> Result<()> {
    let with = first_without(project, "")?;
    let (mut table, mut idle) = (String::new(), Vec::new());
    for trick in TRICKS {
        let (about, saved) = (trick.about, first_without(project, trick.name)?.saturating_sub(with));
        progress(format_args!("size: {saved} bytes by this: {about}"));
        table += &format!("| {about} | {saved} |\n");
        if saved < LEAST_SAVING && !trick.is_leaving {
            idle.push(about);
        }
    }
    write_between(project, "tricks", &format!("| trick | bytes of the first download |\n|---|---|\n{table}"))?;
    match &*idle {
        [] => Ok(()),
        idle => {
            Err(Failure::new(format!("these save less than {LEAST_SAVING} bytes, remove them: {}", idle.join("; "))))
        }
    }
}

/// The first download of a build without the trick of this name.
fn first_without(project: &Project, name: &str) -> Result<u64> {
    let program = std::env::current_exe().context(|| "find this program".to_string())?;
    let text = capture("size", project.command(program).args(["size", "--first"]).env(tricks::VARIABLE, name))?;
    let number = text.lines().find_map(|line| line.strip_prefix("first download: ")?.parse().ok());
    number.ok_or_else(|| Failure::new(format!("expected the size of the first download, but found {text:?}")))
}

/// Prints the table of the built package.
///
/// # Errors
/// When something is missing, or over its limit.
pub fn report(project: &Project) -> Result<()> {
    let core = measure(project, &[project.root(MODULE)])?;
    let mut rows = vec![row("the core alone", core, CORE_CEILING, None)];
    let mut over = vec![limit("the core alone", core, CORE_CEILING)];
    for part in PARTS {
        let bytes = measure(project, &files_of(project, part)?)?;
        rows.push(row(part.name, bytes, part.ceiling, Some(part.design)));
        over.push(limit(part.name, bytes, part.ceiling));
    }
    let _ = write!(std::io::stdout(), "{}", layout(rows));
    let stale = stale(&read_page(project)?, &sizes(project)?);
    // Other builds are for tools and measurements.
    let is_usual = is_split() && tricks::left_out().is_none();
    let over: Vec<String> = over.into_iter().flatten().chain(stale).filter(|_| is_usual).collect();
    if over.is_empty() { Ok(()) } else { Err(Failure::new(over.join("; "))) }
}

fn limit(name: &str, bytes: Bytes, most: u64) -> Option<String> {
    let found = bytes.brotli;
    (found > most).then(|| format!("expected at most {most} bytes in brotli, but {name} has {found}"))
}

/// The files that a page loads for a part: a module, and scripts.
fn files_of(project: &Project, part: &Part) -> Result<Vec<PathBuf>> {
    let folder = project.root("pkg/dist");
    let mut scripts = BTreeSet::new();
    for entry in part.with.iter().chain([&part.entry]) {
        add_imports(&folder, entry, &mut scripts)?;
    }
    let mut had = BTreeSet::new();
    for entry in part.has {
        add_imports(&folder, entry, &mut had)?;
    }
    let files = scripts.difference(&had).map(|script| folder.join(script));
    Ok(files.chain(part.module.map(|module| project.root(module))).collect())
}

/// Adds a script and all that it imports at once.
fn add_imports(folder: &Path, script: &str, scripts: &mut BTreeSet<String>) -> Result<()> {
    if !scripts.insert(script.to_string()) {
        return Ok(());
    }
    let file = folder.join(script);
    let text = fs::read_to_string(&file).context(|| format!("read {}", file.display()))?;
    for imported in imports(&text) {
        add_imports(folder, imported, scripts)?;
    }
    Ok(())
}

/// The static imports of a folded script: `from"./name.js"` and `import"./name.js"`, but not `import("./name.js")`.
fn imports(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, start) in text.match_indices("\"./") {
        let before = text.get(..at).unwrap_or_default().trim_end();
        let name = text.get(at + start.len()..).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        if name.ends_with(".js") && (before.ends_with("from") || before.ends_with("import")) {
            found.push(name);
        }
    }
    found
}

/// Prints where the bytes of the module are.
///
/// # Errors
/// When the module cannot be read.
pub fn by_module(project: &Project) -> Result<()> {
    let file = project.target(NAMED_MODULE);
    let bytes = fs::read(&file).context(|| format!("read {}", file.display()))?;
    let text = modules::layout(&bytes).ok_or_else(|| Failure::new("expected a module of WebAssembly"))?;
    let _ = write!(std::io::stdout(), "before wasm-opt, by Rust module:\n{text}\n");
    Ok(())
}

fn row(name: &str, bytes: Bytes, ceiling: u64, design: Option<u64>) -> Vec<String> {
    let numbers = [bytes.raw, bytes.gzip, bytes.brotli, ceiling].map(|number| number.to_string());
    let design = design.map_or_else(String::new, |design| design.to_string());
    std::iter::once(name.to_string()).chain(numbers).chain([design]).collect()
}

fn layout(rows: Vec<Vec<String>>) -> String {
    let head = ["bytes", "raw", "gzip", "brotli", "at most", "design"].map(str::to_string).to_vec();
    table(&[vec![head], rows].concat())
}

fn measure(project: &Project, files: &[PathBuf]) -> Result<Bytes> {
    let text = capture("size", project.command("node").args(["--eval", SCRIPT, "--"]).args(files))?;
    sum(&text).filter(|_| text.lines().count() == files.len()).ok_or_else(|| {
        Failure::new(format!("expected three numbers for each of {} files, but node printed {text:?}", files.len()))
    })
}

fn sum(text: &str) -> Option<Bytes> {
    text.lines().try_fold(Bytes::default(), |total, line| {
        let numbers: Vec<u64> = line.split(' ').map(str::parse).collect::<std::result::Result<_, _>>().ok()?;
        match *numbers {
            [raw, gzip, brotli] => Some(total.plus(Bytes { raw, gzip, brotli })),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_several_files_add_up() {
        assert_eq!(sum("100 50 40\n10 9 8\n"), Some(Bytes { raw: 110, gzip: 59, brotli: 48 }));
    }

    #[test]
    fn only_imports_at_once_count() {
        let text = "import{a}from\"./a.js\";import \"./b.js\";export*from\"./c.js\";f(()=>import(\"./d.js\"),new URL(\"./e.wasm\",u))";
        assert_eq!(imports(text), ["a.js", "b.js", "c.js"]);
    }

    #[test]
    fn a_size_in_the_document_may_differ_by_as_much_as_two_folders() {
        let [start, end] = markers("sizes");
        let page = format!(
            "before\n{start}| part | bytes in brotli |\n|---|---|\n| a | 1000 |\n| b, c | 2000 |\n{end}\nafter"
        );
        assert_eq!(stale(&page, &[("a", 1_400), ("b, c", 1_600)]), Vec::<String>::new());
        assert_eq!(stale(&page, &[("a", 1_401), ("b, c", 2_000)]).len(), 1);
        assert_eq!(stale(&page, &[("d", 1_000)]).len(), 1);
        assert_eq!(stale("no markers", &[("a", 1_000)]).len(), 1);
    }

    #[test]
    fn each_measured_trick_saves_enough_or_is_leaving() {
        let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(PAGE)).unwrap_or_default();
        let known = rows(between(&page, "tricks").unwrap_or_default());
        assert!(known.len() >= 4, "cargo xtask size --tricks");
        for (about, saved) in known {
            let trick = TRICKS.iter().find(|trick| trick.about == about);
            assert!(trick.is_some_and(|trick| trick.is_leaving || saved >= LEAST_SAVING), "{about}: {saved}");
        }
    }

    #[test]
    fn a_line_that_is_not_three_numbers_is_refused() {
        assert_eq!(sum("100 50\n"), None);
        assert_eq!(sum("100 50 x\n"), None);
    }
}
