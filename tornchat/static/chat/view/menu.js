/** The menu of one message. */

import { h } from "./dom.js";

/** @typedef {{words: string, danger?: boolean, run: () => void}} Item */

/** @type {(() => void) | null} closes the menu that is open */
let closeOpen = null;

/**
 * Opens a menu at a button; Escape, a click elsewhere or a choice closes it.
 * @param {HTMLElement} button
 * @param {Item[]} items
 */
export function openMenu(button, items) {
  closeOpen?.();
  const entries = items.map(({ words, danger, run }) =>
    h("button", { role: "menuitem", type: "button", tabindex: -1, class: danger ? "danger" : null, onclick: () => choose(run) }, words),
  );
  const menu = h("div", { class: "menu", role: "menu", "aria-label": "Message" }, ...entries);
  const host = /** @type {HTMLElement} */ (button.closest(".message") ?? button.parentElement);
  const outside = (/** @type {Event} */ event) => {
    if (!menu.contains(/** @type {Node} */ (event.target))) close();
  };
  const close = () => {
    menu.remove();
    host.classList.remove("menu-open");
    document.removeEventListener("pointerdown", outside, true);
    closeOpen = null;
  };
  const choose = (/** @type {() => void} */ run) => {
    close();
    host.focus({ preventScroll: true });
    run();
  };
  closeOpen = close;
  menu.addEventListener("keydown", (event) => {
    const at = entries.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) entries[(at + step + entries.length) % entries.length].focus();
    else if (event.key === "Escape" || event.key === "Tab") {
      close();
      host.focus({ preventScroll: true });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  document.addEventListener("pointerdown", outside, true);
  host.classList.add("menu-open");
  host.append(menu);
  const room = /** @type {HTMLElement} */ (button.closest(".scroller") ?? document.body);
  const under = room.getBoundingClientRect().bottom - button.getBoundingClientRect().bottom;
  menu.classList.toggle("upwards", under < menu.offsetHeight + 12);
  entries[0].focus();
}
