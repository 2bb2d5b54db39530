//! Builds the result tree from the plan and the picks.

use super::arrange::Placed;
use super::moves::MovedRecord;
use super::own_order;
use super::plan::{Choice, Held, Item, List, Movable, Plan, Run, TextPlan};
use super::scalar::quote_into;
use super::sides::{NONE, Side, Three};
use super::tree::{At, Document, Kind, MAX_DEPTH, Node, same_name};
use super::write::{Child, Out, Source, layout_of, write};
use super::{Documents, JsonMerge};
use crate::error::Error;
use crate::gather::Gather;
use crate::merge::text::Texts;
use crate::merge::{ChangeOp, ChangeState, Index, Pick};

struct Composer<'a> {
    merge: &'a JsonMerge,
    documents: Documents<'a>,
    picks: Option<&'a [Pick<'a>]>,
    customs: Vec<Document>,
    /// The places of each moved record.
    records: Vec<RecordPlaces>,
}

/// The places of a moved record: the arrays that have it, one for each side.
struct RecordPlaces {
    /// The side whose place has the record in the result.
    holder: Side,
    /// For each side whether its place is in the result.
    are_in_result: [bool; 3],
}

impl RecordPlaces {
    /// Whether the result lacks the place of the holder. A holder that removed the record has no place.
    fn is_lost(&self, record: &MovedRecord) -> bool {
        !self.are_in_result[self.holder as usize] && record.nodes.get(self.holder).is_some()
    }
}

/// The limit of compositions of one result. If a record with places inside it gets another holder, these places may be missing, too.
const MAX_ROUNDS: usize = 4;

pub(super) fn compose(
    merge: &JsonMerge,
    documents: Documents<'_>,
    picks: Option<&[Pick<'_>]>,
) -> Result<String, Error> {
    if let Some(picks) = picks
        && picks.len() != merge.changes.len()
    {
        return Err(Error::invalid_argument("one pick for each change", picks.len().to_string()));
    }
    for ((at, change), pick) in (0_u32..).zip(&merge.changes).zip(picks.unwrap_or_default()) {
        if change.op == ChangeOp::Move {
            merge.check_move(at, *pick)?;
        }
    }
    if picks.is_none()
        && let Some(side) = only_side(merge, documents)
    {
        return Ok(side.text().to_owned());
    }
    let mut composer = Composer::new(merge, documents, picks);
    let out = composer.whole()?.ok_or_else(|| Error::invalid_argument("a value for the whole document", "none"))?;
    let root = Three { base: 0, mine: 0, theirs: 0 };
    Ok(write(&out, documents, &composer.customs, layout_of(documents, root, merge.template)))
}

/// The side that is the whole result, if the other side is base byte for byte. The writer would lose the blanks in an empty array.
fn only_side<'a>(merge: &JsonMerge, documents: Documents<'a>) -> Option<&'a Document> {
    let base = documents.base?;
    let all = |state| merge.changes.iter().all(|change| change.state == state);
    if !merge.rules.is_empty() {
        None
    } else if documents.mine.same_text(base) && all(ChangeState::Theirs) {
        Some(documents.theirs)
    } else if merge.template == Side::Mine && all(ChangeState::Mine) {
        Some(documents.mine)
    } else {
        None
    }
}

impl JsonMerge {
    fn check_move(&self, at: u32, pick: Pick<'_>) -> Result<(), Error> {
        match pick {
            Pick::Auto | Pick::Base | Pick::Mine | Pick::Theirs => Ok(()),
            // An order is that of one array, and a move into another one has none.
            Pick::Custom(_) if !self.records.all.iter().flatten().any(|record| record.change == at) => Ok(()),
            _ => Err(own_order::refused()),
        }
    }

    /// Whether the change `at` alone proves that a document can be composed with `pick` and any other picks. `false` if only
    /// composing can show it.
    pub(crate) fn surely_takes(&self, at: usize, pick: Pick<'_>) -> bool {
        let Some(change) = self.changes.get(at) else { return false };
        let first = |value: &Option<String>| value.as_ref().and_then(|value| value.bytes().next());
        match pick {
            Pick::Auto | Pick::Base | Pick::Mine | Pick::Theirs => true,
            _ if change.op == ChangeOp::Move => false,
            Pick::Suggested => change.suggestion.is_some(),
            Pick::Both | Pick::BothReversed => {
                let is_array = |value| first(value) == Some(b'[');
                let is_list = self.runs.binary_search(&(at as u32)).is_ok() || change.region.is_some();
                is_list || (is_array(&change.mine) && is_array(&change.theirs))
            }
            Pick::Custom(text) if change.region.is_some() => custom_string(text).is_ok(),
            Pick::Custom(text) => {
                // The place of a list accepts only lists, the place of an object only objects.
                let shown = first(&change.mine).or(first(&change.theirs)).or(first(&change.base));
                let is_fit = !matches!(shown, Some(b'[' | b'{')) || text.bytes().next() == shown;
                let depth = change.path.bytes().filter(|byte| *byte == b'/').count() + 1;
                is_fit && Document::parse_within(text.to_owned(), MAX_DEPTH.saturating_sub(depth), None).is_ok()
            }
        }
    }
}

