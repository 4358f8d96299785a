import assert from "node:assert/strict";
import { test } from "node:test";

import { Asking } from "../../tornchat/static/chat/asking.js";
import { read } from "../../tornchat/static/chat/commands.js";
import { complete } from "../../tornchat/static/chat/completing.js";
import { ben, eve } from "./helpers.mjs";
import { inRoom, NOW, run } from "./states.mjs";

const VERBS = [
  { name: "me", usage: "/me TEXT", about: "say what you do" },
  { name: "mute", usage: "/mute NAME [10m] [reason]", about: "take the word from somebody" },
  { name: "nick", usage: "/nick NAME", about: "change your name" },
  { name: "clear", usage: "/clear [N|NAME|off]", about: "delete messages" },
  { name: "who", usage: "/who", about: "say who is here" },
];
const PEOPLE = [ben, eve, { id: "g", name: "Guest 1234" }, { id: "q", name: 'Q "quick"' }, { id: "b2", name: "Benno" }];
const offer = (text, caret = text.length) => complete(text, caret, VERBS, PEOPLE);
const labels = (text) => offer(text)?.items.map(({ label }) => label) ?? null;

// ── reading ──────────────────────────────────────────────────────────────────────────────────────

test("what begins with a slash is a command, and two slashes say one", () => {
  assert.deepEqual(read("/who "), { command: true, text: "/who" });
  assert.deepEqual(read(" /who"), { command: true, text: "/who" });
  assert.deepEqual(read("//who"), { command: false, text: "/who" });
  assert.deepEqual(read("///"), { command: false, text: "//" });
  assert.deepEqual(read("either/or"), { command: false, text: "either/or" });
  assert.deepEqual(read("  "), { command: false, text: "" });
});

// ── completing ───────────────────────────────────────────────────────────────────────────────────

test("a slash offers all commands, and takes none of itself", () => {
  assert.equal(labels("/").length, VERBS.length);
  assert.equal(offer("/").active, -1);
});

test("the beginning of a command offers those that begin so, the first to be taken by Enter", () => {
  assert.deepEqual(labels("/m"), ["/me TEXT", "/mute NAME [10m] [reason]"]);
  assert.equal(offer("/m").active, 0);
  assert.deepEqual([offer("/M").from, offer("/M").items[0].insert], [0, "/me "]);
});

test("a command that is written out is not replaced by Enter", () => {
  assert.deepEqual([offer("/who").active, offer("/who").items, offer("/who").verb.name], [-1, [], "who"]);
  assert.equal(complete("/me", 3, [...VERBS, { name: "merge", usage: "/merge", about: "" }], []).active, -1);
});

test("nothing is offered for text, for unknown commands, and for two slashes", () => {
  for (const text of ["hello /m", "//m", "/xyz", "/xyz B", "a", ""]) assert.equal(offer(text), null, text);
});

test("a command that means somebody offers people", () => {
  assert.deepEqual(labels("/mute "), PEOPLE.map(({ name }) => name));
  assert.equal(offer("/mute ").active, -1);
  assert.deepEqual([offer("/mute b").active, offer("/mute b").from], [0, 6]);
  assert.deepEqual(labels("/mute b"), ["Ben", "Benno"]);
  assert.deepEqual(labels("/clear e"), ["Eve"]);
  assert.deepEqual(labels("/mute 12"), ["Guest 1234"]);
});

test("a new name, further words and other arguments offer nobody, but the usage stays", () => {
  for (const text of ["/nick b", "/mute Ben 10", "/me b", "/who b"]) {
    assert.deepEqual(labels(text), [], text);
    assert.notEqual(offer(text).verb, null);
  }
});

test("names are written so that the server reads them as one", () => {
  const insert = (text) => offer(text).items[0].insert;
  assert.equal(insert("/mute e"), "Eve ");
  assert.equal(insert("/mute gu"), '"Guest 1234" ');
  assert.equal(insert('/mute "guest 1'), '"Guest 1234" ');
  assert.equal(insert("/mute @e"), "Eve ");
  assert.equal(insert("/mute q"), "q ", "an id where quotes do not help");
  assert.deepEqual([offer('/mute "gu').from, offer("/mute @e").from], [6, 6]);
});

test("a name that is written out is not replaced by Enter", () => {
  assert.deepEqual([offer("/mute Ben").active, labels("/mute Ben")], [-1, ["Ben", "Benno"]]);
  assert.deepEqual(labels("/mute eve"), []);
});

test("only what stands before the caret counts", () => {
  assert.deepEqual(complete("/mu Ben", 3, VERBS, PEOPLE).items.map(({ insert }) => insert), ["/mute "]);
});

