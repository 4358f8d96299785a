/**
 * One connection to a chat server, and the rooms that are joined over it. docs/javascript.md describes
 * it for those who use it.
 *
 * @typedef {import("../chat/types.js").Person} Person
 * @typedef {import("../chat/types.js").Status} Status
 * @typedef {import("../chat/types.js").ServerEvent} ServerEvent
 *
 * @typedef {import("./settings.js").Options} Options
 * @typedef {Partial<import("../chat/connection.js").Options>} Platform  what tests put in its place
 */

import { clock as ownClock } from "../chat/clock.js";
import { Connection } from "../chat/connection.js";
import { newId } from "../chat/ids.js";
import { Emitter } from "./emitter.js";
import { ChatError, expectNames } from "./error.js";
import { Keeper } from "./keeper.js";
import { Membership } from "./membership.js";
import { watchPage } from "./page.js";
import { Room } from "./room.js";
import { baseOf, settings } from "./settings.js";

const EVENTS = ["state", "error", "named"];
const OF_CONNECTING = ["url", "token", "getToken", "name", "storage", "transport"];
const OF_JOINING = ["limit", "token", "since", "epoch"];

export class Chat {
  #emitter = new Emitter(EVENTS);
  #connection;
  #clock;
  #keeper;
  /** @type {string | null} */
  #name;
  /** @type {Person | null} */
  #person = null;
  /** @type {Map<string, {inner: Membership, joined: Promise<Room>}>} */
  #rooms = new Map();
  #online = false;
  /** @type {ChatError | null} why nothing more comes */
  #over = null;
  #unwatch;

