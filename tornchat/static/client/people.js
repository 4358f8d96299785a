/**
 * Who is in a room, and who types there.
 *
 * @typedef {import("../chat/types.js").Person} Person
 */

import { Timers } from "../chat/clock.js";
import { membersAfter, TYPING_MS } from "../chat/state/members.js";

export class People {
  #tell;
  #timers;
  /** @type {Map<string, Person>} */
  #typing = new Map();
  /** @type {Person[] | null}  null: too many to be listed */
  list = null;
  count = 0;

  /**
   * @param {(name: string, event: object) => void} tell
   * @param {import("../chat/types.js").Clock} clock
   */
  constructor(tell, clock) {
    this.#tell = tell;
    this.#timers = new Timers(clock);
  }

  /**
   * The list starts anew with each join.
   * @param {import("../chat/types.js").Joined} event
   */
  start({ members, count }) {
    this.list = members ?? null;
    this.count = count;
    this.#announce([], []);
  }

  /** @param {import("../chat/types.js").PresenceChange} event */
  change(event) {
    this.list = membersAfter(this.list, event);
    this.count = event.count;
    for (const { id } of event.leaves) this.rest(id);
    this.#announce(event.joins, event.leaves);
  }

  /** @param {Person} person  who goes by another name now */
  rename(person) {
    this.list = this.list?.map((other) => (other.id === person.id ? person : other)) ?? null;
  }

  /** @param {import("../chat/types.js").TypingNow} event */
  type({ person, on }) {
    if (!on) return this.rest(person.id);
    const known = this.#typing.has(person.id);
    this.#typing.set(person.id, person);
    this.#timers.set(person.id, TYPING_MS, () => this.rest(person.id));
    if (!known) this.#tell("typing", { person, on });
  }

  /** @param {string | undefined} id  who has written, gone, or stopped typing */
  rest(id) {
    const person = this.#typing.get(id ?? "");
    if (!person) return;
    this.#typing.delete(person.id);
    this.#timers.clear(person.id);
    this.#tell("typing", { person, on: false });
  }

  /** Nobody is heard of any more. */
  stop() {
    for (const id of [...this.#typing.keys()]) this.rest(id);
  }

  /**
   * @param {Person[]} joins
   * @param {Person[]} leaves
   */
  #announce(joins, leaves) {
    this.#tell("presence", { joins, leaves, count: this.count, people: this.list });
  }
}
