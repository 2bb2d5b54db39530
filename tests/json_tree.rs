//! The lossless tree, and the parts of the texts that a merge keeps.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::too_many_lines,
    missing_docs,
    reason = "a table or a law may be long, and a test may fail loudly"
)]

use mergefetch::error::ErrorCode;
use mergefetch::merge::json::{Document, Documents, Options, Rule, merge};
use mergefetch::merge::{ChangeState, Clash, Pick};

fn parse(text: &str) -> Document {
    Document::parse(text).unwrap()
}

fn merged(base: &str, mine: &str, theirs: &str) -> String {
    let (base, mine, theirs) = (parse(base), parse(mine), parse(theirs));
    let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
    merge(documents, &Options::default()).unwrap().text(documents).unwrap()
}

fn edited(base: &str, mine: &str, theirs: &str) -> String {
    let (base, theirs) = (parse(base), parse(theirs));
    let mine = Document::parse_edit(mine, Some(&base)).unwrap();
    let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
    merge(documents, &Options::default()).unwrap().text(documents).unwrap()
}

#[test]
fn what_is_no_json_is_refused_with_its_position() {
    for (text, line, column) in [
        ("", 1, 1),
        ("{", 1, 2),
        ("[1,]", 1, 4),
        ("{\"a\":1,}", 1, 8),
        ("[1 2]", 1, 4),
        ("01", 1, 2),
        ("1.", 1, 3),
        ("-", 1, 2),
        ("nul", 1, 1),
        ("\"a", 1, 3),
        ("\"\\x\"", 1, 3),
        ("\"\\u12g4\"", 1, 6),
        ("[\n  1,\n  é\n]", 3, 3),
        ("{a:1}", 1, 2),
        ("1 1", 1, 3),
        ("\"a\nb\"", 1, 3),
        ("[1}", 1, 3),
        ("{\"é\" 1}", 1, 6),
    ] {
        let error = Document::parse(text).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidJson, "{text}");
        let shown = format!("{error}");
        assert!(shown.contains(&format!("line {line}, column {column}")), "{text}: {shown}");
    }
}