  /**
   * @param {Options} options
   * @param {Platform} [platform]
   */
  constructor(options, platform = {}) {
    expectNames("connect", options, OF_CONNECTING);
    const base = baseOf(options.url);
    this.#clock = platform.clock ?? ownClock;
    this.#keeper = new Keeper(options.storage, base);
    this.#name = options.name ?? null;
    const hello = () => ({ token: this.#keeper.guest.token, name: this.#name ?? this.#keeper.guest.name });
    const { settle } = this.#keeper;
    const own = settings(base, options, this.#clock, { hello, settle, complain: (error) => this.#complain(error) });
    this.#connection = new Connection({ ...own, ...platform }, {
      onstatus: (status) => this.#status(status),
      onevent: (event) => this.#event(event),
      onrefused: (error) => this.#end(new ChatError(error)),
    });
    this.#unwatch = watchPage(this.#connection, this.#clock);
    this.#connection.start();
  }

  /** Who one is, once the server has said so. */
  get person() {
    return this.#person;
  }

  /** idle, connecting, online, recovering or offline: the last one for good. */
  get state() {
    return this.#over ? "offline" : this.#connection.status.state;
  }

  get transport() {
    return this.#connection.status.transport;
  }

  /**
   * @param {string} name
   * @param {(event: any) => void} listener
   * @returns {() => void} stops it
   */
  on(name, listener) {
    return this.#emitter.on(name, listener);
  }

  /**
   * Joins a room; who is in it already gets the same one.
   * @param {string} name
   * @param {import("./shapes.js").JoinOptions} [options]
   * @returns {Promise<Room>}
   */
  async join(name, options = {}) {
    expectNames("join", options, OF_JOINING);
    if (this.#over) throw this.#over;
    return (this.#rooms.get(name) ?? this.#enter(name, options)).joined;
  }

  /**
   * @param {string} name
   * @returns {Promise<void>} broken where it is not allowed, or where there is no connection
   */
  async rename(name) {
    await new Promise((ok, no) => {
      const fail = (/** @type {import("../chat/types.js").ErrorEvent | null} */ error) =>
        no(this.#over ?? (error ? new ChatError(error) : ChatError.unconnected()));
      if (!this.#connection.request({ type: "name", name }, { ok, fail })) fail(null);
    });
    this.#name = name;
    this.#keeper.keep({ name });
  }

  /** Does not wait any longer for the next attempt to come back. */
  retry() {
    this.#connection.tryNow();
  }

  /** Leaves all rooms and ends the connection; nothing is left running. */
  close() {
    this.#end(ChatError.closed());
  }

  // ── rooms ─────────────────────────────────────────────────────────────────────────────────────

  /**
   * @param {string} name
   * @param {import("./shapes.js").JoinOptions} wish
   */
  #enter(name, wish) {
    const entry = /** @type {{inner: Membership, joined: Promise<Room>}} */ ({});
    entry.joined = new Promise((resolve, reject) => {
      entry.inner = new Membership(name, {
        wire: this.#connection,
        clock: this.#clock,
        wish,
        onin: () => resolve(new Room(entry.inner, newId, () => this.#leave(name, entry.inner))),
        onout: (error) => {
          reject(error);
          this.#forget(name, entry.inner, error);
        },
      });
    });
    this.#rooms.set(name, entry);
    if (this.#online) entry.inner.online();
    return entry;
  }

  /**
   * @param {string} name
   * @param {Membership} inner
   */
  #leave(name, inner) {
    if (this.#rooms.get(name)?.inner !== inner) return;
    this.#connection.send({ type: "leave", room: name });
    this.#rooms.delete(name);
    inner.end(new ChatError({ code: "left", message: `You have left ${name}.` }));
  }

  /**
   * @param {string} name
   * @param {Membership} inner
   * @param {ChatError} error
   */
  #forget(name, inner, error) {
    if (this.#rooms.get(name)?.inner !== inner) return;
    this.#rooms.delete(name);
    inner.emitter.emit("left", { code: error.code, reason: error.message, until: error.until });
  }

  get #inners() {
    return [...this.#rooms.values()].map(({ inner }) => inner);
  }

  // ── the connection ────────────────────────────────────────────────────────────────────────────

  /** @param {Status} status */
  #status(status) {
    const before = this.#online;
    this.#online = status.state === "online";
    if (status.state === "recovering") this.#keeper.release();
    if (status.state === "offline") return this.#end(ChatError.ofEnd(status));
    if (this.#online && this.#rooms.size === 0) this.#connection.joined();
    if (this.#online) return;
    if (before) for (const inner of this.#inners) inner.offline(status.reason, status.retryAt);
    this.#tell(status);
  }

  /** @param {ServerEvent} event */
  #event(event) {
    if (this.#over) return;
    if (event.type === "welcome") return this.#welcome(event);
    if (event.type === "named") {
      if (event.person.id === this.#person?.id) this.#person = event.person;
      this.#emitter.emit("named", { person: event.person, was: event.was, reason: event.reason ?? "" });
    }
    for (const inner of this.#inners) inner.receive(event);
  }

  /** @param {import("../chat/types.js").Welcome} event */
  #welcome({ person, guest_token: token }) {
    const stranger = this.#person !== null && this.#person.id !== person.id;
    this.#person = person;
    if (token) this.#keeper.keep({ token });
    this.#keeper.release();
    for (const inner of this.#inners) {
      if (stranger) inner.writing.disown();
      inner.online();
    }
    this.#tell(this.#connection.status);
  }

  /** @param {Status} status */
  #tell({ state, transport, reason, retryAt }) {
    this.#emitter.emit("state", { state, transport, reason, retryAt });
  }

  /** @param {ChatError} error  why nothing more comes */
  #end(error) {
    if (this.#over) return;
    this.#over = error;
    this.#keeper.end();
    this.#unwatch?.();
    this.#connection.stop();
    for (const inner of this.#inners) inner.end(error);
    this.#tell({ ...this.#connection.status, state: "offline", transport: null, reason: error.message });
    if (error.code !== "closed") this.#complain(error);
  }

  /** @param {ChatError} error  to be seen by somebody, a developer at least */
  #complain(error) {
    if (!this.#emitter.emit("error", error)) console.error(error);
  }
}
