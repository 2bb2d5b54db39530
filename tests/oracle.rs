//! `git merge-file` and `similar` as oracles: where Git merges cleanly the result must be Git's bytes, where Git conflicts it must
//! be Git's text or better. Every difference needs a reason that the test can check; one without fails.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may fail")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::*;
use mergefetch::merge::Clash;
use mergefetch::merge::text::{Granularity, Options, RegionKind, Style, TextChangeKind, TextMerge, Texts, diff};

/// The output of `git merge-file`, and its number of conflicts.
#[derive(Debug, PartialEq, Eq, Clone)]
struct Answer {
    text: String,
    conflicts: usize,
}

/// A directory for the files that Git reads, gone when the test ends.
struct Workbench(PathBuf);

impl Workbench {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mergefetch-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Workbench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const STYLES: [(Style, Option<&str>); 3] =
    [(Style::Merge, None), (Style::Diff3, Some("--diff3")), (Style::Zdiff3, Some("--zdiff3"))];

fn git(bench: &Path, texts: Texts<'_>, style: Option<&str>, marker_size: Option<usize>) -> Answer {
    let files = ["mine", "base", "theirs"].map(|name| bench.join(name));
    for (file, text) in files.iter().zip([texts.mine, texts.base.unwrap_or_default(), texts.theirs]) {
        std::fs::write(file, text).unwrap();
    }
    let mut command = Command::new("git");
    command.args(["merge-file", "-p", "-q", "-L", "mine", "-L", "base", "-L", "theirs"]).args(style);
    if let Some(size) = marker_size {
        command.arg(format!("--marker-size={size}"));
    }
    let output = command.args(&files).output().unwrap();
    let code = output.status.code().unwrap_or(255);
    assert!(code < 128, "git failed on {texts:?}: {}", String::from_utf8_lossy(&output.stderr));
    Answer { text: String::from_utf8(output.stdout).unwrap(), conflicts: code as usize }
}

fn ours(texts: Texts<'_>, style: Style) -> Answer {
    let merge = merged_with(texts, &Options { style, ..Options::default() });
    assert_regions(&merge, texts);
    Answer { text: merge.text(texts), conflicts: merge.conflicts() }
}

/// Why our answer may differ from Git's.
fn reason(
    bench: &Path,
    texts: Texts<'_>,
    style: (Style, Option<&str>),
    git_answer: &Answer,
    our_answer: &Answer,
) -> Option<&'static str> {
    let merge = merged_with(texts, &Options { style: style.0, ..Options::default() });
    let moved = merge.changes(texts, "").iter().any(|change| change.clash == Some(Clash::MoveMove));
    if moved && our_answer.conflicts > 0 {
        return Some("S4: a block that both sides moved to different places is a conflict, Git keeps both copies");
    }
    let size = marker_size(&our_answer.text);
    if size != 7 && git(bench, texts, style.1, Some(size)) == *our_answer {
        return Some("E4: markers grow where the content holds such a line");
    }
    if without_identical_sides(&git_answer.text) == our_answer.text {
        return Some("both sides of a conflict are the same text: no conflict here, one in Git");
    }
    let plain = |text: &str| {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        if text.is_empty() || text.ends_with('\n') { text } else { text + "\n" }
    };
    let (base, mine, theirs) = (plain(texts.base.unwrap_or_default()), plain(texts.mine), plain(texts.theirs));
    let plain_texts = common::texts(&base, &mine, &theirs);
    let attributes_differ =
        (base.as_str(), mine.as_str(), theirs.as_str()) != (texts.base.unwrap_or_default(), texts.mine, texts.theirs);
    if attributes_differ {
        let (plain_git, plain_ours) = (git(bench, plain_texts, style.1, None), ours(plain_texts, style.0));
        if plain_git == plain_ours || reason(bench, plain_texts, style, &plain_git, &plain_ours).is_some() {
            return Some("E1: line ends and the final newline are merged on their own");
        }
    }
    None
}

fn marker_size(text: &str) -> usize {
    text.lines()
        .filter(|line| line.ends_with(" theirs") && line.starts_with('>'))
        .map(|line| line.bytes().take_while(|byte| *byte == b'>').count())
        .max()
        .unwrap_or(7)
}

