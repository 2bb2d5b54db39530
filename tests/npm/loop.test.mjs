// The whole loop against the example server: read, save, meet, merge, decide, submit.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient, memory } from "mergefetch";

import { decided, exchanges, faulty, held, isError, makeDocument, makeJson, observed, octets, server, theirs, theirsRemove } from "./support.mjs";

const tags = (log) => log.filter((one) => one.method === "PUT").map((one) => one.if_match);

test("JSON: what does not touch is merged and saved, and observers hear of it", async () => {
  const url = await makeJson({ title: "a", body: "a" });
  const { client, told } = observed();
  const base = await client.get(url);
  assert.deepEqual([base.protection, base.source], ["strong", "network"]);
  await theirs(url, { title: "a", body: "b" });
  const { result, log } = await exchanges(url, () => client.save(base, { ...base.value, title: "b" }));
  assert.equal(result.kind, "merged");
  assert.ok(result.ok);
  assert.deepEqual(result.snapshot.value, { title: "b", body: "b" });
  assert.deepEqual(result.changes.map((change) => [change.path, change.state]).toSorted(), [["/body", "theirs"], ["/title", "mine"]]);
  assert.deepEqual(await held(url), { title: "b", body: "b" });
  // A look, as this server's tags come with times like those of a server of files; then its refusal, and the merge.
  assert.deepEqual(log.map((one) => `${one.method} ${one.status}`), ["GET 200", "PUT 409", "PUT 204"]);
  assert.equal(told.merged.length, 1);
  assert.equal(told.conflict.length, 0);
  assert.deepEqual(told.request.map((event) => event.status), [200, 200, 409, 204]);
});

test("JSON: one conflict is decided, the separate edit is merged, no version goes out twice after a refusal", async () => {
  const url = await makeJson({ title: "a", body: "a", done: false });
  const { client, told } = observed();
  const base = await client.get(url);
  await theirs(url, { title: "theirs", body: "a", done: false });
  const { log } = await exchanges(url, async () => {
    const result = await client.save(base, { title: "mine", body: "a", done: true });
    assert.equal(result.kind, "conflict");
    assert.equal(result.ok, false);
    const { conflict } = result;
    assert.deepEqual(told.conflict, [conflict]);
    assert.deepEqual(
      { kind: conflict.kind, format: conflict.format, status: conflict.status, unresolved: conflict.unresolved, url: conflict.url },
      { kind: "edit-edit", format: "json", status: 409, unresolved: 1, url },
    );
    assert.deepEqual(conflict.base.value, base.value);
    assert.deepEqual(conflict.mine, { title: "mine", body: "a", done: true });
    assert.deepEqual(conflict.theirs.value, { title: "theirs", body: "a", done: false });
    assert.equal(conflict.problem.code, "STALE_RESOURCE");
    const waiting = conflict.changes.filter((change) => change.decision === null);
    assert.deepEqual(waiting.map(({ path, base, mine, theirs }) => ({ path, base, mine, theirs })), [
      { path: "/title", base: "a", mine: "mine", theirs: "theirs" },
    ]);
    // While something waits nothing is sent.
    assert.equal((await conflict.submit()).conflict, conflict);
    conflict.set("/title", "both");
    assert.deepEqual(conflict.merged, { title: "both", body: "a", done: true });
    const submitted = await conflict.submit();
    assert.ok(submitted.ok);
  });
  assert.deepEqual(await held(url), { title: "both", body: "a", done: true });
  assert.equal(new Set(tags(log)).size, tags(log).length);
});

