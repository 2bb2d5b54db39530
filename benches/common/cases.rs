//! The documents that are merged: seeded, the same on every machine.

use super::common::Random;

/// Three documents.
pub struct Case {
    /// As in the tables of `docs/DESIGN.md`.
    pub name: &'static str,
    pub base: String,
    pub mine: String,
    pub theirs: String,
}

const WORDS: [&str; 16] = [
    "time", "people", "river", "stone", "under", "quick", "brown", "seven", "letter", "market", "winter", "garden",
    "paper", "window", "silver", "north",
];

const GREEK: [&str; 16] = [
    "χρόνος",
    "άνθρωποι",
    "ποτάμι",
    "πέτρα",
    "κάτω",
    "γρήγορα",
    "καφέ",
    "επτά",
    "γράμμα",
    "αγορά",
    "χειμώνας",
    "κήπος",
    "χαρτί",
    "παράθυρο",
    "ασήμι",
    "βορράς",
];

fn prose_line(random: &mut Random, words: &[&'static str]) -> String {
    let words: Vec<&str> = (0..4 + random.below(9)).map(|_| random.pick(words)).collect();
    words.join(" ")
}

/// About `bytes` of prose, and two copies with `per_mille` of the lines edited, half by each side.
fn prose(name: &'static str, bytes: usize, per_mille: usize) -> Case {
    prose_of(&WORDS, name, bytes, per_mille, 0)
}

/// The same of other words, with at least `apart` lines between two edits.
fn prose_of(words: &[&'static str], name: &'static str, bytes: usize, per_mille: usize, apart: usize) -> Case {
    let mut random = Random::new(7);
    let mut lines = Vec::new();
    let mut size = 0;
    while size < bytes {
        let line = if random.below(6) == 0 { String::new() } else { prose_line(&mut random, words) };
        size += line.len() + 1;
        lines.push(line);
    }
    let (mut mine, mut theirs) = (lines.clone(), lines.clone());
    let mut free = 0;
    for line in 0..lines.len() {
        if line >= free && random.below(1000) < per_mille {
            free = line + 1 + apart;
            let side = if random.below(2) == 0 { &mut mine } else { &mut theirs };
            side[line] = match random.below(3) {
                0 => format!("{}\n{}", lines[line], prose_line(&mut random, words)),
                _ => prose_line(&mut random, words),
            };
        }
    }
    let text = |lines: Vec<String>| lines.join("\n") + "\n";
    Case { name, base: text(lines), mine: text(mine), theirs: text(theirs) }
}

/// All cases, by number.
pub const NAMES: [&str; 19] = [
    "1 kB, 1 %",
    "1 kB, 10 %",
    "100 kB, 10 %",
    "1 MB, 1 %",
    "1 MB, 10 %",
    "1 MB, 10 %, apart",
    "1 MB, 10 %, Greek",
    "10 MB, 1 %",
    "10 MB, 10 %",
    "10 MB, 10 %, apart",
    "all lines equal",
    "none shared",
    "reversed",
    "alternating",
    "pretty-printed JSON",
    "ten symbols, random",
    "one long line",
    "100,000 edits",
    "CRLF to LF",
];

/// The first are prose; the others make naive algorithms quadratic, most of them about 1 MB a document.
pub fn case(number: usize, smoke: bool) -> Case {
    let scale = if smoke { 100 } else { 1 };
    let name = NAMES[number];
    let lines = 40_000 / scale;
    let plain = |mark: &'static str| numbered(lines, move |line| format!("{mark} line number {line:06}\n"));
    let one_edit = |text: String| text.replacen("000007", "edited", 1);
    let [base, mine, theirs] = match name {
        "1 kB, 1 %" => return prose(name, 1000, 10),
        "1 kB, 10 %" => return prose(name, 1000, 100),
        "100 kB, 10 %" => return prose(name, 100_000 / scale, 100),
        "1 MB, 1 %" => return prose(name, 1_000_000 / scale, 10),
        "1 MB, 10 %" => return prose(name, 1_000_000 / scale, 100),
        // With two lines between edits Git merges all cleanly; the gaps make up for the higher rate.
        "1 MB, 10 %, apart" => return prose_of(&WORDS, name, 1_000_000 / scale, 125, 2),
        "10 MB, 10 %, apart" => return prose_of(&WORDS, name, 10_000_000 / scale, 125, 2),
        "1 MB, 10 %, Greek" => return prose_of(&GREEK, name, 1_000_000 / scale, 100, 0),
        "10 MB, 1 %" => return prose(name, 10_000_000 / scale, 10),
        "10 MB, 10 %" => return prose(name, 10_000_000 / scale, 100),
        "all lines equal" => {
            [lines, lines + 50, lines - 50].map(|count| numbered(count, |_| "a line like all the others\n".to_owned()))
        }
        "none shared" => ["base", "mine", "theirs"].map(plain),
        "reversed" => {
            let reversed = plain("base").lines().rev().map(|line| format!("{line}\n")).collect::<String>();
            [plain("base"), reversed, one_edit(plain("base"))]
        }
        "alternating" => ["base", "mine", "theirs"].map(|odd| {
            numbered(lines, move |line| {
                if line % 2 == 0 {
                    format!("kept line number {line:06}\n")
                } else {
                    format!("{odd} line number {line:06}\n")
                }
            })
        }),
        "pretty-printed JSON" => [99, 3, 13].map(|price| {
            numbered(lines / 5, move |item| {
                let price = if item % 20 == price { item + 1 } else { item };
                format!("  {{\n    \"id\": {item},\n    \"price\": {price},\n    \"tags\": []\n  }},\n")
            })
        }),
        "ten symbols, random" => [1, 2, 3].map(|seed| {
            let mut random = Random::new(seed);
            numbered_mut(lines / 4, |_| format!("the line with symbol {}\n", random.below(10)))
        }),
        "one long line" => [usize::MAX, 1000 / scale, 1_000_000 / scale].map(|edit| {
            let mut random = Random::new(3);
            let words: Vec<&str> = (0..1_600_000 / scale)
                .map(|word| {
                    let other = random.pick(&WORDS);
                    if word == edit { "EDITED" } else { other }
                })
                .collect();
            words.join(" ")
        }),
        "100,000 edits" => [0, 1, 3].map(|by| {
            numbered(lines * 5, move |line| {
                if by > 0 && line % 4 == by { format!("edited line {line}\n") } else { format!("line {line}\n") }
            })
        }),
        _ => {
            let base = plain("base").replace('\n', "\r\n");
            [base.clone(), plain("base"), one_edit(base)]
        }
    };
    Case { name, base, mine, theirs }
}

fn numbered(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

fn numbered_mut(count: usize, line: impl FnMut(usize) -> String) -> String {
    (0..count).map(line).collect()
}
