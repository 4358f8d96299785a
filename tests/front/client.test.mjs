import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";

import { SiteGuest } from "../../tornchat/static/chat/siteguest.js";
import { siteDrawer } from "../../tornchat/static/chat/storage.js";
import { Chat } from "../../tornchat/static/client/chat.js";
import { ChatError } from "../../tornchat/static/client/error.js";
import { Room } from "../../tornchat/static/client/room.js";
import { ann, ben, eve, FakeClock, FakeTransport, joinedEvent, Locks, message, messages, settle, siteToken, withLocks } from "./helpers.mjs";

const URL_OF_CHAT = "https://chat.example/base";
const first = joinedEvent({ last: 3, entries: messages(1, 3) });

beforeEach(() => withLocks(undefined));

/** A page's own storage. */
class Store {
  items = new Map();
  getItem = (key) => this.items.get(key) ?? null;
  setItem = (key, value) => void this.items.set(key, value);
  removeItem = (key) => void this.items.delete(key);
}

/** A chat whose server the test plays. */
const start = (options = {}) => {
  const clock = new FakeClock();
  const world = { clock, transports: [], states: [], errors: [], named: [], store: new Store() };
  Object.defineProperty(world, "line", { get: () => world.transports.at(-1) });
  const chat = new Chat(
    { url: URL_OF_CHAT, storage: world.store, name: "Ann", ...options },
    {
      open: (kind) => {
        world.transports.push(new FakeTransport(kind));
        return world.line;
      },
      alive: async () => true,
      clock,
      random: () => 0.5,
      hidden: () => false,
    },
  );
  chat.on("state", ({ state }) => world.states.push(state));
  chat.on("error", (error) => world.errors.push(error));
  chat.on("named", (event) => world.named.push(event));
  return Object.assign(world, {
    chat,
    of: (type) => world.transports.flatMap(({ sent }) => sent).filter((command) => command.type === type),
    /** Answers the newest command of a type, as the server does. */
    answer: (type, event) => world.line.say({ ...event, ref: world.of(type).at(-1).ref }),
    /** Waits until the next connection is tried. */
    comeBack: async () => {
      for (const tried = world.transports.length; world.transports.length === tried; ) await world.clock.advance(500);
    },
    /** Loses the connection, and has the next one welcomed. */
    cut: async (again = true) => {
      world.line.end();
      if (!again) return;
      await world.comeBack();
      world.line.welcome();
    },
  });
};

/** Ann in the lobby, and all that she hears there. */
const inLobby = async ({ joined = first, options = {}, wish = {}, listening = true } = {}) => {
  const world = start(options);
  const joining = world.chat.join("lobby", wish);
  await settle();
  world.line.welcome();
  world.answer("join", joined);
  const room = await joining;
  const heard = [];
  const names = ["message", "edited", "deleted", "reacted", "notice", "gap", "presence", "typing", "signal", "room", "unread", "state", "left"];
  const listen = () => names.forEach((name) => room.on(name, (event) => heard.push([name, event])));
  if (listening) listen();
  return Object.assign(world, {
    room,
    heard,
    listen,
    events: (name) => heard.filter(([type]) => type === name).map(([, event]) => event),
    seqs: () => heard.filter(([, { seq }]) => seq !== undefined).map(([, { seq }]) => seq),
  });
};

const refused = (promise) => promise.then(() => assert.fail("it was kept"), (error) => error);

// ── connecting ───────────────────────────────────────────────────────────────────────────────────

test("connects at once, and joins what was asked for when the server has said hello", async () => {
  const world = start();
  const joining = world.chat.join("lobby", { limit: 20, token: "tc_x" });
  await settle();
  assert.deepEqual([world.chat.state, world.chat.person, world.of("join").length], ["connecting", null, 0]);
  world.line.open();
  world.line.say({ type: "welcome", connection: "c", person: ann, heartbeat: 25, server: "s", guest_token: "g" });
  const [{ ref, ...join }] = world.of("join");
  assert.deepEqual(join, { type: "join", room: "lobby", limit: 20, token: "tc_x" });
  assert.ok(ref);
  world.answer("join", first);
  const room = await joining;
  assert.deepEqual([room.title, room.can, room.count, room.people.length, room.state], ["Lobby", ["read", "write"], 2, 2, "joined"]);
  assert.deepEqual(room.entries.map(({ seq, clientId }) => [seq, clientId]), [[1, "id-1"], [2, "id-2"], [3, "id-3"]]);
  assert.deepEqual([world.chat.person, world.chat.state, world.chat.transport], [ann, "online", "websocket"]);
  assert.deepEqual(world.states, ["connecting", "online"]);
});

