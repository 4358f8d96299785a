/**
 * One chat in a page: what `mount` hands out, and what the page's own code asks and hears. What is
 * behind the launcher comes when it is wanted: `panel.js`.
 *
 * @typedef {import("./options.js").Options} Options
 * @typedef {import("./panel.js").Panel} Panel
 *
 * @typedef {object} Host  what a panel knows of its widget
 * @property {Options} options  as they are now
 * @property {string} base  the chat's address
 * @property {import("../chat/storage.js").Drawer} store  the host page's own
 * @property {AbortSignal} signal  the end of the widget
 * @property {HTMLElement} element
 * @property {HTMLElement} root
 * @property {HTMLElement} box  where the frame belongs
 * @property {(rules: string) => void} dress
 * @property {() => boolean} shown
 * @property {() => void} open
 * @property {(type: string, detail?: any) => void} hear  what the frame says, in its right shape
 */

import { siteDrawer } from "../chat/storage.js";
import { element, holder } from "./dom.js";
import { Ears } from "./ears.js";
import { idle } from "./idle.js";
import { launcher } from "./launcher.js";
import { CLOSED, dress } from "./sheet.js";

export class Widget {
  #tell;
  #ears = new Ears();
  #end = new AbortController();
  #note = element("p", { part: "note", class: "note", role: "alert" });
  #launcher;
  /** @type {Host} */
  #host;
  /** @type {Panel | null} */
  #panel = null;
  /** @type {Promise<Panel> | null} */
  #loading = null;
  #failures = 0;
  #open;
  #hidden = false;
  /** Why there is no chat, and whether that is to be read. */
  #why = "";
  #noted = false;
  state = "idle";
  unread = 0;

