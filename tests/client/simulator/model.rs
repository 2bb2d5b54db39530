//! Documents as fields with tokens, and the generator behind every choice.

use std::collections::{BTreeMap, BTreeSet};

use mergefetch::conflict::Document;
use mergefetch::http::Format;

/// A small generator (xorshift64*): the same numbers on every machine.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 33) as usize % limit
    }

    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// The kind of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An object of strings, whose members may come and go.
    Json,
    /// Lines, four others between two that are edited: over three, conflicts are joined into one.
    Text,
}

impl Kind {
    pub fn format(self) -> Format {
        match self {
            Self::Json => Format::Json,
            Self::Text => Format::Text,
        }
    }
}

pub type Fields = BTreeMap<String, String>;

/// A value of a field, or that the field is not there.
pub type Value = (String, Option<String>);

pub const FIELDS: [&str; 5] = ["f0", "f1", "f2", "f3", "f4"];

/// A member that counts.
pub const COUNTER: &str = "n";

pub fn count(fields: Option<&Fields>) -> i64 {
    fields.and_then(|fields| fields.get(COUNTER)).and_then(|number| number.parse().ok()).unwrap_or_default()
}

pub fn write(kind: Kind, fields: &Fields) -> String {
    match kind {
        Kind::Json => {
            let member = |(name, value): (&String, &String)| match name.as_str() {
                COUNTER => format!("\"{name}\":{value}"),
                _ => format!("\"{name}\":\"{value}\""),
            };
            let members: Vec<_> = fields.iter().map(member).collect();
            format!("{{{}}}", members.join(","))
        }
        Kind::Text => fields
            .iter()
            .map(|(name, value)| format!("{name} {value}\n-{name}\n--{name}\n---{name}\n----{name}\n"))
            .collect(),
    }
}

/// The fields of a document, of one region of it, or of one value of it.
pub fn read(kind: Kind, text: &str) -> Fields {
    match kind {
        Kind::Json => {
            let members = text.trim_matches(['{', '}']).split(',').filter_map(|member| member.split_once(':'));
            let bare = |text: &str| text.trim_matches('"').to_owned();
            members.map(|(name, value)| (bare(name), bare(value))).collect()
        }
        Kind::Text => text
            .lines()
            .filter(|line| line.starts_with('f'))
            .filter_map(|line| line.split_once(' '))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    }
}

pub fn document(kind: Kind, fields: &Fields) -> Document {
    Document::parse(kind.format(), write(kind, fields).as_bytes()).unwrap()
}

pub fn fields(kind: Kind, document: &Document) -> Fields {
    read(kind, document.text().unwrap())
}

/// Where the document of this number lives.
pub fn url(number: usize) -> String {
    format!("https://example.org/notes/{}", 7 + number)
}

/// Its first content.
pub fn start(number: usize) -> Fields {
    FIELDS.iter().map(|name| ((*name).to_owned(), format!("{name}start{number}"))).collect()
}

/// The fields that a change is about: without a base a text is one region.
pub fn fields_of(kind: Kind, change: &mergefetch::merge::Change) -> Vec<String> {
    match kind {
        Kind::Json => match change.id.split_once('#') {
            // Members that are decided together, as a side gave the value of one the name of another.
            Some((_, names)) => names.split('+').map(str::to_owned).collect(),
            None => vec![change.path.trim_start_matches('/').to_owned()],
        },
        Kind::Text => {
            let sides = [&change.base, &change.mine, &change.theirs];
            let names = sides.into_iter().flatten().flat_map(|text| read(kind, text));
            let names: BTreeSet<String> = names.map(|(name, _)| name).collect();
            names.into_iter().collect()
        }
    }
}

pub fn value_at(kind: Kind, side: Option<&str>, name: &str) -> Option<String> {
    match kind {
        Kind::Json if side?.starts_with('{') => read(kind, side?).remove(name),
        Kind::Json => Some(side?.trim_matches('"').to_owned()),
        Kind::Text => read(kind, side?).remove(name),
    }
}
