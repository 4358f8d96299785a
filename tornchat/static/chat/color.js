/** A steady, legible colour for each person. It knows nothing but the id. */

/**
 * Hues that eyes tell apart at one glance, for evenly spaced ones are mostly green and blue: 2°, 20°, 38°,
 * 60°, 95°, 150°, 174°, 194°, 212°, 234°, 258°, 282°, 308°, 336°. Each is as light, or as dark, as names need
 * on the least friendly surface of their scheme (`contrast.js`); `color.test.mjs` works them out.
 */
const LIGHT = "bc342f a7542a 8b6523 6e6e1c 43761e 1f7a4c 1e766d 23728b 2e6eb8 2f3dbc 592fbc 912fbc b82ea5 bc2f67".split(" ");
const DARK = "da8d8b daa58b dabd8b dada8b acda8b 8bdab3 8bdad2 8bc8da 8bb0da 8b93da a38bda c28bda da8bd0 da8bab".split(" ");

/** @typedef {{light: string, dark: string}} Shades  CSS colours for the two schemes */

/**
 * @param {string} id
 * @returns {Shades}
 */
export function personShades(id) {
  const place = hash(id) % LIGHT.length;
  return { light: `#${LIGHT[place]}`, dark: `#${DARK[place]}` };
}

/**
 * FNV-1a, 32 bits: short, steady, and the same in every tab.
 * @param {string} text
 */
function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return (value ^ (value >>> 15)) >>> 0;
}

/**
 * One or two characters for an avatar.
 * @param {string} name
 */
export function initials(name) {
  const words = name.split(/[\s._-]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const letter = (/** @type {string} */ word) => [...word].find((char) => /[\p{L}\p{N}]/u.test(char)) ?? "";
  const letters = words.length > 1 ? letter(words[0]) + letter(words[words.length - 1]) : letter(words[0] ?? "");
  return letters.toLocaleUpperCase() || [...name][0] || "?";
}
