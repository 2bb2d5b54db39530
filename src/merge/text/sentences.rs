//! Sentences: where they end, and the merge by sentences of one conflict.
//!
//! A sentence ends after `.`, `!`, `?` and their relatives in other scripts, with the quotes and brackets behind them. A full stop after an
//! abbreviation, an initial or a short number ends none, nor does a full stop before a small letter. If in doubt, a sentence goes on: two edits of
//! one unit conflict, so a missed end costs a question, and a wrong end could cost an edit.
//!
//! Headings, table rows and list items of Markdown are units of their own. A line break inside a paragraph is part of the sentence around it.
//! Text that looks like code or like a table of data has no sentences.

use super::blocks::{Block, Triple, sweep};
use super::diff::compare_words;
use super::words::WordMerge;
use super::{Adjacency, RegionKind};
use crate::gather::Gather;
use text_diff::{ByteRange, Hunk, Interner, Sequence, Span};

/// Common abbreviations with a vowel before names. Words without a vowel (`Dr`, `bzw`) are abbreviations in any case.
const ABBREVIATIONS: &str = " abb al ca capt co corp dra etc evtl fig gen gov hon inc prof rev sen sog sra usw univ ";

/// Before a digit, a word of up to this many letters is an abbreviation: `Fig. 3`, `Jan. 5`.
const LETTERS_BEFORE_DIGIT: usize = 5;

/// Whether a character ends sentences of a script without a space behind it.
fn is_wide_end(character: char) -> bool {
    matches!(character, '\u{3002}' | '\u{ff01}' | '\u{ff0e}' | '\u{ff1f}' | '\u{ff61}')
}

/// Whether a character ends sentences before a space.
fn is_end(character: char) -> bool {
    matches!(
        character,
        '.' | '!' | '?' | '\u{203c}' | '\u{203d}' | '\u{2047}'..='\u{2049}'
            // Armenian, Arabic, Urdu, Syriac, N'Ko, Devanagari, Myanmar, Ethiopic, Khmer, Mongolian, Tibetan.
            | '\u{589}' | '\u{61d}'..='\u{61f}' | '\u{6d4}' | '\u{700}'..='\u{702}' | '\u{7f9}' | '\u{964}' | '\u{965}' | '\u{104a}' | '\u{104b}'
            | '\u{1362}' | '\u{1367}' | '\u{1368}' | '\u{17d4}' | '\u{17d5}' | '\u{1803}' | '\u{1809}' | '\u{f0d}' | '\u{f0e}'
    ) || is_wide_end(character)
}

/// Whether a character closes a quote, a bracket or an emphasis.
fn is_closer(character: char) -> bool {
    matches!(
        character,
        '"' | '\'' | ')' | ']' | '}' | '*' | '_' | '~' | '`' | '\u{bb}' | '\u{ab}' | '\u{2018}'
            ..='\u{201f}'
                | '\u{2039}'
                | '\u{203a}'
                | '\u{300b}'
                | '\u{3009}'
                | '\u{300d}'
                | '\u{300f}'
                | '\u{3011}'
                | '\u{3015}'
                | '\u{ff09}'
                | '\u{ff3d}'
                | '\u{ff63}'
    )
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\u{a0}' | '\u{202f}' | '\u{3000}')
}

fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r')
}

/// Whether a sentence does not begin with this letter. Without a table: Latin, Greek, Cyrillic and Armenian.
fn is_small(character: char) -> bool {
    let code = u32::from(character);
    match character {
        'a'..='z' | 'ß'..='ö' | 'ø'..='ÿ' | 'α'..='ώ' | 'а'..='џ' | '\u{561}'..='\u{587}' => true,
        '\u{100}'..='\u{17f}' => (code % 2 == 1) != matches!(code, 0x139..=0x148 | 0x179..=0x17e),
        _ => false,
    }
}

/// The number of bytes at the start of `text` whose characters belong.
fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|character| !belongs(character)).unwrap_or(text.len())
}

/// The rest of the line, without its end.
fn line_of(text: &str) -> &str {
    &text[..run(text, |character| !is_line_end(character))]
}

/// The length of the line end at the start of `text`.
fn line_end_length(text: &str) -> usize {
    if text.starts_with("\r\n") { 2 } else { usize::from(text.starts_with(is_line_end)) }
}