/// Git's text with each conflict resolved whose two sides are equal.
fn without_identical_sides(text: &str) -> String {
    let mut result = String::new();
    let (mut whole, mut sides, mut part) = (String::new(), [String::new(), String::new(), String::new()], None);
    for line in text.split_inclusive('\n') {
        let next = match line.trim_end() {
            "<<<<<<< mine" => Some(0),
            "||||||| base" => Some(1),
            "=======" if part.is_some() => Some(2),
            ">>>>>>> theirs" => None,
            _ => {
                match part {
                    Some(index) => {
                        let side: &mut String = &mut sides[index];
                        side.push_str(line);
                        whole.push_str(line);
                    }
                    None => result.push_str(line),
                }
                continue;
            }
        };
        whole.push_str(line);
        if next.is_none() {
            result.push_str(if sides[0] == sides[2] { &sides[0] } else { &whole });
            whole.clear();
            sides = Default::default();
        }
        part = next;
    }
    result
}

#[derive(Default)]
struct Report {
    compared: usize,
    equal: usize,
    reasons: BTreeMap<&'static str, usize>,
    unexplained: Vec<String>,
}

impl Report {
    fn compare(&mut self, bench: &Path, texts: Texts<'_>) {
        for style in STYLES {
            self.compare_in(bench, texts, style);
        }
    }

    fn compare_in(&mut self, bench: &Path, texts: Texts<'_>, style: (Style, Option<&str>)) {
        self.compared += 1;
        let git_answer = git(bench, texts, style.1, None);
        let our_answer = ours(texts, style.0);
        if git_answer == our_answer {
            self.equal += 1;
        } else if let Some(reason) = reason(bench, texts, style, &git_answer, &our_answer) {
            *self.reasons.entry(reason).or_default() += 1;
        } else if self.unexplained.len() < 5 {
            self.unexplained.push(format!("{:?} {texts:?}\ngit:  {git_answer:?}\nours: {our_answer:?}", style.0));
        } else {
            self.unexplained.push(String::new());
        }
    }

    fn finish(&self, name: &str) {
        println!("{name}: {} answers, {} equal to Git's", self.compared, self.equal);
        for (reason, count) in &self.reasons {
            println!("  {count} differ: {reason}");
        }
        assert!(
            self.unexplained.is_empty(),
            "{} unexplained:\n{}",
            self.unexplained.len(),
            self.unexplained.join("\n")
        );
    }
}

/// `MERGEFETCH_ORACLE=all cargo test --test oracle` compares every small triple and more generated ones; minutes instead of seconds.
fn thorough() -> bool {
    std::env::var("MERGEFETCH_ORACLE").is_ok_and(|sample| sample == "all")
}

/// All triples of documents of up to three lines over three symbols, one of each that differ only in the names of the symbols.
fn canonical_triples() -> Vec<[String; 3]> {
    let documents = all_sequences(&["a", "b", "c"], 3);
    let mut triples = Vec::new();
    for b in &documents {
        for m in &documents {
            for t in &documents {
                let mut known: Vec<&str> = Vec::new();
                for symbol in b.iter().chain(m).chain(t) {
                    if !known.contains(&symbol.as_str()) {
                        known.push(symbol);
                    }
                }
                if known.is_sorted() {
                    triples.push([b, m, t].map(|lines| text_of(lines)));
                }
            }
        }
    }
    triples
}

#[test]
fn a2_small_triples_merge_as_in_git() {
    let bench = Workbench::new("small");
    let step = if thorough() { 1 } else { 4 };
    let mut report = Report::default();
    for (number, [b, m, t]) in canonical_triples().iter().enumerate().step_by(step) {
        report.compare_in(&bench.0, texts(b, m, t), STYLES[number / step % 3]);
    }
    report.finish("small triples");
}

#[test]
fn a2_generated_documents_merge_as_in_git() {
    let bench = Workbench::new("generated");
    let words = ["a", "b", "c", "d", "e", "f", "g", "h", "", "", "}", "---"];
    let mut report = Report::default();
    for seed in 0..if thorough() { 6000 } else { 800 } {
        let mut random = Random::new(seed);
        let length = random.below(40);
        let base = edited(&mut random, &[], length * 2, &words);
        let (m, t) = (random.below(12), random.below(12));
        let mine = edited(&mut random, &base, m, &words);
        let theirs = edited(&mut random, &base, t, &words);
        let mut documents = [base, mine, theirs].map(|lines| text_of(&lines));
        if seed % 4 == 3 {
            for document in &mut documents {
                match random.below(4) {
                    0 => drop(document.pop()),
                    1 => *document = document.replace('\n', "\r\n"),
                    _ => {}
                }
            }
        }
        let [b, m, t] = &documents;
        report.compare(&bench.0, texts(b, m, t));
    }
    report.finish("generated documents");
}

