/** Every view of the elements, of real conflicts: `show(name)` puts one into the page. Used by the tests in both browsers. */
import * as elements from "/mergefetch/element.js";
import * as mergefetch from "/mergefetch/index.js";
import { makeServer } from "./server.js";

const lines = (count, of = (n) => `Line ${n}: everybody may read this, and nobody has to.`) => Array.from({ length: count }, (_, index) => of(index + 1)).join("\n") + "\n";

const GARDEN = `The garden behind the library

The garden behind the library is open from April to October.
Everybody may sit there, read, and take a book outside.

We water the beds on Mondays and Thursdays, early in the morning.
Whoever has an hour to spare is welcome to help.
Tools are in the shed; the key hangs beside the back door.

In June we plant the herbs: basil, thyme, sage and mint.
In September we pick the apples and bake cakes for the neighbours.

Questions? Ask Ann at the front desk, or leave a note in the box.
`;

const edit = (text, ...changes) => changes.reduce((now, [from, to]) => now.replace(from, to), text);

const FORM = {
  title: "Summer fair",
  owner: "Ann",
  tags: ["garden", "neighbours", "music"],
  description: "An afternoon with cakes, music and a flea market in the garden behind the library.",
  dueDate: "2031-06-21",
  opensAt: "2031-06-21T10:00:00Z",
  guests: 12500,
  budget: { amount: 450, currency: "EUR" },
  done: false,
  picture: "https://example.org/before.png",
  contact: { "e-mail": "ann@example.org" },
};

/** Documents of each view: base, mine and theirs. */
export const DOCUMENTS = {
  text: [GARDEN, edit(GARDEN, ["October", "November"], ["cakes", "bread"], ["or leave a note in the box", "or ring the bell"]), edit(GARDEN, ["from April", "from May"], ["Tools are", "All tools are"], ["in the box", "in the blue box"])],
  "text-many": (() => {
    const base = lines(400);
    const change = (word, every, shift) => base.replace(/Line (\d+): everybody/g, (all, n) => (Number(n) % every === shift ? `Line ${n}: ${word}` : all));
    return [base, change("nearly everybody", 40, 7), change("hardly anybody", 40, 7)];
  })(),
  "text-inserted": [GARDEN, edit(GARDEN, ["bake cakes for the neighbours.\n", "bake cakes for the neighbours.\nIn October we rake the leaves.\nThen the garden sleeps.\n"]), edit(GARDEN, ["bake cakes for the neighbours.\n", "bake cakes for the neighbours.\nIn November we rest.\n"])],
  json: [
    FORM,
    { ...FORM, title: "Summer market", tags: ["music", "garden", "market"], dueDate: "2031-07-05", opensAt: "2031-07-05T09:00:00Z", guests: 13000, done: true, description: FORM.description.replace("cakes", "home-made cakes"), budget: { amount: 450, currency: "USD" }, picture: "https://example.org/mine.png" },
    { ...FORM, title: "Autumn fair", tags: ["neighbours", "garden"], dueDate: "2031-09-20", opensAt: "2031-09-20T11:30:00Z", guests: 9000, owner: "Dora", description: FORM.description.replace("cakes", "bread and cakes"), budget: { amount: 500, currency: "EUR" }, picture: "https://example.org/theirs.png", contact: { "e-mail": "fair@example.org" } },
  ],
};

/** A sprint of an issue tracker that two people edited all afternoon: 33 conflicts. */
const TITLES = ["Login fails after a password reset", "Export keeps only the first page", "Dark theme for the calendar", "Search ignores umlauts", "Invoices show the wrong month", "Upload stops at 2 GB", "Reminder mails arrive twice", "Keyboard focus is lost in dialogs", "Map is empty on old phones", "Slow start on Mondays"];
const issue = (title, n) => ({ id: `7f3a${n}c`, title, state: "open", assignee: ["Cara", "Dan", "Eve"][n % 3], dueDate: `2031-06-${10 + n}`, estimate: 3 + n, description: `Reported by a customer. ${title}, since the last release.` });
const SPRINT = { name: "Sprint 24", goal: "Fewer complaints about the login", endsOn: "2031-06-30", capacity: 120, issues: TITLES.map(issue) };
DOCUMENTS.tracker = [
  SPRINT,
  { ...SPRINT, goal: "No more complaints about the login", endsOn: "2031-07-02", capacity: 130, issues: SPRINT.issues.map((one, n) => ({ ...one, title: `${one.title} (customer)`, assignee: "Ben", dueDate: `2031-06-${11 + n}` })) },
  { ...SPRINT, goal: "Fewer complaints about the login and the export", endsOn: "2031-07-04", capacity: 110, issues: SPRINT.issues.map((one, n) => ({ ...one, title: `Urgent: ${one.title}`, assignee: "Ann", dueDate: `2031-06-${12 + n}` })) },
];

