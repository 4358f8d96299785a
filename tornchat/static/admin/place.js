/** Where the reader is on a page: the focus, what is selected in it, and how far one has scrolled. */

/**
 * Something by which an element can be found again in a newer copy of its page.
 * @param {Element | null} element
 * @returns {string}  a selector, "" for none
 */
function handle(element) {
  if (!element?.closest("#main") || element.id === "main") return "";
  if (element.id) return `#${CSS.escape(element.id)}`;
  const row = element.closest("[id]:not(#main)");
  const within = row ? `#${CSS.escape(row.id)} ` : "#main ";
  const name = element.getAttribute("name") ?? element.closest("form")?.getAttribute("action");
  if (element.getAttribute("name")) return `${within}[name="${CSS.escape(name ?? "")}"]`;
  const href = element.getAttribute("href");
  return href ? `${within}[href="${CSS.escape(href)}"]` : "";
}

/**
 * Remembers the place; the function that comes back goes there again, and tells whether it could.
 * @returns {() => boolean}
 */
export function keepPlace() {
  const active = document.activeElement;
  const found = handle(active);
  const [from, to] = active instanceof HTMLInputElement ? selection(active) : [null, null];
  const { scrollX, scrollY } = window;
  return () => {
    window.scrollTo(scrollX, scrollY);
    const element = found === "" ? null : document.querySelector(found);
    if (!(element instanceof HTMLElement)) return false;
    element.focus({ preventScroll: true });
    if (from !== null && element instanceof HTMLInputElement) element.setSelectionRange(from, to);
    return document.activeElement === element;
  };
}

/**
 * @param {HTMLInputElement} input
 * @returns {[number | null, number | null]}
 */
function selection(input) {
  return [input.selectionStart, input.selectionEnd];
}

/**
 * Goes to where a new page begins, or to what its address names.
 * @param {string} hash
 */
export function goToStart(hash) {
  const target = hash === "" ? null : document.getElementById(decodeURIComponent(hash.slice(1)));
  const start = target ?? document.querySelector("#main h1") ?? document.querySelector("#main");
  if (!(start instanceof HTMLElement)) return;
  if (!start.hasAttribute("tabindex")) start.tabIndex = -1;
  start.focus({ preventScroll: true });
  if (target) target.scrollIntoView({ block: "center" });
  else window.scrollTo(0, 0);
}
