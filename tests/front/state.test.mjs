import assert from "node:assert/strict";
import { test } from "node:test";

import { initialState, reduce } from "../../tornchat/static/chat/state.js";
import { FOLLOWING_LINES, READING_LINES, SLACK } from "../../tornchat/static/chat/state/log.js";
import { TYPING_MS } from "../../tornchat/static/chat/state/members.js";
import { FOLD_MS } from "../../tornchat/static/chat/state/people.js";
import { ann, ben, eve, joinedEvent, message, messages } from "./helpers.mjs";
import { inRoom, NOW, run } from "./states.mjs";

const texts = (state) => state.lines.filter((line) => line.kind === "message").map((line) => line.text);
const seqs = (state) => state.lines.map((line) => line.seq);

test("a first join shows the newest page and sets the cursor to last", () => {
  const state = inRoom({ last: 5, entries: messages(2, 4) });
  assert.deepEqual(seqs(state), [2, 3, 4]);
  assert.equal(state.cursor, 5);
  assert.equal(state.phase, "joined");
  assert.equal(state.hasOlder, true);
});

test("a first join of an empty room sets the cursor to nought, so the first message fits", () => {
  const state = run(inRoom({ last: 0, entries: [] }), message(1));
  assert.deepEqual(seqs(state), [1]);
  assert.equal(state.hole, false);
  assert.equal(state.hasOlder, false);
});

test("a message moves the cursor", () => {
  assert.equal(run(inRoom(), message(4)).cursor, 4);
});

test("a message seen before is dropped", () => {
  const state = run(inRoom(), message(4), message(4), message(2));
  assert.deepEqual(seqs(state), [1, 2, 3, 4]);
  assert.equal(state.cursor, 4);
});

test("a message behind a hole raises the hole and is not shown", () => {
  const state = run(inRoom(), message(5));
  assert.equal(state.hole, true);
  assert.equal(state.cursor, 3);
  assert.deepEqual(seqs(state), [1, 2, 3]);
});

test("a message of another room changes nothing", () => {
  const before = inRoom();
  assert.equal(reduce(before, message(4, { room: "garden" }), NOW), before);
});

test("a message before the first join changes nothing", () => {
  const before = initialState("lobby");
  assert.equal(reduce(before, message(1), NOW), before);
});

test("a beat beyond the cursor raises the hole, one at the cursor does not", () => {
  assert.equal(run(inRoom(), { type: "beat", room: "lobby", last: 3 }).hole, false);
  assert.equal(run(inRoom(), { type: "beat", room: "lobby", last: 4 }).hole, true);
});

test("a recovered join fills the hole", () => {
  const event = joinedEvent({ recovered: true, last: 6, entries: messages(4, 6) });
  const state = run(inRoom(), message(6), { type: "local/joined", mine: true, event });
  assert.deepEqual(seqs(state), [1, 2, 3, 4, 5, 6]);
  assert.equal(state.cursor, 6);
  assert.equal(state.hole, false);
});

test("a recovered join with more to come keeps the hole open and the cursor at its last entry", () => {
  const event = joinedEvent({ recovered: true, more: true, last: 9, entries: messages(4, 6) });
  const state = run(inRoom(), { type: "local/joined", mine: true, event });
  assert.equal(state.cursor, 6);
  assert.equal(state.hole, true);
});

test("a recovered join drops what is known already", () => {
  const event = joinedEvent({ recovered: true, last: 5, entries: messages(2, 5) });
  const state = run(inRoom(), { type: "local/joined", mine: true, event });
  assert.deepEqual(seqs(state), [1, 2, 3, 4, 5]);
});

test("a recovered join that has a hole itself is not applied", () => {
  const event = joinedEvent({ recovered: true, last: 6, entries: [message(4), message(6)] });
  const state = run(inRoom(), { type: "local/joined", mine: true, event });
  assert.deepEqual(seqs(state), [1, 2, 3]);
  assert.equal(state.hole, true);
});

test("a recovered join that ends before the room's last entry raises the hole", () => {
  const event = joinedEvent({ recovered: true, last: 6, entries: messages(4, 5) });
  assert.equal(run(inRoom(), { type: "local/joined", mine: true, event }).hole, true);
});

test("a join that could not recover starts anew and says so", () => {
  const event = joinedEvent({ last: 90, entries: messages(80, 90) });
  const state = run(inRoom(), { type: "local/joined", mine: true, event });
  assert.equal(state.lines[0].kind, "gap");
  assert.equal(state.lines[0].restored, false);
  assert.deepEqual(seqs(state).slice(1), messages(80, 90).map(({ seq }) => seq));
  assert.equal(state.cursor, 90);
});

