/**
 * Carries texts to and from the server: a SockJS client of three transports.
 * It knows nothing of chat: what the texts say is the business of `connection.js`.
 * Framing after the SockJS protocol 0.3.3: `o` open, `h` heartbeat, `a[…]` messages, `c[code,reason]` close.
 *
 * @typedef {import("./types.js").Transport} Transport
 * @typedef {import("./types.js").Closing} Closing
 * @typedef {import("./types.js").Kind} Kind
 */

/** @type {readonly Kind[]} in the order in which they are tried */
export const KINDS = Object.freeze(["websocket", "xhr-streaming", "xhr-polling"]);

const BATCH_TEXTS = 40;
/** UTF-16 units in one xhr_send: with three bytes for each the body stays under 128 KiB. */
const BATCH_LENGTH = 32_000;

/** @typedef {{fetch: typeof fetch, WebSocket: typeof WebSocket, crypto: Crypto}} Platform */

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

/** What all transports share: reading frames, and ending once. */
class SockJSTransport {
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

/** SockJS over a WebSocket. */
class WebSocketTransport extends SockJSTransport {
  #socket;

  /**
   * @param {string} session
   * @param {Platform} platform
   */
  constructor(session, platform) {
    super();
    this.#socket = new platform.WebSocket(`${session.replace(/^http/, "ws")}/websocket`);
    this.#socket.onmessage = ({ data }) => this.receive(String(data));
    this.#socket.onclose = ({ code, reason }) => this.end(code, reason, code >= 3000);
  }

  /** @param {string} text */
  send(text) {
    if (this.#socket.readyState === 1) this.#socket.send(JSON.stringify([text]));
  }

  close() {
    super.close();
    this.#socket.onclose = this.#socket.onmessage = null;
    this.#socket.close();
  }
}

/** Sending for the HTTP transports: one request at a time, what waits goes together in the next. */
class Sender {
  /** @type {string[]} */
  #waiting = [];
  #busy = false;
  #post;

  /** @param {(body: string) => Promise<boolean>} post  false: it did not arrive */
  constructor(post) {
    this.#post = post;
  }

  /** @param {string} text */
  push(text) {
    this.#waiting.push(text);
    if (!this.#busy) void this.#run();
  }

  async #run() {
    this.#busy = true;
    while (this.#waiting.length > 0 && (await this.#post(JSON.stringify(this.#batch()))));
    this.#busy = false;
  }

  #batch() {
    let count = 0;
    let length = 0;
    for (const text of this.#waiting) {
      length += text.length;
      if (count > 0 && (count === BATCH_TEXTS || length > BATCH_LENGTH)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}

/** What streaming and polling share: requests of one session that end with it. */
class HttpTransport extends SockJSTransport {
  #session;
  #platform;
  #abort = new AbortController();
  #sender;

  /**
   * @param {string} session
   * @param {Platform} platform
   */
  constructor(session, platform) {
    super();
    this.#session = session;
    this.#platform = platform;
    this.#sender = new Sender((body) => this.#deliver(body));
  }

  /** @param {string} text */
  send(text) {
    if (!this.closed) this.#sender.push(text);
  }

  close() {
    super.close();
    this.#abort.abort();
  }

  /**
   * @param {string} path
   * @param {string} [body]
   */
  post(path, body) {
    return this.#platform.fetch(`${this.#session}/${path}`, {
      method: "POST",
      body,
      cache: "no-store",
      signal: this.#abort.signal,
    });
  }

  /** @param {string} body */
  async #deliver(body) {
    try {
      const response = await this.post("xhr_send", body);
      if (response.ok) return true;
      this.end(1006, `xhr_send answered ${response.status}`);
    } catch {
      this.end(1006, "xhr_send failed");
    }
    return false;
  }

  /**
   * Receives one response after the other until the session ends.
   * A response that breaks ends the session: what it lost is recovered above, from the log.
   * @param {string} path
   * @param {(response: Response) => Promise<void>} take
   */
  async receiveAll(path, take) {
    try {
      while (!this.closed) {
        const response = await this.post(path);
        if (!response.ok) return this.end(1006, `${path} answered ${response.status}`);
        await take(response);
      }
    } catch {
      this.end(1006, `${path} failed`);
    }
  }
}

/** SockJS xhr_streaming: frames are the lines of one long response, renewed when the server ends it. */
class StreamingTransport extends HttpTransport {
  /**
   * @param {string} session
   * @param {Platform} platform
   */
  constructor(session, platform) {
    super(session, platform);
    void this.receiveAll("xhr_streaming", (response) => this.#take(response));
  }

  /** @param {Response} response */
  async #take(response) {
    if (!response.body) return this.end(1006, "no streaming here");
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    let frames = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.receive(line);
      frames += lines.length;
    }
    if (frames === 0) this.end(1006, "an empty stream");
  }

  /** @param {string} line */
  receive(line) {
    const prelude = line.length > 1 && line[0] === "h";
    if (!prelude) super.receive(line);
  }
}

/** SockJS xhr: one frame for each request. */
class PollingTransport extends HttpTransport {
  /**
   * @param {string} session
   * @param {Platform} platform
   */
  constructor(session, platform) {
    super(session, platform);
    void this.receiveAll("xhr", async (response) => {
      const text = await response.text();
      if (text === "") return this.end(1006, "an empty poll");
      this.receive(text.trimEnd());
    });
  }
}

/** @type {Record<Kind, new (session: string, platform: Platform) => Transport>} */
const CLASSES = {
  websocket: WebSocketTransport,
  "xhr-streaming": StreamingTransport,
  "xhr-polling": PollingTransport,
};

/**
 * Opens a new session. Set the callbacks before the next turn of the event loop.
 * @param {Kind} kind
 * @param {string} endpoint  absolute address of the SockJS base
 * @param {Platform} platform
 * @returns {Transport}
 */
export function openTransport(kind, endpoint, platform) {
  return new CLASSES[kind](sessionUrl(endpoint, platform.crypto), platform);
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
