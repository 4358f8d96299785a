import assert from "node:assert/strict";
import { test } from "node:test";

import { dayOf, formatAgo, formatDay } from "../../tornchat/static/chat/time.js";

const now = new Date(2024, 2, 31, 15, 30).getTime();
const MINUTE = 60_000;

test("days are said in words", () => {
  assert.equal(formatDay(now - 60 * MINUTE, now), "Today");
  assert.equal(formatDay(new Date(2024, 2, 30, 0, 1).getTime(), now), "Yesterday");
  assert.match(formatDay(new Date(2024, 2, 28).getTime(), now), /28/);
  assert.match(formatDay(new Date(2023, 2, 28).getTime(), now), /2023/);
});

test("the past is said in words", () => {
  assert.equal(formatAgo(now + 5_000, now), "just now");
  assert.equal(formatAgo(now - 5 * MINUTE, now), "5 min ago");
  assert.equal(formatAgo(now - 150 * MINUTE, now), "2 h ago");
  assert.match(formatAgo(new Date(2024, 2, 28).getTime(), now), /28/);
});

test("days compare across months", () => {
  assert.ok(dayOf(new Date(2024, 0, 31).getTime()) < dayOf(new Date(2024, 1, 1).getTime()));
});
