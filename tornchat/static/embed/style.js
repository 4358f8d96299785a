/**
 * The accent, radius and font that a page around the frame wishes. Only what CSS calls valid is taken, and
 * the accent becomes legible. It is loaded where there is such a wish.
 *
 * @typedef {import("../chat/contrast.js").Rgb} Rgb
 */

import { contrast, DARK_SURFACE, LIGHT_SURFACE } from "../chat/contrast.js";

/** WCAG AA for text. Every colour has it with white or with black. */
const AA = 4.5;
/** A little more, for what stands on a tint. */
const AMPLE = 4.7;
const STEP = 0.02;
const LONGEST = 200;
/** More would cut off what stands in the corners. */
const MAX_RADIUS = "24px";
const FALLBACK = "system-ui, sans-serif";
/** @type {Rgb} */
const WHITE = [255, 255, 255];
/** @type {Rgb} */
const INK = [20, 23, 43];
/** @type {Rgb} */
const BLACK = [0, 0, 0];

/**
 * What to set: each custom property without its `--tornchat-`; "" is none.
 * @param {import("./theme.js").Style} style
 * @returns {Record<string, string>}
 */
export function variables({ accent, radius, font }) {
  return { ...accents(plain(accent)), radius: rounded(plain(radius)), font: family(plain(font)) };
}

/**
 * Nothing that would be looked up in the page or elsewhere.
 * @param {unknown} value
 */
function plain(value) {
  const text = typeof value === "string" ? value.trim() : "";
  return text.length > LONGEST || /[;{}]|\b(?:var|env|attr|url)\(/i.test(text) ? "" : text;
}

/** @param {string} length */
function rounded(length) {
  const bounded = `min(${length === "0" ? "0px" : length}, ${MAX_RADIUS})`;
  // The one property that takes a single length, never negative and never a percentage.
  const valid = [length, bounded].every((value) => CSS.supports("border-top-width", value));
  return valid && /^[\d.+]|\(/.test(length) ? bounded : "";
}

/** @param {string} names */
function family(names) {
  const list = `${names}, ${FALLBACK}`;
  return names !== "" && CSS.supports("font-family", list) ? list : "";
}

/** @param {string} accent */
function accents(accent) {
  const [light, dark] = resolved(accent);
  if (!light || !dark) return { accent: "", "accent-ink": "", "accent-text": "" };
  return {
    accent: both(light, dark),
    "accent-ink": both(inkOn(light), inkOn(dark)),
    "accent-text": both(legibleOn(light, LIGHT_SURFACE), legibleOn(dark, DARK_SURFACE)),
  };
}

/**
 * What a colour is in light and in dark; nothing if it is no colour.
 * @param {string} color
 * @returns {Rgb[]}
 */
function resolved(color) {
  if (color === "" || !CSS.supports("color", color)) return [];
  const probe = document.body.appendChild(document.createElement("i"));
  probe.hidden = true;
  // Mixed with itself, any notation is computed to numbers of sRGB.
  probe.style.color = `color-mix(in srgb, ${color}, ${color})`;
  const found = ["light", "dark"].map((scheme) => {
    probe.style.colorScheme = scheme;
    return numbers(getComputedStyle(probe).color);
  });
  probe.remove();
  return found.flatMap((each) => each ?? []);
}

/**
 * @param {string} computed  such as `color(srgb 0.25 0.5 1)`
 * @returns {[Rgb] | null}
 */
function numbers(computed) {
  const [r, g, b] = (/^color\(srgb ([^/)]+)/.exec(computed)?.[1] ?? "").split(" ").map((part) => byte(Number(part)));
  return b === undefined ? null : [[r, g, b]];
}

/** @param {number} share */
function byte(share) {
  return Math.round(255 * Math.min(1, Math.max(0, share || 0)));
}

/**
 * The colour of what is written on an accent: white, our ink, or black, whichever comes first and is legible.
 * @param {Rgb} accent
 * @returns {Rgb}
 */
export function inkOn(accent) {
  return [WHITE, INK].find((ink) => contrast(ink, accent) >= AA) ?? BLACK;
}

/**
 * The accent as a colour of text: as it is, or as far from the surface as is needed to read it.
 * @param {Rgb} accent
 * @param {Rgb} surface
 * @returns {Rgb}
 */
export function legibleOn(accent, surface) {
  const end = contrast(surface, WHITE) > contrast(surface, BLACK) ? WHITE : BLACK;
  for (let part = 0; part < 1; part += STEP) {
    const [r, g, b] = accent.map((value, i) => Math.round(value + (end[i] - value) * part));
    if (contrast([r, g, b], surface) >= AMPLE) return [r, g, b];
  }
  return end;
}

/**
 * @param {Rgb} light
 * @param {Rgb} dark
 */
function both(light, dark) {
  return `light-dark(rgb(${light.join(" ")}), rgb(${dark.join(" ")}))`;
}
