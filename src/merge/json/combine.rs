//! Combines two edits of one base that one person made.

use super::identity::Elements;
use super::plan::{Choice, Item, Plan, Run};
use super::scalar::quote;
use super::sides::Side;
use super::tree::{Document, Kind, Tree};
use super::{Documents, JsonMerge, Options, Rule, merge_after};
use crate::error::Error;
use crate::gather::{Gather, chained, joined};
use crate::merge::combine::{Combined, Edits, Unit, is_both};
use crate::merge::text::Texts;
use crate::merge::{Change, Clash, Pick};

/// Collects the results of changes where both edits are by one person.
struct Combiner<'a> {
    merge: &'a JsonMerge,
    documents: Documents<'a>,
    is_own: &'a mut dyn FnMut(usize) -> bool,
    found: Vec<(usize, Combined)>,
}

impl JsonMerge {
    /// The results of the changes for which `is_own` says that theirs is an earlier edit by the author of mine. Changes whose
    /// result equals mine are left out.
    ///
    /// # Errors
    /// Errors of merging and composing parts of the documents.
    pub(crate) fn combined(
        &self,
        documents: Documents<'_>,
        is_own: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Vec<(usize, Combined)>, Error> {
        let mut combiner = Combiner { merge: self, documents, is_own, found: Vec::new() };
        if documents.base.is_some() {
            combiner.plan(&self.plan)?;
        }
        Ok(combiner.found)
    }

    /// The arrays whose elements conflict: the indexes of the changes, and the elements of base, mine and theirs as numbers.
    /// Equal elements have equal numbers. Atomic arrays and conflicts of order are left out.
    pub(crate) fn clashing_arrays(&self, documents: Documents<'_>) -> Vec<(Vec<usize>, [Vec<u32>; 3])> {
        let mut found = Vec::new();
        self.find_clashing(documents, &self.plan, &mut found);
        found
    }

    fn find_clashing(&self, documents: Documents<'_>, plan: &Plan, found: &mut Vec<(Vec<usize>, [Vec<u32>; 3])>) {
        let units = |nodes| {
            let trees = Side::ALL.map(|side| documents.get(side).map(|tree| &**tree));
            Elements::new(trees, nodes).by_value().of
        };
        match plan {
            Plan::Choose(choice) => {
                let is_array = |side| {
                    let place = documents.get(side).zip(choice.nodes.get(side));
                    place.is_some_and(|(document, node)| document.kind(node) == Kind::Array)
                };
                let change = choice.change as usize;
                let is_atomic = |change: &Change| self.rules.at(&change.path) == Rule::Atomic;
                if !choice.grouped
                    && is_array(Side::Mine)
                    && is_array(Side::Theirs)
                    && !self.changes.get(change).is_none_or(is_atomic)
                {
                    found.push((vec![change], units(choice.nodes)));
                }
            }
            Plan::List(list) => {
                let runs: Vec<usize> =
                    list.items.iter().filter_map(|item| item.run.as_ref().map(|run| run.change as usize)).gather();
                if !runs.is_empty() {
                    found.push((runs, units(list.nodes)));
                }
                for plan in list.items.iter().filter_map(Item::own_plan) {
                    self.find_clashing(documents, plan, found);
                }
            }
            Plan::Record(plan) => self.find_clashing(documents, plan, found),
            Plan::Take(..) | Plan::Copy(_) | Plan::Text(_) => {}
        }
    }
}

impl<'a> Combiner<'a> {
    fn trees(&self) -> [Option<&'a Tree>; 3] {
        Side::ALL.map(|side| self.documents.get(side).map(|document| &**document))
    }

