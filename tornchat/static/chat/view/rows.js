/** Draws one row of the list. Buttons only say what they are for (`data-action`); `list.js` listens. */

import { formatDay, formatMoment, formatTime } from "../time.js";
import { activity } from "./activity.js";
import { bubble, h, icon } from "./dom.js";
import { avatar, marksOf, nameOf } from "./person.js";
import { prose } from "./prose.js";

/**
 * @typedef {import("../layout.js").Row} Row
 * @typedef {import("../layout.js").MessageRow} MessageRow
 * @typedef {import("../layout.js").PendingRow} PendingRow
 * @typedef {import("../state.js").State} State
 */

/**
 * @param {Row} row
 * @param {State} state
 * @param {number} now
 * @param {Element | undefined} before  the same row as it was drawn last
 * @returns {HTMLElement}
 */
export function drawRow(row, state, now, before) {
  switch (row.type) {
    case "message":
      return message(row);
    case "pending":
      return pending(row);
    case "notice":
    case "activity":
    case "gap":
    case "reply":
      return other(row.line, before?.querySelector("details")?.open ?? false);
    case "day":
      return h("div", { class: "row day" }, h("span", null, formatDay(row.time, now)));
    case "divider":
      return h("div", { class: "row divider" }, h("span", null, "New messages"));
    case "start":
      return start(state);
    case "older":
    case "newer":
      return h("div", { class: "row paging", "aria-hidden": "true" }, skeleton(2), skeleton(1));
  }
}

/** @param {MessageRow} row */
function message({ line, head, mine, removable, badge }) {
  const row = h("article", {
    class: `row message${head ? " head" : ""}${mine ? " mine" : ""}`,
    tabindex: -1,
    "aria-label": `${line.from.name}${line.from.verified ? ", verified" : ""}, ${formatTime(line.time)}`,
    "data-seq": line.seq,
    "data-removable": removable,
  });
  const time = h("time", { datetime: iso(line.time) }, formatTime(line.time));
  if (head) row.append(avatar(line.from), h("header", null, nameOf(line.from), ...marksOf({ ...line.from, badge }), time));
  else row.append(h("span", { class: "aside-time" }, time));
  row.append(body(line));
  if (mine && !line.deleted) row.append(moreButton());
  return row;
}

/**
 * What a message gets when somebody turns to it: too dear for the thousands that nobody does.
 * @param {HTMLElement} row
 */
export function equip(row) {
  const time = row.querySelector("time");
  if (time && !time.title) time.title = formatMoment(Date.parse(time.dateTime));
  const bare = row.dataset.seq && !row.querySelector(":scope > .more, :scope > .removed");
  if (bare) row.append(moreButton());
}

/** @param {import("../types.js").MessageLine} line */
function body(line) {
  if (line.deleted) return h("p", { class: "text removed" }, "Message deleted");
  const text = h("div", { class: "text", dir: "auto" }, ...prose(line.text));
  if (line.edited) text.append(" ", h("span", { class: "edited", title: formatMoment(line.edited) }, "edited"));
  const reactions = Object.entries(line.reactions).filter(([, count]) => count > 0);
  if (reactions.length === 0) return text;
  const chips = reactions.map(([emoji, count]) => h("li", null, h("bdi", null, emoji), ` ${count}`));
  return h("div", null, text, h("ul", { class: "reactions", "aria-label": "Reactions" }, ...chips));
}

function moreButton() {
  return h(
    "button",
    {
      class: "more",
      type: "button",
      tabindex: -1,
      "aria-haspopup": "menu",
      "aria-label": "More for this message",
      "data-action": "menu",
    },
    icon("more"),
  );
}

/** @param {PendingRow} row */
function pending({ line, head, person }) {
  const failed = line.status === "failed";
  const row = h("article", { class: `row message pending${head ? " head" : ""}${failed ? " failed" : ""}`, tabindex: -1 });
  if (head && person) row.append(avatar(person), h("header", null, nameOf(person), ...marksOf(person)));
  row.append(h("div", { class: "text", dir: "auto" }, ...prose(line.text)));
  if (failed) {
    row.append(
      h(
        "p",
        { class: "fate", role: "alert" },
        icon("alert"),
        h("span", null, `Not sent: ${line.error}`),
        act("Edit", "edit", line.clientId),
        act("Try again", "retry", line.clientId),
        act("Delete", "discard", line.clientId),
      ),
    );
  } else if (line.status !== "acked") {
    const words = line.status === "sending" ? "Sending" : "Waiting to be sent";
    row.append(h("span", { class: "fate-mark", role: "img", "aria-label": words, title: words }, icon("clock")));
  }
  return row;
}

/**
 * @param {string} words
 * @param {string} action
 * @param {string} clientId
 */
function act(words, action, clientId) {
  return h("button", { class: "link", type: "button", "data-action": action, "data-client-id": clientId }, words);
}

/**
 * @param {import("../types.js").Line} line
 * @param {boolean} open
 */
function other(line, open) {
  if (line.kind === "activity") return h("div", { class: "row activity" }, activity(line, open));
  if (line.kind === "gap") {
    const words = line.restored
      ? "This room was restored from a backup. What you saw before may differ from here on."
      : "You were away for long: history continues after a gap.";
    return h("div", { class: "row gap", role: "note" }, words);
  }
  if (line.kind === "reply") return reply(line);
  return line.kind === "notice" ? notice(line) : h("div", null);
}

/** @param {import("../types.js").NoticeLine} line */
function notice({ notice, from, text, time }) {
  const words = h("span", { dir: "auto" }, ...prose(text));
  const when = h("time", { datetime: iso(time) }, formatTime(time));
  if (notice === "action" && from) {
    const star = h("span", { class: "star", "aria-hidden": "true" }, "*");
    return h("div", { class: "row notice action" }, star, " ", nameOf(from), ...marksOf(from), " ", words, " ", when);
  }
  if (notice !== "announcement") return h("div", { class: "row notice" }, words);
  const head = h("p", null, icon("horn"), h("strong", null, "Announcement"), when);
  return h("div", { class: "row announcement", role: "note" }, h("div", null, head, words));
}

/** @param {import("../types.js").ReplyLine} line */
function reply({ text, verbs }) {
  const dismiss = h("button", { class: "icon-button", type: "button", "aria-label": "Dismiss", "data-action": "dismiss" }, icon("close"));
  const head = h("p", null, icon("eye"), h("span", null, "Only you see this"), dismiss);
  const usages = verbs.flatMap(({ usage, about }) => [h("dt", null, h("code", null, usage)), h("dd", null, about)]);
  const body = usages.length > 0 ? h("dl", null, ...usages) : h("div", { class: "text", dir: "auto" }, text);
  return h("div", { class: "row reply", role: "note" }, h("div", null, head, body));
}

/** @param {State} state */
function start(state) {
  const empty = !state.lines.some((line) => line.seq > 0) && state.pending.length === 0;
  const title = h("h2", null, empty ? "No messages yet" : "The beginning of ", empty ? null : h("bdi", null, state.title));
  const hint = state.can.includes("write") ? "Say hello: write the first message below." : "Nobody has written here so far.";
  return h("div", { class: `row start${empty ? " empty" : ""}` }, bubble(), title, empty ? h("p", null, hint) : null);
}

/** @param {number} lines */
export function skeleton(lines) {
  const bars = Array.from({ length: lines }, () => h("i", null));
  return h("div", { class: "skeleton" }, h("b", null), h("div", null, h("i", { class: "short" }), ...bars));
}

/** @param {number} ms */
function iso(ms) {
  return new Date(ms).toISOString();
}
