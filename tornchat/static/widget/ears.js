/** Who wants to hear of what: `on` and `off`, for one widget or for all of the page. */

/** @typedef {(detail: any) => void} Listener */

export class Ears {
  /** @type {[string, Listener][]} */
  #all = [];

  /**
   * @param {string} name
   * @param {Listener} listener
   */
  on(name, listener) {
    this.#all.push([name, listener]);
  }

  /**
   * @param {string} [name]
   * @param {Listener} [listener]  none: all of that name
   */
  off(name, listener) {
    this.#all = this.#all.filter((each) => (name && each[0] !== name) || (listener && each[1] !== listener));
  }

  /**
   * What one of them does wrong is told by the browser, and keeps nobody else from hearing.
   * @param {string} name
   * @param {object} detail
   */
  tell(name, detail) {
    for (const [wanted, listener] of this.#all) {
      try {
        if (wanted === name) listener(detail);
      } catch (error) {
        reportError(error);
      }
    }
  }
}