/// The length of the marker of a list item with its check box; 0 if the line is no list item.
fn item_length(line: &str) -> usize {
    let digits = run(line, |character| character.is_ascii_digit());
    let marker = match line[digits..].chars().next() {
        Some('.' | ')') if (1..10).contains(&digits) => digits + 1,
        Some('-' | '*' | '+') if digits == 0 => 1,
        Some('\u{2022}') if digits == 0 => 3,
        _ => return 0,
    };
    let blanks = run(&line[marker..], is_blank);
    if blanks == 0 && marker < line.len() {
        return 0;
    }
    let text = &line[marker + blanks..];
    let is_box = matches!(text.as_bytes(), [b'[', b' ' | b'x' | b'X', b']', ..]);
    marker + blanks + if is_box { 3 + run(&text[3..], is_blank) } else { 0 }
}

/// Whether the whole line is one unit: a heading, or a row of a table.
fn is_whole_line(line: &str) -> bool {
    line.starts_with('#') || line.starts_with('|')
}

/// The mark of which a line begins with three: a fence, a ruler, or front matter.
fn ruler(line: &str) -> Option<u8> {
    match line.as_bytes() {
        [mark @ (b'-' | b'*' | b'=' | b'`' | b'~' | b'+'), second, third, ..] if second == mark && third == mark => {
            Some(*mark)
        }
        _ => None,
    }
}

/// Whether a line, without its indentation, does not continue the paragraph before it.
fn is_block_start(line: &str) -> bool {
    let is_ruler = || ruler(line).is_some_and(|mark| mark != b'+');
    line.is_empty() || is_whole_line(line) || line.starts_with(['>', '<']) || item_length(line) > 0 || is_ruler()
}

/// The length of the sentence, run of blanks, or line end at the start of `text`. `is_line_start` if only blanks are before it in its line.
fn unit_length(text: &str, is_line_start: bool) -> usize {
    let line_end = line_end_length(text);
    if line_end > 0 {
        return line_end;
    }
    let blanks = run(text, is_blank);
    if blanks > 0 {
        return blanks;
    }
    let mut from = 0;
    if is_line_start {
        let line = line_of(text);
        if is_whole_line(line) {
            return line.trim_end_matches(is_blank).len();
        }
        from = item_length(line);
        if from == line.len() {
            return line.trim_end_matches(is_blank).len();
        }
    }
    sentence_end(text, from)
}

/// Where the sentence at the start of `text` ends, searched from `from` on.
fn sentence_end(text: &str, from: usize) -> usize {
    // Where the last word ends, so that a unit never ends with blanks.
    let mut word_end = from;
    let mut at = from;
    while let Some(character) = text[at..].chars().next() {
        if is_line_end(character) {
            let next = at + line_end_length(&text[at..]);
            let line = line_of(&text[next..]).trim_matches(is_blank);
            if is_block_start(line) {
                return word_end;
            }
            at = next;
            continue;
        }
        if is_end(character)
            && let Some(end) = end_after(text, at)
        {
            return end;
        }
        at += character.len_utf8();
        if !is_blank(character) {
            word_end = at;
        }
    }
    word_end
}

/// The end of the sentence with the mark at `at`, with the marks and closing characters after it. `None` if the sentence goes on.
fn end_after(text: &str, at: usize) -> Option<usize> {
    let marks = run(&text[at..], |character| is_end(character) || character == '\u{2026}');
    let marked = &text[at..at + marks];
    let end = at + marks + run(&text[at + marks..], is_closer);
    let is_wide = marked.chars().any(is_wide_end);
    let rest = &text[end..];
    if is_wide || rest.is_empty() {
        return Some(end);
    }
    let gap = run(rest, |character| is_blank(character) || is_line_end(character));
    // An ellipsis may be a pause.
    if gap == 0 || marked.contains("..") || marked.contains('\u{2026}') {
        return None;
    }
    let next = rest[gap..].trim_start_matches(|character| {
        is_closer(character) || matches!(character, '(' | '[' | '\u{bf}' | '\u{a1}' | '\u{201e}')
    });
    let goes_on = next.chars().next().is_some_and(is_small) || (marked == "." && is_abbreviation(&text[..at], next));
    (!goes_on).then_some(end)
}

/// Whether a text ends with an abbreviation, an initial, or a short number. Called only before a space, so that it reads each word once.
fn is_abbreviation(before: &str, next: &str) -> bool {
    let belongs = |character: char| {
        character.is_ascii_alphanumeric() || (!character.is_ascii() && !is_blank(character)) || character == '.'
    };
    let start = before
        .char_indices()
        .rev()
        .take_while(|(_, character)| belongs(*character))
        .last()
        .map_or(before.len(), |(at, _)| at);
    let word = before[start..].trim_start_matches(|character| is_closer(character) || character == '\u{201e}');
    let last = word.rsplit('.').next().unwrap_or_default();
    let letters = last.chars().count();
    let is_plain = last.bytes().all(|byte| byte.is_ascii_alphabetic());
    let has_vowel = || last.bytes().any(|byte| b"aeiouyAEIOUY".contains(&byte));
    let is_known = || {
        let lower = last.to_ascii_lowercase();
        lower.len() > 1 && ABBREVIATIONS.split(' ').any(|known| known == lower.as_str())
    };
    letters <= 1
        || (letters <= 3 && last.bytes().all(|byte| byte.is_ascii_digit()))
        || (is_plain && letters <= 5 && !has_vowel())
        || (letters <= 6 && is_known())
        || (is_plain
            && letters <= LETTERS_BEFORE_DIGIT
            && next.starts_with(|character: char| character.is_ascii_digit()))
}

