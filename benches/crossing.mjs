// What it takes to hand three values over as texts and to take one back, without any merge: node benches/crossing.mjs
//
// No merge of values outside of JavaScript is faster than this, as each of them is looked at once on the way.
import { best } from "./js/measure.mjs";
import { jsonCase, names } from "./peers/json-cases.mjs";

const RUNS = 15;

for (const name of names.filter((name) => !name.startsWith("10 MB"))) {
  const { base, mine, theirs, merged } = jsonCase(name);
  // Fresh values and texts for each run, as in the comparison with others: V8 keeps what it once found out about a string.
  const values = Array.from({ length: RUNS + 1 }, () => [base, mine, theirs].map((text) => JSON.parse(text)));
  const texts = Array.from({ length: RUNS + 1 }, (_, run) => `${JSON.stringify(JSON.parse(merged))}${" ".repeat(run)}`);
  const ms = best(RUNS, () => {
    const crossed = values.pop().map((value) => JSON.stringify(value));
    if (crossed.length !== 3 || JSON.parse(texts.pop()) === undefined) throw new Error("no value");
  });
  console.log(`${name}: ${ms.toFixed(3)} ms`);
}
