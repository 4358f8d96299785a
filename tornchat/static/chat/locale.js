/** The language of dates and numbers: the page's, if it was told one, else the browser's. */

/** @returns {string | undefined}  for `Intl`; the page keeps it, so that parts which are loaded later agree */
export function locale() {
  return globalThis.document?.documentElement.dataset.locale;
}

/** @param {number} value */
export function formatNumber(value) {
  return value.toLocaleString(locale());
}
