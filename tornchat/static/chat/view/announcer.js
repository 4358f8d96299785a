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
  #reply = 0;

  constructor() {
    this.root = h("div", { class: "sr", role: "status", "aria-live": "polite", "aria-relevant": "additions" });
  }

  /** @param {State} state */
  render({ lines, me, epoch, cursor, phase }) {
    if (phase === "left") this.root.replaceChildren();
    if (phase === "new" || cursor === null) return;
    this.#renderReply(lines);
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
      const words = heard(line, me?.id);
      if (words !== "") fresh.unshift(words);
    }
    if (fresh.length > ONE_BY_ONE) this.say(counted(fresh.length, "new message"));
    else for (const words of fresh) this.say(words);
  }

  /** @param {import("../types.js").Line[]} lines */
  #renderReply(lines) {
    const line = lines.findLast(({ kind }) => kind === "reply");
    const number = Number(line?.key.slice(1) ?? 0);
    if (line?.kind === "reply" && number > this.#reply) {
      this.say(line.verbs.length > 0 ? line.verbs.map(({ name }) => `/${name}`).join(", ") : line.text);
    }
    this.#reply = Math.max(number, this.#reply);
  }

  /** @param {string} words */
  say(words) {
    this.root.append(h("p", null, words));
    while (this.root.childElementCount > KEEP) this.root.firstElementChild?.remove();
  }
}

/**
 * @param {import("../types.js").Line} line
 * @param {string | undefined} me
 * @returns {string} empty: nothing that is read out
 */
function heard(line, me) {
  if (line.kind === "notice" && line.notice === "announcement") return `Announcement: ${line.text}`;
  if ((line.kind !== "message" && line.kind !== "notice") || !line.from || line.from.id === me) return "";
  if (line.kind === "notice") return line.notice === "action" ? `${line.from.name} ${line.text}` : "";
  return line.deleted ? "" : `${line.from.name}: ${line.text}`;
}