test("another epoch is never mixed with what was there", () => {
  const event = joinedEvent({ epoch: "e2", recovered: true, last: 2, entries: messages(1, 2) });
  const state = run(inRoom(), { type: "local/joined", mine: true, event });
  assert.equal(state.lines[0].kind, "gap");
  assert.equal(state.lines[0].restored, true);
  assert.deepEqual(seqs(state), [0, 1, 2]);
  assert.equal(state.epoch, "e2");
});

test("what is unsent survives a restart of the list", () => {
  const event = joinedEvent({ epoch: "e2", last: 0 });
  const state = run(inRoom(), { type: "local/queued", clientId: "x", text: "mine" }, { type: "local/joined", mine: true, event });
  assert.deepEqual(state.pending.map(({ text }) => text), ["mine"]);
});

test("giving up on a hole leads to a gap that is said", () => {
  const event = joinedEvent({ last: 9, entries: messages(8, 9) });
  const state = run(inRoom(), message(9), { type: "local/forget" }, { type: "local/joined", mine: true, event });
  assert.equal(state.lines[0].kind, "gap");
  assert.equal(state.hole, false);
});

test("the join of another tab counts as far as it continues", () => {
  const event = joinedEvent({ recovered: true, last: 5, entries: messages(2, 5) });
  assert.deepEqual(seqs(run(inRoom(), { type: "local/joined", mine: false, event })), [1, 2, 3, 4, 5]);
  const page = joinedEvent({ last: 9, entries: messages(8, 9) });
  const state = run(inRoom(), { type: "local/joined", mine: false, event: page });
  assert.deepEqual(seqs(state), [1, 2, 3]);
  assert.equal(state.hole, true);
  const same = joinedEvent({ last: 3, entries: messages(2, 3) });
  assert.equal(run(inRoom(), { type: "local/joined", mine: false, event: same }).hole, false);
});

test("an edit changes the text and takes its place in the log", () => {
  const state = run(inRoom(), { type: "edited", room: "lobby", seq: 4, target: 2, text: "better", time: 9 });
  assert.deepEqual(texts(state), ["text 1", "better", "text 3"]);
  assert.equal(state.lines[1].edited, 9);
  assert.equal(state.cursor, 4);
});

test("a deletion blanks the text", () => {
  const state = run(inRoom(), { type: "deleted", room: "lobby", seq: 4, target: 2, time: 9 });
  assert.equal(state.lines[1].deleted, true);
  assert.equal(state.lines[1].text, "");
});

test("a reaction sets the counts", () => {
  const event = { type: "reacted", room: "lobby", seq: 4, target: 2, emoji: "👍", on: true, from: eve, counts: { "👍": 2 }, time: 9 };
  assert.deepEqual(run(inRoom(), event).lines[1].reactions, { "👍": 2 });
});

test("a change of a line out of the window only moves the cursor", () => {
  const state = run(inRoom(), { type: "deleted", room: "lobby", seq: 4, target: 999, time: 9 });
  assert.equal(state.cursor, 4);
  assert.equal(state.lines.length, 3);
});

test("what applications send each other without words is no line, and not unread", () => {
  const state = run(inRoom(), { type: "local/focused", on: false }, message(4, { kind: "draw", text: "", data: [1] }));
  assert.deepEqual([state.cursor, state.lines.length, state.unread], [4, 3, 0]);
});

test("a notice is a line", () => {
  const state = run(inRoom(), { type: "notice", room: "lobby", seq: 4, kind: "action", text: "waves", from: ben, time: 5 });
  assert.equal(state.lines[3].kind, "notice");
  assert.equal(state.lines[3].notice, "action");
});

test("a notice that is deleted is a line no more", () => {
  const waves = { type: "notice", room: "lobby", seq: 4, kind: "action", text: "waves", from: ben, time: 5 };
  const state = run(inRoom(), waves, { type: "deleted", room: "lobby", seq: 5, target: 4, time: 6 });
  assert.deepEqual([state.cursor, state.lines.map(({ seq }) => seq)], [5, inRoom().lines.map(({ seq }) => seq)]);
  assert.equal(run(inRoom(), { ...waves, text: "", deleted: true }).lines.length, inRoom().lines.length);
});

// ── what we wrote ────────────────────────────────────────────────────────────────────────────────

const queued = { type: "local/queued", clientId: "x", text: "mine" };

test("a queued message is pending, in order, and takes the divider away", () => {
  const state = run(inRoom({ read_seq: 1 }), queued, { type: "local/queued", clientId: "y", text: "second" });
  assert.deepEqual(state.pending.map(({ clientId, status }) => [clientId, status]), [["x", "waiting"], ["y", "waiting"]]);
  assert.equal(state.divider, null);
});

