/**
 * What an address brings behind its `#`: browsers send that to no server, so invites and tokens
 * travel there. It is taken out of the address bar at once, before anybody copies it or looks on.
 *
 * @typedef {{invite: string | null, token: string | null}} Brought
 */

/**
 * @param {Pick<Location, "hash" | "pathname" | "search">} location
 * @param {Pick<History, "state" | "replaceState">} history
 * @returns {Brought | null} null: nothing of ours, and the address stays
 */
export function takeFragment(location, history) {
  const parts = new URLSearchParams(location.hash.slice(1));
  const brought = { invite: parts.get("invite"), token: parts.get("token") };
  if (brought.invite === null && brought.token === null) return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  return brought;
}