test("is the same guest on the next page, by what it has kept, and a stranger without storage", async () => {
  const world = start();
  await settle();
  world.line.open();
  assert.deepEqual(world.of("hello"), [{ type: "hello", protocol: 1, name: "Ann" }]);
  world.line.say({ type: "welcome", connection: "c", person: ann, heartbeat: 25, server: "s", guest_token: "g" });
  assert.deepEqual([...world.store.items], [["tornchat:https://chat.example/base/:guest", '{"token":"g","name":null}']]);
  const again = start({ storage: world.store, name: undefined });
  await settle();
  again.line.open();
  assert.deepEqual(again.of("hello"), [{ type: "hello", protocol: 1, token: "g" }]);
  const stranger = start({ storage: null });
  stranger.line.open();
  assert.equal(stranger.of("hello")[0].token, undefined);
});

test("makes one guest with the other chats and widgets of the page, and of other tabs", async () => {
  const locks = new Locks();
  withLocks(locks);
  const store = new Store();
  const [one, two] = [start({ storage: store }), start({ storage: store, name: "Annabel" })];
  const base = `${URL_OF_CHAT}/`;
  const widget = [];
  const gone = new AbortController();
  new SiteGuest(siteDrawer(base, () => store), base).ask((guest) => widget.push(guest.token), gone.signal);
  await settle();
  assert.deepEqual([one.transports.length, two.transports.length, widget, locks.held], [1, 0, [], 1]);
  one.line.open();
  one.line.say({ type: "welcome", connection: "c", person: ann, heartbeat: 25, server: "s", guest_token: "g" });
  await settle();
  two.line.open();
  assert.deepEqual(two.of("hello"), [{ type: "hello", protocol: 1, token: "g", name: "Annabel" }]);
  assert.deepEqual([widget, locks.held], [["g"], 1], "other tabs may see late what is stored");
  one.chat.close();
  await settle();
  assert.equal(locks.held, 0);
});

for (const [what, go] of [
  ["whom nobody answers", (world) => world.line.end(1012)],
  ["who is closed", (world) => world.chat.close()],
  ["who is refused", (world) => world.line.open() ?? world.line.say({ type: "error", code: "bad_request", message: "name", retryable: false })],
]) {
  test(`a chat lets others make the guest: ${what}`, async () => {
    const locks = new Locks();
    withLocks(locks);
    const store = new Store();
    const [one, two] = [start({ storage: store }), start({ storage: store })];
    await settle();
    assert.equal(two.transports.length, 0);
    go(one);
    await settle();
    assert.equal(two.transports.length, 1);
    two.chat.close();
    one.chat.close();
    await settle();
    assert.equal(locks.held, 0);
  });
}

test("says hello by the site's token, which it asks for anew before it ends", async () => {
  const asked = [];
  const getToken = async () => {
    await settle();
    return siteToken(world.clock.now() / 1000, 600, asked.push(1));
  };
  const world = start({ getToken });
  await settle();
  await settle();
  world.line.welcome(100_000);
  assert.deepEqual([world.of("hello")[0].name, asked.length], [undefined, 1]);
  await world.clock.advance(560_000);
  assert.deepEqual([world.of("refresh").length, asked.length], [1, 2]);
});

