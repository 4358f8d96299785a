import assert from "node:assert/strict";
import { test } from "node:test";

import { layout } from "../../tornchat/static/chat/layout.js";
import { barred, mode } from "../../tornchat/static/chat/view/modes.js";
import { sanction } from "../../tornchat/static/chat/view/gate.js";
import { ann, ben, joinedEvent, message } from "./helpers.mjs";
import { inRoom, NOW, run } from "./states.mjs";

const MODERATOR = ["read", "write", "moderate"];
const change = (more) => ({ type: "room", room: "lobby", ...more });
const queued = { type: "local/queued", clientId: "x", text: "mine" };
const ack = { type: "ack", room: "lobby", client_id: "x", seq: 4, time: 1 };
const notice = (seq, kind, more = {}) => ({ type: "notice", room: "lobby", seq, kind, text: "waves", from: ben, time: message(seq).time, ...more });
const joins = { type: "presence", room: "lobby", joins: [{ id: "z", name: "Zoe" }], leaves: [], count: 3 };

// ── what the room says ───────────────────────────────────────────────────────────────────────────

test("a join says which rules hold, and what it leaves out does not", () => {
  const muted = { until: NOW + 1, reason: "spam" };
  const ruled = inRoom({ slow: 30, locked: true, join_lines: false, muted });
  assert.deepEqual([ruled.slow, ruled.locked, ruled.joinLines, ruled.muted], [30, true, false, muted]);
  const free = inRoom();
  assert.deepEqual([free.slow, free.locked, free.joinLines, free.muted], [0, false, true, null]);
});

test("rules that ended while one was away hold no more", () => {
  const ruled = inRoom({ slow: 30, locked: true, join_lines: false, muted: {} });
  const event = joinedEvent({ last: 3, recovered: true });
  const back = run(ruled, { type: "local/joined", mine: true, event });
  assert.deepEqual([back.slow, back.locked, back.joinLines, back.muted], [0, false, true, null]);
});

test("a change of the room changes only what it names", () => {
  const state = run(inRoom({ slow: 30, locked: true }), change({ topic: "new" }));
  assert.deepEqual([state.topic, state.slow, state.locked], ["new", 30, true]);
  const free = run(state, change({ slow: 0, locked: false, join_lines: true }));
  assert.deepEqual([free.slow, free.locked, free.joinLines], [0, false, true]);
});

test("a mute comes and goes with what one may do", () => {
  const muted = run(inRoom(), change({ can: ["read"], muted: { reason: "spam" } }));
  assert.deepEqual(muted.muted, { reason: "spam" });
  assert.deepEqual(run(muted, change({ topic: "x" })).muted, { reason: "spam" });
  assert.equal(run(muted, change({ can: ["read", "write"] })).muted, null);
});

test("with join lines off nobody is told who comes and goes, but the list knows", () => {
  const state = run(inRoom({ join_lines: false }), joins);
  assert.equal(state.lines.some(({ kind }) => kind === "activity"), false);
  assert.equal(state.count, 3);
  const on = run(state, change({ join_lines: true }), { ...joins, joins: [{ id: "y", name: "Yan" }], count: 4 });
  assert.equal(on.lines.at(-1).kind, "activity");
});

test("a new name is told even with join lines off", () => {
  const state = run(inRoom({ join_lines: false }), { type: "named", person: { ...ben, name: "Benno" }, was: "Ben" });
  assert.equal(state.lines.at(-1).kind, "activity");
});

// ── slow mode ────────────────────────────────────────────────────────────────────────────────────

test("slow mode counts from the message, and anew from when it was accepted", () => {
  const waiting = run(inRoom({ slow: 30 }), queued);
  assert.equal(waiting.slowUntil, NOW + 30_000);
  assert.equal(run({ ...waiting, slowUntil: 5 }, ack).slowUntil, NOW + 30_000);
});

test("slow mode does not hold for moderators, nor where it is off", () => {
  assert.equal(run(inRoom({ slow: 30, can: MODERATOR }), queued, ack).slowUntil, 0);
  assert.equal(run(inRoom(), queued, ack).slowUntil, 0);
});

