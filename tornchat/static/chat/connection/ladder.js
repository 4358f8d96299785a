/**
 * Which transport to try, best first, and how long to wait between attempts: it remembers what
 * worked, what failed, and what something in between keeps cutting.
 *
 * @typedef {import("../types.js").Kind} Kind
 */

import { backoffMs } from "../backoff.js";

/** After so many failures what worked before is no hint any more. */
const FORGET_AFTER = 3;
/** So many short lives in a row: something in between cuts this transport. */
const SHORT_LIVES = 3;

export class Ladder {
  #options;
  /** @type {Kind[]} still to try in this attempt; the first one is being tried */
  #candidates = [];
  #failures = 0;
  #shortLives = 0;
  /** What people stayed joined by. @type {Kind | null} */
  #worked = null;
  #again = false;
  /** When the first of these failures was. */
  #since = 0;

  /**
   * @param {object} options
   * @param {readonly Kind[]} options.kinds
   * @param {{get: () => string | null, set: (kind: string | null) => void}} options.remembered
   * @param {() => number} options.random
   * @param {() => boolean} options.hidden
   * @param {import("../types.js").Clock} options.clock
   */
  constructor(options) {
    this.#options = options;
  }

  /** A new attempt begins with what worked the last time. */
  begin() {
    const { kinds, remembered } = this.#options;
    const hint = this.#failures < FORGET_AFTER ? remembered.get() : null;
    const start = Math.max(0, kinds.indexOf(/** @type {Kind} */ (hint)));
    this.#candidates = kinds.slice(start);
    this.#again = false;
  }

  get kind() {
    return this.#candidates[0];
  }

  get isLast() {
    return this.#candidates.length === 1;
  }

  /** What worked here is tried once more: the server may have come back between that and its answer. */
  next() {
    if (this.kind !== this.#worked || this.#again) return void this.#candidates.shift();
    this.#again = true;
  }

  /** Nothing of this attempt got through. */
  giveUp() {
    if (this.isLast) this.#options.remembered.set(null);
  }

  /** @param {Kind | null} kind  that people stayed joined by for a while */
  succeed(kind) {
    this.#failures = this.#shortLives = 0;
    this.#worked = kind;
    this.#options.remembered.set(kind);
  }

  /**
   * @param {Kind | null} kind  that was lost
   * @param {boolean} cut  it had been online, and nobody said why it ended
   * @returns {number} milliseconds to wait
   */
  fall(kind, cut) {
    const { random, hidden, clock } = this.#options;
    if (this.#failures === 0) this.#since = clock.now();
    if (cut && this.#failures > 0) this.#shortLives += 1;
    if (this.#shortLives >= SHORT_LIVES) this.#demote(kind);
    const waitMs = backoffMs(this.#failures, hidden(), random, clock.now() - this.#since);
    this.#failures += 1;
    return waitMs;
  }

  /** @param {Kind | null} kind */
  #demote(kind) {
    const { kinds, remembered } = this.#options;
    const next = kinds[kinds.indexOf(/** @type {Kind} */ (kind)) + 1];
    this.#shortLives = this.#failures = 0;
    this.#worked = null;
    remembered.set(next ?? null);
  }
}
