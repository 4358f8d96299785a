/** A steady, legible colour for each person. It knows nothing but the id and the two backgrounds. */

/** WCAG AA for text; a little more, for rounding. */
const MIN_CONTRAST = 4.6;
/** The least friendly surfaces that names stand on, in light and in dark. */
export const LIGHT_SURFACE = /** @type {const} */ ([240, 241, 245]);
export const DARK_SURFACE = /** @type {const} */ ([42, 46, 56]);
/** Hues that eyes tell apart at one glance: evenly spaced degrees are mostly green and blue. */
const HUES = [2, 20, 38, 60, 95, 150, 174, 194, 212, 234, 258, 282, 308, 336];
const LIGHT_SCHEME = { saturation: 0.6, from: 0.46 };
const DARK_SCHEME = { saturation: 0.52, from: 0.7 };

/** @typedef {readonly [number, number, number]} Rgb */
/** @typedef {{light: string, dark: string}} Shades  CSS colours for the two schemes */

/** @type {Map<number, Shades>} */
const shadesByHue = new Map();

/**
 * @param {string} id
 * @returns {Shades}
 */
export function personShades(id) {
  const hue = HUES[hash(id) % HUES.length];
  let shades = shadesByHue.get(hue);
  if (!shades) {
    shades = {
      light: css(legible(hue, LIGHT_SCHEME, LIGHT_SURFACE, -0.01)),
      dark: css(legible(hue, DARK_SCHEME, DARK_SURFACE, 0.01)),
    };
    shadesByHue.set(hue, shades);
  }
  return shades;
}

/**
 * The first lightness, going away from the surface, that is legible on it.
 * @param {number} hue
 * @param {{saturation: number, from: number}} scheme
 * @param {Rgb} surface
 * @param {number} step
 * @returns {Rgb}
 */
function legible(hue, { saturation, from }, surface, step) {
  for (let lightness = from; lightness > 0 && lightness < 1; lightness += step) {
    const color = rgb(hue, saturation, lightness);
    if (contrast(color, surface) >= MIN_CONTRAST) return color;
  }
  return step > 0 ? [255, 255, 255] : [0, 0, 0];
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
 * @param {number} hue  degrees
 * @param {number} saturation
 * @param {number} lightness
 * @returns {Rgb}
 */
function rgb(hue, saturation, lightness) {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (/** @type {number} */ n) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

/**
 * Contrast ratio after WCAG 2.
 * @param {Rgb} one
 * @param {Rgb} other
 */
export function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** @param {Rgb} color */
function luminance(color) {
  const [r, g, b] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {Rgb} color */
function css([r, g, b]) {
  return `rgb(${r}, ${g}, ${b})`;
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
