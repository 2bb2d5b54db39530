/** The elements in Chromium and Firefox, under the strictest policy: every view in both themes, by keyboard, hostile and huge documents. */
import assert from "node:assert/strict";
import { violations } from "./axe.mjs";
import { stories } from "./element-stories.mjs";

/** Where the checks of axe-core for WCAG 2.2 AA stand, and its advice. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

stories((story) => {
  /** Remembers the events of the subject, with their details. */
  const listen = (page) =>
    page.evaluate(() => {
      globalThis.heard = [];
      for (const type of ["resolve", "cancel", "change", "retry"]) {
        document.querySelector("#subject").addEventListener(type, ({ detail }) => heard.push([type, type === "resolve" ? detail.kind : type === "change" ? `${detail.change?.path} ${detail.change?.decision} ${detail.unresolved}` : null]));
      }
    });
  const heard = (page) => page.evaluate(() => globalThis.heard);

  story("axe-core finds nothing in any view, in either theme, with decisions open and made", async ({ page, show }) => {
    for (const name of await page.evaluate(() => globalThis.gallery.NAMES)) {
      for (const theme of ["light", "dark"]) {
        await show(name, { theme });
        for (const isDecided of [false, true]) {
          if (isDecided) await page.evaluate(decideAll);
          assert.deepEqual(await violations(page, "#subject", { runOnly: TAGS }), [], `${name}, ${theme}${isDecided ? ", decided" : ""}`);
        }
      }
    }
  });

  story("nothing is cut off from 320 pixels on, in both directions of writing, and targets are large enough", async ({ page, show }) => {
    for (const name of await page.evaluate(() => globalThis.gallery.NAMES)) {
      for (const dir of ["ltr", "rtl"]) {
        for (const width of [320, 768, 1280]) {
          await page.setViewportSize({ width, height: 800 });
          await show(name, { dir });
          assert.equal(await page.evaluate(() => Math.abs(document.documentElement.scrollWidth - document.documentElement.clientWidth)), 0, `${name} ${dir} ${width}`);
        }
      }
      const small = await page.evaluate(() => [...document.querySelector("#subject").shadowRoot.querySelectorAll("button, summary, label:has(input)")].filter((one) => one.getClientRects().length > 0).map((one) => [one.textContent, one.getBoundingClientRect()]).filter(([, { width, height }]) => width < 24 || height < 24).map(([text]) => text));
      assert.deepEqual(small, [], `${name}: targets under 24 by 24 pixels (WCAG 2.5.8)`);
    }
  });

  story("a text: two columns, three with base, one; aligned lines, words marked, and every choice does what it says", async ({ page, show, subject, place, more, options, openResult }) => {
    await show("text");
    await listen(page);
    assert.match(await subject.locator("[part=about]").innerText(), /^Ann saved this 3 minutes ago while you were editing it\./);
    const line = place("Line 3");
    assert.deepEqual(await line.locator(".rows .side").evaluateAll((sides) => sides.map((side) => Math.round(side.getBoundingClientRect().top))).then((tops) => new Set(tops).size), 1, "side by side");
    assert.match(await line.locator(".side-mine ins").innerText(), /^added:\s+November/);
    assert.match(await line.locator(".side-theirs .value del").innerText(), /^removed:\s+April/);
    assert.equal(await line.locator(".side-mine .number").getAttribute("data-n"), "3");
    await options();
    await subject.getByRole("checkbox", { name: "Show what was there before" }).check();
    assert.equal(await line.locator(".rows .side").count(), 3);
    await subject.getByRole("radio", { name: "One column" }).check();
    assert.equal(await line.locator(".rows .side").evaluateAll((sides) => new Set(sides.map((side) => Math.round(side.getBoundingClientRect().left))).size), 1, "below each other");
    await subject.getByRole("radio", { name: "Side by side" }).check();
    const result = subject.locator("details.result");
    await openResult();
    await page.keyboard.press("Escape");
    await more("Line 3");
    for (const [choice, text] of [[/^Your version/, "to November."], [/’s version/, "from May to October."], ["As it was before", "from April to October."], ["Both edits together", "from May to November."]]) {
      await line.getByRole("radio", { name: choice }).check();
      await result.locator(".part.fromDecided", { hasText: text }).waitFor();
    }
    await line.getByRole("radio", { name: "Keep both, yours first" }).check();
    await result.locator(".part.fromDecided", { hasText: /November\.\s+The garden.*May/ }).waitFor();
    await subject.getByRole("button", { name: /5 unchanged lines, with 2 merged changes/ }).click();
    await subject.locator(".main .part", { hasText: "cakes" }).waitFor();
    assert.ok(await page.evaluate(() => document.querySelector("#subject").shadowRoot.activeElement !== null), "the focus is on what was unfolded");
    // The result itself can be edited: there, and where the place is decided, the same is seen.
    await result.getByRole("button", { name: "Edit: Line 13" }).click();
    await result.getByRole("textbox").fill("Questions? Just ask.");
    await place("Line 13").getByRole("radio", { name: "Write it yourself", checked: true }).waitFor();
    assert.equal(await place("Line 13").getByLabel("Your own version").inputValue(), "Questions? Just ask.");
    await page.keyboard.press("Escape");
    await subject.getByRole("button", { name: "Save", exact: true }).click();
    await page.waitForFunction(() => heard.some(([type]) => type === "resolve"));
    const events = await heard(page);
    assert.deepEqual(events.at(-1), ["resolve", "saved"]);
    assert.ok(events.some(([type, told]) => type === "change" && told === " both 1"), JSON.stringify(events));
    const saved = await page.evaluate(() => document.querySelector("#subject").conflict.merged);
    assert.match(saved, /to November\.\n.*from May to October\.\n[^]*All tools[^]*bake bread[^]*Just ask\.\n$/);
  });

  story("a card that two people moved is where one of them put it, and nowhere else", async ({ page, show, subject }) => {
    await show("json");
    await page.evaluate(async () => {
      document.querySelector("#subject").labels = {};
      const board = (column) => ({ todo: [], doing: [], done: [], [column]: [{ id: 1, text: "Bake bread" }] });
      document.querySelector("#subject").conflict = (await gallery.conflictOf(board("todo"), board("doing"), board("done"))).conflict;
    });
    const names = await subject.getByRole("radiogroup").getByRole("radio").evaluateAll((radios) => radios.map((radio) => radio.labels[0].querySelector("strong").innerText));
    assert.deepEqual(names, ["Your version", "Ann’s version"]);
    const places = await subject.locator(".where").allInnerTexts();
    assert.deepEqual(places, ["in Doing, at the top", "in Done, at the top"], "each side shows its place of the card");
    await subject.getByRole("radio", { name: /’s version/ }).check();
    const merged = await page.evaluate(() => document.querySelector("#subject").conflict.merged);
    assert.deepEqual(merged, { todo: [], doing: [], done: [{ id: 1, text: "Bake bread" }] });
  });

  story("a card in a new column is in the shown result once", async ({ page, show, subject, openResult }) => {
    await show("json");
    await page.evaluate(async () => {
      document.querySelector("#subject").labels = {};
      const [bake, buy] = [{ id: 1, text: "Bake bread" }, { id: 2, text: "Buy flour" }];
      const [base, mine, theirs] = [{ todo: [bake, buy], done: [] }, { todo: [buy], done: [], later: [bake] }, { todo: [buy], done: [bake] }];
      document.querySelector("#subject").conflict = (await gallery.conflictOf(base, mine, theirs)).conflict;
    });
    const result = subject.locator("details.result");
    await openResult();
    assert.equal((await result.innerText()).match(/Bake bread/g)?.length, 1);
    await subject.getByRole("radio", { name: /’s version/ }).check();
    assert.equal((await result.innerText()).match(/Bake bread/g)?.length, 1);
  });

  story("the result of a text can be typed over as a whole; decisions made later are merged into what was typed", async ({ page, show, subject, place, openResult }) => {
    await show("text");
    await listen(page);
    const result = subject.locator("details.result");
    await openResult();
    const toggle = result.getByRole("checkbox", { name: "Edit by hand" });
    const field = result.getByRole("textbox", { name: "Result" });
    const merged = () => page.evaluate(() => document.querySelector("#subject").conflict.merged);
    await toggle.check();
    assert.equal(await field.inputValue(), await merged());
    await field.fill((await field.inputValue()).replace("Mondays and Thursdays", "Fridays").replace(/^/, "NEWS\n"));
    await place("Line 3").getByRole("radio", { name: /’s version/ }).check();
    await place("Line 13").getByRole("radio", { name: /^Your version/ }).check();
    assert.match(await field.inputValue(), /^NEWS\nThe garden[^]*from May to October[^]*on Fridays, early[^]*ring the bell\.\n$/);
    // Taken back, and not lost: it comes back with the switch, into which the decision made meanwhile is merged.
    await toggle.uncheck();
    assert.doesNotMatch(await merged(), /NEWS|Fridays/);
    assert.equal(await field.isVisible(), false);
    await place("Line 3").getByRole("radio", { name: "Both edits together" }).check();
    await toggle.check();
    assert.match(await field.inputValue(), /^NEWS\n[^]*from May to November[^]*Fridays/);
    await subject.getByRole("button", { name: "Save", exact: true }).click();
    await page.waitForFunction(() => heard.some(([type]) => type === "resolve"));
    const { saved, held } = await page.evaluate(() => {
      const { conflict, server, path } = document.querySelector("#subject");
      return { saved: conflict.merged, held: server.documents.get(path).body };
    });
    assert.equal(held, saved);
    assert.match(held, /^NEWS\n[^]*from May to November[^]*Fridays[^]*All tools[^]*bake bread[^]*ring the bell/);
  });

  story("what was typed stands against a later decision in the same line, which is said, and nothing is saved before somebody looked", async ({ page, show, subject, place, openResult }) => {
    await show("text");
    const result = subject.locator("details.result");
    await openResult();
    const field = result.getByRole("textbox", { name: "Result" });
    const line = place("Line 3");
    const save = subject.getByRole("button", { name: "Save", exact: true });
    await line.getByRole("radio", { name: /^Your version/ }).check();
    await place("Line 13").getByRole("radio", { name: /^Your version/ }).check();
    await result.getByRole("checkbox", { name: "Edit by hand" }).check();
    await field.fill((await field.inputValue()).replace("November", "the first snow"));
    assert.equal(await save.isEnabled(), true);
    await line.getByRole("radio", { name: /’s version/ }).check();
    assert.match(await field.inputValue(), /to the first snow\./);
    await result.getByText("What you typed stays. A later decision would change it here:").waitFor();
    await subject.getByText("1 decision still to make").waitFor();
    assert.equal(await save.isEnabled(), false);
    await page.keyboard.press("Alt+ArrowDown");
    const where = result.getByRole("button", { name: "Line 3" });
    assert.ok(await where.evaluate((one) => one.matches(":focus")), "the way to the next place that waits leads there");
    await where.click();
    assert.equal(await field.evaluate((one) => one.value.slice(one.selectionStart, one.selectionEnd)), "The garden behind the library is open from April to the first snow.\n");
    // Back to the decision that it was typed over, all is as it was.
    await line.getByRole("radio", { name: /^Your version/ }).check();
    assert.equal(await result.getByRole("button").filter({ visible: true }).count(), 0);
    assert.equal(await save.isEnabled(), true);
    await line.getByRole("radio", { name: /’s version/ }).check();
    await result.getByRole("button", { name: "Keep what I typed" }).click();
    assert.ok(await field.evaluate((one) => one.matches(":focus")), "the focus is not lost with the button");
    await subject.getByText("Everything is decided.").waitFor();
    assert.match(await page.evaluate(() => document.querySelector("#subject").conflict.merged), /April to the first snow\./);
  });

  story("what was typed meets a still newer version as any other edit does", async ({ page, show, subject, openResult }) => {
    await show("text");
    await listen(page);
    const result = subject.locator("details.result");
    await openResult();
    await page.evaluate(() => document.querySelector("#subject").conflict.take("mine"));
    await result.getByRole("checkbox", { name: "Edit by hand" }).check();
    const field = result.getByRole("textbox", { name: "Result" });
    await field.fill((await field.inputValue()).replace("Mondays", "Fridays"));
    await page.evaluate(() => {
      const { conflict, server, path } = document.querySelector("#subject");
      server.put(path, conflict.theirs.value.replace("Mondays", "Tuesdays").replace("The garden", "Our garden"), "text/plain");
    });
    await subject.getByRole("button", { name: "Save", exact: true }).click();
    await subject.getByText("saved once more while you decided.").waitFor();
    await subject.getByRole("heading", { name: "1 decision to make" }).waitFor();
    await subject.getByRole("region", { name: "Line 6" }).getByRole("radio", { name: /^Your version/ }).check();
    await subject.getByRole("button", { name: "Save", exact: true }).click();
    await page.waitForFunction(() => heard.some(([type]) => type === "resolve"));
    assert.match(await page.evaluate(() => document.querySelector("#subject").server.documents.get(document.querySelector("#subject").path).body), /^Our garden[^]*to November[^]*on Fridays[^]*All tools[^]*bake bread/);
  });

  story("typed text leaves the line ends of other lines alone, also where they differ", async ({ page, show, subject, openResult }) => {
    await show("text");
    await page.evaluate(async () => {
      const { conflict } = await gallery.conflictOf("one\r\ntwo\nthree\r\nfour\r\n", "one\r\ntwo\nthree\r\nmine\r\n", "one\r\ntwo\nthree\r\ntheirs\r\n");
      document.querySelector("#subject").conflict = conflict;
    });
    const result = subject.locator("details.result");
    await openResult();
    const merged = () => page.evaluate(() => document.querySelector("#subject").conflict.merged);
    await result.getByRole("button", { name: "Edit: Line 4" }).click();
    await result.getByRole("textbox").fill("mine\nand more");
    await page.keyboard.press("Escape");
    assert.equal(await merged(), "one\r\ntwo\nthree\r\nmine\r\nand more\r\n");
    await result.getByRole("checkbox", { name: "Edit by hand" }).check();
    const field = result.getByRole("textbox", { name: "Result" });
    await field.focus();
    for (const key of ["Control+Home", "ArrowDown", "ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
    await page.keyboard.type("3 1/2\n");
    await page.keyboard.press("Control+End");
    await page.keyboard.press("Backspace");
    assert.equal(await merged(), "one\r\ntwo\nthree\r\n3 1/2\r\nmine\r\nand more");
  });

  story("by keyboard alone: the whole result is typed over, a decision follows, and one keystroke undoes the last", async ({ page, show, subject, place, openResult }) => {
    await show("text");
    await listen(page);
    await page.evaluate(() => document.querySelector("#subject").focus());
    const isFocused = (locator) => locator.evaluate((one) => one.matches(":focus"));
    const result = subject.locator("details.result");
    await openResult();
    const toggle = result.getByRole("checkbox", { name: "Edit by hand" });
    const field = result.getByRole("textbox", { name: "Result" });
    const tabTo = async (locator) => {
      for (let stops = 0; stops < 60 && !(await isFocused(locator)); stops++) await page.keyboard.press("Tab");
      assert.ok(await isFocused(locator));
    };
    await tabTo(toggle);
    await page.keyboard.press("Space");
    await tabTo(field);
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("NEWS: ");
    await page.keyboard.type("x");
    await page.keyboard.press("Backspace");
    assert.match(await field.inputValue(), /^NEWS: The garden/);
    await page.keyboard.type("gone");
    for (let undone = 0; undone < 8 && /gone/.test(await field.inputValue()); undone++) await page.keyboard.press("Control+z");
    assert.doesNotMatch(await field.inputValue(), /gone/);
    const typed = await field.inputValue();
    assert.equal(await page.evaluate(() => document.querySelector("#subject").conflict.merged), typed, "what is undone is undone in the result");
    await page.keyboard.press("Escape");
    assert.ok(await isFocused(toggle));
    // In the first place, the recommendation comes before the two sides.
    for (const [name, presses] of [["Line 3", 2], ["Line 13", 1]]) {
      await page.keyboard.press("Alt+ArrowDown");
      assert.ok(await place(name).getByRole("radio").first().isVisible());
      for (let press = 0; press < presses; press++) await page.keyboard.press("ArrowDown");
      assert.ok(await place(name).getByRole("radio", { name: /’s version/ }).isChecked());
    }
    await page.keyboard.press("Control+Enter");
    await page.waitForFunction(() => heard.some(([type]) => type === "resolve"));
    assert.equal(await page.evaluate(() => document.querySelector("#subject").server.documents.get(document.querySelector("#subject").path).body), typed.replace("April to November", "May to October").replace("or ring the bell", "or leave a note in the blue box"));
  });

  story("lines that stand for the same line of base are beside each other, and missing ones leave a gap", async ({ show, place }) => {
    await show("text-inserted");
    const tops = await place("After line 11").locator(".side .line").evaluateAll((lines) => lines.map((line) => [line.classList.contains("filler"), Math.round(line.getBoundingClientRect().top)]));
    assert.deepEqual(tops.map(([isFiller]) => isFiller), [false, false, false, true]);
    assert.deepEqual([tops[0][1], tops[1][1]], [tops[2][1], tops[3][1]]);
  });

  story("a form: labels, values by their type, lists with what moved, pictures only when asked for", async ({ page, show, subject, place, complaints, seen }) => {
    const requests = [];
    page.on("request", (request) => requests.push(request.url()));
    await show("json", { lang: "en-GB" });
    const text = (label, side) => seen(place(label).locator(`.side-${side} .value`));
    assert.match(await text("Due date", "theirs"), /21 June 2031\s*20 September 2031/);
    assert.match(await text("Guests", "mine"), /12,500\s*13,000/);
    assert.match(await text("Budget", "mine"), /^€450\.00\s*US\$450\.00$/);
    assert.equal(await seen(place("Description").locator(".side-mine ins")), "home-made");
    assert.equal(await subject.locator("img").count(), 0);
    assert.deepEqual(requests.filter((url) => url.includes("example.org")), []);
    await place("Picture").getByRole("button", { name: "Load the picture" }).first().click();
    assert.equal(await subject.locator("img").getAttribute("referrerpolicy"), "no-referrer");
    // The policy of the gallery forbids strangers' pictures; asked for, it was.
    await page.waitForFunction(() => document.querySelector("#subject").shadowRoot.querySelector("img").complete);
    assert.ok(complaints.splice(0).every((one) => one.includes("img-src")));
    await subject.locator("details.merged summary").click();
    await subject.locator("details.merged li", { hasText: /Done\s*yours/ }).waitFor();
    assert.match(await seen(subject.locator("details.merged li", { hasText: "Done" })), /✗ no\s*✓ yes/);
  });

  story("a form: a value of one's own is typed by its kind, and what is none is said, not saved", async ({ page, show, subject, place, more }) => {
    await show("json");
    const own = async (label, value, kind) => {
      await more(label);
      await place(label).getByRole("radio", { name: "Write it yourself" }).check();
      const control = place(label).getByLabel("Your own version");
      assert.equal(await control.evaluate((one) => one.type), kind, label);
      await control.fill(value);
      return control;
    };
    await own("Due date", "2031-12-24", "date");
    await own("Title", "Winter fair", "text");
    const guests = await own("Guests", "many", "text");
    await place("Guests").getByText("This does not fit here: a value of the same kind is needed.").waitFor();
    assert.equal(await guests.getAttribute("aria-invalid"), "true");
    await guests.fill("77");
    await more("Budget");
    await place("Budget").getByRole("radio", { name: "Write it yourself" }).check();
    await place("Budget").getByLabel("Amount").fill("1");
    await place("Budget").getByLabel("Currency").fill("CHF");
    await own("Opens at", "2031-12-24T10:00:00Z", "text");
    await place("Description").getByRole("radio", { name: /’s version/ }).check();
    await more("Picture");
    await place("Picture").getByRole("radio", { name: "As it was before" }).check();
    await subject.getByText("Everything is decided.").waitFor();
    const merged = await page.evaluate(() => document.querySelector("#subject").conflict.merged);
    assert.deepEqual([merged.title, merged.dueDate, merged.guests, merged.budget, merged.picture], ["Winter fair", "2031-12-24", 77, { amount: 1, currency: "CHF" }, "https://example.org/before.png"]);
  });

  story("a deleted document: restore, leave, or save a copy, each button says what it does", async ({ page, show, subject, seen }) => {
    await show("edit-delete");
    await listen(page);
    await subject.getByRole("heading", { name: "Ann deleted this document while you were editing it" }).waitFor();
    assert.match(await seen(subject.locator("dd", { hasText: "neighbours" }).last()), /garden\s*↗ moved\s*neighbours\s*music\s*garden\s*↘ moved\s*market/);
    const save = subject.locator("[part~=save]");
    assert.ok(await save.isDisabled());
    for (const [choice, label] of [["Restore it with your changes", "Restore the document"], ["Let it stay deleted", "Let it stay deleted"], ["Save a copy", "Save a copy"]]) {
      await subject.getByRole("radio", { name: choice }).check();
      assert.equal(await save.innerText(), label);
    }
    await save.click();
    await page.waitForFunction(() => heard.some(([type]) => type === "resolve"));
    assert.deepEqual((await heard(page)).at(-1), ["resolve", "created"]);
    await show("delete-edit");
    await subject.getByRole("heading", { name: "Ann changed this document before you deleted it" }).waitFor();
    await subject.getByRole("radio", { name: "Keep it, with the changes" }).check();
    assert.equal(await save.innerText(), "Keep the document");
    assert.equal(await subject.getByRole("radio").count(), 2, "there is nothing to copy");
  });

  story("a refusal: the server's words, what can be done now, and the edit to copy", async ({ page, show, subject }) => {
    const words = {
      duplicate: /taken already[^]*Another user has this e-mail address[^]*409 · DUPLICATE_EMAIL/,
      "invalid-state": /not possible right now[^]*State now\s*shipped\s*Possible next\s*delivered/,
      constraint: /something does not fit yet[^]*Budget › Amount: at least 100/,
      locked: /somebody else has it locked[^]*cara holds the lock/,
      busy: /server is busy[^]*come back later[^]*wait 30 seconds/,
      forbidden: /not allowed to[^]*only members of the board[^]*Ask somebody/,
      unknown: /not known whether this was saved[^]*never saved twice/,
    };
    for (const [kind, pattern] of Object.entries(words)) {
      await show(`refusal-${kind}`);
      // The details come with the script that is loaded later.
      await subject.locator("[part=code]").waitFor();
      assert.match(await subject.locator(".refusal").innerText(), pattern, kind);
      await subject.locator("summary").click();
      assert.match(await subject.getByRole("textbox", { name: "Your edit" }).inputValue(), /What I typed/, kind);
      assert.equal(await subject.getByRole("button", { name: "Try again" }).count(), ["locked", "busy", "unknown"].includes(kind) ? 1 : 0, kind);
    }
    await listen(page);
    await subject.getByRole("button", { name: "Try again" }).click();
    assert.deepEqual(await heard(page), [["retry", null]]);
  });

  story("by keyboard alone: everything is decided and saved, the live region speaks, the focus is never lost", async ({ page, show, subject, place }) => {
    await show("text");
    await listen(page);
    await page.evaluate(() => document.querySelector("#subject").focus());
    const focused = () => page.evaluate(() => document.querySelector("#subject").shadowRoot.activeElement?.outerHTML.slice(0, 60) ?? null);
    assert.match(await focused(), /^<h2/);
    await page.keyboard.press("Alt+ArrowDown");
    assert.ok(await place("Line 3").getByRole("radio").first().evaluate((one) => one.matches(":focus")));
    await page.keyboard.press("Space");
    assert.equal(await subject.locator("[part=waiting]").innerText(), "1 decision still to make");
    assert.equal(await subject.locator("[part=waiting]").getAttribute("role"), "status");
    await page.keyboard.press("Alt+ArrowDown");
    assert.ok(await place("Line 13").getByRole("radio").first().evaluate((one) => one.matches(":focus")));
    await page.keyboard.press("ArrowDown");
    assert.ok(await place("Line 13").getByRole("radio", { name: /’s version/ }).isChecked());
    await page.keyboard.press("Alt+ArrowUp");
    assert.ok(await place("Line 3").getByRole("radio", { name: "Both edits together" }).evaluate((one) => one.matches(":focus")), "where none waits, all are visited");
    await page.keyboard.press("Control+Enter");
    await page.waitForFunction(() => heard.some(([type]) => type === "resolve"));
    for (let stops = 0; stops < 40; stops++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(() => document.activeElement === document.body)) break;
      assert.notEqual(await focused(), null);
    }
  });

  story("10,000 lines: only what is visible is in the page, places far away are reached, and the focus stays while scrolling", async ({ page, show, subject }) => {
    await show("text");
    const told = await page.evaluate(async () => {
      const lines = (word) => Array.from({ length: 10_000 }, (_, n) => `Line ${n}: ${n % 50 === 9 ? word : "everybody"} may read this, and nobody has to.`).join("\n");
      const { conflict } = await gallery.conflictOf(lines("everybody"), lines("nobody"), lines("hardly anybody"));
      const element = document.querySelector("#subject");
      element.conflict = conflict;
      const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      await frame();
      const root = element.shadowRoot;
      const list = root.querySelector(".main .long");
      const counts = [root.querySelectorAll("*").length];
      root.querySelector("button[part=unfold]").click();
      await frame();
      const first = root.querySelector(".main input");
      first.focus();
      const seen = new Set();
      for (let step = 0; step < 60; step++) {
        list.scrollTop += list.clientHeight * 0.9;
        await frame();
        counts.push(root.querySelectorAll("*").length);
        for (const one of list.querySelectorAll(".place")) seen.add(Number(one.dataset.index));
        // No hole where somebody looks.
        const box = list.getBoundingClientRect();
        const there = root.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        if (there === list || there === null) throw new Error(`a hole at ${list.scrollTop}`);
      }
      const isFocused = root.activeElement === first;
      conflict.take("mine");
      conflict.reopen(conflict.changes[150].id);
      element.step(1);
      await frame();
      const place = root.activeElement?.closest(".place");
      const box = place?.getBoundingClientRect();
      const outer = list.getBoundingClientRect();
      return { most: Math.max(...counts), seen: [...seen], isFocused, at: place?.dataset.index, isVisible: box !== undefined && box.top >= outer.top - 1 && box.top < outer.bottom };
    });
    assert.ok(told.most < 2500, `${told.most} elements`);
    assert.deepEqual(told.seen, told.seen.toSorted((a, b) => a - b), "places come in order");
    assert.ok(told.seen.length > 20, `${told.seen.length} places seen`);
    assert.ok(told.isFocused, "the focus stays on what was scrolled away");
    assert.deepEqual([told.at, told.isVisible], ["150", true]);
    await subject.getByRole("region", { name: "Line 7510" }).waitFor();
  });

  story("100,000 changes and very long lines are shown a page at a time", async ({ page, show, subject }) => {
    await show("text");
    const told = await page.evaluate(async () => {
      const members = (word) => Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`m${n}`, `${word} ${n}`]));
      const element = document.querySelector("#subject");
      element.conflict = (await gallery.conflictOf(members("base"), members("mine"), members("theirs"))).conflict;
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      return element.shadowRoot.querySelectorAll("*").length;
    });
    assert.ok(told < 6000, `${told} elements`);
    await subject.getByText("1 to 50 of 100,000").first().waitFor();
    await subject.locator(".main").getByRole("button", { name: "Next" }).click();
    await subject.getByRole("region", { name: "M50", exact: true }).getByRole("radio", { name: /’s version/ }).check();
    const long = await page.evaluate(async () => {
      const element = document.querySelector("#subject");
      element.conflict = (await gallery.conflictOf(`${"a".repeat(300_000)} b`, `${"a".repeat(300_000)} c`, `${"a".repeat(300_000)} d`)).conflict;
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      const shown = element.shadowRoot.querySelector(".side-mine .value").textContent.length;
      return { shown, overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth };
    });
    assert.ok(long.shown < 5000, `${long.shown} characters`);
    assert.equal(long.overflow, 0);
  });

  story("markup, javascript: addresses and characters that turn or hide text stay text, and are seen", async ({ page, show, subject, place, complaints, seen }) => {
    await show("json");
    await page.evaluate(async () => {
      const evil = (word) => ({ title: `<img src=x onerror=alert(1)><script>alert(2)</script>${word}`, link: `javascript:alert('${word}')`, turned: `user\u202e${word}gpj.exe`, "<b>name</b>": `${word}\u0000\u200b`, html: [`<b>${word}</b>`] });
      const element = document.querySelector("#subject");
      const { conflict } = await gallery.conflictOf(evil("base"), evil("mine"), evil("theirs"));
      Object.assign(element, { who: "<b>Ann</b>", labels: {} });
      element.conflict = conflict;
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    });
    assert.equal(await subject.locator("script, b, a, iframe, [onerror], [href], [src], [style*=url]").count(), 0);
    assert.match(await subject.locator("[part=about]").innerText(), /^<b>Ann<\/b> saved/);
    assert.equal(await seen(place("Link").locator(".side-mine .value")), "javascript:alert('basemine')");
    assert.deepEqual([...new Set(await place("Turned").locator(".side-theirs [part=control]").allInnerTexts())], ["U+202E"]);
    assert.deepEqual([...new Set(await place("<b>name</b>").locator(".side-mine [part=control]").allInnerTexts())].sort(), ["U+0000", "U+200B"]);
    await page.evaluate(() => document.querySelector("#subject").conflict.take("mine"));
    await subject.getByText("Everything is decided.").waitFor();
    const merged = await page.evaluate(() => document.querySelector("#subject").conflict.merged);
    assert.equal(merged.turned, "user\u202eminegpj.exe", "what is saved is what was written");
    assert.deepEqual(complaints, []);
  });

  story("texts follow the language around the element, with its plurals, and can be replaced", async ({ page, show, subject }) => {
    await page.evaluate(async () => {
      const all = await Promise.all(["de", "fr", "es", "ar"].map((lang) => import(`/mergefetch/element/texts/${lang}.js`)));
      gallery.addTexts(...all.map((one) => one.default));
    });
    for (const [lang, title, dir] of [["de-AT", "2 Entscheidungen zu treffen", "ltr"], ["fr", "2 décisions à prendre", "ltr"], ["es", "2 decisiones por tomar", "ltr"], ["ar", "قراران مطلوبان", "rtl"], ["xx", "2 decisions to make", "ltr"]]) {
      await show("text", { lang, dir });
      assert.equal(await subject.locator("[part=heading]").innerText(), title);
      await page.evaluate(decideAll);
      assert.deepEqual(await violations(page, "#subject", { runOnly: ["wcag2aa", "wcag2a"] }), [], lang);
    }
    await show("text");
    await page.evaluate(async () => {
      const de = (await import("/mergefetch/element/texts/de.js")).default;
      document.querySelector("#subject").texts = { ...de, save: "Jetzt sichern" };
    });
    await subject.getByRole("button", { name: "Jetzt sichern" }).waitFor();
  });

  story("parts and custom properties are the page's to set, and properties may come before the element is known", async ({ page, show, subject }) => {
    await show("text");
    const told = await page.evaluate(async () => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync("merge-conflict { --mf-surface: rgb(1, 2, 3); } merge-conflict::part(heading) { color: rgb(4, 5, 6); }");
      document.adoptedStyleSheets = [sheet];
      const element = document.querySelector("#subject");
      const root = element.shadowRoot;
      const seen = [getComputedStyle(root.querySelector("section")).backgroundColor, getComputedStyle(root.querySelector("h2")).color];
      document.adoptedStyleSheets = [];
      // As a framework does that renders before the script is loaded: an own property hides the property of the class.
      const early = document.createElement("merge-conflict");
      Object.defineProperty(early, "conflict", { value: element.conflict, configurable: true, writable: true, enumerable: true });
      document.querySelector("main").append(early);
      return [...seen, early.shadowRoot.querySelectorAll("[part=place]").length];
    });
    assert.deepEqual(told, ["rgb(1, 2, 3)", "rgb(4, 5, 6)", 2]);
  });
});

/** In the page: every place by its first choice. */
function decideAll() {
  const { conflict } = document.querySelector("#subject");
  if (conflict && conflict.unresolved > 0) conflict.take("mine");
}
