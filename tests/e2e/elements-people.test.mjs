/** `<merge-conflict>` as somebody meets it who has never seen it: names, people, a recommendation, consequences, on a phone and by ear. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { violations } from "./axe.mjs";
import { stories } from "./element-stories.mjs";

const PHONE = { viewport: { width: 360, height: 640 } };

stories((story, browser) => {
  const headings = (subject) => subject.locator("h3.label").allInnerTexts();

  story("a place is named with its parents, and an item by what people read in it", async ({ page, subject, meet }) => {
    const board = (done, street, note) => ({
      checklist: [{ id: "a81f5", text: "Buy milk", done: false }, { id: "b22c9", text: "Buy milk", done }, { uuid: "5e0c", note }],
      delivery_address: { streetName: street },
    });
    await meet([board("no", "High Street", "ring"), board("yes", "Hill Street", "ring twice"), board("perhaps", "Hall Road 7", "knock")]);
    assert.deepEqual((await headings(subject)).map((text) => text.replace(/\s+/g, " ")), ["Checklist › Buy milk (2) › Done", "Checklist › ring twice", "Delivery address › Street name"]);
    for (const heading of await headings(subject)) assert.doesNotMatch(heading, /null|a81f5|b22c9|5e0c/);
    // The page may know better.
    await page.evaluate(() => Object.assign(document.querySelector("#subject"), { labels: { "/checklist": "To do", "/delivery_address/streetName": "Street" }, nameOf: (item, path) => (path === "/checklist/1" ? `the second (${item.text})` : null) }));
    await subject.getByRole("heading", { name: "To do › the second (Buy milk) › Done" }).waitFor();
    await subject.getByRole("heading", { name: "Delivery address › Street" }).waitFor();
  });

  story("several places in one text of a form are told apart by their lines", async ({ page, subject, meet }) => {
    const note = (first, last) => ({ note: `Dear ${first}\n\nthank you for the flowers.\nThey stand on the table.\n\nYours, ${last}\n` });
    await meet([note("Ann", "Ben"), note("Anna", "Benny"), note("Annie", "Benjamin")]);
    assert.deepEqual((await headings(subject)).map((text) => text.replace(/\s+/g, " ")), ["Note › Line 1", "Note › Line 6"]);
  });

  story("labels that name nothing cause one warning", async ({ page, complaints, meet }) => {
    await meet([{ title: "a" }, { title: "b" }, { title: "c" }], { labels: { "/title": "Title", "/titel": "Title", summary: "Summary" } });
    await page.waitForFunction(() => document.querySelector("#subject").shadowRoot.querySelector("details.tools summary") !== null);
    assert.deepEqual(complaints.splice(0), ['warning: merge-conflict: no version of the document has the labels "/titel", "summary"; it has /title']);
  });

  story("versions have the names of their people: of the page, of the server, or of nobody", async ({ page, subject, meet }) => {
    const names = () => subject.locator(".columns label strong").allInnerTexts();
    await meet([{ title: "a" }, { title: "b" }, { title: "c" }]);
    assert.deepEqual(await names(), ["Your version", "The other person’s version"]);
    await page.evaluate(async () => {
      const element = document.querySelector("#subject");
      const savedAt = Date.now() - 125_000;
      Object.assign(element, await gallery.conflictOf({ title: "a" }, { title: "b" }, { title: "c" }, { routes: [{ match: "/form*", author: () => ({ name: "Ben", savedAt }) }] }));
    });
    await subject.getByText("Ben’s version").waitFor();
    await subject.getByRole("radio", { name: "Ben’s version, saved 2 minutes ago" }).waitFor();
    assert.match(await subject.locator("[part=about]").innerText(), /^Ben saved this 2 minutes ago/);
    await page.evaluate(() => (document.querySelector("#subject").who = "Cara"));
    await subject.getByRole("radio", { name: "Cara’s version", exact: true }).waitFor();
    assert.doesNotMatch(await subject.locator("section").first().innerText(), /\b(base|mine|theirs|path)\b/i);
  });

  story("one recommendation, first and marked; at most three choices in sight; preselected only on demand", async ({ page, show, subject, place }) => {
    await show("text");
    const line = place("Line 3");
    const radios = line.getByRole("radio");
    assert.deepEqual(await line.locator("label strong").allInnerTexts(), ["Both edits together", "Your version", "Ann’s version"]);
    await radios.first().and(subject.getByRole("radio", { name: /Recommended$/ })).waitFor();
    assert.equal(await line.getByRole("radio", { checked: true }).count(), 0);
    for (const name of await page.evaluate(() => globalThis.gallery.NAMES)) {
      await show(name);
      const most = await page.evaluate(() => Math.max(0, ...[...document.querySelector("#subject").shadowRoot.querySelectorAll(".place")].map((one) => [...one.querySelectorAll("input[type=radio]")].filter((radio) => radio.getClientRects().length > 0).length)));
      assert.ok(most <= 3, `${name}: ${most} choices`);
    }
    await show("text");
    await page.evaluate(() => (document.querySelector("#subject").preselect = true));
    await line.getByRole("radio", { name: /^Both edits together/, checked: true }).waitFor();
    assert.equal(await place("Line 13").getByRole("radio", { checked: true }).count(), 0, "what is not sure is not preselected");
    // Taken back, it stays so.
    await page.evaluate(() => document.querySelector("#subject").conflict.reopen());
    await page.evaluate(() => (document.querySelector("#subject").who = "Dora"));
    await subject.getByText("Dora’s version").first().waitFor();
    assert.equal(await line.getByRole("radio", { checked: true }).count(), 0);
  });

  story("each choice shows its result and what would be lost, before it is taken", async ({ page, show, seen, subject, place }) => {
    await show("json", { lang: "en-GB" });
    assert.match(await seen(place("Title").locator(".side-mine")), /Summer fair\s*market.*Lost: Autumn$|Lost: Autumn/);
    assert.match(await seen(place("Due date").locator(".side-theirs .lost")), /Lost: 5 July 2031/);
    assert.equal(await place("Due date").locator(".side-theirs .lost del").count(), 1);
    await show("text");
    assert.match(await place("Line 3").locator(".best .lost").innerText(), /Nothing is lost/);
    for (const name of ["json", "text", "edit-delete"]) {
      await show(name);
      assert.equal(await subject.locator(".side-base").count(), 0, `${name}: what was before is shown on demand`);
      await subject.locator("details.tools > summary").click();
      await subject.getByRole("checkbox", { name: "Show what was there before" }).check();
      assert.ok((await subject.locator(".side-base").count()) > 0, name);
    }
    await page.keyboard.press("Escape");
  });

  story("33 conflicts of an issue tracker are decided on a phone with at most 40 touches, and each next question comes into view", async ({ page, show, subject }) => {
    await show("tracker");
    await page.waitForFunction(() => document.querySelector("#subject").shadowRoot.querySelector("details.tools summary") !== null);
    assert.equal(await subject.getByRole("heading", { name: "33 decisions to make" }).count(), 1);
    const first = await subject.locator(".place").first().boundingBox();
    const title = await subject.locator("h2").boundingBox();
    assert.ok(first.y - (title.y + title.height) < 20, "one line before the first question");
    let touches = 0;
    const touch = async (x, y) => {
      touches++;
      if (browser === "chromium") await page.touchscreen.tap(x, y);
      // Firefox is driven without a touch screen: the events of a touch go to the element below the finger.
      else
        await page.evaluate(([atX, atY]) => {
          const hit = document.querySelector("#subject").shadowRoot.elementFromPoint(atX, atY);
          hit.dispatchEvent(new PointerEvent("pointerdown", { pointerType: "touch", bubbles: true }));
          hit.click();
        }, [x, y]);
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    };
    /** Where a finger lands on something that is in the window and not under the bar. */
    const target = (selector) =>
      page.evaluate((wanted) => {
        const root = document.querySelector("#subject").shadowRoot;
        for (const one of root.querySelectorAll(wanted)) {
          const { x, y, width, height } = one.getBoundingClientRect();
          const [atX, atY] = [x + width / 2, y + Math.min(height / 2, 20)];
          const hit = root.elementFromPoint(atX, atY);
          if (atY > 0 && atY < innerHeight && hit !== null && (one === hit || one.contains(hit))) return [atX, atY];
        }
        return null;
      }, selector);
    const open = () => page.evaluate(() => document.querySelector("#subject").conflict.unresolved);
    for (let left = await open(); left > 0 && touches < 60; left = await open()) {
      const at = await target(`.place:not(.is-decided) .side-${left % 3 === 0 ? "theirs" : "mine"} label`) ?? (await target(".place:not(.is-decided) .side label"));
      if (at === null) await touch(...(await target("[part~=next]")));
      else await touch(...at);
    }
    await touch(...(await target("[part~=save]")));
    await page.waitForFunction(() => document.querySelector("#subject").server.documents.get(document.querySelector("#subject").path).version === 3);
    assert.ok(touches <= 40, `${touches} touches`);
  }, { ...PHONE, hasTouch: true, reducedMotion: "reduce" });

  story("progress and the button stay in sight on a phone, and cover no focused control", async ({ page, show, subject }) => {
    await show("tracker");
    await subject.locator("details.tools > summary").waitFor();
    for (let press = 0; press < 12; press++) {
      // The first way leads into the element; a key pressed outside would scroll the page.
      if (press === 0) await page.evaluate(() => document.querySelector("#subject").step(1));
      else await page.keyboard.press("Alt+ArrowDown");
      const told = await page.evaluate(() => {
        const root = document.querySelector("#subject").shadowRoot;
        const box = root.activeElement.getBoundingClientRect();
        const bar = root.querySelector(".footer").getBoundingClientRect();
        return { isCovered: box.bottom > bar.top || box.top < 0, bar: bar.bottom - innerHeight, active: root.activeElement.localName };
      });
      assert.equal(told.active, "input");
      assert.equal(told.isCovered, false);
      assert.ok(Math.abs(told.bar) < 20, `the bar ends ${told.bar} px from the end of the window`);
    }
    assert.equal(await subject.locator("[part=waiting]").innerText(), "33 decisions still to make");
  }, PHONE);

  story("at most one line precedes the first question on a phone, in every view", async ({ page, show }) => {
    const names = await page.evaluate(() => gallery.NAMES.filter((name) => name !== "changes" && !name.startsWith("refusal")));
    for (const name of names) {
      await show(name);
      const told = await page.evaluate(() => {
        const root = document.querySelector("#subject").shadowRoot;
        const title = root.querySelector("h2");
        const first = root.querySelector(".place");
        // A document that was deleted is asked about in the title itself; its first choice follows.
        const next = first.matches(".whole") ? first.querySelector("input").closest(".side") : first;
        const lineOf = (one) => Number.parseFloat(getComputedStyle(one).lineHeight);
        return { isWhole: first.matches(".whole"), lines: Math.round(title.getBoundingClientRect().height / lineOf(title)), gap: next.getBoundingClientRect().top - title.getBoundingClientRect().bottom };
      });
      assert.ok(told.gap < 32, `${name}: ${told.gap} px between title and question`);
      if (!told.isWhole) assert.equal(told.lines, 1, name);
    }
  }, PHONE);

  story("hundreds of places have filters by decision and by name", async ({ page, subject, meet }) => {
    const many = (word) => ({ issues: Array.from({ length: 300 }, (_, n) => ({ id: `i${n}`, title: `Issue ${n}`, owner: `${word} ${n}` })) });
    await meet([many("Ann"), many("Ben"), many("Cara")]);
    await subject.getByRole("searchbox", { name: "Find" }).fill("issue 299");
    await subject.getByRole("status").filter({ hasText: /^1 place$/ }).waitFor();
    assert.deepEqual(await headings(subject), ["Issues › Issue 299 › Owner"]);
    await subject.getByRole("radio", { name: "Your version" }).check();
    await subject.getByRole("searchbox").fill("");
    await subject.getByRole("combobox", { name: "Show which" }).selectOption("decided");
    await subject.getByRole("status").filter({ hasText: /^1 place$/ }).waitFor();
    await subject.getByRole("combobox").selectOption("open");
    await subject.getByText("299 places").waitFor();
  });

  story("what is half typed survives a new name, and a move of the element", async ({ page, show, subject, place, more }) => {
    await show("json");
    await more("Guests");
    await place("Guests").getByRole("radio", { name: "Write it yourself" }).check();
    const field = () => place("Guests").getByLabel("Your own version");
    await field().fill("about eighty");
    await page.evaluate(() => (document.querySelector("#subject").who = "Dora"));
    await subject.getByText("Dora’s version").first().waitFor();
    assert.equal(await field().inputValue(), "about eighty");
    assert.ok(await field().evaluate((one) => one.matches(":focus")), "the focus is where it was");
    await page.evaluate(() => {
      const aside = document.createElement("aside");
      document.querySelector("main").append(aside);
      aside.append(document.querySelector("#subject"));
    });
    assert.equal(await field().inputValue(), "about eighty");
    await field().fill("80");
    await page.waitForFunction(() => document.querySelector("#subject").conflict.merged.guests === 80);
  });

  story("moves show both places, orders both orders, and lists that keep their order only what came and went", async ({ page, show, seen, subject, place, more, meet }) => {
    await show("move");
    await place("Doing › Bake bread").waitFor();
    await subject.locator(".where").first().waitFor();
    assert.deepEqual(await subject.locator(".where").allInnerTexts(), ["in Doing, after Call the bank", "in Done, at the top"]);
    await show("order");
    assert.match(await seen(place("Checklist").locator(".side-mine")), /1?Pay the rent ↕ moved: at the top/);
    assert.match(await seen(place("Checklist").locator(".side-theirs")), /Call the bank ↕ moved: at the top|Call the bank/);
    assert.ok((await place("Checklist").locator(".side-theirs .moved-item").count()) > 0);
    const flat = (...added) => ({ tags: [...["garden", "music", "market", "cakes"], ...added] });
    await meet([flat(), { tags: ["garden", "music", "fair"] }, "none"].map((one) => (one === "none" ? { tags: 5 } : one)));
    assert.match(await seen(place("Tags").locator(".side-mine .value")), /marketcakesfair\s*2 others unchanged|market.*cakes.*fair.*2 others unchanged/);
    // A list of records is put together by hand: items are chosen, and moved by the arrow keys.
    const items = (...names) => ({ list: names.map((name) => ({ name, n: name.length })) });
    await meet([{ other: 1 }, items("Bread", "Milk"), items("Eggs")].map((one, at) => (at === 0 ? one : { other: 1, ...one })));
    await more("List");
    await place("List").getByRole("radio", { name: "Choose and order the items yourself" }).check();
    await place("List").getByRole("checkbox", { name: "Eggs" }).check();
    await place("List").locator(".own li").first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    assert.deepEqual(await page.evaluate(() => document.querySelector("#subject").conflict.merged.list.map(({ name }) => name)), ["Milk", "Eggs", "Bread"]);
  });

  story("where both removed parts that overlap, one choice removes both", async ({ page, show, place }) => {
    const base = "Bring bread, milk, eggs and tea.\n";
    await show("text");
    await page.evaluate(async (text) => Object.assign(document.querySelector("#subject"), await gallery.conflictOf(text, text.replace(" bread, milk,", ""), text.replace(" milk, eggs", ""))), base);
    await place("Line 1").getByRole("radio", { name: "Remove what either of you removed" }).check();
    assert.doesNotMatch(await page.evaluate(() => document.querySelector("#subject").conflict.merged), /bread|milk|eggs/);
    // The same in a list that is decided as one.
    await page.evaluate(async () => {
      const queue = (...steps) => ({ steps });
      const routes = [{ match: "/form*", merge: { rules: { "/steps": "atomic" } } }];
      Object.assign(document.querySelector("#subject"), await gallery.conflictOf(queue("cut", "glue", "paint", "dry"), queue("paint", "dry"), queue("cut", "dry"), { routes }));
    });
    await place("Steps").getByRole("radio", { name: "Remove what either of you removed" }).check();
    assert.deepEqual(await page.evaluate(() => document.querySelector("#subject").conflict.merged), { steps: ["dry"] });
    assert.ok(await place("Steps").getByRole("radio", { name: "Remove what either of you removed" }).isChecked());
  });

  story("values read like a form", async ({ page, seen, place, meet }) => {
    const form = (n) => ({ price: { amount: 1200 + n, currency: "EUR" }, discountPercent: 10 + n, colour: `#00${n}${n}ff`, link: `https://example.org/${n}`, open: n > 1 ? n > 2 : null, people: [{ id: n, name: "Ann", role: `role ${n}` }] });
    await meet([form(1), form(2), form(3)]);
    const text = (label) => seen(place(label).locator(".side-mine .value"));
    assert.match(await text("Price › Amount"), /€1,201\.00\s*€1,202\.00/);
    assert.match(await text("Discount percent"), /11%\s*12%/);
    assert.match(await text("Open"), /empty\s*✗ no/);
    assert.equal(await place("Colour").locator(".side-mine .swatch").evaluate((one) => getComputedStyle(one).backgroundColor), "rgb(0, 34, 255)");
    await page.evaluate(() => {
      document.querySelector("#subject").renderValue = (path, value) => (path === "/link" ? Object.assign(document.createElement("strong"), { textContent: `link ${value.at(-1)}` }) : null);
    });
    await place("Link").locator(".side-mine strong", { hasText: "link 2" }).waitFor();
  });

  story("in Arabic, amounts show no marks, dates keep the order of their words, and a place name, its parents and its people have their own direction", async ({ page, show, subject, place }) => {
    await page.evaluate(async () => gallery.addTexts((await import("/mergefetch/element/texts/ar.js")).default));
    for (const name of ["json", "edit-delete"]) {
      await show(name, { lang: "ar", dir: "rtl" });
      assert.equal(await subject.locator("[part=control]").count(), 0, `${name}: no character of a formatted value is shown by its number`);
      // In a replaced date, the day is right of the month.
      const rects = await subject.locator("del", { hasText: "يونيو" }).first().evaluate((one) => {
        const node = [...one.childNodes].find(({ data }) => data?.includes("يونيو"));
        const at = (from, length) => {
          const range = document.createRange();
          range.setStart(node, from);
          range.setEnd(node, from + length);
          return range.getBoundingClientRect().left;
        };
        return [at(node.data.indexOf("21"), 2), at(node.data.indexOf("يونيو"), 5), at(node.data.indexOf("2031"), 4)];
      });
      assert.ok(rects[0] > rects[1] && rects[1] > rects[2], `${name}: ${rects}`);
    }
    await show("json", { lang: "ar", dir: "rtl" });
    assert.match(await place("Title").locator(".side-mine label").innerText(), /، /, "an Arabic comma");
    assert.match(await place("Picture").locator(".side-mine .lost").innerText(), /https:\/\/example\.org\/theirs\.png/);
  });

  story("a list of records with the same members is a table", async ({ show, place }) => {
    await show("table");
    const table = place("Rows").locator(".side-mine").getByRole("table");
    await table.waitFor();
    assert.deepEqual(await table.getByRole("columnheader").allInnerTexts(), ["Item", "Quantity", "Unit"]);
    assert.equal(await table.getByRole("row").count(), 5);
  });

  story("amounts, moments and days that differ do not look alike", async ({ seen, subject, meet, place }) => {
    const value = (label, side) => seen(place(label).locator(`.side-${side} .value`));
    await meet([
      { price: { amount: 0.005, currency: "EUR" }, sent: "2031-06-21T10:00:05Z", day: "2031-02-28", postalCode: 53111 },
      { price: { amount: 0.0051, currency: "EUR" }, sent: "2031-06-21T10:00:15Z", day: "2031-02-31", postalCode: 53112 },
      { price: { amount: 0.0052, currency: "EUR" }, sent: "2031-06-21T10:00:25Z", day: "2031-03-03", postalCode: 53113 },
    ]);
    for (const label of ["Price › Amount", "Sent", "Day", "Postal code"]) {
      const [mine, theirs] = [await value(label, "mine"), await value(label, "theirs")];
      assert.notEqual(mine, theirs, label);
    }
    assert.match(await value("Price › Amount", "mine"), /0\.0051/);
    assert.match(await value("Sent", "mine"), /:15/);
    assert.match(await value("Day", "mine"), /2031-02-31/);
    assert.match(await value("Postal code", "mine"), /53112/, "a code counts nothing");
    await subject.getByRole("heading", { name: "Price › Amount" }).waitFor();
  });

  story("what is lost is told word by word, without ids, and nothing is no loss", async ({ meet, place }) => {
    await meet([
      { eggs: "cat 5 eggs", note: "x", items: [{ id: 1, title: "Tea" }, { id: 2, title: "Coffee", cups: 2 }] },
      { eggs: "cat 50 eggs", note: "y", items: [{ id: 1, title: "Tea" }] },
      { eggs: "cat 0 eggs", note: null, items: [{ id: 1, title: "Tea" }, { id: 2, title: "Coffee", cups: 5 }] },
    ]);
    assert.match(await place("Eggs").locator(".side-mine .lost").innerText(), /Lost: 0$/);
    assert.equal(await place("Note").locator(".side-mine .lost").count(), 0);
    assert.match(await place("Items › Coffee").locator(".side-mine .lost").innerText(), /Lost: Coffee · 5$/);
  });

  story("both one after the other looks as it will be saved: sentences have a space between them, lines a line end", async ({ page, subject, seen, meet }) => {
    const cases = [
      [["We meet on Monday. Bring cake. Dogs stay at home.\n\nThe end is long. It goes on.", "We meet on Tuesday. Bring cake. Dogs stay at home.\n\nThe end is long. It goes on.", "We meet on Friday. Bring cake. Dogs stay home.\n\nThe end is long. It goes on."].map((text) => ({ text })), "Tuesday. We meet on Friday"],
      [["a\nlast", "a\nlast mine", "a\nlast theirs"], "last mine\nlast theirs"],
    ];
    for (const [documents, words] of cases) {
      await meet(documents);
      await subject.getByRole("button", { name: "Other choices" }).first().click();
      const radio = subject.getByRole("radio", { name: "Keep both, yours first" }).first();
      const shown = await seen(subject.locator("[part~=both] .value").first());
      await radio.check();
      const saved = await page.evaluate(() => JSON.stringify(document.querySelector("#subject").conflict.merged));
      assert.ok(saved.includes(JSON.stringify(words).slice(1, -1)), saved);
      assert.ok(shown.includes(words), `${JSON.stringify(shown)} holds ${JSON.stringify(words)}`);
    }
  });

  story("two sentences of one line have two names, and a member without a name has a heading", async ({ subject, meet }) => {
    const text = (day, cake, dogs, end) => ({ text: `We meet on ${day}. Bring ${cake}. ${dogs}.\n\nThe second part is ${end}. It goes on.`, "": day });
    await meet([text("Monday", "cake", "Dogs stay at home", "long"), text("Tuesday", "cake", "Cats stay at home", "very long"), text("Friday", "bread", "Dogs stay home", "short")]);
    const names = (await headings(subject)).map((one) => one.replace(/\s+/g, " "));
    assert.equal(new Set(names).size, names.length, names.join());
    assert.ok(names.every((name) => name.trim() !== ""), names.join());
    assert.ok(names.includes("Text › Line 1 (2)"), names.join());
  });

  story("what a page gives wrongly takes no view away", async ({ page, subject, complaints, meet }) => {
    const documents = [{ items: [{ id: "a1", title: "Tea" }], title: "a" }, { items: [{ id: "a1", title: "Tee" }], title: "b" }, { items: [{ id: "a1", title: "Thé" }], title: "c" }];
    await meet(documents);
    const given = await page.evaluate(async () => {
      const element = document.querySelector("#subject");
      const told = [];
      const fail = () => {
        throw new Error("the page's own");
      };
      const wrong = { who: [undefined, null, 7, { name: "Ben" }], when: [undefined, null, Number.NaN, new Date(Number.NaN), "yesterday", {}], layout: [undefined], labels: [undefined, { "/title": 7 }, { "/title": { en: "T" } }, { "/title": null }, { "/title": "" }], nameOf: [fail, () => 7, () => ({}), "title"], renderValue: [fail, () => 7, () => "x", () => false, () => ({ type: "b" }), {}], texts: [undefined, { lang: "de", save: "Sichern" }] };
      for (const [name, values] of Object.entries(wrong)) {
        for (const value of values) {
          element[name] = value;
          await new Promise((resolve) => setTimeout(resolve, 20));
          // The next view is built with it.
          const { conflict } = element;
          element.conflict = null;
          element.conflict = conflict;
          await new Promise((resolve) => setTimeout(resolve, 20));
          const text = element.shadowRoot.textContent;
          if (!/Tee/.test(text) || /undefined|null|NaN|\[object|Invalid/.test(text)) told.push(`${name} ${String(value)}: ${text}`);
        }
        element[name] = { labels: {}, who: "", when: "", layout: "columns" }[name] ?? null;
      }
      return told;
    });
    assert.deepEqual(given, []);
    // The page's own faults are the page's to hear of.
    const own = complaints.splice(0);
    assert.ok(own.some((one) => one.includes("the page's own")), own.join("\n"));
    await subject.getByRole("heading", { name: "2 decisions to make" }).waitFor();
  });

  story("a clock that goes wrong does not put a save into the future", async ({ subject, meet }) => {
    await meet([{ a: "1" }, { a: "2" }, { a: "3" }], { who: "Ben", when: Date.now() + 240_000 });
    await subject.getByRole("radio", { name: "Ben’s version, saved just now" }).waitFor();
  });

  story("by ear: a choice is its name, its result and its author, and headings form a tree", async ({ page, show, subject, place }) => {
    await show("json", { lang: "en-GB" });
    const described = (label, name) => place(label).getByRole("radio", { name }).evaluate((one) => one.getAttribute("aria-describedby").split(" ").map((id) => one.getRootNode().getElementById(id).textContent).join(" "));
    assert.equal(await described("Title", "Your version, not saved yet"), "Summer market; Lost: Autumn");
    assert.equal(await described("Due date", "Ann’s version"), "20 September 2031; Lost: 5 July 2031");
    await show("text");
    assert.equal(await described("Line 3", /^Both/), "The garden behind the library is open from May to November.; by you and Ann; Nothing is lost.");
    const levels = await subject.locator("h2, h3").evaluateAll((all) => all.filter((one) => one.getClientRects().length > 0).map((one) => Number(one.localName[1])));
    assert.deepEqual([levels[0], new Set(levels.slice(1)).size], [2, 1]);
    await subject.locator("details.merged summary").click();
    const tree = await place("Line 3").ariaSnapshot();
    for (const sentence of ['heading "Line 3" [level=3]', 'radiogroup "Line 3"', 'radio "Both edits together Recommended"', 'radio "Your version, not saved yet"', 'radio "Ann’s version, saved 3 minutes ago"', 'button "Other choices"']) assert.ok(tree.includes(sentence), `${sentence} in\n${tree}`);
    const changes = await subject.locator("details.merged").ariaSnapshot();
    assert.match(changes, /removed: cakes/);
    assert.match(changes, /added: bread/);
    // Nothing is said by colour alone, also without a conflict.
    await show("changes");
    assert.match(await subject.locator("li").first().innerText(), /removed:\s*Ann\s*,?\s*added:\s*Dora/);
  });

  story("by ear: every view, as sentences", async ({ page, show, subject }) => {
    const refused = (title, words, advice) => [title, ...(words === null ? [] : [`The server says: ${words}`]), `Your edit is still here. ${advice}`, "Your edit"];
    const SENTENCES = {
      text: ['heading "2 decisions to make" [level=2]', "Ann saved this 3 minutes ago while you were editing it. Edits that do not touch are together already; where they do, you decide.", 'heading "Line 3" [level=3]', 'radio "Both edits together Recommended"', "Nothing is lost.", "2 decisions still to make"],
      "text-column": ['heading "2 decisions to make" [level=2]', "Somebody else saved this while you were editing it.", 'radio "The other person’s version"', "removed: April", "added: May"],
      "text-typed": ["✓ decided", 'radio "The other person’s version" [checked]', "1 decision still to make", 'button "Save" [disabled]'],
      "text-many": ['heading "10 decisions to make" [level=2]', 'button "⋯ 35 unchanged lines · Show"', 'heading "Line 7" [level=3]', "added: nearly"],
      "text-inserted": ['heading "After line 11" [level=3]', "You and the other person both wrote something new here.", 'radio "Keep both, yours first Recommended"', "added: In October we rake the leaves. Then the garden sleeps. In November we rest."],
      json: ['heading "7 decisions to make" [level=2]', 'heading "Due date" [level=3]', "These values belong together, and both of you changed some of them.", "removed: €450.00", "added: €500.00", 'link "https://example.org/theirs.png"', 'button "Load the picture"', "6 changes are in already"],
      tracker: ['heading "33 decisions to make" [level=2]', 'button "Take all 11 recommendations"', "Issues › Dark theme for the calendar (customer) › Due date", 'radio "Ann’s version, saved 3 minutes ago"', 'button "Next open decision"'],
      move: ['heading "Doing › Bake bread" [level=3]', "You and Ann moved this to different places.", 'radio "Your version, not saved yet"', "in Doing, after Call the bank", 'radio "Ann’s version"', "in Done, at the top", "1 decision still to make"],
      order: ['heading "Checklist" [level=3]', "You and Ann put these in different orders.", "Pay the rent", "moved: at the top", "moved: after"],
      table: ['heading "Rows" [level=3]', "You and the other person both added this, with different values.", 'columnheader "Quantity"', 'row "Milk 3 l"', 'radio "Keep both, yours first"'],
      list: ['heading "Checklist › Get milk › Text" [level=3]', 'radio "The other person’s version"', "removed: Buy", "added: Fetch", "Lost:"],
      "edit-delete": ['heading "Ann deleted this document while you were editing it" [level=2]', 'heading "The whole document" [level=3]', 'radio "Restore it with your changes', "Your edit is still here, and nothing happens to it until you decide.", 'button "Decide first" [disabled]'],
      "delete-edit": ['heading "Ann changed this document before you deleted it" [level=2]', 'radio "Delete it all the same The changes below are deleted with it."', 'radio "Keep it, with the changes Nothing is deleted."', "added: All tools"],
      "create-create": ["Somebody else created this while you were writing yours, and the two differ.", 'heading "11 decisions to make" [level=2]', 'heading "Contact › E-mail" [level=3]', "Summer market", "Autumn fair"],
      changes: ["Contact › E-mail", "removed: Ann", "added: Dora", "Tags › neighbours ↘ moved", "removed: music"],
      "refusal-duplicate": refused("Not saved: this is taken already", "Another user has this e-mail address", "Choose another value for what is taken, and save again."),
      "refusal-invalid-state": [...refused("Not saved: this is not possible right now", "an order that is shipped cannot become cancelled", "Choose one of the possible states, or look at the newest version."), "State now", "shipped", "Possible next", "delivered"],
      "refusal-constraint": [...refused("Not saved: something does not fit yet", "expected at least 100, but found 50", "Correct what is named here, and save again."), "Budget › Amount", "at least 100"],
      "refusal-locked": [...refused("Not saved: somebody else has it locked", "cara holds the lock", "Wait until it is free again, or ask the person who locked it, then save again."), 'button "Try again"'],
      "refusal-busy": [...refused("Not saved yet: the server is busy", "come back later", "Wait a moment, then save again. Please wait 30 seconds."), 'button "Try again"'],
      "refusal-forbidden": refused("Not saved: you are not allowed to change this", "only members of the board may write here", "Ask somebody who is allowed to, or sign in again."),
      "refusal-unknown": [...refused("It is not known whether this was saved", null, "Check your connection and save again. It is never saved twice."), "no answer", 'button "Try again"'],
    };
    assert.deepEqual(Object.keys(SENTENCES).sort(), (await page.evaluate(() => gallery.NAMES)).toSorted(), "every view has its sentences");
    for (const [name, sentences] of Object.entries(SENTENCES)) {
      await show(name);
      if (name !== "changes") await (name.startsWith("refusal") ? subject.locator("[part=code]") : subject.locator("details.tools > summary")).waitFor();
      const tree = await subject.ariaSnapshot();
      for (const sentence of sentences) assert.ok(tree.includes(sentence), `${name}: ${sentence} in\n${tree}`);
      // Neither a word of the machine, nor one of developers.
      assert.doesNotMatch(tree.replaceAll(/https:\S+/g, ""), /\bnull\b|undefined|\[object|NaN|preflight|\b(base|mine|theirs)\b|(?<!the )\bJSON\b/, name);
    }
  });

  story("forced colours keep what is chosen, recommended and struck out; reduced motion scrolls at once", async ({ page, show, place }) => {
    if (browser === "chromium") await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
    await show("text");
    await place("Line 3").getByRole("radio", { name: /^Your version/ }).check();
    const told = await place("Line 3").evaluate((one) => {
      const style = (selector) => getComputedStyle(one.querySelector(selector));
      return { chosen: style(".side-mine").outlineStyle, best: style(".best").outlineStyle, gone: style(".side-mine del").textDecorationLine, fresh: style(".side-mine ins").textDecorationLine, chip: one.querySelector(".chip").textContent };
    });
    assert.deepEqual([told.gone, told.fresh, told.chip], ["line-through", "underline", "✓ decided"]);
    if (browser === "chromium") assert.deepEqual([told.chosen, told.best], ["solid", "dashed"]);
  });

  story("Escape that ends an edit leaves a dialog around it open; resolveConflict shows, waits, and returns the result", async ({ page, show, subject }) => {
    await show("json");
    await page.evaluate(async () => {
      const { conflict } = await gallery.conflictOf({ title: "a", n: 1 }, { title: "b", n: 1 }, { title: "c", n: 2 });
      const dialog = document.createElement("dialog");
      dialog.setAttribute("aria-label", "Decide");
      document.querySelector("main").replaceChildren(dialog);
      globalThis.outcome = gallery.elements.resolveConflict(conflict, { in: dialog, who: "Ben" });
      globalThis.refused = gallery.elements.resolveConflict({ ok: false, kind: "conflict", conflict }, { in: dialog }).catch((error) => error);
    });
    assert.equal(await page.evaluate(async () => { const error = await globalThis.refused; return `${error.name} ${error.code} ${error.message}`; }), "MergefetchError invalid-argument expected a Conflict, but found a result of a save, whose `conflict` is meant");
    const view = page.locator("dialog merge-conflict");
    await view.getByRole("heading", { name: "1 decision to make" }).waitFor();
    await view.locator("details.result > summary").click();
    await view.getByRole("button", { name: "Edit: Title" }).click();
    await page.keyboard.press("Escape");
    await view.locator("details.tools > summary").click();
    await page.keyboard.press("Escape");
    assert.ok(await page.locator("dialog").evaluate((one) => one.open));
    await view.getByRole("radio", { name: "Ben’s version" }).check();
    await view.getByRole("button", { name: "Save", exact: true }).click();
    assert.match(await page.evaluate(async () => (await globalThis.outcome).kind), /^(saved|unchanged)$/);
    assert.equal(await page.locator("dialog[open], merge-conflict").count(), 0);
  });

  story("complaints of a refusal reach the fields of a form in one call, and leave with the next edit", async ({ page, show }) => {
    await show("refusal-constraint");
    const told = await page.evaluate(async () => {
      const { showFieldProblems } = await import("/mergefetch/helpers.js");
      const { problem } = document.querySelector("#subject").refusal;
      const form = document.createElement("form");
      const field = Object.assign(document.createElement("input"), { name: "budget.amount", value: "50" });
      form.append(field);
      document.querySelector("main").append(form);
      const left = showFieldProblems(form, { ...problem, fields: [...problem.fields, { path: "/nowhere", detail: "unknown" }] });
      const before = field.validationMessage;
      field.value = "100";
      field.dispatchEvent(new Event("input"));
      return [left.map(({ path }) => path), before, field.validationMessage];
    });
    assert.deepEqual(told, [["/nowhere"], "at least 100", ""]);
  });

  story("custom-elements.json names the properties, attributes and parts that the elements have", async ({ page, show }) => {
    const { modules } = JSON.parse(await readFile(new URL("../../pkg/custom-elements.json", import.meta.url), "utf8"));
    await show("json");
    for (const { name, tagName, members, attributes = [], cssParts = [] } of modules[0].declarations) {
      const told = await page.evaluate((tag) => {
        const element = document.createElement(tag);
        const names = Object.getOwnPropertyNames(Object.getPrototypeOf(element)).concat(Object.getOwnPropertyNames(Object.getPrototypeOf(Object.getPrototypeOf(element))));
        return { names: names.filter((one) => !/^_|constructor|Callback$|^(render|connected|changed|adopt|words|tell)$/.test(one)).sort(), attributes: element.constructor.observedAttributes ?? [], className: element.constructor.name };
      }, tagName);
      assert.deepEqual(members.map((member) => member.name).sort(), told.names, tagName);
      assert.deepEqual(attributes.map((one) => one.name), told.attributes, name);
      if (cssParts.length > 0) {
        const parts = await page.evaluate(() => [...document.querySelector("#subject").shadowRoot.querySelectorAll("[part]")].flatMap((one) => [...one.part]));
        for (const part of new Set(parts)) if (!/^(mine|theirs|base|suggested|both|both-reversed|custom|remove-both|save|cancel|next)$/.test(part)) assert.ok(cssParts.some((one) => one.name === part), `part ${part}`);
      }
    }
  });

  story("axe-core finds nothing on a phone, at 200 % text, and with all choices open", async ({ page, show, subject }) => {
    for (const name of ["tracker", "order", "move", "list", "text", "edit-delete"]) {
      await show(name, { theme: name === "list" ? "dark" : "light" });
      await page.waitForFunction(() => document.querySelector("#subject").shadowRoot.querySelector("details.tools summary") !== null || document.querySelector("#subject").shadowRoot.querySelector("details.tools")?.hidden);
      await page.evaluate(() => {
        document.documentElement.style.fontSize = "200%";
        for (const more of [...document.querySelector("#subject").shadowRoot.querySelectorAll(".more-choices")].slice(0, 3)) more.click();
      });
      assert.deepEqual(await violations(page, "#subject", { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }), [], name);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)) <= 0, `${name}: nothing is cut off at 200 %`);
    }
    await page.evaluate(() => (document.documentElement.style.fontSize = ""));
      }, PHONE);
});
