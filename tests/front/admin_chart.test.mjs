import assert from "node:assert/strict";
import { test } from "node:test";

import { areaPath, linePath, niceTop } from "../../tornchat/static/admin/chart.js";

const BOX = { width: 100, height: 50, top: 10 };

test("a line goes from the oldest value at the left to the newest at the right, zero at the bottom", () => {
  assert.equal(linePath([0, 5, 10], BOX), "M0 50L50 25L100 0");
});

test("a value above the top stays inside", () => {
  assert.equal(linePath([10, 40], BOX), "M0 0L100 0");
});

test("fewer values than slots leave the past empty", () => {
  assert.equal(linePath([10, 0], { ...BOX, slots: 5 }), "M75 0L100 50");
});

test("a value that is missing breaks the line, and the ground below it", () => {
  assert.equal(linePath([10, null, 0], BOX), "M0 0M100 50");
  assert.equal(areaPath([10, 5, null, 5, 10], BOX), "M0 0L25 25L25 50L0 50ZM75 25L100 0L100 50L75 50Z");
});

test("no values, or one, are no error", () => {
  assert.equal(linePath([], BOX), "");
  assert.equal(areaPath([], BOX), "");
  assert.equal(linePath([10], BOX), "M100 0");
});

test("the top of a scale is 1, 2 or 5 of its power of ten", () => {
  assert.deepEqual([0, 0.3, 1, 1.2, 2, 3, 7, 10, 11, 480].map((value) => niceTop(value)), [1, 1, 1, 2, 2, 5, 10, 10, 20, 500]);
  assert.equal(niceTop(0.03, 0.01), 0.05);
});
