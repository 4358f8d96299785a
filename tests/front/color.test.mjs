import assert from "node:assert/strict";
import { test } from "node:test";

import { initials, personShades } from "../../tornchat/static/chat/color.js";
import { contrast, DARK_SURFACE, LIGHT_SURFACE } from "../../tornchat/static/chat/contrast.js";

const HUES = [2, 20, 38, 60, 95, 150, 174, 194, 212, 234, 258, 282, 308, 336];
const MIN_CONTRAST = 4.6;
const rgb = (css) => css.slice(1).match(/../g).map((part) => parseInt(part, 16));
const ids = Array.from({ length: 500 }, (_, i) => `person-${i}`);
const shades = [...new Map(ids.map(personShades).map((each) => [each.light, each])).values()];

/** The first lightness, going away from the surface, that is legible on it. */
const legible = (hue, saturation, from, step, surface) => {
  for (let lightness = from; ; lightness += step) {
    const reach = saturation * Math.min(lightness, 1 - lightness);
    const channel = (n) => {
      const k = (n + hue / 30) % 12;
      return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
    };
    const color = [channel(0), channel(8), channel(4)];
    if (contrast(color, surface) >= MIN_CONTRAST) return color.join();
  }
};

test("the colours are the hues, each as far from its surface as it has to be", () => {
  const light = HUES.map((hue) => legible(hue, 0.6, 0.46, -0.01, LIGHT_SURFACE));
  const dark = HUES.map((hue) => legible(hue, 0.52, 0.7, 0.01, DARK_SURFACE));
  assert.deepEqual(shades.map((each) => rgb(each.light).join()).sort(), light.sort());
  assert.deepEqual(shades.map((each) => rgb(each.dark).join()).sort(), dark.sort());
});

test("initials are legible on every colour", () => {
  for (const { light, dark } of shades) {
    assert.ok(contrast(rgb(light), [255, 255, 255]) >= 4.5, light);
    assert.ok(contrast(rgb(dark), [20, 22, 27]) >= 4.5, dark);
  }
});

test("contrast is that of WCAG", () => {
  assert.equal(contrast([0, 0, 0], [255, 255, 255]), 21);
  assert.equal(contrast([119, 119, 119], [255, 255, 255]).toFixed(2), "4.48");
});

test("a person keeps the colour, and people differ", () => {
  assert.deepEqual(personShades("ann"), personShades("ann"));
  assert.ok(new Set(ids.map((id) => personShades(id).light)).size >= 12);
});

test("initials come from letters and digits", () => {
  for (const [name, expected] of [["Ann", "A"], ["ann lee", "AL"], ["Ben van Dyk", "BD"], ["42", "4"], ["émile", "É"], ["🙂", "🙂"], ["-", "-"], ["", "?"]]) {
    assert.equal(initials(name), expected, name);
  }
});
