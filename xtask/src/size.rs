//! How many bytes a page downloads for the library, by when it needs them, and whether that is within the limits.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::modules;
use crate::package::{ENGINE, MODULE, NAMED_MODULE, is_split};
use crate::process::capture;
use crate::project::Project;
use crate::term::{Context, Failure, Result, table};

/// The most that the core may have; brotli, in bytes. A change that needs more must save it elsewhere; docs/SIZE.md explains each raise.
/// Whatever moves into the engine lowers this.
const CORE_CEILING: u64 = 88_600;

/// The same for the scripts that the core needs, beyond those before the first document.
const WITH_CORE_CEILING: u64 = 5_400;
/// The engine with its scripts.
const ENGINE_CEILING: u64 = 191_000;

/// What a page loads at some moment, beyond what it has. Limits are in brotli, in bytes; goals are those of docs/DESIGN.md.
struct Part {
    name: &'static str,
    module: Option<&'static str>,
    /// The script that the page asks for, with all that it imports.
    entry: &'static str,
    /// What the page has already.
    has: &'static [&'static str],
    /// What counts as well: what the page had to load before.
    with: &'static [&'static str],
    ceiling: u64,
    design: u64,
}

const FIRST: &str = "index.js";
const WITH_CORE: &str = "with-core.js";

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
        ceiling: 9_000,
        design: 9_000,
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
    // One module in place of two is for tools alone.
    let over: Vec<String> = over.into_iter().flatten().filter(|_| is_split()).collect();
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

/// What a folded script imports at once: `from"./name.js"` and `import"./name.js"`, but not `import("./name.js")`.
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
    fn a_line_that_is_not_three_numbers_is_refused() {
        assert_eq!(sum("100 50\n"), None);
        assert_eq!(sum("100 50 x\n"), None);
    }
}
