//! Line ends, the final newline and the byte order mark: attributes of lines and documents, merged on their own.

use super::blocks::{Block, Triple};
use super::{RegionKind, Texts};
use text_diff::{BOM, Ending, Sequence, Span, find_either, same};

/// What one side did to the line ends of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Fate {
    #[default]
    Unseen,
    /// Every line got this end.
    Became(Option<Ending>),
    /// Some lines got one end, some another.
    Mixed,
}

/// What one side did to the line ends of base. Lines that come from the other side follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Conversion {
    fates: [Fate; 3],
}

impl Conversion {
    fn observe(&mut self, before: Ending, after: Ending) {
        if before == Ending::None || after == Ending::None {
            return;
        }
        if let Some(fate) = slot(before).and_then(|slot| self.fates.get_mut(slot)) {
            *fate = match *fate {
                Fate::Unseen => Fate::Became(Some(after)),
                Fate::Became(Some(known)) if known == after => *fate,
                _ => Fate::Mixed,
            };
        }
    }

    /// What lines of the same content became, line by line.
    fn observe_lines(&mut self, before: &str, after: &str, lone_cr: bool) {
        for (before, after) in lines_of(before, lone_cr).zip(lines_of(after, lone_cr)) {
            self.observe(Ending::of(before), Ending::of(after));
        }
    }

    pub(super) fn apply(&self, ending: Ending) -> Ending {
        match slot(ending).and_then(|slot| self.fates.get(slot)) {
            Some(Fate::Became(Some(after))) => *after,
            _ => ending,
        }
    }

    pub(super) fn changes_nothing(&self) -> bool {
        [Ending::Lf, Ending::CrLf, Ending::Cr].iter().all(|ending| self.apply(*ending) == *ending)
    }
}

fn slot(ending: Ending) -> Option<usize> {
    match ending {
        Ending::None => None,
        Ending::Lf => Some(0),
        Ending::CrLf => Some(1),
        Ending::Cr => Some(2),
    }
}

/// The lines of `text`, each with its end.
pub(super) fn lines_of(text: &str, lone_cr: bool) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let at = find_either(rest.as_bytes(), if lone_cr { *b"\n\r" } else { *b"\n\n" });
        let length = match at {
            Some(at) if rest[at..].starts_with("\r\n") => at + 2,
            Some(at) => at + 1,
            None if rest.is_empty() => return None,
            None => rest.len(),
        };
        let (line, after) = rest.split_at(length);
        rest = after;
        Some(line)
    })
}

/// The attributes of the merged document.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Attributes {
    /// What mine did to the line ends of base; what comes from theirs follows it.
    pub(super) mine: Conversion,
    /// The same for theirs.
    pub(super) theirs: Conversion,
    /// Whether the merged document ends with a newline; `None` leaves its last line as it is.
    pub(super) final_newline: Option<bool>,
    /// Whether the merged document begins with a byte order mark. `None` if only one side has it and there is no base. The side of the
    /// first region then decides.
    pub(super) bom: Option<bool>,
    pub(super) lone_cr: bool,
}

impl Attributes {
    pub(super) fn new(texts: Texts<'_>, lone_cr: bool) -> Self {
        let has_bom = |text: &str| text.starts_with(BOM);
        let bom = three_way(texts.base.map(has_bom), Some(has_bom(texts.mine)), Some(has_bom(texts.theirs)));
        let newline = |text: &str| ends_line(text, lone_cr);
        let final_newline = three_way(texts.base.and_then(newline), newline(texts.mine), newline(texts.theirs));
        Self { mine: Conversion::default(), theirs: Conversion::default(), final_newline, bom, lone_cr }
    }

    /// Whether a document ends with a newline; `None` for an empty one.
    pub(super) fn newline_of(&self, text: &str) -> Option<bool> {
        ends_line(text, self.lone_cr)
    }

    /// Learns what each side did to the line ends of the lines whose content it left alone.
    pub(super) fn learn_conversions(&mut self, texts: Texts<'_>, triple: &Triple, blocks: &[Block]) {
        let Some(base) = texts.base else { return };
        for block in blocks {
            let before = triple.base.slice(base, block.base);
            if matches!(block.kind, RegionKind::Unchanged | RegionKind::Theirs) {
                self.mine.observe_lines(before, triple.mine.slice(texts.mine, block.mine), self.lone_cr);
            }
            if matches!(block.kind, RegionKind::Unchanged | RegionKind::Mine) {
                self.theirs.observe_lines(before, triple.theirs.slice(texts.theirs, block.theirs), self.lone_cr);
            }
        }
    }

    /// A text made of both sides, with the line ends that either of them gave to the document.
    pub(super) fn convert(&self, text: String) -> String {
        if self.mine.changes_nothing() && self.theirs.changes_nothing() {
            return text;
        }
        let mut converted = String::with_capacity(text.len());
        for line in lines_of(&text, self.lone_cr) {
            let before = if self.lone_cr || line.ends_with('\n') { Ending::of(line) } else { Ending::None };
            converted.push_str(&line[..line.len() - before.as_str().len()]);
            converted.push_str(self.theirs.apply(self.mine.apply(before)).as_str());
        }
        converted
    }

    /// What happened to the line ends in one region: `before` and `after` have the same content.
    pub(super) fn conversion_in(&self, document: &Conversion, before: &str, after: &str) -> Conversion {
        let mut local = Conversion::default();
        local.observe_lines(before, after, self.lone_cr);
        for (fate, fallback) in local.fates.iter_mut().zip(document.fates) {
            if *fate == Fate::Unseen {
                *fate = fallback;
            }
        }
        local
    }
}

