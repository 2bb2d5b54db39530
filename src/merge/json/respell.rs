//! Puts back numbers that JavaScript could not hold: `JSON.parse` rounds them to doubles, `JSON.stringify` prints these doubles.
//!
//! The base is read as JavaScript reads it, and the edit is aligned with this reading. Each number of the edit then gets the spelling of
//! the number of base that it comes from. Two numbers may read as one double, so the place and the record decide which of them it is.

use std::ops::Range;

use json_tree::{NodeData, mix};

use super::double::{INFINITY, nearest_double};
use super::identity::Elements;
use super::likeness::{Match, WithBase, is_rich};
use super::scalar::Decimal;
use super::sides::{NONE, Three};
use super::tree::{At, Document, Kind, Members, Node, Places, Tree, find_pointer};
use super::{Operation, apply_patch};
use crate::error::Error;
use crate::gather::Gather;
use crate::merge::sort::{Index, sort_hashes, sort_pairs};

impl Document {
    /// Parses the output of `JSON.stringify` for an edited copy of `base`.
    ///
    /// Layout, spellings and member order come from JavaScript in this text, so they are no edits. JavaScript rounds a number
    /// of `base` that has no exact double. Such a number gets its digits back, wherever the edit has moved it.
    ///
    /// # Errors
    /// As [`Document::parse`]; `invalid-argument` for a number that may be one of several numbers of `base`.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::merge::json::Document;
    ///
    /// let base = Document::parse(r#"{"id":12345678901234567890,"title":"Fair"}"#)?;
    /// // `JSON.parse` rounded the id.
    /// let edit = Document::parse_edit(r#"{"id":12345678901234567000,"title":"Market"}"#, Some(&base))?;
    /// assert_eq!(edit.text(), r#"{"id":12345678901234567890,"title":"Market"}"#);
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    ///
    /// # Specification
    /// ECMA-262, Number::toString; RFC 8259 §6.
    pub fn parse_edit(text: impl Into<String>, base: Option<&Self>) -> Result<Self, Error> {
        let mut document = Self::parse_like(text, base)?;
        if let Some(base) = base
            && let Some(text) = respell(&document, base, 0..0)?
        {
            document = Self::parse_like(text, Some(base))?;
        }
        Ok(document.with_values_only())
    }
}

/// Decimals of so many digits survive the way through a double and back.
const SAFE_DIGITS: usize = 15;

/// The exponent of a number that is out of all bounds: `JSON.parse` reads zero or infinity.
const BEYOND: i64 = 1000;

/// The numbers of a document, as nodes with their values.
fn numbers(document: &Document) -> impl Iterator<Item = (Node, Decimal)> {
    let is_number =
        |(node, data): (Node, &NodeData)| (data.kind() == Kind::Number).then(|| (node, decimal(document.source(node))));
    (0..).zip(document.nodes()).filter_map(is_number)
}

fn decimal(source: &str) -> Decimal {
    Decimal::parse(source).unwrap_or_else(|| {
        let (number, exponent) = source.split_once(['e', 'E']).unwrap_or((source, ""));
        let has_digits = number.contains(|digit: char| matches!(digit, '1'..='9'));
        Decimal {
            negative: number.starts_with('-'),
            digits: if has_digits { vec![1] } else { Vec::new() },
            exponent: if exponent.starts_with('-') { -BEYOND } else { BEYOND },
        }
    })
}

/// Whether a double may print as another number.
fn is_imprecise(value: &Decimal) -> bool {
    value.digits.len() > SAFE_DIGITS || value.exponent.abs() > 300
}

/// The text with other sources for some of its nodes, in their order.
fn replaced<'t>(document: &Document, sources: impl Iterator<Item = (Node, &'t str)>) -> String {
    let mut text = String::with_capacity(document.text().len() + 64);
    let mut copied = 0;
    for (node, source) in sources {
        let data = document.data(node);
        text.push_str(document.text().get(copied..data.start as usize).unwrap_or_default());
        text.push_str(source);
        copied = data.end as usize;
    }
    text.push_str(document.text().get(copied..).unwrap_or_default());
    text
}