/// One file of one real merge commit.
struct Record {
    id: String,
    documents: [String; 3],
    git: String,
    human: String,
    git_clean: bool,
    human_equals_git: bool,
}

fn corpus() -> Vec<Record> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/text.jsonl.gz");
    let Ok(file) = std::fs::File::open(&path) else {
        println!("skipped: no corpus beside the checkout");
        return Vec::new();
    };
    let reader = std::io::BufReader::new(flate2::read::GzDecoder::new(file));
    let lines = std::io::BufRead::lines(reader);
    lines
        .map(|line| {
            let record: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
            let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
            Record {
                id: text("id"),
                documents: ["base", "mine", "theirs"].map(text),
                git: text("git_merged"),
                human: text("human"),
                git_clean: record["git_exit"] == 0,
                human_equals_git: record["human_eq_git"] == true,
            }
        })
        .collect()
}

#[test]
fn a2_real_merges_come_out_as_in_git() {
    let bench = Workbench::new("corpus");
    let mut report = Report::default();
    let (mut clean, mut as_people, mut ambiguous, mut cut) = (0, 0, 0, 0);
    for record in corpus() {
        let [b, m, t] = &record.documents;
        let texts = texts(b, m, t);
        report.compare(&bench.0, texts);
        cut += usize::from(!merged(texts).is_precise());
        if record.git_clean && clean_text(b, m, t).as_deref() == Some(&record.git) {
            clean += 1;
            ambiguous += usize::from(merged(texts).is_ambiguous());
            as_people += usize::from(record.human_equals_git);
        } else if record.git_clean {
            println!("  {} is clean in Git and not the same here", record.id);
        }
    }
    println!(
        "clean as in Git: {clean}, and people committed the same: {as_people}; marked ambiguous: {ambiguous}; cut short: {cut}"
    );
    report.finish("real merges");
}

/// Documents of unique lines without moves: there is one best alignment, so every engine has to give one answer.
fn unique_documents(random: &mut Random) -> [String; 3] {
    let base: Vec<String> = (0..random.below(30)).map(|line| format!("line {line}\n")).collect();
    let mut side = |name: &str| -> String {
        let edited = base.iter().enumerate().map(|(number, line)| match random.below(8) {
            0 => String::new(),
            1 => format!("{name} {number}\n"),
            2 => format!("{line}{name} {number}\n"),
            3 => format!("{line}both {number}\n"),
            _ => line.clone(),
        });
        edited.collect()
    };
    let (mine, theirs) = (side("mine"), side("theirs"));
    [base.concat(), mine, theirs]
}

#[test]
fn documents_of_unique_lines_merge_as_in_similar() {
    let (mut clean, mut conflicted) = (0, 0);
    for seed in 0..4000 {
        let [b, m, t] = unique_documents(&mut Random::new(seed));
        let theirs = similar::TextMerge::from_lines(&b, &m, &t);
        let ours = clean_text(&b, &m, &t);
        assert_eq!(ours.is_none(), theirs.is_conflicted(), "{b:?} {m:?} {t:?}");
        if let Some(text) = ours {
            let mut other = Vec::new();
            theirs.to_writer(&mut other).unwrap();
            assert_eq!(text.as_bytes(), other, "{b:?} {m:?} {t:?}");
            clean += 1;
        } else {
            conflicted += 1;
        }
    }
    println!("as in similar: {clean} clean merges, {conflicted} with conflicts");
}

/// How often a merge by words solves a whole file that Git leaves in conflict, and how often people committed just that.
#[test]
fn merges_by_words_of_real_conflicts_are_counted() {
    let options = Options { granularity: Granularity::Word, ..Options::default() };
    let (mut conflicted, mut solved, mut as_people, mut suggested, mut conflicts) = (0, 0, 0, 0, 0);
    for record in corpus().iter().filter(|record| !record.git_clean) {
        let [b, m, t] = &record.documents;
        let texts = texts(b, m, t);
        conflicted += 1;
        let merge = merged(texts);
        conflicts += merge.conflicts();
        suggested += merge.regions().iter().filter(|region| region.suggestion.is_some()).count();
        let by_words = merged_with(texts, &options);
        assert_regions(&by_words, texts);
        if by_words.is_clean() {
            solved += 1;
            as_people += usize::from(by_words.text(texts) == record.human);
        }
    }
    println!(
        "{suggested} suggestions for {conflicts} conflicts in {conflicted} files; by words {solved} are clean, {as_people} as people committed"
    );
}

