import assert from "node:assert/strict";
import { test } from "node:test";

import { SharedLine } from "../../tornchat/static/chat/line.js";
import { FakeClock, FakeTransport, settle } from "./helpers.mjs";

/** Web Locks as far as they are used: exclusive, queued, stolen, given up by a signal. */
class FakeLocks {
  #queues = new Map();

  request(name, { steal, signal }, hold) {
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(name) ?? [];
      this.#queues.set(name, queue);
      const entry = { hold, resolve, reject, held: false };
      signal?.addEventListener("abort", () => {
        if (!entry.held) queue.splice(queue.indexOf(entry), 1);
      });
      if (steal && queue[0]?.held) queue.shift().reject(new Error("stolen"));
      if (steal) queue.unshift(entry);
      else queue.push(entry);
      this.#grant(name);
    });
  }

  #grant(name) {
    const queue = this.#queues.get(name);
    const entry = queue[0];
    if (!entry || entry.held) return;
    entry.held = true;
    void Promise.resolve().then(entry.hold).then((value) => {
      entry.resolve(value);
      if (queue[0] !== entry) return;
      queue.shift();
      this.#grant(name);
    });
  }
}

/** A browser with tabs that share locks and a channel. */
class Browser {
  clock = new FakeClock();
  locks = new FakeLocks();
  tabs = [];
  transports = [];

  tab() {
    const id = `tab${this.tabs.length + 1}`;
    const tab = { id, frozen: false, channel: { onmessage: null, close: () => (tab.channel.onmessage = null) } };
    tab.channel.postMessage = (note) => {
      const copy = structuredClone(note);
      for (const other of this.tabs) {
        if (other !== tab && !other.frozen) queueMicrotask(() => other.channel.onmessage?.({ data: copy }));
      }
    };
    tab.line = new SharedLine({
      name: "line",
      id,
      open: () => {
        this.transports.push(Object.assign(new FakeTransport("xhr-polling"), { by: id }));
        return this.transports.at(-1);
      },
      locks: this.locks,
      channel: tab.channel,
      clock: this.clock,
    });
    this.tabs.push(tab);
    return tab;
  }

  /** A tab that uses the line, and writes down what it hears. */
  user() {
    const tab = this.tab();
    return this.attach(tab);
  }

  attach(tab) {
    const log = [];
    const end = tab.line.attach();
    end.onopen = () => {
      log.push("open");
      end.send('{"type":"hello"}');
    };
    end.onmessage = (texts) => log.push(...texts.map((text) => JSON.parse(text).type));
    end.onclose = (closing) => log.push(["close", closing.code, closing.soon ?? false]);
    return Object.assign(tab, { end, log });
  }

  get live() {
    return this.transports.filter(({ closed }) => !closed);
  }
}

const welcome = { type: "welcome", person: { id: "a", name: "Ann" } };

const two = async () => {
  const browser = new Browser();
  const [one, other] = [browser.user(), browser.user()];
  await settle();
  browser.live[0].open();
  await settle();
  browser.live[0].say(welcome);
  await settle();
  return { browser, one, other, transport: browser.live[0] };
};

test("tabs share one session, and everybody gets its open and its texts", async () => {
  const { browser, one, other } = await two();
  assert.equal(browser.transports.length, 1);
  assert.deepEqual(one.log, ["open", "welcome"]);
  assert.deepEqual(other.log, ["open", "welcome"]);
});

test("one hello serves all, and a tab that comes later gets the welcome with the name of now", async () => {
  const { browser, transport } = await two();
  transport.say({ type: "named", person: { id: "a", name: "Anna" }, was: "Ann" });
  await settle();
  const late = browser.tab();
  const heard = [];
  browser.attach(late);
  late.end.onmessage = (texts) => heard.push(...texts.map((text) => JSON.parse(text)));
  await settle();
  assert.deepEqual(transport.types(), ["hello"]);
  assert.deepEqual(heard, [{ ...welcome, person: { id: "a", name: "Anna" } }]);
});

