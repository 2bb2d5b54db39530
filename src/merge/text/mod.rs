//! Three-way merge of texts: regions first, everything else is a view of them.
//!
//! Lines of all three documents become numbers once; base→mine and base→theirs are compared on the numbers; one sweep over the two
//! lists of hunks builds regions that tile all three documents. Line ends, the final newline and the byte order mark are
//! attributes, merged on their own.

mod ambiguity;
mod attributes;
mod blocks;
mod changes;
mod combine;
mod compare;
mod diff;
mod markers;
mod offsets;
mod output;
mod recount;
mod refine;
mod sentences;
mod shown;
mod words;

use super::Favor;
use crate::error::{Error, Kind};
use crate::gather::Gather;
use ambiguity::Found;
use attributes::Attributes;
use blocks::{Block, Triple};
use text_diff::{Interner, LineKey, compare as compare_lines, split_lines};

pub(crate) use sentences::{aligned, is_prose};

pub use compare::{TextChange, TextChangeKind, diff, diff_with};
pub use offsets::OffsetMap;
pub use text_diff::{ByteRange, Utf16Index};

/// The three documents of a merge.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    /// What both edits started from; without it every difference between mine and theirs is a conflict.
    pub base: Option<&'a str>,
    /// The edit.
    pub mine: &'a str,
    /// What the server holds now.
    pub theirs: &'a str,
}

impl<'a> Texts<'a> {
    fn of(&self, side: Side) -> &'a str {
        match side {
            Side::Base => self.base.unwrap_or_default(),
            Side::Mine => self.mine,
            Side::Theirs => self.theirs,
        }
    }
}

/// One of the three documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What both edits started from.
    Base,
    /// The edit.
    Mine,
    /// What the server holds now.
    Theirs,
}

/// The units that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Granularity {
    /// Lines; sentences in prose inside of JSON.
    #[default]
    Auto,
    /// Lines; a merge by words of a conflict is only suggested.
    Line,
    /// Sentences: edits of different sentences of one line are merged, and so are edits of different list items, table rows and headings.
    Sentence,
    /// Words; a merge by words of a conflict is applied where it is clean.
    Word,
    /// What people take for one character. Only for [`diff()`]; a merge treats it as `Word`.
    Grapheme,
}

/// How far apart edits must be to be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Adjacency {
    /// As Git: edits without an unchanged line between them conflict.
    #[default]
    Git,
    /// Edits of neighbouring lines merge, unless one is an insertion at the touching point.
    Touch,
}

/// How conflicts are written into the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Mine and theirs, with lines that are equal on both sides outside the conflict where that is shorter.
    #[default]
    Merge,
    /// Mine, base and theirs.
    Diff3,
    /// As `Diff3`, without the lines that are equal on both sides at the ends of a conflict.
    Zdiff3,
}

/// Finds where a text may be cut: returns the ends of its words (or graphemes) as ascending byte offsets.
///
/// In a page this is `Intl.Segmenter`. It gets short pieces: for words, text in scripts without spaces between words; for graphemes, text
/// that is not ASCII. If an offset is not ascending or not on a character boundary, the built-in rule cuts the piece.
pub type Segmenter = fn(&str) -> Vec<usize>;

/// How to merge.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Lines, or words inside conflicts.
    pub granularity: Granularity,
    /// Whether edits of neighbouring lines conflict.
    pub adjacency: Adjacency,
    /// How conflicts are written into the text.
    pub style: Style,
    /// Settles every conflict.
    pub favor: Option<Favor>,
    /// The name of base after its marker; `None`: `base`, empty: nothing.
    pub label_base: Option<String>,
    /// The name of mine after its marker; `None`: `mine`, empty: nothing.
    pub label_mine: Option<String>,
    /// The name of theirs after its marker; `None`: `theirs`, empty: nothing.
    pub label_theirs: Option<String>,
    /// `None`: 7, grown where the content already holds such a marker line.
    pub marker_size: Option<usize>,
    /// Cuts text into words, for suggestions and `Granularity::Word`; `None`: a simple rule.
    pub segmenter: Option<Segmenter>,
}

