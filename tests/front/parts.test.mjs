import assert from "node:assert/strict";
import { test } from "node:test";

import { Answers } from "../../tornchat/static/chat/connection/answers.js";
import { Greeting } from "../../tornchat/static/chat/connection/greeting.js";
import { Ladder } from "../../tornchat/static/chat/connection/ladder.js";
import { Later } from "../../tornchat/static/chat/later.js";
import { Sayings } from "../../tornchat/static/chat/sayings.js";
import { prefixOf } from "../../tornchat/static/chat/storage.js";
import { KINDS } from "../../tornchat/static/chat/transport.js";
import { FakeClock, FakeTransport, settle } from "./helpers.mjs";

// ── which transport ──────────────────────────────────────────────────────────────────────────────

const ladder = (remembered = null) => {
  const memory = { kind: remembered };
  const clock = new FakeClock();
  const options = { kinds: KINDS, random: () => 1, hidden: () => false, clock };
  const steps = new Ladder({ ...options, remembered: { get: () => memory.kind, set: (kind) => (memory.kind = kind) } });
  steps.begin();
  return Object.assign(steps, { memory, clock });
};

test("an attempt begins with what worked, and goes down from there", () => {
  const steps = ladder("xhr-streaming");
  assert.deepEqual([steps.kind, steps.isLast], ["xhr-streaming", false]);
  steps.next();
  assert.deepEqual([steps.kind, steps.isLast], ["xhr-polling", true]);
  steps.giveUp();
  assert.equal(steps.memory.kind, null);
});

test("what worked is tried twice before the next one, in each attempt", () => {
  const steps = ladder();
  steps.succeed("websocket");
  for (let attempt = 0; attempt < 2; attempt += 1) {
    steps.begin();
    const tried = [steps.kind];
    for (let i = 0; i < 2; i += 1) tried.push((steps.next(), steps.kind));
    assert.deepEqual(tried, ["websocket", "websocket", "xhr-streaming"]);
  }
});

test("after three failures what worked is tried no earlier than the rest", () => {
  const steps = ladder("xhr-polling");
  for (let i = 0; i < 3; i += 1) steps.fall("xhr-polling", false);
  steps.begin();
  assert.equal(steps.kind, "websocket");
});

test("waits double, none outlasts the outage so far, and what lasts a while makes them short again", async () => {
  const steps = ladder();
  const fall = () => steps.fall("websocket", false);
  assert.deepEqual([0, 1, 2, 3].map(fall), [5_000, 10_000, 10_000, 10_000]);
  await steps.clock.advance(15_000);
  assert.deepEqual([fall(), fall()], [15_000, 15_000]);
  await steps.clock.advance(100_000);
  assert.equal(fall(), 60_000);
  steps.succeed("websocket");
  assert.equal(steps.fall("websocket", false), 5_000);
});

test("a transport that is cut again and again gives way to the next one", () => {
  const steps = ladder();
  for (let i = 0; i < 4; i += 1) steps.fall("websocket", true);
  assert.equal(steps.memory.kind, "xhr-streaming");
});

// ── who says hello ───────────────────────────────────────────────────────────────────────────────

test("the site speaks for its visitor; without it a guest speaks", () => {
  const greeting = new Greeting(() => ({ token: "guest", name: "Ann" }), null);
  assert.deepEqual(JSON.parse(greeting.frame), { type: "hello", protocol: 1, token: "guest", name: "Ann" });
  greeting.present("site");
  assert.deepEqual(JSON.parse(greeting.frame), { type: "hello", protocol: 1, token: "site" });
});

test("a token that has ended is stale until there is another one", () => {
  const greeting = new Greeting(() => ({ token: null, name: "Ann" }), null);
  greeting.present("one");
  assert.equal(greeting.stale, false);
  greeting.expire();
  assert.equal(greeting.stale, true);
  greeting.present("two");
  assert.equal(greeting.stale, false);
});

test("whom the site has vouched for does not come back as a guest", () => {
  const greeting = new Greeting(() => ({ token: "guest", name: "Ann" }), null);
  greeting.present(null);
  assert.equal(greeting.stale, false);
  greeting.present("site");
  greeting.present(null);
  assert.equal(greeting.stale, true);
});

// ── who waits for what ───────────────────────────────────────────────────────────────────────────

test("an answer goes to whoever asked, once", () => {
  const answers = new Answers("me");
  const heard = [];
  const ref = answers.newRef();
  answers.expect(ref, { ok: (event) => heard.push(event.type), fail: (error) => heard.push(error?.code ?? null) });
  assert.equal(answers.settle({ type: "ok", ref: "you.1" }), false);
  assert.equal(answers.settle({ type: "ok", ref }), true);
  assert.equal(answers.settle({ type: "ok", ref }), false);
  answers.expect(ref, { ok: () => {}, fail: (error) => heard.push(error?.code ?? null) });
  answers.abandon();
  assert.deepEqual(heard, ["ok", null]);
});

// ── a transport that is loaded later ─────────────────────────────────────────────────────────────

const later = (coming) => {
  const transport = new Later(coming);
  const heard = [];
  transport.onopen = () => heard.push("open");
  transport.onframe = () => heard.push("frame");
  transport.onmessage = (texts) => heard.push(...texts);
  transport.onclose = ({ code }) => heard.push(code);
  return { transport, heard };
};

test("a transport that is loaded later is one like any other", async () => {
  const inner = new FakeTransport("xhr-polling");
  const { transport, heard } = later(Promise.resolve(inner));
  await settle();
  inner.open();
  inner.say({ type: "ok" });
  transport.send('{"type":"ping"}');
  inner.end(4000);
  assert.deepEqual(heard, ["frame", "open", "frame", '{"type":"ok"}', 4000]);
  assert.deepEqual(inner.types(), ["ping"]);
});

test("a transport that is not wanted any more once it is there is closed", async () => {
  const inner = new FakeTransport("xhr-polling");
  const { transport, heard } = later(Promise.resolve(inner));
  transport.close();
  await settle();
  assert.deepEqual([inner.closed, heard], [true, []]);
});

test("a transport that cannot be loaded is lost, unless it was given up", async () => {
  const lost = later(Promise.reject(new Error("offline")));
  const given = later(Promise.reject(new Error("offline")));
  given.transport.close();
  await settle();
  assert.deepEqual([lost.heard, given.heard], [[1006], []]);
});

// ── what a tab keeps ────────────────────────────────────────────────────────────────────────────

test("two frames of one room in one tab keep their drafts apart, and a guest is one in all", () => {
  const [page, bubble, inline] = ["", "bubble", "inline"].map((mode) => prefixOf("https://chat.example/x/sockjs", mode));
  assert.equal(page, prefixOf("https://chat.example/x/sockjs"));
  assert.deepEqual([page, bubble, inline], ["tornchat:/x/sockjs:", "tornchat:/x/sockjs:bubble:", "tornchat:/x/sockjs:inline:"]);
});

// ── what the page around says ───────────────────────────────────────────────────────────────────

test("each saying is answered once, by what became of it or of all", async () => {
  const sayings = new Sayings();
  let count = 0;
  const room = { say: () => `id-${(count += 1)}` };
  const said = ["one", "two", "three"].map((text) => sayings.say(room, text));
  sayings.settle("id-2", { seq: 7 });
  sayings.settle("id-9", { seq: 9 });
  const gone = { code: "banned", message: "You are banned." };
  sayings.end(gone);
  sayings.settle("id-1", { seq: 8 });
  assert.deepEqual(await Promise.all(said), [gone, { seq: 7 }, gone]);
});