/// The text of `edit` with the spellings of `base` put back; `None` if no number of `base` lost digits.
///
/// # Errors
/// `invalid-argument` for a number that may be one of several numbers of `base`, if its node is not among `later`.
pub(super) fn respell(edit: &Document, base: &Document, later: Range<Node>) -> Result<Option<String>, Error> {
    let Some(respelling) = Respelling::new(edit, base)? else { return Ok(None) };
    respelling.run(later).map(Some)
}

/// The search for the numbers of base that the numbers of an edit come from.
struct Respelling<'a> {
    edit: &'a Document,
    base: &'a Document,
    /// The base with the numbers of JavaScript. Its nodes are the nodes of base.
    read: Document,
    /// The numbers of the edit that read like a number of base with more digits, and the nodes of base that they come from, or [`NONE`].
    open: Vec<(Node, Node)>,
    /// The numbers of base that read like an open number.
    known: Vec<Node>,
    /// For each hash the node of base that reads like this, or [`NONE`] if several nodes with other digits do. Sorted by the hash.
    values: Vec<(u64, Node)>,
    /// The texts of the objects of base with such a number.
    texts: Index,
    /// By node of base, whether the alignment found it in the edit.
    is_found: Vec<bool>,
    /// By node of the edit, whether it is an element that may be one of several elements of base.
    is_guess: Vec<bool>,
}

impl<'a> Respelling<'a> {
    /// `None` if the edit holds no number that lost digits.
    fn new(edit: &'a Document, base: &'a Document) -> Result<Option<Self>, Error> {
        let imprecise: Vec<(Node, Decimal)> = numbers(base).filter(|(_, value)| is_imprecise(value)).gather();
        if imprecise.is_empty() {
            return Ok(None);
        }
        // Most numbers of 17 digits are as JavaScript prints them. The edit holds them with all digits.
        let intact = Index::new(edit.nodes().iter().map(|data| data.hash));
        let is_lost = |(node, _): &&(Node, Decimal)| intact.of(base.data(*node).hash).next().is_none();
        let mut lost: Vec<(Node, u64)> = Vec::new();
        let (mut least, mut most) = (i64::MAX, i64::MIN);
        for (node, value) in imprecise.iter().filter(is_lost) {
            (least, most) = (least.min(value.exponent - 1), most.max(value.exponent + 1));
            lost.push((*node, nearest_double(value).key()));
        }
        let mut doubles = lost.iter().map(|lost| lost.1).gather();
        sort_hashes(&mut doubles);
        doubles.dedup();
        let place = |double: u64| doubles.binary_search(&double).ok();
        let mut sources: Vec<Option<&str>> = vec![None; doubles.len()];
        let mut open = Vec::new();
        for (node, data) in (0..).zip(edit.nodes()) {
            let double = match data.kind() {
                Kind::Null => INFINITY,
                Kind::Number => {
                    let value = decimal(edit.source(node));
                    if !value.digits.is_empty() && !(least..=most).contains(&value.exponent) {
                        continue;
                    }
                    nearest_double(&value)
                }
                _ => continue,
            };
            if let Some(at) = place(double.key()) {
                sources[at] = Some(edit.source(node));
                open.push((node, NONE));
            }
        }
        if open.is_empty() {
            return Ok(None);
        }
        let read = lost.iter().filter_map(|&(node, double)| Some((node, sources[place(double)?]?)));
        let read = Document::parse_like(replaced(base, read), Some(base))?;
        let hashes = Index::new(open.iter().map(|open| edit.data(open.0).hash));
        let is_known = |(_, data): &(Node, &NodeData)| hashes.of(data.hash).next().is_some();
        let known: Vec<Node> = (0..).zip(read.nodes()).filter(is_known).map(|(node, _)| node).gather();
        let [is_found, is_guess] = [base, edit].map(|document| vec![false; document.nodes().len()]);
        let holders = (0..).zip(read.nodes()).filter(|(node, data)| {
            let mut members = read.children(*node);
            data.kind() == Kind::Object && members.any(|node| known.binary_search(&node).is_ok())
        });
        let texts = Index::new(holders.flat_map(|(node, _)| texts_of(&read, node)));
        let mut respelling = Self { edit, base, read, open, known, values: Vec::new(), texts, is_found, is_guess };
        respelling.values = respelling.only(|_| true);
        Ok(Some(respelling))
    }

