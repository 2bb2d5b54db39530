//! As much of the WebAssembly binary format (core specification, chapter 5) as it takes to name and change functions and data.

use std::collections::HashMap;
use std::ops::Range;

use rustc_demangle::demangle;

/// Identifiers of sections.
const CUSTOM: u8 = 0;
const TYPES: u8 = 1;
const IMPORTS: u8 = 2;
const FUNCTIONS: u8 = 3;
const CODE: u8 = 10;
const DATA: u8 = 11;

/// Where things lie in the bytes of a module.
#[derive(Debug, Default)]
pub struct Module {
    /// The code section with its identifier and length.
    pub code_section: Range<usize>,
    pub imports: Vec<Import>,
    /// How many functions are imported: the indices of those with a body start behind them.
    pub imported: usize,
    /// Functions with a body, in order.
    pub functions: Vec<Function>,
    /// Bytes that memory starts with.
    pub segments: Vec<Segment>,
    /// What the linker noted of the addresses and indices in code and data (`--emit-relocs`).
    pub relocations: Vec<Relocations>,
}

/// Something from another module.
#[derive(Debug)]
pub struct Import {
    /// Where the name of that module stands.
    pub module: Range<usize>,
    pub name: String,
    is_function: bool,
}

/// A section of relocations (tool conventions of WebAssembly, "Linking").
#[derive(Debug)]
pub struct Relocations {
    /// With its identifier and length.
    pub section: Range<usize>,
    /// Its name and the number of the section that it is about.
    pub head: Range<usize>,
    pub entries: Vec<Relocation>,
}

#[derive(Debug)]
pub struct Relocation {
    pub entry: Range<usize>,
    /// What it is about, as a position in the bytes of the module.
    pub at: usize,
}

/// A function with a body.
#[derive(Debug)]
pub struct Function {
    /// From the name section; empty where it has none.
    pub name: String,
    pub body: Range<usize>,
    pub has_results: bool,
}

/// A piece of the memory at the start.
#[derive(Debug)]
pub struct Segment {
    /// Where it lies in memory.
    pub address: u32,
    pub bytes: Range<usize>,
}

impl Module {
    /// None where the bytes are no module, or one with something that rustc and wasm-bindgen do not write.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader { bytes, at: 0 };
        (reader.take(8)? == b"\0asm\x01\0\0\0").then_some(())?;
        let mut module = Self::default();
        let (mut types, mut declared, mut names) = (Vec::new(), Vec::new(), HashMap::new());
        let mut contents = HashMap::new();
        while reader.at < bytes.len() {
            let start = reader.at;
            let id = reader.byte()?;
            let length = reader.number()?;
            let mut section = Reader { bytes: bytes.get(..reader.at + length)?, at: reader.at };
            contents.insert(id, section.at);
            match id {
                CUSTOM => match section.name()? {
                    "name" => section.names(&mut names)?,
                    "reloc.CODE" => module.relocations.push(section.relocations(start, *contents.get(&CODE)?)?),
                    "reloc.DATA" => module.relocations.push(section.relocations(start, *contents.get(&DATA)?)?),
                    _ => {}
                },
                TYPES => types = section.list(Reader::function_type)?,
                IMPORTS => {
                    module.imports = section.list(Reader::import)?;
                    module.imported = module.imports.iter().filter(|import| import.is_function).count();
                }
                FUNCTIONS => declared = section.list(Reader::number)?,
                CODE => {
                    module.code_section = start..section.bytes.len();
                    let bodies = section.list(Reader::sized)?;
                    for (body, kind) in bodies.into_iter().zip(&declared) {
                        let name = String::new();
                        module.functions.push(Function { name, body, has_results: *types.get(*kind)? });
                    }
                }
                DATA => module.segments = section.list(Reader::segment)?,
                _ => {}
            }
            reader.at = section.bytes.len();
        }
        for (index, function) in module.functions.iter_mut().enumerate() {
            function.name = names.remove(&(module.imported + index)).unwrap_or_default();
        }
        Some(module)
    }

    /// The position of an address of memory in the bytes of the module.
    pub fn position(&self, address: u32) -> Option<usize> {
        self.segments.iter().find_map(|segment| {
            let inside = address.checked_sub(segment.address)? as usize;
            (inside < segment.bytes.len()).then_some(segment.bytes.start + inside)
        })
    }
}

