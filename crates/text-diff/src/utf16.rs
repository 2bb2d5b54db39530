//! Offsets in UTF-16 code units, as JavaScript counts.

/// Converts byte offsets of one text to UTF-16 code units and back, after one pass over the text.
///
/// It keeps no text: a third of the bytes of a text that is not ASCII, nothing for one that is.
#[derive(Debug, Clone)]
pub struct Utf16Index {
    /// Bytes of the text.
    length: usize,
    /// One for each 64 bytes; empty for ASCII, where both offsets are the same.
    blocks: Vec<Block>,
}

#[derive(Debug, Clone, Copy)]
struct Block {
    /// Code units before the block.
    units: u32,
    /// The bytes that start a character.
    starts: u64,
    /// The characters that start a surrogate pair.
    pairs: u64,
}

impl Block {
    fn units_below(&self, mask: u64) -> usize {
        ((self.starts & mask).count_ones() + (self.pairs & mask).count_ones()) as usize
    }
}

impl Utf16Index {
    /// Reads `text` once.
    pub fn new(text: &str) -> Self {
        let mut blocks = Vec::new();
        if !text.is_ascii() {
            let mut units = 0;
            for chunk in text.as_bytes().chunks(64) {
                let mut block = Block { units, starts: 0, pairs: 0 };
                for (bit, byte) in chunk.iter().enumerate() {
                    // Every byte but a continuation starts a character; a character of four bytes is a pair.
                    block.starts |= u64::from(byte & 0xc0 != 0x80) << bit;
                    block.pairs |= u64::from(*byte >= 0xf0) << bit;
                }
                units += block.units_below(u64::MAX) as u32;
                blocks.push(block);
            }
        }
        Self { length: text.len(), blocks }
    }

    /// The UTF-16 offset of a byte offset. Offsets past the end are taken for the end.
    pub fn utf16(&self, byte: usize) -> usize {
        let byte = byte.min(self.length);
        match (self.blocks.get(byte / 64), self.blocks.last()) {
            (Some(block), _) => block.units as usize + block.units_below((1 << (byte % 64)) - 1),
            (None, Some(last)) => last.units as usize + last.units_below(u64::MAX),
            (None, None) => byte,
        }
    }

    /// The byte offset of a UTF-16 offset. One inside a surrogate pair is taken for the start of the pair.
    pub fn byte(&self, utf16: usize) -> usize {
        let after = self.blocks.partition_point(|block| block.units as usize <= utf16);
        let Some(block) = after.checked_sub(1).and_then(|index| self.blocks.get(index)) else {
            return utf16.min(self.length);
        };
        let mut units = block.units as usize;
        let mut starts = block.starts;
        while starts != 0 {
            let bit = starts.trailing_zeros();
            units += 1 + (block.pairs >> bit & 1) as usize;
            if units > utf16 {
                return (after - 1) * 64 + bit as usize;
            }
            starts &= starts - 1;
        }
        // The character after the last of this block; a character may reach over several blocks' edge only once.
        self.blocks[after..].iter().position(|block| block.starts != 0).map_or(self.length, |skipped| {
            let index = after + skipped;
            index * 64 + self.blocks[index].starts.trailing_zeros() as usize
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e6_offsets_go_there_and_back_and_never_into_a_surrogate_pair() {
        for text in ["", "plain", "é", "a😀b", &"😀é0".repeat(50), &"x".repeat(200), &"é".repeat(32), &"é".repeat(64)]
        {
            let index = Utf16Index::new(text);
            let mut units = 0;
            for (byte, character) in text.char_indices() {
                assert_eq!(index.utf16(byte), units, "{text}");
                assert_eq!(index.byte(units), byte, "{text}");
                if character.len_utf16() == 2 {
                    assert_eq!(index.byte(units + 1), byte, "{text}");
                }
                units += character.len_utf16();
            }
            assert_eq!(index.utf16(text.len()), units);
            assert_eq!(index.byte(units), text.len());
            assert_eq!(index.utf16(text.len() + 9), units);
            assert_eq!(index.byte(units + 9), text.len());
        }
    }
}
