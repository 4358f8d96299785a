/** Notifications of the desktop, for messages that nobody looked at. Asked for only by a click. */

export class Notices {
  /** @type {Notification | null} */
  #last = null;

  ask() {
    if (this.#may() === "default") void Notification.requestPermission();
  }

  /**
   * @param {string} title
   * @param {{body: string, tag: string}} options
   * @param {() => void} open  called by a click on it
   */
  show(title, options, open) {
    if (this.#may() !== "granted") return;
    try {
      this.clear();
      const notice = (this.#last = new Notification(title, options));
      notice.onclick = () => {
        focus();
        notice.close();
        open();
      };
    } catch {
      // Phones know them of service workers only.
    }
  }

  clear() {
    if (this.#last) this.#last.onclick = null;
    this.#last?.close();
    this.#last = null;
  }

  #may() {
    return "Notification" in window && Notification.permission;
  }
}
