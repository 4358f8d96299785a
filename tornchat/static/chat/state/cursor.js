/**
 * The cursor: the last seq of a room's log up to which nothing is missing. It moves across
 * contiguous seqs only, so that every entry is taken exactly once and in order. Pure.
 *
 * @typedef {import("../types.js").Entry} Entry
 * @typedef {import("../types.js").Joined} Joined
 */

/**
 * Where an entry stands: `next` is to be taken, `old` has been, `beyond` shows that something is missing.
 * @param {number} cursor
 * @param {number} seq
 * @returns {"old" | "next" | "beyond"}
 */
export function standing(cursor, seq) {
  if (seq <= cursor) return "old";
  return seq === cursor + 1 ? "next" : "beyond";
}

/**
 * Whether the answer to a join goes on where the cursor stands, in the same log.
 * @param {{epoch: string | null, cursor: number | null}} position
 * @param {Joined} event
 */
export function continues({ epoch, cursor }, event) {
  return event.recovered && cursor !== null && event.epoch === epoch;
}

/**
 * What is new in a run of entries.
 * @param {number} cursor
 * @param {Entry[]} entries
 * @returns {Entry[] | null} null: they do not follow the cursor without a hole
 */
export function behind(cursor, entries) {
  const fresh = entries.filter(({ seq }) => seq > cursor);
  return fresh.every(({ seq }, index) => seq === cursor + 1 + index) ? fresh : null;
}
