/**
 * What a room page knows, as a pure function of what happened: `reduce(state, action, at)`.
 * No DOM, no clock of its own, no network: `room.js` feeds it, `view.js` draws it.
 *
 * Two things are decided here. The *cursor*: it moves across contiguous seqs only, and whatever does
 * not fit raises `hole`, which asks `room.js` to join again. The *window*: a bounded, gap-free run of
 * lines of which `live` says whether it ends at the cursor.
 *
 * @typedef {import("./types.js").Person} Person
 * @typedef {import("./types.js").Entry} Entry
 * @typedef {import("./types.js").Message} Message
 * @typedef {import("./types.js").Joined} Joined
 * @typedef {import("./types.js").HistoryPage} HistoryPage
 * @typedef {import("./types.js").ServerEvent} ServerEvent
 * @typedef {import("./types.js").Line} Line
 * @typedef {import("./types.js").Pending} Pending
 *
 * @typedef {"older" | "newer" | "latest"} Direction
 *
 * @typedef {object} State
 * @property {string} room
 * @property {"new" | "joined" | "left"} phase  `new` until the first page came
 * @property {string | null} epoch
 * @property {number} first  the oldest seq that the room still has
 * @property {number | null} cursor  the last seq up to which nothing is missing
 * @property {boolean} hole  something is missing behind the cursor: join again
 * @property {string} title
 * @property {string} topic
 * @property {string[]} can
 * @property {Person | null} me
 * @property {Person[] | null} members  null: too many to list
 * @property {number} count
 * @property {number} readSeq
 * @property {Line[]} lines  the window, oldest first
 * @property {boolean} live  the window ends at the cursor
 * @property {boolean} hasOlder
 * @property {Direction | null} loading
 * @property {Pending[]} pending
 * @property {{person: Person, until: number}[]} typing
 * @property {boolean} following  the newest line is in sight
 * @property {boolean} focused  somebody looks at the page
 * @property {number} below  messages that came while not following
 * @property {number} unread  messages that came while not focused
 * @property {number | null} divider  "new messages" stands behind this seq
 * @property {{code: string, reason: string} | null} left
 * @property {number} keys  for lines that have no seq
 *
 * @typedef {{type: "local/identity", person: Person}
 *   | {type: "local/joined", event: Joined, mine: boolean}
 *   | {type: "local/page", page: HistoryPage, direction: Direction}
 *   | {type: "local/loading", direction: Direction | null}
 *   | {type: "local/queued", clientId: string, text: string}
 *   | {type: "local/sending", clientId: string}
 *   | {type: "local/waiting", clientId: string}
 *   | {type: "local/failed", clientId: string, error: string}
 *   | {type: "local/discarded", clientId: string}
 *   | {type: "local/following", on: boolean}
 *   | {type: "local/focused", on: boolean}
 *   | {type: "local/read", seq: number}
 *   | {type: "local/refused", code: string, reason: string}
 *   | {type: "local/rejoining"}
 *   | {type: "local/forget"}
 *   | {type: "local/tick"}} LocalAction
 * @typedef {ServerEvent | LocalAction} Action
 */

/** Lines kept while following; older ones come back from the server when somebody scrolls up. */
export const FOLLOWING_LINES = 150;
/** Lines kept while somebody reads back. */
export const READING_LINES = 1_200;
/** Trimming waits until so many more have gathered, so that it is rare. */
export const SLACK = 100;
export const TYPING_MS = 6_000;
/** People coming and going within this time share one line. */
export const FOLD_MS = 15 * 60_000;
const FOLD_ITEMS = 300;

/**
 * @param {string} room
 * @returns {State}
 */
export function initialState(room) {
  return {
    room,
    phase: "new",
    epoch: null,
    first: 1,
    cursor: null,
    hole: false,
    title: room,
    topic: "",
    can: [],
    me: null,
    members: null,
    count: 0,
    readSeq: 0,
    lines: [],
    live: true,
    hasOlder: false,
    loading: null,
    pending: [],
    typing: [],
    following: true,
    focused: true,
    below: 0,
    unread: 0,
    divider: null,
    left: null,
    keys: 0,
  };
}

/**
 * @param {State} state  never changed
 * @param {Action} action
 * @param {number} at  the time of it, UTC ms
 * @returns {State} the same object when nothing changed
 */
export function reduce(state, action, at) {
  const handler = HANDLERS.get(action.type);
  return handler === undefined ? state : handler(state, action, at);
}

