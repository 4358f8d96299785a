/**
 * Reads the light formatting of a message into a tree of plain values, in linear time.
 * It makes no HTML and no DOM; `view/prose.js` turns the tree into elements and text nodes.
 *
 * `code`, ```blocks```, *bold*, _italic_, and links that begin with http:, https: or mailto:.
 * Everything else, HTML and Markdown included, is text.
 *
 * @typedef {{type: "text", text: string}
 *   | {type: "code", text: string}
 *   | {type: "block", text: string}
 *   | {type: "link", text: string, href: string}
 *   | {type: "bold" | "italic", children: Node[]}} Node
 *
 * @typedef {{type: "delimiter", text: "*" | "_", opens: boolean, closes: boolean}} Delimiter
 * @typedef {{type: "break"}} Break  a line end: emphasis does not reach beyond it
 */

const FENCE = "```";
const SCHEMES = ["https://", "http://", "mailto:"];
const SAFE_PROTOCOLS = new Set(["http:", "https:", "mailto:"]);
const LINK_START = new Set("hHmM");
const MAX_LINK_LENGTH = 2_048;
const WORD = /[\p{L}\p{N}]/u;
const SPACE = /\s/u;
/** What ends a link: white space, quotes and angle brackets, controls, and marks that turn direction. */
const LINK_END = /[\s<>"`\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const TRAILING = new Set([".", ",", ";", ":", "!", "?", "'", "*", "_", "~", "…", "。", "、", "」", "』"]);
/** @type {Record<string, string>} */
const BRACKETS = { ")": "(", "]": "[", "}": "{" };

/**
 * @param {string} text
 * @returns {Node[]}
 */
export function parseText(text) {
  /** @type {Node[]} */
  const nodes = [];
  let position = 0;
  while (position < text.length) {
    const start = text.indexOf(FENCE, position);
    const end = start < 0 ? -1 : text.indexOf(FENCE, start + FENCE.length);
    if (end < 0) break;
    nodes.push(...parseInline(text.slice(position, start).replace(/\n$/, "")));
    const block = text.slice(start + FENCE.length, end).replace(/^\n|\n$/g, "");
    nodes.push({ type: "block", text: block });
    position = end + FENCE.length;
    if (text[position] === "\n") position += 1;
  }
  nodes.push(...parseInline(text.slice(position)));
  return nodes;
}

/**
 * @param {string} text
 * @returns {Node[]}
 */
function parseInline(text) {
  return emphasise(tokenise(text));
}

/**
 * @param {string} text
 * @returns {(Node | Delimiter | Break)[]}
 */
function tokenise(text) {
  /** @type {(Node | Delimiter | Break)[]} */
  const tokens = [];
  let plainFrom = 0;
  let codeDeadUntil = 0;
  let lineEnd = -1;
  /** @param {number} until */
  const flush = (until) => {
    if (until > plainFrom) tokens.push({ type: "text", text: text.slice(plainFrom, until) });
  };
  for (let i = 0; i < text.length; ) {
    const char = text[i];
    let end = i;
    /** @type {(Node | Delimiter | Break)[]} */
    let found = [];
    if (char === "\n") {
      found = [{ type: "text", text: "\n" }, { type: "break" }];
      end = i + 1;
    } else if (char === "`" && i >= codeDeadUntil) {
      if (lineEnd < i) lineEnd = indexOr(text, "\n", i);
      const close = text.indexOf("`", i + 1);
      if (close > i + 1 && close < lineEnd) {
        found = [{ type: "code", text: text.slice(i + 1, close) }];
        end = close + 1;
      } else {
        codeDeadUntil = close < 0 || close >= lineEnd ? lineEnd : i + 2;
      }
    } else if (char === "*" || char === "_") {
      found = [delimiter(text, i, char)];
      end = i + 1;
    } else if (LINK_START.has(char) && !WORD.test(text[i - 1] ?? " ")) {
      const link = readLink(text, i);
      if (link) {
        found = [link];
        end = i + link.text.length;
      }
    }
    if (found.length === 0) {
      i += 1;
      continue;
    }
    flush(i);
    tokens.push(...found);
    i = plainFrom = end;
  }
  flush(text.length);
  return tokens;
}

/**
 * @param {string} text
 * @param {number} at
 * @param {"*" | "_"} char
 * @returns {Delimiter}
 */
function delimiter(text, at, char) {
  const before = text[at - 1] ?? " ";
  const after = text[at + 1] ?? " ";
  return {
    type: "delimiter",
    text: char,
    opens: !WORD.test(before) && before !== char && !SPACE.test(after) && after !== char,
    closes: !SPACE.test(before) && before !== char && !WORD.test(after) && after !== char,
  };
}

/**
 * @param {string} text
 * @param {number} at
 * @returns {{type: "link", text: string, href: string} | null}
 */
function readLink(text, at) {
  const scheme = SCHEMES.find((prefix) => text.slice(at, at + prefix.length).toLowerCase() === prefix);
  if (!scheme) return null;
  const rest = text.slice(at, at + MAX_LINK_LENGTH + 1);
  const length = rest.search(LINK_END);
  if (length < 0 && rest.length > MAX_LINK_LENGTH) return null;
  const shown = withoutTrailing(length < 0 ? rest : rest.slice(0, length));
  const href = shown.length > scheme.length ? safeHref(shown) : null;
  return href === null ? null : { type: "link", text: shown, href };
}

/**
 * Leaves out the punctuation behind a link, and a closing bracket that was opened before it.
 * @param {string} link
 */
function withoutTrailing(link) {
  /** @type {Record<string, number>} */
  const surplus = {};
  for (const char of link) {
    if (char in BRACKETS) surplus[char] = (surplus[char] ?? 0) + 1;
    for (const close in BRACKETS) if (BRACKETS[close] === char) surplus[close] = (surplus[close] ?? 0) - 1;
  }
  let end = link.length;
  for (; end > 0; end -= 1) {
    const char = link[end - 1];
    if ((surplus[char] ?? 0) > 0) surplus[char] -= 1;
    else if (!TRAILING.has(char)) break;
  }
  return link.slice(0, end);
}

/**
 * @param {string} link
 * @returns {string | null}
 */
export function safeHref(link) {
  try {
    const url = new URL(link);
    return SAFE_PROTOCOLS.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/**
 * Pairs delimiters; those without a partner become text. Each one is pushed and popped at most once.
 * @param {(Node | Delimiter | Break)[]} tokens
 * @returns {Node[]}
 */
function emphasise(tokens) {
  /** @type {{opener: Delimiter | null, children: Node[]}[]} */
  const stack = [{ opener: null, children: [] }];
  const top = () => stack[stack.length - 1];
  /** The innermost emphasis had no end: its opener was text. */
  const giveUp = () => {
    const { opener, children } = /** @type {{opener: Delimiter, children: Node[]}} */ (stack.pop());
    append(top().children, { type: "text", text: opener.text });
    for (const child of children) append(top().children, child);
  };
  for (const token of tokens) {
    if (token.type === "break") {
      while (stack.length > 1) giveUp();
    } else if (token.type !== "delimiter") {
      append(top().children, token);
    } else {
      const open = stack.findLastIndex(({ opener }) => opener?.text === token.text);
      if (token.closes && open > 0 && (stack.length > open + 1 || top().children.length > 0)) {
        while (stack.length > open + 1) giveUp();
        const { children } = /** @type {{children: Node[]}} */ (stack.pop());
        append(top().children, { type: token.text === "*" ? "bold" : "italic", children });
      } else if (token.opens && open < 0) {
        stack.push({ opener: token, children: [] });
      } else {
        append(top().children, { type: "text", text: token.text });
      }
    }
  }
  while (stack.length > 1) giveUp();
  return stack[0].children;
}

/**
 * Appends a node; text joins the text before it.
 * @param {Node[]} nodes
 * @param {Node} node
 */
function append(nodes, node) {
  const last = nodes.at(-1);
  if (node.type !== "text" || last?.type !== "text") nodes.push(node);
  else nodes[nodes.length - 1] = { type: "text", text: last.text + node.text };
}

/**
 * @param {string} text
 * @param {string} what
 * @param {number} from
 */
function indexOr(text, what, from) {
  const index = text.indexOf(what, from);
  return index < 0 ? text.length : index;
}
