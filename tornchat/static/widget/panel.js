/**
 * What is behind a launcher: the frame of the chat and what it says to this page. Loaded when somebody
 * wants it, for all chats of a page together; what they share is kept here.
 *
 * @typedef {import("./handle.js").Host} Host
 * @typedef {import("../embed/wire.js").Init} Init
 */

import { SiteGuest } from "../chat/siteguest.js";
import { word } from "../chat/word.js";
import { Frame } from "./frame.js";
import { Notices } from "./notice.js";
import { OPENED, SMALL } from "./opened.js";
import { Sendings } from "./sendings.js";
import { right } from "./shapes.js";
import { Title } from "./title.js";
import { ask } from "./token.js";

/** By the chat's address: one person at each. @type {Map<string, SiteGuest>} */
const guests = new Map();
const title = new Title();

export class Panel {
  #host;
  #guest;
  #frame;
  /** Aborted with the widget, or when the frame is refused. */
  #end = new AbortController();
  /** Aborted when the page in the frame makes no guest any more. */
  #asking = new AbortController();
  #sendings = new Sendings((id, text) => this.post({ type: "send", id, text }));
  #notices = new Notices();
  #room = "";
  #unread = 0;
  #told = false;
  #cover = still();
  #inSight = true;

  /** @param {Host} host */
  constructor(host) {
    const { base, options, store, root, box, signal } = (this.#host = host);
    this.#guest = guests.get(base) ?? new SiteGuest(store, base);
    guests.set(base, this.#guest);
    const mode = options.mode === "bubble" ? "" : `?mode=${options.mode}`;
    this.#frame = new Frame(new URL(`embed/${options.room}${mode}#tornchat`, base), {
      init: () => this.#init(),
      hear: (message) => this.#heard(message),
      refuse: () => this.#refuse(),
    });
    this.#call();
    if (!root.dataset.dressed) host.dress(OPENED);
    root.dataset.dressed = "yes";
    box.append(this.#frame.element);
    signal.addEventListener("abort", () => this.#stop("the chat was taken away"), { signal: this.#end.signal });
    this.#watch(this.#end.signal);
  }

  /** @param {import("../embed/wire.js").HostMessage} message  lost while there is no line */
  post(message) {
    this.#frame.post(message);
  }

  /**
   * @param {string} text
   * @returns {Promise<{seq: number}>}
   */
  send(text) {
    return this.#sendings.add(String(text));
  }

  focus() {
    if (!this.#host.shown()) return;
    this.#frame.element.focus();
    // A caret would bring up the keyboard of a phone, and cover what one came to read.
    if (!matchMedia(SMALL).matches) this.post({ type: "focus" });
  }

  /** On the launcher: the one moment to ask for something. */
  clicked() {
    if (this.#wants("desktop")) this.#notices.ask();
  }

  vouch() {
    this.post({ type: "vouch", vouched: this.#vouched });
  }

  wear() {
    this.post({ type: "theme", theme: this.#host.options.theme, style: this.#style() });
  }

  look() {
    this.post({ type: "look", ...this.#looks() });
    const { shown, root } = this.#host;
    this.#cover(shown() && !this.#end.signal.aborted && root.classList.contains("fixed"));
  }

  /** The page has another title for it; none: the room's own. */
  entitle() {
    const { title = "" } = this.#host.options;
    this.post({ type: "title", title });
    this.#call();
  }

  get #vouched() {
    const { token, tokenUrl } = this.#host.options;
    return Boolean(token || tokenUrl);
  }

  /** @param {"title" | "sound" | "desktop"} way */
  #wants(way) {
    return this.#host.options.notify.includes(way);
  }

  /** Of a focus within the frame only the frame knows where it goes, so it looks itself. */
  #looks() {
    const within = this.#host.element.shadowRoot?.activeElement === this.#frame.element;
    return { shown: this.#host.shown() && this.#inSight, focused: document.hasFocus() && !within };
  }

  #style() {
    const style = getComputedStyle(this.#host.element);
    /** @param {string} name */
    const read = (name) => style.getPropertyValue(`--tornchat-${name}`).trim();
    return { accent: read("accent"), radius: read("radius"), font: read("font") };
  }

  /** @returns {Init} */
  #init() {
    this.#leave("the chat was loaded anew");
    const { mode, name = "", theme, lang = "", title: heading = "" } = this.#host.options;
    return {
      tornchat: 1,
      type: "init",
      mode,
      guest: this.#guest.known,
      suggested: name,
      vouched: this.#vouched,
      theme,
      lang,
      title: heading,
      style: this.#style(),
      sound: this.#wants("sound"),
      ...this.#looks(),
    };
  }

  /**
   * Follows where somebody looks, other tabs, and the keyboard of a phone.
   * @param {AbortSignal} signal
   */
  #watch(signal) {
    const look = () => this.look();
    addEventListener("focus", look, { signal });
    addEventListener("blur", look, { signal });
    document.addEventListener("visibilitychange", look, { signal });
    this.#guest.follow(this.#tellGuest, signal);
    const fit = () => this.#fit();
    for (const name of ["resize", "scroll"]) visualViewport?.addEventListener(name, fit, { signal });
    fit();
    if (this.#host.root.classList.contains("fixed")) return;
    const watcher = new IntersectionObserver((entries) => {
      this.#inSight = entries[entries.length - 1].isIntersecting;
      look();
    });
    watcher.observe(this.#host.box);
    signal.addEventListener("abort", () => watcher.disconnect());
  }

  /** What can be seen is smaller while a keyboard is up; somebody who zooms in wants no change. */
  #fit() {
    const { style } = this.#host.root;
    const view = visualViewport;
    const near = view && Math.abs(view.scale - 1) < 0.01;
    style.setProperty("--t", near ? `${view.offsetTop}px` : "");
    style.setProperty("--h", near ? `${view.height}px` : "");
  }

  /** @param {any} message */
  #heard(message) {
    const { type, id } = message;
    if (!right(message)) return;
    if (type === "identity") this.#identify(id);
    else if (type === "guest") this.#keep(message);
    else if (type === "token") void this.#token(message);
    else if (type === "sent") this.#sendings.answer(message);
    else if (type === "ready") this.#begun(message.title);
    else this.#tell(message);
  }

  /** What the page hears, too. @param {any} message */
  #tell({ type, ...detail }) {
    if (type === "unread") {
      if (this.#wants("title")) title.tell(this, detail.count);
      if (!detail.count) this.#notices.clear();
      this.#unread = detail.count;
    } else if (type === "message" && !detail.mine && this.#unread && this.#wants("desktop") && !this.#looks().focused) {
      const words = { body: detail.text, tag: `tornchat ${this.#host.options.room}` };
      this.#notices.show(`${detail.from.name} · ${this.#title}`, words, this.#host.open);
    }
    this.#host.hear(type, detail);
  }

  get #title() {
    return this.#host.options.title || this.#room || "Chat";
  }

  #call() {
    this.#frame.element.title = this.#host.box.ariaLabel = this.#title;
  }

  /** @param {string} name  of the room */
  #begun(name) {
    const { options, root, element } = this.#host;
    this.#frame.settle();
    this.#room = name;
    this.#call();
    root.classList.add("ready");
    this.#sendings.flow();
    this.look();
    if (options.mode === "bubble" && element.shadowRoot?.activeElement) this.focus();
    if (!this.#told) this.#host.hear("ready", { title: this.#title });
    this.#told = true;
  }

  /** @param {number} id */
  #identify(id) {
    this.#asking.abort();
    this.#asking = new AbortController();
    const answer = (/** @type {import("../embed/wire.js").Guest} */ guest) => this.post({ type: "identity", id, ...guest });
    this.#guest.ask(answer, this.#asking.signal, this.#end.signal);
  }

  /** @param {{token: string | null, name: string | null}} guest */
  #keep({ token, name }) {
    this.#guest.keep({ token: word(token) ?? this.#guest.known.token, name: word(name) }, this.#tellGuest);
    this.#asking.abort();
  }

  /** To a page that has not asked. @param {import("../embed/wire.js").Guest} guest */
  #tellGuest = (guest) => this.post({ type: "identity", id: 0, ...guest });

  /** @param {{id: number, fresh: boolean}} asked */
  async #token({ id, fresh }) {
    const { token, tokenUrl } = this.#host.options;
    const answer = await ask(token, tokenUrl, fresh).then(
      (found) => ({ token: found }),
      (error) => ({ token: null, error: String(error) }),
    );
    this.post({ type: "token", id, ...answer });
  }

  /** Nothing answered: most likely the browser may not show it in this page. */
  #refuse() {
    const cure = origin === "null"
      ? "This page has no origin, so that none can be allowed."
      : `Either it does not answer, or its owner has to list ${origin}.`;
    const message = `This chat cannot be shown here. ${cure}`;
    // First, so that the focus goes from the frame to the launcher, and is not lost with the frame.
    this.#host.hear("refused", message);
    this.#stop(message);
  }

  /** The page that was in the frame is no more. @param {string} why */
  #leave(why) {
    this.#asking.abort();
    this.#sendings.stop(why);
    this.#host.root.classList.remove("ready");
  }

  /** @param {string} why */
  #stop(why) {
    this.#end.abort();
    this.#frame.destroy();
    this.#leave(why);
    this.#sendings.end(why);
    this.#notices.clear();
    title.tell(this, 0);
    this.#cover(false);
  }
}

/** A page that a panel covers whole is not to move under the fingers. @returns {(covered: boolean) => void} */
function still() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`@media ${SMALL}{html{overflow:hidden!important}}`);
  return (covered) => {
    const others = document.adoptedStyleSheets.filter((each) => each !== sheet);
    document.adoptedStyleSheets = covered ? [...others, sheet] : others;
  };
}
