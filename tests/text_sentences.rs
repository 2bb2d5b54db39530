//! Merges by sentences: where sentences end, which edits merge, and which people decide.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::too_many_lines, missing_docs, reason = "a test may fail loudly")]

mod support;

use mergefetch::merge::text::{Granularity, Options, RegionKind, TextMerge, Texts, merge};
use mergefetch::merge::{Favor, Pick};
use support::{Merged, Random};

fn merged(base: &str, mine: &str, theirs: &str) -> TextMerge {
    let options = Options { granularity: Granularity::Sentence, ..Options::default() };
    let texts = Texts { base: Some(base), mine, theirs };
    let found = merge(texts, &options).unwrap();
    check_laws(texts, &found);
    found
}

fn clean(base: &str, mine: &str, theirs: &str) -> Option<String> {
    let found = merged(base, mine, theirs);
    (found.is_clean() && !found.is_ambiguous()).then(|| found.text(Texts { base: Some(base), mine, theirs }))
}

/// No byte is lost: the regions tile all three texts, and each side can be chosen as a whole. Swapped sides give the swapped merge.
fn check_laws(texts: Texts<'_>, found: &TextMerge) {
    let mut ends = [0; 3];
    for region in found.regions() {
        for (end, range) in ends.iter_mut().zip([region.base, region.mine, region.theirs]) {
            assert_eq!(range.start, *end);
            *end = range.end;
        }
    }
    assert_eq!(ends, [texts.base.unwrap().len(), texts.mine.len(), texts.theirs.len()]);
    let picked = |pick: Pick<'static>| {
        let count = found.changes(texts, "").len();
        found.compose(texts, &vec![pick; count]).unwrap()
    };
    assert_eq!(picked(Pick::Base), texts.base.unwrap());
    assert_eq!(picked(Pick::Mine), texts.mine);
    assert_eq!(picked(Pick::Theirs), texts.theirs);
    let options = Options { granularity: Granularity::Sentence, ..Options::default() };
    let swapped_texts = Texts { mine: texts.theirs, theirs: texts.mine, ..texts };
    let swapped = merge(swapped_texts, &options).unwrap();
    assert_eq!(found.is_clean(), swapped.is_clean(), "{texts:?}");
    if found.is_clean() {
        assert_eq!(found.text(texts), swapped.text(swapped_texts), "{texts:?}");
    }
}

/// Whether the edit of `one` merges with the edit of `other`: each gets a mark before its end.
fn are_apart(text: &str, one: &str, other: &str) -> bool {
    let edited = |part: &str| text.replacen(part, &format!("{part}X"), 1);
    let both = edited(one).replacen(other, &format!("{other}X"), 1);
    assert!(text.contains(one) && text.contains(other), "{text}");
    let found = clean(text, &edited(one), &edited(other));
    assert!(found.as_ref().is_none_or(|found| *found == both), "{found:?}");
    found.is_some()
}

#[test]
fn edits_of_different_sentences_of_one_line_merge() {
    let text = "The cat sleeps here. A dog barks loudly. The bird sings well.\n";
    for (one, other) in [("cat", "dog"), ("dog", "bird"), ("cat", "bird")] {
        assert!(are_apart(text, one, other));
    }
    assert!(!are_apart(text, "cat", "sleeps"));
    assert_eq!(
        clean(text, "The cat sleeps here. The bird sings well.\n", &text.replace("sings well", "sings badly")),
        Some("The cat sleeps here. The bird sings badly.\n".to_owned())
    );
    let (mine, theirs) = (text.replace(".\n", ". I add one.\n"), text.replace(".\n", ". They add another.\n"));
    assert_eq!(clean(text, &mine, &theirs), None, "both append a sentence at one place");
    let begun = format!("We begin. {text}");
    assert_eq!(clean(text, &mine, &begun), Some(format!("We begin. {mine}")));
}

