/**
 * What a host page and the frame of its chat say to each other. Types only, for both sides.
 *
 * The host sends one window message, `Init`, with one port, to the frame's exact origin; everything
 * else goes over that port. Both sides ignore types that they do not know and shapes that are odd.
 *
 * @typedef {"bubble" | "inline" | "readonly" | "full"} Mode
 * @typedef {"auto" | "light" | "dark"} Theme
 * @typedef {{accent: string, radius: string, font: string}} Style  CSS values; empty: ours
 *
 * @typedef {{token: string | null, name: string | null}} Guest  null: none yet
 *
 * @typedef {object} Init
 * @property {1} tornchat
 * @property {"init"} type
 * @property {Mode} mode
 * @property {Guest} guest  as the host page keeps it
 * @property {string} suggested  a name to begin with; empty: none
 * @property {boolean} vouched  the site gives tokens for its visitors: ask by `token`
 * @property {Theme} theme
 * @property {string} lang  of what the page is in, such as `de-CH`; empty: the browser's
 * @property {string} title  in place of the room's; empty: the room's
 * @property {Style} style
 * @property {boolean} sound  a new message may be heard
 * @property {boolean} shown  the panel is open
 * @property {boolean} focused  somebody looks at the host page
 *
 * @typedef {{type: "identity", id: number, token: string | null, name: string | null}} IdentityAnswer
 *   token null: the frame makes the guest, and tells by `guest`
 * @typedef {{type: "token", id: number, token: string | null, error?: string}} TokenAnswer
 *   null: the site does not know this visitor; error: it did not answer
 * @typedef {{type: "vouch", vouched: boolean}} Vouch  ask for a token anew, or be a guest
 * @typedef {{type: "look", shown: boolean, focused: boolean}} Look
 * @typedef {{type: "focus"}} Focus  the caret goes into the composer
 * @typedef {{type: "send", id: number, text: string}} Send
 * @typedef {{type: "read"}} Read
 * @typedef {{type: "theme", theme: Theme, style: Style}} Retheme
 * @typedef {{type: "locale", lang: string}} Locale
 * @typedef {{type: "title", title: string}} Retitle
 * @typedef {IdentityAnswer | TokenAnswer | Vouch | Look | Focus | Send | Read | Retheme | Locale
 *   | Retitle} HostMessage
 *
 * @typedef {{type: "ready", room: string, title: string}} Ready  the handshake's answer, at once
 * @typedef {{type: "identity", id: number}} IdentityAsked  before hello as a guest
 * @typedef {{type: "guest", token: string | null, name: string | null}} GuestMade  to be kept
 * @typedef {{type: "token", id: number, fresh: boolean}} TokenAsked  fresh: the last one has ended
 * @typedef {{type: "state", state: "idle" | "connecting" | "online" | "recovering" | "offline",
 *   transport: "websocket" | "xhr-streaming" | "xhr-polling" | null, reason: string}} StateTold
 * @typedef {{type: "unread", count: number}} UnreadTold
 * @typedef {{type: "presence", count: number}} PresenceTold
 * @typedef {{type: "message", seq: number, from: {id: string, name: string, verified: boolean},
 *   text: string, time: number, mine: boolean}} MessageTold  a live one; time in UTC ms
 * @typedef {{type: "sent", id: number, seq?: number, code?: string, message?: string}} SentTold
 *   seq: it is in the log; code and message: why it is not
 * @typedef {{type: "error", code: string, message: string}} ErrorTold  in words for people
 * @typedef {{type: "close"}} CloseAsked  by Escape or by the button
 * @typedef {Ready | IdentityAsked | GuestMade | TokenAsked | StateTold | UnreadTold | PresenceTold
 *   | MessageTold | SentTold | ErrorTold | CloseAsked} FrameMessage
 */
export {};
