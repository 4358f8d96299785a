/**
 * What a room page knows, as a pure function of what happened: `reduce(state, action, at)`.
 * No DOM, no clock of its own, no network: `room.js` feeds it, `view.js` draws it.
 *
 * Two things are decided here. The *cursor*: it moves across contiguous seqs only, and whatever does
 * not fit raises `hole`, which asks `room.js` to join again. The *window*: a bounded, gap-free run of
 * lines of which `live` says whether it ends at the cursor.
 *
 * @typedef {import("./types.js").Person} Person
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
 * @property {string | null} access  the room's policy, once it is said
 * @property {string[]} can
 * @property {number} slow  seconds between two messages of a person; 0: no such rule
 * @property {boolean} locked  only moderators write for now
 * @property {boolean} joinLines  whether coming and going is told
 * @property {import("./types.js").Muted | null} muted
 * @property {number} slowUntil  the rule lets us write again then, UTC ms
 * @property {import("./types.js").Verb[] | null} verbs  the commands that we may use; null: not asked yet
 * @property {{text: string, problem: string} | null} asked  a command that waits for its answer, or
 *   with `problem` what is wrong with it
 * @property {Person | null} me
 * @property {Person[] | null} members  null: too many to list
 * @property {Record<string, string>} badges  of people who are or were here, by id: lines come without
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
 * @property {{code: string, reason: string, until?: number} | null} left  not in the room, and why:
 *   nothing of it is kept
 * @property {{until: number, reason: string} | null} held  the server lets nobody join before that moment
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
 *   | {type: "local/seen"}
 *   | {type: "local/slowed", until: number}
 *   | {type: "local/asked", text: string}
 *   | {type: "local/answered", reply: import("./types.js").Reply}
 *   | {type: "local/unanswered", problem: string}
 *   | {type: "local/learnt", verbs: import("./types.js").Verb[]}
 *   | {type: "local/dismissed", key: string}
 *   | {type: "local/refused", code: string, reason: string, until?: number}
 *   | {type: "local/held", until: number, reason: string}
 *   | {type: "local/rejoining"}
 *   | {type: "local/forget"}
 *   | {type: "local/tick"}} LocalAction
 * @typedef {ServerEvent | LocalAction} Action
 */

export { initialState } from "./state/initial.js";
import { answered, asked, dismissed, learntVerbs, unanswered } from "./state/commands.js";
import { beat, forget, held, joined, leave, loading, page, rejoining, sentAway } from "./state/joining.js";
import { entry } from "./state/log.js";
import { focus, follow, read, seen } from "./state/looking.js";
import { identity, named, presence, tick, typing } from "./state/people.js";
import { changedRoom } from "./state/policy.js";
import { acked, failed, mark, queued, settle, slowed } from "./state/writing.js";

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
  room: changedRoom,
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
  "local/failed": failed,
  "local/discarded": (/** @type {State} */ state, /** @type {Own} */ { clientId }) => settle(state, clientId),
  "local/following": follow,
  "local/focused": focus,
  "local/read": read,
  "local/seen": seen,
  "local/slowed": slowed,
  "local/asked": asked,
  "local/answered": answered,
  "local/unanswered": unanswered,
  "local/learnt": learntVerbs,
  "local/dismissed": dismissed,
  "local/refused": leave,
  "local/held": held,
  "local/rejoining": rejoining,
  "local/forget": forget,
  "local/tick": tick,
})));
