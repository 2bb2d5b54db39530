//! The changes that a server makes to a document by itself: added members, and its own spelling of values.

use text_diff::hash64;

use super::{Choice, Conflict, Decision, Document, Engine, MergeOptions};
use crate::gather::Gather;
use crate::http::Format;
use crate::merge::json::Value;
use crate::merge::{Change, ChangeState, Index, Pick};

/// How a server's value may differ from the sent value.
#[derive(Clone, Copy)]
struct Freedom<'a> {
    /// Objects may have more members.
    adds: bool,
    /// Texts may differ in case and white space. Members with null may be missing.
    spells: bool,
    /// The value before the edit. A found value that equals it counts neither as an addition nor as a spelling.
    before: Option<Value<'a>>,
}

impl<'a> Freedom<'a> {
    /// The same freedom for a part of the value.
    fn inside(self, step: impl FnOnce(Value<'a>) -> Option<Value<'a>>) -> Self {
        Self { before: self.before.and_then(step), ..self }
    }
}

/// Whether `found` is a representation of `sent`: it contains every member of `sent`, with its value. Every report contains all
/// members of an empty document, so its answer proves nothing.
pub(crate) fn contains(found: &Document, sent: &Document) -> bool {
    match (found, sent) {
        (Document::Json(found), Document::Json(sent)) => {
            let root = sent.root();
            let has_parts = !root.members().is_empty() || !root.elements().is_empty();
            has_parts && holds(found.root(), root, Freedom { adds: true, spells: false, before: None })
        }
        _ => sent.equals(found),
    }
}

/// Whether `found` holds the whole edit from `before` to `sent`, perhaps with added members and in the server's spelling. A text may
/// have other line ends.
pub(crate) fn has_arrived(before: Option<&Document>, sent: &Document, found: &Document) -> bool {
    is_within(before, sent, found, true)
}

fn is_within(before: Option<&Document>, sent: &Document, found: &Document, spells: bool) -> bool {
    match (before, sent, found) {
        (None | Some(Document::Json(_)), Document::Json(sent), Document::Json(found)) => {
            let before = match before {
                Some(Document::Json(before)) => Some(before.root()),
                _ => None,
            };
            holds(found.root(), sent.root(), Freedom { adds: true, spells, before })
        }
        (_, Document::Text(sent), Document::Text(found)) => with_line_ends_of(sent, found) == **found,
        _ => false,
    }
}

/// Whether `stored` is `sent` in another spelling, with the same content.
pub(crate) fn is_respelt(sent: &Document, stored: &Document) -> bool {
    match (sent, stored) {
        (Document::Json(sent), Document::Json(stored)) => {
            holds(stored.root(), sent.root(), Freedom { adds: false, spells: true, before: None })
        }
        (Document::Text(sent), Document::Text(stored)) => has_letters_of(sent, stored),
        _ => sent.equals(stored),
    }
}

/// `own`, an edit of `base`, with the values of `theirs` where theirs only respells the edit. The same applies where `is_own` confirms
/// that nobody else changed the value.
pub(super) fn spelt_as(
    engine: Engine,
    [base, own, theirs]: [&Document; 3],
    options: &MergeOptions,
    is_own: &dyn Fn(&Change) -> bool,
) -> Document {
    if own.equals(theirs) {
        return own.clone();
    }
    let in_lines = match (own, theirs) {
        (Document::Text(own), Document::Text(theirs)) => {
            Document::parse(Format::Text, with_line_ends_of(own, theirs).as_bytes()).ok()
        }
        _ => None,
    };
    let own = in_lines.as_ref().unwrap_or(own);
    if own.format() == Format::Text && is_respelt(own, theirs) && !theirs.equals(base) {
        return theirs.clone();
    }
    let [old, mine, now] = [base, own, theirs].map(|document| Some(document.clone()));
    let mut options = options.clone();
    options.json.may_echo = true;
    let spelt = engine.conflict([old, mine, now], options).and_then(|met| {
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
    /// The sent document, with the values of theirs where theirs only respells it.
    pub(super) fn spelt(&self, sent: Option<&Document>, theirs: Option<&Document>) -> Option<Document> {
        sent.map(|sent| match (&self.base, theirs) {
            (Some(base), Some(theirs)) => spelt_as(self.engine, [base, sent, theirs], &self.options, &|_| false),
            _ => sent.clone(),
        })
    }

    /// Settles conflicts as theirs if theirs contains mine and added members; with `spells`, mine may be in another spelling. An edit of
    /// this client may have arrived, with ids that the server added to new rows. Neither side loses a value, even if another person added the members.
    pub(crate) fn settle_additions(&mut self, spells: bool) {
        (self.engine.calls().settle_additions)(self, spells);
    }

    pub(super) fn settle_additions_here(&mut self, spells: bool) {
        if self.format() != Format::Json {
            return;
        }
        for (change, slot) in self.changes.iter_mut().zip(&mut self.decisions) {
            if change.clash.is_none() || change.region.is_some() || slot.is_some() {
                continue;
            }
            let [before, mine, theirs] = [&change.base, &change.mine, &change.theirs]
                .map(|text| Document::parse(Format::Json, text.as_ref()?.as_bytes()).ok());
            if let (Some(mine), Some(theirs)) = (mine, theirs)
                && is_within(before.as_ref(), &mine, &theirs, spells)
            {
                *slot = Some(Decision::Taken(Choice::Theirs));
                change.state = ChangeState::Theirs;
            }
        }
        self.count_waiting();
    }

    /// Settles conflicts as mine if theirs only respells base. This client sent the base, and no read has shown the server's spelling
    /// of it, so theirs is nobody else's edit there.
    pub(crate) fn settle_spelling(&mut self) {
        (self.engine.calls().settle_spelling)(self);
    }

    pub(super) fn settle_spelling_here(&mut self) {
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

/// Like `is_respelt`, for two values at the place of `change` in a document of this format.
pub(crate) fn is_respelt_at(change: &Change, format: Format, sent: Option<&str>, stored: Option<&str>) -> bool {
    let format = if change.region.is_some() { Format::Text } else { format };
    let [sent, stored] = [sent, stored].map(|text| Document::parse(format, text?.as_bytes()).ok());
    matches!((sent, stored), (Some(sent), Some(stored)) if is_respelt(&sent, &stored))
}

fn holds(found: Value<'_>, sent: Value<'_>, freedom: Freedom<'_>) -> bool {
    if sent.is_object() {
        return found.is_object() && holds_members(&found.members(), &sent.members(), freedom);
    }
    let elements = sent.elements();
    if !elements.is_empty() {
        let (others, before) = (found.elements(), freedom.before.map(Value::elements).unwrap_or_default());
        let is_held = |(at, (found, sent)): (usize, (&Value<'_>, &Value<'_>))| {
            holds(*found, *sent, freedom.inside(|_| before.get(at).copied()))
        };
        return elements.len() == others.len() && others.iter().zip(&elements).enumerate().all(is_held);
    }
    match (sent.as_str(), found.as_str()) {
        (Some(text), Some(other)) if freedom.spells && !found.equals(sent) => {
            has_letters_of(&text, &other) && !freedom.before.is_some_and(|before| before.equals(found))
        }
        _ => found.equals(sent),
    }
}

fn holds_members(found: &[(String, Value<'_>)], sent: &[(String, Value<'_>)], freedom: Freedom<'_>) -> bool {
    let before = freedom.before.map(Value::members).unwrap_or_default();
    let [in_found, in_sent, in_before] = [found, sent, &before].map(Names::new);
    let is_held = |(name, sent): &(String, Value<'_>)| match in_found.value(name) {
        Some(found) => holds(found, *sent, freedom.inside(|_| in_before.value(name))),
        None => freedom.spells && sent.source() == "null",
    };
    let may_add = freedom.adds && !sent.is_empty();
    let is_known =
        |(name, _): &(String, Value<'_>)| in_sent.value(name).is_some() || (may_add && in_before.value(name).is_none());
    sent.iter().all(is_held) && found.iter().all(is_known)
}

/// The members of an object by their names. A linear search for each member would take quadratic time.
pub(crate) struct Names<'a, 'b> {
    members: &'b [(String, Value<'a>)],
    index: Index,
}

impl<'a, 'b> Names<'a, 'b> {
    pub(crate) fn new(members: &'b [(String, Value<'a>)]) -> Self {
        Self { members, index: Index::new(members.iter().map(|(name, _)| hash64(name.as_bytes()))) }
    }

    pub(crate) fn value(&self, name: &str) -> Option<Value<'a>> {
        let mut places = self.index.of(hash64(name.as_bytes())).filter_map(|at| self.members.get(at));
        places.find(|member| member.0 == name).map(|member| member.1)
    }
}

/// Whether two texts differ only in case and white space.
fn has_letters_of(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|text| text.chars().filter(|letter| !letter.is_whitespace()).map(lower));
    one.eq(other)
}

