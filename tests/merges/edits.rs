//! Generates the edits of one person.

use serde_json::Value;

use super::model::{Content, Document, Field, Hidden, Item, ListKind};
use super::support::Random;
use super::worlds::{Sort, World};

/// `base` after one or two edits of one person.
pub fn edited(base: &Document, world: &mut World, random: &mut Random, only_sets_values: bool) -> Document {
    let mut document = base.clone();
    let habits = Habits { renumbers: random.below(8) > 0, only_sets_values };
    for _ in 0..1 + random.below(2) {
        edit(&mut document, world, random, habits);
    }
    document
}

#[derive(Clone, Copy)]
struct Habits {
    /// Whether the person numbers the rows again after each edit.
    renumbers: bool,
    /// Whether the person only sets values, and does not insert, remove or move elements.
    only_sets_values: bool,
}

fn edit(document: &mut Document, world: &mut World, random: &mut Random, habits: Habits) {
    let lists: Vec<(Hidden, ListKind)> = document.lists().iter().map(|list| (list.hidden, list.kind)).collect();
    if world.sort.has_renames() {
        return super::renames::edit(document, world, random);
    }
    let objects_only = matches!(world.sort, Sort::Form | Sort::Settings) || lists.is_empty();
    if objects_only || random.below(25) == 0 {
        return edit_object(&mut document.root, world, random);
    }
    let &(list, kind) = random.pick(&lists);
    match kind {
        ListKind::Places => set_place(document, list, world, random),
        ListKind::Tags | ListKind::References => edit_tags(document, list, &lists, world, random),
        ListKind::Records | ListKind::Named => edit_records(document, list, &lists, world, random, habits),
    }
}

/// Another value of the same type.
pub fn changed(value: &Value, world: &mut World, random: &mut Random) -> Value {
    match value {
        Value::Bool(flag) => (!flag).into(),
        Value::Number(number) => {
            let now = number.as_u64().unwrap_or(0);
            // In half of the edits a common value.
            let next = if random.below(2) == 0 { random.below(6) as u64 } else { 100 + random.below(900) as u64 };
            (if next == now { now + 1 } else { next }).into()
        }
        _ => world.text(random),
    }
}

fn edit_object(object: &mut Content, world: &mut World, random: &mut Random) {
    let is_form = matches!(world.sort, Sort::Form | Sort::Settings);
    let action = random.below(if is_form { 8 } else { 4 });
    let added = world.text(random);
    let Content::Object(fields) = object else { return };
    // A member with a new name keeps its value: with another value it would be another member.
    let is_free = |field: &Field| matches!(field.content, Content::Scalar(_)) && !field.name.starts_with("renamed");
    let scalars: Vec<usize> = (0..fields.len()).filter(|&at| is_free(&fields[at])).collect();
    if scalars.is_empty() {
        return;
    }
    let at = *random.pick(&scalars);
    match action {
        4 if scalars.len() > 1 => {
            fields.remove(at);
        }
        5 => {
            let name = format!("g{}", random.below(4));
            if fields.iter().all(|field| field.name != name) {
                fields.push(world.field(&name, Content::Scalar(added)));
            }
        }
        6 => {
            let name = format!("renamed{}", random.below(3));
            if fields.iter().all(|field| field.name != name) {
                fields[at].name = name;
            }
        }
        7 => {
            if let Some(view) = fields.iter_mut().find(|field| matches!(field.content, Content::Object(_))) {
                set_field(view.content.fields_mut().unwrap(), world, random);
            }
        }
        _ => set_field_at(&mut fields[at], world, random),
    }
}

fn set_field_at(field: &mut Field, world: &mut World, random: &mut Random) {
    if let Content::Scalar(value) = &field.content {
        field.content = Content::Scalar(changed(value, world, random));
    }
}

/// Sets one scalar that is neither an id nor a position.
pub fn set_field(fields: &mut [Field], world: &mut World, random: &mut Random) {
    let position = world.sort.position();
    let mut free: Vec<&mut Field> = fields
        .iter_mut()
        .filter(|field| matches!(field.content, Content::Scalar(_)) && field.name != "id")
        .filter(|field| Some(field.name.as_str()) != position || field.name == "execution_count")
        .collect();
    if !free.is_empty() {
        let at = random.below(free.len());
        set_field_at(free[at], world, random);
    }
}

fn set_place(document: &mut Document, list: Hidden, world: &mut World, random: &mut Random) {
    let list = document.root.list_mut(list).unwrap();
    if list.items.is_empty() {
        return;
    }
    let at = random.below(list.items.len());
    if let Content::Scalar(value) = &list.items[at].content {
        list.items[at].content = Content::Scalar(changed(value, world, random));
    }
}

