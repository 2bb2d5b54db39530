/** Conflicts that a page has kept, or found before it sent anything. */
import { ConflictHandle, type ConflictHost } from "./conflict.js";
import { checkObject } from "../types/arguments.js";
import { coreCalls } from "../engine/core-calls.js";
import { wrong } from "../types/errors.js";
import type { KeptConflict } from "../types/kept.js";
import type { Conflict } from "../types/types.js";
import type { Base, Body, Format, RawCall } from "../types/wire.js";
import { ConflictCore } from "../engine/wire-engine.js";
import type { ClientCore } from "./wire-core.js";

type Call = RawCall & { readonly session: object };

/** What is asked of a client here. Its own types lead to this script. @internal */
export interface Host {
  readonly reporter: { tell(name: "conflict", conflict: object): void };
  call(url: string, init: RequestInit | undefined, as: string, format: Format): Call;
  run<R>(call: Call, work: () => Promise<R>): Promise<R>;
  started(call: Call): Promise<ClientCore>;
}

/** The parts of a conflict. @internal */
export interface Found {
  readonly url: string;
  readonly format: Format;
  readonly base: Base | undefined;
  readonly mine: Body | null;
  readonly theirs: Base | null;
  readonly decisions: readonly string[];
  readonly typed?: KeptConflict["typed"];
}

/** Makes a conflict of its parts. Nothing is sent. @internal */
export async function found<T>(host: Host, parts: Found, init?: RequestInit): Promise<Conflict<T>> {
  const { url, format, base, mine, theirs, decisions, typed } = parts;
  const call = host.call(url, init, "PUT", format);
  const { hostOf } = coreCalls();
  const handle = await host.run(call, async () => (await host.started(call)).restore(call, base, mine, theirs, decisions));
  return new ConflictHandle<T>(new ConflictCore(handle), hostOf(host, call.session) as ConflictHost, init, typed);
}

/** The conflict of `JSON.stringify(conflict)`, parsed. @internal */
export async function restored<T>(host: Host, kept: unknown): Promise<Conflict<T>> {
  checkObject(kept, EXPECTED);
  const { mergefetch, url, format, base, mine, theirs, decisions, typed } = kept as KeptConflict;
  const isConflict =
    mergefetch === 1 && typeof url === "string" && ["json", "text", "bytes"].includes(format) && Array.isArray(decisions) && decisions.every((text) => typeof text === "string");
  if (!isConflict) throw wrong(EXPECTED, kept);
  const parts = { url, format, base: unpackedBase(base) ?? undefined, mine: mine === null ? null : unpacked(mine), theirs: unpackedBase(theirs), decisions };
  return found<T>(host, typed === undefined ? parts : { ...parts, typed });
}

function unpackedBase(kept: KeptConflict["base"]): Base | null {
  if (kept === null) return null;
  const { body, ...base } = kept;
  return { ...base, body: unpacked(body) };
}

const EXPECTED = "what `JSON.stringify(conflict)` gives, parsed";

function unpacked(body: unknown): Body {
  if (typeof body === "string") return body;
  if (!Array.isArray(body)) throw wrong(EXPECTED, body);
  return Uint8Array.from(body as number[]);
}

/** Reports a conflict that was found before anything was sent, as one that the server found. @internal */
export function told<T>(host: Host, conflict: Conflict<T>): void {
  coreCalls().count(host, conflict.url, "conflict");
  host.reporter.tell("conflict", conflict);
}
