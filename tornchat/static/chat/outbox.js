/**
 * What this page wants written into a room, in order: one write in flight, the others wait.
 * It knows nothing of drawing; a write keeps its `client_id` until the server answered, so sending it
 * again after a cut is always safe.
 *
 * @typedef {import("./types.js").ErrorEvent} ErrorEvent
 * @typedef {import("./types.js").Clock} Clock
 *
 * @typedef {object} Write
 * @property {"send" | "delete"} type
 * @property {string} client_id
 * @property {string} [text]
 * @property {number} [target]
 * @property {string} [failed]  why the server refused it, in words; it waits for `retry` or `discard`
 *
 * @typedef {object} Hooks
 * @property {(write: Write) => boolean} send  false: not connected
 * @property {(writes: Write[]) => void} keep  stores what must survive a reload
 * @property {(write: Write) => void} onsending
 * @property {(write: Write) => void} onwaiting
 * @property {(write: Write) => void} onfailed
 */

const RETRY_MS = 2_000;

export class Outbox {
  #hooks;
  #clock;
  /** @type {Write[]} */
  #writes = [];
  /** @type {Write | null} */
  #flying = null;
  #open = false;
  /** @type {unknown} */
  #pause = null;

  /**
   * @param {Hooks} hooks
   * @param {Clock} clock
   */
  constructor(hooks, clock) {
    this.#hooks = hooks;
    this.#clock = clock;
  }

  /** @param {Write} write */
  add(write) {
    this.#writes.push(write);
    this.#keep();
    this.#next();
  }

  /** The room is joined: writes may go. */
  open() {
    this.#open = true;
    this.#next();
  }

  /** The connection is gone: what was in flight waits again, for nobody knows whether it arrived. */
  shut() {
    this.#open = false;
    this.#resume();
    if (this.#flying) this.#hooks.onwaiting(this.#flying);
    this.#flying = null;
  }

  /** @param {string} clientId */
  acked(clientId) {
    this.#writes = this.#writes.filter((write) => write.client_id !== clientId);
    if (this.#flying?.client_id === clientId) this.#flying = null;
    this.#keep();
    this.#next();
  }

  /**
   * @param {ErrorEvent} error
   * @returns {boolean} whether it was about a write of ours
   */
  refused(error) {
    const write = this.#flying;
    if (!write || write.client_id !== error.client_id) return false;
    this.#flying = null;
    if (error.retryable) {
      this.#hooks.onwaiting(write);
      const waitMs = error.retry_after === undefined ? RETRY_MS : error.retry_after * 1000;
      this.#pause = this.#clock.after(() => this.#resume(), waitMs);
    } else {
      write.failed = error.message;
      this.#hooks.onfailed(write);
    }
    this.#keep();
    this.#next();
    return true;
  }

  /** @param {string} clientId */
  retry(clientId) {
    const write = this.#writes.find((item) => item.client_id === clientId);
    if (!write) return;
    delete write.failed;
    this.#hooks.onwaiting(write);
    this.#keep();
    this.#next();
  }

  /**
   * Forgets a write. One in flight may still arrive.
   * @param {string} clientId
   */
  discard(clientId) {
    this.acked(clientId);
  }

  #resume() {
    this.#clock.cancel(this.#pause);
    this.#pause = null;
    this.#next();
  }

  #next() {
    if (!this.#open || this.#flying || this.#pause !== null) return;
    const write = this.#writes.find((item) => item.failed === undefined);
    if (!write) return;
    this.#flying = write;
    if (this.#hooks.send(write)) this.#hooks.onsending(write);
    else this.#flying = null;
  }

  #keep() {
    this.#hooks.keep(this.#writes.filter((write) => write.type === "send"));
  }
}

/**
 * Reads what `keep` stored.
 * @param {string | null} kept
 * @returns {Write[]}
 */
export function readKept(kept) {
  try {
    const writes = JSON.parse(kept ?? "[]");
    return Array.isArray(writes) ? writes.filter(isSend) : [];
  } catch {
    return [];
  }
}

/** @param {any} write */
function isSend(write) {
  return write?.type === "send" && typeof write.client_id === "string" && typeof write.text === "string";
}
