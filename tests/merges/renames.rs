//! Generates renames of members, records and columns, and closes columns into others.
//!
//! New names come from a small pool, so that both people often give one name to different things.

use serde_json::Value;

use super::edits::{move_within, set_field};
use super::model::{Content, Document, Field, Hidden, Item, List};
use super::support::Random;
use super::worlds::{Sort, World};

fn new_name(random: &mut Random) -> String {
    format!("new{}", random.below(3))
}

pub fn edit(document: &mut Document, world: &mut World, random: &mut Random) {
    if random.below(5) == 0 && pass_on(document, world, random) {
        return;
    }
    match world.sort {
        Sort::WordLists => edit_words(document.root.fields_mut().unwrap(), world, random),
        Sort::Texts => edit_texts(document.root.fields_mut().unwrap(), world, random),
        Sort::Sections => edit_sections(document.root.fields_mut().unwrap(), world, random),
        Sort::Lanes => edit_lanes(document, world, random),
        _ => edit_named(document, world, random),
    }
}

/// Gives a member or a record the name of another one, which gets a new name or the first name. Returns whether it did.
fn pass_on(document: &mut Document, world: &World, random: &mut Random) -> bool {
    let new = new_name(random);
    let is_swap = random.below(2) == 0;
    let known = |fields: &[Field], at: usize| {
        let hidden = fields[at].hidden;
        world.document.root.fields().iter().any(|field| field.hidden == hidden)
    };
    if matches!(world.sort, Sort::Fields | Sort::NamedLanes) {
        let list = document.root.list_mut(document.lists()[0].hidden).unwrap();
        let (one, other) = (random.below(list.items.len().max(1)), random.below(list.items.len().max(1)));
        let name = |item: &Item| name_field(item.content.fields()).map(|at| item.content.fields()[at].content.text());
        let is_known = |at: usize| world.document.root.contains(list.items[at].hidden);
        if one == other || !is_known(one) || !is_known(other) {
            return false;
        }
        let (first, second) = (name(&list.items[one]).unwrap(), name(&list.items[other]).unwrap());
        if !is_swap && list.items.iter().any(|item| name(item) == Some(Value::from(new.as_str()).to_string())) {
            return false;
        }
        let plain = |text: String| serde_json::from_str::<String>(&text).unwrap();
        set_name(&mut list.items[one], &plain(second));
        set_name(&mut list.items[other], &if is_swap { plain(first) } else { new });
        return true;
    }
    if world.sort == Sort::Keyed {
        // A rule says that the key identifies the record.
        return false;
    }
    let fields = document.root.fields_mut().unwrap();
    let (one, other) = (1 + random.below(fields.len() - 1), 1 + random.below(fields.len() - 1));
    let is_free = is_swap || fields.iter().all(|field| field.name != new);
    if one == other || !known(fields, one) || !known(fields, other) || !is_free {
        return false;
    }
    let (first, second) = (fields[one].name.clone(), fields[other].name.clone());
    fields[one].name = second;
    fields[other].name = if is_swap { first } else { new };
    true
}

/// Renames a member of base. A new member with another name is just a new member.
fn rename(fields: &mut [Field], at: usize, world: &World, random: &mut Random) {
    let name = new_name(random);
    let is_known = world.document.root.fields().iter().any(|field| field.hidden == fields[at].hidden);
    if is_known && fields.iter().all(|field| field.name != name) {
        fields[at].name = name;
    }
}

/// The first member is the title of the document.
fn edit_sections(fields: &mut Vec<Field>, world: &mut World, random: &mut Random) {
    let at = 1 + random.below(fields.len() - 1);
    match random.below(8) {
        0..4 => rename(fields, at, world, random),
        4 => add_member(fields, world, random, World::section),
        5 if fields.len() > 2 => {
            fields.remove(at);
        }
        // A member with a new name keeps its value: with another value it would be another member.
        _ if is_old(&fields[at], world) => set_field(fields[at].content.fields_mut().unwrap(), world, random),
        _ => {}
    }
}

fn add_member(
    fields: &mut Vec<Field>,
    world: &mut World,
    random: &mut Random,
    content: impl Fn(&mut World, &mut Random) -> Content,
) {
    let name = new_name(random);
    if fields.iter().all(|field| field.name != name) && world.add_name(&name) {
        let content = content(world, random);
        fields.push(world.field(&name, content));
    }
}

fn list_of(content: &mut Content) -> &mut List {
    match content {
        Content::List(list) => list,
        _ => panic!("a column is a list"),
    }
}

/// Whether a member has its old name. A renamed column with cards of another column looks like a new column into which both moved.
fn is_old(member: &Field, world: &World) -> bool {
    let known = world.document.root.fields().iter().find(|field| field.hidden == member.hidden);
    known.is_some_and(|known| known.name == member.name)
}

/// The first member is the title of the document.
fn edit_words(fields: &mut Vec<Field>, world: &mut World, random: &mut Random) {
    let at = 1 + random.below(fields.len() - 1);
    match random.below(8) {
        0..3 => rename(fields, at, world, random),
        3 => add_member(fields, world, random, World::words),
        4 if fields.len() > 2 => {
            fields.remove(at);
        }
        _ if is_old(&fields[at], world) => {
            let word = world.text(random);
            let word = world.item(Content::Scalar(word));
            let words = &mut list_of(&mut fields[at].content).items;
            match random.below(3) {
                0 if words.len() > 1 => {
                    words.remove(random.below(words.len()));
                }
                _ => words.insert(random.below(words.len() + 1), word),
            }
        }
        _ => {}
    }
}