/// Appends a number as LEB128.
pub fn write_number(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let bytes = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// An unsigned LEB128 number.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.number()?;
        (0..count).map(|_| item(self)).collect()
    }

    /// The place of some bytes that stand behind their length.
    fn sized(&mut self) -> Option<Range<usize>> {
        let length = self.number()?;
        let start = self.at;
        self.take(length)?;
        Some(start..self.at)
    }

    fn name(&mut self) -> Option<&'b str> {
        let range = self.sized()?;
        std::str::from_utf8(self.bytes.get(range)?).ok()
    }

    /// Whether a function of this type has results.
    fn function_type(&mut self) -> Option<bool> {
        (self.byte()? == 0x60).then_some(())?;
        self.list(Self::byte)?;
        Some(!self.list(Self::byte)?.is_empty())
    }

    fn import(&mut self) -> Option<Import> {
        let module = self.sized()?;
        let name = self.name()?.to_owned();
        let kind = self.byte()?;
        match kind {
            0 => drop(self.number()?),
            1 => {
                self.byte()?;
                self.limits()?;
            }
            2 => self.limits()?,
            3 => drop(self.take(2)?),
            4 => {
                self.byte()?;
                self.number()?;
            }
            _ => return None,
        }
        Some(Import { module, name, is_function: kind == 0 })
    }

    fn limits(&mut self) -> Option<()> {
        let has_maximum = self.byte()? & 1 == 1;
        self.number()?;
        if has_maximum {
            self.number()?;
        }
        Some(())
    }

    /// A segment that lies in memory from the start, at a constant address.
    fn segment(&mut self) -> Option<Segment> {
        const I32_CONST: u8 = 0x41;
        const END: u8 = 0x0B;
        (self.number()? == 0 && self.byte()? == I32_CONST).then_some(())?;
        // Addresses of this size are written as signed numbers; those that rustc gives are far from the sign.
        let address = u32::try_from(self.number()?).ok()?;
        (self.byte()? == END).then_some(())?;
        Some(Segment { address, bytes: self.sized()? })
    }

    /// Behind the name of the section, which begins at `start`; offsets count from `contents`.
    fn relocations(&mut self, start: usize, contents: usize) -> Option<Relocations> {
        const NAME_BYTES: usize = "\x0Areloc.CODE".len();
        /// Addresses of memory, and offsets in functions and sections.
        const WITH_ADDEND: [u8; 14] = [3, 4, 5, 8, 9, 11, 14, 15, 16, 17, 21, 22, 23, 25];
        let head = self.at - NAME_BYTES;
        self.number()?;
        let head = head..self.at;
        let entries = self.list(|reader| {
            let first = reader.at;
            let kind = reader.byte()?;
            let at = contents + reader.number()?;
            reader.number()?;
            if WITH_ADDEND.contains(&kind) {
                reader.number()?;
            }
            Some(Relocation { entry: first..reader.at, at })
        })?;
        Some(Relocations { section: start..self.bytes.len(), head, entries })
    }

    fn names(&mut self, names: &mut HashMap<usize, String>) -> Option<()> {
        const OF_FUNCTIONS: u8 = 1;
        while self.at < self.bytes.len() {
            let kind = self.byte()?;
            let end = self.sized()?;
            if kind == OF_FUNCTIONS {
                let mut map = Reader { bytes: self.bytes.get(..end.end)?, at: end.start };
                // The linker leaves them as rustc writes them.
                names.extend(map.list(|map| Some((map.number()?, demangle(map.name()?).to_string())))?);
            }
        }
        Some(())
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Two imports (a function, a memory), two functions, names, and four bytes at address 1024.
    pub fn example(first: &str, second: &str) -> Vec<u8> {
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
        let module = Module::parse(&bytes).unwrap_or_default();
        let found: Vec<_> = module.functions.iter().map(|one| (one.name.as_str(), one.has_results)).collect();
        assert_eq!(found, [("core", false), ("own", true)]);
        assert_eq!(bytes.get(module.functions[1].body.clone()), Some(&b"\x00\x41\x2A\x0B"[..]));
    }

    #[test]
    fn addresses_of_memory_are_found_in_the_file() {
        let bytes = example("core", "own");
        let module = Module::parse(&bytes).unwrap_or_default();
        let at = module.position(1025).unwrap_or_default();
        assert_eq!(bytes.get(at..at + 3), Some(&b"ata"[..]));
        assert_eq!((module.position(1023), module.position(1028)), (None, None));
    }

    #[test]
    fn bytes_that_are_no_module_are_refused() {
        let bytes = example("core", "own");
        for length in (0..8).chain([9, 11, 20, bytes.len() - 1]) {
            assert!(Module::parse(&bytes[..length]).is_none(), "{length}");
        }
    }

    #[test]
    fn numbers_are_written_as_they_are_read() {
        for number in [0, 1, 127, 128, 300, 1 << 20] {
            let mut bytes = Vec::new();
            write_number(&mut bytes, number);
            assert_eq!(Reader { bytes: &bytes, at: 0 }.number(), Some(number));
        }
    }
}
