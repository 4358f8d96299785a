/**
 * Who waits for the answer to which command: a `ref` goes out with it, and comes back.
 *
 * @typedef {import("../types.js").ErrorEvent} ErrorEvent
 * @typedef {import("../types.js").ServerEvent} ServerEvent
 *
 * @typedef {{ok: (event: any) => void, fail: (error: ErrorEvent | null) => void}} Answer
 *   `fail(null)`: the connection ended before the answer
 */

export class Answers {
  #id;
  #refs = 0;
  /** @type {Map<string, Answer>} */
  #waiting = new Map();

  /** @param {string} id  unique to this page: the head of every `ref` */
  constructor(id) {
    this.#id = id;
  }

  newRef() {
    return `${this.#id}.${(this.#refs += 1)}`;
  }

  /**
   * @param {string} ref
   * @param {Answer} answer
   */
  expect(ref, answer) {
    this.#waiting.set(ref, answer);
  }

  /**
   * Hands an event to whoever asked for it.
   * @param {ServerEvent} event
   * @returns {boolean} false: nobody here did
   */
  settle(event) {
    const ref = "ref" in event ? event.ref : undefined;
    const answer = ref === undefined ? undefined : this.#waiting.get(ref);
    if (ref === undefined || !answer) return false;
    this.#waiting.delete(ref);
    if (event.type === "error") answer.fail(event);
    else answer.ok(event);
    return true;
  }

  /** The connection is gone: nothing more comes. */
  abandon() {
    const answers = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const answer of answers) answer.fail(null);
  }
}
