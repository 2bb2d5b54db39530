//! Applies JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7396), and computes merge patches.

use crate::gather::Gather;
use std::borrow::Cow;

use json_tree::decode_bytes;

use super::Operation;
use super::Rule;
use super::pointer::{self, Active, Rules};
use super::scalar::quote;
use super::tree::{At, Document, Kind, Members, equal, name};
use crate::error::Error;

/// A document that is being patched. Only containers that a patch enters are opened.
#[derive(Debug, Clone)]
enum Tree<'a> {
    Source(At<'a>),
    Array(Vec<Tree<'a>>),
    /// The names are string literals, because a `String` cannot hold a lone surrogate.
    Object(Vec<(Cow<'a, str>, Tree<'a>)>),
}

/// The index of the member with this name. The name is in the bytes of [`decode_bytes`], which can encode lone surrogates.
fn position(members: &[(Cow<'_, str>, Tree<'_>)], name: &[u8]) -> Option<usize> {
    members.iter().position(|(literal, _)| {
        let written = literal.as_bytes().get(1..literal.len() - 1).unwrap_or_default();
        if written.contains(&b'\\') { decode_bytes(literal) == name } else { written == name }
    })
}

/// The text without the members and elements at these pointers. A `*` in a pointer matches any name or index. The rest keeps its layout.
///
/// # Examples
///
/// ```
/// use mergefetch::merge::json::{Document, without};
///
/// let document = Document::parse(r#"{"id": 7, "tags": [{"at": 1, "name": "x"}]}"#)?;
/// assert_eq!(without(&document, ["/id", "/tags/*/at"].into_iter()), r#"{"tags": [{"name": "x"}]}"#);
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
///
/// # Specification
/// RFC 6901, with `*` added.
pub fn without<'a>(document: &Document, pointers: impl Iterator<Item = &'a str>) -> String {
    let rules = pointers.map(|pointer| (pointer.to_owned(), Rule::Ignore)).gather();
    let mut cut = Cut { document, out: String::new(), copied: 0, rules: Rules::new(&rules).unwrap_or_default() };
    let root = cut.rules.root();
    cut.below(0, &root);
    cut.out.push_str(&document.text()[cut.copied..]);
    cut.out
}

/// Writes a text without the members and elements that the rules match.
struct Cut<'a> {
    document: &'a Document,
    rules: Rules,
    out: String,
    /// The end of the part that was copied or left out.
    copied: usize,
}

impl Cut<'_> {
    fn below(&mut self, node: u32, active: &Active) {
        let kind = self.document.kind(node);
        if !self.rules.any(active) || !matches!(kind, Kind::Object | Kind::Array) {
            return;
        }
        // The comma before a removed child is removed, too. Removed first children have none, so the comma after them is removed.
        let (mut stays, mut first, mut ended) = (false, None, 0);
        for (index, child) in self.document.children(node).enumerate() {
            let token = if kind == Kind::Object { name(self.document, child) } else { index.to_string() };
            let active = self.rules.below(active, &token);
            let (begin, end) = (self.document.begin(child), self.document.data(child).end as usize);
            match *self.rules.rule(&active) == Rule::Ignore {
                true if stays => self.leave_out(ended, end),
                true => first = first.or(Some(begin)),
                false => {
                    if let Some(first) = first.take() {
                        self.leave_out(first, begin);
                    }
                    stays = true;
                    self.below(child, &active);
                }
            }
            ended = end;
        }
        if let Some(first) = first {
            self.leave_out(first, ended);
        }
    }

    fn leave_out(&mut self, start: usize, end: usize) {
        self.out.push_str(&self.document.text()[self.copied..start]);
        self.copied = end;
    }
}

