/**
 * `<tornchat-room room endpoint heading topic home transport mode>`: a shell around session and view.
 * Without `room` the last part of the address is its name, and nothing is said about whether it
 * exists. The property `getToken`, a function that promises a site token or null, makes its visitor
 * known; an address may bring `#invite=…` or `#token=…`.
 *
 * With `mode` it is in a frame: `bubble` can be closed, in `readonly` nothing is written, `inline` and
 * `full` are neither. The page around may be its property `host`.
 *
 * Events, all bubbling: `tornchat:state` {state, transport, reason}, `tornchat:unread` {count},
 * `tornchat:presence` {count}, `tornchat:message` {seq, from, text, time, mine}, `tornchat:error`
 * {code, message}, `tornchat:close`.
 */

import { actionsOf } from "./actions.js";
import { clock } from "./clock.js";
import { takeFragment } from "./fragment.js";
import { OwnKeeper } from "./keeper.js";
import { Sayings } from "./sayings.js";
import { Session } from "./session.js";
import { Drawer, prefixOf } from "./storage.js";
import { KINDS } from "./transport/sockjs.js";
import { View } from "./view.js";
import { headline } from "./view/gate.js";

/**
 * @typedef {import("./types.js").Kind} Kind
 * @typedef {import("./types.js").Status} Status
 * @typedef {import("./types.js").Message} Message
 * @typedef {import("./state.js").State} State
 * @typedef {import("./room.js").Outcome} Outcome
 *
 * @typedef {object} Host  the page around a frame, as far as it matters here
 * @property {import("./keeper.js").Keeper} keeper
 * @property {() => boolean} looked  whether somebody sees what the frame shows
 * @property {string} suggested  a name to begin with
 * @property {string} name  of the room, on that page
 * @property {string | null} invite
 */

const UNWRITABLE = { code: "read_only", message: "Nothing can be written here: this chat is for reading." };

export class TornchatRoom extends HTMLElement {
  /** @type {Session | null} */
  #session = null;
  /** @type {View | null} */
  #view = null;
  #unread = 0;
  #count = 0;
  #said = "";
  /** @type {(() => Promise<string | null>) | null} */
  #getToken = null;
  /** @type {Host | null} */
  #host = null;
  /** What the browser keeps; for all sessions, since it may be in memory only. @type {Drawer | null} */
  #local = null;
  /** Two frames of a room in one page know nothing of each other. @type {Drawer | null} */
  #tab = null;
  #sayings = new Sayings();
  /** Ends what is listened to while the element is in the page. */
  #use = new AbortController();
  #wake = () => this.#session?.connection.wake();
  #visibility = () => {
    this.#session?.visibility(document.hidden);
    this.look();
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
  #pressed = (/** @type {KeyboardEvent} */ event) => {
    const taken = event.defaultPrevented || event.isComposing || this.querySelector("dialog:modal");
    if (event.key === "Escape" && this.#closable && !taken) this.#tell("close", {});
  };

