/**
 * What a page sees of a room that it is in. docs/javascript.md describes every line of it.
 *
 * @typedef {import("./shapes.js").Entry} Entry
 * @typedef {import("./writing.js").Written} Written
 */

import { ChatError, expectNames } from "./error.js";
import { OF_THE_LOG } from "./membership.js";
import { toPage } from "./shapes.js";

const OF_SENDING = ["kind", "data", "replyTo", "clientId"];
const OF_HISTORY = ["before", "after", "around", "at", "limit", "view"];

export class Room {
  #inner;
  #newId;
  #goodbye;

  /**
   * @param {import("./membership.js").Membership} inner
   * @param {() => string} newId
   * @param {() => void} goodbye
   */
  constructor(inner, newId, goodbye) {
    this.#inner = inner;
    this.#newId = newId;
    this.#goodbye = goodbye;
  }

  get name() {
    return this.#inner.name;
  }

  get title() {
    return this.#inner.rules.title;
  }

  get topic() {
    return this.#inner.rules.topic;
  }

  /** What one may do here: read, write, moderate, admin. */
  get can() {
    return this.#inner.rules.can;
  }

  /** How the room is talked in: access, slow, locked, joinLines, muted, and what is above. */
  get rules() {
    return { ...this.#inner.rules };
  }

  /** Who is here; null where there are too many to be listed. */
  get people() {
    return this.#inner.people.list;
  }

  get count() {
    return this.#inner.people.count;
  }

  /** The newest page when one came in, oldest first; what comes later comes by events. */
  get entries() {
    return this.#inner.entries;
  }

  /** The seq of the last entry that listeners were given; `epoch` says of which log. */
  get cursor() {
    return this.#inner.log.cursor ?? 0;
  }

  get epoch() {
    return this.#inner.log.epoch ?? "";
  }

  get readSeq() {
    return this.#inner.reading.seq;
  }

  get state() {
    return this.#inner.state;
  }

  /**
   * @param {string} name
   * @param {(event: any) => void} listener
   * @returns {() => void} stops it
   */
  on(name, listener) {
    const off = this.#inner.emitter.on(name, listener);
    if (OF_THE_LOG.includes(name)) this.#inner.listen();
    return off;
  }

  /**
   * @param {string} text
   * @param {import("./shapes.js").SendOptions} [options]
   * @returns {Promise<Written>} kept once the message is on the server's disk
   */
  async send(text, options = {}) {
    expectNames("send", options, OF_SENDING);
    const { kind, data, replyTo, clientId } = options;
    const more = { kind, data, reply_to: replyTo };
    this.#inner.typist.rest();
    return this.#write({ type: "send", client_id: clientId ?? this.#newId(), text: String(text), ...more });
  }

  /**
   * @param {number} seq  of a message
   * @returns {Promise<Written>}
   */
  async delete(seq) {
    return this.#write({ type: "delete", client_id: this.#newId(), target: seq });
  }

  /**
   * Something of the moment, to the others who are here now.
   * @param {string} kind
   * @param {unknown} [data]
   * @returns {Promise<void>} broken where there is no connection: it does not wait for one
   */
  async signal(kind, data = null) {
    await this.#ask({ type: "signal", kind, data });
  }

  /**
   * @param {string} text  a slash command, such as "/topic News"
   * @returns {Promise<{text: string, ok: boolean, commands?: import("../chat/types.js").Verb[]}>}
   */
  async command(text) {
    const { text: reply, ok = true, commands } = await this.#ask({ type: "command", text });
    return commands ? { text: reply, ok, commands } : { text: reply, ok };
  }

  /**
   * @param {import("./shapes.js").HistoryOptions} [options]
   * @returns {Promise<import("./shapes.js").Page>}
   */
  async history(options = {}) {
    expectNames("history", options, OF_HISTORY);
    this.#expectIn();
    return toPage(await this.#inner.questions.ask({ type: "history", ...options }));
  }

  /** @param {boolean} [on]  call it at each change of the text */
  typing(on = true) {
    if (this.state === "joined") this.#inner.typist.type(on);
  }

  /** @param {number} [seq]  the furthest entry that was read; without it all that came */
  read(seq = this.cursor) {
    if (this.state !== "left") this.#inner.reading.read(seq);
  }

  leave() {
    this.#goodbye();
  }

  /**
   * @param {import("../chat/outbox.js").Write} write
   * @returns {Promise<Written>}
   */
  #write(write) {
    this.#expectIn();
    return this.#inner.writing.write(write);
  }

  /**
   * @param {import("../chat/types.js").Command} command
   * @returns {Promise<any>}
   */
  #ask(command) {
    this.#expectIn();
    return new Promise((ok, no) => {
      const fail = (/** @type {import("../chat/types.js").ErrorEvent | null} */ error) =>
        no(error ? new ChatError(error) : ChatError.unconnected());
      if (this.state !== "joined" || !this.#inner.request(command, { ok, fail })) fail(null);
    });
  }

  #expectIn() {
    if (this.state === "left") throw new ChatError({ code: "left", message: `You are not in ${this.name} any more.` });
  }
}
