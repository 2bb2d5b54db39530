/** The parts of the package that the elements need. They are the page's own, for every entry point. @internal */
export { MergefetchError, diffText, mergeText } from "./api.js";
