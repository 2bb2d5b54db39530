/**
 * The script that the elements load after a first conflict is shown: values and orders of one's own, the result, filters for very many places.
 *
 * @packageDocumentation
 * @internal
 */
export { baseOf, beforeOf } from "../element/before.js";
export { checkLabels } from "../element/check-labels.js";
export { filterView } from "../element/filters.js";
export { focusIn } from "../element/focus.js";
export { FormResult } from "../element/form-result.js";
export { moveView, orderOf, orderView } from "../element/own-order.js";
export { editInPlace, ownValueOf } from "../element/own-value.js";
export { refusalParts } from "../element/refusal-parts.js";
export { partOf, typedView } from "../element/text-result.js";
export { LATER_STYLES } from "../element/later-styles.js";
export { editedItems, tableOf } from "../element/table.js";
export { fillTools } from "../element/tools.js";
export { removedByBoth } from "../element/removed.js";
export { resolveIn } from "../element/resolve.js";
