/**
 * Whether somebody looks, and how far they read. Pure.
 *
 * @typedef {import("../state.js").State} State
 */

import { trim } from "./log.js";

/**
 * @param {State} state
 * @param {{on: boolean}} action
 * @returns {State}
 */
export function follow(state, { on }) {
  if (state.following === on) return state;
  const next = { ...state, following: on, below: on && state.live ? 0 : state.below };
  if (on) trim(next);
  return next;
}

/**
 * @param {State} state
 * @param {{on: boolean}} action
 * @returns {State}
 */
export function focus(state, { on }) {
  if (state.focused === on) return state;
  const seen = !on && state.following && state.live;
  return { ...state, focused: on, unread: on ? 0 : state.unread, divider: seen ? null : state.divider };
}

/**
 * @param {State} state
 * @param {{seq: number}} action
 * @returns {State}
 */
export function read(state, { seq }) {
  return { ...state, readSeq: Math.max(state.readSeq, seq) };
}

/**
 * Somebody says that all of it is read.
 * @param {State} state
 * @returns {State}
 */
export function seen(state) {
  return { ...state, unread: 0, divider: null };
}
