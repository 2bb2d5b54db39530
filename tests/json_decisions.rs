//! Changes and choices of a person: ids, values, choices of every kind, and impossible choices.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::too_many_lines,
    missing_docs,
    reason = "a table or a law may be long, and a test may fail loudly"
)]

use mergefetch::error::ErrorCode;
use mergefetch::merge::json::{Document, Documents, JsonMerge, Options, Rule, merge};
use mergefetch::merge::{Change, ChangeOp, ChangeState, Clash, Favor, Pick};

struct Fixture {
    base: Option<Document>,
    mine: Document,
    theirs: Document,
    options: Options,
}

impl Fixture {
    fn new(base: &str, mine: &str, theirs: &str) -> Self {
        let parse = |text: &str| Document::parse(text).unwrap();
        Self { base: Some(parse(base)), mine: parse(mine), theirs: parse(theirs), options: Options::default() }
    }

    fn rule(mut self, pointer: &str, rule: Rule) -> Self {
        self.options.rules.push((pointer.into(), rule));
        self
    }

    fn documents(&self) -> Documents<'_> {
        Documents { base: self.base.as_ref(), mine: &self.mine, theirs: &self.theirs }
    }

    fn merge(&self) -> JsonMerge {
        merge(self.documents(), &self.options).unwrap()
    }

    fn text(&self) -> String {
        self.merge().text(self.documents()).unwrap()
    }

    /// Composes with one pick for the change of this id, all others automatic.
    fn with(&self, id: &str, pick: Pick<'_>) -> String {
        self.try_with(id, pick).unwrap()
    }

    fn try_with(&self, id: &str, pick: Pick<'_>) -> Result<String, ErrorCode> {
        let merged = self.merge();
        let ids: Vec<&str> = merged.changes().iter().map(|change| change.id.as_str()).collect();
        let at = ids.iter().position(|found| *found == id).unwrap_or_else(|| panic!("{id} is none of {ids:?}"));
        let mut picks = vec![Pick::Auto; ids.len()];
        picks[at] = pick;
        merged.compose(self.documents(), &picks).map_err(|error| error.code())
    }
}

fn only(merged: &JsonMerge) -> &Change {
    let [change] = merged.changes() else { panic!("{:?}", merged.changes()) };
    change
}

