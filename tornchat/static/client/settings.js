/**
 * What a connection is given: from the options of the page, and from the platform.
 *
 * @typedef {object} Options
 * @property {string} [url]  address of the chat server
 * @property {string} [token]  of a site, or an API key
 * @property {() => Promise<string | null> | string | null} [getToken]  asks the site for a token
 * @property {string} [name]
 * @property {import("./keeper.js").Store | null} [storage]  null: nothing is kept
 * @property {import("../chat/types.js").Kind} [transport]  forces one
 */

import { newId } from "../chat/ids.js";
import { SiteToken } from "../chat/sitetoken.js";
import { KINDS, openTransport } from "../chat/transport.js";
import { Outlook } from "./outlook.js";
import { isHidden } from "./page.js";

/**
 * @param {string | undefined} url
 * @returns {string} with a slash at its end
 */
export function baseOf(url) {
  if (!url) throw new TypeError("connect: expected url, the address of the chat server");
  const base = new URL(url, typeof document === "undefined" ? undefined : document.baseURI);
  if (!base.protocol.startsWith("http")) throw new TypeError(`connect: expected a url with http or https, got ${url}`);
  base.hash = base.search = "";
  return base.href.endsWith("/") ? base.href : `${base.href}/`;
}

/**
 * @param {string} base
 * @param {Options} options
 * @param {import("../chat/types.js").Clock} clock
 * @param {Pick<import("../chat/connection.js").Options, "hello" | "settle"> & {
 *   complain: (error: import("./error.js").ChatError) => void}} hooks
 * @returns {import("../chat/connection.js").Options}
 */
export function settings(base, { token, getToken, transport }, clock, { hello, settle, complain }) {
  const endpoint = `${base}sockjs`;
  const outlook = new Outlook(base, endpoint, complain);
  /** @type {{kind: string | null}} */
  const worked = { kind: null };
  const source = getToken ? async () => getToken() : null;
  const vouched = source !== null || token !== undefined;
  return {
    open: (kind) => openTransport(kind, endpoint, globalThis),
    alive: () => outlook.alive(),
    kinds: transport ? [transport] : KINDS,
    hello,
    settle,
    siteToken: vouched ? new SiteToken({ source, token: token ?? null, clock, random: Math.random }) : null,
    remembered: { get: () => worked.kind, set: (kind) => (worked.kind = kind) },
    clock,
    random: Math.random,
    hidden: isHidden,
    id: newId().slice(0, 8),
  };
}
