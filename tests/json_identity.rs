//! The laws of identity: J15 (evidence identifies records), J16 (moves between arrays) and J17 (sequences keep their shape).
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test may fail loudly")]

use mergefetch::error::ErrorCode;
use mergefetch::merge::json::{Document, Documents, JsonMerge, Options, Rule, merge};
use mergefetch::merge::{Change, ChangeOp, Clash, Favor, Pick};

struct Merged {
    base: Document,
    mine: Document,
    theirs: Document,
    merge: JsonMerge,
}

impl Merged {
    fn new(base: &str, mine: &str, theirs: &str) -> Self {
        Self::with(base, mine, theirs, &Options::default())
    }

    fn with(base: &str, mine: &str, theirs: &str, options: &Options) -> Self {
        let [base, mine, theirs] = [base, mine, theirs].map(|text| Document::parse(text).unwrap());
        let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
        let merge = merge(documents, options).unwrap();
        Self { merge, base, mine, theirs }
    }

    fn documents(&self) -> Documents<'_> {
        Documents { base: Some(&self.base), mine: &self.mine, theirs: &self.theirs }
    }

    fn text(&self) -> String {
        self.merge.text(self.documents()).unwrap()
    }

    /// The result if it has no conflict and is not ambiguous.
    fn clean(&self) -> Option<String> {
        (self.merge.is_clean() && !self.merge.is_ambiguous()).then(|| self.text())
    }

    fn picked(&self, pick: impl Fn(ChangeOp) -> Pick<'static>) -> String {
        let picks: Vec<Pick<'_>> = self.merge.changes().iter().map(|change| pick(change.op)).collect();
        self.merge.compose(self.documents(), &picks).unwrap()
    }

    /// The result with one pick for all conflicts.
    fn decided(&self, pick: Pick<'static>) -> String {
        let pick = |change: &Change| if change.clash.is_some() { pick } else { Pick::Auto };
        let picks: Vec<Pick<'_>> = self.merge.changes().iter().map(pick).collect();
        self.merge.compose(self.documents(), &picks).unwrap()
    }

    fn clashes(&self) -> Vec<Clash> {
        self.merge.changes().iter().filter_map(|change| change.clash).collect()
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn row(position: usize, title: char, qty: u32) -> String {
    format!(r#"{{"position":{position},"title":"{title}","qty":{qty},"note":""}}"#)
}

fn rows(titles: &[char], qty: impl Fn(char) -> u32) -> String {
    list(titles.iter().enumerate().map(|(at, &title)| row(at + 1, title, qty(title))))
}

#[test]
fn j15_a_position_identifies_no_row_after_a_removal_insertion_or_move() {
    let all = ['a', 'b', 'c', 'd', 'e'];
    let theirs = |edited: char| rows(&all, |title| if title == edited { 99 } else { 1 });
    for edited in all {
        for removed in 0..all.len() {
            let mut mine = all.to_vec();
            let gone = mine.remove(removed);
            let merged = Merged::new(&rows(&all, |_| 1), &rows(&mine, |_| 1), &theirs(edited));
            let expected = rows(&mine, |title| if title == edited { 99 } else { 1 });
            assert_eq!(merged.clean(), (gone != edited).then_some(expected), "{gone} removed, {edited} edited");
            for place in 0..=mine.len() {
                let mut moved = mine.clone();
                moved.insert(place, gone);
                let merged = Merged::new(&rows(&all, |_| 1), &rows(&moved, |_| 1), &theirs(edited));
                assert_eq!(merged.clean(), Some(rows(&moved, |title| if title == edited { 99 } else { 1 })));
            }
        }
        for place in 0..=all.len() {
            let mut mine = all.to_vec();
            mine.insert(place, 'x');
            let merged = Merged::new(&rows(&all, |_| 1), &rows(&mine, |_| 1), &theirs(edited));
            assert_eq!(merged.clean(), Some(rows(&mine, |title| if title == edited { 99 } else { 1 })));
        }
    }
}

#[test]
fn j15_ascending_numbers_are_no_key_under_any_name() {
    for named in ["code", "key", "name", "slug", "title", "line"] {
        let rows = |rows: &[(&str, u32)]| {
            list(
                rows.iter()
                    .enumerate()
                    .map(|(at, (sku, qty))| format!(r#"{{"{named}":{},"sku":"{sku}","qty":{qty}}}"#, at + 1)),
            )
        };
        let base = rows(&[("axle", 1), ("bolt", 2), ("cog", 3), ("disc", 4)]);
        let mine = rows(&[("bolt", 2), ("cog", 3), ("disc", 4)]);
        let theirs = rows(&[("axle", 1), ("bolt", 2), ("cog", 9), ("disc", 4)]);
        let right = rows(&[("bolt", 2), ("cog", 9), ("disc", 4)]);
        assert_eq!(Merged::new(&base, &mine, &theirs).clean(), Some(right), "{named}");
    }
}

#[test]
fn j15_all_numbers_of_a_row_identify_a_row_of_numbers() {
    let tiers =
        |rows: &[[u32; 2]]| list(rows.iter().map(|[from, price]| format!(r#"{{"from":{from},"price":{price}}}"#)));
    let all = [[0, 10], [10, 12], [20, 15], [50, 19]];
    let without = |gone: usize| all.iter().copied().filter(|row| *row != all[gone]).collect::<Vec<_>>();
    for mine in 0..all.len() {
        for theirs in 0..all.len() {
            let merged = Merged::new(&tiers(&all), &tiers(&without(mine)), &tiers(&without(theirs)));
            let right: Vec<[u32; 2]> = without(mine).into_iter().filter(|row| *row != all[theirs]).collect();
            assert_eq!(merged.clean(), Some(tiers(&right)), "{mine} and {theirs} removed");
        }
        let mut edited = all;
        edited[1][1] = 99;
        let merged = Merged::new(&tiers(&all), &tiers(&without(mine)), &tiers(&edited));
        let right = edited.iter().enumerate().filter(|(at, _)| *at != mine).map(|(_, row)| *row).collect::<Vec<_>>();
        let result = merged.clean();
        assert!(result.as_ref().is_none_or(|text| mine != 1 && *text == tiers(&right)), "{mine} removed: {result:?}");
    }
    let series = |rows: &[[u32; 2]]| list(rows.iter().map(|[t, v]| format!(r#"{{"t":{t},"v":{v}}}"#)));
    let merged = Merged::new(&series(&[[1, 0], [2, 0]]), &series(&[[2, 0], [1, 0]]), &series(&[[1, 0], [2, 9]]));
    let result = merged.clean();
    assert!(result.as_ref().is_none_or(|text| *text == series(&[[2, 9], [1, 0]])), "{result:?}");
}

#[test]
fn j15_renumbered_ids_identify_nothing() {
    let rows = |rows: &[(u32, &str, bool)]| {
        list(rows.iter().map(|(id, title, done)| format!(r#"{{"id":{id},"t":"{title}","done":{done}}}"#)))
    };
    let base = rows(&[(1, "a", true), (2, "b", false), (3, "c", false)]);
    let mine = rows(&[(1, "a", true), (2, "b", false), (3, "c", true)]);
    let theirs = rows(&[(1, "a", true), (2, "b", false), (3, "x", false), (4, "c", false)]);
    let result = Merged::new(&base, &mine, &theirs).clean();
    let right = rows(&[(1, "a", true), (2, "b", false), (3, "x", false), (4, "c", true)]);
    assert!(result.as_ref().is_none_or(|text| *text == right), "{result:?}");
}

#[test]
fn j15_two_insertions_among_renumbered_ids_do_not_merge_cleanly() {
    let records = |texts: &[&str]| {
        list(texts.iter().enumerate().map(|(at, text)| format!(r#"{{"id":{},"text":"{text}"}}"#, at + 1)))
    };
    let merged = Merged::new(
        &records(&["first", "second"]),
        &records(&["mine", "first", "second"]),
        &records(&["first", "second", "theirs"]),
    );
    assert_eq!(merged.clean(), None, "two records would get the id 3: {:?}", merged.merge.changes());
}

#[test]
fn j15_swapped_priorities_identify_nothing() {
    let base = r#"[{"prio":1,"task":"A","who":""},{"prio":2,"task":"B","who":""}]"#;
    let mine = r#"[{"prio":2,"task":"A","who":""},{"prio":1,"task":"B","who":""}]"#;
    let theirs = r#"[{"prio":1,"task":"A","who":"ann"},{"prio":2,"task":"B","who":""}]"#;
    let merged = Merged::new(base, mine, theirs);
    assert_eq!(merged.clean().unwrap(), r#"[{"prio":2,"task":"A","who":"ann"},{"prio":1,"task":"B","who":""}]"#);
}

#[test]
fn j15_a_value_that_moved_to_the_content_of_another_record_identifies_nothing() {
    let base =
        r#"[{"slot":"a","task":"wash the car"},{"slot":"b","task":"buy some milk"},{"slot":"c","task":"call Ann"}]"#;
    let mine = r#"[{"slot":"a","task":"buy some milk"},{"slot":"b","task":"call Ann"}]"#;
    let theirs = base.replace("\"c\",", "\"c\",\"by\":\"Ben\",");
    let merged = Merged::new(base, mine, &theirs);
    assert_ne!(merged.merge.inferred().first().map(|one| one.key.clone()), Some(vec!["slot".to_owned()]));
    // Ben's edit stays with the call, or the merge is not clean.
    let result = merged.clean();
    assert!(result.as_ref().is_none_or(|text| text.contains(r#""by":"Ben","task":"call Ann""#)), "{result:?}");
}

#[test]
fn j15_ids_stay_the_key_while_new_records_lack_an_id() {
    let base = r#"[{"id":1,"name":"A"},{"id":2,"name":"B"}]"#;
    let merged = Merged::new(
        base,
        r#"[{"id":1,"name":"A"},{"id":2,"name":"B1"},{"name":"C"}]"#,
        r#"[{"id":1,"name":"A"},{"id":2,"name":"B2"}]"#,
    );
    assert_eq!(merged.clashes(), [Clash::EditEdit]);
    let inferred = &merged.merge.inferred()[0];
    assert_eq!((inferred.path.as_str(), inferred.key.as_slice(), inferred.sureness), ("", &["id".to_owned()][..], 1.0));
    let merged =
        Merged::new(base, r#"[{"name":"new"},{"id":2,"name":"B"}]"#, r#"[{"id":1,"name":"A2"},{"id":2,"name":"B"}]"#);
    assert_eq!(merged.clashes(), [Clash::DeleteEdit], "a record without an id is new");
}

#[test]
fn j15_a_rename_conflicts_with_another_rename_and_with_a_removal() {
    let fields = |name: &str| {
        format!(
            r#"[{{"name":"{name}","type":"string","help":"Where to write to"}},{{"name":"age","type":"number","help":"Years"}}]"#
        )
    };
    assert!(!Merged::new(&fields("email"), &fields("mail"), &fields("e_mail")).merge.is_clean());
    let removed = r#"[{"name":"age","type":"number","help":"Years"}]"#;
    assert!(!Merged::new(&fields("email"), removed, &fields("e_mail")).merge.is_clean());
    assert!(!Merged::new(&fields("email"), &fields("e_mail"), removed).merge.is_clean());

    let object = |name: &str| format!(r#"{{"{name}":"a@example.com","age":1}}"#);
    let merged = Merged::new(&object("email"), &object("mail"), &object("e_mail"));
    assert_eq!(merged.clashes(), [Clash::EditEdit]);
    assert_eq!(merged.picked(|_| Pick::Mine), object("mail"));
    assert_eq!(merged.picked(|_| Pick::Theirs), object("e_mail"));
    assert_eq!(merged.picked(|_| Pick::Base), object("email"));
    assert_eq!(Merged::new(&object("email"), &object("mail"), r#"{"age":1}"#).clashes(), [Clash::EditDelete]);
    assert_eq!(Merged::new(&object("email"), r#"{"age":1}"#, &object("mail")).clashes(), [Clash::DeleteEdit]);
    assert_eq!(Merged::new(&object("email"), &object("mail"), &object("mail")).clean(), Some(object("mail")));
}

#[test]
fn j15_a_member_that_was_renamed_and_edited_is_not_in_the_result_twice() {
    let rate = |name: &str, price: u32, unit: &str| {
        format!(r#"{{"{name}":{{"price":{price},"unit":"{unit}","min":1}},"age":1}}"#)
    };
    let base = rate("night", 80, "bed");
    let (mine, theirs) = (rate("per_night", 90, "bed"), rate("overnight", 70, "bed"));
    let merged = Merged::new(&base, &mine, &theirs);
    assert_eq!(merged.clashes(), [Clash::EditEdit]);
    assert_eq!(merged.picked(|_| Pick::Mine), mine);
    assert_eq!(merged.picked(|_| Pick::Theirs), theirs);
    assert_eq!(merged.picked(|_| Pick::Base), base);
    assert_eq!(Merged::new(&base, &mine, r#"{"age":1}"#).clashes(), [Clash::EditDelete]);
    assert_eq!(Merged::new(&base, r#"{"age":1}"#, &theirs).clashes(), [Clash::DeleteEdit]);
    // Both sides removed the member. The new members have other values.
    let other = r#"{"weekend":{"from":"friday"},"age":1}"#;
    assert_eq!(Merged::new(&base, other, r#"{"age":1}"#).clean().as_deref(), Some(other));
    // Two new members are alike, so that the documents do not show which one was renamed.
    let two = r#"{"early":{"price":90,"unit":"bed","min":1},"late":{"price":70,"unit":"bed","min":1},"age":1}"#;
    assert_eq!(Merged::new(&base, two, r#"{"age":1}"#).clean().as_deref(), Some(two));
}

#[test]
fn j15_a_removal_and_an_edit_among_equal_records_do_not_merge_cleanly() {
    // The documents do not show which of the equal rows mine removed.
    let merged = Merged::new(
        r#"[{"t":"x"},{"t":"x"},{"t":"x"}]"#,
        r#"[{"t":"x"},{"t":"x"}]"#,
        r#"[{"t":"x"},{"t":"y"},{"t":"x"}]"#,
    );
    assert_eq!(merged.clean(), None);
}

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

/// A board of the columns a, b and c with the cards 1 and 2. Column a is always there, b unless it was removed, and c if it has a card.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Changing {
    /// The column of each card; `None` for a removed card.
    places: [Option<char>; 2],
    has_b: bool,
}

impl Changing {
    fn all() -> impl Iterator<Item = Self> {
        let places = [Some('a'), Some('b'), Some('c'), None];
        let boards = (0..32).map(move |at| Self { places: [places[at % 4], places[at / 4 % 4]], has_b: at < 16 });
        boards.filter(|board| board.has_b || !board.places.contains(&Some('b')))
    }

    fn text(&self, are_records: bool) -> String {
        let columns = ['a', 'b', 'c'].into_iter().filter_map(|column| {
            let cards = (0..2).filter(|&card| self.places[card] == Some(column));
            let cards = list(cards.map(|card| format!(r#"{{"id":{card},"t":"card {card}"}}"#)));
            let is_there = column == 'a' || column == 'b' && self.has_b || self.places.contains(&Some(column));
            let text = if are_records {
                format!(r#"{{"id":"{column}","cards":{cards}}}"#)
            } else {
                format!(r#""{column}":{cards}"#)
            };
            is_there.then_some(text)
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
    let base = Changing { places: [Some('a'), Some('b')], has_b: true };
    for (mine, theirs) in Changing::all().flat_map(|mine| Changing::all().map(move |theirs| (mine, theirs))) {
        for are_records in [false, true] {
            let [before, own, other] = [base, mine, theirs].map(|board| board.text(are_records));
            let merged = Merged::new(&before, &own, &other);
            let shown = format!("{before} {own} {other}: {} {:?}", merged.text(), merged.merge.changes());
            let right = Changing::merged(base, mine, theirs);
            assert_eq!(merged.merge.is_clean(), right.is_some(), "{shown}");
            if let Some(right) = right {
                let known = Document::parse(right.text(are_records)).unwrap();
                let found = Document::parse(merged.text()).unwrap();
                for card in 0..2 {
                    let column = |text: &str| text.split("\"cards\"").count();
                    assert_eq!(column(known.text()), column(found.text()), "{shown}");
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
                    // Only people who take back a change without a conflict can remove each place of a card.
                    let are_conflicts =
                        |(change, pick): (&Change, &Pick<'_>)| change.clash.is_some() || *pick == Pick::Auto;
                    let is_needed = merged.merge.changes().iter().zip(&picks).all(are_conflicts);
                    assert!(found == 1 || !is_kept || !is_needed, "{shown} {picks:?}: {text}");
                }
            }
        }
    }
}

/// The column of a card, which has the id of the card as its first member.
fn place_of(board: &Document, card: usize) -> Option<char> {
    let text = board.text();
    let before = text.split_once(&format!(r#"{{"id":{card},"#))?.0;
    let is_column = |at: &usize| ["\"a\"", "\"b\"", "\"c\""].iter().any(|name| before[*at..].starts_with(name));
    let at = (0..before.len()).rev().find(|at| before.is_char_boundary(*at) && is_column(at))?;
    before[at + 1..].chars().next()
}

#[test]
fn j16_records_in_records_and_columns_that_both_changed_keep_each_record_once() {
    let count = |text: &str, id: u32| text.matches(&format!("\"id\":{id}")).count();
    // Both sides moved one record into a new column, and another one into it.
    let base = r#"{"todo":[{"id":1,"kids":[]},{"id":2,"kids":[]}]}"#;
    let both = r#"{"todo":[],"new":[{"id":1,"kids":[{"id":2,"kids":[]}]}]}"#;
    assert_eq!(Merged::new(base, both, both).clean().as_deref(), Some(both));
    let cases = [
        // One side removed a column. The other moved the card there, and removed its old column.
        (r#"{"x":[],"y":[{"id":1,"t":"a"}]}"#, r#"{"y":[{"id":1,"t":"a"}]}"#, r#"{"x":[{"id":1,"t":"a"}]}"#),
        (r#"{"x":[],"y":[{"id":1,"t":"a"}]}"#, r#"{"y":[{"id":1,"t":"M"}]}"#, r#"{"x":[{"id":1,"t":"a"}]}"#),
        // One side turned parent and child round.
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
    // Both sides gave a column the same new name. The edits of both are in it.
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
fn j17_flags_are_merged_place_by_place_for_all_lists_of_up_to_four() {
    for length in 1..=4_u32 {
        let flags = |number: u32| list((0..length).map(|at| (number >> at & 1 == 1).to_string()));
        for base in 0..1 << length {
            for mine in 0..1 << length {
                for theirs in 0..1 << length {
                    let merged = Merged::new(&flags(base), &flags(mine), &flags(theirs));
                    // Two values cannot conflict: if both sides changed a flag, both set the same value.
                    assert_eq!(merged.clean(), Some(flags(base ^ ((base ^ mine) | (base ^ theirs)))));
                }
            }
        }
    }
}

#[test]
fn j17_a_grid_keeps_its_shape_and_by_place_fixes_the_shape_of_any_array() {
    let merged = Merged::new("[[0,0],[0,0]]", "[[1,0],[0,0]]", "[[0,1],[0,0]]");
    assert_eq!(merged.clean().unwrap(), "[[1,1],[0,0]]");
    let merged = Merged::new("[0,0,1]", "[0,1,0]", "[2,0,1]");
    assert_eq!(merged.clean(), None, "the documents do not show whether mine moved the 1 or set two values");
    let options = Options { rules: vec![(String::new(), Rule::ByPlace)], ..Options::default() };
    assert_eq!(Merged::with("[0,0,1]", "[0,1,0]", "[2,0,1]", &options).clean().unwrap(), "[2,1,0]");
    let merged = Merged::with(r#"["a","b"]"#, r#"["b","a"]"#, r#"["a","c"]"#, &options);
    assert_eq!(merged.clashes(), [Clash::EditEdit]);
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
fn j15_an_element_that_a_side_rewrote_is_decided_alone() {
    let cell = |lines: &[&str], count: u32| {
        let lines: Vec<String> = lines.iter().map(|line| format!("{line:?}")).collect();
        format!(r#"{{"type":"code","count":{count},"outputs":[],"source":[{}]}}"#, lines.join(","))
    };
    let notebook = |cells: &[&String]| {
        let cells: Vec<&str> = cells.iter().map(|cell| cell.as_str()).collect();
        format!(r#"{{"cells":[{}],"format":4}}"#, cells.join(","))
    };
    let (first, last) = (cell(&["import os\n"], 1), cell(&["z = x + y\n"], 3));
    let base = cell(&["x = 1\n", "y = 2\n", "print(x)\n"], 2);
    let mine = cell(&["x = 1\n", "y = 3\n", "print(x)\n"], 7);
    let theirs = cell(&["x = 10\n", "y = 4\n", "print(x, y)\n"], 2);
    let new = cell(&["done()\n"], 4);
    let merged = Merged::new(
        &notebook(&[&first, &base, &last]),
        &notebook(&[&first, &mine, &last]),
        &notebook(&[&first, &theirs, &last, &new]),
    );
    assert_eq!(merged.clashes(), [Clash::EditEdit]);
    let conflict = merged.merge.changes().iter().find(|change| change.clash.is_some()).unwrap();
    assert_eq!((conflict.path.as_str(), conflict.mine.as_ref()), ("/cells/1", Some(&mine)));
    assert_eq!(merged.decided(Pick::Theirs), notebook(&[&first, &theirs, &last, &new]));
    assert_eq!(merged.decided(Pick::Mine), notebook(&[&first, &mine, &last, &new]));
}

#[test]
fn j15_a_copy_with_an_edited_original_gives_no_other_ids() {
    let row = |id: u32, title: &str, items: &str| format!(r#"{{"id":{id},"title":"{title}","items":[{items}]}}"#);
    let list = |rows: &[String]| format!(r#"{{"rows":[{}]}}"#, rows.join(","));
    let item = r#"{"name":"bridge garden","qty":1}"#;
    let edited = item.replace('1', "4");
    let first = row(11, "needle garden", "");
    let base = list(&[first.clone(), row(13, "paper door", item)]);
    let mine = list(&[first.clone(), row(13, "paper door", &edited)]);
    // Theirs copied the row, and then emptied the original.
    let theirs = list(&[first, row(15, "paper door", item), row(13, "paper door", "")]);
    for (mine, theirs) in [(&mine, &theirs), (&theirs, &mine)] {
        assert_eq!(Merged::new(&base, mine, theirs).clean(), None);
    }
}

#[test]
fn j15_a_new_record_with_the_old_title_of_another_gets_no_edit() {
    let row = |id: u32, title: &str, rest: &str| format!(r#"{{"id":{id},"t":"{title}"{rest}}}"#);
    let list = |rows: &[String]| format!("[{}]", rows.join(","));
    for others in 0..3 {
        let others: Vec<String> = (10..10 + others).map(|id| row(id, &format!("other {id}"), "")).collect();
        let with = |rows: &[String]| list(&[rows, &others].concat());
        let base = with(&[row(1, "New task", "")]);
        let mine = with(&[row(1, "New task", r#","done":true"#)]);
        let theirs = with(&[row(1, "Buy milk", ""), row(4, "New task", "")]);
        let right = with(&[row(1, "Buy milk", r#","done":true"#), row(4, "New task", "")]);
        for (mine, theirs) in [(&mine, &theirs), (&theirs, &mine)] {
            let clean = Merged::new(&base, mine, theirs).clean();
            assert!(clean.is_none() || clean.as_ref() == Some(&right), "{clean:?}");
        }
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

#[test]
fn j15_a_column_is_known_by_its_id_or_name_whatever_cards_are_in_it() {
    for member in ["id", "name"] {
        let board = |columns: [&str; 3]| {
            let columns = columns.iter().enumerate();
            let columns = columns.map(|(at, cards)| format!(r#"{{"{member}":"column {at}","cards":[{cards}]}}"#));
            format!("[{}]", columns.collect::<Vec<_>>().join(","))
        };
        let card = |id: u32, text: &str| format!(r#"{{"id":{id},"text":"{text}"}}"#);
        let (one, edited, new) = (card(1, "Bake bread"), card(1, "Bake cakes"), card(9, "Buy milk"));
        let base = board(["", "", &one]);
        let merged = Merged::new(&base, &board(["", "", &edited]), &board([&one, "", ""]));
        assert_eq!(merged.clean(), Some(board([&edited, "", ""])), "{member}");
        let merged = Merged::new(&base, &board([&new, "", &one]), &board([&one, "", ""]));
        assert!(merged.text().contains(&one) && merged.text().contains(&new), "{member} {}", merged.text());
        // All cards advance by one column, and a card is new.
        let cards = [1, 2, 3, 4].map(|id| card(id, &format!("card {id}")));
        let (first, last) = (cards[..2].join(","), cards[2..].join(","));
        let base = board([&first, &last, ""]);
        let with_new = format!("{first},{new}");
        let merged = Merged::new(&base, &board(["", &first, &last]), &board([&with_new, &last, ""]));
        assert_eq!(merged.clean(), Some(board([&new, &first, &last])), "{member}");
    }
}

#[test]
fn j15_a_rule_with_a_key_that_no_element_has_hides_no_conflict() {
    let list = |items: &[(&str, bool)]| {
        let items = items.iter().map(|(text, is)| format!(r#"{{"text":"{text}","is":{is}}}"#));
        format!("[{}]", items.collect::<Vec<_>>().join(","))
    };
    let base = list(&[("Milk", false), ("Bread", false)]);
    let (mine, theirs) = (list(&[("Milk", true), ("Bread", false)]), list(&[("Bread", false)]));
    let options = Options { rules: vec![(String::new(), Rule::Key(vec!["nope".into()]))], ..Options::default() };
    assert_eq!(Merged::new(&base, &mine, &theirs).clashes(), [Clash::EditDelete]);
    assert_eq!(Merged::with(&base, &mine, &theirs, &options).clashes(), [Clash::EditDelete]);
}
