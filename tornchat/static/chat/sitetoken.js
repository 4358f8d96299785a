/**
 * The token by which a site vouches for its visitor: kept while it lasts, and a new one asked for
 * before it ends. Nothing that it says is trusted; its dates only tell when to ask.
 *
 * @typedef {import("./types.js").Clock} Clock
 */

import { backoffMs } from "./backoff.js";
import { Timers } from "./clock.js";

/** So long before its end a token is renewed; short-lived ones in their last quarter. */
const LEAD_MS = 60_000;
const LEAST_MS = 5_000;
const MOST_MS = 24 * 3_600_000;
const PATIENCE_MS = 15_000;

export class SiteToken {
  #source;
  #clock;
  #random;
  #timers;
  /** @type {string | null} */
  #token;
  #turn = 0;
  #failures = 0;

  /**
   * @param {object} options
   * @param {(() => Promise<string | null>) | null} options.source  asks the site; null: never
   * @param {string | null} options.token  one that is at hand already
   * @param {Clock} options.clock
   * @param {() => number} options.random
   */
  constructor({ source, token, clock, random }) {
    this.#source = source;
    this.#token = token;
    this.#clock = clock;
    this.#random = random;
    this.#timers = new Timers(clock);
  }

  /**
   * The token at hand while it lasts, else a new one.
   * @returns {Promise<string | null>} null: the site does not know this visitor. Rejects when the
   *   site does not answer
   */
  async get() {
    if (this.#source && (this.#token === null || this.#remainsMs() <= 0)) this.#token = await this.#ask();
    return this.#token;
  }

  /** The server says that the token has ended, whatever the clock says. */
  forget() {
    if (this.#source) this.#token = null;
  }

  /**
   * Renews it in time, over and over, until `rest`.
   * @param {(token: string) => Promise<unknown>} hand  gives it to the server; rejects when refused
   */
  keep(hand) {
    this.rest();
    this.#failures = 0;
    if (this.#source && this.#token !== null) this.#plan(Math.max(0, this.#remainsMs()), hand);
  }

  rest() {
    this.#turn += 1;
    this.#timers.clearAll();
  }

  /**
   * @param {number} ms
   * @param {(token: string) => Promise<unknown>} hand
   */
  #plan(ms, hand) {
    if (ms < Infinity) this.#timers.set("renew", Math.min(ms, MOST_MS), () => void this.#renew(hand));
  }

  /** @param {(token: string) => Promise<unknown>} hand */
  async #renew(hand) {
    const turn = this.#turn;
    try {
      const token = await this.#ask();
      if (turn !== this.#turn || token === null) throw new Error("no token");
      await hand(token);
      if (turn !== this.#turn) return;
      this.#token = token;
      this.#failures = 0;
      this.#plan(this.#nextMs(), hand);
    } catch {
      if (turn !== this.#turn) return;
      this.#plan(backoffMs(this.#failures, false, this.#random), hand);
      this.#failures += 1;
    }
  }

  /** How long to wait behind a new token: one that seems to have ended meets a clock that is wrong. */
  #nextMs() {
    const remains = this.#remainsMs();
    if (remains > 0) return remains;
    const { life } = dates(this.#token);
    return Math.max(LEAST_MS, life - lead(life));
  }

  /** Until it is time for a new one; below 0 when that is past. */
  #remainsMs() {
    const { end, life } = dates(this.#token);
    return end - this.#clock.now() - lead(life);
  }

  /** @returns {Promise<string | null>} */
  async #ask() {
    const silence = new Promise((_, reject) => {
      this.#timers.set("patience", PATIENCE_MS, () => reject(new Error("the site did not answer")));
    });
    try {
      const token = await Promise.race([this.#source?.(), silence]);
      return typeof token === "string" && token !== "" ? token : null;
    } finally {
      this.#timers.clear("patience");
    }
  }
}

/** @param {number} life */
function lead(life) {
  return Math.min(LEAD_MS, life / 4);
}

/**
 * When a token ends and how long it lives, ms. One without dates never ends here: the server knows.
 * @param {string | null} token
 */
function dates(token) {
  try {
    const payload = token?.split(".")[1] ?? "";
    const { exp, iat } = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    const [end, life] = [exp * 1000, (exp - iat) * 1000];
    if (Number.isFinite(end) && life > 0) return { end, life };
  } catch {
    // It may be anything.
  }
  return { end: Infinity, life: LEAD_MS };
}
