// Rich text: random pairs of edits with known truth, and each result checked with the library of its editor.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { createHeadlessEditor } from "@lexical/headless";
import { init, mergeJson } from "mergefetch";
import { Node as ProseMirrorNode } from "prosemirror-model";
import { schema } from "prosemirror-schema-basic";
import { default as Delta } from "quill-delta";
import { createEditor, Editor } from "slate";

const PAIRS = Number(process.env.MERGEFETCH_MERGES ?? 10000);

before(() => init());

/** A small seeded generator (mulberry32): the same on every machine. */
function randomOf(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
  return (limit) => Math.floor(next() * limit);
}

/**
 * A document is a list of blocks. A block has a kind and sentences; a sentence has an identity and words. Each word is there once, so that it shows
 * whether an edit is in the result.
 */
function world(seed) {
  const random = randomOf(seed);
  let last = 0;
  const word = () => ({ id: ++last, bold: false });
  const sentence = () => ({ id: ++last, words: Array.from({ length: 3 + random(4) }, word) });
  const block = () => ({ id: ++last, kind: random(4) === 0 ? "heading" : "paragraph", sentences: Array.from({ length: 1 + random(4) }, sentence) });
  const base = Array.from({ length: 1 + random(5) }, block);
  const edited = () => {
    const blocks = structuredClone(base);
    for (let left = 1 + random(2); left > 0; left -= 1) {
      const one = blocks[random(blocks.length)];
      const of = one?.sentences[random(one.sentences.length)];
      const at = of ? random(of.words.length) : 0;
      switch (random(9)) {
        case 0:
          blocks.splice(random(blocks.length + 1), 0, block());
          break;
        case 1:
          if (blocks.length > 1) blocks.splice(blocks.indexOf(one), 1);
          break;
        case 2:
          one.kind = one.kind === "heading" ? "paragraph" : "heading";
          break;
        case 3:
          one.sentences.splice(random(one.sentences.length + 1), 0, sentence());
          break;
        case 4:
          if (one.sentences.length > 1) one.sentences.splice(one.sentences.indexOf(of), 1);
          break;
        case 5:
        case 6:
          for (const word of of.words.slice(at, at + 1 + random(3))) word.bold = !word.bold;
          break;
        case 7:
          of.words.splice(at, 1, word());
          break;
        default:
          of.words.splice(at, 0, word());
      }
    }
    return blocks;
  };
  return { base, mine: edited(), theirs: edited() };
}

/** The runs of text of a block, with equal marks. A word is "w12"; a sentence ends with a full stop. */
function runs(block) {
  const found = [];
  const push = (text, bold) => {
    const run = found.at(-1);
    if (run && run.bold === bold) run.text += text;
    else found.push({ text, bold });
  };
  block.sentences.forEach((sentence, place) => {
    sentence.words.forEach((word, at) => {
      if (at > 0) push(" ", word.bold && sentence.words[at - 1].bold);
      push(`${at === 0 ? "W" : "w"}${word.id}x`, word.bold);
    });
    push(place + 1 < block.sentences.length ? ". " : ".", false);
  });
  return found;
}

/** What is left in JSON. */
const plain = (value) => JSON.parse(JSON.stringify(value));

const EDITORS = {
  prosemirror: {
    of: (blocks) => ({
      type: "doc",
      content: blocks.map((block) => ({
        type: block.kind,
        ...(block.kind === "heading" ? { attrs: { level: 1 } } : {}),
        content: runs(block).map(({ text, bold }) => ({ type: "text", ...(bold ? { marks: [{ type: "strong" }] } : {}), text })),
      })),
    }),
    check(document) {
      const node = ProseMirrorNode.fromJSON(schema, document);
      node.check();
      assert.deepEqual(plain(node.toJSON()), document, "in the normal form");
    },
    runs: (document) => document.content.flatMap((block) => (block.content ?? []).map(({ text, marks }) => ({ text, bold: (marks ?? []).length > 0 }))),
  },
  slate: {
    of: (blocks) => blocks.map((block) => ({ type: block.kind, children: runs(block).map(({ text, bold }) => ({ text, ...(bold ? { bold } : {}) })) })),
    check(document) {
      const editor = createEditor();
      editor.children = structuredClone(document);
      Editor.normalize(editor, { force: true });
      assert.deepEqual(editor.children, document, "in the normal form");
    },
    runs: (document) => document.flatMap((block) => block.children.map(({ text, bold }) => ({ text, bold: bold === true }))),
  },
  lexical: {
    of: (blocks) => ({
      root: {
        children: blocks.map((block) => ({
          children: runs(block).map(({ text, bold }) => ({ detail: 0, format: bold ? 1 : 0, mode: "normal", style: "", text, type: "text", version: 1 })),
          direction: null,
          format: block.kind === "heading" ? "center" : "",
          indent: 0,
          type: "paragraph",
          version: 1,
        })),
        direction: null,
        format: "",
        indent: 0,
        type: "root",
        version: 1,
      },
    }),
    check(document) {
      const editor = createHeadlessEditor({ onError: (error) => assert.fail(error) });
      const state = editor.parseEditorState(JSON.stringify(document));
      // The editor derives the format of an empty paragraph from its text.
      const stored = (value) => JSON.parse(JSON.stringify(value, (name, inner) => (name.startsWith("text") && name !== "text" ? undefined : inner)));
      assert.deepEqual(stored(state.toJSON()), stored(document), "in the normal form");
    },
    runs: (document) => document.root.children.flatMap((block) => block.children.map(({ text, format }) => ({ text, bold: format === 1 }))),
  },
  quill: {
    of: (blocks) =>
      new Delta(
        blocks.flatMap((block) => [
          ...runs(block).map(({ text, bold }) => ({ insert: text, ...(bold ? { attributes: { bold } } : {}) })),
          { insert: "\n", ...(block.kind === "heading" ? { attributes: { header: 1 } } : {}) },
        ]),
      ).reduce((whole, op) => whole.insert(op.insert, op.attributes), new Delta()),
    check(document) {
      const normal = document.ops.reduce((whole, op) => whole.insert(op.insert, op.attributes), new Delta());
      assert.deepEqual(normal.ops, document.ops, "in the normal form");
      assert.ok(document.ops.at(-1).insert.endsWith("\n"), "a document ends with a line break");
      assert.equal(new Delta(document.ops).length(), normal.length());
    },
    runs: (document) => document.ops.map(({ insert, attributes }) => ({ text: insert, bold: attributes?.bold === true })),
  },
};

