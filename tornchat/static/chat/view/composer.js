/** Where one writes: a field that grows, Enter sends, Shift+Enter breaks the line. */

import { h, icon } from "./dom.js";

export const MAX_TEXT = 4_000;
/** From here on the letters that are left are counted. */
const COUNT_FROM = MAX_TEXT - 200;
/** The key code of a key that an input method is still using (Safari says so only here). */
const IN_COMPOSITION = 229;

/**
 * @typedef {object} Actions
 * @property {(text: string) => void} say
 * @property {(on: boolean) => void} typing
 * @property {(text: string) => void} draft  keeps what is not sent
 */

export class Composer {
  #actions;
  #field = h("textarea", {
    id: "composer",
    rows: 1,
    dir: "auto",
    placeholder: "Write a message",
    "aria-label": "Message",
    "aria-describedby": "composer-hint",
    enterkeyhint: "send",
    autocapitalize: "sentences",
  });
  #send = h("button", { class: "send", type: "submit", "aria-label": "Send" }, icon("send"));
  #count = h("span", { class: "count", role: "status" });
  #hint = h("span", { id: "composer-hint", class: "sr" }, "Enter sends, Shift and Enter begin a new line.");

  /**
   * @param {Actions} actions
   * @param {string} draft
   */
  constructor(actions, draft) {
    this.#actions = actions;
    this.#field.value = draft;
    this.root = h("form", { class: "composer" }, this.#field, this.#count, this.#send, this.#hint);
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener("keydown", (event) => this.#pressed(event));
    this.#field.addEventListener("input", () => this.#changed());
    this.#field.addEventListener("blur", () => this.#actions.typing(false));
  }

  connect() {
    this.#fit();
  }

  /** @param {boolean} on */
  show(on) {
    if (this.root.hidden === !on) return;
    this.root.hidden = !on;
    this.#fit();
  }

  /** @param {string} room  its title */
  address(room) {
    this.#field.placeholder = `Message ${room}`;
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const composing = event.isComposing || event.keyCode === IN_COMPOSITION;
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    this.#submit();
  }

  #changed() {
    this.#fit();
    this.#actions.draft(this.#field.value);
    this.#actions.typing(this.#field.value.trim() !== "");
  }

  #submit() {
    const text = this.#field.value.trim();
    if (text === "" || length(text) > MAX_TEXT) return;
    this.#actions.say(text);
    this.#field.value = "";
    this.#actions.draft("");
    this.#fit();
    this.#field.focus({ preventScroll: true });
  }

  #fit() {
    const used = length(this.#field.value);
    this.#count.textContent = used > COUNT_FROM ? String(MAX_TEXT - used) : "";
    this.root.classList.toggle("over", used > MAX_TEXT);
    this.#send.disabled = this.#field.value.trim() === "" || used > MAX_TEXT;
    this.#field.style.setProperty("height", "auto");
    const borders = this.#field.offsetHeight - this.#field.clientHeight;
    this.#field.style.setProperty("height", `${this.#field.scrollHeight + borders}px`);
  }
}

/**
 * The length as the server counts it: code points after NFC.
 * @param {string} text
 */
function length(text) {
  return [...text.normalize("NFC")].length;
}
