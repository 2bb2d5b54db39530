/** The codes of warnings. */
import type { WarningCode as CoreWarningCode } from "./wire.js";

/** A problem that the developer of the app or of the server should fix: `docs/guide/observing.md` has a row for each code. */
export type WarningCode = CoreWarningCode | "keepalive" | "store" | "storage-full" | "locks" | "callback" | "adapter" | "draft";
