/**
 * The guest of this page: the token that makes one the same person again, and the name that was
 * chosen. Where the page keeps things, all that runs in it and in its other tabs is one guest, widgets
 * of `/widget.js` too: a hello waits for who makes it right now.
 */

import { SiteGuest } from "../chat/siteguest.js";
import { siteDrawer } from "../chat/storage.js";

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Store */

export class Keeper {
  #site;
  /** Aborted when we make no guest any more. */
  #asking = new AbortController();
  #end = new AbortController();
  /** Waits until it is sure whether there is a guest; null: nobody else can have made one. */
  settle;

  /**
   * @param {Store | null | undefined} given  null: nothing is kept for longer than the page is open
   * @param {string} base  the chat's address
   */
  constructor(given, base) {
    const store = /** @type {Storage | null} */ (given === undefined ? own() : given);
    const kept = () => {
      if (store) return store;
      throw new Error("nothing is kept");
    };
    this.#site = new SiteGuest(siteDrawer(base, kept), base);
    this.settle = store ? () => this.#settle() : null;
  }

  get guest() {
    return this.#site.known;
  }

  /** @param {{token?: string, name?: string}} change */
  keep(change) {
    this.#site.keep({ ...this.guest, ...change });
  }

  /** Lets others make the guest: it is made, or nobody answers us. */
  release() {
    this.#asking.abort();
  }

  /** Leaves nothing behind. */
  end() {
    this.release();
    this.#end.abort();
  }

  /** @returns {Promise<void>} */
  #settle() {
    this.release();
    this.#asking = new AbortController();
    return new Promise((resolve) => this.#site.ask(() => resolve(), this.#asking.signal, this.#end.signal));
  }
}

/** Outside of browsers there is none, or one for nobody. */
function own() {
  try {
    return typeof document === "undefined" ? null : localStorage;
  } catch {
    return null;
  }
}
