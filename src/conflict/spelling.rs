//! What a server makes of a document by itself: it adds members, and spells values in its own way.

use text_diff::hash64;

use super::{Choice, Conflict, Decision, Document, MergeOptions};
use crate::gather::Gather;
use crate::http::Format;
use crate::merge::json::Value;
use crate::merge::{Change, ChangeState, Index, Pick};

/// How much a server's value may differ from the one that was sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Freedom {
    /// Objects may have more members.
    Additions,
    /// Texts may be in another case, and have other white space. Members that were null may be gone.
    Spelling,
}

/// Whether `found` is a representation of `sent`: every member of `sent` is in it, with its value. What has no members is in every
/// report, so that its answer proves nothing.
pub(crate) fn contains(found: &Document, sent: &Document) -> bool {
    match (found, sent) {
        (Document::Json(found), Document::Json(sent)) => {
            let root = sent.root();
            let has_parts = !root.members().is_empty() || !root.elements().is_empty();
            has_parts && holds(found.root(), root, Freedom::Additions)
        }
        _ => sent.equals(found),
    }
}

/// Whether `stored` is `sent` in another spelling, and in no way another content.
pub(super) fn is_respelt(sent: &Document, stored: &Document) -> bool {
    match (sent, stored) {
        (Document::Json(sent), Document::Json(stored)) => holds(stored.root(), sent.root(), Freedom::Spelling),
        (Document::Text(sent), Document::Text(stored)) => letters(sent) == letters(stored),
        _ => sent.equals(stored),
    }
}

/// `own`, an edit of `base`, with the server's spelling of `theirs`: at the places where theirs only respells the edit, and where `is_own`
/// says that theirs comes from nobody else.
pub(crate) fn spelt_as(
    base: &Document,
    own: &Document,
    theirs: &Document,
    options: &MergeOptions,
    is_own: &dyn Fn(&Change) -> bool,
) -> Document {
    if own.equals(theirs) {
        return own.clone();
    }
    let [old, mine, now] = [base, own, theirs].map(|document| Some(document.clone()));
    let spelt = Conflict::new(old, mine, now, options.clone()).and_then(|met| {
        let format = met.format();
        let is_spelling =
            |change: &Change| is_respelt_at(change, format, change.mine.as_deref(), change.theirs.as_deref());
        let pick = |change: &Change| match change.state {
            _ if change.clash.is_some() && (is_own(change) || is_spelling(change)) => Pick::Theirs,
            ChangeState::Theirs => Pick::Base,
            _ => Pick::Mine,
        };
        let picks: Vec<_> = met.changes().iter().map(pick).gather();
        met.compose(&picks)
    });
    spelt.ok().flatten().unwrap_or_else(|| own.clone())
}

impl Conflict {
    /// Settles as mine what conflicts only because theirs respells base. The base was sent by this client, and no read has shown how the
    /// server spells it: nobody else's edit is there.
    pub(crate) fn settle_spelling(&mut self) {
        let format = self.format();
        for (change, slot) in self.changes.iter_mut().zip(&mut self.decisions) {
            let is_open = change.clash.is_some() && slot.is_none();
            if is_open && is_respelt_at(change, format, change.base.as_deref(), change.theirs.as_deref()) {
                *slot = Some(Decision::Taken(Choice::Mine));
                change.state = ChangeState::Mine;
            }
        }
        self.count_waiting();
    }
}

/// The same for two values at the place of `change`, in a document of this format.
pub(crate) fn is_respelt_at(change: &Change, format: Format, sent: Option<&str>, stored: Option<&str>) -> bool {
    let format = if change.region.is_some() { Format::Text } else { format };
    let [sent, stored] = [sent, stored].map(|text| Document::parse(format, text?.as_bytes()).ok());
    matches!((sent, stored), (Some(sent), Some(stored)) if is_respelt(&sent, &stored))
}

