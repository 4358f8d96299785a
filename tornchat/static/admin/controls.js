/** Form controls that do more: they copy, filter at once, ask for a name to be typed, count what is chosen. */

import { copyFrom } from "../copy.js";

const TYPING_MS = 300;

export class Controls {
  #navigator;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typing;

  /** @param {import("./navigator.js").Navigator} navigator */
  constructor(navigator) {
    this.#navigator = navigator;
  }

  start() {
    document.addEventListener("input", ({ target }) => this.#input(target));
    document.addEventListener("change", ({ target }) => this.#changed(target));
    document.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** After a page was put into place. */
  settle() {
    for (const field of document.querySelectorAll("[data-typed]")) match(/** @type {HTMLInputElement} */ (field));
    for (const form of document.querySelectorAll("[data-selection]")) count(/** @type {HTMLFormElement} */ (form));
    takeCode();
  }

  /** @param {EventTarget | null} target */
  #input(target) {
    if (!(target instanceof HTMLInputElement)) return;
    if (target.dataset.typed !== undefined) match(target);
    const form = target.closest("form");
    if (target.type !== "search" || !form?.matches(".filters")) return;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.#navigator.submit(form, null, { replace: true }), TYPING_MS);
  }

  /** @param {EventTarget | null} target */
  #changed(target) {
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
    const { form } = target;
    if (form?.matches("[data-selection]")) count(form);
    const chosen = target instanceof HTMLSelectElement || target.type === "checkbox";
    if (chosen && (form?.matches(".filters") || target.dataset.submit !== undefined)) form?.requestSubmit();
  }

  /** @param {MouseEvent} event */
  #clicked({ target }) {
    const button = target instanceof Element ? target.closest("[data-copy]") : null;
    if (button instanceof HTMLElement) void copyFrom(button);
  }

  /**
   * A slash goes to the search of the page.
   * @param {KeyboardEvent} event
   */
  #pressed(event) {
    const field = document.querySelector("#main input[type='search']");
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select");
    if (event.key !== "/" || typing || !(field instanceof HTMLInputElement) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    field.select();
  }
}

/** @param {HTMLInputElement} field */
function match(field) {
  const same = field.value.trim() === field.dataset.typed;
  const button = field.form?.querySelector("button:not([type='button'])");
  if (button instanceof HTMLButtonElement) button.disabled = !same;
}

/** @param {HTMLFormElement} form */
function count(form) {
  const chosen = form.querySelectorAll("input[type='checkbox']:checked").length;
  const words = form.querySelector("[data-count]");
  if (!(words instanceof HTMLElement)) return;
  words.dataset.hint ??= words.textContent ?? "";
  words.textContent = chosen === 0 ? words.dataset.hint : `${chosen} chosen`;
  const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll(".selection button:not([type='button'])"));
  for (const button of buttons) button.disabled = chosen === 0;
}

/** The one-time code of a set-up link lies behind the `#`, where no log sees it. */
function takeCode() {
  const field = document.querySelector("[data-setup-code]");
  const code = location.hash.slice(1);
  if (!(field instanceof HTMLInputElement) || code === "") return;
  history.replaceState(history.state, "", location.pathname + location.search);
  field.value = code;
  const around = field.closest(".field");
  if (around instanceof HTMLElement) around.hidden = true;
}
