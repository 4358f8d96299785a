/**
 * `<tornchat-room room endpoint heading topic home transport>`: a shell around session and view.
 * Without `room` the last part of the address is its name, and nothing is said about whether it
 * exists. The property `getToken`, a function that promises a site token or null, makes its visitor
 * known; an address may bring `#invite=…` or `#token=…`.
 *
 * Events, all bubbling: `tornchat:state` {state, transport}, `tornchat:unread` {count},
 * `tornchat:presence` {count}.
 */

import { clock } from "./clock.js";
import { takeFragment } from "./fragment.js";
import { Session } from "./session.js";
import { KINDS } from "./transport/sockjs.js";
import { View } from "./view.js";

/**
 * @typedef {import("./types.js").Kind} Kind
 * @typedef {import("./types.js").Status} Status
 * @typedef {import("./state.js").State} State
 */

export class TornchatRoom extends HTMLElement {
  /** @type {Session | null} */
  #session = null;
  /** @type {View | null} */
  #view = null;
  #unread = 0;
  #count = 0;
  /** @type {(() => Promise<string | null>) | null} */
  #getToken = null;
  #focus = () => this.#session?.room.focus(!document.hidden && document.hasFocus());
  #wake = () => this.#session?.connection.wake();
  #visibility = () => {
    this.#session?.visibility(document.hidden);
    this.#focus();
  };
  /** A page that may come back from the cache must not hold connections or locks there. */
  #hide = () => this.#close();
  #show = (/** @type {PageTransitionEvent} */ event) => {
    if (event.persisted) this.#open();
  };
  /** A link that was put into the address of an open page loads nothing by itself. */
  #arrived = () => {
    const brought = takeFragment(location, history);
    if (!brought) return;
    this.#close();
    this.#open(brought);
  };

  /** @param {(() => Promise<string | null>) | null} source  asks for a token of the site */
  set getToken(source) {
    this.#getToken = source;
    if (!this.#session) return;
    this.#close();
    this.#open();
  }

  connectedCallback() {
    const brought = takeFragment(location, history);
    this.#upgrade();
    this.#open(brought ?? undefined);
    addEventListener("hashchange", this.#arrived);
    addEventListener("focus", this.#focus);
    addEventListener("blur", this.#focus);
    addEventListener("online", this.#wake);
    addEventListener("pagehide", this.#hide);
    addEventListener("pageshow", this.#show);
    document.addEventListener("visibilitychange", this.#visibility);
    document.addEventListener("resume", this.#wake);
  }

  disconnectedCallback() {
    document.removeEventListener("resume", this.#wake);
    document.removeEventListener("visibilitychange", this.#visibility);
    removeEventListener("pageshow", this.#show);
    removeEventListener("pagehide", this.#hide);
    removeEventListener("online", this.#wake);
    removeEventListener("blur", this.#focus);
    removeEventListener("hashchange", this.#arrived);
    removeEventListener("focus", this.#focus);
    this.#close();
  }

  /** Takes over what was set before this class was known, and hides the setter. */
  #upgrade() {
    const early = Object.getOwnPropertyDescriptor(this, "getToken");
    if (!early) return;
    Reflect.deleteProperty(this, "getToken");
    this.#getToken = early.value;
  }

  /** @param {import("./fragment.js").Brought} [brought] */
  #open(brought = { invite: null, token: null }) {
    if (this.#session) return;
    const listed = this.hasAttribute("room");
    const room = this.getAttribute("room") ?? roomOf(location.pathname);
    const endpoint = new URL(this.getAttribute("endpoint") ?? "../sockjs", document.baseURI).href;
    const session = new Session(
      { room, endpoint, forced: this.#forced(), listed, getToken: this.#getToken, ...brought },
      {
        onchange: (state) => this.#changed(state),
        onstatus: (status) => this.#reported(status),
        onname: (problem) => this.#askName(problem),
        onnamed: () => this.#view?.closeName(),
        onproblem: (words) => this.#view?.tell(words),
      },
    );
    const { room: live, connection } = session;
    const view = new View(
      {
        room,
        home: this.getAttribute("home") ?? "../",
        listed,
        title: this.getAttribute("heading") ?? room,
        topic: this.getAttribute("topic") ?? "",
        draft: session.draft,
        clock,
      },
      {
        say: (text) => live.say(text),
        ask: (text) => live.ask(text),
        learn: () => live.learn(),
        dismiss: (key) => live.dismiss(key),
        remove: (seq) => live.remove(seq),
        retry: (id) => live.retry(id),
        discard: (id) => live.discard(id),
        load: (direction) => live.load(direction),
        follow: (on) => live.follow(on),
        typing: (on) => live.typing(on),
        draft: (text) => session.keepDraft(text),
        name: (name) => session.rename(name),
        tryNow: () => connection.tryNow(),
        rejoin: () => live.rejoin(),
      },
    );
    this.#session = session;
    this.#view = view;
    this.replaceChildren(view.root);
    view.connect();
    view.show(live.state);
    view.showStatus(connection.status);
    this.#focus();
    session.start();
  }

  #close() {
    this.#session?.stop();
    this.#view?.disconnect();
    this.#session = this.#view = null;
  }

  /** @returns {Kind | null} */
  #forced() {
    const asked = this.getAttribute("transport") ?? new URLSearchParams(location.search).get("transport");
    return KINDS.find((kind) => kind === asked) ?? null;
  }

  /** @param {string} problem */
  #askName(problem) {
    const { connection, invited = false, name } = this.#session ?? {};
    this.#view?.askName({ first: !connection?.online, name: name ?? "", problem, invited });
  }

  /** @param {State} state */
  #changed(state) {
    this.#view?.show(state);
    if (state.unread !== this.#unread) this.#tell("unread", { count: (this.#unread = state.unread) });
    if (state.count !== this.#count) this.#tell("presence", { count: (this.#count = state.count) });
  }

  /** @param {Status} status */
  #reported(status) {
    this.#view?.showStatus(status);
    this.dataset.state = status.state;
    this.dataset.transport = status.transport ?? "";
    this.#tell("state", { state: status.state, transport: status.transport });
  }

  /**
   * @param {string} name
   * @param {object} detail
   */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`tornchat:${name}`, { bubbles: true, detail }));
  }
}

/** @param {string} path */
function roomOf(path) {
  try {
    return decodeURIComponent(path.split("/").pop() ?? "");
  } catch {
    return "";
  }
}

