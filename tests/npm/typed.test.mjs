// A text typed over the whole result of a conflict: it stands, later decisions are merged into it, and nothing of it is lost.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient } from "mergefetch";

import { exchanges, isError, makeDocument, makeJson, octets, theirs, theirsRemove } from "./support.mjs";

// Far enough from each other: conflicts with a line or two between them are one.
const BASE = "title\n\none\n\na\nb\ntwo\nc\nd\n\nthree\n\nlast\n";
const edit = (text, ...changes) => changes.reduce((now, [from, to]) => now.replace(from, to), text);

/** A conflict in "one" and in "three"; mine changed "title" as well, theirs "last". */
async function meet() {
  const url = await makeDocument(BASE, "text/plain");
  const client = createClient();
  const base = await client.get(url);
  await theirs(url, edit(BASE, ["one", "THEIRS 1"], ["three", "THEIRS 3"], ["last", "LAST"]));
  const { conflict } = await client.save(base, edit(BASE, ["one", "mine 1"], ["three", "mine 3"], ["title", "TITLE"]));
  const [first, second] = conflict.changes.filter(({ decision }) => decision === null).map(({ id }) => id);
  return { url, client, conflict, first, second };
}

test("what is typed over unchanged lines stands, decisions made later are merged into it, and one request saves it", async () => {
  const { url, conflict, first, second } = await meet();
  assert.equal(conflict.typed, null);
  let told = 0;
  conflict.subscribe(() => told++);
  conflict.set("", `NEWS\n${edit(conflict.merged, ["two", "2"])}`);
  assert.deepEqual([told, conflict.typed, conflict.unresolved], [1, [], 2]);
  assert.equal(conflict.take("theirs", first).merged, "NEWS\nTITLE\n\nTHEIRS 1\n\na\nb\n2\nc\nd\n\nmine 3\n\nLAST\n");
  conflict.take("both", second);
  const text = "NEWS\nTITLE\n\nTHEIRS 1\n\na\nb\n2\nc\nd\n\nmine 3\nTHEIRS 3\n\nLAST\n";
  assert.deepEqual([conflict.merged, conflict.typed, conflict.unresolved], [text, [], 0]);
  const before = conflict.theirs.version;
  const { result, log } = await exchanges(url, () => conflict.submit());
  assert.equal(result.kind, "saved");
  assert.equal(await octets(url), text);
  assert.deepEqual(log.filter(({ method }) => method === "PUT").map((one) => one.if_match), [before]);
});

test("where a later decision meets what was typed, it is told, and nothing is sent until it is set again or taken back", async () => {
  const { url, conflict, first, second } = await meet();
  conflict.take("mine");
  conflict.set("", edit(conflict.merged, ["mine 1", "mine, by hand"], ["two", "2"]));
  const typed = conflict.merged;
  conflict.take("theirs", first).take("theirs", second);
  assert.equal(conflict.merged, edit(typed, ["mine 3", "THEIRS 3"]), "what was typed stands");
  assert.deepEqual(conflict.typed.map((range) => conflict.merged.slice(...range)), ["mine, by hand\n"]);
  assert.equal(conflict.unresolved, 1);
  const { result, log } = await exchanges(url, () => conflict.submit());
  assert.deepEqual([result.kind, result.conflict === conflict, log.length], ["conflict", true, 0]);
  // The decision that it was typed over brings back just that.
  conflict.take("mine", first).take("mine", second);
  assert.deepEqual([conflict.merged, conflict.unresolved], [typed, 0]);
  conflict.take("theirs", first).reopen("");
  assert.deepEqual([conflict.merged, conflict.typed], [edit(BASE, ["title", "TITLE"], ["one", "THEIRS 1"], ["three", "mine 3"], ["last", "LAST"]), null]);
  conflict.set("", typed).take("mine", first);
  assert.equal(conflict.unresolved, 1);
  conflict.set("", conflict.merged);
  assert.deepEqual([conflict.merged, conflict.unresolved], [typed, 0]);
  assert.equal((await conflict.submit()).kind, "saved");
  assert.equal(await octets(url), typed);
});

test("a version that comes meanwhile is merged with what was typed, and asked about where both touch", async () => {
  for (const [word, kind] of [["LAST", "merged"], ["two", "conflict"]]) {
    const { url, conflict } = await meet();
    conflict.take("mine").set("", edit(conflict.merged, ["two", "typed"]));
    const typed = conflict.merged;
    await theirs(url, edit(conflict.theirs.value, [word, "once more"]));
    const result = await conflict.submit();
    assert.equal(result.kind, kind);
    if (kind === "merged") assert.equal(await octets(url), edit(typed, ["LAST", "once more"]));
    else {
      assert.equal(result.conflict.mine, typed, "no typed byte is lost");
      assert.equal((await result.conflict.take("mine").submit()).kind, "saved");
      assert.equal(await octets(url), typed);
    }
  }
});

test("a refresh that brings an edit of a typed line lets it wait", async () => {
  const { url, conflict } = await meet();
  conflict.take("mine").set("", edit(conflict.merged, ["two", "typed"]));
  await theirs(url, edit(conflict.theirs.value, ["two", "once more"], ["LAST", "end"]));
  assert.equal((await conflict.refresh()).moved, true);
  assert.match(conflict.merged, /\ntyped\n[^]*\nend\n$/);
  assert.deepEqual([conflict.unresolved, conflict.typed.map((range) => conflict.merged.slice(...range))], [1, ["typed\n"]]);
});

test("what is no text is refused, and only a text that was merged can be typed over as a whole", async () => {
  const { conflict } = await meet();
  const before = conflict.merged;
  assert.throws(() => conflict.set("", "half \ud83d"), isError("invalid-text"));
  assert.throws(() => conflict.set("", 5), isError("invalid-argument"));
  assert.deepEqual([conflict.merged, conflict.typed], [before, null]);

  const client = createClient();
  const json = await makeJson({ a: 1 });
  const base = await client.get(json);
  await theirs(json, { a: 2 });
  const { conflict: members } = await client.save(base, { a: 3 });
  assert.throws(() => members.set("", { a: 4 }), isError("invalid-argument"));

  const gone = await makeDocument(BASE, "text/plain");
  const text = await client.get(gone);
  await theirsRemove(gone);
  const { conflict: removed } = await client.save(text, "mine\n");
  assert.equal(removed.set("", "of my own\n").merged, "of my own\n");
  assert.deepEqual([removed.typed, removed.changes[0].decision, removed.reopen("").unresolved], [null, "custom", 1]);
});

test("a decision makes a new object of its change, and of no other", async () => {
  const { conflict, first } = await meet();
  const before = conflict.changes;
  conflict.take("mine", first);
  assert.deepEqual(conflict.changes.map((change, index) => change === before[index]), before.map(({ id }) => id !== first));
  assert.deepEqual(before.map(({ decision }) => decision), ["auto", null, null, "auto"], "what was shown before is as it was");
  assert.deepEqual(conflict.changes.map(({ decision }) => decision), ["auto", "mine", null, "auto"]);
});
