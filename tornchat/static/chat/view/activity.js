/** People who came, went or changed their name: one line in words, which unfolds. */

import { formatNumber } from "../locale.js";
import { formatTime } from "../time.js";
import { h, icon } from "./dom.js";

/**
 * @typedef {import("../types.js").Happening} Happening
 * @typedef {import("../types.js").ActivityLine} ActivityLine
 */

const NAMED_PEOPLE = 2;

/**
 * What is left of many happenings: where each person stands in the end.
 * @param {Happening[]} items
 * @returns {{joined: string[], left: string[], named: [string, string][]}}
 */
export function summarise(items) {
  /** @type {Map<string, {first: Happening, last: Happening, was: string}>} */
  const people = new Map();
  for (const item of items) {
    const known = people.get(item.person.id);
    const first = known?.first ?? item;
    const was = known?.was || (item.what === "named" ? item.was : "");
    const last = item.what === "named" && known && known.last.what !== "named" ? { ...known.last, person: item.person } : item;
    people.set(item.person.id, { first, last, was });
  }
  /** @type {{joined: string[], left: string[], named: [string, string][]}} */
  const summary = { joined: [], left: [], named: [] };
  for (const { last, was } of people.values()) {
    if (last.what === "named") summary.named.push([was, last.person.name]);
    else summary[last.what].push(last.person.name);
  }
  return summary;
}

/**
 * "Ann, Ben and 3 others"
 * @param {string[]} names
 * @returns {(Element | string)[]}
 */
function listed(names) {
  const shown = names.length <= NAMED_PEOPLE + 1 ? names : names.slice(0, NAMED_PEOPLE);
  const rest = names.length - shown.length;
  const parts = shown.map((name) => /** @type {Element} */ (h("bdi", null, name)));
  /** @type {(Element | string)[]} */
  const words = [];
  parts.forEach((part, index) => {
    if (index > 0) words.push(index === parts.length - 1 && rest === 0 ? " and " : ", ");
    words.push(part);
  });
  if (rest > 0) words.push(` and ${formatNumber(rest)} others`);
  return words;
}

/**
 * @param {Happening[]} items
 * @returns {(Element | string)[]}
 */
function sentence(items) {
  const { joined, left, named } = summarise(items);
  const clauses = [];
  if (joined.length > 0) clauses.push([...listed(joined), " joined"]);
  if (left.length > 0) clauses.push([...listed(left), " left"]);
  for (const [was, name] of named) clauses.push([h("bdi", null, was), " is now ", h("bdi", null, name)]);
  return clauses.flatMap((clause, index) => (index > 0 ? [" · ", ...clause] : clause));
}

/**
 * @param {ActivityLine} line
 * @param {boolean} open  whether it was unfolded before it was drawn again
 */
export function activity(line, open) {
  if (line.items.length === 1) return h("div", { class: "quiet" }, ...sentence(line.items));
  const summary = h("summary", null, h("span", null, ...sentence(line.items)), icon("fold"));
  const items = line.items.map((item) =>
    h("li", null, h("time", null, formatTime(item.time)), " ", ...sentence([item])),
  );
  return h("details", { class: "quiet", open }, summary, h("ul", null, ...items));
}