    fn run(mut self, later: Range<Node>) -> Result<String, Error> {
        self.walk(0, 0);
        self.find_moved(later)?;
        let spelt = self.open.iter().filter(|(_, base)| *base != NONE);
        Ok(replaced(self.edit, spelt.map(|&(node, base)| (node, self.base.source(base)))))
    }

    /// The open numbers in the subtree of a node of the edit.
    fn open_in(&mut self, node: Node) -> &mut [(Node, Node)] {
        let range = range(&self.open, node, self.edit.data(node).next, |open| open.0);
        &mut self.open[range]
    }

    /// The numbers in the subtree of a node of base that read like an open number.
    fn known_in(&self, node: Node) -> &[Node] {
        &self.known[range(&self.known, node, self.read.data(node).next, |node| *node)]
    }

    /// Aligns a value of base with a value of the edit: members by name, elements by their content.
    fn walk(&mut self, base: Node, edit: Node) {
        let mut pairs = vec![(base, edit)];
        while let Some((base, edit)) = pairs.pop() {
            if base == NONE {
                self.is_guess[edit as usize] = true;
                continue;
            }
            self.is_found[base as usize] = true;
            if self.open_in(edit).is_empty() {
                continue;
            }
            let (old, new) = (At { document: &self.read, node: base }, At { document: self.edit, node: edit });
            match (old.kind(), new.kind()) {
                (Kind::Object, Kind::Object) => pairs.extend(self.members(base, edit)),
                (Kind::Array, Kind::Array) => pairs.extend(self.elements(base, edit)),
                _ if old.hash() == new.hash() => {
                    for open in self.open_in(edit) {
                        open.1 = base;
                    }
                }
                _ => {}
            }
        }
    }

    /// Pairs the members of two objects: by name, and then a member that was renamed with the only member of base that reads the same.
    fn members(&self, base: Node, edit: Node) -> Vec<(Node, Node)> {
        let (old, new) = (Members::new(&self.read, Some(base)), Members::new(self.edit, Some(edit)));
        let mut pairs = Vec::new();
        let mut added: Vec<Node> = Vec::new();
        for &node in &new.nodes {
            match old.find(At { node, document: self.edit }).map(|at| old.nodes[at]) {
                // The page may have typed a value like this, or put another record in its place.
                Some(base) if self.is_elsewhere(base, node) => pairs.push((NONE, node)),
                Some(base) => pairs.push((base, node)),
                None => added.push(node),
            }
        }
        if added.is_empty() {
            return pairs;
        }
        let is_removed = |node: &Node| new.find(At { node: *node, document: &self.read }).is_none();
        let removed: Vec<Node> = old.nodes.iter().copied().filter(is_removed).gather();
        let [of_base, of_edit] = [(&*self.read, &removed), (&**self.edit, &added)]
            .map(|(tree, nodes)| Index::new(nodes.iter().map(|&node| tree.data(node).hash)));
        let only = |index: &Index, hash: u64| {
            let mut found = index.of(hash);
            found.next().filter(|_| found.next().is_none())
        };
        for &node in &added {
            let hash = self.edit.data(node).hash;
            if let (Some(at), Some(_)) = (only(&of_base, hash), only(&of_edit, hash)) {
                pairs.push((removed[at], node));
            }
        }
        pairs
    }