test("a hello that was refused may be said again", async () => {
  const browser = new Browser();
  const tab = browser.user();
  await settle();
  browser.live[0].open();
  await settle();
  browser.live[0].say({ type: "error", code: "bad_request" });
  await settle();
  tab.end.send('{"type":"hello","name":"Ann"}');
  await settle();
  assert.deepEqual(browser.live[0].types(), ["hello", "hello"]);
});

test("a room is left when the last tab that is in it leaves or goes", async () => {
  const { one, other, transport } = await two();
  for (const { end } of [one, other]) end.send('{"type":"join","room":"lobby"}');
  one.end.send('{"type":"leave","room":"lobby"}');
  await settle();
  assert.deepEqual(transport.types(), ["hello", "join", "join"]);
  other.end.close();
  await settle();
  assert.deepEqual(transport.sent.at(-1), { type: "leave", room: "lobby" });
});

test("a tab that dies without a word is noticed by its lock", async () => {
  const { one, other, transport } = await two();
  other.end.send('{"type":"join","room":"lobby"}');
  await settle();
  other.channel.postMessage = () => {};
  other.line.stop();
  await settle();
  assert.deepEqual(transport.sent.at(-1), { type: "leave", room: "lobby" });
  assert.deepEqual(one.log, ["open", "welcome"]);
});

test("when the leader goes, the next tab opens a session and the others come along at once", async () => {
  const { browser, one, other } = await two();
  const third = browser.user();
  await settle();
  one.line.stop();
  await settle();
  for (const { log } of [other, third]) assert.deepEqual(log.at(-1), ["close", 1006, true]);
  for (const tab of [other, third]) browser.attach(tab);
  await settle();
  assert.deepEqual(browser.live.map(({ by }) => by), ["tab2"]);
  browser.live[0].open();
  await settle();
  for (const { log } of [other, third]) assert.deepEqual(log, ["open"]);
});

test("a leader that is frozen loses the lead, and is a follower when it thaws", async () => {
  const { browser, one, other } = await two();
  one.frozen = true;
  one.channel.postMessage = () => {};
  other.end.close();
  browser.attach(other);
  await browser.clock.advance(2_000);
  assert.deepEqual(browser.live.map(({ by }) => by), ["tab2"]);
  browser.live[0].open();
  await settle();
  assert.deepEqual(other.log, ["open"]);
});

test("an answer in time keeps the lead where it is, however long opening takes", async () => {
  const browser = new Browser();
  browser.user();
  const other = browser.user();
  await browser.clock.advance(60_000);
  assert.deepEqual(browser.live.map(({ by }) => by), ["tab1"]);
  assert.deepEqual(other.log, []);
});

test("the end of the session is everybody's, and the first to come back opens the next", async () => {
  const { browser, one, other, transport } = await two();
  transport.end(4000);
  await settle();
  for (const { log } of [one, other]) assert.deepEqual(log.at(-1), ["close", 4000, false]);
  browser.attach(other);
  await settle();
  assert.deepEqual(browser.transports.map(({ by }) => by), ["tab1", "tab1"]);
  browser.attach(one);
  browser.transports[1].open();
  await settle();
  for (const { log } of [one, other]) assert.deepEqual(log, ["open"]);
});

test("the session ends with its last user", async () => {
  const { browser, one, other } = await two();
  one.end.close();
  other.end.close();
  await settle();
  assert.equal(browser.live.length, 0);
});

test("a browser that refuses every lock is asked no more than twice", async () => {
  const browser = new Browser();
  const { locks } = browser;
  let asked = 0;
  locks.request = async () => {
    asked += 1;
    if (asked > 10) return new Promise(() => {});
    throw new Error("denied");
  };
  browser.tab();
  await settle();
  assert.equal(asked, 2);
});

test("stopping leaves no timer", async () => {
  const { browser } = await two();
  for (const { line } of browser.tabs) line.stop();
  await settle();
  assert.equal(browser.clock.running, 0);
  assert.equal(browser.live.length, 0);
});
