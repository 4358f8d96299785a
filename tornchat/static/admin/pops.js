/** `details.pop`: one is open at a time; Escape and a press elsewhere close it; it stays in sight. */

export class Pops {
  start() {
    document.addEventListener("toggle", (event) => this.#toggled(event), true);
    document.addEventListener("pointerdown", ({ target }) => this.#closeBut(/** @type {Node} */ (target)));
    document.addEventListener("focusin", ({ target }) => this.#closeBut(/** @type {Node} */ (target)));
    document.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** @returns {HTMLDetailsElement[]} */
  get #open() {
    return [...document.querySelectorAll(/** @type {"details"} */ ("details.pop[open]"))];
  }

  /** @param {Event} event */
  #toggled({ target }) {
    if (!(target instanceof HTMLDetailsElement) || !target.matches(".pop[open]")) return;
    const panel = target.querySelector(".pop-panel");
    target.classList.remove("up");
    const box = panel?.getBoundingClientRect();
    if (box && box.bottom > innerHeight && box.height < target.getBoundingClientRect().top) target.classList.add("up");
  }

  /** @param {Node} inside */
  #closeBut(inside) {
    for (const pop of this.#open) if (!pop.contains(inside)) pop.open = false;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const pop = this.#open.at(-1);
    if (event.key !== "Escape" || !pop) return;
    pop.open = false;
    pop.querySelector("summary")?.focus();
  }
}
