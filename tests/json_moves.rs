//! The law of moves between arrays (J16).
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test may fail loudly")]

mod support;

use mergefetch::error::ErrorCode;
use mergefetch::merge::json::{Options, Rule};
use mergefetch::merge::{Change, ChangeOp, Clash, Favor, Pick};
use support::{Merged, list};

/// A board with three cards. `places` has the column of each card: 0, 1, or 2 for a removed card.
fn board(places: [usize; 3], edited: usize) -> String {
    let column = |column: usize| {
        let cards = (0..3).filter(|&card| places[card] == column);
        list(cards.map(|card| format!(r#"{{"id":{card},"v":{}}}"#, u32::from(card == edited))))
    };
    format!(r#"{{"todo":{},"done":{}}}"#, column(0), column(1))
}

fn boards(columns: usize) -> impl Iterator<Item = [usize; 3]> {
    (0..columns.pow(3)).map(move |number| [number % columns, number / columns % columns, number / columns / columns])
}

#[test]
fn j16_a_card_is_in_one_column_or_conflicts_for_all_boards_of_three_cards() {
    for base in boards(2) {
        for mine in boards(3) {
            for theirs in boards(3) {
                let merged = Merged::new(&board(base, 3), &board(mine, 3), &board(theirs, 3));
                let place = |card: usize| match (base[card], mine[card], theirs[card]) {
                    (_, one, other) if one == other => Some(one),
                    (old, one, other) if one == old => Some(other),
                    (old, one, other) if other == old => Some(one),
                    _ => None,
                };
                let right: Option<Vec<usize>> = (0..3).map(place).collect();
                let shown = format!("{base:?} {mine:?} {theirs:?}: {}", merged.text());
                assert_eq!(merged.merge.is_clean(), right.is_some(), "{shown}");
                if let Some(right) = right {
                    assert_eq!(sorted(&merged.text()), sorted(&board([right[0], right[1], right[2]], 3)), "{shown}");
                }
                for card in 0..3 {
                    let count = merged.text().matches(&format!(r#""id":{card}"#)).count();
                    assert!(count <= 1, "{shown}");
                }
            }
        }
    }
}

/// For each column, the sorted ids of its cards.
fn sorted(board: &str) -> Vec<Vec<char>> {
    let columns = board.split(']');
    let cards = |column: &str| {
        let mut ids: Vec<char> = column.split("\"id\":").skip(1).filter_map(|rest| rest.chars().next()).collect();
        ids.sort_unstable();
        ids
    };
    columns.map(cards).collect()
}

#[test]
fn j16_an_edit_follows_a_moved_card_and_each_pick_puts_the_card_in_one_column() {
    let merged = Merged::new(&board([0, 0, 0], 3), &board([0, 1, 0], 3), &board([0, 0, 0], 1));
    assert_eq!(merged.clean().unwrap(), board([0, 1, 0], 1));
    let change = &merged.merge.changes()[0];
    assert_eq!((change.op, change.path.as_str(), change.from.as_deref()), (ChangeOp::Move, "/done/0", Some("/todo/1")));
    assert_eq!(change.into, [Some("/done/0".into()), Some("/todo/1".into())]);
    let stays = |op| if op == ChangeOp::Move { Pick::Theirs } else { Pick::Auto };
    assert_eq!(merged.picked(stays), board([0, 0, 0], 1));

    let three = |a: &str, b: &str, c: &str| format!(r#"{{"a":[{a}],"b":[{b}],"c":[{c}]}}"#);
    let card = r#"{"id":1,"t":"x"}"#;
    let merged = Merged::new(&three(card, "", ""), &three("", card, ""), &three("", "", card));
    assert_eq!(merged.clashes(), [Clash::MoveMove]);
    assert_eq!(merged.picked(|_| Pick::Mine), three("", card, ""));
    assert_eq!(merged.picked(|_| Pick::Theirs), three("", "", card));
    assert_eq!(merged.picked(|_| Pick::Base), three(card, "", ""));

    let merged = Merged::new(&three(card, "", ""), &three("", card, ""), &three("", "", ""));
    assert_eq!(merged.clashes(), [Clash::EditDelete]);
    assert_eq!(merged.picked(|_| Pick::Mine), three("", card, ""));
    assert_eq!(merged.picked(|_| Pick::Theirs), three("", "", ""));
    assert_eq!(merged.picked(|_| Pick::Custom(r#"{"id":1,"t":"own"}"#)), three("", r#"{"id":1,"t":"own"}"#, ""));
}

#[test]
fn j16_content_identifies_cards_with_positions_or_with_ids_per_list() {
    let card = |numbered: &str, at: usize, text: &str| format!(r#"{{"{numbered}":{},"text":"{text} a page"}}"#, at + 1);
    for numbered in ["position", "id"] {
        let columns = |texts: [&[&str]; 3]| {
            let column = |(name, texts): (&str, &&[&str])| {
                let cards = texts.iter().enumerate().map(|(at, text)| card(numbered, at, text));
                format!(r#"{{"name":"{name}","cards":{}}}"#, list(cards))
            };
            list(["to do", "doing", "done"].into_iter().zip(&texts).map(column))
        };
        let base = columns([&["write", "read", "print"], &["plan", "draw"], &[]]);
        let second = columns([&["read", "print"], &["plan", "draw", "write"], &[]]);
        let third = columns([&["read", "print"], &["plan", "draw"], &["write"]]);
        let merged = Merged::new(&base, &second, &third);
        assert_eq!(merged.clean(), None, "{numbered}: moved to two columns");
        for pick in [Pick::Mine, Pick::Theirs, Pick::Base] {
            let text = merged.picked(|_| pick);
            assert_eq!(text.matches("write a page").count(), 1, "{numbered}: {text}");
        }
        let merged = Merged::new(&base, &second, &base.replace("draw a page", "draw two pages"));
        assert_eq!(merged.clean().as_deref(), Some(&*second.replace("draw a page", "draw two pages")), "{numbered}");
    }
}

#[test]
fn j16_a_record_whose_array_of_base_is_gone_does_not_merge_cleanly() {
    let tree = |first: &str, second: &str| format!(r#"[{{"id":1,"parts":[{first}]}},{{"id":2,"parts":[{second}]}}]"#);
    let base = tree(r#"{"id":3,"parts":[{"id":4}]}"#, "");
    for theirs in [tree("", ""), tree("", r#"{"id":4}"#)] {
        let merged = Merged::new(&base, &tree(r#"{"id":4}"#, ""), &theirs);
        assert_eq!(merged.clean(), None, "theirs {theirs}");
        for pick in [Pick::Mine, Pick::Theirs, Pick::Base] {
            let is_in_theirs = theirs.contains(r#""id":4"#) || pick != Pick::Theirs;
            let text = merged.decided(pick);
            assert_eq!(text.matches(r#""id":4"#).count(), usize::from(is_in_theirs), "theirs {theirs}: {text}");
        }
    }
}

/// A board with the cards 0 and 1. It always has column a, has column b unless a side removed b, and has column c if c has a card.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Board {
    /// The column of each card; `None` for a removed card.
    places: [Option<char>; 2],
    has_b: bool,
}

impl Board {
    fn all() -> impl Iterator<Item = Self> {
        let places = [Some('a'), Some('b'), Some('c'), None];
        let boards = (0..32).map(move |at| Self { places: [places[at % 4], places[at / 4 % 4]], has_b: at < 16 });
        boards.filter(|board| board.has_b || !board.places.contains(&Some('b')))
    }

    fn text(&self, are_records: bool) -> String {
        let columns = ['a', 'b', 'c'].into_iter().filter_map(|column| {
            let cards = (0..2).filter(|&card| self.places[card] == Some(column));
            let cards = list(cards.map(|card| format!(r#"{{"id":{card},"t":"card {card}"}}"#)));
            let has_column = column == 'a' || column == 'b' && self.has_b || self.places.contains(&Some(column));
            let text = if are_records {
                format!(r#"{{"id":"{column}","cards":{cards}}}"#)
            } else {
                format!(r#""{column}":{cards}"#)
            };
            has_column.then_some(text)
        });
        let columns = columns.collect::<Vec<_>>().join(",");
        if are_records { format!("[{columns}]") } else { format!("{{{columns}}}") }
    }

    /// The merged board; `None` if people have to decide.
    fn merged(base: Self, mine: Self, theirs: Self) -> Option<Self> {
        let place = |card: usize| match (base.places[card], mine.places[card], theirs.places[card]) {
            (_, one, other) if one == other => Some(one),
            (old, one, other) if one == old => Some(other),
            (old, one, other) if other == old => Some(one),
            _ => None,
        };
        let merged = Self { places: [place(0)?, place(1)?], has_b: mine.has_b && theirs.has_b };
        // The removal of a column conflicts with the removal of a card in it.
        let is_emptied = [mine, theirs].iter().any(|board| board.has_b && board.places[1].is_none());
        let is_contested = mine.has_b != theirs.has_b && is_emptied && merged.places[1].is_none();
        let is_lost = !merged.has_b && merged.places.contains(&Some('b'));
        (!is_lost && !is_contested).then_some(merged)
    }
}

#[test]
fn j16_no_decision_doubles_or_loses_a_card_of_a_new_or_removed_column() {
    let base = Board { places: [Some('a'), Some('b')], has_b: true };
    for (mine, theirs) in Board::all().flat_map(|mine| Board::all().map(move |theirs| (mine, theirs))) {
        for are_records in [false, true] {
            let [before, own, other] = [base, mine, theirs].map(|board| board.text(are_records));
            let merged = Merged::new(&before, &own, &other);
            let shown = format!("{before} {own} {other}: {} {:?}", merged.text(), merged.merge.changes());
            let right = Board::merged(base, mine, theirs);
            assert_eq!(merged.merge.is_clean(), right.is_some(), "{shown}");
            if let Some(right) = right {
                let (known, found) = (right.text(are_records), merged.text());
                for column in ["a", "b", "c"].map(|name| format!("\"{name}\"")) {
                    assert_eq!(known.contains(&column), found.contains(&column), "{shown}");
                }
                for card in 0..2 {
                    assert_eq!(place_of(&found, card), right.places[card], "{shown}");
                }
            }
            let count = merged.merge.changes().len() as u32;
            for number in 0..4_usize.pow(count.min(5)) {
                let pick =
                    |at: u32| [Pick::Auto, Pick::Base, Pick::Mine, Pick::Theirs][number / 4_usize.pow(at.min(4)) % 4];
                let picks: Vec<Pick<'_>> = (0..count).map(pick).collect();
                let text = merged.merge.compose(merged.documents(), &picks).unwrap();
                for card in 0..2 {
                    let found = text.matches(&format!(r#""id":{card},"#)).count();
                    assert!(found <= 1, "{shown} {picks:?}: {text}");
                    let is_kept = [mine, theirs].iter().all(|board| board.places[card].is_some());
                    // A result lacks such a card only if people reject a change that is not in conflict.
                    let is_conflict_or_auto =
                        |(change, pick): (&Change, &Pick<'_>)| change.clash.is_some() || *pick == Pick::Auto;
                    let are_clean_changes_kept = merged.merge.changes().iter().zip(&picks).all(is_conflict_or_auto);
                    assert!(found == 1 || !is_kept || !are_clean_changes_kept, "{shown} {picks:?}: {text}");
                }
            }
        }
    }
}

/// The column of a card. The first member of each card is its id.
fn place_of(board: &str, card: usize) -> Option<char> {
    let before = board.split_once(&format!(r#"{{"id":{card},"#))?.0;
    let is_column = |at: &usize| ["\"a\"", "\"b\"", "\"c\""].iter().any(|name| before[*at..].starts_with(name));
    let at = (0..before.len()).rev().find(|at| before.is_char_boundary(*at) && is_column(at))?;
    before[at + 1..].chars().next()
}

#[test]
fn j16_a_record_is_in_the_result_once_if_both_sides_changed_its_columns_or_parents() {
    let count = |text: &str, id: u32| text.matches(&format!("\"id\":{id}")).count();
    // Both sides moved record 1 into a new column, and record 2 into record 1.
    let base = r#"{"todo":[{"id":1,"kids":[]},{"id":2,"kids":[]}]}"#;
    let both = r#"{"todo":[],"new":[{"id":1,"kids":[{"id":2,"kids":[]}]}]}"#;
    assert_eq!(Merged::new(base, both, both).clean().as_deref(), Some(both));
    let cases = [
        // One side removed column x. The other side moved the card into x, and removed column y.
        (r#"{"x":[],"y":[{"id":1,"t":"a"}]}"#, r#"{"y":[{"id":1,"t":"a"}]}"#, r#"{"x":[{"id":1,"t":"a"}]}"#),
        (r#"{"x":[],"y":[{"id":1,"t":"a"}]}"#, r#"{"y":[{"id":1,"t":"M"}]}"#, r#"{"x":[{"id":1,"t":"a"}]}"#),
        // One side moved record 2 into record 1, which was inside record 2 in base.
        (
            r#"{"a":[{"id":2,"kids":[{"id":1,"kids":[]}]}],"b":[],"d":[]}"#,
            r#"{"a":[],"b":[{"id":2,"kids":[]}],"d":[]}"#,
            r#"{"a":[],"b":[],"d":[{"id":1,"kids":[{"id":2,"kids":[]}]}]}"#,
        ),
    ];
    for (base, mine, theirs) in cases {
        for (mine, theirs) in [(mine, theirs), (theirs, mine)] {
            let merged = Merged::new(base, mine, theirs);
            assert!(!merged.merge.is_clean(), "{mine} {theirs}: {}", merged.text());
            assert!(count(&merged.text(), 1) > 0, "{mine} {theirs}: {}", merged.text());
            for pick in [Pick::Mine, Pick::Theirs] {
                assert_eq!(count(&merged.decided(pick), 1), 1, "{mine} {theirs} {pick:?}: {}", merged.decided(pick));
            }
        }
    }
    // A new column has no id yet.
    let columns = |first: &str, more: &str| format!(r#"[{{"id":7,"cards":[{first}]}}{more}]"#);
    let card = r#"{"id":1,"text":"write a page","isDone":false}"#;
    let (base, mine) = (columns(card, ""), columns("", &format!(r#",{{"cards":[{card}]}}"#)));
    assert_eq!(Merged::new(&base, &mine, &columns("", "")).clashes(), [Clash::EditDelete]);
    let edited = card.replace("false", "true");
    assert_eq!(Merged::new(&base, &mine, &columns(&edited, "")).clashes(), [Clash::DeleteEdit]);
    assert_eq!(Merged::new(&base, &mine, &mine).clean(), Some(mine.clone()));
    // Lists of ids: both sides removed the list that had the id.
    for (base, mine, theirs) in [
        (r#"{"p":["d"],"q":[],"r":[]}"#, r#"{"q":["d"],"r":[]}"#, r#"{"q":[],"r":["d"]}"#),
        (r#"{"p":["d"],"q":[]}"#, r#"{"q":["d"]}"#, r#"{"q":[]}"#),
        (r#"{"p":["d","e"]}"#, r#"{"r":["e"]}"#, r#"{"r":["e","d"]}"#),
    ] {
        assert!(!Merged::new(base, mine, theirs).merge.is_clean(), "{mine} {theirs}");
        assert!(!Merged::new(base, theirs, mine).merge.is_clean(), "{mine} {theirs}");
    }
    for same in [r#"{"q":["d"],"r":[]}"#, r#"{"q":[],"r":["d"]}"#] {
        assert_eq!(Merged::new(r#"{"p":["d"],"q":[],"r":[]}"#, same, same).clean().as_deref(), Some(same));
    }
    // Both sides gave a column the same new name. The column has the edits of both sides.
    let merged = Merged::new(
        r#"{"todo":[{"id":1,"t":"a"},{"id":2,"t":"b"}]}"#,
        r#"{"done":[{"id":1,"t":"m"},{"id":2,"t":"b"}]}"#,
        r#"{"done":[{"id":1,"t":"a"},{"id":2,"t":"t"},{"id":9,"t":"n"}]}"#,
    );
    assert_eq!(merged.clean().as_deref(), Some(r#"{"done":[{"id":1,"t":"m"},{"id":2,"t":"t"},{"id":9,"t":"n"}]}"#));
}

#[test]
fn j16_the_changes_of_a_record_keep_their_ids_if_theirs_moves_it() {
    let base = r#"{"todo":[{"id":1,"t":"a"}],"doing":[]}"#;
    let (mine, theirs) = (base.replace("\"a\"", "\"b\""), base.replace("\"a\"", "\"c\""));
    let moved = r#"{"todo":[],"doing":[{"id":1,"t":"c"}]}"#;
    for theirs in [theirs.as_str(), moved] {
        let merged = Merged::new(base, &mine, theirs);
        let conflict = merged.merge.changes().iter().find(|change| change.clash.is_some()).unwrap();
        assert_eq!(conflict.id, "/todo/=1/t", "{theirs}");
    }
}

#[test]
fn j16_a_rule_that_merges_an_array_without_moves_leaves_a_record_once() {
    let card = r#"{"id":1,"t":"text"}"#;
    let board = |todo: &str, done: &str, x: u32| format!(r#"{{"todo":[{todo}],"done":[{done}],"x":{x}}}"#);
    let (base, mine) = (board(card, "", 1), board("", card, 1));
    for rule in [Rule::Sequence, Rule::Set, Rule::ByPlace, Rule::Atomic, Rule::Ignore] {
        for path in ["/done", "/todo", "/*"] {
            let options = Options { rules: vec![(path.into(), rule.clone())], ..Options::default() };
            let merge = |base: &str, mine: &str, theirs: &str| Merged::with(base, mine, theirs, &options);
            let shown = format!("{rule:?} {path}");
            assert_eq!(merge(&base, &mine, &mine).clean().as_deref(), Some(&*mine), "{shown}");
            if rule == Rule::Ignore {
                continue;
            }
            assert_eq!(merge(&base, &mine, &base).clean().as_deref(), Some(&*mine), "{shown}");
            assert_eq!(merge(&base, &base, &mine).clean().as_deref(), Some(&*mine), "{shown}");
            let right = board("", card, 2);
            assert_eq!(merge(&base, &mine, &board(card, "", 2)).clean(), Some(right), "{shown}");
            if rule == Rule::Set && path != "/done" {
                // In a set, an edit is a removal and an addition.
                continue;
            }
            let edited = merge(&base, &mine, &board(&card.replace("text", "edit"), "", 1));
            assert!(!edited.merge.is_clean(), "{shown}: {}", edited.text());
        }
    }
    let slides = |first: &str, more: &str, x: u32| format!(r#"[{{"id":1,"items":[{first}],"x":{x}}}{more}]"#);
    let options = Options { rules: vec![(String::new(), Rule::ByPlace)], ..Options::default() };
    let (base, mine) = (slides(card, "", 1), slides("", &format!(",{card}"), 1));
    assert_eq!(Merged::with(&base, &mine, &mine, &options).clean(), Some(mine.clone()));
    assert_eq!(
        Merged::with(&base, &mine, &slides(card, "", 2), &options).clean(),
        Some(slides("", &format!(",{card}"), 2))
    );
}

#[test]
fn j16_a_new_name_of_a_member_with_records_is_one_decision() {
    let column = |name: &str| format!(r#"{{"{name}":[{{"id":1,"t":"a"}},{{"id":2,"t":"b"}}]}}"#);
    let merged = Merged::new(&column("a"), &column("b"), &column("d"));
    assert_eq!(merged.clashes(), [Clash::EditEdit]);
    assert_eq!(merged.picked(|_| Pick::Mine), column("b"));
    assert_eq!(merged.picked(|_| Pick::Theirs), column("d"));
    assert_eq!(merged.picked(|_| Pick::Base), column("a"));
}

#[test]
fn j16_a_removed_array_hides_no_new_order_of_the_records_that_moved_out() {
    let base = r#"{"a":["n",{"id":1},{"id":2}],"x":[{"id":8}]}"#;
    let renamed = r#"{"b":["n",{"id":1},{"id":2}],"x":[{"id":8}]}"#;
    let moved = r#"{"x":[{"id":8},{"id":1},{"id":2}]}"#;
    for theirs in [r#"{"a":["n",{"id":2},{"id":1}],"x":[{"id":8}]}"#, r#"{"a":[{"id":1},"n",{"id":2}],"x":[{"id":8}]}"#]
    {
        for mine in [renamed, moved] {
            assert!(!Merged::new(base, mine, theirs).merge.is_clean(), "{mine} {theirs}");
            assert!(!Merged::new(base, theirs, mine).merge.is_clean(), "{mine} {theirs}");
        }
    }
}

#[test]
fn j16_a_card_that_both_moved_out_of_a_column_without_a_name_is_a_conflict() {
    let card = r#"{"id":3,"t":"write a page"}"#;
    let board = |columns: [&str; 3]| {
        let column = |(at, cards): (usize, &str)| format!(r#"{{"color":"color {at}","cards":[{cards}]}}"#);
        list(columns.into_iter().enumerate().map(column))
    };
    let (base, mine, theirs) = (board([card, "", ""]), board(["", card, ""]), board(["", "", card]));
    assert_eq!(Merged::new(&base, &mine, &theirs).clashes(), [Clash::MoveMove]);
    assert_eq!(Merged::new(&base, &mine, &board(["", "", ""])).clashes(), [Clash::EditDelete]);
    assert_eq!(Merged::new(&base, &mine, &mine).clean(), Some(mine.clone()));
    assert_eq!(Merged::new(&base, &mine, &base).clean(), Some(mine));
    // The card stays in its column. The edits of both sides are in the result.
    let edit = |t: &str, who: &str| board([&format!(r#"{{"id":3,"t":"{t}","who":"{who}"}},{{"id":4}}"#), "", ""]);
    let merged = Merged::new(&edit("a", "x"), &edit("b", "x"), &edit("a", "y"));
    assert_eq!(merged.clean(), Some(edit("b", "y")));
}

#[test]
fn j16_an_array_that_both_removed_does_not_count() {
    let person = r#"{"name":"Anna Alpha","tel":"123456"}"#;
    for value in [r#""alpha""#, person] {
        let lists = |old: &str, m: &str, n: &str| format!(r#"{{{old}"m":["q"{m}],"n":["r"{n}]}}"#);
        let base = lists(&format!(r#""tags":[{value}],"#), "", "");
        let more = format!(",{value}");
        let merged = Merged::new(&base, &lists("", &more, ""), &lists("", "", &more));
        assert_eq!(merged.clashes(), [Clash::MoveMove]);
        assert_eq!(merged.decided(Pick::Mine), lists("", &more, ""));
        assert_eq!(merged.decided(Pick::Theirs), lists("", "", &more));
    }
}

#[test]
fn j16_swapped_sides_have_the_same_conflicts_where_columns_were_removed() {
    let cases = [
        (r#"{"doing":[{"id":3}],"done":[]}"#, r#"{"done":[{"id":3}]}"#, r#"{"doing":[]}"#),
        (r#"{"todo":[],"doing":[{"id":1}]}"#, "{}", r#"{"todo":[{"id":1}],"doing":[]}"#),
    ];
    for (base, mine, theirs) in cases {
        let conflicts = |mine, theirs| Merged::new(base, mine, theirs).merge.conflicts();
        assert_eq!((conflicts(mine, theirs), conflicts(theirs, mine)), (2, 2), "{mine} {theirs}");
    }
}

#[test]
fn j16_records_that_were_moved_into_each_other_stay_in_the_document() {
    let node = |id: u32, children: &str| format!(r#"{{"id":{id},"children":[{children}]}}"#);
    let base = format!(r#"[{},{}]"#, node(1, ""), node(2, ""));
    let mine = format!("[{}]", node(1, &node(2, "")));
    let theirs = format!("[{}]", node(2, &node(1, "")));
    let merged = Merged::new(&base, &mine, &theirs);
    assert!(!merged.merge.is_clean());
    for id in ["\"id\":1", "\"id\":2"] {
        assert!(merged.text().contains(id), "{}", merged.text());
    }
}

#[test]
fn j16_a_custom_value_of_a_removed_card_is_in_the_column_of_the_other_side() {
    let base = r#"{"a":[{"id":1,"t":"x"}],"b":[]}"#;
    let moved = r#"{"a":[],"b":[{"id":1,"t":"x"}]}"#;
    let removed = r#"{"a":[],"b":[]}"#;
    for favor in [None, Some(Favor::Mine), Some(Favor::Theirs)] {
        for (mine, theirs) in [(moved, removed), (removed, moved)] {
            let merged = Merged::with(base, mine, theirs, &Options { favor, ..Options::default() });
            let text = merged.picked(|_| Pick::Custom(r#"{"id":1,"t":"own"}"#));
            assert_eq!(text, r#"{"a":[],"b":[{"id":1,"t":"own"}]}"#, "{favor:?} {mine} {theirs}");
        }
    }
}

#[test]
fn j16_a_move_is_decided_by_a_side() {
    let merged = Merged::new(
        r#"{"a":[{"id":1}],"b":[],"c":[]}"#,
        r#"{"a":[],"b":[{"id":1}],"c":[]}"#,
        r#"{"a":[],"b":[],"c":[{"id":1}]}"#,
    );
    for pick in [Pick::Custom("1"), Pick::Both, Pick::BothReversed, Pick::Suggested] {
        let error = merged.merge.compose(merged.documents(), &[pick]).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
    }
}

#[test]
fn j16_blanks_prove_no_identity() {
    let documents = [r#"[{"id":1,"v":[{"n":"y"}]}]"#, r#"[{"n":"y"}]"#, "[]"];
    let merged = Merged::new(documents[0], documents[1], documents[2]);
    let [base, mine, theirs] = documents.map(|text| text.replace(':', " :\n        ").replace('{', "{\n        "));
    assert_eq!(Merged::new(&base, &mine, &theirs).clashes(), merged.clashes());
}

#[test]
fn j16_a_list_of_ids_hides_no_move_of_a_record() {
    let board = |todo: &str, doing: &str, done: &str| {
        format!(r#"{{"todo":[{todo}],"doing":[{doing}],"done":[{done}],"selected":["a"]}}"#)
    };
    let card = r#"{"id":"a","text":"Bake bread"}"#;
    let edited = card.replace("bread", "cakes");
    let base = board(card, "", "");
    let merged = Merged::new(&base, &board("", card, ""), &board(&edited, "", ""));
    assert_eq!(merged.clean(), Some(board("", &edited, "")));
    let merged = Merged::new(&base, &board("", card, ""), &board("", "", card));
    assert_eq!(merged.clashes(), [Clash::MoveMove]);
}

#[test]
fn j16_one_move_that_does_not_count_hides_no_other_move() {
    let board = |todo: &str, doing: &str, done: &str, rest: &str| {
        format!(r#"{{"todo":[{todo}],"doing":[{doing}],"done":[{done}],{rest}}}"#)
    };
    let card = r#"{"id":1,"text":"card one"}"#;
    // A record that enters an array which is decided as a whole.
    let [out, within] = [
        r#""src":[{"id":9,"text":"nine"}],"w":[{"id":5,"text":"five"}]"#,
        r#""src":[],"w":[{"id":5,"text":"five"},{"id":9,"text":"nine"}]"#,
    ];
    let options = Options { rules: vec![("/w".into(), Rule::Atomic)], ..Options::default() };
    let merged =
        Merged::with(&board(card, "", "", out), &board("", "", card, within), &board("", card, "", out), &options);
    assert_eq!(merged.clashes(), [Clash::MoveMove]);
    // Records that were moved into each other.
    let tree = |parts: &str| format!(r#""tree":[{parts}]"#);
    let base = tree(r#"{"id":10,"parts":[]},{"id":20,"parts":[]}"#);
    let mine = tree(r#"{"id":20,"parts":[{"id":10,"parts":[]}]}"#);
    let theirs = tree(r#"{"id":10,"parts":[{"id":20,"parts":[]}]}"#);
    let merged = Merged::new(&board(card, "", "", &base), &board("", "", card, &mine), &board("", card, "", &theirs));
    assert!(merged.clashes().contains(&Clash::MoveMove), "{:?}", merged.clashes());
}
