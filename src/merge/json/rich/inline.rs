//! The text of one block: characters, each with its marks, and embeds as characters of their own.

use super::{Editor, Rich, type_of};
use crate::gather::{Gather, chained, joined};
use crate::merge::json::scalar::quote;
use crate::merge::json::tree::{At, Kind, Node, equal, name};
use crate::merge::text::{self, ByteRange, Granularity, RegionKind, TextChangeKind, Texts};

/// The first character that stands for an embed: the private use of plane 15.
const FIRST_EMBED: u32 = 0xF_0000;
/// The limit of different embeds in one block.
const MAX_EMBEDS: u32 = 1024;

/// The marks of English and German editors in the order of their schemas, for marks whose order no text shows.
const USUAL_ORDER: [&str; 10] =
    ["link", "em", "strong", "bold", "code", "italic", "strike", "subscript", "superscript", "underline"];

/// The contents of one block on the three sides.
pub(in crate::merge::json) type Sides<'a> = [Option<At<'a>>; 3];

/// The merge of one text.
pub(in crate::merge::json) enum Merged {
    /// The JSON text of the content.
    Clean(String),
    /// The edits overlap. With a merge by words, if words do not touch.
    Conflict(Option<String>),
}

/// A mark, or another property of a leaf.
#[derive(Debug, Clone)]
struct Property<'a> {
    name: String,
    /// The hash of the type of a mark.
    kind: u64,
    at: At<'a>,
}

/// A piece of the text with equal properties.
struct Piece<'a> {
    end: usize,
    properties: Vec<Property<'a>>,
}

/// The content of a block as one text.
struct Flat<'a> {
    text: String,
    pieces: Vec<Piece<'a>>,
}

/// The embeds of all sides: equal ones have one character.
#[derive(Default)]
struct Embeds<'a>(Vec<At<'a>>);

impl<'a> Embeds<'a> {
    fn character(&mut self, at: At<'a>) -> Option<char> {
        let known = self.0.iter().position(|known| known.hash() == at.hash() && equal(*known, at));
        let place = known.unwrap_or_else(|| {
            self.0.push(at);
            self.0.len() - 1
        }) as u32;
        (place < MAX_EMBEDS).then(|| char::from_u32(FIRST_EMBED + place)).flatten()
    }

    fn of(&self, character: char) -> Option<At<'a>> {
        let place = u32::from(character).checked_sub(FIRST_EMBED)?;
        self.0.get(place as usize).copied()
    }
}

/// Merges the contents of a block. `None` if they are no text of this editor.
pub(in crate::merge::json) fn merge(rich: &Rich, sides: Sides<'_>, options: &text::Options) -> Option<Merged> {
    let mut embeds = Embeds::default();
    let [base, mine, theirs] = sides.map(|side| flat(rich.editor, side, &mut embeds));
    let flats = [base?, mine?, theirs?];
    let texts = Texts { base: Some(&flats[0].text), mine: &flats[1].text, theirs: &flats[2].text };
    let of = |granularity| text::Options {
        granularity,
        favor: None,
        segmenter: options.segmenter,
        ..text::Options::default()
    };
    let written = |granularity| {
        let merge = text::merge(texts, &of(granularity)).ok()?;
        if !merge.is_clean() || merge.is_ambiguous() {
            return None;
        }
        let mut writer = Writer { rich, flats: &flats, embeds: &embeds, out: Vec::new() };
        for region in merge.regions() {
            writer.region(region.kind, [region.base, region.mine, region.theirs])?;
        }
        writer.finished()
    };
    Some(match written(Granularity::Sentence) {
        Some(content) => Merged::Clean(content),
        None => Merged::Conflict(written(Granularity::Word)),
    })
}

