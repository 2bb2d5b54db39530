//! Members by name, in constant time.

use std::cell::{Cell, OnceCell};

use super::{At, NONE, Node, Tree, same_name};

/// So few are found sooner by looking at each.
const FEW: usize = 8;

/// Things under hashes: open addressing, at most half full.
#[derive(Debug, Clone, Default)]
pub struct NameTable {
    /// A hash and a thing in each, or [`NONE`].
    slots: Vec<(u32, u32)>,
}

impl NameTable {
    /// Empties the table and makes room for `expected` things.
    pub fn clear(&mut self, expected: usize) {
        self.slots.clear();
        self.slots.resize((expected * 2).next_power_of_two(), (0, NONE));
    }

    /// The thing that is the same as the one looked for; else its slot.
    fn search(&self, hash: u32, same: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let (found, thing) = self.slots[slot];
            if thing == NONE {
                return Err(slot);
            }
            if found == hash && same(thing) {
                return Ok(thing);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Puts `thing` in, unless the same is there: that is returned.
    pub fn insert(&mut self, hash: u32, thing: u32, same: impl Fn(u32) -> bool) -> Option<u32> {
        match self.search(hash, same) {
            Ok(found) => Some(found),
            Err(slot) => {
                self.slots[slot] = (hash, thing);
                None
            }
        }
    }
}

/// The members of one object.
pub struct Members<'a> {
    document: &'a Tree,
    /// In source order.
    pub nodes: Vec<Node>,
    /// The probable place of the next name.
    hint: Cell<usize>,
    table: OnceCell<NameTable>,
}

impl<'a> Members<'a> {
    /// Without an object there are no members.
    pub fn new(document: &'a Tree, object: Option<Node>) -> Self {
        let nodes = object.map(|object| document.children(object).collect()).unwrap_or_default();
        Self { document, nodes, hint: Cell::new(0), table: OnceCell::new() }
    }

    /// The index of the member that has the name of `like`. Quickest where one asks in about the same order.
    pub fn find(&self, like: At<'_>) -> Option<usize> {
        let hint = self.hint.get();
        let matches =
            |at: usize| self.nodes.get(at).is_some_and(|&node| same_name(At { document: self.document, node }, like));
        let found = if matches(hint) {
            Some(hint)
        } else if self.nodes.len() <= FEW {
            (0..self.nodes.len()).find(|&at| matches(at))
        } else {
            let hash = like.document.data(like.node).name_hash();
            self.table().search(hash, |at| matches(at as usize)).ok().map(|at| at as usize)
        };
        if let Some(found) = found {
            self.hint.set(found + 1);
        }
        found
    }

    fn table(&self) -> &NameTable {
        self.table.get_or_init(|| {
            let mut table = NameTable::default();
            table.clear(self.nodes.len());
            for (at, &node) in (0_u32..).zip(&self.nodes) {
                table.insert(self.document.data(node).name_hash(), at, |_| false);
            }
            table
        })
    }
}
