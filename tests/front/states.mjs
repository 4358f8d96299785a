/** States of a room, as a sequence of what happened. */

import { initialState, reduce } from "../../tornchat/static/chat/state.js";
import { ann, joinedEvent, messages } from "./helpers.mjs";

export const NOW = 1_700_000_500_000;

/** Deeply frozen, so that a reducer that writes into what it was given throws. */
const freeze = (value) => {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
};

export const run = (state, ...actions) => actions.reduce((s, action) => freeze(reduce(s, freeze(action), NOW)), freeze(state));

export const inRoom = (more = {}) =>
  run(
    initialState("lobby"),
    { type: "local/identity", person: ann },
    { type: "local/joined", mine: true, event: joinedEvent({ last: 3, entries: messages(1, 3), ...more }) },
  );
