/**
 * Entries of the log become lines: the cursor, the folding of changes, the bounded window.
 * Pure, like all of the state.
 *
 * @typedef {import("../state.js").State} State
 * @typedef {import("../types.js").Entry} Entry
 * @typedef {import("../types.js").Message} Message
 * @typedef {import("../types.js").Line} Line
 */

import { standing } from "./cursor.js";

/** Lines kept while following; older ones come back from the server when somebody scrolls up. */
export const FOLLOWING_LINES = 150;
/** Lines kept while somebody reads back. */
export const READING_LINES = 1_200;
/** Trimming waits until so many more have gathered, so that it is rare. */
export const SLACK = 100;

/**
 * One entry of the log, live.
 * @param {State} state
 * @param {Entry} event
 * @param {number} at
 * @returns {State}
 */
export function entry(state, event, at) {
  if (event.room !== state.room || state.cursor === null) return state;
  const place = standing(state.cursor, event.seq);
  if (place === "old") return state;
  if (place === "beyond") return state.hole ? state : { ...state, hole: true };
  const next = { ...state, cursor: event.seq };
  if (isLine(event)) arrive(next, event, at);
  apply(next, [event]);
  return next;
}

/**
 * Whether an entry is shown as a line: not so what applications send each other without words.
 * @param {Entry} event
 * @returns {event is Message | import("../types.js").Notice}
 */
export function isLine(event) {
  if (event.type === "notice") return !event.deleted;
  return event.type === "message" && (event.text !== "" || event.deleted === true);
}

/**
 * Whether somebody says it to the room, as against what the system notes.
 * @param {Message | import("../types.js").Notice} event
 */
function isSaid(event) {
  return event.type === "message" ? !event.deleted : event.kind === "action" || event.kind === "announcement";
}

/**
 * Counts a new message for whoever is not looking.
 * @param {State} draft  changed
 * @param {Message | import("../types.js").Notice} message
 * @param {number} at
 */
export function arrive(draft, message, at) {
  if (!isSaid(message)) return;
  const from = message.from?.id;
  draft.typing = draft.typing.filter(({ person, until }) => person.id !== from && until > at);
  if (from !== undefined && from === draft.me?.id) return;
  if (!draft.following || !draft.live) draft.below += 1;
  if (!draft.focused) draft.unread += 1;
  const away = !draft.focused || !draft.following;
  if (away && draft.divider === null) draft.divider = message.seq - 1;
}

/**
 * What others said behind the place up to which one has read, as far as it came along.
 * @param {State} state
 * @param {{entries: Entry[], read_seq: number}} page
 */
export function countUnread({ me }, { entries, read_seq }) {
  return entries.filter((item) => item.seq > read_seq && isLine(item) && isSaid(item) && item.from?.id !== me?.id).length;
}

/**
 * Puts entries, in order, behind the window, and folds changes into the lines they change.
 * @param {State} draft  changed; its arrays are replaced, never touched
 * @param {Entry[]} entries
 * @param {typeof trim} [bound]
 */
export function apply(draft, entries, bound = trim) {
  const newest = newestSeq(draft.lines);
  const lines = draft.lines.slice();
  for (const event of entries) {
    if (isLine(event)) {
      if (draft.live && event.seq > newest) lines.push(toLine(draft, event));
    } else if ("target" in event) {
      change(lines, event);
    }
  }
  draft.lines = lines;
  bound(draft);
}

/**
 * @param {Line[]} lines  changed
 * @param {import("../types.js").Edited | import("../types.js").Deleted | import("../types.js").Reacted} event
 */
function change(lines, event) {
  const index = lines.findLastIndex((line) => line.seq === event.target);
  const line = lines[index];
  if (line?.kind === "notice" && event.type === "deleted") lines.splice(index, 1);
  if (line?.kind !== "message") return;
  if (event.type === "edited") lines[index] = { ...line, text: event.text, edited: event.time };
  if (event.type === "deleted") lines[index] = { ...line, text: "", deleted: true, reactions: {} };
  if (event.type === "reacted") lines[index] = { ...line, reactions: event.counts };
}

/**
 * @param {State} draft  changed: a message that was pending here is so no more
 * @param {Message | import("../types.js").Notice} event
 * @returns {Line}
 */
export function toLine(draft, event) {
  if (event.type === "notice") {
    return {
      kind: "notice",
      key: `s${event.seq}`,
      seq: event.seq,
      text: event.text,
      from: event.from ?? null,
      notice: event.kind,
      time: event.time,
    };
  }
  const mine = draft.pending.some((pending) => pending.clientId === event.client_id);
  if (mine) draft.pending = draft.pending.filter((pending) => pending.clientId !== event.client_id);
  return {
    kind: "message",
    key: mine ? `c${event.client_id}` : `s${event.seq}`,
    seq: event.seq,
    from: event.from,
    text: event.text,
    time: event.time,
    edited: event.edited ?? 0,
    deleted: event.deleted ?? false,
    reactions: event.reactions ?? {},
  };
}

/**
 * Keeps the window bounded: at its head while following, at its tail while somebody reads back.
 * @param {State} draft  changed
 */
export function trim(draft) {
  const surplus = draft.lines.length - FOLLOWING_LINES;
  if (draft.following && draft.live && surplus > SLACK) {
    draft.lines = draft.lines.slice(surplus);
    draft.hasOlder = true;
  } else if (!draft.following && draft.lines.length > READING_LINES + SLACK) {
    draft.lines = draft.lines.slice(0, READING_LINES);
    draft.live = false;
  }
}

/**
 * For somebody who reads forward through a long absence.
 * @param {State} draft  changed
 */
export function trimHead(draft) {
  if (draft.lines.length <= READING_LINES) return;
  draft.lines = draft.lines.slice(-READING_LINES);
  draft.hasOlder = true;
}

/**
 * @param {Line[]} lines
 * @returns {number} 0: no line of the log
 */
export function newestSeq(lines) {
  return lines.findLast((line) => line.seq > 0)?.seq ?? 0;
}

/**
 * @param {Line[]} lines
 * @returns {number} 0: no line of the log
 */
export function oldestSeq(lines) {
  return lines.find((line) => line.seq > 0)?.seq ?? 0;
}