test("a final end is told as an error, to everything that waits too", async () => {
  const world = await inLobby({ options: { token: "wrong" } });
  const sending = refused(world.room.send("one"));
  const other = refused(world.chat.join("garden"));
  world.line.end(4505);
  assert.equal((await sending).code, "banned");
  assert.equal((await other).code, "banned");
  assert.deepEqual(world.errors.map(({ code, retryable }) => [code, retryable]), [["banned", false]]);
  assert.deepEqual([world.chat.state, world.states.at(-1), world.room.state], ["offline", "offline", "left"]);
  assert.equal(world.events("left")[0].code, "banned");
  assert.equal((await refused(world.chat.join("lobby"))).code, "banned");
  assert.equal(world.clock.running, 0);
});

test("a token that nobody renews ends the chat with it", async () => {
  const world = await inLobby({ options: { token: siteToken(1, 1_000) } });
  world.line.end(4002);
  await world.clock.advance(10_000);
  assert.deepEqual([world.errors.map(({ code }) => code), world.chat.state, world.transports.length], [["token_expired"], "offline", 1]);
  assert.equal(world.clock.running, 0);
});

test("a name that is not allowed is an error, not an endless wait", async () => {
  const world = start();
  const joining = refused(world.chat.join("lobby"));
  await settle();
  world.line.open();
  world.line.say({ type: "error", code: "bad_request", message: "name: too long", retryable: false });
  assert.deepEqual([(await joining).message, world.errors[0].code], ["name: too long", "bad_request"]);
  assert.equal(world.clock.running, 0);
});

test("closing leaves nothing running, and says so to what waits", async () => {
  const world = await inLobby();
  const sending = refused(world.room.send("one"));
  world.room.typing();
  world.room.read(3);
  world.line.say({ type: "typing", room: "lobby", person: ben, on: true });
  world.chat.close();
  world.chat.close();
  assert.equal((await sending).code, "closed");
  assert.deepEqual([world.clock.running, world.line.closed, world.errors.length], [0, true, 0]);
  assert.equal((await refused(world.room.send("two"))).code, "left");
  assert.equal((await refused(world.chat.join("lobby"))).code, "closed");
});

test("what is misspelt is refused with what was expected", async () => {
  assert.throws(() => start({ nmae: "Ann" }), /connect: expected one of url, .*, got nmae/);
  assert.throws(() => start({ url: undefined }), /expected url/);
  const world = await inLobby();
  assert.throws(() => world.room.on("mesage", () => {}), /expected one of message, .*, got mesage/);
  assert.throws(() => world.room.on("message"), /expected a function/);
  assert.match((await refused(world.room.send("x", { client_id: "c" }))).message, /clientId, got client_id/);
});

test("renaming is a promise, and is remembered", async () => {
  const world = await inLobby();
  const renaming = world.chat.rename("Anna");
  world.line.say({ type: "named", person: { ...ann, name: "Anna" }, was: "Ann" });
  world.answer("name", { type: "ok" });
  await renaming;
  assert.deepEqual(world.named, [{ person: { id: "a", name: "Anna" }, was: "Ann", reason: "" }]);
  assert.deepEqual([world.chat.person.name, world.room.people[0].name], ["Anna", "Anna"]);
  await world.cut();
  assert.equal(world.of("hello")[1].name, "Anna");
  await world.cut(false);
  assert.deepEqual([(await refused(world.chat.rename("X"))).code, world.chat.state], ["offline", "recovering"]);
});

// ── the log ──────────────────────────────────────────────────────────────────────────────────────

test("every entry comes by its name, once, in order, over a cut and a hole", async () => {
  const world = await inLobby();
  world.line.say(message(4), { type: "edited", room: "lobby", seq: 5, target: 4, text: "new", time: 1 });
  await world.cut();
  assert.equal(world.room.state, "recovering");
  assert.deepEqual([world.of("join")[1].since, world.of("join")[1].epoch], [5, "e1"]);
  world.answer("join", joinedEvent({ recovered: true, more: true, last: 8, entries: messages(6, 7) }));
  world.answer("join", joinedEvent({ recovered: true, last: 8, entries: [{ type: "deleted", room: "lobby", seq: 8, target: 6, time: 1 }] }));
  world.line.say(message(11), message(9));
  world.answer("join", joinedEvent({ recovered: true, last: 11, entries: messages(9, 11) }));
  world.line.say(message(12));
  assert.deepEqual(world.seqs(), [4, 5, 6, 7, 8, 9, 10, 11, 12]);
  assert.deepEqual(world.heard.filter(([, { seq }]) => seq).map(([name]) => name).slice(0, 5), ["message", "edited", "message", "message", "deleted"]);
  assert.deepEqual(world.events("state").map(({ state }) => state), ["recovering", "joined"]);
  assert.equal(world.events("gap").length, 0);
});