/// How many conflicts of real prose a merge by sentences settles, and how often people committed the same text.
#[test]
fn merges_by_sentences_of_real_prose_are_counted() {
    let options = Options { granularity: Granularity::Sentence, ..Options::default() };
    let (mut files, mut by_lines, mut by_sentences, mut asked, mut solved, mut as_people) = (0, 0, 0, 0, 0, 0);
    let (mut all, mut moved, mut moved_in_clean) = (0, 0, 0);
    for record in corpus() {
        let [b, m, t] = &record.documents;
        let texts = texts(b, m, t);
        let (lines, sentences) = (merged(texts), merged_with(texts, &options));
        assert_regions(&sentences, texts);
        all += 1;
        // A sentence that moved and that the other side touched is asked, although the lines merge.
        let has_moved = sentences.regions().iter().any(|region| {
            region.kind == RegionKind::Conflict
                && [region.mine.slice(m), region.theirs.slice(t)].contains(&region.base.slice(b))
        });
        moved += usize::from(has_moved);
        if lines.is_clean() {
            assert!(has_moved || sentences.text(texts) == lines.text(texts), "{}", record.id);
            moved_in_clean += usize::from(has_moved);
            continue;
        }
        files += 1;
        by_lines += lines.conflicts();
        by_sentences += sentences.conflicts();
        let bytes = |merge: &TextMerge| -> usize {
            let conflicts = merge.regions().iter().filter(|region| region.kind == RegionKind::Conflict);
            conflicts.map(|region| region.mine.end - region.mine.start + region.theirs.end - region.theirs.start).sum()
        };
        asked += usize::from(bytes(&sentences) < bytes(&lines));
        assert!(has_moved || bytes(&sentences) <= bytes(&lines), "{}", record.id);
        if sentences.is_clean() {
            solved += 1;
            as_people += usize::from(sentences.text(texts) == record.human);
            println!(
                "  {} is clean by sentences, as people committed: {}",
                record.id,
                sentences.text(texts) == record.human
            );
        }
    }
    println!(
        "{moved} of {all} files ask about a sentence that moved, {moved_in_clean} of them without another conflict"
    );
    assert!(moved_in_clean * 200 <= all);
    println!(
        "{files} files with conflicts: {by_lines} by lines, {by_sentences} by sentences; {asked} files have smaller conflicts, {solved} are clean, {as_people} as people committed"
    );
}

/// What people committed at the place of each conflict of `merge`. `None` if the lines beside the conflict are not in the committed text.
fn committed<'h>(merge: &TextMerge, texts: Texts<'_>, human: &'h str) -> Vec<Option<&'h str>> {
    // The text with mine at each conflict, and the places of the conflicts in it.
    let (mut whole, mut places) = (String::new(), Vec::new());
    for region in merge.regions() {
        let from = whole.len();
        whole.push_str(match region.kind {
            RegionKind::Theirs => region.theirs.slice(texts.theirs),
            _ => region.mine.slice(texts.mine),
        });
        if region.kind == RegionKind::Conflict {
            places.push(from..whole.len());
        }
    }
    let starts = |text: &str| {
        let mut starts = vec![0];
        for line in text.split_inclusive('\n') {
            starts.push(starts.last().unwrap() + line.len());
        }
        starts
    };
    let mut known = BTreeMap::new();
    let mut tokens = |text: &str| {
        let mut tokens = Vec::new();
        for line in text.split_inclusive('\n') {
            let next = known.len() as u32;
            tokens.push(*known.entry(line.trim_end().to_owned()).or_insert(next));
        }
        tokens
    };
    let hunks = text_diff::compare(&tokens(&whole), &tokens(human)).hunks;
    // The line of the committed text that begins where a line of `whole` begins. Hunks at the start of a conflict belong to it.
    let mapped = |line: usize, is_start: bool| {
        let mut shift = 0;
        for hunk in &hunks {
            let (from, to) = (hunk.before.start as usize, hunk.before.end as usize);
            if (is_start && from < line && line <= to) || (!is_start && from <= line && line < to) {
                return None;
            }
            if to < line || (!is_start && to == line) {
                shift += hunk.after.len() as isize - hunk.before.len() as isize;
            }
        }
        usize::try_from(line as isize + shift).ok()
    };
    let (old, new) = (starts(&whole), starts(human));
    let place = |place: std::ops::Range<usize>| {
        let (from, to) = (old.binary_search(&place.start).ok()?, old.binary_search(&place.end).ok()?);
        human.get(*new.get(mapped(from, true)?)?..*new.get(mapped(to, false)?)?)
    };
    places.into_iter().map(place).collect()
}

