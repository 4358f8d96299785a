/** The few questions that are asked: a name, a confirmation. Native dialogs, so focus is looked after. */

import { bubble, h } from "./dom.js";

const MAX_NAME = 32;

/** Asks for a nickname, on the first entry and for a change later. */
export class NameDialog {
  #input = h("input", {
    id: "name",
    name: "name",
    dir: "auto",
    autocomplete: "nickname",
    maxlength: 2 * MAX_NAME,
    required: true,
    enterkeyhint: "done",
    "aria-describedby": "name-problem",
  });
  #title = h("h2", { id: "name-title" });
  #hint = h("p", { class: "hint" });
  #problem = h("p", { class: "problem", id: "name-problem", role: "alert" });
  #submit = h("button", { class: "primary", type: "submit" });
  #bubble = bubble();
  #cancel = h("button", { class: "quiet-button", type: "button" });
  #first = true;
  #onleave;

  /**
   * @param {(name: string) => void} onname
   * @param {(() => void) | null} onleave  somebody would rather not come in; null: they just leave the page
   */
  constructor(onname, onleave) {
    this.#onleave = onleave;
    const form = h(
      "form",
      { method: "dialog" },
      this.#bubble,
      this.#title,
      this.#hint,
      h("label", { for: "name" }, "Nickname"),
      this.#input,
      this.#problem,
      h("div", { class: "buttons" }, this.#cancel, this.#submit),
    );
    this.root = h("dialog", { class: "name-dialog", "aria-labelledby": "name-title" }, form);
    // By a click, which Enter is too: in a sandbox without `allow-forms` there is no `submit`.
    this.#submit.addEventListener("click", (event) => {
      event.preventDefault();
      const name = this.#input.value.trim();
      if (name === "") this.#say("Please enter a name.");
      else if ([...name].length > MAX_NAME) this.#say(`At most ${MAX_NAME} characters, please.`);
      else onname(name);
    });
    this.#cancel.addEventListener("click", () => (this.#first ? this.#onleave?.() : this.close()));
    this.root.addEventListener("cancel", (event) => {
      if (!this.#first) return;
      event.preventDefault();
      this.#onleave?.();
    });
  }

  /**
   * @param {object} occasion
   * @param {boolean} occasion.first  there is no name yet, so there is no way around it
   * @param {string} occasion.room  its title
   * @param {boolean} occasion.titled  by the page around a frame: that may be no name, and stands alone
   * @param {string} occasion.name
   * @param {string} [occasion.problem]
   * @param {boolean} [occasion.invited]  by a link, which is used now
   * @param {boolean} modal  or else it stands there without taking the focus, not even from the page
   *   around a frame
   */
  open({ first, room, titled, name, problem = "", invited = false }, modal) {
    this.#first = first;
    const entrance = [titled ? "" : invited ? "You are invited to " : "Join ", room === "" ? "this room" : h("bdi", null, room)];
    this.#title.replaceChildren(...(first ? entrance : ["Change your name"]));
    this.#hint.textContent = first ? "Choose a name that others will see." : "Everybody in the room is told.";
    this.#submit.textContent = !first ? "Change" : invited ? "Join" : "Join the chat";
    this.#cancel.hidden = first && this.#onleave === null;
    this.#cancel.textContent = first ? "Not now" : "Cancel";
    this.#bubble.hidden = !first;
    this.#input.value = name;
    this.#say(problem);
    if (!modal) return this.root.setAttribute("open", "");
    if (!this.root.open) this.root.showModal();
    this.focus();
  }

  focus() {
    this.#input.focus();
    this.#input.select();
  }

  get isOpen() {
    return this.root.open;
  }

  /** @param {string} problem */
  refuse(problem) {
    this.#say(problem);
    this.#input.focus();
  }

  close() {
    this.root.close();
  }

  /** @param {string} problem */
  #say(problem) {
    this.#problem.textContent = problem;
    this.#input.setAttribute("aria-invalid", String(problem !== ""));
  }
}

/**
 * @param {Element} host
 * @param {{title: string, words: string, action: string}} question
 * @param {() => void} onyes
 */
export function confirm(host, { title, words, action }, onyes) {
  const yes = h("button", { class: "primary danger", value: "yes" }, action);
  const no = h("button", { class: "quiet-button", value: "no" }, "Cancel");
  const form = h("form", { method: "dialog" }, h("h2", null, title), h("p", { class: "hint" }, words), h("div", { class: "buttons" }, no, yes));
  const dialog = h("dialog", { "aria-label": title }, form);
  for (const button of [yes, no]) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      dialog.close(button.value);
    });
  }
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue === "yes") onyes();
  });
  host.append(dialog);
  dialog.showModal();
  no.focus();
}
