// Three engines by one protocol: WebDriver, as their drivers speak it. https://www.w3.org/TR/webdriver2/
import { spawn } from "node:child_process";
import { createServer } from "node:net";

import { MiniBrowser } from "./minibrowser.mjs";

/** Drivers and browsers start within a second or two; a busy machine gets this long. */
const START_MS = 60_000;

/** For one script in a page; the whole of the probes takes some seconds. */
const SCRIPT_MS = 120_000;

const CHROMIUM = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

const ENGINES = {
  Chromium: () => ({ driver: process.env.CHROMEDRIVER, wants: { "goog:chromeOptions": { binary: process.env.CHROME, args: CHROMIUM } } }),
  Firefox: () => ({ driver: process.env.GECKODRIVER, wants: { "moz:firefoxOptions": { args: ["-headless"] } } }),
  WebKit: () => ({ driver: process.env.WEBKITDRIVER, wants: {} }),
};

/** The engines whose drivers `cargo xtask test browsers` has found or installed. */
export const engines = Object.keys(ENGINES).filter((name) => ENGINES[name]().driver);

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

export class Browser {
  #driver;
  #origin;
  #session;
  /** "156", "153", "2.50" */
  version;

  /** A browser of its own, with an empty profile. */
  static async start(engine) {
    const browser = new Browser();
    const { driver, wants } = ENGINES[engine]();
    const port = await freePort();
    browser.#origin = `http://127.0.0.1:${port}`;
    browser.#driver = spawn(driver, [`--port=${port}`], { stdio: "ignore" });
    const gone = new Promise((_, reject) => browser.#driver.once("exit", (code) => reject(new Error(`${driver} ended with status ${code}`))));
    gone.catch(() => {});
    await Promise.race([browser.#ready(), gone]);
    const { sessionId, capabilities } = await browser.#call("POST", "/session", { capabilities: { alwaysMatch: wants } });
    browser.#session = `/session/${sessionId}`;
    // Its end is not a surprise any more.
    browser.#driver.removeAllListeners("exit");
    const [major, minor] = capabilities.browserVersion.split(".");
    browser.version = engine === "WebKit" ? `${major}.${minor}` : major;
    await browser.#call("POST", `${browser.#session}/timeouts`, { script: SCRIPT_MS, pageLoad: START_MS });
    return browser;
  }

  async #ready() {
    for (const end = Date.now() + START_MS; Date.now() < end; ) {
      const { ready } = await this.#call("GET", "/status").catch(() => ({}));
      if (ready) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the driver was not ready within ${START_MS} ms`);
  }

  async #call(method, path, body) {
    const response = await fetch(this.#origin + path, { method, body: body && JSON.stringify(body), headers: { "content-type": "application/json" } });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  }

  /** The same engine with a cache, for pages of `origin`; opens its first page. */
  static async cached(engine, origin) {
    const browser = await Browser.start(engine);
    if (engine !== "WebKit") {
      await browser.open(`${origin.url}/`);
      return browser;
    }
    const { version } = browser;
    await browser.stop();
    const mini = await MiniBrowser.start(origin.agent, version);
    await mini.open(`${origin.url}/agent`);
    return mini;
  }

  async open(url) {
    await this.#call("POST", `${this.#session}/url`, { url });
  }

  /** The result of `run`, an async function without a surrounding, in the page for `args`. */
  async run(run, ...args) {
    const script = `(async () => (${run})(...${JSON.stringify(args)}))().then((value) => ({ value }), (error) => ({ error: error + " " + error?.stack }))`;
    // As a script of the page: Firefox gives those of a driver a world of their own, whose `Uint8Array` is another one.
    const inPage = `${script}.then((told) => { document.documentElement.dataset.told = JSON.stringify(told); document.dispatchEvent(new Event("told")); })`;
    const inject = `const [source, done] = arguments;
      document.addEventListener("told", () => done(document.documentElement.dataset.told), { once: true });
      const element = document.createElement("script");
      element.textContent = source;
      document.documentElement.append(element);`;
    const { value, error } = JSON.parse(await this.#call("POST", `${this.#session}/execute/async`, { script: inject, args: [inPage] }));
    if (error) throw new Error(error);
    return value;
  }

  title() {
    return this.#call("GET", `${this.#session}/title`);
  }

  async stop() {
    if (this.#session) await this.#call("DELETE", this.#session).catch(() => {});
    this.#session = undefined;
    this.#driver?.kill();
  }
}