test("entries that come before anybody listens are not lost", async () => {
  const world = await inLobby({ listening: false });
  world.line.say(message(4), message(5));
  await settle();
  world.listen();
  assert.deepEqual(world.of("join").map(({ since }) => since), [undefined, 3]);
  world.answer("join", joinedEvent({ recovered: true, last: 5, entries: messages(4, 5) }));
  world.line.say(message(6));
  assert.deepEqual(world.seqs(), [4, 5, 6]);
});

test("a listener finds the cursor where it is, and its failure hinders nobody", async (t) => {
  const world = await inLobby();
  const cursors = [];
  const uncaught = [];
  t.mock.method(globalThis, "queueMicrotask", (run) => uncaught.push(run));
  world.room.on("message", () => {
    throw new Error("of the page");
  });
  world.room.on("message", () => cursors.push(world.room.cursor));
  world.line.say(message(4), message(5));
  assert.deepEqual([cursors, world.seqs()], [[4, 5], [4, 5]]);
  assert.throws(uncaught[0], /of the page/);
});

test("a gap is told: what is too old, and a log that is another one", async () => {
  const world = await inLobby();
  await world.cut();
  world.answer("join", joinedEvent({ first: 10, last: 11, entries: messages(10, 11) }));
  world.answer("join", joinedEvent({ first: 10, recovered: true, last: 11, entries: messages(10, 11) }));
  assert.deepEqual(world.seqs(), [10, 11]);
  await world.cut();
  world.answer("join", joinedEvent({ epoch: "e2", last: 2, entries: messages(1, 2) }));
  const [expired, restored] = world.events("gap");
  assert.deepEqual(expired, { reason: "expired", from: 4, to: 9, anew: false, entries: [] });
  assert.deepEqual([restored.reason, restored.anew, restored.entries.length], ["restored", true, 2]);
  assert.deepEqual([world.room.entries.length, world.room.epoch], [2, "e2"]);
  world.line.say(message(3));
  assert.deepEqual(world.seqs(), [10, 11, 3]);
});

test("a hole that cannot be filled ends in a gap, and the log goes on", async () => {
  const world = await inLobby();
  world.line.say(message(9));
  for (let i = 0; i < 3; i += 1) {
    world.answer("join", joinedEvent({ recovered: true, last: 9, entries: [message(7)] }));
    await world.clock.advance(1_000);
  }
  world.answer("join", joinedEvent({ last: 9, entries: messages(8, 9) }));
  assert.deepEqual(world.events("gap").map(({ reason, from, to }) => [reason, from, to]), [["lost", 4, 9]]);
  world.line.say(message(10));
  assert.deepEqual(world.seqs(), [10]);
});

test("a program goes on where it stopped the day before", async () => {
  const world = await inLobby({ wish: { since: 2, epoch: "e1" } });
  assert.deepEqual([world.of("join")[1].since, world.room.entries], [2, []]);
  world.answer("join", joinedEvent({ recovered: true, last: 3, entries: [message(3)] }));
  assert.deepEqual(world.seqs(), [3]);
});

test("who leaves while a listener runs hears no more", async () => {
  const world = await inLobby();
  world.room.on("message", () => world.room.leave());
  await world.cut();
  world.answer("join", joinedEvent({ recovered: true, more: true, last: 9, entries: messages(4, 8) }));
  assert.deepEqual([world.seqs(), world.of("join").length, world.of("leave").length], [[4], 2, 1]);
});

