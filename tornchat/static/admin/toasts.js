/** Short words over the page, which go by themselves; what can still be called off counts down. */

import { h } from "../chat/view/dom.js";
import { icon } from "./icon.js";

const SHOWN_MS = 6_000;
const UNDO_SECONDS = 10;

export class Toasts {
  #root;

  /** @param {HTMLElement} root  a live region that is always there */
  constructor(root) {
    this.#root = root;
  }

  /**
   * @param {string} text
   * @param {{bad?: boolean, lasting?: boolean}} [manner]
   */
  say(text, { bad = false, lasting = false } = {}) {
    const toast = this.#open(text, bad);
    if (!lasting) this.#closeIn(toast, SHOWN_MS);
  }

  /**
   * Takes what a page says of what was just done out of it, with the form that calls it off.
   * @param {Element | null} flash
   * @param {() => void} ondone  the time to call it off is over
   */
  adopt(flash, ondone) {
    if (!flash) return;
    const text = flash.querySelector("p")?.textContent ?? "";
    const undo = flash.querySelector("form");
    flash.remove();
    if (!document.querySelector(".shell")) return void this.say(text);
    const toast = this.#open(text, false, undo);
    if (undo) this.#countDown(toast, undo, ondone);
    else this.#closeIn(toast, SHOWN_MS);
  }

  /**
   * @param {string} text
   * @param {boolean} bad
   * @param {HTMLFormElement | null} [undo]
   */
  #open(text, bad, undo = null) {
    const close = h("button", { class: "icon-button", type: "button", "aria-label": "Close", onclick: () => toast.remove() }, icon("close"));
    const toast = h("div", { class: bad ? "toast bad" : "toast" }, h("p", null, text), undo, close);
    this.#root.append(toast);
    return toast;
  }

  /**
   * Waits on while somebody points at it or is inside it.
   * @param {HTMLElement} toast
   * @param {number} ms
   */
  #closeIn(toast, ms) {
    setTimeout(() => {
      if (toast.matches(":hover, :focus-within")) this.#closeIn(toast, 1_000);
      else toast.remove();
    }, ms);
  }

  /**
   * @param {HTMLElement} toast
   * @param {HTMLFormElement} undo
   * @param {() => void} ondone
   */
  #countDown(toast, undo, ondone) {
    let left = UNDO_SECONDS;
    const count = h("span", { class: "countdown", "aria-hidden": "true" }, `${left} s`);
    undo.before(count);
    const timer = setInterval(() => {
      left -= 1;
      count.textContent = `${left} s`;
      if (left > 0 && toast.isConnected) return;
      clearInterval(timer);
      if (left <= 0) ondone();
      toast.remove();
    }, 1_000);
    undo.addEventListener("submit", () => clearInterval(timer));
  }
}
