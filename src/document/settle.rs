//! The draft after a save, member by member: what the server only respelled stays as typed, everything else of the server comes in.

use super::spelling::{are_rows, is_array, is_spelling};
use crate::conflict::Names;
use crate::gather::Gather;
use crate::merge::json::{Document, Value, push_token, quote};

/// The person typed where the document has changed, too, so only a merge can decide.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unsure;

/// A text of JSON; `None` without a value.
type Settled = Result<Option<String>, Unsure>;

/// Part of a document at three moments.
#[derive(Clone, Copy)]
struct Moments<'a> {
    /// As it was before the edit.
    before: Option<Value<'a>>,
    /// As it was sent.
    sent: Option<Value<'a>>,
    /// As the server holds it.
    stored: Option<Value<'a>>,
}

/// What a form shows after the save of `sent`, an edit of `before`: `stored`, except that values which the server only respelled stay as
/// typed. `others` are the paths that other people changed: their values are shown as they are.
pub(super) fn shown(before: &Document, sent: &Document, stored: &Document, others: &[String]) -> String {
    let moments = Moments { before: Some(before.root()), sent: Some(sent.root()), stored: Some(stored.root()) };
    settled(moments, others, "").unwrap_or_else(|| stored.text().to_owned())
}

fn settled(moments: Moments<'_>, others: &[String], path: &str) -> Option<String> {
    let Moments { before, sent, stored } = moments;
    let source = |value: Option<Value<'_>>| value.map(|value| value.source().to_owned());
    let (Some(typed), Some(found)) = (sent, stored) else { return source(stored) };
    if typed.equals(found) {
        return source(sent);
    }
    if typed.is_object() && found.is_object() {
        let members = [before, sent].map(|value| value.map(Value::members).unwrap_or_default());
        let [old, typed] = members.each_ref().map(|members| Names::new(members));
        return object(&found.members(), |(name, stored)| {
            let moments = Moments { before: old.value(name), sent: typed.value(name), stored: Some(*stored) };
            let mut path = path.to_owned();
            push_token(&mut path, name);
            Ok(settled(moments, others, &path))
        })
        .unwrap_or(None);
    }
    let is_of_others = others.iter().any(|other| is_within(other, path) || is_within(path, other));
    if is_of_others {
        return source(stored);
    }
    if are_rows(typed, found) {
        let (rows, old, new) = (typed.elements(), before.map(Value::elements).unwrap_or_default(), found.elements());
        let mut texts = Vec::with_capacity(rows.len());
        for (at, row) in rows.into_iter().enumerate() {
            let moments = Moments { before: old.get(at).copied(), sent: Some(row), stored: new.get(at).copied() };
            let mut path = path.to_owned();
            push_token(&mut path, &at.to_string());
            texts.push(settled(moments, others, &path).unwrap_or_else(|| "null".to_owned()));
        }
        return Some(["[", &texts.join(","), "]"].concat());
    }
    let is_edit = !before.is_some_and(|before| before.equals(typed));
    let is_leaf = !typed.is_object() && !is_array(typed);
    source(if is_leaf && is_edit && is_spelling(typed, found) { sent } else { stored })
}

/// Applies the edits between two documents to a third document, member by member and row by row.
///
/// # Errors
/// `Unsure` where both sides changed one value, or the rows are not the same.
pub(super) fn carried(from: &Document, to: &Document, onto: &Document) -> Result<String, Unsure> {
    let text = carry(Some(from.root()), Some(to.root()), Some(onto.root()))?;
    text.ok_or(Unsure)
}

fn carry(from: Option<Value<'_>>, to: Option<Value<'_>>, onto: Option<Value<'_>>) -> Settled {
    let source = |value: Option<Value<'_>>| Ok(value.map(|value| value.source().to_owned()));
    if equal(from, to) {
        return source(onto);
    }
    if equal(from, onto) {
        return source(to);
    }
    let (Some(from), Some(to), Some(onto)) = (from, to, onto) else { return Err(Unsure) };
    if from.is_object() && to.is_object() && onto.is_object() {
        let members = [from, to, onto].map(Value::members);
        let [old, new, known] = members.each_ref().map(|members| Names::new(members));
        let [_, of_new, of_known] = &members;
        let added = of_known.iter().filter(|(name, _)| new.value(name).is_none());
        let names: Vec<_> = of_new.iter().chain(added).cloned().gather();
        return object(&names, |(name, _)| carry(old.value(name), new.value(name), known.value(name)));
    }
    let (old, new, rows) = (from.elements(), to.elements(), onto.elements());
    if !is_array(to) || new.len() != old.len() || !are_rows(from, onto) || !are_same_rows(&old, &new) {
        return Err(Unsure);
    }
    let mut texts = Vec::with_capacity(rows.len());
    for ((from, to), onto) in old.into_iter().zip(new).zip(rows) {
        texts.push(carry(Some(from), Some(to), Some(onto))?.unwrap_or_else(|| "null".to_owned()));
    }
    Ok(Some(["[", &texts.join(","), "]"].concat()))
}

/// Whether no row of an edited list has moved: rows that have an id keep it.
fn are_same_rows(old: &[Value<'_>], new: &[Value<'_>]) -> bool {
    let keeps = |(old, new): (&Value<'_>, &Value<'_>)| {
        ["id", "_id", "key"].iter().all(|name| equal(old.member(name), new.member(name)))
    };
    old.iter().zip(new).all(keeps)
}

fn equal(one: Option<Value<'_>>, other: Option<Value<'_>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.equals(other),
        (None, None) => true,
        _ => false,
    }
}

/// An object of what `inside` gives for each of these members.
fn object<'a>(members: &[(String, Value<'a>)], mut inside: impl FnMut(&(String, Value<'a>)) -> Settled) -> Settled {
    let mut texts = Vec::with_capacity(members.len());
    for member in members {
        if let Some(value) = inside(member)? {
            texts.push([quote(&member.0).as_str(), ":", &value].concat());
        }
    }
    Ok(Some(["{", &texts.join(","), "}"].concat()))
}

/// Whether `path` is `other`, or lies inside it.
pub(super) fn is_within(path: &str, other: &str) -> bool {
    path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