test("our own message takes the place of the pending one, under the same key", () => {
  const state = run(inRoom(), queued, message(4, { from: ann, client_id: "x", text: "mine" }));
  assert.equal(state.pending.length, 0);
  assert.equal(state.lines.at(-1).key, "cx");
});

test("an ack before the message keeps it, acked; the message then settles it", () => {
  const ack = { type: "ack", room: "lobby", client_id: "x", seq: 4, time: 1 };
  const acked = run(inRoom(), queued, ack);
  assert.equal(acked.pending[0].status, "acked");
  assert.equal(run(acked, message(4, { from: ann, client_id: "x" })).pending.length, 0);
});

test("an ack behind the cursor settles at once: the message has been shown", () => {
  const ack = { type: "ack", room: "lobby", client_id: "x", seq: 2, time: 1 };
  assert.equal(run(inRoom(), queued, ack).pending.length, 0);
});

test("an acked message that a restart passes over is not shown for ever", () => {
  const ack = { type: "ack", room: "lobby", client_id: "x", seq: 4, time: 1 };
  const event = joinedEvent({ last: 90, entries: messages(80, 90) });
  assert.equal(run(inRoom(), queued, ack, { type: "local/joined", mine: true, event }).pending.length, 0);
});

test("a failed message says why, and can wait again or go", () => {
  const failed = run(inRoom(), queued, { type: "local/failed", clientId: "x", error: "too long" });
  assert.deepEqual([failed.pending[0].status, failed.pending[0].error], ["failed", "too long"]);
  assert.equal(run(failed, { type: "local/waiting", clientId: "x" }).pending[0].status, "waiting");
  assert.equal(run(failed, { type: "local/discarded", clientId: "x" }).pending.length, 0);
});

// ── people ───────────────────────────────────────────────────────────────────────────────────────

const presence = (more) => ({ type: "presence", room: "lobby", joins: [], leaves: [], count: 2, ...more });

test("presence adds and removes members and draws a line", () => {
  const joined = run(inRoom(), presence({ joins: [eve], count: 3 }));
  assert.deepEqual(joined.members.map(({ id }) => id), ["a", "b", "e"]);
  assert.deepEqual(joined.lines.at(-1).items.map(({ what }) => what), ["joined"]);
  const left = run(joined, presence({ leaves: [ben], count: 2 }));
  assert.deepEqual(left.members.map(({ id }) => id), ["a", "e"]);
  assert.equal(left.count, 2);
});

test("coming and going folds into one line until somebody writes", () => {
  const state = run(inRoom(), presence({ joins: [eve], count: 3 }), presence({ leaves: [ben] }));
  assert.equal(state.lines.length, 4);
  assert.equal(state.lines.at(-1).items.length, 2);
  const later = run(state, message(4), presence({ joins: [ben], count: 3 }));
  assert.deepEqual(later.lines.map(({ kind }) => kind).slice(3), ["activity", "message", "activity"]);
});

test("coming and going much later gets a line of its own", () => {
  const early = reduce(inRoom(), presence({ joins: [eve], count: 3 }), NOW);
  const late = reduce(early, presence({ leaves: [eve] }), NOW + FOLD_MS);
  assert.equal(late.lines.length, 5);
});

test("one's own coming draws no line", () => {
  assert.equal(run(inRoom(), presence({ joins: [ann] })).lines.length, 3);
});

test("a list that does not add up is given up: the room outgrew it", () => {
  assert.equal(run(inRoom(), presence({ count: 300 })).members, null);
  const back = run(inRoom(), presence({ count: 300 }), presence({ count: 1, members: [eve] }));
  assert.deepEqual(back.members, [eve]);
});

test("a new name changes the list, oneself, and draws a line", () => {
  const state = run(inRoom(), { type: "named", person: { id: "a", name: "Anna" }, was: "Ann" });
  assert.equal(state.me.name, "Anna");
  assert.equal(state.members[0].name, "Anna");
  assert.equal(state.lines.at(-1).items[0].was, "Ann");
});

test("typing shows others and expires", () => {
  const typing = (person, on) => ({ type: "typing", room: "lobby", person, on });
  const state = run(inRoom(), typing(ben, true), typing(ann, true), typing(eve, true), typing(eve, false));
  assert.deepEqual(state.typing.map(({ person }) => person.id), ["b"]);
  assert.equal(reduce(state, { type: "local/tick" }, NOW + TYPING_MS - 1).typing.length, 1);
  assert.equal(reduce(state, { type: "local/tick" }, NOW + TYPING_MS).typing.length, 0);
});

