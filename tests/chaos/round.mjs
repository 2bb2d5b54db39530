// The clients of one process, through one round.
import { Actor } from "./actor.mjs";
import { Person } from "./person.mjs";
import { randomOf } from "./random.mjs";

/** How many forms each client has open. */
const FORMS = 2;

/**
 * Runs the clients `names` of a round; their journals.
 *
 * @param share How many saves they make together.
 */
export async function played({ plan, names, share, library, originOf, fetch, pace = 1 }) {
  const actors = names.map((name) => new Actor({ name, plan, library, originOf, fetch, pace, random: randomOf("actor", plan.seed, plan.round, name) }));
  let left = share;
  const form = async (actor, n) => {
    const person = new Person(actor, randomOf("person", plan.seed, plan.round, actor.name, n));
    while (left > 0) {
      const made = await person.step();
      left -= made;
    }
  };
  await Promise.all(actors.flatMap((actor) => Array.from({ length: FORMS }, (_, n) => form(actor, n))));
  return {
    calls: actors.flatMap(({ calls }) => calls),
    warnings: actors.flatMap(({ warnings }) => warnings),
    saves: actors.reduce((sum, { saves }) => sum + saves, 0),
  };
}

/** The names of clients `from` to `to` - 1. */
export function namesOf(from, to) {
  return Array.from({ length: to - from }, (_, n) => `c${from + n}`);
}