/// What happened in a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionKind {
    /// All three are equal; without a base: mine and theirs are equal.
    Unchanged,
    /// Only mine differs from base.
    Mine,
    /// Only theirs differs from base.
    Theirs,
    /// Both made the same edit.
    Both,
    /// Both differ from base and from each other.
    Conflict,
}

/// A stretch of all three documents. The regions of a merge cover all three without gap or overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// What happened here.
    pub kind: RegionKind,
    /// Where it lies in base.
    pub base: ByteRange,
    /// Where it lies in mine.
    pub mine: ByteRange,
    /// Where it lies in theirs.
    pub theirs: ByteRange,
    /// Another alignment, just as good, would have given another result.
    pub ambiguous: bool,
    /// For a conflict: what a merge by words makes of it, where words do not conflict.
    pub suggestion: Option<String>,
}

impl Region {
    /// Where it lies in one of the documents.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::merge::text::{Options, Side, Texts, merge};
    ///
    /// let texts = Texts { base: Some("é\n"), mine: "é\n", theirs: "éé\n" };
    /// let merged = merge(texts, &Options::default())?;
    /// let range = merged.regions()[0].range(Side::Theirs);
    /// assert_eq!((range.start, range.end), (0, 5)); // bytes
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub const fn range(&self, side: Side) -> ByteRange {
        match side {
            Side::Base => self.base,
            Side::Mine => self.mine,
            Side::Theirs => self.theirs,
        }
    }
}

/// What is known of a region beyond what it shows.
#[derive(Debug, Clone, Copy, Default)]
struct Trait {
    /// Both sides moved something that stands in here, to different places.
    moved: bool,
    /// A part of a line, from a merge by words.
    inline: bool,
    /// A conflict that `favor` settled.
    settled: bool,
    /// Its line ends are settled.
    verbatim: bool,
}

/// The result of a merge: regions, and views of them.
///
/// It holds no text; the views take the same three documents again.
///
/// # Examples
///
/// ```
/// use mergefetch::merge::text::{Options, RegionKind, Side, Texts, merge};
/// use mergefetch::merge::Pick;
///
/// let texts = Texts { base: Some("a\nb\nc\n"), mine: "A\nb\nmine\n", theirs: "a\nb\ntheirs\n" };
/// let merged = merge(texts, &Options::default())?;
/// assert!(!merged.is_clean() && merged.is_precise() && !merged.is_ambiguous());
/// assert_eq!(merged.conflicts(), 1);
///
/// let kinds: Vec<_> = merged.regions().iter().map(|region| region.kind).collect();
/// assert_eq!(kinds, [RegionKind::Mine, RegionKind::Unchanged, RegionKind::Conflict]);
/// assert_eq!(merged.regions()[2].range(Side::Mine).slice(texts.mine), "mine\n");
///
/// // A conflict lies between markers, until people decide.
/// assert_eq!(merged.text(texts), "A\nb\n<<<<<<< mine\nmine\n=======\ntheirs\n>>>>>>> theirs\n");
/// assert_eq!(merged.changes(texts, "").len(), 2);
/// assert_eq!(merged.compose(texts, &[Pick::Auto, Pick::Theirs])?, "A\nb\ntheirs\n");
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
///
/// # Specification
/// The markers are those of `git merge-file`.
#[derive(Debug, Clone)]
pub struct TextMerge {
    regions: Vec<Region>,
    /// Parallel to `regions`.
    traits: Vec<Trait>,
    attributes: Attributes,
    options: Options,
    precise: bool,
    /// The merge with conflicts of whole lines only, if this merge has a conflict inside of a line: markers need lines of their own.
    by_lines: Option<Box<Self>>,
}

/// The longest document: offsets are kept in 32 bits.
const LIMIT_BYTES: usize = 1 << 30;

