/** Time as the browser has it; tests bring their own. */

/**
 * The wall clock, because it goes on while a laptop sleeps, and silence is measured with it.
 * @type {import("./types.js").Clock}
 */
export const clock = Object.freeze({
  now: () => Date.now(),
  after: (/** @type {() => void} */ run, /** @type {number} */ ms) => setTimeout(run, ms),
  cancel: (/** @type {any} */ timer) => clearTimeout(timer),
});

/** The timers of one owner, by purpose: setting one again replaces it, and `clearAll` leaves none. */
export class Timers {
  #clock;
  /** @type {Map<string, unknown>} */
  #running = new Map();

  /** @param {import("./types.js").Clock} source */
  constructor(source) {
    this.#clock = source;
  }

  /** @param {string} purpose */
  has(purpose) {
    return this.#running.has(purpose);
  }

  /**
   * @param {string} purpose
   * @param {number} ms
   * @param {() => void} run
   */
  set(purpose, ms, run) {
    this.clear(purpose);
    const ring = () => {
      this.#running.delete(purpose);
      run();
    };
    this.#running.set(purpose, this.#clock.after(ring, ms));
  }

  /** @param {string} purpose */
  clear(purpose) {
    this.#clock.cancel(this.#running.get(purpose));
    this.#running.delete(purpose);
  }

  clearAll() {
    for (const purpose of [...this.#running.keys()]) this.clear(purpose);
  }
}
