import assert from "node:assert/strict";
import { test } from "node:test";

import { Room } from "../../tornchat/static/chat/room.js";
import { ann, FakeClock, joinedEvent, message, messages } from "./helpers.mjs";

/** A room on a wire that the test plays. */
const inRoom = ({ kept = null, invite = null, joined = joinedEvent({ last: 3, entries: messages(1, 3), read_seq: 3 }) } = {}) => {
  const clock = new FakeClock();
  const world = { clock, sent: [], kept, invite, entered: 0, problems: [], answers: [], heard: [], settled: [] };
  const wire = {
    online: false,
    send: (command) => wire.online && world.sent.push(command) > 0,
    request: (command, answer) => {
      if (!wire.send(command)) return false;
      world.answers.push(answer);
      return true;
    },
    joined: () => (world.entered += 1),
  };
  let ids = 0;
  const room = new Room("lobby", {
    wire,
    clock,
    newId: () => `c${(ids += 1)}`,
    kept: { get: () => world.kept, set: (text) => (world.kept = text) },
    invite: { get: () => world.invite, set: (text) => (world.invite = text) },
    onchange: () => {},
    onproblem: (words) => world.problems.push(words),
    onmessage: (heard) => world.heard.push(heard),
    onsettled: (...settled) => world.settled.push(settled),
  });
  Object.assign(world, {
    wire,
    room,
    of: (type) => world.sent.filter((command) => command.type === type),
    connect: () => {
      wire.online = true;
      room.receive({ type: "welcome", person: ann });
      room.online();
    },
    answer: (event) => world.answers.shift().ok(event),
    refuse: (error) => world.answers.shift().fail(error),
    cut: () => {
      wire.online = false;
      for (const answer of world.answers.splice(0)) answer.fail(null);
      room.offline();
    },
    ack: (clientId, seq) => room.receive({ type: "ack", room: "lobby", client_id: clientId, seq, time: 1 }),
    error: (clientId, more) =>
      room.receive({ type: "error", code: "rate_limited", message: "slow down", retryable: true, client_id: clientId, ...more }),
  });
  if (joined) {
    world.connect();
    world.answer(joined);
  }
  return world;
};

const pending = ({ room }) => room.state.pending.map(({ text, status }) => [text, status]);

// ── joining ──────────────────────────────────────────────────────────────────────────────────────

test("the first join asks for the newest page, the next one resumes", () => {
  const world = inRoom();
  assert.deepEqual(world.of("join")[0], { type: "join", room: "lobby", limit: 50 });
  assert.equal(world.entered, 1);
  world.cut();
  world.connect();
  assert.deepEqual(world.of("join")[1], { type: "join", room: "lobby", limit: 50, since: 3, epoch: "e1" });
});

test("a replay in parts is asked for until it is whole", () => {
  const world = inRoom();
  world.cut();
  world.connect();
  world.answer(joinedEvent({ recovered: true, more: true, last: 7, entries: messages(4, 5) }));
  assert.equal(world.of("join")[2].since, 5);
  assert.equal(world.entered, 1);
  world.answer(joinedEvent({ recovered: true, last: 7, entries: messages(6, 7) }));
  assert.equal(world.entered, 2);
  assert.equal(world.room.state.cursor, 7);
});

