/**
 * The other side of `mergefetch/worker`: runs in the worker. An entry point of its own for tools that do not bundle workers by
 * themselves.
 *
 * @packageDocumentation
 */
import { type ModuleSource, type ModuleSources, init } from "./api.js";
import { moduleFiles } from "./module-file.js";
import * as withCore from "./with-core.js";
import * as withEngine from "./with-engine.js";

// All at once: some tools cannot divide the script of a worker.
const unused = async () => {
  throw new Error("a worker makes no client");
};
withCore.loadFrom({ ...moduleFiles, withCore: async () => withCore, withEngine: async () => withEngine, ownAdapter: unused, database: unused });

const { diffJsonText, diffText, mergeJsonText, rawMergeText } = withEngine;
const calls = { mergeText: rawMergeText, mergeJsonText, diffText, diffJsonText };

/** The calls of a worker. @internal */
export type Calls = typeof calls;

/** One call. @internal */
export interface Job<Name extends keyof Calls = keyof Calls> {
  readonly name: Name;
  readonly args: Parameters<Calls[Name]>;
  readonly module?: Exclude<ModuleSource, Request | Response> | ModuleSources | undefined;
}

/** The result of a call. @internal */
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
    const error = withCore.translated(thrown) as { code?: unknown; message?: unknown; details?: Record<string, unknown> };
    return { error: { code: String(error.code ?? "internal"), message: String(error.message ?? error), details: error.details ?? {} } };
  }
}

const scope = globalThis as unknown as Scope;
scope.onmessage = ({ data }) => void answer(data).then((answered) => scope.postMessage(answered));