/** @typedef {{clientId: string, error: string}} Own */
/** @typedef {(state: State, action: any, at: number) => State} Handler */

/** A map, not an object: a `type` from the wire must not find `toString`. */
const HANDLERS = new Map(Object.entries(/** @type {Record<string, Handler>} */ ({
  message: entry,
  edited: entry,
  deleted: entry,
  reacted: entry,
  notice: entry,
  ack: acked,
  beat,
  presence,
  typing,
  named,
  room: renamedRoom,
  left: sentAway,
  "local/identity": identity,
  "local/joined": joined,
  "local/page": page,
  "local/loading": loading,
  "local/queued": queued,
  "local/sending": (/** @type {State} */ state, /** @type {Own} */ { clientId }) =>
    mark(state, clientId, { status: "sending", error: "" }),
  "local/waiting": (/** @type {State} */ state, /** @type {Own} */ { clientId }) =>
    mark(state, clientId, { status: "waiting", error: "" }),
  "local/failed": (/** @type {State} */ state, /** @type {Own} */ { clientId, error }) =>
    mark(state, clientId, { status: "failed", error }),
  "local/discarded": (/** @type {State} */ state, /** @type {Own} */ { clientId }) => settle(state, clientId),
  "local/following": follow,
  "local/focused": focus,
  "local/read": read,
  "local/refused": leave,
  "local/rejoining": rejoining,
  "local/forget": forget,
  "local/tick": tick,
})));

// ── the log ───────────────────────────────────────────────────────────────────────────────────────

/**
 * One entry of the log, live.
 * @param {State} state
 * @param {Entry} event
 * @param {number} at
 * @returns {State}
 */
function entry(state, event, at) {
  if (event.room !== state.room || state.cursor === null || event.seq <= state.cursor) return state;
  if (event.seq > state.cursor + 1) return state.hole ? state : { ...state, hole: true };
  const next = { ...state, cursor: event.seq };
  if (isLine(event)) arrive(next, event, at);
  apply(next, [event]);
  return next;
}

/**
 * Whether an entry is shown as a line: not so what applications send each other without words.
 * @param {Entry} event
 * @returns {event is Message | import("./types.js").Notice}
 */
function isLine(event) {
  if (event.type === "notice") return true;
  return event.type === "message" && (event.text !== "" || event.deleted === true);
}

/**
 * Counts a new message for whoever is not looking.
 * @param {State} draft  changed
 * @param {Message | import("./types.js").Notice} message
 * @param {number} at
 */
function arrive(draft, message, at) {
  if (message.type === "notice" || message.deleted) return;
  draft.typing = draft.typing.filter(({ person, until }) => person.id !== message.from.id && until > at);
  if (message.from.id === draft.me?.id) return;
  if (!draft.following || !draft.live) draft.below += 1;
  if (!draft.focused) draft.unread += 1;
  const away = !draft.focused || !draft.following;
  if (away && draft.divider === null) draft.divider = message.seq - 1;
}

/**
 * Puts entries, in order, behind the window, and folds changes into the lines they change.
 * @param {State} draft  changed; its arrays are replaced, never touched
 * @param {Entry[]} entries
 * @param {typeof trim} [bound]
 */
function apply(draft, entries, bound = trim) {
  const newest = newestSeq(draft.lines);
  const lines = draft.lines.slice();
  for (const event of entries) {
    if (isLine(event)) {
      if (draft.live && event.seq > newest) lines.push(toLine(draft, event));
    } else {
      change(lines, event);
    }
  }
  draft.lines = lines;
  bound(draft);
}

/**
 * @param {Line[]} lines  changed
 * @param {import("./types.js").Edited | import("./types.js").Deleted | import("./types.js").Reacted} event
 */
function change(lines, event) {
  const index = lines.findLastIndex((line) => line.seq === event.target);
  const line = lines[index];
  if (line?.kind !== "message") return;
  if (event.type === "edited") lines[index] = { ...line, text: event.text, edited: event.time };
  if (event.type === "deleted") lines[index] = { ...line, text: "", deleted: true, reactions: {} };
  if (event.type === "reacted") lines[index] = { ...line, reactions: event.counts };
}

/**
 * @param {State} draft  changed: a message that was pending here is so no more
 * @param {Message | import("./types.js").Notice} event
 * @returns {Line}
 */
