/** Stands in place of the room while one may not be in it: what happened, and what to do now. */

import { formatUntil } from "../time.js";
import { h, icon } from "./dom.js";

/** A hyphen at which no line ends: dates stay whole. */
const NO_BREAK = "\u2011";
const MISTAKEN = "If you think that this is a mistake, write to whoever runs this server.";
const ASK = "Ask whoever sent you the invitation for a new one.";
/** @typedef {{title: string, words: string, action?: "rejoin" | "reload" | "retry"}} Notice */
/** @typedef {NonNullable<import("../state.js").State["left"]>} Left */

/** @type {Record<string, Notice>} by the code of `left`, of a refused join, or of a close */
const NOTICES = {
  not_found: { title: "This room does not exist, or you need an invitation", words: "If somebody sent you a link, open it once more just as it came, or ask them for a new one." },
  unauthorized: { title: "This invitation does not open the room", words: ASK },
  revoked: { title: "Your access to this room was taken back", words: "What was written there is no longer shown. To come back, ask for a new invitation." },
  rotated: { title: "This room has new invitations", words: `The old ones have ended for everybody. ${ASK}` },
  forbidden: { title: "This room is no longer open to you", words: "Its rules have changed. To come back, ask somebody in the room for an invitation." },
  kicked: { title: "You were taken out of this room", words: "Take a moment before you come back.", action: "rejoin" },
  banned: { title: "You are banned from this room", words: MISTAKEN, action: "retry" },
  room_gone: { title: "This room is gone", words: "It was deleted, with everything that was written in it." },
  4002: { title: "Your sign-in has expired", words: "Go back to the page that brought you here, and sign in again.", action: "reload" },
  4505: { title: "You are banned from this server", words: MISTAKEN },
  4501: { title: "Your sign-in was not accepted", words: "Go back to the page that brought you here, and sign in again.", action: "reload" },
  4502: { title: "The key of this page was revoked", words: "Whoever runs this page has to give it a new one." },
};
/** For who is on that page already. */
const SIGN_IN_HERE = "Sign in again on this page.";
const SIGN_IN = ["4002", "4501"];
/** @type {Notice} */
const OTHER = { title: "This room cannot be opened", words: "", action: "reload" };

export class Gate {
  #home;
  #rejoin;
  #drawn = "";

  /**
   * @param {string | null} home  address of the lobby; null: in a frame, that has no way there
   * @param {() => void} rejoin
   */
  constructor(home, rejoin) {
    this.#home = home;
    this.#rejoin = rejoin;
    this.root = h("section", { class: "gate", role: "alert", tabindex: -1, hidden: true });
  }

  /**
   * @param {Left | null} left
   * @param {number} now
   * @param {boolean} mayFocus
   */
  render(left, now, mayFocus) {
    const key = left ? `${left.code}:${left.until}:${left.reason}` : "";
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.root.hidden = left === null;
    this.root.replaceChildren(...(left ? this.#notice(left, now) : []));
    if (left && mayFocus) this.focus();
  }

  focus() {
    this.root.focus({ preventScroll: true });
  }

  /**
   * @param {Left} left
   * @param {number} now
   */
  #notice(left, now) {
    const { code, reason } = left;
    const known = NOTICES[code];
    const { title, words, action } = known ?? OTHER;
    const framed = this.#home === null;
    const advice = framed && SIGN_IN.includes(code) ? SIGN_IN_HERE : words;
    const said = !known || code === "unauthorized" ? `${sentence(reason)} ${words}`.trim() : advice;
    const facts = sanction(left, now).map((fact) => h("p", { class: "fact" }, fact));
    const rooms = !framed && h("a", { class: action && action !== "retry" ? "quiet-button" : "primary", href: this.#home }, "All rooms");
    const detail = code === "4501" ? [h("p", { class: "detail" }, reason)] : [];
    return [
      h("div", { class: "seal", "aria-hidden": "true" }, icon("lock")),
      h("h1", null, title),
      ...facts,
      h("p", null, said),
      ...detail,
      h("div", { class: "buttons" }, rooms, this.#button(action)),
    ];
  }

  /** @param {Notice["action"]} action */
  #button(action) {
    if (action === "rejoin") return h("button", { class: "primary", type: "button", onclick: this.#rejoin }, "Join again");
    if (action === "retry") return h("button", { class: "quiet-button", type: "button", onclick: this.#rejoin }, "Try again");
    return action && h("button", { class: "primary", type: "button", onclick: () => location.reload() }, "Reload");
  }
}

/**
 * Why somebody was sent away, and until when.
 * @param {Left} left
 * @param {number} now
 * @returns {string[]}
 */
export function sanction({ code, reason, until }, now) {
  if (code !== "kicked" && code !== "banned") return [];
  const why = reason.split(": ").slice(1).join(": ");
  const facts = why === "" ? [] : [`Reason: \u2068${sentence(why)}\u2069`];
  if (code === "kicked") return facts;
  return [...facts, until === undefined ? "It lasts until somebody in charge lifts it." : `It ends: ${formatUntil(until, now)}.`];
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

/**
 * What happened, in one line.
 * @param {string} code
 */
export function headline(code) {
  return (NOTICES[code] ?? OTHER).title;
}
