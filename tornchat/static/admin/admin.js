/**
 * The scripts of the admin pages: they make quicker and livelier what works without them. Started
 * by every page once; pages that follow take the place of the first one's `<main>`.
 */

import { Controls } from "./controls.js";
import { dress } from "./dress.js";
import { Fragments } from "./fragments.js";
import { Live } from "./live.js";
import { MessageLog } from "./messages.js";
import { Navigator } from "./navigator.js";
import { xsrf } from "./page.js";
import { Pops } from "./pops.js";
import { Signal } from "./signal.js";
import { Toasts } from "./toasts.js";

/** The lobby's address: this module lies at `static/{version}/admin/admin.js` below it. */
const root = new URL("../../../", import.meta.url);
const CLOCK_MS = 20_000;

const toasts = new Toasts(/** @type {HTMLElement} */ (document.querySelector("#toasts")));
const pages = new Navigator({ admin: new URL("admin/", root), toasts, onpage: settle });
const fragments = new Fragments(pages, equip);
const pops = new Pops();
const controls = new Controls(pages);
const log = new MessageLog(() => fragments.refresh("messages"));

/** Gives what the server has drawn what only scripts can give. */
function equip() {
  dress(document);
  controls.settle();
}

/** Looks over a page that has just been put into place. */
function settle() {
  equip();
  toasts.adopt(document.querySelector("[data-flash]"), () => fragments.refresh("messages"));
  live?.watch(log.settle());
}

/** Connects the pages of somebody who is signed in. */
function connect() {
  const signal = new Signal(document.querySelector("[data-signal]"));
  let online = false;
  return new Live({
    endpoint: new URL("sockjs", root).href,
    token: new URL("admin/token", root).href,
    xsrf,
    onstatus: (status) => {
      signal.show(status);
      if (status.state === "online" && !online) fragments.refreshAll();
      online = status.state === "online";
    },
    onadmin: (event) => fragments.hear(event),
    onroom: (event) => log.hear(event),
    onjoined: (last) => log.catchUp(last),
    onended: () => pages.signedOut(),
  });
}

/** @type {Live | null} */
const live = document.querySelector(".shell") ? connect() : null;

pages.start();
pops.start();
controls.start();
settle();
live?.start();
setInterval(() => dress(document), CLOCK_MS);
document.addEventListener("visibilitychange", () => {
  live?.visibility(document.hidden);
  if (!document.hidden) fragments.catchUp();
});
