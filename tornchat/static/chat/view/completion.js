/**
 * The list over the composer while a command is being typed: a combobox, as ARIA means it. The focus
 * stays in the field; arrows choose, Tab and Enter take, Escape closes.
 *
 * @typedef {import("../completing.js").Offer} Offer
 * @typedef {import("../types.js").Verb} Verb
 * @typedef {import("../types.js").Person} Person
 */

import { complete } from "../completing.js";
import { h, setProps } from "./dom.js";

const LIST = "completion";
const HINT = "completion-hint";
const EXPANDED = { role: "combobox", "aria-expanded": "true", "aria-haspopup": "listbox", "aria-autocomplete": "list", "aria-controls": LIST };
const CLOSED = Object.fromEntries([...Object.keys(EXPANDED), "aria-activedescendant"].map((name) => [name, null]));

export class Completion {
  #field;
  #taken;
  #list = h("ul", { id: LIST, role: "listbox", hidden: true });
  #usage = h("code", null);
  #about = h("span", null);
  #hint = h("p", { id: HINT, hidden: true }, this.#usage, this.#about);
  /** @type {Offer | null} */
  #offer = null;
  #active = -1;
  #refused = false;

  /**
   * @param {HTMLTextAreaElement} field
   * @param {() => void} taken  something was put into the field
   */
  constructor(field, taken) {
    this.#field = field;
    this.#taken = taken;
    this.root = h("div", { class: "completion", hidden: true }, this.#list, this.#hint);
    this.root.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#list.addEventListener("click", ({ target }) => {
      const option = /** @type {Element} */ (target).closest("li");
      if (option) this.#take([...this.#list.children].indexOf(option));
    });
    field.addEventListener("blur", () => this.close());
  }

  /**
   * Fits the list to what is in the field.
   * @param {Verb[]} verbs
   * @param {Person[]} people
   */
  update(verbs, people) {
    const { value, selectionStart } = this.#field;
    this.#offer = document.activeElement === this.#field ? complete(value, selectionStart, verbs, people) : null;
    if (!value.startsWith("/")) this.#refused = false;
    this.#active = this.#offer?.active ?? -1;
    this.#draw();
  }

  close() {
    this.#offer = null;
    this.#draw();
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the key was for the list
   */
  pressed({ key, shiftKey }) {
    if (this.root.hidden) return false;
    if (key === "Escape") {
      this.#refused = true;
      this.close();
      return true;
    }
    const count = this.#offer?.items.length ?? 0;
    if (count === 0) return false;
    if (key === "ArrowDown") return this.#move((this.#active + 1) % count);
    if (key === "ArrowUp") return this.#move((Math.max(this.#active, 0) - 1 + count) % count);
    if (shiftKey || (key !== "Tab" && (key !== "Enter" || this.#active < 0))) return false;
    this.#take(Math.max(this.#active, 0));
    return true;
  }

  /** @param {number} index */
  #move(index) {
    this.#active = index;
    this.#mark();
    return true;
  }

  /** @param {number} index */
  #take(index) {
    const { from = 0, items = [] } = this.#offer ?? {};
    this.#field.setRangeText(items[index].insert, from, this.#field.selectionStart, "end");
    this.#taken();
  }

  #draw() {
    const { items = [], verb = null } = (!this.#refused && this.#offer) || {};
    this.root.hidden = items.length === 0 && verb === null;
    this.#hint.hidden = verb === null;
    this.#usage.textContent = verb?.usage ?? "";
    this.#about.textContent = verb?.about ?? "";
    this.#list.setAttribute("aria-label", verb ? "People" : "Commands");
    this.#list.replaceChildren(
      ...items.map(({ label, about }, index) =>
        h("li", { id: `${LIST}-${index}`, role: "option" }, h("bdi", null, label), h("span", null, about)),
      ),
    );
    this.#list.hidden = items.length === 0;
    setProps(this.#field, items.length > 0 ? EXPANDED : CLOSED);
    this.#mark();
  }

  #mark() {
    const options = [...this.#list.children];
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === this.#active)));
    const active = options[this.#active];
    setProps(this.#field, { "aria-activedescendant": active?.id ?? null });
    active?.scrollIntoView({ block: "nearest" });
  }
}
