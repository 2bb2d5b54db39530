//! Computes the JSON Patch (RFC 6902) between two documents. Elements are removed, moved and added first, then changed inside.

use super::Operation;
use super::alignment::align_once;
use super::arrange::longest_increasing;
use super::identity::{Elements, Tokens};
use super::likeness::WithBase;
use super::pointer::{self, Active, Rules};
use super::sides::{NONE, Three};
use super::tree::{At, Document, Kind, Members, equal};
use super::{Options, Rule, apply_patch, relocations};
use crate::error::Error;
use crate::gather::Gather;

/// Up to this number, operations are never turned into one replacement of their array.
const ALWAYS_SHORT: usize = 4;
/// The approximate length of an operation without its path and its value.
const OPERATION_BYTES: usize = 32;

pub(super) fn diff(before: &Document, after: &Document, options: &Options) -> Result<Vec<Operation>, Error> {
    let rules = Rules::new(&options.rules)?;
    Ok(diff_with(before, after, &rules))
}

pub(super) fn diff_with(before: &Document, after: &Document, rules: &Rules) -> Vec<Operation> {
    let plain = differences(before, after, rules);
    let size = |operations: &[Operation]| operations.iter().map(Operation::size).sum::<usize>();
    // A record leaves one place and enters another one.
    let may_move = plain.len() > 1;
    match may_move.then(|| with_moves(before, after, rules)).flatten() {
        Some(moved) if size(&moved) < size(&plain) => moved,
        _ => plain,
    }
}

/// The patch that first moves records to their new arrays, and then makes all other changes. `None` if no record moved.
fn with_moves(before: &Document, after: &Document, rules: &Rules) -> Option<Vec<Operation>> {
    let mut operations = relocations::moves(before, after);
    let between = apply_patch(before, &operations).ok().filter(|_| !operations.is_empty())?;
    let between = Document::parse_like(between, Some(before)).ok()?;
    operations.append(&mut differences(&between, after, rules));
    Some(operations)
}

fn differences(before: &Document, after: &Document, rules: &Rules) -> Vec<Operation> {
    let mut differ = Differ { rules, path: String::new(), operations: Vec::new() };
    let active = rules.root();
    differ.value(At { document: before, node: 0 }, At { document: after, node: 0 }, &active);
    differ.operations
}

struct Differ<'r> {
    rules: &'r Rules,
    path: String,
    operations: Vec<Operation>,
}

