/** What the elements' later script shares with the first: one copy, in the script that is loaded already. @internal */
import { kit } from "./element.js";

export const { ABSENT, INSIDE, Lines, badgeOf, button, checkConflict, childOf, compared, el, fill, isMembers, lineLabel, memberOf, originOf, paged, partsOf, plainLine, refuse, say, sideOf, textNodes, together, uid, wordDiff } = kit;
