/**
 * One HTTP connection for all tabs. Browsers open six connections to a host, so eight tabs that
 * stream or poll would starve each other: one of them, the leader, holds the only session, and the
 * others talk through it over a BroadcastChannel. A Web Lock says who leads; when that tab closes,
 * the lock passes on and the next one opens a new session, which every room resumes by its cursor.
 *
 * The leader relays texts as they are. Of chat it knows just enough: one `hello` for all (later ones
 * get the same `welcome`), and a room is left when no tab needs it any more.
 *
 * @typedef {import("./types.js").Transport} Transport
 * @typedef {import("./types.js").Closing} Closing
 * @typedef {import("./types.js").Clock} Clock
 *
 * @typedef {{postMessage: (note: Note) => void, close: () => void,
 *   onmessage: ((event: {data: Note}) => void) | null}} Channel
 *
 * @typedef {object} Note  what tabs say to each other
 * @property {"leader" | "attach" | "detach" | "opening" | "open" | "send" | "texts" | "frame" | "close"} what
 * @property {string} from  a tab
 * @property {string} [to]  a tab; everybody without it
 * @property {string} [line]  the session it is about
 * @property {string[]} [texts]
 * @property {Closing} [closing]
 */

import { clock as realClock } from "./clock.js";

/** A leader that does not answer within this time is frozen or gone, and loses the lead. */
const ANSWER_MS = 2_000;

/**
 * The session of the leader, and who uses it.
 * @typedef {object} Held
 * @property {string} id
 * @property {Transport} transport
 * @property {boolean} open
 * @property {boolean} greeted
 * @property {string | null} welcome
 * @property {Map<string, Set<string>>} tabs  tab → the rooms it is in
 */

/** This tab's end of the line; it looks like any other transport. */
class Extension {
  onopen = () => {};
  onframe = () => {};
  onmessage = /** @type {(texts: string[]) => void} */ (() => {});
  onclose = /** @type {(closing: Closing) => void} */ (() => {});
  /** @type {string | null} */
  line = null;
  #shared;

  /** @param {SharedLine} shared */
  constructor(shared) {
    this.#shared = shared;
  }

  /** @param {string} text */
  send(text) {
    this.#shared.say({ what: "send", line: this.line ?? "", texts: [text] });
  }

  close() {
    this.#shared.detach(this);
  }
}

export class SharedLine {
  #name;
  #open;
  #locks;
  #channel;
  #clock;
  #id;
  /** @type {Extension | null} */
  #extension = null;
  /** @type {Held | null} */
  #held = null;
  #leading = false;
  #stopped = false;
  #release = () => {};
  #abort = new AbortController();
  /** @type {unknown} */
  #patience = null;

  /**
   * @param {object} options
   * @param {string} options.name  the same in all tabs that share
   * @param {string} options.id  of this tab
   * @param {() => Transport} options.open
   * @param {LockManager} options.locks
   * @param {Channel} options.channel
   * @param {Clock} options.clock
   */
  constructor({ name, id, open, locks, channel, clock }) {
    this.#name = name;
    this.#id = id;
    this.#open = open;
    this.#locks = locks;
    this.#channel = channel;
    this.#clock = clock;
    channel.onmessage = ({ data }) => this.#hear(data);
    // Held for life: when others get it, this tab is gone.
    this.#request(this.#lockOf(id), {}, () => new Promise((resolve) => this.#abort.signal.addEventListener("abort", resolve)));
    this.#queue({});
  }

  /**
   * @param {string} name
   * @param {() => Transport} open
   */
  static inBrowser(name, open) {
    return new SharedLine({
      name,
      id: crypto.randomUUID(),
      open,
      locks: navigator.locks,
      channel: /** @type {any} */ (new BroadcastChannel(name)),
      clock: realClock,
    });
  }

  /** Whether the browser grants locks here: to a frame in a page of another site it may refuse them. */
  static async isPossible() {
    const { locks } = navigator;
    return locks.request(`tornchat:${crypto.randomUUID()}`, () => true).catch(() => false);
  }