#[test]
fn a_sentence_that_both_touched_is_never_doubled() {
    let base = "The red one. A big dog! Please call us.";
    for (mine, theirs) in [
        ("Please ring us. The red one. A big dog!", "The red one. Please call us. A big dog!"),
        ("Please call us. The red one. A big dog!", "The red one. Please call us. A big dog!"),
        ("Please ring us. The red one. A big dog!", "The red one. Please phone us. A big dog!"),
        // Moved, and removed or edited.
        ("Please call us. The red one. A big dog!", "The red one. A big dog!"),
        ("Please ring us. The red one. A big dog!", "The red one. A big dog!"),
        ("Please call us. The red one. A big dog!", "The red one. A big dog! Please ring us."),
        // The same sentence at two places.
        ("A new one. The red one. A big dog! Please call us.", "The red one. A big dog! Please call us. A new one."),
    ] {
        assert_eq!(clean(base, mine, theirs), None, "{mine} | {theirs}");
        assert_eq!(clean(base, theirs, mine), None, "{theirs} | {mine}");
        // The same in paragraphs of their own, between other paragraphs.
        let lines = |text: &str| {
            let lines = text.replace(". ", ".\n\n").replace("! ", "!\n\n");
            format!("# Title\n\n{lines}\n\nThe end.\n")
        };
        assert_eq!(clean(&lines(base), &lines(mine), &lines(theirs)), None, "{mine} | {theirs}");
        // The same between paragraphs.
    }
    let base = "One is here. The sun shines all day.\n\nTwo is here.\n\nThree is here.\n";
    let moved = "The sun shines all day.";
    let without = base.replacen(&format!(" {moved}"), "", 1);
    let [mine, theirs] = ["Two", "Three"]
        .map(|place| without.replace(&format!("{place} is here."), &format!("{place} is here. {moved}")));
    assert_eq!(clean(base, &mine, &theirs), None);
    assert_eq!(clean(base, &mine, &without), None);
    assert_eq!(clean(base, &mine, &theirs.replace("all day", "all night")), None);
    assert_eq!(clean(base, &mine.replace("all day", "each day"), &theirs.replace("all day", "all night")), None);
    // A move alone merges.
    let edited = base.replace("Three", "Number three");
    assert_eq!(clean(base, &mine, &edited), Some(mine.replace("Three", "Number three")));
    assert_eq!(
        clean("One is. Two is. Three is.", "Two is. One is. Three is.", "One is. Two is. Three was."),
        Some("Two is. One is. Three was.".to_owned())
    );
}

#[test]
fn an_edit_of_one_sentence_is_a_conflict_with_a_suggestion() {
    let base = "The cat sleeps here. A big dog barks very loudly. The bird sings well.\n";
    let (mine, theirs) = (base.replace("big dog", "small dog"), base.replace("loudly", "softly"));
    let mine = mine.replace("The cat", "My cat");
    let found = merged(base, &mine, &theirs);
    let conflicts: Vec<_> = found.regions().iter().filter(|region| region.kind == RegionKind::Conflict).collect();
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0].suggestion.as_deref(), Some("A small dog barks very softly."));
    // Markers have lines of their own, so that the text with markers shows the whole line.
    let texts = Texts { base: Some(base), mine: &mine, theirs: &theirs };
    let marked = found.text(texts);
    assert!(marked.starts_with("<<<<<<<") && marked.contains(&mine) && marked.contains(&theirs), "{marked}");
    for (favor, side) in
        [(Favor::Mine, "A small dog barks very loudly."), (Favor::Theirs, "A big dog barks very softly.")]
    {
        let options = Options { granularity: Granularity::Sentence, favor: Some(favor), ..Options::default() };
        let found = merge(texts, &options).unwrap();
        assert_eq!(found.text(texts), format!("My cat sleeps here. {side} The bird sings well.\n"));
    }
}

#[test]
fn sentences_end_in_all_scripts() {
    for text in [
        "Is it one? Yes, it is two!\n",
        "He said \"one.\" She said (two).\n",
        "It is «one». It is **two**.\n",
        "這是one。那是two。\n",
        "これはone！それはtwoか？\n",
        "यह one है। वह two है।\n",
        "هل هذا one؟ نعم هذا two.\n",
        "یہ one ہے۔ وہ two ہے۔\n",
        "Սա one է։ Դա two է։\n",
        "ይህ one ነው። ያ two ነው።\n",
        "Das ist one. Über two reden wir.\n",
        "Это one. Там two.\n",
        "Αυτό one. Εκεί two.\n",
        "See example.com/one. Then two.\n",
        "That was in 2024 one. In 2025 two.\n",
        "¿Es one? ¡Es two!\n",
        "We saw one in 2024. There were two.\n",
    ] {
        assert!(are_apart(text, "one", "two"), "{text}");
        assert!(are_apart(&text.replace('\n', ""), "one", "two"), "{text}");
        assert!(are_apart(&text.replace('\n', "\r\n"), "one", "two"), "{text}");
    }
}