const CHECKLIST = ["Buy milk", "Bake bread", "Call the bank", "Water the plants", "Return the books", "Pay the rent"].map((text, id) => ({ id: `c${id}`, text, done: false }));
const by = (...order) => order.map((at) => CHECKLIST[at]);
DOCUMENTS.order = [{ checklist: CHECKLIST }, { checklist: by(5, 4, 3, 2, 1, 0) }, { checklist: by(2, 5, 1, 4, 0, 3) }];
DOCUMENTS.move = [
  { todo: [CHECKLIST[0], CHECKLIST[1]], doing: [CHECKLIST[2]], done: [] },
  { todo: [CHECKLIST[0]], doing: [CHECKLIST[2], CHECKLIST[1]], done: [] },
  { todo: [CHECKLIST[0]], doing: [CHECKLIST[2]], done: [CHECKLIST[1]] },
];
const ROWS = [["Flour", 2, "kg"], ["Milk", 3, "l"], ["Eggs", 12, "pieces"], ["Butter", 250, "g"], ["Salt", 1, "pinch"]].map(([item, quantity, unit], n) => ({ id: `r${n}`, item, quantity, unit }));
DOCUMENTS.table = [{ rows: 0 }, { rows: ROWS.slice(0, 4) }, { rows: ROWS.slice(2).map((row) => ({ ...row, quantity: row.quantity + 1 })) }].map((one, n) => ({ title: "Cake", ...(n > 0 && one) }));
DOCUMENTS.list = [{ checklist: CHECKLIST }, { checklist: CHECKLIST.map((one) => ({ ...one, text: one.text.replace(/^(Buy|Bake)/, "Get") })) }, { checklist: CHECKLIST.map((one) => ({ ...one, text: one.text.replace(/(milk|bread)$/, "$1 and butter").replace("Buy", "Fetch") })) }];

export const LABELS = { "/title": "Title", "/owner": "Owner", "/tags": "Tags", "/description": "Description", "/dueDate": "Due date", "/opensAt": "Opens at", "/guests": "Guests", "/budget": "Budget", "/budget/amount": "Amount", "/budget/currency": "Currency", "/done": "Done", "/picture": "Picture", "/contact/e-mail": "E-mail" };

const ROUTES = [{ match: "/form*", merge: { rules: { "/budget": { group: ["amount", "currency"] } } } }];
let count = 0;

/** A conflict of three documents; `undefined` is one that is not there. */
export async function conflictOf(base, mine, theirs, options = {}) {
  const server = makeServer();
  const path = `/form${++count}`;
  const written = (value) => (typeof value === "string" ? value : JSON.stringify(value));
  const type = [base, mine, theirs].some((value) => typeof value === "string") ? "text/plain" : "application/json";
  const client = mergefetch.createClient({ fetch: server.fetch, routes: ROUTES, ...options });
  let save;
  if (base === undefined) {
    server.put(path, written(theirs), type);
    save = () => client.create(path, mine);
  } else {
    server.put(path, written(base), type);
    const snapshot = await client.get(path);
    if (theirs === undefined) server.remove(path);
    else server.put(path, written(theirs), type);
    save = () => (mine === undefined ? client.remove(snapshot) : client.save(snapshot, mine));
  }
  const result = await save();
  if (result.kind !== "conflict") throw new Error(`expected a conflict, but found ${result.kind}`);
  return { conflict: result.conflict, server, path, client, again: save };
}

const REFUSALS = {
  duplicate: { status: 409, body: { code: "DUPLICATE_EMAIL", message: "Another user has this e-mail address", details: { field: "email", value: "office@example.org" } } },
  "invalid-state": { status: 409, body: { code: "INVALID_ORDER_STATE", message: "an order that is shipped cannot become cancelled", details: { current_state: "shipped", allowed_states: ["delivered"] } } },
  constraint: { status: 422, body: { title: "The budget is too small", detail: "expected at least 100, but found 50", errors: [{ pointer: "#/budget/amount", detail: "at least 100" }] }, headers: { "content-type": "application/problem+json" } },
  locked: { status: 423, body: { code: "LOCKED", message: "cara holds the lock", details: { holder: "cara" } } },
  busy: { status: 503, body: { message: "come back later" }, headers: { "retry-after": "30" } },
  forbidden: { status: 403, body: { message: "only members of the board may write here" } },
  unknown: { status: 0 },
};

