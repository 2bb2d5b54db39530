//! Writes a result tree in the layout of one document: kept parts are copied, and new parts get its style.

use std::ops::Range;

use super::Documents;
use super::sides::{NONE, Side, Three};
use super::tree::{Document, Kind, Node};

/// The number of values that are examined for the style of a document.
const STYLE_NODES: u32 = 1000;

/// The number of children that are read ahead. In another order than the order of the template, each single read would wait for memory.
const READ_AHEAD: usize = 16;

/// The document of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Side(Side),
    /// A custom value, by its index.
    Custom(u32),
}

/// One value of the result.
#[derive(Debug)]
pub(super) enum Out {
    Node(Source, Node),
    /// A scalar that the merge made.
    Text(String),
    List {
        object: bool,
        /// The container whose layout is kept.
        template: Option<(Side, Node)>,
        children: Vec<Child>,
    },
}

/// One member or element of the result.
#[derive(Debug)]
pub(super) struct Child {
    /// The member whose name literal is written.
    pub name: Option<(Side, Node)>,
    pub out: Out,
    /// The child of the template that this child keeps or replaces.
    pub template: Option<Node>,
}

impl Child {
    pub(super) fn element(out: Out) -> Self {
        Self { name: None, out, template: None }
    }
}

/// The style of a document, for new parts.
#[derive(Debug, Default, PartialEq, Eq)]
struct Style<'a> {
    /// The line end and one step of indentation; `None` if everything is on one line.
    lines: Option<(&'a str, &'a str)>,
    /// The text between a name and its value, with the colon.
    colon: &'a str,
    /// The blanks after a comma on one line.
    comma: &'a str,
    /// Whether arrays of scalars are on one line.
    inline_scalars: bool,
}

pub(super) fn write(out: &Out, documents: Documents<'_>, customs: &[Document], template: Side) -> String {
    let document = documents.get(template).unwrap_or(documents.theirs);
    let mine = if template == Side::Mine { documents.theirs } else { documents.mine };
    let style = Style::of(document);
    let same_style = !mine.is_values_only() && Style::of(mine).lines == style.lines && style.lines.is_some();
    let mut writer = Writer {
        documents,
        customs,
        template,
        document,
        style,
        same_style,
        out: String::with_capacity(document.text().len() + 256),
        indent: String::new(),
    };
    writer.out.push_str(outside(documents, document, |document, text| &text[..document.data(0).start as usize]));
    writer.value(out);
    writer.out.push_str(outside(documents, document, |document, text| &text[document.data(0).end as usize..]));
    writer.out
}

/// The blanks before or after the whole value. Mine gives them if only mine changed them, and otherwise the template does.
fn outside<'a>(
    documents: Documents<'a>,
    template: &'a Document,
    part: impl Fn(&'a Document, &'a str) -> &'a str,
) -> &'a str {
    let part = |document: &'a Document| part(document, document.text());
    match documents.base {
        Some(base) if !documents.mine.is_values_only() && part(documents.theirs) == part(base) => part(documents.mine),
        _ => part(template),
    }
}

/// The side whose layout a container keeps: mine if only mine changed the blanks of the container, and otherwise the template.
pub(super) fn layout_of(documents: Documents<'_>, nodes: Three, template: Side) -> Side {
    if template == Side::Theirs && is_relaid(documents, nodes) && takes_blanks(documents) {
        Side::Mine
    } else {
        template
    }
}

/// Whether the blanks of mine fit into the result. They do not if theirs changed the blanks of the outermost container, and mine does
/// not have the same ones there.
pub(super) fn takes_blanks(documents: Documents<'_>) -> bool {
    let root = Three { base: 0, mine: 0, theirs: 0 };
    !documents.mine.is_values_only()
        && (is_relaid(documents, root) || has_same_leads((documents.mine, 0), (documents.theirs, 0)))
}

