import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { SiteGuest } from "../../tornchat/static/chat/siteguest.js";
import { Ears } from "../../tornchat/static/widget/ears.js";
import { checked } from "../../tornchat/static/widget/options.js";
import { Sendings } from "../../tornchat/static/widget/sendings.js";
import { right } from "../../tornchat/static/widget/shapes.js";
import { ask } from "../../tornchat/static/widget/token.js";
import { Locks, settle, withLocks } from "./helpers.mjs";

const nobody = { token: null, name: null };
const ann = { token: "t-ann", name: "Ann" };

// ── options ─────────────────────────────────────────────────────────────────────────────────────

const warnings = [];
beforeEach(() => {
  warnings.length = 0;
  mock.method(console, "warn", (words) => warnings.push(words));
});
afterEach(() => mock.restoreAll());

test("what is not said is as it usually is, without a word", () => {
  const options = checked({ room: "lobby" });
  const usual = { mode: "bubble", position: "bottom-right", offset: "20", zIndex: "2147483000", theme: "auto" };
  for (const [name, value] of Object.entries({ ...usual, open: "never", load: "click", notify: "" })) {
    assert.equal(options[name], value, name);
  }
  assert.deepEqual(warnings, []);
});

test("what is right is taken: words, numbers, functions and elements", () => {
  const getToken = () => "t";
  const given = { room: "a.b-c_1", mode: "full", offset: "20 24", zIndex: 10, notify: "title sound", getToken };
  const options = checked(given);
  assert.deepEqual({ ...options, position: 0, theme: 0, open: 0, load: 0 }, { ...given, zIndex: "10", position: 0, theme: 0, open: 0, load: 0 });
  assert.deepEqual(warnings, []);
});

for (const [name, value] of Object.entries({
  room: "Lobby!", mode: "window", position: "right", theme: "pink", open: "always", load: "later",
  offset: "20px", zIndex: "top", notify: "smoke",
})) {
  test(`a wrong ${name} is said in words, and counts as not said`, () => {
    const options = checked({ room: "lobby", [name]: value });
    assert.equal(options[name], checked({})[name]);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], new RegExp(`^tornchat: ${name} is "${value}", expected (one of |one or two |a whole |some of |the name )`));
  });
}

// ── who hears ───────────────────────────────────────────────────────────────────────────────────

test("a listener that throws keeps nobody from hearing, and off ends it", () => {
  const told = [];
  const reported = [];
  globalThis.reportError = (error) => reported.push(error.message);
  const ears = new Ears();
  const second = (detail) => told.push(detail.n);
  ears.on("open", () => {
    throw new Error("the host's own");
  });
  ears.on("open", second);
  ears.on("close", second);
  ears.tell("open", { n: 1 });
  ears.off("open", second);
  ears.tell("open", { n: 2 });
  ears.tell("close", { n: 3 });
  ears.off("close");
  ears.tell("close", { n: 4 });
  assert.deepEqual(told, [1, 3]);
  assert.deepEqual(reported, ["the host's own", "the host's own"]);
});

// ── the guest ───────────────────────────────────────────────────────────────────────────────────

const drawer = () => {
  const kept = new Map();
  return { get: (key) => kept.get(key) ?? null, set: (key, value) => void kept.set(key, value) };
};

const asking = (keeper, end = AbortSignal.abort()) => {
  const asked = { answers: [], end: new AbortController() };
  keeper.ask((guest) => asked.answers.push(guest), asked.end.signal, end);
  return asked;
};

for (const [kind, locks] of [["with locks", () => new Locks()], ["without locks", () => undefined], ["with locks that are refused", () => ({ request: () => Promise.reject(new Error("denied")) })]]) {
  test(`one of many makes the guest, the others get it: ${kind}`, async () => {
    withLocks(locks());
    const keeper = new SiteGuest(drawer(), "guest");
    const all = [asking(keeper), asking(keeper), asking(keeper)];
    await settle();
    assert.deepEqual(all.map(({ answers }) => answers), [[nobody], [], []]);
    keeper.keep(ann, () => {});
    all[0].end.abort();
    await settle();
    assert.deepEqual(all.map(({ answers }) => answers), [[nobody], [ann], [ann]]);
    assert.deepEqual(asking(keeper).answers, [ann], "who is known is answered at once");
  });
}

