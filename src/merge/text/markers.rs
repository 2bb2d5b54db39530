//! Conflicts written into the text, as Git writes them.

use super::attributes::{Attributes, lines_of};
use super::{Options, Style, Texts};
use text_diff::{Ending, find_either};

/// Git's length.
const DEFAULT_SIZE: usize = 7;

/// The marker lines of one document, without line ends.
#[derive(Debug)]
pub(super) struct Markers {
    pub(super) mine: String,
    pub(super) base: String,
    pub(super) split: String,
    pub(super) theirs: String,
}

impl Markers {
    pub(super) fn new(texts: Texts<'_>, options: &Options) -> Self {
        let mut size = options.marker_size.unwrap_or(DEFAULT_SIZE).max(1);
        let base = texts.base.filter(|_| options.style != Style::Merge);
        for text in [Some(texts.mine), Some(texts.theirs), base].into_iter().flatten() {
            size = size.max(free_size(text, size));
        }
        let line = |character: char, label: &Option<String>, fallback: &str| {
            let mut line = String::with_capacity(size + 1 + fallback.len());
            line.extend(std::iter::repeat_n(character, size));
            let label = label.as_deref().unwrap_or(fallback);
            if !label.is_empty() {
                line.push(' ');
                line.push_str(label);
            }
            line
        };
        Self {
            mine: line('<', &options.label_mine, "mine"),
            base: line('|', &options.label_base, "base"),
            split: line('=', &None, ""),
            theirs: line('>', &options.label_theirs, "theirs"),
        }
    }
}

/// The smallest length from `size` on at which no line of `text` starts with that many marker characters.
fn free_size(text: &str, size: usize) -> usize {
    let mut free = size;
    let mut rest = text.as_bytes();
    loop {
        if let Some(first) = rest.first().filter(|byte| b"<|=>".contains(byte)) {
            free = free.max(rest.iter().take_while(|byte| *byte == first).count() + 1);
        }
        match find_either(rest, *b"\n\r") {
            Some(end) => rest = &rest[end + 1..],
            None => return free,
        }
    }
}

/// The line end where no line stands before: that of the first line of base, or the simplest of mine and theirs.
pub(super) fn first_line_end(texts: Texts<'_>, attributes: &Attributes) -> Ending {
    let first = |text: &str| {
        let line = lines_of(text, attributes.lone_cr).next()?;
        Some(Ending::of(line)).filter(|ending| *ending != Ending::None && (attributes.lone_cr || *ending != Ending::Cr))
    };
    if let Some(ending) = texts.base.and_then(first) {
        return attributes.theirs.apply(attributes.mine.apply(ending));
    }
    match (first(texts.mine), first(texts.theirs)) {
        (Some(mine), Some(theirs)) if mine != theirs => Ending::Lf,
        (one, other) => one.or(other).unwrap_or(Ending::Lf),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e4_markers_grow_until_no_line_starts_with_as_many() {
        assert_eq!(free_size("a\n======\n", 7), 7);
        assert_eq!(free_size("a\n=======\n", 7), 8);
        assert_eq!(free_size(">>>>>>>>> x\n", 7), 10);
        assert_eq!(free_size("a =======\n", 7), 7);
    }
}
