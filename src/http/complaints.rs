//! Reads the complaints in a refusal, member by member. Each rule describes a shape that several servers share.

use super::Field;
use crate::gather::{Gather, around, chained};
use crate::merge::json::{Value, push_token};

/// Members of a refusal that contain complaints, in any shape.
pub(super) const LISTS: [&str; 10] = [
    "errors",
    "issue",
    "issues",
    "_issues",
    "violations",
    "fields",
    "invalid-params",
    "invalid_params",
    "validationErrors",
    "fieldErrors",
];

/// Members that contain complaints only if they are lists. Other values have another meaning.
pub(super) const ONLY_LISTS: [&str; 5] = ["details", "causes", "detail", "message", "error"];

/// Names under which an entry of a list has the member of the document.
const NAMES: [&str; 10] =
    ["pointer", "field", "param", "target", "path", "instancePath", "property", "propertyPath", "name", "attribute"];

/// Names under which an entry has its message.
const MESSAGES: [&str; 9] =
    ["detail", "message", "msg", "reason", "description", "diagnostics", "defaultMessage", "text", "html"];

/// Pointers to further entries inside an entry.
const NESTED: [&str; 5] = ["/data/errors", "/children", "/errors", "/messages", "/fieldViolations"];

/// Names that are not members of a document: complaints under them are about the enclosing value.
const TRANSPARENT: [&str; 7] =
    ["non_field_errors", "_schema", "__all__", "full_messages", "_errors", "formErrors", "fieldErrors"];

/// Parts of a request other than its body. An entry about one of them is not about the document.
const ELSEWHERE: [&str; 9] =
    ["query", "querystring", "path", "params", "header", "headers", "cookie", "cookies", "query_string"];

/// The limit for the texts of all complaints, in octets. A form shows only a few of them, and the body of the refusal has all.
const MAX_TEXT: usize = 64 << 10;

/// The limit for messages about the whole document. They become one text.
const MAX_WORDS: usize = 100;

/// The limit for lists within lists. Each level is searched before the next one.
const MAX_LEVELS: usize = 16;

/// The number of columns in an index of PostgreSQL (INDEX_MAX_KEYS).
const MAX_COLUMNS: usize = 32;

/// The complaints of a refusal, up to a limit.
#[derive(Debug, Default)]
pub(super) struct Complaints {
    /// Complaints about members of the document.
    pub(super) fields: Vec<Field>,
    /// Messages about the whole document, or about another part of the request.
    pub(super) words: Vec<String>,
    /// The octets of the complaints so far, and of the paths that led to them.
    text: usize,
    /// The lists that contain the value that is being read.
    levels: usize,
}