test("two tabs make one guest, though one sees late what the other has stored", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const locks = new Locks();
  withLocks(locks);
  const [here, there] = [new SiteGuest(drawer(), "guest"), new SiteGuest(drawer(), "guest")];
  const { signal } = new AbortController();
  const [first, beside, second] = [here, here, there].map((keeper) => asking(keeper, signal));
  await settle();
  assert.deepEqual([first.answers, second.answers, locks.held], [[nobody], [], 1]);
  here.keep(ann, () => {});
  first.end.abort();
  await settle();
  assert.deepEqual([beside.answers, second.answers, there.known, locks.held], [[ann], [ann], ann, 1]);
  mock.timers.tick(5_000);
  await settle();
  assert.equal(locks.held, 0);
  mock.timers.reset();
});

test("who made the guest and is taken away leaves no lock and no timer", async () => {
  const locks = new Locks();
  withLocks(locks);
  const keeper = new SiteGuest(drawer(), "guest");
  const [made, end] = [new AbortController(), new AbortController()];
  keeper.ask(() => keeper.keep(ann, () => {}), made.signal, end.signal);
  await settle();
  made.abort();
  await settle();
  assert.equal(locks.held, 1);
  end.abort();
  await settle();
  assert.equal(locks.held, 0);
});

test("who goes, or takes too long, lets the next one make the guest", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const locks = new Locks();
  withLocks(locks);
  const keeper = new SiteGuest(drawer(), "guest");
  const [gone, slow, waiting, last] = [asking(keeper), asking(keeper), asking(keeper), asking(keeper)];
  await settle();
  gone.end.abort();
  await settle();
  assert.deepEqual([slow.answers, waiting.answers], [[nobody], []]);
  waiting.end.abort();
  mock.timers.tick(30_000);
  await settle();
  assert.deepEqual([waiting.answers, last.answers], [[], [nobody]]);
  last.end.abort();
  await settle();
  assert.equal(locks.held, 0);
  mock.timers.reset();
});

test("others hear of a new guest, whoever told it does not, and nobody who has left", () => {
  globalThis.addEventListener = () => {};
  const keeper = new SiteGuest(drawer(), "guest");
  const heard = [];
  const ends = [new AbortController(), new AbortController()];
  const [one, two] = ["one", "two"].map((name) => (guest) => heard.push([name, guest.name]));
  keeper.follow(one, ends[0].signal);
  keeper.follow(two, ends[1].signal);
  keeper.keep(ann, one);
  ends[1].abort();
  keeper.keep({ ...ann, name: "Annabel" }, one);
  assert.deepEqual(heard, [["two", "Ann"]]);
  delete globalThis.addEventListener;
});

for (const text of ["", "null", "{", '"x"', '{"token":7,"name":{}}', '{"token":""}']) {
  test(`a stored guest that is none is nobody: ${text}`, () => {
    const store = drawer();
    store.set("guest", text);
    assert.deepEqual(new SiteGuest(store, "guest").known, nobody);
  });
}

// ── what the page sends ─────────────────────────────────────────────────────────────────────────

test("a message waits for the chat, goes once, and is answered", async () => {
  const posted = [];
  const sendings = new Sendings((id, text) => posted.push([id, text]));
  const first = sendings.add("one");
  assert.deepEqual(posted, []);
  sendings.flow();
  const second = sendings.add("two");
  sendings.flow();
  assert.deepEqual(posted, [[1, "one"], [2, "two"]]);
  sendings.answer({ id: 2, code: "forbidden", message: "This room is read only." });
  sendings.answer({ id: 1, seq: 7 });
  sendings.answer({ id: 9, seq: 7 });
  assert.deepEqual(await first, { seq: 7 });
  await assert.rejects(second, { code: "forbidden", message: "This room is read only." });
});

