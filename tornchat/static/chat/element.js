/**
 * `<tornchat-room room endpoint title topic home transport>`: a shell around session and view.
 *
 * Events, all bubbling: `tornchat:state` {state, transport}, `tornchat:unread` {count},
 * `tornchat:presence` {count}.
 */

import { clock } from "./clock.js";
import { Session } from "./session.js";
import { KINDS } from "./transport.js";
import { View } from "./view.js";

/**
 * @typedef {import("./types.js").Kind} Kind
 * @typedef {import("./types.js").Status} Status
 * @typedef {import("./state.js").State} State
 */

class TornchatRoom extends HTMLElement {
  /** @type {Session | null} */
  #session = null;
  /** @type {View | null} */
  #view = null;
  #unread = 0;
  #count = 0;
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

  connectedCallback() {
    this.#open();
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
    removeEventListener("focus", this.#focus);
    this.#close();
  }

  #open() {
    if (this.#session) return;
    const room = this.getAttribute("room") ?? "";
    const endpoint = new URL(this.getAttribute("endpoint") ?? "../sockjs", document.baseURI).href;
    const session = new Session(
      { room, endpoint, forced: this.#forced() },
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
        title: this.getAttribute("title") ?? room,
        topic: this.getAttribute("topic") ?? "",
        draft: session.draft,
        clock,
      },
      {
        say: (text) => live.say(text),
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
    const name = this.#session?.name;
    this.#view?.askName({ first: !this.#session?.connection.online, name: name ?? "", problem });
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

customElements.define("tornchat-room", TornchatRoom);
