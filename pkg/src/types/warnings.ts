/** The codes of warnings. */

/** A problem that the developer of the app or of the server should fix: `docs/guide/observing.md` has a row for each code. */
export type WarningCode =
  | "unprotected"
  | "recreated"
  | "weak-tag"
  | "only-dates"
  | "no-write-answered"
  | "fields-withheld"
  | "keepalive" | "store" | "storage-full" | "locks" | "callback" | "adapter" | "draft";