test("what went to a chat that is gone is given up, what did not go waits for the next one", async () => {
  const posted = [];
  const sendings = new Sendings((id) => posted.push(id));
  sendings.flow();
  const lost = sendings.add("lost");
  sendings.stop("loaded anew");
  const kept = sendings.add("kept");
  await assert.rejects(lost, { code: "gone", message: "loaded anew" });
  assert.deepEqual(posted, [1]);
  sendings.flow();
  assert.deepEqual(posted, [1, 2]);
  sendings.stop("over");
  sendings.end("over");
  await assert.rejects(kept, { code: "gone" });
  await assert.rejects(sendings.add("too late"), { code: "gone", message: "over" });
});

// ── odd shapes (THREATS 94) ─────────────────────────────────────────────────────────────────────

const fine = [
  { type: "ready", room: "lobby", title: "" },
  { type: "identity", id: 1 },
  { type: "guest", token: "t", name: null },
  { type: "token", id: 1, fresh: false },
  { type: "state", state: "online", transport: null, reason: "" },
  { type: "unread", count: 0 },
  { type: "presence", count: 3 },
  { type: "message", seq: 1, from: { id: "a", name: "Ann", verified: false }, text: "", time: 1, mine: false },
  { type: "sent", id: 1, seq: 4 },
  { type: "error", code: "x", message: "y" },
  { type: "close" },
];
for (const message of fine) {
  test(`${message.type} is heard in its shape only`, () => {
    assert.ok(right(message));
    for (const name of Object.keys(message)) {
      if (["room", "transport", "reason", "seq", "time", "mine"].includes(name)) continue;
      assert.ok(!right({ ...message, [name]: ["odd"] }) || name === "from", `${name} odd`);
      if (!["token", "name"].includes(name)) assert.ok(!right({ ...message, [name]: null }), `no ${name}`);
    }
  });
}
for (const odd of [null, 7, "ready", [], {}, { type: null }, { type: "toString" }, { type: "__proto__" }, { type: "other" }]) {
  test(`${JSON.stringify(odd)} is not heard`, () => assert.ok(!right(odd)));
}

// ── tokens ──────────────────────────────────────────────────────────────────────────────────────

const site = (answers) => {
  const asked = [];
  Object.assign(globalThis, {
    document: { baseURI: "https://site.example/shop/" },
    location: { origin: "https://site.example" },
    fetch: async (url, options) => {
      asked.push([url, options.credentials, options.cache]);
      const [status, body] = answers.shift();
      return { status, ok: status < 300, json: async () => body };
    },
  });
  return asked;
};

test("a token at hand comes first, then the address is asked", async () => {
  const asked = site([[200, { token: "second" }]]);
  assert.equal(await ask("first", "/token", false), "first");
  assert.equal(await ask("first", "/token", true), "second");
  assert.deepEqual(asked, [["/token", "same-origin", "no-store"]]);
  assert.equal(await ask("only", "", true), "only");
});

test("another site's address gets its own cookies", async () => {
  const asked = site([[200, { token: "t" }]]);
  await ask("", "https://accounts.example/token", false);
  assert.deepEqual(asked, [["https://accounts.example/token", "include", "no-store"]]);
});

for (const [status, body] of [[204], [401], [403], [200, { token: null }], [200, { token: 7 }], [200, {}]]) {
  test(`a visitor whom the site does not know is a guest: ${status} ${JSON.stringify(body)}`, async () => {
    site([[status, body]]);
    assert.equal(await ask(null, "/token", false), null);
  });
}

test("a site that does not answer is no site that knows nobody", async () => {
  site([[500]]);
  await assert.rejects(ask(null, "/token", false), /\/token answered 500/);
  await assert.rejects(ask(() => Promise.reject(new Error("down")), "", false), /down/);
  assert.equal(await ask(async () => "", "", false), null);
});
