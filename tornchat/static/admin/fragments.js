/**
 * Keeps parts of a page fresh: `data-live="topic topic"` with an `id` is replaced by its newer self
 * when an event of one of its topics comes. One request at a time, at most one a second.
 */

import { showFigures } from "./figures.js";
import { warnOutdated } from "./outdated.js";
import { keepPlace } from "./place.js";

const REST_MS = 1_000;

export class Fragments {
  #navigator;
  #onfresh;
  /** @type {Set<string>} */
  #waiting = new Set();
  #busy = false;

  /**
   * @param {import("./navigator.js").Navigator} navigator
   * @param {() => void} onfresh  after parts of the page were replaced
   */
  constructor(navigator, onfresh) {
    this.#navigator = navigator;
    this.#onfresh = onfresh;
  }

  /** @param {{topic: string, room?: string, data?: unknown}} event */
  hear({ topic, room, data }) {
    if (topic === "figures") return showFigures(data);
    if (topic === "room") warnOutdated(data, room);
    this.refresh(topic);
  }

  /** @param {string} topic */
  refresh(topic) {
    if (!document.querySelector(`[data-live~="${CSS.escape(topic)}"]`)) return;
    this.#waiting.add(topic);
    this.catchUp();
  }

  /** Call when the line is there (again): what came before was missed, but for a room's log. */
  refreshAll() {
    for (const part of document.querySelectorAll("[data-live]:not([data-follow])")) {
      for (const topic of part.getAttribute("data-live")?.split(" ") ?? []) this.#waiting.add(topic);
    }
    if (document.querySelector("form[data-version]")) this.#waiting.add("room");
    this.catchUp();
  }

  /** Call when somebody looks again. */
  catchUp() {
    if (this.#busy || document.hidden || this.#waiting.size === 0) return;
    void this.#renew();
  }

  async #renew() {
    this.#busy = true;
    const topics = [...this.#waiting];
    this.#waiting.clear();
    const address = location.href;
    const page = await this.#navigator.fetchHere();
    if (page && address === location.href) {
      if (put(page, topics)) this.#onfresh();
      compareForms(page);
    }
    setTimeout(() => {
      this.#busy = false;
      this.catchUp();
    }, REST_MS);
  }
}

/**
 * @param {Document} page
 * @param {string[]} topics
 * @returns {boolean} whether anything was replaced
 */
function put(page, topics) {
  let fresher = false;
  const wanted = topics.map((topic) => `[data-live~="${CSS.escape(topic)}"]`).join();
  for (const old of document.querySelectorAll(wanted)) {
    const fresh = old.id ? page.getElementById(old.id) : null;
    if (!fresh || isUsed(old) || old.isEqualNode(fresh)) continue;
    const back = keepPlace();
    old.replaceWith(document.adoptNode(fresh));
    back();
    fresher = true;
  }
  return fresher;
}

/**
 * A form stays as it is; whether it is outdated can be told.
 * @param {Document} page
 */
function compareForms(page) {
  const fresh = page.querySelector("form[data-room][data-version]");
  if (fresh instanceof HTMLElement) warnOutdated({ version: Number(fresh.dataset.version) }, fresh.dataset.room);
}

/**
 * Whether somebody is in the middle of something there.
 * @param {Element} part
 */
function isUsed(part) {
  const field = part.querySelector("input:focus, textarea:focus, select:focus, :is([type='checkbox'], [type='radio']):checked");
  return field !== null || part.querySelector("details.pop[open]") !== null;
}