/// Merges the edits base→mine and base→theirs.
///
/// # Errors
///
/// `too-large` for a document over 1 GiB.
///
/// # Examples
///
/// ```
/// use mergefetch::merge::text::{Options, Texts, merge};
///
/// let texts = Texts { base: Some("a\nb\nc\n"), mine: "A\nb\nc\n", theirs: "a\nb\nC\n" };
/// let merged = merge(texts, &Options::default())?;
/// assert!(merged.is_clean());
/// assert_eq!(merged.text(texts), "A\nb\nC\n");
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
pub fn merge(texts: Texts<'_>, options: &Options) -> Result<TextMerge, Error> {
    for text in [texts.base, Some(texts.mine), Some(texts.theirs)].into_iter().flatten() {
        if text.len() > LIMIT_BYTES {
            return Err(Error::new(Kind::TooLarge { limit_bytes: LIMIT_BYTES, found_bytes: text.len() }));
        }
    }
    let mut merged = merge_lines(texts, options);
    let is_inline = |(region, of_region): (&Region, &Trait)| region.kind == RegionKind::Conflict && of_region.inline;
    if merged.regions.iter().zip(&merged.traits).any(is_inline) {
        let options = Options { granularity: Granularity::Line, ..options.clone() };
        merged.by_lines = Some(Box::new(merge_lines(texts, &options)));
    }
    Ok(merged)
}

/// Merges documents that are short enough.
fn merge_lines(texts: Texts<'_>, options: &Options) -> TextMerge {
    let documents = [texts.base.unwrap_or_default(), texts.mine, texts.theirs];
    let any_cr = documents.iter().any(|text| text_diff::find(text.as_bytes(), b'\r').is_some());
    let lone_cr = any_cr && text_diff::lone_cr_ends_lines(&documents);
    let mut attributes = Attributes::new(texts, lone_cr);
    let (triple, blocks, precise) = line_blocks(texts, any_cr, &mut attributes, options);
    let blocks = attributes::split_by_attributes(texts, &triple, &attributes, any_cr, blocks);
    let mut merged = TextMerge {
        regions: Vec::new(),
        traits: Vec::new(),
        attributes,
        options: options.clone(),
        precise,
        by_lines: None,
    };
    let code = match (options.granularity, texts.base) {
        (Granularity::Sentence, Some(base)) => sentences::code_ranges(base),
        _ => Vec::new(),
    };
    for block in &blocks {
        merged.push_block(texts, &triple, block, &code);
    }
    merged.ask_about_moved(texts);
    merged.cover(texts);
    merged
}

