//! Words and graphemes: where a text may be cut, and the merge by words.
//!
//! A simple rule on classes of characters, without Unicode tables: runs of letters and digits are words, numbers, dates and versions
//! are one unit with their separators (`1,234.50`, `2024-01-15`, `1.2.3`), scripts that put no spaces between words are cut
//! between graphemes. A [`Segmenter`] (`Intl.Segmenter` in a page) knows better, and takes over where the text is not ASCII.

use super::ambiguity::{Found, examine};
use super::blocks::{Block, Triple, sweep};
use super::diff::compare_words;
use super::{Adjacency, RegionKind, Segmenter};
use crate::gather::three;
use text_diff::{Interner, LineKey, Sequence};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    LineEnd,
    Space,
    Word,
    /// A grapheme that stands for itself: an ideograph, an emoji.
    Single,
    Punctuation,
}

fn class_of(character: char) -> Class {
    match character {
        '\n' | '\r' => Class::LineEnd,
        ' ' | '\t' | '\u{b}' | '\u{c}' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{3000}' => Class::Space,
        '0'..='9' | 'a'..='z' | 'A'..='Z' | '_' => Class::Word,
        '\0'..='\u{7f}' => Class::Punctuation,
        '\u{aa}' | '\u{b2}' | '\u{b3}' | '\u{b5}' | '\u{b9}' | '\u{ba}' | '\u{bc}'..='\u{be}' => Class::Word,
        '\u{80}'..='\u{bf}' | '\u{d7}' | '\u{f7}' => Class::Punctuation,
        '\u{200b}'..='\u{200d}' => Class::Word,
        '\u{2010}'..='\u{206f}' | '\u{20a0}'..='\u{20cf}' | '\u{2190}'..='\u{23ff}' => Class::Punctuation,
        '\u{3001}'..='\u{3004}' | '\u{3008}'..='\u{3020}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' => {
            Class::Punctuation
        }
        // Thai to Myanmar, Khmer; kana, ideographs and what belongs to them; symbols and emoji.
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => Class::Single,
        '\u{2400}'..='\u{2bff}' | '\u{2e80}'..='\u{312f}' | '\u{3190}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => {
            Class::Single
        }
        '\u{1f000}'..='\u{1faff}' | '\u{20000}'..='\u{3ffff}' => Class::Single,
        _ => Class::Word,
    }
}

/// Characters that never start a grapheme.
fn extends(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c2}' | '\u{5c4}'..='\u{5c5}'
        | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}'
        | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{93c}' | '\u{93e}'..='\u{94f}' | '\u{951}'..='\u{957}' | '\u{962}'..='\u{963}'
        | '\u{981}'..='\u{983}' | '\u{9bc}' | '\u{9be}'..='\u{9cd}' | '\u{a01}'..='\u{a03}' | '\u{a3c}'..='\u{a51}'
        | '\u{a81}'..='\u{a83}' | '\u{abc}' | '\u{abe}'..='\u{acd}' | '\u{b3c}' | '\u{b3e}'..='\u{b4d}' | '\u{bbe}'..='\u{bcd}'
        | '\u{c3e}'..='\u{c56}' | '\u{cbc}' | '\u{cbe}'..='\u{cd6}' | '\u{d3e}'..='\u{d4d}'
        | '\u{e31}' | '\u{e33}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' | '\u{eb1}' | '\u{eb3}'..='\u{ebc}' | '\u{ec8}'..='\u{ece}'
        | '\u{102b}'..='\u{103e}' | '\u{1160}'..='\u{11ff}' | '\u{17b4}'..='\u{17d3}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{200c}' | '\u{200d}' | '\u{20d0}'..='\u{20ff}' | '\u{302a}'..='\u{302f}' | '\u{3099}' | '\u{309a}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{ff9e}' | '\u{ff9f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}'
        | '\u{e0100}'..='\u{e01ef}')
}

fn is_flag_letter(character: char) -> bool {
    matches!(character, '\u{1f1e6}'..='\u{1f1ff}')
}

