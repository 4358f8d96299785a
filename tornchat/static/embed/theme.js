/**
 * How the frame looks: light, dark or as the system has it, and as the page around it wishes.
 *
 * @typedef {object} Style  "" or missing: as the house has it
 * @property {string} [accent]  a CSS colour
 * @property {string} [radius]  one CSS length
 * @property {string} [font]  a list of font families
 */

const THEMES = ["auto", "light", "dark"];
const NAMES = ["accent", "accent-ink", "accent-text", "radius", "font"];
/** The latest wish is the one that counts, also where an earlier one takes longer. */
let turn = 0;

/**
 * Puts on a theme, a style, or both; what is missing stays, an unknown theme changes nothing.
 * @param {{theme?: string, style?: Style}} wish
 * @returns {Promise<void>}  when it is all there; never fails
 */
export async function applyTheme({ theme, style }) {
  const root = document.documentElement;
  if (theme === "auto") delete root.dataset.theme;
  else if (theme && THEMES.includes(theme)) root.dataset.theme = theme;
  if (!style) return;
  const mine = (turn += 1);
  const made = await wished(style);
  if (mine !== turn) return;
  for (const name of NAMES) {
    if (made[name]) root.style.setProperty(`--tornchat-${name}`, made[name]);
    else root.style.removeProperty(`--tornchat-${name}`);
  }
}

/**
 * @param {Style} style
 * @returns {Promise<Record<string, string>>}
 */
async function wished(style) {
  if (!style.accent && !style.radius && !style.font) return {};
  try {
    const { variables } = await import("./style.js");
    return variables(style);
  } catch {
    return {};
  }
}
