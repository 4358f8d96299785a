import assert from "node:assert/strict";
import { test } from "node:test";

import { isAlive, openTransport } from "../../tornchat/static/chat/transport.js";
import { readFrame, sessionUrl } from "../../tornchat/static/chat/transport/sockjs.js";
import { settle } from "./helpers.mjs";

const ENDPOINT = "https://chat.example/base/sockjs";

class FakeWebSocket {
  static last = null;
  readyState = 1;
  sent = [];

  constructor(url) {
    this.url = url;
    FakeWebSocket.last = this;
  }

  send(data) {
    this.sent.push(data);
  }

  close() {
    this.readyState = 3;
  }
}

/** Answers requests by path: each answer is a Response, an Error, or a promise of one. */
const fakeFetch = (answers) => {
  const requests = [];
  const fetch = async (url, { body, signal }) => {
    const path = url.split("/").at(-1);
    requests.push({ path, url, body });
    const answer = answers[path].shift();
    if (answer === undefined) {
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    }
    const found = await answer;
    if (found instanceof Error) throw found;
    return found;
  };
  return { fetch, requests };
};

const listen = (transport) => {
  const log = [];
  transport.onopen = () => log.push("open");
  transport.onmessage = (texts) => log.push(...texts);
  transport.onclose = ({ code, said }) => log.push(["close", code, said]);
  return log;
};

const open = (kind, answers = {}) => {
  const fake = fakeFetch({ xhr: [], xhr_streaming: [], xhr_send: [], ...answers });
  const transport = openTransport(kind, ENDPOINT, { fetch: fake.fetch, WebSocket: FakeWebSocket, crypto });
  return { transport, log: listen(transport), requests: fake.requests };
};

const poll = (text) => new Response(`${text}\n`);

/** A response body that the test feeds. */
const stream = () => {
  let controller;
  const body = new ReadableStream({ start: (c) => void (controller = c) });
  const encoder = new TextEncoder();
  return {
    response: new Response(body),
    push: (data) => controller.enqueue(typeof data === "string" ? encoder.encode(data) : data),
    end: () => controller.close(),
    fail: () => controller.error(new Error("reset")),
  };
};

// ── frames ───────────────────────────────────────────────────────────────────────────────────────

const FRAMES = [
  ["o", { type: "open" }],
  ["h", { type: "heartbeat" }],
  ['a["x","y"]', { type: "messages", texts: ["x", "y"] }],
  ['c[3000,"Go away!"]', { type: "close", code: 3000, reason: "Go away!" }],
  ["c[]", { type: "close", code: 1006, reason: "" }],
  ["a[1]", { type: "unknown" }],
  ["a{", { type: "unknown" }],
  ['a"x"', { type: "unknown" }],
  ["", { type: "unknown" }],
  ["<html>", { type: "unknown" }],
];

for (const [frame, expected] of FRAMES) {
  test(`reads the frame ${JSON.stringify(frame)}`, () => assert.deepEqual(readFrame(frame), expected));
}

test("session addresses have three digits, then 128 random bits", () => {
  const urls = Array.from({ length: 50 }, () => sessionUrl(ENDPOINT, crypto));
  for (const url of urls) assert.match(url, /^https:\/\/chat\.example\/base\/sockjs\/\d{3}\/[0-9a-f]{32}$/);
  assert.equal(new Set(urls).size, 50);
});

// ── websocket ────────────────────────────────────────────────────────────────────────────────────

test("a websocket speaks SockJS frames", () => {
  const { transport, log } = open("websocket");
  const socket = FakeWebSocket.last;
  assert.match(socket.url, /^wss:\/\/chat\.example\/base\/sockjs\/\d{3}\/[0-9a-f]{32}\/websocket$/);
  for (const data of ["o", 'a["hi","you"]', "h", "junk"]) socket.onmessage({ data });
  transport.send('{"a":1}');
  assert.deepEqual(log, ["open", "hi", "you"]);
  assert.deepEqual(socket.sent, ['["{\\"a\\":1}"]']);
});

test("a websocket that breaks says nothing of a server; a close frame does", () => {
  const broken = open("websocket");
  FakeWebSocket.last.onclose({ code: 1006, reason: "" });
  assert.deepEqual(broken.log, [["close", 1006, false]]);
  const closed = open("websocket");
  const socket = FakeWebSocket.last;
  socket.onmessage({ data: 'c[4001,"slow"]' });
  assert.equal(socket.onclose, null);
  assert.deepEqual(closed.log, [["close", 4001, true]]);
});

test("closing a transport is silent", async () => {
  const { transport, log } = open("xhr-polling", { xhr: [poll("o")] });
  await settle();
  transport.close();
  await settle();
  assert.deepEqual(log, ["open"]);
});

// ── polling ──────────────────────────────────────────────────────────────────────────────────────

test("polling takes one frame for each request", async () => {
  const { log, requests } = open("xhr-polling", { xhr: [poll("o"), poll('a["x"]'), poll("h"), poll('a["y","z"]')] });
  await settle();
  assert.deepEqual(log, ["open", "x", "y", "z"]);
  assert.equal(requests.filter(({ path }) => path === "xhr").length, 5);
});