fn line_blocks(
    texts: Texts<'_>,
    any_cr: bool,
    attributes: &mut Attributes,
    options: &Options,
) -> (Triple, Vec<Block>, bool) {
    let key = if texts.base.is_some() { LineKey::Content } else { LineKey::Bytes };
    let mut interner = Interner::new();
    let mut split = |text| split_lines(text, attributes.lone_cr, key, &mut interner);
    let triple =
        Triple { base: split(texts.base.unwrap_or_default()), mine: split(texts.mine), theirs: split(texts.theirs) };
    let to_mine = compare_lines(&triple.base.tokens, &triple.mine.tokens);
    let to_theirs = compare_lines(&triple.base.tokens, &triple.theirs.tokens);
    let tokens = interner.len();
    drop(interner);
    let mut blocks = blocks::sweep(&triple, &to_mine.hunks, &to_theirs.hunks, options.adjacency);
    let comparisons = [&to_mine, &to_theirs];
    let found = Found { comparisons, compare: compare_lines, adjacency: options.adjacency, tokens };
    ambiguity::examine(&triple, &found, &mut blocks);
    // Documents that know only one line end convert nothing. Learned before conflicts are refined and joined, so that it is the same
    // however they are shown.
    if any_cr {
        attributes.learn_conversions(texts, &triple, &blocks);
    }
    if options.favor.is_some() || options.style == Style::Merge || texts.base.is_none() {
        blocks = refine::refine(&triple, blocks, [&to_mine, &to_theirs]);
    } else if options.style == Style::Zdiff3 {
        blocks = refine::strip_ends(&triple, blocks);
    }
    // Agreements between conflicts keep their line ends, whatever is decided about the conflicts; those of a side may be converted.
    let converts = !(attributes.mine.changes_nothing() && attributes.theirs.changes_nothing());
    if !converts && options.favor.is_none() && (options.style == Style::Merge || texts.base.is_none()) {
        blocks = refine::fuse(&triple, texts.mine, texts.theirs, blocks);
    }
    // Git's comparison is not always the shortest: a conflict whose sides are equal is none.
    for block in blocks.iter_mut().filter(|block| block.is_conflict()) {
        if triple.mine.tokens(block.mine) == triple.theirs.tokens(block.theirs) {
            block.kind = RegionKind::Both;
        }
    }
    if texts.base.is_none() {
        // Where there is no base, agreement is no change.
        for block in blocks.iter_mut().filter(|block| block.kind == RegionKind::Both) {
            block.kind = RegionKind::Unchanged;
        }
    }
    // An edit of one side alone is the result, however it is aligned.
    let of_one_side = comparisons.iter().any(|comparison| comparison.hunks.is_empty());
    let precise = of_one_side || comparisons.iter().all(|comparison| comparison.cut.is_empty());
    (triple, blocks, precise)
}

/// A merge by words, for the suggestion about a short text: `None` if words touch, or if a unit would be new.
pub(crate) fn suggested(base: &str, mine: &str, theirs: &str, segmenter: Option<Segmenter>) -> Option<String> {
    let words = words::merge_words(base, mine, theirs, segmenter)?;
    let is_sure = words.precise && !words.blocks.iter().any(|block| block.ambiguous);
    is_sure.then(|| words.text(mine, theirs))
}

/// Whether no side added or removed a line in a conflict. Where one did, people seldom commit what a merge by words suggests.
fn has_same_lines(texts: Texts<'_>, region: &Region) -> bool {
    let count = |side| {
        TextMerge::region_slice(texts, region, side)
            .trim_end_matches(['\n', '\r', ' '])
            .bytes()
            .filter(|byte| *byte == b'\n')
            .count()
    };
    let base = count(Side::Base);
    count(Side::Mine) == base && count(Side::Theirs) == base
}

impl TextMerge {
    fn push_block(&mut self, texts: Texts<'_>, triple: &Triple, block: &Block, code: &[(usize, usize)]) {
        let region = Region {
            kind: block.kind,
            base: triple.base.bytes(block.base),
            mine: triple.mine.bytes(block.mine),
            theirs: triple.theirs.bytes(block.theirs),
            ambiguous: block.ambiguous,
            suggestion: None,
        };
        let of_region = Trait { moved: block.moved, verbatim: block.verbatim, ..Trait::default() };
        if !block.is_conflict() {
            self.push(region, of_region);
        } else if let Some(sentences) = self.merge_by_sentences(texts, &region, of_region, code) {
            self.push_parts(texts, &region, &sentences);
        } else {
            self.push_conflict(texts, region, of_region);
        }
    }

    /// A conflict of lines or of a sentence.
    fn push_conflict(&mut self, texts: Texts<'_>, mut region: Region, mut of_region: Trait) {
        let by_words = self.merge_by_words(texts, &region, of_region);
        self.precise &= by_words.as_ref().is_none_or(|words| words.precise);
        match (by_words, self.options.granularity, self.options.favor) {
            (Some(words), Granularity::Word | Granularity::Grapheme, _) => {
                self.push_parts(texts, &region, &words);
                return;
            }
            (_, _, Some(favor)) => {
                of_region.settled = true;
                self.push_settled(region, of_region, favor);
                return;
            }
            (Some(words), _, _) if has_same_lines(texts, &region) => {
                let (mine, theirs) = (region.mine.slice(texts.mine), region.theirs.slice(texts.theirs));
                region.suggestion = Some(self.attributes.convert(words.text(mine, theirs)));
            }
            (_, _, None) => {}
        }
        self.push(region, of_region);
    }

