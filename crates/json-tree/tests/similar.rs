//! A text that is parsed beside a similar one has the tree that it has alone, and the faults.
#![allow(clippy::unwrap_used, reason = "tests")]

use json_tree::{Fault, Kind, Tree};

const DEPTH: usize = 6;

/// All that is known of a node but whether it is a copy.
fn plain(tree: &Tree, node: u32) -> (u64, [usize; 5], &str, Kind) {
    let data = tree.data(node);
    let places = [data.begin, data.start, data.end, data.next, data.name_hash()].map(|place| place as usize);
    (data.hash, places, tree.name_source(node), data.kind())
}

fn check(text: &str, like: &Tree) {
    let parse = |like| Tree::parse(text.to_owned(), DEPTH, like).map_err(|(fault, _): (Fault, _)| fault);
    match (parse(None), parse(Some(like))) {
        (Ok(alone), Ok(beside)) => {
            let [alone, beside] = [&alone, &beside]
                .map(|tree| (0..tree.nodes().len() as u32).map(|node| plain(tree, node)).collect::<Vec<_>>());
            assert_eq!(alone, beside, "{text} beside {}", like.text());
        }
        (alone, beside) => {
            assert_eq!(alone.err(), beside.err(), "{text} beside {}", like.text());
        }
    }
}

/// A generator of numbers below `limit` (xorshift).
fn random(state: &mut u64, limit: usize) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state % limit as u64) as usize
}

const PIECES: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"a\"",
    "\"b\"",
    "\"\\u0061\"",
    "1",
    "12",
    "1.0",
    " ",
    "\n  ",
    "null",
    "true",
    "\"a\":1",
    "{\"a\":1,\"b\":[2,3]}",
    "[1,2,[3]]",
    "{\"id\":1,\"n\":\"x\"}",
    "{\"id\":2,\"n\":\"y\"}",
    ",",
    ",\"c\":",
    "\u{e9}",
];

#[test]
fn cut_and_pasted_texts() {
    let bases = [
        "[1,2,3,4,5,6,7,8]",
        r#"{"a":1,"b":{"c":[1,2,{"d":"e"}],"f":"gh"},"i":[{"id":1,"n":"x"},{"id":2,"n":"y"},{"id":3,"n":"z"}]}"#,
        "[\n  {\"id\": 1, \"t\": [\"a\", \"b\"]},\n  {\"id\": 2, \"t\": []},\n  {\"id\": 12, \"t\": [1.0, 10e-1]}\n]\n",
        "[[[[[]]]],7,7,7,7,7]",
        "\u{feff}{\"\\u0061\":1}",
    ];
    let mut state = 88172645463325252;
    for base in bases {
        let like = Tree::parse(base.to_owned(), DEPTH, None).unwrap();
        let characters: Vec<char> = base.chars().collect();
        for start in 0..characters.len() {
            for length in [0, 1, 2, 5, 12] {
                let end = (start + length).min(characters.len());
                let (head, tail): (String, String) =
                    (characters[..start].iter().collect(), characters[end..].iter().collect());
                let cut: String = characters[start..end].iter().collect();
                check(&format!("{head}{tail}"), &like);
                check(&format!("{head}{cut}{cut}{tail}"), &like);
                for piece in PIECES {
                    check(&format!("{head}{piece}{tail}"), &like);
                }
            }
        }
        for _ in 0..4000 {
            let mut text = base.to_owned();
            for _ in 0..1 + random(&mut state, 4) {
                let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
                let at = places[random(&mut state, places.len())];
                text.insert_str(at, PIECES[random(&mut state, PIECES.len())]);
            }
            check(&text, &like);
        }
    }
}

#[test]
fn lists_of_records_edited_moved_and_removed() {
    let mut state = 1;
    let record = |id: usize, edit: usize| {
        format!("{{\"id\":{id},\"text\":\"number {id}\",\"edit\":[{edit},{{\"deep\":{id}}}]}}")
    };
    let text = |records: &[(usize, usize)]| {
        let parts: Vec<String> = records.iter().map(|&(id, edit)| record(id, edit)).collect();
        format!("{{\"list\":[{}],\"end\":1}}", parts.join(", "))
    };
    let base: Vec<(usize, usize)> = (0..60).map(|id| (id, 0)).collect();
    let like = Tree::parse(text(&base), DEPTH, None).unwrap();
    for round in 0..600 {
        let mut records = base.clone();
        for _ in 0..=round % 40 {
            let at = random(&mut state, records.len());
            match random(&mut state, 4) {
                0 => records[at].1 = random(&mut state, 3),
                1 => records.insert(at, (100 + random(&mut state, 60), 0)),
                2 if records.len() > 1 => drop(records.remove(at)),
                _ => {
                    let moved = records.remove(at);
                    let to = random(&mut state, records.len() + 1);
                    records.insert(to, moved);
                }
            }
        }
        check(&text(&records), &like);
    }
}

