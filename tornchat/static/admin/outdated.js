/** Tells whoever edits a room that somebody else has just saved it: the form itself stays as it is. */

/**
 * @param {unknown} data  of a `room` event: `{version, by}`
 * @param {string | undefined} room
 */
export function warnOutdated(data, room) {
  const form = document.querySelector("form[data-room][data-version]");
  const notice = document.querySelector("[data-outdated]");
  if (!(form instanceof HTMLElement) || !(notice instanceof HTMLElement) || form.dataset.room !== room) return;
  const { version = 0 } = /** @type {{version?: number}} */ (data ?? {});
  if (version > Number(form.dataset.version)) notice.hidden = false;
}
