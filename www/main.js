/** Starts the page: a story from the address, the people it has, the log and the switches. `?person=a` shows only one of them. */
import { call, onCall } from "./api.js";
import { el, fill } from "./dom.js";
import { makeFaults } from "./faults.js";
import { makeLog } from "./log.js";
import { makePerson, peopleOf } from "./people.js";
import { SCENARIOS } from "./scenarios/index.js";
import { makeSwitchboard } from "./switchboard.js";
import { tryOwn } from "./try-own.js";

const OWN = { id: "try-your-own", title: "Try your own" };
/** All that the navigation leads to. */
const PLACES = [...SCENARIOS, OWN];

const log = makeLog();
const faults = makeFaults(() => switchboard.showFault());
const people = peopleOf(new URL(location.href).searchParams.get("person")).map((id) => makePerson(id, log, faults));
const stage = /** @type {Element} */ (document.getElementById("stage"));
/** Stories once opened are kept, with what was typed in them. @type {Map<string, { element: Element, open(): Promise<void> }>} */
const stories = new Map();

/** @type {{ id: string, title: string }} */
let place = SCENARIOS[0];

/** The story that the address names; one that names none, such as that of the skip link, changes nothing. */
function followAddress() {
  place = PLACES.find(({ id }) => `#${id}` === location.hash) ?? place;
}

/** @param {import("./scenarios/index.js").Scenario} scenario */
function makeStory({ id, title, lead, steps: texts, panel }) {
  const panels = people.map((person) => panel(person));
  const steps = el("ol", { class: "steps" }, ...texts.map((step) => el("li", {}, step)));
  const intro = el("div", { class: "intro" }, el("h2", { id: `title-${id}` }, title), el("p", {}, lead), el("h3", {}, "Try this"), steps);
  const pair = el("div", { class: "people" }, ...panels.map((panel) => panel.element));
  const element = el("section", { class: "story", "aria-labelledby": `title-${id}` }, intro, pair, ...panels.map((panel) => panel.decision));
  return { element, open: async () => void (await Promise.all(panels.map((panel) => panel.open()))) };
}

async function show() {
  followAddress();
  const { id, title } = place;
  document.title = `${title} · mergefetch`;
  for (const link of document.querySelectorAll(".stories a")) {
    if (link.getAttribute("href") === `#${id}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const scenario = SCENARIOS.find((one) => one.id === id);
  const known = stories.get(id);
  const story = known ?? (scenario === undefined ? tryOwn() : makeStory(scenario));
  stories.set(id, story);
  fill(stage, story.element);
  backstage.toggleAttribute("hidden", scenario === undefined);
  if (known === undefined) await story.open();
}

const switchboard = makeSwitchboard(async () => {
  const { id } = place;
  await call("POST", "/api/reset", { scenario: id });
  stories.delete(id);
  await show();
}, faults);

const list = el("ul", {}, ...PLACES.map(({ id, title }) => el("li", {}, el("a", { href: `#${id}` }, title))));
fill(/** @type {Element} */ (document.getElementById("stories")), list);
const backstage = /** @type {Element} */ (document.getElementById("backstage"));
fill(backstage, log.element, switchboard.element);
onCall(log.refresh);
addEventListener("hashchange", show);
// Those who cannot be reached are told of where they are needed.
await Promise.allSettled([log.start(), switchboard.load()]);
await show();
document.documentElement.setAttribute("data-ready", "");
