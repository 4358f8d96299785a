import assert from "node:assert/strict";
import { test } from "node:test";

import { parseText, safeHref } from "../../tornchat/static/chat/format.js";

/** A readable form: <b>…</b> stands for a node, for nothing here is HTML. */
const show = (text) => parseText(text).map(draw).join("");
const draw = (node) => {
  const inner = node.children ? node.children.map(draw).join("") : node.text;
  return node.type === "text" ? inner : `{${node.type} ${inner}}`;
};
const links = (text) => parseText(text).filter(({ type }) => type === "link").map(({ href }) => href);
/** Everything that would be on the screen, in order. */
const shown = (nodes) => nodes.map((node) => (node.children ? shown(node.children) : node.text)).join("");

const FORMATS = [
  ["plain", "plain"],
  ["*bold* and _italic_", "{bold bold} and {italic italic}"],
  ["_*both*_ and *_both_*", "{italic {bold both}} and {bold {italic both}}"],
  ["a `code` b", "a {code code} b"],
  ["`*not bold*`", "{code *not bold*}"],
  ["snake_case_name and 2*3*4", "snake_case_name and 2*3*4"],
  ["__x_ and **y*", "__x_ and **y*"],
  ["__init__ and **", "__init__ and **"],
  ["* item\n* item", "* item\n* item"],
  ["*not\nbold*", "*not\nbold*"],
  ["`not\ncode`", "`not\ncode`"],
  ["(*bold*), _yes_!", "({bold bold}), {italic yes}!"],
  ["*a _b* c_", "{bold a _b} c_"],
  ["``` x = *1* ```", "{block  x = *1* }"],
  ["see\n```\na\n  b\n```\nend", "see{block a\n  b}end"],
  ["```open", "```open"],
  ["*fett* für Ärzte_", "{bold fett} für Ärzte_"],
  ["mailto:ann@example.org", "{link mailto:ann@example.org}"],
  ["*https://a.example/x_y_z*", "{bold {link https://a.example/x_y_z}}"],
];

for (const [text, expected] of FORMATS) {
  test(`formats ${JSON.stringify(text)}`, () => assert.equal(show(text), expected));
}

const LINKS = [
  ["https://example.org", ["https://example.org/"]],
  ["go to https://example.org/a?b=c#d, now", ["https://example.org/a?b=c#d"]],
  ["(see https://en.example.org/wiki/A_(b))", ["https://en.example.org/wiki/A_(b)"]],
  ["http://a.example http://b.example", ["http://a.example/", "http://b.example/"]],
  ["HTTPS://EXAMPLE.ORG/A", ["https://example.org/A"]],
  ["xhttps://example.org", []],
  ["https://", []],
  ["https://exa mple", ["https://exa/"]],
  ['https://e.example/"onmouseover="alert(1)', ["https://e.example/"]],
  ["https://e.example/<script>", ["https://e.example/"]],
  ["https://e.example/\u202egpj.exe", ["https://e.example/"]],
  ["http://[bad", []],
];

for (const [text, expected] of LINKS) {
  test(`finds the links of ${JSON.stringify(text)}`, () => assert.deepEqual(links(text), expected));
}

const HOSTILE = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg onload=alert(1)>",
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:msgbox(1)",
  "&#106;avascript:alert(1)",
  "[click](javascript:alert(1))",
  "![](https://tracker.example/x.png)".replace("https", "ftp"),
  "<https:alert(1)>",
  "\u202eevil\u2066",
  "java\u0000script:alert(1)",
];

for (const text of HOSTILE) {
  test(`shows ${JSON.stringify(text)} as it is, without a link`, () => {
    assert.deepEqual(links(text), []);
    assert.equal(shown(parseText(text)), text);
  });
}

test("only http, https and mailto are addresses", () => {
  for (const bad of ["javascript:1", " javascript:1", "data:,x", "file:///x", "ftp://x.example", "blob:x", "//x"]) {
    assert.equal(safeHref(bad), null, bad);
  }
  assert.equal(safeHref("mailto:a@b.example"), "mailto:a@b.example");
});

test("nothing of a text is lost but the marks", () => {
  const text = "a *b* _c_ `d` https://e.example f_g * h";
  assert.equal(shown(parseText(text)), "a b c d https://e.example f_g * h");
});

const SLOW = {
  "nested brackets": "[".repeat(10_000) + "]".repeat(10_000),
  "nested links": "[a](".repeat(10_000),
  stars: "*".repeat(20_000),
  "star words": "*a ".repeat(10_000),
  "closing stars": "a* ".repeat(10_000),
  "mixed marks": "*_".repeat(10_000),
  "mark words": "*a _b ".repeat(5_000),
  backticks: "`".repeat(20_001),
  "backtick words": "`a`".repeat(7_000),
  "backticks and lines": "`a\n".repeat(7_000),
  fences: "```".repeat(7_001),
  links: "https://e.example/ ".repeat(1_000),
  "link of links": "http://".repeat(3_000),
  "link of brackets": `https://e.example/${"(".repeat(2_000)}${")".repeat(2_000)}`,
  "long link": `https://e.example/${"a".repeat(20_000)}`,
  "combining marks": `a${"\u0301".repeat(16_000)}`,
};

for (const [name, text] of Object.entries(SLOW)) {
  test(`reads 20,000 characters of ${name} within 50 ms`, () => {
    const runs = Array.from({ length: 5 }, () => {
      const start = performance.now();
      assert.ok(parseText(text).length > 0);
      return performance.now() - start;
    });
    assert.ok(Math.min(...runs) < 50, `${Math.min(...runs)} ms`);
  });
}
