/** All chats of one page: which there are, and what the page asks of them. */

import { Ears } from "./ears.js";
import { Widget } from "./handle.js";
import { checked, warn } from "./options.js";

/** @typedef {Record<string, any>} Given  options, as somebody wrote them */

const EACH = ["setToken", "setTheme", "setLocale", "setTitle", "show", "hide", "close", "markRead", "destroy"];
const FIRST = ["open", "toggle", "send"];
/** What holds for widgets that come later, too. @type {Record<string, string>} */
const KEPT = { setToken: "token", setTheme: "theme", setLocale: "lang" };

export class Page {
  #source;
  #ears = new Ears();
  /** @type {Map<any, string>} */
  #widgets = new Map();
  /** @type {Given} */
  #usual = {};

  /** @param {string} source  where the script came from, and so the chat */
  constructor(source) {
    this.#source = source;
  }

  /**
   * @param {string} verb
   * @param {...any} args
   */
  call = (verb, ...args) => {
    if (verb === "mount") return this.#mount(args[0], args[1]);
    if (verb === "on" || verb === "off") return this.#ears[verb](args[0], args[1]);
    const widgets = [...this.#widgets.keys()];
    if (FIRST.includes(verb)) return widgets[0]?.[verb](...args);
    if (!EACH.includes(verb)) return warn(`there is no "${verb}"`);
    if (KEPT[verb]) this.#usual[KEPT[verb]] = args[0];
    for (const widget of widgets) widget[verb](...args);
  };

  /**
   * Mounts what a tag says. One without a room only brings the function.
   * @param {HTMLScriptElement} script
   */
  take = (script) => {
    const { dataset, nonce } = script;
    if ("room" in dataset) this.#mount({ nonce, ...dataset }, undefined, script);
  };

  /**
   * @param {Given} given
   * @param {(handle: Widget) => void} [then]
   * @param {HTMLScriptElement} [script]
   * @returns {Widget | undefined}  none: not possible, or not yet
   */
  #mount(given, then, script) {
    const options = checked({ ...this.#usual, ...given });
    const { room, mode, target } = options;
    const over = mode === "bubble" || (mode === "full" && !target);
    const place = over ? document.documentElement : found(target, script);
    if (room && !place && document.readyState === "loading") {
      document.addEventListener("DOMContentLoaded", () => this.#mount(given, then, script), { once: true });
    } else if (room && place) {
      const handle = this.#handle(options, script?.src || this.#source, place, place === script);
      then?.(handle);
      return handle;
    } else warn(room ? `${room} has no place: expected a target in the page, not "${target}"` : "expected a room");
  }

  /**
   * The widget that is there already, or a new one.
   * @param {import("./options.js").Options} options
   * @param {string} source
   * @param {Element} place
   * @param {boolean} behind  the place, not inside
   */
  #handle(options, source, place, behind) {
    const base = new URL(".", source).href;
    const key = [base, options.room, options.mode].join();
    for (const [widget, same] of this.#widgets) {
      const { isConnected, parentNode } = widget.element;
      if (!isConnected) widget.destroy();
      else if (same === key && (behind || parentNode === place)) return widget;
    }
    const widget = new Widget(options, base, (name, detail) => {
      if (name === "destroy") this.#widgets.delete(widget);
      this.#ears.tell(name, detail);
      dispatchEvent(new CustomEvent(`tornchat:${name}`, { detail }));
    });
    this.#widgets.set(widget, key);
    place[behind ? "after" : "append"](widget.element);
    widget.begin();
    return widget;
  }
}

/**
 * @param {string | Element | undefined} target
 * @param {Element | undefined} script
 */
function found(target, script) {
  if (target instanceof Element) return target;
  try {
    return target ? document.querySelector(target) : script?.closest("body") && script;
  } catch {
    return null;
  }
}
