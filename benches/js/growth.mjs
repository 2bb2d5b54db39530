// Measures from JavaScript how time grows with the number of parts; `cargo xtask bench` calls it. Fails on a wrong result, never on a time.
//
// node growth.mjs --dist=pkg/dist [--runs=9]
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

import { conflictOf } from "../../tests/npm/many-changes.mjs";
import { best } from "./measure.mjs";

const { values: options } = parseArgs({ options: { dist: { type: "string" }, runs: { type: "string", default: "9" } } });
const [dist, runs] = [resolve(options.dist), Number(options.runs)];
const { MergefetchError, createClient, init } = await import(pathToFileURL(join(dist, "index.js")).href);
const [core, engine] = await Promise.all(["mergefetch_bg", "engine"].map((name) => readFile(join(dist, `core/${name}.wasm`))));
await init({ core, engine });

const rows = [];
for (const count of runs > 1 ? [200, 2_000, 20_000] : [20]) {
  const conflict = await conflictOf(createClient, count);
  const ids = conflict.changes.map(({ id }) => id);
  const ms = best(runs, () => ids.forEach((id) => assert.ok(conflict.take("theirs", id).unresolved < count)));
  rows.push([`${count} decisions, one by one`, ms]);
}
const field = (at) => [`x-field-${at}`, "one"];
for (const count of runs > 1 ? [2_500, 10_000] : [10]) {
  const headers = { etag: '"1"', "content-type": "application/json", ...Object.fromEntries(Array.from({ length: count }, (_, at) => field(at))) };
  const client = createClient({ fetch: async () => new Response("{}", { headers }) });
  const times = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await client.get("http://host/x");
    times.push(performance.now() - start);
  }
  rows.push([`a read with ${count} response fields`, Math.min(...times)]);
}
for (const part of ["?access_token=s", "?a=", "?abc=", "?%6Bey=a&", "//ann:a@", "%2F%2Fa%252F%252Fb", "x"]) {
  const text = part.repeat((runs > 1 ? 100_000 : 100) / part.length);
  const isSecret = /token|ey=|ann/.test(part);
  const told = () => new MergefetchError("network", text).message;
  assert.equal(told() !== text, isSecret);
  rows.push([`secrets left out of 100 kB of ${part}`, best(runs, told)]);
}
console.log(runs > 1 ? `from JavaScript (ms, best of ${runs})\n` : "from JavaScript: answers only\n");
if (runs > 1) for (const [name, ms] of rows) console.log(`${ms.toFixed(2).padStart(9)}  ${name}`);