/// The first member is the title of the document.
fn edit_texts(fields: &mut Vec<Field>, world: &mut World, random: &mut Random) {
    let at = 1 + random.below(fields.len() - 1);
    let text = world.text(random);
    match random.below(8) {
        0..3 => rename(fields, at, world, random),
        3 => add_member(fields, world, random, |_, _| Content::Scalar(text.clone())),
        4 if fields.len() > 2 => {
            fields.remove(at);
        }
        _ if is_old(&fields[at], world) => fields[at].content = Content::Scalar(text),
        _ => {}
    }
}

/// Columns are members of the root.
fn edit_lanes(document: &mut Document, world: &mut World, random: &mut Random) {
    let fields = document.root.fields_mut().unwrap();
    let at = 1 + random.below(fields.len() - 1);
    match random.below(9) {
        0..4 => rename(fields, at, world, random),
        4 => add_member(fields, world, random, World::lane),
        5 | 6 if fields.len() > 2 => {
            let closed = std::mem::take(&mut list_of(&mut fields.remove(at).content).items);
            let old: Vec<usize> = (1..fields.len()).filter(|&at| is_old(&fields[at], world)).collect();
            if !old.is_empty() {
                list_of(&mut fields[*random.pick(&old)].content).items.extend(closed);
            }
        }
        _ => {
            let lanes: Vec<Hidden> = fields[1..]
                .iter_mut()
                .filter(|field| is_old(field, world))
                .map(|field| list_of(&mut field.content).hidden)
                .collect();
            // A column with a new name keeps its cards, or else it would be another column.
            if !lanes.is_empty() {
                edit_cards(document, *random.pick(&lanes), &lanes, world, random);
            }
        }
    }
}

/// Records with names. They are columns with cards, or rows.
fn edit_named(document: &mut Document, world: &mut World, random: &mut Random) {
    let hidden = document.lists()[0].hidden;
    let new = world.record(random);
    let list = document.root.list_mut(hidden).unwrap();
    let count = list.items.len();
    let name = new_name(random);
    let name_of = |item: &Item| name_field(item.content.fields()).map(|at| item.content.fields()[at].content.text());
    let is_free = list.items.iter().all(|item| name_of(item) != Some(Value::from(name.as_str()).to_string()));
    if count == 0 {
        return list.items.push(new);
    }
    let at = random.below(count);
    match random.below(9) {
        0..4 if is_free && world.document.root.contains(list.items[at].hidden) => set_name(&mut list.items[at], &name),
        4 => {
            let mut new = new;
            if is_free && random.below(2) == 0 && world.add_name(&name) {
                set_name(&mut new, &name);
            }
            list.items.insert(random.below(count + 1), new);
        }
        5 | 6 if count > 1 => {
            let mut closed = list.items.remove(at);
            let other = random.below(count - 1);
            if let (Some(from), Some(into)) = (cards(&mut closed), cards(&mut list.items[other])) {
                into.items.append(&mut from.items);
            }
        }
        7 => move_within(&mut list.items, random),
        _ => match cards(&mut list.items[at]).map(|cards| cards.hidden) {
            Some(cards) => {
                let lanes: Vec<Hidden> = document.lists()[1..].iter().map(|list| list.hidden).collect();
                edit_cards(document, cards, &lanes, world, random);
            }
            None => {
                let fields = list.items[at].content.fields_mut().unwrap();
                let from = name_field(fields).map_or(0, |at| at + 1);
                set_field(&mut fields[from..], world, random);
            }
        },
    }
}

fn name_field(fields: &[Field]) -> Option<usize> {
    fields.iter().position(|field| field.name == "name")
}

fn set_name(item: &mut Item, name: &str) {
    let fields = item.content.fields_mut().unwrap();
    if let Some(at) = name_field(fields) {
        fields[at].content = Content::Scalar(name.into());
    }
}

fn cards(item: &mut Item) -> Option<&mut List> {
    let field = item.content.fields_mut()?.iter_mut().find(|field| field.name == "cards")?;
    Some(list_of(&mut field.content))
}

fn edit_cards(document: &mut Document, lane: Hidden, lanes: &[Hidden], world: &mut World, random: &mut Random) {
    let others: Vec<Hidden> = lanes.iter().copied().filter(|&one| one != lane).collect();
    let new = world.card(random);
    let items = &mut document.root.list_mut(lane).unwrap().items;
    let count = items.len();
    match random.below(4) {
        0 => items.insert(random.below(count + 1), new),
        1 if count > 0 && !others.is_empty() => {
            let card = items.remove(random.below(count));
            document.root.list_mut(*random.pick(&others)).unwrap().items.push(card);
        }
        2 if count > 0 => {
            items.remove(random.below(count));
        }
        _ if count > 0 => {
            let at = random.below(count);
            set_field(items[at].content.fields_mut().unwrap(), world, random);
        }
        _ => items.push(new),
    }
}
