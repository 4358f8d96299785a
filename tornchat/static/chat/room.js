/**
 * One room as this page takes part in it: joins, heals holes, pages, writes, reports reading and
 * typing. It turns events into state through `reduce` and never touches the DOM.
 *
 * @typedef {import("./types.js").ServerEvent} ServerEvent
 * @typedef {import("./types.js").ErrorEvent} ErrorEvent
 * @typedef {import("./types.js").Command} Command
 * @typedef {import("./types.js").Clock} Clock
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Action} Action
 * @typedef {import("./state.js").Direction} Direction
 *
 * @typedef {import("./types.js").Message} Message
 *
 * @typedef {{seq: number} | {code: string, message: string}} Outcome  in the log, or why not
 *
 * @typedef {object} Wire  what of a `Connection` a room needs
 * @property {boolean} online
 * @property {(command: Command) => boolean} send
 * @property {(command: Command, answer: import("./connection.js").Answer) => boolean} request
 * @property {() => void} joined
 *
 * @typedef {object} Options
 * @property {Wire} wire
 * @property {Clock} clock
 * @property {() => string} newId
 * @property {{get: () => string | null, set: (text: string | null) => void}} kept  unsent messages
 * @property {{get: () => string | null, set: (text: string | null) => void}} invite  not used yet
 * @property {(state: State) => void} onchange
 * @property {(message: string) => void} onproblem  something asked for was refused, in words
 * @property {(message: Message) => void} [onmessage]  one that came since we joined, once, in order
 * @property {(clientId: string, outcome: Outcome) => void} [onsettled]  what became of a message of ours
 */

import { Asking } from "./asking.js";
import { Timers } from "./clock.js";
import { Joining } from "./joining.js";
import { Outbox, readKept } from "./outbox.js";
import { initialState, reduce } from "./state.js";
import { isLine, newestSeq, oldestSeq } from "./state/log.js";
import { Typist } from "./typist.js";

const PAGE = 50;
const RELOAD_MS = 2_000;
const READ_EVERY_MS = 2_000;

export class Room {
  #options;
  #outbox;
  #asking;
  /** @type {State} */
  #state;
  #joining;
  #typist;
  #timers;

