/** How long to wait before coming back: full jitter, so that a restart is not met by a stampede. */

const FIRST_CEILING_MS = 5_000;
const LAST_CEILING_MS = 60_000;
/** Nobody who is looked at waits longer than this, or than it has lasted so far. */
const SOON_MS = 10_000;
/** Hidden tabs have time: they start two doublings later. */
const HIDDEN_HEAD_START = 2;

/**
 * @param {number} failures  ≥ 0, attempts that failed since the last success
 * @param {boolean} hidden
 * @param {() => number} random  in [0, 1)
 * @param {number} [lastedMs]  since the first of these failures
 * @returns {number} milliseconds
 */
export function backoffMs(failures, hidden, random, lastedMs = Infinity) {
  const doublings = failures + (hidden ? HIDDEN_HEAD_START : 0);
  const most = hidden ? LAST_CEILING_MS : Math.min(LAST_CEILING_MS, Math.max(SOON_MS, lastedMs));
  return random() * Math.min(most, FIRST_CEILING_MS * 2 ** doublings);
}
