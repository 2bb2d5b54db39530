/**
 * The package is assignable to docs/api.d.ts, also if an optional member that is `undefined` differs from a missing one. `contract.ts` compares
 * both directions.
 *
 * Read by the compiler only.
 */
import * as mergefetch from "mergefetch";
import type * as Package from "mergefetch";
import type * as Contract from "../../docs/api.js";

// The package's errors are a union by code; `MergefetchError` below compares them.
mergefetch satisfies Omit<typeof Contract, "MergefetchError">;

interface Note {
  title: string;
  tags: string[];
}

/** What a page gets from the package. */
declare const given: {
  Author: Package.Author;
  Change: Package.Change;
  Client: Package.Client;
  Conflict: Package.Conflict<Note>;
  JsonMerge: Package.JsonMerge<Note>;
  JsonOperation: Package.JsonOperation;
  MergefetchError: Package.MergefetchError;
  Problem: Package.Problem;
  Refusal: Package.Refusal;
  SaveResult: Package.SaveResult<Note>;
  Snapshot: Package.Snapshot<Note>;
  TextChange: Package.TextChange;
  TextMerge: Package.TextMerge;
  TextRegion: Package.TextRegion;
};
given satisfies {
  Author: Contract.Author;
  Change: Contract.Change;
  Client: Contract.Client;
  Conflict: Contract.Conflict<Note>;
  JsonMerge: Contract.JsonMerge<Note>;
  JsonOperation: Contract.JsonOperation;
  MergefetchError: Contract.MergefetchError;
  Problem: Contract.Problem;
  Refusal: Contract.Refusal;
  SaveResult: Contract.SaveResult<Note>;
  Snapshot: Contract.Snapshot<Note>;
  TextChange: Contract.TextChange;
  TextMerge: Contract.TextMerge;
  TextRegion: Contract.TextRegion;
};

/** What a page that was written to the contract passes. */
declare const passed: {
  ClientOptions: Contract.ClientOptions;
  JsonMergeOptions: Contract.JsonMergeOptions;
  JsonRule: Contract.JsonRule;
  Observers: Contract.Observers;
  RouteRule: Contract.RouteRule;
  StandardSchema: Contract.StandardSchema;
  Store: Contract.Store;
  TextMergeOptions: Contract.TextMergeOptions;
  VersionAdapter: Contract.VersionAdapter;
};
passed satisfies {
  ClientOptions: Package.ClientOptions;
  JsonMergeOptions: Package.JsonMergeOptions;
  JsonRule: Package.JsonRule;
  Observers: Package.Observers;
  RouteRule: Package.RouteRule;
  StandardSchema: Package.StandardSchema;
  Store: Package.Store;
  TextMergeOptions: Package.TextMergeOptions;
  VersionAdapter: Package.VersionAdapter;
};
