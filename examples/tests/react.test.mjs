// `mergefetch/react` in React itself: StrictMode, Suspense, servers, hydration, another URL.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

import { createClient } from "mergefetch";

import { React, createRoot, hydrateRoot, place } from "./dom.mjs";
import { held, start, theirs, until } from "./support.mjs";

const { StrictMode, Suspense, createElement: element } = React;
const { useDocument } = await import("mergefetch/react");

/** A component that shows the title; what it had last, and each state it showed. */
function titled(http, options) {
  const given = { states: [] };
  given.View = ({ url }) => {
    const [state, note] = useDocument(http, url, options);
    Object.assign(given, { state, note });
    given.states.push(state);
    return state.draft ? state.draft.title : state.error ? `failed: ${state.error.code}` : "loading";
  };
  return given;
}

function shown(t, node) {
  const into = place();
  const root = createRoot(into);
  root.render(node);
  t.after(() => root.unmount());
  return { text: () => into.textContent, root };
}

test("React: in StrictMode the document is read, typed in, merged and saved, by one document", async (t) => {
  const { url, http } = await start();
  const given = titled(http);
  const page = shown(t, element(StrictMode, null, element(given.View, { url })));
  assert.equal((await until(() => page.text() === "Base"), page.text()), "Base");
  const { note } = given;
  note.type({ title: "Mine", done: false });
  await until(() => page.text() === "Mine");
  await theirs(url, { title: "Base", done: true });
  assert.equal((await note.save()).kind, "merged");
  assert.deepEqual(await held(url), { title: "Mine", done: true });
  await until(() => given.state.draft.done);
  assert.equal(given.note, note);
});

test("React: another URL shows nothing of the first one, and listens to the second", async (t) => {
  const [one, two] = [await start({ title: "One" }), await start({ title: "Two" })];
  const given = titled(one.http);
  const page = shown(t, element(given.View, { url: one.url }));
  await until(() => page.text() === "One");
  const first = given.note;
  given.states.length = 0;
  page.root.render(element(given.View, { url: two.url }));
  await until(() => page.text() === "Two");
  assert.equal(given.states.some(({ draft }) => draft?.title === "One"), false);
  assert.notEqual(given.note, first);
  first.type({ title: "Later" });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(page.text(), "Two");
});

test("React: a failed read is in the state, and load() tries again", async (t) => {
  const { url, http } = await start();
  const given = titled(http);
  const missing = `${url}-missing`;
  const page = shown(t, element(given.View, { url: missing }));
  await until(() => page.text().startsWith("failed"));
  await fetch(missing, { method: "PUT", headers: { "content-type": "application/json", "if-none-match": "*" }, body: '{"title":"There"}' });
  await given.note.load();
  await until(() => page.text() === "There");
  assert.equal(given.state.error, null);
});

test("React: with `suspense` the component shows its fallback, then the document; a failed read reaches the error boundary", async (t) => {
  class Boundary extends React.Component {
    state = {};
    static getDerivedStateFromError = (error) => ({ error });
    render() {
      return this.state.error ? `caught: ${this.state.error.code}` : this.props.children;
    }
  }
  let reads = 0;
  const { url } = await start();
  const http = createClient({ fetch: (...args) => (reads++, fetch(...args)) });
  const given = titled(http, { suspense: true });
  const tree = (address) => element(StrictMode, null, element(Boundary, null, element(Suspense, { fallback: "waits" }, element(given.View, { url: address }))));
  const page = shown(t, tree(url));
  await until(() => page.text() === "waits");
  await until(() => page.text() === "Base");
  assert.equal(reads, 1, "one read, in StrictMode too");
  assert.equal(given.states.some(({ draft }) => draft === undefined), false, "the component never sees a document that is not there");
  given.note.type({ title: "Mine", done: false });
  await until(() => page.text() === "Mine");
  assert.ok((await given.note.save()).ok);

  const failing = shown(t, tree(`${url}-missing`));
  await until(() => failing.text().startsWith("caught"));
  await fetch(`${url}-missing`, { method: "PUT", headers: { "content-type": "application/json", "if-none-match": "*" }, body: '{"title":"There"}' });
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const again = shown(t, tree(`${url}-missing`));
  await until(() => again.text() === "There");
});

test("React: a server renders `initial` without any request, and the page hydrates to the same text", async (t) => {
  const { url, http } = await start();
  const initial = JSON.parse(JSON.stringify(await http.get(url)));
  const script = `
    import { createElement as element, Suspense } from "react";
    import { renderToString } from "react-dom/server";
    import { createClient } from "mergefetch";
    import { useDocument } from "mergefetch/react";
    const fail = () => { throw new Error("a request"); };
    WebAssembly.compile = WebAssembly.instantiate = fail;
    const http = createClient({ fetch: fail });
    const View = ({ options }) => useDocument(http, ${JSON.stringify(url)}, options)[0].draft?.title ?? "loading";
    const { initial } = JSON.parse(process.argv[1]);
    console.log(JSON.stringify([
      renderToString(element(View, { options: { initial } })),
      renderToString(element(View, { options: {} })),
      renderToString(element(Suspense, { fallback: "waits" }, element(View, { options: { suspense: true } }))).replace(/<[^>]*>/g, ""),
    ]));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script, JSON.stringify({ initial })], { cwd: new URL("..", import.meta.url), encoding: "utf8" });
  assert.deepEqual(JSON.parse(stdout || '"nothing"'), ["Base", "loading", "waits"], stderr);

  const given = titled(http, { initial });
  const into = place();
  into.textContent = "Base";
  const problems = [];
  const root = hydrateRoot(into, element(StrictMode, null, element(given.View, { url })), { onRecoverableError: (error) => problems.push(error) });
  t.after(() => root.unmount());
  await until(() => given.note);
  assert.deepEqual([into.textContent, problems], ["Base", []]);
  given.note.type({ title: "Mine", done: false });
  await until(() => into.textContent === "Mine");
  assert.equal((await given.note.save()).kind, "saved");
  assert.deepEqual(await held(url), { title: "Mine", done: false });
});
