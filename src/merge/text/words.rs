//! Words and graphemes: where a text may be cut, and the merge by words.
//!
//! A simple rule uses classes of characters, and no Unicode tables. A run of letters and digits is a word. A number, date or version is one
//! word with its separators (`1,234.50`, `2024-01-15`, `1.2.3`). Scripts that put no spaces between words are cut between graphemes.
//! A [`Segmenter`] (`Intl.Segmenter` in a page) finds the words of these scripts, and gets no other text.
//!
//! A merge cuts at fewer places. An address, a path, and a number with the words beside it are one unit each, because two edits of one
//! unit would make a value that nobody wrote.

use super::ambiguity::{Found, examine};
use super::blocks::{Block, Triple, sweep};
use super::diff::compare_words;
use super::{Adjacency, RegionKind, Segmenter};
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
        ' ' | '\t' | '\u{b}' | '\u{c}' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            Class::Space
        }
        '0'..='9' | 'a'..='z' | 'A'..='Z' | '_' => Class::Word,
        // Signs of currencies, percent, degrees and minutes belong to the number beside them.
        '$' | '%' | '\u{a2}'..='\u{a5}' | '\u{b0}' | '\u{2030}'..='\u{2034}' | '\u{20a0}'..='\u{20cf}' => Class::Word,
        '\0'..='\u{7f}' => Class::Punctuation,
        '\u{aa}' | '\u{b2}' | '\u{b3}' | '\u{b5}' | '\u{b9}' | '\u{ba}' | '\u{bc}'..='\u{be}' => Class::Word,
        '\u{80}'..='\u{bf}' | '\u{d7}' | '\u{f7}' => Class::Punctuation,
        '\u{200b}'..='\u{200d}' => Class::Word,
        '\u{2010}'..='\u{206f}' | '\u{2190}'..='\u{23ff}' => Class::Punctuation,
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

/// The length in bytes of the word, number, run of spaces, line end or single grapheme at the start of `text`. For a merge
/// (`LineKey::Content`) it is the length of the whole unit.
fn word_length(text: &str, key: LineKey) -> usize {
    plain_length(text.as_bytes()).unwrap_or_else(|| decoded_length(text, key))
}

fn decoded_length(text: &str, key: LineKey) -> usize {
    let Some(first) = text.chars().next() else {
        return 0;
    };
    match class_of(first) {
        Class::LineEnd | Class::Single | Class::Punctuation => grapheme_length(text),
        Class::Space => run(text, |character| class_of(character) == Class::Space),
        Class::Word => {
            let word_at_start = |text| run(text, |character| class_of(character) == Class::Word || extends(character));
            let mut end = word_at_start(text);
            let (mut in_url, mut open) = (false, 0);
            while let Some((word, rest)) = text.split_at_checked(end)
                && let Some((separator, next)) = joined_word(word, rest, key, (in_url, open))
            {
                in_url |= separator.starts_with("://");
                open = after_brackets(separator, open).unwrap_or(0);
                end += separator.len() + word_at_start(next).max(grapheme_length(next));
            }
            end
        }
    }
}

/// The common case, found without decoding: an ASCII word or run of blanks that nothing could join.
fn plain_length(bytes: &[u8]) -> Option<usize> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_$%".contains(&byte);
    let is_blank = |byte: u8| byte == b' ' || byte == b'\t';
    let first = *bytes.first()?;
    let (length, joiners): (_, &[u8]) = if is_word(first) {
        (bytes.iter().take_while(|byte| is_word(**byte)).count(), b" .,:-/'\\+@#?=&~*!^")
    } else if is_blank(first) {
        (bytes.iter().take_while(|byte| is_blank(**byte)).count(), b"\x0b\x0c")
    } else {
        return None;
    };
    let (word, rest) = bytes.split_at_checked(length)?;
    let is_letter = |byte: Option<&u8>| byte.is_none_or(|byte| byte.is_ascii() && !byte.is_ascii_digit());
    let is_mark = |byte: &&u8| !is_word(**byte) && !is_blank(**byte) && **byte > b' ';
    let is_cut = match rest {
        [b' ', rest @ ..] => is_letter(word.last()) && is_letter(rest.first()),
        // The bracket may belong to a path, so `joined_word` decides.
        [next, ..] if is_bracket(char::from(*next)) && rest.iter().take_while(is_mark).any(|byte| *byte == b'/') => {
            false
        }
        [b')', ..] => is_letter(word.last()),
        [next, ..] => next.is_ascii() && !joiners.contains(next),
        [] => true,
    };
    is_cut.then_some(length)
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|character| !belongs(character)).unwrap_or(text.len())
}

