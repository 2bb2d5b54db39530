// What every page has: the document it edits, and the moments at which its reader sees something.
const options = new URLSearchParams(location.search);

/** The address of the document. */
export const address = `/documents/${options.get("document")}`;
export const preload = options.get("preload") ?? "idle";

/** The first edit. The other writer leaves it alone, and changes what the second one changes. */
export const first = (note) => ({ ...note, tags: [...note.tags, "today"] });
/** The second edit, of what the first one has made. */
export const second = (note) => ({ ...note, title: "Mine" });

const marks = {};
let finish;
globalThis.finished = new Promise((resolve) => (finish = resolve));

/** Shows a text and notes the moment, in milliseconds since the navigation began. */
export function show(moment, text) {
  document.querySelector("main").textContent = text;
  marks[moment] = performance.now();
  if (moment === "conflict") finish({ marks, text });
}

/** Lets the reader type before what comes next: no time at all, unless the address names some. */
export async function type(moment) {
  const ms = Number(options.get("typing"));
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  marks[`${moment} asked`] = performance.now();
}
