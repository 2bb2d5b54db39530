// One JSON merge by one engine, in a process of its own: node json-run.mjs ENGINE CASE RUNS DIST. Writes one line of JSON.
//
// Every engine is held to the same: three texts in and one text out, and three values in and one value out.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";

import { best } from "../js/measure.mjs";
import { jsonCase } from "./json-cases.mjs";

const [, , engine, name, runs, dist] = process.argv;

/** What one has to say so that it tells records apart: the others find it out or cannot be told. */
const identity = (item) => (item !== null && typeof item === "object" ? String(item.id) : String(item));

/** Engines that merge values; where one has no merge of three, what mine changed is applied to theirs as a patch. */
const RIVALS = {
  trimerge: async () => {
    const { combineMergers, trimergeArrayCreator, trimergeEquality, trimergeJsonObject } = await import("trimerge");
    return combineMergers(trimergeEquality, trimergeJsonObject, trimergeArrayCreator(identity));
  },
  // The same with the other comparison that it offers: whole parts that are equal are not looked into.
  "trimerge, deep equality": async () => {
    const { combineMergers, trimergeArrayCreator, trimergeJsonDeepEqual, trimergeJsonObject } = await import("trimerge");
    return combineMergers(trimergeJsonDeepEqual, trimergeJsonObject, trimergeArrayCreator(identity));
  },
  jsondiffpatch: async () => {
    const { create } = await import("jsondiffpatch");
    const differ = create({ objectHash: identity });
    return (base, mine, theirs) => differ.patch(theirs, differ.diff(base, mine));
  },
  rfc6902: async () => {
    const { applyPatch, createPatch } = await import("rfc6902");
    return (base, mine, theirs) => {
      const failed = applyPatch(theirs, createPatch(base, mine)).find((error) => error !== null);
      if (failed) throw failed;
      return theirs;
    };
  },
  "fast-json-patch": async () => {
    const { default: patches } = await import("fast-json-patch");
    return (base, mine, theirs) => patches.applyPatch(theirs, patches.compare(base, mine)).newDocument;
  },
};

/** What an engine gives where it says that something conflicts. */
const CONFLICT = Symbol("conflict");

async function ours() {
  const { init, mergeJson, mergeJsonText } = await import(pathToFileURL(join(dist, "index.js")).href);
  await init(readFileSync(join(dist, "core/mergefetch_bg.wasm")));
  return {
    text: (base, mine, theirs) => {
      const merge = mergeJsonText(base, mine, theirs);
      return merge.clean ? merge.text : CONFLICT;
    },
    values: (base, mine, theirs) => {
      const merge = mergeJson(base, mine, theirs);
      return merge.clean ? merge.value : CONFLICT;
    },
  };
}

async function rival() {
  const merge = await RIVALS[engine]();
  const text = (base, mine, theirs) => JSON.stringify(merge(JSON.parse(base), JSON.parse(mine), JSON.parse(theirs)), null, 2);
  return { text, values: merge };
}

const { base, mine, theirs, merged, twin } = jsonCase(name);
const { text, values } = engine === "mergefetch" ? await ours() : await rival();
const parsed = (...texts) => texts.map((side) => JSON.parse(side));

function verdict() {
  try {
    const [right, found] = parsed(merged, text(base, mine, theirs));
    if (!isDeepStrictEqual(found, right) || !isDeepStrictEqual(values(...parsed(base, mine, theirs)), right)) return "wrong answer";
  } catch (error) {
    return `fails: ${String(error.message ?? error).slice(0, 40)}`;
  }
  try {
    // Both sides edited one value differently.
    return text(base, twin.mine, twin.theirs) === CONFLICT ? "right" : "hides conflicts";
  } catch {
    return "right";
  }
}

const answer = { verdict: verdict() };
if (["right", "hides conflicts"].includes(answer.verdict) && Number(runs) > 0) {
  answer.text = best(Number(runs), () => text(base, mine, theirs));
  // Some rivals change what they are given: fresh values for each run, made outside of the measured time.
  const prepared = Array.from({ length: Number(runs) + 1 }, () => parsed(base, mine, theirs));
  answer.values = best(Number(runs), () => values(...prepared.pop()));
}
console.log(JSON.stringify(answer));
