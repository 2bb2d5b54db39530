//! The laws of identity: J15 (evidence identifies records) and J17 (sequences keep their shape).
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test may fail loudly")]

mod support;

use mergefetch::merge::json::{Options, Rule};
use mergefetch::merge::{Clash, Pick};
use support::{Merged, list};

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
fn j15_a_removal_and_an_edit_among_equal_records_do_not_merge_cleanly() {
    // The documents do not show which of the equal rows mine removed.
    let merged = Merged::new(
        r#"[{"t":"x"},{"t":"x"},{"t":"x"}]"#,
        r#"[{"t":"x"},{"t":"x"}]"#,
        r#"[{"t":"x"},{"t":"y"},{"t":"x"}]"#,
    );
    assert_eq!(merged.clean(), None);
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
