import assert from "node:assert/strict";
import { test } from "node:test";

import { Connection } from "../../tornchat/static/chat/connection.js";
import { KINDS } from "../../tornchat/static/chat/transport.js";
import { Host } from "../../tornchat/static/embed/host.js";
import { FakeClock, FakeTransport, settle } from "./helpers.mjs";

/** The frame's end of the line, and what the test hears at the other. */
const line = (guest = { token: null, name: null }) => {
  const clock = new FakeClock();
  const world = { clock, said: [], wishes: [], learnt: 0 };
  const port = { postMessage: (message) => world.said.push(message), onmessage: null };
  world.host = new Host({ init: { guest }, port, origin: "https://site.example" }, clock);
  world.host.onwish = (wish) => world.wishes.push(wish);
  world.host.onguest = () => (world.learnt += 1);
  world.keeper = world.host.keeper(true);
  world.say = async (message) => {
    port.onmessage({ data: message });
    await settle();
  };
  return world;
};

test("hello waits until the host has said who is here", async () => {
  const world = line();
  const transports = [];
  const connection = new Connection(
    {
      open: (kind) => transports[transports.push(new FakeTransport(kind)) - 1],
      alive: async () => true,
      kinds: KINDS,
      hello: () => world.keeper.guest,
      settle: world.keeper.settle,
      remembered: { get: () => null, set: () => {} },
      clock: world.clock,
      random: () => 0.5,
      hidden: () => false,
      id: "tab",
    },
    { onstatus: () => {}, onevent: () => {}, onrefused: () => {} },
  );
  world.keeper.keep({ name: "Ann" });
  connection.start();
  await settle();
  assert.deepEqual(world.said, [{ type: "identity", id: 1 }]);
  assert.equal(transports.length, 0);
  await world.say({ type: "identity", id: 1, token: "known", name: "Ann of old" });
  transports[0].open();
  assert.deepEqual(transports[0].sent, [{ type: "hello", protocol: 1, token: "known", name: "Ann" }]);
  assert.deepEqual(world.said[1], { type: "guest", token: "known", name: "Ann" }, "the name that was chosen here");
  connection.stop();
});

test("a guest who is known is not asked for", async () => {
  const world = line({ token: "t", name: "Ann" });
  await world.keeper.settle();
  assert.deepEqual(world.said, []);
});

test("a host that never answers keeps nobody out, and the frame makes its own guest", async () => {
  const world = line();
  let settled = false;
  world.keeper.settle().then(() => (settled = true));
  await world.clock.advance(34_999);
  assert.equal(settled, false);
  await world.clock.advance(1);
  assert.equal(settled, true);
  assert.deepEqual(world.keeper.guest, { token: null, name: null });
  assert.equal(world.clock.running, 0);
});

test("the host is told of a guest that is somebody, and of a change only", () => {
  const world = line();
  world.keeper.keep({ name: "Ann" });
  assert.deepEqual(world.said, [], "without a token it is nobody yet");
  world.keeper.keep({ token: "t" });
  world.keeper.keep({ token: "t" });
  world.keeper.keep({ name: "Anna" });
  assert.deepEqual(world.said, [
    { type: "guest", token: "t", name: "Ann" },
    { type: "guest", token: "t", name: "Anna" },
  ]);
});

test("what another frame of the site made is taken over unasked", async () => {
  const world = line();
  await world.say({ type: "identity", id: 0, token: "t", name: "Ben" });
  assert.deepEqual(world.keeper.guest, { token: "t", name: "Ben" });
  assert.equal(world.learnt, 1);
  await world.say({ type: "identity", id: 0, token: null, name: null });
  assert.deepEqual(world.keeper.guest, { token: "t", name: "Ben" }, "nobody is no news");
});

test("a token comes to who asked for it, a failure fails, and silence does so after a while", async () => {
  const world = line();
  const [first, second, third] = [world.host.token(false), world.host.token(true), world.host.token(true)];
  assert.deepEqual(world.said.map(({ id, fresh }) => [id, fresh]), [[1, false], [2, true], [3, true]]);
  await world.say({ type: "token", id: 2, token: null });
  await world.say({ type: "token", id: 1, token: "a.b.c" });
  await world.say({ type: "token", id: 1, token: "late" });
  assert.deepEqual([await first, await second], ["a.b.c", null]);
  const failed = assert.rejects(third, /answer/);
  await world.clock.advance(15_000);
  await failed;
  const fourth = assert.rejects(world.host.token(true), /no back end/);
  await world.say({ type: "token", id: 4, token: null, error: "no back end" });
  await fourth;
  assert.deepEqual(world.wishes, []);
});

test("wishes of the right shape are passed on, and nothing else (threat 94)", async () => {
  const world = line();
  for (const odd of [null, "read", { type: "look" }, { type: "ready" }, { type: "__proto__" }, { type: "send", id: 1 }]) {
    await world.say(odd);
  }
  await world.say({ type: "read" });
  assert.deepEqual(world.wishes, [{ type: "read" }]);
});

test("frames of one site share a line, those that only read do not", () => {
  const { host } = line();
  assert.equal(host.keeper(true).scope, ":https://site.example");
  assert.equal(host.keeper(false).scope, null);
});
