/**
 * What stands beside a form: who has an account, who has a place, who holds the lock.
 *
 * @typedef {{ element: Element, refresh: () => Promise<void> }} Aside
 * @typedef {import("./people.js").Person} Person
 */
import { call } from "./api.js";
import { button, el, fill, say } from "./dom.js";
import { count } from "./words.js";

/** @param {Person} person @returns {Aside} */
export function accounts(person) {
  const list = el("ul", { class: "plain-list" });
  return {
    element: el("div", { class: "aside" }, el("h4", {}, "Accounts"), list),
    async refresh() {
      const { value } = await person.client.get(person.address("/api/users"));
      const users = /** @type {{ name: string, email: string }[]} */ (value);
      fill(list, ...users.map(({ name, email }) => el("li", {}, el("span", {}, name), " ", el("span", { class: "quiet" }, email))));
    },
  };
}

/** @param {Person} person @returns {Aside} */
export function places(person) {
  const words = el("p", {});
  const list = el("ol", { class: "places-list" });
  const refresh = async () => {
    const { value } = await person.client.get(person.address("/api/rooms/garden"));
    const room = /** @type {{ name: string, capacity: number, guests: string[] }} */ (value);
    const free = room.capacity - room.guests.length;
    say(words, `${room.name}: ${free === 0 ? "no place" : count(free, "place")} left of ${room.capacity}, as of the last look.`);
    const taken = room.guests.map((guest) => el("li", { class: "taken" }, guest));
    const open = Array.from({ length: Math.max(0, free) }, () => el("li", { class: "free" }, "free"));
    fill(list, ...taken, ...open);
  };
  return { element: el("div", { class: "aside" }, words, list, button("Look again", refresh, { class: "button button-quiet" })), refresh };
}

/** @param {Person} person @returns {Aside} */
export function lock(person) {
  const path = "/api/documents/locked/lock";
  const me = person.name.toLowerCase();
  const words = el("p", { role: "status" });
  const buttons = el("div", { class: "buttons" });
  const change = async (/** @type {string} */ method, /** @type {string} */ query, /** @type {unknown} */ body) => {
    const { ok, body: answer } = await call(method, `${path}?as=${query}`, body);
    await refresh();
    if (!ok) say(words, `${answer?.message ?? "This did not work"}.`);
  };
  const quiet = { class: "button button-quiet" };
  const take = button("Lock it for me", () => change("PUT", me, { holder: me }), quiet);
  const release = button("Release my lock", () => change("DELETE", me, undefined), quiet);
  const other = button("", () => change("DELETE", holder ?? "", undefined), quiet);
  /** @type {string | null} */
  let holder = null;
  async function refresh() {
    holder = (await call("GET", `${path}?as=${me}`)).body.holder;
    say(words, holder === null ? "Nobody holds the lock." : holder === me ? "You hold the lock: nobody else can save." : `${nameOf(holder)} holds the lock.`);
    fill(other, `Let ${nameOf(holder ?? "")} release it`);
    take.toggleAttribute("hidden", holder !== null);
    release.toggleAttribute("hidden", holder !== me);
    other.toggleAttribute("hidden", holder === null || holder === me);
  }
  fill(buttons, take, release, other, button("Look again", refresh, quiet));
  return { element: el("div", { class: "aside" }, words, buttons), refresh };
}

/** "cara" as people write it. */
export function nameOf(/** @type {string} */ holder) {
  return holder.charAt(0).toUpperCase() + holder.slice(1);
}
