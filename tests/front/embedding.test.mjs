import assert from "node:assert/strict";
import { test } from "node:test";

import { Embedding } from "../../tornchat/static/embed/embedding.js";
import { init, settle, siteToken } from "./helpers.mjs";

/** A frame of a page that gives these tokens, one after the other. */
const framed = async (tokens, more = {}) => {
  const documentElement = { dataset: {}, style: { setProperty: () => {}, removeProperty: () => {} } };
  globalThis.document = { documentElement, hidden: false, hasFocus: () => true };
  const world = { became: [], told: [] };
  const host = {
    tell: (message) => world.told.push(message),
    keeper: () => ({}),
    token: async () => {
      const token = tokens.shift();
      if (token instanceof Error) throw token;
      return token ?? null;
    },
  };
  const element = {
    dataset: { state: "online" },
    getAttribute: () => "lobby",
    setAttribute: () => {},
    addEventListener: () => {},
    become: (source, invite) => world.became.push(invite ?? (source ? "vouched" : "guest")),
  };
  const embedding = new Embedding(host, { ...init, ...more }, element);
  await embedding.prepare();
  embedding.begin();
  world.element = element;
  world.vouch = async (vouched) => {
    host.onwish({ type: "vouch", vouched });
    await settle();
  };
  return world;
};

const token = (number, iat = 1) => siteToken(iat, 600, number);

test("a guest who stays one keeps the room, with what is unsent there", async () => {
  const world = await framed([null, null]);
  await world.vouch(false);
  await world.vouch(true);
  assert.deepEqual(world.became, []);
  world.element.dataset.state = "offline";
  await world.vouch(false);
  assert.deepEqual(world.became, ["guest"], "who was sent away may try again");
});

test("the room opens anew for who signs in, out, or as somebody else, and for an invite", async () => {
  const world = await framed([token(1), token(1, 2), token(2), "tc_x", "tc_x"]);
  await world.vouch(true);
  assert.deepEqual(world.became, ["vouched"]);
  await world.vouch(true);
  assert.deepEqual(world.became, ["vouched"], "the same visitor, with a younger token");
  await world.vouch(true);
  await world.vouch(false);
  await world.vouch(true);
  await world.vouch(true);
  assert.deepEqual(world.became, ["vouched", "vouched", "guest", "tc_x", "tc_x"]);
});

test("a site that does not answer is asked again, and its visitor is no guest meanwhile", async () => {
  const world = await framed([new Error("down"), null], { vouched: true });
  await world.vouch(true);
  assert.deepEqual(world.became, ["guest"], "it knows nobody: the room opens for a guest");
});