fn is_digit(character: char) -> bool {
    matches!(character, '0'..='9' | '\u{660}'..='\u{669}' | '\u{6f0}'..='\u{6f9}' | '\u{966}'..='\u{96f}' | '\u{ff10}'..='\u{ff19}')
}

/// Whether a character joins the words of an address, a version or a compound.
fn is_joiner(character: char) -> bool {
    matches!(
        character,
        '.' | ':'
            | '/'
            | '\\'
            | '-'
            | '+'
            | '@'
            | '#'
            | '?'
            | '='
            | '&'
            | '~'
            | '*'
            | '!'
            | '^'
            | '\u{ad}'
            | '\u{b7}'
            | '\u{d7}'
            | '\u{2010}'..='\u{2013}' | '\u{2044}' | '\u{2212}' | '\u{301c}' | '\u{ff5e}'
    )
}

/// Whether a character encloses a part of a path: `/users/{id}`, `/[slug]`, `http://[::1]/`.
fn is_bracket(character: char) -> bool {
    matches!(character, '{' | '}' | '[' | ']' | '(' | ')')
}

/// The number of open brackets after `marks`, with `open` brackets before. `None` if a bracket closes that the unit did not open, as in
/// `[text](/path)` and `(a)/(b)`.
fn after_brackets(marks: &str, open: usize) -> Option<usize> {
    marks.chars().try_fold(open, |open, mark| match mark {
        '{' | '[' | '(' => Some(open + 1),
        '}' | ']' | ')' => open.checked_sub(1),
        _ => Some(open),
    })
}

/// The separator after which `word` goes on in `rest`, and the text after the separator. `None` if the word ends. `open` is the
/// number of open brackets in `word`.
///
/// A number goes on after a separator between digits (`1,234.5`, `2024-01-15`, `10:30`), and a word after an apostrophe. A unit also goes on
/// after the marks of an address, after one space beside a digit (`1 234 kg`), and after a bracket in a telephone number.
fn joined_word<'t>(
    word: &str,
    rest: &'t str,
    key: LineKey,
    (in_url, open): (bool, usize),
) -> Option<(&'t str, &'t str)> {
    let (before, mark) = (word.chars().next_back()?, rest.chars().next()?);
    let joiners = run(rest, |character| {
        is_joiner(character) || in_url && (is_bracket(character) || matches!(character, ',' | ';' | '\''))
    });
    let marks = run(rest, |character| is_joiner(character) || is_bracket(character));
    let is_path = rest.get(..marks).is_some_and(|marks| marks.contains('/') && after_brackets(marks, open).is_some());
    let joiners = if is_path { joiners.max(marks) } else { joiners };
    let length = match rest.as_bytes() {
        _ if joiners > 0 => joiners,
        [b')', b' ', ..] | [b' ', b'(', ..] => 2,
        _ => mark.len_utf8(),
    };
    let (separator, rest) = rest.split_at_checked(length)?;
    let after = rest.chars().next()?;
    let class = class_of(after);
    let (any_digit, all_digits) = (is_digit(before) || is_digit(after), is_digit(before) && is_digit(after));
    let joins = match separator {
        "." | "," | ":" | "-" | "/" | "\u{ff0c}" | "\u{ff0e}" if all_digits => true,
        "'" | "\u{2019}" => class == Class::Word,
        _ if key == LineKey::Bytes => false,
        _ if joiners > 0 => class == Class::Word,
        " (" => all_digits,
        _ if matches!(mark, ')' | '年' | '月' | '日' | '時' | '分') => all_digits,
        // A tab separates the columns of a table.
        _ => class_of(mark) == Class::Space && mark >= ' ' && any_digit && matches!(class, Class::Word | Class::Single),
    };
    joins.then_some((separator, rest))
}

