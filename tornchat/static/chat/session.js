/**
 * Puts the parts of one room page together, without the DOM: connection, room, what is kept in the
 * browser. An invite is kept until it let one in; from then on the guest token opens the room.
 * `shell.js` makes one and hands it to a view.
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
 * @property {(message: import("./types.js").Message) => void} onmessage  that is new here, each once
 * @property {(clientId: string, outcome: import("./room.js").Outcome) => void} onsettled
 *
 * @typedef {object} Options
 * @property {string} room
 * @property {string} endpoint  absolute address of the SockJS base
 * @property {Kind | null} forced
 * @property {boolean} listed  whether the page came as that of a room which everybody may see
 * @property {string | null} invite  that this page was opened with
 * @property {string | null} token  of a site, that this page was opened with
 * @property {(() => Promise<string | null>) | null} getToken  asks the site for a token
 * @property {boolean} framed  the page around gave the invite, perhaps not for the first time
 * @property {boolean} nameless  whether one may be in the room without having chosen a name
 * @property {import("./keeper.js").Keeper} keeper
 * @property {import("./storage.js").Drawer} tab  what a reload of the tab keeps
 */

import { clock } from "./clock.js";
import { Connection } from "./connection.js";
import { newId } from "./ids.js";
import { Later } from "./later.js";
import { Room } from "./room.js";
import { SiteToken } from "./sitetoken.js";
import { isAlive, KINDS, sessionUrl } from "./transport/sockjs.js";
import { WebSocketTransport } from "./transport/websocket.js";

const ALIVE_TIMEOUT_MS = 1_500;
/** Without Web Locks a hidden tab gives its HTTP connection back after this long. */
const PAUSE_MS = 20_000;
const EXPIRED = 4002;
/** Who the server sends away for good may keep nothing on the screen. */
const OUT = [EXPIRED, 4501, 4502, 4505];

export class Session {
  #hooks;
  #keeper;
  #tab;
  #room;
  #connection;
  /** @type {Map<Kind, import("./line.js").SharedLine>} */
  #lines = new Map();
  /** The browser lets nothing be shared here. */
  #alone = false;
  #options;
  #invite;
  #token;
  /** @type {SiteToken | null} */
  #siteToken = null;
  #stopped = false;
  /** @type {unknown} */
  #pauseTimer = null;