test("who has written or left types no more", () => {
  const typing = run(inRoom(), { type: "typing", room: "lobby", person: ben, on: true });
  assert.equal(run(typing, message(4)).typing.length, 0);
  assert.equal(run(typing, presence({ leaves: [ben], count: 1 })).typing.length, 0);
});

test("being sent away leaves the room with the reason", () => {
  const state = run(inRoom(), { type: "left", room: "lobby", code: "kicked", reason: "enough" });
  assert.equal(state.phase, "left");
  assert.deepEqual(state.left, { code: "kicked", reason: "enough" });
  assert.equal(run(state, { type: "local/rejoining" }).left, null);
});

test("being sent away from another room changes nothing", () => {
  const before = inRoom();
  assert.equal(reduce(before, { type: "left", room: "garden", code: "kicked", reason: "" }, NOW), before);
});

test("a changed topic is shown", () => {
  assert.equal(run(inRoom(), { type: "room", room: "lobby", topic: "news" }).topic, "news");
});

// ── who looks ────────────────────────────────────────────────────────────────────────────────────

test("messages that nobody looks at are unread, and the divider stands before the first", () => {
  const away = run(inRoom(), { type: "local/focused", on: false }, message(4), message(5));
  assert.deepEqual([away.unread, away.divider], [2, 3]);
  const back = run(away, { type: "local/focused", on: true });
  assert.deepEqual([back.unread, back.divider], [0, 3]);
  assert.equal(run(back, { type: "local/focused", on: false }).divider, null);
});

test("one's own messages are never unread", () => {
  const state = run(inRoom(), { type: "local/focused", on: false }, message(4, { from: ann }));
  assert.deepEqual([state.unread, state.divider], [0, null]);
});

test("messages below the fold are counted until one is there", () => {
  const state = run(inRoom(), { type: "local/following", on: false }, message(4));
  assert.deepEqual([state.below, state.divider], [1, 3]);
  assert.equal(run(state, { type: "local/following", on: true }).below, 0);
});

test("the divider stands where reading ended last time", () => {
  assert.equal(inRoom({ read_seq: 2 }).divider, 2);
  assert.equal(inRoom({ read_seq: 3 }).divider, null);
  assert.equal(inRoom({ read_seq: 0 }).divider, null);
});

// ── the window ───────────────────────────────────────────────────────────────────────────────────

const many = (state, from, to) => messages(from, to).reduce((s, event) => reduce(s, event, NOW), state);

test("20,000 lines leave a bounded window that is still gap-free", () => {
  const state = many(inRoom(), 4, 20_000);
  assert.ok(state.lines.length <= FOLLOWING_LINES + SLACK);
  assert.equal(state.lines.at(-1).seq, 20_000);
  assert.equal(state.hasOlder, true);
  state.lines.forEach((line, i) => assert.equal(line.seq, state.lines[0].seq + i));
});

test("reading back, the window ends somewhere and later lines are counted only", () => {
  const state = many(run(inRoom(), { type: "local/following", on: false }), 4, 3_000);
  assert.equal(state.live, false);
  assert.ok(state.lines.length <= READING_LINES + SLACK);
  assert.equal(state.cursor, 3_000);
  assert.equal(state.below, 2_997);
});

const historyPage = (from, to, more = {}) => ({
  type: "history",
  room: "lobby",
  epoch: "e1",
  first: 1,
  last: 3_000,
  entries: messages(from, to),
  more: false,
  ...more,
});

test("reading forward ends where the live lines begin", () => {
  const back = many(run(inRoom(), { type: "local/following", on: false }), 4, 3_000);
  const newest = back.lines.at(-1).seq;
  const partly = run(back, { type: "local/page", direction: "newer", page: historyPage(newest + 1, newest + 50, { more: true }) });
  assert.equal(partly.live, false);
  assert.equal(partly.lines.at(-1).seq, newest + 50);
  const there = run(partly, { type: "local/page", direction: "newer", page: historyPage(newest + 51, 3_000) });
  assert.equal(there.live, true);
  assert.equal(run(there, message(3_001)).lines.at(-1).seq, 3_001);
  assert.equal(new Set(seqs(there)).size, there.lines.length);
});

test("the newest page replaces a window that ended long ago", () => {
  const back = many(run(inRoom(), { type: "local/following", on: false }), 4, 3_000);
  const state = run(back, { type: "local/page", direction: "latest", page: historyPage(2_951, 3_000) });
  assert.deepEqual([state.live, state.following, state.below, state.lines.length, state.hasOlder], [true, true, 0, 50, true]);
});