test("a hole is healed by joining again, once", () => {
  const world = inRoom();
  for (const seq of [5, 6, 7]) world.room.receive(message(seq));
  assert.equal(world.of("join").length, 2);
  world.answer(joinedEvent({ recovered: true, last: 7, entries: messages(4, 7) }));
  assert.deepEqual(world.room.state.lines.map(({ seq }) => seq), [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(world.of("join").length, 2);
});

test("a beat beyond the cursor is a lost tail: join again", () => {
  const world = inRoom();
  world.room.receive({ type: "beat", room: "lobby", last: 3 });
  assert.equal(world.of("join").length, 1);
  world.room.receive({ type: "beat", room: "lobby", last: 4 });
  assert.equal(world.of("join").length, 2);
});

test("joins that bring nothing slow down, and end in a gap that is said", async () => {
  const world = inRoom();
  const nothing = joinedEvent({ recovered: true, last: 9, entries: [message(6)] });
  world.room.receive(message(9));
  for (let i = 0; i < 3; i += 1) {
    world.answer(nothing);
    assert.equal(world.answers.length, 0);
    await world.clock.advance(1_000);
  }
  assert.equal(world.of("join").at(-1).since, undefined);
  world.answer(joinedEvent({ last: 9, entries: messages(8, 9) }));
  assert.equal(world.room.state.lines[0].kind, "gap");
});

test("a join that the server is too busy for is tried again when it says", async () => {
  const world = inRoom({ joined: null });
  world.connect();
  world.refuse({ type: "error", code: "overloaded", message: "", retryable: true, retry_after: 4 });
  await world.clock.advance(3_999);
  assert.equal(world.of("join").length, 1);
  await world.clock.advance(1);
  assert.equal(world.of("join").length, 2);
});

test("a join that is refused is said, and tried again only when asked", () => {
  const world = inRoom({ joined: null });
  world.connect();
  world.refuse({ type: "error", code: "forbidden", message: "not for you", retryable: false });
  assert.deepEqual(world.room.state.left, { code: "forbidden", reason: "not for you" });
  world.cut();
  world.connect();
  assert.equal(world.of("join").length, 1);
  world.room.rejoin();
  assert.equal(world.of("join").length, 2);
});

test("the join of another tab on our line heals or shows a hole", () => {
  const world = inRoom();
  world.room.receive(joinedEvent({ recovered: true, last: 5, entries: messages(2, 5) }));
  assert.equal(world.room.state.cursor, 5);
  assert.equal(world.of("join").length, 1);
  world.room.receive(joinedEvent({ last: 8, entries: messages(7, 8) }));
  assert.equal(world.of("join").at(-1).since, 5);
});

// ── invites ──────────────────────────────────────────────────────────────────────────────────────

const used = { type: "error", code: "unauthorized", message: "this invite is used up", retryable: false };

test("an invite goes with the join until it let one in, and never again", () => {
  const world = inRoom({ invite: "tc_x", joined: null });
  world.connect();
  world.cut();
  world.connect();
  assert.deepEqual(world.of("join").map(({ token }) => token), ["tc_x", "tc_x"]);
  world.answer(joinedEvent());
  assert.equal(world.invite, null);
  world.cut();
  world.connect();
  assert.equal("token" in world.of("join")[2], false);
});

test("a refused invite is said, and not shown again", () => {
  const world = inRoom({ invite: "tc_x", joined: null });
  world.connect();
  world.refuse(used);
  assert.deepEqual(world.room.state.left, { code: "unauthorized", reason: "this invite is used up" });
  assert.equal(world.invite, null);
  world.cut();
  world.connect();
  assert.equal(world.of("join").length, 1);
});

test("too many attempts: the invite is kept, the wait is said, and it is tried again then", async () => {
  const world = inRoom({ invite: "tc_x", joined: null });
  world.connect();
  world.refuse({ type: "error", code: "rate_limited", message: "slow down", retryable: true, retry_after: 8 });
  assert.deepEqual(world.room.state.held, { until: world.clock.now() + 8_000, reason: "slow down" });
  await world.clock.advance(8_000);
  assert.equal(world.of("join")[1].token, "tc_x");
  world.answer(joinedEvent());
  assert.equal(world.room.state.held, null);
});

test("whoever is sent away is not in the room again by itself, unless another tab is let in", () => {
  const world = inRoom();
  world.room.receive({ type: "left", room: "lobby", code: "revoked", reason: "taken back" });
  world.cut();
  world.connect();
  assert.equal(world.of("join").length, 1);
  world.room.receive(joinedEvent({ last: 3, entries: messages(1, 3) }));
  assert.equal(world.of("join").length, 2);
  world.answer(joinedEvent({ last: 3, entries: messages(1, 3) }));
  assert.equal(world.room.state.lines.length, 3);
});

test("a page of history that comes after one was sent away brings nothing back", () => {
  const world = inRoom({ joined: joinedEvent({ last: 60, entries: messages(11, 60) }) });
  world.room.load("older");
  world.room.receive({ type: "left", room: "lobby", code: "revoked", reason: "" });
  world.answer({ type: "history", epoch: "e1", first: 1, last: 60, entries: messages(1, 10), more: false });
  assert.equal(world.room.state.lines.length, 0);
  assert.equal(world.of("join").length, 1);
});

test("what was written but not sent goes out when one is back", () => {
  const world = inRoom();
  world.room.say("one");
  world.room.receive({ type: "left", room: "lobby", code: "kicked", reason: "" });
  assert.deepEqual(pending(world), [["one", "waiting"]]);
  world.room.rejoin();
  world.answer(joinedEvent({ last: 3, entries: messages(1, 3) }));
  assert.deepEqual(world.of("send").map(({ client_id }) => client_id), ["c1", "c1"]);
});

// ── writing ──────────────────────────────────────────────────────────────────────────────────────

test("one write is in flight at a time, in order", () => {
  const world = inRoom();
  world.room.say("one");
  world.room.say("two");
  assert.deepEqual(world.of("send").map(({ text }) => text), ["one"]);
  assert.deepEqual(pending(world), [["one", "sending"], ["two", "waiting"]]);
  world.ack("c1", 4);
  assert.deepEqual(world.of("send").map(({ text }) => text), ["one", "two"]);
});

test("a deletion waits its turn like any write", () => {
  const world = inRoom();
  world.room.say("one");
  world.room.remove(2);
  assert.equal(world.of("delete").length, 0);
  world.ack("c1", 4);
  assert.deepEqual(world.of("delete"), [{ type: "delete", client_id: "c2", target: 2, room: "lobby" }]);
});

test("what is written offline waits, and goes out after the join, with the same id", () => {
  const world = inRoom();
  world.room.say("one");
  world.cut();
  world.room.say("two");
  assert.deepEqual(pending(world), [["one", "waiting"], ["two", "waiting"]]);
  world.connect();
  assert.equal(world.of("send").length, 1);
  world.answer(joinedEvent({ recovered: true, last: 3 }));
  assert.deepEqual(world.of("send").map(({ client_id }) => client_id), ["c1", "c1"]);
  world.ack("c1", 4);
  assert.deepEqual(world.of("send").at(-1).client_id, "c2");
});

test("a message that had arrived before the cut is not shown twice", () => {
  const world = inRoom();
  world.room.say("one");
  world.cut();
  world.connect();
  world.answer(joinedEvent({ recovered: true, last: 4, entries: [message(4, { from: ann, client_id: "c1", text: "one" })] }));
  assert.deepEqual(pending(world), []);
  assert.equal(world.room.state.lines.length, 4);
  world.ack("c1", 4);
  assert.equal(world.room.state.lines.length, 4);
});

test("too fast: the same message waits as long as the server says", async () => {
  const world = inRoom();
  world.room.say("one");
  world.error("c1", { retry_after: 3 });
  assert.deepEqual(pending(world), [["one", "waiting"]]);
  world.room.say("two");
  await world.clock.advance(2_999);
  assert.equal(world.of("send").length, 1);
  await world.clock.advance(1);
  assert.deepEqual(world.of("send").map(({ client_id }) => client_id), ["c1", "c1"]);
});

test("a refused message fails with the reason, does not hold up others, and can be tried again", () => {
  const world = inRoom();
  world.room.say("one");
  world.room.say("two");
  world.error("c1", { retryable: false, message: "too long" });
  assert.deepEqual(pending(world), [["one", "failed"], ["two", "sending"]]);
  assert.equal(world.room.state.pending[0].error, "too long");
  world.ack("c2", 4);
  world.room.retry("c1");
  assert.equal(world.of("send").at(-1).client_id, "c1");
  world.error("c1", { retryable: false, message: "too long" });
  world.room.discard("c1");
  assert.deepEqual(pending(world).length, 1);
});

test("a refused deletion is said, and does not come back", () => {
  const world = inRoom();
  world.room.remove(2);
  world.error("c1", { retryable: false, message: "not yours" });
  assert.deepEqual(world.problems, ["not yours"]);
  world.cut();
  world.connect();
  world.answer(joinedEvent({ recovered: true, last: 3 }));
  assert.equal(world.of("delete").length, 1);
});

test("unsent messages survive a reload, failed ones with their reason", () => {
  const before = inRoom();
  before.room.say("one");
  before.room.say("two");
  before.error("c1", { retryable: false, message: "no" });
  before.cut();
  const world = inRoom({ kept: before.kept });
  assert.deepEqual(pending(world), [["one", "failed"], ["two", "sending"]]);
  assert.equal(world.of("send")[0].client_id, "c2");
  world.ack("c2", 4);
  world.room.discard("c1");
  assert.equal(world.kept, null);
});

for (const kept of ["{", "5", "null", '[{"type":"delete"},null,{"type":"send","text":5}]']) {
  test(`a kept text that is damaged is nothing: ${kept}`, () => {
    assert.deepEqual(pending(inRoom({ kept })), []);
  });
}

// ── reading, typing, paging ──────────────────────────────────────────────────────────────────────

test("reading is reported when somebody looks at the newest line, not more often than every 2 s", async () => {
  const world = inRoom();
  world.room.receive(message(4));
  world.room.receive(message(5));
  assert.deepEqual(world.of("read").map(({ seq }) => seq), [4]);
  await world.clock.advance(2_000);
  assert.deepEqual(world.of("read").map(({ seq }) => seq), [4, 5]);
  world.room.focus(false);
  world.room.receive(message(6));
  await world.clock.advance(2_000);
  assert.equal(world.of("read").length, 2);
  world.room.focus(true);
  assert.equal(world.of("read").at(-1).seq, 6);
  world.room.follow(false);
  world.room.receive(message(7));
  await world.clock.advance(2_000);
  assert.equal(world.of("read").at(-1).seq, 6);
});

test("typing is told every 3 s at most, and its end after 5 s of rest", async () => {
  const world = inRoom();
  for (let i = 0; i < 4; i += 1) {
    world.room.typing(true);
    await world.clock.advance(1_000);
  }
  assert.deepEqual(world.of("typing").map(({ on }) => on), [true, true]);
  await world.clock.advance(5_000);
  assert.deepEqual(world.of("typing").map(({ on }) => on), [true, true, false]);
  world.room.typing(false);
  assert.equal(world.of("typing").length, 3);
});

test("what others type fades by itself", async () => {
  const world = inRoom();
  world.room.receive({ type: "typing", room: "lobby", person: { id: "b", name: "Ben" }, on: true });
  assert.equal(world.room.state.typing.length, 1);
  await world.clock.advance(7_000);
  assert.equal(world.room.state.typing.length, 0);
  await world.clock.advance(7_000);
  assert.equal(world.clock.running, 0);
});

test("older lines are asked for once at a time, and before the oldest one", () => {
  const world = inRoom({ joined: joinedEvent({ last: 60, entries: messages(11, 60) }) });
  world.room.load("older");
  world.room.load("older");
  assert.deepEqual(world.of("history"), [{ type: "history", room: "lobby", limit: 50, before: 11 }]);
  world.answer({ type: "history", epoch: "e1", first: 1, last: 60, entries: messages(1, 10), more: false });
  assert.equal(world.room.state.lines.length, 60);
  world.room.load("older");
  assert.equal(world.of("history").length, 1);
});

test("a page that never came can be asked for again", () => {
  const world = inRoom({ joined: joinedEvent({ last: 60, entries: messages(11, 60) }) });
  world.room.load("older");
  world.cut();
  world.connect();
  world.answer(joinedEvent({ recovered: true, last: 60 }));
  world.room.load("older");
  assert.equal(world.of("history").length, 2);
});

test("a page that the server has no time for is asked for again when it says", async () => {
  const world = inRoom({ joined: joinedEvent({ last: 60, entries: messages(11, 60) }) });
  world.room.load("older");
  world.refuse({ type: "error", code: "overloaded", message: "", retryable: true, retry_after: 3 });
  world.room.load("older");
  await world.clock.advance(2_999);
  world.room.load("older");
  assert.equal(world.of("history").length, 1);
  await world.clock.advance(1);
  world.room.load("older");
  assert.equal(world.of("history").length, 2);
});

test("the newest page is not asked for while the window ends there", () => {
  const world = inRoom();
  world.room.load("latest");
  world.room.load("newer");
  assert.equal(world.of("history").length, 0);
});

test("stopping leaves no timer", () => {
  const world = inRoom();
  world.room.typing(true);
  world.room.receive(message(4));
  world.room.say("one");
  world.error("c1", { retry_after: 60 });
  world.room.stop();
  assert.equal(world.clock.running, 0);
});

// ── the rules of a room ──────────────────────────────────────────────────────────────────────────

test("a message that slow mode refused waits as long as the server says, and so does the next one", async () => {
  const world = inRoom({ joined: joinedEvent({ slow: 30 }) });
  world.room.say("early");
  world.error("c1", { message: "slow mode: wait 7 s", retry_after: 7 });
  assert.equal(world.room.state.slowUntil, world.clock.now() + 7_000);
  assert.deepEqual(pending(world), [["early", "waiting"]]);
  await world.clock.advance(7_000);
  assert.equal(world.of("send").length, 2);
});

test("a word that is not welcome keeps the text, and ends the wait", () => {
  const world = inRoom({ joined: joinedEvent({ slow: 30 }) });
  world.room.say("casino");
  world.error("c1", { code: "forbidden", message: "'casino' is not welcome here", retryable: false });
  assert.deepEqual(pending(world), [["casino", "failed"]]);
  assert.equal(world.room.state.slowUntil, 0);
});

test("who is banned is told until when, and may try again", () => {
  const world = inRoom({ joined: null });
  world.connect();
  world.refuse({ type: "error", code: "forbidden", message: "you are banned: spam", retryable: false, banned: { until: 99 } });
  assert.deepEqual(world.room.state.left, { code: "banned", reason: "you are banned: spam", until: 99 });
  world.room.rejoin();
  assert.equal(world.of("join").length, 2);
});

test("a command is no write: it waits for no message, and keeps nothing for a reload", () => {
  const world = inRoom();
  world.room.say("first");
  world.room.ask("/who");
  assert.deepEqual(world.of("command"), [{ type: "command", room: "lobby", text: "/who" }]);
  assert.equal(JSON.parse(world.kept).length, 1);
  world.answer({ type: "reply", room: "lobby", text: "1 here: Ann" });
  const { key } = world.room.state.lines.at(-1);
  world.room.dismiss(key);
  assert.equal(world.room.state.lines.some(({ kind }) => kind === "reply"), false);
});

// ── what a page around a frame is told ───────────────────────────────────────────────────────────

test("each message that moves the cursor is told once, in order, whichever way it comes", () => {
  const world = inRoom();
  const texts = () => world.heard.map(({ seq }) => seq);
  world.room.receive(message(4));
  world.room.receive(message(4));
  world.room.receive(message(6));
  world.room.receive(message(5, { room: "elsewhere" }));
  assert.deepEqual(texts(), [4], "not behind a hole");
  world.answer(joinedEvent({ recovered: true, last: 6, entries: messages(5, 6) }));
  assert.deepEqual(texts(), [4, 5, 6]);
  world.room.receive(message(7, { text: "" }));
  world.room.receive(message(8, { deleted: true }));
  world.cut();
  world.connect();
  world.answer(joinedEvent({ recovered: true, last: 9, entries: [message(9)] }));
  assert.deepEqual(texts(), [4, 5, 6, 9], "nor what has no words");
  world.cut();
  world.connect();
  world.answer(joinedEvent({ epoch: "e2", last: 9, entries: messages(7, 9) }));
  assert.deepEqual(texts(), [4, 5, 6, 9], "nor the past of another log");
});

test("what was said is told to be in the log, refused for good, or taken back", async () => {
  const world = inRoom();
  const [one, two, three] = ["one", "two", "three"].map((text) => world.room.say(text));
  world.error(one);
  assert.deepEqual(world.settled, [], "for now is not for good");
  world.room.discard(three);
  await world.clock.advance(2_000);
  world.ack(one, 4);
  world.error(two, { retryable: false, code: "too_large", message: "too long" });
  assert.deepEqual(world.settled.map(([id, { seq, code }]) => [id, seq ?? code]), [
    [three, "discarded"],
    [one, 4],
    [two, "too_large"],
  ]);
});

test("all can be marked as read while nobody looks, also right after the last time", () => {
  const world = inRoom();
  world.room.focus(false);
  world.room.receive(message(4));
  assert.equal(world.room.state.unread, 1);
  assert.deepEqual(world.of("read"), []);
  world.room.markRead();
  world.room.receive(message(5));
  world.room.markRead();
  assert.deepEqual(world.of("read").map(({ seq }) => seq), [4, 5]);
  assert.deepEqual([world.room.state.unread, world.room.state.divider], [0, null]);
});