#[test]
fn children_in_no_order_at_all() {
    let mut state = 7;
    let shapes: [fn(usize, usize) -> String; 5] = [
        |id, edit| format!("{{\"id\":{id},\"text\":\"number {id}\",\"edit\":{edit}}}"),
        |id, edit| format!("{{\"i\":{id}}}{}", if edit > 0 { " " } else { "" }),
        |id, edit| format!("{{\"all of them begin like this one\":[],\"id\":{id},\"edit\":{edit}}}"),
        |id, edit| format!("[[{id}],{{}},{edit}]"),
        |id, edit| format!("\"text {id}, {edit}\""),
    ];
    for shape in shapes {
        for members in [false, true] {
            let text = |order: &[usize], edits: usize| {
                let name = |id: usize| if members { format!("\"m{id}\": ") } else { String::new() };
                let edit = |id: usize| if id % 7 < edits { edits } else { 0 };
                let parts: Vec<String> = order.iter().map(|&id| name(id) + &shape(id, edit(id))).collect();
                let (open, close) = if members { ('{', '}') } else { ('[', ']') };
                format!("[{open}{}{close},[1]]", parts.join(",\n"))
            };
            let mut order: Vec<usize> = (0..300).collect();
            let like = Tree::parse(text(&order, 0), DEPTH, None).unwrap();
            for round in 0..40 {
                for at in (1..order.len()).rev() {
                    order.swap(at, random(&mut state, at + 1));
                }
                check(&text(&order, round % 7), &like);
                let half = &order[..150];
                check(&text(half, round % 7), &like);
                check(&text(&[half, half].concat(), round % 7), &like);
            }
        }
    }
}

#[test]
fn lists_in_no_order_inside_of_one_whose_elements_are_like_theirs() {
    let mut state = 11;
    let shuffle = |state: &mut u64, count: usize| {
        let mut order: Vec<usize> = (0..count).collect();
        for at in (1..count).rev() {
            order.swap(at, random(state, at + 1));
        }
        order
    };
    let text = |outer: &[usize], inner: &[usize]| {
        let record = |id: &usize| format!("{{\"id\":{id}}}");
        let list = inner.iter().map(record).collect::<Vec<_>>().join(",");
        let element = |id: &usize| if *id % 40 == 5 { format!("{{\"list\":[{list}]}}") } else { record(id) };
        format!("[{}]", outer.iter().map(element).collect::<Vec<_>>().join(","))
    };
    let all: Vec<usize> = (0..120).collect();
    for length in 14..22 {
        let like = Tree::parse(text(&all, &all[..length]), DEPTH, None).unwrap();
        for _ in 0..300 {
            let (outer, mut inner) = (shuffle(&mut state, 120), shuffle(&mut state, 120));
            // Lists that begin as before.
            inner.truncate(40);
            inner.insert(0, 0);
            check(&text(&outer, &inner), &like);
        }
    }
}

#[test]
fn values_have_the_hash_that_their_value_has_in_other_words() {
    let hash = |text: &str| Tree::parse(text.to_owned(), DEPTH, None).unwrap().data(0).hash;
    for (left, right) in [
        ("10", "1e1"),
        ("120", "12.0e1"),
        ("0", "-0.0"),
        ("99999999999999999", "99999999999999999.0"),
        ("999999999999999999", "9.99999999999999999e17"),
        ("1234567890123456789", "1234567890123456789.0"),
        ("{\"a\":1,\"b\":[]}", "{\"b\":[],\"\\u0061\":1.0}"),
        ("[\"x\"]", "[\"\\u0078\"]"),
    ] {
        assert_eq!(hash(left), hash(right), "{left} {right}");
    }
    for (left, right) in [("1", "10"), ("[]", "{}"), ("[1,2]", "[2,1]"), ("\"1\"", "1")] {
        assert_ne!(hash(left), hash(right), "{left} {right}");
    }
}
