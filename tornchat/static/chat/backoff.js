/** How long to wait before coming back: full jitter, so that a restart is not met by a stampede. */

const FIRST_CEILING_MS = 5_000;
const LAST_CEILING_MS = 60_000;
/** Hidden tabs have time: they start two doublings later. */
const HIDDEN_HEAD_START = 2;

/**
 * @param {number} failures  ≥ 0, attempts that failed since the last success
 * @param {boolean} hidden
 * @param {() => number} random  in [0, 1)
 * @returns {number} milliseconds
 */
export function backoffMs(failures, hidden, random) {
  const doublings = failures + (hidden ? HIDDEN_HEAD_START : 0);
  return random() * Math.min(LAST_CEILING_MS, FIRST_CEILING_MS * 2 ** doublings);
}