/// Whether only mine changed the blanks of a container.
fn is_relaid(documents: Documents<'_>, nodes: Three) -> bool {
    documents.base.is_some_and(|base| {
        let base = (base, nodes.base);
        has_same_leads(base, (documents.theirs, nodes.theirs)) && !has_same_leads(base, (documents.mine, nodes.mine))
    })
}

/// Whether two containers have the same blanks before their children and at their end. An empty container counts as equal.
fn has_same_leads((one, node): (&Document, Node), (other, other_node): (&Document, Node)) -> bool {
    let has_children = |document: &Document, node: Node| {
        node != NONE && document.data(node).is_container() && document.data(node).next > node + 1
    };
    if !has_children(one, node) || !has_children(other, other_node) {
        return true;
    }
    let (one, other) = (Leads::new(one, node), Leads::new(other, other_node));
    let is_same_second = one.second.is_none() || other.second.is_none() || one.second == other.second;
    one.first == other.first && one.close == other.close && is_same_second
}

impl<'a> Style<'a> {
    fn of(document: &'a Document) -> Self {
        let mut style = Style { colon: ":", ..Style::default() };
        let (mut colon, mut comma, mut scalars) = (None, None, None);
        let text = document.text();
        for (parent, data) in (0_u32..STYLE_NODES).zip(document.nodes()) {
            if !data.is_container() || data.next == parent + 1 {
                continue;
            }
            let first = parent + 1;
            let lead = &text[data.start as usize + 1..document.begin(first)];
            if style.lines.is_none()
                && let Some((line_end, inner)) = split_lines(lead)
            {
                let last = document.children(parent).last().unwrap_or(first);
                let outer = split_lines(&text[document.data(last).end as usize..data.end as usize - 1])
                    .map_or("", |(_, outer)| outer);
                style.lines = Some((line_end, inner.strip_prefix(outer).unwrap_or(inner)));
            }
            if data.kind() == Kind::Object && colon.is_none() {
                colon = Some(separator(document, first));
            }
            let second = document.data(first).next;
            if comma.is_none() && second < data.next {
                let after_comma = document.data(first).end as usize;
                comma = text[after_comma..document.begin(second)]
                    .split_once(',')
                    .map(|(_, space)| space)
                    .filter(|space| !space.contains('\n'));
            }
            if scalars.is_none()
                && data.kind() == Kind::Array
                && data.next - parent > 2
                && document.children(parent).all(|child| document.data(child).next == child + 1)
            {
                scalars = Some(!lead.contains('\n'));
            }
            if style.lines.is_some() && colon.is_some() && comma.is_some() && scalars.is_some() {
                break;
            }
        }
        style.colon = colon.unwrap_or(if style.lines.is_some() { ": " } else { ":" });
        style.comma = comma.unwrap_or(if style.lines.is_some() { " " } else { "" });
        style.inline_scalars = scalars.unwrap_or(false);
        style
    }
}

/// The last line end in blanks, and the indentation after it.
fn split_lines(blank: &str) -> Option<(&str, &str)> {
    let last = blank.rfind('\n')?;
    let line_end = if blank[..last].ends_with('\r') { &blank[last - 1..=last] } else { &blank[last..=last] };
    Some((line_end, &blank[last + 1..]))
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

fn blanks_before(text: &str, end: usize) -> &str {
    let blank = text.as_bytes()[..end].iter().rev().take_while(|byte| is_blank(byte)).count();
    &text[end - blank..end]
}

/// The text between a member's name and its value.
fn separator(document: &Document, member: Node) -> &str {
    &document.text()[document.name_end(member)..document.data(member).start as usize]
}

struct Writer<'a> {
    documents: Documents<'a>,
    customs: &'a [Document],
    template: Side,
    document: &'a Document,
    style: Style<'a>,
    /// Whether parts of the other side can be copied as they are.
    same_style: bool,
    out: String,
    /// The indentation of the line on which the current container begins.
    indent: String,
}

