//! Puts back numbers that JavaScript could not hold: `JSON.parse` rounds them to doubles, `JSON.stringify` prints these doubles.
//!
//! The base is read as JavaScript reads it, and the edit is aligned with this reading. Each number of the edit then gets the spelling of
//! the number of base that it comes from. Two numbers may read as one double, so the place and the record decide which of them it is.

use std::ops::Range;

use json_tree::{NodeData, mix};

use super::identity::Elements;
use super::likeness::{Match, Matched, is_rich};
use super::plan::{NONE, Three};
use super::scalar::Decimal;
use super::tree::{At, Document, Kind, Members, Node, find_pointer};
use super::{Operation, apply_patch};
use crate::error::Error;
use crate::gather::Gather;
use crate::merge::sort::{Index, sort_hashes, sort_pairs};

/// Decimals of so many digits survive the way through a double and back.
const SAFE_DIGITS: usize = 15;
/// Ten times a larger power of two exceeds 64 bits.
const MAX_SHIFT: i64 = 60;

/// A double by its bits: the value is `mantissa × 2^exponent`. Infinity has the exponent `i32::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Double {
    negative: bool,
    mantissa: u64,
    exponent: i32,
}

/// What JavaScript reads for numbers that are too large, whatever their sign; it prints as null.
const INFINITY: Double = Double { negative: false, mantissa: 1, exponent: i32::MAX };

impl Double {
    /// One number for each double. Mantissas have 53 bits, and 11 bits distinguish all exponents.
    fn key(self) -> u64 {
        let key = self.mantissa | u64::from(self.exponent.cast_unsigned()) << 53;
        if self.negative { !key } else { key }
    }
}

/// The double nearest to a decimal, ties to even, as `JSON.parse` reads it.
///
/// Shifts the decimal by many bits at once: exact and small. Called only for numbers that no double represents.
fn nearest_double(value: &Decimal) -> Double {
    // `JSON.stringify` prints -0 as 0.
    let zero = Double { negative: false, mantissa: 0, exponent: 0 };
    if value.digits.is_empty() || value.exponent < -330 {
        return zero;
    }
    if value.exponent > 310 {
        return INFINITY;
    }
    if value.digits.len() as i64 <= value.exponent && value.exponent < 20 {
        return nearest_to_whole(value);
    }
    let (mut digits, mut point) = (value.digits.clone(), value.exponent);
    let mut exponent = 0_i32;
    // A power of ten has more than three bits for each zero, so no shift is too large.
    let bits_of = |places: i64| (places * 3).clamp(1, MAX_SHIFT) as i32;
    while point > 0 {
        let bits = bits_of(point - 1);
        divide(&mut digits, bits);
        let zeros = digits.iter().take_while(|&&digit| digit == 0).count();
        digits.drain(..zeros);
        point -= zeros as i64;
        exponent += bits;
    }
    while point < 0 || digits.first().is_some_and(|&digit| digit < 5) {
        let bits = bits_of(-point);
        let mut carry = multiply(&mut digits, bits);
        while carry > 0 {
            digits.insert(0, (carry % 10) as u8);
            carry /= 10;
            point += 1;
        }
        while digits.last() == Some(&0) {
            digits.pop();
        }
        exponent -= bits;
    }
    // Subnormal doubles have fewer bits; below half of the smallest there is nothing.
    if exponent < -1074 {
        return zero;
    }
    let bits = 53 - (-1021 - exponent).max(0);
    let mut mantissa = multiply(&mut digits, bits);
    let half = digits.first().is_some_and(|&digit| digit >= 5);
    let above = digits.first().is_some_and(|&digit| digit > 5) || digits.iter().skip(1).any(|&digit| digit > 0);
    if half && (above || mantissa & 1 == 1) {
        mantissa += 1;
    }
    let mut exponent = exponent - bits;
    if mantissa == 1 << 53 {
        mantissa >>= 1;
        exponent += 1;
    }
    if mantissa == 0 {
        zero
    } else if exponent > 971 {
        INFINITY
    } else {
        Double { negative: value.negative, mantissa, exponent }
    }
}

/// The same for whole numbers of up to 19 digits: most of what no double holds are identifiers.
fn nearest_to_whole(value: &Decimal) -> Double {
    let places = usize::try_from(value.exponent).unwrap_or(0);
    let digits = value.digits.iter().copied().chain(std::iter::repeat(0)).take(places);
    let whole = digits.fold(0_u64, |whole, digit| whole * 10 + u64::from(digit));
    let exponent = 64 - 53 - whole.leading_zeros() as i32;
    if exponent <= 0 {
        return Double { negative: value.negative, mantissa: whole << -exponent, exponent };
    }
    let mut mantissa = whole >> exponent;
    let (rest, half) = (whole - (mantissa << exponent), 1 << (exponent - 1));
    mantissa += u64::from(rest > half || (rest == half && mantissa & 1 == 1));
    if mantissa == 1 << 53 {
        return Double { negative: value.negative, mantissa: 1 << 52, exponent: exponent + 1 };
    }
    Double { negative: value.negative, mantissa, exponent }
}

