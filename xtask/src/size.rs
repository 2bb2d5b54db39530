//! How many bytes a page downloads for the library, and whether that is within the budget.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::modules;
use crate::package::{ENGINE, MODULE, NAMED_MODULE, is_split};
use crate::process::capture;
use crate::project::{Project, files_in};
use crate::term::{Context, Failure, Result, table};

/// Wasm, glue and facade together, brotli, in bytes: the limit of docs/DESIGN.md.
const BUDGET: u64 = 60_000;

/// The limit for the download until it is within the budget. A change that needs more bytes must save them elsewhere; docs/SIZE.md
/// explains each raise.
const CEILING: u64 = 262_700;

/// The limits for each module; brotli, in bytes. Whatever moves from the core to the engine lowers the one and raises the other.
const CORE_CEILING: u64 = 228_000;
const ENGINE_CEILING: u64 = 7_000;

/// The scripts of `mergefetch/element` with its English texts, beyond those of `mergefetch`; brotli, in bytes.
const ELEMENT_BUDGET: u64 = 20_000;
const ELEMENT: &[&str] = &["pkg/dist/element.js", "pkg/dist/api.js"];

/// Entry points that a page need not load.
const SEPARATE_ENTRIES: &[&str] =
    &["api.js", "element.js", "helpers.js", "inline.js", "module-text.js", "node.js", "worker.js", "worker-thread.js"];

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
/// When something is missing, or over the budget.
pub fn report(project: &Project) -> Result<()> {
    let core = measure(project, &[project.root(MODULE)], "pkg/dist/core")?;
    let engine =
        if is_split() { measure(project, &[project.root(ENGINE)], "pkg/dist/core")? } else { Bytes::default() };
    // Facade and glue.
    let scripts = measure(project, &scripts(&project.root("pkg/dist"))?, "pkg/dist")?;
    let total = core.plus(engine).plus(scripts);
    let rows = [("core", core), ("engine", engine), ("scripts", scripts), ("total", total)];
    let _ = write!(std::io::stdout(), "{}", layout(&rows));
    let verdict = match total.brotli.checked_sub(BUDGET) {
        Some(over) => format!("{over} over"),
        None => format!("{} left", BUDGET - total.brotli),
    };
    let _ = writeln!(std::io::stdout(), "budget: {BUDGET} bytes in brotli, {verdict}");
    let files: Vec<PathBuf> = ELEMENT.iter().map(|file| project.root(file)).collect();
    let element = measure(project, &files, "pkg/dist")?.brotli;
    let _ = writeln!(std::io::stdout(), "element: {element} bytes in brotli of {ELEMENT_BUDGET}");
    within("the library", total.brotli, CEILING)?;
    if is_split() {
        within("the core", core.brotli, CORE_CEILING)?;
        within("the engine", engine.brotli, ENGINE_CEILING)?;
    }
    within("the element", element, ELEMENT_BUDGET)
}

fn within(what: &str, bytes: u64, most: u64) -> Result<()> {
    if bytes > most {
        return Err(Failure::new(format!("expected {what} to have at most {most} bytes in brotli, but found {bytes}")));
    }
    Ok(())
}

/// Prints where the bytes of the module are.
///
/// # Errors
/// When the module cannot be read.
pub fn by_module(project: &Project) -> Result<()> {
    let file = project.target(NAMED_MODULE);
    let bytes = std::fs::read(&file).context(|| format!("read {}", file.display()))?;
    let text = modules::layout(&bytes).ok_or_else(|| Failure::new("expected a module of WebAssembly"))?;
    let _ = write!(std::io::stdout(), "before wasm-opt, by Rust module:\n{text}\n");
    Ok(())
}

fn scripts(folder: &Path) -> Result<Vec<PathBuf>> {
    files_in(folder, |name| name.ends_with(".js") && !SEPARATE_ENTRIES.contains(&name))
}

fn layout(rows: &[(&str, Bytes)]) -> String {
    let mut cells = vec![["bytes", "raw", "gzip", "brotli"].map(str::to_string).to_vec()];
    for (name, bytes) in rows {
        cells.push(vec![(*name).to_string(), bytes.raw.to_string(), bytes.gzip.to_string(), bytes.brotli.to_string()]);
    }
    table(&cells)
}

fn measure(project: &Project, files: &[PathBuf], folder: &str) -> Result<Bytes> {
    if files.is_empty() {
        return Err(Failure::new(format!("expected scripts in {folder}, but found none")));
    }
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
    fn a_line_that_is_not_three_numbers_is_refused() {
        assert_eq!(sum("100 50\n"), None);
        assert_eq!(sum("100 50 x\n"), None);
    }
}
