//! What the tests of JSON merges share: seeded random documents and edits of them.
#![allow(dead_code, reason = "each test file uses its own part")]

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
            let records: Vec<String> = (0..count)
                .map(|id| format!("{{\"id\":{id},\"v\":{}}}", random_value(random, depth - 1)))
                .collect();
            format!("[{}]", records.join(","))
        }
        _ => {
            let count = random.below(5);
            let elements: Vec<String> = (0..count)
                .map(|_| random_value(random, depth - 1))
                .collect();
            format!("[{}]", elements.join(","))
        }
    }
}