test("several rooms share a connection and nothing else", async () => {
  const world = await inLobby();
  const joining = world.chat.join("garden");
  assert.equal(await world.chat.join("lobby").then((room) => room.name), "lobby");
  await settle();
  world.answer("join", joinedEvent({ room: "garden", last: 40 }));
  const garden = await joining;
  const grown = [];
  garden.on("message", ({ seq }) => grown.push(seq));
  world.line.say(message(41, { room: "garden" }), message(4));
  assert.deepEqual([grown, world.seqs(), world.transports.length], [[41], [4], 1]);
  world.room.leave();
  world.line.say(message(5), message(42, { room: "garden" }));
  assert.deepEqual([grown, world.seqs()], [[41, 42], [4]]);
  assert.deepEqual(world.events("left"), []);
});

// ── writing ──────────────────────────────────────────────────────────────────────────────────────

test("a message is sent again with the same id until it is acknowledged", async () => {
  const world = await inLobby();
  const sending = world.room.send("one", { kind: "app.move", data: { x: 1 }, replyTo: 2 });
  const next = world.room.send("two", { clientId: "mine" });
  await settle();
  const [{ ref, client_id: id, ...command }] = world.of("send");
  assert.deepEqual(command, { type: "send", room: "lobby", text: "one", kind: "app.move", data: { x: 1 }, reply_to: 2 });
  assert.equal(world.of("send").length, 1);
  await world.cut();
  assert.equal(world.of("send").length, 1);
  world.answer("join", joinedEvent({ recovered: true, last: 3 }));
  assert.deepEqual(world.of("send").map(({ client_id }) => client_id), [id, id]);
  world.answer("send", { type: "ack", room: "lobby", client_id: id, seq: 4, time: 99 });
  assert.deepEqual(await sending, { seq: 4, time: 99 });
  world.answer("send", { type: "ack", room: "lobby", client_id: "mine", seq: 5, time: 100 });
  assert.equal((await next).seq, 5);
});

test("too fast: it waits as long as the server says; refused: it breaks, and the next one goes", async () => {
  const world = await inLobby();
  const one = refused(world.room.send("one"));
  const two = world.room.send("two");
  await settle();
  world.answer("send", { type: "error", code: "rate_limited", message: "slow", retryable: true, retry_after: 3 });
  await world.clock.advance(2_999);
  assert.equal(world.of("send").length, 1);
  await world.clock.advance(1);
  world.answer("send", { type: "error", code: "forbidden", message: "not here", retryable: false });
  const error = await one;
  assert.deepEqual([error.name, error.code, error.message, error.retryable, error.retryAfter], ["ChatError", "forbidden", "not here", false, null]);
  assert.equal(world.of("send").at(-1).text, "two");
  world.answer("send", { type: "ack", seq: 4, time: 1 });
  assert.equal((await two).seq, 4);
});

test("the same message again is the same promise; the same id for another one a conflict", async () => {
  const world = await inLobby();
  const sent = [world.room.send("one", { clientId: "k" }), world.room.send("one", { clientId: "k" })];
  assert.equal((await refused(world.room.send("two", { clientId: "k" }))).code, "conflict");
  world.answer("send", { type: "ack", seq: 4, time: 1 });
  assert.deepEqual((await Promise.all(sent)).map(({ seq }) => seq), [4, 4]);
  assert.equal(world.of("send").length, 1);
});

test("what would not fit into a frame is refused here, where it does no harm", async () => {
  const world = await inLobby();
  assert.equal((await refused(world.room.send("é".repeat(31_000)))).code, "too_large");
  assert.equal((await refused(world.room.send('"'.repeat(16_000)))).code, "too_large");
  assert.equal(world.of("send").length, 0);
});

test("who comes back as somebody else does not send again what may have been written", async () => {
  const world = await inLobby();
  const sent = refused(world.room.send("one"));
  const waiting = world.room.send("two");
  await settle();
  world.line.end();
  await world.comeBack();
  world.line.open();
  world.line.say({ type: "welcome", connection: "c", person: eve, heartbeat: 25, server: "s" });
  assert.equal((await sent).code, "unknown");
  world.answer("join", joinedEvent({ recovered: true, last: 3 }));
  assert.equal(world.of("send").at(-1).text, "two");
  world.answer("send", { type: "ack", seq: 4, time: 1 });
  await waiting;
});

