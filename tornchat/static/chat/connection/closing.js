/** What the ends of a connection mean: which ones are final, and in which words to tell people. */

export const TOKEN_EXPIRED = 4002;

/** @type {Record<number, string>} */
export const WORDS = {
  4000: "The server is restarting.",
  4001: "This connection was too slow.",
  4002: "Your sign-in has expired.",
  4004: "This page asked for too much at once.",
  4007: "The server is full at the moment.",
  4500: "This page and the server do not understand each other. Reload the page.",
  4501: "This sign-in was not accepted.",
  4502: "The key of this page was revoked.",
  4505: "You are banned from this server.",
  4506: "This page is not allowed to connect to the server.",
};

/**
 * Whether coming back is of no use.
 * @param {number} code
 */
export function isFinal(code) {
  return code >= 4500 && code < 5000;
}