    /// Pairs the elements of two arrays. A match that is a guess counts only at the same place, if no element has left its place.
    /// Otherwise the element is paired with [`NONE`]. An element that reads like a value elsewhere has moved, and has no pair.
    fn elements(&self, base: Node, edit: Node) -> Vec<(Node, Node)> {
        let nodes = Three { base, mine: edit, theirs: NONE };
        let elements = Elements::new([Some(&self.read), Some(self.edit), None], nodes);
        let [old, new, _] = &elements.nodes;
        let with_base = WithBase::new(&elements);
        let Match { of: found, is_doubtful, is_alone, .. } = &with_base.found;
        let mut is_free = vec![true; old.len()];
        found.iter().filter(|&&at| at != NONE).for_each(|&at| is_free[at as usize] = false);
        let matches =
            || found.iter().enumerate().filter(|(_, at)| **at != NONE).map(|(place, &at)| (place, at as usize));
        let scalars = Index::new(old.iter().flat_map(|&node| scalars_of(&self.read, node)));
        // A guess holds if the element has the numbers of its match, and no other scalar of another element.
        let hold = |is_counted: &dyn Fn(usize, usize) -> bool| {
            let mut guesses = matches().filter(|&(place, at)| is_doubtful[at] && is_counted(place, at));
            guesses.all(|(place, at)| {
                let has_same = self.holds_same_numbers(old[at], new[place]);
                let own = Index::new(scalars_of(&self.read, old[at]));
                let is_of_other = |scalar: u64| own.of(scalar).next().is_none() && scalars.of(scalar).next().is_some();
                has_same && !scalars_of(self.edit, new[place]).any(is_of_other)
            })
        };
        let is_kept = old.len() == new.len() && hold(&|place, at| place == at);
        // An element that is gone may be any element that is a guess.
        let has_gone = old.iter().zip(&is_free).any(|(&node, is_free)| *is_free && !self.known_in(node).is_empty());
        let is_stable = !has_gone && hold(&|_, _| true);
        let is_in_order = matches().map(|(_, at)| at).is_sorted();
        let hashes = Index::new(old.iter().map(|&node| self.read.data(node).hash));
        let is_sure = |place: usize, at: usize| {
            let hash = self.edit.data(new[place]).hash;
            match place == at {
                is_here if is_doubtful[at] => (is_here && is_kept) || (is_alone[at] && is_stable),
                true => true,
                // Equal flags and numbers prove nothing if elements left their places.
                false if self.read.data(old[at]).hash == hash => {
                    is_in_order || (self.is_rich(new[place]) && hashes.of(hash).nth(1).is_none())
                }
                // The element may be an edit of the element that was here.
                false => is_in_order || !with_base.is_contradicted(at, place, place),
            }
        };
        let has_guesses = is_doubtful.contains(&true);
        let pair = |(place, (&at, &edit)): (usize, (&u32, &Node))| match old.get(at as usize) {
            Some(&base) if self.is_elsewhere(base, edit) => None,
            Some(&base) => Some((if is_sure(place, at as usize) { base } else { NONE }, edit)),
            None => has_guesses.then_some((NONE, edit)),
        };
        found.iter().zip(new).enumerate().filter_map(pair).gather()
    }

    /// Whether an object does not read like its match, but like another record of base with other digits: as a whole, or in all its texts.
    fn is_elsewhere(&self, base: Node, edit: Node) -> bool {
        let data = self.edit.data(edit);
        if data.kind() != Kind::Object || data.hash == self.read.data(base).hash || !self.is_rich(edit) {
            return false;
        }
        let digits = |node| digest(self.known_in(node).iter().map(|&node| self.base.data(node).hash));
        if found_in(&self.values, data.hash).is_some_and(|other| other == NONE || digits(other) != digits(base)) {
            return true;
        }
        let own = Index::new(texts_of(&self.read, base));
        let mut texts = texts_of(self.edit, edit).peekable();
        let has_number =
            self.edit.children(edit).any(|node| self.open.binary_search_by_key(&node, |open| open.0).is_ok());
        has_number
            && texts.peek().is_some()
            && texts.all(|text| own.of(text).next().is_none() && self.texts.of(text).next().is_some())
    }

    /// Whether a value of the edit contains a text.
    fn is_rich(&self, node: Node) -> bool {
        (node..self.edit.data(node).next)
            .any(|node| is_rich(At { node, document: self.edit }) && !self.edit.data(node).is_container())
    }

    /// Whether two elements have the same numbers outside of the lists in them. The open numbers of the edit and the numbers of base that
    /// read like them have equal hashes.
    fn holds_same_numbers(&self, base: Node, edit: Node) -> bool {
        let in_base = own_numbers(&self.read, base, &self.known, |node| *node);
        in_base == own_numbers(self.edit, edit, &self.open, |open| open.0)
    }

