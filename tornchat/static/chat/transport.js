/**
 * Carries texts to and from the server: a SockJS client of three transports.
 * It knows nothing of chat: what the texts say is the business of `connection.js`. The parts lie in
 * `transport/`, for who does not need all of them.
 *
 * @typedef {import("./types.js").Transport} Transport
 * @typedef {import("./types.js").Kind} Kind
 * @typedef {import("./transport/sockjs.js").Platform} Platform
 */

import { PollingTransport, StreamingTransport } from "./transport/http.js";
import { sessionUrl } from "./transport/sockjs.js";
import { WebSocketTransport } from "./transport/websocket.js";

export { isAlive, KINDS } from "./transport/sockjs.js";

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
