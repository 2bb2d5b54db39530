// A conflict, a client and a snapshot inside what makes objects reactive: they stay what they are, and work.
import assert from "node:assert/strict";
import { test } from "node:test";
import { autorun, makeAutoObservable, observable, reaction, runInAction } from "mobx";
import { computed, isReactive, nextTick, reactive, readonly, ref, shallowRef, watch } from "vue";

import { held, start, theirs } from "./support.mjs";

const MINE = { title: "Mine", done: false };
const THEIRS = { title: "Theirs", done: true };

/** A conflict about the title. */
async function clash() {
  const { url, http } = await start();
  const base = await http.get(url);
  await theirs(url, THEIRS);
  const result = await http.save(base, MINE);
  assert.equal(result.kind, "conflict");
  return { url, http, base, result, conflict: result.conflict };
}

const PLACES = {
  "Vue's ref": (conflict) => ref(conflict).value,
  "Vue's shallowRef": (conflict) => shallowRef(conflict).value,
  "Vue's reactive": (conflict) => reactive({ conflict }).conflict,
  "Vue's readonly": (conflict) => readonly({ conflict }).conflict,
  "Vue's ref of the result": (_, result) => ref(result).value.conflict,
  "an observable of MobX": (conflict) => observable({ conflict }).conflict,
  "a box of MobX": (conflict) => observable.box(conflict).get(),
  "an observable of MobX with the result": (_, result) => observable({ result }).result.conflict,
  "an array of MobX": (conflict) => observable([conflict])[0],
};

for (const [name, put] of Object.entries(PLACES)) {
  test(`${name}: a conflict is decided and saved`, async () => {
    const { url, conflict, result } = await clash();
    const kept = put(conflict, result);
    assert.equal(kept.unresolved, 1);
    assert.equal(kept.changes.find(({ state }) => state === "conflict").path, "/title");
    assert.deepEqual(kept.base.value, { title: "Base", done: false });
    let told = 0;
    const stop = kept.subscribe(() => told++);
    kept.take("mine");
    stop();
    assert.equal(told, 1);
    assert.deepEqual(kept.merged, { title: "Mine", done: true });
    const saved = await kept.submit();
    assert.equal(saved.kind, "saved");
    assert.deepEqual(await held(url), { title: "Mine", done: true });
  });
}

const CLIENTS = {
  "Vue's ref": (http) => ref(http).value,
  "Vue's reactive": (http) => reactive({ http }).http,
  "an observable of MobX": (http) => observable({ http }).http,
};

for (const [name, put] of Object.entries(CLIENTS)) {
  test(`${name}: a client reads and saves, and a snapshot from there is its base`, async () => {
    const { url, http } = await start();
    const kept = put(http);
    const base = name.startsWith("Vue") ? reactive({ note: await kept.get(url) }).note : observable({ note: await kept.get(url) }).note;
    await theirs(url, { title: "Base", done: true });
    const result = await kept.save(base, { ...base.value, title: "Mine" });
    assert.equal(result.kind, "merged", "the snapshot is known, so that the two edits are put together");
    assert.deepEqual(await held(url), { title: "Mine", done: true });
  });
}

test("Vue: what is shown of a conflict follows its decisions, told by `subscribe`", async () => {
  const { conflict } = await clash();
  const [shown, version] = [ref(conflict), ref(0)];
  assert.equal(isReactive(shown.value), false, "the conflict is the object that it is");
  conflict.subscribe(() => version.value++);
  const open = computed(() => (version.value, shown.value.unresolved));
  const seen = [];
  watch(open, (now) => seen.push(now));
  shown.value.take("theirs");
  await nextTick();
  assert.deepEqual([open.value, seen], [0, [0]]);
});

test("MobX: a store with a conflict in it follows its decisions", async () => {
  const { conflict } = await clash();
  const store = makeAutoObservable({ conflict, version: 0 });
  conflict.subscribe(() => runInAction(() => store.version++));
  const seen = [];
  const stop = autorun(() => seen.push([store.version, store.conflict.unresolved]));
  const ends = reaction(() => store.version && store.conflict.unresolved, () => {});
  store.conflict.take("mine");
  stop();
  ends();
  assert.deepEqual(seen, [[0, 1], [1, 0]]);
});
