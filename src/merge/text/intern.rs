//! Numbers for units of text: equal units get equal numbers, over all documents of a merge.

/// Gives each distinct unit a number, counting from 0.
///
/// An own table of `u32` slots, because the map of the standard library hashes six times slower and costs more of the download.
pub(super) struct Interner<'t> {
    /// A number plus one, or 0 for a free slot; the length is a power of two.
    slots: Vec<u32>,
    hashes: Vec<u32>,
    units: Vec<&'t str>,
}

impl<'t> Interner<'t> {
    pub(super) fn new() -> Self {
        Self { slots: vec![0; 64], hashes: Vec::new(), units: Vec::new() }
    }

    /// How many distinct units there are.
    pub(super) fn len(&self) -> usize {
        self.units.len()
    }

    pub(super) fn unit(&self, token: u32) -> &'t str {
        self.units.get(token as usize).copied().unwrap_or_default()
    }

    pub(super) fn intern(&mut self, unit: &'t str) -> u32 {
        // Half full at most, so that a search ends soon.
        if self.units.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let hash = fold(hash64(unit.as_bytes()));
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.slots[slot] {
                0 => break,
                taken => {
                    let token = taken - 1;
                    if self.hashes[token as usize] == hash && equal(self.units[token as usize], unit) {
                        return token;
                    }
                }
            }
            slot = (slot + 1) & mask;
        }
        let token = self.units.len() as u32;
        self.units.push(unit);
        self.hashes.push(hash);
        self.slots[slot] = token + 1;
        token
    }

    fn grow(&mut self) {
        let length = self.slots.len() * 4;
        let mask = length - 1;
        let mut slots = vec![0; length];
        for (token, hash) in self.hashes.iter().enumerate() {
            let mut slot = *hash as usize & mask;
            while slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = token as u32 + 1;
        }
        self.slots = slots;
    }
}

/// Whether two units are equal, eight bytes at once: a comparison of bytes on wasm takes them one by one.
fn equal(one: &str, other: &str) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let (words, rest) = one.as_bytes().as_chunks::<8>();
    let (others, other_rest) = other.as_bytes().as_chunks::<8>();
    for (word, other) in words.iter().zip(others) {
        if u64::from_le_bytes(*word) != u64::from_le_bytes(*other) {
            return false;
        }
    }
    for (byte, other) in rest.iter().zip(other_rest) {
        if byte != other {
            return false;
        }
    }
    true
}

fn fold(hash: u64) -> u32 {
    (hash ^ (hash >> 32)) as u32
}

/// A 64-bit hash, the same on every machine. It finds things and names changes; it protects nothing.
pub(super) fn hash64(bytes: &[u8]) -> u64 {
    let mut state = bytes.len() as u64 ^ 0x9E37_79B9_7F4A_7C15;
    let (chunks, rest) = bytes.as_chunks::<8>();
    for chunk in chunks {
        state = mix(state, u64::from_le_bytes(*chunk));
    }
    let mut last = 0;
    for byte in rest {
        last = last << 8 | u64::from(*byte);
    }
    mix(mix(state, last), 0)
}

/// Continues `state` with eight bytes more.
pub(super) fn mix(state: u64, word: u64) -> u64 {
    let product = (state ^ word).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    product ^ (product >> 32)
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
        assert_eq!(interner.len(), 5000);
    }

    #[test]
    fn units_that_differ_only_in_trailing_zero_bytes_are_told_apart() {
        assert_ne!(hash64(b"a"), hash64(b"a\0"));
        assert_ne!(hash64(b""), hash64(b"\0"));
    }
}
