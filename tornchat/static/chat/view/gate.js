/** Stands in place of the room while one may not be in it: what happened, and what to do now. */

import { h, icon } from "./dom.js";

/** A hyphen at which no line ends: dates stay whole. */
const NO_BREAK = "\u2011";
const ASK = "Ask whoever sent you the invitation for a new one.";
/** @typedef {{title: string, words: string, action?: "rejoin" | "reload"}} Notice */

/** @type {Record<string, Notice>} by the code of `left`, of a refused join, or of a close */
const NOTICES = {
  not_found: { title: "This room does not exist, or you need an invitation", words: "If somebody sent you a link, open it once more just as it came, or ask them for a new one." },
  unauthorized: { title: "This invitation does not open the room", words: ASK },
  revoked: { title: "Your access to this room was taken back", words: "What was written there is no longer shown. To come back, ask for a new invitation." },
  rotated: { title: "This room has new invitations", words: `The old ones have ended for everybody. ${ASK}` },
  forbidden: { title: "This room is no longer open to you", words: "Its rules have changed. To come back, ask somebody in the room for an invitation." },
  kicked: { title: "You were taken out of this room", words: "Take a moment before you come back.", action: "rejoin" },
  banned: { title: "You are banned", words: "If you think that this is a mistake, write to whoever runs this server." },
  room_gone: { title: "This room is gone", words: "It was deleted, with everything that was written in it." },
  4002: { title: "Your sign-in has expired", words: "Go back to the page that brought you here, and sign in again.", action: "reload" },
  4501: { title: "Your sign-in was not accepted", words: "Go back to the page that brought you here, and sign in again.", action: "reload" },
  4502: { title: "The key of this page was revoked", words: "Whoever runs this page has to give it a new one." },
};
/** @type {Notice} */
const OTHER = { title: "This room cannot be opened", words: "", action: "reload" };

export class Gate {
  #home;
  #rejoin;
  #drawn = "";

  /**
   * @param {string} home  address of the lobby
   * @param {() => void} rejoin
   */
  constructor(home, rejoin) {
    this.#home = home;
    this.#rejoin = rejoin;
    this.root = h("section", { class: "gate", role: "alert", tabindex: -1, hidden: true });
  }

  /** @param {{code: string, reason: string} | null} left */
  render(left) {
    const key = left ? `${left.code}:${left.reason}` : "";
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.root.hidden = left === null;
    this.root.replaceChildren(...(left ? this.#notice(left) : []));
    if (left) this.root.focus({ preventScroll: true });
  }

  /** @param {{code: string, reason: string}} left */
  #notice({ code, reason }) {
    const known = NOTICES[code === "4505" ? "banned" : code];
    const { title, words, action } = known ?? OTHER;
    const said = !known || code === "unauthorized" ? `${sentence(reason)} ${words}`.trim() : words;
    const rooms = h("a", { class: action ? "quiet-button" : "primary", href: this.#home }, "All rooms");
    const detail = code === "4501" ? [h("p", { class: "detail" }, reason)] : [];
    return [
      h("div", { class: "seal", "aria-hidden": "true" }, icon("lock")),
      h("h1", null, title),
      h("p", null, said),
      ...detail,
      h("div", { class: "buttons" }, rooms, this.#button(action)),
    ];
  }

  /** @param {Notice["action"]} action */
  #button(action) {
    if (action === "rejoin") return h("button", { class: "primary", type: "button", onclick: this.#rejoin }, "Join again");
    return action && h("button", { class: "primary", type: "button", onclick: () => location.reload() }, "Reload");
  }
}

/**
 * What the server says, as people write it.
 * @param {string} text
 */
export function sentence(text) {
  const words = text.replace(/^token: /, "").replace(/\b-\b/g, NO_BREAK).trim();
  if (words === "") return "";
  return words[0].toUpperCase() + words.slice(1) + (/[.!?]$/.test(words) ? "" : ".");
}
