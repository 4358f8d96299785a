/**
 * Arranges the lines of a room into the rows that are drawn: days, groups of one person, dividers.
 * Pure; it decides what stands where, and `view/list.js` how it looks.
 *
 * @typedef {import("./types.js").Line} Line
 * @typedef {import("./types.js").Pending} Pending
 * @typedef {import("./types.js").MessageLine} MessageLine
 * @typedef {import("./types.js").Person} Person
 * @typedef {import("./state.js").State} State
 *
 * @typedef {{type: "start" | "older" | "divider" | "newer", key: string}} Mark
 * @typedef {{type: "day", key: string, time: number}} Day
 * @typedef {{type: "message", key: string, line: MessageLine, head: boolean, mine: boolean,
 *   removable: boolean, badge: string | undefined}} MessageRow
 * @typedef {{type: "pending", key: string, line: Pending, head: boolean, person: Person | null}} PendingRow
 * @typedef {{type: "notice" | "activity" | "gap" | "reply", key: string, line: Line}} OtherRow
 * @typedef {Mark | Day | MessageRow | PendingRow | OtherRow} Row
 */

import { dayOf } from "./time.js";

/** Lines of one person further apart than this begin a new group. */
export const GROUP_MS = 5 * 60_000;

/**
 * @param {State} state
 * @returns {Row[]} top to bottom; keys are unique
 */
export function layout(state) {
  /** @type {Row[]} */
  const rows = [];
  if (state.phase !== "joined") return rows;
  rows.push(state.hasOlder ? { type: "older", key: "older" } : { type: "start", key: "start" });
  let day = 0;
  let divided = state.divider === null;
  for (const line of state.lines) {
    if (line.time > 0 && dayOf(line.time) !== day) {
      day = dayOf(line.time);
      rows.push({ type: "day", key: `d${day}-${line.key}`, time: line.time });
    }
    if (!divided && line.seq > (state.divider ?? 0)) {
      rows.push({ type: "divider", key: "divider" });
      divided = true;
    }
    rows.push(toRow(line, state, rows.at(-1)));
  }
  if (!state.live) rows.push({ type: "newer", key: "newer" });
  else for (const line of state.pending) rows.push(toPendingRow(line, state, rows.at(-1)));
  return rows;
}

/**
 * @param {Line} line
 * @param {State} state
 * @param {Row | undefined} before
 * @returns {Row}
 */
function toRow(line, state, before) {
  if (line.kind !== "message") return { type: line.kind, key: line.key, line };
  const mine = line.from.id === state.me?.id;
  return {
    type: "message",
    key: line.key,
    line,
    head: !continues(before, line.from, line.time),
    mine,
    badge: state.badges[line.from.id],
    removable: !line.deleted && (mine ? state.can.includes("write") : state.can.includes("moderate")),
  };
}

/**
 * @param {Pending} line
 * @param {State} state
 * @param {Row | undefined} before
 * @returns {Row}
 */
function toPendingRow(line, state, before) {
  const person = state.me;
  const head = before?.type !== "pending" && !(person && continues(before, person, line.time));
  return { type: "pending", key: `c${line.clientId}`, line, head, person };
}

/**
 * Whether a message of this person joins the group that the row before belongs to.
 * @param {Row | undefined} before
 * @param {Person} person
 * @param {number} time
 */
function continues(before, person, time) {
  if (before?.type !== "message") return false;
  const { from, time: then } = before.line;
  return from.id === person.id && from.name === person.name && time - then < GROUP_MS;
}

/**
 * Whether two rows of one key look the same.
 * @param {Row} one
 * @param {Row} other
 */
export function sameRow(one, other) {
  const left = /** @type {Record<string, unknown>} */ (one);
  const right = /** @type {Record<string, unknown>} */ (other);
  return ROW_FIELDS.every((field) => left[field] === right[field]);
}

const ROW_FIELDS = ["type", "line", "head", "mine", "removable", "badge", "person"];
