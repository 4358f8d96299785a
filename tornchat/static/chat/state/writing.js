/**
 * What we wrote and is not in the log yet. Pure.
 *
 * @typedef {import("../state.js").State} State
 * @typedef {import("../types.js").Pending} Pending
 */

/**
 * @param {State} state
 * @param {{clientId: string, text: string}} action
 * @param {number} at
 * @returns {State}
 */
export function queued(state, { clientId, text }, at) {
  /** @type {Pending} */
  const pending = { clientId, text, time: at, status: "waiting", error: "", seq: 0 };
  return { ...state, pending: [...state.pending, pending], divider: null };
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
 * @returns {State}
 */
export function acked(state, event) {
  const known = state.pending.some((pending) => pending.clientId === event.client_id);
  if (event.room !== state.room || !known) return state;
  if (state.cursor !== null && event.seq <= state.cursor) return settle(state, event.client_id);
  return mark(state, event.client_id, { status: "acked", seq: event.seq, error: "" });
}

/**
 * @param {State} draft  changed
 * @param {number} last
 */
export function settleUpTo(draft, last) {
  draft.pending = draft.pending.filter((pending) => pending.status !== "acked" || pending.seq > last);
}
