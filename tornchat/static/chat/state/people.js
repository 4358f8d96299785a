/**
 * Who is here, who came and went, who types. Pure.
 *
 * @typedef {import("../state.js").State} State
 * @typedef {import("../types.js").Person} Person
 */

import { trim } from "./log.js";
import { membersAfter, TYPING_MS } from "./members.js";

/** People coming and going within this time share one line. */
export const FOLD_MS = 15 * 60_000;
const FOLD_ITEMS = 300;

/**
 * @param {State} state
 * @param {{person: Person}} action
 * @returns {State}
 */
export function identity(state, { person }) {
  return { ...state, me: person, badges: learnt(state.badges, [person]) };
}

/**
 * @param {State} state
 * @param {import("../types.js").PresenceChange} event
 * @param {number} at
 * @returns {State}
 */
export function presence(state, event, at) {
  if (event.room !== state.room || state.phase !== "joined") return state;
  const badges = learnt(state.badges, [...event.joins, ...(event.members ?? [])]);
  const next = { ...state, count: event.count, members: membersAfter(state.members, event), badges };
  const gone = new Set(event.leaves.map((person) => person.id));
  if (gone.size > 0) next.typing = state.typing.filter(({ person }) => !gone.has(person.id));
  if (!state.joinLines) return next;
  const others = (/** @type {Person} */ person) => person.id !== state.me?.id;
  happen(next, [
    ...event.joins.filter(others).map((person) => happening("joined", person, at)),
    ...event.leaves.filter(others).map((person) => happening("left", person, at)),
  ]);
  return next;
}

/**
 * @param {Record<string, string>} badges
 * @param {Person[]} people
 * @returns {Record<string, string>} the same object when nothing is new
 */
export function learnt(badges, people) {
  const fresh = people.filter(({ id, badge }) => badge && badges[id] !== badge);
  return fresh.length === 0 ? badges : { ...badges, ...Object.fromEntries(fresh.map(({ id, badge = "" }) => [id, badge])) };
}

/**
 * @param {"joined" | "left" | "named"} what
 * @param {Person} person
 * @param {number} time
 * @param {string} [was]
 * @returns {import("../types.js").Happening}
 */
function happening(what, person, time, was = "") {
  return { what, person, was, time };
}

/**
 * @param {State} draft  changed
 * @param {import("../types.js").Happening[]} items
 */
function happen(draft, items) {
  if (items.length === 0 || !draft.live) return;
  const last = draft.lines.at(-1);
  const time = items[0].time;
  if (last?.kind === "activity" && time - last.time < FOLD_MS) {
    const folded = { ...last, items: [...last.items, ...items].slice(-FOLD_ITEMS) };
    draft.lines = [...draft.lines.slice(0, -1), folded];
    return;
  }
  draft.keys += 1;
  draft.lines = [...draft.lines, { kind: "activity", key: `a${draft.keys}`, seq: 0, time, items }];
  trim(draft);
}

/**
 * @param {State} state
 * @param {import("../types.js").Named} event
 * @param {number} at
 * @returns {State}
 */
export function named(state, event, at) {
  const { person, was } = event;
  const same = (/** @type {Person} */ other) => (other.id === person.id ? person : other);
  const badges = learnt(state.badges, [person]);
  const next = { ...state, badges, members: state.members?.map(same) ?? null, me: state.me && same(state.me) };
  if (was !== person.name && state.phase === "joined") happen(next, [happening("named", person, at, was)]);
  return next;
}

/**
 * @param {State} state
 * @param {import("../types.js").TypingNow} event
 * @param {number} at
 * @returns {State}
 */
export function typing(state, event, at) {
  if (event.room !== state.room || event.person.id === state.me?.id) return state;
  const others = state.typing.filter(({ person, until }) => person.id !== event.person.id && until > at);
  const now = event.on ? [...others, { person: event.person, until: at + TYPING_MS }] : others;
  return { ...state, typing: now };
}

/**
 * @param {State} state
 * @param {unknown} _action
 * @param {number} at
 * @returns {State}
 */
export function tick(state, _action, at) {
  const typing = state.typing.filter(({ until }) => until > at);
  return typing.length === state.typing.length ? state : { ...state, typing };
}