/// Whether a document ends with a newline; an empty one has no say.
fn ends_line(text: &str, lone_cr: bool) -> Option<bool> {
    match text.as_bytes().last()? {
        b'\n' => Some(true),
        b'\r' => Some(lone_cr),
        _ => Some(false),
    }
}

fn three_way(base: Option<bool>, mine: Option<bool>, theirs: Option<bool>) -> Option<bool> {
    match (mine, theirs) {
        (Some(mine), Some(theirs)) if mine == theirs => Some(mine),
        (Some(mine), Some(theirs)) => base.map(|base| if mine == base { theirs } else { mine }),
        (one, other) => one.or(other),
    }
}

/// Splits blocks whose content both sides agree on where they disagree on line ends or the byte order mark.
pub(super) fn split_by_attributes(
    texts: Texts<'_>,
    triple: &Triple,
    attributes: &Attributes,
    any_cr: bool,
    blocks: Vec<Block>,
) -> Vec<Block> {
    let Some(base) = texts.base else {
        return blocks;
    };
    // Lines that are equal differ in nothing where every line but the last of a document ends in a line feed alone.
    let uniform = !any_cr && [base, texts.mine, texts.theirs].iter().all(|text| !text.starts_with(BOM));
    let mut split = Vec::with_capacity(blocks.len());
    for block in blocks {
        let is_last = block.base.end == triple.base.len()
            || block.mine.end == triple.mine.len()
            || block.theirs.end == triple.theirs.len();
        if uniform && !is_last {
            split.push(block);
            continue;
        }
        let whole = Slices::of(triple, base, texts, &block);
        let agreed = match block.kind {
            RegionKind::Unchanged => same(whole.mine, whole.base) && same(whole.theirs, whole.base),
            RegionKind::Both => same(whole.mine, whole.theirs),
            RegionKind::Mine | RegionKind::Theirs | RegionKind::Conflict => true,
        };
        if agreed {
            split.push(block);
            continue;
        }
        let units = block.mine.len();
        for unit in 0..units {
            let at = |span: Span| Span::new(span.start + unit, span.start + unit + 1);
            let mut one = Block { mine: at(block.mine), theirs: at(block.theirs), ..block };
            if block.kind == RegionKind::Unchanged {
                one.base = at(block.base);
            } else {
                // The lines of base go with the first line of an agreement.
                let edge = |last: bool| {
                    if last { block.base.end } else { block.base.start }
                };
                one.base = Span::new(edge(unit > 0), block.base.end);
            }
            Slices::of(triple, base, texts, &one).settle(attributes, &mut one);
            push_joined(&mut split, one, unit > 0);
        }
    }
    // The lines of base went with the first line of an agreement; joined with the next ones it may be what they are.
    for block in split.iter_mut().filter(|block| block.kind == RegionKind::Both && block.verbatim) {
        if triple.base.slice(base, block.base) == triple.mine.slice(texts.mine, block.mine) {
            block.kind = RegionKind::Unchanged;
        }
    }
    split
}

fn push_joined(blocks: &mut Vec<Block>, block: Block, may_join: bool) {
    match blocks.last_mut() {
        Some(last) if may_join && last.kind == block.kind && last.ambiguous == block.ambiguous => {
            last.base.end = block.base.end;
            last.mine.end = block.mine.end;
            last.theirs.end = block.theirs.end;
            last.verbatim |= block.verbatim;
        }
        _ => blocks.push(block),
    }
}

struct Slices<'t> {
    base: &'t str,
    mine: &'t str,
    theirs: &'t str,
}

impl<'t> Slices<'t> {
    fn of(triple: &Triple, base: &'t str, texts: Texts<'t>, block: &Block) -> Self {
        let slice = |sequence: &Sequence, text: &'t str, span| sequence.slice(text, span);
        Self {
            base: slice(&triple.base, base, block.base),
            mine: slice(&triple.mine, texts.mine, block.mine),
            theirs: slice(&triple.theirs, texts.theirs, block.theirs),
        }
    }

    /// Decides whose line end one line of the same content gets, so that swapping the sides changes nothing.
    fn settle(&self, attributes: &Attributes, line: &mut Block) {
        line.verbatim = true;
        line.kind = match (self.mine == self.base, self.theirs == self.base) {
            (true, true) => RegionKind::Unchanged,
            (false, false) if self.mine == self.theirs => RegionKind::Both,
            (true, false) => RegionKind::Theirs,
            (false, true) => RegionKind::Mine,
            (false, false) => {
                let [base, mine, theirs] = [self.base, self.mine, self.theirs].map(Ending::of);
                if line.kind == RegionKind::Unchanged && (mine == base || theirs == base) {
                    if mine == base { RegionKind::Theirs } else { RegionKind::Mine }
                } else {
                    let known = base != Ending::None && line.kind == RegionKind::Unchanged;
                    line.ambiguous |= known && mine != theirs;
                    attributes.preferred(mine, theirs)
                }
            }
        };
    }
}

impl Attributes {
    /// A line end that a side gave to the whole document wins, then the simplest.
    fn preferred(&self, mine: Ending, theirs: Ending) -> RegionKind {
        let mine_converts = self.mine.apply(theirs) == mine;
        let theirs_converts = self.theirs.apply(mine) == theirs;
        let rank = |ending| match ending {
            Ending::Lf => 0,
            Ending::CrLf => 1,
            Ending::Cr => 2,
            Ending::None => 3,
        };
        match (mine_converts, theirs_converts) {
            (true, false) => RegionKind::Mine,
            (false, true) => RegionKind::Theirs,
            _ if rank(theirs) < rank(mine) => RegionKind::Theirs,
            _ => RegionKind::Mine,
        }
    }
}
