/** What the elements of this package have in common. */
import type { NameOf } from "./names.js";
import { STYLES } from "./styles.js";
import type { RenderValue } from "./values.js";
import { type Texts, Words, textsFor } from "./words.js";

/** Where there is no page, as on a server, importing this must not fail; nothing is defined there either. */
const PageElement: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

let sheet: CSSStyleSheet | undefined;
let laterSheet: CSSStyleSheet | undefined;

/** A shadow root with the styles, and properties that may be set before the element is known. */
export abstract class MergeElement extends PageElement {
  /** @internal */
  readonly root: ShadowRoot;
  #texts: Texts | null = null;
  #labels: Readonly<Record<string, string>> = {};
  #nameOf: NameOf | null = null;
  #renderValue: RenderValue | null = null;
  #isWaiting = false;

  constructor() {
    super();
    this.root = this.attachShadow({ mode: "open" });
    sheet ??= new CSSStyleSheet();
    if (sheet.cssRules.length === 0) sheet.replaceSync(STYLES);
    this.root.adoptedStyleSheets = [sheet];
    // What is typed in here is no input of the form around it.
    this.root.addEventListener("input", (event) => event.stopPropagation());
  }

  /** @internal */
  protected abstract render(): void;

  /** Other texts than those of the `lang` around the element; null for those. */
  get texts(): Texts | null {
    return this.#texts;
  }

  /** Shows others. */
  set texts(texts: Texts | null) {
    // Frameworks set undefined where the page has none.
    this.#texts = texts ?? null;
    this.changed();
  }

  /**
   * People's words for the members of a document, by JSON Pointer; `*` stands for any one part. Another member is called by the last part of its
   * path, and an item of a list by what people read in it.
   */
  get labels(): Readonly<Record<string, string>> {
    return this.#labels;
  }

  /** Shows others. */
  set labels(labels: Readonly<Record<string, string>> | null | undefined) {
    this.#labels = labels ?? {};
    this.changed();
  }

  /** Names an item of a list where the page knows better: called with the item and its path. */
  get nameOf(): NameOf | null {
    return this.#nameOf;
  }

  /** Names items so; null for the usual names. */
  set nameOf(nameOf: NameOf | null | undefined) {
    this.#nameOf = nameOf ?? null;
    this.changed();
  }

  /** Shows values of the page's own types: called with path and value; null for the usual way. Links and pictures in its nodes are the page's affair. */
  get renderValue(): RenderValue | null {
    return this.#renderValue;
  }

  /** Shows values so; null for the usual way. */
  set renderValue(renderValue: RenderValue | null | undefined) {
    this.#renderValue = renderValue ?? null;
    this.changed();
  }

  /** @internal */
  connectedCallback(): void {
    // Frameworks may set properties before this script is loaded: they then hide those of the class.
    for (const name of Object.keys(this)) {
      if (!(name in Object.getPrototypeOf(this))) continue;
      const value: unknown = Reflect.get(this, name);
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
    this.connected();
  }

  /** Shown for the first time, or once more elsewhere. @internal */
  protected connected(): void {
    this.render();
  }

  /** Renders once for all properties that were set in a row. @internal */
  protected changed(): void {
    if (this.#isWaiting || !this.isConnected) return;
    this.#isWaiting = true;
    queueMicrotask(() => {
      this.#isWaiting = false;
      if (this.isConnected) this.render();
    });
  }

  /** Adds the look of what was loaded later. @internal */
  protected adopt(styles: string): void {
    if (this.root.adoptedStyleSheets.length > 1) return;
    laterSheet ??= new CSSStyleSheet();
    if (laterSheet.cssRules.length === 0) laterSheet.replaceSync(styles);
    this.root.adoptedStyleSheets.push(laterSheet);
  }

  /** @internal */
  protected words(): Words {
    if (this.#texts !== null) return new Words(this.#texts);
    const { texts, locale } = textsFor(this);
    return new Words(texts, locale);
  }

  /** @internal */
  protected tell<D>(type: string, detail: D, cancelable = false): boolean {
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable }));
  }
}

/** @internal */
export function define(name: string, element: CustomElementConstructor): void {
  const registry = globalThis.customElements as CustomElementRegistry | undefined;
  if (registry !== undefined && registry.get(name) === undefined) registry.define(name, element);
}
