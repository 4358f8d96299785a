/**
 * A text that says something, or null.
 * @param {unknown} value
 * @returns {string | null}
 */
export function word(value) {
  return typeof value === "string" && value ? value : null;
}
