"""Squeezed scripts and sheets mean the same: read by TypeScript, they are the same programs."""

import json
import subprocess
from pathlib import Path

import pytest

from tornchat.web import static
from tornchat.web.modules import Modules
from tornchat.web.squeeze import squeeze_script, squeeze_style
from tornchat.web.static import StaticFiles

TYPESCRIPT = Path(__file__).parents[1] / "node_modules" / "typescript" / "lib" / "typescript.js"
COMPARE = """
import { readFileSync } from 'node:fs';
import ts from '%s';
const read = (text) => {
    const names = new Map();
    const print = (source) => ts.createPrinter({ removeComments: true }).printFile(source);
    const flat = (node) => ts.forEachChild(node, (child) => (child.pos, flat(child), undefined));
    const source = ts.createSourceFile('a.js', text, ts.ScriptTarget.ES2023, true);
    if (source.parseDiagnostics.length > 0) return source.parseDiagnostics[0].messageText;
    const seen = [];
    const visit = (node) => {
        let own = '';
        if (ts.isPrivateIdentifier(node)) {
            if (!names.has(node.text)) names.set(node.text, names.size);
            own = `#${names.get(node.text)}`;
        } else if (node.getChildCount() === 0) own = node.getText();
        seen.push(`${node.kind} ${own}`);
        ts.forEachChild(node, visit);
    };
    visit(source);
    return seen.join('\\n');
};
const pairs = JSON.parse(readFileSync(0, 'utf8'));
const same = pairs.map(([one, other]) => read(one) === read(other) && read(one).includes('\\n'));
console.log(JSON.stringify(same));
"""
CASES = [
    "const a = b / c / d;\nconst e = /[/\"'`]+\\/x/g.test(f) ? 1 : 2;",
    "return_ = (a) / 2 / b; if (x) y();\nreturn2 = typeof /a  b/;",
    "const t = `a  ${b + `${c  +  d}` + {e: {f}}.e}  //x\n  y` + '  // no  ' + \"/* no */\";",
    "let a = 1\nlet b = a\n++b\na = b\n-a\nf()\n;(g)()",
    "const s = a + +b - -c - --d + ++e; x = y-- > 0; z = a < !b; n = 1 .toFixed() + 2..toFixed();",
    "class A { #one = 1; #two\n  #three() { return this.#one in this && #two in this; }\n"
    "  static async *#four() { yield* `${this.#one}`; }\n  get a() { return 1 }\n  set = 2\n}",
    "for (const a of b) if (c in d) delete e.f; else void 0; do { g(); } while (h)\ni();",
    "label: for (;;) { break label }\nconst f = async (a) => {}\nconst g = function () {}\n[1][0]",
    "switch (a) { case /x/: case 'y': default: b() }",
    "/* a */ a(/* b\n */); // c\nreturn3\n/* d\n */ e()",
    "a = b /* c */ / /x/ / d; e = /f/ in g; if (/h/g instanceof i) j(1\n.k);",
    "const u = `${a}${ {b: `}`} }` + `\\`${c / d / e}`, v = {\n  '}': /[`{/]/ };\n",
    "const x = a ? b : c ?? d?.e?.[f] ?? (g ||= 1), { h = 2, ...i } = j ** 2;",
]


@pytest.mark.npm
def test_squeezed_script_is_the_same_program(node: str) -> None:
    files = StaticFiles(static.packaged(), dev=True)
    sources = {p: file.content.decode() for p in files.paths if (file := files.get(p))}
    scripts = {path: text for path, text in sources.items() if path.endswith(".js")}
    modules = Modules(scripts)
    whole = [modules.joined(p) for p in ("chat/element.js", "embed/embed.js", "admin/admin.js")]
    before = [*CASES, *scripts.values(), *whole]
    pairs = [(text, squeeze_script(text)) for text in before]
    done = subprocess.run(
        [node, "--input-type=module", "-e", COMPARE % TYPESCRIPT],
        input=json.dumps(pairs),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names = [*CASES, *scripts, "whole"]
    wrong = [name for name, same in zip(names, json.loads(done.stdout), strict=False) if not same]
    assert not wrong
    assert sum(len(after) for _, after in pairs) < 0.8 * sum(len(text) for text in before)


def test_squeezed_script_keeps_only_the_lines_that_end_something() -> None:
    source = "// why\nconst a = {\n  b: 1,\n};\n\nf()\n  .then(g)\nclass C {\n  #long = 1;\n}\n"
    assert squeeze_script(source) == "const a={b:1};f().then(g)\nclass C{#a=1;}".replace(
        "{b:1}", "{b:1,}"
    )


def test_text_without_an_end_is_told_with_its_line() -> None:
    with pytest.raises(ValueError, match="line 2"):
        squeeze_script("a();\nb(`c")


def test_squeezed_sheet_means_the_same() -> None:
    sheet = """
    a:hover > b, c :focus {
      color: red;
      margin: 0 calc(1px + 2px);
      grid-template:
        auto / 1fr;
    }
    @media (min-width: 9px) and (hover: hover) { d::before { content: "a; b:  {c}"; } }
    """
    assert squeeze_style(sheet) == (
        "a:hover > b,c :focus{color:red;margin:0 calc(1px + 2px);grid-template:auto / 1fr}"
        '@media (min-width:9px) and (hover:hover){d::before{content:"a; b:  {c}"}}'
    )
