//! Where the bytes of the module are: its functions by Rust module, from the names that it has before wasm-opt.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::package::{NAMED_ENGINE, NAMED_MODULE, is_split};
use crate::project::Project;
use crate::term::{Context, Failure, Result, table};
use slim::{Module, without_hashes};

/// Rows of less are summed up.
const LEAST_BYTES: usize = 1_000;

/// A table of bytes and functions by module, the largest first; none where `bytes` are no module.
pub fn layout(bytes: &[u8]) -> Option<String> {
    let module = Module::parse(bytes).ok()?;
    let mut sums: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for function in &module.functions {
        let sum = sums.entry(module_of(&function.name)).or_default();
        *sum = (sum.0 + function.body.len(), sum.1 + 1);
    }
    let data = module.segments.iter().map(|segment| segment.bytes.len()).sum::<usize>();
    let all = sums.values().map(|sum| sum.0).sum::<usize>();
    let mut rows: Vec<(String, (usize, usize))> = sums.into_iter().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.1.0));
    let small = rows.split_off(rows.partition_point(|row| row.1.0 >= LEAST_BYTES));
    rows.push(("others".to_owned(), small.iter().fold((0, 0), |sum, row| (sum.0 + row.1.0, sum.1 + row.1.1))));
    rows.push(("all functions".to_owned(), (all, module.functions.len())));
    let mut cells = vec![["module", "bytes", "functions"].map(str::to_owned).to_vec()];
    cells.extend(rows.into_iter().map(|(name, (bytes, count))| vec![name, bytes.to_string(), count.to_string()]));
    cells.push(vec!["data".to_owned(), data.to_string(), String::new()]);
    Some(table(&cells))
}

/// Whether every demanded crate is at work in the built modules: the table of docs/DESIGN.md names a function of each.
///
/// # Errors
/// When a module cannot be read, or lacks a function.
pub fn crates_at_work(project: &Project) -> Result<()> {
    let read = |file: PathBuf| fs::read(&file).context(|| format!("read {}", file.display()));
    let table = read(project.root("docs/DESIGN.md"))?;
    let core = read(project.target(NAMED_MODULE))?;
    let engine = if is_split() { read(project.target(NAMED_ENGINE))? } else { core.clone() };
    let missing = missing_calls(&String::from_utf8_lossy(&table), &core, &engine);
    match missing.ok_or_else(|| Failure::new("expected modules of WebAssembly"))? {
        missing if missing.is_empty() => Ok(()),
        missing => {
            Err(Failure::new(format!("expected every call of docs/DESIGN.md, but found no {}", missing.join(", no "))))
        }
    }
}

/// The functions in the rows `| crate | module | function |` of a document that the modules lack.
fn missing_calls(document: &str, core: &[u8], engine: &[u8]) -> Option<Vec<String>> {
    let names =
        |bytes: &[u8]| Some(Module::parse(bytes).ok()?.functions.into_iter().map(|function| function.name).collect());
    let (core, engine): (Vec<String>, Vec<String>) = (names(core)?, names(engine)?);
    let mut missing = Vec::new();
    for row in document.lines().filter_map(|line| line.strip_prefix("| ")) {
        let [_, module, function, ..] = row.split(" | ").collect::<Vec<_>>()[..] else { continue };
        let functions = match module {
            "core" => &core,
            "engine" => &engine,
            _ => continue,
        };
        let function = function.trim_matches('`');
        if !functions.iter().any(|name| without_hashes(name).contains(function)) {
            missing.push(format!("`{function}` in the {module}"));
        }
    }
    Some(missing)
}