/// Cuts a text into sentences, blanks and line ends.
fn split<'t>(text: &'t str, interner: &mut Interner<'t>) -> Sequence {
    let mut units = Sequence { starts: vec![0], tokens: Vec::new() };
    let (mut at, mut is_line_start) = (0, true);
    while at < text.len() {
        let length = unit_length(&text[at..], is_line_start).max(1);
        let unit = &text[at..at + length];
        is_line_start = unit.starts_with(is_line_end) || (is_line_start && unit.starts_with(is_blank));
        units.tokens.push(interner.intern(if unit.starts_with(is_line_end) { "\n" } else { unit }));
        at += length;
        units.starts.push(at as u32);
    }
    units
}

/// Whether sentences part a text, not line breaks: it has more ends of sentences than line ends.
pub(crate) fn is_prose(text: &str) -> bool {
    if !may_be_prose(text) {
        return false;
    }
    let mut interner = Interner::new();
    let units = split(text, &mut interner);
    let slice = |at: usize| &text[units.starts[at] as usize..units.starts[at + 1] as usize];
    let (mut ends, mut lines) = (0, 0);
    for at in 0..units.tokens.len() {
        lines += usize::from(slice(at).starts_with(is_line_end));
        let is_followed = at + 1 < units.tokens.len() && !slice(at + 1).starts_with(is_line_end);
        ends += usize::from(is_followed && slice(at).trim_end_matches(is_closer).ends_with(is_end));
    }
    ends > lines
}

/// The sentences of a text that have a letter or a digit.
pub(super) fn sentences<'t>(text: &'t str, interner: &mut Interner<'t>) -> Vec<u32> {
    let units = split(text, interner);
    let has_letter = |token: &u32| {
        let unit = interner.unit(*token);
        is_sentence(unit) && unit.bytes().any(|byte| byte.is_ascii_alphanumeric() || byte > 0x7f)
    };
    units.tokens.into_iter().filter(has_letter).gather()
}

/// Whether no line looks like code, data or markup.
pub(super) fn may_be_prose(text: &str) -> bool {
    !text.split(is_line_end).any(is_code)
}

/// Whether a line looks like code or data: CSV, front matter, indented code, a fence.
fn is_code(line: &str) -> bool {
    let indent = run(line, is_blank);
    let trimmed = line.trim_matches(is_blank);
    if trimmed.is_empty()
        || trimmed.starts_with('|')
        || item_length(trimmed) > 0
        || trimmed.starts_with('#') && !trimmed.starts_with("#!") && !trimmed.starts_with("#i")
    {
        return false;
    }
    let bytes = trimmed.as_bytes();
    let has_start = matches!(
        bytes,
        [b'/', b'/' | b'*', ..] | [b'<' | b'{' | b'}' | b'@', ..] | [b'$', b' ', ..] | [b'#', b'!' | b'i', ..]
    );
    let has_end = matches!(bytes.last(), Some(b'{' | b'}' | b';' | b'(' | b'[' | b'\\' | b'=' | b'>'));
    let is_operator =
        |part: &[u8]| matches!(part, [b'(', b')', b';'] | [b' ', b'=', b' '] | [b' ', b'=' | b':', b'=' | b'>']);
    let is_member = || {
        let name = run(trimmed, |character| {
            character.is_ascii_alphanumeric()
                || !character.is_ascii()
                || matches!(character, '_' | '-' | '.' | '"' | '\'')
        });
        let has_value = trimmed[name..].trim_start_matches(is_blank).starts_with([':', '=']);
        name > 0 && has_value && !trimmed.trim_end_matches(is_closer).ends_with(is_end)
    };
    indent > 3
        || line.starts_with('\t')
        || trimmed.contains('\t')
        || ruler(trimmed).is_some_and(|mark| !matches!(mark, b'*' | b'='))
        || has_start
        || has_end
        || bytes.windows(3).any(is_operator)
        || separators(trimmed) > 1
        || is_member()
}

