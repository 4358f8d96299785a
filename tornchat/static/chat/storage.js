/** Keeps small texts in the browser, and in memory where the browser refuses. It knows no meaning. */

/**
 * What is kept for all pages of one server.
 * @param {string} endpoint  absolute address of the SockJS base
 * @param {string} [part]  of them; none: all
 */
export function prefixOf(endpoint, part = "") {
  return `tornchat:${new URL(endpoint).pathname}:${part && `${part}:`}`;
}

/**
 * What the pages of somebody's site keep of a chat.
 * @param {string} base  the chat's address
 * @param {() => Storage} [store]  a function, for mere access may throw
 */
export function siteDrawer(base, store = () => localStorage) {
  return new Drawer(store, `tornchat:${base}:`);
}

/**
 * A named corner of `localStorage` or `sessionStorage`. Never throws: blocked or full storage falls
 * back to memory, so a page works for as long as it is open.
 */
export class Drawer {
  #prefix;
  #store;
  /** @type {Map<string, string>} */
  #memory = new Map();

  /**
   * @param {() => Storage} store  a function, for mere access may throw
   * @param {string} prefix
   */
  constructor(store, prefix) {
    this.#prefix = prefix;
    this.#store = store;
  }

  /**
   * @param {string} key
   * @returns {string | null}
   */
  get(key) {
    const kept = this.#memory.get(key);
    if (kept !== undefined) return kept;
    try {
      return this.#store().getItem(this.#prefix + key);
    } catch {
      return null;
    }
  }

  /**
   * @param {string} key
   * @param {string | null} value  null removes
   */
  set(key, value) {
    this.#memory.delete(key);
    try {
      if (value === null) this.#store().removeItem(this.#prefix + key);
      else this.#store().setItem(this.#prefix + key, value);
    } catch {
      if (value !== null) this.#memory.set(key, value);
    }
  }
}
