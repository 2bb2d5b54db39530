/**
 * A conflict, place by place: base, mine and theirs, a decision for each, what merged by itself, and the result so far.
 *
 * Knows nothing of the page around it but what `options` says.
 *
 * @typedef {import("./mergefetch.js").Conflict<any>} Conflict
 * @typedef {import("./mergefetch.js").Change} Change
 *
 * @typedef {object} Options
 * @property {string} name Who decides.
 * @property {(change: Change) => string} labelOf People's words for a place.
 * @property {(path: string) => string} nameOf People's words for a member.
 * @property {readonly { path: string, label: string }[]} fields What the result shows of a JSON document.
 * @property {(result: any) => object} refusal What the person can do when the result is refused.
 * @property {(result: any) => void} saved
 * @property {() => void} cancel
 */
import { changeChoice } from "./conflict-choice.js";
import { wholeChoice } from "./conflict-whole.js";
import { button, el, fill, say, uid } from "./dom.js";
import { refusalView } from "./refusal-view.js";
import { resultView } from "./result-view.js";
import { ABSENT, editNode } from "./values.js";
import { ABOUT, ORIGINS, WHOLE, count } from "./words.js";

/**
 * @param {Conflict} conflict
 * @param {Options} options
 */
export function conflictView(conflict, options) {
  const heading = el("h3", { id: uid("conflict"), tabindex: "-1" });
  const about = el("p", { class: "conflict-about" });
  const waiting = el("p", { class: "waiting", role: "status" });
  const places = el("div", { class: "places" });
  const merged = el("details", { class: "merged" });
  const result = el("details", { class: "result", open: true });
  const status = el("div", { class: "status", role: "status" });
  const submit = button("", () => save(), { class: "button button-main" });
  const buttons = el("div", { class: "buttons" }, submit, button("Back to editing", () => options.cancel(), { class: "button button-quiet" }));
  const element = el("section", { class: "conflict", "aria-labelledby": heading.id }, heading, about, places, merged, result, status, el("footer", {}, waiting, buttons));
  let shape = "";
  let isSending = false;
  /** @type {{ update(): void }[]} */
  let choices = [];

  const isWhole = () => conflict.kind === "edit-delete" || conflict.kind === "delete-edit";

  /** Everything that depends on theirs. */
  function build() {
    shape = shapeOf(conflict);
    const clashes = conflict.changes.filter((change) => change.state === "conflict");
    say(heading, isWhole() ? WHOLE[/** @type {keyof typeof WHOLE} */ (conflict.kind)].title : titleFor(options.name, clashes.length));
    say(about, isWhole() ? WHOLE[/** @type {keyof typeof WHOLE} */ (conflict.kind)].about : ABOUT[conflict.kind === "create-create" ? "create-create" : "edit-edit"]);
    const views = isWhole() ? [wholeChoice(conflict, options)] : clashes.map((change) => changeChoice(conflict, change, options));
    choices = views;
    fill(places, ...views.map((view) => view.element));
    fillMerged(merged, conflict, options);
  }

  function update() {
    if (shape !== shapeOf(conflict)) build();
    for (const choice of choices) choice.update();
    // What was said of an earlier attempt does not speak of these decisions.
    if (!isSending) fill(status);
    const open = conflict.unresolved;
    say(waiting, open === 0 ? "Everything is decided." : `${count(open, "decision")} still to make.`);
    submit.toggleAttribute("disabled", open > 0);
    say(submit, saveLabel(conflict));
    const shown = resultView(conflict, options.fields);
    result.toggleAttribute("hidden", shown === null);
    if (shown !== null) fill(result, el("summary", {}, "Result"), shown);
  }

  async function save() {
    if (isSending) return;
    isSending = true;
    element.setAttribute("aria-busy", "true");
    const before = shape;
    try {
      const outcome = await conflict.submit();
      if (outcome.ok) return options.saved(outcome);
      if (outcome.kind !== "conflict") return fill(status, refusalView(outcome, options.refusal(outcome)));
      const words = shape === before ? "" : "The document was changed once more while you decided. Decisions that still hold are kept.";
      fill(status, el("div", { class: "told told-quiet" }, el("p", {}, words)));
      heading.focus();
    } catch (error) {
      fill(status, el("div", { class: "told told-bad" }, el("p", {}, String(/** @type {any} */ (error)?.message ?? error))));
    } finally {
      isSending = false;
      element.removeAttribute("aria-busy");
    }
  }

  const stop = conflict.subscribe(update);
  update();
  return {
    element,
    save,
    focus: () => heading.focus(),
    close() {
      stop();
      element.remove();
    },
  };
}

function titleFor(/** @type {string} */ name, /** @type {number} */ places) {
  if (places === 0) return `${name}, please look at the result`;
  return `${name}, ${count(places, "place")} ${places === 1 ? "needs" : "need"} your decision`;
}

/** The same while only decisions change. */
function shapeOf(/** @type {Conflict} */ conflict) {
  return JSON.stringify([conflict.kind, conflict.theirs?.version, conflict.changes.map((change) => change.id)]);
}

function saveLabel(/** @type {Conflict} */ conflict) {
  const whole = WHOLE[/** @type {keyof typeof WHOLE} */ (conflict.kind)];
  const decision = conflict.changes[0]?.decision;
  if (whole === undefined) return "Save the result";
  return decision === "mine" || decision === "theirs" ? whole[decision].save : "Decide first";
}

/** What needs nobody, folded away. */
function fillMerged(/** @type {Element} */ merged, /** @type {Conflict} */ conflict, /** @type {Options} */ options) {
  const changes = conflict.changes.filter((change) => change.state !== "conflict");
  merged.toggleAttribute("hidden", changes.length === 0);
  const items = changes.map((change) => {
    const edited = change.state === "mine" ? change.mine : change.theirs;
    const [before, after] = [change.base, edited].map((value) => (value === undefined ? ABSENT : value));
    const origin = ORIGINS[/** @type {keyof typeof ORIGINS} */ (change.state)] ?? change.state;
    const where = el("p", { class: "where" }, options.labelOf(change), " ", el("span", { class: `origin origin-${change.state}` }, origin));
    return el("li", {}, where, editNode(before, after, (name) => options.nameOf(`${change.path}/${name}`)));
  });
  fill(merged, el("summary", {}, `${count(changes.length, "change")} merged by ${changes.length === 1 ? "itself" : "themselves"}`), el("ul", { class: "came" }, ...items));
}
