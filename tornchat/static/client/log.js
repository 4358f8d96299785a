/**
 * Follows the log of one room: hands on every entry exactly once and in order, and says where that is
 * not possible. Nothing is handed on before somebody listens: what comes until then is asked for again
 * when they do, so that nothing has to be kept.
 *
 * @typedef {import("../chat/types.js").Entry} WireEntry
 * @typedef {import("../chat/types.js").Joined} Joined
 *
 * @typedef {{reason: "expired" | "restored" | "lost", from: number, to: number, anew: boolean}} Hole
 *   the entries from … to are not to be had. `anew`: the log does not go on behind them; it begins
 *   with a new page
 *
 * @typedef {object} Hooks
 * @property {(entry: WireEntry) => boolean} onentry  false: nobody wants more of them
 * @property {(page: WireEntry[]) => void} onpage  the newest page, with which the log begins
 * @property {(hole: Hole) => void} onhole
 */

import { behind, continues, standing } from "../chat/state/cursor.js";

export class Log {
  #hooks;
  #listening = false;
  #missing = false;
  /** @type {number | null} where the log broke off that cannot be continued */
  #lostAt = null;
  /** @type {number | null} the last seq that was handed on, or that the first page stands for */
  cursor = null;
  /** @type {string | null} */
  epoch = null;

  /** @param {Hooks} hooks */
  constructor(hooks) {
    this.#hooks = hooks;
  }

  /**
   * Goes on behind an entry that was seen earlier, by another page or another run of a program.
   * @param {number} seq
   * @param {string} epoch
   */
  resume(seq, epoch) {
    this.cursor = seq;
    this.epoch = epoch;
  }

  /** From now on somebody listens. */
  listen() {
    this.#listening = true;
  }

  /** Whether something is to be asked for. */
  get missing() {
    return this.#listening && this.#missing;
  }

  /** What a join says of where we are. */
  get position() {
    const { cursor, epoch } = this;
    if (cursor === null) return {};
    return this.#listening ? { since: cursor, epoch } : { limit: 1 };
  }

  /** @param {WireEntry} entry  live */
  live(entry) {
    if (this.cursor === null) return;
    const place = standing(this.cursor, entry.seq);
    if (place === "old") return;
    if (place === "next" && this.#listening) this.#hand([entry]);
    else this.#missing = true;
  }

  /** @param {number} last  the last seq that we have been sent */
  beat(last) {
    if (this.cursor !== null && last > this.cursor) this.#missing = true;
  }

  /**
   * The answer to a join.
   * @param {Joined} event
   */
  take(event) {
    const { cursor, epoch } = this;
    if (cursor === null) return this.#begin(event);
    const same = event.epoch === epoch && cursor <= event.last;
    if (!this.#listening) this.#missing = !same || cursor < event.last;
    else if (!same) this.#restart(event, "restored", cursor);
    else if (continues(this, event)) this.#resume(event, cursor);
    else if (cursor < event.first - 1) this.#skip(event, cursor);
    else this.#missing = cursor < event.last;
  }

  /** What is missing cannot be had, although the server has it: the next join begins anew. */
  giveUp() {
    this.#lostAt = this.cursor;
    this.cursor = null;
  }

  /** @param {Joined} event */
  #begin(event) {
    if (this.#lostAt !== null) return this.#restart(event, "lost", this.#lostAt);
    this.#page(event);
  }

  /**
   * @param {Joined} event
   * @param {number} cursor
   */
  #resume(event, cursor) {
    const fresh = behind(cursor, event.entries);
    this.#missing = fresh === null || event.more || event.last > cursor + fresh.length;
    if (fresh) this.#hand(fresh);
  }

  /**
   * Entries are older than what is kept: the log goes on with the oldest there is.
   * @param {Joined} event
   * @param {number} cursor
   */
  #skip({ first, last }, cursor) {
    this.cursor = first - 1;
    this.#missing = this.cursor < last;
    this.#hooks.onhole({ reason: "expired", from: cursor + 1, to: first - 1, anew: false });
  }

  /**
   * @param {Joined} event
   * @param {"restored" | "lost"} reason
   * @param {number} cursor
   */
  #restart(event, reason, cursor) {
    this.#lostAt = null;
    this.#page(event);
    this.#hooks.onhole({ reason, from: cursor + 1, to: event.last, anew: true });
  }

  /** @param {Joined} event */
  #page(event) {
    this.epoch = event.epoch;
    this.cursor = event.last;
    this.#missing = false;
    this.#hooks.onpage(event.entries);
  }

  /** @param {WireEntry[]} entries  that follow the cursor */
  #hand(entries) {
    for (const entry of entries) {
      this.cursor = entry.seq;
      if (!this.#hooks.onentry(entry)) return;
    }
  }
}
