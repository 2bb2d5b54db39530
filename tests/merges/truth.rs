//! Computes the right result of a merge from the hidden identities.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::model::{Content, Document, Field, Hidden, Item, List, ListKind};

/// The list or the object that contains a fact; the root has the number 0.
type Owner = Hidden;

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Scalar(Value),
    Object,
    List(Hidden, ListKind),
}

/// One field or one element of one version.
#[derive(Debug, Clone, PartialEq)]
struct Fact {
    owner: Owner,
    /// `None` for an element of a list.
    name: Option<String>,
    shape: Shape,
}

/// One version, with its facts by hidden identity.
struct Facts {
    all: BTreeMap<Hidden, Fact>,
    /// The elements of each owner, in order.
    orders: BTreeMap<Owner, Vec<Hidden>>,
}

/// The identity of an element. Equal tags of one list are one tag, and so are equal references of all lists.
fn identity(item: &Item, list: &List, document: &mut BTreeMap<(Hidden, String), Hidden>) -> Hidden {
    match (&item.content, list.kind) {
        (Content::Scalar(value), ListKind::Tags | ListKind::References) => {
            // A reference stays the same if it moves to another list.
            let within = if list.kind == ListKind::Tags { list.hidden } else { 0 };
            *document.entry((within, value.to_string())).or_insert(item.hidden)
        }
        _ => item.hidden,
    }
}

impl Facts {
    fn of(document: &Document, tags: &mut BTreeMap<(Hidden, String), Hidden>) -> Self {
        let mut facts = Self { all: BTreeMap::new(), orders: BTreeMap::new() };
        facts.add_fields(0, document.root.fields(), tags);
        facts
    }

    fn add_fields(&mut self, owner: Owner, fields: &[Field], tags: &mut BTreeMap<(Hidden, String), Hidden>) {
        for field in fields {
            self.add(field.hidden, owner, Some(field.name.clone()), &field.content, tags);
        }
    }

    fn add(
        &mut self,
        hidden: Hidden,
        owner: Owner,
        name: Option<String>,
        content: &Content,
        tags: &mut BTreeMap<(Hidden, String), Hidden>,
    ) {
        self.orders.entry(owner).or_default().push(hidden);
        let shape = match content {
            Content::Scalar(value) => Shape::Scalar(value.clone()),
            Content::Object(fields) => {
                self.add_fields(hidden, fields, tags);
                Shape::Object
            }
            Content::List(list) => {
                self.orders.entry(list.hidden).or_default();
                for item in &list.items {
                    let hidden = identity(item, list, tags);
                    self.add(hidden, list.hidden, None, &item.content, tags);
                }
                Shape::List(list.hidden, list.kind)
            }
        };
        self.all.insert(hidden, Fact { owner, name, shape });
    }

    /// The owner of the children of a fact.
    fn inside(&self, hidden: Hidden) -> Option<Owner> {
        match self.all.get(&hidden)?.shape {
            Shape::Scalar(_) => None,
            Shape::Object => Some(hidden),
            Shape::List(list, _) => Some(list),
        }
    }

    /// The fact and all facts inside it, in a fixed order. A fact that `is_left_out` selects is missing, with all facts inside it.
    fn subtree(&self, hidden: Hidden, is_left_out: impl Fn(Hidden) -> bool) -> Vec<(Hidden, &Fact)> {
        let mut found = Vec::new();
        let mut open = vec![hidden];
        while let Some(one) = open.pop() {
            if is_left_out(one) {
                continue;
            }
            if let Some(fact) = self.all.get(&one) {
                found.push((one, fact));
            }
            let children = self.inside(one).and_then(|owner| self.orders.get(&owner));
            open.extend(children.into_iter().flatten());
        }
        found
    }
}

