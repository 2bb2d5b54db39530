//! Bytes, eight at once: the searches and comparisons of the standard library take fewer on wasm.

/// The first place of `byte`.
pub fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    find_either(bytes, [byte, byte])
}

/// The first place of either byte.
pub fn find_either(bytes: &[u8], wanted: [u8; 2]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let [one, other] = wanted.map(|byte| ONES * u64::from(byte));
    let (words, rest) = bytes.as_chunks::<8>();
    let mut at = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let (one, other) = (word ^ one, word ^ other);
        // In each half, the lowest remaining high bit marks the first byte that is zero.
        let zero = (one.wrapping_sub(ONES) & !one | other.wrapping_sub(ONES) & !other) & HIGH;
        if zero != 0 {
            return Some(at + (zero.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    rest.iter().position(|byte| wanted.contains(byte)).map(|more| at + more)
}

/// Whether two texts are equal.
pub fn same(one: &str, other: &str) -> bool {
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

/// A 64-bit hash, the same on every machine. It finds things and names changes; it protects nothing.
pub fn hash64(bytes: &[u8]) -> u64 {
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
pub fn mix(state: u64, word: u64) -> u64 {
    let product = (state ^ word).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    product ^ (product >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_found_where_the_standard_library_finds_it() {
        let bytes: Vec<u8> = (0..=255).chain([10, 13, 11, 9, 138, 10]).collect();
        for start in 0..bytes.len() {
            for end in start..bytes.len() {
                for byte in [0, 9, 10, 13, 127, 128, 138, 255] {
                    let part = &bytes[start..end];
                    assert_eq!(find(part, byte), part.iter().position(|other| *other == byte));
                    let either = part.iter().position(|other| [byte, 11].contains(other));
                    assert_eq!(find_either(part, [byte, 11]), either);
                }
            }
        }
    }

    #[test]
    fn texts_are_the_same_where_every_byte_is() {
        for length in 0..40 {
            let text = "x".repeat(length);
            assert!(same(&text, &text.clone()) && !same(&text, &"x".repeat(length + 1)));
            for at in 0..length {
                let other = format!("{}y{}", &text[..at], &text[at + 1..]);
                assert!(!same(&text, &other), "{length} {at}");
            }
        }
    }

    #[test]
    fn texts_that_differ_only_in_trailing_zero_bytes_have_different_hashes() {
        assert_ne!(hash64(b"a"), hash64(b"a\0"));
        assert_ne!(hash64(b""), hash64(b"\0"));
    }
}
