/**
 * Answers to joins and pages: resuming, starting anew, reading back and forward. Pure.
 *
 * @typedef {import("../state.js").State} State
 * @typedef {import("../state.js").Direction} Direction
 * @typedef {import("../types.js").Joined} Joined
 * @typedef {import("../types.js").HistoryPage} HistoryPage
 */

import { behind, continues as goesOn } from "./cursor.js";
import { initialState } from "./initial.js";
import { apply, arrive, countUnread, isLine, oldestSeq, toLine, trim, trimHead } from "./log.js";
import { learnt } from "./people.js";
import { settleUpTo } from "./writing.js";

/**
 * The answer to a join of ours, or of another tab on the same line (`mine: false`), which counts only
 * as far as it continues what we have.
 * @param {State} state
 * @param {{event: Joined, mine: boolean}} action
 * @returns {State}
 */
export function joined(state, { event, mine }) {
  const continues = goesOn(state, event);
  if (!mine && !continues) {
    return state.cursor !== null && event.last !== state.cursor ? { ...state, hole: true } : state;
  }
  const next = /** @type {State} */ ({ ...state, phase: "joined", left: null, held: null, first: event.first });
  next.title = event.title;
  next.topic = event.topic;
  next.access = event.access ?? state.access;
  next.can = event.can;
  next.slow = event.slow ?? 0;
  next.locked = event.locked ?? false;
  next.joinLines = event.join_lines ?? true;
  next.muted = event.muted ?? null;
  next.verbs = null;
  next.count = event.count;
  next.members = event.members ?? null;
  next.badges = learnt(state.badges, event.members ?? []);
  next.readSeq = mine ? Math.max(event.read_seq, continues ? state.readSeq : 0) : state.readSeq;
  next.me = event.members?.find((person) => person.id === state.me?.id) ?? state.me;
  return continues ? resume(next, event) : restart(next, state, event);
}

/**
 * @param {State} next  changed
 * @param {Joined} event
 */
function resume(next, event) {
  const cursor = next.cursor ?? 0;
  const fresh = behind(cursor, event.entries);
  if (!fresh) return { ...next, hole: true };
  for (const item of fresh) if (isLine(item)) arrive(next, item, 0);
  next.cursor = cursor + fresh.length;
  apply(next, fresh);
  next.hole = event.more || event.last > next.cursor;
  return next;
}

/**
 * Starts with the newest page; whoever had been here before is told that something may be missing.
 * @param {State} next  changed
 * @param {State} before
 * @param {Joined} event
 */
function restart(next, before, event) {
  const interrupted = before.phase !== "new" && before.epoch !== null;
  next.epoch = event.epoch;
  next.cursor = event.last;
  next.hole = false;
  next.live = true;
  next.following = true;
  next.below = 0;
  next.loading = null;
  next.lines = [];
  apply(next, event.entries);
  next.hasOlder = oldestSeq(next.lines) > event.first;
  settleUpTo(next, event.last);
  const unseen = event.read_seq > 0 && event.read_seq < event.last;
  next.divider = unseen && !interrupted ? event.read_seq : null;
  if (unseen && !next.focused) next.unread = countUnread(next, event);
  if (interrupted) {
    next.keys += 1;
    const restored = before.epoch !== event.epoch;
    next.lines = [{ kind: "gap", key: `g${next.keys}`, seq: 0, time: 0, restored }, ...next.lines];
  }
  return next;
}

/**
 * @param {State} state
 * @param {{page: HistoryPage, direction: Direction}} action
 * @returns {State}
 */
export function page(state, { page: event, direction }) {
  if (state.phase !== "joined") return state;
  if (event.epoch !== state.epoch) return { ...state, loading: null, hole: true };
  const next = { ...state, loading: null, first: event.first };
  if (direction === "older") return prepend(next, event);
  if (direction === "latest") {
    next.lines = [];
    next.below = 0;
    next.following = true;
  }
  next.live = true;
  apply(next, event.entries, trimHead);
  if (direction === "latest") next.hasOlder = oldestSeq(next.lines) > event.first;
  const behind = event.more && direction === "newer";
  next.live = next.live && !behind && event.last >= (state.cursor ?? 0);
  return next;
}

/**
 * @param {State} next  changed
 * @param {HistoryPage} event
 */
function prepend(next, event) {
  const oldest = oldestSeq(next.lines) || Infinity;
  const older = event.entries.filter((item) => item.seq < oldest);
  const lines = [];
  for (const item of older) {
    if (isLine(item)) lines.push(toLine(next, item));
  }
  next.hasOlder = event.more && lines.length > 0;
  next.lines = [...lines, ...next.lines.filter((line) => line.kind !== "gap")];
  trim(next);
  return next;
}

/**
 * @param {State} state
 * @param {import("../types.js").Beat} event
 * @returns {State}
 */
export function beat(state, event) {
  if (event.room !== state.room || state.cursor === null) return state;
  return event.last > state.cursor ? { ...state, hole: true } : state;
}

/**
 * @param {State} state
 * @param {import("../types.js").Left} event
 * @returns {State}
 */
export function sentAway(state, event) {
  return event.room === state.room ? leave(state, event) : state;
}

/**
 * Whoever is not in the room keeps nothing of it but what they wrote and could not send.
 * @param {State} state
 * @param {{code: string, reason: string, until?: number}} why
 * @returns {State}
 */
export function leave(state, { code, reason, until }) {
  const { room, me, pending, focused, keys } = state;
  const left = until === undefined ? { code, reason } : { code, reason, until };
  return { ...initialState(room), me, pending, focused, keys, phase: "left", left };
}

/**
 * @param {State} state
 * @param {{until: number, reason: string}} wait
 * @returns {State}
 */
export function held(state, { until, reason }) {
  return { ...state, held: { until, reason } };
}

/**
 * @param {State} state
 * @returns {State}
 */
export function rejoining(state) {
  const phase = state.cursor === null ? "new" : "joined";
  return { ...state, phase, hole: false, left: null, held: null, loading: null };
}

/**
 * Gives up on filling the hole: the next join starts with the newest page.
 * @param {State} state
 * @returns {State}
 */
export function forget(state) {
  return { ...state, cursor: null, hole: false };
}

/**
 * @param {State} state
 * @param {{direction: Direction | null}} action
 * @returns {State}
 */
export function loading(state, { direction }) {
  return { ...state, loading: direction };
}