/// `<mergefetch::merge::json::tree::Value>::pointer` is in `mergefetch::merge::json`, `core::str::count` in `core::str`.
fn module_of(name: &str) -> String {
    let name = without_hashes(name);
    let mut path = name.trim_start_matches(['<', '&', '[', '(', '_', '*', ' ']);
    for word in ["mut ", "dyn ", "const "] {
        path = path.trim_start_matches(word);
    }
    // `<T as serde::Serialize>::serialize` says nothing of its type but that it has the trait.
    if let Some((_, behind)) = path.split_once(" as ").filter(|(of, _)| !of.contains("::")) {
        path = behind;
    }
    let end = path.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':')).unwrap_or(path.len());
    let all: Vec<&str> = path[..end].split("::").collect();
    let is_module = |segment: &&&str| segment.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    // The last segment is the function itself, unless a type or a closure comes behind the modules.
    let count = all.iter().take_while(is_module).count();
    let count = if count == all.len() && count > 1 && path[..end].len() == path.len() { count - 1 } else { count };
    let depth = if all.first() == Some(&"mergefetch") { 3 } else { 2 };
    match all.get(..count.min(depth)) {
        Some([]) | None => "without a name".to_owned(),
        Some([_]) if !name.contains("::") => "exports".to_owned(),
        Some(segments) => segments.join("::"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module of two functions with these names, which returns nothing and 42, and four bytes of data.
    fn example(first: &str, second: &str) -> Vec<u8> {
        let mut names = vec![2];
        for (index, name) in [(0, first), (1, second)] {
            names.extend([index, name.len() as u8]);
            names.extend(name.bytes());
        }
        let mut bytes = b"\0asm\x01\0\0\0\
            \x01\x08\x02\x60\x00\x00\x60\x00\x01\x7F\
            \x03\x03\x02\x00\x01\
            \x05\x03\x01\x00\x01\
            \x0A\x0C\x02\x05\x00\x41\x07\x1A\x0B\x04\x00\x41\x2A\x0B\
            \x0B\x0B\x01\x00\x41\x80\x08\x0B\x04data"
            .to_vec();
        bytes.extend([0, names.len() as u8 + 7]);
        bytes.extend(b"\x04name\x01");
        bytes.push(names.len() as u8);
        bytes.extend(names);
        bytes
    }

    #[test]
    fn functions_are_counted_where_they_are_written() {
        for (name, module) in [
            ("mergefetch::merge::json::tree::equal::h0123456789abcdef", "mergefetch::merge::json"),
            ("<mergefetch::merge::json::tree::Value>::pointer", "mergefetch::merge::json"),
            ("<mergefetch::error::Error as core::fmt::Display>::fmt", "mergefetch::error"),
            ("core[0123456789abcdef]::str::count::do_count_chars", "core::str"),
            ("<T as serde_core::de::Expected>::fmt::hf9f5", "serde_core::de"),
            ("mergeText externref shim", "exports"),
            ("<alloc::vec::Vec<T,A> as core::clone::Clone>::clone", "alloc::vec"),
            ("alloc::raw_vec::RawVec<T,A>::grow_one::h0123", "alloc::raw_vec"),
            ("mergefetch::wasm::client::snapshot::{{closure}}", "mergefetch::wasm::client"),
            ("mergefetch::merge::sort::sort_pairs::h0123456789abcdef", "mergefetch::merge::sort"),
            ("", "without a name"),
        ] {
            assert_eq!(module_of(name), module, "{name}");
        }
    }

    #[test]
    fn a_crate_without_a_function_in_its_module_is_named() {
        let core = example("gloo_net::http::headers::Headers::set::h0123456789abcdef", "web_sys::x");
        let engine = example("similar::algorithms::y", "mergefetch::z");
        let table = |function: &str| {
            format!("text\n| crate | module | function |\n|---|---|---|\n| one | core | `{function}` | sets |\n")
        };
        let missing = |function: &str| missing_calls(&table(function), &core, &engine).unwrap_or_default();
        assert_eq!(missing("gloo_net::http"), [""; 0]);
        assert_eq!(missing("similar::algorithms"), ["`similar::algorithms` in the core"]);
        let engines = "| one | engine | `similar::algorithms` | compares |\n| two | engine | `serde::ser` | writes |";
        assert_eq!(missing_calls(engines, &core, &engine).unwrap_or_default(), ["`serde::ser` in the engine"]);
    }

    #[test]
    fn the_table_sums_up_to_all_functions() {
        let text = layout(&example("core::str::x", "core::str::y")).unwrap_or_default();
        assert!(text.lines().any(|line| line.split_whitespace().eq(["all", "functions", "9", "2"])), "{text}");
        assert!(text.lines().any(|line| line.split_whitespace().eq(["data", "4"])), "{text}");
    }
}
