/**
 * The guest of somebody's site at one chat, kept where its pages keep their own things: no browser
 * takes that for third-party storage. Made once: who asks first while nobody is known makes the guest
 * and holds a lock meanwhile, over all tabs; the others wait, and become the same person. Widgets and
 * `/client.js` keep the same one, so this is what two versions of us have to agree upon.
 *
 * @typedef {import("./keeper.js").Guest} Guest
 */

import { word } from "./word.js";

/** So long may one take to make a guest. */
const PATIENCE_MS = 30_000;
/** Far longer than a browser takes to show one tab what another one has stored. */
const SPREAD_MS = 5_000;

export class SiteGuest {
  #store;
  /** Of the guest in the storage itself, and of the lock. */
  #key;
  /** In one page, one after the other. @type {Promise<unknown>} */
  #turn = Promise.resolve();
  /** @type {Set<(guest: Guest) => void>} */
  #others = new Set();

  /**
   * @param {Pick<import("./storage.js").Drawer, "get" | "set">} store  of `siteDrawer`
   * @param {string} base  the chat's address
   */
  constructor(store, base) {
    this.#store = store;
    this.#key = `tornchat:${base}:guest`;
  }

  /** @returns {Guest} */
  get known() {
    return parsed(this.#store.get("guest"));
  }

  /**
   * @param {Guest} guest
   * @param {(guest: Guest) => void} [teller]  who knows it already
   */
  keep(guest, teller) {
    this.#store.set("guest", JSON.stringify(guest));
    for (const tell of this.#others) if (tell !== teller) tell(guest);
  }

  /**
   * Hears what other frames, of this page and of other tabs, say of the guest.
   * @param {(guest: Guest) => void} tell
   * @param {AbortSignal} signal
   */
  follow(tell, signal) {
    this.#others.add(tell);
    signal.addEventListener("abort", () => this.#others.delete(tell));
    addEventListener("storage", (event) => {
      if (event.key === this.#key && event.newValue) tell(parsed(event.newValue));
    }, { signal });
  }

  /**
   * Answers with the guest, or with nobody: then it is up to the asker to make one until `signal`.
   * @param {(guest: Guest) => void} answer
   * @param {AbortSignal} signal
   * @param {AbortSignal} [end]  of all that the asker does here
   */
  ask(answer, signal, end) {
    if (this.known.token) return answer(this.known);
    const alone = async () => {
      if (signal.aborted) return;
      const guest = this.known;
      answer(guest);
      if (!guest.token) await passed(PATIENCE_MS, signal);
    };
    this.#turn = this.#turn.then(() => this.#locked(alone, signal, end));
  }

  /**
   * With a lock over all tabs, where the browser has one and grants it. Who was made is told by the name
   * of another lock: other tabs see who holds which sooner than what was stored.
   * @param {() => Promise<unknown>} alone
   * @param {AbortSignal} signal
   * @param {AbortSignal} [end]
   */
  #locked(alone, signal, end) {
    const { locks } = navigator;
    const made = `${this.#key}=`;
    const held = async () => {
      const told = (await locks.query()).held?.find(({ name }) => name?.startsWith(made));
      if (!this.known.token && told) this.#store.set("guest", String(told.name).slice(made.length));
      const before = this.known.token;
      await alone();
      if (this.known.token === before) return;
      await new Promise((/** @type {(value?: unknown) => void} */ granted) => {
        const tell = () => (granted(), passed(SPREAD_MS, end));
        locks.request(made + JSON.stringify(this.known), { mode: "shared" }, tell).catch(granted);
      });
    };
    const locked = async () => locks.request(this.#key, { signal }, held);
    return locked().catch(alone);
  }
}

/**
 * @param {number} ms
 * @param {AbortSignal} [signal]  ends it sooner
 */
function passed(ms, signal) {
  return new Promise((/** @type {(value?: unknown) => void} */ done) => {
    if (signal?.aborted) return done();
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", () => done(clearTimeout(timer)));
  });
}

/**
 * @param {string | null} text
 * @returns {Guest}
 */
function parsed(text) {
  try {
    const { token, name } = JSON.parse(text ?? "");
    return { token: word(token), name: word(name) };
  } catch {
    return { token: null, name: null };
  }
}
