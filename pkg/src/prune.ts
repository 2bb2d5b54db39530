// To make texts of whole values takes longer than to merge them: what is equal on all sides stays here.

/** The module refuses deeper values itself. */
const MAX_DEPTH = 512;

const LONE_SURROGATE = /\p{Surrogate}/u;

type Plain = Record<string, unknown>;

/** What was left out of an object: all members of theirs but these, which go by plans of their own where something is left out of them. */
interface Plan {
  readonly theirs: Plain;
  /** Those of theirs, where they are many. */
  readonly names: readonly string[] | undefined;
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

type Differing = readonly [name: string, inside: Pruned | undefined];

/** From so many members on the list of their names is worth making: to walk an object takes longer than to look them up. */
const MANY = 100;

function prunedObject(base: Plain, mine: Plain, theirs: Plain, depth: number): Pruned | undefined {
  let more = 0;
  let differing: Differing[] | undefined;
  // Not `Object.keys`, which makes lists. What everything inherits is in all three.
  for (const _ in base) more++;
  let moreOfMine = 0;
  let names: string[] | undefined;
  if (more > MANY) {
    names = Object.keys(theirs);
    for (const name of names) {
      const found = differs(base, mine, theirs, name, depth);
      if (found !== undefined) (differing ??= []).push(found);
    }
    more -= names.length;
    moreOfMine = Object.keys(mine).length - names.length;
  } else {
    for (const _ in mine) moreOfMine++;
    for (const name in theirs) {
      more--;
      moreOfMine--;
      const found = differs(base, mine, theirs, name, depth);
      if (found !== undefined) (differing ??= []).push(found);
    }
  }
  if (differing === undefined && more === 0 && moreOfMine === 0) return undefined;
  return parted([base, mine, theirs], [more, moreOfMine], differing ?? [], names);
}

/** One member of theirs, where it is not equal in all three. */
function differs(base: Plain, mine: Plain, theirs: Plain, name: string, depth: number): Differing | undefined {
  const value = theirs[name];
  // What an object inherits is no scalar, and but for one name it is not plain.
  if (base[name] === value && mine[name] === value && isScalar(value)) return undefined;
  if (name === "__proto__") return [name, undefined];
  const inside = pruned(base[name], mine[name], value, depth + 1);
  return inside && [name, inside];
}

/** `more`: how many more members than theirs the sides have; `names`: those of theirs, where they are many. */
function parted(
  sides: readonly [Plain, Plain, Plain],
  more: [number, number],
  differing: readonly Differing[],
  names: readonly string[] | undefined,
): Pruned {
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
  const isSurrogate = parts.some((part) => Object.keys(part).some((name) => LONE_SURROGATE.test(name)));
  return isSurrogate ? { sides } : { sides: parts, plan: { theirs: sides[2], names, kept } };
}

/** `__proto__` is a name like any other. */
function put(object: Plain, name: string, value: unknown): void {
  if (name === "__proto__") Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}

/** Leaves out what is equal in all three; nothing where that is too deep to see, perhaps without end. @internal */
export function prune(base: unknown, mine: unknown, theirs: unknown): Pruned {
  const whole = { sides: [base, mine, theirs] } as const;
  // Of an array nothing can be left out but all.
  if (Array.isArray(theirs)) return whole;
  try {
    return pruned(base, mine, theirs, 0) ?? whole;
  } catch {
    // Perhaps a getter that throws: `jsonText` reports it with more detail.
    return whole;
  }
}

/** The merged value with what was left out: in the order of theirs, and its own objects. @internal */
export function restore(merged: unknown, plan: Plan | undefined): unknown {
  if (plan === undefined || typeof merged !== "object" || merged === null) return merged;
  const { theirs, names } = plan;
  // A spread takes no time where there are few members, and four times as long where there are many.
  const result: Plain = names === undefined ? { ...theirs } : {};
  for (const name of names ?? []) put(result, name, theirs[name]);
  for (const [name, inside] of plan.kept) {
    if (Object.hasOwn(merged, name)) put(result, name, restore((merged as Plain)[name], inside));
    else delete result[name];
  }
  for (const name of Object.keys(merged)) if (!plan.kept.has(name)) put(result, name, (merged as Plain)[name]);
  return result;
}
