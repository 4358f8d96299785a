/**
 * The frame of a chat and the line to it: one window message with one end of a channel, to the chat's
 * exact origin; all else goes over that channel, which nobody else has. It knows nothing of what is said.
 *
 * @typedef {import("../embed/wire.js").Init} Init
 * @typedef {import("../embed/wire.js").HostMessage} HostMessage
 */

const LOAD_MS = 20_000;
const ANSWER_MS = 10_000;

export class Frame {
  #init;
  #hear;
  #refuse;
  /** @type {MessagePort | null} */
  #port = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {URL} url
   * @param {object} options
   * @param {() => Init} options.init  called with each page that the frame loads
   * @param {(message: any) => void} options.hear  what the frame says, of any shape
   * @param {() => void} options.refuse  nothing that answers came in time
   */
  constructor(url, { init, hear, refuse }) {
    this.#init = init;
    this.#hear = hear;
    this.#refuse = refuse;
    this.element = document.createElement("iframe");
    this.element.allow = "autoplay; clipboard-write";
    // A server with many sites answers with the one that asks.
    this.element.referrerPolicy = "origin";
    this.element.src = url.href;
    this.element.onload = () => this.#greet(url.origin);
    this.#wait(LOAD_MS);
  }

  /** @param {HostMessage} message  lost where there is no line yet */
  post(message) {
    this.#port?.postMessage(message);
  }

  /** It has answered. */
  settle() {
    clearTimeout(this.#timer);
  }

  destroy() {
    this.settle();
    this.#port?.close();
    this.#port = null;
    this.element.onload = null;
    this.element.remove();
  }

  /** @param {string} origin */
  #greet(origin) {
    this.#port?.close();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => this.#port === port1 && data && this.#hear(data);
    this.#port = port1;
    this.#wait(ANSWER_MS);
    this.element.contentWindow?.postMessage(this.#init(), origin, [port2]);
  }

  /** @param {number} ms */
  #wait(ms) {
    this.settle();
    this.#timer = setTimeout(this.#refuse, ms);
  }
}
