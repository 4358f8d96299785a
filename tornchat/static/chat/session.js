/**
 * Puts the parts of one room page together, without the DOM: connection, room, what is kept in the
 * browser. `element.js` makes one and hands it to a view.
 *
 * @typedef {import("./types.js").Kind} Kind
 * @typedef {import("./types.js").Status} Status
 * @typedef {import("./types.js").ServerEvent} ServerEvent
 * @typedef {import("./state.js").State} State
 *
 * @typedef {object} Hooks
 * @property {(state: State) => void} onchange
 * @property {(status: Status) => void} onstatus
 * @property {(problem: string) => void} onname  a name is needed; empty: the first time
 * @property {(words: string) => void} onproblem
 * @property {() => void} onnamed  the name was accepted
 *
 * @typedef {object} Options
 * @property {string} room
 * @property {string} endpoint  absolute address of the SockJS base
 * @property {Kind | null} forced
 */

import { clock } from "./clock.js";
import { Connection } from "./connection.js";
import { SharedLine } from "./line.js";
import { Room } from "./room.js";
import { Drawer } from "./storage.js";
import { isAlive, KINDS, openTransport } from "./transport.js";

const ALIVE_TIMEOUT_MS = 1_500;
/** Without Web Locks a hidden tab gives its HTTP connection back after this long. */
const PAUSE_MS = 20_000;

export class Session {
  #hooks;
  #local;
  #tab;
  #room;
  #connection;
  /** @type {Map<Kind, SharedLine>} */
  #lines = new Map();
  #options;
  /** @type {unknown} */
  #pauseTimer = null;

  /**
   * @param {Options} options
   * @param {Hooks} hooks
   */
  constructor(options, hooks) {
    this.#options = options;
    this.#hooks = hooks;
    const { pathname } = new URL(options.endpoint);
    this.#local = new Drawer(() => localStorage, `tornchat:${pathname}:`);
    this.#tab = new Drawer(() => sessionStorage, `tornchat:${pathname}:`);
    this.#connection = new Connection(this.#connectionOptions(), {
      onstatus: (status) => this.#status(status),
      onevent: (event) => this.#event(event),
      onrefused: (error) => hooks.onname(error.message),
    });
    const kept = `unsent:${options.room}`;
    this.#room = new Room(options.room, {
      wire: this.#connection,
      clock,
      newId,
      kept: { get: () => this.#tab.get(kept), set: (text) => this.#tab.set(kept, text) },
      onchange: hooks.onchange,
      onproblem: hooks.onproblem,
    });
  }

  /** @returns {import("./connection.js").Options} */
  #connectionOptions() {
    const { endpoint, forced } = this.#options;
    return {
      open: (kind) => this.#open(kind),
      alive: () => isAlive(endpoint, globalThis, ALIVE_TIMEOUT_MS),
      kinds: forced ? [forced] : KINDS,
      hello: () => ({ token: this.#local.get("guest_token"), name: this.name }),
      remembered: {
        get: () => this.#tab.get("transport"),
        set: (kind) => this.#tab.set("transport", kind),
      },
      clock,
      random: Math.random,
      hidden: () => document.hidden,
      id: newId().slice(0, 8),
    };
  }

  get room() {
    return this.#room;
  }

  get connection() {
    return this.#connection;
  }

  /** The name that was chosen, which may not be the one that was free. */
  get name() {
    return this.#local.get("name");
  }

  get draft() {
    return this.#tab.get(`draft:${this.#options.room}`) ?? "";
  }

  /** @param {string} text */
  keepDraft(text) {
    this.#tab.set(`draft:${this.#options.room}`, text === "" ? null : text);
  }

  /** Connects, once there is a name. */
  start() {
    if (this.name === null) this.#hooks.onname("");
    else this.#connection.start();
  }

  stop() {
    clock.cancel(this.#pauseTimer);
    this.#room.offline();
    this.#room.stop();
    this.#connection.stop();
    for (const line of this.#lines.values()) line.stop();
    this.#lines.clear();
  }

  /** @param {string} name */
  rename(name) {
    if (!this.#connection.online) {
      this.#local.set("name", name);
      this.#hooks.onnamed();
      return this.#connection.start();
    }
    const asked = { type: "name", name };
    this.#connection.request(asked, {
      ok: () => {
        this.#local.set("name", name);
        this.#hooks.onnamed();
      },
      fail: (error) => this.#hooks.onname(error?.message ?? "The connection was lost. Please try again."),
    });
  }

  /** @param {boolean} hidden */
  visibility(hidden) {
    clock.cancel(this.#pauseTimer);
    if (!hidden) return this.#connection.wake();
    if (!this.#shares && this.#connection.status.transport !== "websocket") {
      this.#pauseTimer = clock.after(() => this.#connection.pause(), PAUSE_MS);
    }
  }

  get #shares() {
    return SharedLine.possible();
  }

  /** @param {Kind} kind */
  #open(kind) {
    const { endpoint } = this.#options;
    const open = () => openTransport(kind, endpoint, globalThis);
    if (kind === "websocket" || !this.#shares) return open();
    let line = this.#lines.get(kind);
    if (!line) {
      line = SharedLine.inBrowser(`tornchat:${endpoint}:${kind}`, open);
      this.#lines.set(kind, line);
    }
    return line.attach();
  }

  /** @param {Status} status */
  #status(status) {
    const before = this.#wasOnline;
    this.#wasOnline = status.state === "online";
    if (this.#wasOnline && !before) this.#room.online();
    if (!this.#wasOnline && before) this.#room.offline();
    this.#hooks.onstatus(status);
  }

  #wasOnline = false;

  /** @param {ServerEvent} event */
  #event(event) {
    if (event.type === "welcome" && event.guest_token) this.#local.set("guest_token", event.guest_token);
    const me = this.#room.state.me;
    if (event.type === "named" && event.reason && event.person.id === me?.id) {
      this.#hooks.onproblem(`${event.reason}: you are ${event.person.name} here.`);
    }
    this.#room.receive(event);
  }
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
