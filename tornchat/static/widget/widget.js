/**
 * `/widget.js`: a chat in anybody's page. Its one global is the function `tornchat(verb, …)`; what was
 * asked of it before it came is taken over, and a copy that comes later hands its tag to the first.
 */

import { Page } from "./page.js";

/** @type {any} */
const script = document.currentScript ?? [...document.querySelectorAll("script[src*='/widget.js']")].pop();
const before = /** @type {any} */ (window).tornchat;
if (before?.take) before.take(script);
else {
  const { call, take } = new Page(script.src);
  Object.assign(window, { tornchat: Object.assign(call, { take }) });
  take(script);
  for (const asked of before?.q ?? []) call(.../** @type {[string]} */ (asked));
}
