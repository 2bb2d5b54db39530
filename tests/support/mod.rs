//! Helpers for tests of JSON merges: seeded random documents, random edits, and three documents with their merge.
#![allow(dead_code, reason = "each test file uses its own part")]

use mergefetch::merge::json::{Document, Documents, JsonMerge, Options, merge};
use mergefetch::merge::{Change, ChangeOp, Clash, Pick};

/// A small seeded generator (splitmix64): the same on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

const SCALARS: [&str; 12] = [
    "0",
    "1",
    "2",
    "1.0",
    "12345678901234567890",
    "\"a\"",
    "\"b\"",
    "\"\\u0041\"",
    "null",
    "true",
    "false",
    "\"__proto__\"",
];
const NAMES: [&str; 8] = ["a", "b", "c", "id", "__proto__", "x/y", "~", ""];

/// A compact random value, at most `depth` levels deep.
pub fn random_value(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 2 } else { 6 }) {
        0 | 1 => (*random.pick(&SCALARS)).to_owned(),
        2 | 3 => {
            let mut names: Vec<&str> = NAMES.to_vec();
            let count = random.below(4);
            let members: Vec<String> = (0..count)
                .map(|_| {
                    let name = names.remove(random.below(names.len()));
                    format!("\"{name}\":{}", random_value(random, depth - 1))
                })
                .collect();
            format!("{{{}}}", members.join(","))
        }
        4 => {
            let count = random.below(4);
            let records: Vec<String> =
                (0..count).map(|id| format!("{{\"id\":{id},\"v\":{}}}", random_value(random, depth - 1))).collect();
            format!("[{}]", records.join(","))
        }
        _ => {
            let count = random.below(5);
            let elements: Vec<String> = (0..count).map(|_| random_value(random, depth - 1)).collect();
            format!("[{}]", elements.join(","))
        }
    }
}

/// A document that tests can edit.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Scalar(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub fn random(random: &mut Random, depth: usize) -> Self {
        match random.below(if depth == 0 { 2 } else { 7 }) {
            0 | 1 => Self::Scalar((*random.pick(&SCALARS)).to_owned()),
            2 | 3 => {
                let mut names: Vec<&str> = NAMES.to_vec();
                let count = random.below(5);
                let member = |random: &mut Random| {
                    let name = names.remove(random.below(names.len()));
                    (name.to_owned(), Self::random(random, depth - 1))
                };
                let mut member = member;
                Self::Object((0..count).map(|_| member(random)).collect())
            }
            4 => {
                let count = random.below(5);
                Self::Array((0..count).map(|id| Self::record(random, id, depth - 1)).collect())
            }
            5 => {
                let count = random.below(6);
                Self::Array((0..count).map(|n| Self::Scalar(n.to_string())).collect())
            }
            _ => {
                let count = random.below(6);
                Self::Array((0..count).map(|_| Self::random(random, depth - 1)).collect())
            }
        }
    }

    fn record(random: &mut Random, id: usize, depth: usize) -> Self {
        Self::Object(vec![
            ("id".into(), Self::Scalar(id.to_string())),
            ("v".into(), Self::random(random, depth)),
            ("w".into(), Self::Scalar((*random.pick(&SCALARS)).to_owned())),
        ])
    }

    /// One random edit somewhere.
    pub fn edit(&mut self, random: &mut Random) {
        let deeper = random.below(4) > 0;
        match self {
            Self::Object(members) if !members.is_empty() && deeper => {
                let at = random.below(members.len());
                members[at].1.edit(random);
            }
            Self::Array(elements) if !elements.is_empty() && deeper => {
                let at = random.below(elements.len());
                elements[at].edit(random);
            }
            Self::Object(members) => match random.below(3) {
                0 if !members.is_empty() => {
                    members.remove(random.below(members.len()));
                }
                1 if members.len() > 1 => {
                    let member = members.remove(random.below(members.len()));
                    members.insert(random.below(members.len() + 1), member);
                }
                _ => {
                    let name = *random.pick(&NAMES);
                    let value = Self::random(random, 1);
                    match members.iter_mut().find(|(known, _)| known == name) {
                        Some(member) => member.1 = value,
                        None => members.insert(random.below(members.len() + 1), (name.to_owned(), value)),
                    }
                }
            },
            Self::Array(elements) => match random.below(4) {
                0 if !elements.is_empty() => {
                    elements.remove(random.below(elements.len()));
                }
                1 | 2 if elements.len() > 1 => {
                    let element = elements.remove(random.below(elements.len()));
                    elements.insert(random.below(elements.len() + 1), element);
                }
                _ => {
                    let id = 10 + random.below(4);
                    let record = elements.iter().any(|element| matches!(element, Self::Object(_)));
                    let new = if record { Self::record(random, id, 1) } else { Self::Scalar(id.to_string()) };
                    elements.insert(random.below(elements.len() + 1), new);
                }
            },
            Self::Scalar(_) => *self = Self::random(random, 1),
        }
    }

    pub fn edited(&self, random: &mut Random, edits: usize) -> Self {
        let mut copy = self.clone();
        for _ in 0..edits {
            copy.edit(random);
        }
        copy
    }

    /// On one line, or with the given indentation.
    pub fn text(&self, indent: Option<&str>) -> String {
        let mut out = String::new();
        self.write(indent, 0, &mut out);
        out
    }

    fn write(&self, indent: Option<&str>, depth: usize, out: &mut String) {
        let line = |depth: usize, out: &mut String| {
            if let Some(indent) = indent {
                out.push('\n');
                out.push_str(&indent.repeat(depth));
            }
        };
        let (open, close, count) = match self {
            Self::Scalar(source) => {
                out.push_str(source);
                return;
            }
            Self::Array(elements) => ('[', ']', elements.len()),
            Self::Object(members) => ('{', '}', members.len()),
        };
        out.push(open);
        for at in 0..count {
            if at > 0 {
                out.push(',');
            }
            line(depth + 1, out);
            match self {
                Self::Array(elements) => elements[at].write(indent, depth + 1, out),
                Self::Object(members) => {
                    out.push_str(&format!("\"{}\":", members[at].0));
                    if indent.is_some() {
                        out.push(' ');
                    }
                    members[at].1.write(indent, depth + 1, out);
                }
                Self::Scalar(_) => {}
            }
        }
        if count > 0 {
            line(depth, out);
        }
        out.push(close);
    }

    /// Every scalar in it.
    pub fn scalars(&self, out: &mut Vec<String>) {
        match self {
            Self::Scalar(source) => out.push(source.clone()),
            Self::Array(elements) => elements.iter().for_each(|element| element.scalars(out)),
            Self::Object(members) => members.iter().for_each(|(_, value)| value.scalars(out)),
        }
    }
}

