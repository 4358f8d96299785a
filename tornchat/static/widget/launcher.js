/** The round button that opens and closes a chat, with what is unread on it. */

import { element, set } from "./dom.js";

const MOST = 99;
const SVG = "http://www.w3.org/2000/svg";
const BUBBLE = "M9 5h14a5 5 0 0 1 5 5v7a5 5 0 0 1-5 5h-7l-7 6v-6a5 5 0 0 1-5-5v-7a5 5 0 0 1 5-5z";
const DOWN = "M8 12l8 8 8-8";

/** @param {() => void} click */
export function launcher(click) {
  const svg = document.createElementNS(SVG, "svg");
  const path = svg.appendChild(document.createElementNS(SVG, "path"));
  set(svg, { viewBox: "0 0 32 32", "aria-hidden": true });
  const badge = element("span", { class: "badge" });
  const button = element("button", { part: "launcher", type: "button", "aria-controls": "panel" }, svg, badge);
  button.onclick = click;
  /**
   * @param {boolean} open
   * @param {number} unread
   * @param {string} title  what it is called; empty: what a click does
   * @param {boolean} refused
   */
  const draw = (open, unread, title, refused) => {
    const news = unread ? `, ${unread} unread message${unread > 1 ? "s" : ""}` : "";
    set(button, {
      "aria-label": (title || (open ? "Close chat" : "Open chat")) + (refused ? ", not available" : news),
      "aria-expanded": open,
    });
    button.title = title;
    badge.textContent = refused ? "!" : unread > MOST ? `${MOST}+` : String(unread);
    badge.hidden = !refused && !unread;
    set(path, { d: open ? DOWN : BUBBLE });
  };
  return { button, draw };
}