test("text: regions are decided, line ends and BOM survive", async () => {
  const base = "\ufeffeins\r\nzwei\r\ndrei\r\nvier\r\nfünf\r\nsechs\r\nsieben";
  const url = await makeDocument(base, "text/plain");
  const client = createClient();
  const snapshot = await client.get(url);
  assert.equal(snapshot.value, base);
  await theirs(url, base.replace("eins", "EINS").replace("sieben", "SIEBEN"));
  const result = await client.save(snapshot, base.replace("eins", "1").replace("vier", "4"));
  assert.equal(result.kind, "conflict");
  const { conflict } = result;
  assert.equal(conflict.format, "text");
  const [change] = conflict.changes.filter((one) => one.decision === null);
  assert.match(change.id, /^#/);
  assert.equal(conflict.mine.slice(...change.region.mine).includes("1\r\n"), true);
  assert.equal(conflict.text().conflicts, 1);
  conflict.take("both-reversed", change.id);
  const submitted = await conflict.submit();
  assert.ok(submitted.ok);
  assert.equal(await octets(url), "\ufeffEINS\r\n1\r\nzwei\r\ndrei\r\n4\r\nfünf\r\nsechs\r\nSIEBEN");
});

test("submit after theirs moved again keeps the decisions that still hold, and asks for the others", async () => {
  const url = await makeJson({ a: 1, b: 1, c: 1 });
  const client = createClient();
  const base = await client.get(url);
  await theirs(url, { a: 3, b: 3, c: 1 });
  const { conflict } = await client.save(base, { a: 2, b: 2, c: 1 });
  conflict.take("mine", "/a").take("theirs", "/b");
  await theirs(url, { a: 3, b: 4, c: 9 });
  const again = await conflict.submit();
  assert.equal(again.conflict, conflict, "it is the same object for the page");
  assert.deepEqual(conflict.changes.map(({ path, decision }) => [path, decision]), [["/a", "mine"], ["/b", null], ["/c", "auto"]]);
  assert.deepEqual(conflict.mine, { a: 2, b: 2, c: 1 });
  conflict.take("theirs");
  assert.ok((await conflict.submit()).ok);
  assert.deepEqual(await held(url), { a: 2, b: 4, c: 9 });
});

test("refresh reads theirs again and tells what moved", async () => {
  const { url, conflict } = await decided(createClient());
  assert.deepEqual(await conflict.refresh(), { moved: false, reopened: [] });
  await theirs(url, { a: 4, b: 3 });
  let calls = 0;
  const stop = conflict.subscribe(() => calls++);
  assert.deepEqual(await conflict.refresh(), { moved: true, reopened: ["/a"] });
  assert.equal(conflict.unresolved, 1);
  assert.equal(conflict.theirs.value.a, 4);
  assert.equal(calls, 1);
  stop();
  conflict.take("mine");
  assert.equal(calls, 1);
});

test("subscribers hear of every change; reopen takes decisions back; wrong ids decide nothing", async () => {
  const url = await makeJson({ a: 1 });
  const client = createClient();
  const base = await client.get(url);
  await theirs(url, { a: 3 });
  const { conflict } = await client.save(base, { a: 2 });
  const seen = [];
  conflict.subscribe(() => seen.push(conflict.unresolved));
  conflict.take("theirs", "/a");
  conflict.reopen("/a");
  conflict.take("base");
  conflict.reopen();
  assert.deepEqual(seen, [0, 1, 0, 1]);
  for (const call of [
    () => conflict.take("mine", "/nowhere"),
    () => conflict.take("ours"),
    () => conflict.set("/a", undefined),
    () => conflict.set("/nowhere", 1),
    () => conflict.reopen("/nowhere"),
  ]) assert.throws(call, isError("invalid-argument"), call.toString());
  assert.equal(conflict.unresolved, 1);
  assert.equal(seen.length, 4);
});

test("overwrite sends mine with the version of theirs, so that a third writer is still protected", async () => {
  const url = await makeJson({ a: 1, b: 1 });
  const client = createClient();
  const base = await client.get(url);
  await theirs(url, { a: 3, b: 3 });
  const { conflict } = await client.save(base, { a: 2, b: 1 });
  await theirs(url, { a: 4, b: 4 });
  const third = await conflict.overwrite();
  assert.equal(third.kind, "conflict");
  assert.deepEqual(await held(url), { a: 4, b: 4 });
  assert.ok((await conflict.overwrite()).ok);
  assert.deepEqual(await held(url), { a: 2, b: 1 });
});

test("somebody removed what was edited: restoring creates it again, leaving it sends nothing", async () => {
  const client = createClient();
  const meet = async () => {
    const url = await makeJson({ a: 1 });
    const base = await client.get(url);
    await theirsRemove(url);
    const { conflict } = await client.save(base, { a: 2 });
    assert.equal(conflict.kind, "edit-delete");
    assert.equal(conflict.theirs, null);
    assert.deepEqual(conflict.mine, { a: 2 });
    return { url, conflict };
  };
  const first = await meet();
  assert.ok((await first.conflict.take("mine").submit()).ok);
  assert.deepEqual(await held(first.url), { a: 2 });
  const second = await meet();
  assert.equal((await second.conflict.take("theirs").submit()).kind, "removed");
  assert.equal(await octets(second.url), null);
});

test("somebody edited what was removed: it is asked about", async () => {
  const url = await makeJson({ a: 1 });
  const client = createClient();
  const base = await client.get(url);
  await theirs(url, { a: 3 });
  const { conflict } = await client.remove(base);
  assert.equal(conflict.kind, "delete-edit");
  assert.equal(conflict.mine, null);
  assert.deepEqual(await held(url), { a: 3 });
  assert.equal((await conflict.take("mine").submit()).kind, "removed");
  assert.equal(await octets(url), null);
  assert.equal((await client.remove(base)).kind, "removed", "what is gone is gone");
});

test("create with PUT is refused where something is, and both meet without a base", async () => {
  const url = await makeJson({ a: 1, b: 1 });
  const client = createClient();
  const result = await client.create(url, { a: 2, b: 1 });
  assert.equal(result.kind, "conflict");
  assert.equal(result.conflict.kind, "create-create");
  assert.equal(result.conflict.base, null);
  assert.deepEqual(await held(url), { a: 1, b: 1 });
  const fresh = `${url}-new`;
  const created = await client.create(fresh, { a: 2 });
  assert.equal(created.kind, "created");
  assert.deepEqual(created.snapshot.value, { a: 2 });
  assert.equal((await client.save(created.snapshot, { a: 3 })).kind, "saved");
  assert.equal((await client.create(fresh, { a: 3 })).kind, "already-saved");
});

test("create with POST is read where Location says, and a taken value is a refusal with its words", async () => {
  const client = createClient({ baseUrl: `${server}/api/` });
  const email = `npm-${process.pid}@example.org`;
  const created = await client.create("users", { name: "Dora", email }, { method: "POST" });
  assert.equal(created.kind, "created");
  assert.equal(created.snapshot.value.email, email);
  assert.notEqual(created.snapshot.url, `${server}/api/users`);
  assert.equal((await client.save(created.snapshot, { ...created.snapshot.value, name: "Dora D." })).kind, "saved");
  const mine = { name: "Dora", email };
  const taken = await client.create("users", mine, { method: "POST" });
  assert.equal(taken.kind, "duplicate");
  assert.equal(taken.ok, false);
  assert.equal(taken.mine, mine);
  assert.equal(taken.problem.code, "DUPLICATE_EMAIL");
  assert.deepEqual(taken.problem.fields, [{ path: "/email", value: email }]);
});

test("a state that forbids it, a lock and a full room are refusals with the server's words", async () => {
  await fetch(`${server}/api/reset`, { method: "POST" });
  const client = createClient({ baseUrl: `${server}/api/` });
  const order = await client.get("orders/1001");
  const state = await client.save(order, { ...order.value, state: "delivered" });
  assert.equal(state.kind, "invalid-state");
  assert.equal(state.problem.currentState, "placed");
  assert.ok(state.problem.allowedStates.includes("shipped"));
  const locked = await client.get("documents/locked");
  const lock = await client.save(locked, { ...locked.value, mine: true });
  assert.equal(lock.kind, "locked");
  assert.deepEqual(lock.mine, { ...locked.value, mine: true });
  const book = (guest) => client.create("rooms/garden/bookings", { guest }, { method: "POST" });
  assert.ok((await book("Ann")).ok);
  const full = await book("Ben");
  assert.equal(full.ok, false);
  assert.equal(full.problem.code, "ROOM_FULL");
});

test("update refuses a changed draft beside another value, which would replace the document", async () => {
  const url = await makeJson({ likes: 1, tags: ["a"] });
  const client = createClient();
  for (const change of [(draft) => draft.likes++, (draft) => (draft.done = true), (draft) => draft.tags.push("b")]) {
    await assert.rejects(client.update(url, change), isError("invalid-argument"));
  }
  assert.deepEqual(await held(url), { likes: 1, tags: ["a"] });
  assert.equal((await client.update(url, () => ({ likes: 5 }))).kind, "saved");
  assert.equal((await client.update(url, (draft) => ((draft.likes = 6), draft))).kind, "saved");
  assert.deepEqual(await held(url), { likes: 6 });
});

test("an update that loses every race is busy, and is not counted as an equal change of somebody else", async () => {
  const url = await makeJson({ likes: 0 });
  const client = createClient({
    retry: { rounds: 2, baseDelayMs: 0 },
    fetch: async (request) => {
      if (request.method === "PUT") await theirs(url, { likes: (await held(url)).likes + 1 });
      return fetch(request);
    },
  });
  const result = await client.update(url, (draft) => void draft.likes++);
  assert.deepEqual([result.ok, result.kind, result.problem.status], [false, "busy", 412]);
});

test("update replays the change on the newest version", async () => {
  const url = await makeJson({ count: 1, log: [] });
  const client = createClient();
  let calls = 0;
  const result = await client.update(url, (draft) => {
    calls++;
    draft.count += 1;
  });
  assert.equal(result.kind, "saved");
  assert.deepEqual(await held(url), { count: 2, log: [] });
  assert.equal(calls, 1);
  // Somebody writes between the read and the save, once.
  let isMoved = false;
  const interfering = createClient({
    fetch: async (request, init) => {
      if (request.method === "PUT" && !isMoved) {
        isMoved = true;
        await theirs(url, { count: 10, log: [] });
      }
      return fetch(request, init);
    },
  });
  const again = await interfering.update(url, (draft) => ({ ...draft, count: draft.count + 1 }));
  assert.ok(again.ok);
  assert.deepEqual(await held(url), { count: 11, log: [] });
});

test("a 304 is served from the store, and clear() empties it", async () => {
  const url = await makeJson({ a: 1 });
  const store = memory();
  const { client, told } = observed({ store });
  const first = await client.get(url);
  const { result: second, log } = await exchanges(url, () => client.get(url));
  assert.equal(second.source, "revalidated");
  assert.deepEqual(second.value, first.value);
  assert.deepEqual(log.map((one) => one.status), [304]);
  assert.ok(told.request[1].bytesSaved > 0);
  assert.equal((await store.keys("")).length, 1);
  await client.clear();
  assert.equal((await store.keys("")).length, 0);
  assert.equal((await client.get(url)).source, "network");
});

test("saves side by side wait for each other, and none is refused because of another", async () => {
  const url = await makeJson({ a: 0, b: 0 });
  const client = createClient();
  const base = await client.get(url);
  const { result, log } = await exchanges(url, () =>
    Promise.all(Array.from({ length: 20 }, (_, index) => client.save(base, { a: index + 1, b: 0 }))),
  );
  assert.ok(result.every((one) => one.ok), JSON.stringify(result.map((one) => one.kind)));
  assert.ok(log.every((one) => one.status < 400));
  assert.deepEqual(await held(url), { a: 20, b: 0 });
});

test("the second save of a page never overwrites unseen what the first one was merged with", async () => {
  const url = await makeJson({ a: 1, b: 1 });
  const client = createClient();
  const base = await client.get(url);
  await theirs(url, { a: 1, b: 9 });
  const [first, second] = await Promise.all([client.save(base, { a: 2, b: 1 }), client.save(base, { a: 2, b: 3 })]);
  assert.equal(first.kind, "merged");
  assert.equal(second.kind, "conflict");
  assert.deepEqual(await held(url), { a: 2, b: 9 });
});

test("a lost answer is found out by reading, and told as already saved", async () => {
  const url = await makeJson({ a: 1 });
  const { client, told } = observed();
  const base = await client.get(faulty(url, "refuse=lost"));
  const result = await client.save(base, { a: 2 });
  assert.equal(result.kind, "already-saved");
  assert.deepEqual(told.absorbed.map((event) => event.kind), ["already-saved"]);
  assert.deepEqual(await held(url), { a: 2 });
});

test("without a readable version a write is told of, or does not go out", async () => {
  const url = await makeJson({ a: 1 });
  const hidden = `${url}?answer=no-validator`;
  const warned = observed();
  const base = await warned.client.get(hidden);
  assert.deepEqual([base.version, base.protection], [null, "none"]);
  await warned.client.save(base, { a: 2 });
  assert.ok(warned.told.warning.some((event) => event.code === "unprotected"));
  const mine = { a: 3 };
  const { result, log } = await exchanges(url, () => createClient({ unprotected: "refuse" }).save(base, mine));
  assert.equal(result.kind, "unprotected");
  assert.equal(result.mine, mine);
  assert.deepEqual(log.map((one) => one.method), ["GET"], "only a read, which finds no version either");
});

test("whoever wants to be asked is asked; rules and observers that throw change nothing else", async () => {
  const url = await makeJson({ a: 1, at: 1 });
  const asking = createClient({ whenClean: "ask" });
  const base = await asking.get(url);
  await theirs(url, { a: 1, at: 2 });
  const asked = await asking.save(base, { a: 2, at: 1 });
  assert.equal(asked.conflict.unresolved, 0);
  const fail = (name) => () => {
    throw new Error(name);
  };
  const warnings = [];
  const on = { request: fail("request"), absorbed: fail("absorbed"), merged: fail("merged"), warning: ({ code, message }) => warnings.push([code, message]) };
  const client = createClient({ on, routes: [{ match: "/api/documents/*", merge: { rules: { "/at": "ignore" } } }] });
  const result = await client.save(base, { a: 2, at: 1 });
  assert.equal(result.kind, "saved");
  assert.deepEqual(warnings, [["callback", "the observer `request` failed: request"]]);
  assert.deepEqual(await held(url), { a: 2, at: 2 });
});

test("a conflict can be decided after the signal of its save has aborted", async () => {
  const url = await makeJson({ title: "a" });
  const http = createClient();
  const base = await http.get(url);
  await theirs(url, { title: "theirs" });
  const leaving = new AbortController();
  const result = await http.save(base, { title: "mine" }, { signal: leaving.signal });
  assert.equal(result.kind, "conflict");
  leaving.abort();
  result.conflict.take("mine");
  assert.equal((await result.conflict.submit()).ok, true);
  assert.deepEqual(await held(url), { title: "mine" });
});
