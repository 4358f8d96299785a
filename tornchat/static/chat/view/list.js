/**
 * The list of messages: keeps the DOM equal to the rows, and the scroll position where it belongs.
 * It knows rows, not events.
 *
 * @typedef {import("../layout.js").Row} Row
 * @typedef {import("../state.js").State} State
 *
 * @typedef {object} Actions
 * @property {(on: boolean) => void} follow
 * @property {(direction: "older" | "newer" | "latest") => void} load
 * @property {(seq: number, removable: boolean, button: HTMLElement) => void} menu
 * @property {(clientId: string) => void} retry
 * @property {(clientId: string) => void} discard
 * @property {(clientId: string) => void} edit
 * @property {(key: string) => void} dismiss
 */

import { layout, sameRow } from "../layout.js";
import { counted, h, icon } from "./dom.js";
import { drawRow, equip, skeleton } from "./rows.js";

/** This close to an end counts as being there. */
const NEAR_PX = 40;
const LOAD_PX = 600;

export class MessageList {
  #actions;
  #rows = h("div", { class: "rows" });
  #scroller;
  #jumpWords = h("span", null);
  #jump;
  /** @type {Map<string, {row: Row, element: HTMLElement}>} */
  #drawn = new Map();
  /** @type {WeakMap<Element, string>} */
  #keys = new WeakMap();
  #following = true;
  #placed = false;
  #resizes;

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    // Announcing is the business of `announcer.js`: a log that announced itself would read out history.
    this.#scroller = h(
      "div",
      { class: "scroller", role: "log", "aria-live": "off", "aria-label": "Messages", tabindex: 0 },
      this.#rows,
    );
    this.#rows.append(...skeletons());
    this.#jump = h("button", { class: "jump", type: "button", hidden: true }, icon("down"), this.#jumpWords);
    this.root = h("div", { class: "list" }, this.#scroller, this.#jump);
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#scroller.addEventListener("click", (event) => this.#clicked(event));
    for (const turn of ["pointerover", "focusin"]) {
      this.#rows.addEventListener(turn, ({ target }) => {
        const row = /** @type {Element} */ (target).closest(".message");
        if (row) equip(/** @type {HTMLElement} */ (row));
      });
    }
    this.#scroller.addEventListener("keydown", (event) => this.#pressed(event));
    this.#jump.addEventListener("click", () => this.toLatest());
    this.#resizes = new ResizeObserver(() => this.#stay());
  }

  connect() {
    this.#resizes.observe(this.#scroller);
    this.#resizes.observe(this.#rows);
  }

  disconnect() {
    this.#resizes.disconnect();
  }

  /**
   * @param {State} state
   * @param {number} now
   */
  render(state, now) {
    if (state.phase === "left") this.#clear();
    if (state.phase !== "joined") return;
    if (!this.#placed) this.#rows.replaceChildren();
    const anchor = this.#following ? null : this.#anchor();
    this.#following = state.following;
    this.#reconcile(layout(state), state, now);
    if (!this.#placed) this.#place();
    else if (this.#following) this.#toEnd();
    else if (anchor) this.#hold(anchor);
    this.#renderJump(state);
    this.#loadNear();
  }

  /** Shows the newest line, loading it first where the window ends before it. */
  toLatest() {
    this.#actions.load("latest");
    this.#actions.follow(true);
    this.#following = true;
    this.#toEnd();
  }

  focus() {
    this.#scroller.focus({ preventScroll: true });
  }

  focusLast() {
    /** @type {HTMLElement | null} */ (this.#rows.querySelector(".message:last-of-type"))?.focus();
  }

  /** What is drawn was drawn for others: the next time, all of it is. */
  forget() {
    if (!this.#placed) return;
    this.#drawn = new Map();
    this.#rows.replaceChildren();
  }

  // ── drawing ───────────────────────────────────────────────────────────────────────────────────

  #clear() {
    if (!this.#placed) return;
    this.#placed = false;
    this.#drawn = new Map();
    this.#rows.replaceChildren(...skeletons());
  }

  /**
   * @param {Row[]} rows
   * @param {State} state
   * @param {number} now
   */
  #reconcile(rows, state, now) {
    const drawn = new Map();
    /** @type {ChildNode | null} */
    let at = this.#rows.firstChild;
    for (const row of rows) {
      const before = this.#drawn.get(row.key);
      const same = before && row.type !== "start" && sameRow(before.row, row);
      const element = same ? before.element : this.#redraw(row, state, now, before?.element);
      if (element === at) at = at.nextSibling;
      else this.#rows.insertBefore(element, at?.parentNode === this.#rows ? at : null);
      if (before && element !== before.element && before.element === at) {
        at = at.nextSibling;
      }
      drawn.set(row.key, { row, element });
    }
    for (const [key, { element }] of this.#drawn) {
      if (drawn.get(key)?.element !== element) element.remove();
    }
    this.#drawn = drawn;
  }

  /**
   * @param {Row} row
   * @param {State} state
   * @param {number} now
   * @param {HTMLElement | undefined} before
   */
  #redraw(row, state, now, before) {
    const element = drawRow(row, state, now, before);
    this.#keys.set(element, row.key);
    if (before?.contains(document.activeElement)) queueMicrotask(() => element.focus({ preventScroll: true }));
    return element;
  }

  /** @param {State} state */
  #renderJump(state) {
    const { below, following, live } = state;
    this.#jump.hidden = following && live;
    this.#jumpWords.textContent = below > 0 ? counted(below, "new message") : "";
    this.#jump.setAttribute("aria-label", below > 0 ? `Jump to ${counted(below, "new message")}` : "Jump to the latest message");
  }

  // ── scrolling ─────────────────────────────────────────────────────────────────────────────────

  /** The first time: at what is new, or else at the end. */
  #place() {
    this.#placed = true;
    this.#toEnd();
    const divider = this.#drawn.get("divider")?.element;
    if (!divider) return;
    const lead = this.#scroller.clientHeight / 4;
    if (top(divider) < top(this.#scroller)) {
      this.#scroller.scrollTop += top(divider) - top(this.#scroller) - lead;
    }
  }

  #toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** After the window or a picture of the text changed its size. */
  #stay() {
    if (this.#placed && this.#following) this.#toEnd();
  }

  /** The first row in sight, so that it can stay where it is whatever changes above it. */
  #anchor() {
    const edge = top(this.#scroller);
    const rows = /** @type {HTMLCollectionOf<HTMLElement>} */ (this.#rows.children);
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle].getBoundingClientRect().bottom > edge) high = middle;
      else low = middle + 1;
    }
    let element = /** @type {HTMLElement | undefined} */ (rows[low]);
    while (element?.classList.contains("paging")) {
      element = /** @type {HTMLElement | undefined} */ (element.nextElementSibling ?? undefined);
    }
    const key = element && this.#keys.get(element);
    return element && key ? { key, top: top(element) } : null;
  }

  /** @param {{key: string, top: number}} anchor  where a row was before something changed */
  #hold(anchor) {
    const element = this.#drawn.get(anchor.key)?.element;
    if (element) this.#scroller.scrollTop += top(element) - anchor.top;
  }

  #scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    if (!this.#placed || clientHeight === 0) return;
    const following = scrollHeight - scrollTop - clientHeight <= NEAR_PX;
    if (following !== this.#following) {
      this.#following = following;
      this.#actions.follow(following);
    }
    this.#loadNear();
  }

  #loadNear() {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    // A frame that is not shown has no height, and no end is near there.
    if (clientHeight === 0) return;
    if (this.#drawn.has("older") && scrollTop < LOAD_PX) this.#actions.load("older");
    const under = scrollHeight - scrollTop - clientHeight;
    if (this.#drawn.has("newer") && under < LOAD_PX) this.#actions.load("newer");
  }

  // ── input ─────────────────────────────────────────────────────────────────────────────────────

  /** @param {Event} event */
  #clicked(event) {
    const target = /** @type {Element} */ (event.target);
    const button = /** @type {HTMLElement | null} */ (target.closest("[data-action]"));
    if (!button) return;
    const { action, clientId = "" } = button.dataset;
    if (action === "retry") this.#actions.retry(clientId);
    if (action === "discard") this.#actions.discard(clientId);
    if (action === "edit") this.#actions.edit(clientId);
    if (action === "dismiss") this.#dismiss(/** @type {Element} */ (button.closest(".row")));
    const row = /** @type {HTMLElement | null} */ (button.closest(".message"));
    if (action === "menu" && row) {
      const { seq, removable } = row.dataset;
      this.#actions.menu(Number(seq), removable !== undefined, button);
    }
  }

  /** @param {Element} row */
  #dismiss(row) {
    this.#actions.dismiss(this.#keys.get(row) ?? "");
    this.#scroller.focus({ preventScroll: true });
  }

  /**
   * Arrow keys walk through the messages, Enter opens the menu of one.
   * @param {KeyboardEvent} event
   */
  #pressed(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target !== this.#scroller && !target.matches(".message")) return;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      this.#walk(target, step);
    } else if (event.key === "Enter" || event.key === "ContextMenu") {
      const button = /** @type {HTMLElement | null} */ (target.querySelector(".more"));
      if (!button) return;
      event.preventDefault();
      button.click();
    }
  }

  /**
   * @param {HTMLElement} from
   * @param {number} step
   */
  #walk(from, step) {
    const messages = /** @type {HTMLElement[]} */ ([...this.#rows.querySelectorAll(".message")]);
    const index = messages.indexOf(from);
    const next = index < 0 ? messages.at(-1) : messages[index + step];
    next?.focus();
  }
}

function skeletons() {
  return [3, 1, 2, 1, 2].map(skeleton);
}

/** @param {Element} element */
function top(element) {
  return element.getBoundingClientRect().top;
}
