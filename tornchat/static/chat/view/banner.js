/** Says quietly what the connection is doing, and what can be done about it. */

import { h } from "./dom.js";
import { sentence } from "./gate.js";

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
   * @param {{until: number, reason: string} | null} held  why an open connection does not let in yet
   * @param {number} now
   * @param {() => void} tryNow
   */
  render(status, held, now, tryNow) {
    const { state, retryAt, reason } = status;
    const waits = state === "online" && held !== null;
    this.root.hidden = !waits && state !== "recovering" && state !== "offline";
    this.root.classList.toggle("final", state === "offline");
    if (this.root.hidden) return;
    if (waits) return this.#show(`${sentence(held.reason)} ${again("Trying again", held.until - now)}`, "", tryNow);
    if (state === "offline") return this.#show(reason || "Disconnected.", "Reload", () => location.reload());
    const waitMs = (retryAt ?? now) - now;
    const lead = sentence(reason) || (navigator.onLine ? "Connection lost." : "You are offline.");
    if (retryAt === Infinity) return this.#show(reason, "", () => {});
    this.#show(`${lead} ${again("Reconnecting", waitMs)}`, waitMs > 0 ? "Try now" : "", tryNow);
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

/**
 * @param {string} what
 * @param {number} ms
 */
function again(what, ms) {
  return ms > 0 ? `${what} in ${Math.ceil(ms / 1000)} s.` : `${what}…`;
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
