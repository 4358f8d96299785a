/** The rules that hold for writing right now, in words. */

import { formatUntil } from "../time.js";

/** @typedef {import("../state.js").State} State */

/**
 * Why one cannot write.
 * @param {State} state
 * @param {number} now
 * @returns {{icon: "muted" | "lock" | "eye", words: string} | null} null: one can
 */
export function barred({ can, muted, locked, me }, now) {
  if (can.includes("write")) return null;
  if (muted) {
    const until = muted.until ? ` until ${formatUntil(muted.until, now)}` : " for now";
    return { icon: "muted", words: `You are muted${until}${muted.reason ? `: \u2068${muted.reason}\u2069` : "."}` };
  }
  if (locked) return { icon: "lock", words: "This room is locked: only moderators may write for now." };
  return { icon: "eye", words: me?.verified ? "You can read here, but not write." : "Only members may write here." };
}

/**
 * What is unusual for those who can write.
 * @param {State} state
 * @returns {{icon: "lock" | "clock", words: string} | null}
 */
export function mode({ can, locked, slow }) {
  if (!can.includes("write")) return null;
  if (locked) return { icon: "lock", words: "Locked: only moderators write now" };
  return slow > 0 ? { icon: "clock", words: `Slow mode: one message every ${duration(slow)}` } : null;
}

/** @param {number} seconds */
function duration(seconds) {
  const [unit, size] = [["h", 3600], ["min", 60]].find(([, size]) => seconds % Number(size) === 0) ?? ["s", 1];
  return `${seconds / Number(size)} ${unit}`;
}
