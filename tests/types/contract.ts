/**
 * The package declares docs/api.d.ts: it may declare more, never less and never looser. `tsconfig.contract.json` reads this file without
 * `exactOptionalPropertyTypes`, as the package's options also accept `undefined`; `contract-exact.ts` compares the results exactly.
 *
 * Read by the compiler only. A name of the contract that is not listed below is an error of this file.
 */
import * as mergefetch from "mergefetch";
import type * as Package from "mergefetch";
import type * as Contract from "../../docs/api.js";

// ------------------------------------------------------------------------------------------------ functions

// Constructors may take more than the contract's class, which nobody but the package calls.
type ContractFunctions = Omit<typeof Contract, "MergefetchError">;

/** What a client has beyond the contract. */
type Extra = "stats";
type PackageFunctions = Omit<typeof Package, "createClient"> & {
  createClient(options?: Package.ClientOptions): Omit<ReturnType<typeof mergefetch.createClient>, Extra>;
};

mergefetch satisfies ContractFunctions;

/** Takes and gives the same in both directions: neither stricter for the caller nor looser. */
type SameFunction<Name extends keyof ContractFunctions> = PackageFunctions[Name] extends ContractFunctions[Name]
  ? ContractFunctions[Name] extends PackageFunctions[Name]
    ? true
    : `looser: ${Name}`
  : `less: ${Name}`;

({}) as { [Name in keyof ContractFunctions]: SameFunction<Name> } satisfies { [Name in keyof ContractFunctions]: true };

// ------------------------------------------------------------------------------------------------ types

/** Assignable in both directions, and no member of the contract is left out, not even an optional one. */
type Same<Ours, Theirs> = [Ours] extends [Theirs]
  ? [Theirs] extends [Ours]
    ? [MembersOf<Theirs>] extends [MembersOf<Ours>]
      ? true
      : { missing: Exclude<MembersOf<Theirs>, MembersOf<Ours>> }
    : "looser than the contract"
  : "less than the contract";
type MembersOf<T> = T extends unknown ? keyof T : never;

type Types = {
  Author: Same<Package.Author, Contract.Author>;
  Change: Same<Package.Change, Contract.Change>;
  Choice: Same<Package.Choice, Contract.Choice>;
  Client: Same<Omit<Package.Client, Extra>, Contract.Client>;
  ClientOptions: Same<Package.ClientOptions, Contract.ClientOptions>;
  Conflict: Same<Package.Conflict<Note>, Contract.Conflict<Note>>;
  ErrorCode: Same<Package.ErrorCode, Contract.ErrorCode>;
  JsonMerge: Same<Package.JsonMerge<Note>, Contract.JsonMerge<Note>>;
  JsonMergeOptions: Same<Package.JsonMergeOptions, Contract.JsonMergeOptions>;
  JsonOperation: Same<Package.JsonOperation, Contract.JsonOperation>;
  JsonPointer: Same<Package.JsonPointer, Contract.JsonPointer>;
  JsonRule: Same<Package.JsonRule, Contract.JsonRule>;
  MergefetchError: Same<Omit<Package.MergefetchError, "name">, Omit<Contract.MergefetchError, "name">>;
  ModuleSource: Same<Package.ModuleSource, Contract.ModuleSource>;
  Observers: Same<Package.Observers, Contract.Observers>;
  Problem: Same<Package.Problem, Contract.Problem>;
  Range: Same<Package.Range, Contract.Range>;
  Refusal: Same<Package.Refusal, Contract.Refusal>;
  RouteRule: Same<Package.RouteRule, Contract.RouteRule>;
  SaveResult: Same<Package.SaveResult<Note>, Contract.SaveResult<Note>>;
  Side: Same<Package.Side, Contract.Side>;
  Snapshot: Same<Package.Snapshot<Note>, Contract.Snapshot<Note>>;
  StandardResult: Same<Package.StandardResult, Contract.StandardResult>;
  StandardSchema: Same<Package.StandardSchema, Contract.StandardSchema>;
  Store: Same<Package.Store, Contract.Store>;
  TextChange: Same<Package.TextChange, Contract.TextChange>;
  TextMerge: Same<Package.TextMerge, Contract.TextMerge>;
  TextMergeOptions: Same<Package.TextMergeOptions, Contract.TextMergeOptions>;
  TextRegion: Same<Package.TextRegion, Contract.TextRegion>;
  VersionAdapter: Same<Package.VersionAdapter, Contract.VersionAdapter>;
};

({}) as Types satisfies Record<keyof Types, true>;

/** Parameters of methods are compared in one direction only; as those of functions they are compared strictly. */
type Call<F> = NonNullable<F> extends (...args: infer Args) => infer Result ? { takes: (args: Args) => void; gives: Result } : F;

/** Twice the same, as the compiler compares two uses of one alias by its arguments. */
type Ours<T> = { [K in keyof T]: Call<T[K]> };
type Theirs<T> = { [K in keyof T]: Call<T[K]> };

type Methods = {
  Client: Same<Ours<Omit<Package.Client, Extra>>, Theirs<Contract.Client>>;
  Conflict: Same<Ours<Package.Conflict<Note>>, Theirs<Contract.Conflict<Note>>>;
  // Pages write observers. An event may be narrower than in the contract: the codes of warnings are a union.
  Observers: Theirs<Contract.Observers> extends Ours<Package.Observers> ? true : "an observer of the contract does not fit";
  Store: Same<Ours<Package.Store>, Theirs<Contract.Store>>;
  VersionAdapter: Same<Ours<Package.VersionAdapter>, Theirs<Contract.VersionAdapter>>;
};

({}) as Methods satisfies Record<keyof Methods, true>;

interface Note {
  title: string;
  tags: string[];
}

// The machinery itself: it sees what is missing, what is looser and what is more.
true satisfies Same<{ a: 1; more?: 2 }, { a: 1 }>;
"looser than the contract" satisfies Same<{ a: 1 }, { a: 1 | never; b?: 2 }> extends true ? never : "looser than the contract";
({ missing: "b" }) satisfies Same<{ a: 1 }, { a: 1; b?: 2 }>;
"less than the contract" satisfies Same<{ a: 1 | 2 }, { a: 1 }>;
"looser than the contract" satisfies Same<{ a: 1 }, { a: 1 | 2 }>;