test("a page that is ahead of the live lines is not doubled by them", () => {
  const back = many(run(inRoom(), { type: "local/following", on: false }), 4, 3_000);
  const page = historyPage(2_951, 3_002, { last: 3_002 });
  const state = run(back, { type: "local/page", direction: "latest", page }, message(3_001), message(3_002), message(3_003));
  assert.deepEqual(seqs(state).slice(-4), [3_000, 3_001, 3_002, 3_003]);
  assert.equal(state.cursor, 3_003);
});

test("older pages come in front, without what is there and without the gap line", () => {
  const start = run(inRoom(), { type: "local/joined", mine: true, event: joinedEvent({ last: 90, entries: messages(80, 90) }) });
  const state = run(start, { type: "local/page", direction: "older", page: historyPage(60, 80, { more: true }) });
  assert.deepEqual(seqs(state), messages(60, 90).map(({ seq }) => seq));
  assert.equal(state.hasOlder, true);
  const end = run(state, { type: "local/page", direction: "older", page: historyPage(1, 59) });
  assert.equal(end.hasOlder, false);
});

test("a page of another epoch is not mixed in: the room is joined again", () => {
  const state = run(inRoom(), { type: "local/page", direction: "older", page: historyPage(1, 2, { epoch: "e2" }) });
  assert.deepEqual(seqs(state), [1, 2, 3]);
  assert.equal(state.hole, true);
});

test("an unknown event changes nothing", () => {
  const before = inRoom();
  assert.equal(reduce(before, { type: "unread", room: "lobby", count: 1 }, NOW), before);
  assert.equal(reduce(before, { type: "toString" }, NOW), before);
});

// ── access ───────────────────────────────────────────────────────────────────────────────────────

test("whoever is not in the room keeps nothing of it but what they wrote", () => {
  const before = run(
    inRoom({ title: "Secret garden", topic: "beds", read_seq: 1 }),
    { type: "typing", room: "lobby", person: ben, on: true },
    { type: "local/queued", clientId: "c1", text: "mine" },
    { type: "left", room: "lobby", code: "revoked", reason: "taken back" },
  );
  const said = JSON.stringify({ ...before, pending: null, me: null });
  for (const trace of ["Secret garden", "beds", "text ", "Ben", "e1"]) assert.ok(!said.includes(trace), trace);
  assert.equal(before.pending[0].text, "mine");
  assert.equal(before.me.id, "a");
});

test("what happens in a room after one was sent away is nothing", () => {
  const left = run(inRoom(), { type: "left", room: "lobby", code: "revoked", reason: "" });
  const later = run(
    left,
    message(4),
    { type: "beat", room: "lobby", last: 9 },
    { type: "presence", room: "lobby", joins: [eve], leaves: [], count: 3 },
    { type: "room", room: "lobby", title: "Secret", can: ["read"] },
    { type: "named", person: { ...ben, name: "Benno" }, was: "Ben" },
  );
  assert.deepEqual({ ...later, members: null }, left);
});

test("a change of permissions counts at once, and of title, topic and access", () => {
  const state = run(inRoom(), { type: "room", room: "lobby", can: ["read"] });
  assert.deepEqual(state.can, ["read"]);
  assert.equal(state.title, "Lobby");
  const changed = run(state, { type: "room", room: "lobby", title: "Garden", topic: "beds", access: "private" });
  assert.deepEqual([changed.title, changed.topic, changed.access, changed.can], ["Garden", "beds", "private", ["read"]]);
  assert.equal(run(changed, { type: "room", room: "other", title: "x" }), changed);
});

test("the page of a room that one enters again starts anew, without a gap", () => {
  const state = run(
    inRoom(),
    { type: "left", room: "lobby", code: "kicked", reason: "" },
    { type: "local/rejoining" },
    { type: "local/joined", mine: true, event: joinedEvent({ last: 3, entries: messages(1, 3) }) },
  );
  assert.deepEqual(state.lines.map(({ kind }) => kind), ["message", "message", "message"]);
});

test("on entry, what others said since one last read counts as unread while nobody looks", () => {
  const entries = [message(1), message(2, { from: ann }), message(3), message(4, { text: "" }), message(5)];
  const enter = (focused, read_seq) =>
    run(
      initialState("lobby"),
      { type: "local/identity", person: ann },
      { type: "local/focused", on: focused },
      { type: "local/joined", mine: true, event: joinedEvent({ last: 5, entries, read_seq }) },
    ).unread;
  assert.equal(enter(false, 1), 2);
  assert.equal(enter(false, 5), 0);
  assert.equal(enter(false, 0), 0, "who never was here has missed nothing");
  assert.equal(enter(true, 1), 0);
});