#[test]
fn abbreviations_numbers_and_pauses_end_no_sentence() {
    for text in [
        "We met Dr. one and two.\n",
        "We met Dr. One one and two.\n",
        "We met Prof. One one and two.\n",
        "Das ist z. B. one mit two.\n",
        "Das sind z. B. Äpfel one, two.\n",
        "It is, e.g. One one, two.\n",
        "It costs one 1.5 two.\n",
        "Version one 2.0. 1 two.\n",
        "J. R. R. one two.\n",
        "The one J. Smith two.\n",
        "Well one ... Two two.\n",
        "Well one… Two two.\n",
        "\"Really one?\" he said two.\n",
        "Am one 3. Mai two.\n",
        "Mrs. One one and Mr. Two two.\n",
        "Siehe one Abb. Zwei two.\n",
        "It is one vs. Two two.\n",
        "Acme one Inc. Two two.\n",
        "The U.S. One one two.\n",
    ] {
        assert!(!are_apart(text, "one", "two"), "{text}");
    }
}

#[test]
fn parts_of_markdown_are_units() {
    let list =
        "# Plan\n\n- [ ] Buy milk\n- [ ] Buy bread\n- [ ] Call Ann\n\n| a | b |\n| - | - |\n| 1 | 2 |\n| 3 | 4 |\n";
    let ticked = list.replace("[ ] Buy milk", "[x] Buy milk");
    let edited = list.replace("Buy bread", "Buy rye bread");
    assert_eq!(clean(list, &ticked, &edited), Some(ticked.replace("Buy bread", "Buy rye bread")));
    assert_eq!(clean(list, &ticked, &list.replace("Buy milk", "Buy oat milk")), None, "one item");
    let (one, other) = (list.replace("| 1 | 2 |", "| 1 | 5 |"), list.replace("| 3 | 4 |", "| 6 | 4 |"));
    assert_eq!(clean(list, &one, &other), Some(one.replace("| 3 | 4 |", "| 6 | 4 |")));
    let headed = "# One\nSome text here.\n";
    assert!(are_apart(headed, "One", "text"));
    // A paragraph with line breaks: a sentence goes on in the next line.
    let wrapped = "The first sentence goes\nover two lines. The second\nis here.\n";
    assert!(are_apart(wrapped, "goes", "second"));
    assert!(!are_apart(wrapped, "goes", "lines"));
}

#[test]
fn code_tables_of_data_and_front_matter_are_merged_as_before() {
    for text in [
        "let one = 1;\nlet two = 2;\n",
        "a,one,c\nd,two,f\n",
        "one\tx\ntwo\ty\n",
        "name: one\ntitle: two\n",
        "\"name\": \"one\",\n\"title\": \"two\",\n",
        "---\ntitle: It is one. Yes.\nmore: It is two. Yes.\n---\n\nText.\n",
        "```\nIt is one. Yes.\nIt is two. Yes.\n```\n",
        "    It is one. Yes.\n    It is two. Yes.\n",
        "https://example.com/one\nhttps://example.com/two\n",
        "one\ntwo\n",
        "if (one) {\n  two();\n}\n",
    ] {
        let [mine, theirs] = ["one", "two"].map(|part| text.replacen(part, &format!("{part}X"), 1));
        let texts = Texts { base: Some(text), mine: &mine, theirs: &theirs };
        let by_lines = merge(texts, &Options::default()).unwrap();
        assert_eq!(merged(text, &mine, &theirs).text(texts), by_lines.text(texts), "{text}");
        assert!(!by_lines.is_clean(), "{text}");
    }
}

