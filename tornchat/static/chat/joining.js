/**
 * Gets into a room and keeps up with it: joins, goes on where a reply was not the whole, joins again
 * where something is missing, later where the server has no time. What becomes of the log is the
 * business of whoever owns it.
 *
 * @typedef {import("./types.js").Joined} Joined
 * @typedef {import("./types.js").ErrorEvent} ErrorEvent
 * @typedef {import("./types.js").Clock} Clock
 * @typedef {import("./connection/answers.js").Answer} Answer
 *
 * @typedef {"whole" | "part" | "nothing"} Gain  what a reply brought: `part` moved the cursor, and
 *   something is missing still
 *
 * @typedef {object} Hooks
 * @property {(answer: Answer) => boolean} ask  sends the join; false: not connected
 * @property {(event: Joined) => Gain} take
 * @property {() => void} entered  nothing is missing now, and what comes is live
 * @property {() => void} giveUp  the hole cannot be filled: the next join shall start anew
 * @property {(waitMs: number, reason: string) => void} held  the server lets nobody in before that
 * @property {(error: ErrorEvent) => void} refused
 */

import { Timers } from "./clock.js";

export const REJOIN_MS = 1_000;
/** After so many joins that brought nothing the hole is given up, and said to be one. */
const FRUITLESS_JOINS = 3;

export class Joining {
  #hooks;
  #timers;
  #asked = false;
  #fruitless = 0;

  /**
   * @param {Hooks} hooks
   * @param {Clock} clock
   */
  constructor(hooks, clock) {
    this.#hooks = hooks;
    this.#timers = new Timers(clock);
  }

  /** Joins, unless that is on its way already. */
  join() {
    if (this.#asked || this.#timers.has("join")) return;
    this.#asked = this.#hooks.ask({
      ok: (event) => this.#joined(event),
      fail: (error) => this.#refused(error),
    });
  }

  /** The connection is new: earlier failures say nothing about it. */
  online() {
    this.#fruitless = 0;
  }

  offline() {
    this.#asked = false;
    this.#timers.clearAll();
  }

  /** Waits for no later join. */
  rest() {
    this.#timers.clearAll();
  }

  /** @param {Joined} event */
  #joined(event) {
    this.#asked = false;
    const gain = this.#hooks.take(event);
    if (gain === "whole") {
      this.#fruitless = 0;
      return this.#hooks.entered();
    }
    this.#fruitless = gain === "nothing" ? this.#fruitless + 1 : 0;
    if (this.#fruitless === 0) return this.join();
    if (this.#fruitless >= FRUITLESS_JOINS) this.#hooks.giveUp();
    this.#later(REJOIN_MS);
  }

  /** @param {ErrorEvent | null} error */
  #refused(error) {
    this.#asked = false;
    if (!error) return;
    if (!error.retryable) return this.#hooks.refused(error);
    const waitMs = error.retry_after === undefined ? REJOIN_MS : error.retry_after * 1000;
    this.#hooks.held(waitMs, error.message);
    this.#later(waitMs);
  }

  /** @param {number} ms */
  #later(ms) {
    this.#timers.set("join", ms, () => this.join());
  }
}
