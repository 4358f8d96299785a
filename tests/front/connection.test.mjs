import assert from "node:assert/strict";
import { test } from "node:test";

import { backoffMs } from "../../tornchat/static/chat/backoff.js";
import { Connection } from "../../tornchat/static/chat/connection.js";
import { SiteToken } from "../../tornchat/static/chat/sitetoken.js";
import { KINDS } from "../../tornchat/static/chat/transport.js";
import { FakeClock, FakeTransport, siteToken } from "./helpers.mjs";

/** A connection whose transports the test plays; `random` is the top of the jitter unless told. */
const start = (more = {}) => {
  const clock = more.clock ?? new FakeClock();
  const world = { clock, transports: [], events: [], statuses: [], refused: [], remembered: null, alive: true, hidden: false };
  const connection = new Connection(
    {
      open: (kind) => {
        if (more.unsupported?.includes(kind)) throw new Error("unsupported");
        world.transports.push(new FakeTransport(kind));
        return world.last;
      },
      alive: async () => world.alive,
      kinds: KINDS,
      hello: () => ({ token: "t", name: "Ann" }),
      remembered: { get: () => world.remembered, set: (kind) => (world.remembered = kind) },
      clock,
      random: () => 0.999999,
      hidden: () => world.hidden,
      id: "tab",
      ...more,
    },
    {
      onstatus: (status) => world.statuses.push(status),
      onevent: (event) => world.events.push(event),
      onrefused: (error) => world.refused.push(error.message),
    },
  );
  Object.defineProperty(world, "last", { get: () => world.transports.at(-1) });
  Object.defineProperty(world, "kinds", { get: () => world.transports.map(({ kind }) => kind) });
  connection.start();
  return Object.assign(world, { connection });
};

const online = (more) => {
  const world = start(more);
  world.last.welcome();
  return world;
};

/** The wait that the status announces, in whole seconds. */
const wait = ({ connection, clock }) => Math.round((connection.status.retryAt - clock.now()) / 1000);

test("hello goes out when the transport opens, and the welcome makes it online", () => {
  const { connection, last } = start();
  assert.equal(connection.status.state, "connecting");
  last.open();
  assert.deepEqual(last.sent, [{ type: "hello", protocol: 1, token: "t", name: "Ann" }]);
  assert.equal(connection.online, false);
  last.say({ type: "welcome", connection: "c", person: {}, heartbeat: 25, server: "s" });
  assert.equal(connection.status.state, "online");
  assert.equal(connection.status.transport, "websocket");
});

test("a websocket that does not open is blocked, then streaming, and each takes less than 10 s", async () => {
  const { clock, transports, connection } = start();
  await clock.advance(9_999);
  assert.equal(transports[0].closed, true);
  assert.equal(transports[1].kind, "xhr-streaming");
  const world = start();
  world.last.end();
  await world.clock.advance(0);
  await world.clock.advance(9_999);
  assert.deepEqual(world.kinds.slice(0, 3), ["websocket", "xhr-streaming", "xhr-polling"]);
  assert.equal(connection.online, false);
});

test("a proxy that accepts and buffers counts as blocked: no first frame, or none after it", async () => {
  const world = start();
  world.last.open();
  await world.clock.advance(4_100);
  assert.deepEqual(world.kinds, ["websocket", "xhr-streaming"]);
  world.last.open();
  await world.clock.advance(4_100);
  assert.deepEqual(world.kinds, ["websocket", "xhr-streaming", "xhr-polling"]);
  world.last.welcome();
  assert.equal(world.connection.online, true);
});

test("a transport that the browser lacks is passed over", async () => {
  const world = start({ unsupported: ["websocket"] });
  await world.clock.advance(0);
  assert.deepEqual(world.kinds, ["xhr-streaming"]);
});

test("a server that does not answer at all is down, not blocked", async () => {
  const world = start();
  world.alive = false;
  world.last.end();
  await world.clock.advance(0);
  assert.equal(world.connection.status.state, "recovering");
  await world.clock.advance(5_000);
  assert.deepEqual(world.kinds, ["websocket", "websocket"]);
});

test("a forced transport is the only one", async () => {
  const world = start({ kinds: ["xhr-polling"] });
  world.last.end();
  await world.clock.advance(6_000);
  assert.deepEqual(world.kinds, ["xhr-polling", "xhr-polling"]);
});

