/**
 * The frame of a room in somebody else's page. With `#tornchat` behind its address it waits for that
 * page to say who its visitor is and how it wants to look; without, it is a page by itself.
 */

import { TornchatRoom } from "../chat/shell.js";
import { awaitsHost, hostOf } from "./handshake.js";

/** @param {Window} frame */
async function start(frame) {
  if (awaitsHost(frame.location, frame.history)) {
    const { port } = await hostOf(frame);
    const element = /** @type {HTMLElement} */ (document.querySelector("tornchat-room"));
    const room = element.getAttribute("room") ?? "";
    port.postMessage({ type: "ready", room, title: element.getAttribute("heading") ?? room });
  }
  customElements.define("tornchat-room", TornchatRoom);
}

void start(window);
