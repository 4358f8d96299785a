/** Puts new figures into the dashboard, in place: numbers only, for the server draws the charts. */

/** @param {unknown} data  of a `figures` event: `{values: {key: text}}` */
export function showFigures(data) {
  const { values = {} } = /** @type {{values?: Record<string, string>}} */ (data ?? {});
  for (const element of document.querySelectorAll("[data-figure]")) {
    const text = values[/** @type {HTMLElement} */ (element).dataset.figure ?? ""];
    if (text !== undefined && element.textContent !== text) element.textContent = text;
  }
}
