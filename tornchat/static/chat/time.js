/** Dates and times in words. The moment that counts as now is always given. */

import { locale } from "./locale.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * @param {Intl.DateTimeFormatOptions} options
 * @returns {(ms: number) => string}
 */
function formatter(options) {
  /** @type {Intl.DateTimeFormat | undefined} */
  let format;
  /** @type {string | undefined} */
  let language;
  return (ms) => {
    if (!format || language !== locale()) format = new Intl.DateTimeFormat((language = locale()), options);
    return format.format(ms);
  };
}

export const formatTime = formatter({ hour: "numeric", minute: "2-digit" });
export const formatMoment = formatter({ dateStyle: "full", timeStyle: "short" });
const formatDate = formatter({ weekday: "long", day: "numeric", month: "long" });
const formatFullDate = formatter({ weekday: "long", day: "numeric", month: "long", year: "numeric" });

/**
 * The day of a moment where the reader is, as a key that compares.
 * @param {number} ms
 */
export function dayOf(ms) {
  const date = new Date(ms);
  return date.getFullYear() * 10_000 + (date.getMonth() + 1) * 100 + date.getDate();
}

/**
 * @param {number} ms
 * @param {number} now
 */
export function formatDay(ms, now) {
  const day = dayOf(ms);
  if (day === dayOf(now)) return "Today";
  const today = new Date(now);
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1).getTime();
  if (day === dayOf(yesterday)) return "Yesterday";
  return new Date(ms).getFullYear() === today.getFullYear() ? formatDate(ms) : formatFullDate(ms);
}

/**
 * @param {number} ms
 * @param {number} now
 */
export function formatUntil(ms, now) {
  return dayOf(ms) === dayOf(now) ? formatTime(ms) : formatMoment(ms);
}

/**
 * @param {number} ms
 * @param {number} now
 */
export function formatAgo(ms, now) {
  const past = now - ms;
  if (past < MINUTE_MS) return "just now";
  if (past < HOUR_MS) return `${Math.floor(past / MINUTE_MS)} min ago`;
  if (past < DAY_MS) return `${Math.floor(past / HOUR_MS)} h ago`;
  return formatDay(ms, now);
}
