//! Generates the documents of the simulator.

use serde_json::Value;

use super::model::{Content, Document, Field, Hidden, Item, List, ListKind};
use super::support::Random;
use mergefetch::merge::json::Rule;

/// The sort of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    IdRows,
    IdPositions,
    Positions,
    Invoice,
    Named,
    Checklist,
    Orders,
    Board,
    PlainBoard,
    Columns,
    Tree,
    Tags,
    Days,
    Grid,
    Vector,
    Table,
    Notebook,
    Groups,
    Form,
    Settings,
    Sections,
    Fields,
    Lanes,
    NamedLanes,
    WordLists,
    Texts,
    Keyed,
}

pub const SORTS: [Sort; 27] = [
    Sort::IdRows,
    Sort::IdPositions,
    Sort::Positions,
    Sort::Invoice,
    Sort::Named,
    Sort::Checklist,
    Sort::Orders,
    Sort::Board,
    Sort::PlainBoard,
    Sort::Columns,
    Sort::Tree,
    Sort::Tags,
    Sort::Days,
    Sort::Grid,
    Sort::Vector,
    Sort::Table,
    Sort::Notebook,
    Sort::Groups,
    Sort::Form,
    Sort::Settings,
    Sort::Sections,
    Sort::Fields,
    Sort::Lanes,
    Sort::NamedLanes,
    Sort::WordLists,
    Sort::Texts,
    Sort::Keyed,
];

impl Sort {
    /// Whether records have ids.
    pub fn has_ids(self) -> bool {
        matches!(self, Self::IdRows | Self::IdPositions | Self::Orders | Self::Board | Self::Columns | Self::Tree)
    }

    /// Whether people rename members, records or columns, and close columns. The names identify these things.
    pub fn has_renames(self) -> bool {
        matches!(
            self,
            Self::Sections
                | Self::Fields
                | Self::Lanes
                | Self::NamedLanes
                | Self::WordLists
                | Self::Texts
                | Self::Keyed
        )
    }

    /// The rules of the merge.
    pub fn rules(self) -> Vec<(String, Rule)> {
        if self == Self::Keyed { vec![("/rows".into(), Rule::Key(vec!["name".into()]))] } else { Vec::new() }
    }

    /// The member that numbers the rows.
    pub fn position(self) -> Option<&'static str> {
        match self {
            Self::IdPositions | Self::Positions => Some("position"),
            Self::Invoice => Some("lineNo"),
            Self::Notebook => Some("execution_count"),
            _ => None,
        }
    }
}

/// A document, and the sources of new identities and values.
pub struct World {
    pub sort: Sort,
    pub document: Document,
    /// Whether a person copied a record without an id: the documents do not show which one is the original.
    pub has_copies: bool,
    /// The names of new members and records. Two new things with one name are one thing, so no other person uses such a name.
    added: Vec<String>,
    next_hidden: Hidden,
    next_token: u32,
    next_id: u32,
}

const WORDS: [&str; 16] = [
    "apple", "bridge", "cable", "door", "engine", "fence", "garden", "hammer", "island", "jacket", "kettle", "lamp",
    "mirror", "needle", "oven", "paper",
];
const NAMES: [&str; 5] = ["Ann", "Ben", "Cem", "Dora", "Eve"];

impl World {
    pub fn new(random: &mut Random) -> Self {
        let sort = *random.pick(&SORTS);
        let document = Document { root: Content::Object(Vec::new()) };
        let mut world = Self {
            sort,
            document,
            has_copies: false,
            added: Vec::new(),
            next_hidden: 1,
            next_token: 1,
            next_id: 1 + random.below(50) as u32,
        };
        world.document.root = world.root(random);
        world
    }

    /// Takes the name of a new member or record. Returns whether nobody has taken it before.
    pub fn add_name(&mut self, name: &str) -> bool {
        let is_free = self.added.iter().all(|one| one != name);
        self.added.push(name.to_owned());
        is_free
    }

    pub fn hidden(&mut self) -> Hidden {
        self.next_hidden += 1;
        self.next_hidden
    }

    /// A text that no other place of the world has.
    pub fn text(&mut self, random: &mut Random) -> Value {
        self.next_token += 1;
        format!("{} {} {}", random.pick(&WORDS), random.pick(&WORDS), self.next_token).into()
    }

    /// A text that other places may have, too.
    fn common(random: &mut Random) -> Value {
        (*random.pick(&NAMES)).into()
    }

    pub fn field(&mut self, name: &str, content: Content) -> Field {
        Field { hidden: self.hidden(), name: name.to_owned(), content }
    }

    fn scalar(&mut self, name: &str, value: impl Into<Value>) -> Field {
        self.field(name, Content::Scalar(value.into()))
    }

    pub fn item(&mut self, content: Content) -> Item {
        Item { hidden: self.hidden(), content }
    }

    fn list(&mut self, kind: ListKind, items: Vec<Item>) -> Content {
        Content::List(List { hidden: self.hidden(), kind, items })
    }

