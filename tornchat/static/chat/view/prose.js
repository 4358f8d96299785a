/** Turns the text of a message into elements and text nodes. */

import { parseText } from "../format.js";
import { h } from "./dom.js";

/** @typedef {import("../format.js").Node} TextNode */

/**
 * @param {string} text
 * @returns {(Element | string)[]}
 */
export function prose(text) {
  return parseText(text).map(draw);
}

/**
 * @param {TextNode} node
 * @returns {Element | string}
 */
function draw(node) {
  switch (node.type) {
    case "text":
      return node.text;
    case "code":
      return h("code", null, node.text);
    case "block":
      return h("pre", { tabindex: 0 }, h("code", null, node.text));
    case "link":
      return h("a", { href: node.href, rel: "noopener noreferrer nofollow ugc", target: "_blank" }, node.text);
    case "bold":
      return h("strong", null, ...node.children.map(draw));
    case "italic":
      return h("em", null, ...node.children.map(draw));
  }
}
