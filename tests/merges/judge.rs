//! Judges a merge by its truth.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use mergefetch::merge::ChangeState;
use mergefetch::merge::json::{Document as Json, Documents, JsonMerge, Options, merge};

use super::model::{Content, Document, Field, Item, List, ListKind};
use super::truth::{Orders, Truth, truth};
use super::worlds::{Sort, World};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Clean and right.
    Right,
    /// Clean, right, and marked as ambiguous.
    RightMarked,
    /// A conflict that people must decide.
    Asked,
    /// A conflict, although the right result is known.
    Needless,
    /// Clean, wrong, and marked as ambiguous.
    Marked,
    /// Clean, wrong, and not marked.
    Wrong,
}

/// Merges, and compares the result with the truth.
///
/// The documents fit several histories if they have copies (`World::has_copies`) or equal elements, or if an edit looks like another one.
/// A clean result is then right if no edit is missing.
pub fn judge(base: &Document, mine: &Document, theirs: &Document, world: &World) -> (Verdict, String) {
    let has_copies = world.has_copies;
    let texts = [base, mine, theirs].map(Document::text);
    let [old, own, other] = texts.each_ref().map(|text| Json::parse(text.as_str()).unwrap());
    let documents = Documents { base: Some(&old), mine: &own, theirs: &other };
    let rules = world.sort.rules();
    let merged = merge(documents, &Options { rules, ..Options::default() }).unwrap();
    let text = merged.text(documents).unwrap();
    let result: Value = serde_json::from_str(&text).unwrap();
    let is_asked = !merged.is_clean();
    let is_marked = merged.is_ambiguous();
    let has_several_histories = || {
        has_copies
            || has_equal_elements([base, mine, theirs])
            || [mine, theirs].iter().any(|side| {
                has_lookalike(base, side)
                    || has_other_member(&base.root, &side.root)
                    || has_equal_missing(&base.root, &side.root)
                    || has_edited_and_moved(base, side)
                    || has_closed_and_renamed(base, side)
                    || has_equal_new_member(base, side)
                    || has_passed_on(base, side)
                    || has_equal_successor(base, side)
            })
    };
    let is_edit_of_one = texts[1] == texts[0] || texts[2] == texts[0] || texts[1] == texts[2];
    let (verdict, right) = match truth(base, mine, theirs) {
        _ if is_edit_of_one && !is_asked => {
            // Only one person edited, or both made the same edit, which is the right result.
            let edit = if texts[1] == texts[0] { &texts[2] } else { &texts[1] };
            let is_right = result == serde_json::from_str::<Value>(edit).unwrap();
            (if is_right { Verdict::Right } else { Verdict::Wrong }, edit.clone())
        }
        Truth::Decide(why) if is_asked => (Verdict::Asked, why.to_owned()),
        Truth::Decide(why) if is_marked => (Verdict::Marked, why.to_owned()),
        Truth::Decide(why) => {
            // If one person edited and moved an element, and the other removed it, it looks like a new element.
            let is_new =
                [mine, theirs].iter().any(|side| has_edited_and_moved(base, side)) && has_additions(&texts, &text);
            let is_alike = is_new || (has_several_histories() && has_all_edits(&texts, &text));
            (if is_alike { Verdict::Right } else { Verdict::Wrong }, why.to_owned())
        }
        Truth::Clean(right) => {
            let has_parts = canonical(&right.root) == canonical_value(&result, Some(&right.root));
            // An edited and moved element without an id looks like a new element, which may be at any place.
            let is_free = || [mine, theirs].iter().any(|side| has_edited_and_moved(base, side));
            let is_right = (has_parts
                && (is_ordered(&right.root, &result, &Orders::of([base, mine, theirs])) || is_free()))
                || (has_several_histories() && has_all_edits(&texts, &text));
            let verdict = match (is_asked, is_right, is_marked) {
                (true, ..) => Verdict::Needless,
                (false, true, false) => Verdict::Right,
                (false, true, true) => Verdict::RightMarked,
                (false, false, true) => Verdict::Marked,
                (false, false, false) => Verdict::Wrong,
            };
            (verdict, right.text())
        }
    };
    (verdict, story(&texts, &text, &right, &merged))
}