function toLine(draft, event) {
  if (event.type === "notice") {
    return {
      kind: "notice",
      key: `s${event.seq}`,
      seq: event.seq,
      text: event.text,
      from: event.from ?? null,
      action: event.kind === "action",
      time: event.time,
    };
  }
  const mine = draft.pending.some((pending) => pending.clientId === event.client_id);
  if (mine) draft.pending = draft.pending.filter((pending) => pending.clientId !== event.client_id);
  return {
    kind: "message",
    key: mine ? `c${event.client_id}` : `s${event.seq}`,
    seq: event.seq,
    from: event.from,
    text: event.text,
    time: event.time,
    edited: event.edited ?? 0,
    deleted: event.deleted ?? false,
    reactions: event.reactions ?? {},
  };
}

/**
 * Keeps the window bounded: at its head while following, at its tail while somebody reads back.
 * @param {State} draft  changed
 */
function trim(draft) {
  const surplus = draft.lines.length - FOLLOWING_LINES;
  if (draft.following && draft.live && surplus > SLACK) {
    draft.lines = draft.lines.slice(surplus);
    draft.hasOlder = true;
  } else if (!draft.following && draft.lines.length > READING_LINES + SLACK) {
    draft.lines = draft.lines.slice(0, READING_LINES);
    draft.live = false;
  }
}

/**
 * For somebody who reads forward through a long absence.
 * @param {State} draft  changed
 */
function trimHead(draft) {
  if (draft.lines.length <= READING_LINES) return;
  draft.lines = draft.lines.slice(-READING_LINES);
  draft.hasOlder = true;
}

/**
 * @param {Line[]} lines
 * @returns {number} 0: no line of the log
 */
export function newestSeq(lines) {
  return lines.findLast((line) => line.seq > 0)?.seq ?? 0;
}

/**
 * @param {Line[]} lines
 * @returns {number} 0: no line of the log
 */
export function oldestSeq(lines) {
  return lines.find((line) => line.seq > 0)?.seq ?? 0;
}

// ── joining and paging ────────────────────────────────────────────────────────────────────────────

/**
 * The answer to a join of ours, or of another tab on the same line (`mine: false`), which counts only
 * as far as it continues what we have.
 * @param {State} state
 * @param {{event: Joined, mine: boolean}} action
 * @returns {State}
 */
function joined(state, { event, mine }) {
  const continues = event.recovered && state.cursor !== null && event.epoch === state.epoch;
  if (!mine && !continues) {
    return state.cursor !== null && event.last !== state.cursor ? { ...state, hole: true } : state;
  }
  const next = /** @type {State} */ ({ ...state, phase: "joined", left: null, first: event.first });
  next.title = event.title;
  next.topic = event.topic;
  next.can = event.can;
  next.count = event.count;
  next.members = event.members ?? null;
  next.readSeq = mine ? Math.max(event.read_seq, continues ? state.readSeq : 0) : state.readSeq;
  next.me = event.members?.find((person) => person.id === state.me?.id) ?? state.me;
  return continues ? resume(next, event) : restart(next, state, event);
}

/**
 * @param {State} next  changed
 * @param {Joined} event
 */
function resume(next, event) {
  const cursor = next.cursor ?? 0;
  const fresh = event.entries.filter((item) => item.seq > cursor);
  const contiguous = fresh.every((item, index) => item.seq === cursor + 1 + index);
  if (!contiguous) return { ...next, hole: true };
  for (const item of fresh) if (isLine(item)) arrive(next, item, 0);
  next.cursor = cursor + fresh.length;
  apply(next, fresh);
  next.hole = event.more || event.last > next.cursor;
  return next;
}

/**
 * Starts with the newest page; whoever had been here before is told that something may be missing.
 * @param {State} next  changed
 * @param {State} before
 * @param {Joined} event
 */
function restart(next, before, event) {
  const interrupted = before.phase !== "new" && before.epoch !== null;
  next.epoch = event.epoch;
  next.cursor = event.last;
  next.hole = false;
  next.live = true;
  next.following = true;
  next.below = 0;
  next.loading = null;
  next.lines = [];
  apply(next, event.entries);
  next.hasOlder = oldestSeq(next.lines) > event.first;
  settleUpTo(next, event.last);
  const unseen = event.read_seq > 0 && event.read_seq < event.last;
  next.divider = unseen && !interrupted ? event.read_seq : null;
  if (interrupted) {
    next.keys += 1;
    const restored = before.epoch !== event.epoch;
    next.lines = [{ kind: "gap", key: `g${next.keys}`, seq: 0, time: 0, restored }, ...next.lines];
  }
  return next;
}

