/**
 * The frame of a room in somebody else's page. With `#tornchat` behind its address it waits for that
 * page to say who its visitor is and how it wants to look; without, it is a page by itself, whose
 * query may say `mode=readonly`.
 */

import { clock } from "../chat/clock.js";
import { TornchatRoom } from "../chat/shell.js";
import { Embedding } from "./embedding.js";
import { awaitsHost, hostOf } from "./handshake.js";
import { Host } from "./host.js";

async function start() {
  /** @type {Embedding | null} */
  let embedding = null;
  const element = /** @type {TornchatRoom} */ (document.querySelector("tornchat-room"));
  if (awaitsHost(location, history, parent !== window)) {
    const greeting = await hostOf(window);
    embedding = new Embedding(new Host(greeting, clock), greeting.init, element);
    await embedding.prepare();
  } else if (new URLSearchParams(location.search).get("mode") === "readonly") {
    element.setAttribute("mode", "readonly");
  }
  customElements.define("tornchat-room", TornchatRoom);
  embedding?.begin();
}

void start();
