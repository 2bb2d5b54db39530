/** The script that a page loads with the engine: merges and conflicts. */
// It imports everything that the page has by then, so that the build makes one script: many small ones compress worse.
import "./api.js";

export * from "../engine/engine-script.js";
