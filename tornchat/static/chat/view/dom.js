/** Makes elements. Text becomes text nodes, attributes are set by name; nothing here parses HTML. */

import { formatNumber } from "../locale.js";

/**
 * @typedef {Record<string, string | number | boolean | null | undefined | EventListener>} Props
 *   `onclick` and its like take listeners; true sets an empty attribute, false and null set none
 * @typedef {Element | string | null | undefined | false} Child
 */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props | null} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  setProps(element, props ?? {});
  for (const child of children) if (child) element.append(child);
  return element;
}

/**
 * @param {Element} element
 * @param {Props} props
 */
export function setProps(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === false || value === null || value === undefined) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

const ICONS = {
  back: "M15 5l-7 7 7 7",
  people: "M16 19v-1a4 4 0 0 0-4-4H7a4 4 0 0 0-4 4v1M9.5 10.500a3.250 3.250 0 1 0 0-6.500 3.250 3.250 0 0 0 0 6.500M21 19v-1a4 4 0 0 0-3-3.870M15.500 4.130a3.250 3.250 0 0 1 0 6.240",
  send: "M5 12h13M12 5l7 7-7 7",
  down: "M12 5v14M6 13l6 6 6-6",
  more: "M5.500 12h.01M12 12h.01M18.500 12h.01",
  close: "M6 6l12 12M18 6L6 18",
  edit: "M4 20h4L19 9a2.100 2.100 0 0 0-4-4L4 16v4z",
  clock: "M12 7v5l3 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18",
  alert: "M12 8v5M12 16.500h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18",
  lock: "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
  fold: "M9 6l6 6-6 6",
  muted: "M4 5h16v11h-7l-5 4v-4H4zM3 3l18 18",
  eye: "M2.500 12a10.500 10.500 0 0 1 19 0 10.500 10.500 0 0 1-19 0M12 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5",
  horn: "M4 10v4h3l9 4.500v-13L7 10zM20 10v4",
  badge: "M8.500 12l2.500 2.500 4.500-5M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18",
};

const SVG = "http://www.w3.org/2000/svg";

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  svg.append(path);
  return svg;
}

/**
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A speech bubble, the sign of the house. */
export function bubble() {
  return h("div", { class: "bubble", "aria-hidden": "true" }, h("i", null), h("i", null), h("i", null));
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function counted(count, one, many = `${one}s`) {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}
