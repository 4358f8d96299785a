/** Says in the navigation whether the page is live. */

const WORDS = Object.freeze({
  idle: "",
  connecting: "Connecting…",
  online: "Live",
  recovering: "Reconnecting…",
  offline: "Not live",
});

export class Signal {
  #root;

  /** @param {Element | null} root */
  constructor(root) {
    this.#root = /** @type {HTMLElement | null} */ (root);
  }

  /** @param {import("../chat/types.js").Status} status */
  show({ state, reason }) {
    if (!this.#root) return;
    this.#root.hidden = state === "idle";
    this.#root.dataset.state = state;
    this.#root.title = reason;
    const words = this.#root.querySelector("span");
    if (words) words.textContent = WORDS[state];
  }
}
