/**
 * The page `/docs/embed`: each change asks the server for the page anew, takes the tag out of it and
 * shows what that does. How a tag is written is known there alone.
 */

import { copyFrom } from "../copy.js";
import { Heard } from "./heard.js";
import { Preview } from "./preview.js";

const TYPING_MS = 350;
const WIDE = "(min-width: 1000px)";

class Options {
  #form;
  #preview;
  #abort = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLFormElement} form @param {Preview} preview */
  constructor(form, preview) {
    this.#form = form;
    this.#preview = preview;
  }

  start() {
    this.#form.addEventListener("input", ({ target }) => this.#changed(/** @type {HTMLElement} */ (target)));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#changed(this.#form);
    });
    this.#show();
  }

  /** @param {HTMLElement} target */
  #changed(target) {
    const typing = target instanceof HTMLInputElement && !["radio", "checkbox"].includes(target.type);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), typing ? TYPING_MS : 0);
  }

  async #ask() {
    this.#abort.abort();
    this.#abort = new AbortController();
    const fields = [...new FormData(this.#form)].map(([name, value]) => [name, String(value)]);
    try {
      const response = await fetch(`?${new URLSearchParams(fields)}`, { signal: this.#abort.signal });
      if (response.ok) this.#take(new DOMParser().parseFromString(await response.text(), "text/html"));
    } catch {
      // The tag stays what it was: the next change asks again.
    }
  }

  /** @param {Document} page */
  #take(page) {
    for (const newer of page.querySelectorAll("#result, .wrong")) {
      document.getElementById(newer.id)?.replaceWith(document.adoptNode(newer));
    }
    for (const field of this.#form.querySelectorAll("[aria-describedby]")) {
      const wrong = document.getElementById(`${field.id}-error`)?.textContent;
      field.toggleAttribute("aria-invalid", false);
      if (wrong) field.setAttribute("aria-invalid", "true");
    }
    this.#show();
  }

  #show() {
    const result = document.getElementById("result");
    history.replaceState(null, "", `?${result?.dataset.query ?? ""}`);
    for (const button of document.querySelectorAll("[data-copy]")) /** @type {HTMLElement} */ (button).hidden = false;
    this.#preview.show(text("tag"), text("rule"));
  }
}

/** @param {string} id */
function text(id) {
  return document.getElementById(id)?.textContent ?? "";
}

/** @param {string} selector */
function found(selector) {
  return /** @type {HTMLElement} */ (document.querySelector(selector));
}

document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("[data-copy]") : null;
  if (button instanceof HTMLElement) void copyFrom(button);
});
found(".submit").hidden = true;
for (const group of document.querySelectorAll("details.group")) {
  /** @type {HTMLDetailsElement} */ (group).open ||= matchMedia(WIDE).matches;
}
new Heard(found("#heard")).start();
new Options(/** @type {HTMLFormElement} */ (found("#options")), new Preview(found("#preview"))).start();
