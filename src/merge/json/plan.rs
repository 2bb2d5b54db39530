//! What a merge decided, as a tree over the nodes of the three documents; results are written from it.

use super::arrange::Arrangement;
use super::tree::Node;
use super::{Document, Documents};
use crate::merge::text::TextMerge;

/// No node, no change, no item.
pub(super) const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Base,
    Mine,
    Theirs,
}

/// The nodes of one place in the three documents, [`NONE`] where a side has nothing there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Three {
    pub base: Node,
    pub mine: Node,
    pub theirs: Node,
}

impl Three {
    pub(super) const NOTHING: Self = Self { base: NONE, mine: NONE, theirs: NONE };

    pub(super) fn get(self, side: Side) -> Option<Node> {
        let node = match side {
            Side::Base => self.base,
            Side::Mine => self.mine,
            Side::Theirs => self.theirs,
        };
        (node != NONE).then_some(node)
    }

    pub(super) fn set(&mut self, side: Side, node: Node) {
        match side {
            Side::Base => self.base = node,
            Side::Mine => self.mine = node,
            Side::Theirs => self.theirs = node,
        }
    }
}

impl<'a> Documents<'a> {
    pub(super) fn get(self, side: Side) -> Option<&'a Document> {
        match side {
            Side::Base => self.base,
            Side::Mine => Some(self.mine),
            Side::Theirs => Some(self.theirs),
        }
    }
}

#[derive(Debug, Clone)]
pub(super) enum Plan {
    /// What this side has.
    Take(Side, Node),
    /// What the pick of a change says.
    Choose(Choice),
    /// An object or an array, merged inside.
    List(Box<List>),
    /// A string merged as text.
    Text(u32),
}

/// A value that depends on the pick of one change.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    pub change: u32,
    pub nodes: Three,
    /// What stands here when nothing is picked; `None` is nothing.
    pub auto: Option<Side>,
    /// A JSON text that stands here when nothing is picked, made by the merge.
    pub made: Option<String>,
    /// One of the members that belong together and are decided as one.
    pub grouped: bool,
}

/// The children of an object or of an array.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub nodes: Three,
    pub object: bool,
    /// As they stand where nothing is picked.
    pub items: Vec<Item>,
    /// Where the order depends on picks, with what each item is called there.
    pub arrangement: Option<Box<(Arrangement, Vec<u32>)>>,
    /// The change that decides the order of all elements that somebody moved, or [`NONE`].
    pub order_change: u32,
}

/// One member, one element, or one run of elements in conflict.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub nodes: Three,
    pub plan: Option<Plan>,
    /// The change that decides the place of this element, or [`NONE`].
    pub moved: u32,
    /// Elements of all sides that are decided as one.
    pub run: Option<Box<Run>>,
    /// Set if the sides have the element in different arrays.
    pub held: Option<Held>,
    /// The sides gave the member different names, so that the chosen side also chooses the name.
    pub is_renamed: bool,
}

impl Item {
    pub(super) fn new(nodes: Three, plan: Option<Plan>) -> Self {
        Self { nodes, plan, moved: NONE, run: None, held: None, is_renamed: false }
    }
}

/// One of the arrays in which a moved record is on some side. The record is in the result where the chosen side has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub change: u32,
    /// Which sides have the record in this array.
    pub is_here: [bool; 3],
    /// The side that chooses the array if nothing is picked.
    pub auto: Side,
}

/// A stretch of an array that both sides edited.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub change: u32,
    pub base: Vec<Node>,
    pub mine: Vec<Node>,
    pub theirs: Vec<Node>,
    pub auto: Side,
    /// The values of the change are elements, not arrays of elements.
    pub single: bool,
}

impl Run {
    pub(super) fn get(&self, side: Side) -> &[Node] {
        match side {
            Side::Base => &self.base,
            Side::Mine => &self.mine,
            Side::Theirs => &self.theirs,
        }
    }
}

/// A string merged as text; its changes are the regions.
#[derive(Debug, Clone)]
pub(super) struct TextPlan {
    pub path: String,
    pub nodes: Three,
    pub first_change: u32,
    pub merge: TextMerge,
    /// Decoded: base, mine, theirs.
    pub strings: [String; 3],
}