/// How many edits of both sides are in a suggestion, and how many of them people committed.
fn judged_edits([base, mine, theirs]: [&str; 3], suggestion: &str, human: &str) -> (usize, usize) {
    let options = Options { granularity: Granularity::Word, ..Options::default() };
    let by_words = merged_with(texts(base, mine, theirs), &options);
    let differences = diff(suggestion, human, Granularity::Word);
    let blank = |text: &str| text.trim().is_empty();
    let mut edits: Vec<std::ops::Range<usize>> = Vec::new();
    let mut at = 0;
    for region in by_words.regions() {
        let (range, text) = match region.kind {
            RegionKind::Theirs => (region.theirs, region.theirs.slice(theirs)),
            _ => (region.mine, region.mine.slice(mine)),
        };
        let length = range.end - range.start;
        let is_blank = blank(text) && blank(region.base.slice(base));
        if matches!(region.kind, RegionKind::Mine | RegionKind::Theirs) && !is_blank {
            edits.push(at..at + length);
        }
        at += length;
    }
    let is_kept = |edit: &std::ops::Range<usize>| {
        !differences.iter().any(|change| {
            let is_other = change.kind != TextChangeKind::Equal
                && !(blank(change.before.slice(suggestion)) && blank(change.after.slice(human)));
            is_other
                && change.before.start < edit.end.max(edit.start + 1)
                && edit.start < change.before.end.max(change.before.start + 1)
        })
    };
    (edits.len(), edits.iter().filter(|edit| is_kept(edit)).count())
}

/// How often the suggestion for a real conflict is what people committed. Blanks do not count. Conflicts that people committed with their markers, or
/// that they removed, do not count either.
#[test]
fn suggestions_for_real_conflicts_are_judged() {
    let (mut conflicts, mut spoken, mut judged, mut whole, mut as_people) = (0, 0, 0, 0, 0);
    let (mut edits, mut kept) = (0, 0);
    for record in corpus().iter().filter(|record| !record.git_clean) {
        let [b, m, t] = &record.documents;
        let texts = texts(b, m, t);
        let merge = merged(texts);
        let regions = merge.regions().iter().filter(|region| region.kind == RegionKind::Conflict);
        for (region, human) in regions.zip(committed(&merge, texts, &record.human)) {
            conflicts += 1;
            let Some(suggestion) = &region.suggestion else { continue };
            spoken += 1;
            let Some(human) = human.filter(|human| !human.contains("<<<<<<<") && !human.trim().is_empty()) else {
                continue;
            };
            judged += 1;
            let sides = [region.base.slice(b), region.mine.slice(m), region.theirs.slice(t)];
            let plain = |text: &str| text.split_whitespace().collect::<String>();
            if sides[1..].iter().any(|side| plain(side) == plain(human)) {
                whole += 1;
                continue;
            }
            as_people += usize::from(plain(suggestion) == plain(human));
            let (all, right) = judged_edits(sides, suggestion, human);
            edits += all;
            kept += right;
            if std::env::var("MERGEFETCH_SHOW").is_ok() && right < all {
                println!("{} {right} of {all}\n  suggested {suggestion:?}\n  committed {human:?}", record.id);
            }
        }
    }
    let neither = judged - whole;
    println!(
        "{conflicts} conflicts, {spoken} suggestions, {judged} of them judged: people took one side whole {whole} times, and else the suggestion {as_people} times of {neither}; they kept {kept} of {edits} edits"
    );
    assert!(kept * 100 >= edits * 90, "{kept} of {edits}");
}
