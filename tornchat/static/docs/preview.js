/** The widget that a tag describes, mounted on this page by the script that others load. */

/**
 * @typedef {{open: () => void, destroy: () => void, element: HTMLElement}} Handle
 * @typedef {((...call: any[]) => unknown) & {q?: unknown[][]}} Tornchat
 */

export class Preview {
  #section;
  #open = false;
  #count = 0;
  /** @type {Handle | null} */
  #handle = null;

  /** @param {HTMLElement} section where modes stand that are no bubble */
  constructor(section) {
    this.#section = section;
    addEventListener("tornchat:open", () => this.#opened(true));
    addEventListener("tornchat:close", () => this.#opened(false));
    this.#part(".again").addEventListener("click", () => this.#handle?.open());
  }

  /**
   * Show what a tag does, in place of what was there; an open panel stays open.
   * @param {string} tag
   * @param {string} rule CSS that sets variables, or nothing
   */
  show(tag, rule) {
    const options = optionsOf(tag);
    const bubble = options.mode === undefined || options.mode === "bubble";
    const open = bubble && this.#open;
    const number = (this.#count += 1);
    this.#handle?.destroy();
    this.#handle = null;
    this.#section.hidden = false;
    this.#section.dataset.mode = options.mode ?? "bubble";
    this.#part(".corner").hidden = !bubble;
    this.#part(".again").hidden = !bubble;
    tornchat()("mount", bubble ? options : { ...options, target: "#place" }, (/** @type {Handle} */ handle) => {
      if (number !== this.#count) return handle.destroy();
      this.#handle = handle;
      dress(handle.element, rule);
      if (open) handle.open();
    });
  }

  /** @param {boolean} open */
  #opened(open) {
    this.#open = open;
  }

  /** @param {string} selector */
  #part(selector) {
    return /** @type {HTMLElement} */ (this.#section.querySelector(selector));
  }
}

/**
 * Read a tag as the widget reads it.
 * @param {string} tag
 * @returns {Record<string, string | undefined>}
 */
function optionsOf(tag) {
  const script = new DOMParser().parseFromString(tag, "text/html").querySelector("script");
  return { ...script?.dataset };
}

/**
 * Set the variables of a rule on one element, so that this page keeps its own look.
 * @param {HTMLElement} element
 * @param {string} rule
 */
function dress(element, rule) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rule);
  for (const { style } of /** @type {Iterable<CSSStyleRule>} */ (sheet.cssRules)) {
    for (const name of style) element.style.setProperty(name, style.getPropertyValue(name));
  }
}

/**
 * The widget's one global; what comes before its script is kept for it.
 * @returns {Tornchat}
 */
function tornchat() {
  const page = /** @type {{tornchat?: Tornchat}} */ (/** @type {unknown} */ (window));
  if (page.tornchat) return page.tornchat;
  /** @type {Tornchat} */
  const queue = (...call) => (queue.q ??= []).push(call);
  page.tornchat = queue;
  return queue;
}
