/**
 * The shapes on the wire and the values that the modules hand to each other. Types only.
 *
 * @typedef {{id: string, name: string, verified?: boolean, kind?: "guest"|"member"|"bot"|"admin",
 *   badge?: string}} Person  badge: what a site says of somebody it has verified
 *
 * @typedef {{type: "welcome", connection: string, person: Person, heartbeat: number, server: string,
 *   guest_token?: string}} Welcome
 * @typedef {{type: "message", room: string, seq: number, from: Person, text: string, time: number,
 *   client_id: string, reply_to?: number, kind?: string, data?: unknown, edited?: number,
 *   deleted?: boolean, reactions?: Record<string, number>}} Message
 * @typedef {{type: "edited", room: string, seq: number, target: number, text: string, time: number}} Edited
 * @typedef {{type: "deleted", room: string, seq: number, target: number, time: number}} Deleted
 * @typedef {{type: "reacted", room: string, seq: number, target: number, emoji: string, on: boolean,
 *   from: Person, counts: Record<string, number>, time: number}} Reacted
 * @typedef {{type: "notice", room: string, seq: number, kind: string, text: string, from?: Person,
 *   time: number, deleted?: boolean}} Notice
 * @typedef {Message | Edited | Deleted | Reacted | Notice} Entry  one numbered line of a room's log
 *
 * @typedef {{type: "joined", room: string, epoch: string, first: number, last: number,
 *   recovered: boolean, entries: Entry[], more: boolean, can: string[], title: string, topic: string,
 *   access?: string, members?: Person[], count: number, read_seq: number, slow?: number,
 *   locked?: boolean, join_lines?: boolean, muted?: Muted, ref?: string}} Joined
 * @typedef {{until?: number, reason?: string}} Muted  until: UTC ms; without it, until it is lifted
 * @typedef {{type: "history", room: string, epoch: string, first: number, last: number,
 *   entries: Entry[], more: boolean, ref?: string}} HistoryPage
 * @typedef {{type: "left", room: string, code: string, reason: string, until?: number}} Left
 * @typedef {{type: "ack", room: string, client_id: string, seq: number, time: number, ref?: string}} Ack
 * @typedef {{type: "typing", room: string, person: Person, on: boolean}} TypingNow
 * @typedef {{type: "presence", room: string, joins: Person[], leaves: Person[], count: number,
 *   members?: Person[]}} PresenceChange
 * @typedef {{type: "room", room: string, title?: string, topic?: string,
 *   access?: string, can?: string[], slow?: number, locked?: boolean, join_lines?: boolean,
 *   muted?: Muted}} RoomChange  muted: with `can` only, and then without it one is not
 * @typedef {{name: string, usage: string, about: string}} Verb  a slash command that one may use
 * @typedef {{type: "reply", room: string, text: string, ok?: boolean, commands?: Verb[],
 *   ref?: string}} Reply  to one command, and to nobody else
 * @typedef {{type: "named", person: Person, was: string, reason?: string}} Named
 * @typedef {{type: "beat", room: string, last: number}} Beat
 * @typedef {{type: "error", code: string, message: string, retryable: boolean, retry_after?: number,
 *   client_id?: string, banned?: {until?: number, reason?: string}, ref?: string}} ErrorEvent
 * @typedef {{type: "bye", code: number, reason: string, reconnect: boolean, after?: number}} Bye
 * @typedef {{type: "ok", ref?: string}} Ok
 * @typedef {{type: "pong", ref?: string}} Pong
 * @typedef {Welcome | Entry | Joined | HistoryPage | Left | Ack | TypingNow | PresenceChange | RoomChange
 *   | Reply | Named | Beat | ErrorEvent | Bye | Ok | Pong} ServerEvent
 *
 * @typedef {{type: string, ref?: string, [field: string]: unknown}} Command
 *
 * @typedef {"websocket" | "xhr-streaming" | "xhr-polling"} Kind  a way to carry frames
 *
 * @typedef {object} Closing
 * @property {number} code  a WebSocket or SockJS close code; 1006 when the peer said none
 * @property {string} reason
 * @property {boolean} said  whether the server itself closed, by a close frame
 * @property {boolean} [soon]  the line moved to another tab: come back at once
 *
 * @typedef {object} Transport  one SockJS session over one kind of transport
 * @property {(text: string) => void} send
 * @property {() => void} close  ends it without calling `onclose`
 * @property {() => void} onopen  the `o` frame came
 * @property {() => void} onframe  any frame came, heartbeats included
 * @property {(texts: string[]) => void} onmessage
 * @property {(closing: Closing) => void} onclose  once, and nothing after it
 *
 * @typedef {object} Clock
 * @property {() => number} now  milliseconds, monotonic enough to measure silence
 * @property {(run: () => void, ms: number) => unknown} after
 * @property {(timer: any) => void} cancel
 *
 * @typedef {object} Status  what a connection is doing
 * @property {"idle"|"connecting"|"online"|"recovering"|"offline"} state
 * @property {Kind | null} transport  in use, or being tried
 * @property {number | null} retryAt  clock time of the next attempt while waiting for it
 * @property {string} reason  in words for people; empty when there is nothing to say
 * @property {string} detail  what the server said about its end, for whoever looks into it
 * @property {number} code  the close code behind `offline`, else 0
 *
 * @typedef {object} MessageLine
 * @property {"message"} kind
 * @property {string} key
 * @property {number} seq
 * @property {Person} from
 * @property {string} text
 * @property {number} time
 * @property {number} edited  UTC ms, or 0
 * @property {boolean} deleted
 * @property {Record<string, number>} reactions
 *
 * @typedef {{kind: "notice", key: string, seq: number, text: string, from: Person | null, notice: string,
 *   time: number}} NoticeLine  notice: "action" (of a person), "announcement", or of the system
 * @typedef {{what: "joined" | "left" | "named", person: Person, was: string, time: number}} Happening
 * @typedef {{kind: "activity", key: string, seq: 0, time: number, items: Happening[]}} ActivityLine
 * @typedef {{kind: "gap", key: string, seq: 0, time: 0, restored: boolean}} GapLine
 * @typedef {{kind: "reply", key: string, seq: 0, time: 0, text: string, verbs: Verb[]}} ReplyLine
 *   what the server said to nobody but us
 * @typedef {MessageLine | NoticeLine | ActivityLine | GapLine | ReplyLine} Line
 *
 * @typedef {object} Pending  a message of ours that is not in the log yet
 * @property {string} clientId
 * @property {string} text
 * @property {number} time
 * @property {"waiting" | "sending" | "acked" | "failed"} status
 * @property {string} error  why it failed, in words
 * @property {number} seq  known once acked, else 0
 */
export {};