/** The words of a version, with their marks and sentences. */
function words(blocks) {
  const found = new Map();
  for (const block of blocks) {
    for (const sentence of block.sentences) {
      for (const word of sentence.words) found.set(word.id, { bold: word.bold, sentence: sentence.id });
    }
  }
  return found;
}

/** The words of a result: each with its marks, and how often it is there. */
function found(runs) {
  const all = new Map();
  for (const { text, bold } of runs) {
    for (const [, id] of text.matchAll(/[Ww](\d+)x/g)) {
      const known = all.get(Number(id));
      all.set(Number(id), { bold, count: (known?.count ?? 0) + 1 });
    }
  }
  return all;
}

/** What is wrong with a clean result; `undefined` for nothing. */
function mistake({ base, mine, theirs }, result) {
  const [old, own, other] = [base, mine, theirs].map(words);
  for (const id of new Set([...old.keys(), ...own.keys(), ...other.keys()])) {
    const is = [old, own, other].map((version) => version.has(id));
    const isWanted = is[0] ? is[1] && is[2] : true;
    const count = result.get(id)?.count ?? 0;
    if (count !== Number(isWanted)) return `word ${id} is there ${count} times`;
    if (!isWanted) continue;
    const bold = is[0] ? [old, own, other].map((version) => version.get(id).bold) : undefined;
    const wanted = bold ? (bold[1] === bold[0] ? bold[2] : bold[1]) : (own.get(id) ?? other.get(id)).bold;
    // A new word has the mark that the other side gave to all text around it.
    if (result.get(id).bold !== wanted && bold) return `word ${id} is ${wanted ? "not " : ""}bold`;
  }
  const texts = (blocks) => new Map(blocks.flatMap((block) => block.sentences.map(({ id, words }) => [id, words.map((word) => word.id).join()])));
  const [before, ownTexts, otherTexts] = [base, mine, theirs].map(texts);
  for (const [id, text] of before) {
    const edits = [ownTexts.get(id), otherTexts.get(id)];
    if (edits[0] !== text && edits[1] !== text && edits[0] !== edits[1]) return `both edited sentence ${id}`;
  }
}

test("another word is no editor, also if it is a rule", () => {
  for (const richText of ["counter", "ignore", "tiptap", "", 5, undefined]) {
    assert.throws(() => mergeJson({ a: 1 }, { a: 2 }, { a: 3 }, { rules: { "/a": { richText } } }), { code: "invalid-argument" });
  }
});

for (const [name, editor] of Object.entries(EDITORS)) {
  test(`${name}: no clean merge of ${PAIRS} pairs is wrong, and each result is valid`, () => {
    const rules = { "/doc": { richText: name } };
    const count = { clean: 0, asked: 0, suggested: 0 };
    for (let seed = 1; seed <= PAIRS; seed += 1) {
      const versions = world(seed);
      const [base, mine, theirs] = [versions.base, versions.mine, versions.theirs].map((blocks) => ({ doc: JSON.parse(JSON.stringify(editor.of(blocks))) }));
      const merge = mergeJson(base, mine, theirs, { rules });
      const shown = () => JSON.stringify({ seed, base, mine, theirs, value: merge.value });
      try {
        editor.check(merge.value.doc);
      } catch (error) {
        assert.fail(`${error.message}\n${shown()}`);
      }
      if (!merge.clean) {
        count.asked += 1;
        count.suggested += Number(merge.changes.some((change) => change.suggestion !== undefined && change.clash !== undefined));
        continue;
      }
      count.clean += 1;
      const wrong = merge.ambiguous ? undefined : mistake(versions, found(editor.runs(merge.value.doc)));
      if (wrong) assert.fail(`${wrong}\n${shown()}`);
    }
    console.log(`${name}: ${count.clean} clean, ${count.asked} asked`);
  });
}
