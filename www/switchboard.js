/** How the example server behaves, and the way back to the start of a story. */
import { call } from "./api.js";
import { button, el, say, uid } from "./dom.js";

const REFUSALS = [
  ["409", "409 Conflict"],
  ["412", "412 Precondition Failed"],
  ["problem", "409 as problem+json"],
];

const DELAYS = [
  [0, "none"],
  [300, "0.3 seconds"],
  [2000, "2 seconds"],
];

/** @param {() => Promise<void>} onReset Called when the data is back at its start. */
export function makeSwitchboard(onReset) {
  const status = el("p", { class: "quiet", role: "status" });
  const set = async (/** @type {object} */ change, /** @type {string} */ words) => {
    const { ok, body } = await call("PUT", "/api/switches", change);
    say(status, ok ? words : String(body?.message ?? "This did not work."));
  };
  const name = uid("refusal");
  const radios = REFUSALS.map(([value, label]) => {
    const input = /** @type {HTMLInputElement} */ (el("input", { type: "radio", name, value, id: uid("choice"), onchange: () => set({ refusal: value }, `A stale write is now refused with ${label}.`) }));
    return { input, element: el("label", { for: input.id }, input, el("span", {}, label)) };
  });
  const delay = /** @type {HTMLSelectElement} */ (el("select", { id: uid("delay") }, ...DELAYS.map(([value, label]) => el("option", { value }, String(label)))));
  delay.addEventListener("change", () => set({ delay_ms: Number(delay.value) }, "The delay is set."));
  const reset = button("Start this story again", async () => {
    await onReset();
    say(status, "The story starts again.");
  });
  const element = el(
    "section",
    { class: "switchboard", "aria-labelledby": "switchboard-title" },
    el("h2", { id: "switchboard-title" }, "Server switches"),
    el("fieldset", {}, el("legend", {}, "It refuses a stale write with"), ...radios.map((radio) => radio.element)),
    el("div", { class: "field" }, el("label", { for: delay.id }, "It holds back each answer"), delay),
    reset,
    status,
  );
  return {
    element,
    async load() {
      const { body } = await call("GET", "/api/switches");
      for (const { input } of radios) input.checked = input.value === body.refusal;
      delay.value = String(body.delay_ms);
    },
  };
}