impl Differ<'_> {
    fn value(&mut self, before: At<'_>, after: At<'_>, active: &Active) {
        if equal(before, after) {
            return;
        }
        let atomic = *self.rules.rule(active) == Rule::Atomic;
        match (before.kind(), after.kind()) {
            (Kind::Object, Kind::Object) if !atomic => self.object(before, after, active),
            (Kind::Array, Kind::Array) if !atomic => self.array(before, after, active),
            _ => self.operations.push(Operation::Replace { path: self.path.clone(), value: after.source().to_owned() }),
        }
    }

    fn object(&mut self, before: At<'_>, after: At<'_>, active: &Active) {
        let start = self.operations.len();
        if self.members(before, after, active).is_none() {
            self.operations.truncate(start);
            self.operations.push(Operation::Replace { path: self.path.clone(), value: after.source().to_owned() });
        }
    }

    /// `None` if a changed member has a lone surrogate in its name: no JSON Pointer leads to it.
    fn members(&mut self, before: At<'_>, after: At<'_>, active: &Active) -> Option<()> {
        let old = Members::new(before.document, Some(before.node));
        let new = Members::new(after.document, Some(after.node));
        for &node in &old.nodes {
            let member = At { node, ..before };
            if new.find(member).is_none() {
                self.below(&before.document.exact_name(node)?, |differ| {
                    differ.operations.push(Operation::Remove { path: differ.path.clone() });
                });
            }
        }
        for &node in &new.nodes {
            let member = At { node, ..after };
            let found = old.find(member).map(|at| At { node: old.nodes[at], ..before });
            if found.is_some_and(|found| equal(found, member)) {
                continue;
            }
            let name = after.document.exact_name(node)?;
            let below = self.rules.below(active, &name);
            self.below(&name, |differ| match found {
                Some(found) => differ.value(found, member, &below),
                None => differ
                    .operations
                    .push(Operation::Add { path: differ.path.clone(), value: member.source().to_owned() }),
            });
        }
        Some(())
    }

    fn below(&mut self, token: &str, walk: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        pointer::push(&mut self.path, token);
        walk(self);
        self.path.truncate(length);
    }

    fn array(&mut self, before: At<'_>, after: At<'_>, active: &Active) {
        let start = self.operations.len();
        let nodes = Three { base: before.node, mine: after.node, theirs: NONE };
        let elements = Elements::new([Some(before.document), Some(after.document), None], nodes);
        let found = self.matched(&elements, active);
        self.elements(&elements, &found, active);
        if self.operations.len() - start > ALWAYS_SHORT {
            self.shorten(start, self.path.clone(), after);
        }
    }

    /// For each new element, the position of its old version or [`NONE`].
    fn matched(&self, elements: &Elements<'_>, active: &Active) -> Vec<u32> {
        let by_key = match self.rules.rule(active) {
            Rule::Key(names) => elements.by_key(names, true),
            Rule::Set | Rule::Sequence => None,
            _ if elements.all_objects() => return WithBase::new(elements).found.of,
            _ => None,
        };
        match by_key {
            Some(tokens) => by_token(&tokens),
            None => {
                let tokens = elements.by_value();
                if tokens.unique() { by_token(&tokens) } else { align_once(&tokens) }
            }
        }
    }

    /// Removes, moves and adds elements, then changes them inside.
    fn elements(&mut self, elements: &Elements<'_>, found: &[u32], active: &Active) {
        let (old, new): (Vec<At<'_>>, Vec<At<'_>>) = (elements.side(0).gather(), elements.side(1).gather());
        let mut kept = vec![false; old.len()];
        found.iter().filter(|&&at| at != NONE).for_each(|&at| kept[at as usize] = true);
        let replaced = one_by_one(&kept, found);
        let mut from = found.to_vec();
        for &(at, new) in &replaced {
            kept[at] = true;
            from[new] = at as u32;
        }
        for at in (0..old.len()).rev().filter(|&at| !kept[at]) {
            let path = self.element(at);
            self.operations.push(Operation::Remove { path });
        }
        // Positions among the elements that were not removed.
        let mut positions = vec![NONE; old.len()];
        let mut count = 0;
        for (position, _) in positions.iter_mut().zip(&kept).filter(|(_, kept)| **kept) {
            *position = count;
            count += 1;
        }
        let position = |&at: &u32| positions.get(at as usize).copied().unwrap_or(NONE);
        let target: Vec<u32> = from.iter().map(position).gather();
        self.rearrange(&target, count as usize, &new);
        for ((at, element), from) in new.into_iter().enumerate().zip(from) {
            let Some(&old) = old.get(from as usize) else {
                continue;
            };
            if equal(old, element) {
                continue;
            }
            let token = at.to_string();
            let below = self.rules.below(active, &token);
            let start = self.operations.len();
            self.below(&token, |differ| differ.value(old, element, &below));
            if found[at] == NONE {
                self.shorten(start, self.element(at), element);
            }
        }
    }

    /// Turns all operations from `start` on into one replacement if that is shorter.
    fn shorten(&mut self, start: usize, path: String, after: At<'_>) {
        let size: usize = self.operations[start..].iter().map(Operation::size).sum();
        if size > after.source().len() + path.len() + OPERATION_BYTES {
            self.operations.truncate(start);
            self.operations.push(Operation::Replace { path, value: after.source().to_owned() });
        }
    }

    fn element(&self, index: usize) -> String {
        let mut path = self.path.clone();
        pointer::push_index(&mut path, index);
        path
    }

    /// Moves and adds elements to reach the order `target`: old positions, and [`NONE`] for new elements.
    ///
    /// The longest increasing run stays. Each other element moves once, to the place right after its predecessor. The run
    /// divides the array into gaps. In each gap, elements that still wait for their move are after the elements already placed.
    fn rearrange(&mut self, target: &[u32], count: usize, new: &[At<'_>]) {
        let known: Vec<u32> = target.iter().copied().filter(|&at| at != NONE).gather();
        let mut in_order = vec![false; count];
        for (at, kept) in known.iter().zip(longest_increasing(&known)) {
            in_order[*at as usize] = kept;
        }
        if known.len() == target.len() && in_order.iter().all(|&kept| kept) {
            return;
        }
        // For each old position, the number of elements of the run before it.
        let mut gap_of = Vec::with_capacity(count);
        let mut gaps = 0;
        let mut waiting = Sums::new(count);
        for (at, &kept) in in_order.iter().enumerate() {
            gap_of.push(gaps);
            if kept {
                gaps += 1;
            } else {
                waiting.add(at, 1);
            }
        }
        let ends: Vec<usize> = (0..count).filter(|&at| in_order[at]).gather();
        let mut placed = Sums::new(gaps + 1);
        let mut gap = 0;
        for (index, &at) in target.iter().enumerate() {
            if at != NONE && in_order[at as usize] {
                gap = gap_of[at as usize] + 1;
                continue;
            }
            let from = (at != NONE).then(|| {
                let at = at as usize;
                waiting.add(at, -1);
                gap_of[at] + placed.below(gap_of[at] + 1) + waiting.below(at)
            });
            // The number of waiting elements before the element of the run that opens the gap.
            let before = gap.checked_sub(1).map_or(0, |last| waiting.below(ends[last]));
            let path = self.element(index + before);
            match from {
                Some(from) if from == index + before => {}
                Some(from) => {
                    let from = self.element(from);
                    self.operations.push(Operation::Move { from, path });
                }
                None => self.operations.push(Operation::Add { path, value: new[index].source().to_owned() }),
            }
            placed.add(gap, 1);
        }
    }
}

