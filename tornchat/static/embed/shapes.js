/**
 * What may come from a host page, and nothing else: a frame is told things by whoever has it in a
 * page, so each of them is looked at before anybody acts on it.
 *
 * @typedef {import("./wire.js").Init} Init
 * @typedef {import("./wire.js").HostMessage} HostMessage
 * @typedef {(value: unknown) => boolean} Check
 */

/** Longer than any token or message may be. */
const MOST = 65_536;

/** @type {Check} */
const isText = (value) => typeof value === "string" && value.length <= MOST;
/** @type {Check} */
const isTextOrNull = (value) => value === null || isText(value);
/** @type {Check} */
const isTextOrNothing = (value) => value === undefined || isText(value);
/** @type {Check} */
const isFlag = (value) => typeof value === "boolean";
/** @type {(...values: unknown[]) => Check} */
const oneOf = (...values) => (value) => values.includes(value);
/** @type {(shape: Record<string, Check>) => Check} */
const isLike = (shape) => (value) =>
  typeof value === "object" && value !== null && Object.entries(shape).every(([key, check]) => check(Reflect.get(value, key)));

const THEME = oneOf("auto", "light", "dark");
const STYLE = isLike({ accent: isText, radius: isText, font: isText });
const ID = Number.isSafeInteger;

const isInit = isLike({
  tornchat: oneOf(1),
  type: oneOf("init"),
  mode: oneOf("bubble", "inline", "readonly", "full"),
  guest: isLike({ token: isTextOrNull, name: isTextOrNull }),
  suggested: isText,
  vouched: isFlag,
  theme: THEME,
  lang: isText,
  title: isText,
  style: STYLE,
  sound: isFlag,
  shown: isFlag,
  focused: isFlag,
});

/** A map, not an object: a `type` from another page must not find `toString`. */
const MESSAGES = new Map(Object.entries({
  identity: isLike({ id: ID, token: isTextOrNull, name: isTextOrNull }),
  token: isLike({ id: ID, token: isTextOrNull, error: isTextOrNothing }),
  vouch: isLike({ vouched: isFlag }),
  look: isLike({ shown: isFlag, focused: isFlag }),
  focus: isLike({}),
  send: isLike({ id: ID, text: isText }),
  read: isLike({}),
  theme: isLike({ theme: THEME, style: STYLE }),
  locale: isLike({ lang: isText }),
  title: isLike({ title: isText }),
}));

/**
 * @param {unknown} data
 * @returns {Init | null} null: it is something else
 */
export function readInit(data) {
  return isInit(data) ? /** @type {Init} */ (data) : null;
}

/**
 * @param {any} data
 * @returns {HostMessage | null} null: it is something else
 */
export function readMessage(data) {
  return MESSAGES.get(data?.type)?.(data) ? data : null;
}