  /**
   * @param {Options} options
   * @param {Hooks} hooks
   */
  constructor(options, hooks) {
    this.#options = options;
    this.#hooks = hooks;
    this.#keeper = options.keeper;
    this.#tab = options.tab;
    this.#invite = this.#kept("invite", options.invite);
    this.#token = this.#kept("token", options.token);
    if (options.getToken || this.#token.get() !== null) {
      const [source, token] = [options.getToken, this.#token.get()];
      this.#siteToken = new SiteToken({ source, token, clock, random: Math.random });
    }
    this.#connection = new Connection(this.#connectionOptions(), {
      onstatus: (status) => this.#status(status),
      onevent: (event) => this.#event(event),
      onrefused: (error) => hooks.onname(error.message),
    });
    this.#room = new Room(options.room, {
      wire: this.#connection,
      clock,
      newId,
      kept: this.#kept("unsent"),
      invite: this.#invite,
      onchange: hooks.onchange,
      onproblem: hooks.onproblem,
      onmessage: hooks.onmessage,
      onsettled: hooks.onsettled,
    });
  }

  /**
   * Something of this room that a reload of the tab keeps.
   * @param {string} what
   * @param {string | null} [fresh]
   */
  #kept(what, fresh = null) {
    const key = `${what}:${this.#options.room}`;
    if (fresh !== null) this.#tab.set(key, fresh);
    return {
      get: () => this.#tab.get(key),
      set: (/** @type {string | null} */ text) => this.#tab.set(key, text),
    };
  }

  /** @returns {import("./connection.js").Options} */
  #connectionOptions() {
    const { endpoint, forced } = this.#options;
    return {
      open: (kind) => this.#open(kind),
      alive: () => isAlive(endpoint, globalThis, ALIVE_TIMEOUT_MS),
      kinds: forced ? [forced] : KINDS,
      hello: () => this.#keeper.guest,
      settle: this.#keeper.settle,
      siteToken: this.#siteToken,
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
    return this.#keeper.guest.name;
  }

  get draft() {
    return this.#tab.get(`draft:${this.#options.room}`) ?? "";
  }

  /** @param {string} text */
  keepDraft(text) {
    this.#tab.set(`draft:${this.#options.room}`, text === "" ? null : text);
  }

  /** Forgets what was written and not sent: somebody else sits here now. */
  forget() {
    this.#kept("unsent").set(null);
  }

  /** Whether there is an invite that nobody has gone in by. */
  get invited() {
    return this.#invite.get() !== null;
  }

  /** Connects, once there is a name and something that may open the room. */
  start() {
    const { listed, framed, nameless } = this.#options;
    const { token, name } = this.#keeper.guest;
    const asks = !nameless && (name === null || (this.invited && !framed));
    if (this.#siteToken) this.#connection.start();
    else if ((listed || this.invited) && asks) this.#hooks.onname("");
    else if (listed || this.invited || token !== null) this.#connection.start();
    else this.#room.refuse("not_found", "");
  }

  stop() {
    this.#stopped = true;
    clock.cancel(this.#pauseTimer);
    this.#room.offline();
    this.#room.stop();
    this.#connection.stop();
    for (const line of this.#lines.values()) line.stop();
    this.#lines.clear();
  }

  /** @param {string} name */
  rename(name) {
    const named = () => {
      this.#keeper.keep({ name });
      this.#hooks.onnamed();
    };
    if (!this.#connection.online) {
      named();
      return this.#connection.start();
    }
    const asked = { type: "name", name };
    this.#connection.request(asked, {
      ok: named,
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

  /** Tabs share what is said on a line, and so they must be the same person. */
  get #shares() {
    const same = this.#siteToken === null && this.#keeper.scope !== null;
    return same && !this.#alone && typeof BroadcastChannel === "function" && navigator.locks !== undefined;
  }

  /** @param {Kind} kind */
  #open(kind) {
    if (kind === "websocket") return new WebSocketTransport(sessionUrl(this.#options.endpoint, crypto), globalThis);
    return new Later(this.#overHttp(kind));
  }

  /**
   * Most people never leave WebSocket, so that this is loaded by those who do.
   * @param {Kind} kind
   * @returns {Promise<import("./types.js").Transport>}
   */
  async #overHttp(kind) {
    const [{ openTransport }, { SharedLine }] = await Promise.all([import("./transport.js"), import("./line.js")]);
    if (this.#shares) this.#alone = !(await SharedLine.isPossible());
    if (this.#stopped) throw new Error("stopped");
    const open = () => openTransport(kind, this.#options.endpoint, globalThis);
    if (!this.#shares) return open();
    const line = this.#lines.get(kind) ?? SharedLine.inBrowser(`tornchat:${this.#options.endpoint}:${kind}${this.#keeper.scope}`, open);
    this.#lines.set(kind, line);
    return line.attach();
  }

  /** @param {Status} status */
  #status(status) {
    const before = this.#wasOnline;
    this.#wasOnline = status.state === "online";
    if (this.#wasOnline && !before) this.#room.online();
    if (!this.#wasOnline && before) this.#room.offline();
    if (status.state === "offline") this.#ended(status);
    this.#hooks.onstatus(status);
  }

  /** @param {Status} status */
  #ended({ code, reason, detail }) {
    if (OUT.includes(code)) this.#token.set(null);
    if (this.#room.state.phase !== "joined" || OUT.includes(code)) this.#room.refuse(String(code), detail || reason);
  }

  #wasOnline = false;

  /** @param {ServerEvent} event */
  #event(event) {
    if (event.type === "welcome" && event.guest_token) this.#keeper.keep({ token: event.guest_token });
    const me = this.#room.state.me;
    if (event.type === "named" && event.person.id === me?.id) {
      if (event.reason) this.#hooks.onproblem(`${event.reason}: you are ${event.person.name} here.`);
      else if (this.name !== null && !event.person.verified) this.#keeper.keep({ name: event.person.name });
    }
    this.#room.receive(event);
  }
}
