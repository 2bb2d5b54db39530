/** What the elements of this package have in common. */
import { STYLES } from "./styles.js";
import { type Texts, Words, textsFor } from "./words.js";

/** Where there is no page, as on a server, importing this must not fail; nothing is defined there either. */
const PageElement: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

let sheet: CSSStyleSheet | undefined;

/** A shadow root with the styles, and properties that may be set before the element is known. */
export abstract class MergeElement extends PageElement {
  /** @internal */
  readonly root: ShadowRoot;
  #texts: Texts | null = null;
  #labels: Readonly<Record<string, string>> = {};
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
    this.#texts = texts;
    this.changed();
  }

  /**
   * People's words for the members of a document, by JSON Pointer; `*` stands for any one part. A member without is called by the
   * last part of its path.
   */
  get labels(): Readonly<Record<string, string>> {
    return this.#labels;
  }

  /** Shows others. */
  set labels(labels: Readonly<Record<string, string>> | null | undefined) {
    this.#labels = labels ?? {};
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

  /** @internal */
  protected words(): Words {
    if (this.#texts !== null) return new Words(this.#texts);
    const { texts, locale } = textsFor(this);
    return new Words(texts, locale);
  }

  /** What people call the member at a path. @internal */
  protected nameOf(path: string): string {
    const parts = path.split("/").slice(1);
    const exact = this.#labels[path];
    if (exact !== undefined || parts.length === 0) return exact ?? path;
    for (const [pattern, label] of Object.entries(this.#labels)) {
      const wanted = pattern.split("/").slice(1);
      if (wanted.length === parts.length && wanted.every((part, index) => part === "*" || part === parts[index])) return label;
    }
    const last = (parts.at(-1) ?? "").replaceAll("~1", "/").replaceAll("~0", "~");
    // A number alone says nothing: it is the item of a list.
    return /^\d+$/.test(last) && parts.length > 1 ? `${this.nameOf(`/${parts.slice(0, -1).join("/")}`)} ${Number(last) + 1}` : last;
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
