//! Takes the words of panics out of a module.
//!
//! A panic in the released module traps, and its words go nowhere: the standard library has no place to print them to. That library
//! comes compiled, with all that formats them. So the functions that every panic goes through become a bare trap, after which
//! wasm-opt finds nothing that calls the rest, and the places in source files that they would have named become zeros. What formats stays
//! in tables that no optimiser can follow, so that it is taken out by name, too, as long as nothing but panics calls it.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;

mod module;

use module::write_number;
pub use module::{Function, Import, Module, Segment};

/// Functions that never return, by the start of their names. A call of one traps, as before.
const PANICS: &[&str] = &[
    "core::panicking::",
    "core::option::unwrap_failed",
    "core::option::expect_failed",
    "core::result::unwrap_failed",
    "core::slice::index::slice_index_fail",
    "core::slice::copy_from_slice_impl::len_mismatch_fail",
    "core::str::slice_error_fail",
    "core::cell::panic_already_",
    "core::cell::lazy::panic_poisoned",
    "alloc::raw_vec::handle_error",
    "alloc::raw_vec::capacity_overflow",
    "alloc::alloc::handle_alloc_error",
    "std::thread::local::panic_access_error",
];

/// `Vec::remove` and others have one of their own.
const PANIC_ENDINGS: &[&str] = &["::assert_failed"];

/// `{:?}` writes nothing, as with rustc's `-Zfmt-debug=none`: only panics use it, through tables that wasm-opt cannot follow.
const DEBUG: &str = " as core::fmt::Debug>::fmt";

/// Functions that format, or that carry the message of a panic, by a part of the name.
const ONLY_FOR_WORDS: &[&str] = &[
    "core::fmt::",
    "std::panicking::",
    "::rust_begin_unwind",
    "<char>::escape_debug_ext",
    "core::unicode::printable::",
    "core::unicode::unicode_data::grapheme_extend::",
];

/// The tables that the last two look into: how each begins, how many bytes it has, and their checksum. Those of another version of the
/// standard library are not found, and stay.
const TABLES: [(&[u8], usize, u32); 3] = [
    (b"\x00\x06\x01\x01\x03\x01\x04\x02", 1460, 0x985C_37EB),
    (b"\x70\x00\x07\x00\x2D\x01\x01\x01", 767, 0x883C_5489),
    (b"\x00\x03\x00\x00\x83\x04\x20\x00", 132, 0xFB54_B7ED),
];

/// Parts of the messages of panics in the standard library.
const WORDS: &[&str] = &[
    "begin > end (",
    ") when slicing `",
    "start byte index ",
    "end byte index ",
    " is out of bounds of `",
    " is not a char boundary; it is inside ",
    " (bytes ",
    "slice index starts at ",
    " but ends at ",
    " index out of bounds: the len is ",
    " but the index is ",
    "range start index ",
    "range end index ",
    " out of range for slice of length ",
    "min > max. min = ",
    ", max = ",
    "assertion `left ",
    " right` failed",
    "cannot access a Thread Local Storage value during or after destruction: ",
    "insertion index (is ",
    ") should be <= len (is ",
    "removal index (is ",
    ") should be < len (is ",
    "assertion failed: self.is_char_boundary(new_len)",
    "capacity overflow",
    "destination and source slices have different lengths",
    "called `Option::unwrap()` on a `None` value",
    "attempt to divide by zero",
    "`async fn` resumed after completion",
    "RefCell already mutably borrowed",
    "RefCell already borrowed",
    "time not implemented on this platform",
];

/// The body of a function that has no locals and returns 0, which is `Ok(())`.
const SUCCESS: &[u8] = b"\x00\x41\x00\x0B";

/// The body of a function that has no locals and traps.
const TRAP: &[u8] = b"\x00\x00\x0B";

/// A module without the words of its panics.
#[derive(Debug, PartialEq, Eq)]
pub struct Slim {
    /// The module. No function and no datum has moved.
    pub bytes: Vec<u8>,
    /// A function that formats although it does not panic. Formatting then stays in the module.
    pub formats: Option<String>,
    /// Entries of this crate's lists that the module has nothing of: they are out of date.
    pub unmatched: Vec<&'static str>,
}

