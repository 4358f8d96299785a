/** The newest events of the widget, as a page hears them. */

const NAMES = ["ready", "open", "close", "state", "message", "unread", "presence", "error", "destroy"];
const MOST = 12;

export class Heard {
  #list;

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list;
  }

  start() {
    for (const name of NAMES) {
      addEventListener(`tornchat:${name}`, (event) => this.#add(event.type, /** @type {CustomEvent} */ (event).detail));
    }
  }

  /** @param {string} type @param {Record<string, unknown>} detail */
  #add(type, detail) {
    const { handle: _, ...said } = detail;
    const item = document.createElement("li");
    const name = document.createElement("b");
    name.textContent = type;
    item.append(name, ` ${JSON.stringify(said)}`);
    this.#list.prepend(item);
    while (this.#list.children.length > MOST) this.#list.lastElementChild?.remove();
  }
}
