// WebKit with a cache: under automation its pages have none, so here a page asks for what to do.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ANSWER_MS = 120_000;

/** The requests and reports of the page, on its own origin. */
export class Agent {
  #waiting;
  #task;
  #done;

  /** Answers requests about this agent; false for any other. */
  async handle(request, response) {
    if (request.url === "/agent/next") {
      this.#waiting = response;
      this.#hand();
      return true;
    }
    if (request.url !== "/agent/done") return false;
    const parts = [];
    for await (const part of request) parts.push(part);
    response.writeHead(204).end();
    this.#done?.(JSON.parse(Buffer.concat(parts)));
    return true;
  }

  #hand() {
    if (!this.#waiting || !this.#task) return;
    this.#waiting.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(this.#task));
    this.#waiting = this.#task = undefined;
  }

  async run(run, args) {
    const told = new Promise((resolve, reject) => {
      this.#done = resolve;
      setTimeout(() => reject(new Error(`the page did not answer within ${ANSWER_MS} ms`)), ANSWER_MS).unref();
    });
    this.#task = { script: String(run), args };
    this.#hand();
    const { value, error } = await told;
    if (error) throw new Error(error);
    return value;
  }
}

/** WebKit's MiniBrowser with a profile that goes with it; the methods are those of `Browser`. */
export class MiniBrowser {
  #agent;
  #child;
  #profile;
  version;

  static async start(agent, version) {
    const browser = new MiniBrowser();
    browser.#agent = agent;
    browser.version = version;
    browser.#profile = await mkdtemp(join(tmpdir(), "mergefetch-webkit-"));
    return browser;
  }

  /** Opens a page of an origin that the agent answers for: /agent. */
  async open(url) {
    const home = { XDG_CACHE_HOME: this.#profile, XDG_DATA_HOME: this.#profile, XDG_CONFIG_HOME: this.#profile };
    this.#child = spawn(process.env.MINIBROWSER, [url], { stdio: "ignore", env: { ...process.env, ...home } });
  }

  run(run, ...args) {
    return this.#agent.run(run, args);
  }

  async stop() {
    // Those of the network and of the page end with this process.
    const ended = this.#child && once(this.#child, "exit");
    this.#child?.kill("SIGKILL");
    await ended;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
