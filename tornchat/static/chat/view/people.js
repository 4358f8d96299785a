/** Who is here: a panel beside the room on a wide screen, a sheet over it on a narrow one. */

import { formatNumber } from "../locale.js";
import { counted, h, icon } from "./dom.js";
import { avatar, marksOf, nameOf } from "./person.js";

/**
 * @typedef {import("../types.js").Person} Person
 * @typedef {import("../types.js").Status} Status
 * @typedef {import("../state.js").State} State
 */

export class People {
  #list = h("ul", { class: "members" });
  #heading = h("h2", { id: "people-title" }, "People");
  #much = h("p", { class: "hint" });
  #close = h("button", { class: "icon-button close", type: "button", "aria-label": "Close" }, icon("close"));
  #footer;
  /** @type {Person[] | null | undefined} */
  #drawn;
  #count = -1;
  #me = "";

  /**
   * @param {Element} footer  what stands below the list
   * @param {() => void} onclose
   */
  constructor(footer, onclose) {
    this.#footer = h("footer", null, footer);
    const header = h("header", null, this.#heading, this.#close);
    this.root = h("aside", { class: "people", "aria-labelledby": "people-title" }, header, this.#list, this.#much, this.#footer);
    this.#close.addEventListener("click", onclose);
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.root.classList.contains("open")) return;
      event.preventDefault();
      onclose();
    });
  }

  /** @param {boolean} on  matters on narrow screens only */
  open(on) {
    this.root.classList.toggle("open", on);
    if (on) this.#close.focus();
  }

  /** @param {State} state */
  render({ members, count, me, phase }) {
    const meKey = me ? `${me.id}:${me.name}` : "";
    if (members === this.#drawn && count === this.#count && meKey === this.#me) return;
    this.#drawn = members;
    this.#count = count;
    this.#me = meKey;
    this.#heading.textContent = phase === "new" ? "People" : `People · ${formatNumber(count)}`;
    this.#much.textContent = members || phase === "new" ? "" : `${counted(count, "person", "people")} here: too many to list.`;
    this.#list.replaceChildren(...sorted(members ?? (me ? [me] : []), me).map((person) => this.#member(person, me)));
  }

  /**
   * @param {Person} person
   * @param {Person | null} me
   */
  #member(person, me) {
    const you = person.id === me?.id ? h("span", { class: "tag" }, "you") : null;
    return h("li", null, avatar(person), nameOf(person), ...marksOf(person), you);
  }
}

/**
 * Oneself first, then by name.
 * @param {Person[]} members
 * @param {Person | null} me
 */
function sorted(members, me) {
  const rank = (/** @type {Person} */ person) => (person.id === me?.id ? 0 : 1);
  return members.slice().sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}
