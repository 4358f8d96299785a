/**
 * `<tornchat-lobby root>`: the list of rooms, kept fresh while somebody looks. Whoever has been let into
 * a private room finds it here again, and nobody else does.
 */

import { initials, personShades } from "./color.js";
import { Drawer, prefixOf } from "./storage.js";
import { formatAgo, formatMoment } from "./time.js";
import { counted, h, icon } from "./view/dom.js";

const REFRESH_MS = 15_000;

/**
 * @typedef {{name: string, title: string, topic: string, access?: string, count: number,
 *   last_time: number}} Summary
 */

class TornchatLobby extends HTMLElement {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #abort = new AbortController();
  #visibility = () => {
    if (!document.hidden) void this.#refresh();
  };

  connectedCallback() {
    this.#abort = new AbortController();
    this.#timer = setInterval(this.#visibility, REFRESH_MS);
    document.addEventListener("visibilitychange", this.#visibility);
    this.#draw(this.#served());
    void this.#refresh();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#visibility);
    clearInterval(this.#timer);
    this.#abort.abort();
  }

  get #root() {
    return this.getAttribute("root") ?? "./";
  }

  /**
   * What the page came with.
   * @returns {Summary[]}
   */
  #served() {
    const items = /** @type {HTMLElement[]} */ ([...this.querySelectorAll("li[data-room]")]);
    const text = (/** @type {Element} */ item, /** @type {string} */ part) => item.querySelector(part)?.textContent ?? "";
    const data = (/** @type {Element} */ item, /** @type {string} */ part) =>
      /** @type {HTMLElement | null} */ (item.querySelector(part))?.dataset ?? {};
    return items.map((item) => ({
      name: item.dataset.room ?? "",
      title: text(item, "strong"),
      topic: text(item, ".topic"),
      count: Number(data(item, ".count").count),
      last_time: Number(data(item, "time").time),
    }));
  }

  #headers() {
    const endpoint = new URL(`${this.#root}sockjs`, document.baseURI).href;
    const guest = new Drawer(() => localStorage, prefixOf(endpoint)).get("guest_token");
    return new Headers(guest === null ? [] : [["Authorization", `Bearer ${guest}`]]);
  }

  async #refresh() {
    try {
      const address = `${this.#root}api/v1/rooms`;
      const headers = this.#headers();
      const response = await fetch(address, { cache: "no-store", headers, signal: this.#abort.signal });
      if (response.ok) this.#draw((await response.json()).rooms);
    } catch {
      // The list stays as it is; the next round asks again.
    }
  }

  /** @param {Summary[]} rooms */
  #draw(rooms) {
    const focused = document.activeElement?.closest("li")?.dataset.room;
    const items = rooms.map((room) => this.#item(room));
    this.querySelector(".rooms")?.replaceChildren(...items);
    /** @type {HTMLElement} */ (this.querySelector(".none")).hidden = rooms.length > 0;
    items.find((item) => item.dataset.room === focused)?.querySelector("a")?.focus({ preventScroll: true });
  }

  /** @param {Summary} room */
  #item({ name, title, topic, access, count, last_time }) {
    const now = Date.now();
    const tile = h("span", { class: "tile", "aria-hidden": "true" }, initials(title));
    const { light, dark } = personShades(name);
    tile.style.setProperty("--person-light", light);
    tile.style.setProperty("--person-dark", dark);
    const people = h("span", { class: count > 0 ? "count busy" : "count" }, count > 0 ? counted(count, "person", "people") : "Nobody here");
    const time = last_time > 0 && h("time", { datetime: new Date(last_time).toISOString(), title: formatMoment(last_time) }, formatAgo(last_time, now));
    const lock = access === "private" && h("span", { class: "lock", role: "img", "aria-label": "private room" }, icon("lock"));
    return h(
      "li",
      { "data-room": name },
      h(
        "a",
        { href: `${this.#root}r/${encodeURIComponent(name)}` },
        tile,
        h("span", { class: "what" }, h("strong", null, h("bdi", null, title), lock), h("span", { class: "topic", dir: "auto" }, topic)),
        h("span", { class: "facts" }, people, time),
      ),
    );
  }
}

customElements.define("tornchat-lobby", TornchatLobby);
