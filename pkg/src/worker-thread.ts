/**
 * The other side of `mergefetch/worker`: runs in the worker. An entry point of its own for tools that do not bundle workers by
 * themselves.
 *
 * @packageDocumentation
 */
import { translated } from "./errors.js";
import { type ModuleSource, type ModuleSources, init } from "./index.js";
import { diffJsonText, diffText, mergeJsonText, rawMergeText } from "./merge.js";

const calls = { mergeText: rawMergeText, mergeJsonText, diffText, diffJsonText };

/** What can be called. @internal */
export type Calls = typeof calls;

/** One call. @internal */
export interface Job<Name extends keyof Calls = keyof Calls> {
  readonly name: Name;
  readonly args: Parameters<Calls[Name]>;
  readonly module?: Exclude<ModuleSource, Request | Response> | ModuleSources | undefined;
}

/** What came of it. @internal */
export type Answer =
  | { readonly value: unknown }
  | { readonly error: { readonly code: string; readonly message: string; readonly details: Readonly<Record<string, unknown>> } };

interface Scope {
  onmessage: ((event: MessageEvent<Job>) => void) | null;
  postMessage(answer: Answer): void;
}

async function answer({ name, args, module }: Job): Promise<Answer> {
  try {
    await init(module);
    return { value: (calls[name] as (...args: unknown[]) => unknown)(...args) };
  } catch (thrown) {
    const error = translated(thrown) as { code?: unknown; message?: unknown; details?: Record<string, unknown> };
    return { error: { code: String(error.code ?? "internal"), message: String(error.message ?? error), details: error.details ?? {} } };
  }
}

const scope = globalThis as unknown as Scope;
scope.onmessage = ({ data }) => void answer(data).then((answered) => scope.postMessage(answered));
