// Libraries that hold state.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MutationObserver, QueryClient, QueryObserver, onlineManager } from "@tanstack/query-core";
import { get } from "svelte/store";
import { effectScope } from "vue";

import { createClient } from "mergefetch";

import { documentStore } from "../svelte.js";
import { documentQuery, saveMutation } from "../tanstack-query.js";
import * as vue from "../vue.js";
import { held, start, theirs, until } from "./support.mjs";

import { React, createRoot, place } from "./dom.mjs";

const { createElement: element } = React;
const [react, swr] = [await import("../react.js"), await import("../swr.js")];

/** Renders `use()`; what it gave last. */
function rendered(t, use) {
  const given = {};
  const root = createRoot(place());
  root.render(element(() => ((given.now = use()), null)));
  t.after(() => root.unmount());
  return given;
}

const TYPED = { title: "Mine", done: false };
const SAVED = { title: "Mine", done: true };

test("TanStack Query: a conflict is the mutation's data; what was typed stays, and is saved after a decision", async (t) => {
  const { url, http } = await start();
  const queries = new QueryClient();
  t.after(() => queries.clear());
  const query = new QueryObserver(queries, documentQuery(http, url));
  t.after(query.subscribe(() => {}));
  await until(() => query.getCurrentResult().data);
  const base = query.getCurrentResult().data;
  const again = await query.refetch();
  assert.equal(again.data.source, "revalidated");
  const mutation = new MutationObserver(queries, saveMutation(http, queries));
  await theirs(url, { title: "Theirs", done: true });
  const variables = { base, mine: TYPED };
  const result = await mutation.mutate(variables);
  assert.equal(result.kind, "conflict");
  const { status, data, error } = mutation.getCurrentResult();
  assert.deepEqual([status, data.kind, error], ["success", "conflict", null]);
  assert.deepEqual(variables.mine, TYPED);
  assert.deepEqual(query.getCurrentResult().data.value, base.value, "the cache shows nothing that was not saved");
  const saved = await result.conflict.take("mine").submit();
  assert.deepEqual(saved.snapshot.value, SAVED);
  const next = await mutation.mutate({ base: saved.snapshot, mine: { ...SAVED, title: "More" } });
  assert.equal(next.kind, "saved");
  assert.deepEqual(query.getCurrentResult().data.value, { title: "More", done: true });
  assert.equal(query.getCurrentResult().data, next.snapshot, "the very snapshot, not a copy");
});

test("SWR: a conflict leaves what is shown, and a save shows what was saved", async (t) => {
  const { url, http } = await start();
  const hooks = rendered(t, () => ({ shown: swr.useDocument(http, url), save: swr.useSave(http, url) }));
  await until(() => hooks.now?.shown.data);
  const base = hooks.now.shown.data;
  await theirs(url, { title: "Theirs", done: true });
  const result = await hooks.now.save.trigger({ base, mine: TYPED });
  assert.equal(result.kind, "conflict");
  assert.equal(hooks.now.shown.data, base);
  assert.equal(hooks.now.save.error, undefined);
  const { snapshot } = await result.conflict.take("mine").submit();
  const next = await hooks.now.save.trigger({ base: snapshot, mine: { ...SAVED, title: "More" } });
  await until(() => hooks.now.shown.data === next.snapshot);
  assert.deepEqual(await held(url), { title: "More", done: true });
});

test("TanStack Query, SWR: without a network no call waits; what was typed is saved once the network is back", async (t) => {
  const { url } = await start();
  let isOnline = true;
  const network = (...args) => (isOnline ? fetch(...args) : Promise.reject(new TypeError("no network")));
  const http = createClient({ fetch: network, retry: { rounds: 0 } });
  const base = await http.get(url);
  isOnline = false;
  onlineManager.setOnline(false);
  t.after(() => onlineManager.setOnline(true));
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  t.after(() => queries.clear());
  const query = new QueryObserver(queries, documentQuery(http, url));
  t.after(query.subscribe(() => {}));
  await until(() => query.getCurrentResult().status === "error");
  assert.equal(query.getCurrentResult().error.code, "network");
  const mutation = new MutationObserver(queries, saveMutation(http, queries));
  const lost = await mutation.mutate({ base, mine: TYPED });
  assert.deepEqual([lost.kind, lost.mine, mutation.getCurrentResult().isPaused], ["unknown", TYPED, false]);

  const hooks = rendered(t, () => ({ shown: swr.useDocument(http, url), save: swr.useSave(http, url) }));
  await until(() => hooks.now?.shown.error);
  assert.equal(hooks.now.shown.error.code, "network");
  assert.equal((await hooks.now.save.trigger({ base, mine: TYPED })).kind, "unknown");

  isOnline = true;
  onlineManager.setOnline(true);
  assert.equal((await hooks.now.save.trigger({ base, mine: lost.mine })).kind, "saved");
  assert.deepEqual(await held(url), TYPED);
  assert.deepEqual((await query.refetch()).data.value, TYPED);
});

/** Each gives the state as it is, and the actions. */
const forms = {
  React(t, http, url) {
    const hook = rendered(t, () => react.useDocument(http, url));
    return { state: () => hook.now?.[0], actions: () => hook.now[1] };
  },
  Vue(t, http, url) {
    const scope = effectScope();
    t.after(() => scope.stop());
    const { state, ...actions } = scope.run(() => vue.useDocument(http, url));
    return { state: () => state.value, actions: () => actions };
  },
  Svelte(_t, http, url) {
    const store = documentStore(http, url);
    return { state: () => get(store), actions: () => store };
  },
};

for (const [name, make] of Object.entries(forms)) {
  test(`${name}: what the user typed survives a conflict, and what is typed during a save survives that`, async (t) => {
    const { url, http } = await start();
    const form = make(t, http, url);
    await until(() => form.state()?.draft);
    const { type, save, submit } = form.actions();
    type(TYPED);
    await theirs(url, { title: "Theirs", done: true });
    assert.equal((await save()).kind, "conflict");
    await until(() => form.state().conflict !== null && !form.state().isSaving);
    assert.deepEqual(form.state().draft, TYPED);
    form.state().conflict.take("mine");
    assert.ok((await submit()).ok);
    await until(() => form.state().conflict === null && !form.state().isSaving);
    assert.deepEqual(form.state().draft, SAVED);
    assert.deepEqual(await held(url), SAVED);

    type({ ...SAVED, title: "One" });
    await theirs(url, { ...SAVED, note: "theirs" });
    const saving = save();
    type({ ...SAVED, title: "Two" });
    assert.equal((await saving).kind, "merged");
    await until(() => !form.state().isSaving);
    // Their member appears at once, beside the text that was typed meanwhile.
    assert.deepEqual(form.state().draft, { ...SAVED, title: "Two", note: "theirs" });
    assert.ok((await save()).ok);
    assert.deepEqual(await held(url), { title: "Two", done: true, note: "theirs" });
    await until(() => !form.state().isSaving);
    assert.deepEqual(form.state().draft, { title: "Two", done: true, note: "theirs" });
  });
}
