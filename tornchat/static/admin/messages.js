/**
 * The messages of a room as they come: rows are copies of the page's own `<template>`, so that those
 * of the server and these look alike. The list stays bounded; whoever reads at its end stays there.
 *
 * @typedef {import("../chat/types.js").ServerEvent} ServerEvent
 * @typedef {import("../chat/types.js").Message} Message
 * @typedef {import("../chat/types.js").Notice} Notice
 */

import { dress } from "./dress.js";

const MOST = 200;
const NEAR_PX = 160;

export class MessageLog {
  #onstale;
  /** @type {HTMLElement | null} */
  #list = null;
  #last = 0;

  /** @param {() => void} onstale  the list lacks something: a newer copy is needed */
  constructor(onstale) {
    this.#onstale = onstale;
  }

  /** @returns {string | null} the room whose newest messages the page shows */
  settle() {
    const before = this.#list;
    this.#list = document.querySelector("ol[data-follow]");
    if (this.#list && !before && location.hash === "") requestAnimationFrame(toEnd);
    this.#last = Number(this.#list?.dataset.last ?? 0);
    return this.#list?.dataset.follow ?? null;
  }

  /**
   * After the room has been joined, first or anew.
   * @param {number} last
   */
  catchUp(last) {
    this.settle();
    if (this.#list && last > this.#last) this.#onstale();
  }

  /** @param {ServerEvent} event */
  hear(event) {
    if (!this.#list?.isConnected) this.settle();
    if (!this.#list || !("seq" in event) || event.type === "ack" || event.seq <= this.#last) return;
    this.#last = event.seq;
    this.#list.dataset.last = String(event.seq);
    if (event.type === "message" || event.type === "notice") this.#append(event);
    else if (event.type === "edited") this.#edit(event.target, event.text);
    else if (event.type === "deleted") this.#edit(event.target, null);
  }

  /** @param {Message | Notice} entry */
  #append(entry) {
    const template = /** @type {HTMLTemplateElement | null} */ (document.querySelector("template#message-row"));
    const model = template?.content.querySelector(".message");
    if (!model || !this.#list) return this.#onstale();
    const near = document.documentElement.scrollHeight - scrollY - innerHeight < NEAR_PX;
    const row = /** @type {HTMLElement} */ (model.cloneNode(true));
    fill(row, entry);
    this.#list.append(row);
    dress(row.parentElement ?? row);
    this.#bound();
    if (near) toEnd();
  }

  /**
   * @param {number} seq
   * @param {string | null} text  null: it is deleted
   */
  #edit(seq, text) {
    const row = this.#list?.querySelector(`[data-seq="${seq}"]`);
    const words = row?.querySelector(".text");
    if (!row || !words) return;
    words.textContent = text ?? "Message deleted";
    row.classList.remove("pending");
    row.classList.toggle("gone", text === null);
    if (text === null) row.querySelector("input")?.remove();
    else show(row.querySelector(".edited"));
  }

  /** Takes the oldest away, but for what is chosen. */
  #bound() {
    const rows = this.#list?.children ?? [];
    for (const row of [...rows].slice(0, Math.max(0, rows.length - MOST))) {
      if (!row.querySelector(":checked")) row.remove();
    }
  }
}

/** A log is read from its end. */
function toEnd() {
  scrollTo(0, document.documentElement.scrollHeight);
}

/**
 * @param {HTMLElement} row  a copy of the template
 * @param {Message | Notice} entry
 */
function fill(row, entry) {
  const name = entry.from?.name ?? (entry.kind === "announcement" ? "Announcement" : "");
  row.id = `m${entry.seq}`;
  row.dataset.seq = String(entry.seq);
  row.dataset.personId = entry.from?.id ?? "";
  row.classList.toggle("line", entry.type === "notice");
  set(row, ".text", entry.text);
  set(row, ".name bdi", name);
  set(row, ".avatar", [...name][0]?.toUpperCase() ?? "");
  set(row, ".pick .sr", `Choose the message ${entry.seq} of ${name || "the server"}`);
  row.querySelector("input[name='seq']")?.setAttribute("value", String(entry.seq));
  const time = row.querySelector("time");
  time?.setAttribute("data-time", String(entry.time));
  time?.setAttribute("datetime", new Date(entry.time).toISOString());
  for (const part of row.querySelectorAll("[data-person]")) part.setAttribute("data-person", entry.from?.id ?? "");
  for (const link of row.querySelectorAll("a[data-of]")) {
    link.setAttribute("href", `?person=${encodeURIComponent(entry.from?.id ?? "")}`);
    link.toggleAttribute("hidden", !entry.from);
  }
  for (const link of row.querySelectorAll("a[data-around]")) link.setAttribute("href", `?around=${entry.seq}#m${entry.seq}`);
}

/**
 * @param {Element} row
 * @param {string} part
 * @param {string} text
 */
function set(row, part, text) {
  const element = row.querySelector(part);
  if (element) element.textContent = text;
}

/** @param {Element | null} element */
function show(element) {
  if (element instanceof HTMLElement) element.hidden = false;
}