/// The old and new positions of replaced elements: between two kept elements, equally many were removed and added.
fn one_by_one(kept: &[bool], found: &[u32]) -> Vec<(usize, usize)> {
    if !found.iter().filter(|&&at| at != NONE).is_sorted() {
        return Vec::new();
    }
    let mut pairs = Vec::new();
    let (mut old, mut new) = (0, 0);
    while old < kept.len() || new < found.len() {
        let gone = kept[old..].iter().take_while(|kept| !**kept).count();
        let came = found[new..].iter().take_while(|&&at| at == NONE).count();
        if gone == came {
            for at in 0..gone {
                pairs.push((old + at, new + at));
            }
        }
        old += gone + 1;
        new += came + 1;
    }
    pairs
}

fn by_token(tokens: &Tokens) -> Vec<u32> {
    let mut at_of = vec![NONE; tokens.count];
    for (at, &token) in (0_u32..).zip(&tokens.of[0]) {
        at_of[token as usize] = at;
    }
    tokens.of[1].iter().map(|&token| at_of[token as usize]).gather()
}

/// Prefix sums that change (a Fenwick tree).
struct Sums {
    tree: Vec<isize>,
}

impl Sums {
    fn new(count: usize) -> Self {
        Self { tree: vec![0; count + 1] }
    }

    fn add(&mut self, at: usize, amount: isize) {
        let mut node = at + 1;
        while let Some(sum) = self.tree.get_mut(node) {
            *sum += amount;
            node += node & node.wrapping_neg();
        }
    }

    /// The sum of everything before `at`.
    fn below(&self, at: usize) -> usize {
        let mut node = at.min(self.tree.len() - 1);
        let mut sum = 0;
        while node > 0 {
            sum += self.tree[node];
            node &= node - 1;
        }
        sum.unsigned_abs()
    }
}

impl Operation {
    /// Its approximate length as JSON.
    fn size(&self) -> usize {
        OPERATION_BYTES
            + match self {
                Self::Add { path, value } | Self::Replace { path, value } | Self::Test { path, value } => {
                    path.len() + value.len()
                }
                Self::Remove { path } => path.len(),
                Self::Move { from, path } | Self::Copy { from, path } => from.len() + path.len(),
            }
    }
}