    fn plan(&mut self, plan: &Plan) -> Result<(), Error> {
        match plan {
            Plan::Record(plan) => self.plan(plan)?,
            Plan::Take(..) | Plan::Copy(_) => {}
            Plan::Choose(choice) => {
                if !choice.grouped
                    && (self.is_own)(choice.change as usize)
                    && let Some(array) = self.arrays(choice)?
                {
                    self.found.push((choice.change as usize, Combined::Value(array)));
                }
            }
            Plan::List(list) => {
                for item in &list.items {
                    if let Some(run) = &item.run {
                        self.run(run);
                    } else if let Some(plan) = item.own_plan() {
                        self.plan(plan)?;
                    }
                }
            }
            Plan::Text(index) => {
                let Some(text) = self.merge.texts.get(*index as usize) else { return Ok(()) };
                let [base, mine, theirs] = &text.strings;
                let first = text.first_change as usize;
                let texts = Texts { base: Some(base), mine, theirs };
                for (at, combined) in text.merge.combined(texts, &mut |at| (self.is_own)(first + at)) {
                    let combined = match combined {
                        Combined::Value(text) => Combined::Value(quote(&text)),
                        both => both,
                    };
                    self.found.push((first + at, combined));
                }
            }
        }
        Ok(())
    }

    /// Combines a run of elements that both edits changed.
    fn run(&mut self, run: &Run) {
        if !(self.is_own)(run.change as usize) {
            return;
        }
        let nodes = Side::ALL.map(|side| run.get(side).to_vec());
        let Some((sources, is_both)) = Self::elements(&Elements::of(self.trees(), nodes)) else { return };
        let combined = match sources.as_slice() {
            _ if is_both => Combined::Both,
            [one] if run.single => Combined::Value((*one).to_owned()),
            _ if run.single => return,
            all => Combined::Value(array_of(all)),
        };
        self.found.push((run.change as usize, combined));
    }

    /// Combines two arrays that both edits added under one name, or that can only be decided as a whole.
    fn arrays(&self, choice: &Choice) -> Result<Option<String>, Error> {
        let Some(change) = self.merge.changes.get(choice.change as usize) else { return Ok(None) };
        let array = |side| {
            let (document, node) = self.documents.get(side).zip(choice.nodes.get(side))?;
            (document.kind(node) == Kind::Array).then(|| document.source(node))
        };
        let (Some(mine), Some(theirs)) = (array(Side::Mine), array(Side::Theirs)) else { return Ok(None) };
        if self.merge.rules.at(&change.path) == Rule::Atomic {
            return Ok(None);
        }
        if change.clash == Some(Clash::AddAdd) {
            let options = Options { rules: self.merge.rules.below_path(&change.path), ..Options::default() };
            return combine(&Document::parse("[]")?, &Document::parse(theirs)?, &Document::parse(mine)?, &options)
                .map(Some);
        }
        if array(Side::Base).is_none() {
            return Ok(None);
        }
        let found = Self::elements(&Elements::new(self.trees(), choice.nodes));
        Ok(found.map(|(sources, _)| array_of(&sources)))
    }

    /// The texts of the combined elements, and whether they are the earlier edit followed by the later one. `None` if they equal the
    /// later edit.
    fn elements<'e>(elements: &Elements<'e>) -> Option<(Vec<&'e str>, bool)> {
        let tokens = elements.by_value();
        let [base, later, earlier] = &tokens.of;
        let edits = Edits { base, earlier, later, continues: &|_, _| false, revises: &|_, _| false };
        let units = edits.combined()?;
        let [later_sources, earlier_sources] =
            [1, 2].map(|side| elements.side(side).map(|element| element.document.source(element.node)).gather());
        let source = |unit: &Unit| match unit {
            Unit::Earlier(at) => earlier_sources[*at],
            Unit::Later(at) => later_sources[*at],
        };
        Some((units.iter().map(source).gather(), is_both(&units, earlier.len(), later.len())))
    }
}

fn array_of(elements: &[&str]) -> String {
    chained(&["[", &joined(elements, ","), "]"])
}

/// The result of two edits of `base` by one person.
fn combine(base: &Document, earlier: &Document, later: &Document, options: &Options) -> Result<String, Error> {
    let documents = Documents { base: Some(base), mine: later, theirs: earlier };
    let merge = merge_after(documents, options)?;
    let found = merge.combined(documents, &mut |_| true)?;
    let mut picks = vec![Pick::Auto; merge.changes.len()];
    for (at, combined) in &found {
        picks[*at] = match combined {
            Combined::Both => Pick::BothReversed,
            Combined::Value(value) => Pick::Custom(value),
        };
    }
    merge.compose(documents, &picks)
}