/**
 * @param {State} state
 * @param {{page: HistoryPage, direction: Direction}} action
 * @returns {State}
 */
function page(state, { page: event, direction }) {
  if (event.epoch !== state.epoch) return { ...state, loading: null, hole: true };
  const next = { ...state, loading: null, first: event.first };
  if (direction === "older") return prepend(next, event);
  if (direction === "latest") {
    next.lines = [];
    next.below = 0;
    next.following = true;
  }
  next.live = true;
  apply(next, event.entries, trimHead);
  if (direction === "latest") next.hasOlder = oldestSeq(next.lines) > event.first;
  const behind = event.more && direction === "newer";
  next.live = next.live && !behind && event.last >= (state.cursor ?? 0);
  return next;
}

/**
 * @param {State} next  changed
 * @param {HistoryPage} event
 */
function prepend(next, event) {
  const oldest = oldestSeq(next.lines) || Infinity;
  const older = event.entries.filter((item) => item.seq < oldest);
  const lines = [];
  for (const item of older) {
    if (isLine(item)) lines.push(toLine(next, item));
  }
  next.hasOlder = event.more && lines.length > 0;
  next.lines = [...lines, ...next.lines.filter((line) => line.kind !== "gap")];
  trim(next);
  return next;
}

/**
 * @param {State} state
 * @param {import("./types.js").Beat} event
 * @returns {State}
 */
function beat(state, event) {
  if (event.room !== state.room || state.cursor === null) return state;
  return event.last > state.cursor ? { ...state, hole: true } : state;
}

/**
 * @param {State} state
 * @param {import("./types.js").Left} event
 * @returns {State}
 */
function sentAway(state, event) {
  return event.room === state.room ? leave(state, event) : state;
}

/**
 * @param {State} state
 * @param {{code: string, reason: string}} why
 * @returns {State}
 */
function leave(state, { code, reason }) {
  const left = { code, reason };
  return { ...state, phase: "left", left, members: null, count: 0, typing: [], hole: false };
}

/**
 * @param {State} state
 * @returns {State}
 */
function rejoining(state) {
  const phase = state.cursor === null ? "new" : "joined";
  return { ...state, phase, hole: false, left: null, loading: null };
}

/**
 * Gives up on filling the hole: the next join starts with the newest page.
 * @param {State} state
 * @returns {State}
 */
function forget(state) {
  return { ...state, cursor: null, hole: false };
}

/**
 * @param {State} state
 * @param {{direction: Direction | null}} action
 * @returns {State}
 */
function loading(state, { direction }) {
  return { ...state, loading: direction };
}

// ── what we wrote ─────────────────────────────────────────────────────────────────────────────────

/**
 * @param {State} state
 * @param {{clientId: string, text: string}} action
 * @param {number} at
 * @returns {State}
 */
function queued(state, { clientId, text }, at) {
  /** @type {Pending} */
  const pending = { clientId, text, time: at, status: "waiting", error: "", seq: 0 };
  return { ...state, pending: [...state.pending, pending], divider: null };
}

/**
 * @param {State} state
 * @param {string} clientId
 * @param {Partial<Pending>} changes
 * @returns {State}
 */
function mark(state, clientId, changes) {
  const pending = state.pending.map((item) => (item.clientId === clientId ? { ...item, ...changes } : item));
  return { ...state, pending };
}

/**
 * @param {State} state
 * @param {string} clientId
 * @returns {State}
 */
function settle(state, clientId) {
  return { ...state, pending: state.pending.filter((item) => item.clientId !== clientId) };
}

/**
 * An acknowledged message stays as it is until it comes by in order; unless it did so before.
 * @param {State} state
 * @param {import("./types.js").Ack} event
 * @returns {State}
 */
function acked(state, event) {
  const known = state.pending.some((pending) => pending.clientId === event.client_id);
  if (event.room !== state.room || !known) return state;
  if (state.cursor !== null && event.seq <= state.cursor) return settle(state, event.client_id);
  return mark(state, event.client_id, { status: "acked", seq: event.seq, error: "" });
}

/**
 * @param {State} draft  changed
 * @param {number} last
 */
function settleUpTo(draft, last) {
  draft.pending = draft.pending.filter((pending) => pending.status !== "acked" || pending.seq > last);
}

// ── people ────────────────────────────────────────────────────────────────────────────────────────

/**
 * @param {State} state
 * @param {{person: Person}} action
 * @returns {State}
 */
function identity(state, { person }) {
  return { ...state, me: person };
}