fn holds(found: Value<'_>, sent: Value<'_>, freedom: Freedom) -> bool {
    if sent.is_object() {
        return found.is_object() && holds_members(&found.members(), &sent.members(), freedom);
    }
    let elements = sent.elements();
    if !elements.is_empty() {
        let others = found.elements();
        let are_held = || others.iter().zip(&elements).all(|(found, sent)| holds(*found, *sent, freedom));
        return elements.len() == others.len() && are_held();
    }
    match (sent.as_str(), found.as_str()) {
        (Some(sent), Some(found)) if freedom == Freedom::Spelling => letters(&sent) == letters(&found),
        _ => found.equals(sent),
    }
}

fn holds_members(found: &[(String, Value<'_>)], sent: &[(String, Value<'_>)], freedom: Freedom) -> bool {
    let names = Index::new(found.iter().map(|(name, _)| hash64(name.as_bytes())));
    let mut count = 0;
    let are_held = sent.iter().all(|(name, sent)| {
        let mut places = names.of(hash64(name.as_bytes())).filter_map(|at| found.get(at));
        match places.find(|one| one.0 == *name) {
            Some((_, found)) => {
                count += 1;
                holds(*found, *sent, freedom)
            }
            None => freedom == Freedom::Spelling && sent.source() == "null",
        }
    });
    let may_add = freedom == Freedom::Additions && !sent.is_empty();
    are_held && (may_add || count == found.len())
}

/// The letters of a text, without case and white space.
fn letters(text: &str) -> Vec<char> {
    text.chars().filter(|letter| !letter.is_whitespace()).map(lower).gather()
}

/// The small letter of a capital of the Latin, Greek and Cyrillic alphabets. The standard library's tables for all others are larger
/// than the rest of this module.
fn lower(letter: char) -> char {
    let code = letter as u32;
    let small = match letter {
        'A'..='Z' | 'À'..='Þ' | 'Α'..='Ϋ' | 'А'..='Я' => code + 32,
        'Ѐ'..='Џ' => code + 80,
        // Pairs that begin with an odd code, and those that begin with an even one.
        'Ĺ'..='ň' | 'Ź'..='ž' => (code + 1) & !1,
        'Ā'..='ŷ' | 'Ḁ'..='ỿ' | 'Ѡ'..='ԯ' => code | 1,
        _ => code,
    };
    char::from_u32(small).unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Document {
        Document::parse(Format::Json, text.as_bytes()).unwrap()
    }

    #[test]
    fn case_white_space_order_and_nulls_are_spelling_and_nothing_else_is() {
        for (sent, stored) in [
            (r#""The  Quick ""#, r#""the quick""#),
            (r#""ÄÖÜ Łódź Ωμέγα Привет Ćwiek Žižek""#, r#""äöü łódź ωμέγα привет ćwiek žižek""#),
            (r#""a\r\nb""#, r#""a\nb""#),
            (r#"{"a":" x","b":[1.0,"Y"]}"#, r#"{"b":[1,"y"],"a":"x"}"#),
            (r#"{"a":null,"b":1}"#, r#"{"b":1}"#),
            (r#"" ""#, r#""""#),
        ] {
            assert!(is_respelt(&json(sent), &json(stored)), "{sent} {stored}");
        }
        for (sent, stored) in [
            (r#""a b""#, r#""a""#),
            (r#""a""#, r#""a.""#),
            ("1", "2"),
            ("1", r#""1""#),
            (r#"{"a":1}"#, r#"{"a":1,"b":2}"#),
            (r#"{"a":1,"b":2}"#, r#"{"a":1}"#),
            (r#"["a","b"]"#, r#"["b","a"]"#),
            ("[]", "{}"),
            ("[]", "[1]"),
            ("{}", r#"{"a":1}"#),
        ] {
            assert!(!is_respelt(&json(sent), &json(stored)), "{sent} {stored}");
        }
    }

    #[test]
    fn what_contains_a_wide_object_is_found_in_linear_time() {
        let wide = |numbers: &mut dyn Iterator<Item = u32>| {
            let members: Vec<String> = numbers.map(|at| format!("\"m{at}\":{at}")).collect();
            json(&format!("{{{}}}", members.join(",")))
        };
        let (sent, found) = (wide(&mut (0..60_000)), wide(&mut (0..60_001).rev()));
        assert!(contains(&found, &sent) && !contains(&sent, &found));
    }
}
