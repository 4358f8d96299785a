/**
 * What happens to the page that a connection lives in: hidden, looked at again, put aside by the
 * browser, without a network. Outside of browsers nothing of it happens.
 */

/** A hidden tab that streams or polls gives its HTTP connection back after this long: there are six. */
const PAUSE_MS = 20_000;

export function isHidden() {
  return typeof document !== "undefined" && document.hidden;
}

/**
 * @param {import("../chat/connection.js").Connection} connection
 * @param {import("../chat/types.js").Clock} clock
 * @returns {() => void} stops watching
 */
export function watchPage(connection, clock) {
  if (typeof document === "undefined") return () => {};
  const watching = new AbortController();
  const { signal } = watching;
  /** @type {unknown} */
  let timer = null;
  const hide = () => {
    if (connection.status.transport !== "websocket") timer = clock.after(() => connection.pause(), PAUSE_MS);
  };
  const look = () => {
    clock.cancel(timer);
    if (document.hidden) hide();
    else connection.wake();
  };
  document.addEventListener("visibilitychange", look, { signal });
  document.addEventListener("resume", look, { signal });
  addEventListener("online", () => connection.wake(), { signal });
  addEventListener("pagehide", () => connection.pause(), { signal });
  addEventListener("pageshow", ({ persisted }) => persisted && connection.wake(), { signal });
  return () => {
    clock.cancel(timer);
    watching.abort();
  };
}
