/**
 * The shapes that a page meets: as on the wire, but with names as JavaScript has them.
 *
 * @typedef {import("../chat/types.js").Person} Person
 * @typedef {{type: "message" | "edited" | "deleted" | "reacted" | "notice", room: string, seq: number,
 *   time: number, from?: Person, text?: string, kind?: string, data?: any, clientId?: string,
 *   replyTo?: number, target?: number, edited?: number, deleted?: boolean,
 *   reactions?: Record<string, number>, emoji?: string, on?: boolean, counts?: Record<string, number>}} Entry
 * @typedef {{entries: Entry[], more: boolean, first: number, last: number, epoch: string}} Page
 * @typedef {{title: string, topic: string, access: string | null, can: string[], slow: number,
 *   locked: boolean, joinLines: boolean, muted: import("../chat/types.js").Muted | null}} Rules
 * @typedef {{limit?: number, token?: string, since?: number, epoch?: string}} JoinOptions
 * @typedef {{kind?: string, data?: unknown, replyTo?: number, clientId?: string}} SendOptions
 * @typedef {{before?: number, after?: number, around?: number, at?: number, limit?: number,
 *   view?: "state" | "log"}} HistoryOptions
 */

/**
 * @param {import("../chat/types.js").Entry} event
 * @returns {Entry}
 */
export function toEntry(event) {
  const { client_id: clientId, reply_to: replyTo, ...entry } = /** @type {any} */ (event);
  if (clientId !== undefined) entry.clientId = clientId;
  if (replyTo !== undefined) entry.replyTo = replyTo;
  return entry;
}

/**
 * @param {import("../chat/types.js").HistoryPage} event
 * @returns {Page}
 */
export function toPage({ entries, more, first, last, epoch }) {
  return { entries: entries.map(toEntry), more, first, last, epoch };
}

/**
 * How a room stands after a join; what is as usual is left out on the wire.
 * @param {import("../chat/types.js").Joined} event
 * @returns {Rules}
 */
export function toRules({ title, topic, access, can, slow, locked, join_lines: joinLines, muted }) {
  return {
    title,
    topic,
    access: access ?? null,
    can,
    slow: slow ?? 0,
    locked: locked ?? false,
    joinLines: joinLines ?? true,
    muted: muted ?? null,
  };
}

/**
 * What a `room` event changes: who may do something else is muted only where it says so.
 * @param {import("../chat/types.js").RoomChange} event
 * @returns {Partial<Rules>}
 */
export function toChange({ type: _type, room: _room, join_lines: joinLines, muted, ...change }) {
  const more = joinLines === undefined ? {} : { joinLines };
  return change.can === undefined ? { ...change, ...more } : { ...change, ...more, muted: muted ?? null };
}

/**
 * @param {Rules} before
 * @param {Rules} after
 * @returns {Partial<Rules>} what differs
 */
export function differences(before, after) {
  const same = (/** @type {unknown} */ one, /** @type {unknown} */ other) => JSON.stringify(one) === JSON.stringify(other);
  const entries = Object.entries(after).filter(([name, value]) => !same(value, before[/** @type {keyof Rules} */ (name)]));
  return Object.fromEntries(entries);
}
