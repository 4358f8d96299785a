/** Who listens to what. A listener that throws hinders nobody, and its error is reported as uncaught. */

/** @typedef {(event: any) => void} Listener */

export class Emitter {
  /** @type {Map<string, Set<Listener>>} */
  #listeners;

  /** @param {readonly string[]} names */
  constructor(names) {
    this.#listeners = new Map(names.map((name) => [name, new Set()]));
  }

  /**
   * @param {string} name
   * @param {Listener} listener
   * @returns {() => void} stops it
   */
  on(name, listener) {
    const listeners = this.#listeners.get(name);
    if (!listeners) throw new TypeError(`on: expected one of ${[...this.#listeners.keys()].join(", ")}, got ${name}`);
    if (typeof listener !== "function") throw new TypeError(`on("${name}"): expected a function`);
    const own = (/** @type {any} */ event) => listener(event);
    listeners.add(own);
    return () => void listeners.delete(own);
  }

  /**
   * @param {string} name
   * @param {object} event
   * @returns {boolean} whether anybody listened
   */
  emit(name, event) {
    const listeners = [...(this.#listeners.get(name) ?? [])];
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    return listeners.length > 0;
  }
}
