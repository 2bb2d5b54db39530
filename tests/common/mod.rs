//! Inputs for the laws: all small documents, and seeded random ones.
#![allow(dead_code, reason = "each test binary uses its own part")]

use mergefetch::merge::text::{Options, RegionKind, TextMerge, Texts, merge};

/// A small generator (xorshift64*): the same numbers on every machine.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 33) as usize % limit.max(1)
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// All sequences over `symbols` of up to `longest` elements.
pub fn all_sequences(symbols: &[&str], longest: usize) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    let mut last = all.clone();
    for _ in 0..longest {
        let mut next = Vec::new();
        for prefix in &last {
            for symbol in symbols {
                let mut sequence: Vec<String> = prefix.clone();
                sequence.push((*symbol).to_owned());
                next.push(sequence);
            }
        }
        all.extend(next.clone());
        last = next;
    }
    all
}

/// A copy of `lines` with about `edits` random insertions, deletions, replacements, moves and copies.
pub fn edited(random: &mut Random, lines: &[String], edits: usize, words: &[&str]) -> Vec<String> {
    let mut lines = lines.to_vec();
    for _ in 0..edits {
        let at = random.below(lines.len() + 1);
        let word = random.pick(words).to_owned();
        match random.below(6) {
            0 | 1 => lines.insert(at, word),
            2 if at < lines.len() => drop(lines.remove(at)),
            3 if at < lines.len() => lines[at] = word,
            4 if at < lines.len() => {
                let line = lines.remove(at);
                let to = random.below(lines.len() + 1);
                lines.insert(to, line);
            }
            5 if at < lines.len() => {
                let line = lines[at].clone();
                let to = random.below(lines.len() + 1);
                lines.insert(to, line);
            }
            _ => {}
        }
    }
    lines
}

pub fn text_of(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

pub fn texts<'a>(base: &'a str, mine: &'a str, theirs: &'a str) -> Texts<'a> {
    Texts { base: Some(base), mine, theirs }
}

pub fn merged(texts: Texts<'_>) -> TextMerge {
    merged_with(texts, &Options::default())
}

pub fn merged_with(texts: Texts<'_>, options: &Options) -> TextMerge {
    merge(texts, options).expect("small documents merge")
}

/// The text of the merge with default options.
pub fn text(base: &str, mine: &str, theirs: &str) -> String {
    let texts = texts(base, mine, theirs);
    merged(texts).text(texts)
}

/// The text, or `None` where something conflicts.
pub fn clean_text(base: &str, mine: &str, theirs: &str) -> Option<String> {
    let texts = texts(base, mine, theirs);
    let merged = merged(texts);
    merged.is_clean().then(|| merged.text(texts))
}

pub fn kinds(merge: &TextMerge) -> Vec<RegionKind> {
    merge.regions().iter().map(|region| region.kind).collect()
}

/// Asserts that the regions tile all three documents, on character boundaries, and that the content of each matches its kind.
pub fn assert_regions(merge: &TextMerge, texts: Texts<'_>) {
    let base = texts.base.unwrap_or_default();
    let (mut b, mut m, mut t) = (0, 0, 0);
    for region in merge.regions() {
        assert_eq!((region.base.start, region.mine.start, region.theirs.start), (b, m, t), "{texts:?}");
        (b, m, t) = (region.base.end, region.mine.end, region.theirs.end);
        let in_base = base.get(region.base.start..b).expect("a range of base");
        let in_mine = texts.mine.get(region.mine.start..m).expect("a range of mine");
        let in_theirs = texts.theirs.get(region.theirs.start..t).expect("a range of theirs");
        match region.kind {
            RegionKind::Unchanged => {
                assert_eq!(in_mine, in_theirs, "{texts:?}");
                assert!(texts.base.is_none() || in_base == in_mine, "{texts:?}");
            }
            RegionKind::Conflict => assert_ne!(in_mine, in_theirs, "{texts:?}"),
            RegionKind::Mine | RegionKind::Theirs | RegionKind::Both => {
                assert!(!(in_base == in_mine && in_base == in_theirs), "{texts:?} {region:?}");
            }
        }
    }
    assert_eq!((b, m, t), (base.len(), texts.mine.len(), texts.theirs.len()), "{texts:?}");
}
