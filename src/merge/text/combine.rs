//! Lines that one person wrote in two edits of one base.

use super::{Side, TextMerge, Texts};
use crate::gather::joined;
use crate::merge::combine::{Combined, Edits, Unit, is_both};
use crate::merge::text::RegionKind;
use text_diff::{Interner, LineKey, Span, split_lines};

impl TextMerge {
    /// The results of the changes for which `is_own` says that theirs is an earlier edit by the author of mine. Changes whose
    /// result equals mine are left out.
    ///
    /// `texts` are the texts of the merge.
    pub(crate) fn combined(&self, texts: Texts<'_>, is_own: &mut dyn FnMut(usize) -> bool) -> Vec<(usize, Combined)> {
        let mut found = Vec::new();
        let changed = self.regions.iter().zip(&self.traits).filter(|(region, _)| region.kind != RegionKind::Unchanged);
        for (index, (region, of_region)) in changed.enumerate() {
            if texts.base.is_some() && is_own(index) {
                let parts = [Side::Base, Side::Theirs, Side::Mine].map(|side| region.range(side).slice(texts.of(side)));
                found.extend(self.combined_lines(parts, of_region.inline).map(|combined| (index, combined)));
            }
        }
        found
    }

    fn combined_lines(&self, parts: [&str; 3], is_inline: bool) -> Option<Combined> {
        let mut interner = Interner::new();
        let lone_cr = self.attributes.lone_cr;
        let lines = parts.map(|part| split_lines(part, lone_cr, LineKey::Content, &mut interner));
        let line = |part: usize, at: usize| lines[part].slice(parts[part], Span::new(at as u32, at as u32 + 1));
        let edits = Edits {
            base: &lines[0].tokens,
            earlier: &lines[1].tokens,
            later: &lines[2].tokens,
            continues: &|earlier, later| continues(line(1, earlier).trim(), line(2, later).trim()),
            revises: &|base, earlier| {
                let (base, earlier) = (line(0, base), line(1, earlier));
                common_ends(base, earlier) * 2 > base.len().max(earlier.len())
            },
        };
        let units = edits.combined()?;
        if is_both(&units, edits.earlier.len(), edits.later.len()) {
            return Some(Combined::Both);
        }
        let has_end = |line: &str| line.ends_with('\n') || (lone_cr && line.ends_with('\r'));
        let line_end = if parts.iter().any(|part| part.contains('\r')) { "\r\n" } else { "\n" };
        let mut pieces: Vec<&str> = Vec::with_capacity(units.len());
        for unit in units {
            if !is_inline && pieces.last().is_some_and(|last| !has_end(last)) {
                pieces.push(if lone_cr { "\r" } else { line_end });
            }
            pieces.push(match unit {
                Unit::Earlier(at) => line(1, at),
                Unit::Later(at) => line(2, at),
            });
        }
        Some(Combined::Value(joined(&pieces, "")))
    }
}

/// Whether `later` extends `earlier`: nothing was removed, and text was added at its end or inside it.
fn continues(earlier: &str, later: &str) -> bool {
    let is_within = || {
        let mut rest = later.chars();
        common_ends(earlier, later) * 2 >= earlier.len() && earlier.chars().all(|one| rest.any(|other| other == one))
    };
    // Brackets occur in many lines.
    let has_words = earlier.contains(char::is_alphanumeric);
    later.starts_with(earlier) || (has_words && (later.contains(earlier) || is_within()))
}

/// How many bytes two texts have in common at both ends.
fn common_ends(one: &str, other: &str) -> usize {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let start = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let ends = one[start..].iter().rev().zip(other[start..].iter().rev());
    start + ends.take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_on_is_told_from_another_line() {
        for (earlier, later) in [
            ("Hel", "Hello"),
            ("world", "Hello world"),
            ("ell", "Hello"),
            ("The quick brwn", "The quick brown fox"),
            ("", "x"),
            ("- [", "- [ ] milk"),
            ("é", "éa"),
        ] {
            assert!(continues(earlier, later), "{earlier:?} {later:?}");
        }
        for (earlier, later) in
            [("x", "y"), ("Hellp", "Hello"), ("}", "if x {}"), ("buy milk", "buy bread"), ("abc", "xaxbxcx")]
        {
            assert!(!continues(earlier, later), "{earlier:?} {later:?}");
        }
    }
}
