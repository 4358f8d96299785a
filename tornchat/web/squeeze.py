"""Scripts and style sheets without what only their readers need: most spaces, lines, long names.

It reads JavaScript only as far as it must: texts, templates and regular expressions are put away
while the rest is squeezed, for they mean what they say. In the rest a line may end a statement, and
private names (`#length`) get shorter, since nothing outside of a class can speak of them. What it
gives means the same. A page waits for it once after a start, so that all but texts is left to `re`.
"""

import re
from collections.abc import Iterator
from itertools import chain, count, product, zip_longest
from string import ascii_lowercase
from typing import Final

_TEXT: Final = "\x00"
_REGEX: Final = "\x01"
"""What stands for a text or a part of a template, and for a regular expression."""
_MARKED: Final = re.compile(r"""(["'`/])""")
_MARKED_OR_NESTED: Final = re.compile(r"""(["'`/{}])""")
_COMMENT: Final = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_INNER: Final = r"(?:[^`\\$]|\\.|\$(?!\{))*(?:`|(?=\$\{))"
_WHOLE: Final = {
    '"': re.compile(r'"(?:[^"\\\n]|\\.)*"', re.DOTALL),
    "'": re.compile(r"'(?:[^'\\\n]|\\.)*'", re.DOTALL),
    "/": re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/"),
    "`": re.compile(rf"`{_INNER}", re.DOTALL),
}
"""By what it begins with; a template as far as its first value."""
_TEMPLATE_REST: Final = re.compile(_INNER, re.DOTALL)
_BEFORE_REGEX: Final = {"return", "typeof", "case", "in", "of", "await", "yield", "void", "delete"}
_LONG: Final = max(map(len, _BEFORE_REGEX)) + 1
_VALUE: Final = re.compile(r"(?:\#?[\w$]+|[)\]}\x00\x01])\Z")
_PRIVATE: Final = re.compile(r"\#[\w$]+")
_LINES: Final = re.compile(r"[^\S\n]*\n\s*")
_GAPS: Final = re.compile(r"[^\S\n]+")
_NO_END: Final = re.compile(r"(?<=[{;,(\[=?:&|*%])\n|\n(?=[)\]},;?:&|])|(?<!\d)\n(?=\.)")
"""Lines that end no statement, for what is before them or behind them."""
_NO_NEED: Final = re.compile(
    r"""[ ](?![\w$\#])
            (?! (?<=\+[ ])\+ | (?<=-[ ])[->] | (?<=<[ ])! | (?<=/[ ])[*\x01] | (?<=\d[ ])\. )
    | (?<![\w$\x01])[ ](?=[\w$\#])""",
    re.VERBOSE,
)
"""Spaces but those between words, and between signs that would become another one side by side."""
_CSS_TEXT: Final = re.compile(r"""("[^"]*"|'[^']*')""")
_CSS_SPACE: Final = re.compile(r"\s*([{};,])\s*")
_CSS_COLON: Final = re.compile(r":\s+")
_SPACES: Final = re.compile(r"\s+")


def squeeze_script(source: str) -> str:
    """Return a module or script that does the same. Its lines are not those of the source.

    Raises ValueError where a text, a template or a regular expression has no end.
    """
    code, texts = _put_away(source)
    fresh = _names()
    names: dict[str, str] = {}

    def shorter(found: re.Match[str]) -> str:
        name = found[0]
        if name not in names:
            names[name] = f"#{next(fresh)}"
        return names[name]

    code = _PRIVATE.sub(shorter, code)
    code = _GAPS.sub(" ", _LINES.sub("\n", code.strip()))
    code = _NO_NEED.sub("", _NO_END.sub("", code))
    between = code.replace(_REGEX, _TEXT).split(_TEXT)
    return "".join(chain.from_iterable(zip_longest(between, texts, fillvalue="")))


def squeeze_style(source: str) -> str:
    """Return a style sheet that means the same."""
    parts = _CSS_TEXT.split(source)
    for number in range(0, len(parts), 2):
        tight = _CSS_COLON.sub(":", _CSS_SPACE.sub(r"\1", parts[number]))
        parts[number] = _SPACES.sub(" ", tight).replace(";}", "}")
    return "".join(parts).strip()


def _put_away(source: str) -> tuple[str, list[str]]:
    """Return a script without its comments and with a sign for each text, and the texts in order.

    Of a template the signs of its values stay, so that `a${b}c` becomes a text, `${b}` and a text.
    """
    code: list[str] = []
    texts: list[str] = []
    nested: list[int] = []  # braces that are open within the value of each template
    position = 0
    while found := (_MARKED_OR_NESTED if nested else _MARKED).search(source, position):
        sign, start = found[0], found.start()
        code.append(source[position:start])
        position = start + 1
        if sign == "/" and (comment := _COMMENT.match(source, start)):
            code.append("\n" if "\n" in comment[0] else " ")
            position = comment.end()
        elif sign == "/" and _ends_value(code):
            code.append(sign)
        elif sign == "{" or (sign == "}" and nested[-1] > 0):
            nested[-1] += 1 if sign == "{" else -1
            code.append(sign)
        else:
            if sign == "}":
                nested.pop()
                code.append(sign)
                start += 1
            text = _whole(_TEMPLATE_REST if sign == "}" else _WHOLE[sign], source, start)
            code.append(_REGEX if sign == "/" else _TEXT)
            texts.append(text)
            position = start + len(text)
            if sign in "`}" and source.startswith("${", position):
                nested.append(0)
                code.append("${")
                position += 2
    code.append(source[position:])
    return "".join(code), texts


def _ends_value(code: list[str]) -> bool:
    """Return whether the last thing there may be the end of a value: what comes then divides it."""
    last = next((part for part in map(str.rstrip, reversed(code)) if part), "")
    found = _VALUE.search(last[-_LONG:])
    return found is not None and found[0] not in _BEFORE_REGEX


def _whole(pattern: re.Pattern[str], source: str, position: int) -> str:
    found = pattern.match(source, position)
    if found is None:
        line = source.count("\n", 0, position) + 1
        raise ValueError(f"line {line}: what begins here has no end: {source[position:][:40]!r}")
    return found[0]


def _names() -> Iterator[str]:
    for length in count(1):
        yield from ("".join(letters) for letters in product(ascii_lowercase, repeat=length))
