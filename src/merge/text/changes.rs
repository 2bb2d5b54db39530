//! Views of a merge: the text, the changes with their ids, and the text that decisions make of it.

use super::attributes::Conversion;
use super::markers::{Markers, first_line_end};
use super::output::{Output, Piece, concat};
use super::sentences::needs_blank;
use super::{Region, RegionKind, Side, Style, TextMerge, Texts, Trait};
use crate::error::Error;
use crate::gather::chained;
use crate::merge::sort::sort_pairs;
use crate::merge::{Change, ChangeOp, ChangeState, Clash, Pick};
use text_diff::{BOM, Ending, hash64, mix};

/// What is put in the place of a region.
#[derive(Debug, Clone, Copy)]
enum Shown<'a> {
    /// What the merge made of it.
    Merged,
    One(Side),
    Two(Side, Side),
    /// The suggestion.
    Suggested(&'a str),
    /// Somebody's own words.
    Custom(&'a str),
    /// Both sides between markers.
    Marked,
}

impl TextMerge {
    /// The merged text; conflicts stand in it between markers.
    ///
    /// `texts` are those of the merge.
    pub fn text(&self, texts: Texts<'_>) -> String {
        let merge = self.with_markers();
        let markers = merge.markers(texts);
        concat(&merge.merged_pieces(texts, &markers))
    }

    /// Marker lines, where there is a conflict to mark.
    pub(super) fn markers(&self, texts: Texts<'_>) -> Option<Markers> {
        (!self.is_clean()).then(|| Markers::new(texts, &self.options))
    }

    pub(super) fn merged_pieces<'a>(&'a self, texts: Texts<'a>, markers: &'a Option<Markers>) -> Vec<Piece<'a>> {
        self.pieces(texts, markers.as_ref(), |region, _| match region.kind {
            RegionKind::Conflict => Shown::Marked,
            _ => Shown::Merged,
        })
    }

    /// Every region that is not unchanged, in document order; `path` is the pointer put into the changes.
    ///
    /// `texts` are those of the merge.
    pub fn changes(&self, texts: Texts<'_>, path: &str) -> Vec<Change> {
        let mut ids = Vec::new();
        let mut changes = Vec::new();
        for (region, of_region) in self.regions.iter().zip(&self.traits) {
            if region.kind == RegionKind::Unchanged {
                continue;
            }
            ids.push((content_hash(texts, region), changes.len() as u32));
            let part = |side| match Self::region_slice(texts, region, side) {
                "" => None,
                text => Some(text.to_owned()),
            };
            changes.push(Change {
                id: String::new(),
                path: path.to_owned(),
                state: state_of(region.kind),
                op: ChangeOp::Text,
                clash: (region.kind == RegionKind::Conflict || of_region.settled)
                    .then(|| clash_of(texts, region, *of_region)),
                ambiguous: region.ambiguous,
                is_order_free: false,
                from: None,
                into: [None, None],
                base: part(Side::Base),
                mine: part(Side::Mine),
                theirs: part(Side::Theirs),
                suggestion: region.suggestion.clone(),
                region: Some(region.clone()),
            });
        }
        name(&mut ids, &mut changes);
        changes
    }

    /// The text that results from `picks`, one for each element of [`changes`](Self::changes), in the same order.
    ///
    /// Lines are never glued together: where a text that was picked lacks its line end and something follows, the line end of the
    /// lines before is put in between.
    ///
    /// # Errors
    ///
    /// `invalid-argument` when the number of picks is not that of the changes, or a suggestion is picked where there is none.
    pub fn compose(&self, texts: Texts<'_>, picks: &[Pick<'_>]) -> Result<String, Error> {
        let changed = self.regions.iter().filter(|region| region.kind != RegionKind::Unchanged);
        let expected = changed.clone().count();
        if picks.len() != expected {
            return Err(Error::invalid_argument("a pick for each change", picks.len().to_string()));
        }
        for (region, pick) in changed.zip(picks) {
            if matches!(pick, Pick::Suggested) && region.suggestion.is_none() {
                return Err(Error::invalid_argument("a change with a suggestion", "one without"));
            }
        }
        let mut picks = picks.iter();
        let pieces = self.pieces(texts, None, |region, _| {
            let pick = if region.kind == RegionKind::Unchanged { None } else { picks.next() };
            match pick {
                Some(Pick::Base) => Shown::One(Side::Base),
                Some(Pick::Mine) => Shown::One(Side::Mine),
                Some(Pick::Theirs) => Shown::One(Side::Theirs),
                Some(Pick::Both) => Shown::Two(Side::Mine, Side::Theirs),
                Some(Pick::BothReversed) => Shown::Two(Side::Theirs, Side::Mine),
                Some(Pick::Suggested) => Shown::Suggested(region.suggestion.as_deref().unwrap_or_default()),
                Some(Pick::Custom(text)) => Shown::Custom(text),
                Some(Pick::Auto) if region.kind == RegionKind::Conflict => Shown::One(Side::Mine),
                Some(Pick::Auto) | None => Shown::Merged,
            }
        });
        Ok(concat(&pieces))
    }

    fn pieces<'a>(
        &'a self,
        texts: Texts<'a>,
        markers: Option<&'a Markers>,
        mut choose: impl FnMut(&'a Region, Trait) -> Shown<'a>,
    ) -> Vec<Piece<'a>> {
        let lone_cr = self.attributes.lone_cr;
        let mut output = Output::new(first_line_end(texts, &self.attributes), lone_cr);
        let mut final_newline = self.attributes.final_newline;
        let has_bom = |side| texts.of(side).starts_with(BOM);
        // For markers, a custom value, or no region. If mine is empty, theirs may consist of the mark alone.
        let mut bom = has_bom(Side::Mine) || (texts.mine.is_empty() && has_bom(Side::Theirs));
        for (index, (region, of_region)) in self.regions.iter().zip(&self.traits).enumerate() {
            output.region = index;
            let shown = choose(region, *of_region);
            let side_newline = |side| self.attributes.newline_of(texts.of(side));
            final_newline = match shown {
                Shown::Merged if of_region.settled => side_newline(winner(region.kind)),
                Shown::Merged | Shown::Suggested(_) => self.attributes.final_newline,
                Shown::One(side) | Shown::Two(_, side) => side_newline(side),
                Shown::Custom(_) | Shown::Marked => None,
            };
            if let (0, Shown::One(side) | Shown::Two(side, _)) = (index, &shown) {
                bom = has_bom(*side);
            }
            self.show(texts, region, *of_region, shown, markers, &mut output);
        }
        output.finish(final_newline, self.attributes.bom.unwrap_or(bom))
    }

    fn show<'a>(
        &self,
        texts: Texts<'a>,
        region: &'a Region,
        of_region: Trait,
        shown: Shown<'a>,
        markers: Option<&'a Markers>,
        output: &mut Output<'a>,
    ) {
        let inline = of_region.inline;
        match shown {
            Shown::Merged => self.copy(texts, region, winner(region.kind), of_region, output),
            Shown::One(side) => self.copy(texts, region, side, of_region, output),
            Shown::Two(first, second) => {
                self.copy(texts, region, first, of_region, output);
                let [one, other] = [first, second].map(|side| Self::region_slice(texts, region, side));
                if inline && region.kind == RegionKind::Conflict && needs_blank(one, other) {
                    output.add(" ", true);
                }
                self.copy(texts, region, second, of_region, output);
            }
            Shown::Suggested(text) | Shown::Custom(text) => output.add(text, inline),
            Shown::Marked => {
                let Some(markers) = markers else { return };
                output.end_line();
                let line_end = self.marker_end(texts, region, output.line_end());
                marker(&markers.mine, line_end, output);
                self.copy(texts, region, Side::Mine, of_region, output);
                if self.options.style != Style::Merge && texts.base.is_some() {
                    marker(&markers.base, line_end, output);
                    self.copy(texts, region, Side::Base, of_region, output);
                }
                marker(&markers.split, line_end, output);
                self.copy(texts, region, Side::Theirs, of_region, output);
                marker(&markers.theirs, line_end, output);
            }
        }
    }

    /// Markers end as the line before the conflict does; at the start of the document as its first line.
    fn marker_end(&self, texts: Texts<'_>, region: &Region, before: Ending) -> Ending {
        if region.mine.start > 0 || region.theirs.start > 0 {
            return before;
        }
        first_line_end(texts, &self.attributes)
    }

    fn copy<'a>(&self, texts: Texts<'a>, region: &Region, side: Side, of_region: Trait, output: &mut Output<'a>) {
        let attributes = &self.attributes;
        let slice = |side| Self::region_slice(texts, region, side);
        let follow = match (region.kind, side) {
            // Both sides say the same, to the byte.
            (RegionKind::Unchanged | RegionKind::Both, _) => Conversion::default(),
            _ if of_region.verbatim => Conversion::default(),
            // Where `favor` settled a conflict the lines of base say nothing about those of a side.
            (_, Side::Theirs) if of_region.settled => attributes.mine,
            (_, Side::Mine) if of_region.settled => attributes.theirs,
            (RegionKind::Theirs, Side::Theirs) => {
                attributes.conversion_in(&attributes.mine, slice(Side::Base), slice(Side::Mine))
            }
            (RegionKind::Mine, Side::Mine) => {
                attributes.conversion_in(&attributes.theirs, slice(Side::Base), slice(Side::Theirs))
            }
            (_, Side::Theirs) => attributes.mine,
            (_, Side::Mine) => attributes.theirs,
            (_, Side::Base) if attributes.mine.changes_nothing() => attributes.theirs,
            (_, Side::Base) => attributes.mine,
        };
        output.copy(side, texts.of(side), region.range(side), &follow, of_region.inline);
    }
}

