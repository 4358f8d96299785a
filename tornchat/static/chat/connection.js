/**
 * Keeps one conversation with the server alive: picks a transport, says hello, notices silence,
 * comes back. It knows nothing of rooms beyond telling its listener every event in order.
 *
 * `idle → connecting → online ↔ recovering → offline(reason)`
 *
 * @typedef {import("./types.js").Transport} Transport
 * @typedef {import("./types.js").Closing} Closing
 * @typedef {import("./types.js").Kind} Kind
 * @typedef {import("./types.js").Clock} Clock
 * @typedef {import("./types.js").Status} Status
 * @typedef {import("./types.js").Command} Command
 * @typedef {import("./types.js").ServerEvent} ServerEvent
 * @typedef {import("./types.js").ErrorEvent} ErrorEvent
 */

import { backoffMs } from "./backoff.js";
import { Timers } from "./clock.js";

const PROTOCOL_VERSION = 1;
const OPEN_TIMEOUT_MS = 4_000;
const WELCOME_TIMEOUT_MS = 4_000;
/** The last transport has nothing behind it, so it may take its time. */
const LAST_TIMEOUT_MS = 15_000;
const STAYED_MS = 5_000;
const CHECK_TIMEOUT_MS = 5_000;
/** After so many failures what worked before is no hint any more. */
const FORGET_AFTER = 3;
/** So many lives shorter than `STAYED_MS` in a row: something in between cuts this transport. */
const SHORT_LIVES = 3;
const TOKEN_EXPIRED = 4002;
/** Refusals of a hello that a close follows, which says what becomes of it. */
const SENT_AWAY = ["unauthorized", "forbidden"];

/** @type {Record<number, string>} */
const WORDS = {
  4000: "The server is restarting.",
  4001: "This connection was too slow.",
  4002: "Your sign-in has expired.",
  4004: "This page asked for too much at once.",
  4007: "The server is full at the moment.",
  4500: "This page and the server do not understand each other. Reload the page.",
  4501: "This sign-in was not accepted.",
  4502: "The key of this page was revoked.",
  4505: "You are banned from this server.",
  4506: "This page is not allowed to connect to the server.",
};

/** @type {Status} */
const IDLE = { state: "idle", transport: null, retryAt: null, reason: "", detail: "", code: 0 };

/**
 * @typedef {object} Listener
 * @property {(status: Status) => void} onstatus
 * @property {(event: ServerEvent) => void} onevent  in the order of the wire; answers to a `request`
 *   go to whoever asked instead
 * @property {(error: ErrorEvent) => void} onrefused  the hello was refused (a name not allowed), and
 *   the connection has stopped: change what `hello` gives, and `start` again
 *
 * @typedef {object} Options
 * @property {(kind: Kind) => Transport} open  may throw where the platform lacks a transport
 * @property {() => Promise<boolean>} alive  whether the server answers a plain request
 * @property {readonly Kind[]} kinds  in order of preference; one only: forced
 * @property {() => {token: string | null, name: string | null}} hello  as a guest
 * @property {import("./sitetoken.js").SiteToken | null} [siteToken]  what makes more than a guest
 * @property {{get: () => string | null, set: (kind: string | null) => void}} remembered  what worked
 * @property {Clock} clock
 * @property {() => number} random
 * @property {() => boolean} hidden  whether nobody can see the page
 * @property {string} id  unique to this page: the head of every `ref`
 *
 * @typedef {{ok: (event: any) => void, fail: (error: ErrorEvent | null) => void}} Answer
 *   `fail(null)`: the connection ended before the answer
 */

export class Connection {
  #options;
  #listener;
  /** @type {Transport | null} */
  #transport = null;
  /** @type {Kind[]} still to try in this attempt; the first one is being tried */
  #candidates = [];
  /** @type {Status} */
  #status = IDLE;
  #failures = 0;
  #shortLives = 0;
  #heartbeatMs = 25_000;
  #lastFrame = 0;
  #timers;
  /** @type {Map<string, Answer>} */
  #answers = new Map();
  #refs = 0;
  #afterMs = 0;
  #reason = "";
  #detail = "";
  /** @type {string | null} of the site, for this attempt */
  #token = null;
  /** @type {string | null} */
  #expired = null;
  #attempt = 0;

  /**
   * @param {Options} options
   * @param {Listener} listener
   */
  constructor(options, listener) {
    this.#options = options;
    this.#listener = listener;
    this.#timers = new Timers(options.clock);
  }

  get status() {
    return this.#status;
  }

  get online() {
    return this.#status.state === "online";
  }

