/**
 * Whether the server answers; and where it answers everybody but this page, that this is so. Browsers
 * tell a page nothing of the kind, so a new page would wait for ever for a server that refuses it.
 */

import { isAlive } from "../chat/transport.js";
import { ChatError } from "./error.js";

const TIMEOUT_MS = 1_500;

export class Outlook {
  #base;
  #endpoint;
  #complain;
  #complained = false;

  /**
   * @param {string} base
   * @param {string} endpoint
   * @param {(error: ChatError) => void} complain
   */
  constructor(base, endpoint, complain) {
    this.#base = base;
    this.#endpoint = endpoint;
    this.#complain = complain;
  }

  /** @returns {Promise<boolean>} */
  async alive() {
    const alive = await this.#mayAsk();
    if (!alive && !this.#complained) void this.#diagnose();
    return alive;
  }

  #mayAsk() {
    return isAlive(this.#endpoint, globalThis, TIMEOUT_MS);
  }

  /** `/client.js` is for pages of any origin; who gets that and nothing else is not listed. */
  async #diagnose() {
    if (typeof location === "undefined" || location.origin === new URL(this.#base).origin) return;
    const open = await fetch(`${this.#base}client.js`, { method: "HEAD", cache: "no-store" }).catch(() => null);
    if (!open?.ok || (await this.#mayAsk()) || this.#complained) return;
    this.#complained = true;
    const message = `The chat server at ${this.#base} does not list ${location.origin} among its origins.`;
    this.#complain(new ChatError({ code: "origin_refused", message, retryable: true }));
  }
}
