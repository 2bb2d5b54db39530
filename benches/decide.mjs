// How long one decision takes among 100,000 changes of a JSON document, by itself and with `<merge-conflict>` showing them.
//
// `cargo xtask build && node benches/decide.mjs`, with Chromium's path in CHROME. Milliseconds, medians of nine.
import { fileURLToPath } from "node:url";

process.env.PKG_DIR ??= fileURLToPath(new URL("../pkg/dist", import.meta.url));
const { openGallery } = await import("../tests/e2e/gallery.mjs");

const gallery = await openGallery("chromium");
const { page, show } = await gallery.page();
page.setDefaultTimeout(120_000);
await show("text");
const times = await page.evaluate(async () => {
  const members = (word) => Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`m${n}`, `${word} ${n}`]));
  const { conflict } = await globalThis.gallery.conflictOf(members("base"), members("mine"), members("theirs"));
  const timed = (run) => {
    const start = performance.now();
    run();
    return performance.now() - start;
  };
  const median = (run) => Array.from({ length: 9 }, (_, round) => timed(() => run(round))).sort((one, other) => one - other)[4];
  const told = { "the first look at all changes": timed(() => conflict.changes) };
  const decide = (round) => conflict.take(round % 2 === 0 ? "mine" : "theirs", `/m${round}`);
  told["a decision, and a look at the changes"] = median((round) => decide(round).changes);
  told["the same with the result"] = median((round) => decide(round).merged);
  const element = document.querySelector("#subject");
  told["shown by the element"] = await new Promise((resolve) => {
    const start = performance.now();
    element.conflict = conflict;
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - start)));
  });
  told["a click in the element"] = median((round) => element.shadowRoot.querySelectorAll(".place")[round].querySelectorAll("input")[round % 2].click());
  return told;
});
for (const [what, ms] of Object.entries(times)) console.log(`${ms.toFixed(0).padStart(6)}  ${what}`);
await gallery.close();