  start() {
    if (this.#status.state === "idle") this.#begin("connecting");
  }

  /** Ends it without a word to the listener; `start` begins anew. */
  stop() {
    this.#drop();
    this.#status = IDLE;
  }

  /** Skips what is left of the wait before the next attempt. */
  tryNow() {
    if (this.#status.state === "recovering" && this.#status.retryAt !== null) this.#begin("recovering");
  }

  /** Call when the page became visible, the network came back, or the machine woke up. */
  wake() {
    this.tryNow();
    if (!this.online) return;
    const silence = this.#options.clock.now() - this.#lastFrame;
    if (silence > 2 * this.#heartbeatMs) return this.#lost({ code: 1006, reason: "", said: false });
    if (silence < this.#heartbeatMs / 5) return;
    this.send({ type: "ping" });
    this.#timers.set("check", CHECK_TIMEOUT_MS, () => this.#lost({ code: 1006, reason: "", said: false }));
  }

  /** A transport that is not shared gives its connection back while nobody looks. */
  pause() {
    if (this.#status.state === "offline" || this.#status.state === "idle") return;
    this.#drop();
    this.#report({ state: "recovering", retryAt: Infinity, reason: "Paused while this tab is hidden." });
  }

  /** Tells the connection that a room is joined: staying so for a while is success. */
  joined() {
    if (this.#timers.has("stayed")) return;
    this.#timers.set("stayed", STAYED_MS, () => {
      this.#failures = this.#shortLives = 0;
      this.#options.remembered.set(this.#status.transport);
    });
  }

  /**
   * @param {Command} command
   * @returns {boolean} whether it was handed to a transport
   */
  send(command) {
    if (!this.online || !this.#transport) return false;
    this.#transport.send(JSON.stringify(command));
    return true;
  }

  /**
   * Sends a command and hears the answer, within the order of all events.
   * @param {Command} command
   * @param {Answer} answer
   * @returns {boolean} false: not online, and `answer` is not called
   */
  request(command, answer) {
    const ref = `${this.#options.id}.${(this.#refs += 1)}`;
    if (!this.send({ ...command, ref })) return false;
    this.#answers.set(ref, answer);
    return true;
  }

  // ── one attempt: candidate after candidate ────────────────────────────────────────────────────

  /** @param {"connecting" | "recovering"} state */
  #begin(state) {
    this.#drop();
    const { kinds, remembered, siteToken } = this.#options;
    const hint = this.#failures < FORGET_AFTER ? remembered.get() : null;
    const start = Math.max(0, kinds.indexOf(/** @type {Kind} */ (hint)));
    this.#candidates = kinds.slice(start);
    this.#detail = "";
    this.#report({ state, retryAt: null });
    if (siteToken) void this.#identify(siteToken);
    else this.#present(null);
  }

  /**
   * Before a transport is opened, for the server does not wait long for a hello.
   * @param {import("./sitetoken.js").SiteToken} siteToken
   */
  async #identify(siteToken) {
    const attempt = this.#attempt;
    const token = await siteToken.get().catch(() => undefined);
    if (attempt !== this.#attempt) return;
    if (token !== undefined) return this.#present(token);
    this.#reason = "The site did not sign you in.";
    this.#lost({ code: 1006, reason: "", said: false });
  }

  /** @param {string | null} token */
  #present(token) {
    this.#token = token;
    if (this.#expired !== null && (token ?? this.#options.hello().token) === this.#expired) {
      return this.#end(TOKEN_EXPIRED, "");
    }
    this.#try();
  }

  #try() {
    const kind = this.#candidates[0];
    const last = this.#candidates.length === 1;
    this.#report({ transport: kind });
    /** @type {Transport} */
    let transport;
    try {
      transport = this.#options.open(kind);
    } catch {
      return void this.#blocked();
    }
    this.#transport = transport;
    transport.onopen = () => {
      this.#timers.set("patience", last ? LAST_TIMEOUT_MS : WELCOME_TIMEOUT_MS, () => this.#blocked());
      this.#greet();
    };
    transport.onframe = () => this.#heard();
    transport.onmessage = (texts) => this.#receive(texts);
    transport.onclose = (closing) => (this.online ? this.#lost(closing) : this.#unopened(closing));
    this.#timers.set("patience", last ? LAST_TIMEOUT_MS : OPEN_TIMEOUT_MS, () => this.#blocked());
  }

  /** @param {Closing} closing */
  #unopened(closing) {
    if (closing.said || closing.soon) this.#lost(closing);
    else void this.#blocked();
  }

  /** This transport did not get through: the next one, unless the server itself does not answer. */
  async #blocked() {
    this.#drop();
    const attempt = this.#attempt;
    const alive = this.#candidates.length > 1 && (await this.#options.alive());
    if (attempt !== this.#attempt) return;
    if (alive) {
      this.#candidates.shift();
      return this.#try();
    }
    if (this.#candidates.length === 1) this.#options.remembered.set(null);
    this.#lost({ code: 1006, reason: "", said: false });
  }

  #greet() {
    const guest = this.#options.hello();
    const { token, name } = this.#token === null ? guest : { token: this.#token, name: null };
    const hello = {
      type: "hello",
      protocol: PROTOCOL_VERSION,
      token: token ?? undefined,
      name: name ?? undefined,
    };
    this.#transport?.send(JSON.stringify(hello));
  }

  // ── online ────────────────────────────────────────────────────────────────────────────────────

  #heard() {
    this.#lastFrame = this.#options.clock.now();
    this.#timers.clear("check");
  }

  /** @param {string[]} texts */
  #receive(texts) {
    for (const text of texts) {
      const event = parse(text);
      if (event) this.#handle(event);
    }
  }