/// Why a module cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The bytes are no module; the message of the parser.
    Malformed(String),
    /// The module has something that neither rustc nor its linker writes.
    Unexpected(&'static str),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(message) => write!(f, "expected a WebAssembly module: {message}"),
            Self::Unexpected(found) => {
                write!(f, "expected a module as rustc and its linker write it, but found {found}")
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<wasmparser::BinaryReaderError> for Error {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// The module without the words of its panics. No function and no datum moves, so that the linker's relocations stay true.
///
/// # Errors
/// When the bytes are no module as rustc and its linker write them.
pub fn without_panic_words(bytes: &[u8]) -> Result<Slim, Error> {
    let module = Module::parse(bytes)?;
    let mut slim = bytes.to_vec();
    let mut changed = blank_places(&module, &mut slim);
    let formats = formatting(&module).first().map(|(caller, _)| (*caller).to_string());
    let mut unmatched = unmatched_names(&module);
    if formats.is_none() {
        unmatched.extend(blank_words(&module, &mut slim));
    }
    for function in &module.functions {
        let body = match replaced(function) {
            Some(body) => body,
            None if formats.is_none() && is_for_words(&function.name) => TRAP,
            None => continue,
        };
        if slim.get_mut(function.body.clone()).is_some_and(|place| write_body(place, body)) {
            changed.push(function.body.clone());
        }
    }
    Ok(Slim { bytes: without_relocations(&module, slim, changed), formats, unmatched })
}

/// The entries for names that no function of the module has.
fn unmatched_names(module: &Module) -> Vec<&'static str> {
    let names: Vec<String> = module.functions.iter().map(|function| without_hashes(&function.name)).collect();
    let missing = |entries: &[&'static str], is_match: fn(&str, &str) -> bool| {
        let unused = |entry: &&&'static str| !names.iter().any(|name| is_match(name, entry));
        entries.iter().filter(unused).copied().collect::<Vec<_>>()
    };
    [
        missing(PANICS, |name, start| name.starts_with(start)),
        missing(PANIC_ENDINGS, |name, end| name.ends_with(end)),
        missing(ONLY_FOR_WORDS, |name, part| name.contains(part)),
    ]
    .concat()
}

/// Replaces a body by another, and fills it up with `nop`. A body that is too long is not put in.
fn write_body(place: &mut [u8], body: &[u8]) -> bool {
    const NOP: u8 = 0x01;
    let (Some(filling), Some((locals, code))) = (place.len().checked_sub(body.len()), body.split_first()) else {
        return false;
    };
    place[0] = *locals;
    place[1..=filling].fill(NOP);
    place[1 + filling..].copy_from_slice(code);
    true
}

/// The identifier of a section that only tools read.
const CUSTOM_SECTION: u8 = 0;

/// The module without the relocations of the `changed` places.
fn without_relocations(module: &Module, bytes: Vec<u8>, mut changed: Vec<Range<usize>>) -> Vec<u8> {
    changed.sort_by_key(|range| range.start);
    let is_changed = |at: usize| {
        let before = changed.partition_point(|range| range.start <= at);
        before.checked_sub(1).is_some_and(|last| changed[last].contains(&at))
    };
    let mut slim = bytes.clone();
    for relocations in module.relocations.iter().rev() {
        let kept: Vec<_> = relocations.entries.iter().filter(|one| !is_changed(one.at)).collect();
        let mut contents = bytes[relocations.head.clone()].to_vec();
        write_number(&mut contents, kept.len());
        for one in kept {
            contents.extend_from_slice(&bytes[one.entry.clone()]);
        }
        let mut section = vec![CUSTOM_SECTION];
        write_number(&mut section, contents.len());
        section.extend(contents);
        slim.splice(relocations.section.clone(), section);
    }
    slim
}

/// The replacement of a function's body.
fn replaced(function: &Function) -> Option<&'static [u8]> {
    match (&function.name, function.has_results) {
        (name, false) if panics(name) => Some(TRAP),
        (name, true) if without_hashes(name).ends_with(DEBUG) => Some(SUCCESS),
        _ => None,
    }
}

fn is_for_words(name: &str) -> bool {
    let name = without_hashes(name);
    // A destructor is named after one type, and may drop other types, too.
    !name.starts_with("core::ptr::drop_in_place") && ONLY_FOR_WORDS.iter().any(|part| name.contains(part))
}

/// The calls, by the names of caller and callee, of functions that format, from functions that do not panic.
pub fn formatting(module: &Module) -> Vec<(&str, &str)> {
    let indices = (module.imported..).zip(&module.functions);
    let for_words: HashMap<u32, &str> = indices
        .filter(|(_, function)| is_for_words(&function.name))
        .map(|(index, function)| (index, function.name.as_str()))
        .collect();
    let others = module.functions.iter().filter(|one| replaced(one).is_none() && !is_for_words(&one.name));
    let calls = others.flat_map(|caller| caller.calls.iter().map(|callee| (caller.name.as_str(), callee)));
    calls.filter_map(|(caller, callee)| Some((caller, *for_words.get(callee)?))).collect()
}

fn panics(name: &str) -> bool {
    let name = without_hashes(name);
    PANICS.iter().any(|start| name.starts_with(start)) || PANIC_ENDINGS.iter().any(|end| name.ends_with(end))
}

/// `core[0123456789abcdef]::x` as `core::x`.
pub fn without_hashes(name: &str) -> String {
    let mut short = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        short.push_str(before);
        match after.split_once(']') {
            Some((hash, behind)) if hash.len() > 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                rest = behind
            }
            _ => {
                short.push('[');
                rest = after;
            }
        }
    }
    short.push_str(rest);
    short
}

