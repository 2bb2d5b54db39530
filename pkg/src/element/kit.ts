/** What the script that is loaded later takes from the first one. */
export { checkConflict, refuse } from "./check-conflict.js";
export { paged } from "./changes.js";
export { button, el, fill, say, textNodes, uid } from "./dom.js";
export { Lines } from "./lines.js";
export { compared, wordDiff } from "./differences.js";
export { sideOf, together } from "./place.js";
export { childOf, isMembers, memberOf, partsOf } from "./names.js";
export { lineLabel, plainLine } from "./text-view.js";
export { ABSENT } from "./values.js";
export { INSIDE, badgeOf, originOf } from "./view.js";
