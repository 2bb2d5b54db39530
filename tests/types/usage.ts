/** How pages write it, and what the compiler must not let through. Read by the compiler only. */
import {
  type Change,
  type ClientOptions,
  type Conflict,
  MergefetchError,
  type Problem,
  type RouteRule,
  type SaveResult,
  type Snapshot,
  type TextMerge,
  type WarningCode,
  createClient,
  diffJson,
  etag,
  indexedDb,
  init,
  mapOffset,
  memory,
  mergeJson,
  mergeJsonText,
  mergeText,
} from "mergefetch";

interface Note {
  title: string;
  done: boolean;
}

/** Exactly this type, not a wider or a narrower one. */
function exactly<Expected>() {
  return <Found>(_found: [Found] extends [Expected] ? ([Expected] extends [Found] ? Found : never) : never): void => {};
}

export async function theWholeLoop(): Promise<void> {
  const http = createClient({
    baseUrl: new URL("https://example.org/"),
    store: memory({ maxBytes: 1e6 }),
    routes: [
      { match: "/notes/*", merge: { rules: { "/tags": "set", "/items": { key: ["id"] }, "/at": "ignore" }, granularity: "word" } },
      { match: /\.txt$/, format: "text", version: etag({ weak: "strip" }) },
      { match: (request) => request.method === "PUT", validate: (merged) => (merged === null ? ["empty"] : []) },
    ],
    on: { warning: ({ code, message }) => console.warn(code.trim(), message), conflict: (conflict) => conflict.take("mine") },
    retry: { rounds: 3 },
    whenClean: "ask-if-ambiguous",
    unprotected: "refuse",
    preload: "never",
  });
  await init();
  const note = await http.get<Note>("/notes/7", { signal: AbortSignal.timeout(100) });
  exactly<Snapshot<Note>>()(note);
  await http.update<Note>("/notes/7", async (draft) => ({ ...draft, title: "New" }));
  await http.update<Note>("/notes/7", async (draft) => {
    draft.title = "New";
  });
  exactly<string | null>()(note.version);
  const result = await http.save(note, { ...note.value, title: "New" });
  exactly<SaveResult<Note>>()(result);
  narrowing(result);
  exactly<SaveResult<Note>>()(await http.update<Note>("/notes/7", (draft) => void (draft.done = true)));
  exactly<SaveResult<Note>>()(await http.create("/notes/8", note.value, { method: "POST" }));
  exactly<SaveResult<Note>>()(await http.remove(note));
  const response = await http.fetch("/notes/7");
  exactly<Conflict | null>()(await http.conflictOf(response));
}

/** Every option may be undefined, and none is changed by the package. */
export function options(title: string | undefined, rules: Readonly<ClientOptions["routes"]>): void {
  const options: ClientOptions = {
    fetch: undefined,
    baseUrl: undefined,
    store: undefined,
    drafts: undefined,
    routes: rules,
    whenClean: undefined,
    unprotected: undefined,
    retry: { rounds: undefined, baseDelayMs: undefined, maxDelayMs: undefined },
    preload: undefined,
    on: { conflict: undefined, merged: undefined, absorbed: undefined, warning: undefined, request: undefined },
    timeoutMs: undefined,
  };
  // @ts-expect-error options are read only
  options.timeoutMs = 5;
  // @ts-expect-error so are their parts
  options.retry!.rounds = 5;
  createClient(options);
  const route: RouteRule = {
    match: (request) => (exactly<Request>()(request), true),
    version: undefined,
    merge: { granularity: undefined, adjacency: undefined, style: undefined, favor: undefined, labels: { mine: title }, markerSize: undefined, rules: undefined, text: undefined },
    format: undefined,
    update: undefined,
    readOnly: undefined,
    body: undefined,
    validate: undefined,
    author: undefined,
    once: undefined,
    uniqueReads: undefined,
  };
  // @ts-expect-error options are read only
  route.once = true;
  createClient({ routes: [route], on: { warning: ({ code }) => exactly<WarningCode>()(code) } });
  createClient({
    on: {
      warning: ({ code }) => {
        // @ts-expect-error no such code
        if (code === "unprotectd") return;
      },
    },
  });
  memory({ maxBytes: undefined });
  indexedDb({ name: undefined, maxBytes: undefined, partition: () => null });
  etag({ weak: undefined });
}

