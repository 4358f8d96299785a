/** Says quietly what the connection is doing, and what can be done about it. */

import { h } from "./dom.js";

/**
 * @typedef {import("../types.js").Status} Status
 */

/** @type {Record<import("../types.js").Kind, string>} */
export const TRANSPORT_NAMES = {
  websocket: "WebSocket",
  "xhr-streaming": "Streaming",
  "xhr-polling": "Polling",
};

export class Banner {
  #words = h("span", null);
  #button = h("button", { class: "link", type: "button" });
  #onclick = () => {};

  constructor() {
    this.root = h("div", { class: "banner", role: "status", hidden: true }, this.#words, this.#button);
    this.#button.addEventListener("click", () => this.#onclick());
  }

  /**
   * @param {Status} status
   * @param {number} now
   * @param {() => void} tryNow
   */
  render(status, now, tryNow) {
    const { state, retryAt, reason } = status;
    this.root.hidden = state !== "recovering" && state !== "offline";
    this.root.classList.toggle("final", state === "offline");
    if (this.root.hidden) return;
    if (state === "offline") return this.#show(reason || "Disconnected.", "Reload", () => location.reload());
    const seconds = retryAt === null ? 0 : Math.ceil((retryAt - now) / 1000);
    const lead = reason || (navigator.onLine ? "Connection lost." : "You are offline.");
    if (retryAt === Infinity) return this.#show(reason, "", () => {});
    if (seconds > 0) this.#show(`${lead} Reconnecting in ${seconds} s.`, "Try now", tryNow);
    else this.#show(`${lead} Reconnecting…`, "", tryNow);
  }

  /**
   * @param {string} words
   * @param {string} action
   * @param {() => void} onclick
   */
  #show(words, action, onclick) {
    if (this.#words.textContent !== words) this.#words.textContent = words;
    this.#button.textContent = action;
    this.#button.hidden = action === "";
    this.#onclick = onclick;
  }
}

/** The transport in use, discreetly. */
export class Signal {
  #dot = h("i", { "aria-hidden": "true" });
  #words = h("span", null);

  constructor() {
    this.root = h("span", { class: "signal" }, this.#dot, this.#words);
  }

  /** @param {Status} status */
  render({ state, transport }) {
    const name = transport ? TRANSPORT_NAMES[transport] : "";
    const words = { idle: "Not connected", connecting: "Connecting", online: name, recovering: "Reconnecting", offline: "Offline" };
    this.root.dataset.state = state;
    this.#words.textContent = words[state];
    this.root.title = state === "online" ? `Connected by ${name}` : words[state];
  }
}