    /// Finds the numbers that moved to other places: with the value that contains them, or alone.
    fn find_moved(&mut self, later: Range<Node>) -> Result<(), Error> {
        let free = self.only(|node| !self.is_found[node as usize]);
        // A value inside of a guess is a guess, too.
        let (mut node, mut guess_end) = (0, 0);
        while (node as usize) < self.edit.nodes().len() {
            let data = *self.edit.data(node);
            if self.is_guess[node as usize] {
                guess_end = data.next.max(guess_end);
            }
            let open = self.open_in(node);
            if open.iter().all(|open| open.1 != NONE) {
                node = data.next;
                continue;
            }
            // If a part of a value was found, the value has not moved as a whole.
            let is_whole = open.iter().all(|open| open.1 == NONE)
                && data.kind() != Kind::Null
                && !(data.is_container() && node < guess_end);
            let (gone, any) = (found_in(&free, data.hash), found_in(&self.values, data.hash));
            // The page may have typed a short number.
            let is_typed =
                || data.kind() == Kind::Number && gone.is_none() && !is_imprecise(&decimal(self.edit.source(node)));
            let found = match any {
                _ if !is_whole || is_typed() => None,
                // Without a text, many values read alike.
                _ if data.is_container() && !self.is_rich(node) => None,
                // A record that is no longer at its place has moved. An equal record that stays has not been copied.
                Some(NONE) if data.is_container() => gone,
                any => any,
            };
            match found {
                Some(NONE) if data.kind() == Kind::Number && !later.contains(&node) => {
                    let path = Places::new(self.edit).path(self.edit, node);
                    let found = [
                        self.edit.source(node),
                        " at ",
                        &path,
                        ", which may be one of several numbers of the document",
                    ];
                    return Err(Error::invalid_argument("a number with all its digits", found.concat()));
                }
                Some(NONE) | None => node += 1,
                Some(base) => {
                    self.walk(base, node);
                    node = data.next;
                }
            }
        }
        Ok(())
    }

    /// For each hash the node of the reading with this hash, or [`NONE`] if there are several with different digits.
    fn only(&self, is_candidate: impl Fn(Node) -> bool) -> Vec<(u64, Node)> {
        let nodes = (0..).zip(self.read.nodes()).filter(|(node, _)| is_candidate(*node));
        let mut nodes: Vec<(u64, Node)> = nodes.map(|(node, data)| (data.hash, node)).gather();
        sort_pairs(&mut nodes);
        let mut found: Vec<(u64, Node)> = Vec::new();
        for (hash, node) in nodes {
            match found.last_mut().filter(|last| last.0 == hash) {
                Some(last) if last.1 == NONE || self.base.data(last.1).hash == self.base.data(node).hash => {}
                Some(last) => last.1 = NONE,
                None => found.push((hash, node)),
            }
        }
        found
    }
}

/// The hashes of the scalar members of an object, with their names.
fn scalars_of(tree: &Tree, node: Node) -> impl Iterator<Item = u64> {
    members_of(tree, node, |at| !at.document.data(at.node).is_container())
}

/// The hashes of the texts among the members of an object, with their names.
fn texts_of(tree: &Tree, node: Node) -> impl Iterator<Item = u64> {
    members_of(tree, node, |at| at.kind() == Kind::String && is_rich(at))
}