/// Three documents and their merge.
pub struct Merged {
    base: Document,
    mine: Document,
    theirs: Document,
    pub merge: JsonMerge,
}

impl Merged {
    pub fn new(base: &str, mine: &str, theirs: &str) -> Self {
        Self::with(base, mine, theirs, &Options::default())
    }

    pub fn with(base: &str, mine: &str, theirs: &str, options: &Options) -> Self {
        let [base, mine, theirs] = [base, mine, theirs].map(|text| Document::parse(text).unwrap());
        let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
        let merge = merge(documents, options).unwrap();
        Self { merge, base, mine, theirs }
    }

    pub fn documents(&self) -> Documents<'_> {
        Documents { base: Some(&self.base), mine: &self.mine, theirs: &self.theirs }
    }

    pub fn text(&self) -> String {
        self.merge.text(self.documents()).unwrap()
    }

    /// The result if it has no conflict and is not ambiguous.
    pub fn clean(&self) -> Option<String> {
        (self.merge.is_clean() && !self.merge.is_ambiguous()).then(|| self.text())
    }

    pub fn picked(&self, pick: impl Fn(ChangeOp) -> Pick<'static>) -> String {
        let picks: Vec<Pick<'_>> = self.merge.changes().iter().map(|change| pick(change.op)).collect();
        self.merge.compose(self.documents(), &picks).unwrap()
    }

    /// The result with one pick for all conflicts.
    pub fn decided(&self, pick: Pick<'static>) -> String {
        let pick = |change: &Change| if change.clash.is_some() { pick } else { Pick::Auto };
        let picks: Vec<Pick<'_>> = self.merge.changes().iter().map(pick).collect();
        self.merge.compose(self.documents(), &picks).unwrap()
    }

    pub fn clashes(&self) -> Vec<Clash> {
        self.merge.changes().iter().filter_map(|change| change.clash).collect()
    }
}

/// A JSON array of these texts.
pub fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}