impl<'a> Writer<'a> {
    fn document_of(&self, source: Source) -> &'a Document {
        match source {
            Source::Side(side) => self.documents.get(side).unwrap_or(self.document),
            Source::Custom(at) => self.customs.get(at as usize).unwrap_or(self.document),
        }
    }

    fn value(&mut self, out: &Out) {
        match out {
            Out::Text(text) => self.out.push_str(text),
            Out::Node(source, node) => {
                let document = self.document_of(*source);
                let verbatim = *source == Source::Side(self.template)
                    || (self.same_style && matches!(source, Source::Side(Side::Mine | Side::Theirs)));
                if verbatim {
                    self.out.push_str(document.source(*node));
                } else {
                    self.foreign(document, *node);
                }
            }
            Out::List { object, template, children } => {
                let template = template.filter(|&(side, node)| {
                    let document = self.document_of(Source::Side(side));
                    let kind = document.kind(node);
                    kind == if *object { Kind::Object } else { Kind::Array } && document.data(node).next > node + 1
                });
                match template {
                    Some(template) => self.fitted(*object, template, children),
                    None => self.fresh(*object, children),
                }
            }
        }
    }

    /// Writes a container in the layout of the same container in the template.
    fn fitted(&mut self, object: bool, (side, template): (Side, Node), children: &[Child]) {
        let document = self.document_of(Source::Side(side));
        let data = document.data(template);
        let leads = Leads::new(document, template);
        let inside = template + 1..data.next;
        self.out.push(if object { '{' } else { '[' });
        let outer = self.indent.clone();
        if let Some((_, inner)) = split_lines(leads.first) {
            self.indent.clear();
            self.indent.push_str(inner);
        }
        let own = |child: &Child| child.template.filter(|node| inside.contains(node));
        let (mut at, mut read_until) = (0, 0);
        // The blanks of new members are the blanks of their neighbours.
        let mut near = leads.first_child;
        while let Some(child) = children.get(at) {
            if at >= read_until {
                read_until = at + READ_AHEAD;
                for node in children[at..].iter().take(READ_AHEAD).filter_map(own) {
                    std::hint::black_box(document.text().as_bytes()[document.begin(node)]);
                }
            }
            if at > 0 {
                self.out.push(',');
            }
            near = own(child).unwrap_or(near);
            let lead = match own(child) {
                _ if at == 0 => leads.first,
                Some(node) => leads.of(node),
                None if near != leads.first_child && !leads.first.contains('\n') => leads.of(near),
                None => leads.rest(self.style.comma),
            };
            self.out.push_str(lead);
            let copyable = copyable(document, side, &children[at..], inside.clone());
            if let Some(last) = copyable.checked_sub(1).and_then(|last| children.get(at + last)?.template) {
                let (start, end) = (document.begin(own(child).unwrap_or(last)), document.data(last).end as usize);
                self.out.push_str(&document.text()[start..end]);
                at += copyable;
                near = last;
            } else {
                let colon = if object { separator(document, near) } else { "" };
                self.name(child, colon);
                self.value(&child.out);
                at += 1;
            }
            if at < children.len()
                && let Some(node) = own(&children[at - 1])
            {
                self.out.push_str(leads.tail(node));
            }
        }
        if !children.is_empty() {
            self.out.push_str(leads.close);
        }
        self.indent = outer;
        self.out.push(if object { '}' } else { ']' });
    }

    fn name(&mut self, child: &Child, colon: &str) {
        let Some((side, node)) = child.name else {
            return;
        };
        self.out.push_str(self.document_of(Source::Side(side)).name_source(node));
        self.out.push_str(colon);
    }

    /// Writes a container that the template lacks, or has empty.
    fn fresh(&mut self, object: bool, children: &[Child]) {
        self.out.push(if object { '{' } else { '[' });
        let depth = self.deeper();
        for (at, child) in children.iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            self.line(at == 0);
            self.name(child, self.style.colon);
            self.value(&child.out);
        }
        self.indent.truncate(depth);
        if !children.is_empty() {
            self.line(true);
        }
        self.out.push(if object { '}' } else { ']' });
    }

    /// Indents by one step, and returns the old length of the indentation.
    fn deeper(&mut self) -> usize {
        let depth = self.indent.len();
        if let Some((_, step)) = self.style.lines {
            self.indent.push_str(step);
        }
        depth
    }

    /// Writes the blanks before a child; with `edge`, before the first child or the closing bracket.
    fn line(&mut self, edge: bool) {
        match self.style.lines {
            Some((line_end, _)) => {
                self.out.push_str(line_end);
                self.out.push_str(&self.indent);
            }
            None if !edge => self.out.push_str(self.style.comma),
            None => {}
        }
    }

    /// Writes a value of another document in the style of the template.
    fn foreign(&mut self, document: &Document, node: Node) {
        let kind = document.kind(node);
        if document.data(node).next == node + 1 {
            self.out.push_str(document.source(node));
            return;
        }
        let flat = kind == Kind::Array
            && self.style.inline_scalars
            && document.children(node).all(|child| document.data(child).next == child + 1);
        self.out.push(if kind == Kind::Object { '{' } else { '[' });
        let depth = self.deeper();
        for (at, child) in document.children(node).enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            match flat {
                true if at > 0 => self.out.push_str(self.style.comma),
                true => {}
                false => self.line(at == 0),
            }
            if kind == Kind::Object {
                self.out.push_str(document.name_source(child));
                self.out.push_str(self.style.colon);
            }
            self.foreign(document, child);
        }
        self.indent.truncate(depth);
        if !flat {
            self.line(true);
        }
        self.out.push(if kind == Kind::Object { '}' } else { ']' });
    }
}

