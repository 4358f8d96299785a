/**
 * Being in one room, as long as the chat lasts: the parts of it, put together. `room.js` is what a
 * page sees of it.
 *
 * @typedef {import("../chat/types.js").Command} Command
 * @typedef {import("../chat/types.js").Joined} Joined
 * @typedef {import("../chat/types.js").ServerEvent} ServerEvent
 * @typedef {import("../chat/connection/answers.js").Answer} Answer
 * @typedef {import("./shapes.js").Entry} Entry
 *
 * @typedef {object} Wire
 * @property {(command: Command, answer: Answer) => boolean} request
 * @property {(command: Command) => boolean} send
 * @property {() => void} joined
 *
 * @typedef {object} Options
 * @property {Wire} wire
 * @property {import("../chat/types.js").Clock} clock
 * @property {import("./shapes.js").JoinOptions} wish
 * @property {() => void} onin  it is joined for the first time
 * @property {(error: ChatError) => void} onout  one is not in it, any more or at all
 */

import { Joining } from "../chat/joining.js";
import { Typist } from "../chat/typist.js";
import { Emitter } from "./emitter.js";
import { ChatError } from "./error.js";
import { Log } from "./log.js";
import { People } from "./people.js";
import { Questions } from "./questions.js";
import { Reading } from "./reading.js";
import { differences, toChange, toEntry, toRules } from "./shapes.js";
import { Writing } from "./writing.js";

/** Who listens to one of these wants the log. */
export const OF_THE_LOG = ["message", "edited", "deleted", "reacted", "notice", "gap"];
const EVENTS = [...OF_THE_LOG, "presence", "typing", "signal", "room", "unread", "state", "left"];

export class Membership {
  #options;
  #joining;
  /** @type {string | undefined} an invite, until it let us in */
  #invite;
  emitter = new Emitter(EVENTS);
  log;
  people;
  writing;
  questions;
  reading;
  typist;
  /** @type {"joining" | "joined" | "recovering" | "left"} */
  state = "joining";
  /** @type {import("./shapes.js").Rules} */
  rules;
  /** @type {Entry[]} the newest page, with which the log began */
  entries = [];

