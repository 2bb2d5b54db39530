/** The merge functions as they call the module. `merge.ts` has their documentation. */
import { checkTexts } from "../types/arguments.js";
import { jsonText } from "../types/json-text.js";
import { coreCalls } from "./core-calls.js";
import { JSON_KEYS, TEXT_KEYS, checkKeys, oneOf, rawText, rules } from "../types/options.js";
import { changesOf, textChangesOf } from "./packed.js";
import { prune, restore } from "./prune.js";
import { textMergeOf } from "./text-merge.js";
import type { JsonMerge, JsonMergeOptions, JsonOperation, JsonTextMerge, TextChange, TextMerge, TextMergeOptions } from "../types/types.js";
import { jsonValue } from "../types/values.js";
import type { RawJsonMerge, RawMergeOptions, RawOperation, RawTextMerge } from "../types/wire.js";
import * as core from "./wire-engine.js";

function checkSides(base: unknown, mine: unknown, theirs: unknown): void {
  checkTexts({ base: base ?? "", mine, theirs });
}

function textOptions(options?: TextMergeOptions): RawMergeOptions | undefined {
  checkKeys(options, TEXT_KEYS, "the options of a text merge");
  return options && rawText(options);
}

function jsonOptions(options?: JsonMergeOptions): RawMergeOptions | undefined {
  checkKeys(options, JSON_KEYS, "the options of a JSON merge");
  if (options === undefined) return;
  oneOf(options.favor, ["mine", "theirs"], "favor");
  return { ...textOptions(options.text), ...(options.favor && { favor: options.favor }), rules: rules(options.rules) };
}

/** Runs a call of the module; its error becomes a `MergefetchError`. @internal */
export function guarded<R>(call: () => R): R {
  try {
    return call();
  } catch (thrown) {
    throw coreCalls().translated(thrown);
  }
}

/** @internal */
export function mergeText(base: string | null, mine: string, theirs: string, options?: TextMergeOptions): TextMerge {
  checkSides(base, mine, theirs);
  const raw = textOptions(options);
  const merge = guarded(() => core.mergeText(base, mine, theirs, raw, false));
  return textMergeOf(merge, (side) => guarded(() => core.offsetMap(base, mine, theirs, raw, side)));
}

/** The same as it leaves the module, with all that `mapOffset` needs. @internal */
export function rawMergeText(base: string | null, mine: string, theirs: string, options?: TextMergeOptions): RawTextMerge {
  checkSides(base, mine, theirs);
  return guarded(() => core.mergeText(base, mine, theirs, textOptions(options), true));
}

/** @internal */
export function diffText(before: string, after: string, options: { readonly granularity?: "line" | "word" | "grapheme" | undefined } = {}): readonly TextChange[] {
  checkTexts({ before, after });
  checkKeys(options, ["granularity"], "the options of a comparison");
  const { granularity = "line" } = options;
  oneOf(granularity, ["line", "word", "grapheme"], "granularity");
  return textChangesOf(guarded(() => core.diffText(before, after, granularity)));
}

function operationOf([op, path, data]: RawOperation): JsonOperation {
  if (op === "remove") return { op, path };
  if (op === "move" || op === "copy") return { op, from: data, path };
  return { op, path, value: jsonValue(data) };
}

/** @internal */
export function mergeJson<T = unknown>(base: T | undefined, mine: T, theirs: T, options?: JsonMergeOptions): JsonMerge<T> {
  // A rule may be about a value as a whole, and then a change holds all of it.
  const whole = base === undefined || Object.keys(options?.rules ?? {}).length > 0;
  const { sides, plan } = whole ? { sides: [base, mine, theirs] as const } : prune(base, mine, theirs);
  const merge = merged(base === undefined ? null : jsonText(sides[0]), jsonText(sides[1]), jsonText(sides[2]), options);
  return assembled(merge, { value: restore(jsonValue<T>(merge.raw.text), plan) });
}

/** @internal */
export function mergeJsonText(base: string | null, mine: string, theirs: string, options?: JsonMergeOptions): JsonTextMerge {
  const merge = merged(base, mine, theirs, options);
  return assembled(merge, { text: merge.raw.text });
}

interface Merged {
  readonly raw: RawJsonMerge;
  readonly makePatch: () => readonly JsonOperation[];
}

function merged(base: string | null, mine: string, theirs: string, options: JsonMergeOptions | undefined): Merged {
  checkSides(base, mine, theirs);
  const settings = jsonOptions(options);
  const raw = guarded(() => core.mergeJsonText(base, mine, theirs, settings));
  const makePatch = () => guarded(() => core.diffJsonText(theirs, raw.text, settings)).map(operationOf);
  return { raw, makePatch };
}

/** The merge for the page. Its patch is made when it is first asked for: most callers take the result and never do. */
function assembled<R extends object>({ raw, makePatch }: Merged, result: R): R & Omit<JsonMerge, "value"> {
  const { clean, conflicts, ambiguous } = raw;
  const inferred = raw.inferred.map(([path, key, sureness]) => ({ path, key, sureness }));
  let patch: JsonMerge["patch"] | undefined;
  return {
    clean,
    conflicts,
    ambiguous,
    ...result,
    inferred,
    changes: changesOf(raw.changes, "json"),
    get patch() {
      return (patch ??= makePatch());
    },
  };
}

/** @internal */
export function diffJson(before: unknown, after: unknown, options?: Pick<JsonMergeOptions, "rules">): readonly JsonOperation[] {
  return diffJsonText(jsonText(before), jsonText(after), options);
}

/** @internal */
export function diffJsonText(before: string, after: string, options?: Pick<JsonMergeOptions, "rules">): readonly JsonOperation[] {
  checkTexts({ before, after });
  return guarded(() => core.diffJsonText(before, after, jsonOptions(options))).map(operationOf);
}
