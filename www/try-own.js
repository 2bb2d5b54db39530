/** "Try your own": paste base, mine and theirs, and see the merge. Nothing leaves the page: the server is in it, the client is real. */
import { button, el, fill, uid } from "./dom.js";
import { createClient } from "./mergefetch.js";
import { ownServer } from "./own-server.js";
import { count } from "./words.js";

const EXAMPLES = {
  text: [
    "Pancakes\n\nTwo eggs, a cup of flour, a cup of milk.\n\nBake them in butter,\none after the other,\nand turn each of them once.\n\nServe with sugar.\n",
    "Pancakes\n\nThree eggs, a cup of flour, a cup of milk.\n\nBake them in butter,\none after the other,\nand turn each of them once.\n\nServe with sugar and lemon.\n",
    "Pancakes for four\n\nTwo eggs, two cups of flour, a cup of milk.\n\nBake them in butter,\none after the other,\nand turn each of them once.\n\nServe with maple syrup.\n",
  ],
  json: [
    { title: "Team day", date: "2031-05-02", guests: ["Ann", "Ben", "Cara"], lunch: true, budget: 300 },
    { title: "Team day", date: "2031-05-09", guests: ["Ben", "Ann", "Cara", "Dora"], lunch: true, budget: 350 },
    { title: "Team day by the lake", date: "2031-05-16", guests: ["Ann", "Cara"], lunch: false, budget: 300 },
  ].map((value) => JSON.stringify(value, null, 2)),
};

const SIDES = /** @type {const} */ ([
  ["base", "Before", "what both started from"],
  ["mine", "Your version", "one edit of it"],
  ["theirs", "The other version", "the other edit"],
]);

export function tryOwn() {
  const areas = SIDES.map(([name, label, about]) => {
    const area = /** @type {HTMLTextAreaElement} */ (el("textarea", { id: uid("own"), rows: 10, spellcheck: "false" }));
    return { area, element: el("div", { class: `field pasted pasted-${name}` }, el("label", { for: area.id }, label, " ", el("small", {}, about)), area) };
  });
  const status = el("div", { class: "status", role: "status" });
  const outcome = el("div", { class: "decision" });
  const fillIn = (/** @type {readonly string[]} */ texts) => {
    areas.forEach(({ area }, index) => (area.value = texts[index] ?? ""));
    fill(outcome);
    fill(status);
  };
  const tell = (/** @type {string} */ words, tone = "quiet", /** @type {Element[]} */ ...more) => fill(status, el("div", { class: `told told-${tone}` }, el("p", {}, words), ...more));

  async function merge() {
    fill(outcome);
    const [base = "", mine = "", theirs = ""] = areas.map(({ area }) => area.value);
    const isJson = [base, mine, theirs].every(isDocument);
    try {
      await show(isJson, base, mine, theirs);
    } catch (error) {
      tell(String(/** @type {any} */ (error)?.message ?? error), "bad");
    }
  }

  async function show(/** @type {boolean} */ isJson, /** @type {string} */ base, /** @type {string} */ mine, /** @type {string} */ theirs) {
    const server = ownServer();
    const type = isJson ? "application/json" : "text/plain";
    server.put("/own", base, type);
    const client = createClient({ fetch: server.fetch, whenClean: "merge" });
    const snapshot = await client.get("/own");
    server.put("/own", theirs, type);
    const result = await client.save(snapshot, isJson ? JSON.parse(mine) : mine);
    const kind = isJson ? "JSON" : "text";
    if (result.kind === "conflict") {
      const view = /** @type {import("./mergefetch.js").MergeConflictElement} */ (el("merge-conflict"));
      view.conflict = result.conflict;
      view.addEventListener("cancel", () => {
        fill(outcome);
        areas[1]?.area.focus();
      });
      view.addEventListener("resolve", ({ detail }) => {
        if (!detail.ok) return;
        fill(outcome);
        tell("This is the result of your decisions.", "good", shown(detail.snapshot?.value));
      });
      tell(`Merged as ${kind}: the two edits touch each other.`);
      fill(outcome, view);
      return view.focus();
    }
    if (!result.ok) return tell(`Not merged: ${result.kind}`, "bad");
    const words = result.kind === "merged" ? `Merged as ${kind}: ${count(result.changes.length, "change")}, no conflict.` : "There is nothing to merge: the two are the same.";
    tell(words, "good", shown(result.snapshot?.value));
  }

  const buttons = [button("Merge", merge, { class: "button button-main" }), button("A text", () => fillIn(EXAMPLES.text)), button("A JSON document", () => fillIn(EXAMPLES.json))];
  const element = el(
    "section",
    { class: "story", "aria-labelledby": "title-try-your-own" },
    el("div", { class: "intro intro-own" }, el("h2", { id: "title-try-your-own" }, "Try your own"), el("p", {}, "Paste a text or a JSON document, as it was and as two people changed it. Nothing leaves this page.")),
    el("div", { class: "pasted-all" }, ...areas.map((one) => one.element)),
    el("div", { class: "buttons" }, ...buttons),
    status,
    outcome,
  );
  fillIn(EXAMPLES.text);
  return { element, open: async () => {} };
}

function isDocument(/** @type {string} */ text) {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

function shown(/** @type {unknown} */ value) {
  return el("pre", { class: "outcome", tabindex: "0", dir: "auto" }, typeof value === "string" ? value : JSON.stringify(value, null, 2));
}
