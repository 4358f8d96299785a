"""Scripts and style sheets without what only their readers need: most spaces, lines, long names.

It reads JavaScript as far as its tokens: it knows where texts, templates and regular expressions
begin and end, and that a line may end a statement. What it gives means the same. Only private names
(`#length`) get shorter, since nothing outside of a class can speak of them.
"""

import re
from collections.abc import Iterator
from itertools import count, product
from string import ascii_lowercase
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<gap>(?:\s|//[^\n]*|/\*.*?\*/)+)
    | (?P<word>[\w$]+)
    | (?P<private>\#[\w$]+)
    | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    | (?P<sign>[^\w\s$"'`/\#{}]+|.)""",
    re.VERBOSE | re.DOTALL,
)
_REGEX: Final = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_TEMPLATE: Final = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*", re.DOTALL)
_TEMPLATE_END: Final = re.compile(r"`|\$\{")
_BEFORE_REGEX: Final = {"return", "typeof", "case", "in", "of", "await", "yield", "void", "delete"}
_GOES_ON: Final = frozenset("{;,([=?:&|<*%")
"""Behind these no statement ends, so that a line may."""
_CONTINUES: Final = frozenset(")]},;.?:&|")
"""Nor does one before these."""
_APART: Final = {"++", "--", "<!", "->", "//", "/*"}
"""Signs that would become another one side by side."""
_CSS_TEXT: Final = re.compile(r"""("[^"]*"|'[^']*')""")
_CSS_SPACE: Final = re.compile(r"\s*([{};,])\s*")
_CSS_COLON: Final = re.compile(r":\s+")
_SPACES: Final = re.compile(r"\s+")


def squeeze_script(source: str) -> str:
    """Return a module or script that does the same. Its lines are not those of the source."""
    names: dict[str, str] = {}
    fresh = _names()
    written: list[str] = []
    before = gap = ""
    for kind, text in _tokens(source):
        if kind == "gap":
            gap = text
            continue
        if kind == "private":
            if text not in names:
                names[text] = f"#{next(fresh)}"
            text = names[text]  # noqa: PLW2901
        if gap:
            written.append(_between(before, gap, text))
        written.append(text)
        before, gap = text, ""
    return "".join(written)


def squeeze_style(source: str) -> str:
    """Return a style sheet that means the same."""
    parts = _CSS_TEXT.split(source)
    for number in range(0, len(parts), 2):
        tight = _CSS_COLON.sub(":", _CSS_SPACE.sub(r"\1", parts[number]))
        parts[number] = _SPACES.sub(" ", tight).replace(";}", "}")
    return "".join(parts).strip()


def _between(before: str, gap: str, after: str) -> str:
    """Return what has to stand between two tokens that something stood between."""
    if not before:
        return ""
    if "\n" in gap:
        return "" if before[-1] in _GOES_ON or after[0] in _CONTINUES else "\n"
    words = _is_word(before[-1]) and (_is_word(after[0]) or after[0] == "#")
    number = before[0].isdigit() and after[0] == "."
    return " " if words or number or before[-1] + after[0] in _APART else ""


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign in "_$"


def _tokens(source: str) -> Iterator[tuple[str, str]]:
    """Read a script: kind and text of each token, and of what stands between them (`gap`).

    A template comes as the texts around its values, with their signs: `a${`, `}b${` and `}c`.
    """
    position = 0
    last = ("sign", ";")
    nested: list[int] = []  # braces that are open within the value of each template
    while position < len(source):
        found = _TOKEN.match(source, position)
        assert found is not None
        kind, text = found.lastgroup or "", found[0]
        if text == "/" and not _ends_value(*last):
            kind, text = "regex", _whole(_REGEX, source, position)
        elif text == "`" or (text == "}" and nested and nested[-1] == 0):
            if text == "}":
                nested.pop()
            end = position + 1 + len(_whole(_TEMPLATE, source, position + 1))
            closing = _whole(_TEMPLATE_END, source, end)
            kind, text = "template", source[position:end] + closing
            if text[-1] == "{":
                nested.append(0)
        elif nested and text in ("{", "}"):
            nested[-1] += 1 if text == "{" else -1
        position += len(text)
        if kind != "gap":
            last = (kind, text)
        yield kind, text


def _whole(pattern: re.Pattern[str], source: str, position: int) -> str:
    found = pattern.match(source, position)
    if found is None:
        line = source.count("\n", 0, position) + 1
        raise ValueError(f"line {line}: what begins here has no end: {source[position:][:40]!r}")
    return found[0]


def _ends_value(kind: str, text: str) -> bool:
    """Return whether a token may be the last one of a value: what comes then divides it."""
    if kind == "word":
        return text not in _BEFORE_REGEX
    return kind in ("text", "private", "regex") or text[-1] in ")]}`"


def _names() -> Iterator[str]:
    for length in count(1):
        yield from ("".join(letters) for letters in product(ascii_lowercase, repeat=length))
