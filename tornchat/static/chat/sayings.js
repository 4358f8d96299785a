/**
 * What was said for the page around a frame, each until it is in the log, or will never be.
 *
 * @typedef {import("./room.js").Outcome} Outcome
 */

export class Sayings {
  /** By the id of the message. @type {Map<string, (outcome: Outcome) => void>} */
  #waiting = new Map();

  /**
   * @param {Pick<import("./room.js").Room, "say">} room
   * @param {string} text
   * @returns {Promise<Outcome>}
   */
  say(room, text) {
    return new Promise((settle) => void this.#waiting.set(room.say(text), settle));
  }

  /**
   * @param {string} id
   * @param {Outcome} outcome
   */
  settle(id, outcome) {
    this.#waiting.get(id)?.(outcome);
    this.#waiting.delete(id);
  }

  /** @param {Outcome} outcome  of all that wait still */
  end(outcome) {
    for (const id of [...this.#waiting.keys()]) this.settle(id, outcome);
  }
}