  /** @param {ServerEvent} event */
  #handle(event) {
    if (event.type === "welcome") this.#welcomed(event);
    else if (event.type === "bye") this.#farewell(event);
    else if (event.type === "error" && !this.online) return this.#refused(event);
    const ref = "ref" in event ? event.ref : undefined;
    const answer = ref === undefined ? undefined : this.#answers.get(ref);
    if (ref === undefined || !answer) return this.#listener.onevent(event);
    this.#answers.delete(ref);
    if (event.type === "error") answer.fail(event);
    else answer.ok(event);
  }

  /** @param {import("./types.js").Welcome} welcome */
  #welcomed(welcome) {
    if (this.online) return;
    this.#timers.clear("patience");
    this.#heartbeatMs = welcome.heartbeat * 1000;
    this.#reason = this.#detail = "";
    this.#afterMs = 0;
    this.#watch();
    this.#options.siteToken?.keep((token) => this.#refresh(token));
    this.#report({ state: "online", retryAt: null, reason: "" });
  }

  /** @param {string} token */
  #refresh(token) {
    return new Promise((ok, fail) => {
      if (!this.request({ type: "refresh", token }, { ok, fail })) fail(null);
    });
  }

  /** @param {import("./types.js").Bye} bye */
  #farewell(bye) {
    this.#detail ||= bye.reason;
    this.#reason = WORDS[bye.code] ?? bye.reason;
    this.#afterMs = (bye.after ?? 0) * 1000;
  }

  /** @param {ErrorEvent} error */
  #refused(error) {
    if (error.retryable) {
      this.#afterMs = (error.retry_after ?? 1) * 1000;
      this.#reason = error.message;
      return this.#lost({ code: 1006, reason: error.message, said: false });
    }
    if (SENT_AWAY.includes(error.code)) {
      this.#detail = error.message;
      return;
    }
    this.stop();
    this.#listener.onrefused(error);
  }

  /** Gives up after twice the heartbeat without any frame. */
  #watch() {
    const silence = this.#options.clock.now() - this.#lastFrame;
    if (silence >= 2 * this.#heartbeatMs) return this.#lost({ code: 1006, reason: "", said: false });
    this.#timers.set("watch", 2 * this.#heartbeatMs - silence, () => this.#watch());
  }

  // ── afterwards ────────────────────────────────────────────────────────────────────────────────

  /** @param {Closing} closing */
  #lost(closing) {
    const wasOnline = this.online;
    if (closing.code === TOKEN_EXPIRED) {
      this.#expired = this.#token ?? this.#options.hello().token;
      this.#options.siteToken?.forget();
    }
    const short = wasOnline && !closing.said && !closing.soon && this.#failures > 0;
    this.#shortLives = short ? this.#shortLives + 1 : this.#shortLives;
    this.#drop();
    if (closing.code >= 4500 && closing.code < 5000) return this.#end(closing.code, closing.reason);
    if (this.#shortLives >= SHORT_LIVES) this.#demote();
    const waitMs = this.#wait(closing);
    if (!closing.soon) this.#failures += 1;
    this.#report({
      state: "recovering",
      retryAt: this.#options.clock.now() + waitMs,
      reason: WORDS[closing.code] ?? this.#reason,
    });
    this.#timers.set("retry", waitMs, () => this.#begin("recovering"));
  }

  /** @param {Closing} closing */
  #wait(closing) {
    const { random, hidden } = this.#options;
    if (closing.soon) return random() * 250;
    return this.#afterMs + backoffMs(this.#failures, hidden(), random);
  }

  #demote() {
    const { kinds, remembered } = this.#options;
    const next = kinds[kinds.indexOf(/** @type {Kind} */ (this.#status.transport)) + 1];
    this.#shortLives = this.#failures = 0;
    remembered.set(next ?? null);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #end(code, reason) {
    this.#drop();
    this.#report({ state: "offline", retryAt: null, reason: WORDS[code] ?? reason, detail: this.#detail, code });
  }

  #drop() {
    this.#attempt += 1;
    this.#timers.clearAll();
    this.#options.siteToken?.rest();
    this.#transport?.close();
    this.#transport = null;
    const answers = [...this.#answers.values()];
    this.#answers.clear();
    for (const answer of answers) answer.fail(null);
  }

  /** @param {Partial<Status>} change */
  #report(change) {
    this.#status = { ...this.#status, ...change };
    this.#listener.onstatus(this.#status);
  }
}

/**
 * @param {string} text
 * @returns {ServerEvent | null}
 */
function parse(text) {
  try {
    const event = JSON.parse(text);
    return typeof event?.type === "string" ? event : null;
  } catch {
    return null;
  }
}
