import assert from "node:assert/strict";
import { test } from "node:test";

import { Log } from "../../tornchat/static/client/log.js";
import { joinedEvent, message, messages } from "./helpers.mjs";

/** A log that is listened to, and what came of it. */
const follow = ({ listening = true, joined = joinedEvent({ last: 3, entries: messages(1, 3) }) } = {}) => {
  const world = { told: [], pages: [], holes: [], wanted: true };
  const log = new Log({
    onentry: ({ seq }) => (world.told.push(seq), world.wanted),
    onpage: (page) => world.pages.push(page.map(({ seq }) => seq)),
    onhole: (hole) => world.holes.push(hole),
  });
  log.take(joined);
  if (listening) log.listen();
  return Object.assign(world, { log });
};

const replay = (from, last, more = {}) => joinedEvent({ recovered: true, last, entries: messages(from, last), ...more });

test("begins with the newest page, and goes on with what follows it", () => {
  const { log, told, pages } = follow();
  for (const seq of [4, 5, 4, 3, 6]) log.live(message(seq));
  assert.deepEqual([pages, told, log.cursor, log.missing], [[[1, 2, 3]], [4, 5, 6], 6, false]);
});

test("an entry beyond the next one is not handed on: what is between is asked for, from the cursor", () => {
  const { log, told } = follow();
  log.live(message(6));
  assert.deepEqual([log.missing, told, log.position], [true, [], { since: 3, epoch: "e1" }]);
  log.take(replay(4, 7));
  assert.deepEqual([log.missing, told], [false, [4, 5, 6, 7]]);
});

test("a beat beyond the cursor shows a lost tail", () => {
  const { log } = follow();
  log.beat(3);
  assert.equal(log.missing, false);
  log.beat(4);
  assert.equal(log.missing, true);
});

test("a replay in parts, or one that laps over, brings each entry once", () => {
  const { log, told } = follow();
  log.take(joinedEvent({ recovered: true, more: true, last: 9, entries: messages(2, 6) }));
  assert.deepEqual([log.missing, log.position.since], [true, 6]);
  log.take(replay(5, 9));
  assert.deepEqual([told, log.missing], [[4, 5, 6, 7, 8, 9], false]);
});

test("while a reply says that there is more, nothing is live", () => {
  const { log } = follow();
  log.take(joinedEvent({ recovered: true, more: true, last: 5, entries: messages(4, 5) }));
  assert.equal(log.missing, true);
});

test("a reply with a hole in it brings nothing", () => {
  const { log, told } = follow();
  log.take(joinedEvent({ recovered: true, last: 6, entries: [message(4), message(6)] }));
  assert.deepEqual([told, log.missing, log.cursor], [[], true, 3]);
});

test("entries that are kept no longer are said to be gone, and what is there follows", () => {
  const { log, told, holes } = follow();
  log.take(joinedEvent({ first: 10, last: 12, entries: messages(10, 12) }));
  assert.deepEqual(holes, [{ reason: "expired", from: 4, to: 9, anew: false }]);
  assert.deepEqual([log.missing, log.position.since, told], [true, 9, []]);
  log.take(replay(10, 12, { first: 10 }));
  assert.deepEqual(told, [10, 11, 12]);
});

test("a log all of which is gone goes on behind its end", () => {
  const { log, told, holes } = follow();
  log.take(joinedEvent({ first: 8, last: 7 }));
  assert.deepEqual([holes.length, log.missing], [1, false]);
  log.live(message(8));
  assert.deepEqual(told, [8]);
});

test("another epoch, or an end before our cursor, is another log: it begins anew", () => {
  for (const event of [{ epoch: "e2", last: 9 }, { last: 2 }]) {
    const { log, told, holes, pages } = follow();
    log.take(joinedEvent({ entries: messages(1, 2), ...event }));
    assert.deepEqual(holes, [{ reason: "restored", from: 4, to: event.last, anew: true }]);
    assert.deepEqual(pages, [[1, 2, 3], [1, 2]]);
    assert.deepEqual([log.missing, log.cursor, told], [false, event.last, []]);
  }
});

test("a hole that the server does not fill is given up, and said", () => {
  const { log, holes } = follow();
  log.live(message(9));
  log.giveUp();
  assert.deepEqual(log.position, {});
  log.live(message(10));
  log.take(joinedEvent({ last: 10, entries: messages(9, 10) }));
  assert.deepEqual(holes, [{ reason: "lost", from: 4, to: 10, anew: true }]);
  assert.deepEqual([log.missing, log.cursor], [false, 10]);
});

test("nothing is handed on before somebody listens, and nothing is lost by that", () => {
  const { log, told } = follow({ listening: false });
  log.live(message(4));
  log.beat(4);
  assert.deepEqual([log.missing, log.position], [false, { limit: 1 }]);
  log.take(joinedEvent({ last: 6, entries: [message(6)] }));
  assert.equal(log.cursor, 3);
  log.listen();
  assert.deepEqual([log.missing, log.position.since], [true, 3]);
  log.take(replay(4, 6));
  assert.deepEqual(told, [4, 5, 6]);
});

test("a new log that began before anybody listened is said to be one", () => {
  const { log, holes } = follow({ listening: false });
  log.take(joinedEvent({ epoch: "e2", last: 1, entries: [message(1)] }));
  assert.equal(holes.length, 0);
  log.listen();
  assert.equal(log.missing, true);
  log.take(joinedEvent({ epoch: "e2", last: 1, entries: [message(1)] }));
  assert.deepEqual(holes.map(({ reason }) => reason), ["restored"]);
});

test("a program goes on where it was another day", () => {
  const world = follow({ joined: joinedEvent() });
  world.log.resume(2, "e1");
  world.log.take(replay(3, 5));
  assert.deepEqual(world.told, [3, 4, 5]);
});

test("whoever wants no more gets no more", () => {
  const world = follow();
  world.wanted = false;
  world.log.take(replay(4, 9));
  assert.deepEqual([world.told, world.log.cursor], [[4], 4]);
});

test("whatever a line loses, repeats and cuts, each entry comes once and in order", () => {
  let state = 7;
  const random = (below) => (state = (state * 48_271) % 2_147_483_647) % below;
  for (let round = 0; round < 200; round += 1) {
    const { log, told } = follow();
    let last = 3;
    const join = () => {
      const since = log.cursor;
      const upTo = Math.min(last, since + 1 + random(5));
      log.take(joinedEvent({ recovered: true, last, more: upTo < last, entries: messages(since + 1, upTo) }));
    };
    for (let step = 0; step < 60; step += 1) {
      last += random(3);
      if (random(2)) log.live(message(Math.max(1, last - random(4))));
      if (random(8) === 0) log.beat(last);
      if (log.missing && random(3)) join();
    }
    log.beat(last);
    while (log.missing) join();
    assert.deepEqual(told, Array.from({ length: last - 3 }, (_, index) => index + 4));
  }
});