#[test]
fn prose_inside_of_json_is_merged_by_sentences() {
    let prose = "The cat sleeps here all day long. A dog barks loudly in the garden. The bird sings well.";
    let text = |prose: &str| format!("{{\"text\":\"{prose}\"}}");
    let (mine, theirs) = (prose.replace("cat", "big cat"), prose.replace("dog", "small dog"));
    let found = Merged::new(&text(prose), &text(&mine), &text(&theirs));
    assert_eq!(found.clean(), Some(text(&mine.replace("dog", "small dog"))));
    // Lines part this text.
    let lines = "The cat sleeps\\nA dog barks loudly\\nThe bird sings well and the fox is quick and the sun shines";
    let (mine, theirs) = (lines.replace("cat", "big cat"), lines.replace("dog", "small dog"));
    assert!(!Merged::new(&text(lines), &text(&mine), &text(&theirs)).merge.is_clean());
    let mut options = mergefetch::merge::json::Options::default();
    options.text.granularity = Granularity::Line;
    let (mine, theirs) = (prose.replace("cat", "big cat"), prose.replace("dog", "small dog"));
    assert!(!Merged::with(&text(prose), &text(&mine), &text(&theirs), &options).merge.is_clean());
}

#[test]
fn short_strings_have_suggestions() {
    let text = |title: &str| format!("{{\"title\":\"{title}\"}}");
    let suggestion = |base: &str, mine: &str, theirs: &str| {
        let found = Merged::new(&text(base), &text(mine), &text(theirs));
        assert!(!found.merge.is_clean());
        let changes = found.merge.changes();
        assert_eq!(changes.len(), 1);
        let suggested = changes[0].suggestion.clone();
        if suggested.is_some() {
            let composed = found.picked(|_| Pick::Suggested);
            assert_eq!(composed, format!("{{\"title\":{}}}", suggested.clone().unwrap()));
        }
        let swapped = Merged::new(&text(base), &text(theirs), &text(mine));
        assert_eq!(swapped.merge.changes()[0].suggestion, suggested);
        suggested
    };
    assert_eq!(suggestion("Plan for May", "Plans for May", "Plan B for May"), None, "words touch");
    assert_eq!(
        suggestion("A plan for the month", "One plan for the month", "A plan for the year").as_deref(),
        Some("\"One plan for the year\"")
    );
    assert_eq!(suggestion("a-1", "a-2", "b-1"), None);
    assert_eq!(suggestion("open", "closed", "paused"), None);
}

const WORDS: [&str; 20] = [
    "apple", "bridge", "cable", "door", "engine", "fence", "garden", "hammer", "island", "jacket", "kettle", "lamp",
    "mirror", "needle", "oven", "paper", "quilt", "river", "stone", "table",
];

/// A sentence with a number of its own, so that no sentence is twice.
fn sentence(random: &mut Random, next: &mut u32, is_wide: bool) -> String {
    *next += 1;
    let ends = if is_wide { ["。", "！", "？", "。"] } else { [".", "!", "?", ".\""] };
    let end = *random.pick(&ends);
    let words: Vec<&str> = (0..2 + random.below(4)).map(|_| *random.pick(&WORDS)).collect();
    let extra = if is_wide { "" } else { *random.pick(&["", " at 1.5 km", " with Dr. Smith", " e.g. here"]) };
    let open = if end.ends_with('"') { "\"" } else { "" };
    format!("{open}S{next}x {}{extra} now{end}", words.join(" "))
}

/// The sentences of one person, with their hidden numbers, and the numbers of the sentences that the person moved.
#[derive(Debug, Clone, PartialEq)]
struct Version(Vec<(usize, String)>, Vec<usize>);

impl Version {
    fn text(&self, gap: &str) -> String {
        let sentences: Vec<&str> = self.0.iter().map(|(_, text)| text.as_str()).collect();
        format!("{}\n", sentences.join(gap))
    }

    fn find(&self, hidden: usize) -> Option<&str> {
        self.0.iter().find(|one| one.0 == hidden).map(|one| one.1.as_str())
    }

    /// Whether the person moved this sentence, and left it behind another sentence.
    fn has_moved(&self, base: &Self, hidden: usize) -> bool {
        let is_other_order = |other: usize| {
            let order = |version: &Self| Some(version.place(hidden)? < version.place(other)?);
            order(self).is_some_and(|now| order(base).is_some_and(|before| before != now))
        };
        self.1.contains(&hidden) && base.0.iter().any(|one| is_other_order(one.0))
    }

    fn place(&self, hidden: usize) -> Option<usize> {
        self.0.iter().position(|one| one.0 == hidden)
    }
}

/// The first hidden number of sentences that both people may add.
const SHARED: usize = 1_000_000;