fn marker<'a>(line: &'a str, line_end: Ending, output: &mut Output<'a>) {
    output.add(line, false);
    output.add(line_end.as_str(), true);
}

/// The side that a region without a conflict is taken from.
pub(super) const fn winner(kind: RegionKind) -> Side {
    match kind {
        RegionKind::Theirs => Side::Theirs,
        _ => Side::Mine,
    }
}

fn state_of(kind: RegionKind) -> ChangeState {
    match kind {
        RegionKind::Mine => ChangeState::Mine,
        RegionKind::Theirs => ChangeState::Theirs,
        RegionKind::Unchanged | RegionKind::Both => ChangeState::Same,
        RegionKind::Conflict => ChangeState::Conflict,
    }
}

fn clash_of(texts: Texts<'_>, region: &Region, of_region: Trait) -> Clash {
    if texts.base.is_none() {
        Clash::NoBase
    } else if of_region.moved {
        Clash::MoveMove
    } else if region.base.is_empty() {
        Clash::InsertInsert
    } else if region.mine.is_empty() {
        Clash::DeleteEdit
    } else if region.theirs.is_empty() {
        Clash::EditDelete
    } else {
        Clash::EditEdit
    }
}

/// The same for the same edit wherever it stands: base and mine, or base and theirs where only theirs changed.
fn content_hash(texts: Texts<'_>, region: &Region) -> u64 {
    let base = TextMerge::region_slice(texts, region, Side::Base);
    let (side, seed) = match region.kind {
        RegionKind::Theirs => (Side::Theirs, 1),
        _ => (Side::Mine, 0),
    };
    let edit = TextMerge::region_slice(texts, region, side);
    mix(mix(hash64(base.as_bytes()), seed), hash64(edit.as_bytes()))
}

/// Gives each change its id: the path and a token of its content.
fn name(hashes: &mut [(u64, u32)], changes: &mut [Change]) {
    sort_pairs(hashes);
    let (mut last, mut ordinal) = (None, 0);
    for (hash, index) in hashes {
        ordinal = if last == Some(*hash) { ordinal + 1 } else { 0 };
        last = Some(*hash);
        if let Some(change) = changes.get_mut(*index as usize) {
            change.id = chained(&[change.path.as_str(), "#", &token(*hash, ordinal)]);
        }
    }
}

/// Ten characters of a hash; equal edits in one document are told apart by their order.
fn token(hash: u64, ordinal: u64) -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut bits = mix(hash, ordinal);
    let mut token = String::with_capacity(10);
    for _ in 0..10 {
        token.push(char::from(DIGITS[(bits & 31) as usize]));
        bits >>= 5;
    }
    token
}
