/**
 * The live line of the admin pages: the chat's own connection, entered by a token of five minutes
 * that the session gives. Never by its cookie. It follows at most one room. It knows nothing of the
 * DOM.
 *
 * @typedef {import("../chat/types.js").ServerEvent} ServerEvent
 * @typedef {import("../chat/types.js").Joined} Joined
 * @typedef {{type: "admin", topic: string, room?: string, data?: unknown}} AdminEvent
 *
 * @typedef {object} Options
 * @property {string} endpoint  absolute address of the SockJS base
 * @property {string} token  absolute address that gives tokens
 * @property {() => string} xsrf
 * @property {(status: import("../chat/types.js").Status) => void} onstatus
 * @property {(event: AdminEvent) => void} onadmin
 * @property {(event: ServerEvent) => void} onroom  what happens in the room that is followed
 * @property {(last: number) => void} onjoined  the seq of its newest entry, after each joining
 * @property {() => void} onended  the session has ended; nothing more comes
 * @property {Partial<import("../chat/connection.js").Options>} [platform]  instead of the browser's
 * @property {typeof fetch} [fetch]
 */

import { clock } from "../chat/clock.js";
import { Connection } from "../chat/connection.js";
import { SiteToken } from "../chat/sitetoken.js";
import { isAlive, KINDS, openTransport } from "../chat/transport.js";

const ALIVE_TIMEOUT_MS = 1_500;
/** A hidden tab that streams or polls gives its HTTP connection back after this long. */
const PAUSE_MS = 20_000;
const REFUSED = [401, 403, 404];

export class Live {
  #options;
  #connection;
  /** @type {string | null} */
  #room = null;
  #online = false;
  #entered = false;
  /** @type {unknown} */
  #pause = null;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.#connection = new Connection(this.#settings(), {
      onstatus: (status) => this.#status(status),
      onevent: (event) => this.#event(event),
      onrefused: () => this.#end(),
    });
  }

  start() {
    this.#connection.start();
  }

  stop() {
    clock.cancel(this.#pause);
    this.#connection.stop();
  }

  /**
   * Follows a room instead of the one before it, or none.
   * @param {string | null} room
   */
  watch(room) {
    if (room === this.#room) return;
    if (this.#room !== null) this.#connection.send({ type: "leave", room: this.#room });
    this.#room = room;
    if (this.#online) this.#join();
  }

  /** @param {boolean} hidden */
  visibility(hidden) {
    clock.cancel(this.#pause);
    if (!hidden) return this.#connection.wake();
    if (this.#connection.status.transport === "websocket") return;
    this.#pause = clock.after(() => this.#connection.pause(), PAUSE_MS);
  }

  /** @returns {import("../chat/connection.js").Options} */
  #settings() {
    const { endpoint, platform } = this.#options;
    const source = () => this.#fetchToken();
    return {
      open: (kind) => openTransport(kind, endpoint, globalThis),
      alive: () => isAlive(endpoint, globalThis, ALIVE_TIMEOUT_MS),
      kinds: KINDS,
      hello: () => ({ token: null, name: null }),
      siteToken: new SiteToken({ source, token: null, clock: platform?.clock ?? clock, random: Math.random }),
      remembered: { get: () => null, set: () => {} },
      clock,
      random: Math.random,
      hidden: () => document.hidden,
      id: "admin",
      ...platform,
    };
  }

  /** @returns {Promise<string>} rejects where there is none; who has signed out asks no more */
  async #fetchToken() {
    const ask = this.#options.fetch ?? fetch;
    const body = new URLSearchParams({ _xsrf: this.#options.xsrf() });
    const response = await ask(this.#options.token, { method: "POST", body, cache: "no-store" });
    if (response.ok) return (await response.json()).token;
    if (REFUSED.includes(response.status)) this.#end();
    throw new Error(`no token: ${response.status}`);
  }

  /** A page that never had a token stays as it is: to load it again would bring it here again. */
  #end() {
    this.stop();
    if (this.#entered) this.#options.onended();
    else this.#options.onstatus({ ...this.#connection.status, state: "offline" });
  }

  /** @param {import("../chat/types.js").Status} status */
  #status(status) {
    const before = this.#online;
    this.#online = status.state === "online";
    this.#entered ||= this.#online;
    this.#options.onstatus(status);
    if (this.#online && !before) this.#join();
  }

  #join() {
    const room = this.#room;
    if (room === null) return;
    const ok = (/** @type {Joined} */ joined) => {
      if (room === this.#room) this.#options.onjoined(joined.last);
      this.#connection.joined();
    };
    this.#connection.request({ type: "join", room, limit: 1 }, { ok, fail: () => {} });
  }

  /** @param {ServerEvent | AdminEvent} event */
  #event(event) {
    if (event.type === "admin") this.#options.onadmin(event);
    else if ("room" in event && event.room === this.#room) this.#options.onroom(event);
  }
}
