/** Below the list: who types, which rules hold, and the composer or why there is none. */

import { Composer } from "./composer.js";
import { h, icon, setText } from "./dom.js";
import { barred, mode } from "./modes.js";
import { typingWords } from "./typing.js";

/**
 * @typedef {import("../state.js").State} State
 * @typedef {import("../types.js").Clock} Clock
 */

const TICK_MS = 500;

export class Foot {
  #clock;
  #readonly;
  #framed;
  #say;
  #typing = h("p", { class: "typing", "aria-live": "off" });
  #mode = h("p", { class: "mode" });
  #barred = h("div", { class: "barred", role: "note", tabindex: -1, hidden: true });
  #composer;
  /** @type {unknown} */
  #timer = null;
  /** @type {string | null} what stands there, so that a change is said; null: nothing yet */
  #words = null;
  #until = 0;

  /**
   * @param {import("./composer.js").Actions} actions
   * @param {{draft: string, clock: Clock, readonly: boolean, home: string | null}} options
   * @param {(words: string) => void} say  to screen readers
   */
  constructor(actions, { draft, clock, readonly, home }, say) {
    this.#clock = clock;
    this.#readonly = readonly;
    this.#framed = home === null;
    this.#say = say;
    this.#composer = new Composer({ ...actions, early: (seconds) => say(`Slow mode: you can write again in ${seconds} s.`) }, draft);
    const above = h("div", { class: "above" }, this.#typing, this.#mode);
    const writing = readonly ? [] : [this.#composer.problem, this.#composer.root, this.#barred];
    this.root = h("div", { class: "foot" }, above, ...writing);
  }

  connect() {
    this.#composer.connect();
  }

  disconnect() {
    this.#clock.cancel(this.#timer);
  }

  focus() {
    this.#composer.focus();
  }

  /** @param {string} text  to be written differently */
  edit(text) {
    this.#composer.edit(text);
  }

  /** @param {State} state */
  render(state) {
    setText(this.#typing, typingWords(state.typing.map(({ person }) => person.name)));
    // In a frame the title stands right above, and may be no name.
    if (!this.#framed) this.#composer.address(state.title);
    this.#composer.render(state);
    this.#until = state.slowUntil;
    this.#tick();
    if (state.phase === "joined" && !this.#readonly) this.#renderRules(state);
  }

  /** @param {State} state */
  #renderRules(state) {
    const bar = barred(state, this.#clock.now());
    const rule = mode(state);
    const turned = this.#barred.hidden !== (bar === null);
    const moves = turned && this.root.contains(document.activeElement);
    this.#composer.show(bar === null);
    this.#barred.hidden = bar === null;
    const words = `${bar?.words ?? ""}${rule?.words ?? ""}`;
    if (words === this.#words) return;
    const first = this.#words === null;
    this.#words = words;
    this.#barred.replaceChildren(...drawn(bar));
    this.#barred.setAttribute("aria-label", bar?.words ?? "");
    this.#mode.replaceChildren(...drawn(rule));
    if (first) return;
    // What gets the focus is read out for that.
    if (moves) (bar ? this.#barred : this.#composer).focus();
    else this.#say(words || "You can write here again.");
  }

  /** The wait of slow mode runs down by itself. */
  #tick() {
    this.#clock.cancel(this.#timer);
    const waitMs = this.#until - this.#clock.now();
    this.#composer.hold(Math.max(0, Math.ceil(waitMs / 1000)));
    if (waitMs > 0) this.#timer = this.#clock.after(() => this.#tick(), Math.min(waitMs, TICK_MS));
  }
}

/** @param {{icon: "muted" | "lock" | "eye" | "clock", words: string} | null} rule */
function drawn(rule) {
  return rule ? [icon(rule.icon), h("span", null, rule.words)] : [];
}