/// The length in bytes of the grapheme at the start of `text`, by a simple rule: marks, joined emoji, flags and CR LF stay together.
pub(super) fn grapheme_length(text: &str) -> usize {
    let mut characters = text.char_indices();
    let Some((_, first)) = characters.next() else {
        return 0;
    };
    if first == '\r' && text[1..].starts_with('\n') {
        return 2;
    }
    if matches!(first, '\r' | '\n') {
        return 1;
    }
    let mut previous = first;
    let mut flag_letters = usize::from(is_flag_letter(first));
    for (at, character) in characters {
        let joined = previous == '\u{200d}' && class_of(character) == Class::Single;
        let flag = flag_letters == 1 && is_flag_letter(character);
        if !extends(character) && !joined && !flag {
            return at;
        }
        flag_letters += usize::from(flag);
        previous = character;
    }
    text.len()
}

/// The length in bytes of the word, number, run of spaces, line end or single grapheme at the start of `text`.
fn word_length(text: &str) -> usize {
    if let Some(length) = plain_length(text.as_bytes()) {
        return length;
    }
    let Some(first) = text.chars().next() else {
        return 0;
    };
    match class_of(first) {
        Class::LineEnd | Class::Single | Class::Punctuation => grapheme_length(text),
        Class::Space => run(text, |character| class_of(character) == Class::Space),
        Class::Word => {
            let is_word = |character| class_of(character) == Class::Word || extends(character);
            let mut end = run(text, is_word);
            while let Some(more) = joined_word(text, end) {
                end = more + run(&text[more..], is_word);
            }
            end
        }
    }
}

/// The common case, found without decoding: an ASCII word or run of blanks that nothing could join.
fn plain_length(bytes: &[u8]) -> Option<usize> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_blank = |byte: u8| byte == b' ' || byte == b'\t';
    let first = *bytes.first()?;
    let (length, joiners): (_, &[u8]) = if is_word(first) {
        (bytes.iter().take_while(|byte| is_word(**byte)).count(), b".,:-/'")
    } else if is_blank(first) {
        (bytes.iter().take_while(|byte| is_blank(**byte)).count(), b"\x0b\x0c")
    } else {
        return None;
    };
    let joined = bytes.get(length).is_some_and(|next| !next.is_ascii() || joiners.contains(next));
    (!joined).then_some(length)
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|character| !belongs(character)).unwrap_or(text.len())
}

/// Where the word goes on after a separator at `end`: between digits (`1,234.5`, `2024-01-15`, `10:30`), or an apostrophe in a word.
fn joined_word(text: &str, end: usize) -> Option<usize> {
    let before = text[..end].chars().next_back()?;
    let mut rest = text[end..].chars();
    let separator = rest.next()?;
    let after = rest.next()?;
    let joins = match separator {
        '.' | ',' | ':' | '-' | '/' => before.is_ascii_digit() && after.is_ascii_digit(),
        '\'' | '\u{2019}' => class_of(before) == Class::Word && class_of(after) == Class::Word,
        _ => false,
    };
    joins.then_some(end + separator.len_utf8())
}

/// Cuts `text` into words; line ends of every kind are one and the same unit.
pub(super) fn split_words<'t>(
    text: &'t str,
    key: LineKey,
    segmenter: Option<Segmenter>,
    interner: &mut Interner<'t>,
) -> Sequence {
    let ends = match segmenter {
        Some(segmenter) if !text.is_ascii() => checked_ends(text, &segmenter(text)),
        _ => None,
    };
    let mut own_ends = ends.into_iter().flatten().peekable();
    let mut words = Sequence { starts: vec![0], tokens: Vec::new() };
    let mut at = 0;
    while at < text.len() {
        while own_ends.next_if(|end| *end <= at).is_some() {}
        let simple = at + word_length(&text[at..]);
        // A segmenter has no say over ASCII: numbers and dates stay whole.
        let end = match own_ends.peek() {
            Some(end) if !text[at..simple].is_ascii() => *end,
            _ => simple,
        };
        let unit = match (key, &text[at..end]) {
            (LineKey::Content, "\r\n" | "\r") => "\n",
            (_, unit) => unit,
        };
        words.tokens.push(interner.intern(unit));
        words.starts.push(end as u32);
        at = end;
    }
    words
}

/// The ends as a segmenter gave them, if they are in order and on character boundaries.
fn checked_ends(text: &str, ends: &[usize]) -> Option<Vec<usize>> {
    let in_order = ends.windows(2).all(|pair| pair[0] < pair[1]);
    (in_order && ends.iter().all(|end| text.is_char_boundary(*end))).then(|| ends.to_vec())
}

