//! The decisions of a merge, as a tree over the nodes of the three documents. Results are composed from it.

use std::rc::Rc;

use super::arrange::Arrangement;
use super::sides::{NONE, Side, Three};
use super::tree::Node;
use super::{Document, Documents};
use crate::merge::text::TextMerge;

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
    /// The value of this side.
    Take(Side, Node),
    /// The text of a container of mine, which only mine has laid out.
    Copy(Node),
    /// A value that the pick of a change determines.
    Choose(Choice),
    /// An object or an array, merged inside.
    List(Box<List>),
    /// A string merged as text: the index of its [`TextPlan`].
    Text(u32),
    /// A moved record. Each of its arrays has this plan, and one of them holds the record.
    Record(Rc<Self>),
}

impl Plan {
    /// The plan of the value itself, also for a moved record.
    pub(super) fn of_value(&self) -> &Self {
        match self {
            Self::Record(plan) => plan,
            plan => plan,
        }
    }

    /// Whether the result has a value here if nothing is picked.
    pub(super) fn has_default(&self) -> bool {
        match self.of_value() {
            Self::Choose(choice) => {
                choice.made.is_some() || choice.auto.is_some_and(|side| choice.nodes.get(side).is_some())
            }
            _ => true,
        }
    }
}

/// A value that depends on the pick of one change.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    pub change: u32,
    pub nodes: Three,
    /// The side whose value is here if nothing is picked; `None` for no value.
    pub auto: Option<Side>,
    /// A JSON text that the merge made, for the result if nothing is picked.
    pub made: Option<String>,
    /// Whether this is a member of a group that is decided as one.
    pub grouped: bool,
}

/// The children of an object or of an array.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub nodes: Three,
    pub object: bool,
    /// In their order if nothing is picked.
    pub items: Vec<Item>,
    /// Set if the order depends on picks.
    pub arrangement: Option<Box<Movable>>,
    /// The change that decides the order of all moved elements, or [`NONE`].
    pub order_change: u32,
}

/// What an order that depends on picks is made of.
#[derive(Debug, Clone)]
pub(super) struct Movable {
    pub arrangement: Arrangement,
    /// The number of each item in the arrangement.
    pub elements: Vec<u32>,
    /// The members that identify an element.
    pub key: Vec<String>,
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

    /// The plan, except in the arrays that do not hold a moved record if nothing is picked.
    pub(super) fn own_plan(&self) -> Option<&Plan> {
        self.plan.as_ref().filter(|_| self.held.is_none_or(|held| held.is_here[held.holder as usize]))
    }
}

/// An array that contains a moved record on some side. In the result, the record is in the array that contains it on the chosen side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    /// The index of the record among the moved records.
    pub record: u32,
    /// Which sides have the record in this array.
    pub is_here: [bool; 3],
    /// The side whose array has the record in the result if nothing is picked.
    pub holder: Side,
}

/// A run of elements that both sides edited.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub change: u32,
    pub base: Vec<Node>,
    pub mine: Vec<Node>,
    pub theirs: Vec<Node>,
    pub auto: Side,
    /// Whether each side has at most one element, so that the values of the change are elements, not arrays of elements.
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
