/** The script that a page loads with the core: the glue of the module, the start of modules, and writes. */
// It imports everything that the page has by then, so that the build makes one script: many small ones compress worse.
import "./api.js";

export { loadFrom } from "../client/load.js";
export * from "../client/core-script.js";
