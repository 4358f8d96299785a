/**
 * What one may set: read from a tag or from `mount`, checked, and told in words where it is wrong.
 *
 * @typedef {string | null | (() => string | null | Promise<string | null>)} Token
 *
 * @typedef {object} Options
 * @property {string} room
 * @property {import("../embed/wire.js").Mode} mode
 * @property {string | Element} [target]  where it goes, if not over the page; none: behind its tag
 * @property {Token} [token]  what the site says of its visitor, or who asks it
 * @property {Token} [getToken]  the same as `token`
 * @property {string} [tokenUrl]  an address that answers {"token": …}
 * @property {string} [name]  a name to begin with
 * @property {string} position
 * @property {string} offset  pixels from the edges: one number, or two for x and y
 * @property {string} zIndex
 * @property {import("../embed/wire.js").Theme} theme
 * @property {string} [lang]
 * @property {string} [title]
 * @property {"never" | "first" | "remember"} open
 * @property {"click" | "idle" | "now"} load
 * @property {string} [nonce]  for browsers without constructable style sheets
 * @property {string} notify  some of title, sound, desktop
 */

/** What holds where nothing is said, what it looks like, and the same in words. @type {Record<string, [string, RegExp, string]>} */
const RULES = {
  room: ["", /^[a-z0-9][a-z0-9._-]{0,63}$/, "the name of a room"],
  offset: ["20", /^\d{1,4}( \d{1,4})?$/, "one or two numbers"],
  zIndex: ["2147483000", /^-?\d{1,10}$/, "a whole number"],
  notify: ["", /^((title|sound|desktop)( |$))*$/, "some of title, sound, desktop"],
};
const CHOICES = {
  mode: "bubble, inline, readonly, full",
  position: "bottom-right, bottom-left, top-right, top-left",
  theme: "auto, light, dark",
  open: "never, first, remember",
  load: "click, idle, now",
};
for (const [name, words] of Object.entries(CHOICES)) {
  const values = words.split(", ");
  RULES[name] = [values[0], RegExp(`^(${values.join("|")})$`), `one of ${words}`];
}

/** @param {string} words */
export function warn(words) {
  console.warn(`tornchat: ${words}`);
}

/**
 * @param {Record<string, any>} given
 * @returns {Options}  the room is "" if none was given that can be
 */
export function checked(given) {
  const options = { ...given };
  for (const [name, [usual, pattern, expected]] of Object.entries(RULES)) {
    const text = String(given[name] ?? "");
    const right = pattern.test(text);
    if (text && !right) warn(`${name} is "${text}", expected ${expected}`);
    options[name] = right ? text : usual;
  }
  return /** @type {any} */ (options);
}
