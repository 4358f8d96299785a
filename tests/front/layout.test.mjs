import assert from "node:assert/strict";
import { test } from "node:test";

import { GROUP_MS, layout, sameRow } from "../../tornchat/static/chat/layout.js";
import { initialState, reduce } from "../../tornchat/static/chat/state.js";
import { summarise } from "../../tornchat/static/chat/view/activity.js";
import { ann, ben, eve, joinedEvent, message } from "./helpers.mjs";

const NOON = new Date(2024, 4, 6, 12).getTime();

const stateWith = (entries, more = {}) => {
  const event = joinedEvent({ last: entries.length, entries, ...more });
  const start = reduce(initialState("lobby"), { type: "local/identity", person: ann }, NOON);
  return reduce(start, { type: "local/joined", mine: true, event }, NOON);
};

const at = (seq, time, from = ben) => message(seq, { time, from });
const heads = (rows) => rows.filter(({ type }) => type === "message").map(({ head }) => head);
const types = (rows) => rows.map(({ type }) => type);

test("nothing is laid out before the first page", () => {
  assert.deepEqual(layout(initialState("lobby")), []);
});

test("consecutive lines of one person are one group", () => {
  const rows = layout(stateWith([at(1, NOON), at(2, NOON + 1000), at(3, NOON + 2000, eve), at(4, NOON + 3000)]));
  assert.deepEqual(heads(rows), [true, false, true, true]);
});

test("a pause begins a new group", () => {
  const rows = layout(stateWith([at(1, NOON), at(2, NOON + GROUP_MS - 1), at(3, NOON + 2 * GROUP_MS)]));
  assert.deepEqual(heads(rows), [true, false, true]);
});

test("a changed name begins a new group", () => {
  const rows = layout(stateWith([at(1, NOON), at(2, NOON + 1, { ...ben, name: "Benno" })]));
  assert.deepEqual(heads(rows), [true, true]);
});

test("each day has a separator, and groups end with it", () => {
  const midnight = new Date(2024, 4, 7).getTime();
  const rows = layout(stateWith([at(1, midnight - 1000), at(2, midnight + 1000)]));
  assert.deepEqual(types(rows), ["start", "day", "message", "day", "message"]);
  assert.deepEqual(heads(rows), [true, true]);
});

test("the divider stands before the first message not read", () => {
  const rows = layout(stateWith([at(1, NOON), at(2, NOON + 1), at(3, NOON + 2)], { read_seq: 2 }));
  assert.deepEqual(types(rows), ["start", "day", "message", "message", "divider", "message"]);
});

test("what is pending continues one's own group, at the end", () => {
  const state = reduce(stateWith([at(1, NOON, ann)]), { type: "local/queued", clientId: "x", text: "t" }, NOON + 1000);
  const row = layout(state).at(-1);
  assert.deepEqual([row.type, row.head, row.key], ["pending", false, "cx"]);
});

test("only one's own messages can be removed, or all with the right to moderate", () => {
  const entries = [at(1, NOON, ann), at(2, NOON), message(3, { from: ann, deleted: true, text: "" })];
  const removable = (state) => layout(state).filter(({ type }) => type === "message").map((row) => row.removable);
  assert.deepEqual(removable(stateWith(entries)), [true, false, false]);
  assert.deepEqual(removable(stateWith(entries, { can: ["read", "write", "moderate"] })), [true, true, false]);
  assert.deepEqual(removable(stateWith(entries, { can: ["read"] })), [false, false, false]);
});

test("keys are unique, and rows that did not change are the same", () => {
  const state = stateWith([at(1, NOON), at(2, NOON + 1)]);
  const rows = layout(state);
  assert.equal(new Set(rows.map(({ key }) => key)).size, rows.length);
  const after = layout(reduce(state, at(3, NOON + 2), NOON));
  rows.forEach((row, i) => assert.ok(sameRow(row, after[i])));
  const edited = layout(reduce(state, { type: "deleted", room: "lobby", seq: 3, target: 1, time: 1 }, NOON));
  assert.ok(!sameRow(rows[2], edited[2]));
});

test("coming and going is summed up by where each one stands in the end", () => {
  const happen = (what, person, was = "") => ({ what, person, was, time: 0 });
  assert.deepEqual(
    summarise([happen("joined", eve), happen("left", ben), happen("left", eve), happen("joined", ben), happen("joined", ann)]),
    { joined: ["Ben", "Ann"], left: ["Eve"], named: [] },
  );
  assert.deepEqual(summarise([happen("named", { ...eve, name: "Eva" }, "Eve")]), { joined: [], left: [], named: [["Eve", "Eva"]] });
  assert.deepEqual(
    summarise([happen("joined", eve), happen("named", { ...eve, name: "Eva" }, "Eve")]),
    { joined: ["Eva"], left: [], named: [] },
  );
});

test("a line shows the badge of whoever wrote it, also when they have left since", () => {
  const helper = { id: "h", name: "Hal", verified: true, badge: "Team" };
  const members = [ann, helper];
  const badges = (state) => layout(state).filter(({ type }) => type === "message").map(({ badge }) => badge);
  const state = stateWith([at(1, NOON), at(2, NOON, { id: "h", name: "Hal", verified: true })], { members });
  assert.deepEqual(badges(state), [undefined, "Team"]);
  const event = { type: "presence", room: "lobby", joins: [], leaves: [helper], count: 1 };
  const gone = reduce(state, event, NOON);
  assert.deepEqual(badges(gone), [undefined, "Team"]);
  const other = reduce(gone, { ...event, joins: [{ ...helper, badge: "Lead" }], leaves: [], count: 2 }, NOON);
  assert.deepEqual(badges(other), [undefined, "Lead"]);
});
