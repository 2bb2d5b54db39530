/** One person at one browser: their view and their actions, by roles and names as assistive technology has them. */
import { PATIENCE_MS, pattern } from "./stage.mjs";

const NAMES = { a: "Ann", b: "Ben" };

export class Person {
  constructor(page, id) {
    this.page = page;
    this.id = id;
    this.name = NAMES[id];
    this.panel = page.getByRole("region", { name: this.name, exact: true });
    this.status = this.panel.locator(":scope > [role=status]");
    this.conflict = page.locator("merge-conflict");
    this.clashes = this.conflict.locator("[part~=place]");
    this.saveResult = this.conflict.locator("[part~=save]");
    this.merged = this.conflict.locator("details.merged");
    this.result = this.conflict.locator("details.result");
  }

  async open(url, scenario) {
    await this.page.goto(`${url}/?person=${this.id}#${scenario}`);
    await this.page.locator("html[data-ready]").waitFor();
  }

  /** Waits until the page can merge: it loads the engine's module and scripts in idle time. */
  async hasEngine() {
    const isThere = await this.page.evaluate(async (patience) => {
      const { mergeText } = await import(new URL("./mergefetch.js", document.baseURI).href);
      for (const end = performance.now() + patience; performance.now() < end; ) {
        try {
          return mergeText("", "", "").clean;
        } catch {
          await new Promise((resume) => setTimeout(resume, 50));
        }
      }
      return false;
    }, PATIENCE_MS);
    if (!isThere) throw new Error(`expected the engine to be loaded in idle time, but it was not after ${PATIENCE_MS} ms`);
  }

  field(label) {
    return this.panel.getByLabel(label, { exact: true });
  }

  button(name) {
    return this.panel.getByRole("button", { name, exact: true });
  }

  /** Edits the text as typing would: the first `before` becomes `after`. */
  async edit(label, before, after) {
    const field = this.field(label);
    const text = await field.inputValue();
    if (!text.includes(before)) throw new Error(`expected ${JSON.stringify(before)} in ${label}, but found ${JSON.stringify(text)}`);
    await field.fill(text.replace(before, after));
  }

  /** Presses Save and waits until whatever follows has an end. */
  async save() {
    await this.press("Save");
  }

  /** Presses a button and waits for the end of its work, so that no earlier message is taken for its result. */
  async press(name) {
    await this.button(name).click();
    await this.panel.and(this.page.locator(":not([aria-busy])")).waitFor();
  }

  /** Waits until the panel says this of the last action, in these capitals. */
  async told(words) {
    await this.status.filter({ hasText: pattern(words) }).waitFor();
  }

  /** Saves, and waits until the server has it. */
  async saves(words = "Saved") {
    await this.save();
    await this.told(words);
  }

  /** Saves, and waits for the conflict. */
  async meetsConflict() {
    await this.save();
    await this.conflict.waitFor();
  }

  clash(legend) {
    return this.conflict.getByRole("region", { name: legend });
  }

  /** The visible part of a text: without the words for screen readers. */
  seen(locator) {
    return locator.evaluate((one) => {
      const copy = one.cloneNode(true);
      for (const said of copy.querySelectorAll(".said")) said.remove();
      return copy.textContent;
    });
  }

  /** The text under a side's heading. */
  side(clash, side) {
    return clash.locator(`.side-${side} .value`);
  }

  /** The earlier value is shown on demand. */
  async showBase() {
    await this.conflict.locator("details.tools > summary").click();
    await this.conflict.getByRole("checkbox", { name: "Show what was there before" }).check();
    await this.page.keyboard.press("Escape");
  }

  /** A choice that is not in sight is behind one control. */
  async choose(clash, name) {
    const radio = clash.getByRole("radio", { name });
    const more = clash.getByRole("button", { name: "Other choices", expanded: false });
    if ((await radio.count()) === 0 && (await more.count()) > 0) await more.click();
    await radio.check();
  }

  /** The result to save is shown on demand. */
  async openResult() {
    await this.result.locator(":scope > summary").click();
    // The result comes with a script of its own.
    await this.result.locator(":scope > :not(summary)").first().waitFor();
  }
}
