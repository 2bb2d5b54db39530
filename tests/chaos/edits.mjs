// Random edits whose every value is a token, so that each can be found again.

const FIELDS = ["title", "note", "place"];

/** An edit of a JSON value or a text: `{ mine, added, removed }`, where the latter two are tokens. */
export function edited(value, format, random, next) {
  const edit = { added: [], removed: [] };
  const put = () => {
    const made = next();
    edit.added.push(made);
    return made;
  };
  if (format === "text") return { ...edit, mine: editedText(value, random, put, edit) };
  const mine = structuredClone(value);
  const before = JSON.stringify(value);
  for (let i = random.chance(0.3) ? 2 : 1; i > 0; i -= 1) editJson(mine, random, put, edit);
  // An edit back to base also reverts the earlier save from this base.
  while (JSON.stringify(mine) === before) editJson(mine, random, put, edit);
  // A value of this very edit may have been replaced by it.
  const after = JSON.stringify(mine);
  return { mine, added: edit.added.filter((token) => after.includes(token)), removed: edit.removed.filter((token) => before.includes(token) && !after.includes(token)) };
}

function editJson(mine, random, put, edit) {
  const { list, items } = mine;
  const way = random.weighted([
    ["field", 10],
    ["append", Array.isArray(list) ? 4 : 0],
    ["insert", Array.isArray(list) ? 2 : 0],
    ["drop", list?.length > 1 ? 1 : 0],
    ["item", items?.length > 0 ? 3 : 0],
    ["new-item", Array.isArray(items) ? 2 : 0],
  ]);
  if (way === "field") mine[random.one(FIELDS)] = put();
  else if (way === "append") list.push(put());
  else if (way === "insert") list.splice(random.below(list.length + 1), 0, put());
  else if (way === "drop") edit.removed.push(...list.splice(random.below(list.length), 1));
  else if (way === "item") random.one(items).v = put();
  else {
    const made = put();
    items.push({ id: made.slice(1, -1), v: made });
  }
}

function editedText(text, random, put, edit) {
  const lines = text.split("\n");
  const last = lines.length - 1;
  const way = random.weighted([["replace", last > 0 ? 5 : 0], ["insert", 4], ["drop", last > 2 ? 1 : 0]]);
  if (way === "replace") lines[random.below(last)] = put();
  else if (way === "insert") lines.splice(random.below(lines.length), 0, put());
  else edit.removed.push(...lines.splice(random.below(last), 1));
  return lines.join("\n");
}

/** A new document, as a page creates it. */
export function created(next) {
  const added = [next(), next()];
  return { mine: { title: added[0], note: added[1], list: [], items: [] }, added, removed: [] };
}
