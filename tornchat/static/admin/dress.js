/** What only a browser can add to a served page: local times, colours of people, buttons that copy. */

import { personShades } from "../chat/color.js";
import { formatAgo, formatMoment, formatTime } from "../chat/time.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MOMENT = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit" });

/**
 * A moment in words.
 * @param {number} ms
 * @param {string} style  ago, moment, time or until
 * @param {number} now
 */
export function tellTime(ms, style, now) {
  if (style === "moment") return MOMENT.format(ms);
  if (style === "time") return formatTime(ms);
  if (style !== "until") return formatAgo(ms, now);
  const left = ms - now;
  if (left <= 0) return "over";
  if (left < MINUTE_MS) return "in less than a minute";
  if (left < 2 * HOUR_MS) return `in ${Math.round(left / MINUTE_MS)} min`;
  if (left < 2 * DAY_MS) return `in ${Math.round(left / HOUR_MS)} h`;
  return `in ${Math.round(left / DAY_MS)} days`;
}

/**
 * Dresses everything below a node; again and again does no harm.
 * @param {ParentNode} within
 */
export function dress(within) {
  const now = Date.now();
  for (const time of within.querySelectorAll("time[data-time]")) setTime(/** @type {HTMLElement} */ (time), now);
  for (const person of within.querySelectorAll("[data-person]")) setColour(/** @type {HTMLElement} */ (person));
  for (const button of within.querySelectorAll("[data-copy]")) /** @type {HTMLElement} */ (button).hidden = false;
}

/**
 * @param {HTMLElement} time
 * @param {number} now
 */
function setTime(time, now) {
  const ms = Number(time.dataset.time);
  if (!(ms > 0)) return;
  const words = tellTime(ms, time.dataset.style ?? "ago", now);
  if (time.textContent !== words) time.textContent = words;
  time.title ||= formatMoment(ms);
}

/** @param {HTMLElement} person */
function setColour(person) {
  const { light, dark } = personShades(person.dataset.person ?? "");
  person.style.setProperty("--person-light", light);
  person.style.setProperty("--person-dark", dark);
}
