/** The script that a page loads with the first use of a store of `indexedDb`. */
// It imports everything that the page has by then, so that the build makes one script: many small ones compress worse.
import "./api.js";

export * from "../stores/database.js";