/// Divides `0.digits` by `2^bits`.
fn divide(digits: &mut Vec<u8>, bits: i32) {
    let mut rest = 0_u64;
    let mut next = |digit: u8| {
        let value = rest * 10 + u64::from(digit);
        rest = value & ((1 << bits) - 1);
        ((value >> bits) as u8, rest > 0)
    };
    let mut has_more = false;
    for digit in digits.iter_mut() {
        (*digit, has_more) = next(*digit);
    }
    while has_more {
        let digit;
        (digit, has_more) = next(0);
        digits.push(digit);
    }
}

/// Multiplies `0.digits` by `2^bits`, and returns the integer part.
fn multiply(digits: &mut [u8], bits: i32) -> u64 {
    let mut carry = 0;
    for digit in digits.iter_mut().rev() {
        let value = (u64::from(*digit) << bits) + carry;
        *digit = (value % 10) as u8;
        carry = value / 10;
    }
    carry
}

/// The numbers of a document, as nodes with their values. A number whose exponent is out of all bounds has no value.
fn numbers(document: &Document) -> impl Iterator<Item = (Node, Decimal)> {
    let is_number = |(node, data): (Node, &NodeData)| {
        if data.kind() == Kind::Number { Some((node, Decimal::parse(document.source(node))?)) } else { None }
    };
    (0..).zip(document.nodes()).filter_map(is_number)
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
                Kind::Number => match Decimal::parse(edit.source(node)) {
                    Some(value) if value.digits.is_empty() || (least..=most).contains(&value.exponent) => {
                        nearest_double(&value)
                    }
                    _ => continue,
                },
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
        let known = (0..).zip(read.nodes()).filter(is_known).map(|(node, _)| node).gather();
        let [is_found, is_guess] = [base, edit].map(|document| vec![false; document.nodes().len()]);
        let mut respelling = Self { edit, base, read, open, known, values: Vec::new(), is_found, is_guess };
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
        let Match { of: found, is_doubtful, is_alone, .. } = Matched::with_base(&elements);
        let mut is_free = vec![true; old.len()];
        found.iter().filter(|&&at| at != NONE).for_each(|&at| is_free[at as usize] = false);
        // An element that is gone, or whose number is gone, may be any element that is a guess.
        let has_gone = old.iter().zip(&is_free).any(|(&node, is_free)| *is_free && !self.known_in(node).is_empty());
        let guesses = || found.iter().enumerate().filter(|(_, at)| is_doubtful.get(**at as usize) == Some(&true));
        let hold_same = |is_counted: &dyn Fn(usize, usize) -> bool| {
            let mut counted = guesses().filter(|(place, at)| is_counted(*place, **at as usize));
            counted.all(|(place, &at)| self.holds_same_numbers(old[at as usize], new[place]))
        };
        let is_kept = old.len() == new.len() && hold_same(&|place, at| place == at);
        let is_stable = !has_gone && hold_same(&|_, _| true);
        let is_in_order = found.iter().filter(|&&at| at != NONE).is_sorted();
        let has_guesses = is_doubtful.contains(&true);
        let equal = Index::new(old.iter().map(|&node| self.read.data(node).hash));
        // Equal flags and numbers prove nothing if elements left their places.
        let proves =
            |edit: Node| is_in_order || (self.is_rich(edit) && equal.of(self.edit.data(edit).hash).nth(1).is_none());
        let pair = |(place, (&at, &edit)): (usize, (&u32, &Node))| {
            let base = old.get(at as usize).copied();
            match base {
                Some(base) if self.is_elsewhere(base, edit) => None,
                Some(base) if place == at as usize && (is_kept || !is_doubtful[at as usize]) => Some((base, edit)),
                Some(base) if is_stable && is_alone[at as usize] => Some((base, edit)),
                Some(base) if !is_doubtful[at as usize] => {
                    let is_equal = self.read.data(base).hash == self.edit.data(edit).hash;
                    Some((if !is_equal || proves(edit) { base } else { NONE }, edit))
                }
                _ => has_guesses.then_some((NONE, edit)),
            }
        };
        found.iter().zip(new).enumerate().filter_map(pair).gather()
    }

    /// Whether a container does not read like its match, but like another value of base with other digits.
    fn is_elsewhere(&self, base: Node, edit: Node) -> bool {
        let data = self.edit.data(edit);
        if !data.is_container() || data.hash == self.read.data(base).hash || !self.is_rich(edit) {
            return false;
        }
        let digits = |node: Node| {
            self.known_in(node).iter().fold(0_u64, |sum, &node| sum.wrapping_add(mix(self.base.data(node).hash, 1)))
        };
        found_in(&self.values, data.hash).is_some_and(|other| other == NONE || digits(other) != digits(base))
    }

    /// Whether a value of the edit contains a text.
    fn is_rich(&self, node: Node) -> bool {
        (node..self.edit.data(node).next)
            .any(|node| is_rich(At { node, document: self.edit }) && !self.edit.data(node).is_container())
    }

    fn holds_same_numbers(&self, base: Node, edit: Node) -> bool {
        let sum =
            |hashes: &mut dyn Iterator<Item = u64>| hashes.fold(0_u64, |sum, hash| sum.wrapping_add(mix(hash, 1)));
        let in_edit = range(&self.open, edit, self.edit.data(edit).next, |open| open.0);
        sum(&mut self.known_in(base).iter().map(|&node| self.read.data(node).hash))
            == sum(&mut self.open[in_edit].iter().map(|open| self.edit.data(open.0).hash))
    }

    /// Finds the numbers that moved to other places: with the value that contains them, or alone.
    fn find_moved(&mut self, later: Range<Node>) -> Result<(), Error> {
        let free = self.only(|node| !self.is_found[node as usize]);
        let mut node = 0;
        while (node as usize) < self.edit.nodes().len() {
            let data = *self.edit.data(node);
            let open = self.open_in(node);
            if open.iter().all(|open| open.1 != NONE) {
                node = data.next;
                continue;
            }
            // If a part of a value was found, the value has not moved as a whole.
            let is_whole = open.iter().all(|open| open.1 == NONE)
                && data.kind() != Kind::Null
                && !(data.is_container() && self.is_guess[node as usize]);
            let (gone, any) = (found_in(&free, data.hash), found_in(&self.values, data.hash));
            // The page may have typed a short number.
            let is_typed = || {
                data.kind() == Kind::Number
                    && gone.is_none()
                    && Decimal::parse(self.edit.source(node)).is_none_or(|value| !is_imprecise(&value))
            };
            let found = match any {
                _ if !is_whole || is_typed() => None,
                // A record that is no longer at its place has moved. An equal record that stays has not been copied.
                Some(NONE) if data.is_container() && self.is_rich(node) => gone,
                any => any,
            };
            match found {
                Some(NONE) if data.kind() == Kind::Number && !later.contains(&node) => {
                    let found = [self.edit.source(node), ", as which JavaScript reads several numbers of the document"];
                    return Err(Error::invalid_argument("numbers that JavaScript can tell apart", found.concat()));
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

    fn bits(source: &str) -> Double {
        nearest_double(&Decimal::parse(source).unwrap())
    }

    fn of_float(value: f64) -> Double {
        let raw = value.abs().to_bits();
        let (biased, fraction) = ((raw >> 52) as i32, raw & ((1 << 52) - 1));
        let negative = value.is_sign_negative();
        match biased {
            0x7FF => Double { negative, mantissa: 1, exponent: i32::MAX },
            0 if fraction == 0 => Double { negative, mantissa: 0, exponent: 0 },
            0 => Double { negative, mantissa: fraction, exponent: -1074 },
            _ => Double { negative, mantissa: fraction | 1 << 52, exponent: biased - 1075 },
        }
    }

    #[test]
    fn the_nearest_double_is_that_of_the_standard_library() {
        for source in [
            "9007199254740993",
            "9007199254740992",
            "12345678901234567890",
            "0.1",
            "1.7976931348623157e308",
            "1.7976931348623159e308",
            "5e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "2.2250738585072011e-308",
            "123456789.123456789123456789",
            "-3.5",
            "1e23",
            "8.5e22",
            "179769313486231580793728971405301e276",
            "1",
            "10",
            "0.5",
            "0.25",
            "3",
            "9007199254740994000",
            "9999999999999999999",
            "9007199254740995",
            "18014398509481983",
            "18014398509481985e1",
            "-1234567890123456789",
            "4503599627370497.5",
        ] {
            assert_eq!(bits(source), of_float(source.parse().unwrap()), "{source}");
        }
        let mut state = 1_u64;
        for _ in 0..2000 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let source = format!("{}.{}e{}", state >> 20, state & 0xFFFFF, (state >> 40) as i64 % 330 - 330);
            assert_eq!(bits(&source), of_float(source.parse().unwrap()), "{source}");
        }
    }

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
