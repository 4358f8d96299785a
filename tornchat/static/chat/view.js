/**
 * Draws a room and hears what the person does. Only this module and `view/` touch the DOM.
 * Changes are gathered and drawn once per animation frame.
 *
 * @typedef {import("./types.js").Status} Status
 * @typedef {import("./types.js").Clock} Clock
 * @typedef {import("./state.js").State} State
 *
 * @typedef {object} Actions  what a person can do
 * @property {(text: string) => void} say
 * @property {(text: string) => void} ask  a slash command
 * @property {() => void} learn  which commands there are
 * @property {(key: string) => void} dismiss  a line that only we see
 * @property {(seq: number) => void} remove
 * @property {(clientId: string) => void} retry
 * @property {(clientId: string) => void} discard
 * @property {(direction: import("./state.js").Direction) => void} load
 * @property {(on: boolean) => void} follow
 * @property {(on: boolean) => void} typing
 * @property {(text: string) => void} draft
 * @property {(name: string) => void} name
 * @property {() => void} tryNow
 * @property {() => void} rejoin
 * @property {() => void} close  the chat, where a page around it can
 *
 * @typedef {object} Options
 * @property {string | null} home  relative address of the lobby; null: in a frame, that has no way there
 * @property {boolean} readonly  nothing is written here
 * @property {boolean} closable
 * @property {string} name  of the room as the page around us calls it; empty: as everybody does
 * @property {boolean} listed  whether everybody may know of the room
 * @property {string} room
 * @property {string} title
 * @property {string} topic
 * @property {string} draft
 * @property {Clock} clock
 */

import { formatNumber } from "./locale.js";
import { Announcer } from "./view/announcer.js";
import { Banner, Signal } from "./view/banner.js";
import { confirm, NameDialog } from "./view/dialogs.js";
import { counted, h, icon, setText } from "./view/dom.js";
import { Foot } from "./view/foot.js";
import { Gate } from "./view/gate.js";
import { MessageList } from "./view/list.js";
import { openMenu } from "./view/menu.js";
import { People } from "./view/people.js";
import { marksOf } from "./view/person.js";

/** While hidden there are no animation frames, and nobody to hurry for. */
const HIDDEN_RENDER_MS = 1_000;
const TOAST_MS = 6_000;
/** What the page of a room is called that may not exist, as in `room.html`. */
const UNLISTED = "Room not found";
/** After a frame that took this share of time, the page rests for the others: a flood must not freeze it. */
const REST = 3;
const QUICK_MS = 12;

export class View {
  #actions;
  #options;
  /** @type {State | null} */
  #state = null;
  /** @type {Status | null} */
  #status = null;
  #frame = 0;
  /** No drawing before this moment, in the time of `performance.now`. */
  #restUntil = 0;
  /** @type {unknown} */
  #hiddenTimer = null;
  /** @type {unknown} */
  #countdown = null;
  /** @type {unknown} */
  #toastTimer = null;
  #plainTitle = document.title;
  #name;
  /** @type {State["held"]} as the banner knows it */
  #held = null;

  #header = h("header", { class: "bar" });
  #main = h("main", { id: "main" });
  #title = h("span", null);
  #lock = h("span", { class: "lock", role: "img", "aria-label": "private room", title: "Only people who were invited see this room", hidden: true }, icon("lock"));
  #topic = h("p", { class: "topic" });
  #count = h("span", null);
  #peopleButton = h("button", { class: "icon-button people-button", type: "button", "aria-haspopup": "dialog" }, icon("people"), this.#count);
  #me = h("button", { class: "me", type: "button" });
  #toast = h("div", { class: "toast", role: "status", hidden: true });
  #scrim = h("div", { class: "scrim" });
  #banner = new Banner();
  #headSignal = new Signal();
  #signal = new Signal();
  #announcer = new Announcer();
  #gate;
  #list;
  #foot;
  #people;
  #nameDialog;

