/** Whether what a frame says has the shape that `embed/wire.js` promises. What is odd is not heard. */

/** @typedef {"string" | "number" | "boolean" | "object"} Kind */

/** What must be there, by type; `?` stands for what may be null or missing. @type {Record<string, Record<string, string>>} */
const SHAPES = {
  ready: { title: "string" },
  identity: { id: "number" },
  guest: { token: "string?", name: "string?" },
  token: { id: "number", fresh: "boolean" },
  state: { state: "string" },
  unread: { count: "number" },
  presence: { count: "number" },
  message: { from: "object", text: "string" },
  sent: { id: "number" },
  error: { code: "string", message: "string" },
  close: {},
};

/** @param {any} message */
export function right(message) {
  const type = message?.type;
  if (typeof type !== "string" || !Object.hasOwn(SHAPES, type)) return false;
  return Object.entries(SHAPES[type]).every(([name, kind]) => {
    const value = message[name] ?? null;
    return value === null ? kind.endsWith("?") : typeof value === kind.replace("?", "");
  });
}
