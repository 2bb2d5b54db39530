// Merges the documents that the native bench wrote, and holds the answers against its own. Runs in Node.js and in browsers.

const KINDS = ["unchanged", "mine", "theirs", "both", "conflict"];

const numbersOf = (region) => [
  KINDS.indexOf(region.kind),
  ...region.base,
  ...region.mine,
  ...region.theirs,
  region.ambiguous === true ? 1 : 0,
];

/** Why the answer is not the native one; undefined where it is. */
function difference(merge, { one, text, regions }) {
  if (merge.text !== text) return "another text";
  if (merge.regions.flatMap(numbersOf).join(",") !== regions.numbers) return "other regions";
  if (merge.conflicts !== one.conflicts || merge.clean !== (one.conflicts === 0)) return "another count of conflicts";
  if (merge.ambiguous !== one.ambiguous) return "another mark of ambiguity";
  // Outside of ASCII the page's own Intl.Segmenter says what a word is.
  const same = merge.regions.every((region, index) => (region.suggestion ?? null) === regions.suggestions[index]);
  return one.ascii && !same ? "other suggestions" : undefined;
}

/** The best of `runs`, after one run that does not count: what else a machine does only adds. */
export function best(runs, run) {
  if (runs > 1) run();
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return Math.min(...times);
}

/** `read` gives the content of a file of answers as a string. */
export async function measure(mergeText, one, read, runs) {
  const [base, mine, theirs, text, regions] = await Promise.all(
    ["base", "mine", "theirs", "text", "regions"].map((name) => read(`${one.file}.${name}`)),
  );
  const wrong = difference(mergeText(base, mine, theirs), { one, text, regions: JSON.parse(regions) });
  const ms = best(runs, () => {
    const merge = mergeText(base, mine, theirs);
    if (merge.regions.length === 0 && mine !== "") throw new Error("no regions");
  });
  return { name: one.name, ms, wrong };
}
