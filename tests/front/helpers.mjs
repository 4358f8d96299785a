/** What the tests of the front end share: a clock that is turned by hand, and the shapes of events. */

export class FakeClock {
  #now = 1_000_000;
  #timers = new Map();
  #ids = 0;

  now = () => this.#now;

  after = (run, ms) => {
    this.#ids += 1;
    this.#timers.set(this.#ids, { run, at: this.#now + ms });
    return this.#ids;
  };

  cancel = (id) => void this.#timers.delete(id);

  get running() {
    return this.#timers.size;
  }

  /** Rings every timer that is due on the way, in order, and lets promises settle in between. */
  async advance(ms) {
    const until = this.#now + ms;
    for (;;) {
      await settle();
      const due = [...this.#timers].filter(([, { at }]) => at <= until).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].run();
    }
    this.#now = until;
    await settle();
  }
}

export async function settle() {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
}

/** Locks as browsers have them, over the tabs of a test. */
export class Locks {
  #last = new Map();
  #held = [];

  get held() {
    return this.#held.length;
  }

  request(name, { signal }, run) {
    const mine = (this.#last.get(name) ?? Promise.resolve()).then(async () => {
      signal?.throwIfAborted();
      const lock = { name };
      this.#held.push(lock);
      await run();
      this.#held = this.#held.filter((each) => each !== lock);
    });
    this.#last.set(name, mine.catch(() => {}));
    return mine;
  }

  async query() {
    return { held: this.#held };
  }
}

export const withLocks = (locks) => Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true });

export const ann = Object.freeze({ id: "a", name: "Ann" });
export const ben = Object.freeze({ id: "b", name: "Ben" });
export const eve = Object.freeze({ id: "e", name: "Eve" });

export const message = (seq, more = {}) => ({
  type: "message",
  room: "lobby",
  seq,
  from: ben,
  text: `text ${seq}`,
  time: 1_700_000_000_000 + seq * 1000,
  client_id: `id-${seq}`,
  ...more,
});

export const messages = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i));

export const joinedEvent = (more = {}) => ({
  type: "joined",
  room: "lobby",
  epoch: "e1",
  first: 1,
  last: 0,
  recovered: false,
  entries: [],
  more: false,
  can: ["read", "write"],
  title: "Lobby",
  topic: "",
  members: [ann, ben],
  count: 2,
  read_seq: 0,
  ...more,
});

/** A token such as a site's back end signs; nobody here looks at the signature. */
export const siteToken = (iat, life, number = 1) =>
  ["header", btoa(JSON.stringify({ sub: "7", iat, exp: iat + life, number })), "signature"].join(".");

/** The first word of a host page. */
export const init = Object.freeze({
  tornchat: 1,
  type: "init",
  mode: "bubble",
  guest: { token: null, name: null },
  suggested: "",
  vouched: false,
  theme: "auto",
  lang: "",
  title: "",
  style: { accent: "", radius: "", font: "" },
  sound: false,
  shown: true,
  focused: true,
});

/** A transport that the test plays the other side of. */
export class FakeTransport {
  sent = [];
  closed = false;

  constructor(kind) {
    this.kind = kind;
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
  }

  open() {
    this.onframe();
    this.onopen();
  }

  say(...events) {
    this.onframe();
    this.onmessage(events.map((event) => JSON.stringify(event)));
  }

  welcome(heartbeat = 25) {
    this.open();
    this.say({ type: "welcome", connection: "c", person: ann, heartbeat, server: "s" });
  }

  end(code = 1006, more = {}) {
    this.onclose({ code, reason: "", said: code !== 1006, ...more });
  }

  types() {
    return this.sent.map(({ type }) => type);
  }
}
