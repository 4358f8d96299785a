import assert from "node:assert/strict";
import { test } from "node:test";

import { Session } from "../../tornchat/static/chat/session.js";
import { ann, joinedEvent, settle, siteToken } from "./helpers.mjs";

/** A WebSocket whose server the test plays. */
class FakeSocket {
  static made = [];
  readyState = 1;
  sent = [];

  constructor() {
    FakeSocket.made.push(this);
  }

  send(text) {
    this.sent.push(...JSON.parse(text).map((frame) => JSON.parse(frame)));
  }

  say(...events) {
    this.onmessage({ data: `a${JSON.stringify(events.map((event) => JSON.stringify(event)))}` });
  }

  close() {}
}

/** A session in the lobby as this person; `kept` is what it kept of the guest. */
const online = async (t, person, options = {}) => {
  Object.assign(globalThis, { WebSocket: FakeSocket, document: { hidden: false } });
  const drawer = new Map();
  const world = { kept: { token: "g", name: "Ann" } };
  const keeper = {
    get guest() {
      return world.kept;
    },
    keep: (change) => (world.kept = { ...world.kept, ...change }),
    settle: null,
    scope: null,
  };
  const tab = { get: (key) => drawer.get(key) ?? null, set: (key, value) => void drawer.set(key, value) };
  const hooks = ["onchange", "onstatus", "onname", "onnamed", "onproblem", "onmessage", "onsettled"];
  world.session = new Session(
    {
      room: "lobby", endpoint: "https://chat.example/sockjs", forced: "websocket", listed: true, invite: null,
      token: null, getToken: null, framed: false, nameless: false, keeper, tab, ...options,
    },
    Object.fromEntries(hooks.map((name) => [name, () => {}])),
  );
  t.after(() => world.session.stop());
  world.session.start();
  await settle();
  const socket = FakeSocket.made.at(-1);
  socket.onmessage({ data: "o" });
  world.say = (...events) => socket.say(...events);
  world.say({ type: "welcome", connection: "c", person, heartbeat: 25, server: "s" });
  world.say({ ...joinedEvent(), ref: socket.sent.find(({ type }) => type === "join").ref });
  return world;
};

test("a guest's new name is kept, and one that the server chose is not", async (t) => {
  const world = await online(t, ann);
  world.say({ type: "named", person: { ...ann, name: "Anna" }, was: "Ann" });
  assert.equal(world.kept.name, "Anna");
  world.say({ type: "named", person: { ...ann, name: "Anna 2" }, was: "Anna", reason: "taken" });
  assert.equal(world.kept.name, "Anna");
});

test("the name that a site gives its visitor never becomes the guest's", async (t) => {
  const mia = { id: "shop:8", name: "Mia", verified: true };
  const world = await online(t, mia, { token: siteToken(Date.now() / 1000, 600) });
  world.say({ type: "named", person: { ...mia, name: "Mia of Shop" }, was: "Mia" });
  assert.deepEqual(world.kept, { token: "g", name: "Ann" });
});