impl Complaints {
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.words.is_empty()
    }

    /// Counts a text of this length; returns whether the limit allows it.
    fn allows(&mut self, length: usize) -> bool {
        self.text = self.text.saturating_add(length + 1);
        self.text <= MAX_TEXT
    }

    /// The path of a member below `path`, unless the limit is reached.
    fn below(&mut self, path: &str, token: &str) -> Option<String> {
        self.allows(path.len() + token.len()).then(|| chained(&[path, token]))
    }

    /// Reads a list or a map of complaints.
    pub(super) fn read(&mut self, list: Value<'_>) {
        match list.members().as_slice() {
            // Webargs puts the complaints under the name of the part of the request.
            [(name, inner)] if name == "json" && inner.is_object() => self.read_map(*inner, ""),
            [] => self.read_at(list, ""),
            _ if is_message(list) => self.push("", list, list.member("message").and_then(Value::as_str)),
            _ => self.read_map(list, ""),
        }
    }

    /// Reads `object` if each of its members is a complaint about a member of the document. Returns whether it did.
    pub(super) fn read_if_map(&mut self, object: Value<'_>, is_complaint: fn(Value<'_>) -> bool) -> bool {
        let members = object.members();
        let is_map = !members.is_empty() && members.iter().all(|(_, value)| is_complaint(*value));
        if is_map {
            self.read_map(object, "");
        }
        is_map
    }

    /// Reads `value`, which is about the member at `path`.
    fn read_at(&mut self, value: Value<'_>, path: &str) {
        if is_tree(value) {
            // Each node of a tree has only its own complaints.
            return self.read_tree(value, path);
        }
        if value.is_object() {
            let message = ["message", "msg"].iter().find_map(|name| value.member(name)?.as_str());
            return if message.is_some() { self.push(path, value, message) } else { self.read_map(value, path) };
        }
        if let Some(text) = value.as_str() {
            return self.push(path, value, Some(text));
        }
        let mut has_text = false;
        for (index, one) in value.elements().into_iter().enumerate() {
            if one.is_object() {
                self.levels += 1;
                if self.levels <= MAX_LEVELS {
                    self.read_entry(one, path, index);
                }
                self.levels -= 1;
            } else if let Some(text) = one.as_str().filter(|_| path.is_empty() || !has_text) {
                // One message for each member is enough.
                has_text = true;
                self.push(path, value, Some(text));
            }
        }
    }

    fn read_map(&mut self, object: Value<'_>, path: &str) {
        for (name, value) in object.members() {
            if TRANSPARENT.contains(&name.as_str()) {
                self.read_at(value, path);
            } else if let Some(path) = self.below(path, &path_of(&name)) {
                self.read_at(value, &path);
            }
        }
    }

    /// Reads a tree of complaints that has the structure of the document (Zod).
    pub(super) fn read_tree(&mut self, tree: Value<'_>, path: &str) {
        if let Some(words) = tree.member("errors") {
            self.read_at(words, path);
        }
        if let Some(properties) = tree.member("properties") {
            self.read_map(properties, path);
        }
        for (index, item) in tree.member("items").iter().flat_map(|items| items.elements()).enumerate() {
            if let Some(path) = self.below(path, &index_token(index)) {
                self.read_at(item, &path);
            }
        }
    }

    /// Reads an entry of a list. The entry names its member, or its index in the list is the index of an element.
    fn read_entry(&mut self, entry: Value<'_>, path: &str, index: usize) {
        let (message, name) = (message_of(entry), name_of(entry));
        if name.is_none() && message.is_none() && is_listed(entry) {
            if let Some(path) = self.below(path, &index_token(index)) {
                self.read_map(entry, &path);
            }
            return;
        }
        let member = match &name {
            Some(Place::Member(name)) => name,
            _ => "",
        };
        let Some(path) = &self.below(path, member) else { return };
        let known = self.fields.len() + self.words.len();
        for nested in NESTED.iter().filter_map(|pointer| entry.pointer(pointer)) {
            self.read_at(nested, path);
        }
        if self.fields.len() + self.words.len() > known {
            return;
        }
        match name {
            Some(Place::Elsewhere) => self.push("", entry, message),
            _ => self.push(path, entry, message),
        }
    }

    fn push(&mut self, path: &str, entry: Value<'_>, detail: Option<String>) {
        if !self.allows(path.len() + detail.as_ref().map_or(0, String::len)) {
            return;
        }
        if path.is_empty() {
            self.words.extend(detail.filter(|_| self.words.len() < MAX_WORDS));
            return;
        }
        let value = entry.member("value").map(|value| value.source().to_owned());
        self.fields.push(Field { path: path.to_owned(), value, detail });
    }
}

/// The subject of an entry.
enum Place {
    /// The path of a member of the document.
    Member(String),
    /// Another part of the request.
    Elsewhere,
}

fn name_of(entry: Value<'_>) -> Option<Place> {
    // FastAPI: the part of the request, then the path as a list of names.
    if let Some(parts) = entry.member("loc").map(Value::elements).filter(|parts| !parts.is_empty()) {
        let part = parts[0].as_str().unwrap_or_default();
        if ELSEWHERE.contains(&part.as_str()) && parts.len() > 1 {
            return Some(Place::Elsewhere);
        }
        return Some(Place::Member(joined(if part == "body" { &parts[1..] } else { &parts })));
    }
    let part = entry.member("location").or_else(|| entry.member("in")).and_then(Value::as_str);
    if part.is_some_and(|part| ELSEWHERE.contains(&part.as_str())) {
        return Some(Place::Elsewhere);
    }
    if let Some(parts) = entry.member("path").map(Value::elements).filter(|parts| !parts.is_empty()) {
        return Some(Place::Member(joined(&parts)));
    }
    // JSON:API puts a pointer into `source`, Directus a name into `extensions`. The paths of FHIR begin with a type.
    let source =
        entry.pointer("/source/pointer").or_else(|| entry.pointer("/extensions/field")).and_then(Value::as_str);
    let expression = || {
        let path = entry.pointer("/expression/0")?.as_str()?;
        path.split_once('.').map(|(_, rest)| rest.to_owned())
    };
    let word = NAMES.iter().find_map(|name| entry.member(name)?.as_str());
    let name = source.or_else(|| word.filter(|name| !is_of_error(name))).or_else(expression)?;
    Some(Place::Member(path_of(&name)))
}

fn message_of(entry: Value<'_>) -> Option<String> {
    let word = MESSAGES.iter().find_map(|name| entry.member(name)?.as_str());
    // FHIR nests the message one level deeper; class-validator has one message for each violated rule.
    let below = || entry.pointer("/details/text").or_else(|| Some(entry.member("constraints")?.members().first()?.1));
    word.or_else(|| below()?.as_str())
}

