//! Documents whose records have hidden identities.

use serde_json::Value;

/// The hidden identity of a record, a field or a list. No document contains it.
pub type Hidden = u32;

/// The meaning of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind {
    /// Records, in an order that people arrange.
    Records,
    /// Records with names that identify them.
    Named,
    /// Different scalars.
    Tags,
    /// References to things. Each reference can move between lists.
    References,
    /// Values that belong to their place: weekdays, vectors, rows of a grid.
    Places,
}

#[derive(Debug, Clone)]
pub enum Content {
    Scalar(Value),
    Object(Vec<Field>),
    List(List),
}

#[derive(Debug, Clone)]
pub struct Field {
    pub hidden: Hidden,
    pub name: String,
    pub content: Content,
}

#[derive(Debug, Clone)]
pub struct List {
    pub hidden: Hidden,
    pub kind: ListKind,
    pub items: Vec<Item>,
}

/// An element of an array.
#[derive(Debug, Clone)]
pub struct Item {
    pub hidden: Hidden,
    pub content: Content,
}

/// One version of a document.
#[derive(Debug, Clone)]
pub struct Document {
    pub root: Content,
}

impl Content {
    /// The JSON text, with the members in their order.
    pub fn text(&self) -> String {
        match self {
            Self::Scalar(value) => value.to_string(),
            Self::Object(fields) => {
                let member = |field: &Field| format!("{}:{}", Value::from(field.name.as_str()), field.content.text());
                format!("{{{}}}", fields.iter().map(member).collect::<Vec<_>>().join(","))
            }
            Self::List(list) => {
                let items: Vec<String> = list.items.iter().map(|item| item.content.text()).collect();
                format!("[{}]", items.join(","))
            }
        }
    }

    pub fn fields_mut(&mut self) -> Option<&mut Vec<Field>> {
        match self {
            Self::Object(fields) => Some(fields),
            _ => None,
        }
    }

    pub fn fields(&self) -> &[Field] {
        match self {
            Self::Object(fields) => fields,
            _ => &[],
        }
    }

    /// All lists in the content, outermost first.
    pub fn lists<'a>(&'a self, found: &mut Vec<&'a List>) {
        match self {
            Self::Scalar(_) => {}
            Self::Object(fields) => fields.iter().for_each(|field| field.content.lists(found)),
            Self::List(list) => {
                found.push(list);
                list.items.iter().for_each(|item| item.content.lists(found));
            }
        }
    }

    pub fn list_mut(&mut self, hidden: Hidden) -> Option<&mut List> {
        match self {
            Self::Scalar(_) => None,
            Self::Object(fields) => fields.iter_mut().find_map(|field| field.content.list_mut(hidden)),
            Self::List(list) => {
                if list.hidden == hidden {
                    return Some(list);
                }
                list.items.iter_mut().find_map(|item| item.content.list_mut(hidden))
            }
        }
    }

    /// Whether the content contains the list or the record.
    pub fn contains(&self, hidden: Hidden) -> bool {
        match self {
            Self::Scalar(_) => false,
            Self::Object(fields) => fields.iter().any(|field| field.content.contains(hidden)),
            Self::List(list) => {
                list.hidden == hidden
                    || list.items.iter().any(|item| item.hidden == hidden || item.content.contains(hidden))
            }
        }
    }
}

impl Document {
    pub fn text(&self) -> String {
        self.root.text()
    }

    pub fn lists(&self) -> Vec<&List> {
        let mut found = Vec::new();
        self.root.lists(&mut found);
        found
    }
}