    fn records(&mut self, random: &mut Random, count: usize) -> Content {
        let mut items: Vec<Item> = (0..count).map(|_| self.record(random)).collect();
        self.renumber(&mut items);
        let is_named = matches!(self.sort, Sort::Fields | Sort::NamedLanes | Sort::Keyed);
        self.list(if is_named { ListKind::Named } else { ListKind::Records }, items)
    }

    /// Numbers the rows by their order.
    pub fn renumber(&self, items: &mut [Item]) {
        let Some(name) = self.sort.position() else { return };
        for (at, item) in items.iter_mut().enumerate() {
            for field in item.content.fields_mut().into_iter().flatten().filter(|field| field.name == name) {
                field.content = Content::Scalar((at + 1).into());
            }
        }
    }

    pub fn new_id(&mut self) -> Value {
        self.next_id += 1;
        self.next_id.into()
    }

    /// A new record of this sort of document.
    pub fn record(&mut self, random: &mut Random) -> Item {
        let mut fields = Vec::new();
        if self.sort.has_ids() {
            let id = self.new_id();
            fields.push(self.scalar("id", id));
        }
        if let Some(position) = self.sort.position() {
            fields.push(self.scalar(position, 0));
        }
        let text = self.text(random);
        match self.sort {
            Sort::Invoice => {
                fields.push(self.scalar("sku", text));
                fields.push(self.scalar("qty", 1 + random.below(5)));
                fields.push(self.scalar("price", 10 * (1 + random.below(5))));
                fields.push(self.scalar("discount", 0));
                fields.push(self.scalar("note", ""));
            }
            Sort::Named | Sort::Fields | Sort::Keyed => {
                fields.push(self.scalar("name", text));
                fields.push(self.scalar("type", *random.pick(&["string", "number", "boolean"])));
                fields.push(self.scalar("isRequired", random.below(2) == 0));
                if matches!(self.sort, Sort::Fields | Sort::Keyed) {
                    let help = self.text(random);
                    fields.push(self.scalar("help", help));
                }
            }
            Sort::NamedLanes => {
                fields.push(self.scalar("name", text));
                let cards = self.lane(random);
                fields.push(self.field("cards", cards));
            }
            Sort::Checklist => {
                fields.push(self.scalar("text", text));
                fields.push(self.scalar("done", random.below(3) == 0));
            }
            Sort::Notebook => {
                fields.insert(0, self.scalar("cell_type", *random.pick(&["code", "markdown"])));
                let lines: Vec<Item> = (0..1 + random.below(3))
                    .map(|_| {
                        let line = self.text(random);
                        self.item(Content::Scalar(line))
                    })
                    .collect();
                let source = self.list(ListKind::Tags, lines);
                fields.push(self.field("source", source));
                fields.push(self.field("metadata", Content::Object(Vec::new())));
                let outputs = self.list(ListKind::Tags, Vec::new());
                fields.push(self.field("outputs", outputs));
            }
            Sort::Orders => {
                fields.push(self.scalar("title", text));
                let count = random.below(4);
                let items = (0..count).map(|_| self.part(random)).collect();
                let items = self.list(ListKind::Records, items);
                fields.push(self.field("items", items));
            }
            Sort::Columns => {
                let count = random.below(4);
                let cards = (0..count).map(|_| self.card(random)).collect();
                let cards = self.list(ListKind::Records, cards);
                fields.push(self.field("cards", cards));
            }
            Sort::Tree => {
                fields.push(self.scalar("label", text));
                let children = self.list(ListKind::Records, Vec::new());
                fields.push(self.field("children", children));
            }
            _ => {
                fields.push(self.scalar("title", text));
                fields.push(self.scalar("owner", Self::common(random)));
                fields.push(self.scalar("qty", random.below(6)));
                fields.push(self.scalar("isDone", false));
                fields.push(self.scalar("note", ""));
            }
        }
        self.item(Content::Object(fields))
    }

    /// A new element for a list of this world.
    pub fn element(&mut self, random: &mut Random, is_nested: bool) -> Item {
        match self.sort {
            Sort::Table => {
                let row = vec![self.text(random), random.below(5).into(), Self::common(random)];
                let row = self.places(row);
                self.item(row)
            }
            Sort::Orders if is_nested => self.part(random),
            Sort::Columns if is_nested => self.card(random),
            _ => self.record(random),
        }
    }

    /// The cards of a new column.
    pub fn lane(&mut self, random: &mut Random) -> Content {
        let count = random.below(4);
        let cards = (0..count).map(|_| self.card(random)).collect();
        self.list(ListKind::Records, cards)
    }

    /// The members of a new section.
    pub fn section(&mut self, random: &mut Random) -> Content {
        let text = self.text(random);
        let mut members = vec![self.scalar("label", text)];
        for name in ["size", "count", "width"] {
            // Sections differ in their members, so that a union of two sections may have no conflict.
            if random.below(3) > 0 {
                members.push(self.scalar(&format!("{name}{}", random.below(3)), random.below(9)));
            }
        }
        if random.below(2) == 0 {
            members.remove(0);
        }
        Content::Object(members)
    }