#[test]
fn a_duplicate_member_is_refused_also_in_another_spelling() {
    let error = Document::parse(r#"{"a":1,"b":2,"\u0061":3}"#).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidJson);
    assert!(error.to_string().contains("column 14"), "{error}");
    let many: Vec<String> = (0..100).map(|n| format!("\"k{}\":{n}", n % 99)).collect();
    assert!(Document::parse(format!("{{{}}}", many.join(","))).unwrap_err().to_string().contains("k0"));
    assert!(Document::parse(r#"{"__proto__":1,"constructor":2,"toString":3}"#).is_ok());
}

#[test]
fn nesting_is_bounded_without_exhausting_the_stack() {
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(Document::parse(nested(512)).is_ok());
    assert_eq!(Document::parse(nested(513)).unwrap_err().code(), ErrorCode::TooDeep);
    assert_eq!(Document::parse("[".repeat(10_000_000)).unwrap_err().code(), ErrorCode::TooDeep);
}

#[test]
fn the_deepest_documents_merge_on_a_small_stack() {
    let deep = |leaf: &str| "{\"a\":[".repeat(256) + leaf + &"]}".repeat(256);
    let work = move || {
        let (base, mine, theirs) = (deep("1,2"), deep("1,3"), deep("0,1,2"));
        let result = merged(&base, &mine, &theirs);
        assert!(Document::parse(result).is_ok());
    };
    std::thread::Builder::new().stack_size(900 * 1024).spawn(work).unwrap().join().unwrap();
}

#[test]
fn values_are_equal_whatever_their_spelling_and_order() {
    let equal = |left: &str, right: &str| parse(left).root().equals(parse(right).root());
    assert!(equal(r#"{"a":1,"b":[1.0,"\u0041"]}"#, r#"{ "b": [1, "A"], "a": 1e0 }"#));
    for (left, right) in [
        ("1", "2"),
        ("[1,2]", "[2,1]"),
        ("null", "false"),
        ("{}", "[]"),
        ("0", "\"0\""),
        ("{\"a\":null}", "{}"),
        ("[[]]", "[{}]"),
        ("true", "false"),
    ] {
        assert!(!equal(left, right), "{left} {right}");
    }
    let wide = |reversed: bool| {
        let mut members: Vec<String> = (0..50).map(|n| format!("\"k{n}\":{n}")).collect();
        if reversed {
            members.reverse();
        }
        format!("{{{}}}", members.join(","))
    };
    assert!(equal(&wide(false), &wide(true)));
}

#[test]
fn values_are_found_by_member_and_pointer() {
    let document = parse(r#"{"a":[{"b/c":"x\u00e9"},2],"":3,"~":4}"#);
    let root = document.root();
    assert_eq!(root.pointer("/a/0/b~1c").and_then(|value| value.as_str()).as_deref(), Some("xé"));
    assert_eq!(root.pointer("/").map(|value| value.source()), Some("3"));
    assert_eq!(root.pointer("/~0").map(|value| value.source()), Some("4"));
    assert_eq!(root.pointer("").map(|value| value.source()), Some(document.text()));
    for missing in ["/a/2", "/a/-", "/a/00", "a", "/b", "/a/0/b"] {
        assert!(root.pointer(missing).is_none(), "{missing}");
    }
    assert_eq!(root.member("a").map(|array| array.elements().len()), Some(2));
    assert_eq!(root.members().iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a", "", "~"]);
    assert_eq!(parse(r#""\ud800""#).root().as_str().as_deref(), Some("\u{FFFD}"));
}

#[test]
fn the_result_is_theirs_byte_for_byte_where_mine_changed_nothing() {
    let theirs = "\u{FEFF}{\r\n\t\"a\" : 1.0 ,\r\n\r\n\t\"list\": [ 1,2 , 3 ],\r\n\t\"o\": { }\r\n}\r\n\r\n";
    assert_eq!(merged("{\"a\":2}", "{\"a\":2}", theirs), theirs);
    assert_eq!(merged(theirs, theirs, theirs), theirs);
}

#[test]
fn the_result_is_mine_byte_for_byte_where_theirs_is_base() {
    let base = "{\n  \"a\": 1,\n  \"b\": [1, 2]\n}\n";
    let mine = "{ \"b\": [1,   2],\n\"a\": 1.0, \"c\": { \"x\": [] } }";
    assert_eq!(merged(base, mine, base), mine);
}

#[test]
fn only_the_lines_that_mine_changed_differ_from_theirs() {
    let base = "{\n    \"name\": \"x\",\n    \"size\": { \"w\": 1, \"h\": 2 },\n    \"big\": 12345678901234567890,\n    \"exact\": 1.0\n}\n";
    let mine = r#"{"name":"y","size":{"w":1,"h":3},"big":12345678901234567000,"exact":1,"tags":["a",{"b":[]}]}"#;
    let theirs = "{\n    \"name\": \"x\",\n    \"size\": { \"w\": 7, \"h\": 2 },\n    \"new\": null,\n    \"big\": 12345678901234567890,\n    \"exact\": 1.0\n}\n";
    assert_eq!(
        edited(base, mine, theirs),
        "{\n    \"name\": \"y\",\n    \"size\": { \"w\": 7, \"h\": 3 },\n    \"new\": null,\n    \"big\": 12345678901234567890,\n    \"exact\": 1.0,\n    \"tags\": [\n        \"a\",\n        {\n            \"b\": []\n        }\n    ]\n}\n"
    );
}

#[test]
fn the_body_of_a_request_keeps_the_layout_of_base() {
    let base = "{\r\n\t\"a\": 1,\r\n\t\"b\": 2\r\n}";
    assert_eq!(edited(base, r#"{"a":1,"b":3}"#, base), "{\r\n\t\"a\": 1,\r\n\t\"b\": 3\r\n}");
    assert_eq!(edited(base, r#"{"b":2}"#, base), "{\r\n\t\"b\": 2\r\n}");
    assert_eq!(edited(base, r#"{"a":1,"b":2,"1":0}"#, base), "{\r\n\t\"a\": 1,\r\n\t\"b\": 2,\r\n\t\"1\": 0\r\n}");
    assert_eq!(
        edited(r#"{"a":{},"z":1}"#, r#"{"a":{"x":1,"y":2},"z":1}"#, r#"{"a":{},"z":1}"#),
        r#"{"a":{"x":1,"y":2},"z":1}"#
    );
    assert_eq!(
        edited("{\n  \"a\": {}\n}", r#"{"a":{"x":1}}"#, "{\n  \"a\": {}\n}"),
        "{\n  \"a\": {\n    \"x\": 1\n  }\n}"
    );
}

#[test]
fn a_spelling_of_mine_survives_unless_theirs_changed_the_value() {
    assert_eq!(merged(r#"{"a":1,"b":1}"#, r#"{"a":1.0,"b":1.0}"#, r#"{"a":1,"b":2}"#), r#"{"a":1.0,"b":2}"#);
    assert_eq!(edited(r#"{"a":1.0,"b":1}"#, r#"{"a":1,"b":1}"#, r#"{"a":1.0,"b":2}"#), r#"{"a":1.0,"b":2}"#);
}

#[test]
fn members_follow_the_side_that_ordered_them_and_new_ones_their_neighbour() {
    assert_eq!(
        merged(r#"{"a":1,"b":2,"c":3}"#, r#"{"c":3,"b":2,"a":1}"#, r#"{"a":1,"b":9,"c":3}"#),
        r#"{"c":3,"b":9,"a":1}"#
    );
    assert_eq!(
        merged(r#"{"a":1,"z":2}"#, r#"{"a":1,"c":0,"z":2}"#, r#"{"a":1,"b":0,"z":2}"#),
        r#"{"a":1,"b":0,"c":0,"z":2}"#
    );
    assert_eq!(
        merged(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, r#"{"a":1,"b":2,"__proto__":{"x":1}}"#),
        r#"{"b":2,"a":1,"__proto__":{"x":1}}"#
    );
}

#[test]
fn every_pick_gives_a_well_formed_document() {
    let (base, mine, theirs) =
        (parse(r#"{"a":1,"b":{"c":1}}"#), parse(r#"{"a":2,"d":1}"#), parse(r#"{"a":3,"b":{"c":2}}"#));
    let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
    let merge = merge(documents, &Options::default()).unwrap();
    let seen: Vec<_> = merge.changes().iter().map(|change| (change.id.as_str(), change.state, change.clash)).collect();
    assert_eq!(
        seen,
        [
            ("/a", ChangeState::Conflict, Some(Clash::EditEdit)),
            ("/d", ChangeState::Mine, None),
            ("/b", ChangeState::Conflict, Some(Clash::DeleteEdit))
        ]
    );
    let compose = |picks: &[Pick<'_>]| merge.compose(documents, picks).unwrap();
    assert_eq!(merge.text(documents).unwrap(), r#"{"a":2,"d":1}"#);
    assert_eq!(compose(&[Pick::Theirs, Pick::Theirs, Pick::Theirs]), r#"{"a":3,"b":{"c":2}}"#);
    assert_eq!(compose(&[Pick::Base, Pick::Mine, Pick::Base]), r#"{"a":1,"d":1,"b":{"c":1}}"#);
    assert_eq!(compose(&[Pick::Custom("[ 1 ]"), Pick::Custom("null"), Pick::Mine]), r#"{"a":[1],"d":null}"#);
    assert_eq!(
        merge.compose(documents, &[Pick::Custom("[1"), Pick::Auto, Pick::Auto]).unwrap_err().code(),
        ErrorCode::InvalidJson
    );
    assert_eq!(merge.compose(documents, &[Pick::Auto]).unwrap_err().code(), ErrorCode::InvalidArgument);
    assert_eq!(
        merge.compose(documents, &[Pick::Both, Pick::Auto, Pick::Auto]).unwrap_err().code(),
        ErrorCode::InvalidArgument
    );
    let deep = "[".repeat(512) + &"]".repeat(512);
    assert_eq!(
        merge.compose(documents, &[Pick::Custom(&deep), Pick::Auto, Pick::Auto]).unwrap_err().code(),
        ErrorCode::TooDeep
    );
}

#[test]
fn a_rule_with_a_pointer_that_is_none_is_refused() {
    let document = parse("{}");
    let documents = Documents { base: None, mine: &document, theirs: &document };
    let options = Options { rules: vec![("items".into(), Rule::Set)], ..Options::default() };
    assert_eq!(merge(documents, &options).unwrap_err().code(), ErrorCode::InvalidArgument);
}

#[test]
fn blanks_that_only_one_side_changed_are_in_the_result() {
    let flat = "{\"a\": [1,2,3],\n \"b\": 1}";
    let laid_out = "{\"a\": [\n  1,\n  2,\n  3\n],\n \"b\": 1}";
    for (base, one, other, expected) in [
        // An emptied container keeps its layout.
        (
            "{\n  \"a\": [\n    1\n  ],\n  \"b\": 1\n}",
            "{\n  \"a\": [\n  ],\n  \"b\": 1\n}",
            "{\n  \"a\": [\n    1\n  ],\n  \"b\": 2\n}",
            "{\n  \"a\": [\n  ],\n  \"b\": 2\n}",
        ),
        (
            "{ \"a\": { \"x\": 1 }, \"b\": 1 }",
            "{ \"a\": { }, \"b\": 1 }",
            "{ \"a\": { \"x\": 1 }, \"b\": 2 }",
            "{ \"a\": { }, \"b\": 2 }",
        ),
        // A container that one side laid out has the bytes of this side, and the edits of the other side.
        (flat, laid_out, &flat.replace("\"b\": 1", "\"b\": 2"), &laid_out.replace("\"b\": 1", "\"b\": 2")),
        (flat, laid_out, &flat.replace("3]", "4]"), &laid_out.replace("3\n", "4\n")),
        (flat, laid_out, &flat.replace("2,", ""), &laid_out.replace("  2,\n", "")),
        // The blanks after the document.
        ("{\"a\":1,\"b\":1}", "{\"a\":2,\"b\":1}\n", "{\"a\":1,\"b\":2}", "{\"a\":2,\"b\":2}\n"),
        ("{\"a\":1,\"b\":1}\n", "{\"a\":2,\"b\":1}", "{\"a\":1,\"b\":2}\n", "{\"a\":2,\"b\":2}"),
        // A new member has the blanks of its nearest neighbour.
        (
            "{\"a\":1,\"n\":{\"x\" : 1}}",
            "{\"a\":1,\"n\":{\"x\" : 1,\"y\" : 2}}",
            "{\"a\":2,\"n\":{\"x\" : 1}}",
            "{\"a\":2,\"n\":{\"x\" : 1,\"y\" : 2}}",
        ),
        (
            "[{\"a\": 1,   \"b\": 2}, 1]",
            "[{\"a\": 1,   \"b\": 2,   \"c\": 3}, 1]",
            "[{\"a\": 1,   \"b\": 2}, 2]",
            "[{\"a\": 1,   \"b\": 2,   \"c\": 3}, 2]",
        ),
    ] {
        assert_eq!(merged(base, one, other), expected, "{base}");
        assert_eq!(merged(base, other, one), expected, "{base}, swapped");
    }
}

#[test]
fn two_layouts_of_the_whole_document_are_not_mixed() {
    let base = "{\n  \"a\": {\n    \"x\": [\n      1\n    ]\n  },\n  \"b\": 1\n}\n";
    let mine = base.replace("  ", "\t");
    let theirs = base.replace("\"b\": 1", "\"b\": 2");
    let text = merged(base, &mine, &theirs);
    assert!(text == theirs || text == mine.replace("\"b\": 1", "\"b\": 2"), "{text}");
}
