/** The other entry points, and what is beyond the contract. Read by the compiler only. */
import * as mergefetch from "mergefetch";
import * as documents from "mergefetch/document";
import * as helpers from "mergefetch/helpers";
import * as inline from "mergefetch/inline";
import address from "mergefetch/mergefetch.wasm";
import { watch } from "mergefetch/watch";
import * as worker from "mergefetch/worker";

inline satisfies typeof mergefetch;

/** The same signatures, but async, and with a signal beside the options. */
type Merges = "mergeText" | "mergeJson" | "mergeJsonText" | "diffText" | "diffJson";
type Async<F> = F extends (...args: infer Args) => infer Result ? (...args: Args) => Promise<Result> : never;

worker satisfies { [Name in Merges]: Async<(typeof mergefetch)[Name]> };

export async function calls(signal: AbortSignal): Promise<void> {
  await mergefetch.init(address);
  const own: worker.MergeWorker = worker.createMergeWorker({ worker: () => new Worker("/worker.js", { type: "module" }), module: address });
  (await own.mergeText(null, "a", "b", { style: "diff3", signal })).clean satisfies boolean;
  (await worker.mergeJson<{ a: number }>(undefined, { a: 1 }, { a: 2 }, { signal })).value.a satisfies number;
  own.terminate();
  // @ts-expect-error a promise is no merge
  worker.mergeText("", "", "").text;
  // @ts-expect-error no such option
  await worker.diffText("", "", { granularity: "letter" });
  // @ts-expect-error the worker has to be made when it is needed
  worker.createMergeWorker({ worker: new Worker("/worker.js") });
}

export async function forms(client: mergefetch.Client): Promise<void> {
  const edited = helpers.editing<{ title: string }>(client, "/notes/7");
  edited.type({ title: "New" });
  // @ts-expect-error another type than that of the document
  edited.type({ title: 5 });
  const result = await edited.save();
  if (result.kind === "conflict") result.conflict satisfies mergefetch.Conflict<{ title: string }>;
  edited.current().draft?.title.trim();
  // @ts-expect-error it may not be loaded yet
  edited.current().base.version;
  // @ts-expect-error the state is read only
  edited.current().isSaving = true;
  helpers.settlingFetch(client, (conflict) => conflict.take("mine").submit()) satisfies typeof fetch;
}

export async function opened(client: mergefetch.Client, field: HTMLTextAreaElement, initial: mergefetch.Snapshot<{ title: string }>): Promise<void> {
  const open = documents.openDocument<{ title: string }>(client, "/notes/7", { theirs: "enter", initial });
  open satisfies helpers.Editing<{ title: string }>;
  helpers.autosave(open, { delayMs: 500 });
  const { draft, overlaps, news, left } = open.current();
  draft?.title.trim();
  overlaps satisfies readonly string[];
  news?.author?.name?.trim();
  left[0]?.mine?.title.trim();
  // @ts-expect-error no such way
  documents.openDocument(client, "/notes/7", { theirs: "never" });
  // @ts-expect-error another type than that of the document
  open.type({ title: 5 });
  documents.bindText(field, open, "/title") satisfies () => void;
  watch(open, { events: (changed) => (changed("/notes/7", null), () => {}), intervalMs: 0 }) satisfies () => void;
  (await documents.guardLeave(open).leave(() => true)) satisfies boolean;
  helpers.unwrap(await open.save()).kind satisfies "saved" | "unchanged" | "created" | "removed" | "already-saved" | "merged";
  const restored = await client.restore<{ title: string }>(JSON.parse(JSON.stringify(open.current().conflict)));
  restored.merged?.title.trim();
}

export function counts(client: mergefetch.Client): number {
  const [first] = client.stats();
  if (first?.kind === "locked" || first?.kind === "merged" || first?.kind === "validator") return first.count;
  // @ts-expect-error no such class
  return first?.kind === "saved" ? 1 : 0;
}