fn story([base, mine, theirs]: &[String; 3], result: &str, right: &str, merged: &JsonMerge) -> String {
    let mut out = format!("base   {base}\nmine   {mine}\ntheirs {theirs}\nresult {result}\nright  {right}");
    for change in merged.changes() {
        let state = if change.state == ChangeState::Conflict { "conflict" } else { "change" };
        out.push_str(&format!(
            "\n  {state} {} {:?} ambiguous {} | {:?} | {:?} | {:?}",
            change.id, change.clash, change.ambiguous, change.base, change.mine, change.theirs
        ));
    }
    for inferred in merged.inferred() {
        out.push_str(&format!("\n  key {} {:?} {}", inferred.path, inferred.key, inferred.sureness));
    }
    out
}

/// Whether a person removed a record without an id, and inserted another record with at least half of its values.
fn has_lookalike(base: &Document, side: &Document) -> bool {
    let lists = side.lists();
    base.lists().iter().any(|old| {
        let Some(new) = lists.iter().find(|list| list.hidden == old.hidden) else { return false };
        let gone = old.items.iter().filter(|item| new.items.iter().all(|one| one.hidden != item.hidden));
        let mut inserted = new.items.iter().filter(|item| old.items.iter().all(|one| one.hidden != item.hidden));
        let gone: Vec<&Item> = gone.collect();
        inserted.any(|new| gone.iter().any(|old| is_like(&old.content, &new.content)))
    })
}

fn is_like(old: &Content, new: &Content) -> bool {
    let is_content = |field: &&Field| !["id", "position", "lineNo", "execution_count"].contains(&field.name.as_str());
    if old.fields().iter().any(|field| field.name == "id") {
        return false;
    }
    let values: Vec<&Field> = old.fields().iter().filter(is_content).collect();
    let same = values.iter().filter(|field| {
        let twin = new.fields().iter().find(|one| one.name == field.name);
        twin.is_some_and(|twin| twin.content.text() == field.content.text())
    });
    same.count() * 2 >= values.len()
}

/// Whether a person gave a member another name and another value, so that it looks like another member.
fn has_other_member(base: &Content, side: &Content) -> bool {
    base.fields().iter().any(|old| {
        let now = side.fields().iter().find(|field| field.hidden == old.hidden);
        now.is_some_and(|now| now.name != old.name && now.content.text() != old.content.text())
    })
}

/// Whether two members with equal values are missing on a side. If it has a new member with this value, either was renamed.
fn has_equal_missing(base: &Content, side: &Content) -> bool {
    let missing = base.fields().iter().filter(|old| side.fields().iter().all(|now| now.name != old.name));
    let mut seen = BTreeSet::new();
    !missing.map(|field| field.content.text()).all(|text| seen.insert(text))
}

/// Whether a person removed a member, and added another one with an equal value. It looks like a rename.
fn has_equal_new_member(base: &Document, side: &Document) -> bool {
    let [before, after] = [base, side].map(|document| document.root.fields());
    let only_in = |one: &[Field], other: &[Field]| -> BTreeSet<String> {
        let is_only = |field: &&Field| other.iter().all(|known| known.hidden != field.hidden);
        one.iter().filter(is_only).map(|field| field.content.text()).collect()
    };
    !only_in(before, after).is_disjoint(&only_in(after, before))
}