test("what stayed joined for 5 s is remembered, and tried first", async () => {
  const world = start();
  world.last.end();
  await world.clock.advance(0);
  world.last.welcome();
  world.connection.joined();
  await world.clock.advance(4_999);
  assert.equal(world.remembered, null);
  await world.clock.advance(1);
  assert.equal(world.remembered, "xhr-streaming");
  world.last.end();
  await world.clock.advance(5_000);
  assert.equal(world.last.kind, "xhr-streaming");
});

test("after three failures all transports are tried again", async () => {
  const world = start();
  world.remembered = "xhr-polling";
  for (let i = 0; i < 4; i += 1) {
    world.last.end(4000);
    world.connection.tryNow();
  }
  assert.deepEqual(world.kinds, ["websocket", "xhr-polling", "xhr-polling", "websocket", "websocket"]);
});

test("waits double from 5 s to 60 s, with full jitter", () => {
  const top = (failures, hidden = false) => backoffMs(failures, hidden, () => 1);
  assert.deepEqual([0, 1, 2, 3, 4, 9, 2000].map((n) => top(n)), [5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
  assert.deepEqual([0, 1, 2].map((n) => top(n, true)), [20_000, 40_000, 60_000]);
  assert.equal(backoffMs(3, false, () => 0), 0);
});

test("nobody who looks waits longer than 10 s, or than the outage has lasted", () => {
  const top = (failures, lastedMs, hidden = false) => backoffMs(failures, hidden, () => 1, lastedMs);
  assert.deepEqual([0, 1, 2, 9].map((n) => top(n, 1_000)), [5_000, 10_000, 10_000, 10_000]);
  assert.deepEqual([30_000, 90_000, -5].map((ms) => top(9, ms)), [30_000, 60_000, 10_000]);
  assert.equal(top(0, 1_000, true), 20_000, "hidden tabs have time");
});

test("only staying joined resets the wait", async () => {
  const world = online();
  const waits = [];
  for (let i = 0; i < 3; i += 1) {
    world.last.end(4001);
    waits.push(wait(world));
    world.connection.tryNow();
    world.last.welcome();
  }
  assert.deepEqual(waits, [5, 10, 10]);
  world.connection.joined();
  await world.clock.advance(5_000);
  world.last.end(4001);
  assert.equal(wait(world), 5);
});

test("a transport that is cut again and again gives way to the next", async () => {
  const world = online();
  for (let i = 0; i < 4; i += 1) {
    world.last.end();
    world.connection.tryNow();
    world.last.welcome();
  }
  assert.equal(world.last.kind, "xhr-streaming");
});

test("a hidden tab waits longer", () => {
  const world = online();
  world.hidden = true;
  world.last.end();
  assert.equal(wait(world), 20);
});

test("a line that moved to another tab is followed at once, without counting", async () => {
  const world = online();
  world.last.end(1006, { soon: true });
  await world.clock.advance(250);
  assert.equal(world.transports.length, 2);
  world.last.welcome();
  world.last.end();
  assert.equal(wait(world), 5);
});

test("twice the heartbeat without a frame is a lost connection", async () => {
  const world = online();
  await world.clock.advance(30_000);
  world.last.onframe();
  await world.clock.advance(49_999);
  assert.equal(world.connection.online, true);
  await world.clock.advance(1);
  assert.equal(world.connection.status.state, "recovering");
  assert.equal(world.last.closed, true);
});

for (const code of [4500, 4501, 4502, 4505, 4506]) {
  test(`close code ${code} is final, and says why`, async () => {
    const world = online();
    world.last.end(code);
    assert.equal(world.connection.status.state, "offline");
    assert.ok(world.connection.status.reason.length > 10);
    await world.clock.advance(200_000);
    assert.equal(world.transports.length, 1);
    assert.equal(world.clock.running, 0);
  });
}

for (const code of [1006, 3000, 4000, 4001, 4002, 4003, 4004, 4005, 4006, 4007, 4321]) {
  test(`close code ${code} comes back`, async () => {
    const world = online();
    world.last.end(code);
    await world.clock.advance(0);
    assert.equal(world.connection.status.state, "recovering");
  });
}

test("an expired token comes back only with a new one", async () => {
  let token = "old";
  const world = online({ hello: () => ({ token, name: null }) });
  world.last.end(4002);
  await world.clock.advance(5_000);
  assert.equal(world.connection.status.state, "offline");
  const renewed = online({ hello: () => ({ token, name: null }) });
  renewed.last.end(4002);
  token = "new";
  await renewed.clock.advance(5_000);
  assert.equal(renewed.transports.length, 2);
});

// ── tokens of a site ─────────────────────────────────────────────────────────────────────────────

/** A connection of a visitor whom a site makes known; `tokens` are what it gives, one after the other. */
const signedIn = async (source, token = null, more = {}) => {
  const clock = new FakeClock();
  const world = start({ clock, ...more, siteToken: new SiteToken({ source, token, clock, random: () => 0.5 }) });
  await clock.advance(0);
  return world;
};

test("the token of a site goes into the hello, without the name of the guest", async () => {
  const world = await signedIn(async () => "a.b.c");
  world.last.open();
  assert.deepEqual(world.last.sent, [{ type: "hello", protocol: 1, token: "a.b.c" }]);
});

test("a visitor whom the site does not know is a guest", async () => {
  const world = await signedIn(async () => null);
  world.last.open();
  assert.deepEqual(world.last.sent, [{ type: "hello", protocol: 1, token: "t", name: "Ann" }]);
});

test("a site that does not answer is asked again later, and that is said", async () => {
  let asked = 0;
  const world = await signedIn(async () => {
    asked += 1;
    if (asked === 1) throw new Error("down");
    return "a.b.c";
  });
  assert.equal(world.transports.length, 0);
  assert.equal(world.connection.status.state, "recovering");
  assert.match(world.connection.status.reason, /did not sign you in/);
  await world.clock.advance(5_000);
  assert.equal(world.transports.length, 1);
});

test("a token is renewed over the open connection before it ends", async () => {
  let asked = 0;
  const world = await signedIn(async () => {
    asked += 1;
    return siteToken(1_000 + (asked - 1) * 540, 600, asked);
  });
  world.last.welcome(6_000);
  await world.clock.advance(540_000);
  const refresh = world.last.sent.at(-1);
  assert.equal(refresh.type, "refresh");
  assert.equal(refresh.token, siteToken(1_540, 600, 2));
  world.last.say({ type: "ok", ref: refresh.ref });
  await world.clock.advance(540_000);
  assert.equal(world.last.sent.at(-1).token, siteToken(2_080, 600, 3));
  assert.equal(world.transports.length, 1);
});

test("a renewal that the server refuses is tried again with back-off", async () => {
  const world = await signedIn(async () => siteToken(1_000, 600));
  world.last.welcome(6_000);
  await world.clock.advance(540_000);
  const { ref } = world.last.sent.at(-1);
  world.last.say({ type: "error", code: "forbidden", message: "", retryable: false, ref });
  await world.clock.advance(2_500);
  assert.deepEqual(world.last.types(), ["hello", "refresh", "refresh"]);
});

test("when the server calls it expired, the site is asked for a new one", async () => {
  const tokens = ["old.b.c", "new.b.c"];
  const world = await signedIn(async () => tokens.shift());
  world.last.welcome();
  world.last.end(4002);
  await world.clock.advance(5_000);
  world.last.open();
  assert.equal(world.last.sent[0].token, "new.b.c");
});

test("a connection that is lost after the site has signed its visitor out does not go on as a guest", async () => {
  const tokens = [siteToken(1_000, 60)];
  let settled = 0;
  const world = await signedIn(async () => tokens.shift() ?? null, null, { settle: async () => (settled += 1) });
  world.last.welcome(6_000);
  await world.clock.advance(60_000);
  world.last.end();
  await world.clock.advance(5_000);
  assert.deepEqual([world.connection.status.state, world.connection.status.code], ["offline", 4002]);
  assert.deepEqual([world.transports.length, settled], [1, 0]);
});

const unrenewed = { "no source": null, "same again": async () => "old.b.c", "signed out": async () => null };
for (const [why, source] of Object.entries(unrenewed)) {
  test(`an expired token that nobody renews is the end, and it is said: ${why}`, async () => {
    const world = await signedIn(source, "old.b.c");
    world.last.welcome();
    world.last.end(4002);
    await world.clock.advance(5_000);
    assert.equal(world.connection.status.state, "offline");
    assert.equal(world.connection.status.code, 4002);
    assert.match(world.connection.status.reason, /expired/);
    assert.equal(world.transports.length, 1);
  });
}

test("what the server said about its end is there for whoever looks into it", async () => {
  const world = await signedIn(async () => "a.b.c");
  world.last.open();
  world.last.say({ type: "bye", code: 4501, reason: "exp: expected an integer", reconnect: false });
  world.last.end(4501);
  assert.equal(world.connection.status.detail, "exp: expected an integer");
  assert.match(world.connection.status.reason, /not accepted/);
});

test("a sign-in that is refused waits for the close that follows, which is final", async () => {
  const world = await signedIn(async () => "a.b.c");
  world.last.open();
  world.last.say(
    { type: "error", code: "unauthorized", message: "token: not signed", retryable: false },
    { type: "bye", code: 4501, reason: "invalid token", reconnect: false },
  );
  world.last.end(4501);
  assert.deepEqual(world.refused, []);
  assert.equal(world.connection.status.state, "offline");
  assert.equal(world.connection.status.detail, "token: not signed");
});

test("stopping while the site is asked leaves nothing, and its answer starts nothing", async () => {
  let answer;
  const world = await signedIn(() => new Promise((resolve) => (answer = resolve)));
  world.connection.stop();
  assert.equal(world.clock.running, 0);
  answer("a.b.c");
  await world.clock.advance(0);
  assert.equal(world.transports.length, 0);
});

// ── farewells and refusals ───────────────────────────────────────────────────────────────────────

test("bye says why, and after says when at the earliest", async () => {
  const world = online({ random: () => 0 });
  world.last.say({ type: "bye", code: 4000, reason: "server is shutting down", reconnect: true, after: 7 });
  world.last.end(4000);
  assert.match(world.connection.status.reason, /restarting/);
  assert.equal(wait(world), 7);
});

test("a refused name stops until there is another one", async () => {
  const names = ["admin", "Ann"];
  const world = start({ hello: () => ({ token: null, name: names.shift() }) });
  world.last.open();
  world.last.say({ type: "error", code: "bad_request", message: "reserved", retryable: false });
  assert.deepEqual(world.refused, ["reserved"]);
  await world.clock.advance(100_000);
  assert.equal(world.transports.length, 1);
  world.connection.start();
  world.last.open();
  assert.equal(world.last.sent[0].name, "Ann");
});

test("a hello that the server is too busy for is said again", async () => {
  const world = start();
  world.last.open();
  world.last.say({ type: "error", code: "overloaded", message: "", retryable: true, retry_after: 3 });
  assert.equal(wait(world), 8);
  assert.deepEqual(world.refused, []);
});

test("a hello that comes too soon says how long to wait", () => {
  const world = start({ random: () => 0 });
  world.last.open();
  world.last.say({ type: "error", code: "rate_limited", message: "too many wrong tokens", retryable: true, retry_after: 8 });
  assert.equal(wait(world), 8);
  assert.equal(world.connection.status.reason, "too many wrong tokens");
});

test("waking up tries at once, or asks whether the line still lives", async () => {
  const world = online();
  await world.clock.advance(10_000);
  world.connection.wake();
  assert.equal(world.last.types().at(-1), "ping");
  world.last.say({ type: "pong" });
  await world.clock.advance(5_000);
  assert.equal(world.connection.online, true);
  world.connection.wake();
  await world.clock.advance(5_000);
  assert.equal(world.connection.status.state, "recovering");
  world.connection.wake();
  assert.equal(world.transports.length, 2);
});

test("a paused connection waits until it is woken", async () => {
  const world = online();
  world.connection.pause();
  await world.clock.advance(1_000_000);
  assert.equal(world.transports.length, 1);
  world.connection.wake();
  assert.equal(world.transports.length, 2);
});

test("answers go to whoever asked, everything else to the listener, in order", () => {
  const world = online();
  const heard = [];
  world.connection.request({ type: "join", room: "lobby" }, { ok: (event) => heard.push(event.last), fail: () => {} });
  const { ref } = world.last.sent.at(-1);
  assert.match(ref, /^tab\./);
  world.last.say({ type: "beat", room: "lobby", last: 1 }, { type: "joined", ref, last: 7 }, { type: "joined", ref: "other.1", last: 8 });
  assert.deepEqual(heard, [7]);
  assert.deepEqual(world.events.map(({ type }) => type), ["welcome", "beat", "joined"]);
});

test("questions without an answer fail with the connection", () => {
  const world = online();
  const heard = [];
  world.connection.request({ type: "join" }, { ok: () => {}, fail: (error) => heard.push(error) });
  world.last.end();
  assert.deepEqual(heard, [null]);
  assert.equal(world.connection.request({ type: "join" }, { ok: () => {}, fail: () => {} }), false);
});

test("what is no event is ignored", () => {
  const world = online();
  world.last.onmessage(["{", "[]", "null", "5", '{"type":5}']);
  assert.equal(world.events.length, 1);
});

test("stopping leaves no timer and no transport", async () => {
  const world = online();
  world.connection.joined();
  world.connection.stop();
  assert.equal(world.last.closed, true);
  assert.equal(world.clock.running, 0);
  assert.equal(world.connection.status.state, "idle");
});
