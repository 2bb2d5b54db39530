// Saves of others are learnt from a function of the page, and at intervals; reads are conditional.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient } from "mergefetch";
import { openDocument } from "mergefetch/document";
import { watch } from "mergefetch/watch";

import { exchanges, held, isError, makeJson, theirs } from "./support.mjs";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds) {
  for (let tries = 0; tries < 300 && !(await holds()); tries++) await pause(10);
  assert.ok(await holds());
}

async function opened(url, client = createClient()) {
  const open = openDocument(client, url);
  await open.load();
  return open;
}

/** A source of the page's own, such as a WebSocket. */
function source() {
  const made = { isOn: false };
  made.events = (changed) => {
    Object.assign(made, { changed, isOn: true });
    return () => (made.isOn = false);
  };
  return made;
}

test("a change that the page tells of is read, and enters what is typed", async () => {
  const url = await makeJson({ a: 1, b: 1 });
  const open = await opened(url);
  const own = source();
  const stop = watch(open, { events: own.events, intervalMs: 0 });
  open.type({ a: 2, b: 1 });
  await theirs(url, { a: 1, b: 2 });
  own.changed(url);
  await until(() => open.current().draft.b === 2);
  assert.deepEqual(open.current().draft, { a: 2, b: 2 });
  stop();
  assert.equal(own.isOn, false);
});

test("a version that is known, and another document, cause no request", async () => {
  const url = await makeJson({ a: 1 });
  const open = await opened(url);
  const own = source();
  const stop = watch(open, { events: own.events, intervalMs: 0 });
  const { log } = await exchanges(url, async () => {
    own.changed(url, open.current().base.version);
    own.changed(`${url}-other`, '"x"');
    await pause(50);
  });
  assert.deepEqual(log, []);
  stop();
});

test("the own save is heard of, and not read again", async () => {
  const url = await makeJson({ a: 1 });
  const own = source();
  const open = await opened(url);
  const stop = watch(open, { events: own.events, intervalMs: 0 });
  const { log } = await exchanges(url, async () => {
    open.type({ a: 2 });
    const saving = open.save();
    await until(async () => (await held(url)).a === 2);
    const version = (await fetch(url)).headers.get("etag");
    own.changed(url, version);
    await saving;
    own.changed(url, version);
    await pause(50);
  });
  assert.equal(log.filter(({ if_none_match }) => if_none_match !== null).length, 0);
  assert.equal(open.current().isStale, false);
  stop();
});

test("at intervals the document is asked for with its version, and nothing new is a 304", async () => {
  const url = await makeJson({ a: 1 });
  const open = await opened(url);
  const stop = watch(open, { intervalMs: 40 });
  const { log } = await exchanges(url, () => pause(400));
  assert.ok(log.length >= 4 && log.length <= 13, `${log.length} requests`);
  assert.deepEqual([...new Set(log.map(({ status }) => status))], [304]);
  await theirs(url, { a: 2 });
  await until(() => open.current().draft.a === 2);
  stop();
  const { log: after } = await exchanges(url, () => pause(150));
  assert.deepEqual(after, []);
});

test("a change during a read is read, too", async () => {
  const url = await makeJson({ n: 0 });
  const open = await opened(url);
  const own = source();
  const stop = watch(open, { events: own.events, intervalMs: 0 });
  for (let n = 1; n <= 20; n++) {
    await theirs(url, { n });
    own.changed(url);
  }
  await until(() => open.current().draft.n === 20);
  stop();
});

test("wrong arguments are refused", async () => {
  const open = openDocument(createClient(), "http://localhost/");
  for (const call of [() => watch({}), () => watch(open, { intervalMs: -1 }), () => watch(open, { every: 1 }), () => watch(open, { events: () => 1 }), () => watch({ ...open, current() {}, subscribe() {}, load() {} })]) {
    assert.throws(call, isError("invalid-argument"));
  }
});
