/** A page that was fetched, put in the place of the one that is shown. It knows nothing of where it came from. */

/** What leads somewhere outside of `<main>`, and so must follow the address. */
const FRAME = ".topbar a, .nav a, .nav form, .nav input[name='_xsrf']";
const FOLLOWS = ["href", "action", "value", "aria-current"];

/** @param {string} html */
export function parsePage(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

/** The token that every change needs, of whatever form is here. */
export function xsrf() {
  const field = /** @type {HTMLInputElement | null} */ (document.querySelector("input[name='_xsrf']"));
  return field?.value ?? "";
}

/**
 * Whether a page has the frame of this one and is of the same version.
 * @param {Document} page
 */
export function fits(page) {
  return page.querySelector(".shell > #main") !== null && version(page) === version(document);
}

/**
 * What a page says that is nothing but a refusal, "" for any other.
 * @param {Document} page
 */
export function refusal(page) {
  return page.querySelector("[data-error]")?.textContent?.trim() ?? "";
}

/**
 * Shows a page that `fits`. The address must be its own already: its links are relative.
 * @param {Document} page
 */
export function swap(page) {
  document.title = page.title;
  follow(page);
  const main = /** @type {HTMLElement} */ (page.querySelector("#main"));
  document.querySelector("#main")?.replaceWith(document.adoptNode(main));
}

/** @param {Document} page */
function follow(page) {
  const old = [...document.querySelectorAll(FRAME)];
  const fresh = [...page.querySelectorAll(FRAME)];
  for (const [index, element] of old.entries()) {
    for (const name of FOLLOWS) copy(name, fresh[index], element);
  }
}

/**
 * @param {string} name
 * @param {Element | undefined} from
 * @param {Element} to
 */
function copy(name, from, to) {
  const value = from?.getAttribute(name) ?? null;
  if (value !== null) to.setAttribute(name, value);
  else if (name === "aria-current") to.removeAttribute(name);
}

/** @param {Document} page */
function version(page) {
  const source = page.querySelector("script[src$='admin/admin.js']")?.getAttribute("src") ?? "";
  return source.split("/").at(-3);
}
