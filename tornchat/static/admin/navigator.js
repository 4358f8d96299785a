/**
 * Follows links and submits forms without loading a page anew: fetches, then swaps `<main>`. The
 * history, the focus and the scroll position stay what they would be. What it cannot show it leaves
 * to the browser. It knows nothing of what the pages are about.
 */

import { actionOf, isChanged, markBusy, sayAt } from "./form.js";
import { fits, parsePage, pin, refusal, swap } from "./page.js";
import { goToStart, keepPlace } from "./place.js";

const SILENT = "The server does not answer. Nothing was changed; try again in a moment.";
const BUSY_MS = 250;

/**
 * @typedef {{url: string, page: Document, redirected: boolean}} Arrival
 * @typedef {{replace?: boolean, stay?: boolean}} Manner  stay: keep focus and scroll position
 */

export class Navigator {
  #admin;
  #toasts;
  #onpage;
  #abort = new AbortController();
  #here = location.href;

  /**
   * @param {object} options
   * @param {URL} options.admin  the address of the admin part
   * @param {import("./toasts.js").Toasts} options.toasts
   * @param {() => void} options.onpage  after each swap
   */
  constructor({ admin, toasts, onpage }) {
    this.#admin = admin;
    this.#toasts = toasts;
    this.#onpage = onpage;
  }

  start() {
    if (!document.querySelector(".shell")) return;
    pin();
    history.scrollRestoration = "manual";
    document.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("submit", (event) => this.#submitted(event));
    window.addEventListener("popstate", (event) => void this.#returned(event));
  }

  /**
   * @param {string} address
   * @param {Manner} [manner]
   */
  async visit(address, manner = {}) {
    const url = new URL(address, location.href);
    const arrival = await this.#load(url.href, {});
    if (arrival) this.#arrive(arrival, { ...manner, hash: url.hash });
  }

  /** A newer copy of the page that is shown; null where there is none. */
  async fetchHere() {
    const response = await fetch(location.href, { cache: "no-store", headers: { "X-Refresh": "1" } }).catch(() => null);
    if (!response?.ok || response.redirected) return null;
    const page = parsePage(await response.text());
    return fits(page) ? page : null;
  }

  /** The session has ended: to the login, unless something was typed that would be lost. */
  signedOut() {
    const typed = [...document.querySelectorAll("#main form")].some((form) => isChanged(/** @type {HTMLFormElement} */ (form)));
    if (!typed) location.reload();
    else this.#toasts.say("You are signed out. Copy what you typed, then load the page again.", { bad: true, lasting: true });
  }

  // ── what people do ────────────────────────────────────────────────────────────────────────────

  /** @param {MouseEvent} event */
  #clicked(event) {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented || !isPlain(event)) return;
    if (link.target || link.hasAttribute("download") || "plain" in link.dataset || !this.#ours(link.href)) return;
    if (link.hash && samePage(link.href)) return;
    event.preventDefault();
    closeMenu();
    void this.visit(link.href);
  }

  /** @param {SubmitEvent} event */
  #submitted(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const { submitter } = event;
    if (event.defaultPrevented || "plain" in form.dataset || !this.#ours(actionOf(form, submitter))) return;
    event.preventDefault();
    void this.submit(form, submitter);
  }

  /**
   * @param {HTMLFormElement} form
   * @param {HTMLElement | null} [submitter]
   * @param {Manner} [manner]
   */
  async submit(form, submitter = null, manner = {}) {
    const fields = new URLSearchParams(/** @type {any} */ (new FormData(form, submitter)));
    const address = new URL(actionOf(form, submitter));
    if (form.method === "get") {
      address.search = String(new URLSearchParams([...fields].filter(([, value]) => value !== "")));
      return this.visit(address.href, { stay: true, ...manner });
    }
    if (form.ariaBusy === "true") return;
    markBusy(form, submitter, true);
    const arrival = await this.#load(address.href, { method: "POST", body: fields });
    markBusy(form, submitter, false);
    if (arrival) this.#answered(arrival, form);
  }

  /** @param {PopStateEvent} event */
  async #returned(event) {
    if (samePage(this.#here) && location.hash) return;
    const arrival = await this.#load(location.href, {});
    if (!arrival) return;
    this.#here = location.href;
    this.#show(arrival.page);
    window.scrollTo(0, event.state?.scroll ?? 0);
  }

  // ── what comes back ───────────────────────────────────────────────────────────────────────────

  /**
   * @param {Arrival} arrival
   * @param {HTMLFormElement} form
   */
  #answered(arrival, form) {
    const problem = refusal(arrival.page);
    if (problem !== "" && form.isConnected) return sayAt(form, problem);
    const same = samePage(arrival.url);
    if (arrival.redirected) return this.#arrive(arrival, { replace: same, stay: same, hash: "" });
    const back = keepPlace();
    this.#show(arrival.page);
    const wrong = document.querySelector("#main [aria-invalid='true']");
    if (wrong instanceof HTMLElement) wrong.focus();
    else if (!back()) goToStart("");
  }

  /**
   * @param {Arrival} arrival
   * @param {Manner & {hash: string}} manner
   */
  #arrive({ url, page }, { replace, stay, hash }) {
    if (!fits(page)) return location.assign(url + hash);
    const back = keepPlace();
    if (replace) history.replaceState({ scroll: scrollY }, "", url + hash);
    else this.#push(url + hash);
    this.#here = location.href;
    this.#show(page);
    if (!stay) goToStart(hash);
    else if (!back()) document.querySelector("#main")?.setAttribute("tabindex", "-1");
  }

  /** @param {string} address */
  #push(address) {
    history.replaceState({ scroll: scrollY }, "");
    if (address === location.href) return;
    history.pushState({ scroll: 0 }, "", address);
  }

  /** @param {Document} page */
  #show(page) {
    swap(page);
    this.#onpage();
  }

  /**
   * @param {string} address
   * @param {RequestInit} options
   * @returns {Promise<Arrival | null>}  null: nothing to show, and that has been said
   */
  async #load(address, options) {
    const { method = "GET" } = options;
    if (method === "GET") this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const timer = setTimeout(() => document.documentElement.toggleAttribute("data-busy", true), BUSY_MS);
    try {
      const response = await fetch(address, { ...options, signal: method === "GET" ? signal : null });
      if (!response.headers.get("Content-Type")?.startsWith("text/html")) return this.#leave(address, method);
      return { url: response.url, page: parsePage(await response.text()), redirected: response.redirected };
    } catch {
      if (!signal.aborted) this.#toasts.say(SILENT, { bad: true });
      return null;
    } finally {
      clearTimeout(timer);
      document.documentElement.toggleAttribute("data-busy", false);
    }
  }

  /**
   * What is no page is the browser's affair: a download.
   * @param {string} address
   * @param {string} method
   */
  #leave(address, method) {
    if (method === "GET") location.assign(address);
    else this.#toasts.say(SILENT, { bad: true });
    return null;
  }

  /** @param {string} address */
  #ours(address) {
    const { origin, pathname } = new URL(address, location.href);
    return origin === this.#admin.origin && pathname.startsWith(this.#admin.pathname);
  }
}

/** @param {MouseEvent} event */
function isPlain(event) {
  return event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
}

/** @param {string} address */
function samePage(address) {
  const { pathname, search } = new URL(address, location.href);
  return pathname === location.pathname && search === location.search;
}

function closeMenu() {
  const menu = document.querySelector("#nav:popover-open");
  if (menu instanceof HTMLElement) menu.hidePopover();
}
