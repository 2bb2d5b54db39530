// Libraries that send requests.
import assert from "node:assert/strict";
import { test } from "node:test";
import axios from "axios";
import ky from "ky";
import createOpenApi from "openapi-fetch";

import { init } from "mergefetch";

import * as withAxios from "../axios.js";
import * as withKy from "../ky.js";
import * as withOpenApi from "../openapi-fetch.js";
import { held, mine, server, start, theirs } from "./support.mjs";

await init();

/** Each gives `read()` and `write(value)`, which gives `[status, body]`, also of a refusal. */
const libraries = {
  "openapi-fetch"(http, decide, url) {
    const api = createOpenApi({ baseUrl: server, fetch: (request) => http.fetch(request) });
    api.use(withOpenApi.mergefetch(http, decide));
    const path = new URL(url).pathname;
    return {
      read: async () => (await api.GET(path)).data,
      async write(body) {
        const { data, error, response } = await api.PUT(path, { body });
        return [response.status, data ?? error];
      },
    };
  },
  ky(http, decide, url) {
    const api = ky.create({ retry: 0, throwHttpErrors: false, hooks: { beforeRequest: [withKy.mergefetch(http, decide)] } });
    return {
      read: () => api.get(url).json(),
      async write(json) {
        const response = await api.put(url, { json });
        return [response.status, response.status === 204 ? null : await response.json()];
      },
    };
  },
  axios(http, decide, url) {
    const api = axios.create({ adapter: withAxios.mergefetch(http, decide), validateStatus: () => true });
    return {
      read: async () => (await api.get(url)).data,
      async write(value) {
        const { status, data } = await api.put(url, value);
        return [status, data];
      },
    };
  },
};

for (const [name, make] of Object.entries(libraries)) {
  test(`${name}: an edit conflict is decided, and the answer is what was saved`, async () => {
    const { url, http } = await start();
    const asked = [];
    const api = make(http, (conflict) => (asked.push(conflict.changes.map(({ path, state }) => `${path} ${state}`)), mine(conflict)), url);
    assert.deepEqual(await api.read(), { title: "Base", done: false });
    await remembered(http, url);
    await theirs(url, { title: "Theirs", done: true });
    assert.deepEqual(await api.write({ title: "Mine", done: false }), [200, { title: "Mine", done: true }]);
    assert.deepEqual(asked, [["/title conflict", "/done theirs"]]);
    assert.deepEqual(await held(url), { title: "Mine", done: true });
  });

  test(`${name}: where nothing overlaps nobody is asked; a refusal that is let through stays one`, async () => {
    const { url, http } = await start();
    const api = make(http, () => null, url);
    await api.read();
    await remembered(http, url);
    await theirs(url, { title: "Base", done: true });
    assert.deepEqual(await api.write({ title: "Mine", done: false }), [200, { title: "Mine", done: true }]);
    await api.read();
    await remembered(http, url);
    await theirs(url, { title: "Theirs", done: true });
    const [status, body] = await api.write({ title: "Mine again", done: true });
    assert.deepEqual([status, body.code], [409, "STALE_RESOURCE"]);
    assert.equal((await held(url)).title, "Theirs");
  });
}

/** The copy that makes the next write a conditional one is kept beside the caller's reading: a read that revalidates it has it. */
async function remembered(http, url) {
  for (let round = 0; round < 100; round++) {
    if ((await http.get(url)).source === "revalidated") return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.fail("never remembered");
}
