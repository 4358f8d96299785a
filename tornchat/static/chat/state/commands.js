/**
 * Slash commands: what was asked, what the server answered to us alone, what we may use. Pure.
 *
 * @typedef {import("../state.js").State} State
 * @typedef {import("../types.js").Verb} Verb
 */

import { trim } from "./log.js";
import { slowDown } from "./writing.js";

/**
 * @param {State} state
 * @param {{text: string}} action
 * @returns {State}
 */
export function asked(state, { text }) {
  return { ...state, asked: { text, problem: "" } };
}

/**
 * @param {State} state
 * @param {{reply: import("../types.js").Reply}} action
 * @param {number} at
 * @returns {State}
 */
export function answered(state, { reply: { text, ok = true, commands } }, at) {
  if (!ok) return unanswered(state, { problem: text });
  const next = { ...state, asked: null, verbs: commands ?? state.verbs };
  if (text !== "") note(next, text, commands ?? []);
  return /^\/me\s/i.test(state.asked?.text ?? "") ? slowDown(next, at) : next;
}

/**
 * @param {State} draft  changed
 * @param {string} text
 * @param {Verb[]} verbs
 */
function note(draft, text, verbs) {
  draft.keys += 1;
  draft.lines = [...draft.lines, { kind: "reply", key: `r${draft.keys}`, seq: 0, time: 0, text, verbs }];
  trim(draft);
}

/**
 * The command was not carried out: what was typed can be mended.
 * @param {State} state
 * @param {{problem: string}} action
 * @returns {State}
 */
export function unanswered(state, { problem }) {
  return state.asked ? { ...state, asked: { ...state.asked, problem } } : state;
}

/**
 * @param {State} state
 * @param {{verbs: Verb[]}} action
 * @returns {State}
 */
export function learntVerbs(state, { verbs }) {
  return { ...state, verbs };
}

/**
 * @param {State} state
 * @param {{key: string}} action  of a reply that was read
 * @returns {State}
 */
export function dismissed(state, { key }) {
  return { ...state, lines: state.lines.filter((line) => line.key !== key) };
}
