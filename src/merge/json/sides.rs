//! The three sides of a merge, and the nodes of one place.

use super::tree::Node;

/// The number of no node, no change, and no item.
pub(super) const NONE: u32 = u32::MAX;

/// The document of a side: the start of the edit, the edit, and the newest version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Base,
    Mine,
    Theirs,
}

/// The nodes of one place in the three documents; [`NONE`] if a side has no value there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Three {
    pub base: Node,
    pub mine: Node,
    pub theirs: Node,
}

impl Side {
    pub(super) const ALL: [Self; 3] = [Self::Base, Self::Mine, Self::Theirs];
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

    pub(super) fn with(mut self, side: Side, node: Node) -> Self {
        self.set(side, node);
        self
    }

    pub(super) fn set(&mut self, side: Side, node: Node) {
        match side {
            Side::Base => self.base = node,
            Side::Mine => self.mine = node,
            Side::Theirs => self.theirs = node,
        }
    }
}