/// The text of a content. `None` if it has something else than leaves and embeds. No content is an empty text.
fn flat<'a>(editor: Editor, content: Option<At<'a>>, embeds: &mut Embeds<'a>) -> Option<Flat<'a>> {
    let mut flat = Flat { text: String::new(), pieces: Vec::new() };
    let Some(content) = content else { return Some(flat) };
    if content.kind() != Kind::Array {
        return None;
    }
    for node in content.document.children(content.node) {
        let at = At { node, ..content };
        if at.kind() != Kind::Object {
            return None;
        }
        match editor.text_of(at) {
            Some(text) => {
                let text = at.document.exact_string(text)?;
                if text.chars().any(|character| (FIRST_EMBED..).contains(&u32::from(character))) {
                    return None;
                }
                flat.text.push_str(&text);
            }
            // An embed is one unit, with its marks.
            None => flat.text.push(embeds.character(at)?),
        }
        let properties = if editor.text_of(at).is_some() { properties(editor, at)? } else { Vec::new() };
        flat.pieces.push(Piece { end: flat.text.len(), properties });
    }
    Some(flat)
}

/// The marks or properties of a leaf.
fn properties<'a>(editor: Editor, leaf: At<'a>) -> Option<Vec<Property<'a>>> {
    let document = leaf.document;
    let member = |node: Node| Property { name: name(document, node), kind: 0, at: At { node, ..leaf } };
    match editor {
        Editor::ProseMirror => {
            let Some(marks) = document.find_member(leaf.node, "marks") else { return Some(Vec::new()) };
            let mut found = Vec::new();
            for node in document.children(marks) {
                let at = At { node, ..leaf };
                let kind = type_of(at)?;
                found.push(Property { name: mark_name(at)?, kind, at });
            }
            Some(found)
        }
        Editor::Quill => {
            let Some(attributes) = document.find_member(leaf.node, "attributes") else { return Some(Vec::new()) };
            Some(document.children(attributes).map(member).gather())
        }
        Editor::Lexical | Editor::Slate => {
            let is_text = |node: &Node| name(document, *node) == "text";
            Some(document.children(leaf.node).filter(|node| !is_text(node)).map(member).gather())
        }
    }
}

fn mark_name(mark: At<'_>) -> Option<String> {
    mark.document.exact_string(mark.document.find_member(mark.node, "type")?)
}

impl<'a> Flat<'a> {
    /// The properties of the character at `at`.
    fn at(&self, at: usize) -> &[Property<'a>] {
        let place = self.pieces.partition_point(|piece| piece.end <= at);
        self.pieces.get(place).map_or(&[], |piece| &piece.properties)
    }

    /// The properties of the pieces of a range; of the characters beside an empty range.
    fn around(&self, range: ByteRange) -> Vec<&[Property<'a>]> {
        if range.start < range.end {
            let mut at = range.start;
            let piece = |cut| self.at(std::mem::replace(&mut at, cut));
            return self.cuts(range).map(piece).gather();
        }
        let before = range.start.checked_sub(1).map(|at| self.at(at));
        let after = (range.start < self.text.len()).then(|| self.at(range.start));
        before.into_iter().chain(after).gather()
    }

    /// The ends of the pieces inside of a range, and the end of the range.
    fn cuts(&self, range: ByteRange) -> impl Iterator<Item = usize> {
        let from = self.pieces.partition_point(|piece| piece.end <= range.start);
        let inner = self.pieces[from..].iter().map(|piece| piece.end).take_while(move |end| *end < range.end);
        inner.chain([range.end])
    }
}

struct Writer<'w, 'a> {
    rich: &'w Rich,
    flats: &'w [Flat<'a>; 3],
    embeds: &'w Embeds<'a>,
    /// The pieces of the result.
    out: Vec<(String, Vec<Property<'a>>)>,
}

