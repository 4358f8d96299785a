/**
 * What is asked of the server and changes nothing there: it waits for the connection, and is asked
 * again where that broke before the answer.
 *
 * @typedef {import("../chat/types.js").Command} Command
 * @typedef {{command: Command, asked: boolean, resolve: (answer: any) => void,
 *   reject: (error: ChatError) => void}} Question
 */

import { ChatError } from "./error.js";

export class Questions {
  #request;
  #open = false;
  /** @type {Set<Question>} */
  #waiting = new Set();

  /** @param {(command: Command, answer: import("../chat/connection/answers.js").Answer) => boolean} request */
  constructor(request) {
    this.#request = request;
  }

  /**
   * @param {Command} command
   * @returns {Promise<any>}
   */
  ask(command) {
    return new Promise((resolve, reject) => {
      const question = { command, asked: false, resolve, reject };
      this.#waiting.add(question);
      if (this.#open) this.#put(question);
    });
  }

  open() {
    this.#open = true;
    for (const question of [...this.#waiting]) this.#put(question);
  }

  shut() {
    this.#open = false;
  }

  /** @param {ChatError} error */
  end(error) {
    this.shut();
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting.clear();
  }

  /** @param {Question} question */
  #put(question) {
    if (question.asked) return;
    question.asked = this.#request(question.command, {
      ok: (answer) => this.#settle(question, () => question.resolve(answer)),
      fail: (error) => {
        question.asked = false;
        if (error) this.#settle(question, () => question.reject(new ChatError(error)));
      },
    });
  }

  /**
   * @param {Question} question
   * @param {() => void} answer
   */
  #settle(question, answer) {
    if (this.#waiting.delete(question)) answer();
  }
}
