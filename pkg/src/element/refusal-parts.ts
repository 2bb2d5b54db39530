/** What the server said of a write that it refused, and the edit, to be copied. */
import { INSIDE, button, el, fill, textNodes } from "../entries/element-kit.js";
import type { Problem } from "../types/types.js";
import type { Child } from "./dom.js";
import type { Names } from "./names.js";
import type { RefusedSave } from "./refusal.js";
import type { Words } from "./words.js";

/** Says more in place of `told`, and makes of `edit` a field to copy from. @internal */
export function refusalParts(words: Words, { problem, mine }: RefusedSave, names: Names, told: HTMLElement, edit: HTMLElement): void {
  const parts = [serverWords(words, problem), complaints(problem, (path) => names.parts(path).join(INSIDE)), statesOf(words, problem)];
  told.replaceWith(...parts.filter((part) => part !== null));
  edit.parentElement?.parentElement?.append(el("p", { p: "code" }, ...textNodes(codeOf(words, problem))));
  if (mine !== undefined && mine !== null && !(mine instanceof Uint8Array)) edit.replaceWith(...editOf(words, mine));
}

function editOf(words: Words, mine: unknown): HTMLElement[] {
  const text = typeof mine === "string" ? mine : JSON.stringify(mine, null, 2);
  const field = el("textarea", { readonly: true, p: "input", rows: Math.min(10, text.split("\n").length), "aria-label": words.say("yourEdit"), spellcheck: "false" });
  field.value = text;
  const copied = el("span", { role: "status" });
  const copy = button(words.say("copyEdit"), () => {
    field.select();
    const done = (): void => fill(copied, words.say("copied"));
    // Where a page may not write to the clipboard, what is selected can still be copied.
    const selected = (): void => {
      if (document.execCommand("copy")) done();
    };
    const clipboard = navigator.clipboard as Clipboard | undefined;
    if (clipboard === undefined) selected();
    else clipboard.writeText(text).then(done, selected);
  });
  return [field, el("div", { class: "buttons" }, copy, copied)];
}

function serverWords(words: Words, { status, detail, title }: Problem): HTMLElement | null {
  const told = detail ?? title ?? "";
  // Without an answer, the words are for whoever made the page.
  return told === "" || status === null ? null : el("blockquote", { p: "server-words" }, el("p", {}, el("span", {}, words.say("words")), " ", ...textNodes(told)));
}

function complaints({ fields }: Problem, nameOf: (path: string) => string): HTMLElement | null {
  const told = (fields ?? []).filter((field) => field.detail !== undefined);
  return told.length === 0 ? null : el("ul", { p: "complaints" }, ...told.map((field) => el("li", {}, el("strong", {}, ...textNodes(nameOf(field.path))), ": ", ...textNodes(field.detail ?? ""))));
}

function statesOf(words: Words, { currentState, allowedStates }: Problem): HTMLElement | null {
  if (currentState === undefined && allowedStates === undefined) return null;
  const states = (allowedStates ?? []).map((state) => el("li", {}, ...textNodes(state)));
  const row = (name: "stateNow" | "statesNext", ...value: Child[]): HTMLElement => el("div", {}, el("dt", {}, words.say(name)), el("dd", {}, ...value));
  return el("dl", { p: "states" }, row("stateNow", ...textNodes(currentState ?? words.say("unknownState"))), row("statesNext", states.length === 0 ? words.say("none") : el("ul", { class: "chips" }, ...states)));
}

/** Status and code, for those who want to know. */
function codeOf(words: Words, { status, code, type, requestId }: Problem): string {
  return [status === null ? words.say("noAnswer") : words.say("status", { n: String(status) }), code ?? type, requestId].filter((part) => part !== undefined).join(" · ");
}
