/** The token by which the site vouches for its visitor: where it comes from. It knows nothing of what is in it. */

import { word } from "../chat/word.js";

/** Answers that say: we do not know this visitor. */
const NOBODY = [204, 401, 403];

/**
 * @param {import("./options.js").Token | undefined} source
 * @param {string | undefined} url  asked where the source has nothing new
 * @param {boolean} fresh  the last one has ended
 * @returns {Promise<string | null>}  null: a guest. Rejects where the site does not answer
 */
export async function ask(source, url, fresh) {
  if (typeof source === "function") return word(await source());
  return url && (fresh || !source) ? fetched(url) : word(source);
}

/** @param {string} url */
async function fetched(url) {
  const own = new URL(url, document.baseURI).origin === location.origin;
  const response = await fetch(url, { credentials: own ? "same-origin" : "include", cache: "no-store" });
  if (NOBODY.includes(response.status)) return null;
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return word((await response.json()).token);
}
