/**
 * Puts a room's element into the hands of the page around it: who its visitor is before the room is
 * opened, then what the page wishes and what it is told.
 *
 * @typedef {import("./wire.js").Init} Init
 * @typedef {import("./wire.js").FrameMessage} FrameMessage
 * @typedef {import("../chat/shell.js").TornchatRoom} TornchatRoom
 */

import { applyLocale } from "./locale.js";
import { applyTheme } from "./theme.js";

/** What an invite begins with: it stands where a token of the site might, and is none. */
const INVITE = "tc_";
/** What the page is told as it happens, by the element's own events. */
const TOLD = /** @type {const} */ (["state", "unread", "presence", "message", "error", "close"]);

/** @typedef {{source: (() => Promise<string | null>) | null, invite: string | null, token?: string}} Visitor */

export class Embedding {
  #host;
  #init;
  #element;
  #shown;
  #focused;
  #turn = 0;
  /** Who is here now. @type {Visitor} */
  #now = { source: null, invite: null };
  /** What the page wished before there was anybody to carry it out. @type {import("./host.js").Wish[]} */
  #early = [];

  /**
   * @param {import("./host.js").Host} host
   * @param {Init} init
   * @param {TornchatRoom} element  not in use yet
   */
  constructor(host, init, element) {
    this.#host = host;
    this.#init = init;
    this.#element = element;
    this.#shown = init.shown;
    this.#focused = init.focused;
  }

  /** Dresses the element, and finds out who its visitor is; then it may be opened. */
  async prepare() {
    const { mode, title, suggested, vouched, lang } = this.#init;
    const dressed = applyTheme(this.#init);
    applyLocale(lang);
    const element = this.#element;
    element.setAttribute("mode", mode);
    const room = element.getAttribute("room") ?? "";
    this.#host.tell({ type: "ready", room, title: element.getAttribute("heading") ?? room });
    this.#host.onwish = (wish) => void this.#early.push(wish);
    for (const name of TOLD) element.addEventListener(`tornchat:${name}`, (event) => this.#told(name, event));
    const { source, invite } = (this.#now = await this.#visitor(vouched));
    element.getToken = source;
    const keeper = this.#host.keeper(mode !== "readonly");
    element.host = { keeper, looked: () => this.#looked, suggested, name: title, invite };
    await dressed;
  }

  /** The element is in use. */
  begin() {
    this.#host.onwish = (wish) => this.#carryOut(wish);
    this.#host.onguest = () => this.#element.known();
    for (const wish of this.#early) this.#carryOut(wish);
  }

  /**
   * @param {boolean} vouched
   * @returns {Promise<Visitor>}
   */
  async #visitor(vouched) {
    if (!vouched) return { source: null, invite: null };
    try {
      const token = await this.#host.token(false);
      if (token === null) return { source: null, invite: null };
      if (token.startsWith(INVITE)) return { source: null, invite: token };
      return { source: this.#source(token), invite: null, token };
    } catch {
      // The session says that, and asks again.
      return { source: this.#source(null), invite: null };
    }
  }

  /**
   * @param {string | null} first  that was not presented yet
   * @returns {() => Promise<string | null>}
   */
  #source(first) {
    let last = first;
    return async () => {
      const next = first ?? (await this.#host.token(last !== null));
      first = null;
      last = next ?? last;
      return next;
    };
  }

  /** @param {import("./host.js").Wish} wish */
  #carryOut(wish) {
    const element = this.#element;
    if (wish.type === "look") {
      this.#shown = wish.shown;
      this.#focused = wish.focused;
      element.look();
    } else if (wish.type === "focus") element.takeFocus();
    else if (wish.type === "send") void this.#send(wish);
    else if (wish.type === "read") element.markRead();
    else if (wish.type === "theme") void applyTheme(wish);
    else if (wish.type === "locale") this.#speak(wish.lang);
    else if (wish.type === "title") element.retitle(wish.title);
    else if (wish.type === "vouch") void this.#vouch(wish.vouched);
  }

  /** @param {boolean} vouched */
  async #vouch(vouched) {
    const turn = (this.#turn += 1);
    const next = await this.#visitor(vouched);
    // Some pages say it with each of their changes: for the same visitor nothing begins anew.
    const stays = isSame(next, this.#now) && this.#element.dataset.state !== "offline";
    if (turn !== this.#turn || stays) return;
    this.#now = next;
    this.#element.become(next.source, next.invite);
  }

  /** @param {{id: number, text: string}} wish */
  async #send({ id, text }) {
    const outcome = await this.#element.say(text);
    this.#host.tell({ type: "sent", id, ...outcome });
  }

  /** @param {string} lang */
  #speak(lang) {
    applyLocale(lang);
    this.#element.redraw();
  }

  /**
   * @param {typeof TOLD[number]} name
   * @param {Event} event
   */
  #told(name, event) {
    const { detail } = /** @type {CustomEvent} */ (event);
    this.#host.tell(/** @type {FrameMessage} */ ({ type: name, ...detail }));
    if (name === "message" && !detail.mine && this.#init.sound && !this.#seen) void chime();
  }

  /** Where the focus goes from here, the page around does not hear: it counts as without, and we look ourselves. */
  get #looked() {
    return this.#shown && (this.#focused || document.hasFocus());
  }

  get #seen() {
    return this.#looked && !document.hidden;
  }
}

/**
 * @param {Visitor} one
 * @param {Visitor} other
 */
function isSame(one, other) {
  if (one.token && other.token) return claims(one.token) === claims(other.token);
  return [one, other].every(({ source, invite }) => source === null && invite === null);
}

/**
 * What a token says, but for its times. Nothing of that is trusted.
 * @param {string} token
 */
function claims(token) {
  try {
    const payload = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    return JSON.stringify({ ...payload, iat: 0, exp: 0, nbf: 0, jti: 0 });
  } catch {
    return token;
  }
}

/** Few ask for it. */
async function chime() {
  const { play } = await import("./sound.js");
  await play();
}