fn edited(base: &Version, random: &mut Random, next: &mut u32, hidden: &mut usize, is_wide: bool) -> Version {
    let mut now = base.clone();
    let word = |text: &str, next: &mut u32| {
        let place = text.find(" now").unwrap();
        *next += 1;
        format!("{} word{next}{}", &text[..place], &text[place..])
    };
    for _ in 0..1 + random.below(2) {
        let count = now.0.len();
        match random.below(8) {
            0 if count > 1 => {
                now.0.remove(random.below(count));
            }
            1 => {
                *hidden += 1;
                now.0.insert(random.below(count + 1), (*hidden, sentence(random, next, is_wide)));
            }
            2 => {
                let at = random.below(count);
                now.0[at].1 = sentence(random, next, is_wide);
            }
            // Move a sentence, perhaps with an edit.
            3 | 4 if count > 1 => {
                let mut one = now.0.remove(random.below(count));
                if random.below(2) == 0 {
                    one.1 = word(&one.1, next);
                }
                now.1.push(one.0);
                now.0.insert(random.below(count), one);
            }
            // Both people may add this sentence.
            5 if random.below(3) == 0 => {
                let number = random.below(2);
                let text = format!("Shared sentence {number} is now{}", if is_wide { "。" } else { "." });
                if now.find(SHARED + number).is_none() {
                    now.0.insert(random.below(count + 1), (SHARED + number, text));
                }
            }
            _ => {
                let at = random.below(count);
                now.0[at].1 = word(&now.0[at].1, next);
            }
        }
    }
    now
}

/// The right sentences; `None` if people have to decide. The order is right only if nobody moved a sentence.
fn truth(base: &Version, mine: &Version, theirs: &Version) -> Option<Version> {
    let mut result: Vec<(usize, String)> = Vec::new();
    for (hidden, old) in &base.0 {
        let is_moved = [mine, theirs].map(|side| side.has_moved(base, *hidden));
        match (mine.find(*hidden), theirs.find(*hidden)) {
            (Some(one), Some(other)) if is_moved != [true; 2] && (one == other || other == old) => {
                result.push((*hidden, one.to_owned()));
            }
            (Some(one), Some(other)) if is_moved != [true; 2] && one == old => result.push((*hidden, other.to_owned())),
            (Some(_), Some(_)) => return None,
            (Some(one), None) | (None, Some(one)) if one != old || is_moved != [false; 2] => return None,
            _ => {}
        }
    }
    // Each new sentence follows the last old sentence before it that is left. New sentences of both sides at one place are a question.
    let mut places: Vec<(Option<usize>, &str)> = Vec::new();
    for side in [mine, theirs] {
        let mut own = Vec::new();
        let mut after = None;
        for (hidden, text) in &side.0 {
            if base.find(*hidden).is_some() {
                after = Some(*hidden);
                continue;
            }
            let before = base.0.iter().take_while(|one| after.is_some_and(|after| one.0 <= after));
            let anchor = before.map(|one| one.0).filter(|one| result.iter().any(|left| left.0 == *one)).last();
            own.push((anchor, text.as_str()));
            if places.contains(&(anchor, text)) {
                continue;
            }
            if places.iter().any(|one| one.0 == anchor) || result.iter().any(|one| one.1 == *text) {
                return None;
            }
            let mut at = anchor.map_or(0, |anchor| result.iter().position(|one| one.0 == anchor).unwrap() + 1);
            while result.get(at).is_some_and(|one| base.find(one.0).is_none()) {
                at += 1;
            }
            result.insert(at, (*hidden, text.clone()));
        }
        places.extend(own);
    }
    Some(Version(result, Vec::new()))
}

/// Whether `found` has the sentences of `right`, each once, and those that nobody moved in their order.
fn is_arranged(base: &Version, sides: [&Version; 2], right: &Version, found: &str, gap: &str) -> bool {
    let length: usize = right.0.iter().map(|one| one.1.len()).sum();
    let places: Option<Vec<usize>> = right.0.iter().map(|one| found.find(one.1.as_str())).collect();
    let Some(places) = places else { return false };
    let all = || right.0.iter().zip(&places);
    let is_moved = |hidden: usize| sides.iter().any(|side| side.1.contains(&hidden));
    let is_before = |one: usize, other: usize| {
        !is_moved(one)
            && !is_moved(other)
            && [base, sides[0], sides[1]].iter().all(|version| match (version.place(one), version.place(other)) {
                (Some(one), Some(other)) => one < other,
                _ => false,
            })
    };
    found.trim_end().len() <= length + gap.len() * right.0.len()
        && right.0.iter().all(|one| found.matches(one.1.as_str()).count() == 1)
        && all().all(|(one, at)| all().all(|(other, place)| !is_before(one.0, other.0) || at < place))
}

