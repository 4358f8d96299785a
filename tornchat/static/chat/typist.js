/**
 * Tells the others that we type: at once, then every few seconds while it goes on, and when it ends.
 *
 * @typedef {import("./types.js").Clock} Clock
 */

import { Timers } from "./clock.js";

const EVERY_MS = 3_000;
const IDLE_MS = 5_000;

export class Typist {
  #tell;
  #clock;
  #timers;
  #toldAt = -Infinity;

  /**
   * @param {(on: boolean) => void} tell
   * @param {Clock} clock
   */
  constructor(tell, clock) {
    this.#tell = tell;
    this.#clock = clock;
    this.#timers = new Timers(clock);
  }

  /** @param {boolean} on  there is a text, and it was changed just now */
  type(on) {
    this.#timers.clearAll();
    const now = this.#clock.now();
    if (!on && this.#toldAt === -Infinity) return;
    if (on) {
      this.#timers.set("idle", IDLE_MS, () => this.type(false));
      if (now - this.#toldAt < EVERY_MS) return;
    }
    this.#toldAt = on ? now : -Infinity;
    this.#tell(on);
  }

  /** What was typed is sent, or nobody is there to be told: nothing more is said of it. */
  rest() {
    this.#toldAt = -Infinity;
    this.#timers.clearAll();
  }
}
