// The recipes of docs/guide/servers.md that can be run here: each serves a note, and the packed package saves it.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { createClient } from "mergefetch";

import { blocksOf } from "./snippets.mjs";
import { emptyFolder, root } from "./support.mjs";

const PAGE = "docs/guide/servers.md";
/** Where xtask has put what is no npm package; what it could not get is not there. */
const LAB = process.env.LAB ?? "";
/** Python on a busy machine is the slowest. */
const START_MS = 60_000;

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** Starts a program that listens on a port; its address. */
async function start(t, program, options) {
  const port = await freePort();
  const child = spawn(program, options, { cwd: root, stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, PORT: String(port) } });
  let words = "";
  child.stderr.on("data", (part) => (words += part));
  let code;
  child.once("exit", (status) => (code = status ?? "a signal"));
  t.after(() => child.kill("SIGKILL"));
  const address = `http://127.0.0.1:${port}`;
  for (const end = Date.now() + START_MS; Date.now() < end; ) {
    if (code !== undefined) throw new Error(`${program} ended with ${code}: ${words}`);
    if (await fetch(address).then(() => true, () => false)) return address;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${program} did not listen: ${words}`);
}

/** What each recipe promises. */
async function keepsItsPromises(address) {
  const url = `${address}/notes/7`;
  const asBrowsers = { "accept-encoding": "gzip, deflate, br" };
  const read = await fetch(url, { headers: asBrowsers });
  assert.deepEqual(await read.json(), { title: "Shopping", done: false });
  const etag = read.headers.get("etag");
  assert.match(etag, /^"[^"]+"$/, "a strong tag");
  const again = await fetch(url, { cache: "no-cache", headers: { ...asBrowsers, "if-none-match": etag } });
  assert.deepEqual([again.status, again.headers.get("etag")], [304, etag]);
  const put = (headers) => fetch(url, { method: "PUT", headers: { "content-type": "application/json", ...headers }, body: "{}" }).then(({ status }) => status);
  assert.deepEqual([await put({}), await put({ "if-match": '"stale"' }), await put({ "if-none-match": "*" })], [428, 412, 412]);

  const warnings = [];
  const options = { baseUrl: `${address}/notes/`, unprotected: "refuse", on: { warning: ({ code }) => warnings.push(code) } };
  const [ann, ben] = [createClient(options), createClient(options)];
  const note = await ann.get("7");
  await ben.update("7", (draft) => void (draft.done = true));
  const merged = await ann.save(note, { ...note.value, title: "Groceries" });
  assert.equal(merged.kind, "merged");
  await ben.update("7", (draft) => void (draft.title = "Market"));
  const { kind, conflict } = await ann.save(merged.snapshot, { title: "Food", done: true });
  assert.equal(kind, "conflict");
  assert.equal((await conflict.take("mine").submit()).kind, "saved");
  assert.deepEqual((await ben.get("7")).value, { title: "Food", done: true });
  assert.equal((await ann.create("8", { title: "New", done: false })).kind, "created");
  assert.equal((await ben.create("8", { title: "Other", done: true })).kind, "conflict");
  assert.deepEqual(warnings, []);
}

/** A browser's save, which asks for compression; the codes of what should be mended. */
async function savedWithWarnings(address) {
  const codes = new Set();
  const asBrowsers = (request, init) => fetch(new Request(request, { ...init, headers: [...request.headers, ["accept-encoding", "gzip"]] }));
  const http = createClient({ fetch: asBrowsers, baseUrl: `${address}/notes/`, on: { warning: ({ code }) => codes.add(code) } });
  const note = await http.get("7");
  assert.equal((await http.save(note, { ...note.value, done: true })).kind, "saved");
  return [...codes];
}

async function recipe(language, name) {
  const { code } = (await blocksOf(PAGE, language)).find((block) => block.name === name);
  const folder = await emptyFolder(`recipe-${name}`);
  await writeFile(join(folder, name), code);
  return join(folder, name);
}

for (const name of ["express.js", "fastify.js"]) {
  test(name, async (t) => keepsItsPromises(await start(t, process.execPath, [await recipe("js", name)])));
}

const python = join(LAB, "python/bin/python");
for (const name of ["django_notes.py", "fastapi_notes.py"]) {
  test(name, { skip: !existsSync(python) && "xtask has said why" }, async (t) => {
    await keepsItsPromises(await start(t, python, [await recipe("py", name)]));
  });
}

test("notes_controller.rb, for Rails", { skip: !existsSync(join(LAB, "rails.installed")) && "cargo xtask servers rails installs it" }, async (t) => {
  const script = join(process.env.MERGEFETCH_ROOT, "tests/servers/rails.sh");
  const file = await recipe("ruby", "notes_controller.rb");
  await keepsItsPromises(await start(t, "bash", ["-c", 'exec "$0" start "$PORT" "$1"', script, file]));
});

const hasGo = spawnSync("go", ["version"]).status === 0;
test("notes.go", { skip: !hasGo && "there is no Go" }, async (t) => {
  const file = await recipe("go", "notes.go");
  const program = file.replace(/\.go$/, "");
  const env = { ...process.env, CGO_ENABLED: "0", GOCACHE: join(LAB, "go-cache") };
  const { status, stderr } = spawnSync("go", ["build", "-o", program, file], { env, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  await keepsItsPromises(await start(t, program, []));
});

test("recipe.rs, for axum", async (t) => {
  const [{ code }] = await blocksOf(PAGE, "rust");
  assert.equal(await readFile(join(process.env.MERGEFETCH_ROOT, "www/server/examples/recipe.rs"), "utf8"), code, "the example is what the page shows");
  await keepsItsPromises(await start(t, process.env.RECIPE_BIN, []));
});

/** Proxies in front of the Express recipe, with the block of the page, or with what stands there instead. */
const PROXIES = {
  nginx: {
    program: join(LAB, "nginx/usr/sbin/nginx"),
    isolated: (block) => block.replace(/^ *(gzip|proxy_cache) off;$/gm, ""),
    without: 'W/"1"',
    configuration: (block, folder, port, app) => `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log; user nobody nogroup;
      events {} http { access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
        gzip on; gzip_types application/json; gzip_min_length 0; gzip_proxied any;
        upstream app { server ${app}; } server { listen 127.0.0.1:${port}; ${block} } }`,
    options: (file, folder) => ["-p", folder, "-c", file, "-e", join(folder, "error.log")],
  },
  apache: {
    program: join(LAB, "apache/usr/sbin/apache2"),
    isolated: (block) => block.replace(/^ *(DeflateAlterETag NoChange|SetEnv no-gzip 1)$/gm, ""),
    without: '"1-gzip"',
    configuration: (block, folder, port, app) => `${["mpm_event", "authz_core", "mime", "env", "filter", "deflate", "proxy", "proxy_http"]
      .map((name) => `LoadModule ${name}_module ${LAB}/apache/usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
      ServerRoot ${folder}\nServerName 127.0.0.1\nListen 127.0.0.1:${port}\nPidFile ${folder}/pid\nMutex file:${folder} default\nErrorLog ${folder}/error.log
      User nobody\nGroup nogroup\nTypesConfig /dev/null\n<Location "/">\nSetOutputFilter DEFLATE\n</Location>\n${block.replace("http://app/", `http://${app}/`)}`,
    options: (file) => ["-f", file, "-DFOREGROUND"],
  },
};

for (const [name, { program, isolated, without, configuration, options }] of Object.entries(PROXIES)) {
  test(`${name} in front of it`, { skip: !existsSync(program) && "xtask has said why" }, async (t) => {
    const [{ code: block }] = await blocksOf(PAGE, name);
    /** Behind it stands the recipe for Express; with `title` in its note, as Apache does not compress what is short. */
    const behind = async (text, title = "Shopping") => {
      const file = await recipe("js", "express.js");
      await writeFile(file, (await readFile(file, "utf8")).replace("Shopping", title));
      const app = (await start(t, process.execPath, [file])).replace("http://", "");
      const folder = await emptyFolder(`recipe-${name}`);
      await chmod(folder, 0o777);
      const libraries = ["usr/lib", "lib"].map((path) => join(LAB, name, path, "x86_64-linux-gnu")).join(":");
      const port = await freePort();
      await writeFile(join(folder, "configuration"), configuration(text, folder, port, app));
      const child = spawn(program, options(join(folder, "configuration"), folder), { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, LD_LIBRARY_PATH: libraries } });
      t.after(() => child.kill("SIGTERM"));
      const address = `http://127.0.0.1:${port}`;
      for (const end = Date.now() + START_MS; Date.now() < end && child.exitCode === null; ) {
        const response = await fetch(`${address}/notes/7`, { headers: { "accept-encoding": "gzip" } }).catch(() => null);
        if (response?.ok) return { address, etag: response.headers.get("etag") };
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`${name} did not listen`);
    };
    assert.notEqual(isolated(block), block);
    const long = "x".repeat(2_000);
    const changed = await behind(isolated(block), long);
    assert.equal(changed.etag, without, "without the recipe the tag does not survive");
    assert.deepEqual(await savedWithWarnings(changed.address), ["weak-tag"], "and the warning says what to mend");
    assert.equal((await behind(block, long)).etag, '"1"');
    await keepsItsPromises((await behind(block)).address);
  });
}