#[test]
fn a_change_names_its_place_and_the_three_values_as_they_are_written() {
    let fixture = Fixture::new(r#"{"a":{"b":1.0}}"#, r#"{"a":{"b":2.0}}"#, r#"{"a":{"b":"\u0041"}}"#);
    let merged = fixture.merge();
    let change = only(&merged);
    assert_eq!((change.id.as_str(), change.path.as_str()), ("/a/b", "/a/b"));
    assert_eq!(
        (change.state, change.op, change.clash),
        (ChangeState::Conflict, ChangeOp::Replace, Some(Clash::EditEdit))
    );
    assert_eq!(
        [change.base.as_deref(), change.mine.as_deref(), change.theirs.as_deref()],
        [Some("1.0"), Some("2.0"), Some(r#""\u0041""#)]
    );
}

#[test]
fn every_clash_is_said_at_the_deepest_common_container() {
    for (base, mine, theirs, path, clash) in [
        (r#"{"a":{"b":1}}"#, r#"{"a":{"b":2}}"#, r#"{"a":{"b":3}}"#, "/a/b", Clash::EditEdit),
        (r#"{"a":{"b":{"c":1}}}"#, r#"{"a":{"b":{"c":2}}}"#, r#"{"a":{}}"#, "/a/b", Clash::EditDelete),
        (r#"{"a":{"b":{"c":1}}}"#, r#"{"a":{}}"#, r#"{"a":{"b":{"c":2}}}"#, "/a/b", Clash::DeleteEdit),
        (r#"{"a":{}}"#, r#"{"a":{"x":1}}"#, r#"{"a":{"x":2}}"#, "/a/x", Clash::AddAdd),
        (r#"{"a":{"b":1}}"#, r#"{"a":7}"#, r#"{"a":{"b":2}}"#, "/a", Clash::Type),
        (r#"{"a":[0,0]}"#, r#"{"a":[0,0,1]}"#, r#"{"a":[0,0,2]}"#, "/a/2", Clash::InsertInsert),
        (r#"{"a":[0,0,5]}"#, r#"{"a":[0,0]}"#, r#"{"a":[0,0,6]}"#, "/a/2", Clash::DeleteEdit),
        (r#"[{"id":1,"v":1},{"id":2}]"#, r#"[{"id":2}]"#, r#"[{"id":1,"v":2},{"id":2}]"#, "/0", Clash::DeleteEdit),
        (r#"[{"id":1,"v":1}]"#, r#"[{"id":1,"v":2}]"#, r#"[{"id":1,"v":3}]"#, "/0/v", Clash::EditEdit),
        (r#"[{"v":[1,2,3],"n":1}]"#, r#"[{"v":[1,2,4],"n":1}]"#, r#"[{"v":[1,2,5],"n":1}]"#, "/0/v/2", Clash::EditEdit),
    ] {
        let fixture = Fixture::new(base, mine, theirs);
        let merged = fixture.merge();
        let change = only(&merged);
        assert_eq!((change.path.as_str(), change.clash), (path, Some(clash)), "{base} {mine} {theirs}");
    }
}

#[test]
fn the_id_of_a_record_stays_when_theirs_moves_it() {
    let (base, mine) = (r#"[{"id":"x","v":1},{"id":"y","v":1}]"#, r#"[{"id":"x","v":1},{"id":"y","v":2}]"#);
    let id = |theirs: &str| {
        Fixture::new(base, mine, theirs)
            .merge()
            .changes()
            .iter()
            .find(|change| change.state == ChangeState::Conflict)
            .unwrap()
            .id
            .clone()
    };
    let first = id(r#"[{"id":"x","v":1},{"id":"y","v":3}]"#);
    assert_eq!(first, r#"/="y"/v"#);
    assert_eq!(id(r#"[{"id":"n","v":0},{"id":"y","v":3},{"id":"x","v":1}]"#), first);
}

#[test]
fn inferred_keys_are_reported() {
    let keys = |base: &str| {
        let merge = Fixture::new(base, base.replace("\"v\":1", "\"v\":2").as_str(), base).merge();
        merge.inferred().iter().map(|one| (one.path.clone(), one.key.clone())).collect::<Vec<_>>()
    };
    assert_eq!(keys(r#"{"l":[{"id":1,"v":1},{"id":2,"v":5}]}"#), [("/l".to_owned(), vec!["id".to_owned()])]);
    assert_eq!(keys(r#"{"l":[{"sku":"a","v":1},{"sku":"b","v":5}]}"#), [("/l".to_owned(), vec!["sku".to_owned()])]);
    // Numbers in the order of the array may be positions.
    assert_eq!(keys(r#"{"l":[{"sku":1,"v":1},{"sku":2,"v":5}]}"#), []);
    assert_eq!(keys(r#"[{"x":1,"v":1},{"x":1,"v":1}]"#), []);
    // Some records may have no id yet.
    assert_eq!(keys(r#"[{"id":1,"v":1},{"v":5}]"#), [(String::new(), vec!["id".to_owned()])]);
}

#[test]
fn a_move_and_an_edit_of_one_record_are_two_decisions() {
    let fixture = Fixture::new(
        r#"[{"id":1,"v":1},{"id":2,"v":1},{"id":3,"v":1}]"#,
        r#"[{"id":3,"v":1},{"id":1,"v":1},{"id":2,"v":1}]"#,
        r#"[{"id":1,"v":1},{"id":2,"v":1},{"id":3,"v":5}]"#,
    );
    assert_eq!(fixture.text(), r#"[{"id":3,"v":5},{"id":1,"v":1},{"id":2,"v":1}]"#);
    assert_eq!(fixture.with("/=3#move", Pick::Theirs), r#"[{"id":1,"v":1},{"id":2,"v":1},{"id":3,"v":5}]"#);
    assert_eq!(fixture.with("/=3/v", Pick::Mine), r#"[{"id":3,"v":1},{"id":1,"v":1},{"id":2,"v":1}]"#);
}

#[test]
fn a_contested_place_is_chosen() {
    let fixture = Fixture::new("[1,2,3,4]", "[4,1,2,3]", "[1,4,2,3]");
    assert_eq!(fixture.with("/=4#move", Pick::Mine), "[4,1,2,3]");
    assert_eq!(fixture.with("/=4#move", Pick::Theirs), "[1,4,2,3]");
    assert_eq!(fixture.with("/=4#move", Pick::Base), "[1,2,3,4]");
    let shuffled = Fixture::new("[1,2,3,4]", "[4,3,2,1]", "[2,4,1,3]");
    assert_eq!(shuffled.with("#order", Pick::Mine), "[4,3,2,1]");
    assert_eq!(shuffled.with("#order", Pick::Theirs), "[2,4,1,3]");
    assert_eq!(shuffled.with("#order", Pick::Base), "[1,2,3,4]");
}

#[test]
fn an_order_can_be_one_of_somebody_s_own() {
    let shuffled = Fixture::new("[1,2,3,4]", "[4,3,2,1]", "[2,4,1,3]");
    assert_eq!(shuffled.with("#order", Pick::Custom("[3, 1, 4, 2]")), "[3,1,4,2]");
    // What is not named stays behind what it follows, and what is named twice is there once.
    assert_eq!(shuffled.with("#order", Pick::Custom("[1,1]")), "[4,3,2,1]");
    assert_eq!(shuffled.with("#order", Pick::Custom("[2,4,2]")), "[2,1,4,3]");
    for wrong in ["[5]", "{}", "7"] {
        assert_eq!(shuffled.try_with("#order", Pick::Custom(wrong)), Err(ErrorCode::InvalidArgument), "{wrong}");
    }
    assert_eq!(shuffled.try_with("#order", Pick::Custom("[1,")), Err(ErrorCode::InvalidJson));
    assert_eq!(shuffled.try_with("#order", Pick::Both), Err(ErrorCode::InvalidArgument));
}

#[test]
fn an_order_of_records_leaves_their_contents_to_their_own_decisions() {
    let fixture = Fixture::new(
        r#"{"l":[{"id":1,"v":1},{"id":2,"v":1},{"id":3,"v":1},{"id":4,"v":1}]}"#,
        r#"{"l":[{"id":4,"v":1},{"id":3,"v":1},{"id":2,"v":1},{"id":1,"v":5},{"id":5,"v":1}]}"#,
        r#"{"l":[{"id":2,"v":6},{"id":4,"v":1},{"id":1,"v":7},{"id":3,"v":1}]}"#,
    );
    // Elements of mine, of theirs, and as they are now: the key finds them.
    let own = r#"[{"id":5,"v":1},{"id":1,"v":7},{"id":2,"v":0},{"id":3,"v":1},{"id":4,"v":1}]"#;
    assert_eq!(
        fixture.with("/l#order", Pick::Custom(own)),
        r#"{"l":[{"id":5,"v":1},{"id":1,"v":5},{"id":2,"v":6},{"id":3,"v":1},{"id":4,"v":1}]}"#
    );
}

#[test]
fn a_single_element_can_be_put_at_a_place_of_somebody_s_own() {
    let fixture = Fixture::new("[1,2,3,4]", "[4,1,2,3]", "[1,4,2,3]");
    assert_eq!(fixture.with("/=4#move", Pick::Custom("[1,2,4,3]")), "[1,2,4,3]");
    assert_eq!(fixture.with("/=4#move", Pick::Custom("[4,3,2,1]")), "[4,1,2,3]");
    assert_eq!(fixture.try_with("/=4#move", Pick::Custom("[1,2,3]")), Err(ErrorCode::InvalidArgument));
    let lists = Fixture::new(
        r#"{"a":[{"id":1},{"id":2}],"b":[{"id":3}],"c":[]}"#,
        r#"{"a":[{"id":2}],"b":[{"id":3},{"id":1}],"c":[]}"#,
        r#"{"a":[{"id":2}],"b":[{"id":3}],"c":[{"id":1}]}"#,
    );
    let merged = lists.merge();
    let moved = merged.changes().iter().find(|change| change.op == ChangeOp::Move).unwrap();
    assert_eq!(lists.try_with(&moved.id, Pick::Custom(r#"[{"id":1},{"id":3}]"#)), Err(ErrorCode::InvalidArgument));
}

#[test]
fn two_insertions_can_be_both_kept_in_either_order() {
    let fixture = Fixture::new("[0,0]", "[0,0,1,2]", "[0,0,3]");
    let id = only(&fixture.merge()).id.clone();
    assert_eq!(only(&fixture.merge()).mine.as_deref(), Some("[1,2]"));
    assert_eq!(fixture.with(&id, Pick::Both), "[0,0,1,2,3]");
    assert_eq!(fixture.with(&id, Pick::BothReversed), "[0,0,3,1,2]");
    assert_eq!(fixture.with(&id, Pick::Base), "[0,0]");
    assert_eq!(fixture.with(&id, Pick::Custom("[7, 8]")), "[0,0,7,8]");
    assert_eq!(fixture.try_with(&id, Pick::Custom("7")), Err(ErrorCode::InvalidArgument));
    assert_eq!(fixture.try_with(&id, Pick::Suggested), Err(ErrorCode::InvalidArgument));
    let single = Fixture::new("[0,0]", "[0,0,1]", "[0,0,3]");
    let id = only(&single.merge()).id.clone();
    assert_eq!(single.with(&id, Pick::Custom("[7]")), "[0,0,[7]]");
}

#[test]
fn a_group_is_decided_as_one() {
    let group = Rule::Group(vec!["amount".into(), "currency".into()]);
    let fixture = Fixture::new(
        r#"{"amount":1,"currency":"A","x":1}"#,
        r#"{"amount":2,"currency":"A","x":1}"#,
        r#"{"amount":1,"currency":"B","x":2}"#,
    )
    .rule("", group.clone());
    let merged = fixture.merge();
    let change = &merged.changes()[0];
    assert_eq!((change.clash, change.mine.as_deref()), (Some(Clash::Group), Some(r#"{"amount":2,"currency":"A"}"#)));
    assert_eq!(fixture.text(), r#"{"amount":2,"currency":"A","x":2}"#);
    assert_eq!(fixture.with("#amount+currency", Pick::Theirs), r#"{"amount":1,"currency":"B","x":2}"#);
    assert_eq!(
        fixture.with("#amount+currency", Pick::Custom(r#"{"amount":9,"currency":"C"}"#)),
        r#"{"amount":9,"currency":"C","x":2}"#
    );
    let agreed = Fixture::new(
        r#"{"amount":1,"currency":"A"}"#,
        r#"{"amount":2,"currency":"A"}"#,
        r#"{"amount":2,"currency":"A"}"#,
    )
    .rule("", group);
    assert!(agreed.merge().is_clean());
}

#[test]
fn a_counter_adds_and_can_still_be_decided() {
    let fixture = Fixture::new(r#"{"n":9007199254740992}"#, r#"{"n":9007199254740993}"#, r#"{"n":9007199254740995}"#)
        .rule("/n", Rule::Counter);
    assert_eq!(fixture.text(), r#"{"n":9007199254740996}"#);
    assert_eq!(fixture.with("/n", Pick::Mine), r#"{"n":9007199254740993}"#);
    let text = Fixture::new(r#"{"n":1}"#, r#"{"n":"2"}"#, r#"{"n":3}"#).rule("/n", Rule::Counter);
    assert_eq!(text.merge().conflicts(), 1);
}

#[test]
fn regions_of_a_long_string_are_decided_one_by_one() {
    let fixture = Fixture::new(
        r#"{"t":"one\ntwo\nthree\nfour\nfive\n"}"#,
        r#"{"t":"ONE\ntwo\nthree is here\nfour\nfive\n"}"#,
        r#"{"t":"one\ntwo\nthree\nfour\nFIVE \u00e9\n"}"#,
    );
    let merged = fixture.merge();
    assert!(merged.is_clean());
    assert_eq!(fixture.text(), r#"{"t":"ONE\ntwo\nthree is here\nfour\nFIVE \u00e9\n"}"#, "ASCII stays ASCII");
    let (regions, [base, ..]) = merged.text_at("/t").unwrap();
    assert!(regions.is_clean() && base.starts_with("one\n"));
    let change = &merged.changes()[0];
    assert_eq!((change.op, change.path.as_str(), change.mine.as_deref()), (ChangeOp::Text, "/t", Some(r#""ONE\n""#)));
    assert!(change.id.starts_with("/t#") && change.region.is_some());
    assert_eq!(fixture.with(&change.id, Pick::Theirs), r#"{"t":"one\ntwo\nthree is here\nfour\nFIVE \u00e9\n"}"#);
    assert_eq!(
        fixture.with(&change.id, Pick::Custom(r#""1\n""#)),
        r#"{"t":"1\ntwo\nthree is here\nfour\nFIVE \u00e9\n"}"#
    );
    assert_eq!(fixture.try_with(&change.id, Pick::Custom("1")), Err(ErrorCode::InvalidArgument));
}

#[test]
fn a_conflict_in_a_long_string_suggests_a_merge_by_words() {
    let fixture = Fixture::new(
        r#"{"t":"the quick brown fox jumps over the lazy dog\nend\n"}"#,
        r#"{"t":"the quick red fox jumps over the lazy dog\nend\n"}"#,
        r#"{"t":"the quick brown fox jumps over the lazy cat\nend\n"}"#,
    );
    let merged = fixture.merge();
    let change = only(&merged);
    assert_eq!(change.suggestion.as_deref(), Some(r#""the quick red fox jumps over the lazy cat\n""#));
    assert_eq!(
        fixture.with(&change.id, Pick::Suggested),
        r#"{"t":"the quick red fox jumps over the lazy cat\nend\n"}"#
    );
    assert_eq!(fixture.text(), r#"{"t":"the quick red fox jumps over the lazy dog\nend\n"}"#);
}

#[test]
fn lone_surrogates_are_never_replaced() {
    let long = "x".repeat(100);
    let fixture = Fixture::new(
        &format!(r#"{{"t":"{long}\ud800"}}"#),
        &format!(r#"{{"t":"{long}\ud801"}}"#),
        &format!(r#"{{"t":"{long}\ud802"}}"#),
    );
    assert_eq!(only(&fixture.merge()).clash, Some(Clash::EditEdit));
    assert!(fixture.text().contains(r"\ud801"));
}

#[test]
fn a_favoured_side_settles_every_conflict() {
    for (favor, expected) in
        [(Favor::Mine, r#"{"a":2,"l":[0,0,1],"o":[2,1,3]}"#), (Favor::Theirs, r#"{"a":3,"l":[0,0,2],"o":[3,1,2]}"#)]
    {
        let mut fixture = Fixture::new(
            r#"{"a":1,"l":[0,0],"o":[1,2,3]}"#,
            r#"{"a":2,"l":[0,0,1],"o":[2,1,3]}"#,
            r#"{"a":3,"l":[0,0,2],"o":[3,1,2]}"#,
        );
        fixture.options.favor = Some(favor);
        let merged = fixture.merge();
        assert!(merged.is_clean(), "{:?}", merged.changes());
        let text = fixture.text();
        assert!(text.starts_with(&expected[..20]), "{text}");
    }
    let mut fixture = Fixture::new("1", "2", "3");
    fixture.options.favor = Some(Favor::Union);
    assert_eq!(merge(fixture.documents(), &fixture.options).unwrap_err().code(), ErrorCode::InvalidArgument);
}

#[test]
fn without_a_base_every_difference_is_a_conflict() {
    let mut fixture =
        Fixture::new("{}", r#"{"a":1,"b":{"c":1,"d":2},"m":1,"l":[1]}"#, r#"{"a":1,"b":{"c":2,"d":2},"t":1,"l":[2]}"#);
    fixture.base = None;
    let merged = fixture.merge();
    let seen: Vec<_> = merged.changes().iter().map(|change| (change.id.as_str(), change.clash)).collect();
    assert_eq!(
        seen,
        [
            ("/b/c", Some(Clash::NoBase)),
            ("/m", Some(Clash::NoBase)),
            ("/t", Some(Clash::NoBase)),
            ("/l", Some(Clash::NoBase))
        ]
    );
    assert_eq!(fixture.text(), r#"{"a":1,"b":{"c":1,"d":2},"m":1,"l":[1]}"#);
    assert_eq!(fixture.with("/l", Pick::Both), r#"{"a":1,"b":{"c":1,"d":2},"m":1,"l":[1,2]}"#);
    assert_eq!(fixture.with("/t", Pick::Theirs), r#"{"a":1,"b":{"c":1,"d":2},"m":1,"t":1,"l":[1]}"#);
}

#[test]
fn the_outermost_value_cannot_be_decided_away() {
    let mut fixture = Fixture::new("1", "2", "3");
    fixture.base = None;
    assert_eq!(fixture.try_with("", Pick::Base), Err(ErrorCode::InvalidArgument));
    assert_eq!(fixture.with("", Pick::Theirs), "3");
}

#[test]
fn what_the_server_manages_is_theirs_and_reported_as_ignored() {
    let fixture = Fixture::new(r#"{"v":1,"at":1}"#, r#"{"v":2,"at":5}"#, r#"{"v":1,"at":2}"#).rule("/at", Rule::Ignore);
    let merged = fixture.merge();
    assert_eq!(
        merged.changes().iter().map(|change| change.state).collect::<Vec<_>>(),
        [ChangeState::Mine, ChangeState::Ignored]
    );
    assert_eq!(fixture.text(), r#"{"v":2,"at":2}"#);
}

#[test]
fn records_without_their_key_are_told_apart_by_value() {
    let fixture = Fixture::new(r#"[{"id":1}]"#, r#"[{"id":1},{"n":1},{"n":2}]"#, r#"[{"id":1},{"id":2},{"n":1}]"#)
        .rule("", Rule::Key(vec!["id".into()]));
    let merged = fixture.merge();
    assert!(merged.is_clean(), "{:?}", merged.changes());
    let result = Document::parse(fixture.text()).unwrap();
    assert_eq!(result.root().elements().len(), 4, "{}", result.text());
}

#[test]
fn a_duplicate_key_loses_nothing() {
    let fixture = Fixture::new(
        r#"[{"id":1,"v":1},{"id":1,"v":2}]"#,
        r#"[{"id":1,"v":1},{"id":1,"v":3}]"#,
        r#"[{"id":1,"v":9},{"id":1,"v":2}]"#,
    )
    .rule("", Rule::Key(vec!["id".into()]));
    assert_eq!(fixture.text(), r#"[{"id":1,"v":9},{"id":1,"v":3}]"#);
}