/// The text `own` with the final line ends of `theirs`. If all lines of `theirs` have the same ends, the lines of `own` get them, too. A
/// server may have changed both.
fn with_line_ends_of(own: &str, theirs: &str) -> String {
    const ENDS: [char; 2] = ['\r', '\n'];
    let [own, body] = [own, theirs].map(|text| text.trim_end_matches(ENDS));
    let end = theirs.strip_prefix(body).unwrap_or_default();
    let (mut ends, mut long_ends) = (0, 0);
    for line in theirs.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        ends += 1;
        long_ends += usize::from(line.ends_with("\r\n"));
    }
    if long_ends != 0 && long_ends != ends {
        return own.to_owned() + end;
    }
    let mut stored = String::with_capacity(own.len() + end.len());
    for (at, line) in own.split('\n').enumerate() {
        if at > 0 {
            stored.push_str(if long_ends == 0 { "\n" } else { "\r\n" });
        }
        stored.push_str(line.strip_suffix('\r').unwrap_or(line));
    }
    stored + end
}

/// The lower case of a Latin, Greek or Cyrillic letter. The standard library's tables for all alphabets are larger than the rest of
/// this module.
pub(crate) fn lower(letter: char) -> char {
    let code = letter as u32;
    let small = match letter {
        'A'..='Z' | 'À'..='Þ' | 'Α'..='Ϋ' | 'А'..='Я' => code + 32,
        'Ѐ'..='Џ' => code + 80,
        // Pairs whose capital has an odd code, then pairs whose capital has an even code.
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
    fn an_edit_has_arrived_with_additions_and_in_another_spelling_but_not_if_the_old_value_is_still_there() {
        for (before, sent, found, is_held) in [
            (r#"{"r":[]}"#, r#"{"r":[{"s":"x "}]}"#, r#"{"r":[{"id":1,"s":"x"}],"at":5}"#, true),
            (
                r#"{"r":[{"id":1,"s":"x"}]}"#,
                r#"{"r":[{"id":1,"s":"x"},{"s":"y "}]}"#,
                r#"{"r":[{"id":1,"s":"x"},{"id":2,"s":"y"}]}"#,
                true,
            ),
            (r#"{"a":"hello"}"#, r#"{"a":"Hello"}"#, r#"{"a":"hello","n":1}"#, false),
            (r#"{"a":"hello"}"#, r#"{"a":"Hello "}"#, r#"{"a":"Hello","n":1}"#, true),
            (r#"{"a":1,"b":2}"#, r#"{"a":1}"#, r#"{"a":1,"b":2,"n":1}"#, false),
            (r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#, false),
            (r#"{"r":[1,2]}"#, r#"{"r":[1]}"#, r#"{"r":[1,2]}"#, false),
        ] {
            assert_eq!(has_arrived(Some(&json(before)), &json(sent), &json(found)), is_held, "{before} {sent} {found}");
        }
    }

    #[test]
    fn a_text_gets_the_line_ends_that_a_server_gives_all_lines() {
        for (own, theirs, stored) in [
            ("a\nb", "x\ny\n", "a\nb\n"),
            ("a\nb\n\n", "x\ny", "a\nb"),
            ("a\nb\n", "x\r\ny\r\n", "a\r\nb\r\n"),
            ("a\r\nb\r\n", "x\ny\n", "a\nb\n"),
            ("a\r\nb\n", "x\r\ny\n", "a\r\nb\n"),
            ("a\r\nb", "", "a\nb"),
        ] {
            assert_eq!(with_line_ends_of(own, theirs), stored, "{own:?} {theirs:?}");
        }
    }

    #[test]
    fn what_contains_a_wide_object_is_found_in_linear_time() {
        let wide = |numbers: &mut dyn Iterator<Item = u32>| {
            let members: Vec<String> = numbers.map(|at| format!("\"m{at}\":{at}")).collect();
            json(&format!("{{{}}}", members.join(",")))
        };
        let (sent, found) = (wide(&mut (0..30_000)), wide(&mut (0..30_001).rev()));
        assert!(contains(&found, &sent) && !contains(&sent, &found));
    }
}