/// Applies a JSON Patch completely or not at all.
///
/// The result keeps the spelling of every value, but not the layout around changes.
///
/// # Errors
/// `invalid-argument` if the document lacks a path or a test fails; `invalid-json` if a value is not JSON.
///
/// # Examples
///
/// ```
/// use mergefetch::merge::json::{Document, apply_patch, parse_patch};
///
/// let document = Document::parse(r#"{"title":"Fair","guests":40}"#)?;
/// let patch = parse_patch(&Document::parse(r#"[{"op":"remove","path":"/guests"}]"#)?)?;
/// assert_eq!(apply_patch(&document, &patch)?, r#"{"title":"Fair"}"#);
/// // Applied twice, the path is gone.
/// assert!(apply_patch(&Document::parse(r#"{"title":"Fair"}"#)?, &patch).is_err());
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
///
/// # Specification
/// RFC 6902 §4.
pub fn apply_patch(document: &Document, operations: &[Operation]) -> Result<String, Error> {
    let values = parse_values(operations)?;
    let mut tree = Tree::Source(At { document, node: 0 });
    for (operation, value) in operations.iter().zip(&values) {
        let value = value.as_ref().map(|document| Tree::Source(At { document, node: 0 }));
        tree = apply_one(tree, operation, value)?;
    }
    let mut out = String::new();
    tree.write(&mut out);
    Ok(out)
}

fn parse_values(operations: &[Operation]) -> Result<Vec<Option<Document>>, Error> {
    let parse = |operation: &Operation| match operation {
        Operation::Add { value, .. } | Operation::Replace { value, .. } | Operation::Test { value, .. } => {
            Document::parse(value.as_str()).map(Some)
        }
        _ => Ok(None),
    };
    operations.iter().map(parse).try_gather()
}

fn apply_one<'a>(mut tree: Tree<'a>, operation: &Operation, value: Option<Tree<'a>>) -> Result<Tree<'a>, Error> {
    let value = |path: &str| value.ok_or_else(|| no_such_path(path));
    match operation {
        Operation::Add { path, .. } => return tree.add(path, value(path)?),
        Operation::Replace { path, .. } => *tree.find(path)? = value(path)?,
        Operation::Remove { path } => {
            tree.remove(path)?;
        }
        Operation::Move { from, path } => {
            if path.strip_prefix(from.as_str()).is_some_and(|rest| rest.starts_with('/')) {
                // RFC 6902 §4.4: "The 'from' location MUST NOT be a proper prefix of the 'path' location".
                return Err(no_such_path(path));
            }
            if from == path {
                tree.find(from)?;
                return Ok(tree);
            }
            let moved = tree.remove(from)?;
            return tree.add(path, moved);
        }
        Operation::Copy { from, path } => {
            let copy = tree.find(from)?.clone();
            return tree.add(path, copy);
        }
        Operation::Test { path, .. } => {
            let mut expected = String::new();
            value(path)?.write(&mut expected);
            let mut found = String::new();
            tree.find(path)?.write(&mut found);
            let (expected, found) = (Document::parse(expected)?, Document::parse(found)?);
            if !expected.root().equals(found.root()) {
                return Err(Error::invalid_argument("the value that the test of the patch names", path.as_str()));
            }
        }
    }
    Ok(tree)
}

fn no_such_path(path: &str) -> Error {
    Error::invalid_argument("a path that the document has", path)
}

impl<'a> Tree<'a> {
    /// Opens a container by one level.
    fn open(&mut self) {
        let Self::Source(at) = *self else { return };
        let children = at.document.children(at.node).map(|node| At { node, ..at });
        match at.kind() {
            Kind::Array => *self = Self::Array(children.map(Self::Source).gather()),
            Kind::Object => {
                let name = |child: At<'a>| Cow::Borrowed(child.document.name_source(child.node));
                *self = Self::Object(children.map(|child| (name(child), Self::Source(child))).gather());
            }
            _ => {}
        }
    }

    fn child(&mut self, token: &str) -> Option<&mut Self> {
        self.open();
        match self {
            Self::Array(elements) => elements.get_mut(pointer::index(token)?),
            Self::Object(members) => {
                let at = position(members, token.as_bytes())?;
                members.get_mut(at).map(|(_, value)| value)
            }
            Self::Source(_) => None,
        }
    }

    fn find(&mut self, path: &str) -> Result<&mut Self, Error> {
        let tokens = pointer::tokens(path).ok_or_else(|| no_such_path(path))?;
        let mut at = self;
        for token in tokens {
            at = at.child(&token).ok_or_else(|| no_such_path(path))?;
        }
        Ok(at)
    }

