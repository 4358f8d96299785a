import assert from "node:assert/strict";
import { test } from "node:test";

import { SiteToken } from "../../tornchat/static/chat/sitetoken.js";
import { FakeClock, settle, siteToken } from "./helpers.mjs";

const MINUTE = 60_000;

/** A site whose back end gives tokens of so many seconds; `skew` is how far this machine's clock is ahead. */
const site = ({ life = 600, skew = 0, token = null, source } = {}) => {
  const clock = new FakeClock();
  const world = { clock, asked: 0, handed: [], refuse: false };
  const fresh = async () => {
    world.asked += 1;
    if (world.asked > 50) throw new Error("asked without end");
    return siteToken((clock.now() - skew) / 1000, life, world.asked);
  };
  world.token = new SiteToken({ source: source === undefined ? fresh : source, token, clock, random: () => 0.5 });
  world.keep = () =>
    world.token.keep(async (text) => {
      if (world.refuse) throw new Error("refused");
      world.handed.push(text);
    });
  return world;
};

test("a token is asked for once and used while it lasts", async () => {
  const world = site();
  const first = await world.token.get();
  await world.clock.advance(8 * MINUTE);
  assert.equal(await world.token.get(), first);
  await world.clock.advance(2 * MINUTE);
  assert.notEqual(await world.token.get(), first);
  assert.equal(world.asked, 2);
});

test("it is renewed a minute before its end, again and again", async () => {
  const world = site();
  await world.token.get();
  world.keep();
  await world.clock.advance(9 * MINUTE - 1);
  assert.equal(world.asked, 1);
  await world.clock.advance(1);
  assert.equal(world.handed.length, 1);
  await world.clock.advance(9 * MINUTE);
  assert.equal(world.handed.length, 2);
  assert.equal(await world.token.get(), world.handed[1]);
});

test("a short-lived one is renewed in its last quarter", async () => {
  const world = site({ life: 40 });
  await world.token.get();
  world.keep();
  await world.clock.advance(29_999);
  assert.equal(world.handed.length, 0);
  await world.clock.advance(1);
  assert.equal(world.handed.length, 1);
});

test("a renewal that fails is tried again with back-off, and the old token stays", async () => {
  const world = site();
  const first = await world.token.get();
  world.keep();
  world.refuse = true;
  await world.clock.advance(9 * MINUTE);
  assert.equal(world.asked, 2);
  await world.clock.advance(2_499);
  assert.equal(world.asked, 2);
  await world.clock.advance(1);
  assert.equal(world.asked, 3);
  await world.clock.advance(4_999);
  assert.equal(world.asked, 3);
  world.refuse = false;
  await world.clock.advance(1);
  assert.equal(world.handed.length, 1);
  assert.notEqual(await world.token.get(), first);
});

test("a clock that runs an hour ahead does not make it ask without end", async () => {
  const world = site({ skew: 60 * MINUTE });
  await world.token.get();
  world.keep();
  await world.clock.advance(30 * MINUTE);
  assert.ok(world.asked >= 3 && world.asked <= 6, `asked ${world.asked} times`);
});

test("a token that the server calls expired is asked for anew", async () => {
  const world = site();
  await world.token.get();
  world.token.forget();
  await world.token.get();
  assert.equal(world.asked, 2);
});

test("one that is handed over without a source is all there is", async () => {
  const world = site({ source: null, token: "a.b.c" });
  world.token.forget();
  world.keep();
  assert.equal(await world.token.get(), "a.b.c");
  assert.equal(world.clock.running, 0);
});

for (const odd of [null, "", 5, { token: "x" }]) {
  test(`no token is a visitor whom the site does not know: ${JSON.stringify(odd)}`, async () => {
    const world = site({ source: async () => odd });
    assert.equal(await world.token.get(), null);
    world.keep();
    assert.equal(world.clock.running, 0);
  });
}

for (const odd of ["abc", "a.b.c", "a..c", `a.${btoa('{"exp":"soon"}')}.c`, `a.${btoa('{"exp":1e400,"iat":0}')}.c`, `a.${btoa("null")}.c`]) {
  test(`one without readable dates is used until the server says otherwise: ${odd}`, async () => {
    const world = site({ source: async () => odd });
    assert.equal(await world.token.get(), odd);
    world.keep();
    assert.equal(world.clock.running, 0);
  });
}

test("an end far away is looked at again after a day, not at once", async () => {
  const world = site({ life: 400 * 24 * 3600 });
  await world.token.get();
  world.keep();
  await world.clock.advance(24 * 60 * MINUTE - 1);
  assert.equal(world.asked, 1);
  await world.clock.advance(1);
  assert.equal(world.asked, 2);
});

test("a site that stays silent is a failure after 15 s", async () => {
  const world = site({ source: () => new Promise(() => {}) });
  const outcome = world.token.get().catch((error) => error.message);
  await world.clock.advance(15_000);
  assert.match(await outcome, /did not answer/);
  assert.equal(world.clock.running, 0);
});

test("at rest nothing runs, and a token that comes too late is not handed on", async () => {
  const world = site();
  await world.token.get();
  world.keep();
  await world.clock.advance(9 * MINUTE - 1);
  const late = world.clock.advance(1);
  world.token.rest();
  await late;
  await settle();
  assert.equal(world.handed.length, 0);
  assert.equal(world.clock.running, 0);
});