fn edit_tags(
    document: &mut Document,
    list: Hidden,
    lists: &[(Hidden, ListKind)],
    world: &mut World,
    random: &mut Random,
) {
    let is_groups = world.sort == Sort::Groups;
    let others: Vec<Hidden> =
        lists.iter().filter(|(one, kind)| *one != list && *kind == ListKind::References).map(|(one, _)| *one).collect();
    let new = if is_groups { world.new_id() } else { world.text(random) };
    let new = world.item(Content::Scalar(new));
    let tags = &mut document.root.list_mut(list).unwrap().items;
    match random.below(if is_groups { 5 } else { 3 }) {
        0 => tags.insert(random.below(tags.len() + 1), new),
        1 if !tags.is_empty() => {
            tags.remove(random.below(tags.len()));
        }
        2 if tags.len() > 1 => move_within(tags, random),
        3.. if !tags.is_empty() && !others.is_empty() => {
            let item = tags.remove(random.below(tags.len()));
            let target = &mut document.root.list_mut(*random.pick(&others)).unwrap().items;
            target.insert(random.below(target.len() + 1), item);
        }
        _ => tags.push(new),
    }
}

pub fn move_within(items: &mut Vec<Item>, random: &mut Random) {
    let item = items.remove(random.below(items.len()));
    items.insert(random.below(items.len() + 1), item);
}

fn edit_records(
    document: &mut Document,
    list: Hidden,
    lists: &[(Hidden, ListKind)],
    world: &mut World,
    random: &mut Random,
    habits: Habits,
) {
    let others: Vec<Hidden> = match world.sort {
        Sort::Board | Sort::PlainBoard | Sort::Tree => {
            lists.iter().filter(|(one, kind)| *one != list && *kind == ListKind::Records).map(|(one, _)| *one).collect()
        }
        // Cards move between columns.
        Sort::Columns if lists.first().is_some_and(|(first, _)| *first != list) => {
            lists.iter().skip(1).filter(|(one, _)| *one != list).map(|(one, _)| *one).collect()
        }
        _ => Vec::new(),
    };
    let mut new = world.element(random, lists.first().is_some_and(|(first, _)| *first != list));
    // The server gives new records their ids later.
    if random.below(2) == 0
        && let Some(fields) = new.content.fields_mut()
    {
        fields.retain(|field| field.name != "id");
    }
    let records = &mut document.root.list_mut(list).unwrap().items;
    let count = records.len();
    match if habits.only_sets_values { 9 } else { random.below(10) } {
        0 | 1 => records.insert(random.below(count + 1), new),
        2 | 3 if count > 0 => {
            records.remove(random.below(count));
        }
        4 if count > 1 => move_within(records, random),
        5 if count > 1 => {
            let (one, other) = (random.below(count), random.below(count));
            records.swap(one, other);
        }
        6 | 7 if count > 0 && !others.is_empty() => {
            let item = records.remove(random.below(count));
            let target = *random.pick(&others);
            // A node of a tree cannot become its own child.
            if item.content.contains(target) {
                document.root.list_mut(list).unwrap().items.push(item);
                return;
            }
            let target = &mut document.root.list_mut(target).unwrap().items;
            target.insert(random.below(target.len() + 1), item);
        }
        8 if count > 0 && random.below(3) == 0 => {
            let mut copy = records[random.below(count)].clone();
            refresh(&mut copy, world);
            world.has_copies |= copy.content.fields().iter().all(|field| field.name != "id");
            let records = &mut document.root.list_mut(list).unwrap().items;
            records.insert(random.below(count + 1), copy);
        }
        8 if count > 1 => records.sort_by_key(|record| sort_key(&record.content)),
        _ if count > 0 => {
            let at = random.below(count);
            match &mut records[at].content {
                Content::Object(fields) => set_field(fields, world, random),
                Content::List(row) => {
                    let row = row.hidden;
                    return set_place(document, row, world, random);
                }
                Content::Scalar(_) => {}
            }
        }
        _ => records.push(new),
    }
    if habits.renumbers && !habits.only_sets_values {
        let mut items = std::mem::take(&mut document.root.list_mut(list).unwrap().items);
        world.renumber(&mut items);
        document.root.list_mut(list).unwrap().items = items;
    }
}

fn sort_key(content: &Content) -> String {
    let mut texts = content.fields().iter().filter_map(|field| match &field.content {
        Content::Scalar(Value::String(text)) => Some(text.clone()),
        _ => None,
    });
    texts.next_back().unwrap_or_default()
}

/// Gives a copy its own identities, because it is another record.
fn refresh(item: &mut Item, world: &mut World) {
    item.hidden = world.hidden();
    refresh_content(&mut item.content, world);
}

fn refresh_content(content: &mut Content, world: &mut World) {
    match content {
        Content::Scalar(_) => {}
        Content::Object(fields) => {
            for field in fields {
                field.hidden = world.hidden();
                if field.name == "id" {
                    field.content = Content::Scalar(world.new_id());
                }
                refresh_content(&mut field.content, world);
            }
        }
        Content::List(list) => {
            list.hidden = world.hidden();
            list.items.iter_mut().for_each(|item| refresh(item, world));
        }
    }
}