/// The holder of each moved record if nothing is picked. `None` if the result has no place for the record.
pub(super) fn holders(merge: &JsonMerge, documents: Documents<'_>) -> Result<Vec<Option<Side>>, Error> {
    let mut composer = Composer::new(merge, documents, None);
    composer.whole()?;
    let holder = |(record, places): (&Option<MovedRecord>, &RecordPlaces)| {
        let is_lost = record.as_ref().is_some_and(|record| places.is_lost(record));
        (!is_lost).then_some(places.holder)
    };
    Ok(merge.records.all.iter().zip(&composer.records).map(holder).gather())
}

impl<'a> Composer<'a> {
    fn new(merge: &'a JsonMerge, documents: Documents<'a>, picks: Option<&'a [Pick<'a>]>) -> Self {
        let mut composer = Self { merge, documents, picks, customs: Vec::new(), records: Vec::new() };
        let places = |record: &Option<MovedRecord>| RecordPlaces {
            holder: composer.chosen_side(record.as_ref()),
            are_in_result: [false; 3],
        };
        composer.records = merge.records.all.iter().map(places).gather();
        composer
    }

    /// Composes the whole result, with each moved record in one place.
    fn whole(&mut self) -> Result<Option<Out>, Error> {
        let merge = self.merge;
        let mut out = self.plan(&merge.plan, 0)?;
        for _ in 1..MAX_ROUNDS {
            if !self.replace_lost_holders() {
                break;
            }
            self.customs.clear();
            out = self.plan(&merge.plan, 0)?;
        }
        Ok(out)
    }

    fn pick(&self, change: u32) -> Pick<'_> {
        self.picks.and_then(|picks| picks.get(change as usize)).copied().unwrap_or(Pick::Auto)
    }

    fn plan(&mut self, plan: &Plan, depth: usize) -> Result<Option<Out>, Error> {
        match plan {
            Plan::Take(side, node) => self.taken(*side, *node, depth).map(Some),
            Plan::Copy(node) => Ok(Some(Out::Text(self.documents.mine.source(*node).to_owned()))),
            Plan::Choose(choice) => self.choice(choice, depth),
            Plan::List(list) => self.list(list, depth),
            Plan::Record(plan) => self.plan(plan, depth),
            Plan::Text(text) => match self.merge.texts.get(*text as usize) {
                Some(text) => self.text(text).map(Some),
                None => Err(Error::internal("a text of the plan is missing")),
            },
        }
    }

    fn choice(&mut self, choice: &Choice, depth: usize) -> Result<Option<Out>, Error> {
        let side = match self.pick(choice.change) {
            Pick::Auto => {
                if let Some(made) = &choice.made {
                    return Ok(Some(Out::Text(made.clone())));
                }
                choice.auto
            }
            Pick::Base => Some(Side::Base),
            Pick::Mine => Some(Side::Mine),
            Pick::Theirs => Some(Side::Theirs),
            Pick::Custom(text) => {
                let text = text.to_owned();
                return if choice.grouped {
                    self.custom_member(&text, choice.nodes, depth)
                } else {
                    self.custom(text, depth).map(|(source, node)| Some(Out::Node(source, node)))
                };
            }
            Pick::Both => return self.both(choice, [Side::Mine, Side::Theirs], depth),
            Pick::BothReversed => return self.both(choice, [Side::Theirs, Side::Mine], depth),
            Pick::Suggested => {
                let suggestion =
                    self.merge.changes.get(choice.change as usize).and_then(|change| change.suggestion.clone());
                return suggestion
                    .map(|text| Some(Out::Text(text)))
                    .ok_or_else(|| Error::invalid_argument("a change with a suggestion", "one without"));
            }
        };
        let Some((side, node)) = side.and_then(|side| choice.nodes.get(side).map(|node| (side, node))) else {
            return Ok(None);
        };
        self.taken(side, node, depth).map(Some)
    }

    /// Composes a value of a side. The value has a moved record only if this side is the holder of the record.
    fn taken(&mut self, side: Side, node: Node, depth: usize) -> Result<Out, Error> {
        let document = self.documents.get(side).filter(|_| !self.records.is_empty());
        let Some(document) =
            document.filter(|document| self.merge.records.has_any_in(side, node + 1..document.data(node).next))
        else {
            return Ok(Out::Node(Source::Side(side), node));
        };
        let object = document.kind(node) == Kind::Object;
        let mut children = Vec::new();
        for child in document.children(node) {
            if let Some(out) = self.record_or_value(side, child, depth + 1)? {
                children.push(Child { name: object.then_some((side, child)), out, template: Some(child) });
            }
        }
        Ok(Out::List { object, template: Some((side, node)), children })
    }

    /// Composes a value of a side. `None` for a moved record that the place of another side has.
    fn record_or_value(&mut self, side: Side, node: Node, depth: usize) -> Result<Option<Out>, Error> {
        let merge = self.merge;
        match merge.records.of(side, node) {
            Some((record, moved)) if self.add_place(record, side) => self.plan(&moved.plan, depth),
            Some(_) => Ok(None),
            None => self.taken(side, node, depth).map(Some),
        }
    }

    /// Notes that the result has the place of `side`. Returns whether this place has the moved record.
    fn add_place(&mut self, record: u32, side: Side) -> bool {
        let places = &mut self.records[record as usize];
        places.are_in_result[side as usize] = true;
        places.holder == side
    }

    /// The side that the pick for a moved record chooses. This side is the holder if the result has its place.
    fn chosen_side(&self, record: Option<&MovedRecord>) -> Side {
        let Some(record) = record else { return Side::Base };
        match self.pick(record.change) {
            Pick::Base => Side::Base,
            Pick::Mine => Side::Mine,
            Pick::Theirs => Side::Theirs,
            // A custom value needs a place: the place of the side that did not remove the record.
            Pick::Custom(_) if record.nodes.mine == NONE => Side::Theirs,
            Pick::Custom(_) if record.nodes.theirs == NONE => Side::Mine,
            _ => record.auto,
        }
    }

    /// Changes the holder of each record whose place the result lacks, if the result has another place. Returns whether a holder changed.
    fn replace_lost_holders(&mut self) -> bool {
        let mut is_changed = false;
        for (record, places) in self.merge.records.all.iter().zip(&mut self.records) {
            let Some(record) = record else { continue };
            let others = [record.auto, Side::Theirs, Side::Mine, Side::Base];
            if places.is_lost(record)
                && let Some(other) = others.into_iter().find(|&side| places.are_in_result[side as usize])
            {
                places.holder = other;
                is_changed = true;
            }
        }
        if is_changed {
            self.records.iter_mut().for_each(|places| places.are_in_result = [false; 3]);
        }
        is_changed
    }

    /// Parses a custom value, which must fit into the depth limit of the result.
    fn custom(&mut self, text: String, depth: usize) -> Result<(Source, Node), Error> {
        self.customs.push(Document::parse_within(text, MAX_DEPTH.saturating_sub(depth), None)?);
        Ok((Source::Custom(self.customs.len() as u32 - 1), 0))
    }

    /// The member in a custom value of a group.
    fn custom_member(&mut self, text: &str, nodes: Three, depth: usize) -> Result<Option<Out>, Error> {
        let (source, object) = self.custom(text.to_owned(), depth.saturating_sub(1))?;
        let Some(document) = self.customs.last() else {
            return Ok(None);
        };
        if document.kind(object) != Kind::Object {
            return Err(Error::invalid_argument("an object of the members that belong together", "another value"));
        }
        let like = [Side::Mine, Side::Theirs, Side::Base]
            .into_iter()
            .find_map(|side| self.documents.get(side).zip(nodes.get(side)));
        let Some((of, node)) = like else {
            return Ok(None);
        };
        let found = document
            .children(object)
            .find(|&member| same_name(At { document, node: member }, At { document: of, node }));
        Ok(found.map(|node| Out::Node(source, node)))
    }

    /// The elements of the first array, then the elements of the second array that the first one lacks.
    fn both(&mut self, choice: &Choice, [first, second]: [Side; 2], depth: usize) -> Result<Option<Out>, Error> {
        let array = |side| {
            let node = choice.nodes.get(side)?;
            let document = self.documents.get(side)?;
            (document.kind(node) == Kind::Array).then_some(At { document, node })
        };
        let (Some(one), Some(other)) = (array(first), array(second)) else {
            return Err(Error::invalid_argument("a change that can hold both sides", "one that cannot"));
        };
        let mut children = Vec::new();
        let nodes: Vec<Node> = one.document.children(one.node).gather();
        for &node in &nodes {
            children.extend(self.record_or_value(first, node, depth + 1)?.map(Child::element));
        }
        let hash = |element: At<'_>| element.document.data(element.node).hash;
        let known = Index::new(nodes.iter().map(|&node| hash(At { node, ..one })));
        for node in other.document.children(other.node) {
            let element = At { node, ..other };
            if !known.of(hash(element)).any(|at| super::tree::equal(At { node: nodes[at], ..one }, element)) {
                children.extend(self.record_or_value(second, node, depth + 1)?.map(Child::element));
            }
        }
        let template = self.merge.template;
        let template = choice.nodes.get(template).map(|node| (template, node));
        Ok(Some(Out::List { object: false, template, children }))
    }

    /// Composes an object or an array. `None` if the sides added it, and base is picked for each child.
    fn list(&mut self, list: &List, depth: usize) -> Result<Option<Out>, Error> {
        let order = self.order(list)?;
        let template = layout_of(self.documents, list.nodes, self.merge.template);
        let mut children = Vec::with_capacity(list.items.len());
        let mut unadded = list.nodes.base == NONE && !list.items.is_empty();
        for place in 0..list.items.len() {
            let place = order.as_ref().map_or(place, |order| order[place] as usize);
            let Some(item) = list.items.get(place) else {
                continue;
            };
            if item.held.is_some_and(|held| !self.is_here(held)) {
                continue;
            }
            if let Some(run) = &item.run {
                unadded = false;
                self.run(run, depth + 1, template, &mut children)?;
            } else if let Some(plan) = &item.plan {
                unadded &= match plan.of_value() {
                    Plan::Choose(choice) => self.pick(choice.change) == Pick::Base,
                    Plan::List(_) => true,
                    _ => false,
                };
                if let Some(out) = self.plan(plan, depth + 1)? {
                    unadded = false;
                    children.push(self.child(list, item, out, template));
                }
            }
        }
        if unadded {
            return Ok(None);
        }
        if children.is_empty()
            && let Some((side, node)) = self.empty_version(list)
        {
            return Ok(Some(Out::Node(Source::Side(side), node)));
        }
        let template = list.nodes.get(template).map(|node| (template, node));
        Ok(Some(Out::List { object: list.object, template, children }))
    }

    /// Whether a moved record is in this array.
    fn is_here(&mut self, held: Held) -> bool {
        let mut is_here = false;
        // This array may be the place of several sides, so the loop does not stop at the holder.
        for side in Side::ALL {
            is_here |= held.is_here[side as usize] && self.add_place(held.record, side);
        }
        is_here
    }

    /// The side that emptied a container, whose layout the empty container keeps.
    fn empty_version(&self, list: &List) -> Option<(Side, Node)> {
        let version = |side| {
            let (document, node) = (self.documents.get(side)?, list.nodes.get(side)?);
            let data = document.data(node);
            (data.is_container() && data.next == node + 1).then_some((side, node))
        };
        version(Side::Theirs).or_else(|| version(Side::Mine))
    }

    fn child(&self, list: &List, item: &Item, out: Out, template: Side) -> Child {
        let sides = if self.merge.template == Side::Mine {
            [Side::Mine, Side::Theirs, Side::Base]
        } else {
            [Side::Theirs, Side::Mine, Side::Base]
        };
        let chosen = match out {
            Out::Node(Source::Side(side), node) if item.is_renamed => Some((side, node)),
            Out::List { template: chosen, .. } if item.is_renamed => chosen,
            _ => None,
        };
        let named = chosen.or_else(|| sides.into_iter().find_map(|side| item.nodes.get(side).map(|node| (side, node))));
        Child { name: if list.object { named } else { None }, out, template: item.nodes.get(template) }
    }

    fn run(&mut self, run: &Run, depth: usize, template: Side, children: &mut Vec<Child>) -> Result<(), Error> {
        let sides: &[Side] = match self.pick(run.change) {
            Pick::Auto => &[run.auto],
            Pick::Base => &[Side::Base],
            Pick::Mine => &[Side::Mine],
            Pick::Theirs => &[Side::Theirs],
            Pick::Both => &[Side::Mine, Side::Theirs],
            Pick::BothReversed => &[Side::Theirs, Side::Mine],
            Pick::Suggested => {
                return Err(Error::invalid_argument("a change with a suggestion", "one without"));
            }
            Pick::Custom(text) => {
                let text = text.to_owned();
                return self.custom_run(text, run.single, depth, children);
            }
        };
        for &side in sides {
            for &node in run.get(side) {
                let template = (side == template).then_some(node);
                let out = self.record_or_value(side, node, depth)?;
                children.extend(out.map(|out| Child { name: None, out, template }));
            }
        }
        Ok(())
    }

    fn custom_run(&mut self, text: String, single: bool, depth: usize, children: &mut Vec<Child>) -> Result<(), Error> {
        let (source, node) = self.custom(text, if single { depth } else { depth - 1 })?;
        let Some(document) = self.customs.last() else {
            return Ok(());
        };
        if single {
            children.push(Child::element(Out::Node(source, node)));
        } else if document.kind(node) == Kind::Array {
            for node in document.children(node) {
                children.push(Child::element(Out::Node(source, node)));
            }
        } else {
            return Err(Error::invalid_argument("an array of elements", "another value"));
        }
        Ok(())
    }

    /// The order of the items if a pick concerns it, else `None`.
    fn order(&self, list: &List) -> Result<Option<Vec<u32>>, Error> {
        let Some(Movable { arrangement, elements, key }) = list.arrangement.as_deref() else { return Ok(None) };
        let pick_of = |(item, &element): (&Item, &u32)| {
            let moved = arrangement.placed[element as usize] != Placed::Anchored;
            let change = if item.moved == NONE && moved { list.order_change } else { item.moved };
            if change == NONE { Pick::Auto } else { self.pick(change) }
        };
        let sides: Vec<Pick<'_>> = list.items.iter().zip(elements).map(pick_of).gather();
        if sides.iter().all(|pick| *pick == Pick::Auto) {
            return Ok(None);
        }
        let mut arrangement = arrangement.clone();
        let mut places = vec![0_u32; elements.len()];
        for ((place, pick), &element) in (0_u32..).zip(sides).zip(elements) {
            places[element as usize] = place;
            let side = match pick {
                Pick::Base => Side::Base,
                Pick::Mine => Side::Mine,
                Pick::Theirs => Side::Theirs,
                _ => continue,
            };
            arrangement.place_by(element as usize, side, list.order_change != NONE);
        }
        let mut order = arrangement.order(&|left, right| places[left as usize].cmp(&places[right as usize]));
        for element in &mut order {
            *element = places[*element as usize];
        }
        let wanted = |text| own_order::wanted(list, key, self.documents, text);
        if let Pick::Custom(text) = self.pick(list.order_change) {
            own_order::arrange(&mut order, &wanted(text)?);
        }
        for (place, item) in (0_u32..).zip(&list.items) {
            if let Pick::Custom(text) = self.pick(item.moved) {
                own_order::put(&mut order, place, &wanted(text)?)?;
            }
        }
        Ok(Some(order))
    }

    fn text(&mut self, text: &TextPlan) -> Result<Out, Error> {
        let [base, mine, theirs] = &text.strings;
        let texts = Texts { base: Some(base), mine, theirs };
        let count = text.merge.changes(texts, "").len();
        let first = text.first_change as usize;
        let mut decoded = Vec::new();
        for change in first..first + count {
            decoded.push(match self.pick(change as u32) {
                Pick::Custom(text) => Some(custom_string(text)?),
                _ => None,
            });
        }
        let picks: Vec<Pick<'_>> = decoded
            .iter()
            .enumerate()
            .map(|(at, custom)| custom.as_deref().map_or_else(|| self.pick((first + at) as u32), Pick::Custom))
            .gather();
        let merged = text.merge.compose(texts, &picks)?;
        for (side, string) in [(Side::Theirs, theirs), (Side::Mine, mine), (Side::Base, base)] {
            if merged == *string
                && let Some(node) = text.nodes.get(side)
            {
                return Ok(Out::Node(Source::Side(side), node));
            }
        }
        let spelled_ascii = |side: Side| {
            self.documents
                .get(side)
                .zip(text.nodes.get(side))
                .is_some_and(|(document, node)| document.source(node).is_ascii())
        };
        let ascii = spelled_ascii(Side::Theirs) && !theirs.is_ascii();
        let mut out = String::with_capacity(merged.len() + 16);
        quote_into(&merged, ascii, &mut out);
        Ok(Out::Text(out))
    }
}

fn custom_string(text: &str) -> Result<String, Error> {
    let document = Document::parse(text)?;
    document.exact_string(0).ok_or_else(|| Error::invalid_argument("a JSON string", "another value"))
}