test("deleting waits its turn like any writing", async () => {
  const world = await inLobby();
  const deleting = world.room.delete(2);
  await settle();
  assert.equal(world.of("delete")[0].target, 2);
  world.answer("delete", { type: "ack", seq: 4, time: 1 });
  assert.equal((await deleting).seq, 4);
});

// ── asking ───────────────────────────────────────────────────────────────────────────────────────

test("history waits for the connection, and is asked again where it broke", async () => {
  const world = await inLobby();
  const asking = world.room.history({ before: 3, limit: 10 });
  await settle();
  await world.cut();
  world.answer("join", joinedEvent({ recovered: true, last: 3 }));
  assert.deepEqual(world.of("history").map(({ before, limit }) => [before, limit]), [[3, 10], [3, 10]]);
  world.answer("history", { type: "history", room: "lobby", epoch: "e1", first: 1, last: 3, entries: messages(1, 2), more: false });
  const page = await asking;
  assert.deepEqual([page.entries.map(({ seq, clientId }) => [seq, clientId]), page.more, page.last], [[[1, "id-1"], [2, "id-2"]], false, 3]);
  const wrong = refused(world.room.history({ limit: 1 }));
  await settle();
  world.answer("history", { type: "error", code: "bad_request", message: "no", retryable: false });
  assert.equal((await wrong).code, "bad_request");
});

test("signals and commands are of the moment: they wait for no connection", async () => {
  const world = await inLobby();
  const signal = world.room.signal("app.cursor", [1, 2]);
  assert.deepEqual(world.of("signal")[0].data, [1, 2]);
  world.answer("signal", { type: "ok" });
  assert.equal(await signal, undefined);
  const command = world.room.command("/topic News");
  world.answer("command", { type: "reply", room: "lobby", text: "done" });
  assert.deepEqual(await command, { text: "done", ok: true });
  const late = refused(world.room.signal("app.cursor"));
  await world.cut(false);
  assert.deepEqual([(await late).code, (await refused(world.room.signal("x"))).retryable], ["offline", true]);
  world.line.say({ type: "signal", room: "lobby", from: ben, kind: "x", data: 1 });
});

// ── people, rules, being sent away ───────────────────────────────────────────────────────────────

test("who comes, goes, types and signals is told", async () => {
  const world = await inLobby();
  world.line.say(
    { type: "presence", room: "lobby", joins: [eve], leaves: [], count: 3 },
    { type: "typing", room: "lobby", person: ben, on: true },
    { type: "typing", room: "lobby", person: ben, on: true },
    message(4),
    { type: "typing", room: "lobby", person: eve, on: true },
    { type: "signal", room: "lobby", from: ben, kind: "app.x", data: { y: 1 } },
    { type: "unread", room: "lobby", count: 2 },
  );
  assert.deepEqual(world.events("presence")[0].people.map(({ id }) => id), ["a", "b", "e"]);
  assert.equal(world.room.count, 3);
  await world.clock.advance(6_000);
  assert.deepEqual(world.events("typing").map(({ person, on }) => [person.id, on]), [["b", true], ["b", false], ["e", true], ["e", false]]);
  assert.deepEqual(world.events("signal"), [{ from: ben, kind: "app.x", data: { y: 1 } }]);
  assert.deepEqual(world.events("unread"), [{ count: 2 }]);
});

test("the list of people is told anew after a cut, and so is what changed of the room", async () => {
  const world = await inLobby();
  world.line.say({ type: "room", room: "lobby", can: ["read"], muted: { reason: "spam" }, join_lines: false });
  assert.deepEqual([world.room.can, world.room.rules.muted, world.room.rules.joinLines], [["read"], { reason: "spam" }, false]);
  await world.cut();
  world.answer("join", joinedEvent({ recovered: true, last: 3, title: "New", members: [ann], count: 1 }));
  assert.deepEqual(world.events("presence").at(-1).people, [ann]);
  assert.deepEqual(world.events("room").at(-1), { title: "New", can: ["read", "write"], joinLines: true, muted: null });
  assert.equal(world.room.title, "New");
});

