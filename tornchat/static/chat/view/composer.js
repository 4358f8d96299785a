/** Where one writes: a field that grows, Enter sends, Shift+Enter breaks the line. */

import { read } from "../commands.js";
import { h, icon, setText } from "./dom.js";
import { sentence } from "./gate.js";

export const MAX_TEXT = 4_000;
/** From here on the letters that are left are counted. */
const COUNT_FROM = MAX_TEXT - 200;
/** The key code of a key that an input method is still using (Safari says so only here). */
const IN_COMPOSITION = 229;

/**
 * @typedef {import("../state.js").State} State
 *
 * @typedef {object} Actions
 * @property {(text: string) => void} say
 * @property {(text: string) => void} ask  a slash command
 * @property {() => void} learn  which commands there are
 * @property {(on: boolean) => void} typing
 * @property {(text: string) => void} draft  keeps what is not sent
 *
 * @typedef {Actions & {early: (seconds: number) => void}} Duties  early: slow mode asks for patience
 */

export class Composer {
  #actions;
  #field = h("textarea", {
    id: "composer",
    rows: 1,
    dir: "auto",
    placeholder: "Write a message",
    "aria-label": "Message",
    "aria-describedby": "composer-hint",
    enterkeyhint: "send",
    autocapitalize: "sentences",
  });
  #send = h("button", { class: "send", type: "submit", "aria-label": "Send" }, icon("send"));
  #count = h("span", { class: "count", role: "status" });
  #wait = h("span", { class: "wait", "aria-hidden": "true" });
  #seconds = 0;
  /** @type {import("./completion.js").Completion | null} */
  #completion = null;
  #loading = false;
  /** The command that was sent: between two drawings it may be answered already. */
  #running = "";
  /** @type {State | null} */
  #state = null;
  problem = h("p", { class: "refusal", role: "alert", hidden: true });
  #hint = h("span", { id: "composer-hint", class: "sr" }, "Enter sends, Shift and Enter begin a new line.");

  /**
   * @param {Duties} actions
   * @param {string} draft
   */
  constructor(actions, draft) {
    this.#actions = actions;
    this.#field.value = draft;
    this.root = h("form", { class: "composer" }, this.#field, this.#count, this.#wait, this.#send, this.#hint);
    // Not `submit`, which there is none of in a sandbox without `allow-forms`.
    this.#send.addEventListener("click", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener("keydown", (event) => this.#pressed(event));
    this.#field.addEventListener("input", () => this.#changed());
    this.#field.addEventListener("blur", () => this.#actions.typing(false));
  }

  connect() {
    this.#fit();
  }

  /** @param {boolean} on */
  show(on) {
    if (this.root.hidden === !on) return;
    this.root.hidden = !on;
    this.#fit();
  }

  /**
   * Takes away a command that was carried out, and keeps one that was not.
   * @param {State} state
   */
  render(state) {
    const { asked, phase } = state;
    const answered = asked === null && phase === "joined";
    if (answered && this.#running !== "" && this.#field.value.trim() === this.#running) this.#put("");
    if (asked?.problem !== "") this.#running = "";
    const fresh = this.#state?.verbs !== state.verbs;
    this.#state = state;
    this.#mend();
    if (fresh && state.phase === "joined") this.#suggest();
  }

  /** @param {number} seconds  how long slow mode asks to wait; 0: not at all */
  hold(seconds) {
    if (seconds === this.#seconds) return;
    this.#seconds = seconds;
    this.#wait.textContent = seconds > 0 ? `${seconds} s` : "";
    this.#fit();
  }

  /** @param {string} text  to be changed; what stands in the field stays behind it */
  edit(text) {
    this.#put([text, this.#field.value].filter(Boolean).join("\n"));
    this.focus();
  }

  /** @param {string} room  its title */
  address(room) {
    this.#field.placeholder = `Message ${room}`;
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.isComposing || event.keyCode === IN_COMPOSITION) return;
    if (this.#completion?.pressed(event)) return event.preventDefault();
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    this.#submit();
  }

  #changed() {
    this.#fit();
    this.#actions.draft(this.#field.value);
    const { command, text } = read(this.#field.value);
    this.#actions.typing(!command && text !== "");
    this.#mend();
    this.#suggest();
  }

  /** What completes commands is loaded when somebody begins one. */
  #suggest() {
    const { command } = read(this.#field.value);
    if (command) this.#actions.learn();
    if (this.#completion) this.#completion.update(this.#state?.verbs ?? [], others(this.#state));
    else if (command) void this.#load();
  }

  async #load() {
    if (this.#loading) return;
    this.#loading = true;
    try {
      const { Completion } = await import("./completion.js");
      this.#completion = new Completion(this.#field, () => this.#changed());
      this.root.append(this.#completion.root);
      this.#suggest();
    } catch {
      this.#loading = false;
    }
  }

  /** What is wrong with a command is said until it is changed. */
  #mend() {
    const { text = "", problem = "" } = this.#state?.asked ?? {};
    const wrong = problem !== "" && text === this.#field.value.trim();
    this.problem.hidden = !wrong;
    setText(this.problem, wrong ? sentence(problem) : "");
    this.#field.setAttribute("aria-invalid", String(wrong));
  }

  #submit() {
    const { command, text } = read(this.#field.value);
    if (text === "" || length(text) > MAX_TEXT) return;
    if (command) return this.#ask(text);
    if (this.#seconds > 0) return this.#actions.early(this.#seconds);
    this.#actions.say(text);
    this.#put("");
    this.focus();
  }

  /** @param {string} text */
  #ask(text) {
    if (this.#running !== "") return;
    this.#running = text;
    this.#actions.ask(text);
  }

  /** @param {string} text */
  #put(text) {
    this.#field.value = text;
    this.#actions.draft(text);
    this.#fit();
    this.#suggest();
  }

  #fit() {
    const used = length(this.#field.value);
    this.#count.textContent = used > COUNT_FROM ? String(MAX_TEXT - used) : "";
    this.root.classList.toggle("over", used > MAX_TEXT);
    const { command, text } = read(this.#field.value);
    this.#send.disabled = text === "" || used > MAX_TEXT || (!command && this.#seconds > 0);
    this.#field.style.setProperty("height", "auto");
    const borders = this.#field.offsetHeight - this.#field.clientHeight;
    this.#field.style.setProperty("height", `${this.#field.scrollHeight + borders}px`);
  }
}

/**
 * Whom a command may mean; in a room that lists nobody, whoever wrote.
 * @param {State | null} state
 */
function others(state) {
  const { members = null, lines = [], me = null } = state ?? {};
  const people = members ?? lines.flatMap((line) => ("from" in line && line.from ? [line.from] : []));
  return [...new Map(people.map((person) => [person.id, person])).values()].filter(({ id }) => id !== me?.id);
}

/**
 * The length as the server counts it: code points after NFC.
 * @param {string} text
 */
function length(text) {
  return [...text.normalize("NFC")].length;
}
