// Users of one browser: nothing that was read for one of them is ever seen by another (HTTP-RULES C5, D9), and tabs of one user hear of
// each other (D5).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBare } from "./bare.mjs";

const documents = new Map();
/** Requests of these paths wait for `release`. */
const waiting = new Map();
let bare;

async function answer(request, response, pathname) {
  let body = "";
  for await (const part of request) body += part;
  if (waiting.has(pathname)) await new Promise((resolve) => waiting.get(pathname).push(resolve));
  const held = documents.get(pathname) ?? { version: 1, body: '{"a":1,"b":1}' };
  documents.set(pathname, held);
  const tag = () => `"${held.version}"`;
  if (request.method === "PUT") {
    if (request.headers["if-match"] !== tag()) return response.writeHead(412).end();
    Object.assign(held, { version: held.version + 1, body });
    return response.writeHead(204, { etag: tag() }).end();
  }
  const headers = { etag: tag(), "cache-control": "no-cache", "content-type": "application/json" };
  if (request.headers["if-none-match"] === tag()) return response.writeHead(304, headers).end();
  response.writeHead(200, headers).end(held.body);
}

const hold = (path) => waiting.set(path, []);
const arrived = async (path) => {
  while (waiting.get(path).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
};
const release = (path) => {
  const held = waiting.get(path);
  waiting.delete(path);
  for (const resolve of held) resolve();
};

before(async () => {
  bare = await startBare(answer);
});

after(() => bare?.stop());

test("what arrives after the user has changed is kept for the one who asked, by get and by fetch", async () => {
  const page = await bare.open();
  for (const how of ["get", "fetch"]) {
    const path = `/doc/late-${how}`;
    hold(path);
    await page.evaluate(
      async ([path, how]) => {
        globalThis.user = "ann";
        const options = { name: `late-${how}`, partition: () => user };
        globalThis.store = mergefetch.indexedDb(options);
        globalThis.http = mergefetch.createClient({ store });
        await mergefetch.init();
        globalThis.under = http[how](path).then((answer) => answer.text?.() ?? answer);
      },
      [path, how],
    );
    await arrived(path);
    await page.evaluate(() => {
      user = "ben";
    });
    release(path);
    const found = await page.evaluate(
      async ([path, how]) => {
        await under;
        const keys = async (of, count) => {
          user = of;
          // `fetch` keeps its copy beside the caller's reading.
          for (let tries = 0; tries < 50 && (await store.keys("")).length < count; tries++) await new Promise((resolve) => setTimeout(resolve, 10));
          return (await store.keys("")).length;
        };
        return [how, await keys("ann", 1), await keys("ben", 0)];
      },
      [path, how],
    );
    assert.deepEqual(found, [how, 1, 0]);
  }
  await page.close();
});

test("clear() ends what is under way, so that nothing of it comes back into what was emptied", async () => {
  const page = await bare.open();
  for (const path of ["/doc/clear-get", "/doc/clear-fetch", "/doc/clear-save"]) {
    if (path.endsWith("save")) await page.evaluate(() => fetch("/doc/clear-save"));
    await page.evaluate(
      async (path) => {
        globalThis.user = "ann";
        globalThis.store = mergefetch.indexedDb({ name: "clear", partition: () => user });
        globalThis.http = mergefetch.createClient({ store });
        await mergefetch.init();
        globalThis.base = path.endsWith("save") ? await http.get(path) : undefined;
      },
      path,
    );
    hold(path);
    await page.evaluate((path) => {
      const calls = { get: () => http.get(path), fetch: () => http.fetch(path).then((answer) => answer.text()), save: () => http.save(base, { a: 2, b: 1 }) };
      globalThis.under = calls[path.split("-")[1]]().then(
        () => "answered",
        (error) => error.name,
      );
    }, path);
    await arrived(path);
    // A page that signs its user out does not wait for this first.
    await page.evaluate(() => {
      globalThis.clearing = http.clear();
      user = null;
    });
    release(path);
    const [end, count] = await page.evaluate(async () => {
      await clearing;
      const end = await under;
      await new Promise((resolve) => setTimeout(resolve, 100));
      user = "ann";
      return [end, (await store.keys("")).length];
    });
    // The page itself ends a body that it got by `fetch`.
    assert.deepEqual([end, count], [path.endsWith("fetch") ? "answered" : "AbortError", 0], path);
  }
  await page.close();
});

test("a client that was cleared remembers no edit of the user before", async () => {
  const page = await bare.open();
  const kinds = await page.evaluate(async () => {
    const store = mergefetch.memory();
    const http = mergefetch.createClient({ store });
    const base = await http.get("/doc/memory");
    const ann = await http.save(base, { a: 2, b: 1 });
    await http.clear();
    // The next user starts from the same version, and types at the same place: nobody's own echo.
    const ben = await http.save(base, { a: 3, b: 1 });
    return [ann.kind, ben.kind];
  });
  assert.deepEqual(kinds, ["saved", "conflict"]);
  await page.close();
});

test("no name of a user is a part of another one's, and nobody is no user", async () => {
  const page = await bare.open();
  const found = await page.evaluate(async () => {
    let user;
    const store = mergefetch.indexedDb({ name: "names", partition: () => user });
    const names = ["ann", "ann\u0000x", "ann\u0000GET x", '"', '"\u0000', "", "\ud800"];
    for (user of names) await store.set("GET x", new Uint8Array([names.indexOf(user)]));
    const seen = [];
    for (user of names) seen.push([(await store.keys("")).join(), [...(await store.get("GET x"))].join()].join(" "));
    user = undefined;
    await store.set("GET y", new Uint8Array(1));
    seen.push((await store.keys("")).length, await store.get("GET y"));
    user = "undefined";
    seen.push((await store.keys("")).length);
    await mergefetch.createClient({ store }).clear("ann");
    for (user of names) seen.push((await store.keys("")).length);
    return seen;
  });
  const each = [0, 1, 2, 3, 4, 5, 6].map((index) => `GET x ${index}`);
  assert.deepEqual(found, [...each, 0, null, 0, 0, 1, 1, 1, 1, 1, 1]);
  await page.close();
});

test("clear() leaves edits that are not saved yet, also where they lie in the same store", async () => {
  const page = await bare.open();
  const path = "/doc/unsaved";
  await page.evaluate(async (path) => {
    globalThis.user = "ann";
    globalThis.store = mergefetch.indexedDb({ name: "both", partition: () => user });
    globalThis.http = mergefetch.createClient({ store, drafts: helpers.keepDrafts(store) });
    globalThis.base = await http.get(path);
  }, path);
  hold(path);
  await page.evaluate(() => {
    globalThis.under = http.save(base, { a: 2, b: 1 }).then(({ kind }) => kind, ({ name }) => name);
  });
  await arrived(path);
  const [end, keys] = await page.evaluate(async () => {
    await http.clear();
    return [await under, (await store.keys("")).map((key) => key.split(" ")[0])];
  });
  release(path);
  assert.deepEqual([end, keys], ["AbortError", ["DRAFT"]]);
  await page.close();
});

test("a draft is kept and forgotten for the user who typed it, whoever is signed in meanwhile", async () => {
  const page = await bare.open();
  const path = "/doc/draft-of-ann";
  await page.evaluate(async (path) => {
    globalThis.user = "ann";
    globalThis.store = mergefetch.indexedDb({ name: "typed", partition: () => user });
    globalThis.http = mergefetch.createClient({ drafts: helpers.keepDrafts(store) });
    globalThis.base = await http.get(path);
  }, path);
  hold(path);
  await page.evaluate(() => {
    globalThis.under = http.save(base, { a: 2, b: 1 });
  });
  await arrived(path);
  await page.evaluate(() => {
    user = "ben";
  });
  const count = (user) =>
    page.evaluate(async (of) => {
      globalThis.user = of;
      return (await store.keys("")).length;
    }, user);
  assert.deepEqual([await count("ben"), await count("ann")], [0, 1]);
  await count("ben");
  release(path);
  assert.equal(await page.evaluate(async () => (await under).kind), "saved");
  assert.deepEqual([await count("ben"), await count("ann")], [0, 0]);
  await page.close();
});

/** The places where a call waits before it sends something. Each returns a promise of the call's end; `go()` lets the call go on. */
const WAITING = {
  // The page has one turn for each document.
  "a save that waits for its turn": () => {
    void http.save(base, { a: 7, b: 1 });
    return http.save(base, { a: 2, b: 1 });
  },
  "a save that waits for another tab's lock": () => {
    void navigator.locks.request(`mergefetch ${base.url}`, () => until);
    return http.save(base, { a: 2, b: 1 });
  },
  "a save that is validated": () => http.save(old, { a: 2, b: 1 }),
  "a save whose adapter waits": () => adapted.save(base, { a: 2, b: 1 }),
  "a save that is to be repeated": () => http.save(busy, { a: 2, b: 1 }),
  "a change that takes a while": () => http.update(base.url, async (draft) => (await until, { ...draft, a: 2 })),
  "a read that waits for the store": async () => {
    const { result } = await new Promise((resolve) => (indexedDB.open(database).onsuccess = ({ target }) => resolve(target)));
    const entries = result.transaction("entries", "readwrite").objectStore("entries");
    let isOver = false;
    void until.then(() => (isOver = true));
    // A transaction that does not end before `go()`.
    const last = () => isOver || (entries.get("").onsuccess = last);
    last();
    return http.get(base.url);
  },
  "a PUT of fetch that waits for its turn": () => {
    const put = () => http.fetch(base.url, { method: "PUT", headers: { "content-type": "application/json" }, body: '{"a":7,"b":1}' });
    void put().catch(() => {});
    return put();
  },
  "a decision about a conflict": () => until.then(() => conflict.take("mine").submit()),
  "a refresh of a conflict": () => until.then(() => conflict.refresh()),
  "an edit whose drafts alone have users": () => {
    void navigator.locks.request(`mergefetch ${base.url}`, () => until);
    return drafted.save(base, { a: 2, b: 1 });
  },
};

test("nothing is sent for a user who was switched, wherever the call waited, and the draft stays", async (t) => {
  for (const [index, [name, begin]] of Object.entries(WAITING).entries()) {
    await t.test(name, async () => {
      const page = await bare.open();
      const path = `/doc/switched-${index}`;
      await page.evaluate(
        async ([path, index]) => {
          globalThis.user = "ann";
          const partition = () => user;
          globalThis.until = new Promise((resolve) => (globalThis.go = resolve));
          globalThis.sent = [];
          globalThis.database = `switched-${index}`;
          const store = mergefetch.indexedDb({ name: database, partition });
          globalThis.typed = mergefetch.indexedDb({ name: `typed-${index}`, partition });
          const drafts = helpers.keepDrafts(typed);
          let held = false;
          const send = async (input, init) => {
            const request = new Request(input, init);
            sent.push(`${request.method} ${user}`);
            if (request.url.endsWith("busy") && request.method === "PUT") return new Response(null, { status: 503, headers: { "retry-after": "1" } });
            // The turn of the first write lasts until the user has been switched.
            if (request.method === "PUT" && !held) await ((held = true), until);
            return fetch(request);
          };
          const options = { store, drafts, fetch: send, retry: { baseDelayMs: 0 }, routes: [{ match: "*", validate: () => until.then(() => []) }] };
          globalThis.http = mergefetch.createClient(options);
          const version = { read: (response) => response.headers.get("etag"), write: async (request, tag) => (await until, request.headers.set("if-match", tag), request) };
          globalThis.adapted = mergefetch.createClient({ ...options, routes: [{ match: "*", version }] });
          globalThis.drafted = mergefetch.createClient({ drafts, fetch: send });
          globalThis.base = await http.get(path);
          globalThis.busy = await http.get(`${path}-busy`);
          globalThis.old = await http.get(`${path}-old`);
          const somebody = (url, tag, body) => fetch(url, { method: "PUT", headers: { "if-match": tag }, body });
          await somebody(old.url, '"1"', '{"a":1,"b":5}');
          await http.get(`${path}-clash`).then(async (read) => {
            await somebody(read.url, '"1"', '{"a":5,"b":1}');
            held = true;
            globalThis.conflict = (await http.save(read, { a: 2, b: 1 })).conflict;
            held = false;
          });
          for (const key of await typed.keys("DRAFT")) await typed.delete(key);
          sent.length = 0;
        },
        [path, index],
      );
      await page.evaluate((source) => {
        globalThis.under = (0, eval)(`(${source})`)().then(({ kind }) => kind, (error) => error.name);
      }, String(begin));
      await new Promise((resolve) => setTimeout(resolve, 300));
      const found = await page.evaluate(async () => {
        user = "ben";
        go();
        const end = await under;
        await new Promise((resolve) => setTimeout(resolve, 100));
        const ofBen = (await typed.keys("DRAFT")).length;
        user = "ann";
        return { end, ofBen, ofAnn: (await typed.keys("DRAFT")).length, sent: sent.filter((one) => one.endsWith("ben")) };
      });
      const isEdit = name.startsWith("a save") || name.startsWith("an edit");
      assert.deepEqual(found, { end: "AbortError", ofBen: 0, ofAnn: isEdit ? 1 : 0, sent: [] });
      await page.close();
    });
  }
});

test("a read that began before the page knew its user is answered, and stored for nobody", async () => {
  const page = await bare.open();
  const found = await page.evaluate(async () => {
    globalThis.user = null;
    const store = mergefetch.indexedDb({ name: "nobody", partition: () => user });
    const http = mergefetch.createClient({ store });
    const reads = [http.get("/doc/nobody"), http.fetch("/doc/nobody").then((response) => response.json())];
    user = "ben";
    const [{ value }, read] = await Promise.all(reads);
    await new Promise((resolve) => setTimeout(resolve, 100));
    return [value, read, await store.keys("GET")];
  });
  assert.deepEqual(found, [{ a: 1, b: 1 }, { a: 1, b: 1 }, []]);
  await page.close();
});

test("a save in one tab is shown in another where nothing was typed, and marks it stale where something was", async () => {
  const path = "/doc/tabs";
  const form = async () => {
    const page = await bare.open();
    await page.evaluate(async (path) => {
      globalThis.form = helpers.editing(mergefetch.createClient(), path);
      globalThis.said = [];
      new BroadcastChannel(`mergefetch ${location.origin}${path}`).onmessage = ({ data }) => said.push(JSON.stringify(data));
      form.subscribe(() => {});
      await form.load();
    }, path);
    return page;
  };
  const [one, clean, dirty, clashing] = [await form(), await form(), await form(), await form()];
  await dirty.evaluate(() => form.type({ a: 1, b: 9 }));
  await clashing.evaluate(() => form.type({ a: 7, b: 1 }));
  await one.evaluate(() => {
    form.type({ a: 2, b: 1 });
    return form.save().then(() => {});
  });
  await clean.waitForFunction(() => form.current().draft.a === 2);
  assert.deepEqual(await clean.evaluate(() => [form.current().base.value, form.current().isStale]), [{ a: 2, b: 1 }, false]);
  for (const page of [dirty, clashing]) await page.waitForFunction(() => form.current().isStale);
  assert.deepEqual(await dirty.evaluate(() => form.current().draft), { a: 1, b: 9 }, "what was typed stays");
  // The same person typed in two tabs at one place: the page may settle it without a question.
  const clash = await clashing.evaluate(async () => {
    const { kind } = await form.save();
    const { isOwnConflict, conflict } = form.current();
    conflict.take("mine");
    return [kind, isOwnConflict, (await form.submit()).kind, form.current().isStale];
  });
  assert.deepEqual(clash, ["conflict", true, "saved", false]);
  assert.equal(await dirty.evaluate(async () => (await form.save()).kind), "merged");
  assert.deepEqual(JSON.parse(documents.get(path).body), { a: 7, b: 9 });
  // All users of an origin can listen: nothing but versions is said.
  const said = await clean.evaluate(() => said);
  assert.ok(said.length >= 3 && said.every((one) => /^\{"from":("\\"\d\\""|null),"to":"\\"\d\\""\}$/.test(one)), said.join());
  for (const page of [one, clean, dirty, clashing]) await page.close();
});

test("what somebody else typed is no conflict with oneself, also where another tab has merged it", async () => {
  const path = "/doc/mixed";
  const pages = [await bare.open(), await bare.open()];
  for (const page of pages) {
    await page.evaluate(async (path) => {
      globalThis.form = helpers.editing(mergefetch.createClient(), path);
      form.subscribe(() => {});
      await form.load();
    }, path);
  }
  const [one, other] = pages;
  await one.evaluate(() => form.type({ a: 1, b: 2 }));
  await other.evaluate(() => form.type({ a: 7, b: 1 }));
  Object.assign(documents.get(path), { version: 2, body: '{"a":5,"b":1}' });
  assert.equal(await one.evaluate(async () => (await form.save()).kind), "merged");
  await other.waitForFunction(() => form.current().isStale);
  const found = await other.evaluate(async () => [(await form.save()).kind, form.current().isOwnConflict]);
  assert.deepEqual(found, ["conflict", false]);
  for (const page of pages) await page.close();
});