  /**
   * @param {Options} options
   * @param {string} base  the chat's address
   * @param {(name: string, detail: object) => void} tell  the page hears of all that happens
   */
  constructor(options, base, tell) {
    const { mode, target, position, offset, zIndex, title, lang, nonce, token, getToken } = options;
    const bubble = mode === "bubble";
    const [y, x] = position.split("-");
    const [dx, dy = dx] = offset.split(" ");
    const root = element("div", { class: "root" }, this.#note);
    const box = element("div", { part: "panel", class: "panel", id: "panel", "aria-label": title || "Chat" });
    this.#tell = tell;
    this.#open = !bubble;
    this.#launcher = bubble ? launcher(() => this.#clicked()) : null;
    this.room = options.room;
    this.element = holder(this);
    const shadow = this.element.attachShadow({ mode: "open" });
    this.#host = {
      options: { ...options, token: getToken || token },
      base,
      store: siteDrawer(base),
      signal: this.#end.signal,
      element: this.element,
      root,
      box,
      dress: (rules) => dress(shadow, rules, nonce),
      shown: () => this.#open && !this.#hidden,
      open: () => this.open(),
      hear: (type, detail) => this.#heard(type, detail),
    };
    if (bubble || (mode === "full" && !target)) {
      root.classList.add("fixed", mode, y, x);
      this.element.setAttribute("fixed", "");
    }
    this.element.lang = lang ?? "";
    root.style.cssText = `--x:calc(${dx}px + env(safe-area-inset-right));--y:calc(${dy}px + env(safe-area-inset-${y}));--z:${zIndex}`;
    root.append(box);
    if (this.#launcher) {
      box.setAttribute("role", "dialog");
      root.append(this.#launcher.button);
      root.onkeydown = ({ key }) => {
        if (key === "Escape") this.close();
      };
    }
    shadow.append(root);
    this.#host.dress(CLOSED);
    this.setTheme();
  }

  /** Called once, when it is in the page. */
  begin() {
    const { options: { load, open }, store } = this.#host;
    this.#draw();
    const known = store.get("opened");
    const wanted = () => void this.#load();
    if (load === "now") wanted();
    else if (load === "idle" || known || !this.#launcher) idle(wanted, this.#end.signal);
    const first = open === "first" && !known && !matchMedia("(max-width:480px)").matches;
    const again = open === "remember" && store.get(`open:${this.room}`);
    // What else the page asked for is to be heard first.
    if (first || again) queueMicrotask(() => this.#turn(true));
  }

  open() {
    this.#turn(true);
    void this.#load().then((panel) => panel.focus(), () => {});
  }

  close() {
    this.#turn(false);
  }

  toggle() {
    this[this.#open ? "close" : "open"]();
  }

  show() {
    this.#hidden = false;
    this.#draw();
  }

  hide() {
    this.#hidden = true;
    this.#draw();
  }

  /**
   * @param {string} text
   * @returns {Promise<{seq: number}>}  rejects with a `code` where it was refused
   */
  async send(text) {
    const panel = await this.#load().catch(() => {
      const [code, words] = this.#why ? ["not_allowed", this.#why] : ["gone", "the chat was taken away"];
      throw Object.assign(new Error(words), { code });
    });
    return panel.send(text);
  }

  /** @param {import("./options.js").Token} token  null: nobody vouches for the visitor any more */
  setToken(token) {
    Object.assign(this.#host.options, { token, tokenUrl: "" });
    this.#panel?.vouch();
  }

  /** @param {Options["theme"]} [theme]  none: takes over what the page says by `--tornchat-*` */
  setTheme(theme = this.#host.options.theme) {
    const { options, root } = this.#host;
    options.theme = theme;
    root.style.colorScheme = theme === "auto" ? "light dark" : theme;
    this.#panel?.wear();
  }

  /** @param {string} lang */
  setLocale(lang) {
    this.#host.options.lang = this.element.lang = lang;
    this.#panel?.post({ type: "locale", lang });
  }

  /** @param {string} title */
  setTitle(title) {
    this.#host.options.title = title;
    this.#panel?.entitle();
    this.#draw();
  }

  markRead() {
    this.#panel?.post({ type: "read" });
  }

  /**
   * @param {string} name
   * @param {import("./ears.js").Listener} listener
   */
  on(name, listener) {
    this.#ears.on(name, listener);
  }

  /**
   * @param {string} [name]
   * @param {import("./ears.js").Listener} [listener]
   */
  off(name, listener) {
    this.#ears.off(name, listener);
  }

  /** Leaves nothing behind. */
  destroy() {
    if (this.#end.signal.aborted) return;
    this.#end.abort();
    this.element.remove();
    this.#emit("destroy");
    this.off();
  }

  /** @param {boolean} open */
  #turn(open) {
    const { signal, options, store } = this.#host;
    if (signal.aborted) return;
    this.#noted = false;
    if (open) void this.#load().catch(() => {});
    if (open !== this.#open) {
      this.#open = open;
      if (open) store.set("opened", "1");
      if (options.open === "remember") store.set(`open:${this.room}`, open ? "1" : null);
      this.#emit(open ? "open" : "close");
    }
    this.#draw();
  }

  #clicked() {
    const panel = this.#panel;
    panel?.clicked();
    if (this.#open || !this.#why) {
      this.toggle();
      // The first click has yet to bring what asks.
      if (!panel) void this.#loading?.then((loaded) => loaded.clicked(), () => {});
      return;
    }
    // Why there is no chat can be read once; the click after that tries again.
    if (this.#noted) this.#why = "";
    this.#noted = !this.#noted;
    this.#draw();
  }

  /** @returns {Promise<Panel>} */
  #load() {
    const { signal, base } = this.#host;
    if (this.#loading) return this.#loading;
    this.#why = "";
    this.#noted = false;
    this.#loading = import(`${base}static/0/widget/panel.js${"?".repeat(this.#failures)}`).then(({ Panel }) => {
      signal.throwIfAborted();
      return (this.#panel = new Panel(this.#host));
    });
    this.#loading.catch(() => signal.aborted || this.#refuse(`Nothing could be loaded from ${base}`));
    return this.#loading;
  }

  /** @param {string} message */
  #refuse(message) {
    const { shown } = this.#host;
    this.#failures += 1;
    this.#loading = this.#panel = null;
    const noted = shown();
    if (this.#launcher) this.#turn(false);
    this.#why = message;
    this.#noted = noted;
    this.state = "offline";
    this.#draw();
    this.#emit("error", { code: "not_allowed", message });
  }

  /**
   * @param {string} type
   * @param {any} [detail]
   */
  #heard(type, detail) {
    if (type === "refused") return this.#refuse(detail);
    if (type === "close") return this.close();
    if (type === "state") this.state = detail.state;
    if (type === "unread") this.unread = detail.count;
    this.#draw();
    this.#emit(type, detail);
  }

  #draw() {
    const { root, box, element: held, options } = this.#host;
    const focused = held.shadowRoot?.activeElement;
    root.hidden = this.#hidden;
    root.classList.toggle("open", this.#open);
    box.hidden = !this.#open || this.#noted;
    this.#note.hidden = !this.#noted;
    this.#note.textContent = this.#noted ? this.#why : "";
    this.#launcher?.draw(this.#open, this.unread, options.title ?? "", Boolean(this.#why));
    if (focused && !this.#open) this.#launcher?.button.focus({ preventScroll: true });
    this.#panel?.look();
  }

  /**
   * @param {string} name
   * @param {object} [more]
   */
  #emit(name, more) {
    const detail = { ...more, room: this.room, handle: this };
    this.#ears.tell(name, detail);
    this.#tell(name, detail);
  }
}
