// To make texts of whole values takes longer than to merge them: what is equal on all sides stays here.

/** The module refuses deeper values itself. */
const MAX_DEPTH = 512;

const LONE_SURROGATE = /\p{Surrogate}/u;

type Plain = Record<string, unknown>;

/** What was left out of an object: all members of theirs but these, which go by plans of their own where something is left out of them. */
interface Plan {
  readonly theirs: Plain;
  readonly kept: ReadonlyMap<string, Plan | undefined>;
}

/** Three values without what is equal in all of them. @internal */
export interface Pruned {
  readonly sides: readonly [unknown, unknown, unknown];
  readonly plan?: Plan;
}

function isScalar(value: unknown): boolean {
  return typeof value === "number" ? Number.isFinite(value) : typeof value === "string" || typeof value === "boolean" || value === null;
}

function isObject(value: unknown): value is Plain {
  return typeof value === "object" && value !== null;
}

function hasToJson(value: Plain): boolean {
  return typeof value.toJSON === "function";
}

/** Whether `JSON.stringify` takes the members of all three, or their elements, as they are. */
function arePlain(base: Plain, mine: Plain, theirs: Plain): boolean {
  const prototype: unknown = Object.getPrototypeOf(theirs);
  return (
    (prototype === Object.prototype || prototype === Array.prototype || prototype === null) &&
    Object.getPrototypeOf(base) === prototype &&
    Object.getPrototypeOf(mine) === prototype &&
    !hasToJson(base) &&
    !hasToJson(mine) &&
    !hasToJson(theirs)
  );
}

/** Leaves equal members of objects out; undefined where all is equal. Arrays are taken or left as a whole: which element is which
    depends on all of them.

    Where all is equal nothing is allocated: the garbage collector, once it is called, copies all that was just parsed. */
function pruned(base: unknown, mine: unknown, theirs: unknown, depth: number): Pruned | undefined {
  if (!isObject(base) || !isObject(mine) || !isObject(theirs)) {
    return base === theirs && mine === theirs && isScalar(theirs) ? undefined : { sides: [base, mine, theirs] };
  }
  if (!arePlain(base, mine, theirs)) return { sides: [base, mine, theirs] };
  if (depth > MAX_DEPTH) throw new RangeError();
  const arrays = Number(Array.isArray(base)) + Number(Array.isArray(mine)) + Number(Array.isArray(theirs));
  if (arrays === 0) return prunedObject(base, mine, theirs, depth);
  const same = arrays === 3 && isSameArray(base as unknown as unknown[], mine as unknown as unknown[], theirs as unknown as unknown[], depth);
  return same ? undefined : { sides: [base, mine, theirs] };
}

function isSameArray(base: unknown[], mine: unknown[], theirs: unknown[], depth: number): boolean {
  if (base.length !== theirs.length || mine.length !== theirs.length) return false;
  for (let at = 0; at < theirs.length; at++) {
    if (pruned(base[at], mine[at], theirs[at], depth + 1) !== undefined) return false;
  }
  return true;
}

function prunedObject(base: Plain, mine: Plain, theirs: Plain, depth: number): Pruned | undefined {
  let more = 0;
  let differing: [string, Pruned | undefined][] | undefined;
  // Not `Object.keys`, which makes lists. What everything inherits is in all three.
  for (const name in theirs) {
    more--;
    const value = theirs[name];
    // What an object inherits is no scalar, and but for one name it is not plain.
    if (base[name] === value && mine[name] === value && isScalar(value)) continue;
    const inside = name === "__proto__" ? undefined : pruned(base[name], mine[name], value, depth + 1);
    if (inside !== undefined || name === "__proto__") (differing ??= []).push([name, inside]);
  }
  let moreOfMine = more;
  for (const _ in base) more++;
  for (const _ in mine) moreOfMine++;
  if (differing === undefined && more === 0 && moreOfMine === 0) return undefined;
  return parted([base, mine, theirs], [more, moreOfMine], differing ?? []);
}

/** `more`: how many more members than theirs the sides have. */
function parted(sides: readonly [Plain, Plain, Plain], more: [number, number], differing: [string, Pruned | undefined][]): Pruned {
  const parts: [Plain, Plain, Plain] = [{}, {}, {}];
  const kept = new Map<string, Plan | undefined>();
  const missing: [number, number] = [0, 0];
  for (const [name, inside] of differing) {
    const plan = inside?.plan;
    kept.set(name, plan);
    sides.forEach((side, at) => {
      if (Object.hasOwn(side, name)) put(parts[at] as Plain, name, plan === undefined ? side[name] : inside?.sides[at]);
      else missing[at as 0]++;
    });
  }
  for (const at of [0, 1] as const) {
    // Where as many are known as there are, theirs lacks none.
    if (more[at] + missing[at] === 0) continue;
    for (const name of Object.keys(sides[at])) if (!Object.hasOwn(sides[2], name)) put(parts[at], name, sides[at][name]);
  }
  // No pointer names a member with a lone surrogate in its name: a patch replaces the object around it, and needs all of it.
  const names = parts.flatMap((part) => Object.keys(part));
  return names.some((name) => LONE_SURROGATE.test(name)) ? { sides } : { sides: parts, plan: { theirs: sides[2], kept } };
}

/** `__proto__` is a name like any other. */
function put(object: Plain, name: string, value: unknown): void {
  if (name === "__proto__") Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}

/** Leaves out what is equal in all three; nothing where that is too deep to see, perhaps without end. @internal */
export function prune(base: unknown, mine: unknown, theirs: unknown): Pruned {
  const whole = { sides: [base, mine, theirs] } as const;
  try {
    return pruned(base, mine, theirs, 0) ?? whole;
  } catch (thrown) {
    if (thrown instanceof RangeError) return whole;
    throw thrown;
  }
}

/** The merged value with what was left out: in the order of theirs, and its own objects. @internal */
export function restore(merged: unknown, plan: Plan | undefined): unknown {
  if (plan === undefined || typeof merged !== "object" || merged === null) return merged;
  const result: Plain = {};
  // A spread takes twice as long where there are many members.
  for (const name of Object.keys(plan.theirs)) put(result, name, plan.theirs[name]);
  for (const [name, inside] of plan.kept) {
    if (Object.hasOwn(merged, name)) put(result, name, restore((merged as Plain)[name], inside));
    else delete result[name];
  }
  for (const name of Object.keys(merged)) if (!plan.kept.has(name)) put(result, name, (merged as Plain)[name]);
  return result;
}