    /// A card of a column.
    pub fn card(&mut self, random: &mut Random) -> Item {
        let (id, text) = (self.new_id(), self.text(random));
        let fields = vec![self.scalar("id", id), self.scalar("text", text), self.scalar("isDone", false)];
        self.item(Content::Object(fields))
    }

    /// An item of an order.
    fn part(&mut self, random: &mut Random) -> Item {
        let name = self.text(random);
        let fields = vec![self.scalar("name", name), self.scalar("qty", 1 + random.below(5))];
        self.item(Content::Object(fields))
    }

    /// A list of words.
    pub fn words(&mut self, random: &mut Random) -> Content {
        let count = 1 + random.below(4);
        self.tags(random, count)
    }

    fn tags(&mut self, random: &mut Random, count: usize) -> Content {
        let items = (0..count)
            .map(|_| {
                let tag = self.text(random);
                self.item(Content::Scalar(tag))
            })
            .collect();
        self.list(ListKind::Tags, items)
    }

    fn places(&mut self, values: Vec<Value>) -> Content {
        let items = values.into_iter().map(|value| self.item(Content::Scalar(value))).collect();
        self.list(ListKind::Places, items)
    }

    fn root(&mut self, random: &mut Random) -> Content {
        let count = 2 + random.below(7) + if self.sort.position().is_some() { 2 } else { 0 };
        let title = self.text(random);
        let mut fields = vec![self.scalar("title", title)];
        match self.sort {
            Sort::Board | Sort::PlainBoard => {
                for name in ["todo", "doing", "done"] {
                    let count = random.below(4);
                    let cards = self.records(random, count);
                    fields.push(self.field(name, cards));
                }
            }
            Sort::Tree => {
                let mut roots = self.records(random, 2);
                for _ in 0..count {
                    let record = self.record(random);
                    let mut lists = Vec::new();
                    roots.lists(&mut lists);
                    let at = random.pick(&lists).hidden;
                    roots.list_mut(at).unwrap().items.push(record);
                }
                fields.push(self.field("nodes", roots));
            }
            Sort::Sections => {
                for at in 0..3 + random.below(3) {
                    let section = self.section(random);
                    fields.push(self.field(&format!("s{at}"), section));
                }
            }
            Sort::Lanes => {
                for at in 0..3 + random.below(2) {
                    let cards = self.lane(random);
                    fields.push(self.field(&format!("lane{at}"), cards));
                }
            }
            Sort::WordLists => {
                for at in 0..3 + random.below(3) {
                    let words = self.words(random);
                    fields.push(self.field(&format!("w{at}"), words));
                }
            }
            Sort::Texts => {
                for at in 0..3 + random.below(3) {
                    let text = self.text(random);
                    fields.push(self.scalar(&format!("t{at}"), text));
                }
            }
            Sort::NamedLanes => {
                let count = 3 + random.below(2);
                let lanes = self.records(random, count);
                fields.push(self.field("lanes", lanes));
            }
            Sort::Tags => {
                let tags = self.tags(random, count);
                fields.push(self.field("tags", tags));
            }
            Sort::Days => {
                let days = (0..7).map(|_| (random.below(3) == 0).into()).collect();
                let days = self.places(days);
                fields.push(self.field("days", days));
            }
            Sort::Vector => {
                let numbers = (0..count).map(|_| random.below(4).into()).collect();
                let vector = self.places(numbers);
                fields.push(self.field("vector", vector));
            }
            Sort::Grid => {
                let width = 2 + random.below(3);
                let rows = (0..count)
                    .map(|_| {
                        let row = (0..width).map(|_| random.below(3).into()).collect();
                        let row = self.places(row);
                        self.item(row)
                    })
                    .collect();
                let grid = self.list(ListKind::Places, rows);
                fields.push(self.field("grid", grid));
            }
            Sort::Table => {
                let rows = (0..count).map(|_| self.element(random, false)).collect();
                let table = self.list(ListKind::Records, rows);
                fields.push(self.field("table", table));
            }
            Sort::Groups => {
                for name in ["red", "blue", "green"] {
                    let count = random.below(4);
                    let ids = (0..count)
                        .map(|_| {
                            let id = self.new_id();
                            self.item(Content::Scalar(id))
                        })
                        .collect();
                    let ids = self.list(ListKind::References, ids);
                    fields.push(self.field(name, ids));
                }
            }
            Sort::Form | Sort::Settings => {
                for at in 0..3 + count {
                    let name = format!("f{at}");
                    let value = match random.below(3) {
                        0 => self.text(random),
                        1 => random.below(10).into(),
                        _ => (random.below(2) == 0).into(),
                    };
                    fields.push(self.scalar(&name, value));
                }
                if self.sort == Sort::Settings {
                    let (size, theme) =
                        (self.scalar("size", random.below(5)), self.scalar("theme", Self::common(random)));
                    fields.push(self.field("view", Content::Object(vec![size, theme])));
                }
            }
            _ => {
                let rows = self.records(random, count);
                fields.push(self.field("rows", rows));
            }
        }
        Content::Object(fields)
    }
}
