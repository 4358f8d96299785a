/** What somebody typed: a command, or something to say. `//` says what begins with one slash. */

/**
 * @param {string} typed
 * @returns {{command: boolean, text: string}} text: as it goes to the server; empty: nothing
 */
export function read(typed) {
  const text = typed.trim();
  if (text.startsWith("//")) return { command: false, text: text.slice(1) };
  return { command: text.startsWith("/"), text };
}
