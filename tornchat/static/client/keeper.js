/**
 * The guest of this page: the token that makes one the same person again, and the name that was
 * chosen. Kept where the page keeps its own things, under the name that `/widget.js` uses, so that one
 * is the same guest in both.
 */

import { Drawer } from "../chat/storage.js";

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Store */

export class Keeper {
  #drawer;

  /**
   * @param {Store | null | undefined} store  null: only for as long as the page is open
   * @param {string} base  the chat's address
   */
  constructor(store, base) {
    const none = () => {
      throw new Error("nothing is kept");
    };
    const source = store === undefined ? () => localStorage : () => store ?? none();
    this.#drawer = new Drawer(/** @type {() => Storage} */ (source), `tornchat:${base}:`);
  }

  /** @returns {{token: string | null, name: string | null}} */
  get guest() {
    try {
      const { token, name } = JSON.parse(this.#drawer.get("guest") ?? "");
      return { token: token || null, name: name || null };
    } catch {
      return { token: null, name: null };
    }
  }

  /** @param {{token?: string, name?: string}} change */
  keep(change) {
    this.#drawer.set("guest", JSON.stringify({ ...this.guest, ...change }));
  }
}
