//! Walks over the three trees, finds the changes, and decides each change that is not a conflict.

use super::compose::holders;
use super::counter::counter_sum;
use super::moves::Moves;
use super::plan::{Choice, Plan, TextPlan};
use super::pointer::{self, Active, Rules};
use super::rich::{self, Rich};
use super::scalar::quote;
use super::sides::{NONE, Side, Three};
use super::tree::{At, Document, Kind, Members, Node, equal, name, same_spelling};
use super::write::takes_blanks;
use super::{Documents, Inferred, JsonMerge, Options, Rule};
use crate::error::Error;
use crate::gather::chained;
use crate::merge::text::{self, Granularity, Texts};
use crate::merge::{Change, ChangeOp, ChangeState, Clash, Favor, Index};
use text_diff::hash64;

/// The length from which a string without line breaks is merged as text: about one line of prose.
const LONG_STRING_BYTES: usize = 80;

/// The limit of merges that search for the place of each moved record. If all of them fail, a merge without moves follows.
const MAX_ATTEMPTS: usize = 6;

pub(super) struct Merger<'a> {
    pub documents: Documents<'a>,
    pub rules: Rules,
    pub favor: Option<Favor>,
    /// Whether the items of theirs come first at a place where both put items, whatever their names are.
    pub theirs_first: bool,
    /// See [`Options::may_echo`].
    pub may_echo: bool,
    text_options: text::Options,
    pub changes: Vec<Change>,
    pub texts: Vec<TextPlan>,
    pub runs: Vec<u32>,
    pub inferred: Vec<Inferred>,
    pub moves: Moves,
    /// By side and node, whether people decide a value, although only one side changed or added it.
    pub contested: [Vec<bool>; 3],
    /// Set inside of a document of an editor.
    pub rich: Option<Rich>,
    /// The side whose layout the result keeps.
    template: Side,
    /// The current place, by position (a JSON Pointer) and by identity.
    pub path: String,
    pub id: String,
}

pub(super) fn merge(documents: Documents<'_>, options: &Options, theirs_first: bool) -> Result<JsonMerge, Error> {
    if options.favor == Some(Favor::Union) {
        return Err(Error::invalid_argument("mine or theirs as the side that JSON conflicts favour", "union"));
    }
    let mut moves = Moves::new(documents);
    // A place is an array that has a moved record on one side. If a value that contains a place is decided as a whole, only the composed
    // result shows whether this place exists.
    for _ in 0..MAX_ATTEMPTS {
        match merge_with(moves, documents, options, theirs_first)? {
            Ok(merge) => return Ok(merge),
            Err(next) => moves = next,
        }
    }
    merge_with(Moves::default(), documents, options, theirs_first)?
        .map_err(|_| Error::internal("a record was lost without a move"))
}

/// If the walk has not placed each moved record, returns `Err` with the moves for the next merge. These moves have the holders of the records:
/// the sides whose places have the records in the composed result.
fn merge_with(
    moves: Moves,
    documents: Documents<'_>,
    options: &Options,
    theirs_first: bool,
) -> Result<Result<JsonMerge, Moves>, Error> {
    let rules = Rules::new(&options.rules)?;
    // If theirs is base byte for byte, the result is mine byte for byte.
    let untouched = documents.base.is_some_and(|base| base.same_text(documents.theirs));
    let template = if untouched && !documents.mine.is_values_only() { Side::Mine } else { Side::Theirs };
    let root = rules.root();
    let mut merger = Merger {
        documents,
        rules,
        favor: options.favor,
        theirs_first,
        may_echo: options.may_echo || theirs_first,
        text_options: options.text.clone(),
        changes: Vec::new(),
        texts: Vec::new(),
        runs: Vec::new(),
        inferred: Vec::new(),
        moves,
        contested: Default::default(),
        rich: None,
        template,
        path: String::new(),
        id: String::new(),
    };
    let nodes = Three { base: if documents.base.is_some() { 0 } else { NONE }, mine: 0, theirs: 0 };
    let plan = merger.value(nodes, &root).unwrap_or(Plan::Take(Side::Theirs, 0));
    let moves = merger.moves;
    let merge = JsonMerge {
        changes: merger.changes,
        plan,
        text_paths: Index::new(merger.texts.iter().map(|text| hash64(text.path.as_bytes()))),
        texts: merger.texts,
        runs: merger.runs,
        inferred: merger.inferred,
        records: moves.records(),
        template,
        rules: merger.rules,
    };
    if let Some(others) = moves.without_forbidden() {
        return Ok(Err(others));
    }
    if moves.are_placed() {
        return Ok(Ok(merge));
    }
    Ok(Err(moves.with_holders(&holders(&merge, documents)?)))
}