/// Whether a person closed a column into a new one, or into another one with a new name. It looks like a rename of the closed column.
fn has_closed_and_renamed(base: &Document, side: &Document) -> bool {
    let [before, after] = [base, side].map(|document| columns(document.root.fields()));
    let is_renamed = |(name, list): &(String, &List)| {
        let known = before.iter().find(|(_, known)| known.hidden == list.hidden);
        known.is_none_or(|(old, _)| old != name)
    };
    let renamed: Vec<&List> = after.iter().filter(|column| is_renamed(column)).map(|column| column.1).collect();
    let is_closed = |list: &List| after.iter().all(|(_, now)| now.hidden != list.hidden);
    let is_in_renamed = |item: &Item| renamed.iter().any(|list| list.items.iter().any(|now| now.hidden == item.hidden));
    before.iter().any(|(_, list)| is_closed(list) && list.items.iter().any(is_in_renamed))
}

/// Whether a member has the name of another member that had the same value. The documents do not show it.
fn has_equal_successor(base: &Document, side: &Document) -> bool {
    side.root.fields().iter().any(|now| {
        let mut old = base.root.fields().iter().filter(|old| old.name == now.name && old.hidden != now.hidden);
        old.any(|old| old.content.text() == now.content.text())
    })
}

/// Whether a column has the name that another column had. It looks as if a person had moved all cards.
fn has_passed_on(base: &Document, side: &Document) -> bool {
    let [before, after] = [base, side].map(|document| columns(document.root.fields()));
    after.iter().any(|(name, list)| before.iter().any(|(known, old)| known == name && old.hidden != list.hidden))
}

/// The columns with their names: lists that are members, or that are inside of records with names.
fn columns(fields: &[Field]) -> Vec<(String, &List)> {
    let name = fields.iter().find(|field| field.name == "name").map(|field| field.content.text());
    let mut found = Vec::new();
    for field in fields {
        if let Content::List(list) = &field.content {
            found.push((name.clone().unwrap_or_else(|| field.name.clone()), list));
            found.extend(list.items.iter().flat_map(|item| columns(item.content.fields())));
        }
    }
    found
}

/// Whether a list has two equal elements.
fn has_equal_elements(documents: [&Document; 3]) -> bool {
    documents.iter().any(|document| {
        document.lists().iter().filter(|list| list.kind != ListKind::Places).any(|list| {
            let mut seen = BTreeSet::new();
            !list.items.iter().all(|item| seen.insert(without_numbers(&item.content)))
        })
    })
}

/// The text of an element without ids and positions.
fn without_numbers(content: &Content) -> String {
    match content {
        Content::Object(fields) => {
            let meaningful = fields
                .iter()
                .filter(|field| !["id", "position", "lineNo", "execution_count"].contains(&field.name.as_str()));
            meaningful.map(|field| format!("{}:{},", field.name, without_numbers(&field.content))).collect()
        }
        other => other.text(),
    }
}

/// Whether each text occurs in the result as often as it must: the additions and removals of both people add up.
fn has_all_edits([base, mine, theirs]: &[String; 3], result: &str) -> bool {
    let [base, mine, theirs, result] = [base.as_str(), mine, theirs, result].map(scalars);
    let count = |of: &BTreeMap<String, usize>, value: &String| of.get(value).copied().unwrap_or(0);
    let names: BTreeSet<&String> = [&base, &mine, &theirs, &result].iter().flat_map(|one| one.keys()).collect();
    // Texts without a number are common, so that the edits of both people may hide each other.
    let is_own = |value: &&&String| value.starts_with('"') && value.bytes().any(|byte| byte.is_ascii_digit());
    names.iter().filter(is_own).all(|value| {
        let [old, own, other, now] = [&base, &mine, &theirs, &result].map(|one| count(one, value) as i64);
        let (by_mine, by_theirs) = (own - old, other - old);
        let sum = old + by_mine + by_theirs;
        // Equal additions or removals of both people may be one.
        let is_one = |least: i64, most: i64| (least..=most).contains(&now);
        match (by_mine.signum(), by_theirs.signum()) {
            (1, 1) => is_one(old + by_mine.max(by_theirs), sum),
            (-1, -1) => is_one(sum, old + by_mine.min(by_theirs)),
            _ => now == sum,
        }
    })
}

