/** Elements, and the one that holds a widget. */

const NAME = "tornchat-widget";

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} attributes
 * @param {...Node} children
 */
export function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  set(made, attributes);
  made.append(...children);
  return made;
}

/**
 * @param {Element} target
 * @param {Record<string, unknown>} attributes
 */
export function set(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, String(value));
}

/**
 * The element that a widget lives in. Taken out of the page by the host, it takes the widget along;
 * a copy that somebody made of it is empty, and goes.
 * @param {{destroy: () => void}} handle
 */
export function holder(handle) {
  if (!customElements.get(NAME)) {
    customElements.define(NAME, class extends HTMLElement {
      /** @type {any} */
      handle;

      connectedCallback() {
        if (!this.handle) this.remove();
      }

      disconnectedCallback() {
        queueMicrotask(() => this.isConnected || this.handle?.destroy());
      }
    });
  }
  return Object.assign(document.createElement(NAME), { handle });
}
