/**
 * What the room is called and what one may do in it. Pure.
 *
 * @typedef {import("../state.js").State} State
 */

/**
 * @param {State} state
 * @param {import("../types.js").RoomChange} event
 * @returns {State}
 */
export function changedRoom(state, event) {
  if (event.room !== state.room || state.phase !== "joined") return state;
  const { title = state.title, topic = state.topic, access = state.access, slow = state.slow } = event;
  const { locked = state.locked, join_lines: joinLines = state.joinLines } = event;
  const next = { ...state, title, topic, access, slow, locked, joinLines };
  if (slow === 0) next.slowUntil = 0;
  return event.can ? { ...next, can: event.can, muted: event.muted ?? null, verbs: null } : next;
}

/**
 * Whether the rule of slow mode holds for us.
 * @param {State} state
 */
export function isSlowed({ slow, can }) {
  return slow > 0 && !can.includes("moderate");
}
