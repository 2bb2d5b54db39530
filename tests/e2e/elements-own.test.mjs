/** `<merge-conflict>` where people write or order something of their own, where an address is a link, and where a call or a network fails. */
import assert from "node:assert/strict";
import { violations } from "./axe.mjs";
import { stories } from "./element-stories.mjs";

stories((story, browser) => {
  const moved = (page, at) => page.evaluate((path) => path.split("/").slice(1).reduce((value, part) => value[part], document.querySelector("#subject").conflict.merged), at);

  /** From the grip of one row to the grip of another, with the mouse, or by the events that a browser makes of a finger. */
  const drag = async (page, rows, from, to, pointer) => {
    const grips = [from, to].map((at) => rows.nth(at).locator(".grip"));
    await grips[1].scrollIntoViewIfNeeded();
    await grips[0].scrollIntoViewIfNeeded();
    const [start, end] = (await Promise.all(grips.map((grip) => grip.boundingBox()))).map(({ x, y, width, height }) => [x + width / 2, y + height / 2]);
    if (pointer === "mouse") {
      await page.mouse.move(...start);
      await page.mouse.down();
      await page.mouse.move(...end, { steps: 8 });
      await page.mouse.up();
    } else if (browser === "chromium") {
      const session = await page.context().newCDPSession(page);
      const touch = (type, ...points) => session.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y]) => ({ x, y })) });
      await touch("touchStart", start);
      for (let step = 1; step <= 8; step++) await touch("touchMove", [start[0] + ((end[0] - start[0]) * step) / 8, start[1] + ((end[1] - start[1]) * step) / 8]);
      await touch("touchEnd");
    } else {
      await grips[0].evaluate(
        (grip, [begin, goal]) => {
          const list = grip.closest("ol");
          // No finger is there to be captured.
          list.setPointerCapture = () => {};
          const tell = (target, type, [clientX, clientY]) => target.dispatchEvent(new PointerEvent(type, { pointerType: "touch", pointerId: 7, bubbles: true, cancelable: true, composed: true, clientX, clientY }));
          tell(grip, "pointerdown", begin);
          for (let step = 1; step <= 8; step++) tell(list, "pointermove", [begin[0] + ((goal[0] - begin[0]) * step) / 8, begin[1] + ((goal[1] - begin[1]) * step) / 8]);
          tell(list, "pointerup", goal);
        },
        [start, end],
      );
    }
  };

  const orderedByHand = async ({ page, show, subject, place, more }) => {
    await show("order");
    await more("Checklist");
    const checklist = place("Checklist");
    await checklist.getByRole("radio", { name: "Choose the order yourself" }).check();
    const order = async () => (await moved(page, "/checklist")).map(({ text }) => text.split(" ").at(-1));
    const told = checklist.locator(".own [role=status]");
    const rows = checklist.locator(".own li");
    assert.deepEqual(await order(), ["rent", "books", "plants", "bank", "bread", "milk"]);
    assert.equal(await checklist.getByRole("checkbox").count(), 0, "an order leaves nothing out");
    await drag(page, rows, 5, 0, "mouse");
    assert.deepEqual(await order(), ["milk", "rent", "books", "plants", "bank", "bread"]);
    assert.equal(await told.textContent(), "Buy milk: at the top");
    await drag(page, rows, 0, 2, "touch");
    assert.deepEqual(await order(), ["rent", "books", "milk", "plants", "bank", "bread"]);
    assert.equal(await checklist.locator(".grip").first().evaluate((one) => getComputedStyle(one).touchAction), "none", "a finger drags, and does not scroll");
    await rows.last().focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    assert.deepEqual(await order(), ["rent", "books", "milk", "bread", "plants", "bank"]);
    assert.equal(await told.textContent(), "Bake bread: after Buy milk");
    const down = checklist.getByRole("button", { name: "Move down: Pay the rent" });
    await down.click();
    assert.ok(await down.evaluate((one) => one.matches(":focus")), "the button stays in use");
    await down.press("Enter");
    assert.deepEqual(await order(), ["books", "milk", "rent", "bread", "plants", "bank"]);
    const box = await checklist.locator(".own").first().boundingBox();
    assert.ok(box.width <= page.viewportSize().width);
    assert.deepEqual(await violations(page, "#subject", { runOnly: ["wcag2a", "wcag2aa", "wcag22aa", "best-practice"] }), []);
    await subject.getByRole("button", { name: "Save", exact: true }).click();
    await page.waitForFunction(() => document.querySelector("#subject").server.documents.get(document.querySelector("#subject").path).version === 3);
    const saved = await page.evaluate(() => JSON.parse(document.querySelector("#subject").server.documents.get(document.querySelector("#subject").path).body).checklist.map(({ id }) => id));
    assert.deepEqual(saved, ["c4", "c0", "c5", "c1", "c3", "c2"]);
  };
  story("an order of one's own: dragged, by arrow keys and by buttons; each place is said, and it is saved", orderedByHand);
  story("the same on a phone", orderedByHand, { viewport: { width: 360, height: 640 }, hasTouch: true });

  story("an item that both moved within its list can be put at a third place, and what it holds keeps its own decision", async ({ page, meet, place, more }) => {
    const list = (note, ...ids) => ({ steps: ids.map((id) => ({ id, text: `Step ${id}`, note: id === 4 ? note : "-" })) });
    await meet([list("-", 1, 2, 3, 4), list("mine", 4, 1, 2, 3), list("theirs", 1, 4, 2, 3)]);
    await place("Steps › Step 4 › Note").getByRole("radio", { name: "The other person’s version" }).check();
    await more("Steps › Step 4");
    const item = place("Steps › Step 4");
    await item.getByRole("radio", { name: "Choose the order yourself" }).check();
    assert.equal(await item.locator(".grip").count(), 1, "only the item that is asked about moves");
    await item.locator(".own li[tabindex]").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    assert.deepEqual((await moved(page, "/steps")).map(({ id, note }) => `${id}${note}`), ["1-", "2-", "4theirs", "3-"]);
  });

  story("objects within objects, and lists of objects, are written in fields; what is wrong in one is said, and ids stay", async ({ page, meet, subject, place, more }) => {
    const plan = (n) => ({ venue: { name: `Hall ${n}`, address: { street: `High Street ${n}`, zip: 1000 + n, open: n > 1, rooms: [{ id: 1, label: `Room ${n}`, seats: 10 * n }, { id: 2, label: "Cellar", seats: 5 }] } } });
    await meet([{ venue: null }, plan(1), plan(2)]);
    await more("Venue");
    await place("Venue").getByRole("radio", { name: "Write it yourself" }).check();
    const own = place("Venue").locator(".own-fields").first();
    await own.getByLabel("Name", { exact: true }).fill("Town hall");
    await own.getByRole("group", { name: "Address" }).getByLabel("Street").fill("Hill Street 3");
    await own.getByLabel("Open", { exact: true }).selectOption("true");
    const rooms = own.getByRole("list", { name: "Rooms" });
    await rooms.getByText("Edit").first().click();
    await rooms.getByLabel("Label").first().fill("Ball room");
    await rooms.getByLabel("Seats").first().fill("many");
    await subject.getByText("This does not fit here: a value of the same kind is needed.").waitFor();
    await rooms.getByLabel("Seats").first().fill("70");
    await rooms.getByRole("button", { name: "Move down: Room 1" }).click();
    await page.waitForFunction(() => document.querySelector("#subject").conflict.merged.venue.address.rooms[1].seats === 70);
    assert.deepEqual(await moved(page, "/venue"), { name: "Town hall", address: { street: "Hill Street 3", zip: 1001, open: true, rooms: [{ id: 2, label: "Cellar", seats: 5 }, { id: 1, label: "Ball room", seats: 70 }] } });
    const name = await rooms.getByText("Ball room").first().boundingBox();
    assert.ok(name.width > 40 && name.height < 40, `the name of an item has one line: ${JSON.stringify(name)}`);
    // Not under the bar, where no control counts as large enough.
    await rooms.evaluate((one) => one.scrollIntoView({ block: "center" }));
    assert.deepEqual(await violations(page, "#subject", { runOnly: ["wcag2a", "wcag2aa", "wcag22aa", "best-practice"] }), []);
  });

  story("addresses are links of http, https and mailto, and of nothing else, and give nothing away", async ({ meet, subject, place }) => {
    const links = (n) => ({ site: `https://example.org/${n}`, mail: `mailto:ann${n}@example.org`, script: `javascript:alert(${n})`, data: `data:text/html,${n}`, hidden: `https://example.org/\u202e${n}`, prose: `https://example.org/${n} is there` });
    await meet([links(1), links(2), links(3)]);
    const hrefs = (label) => place(label).locator(".side-mine .value ins a").evaluateAll((all) => all.map((one) => [one.getAttribute("href"), one.rel, one.target]));
    assert.deepEqual(await hrefs("Site"), [["https://example.org/2", "noopener noreferrer", "_blank"]]);
    assert.deepEqual(await hrefs("Mail"), [["mailto:ann2@example.org", "noopener noreferrer", "_blank"]]);
    for (const label of ["Script", "Data", "Hidden", "Prose"]) assert.equal(await place(label).locator("a").count(), 0, label);
    assert.equal(await subject.locator("a:not([href^='https:'], [href^='mailto:'])").count(), 0);
  });

  story("a refusal is readable without the later script, and nothing is lost when it comes", async ({ page, subject, complaints }) => {
    const held = [];
    /** The page anew, with the later script held up or refused. */
    const open = async (kind, answer) => {
      await page.unrouteAll();
      await page.route("**/element-later.js", answer);
      await page.reload();
      await page.locator("html[data-ready]").waitFor({ state: "attached" });
      await page.evaluate((name) => gallery.show(`refusal-${name}`).then(() => {}), kind);
    };
    await open("locked", (route) => void held.push(route));
    const told = await subject.locator(".refusal").innerText();
    for (const words of ["Not saved: somebody else has it locked", "cara holds the lock", "Your edit is still here.", "Your edit"]) assert.ok(told.includes(words), `${words} in\n${told}`);
    assert.equal(await subject.locator("[part=code]").count(), 0, "the later script is not there");
    await subject.locator("summary").click();
    assert.match(await subject.locator("details").innerText(), /"title": "What I typed"/);
    const again = subject.getByRole("button", { name: "Try again" });
    await again.focus();
    assert.deepEqual(await violations(page, "#subject", { runOnly: ["wcag2a", "wcag2aa", "wcag22aa"] }), []);
    for (const route of held.splice(0)) await route.continue();
    await subject.locator("[part=code]").waitFor();
    assert.ok(await again.evaluate((one) => one.matches(":focus")), "the focus stays");
    assert.match(await subject.getByRole("textbox", { name: "Your edit" }).inputValue(), /What I typed/, "the edit stays open");
    await open("constraint", (route) => route.abort());
    await subject.locator("summary").click();
    assert.match(await subject.locator(".refusal").innerText(), /something does not fit yet[^]*at least 100[^]*Correct what is named here[^]*"amount": 450/);
    complaints.splice(0);
  });

  story("wrong calls are typed errors that name what was found", async ({ page, show }) => {
    await show("json");
    const told = await page.evaluate(async () => {
      const { showFieldProblems } = await import("/mergefetch/helpers.js");
      const { resolveConflict } = gallery.elements;
      const element = document.querySelector("#subject");
      const { conflict } = element;
      const form = document.createElement("form");
      const refusal = await gallery.refusalOf("constraint");
      const calls = {
        nothing: () => resolveConflict(),
        none: () => resolveConflict(null, { in: document.body }),
        options: () => resolveConflict(conflict),
        place: () => resolveConflict(conflict, { who: "Ann" }),
        selector: () => resolveConflict(conflict, { in: "#dialog" }),
        promise: () => resolveConflict(Promise.resolve(conflict), { in: document.body }),
        number: () => (element.conflict = 7),
        list: () => (element.conflict = [conflict]),
        snapshot: () => (element.conflict = conflict.theirs),
        form: () => showFieldProblems(null),
        problem: () => showFieldProblems(form),
        refusal: () => showFieldProblems(form, refusal),
        other: () => showFieldProblems(document.body, refusal.problem),
      };
      const results = {};
      for (const [name, call] of Object.entries(calls)) {
        results[name] = await new Promise((resolve) => resolve(call())).then(() => "no error", (error) => `${error.name} ${error.code}: ${error.message}`);
      }
      return { ...results, isShown: element.conflict === conflict, views: document.querySelectorAll("merge-conflict").length };
    });
    const typed = (message) => `MergefetchError invalid-argument: expected ${message}`;
    assert.deepEqual(told, {
      nothing: typed("a Conflict, but found undefined"),
      none: typed("a Conflict, but found null"),
      options: typed("options with `in`, an element, but found undefined"),
      place: typed("options with `in`, an element, but found an object with who"),
      selector: typed("options with `in`, an element, but found the string #dialog"),
      promise: typed("a Conflict, but found the Promise"),
      number: typed("a Conflict or null, but found the number 7"),
      list: typed("a Conflict or null, but found the Array"),
      snapshot: typed("a Conflict or null, but found an object with url, value, version, protection, source"),
      form: typed("a form, but found null"),
      problem: typed("the `problem` of a refusal, but found undefined"),
      refusal: typed("the `problem` of a refusal, but found an object"),
      other: typed("a form, but found a HTMLBodyElement"),
      isShown: true,
      views: 1,
    });
  });

  story("a number is typed as the language writes it: a phone may have no point", async ({ page, subject, meet }) => {
    await page.evaluate(async () => gallery.addTexts((await import("/mergefetch/element/texts/de.js")).default));
    for (const [lang, shown, typed, number] of [["de", "2,5", "1.234,25", 1234.25], ["de", "2,5", "4.5", 4.5], ["en", "2.5", "1,234.25", 1234.25], ["en", "2.5", "١٢", 12]]) {
      await page.evaluate((one) => (document.documentElement.lang = one), lang);
      await meet([{ price: 1.5 }, { price: 2.5 }, { price: 3.5 }]);
      await page.evaluate((one) => {
        document.documentElement.lang = one;
        const element = document.querySelector("#subject");
        const parent = element.parentNode;
        element.remove();
        parent.append(element);
      }, lang);
      await subject.locator(".more-choices").click();
      await subject.locator("input[value=custom]").check();
      const field = subject.locator(".own input");
      assert.equal(await field.inputValue(), shown);
      await field.fill(typed);
      await field.blur();
      assert.equal(await moved(page, "/price"), number, `${lang} ${typed}`);
    }
    await subject.locator(".own input").fill("1,5");
    await subject.locator(".own input").blur();
    assert.notEqual(await subject.locator("[part=problem]").innerText(), "", "English has no such number");
  });
});