/// Whether `object` is one complaint with a message, not a map of complaints.
fn is_message(object: Value<'_>) -> bool {
    let is_text = |name| object.member(name).and_then(Value::as_str).is_some();
    is_text("message") && (object.member("code").is_some() || object.members().len() == 1)
}

/// Whether `value` contains only lists of messages, as the answers of form validators do.
pub(super) fn is_listed(value: Value<'_>) -> bool {
    let (members, elements) = (value.members(), value.elements());
    if value.is_object() {
        return members.iter().all(|(_, one)| is_listed(*one));
    }
    !elements.is_empty() && elements.iter().all(|one| one.as_str().is_some() || (one.is_object() && is_listed(*one)))
}

/// Whether `value` is a tree: complaints about a value itself, and below them about its members or elements.
pub(super) fn is_tree(value: Value<'_>) -> bool {
    let members = value.members();
    let is_part = |name: &String| matches!(name.as_str(), "errors" | "properties" | "items");
    value.member("errors").is_some_and(|errors| !errors.is_object()) && members.iter().all(|(name, _)| is_part(name))
}

/// Whether `value` is an object with a code and a message.
pub(super) fn is_coded(value: Value<'_>) -> bool {
    value.member("code").is_some() && is_message(value)
}

/// Whether `name` is the name of an exception.
pub(super) fn is_of_error(name: &str) -> bool {
    name.ends_with("Error") || name.ends_with("Exception")
}

fn joined(parts: &[Value<'_>]) -> String {
    let mut path = String::new();
    for part in parts {
        push_token(&mut path, &part.as_str().unwrap_or_else(|| part.source().to_owned()));
    }
    path
}

/// The JSON Pointer for `name`: a pointer, also as a URI fragment (`#/a`), or a name with dots and brackets (`a.b[0]`, `$.a`).
pub(super) fn path_of(name: &str) -> String {
    let name = name.strip_prefix('#').unwrap_or(name);
    if name.is_empty() || name.starts_with('/') {
        return name.to_owned();
    }
    let mut path = String::new();
    let mut rest = name.strip_prefix("$.").unwrap_or(name);
    loop {
        // A dot between brackets is part of the name.
        let bracketed = rest.strip_prefix('[').and_then(|inner| inner.split_once(']'));
        let (token, after) = match bracketed {
            Some((token, after)) => (token.trim_matches(['"', '\'']), after.strip_prefix('.').or(Some(after))),
            None => match rest.find(['.', '[']) {
                Some(end) => (&rest[..end], Some(rest[end..].strip_prefix('.').unwrap_or(&rest[end..]))),
                None => (rest, None),
            },
        };
        if token.is_empty() {
            // The syntax is unknown: the whole text is one name.
            path.clear();
            push_token(&mut path, name);
            return path;
        }
        push_token(&mut path, token);
        match after {
            Some(after) if !(bracketed.is_some() && after.is_empty()) => rest = after,
            _ => return path,
        }
    }
}

/// The columns in a message of PostgreSQL: `Key (a, b)=(1, 2) already exists.`, in any language, or `… in column "a" …`.
pub(super) fn columns_of(detail: &str) -> Vec<Field> {
    let key = || Some(around(detail, ")=(")?.0.split_once('(')?.1);
    let column = || Some(around(detail, "column \"")?.1.split_once('"')?.0);
    // For an index on an expression, the message has no column.
    let Some(names) = key().or_else(column).filter(|names| !names.contains('(')) else { return Vec::new() };
    let one = |name: &str| {
        let mut path = String::new();
        push_token(&mut path, name.trim().trim_matches('"'));
        Field { path, value: None, detail: Some(detail.to_owned()) }
    };
    names.split(',').take(MAX_COLUMNS).map(one).gather()
}

fn index_token(index: usize) -> String {
    chained(&["/", &index.to_string()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_dots_and_brackets_are_paths_and_pointers_stay() {
        for (name, path) in [
            ("a", "/a"),
            ("a.b[0].c", "/a/b/0/c"),
            ("$.a.b", "/a/b"),
            ("labels[a.b/c].d", "/labels/a.b~1c/d"),
            ("labels['a.b']", "/labels/a.b"),
            ("a[", "/a["),
            ("a..b", "/a..b"),
            ("a.", "/a."),
            ("/a.b", "/a.b"),
            ("#/a.b", "/a.b"),
            ("$", "/$"),
            ("a/b", "/a~1b"),
        ] {
            assert_eq!(path_of(name), path, "{name}");
        }
    }
}
