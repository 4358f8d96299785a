/** Who is typing, in words. */

/**
 * @param {string[]} names
 * @returns {string} empty: nobody
 */
export function typingWords(names) {
  if (names.length === 0) return "";
  if (names.length === 1) return `\u2068${names[0]}\u2069 is typing…`;
  if (names.length === 2) return `\u2068${names[0]}\u2069 and \u2068${names[1]}\u2069 are typing…`;
  return "Several people are typing…";
}
