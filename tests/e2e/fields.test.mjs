// Text fields of a document while others write in the same text: carets, selections, undo, and words that are being composed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBare } from "./bare.mjs";

const documents = new Map();
let bare;

async function answer(request, response, pathname) {
  const held = documents.get(pathname);
  const tag = () => `"${held.version}"`;
  let body = "";
  for await (const part of request) body += part;
  if (request.method === "PUT") {
    if (request.headers["if-match"] !== tag()) return response.writeHead(412).end();
    Object.assign(held, { version: held.version + 1, value: JSON.parse(body) });
    return response.writeHead(204, { etag: tag() }).end();
  }
  response.writeHead(200, { etag: tag(), "cache-control": "no-store", "content-type": "application/json" }).end(JSON.stringify(held.value));
}

before(async () => {
  bare = await startBare(answer);
});

after(() => bare?.stop());

const isFirefox = process.env.E2E_BROWSER === "firefox";
let count = 0;

/** A page with a field of each kind, bound to the text of a new document. */
async function form(kind, text) {
  const path = `/doc/${++count}`;
  documents.set(path, { version: 1, value: { text, other: 0 } });
  const page = await bare.open();
  page.setDefaultTimeout(15_000);
  await page.evaluate(
    async ([kind, path]) => {
      const { bindText, openDocument } = await import("/mergefetch/document.js");
      await mergefetch.init();
      const field = document.createElement(kind === "editable" ? "div" : kind);
      if (kind === "editable") {
        field.contentEditable = "plaintext-only";
        field.style.whiteSpace = "pre-wrap";
      }
      field.style.cssText += "; inline-size: 30em; block-size: 8em";
      document.body.append(field);
      globalThis.field = field;
      globalThis.open = openDocument(mergefetch.createClient(), path);
      await open.load();
      globalThis.unbind = bindText(field, open, "/text");
      globalThis.shown = () => field.value ?? field.textContent;
      globalThis.select = (start, end) => {
        field.focus();
        if ("value" in field) return field.setSelectionRange(start, end);
        getSelection().setBaseAndExtent(field.firstChild, start, field.firstChild, end);
      };
      globalThis.selected = () => {
        if ("value" in field) return [field.selectionStart, field.selectionEnd];
        const { anchorOffset, focusOffset } = getSelection();
        return [anchorOffset, focusOffset];
      };
    },
    [kind, path],
  );
  return {
    page,
    theirs: async (edit) => {
      const held = documents.get(path);
      held.value = { ...held.value, text: edit(held.value.text) };
      held.version += 1;
      await page.evaluate(() => open.load());
    },
    held: () => documents.get(path).value.text,
    shown: () => page.evaluate(() => shown()),
    draft: () => page.evaluate(() => open.current().draft.text),
    select: (start, end = start) => page.evaluate(([start, end]) => select(start, end), [start, end]),
    selected: () => page.evaluate(() => selected()),
    save: () => page.evaluate(async () => (await open.save()).kind),
  };
}

const TEXT = "one two three\n\nfour five six\n\nseven eight nine\n\nten eleven twelve\n";

for (const kind of ["textarea", "editable"]) {
  test(`${kind}: caret and selection stay at their words when others write before, behind and in the same line`, async () => {
    const { page, theirs, shown, draft, select, selected } = await form(kind, TEXT);
    const at = async (word) => {
      const [start, end] = await selected();
      assert.equal((await shown()).slice(start, end), word);
    };
    await select(TEXT.indexOf("five"), TEXT.indexOf("five") + 4);
    await theirs((text) => text.replace("one", "zero\nONE"));
    await at("five");
    await theirs((text) => text.replace("nine", "nine and more"));
    await at("five");
    await theirs((text) => text.replace("four", "4"));
    await at("five");
    assert.equal(await shown(), await draft());
    // A caret inside of a word.
    const text = await shown();
    await select(text.indexOf("eleven") + 3);
    await theirs((text) => text.replace("ten", "ten and a half"));
    await page.keyboard.type("XY");
    assert.match(await shown(), /ten and a half eleXYven twelve/);
    await page.close();
  });

  test(`${kind}: what is typed and what others write are both in the field, the draft, and the saved document`, async () => {
    const { page, theirs, shown, draft, select, save, held } = await form(kind, TEXT);
    await select(TEXT.indexOf(" six"));
    await page.keyboard.type(" and");
    await theirs((text) => text.replace("one", "ONE"));
    await page.keyboard.type(" a half");
    await theirs((text) => text.replace("twelve", "TWELVE"));
    const expected = TEXT.replace("five", "five and a half").replace("one", "ONE").replace("twelve", "TWELVE");
    assert.equal(await shown(), expected);
    assert.equal(await draft(), expected);
    assert.equal(await save(), "saved");
    assert.equal(held(), expected);
    await page.close();
  });

  test(`${kind}: undo and redo take back what was typed, and never what others wrote`, async () => {
    const { page, theirs, shown, draft, select } = await form(kind, TEXT);
    await select(TEXT.indexOf(" six"));
    await page.keyboard.type("AAA");
    await theirs((text) => `zero\n${text}`);
    await select((await shown()).indexOf(" nine"));
    await page.keyboard.type("BBB");
    await theirs((text) => text.replace("twelve", "TWELVE"));
    const theirText = `zero\n${TEXT}`.replace("twelve", "TWELVE");
    assert.equal(await shown(), theirText.replace("five", "fiveAAA").replace("eight", "eightBBB"));
    await page.keyboard.press("Control+z");
    assert.equal(await shown(), theirText.replace("five", "fiveAAA"));
    await page.keyboard.press("Control+z");
    assert.equal(await shown(), theirText);
    await page.keyboard.press("Control+z");
    assert.equal(await shown(), theirText, "nothing is left to take back");
    await page.keyboard.press("Control+Shift+z");
    await page.keyboard.press("Control+y");
    assert.equal(await shown(), theirText.replace("five", "fiveAAA").replace("eight", "eightBBB"));
    assert.equal(await draft(), await shown());
    await page.close();
  });
}