  /**
   * @param {string} name
   * @param {Options} options
   */
  constructor(name, options) {
    const { wire, clock, wish } = options;
    const ask = (/** @type {Command} */ command, /** @type {Answer} */ answer) => this.request(command, answer);
    this.name = name;
    this.#options = options;
    this.#invite = wish.token;
    this.rules = { title: name, topic: "", access: null, can: [], slow: 0, locked: false, joinLines: true, muted: null };
    this.log = new Log({
      onentry: (entry) => this.#heard(toEntry(entry)),
      onpage: (page) => void (this.entries = page.map(toEntry)),
      onhole: (hole) => void this.emitter.emit("gap", { ...hole, entries: hole.anew ? this.entries : [] }),
    });
    if (wish.since !== undefined) this.log.resume(wish.since, wish.epoch ?? "");
    this.people = new People((type, event) => void this.emitter.emit(type, event), clock);
    this.questions = new Questions(ask);
    this.writing = new Writing(ask, clock);
    this.reading = new Reading((seq) => wire.send({ type: "read", room: name, seq }), clock);
    this.typist = new Typist((on) => wire.send({ type: "typing", room: name, on }), clock);
    this.#joining = new Joining(
      {
        ask: (answer) => this.#enter(answer),
        take: (event) => this.#take(event),
        entered: () => this.#entered(),
        giveUp: () => this.log.giveUp(),
        held: (waitMs, reason) => this.#become("recovering", reason, clock.now() + waitMs),
        refused: (error) => this.end(new ChatError(error)),
      },
      clock,
    );
  }

  /**
   * @param {Command} command
   * @param {Answer} answer
   */
  request(command, answer) {
    return this.#options.wire.request({ ...command, room: this.name }, answer);
  }

  /** Somebody wants the log from now on. */
  listen() {
    this.log.listen();
    if (this.log.missing && this.state === "joined") this.#joining.join();
  }

  // ── what the connection says ──────────────────────────────────────────────────────────────────

  online() {
    this.#joining.online();
    this.#joining.join();
  }

  /**
   * @param {string} reason
   * @param {number | null} retryAt
   */
  offline(reason, retryAt) {
    this.#joining.offline();
    for (const part of [this.writing, this.questions]) part.shut();
    for (const part of [this.reading, this.people]) part.stop();
    this.typist.rest();
    if (this.state !== "joining") this.#become("recovering", reason, retryAt);
  }

  /** @param {ServerEvent} event  of any room */
  receive(event) {
    if (event.type === "named") return this.people.rename(event.person);
    if (!("room" in event) || event.room !== this.name || this.state === "joining") return;
    const { type, room: _room, ...what } = event;
    if (event.type === "presence") this.people.change(event);
    else if (event.type === "typing") this.people.type(event);
    else if (event.type === "room") this.#changed(toChange(event));
    else if (event.type === "beat") this.log.beat(event.last);
    else if (event.type === "left") this.end(ChatError.ofLeaving(event));
    else if (["signal", "unread"].includes(type)) this.emitter.emit(type, what);
    else if ("seq" in event && event.type !== "ack") this.log.live(event);
    if (this.log.missing && this.state === "joined") this.#joining.join();
  }

  /** @param {ChatError} error  why it is over */
  end(error) {
    if (this.state === "left") return;
    this.#joining.rest();
    this.typist.rest();
    this.writing.end(error);
    this.questions.end(error);
    for (const part of [this.reading, this.people]) part.stop();
    this.#become("left", error.message);
    this.#options.onout(error);
  }

  // ── joining ───────────────────────────────────────────────────────────────────────────────────

  /** @param {Answer} answer */
  #enter(answer) {
    const { limit } = this.#options.wish;
    const token = this.#invite === undefined ? {} : { token: this.#invite };
    const wish = limit === undefined ? {} : { limit };
    return this.request({ type: "join", ...wish, ...this.log.position, ...token }, answer);
  }

  /**
   * @param {Joined} event
   * @returns {import("../chat/joining.js").Gain}
   */
  #take(event) {
    if (this.#isOver) return "whole";
    this.#invite = undefined;
    const { cursor } = this.log;
    this.log.take(event);
    if (this.#isOver) return "whole";
    if (this.log.missing) return cursor === this.log.cursor ? "nothing" : "part";
    this.#settle(event);
    return "whole";
  }

  /** @param {Joined} event  the last one, behind which everything is live */
  #settle(event) {
    this.#changed(differences(this.rules, toRules(event)));
    this.people.start(event);
    this.reading.start(event.read_seq);
  }

  #entered() {
    if (this.#isOver) return;
    const first = this.state === "joining";
    this.#options.wire.joined();
    this.#become("joined");
    this.questions.open();
    this.writing.open();
    if (first) this.#options.onin();
  }

  /** A listener may have left the room since one looked last. */
  get #isOver() {
    return this.state === "left";
  }

  // ── telling ───────────────────────────────────────────────────────────────────────────────────

  /**
   * @param {Entry} entry
   * @returns {boolean} whether more of them are wanted
   */
  #heard(entry) {
    if (entry.type === "message") this.people.rest(entry.from?.id);
    this.emitter.emit(entry.type, entry);
    return this.state !== "left";
  }

  /** @param {Partial<import("./shapes.js").Rules>} change */
  #changed(change) {
    this.rules = { ...this.rules, ...change };
    if (Object.keys(change).length > 0) this.emitter.emit("room", change);
  }

  /**
   * @param {"joined" | "recovering" | "left"} state
   * @param {string} [reason]
   * @param {number | null} [retryAt]
   */
  #become(state, reason = "", retryAt = null) {
    if (state === "recovering" && this.state === "joining") return;
    if (state === this.state && state === "joined") return;
    this.state = state;
    this.emitter.emit("state", { state, reason, retryAt });
  }
}
