import assert from "node:assert/strict";
import { test } from "node:test";

import { contrast, DARK_SURFACE, LIGHT_SURFACE } from "../../tornchat/static/chat/contrast.js";
import { formatNumber } from "../../tornchat/static/chat/locale.js";
import { formatMoment, formatTime } from "../../tornchat/static/chat/time.js";
import { applyLocale, localeOf } from "../../tornchat/static/embed/locale.js";
import { player } from "../../tornchat/static/embed/sound.js";
import { inkOn, legibleOn } from "../../tornchat/static/embed/style.js";

const LEVELS = [0, 51, 102, 119, 153, 204, 255];
const COLORS = LEVELS.flatMap((r) => LEVELS.flatMap((g) => LEVELS.map((b) => [r, g, b])));

test("whatever the accent: what stands on it can be read, and it can be read itself", () => {
  for (const color of COLORS) {
    assert.ok(contrast(inkOn(color), color) >= 4.5, `on ${color}`);
    for (const surface of [LIGHT_SURFACE, DARK_SURFACE]) {
      assert.ok(contrast(legibleOn(color, surface), surface) >= 4.5, `${color} on ${surface}`);
    }
  }
});

test("an accent that can be read stays as it is", () => {
  assert.deepEqual(legibleOn([68, 87, 214], LIGHT_SURFACE), [68, 87, 214]);
  assert.notDeepEqual(legibleOn([68, 87, 214], DARK_SURFACE), [68, 87, 214]);
  assert.deepEqual(inkOn([68, 87, 214]), [255, 255, 255]);
});

test("a language says from which side it is read; nonsense is the browser's own", () => {
  const known = [["de", "de", "ltr"], ["DE-at", "de-AT", "ltr"], ["ar", "ar", "rtl"], ["he-IL", "he-IL", "rtl"], ["uz-Arab", "uz-Arab", "rtl"], [" fa ", "fa", "rtl"]];
  for (const [given, lang, dir] of known) assert.deepEqual(localeOf(given), { lang, dir }, given);
  for (const given of ["", "x", "de_DE", "!", "a".repeat(99), null, undefined, {}]) {
    assert.deepEqual(localeOf(given), { lang: "", dir: "ltr" }, String(given));
  }
});

test("times and numbers are said in the language of the page, and again in the next one", () => {
  const root = { dataset: {}, lang: "en", dir: "" };
  globalThis.document = { documentElement: root };
  try {
    const noon = new Date(2024, 2, 31, 15, 5).getTime();
    applyLocale("de");
    assert.deepEqual({ ...root }, { dataset: { locale: "de" }, lang: "de", dir: "ltr" });
    assert.equal(formatTime(noon), "15:05");
    assert.equal(formatNumber(12_345), "12.345");
    assert.match(formatMoment(noon), /Sonntag, 31. März 2024/);
    applyLocale("ar-EG");
    assert.equal(root.dir, "rtl");
    assert.match(formatNumber(12_345), /١٢/);
    applyLocale("en-US");
    assert.match(formatTime(noon), /^3:05\sPM$/);
    applyLocale("");
    assert.deepEqual({ ...root }, { dataset: {}, lang: "en", dir: "ltr" });
    assert.equal(formatNumber(12_345), (12_345).toLocaleString());
  } finally {
    delete globalThis.document;
  }
});

// ── sound ────────────────────────────────────────────────────────────────────────────────────────

/** A loudspeaker that writes down what it is asked, and resumes when `allowed` does. */
const loudspeaker = (allowed = Promise.resolve()) => {
  const done = [];
  const note = (what, promise = Promise.resolve()) => () => (done.push(what), promise);
  return { done, resume: note("resume", allowed), sound: note("sound"), suspend: note("suspend") };
};

test("a tone sounds at most once in three seconds, and leaves the loudspeaker at rest", async () => {
  const audio = loudspeaker();
  let now = 0;
  let opened = 0;
  const play = player(() => ((opened += 1), audio), () => now);
  assert.equal(opened, 0, "before the first tone");
  const heard = [];
  for (now of [0, 10, 2_999, 3_000, 3_001, 6_000]) heard.push(await play());
  assert.deepEqual(heard, [true, false, false, true, false, true]);
  assert.equal(opened, 1);
  assert.deepEqual(audio.done, Array(3).fill(["resume", "sound", "suspend"]).flat());
});

test("what the browser keeps silent is not made up for later", async () => {
  let allow = () => {};
  const audio = loudspeaker(new Promise((resolve) => (allow = resolve)));
  let now = 0;
  const play = player(() => audio, () => now);
  const first = play();
  now = 5_000;
  assert.equal(await play(), false);
  allow();
  assert.equal(await first, false);
  assert.ok(!audio.done.includes("sound"));
  assert.equal(await play(), true);
});

test("a browser without sound is no failure", async () => {
  const play = player(() => { throw new Error("no device"); }, () => 0);
  assert.equal(await play(), false);
});
