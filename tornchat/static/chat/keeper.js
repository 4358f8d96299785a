/**
 * Keeps who a guest is, in the browser's own storage. In a frame the page around it does that
 * (`embed/host.js`): what a frame stores, browsers keep apart, forget or refuse.
 *
 * @typedef {{token: string | null, name: string | null}} Guest  null: none yet
 *
 * @typedef {object} Keeper
 * @property {Guest} guest  as it is known now
 * @property {(change: Partial<Guest>) => void} keep
 * @property {(() => Promise<void>) | null} settle  waits, before a hello, until it is sure whether
 *   there is a guest already; null: it always is
 * @property {string | null} scope  who else has the same guest, as a name; null: nobody
 */

export class OwnKeeper {
  settle = null;
  scope = "";
  #drawer;

  /** @param {import("./storage.js").Drawer} drawer */
  constructor(drawer) {
    this.#drawer = drawer;
  }

  /** @returns {Guest} */
  get guest() {
    return { token: this.#drawer.get("guest_token"), name: this.#drawer.get("name") };
  }

  /** @param {Partial<Guest>} change */
  keep({ token, name }) {
    if (token !== undefined) this.#drawer.set("guest_token", token);
    if (name !== undefined) this.#drawer.set("name", name);
  }
}