/// The number of characters that a segmenter gets at once, as the segmenter of Node.js 20 takes quadratic time.
const PIECE: usize = 256;

/// The number of words at the end of a piece that the next piece repeats, as the text after a word can change it.
const UNSURE: usize = 8;

/// The rule that cuts a text.
struct Rule {
    /// Whether a segmenter gets this character.
    is_asked: fn(char) -> bool,
    /// The length of the unit at the start of a text, without a segmenter.
    length: fn(&str, LineKey) -> usize,
}

const WORDS: Rule = Rule { is_asked: needs_dictionary, length: word_length };
const GRAPHEMES: Rule = Rule { is_asked: |character| !character.is_ascii(), length: |text, _| grapheme_length(text) };

/// The units of the texts of one comparison or merge.
pub(super) struct Units<'t> {
    pub(super) interner: Interner<'t>,
    segmenter: Option<Segmenter>,
    /// The pieces that the segmenter got, and its answers. They are kept because the texts have most pieces in common.
    pieces: Interner<'t>,
    answers: Vec<Vec<usize>>,
}

impl<'t> Units<'t> {
    pub(super) fn new(segmenter: Option<Segmenter>) -> Self {
        Self { interner: Interner::new(), segmenter, pieces: Interner::new(), answers: Vec::new() }
    }

    /// Cuts `text` into words; for a merge (`LineKey::Content`), into units.
    pub(super) fn words(&mut self, text: &'t str, key: LineKey) -> Sequence {
        self.split(text, key, &WORDS)
    }

    /// Cuts `text` into graphemes.
    pub(super) fn graphemes(&mut self, text: &'t str) -> Sequence {
        self.split(text, LineKey::Bytes, &GRAPHEMES)
    }

    /// Cuts `text` by a rule, and pieces of it by the segmenter.
    fn split(&mut self, text: &'t str, key: LineKey, rule: &Rule) -> Sequence {
        let mut units = Sequence { starts: vec![0], tokens: Vec::new() };
        let mut rest = text;
        let mut add = |length: usize, rest: &mut &'t str| {
            let (unit, after) = rest.split_at_checked(length).unwrap_or((*rest, ""));
            let is_line_end = key == LineKey::Content && matches!(unit, "\r\n" | "\r");
            units.tokens.push(self.interner.intern(if is_line_end { "\n" } else { unit }));
            units.starts.push((text.len() - after.len()) as u32);
            *rest = after;
        };
        // The length of the text after a piece without an answer. The rule alone cuts such a piece.
        let mut refused = text.len();
        while !rest.is_empty() {
            let mut ends: &[usize] = &[];
            if let Some(segmenter) = self.segmenter
                && rest.len() <= refused
                && let Some((piece, after)) = piece(rest, rule.is_asked)
            {
                let number = self.pieces.intern(piece) as usize;
                if number == self.answers.len() {
                    self.answers.push(checked_ends(piece, segmenter(piece)));
                }
                ends = self.answers.get(number).map_or(&[], Vec::as_slice);
                // The text after a piece can change its last words.
                if after.starts_with(rule.is_asked) {
                    ends = ends.get(..ends.len().saturating_sub(UNSURE).max(1)).unwrap_or_default();
                }
                refused = if ends.is_empty() { after.len() } else { refused };
            }
            if ends.is_empty() {
                add((rule.length)(rest, key), &mut rest);
            }
            let mut start = 0;
            for end in ends {
                add(end - start, &mut rest);
                start = *end;
            }
        }
        units
    }
}

/// The piece at the start of `text` for the segmenter, and the text after it. `None` if the segmenter does not get the first character.
fn piece(text: &str, is_asked: fn(char) -> bool) -> Option<(&str, &str)> {
    let asked = text.chars().take(PIECE).take_while(|character| is_asked(*character));
    text.split_at_checked(asked.map(char::len_utf8).sum()).filter(|(piece, _)| !piece.is_empty())
}

