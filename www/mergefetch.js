/** The one place that knows where the package lies. An import map would do the same, but needs an inline script. */
export * from "/mergefetch/index.js";
export * from "/mergefetch/element.js";
