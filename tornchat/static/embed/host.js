/**
 * The conversation with the page around this frame, over the port that it gave: what is asked of it
 * and answered, and the guest, whom it keeps. It knows nothing of the DOM.
 *
 * @typedef {import("./wire.js").HostMessage} HostMessage
 * @typedef {import("./wire.js").FrameMessage} FrameMessage
 * @typedef {import("./handshake.js").Greeting} Greeting
 * @typedef {import("../chat/keeper.js").Guest} Guest
 * @typedef {import("../chat/types.js").Clock} Clock
 *
 * @typedef {Exclude<HostMessage, {type: "identity" | "token"}>} Wish  what a host asks for by itself
 */

import { Timers } from "../chat/clock.js";
import { readMessage } from "./shapes.js";

/** A host whose other frames make the guest right now answers when they have, 30 s at most. */
const GUEST_MS = 35_000;
const TOKEN_MS = 15_000;

export class Host {
  #port;
  #scope;
  #timers;
  #asked = 0;
  /** @type {Map<number, (answer: any) => void>} */
  #waiting = new Map();
  /** @type {Guest} */
  #guest;
  /** @type {(wish: Wish) => void} */
  onwish = () => {};
  /** More is known of the guest. */
  onguest = () => {};

  /**
   * @param {Greeting} greeting
   * @param {Clock} clock
   */
  constructor({ init, port, origin }, clock) {
    this.#port = port;
    this.#scope = `:${origin}`;
    this.#guest = init.guest;
    this.#timers = new Timers(clock);
    port.onmessage = ({ data }) => this.#hear(readMessage(data));
  }

  /** @param {FrameMessage} message */
  tell(message) {
    this.#port.postMessage(message);
  }

  /**
   * @param {boolean} fresh  the last one has ended
   * @returns {Promise<string | null>} null: the site does not know this visitor. Rejects when it does
   *   not answer, or says that it cannot
   */
  async token(fresh) {
    const answer = await this.#ask(TOKEN_MS, (id) => ({ type: "token", id, fresh }));
    if (!answer || answer.error !== undefined) throw new Error(answer?.error ?? "the page did not answer");
    return answer.token;
  }

  /**
   * The guest, as a session wants it kept.
   * @param {boolean} shared  whether others may speak for the same guest
   * @returns {import("../chat/keeper.js").Keeper}
   */
  keeper(shared) {
    const host = this;
    return {
      get guest() {
        return host.#guest;
      },
      keep: (change) => this.#keep(change),
      settle: () => this.#settle(),
      scope: shared ? this.#scope : null,
    };
  }

  /** @param {Partial<Guest>} change */
  #keep(change) {
    const before = this.#guest;
    this.#guest = { ...before, ...change };
    const { token, name } = this.#guest;
    // Without a token it is nobody yet: to say so would let the next frame make another one.
    if (token === null || (token === before.token && name === before.name)) return;
    this.tell({ type: "guest", token, name });
  }

  /** Whoever else is here at the same time becomes the same guest. */
  async #settle() {
    if (this.#guest.token !== null) return;
    const answer = await this.#ask(GUEST_MS, (id) => ({ type: "identity", id }));
    if (answer) this.#learn(answer);
  }

  /** @param {Guest} told */
  #learn({ token, name }) {
    if (token === null) return;
    const chosen = this.#guest.token === null ? this.#guest.name : null;
    this.#guest = { token, name: chosen ?? name };
    if (chosen !== null && chosen !== name) this.tell({ type: "guest", token, name: chosen });
  }

  /**
   * @param {number} patienceMs
   * @param {(id: number) => FrameMessage} question
   * @returns {Promise<any>} null: no answer came
   */
  #ask(patienceMs, question) {
    const id = (this.#asked += 1);
    return new Promise((resolve) => {
      const answered = (/** @type {any} */ answer) => {
        this.#waiting.delete(id);
        this.#timers.clear(String(id));
        resolve(answer);
      };
      this.#waiting.set(id, answered);
      this.#timers.set(String(id), patienceMs, () => answered(null));
      this.tell(question(id));
    });
  }

  /** @param {HostMessage | null} message */
  #hear(message) {
    if (message === null) return;
    if (message.type !== "identity" && message.type !== "token") return this.onwish(message);
    const waiting = this.#waiting.get(message.id);
    if (waiting) return waiting(message);
    if (message.type !== "identity") return;
    this.#learn(message);
    this.onguest();
  }
}
