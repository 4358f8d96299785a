/** SockJS over a WebSocket. */

import { SockJSTransport } from "./sockjs.js";

/** @typedef {import("./sockjs.js").Platform} Platform */

export class WebSocketTransport extends SockJSTransport {
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