  /**
   * @param {Options} options
   * @param {Actions} actions
   */
  constructor(options, actions) {
    this.#options = options;
    this.#actions = actions;
    this.#list = new MessageList({
      follow: actions.follow,
      load: actions.load,
      retry: actions.retry,
      discard: actions.discard,
      edit: (clientId) => this.#edit(clientId),
      dismiss: actions.dismiss,
      menu: (seq, removable, button) => this.#menu(seq, removable, button),
    });
    this.#name = options.name;
    const writing = { ...actions, say: (/** @type {string} */ text) => this.#say(text), ask: (/** @type {string} */ text) => this.#ask(text) };
    this.#foot = new Foot(writing, options, (words) => this.#announcer.say(words));
    this.#people = new People(h("div", null, this.#me, this.#signal.root), () => this.#openPeople(false));
    this.#nameDialog = new NameDialog(actions.name, options.closable ? actions.close : null);
    this.#gate = new Gate(options.home, actions.rejoin);
    this.#peopleButton.addEventListener("click", () => this.#openPeople(true));
    this.#scrim.addEventListener("click", () => this.#openPeople(false));
    this.#me.addEventListener("click", () => this.askName({ first: false }));
    this.#me.hidden = options.readonly;
    this.#topic.textContent = options.topic;
    this.root = this.#assemble();
  }

  #assemble() {
    const { home, closable } = this.#options;
    const back = home !== null && h("a", { class: "icon-button back", href: home, "aria-label": "All rooms" }, icon("back"));
    const close = closable && h("button", { class: "icon-button close-chat", type: "button", "aria-label": "Close the chat", onclick: this.#actions.close }, icon("close"));
    const heading = h("div", { class: "heading" }, h("h1", null, this.#title, this.#lock), this.#topic);
    this.#header.append(...[back, heading, this.#headSignal.root, this.#peopleButton, close].filter((part) => part !== false));
    this.#main.append(this.#banner.root, this.#list.root, this.#toast, this.#foot.root);
    const over = [this.#gate.root, this.#scrim, this.#people.root, this.#announcer.root, this.#nameDialog.root];
    return h("div", { class: "room" }, this.#header, this.#main, ...over);
  }

  /** The root is in the document now. */
  connect() {
    this.#list.connect();
    this.#foot.connect();
    this.#focusLater();
  }

  /** Takes the focus, to where one goes on. */
  focus() {
    if (this.#nameDialog.isOpen) this.#nameDialog.focus();
    else if (this.#state?.left) this.#gate.focus();
    else if (this.#options.readonly) this.#list.focus();
    else this.#foot.focus();
  }

  #focusLater() {
    if (!matchMedia("(hover: hover)").matches || !this.#mayFocus) return;
    // Later: behind the click that closed the dialog, browsers still move the caret to the mouse.
    this.#options.clock.after(() => this.#foot.focus(), 0);
  }

  /** A frame takes no focus from the page around it. */
  get #mayFocus() {
    return this.#options.home !== null || document.hasFocus();
  }

  /** Draws all of it anew: times are said in another language. */
  redraw() {
    this.#list.forget();
    this.#schedule();
  }

  /** @param {string} name  of the room, on this page; empty: as everybody calls it */
  rename(name) {
    this.#name = name;
    setText(this.#title, this.#heading);
    this.#schedule();
  }

  /** What the room is called here. */
  get #heading() {
    const { phase, title } = this.#state ?? {};
    return this.#name || (phase === "joined" && title) || this.#options.title;
  }

  /** Leaves nothing running; the root may be thrown away. */
  disconnect() {
    const { clock } = this.#options;
    this.#list.disconnect();
    this.#foot.disconnect();
    cancelAnimationFrame(this.#frame);
    for (const timer of [this.#hiddenTimer, this.#countdown, this.#toastTimer]) clock.cancel(timer);
    document.title = this.#plainTitle;
  }

  /** @param {State} state */
  show(state) {
    const out = state.left !== null && this.#state?.left !== state.left;
    this.#state = state;
    setText(this.#title, this.#heading);
    this.#schedule();
    // What one may not see any more goes at once, also while no frames are drawn.
    if (out) this.#render();
  }

  /** @param {Status} status */
  showStatus(status) {
    this.#status = status;
    this.#tickStatus();
  }

  /** @param {{first: boolean, name?: string, problem?: string, invited?: boolean}} occasion */
  askName({ first, name, problem, invited = false }) {
    const known = name ?? this.#state?.me?.name ?? "";
    const room = this.#options.listed ? this.#heading : "";
    this.root.classList.toggle("closed", invited);
    this.#nameDialog.open({ first, room, titled: this.#name !== "", name: known, problem, invited }, this.#mayFocus);
    this.#inert(!this.#mayFocus);
  }

  /** @param {string} problem */
  refuseName(problem) {
    if (this.#nameDialog.isOpen) this.#nameDialog.refuse(problem);
    else this.tell(problem);
  }

  closeName() {
    if (!this.#nameDialog.isOpen) return;
    this.root.classList.remove("closed");
    this.#nameDialog.close();
    this.#inert(false);
    this.#focusLater();
  }

  /** @param {string} words  said once, for a while */
  tell(words) {
    const { clock } = this.#options;
    this.#toast.textContent = words;
    this.#toast.hidden = false;
    clock.cancel(this.#toastTimer);
    this.#toastTimer = clock.after(() => this.#toast.toggleAttribute("hidden", true), TOAST_MS);
  }

  // ── drawing ───────────────────────────────────────────────────────────────────────────────────

  #schedule() {
    this.#renderTitle();
    if (document.hidden) {
      this.#hiddenTimer ??= this.#options.clock.after(() => this.#render(), HIDDEN_RENDER_MS);
    } else if (this.#frame === 0) {
      this.#frame = requestAnimationFrame((now) => this.#drawFrame(now));
    }
  }

  /** @param {number} now */
  #drawFrame(now) {
    if (now < this.#restUntil) {
      this.#frame = requestAnimationFrame((later) => this.#drawFrame(later));
      return;
    }
    const start = performance.now();
    this.#render();
    const cost = performance.now() - start;
    this.#restUntil = cost > QUICK_MS ? start + REST * cost : 0;
  }

  #render() {
    cancelAnimationFrame(this.#frame);
    this.#options.clock.cancel(this.#hiddenTimer);
    this.#frame = 0;
    this.#hiddenTimer = null;
    if (!this.#state) return;
    const { readonly } = this.#options;
    const state = { ...this.#state, title: this.#heading, can: readonly ? [] : this.#state.can };
    this.#renderGate(state);
    this.#renderHead(state);
    this.#renderMe(state);
    this.#foot.render(state);
    this.#people.render(state);
    this.#list.render(state, this.#options.clock.now());
    this.#announcer.render(state);
  }

  /** @param {State} state */
  #renderGate({ left, held }) {
    this.#gate.render(left, this.#options.clock.now(), this.#mayFocus);
    if (left) this.#openPeople(false);
    if (left || !this.#nameDialog.isOpen) this.root.classList.toggle("closed", left !== null);
    if (held !== this.#held) this.#tickStatus();
  }

  /** @param {State} state */
  #renderHead(state) {
    if (state.phase === "new") return;
    this.#lock.hidden = state.access === null ? this.#options.listed : state.access !== "private";
    setText(this.#topic, state.topic);
    setText(this.#count, formatNumber(state.count));
    this.#peopleButton.setAttribute("aria-label", `${counted(state.count, "person", "people")} here: show the list`);
  }

  /** @param {State} state */
  #renderMe({ me }) {
    if (!me) return;
    const { name, verified = false } = me;
    const words = verified ? `${name}, verified` : `${name}, change your name`;
    if (this.#me.getAttribute("aria-label") === words) return;
    this.#me.setAttribute("aria-label", words);
    this.#me.disabled = verified;
    this.#me.replaceChildren(h("bdi", null, name), ...(verified ? marksOf(me) : [icon("edit")]));
  }

  #renderTitle() {
    if (!this.#state) return;
    const { unread, title, phase } = this.#state;
    const before = this.#options.listed ? this.#options.title : UNLISTED;
    const plain = phase === "joined" ? this.#plainTitle.replace(before, () => title) : this.#plainTitle;
    const words = unread > 0 ? `(${unread > 99 ? "99+" : unread}) ${plain}` : plain;
    if (document.title !== words) document.title = words;
  }

  /** The countdown in the banner moves by itself. */
  #tickStatus() {
    const { clock } = this.#options;
    clock.cancel(this.#countdown);
    const status = this.#status;
    if (!status) return;
    this.#signal.render(status);
    this.#headSignal.render(status);
    const { held = null } = this.#state ?? {};
    this.#held = held;
    this.#banner.render(status, held, clock.now(), this.#actions.tryNow);
    const retries = status.state === "recovering" && status.retryAt !== null && status.retryAt !== Infinity;
    if (retries || held) {
      this.#countdown = clock.after(() => this.#tickStatus(), 500);
    }
  }

  // ── acting ────────────────────────────────────────────────────────────────────────────────────

  /** @param {string} text */
  #say(text) {
    this.#actions.say(text);
    this.#list.toLatest();
  }

  /**
   * Its answer comes at the end of the list.
   * @param {string} text
   */
  #ask(text) {
    this.#list.toLatest();
    this.#actions.ask(text);
  }

  /** @param {string} clientId  of a message that was refused */
  #edit(clientId) {
    const line = this.#state?.pending.find((pending) => pending.clientId === clientId);
    if (!line) return;
    this.#foot.edit(line.text);
    this.#actions.discard(clientId);
  }

  /** @param {boolean} on */
  #openPeople(on) {
    this.#people.open(on);
    this.#inert(on);
    this.#scrim.classList.toggle("open", on);
    if (!on) this.#peopleButton.focus();
  }

  /** @param {boolean} on */
  #inert(on) {
    for (const part of [this.#header, this.#main]) part.inert = on;
  }

  /**
   * @param {number} seq
   * @param {boolean} removable
   * @param {HTMLElement} button
   */
  #menu(seq, removable, button) {
    const line = this.#state?.lines.find((item) => item.seq === seq);
    if (line?.kind !== "message") return;
    const copy = { words: "Copy text", run: () => this.#copy(line.text) };
    const remove = { words: "Delete…", danger: true, run: () => this.#confirmRemoval(seq) };
    openMenu(button, removable ? [copy, remove] : [copy]);
  }

  /** @param {number} seq */
  #confirmRemoval(seq) {
    const question = {
      title: "Delete this message?",
      words: "Its text is removed for everybody and cannot be brought back.",
      action: "Delete",
    };
    confirm(this.root, question, () => this.#actions.remove(seq));
  }

  /** @param {string} text */
  async #copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.tell("Copied.");
    } catch {
      this.tell("The browser did not allow copying.");
    }
  }
}
