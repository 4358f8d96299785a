import assert from "node:assert/strict";
import { test } from "node:test";

import { tellTime } from "../../tornchat/static/admin/dress.js";
import { Live } from "../../tornchat/static/admin/live.js";
import { FakeClock, FakeTransport, joinedEvent, message, settle, siteToken } from "./helpers.mjs";

const LIFE = 300;

/** The live line of a page whose server the test plays. */
const start = async (answers = []) => {
  const clock = new FakeClock();
  const world = { clock, transports: [], asked: [], news: [], lines: [], lasts: [], ended: 0, states: [] };
  const live = new Live({
    endpoint: "https://chat.example/sockjs",
    token: "https://chat.example/admin/token",
    xsrf: () => "the-token-of-the-form",
    onstatus: ({ state }) => world.states.push(state),
    onadmin: (event) => world.news.push(event),
    onroom: (event) => world.lines.push(event.type),
    onjoined: (last) => world.lasts.push(last),
    onended: () => (world.ended += 1),
    fetch: async (address, { method, body }) => {
      world.asked.push([address, method, String(body)]);
      const status = answers.shift() ?? 200;
      const token = siteToken(clock.now() / 1000, LIFE, world.asked.length);
      return { ok: status === 200, status, json: async () => ({ token, expires: 0 }) };
    },
    platform: {
      open: (kind) => {
        world.transports.push(new FakeTransport(kind));
        return world.transports.at(-1);
      },
      alive: async () => true,
      clock,
      random: () => 0.5,
      hidden: () => false,
    },
  });
  Object.defineProperty(world, "last", { get: () => world.transports.at(-1) });
  live.start();
  await settle();
  return Object.assign(world, { live });
};

test("says hello by a token that it asks for with the form's own, and never as a guest", async () => {
  const world = await start();
  world.last.open();
  assert.deepEqual(world.asked, [["https://chat.example/admin/token", "POST", "_xsrf=the-token-of-the-form"]]);
  assert.equal(world.last.sent[0].token, siteToken(world.clock.now() / 1000, LIFE, 1));
  assert.equal(world.last.sent[0].name, undefined);
});

test("renews its token on the open line before five minutes are over", async () => {
  const world = await start();
  world.last.welcome(100_000);
  await world.clock.advance((LIFE - 50) * 1000);
  assert.deepEqual(world.last.types(), ["hello", "refresh"]);
  assert.equal(world.asked.length, 2);
});

for (const status of [401, 403, 404]) {
  test(`a page that gets no token at all (${status}) is not live, and asks no more`, async () => {
    const world = await start([status]);
    await world.clock.advance(600_000);
    assert.equal(world.states.at(-1), "offline");
    assert.equal(world.ended, 0);
    assert.equal(world.asked.length, 1);
    assert.equal(world.transports.length, 0);
  });
}

test("a server that has no token to give now is asked again", async () => {
  const world = await start([503]);
  await world.clock.advance(5_000);
  assert.equal(world.ended, 0);
  assert.deepEqual([world.asked.length, world.transports.length], [2, 1]);
});

test("a session that is ended elsewhere closes the line: one more token is asked for, none is given", async () => {
  const world = await start([200, 403]);
  world.last.welcome();
  world.last.end(4002);
  await world.clock.advance(120_000);
  assert.equal(world.ended, 1);
  assert.equal(world.transports.length, 1);
});

test("follows a room, again after a cut, and hears of no other", async () => {
  const world = await start();
  world.live.watch("garden");
  world.last.welcome();
  const [, join] = world.last.sent;
  assert.deepEqual([join.type, join.room], ["join", "garden"]);
  world.last.say(joinedEvent({ room: "garden", last: 7, ref: join.ref }));
  world.last.say(message(8, { room: "garden" }), message(9, { room: "lobby" }));
  assert.deepEqual([world.lasts, world.lines], [[7], ["message"]]);
  world.last.end();
  await world.clock.advance(10_000);
  world.last.welcome();
  assert.deepEqual(world.last.types(), ["hello", "join"]);
});

test("another page follows another room or none; the one before is left", async () => {
  const world = await start();
  world.last.welcome();
  world.live.watch("garden");
  world.live.watch("garden");
  world.live.watch("lobby");
  world.live.watch(null);
  const said = world.last.sent.slice(1).map(({ type, room }) => `${type} ${room}`);
  assert.deepEqual(said, ["join garden", "leave garden", "join lobby", "leave lobby"]);
});

test("news for those in charge go to the page", async () => {
  const world = await start();
  world.last.welcome();
  world.last.say({ type: "admin", topic: "bans", room: "garden" });
  assert.deepEqual(world.news, [{ type: "admin", topic: "bans", room: "garden" }]);
});

test("moments in words: past, to come, over", () => {
  const now = Date.UTC(2026, 10, 21, 12);
  assert.equal(tellTime(now - 5 * 60_000, "ago", now), "5 min ago");
  assert.equal(tellTime(now + 30_000, "until", now), "in less than a minute");
  assert.equal(tellTime(now + 9 * 60_000, "until", now), "in 9 min");
  assert.equal(tellTime(now + 26 * 3_600_000, "until", now), "in 26 h");
  assert.equal(tellTime(now + 9 * 86_400_000, "until", now), "in 9 days");
  assert.equal(tellTime(now - 1, "until", now), "over");
  assert.match(tellTime(now, "moment", now), /2026/);
});