export async function refusalOf(kind) {
  const server = makeServer();
  const path = `/refused${++count}`;
  server.put(path, JSON.stringify(FORM), "application/json");
  const client = mergefetch.createClient({ fetch: server.fetch, retry: { rounds: 1, baseDelayMs: 1, maxDelayMs: 2 } });
  const snapshot = await client.get(path);
  const { status, body, headers } = REFUSALS[kind];
  server.refuse(() => (status === 0 ? Promise.reject(new TypeError("no network")) : new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } })));
  return client.save(snapshot, { ...snapshot.value, title: "What I typed" });
}

/** The views, by name. */
const VIEWS = {
  text: async (element) => Object.assign(element, { ...(await conflictOf(...DOCUMENTS.text)), who: "Ann", when: new Date(Date.now() - 185_000) }),
  "text-column": async (element) => Object.assign(element, { ...(await conflictOf(...DOCUMENTS.text)), layout: "column" }),
  "text-typed": async (element) => {
    const made = await conflictOf(...DOCUMENTS.text);
    const { conflict } = made;
    conflict.take("mine");
    conflict.set("", conflict.merged.replace("November", "the first snow"));
    // Which meets what was typed.
    conflict.take("theirs", conflict.changes.find(({ state }) => state === "conflict").id);
    Object.assign(element, made);
  },
  "text-many": async (element) => Object.assign(element, await conflictOf(...DOCUMENTS["text-many"])),
  "text-inserted": async (element) => Object.assign(element, await conflictOf(...DOCUMENTS["text-inserted"])),
  json: async (element) => Object.assign(element, await conflictOf(...DOCUMENTS.json), { who: "Ann", labels: LABELS }),
  tracker: async (element) => Object.assign(element, await conflictOf(...DOCUMENTS.tracker), { who: "Ann", when: new Date(Date.now() - 185_000) }),
  order: async (element) => Object.assign(element, await conflictOf(...DOCUMENTS.order), { who: "Ann" }),
  move: async (element) => Object.assign(element, await conflictOf(...DOCUMENTS.move), { who: "Ann" }),
  table: async (element) => Object.assign(element, await conflictOf(...DOCUMENTS.table)),
  list: async (element) => Object.assign(element, await conflictOf(...DOCUMENTS.list)),
  "edit-delete": async (element) => Object.assign(element, await conflictOf(FORM, DOCUMENTS.json[1], undefined), { who: "Ann", labels: LABELS, saveCopy: async (conflict) => element.client.create("/copy", conflict.mine) }),
  "delete-edit": async (element) => Object.assign(element, await conflictOf(GARDEN, undefined, DOCUMENTS.text[2]), { who: "Ann" }),
  "create-create": async (element) => Object.assign(element, await conflictOf(undefined, DOCUMENTS.json[1], DOCUMENTS.json[2]), { labels: LABELS }),
};

/** Puts a view into the page, alone; the element. */
export async function show(name, { dir = "ltr", theme = "light", lang = "en", width } = {}) {
  Object.assign(document.documentElement, { dir, lang });
  document.documentElement.style.colorScheme = theme;
  document.body.style.inlineSize = width === undefined ? "" : `${width}px`;
  const main = document.querySelector("main");
  const isRefusal = name.startsWith("refusal-");
  const element = document.createElement(isRefusal ? "merge-refusal" : name === "changes" ? "merge-changes" : "merge-conflict");
  element.id = "subject";
  if (isRefusal) Object.assign(element, { refusal: await refusalOf(name.slice("refusal-".length)), labels: LABELS });
  else if (name === "changes") Object.assign(element, { changes: (await conflictOf(...DOCUMENTS.json)).conflict.changes.filter(({ state }) => state === "theirs"), labels: LABELS });
  else await VIEWS[name](element);
  main.replaceChildren(element);
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  return element;
}

/** Names of all views. */
export const NAMES = [...Object.keys(VIEWS), "changes", ...Object.keys(REFUSALS).map((kind) => `refusal-${kind}`)];

Object.assign(globalThis, { gallery: { show, elements, conflictOf, refusalOf, DOCUMENTS, LABELS, NAMES, addTexts: elements.addTexts, mergefetch } });
await mergefetch.init();
document.documentElement.dataset.ready = "";