    fn push(&mut self, region: Region, of_region: Trait) {
        self.regions.push(region);
        self.traits.push(of_region);
    }

    fn merge_by_words(&self, texts: Texts<'_>, region: &Region, of_region: Trait) -> Option<words::WordMerge> {
        let base = texts.base?;
        if of_region.moved {
            return None;
        }
        let (base, mine, theirs) =
            (region.base.slice(base), region.mine.slice(texts.mine), region.theirs.slice(texts.theirs));
        let mut words = words::merge_words(base, mine, theirs, self.options.segmenter)?;
        let part = Texts { base: Some(base), mine, theirs };
        words.blocks = attributes::split_by_attributes(part, &words.triple, &self.attributes, true, words.blocks);
        Some(words)
    }

    fn merge_by_sentences(
        &self,
        texts: Texts<'_>,
        region: &Region,
        of_region: Trait,
        code: &[(usize, usize)],
    ) -> Option<words::WordMerge> {
        let base = texts.base?;
        let is_code = code
            .iter()
            .any(|(start, end)| *start < region.base.end.max(region.base.start + 1) && region.base.start < *end);
        // A union has whole lines of both sides.
        let is_union = self.options.favor == Some(Favor::Union);
        if self.options.granularity != Granularity::Sentence || is_union || of_region.moved || is_code {
            return None;
        }
        let (base, mine, theirs) =
            (region.base.slice(base), region.mine.slice(texts.mine), region.theirs.slice(texts.theirs));
        let merged = sentences::merge_sentences(base, mine, theirs)?;
        let mut merged = Some(merged).filter(|merged| !recount::is_doubtful(merged, [base, mine, theirs]))?;
        let part = Texts { base: Some(base), mine, theirs };
        merged.blocks = attributes::split_by_attributes(part, &merged.triple, &self.attributes, true, merged.blocks);
        Some(merged)
    }

    /// The regions of a merge by words or by sentences in place of the conflict.
    fn push_parts(&mut self, texts: Texts<'_>, conflict: &Region, parts: &words::WordMerge) {
        let within = |outer: ByteRange, inner: ByteRange| ByteRange {
            start: outer.start + inner.start,
            end: outer.start + inner.end,
        };
        for block in &parts.blocks {
            let region = Region {
                kind: block.kind,
                base: within(conflict.base, parts.triple.base.bytes(block.base)),
                mine: within(conflict.mine, parts.triple.mine.bytes(block.mine)),
                theirs: within(conflict.theirs, parts.triple.theirs.bytes(block.theirs)),
                ambiguous: conflict.ambiguous || block.ambiguous,
                suggestion: None,
            };
            let of_region = Trait { inline: true, verbatim: block.verbatim, ..Trait::default() };
            if block.is_conflict() {
                self.push_conflict(texts, region, of_region);
            } else {
                self.push(region, of_region);
            }
        }
    }

    /// A conflict that `favor` settles becomes a region of the winner; a union becomes one of mine and one of theirs.
    fn push_settled(&mut self, mut region: Region, of_region: Trait, favor: Favor) {
        match favor {
            // Both copies of a block that both sides moved would be one too many.
            Favor::Union if of_region.moved => region.kind = RegionKind::Mine,
            Favor::Mine => region.kind = RegionKind::Mine,
            Favor::Theirs => region.kind = RegionKind::Theirs,
            Favor::Union => {
                let at_end = |range: ByteRange| ByteRange { start: range.end, end: range.end };
                let mut second = region.clone();
                second.kind = RegionKind::Theirs;
                second.base = at_end(second.base);
                second.mine = at_end(second.mine);
                region.kind = RegionKind::Mine;
                region.theirs.end = region.theirs.start;
                self.push(region, of_region);
                region = second;
            }
        }
        self.push(region, of_region);
    }