/// Whether the result has each text that a person added.
fn has_additions([base, mine, theirs]: &[String; 3], result: &str) -> bool {
    let [base, mine, theirs, result] = [base.as_str(), mine, theirs, result].map(scalars);
    let mut added =
        mine.keys().chain(theirs.keys()).filter(|value| value.starts_with('"') && !base.contains_key(*value));
    added.all(|value| result.contains_key(value))
}

/// The number of occurrences of each scalar in a document.
fn scalars(text: &str) -> BTreeMap<String, usize> {
    fn add(value: &Value, found: &mut BTreeMap<String, usize>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| add(item, found)),
            Value::Object(members) => members.values().for_each(|member| add(member, found)),
            scalar => *found.entry(scalar.to_string()).or_default() += 1,
        }
    }
    let mut found = BTreeMap::new();
    add(&serde_json::from_str(text).unwrap(), &mut found);
    found
}

/// A text that depends neither on the order of members nor on the order of records and tags.
fn canonical(content: &Content) -> String {
    match content {
        Content::Scalar(value) => value.to_string(),
        Content::Object(fields) => {
            let mut members: Vec<String> =
                fields.iter().map(|field| format!("{}:{}", field.name, canonical(&field.content))).collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        Content::List(list) => {
            let mut items: Vec<String> = list.items.iter().map(|item| canonical(&item.content)).collect();
            if list.kind != ListKind::Places {
                items.sort();
            }
            format!("[{}]", items.join(","))
        }
    }
}

/// The [`canonical`] text of a value, with the kinds of lists in `like`.
fn canonical_value(value: &Value, like: Option<&Content>) -> String {
    match (value, like) {
        (Value::Object(members), like) => {
            let like_of = |name: &str| {
                like.and_then(|like| like.fields().iter().find(|field| field.name == name)).map(|field| &field.content)
            };
            let mut members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{name}:{}", canonical_value(value, like_of(name))))
                .collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        (Value::Array(items), Some(Content::List(list))) => {
            // All records of a list have the shape of its first record.
            let like = list.items.first().map(|item| &item.content);
            let mut items: Vec<String> = items.iter().map(|item| canonical_value(item, like)).collect();
            if list.kind != ListKind::Places {
                items.sort();
            }
            format!("[{}]", items.join(","))
        }
        (Value::Array(items), _) => {
            let mut items: Vec<String> = items.iter().map(|item| canonical_value(item, None)).collect();
            items.sort();
            format!("[{}]", items.join(","))
        }
        (scalar, _) => scalar.to_string(),
    }
}

/// Whether a person edited an element without an id, and moved elements of its list, or moved it to another list.
fn has_edited_and_moved(base: &Document, side: &Document) -> bool {
    let lists = side.lists();
    let find = |item: &Item| {
        lists.iter().find_map(|list| {
            let at = list.items.iter().position(|one| one.hidden == item.hidden)?;
            Some((list.hidden, at, &list.items[at]))
        })
    };
    base.lists().iter().filter(|list| matches!(list.kind, ListKind::Records | ListKind::Named)).any(|old| {
        let now: Vec<_> = old.items.iter().filter_map(|item| Some((item, find(item)?))).collect();
        let is_edited = |item: &Item, now: &Item| {
            item.content.fields().iter().all(|field| field.name != "id")
                && without_numbers(&item.content) != without_numbers(&now.content)
        };
        let mut edited = now.iter().filter(|(item, (_, _, now))| is_edited(item, now)).peekable();
        let is_reordered = now.windows(2).any(|pair| pair[0].1.1 > pair[1].1.1);
        edited.peek().is_some() && (is_reordered || edited.any(|(_, (list, _, _))| *list != old.hidden))
    })
}

/// Whether `result` keeps each order of two elements that all sides agree on.
fn is_ordered(right: &Content, result: &Value, orders: &Orders) -> bool {
    match (right, result) {
        (Content::Object(fields), Value::Object(members)) => {
            fields.iter().all(|field| is_ordered(&field.content, &members[&field.name], orders))
        }
        (Content::List(list), Value::Array(items)) if list.kind == ListKind::Places => {
            list.items.iter().zip(items).all(|(item, value)| is_ordered(&item.content, value, orders))
        }
        (Content::List(list), Value::Array(items)) => is_list_ordered(list, items, orders),
        _ => true,
    }
}

fn is_list_ordered(list: &List, items: &[Value], orders: &Orders) -> bool {
    let like = list.items.first().map(|item| &item.content);
    let texts: Vec<String> = items.iter().map(|item| canonical_value(item, like)).collect();
    let mut places: Vec<(usize, usize)> = Vec::new();
    for (at, item) in list.items.iter().enumerate() {
        let text = canonical(&item.content);
        let mut found = texts.iter().enumerate().filter(|(_, one)| **one == text);
        if let (Some((place, _)), None) = (found.next(), found.next()) {
            if !is_ordered(&item.content, &items[place], orders) {
                return false;
            }
            places.push((at, place));
        }
    }
    places.iter().all(|&(one, place)| {
        places.iter().all(|&(other, other_place)| {
            !orders.is_before(list.items[one].hidden, list.items[other].hidden) || place < other_place
        })
    })
}

/// The number of merges with each verdict.
#[derive(Debug, Default)]
pub struct Tally(BTreeMap<Sort, BTreeMap<Verdict, usize>>);

const VERDICTS: [Verdict; 6] =
    [Verdict::Right, Verdict::RightMarked, Verdict::Asked, Verdict::Needless, Verdict::Marked, Verdict::Wrong];

impl Tally {
    pub fn add(&mut self, sort: Sort, verdict: Verdict) {
        *self.0.entry(sort).or_default().entry(verdict).or_default() += 1;
    }

    fn of(&self, sort: Sort, verdict: Verdict) -> usize {
        self.0.get(&sort).and_then(|counts| counts.get(&verdict)).copied().unwrap_or(0)
    }

    fn sum(&self, verdict: Verdict, is_counted: impl Fn(Sort) -> bool) -> usize {
        self.0.keys().filter(|sort| is_counted(**sort)).map(|&sort| self.of(sort, verdict)).sum()
    }

    fn share(&self, verdict: Verdict, is_counted: impl Fn(Sort) -> bool + Copy) -> f64 {
        let all: usize = VERDICTS.iter().map(|&one| self.sum(one, is_counted)).sum();
        100.0 * self.sum(verdict, is_counted) as f64 / all.max(1) as f64
    }

    /// Checks the limits of law S11.
    pub fn check(&self) {
        assert_eq!(self.sum(Verdict::Wrong, |_| true), 0, "wrong results that are clean and not marked");
        let [marked, with_ids, without] = [
            self.share(Verdict::Marked, |_| true),
            self.share(Verdict::Needless, Sort::has_ids),
            self.share(Verdict::Needless, |sort| !sort.has_ids()),
        ];
        assert!(marked <= 1.0, "{marked:.2} % of the results are wrong, clean and marked");
        assert!(with_ids <= 2.0, "{with_ids:.2} % of the merges with ids conflict needlessly");
        assert!(without <= 25.0, "{without:.2} % of the merges without ids conflict needlessly");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:14}", "sort")?;
        for verdict in VERDICTS {
            write!(out, "{:>13}", format!("{verdict:?}"))?;
        }
        for &sort in self.0.keys() {
            write!(out, "\n{:14}", format!("{sort:?}"))?;
            for verdict in VERDICTS {
                write!(out, "{:>13}", self.of(sort, verdict))?;
            }
        }
        write!(out, "\n{:14}", "all")?;
        for verdict in VERDICTS {
            write!(out, "{:>13}", self.sum(verdict, |_| true))?;
        }
        Ok(())
    }
}
