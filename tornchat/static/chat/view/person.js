/** How a person looks: avatar and name in their colour. */

import { initials, personShades } from "../color.js";
import { h, icon } from "./dom.js";

/** @typedef {import("../types.js").Person} Person */

/**
 * @param {HTMLElement} element
 * @param {Person} person
 */
function tint(element, person) {
  const { light, dark } = personShades(person.id);
  element.style.setProperty("--person-light", light);
  element.style.setProperty("--person-dark", dark);
}

/** @param {Person} person */
export function avatar(person) {
  const element = h("span", { class: "avatar", "aria-hidden": "true" }, initials(person.name));
  tint(element, person);
  return element;
}

/** @param {Person} person */
export function nameOf(person) {
  const element = h("bdi", { class: "name" }, person.name);
  tint(element, person);
  return element;
}

/**
 * What only those have whom the server vouches for: a name is text, whatever it contains.
 * @param {Person} person
 * @returns {HTMLElement[]}
 */
export function marksOf(person) {
  if (person.kind === "bot") return [h("span", { class: "tag" }, "bot")];
  if (!person.verified) return [];
  const mark = h("span", { class: "verified", role: "img", "aria-label": "verified", title: "Verified" }, icon("badge"));
  return person.badge ? [mark, h("bdi", { class: "tag" }, person.badge)] : [mark];
}
