/**
 * What the page's own code sends: kept until there is a chat to take it, and answered once.
 *
 * @typedef {object} Sending
 * @property {string} text
 * @property {boolean} gone  to the frame
 * @property {(sent: {seq: number}) => void} done
 * @property {(error: Error) => void} fail
 */

export class Sendings {
  #post;
  #count = 0;
  #flowing = false;
  /** Why nothing is taken any more. */
  #over = "";
  /** @type {Map<number, Sending>} */
  #all = new Map();

  /** @param {(id: number, text: string) => void} post */
  constructor(post) {
    this.#post = post;
  }

  /**
   * @param {string} text
   * @returns {Promise<{seq: number}>}
   */
  add(text) {
    return new Promise((done, fail) => {
      this.#count += 1;
      this.#all.set(this.#count, { text, gone: false, done, fail });
      if (this.#over) this.end(this.#over);
      else if (this.#flowing) this.flow();
    });
  }

  /** There is somebody to take them. */
  flow() {
    this.#flowing = true;
    for (const [id, sending] of this.#all) {
      if (!sending.gone) this.#post(id, sending.text);
      sending.gone = true;
    }
  }

  /** Who took them is no more; whether they arrived, nobody knows. @param {string} why */
  stop(why) {
    this.#flowing = false;
    for (const [id, { gone }] of this.#all) if (gone) this.answer({ id, code: "gone", message: why });
  }

  /** Nobody will take the others, nor any that comes later. @param {string} why */
  end(why) {
    this.#over = why;
    for (const id of this.#all.keys()) this.answer({ id, code: "gone", message: why });
  }

  /** @param {{id: number, seq?: number, code?: string, message?: string}} answer */
  answer({ id, seq, code, message }) {
    const sending = this.#all.get(id);
    this.#all.delete(id);
    if (seq !== undefined) sending?.done({ seq });
    else sending?.fail(Object.assign(new Error(message), { code }));
  }
}