impl<'a> Writer<'_, 'a> {
    /// Writes a clean region. `None` if the marks of both sides contradict each other.
    fn region(&mut self, kind: RegionKind, ranges: [ByteRange; 3]) -> Option<()> {
        let editor = match kind {
            RegionKind::Conflict => return None,
            RegionKind::Unchanged => return self.unchanged(ranges),
            RegionKind::Both => return self.same(ranges),
            RegionKind::Mine => 1,
            RegionKind::Theirs => 2,
        };
        // Words of the sentence that are still there have the marks of both sides.
        let slice = |side: usize| ranges[side].slice(&self.flats[side].text);
        let other = 3 - editor;
        if slice(other) != slice(0) {
            return None;
        }
        let within = |outer: ByteRange, inner: ByteRange| ByteRange {
            start: outer.start + inner.start,
            end: outer.start + inner.end,
        };
        for (old, new, is_equal) in text::aligned(slice(0), slice(editor)) {
            let mut sentence = [within(ranges[0], old); 3];
            sentence[editor] = within(ranges[editor], new);
            sentence[other] = within(ranges[other], old);
            if is_equal {
                self.unchanged(sentence)?;
                continue;
            }
            let [before, after] = [0, editor].map(|side| sentence[side].slice(&self.flats[side].text));
            let changes = text::diff(before, after, Granularity::Word);
            let kept: usize = changes
                .iter()
                .filter(|change| change.kind == TextChangeKind::Equal)
                .map(|change| change.before.slice(before).trim_matches(' ').len())
                .sum();
            // Marks of a sentence are not those of another sentence in its place.
            if kept * 2 < before.len().min(after.len()) && self.has_other_marks(sentence, other) {
                return None;
            }
            for change in changes {
                let mut words = [within(sentence[0], change.before); 3];
                words[editor] = within(sentence[editor], change.after);
                words[other] = within(sentence[other], change.before);
                if change.kind == TextChangeKind::Equal {
                    self.unchanged(words)?;
                } else {
                    self.edited(words, editor, other)?;
                }
            }
        }
        Some(())
    }

    /// Writes text that all sides have. Each mark is that of the side that changed it.
    fn unchanged(&mut self, ranges: [ByteRange; 3]) -> Option<()> {
        let length = ranges[0].end - ranges[0].start;
        if ranges.iter().any(|range| range.end - range.start != length) {
            return None;
        }
        let mut cuts = Vec::new();
        for (flat, range) in self.flats.iter().zip(ranges) {
            cuts.extend(flat.cuts(range).map(|cut| (cut - range.start) as u64));
        }
        crate::merge::sort::sort_hashes(&mut cuts);
        cuts.dedup();
        let mut at = 0;
        for cut in cuts.into_iter().map(|cut| cut as usize) {
            let places = [0, 1, 2].map(|side: usize| self.flats[side].at(ranges[side].start + at));
            let properties = self.merged(places)?;
            let text = self.flats[2].text.get(ranges[2].start + at..ranges[2].start + cut)?;
            self.push(text.to_owned(), properties);
            at = cut;
        }
        Some(())
    }

    /// Writes text that both sides changed in the same way.
    fn same(&mut self, ranges: [ByteRange; 3]) -> Option<()> {
        let [_, mine, theirs] = ranges;
        if mine.end - mine.start != theirs.end - theirs.start {
            return None;
        }
        let mut cuts: Vec<u64> = self.flats[1].cuts(mine).map(|cut| (cut - mine.start) as u64).gather();
        cuts.extend(self.flats[2].cuts(theirs).map(|cut| (cut - theirs.start) as u64));
        crate::merge::sort::sort_hashes(&mut cuts);
        cuts.dedup();
        let mut at = 0;
        for cut in cuts.into_iter().map(|cut| cut as usize) {
            let [own, other] =
                [(1, mine), (2, theirs)].map(|(side, range): (usize, ByteRange)| self.flats[side].at(range.start + at));
            if !are_same(own, other) {
                return None;
            }
            let text = self.flats[2].text.get(theirs.start + at..theirs.start + cut)?;
            self.push(text.to_owned(), other.to_vec());
            at = cut;
        }
        Some(())
    }

    /// Writes text that one side changed, with its marks and the marks that the other side gave to all of the old text.
    fn edited(&mut self, ranges: [ByteRange; 3], editor: usize, other: usize) -> Option<()> {
        let flats = self.flats;
        let old = flats[0].around(ranges[0]);
        let given = flats[other].around(ranges[other]);
        let is_uniform = |all: &[&[Property<'a>]]| all.windows(2).all(|pair| are_same(pair[0], pair[1]));
        let is_changed = old.iter().zip(&given).any(|(old, given)| !are_same(old, given)) || old.len() != given.len();
        if is_changed && ranges[editor].start == ranges[editor].end && !self.is_changed_beside(ranges, other) {
            // The other side marked exactly the removed text.
            return None;
        }
        let mut at = ranges[editor].start;
        let cuts: Vec<usize> = flats[editor].cuts(ranges[editor]).gather();
        for cut in cuts {
            let own = flats[editor].at(at);
            let are_uniform = is_uniform(&old) && is_uniform(&given);
            let is_insertion = ranges[0].start == ranges[0].end;
            let properties = match (old.first(), given.first()) {
                (Some(old), Some(given)) if is_changed && are_uniform => self.merged([old, own, given])?,
                // New text at the edge of text with a new mark has no new mark.
                _ if is_changed && !is_insertion => return None,
                _ => own.to_vec(),
            };
            let text = flats[editor].text.get(at..cut)?;
            self.push(text.to_owned(), properties);
            at = cut;
        }
        Some(())
    }

    /// Whether a side changed properties in a range of base whose text it kept.
    fn has_other_marks(&self, ranges: [ByteRange; 3], side: usize) -> bool {
        let [old, new] = [&self.flats[0], &self.flats[side]];
        let shift = |at: usize, from: usize, to: usize| at - from + to;
        let is_other = |at: usize| !are_same(old.at(at), new.at(shift(at, ranges[0].start, ranges[side].start)));
        let starts = [ranges[0].start].into_iter().chain(old.cuts(ranges[0]));
        let others = new.cuts(ranges[side]).map(|at| shift(at, ranges[side].start, ranges[0].start));
        starts.chain(others).filter(|at| *at < ranges[0].end).any(is_other)
    }

    /// Whether a side changed the properties of the character before or after a range of base.
    fn is_changed_beside(&self, ranges: [ByteRange; 3], side: usize) -> bool {
        let [old, new] = [&self.flats[0], &self.flats[side]];
        let before = ranges[0].start.checked_sub(1).zip(ranges[side].start.checked_sub(1));
        let after = (ranges[0].end < old.text.len()).then_some((ranges[0].end, ranges[side].end));
        before.into_iter().chain(after).any(|(was, is)| !are_same(old.at(was), new.at(is)))
    }

    /// The properties of base, mine and theirs, merged one by one. `None` if both sides changed one of them in different ways.
    fn merged(&self, [base, mine, theirs]: [&[Property<'a>]; 3]) -> Option<Vec<Property<'a>>> {
        let find = |of: &[Property<'a>], name: &str| of.iter().find(|one| one.name == name).cloned();
        let is_equal = |one: &Option<Property<'a>>, other: &Option<Property<'a>>| match (one, other) {
            (Some(one), Some(other)) => equal(one.at, other.at),
            (one, other) => one.is_none() && other.is_none(),
        };
        let mut found: Vec<Property<'a>> = Vec::new();
        let added = mine.iter().filter(|one| find(theirs, &one.name).is_none());
        for one in theirs.iter().chain(added) {
            let versions = [base, mine, theirs].map(|of| find(of, &one.name));
            let [old, own, other] = versions;
            let winner = if is_equal(&old, &own) || is_equal(&own, &other) {
                other
            } else if is_equal(&old, &other) {
                own
            } else {
                return None;
            };
            if let Some(winner) = winner {
                self.insert(&mut found, winner);
            }
        }
        Some(found)
    }

    /// Adds a mark at its place in the order of the schema.
    fn insert(&self, found: &mut Vec<Property<'a>>, one: Property<'a>) {
        let usual = |one: &Property<'a>| USUAL_ORDER.iter().position(|name| *name == one.name);
        let is_before = |other: &Property<'a>| {
            self.rich.is_before(one.kind, other.kind).unwrap_or_else(|| match (usual(&one), usual(other)) {
                (Some(one), Some(other)) => one < other,
                _ => false,
            })
        };
        let at = if self.rich.editor == Editor::ProseMirror { found.iter().position(is_before) } else { None };
        found.insert(at.unwrap_or(found.len()), one);
    }

    fn push(&mut self, text: String, properties: Vec<Property<'a>>) {
        match self.out.last_mut() {
            Some((last, known)) if are_same(known, &properties) => last.push_str(&text),
            _ if text.is_empty() => {}
            _ => self.out.push((text, properties)),
        }
    }

    /// The JSON text of the result, in the normal form of the editor.
    fn finished(self) -> Option<String> {
        let editor = self.rich.editor;
        if editor == Editor::Quill && !self.out.last().is_some_and(|(text, _)| text.ends_with('\n')) {
            // A document of Quill ends with a line break.
            return None;
        }
        let mut leaves: Vec<String> = Vec::new();
        let mut is_text = false;
        for (text, properties) in &self.out {
            let mut rest = text.as_str();
            while let Some(character) = rest.chars().next() {
                if let Some(embed) = self.embeds.of(character) {
                    if editor == Editor::Slate && !is_text {
                        leaves.push(EMPTY_LEAF.to_owned());
                    }
                    leaves.push(embed.source().to_owned());
                    is_text = false;
                    rest = &rest[character.len_utf8()..];
                    continue;
                }
                let end = rest.find(|character| self.embeds.of(character).is_some()).unwrap_or(rest.len());
                leaves.push(leaf(editor, &rest[..end], properties));
                is_text = true;
                rest = &rest[end..];
            }
        }
        if editor == Editor::Slate && !is_text {
            leaves.push(EMPTY_LEAF.to_owned());
        }
        Some(chained(&["[", &joined(&leaves, ","), "]"]))
    }
}

/// Slate has a text on both sides of each embed, and in an empty block.
const EMPTY_LEAF: &str = r#"{"text":""}"#;

fn are_same(one: &[Property<'_>], other: &[Property<'_>]) -> bool {
    one.len() == other.len()
        && one.iter().all(|one| other.iter().any(|other| one.name == other.name && equal(one.at, other.at)))
}

fn leaf(editor: Editor, text: &str, properties: &[Property<'_>]) -> String {
    let text = quote(text);
    let member = |one: &Property<'_>| chained(&[one.at.document.name_source(one.at.node), ":", one.at.source()]);
    let sources: Vec<String> = properties.iter().map(|one| one.at.source().to_owned()).gather();
    let members: Vec<String> = properties.iter().map(member).gather();
    match editor {
        Editor::ProseMirror if properties.is_empty() => chained(&[r#"{"type":"text","text":"#, &text, "}"]),
        Editor::ProseMirror => {
            chained(&[r#"{"type":"text","marks":["#, &joined(&sources, ","), r#"],"text":"#, &text, "}"])
        }
        Editor::Quill if properties.is_empty() => chained(&[r#"{"insert":"#, &text, "}"]),
        Editor::Quill => chained(&[r#"{"attributes":{"#, &joined(&members, ","), r#"},"insert":"#, &text, "}"]),
        Editor::Lexical | Editor::Slate if properties.is_empty() => chained(&[r#"{"text":"#, &text, "}"]),
        Editor::Lexical | Editor::Slate => chained(&["{", &joined(&members, ","), r#","text":"#, &text, "}"]),
    }
}
