/** What the elements need of the package: the same as the page's, whichever entry point it took. @internal */
export { MergefetchError, diffText, mergeText } from "./api.js";
