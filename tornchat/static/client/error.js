/** What went wrong, as programs and people read it. */

/** @type {Record<number, string>} the ends of a connection that are final */
const ENDS = {
  4002: "token_expired",
  4500: "bad_protocol",
  4501: "unauthorized",
  4502: "revoked",
  4505: "banned",
  4506: "origin_refused",
};

export class ChatError extends Error {
  /**
   * @param {object} what
   * @param {string} what.code
   * @param {string} what.message
   * @param {boolean} [what.retryable]  whether the same may succeed later
   * @param {number} [what.retry_after]  seconds
   * @param {{until?: number}} [what.banned]
   */
  constructor({ code, message, retryable = false, retry_after: retryAfter, banned }) {
    super(message);
    this.name = "ChatError";
    this.code = banned ? "banned" : code;
    this.retryable = retryable;
    /** Seconds until it may succeed; null: nobody said. */
    this.retryAfter = retryAfter ?? null;
    /** UTC milliseconds, for a ban that ends by itself. */
    this.until = banned?.until ?? null;
  }

  /** There is no connection just now, and this does not wait for one. */
  static unconnected() {
    return new ChatError({ code: "offline", message: "There is no connection just now.", retryable: true });
  }

  static closed() {
    return new ChatError({ code: "closed", message: "This chat was closed." });
  }

  /**
   * Somebody was sent out of a room.
   * @param {import("../chat/types.js").Left} event
   */
  static ofLeaving({ code, reason, until }) {
    const error = new ChatError({ code, message: reason || `You were taken out of the room (${code}).` });
    error.until = until ?? null;
    return error;
  }

  /**
   * A connection that ended for good.
   * @param {import("../chat/types.js").Status} status
   */
  static ofEnd({ code, reason, detail }) {
    return new ChatError({ code: ENDS[code] ?? "offline", message: detail || reason || `The server closed with ${code}.` });
  }
}

/**
 * Refuses options whose names are not known: they were meant to do something.
 * @param {string} what
 * @param {object} given
 * @param {readonly string[]} names
 */
export function expectNames(what, given, names) {
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) throw new TypeError(`${what}: expected one of ${names.join(", ")}, got ${name}`);
  }
}
