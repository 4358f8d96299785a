/**
 * What a half-typed command can become: commands by name, then people by name where one is meant.
 * Pure; `view/completion.js` shows it, and loads it only once somebody types a slash.
 *
 * @typedef {import("./types.js").Verb} Verb
 * @typedef {import("./types.js").Person} Person
 *
 * @typedef {object} Item
 * @property {string} label  as people know it
 * @property {string} about
 * @property {string} insert  what takes the place of what was typed, with a space behind it
 *
 * @typedef {object} Offer
 * @property {number} from  where in the text the choice goes; it ends at the caret
 * @property {Item[]} items  best first
 * @property {number} active  the one that Enter takes; -1: none, what was typed may be meant as it is
 * @property {Verb | null} verb  the command that is being written
 */

const MOST_PEOPLE = 8;
/** Its NAME is a new one. */
const RENAMES = "nick";

/**
 * @param {string} text
 * @param {number} caret
 * @param {Verb[]} verbs
 * @param {Person[]} people  whom a command may mean
 * @returns {Offer | null}
 */
export function complete(text, caret, verbs, people) {
  const typed = text.slice(0, caret);
  const [, name = null, rest = ""] = /^\/(\w*)(\s[^\n]*)?$/.exec(typed) ?? [];
  if (name === null) return null;
  if (rest === "") return offerVerbs(name.toLowerCase(), verbs);
  const verb = verbs.find((known) => known.name === name.toLowerCase());
  if (!verb) return null;
  const [, partial] = /^\s+((?:@|"[^"]*|)[^\s"]*)$/.exec(rest) ?? /^\s+("[^"]*)$/.exec(rest) ?? [];
  if (partial === undefined || !meansSomebody(verb)) return { from: caret, items: [], active: -1, verb };
  return offerPeople(partial, caret - partial.length, people, verb);
}

/**
 * @param {string} start
 * @param {Verb[]} verbs
 * @returns {Offer | null}
 */
function offerVerbs(start, verbs) {
  const found = verbs.filter(({ name }) => name.startsWith(start));
  if (found.length === 0) return null;
  const verb = found.find(({ name }) => name === start) ?? null;
  if (verb && found.length === 1) return { from: 0, items: [], active: -1, verb };
  const items = found.map(({ name, usage, about }) => ({ label: usage, about, insert: `/${name} ` }));
  return { from: 0, items, active: start === "" || verb ? -1 : 0, verb: null };
}

/**
 * Whether the first word behind a command is somebody in the room, as its usage says.
 * @param {Verb} verb
 */
function meansSomebody({ name, usage }) {
  return name !== RENAMES && /\bNAME\b/.test(usage.split(" ")[1] ?? "");
}

/**
 * @param {string} partial
 * @param {number} from
 * @param {Person[]} people
 * @param {Verb} verb
 * @returns {Offer}
 */
function offerPeople(partial, from, people, verb) {
  const start = fold(partial.replace(/^[@"]/, ""));
  const found = people.filter(({ name }) => fold(` ${name}`).includes(` ${start}`));
  const exact = found.some(({ name }) => fold(name) === start);
  const items = found.slice(0, MOST_PEOPLE).map((person) => ({ label: person.name, about: "", insert: `${nameIn(person)} ` }));
  const done = exact && found.length === 1;
  return { from, items: done ? [] : items, active: start === "" || exact || items.length === 0 ? -1 : 0, verb };
}

/**
 * Somebody, as a command writes it: quotes hold a name with spaces together, and who has a name that
 * even quotes cannot hold is called by id.
 * @param {Person} person
 */
function nameIn({ id, name }) {
  if (/^@|"/.test(name)) return id;
  return /\s/.test(name) ? `"${name}"` : name;
}

/** @param {string} text */
function fold(text) {
  return text.normalize("NFKC").toLowerCase();
}
