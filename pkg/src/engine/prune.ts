/** The parts of values that a merge need not see, as all three sides share them. */
// Making a text of a whole value takes longer than the merge, so equal values stay in JavaScript. If all sides have the same names in the same order,
// equal members are left out. Otherwise a number replaces each equal value, so that the merge finds the order of the whole values.

/** The module refuses deeper values itself. */
const MAX_DEPTH = 512;

/** Replaces an equal value. Its text is as short as possible. */
const PLACEHOLDER = 0;

const LONE_SURROGATE = /\p{Surrogate}/u;

type Plain = Record<string, unknown>;

/** An object of theirs, and the names of the members that differ. A member has a plan of its own if parts of it were left out. */
interface Plan {
  readonly theirs: Plain;
  /** Whether placeholders keep the place of equal members. */
  readonly hasAll: boolean;
  readonly differing: ReadonlyMap<string, Plan | undefined>;
}

/** Three values without the values that are equal in all of them. @internal */
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

/** Leaves equal members of objects out; undefined if all is equal. An array stays whole, because the match of its elements needs all of them. */
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
  const names = Object.keys(theirs);
  const [ofBase, ofMine] = [Object.keys(base), Object.keys(mine)];
  let isInOrder = ofBase.length === names.length && ofMine.length === names.length;
  let differing: Map<string, Pruned> | undefined;
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string;
    isInOrder &&= ofBase[at] === name && ofMine[at] === name;
    const found = differs(base, mine, theirs, name, depth);
    if (found !== undefined) (differing ??= new Map()).set(name, found);
  }
  if (isInOrder && differing === undefined) return undefined;
  const sides = [base, mine, theirs] as const;
  const all = isInOrder ? [...(differing?.keys() ?? [])] : [...names, ...ofBase, ...ofMine];
  // No pointer names a member with a lone surrogate in its name. A patch replaces the object around it, and needs all of it.
  if (all.some((name) => LONE_SURROGATE.test(name))) return { sides };
  const part = (at: 0 | 1 | 2): Plain => {
    const made: Plain = {};
    for (const name of isInOrder ? all : ([ofBase, ofMine, names][at] as string[])) {
      const inside = differing?.get(name);
      put(made, name, inside?.plan ? inside.sides[at] : inside === undefined && Object.hasOwn(theirs, name) ? PLACEHOLDER : sides[at][name]);
    }
    return made;
  };
  const plans = new Map<string, Plan | undefined>();
  for (const [name, { plan }] of differing ?? []) plans.set(name, plan);
  return { sides: [part(0), part(1), part(2)], plan: { theirs, hasAll: !isInOrder, differing: plans } };
}

/** One member of theirs, if it is not equal in all three. */
function differs(base: Plain, mine: Plain, theirs: Plain, name: string, depth: number): Pruned | undefined {
  const value = theirs[name];
  // For a missing name, an object may return an inherited value. It is no scalar, and it is plain only for `__proto__`.
  if (base[name] === value && mine[name] === value && isScalar(value)) return undefined;
  const sides = [base[name], mine[name], value] as const;
  return name === "__proto__" ? { sides } : pruned(...sides, depth + 1);
}

/** `__proto__` is a name like any other. */
function put(object: Plain, name: string, value: unknown): void {
  if (name === "__proto__") Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}

/** Leaves out each value that is equal in all three, unless the values are too deep, or perhaps cyclic. @internal */
export function prune(base: unknown, mine: unknown, theirs: unknown): Pruned {
  const whole = { sides: [base, mine, theirs] } as const;
  if (Array.isArray(theirs)) return whole;
  try {
    return pruned(base, mine, theirs, 0) ?? whole;
  } catch {
    // Perhaps a getter that throws: `jsonText` reports it with more detail.
    return whole;
  }
}

/** The merged value with the objects of theirs that were left out. @internal */
export function restore<T>(merged: T, plan: Plan | undefined): T;
export function restore(merged: unknown, plan: Plan | undefined): unknown {
  if (plan === undefined || typeof merged !== "object" || merged === null) return merged;
  const { theirs, hasAll, differing } = plan;
  const result: Plain = {};
  for (const name of Object.keys(hasAll ? merged : theirs)) {
    const isLeftOut = !differing.has(name) && Object.hasOwn(theirs, name);
    if (isLeftOut) put(result, name, theirs[name]);
    else if (Object.hasOwn(merged, name)) put(result, name, restore((merged as Plain)[name], differing.get(name)));
  }
  return result;
}