test("a crowd is offered in part", () => {
  const crowd = Array.from({ length: 300 }, (_, i) => ({ id: `c${i}`, name: `Crowd${i}` }));
  assert.equal(complete("/mute c", 7, VERBS, crowd).items.length, 8);
});

// ── asking ───────────────────────────────────────────────────────────────────────────────────────

const world = (more = {}) => {
  const found = { state: inRoom(more), sent: [], answers: [], online: true };
  const wire = {
    request: (command, answer) => {
      if (!found.online) return false;
      found.sent.push(command);
      found.answers.push(answer);
      return true;
    },
  };
  const act = (action) => (found.state = run(found.state, action));
  return Object.assign(found, { asking: new Asking(wire, () => found.state, act) });
};
const reply = (text, more = {}) => ({ type: "reply", room: "lobby", text, ...more });
const replies = ({ state }) => state.lines.filter(({ kind }) => kind === "reply").map(({ text }) => text);

test("a command goes as it was typed, and its answer is a line that is no entry", () => {
  const found = world();
  found.asking.ask("/who");
  assert.deepEqual(found.sent, [{ type: "command", room: "lobby", text: "/who" }]);
  assert.deepEqual(found.state.asked, { text: "/who", problem: "" });
  found.answers[0].ok(reply("Ann, Ben"));
  assert.deepEqual(replies(found), ["Ann, Ben"]);
  assert.deepEqual([found.state.asked, found.state.cursor, found.state.lines.at(-1).seq], [null, 3, 0]);
});

test("an empty answer draws nothing", () => {
  const found = world();
  found.asking.ask("/me waves");
  found.answers[0].ok(reply(""));
  assert.deepEqual([replies(found), found.state.asked], [[], null]);
});

test("a command that was refused stays, with what is wrong", () => {
  const found = world();
  found.asking.ask("/kik Ben");
  found.answers[0].ok(reply("There is no /kik.", { ok: false }));
  assert.deepEqual(found.state.asked, { text: "/kik Ben", problem: "There is no /kik." });
  assert.deepEqual(replies(found), []);
  found.asking.ask("/kick Ben");
  found.answers[1].fail({ type: "error", code: "rate_limited", message: "slow down", retryable: true });
  assert.deepEqual(found.state.asked, { text: "/kick Ben", problem: "slow down" });
});

test("a command waits for its answer before the next one goes", () => {
  const found = world();
  found.asking.ask("/who");
  found.asking.ask("/who");
  assert.equal(found.sent.length, 1);
});

test("a command is not lost with the connection", () => {
  const found = world();
  found.asking.ask("/who");
  found.answers[0].fail(null);
  assert.match(found.state.asked.problem, /^The connection was lost/);
  found.online = false;
  found.asking.ask("/who");
  assert.match(found.state.asked.problem, /^You are not connected/);
});

test("what one may use is asked for once, unseen, and again when that changes", () => {
  const found = world();
  found.asking.learn();
  found.asking.learn();
  assert.deepEqual(found.sent, [{ type: "command", room: "lobby", text: "/help" }]);
  found.answers[0].ok(reply("…", { commands: VERBS }));
  assert.deepEqual(found.state.verbs, VERBS);
  assert.deepEqual([replies(found), found.state.asked], [[], null]);
  found.asking.learn();
  assert.equal(found.sent.length, 1);
  found.state = run(found.state, { type: "room", room: "lobby", can: ["read", "write", "moderate"] });
  found.asking.learn();
  assert.equal(found.sent.length, 2);
  found.answers[1].fail(null);
  found.asking.learn();
  assert.equal(found.sent.length, 3);
});

test("help that was asked for is shown, and learnt", () => {
  const found = world();
  found.asking.ask("/help");
  found.answers[0].ok(reply("all of them", { commands: VERBS }));
  assert.deepEqual(found.state.verbs, VERBS);
  assert.deepEqual(found.state.lines.at(-1).verbs, VERBS);
});

test("an answer to a command of another tab on the same line is not ours", () => {
  const state = inRoom();
  assert.equal(run(state, reply("Ann, Ben", { ref: "other.1" })), state);
});

test("what one does counts in slow mode, other commands do not", () => {
  const found = world({ slow: 30 });
  found.asking.ask("/who");
  found.answers[0].ok(reply("Ann"));
  assert.equal(found.state.slowUntil, 0);
  found.asking.ask("/me waves");
  found.answers[1].ok(reply(""));
  assert.equal(found.state.slowUntil, NOW + 30_000);
});

test("an answer that was read can be put away", () => {
  const found = world();
  for (const [index, text] of ["one", "two"].entries()) {
    found.asking.ask("/who");
    found.answers[index].ok(reply(text));
  }
  const key = found.state.lines.at(-2).key;
  found.state = run(found.state, { type: "local/dismissed", key });
  assert.deepEqual(replies(found), ["two"]);
});