fn members_of(tree: &Tree, node: Node, is_one: impl Fn(At<'_>) -> bool) -> impl Iterator<Item = u64> {
    let members = if tree.kind(node) == Kind::Object { Some(tree.children(node)) } else { None };
    let members = members.into_iter().flatten().map(move |node| At { node, document: tree });
    members.filter(move |at| is_one(*at)).map(|at| mix(u64::from(at.document.data(at.node).name_hash()), at.hash()))
}

/// The digest of the numbers of a value that are among `items`, except the numbers in lists inside of it. The items are sorted by nodes.
fn own_numbers<T>(tree: &Tree, value: Node, items: &[T], node_of: impl Fn(&T) -> Node) -> u64 {
    let mut open = vec![value];
    let mut hashes = Vec::new();
    while let Some(node) = open.pop() {
        match tree.kind(node) {
            Kind::Array if node != value => {}
            Kind::Array | Kind::Object => open.extend(tree.children(node)),
            _ if items.binary_search_by_key(&node, &node_of).is_ok() => hashes.push(tree.data(node).hash),
            _ => {}
        }
    }
    digest(hashes.into_iter())
}

/// A hash of hashes that does not depend on their order.
fn digest(hashes: impl Iterator<Item = u64>) -> u64 {
    hashes.fold(0, |sum, hash| sum.wrapping_add(mix(hash, 1)))
}

/// The node with this hash.
fn found_in(nodes: &[(u64, Node)], hash: u64) -> Option<Node> {
    let at = nodes.binary_search_by_key(&hash, |one| one.0).ok()?;
    Some(nodes[at].1)
}

/// The positions of the items with a node from `first` on and before `next`. The items are sorted by their nodes.
fn range<T>(items: &[T], first: Node, next: Node, node: impl Fn(&T) -> Node) -> Range<usize> {
    items.partition_point(|item| node(item) < first)..items.partition_point(|item| node(item) < next)
}

/// The text `edit`, which JavaScript wrote, with the spelling that `base` has for numbers that are equal in JavaScript. The value at
/// the pointer `to` in `edit` counts as an edit of the value at the pointer `from` in `base`. Numbers at or below the pointer `later`
/// may stay unclear, as a later call with another base spells them.
///
/// # Errors
/// Those of parsing; `invalid-argument` for a number that may be one of several numbers of `base`.
///
/// # Examples
///
/// ```
/// use mergefetch::merge::json::respelled;
///
/// let edit = (r#"{"note":{"id":12345678901234567000}}"#.to_owned(), "/note");
/// let base = (r#"{"id":12345678901234567890}"#.to_owned(), "");
/// assert_eq!(respelled(edit, base, None)?, r#"{"note":{"id":12345678901234567890}}"#);
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
pub fn respelled(
    (edit, to): (String, &str),
    (base, from): (String, &str),
    later: Option<&str>,
) -> Result<String, Error> {
    let (edit, base) = (Document::parse(edit)?, Document::parse(base)?);
    let (Some(part), Some(known)) = (edit.root().pointer(to), base.root().pointer(from)) else {
        return Ok(edit.text().to_owned());
    };
    let (part, known) = (Document::parse(part.source())?, Document::parse(known.source())?);
    let later = later.and_then(|path| find_pointer(&part, 0, path)).map_or(0..0, |node| node..part.data(node).next);
    let value = respell(&part, &known, later)?.unwrap_or_else(|| part.text().to_owned());
    apply_patch(&edit, &[Operation::Replace { path: to.to_owned(), value }])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(base: &str, edit: &str) -> String {
        let base = Document::parse(base).unwrap();
        Document::parse_edit(edit, Some(&base)).unwrap().text().to_owned()
    }

    #[test]
    fn numbers_beyond_doubles_get_their_spelling_back() {
        assert_eq!(
            edit(r#"{"id":12345678901234567890,"n":1}"#, r#"{"id":12345678901234567000,"n":2}"#),
            r#"{"id":12345678901234567890,"n":2}"#
        );
        assert_eq!(edit("[1e400,0]", "[null,1]"), "[1e400,1]");
        assert_eq!(edit("0.1234567890123456789", "0.12345678901234568"), "0.1234567890123456789");
    }

    #[test]
    fn an_edited_number_stays_as_edited() {
        assert_eq!(edit("9007199254740993", "9007199254740994"), "9007199254740994");
        assert_eq!(edit("9007199254740993", "9007199254740992"), "9007199254740993");
        assert_eq!(edit("[12345678901234567890]", "[1]"), "[1]");
    }

    #[test]
    fn elements_that_moved_keep_their_digits() {
        assert_eq!(
            edit(
                r#"[{"id":12345678901234567890},{"id":22345678901234567890}]"#,
                r#"[{"id":7},{"id":22345678901234570000},{"id":12345678901234567000}]"#
            ),
            r#"[{"id":7},{"id":22345678901234567890},{"id":12345678901234567890}]"#
        );
    }
}
