/**
 * A room of which nothing is known yet. Pure.
 *
 * @typedef {import("../state.js").State} State
 */

/**
 * @param {string} room
 * @returns {State}
 */
export function initialState(room) {
  return {
    room,
    phase: "new",
    epoch: null,
    first: 1,
    cursor: null,
    hole: false,
    title: room,
    topic: "",
    access: null,
    can: [],
    slow: 0,
    locked: false,
    joinLines: true,
    muted: null,
    slowUntil: 0,
    verbs: null,
    asked: null,
    me: null,
    members: null,
    badges: {},
    count: 0,
    readSeq: 0,
    lines: [],
    live: true,
    hasOlder: false,
    loading: null,
    pending: [],
    typing: [],
    following: true,
    focused: true,
    below: 0,
    unread: 0,
    divider: null,
    left: null,
    held: null,
    keys: 0,
  };
}
