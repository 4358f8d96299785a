/** How well a colour is read on another one. */

/** @typedef {readonly [number, number, number]} Rgb  0 to 255 each */

/** The least friendly surfaces that text stands on, in light and in dark. */
export const LIGHT_SURFACE = /** @type {const} */ ([240, 241, 245]);
export const DARK_SURFACE = /** @type {const} */ ([42, 46, 56]);

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