/**
 * @param {State} state
 * @param {import("./types.js").PresenceChange} event
 * @param {number} at
 * @returns {State}
 */
function presence(state, event, at) {
  if (event.room !== state.room || state.phase !== "joined") return state;
  const next = { ...state, count: event.count, members: nextMembers(state, event) };
  const gone = new Set(event.leaves.map((person) => person.id));
  if (gone.size > 0) next.typing = state.typing.filter(({ person }) => !gone.has(person.id));
  const others = (/** @type {Person} */ person) => person.id !== state.me?.id;
  happen(next, [
    ...event.joins.filter(others).map((person) => happening("joined", person, at)),
    ...event.leaves.filter(others).map((person) => happening("left", person, at)),
  ]);
  return next;
}

/**
 * A list that does not add up to the count is no list: the room has grown beyond being listed.
 * @param {State} state
 * @param {import("./types.js").PresenceChange} event
 */
function nextMembers(state, event) {
  if (event.members) return event.members;
  if (!state.members) return null;
  const changed = new Set([...event.joins, ...event.leaves].map((person) => person.id));
  const members = [...state.members.filter((person) => !changed.has(person.id)), ...event.joins];
  return members.length === event.count ? members : null;
}

/**
 * @param {"joined" | "left" | "named"} what
 * @param {Person} person
 * @param {number} time
 * @param {string} [was]
 * @returns {import("./types.js").Happening}
 */
function happening(what, person, time, was = "") {
  return { what, person, was, time };
}

/**
 * @param {State} draft  changed
 * @param {import("./types.js").Happening[]} items
 */
function happen(draft, items) {
  if (items.length === 0 || !draft.live) return;
  const last = draft.lines.at(-1);
  const time = items[0].time;
  if (last?.kind === "activity" && time - last.time < FOLD_MS) {
    const folded = { ...last, items: [...last.items, ...items].slice(-FOLD_ITEMS) };
    draft.lines = [...draft.lines.slice(0, -1), folded];
    return;
  }
  draft.keys += 1;
  draft.lines = [...draft.lines, { kind: "activity", key: `a${draft.keys}`, seq: 0, time, items }];
  trim(draft);
}

/**
 * @param {State} state
 * @param {import("./types.js").Named} event
 * @param {number} at
 * @returns {State}
 */
function named(state, event, at) {
  const { person, was } = event;
  const same = (/** @type {Person} */ other) => (other.id === person.id ? person : other);
  const next = { ...state, members: state.members?.map(same) ?? null, me: state.me && same(state.me) };
  if (was !== person.name) happen(next, [happening("named", person, at, was)]);
  return next;
}

/**
 * @param {State} state
 * @param {import("./types.js").TypingNow} event
 * @param {number} at
 * @returns {State}
 */
function typing(state, event, at) {
  if (event.room !== state.room || event.person.id === state.me?.id) return state;
  const others = state.typing.filter(({ person, until }) => person.id !== event.person.id && until > at);
  const now = event.on ? [...others, { person: event.person, until: at + TYPING_MS }] : others;
  return { ...state, typing: now };
}

/**
 * @param {State} state
 * @param {unknown} _action
 * @param {number} at
 * @returns {State}
 */
function tick(state, _action, at) {
  const typing = state.typing.filter(({ until }) => until > at);
  return typing.length === state.typing.length ? state : { ...state, typing };
}

/**
 * @param {State} state
 * @param {import("./types.js").RoomChange} event
 * @returns {State}
 */
function renamedRoom(state, event) {
  if (event.room !== state.room) return state;
  return { ...state, title: event.title ?? state.title, topic: event.topic ?? state.topic };
}

// ── who looks ─────────────────────────────────────────────────────────────────────────────────────

/**
 * @param {State} state
 * @param {{on: boolean}} action
 * @returns {State}
 */
function follow(state, { on }) {
  if (state.following === on) return state;
  const next = { ...state, following: on, below: on && state.live ? 0 : state.below };
  if (on) trim(next);
  return next;
}

/**
 * @param {State} state
 * @param {{on: boolean}} action
 * @returns {State}
 */
function focus(state, { on }) {
  if (state.focused === on) return state;
  const seen = !on && state.following && state.live;
  return { ...state, focused: on, unread: on ? 0 : state.unread, divider: seen ? null : state.divider };
}

/**
 * @param {State} state
 * @param {{seq: number}} action
 * @returns {State}
 */
function read(state, { seq }) {
  return { ...state, readSeq: Math.max(state.readSeq, seq) };
}
