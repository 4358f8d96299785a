/**
 * Keeps one conversation with the server alive: picks a transport, says hello, notices silence,
 * comes back. It knows nothing of rooms beyond telling its listener every event in order. What it is
 * made of lies in `connection/`.
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

import { Timers } from "./clock.js";
import { Answers } from "./connection/answers.js";
import { isFinal, TOKEN_EXPIRED, WORDS } from "./connection/closing.js";
import { Greeting } from "./connection/greeting.js";
import { Ladder } from "./connection/ladder.js";

const OPEN_TIMEOUT_MS = 4_000;
const WELCOME_TIMEOUT_MS = 4_000;
/** The last transport has nothing behind it, so it may take its time. */
const LAST_TIMEOUT_MS = 15_000;
const STAYED_MS = 5_000;
const CHECK_TIMEOUT_MS = 5_000;
/** Refusals of a hello that a close follows, which says what becomes of it. */
const SENT_AWAY = ["unauthorized", "forbidden"];
/** @type {Closing} */
const CUT = { code: 1006, reason: "", said: false };

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
 * @property {() => import("./keeper.js").Guest} hello  as a guest
 * @property {(() => Promise<void>) | null} [settle]  comes before `hello`, for who has to wait
 * @property {import("./sitetoken.js").SiteToken | null} [siteToken]  what makes more than a guest
 * @property {{get: () => string | null, set: (kind: string | null) => void}} remembered  what worked
 * @property {Clock} clock
 * @property {() => number} random
 * @property {() => boolean} hidden  whether nobody can see the page
 * @property {string} id  unique to this page: the head of every `ref`
 *
 * @typedef {import("./connection/answers.js").Answer} Answer
 */

export class Connection {
  #options;
  #listener;
  /** @type {Transport | null} */
  #transport = null;
  /** @type {Status} */
  #status = IDLE;
  #ladder;
  #greeting;
  #answers;
  #heartbeatMs = 25_000;
  #lastFrame = 0;
  #timers;
  #afterMs = 0;
  #reason = "";
  #detail = "";
  #attempt = 0;

  /**
   * @param {Options} options
   * @param {Listener} listener
   */
  constructor(options, listener) {
    this.#options = options;
    this.#listener = listener;
    this.#timers = new Timers(options.clock);
    this.#ladder = new Ladder(options);
    this.#greeting = new Greeting(options.hello, options.siteToken);
    this.#answers = new Answers(options.id);
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
    if (silence > 2 * this.#heartbeatMs) return this.#lost(CUT);
    if (silence < this.#heartbeatMs / 5) return;
    this.send({ type: "ping" });
    this.#timers.set("check", CHECK_TIMEOUT_MS, () => this.#lost(CUT));
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
    this.#timers.set("stayed", STAYED_MS, () => this.#ladder.succeed(this.#status.transport));
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
    const ref = this.#answers.newRef();
    if (!this.send({ ...command, ref })) return false;
    this.#answers.expect(ref, answer);
    return true;
  }

  // ── one attempt: candidate after candidate ────────────────────────────────────────────────────

  /** @param {"connecting" | "recovering"} state */
  #begin(state) {
    this.#drop();
    const { siteToken, settle } = this.#options;
    this.#ladder.begin();
    this.#detail = "";
    this.#report({ state, retryAt: null });
    if (siteToken || settle) void this.#identify();
    else this.#present(null);
  }

  /** Before a transport is opened, for the server does not wait long for a hello. */
  async #identify() {
    const { siteToken, settle } = this.#options;
    const attempt = this.#attempt;
    const token = siteToken ? await siteToken.get().catch(() => undefined) : null;
    if (token === null && !this.#greeting.vouched) await settle?.();
    if (attempt !== this.#attempt) return;
    if (token !== undefined) return this.#present(token);
    this.#reason = "The site did not sign you in.";
    this.#lost(CUT);
  }

  /** @param {string | null} token */
  #present(token) {
    this.#greeting.present(token);
    if (this.#greeting.stale) this.#end(TOKEN_EXPIRED, "");
    else this.#try();
  }

  #try() {
    const { kind, isLast: last } = this.#ladder;
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
      transport.send(this.#greeting.frame);
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
    const alive = !this.#ladder.isLast && (await this.#options.alive());
    if (attempt !== this.#attempt) return;
    if (alive) {
      this.#ladder.next();
      return this.#try();
    }
    this.#ladder.giveUp();
    this.#lost(CUT);
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
    if (!this.#answers.settle(event)) this.#listener.onevent(event);
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
    if (silence >= 2 * this.#heartbeatMs) return this.#lost(CUT);
    this.#timers.set("watch", 2 * this.#heartbeatMs - silence, () => this.#watch());
  }

  // ── afterwards ────────────────────────────────────────────────────────────────────────────────

  /** @param {Closing} closing */
  #lost(closing) {
    const wasOnline = this.online;
    if (closing.code === TOKEN_EXPIRED) this.#greeting.expire();
    this.#drop();
    if (isFinal(closing.code)) return this.#end(closing.code, closing.reason);
    const waitMs = this.#wait(closing, wasOnline && !closing.said);
    this.#report({
      state: "recovering",
      retryAt: this.#options.clock.now() + waitMs,
      reason: WORDS[closing.code] ?? this.#reason,
    });
    this.#timers.set("retry", waitMs, () => this.#begin("recovering"));
  }

  /**
   * @param {Closing} closing
   * @param {boolean} cut
   */
  #wait(closing, cut) {
    if (closing.soon) return this.#options.random() * 250;
    return this.#afterMs + this.#ladder.fall(this.#status.transport, cut);
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
    this.#answers.abandon();
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