  /**
   * @param {string} name
   * @param {Options} options
   */
  constructor(name, options) {
    this.#options = options;
    this.#timers = new Timers(options.clock);
    this.#state = initialState(name);
    this.#asking = new Asking(options.wire, () => this.#state, (action) => this.#act(action));
    this.#typist = new Typist((on) => options.wire.send({ type: "typing", room: name, on }), options.clock);
    this.#joining = new Joining(
      {
        ask: (answer) => this.#enter(answer),
        take: (event) => this.#take(event),
        entered: () => this.#entered(),
        giveUp: () => this.#act({ type: "local/forget" }),
        held: (waitMs, reason) => this.#held(waitMs, reason),
        refused: (error) => this.#unjoined(error),
      },
      options.clock,
    );
    this.#outbox = new Outbox(
      {
        send: (write) => options.wire.send({ ...write, room: name }),
        keep: (writes) => options.kept.set(writes.length > 0 ? JSON.stringify(writes) : null),
        onsending: ({ client_id }) => this.#act({ type: "local/sending", clientId: client_id }),
        onwaiting: ({ client_id }) => this.#act({ type: "local/waiting", clientId: client_id }),
        onfailed: (write) => this.#failed(write),
      },
      options.clock,
    );
    this.#takeUp(readKept(options.kept.get()));
  }

  get state() {
    return this.#state;
  }

  // ── what the connection says ──────────────────────────────────────────────────────────────────

  online() {
    this.#joining.online();
    if (this.#state.left === null) this.#joining.join();
  }

  offline() {
    this.#joining.offline();
    this.#outbox.shut();
    this.#typist.rest();
    this.#timers.clear("load");
    if (this.#state.loading) this.#act({ type: "local/loading", direction: null });
  }

  /** @param {ServerEvent} event */
  receive(event) {
    if (event.type === "welcome") return this.#act({ type: "local/identity", person: event.person });
    if (event.type === "joined") return this.#foreignJoin(event);
    if (event.type === "error") return this.#refused(event);
    const before = this.#state;
    this.#act(event);
    if (event.type === "message") this.#hear([event], before);
    if (event.type === "ack" && event.room === this.#state.room) this.#acked(event);
    if (event.type === "left") this.#left();
    if (event.type === "typing") this.#expireTyping();
    if (this.#state.hole) this.#joining.join();
    this.#reportRead();
  }

  // ── what the person does ──────────────────────────────────────────────────────────────────────

  /**
   * @param {string} text
   * @returns {string} the id by which `onsettled` will speak of it
   */
  say(text) {
    const clientId = this.#options.newId();
    this.#act({ type: "local/queued", clientId, text });
    this.#outbox.add({ type: "send", client_id: clientId, text });
    this.#typist.rest();
    return clientId;
  }

  /** @param {string} text  a slash command */
  ask(text) {
    this.#asking.ask(text);
  }

  /** Somebody begins to type a command. */
  learn() {
    this.#asking.learn();
  }

  /** @param {string} key  of a line that is ours alone */
  dismiss(key) {
    this.#act({ type: "local/dismissed", key });
  }

  /** @param {number} seq */
  remove(seq) {
    this.#outbox.add({ type: "delete", client_id: this.#options.newId(), target: seq });
  }

  /** @param {string} clientId */
  retry(clientId) {
    this.#outbox.retry(clientId);
  }

  /** @param {string} clientId */
  discard(clientId) {
    this.#outbox.discard(clientId);
    this.#act({ type: "local/discarded", clientId });
    this.#options.onsettled?.(clientId, { code: "discarded", message: "It was taken back before it was sent." });
  }

  /** @param {Direction} direction */
  load(direction) {
    const { loading, hasOlder, live, lines } = this.#state;
    if (loading || (direction === "older" && !hasOlder) || (direction !== "older" && live)) return;
    const position = { older: { before: oldestSeq(lines) }, newer: { after: newestSeq(lines) }, latest: {} };
    const command = { type: "history", room: this.#state.room, limit: PAGE, ...position[direction] };
    const asked = this.#options.wire.request(command, {
      ok: (page) => this.#paged(page, direction),
      fail: (error) => this.#unpaged(error),
    });
    if (asked) this.#act({ type: "local/loading", direction });
  }

  /** Enters again after having been sent away. */
  rejoin() {
    this.#act({ type: "local/rejoining" });
    if (this.#options.wire.online) this.#joining.join();
  }

  /**
   * Shuts the room for this page, for a reason that is not the room's own.
   * @param {string} code
   * @param {string} reason
   * @param {number} [until]
   */
  refuse(code, reason, until) {
    this.#act({ type: "local/refused", code, reason, until });
    this.#left();
  }

  /** @param {boolean} on  the newest line is in sight */
  follow(on) {
    if (on && !this.#state.live) this.load("newer");
    this.#act({ type: "local/following", on });
    this.#reportRead();
  }

  /** @param {boolean} on  somebody looks at the page */
  focus(on) {
    this.#act({ type: "local/focused", on });
    this.#reportRead();
  }

  /** Takes all that came for read, whether anybody looks or not. */
  markRead() {
    this.#timers.clear("read");
    this.#act({ type: "local/seen" });
    if (this.#state.phase === "joined") this.#tellRead();
  }

  /** @param {boolean} on  the composer has text that is being changed */
  typing(on) {
    this.#typist.type(on);
  }

  /** Leaves nothing running. */
  stop() {
    this.#outbox.shut();
    this.#joining.rest();
    this.#typist.rest();
    this.#timers.clearAll();
  }

  // ── joining ───────────────────────────────────────────────────────────────────────────────────

  /** @param {import("./connection/answers.js").Answer} answer */
  #enter(answer) {
    const { room, cursor, epoch } = this.#state;
    const position = cursor === null ? {} : { since: cursor, epoch };
    const token = this.#options.invite.get();
    const command = { type: "join", room, limit: PAGE, ...position, ...(token === null ? {} : { token }) };
    return this.#options.wire.request(command, answer);
  }

  /** @param {import("./types.js").Joined} event */
  #take(event) {
    this.#options.invite.set(null);
    const before = this.#state;
    this.#act({ type: "local/joined", event, mine: true });
    this.#hear(event.entries, before);
    const { cursor, hole } = this.#state;
    if (!hole) return "whole";
    return cursor === before.cursor ? "nothing" : "part";
  }

  #entered() {
    this.#options.wire.joined();
    this.#outbox.open();
    this.#reportRead();
  }

  /** @param {ErrorEvent} error */
  #unjoined(error) {
    this.#options.invite.set(null);
    if (error.banned) this.refuse("banned", error.message, error.banned.until);
    else this.refuse(error.code, error.message);
  }

  /**
   * @param {number} waitMs
   * @param {string} reason
   */
  #held(waitMs, reason) {
    this.#act({ type: "local/held", until: this.#options.clock.now() + waitMs, reason });
  }

  /** @param {import("./types.js").Joined} event  the join of another tab that shares our line */
  #foreignJoin(event) {
    if (event.room !== this.#state.room) return;
    if (this.#state.left) return this.rejoin();
    const before = this.#state;
    this.#act({ type: "local/joined", event, mine: false });
    this.#hear(event.entries, before);
    if (this.#state.hole && !event.more) this.#joining.join();
  }

  #left() {
    this.#outbox.shut();
    this.#joining.rest();
  }

  /**
   * Tells of the messages that moved the cursor.
   * @param {import("./types.js").Entry[]} entries
   * @param {State} before
   */
  #hear(entries, { cursor, epoch }) {
    const now = this.#state;
    if (!this.#options.onmessage || cursor === null || epoch !== now.epoch) return;
    for (const entry of entries) {
      const fresh = entry.seq > cursor && entry.seq <= (now.cursor ?? 0);
      if (fresh && entry.type === "message" && isLine(entry) && !entry.deleted) this.#options.onmessage(entry);
    }
  }

  // ── small duties ──────────────────────────────────────────────────────────────────────────────

  /**
   * @param {import("./types.js").HistoryPage} page
   * @param {Direction} direction
   */
  #paged(page, direction) {
    this.#act({ type: "local/page", page, direction });
    if (this.#state.hole) this.#joining.join();
    this.#reportRead();
  }

  /**
   * Whoever scrolls asks again at once; the server is given the time that it wants.
   * @param {ErrorEvent | null} error
   */
  #unpaged(error) {
    if (!error) return;
    const waitMs = (error.retry_after ?? RELOAD_MS / 1000) * 1000;
    this.#timers.set("load", waitMs, () => this.#act({ type: "local/loading", direction: null }));
  }

  /** @param {import("./types.js").Ack} event */
  #acked({ client_id, seq }) {
    this.#outbox.acked(client_id);
    this.#options.onsettled?.(client_id, { seq });
  }

  /** @param {ErrorEvent} error */
  #refused(error) {
    const { code, message, client_id = "", retryable, retry_after: seconds = 0 } = error;
    if (!this.#outbox.refused(error)) return;
    if (!retryable) this.#options.onsettled?.(client_id, { code, message });
    if (code !== "rate_limited") return;
    this.#act({ type: "local/slowed", until: this.#options.clock.now() + seconds * 1000 });
  }

  /** @param {import("./outbox.js").Write} write */
  #failed(write) {
    const error = write.failed ?? "";
    this.#act({ type: "local/failed", clientId: write.client_id, error });
    if (write.type === "send") return;
    this.#outbox.discard(write.client_id);
    this.#options.onproblem(error);
  }

  /** @param {import("./outbox.js").Write[]} writes  from before a reload */
  #takeUp(writes) {
    for (const write of writes) {
      this.#act({ type: "local/queued", clientId: write.client_id, text: write.text ?? "" });
      this.#outbox.add(write);
      if (write.failed) this.#failed(write);
    }
  }

  #reportRead() {
    const { focused, following, live, phase } = this.#state;
    if (focused && following && live && phase === "joined") this.#tellRead();
  }

  #tellRead() {
    const { cursor, readSeq, room } = this.#state;
    if (cursor === null || cursor <= readSeq || this.#timers.has("read")) return;
    if (!this.#options.wire.send({ type: "read", room, seq: cursor })) return;
    this.#act({ type: "local/read", seq: cursor });
    this.#timers.set("read", READ_EVERY_MS, () => this.#reportRead());
  }

  #expireTyping() {
    if (this.#state.typing.length === 0 || this.#timers.has("tick")) return;
    this.#timers.set("tick", 1_000, () => {
      this.#act({ type: "local/tick" });
      this.#expireTyping();
    });
  }

  /** @param {Action} action */
  #act(action) {
    const state = reduce(this.#state, action, this.#options.clock.now());
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onchange(state);
  }
}
