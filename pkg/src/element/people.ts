/** The names of people and sides in the element. */
import type { Conflict } from "../types/types.js";
import type { Words } from "./words.js";

/** Who made the other edit and when: as the page says, or as the server said. @internal */
export function peopleOf(words: Words, conflict: Conflict, who: string, when: string): { readonly who?: string | undefined; readonly when?: string | undefined } {
  const author = conflict.theirs?.author ?? null;
  const date = when !== "" ? new Date(when) : author?.savedAt === undefined || (who !== "" && author.name !== who) ? null : new Date(author.savedAt);
  const name = who.trim() || author?.name?.trim();
  return { who: name === "" ? undefined : name, when: date === null || Number.isNaN(date.getTime()) ? undefined : words.ago(date) };
}
