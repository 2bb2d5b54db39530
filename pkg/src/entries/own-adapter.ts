/** The script that a page loads with the first request of a route that has functions of the page. */
// It imports everything that the page has by then, so that the build makes one script: many small ones compress worse.
import "./api.js";

export * from "../adapters/own-adapter.js";
