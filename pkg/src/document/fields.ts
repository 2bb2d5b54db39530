/** The text of an element that people type in: an input, a textarea, or a `contenteditable="plaintext-only"`. */

/** A text field of a page. */
export type TextField = HTMLInputElement | HTMLTextAreaElement | HTMLElement;

/** A selection: where it starts and ends, and which end moves with the keys. @internal */
export interface Selected {
  readonly start: number;
  readonly end: number;
  readonly isBackward: boolean;
}

const hasValue = (field: TextField): field is HTMLInputElement | HTMLTextAreaElement => "value" in field;

/** @internal */
export function textIn(field: TextField): string {
  if (hasValue(field)) return field.value;
  let text = "";
  for (const node of nodesIn(field)) text += node instanceof Text ? node.data : "\n";
  return text;
}

/** The text nodes and line breaks. */
function nodesIn(field: HTMLElement): readonly (Text | HTMLElement)[] {
  const walker = field.ownerDocument.createTreeWalker(field, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  const nodes: (Text | HTMLElement)[] = [];
  while (walker.nextNode() !== null) {
    const node = walker.currentNode;
    if (node instanceof Text || (node instanceof HTMLElement && node.localName === "br")) nodes.push(node);
  }
  return nodes;
}

/** The selection, if the field has the focus and this kind of field shows one. @internal */
export function selectedIn(field: TextField): Selected | undefined {
  const root = field.getRootNode() as Document | ShadowRoot;
  if (root.activeElement !== field) return undefined;
  if (hasValue(field)) {
    const { selectionStart: start, selectionEnd: end, selectionDirection } = field;
    return start === null || end === null ? undefined : { start, end, isBackward: selectionDirection === "backward" };
  }
  const selection = selectionOf(field);
  if (!selection || selection.rangeCount === 0 || !field.contains(selection.anchorNode) || !field.contains(selection.focusNode)) return undefined;
  const [anchor, focus] = [offsetOf(field, selection.anchorNode, selection.anchorOffset), offsetOf(field, selection.focusNode, selection.focusOffset)];
  return { start: Math.min(anchor, focus), end: Math.max(anchor, focus), isBackward: focus < anchor };
}

function selectionOf(field: HTMLElement): Selection | null {
  const root = field.getRootNode() as Partial<Document>;
  // Chromium has a selection for each shadow root.
  return (root.getSelection?.() ?? field.ownerDocument.getSelection()) as Selection | null;
}

/** How much text lies before a point. */
function offsetOf(field: HTMLElement, node: Node | null, offset: number): number {
  const range = field.ownerDocument.createRange();
  range.setStart(field, 0);
  range.setEnd(node ?? field, offset);
  let length = 0;
  for (const one of nodesIn(field)) {
    if (one === node) return length + offset;
    if (range.comparePoint(one, 0) > 0 || (one instanceof HTMLElement && !range.intersectsNode(one))) break;
    length += one instanceof Text ? one.length : 1;
  }
  return length;
}

/** Shows another text, with the selection where it belongs. What is scrolled stays. @internal */
export function showIn(field: TextField, text: string, selected: Selected | undefined): void {
  const { scrollTop, scrollLeft } = field;
  if (hasValue(field)) {
    field.value = text;
    if (selected) field.setSelectionRange(selected.start, selected.end, selected.isBackward ? "backward" : "forward");
  } else {
    field.textContent = text;
    if (selected) {
      const [start, end] = [pointAt(field, selected.start), pointAt(field, selected.end)];
      const [anchor, focus] = selected.isBackward ? [end, start] : [start, end];
      selectionOf(field)?.setBaseAndExtent(anchor.node, anchor.offset, focus.node, focus.offset);
    }
  }
  Object.assign(field, { scrollTop, scrollLeft });
}

/** The point behind so much text. */
function pointAt(field: HTMLElement, offset: number): { readonly node: Node; readonly offset: number } {
  const [text] = field.childNodes;
  return text instanceof Text ? { node: text, offset: Math.min(offset, text.length) } : { node: field, offset: 0 };
}
