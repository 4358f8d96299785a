/** A page that was fetched, put in the place of the one that is shown. It knows nothing of where it came from. */

const LINKS = ".nav a";
/** @type {readonly (readonly [string, string])[]} what around `<main>` has an address, and in which attribute */
const ADDRESSES = [["link, .topbar a, .nav a", "href"], [".topbar img, .nav img", "src"], [".nav form", "action"]];

/** Makes the addresses around `<main>` absolute, for those of the pages to come are at other depths. */
export function pin() {
  for (const [wanted, name] of ADDRESSES) {
    for (const element of document.querySelectorAll(wanted)) {
      element.setAttribute(name, new URL(element.getAttribute(name) ?? "", document.baseURI).href);
    }
  }
}

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

/**
 * Shows in the navigation which page this is.
 * @param {Document} page
 */
function follow(page) {
  const fresh = [...page.querySelectorAll(LINKS)];
  for (const [index, link] of [...document.querySelectorAll(LINKS)].entries()) {
    link.ariaCurrent = fresh[index]?.getAttribute("aria-current") ?? null;
  }
}

/** @param {Document} page */
function version(page) {
  const source = page.querySelector("script[src$='admin/admin.js']")?.getAttribute("src") ?? "";
  return source.split("/").at(-3);
}
