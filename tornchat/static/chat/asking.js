/**
 * Slash commands on their way: one at a time, and each gets one answer, which only this page hears.
 *
 * @typedef {import("./types.js").Reply} Reply
 * @typedef {import("./types.js").ErrorEvent} ErrorEvent
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Action} Action
 */

const LOST = "The connection was lost before an answer came. Please try again.";
const OFFLINE = "You are not connected. Please try again in a moment.";

export class Asking {
  #wire;
  #look;
  #act;
  #learning = false;

  /**
   * @param {import("./room.js").Wire} wire
   * @param {() => State} look
   * @param {(action: Action) => void} act
   */
  constructor(wire, look, act) {
    this.#wire = wire;
    this.#look = look;
    this.#act = act;
  }

  /** @param {string} text  as typed, with its slash */
  ask(text) {
    const { asked, room } = this.#look();
    if (asked && asked.problem === "") return;
    this.#act({ type: "local/asked", text });
    const sent = this.#wire.request(
      { type: "command", room, text },
      {
        ok: (reply) => this.#act({ type: "local/answered", reply }),
        fail: (error) => this.#act({ type: "local/unanswered", problem: error?.message ?? LOST }),
      },
    );
    if (!sent) this.#act({ type: "local/unanswered", problem: OFFLINE });
  }

  /** Finds out, once and unnoticed, which commands we may use. */
  learn() {
    const { verbs, phase, room } = this.#look();
    if (verbs || this.#learning || phase !== "joined") return;
    this.#learning = this.#wire.request(
      { type: "command", room, text: "/help" },
      {
        ok: (/** @type {Reply} */ { commands }) => {
          this.#learning = false;
          this.#act({ type: "local/learnt", verbs: commands ?? [] });
        },
        fail: () => void (this.#learning = false),
      },
    );
  }
}
