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

/** What the README of the example server lists, in people's words. */
const FAULTS = [
  ["", "nothing"],
  ["refuse=lost", "write: done, but the answer is lost"],
  ["refuse=lost-body", "write: done, the answer breaks off"],
  ["refuse=bare-ok", "write: a bare 200 without ETag"],
  ["refuse=drop", "write: connection cut, nothing done"],
  ["refuse=503", "write: 503, come back in a second"],
  ["refuse=429", "write: 429, too many"],
  ["refuse=500", "write: 500"],
  ["refuse=empty-412", "write: 412 without a reason"],
  ["refuse=html-409", "write: 409 as an HTML page"],
  ["refuse=broken-json-409", "write: 409 with broken JSON"],
  ["answer=no-etag", "read: without ETag"],
  ["answer=503", "read: 503"],
  ["answer=html", "read: an HTML page"],
  ["answer=broken-json", "read: broken JSON"],
  ["answer=drop", "read: connection cut"],
];

/**
 * @param {() => Promise<void>} onReset Called when the data is back at its start.
 * @param {import("./faults.js").Faults} faults
 */
export function makeSwitchboard(onReset, faults) {
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
  const select = (/** @type {readonly (readonly (string | number)[])[]} */ options) => /** @type {HTMLSelectElement} */ (el("select", { id: uid("select") }, ...options.map(([value, label]) => el("option", { value }, String(label)))));
  const delay = select(DELAYS);
  delay.addEventListener("change", () => set({ delay_ms: Number(delay.value) }, "The delay is set."));
  const fault = select(FAULTS);
  fault.addEventListener("change", () => {
    faults.arm(fault.value, 1);
    say(status, fault.value === "" ? "The server behaves." : "This happens once, to the next such request of Ann or Ben.");
  });
  const reset = button("Start this story again", async () => {
    faults.arm("", 0);
    await onReset();
    say(status, "The story starts again.");
  });
  const element = el(
    "section",
    { class: "switchboard", "aria-labelledby": "switchboard-title" },
    el("h2", { id: "switchboard-title" }, "Server switches"),
    el("fieldset", {}, el("legend", {}, "It refuses a stale write with"), ...radios.map((radio) => radio.element)),
    el("div", { class: "field" }, el("label", { for: delay.id }, "It holds back each answer"), delay),
    el("div", { class: "field" }, el("label", { for: fault.id }, "It goes wrong, once"), fault),
    reset,
    status,
  );
  return {
    element,
    /** Shows what is armed. */
    showFault() {
      fault.value = faults.armed();
    },
    async load() {
      const { body } = await call("GET", "/api/switches");
      for (const { input } of radios) input.checked = input.value === body.refusal;
      delay.value = String(body.delay_ms);
    },
  };
}
