import assert from "node:assert/strict";
import { test } from "node:test";

import { awaitsHost, hostOf } from "../../tornchat/static/embed/handshake.js";
import { readInit, readMessage } from "../../tornchat/static/embed/shapes.js";
import { init } from "./helpers.mjs";

/** A frame within a page; `hear` is that something arrives. */
const framed = async () => {
  const listeners = new Set();
  const parent = { name: "the page around" };
  const frame = {
    parent,
    addEventListener: (_, listener) => listeners.add(listener),
    removeEventListener: (_, listener) => listeners.delete(listener),
  };
  const world = { frame, parent, listeners, host: null, ports: [{}] };
  hostOf(frame).then((host) => (world.host = host));
  world.hear = async (more = {}) => {
    const event = { source: parent, origin: "https://site.example", data: init, ports: world.ports, ...more };
    for (const listener of [...listeners]) listener(event);
    await Promise.resolve();
  };
  return world;
};

test("the page around is heard once, with its port", async () => {
  const world = await framed();
  await world.hear();
  assert.deepEqual(world.host, { init, port: world.ports[0], origin: "https://site.example" });
  assert.equal(world.listeners.size, 0, "nobody listens any more");
});

const strangers = {
  "another window": { source: {} },
  "no window": { source: null },
  "a page without an origin": { origin: "null" },
  "no port": { ports: [] },
  "two ports": { ports: [{}, {}] },
  "another word": { data: { ...init, type: "hello" } },
  "another language": { data: { ...init, tornchat: 2 } },
  text: { data: "init" },
  nothing: { data: null },
};
for (const [who, more] of Object.entries(strangers)) {
  test(`ignored before the handshake, which still comes about: ${who}`, async () => {
    const world = await framed();
    await world.hear(more);
    assert.equal(world.host, null);
    await world.hear();
    assert.equal(world.host.init, init);
  });
}

test("a page that is nobody's frame listens to nobody", async () => {
  const world = await framed();
  world.frame.parent = world.frame;
  await world.hear({ source: world.frame });
  assert.equal(world.host, null);
});

test("the first word is taken in its whole shape only", () => {
  assert.equal(readInit(init), init);
  assert.equal(readInit({ ...init, later: "more" })?.later, "more", "a newer widget may say more");
  for (const key of Object.keys(init)) {
    assert.equal(readInit({ ...init, [key]: undefined }), null, key);
    assert.equal(readInit({ ...init, [key]: { toString: () => "x" } }), null, key);
  }
  const odd = [{ mode: "popup" }, { theme: "blue" }, { guest: { token: 1, name: null } }, { style: { accent: "red" } }];
  for (const more of [...odd, { suggested: "x".repeat(70_000) }]) assert.equal(readInit({ ...init, ...more }), null);
});

test("of what is said later, known words of the right shape are taken", () => {
  const style = { accent: "red", radius: "", font: "" };
  const good = [
    { type: "identity", id: 1, token: null, name: "Ann" },
    { type: "token", id: 2, token: "a.b.c" },
    { type: "token", id: 3, token: null, error: "no answer" },
    { type: "vouch", vouched: true },
    { type: "look", shown: true, focused: false },
    { type: "focus" },
    { type: "send", id: 4, text: "hello" },
    { type: "read" },
    { type: "theme", theme: "dark", style },
    { type: "locale", lang: "de" },
    { type: "title", title: "Help" },
  ];
  for (const message of good) assert.equal(readMessage(message), message);
  const odd = [undefined, null, "read", 7, [], {}, { type: "toString" }, { type: "constructor" }, { type: "init" }];
  const wrong = [
    { type: "identity", id: "1", token: null, name: null },
    { type: "identity", id: 1, token: {}, name: null },
    { type: "token", id: 1.5, token: null },
    { type: "token", id: 1, token: null, error: 5 },
    { type: "vouch" },
    { type: "look", shown: 1, focused: true },
    { type: "send", id: 1, text: ["x"] },
    { type: "send", text: "x" },
    { type: "theme", theme: "dark" },
    { type: "locale", lang: null },
  ];
  for (const message of [...odd, ...wrong]) assert.equal(readMessage(message), null, JSON.stringify(message));
});

test("an address that ends in #tornchat waits for a host, also after a reload", () => {
  const replaced = [];
  const location = { hash: "#tornchat", pathname: "/chat/embed/lobby", search: "?mode=full" };
  const history = { state: null, replaceState: (...args) => replaced.push(args) };
  assert.equal(awaitsHost(location, history, true), true);
  assert.deepEqual(replaced, [[{ tornchat: 1 }, "", "/chat/embed/lobby?mode=full"]]);
  assert.equal(awaitsHost({ ...location, hash: "" }, { ...history, state: { tornchat: 1 } }, true), true);
  for (const hash of ["", "#tornchats", "#invite=tc_x"]) assert.equal(awaitsHost({ ...location, hash }, history, true), false);
  assert.equal(replaced.length, 1);
  assert.equal(awaitsHost(location, history, false), false, "a tab of its own waits for nobody");
  assert.equal(awaitsHost({ ...location, hash: "" }, { ...history, state: { tornchat: 1 } }, false), false);
});
