import assert from "node:assert/strict";
import { test } from "node:test";

import { contrast, DARK_SURFACE, initials, LIGHT_SURFACE, personShades } from "../../tornchat/static/chat/color.js";

const rgb = (css) => css.match(/\d+/g).map(Number);
const ids = Array.from({ length: 500 }, (_, i) => `person-${i}`);

test("every colour is legible on its surface, and initials on it", () => {
  for (const id of ids) {
    const { light, dark } = personShades(id);
    assert.ok(contrast(rgb(light), LIGHT_SURFACE) >= 4.5, light);
    assert.ok(contrast(rgb(dark), DARK_SURFACE) >= 4.5, dark);
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