    /// The container at the end of a path, and the last token.
    fn parent(&mut self, path: &str) -> Result<(&mut Self, String), Error> {
        let at = path.rfind('/').ok_or_else(|| no_such_path(path))?;
        let token =
            pointer::tokens(&path[at..]).and_then(|mut tokens| tokens.pop()).ok_or_else(|| no_such_path(path))?;
        let parent = self.find(&path[..at])?;
        parent.open();
        Ok((parent, token))
    }

    fn add(mut self, path: &str, value: Self) -> Result<Self, Error> {
        if path.is_empty() {
            return Ok(value);
        }
        match self.parent(path)? {
            (Self::Array(elements), token) => {
                let index = if token == "-" { Some(elements.len()) } else { pointer::index(&token) };
                let index = index.filter(|&index| index <= elements.len()).ok_or_else(|| no_such_path(path))?;
                elements.insert(index, value);
            }
            (Self::Object(members), token) => match position(members, token.as_bytes()) {
                Some(at) => members[at].1 = value,
                None => members.push((Cow::Owned(quote(&token)), value)),
            },
            (Self::Source(_), _) => return Err(no_such_path(path)),
        }
        Ok(self)
    }

    fn remove(&mut self, path: &str) -> Result<Self, Error> {
        match self.parent(path)? {
            (Self::Array(elements), token) => {
                let index =
                    pointer::index(&token).filter(|&index| index < elements.len()).ok_or_else(|| no_such_path(path))?;
                Ok(elements.remove(index))
            }
            (Self::Object(members), token) => {
                let index = position(members, token.as_bytes()).ok_or_else(|| no_such_path(path))?;
                Ok(members.remove(index).1)
            }
            (Self::Source(_), _) => Err(no_such_path(path)),
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Source(at) => out.push_str(at.source()),
            Self::Array(elements) => {
                out.push('[');
                for (at, element) in elements.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    element.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    out.push_str(name);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// The merge patch that turns `before` into `after`.
///
/// # Errors
/// `invalid-argument` with the path of a change that no merge patch can express: a member set to null, or a new object
/// with a null member. The patch contains a changed array as a whole.
///
/// # Examples
///
/// ```
/// use mergefetch::merge::json::{Document, merge_patch};
///
/// let before = Document::parse(r#"{"title":"Fair","guests":40,"tags":["a"]}"#)?;
/// let after = Document::parse(r#"{"title":"Fair","tags":["a","b"]}"#)?;
/// assert_eq!(merge_patch(&before, &after)?, r#"{"guests":null,"tags":["a","b"]}"#);
/// // In a merge patch, null means removal.
/// assert!(merge_patch(&before, &Document::parse(r#"{"title":null}"#)?).is_err());
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
///
/// # Specification
/// RFC 7396.
pub fn merge_patch(before: &Document, after: &Document) -> Result<String, Error> {
    let mut out = String::new();
    let (before, after) = (At { document: before, node: 0 }, At { document: after, node: 0 });
    if after.kind() == Kind::Object {
        write_merge_patch(Some(before), after, &mut String::new(), &mut out)?;
    } else {
        out.push_str(after.source());
    }
    Ok(out)
}

fn write_merge_patch(before: Option<At<'_>>, after: At<'_>, path: &mut String, out: &mut String) -> Result<(), Error> {
    let old = before.filter(|before| before.kind() == Kind::Object);
    let members = Members::new(old.map_or(after.document, |old| old.document), old.map(|old| old.node));
    let others = Members::new(after.document, Some(after.node));
    out.push('{');
    let mut first = true;
    let mut name = |of: At<'_>, out: &mut String| {
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        out.push_str(of.document.name_source(of.node));
        out.push(':');
    };
    if let Some(old) = old {
        for &node in &members.nodes {
            let member = At { node, ..old };
            if others.find(member).is_none() {
                name(member, out);
                out.push_str("null");
            }
        }
    }
    for &node in &others.nodes {
        let member = At { node, ..after };
        let found = old.and_then(|old| members.find(member).map(|at| At { node: members.nodes[at], ..old }));
        if found.is_some_and(|found| equal(found, member)) {
            continue;
        }
        let length = path.len();
        pointer::push(path, &super::tree::name(after.document, node));
        name(member, out);
        match member.kind() {
            // RFC 7396 §1: null means removal, so it cannot be set.
            Kind::Null => {
                return Err(Error::invalid_argument(
                    "a change that a merge patch can say, not a null to set",
                    path.as_str(),
                ));
            }
            Kind::Object => write_merge_patch(found, member, path, out)?,
            _ => out.push_str(member.source()),
        }
        path.truncate(length);
    }
    out.push('}');
    Ok(())
}

/// Applies a merge patch.
///
/// The result keeps the spelling of every value, but not the layout around changes.
///
/// # Examples
///
/// ```
/// use mergefetch::merge::json::{Document, apply_merge_patch};
///
/// let document = Document::parse(r#"{"title":"Fair","guests":40}"#)?;
/// let patch = Document::parse(r#"{"guests":null,"place":"Hall"}"#)?;
/// assert_eq!(apply_merge_patch(&document, &patch), r#"{"title":"Fair","place":"Hall"}"#);
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
///
/// # Specification
/// RFC 7396 §2.
pub fn apply_merge_patch(document: &Document, patch: &Document) -> String {
    let mut tree = Tree::Source(At { document, node: 0 });
    merge_into(&mut tree, At { document: patch, node: 0 });
    let mut out = String::new();
    tree.write(&mut out);
    out
}

fn merge_into<'a>(target: &mut Tree<'a>, patch: At<'a>) {
    if patch.kind() != Kind::Object {
        *target = Tree::Source(patch);
        return;
    }
    target.open();
    if !matches!(target, Tree::Object(_)) {
        *target = Tree::Object(Vec::new());
    }
    let Tree::Object(members) = target else {
        return;
    };
    for node in patch.document.children(patch.node) {
        let (name, value) = (patch.document.name_source(node), At { node, ..patch });
        let known = position(members, &decode_bytes(name));
        match (known, value.kind()) {
            (Some(at), Kind::Null) => {
                members.remove(at);
            }
            (None, Kind::Null) => {}
            (Some(at), _) => merge_into(&mut members[at].1, value),
            (None, _) => {
                // RFC 7396 §2 drops the nulls in a new value, so the value is merged into an empty object, not copied.
                let mut new = Tree::Object(Vec::new());
                merge_into(&mut new, value);
                members.push((Cow::Borrowed(name), new));
            }
        }
    }
}

/// Reads a JSON Patch document.
///
/// # Errors
/// `invalid-argument` with the pointer of an invalid operation.
///
/// # Examples
///
/// ```
/// use mergefetch::merge::json::{Document, Operation, parse_patch};
///
/// let patch = Document::parse(r#"[{"op":"move","from":"/a","path":"/b"}]"#)?;
/// assert_eq!(parse_patch(&patch)?, [Operation::Move { from: "/a".into(), path: "/b".into() }]);
/// // A move without `from` is no operation.
/// assert!(parse_patch(&Document::parse(r#"[{"op":"move","path":"/b"}]"#)?).is_err());
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
///
/// # Specification
/// RFC 6902 §3, §4.
pub fn parse_patch(patch: &Document) -> Result<Vec<Operation>, Error> {
    let root = At { document: patch, node: 0 };
    if root.kind() != Kind::Array {
        return Err(Error::invalid_argument("an array of operations", "another value"));
    }
    let operation = |(at, node): (usize, u32)| {
        let field = |name: &str| patch.find_member(node, name);
        let string = |name: &str| {
            field(name)
                .and_then(|node| patch.exact_string(node))
                .filter(|text| name == "op" || pointer::tokens(text).is_some())
        };
        let value = || field("value").map(|node| patch.source(node).to_owned());
        let parse = || {
            let path = string("path")?;
            Some(match string("op")?.as_str() {
                "add" => Operation::Add { path, value: value()? },
                "replace" => Operation::Replace { path, value: value()? },
                "test" => Operation::Test { path, value: value()? },
                "remove" => Operation::Remove { path },
                "move" => Operation::Move { from: string("from")?, path },
                "copy" => Operation::Copy { from: string("from")?, path },
                _ => return None,
            })
        };
        parse().ok_or_else(|| {
            let mut place = String::new();
            pointer::push_index(&mut place, at);
            Error::invalid_argument("an operation of JSON Patch", place)
        })
    };
    patch.children(0).enumerate().map(operation).try_gather()
}
