/**
 * The first words between a host page and this frame. The one who speaks must be the page right
 * around us; that this is a page which may have us at all, the browser has seen to by
 * `frame-ancestors`. Whatever else arrives is ignored, and after the first word nobody listens any
 * more: the rest goes over a port that only the two of us have.
 *
 * @typedef {import("./wire.js").Init} Init
 * @typedef {{init: Init, port: MessagePort, origin: string}} Greeting
 */

import { readInit } from "./shapes.js";

/** What a frame's address ends in that a host page will speak to. */
const AWAITED = "#tornchat";

/**
 * Whether to wait for a host page, and takes that out of the address. The session's history keeps
 * it: a frame that is loaded again comes without. Opened in a tab of its own it has nobody to wait for.
 * @param {Pick<Location, "hash" | "pathname" | "search">} location
 * @param {Pick<History, "state" | "replaceState">} history
 * @param {boolean} framed
 */
export function awaitsHost(location, history, framed) {
  if (history.state?.tornchat === 1) return framed;
  if (location.hash !== AWAITED) return false;
  history.replaceState({ tornchat: 1 }, "", location.pathname + location.search);
  return framed;
}

/**
 * @param {Pick<Window, "parent" | "addEventListener" | "removeEventListener">} frame
 * @returns {Promise<Greeting>}
 */
export function hostOf(frame) {
  return new Promise((resolve) => {
    const hear = (/** @type {MessageEvent} */ event) => {
      const init = readGreeting(event, frame);
      if (!init) return;
      frame.removeEventListener("message", hear);
      resolve({ init, port: event.ports[0], origin: event.origin });
    };
    frame.addEventListener("message", hear);
  });
}

/**
 * @param {Pick<MessageEvent, "source" | "origin" | "data" | "ports">} event
 * @param {Pick<Window, "parent">} frame
 * @returns {Init | null}
 */
function readGreeting({ source, origin, data, ports }, frame) {
  if (source !== frame.parent || source === frame || origin === "null" || ports.length !== 1) return null;
  return readInit(data);
}
