/**
 * Who says hello: the person that a site vouches for, or a guest. A token that has ended is not
 * presented a second time.
 */

const PROTOCOL_VERSION = 1;

export class Greeting {
  #guest;
  #siteToken;
  /** @type {string | null} of the site, for this attempt */
  #token = null;
  /** @type {string | null} */
  #expired = null;
  /** Whom a site vouched for does not go on as a guest, under another name. */
  vouched = false;

  /**
   * @param {() => import("../keeper.js").Guest} guest
   * @param {import("../sitetoken.js").SiteToken | null | undefined} siteToken
   */
  constructor(guest, siteToken) {
    this.#guest = guest;
    this.#siteToken = siteToken;
  }

  /** @param {string | null} token  of the site; null: it does not know this visitor */
  present(token) {
    this.#token = token;
    this.vouched ||= token !== null;
  }

  /** Whether there is nothing to present but what has ended. */
  get stale() {
    return (this.vouched && this.#token === null) || (this.#expired !== null && this.#current === this.#expired);
  }

  expire() {
    this.#expired = this.#current;
    this.#siteToken?.forget();
  }

  get #current() {
    return this.#token ?? this.#guest().token;
  }

  /** @returns {string} the first frame of a connection */
  get frame() {
    const { token, name } = this.#token === null ? this.#guest() : { token: this.#token, name: null };
    return JSON.stringify({ type: "hello", protocol: PROTOCOL_VERSION, token: token ?? undefined, name: name ?? undefined });
  }
}
