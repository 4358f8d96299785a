/**
 * tornchat for pages of your own: `import { connect } from "https://chat.example.org/client.js"`.
 * docs/javascript.md is its description. It is one file, to be had from every tornchat server, and
 * runs in browsers and in Node.
 */

import { Chat } from "./client/chat.js";

export { ChatError } from "./client/error.js";

/** The server that this came from, unless it lies on a disk. */
const HOME = /^https?:/.test(import.meta.url) ? new URL(import.meta.url.replace(/static\/[^/]*\/client\.js.*$/, "")) : null;

/**
 * Connects to a chat server, at once, and comes back whenever the connection is lost.
 * @param {import("./client/chat.js").Options} [options]
 */
export function connect(options = {}) {
  const home = HOME && new URL(".", HOME).href;
  return new Chat(home ? { url: home, ...options } : options);
}
