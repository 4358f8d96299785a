/**
 * SockJS over requests, where WebSocket does not get through: streaming and polling.
 *
 * @typedef {import("./sockjs.js").Platform} Platform
 */

import { SockJSTransport } from "./sockjs.js";

const BATCH_TEXTS = 40;
/** UTF-16 units in one xhr_send: with three bytes for each the body stays under 128 KiB. */
const BATCH_LENGTH = 32_000;

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
export class StreamingTransport extends HttpTransport {
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
export class PollingTransport extends HttpTransport {
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
