//! Rich text: documents of editors are merged by blocks, sentences, words and marks.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test may fail loudly")]

mod support;

use mergefetch::merge::Pick;
use mergefetch::merge::json::{Document, Editor, Options, Rule};
use support::Merged;

fn options(editor: Editor) -> Options {
    Options { rules: vec![("/doc".into(), Rule::RichText(editor))], ..Options::default() }
}

fn inside(document: &str) -> String {
    format!(r#"{{"doc":{document}}}"#)
}

fn merged(editor: Editor, base: &str, mine: &str, theirs: &str) -> Merged {
    let found = Merged::with(&inside(base), &inside(mine), &inside(theirs), &options(editor));
    let swapped = Merged::with(&inside(base), &inside(theirs), &inside(mine), &options(editor));
    assert_eq!(found.merge.conflicts(), swapped.merge.conflicts(), "{base} {mine} {theirs}");
    for (pick, side) in [(Pick::Mine, mine), (Pick::Theirs, theirs), (Pick::Base, base)] {
        let composed = Document::parse(found.picked(|_| pick)).unwrap();
        assert!(composed.root().equals(Document::parse(inside(side)).unwrap().root()), "{pick:?} {}", composed.text());
    }
    found
}

fn is(editor: Editor, base: &str, mine: &str, theirs: &str, right: &str) {
    for (mine, theirs) in [(mine, theirs), (theirs, mine)] {
        let found = merged(editor, base, mine, theirs);
        let text = found.text();
        assert!(found.merge.is_clean(), "{mine} {theirs}: {:?}", found.merge.changes());
        assert!(
            Document::parse(text.as_str()).unwrap().root().equals(Document::parse(inside(right)).unwrap().root()),
            "{mine}\n{theirs}\n{text}\n{right}"
        );
    }
}

fn asks(editor: Editor, base: &str, mine: &str, theirs: &str) -> Vec<Option<String>> {
    let found = merged(editor, base, mine, theirs);
    assert!(!found.merge.is_clean(), "{mine} {theirs}: {}", found.text());
    let conflicts = found.merge.changes().iter().filter(|change| change.clash.is_some());
    conflicts.map(|change| change.suggestion.clone()).collect()
}

/// A ProseMirror document. A block is a paragraph, `# ` a heading, and `*` marks strong text.
fn prose(blocks: &[&str]) -> String {
    let leaf = |(at, text): (usize, &str)| {
        let marks = if at % 2 == 1 { r#""marks":[{"type":"strong"}],"# } else { "" };
        (!text.is_empty()).then(|| format!(r#"{{"type":"text",{marks}"text":"{text}"}}"#))
    };
    let block = |block: &&str| {
        let (start, text) = match block.strip_prefix("# ") {
            Some(text) => (r#""type":"heading","attrs":{"level":1}"#, text),
            None => (r#""type":"paragraph""#, *block),
        };
        let leaves: Vec<String> = text.split('*').enumerate().filter_map(leaf).collect();
        let content = if leaves.is_empty() { String::new() } else { format!(r#","content":[{}]"#, leaves.join(",")) };
        format!("{{{start}{content}}}")
    };
    format!(r#"{{"type":"doc","content":[{}]}}"#, blocks.iter().map(block).collect::<Vec<_>>().join(","))
}

const ONE: &str = "The cat sleeps here. A dog barks loudly. The bird sings well.";

#[test]
fn edits_of_different_blocks_and_sentences_merge() {
    let editor = Editor::ProseMirror;
    let of = |texts: &[&str]| prose(texts);
    let base = of(&[ONE, "Another paragraph is here."]);
    let mine = of(&[&ONE.replace("cat", "big cat"), "Another paragraph is here."]);
    is(
        editor,
        &base,
        &mine,
        &of(&[ONE, "Another paragraph was here."]),
        &of(&[&ONE.replace("cat", "big cat"), "Another paragraph was here."]),
    );
    let theirs = of(&[&ONE.replace("bird", "small bird"), "Another paragraph is here."]);
    let right = of(&[&ONE.replace("cat", "big cat").replace("bird", "small bird"), "Another paragraph is here."]);
    is(editor, &base, &mine, &theirs, &right);
    // One inserts a paragraph, the other edits the one beside it.
    let inserted = of(&["A new beginning.", ONE, "Another paragraph is here."]);
    is(
        editor,
        &base,
        &inserted,
        &theirs,
        &of(&["A new beginning.", &ONE.replace("bird", "small bird"), "Another paragraph is here."]),
    );
    // One removes a paragraph.
    is(editor, &base, &of(&[ONE]), &theirs, &of(&[&ONE.replace("bird", "small bird")]));
    asks(editor, &base, &of(&["Another paragraph is here."]), &theirs);
    // One sentence.
    let suggestions = asks(
        editor,
        &base,
        &of(&[&ONE.replace("A dog", "My dog"), "Another paragraph is here."]),
        &of(&[&ONE.replace("loudly", "softly"), "Another paragraph is here."]),
    );
    assert!(suggestions[0].as_ref().unwrap().contains("My dog barks softly."), "{suggestions:?}");
}

#[test]
fn marks_are_merged_as_sets_over_the_text() {
    let editor = Editor::ProseMirror;
    let base = prose(&[ONE]);
    let bold = prose(&[&ONE.replace("dog barks", "*dog barks*")]);
    // A mark and an edit of another sentence.
    let edited = prose(&[&ONE.replace("cat", "big cat")]);
    is(editor, &base, &bold, &edited, &prose(&[&ONE.replace("dog barks", "*dog barks*").replace("cat", "big cat")]));
    // A mark and an edit of the same sentence, at other words.
    let edited = prose(&[&ONE.replace("loudly", "very loudly")]);
    is(editor, &base, &bold, &edited, &prose(&[&ONE.replace("dog barks loudly", "*dog barks* very loudly")]));
    // A new word inside of text that becomes strong.
    let edited = prose(&[&ONE.replace("dog barks", "dog always barks")]);
    is(editor, &base, &bold, &edited, &prose(&[&ONE.replace("dog barks", "*dog always barks*")]));
    // Two marks, over parts of the same text.
    let italic = base.replace(
        &format!(r#"{{"type":"text","text":"{ONE}"}}"#),
        r#"{"type":"text","text":"The cat sleeps here. A "},{"type":"text","marks":[{"type":"em"}],"text":"dog"},{"type":"text","text":" barks loudly. The bird sings well."}"#,
    );
    let both = base.replace(
        &format!(r#"{{"type":"text","text":"{ONE}"}}"#),
        r#"{"type":"text","text":"The cat sleeps here. A "},{"type":"text","marks":[{"type":"em"},{"type":"strong"}],"text":"dog"},{"type":"text","marks":[{"type":"strong"}],"text":" barks"},{"type":"text","text":" loudly. The bird sings well."}"#,
    );
    is(editor, &base, &bold, &italic, &both);
    // One removes a mark, the other edits beside it.
    is(
        editor,
        &bold,
        &base,
        &prose(&[&ONE.replace("dog barks", "*dog barks*").replace("cat", "big cat")]),
        &prose(&[&ONE.replace("cat", "big cat")]),
    );
    // One marks a word that the other side removes.
    let removed = prose(&[&ONE.replace("A dog barks loudly", "A dog barks")]);
    asks(editor, &base, &prose(&[&ONE.replace("loudly", "*loudly*")]), &removed);
    is(
        editor,
        &base,
        &prose(&[&ONE.replace("A dog barks loudly.", "*A dog barks loudly.*")]),
        &removed,
        &prose(&[&ONE.replace("A dog barks loudly.", "*A dog barks.*")]),
    );
    // One marks a part of a sentence that the other side removes, beside a new sentence.
    let three = "Ann cooks soup. Ben sings well. Cem sleeps long.";
    asks(
        editor,
        &prose(&[three]),
        &prose(&["Ann *cooks* soup. Ben sings well. Cem sleeps long."]),
        &prose(&["Ben sings well. Dora writes books. Cem sleeps long."]),
    );
    // Two links over one text.
    let link = |to: &str| {
        base.replace(
            r#"{"type":"text","#,
            &format!(r#"{{"type":"text","marks":[{{"type":"link","attrs":{{"href":"{to}"}}}}],"#),
        )
    };
    asks(editor, &base, &link("/a"), &link("/b"));
    is(editor, &base, &link("/a"), &link("/a"), &link("/a"));
}

#[test]
fn types_attributes_and_embeds_are_kept() {
    let editor = Editor::ProseMirror;
    let base = prose(&[ONE, "More text."]);
    // A paragraph becomes a heading while the other edits its text.
    let heading = prose(&[&format!("# {ONE}"), "More text."]);
    let edited = prose(&[&ONE.replace("cat", "big cat"), "More text."]);
    is(editor, &base, &heading, &edited, &prose(&[&format!("# {}", ONE.replace("cat", "big cat")), "More text."]));
    let code = heading.replace(r#""type":"heading","attrs":{"level":1}"#, r#""type":"code_block""#);
    asks(editor, &base, &heading, &code);
    let image = r#"{"type":"image","attrs":{"src":"a.png","alt":"A"}}"#;
    let with_image = base.replace(r#"]},{"#, &format!(r#",{image}]}},{{"#));
    let found = merged(editor, &base, &with_image, &edited);
    assert!(
        found.merge.is_clean() && found.text().contains(image) && found.text().contains("big cat"),
        "{}",
        found.text()
    );
}

#[test]
fn paragraphs_that_both_have_are_never_doubled() {
    let editor = Editor::ProseMirror;
    let base = prose(&["One is here.", "", "Two is here.", "", "Three is here."]);
    let mine = prose(&["One is here.", "", "Two is here.", "", "Three is here.", "A new end."]);
    is(
        editor,
        &base,
        &mine,
        &prose(&["One is here.", "Two is here.", "", "Three is here."]),
        &prose(&["One is here.", "Two is here.", "", "Three is here.", "A new end."]),
    );
    is(editor, &base, &mine, &mine, &mine);
    // No result is empty.
    let two = prose(&["One is here.", "Two is here."]);
    asks(editor, &two, &prose(&["One is here."]), &prose(&["Two is here."]));
    // A block that grew, and that the other side replaced.
    let base = prose(&["First of all.", "# A short title", ONE]);
    asks(
        editor,
        &base,
        &prose(&["First of all.", "Something else is here now.", ONE]),
        &prose(&["# And more words before it. A short title", ONE]),
    );
    // A paragraph is cut in two, and the other side edits its first part.
    let base = prose(&[ONE]);
    let cut = prose(&["The cat sleeps here. A dog barks loudly.", "The bird sings well."]);
    is(
        editor,
        &base,
        &cut,
        &prose(&[&ONE.replace("cat", "big cat")]),
        &prose(&["The big cat sleeps here. A dog barks loudly.", "The bird sings well."]),
    );
}

#[test]
fn slate_lexical_and_quill_have_the_same_merge() {
    let (edited, other) = (ONE.replace("cat", "big cat"), ONE.replace("sings well", "sings badly"));
    let both = edited.replace("sings well", "sings badly");
    let slate = |text: &str| {
        format!(
            r#"{{"type":"root","children":[{{"type":"paragraph","children":[{{"text":"{text}"}},{{"text":" The end.","bold":true}}]}}]}}"#
        )
    };
    is(Editor::Slate, &slate(ONE), &slate(&edited), &slate(&other), &slate(&both));
    let lexical = |text: &str| {
        format!(
            r#"{{"root":{{"type":"root","version":1,"direction":"ltr","format":"","indent":0,"children":[{{"type":"paragraph","version":1,"children":[{{"type":"text","version":1,"text":"{text}","format":0,"mode":"normal","style":"","detail":0}}]}}]}}}}"#
        )
    };
    is(Editor::Lexical, &lexical(ONE), &lexical(&edited), &lexical(&other), &lexical(&both));
    let quill = |text: &str, end: &str| {
        format!(
            r#"{{"ops":[{{"insert":"{text}"}},{{"insert":"\n","attributes":{{"header":1}}}},{{"insert":"{end}\n"}}]}}"#
        )
    };
    is(Editor::Quill, &quill(ONE, "Text."), &quill(&edited, "Text."), &quill(&other, "Text."), &quill(&both, "Text."));
    is(
        Editor::Quill,
        &quill(ONE, "Text."),
        &quill(&edited, "Text."),
        &quill(ONE, "Text is here."),
        &quill(&edited, "Text is here."),
    );
    let plain = quill(ONE, "Text.").replace(r#","attributes":{"header":1}"#, "");
    let right = format!(r#"{{"ops":[{{"insert":"{edited}\nText.\n"}}]}}"#);
    is(Editor::Quill, &quill(ONE, "Text."), &plain, &quill(&edited, "Text."), &right);
}
