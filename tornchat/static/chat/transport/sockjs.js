/**
 * What all transports share: the addresses of sessions, and frames after the SockJS protocol 0.3.3:
 * `o` open, `h` heartbeat, `a[…]` messages, `c[code,reason]` close.
 *
 * @typedef {import("../types.js").Closing} Closing
 * @typedef {import("../types.js").Kind} Kind
 * @typedef {{fetch: typeof fetch, WebSocket: typeof WebSocket, crypto: Crypto}} Platform
 */

/** @type {readonly Kind[]} in the order in which they are tried */
export const KINDS = Object.freeze(["websocket", "xhr-streaming", "xhr-polling"]);

/**
 * Reads one SockJS frame.
 * @param {string} frame
 * @returns {{type: "open"} | {type: "heartbeat"} | {type: "messages", texts: string[]}
 *   | {type: "close", code: number, reason: string} | {type: "unknown"}}
 */
export function readFrame(frame) {
  const body = () => {
    try {
      return JSON.parse(frame.slice(1));
    } catch {
      return null;
    }
  };
  switch (frame[0]) {
    case "o":
      return { type: "open" };
    case "h":
      return { type: "heartbeat" };
    case "a": {
      const texts = body();
      return Array.isArray(texts) && texts.every((text) => typeof text === "string")
        ? { type: "messages", texts }
        : { type: "unknown" };
    }
    case "c": {
      const [code, reason] = body() ?? [];
      return { type: "close", code: Number(code) || 1006, reason: String(reason ?? "") };
    }
    default:
      return { type: "unknown" };
  }
}

/**
 * The address of a new session: `{endpoint}/{server}/{session}`.
 * @param {string} endpoint  absolute
 * @param {Crypto} crypto
 */
export function sessionUrl(endpoint, crypto) {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  const server = String((bytes[16] * 256 + bytes[17]) % 1000).padStart(3, "0");
  const session = Array.from(bytes.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0"));
  return `${endpoint}/${server}/${session.join("")}`;
}

/** Reads frames, and ends once. */
export class SockJSTransport {
  onopen = () => {};
  onframe = () => {};
  onmessage = /** @type {(texts: string[]) => void} */ (() => {});
  onclose = /** @type {(closing: Closing) => void} */ (() => {});
  closed = false;

  /** @param {string} text */
  receive(text) {
    const frame = readFrame(text);
    if (this.closed || frame.type === "unknown") return;
    this.onframe();
    if (frame.type === "open") this.onopen();
    else if (frame.type === "messages") this.onmessage(frame.texts);
    else if (frame.type === "close") this.end(frame.code, frame.reason, true);
  }

  /**
   * @param {number} [code]
   * @param {string} [reason]
   * @param {boolean} [said]
   */
  end(code = 1006, reason = "", said = false) {
    if (this.closed) return;
    this.close();
    this.onclose({ code, reason, said });
  }

  close() {
    this.closed = true;
  }
}

/**
 * Asks whether the server answers at all, which tells a blocked transport from a server that is down.
 * @param {string} endpoint
 * @param {Platform} platform
 * @param {number} timeoutMs
 * @returns {Promise<boolean>}
 */
export async function isAlive(endpoint, platform, timeoutMs) {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    return (await platform.fetch(`${endpoint}/info`, { cache: "no-store", signal })).ok;
  } catch {
    return false;
  }
}
