//! Whether one edit contains all of another edit, so that the draft of the other edit may be deleted.

use super::arrival::held;
use super::{Document, MergeOptions, is_sum, merge, whole};
use crate::error::Error;
use crate::merge::{Change, ChangeState};

/// Whether the edit `later` contains all of the edit `earlier`; `None` is a removal. `base` is the document that `earlier` started
/// from.
///
/// In one form, a person may have continued typing. A value then also counts as contained if `later` only inserted text into it, and
/// equal edits are one edit. In two forms, equal edits may be two increments of a counter.
///
/// # Errors
/// The documents cannot be merged.
///
/// # Examples
///
/// ```
/// use mergefetch::conflict::{Document, MergeOptions, holds};
/// use mergefetch::http::Format;
///
/// let sides = [r#""A""#, r#""A fair""#, r#""A fair in May""#].map(|text| Document::parse(Format::Json, text.as_bytes()).ok());
/// let sides = sides.each_ref().map(Option::as_ref);
/// // In one form, the person went on typing. In two forms, the longer text is another edit.
/// assert!(holds(sides, true, &MergeOptions::default())?);
/// assert!(!holds(sides, false, &MergeOptions::default())?);
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
pub fn holds(
    documents @ [_, earlier, later]: [Option<&Document>; 3],
    is_same_form: bool,
    options: &MergeOptions,
) -> Result<bool, Error> {
    if is_same_form && whole(None, earlier, later).is_none() {
        return Ok(true);
    }
    let mut options = options.clone();
    // A rule that settles a conflict does not prove that the losing edit is contained.
    options.json.favor = None;
    options.text.favor = None;
    let (merge, changes) = merge(documents, &options, false)?;
    let held = held(&merge, documents, &changes);
    Ok(changes.iter().zip(held).all(|(change, is_held)| {
        let is_own = change.clash.is_some() || change.state == ChangeState::Mine;
        (is_held || !is_own || (is_same_form && is_extended(change))) && !is_sum(change)
    }))
}

/// Whether theirs is the value of mine with at most one insertion.
fn is_extended(change: &Change) -> bool {
    let (Some(earlier), Some(later)) = (&change.mine, &change.theirs) else { return false };
    // A number is not an extension of a number that its digits begin with.
    let is_text = change.region.is_some() || (earlier.starts_with('"') && later.starts_with('"'));
    let before = earlier.bytes().zip(later.bytes()).take_while(|(one, other)| one == other).count();
    let after = earlier.bytes().rev().zip(later.bytes().rev()).take_while(|(one, other)| one == other).count();
    is_text && later.len() >= earlier.len() && before + after >= earlier.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Format;
    use crate::merge::Favor;
    use crate::merge::json::Rule;

    fn check(format: Format, [base, earlier, later]: [&str; 3], options: &MergeOptions) -> [bool; 2] {
        let documents = [base, earlier, later].map(|text| match text {
            "" => None,
            text => Document::parse(format, text.as_bytes()).ok(),
        });
        let documents = documents.each_ref().map(Option::as_ref);
        [false, true].map(|is_same_form| holds(documents, is_same_form, options).unwrap_or_default())
    }

    fn json(documents: [&str; 3]) -> [bool; 2] {
        check(Format::Json, documents, &MergeOptions::default())
    }

    fn text(documents: [&str; 3]) -> [bool; 2] {
        check(Format::Text, documents, &MergeOptions::default())
    }

    const BOTH: [bool; 2] = [true, true];
    const NEITHER: [bool; 2] = [false, false];
    const ONE_FORM: [bool; 2] = [false, true];

    #[test]
    fn an_edit_is_held_where_all_its_changes_are() {
        let base = r#"{"a":1,"b":1}"#;
        assert_eq!(json([base, r#"{"a":2,"b":1}"#, r#"{"a":2,"b":3}"#]), BOTH);
        assert_eq!(json([base, r#"{"a":2,"b":1}"#, r#"{"a":1,"b":3}"#]), NEITHER);
        assert_eq!(json([base, r#"{"a":2,"b":1}"#, r#"{"a":3,"b":1}"#]), NEITHER);
        assert_eq!(json([base, r#"{"a":2,"b":1}"#, r#"{"a":25,"b":1}"#]), NEITHER, "no number is the beginning of one");
        assert_eq!(json([base, r#"{"a":1}"#, r#"{"a":2}"#]), BOTH);
        assert_eq!(json([base, r#"{"a":1}"#, r#"{"a":2,"b":1}"#]), NEITHER, "what was removed is there");
        assert_eq!(text(["a\nb\n", "A\nb\n", "A\nb\nc\n"]), BOTH);
        assert_eq!(text(["a\nb\n", "A\nb\n", "a\nb\nc\n"]), NEITHER);
        assert_eq!(check(Format::Bytes, ["a", "b", "bc"], &MergeOptions::default()), NEITHER);
        assert_eq!(check(Format::Bytes, ["a", "b", "b"], &MergeOptions::default()), BOTH);
    }

    #[test]
    fn only_in_one_form_a_person_types_on() {
        assert_eq!(json([r#"{"a":""}"#, r#"{"a":"ty"}"#, r#"{"a":"typed"}"#]), ONE_FORM);
        assert_eq!(json([r#"{"a":""}"#, r#"{"a":"tped"}"#, r#"{"a":"typed"}"#]), ONE_FORM);
        assert_eq!(json([r#"{"a":""}"#, r#"{"a":"typo"}"#, r#"{"a":"type"}"#]), NEITHER);
        assert_eq!(text(["a\n", "a\nse\n", "a\nsecond\n"]), ONE_FORM);
        assert_eq!(text(["a\n", "a\nse\n", "a\nother\n"]), NEITHER);
    }

    #[test]
    fn creations_and_removals_are_held_by_the_same_alone() {
        assert_eq!(json(["", r#"{"a":1}"#, r#"{"a":1}"#]), BOTH);
        assert_eq!(json(["", r#"{"a":1}"#, r#"{"a":2}"#]), NEITHER);
        assert_eq!(json([r#"{"a":1}"#, "", ""]), BOTH);
        assert_eq!(json([r#"{"a":1}"#, "", r#"{"a":2}"#]), NEITHER);
        assert_eq!(json([r#"{"a":1}"#, r#"{"a":2}"#, ""]), NEITHER);
    }

    #[test]
    fn two_forms_count_twice_and_favor_proves_nothing() {
        let mut options = MergeOptions::default();
        options.json.rules = vec![("/n".to_owned(), Rule::Counter)];
        assert_eq!(check(Format::Json, [r#"{"n":1}"#, r#"{"n":2}"#, r#"{"n":2}"#], &options), ONE_FORM);
        let mut options = MergeOptions::default();
        options.json.favor = Some(Favor::Theirs);
        assert_eq!(check(Format::Json, [r#"{"n":1}"#, r#"{"n":2}"#, r#"{"n":3}"#], &options), NEITHER);
    }
}