test("typing is told at once, then now and then; reading the furthest only, and after a cut", async () => {
  const world = await inLobby();
  world.room.typing();
  world.room.typing();
  world.room.read(2);
  world.room.read(1);
  world.room.read(3);
  assert.deepEqual([world.of("typing").length, world.of("read").map(({ seq }) => seq)], [1, [2]]);
  await world.cut();
  world.answer("join", joinedEvent({ recovered: true, last: 3, read_seq: 2 }));
  assert.deepEqual([world.of("read").map(({ seq }) => seq), world.room.readSeq], [[2, 3], 3]);
});

test("who is sent away is told why, and may join again", async () => {
  const world = await inLobby();
  const sending = refused(world.room.send("one"));
  world.line.say({ type: "left", room: "lobby", code: "banned", reason: "spam", until: 99 }, message(4));
  assert.deepEqual(world.events("left"), [{ code: "banned", reason: "spam", until: 99 }]);
  assert.deepEqual([(await sending).code, world.room.state, world.seqs()], ["banned", "left", []]);
  const again = refused(world.chat.join("lobby"));
  await settle();
  world.answer("join", { type: "error", code: "forbidden", message: "banned", retryable: false, banned: { until: 99 } });
  const error = await again;
  assert.deepEqual([error.code, error.until, world.chat.state], ["banned", 99, "online"]);
});

test("a join that the server has no time for is tried again; a refused one breaks", async () => {
  const world = start();
  const joining = world.chat.join("lobby");
  const secret = refused(world.chat.join("secret"));
  await settle();
  world.line.welcome();
  const [lobby, other] = world.of("join");
  world.line.say({ type: "error", code: "overloaded", message: "", retryable: true, retry_after: 2, ref: lobby.ref });
  world.line.say({ type: "error", code: "not_found", message: "no room", retryable: false, ref: other.ref });
  assert.equal((await secret).code, "not_found");
  await world.clock.advance(2_000);
  world.answer("join", first);
  assert.equal((await joining).state, "joined");
});

// ── the document ─────────────────────────────────────────────────────────────────────────────────

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("docs/javascript.md has every method, event and option, and the example as it is", async () => {
  const text = read("docs/javascript.md");
  const words = new Set(text.match(/[\w.]+/g));
  const listed = (run) => {
    try {
      run();
    } catch ({ message }) {
      return message.match(/one of (.*), got/)[1].split(", ");
    }
  };
  const { chat, room } = await inLobby();
  const options = listed(() => start({ x: 1 }));
  const rejected = await Promise.all([
    chat.join("x", { x: 1 }).catch(({ message }) => message),
    room.send("x", { x: 1 }).catch(({ message }) => message),
    room.history({ x: 1 }).catch(({ message }) => message),
  ]);
  const more = rejected.flatMap((message) => message.match(/one of (.*), got/)[1].split(", "));
  const events = [...listed(() => chat.on("x", () => {})), ...listed(() => room.on("x", () => {}))];
  const missing = [...options, ...more, ...events].filter((name) => !words.has(name));
  const members = (owner, type) =>
    Object.getOwnPropertyNames(type.prototype).filter((name) => name !== "constructor" && !words.has(`${owner}.${name}`));
  assert.deepEqual([...missing, ...members("chat", Chat), ...members("room", Room)], []);
  assert.deepEqual(Object.keys(new ChatError({ code: "x", message: "" })).filter((name) => name !== "name" && !words.has(name)), []);
  assert.ok(text.includes(`\`\`\`html\n${read("examples/javascript/chat.html")}\`\`\``), "the example is another one");
});

test("docs/javascript.md has every error code", () => {
  const text = read("docs/javascript.md");
  const sources = ["error", "room", "writing", "outlook", "chat"].map((name) => read(`tornchat/static/client/${name}.js`)).join("");
  const own = [...sources.matchAll(/(?:code: |\d{4}: )"(\w+)"/g)].map(([, code]) => code);
  const ofServer = read("docs/protocol.md").match(/Error codes: `([^`]*)`/)[1].split(/\s+/);
  assert.ok(own.length > 8);
  assert.deepEqual([...own, ...ofServer].filter((code) => !text.includes(`\`${code}\``)), []);
});