/// The ends as a segmenter gave them, if they are in order and on character boundaries.
fn checked_ends(text: &str, ends: Vec<usize>) -> Vec<usize> {
    let in_order = ends.first() != Some(&0) && ends.is_sorted_by(|one, other| one < other);
    if in_order && ends.iter().all(|end| text.is_char_boundary(*end)) { ends } else { Vec::new() }
}

/// Whether a character belongs to a script without spaces between words. Only a dictionary knows such words.
fn needs_dictionary(character: char) -> bool {
    !character.is_ascii() && (class_of(character) == Class::Single || extends(character))
}

/// Whether the first word that differs is another one in each of the three: that is a conflict, whatever follows. Most long conflicts
/// start so, and need not be read to their end.
fn starts_with_clash(base: &str, mine: &str, theirs: &str) -> bool {
    let mut rest = [base, mine, theirs];
    loop {
        let [base, mine, theirs] = rest.map(|text| &text[..word_length(text, LineKey::Content)]);
        // A segmenter may cut the other words in another way, and line ends of all kinds are equal.
        let is_plain = |word: &str| !word.starts_with(needs_dictionary) && !word.ends_with(['\r', '\n']);
        if mine != base && theirs != base {
            return mine != theirs && [base, mine, theirs].iter().all(|word| is_plain(word));
        }
        if mine != base || theirs != base || base.is_empty() || base.starts_with(needs_dictionary) {
            return false;
        }
        rest = rest.map(|text| &text[base.len()..]);
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
    let mut units = Units::new(segmenter);
    let [base, of_mine, of_theirs] = [base, mine, theirs].map(|text| units.words(text, LineKey::Content));
    let triple = Triple { base, mine: of_mine, theirs: of_theirs };
    let to_mine = compare_words(&triple.base.tokens, &triple.mine.tokens);
    let to_theirs = compare_words(&triple.base.tokens, &triple.theirs.tokens);
    let mut blocks = sweep(&triple, &to_mine.hunks, &to_theirs.hunks, Adjacency::Git);
    let found = Found {
        comparisons: [&to_mine, &to_theirs],
        compare: compare_words,
        adjacency: Adjacency::Git,
        tokens: units.interner.len(),
    };
    if !blocks.iter().any(Block::is_conflict) {
        examine(&triple, &found, &mut blocks);
    }
    if blocks.iter().any(Block::is_conflict) {
        return None;
    }
    let precise = to_mine.cut.is_empty() && to_theirs.cut.is_empty();
    let merged = WordMerge { triple, blocks, precise };
    merged.invents_nothing(mine, theirs, units).then_some(merged)
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

    /// Whether each unit of the result is a unit of base, mine or theirs. Adjacent units of two sides may form a new unit.
    fn invents_nothing<'t>(&self, mine: &'t str, theirs: &'t str, units: Units<'t>) -> bool {
        let text = self.text(mine, theirs);
        let mut all: Units<'_> = units;
        let known = all.interner.len();
        all.words(&text, LineKey::Content);
        all.interner.len() == known
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn cut(text: &str, key: LineKey, segmenter: Option<Segmenter>) -> Vec<String> {
        let units = Units::new(segmenter).words(text, key);
        units.starts.windows(2).map(|pair| text[pair[0] as usize..pair[1] as usize].to_owned()).collect()
    }

    fn units(text: &str) -> Vec<String> {
        cut(text, LineKey::Content, None)
    }

    #[test]
    fn the_fast_path_for_ascii_cuts_as_the_slow_path() {
        let alphabet = ["a", "1", " ", "\t", "\n", ".", ",", "'", "(", ")", "/", "\u{a0}", "日"];
        let mut texts = vec![String::new()];
        for _ in 0..5 {
            texts = texts.iter().flat_map(|text| alphabet.map(|next| format!("{text}{next}"))).collect();
            for text in &texts {
                for key in [LineKey::Content, LineKey::Bytes] {
                    assert_eq!(word_length(text, key), decoded_length(text, key), "{text:?} {key:?}");
                }
                assert_eq!(units(text).concat(), *text);
            }
            texts.retain(|text| text.len() < 8);
        }
    }

    #[test]
    fn prose_and_lists_are_cut_at_their_spaces() {
        assert_eq!(units("one two, (three)"), ["one", " ", "two", ",", " ", "(", "three", ")"]);
        assert_eq!(
            units("a,b;c  1\t2, 3. Four"),
            ["a", ",", "b", ";", "c", "  ", "1", "\t", "2", ",", " ", "3", ".", " ", "Four"]
        );
        assert_eq!(units("and/or well-known"), ["and/or", " ", "well-known"]);
        assert_eq!(units("f(a) [b] {c}"), ["f", "(", "a", ")", " ", "[", "b", "]", " ", "{", "c", "}"]);
    }

    #[test]
    fn a_comparison_shows_words_where_a_merge_takes_units() {
        assert_eq!(cut("a/b 100 km", LineKey::Bytes, None), ["a", "/", "b", " ", "100", " ", "km"]);
        assert_eq!(units("a/b 100 km"), ["a/b 100 km"]);
        // Links of Markdown, quotients and templates have brackets around their parts.
        for text in ["[Docs](/docs)", "(x+1)/(y+2)", "{{user}}/{{repo}}", "see (a)/(b)", "arr[i]/n"] {
            let has_joined = |unit: &String| unit.len() > 1 && unit.contains(['(', ')', '[', ']', '{', '}']);
            assert!(!units(text).iter().any(has_joined), "{:?}", units(text));
        }
        for unit in ["users/{id}/posts", "app/(auth)/[slug]/page", "http://[::1]:8080/x", "\u{ff11}\u{ff0c}\u{ff12}"] {
            assert_eq!(units(unit), [unit]);
        }
    }

    thread_local! {
        static ASKED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    /// A segmenter whose words have two characters each.
    fn by_twos(text: &str) -> Vec<usize> {
        ASKED.with_borrow_mut(|asked| asked.push(text.to_owned()));
        text.char_indices().map(|(at, _)| at).skip(2).step_by(2).chain([text.len()]).collect()
    }

    fn without_answer(text: &str) -> Vec<usize> {
        ASKED.with_borrow_mut(|asked| asked.push(text.to_owned()));
        Vec::new()
    }

    #[test]
    fn a_segmenter_gets_only_pieces_in_scripts_without_spaces() {
        let japanese = "日本語の文章をここに書く".repeat(1000);
        let text = format!("é cafés, 1\u{202f}234 € {japanese}. naïve {japanese}");
        let words = cut(&text, LineKey::Bytes, Some(by_twos));
        assert!(words.iter().filter(|word| word.starts_with(needs_dictionary)).all(|word| word.chars().count() == 2));
        assert_eq!(words.concat(), text);
        let asked = ASKED.take();
        assert!(asked.iter().all(|piece| piece.chars().count() <= 300 && piece.chars().all(needs_dictionary)));
        let characters: usize = asked.iter().map(|piece| piece.chars().count()).sum();
        assert!(characters < japanese.chars().count() * 3, "{characters}");
        cut(&text, LineKey::Bytes, Some(without_answer));
        let asked = ASKED.take();
        assert!(asked.len() < 200 && asked.iter().all(|piece| piece.chars().count() <= 300));
    }

    #[test]
    fn a_segmenter_gets_a_piece_of_all_three_texts_once() {
        let (base, japanese) = ("日本語の文章をここに書く".repeat(100), "今日は良い天気".repeat(100));
        let merged = merge_words(
            &format!("{base}。{japanese}"),
            &format!("犬{base}。{japanese}"),
            &format!("{base}。{japanese}猫"),
            Some(by_twos),
        );
        assert!(merged.is_some());
        let asked = ASKED.take();
        let distinct: std::collections::HashSet<&String> = asked.iter().collect();
        assert_eq!(distinct.len(), asked.len());
    }
}