/// The number of commas and semicolons that no blank follows, as in CSV.
fn separators(line: &str) -> usize {
    let bytes = line.as_bytes();
    bytes.windows(2).filter(|pair| matches!(pair[0], b',' | b';') && pair[1] > b' ').count()
}

/// The ranges of a Markdown document that have no sentences: front matter and fenced code. By their bytes.
pub(super) fn code_ranges(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, u8)> = None;
    let mut at = 0;
    while at < text.len() {
        let line = line_of(&text[at..]);
        let end = at + line.len() + line_end_length(&text[at + line.len()..]);
        let trimmed = line.trim_matches(is_blank);
        let mark = ruler(trimmed).filter(|mark| match mark {
            b'`' | b'~' => true,
            b'-' | b'+' => trimmed.len() == 3 && (at == 0 || open.is_some_and(|open| open.1 == *mark)),
            _ => false,
        });
        match (open, mark) {
            (None, Some(mark)) => open = Some((at, mark)),
            (Some((start, known)), Some(mark)) if known == mark => {
                found.push((start, end));
                open = None;
            }
            _ => {}
        }
        at = end;
    }
    // A ruler at the start is no front matter without an end. An open fence goes to the end.
    if let Some((start, mark)) = open
        && !matches!(mark, b'-' | b'+')
    {
        found.push((start, text.len()));
    }
    found
}

/// Merges one conflict by sentences. `None` if this settles nothing, or if the text is no prose. Blocks of the result may be conflicts.
pub(super) fn merge_sentences(base: &str, mine: &str, theirs: &str) -> Option<WordMerge> {
    if ![base, mine, theirs].into_iter().all(may_be_prose) {
        return None;
    }
    let mut interner = Interner::new();
    let [of_base, of_mine, of_theirs] = [base, mine, theirs].map(|text| split(text, &mut interner));
    let triple = Triple { base: of_base, mine: of_mine, theirs: of_theirs };
    let to_mine = compare_words(&triple.base.tokens, &triple.mine.tokens);
    let to_theirs = compare_words(&triple.base.tokens, &triple.theirs.tokens);
    let texts = [base, mine, theirs];
    let swept = |mine: &[Hunk], theirs: &[Hunk]| {
        joined_insertions(&triple, texts, sweep(&triple, mine, theirs, Adjacency::Touch))
    };
    let conflicts = |blocks: &[Block]| blocks.iter().filter(|block| block.is_conflict()).count();
    // An added sentence has a blank before it or behind it. One of the two may touch an edit of the other side.
    let mut blocks = swept(&to_mine.hunks, &to_theirs.hunks);
    if conflicts(&blocks) > 0 {
        let other = swept(
            &slid(&to_mine.hunks, &triple.base, &triple.mine),
            &slid(&to_theirs.hunks, &triple.base, &triple.theirs),
        );
        if conflicts(&other) < conflicts(&blocks) {
            blocks = other;
        }
    }
    let is_settled =
        blocks.iter().any(|block| matches!(block.kind, RegionKind::Mine | RegionKind::Theirs | RegionKind::Both));
    // Repeated sentences have several alignments, so that people decide the whole.
    if !is_settled || has_repeated(&triple, texts) {
        return None;
    }
    let precise = to_mine.cut.is_empty() && to_theirs.cut.is_empty();
    let merged = WordMerge { triple, blocks, precise };
    let text = merged.text(mine, theirs);
    let known = interner.len();
    split(&text, &mut interner);
    (precise && interner.len() == known).then_some(merged)
}

/// The stretches of two texts by sentences, each with whether it is equal. Blanks belong to the sentence before them: they prove nothing.
pub(crate) fn aligned(before: &str, after: &str) -> Vec<(ByteRange, ByteRange, bool)> {
    let mut interner = Interner::new();
    let [old, new] = [before, after].map(|text| whole_sentences(text, &mut interner));
    let mut found = Vec::new();
    let (mut from, mut to) = (0, 0);
    let mut add = |old_span: Span, new_span: Span| {
        if old_span.len() + new_span.len() > 0 {
            let (was, is) = (old.bytes(old_span), new.bytes(new_span));
            found.push((was, is, was.slice(before) == is.slice(after)));
        }
    };
    for hunk in compare_words(&old.tokens, &new.tokens).hunks {
        // One by one, as the blanks after one of them may differ.
        for at in 0..hunk.before.start - from {
            add(Span::new(from + at, from + at + 1), Span::new(to + at, to + at + 1));
        }
        add(hunk.before, hunk.after);
        (from, to) = (hunk.before.end, hunk.after.end);
    }
    for at in 0..old.len() - from {
        add(Span::new(from + at, from + at + 1), Span::new(to + at, to + at + 1));
    }
    found
}

