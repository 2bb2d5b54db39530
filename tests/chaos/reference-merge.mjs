// The merge of the reference client: members one by one, lists and lines as sets, numbers by their increments.

/** `{ value, conflicts }`, where a conflict is `{ path, base, mine, theirs }`, and its place holds mine. */
export function merged(base, mine, theirs, sent = []) {
  if (typeof mine === "string") return { value: lines(base, mine, theirs), conflicts: [] };
  const conflicts = [];
  const value = structuredClone(theirs);
  for (const key of new Set([...Object.keys(base), ...Object.keys(mine)])) {
    const [b, m, t] = [base[key], mine[key], theirs[key]];
    if (same(b, m)) continue;
    if (same(b, t) || same(m, t)) value[key] = m;
    else if (key === "likes") value[key] = t + (m - b);
    else if (Array.isArray(m) && Array.isArray(t)) value[key] = typeof (m[0] ?? t[0]) === "object" ? records(b ?? [], m, t) : set(b ?? [], m, t);
    else {
      value[key] = m;
      // An own earlier edit is no conflict: the later one counts.
      if (!sent.some((own) => same(own[key], t))) conflicts.push({ path: `/${key}`, base: b, mine: m, theirs: t });
    }
    if (key === "likes" && same(m, t) && !same(b, m)) value[key] = t + (m - b);
  }
  return { value, conflicts };
}

export function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

function set(base, mine, theirs) {
  const kept = theirs.filter((item) => !base.includes(item) || mine.includes(item));
  return [...kept, ...mine.filter((item) => !base.includes(item) && !kept.includes(item))];
}

/** By id; of two edits of one record, both values cannot stay, so that a record of its own takes mine. */
function records(base, mine, theirs) {
  const before = new Map(base.map((item) => [item.id, item.v]));
  const result = theirs.map((item) => ({ ...item }));
  for (const item of mine) {
    if (same(before.get(item.id), item.v)) continue;
    const now = result.find(({ id }) => id === item.id);
    if (now === undefined) result.push(item);
    else if (now.v === before.get(item.id)) now.v = item.v;
    else if (now.v !== item.v && !result.some(({ v }) => v === item.v)) result.push({ id: `${item.id}+`, v: item.v });
  }
  return result;
}

function lines(base, mine, theirs) {
  return set(...[base, mine, theirs].map((text) => text.split("\n").filter((line) => line !== ""))).join("\n") + "\n";
}