for (const [name, answer] of [
  ["fails", new Error("reset")],
  ["is not found", new Response("", { status: 404 })],
  ["is empty", new Response("")],
]) {
  test(`a poll that ${name} ends the session`, async () => {
    const { log, requests } = open("xhr-polling", { xhr: [poll("o"), answer] });
    await settle();
    assert.deepEqual(log, ["open", ["close", 1006, false]]);
    assert.equal(requests.length, 2);
  });
}

test("a close frame ends polling with its code", async () => {
  const { log, requests } = open("xhr-polling", { xhr: [poll("o"), poll('c[4505,"banned"]')] });
  await settle();
  assert.deepEqual(log, ["open", ["close", 4505, true]]);
  assert.equal(requests.length, 2);
});

// ── streaming ────────────────────────────────────────────────────────────────────────────────────

test("streaming reads frames however the bytes are cut", async () => {
  const { response, push } = stream();
  const { log } = open("xhr-streaming", { xhr_streaming: [response] });
  const bytes = new TextEncoder().encode(`${"h".repeat(2048)}\no\na["é","b"]\nh\na["c"]`);
  for (const byte of bytes) push(new Uint8Array([byte]));
  for (let i = 0; i < 200; i += 1) await settle();
  assert.deepEqual(log, ["open", "é", "b"]);
  push("\n");
  await settle();
  assert.deepEqual(log, ["open", "é", "b", "c"]);
});

test("a prelude that arrives is no sign of life: only frames are", async () => {
  const { response, push } = stream();
  const { transport } = open("xhr-streaming", { xhr_streaming: [response] });
  let frames = 0;
  transport.onframe = () => (frames += 1);
  push(`${"h".repeat(2048)}\n`);
  await settle();
  assert.equal(frames, 0);
  push("h\n");
  await settle();
  assert.equal(frames, 1);
});

test("a stream that ends is renewed within the session", async () => {
  const [first, second] = [stream(), stream()];
  const { log, requests } = open("xhr-streaming", { xhr_streaming: [first.response, second.response] });
  first.push('o\na["x"]\n');
  first.end();
  await settle();
  second.push(`${"h".repeat(2048)}\na["y"]\n`);
  await settle();
  assert.deepEqual(log, ["open", "x", "y"]);
  assert.equal(requests[0].url, requests[1].url);
});

test("a stream that breaks ends the session: what it lost is recovered above", async () => {
  const { response, push, fail } = stream();
  const { log } = open("xhr-streaming", { xhr_streaming: [response] });
  push("o\n");
  await settle();
  fail();
  await settle();
  assert.deepEqual(log, ["open", ["close", 1006, false]]);
});

test("streams that end at once without a frame do not go round for ever", async () => {
  const { log, requests } = open("xhr-streaming", { xhr_streaming: [new Response("")] });
  await settle();
  assert.deepEqual(log, [["close", 1006, false]]);
  assert.equal(requests.length, 1);
});

// ── sending ──────────────────────────────────────────────────────────────────────────────────────

test("sends go one request at a time, and what waits goes together", async () => {
  let answer;
  const first = new Promise((resolve) => (answer = resolve));
  const { transport, requests } = open("xhr-polling", { xhr_send: [first, new Response(null, { status: 204 })] });
  for (const text of ["1", "2", "3"]) transport.send(text);
  await settle();
  const sent = () => requests.filter(({ path }) => path === "xhr_send").map(({ body }) => JSON.parse(body));
  assert.deepEqual(sent(), [["1"]]);
  answer(new Response(null, { status: 204 }));
  await settle();
  assert.deepEqual(sent(), [["1"], ["2", "3"]]);
});

test("a batch stays below what the server takes", async () => {
  let answer;
  const first = new Promise((resolve) => (answer = resolve));
  const more = Array.from({ length: 20 }, () => new Response(null, { status: 204 }));
  const { transport, requests } = open("xhr-polling", { xhr_send: [first, ...more] });
  const texts = Array.from({ length: 100 }, (_, i) => String(i)).concat(Array.from({ length: 5 }, () => "é".repeat(16_000)));
  for (const text of ["0", ...texts]) transport.send(text);
  answer(new Response(null, { status: 204 }));
  await settle();
  await settle();
  const bodies = requests.filter(({ path }) => path === "xhr_send").map(({ body }) => body);
  assert.deepEqual(bodies.flatMap((body) => JSON.parse(body)), ["0", ...texts]);
  for (const body of bodies) {
    assert.ok(JSON.parse(body).length <= 40);
    assert.ok(new TextEncoder().encode(body).length < 128 * 1024);
  }
});

test("a send that does not arrive ends the session, and nothing overtakes it", async () => {
  const { transport, log, requests } = open("xhr-polling", { xhr_send: [new Response("", { status: 404 })] });
  transport.send("1");
  transport.send("2");
  await settle();
  assert.deepEqual(log, [["close", 1006, false]]);
  assert.equal(requests.filter(({ path }) => path === "xhr_send").length, 1);
});

// ── is there anybody ─────────────────────────────────────────────────────────────────────────────

test("a server is alive when it answers well", async () => {
  const asked = (answer) => isAlive(ENDPOINT, { ...fakeFetch({ info: [answer] }) }, 1_000);
  assert.equal(await asked(new Response("{}")), true);
  assert.equal(await asked(new Response("", { status: 502 })), false);
  assert.equal(await asked(new Error("refused")), false);
});