  /** @param {(() => Promise<string | null>) | null} source  asks for a token of the site */
  set getToken(source) {
    this.#getToken = source;
    if (!this.#session) return;
    this.#close();
    this.#open();
  }

  /** @param {Host} host  before the element is in the page */
  set host(host) {
    this.#host = host;
  }

  connectedCallback() {
    const brought = takeFragment(location, history);
    this.#upgrade();
    this.#open(brought ?? { invite: this.#host?.invite ?? null, token: null });
    this.#use = new AbortController();
    const { signal } = this.#use;
    addEventListener("hashchange", this.#arrived, { signal });
    addEventListener("focus", this.look, { signal });
    addEventListener("blur", this.look, { signal });
    addEventListener("online", this.#wake, { signal });
    addEventListener("pagehide", this.#hide, { signal });
    addEventListener("pageshow", this.#show, { signal });
    document.addEventListener("keydown", this.#pressed, { signal });
    document.addEventListener("visibilitychange", this.#visibility, { signal });
    document.addEventListener("resume", this.#wake, { signal });
  }

  disconnectedCallback() {
    this.#use.abort();
    this.#close();
  }

  // ── for the page around ───────────────────────────────────────────────────────────────────────

  /** Call when somebody begins or ceases to look. */
  look = () => {
    const looked = this.#host ? this.#host.looked() : document.hasFocus();
    this.#session?.room.focus(!document.hidden && looked);
  };

  /**
   * @param {string} text
   * @returns {Promise<Outcome>} settles when it is in the log, or will never be
   */
  async say(text) {
    const room = this.#session?.room;
    if (!room || this.#mode === "readonly") return UNWRITABLE;
    return room.state.left ? refusal(room.state.left) : this.#sayings.say(room, text);
  }

  markRead() {
    this.#session?.room.markRead();
  }

  takeFocus() {
    this.#view?.focus();
  }

  /** The page is in another language now. */
  redraw() {
    this.#view?.redraw();
  }

  /** @param {string} name  of the room, on this page */
  retitle(name) {
    if (this.#host) this.#host.name = name;
    this.#view?.rename(name);
  }

  /** The keeper knows more of the guest: who was still asked for a name may have one now. */
  known() {
    const { connection, invited, name } = this.#session ?? {};
    if (connection?.status.state !== "idle" || invited || !name) return;
    this.#view?.closeName();
    this.#session?.start();
  }

  /**
   * Somebody else sits here now.
   * @param {(() => Promise<string | null>) | null} source  asks for a token of the site
   * @param {string | null} invite
   */
  become(source, invite) {
    if (this.#getToken) this.#session?.keepDraft("");
    this.#session?.forget();
    this.#close();
    this.#sayings.end({ code: "unauthorized", message: "Somebody else is signed in now." });
    this.#getToken = source;
    this.#open({ invite, token: null });
  }

  // ── life ──────────────────────────────────────────────────────────────────────────────────────

  /** Takes over what was set before this class was known, and hides the setters. */
  #upgrade() {
    const own = (/** @type {string} */ name) => {
      const early = Object.getOwnPropertyDescriptor(this, name);
      Reflect.deleteProperty(this, name);
      return early?.value ?? null;
    };
    this.#getToken ??= own("getToken");
    this.#host ??= own("host");
  }

  get #mode() {
    return this.getAttribute("mode");
  }

  get #closable() {
    return this.#mode === "bubble";
  }

  /** @param {import("./fragment.js").Brought} [brought] */
  #open(brought = { invite: null, token: null }) {
    if (this.#session) return;
    const listed = this.hasAttribute("room");
    const room = this.getAttribute("room") ?? roomOf(location.pathname);
    const endpoint = new URL(this.getAttribute("endpoint") ?? "../sockjs", document.baseURI).href;
    this.#local ??= new Drawer(() => localStorage, prefixOf(endpoint));
    this.#tab ??= new Drawer(() => sessionStorage, prefixOf(endpoint, this.#mode ?? ""));
    const session = new Session(
      {
        room,
        endpoint,
        forced: this.#forced(),
        listed,
        getToken: this.#getToken,
        framed: this.#mode !== null,
        nameless: this.#mode === "readonly",
        keeper: this.#host?.keeper ?? new OwnKeeper(this.#local),
        tab: this.#tab,
        ...brought,
      },
      {
        onchange: (state) => this.#changed(state),
        onstatus: (status) => this.#reported(status),
        onname: (problem) => this.#askName(problem),
        onnamed: () => this.#view?.closeName(),
        onproblem: (words) => this.#problem(words),
        onmessage: (message) => this.#heard(message),
        onsettled: (id, outcome) => this.#sayings.settle(id, outcome),
      },
    );
    const view = new View(this.#viewOptions(room, listed, session.draft), actionsOf(session, () => this.#tell("close", {})));
    this.#session = session;
    this.#view = view;
    this.replaceChildren(view.root);
    view.connect();
    view.show(session.room.state);
    view.showStatus(session.connection.status);
    this.look();
    session.start();
  }

  /**
   * @param {string} room
   * @param {boolean} listed
   * @param {string} draft
   * @returns {import("./view.js").Options}
   */
  #viewOptions(room, listed, draft) {
    return {
      room,
      home: this.#mode === null ? (this.getAttribute("home") ?? "../") : null,
      readonly: this.#mode === "readonly",
      closable: this.#closable,
      name: this.#host?.name ?? "",
      listed,
      title: this.getAttribute("heading") ?? room,
      topic: this.getAttribute("topic") ?? "",
      draft,
      clock,
    };
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

  // ── what the session says ─────────────────────────────────────────────────────────────────────

  /** @param {string} problem */
  #askName(problem) {
    const { connection, invited = false, name } = this.#session ?? {};
    this.#view?.askName({ first: !connection?.online, name: name ?? this.#host?.suggested ?? "", problem, invited });
  }

  /** @param {State} state */
  #changed(state) {
    this.#view?.show(state);
    if (state.unread !== this.#unread) this.#tell("unread", { count: (this.#unread = state.unread) });
    if (state.count !== this.#count) this.#tell("presence", { count: (this.#count = state.count) });
    const said = state.left?.code ?? "";
    if (said === this.#said) return;
    this.#said = said;
    if (!state.left) return;
    const error = refusal(state.left);
    this.#tell("error", error);
    this.#sayings.end(error);
  }

  /** @param {Status} status */
  #reported(status) {
    this.#view?.showStatus(status);
    const { state, transport, reason } = status;
    this.dataset.state = state;
    this.dataset.transport = transport ?? "";
    this.#tell("state", { state, transport, reason });
    if (state === "offline" && !this.#said) this.#tell("error", { code: String(status.code), message: reason });
  }

  /** @param {string} words */
  #problem(words) {
    this.#view?.tell(words);
    this.#tell("error", { code: "refused", message: words });
  }

  /** @param {Message} message */
  #heard({ seq, from: { id, name, verified = false }, text, time }) {
    const mine = id === this.#session?.room.state.me?.id;
    this.#tell("message", { seq, from: { id, name, verified }, text, time, mine });
  }

  /**
   * @param {string} name
   * @param {object} detail
   */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`tornchat:${name}`, { bubbles: true, detail }));
  }
}

/** @param {{code: string, reason: string}} left */
function refusal({ code, reason }) {
  const title = `${headline(code)}.`;
  // Some reasons of the connection say just that.
  return { code, message: reason && reason !== title ? `${title} ${reason}` : title };
}

/** @param {string} path */
function roomOf(path) {
  try {
    return decodeURIComponent(path.split("/").pop() ?? "");
  } catch {
    return "";
  }
}
