//! Entity tags (RFC 9110 §8.8.3).

/// An entity tag, kept octet for octet as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityTag<'a> {
    raw: &'a str,
    weak: bool,
}

impl<'a> EntityTag<'a> {
    /// Parses exactly one entity tag: optional `W/` (in that case), then opaque octets in quotes, without any unescaping.
    /// `None` for anything else, also for lists. A comma or a backslash inside the quotes is an ordinary octet.
    pub fn parse(raw: &'a str) -> Option<Self> {
        let weak = raw.starts_with("W/");
        let quoted = if weak { raw.get(2..)? } else { raw };
        let opaque = quoted.strip_prefix('"')?.strip_suffix('"')?;
        // etagc = %x21 / %x23-7E / obs-text
        let is_etagc = |c: char| c == '!' || ('#'..='~').contains(&c) || ('\u{80}'..='\u{ff}').contains(&c);
        (quoted.len() >= 2 && opaque.chars().all(is_etagc)).then_some(Self { raw, weak })
    }

    /// The field value as received, with its quotes.
    pub fn as_str(&self) -> &'a str {
        self.raw
    }

    /// Whether the tag is weak.
    pub fn is_weak(&self) -> bool {
        self.weak
    }

    /// The tag without `W/`.
    pub fn opaque(&self) -> &'a str {
        self.raw.strip_prefix("W/").unwrap_or(self.raw)
    }

    /// Strong comparison (RFC 9110 §8.8.3.2): both strong, and equal.
    pub fn matches_strongly(&self, other: &EntityTag<'_>) -> bool {
        !self.weak && !other.weak && self.raw == other.raw
    }

    /// Weak comparison (RFC 9110 §8.8.3.2): equal apart from `W/`.
    pub fn matches_weakly(&self, other: &EntityTag<'_>) -> bool {
        self.opaque() == other.opaque()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_grammar_is_accepted_and_kept_octet_for_octet() {
        for raw in ["\"\"", "\"a\"", "W/\"a\"", "\"a,b\"", "\"\\\"", "\"!#~\"", "\"\u{e9}\"", "W/\"\"", "\"W/\""] {
            assert_eq!(EntityTag::parse(raw).map(|tag| tag.as_str()), Some(raw), "{raw}");
        }
    }

    #[test]
    fn a_value_that_resembles_a_tag_is_refused() {
        for raw in [
            "",
            "\"",
            "a",
            "W/a",
            "w/\"a\"",
            "W/",
            "W/\"",
            "\"a",
            "a\"",
            "\"a\"b\"",
            "\"a b\"",
            "\"a\", \"b\"",
            "*",
            "\"\u{7f}\"",
            "\"\u{20ac}\"",
        ] {
            assert_eq!(EntityTag::parse(raw), None, "{raw}");
        }
    }

    #[test]
    fn the_four_rows_of_table_3_hold() {
        let rows = [
            ("W/\"1\"", "W/\"1\"", false, true),
            ("W/\"1\"", "W/\"2\"", false, false),
            ("W/\"1\"", "\"1\"", false, true),
            ("\"1\"", "\"1\"", true, true),
        ];
        for (a, b, strong, weak) in rows {
            let (Some(a), Some(b)) = (EntityTag::parse(a), EntityTag::parse(b)) else { panic!("{a} and {b} are tags") };
            assert_eq!((a.matches_strongly(&b), a.matches_weakly(&b)), (strong, weak));
        }
    }
}