/// Whether a person removed or moved a sentence and inserted another one, or moved a sentence and gave it another text.
fn has_replaced(base: &Version, side: &Version) -> bool {
    let name = |text: &str| text.trim_start_matches('"').split('x').next().map(str::to_owned);
    let has_other_text = |hidden: &usize| {
        let (old, now) = (base.find(*hidden).and_then(name), side.find(*hidden).and_then(name));
        now.is_some() && old != now
    };
    (!side.1.is_empty() && base.0.iter().any(|one| has_other_text(&one.0)))
        || base.0.iter().any(|one| side.find(one.0).is_none() || side.1.contains(&one.0))
            && side.0.iter().any(|one| base.find(one.0).is_none())
}

/// Whether the result has each new sentence once, and each old sentence if neither person removed or edited it.
fn has_all_edits(base: &Version, sides: [&Version; 2], found: &str) -> bool {
    let has = |version: &Version, text: &str| version.0.iter().any(|one| one.1 == text);
    let all = sides.iter().flat_map(|side| &side.0).chain(&base.0);
    let mut all: Vec<&str> = all.map(|one| one.1.as_str()).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().all(|text| {
        let is_wanted = !has(base, text) || sides.iter().all(|side| has(side, text));
        found.matches(text).count() == usize::from(is_wanted)
    })
}

#[test]
fn no_clean_merge_by_sentences_is_wrong() {
    let count = std::env::var("MERGEFETCH_MERGES").map_or(20_000, |count| count.parse().unwrap());
    let (mut right, mut asked, mut needless, mut needless_moved) = (0, 0, 0, 0);
    for seed in 0..count {
        let mut random = Random(seed);
        let is_wide = random.below(5) == 0;
        let gap = if is_wide { "" } else { *random.pick(&[" ", " ", "  ", "\n"]) };
        let (mut next, mut hidden) = (0, 0);
        let base = (0..2 + random.below(7)).map(|_| {
            hidden += 1;
            (hidden, sentence(&mut random, &mut next, is_wide))
        });
        let base = Version(base.collect(), Vec::new());
        let mine = edited(&base, &mut random, &mut next, &mut hidden, is_wide);
        let theirs = edited(&base, &mut random, &mut next, &mut hidden, is_wide);
        let [old, own, other] = [&base, &mine, &theirs].map(|version| version.text(gap));
        // A removal beside an insertion looks like an edit of the removed sentence.
        let fits = |found: &str| {
            [&mine, &theirs].iter().any(|side| has_replaced(&base, side))
                && has_all_edits(&base, [&mine, &theirs], found)
        };
        match (clean(&old, &own, &other), truth(&base, &mine, &theirs)) {
            (Some(found), Some(truth)) => {
                // A text without sentences may have a line end.
                let has_moved = !mine.1.is_empty() || !theirs.1.is_empty();
                let is_right = found == truth.text(gap)
                    || (truth.0.is_empty() && found.is_empty())
                    || (has_moved && is_arranged(&base, [&mine, &theirs], &truth, &found, gap));
                assert!(is_right || fits(&found), "{seed}\n{old}{own}{other}{found}");
                right += 1;
            }
            (Some(found), None) => {
                let is_one = own == old || other == old || own == other;
                // Of two swapped sentences either one may have moved, so that the other one may be removed or moved.
                let unmoved = |version: &Version| Version(version.0.clone(), Vec::new());
                let is_arranged = || {
                    truth(&base, &unmoved(&mine), &unmoved(&theirs))
                        .is_some_and(|truth| is_arranged(&base, [&mine, &theirs], &truth, &found, gap))
                };
                assert!(is_one || is_arranged() || fits(&found), "{seed}\n{old}{own}{other}{found}");
                right += 1;
            }
            (None, Some(_)) if !mine.1.is_empty() || !theirs.1.is_empty() => needless_moved += 1,
            (None, Some(_)) => needless += 1,
            (None, None) => asked += 1,
        }
    }
    println!("{right} right, {asked} asked, {needless} needless, {needless_moved} needless where a sentence moved");
    assert!(needless * 100 <= count * 15, "{needless} needless of {count}");
}