test("a message that was refused does not count in slow mode", () => {
  const state = run(inRoom({ slow: 30 }), queued, { type: "local/failed", clientId: "x", error: "no" });
  assert.equal(state.slowUntil, 0);
});

test("the server knows best how long slow mode lasts", () => {
  assert.equal(run(inRoom({ slow: 30 }), { type: "local/slowed", until: NOW + 7_000 }).slowUntil, NOW + 7_000);
  assert.equal(run(inRoom(), { type: "local/slowed", until: NOW + 7_000 }).slowUntil, 0);
});

test("the wait ends when slow mode is switched off", () => {
  assert.equal(run(inRoom({ slow: 30 }), queued, change({ slow: 0 })).slowUntil, 0);
});

// ── what was written ─────────────────────────────────────────────────────────────────────────────

test("actions and announcements count as said, other notices do not", () => {
  const away = run(inRoom(), { type: "local/following", on: false }, { type: "local/focused", on: false });
  const state = run(away, notice(4, "action"), notice(5, "announcement", { from: undefined }), notice(6, "topic"));
  assert.deepEqual([state.below, state.unread, state.divider], [2, 2, 3]);
  assert.deepEqual(state.lines.slice(-3).map((line) => line.notice), ["action", "announcement", "topic"]);
  assert.equal(run(away, notice(4, "action", { from: ann })).unread, 0);
});

test("what is new begins with an announcement as well", () => {
  const away = run(inRoom(), { type: "local/focused", on: false });
  const rows = layout(run(away, notice(4, "announcement", { from: undefined }), message(5)));
  assert.deepEqual(rows.slice(-3).map(({ type }) => type), ["divider", "notice", "message"]);
});

// ── in words ─────────────────────────────────────────────────────────────────────────────────────

test("who cannot write is told why", () => {
  const soon = new Date(2026, 4, 6, 18, 40).getTime();
  const now = new Date(2026, 4, 6, 12).getTime();
  const words = (more) => barred(inRoom({ can: ["read"], ...more }), now).words;
  assert.match(words({ muted: { until: soon, reason: "spam" } }), /^You are muted until .*6?:?40.*: \u2068spam\u2069$/);
  assert.equal(words({ muted: {}, locked: true }), "You are muted for now.");
  assert.match(words({ locked: true }), /^This room is locked/);
  assert.equal(words(), "Only members may write here.");
  assert.equal(barred(inRoom(), now), null);
});

test("who can write is told what is unusual", () => {
  assert.equal(mode(inRoom()), null);
  assert.match(mode(inRoom({ locked: true, can: MODERATOR })).words, /^Locked/);
  assert.match(mode(inRoom({ slow: 30 })).words, /every 30 s$/);
  assert.match(mode(inRoom({ slow: 120 })).words, /every 2 min$/);
  assert.match(mode(inRoom({ slow: 3600 })).words, /every 1 h$/);
  assert.equal(mode(inRoom({ slow: 30, can: ["read"] })), null);
});

test("who was sent away is told the reason, and until when", () => {
  const at = (code, reason, until) => sanction({ code, reason, until }, NOW);
  assert.deepEqual(at("kicked", "a moderator took you out: be nice: please"), ["Reason: \u2068Be nice: please.\u2069"]);
  assert.deepEqual(at("kicked", "a moderator took you out"), []);
  assert.deepEqual(at("banned", "you are banned"), ["It lasts until somebody in charge lifts it."]);
  assert.match(at("banned", "you are banned: spam", NOW + 60_000)[1], /^It ends: /);
  assert.deepEqual(at("revoked", "an invite: revoked"), []);
});

test("a ban keeps its end when one is sent away", () => {
  const state = run(inRoom(), { type: "left", room: "lobby", code: "banned", reason: "you are banned", until: 77 });
  assert.deepEqual(state.left, { code: "banned", reason: "you are banned", until: 77 });
  assert.equal(state.slow, 0);
});