/// How many of the first `children` are unchanged neighbours in the template, so that their text is copied at once.
fn copyable(document: &Document, template: Side, children: &[Child], inside: Range<Node>) -> usize {
    let mut next = NONE;
    let mut count = 0;
    for child in children {
        let Some(node) = child.template else { break };
        let kept = matches!(child.out, Out::Node(Source::Side(side), found) if side == template && found == node);
        let named = child.name.is_none_or(|(side, _)| side == template);
        if !kept || !named || !inside.contains(&node) || (count > 0 && node != next) {
            break;
        }
        next = document.data(node).next;
        count += 1;
    }
    count
}

/// The blanks around the children of one container of the template.
struct Leads<'a> {
    document: &'a Document,
    first_child: Node,
    first: &'a str,
    second: Option<&'a str>,
    close: &'a str,
}

impl<'a> Leads<'a> {
    fn new(document: &'a Document, container: Node) -> Self {
        let text = document.text();
        let data = document.data(container);
        let first_child = container + 1;
        let first = &text[data.start as usize + 1..document.begin(first_child)];
        let second_child = document.data(first_child).next;
        let mut leads = Self { document, first_child, first, second: None, close: "" };
        if second_child < data.next {
            leads.second = Some(leads.between(first_child, second_child).1);
        }
        leads.close = blanks_before(text, data.end as usize - 1);
        leads
    }

    /// The blanks before and after the comma between two neighbours.
    fn between(&self, left: Node, right: Node) -> (&'a str, &'a str) {
        let gap = &self.document.text()[self.document.data(left).end as usize..self.document.begin(right)];
        gap.split_once(',').unwrap_or(("", gap))
    }

    /// The blanks before a child that is not the first of the result.
    fn of(&self, node: Node) -> &'a str {
        if node == self.first_child {
            return self.rest("");
        }
        blanks_before(self.document.text(), self.document.begin(node))
    }

    /// The blanks before a new child.
    fn rest(&self, comma: &'a str) -> &'a str {
        if self.first.contains('\n') { self.first } else { self.second.unwrap_or(comma) }
    }

    /// The blanks between a child and the comma after it.
    fn tail(&self, node: Node) -> &'a str {
        let rest = &self.document.text()[self.document.data(node).end as usize..];
        let blank = rest.bytes().take_while(is_blank).count();
        if rest.as_bytes().get(blank) == Some(&b',') { &rest[..blank] } else { "" }
    }
}
