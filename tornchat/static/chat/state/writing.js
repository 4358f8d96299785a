/**
 * What we wrote and is not in the log yet. Pure.
 *
 * @typedef {import("../state.js").State} State
 * @typedef {import("../types.js").Pending} Pending
 */

import { isSlowed } from "./policy.js";

/**
 * @param {State} state
 * @param {{clientId: string, text: string}} action
 * @param {number} at
 * @returns {State}
 */
export function queued(state, { clientId, text }, at) {
  /** @type {Pending} */
  const pending = { clientId, text, time: at, status: "waiting", error: "", seq: 0 };
  return slowDown({ ...state, pending: [...state.pending, pending], divider: null }, at);
}

/**
 * What was accepted counts; what waits is taken for accepted, so that nobody writes behind it.
 * @param {State} state
 * @param {number} at
 * @returns {State}
 */
export function slowDown(state, at) {
  return isSlowed(state) ? { ...state, slowUntil: at + state.slow * 1000 } : state;
}

/**
 * @param {State} state
 * @param {{until: number}} action
 * @returns {State}
 */
export function slowed(state, { until }) {
  return isSlowed(state) ? { ...state, slowUntil: until } : state;
}

/**
 * What was refused does not count.
 * @param {State} state
 * @param {{clientId: string, error: string}} action
 * @returns {State}
 */
export function failed(state, { clientId, error }) {
  return { ...mark(state, clientId, { status: "failed", error }), slowUntil: 0 };
}

/**
 * @param {State} state
 * @param {string} clientId
 * @param {Partial<Pending>} changes
 * @returns {State}
 */
export function mark(state, clientId, changes) {
  const pending = state.pending.map((item) => (item.clientId === clientId ? { ...item, ...changes } : item));
  return { ...state, pending };
}

/**
 * @param {State} state
 * @param {string} clientId
 * @returns {State}
 */
export function settle(state, clientId) {
  return { ...state, pending: state.pending.filter((item) => item.clientId !== clientId) };
}

/**
 * An acknowledged message stays as it is until it comes by in order; unless it did so before.
 * @param {State} state
 * @param {import("../types.js").Ack} event
 * @param {number} at
 * @returns {State}
 */
export function acked(state, event, at) {
  const known = state.pending.some((pending) => pending.clientId === event.client_id);
  if (event.room !== state.room || !known) return state;
  const next = slowDown(state, at);
  if (state.cursor !== null && event.seq <= state.cursor) return settle(next, event.client_id);
  return mark(next, event.client_id, { status: "acked", seq: event.seq, error: "" });
}

/**
 * @param {State} draft  changed
 * @param {number} last
 */
export function settleUpTo(draft, last) {
  draft.pending = draft.pending.filter((pending) => pending.status !== "acked" || pending.seq > last);
}