  /**
   * A new end for this tab; the one before is given up.
   * @returns {Transport}
   */
  attach() {
    this.#extension = new Extension(this);
    this.say({ what: "attach" });
    this.#expectAnswer();
    return this.#extension;
  }

  /** @param {Extension} extension */
  detach(extension) {
    if (extension !== this.#extension) return;
    this.#extension = null;
    this.#clock.cancel(this.#patience);
    this.say({ what: "detach" });
  }

  /** Gives the lead to another tab, if there is one. */
  stop() {
    if (this.#extension) this.detach(this.#extension);
    this.#stopped = true;
    this.#stepDown();
    this.#abort.abort();
    this.#channel.close();
  }

  /**
   * Says something to all tabs, this one included.
   * @param {Omit<Note, "from">} note
   */
  say(note) {
    if (this.#stopped) return;
    const signed = { ...note, from: this.#id };
    if (note.to !== this.#id) this.#channel.postMessage(signed);
    if (note.to === undefined || note.to === this.#id) queueMicrotask(() => this.#hear(signed));
  }

  // ── the lead ──────────────────────────────────────────────────────────────────────────────────

  /** @param {LockOptions} options */
  #queue(options) {
    this.#request(this.#name, options, () => this.#lead());
  }

  /**
   * @param {string} name
   * @param {LockOptions} options
   * @param {() => Promise<unknown>} hold
   */
  #request(name, options, hold) {
    const signal = options.steal ? undefined : this.#abort.signal;
    const request = this.#locks.request(name, signal ? { ...options, signal } : options, hold);
    request.catch(() => this.#robbed(name));
  }

  #lead() {
    if (this.#stopped) return Promise.resolve();
    this.#leading = true;
    this.say({ what: "leader" });
    return new Promise((resolve) => (this.#release = () => resolve(undefined)));
  }

  /**
   * Another tab took the lead because this one did not answer.
   * @param {string} name
   */
  #robbed(name) {
    // Who does not lead was not robbed but refused, and would be so without end.
    if (this.#stopped || name !== this.#name || !this.#leading) return;
    this.#stepDown();
    this.#queue({});
  }

  #stepDown() {
    this.#held?.transport.close();
    this.#held = null;
    this.#leading = false;
    this.#release();
  }

  #expectAnswer() {
    this.#clock.cancel(this.#patience);
    this.#patience = this.#clock.after(() => {
      if (this.#extension && !this.#leading) this.#queue({ steal: true });
    }, ANSWER_MS);
  }

  // ── hearing ───────────────────────────────────────────────────────────────────────────────────

  /** @param {Note} note */
  #hear(note) {
    if (this.#stopped || (note.to !== undefined && note.to !== this.#id)) return;
    if (this.#leading) this.#serve(note);
    this.#use(note);
  }

  /**
   * As the one who uses the line.
   * @param {Note} note
   */
  #use(note) {
    const end = this.#extension;
    if (!end) return;
    if (note.what === "leader") return this.#changedLeader(end);
    if (note.what === "opening" || note.what === "open") this.#clock.cancel(this.#patience);
    if (note.what === "open" && end.line === null) {
      end.line = note.line ?? null;
      end.onframe();
      return end.onopen();
    }
    if (end.line === null ? note.what !== "close" : note.line !== end.line) return;
    if (note.what === "frame") end.onframe();
    if (note.what === "texts") {
      end.onframe();
      end.onmessage(note.texts ?? []);
    }
    if (note.what === "close" && note.closing) this.#ended(end, note.closing);
  }

  /** @param {Extension} end */
  #changedLeader(end) {
    if (end.line !== null) return this.#ended(end, { code: 1006, reason: "", said: false, soon: true });
    this.say({ what: "attach" });
    this.#expectAnswer();
  }

  /**
   * @param {Extension} end
   * @param {Closing} closing
   */
  #ended(end, closing) {
    this.#extension = null;
    this.#clock.cancel(this.#patience);
    end.onclose(closing);
  }

  // ── leading ───────────────────────────────────────────────────────────────────────────────────

  /** @param {Note} note */
  #serve(note) {
    if (note.what === "attach") return this.#admit(note.from);
    const held = this.#held;
    if (!held) return;
    if (note.what === "detach") this.#dismiss(held, note.from);
    if (note.what === "send" && note.line === held.id) {
      for (const text of note.texts ?? []) this.#forward(held, note.from, text);
    }
  }

  /** @param {string} tab */
  #admit(tab) {
    const held = this.#held ?? this.#dial();
    if (!held) return;
    if (!held.tabs.has(tab)) this.#watch(tab);
    held.tabs.set(tab, new Set());
    this.say(held.open ? { what: "open", line: held.id, to: tab } : { what: "opening", to: tab });
  }

