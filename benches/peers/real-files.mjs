// Compares merges of values with trimerge, for the real files of `../shared/corpus` in three classes of size. A checkout without this folder skips it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";

import { best } from "../js/measure.mjs";

const CLASSES = [
  ["up to 4 kB", 4_000],
  ["up to 40 kB", 40_000],
  ["larger", Infinity],
];

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Prints a table: the sum of the least times for the files that both merge alike, in ms. */
export async function compareRealFiles({ dist, runs, cell, row, corpus }) {
  if (!existsSync(corpus)) {
    console.log("\nskipped: no corpus beside the project");
    return;
  }
  const { init, mergeJson } = await import(pathToFileURL(join(dist, "index.js")).href);
  await init(readFileSync(join(dist, "core/mergefetch_bg.wasm")));
  const { combineMergers, trimergeArrayCreator, trimergeEquality, trimergeJsonDeepEqual, trimergeJsonObject } = await import("trimerge");
  const identity = (item) => (item !== null && typeof item === "object" ? String(item.id) : String(item));
  const rivals = [trimergeEquality, trimergeJsonDeepEqual].map((equality) => combineMergers(equality, trimergeJsonObject, trimergeArrayCreator(identity)));
  /** Whether a rival gives the same result. Otherwise the times cannot be compared: at a conflict a rival throws, and stops early. */
  const isRight = (merge, sides, value) => {
    try {
      return isDeepStrictEqual(merge(...sides), value);
    } catch {
      return false;
    }
  };
  const records = gunzipSync(readFileSync(corpus)).toString("utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
  console.log("\nReal files from values (ms for all files of a class that both merge alike, each the best of several)\n");
  // Two columns show the least time of a module that gets texts: three `JSON.stringify` and one `JSON.parse`, and an empty call.
  row(["class", "files", "mergefetch", "texts of all values", "empty calls", "trimerge, the faster of its two ways", "times as long"]);
  row(Array.from({ length: 7 }, () => "---"));
  const empty = best(runs * 100, () => mergeJson(1, 1, 1));
  let least = 0;
  for (const [name, most] of CLASSES) {
    const sums = [0, 0, 0];
    let files = 0;
    for (const { base, mine, theirs } of records) {
      const sides = [base, mine, theirs].map(parsed);
      if (base.length < least || base.length >= most || sides.includes(undefined)) continue;
      const { clean, value } = mergeJson(...sides);
      const right = rivals.filter((merge) => clean && isRight(merge, sides, value));
      if (right.length === 0) continue;
      files++;
      sums[0] += best(runs, () => mergeJson(...sides));
      sums[2] += best(runs, () => JSON.parse(sides.map((side) => JSON.stringify(side))[2]));
      sums[1] += Math.min(...right.map((merge) => best(runs, () => merge(...sides))));
    }
    least = most;
    row([name, files, cell(sums[0]), cell(sums[2]), cell(empty * files), cell(sums[1]), cell(sums[0] / sums[1])]);
  }
}
