//! The places in a module that this crate names and changes. `wasmparser` reads the format.

use std::collections::HashMap;
use std::ops::Range;

use rustc_demangle::demangle;
use wasmparser::{
    BinaryReader, CustomSectionReader, DataKind, KnownCustom, Name, Operator, Parser, Payload, RelocSectionReader,
    TypeRef,
};

use crate::Error;

/// Where things lie in the bytes of a module.
#[derive(Debug, Default)]
pub struct Module {
    /// Imports of every kind, in order.
    pub imports: Vec<Import>,
    /// How many functions are imported: the indices of those with a body start behind them.
    pub imported: u32,
    /// Functions with a body, in order.
    pub functions: Vec<Function>,
    /// Bytes that memory starts with.
    pub segments: Vec<Segment>,
    /// The linker's list of the addresses and indices in code and data (`--emit-relocs`).
    pub(crate) relocations: Vec<Relocations>,
}

/// Something from another module.
#[derive(Debug)]
pub struct Import {
    /// The place of that module's name.
    pub module: Range<usize>,
    /// Its name in that module.
    pub name: String,
}

/// A section of relocations (tool conventions of WebAssembly, "Linking").
#[derive(Debug)]
pub(crate) struct Relocations {
    /// With its identifier and length.
    pub section: Range<usize>,
    /// The name, and the section that it is about.
    pub head: Range<usize>,
    pub entries: Vec<Relocation>,
}

#[derive(Debug)]
pub(crate) struct Relocation {
    pub entry: Range<usize>,
    /// The place that it is about, in the bytes of the module.
    pub at: usize,
}

/// A function with a body.
#[derive(Debug)]
pub struct Function {
    /// From the name section; empty where it has none.
    pub name: String,
    /// Locals and instructions.
    pub body: Range<usize>,
    pub(crate) has_results: bool,
    /// The indices of the functions that it calls directly.
    pub(crate) calls: Vec<u32>,
}

/// A piece of the memory at the start.
#[derive(Debug)]
pub struct Segment {
    /// Its first address in memory.
    pub address: u32,
    /// Its place in the bytes of the module.
    pub bytes: Range<usize>,
}