/// Zeros in the place of every `core::panic::Location` (address and length of a file's name, line, column) and of the names. Returns
/// where they stood.
fn blank_places(module: &Module, bytes: &mut [u8]) -> Vec<Range<usize>> {
    let mut zeros = HashSet::new();
    for segment in &module.segments {
        let first = segment.address.next_multiple_of(4) - segment.address;
        for at in (segment.bytes.start + first as usize..segment.bytes.end.saturating_sub(15)).step_by(4) {
            if let Some(name) = name_of_place(module, bytes, at) {
                zeros.extend([(at, 16), name]);
            }
        }
    }
    let places = zeros.into_iter().map(|(at, length)| at..at + length);
    places
        .filter(|place| match bytes.get_mut(place.clone()) {
            Some(range) => {
                range.fill(0);
                true
            }
            None => false,
        })
        .collect()
}

/// Writes zeros over data that only formatting reads. Returns the entries that the module lacks.
fn blank_words(module: &Module, bytes: &mut [u8]) -> Vec<&'static str> {
    let mut missing = WORDS.to_vec();
    for segment in &module.segments {
        let Some(data) = bytes.get_mut(segment.bytes.clone()) else { continue };
        for word in WORDS {
            while let Some(at) = position(data, word.as_bytes()) {
                data[at..at + word.len()].fill(0);
                missing.retain(|one| one != word);
            }
        }
        for (start, length, sum) in TABLES {
            if let Some(table) = position(data, start).and_then(|at| data.get_mut(at..at + length))
                && checksum(table) == sum
            {
                table.fill(0);
            }
        }
    }
    missing
}

fn position(data: &[u8], start: &[u8]) -> Option<usize> {
    data.windows(start.len()).position(|window| window == start)
}

fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)))
}

