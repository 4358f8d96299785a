/**
 * What a person can do in the window of a room, as its session carries it out.
 *
 * @param {import("./session.js").Session} session
 * @param {() => void} close  of the window, where it is a frame
 * @returns {import("./view.js").Actions}
 */
export function actionsOf(session, close) {
  const { room: live, connection } = session;
  return {
    say: (text) => void live.say(text),
    ask: (text) => live.ask(text),
    learn: () => live.learn(),
    dismiss: (key) => live.dismiss(key),
    remove: (seq) => live.remove(seq),
    retry: (id) => live.retry(id),
    discard: (id) => live.discard(id),
    load: (direction) => live.load(direction),
    follow: (on) => live.follow(on),
    typing: (on) => live.typing(on),
    draft: (text) => session.keepDraft(text),
    name: (name) => session.rename(name),
    tryNow: () => connection.tryNow(),
    rejoin: () => live.rejoin(),
    close,
  };
}
