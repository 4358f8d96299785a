/**
 * Who is in a room, from one change to the next. Pure.
 *
 * @typedef {import("../types.js").Person} Person
 */

/** Who does not say that they still type after so long does not. */
export const TYPING_MS = 6_000;

/**
 * A list that does not add up to the count is no list: the room has grown beyond being listed.
 * @param {Person[] | null} members
 * @param {import("../types.js").PresenceChange} event
 */
export function membersAfter(members, event) {
  if (event.members) return event.members;
  if (!members) return null;
  const changed = new Set([...event.joins, ...event.leaves].map((person) => person.id));
  const after = [...members.filter((person) => !changed.has(person.id)), ...event.joins];
  return after.length === event.count ? after : null;
}