/// The right result.
pub enum Truth {
    /// People have to decide, for this reason.
    Decide(&'static str),
    /// The right document. An order of two elements counts only if all versions share it.
    Clean(Document),
}

/// The merged value; `None` for two different edits.
fn merged<T: PartialEq + Clone>(base: &T, mine: &T, theirs: &T) -> Option<T> {
    if mine == theirs || theirs == base {
        Some(mine.clone())
    } else if mine == base {
        Some(theirs.clone())
    } else {
        None
    }
}

pub fn truth(base: &Document, mine: &Document, theirs: &Document) -> Truth {
    let mut tags = BTreeMap::new();
    let [base, mine, theirs] = [base, mine, theirs].map(|document| Facts::of(document, &mut tags));
    let hidden: BTreeSet<Hidden> = [&base, &mine, &theirs].iter().flat_map(|facts| facts.all.keys().copied()).collect();
    let mut alive = BTreeMap::new();
    for one in hidden {
        let [old, own, other] = [&base, &mine, &theirs].map(|facts| facts.all.get(&one));
        let fact = match (old, own, other) {
            (Some(old), Some(own), Some(other)) => {
                let owner = merged(&old.owner, &own.owner, &other.owner);
                let name = merged(&old.name, &own.name, &other.name);
                let shape = merged(&old.shape, &own.shape, &other.shape);
                match (owner, name, shape) {
                    (Some(owner), Some(name), Some(shape)) => Fact { owner, name, shape },
                    (None, ..) => return Truth::Decide("moved to two places"),
                    (_, None, _) => return Truth::Decide("renamed twice"),
                    _ => return Truth::Decide("edited twice"),
                }
            }
            (Some(_), None, None) => continue,
            (Some(_), kept, _) => {
                let (keeper, remover) = if kept.is_some() { (&mine, &theirs) } else { (&theirs, &mine) };
                let inside: BTreeSet<Hidden> =
                    base.subtree(one, |_| false).into_iter().map(|(inner, _)| inner).collect();
                // The remover moved such a record out before the removal, so the record has its own edits.
                let is_left_out = |inner| inner != one && remover.all.contains_key(&inner) && inside.contains(&inner);
                if keeper.subtree(one, is_left_out) != base.subtree(one, is_left_out) {
                    return Truth::Decide("removed and edited");
                }
                continue;
            }
            (None, Some(own), Some(other)) if own != other => return Truth::Decide("added at two places"),
            (None, Some(own), _) => own.clone(),
            (None, None, Some(other)) => other.clone(),
            (None, None, None) => continue,
        };
        alive.insert(one, fact);
    }
    build(&alive, &base, &mine, &theirs)
}

/// The document of the merged facts.
fn build(alive: &BTreeMap<Hidden, Fact>, base: &Facts, mine: &Facts, theirs: &Facts) -> Truth {
    let mut children: BTreeMap<Owner, Vec<Hidden>> = BTreeMap::new();
    let orders = [base, mine, theirs].into_iter().flat_map(|facts| facts.orders.values().flatten());
    let mut seen = BTreeSet::new();
    for &one in orders {
        if let Some(fact) = alive.get(&one).filter(|_| seen.insert(one)) {
            children.entry(fact.owner).or_default().push(one);
        }
    }
    let mut count = 0;
    let Some(fields) = fields_of(0, (alive, base), &children, &mut count) else {
        return Truth::Decide("two members or records with one name");
    };
    if count != alive.len() {
        return Truth::Decide("inside a removed record, or inside itself");
    }
    Truth::Clean(Document { root: Content::Object(fields) })
}

fn fields_of(
    owner: Owner,
    (alive, base): (&BTreeMap<Hidden, Fact>, &Facts),
    children: &BTreeMap<Owner, Vec<Hidden>>,
    count: &mut usize,
) -> Option<Vec<Field>> {
    let mut fields: Vec<Field> = Vec::new();
    for &hidden in children.get(&owner).into_iter().flatten() {
        let name = alive[&hidden].name.clone()?;
        let content = content_of(hidden, (alive, base), children, count)?;
        // Only two new members can be one member.
        let is_new = |hidden: Hidden| !base.all.contains_key(&hidden);
        match fields.iter().find(|field| field.name == name) {
            Some(twin) if twin.content.text() == content.text() && (is_new(hidden) || is_new(twin.hidden)) => {}
            Some(_) => return None,
            None => fields.push(Field { hidden, name, content }),
        }
    }
    Some(fields)
}

fn content_of(
    hidden: Hidden,
    (alive, base): (&BTreeMap<Hidden, Fact>, &Facts),
    children: &BTreeMap<Owner, Vec<Hidden>>,
    count: &mut usize,
) -> Option<Content> {
    *count += 1;
    Some(match &alive[&hidden].shape {
        Shape::Scalar(value) => Content::Scalar(value.clone()),
        Shape::Object => Content::Object(fields_of(hidden, (alive, base), children, count)?),
        Shape::List(list, kind) => {
            let mut items = Vec::new();
            for &item in children.get(list).into_iter().flatten() {
                items.push(Item { hidden: item, content: content_of(item, (alive, base), children, count)? });
            }
            if *kind == ListKind::Named && has_equal_names(&items) {
                return None;
            }
            Content::List(List { hidden: *list, kind: *kind, items })
        }
    })
}

/// Whether two elements have one name.
fn has_equal_names(items: &[Item]) -> bool {
    let name = |item: &Item| {
        let field = item.content.fields().iter().find(|field| field.name == "name");
        field.map(|field| field.content.text())
    };
    let mut seen = BTreeSet::new();
    !items.iter().filter_map(name).all(|name| seen.insert(name))
}

/// The list and the place of each element, in the three versions.
pub struct Orders([BTreeMap<Hidden, (Owner, usize)>; 3]);

impl Orders {
    pub fn of(documents: [&Document; 3]) -> Self {
        let mut tags = BTreeMap::new();
        Self(documents.map(|document| {
            let facts = Facts::of(document, &mut tags);
            let mut places = BTreeMap::new();
            for (owner, items) in &facts.orders {
                for (at, item) in items.iter().enumerate() {
                    places.insert(*item, (*owner, at));
                }
            }
            places
        }))
    }

    /// Whether `one` is before `other`, in one list, in all versions.
    pub fn is_before(&self, one: Hidden, other: Hidden) -> bool {
        self.0.iter().all(|places| match (places.get(&one), places.get(&other)) {
            (Some(one), Some(other)) => one.0 == other.0 && one.1 < other.1,
            _ => false,
        })
    }
}