test("input: a text without lines, and a selection that goes backwards", async () => {
  const { page, theirs, shown, select, selected } = await form("input", "Summer fair in the garden");
  await select(7, 11);
  await page.evaluate(() => field.setSelectionRange(7, 11, "backward"));
  await theirs((text) => text.replace("Summer", "The winter"));
  assert.deepEqual([await shown(), await selected(), await page.evaluate(() => field.selectionDirection)], ["The winter fair in the garden", [11, 15], "backward"]);
  await page.keyboard.press("Delete");
  assert.equal(await shown(), "The winter  in the garden");
  await page.close();
});

test("a field says when both have changed its text, until that is decided", async () => {
  const { page, theirs, shown, select } = await form("input", "Fair");
  await select(4);
  await page.keyboard.type(" in May");
  await theirs(() => "Market");
  assert.equal(await shown(), "Fair in May");
  assert.equal(await page.evaluate(() => field.hasAttribute("data-overlap")), true);
  const kind = await page.evaluate(async () => {
    const result = await open.save();
    result.conflict.take("theirs");
    await open.submit();
    return result.kind;
  });
  assert.equal(kind, "conflict");
  assert.deepEqual([await shown(), await page.evaluate(() => field.hasAttribute("data-overlap"))], ["Market", false]);
  await page.close();
});

test("a text with \\r\\n keeps its line ends in the document", async () => {
  const { page, shown, draft, select, theirs } = await form("textarea", "one\r\ntwo\r\nthree\r\nfour\r\nfive\r\n");
  assert.equal(await shown(), "one\ntwo\nthree\nfour\nfive\n");
  await select(3);
  await page.keyboard.type("!");
  await page.keyboard.press("Enter");
  await theirs((text) => text.replace("five", "FIVE"));
  assert.equal(await draft(), "one!\r\n\r\ntwo\r\nthree\r\nfour\r\nFIVE\r\n");
  await page.close();
});

test("a field that is not in use shows what others write, and one that is unbound does not", async () => {
  const { page, theirs, shown } = await form("textarea", TEXT);
  await theirs((text) => text.replace("one", "ONE"));
  assert.equal(await shown(), TEXT.replace("one", "ONE"));
  await page.evaluate(() => unbind());
  await theirs((text) => text.replace("two", "TWO"));
  assert.equal(await shown(), TEXT.replace("one", "ONE"));
  await page.close();
});

// Firefox has no way to compose from outside.
for (const kind of isFirefox ? [] : ["textarea", "editable"]) {
  test(`${kind}: a word that is being composed stays, and what others write meanwhile comes behind it`, async () => {
    const { page, theirs, shown, draft, select, selected } = await form(kind, TEXT);
    const session = await page.context().newCDPSession(page);
    const compose = (text) => session.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
    await select(TEXT.indexOf(" five"));
    await compose("n");
    await compose("ni");
    await theirs((text) => text.replace("one", "zero\nONE"));
    assert.equal(await shown(), TEXT.replace("four", "fourni"), "the composition goes on in the field as it was");
    assert.equal(await draft(), TEXT.replace("four", "fourni").replace("one", "zero\nONE"), "the draft has both");
    await compose("nih");
    await theirs((text) => text.replace("twelve", "TWELVE"));
    await compose("niha");
    await session.send("Input.insertText", { text: "你好" });
    const expected = TEXT.replace("four", "four你好").replace("one", "zero\nONE").replace("twelve", "TWELVE");
    await page.waitForFunction((expected) => shown() === expected, expected);
    assert.equal(await draft(), expected);
    assert.deepEqual(await selected(), Array(2).fill(expected.indexOf(" five")));
    await page.keyboard.type("!");
    assert.equal(await draft(), expected.replace("你好", "你好!"));
    await page.close();
  });
}

test("500 letters typed while others write in the same text: none is lost, none is doubled, and the caret never moves away", async () => {
  const lines = Array.from({ length: 12 }, (_, at) => `line ${at} of a longer text`);
  const { page, theirs, shown, draft, select, save, held } = await form("textarea", `${lines.join("\n")}\n`);
  let seed = 7;
  const random = (limit) => (seed = (seed * 48_271) % 2_147_483_647) % limit;
  await select(lines.join("\n").indexOf("line 6") + 6);
  const typed = Array.from({ length: 500 }, (_, at) => (at % 6 === 5 ? " " : String.fromCharCode(97 + ((at * 7) % 26)))).join("");
  let theirWords = 0;
  for (let at = 0; at < typed.length; at += 10) {
    await page.keyboard.type(typed.slice(at, at + 10));
    const line = random(12);
    if (line < 5 || line > 7) await theirs((text) => text.replace(`line ${line} `, `line ${line} w${theirWords++} `));
    if (at % 100 === 0) assert.equal(await save(), "saved");
  }
  assert.equal(await shown(), await draft());
  assert.ok((await shown()).includes(`line 6${typed} of a longer text`));
  for (let word = 0; word < theirWords; word++) assert.equal((await shown()).split(`w${word} `).length, 2, `w${word}`);
  await save();
  assert.equal(held(), await shown());
  await page.close();
});
