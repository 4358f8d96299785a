/** The title of the page with what is unread before it: `(3) Title`. The host may change it meanwhile. */

const MARK = /^\(\d+\) /;

export class Title {
  /** How much is unread where. @type {Map<object, number>} */
  #counts = new Map();
  /** @type {MutationObserver | null} */
  #watcher = null;

  /**
   * @param {object} teller
   * @param {number} count
   */
  tell(teller, count) {
    if (!count && !this.#counts.has(teller)) return;
    if (count) this.#counts.set(teller, count);
    else this.#counts.delete(teller);
    this.#write();
  }

  #write() {
    this.#watcher?.disconnect();
    const sum = [...this.#counts.values()].reduce((a, b) => a + b, 0);
    const plain = document.title.replace(MARK, "");
    const title = sum ? `(${sum}) ${plain}` : plain;
    if (document.title !== title) document.title = title;
    if (!sum) return;
    this.#watcher ??= new MutationObserver(() => this.#write());
    this.#watcher.observe(document.head, { childList: true, characterData: true, subtree: true });
  }
}
