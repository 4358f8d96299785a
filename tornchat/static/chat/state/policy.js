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
  const { title = state.title, topic = state.topic, access = state.access, can = state.can } = event;
  return { ...state, title, topic, access, can };
}
