/**
 * A transport whose code is still on its way: to its user it is one that takes a moment to open.
 *
 * @typedef {import("./types.js").Transport} Transport
 * @typedef {import("./types.js").Closing} Closing
 */

export class Later {
  onopen = () => {};
  onframe = () => {};
  onmessage = /** @type {(texts: string[]) => void} */ (() => {});
  onclose = /** @type {(closing: Closing) => void} */ (() => {});
  /** @type {Transport | null} */
  #inner = null;
  #closed = false;

  /** @param {Promise<Transport>} coming */
  constructor(coming) {
    coming.then((inner) => this.#start(inner)).catch(() => this.#fail());
  }

  /** @param {string} text */
  send(text) {
    this.#inner?.send(text);
  }

  close() {
    this.#closed = true;
    this.#inner?.close();
  }

  /** @param {Transport} inner */
  #start(inner) {
    if (this.#closed) return inner.close();
    this.#inner = inner;
    inner.onopen = () => this.onopen();
    inner.onframe = () => this.onframe();
    inner.onmessage = (texts) => this.onmessage(texts);
    inner.onclose = (closing) => this.onclose(closing);
  }

  #fail() {
    if (!this.#closed) this.onclose({ code: 1006, reason: "", said: false });
  }
}
