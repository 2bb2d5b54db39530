//! Numbers for units of text: equal units get equal numbers, over all documents of a merge.

use crate::bytes::{hash64, same};

/// Gives each distinct unit a number, counting from 0.
///
/// An own table of `u32` slots, because the map of the standard library hashes six times slower and costs more of the download.
#[derive(Debug)]
pub struct Interner<'t> {
    /// A number plus one, or 0 for a free slot; the length is a power of two.
    slots: Vec<u32>,
    units: Vec<Unit<'t>>,
    /// The next unit, if this document continues as the first one did.
    expected: usize,
}

#[derive(Debug, Clone, Copy)]
struct Unit<'t> {
    text: &'t str,
    hash: u32,
}

impl Default for Interner<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'t> Interner<'t> {
    /// One that knows no unit.
    pub fn new() -> Self {
        Self { slots: vec![0; 64], units: Vec::new(), expected: 0 }
    }

    /// How many distinct units there are.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// The text of a number; empty for a number that is none.
    pub fn unit(&self, token: u32) -> &'t str {
        self.units.get(token as usize).map_or("", |unit| unit.text)
    }

    /// Says that the units of another document follow: it may go on as the first one did from its start.
    pub const fn restart(&mut self) {
        self.expected = 0;
    }

    /// The number of a unit.
    pub fn intern(&mut self, text: &'t str) -> u32 {
        // An edited document is mostly the same units in the same order, which takes no hash and no search.
        if let Some(next) = self.units.get(self.expected)
            && same(next.text, text)
        {
            self.expected += 1;
            return self.expected as u32 - 1;
        }
        let token = self.search(text);
        // Units were left out here. A lower number, such as the number of a blank line, proves nothing.
        self.expected = self.expected.max((token as usize + 1) % self.units.len());
        token
    }

    fn search(&mut self, text: &'t str) -> u32 {
        // Half full at most, so that a search ends soon.
        if self.units.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let hash = fold(hash64(text.as_bytes()));
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let taken = self.slots[slot];
            if taken == 0 {
                break;
            }
            let known = &self.units[taken as usize - 1];
            if known.hash == hash && same(known.text, text) {
                return taken - 1;
            }
            slot = (slot + 1) & mask;
        }
        let token = self.units.len() as u32;
        self.units.push(Unit { text, hash });
        self.slots[slot] = token + 1;
        token
    }

    fn grow(&mut self) {
        let length = self.slots.len() * 4;
        let mask = length - 1;
        let mut slots = vec![0; length];
        for (token, unit) in self.units.iter().enumerate() {
            let mut slot = unit.hash as usize & mask;
            while slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = token as u32 + 1;
        }
        self.slots = slots;
    }
}

fn fold(hash: u64) -> u32 {
    (hash ^ (hash >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_units_share_a_number_and_others_do_not() {
        let words: Vec<String> = (0..5000).map(|number| format!("line {number}")).collect();
        let mut interner = Interner::new();
        let first: Vec<u32> = words.iter().map(|word| interner.intern(word)).collect();
        let again: Vec<u32> = words.iter().map(|word| interner.intern(word)).collect();
        assert_eq!(first, again);
        assert_eq!(first, (0..5000).collect::<Vec<u32>>());
        assert_eq!((interner.len(), interner.unit(7), interner.unit(5000)), (5000, "line 7", ""));
    }
}
