/**
 * Promises for what is written into a room: each is kept once the server has it on disk, broken when
 * the server refuses it. The order and the sending again are the outbox's.
 *
 * @typedef {import("../chat/types.js").Command} Command
 * @typedef {import("../chat/outbox.js").Write} Write
 * @typedef {{seq: number, time: number}} Written
 * @typedef {{promise: Promise<Written>, resolve: (written: Written) => void,
 *   reject: (error: ChatError) => void, body: string, sent: boolean}} Waiting
 */

import { Outbox } from "../chat/outbox.js";
import { ChatError } from "./error.js";

/** What the server takes at most in one frame is 64 KiB, wrapped; a larger one would end the connection. */
const MOST_BYTES = 60_000;
const TOO_LARGE = { code: "too_large", message: `A message may have ${MOST_BYTES} bytes, its data included.` };

export class Writing {
  #outbox;
  /** @type {Map<string, Waiting>} by `client_id` */
  #waiting = new Map();

  /**
   * @param {(command: Command, answer: import("../chat/connection/answers.js").Answer) => boolean} ask
   * @param {import("../chat/types.js").Clock} clock
   */
  constructor(ask, clock) {
    const hooks = {
      send: (/** @type {Write} */ write) =>
        ask({ ...write }, {
          ok: (ack) => this.#kept(write.client_id, ack),
          fail: (error) => error && this.#refused({ ...error, client_id: write.client_id }),
        }),
      keep: () => {},
      onsending: (/** @type {Write} */ { client_id }) => this.#sent(client_id),
      onwaiting: () => {},
      onfailed: () => {},
    };
    this.#outbox = new Outbox(hooks, clock);
  }

  /**
   * @param {Write} write
   * @returns {Promise<Written>}
   */
  write(write) {
    const body = JSON.stringify(write);
    if (sizeOf(body) > MOST_BYTES) return Promise.reject(new ChatError(TOO_LARGE));
    const twin = this.#waiting.get(write.client_id);
    if (twin?.body === body) return twin.promise;
    if (twin) {
      const message = `clientId ${write.client_id} is in use for something else`;
      return Promise.reject(new ChatError({ code: "conflict", message }));
    }
    const waiting = /** @type {Waiting} */ ({ body, sent: false });
    waiting.promise = new Promise((resolve, reject) => Object.assign(waiting, { resolve, reject }));
    this.#waiting.set(write.client_id, waiting);
    this.#outbox.add(write);
    return waiting.promise;
  }

  open() {
    this.#outbox.open();
  }

  shut() {
    this.#outbox.shut();
  }

  /** We are somebody else now: what was sent and not answered may be written, so it is not sent again. */
  disown() {
    const message = "The server knows us as somebody else now; whether this was written is unknown.";
    this.#breakAll(new ChatError({ code: "unknown", message }), ({ sent }) => sent);
  }

  /** @param {ChatError} error  why nothing more is written */
  end(error) {
    this.#outbox.shut();
    this.#breakAll(error, () => true);
  }

  /** @param {string} id */
  #sent(id) {
    const waiting = this.#waiting.get(id);
    if (waiting) waiting.sent = true;
  }

  /**
   * @param {string} id
   * @param {import("../chat/types.js").Ack} ack
   */
  #kept(id, { seq, time }) {
    this.#waiting.get(id)?.resolve({ seq, time });
    this.#forget(id);
  }

  /** @param {import("../chat/types.js").ErrorEvent & {client_id: string}} error */
  #refused(error) {
    this.#outbox.refused(error);
    if (error.retryable) return;
    this.#waiting.get(error.client_id)?.reject(new ChatError(error));
    this.#forget(error.client_id);
  }

  /**
   * @param {ChatError} error
   * @param {(waiting: Waiting) => boolean} which
   */
  #breakAll(error, which) {
    for (const [id, waiting] of [...this.#waiting]) {
      if (!which(waiting)) continue;
      waiting.reject(error);
      this.#forget(id);
    }
  }

  /** @param {string} id */
  #forget(id) {
    this.#waiting.delete(id);
    this.#outbox.discard(id);
  }
}

/** @param {string} body  which is wrapped once more on its way */
function sizeOf(body) {
  return new TextEncoder().encode(JSON.stringify(body)).length;
}
