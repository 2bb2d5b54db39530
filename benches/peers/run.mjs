// One merge by one rival, in a process of its own: node run.mjs RIVAL FOLDER FILE RUNS. Writes one line of JSON.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { best } from "../js/measure.mjs";

const [, , name, folder, file, runs] = process.argv;

/** Each gives the merged text, and whether it says that something conflicts. */
const RIVALS = {
  "node-diff3": async () => {
    const { diff3Merge } = await import("node-diff3");
    const lines = (text) => text.split("\n");
    return (base, mine, theirs) => {
      const regions = diff3Merge(lines(mine), lines(base), lines(theirs));
      const conflicts = regions.some((region) => region.conflict !== undefined);
      const shown = (region) => region.ok ?? ["<<<<<<<", ...region.conflict.a, "=======", ...region.conflict.b, ">>>>>>>"];
      return { conflicts, text: regions.flatMap(shown).join("\n") };
    };
  },
  // It has no merge of three: what mine changed is applied to theirs as a patch.
  diff: async () => {
    const { applyPatch, structuredPatch } = await import("diff");
    return (base, mine, theirs) => {
      const text = applyPatch(theirs, structuredPatch("", "", base, mine));
      return { conflicts: text === false, text: text || "" };
    };
  },
  "diff-match-patch": async () => {
    const { default: DiffMatchPatch } = await import("diff-match-patch");
    return (base, mine, theirs) => {
      const engine = new DiffMatchPatch();
      const [text, applied] = engine.patch_apply(engine.patch_make(base, mine), theirs);
      return { conflicts: applied.includes(false), text };
    };
  },
  "reconcile-text, lines": async () => {
    const { reconcile } = (await import("reconcile-text")).default;
    return (base, mine, theirs) => ({ conflicts: false, text: reconcile(base, mine, theirs, "Line").text });
  },
  "reconcile-text": async () => {
    const { reconcile } = (await import("reconcile-text")).default;
    return (base, mine, theirs) => ({ conflicts: false, text: reconcile(base, mine, theirs).text });
  },
  trimerge: async () => {
    const { CannotMerge, trimergeString } = await import("trimerge");
    return (base, mine, theirs) => {
      const text = trimergeString(base, mine, theirs);
      return { conflicts: text === CannotMerge, text: text === CannotMerge ? "" : text };
    };
  },
};

const [base, mine, theirs] = ["base", "mine", "theirs"].map((side) => readFileSync(join(folder, `${file}.${side}`), "utf8"));
const merge = await RIVALS[name]();
const { conflicts, text } = merge(base, mine, theirs);
writeFileSync(join(folder, "rival.text"), text);
const ms = best(Number(runs), () => merge(base, mine, theirs));
console.log(JSON.stringify({ ms, conflicts }));