export function narrowing(result: SaveResult<Note>): void {
  // @ts-expect-error only a conflict has one
  result.conflict;
  // @ts-expect-error only a refusal has one
  result.problem;
  if (result.kind === "conflict") {
    exactly<Conflict<Note>>()(result.conflict);
    exactly<false>()(result.ok);
    exactly<Note | null>()(result.conflict.mine);
    exactly<Promise<SaveResult<Note>>>()(result.conflict.take("theirs", "/title").set("/done", true).submit());
    return;
  }
  if (result.ok) {
    exactly<"saved" | "created" | "removed" | "unchanged" | "already-saved" | "merged">()(result.kind);
    if (result.kind === "merged") {
      exactly<readonly Change[]>()(result.changes);
      exactly<Note>()(result.snapshot.value);
    } else if (result.kind === "already-saved" || result.kind === "saved" || result.kind === "unchanged") {
      exactly<Note>()(result.snapshot.value);
    } else if (result.kind === "removed") {
      exactly<null>()(result.snapshot);
    } else {
      exactly<Snapshot<Note> | null>()(result.snapshot);
      // @ts-expect-error it may not have been read
      result.snapshot.value;
    }
    return;
  }
  exactly<Note>()(result.mine);
  exactly<number | null>()(result.problem.status);
  exactly<unknown>()(result.problem.body);
  switch (result.kind) {
    case "duplicate":
    case "invalid-state":
    case "constraint":
    case "locked":
    case "busy":
    case "version-required":
    case "stale-read":
    case "forbidden":
    case "unprotected":
    case "unknown":
      return;
    default:
      exactly<never>()(result);
  }
}

export function engine(merge: TextMerge): void {
  exactly<TextMerge>()(mergeText(null, "a", "b", { style: "zdiff3", labels: { mine: "Ann" } }));
  exactly<number>()(mapOffset(merge, "mine", 3));
  exactly<Note>()(mergeJson<Note>(undefined, { title: "", done: true }, { title: "", done: false }).value);
  exactly<string>()(mergeJsonText(null, "{}", "{}").text);
  // @ts-expect-error the text replaces the value
  mergeJsonText(null, "{}", "{}").value;
  for (const operation of diffJson(1, 2)) {
    if (operation.op === "move") exactly<string>()(operation.from);
    // @ts-expect-error a removal has no value
    if (operation.op === "remove") operation.value;
  }
}

export function errors(thrown: unknown): string {
  if (!(thrown instanceof MergefetchError)) return "";
  // @ts-expect-error no such code
  if (thrown.code === "conflict") return "";
  if (thrown.code === "http") {
    exactly<number>()(thrown.details.status);
    exactly<Problem>()(thrown.details.problem);
  }
  // @ts-expect-error other codes have no such problem
  thrown.details.problem.title;
  if (thrown.code === "invalid-json") exactly<number | undefined>()(thrown.details.offset);
  // @ts-expect-error a detail that the code does not name is unknown
  thrown.details["offset"].toFixed();
  return thrown.code === "invalid-json" ? thrown.message : "";
}

export async function wrongCalls(snapshot: Snapshot<Note>, conflict: Conflict<Note>): Promise<void> {
  const http = createClient();
  // @ts-expect-error misspelt
  createClient({ fecth: fetch });
  // @ts-expect-error no such choice
  createClient({ whenClean: "never" });
  // @ts-expect-error a route says what it matches
  createClient({ routes: [{ format: "json" }] });
  // @ts-expect-error no such rule
  createClient({ routes: [{ match: "/", merge: { rules: { "/a": "bag" } } }] });
  // @ts-expect-error a key has names
  createClient({ routes: [{ match: "/", merge: { rules: { "/a": { key: 5 } } } }] });
  // @ts-expect-error a persistent store needs a partition
  indexedDb({ name: "cache" });
  // @ts-expect-error another type than the one that was read
  await http.save(snapshot, { title: 5, done: false });
  // @ts-expect-error a URL is no snapshot
  await http.save("/notes/7", snapshot.value);
  // @ts-expect-error a text has no regions of a JSON value
  mergeText("a", { b: 1 }, "c");
  // @ts-expect-error three documents
  mergeText("a", "b");
  // @ts-expect-error a number or a string of the caller's own is no choice
  conflict.take("ours");
  // @ts-expect-error codes are not set from outside
  new MergefetchError("http", "").code = "store";
  // @ts-expect-error snapshots are values
  snapshot.version = null;
  // @ts-expect-error mine never changes
  conflict.mine = null;
  // @ts-expect-error ranges are read only
  mergeText("", "", "").regions[0]!.base[0] = 5;
  // @ts-expect-error union means nothing for JSON
  mergeJson(1, 2, 3, { favor: "union" });
}