impl Module {
    /// Reads a module as rustc, its linker and wasm-bindgen write them.
    ///
    /// # Errors
    /// When the bytes are no module, or memory does not start at constant addresses.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut module = Self::default();
        let (mut has_results, mut declared, mut names) = (Vec::new(), Vec::new(), HashMap::new());
        // The contents of the sections so far, without identifiers and lengths.
        let mut sections: Vec<Range<usize>> = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            let section = payload.as_section().map(|(_, range)| range);
            match payload {
                Payload::TypeSection(types) => {
                    for group in types {
                        for kind in group?.into_types() {
                            let results = match &kind.composite_type.inner {
                                wasmparser::CompositeInnerType::Func(function) => function.results().len(),
                                _ => 0,
                            };
                            has_results.push(results > 0);
                        }
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        module.imported += u32::from(matches!(import.ty, TypeRef::Func(_)));
                        let name = import.name.to_owned();
                        module.imports.push(Import { module: place(bytes, import.module.as_bytes()), name });
                    }
                }
                Payload::FunctionSection(kinds) => declared = kinds.into_iter().collect::<Result<Vec<u32>, _>>()?,
                Payload::CodeSectionEntry(body) => {
                    let kind = declared.get(module.functions.len()).copied().unwrap_or_default();
                    let mut calls = Vec::new();
                    for operator in body.get_operators_reader()? {
                        if let Operator::Call { function_index } | Operator::ReturnCall { function_index } = operator? {
                            calls.push(function_index);
                        }
                    }
                    let has_results = has_results.get(kind as usize).copied().unwrap_or_default();
                    module.functions.push(Function { name: String::new(), body: body.range(), has_results, calls });
                }
                Payload::DataSection(segments) => {
                    for segment in segments {
                        let segment = segment?;
                        let data = place(bytes, segment.data);
                        module.segments.push(Segment { address: address_of(&segment.kind)?, bytes: data });
                    }
                }
                Payload::CustomSection(custom) => {
                    let start = sections.last().map_or(HEADER_BYTES, |before| before.end);
                    match custom.as_known() {
                        KnownCustom::Name(parts) => {
                            for part in parts {
                                let Name::Function(map) = part? else { continue };
                                for named in map {
                                    let named = named?;
                                    names.insert(named.index, demangle(named.name).to_string());
                                }
                            }
                        }
                        KnownCustom::Reloc(reader) => {
                            module.relocations.push(relocations(&custom, reader, start, &sections)?);
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
            sections.extend(section);
        }
        for (function, index) in module.functions.iter_mut().zip(module.imported..) {
            function.name = names.remove(&index).unwrap_or_default();
        }
        Ok(module)
    }

    /// The position of an address of memory in the bytes of the module.
    pub fn position(&self, address: u32) -> Option<usize> {
        self.segments.iter().find_map(|segment| {
            let inside = address.checked_sub(segment.address)? as usize;
            (inside < segment.bytes.len()).then_some(segment.bytes.start + inside)
        })
    }
}

/// The magic number and the version.
const HEADER_BYTES: usize = 8;

/// The place of a slice of `bytes` in them.
fn place(bytes: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr() - bytes.as_ptr().addr();
    start..start + part.len()
}

fn address_of(kind: &DataKind<'_>) -> Result<u32, Error> {
    let DataKind::Active { memory_index: 0, offset_expr } = kind else {
        return Err(Error::Unexpected("a segment that memory does not start with"));
    };
    match offset_expr.get_operators_reader().read()? {
        Operator::I32Const { value } => Ok(value.cast_unsigned()),
        _ => Err(Error::Unexpected("a segment without a constant address")),
    }
}

fn relocations(
    custom: &CustomSectionReader<'_>,
    reader: RelocSectionReader<'_>,
    start: usize,
    sections: &[Range<usize>],
) -> Result<Relocations, Error> {
    let about = sections.get(reader.section_index() as usize);
    let contents = about.ok_or(Error::Unexpected("relocations of a section that is not there"))?.start;
    let mut head = BinaryReader::new(custom.data(), custom.data_offset());
    head.read_var_u32()?;
    let mut starts = Vec::new();
    for entry in reader.entries().into_iter_with_offsets() {
        let (offset, entry) = entry?;
        starts.push((offset, contents + entry.offset as usize));
    }
    let end = custom.range().end;
    let ends = starts.iter().skip(1).map(|&(offset, _)| offset).chain([end]);
    let entries = starts.iter().zip(ends).map(|(&(first, at), end)| Relocation { entry: first..end, at }).collect();
    // The name and its length lie before the data.
    Ok(Relocations { section: start..end, head: custom.range().start..head.original_position(), entries })
}

/// Appends a number as LEB128.
pub(crate) fn write_number(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Two imports (a function, a memory), two functions, names, and four bytes at address 1024.
    pub(crate) fn example(first: &str, second: &str) -> Vec<u8> {
        let mut bytes = b"\0asm\x01\0\0\0\
            \x01\x08\x02\x60\x00\x00\x60\x00\x01\x7F\
            \x02\x0E\x02\x01a\x01b\x00\x00\x01a\x01c\x02\x00\x01\
            \x03\x03\x02\x00\x01\
            \x0A\x0C\x02\x05\x00\x41\x07\x1A\x0B\x04\x00\x41\x2A\x0B\
            \x0B\x0B\x01\x00\x41\x80\x08\x0B\x04data"
            .to_vec();
        let mut names = vec![2];
        for (index, name) in [(1, first), (2, second)] {
            names.extend([index, name.len() as u8]);
            names.extend(name.bytes());
        }
        bytes.extend([0, names.len() as u8 + 7]);
        bytes.extend(b"\x04name\x01");
        bytes.push(names.len() as u8);
        bytes.extend(names);
        bytes
    }

    #[test]
    fn functions_get_their_names_behind_the_imported_ones() {
        let bytes = example("core", "own");
        let module = Module::parse(&bytes).unwrap();
        let found: Vec<_> = module.functions.iter().map(|one| (one.name.as_str(), one.has_results)).collect();
        assert_eq!(found, [("core", false), ("own", true)]);
        assert_eq!(bytes[module.functions[1].body.clone()], b"\x00\x41\x2A\x0B"[..]);
        assert_eq!(bytes[module.imports[0].module.clone()], b"a"[..]);
    }

    #[test]
    fn addresses_of_memory_are_found_in_the_file() {
        let bytes = example("core", "own");
        let module = Module::parse(&bytes).unwrap();
        let at = module.position(1025).unwrap();
        assert_eq!(bytes[at..at + 3], b"ata"[..]);
        assert_eq!((module.position(1023), module.position(1028)), (None, None));
    }

    #[test]
    fn a_constant_with_the_bytes_of_a_call_is_no_call() {
        let mut bytes = example("core", "own");
        let at = bytes.windows(3).position(|body| body == b"\x41\x07\x1A").unwrap();
        // `i32.const 16; drop`, and then `call 2`.
        bytes[at + 1] = 0x10;
        assert_eq!(Module::parse(&bytes).unwrap().functions[0].calls, [0_u32; 0]);
        bytes.splice(at..at + 3, *b"\x10\x02\x1A");
        assert_eq!(Module::parse(&bytes).unwrap().functions[0].calls, [2]);
    }

    #[test]
    fn bytes_that_are_no_module_are_refused() {
        let bytes = example("core", "own");
        for length in (0..8).chain([9, 11, 20, bytes.len() - 1]) {
            assert!(Module::parse(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn numbers_are_written_as_the_format_reads_them() {
        for number in [0, 1, 127, 128, 300, 1 << 20] {
            let mut bytes = Vec::new();
            write_number(&mut bytes, number);
            assert_eq!(BinaryReader::new(&bytes, 0).read_var_u32().unwrap() as usize, number);
        }
    }
}
