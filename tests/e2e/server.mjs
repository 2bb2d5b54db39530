/** The example server as a child process, with a database of its own that goes with it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Opening a database and a port takes no longer, even on a busy machine. */
const START_MS = 30_000;

const needed = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`expected ${name} in the environment: run these tests with \`cargo xtask test e2e\``);
  return value;
};

/**
 * A port that stays free while the server is down. Outgoing connections get ports from 32768 on (Linux) or 49152 on (RFC 6335, section 6), so
 * this port is a lower one.
 */
async function portForRestarts() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const probe = createServer().listen(port, "127.0.0.1");
    const isFree = await once(probe, "listening").then(() => true, () => false);
    if (!isFree) continue;
    probe.close();
    await once(probe, "close");
    return port;
  }
}

export class Server {
  #folder;
  #child;
  #port = 0;
  url;

  static async start() {
    const server = new Server();
    server.#folder = await mkdtemp(join(tmpdir(), "mergefetch-e2e-"));
    server.#port = await portForRestarts();
    await server.restart();
    return server;
  }

  /** Starts it again, at the same address and on the same data. A running server stays as it is. */
  async restart() {
    if (this.#isRunning) return;
    const options = ["--database", join(this.#folder, "e2e.sqlite"), "--listen", `127.0.0.1:${this.#port}`];
    const files = ["--www", needed("WWW_DIR"), "--pkg", needed("PKG_DIR")];
    this.#child = spawn(needed("EXAMPLE_SERVER_BIN"), [...options, ...files], { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: this.#child.stdout });
    const told = once(lines, "line", { signal: AbortSignal.timeout(START_MS) });
    const ended = once(this.#child, "exit").then(([code]) => {
      throw new Error(`expected the example server to listen, but it ended with status ${code}`);
    });
    const [line] = await Promise.race([told, ended]);
    ended.catch(() => {});
    this.url = line.replace("listening on ", "").trim();
    this.#port = Number(new URL(this.url).port);
  }

  /** Kills it as a power cut would. */
  async kill() {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  get #isRunning() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async stop() {
    if (this.#isRunning) await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #call(method, path, body, headers = {}) {
    const response = await fetch(this.url + path, { method, body, headers });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  /** The seed data, the usual refusals, an empty log; also after a story that failed while the server was down. */
  async reset() {
    await this.restart();
    await this.#call("POST", "/api/reset");
    await this.switches({ refusal: "409", delay_ms: 0 });
    await this.#call("DELETE", "/api/log");
  }

  async switches(switches) {
    await this.#call("PUT", "/api/switches", JSON.stringify(switches), { "content-type": "application/json" });
  }

  async text(path) {
    return (await this.#call("GET", path)).text();
  }

  async json(path) {
    return JSON.parse(await this.text(path));
  }

  async status(path) {
    return (await fetch(this.url + path)).status;
  }

  /** Writes a document as a third person would. */
  async write(path, type, body) {
    const head = await this.#call("HEAD", path);
    await this.#call("PUT", path, body, { "content-type": type, "if-match": head.headers.get("etag") });
  }

  /** The exchanges about a path, in the order in which they arrived. */
  async log(path) {
    const exchanges = await this.json("/api/log");
    return exchanges.filter(({ url }) => new URL(url, this.url).pathname === path);
  }
}