/// Cuts a text into sentences, each with the blanks and line ends after it. Its number is that of the sentence alone.
fn whole_sentences<'t>(text: &'t str, interner: &mut Interner<'t>) -> Sequence {
    let units = split(text, interner);
    let mut whole = Sequence { starts: vec![0], tokens: Vec::new() };
    for (at, &token) in (0_u32..).zip(&units.tokens) {
        let end = units.starts[at as usize + 1];
        match whole.starts.last_mut() {
            Some(last) if !whole.tokens.is_empty() && !is_sentence(units.slice(text, Span::new(at, at + 1))) => {
                *last = end
            }
            _ => {
                whole.tokens.push(token);
                whole.starts.push(end);
            }
        }
    }
    whole
}

/// Whether a blank has to part two sentences if one is put behind the other.
pub(super) fn needs_blank(one: &str, other: &str) -> bool {
    let is_apart = |character: char| is_blank(character) || is_line_end(character);
    let is_full = !one.is_empty() && !other.is_empty();
    let is_wide = one.trim_end_matches(is_closer).ends_with(is_wide_end);
    is_full && !is_wide && !one.ends_with(is_apart) && !other.starts_with(is_apart)
}

fn is_sentence(text: &str) -> bool {
    !text.starts_with(|character| is_blank(character) || is_line_end(character))
}

/// Whether a sentence is twice in one text.
fn has_repeated(triple: &Triple, texts: [&str; 3]) -> bool {
    [&triple.base, &triple.mine, &triple.theirs].into_iter().zip(texts).any(|(sequence, text)| {
        let mut seen: Vec<u64> = (0_u32..)
            .zip(&sequence.tokens)
            .filter(|(at, _)| is_sentence(sequence.slice(text, Span::new(*at, *at + 1))))
            .map(|(_, token)| u64::from(*token))
            .gather();
        crate::merge::sort::sort_hashes(&mut seen);
        seen.windows(2).any(|pair| pair[0] == pair[1])
    })
}

/// The same insertions and removals, each one unit earlier if this changes no text.
fn slid(hunks: &[Hunk], base: &Sequence, side: &Sequence) -> Vec<Hunk> {
    let mut end = 0;
    let earlier = |span: Span| Span::new(span.start - 1, span.end - 1);
    let slide = |hunk: &Hunk| {
        let (span, tokens) =
            if hunk.before.is_empty() { (hunk.after, &side.tokens) } else { (hunk.before, &base.tokens) };
        let is_one_sided = hunk.before.is_empty() || hunk.after.is_empty();
        let has_room = hunk.before.start > end && span.start > 0;
        end = hunk.before.end + 1;
        let token = |at: u32| tokens.get(at as usize);
        if is_one_sided && has_room && token(span.start - 1) == token(span.end - 1) {
            Hunk { before: earlier(hunk.before), after: earlier(hunk.after) }
        } else {
            *hunk
        }
    };
    hunks.iter().map(slide).gather()
}

/// Joins two blocks of different sides that both add sentences, with only blanks between them: people decide the order.
fn joined_insertions(triple: &Triple, [base, mine, theirs]: [&str; 3], blocks: Vec<Block>) -> Vec<Block> {
    let count = |sequence: &Sequence, text: &str, span: Span| {
        (span.start..span.end).filter(|&at| is_sentence(sequence.slice(text, Span::new(at, at + 1)))).count()
    };
    let adds = |block: &Block| {
        let now = match block.kind {
            RegionKind::Mine => count(&triple.mine, mine, block.mine),
            RegionKind::Theirs => count(&triple.theirs, theirs, block.theirs),
            _ => return false,
        };
        now > count(&triple.base, base, block.base)
    };
    let is_gap = |block: &Block| block.kind == RegionKind::Unchanged && count(&triple.base, base, block.base) == 0;
    let mut joined: Vec<Block> = Vec::with_capacity(blocks.len());
    for block in blocks {
        let gap = usize::from(joined.last().is_some_and(is_gap));
        let before = joined.len().checked_sub(1 + gap).and_then(|at| joined.get(at)).copied();
        match before.filter(|before| before.kind != block.kind && adds(before) && adds(&block)) {
            Some(before) => {
                joined.truncate(joined.len() - 1 - gap);
                joined.push(Block::new(
                    RegionKind::Conflict,
                    Span::new(before.base.start, block.base.end),
                    Span::new(before.mine.start, block.mine.end),
                    Span::new(before.theirs.start, block.theirs.end),
                ));
            }
            None => joined.push(block),
        }
    }
    joined
}
