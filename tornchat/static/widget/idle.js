/** A moment when the page has nothing better to do. */

const AT_MOST_MS = 5_000;

/**
 * @param {() => void} run  once, after the page is loaded
 * @param {AbortSignal} signal  and not at all if this comes first
 */
export function idle(run, signal) {
  const soon = () => {
    const asked = window.requestIdleCallback?.(run, { timeout: AT_MOST_MS });
    const timer = asked ?? setTimeout(run);
    signal.addEventListener("abort", () => (asked === undefined ? clearTimeout : cancelIdleCallback)(timer));
  };
  if (document.readyState === "complete") soon();
  else addEventListener("load", soon, { once: true, signal });
}