  /**
   * Opens the session that all tabs share.
   * @returns {Held | null}
   */
  #dial() {
    const transport = this.#open();
    const id = crypto.randomUUID();
    /** @type {Held} */
    const held = { id, transport, open: false, greeted: false, welcome: null, tabs: new Map() };
    transport.onopen = () => {
      held.open = true;
      this.say({ what: "open", line: id });
    };
    transport.onframe = () => this.say({ what: "frame", line: id });
    transport.onmessage = (texts) => {
      for (const text of texts) note(held, text);
      this.say({ what: "texts", line: id, texts });
    };
    transport.onclose = (closing) => {
      if (this.#held === held) this.#held = null;
      this.say({ what: "close", line: id, closing });
    };
    this.#held = held;
    return held;
  }

  /**
   * @param {Held} held
   * @param {string} tab
   * @param {string} text
   */
  #forward(held, tab, text) {
    const { type, room } = JSON.parse(text);
    const rooms = held.tabs.get(tab);
    if (type === "hello" && held.greeted) {
      if (held.welcome) this.say({ what: "texts", line: held.id, texts: [held.welcome], to: tab });
      return;
    }
    if (type === "hello") held.greeted = true;
    if (type === "join") rooms?.add(room);
    if (type === "leave") {
      rooms?.delete(room);
      if (needed(held, room)) return;
    }
    held.transport.send(text);
  }

  /**
   * @param {Held} held
   * @param {string} tab
   */
  #dismiss(held, tab) {
    const rooms = held.tabs.get(tab) ?? [];
    held.tabs.delete(tab);
    for (const room of rooms) {
      if (!needed(held, room)) held.transport.send(JSON.stringify({ type: "leave", room }));
    }
    if (held.tabs.size > 0) return;
    held.transport.close();
    this.#held = null;
  }

  /**
   * Waits for the end of a tab that may have no time to say goodbye.
   * @param {string} tab
   */
  #watch(tab) {
    if (tab === this.#id) return;
    this.#request(this.#lockOf(tab), {}, async () => {
      if (this.#held) this.#dismiss(this.#held, tab);
    });
  }

  /** @param {string} tab */
  #lockOf(tab) {
    return `${this.#name}:tab:${tab}`;
  }
}

/**
 * Keeps the welcome for tabs that come later, with the name as it is now.
 * @param {Held} held
 * @param {string} text
 */
function note(held, text) {
  const first = held.welcome === null;
  if (!first && !text.includes('"named"')) return;
  const event = JSON.parse(text);
  if (event.type === "welcome") held.welcome = text;
  else if (event.type === "error" && first) held.greeted = false;
  else if (event.type === "named" && held.welcome !== null) {
    const welcome = JSON.parse(held.welcome);
    if (welcome.person.id === event.person.id) held.welcome = JSON.stringify({ ...welcome, person: event.person });
  }
}

/**
 * @param {Held} held
 * @param {string} room
 */
function needed(held, room) {
  return [...held.tabs.values()].some((rooms) => rooms.has(room));
}
