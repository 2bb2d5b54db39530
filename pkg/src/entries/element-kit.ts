/** The code that the later script of the elements shares with the first script, which is loaded already. @internal */
import { kit } from "./element.js";

export const { ABSENT, INSIDE, Lines, badgeOf, button, checkConflict, childOf, compared, el, fill, isMembers, lineLabel, memberOf, originOf, paged, partsOf, plainLine, refuse, say, sideOf, textNodes, together, uid, wordDiff } = kit;
