/** What a check of a server observes, and what it concludes. */

/** One request of the check, with its answer. Credentials are never part of it. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  /** The preconditions and the origin that the request named. */
  readonly sent: Readonly<Record<string, string>>;
  /** The status of the answer; null if there was none: no network, a blocked preflight, or too late. */
  readonly status: number | null;
  /** The fields of the answer that concern versions, caches and CORS. A page sees only those that the server exposes. */
  readonly fields: Readonly<Record<string, string>>;
}

/** What the body of an answer is. */
export type Content = "json" | "invalid-json" | "html" | "text" | "bytes" | "empty" | "too-large";

/** The checks that need a throw-away document, in the order in which they were made; null where an earlier answer made one impossible. */
export interface ScratchObservations {
  readonly url: string;
  /** A read, before anything is created. */
  readonly before: Exchange;
  /** A creation with `If-None-Match: *`, and the same once more. */
  readonly created: Exchange | null;
  readonly createdAgain: Exchange | null;
  /** Reads and updates in turn. */
  readonly read: Exchange | null;
  /** An update that names the tag of the read. */
  readonly updated: Exchange | null;
  readonly updatedRead: Exchange | null;
  /** Whether the two reads have different bytes. */
  readonly hasMoved: boolean;
  /** Whether a read returned another value than the one that was sent. */
  readonly isRewritten: boolean;
  /** An update and a removal that name a tag that no document has. */
  readonly put: Exchange | null;
  readonly removed: Exchange | null;
  /** Whether the document is still there, as the server refused to remove it. */
  readonly isLeft: boolean;
}

/** All that was observed. */
export interface Observations {
  readonly url: string;
  /** The origin whose pages are to use the server, if it is another one. */
  readonly origin: string | null;
  /** Whether a browser hides fields of the answers from this script. */
  readonly isFiltered: boolean;
  readonly read: Exchange;
  /** Null if there was no complete body. */
  readonly content: Content | null;
  /** The member of the document that has the version, such as `_rev`. */
  readonly versionMember: string | null;
  /** The same read without compression. In a browser, scripts cannot ask for that. */
  readonly plain: Exchange | null;
  /** A read with `If-None-Match` and the tag of the first read. */
  readonly conditional: Exchange | null;
  /** The question of a browser before a PUT with `If-Match`. A page cannot see it. */
  readonly preflight: Exchange | null;
  /** A PUT of the bytes that were just read, with a tag that no document has. */
  readonly put: Exchange | null;
  /** Why the PUT was not sent. */
  readonly putSkipped: string | null;
  readonly scratch: ScratchObservations | null;
}

/** The codes of findings; docs/guide/doctor.md has a row for each. */
export type FindingCode =
  | "no-answer"
  | "not-readable"
  | "html"
  | "invalid-json"
  | "too-large"
  | "no-tag"
  | "tag-not-exposed"
  | "invalid-tag"
  | "version-in-document"
  | "weak-tag"
  | "tag-changed-by-compression"
  | "no-304"
  | "cors-origin"
  | "cors-preflight"
  | "cors-on-304"
  | "cors-on-refusal"
  | "shared-cache"
  | "no-write-answered"
  | "put-not-compared"
  | "delete-not-compared"
  | "creation-not-protected"
  | "tag-not-accepted"
  | "coarse-tag"
  | "no-tag-after-write"
  | "stored-differently"
  | "left-over";

/** One thing that the server lacks. */
export interface Finding {
  readonly code: FindingCode;
  /** A "fault" can lose an edit, or keeps pages from reading or saving. A "note" costs requests, or needs a rule in the client. */
  readonly level: "fault" | "note";
  /** What is missing, in a sentence. */
  readonly message: string;
  /** What to do. */
  readonly next: string;
  /** The section of the guide. */
  readonly guide: string;
  /** The exchanges that show it. */
  readonly evidence: readonly Exchange[];
}

/** A check that was not made, or whose answer says nothing. */
export interface Unchecked {
  readonly check: "read" | "put" | "delete" | "create" | "compression" | "cors";
  /** Why. */
  readonly message: string;
  /** How to have it checked. */
  readonly next: string;
}

/** What is wrong, and what is not known. */
export interface Conclusions {
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Unchecked[];
}

/** The result of `doctor`. */
export interface Report extends Conclusions {
  readonly url: string;
  /** Whether no finding is a fault. Read `unchecked` as well. */
  readonly ok: boolean;
  /** Whether the server has carried out the PUT of the same bytes. */
  readonly wrote: boolean;
  /** The findings and the open checks as text, a sentence each. */
  readonly text: string;
  readonly observations: Observations;
}
