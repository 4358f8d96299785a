import assert from "node:assert/strict";
import { test } from "node:test";

import { isHidden, watchPage } from "../../tornchat/static/client/page.js";
import { FakeClock } from "./helpers.mjs";

/** A page as far as it is listened to, with a connection that notes what it is told. */
const open = (t, transport) => {
  const target = new EventTarget();
  const page = new EventTarget();
  page.hidden = false;
  const put = (name, value) => {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    t.after(() => (before ? Object.defineProperty(globalThis, name, before) : delete globalThis[name]));
  };
  put("document", page);
  put("addEventListener", target.addEventListener.bind(target));
  const told = [];
  const clock = new FakeClock();
  const connection = { status: { transport }, wake: () => told.push("wake"), pause: () => told.push("pause") };
  const stop = watchPage(connection, clock);
  const hide = (hidden) => {
    page.hidden = hidden;
    page.dispatchEvent(new Event("visibilitychange"));
  };
  const happens = (name, more = {}) => target.dispatchEvent(Object.assign(new Event(name), more));
  return { told, clock, stop, hide, happens, page };
};

test("a hidden page that polls gives its connection back, and wakes when it is looked at", async (t) => {
  const { told, clock, hide } = open(t, "xhr-polling");
  hide(true);
  assert.equal(isHidden(), true);
  await clock.advance(19_999);
  assert.deepEqual(told, []);
  await clock.advance(1);
  hide(false);
  hide(true);
  hide(false);
  await clock.advance(60_000);
  assert.deepEqual(told, ["pause", "wake", "wake"]);
});

test("a hidden page keeps its WebSocket", async (t) => {
  const { told, clock, hide } = open(t, "websocket");
  hide(true);
  await clock.advance(60_000);
  assert.deepEqual(told, []);
});

test("the network comes back, the machine wakes up, the page comes back from the cache", (t) => {
  const { told, happens, page, stop } = open(t, "websocket");
  happens("online");
  page.dispatchEvent(new Event("resume"));
  happens("pagehide");
  happens("pageshow", { persisted: false });
  happens("pageshow", { persisted: true });
  assert.deepEqual(told, ["wake", "wake", "pause", "wake"]);
  stop();
  happens("online");
  page.dispatchEvent(new Event("visibilitychange"));
  assert.equal(told.length, 4);
});

test("closing a hidden page's chat leaves no timer", (t) => {
  const { clock, hide, stop } = open(t, "xhr-streaming");
  hide(true);
  assert.equal(clock.running, 1);
  stop();
  assert.equal(clock.running, 0);
});

test("outside of browsers there is nothing to watch", () => {
  assert.equal(isHidden(), false);
  watchPage({}, new FakeClock())();
});