/// Position and length of the name of a Rust source file, if there is a `Location` with it at `at`.
fn name_of_place(module: &Module, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let word = |index: usize| {
        let word = bytes.get(at + 4 * index..at + 4 * index + 4)?;
        Some(u32::from_le_bytes(word.try_into().ok()?))
    };
    let (address, length, line, column) = (word(0)?, word(1)? as usize, word(2)?, word(3)?);
    if !(1..100_000).contains(&line) || !(1..1000).contains(&column) || !(4..500).contains(&length) {
        return None;
    }
    let start = module.position(address)?;
    bytes.get(start..start + length)?.ends_with(b".rs").then_some((start, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module::tests::example;

    #[test]
    fn a_panic_becomes_a_trap_and_other_functions_stay() {
        const PANIC: &str = "core[0123456789abcdef]::panicking::panic_fmt";
        let functions = |bytes: &[u8]| {
            let module = Module::parse(bytes).unwrap();
            module.functions.iter().map(|one| bytes[one.body.clone()].to_vec()).collect::<Vec<_>>()
        };
        let kept = example("fmt", "own");
        assert_eq!(without_panic_words(&kept).unwrap().bytes, kept);
        // The second returns a value, so it is no panic despite its name.
        let slim = without_panic_words(&example(PANIC, PANIC)).unwrap().bytes;
        assert_eq!(functions(&slim), [&b"\x00\x01\x01\x00\x0B"[..], b"\x00\x41\x2A\x0B"]);
    }

    #[test]
    fn formatting_stays_where_something_else_calls_it() {
        const FORMATS: &str = "<u32 as core[0123456789abcdef]::fmt::Display>::fmt";
        let unused = example("own", FORMATS);
        let called: Vec<u8> = {
            let at = unused.windows(3).position(|body| body == b"\x41\x07\x1A").unwrap_or_default();
            [&unused[..at], b"\x10\x02", &unused[at + 2..]].concat()
        };
        let last_body = |bytes: &[u8]| {
            let module = Module::parse(bytes).unwrap();
            module.functions.last().map(|one| bytes[one.body.clone()].to_vec()).unwrap_or_default()
        };
        assert_eq!(last_body(&without_panic_words(&unused).unwrap().bytes), b"\x00\x01\x00\x0B");
        let kept = without_panic_words(&called).unwrap();
        assert_eq!((kept.bytes, kept.formats.as_deref()), (called, Some("own")));
    }

    #[test]
    fn panics_are_known_by_name() {
        assert!(panics("<alloc[3ca501edff3f0c7c]::vec::Vec<_, _>>::remove::assert_failed"));
        assert!(!panics("core[0123456789abcdef]::str::count"));
        assert!(!panics("<[u8; 4]>::panicking"));
    }

    #[test]
    fn places_in_source_files_become_zeros() {
        let mut data = b"src/a.rsother.rs\0\0\0\0".to_vec();
        for word in [1024_u32, 8, 7, 5, 1032, 8, 0, 5] {
            data.extend(word.to_le_bytes());
        }
        let mut bytes = b"12345".to_vec();
        bytes.extend(&data);
        let segments = vec![Segment { address: 1024, bytes: 5..bytes.len() }];
        blank_places(&Module { segments, ..Module::default() }, &mut bytes);
        assert_eq!(&bytes[..21], b"12345\0\0\0\0\0\0\0\0other.rs");
        assert_eq!(bytes[25..41], [0; 16]);
        assert_eq!(bytes[41..], data[36..]);
    }

    /// A text of the package that equals one of these would become zeros.
    #[test]
    fn what_only_panics_say_nothing_of_ours_says() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut folders = vec![root.join("src"), root.join("crates/json-tree"), root.join("crates/text-diff")];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let source = std::fs::read_to_string(&path).unwrap_or_default();
                    let said = WORDS.iter().find(|word| source.contains(**word));
                    assert_eq!(said, None, "{}", path.display());
                    files += 1;
                }
            }
        }
        assert!(files > 50, "{files} files");
    }

    #[test]
    fn what_only_panics_say_becomes_zeros() {
        // A table of another version begins as a known one does.
        let (start, ..) = TABLES[1];
        let rest = [b"mine".as_slice(), start, &[7; 800]].concat();
        let mut bytes = [b"capacity overflow".as_slice(), &rest].concat();
        let segments = vec![Segment { address: 1024, bytes: 0..bytes.len() }];
        blank_words(&Module { segments, ..Module::default() }, &mut bytes);
        assert_eq!(bytes, [[0; 17].as_slice(), &rest].concat());
    }
}