impl<'a> Merger<'a> {
    pub(super) fn at(&self, nodes: Three, side: Side) -> Option<At<'a>> {
        let document = self.documents.get(side)?;
        nodes.get(side).map(|node| At { document, node })
    }

    pub(super) fn document(&self, side: Side) -> &'a Document {
        self.documents.get(side).unwrap_or(self.documents.theirs)
    }

    pub(super) fn kind(&self, nodes: Three, side: Side) -> Option<Kind> {
        self.at(nodes, side).map(At::kind)
    }

    pub(super) fn source(&self, nodes: Three, side: Side) -> Option<String> {
        self.at(nodes, side).map(|at| at.source().to_owned())
    }

    /// Whether two sides have equal values here, or both have no value.
    pub(super) fn same(&self, nodes: Three, left: Side, right: Side) -> bool {
        match (self.at(nodes, left), self.at(nodes, right)) {
            (Some(left), Some(right)) => equal(left, right),
            (None, None) => true,
            _ => false,
        }
    }

    /// Runs `walk` one level below, at the member or index `token` with the identity `id`.
    pub(super) fn below<R>(&mut self, token: &str, id: &str, walk: impl FnOnce(&mut Self) -> R) -> R {
        let (path, whole_id) = (self.path.len(), self.id.len());
        pointer::push(&mut self.path, token);
        pointer::push(&mut self.id, id);
        let result = walk(self);
        self.path.truncate(path);
        self.id.truncate(whole_id);
        result
    }

    /// The plan for a value that neither side changed, if no spelling needs to be merged either.
    pub(super) fn untouched(&self, nodes: Three) -> Option<Plan> {
        let at = |side| self.at(nodes, side);
        let (base, mine, theirs) = (at(Side::Base)?, at(Side::Mine)?, at(Side::Theirs)?);
        if !equal(base, mine) || !equal(base, theirs) {
            return None;
        }
        match base.same_source(mine) {
            true if base.same_source(theirs) => Some(self.keep(nodes)),
            false if self.is_laid_out(nodes) => Some(Plan::Copy(nodes.mine)),
            _ => (!self.respelled(nodes)).then(|| self.keep(nodes)),
        }
    }

    /// Whether only mine changed the text of a container that has equal values on all sides. The indentation of its text must fit.
    fn is_laid_out(&self, nodes: Three) -> bool {
        let at = |side| self.at(nodes, side);
        let (Some(base), Some(mine), Some(theirs)) = (at(Side::Base), at(Side::Mine), at(Side::Theirs)) else {
            return false;
        };
        self.template == Side::Theirs
            && matches!(mine.kind(), Kind::Object | Kind::Array)
            && base.same_source(theirs)
            && takes_blanks(self.documents)
    }

    /// Records a change of the value here.
    pub(super) fn change(&mut self, nodes: Three, state: ChangeState, op: ChangeOp, clash: Option<Clash>) -> u32 {
        let change = Change {
            id: self.id.clone(),
            path: self.path.clone(),
            state,
            op,
            clash,
            ambiguous: false,
            is_order_free: false,
            from: None,
            into: [None, None],
            base: self.source(nodes, Side::Base),
            mine: self.source(nodes, Side::Mine),
            theirs: self.source(nodes, Side::Theirs),
            suggestion: None,
            region: None,
        };
        self.push(change)
    }

    pub(super) fn push(&mut self, change: Change) -> u32 {
        self.changes.push(change);
        (self.changes.len() - 1) as u32
    }

    /// The state of a conflict, and the side whose value the result has if nothing is picked.
    pub(super) fn settled(&self) -> (ChangeState, Side) {
        match self.favor {
            Some(Favor::Mine) => (ChangeState::Mine, Side::Mine),
            Some(Favor::Theirs) => (ChangeState::Theirs, Side::Theirs),
            _ => (ChangeState::Conflict, Side::Mine),
        }
    }

    pub(super) fn conflict(&mut self, nodes: Three, op: ChangeOp, clash: Clash) -> Plan {
        let (state, side) = self.settled();
        let change = self.change(nodes, state, op, Some(clash));
        self.decide_moves_inside(nodes, side, true);
        choose(change, nodes, Some(side))
    }

    fn decided(&mut self, nodes: Three, state: ChangeState, op: ChangeOp, side: Side) -> Plan {
        let change = self.change(nodes, state, op, None);
        self.decide_moves_inside(nodes, side, false);
        choose(change, nodes, Some(side))
    }

    /// The plan for one place. `None` if the result never has a value there.
    pub(super) fn value(&mut self, nodes: Three, active: &Active) -> Option<Plan> {
        if self.rules.any(active) {
            let rule = self.rules.rule(active);
            if matches!(rule, Rule::Ignore | Rule::Atomic) {
                self.moves.forbid(self.documents, nodes);
            }
            if *rule == Rule::Ignore {
                return self.ignored(nodes);
            }
            if let (Rule::RichText(editor), None) = (rule, &self.rich) {
                let editor = *editor;
                self.moves.forbid(self.documents, nodes);
                let roots = Side::ALL.into_iter().filter_map(|side| self.at(nodes, side));
                self.rich = Some(Rich::new(editor, roots.map(|at| (at.document, at.node))));
                let plan = self.value(nodes, active);
                self.rich = None;
                return plan;
            }
        }
        if self.is_contested(nodes) {
            let is_new = nodes.base == NONE;
            let (op, clash) =
                if is_new { (ChangeOp::Add, Clash::InsertInsert) } else { (ChangeOp::Replace, Clash::EditEdit) };
            return Some(self.conflict(nodes, op, clash));
        }
        let has = |side| nodes.get(side).is_some();
        Some(match (has(Side::Base), has(Side::Mine), has(Side::Theirs)) {
            (_, false, false) if nodes.base == NONE => return None,
            (true, true, true) => return self.three(nodes, active),
            (false, true, true) => return self.both_added(nodes, active),
            (true, false, false) => match self.at(nodes, Side::Base).and_then(|base| self.moves.clash_inside(base)) {
                Some(clash) => self.conflict(nodes, ChangeOp::Remove, clash),
                None => self.decided(nodes, ChangeState::Same, ChangeOp::Remove, Side::Mine),
            },
            (true, mine, _) => self.removed_by_one(nodes, active, mine),
            (false, mine, _) if self.documents.base.is_some() => {
                let (state, side) =
                    if mine { (ChangeState::Mine, Side::Mine) } else { (ChangeState::Theirs, Side::Theirs) };
                self.decided(nodes, state, ChangeOp::Add, side)
            }
            _ => self.conflict(nodes, ChangeOp::Add, Clash::NoBase),
        })
    }

    fn ignored(&mut self, nodes: Three) -> Option<Plan> {
        if !self.same(nodes, Side::Base, Side::Mine) || !self.same(nodes, Side::Base, Side::Theirs) {
            self.change(nodes, ChangeState::Ignored, op_of(nodes), None);
        }
        nodes.get(Side::Theirs).map(|node| Plan::Take(Side::Theirs, node))
    }

    fn removed_by_one(&mut self, nodes: Three, active: &Active, mine_kept: bool) -> Plan {
        let (keeper, remover, state) = if mine_kept {
            (Side::Mine, Side::Theirs, ChangeState::Theirs)
        } else {
            (Side::Theirs, Side::Mine, ChangeState::Mine)
        };
        if self.unedited(nodes, keeper, active) {
            return self.decided(nodes, state, ChangeOp::Remove, remover);
        }
        let clash = if mine_kept { Clash::EditDelete } else { Clash::DeleteEdit };
        self.conflict(nodes, ChangeOp::Remove, clash)
    }

    fn both_added(&mut self, nodes: Three, active: &Active) -> Option<Plan> {
        let (mine, theirs) = (self.kind(nodes, Side::Mine), self.kind(nodes, Side::Theirs));
        if self.same(nodes, Side::Mine, Side::Theirs) {
            if self.documents.base.is_none() {
                return Some(self.keep(nodes));
            }
            return Some(self.decided(nodes, ChangeState::Same, ChangeOp::Add, Side::Theirs));
        }
        let atomic = *self.rules.rule(active) == Rule::Atomic;
        if !atomic && mine == theirs && mine == Some(Kind::Object) {
            return Some(self.object(nodes, active));
        }
        if !atomic
            && mine == theirs
            && mine == Some(Kind::Array)
            && let Some(plan) = self.array(nodes, active)
        {
            return Some(plan);
        }
        let clash = if self.documents.base.is_none() { Clash::NoBase } else { Clash::AddAdd };
        Some(self.conflict(nodes, ChangeOp::Add, clash))
    }

    fn three(&mut self, nodes: Three, active: &Active) -> Option<Plan> {
        let edited_mine = !self.same(nodes, Side::Base, Side::Mine);
        let edited_theirs = !self.same(nodes, Side::Base, Side::Theirs);
        let kinds = Side::ALL.map(|side| self.kind(nodes, side));
        let alike = kinds[0] == kinds[1] && kinds[1] == kinds[2];
        let rule = self.rules.rule(active).clone();
        if !edited_mine && !edited_theirs {
            if self.is_laid_out(nodes) {
                return Some(Plan::Copy(nodes.mine));
            }
            if self.respelled(nodes) {
                return Some(match kinds[1] {
                    Some(Kind::Object) if rule != Rule::Atomic => self.object(nodes, active),
                    Some(Kind::Array) if rule != Rule::Atomic => {
                        self.array(nodes, active).unwrap_or_else(|| self.keep(nodes))
                    }
                    Some(Kind::Number | Kind::String) => Plan::Take(Side::Mine, nodes.mine),
                    _ => self.keep(nodes),
                });
            }
            return Some(self.keep(nodes));
        }
        if kinds[0] == Some(Kind::Array) && alike && edited_mine && edited_theirs && self.is_inline(nodes) {
            return Some(self.inline(nodes));
        }
        if alike && rule != Rule::Atomic && !self.is_inline(nodes) {
            match kinds[0] {
                Some(Kind::Object) => return Some(self.object(nodes, active)),
                Some(Kind::Array) => {
                    if let Some(plan) = self.array(nodes, active) {
                        return Some(plan);
                    }
                }
                _ => {}
            }
        }
        Some(match (edited_mine, edited_theirs) {
            (true, false) => self.decided(nodes, ChangeState::Mine, ChangeOp::Replace, Side::Mine),
            (false, _) => self.decided(nodes, ChangeState::Theirs, ChangeOp::Replace, Side::Theirs),
            // Equal increments of a counter on both sides add up.
            _ if !(rule == Rule::Counter && alike && kinds[0] == Some(Kind::Number))
                && self.same(nodes, Side::Mine, Side::Theirs) =>
            {
                self.decided(nodes, ChangeState::Same, ChangeOp::Replace, Side::Theirs)
            }
            _ => self.both_edited(nodes, &rule, kinds),
        })
    }

    fn both_edited(&mut self, nodes: Three, rule: &Rule, kinds: [Option<Kind>; 3]) -> Plan {
        let all = |kind: Kind| kinds.iter().all(|found| *found == Some(kind));
        if *rule == Rule::Counter
            && all(Kind::Number)
            && let Some(plan) = self.counter(nodes)
        {
            return plan;
        }
        if all(Kind::String)
            && *rule != Rule::Atomic
            && let Some(plan) = self.string(nodes, rule)
        {
            return plan;
        }
        let container = matches!(kinds[0], Some(Kind::Object | Kind::Array));
        let clash =
            if container && (kinds[0] == kinds[1]) != (kinds[0] == kinds[2]) { Clash::Type } else { Clash::EditEdit };
        let first = self.changes.len();
        let plan = self.conflict(nodes, ChangeOp::Replace, clash);
        if all(Kind::String) && *rule != Rule::Atomic {
            let suggestion = self.suggestion(nodes);
            if let Some(change) = self.changes.get_mut(first).filter(|change| change.state == ChangeState::Conflict) {
                change.suggestion = suggestion;
            }
        }
        plan
    }

    /// A merge by words of a short string. Swapped sides have the same suggestion.
    fn suggestion(&self, nodes: Three) -> Option<String> {
        let decode = |side| self.at(nodes, side).and_then(|at| at.document.exact_string(at.node));
        let [base, mine, theirs] = [decode(Side::Base)?, decode(Side::Mine)?, decode(Side::Theirs)?];
        let (one, other) = if mine > theirs { (&theirs, &mine) } else { (&mine, &theirs) };
        let text = text::suggested(&base, one, other, self.text_options.segmenter)?;
        Some(quote(&text))
    }

    /// Whether an array is the text of a block.
    pub(super) fn is_inline(&self, nodes: Three) -> bool {
        let Some(rich) = &self.rich else { return false };
        Side::ALL.into_iter().filter_map(|side| self.at(nodes, side)).any(|at| rich.editor.is_inline(at))
    }

    /// Merges the text of a block that both sides edited.
    fn inline(&mut self, nodes: Three) -> Plan {
        if self.same(nodes, Side::Mine, Side::Theirs) {
            return self.decided(nodes, ChangeState::Same, ChangeOp::Replace, Side::Theirs);
        }
        let sides = Side::ALL.map(|side| self.at(nodes, side));
        let merged = self.rich.as_ref().and_then(|rich| rich::merge(rich, sides, &self.text_options));
        match merged {
            Some(rich::Merged::Clean(content)) => {
                let change = self.change(nodes, ChangeState::Same, ChangeOp::Replace, None);
                if let Some(change) = self.changes.last_mut() {
                    change.suggestion = Some(content.clone());
                }
                let auto = Some(Side::Theirs);
                Plan::Choose(Choice { change, nodes, auto, made: Some(content), grouped: false })
            }
            other => {
                let first = self.changes.len();
                let plan = self.conflict(nodes, ChangeOp::Replace, Clash::EditEdit);
                if let (Some(rich::Merged::Conflict(suggestion)), Some(change)) = (other, self.changes.get_mut(first)) {
                    change.suggestion = suggestion.filter(|_| change.state == ChangeState::Conflict);
                }
                plan
            }
        }
    }

    fn counter(&mut self, nodes: Three) -> Option<Plan> {
        let source = |side| self.at(nodes, side).map(At::source);
        let is_read = self.documents.mine.is_values_only();
        let sum = counter_sum(source(Side::Base)?, source(Side::Mine)?, source(Side::Theirs)?, is_read)?;
        let change = self.change(nodes, ChangeState::Same, ChangeOp::Replace, None);
        if let Some(change) = self.changes.last_mut() {
            change.suggestion = Some(sum.clone());
        }
        Some(Plan::Choose(Choice { change, nodes, auto: Some(Side::Theirs), made: Some(sum), grouped: false }))
    }

    /// Merges a string as text. `None` if it is too short, or not valid Unicode.
    fn string(&mut self, nodes: Three, rule: &Rule) -> Option<Plan> {
        let decode = |side| self.at(nodes, side).and_then(|at| at.document.exact_string(at.node));
        let strings = [decode(Side::Base)?, decode(Side::Mine)?, decode(Side::Theirs)?];
        let long = strings.iter().any(|string| string.len() >= LONG_STRING_BYTES || string.contains('\n'));
        if !long && *rule != Rule::Text {
            return None;
        }
        let [base, mine, theirs] = &strings;
        let texts = Texts { base: Some(base), mine, theirs };
        // Like Git, the text merge splits a conflict by a comparison from mine to theirs. The opposite direction may split it in another
        // way. A fixed direction gives swapped sides the same result.
        let is_swapped = mine > theirs;
        let favor = match self.favor {
            Some(Favor::Mine) if is_swapped => Some(Favor::Theirs),
            Some(Favor::Theirs) if is_swapped => Some(Favor::Mine),
            other => other,
        };
        let granularity = match self.text_options.granularity {
            Granularity::Auto if text::is_prose(base) => Granularity::Sentence,
            given => given,
        };
        let options = text::Options { favor, granularity, ..self.text_options.clone() };
        let merge = if is_swapped {
            text::merge(Texts { mine: theirs, theirs: mine, ..texts }, &options).ok()?.swapped()
        } else {
            text::merge(texts, &options).ok()?
        };
        if merge.regions().is_empty() {
            return None;
        }
        let first_change = self.changes.len() as u32;
        for mut change in merge.changes(texts, &self.path) {
            if let Some(token) = change.id.strip_prefix(self.path.as_str()) {
                change.id = chained(&[&self.id, token]);
            }
            for value in [&mut change.base, &mut change.mine, &mut change.theirs, &mut change.suggestion] {
                *value = value.take().map(|text| quote(&text));
            }
            self.push(change);
        }
        self.texts.push(TextPlan { path: self.path.clone(), nodes, first_change, merge, strings });
        Some(Plan::Text((self.texts.len() - 1) as u32))
    }

    /// The plan for an unchanged value: the copy in the document whose layout the result keeps.
    pub(super) fn keep(&self, nodes: Three) -> Plan {
        let side = if nodes.get(self.template).is_some() { self.template } else { Side::Theirs };
        Plan::Take(side, nodes.get(side).unwrap_or(nodes.mine))
    }

    /// Whether mine changed a spelling or the order of members in a value that is otherwise unchanged. A scalar that theirs
    /// respelled, too, does not count.
    fn respelled(&self, nodes: Three) -> bool {
        if self.template == Side::Mine || self.documents.mine.is_values_only() {
            return false;
        }
        let (Some(base), Some(mine), Some(theirs)) =
            (self.at(nodes, Side::Base), self.at(nodes, Side::Mine), self.at(nodes, Side::Theirs))
        else {
            return false;
        };
        !mine.same_source(theirs)
            && !same_spelling(base, mine)
            && (same_spelling(base, theirs) || matches!(mine.kind(), Kind::Object | Kind::Array))
    }

    /// Whether `side` has the value of base. Members that a rule ignores do not count. Moved records have their own changes, so they do not
    /// count, but a record that `side` moved here is an edit. A value with a stranded record, whose new place may be missing, counts as
    /// edited, so that its removal is a conflict.
    pub(super) fn unedited(&self, nodes: Three, side: Side, active: &Active) -> bool {
        match (self.at(nodes, Side::Base), self.at(nodes, side)) {
            (Some(base), Some(other)) => !self.moves.has_stranded(base) && self.alike(base, (side, other), active),
            (base, other) => base.is_none() && other.is_none(),
        }
    }

    fn alike(&self, left: At<'_>, (side, right): (Side, At<'_>), active: &Active) -> bool {
        if equal(left, right) {
            return true;
        }
        if (!self.rules.any(active) && self.moves.all.is_empty()) || left.kind() != right.kind() {
            return false;
        }
        match left.kind() {
            Kind::Object => {
                let (names, others) =
                    (Members::new(left.document, Some(left.node)), Members::new(right.document, Some(right.node)));
                let is_ignored = |member: At<'_>| {
                    *self.rules.rule(&self.rules.below(active, &name(member.document, member.node))) == Rule::Ignore
                };
                let kept = names.nodes.iter().all(|&node| {
                    let member = At { node, ..left };
                    match others.find(member) {
                        _ if is_ignored(member) => true,
                        Some(at) => {
                            let below = self.rules.below(active, &name(left.document, node));
                            self.alike(member, (side, At { node: others.nodes[at], ..right }), &below)
                        }
                        None => false,
                    }
                });
                kept && others.nodes.iter().all(|&node| {
                    let member = At { node, ..right };
                    names.find(member).is_some() || is_ignored(member)
                })
            }
            Kind::Array => {
                let is_here = |&node: &Node| {
                    self.moves.single(Side::Base, node).is_none_or(|record| self.moves.has_stayed(record, side))
                };
                let mut others = right.document.children(right.node);
                let same = left.document.children(left.node).filter(is_here).enumerate().all(|(index, node)| {
                    let Some(other) = others.next() else { return false };
                    match (self.moves.single(Side::Base, node), self.moves.single(side, other)) {
                        (None, None) => {
                            let below = self.rules.below(active, &index.to_string());
                            self.alike(At { node, ..left }, (side, At { node: other, ..right }), &below)
                        }
                        (one, other) => one == other,
                    }
                });
                same && others.next().is_none()
            }
            _ => false,
        }
    }
}

pub(super) fn choose(change: u32, nodes: Three, auto: Option<Side>) -> Plan {
    Plan::Choose(Choice { change, nodes, auto, made: None, grouped: false })
}

fn op_of(nodes: Three) -> ChangeOp {
    match (nodes.get(Side::Base), nodes.get(Side::Theirs)) {
        (None, _) => ChangeOp::Add,
        (_, None) => ChangeOp::Remove,
        _ => ChangeOp::Replace,
    }
}