    /// Turns regions into conflicts that put sentences into the result which the other side moved, removed or edited elsewhere.
    fn ask_about_moved(&mut self, texts: Texts<'_>) {
        let Some(base) = texts.base.filter(|_| self.options.granularity == Granularity::Sentence) else { return };
        let parts = self.regions.iter().map(|region| recount::Part {
            kind: region.kind,
            texts: [region.base.slice(base), region.mine.slice(texts.mine), region.theirs.slice(texts.theirs)],
        });
        let doubtful = recount::doubtful(&parts.gather());
        for ((region, of_region), _) in
            self.regions.iter_mut().zip(&mut self.traits).zip(doubtful).filter(|(_, is_doubtful)| *is_doubtful)
        {
            of_region.moved = true;
            of_region.settled = self.options.favor.is_some();
            match self.options.favor {
                Some(Favor::Mine) => region.kind = RegionKind::Mine,
                Some(Favor::Theirs) => region.kind = RegionKind::Theirs,
                Some(Favor::Union) => {}
                None => region.kind = RegionKind::Conflict,
            }
        }
    }

    /// Makes the outer edges of the regions those of the documents: a byte order mark is in no line.
    fn cover(&mut self, texts: Texts<'_>) {
        let lengths = [texts.of(Side::Base), texts.mine, texts.theirs].map(str::len);
        if self.regions.is_empty() && lengths != [0; 3] {
            // Nothing but a byte order mark here and there.
            let kind = match lengths {
                [base, mine, theirs] if mine == theirs && (base == mine || texts.base.is_none()) => {
                    RegionKind::Unchanged
                }
                [_, mine, theirs] if mine == theirs => RegionKind::Both,
                [base, mine, _] if base == mine => RegionKind::Theirs,
                _ => RegionKind::Mine,
            };
            let range = ByteRange::default();
            let region = Region { kind, base: range, mine: range, theirs: range, ambiguous: false, suggestion: None };
            self.push(region, Trait::default());
        }
        if let Some(first) = self.regions.first_mut() {
            (first.base.start, first.mine.start, first.theirs.start) = (0, 0, 0);
        }
        if let Some(last) = self.regions.last_mut() {
            [last.base.end, last.mine.end, last.theirs.end] = lengths;
        }
    }

    /// The same merge with the sides named the other way round.
    pub(crate) fn swapped(mut self) -> Self {
        for region in &mut self.regions {
            std::mem::swap(&mut region.mine, &mut region.theirs);
            region.kind = match region.kind {
                RegionKind::Mine => RegionKind::Theirs,
                RegionKind::Theirs => RegionKind::Mine,
                other => other,
            };
        }
        std::mem::swap(&mut self.attributes.mine, &mut self.attributes.theirs);
        self.by_lines = self.by_lines.take().map(|merge| Box::new(merge.swapped()));
        self
    }

    /// Every region, in document order.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// The merge whose conflicts can have markers.
    fn with_markers(&self) -> &Self {
        self.by_lines.as_deref().unwrap_or(self)
    }

    /// Whether no conflict is open.
    pub fn is_clean(&self) -> bool {
        self.conflicts() == 0
    }

    /// How many conflicts are open.
    pub fn conflicts(&self) -> usize {
        self.regions.iter().filter(|region| region.kind == RegionKind::Conflict).count()
    }

    /// Whether every search came to its end. Where one stopped at a limit of steps, another alignment may have kept more, and the
    /// regions that it made are ambiguous.
    pub const fn is_precise(&self) -> bool {
        self.precise
    }

    /// Whether any region is ambiguous.
    pub fn is_ambiguous(&self) -> bool {
        self.regions.iter().any(|region| region.ambiguous)
    }

    fn region_slice<'t>(texts: Texts<'t>, region: &Region, side: Side) -> &'t str {
        region.range(side).slice(texts.of(side))
    }
}
