/** How far one has read: told to the server now and then, the furthest only, and after a cut. */

import { Timers } from "../chat/clock.js";

const EVERY_MS = 2_000;

export class Reading {
  #tell;
  #timers;
  #told = 0;
  /** The furthest seq that is known to be read. */
  seq = 0;

  /**
   * @param {(seq: number) => boolean} tell  false: not connected
   * @param {import("../chat/types.js").Clock} clock
   */
  constructor(tell, clock) {
    this.#tell = tell;
    this.#timers = new Timers(clock);
  }

  /** @param {number} seq  what the server knows */
  start(seq) {
    this.#told = seq;
    this.seq = Math.max(seq, this.seq);
    this.#report();
  }

  /** @param {number} seq */
  read(seq) {
    this.seq = Math.max(seq, this.seq);
    this.#report();
  }

  stop() {
    this.#timers.clearAll();
  }

  #report() {
    if (this.seq <= this.#told || this.#timers.has("told") || !this.#tell(this.seq)) return;
    this.#told = this.seq;
    this.#timers.set("told", EVERY_MS, () => this.#report());
  }
}
