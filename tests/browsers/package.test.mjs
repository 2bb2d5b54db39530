// The package in three engines: merges, a conflict that is saved, the worker, the store, the policy, the browser's cache.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { startOrigin } from "./probe-server.mjs";
import { Browser, engines } from "./webdriver.mjs";

const server = process.env.MERGEFETCH_TEST_SERVER;

for (const engine of engines) {
  describe(engine, () => {
    let page;
    let browser;
    before(async () => {
      page = await startOrigin();
      browser = await Browser.start(engine);
    });
    after(async () => {
      await browser?.stop();
      page?.stop();
    });

    test("texts and JSON are merged", async () => {
      await browser.open(`${page.url}/`);
      const found = await browser.run(async () => {
        const { init, mergeText, mergeJson } = await import("/mergefetch/index.js");
        await init();
        const { clean, text } = mergeText("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n");
        const json = mergeJson({ title: "a", tags: ["x"] }, { title: "é", tags: ["x"] }, { title: "a", tags: ["x", "y"] });
        return { clean, text, value: json.value };
      });
      assert.deepEqual(found, { clean: true, text: "A\nb\nC\n", value: { title: "é", tags: ["x", "y"] } });
    });

    test("the worker merges, and ends with a signal", async () => {
      await browser.open(`${page.url}/`);
      const found = await browser.run(async () => {
        const { mergeText, terminate } = await import("/mergefetch/worker.js");
        const { text } = await mergeText("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n");
        const ending = new AbortController();
        const lines = Array.from({ length: 300_000 }, (_, line) => `${line}\n`).join("");
        const long = mergeText(lines, `${lines}mine\n`, `theirs\n${lines}`, { signal: ending.signal }).then(() => "merged", (reason) => String(reason));
        ending.abort("enough");
        const ended = await long;
        terminate();
        return { text, ended };
      });
      assert.deepEqual(found, { text: "A\nb\nC\n", ended: "enough" });
    });

    test("across origins a save is merged, and a conflict is decided and saved", async () => {
      await browser.open(`${page.url}/`);
      const found = await browser.run(async (server) => {
        const { createClient } = await import("/mergefetch/index.js");
        const warnings = [];
        const options = { baseUrl: `${server}/api/documents/`, on: { warning: ({ code }) => warnings.push(code) } };
        const [ann, ben] = [createClient(options), createClient(options)];
        const name = `engine-${crypto.randomUUID()}`;
        await ann.create(name, { title: "Base", done: false, n: 1 });
        const note = await ann.get(name);
        await ben.save(await ben.get(name), { title: "Base", done: true, n: 1 });
        const merged = await ann.save(note, { ...note.value, title: "Mine" });
        await ben.save(await ben.get(name), { title: "Theirs", done: true, n: 1 });
        const conflict = await ann.save(merged.snapshot, { ...merged.snapshot.value, title: "Mine again" });
        const saved = await conflict.conflict.take("mine").submit();
        return { kinds: [merged.kind, conflict.kind, saved.kind], value: (await ben.get(name)).value, warnings };
      }, server);
      assert.deepEqual(found, { kinds: ["merged", "conflict", "saved"], value: { title: "Mine again", done: true, n: 1 }, warnings: [] });
    });

    test("an adapter of one's own may copy the request to another URL, body and all", async () => {
      await browser.open(`${page.url}/`);
      const found = await browser.run(async (address) => {
        const { createClient } = await import("/mergefetch/index.js");
        const version = {
          read: (response) => response.headers.get("etag"),
          write: (request, tag) => {
            const copy = new Request(`${request.url}&copied=1`, request);
            copy.headers.set("if-match", tag);
            return copy;
          },
        };
        const http = createClient({ routes: [{ match: "*", version }], retry: { rounds: 0 } });
        const base = await http.get(address);
        const { kind } = await http.save(base, { ...base.value, title: "copied" });
        return [kind, (await http.get(address)).value];
      }, `/doc/adapter-${engine}?json=1`);
      assert.deepEqual(found, ["saved", { title: "copied", n: 1 }]);
    });

    test("what indexedDb() keeps is revalidated after a reload, by its own user only", async () => {
      const address = `/doc/kept-${engine}?json=1`;
      const read = () =>
        browser.run(async (address) => {
          const { createClient, indexedDb, init } = await import("/mergefetch/index.js");
          // Only the core stores a response.
          await init();
          const sources = [];
          for (const user of ["ann", "ben"]) {
            const http = createClient({ store: indexedDb({ partition: () => user }) });
            sources.push((await http.get(address)).source);
            if (user === "ben") await http.clear("ben");
          }
          return sources;
        }, address);
      await browser.open(`${page.url}/`);
      assert.deepEqual(await read(), ["network", "network"]);
      await browser.open(`${page.url}/`);
      assert.deepEqual(await read(), ["revalidated", "network"]);
    });

    test("a service worker that answers reads with the refused version is told as such, and never looped on", async () => {
      await browser.open(`${page.url}/`);
      const found = await browser.run(async () => {
        const registration = await navigator.serviceWorker.register("/service-worker.js");
        while (!navigator.serviceWorker.controller) await new Promise((resolve) => setTimeout(resolve, 10));
        const { createClient } = await import("/mergefetch/index.js");
        const http = createClient({ retry: { baseDelayMs: 1, maxDelayMs: 10 } });
        const name = `/doc/worker-${crypto.randomUUID()}`;
        const base = await http.get(`${name}?json=1`);
        await fetch(`/bump${name}`);
        const { kind, mine } = await http.save(base, { ...base.value, title: "typed" });
        await registration.unregister();
        const log = await (await fetch(`/log${name}`)).json();
        return { kind, mine, writes: log.filter(({ method }) => method === "PUT").map(({ headers }) => headers["if-match"]) };
      });
      assert.deepEqual(found, { kind: "stale-read", mine: { title: "typed", n: 1 }, writes: ['"1"'] });
    });

    test("a strict policy needs 'wasm-unsafe-eval' and nothing more; without it the error names it", async () => {
      const under = async (script) => {
        await browser.open(`${page.url}/?policy=${encodeURIComponent(`default-src 'none'; script-src ${script}; connect-src 'self'`)}`);
        for (let title = ""; ; title = await browser.title()) if (title.includes("package: ")) return title;
      };
      assert.equal(await under("'self' 'wasm-unsafe-eval'"), "runs; package: starts");
      assert.match(await under("'self'"), /; package: not-started that names it$/);
    });

    test("the browser's cache, which is stale after a refused and after a successful write, is passed by and healed", async (t) => {
      const cached = await Browser.cached(engine, page);
      t.after(() => cached.stop());
      const found = await cached.run(async (engine) => {
        const { createClient } = await import("/mergefetch/index.js");
        const http = createClient();
        const address = (name) => `/doc/${name}-${engine}?json=1&age=600`;
        const base = await http.get(address("refused"));
        await fetch(`${address("refused")}&past=this-cache`, { method: "PUT", headers: { "if-match": base.version }, body: '{"title":"theirs","n":1}' });
        const merged = await http.save(base, { ...base.value, n: 2 });
        const saved = await http.save(await http.get(address("saved")), { title: "second", n: 1 });
        let plain;
        // The healing read is in the background.
        for (let tries = 0; tries < 100 && plain !== "second"; tries++) {
          plain = (await (await fetch(address("saved"))).json()).title;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return { kinds: [merged.kind, saved.kind], merged: merged.snapshot?.value, plain };
      }, engine);
      assert.deepEqual(found, { kinds: ["merged", "saved"], merged: { title: "theirs", n: 2 }, plain: "second" });
    });
  });
}

test("there are three engines, or xtask has said which is missing", () => {
  assert.ok(engines.includes("Chromium") && engines.includes("Firefox"), `${engines}`);
});
