/** The words of the page beside those of the elements. */

/** "1 place", "2 places". */
export function count(/** @type {number} */ number, /** @type {string} */ one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

/** A tag by its end, where it differs from others; it is as opaque as before. */
export function shortTag(/** @type {string} */ tag) {
  return tag.length > 12 ? `"…${tag.slice(-6)}` : tag;
}

/** What a decision about a whole document came to. */
export const DONE = {
  "edit-delete": {
    mine: "Saved: the document is back, as you wrote it.",
    theirs: "The document stays deleted. What you wrote is still here; saving it creates the document anew.",
  },
  "delete-edit": {
    mine: "The document is deleted. What you see is your copy; saving it creates the document anew.",
    theirs: "The document is kept, as they wrote it.",
  },
};