/// Cuts `text` into graphemes.
pub(super) fn split_graphemes<'t>(
    text: &'t str,
    segmenter: Option<Segmenter>,
    interner: &mut Interner<'t>,
) -> Sequence {
    let mut graphemes = Sequence { starts: vec![0], tokens: Vec::new() };
    let ends = match segmenter {
        Some(segmenter) if !text.is_ascii() => checked_ends(text, &segmenter(text)),
        _ => None,
    };
    let mut at = 0;
    let mut add = |end: usize, at: &mut usize| {
        graphemes.tokens.push(interner.intern(&text[*at..end]));
        graphemes.starts.push(end as u32);
        *at = end;
    };
    for end in ends.into_iter().flatten() {
        if end > at {
            add(end, &mut at);
        }
    }
    while at < text.len() {
        add(at + grapheme_length(&text[at..]), &mut at);
    }
    graphemes
}

/// Whether the first word that differs is another one in each of the three: that is a conflict, whatever follows. Most long conflicts
/// start so, and need not be read to their end.
fn starts_with_clash(base: &str, mine: &str, theirs: &str) -> bool {
    let mut rest = [base, mine, theirs];
    loop {
        let [base, mine, theirs] = three(rest, |text| &text[..word_length(text)]);
        // About other words a segmenter is asked, and line ends of every kind are equal.
        let is_plain = |word: &str| word.is_ascii() && !word.ends_with(['\r', '\n']);
        if mine != base && theirs != base {
            return mine != theirs && [base, mine, theirs].iter().all(|word| is_plain(word));
        }
        if mine != base || theirs != base || base.is_empty() || !base.is_ascii() {
            return false;
        }
        rest = three(rest, |text| &text[base.len()..]);
    }
}

/// A merge by words of one conflict.
pub(super) struct WordMerge {
    pub(super) triple: Triple,
    pub(super) blocks: Vec<Block>,
    /// No search stopped at a limit.
    pub(super) precise: bool,
}

/// Merges one conflict by words; `None` where words conflict too, or where the result would hold a word nobody wrote.
pub(super) fn merge_words(base: &str, mine: &str, theirs: &str, segmenter: Option<Segmenter>) -> Option<WordMerge> {
    if starts_with_clash(base, mine, theirs) {
        return None;
    }
    let mut interner = Interner::new();
    let triple = Triple {
        base: split_words(base, LineKey::Content, segmenter, &mut interner),
        mine: split_words(mine, LineKey::Content, segmenter, &mut interner),
        theirs: split_words(theirs, LineKey::Content, segmenter, &mut interner),
    };
    let to_mine = compare_words(&triple.base.tokens, &triple.mine.tokens);
    let to_theirs = compare_words(&triple.base.tokens, &triple.theirs.tokens);
    let mut blocks = sweep(&triple, &to_mine.hunks, &to_theirs.hunks, Adjacency::Git);
    let found = Found {
        comparisons: [&to_mine, &to_theirs],
        compare: compare_words,
        adjacency: Adjacency::Git,
        tokens: interner.len(),
    };
    if !blocks.iter().any(Block::is_conflict) {
        examine(&triple, &found, &mut blocks);
    }
    if blocks.iter().any(Block::is_conflict) {
        return None;
    }
    let precise = to_mine.cut.is_empty() && to_theirs.cut.is_empty();
    let merged = WordMerge { triple, blocks, precise };
    merged.invents_nothing(mine, theirs, segmenter, interner).then_some(merged)
}

impl WordMerge {
    /// The merged text, line ends as on the side that each stretch is taken from.
    pub(super) fn text(&self, mine: &str, theirs: &str) -> String {
        let mut text = String::new();
        for block in &self.blocks {
            text.push_str(match block.kind {
                RegionKind::Theirs => self.triple.theirs.slice(theirs, block.theirs),
                _ => self.triple.mine.slice(mine, block.mine),
            });
        }
        text
    }

    /// Whether every word of the result is a word of one of the three: what is put together may read as something new.
    fn invents_nothing<'t>(
        &self,
        mine: &'t str,
        theirs: &'t str,
        segmenter: Option<Segmenter>,
        known: Interner<'t>,
    ) -> bool {
        let text = self.text(mine, theirs);
        let mut all: Interner<'_> = known;
        let known = all.len();
        split_words(&text, LineKey::Content, segmenter, &mut all);
        all.len() == known
    }
}
