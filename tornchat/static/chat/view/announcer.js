/**
 * Reads new messages to screen readers, and only those: never history, never one's own, and of a
 * flood only how many there were.
 */

import { counted, h } from "./dom.js";

const ONE_BY_ONE = 3;
const KEEP = 10;

/** @typedef {import("../state.js").State} State */

export class Announcer {
  #last = 0;
  #epoch = "";

  constructor() {
    this.root = h("div", { class: "sr", role: "status", "aria-live": "polite", "aria-relevant": "additions" });
  }

  /** @param {State} state */
  render({ lines, me, epoch, cursor, phase }) {
    if (phase === "left") this.root.replaceChildren();
    if (phase === "new" || cursor === null) return;
    const from = this.#last;
    this.#last = cursor;
    if (this.#epoch !== epoch) {
      this.#epoch = epoch ?? "";
      return;
    }
    if (cursor <= from) return;
    const fresh = [];
    for (let i = lines.length - 1; i >= 0; i -= 1) {
      const line = lines[i];
      if (line.seq > 0 && line.seq <= from) break;
      if (line.kind === "message" && !line.deleted && line.from.id !== me?.id) fresh.unshift(`${line.from.name}: ${line.text}`);
    }
    if (fresh.length > ONE_BY_ONE) this.say(counted(fresh.length, "new message"));
    else for (const words of fresh) this.say(words);
  }

  /** @param {string} words */
  say(words) {
    this.root.append(h("p", null, words));
    while (this.root.childElementCount > KEEP) this.root.firstElementChild?.remove();
  }
}
